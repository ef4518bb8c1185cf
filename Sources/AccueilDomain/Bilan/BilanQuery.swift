/// Whom a report is for.
public enum Readership: String, CodeList {
    /// Those who work with the register: every number as it is.
    case `internal`
    /// Everybody: small numbers of people, and what would give them away, are kept back. See `Masking`.
    case `public`
}

/// `query.bilan`: what was promised, what was done and what the register knows besides, as of a day.
///
/// It counts nothing itself: every part is the answer to another query, and can be asked for on its own.
public struct BilanQuery: QueryRecord {
    public static let method = "query.bilan"
    public static let isLong = true

    public var asOf: Day?
    /// Only the commitments of this plan; all other parts are of the whole register.
    public var plan: Identifier?
    public var audience = Readership.internal

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("plan", &plan)
        try visitor.preset("audience", &audience)
    }
}

extension BilanQuery {
    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let asking = Asking(world: world, day: asOf ?? today, plan: plan)
        var answer = Answer()
        answer.asOf = asking.day
        answer.audience = audience
        answer.plan = plan
        // The plan's parts and the anomalies speak of the same figures.
        var book = FigureBook(world, asOf: asking.day)
        try asking.answerPlan(&answer, &book)
        answer.occupancy = try asking.occupancy(&answer.flows)
        try asking.answerFlows(&answer.flows)
        answer.series = try asking.series(answer.occupancy.sites)
        answer.stays = try asking.stays()
        answer.operations = try asking.operations()
        answer.money = try asking.money()
        answer.goods = try asking.goods()
        answer.services = try asking.services()
        answer.evaluations = try asking.evaluations()
        answer.volunteers = try asking.volunteers()
        answer.anomalies = try asking.anomalies(&book)
        if audience == .public {
            let definitions = world.plan.indicators.map(\.definition)
            answer.mask(aboutPeople: Set(definitions.filter(\.aboutPeople).map(\.indicator)))
        }
        answer.contradictions = answer.commitments.flatMap(\.figures).filter { $0.agreement == .disagree }
        return answer
    }
}

/// One bilan being put together: the other queries, asked about the same day.
private struct Asking {
    let world: World
    let day: Day
    let plan: Identifier?

    func ask<Query: QueryRecord>(
        _ query: Query.Type, _ fill: (inout Query) -> Void
    ) throws(Rejection) -> Query.Answer {
        var query = Query()
        fill(&query)
        return try query.answer(world, today: day)
    }

    func answerPlan(_ answer: inout BilanQuery.Answer, _ book: inout FigureBook) throws(Rejection) {
        var commitmentsQuery = CommitmentsQuery()
        commitmentsQuery.plan = plan
        let commitments = try commitmentsQuery.answer(world, &book)
        var indicatorsQuery = IndicatorsQuery()
        indicatorsQuery.plan = plan
        let indicators = try indicatorsQuery.answer(world, &book)
        let milestones = try ask(MilestonesQuery.self) { ($0.asOf, $0.plan, $0.state) = (day, plan, .all) }
        let figures = Dictionary(grouping: indicators.figures, by: \.commitment)
        let steps = Dictionary(grouping: milestones.rows, by: \.commitment)
        answer.commitments = commitments.rows.map { row in
            var commitment = BilanQuery.Commitment()
            commitment.row = row
            commitment.figures = figures[row.commitment] ?? []
            commitment.milestones = steps[row.commitment] ?? []
            return commitment
        }
        answer.computed = indicators.computed
        answer.recorded = indicators.recorded
        answer.plans = world.plan.plans.filter { adopted in
            adopted.adopted <= day && plan ?? adopted.adoption.plan == adopted.adoption.plan
        }.map { adopted in
            var row = BilanQuery.PlanRow()
            row.plan = adopted.adoption.plan
            row.name = adopted.adoption.name
            row.adopted = adopted.adopted
            row.announced = adopted.adoption.commitments
            row.commitments = commitments.rows.count { $0.plan == row.plan }
            return row
        }
    }

    /// Who is where, with the nationalities of all of them.
    func occupancy(_ flows: inout BilanQuery.Flows) throws(Rejection) -> BilanQuery.Occupancy {
        let found = try ask(OccupancyQuery.self) { ($0.asOf, $0.by) = (day, .nationality) }
        var occupancy = BilanQuery.Occupancy()
        occupancy.total = BilanQuery.Places(found.total)
        occupancy.sites = found.rows.map { row in
            var site = BilanQuery.Site()
            site.site = row.site
            site.name = row.name
            site.kind = row.kind
            site.commune = row.commune
            site.arrondissement = row.arrondissement
            site.open = row.open
            site.opened = row.opened
            site.closed = row.closed
            site.counts = BilanQuery.Places(row.counts)
            return site
        }
        flows.nationalities = found.breakdown.map { share in
            var row = BilanQuery.NationalityRow()
            row.nationality = Nationality(share.key.string) ?? .unknown
            row.people = share.people
            row.percent = share.percent
            return row
        }
        return occupancy
    }

    func answerFlows(_ flows: inout BilanQuery.Flows) throws(Rejection) {
        let monthly = try ask(FlowsQuery.self) { ($0.asOf, $0.by) = (day, .month) }
        flows.arrivals = monthly.counts.arrivals
        flows.departures = monthly.counts.departures
        flows.present = monthly.counts.present
        flows.oriented = monthly.counts.oriented
        flows.months = monthly.rows.map { row in
            var month = BilanQuery.Month()
            month.month = row.key
            month.arrivals = row.counts.arrivals
            month.departures = row.counts.departures
            month.oriented = row.counts.oriented
            return month
        }
        let leaving = try ask(FlowsQuery.self) { ($0.asOf, $0.by) = (day, .destination) }
        flows.exits = leaving.rows.filter { $0.counts.departures > 0 }.map { row in
            var exit = BilanQuery.Exit()
            exit.destination = Destination(rawValue: row.key.string) ?? .other
            exit.people = row.counts.departures
            exit.percent = wholePercent(row.counts.departures, of: leaving.counts.departures)
            return exit
        }.sorted { ($1.people ?? 0, $0.destination.rawValue) < ($0.people ?? 0, $1.destination.rawValue) }
    }

    /// Each site's nights from its opening to the day or its closing, thinned out.
    func series(_ sites: [BilanQuery.Site]) throws(Rejection) -> [BilanQuery.Series] {
        var all: [BilanQuery.Series] = []
        for site in sites {
            guard let opened = site.opened else { continue }
            let nights = try nights(of: site.site, from: opened, to: min(site.closed ?? day, day))
            guard nights.contains(where: { $0.counts.places > 0 || $0.counts.occupied > 0 }) else { continue }
            var series = BilanQuery.Series()
            series.site = site.site
            series.name = site.name
            let count = min(nights.count, BilanQuery.Series.pointsMax)
            series.points = (0..<count).map { index in
                let night = nights[count == 1 ? 0 : index * (nights.count - 1) / (count - 1)]
                var point = BilanQuery.Point()
                point.day = night.day
                point.places = night.counts.places
                point.occupied = night.counts.occupied
                return point
            }
            all.append(series)
        }
        return all
    }

    /// A series of any length, asked for piece by piece.
    private func nights(of site: Identifier, from: Day, to: Day) throws(Rejection) -> [OccupancySeriesQuery.Night] {
        var nights: [OccupancySeriesQuery.Night] = []
        var first = from
        while first <= to {
            let last = min(to, first + (OccupancySeriesQuery.daysMax - 1))
            nights += try ask(OccupancySeriesQuery.self) {
                ($0.from, $0.to, $0.asOf, $0.site) = (first, last, day, site)
            }.days
            first = last + 1
        }
        return nights
    }

    func stays() throws(Rejection) -> [BilanQuery.Stays] {
        try ask(StaysQuery.self) { $0.asOf = day }.rows.map { row in
            var stays = BilanQuery.Stays()
            stays.site = row.site
            stays.name = row.name
            stays.stays = row.stays
            stays.people = row.people
            stays.daysMeanTenths = row.daysMeanTenths
            stays.targetMin = row.targetMin
            stays.targetMax = row.targetMax
            stays.withinTarget = row.withinTarget
            stays.beyondTarget = row.beyondTarget
            return stays
        }
    }

    func operations() throws(Rejection) -> BilanQuery.OperationsPart {
        let kinds = try ask(OperationsQuery.self) { ($0.asOf, $0.by) = (day, .kind) }
        let places = try ask(OperationsQuery.self) { ($0.asOf, $0.by) = (day, .arrondissement) }
        var part = BilanQuery.OperationsPart()
        part.carriedOut = kinds.carriedOut
        part.people = kinds.people
        part.placed = kinds.placed
        part.notPlaced = kinds.notPlaced
        part.kinds = kinds.rows.map(BilanQuery.OperationGroup.init)
        part.arrondissements = places.rows.map(BilanQuery.OperationGroup.init)
        return part
    }

    func money() throws(Rejection) -> BilanQuery.Money {
        let purposes = try ask(DonationsQuery.self) { ($0.asOf, $0.by) = (day, .purpose) }
        let themes = try ask(DonationsQuery.self) { ($0.asOf, $0.by) = (day, .theme) }
        var money = BilanQuery.Money()
        money.funds = purposes.funds
        money.purposes = purposes.rows
        money.grants = themes.grantsByCurrency
        money.themes = themes.rows
        return money
    }

    func goods() throws(Rejection) -> BilanQuery.Goods {
        let needs = try ask(NeedsQuery.self) { $0.asOf = day }
        var goods = BilanQuery.Goods()
        goods.stock = try ask(StockQuery.self) { ($0.asOf, $0.by) = (day, .category) }.rows
        goods.needsOpen = needs.rows.count
        goods.needsStale = needs.rows.count { $0.stale }
        return goods
    }

    func services() throws(Rejection) -> BilanQuery.ServicesPart {
        let found = try ask(ServicesQuery.self) { $0.asOf = day }
        var part = BilanQuery.ServicesPart()
        part.count = found.count
        part.fte = found.fte
        part.places = found.places
        part.headcount = found.headcount
        part.acts = found.acts.map { act in
            var row = BilanQuery.ActRow()
            row.kind = act.kind
            row.headcount = act.headcount
            return row
        }.sorted { ($1.headcount ?? 0, $0.kind.rawValue) < ($0.headcount ?? 0, $1.kind.rawValue) }
        return part
    }

    func evaluations() throws(Rejection) -> BilanQuery.EvaluationsPart {
        let found = try ask(EvaluationsQuery.self) { ($0.asOf, $0.by) = (day, .outcome) }
        var part = BilanQuery.EvaluationsPart()
        part.requested = found.requested
        part.sheltered = found.sheltered
        part.concluded = found.concluded
        part.waiting = found.waiting
        part.waitingBeyondNorm = found.waitingBeyondNorm
        part.referred = found.referred
        part.daysMeanTenths = found.daysMeanTenths
        part.outcomes = found.rows.compactMap { row in
            guard let outcome = EvaluationOutcome(rawValue: row.key.string) else { return nil }
            var outcomes = BilanQuery.OutcomeRow()
            outcomes.outcome = outcome
            outcomes.people = row.people
            return outcomes
        }
        return part
    }

    func volunteers() throws(Rejection) -> BilanQuery.VolunteersPart {
        let found = try ask(VolunteersQuery.self) { $0.asOf = day }
        var part = BilanQuery.VolunteersPart()
        part.registered = found.registered
        part.mobilised = found.mobilised
        part.refugees = found.refugees
        part.missions = found.missions
        part.organisations = found.organisations
        part.minutes = found.minutes
        return part
    }

    func anomalies(_ book: inout FigureBook) throws(Rejection) -> BilanQuery.Anomalies {
        var query = AnomaliesQuery()
        query.limit = 1
        let found = try query.answer(world, &book)
        var anomalies = BilanQuery.Anomalies()
        anomalies.open = found.open
        anomalies.justified = found.justified
        anomalies.rules = found.counts.map { count in
            var row = BilanQuery.AnomalyCount()
            row.rule = count.rule
            row.open = count.open
            row.justified = count.justified
            return row
        }
        return anomalies
    }
}
