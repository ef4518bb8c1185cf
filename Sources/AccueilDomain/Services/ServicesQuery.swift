/// `query.services`: what is offered as of a day, by whom and where, who works for it, and what was done for people.
///
/// `from` and `to` bound the acts only; everything else is as it is at the end of `as_of`. A service that is closed then
/// has no places, no staff, no schedule and no room. Services opened later do not show.
public struct ServicesQuery: QueryRecord {
    public static let method = "query.services"
    public static let isLong = true

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    public var service: Identifier?
    public var kind: ServiceKind?
    /// Services that belong to this site or have a place there, with their acts, but for those done on another site; and
    /// services that did something there.
    public var site: Identifier?
    /// Services that this organisation runs.
    public var `operator`: Identifier?
    /// Acts by this organisation, and services with such acts.
    public var provider: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("service", &service)
        try visitor.field("kind", &kind)
        try visitor.field("site", &site)
        try visitor.field("operator", &`operator`)
        try visitor.field("provider", &provider)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        /// Services that are open.
        public var count = 0
        /// Posts and full-time equivalents, as far as their number is known.
        public var posts = 0
        public var fte = Decimal()
        /// The room of all services that have said how much they have.
        public var places = 0
        /// By kind, over all services.
        public var acts: [Acts] = []
        /// The headcounts of all acts.
        public var headcount = 0
        /// The organisations that run the open services, in alphabetical order.
        public var operators: [Identifier] = []
        /// In the order in which they were recorded.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("count", &count)
            try visitor.field("posts", &posts)
            try visitor.field("fte", &fte)
            try visitor.field("places", &places)
            try visitor.field("acts", &acts)
            try visitor.field("headcount", &headcount)
            try visitor.field("operators", &operators)
            try visitor.field("rows", &rows)
        }
    }

    /// Acts of one kind; those of a service are told apart by who did them and where they referred people.
    public struct Acts: Record, Equatable {
        public var kind = ActKind.other
        public var provider: Identifier?
        public var to: Identifier?
        public var headcount = 0
        /// How many times acts were recorded, and how many of these without a headcount.
        public var records = 0
        public var unspecified = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("kind", &kind)
            try visitor.field("provider", &provider)
            try visitor.field("to", &to)
            try visitor.field("headcount", &headcount)
            try visitor.field("records", &records)
            try visitor.field("unspecified", &unspecified)
        }
    }

    public struct Row: Record, Equatable {
        public var service = Identifier()
        public var name: Text?
        public var kind = ServiceKind.other
        public var open = true
        /// The latest day on which it opened, and that on which it closed since.
        public var opened = Day(rawValue: 0)
        public var closed: Day?
        public var operators: [Identifier] = []
        public var partners: [Identifier] = []
        public var sites: [Identifier] = []
        public var audience: Audience?
        public var ageMin: Int?
        public var ageMax: Int?
        public var commune: Commune?
        public var arrondissement: Int?
        /// People it has room for.
        public var capacity: Int?
        /// Where it is to be found, in alphabetical order.
        public var places: [Place] = []
        /// Who works for it, by role in alphabetical order.
        public var staffing: [Staffing] = []
        public var posts = 0
        public var fte = Decimal()
        public var schedule: Schedule?
        public var acts: [Acts] = []
        public var headcount = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("service", &service)
            try visitor.field("name", &name)
            try visitor.field("kind", &kind)
            try visitor.field("open", &open)
            try visitor.field("opened", &opened)
            try visitor.field("closed", &closed)
            try visitor.field("operators", &operators)
            try visitor.field("partners", &partners)
            try visitor.field("sites", &sites)
            try visitor.field("audience", &audience)
            try visitor.field("age_min", &ageMin)
            try visitor.field("age_max", &ageMax)
            try visitor.field("commune", &commune)
            try visitor.field("arrondissement", &arrondissement)
            try visitor.field("capacity", &capacity)
            try visitor.field("places", &places)
            try visitor.field("staffing", &staffing)
            try visitor.field("posts", &posts)
            try visitor.field("fte", &fte)
            try visitor.field("schedule", &schedule)
            try visitor.field("acts", &acts)
            try visitor.field("headcount", &headcount)
        }
    }

    public struct Place: Record, Equatable {
        public var place = Identifier()
        public var site: Identifier?
        public var since = Day(rawValue: 0)

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("place", &place)
            try visitor.field("site", &site)
            try visitor.field("since", &since)
        }
    }

    public struct Staffing: Record, Equatable {
        public var role = Identifier()
        public var posts: Int?
        public var fte: Decimal?
        public var since = Day(rawValue: 0)

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("role", &role)
            try visitor.field("posts", &posts)
            try visitor.field("fte", &fte)
            try visitor.field("since", &since)
        }
    }

    public struct Schedule: Record, Equatable {
        public var days: [Weekday] = []
        public var daysPerWeek = 0
        public var opens: ClockTime?
        public var closes: ClockTime?
        /// What the clock says without its minutes: 8 for 08:30.
        public var opensHour: Int?
        public var closesHour: Int?
        public var since = Day(rawValue: 0)

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("days", &days)
            try visitor.field("days_per_week", &daysPerWeek)
            try visitor.field("opens", &opens)
            try visitor.field("closes", &closes)
            try visitor.field("opens_hour", &opensHour)
            try visitor.field("closes_hour", &closesHour)
            try visitor.field("since", &since)
        }
    }
}

extension ServicesQuery {
    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let services = world.services
        if let service { try services.known(service) }
        if let site { _ = try world.sites.known(site) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        let day = answer.asOf
        let chosen = services.all.map { concerns($0, on: day) }
        let isAtSite = services.all.map { service in site.map { service.isAt($0, on: day) } ?? true }

        var totals: [ActKey: Counts] = [:]
        var counts: [[ActKey: Counts]] = Array(repeating: [:], count: chosen.count)
        let acts = try countedActs(services, on: day)
        services.acts.visit { _, act in
            let number = Int(act.service)
            guard chosen[number], acts.contain(act, isAtSite: isAtSite[number]) else { return }
            totals[ActKey(kind: act.kind, provider: Services.none, to: Services.none), default: Counts()].add(act)
            counts[number][ActKey(kind: act.kind, provider: act.provider, to: act.to), default: Counts()].add(act)
        }
        answer.acts = rows(totals, services)
        answer.headcount = answer.acts.reduce(0) { $0 + $1.headcount }

        var operators: Set<Identifier> = []
        for number in chosen.indices where chosen[number] {
            guard !counts[number].isEmpty || isAtSite[number] && provider == nil else { continue }
            var row = row(services.all[number], on: day)
            row.acts = rows(counts[number], services)
            row.headcount = row.acts.reduce(0) { $0 + $1.headcount }
            answer.rows.append(row)
            guard row.open else { continue }
            answer.count += 1
            answer.posts += row.posts
            answer.fte = answer.fte + row.fte
            answer.places += row.capacity ?? 0
            operators.formUnion(row.operators)
        }
        answer.operators = operators.sorted { $0.description < $1.description }
        return answer
    }

    private func concerns(_ service: Services.Service, on day: Day) -> Bool {
        guard service.periods[0].from <= day, self.service == nil || self.service == service.id,
            kind == nil || kind == service.opening(on: day).kind
        else { return false }
        return `operator`.map { service.operators.value(on: day)?.contains($0) ?? false } ?? true
    }

    /// Which acts count.
    private struct CountedActs {
        let period: Period
        let asOf: Day
        /// A number that no act has stands for a name that no act names.
        let provider: UInt32?
        let site: UInt32?

        func contain(_ act: Services.Act, isAtSite: Bool) -> Bool {
            let day = Day(rawValue: act.day)
            guard day <= asOf, period.contains(day), provider == nil || act.provider == provider else { return false }
            return site == nil || act.site == site || act.site == Services.none && isAtSite
        }
    }

    private func countedActs(_ services: Services, on day: Day) throws(Rejection) -> CountedActs {
        let unnamed = Services.none - 1
        return CountedActs(
            period: try Period(from: from, to: to), asOf: day,
            provider: provider.map { services.number(ofName: $0) ?? unnamed },
            site: site.map { services.number(ofName: $0) ?? unnamed })
    }

    private struct ActKey: Hashable {
        let kind: ActKind
        let provider: UInt32
        let to: UInt32
    }

    private struct Counts {
        var headcount = 0
        var records = 0
        var unspecified = 0

        mutating func add(_ act: Services.Act) {
            headcount += act.headcount
            records += 1
            if act.headcount == 0 { unspecified += 1 }
        }
    }

    private func rows(_ counts: [ActKey: Counts], _ services: Services) -> [Acts] {
        let rows = counts.map { key, counts in
            var row = Acts()
            row.kind = key.kind
            row.provider = services.name(key.provider)
            row.to = services.name(key.to)
            (row.headcount, row.records, row.unspecified) = (counts.headcount, counts.records, counts.unspecified)
            return row
        }
        return rows.sorted { $0.order < $1.order }
    }

    private func row(_ service: Services.Service, on day: Day) -> Row {
        let opening = service.opening(on: day)
        var row = Row()
        row.service = service.id
        row.name = opening.name
        row.kind = opening.kind
        row.open = service.isOpen(on: day)
        if let period = service.periods.last(where: { $0.from <= day }) {
            row.opened = period.from
            row.closed = period.to.flatMap { $0 <= day ? $0 : nil }
        }
        row.operators = service.operators.value(on: day) ?? []
        row.partners = opening.partners
        row.sites = opening.sites
        row.audience = opening.audience
        (row.ageMin, row.ageMax) = (opening.ageMin, opening.ageMax)
        (row.commune, row.arrondissement) = (opening.commune, opening.arrondissement)
        guard row.open else { return row }
        row.capacity = service.capacity.value(on: day)
        row.places = places(service, on: day)
        row.staffing = staffing(service, on: day)
        row.posts = row.staffing.reduce(0) { $0 + ($1.posts ?? 0) }
        row.fte = row.staffing.reduce(Decimal()) { $0 + ($1.fte ?? Decimal()) }
        row.schedule = service.schedule.entry(on: day).map { entry in
            var schedule = Schedule()
            schedule.days = entry.value.days
            schedule.daysPerWeek = entry.value.days.count
            (schedule.opens, schedule.closes) = (entry.value.opens, entry.value.closes)
            (schedule.opensHour, schedule.closesHour) = (entry.value.opens?.hour, entry.value.closes?.hour)
            schedule.since = entry.from
            return schedule
        }
        return row
    }

    private func places(_ service: Services.Service, on day: Day) -> [Place] {
        let places = service.places.compactMap { name, dated -> Place? in
            guard let entry = dated.entry(on: day), entry.value != .left else { return nil }
            var place = Place()
            place.place = name
            place.site = entry.value.site
            place.since = entry.from
            return place
        }
        return places.sorted { $0.place.description < $1.place.description }
    }

    private func staffing(_ service: Services.Service, on day: Day) -> [Staffing] {
        let staffing = service.staffing.compactMap { role, dated -> Staffing? in
            guard let entry = dated.entry(on: day), !entry.value.isNobody else { return nil }
            var staffing = Staffing()
            staffing.role = role
            (staffing.posts, staffing.fte) = (entry.value.posts, entry.value.fte)
            staffing.since = entry.from
            return staffing
        }
        return staffing.sorted { $0.role.description < $1.role.description }
    }
}

extension ServicesQuery.Acts {
    /// By kind, then by provider and by where people were referred, in alphabetical order.
    fileprivate var order: (String, String, String) {
        (kind.rawValue, provider?.description ?? "", to?.description ?? "")
    }
}
