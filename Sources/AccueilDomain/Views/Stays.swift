/// `query.stays`: how long people stay, site by site, against the site's target.
///
/// A stay's length is its nights: the day it ended (or `as_of`, while it is open) minus the day it began.
public struct StaysQuery: QueryRecord {
    public static let method = "query.stays"

    public var asOf: Day?
    /// Stays present at some time in the period from `from` to `to`; all up to `as_of` where absent.
    public var from: Day?
    public var to: Day?
    public var site: Identifier?
    public var kind: SiteKind?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("site", &site)
        try visitor.field("kind", &kind)
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record {
        public var site = Identifier()
        public var name: Text?
        public var stays = 0
        public var people = 0
        /// Stays not yet ended.
        public var open = 0
        /// Mean length in tenths of a day, over people, rounded half up.
        public var daysMeanTenths = 0
        public var daysMedian = 0
        public var daysMax = 0
        public var targetMin: Int?
        public var targetMax: Int?
        /// Stays no longer than the target; absent without a target.
        public var withinTarget: Int?
        public var beyondTarget: Int?
        public var bands: [Band] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("site", &site)
            try visitor.field("name", &name)
            try visitor.field("stays", &stays)
            try visitor.field("people", &people)
            try visitor.field("open", &open)
            try visitor.field("days_mean_tenths", &daysMeanTenths)
            try visitor.field("days_median", &daysMedian)
            try visitor.field("days_max", &daysMax)
            try visitor.field("target_min", &targetMin)
            try visitor.field("target_max", &targetMax)
            try visitor.field("within_target", &withinTarget)
            try visitor.field("beyond_target", &beyondTarget)
            try visitor.field("bands", &bands)
        }
    }

    /// Stays whose length lies between two numbers of days, both included.
    public struct Band: Record {
        public var daysMin = 0
        public var daysMax: Int?
        public var stays = 0
        public var people = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("days_min", &daysMin)
            try visitor.field("days_max", &daysMax)
            try visitor.field("stays", &stays)
            try visitor.field("people", &people)
        }
    }

    /// The first day of each band: up to 4, 5–10, to a month, three, six, a year, two years, more.
    static let bandStarts = [0, 5, 11, 31, 92, 183, 366, 731]

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let day = asOf ?? today
        let end = min(to ?? day, day)
        if let from, from > end { throw .emptyPeriod(from, end) }
        var lengths: [UInt32: [(days: Int, people: Int, open: Bool)]] = [:]
        for number in try world.chosenSites(site, kind, nil, on: end) { lengths[UInt32(number)] = [] }
        world.placements.stays.visit { _, stay in
            guard lengths[stay.site] != nil, stay.startDay <= end else { return }
            let left = stay.endDay.flatMap { $0 <= day ? $0 : nil }
            if let from, let left, left < from { return }
            lengths[stay.site]!.append(((left ?? day) - stay.startDay, stay.headcount, left == nil))
        }
        var answer = Answer()
        answer.asOf = day
        answer.rows = lengths.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map { number, lengths in
            row(world.sites.all[Int(number)], lengths.sorted { $0.days < $1.days }, on: day)
        }
        return answer
    }

    private func row(_ site: Sites.Site, _ lengths: [(days: Int, people: Int, open: Bool)], on day: Day) -> Row {
        var row = Row()
        row.site = site.id
        row.name = site.description(on: day).name
        row.stays = lengths.count
        row.open = lengths.count { $0.open }
        row.people = lengths.reduce(0) { $0 + $1.people }
        let nights = lengths.reduce(0) { $0 + $1.days * $1.people }
        row.daysMeanTenths = row.people == 0 ? 0 : (nights * 20 + row.people) / (row.people * 2)
        row.daysMedian = lengths[(lengths.count - 1) / 2].days
        row.daysMax = lengths[lengths.count - 1].days
        if let target = site.stayTarget.value(on: day) {
            row.targetMin = target.daysMin
            row.targetMax = target.daysMax
            row.withinTarget = lengths.count { $0.days <= target.daysMax }
            row.beyondTarget = lengths.count { $0.days > target.daysMax }
        }
        row.bands = Self.bandStarts.enumerated().map { index, start in
            var band = Band()
            band.daysMin = start
            band.daysMax = index + 1 < Self.bandStarts.count ? Self.bandStarts[index + 1] - 1 : nil
            let inside = lengths.filter { $0.days >= start && $0.days <= band.daysMax ?? .max }
            band.stays = inside.count
            band.people = inside.reduce(0) { $0 + $1.people }
            return band
        }
        return row
    }
}

/// Which of the things that can be over a list shows.
public enum OpenState: String, CodeList {
    case open, ended, all
}

/// `query.placements`: the placements themselves, in the order in which they were recorded.
public struct PlacementsQuery: QueryRecord {
    public static let method = "query.placements"
    public static let isPaged = true
    public static let limitMax = 1000

    public var asOf: Day?
    public var site: Identifier?
    public var person: Identifier?
    public var audience: Audience?
    public var state = OpenState.open
    /// The `next` of the page before.
    public var after: Int?
    public var limit = 100

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("site", &site)
        try visitor.field("person", &person)
        try visitor.field("audience", &audience)
        try visitor.preset("state", &state)
        try visitor.field("after", &after)
        try visitor.preset("limit", &limit)
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        /// Stays that match, on all pages.
        public var total = 0
        public var people = 0
        public var rows: [Row] = []
        /// What to give as `after` for the next page; absent on the last.
        public var next: Int?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("total", &total)
            try visitor.field("people", &people)
            try visitor.field("rows", &rows)
            try visitor.field("next", &next)
        }
    }

    /// One stay on one site; a transferred placement has one row per site.
    public struct Row: Record {
        public var placement = Identifier()
        public var site = Identifier()
        public var party = Party()
        public var started = Day(rawValue: 0)
        /// It goes on from a stay on another site: they came by a transfer.
        public var continues = false
        public var ended: Day?
        public var destination: Destination?
        public var transferred = false
        public var bed: Identifier?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("placement", &placement)
            try visitor.field("site", &site)
            try party.fields(&visitor)
            try visitor.field("started", &started)
            try visitor.field("continues", &continues)
            try visitor.field("ended", &ended)
            try visitor.field("destination", &destination)
            try visitor.field("transferred", &transferred)
            try visitor.field("bed", &bed)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        guard (1...Self.limitMax).contains(limit) else { throw .limitOutOfBounds(limit, Self.limitMax) }
        let day = asOf ?? today
        let site = try site.map { id throws(Rejection) in UInt32(try world.sites.known(id).number) }
        let person = try person.map { id throws(Rejection) -> UInt32 in
            guard let number = world.placements.number(ofPerson: id) else {
                throw Rejection("unknown_person", "no placement of a person \(id)", ["person": id])
            }
            return number
        }
        var answer = Answer()
        answer.asOf = day
        var lastIndex = 0
        world.placements.stays.visit { index, stay in
            guard stay.startDay <= day, site.map({ $0 == stay.site }) ?? true,
                person.map({ $0 == stay.person }) ?? true, audience.map({ $0 == stay.audience }) ?? true
            else { return }
            let ended = stay.endDay.map { $0 <= day } ?? false
            switch state {
            case .open where ended, .ended where !ended: return
            case .open, .ended, .all: break
            }
            answer.total += 1
            answer.people += stay.headcount
            guard index > after ?? -1 else { return }
            guard answer.rows.count < limit else {
                answer.next = answer.next ?? lastIndex
                return
            }
            answer.rows.append(row(index, stay, world, ended, on: day))
            lastIndex = index
        }
        return answer
    }

    private func row(
        _ index: Int, _ stay: Placements.Stay, _ world: World, _ ended: Bool, on day: Day
    ) -> Row {
        var row = Row()
        row.placement = world.placements.id(ofPlacement: stay.placement)
        row.site = world.sites.all[Int(stay.site)].id
        row.party.person = world.placements.id(ofPerson: stay.person)
        row.party.audience = stay.audience
        row.party.adults = Int(stay.adults)
        row.party.children = Int(stay.children)
        row.party.nationality = Nationality(packed: stay.nationality)
        row.started = stay.startDay
        row.continues = stay.continues
        row.ended = ended ? stay.endDay : nil
        row.destination = ended ? stay.destination : nil
        row.transferred = ended && stay.transferred
        row.bed = world.placements.bed(ofStay: index, on: day)
        return row
    }
}

extension Rejection {
    static func limitOutOfBounds(_ limit: Int, _ most: Int) -> Rejection {
        Rejection("limit_out_of_bounds", "limit \(limit): from 1 to \(most)", ["limit": limit, "limit_max": most])
    }
}
