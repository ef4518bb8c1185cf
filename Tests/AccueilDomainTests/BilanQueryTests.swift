import AccueilTesting
import Testing

@testable import AccueilDomain

@Suite struct BilanQueryTests {
    let story: Scenario

    init() throws { story = try Village.story() }

    private func bilan(
        _ audience: Readership = .internal, plan: Identifier? = nil, on day: Day = Village.day
    ) throws -> BilanQuery.Answer {
        try story.ask(
            .with { ($0.asOf, $0.audience, $0.plan) = (day, audience, plan) } as BilanQuery, today: "2021-01-01")
    }

    // MARK: Everything

    @Test func `a bilan says what the other queries answer`() throws {
        let bilan = try bilan()
        let flows = try story.ask(FlowsQuery.with { $0.asOf = Village.day }, today: "2021-01-01")
        #expect(bilan.flows.arrivals == 33 && flows.counts.arrivals == 33)
        #expect(bilan.flows.departures == 15 && bilan.flows.present == 18)
        #expect(bilan.flows.months.map(\.month.string) == ["2020-01", "2020-02", "2020-03"])
        #expect(bilan.flows.months.map(\.arrivals) == [15, 18, 0])
        #expect(bilan.flows.exits.map(\.destination) == [.otherRegion, .unknownDeparture])
        #expect(bilan.flows.exits.map(\.people) == [13, 2] && bilan.flows.exits.map(\.percent) == [87, 13])
        #expect(bilan.flows.nationalities.map(\.nationality.description) == ["SDN", "UNK", "MLI"])
        #expect(bilan.flows.nationalities.map(\.people) == [9, 8, 1])
        #expect(bilan.occupancy.sites.map(\.counts.occupied) == [9, 9])
        #expect(bilan.occupancy.total.places == 50 && bilan.occupancy.total.unoccupied == 32)
        #expect(bilan.stays.map(\.people) == [24, 9] && bilan.stays.map(\.beyondTarget) == [2, nil])
        #expect(bilan.operations.people == 25 && bilan.operations.notPlaced == 2)
        #expect(bilan.operations.arrondissements.map(\.key.string) == ["01004-2"])
        #expect(bilan.money.funds.map(\.balance) == [103_450] && bilan.money.grants.map(\.awarded) == [4_700_000])
        #expect(bilan.goods.stock.map(\.quantity) == [11] && bilan.goods.needsOpen == 1 && bilan.goods.needsStale == 1)
        #expect(bilan.services.acts.map(\.headcount) == [20, 6] && bilan.services.fte == Decimal("1.5"))
        #expect(bilan.evaluations.requested == 13 && bilan.evaluations.waitingBeyondNorm == 6)
        #expect(bilan.evaluations.outcomes.map(\.outcome) == [.minor])
        #expect(bilan.volunteers.mobilised == 40 && bilan.volunteers.minutes == 3600)
        let anomalies = story.world.anomalies(asOf: Village.day)
        #expect(bilan.anomalies.open == anomalies.count && anomalies.count > 3)
    }

    @Test func `commitments come with their figures, milestones and notes`() throws {
        let bilan = try bilan()
        #expect(bilan.plans.map(\.announced) == [3] && bilan.plans.map(\.commitments) == [2])
        #expect(bilan.commitments.map(\.row.number) == [1, 2])
        #expect(bilan.commitments[0].figures.count == 10)
        #expect(bilan.computed == 5 && bilan.recorded == 5)
        #expect(bilan.commitments[1].milestones.map(\.milestone) == ["day-1", "fete"])
        #expect(bilan.commitments[1].row.notes.count == 1)
        #expect(bilan.contradictions.map(\.indicator) == ["i-9"])
    }

    @Test func `what happened after the day does not show`() throws {
        let bilan = try bilan(on: "2020-02-01")
        #expect(bilan.flows.arrivals == 32 && bilan.flows.exits.isEmpty)
        #expect(bilan.contradictions.isEmpty)
        #expect(bilan.series.allSatisfy { $0.points.last?.day == "2020-02-01" })
    }

    @Test func `of another plan there is nothing, and an unknown one is refused`() throws {
        var story = story
        try story.given("2020-01-02", PlanAdopted.with { ($0.plan, $0.name) = ("other", "Autre plan") })
        let answer = try story.ask(
            .with { ($0.asOf, $0.plan) = (Village.day, "other") } as BilanQuery, today: "2021-01-01")
        #expect(answer.commitments.isEmpty && answer.plans.map(\.plan) == ["other"])
        #expect(answer.flows.arrivals == 33)
        #expect(throws: Rejection.self) { try bilan(plan: "nowhere") }
    }

    @Test func `a report of no register at all says nothing and does not fail`() throws {
        let answer = try Scenario().ask(BilanQuery(), today: "2021-01-01")
        #expect(answer.asOf == "2021-01-01" && answer.flows.arrivals == 0 && answer.anomalies.open == 0)
    }

    // MARK: Series

    @Test func `a series has at most 120 points, the first and the last day among them`() throws {
        let series = try bilan(on: "2035-01-01").series
        #expect(series.map(\.site) == ["barn", "school"])
        for series in series {
            #expect(series.points.count == BilanQuery.Series.pointsMax)
            #expect(series.points.first?.day == "2020-01-01" && series.points.last?.day == "2035-01-01")
            let gaps = zip(series.points.dropFirst(), series.points).map { $0.day - $1.day }
            #expect(gaps.max()! - gaps.min()! <= 1)
        }
        #expect(series[0].points.last?.occupied == 9)
    }

    @Test func `the series of a closed site ends when it closed`() throws {
        var story = Scenario()
        try story.given(
            "2020-01-01", SiteOpened.with { $0.site = "tent" },
            SiteCapacitySet.with { ($0.site, $0.audience, $0.places) = ("tent", .any, 5) })
        try story.given("2020-01-04", SiteClosed.with { $0.site = "tent" })
        let answer = try story.ask(BilanQuery(), today: "2020-02-01")
        #expect(
            answer.series.map { $0.points.map(\.day) } == [["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]])
    }

    // MARK: Published

    @Test func `a published bilan keeps small numbers back, and those that would tell them`() throws {
        let bilan = try bilan(.public)
        // Two left without a word; those who went elsewhere are all others of the fifteen.
        #expect(bilan.flows.exits.map(\.people) == [nil, nil] && bilan.flows.exits.map(\.percent) == [nil, nil])
        #expect(bilan.flows.exits.allSatisfy { $0.masked == ["people", "percent"] })
        #expect(bilan.flows.departures == 15 && bilan.flows.masked.isEmpty)
        #expect(bilan.flows.months.map(\.departures) == [0, nil, nil])
        // One from Mali, and the eight unknown with them.
        #expect(bilan.flows.nationalities.map(\.people) == [9, nil, nil])
        #expect(bilan.operations.notPlaced == nil && bilan.operations.placed == nil)
        #expect(bilan.stays[0].beyondTarget == nil)
        #expect(bilan.money.funds.map(\.balance) == [103_450])
    }

    @Test func `nights are rounded in a published bilan, and the last one too`() throws {
        let bilan = try bilan(.public)
        #expect(bilan.series.flatMap(\.points).allSatisfy { $0.occupied % 5 == 0 })
        #expect(bilan.series[0].points.last?.occupied == 10)
    }

    @Test func `a figure about few people is kept back with all that is said of it`() throws {
        let figures = try bilan(.public).commitments[0].figures
        let mali = try #require(figures.first { $0.indicator == "i-3" })
        #expect(mali.masked && mali.computed == nil && mali.stated.isEmpty && mali.percentOfTarget == nil)
        #expect(mali.calculation != nil)
        let barn = try #require(figures.first { $0.indicator == "i-1" })
        #expect(!barn.masked && barn.computed == Decimal(9))
        #expect(try self.bilan().commitments[0].figures.allSatisfy { !$0.masked })
    }

    @Test func `a figure that would give a hidden site away is kept back`() throws {
        var story = story
        // Two people in a third site: its number is hidden, and with it that of one of the others.
        try story.given(
            "2020-02-01", SiteOpened.with { ($0.site, $0.kind) = ("inn", .hotel) },
            SiteCapacitySet.with { ($0.site, $0.audience, $0.places) = ("inn", .any, 4) },
            PlacementStarted.with { ($0.placement, $0.site, $0.party.adults) = ("i-1", "inn", 2) })
        let answer = try story.ask(
            .with { ($0.asOf, $0.audience) = (Village.day, .public) } as BilanQuery, today: "2021-01-01")
        #expect(answer.occupancy.sites.map(\.counts.occupied) == [nil, 9, nil])
        #expect(answer.occupancy.sites.map(\.counts.unoccupied) == [nil, 21, nil])
        #expect(answer.occupancy.total.occupied == 20)
        // «présents à la grange» asks for the site that was hidden for the inn's sake.
        let barn = try #require(answer.commitments[0].figures.first { $0.indicator == "i-1" })
        #expect(barn.masked)
    }

    @Test func `what a published bilan shows of a random register gives no small number away`() throws {
        for seed in 0..<40 {
            var random = SplitMix(seed: UInt64(seed))
            var story = Scenario()
            let sites: [Identifier] = ["a", "b", "c"]
            for site in sites {
                try story.given(
                    "2020-01-01", SiteOpened.with { $0.site = site },
                    SiteCapacitySet.with { ($0.site, $0.audience, $0.places) = (site, .any, 50) })
            }
            for number in 0..<Int.random(in: 1...12, using: &random) {
                let id = Identifier("p-\(number)")!
                let day = Village.day + -Int.random(in: 0...80, using: &random)
                try story.given(
                    "\(day)",
                    PlacementStarted.with {
                        ($0.placement, $0.site) = (id, sites.randomElement(using: &random)!)
                        $0.party.adults = Int.random(in: 1...9, using: &random)
                        $0.party.nationality = Nationality(["SDN", "MLI", "AFG"].randomElement(using: &random)!)
                    })
                if Bool.random(using: &random) {
                    try story.given(
                        "\(Village.day)",
                        PlacementEnded.with {
                            ($0.placement, $0.destination) = (id, [.cao, .street].randomElement(using: &random)!)
                        })
                }
            }
            let answer = try story.ask(
                .with { ($0.asOf, $0.audience) = (Village.day, .public) } as BilanQuery, today: "2021-01-01")
            let lists: [(total: Int?, parts: [Int?])] = [
                (answer.occupancy.total.occupied, answer.occupancy.sites.map(\.counts.occupied)),
                (answer.flows.present, answer.flows.nationalities.map(\.people)),
                (answer.flows.arrivals, answer.flows.months.map(\.arrivals)),
                (answer.flows.arrivals, answer.stays.map(\.people)),
                (answer.flows.departures, answer.flows.months.map(\.departures)),
                (answer.flows.departures, answer.flows.exits.map(\.people)),
                (answer.flows.arrivals, [answer.flows.departures, answer.flows.present]),
            ]
            for (total, parts) in lists {
                let shown = ([total] + parts).compactMap { $0 }
                #expect(shown.allSatisfy { $0 == 0 || $0 > 4 }, "seed \(seed)")
                // One hidden part, or a hidden total of shown parts, would be found by subtraction.
                let hidden = parts.count { $0 == nil }
                #expect(
                    total == nil ? hidden > 0 || parts.isEmpty : hidden != 1, "seed \(seed): \(total as Any) \(parts)")
                if let total, hidden > 1 {
                    let rest = total - parts.reduce(0) { $0 + ($1 ?? 0) }
                    #expect(rest > hidden, "seed \(seed): each of \(hidden) hidden ones is 1")
                }
            }
        }
    }
}
