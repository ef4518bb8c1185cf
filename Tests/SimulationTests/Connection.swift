import AccueilTesting
import WireProtocol

/// One connection of a client, and what it waits for.
final class Connection: Session {
    let actor: String
    let role: Role? = .operator
    var isWritable = true
    var isOpen = true
    var commandsPending = 0
    /// What is not answered yet, by the request's number.
    var requests: [Int: Request] = [:]
    var following: Following?
    private let hear: (Connection, [UInt8]) -> Void

    /// A subscription, and where it has come to.
    struct Following {
        let id: String
        /// What the types of its events begin with.
        let types: String?
        /// The position after the last event that it heard of.
        var next: Int
    }

    /// `hear` is told the lines that were not asked for.
    init(_ actor: String, hear: @escaping (Connection, [UInt8]) -> Void) {
        self.actor = actor
        self.hear = hear
    }

    func notify(_ lines: [UInt8]) { for line in lines.split(separator: 0x0A) { hear(self, Array(line)) } }
}

extension Connection.Following {
    private static let event = Array(#"{"jsonrpc":"2.0","method":"event","params":"#.utf8)

    /// Takes in what the subscription is told, and answers whether it is over; `lines` is the log as far as it is durable.
    mutating func hear(_ told: [UInt8], _ lines: [Ledger.Line]) throws(Broken) -> Bool {
        guard !told.starts(with: Self.event) else {
            skip(to: lines.count + 1, lines)
            let expected =
                Self.event + Array(#"{"subscription":"\#(id)","event":"#.utf8) + (lines.at(next)?.bytes ?? []) + [
                    0x7D, 0x7D,
                ]
            guard told == expected else {
                throw Broken("not event \(next), the next of \(id): \(String(decoding: told, as: UTF8.self))")
            }
            next += 1
            return false
        }
        let text = String(decoding: told, as: UTF8.self)
        guard look("params.subscription", in: text) == id else { throw Broken("\(id) does not follow: \(text)") }
        if let next = look("params.next", in: text).flatMap({ Int($0) }) {
            try end(at: next, lines)
            return true
        }
        // Caught up, or a sign of life.
        guard let head = look("params.head", in: text).flatMap({ Int($0) }) else { throw Broken("what is \(text)?") }
        try end(at: head + 1, lines)
        return false
    }

    /// The subscription has come to `position`: there was nothing for it that it has not heard of.
    mutating func end(at position: Int, _ lines: [Ledger.Line]) throws(Broken) {
        skip(to: position, lines)
        guard next == position else {
            throw Broken("\(id) has come to \(position), and has not heard of event \(next)")
        }
    }

    /// Goes past events that are not for it, up to `end`.
    private mutating func skip(to end: Int, _ lines: [Ledger.Line]) {
        guard let types else { return }
        while next < end, let line = lines.at(next), !line.type.hasPrefix(types) { next += 1 }
    }
}

extension [Ledger.Line] {
    /// The event at a position, if there is one.
    func at(_ position: Int) -> Ledger.Line? { indices.contains(position - 1) ? self[position - 1] : nil }
}
