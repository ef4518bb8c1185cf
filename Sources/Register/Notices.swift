import AccueilDomain
import EventCoding
import WireProtocol

/// What a subscription's client is told unasked.
enum Notice: String, CaseIterable {
    /// An event that passes the filter.
    case event
    /// Everything up to the head has been told; what comes next is new.
    case caughtUp = "caught_up"
    /// The register is alive, and this is its head.
    case heartbeat
    /// The subscription is over.
    case ended

    /// Its `params`.
    var params: any Record.Type {
        switch self {
        case .event: EventNotice.self
        case .caughtUp, .heartbeat: HeadNotice.self
        case .ended: EndNotice.self
        }
    }

    func write(_ params: some Record, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("jsonrpc", "2.0")
            writer.member("method", rawValue)
            writer.member("params", params)
        }
    }

    func send(_ params: some Record, to session: any Session) {
        var writer = JSONWriter()
        write(params, to: &writer)
        session.notify(writer.bytes)
    }
}

struct EventNotice: Record {
    var subscription: Identifier = "s0"
    var event = StoredEvent([])

    init() {}

    init(of subscription: Identifier, event: StoredEvent) {
        self.subscription = subscription
        self.event = event
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subscription", &subscription)
        try visitor.field("event", &event)
    }
}

struct HeadNotice: Record {
    var subscription: Identifier = "s0"
    var head = 0

    init() {}

    init(of subscription: Identifier, head: Int) {
        self.subscription = subscription
        self.head = head
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subscription", &subscription)
        try visitor.field("head", &head)
    }
}

struct EndNotice: Record {
    var subscription: Identifier = "s0"
    /// Where to subscribe again.
    var next = 1
    var reason: Prose = "-"

    init() {}

    init(of subscription: Identifier, next: Int, reason: Prose) {
        self.subscription = subscription
        self.next = next
        self.reason = reason
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subscription", &subscription)
        try visitor.field("next", &next)
        try visitor.field("reason", &reason)
    }
}

/// What `events.subscribe` answers.
struct Subscribed: Record {
    var subscription: Identifier = "s0"
    /// The first position that is looked at.
    var from = 1
    var head = 0

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subscription", &subscription)
        try visitor.field("from", &from)
        try visitor.field("head", &head)
    }
}

/// What `events.unsubscribe` answers.
struct Unsubscribed: Record {
    /// Where to subscribe again.
    var next = 1

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("next", &next)
    }
}
