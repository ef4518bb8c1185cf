/// What arrivals and departures are told apart by.
public enum FlowKey: String, CodeList {
    case day, month, site, audience, nationality, destination
}

/// `query.flows`: who came and who left in a period, in people; a transfer between sites is neither for the whole, but
/// shows as both at its sites.
public struct FlowsQuery: QueryRecord {
    public static let method = "query.flows"

    public var asOf: Day?
    /// First day of the period; from the beginning where absent.
    public var from: Day?
    /// Last day of the period; `as_of` where absent.
    public var to: Day?
    public var site: Identifier?
    public var kind: SiteKind?
    public var audience: Audience?
    public var by: FlowKey?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("site", &site)
        try visitor.field("kind", &kind)
        try visitor.field("audience", &audience)
        try visitor.field("by", &by)
    }

    /// Counts of people, each once per arrival or departure.
    public struct Counts: Sendable {
        /// People whose placement began.
        public var arrivals = 0
        /// People whose placement ended.
        public var departures = 0
        public var transfersIn = 0
        public var transfersOut = 0
        /// People there at the end of the period; only where one can say of each whether they belong to the row.
        public var present: Int?
        /// People who asked for a place.
        public var requests = 0
        /// People who asked and were directed elsewhere.
        public var oriented = 0

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("arrivals", &arrivals)
            try visitor.field("departures", &departures)
            try visitor.field("transfers_in", &transfersIn)
            try visitor.field("transfers_out", &transfersOut)
            try visitor.field("present", &present)
            try visitor.field("requests", &requests)
            try visitor.field("oriented", &oriented)
        }
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to = Day(rawValue: 0)
        public var counts = Counts()
        /// Adults and children among the arrivals.
        public var adults = 0
        public var children = 0
        /// Different known persons (or heads of household) who arrived.
        public var persons = 0
        /// Placements that began.
        public var placements = 0
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try counts.fields(&visitor)
            try visitor.field("adults", &adults)
            try visitor.field("children", &children)
            try visitor.field("persons", &persons)
            try visitor.field("placements", &placements)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record {
        public var key: Text = "-"
        public var counts = Counts()

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try counts.fields(&visitor)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let day = asOf ?? today
        let end = min(to ?? day, day)
        let period = try Period(from: from, to: end)
        var chosen = Array(repeating: false, count: world.sites.all.count)
        for number in try world.chosenSites(site, kind, nil, on: end) { chosen[number] = true }
        let everywhere = site == nil && kind == nil

        var answer = Answer()
        answer.asOf = day
        answer.from = from
        answer.to = end
        var rows: [RowKey: Counts] = [:]
        func count(_ key: RowKey?, _ change: (inout Counts) -> Void) {
            change(&answer.counts)
            countRow(key, change)
        }
        func countRow(_ key: RowKey?, _ change: (inout Counts) -> Void) {
            if by != nil, let key { change(&rows[key, default: Counts()]) }
        }
        /// A transfer is neither arrival nor departure for the whole, but is both for the sites.
        func countTransfer(_ key: RowKey?, _ change: (inout Counts) -> Void) {
            if !everywhere { count(key, change) } else if by == .site { countRow(key, change) }
        }
        answer.counts.present = 0

        // A mark for each of up to millions of persons costs less than a set of them.
        var persons = Array(repeating: false, count: world.placements.persons.count)
        world.placements.stays.visit { _, stay in
            guard audience.map({ $0 == stay.audience }) ?? true, chosen[Int(stay.site)] else { return }
            let people = stay.headcount
            if period.contains(stay.startDay) {
                let key = key(stay, on: stay.startDay, leaving: false)
                if stay.continues {
                    countTransfer(key) { $0.transfersIn += people }
                } else {
                    count(key) { $0.arrivals += people }
                    answer.adults += Int(stay.adults)
                    answer.children += Int(stay.children)
                    answer.placements += 1
                    if stay.person != Placements.Stay.nobody { persons[Int(stay.person)] = true }
                }
            }
            if let left = stay.endDay, period.contains(left) {
                let key = key(stay, on: left, leaving: true)
                if stay.transferred {
                    countTransfer(key) { $0.transfersOut += people }
                } else {
                    count(key) { $0.departures += people }
                }
            }
            if stay.isPresent(on: end) {
                switch by {
                case .day, .month, .destination, nil: answer.counts.present? += people
                case .site, .audience, .nationality:
                    count(key(stay, on: end, leaving: false)) { $0.present = ($0.present ?? 0) + people }
                }
            }
        }
        answer.persons = persons.count { $0 }

        world.placements.requests.visit { _, request in
            guard audience.map({ $0 == request.party.audience }) ?? true else { return }
            let number = request.site.flatMap { world.sites.number(of: $0) }.map { UInt32($0) }
            guard everywhere || number.map({ chosen[Int($0)] }) ?? false else { return }
            let people = request.party.headcount
            if period.contains(request.day) {
                count(key(request, number, on: request.day, nil)) { $0.requests += people }
            }
            if let closed = request.closed, closed.closing.outcome == .oriented, period.contains(closed.day) {
                count(key(request, number, on: closed.day, closed.closing.destination)) { $0.oriented += people }
            }
        }
        answer.rows = rows.sorted { $0.key < $1.key }.map { entry in
            var row = Row()
            row.key = entry.key.text(world)
            row.counts = entry.value
            switch by {
            case .site, .audience, .nationality: row.counts.present = entry.value.present ?? 0
            case .day, .month, .destination, nil: break
            }
            return row
        }
        return answer
    }

    private enum RowKey: Hashable, Comparable {
        case day(Day)
        case month(Int)
        case site(UInt32)
        case code(String)
        case nationality(Nationality)

        func text(_ world: World) -> Text {
            switch self {
            case .day(let day): Text(stringLiteral: day.description)
            case .month(let month):
                Text(stringLiteral: String(Day(year: month / 12, month: month % 12 + 1, day: 1)!.description.prefix(7)))
            case .site(let number): Text(stringLiteral: world.sites.all[Int(number)].id.description)
            case .code(let code): Text(stringLiteral: code)
            case .nationality(let nationality): Text(stringLiteral: nationality.description)
            }
        }
    }

    private func key(_ stay: Placements.Stay, on day: Day, leaving: Bool) -> RowKey? {
        switch by {
        case .day: .day(day)
        case .month: .month(day.civil.year * 12 + day.civil.month - 1)
        case .site: .site(stay.site)
        case .audience: .code(stay.audience.rawValue)
        case .nationality: .nationality(Nationality(packed: stay.nationality))
        case .destination: leaving ? stay.destination.map { .code($0.rawValue) } : nil
        case nil: nil
        }
    }

    private func key(
        _ request: Placements.Request, _ site: UInt32?, on day: Day, _ destination: Destination?
    ) -> RowKey? {
        switch by {
        case .day: .day(day)
        case .month: .month(day.civil.year * 12 + day.civil.month - 1)
        case .site: site.map { .site($0) }
        case .audience: .code(request.party.audience.rawValue)
        case .nationality: .nationality(request.party.nationality ?? .unknown)
        case .destination: destination.map { .code($0.rawValue) }
        case nil: nil
        }
    }
}
