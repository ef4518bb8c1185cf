// Who is where on a day. «On a day» is the night that follows it: whoever leaves on that day is no longer counted,
// whoever comes is.

/// How a breakdown is cut.
public enum OccupancyKey: String, CodeList {
    case audience, nationality
}

/// People of one key, and their share of all of them in whole percent, rounded half up.
public struct Share: Record {
    public var key: Text = "-"
    public var people = 0
    public var percent = 0

    public init() {}

    init(_ key: String, _ people: Int, of all: Int) {
        self.key = Text(stringLiteral: key)
        self.people = people
        percent = wholePercent(people, of: all)
    }

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("key", &key)
        try visitor.field("people", &people)
        try visitor.field("percent", &percent)
    }

    /// The greatest first.
    static func shares(_ people: [String: Int]) -> [Share] {
        let all = people.values.reduce(0, +)
        return people.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.filter { $0.value != 0 }
            .map { Share($0.key, $0.value, of: all) }
    }
}

/// Whole percent, rounded half up; 0 of nothing.
func wholePercent(_ part: Int, of all: Int) -> Int {
    all == 0 ? 0 : (part * 200 + all) / (all * 2)
}

/// `query.occupancy`: places and people per site on a day.
public struct OccupancyQuery: QueryRecord {
    public static let method = "query.occupancy"

    public var asOf: Day?
    public var site: Identifier?
    public var kind: SiteKind?
    public var commune: Commune?
    public var by: OccupancyKey?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("site", &site)
        try visitor.field("kind", &kind)
        try visitor.field("commune", &commune)
        try visitor.field("by", &by)
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        public var total = Places()
        public var breakdown: [Share] = []
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try total.fields(&visitor)
            try visitor.field("rows", &rows)
            try visitor.field("breakdown", &breakdown)
        }
    }

    /// The four figures of a site or of many; `unoccupied` is below zero where there are more people than usable places.
    public struct Places: Sendable {
        /// Places that exist.
        public var places = 0
        /// Those of them that are blocked.
        public var unavailable = 0
        /// People present.
        public var occupied = 0
        /// Places − unavailable − occupied.
        public var unoccupied = 0

        init() {}

        init(_ places: Int, _ unavailable: Int, _ occupied: Int) {
            self.places = places
            self.unavailable = unavailable
            self.occupied = occupied
            unoccupied = places - unavailable - occupied
        }

        mutating func add(_ other: Places) {
            places += other.places
            unavailable += other.unavailable
            occupied += other.occupied
            unoccupied += other.unoccupied
        }

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("places", &places)
            try visitor.field("unavailable", &unavailable)
            try visitor.field("occupied", &occupied)
            try visitor.field("unoccupied", &unoccupied)
        }
    }

    public struct Row: Record {
        public var site = Identifier()
        public var name: Text?
        public var kind = SiteKind.other
        public var commune: Commune?
        public var arrondissement: Int?
        public var operators: [Identifier] = []
        public var open = true
        public var opened: Day?
        public var closed: Day?
        public var counts = Places()
        public var breakdown: [Share] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("site", &site)
            try visitor.field("name", &name)
            try visitor.field("kind", &kind)
            try visitor.field("commune", &commune)
            try visitor.field("arrondissement", &arrondissement)
            try visitor.field("operators", &operators)
            try visitor.field("open", &open)
            try visitor.field("opened", &opened)
            try visitor.field("closed", &closed)
            try counts.fields(&visitor)
            try visitor.field("breakdown", &breakdown)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let day = asOf ?? today
        var answer = Answer()
        answer.asOf = day
        var present = by.map { world.present(on: day, by: $0) } ?? [:]
        var all: [String: Int] = [:]
        for number in try world.chosenSites(site, kind, commune, on: day) {
            let site = world.sites.all[number]
            guard let opened = site.periods.last(where: { $0.from <= day })?.from else { continue }
            var row = Row()
            row.site = site.id
            let description = site.description(on: day)
            row.name = description.name
            row.kind = description.kind
            row.commune = description.commune
            row.arrondissement = description.arrondissement
            row.operators = site.operators.value(on: day) ?? []
            row.open = site.isOpen(on: day)
            row.opened = opened
            row.closed = site.periods.last { $0.from <= day }?.to.flatMap { $0 <= day ? $0 : nil }
            row.counts = world.places(ofSite: number, on: day)
            if by != nil {
                let here = present.removeValue(forKey: number) ?? [:]
                row.breakdown = Share.shares(here)
                all.merge(here, uniquingKeysWith: +)
            }
            answer.total.add(row.counts)
            answer.rows.append(row)
        }
        answer.breakdown = Share.shares(all)
        return answer
    }
}

/// `query.occupancy_series`: the same figures night by night, for one site or for many together.
public struct OccupancySeriesQuery: QueryRecord {
    public static let method = "query.occupancy_series"
    /// The longest series: ten years and a bit.
    public static let daysMax = 3660

    public var from = Day(rawValue: 0)
    public var to: Day?
    public var asOf: Day?
    public var site: Identifier?
    public var kind: SiteKind?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("as_of", &asOf)
        try visitor.field("site", &site)
        try visitor.field("kind", &kind)
    }

    public struct Answer: Record {
        public var from = Day(rawValue: 0)
        public var to = Day(rawValue: 0)
        public var days: [Night] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("days", &days)
        }
    }

    public struct Night: Record {
        public var day = Day(rawValue: 0)
        public var counts = OccupancyQuery.Places()

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("day", &day)
            try counts.fields(&visitor)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let last = to ?? asOf ?? today
        let end = min(last, asOf ?? last)
        guard from <= end else { throw .emptyPeriod(from, end) }
        guard end - from < Self.daysMax else {
            throw Rejection(
                "series_too_long", "\(end - from + 1) days: a series is at most \(Self.daysMax)",
                ["from": from, "to": end, "days_max": Self.daysMax])
        }
        let sites = try world.chosenSites(site, kind, nil, on: end)
        var answer = Answer()
        answer.from = from
        answer.to = end
        answer.days = (0...(end - from)).map { offset in
            var night = Night()
            night.day = from + offset
            return night
        }
        for number in sites {
            let site = world.sites.all[number]
            let blocked = site.blocked.values(from: from, count: answer.days.count)
            let occupied = world.placements.occupied(site: number, from: from, days: answer.days.count)
            for index in answer.days.indices {
                let day = answer.days[index].day
                let unavailable = site.isOpen(on: day) ? blocked[index] : 0
                answer.days[index].counts.add(OccupancyQuery.Places(site.places(on: day), unavailable, occupied[index]))
            }
        }
        return answer
    }
}

extension World {
    /// The numbers of the sites that a query speaks of, in the order in which they opened.
    func chosenSites(
        _ site: Identifier?, _ kind: SiteKind?, _ commune: Commune?, on day: Day
    ) throws(Rejection) -> [Int] {
        if let site { return [try sites.known(site).number] }
        return sites.all.indices.filter { number in
            let description = sites.all[number].description(on: day)
            return (kind.map { $0 == description.kind } ?? true) && (commune.map { $0 == description.commune } ?? true)
        }
    }

    fileprivate func places(ofSite number: Int, on day: Day) -> OccupancyQuery.Places {
        let site = sites.all[number]
        return OccupancyQuery.Places(
            site.places(on: day), site.isOpen(on: day) ? site.blocked.value(on: day) : 0,
            placements.occupied(site: number, on: day))
    }

    /// People present on a day, per site number and key.
    fileprivate func present(on day: Day, by key: OccupancyKey) -> [Int: [String: Int]] {
        var present: [Int: [String: Int]] = [:]
        switch key {
        case .audience:
            for number in sites.all.indices {
                for (audience, people) in placements.occupiedByAudience(site: number, on: day) where people != 0 {
                    present[number, default: [:]][audience.rawValue] = people
                }
            }
        case .nationality:
            var counts: [Int: [UInt16: Int]] = [:]
            placements.stays.visit { _, stay in
                guard stay.isPresent(on: day) else { return }
                counts[Int(stay.site), default: [:]][stay.nationality, default: 0] += stay.headcount
            }
            for (number, people) in counts {
                for (nationality, count) in people {
                    present[number, default: [:]][Nationality(packed: nationality).description] = count
                }
            }
        }
        return present
    }
}
