import AccueilDomain
import EventCoding

/// Which events a reader wants. All that is given must hold.
struct EventFilter {
    /// Each is looked at for every event.
    static let typesMax = 64

    /// Beginnings of types, `placement.` or `donation.received`; any of them.
    var types: [Identifier] = []
    var subject: Subject?
    /// When it happened: from here on.
    var since: Moment?
    /// When it happened: before this instant, or up to the end of this day.
    var until: Moment?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.list("types", &types)
        guard types.count <= Self.typesMax else {
            throw Malformed(path: "types", expected: "a list of at most \(Self.typesMax)")
        }
        try visitor.field("subject", &subject)
        try visitor.field("since", &since)
        try visitor.field("until", &until)
    }

    /// The filter with its days turned into instants of a calendar.
    func test(in calendar: CivilCalendar) -> Test {
        let end: Timestamp? =
            switch until {
            case .instant(let time): time
            case .day(let day): calendar.start(of: day + 1)
            case nil: nil
            }
        return Test(
            types: types, subject: subject.map { Array($0.description.utf8) },
            since: since.map { calendar.timestamp(of: $0) }, until: end)
    }

    struct Test: Sendable {
        let types: [Identifier]
        let subject: [UInt8]?
        let since: Timestamp?
        let until: Timestamp?

        func admits(_ line: borrowing Span<UInt8>) -> Bool {
            if types.isEmpty, subject == nil, since == nil, until == nil { return true }
            guard let head = EventHead(line) else { return false }
            if !types.isEmpty {
                let type = line.extracting(head.type)
                guard types.contains(where: { $0.withBytes { Self.begins(type, with: $0) } }) else { return false }
            }
            if let subject {
                let found = line.extracting(head.subject)
                guard found.count == subject.count, Self.begins(found, with: subject.span) else { return false }
            }
            guard since != nil || until != nil else { return true }
            guard let time = Timestamp(line.extracting(head.time)) else { return false }
            return since.map { time >= $0 } ?? true && until.map { time < $0 } ?? true
        }

        private static func begins(_ text: borrowing Span<UInt8>, with prefix: borrowing Span<UInt8>) -> Bool {
            guard text.count >= prefix.count else { return false }
            for index in prefix.indices where text[index] != prefix[index] { return false }
            return true
        }
    }
}
