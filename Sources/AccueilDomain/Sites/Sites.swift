/// The sites: where people can be taken in, how many, for whom, for how long.
public struct Sites: Sendable {
    public struct Site: Sendable {
        public let id: Identifier
        /// What it was opened as, each time.
        public internal(set) var descriptions = DatedValue<Description>()
        /// When the site was open, in order; the last is open-ended while the site is.
        public internal(set) var periods: [(from: Day, to: Day?)] = []
        public internal(set) var operators = DatedValue<[Identifier]>()
        public internal(set) var capacity: [Audience: DatedValue<Int>] = [:]
        public internal(set) var stayTarget = DatedValue<StayTarget>()
        public internal(set) var blocked = DailyCount()

        public func description(on day: Day) -> Description {
            descriptions.value(on: day) ?? descriptions.entries.first?.value ?? Description()
        }

        public var isOpen: Bool { periods.last.map { $0.to == nil } ?? false }

        /// Open on the night that follows `day`.
        public func isOpen(on day: Day) -> Bool {
            periods.contains { $0.from <= day && ($0.to.map { day < $0 } ?? true) }
        }

        /// Places on a day, for all audiences together; those blocked included.
        public func places(on day: Day) -> Int {
            guard isOpen(on: day) else { return 0 }
            return capacity.values.reduce(0) { $0 + ($1.value(on: day) ?? 0) }
        }

        /// Whether the site has places for an audience on a day; one without any capacity yet takes everybody.
        public func accepts(_ audience: Audience, on day: Day) -> Bool {
            let offered = capacity.filter { ($0.value.value(on: day) ?? 0) > 0 }
            return audience == .any || offered.isEmpty || offered[.any] != nil || offered[audience] != nil
        }
    }

    public struct Description: Sendable, Equatable {
        public var kind = SiteKind.other
        public var name: Text?
        public var commune: Commune?
        public var arrondissement: Int?
    }

    public struct StayTarget: Sendable, Equatable {
        public let daysMin: Int?
        public let daysMax: Int
    }

    private var numbers = Registry()
    public private(set) var all: [Site] = []

    public func number(of id: Identifier) -> Int? { numbers.find(id) }

    public subscript(_ id: Identifier) -> Site? { numbers.find(id).map { all[$0] } }

    /// The site, or the rejection that says it is unknown.
    func known(_ id: Identifier) throws(Rejection) -> (number: Int, site: Site) {
        guard let number = numbers.find(id) else { throw .unknownSite(id) }
        return (number, all[number])
    }

    mutating func change(_ id: Identifier, _ body: (inout Site) -> Void) {
        let number = numbers.enter(id)
        if number == all.count { all.append(Site(id: id)) }
        body(&all[number])
    }

    func anomalies(_ world: World, asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        for (number, site) in all.enumerated() {
            let subject = Subject(.site, site.id)
            let places = site.places(on: day)
            let occupied = world.placements.occupied(site: number, on: day)
            if occupied > places {
                let before = world.placements.occupied(
                    site: number, from: day + -Self.lookBackDays, days: Self.lookBackDays)
                let since = firstDay(before, day) { $0 > site.places(on: $1) }
                found.append(Anomaly(.occupancyAboveCapacity, subject, since: since, value: occupied, limit: places))
            }
            let blocked = site.blocked.value(on: day)
            if blocked > places, site.isOpen(on: day) {
                let before = site.blocked.values(from: day + -Self.lookBackDays, count: Self.lookBackDays)
                let since = firstDay(before, day) { $0 > site.places(on: $1) }
                found.append(Anomaly(.blockedAboveCapacity, subject, since: since, value: blocked, limit: places))
            }
        }
        return found
    }

    /// How far back the beginning of an anomaly is looked for: ten years.
    private static let lookBackDays = 3660

    /// The first day of the unbroken run that ends on `day`, given the values of the days before it.
    private func firstDay(_ before: [Int], _ day: Day, _ holds: (Int, Day) -> Bool) -> Day {
        var first = day
        while day - first < before.count, holds(before[before.count - 1 - (day - first)], first + -1) {
            first = first + -1
        }
        return first
    }
}

extension Rejection {
    static func unknownSite(_ id: Identifier) -> Rejection {
        Rejection(
            "unknown_site", "no site \(id): open it first, or see query.occupancy for those there are", ["site": id])
    }

    static func siteNotOpen(_ id: Identifier, on day: Day) -> Rejection {
        Rejection("site_not_open", "site \(id) was not open on \(day)", ["site": id, "day": day])
    }
}
