import AccueilDomain
import EventCoding

/// Which events a reader wants. All that is given must hold.
struct EventFilter {
    /// Each is looked at for every event.
    static let typesMax = 64

    /// Beginnings of types, `placement.` or `donation.received`; any of them.
    var types: [Identifier] = []
    var subject: Subject?
    /// Events that name this site: as their subject, or anywhere in their data as where something happens or goes.
    var site: Identifier?
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
        try visitor.field("site", &site)
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
            types: types, subject: subject.map { Array($0.description.utf8) }, site: site.map { SiteMention(of: $0) },
            since: since.map { calendar.timestamp(of: $0) }, until: end)
    }

    struct Test: Sendable {
        let types: [Identifier]
        let subject: [UInt8]?
        let site: SiteMention?
        let since: Timestamp?
        let until: Timestamp?

        func admits(_ line: borrowing Span<UInt8>) -> Bool {
            if types.isEmpty, subject == nil, site == nil, since == nil, until == nil { return true }
            guard let head = EventHead(line) else { return false }
            if !types.isEmpty {
                let type = line.extracting(head.type)
                guard types.contains(where: { $0.withBytes { Self.begins(type, with: $0) } }) else { return false }
            }
            if let subject {
                let found = line.extracting(head.subject)
                guard found.count == subject.count, Self.begins(found, with: subject.span) else { return false }
            }
            if let site, !site.isIn(line, head) { return false }
            guard since != nil || until != nil else { return true }
            guard let time = Timestamp(line.extracting(head.time)) else { return false }
            return since.map { time >= $0 } ?? true && until.map { time < $0 } ?? true
        }

        fileprivate static func begins(_ text: borrowing Span<UInt8>, with prefix: borrowing Span<UInt8>) -> Bool {
            guard text.count >= prefix.count else { return false }
            for index in prefix.indices where text[index] != prefix[index] { return false }
            return true
        }
    }
}

/// What an event's line holds where it names a site: its subject, or a member of its data, at whatever depth.
///
/// The line is searched, not parsed. A quote inside a text is escaped there, so that no text can look like a member.
struct SiteMention: Sendable {
    private let subject: [UInt8]
    /// `"site":"ney"`, `"to_site":"ney"`
    private let members: [[UInt8]]
    /// The id as an element of `"sites":[…]`.
    private let element: [UInt8]
    private static let list = Array(#""sites":["#.utf8)

    init(of site: Identifier) {
        subject = Array("site/\(site)".utf8)
        members = ["site", "to_site"].map { Array("\"\($0)\":\"\(site)\"".utf8) }
        element = Array("\"\(site)\"".utf8)
    }

    func isIn(_ line: borrowing Span<UInt8>, _ head: EventHead) -> Bool {
        let about = line.extracting(head.subject)
        if about.count == subject.count, EventFilter.Test.begins(about, with: subject.span) { return true }
        var index = head.time.upperBound
        while index < line.count {
            defer { index += 1 }
            guard line[index] == 0x22 else { continue }
            let rest = line.extracting(index..<line.count)
            for member in members where EventFilter.Test.begins(rest, with: member.span) { return true }
            guard EventFilter.Test.begins(rest, with: Self.list.span) else { continue }
            var place = Self.list.count
            while place < rest.count, rest[place] != 0x5D {
                if EventFilter.Test.begins(rest.extracting(place..<rest.count), with: element.span) { return true }
                place += 1
            }
        }
        return false
    }
}
