/// Who is placed: one person, one household, or a group of people who stay anonymous.
///
/// With a `person` (a pseudonymous id, for one person or for the head of one household) the party is known; without,
/// it is an anonymous group and only its headcount counts.
public struct Party: Sendable, Equatable {
    public var person: Identifier?
    public var audience = Audience.any
    public var adults = 1
    public var children = 0
    public var nationality: Nationality?

    public var headcount: Int { adults + children }

    /// The most people one placement may hold.
    static let headcountMax = 10_000

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("person", &person)
        try visitor.field("audience", &audience)
        try visitor.preset("adults", &adults)
        try visitor.preset("children", &children)
        try visitor.field("nationality", &nationality)
    }

    func check() throws(Rejection) {
        let bounds = 0...Self.headcountMax
        guard bounds.contains(adults), bounds.contains(children), (1...Self.headcountMax).contains(headcount) else {
            throw Rejection(
                "headcount_out_of_bounds",
                "\(adults) adults and \(children) children: a party is 1 to \(Self.headcountMax) people",
                ["adults": adults, "children": children])
        }
    }
}

/// How a request ended.
public enum RequestOutcome: String, CodeList {
    /// A placement followed.
    case placed
    /// Directed to a place outside the register's sites.
    case oriented
    case withdrawn
    case noShow = "no_show"
    case declined
}

/// `placement.request` → `placement.requested`: a party asks for a place and waits.
public struct PlacementRequested: EventRecord, CommandRecord {
    public static let type = "placement.requested"
    public static let method = "placement.request"

    public var request = Identifier()
    public var party = Party()
    /// Where they asked.
    public var site: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("request", &request)
        try party.fields(&visitor)
        try visitor.field("site", &site)
    }

    public var subject: Subject { Subject(.request, request) }
    public var person: Identifier? { party.person }
}

/// `placement.close_request` → `placement.request_closed`
public struct PlacementRequestClosed: EventRecord, CommandRecord, Equatable {
    public static let type = "placement.request_closed"
    public static let method = "placement.close_request"

    public var request = Identifier()
    public var outcome = RequestOutcome.withdrawn
    /// The placement that followed.
    public var placement: Identifier?
    /// Where an orientation leads.
    public var destination: Destination?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("request", &request)
        try visitor.field("outcome", &outcome)
        try visitor.field("placement", &placement)
        try visitor.field("destination", &destination)
    }

    public var subject: Subject { Subject(.request, request) }
}

/// `placement.start` → `placement.started`: a party comes to stay on a site.
public struct PlacementStarted: EventRecord, CommandRecord {
    public static let type = "placement.started"
    public static let method = "placement.start"

    public var placement = Identifier()
    public var site = Identifier()
    public var party = Party()
    public var bed: Identifier?
    /// The operation that brought them.
    public var operation: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("placement", &placement)
        try visitor.field("site", &site)
        try party.fields(&visitor)
        try visitor.field("bed", &bed)
        try visitor.field("operation", &operation)
    }

    public var subject: Subject { Subject(.placement, placement) }
    public var person: Identifier? { party.person }
}

/// `placement.move` → `placement.moved`: another bed or unit on the same site.
public struct PlacementMoved: EventRecord, CommandRecord {
    public static let type = "placement.moved"
    public static let method = "placement.move"

    public var placement = Identifier()
    public var bed = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("placement", &placement)
        try visitor.field("bed", &bed)
    }

    public var subject: Subject { Subject(.placement, placement) }
}

/// `placement.transfer` → `placement.transferred`: the stay goes on, on another site.
public struct PlacementTransferred: EventRecord, CommandRecord {
    public static let type = "placement.transferred"
    public static let method = "placement.transfer"

    public var placement = Identifier()
    public var site = Identifier()
    public var bed: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("placement", &placement)
        try visitor.field("site", &site)
        try visitor.field("bed", &bed)
    }

    public var subject: Subject { Subject(.placement, placement) }
}

/// `placement.end` → `placement.ended`: the party leaves; the orientation is where to.
public struct PlacementEnded: EventRecord, CommandRecord {
    public static let type = "placement.ended"
    public static let method = "placement.end"

    public var placement = Identifier()
    public var destination = Destination.unknownDeparture

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("placement", &placement)
        try visitor.field("destination", &destination)
    }

    public var subject: Subject { Subject(.placement, placement) }
}

extension Placements {
    static let events: [any EventRecord.Type] = [
        PlacementRequested.self, PlacementRequestClosed.self, PlacementStarted.self, PlacementMoved.self,
        PlacementTransferred.self, PlacementEnded.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        PlacementRequested.self, PlacementRequestClosed.self, PlacementStarted.self, PlacementMoved.self,
        PlacementTransferred.self, PlacementEnded.self,
    ]
    static let queries: [any QueryRecord.Type] = [
        FlowsQuery.self, StaysQuery.self, PlacementsQuery.self, RequestsQuery.self,
    ]
}
