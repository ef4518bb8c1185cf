import AccueilDomain
import AccueilTesting
import Testing

@Suite struct OperationsTests {
    // Given: the site ney, open since 2016-11-10, and operation op-1 planned on 2016-11-11 for the 15th, in the 18th.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-10",
            SiteOpened.with {
                $0.site = "ney"
                $0.kind = .cpa
            })
        try story.given("2016-11-11", Self.plan("op-1") { $0.scheduled = "2016-11-15" })
    }

    static func plan(
        _ operation: Identifier, _ change: (inout OperationPlanned) -> Void = { _ in }
    ) -> OperationPlanned {
        .with {
            $0.operation = operation
            $0.commune = "75056"
            $0.arrondissement = 18
            $0.partners = ["ofii", "ville-de-paris"]
            change(&$0)
        }
    }

    static func report(
        _ operation: Identifier, _ headcount: [(Audience, Int)],
        _ change: (inout OperationCarriedOut) -> Void = { _ in }
    ) -> OperationCarriedOut {
        .with {
            $0.operation = operation
            $0.headcount = headcount.map { audience, people in
                .with {
                    $0.audience = audience
                    $0.people = people
                }
            }
            change(&$0)
        }
    }

    static func to(site: Identifier, _ people: Int) -> OperationDestination {
        .with {
            $0.site = site
            $0.people = people
        }
    }

    static func to(_ destination: Destination, _ people: Int) -> OperationDestination {
        .with {
            $0.destination = destination
            $0.people = people
        }
    }

    static let cancel = OperationCancelled.with {
        $0.operation = "op-1"
        $0.reason = .weather
    }

    // MARK: Planning

    @Test mutating func `planning the same operation twice writes it once`() {
        let second = story.when("2016-11-11", Self.plan("op-1") { $0.scheduled = "2016-11-15" })
        #expect(second.accepted)
        #expect(second.events == [])
    }

    @Test mutating func `an id that was planned otherwise is refused`() {
        let verdict = story.when("2016-11-11", Self.plan("op-1") { $0.scheduled = "2016-11-16" })
        #expect(verdict.rule == "operation_exists")
        #expect(verdict.fact("operation") == "op-1")
        #expect(verdict.fact("planned") == "2016-11-11")
        let later = story.when("2016-11-12", Self.plan("op-1") { $0.scheduled = "2016-11-15" })
        #expect(later.rule == "operation_exists")
    }

    @Test mutating func `an operation works with a known site in one of twenty arrondissements`() {
        #expect(story.when("2016-11-11", Self.plan("op-2") { $0.site = "nowhere" }).rule == "unknown_site")
        #expect(story.when("2016-11-11", Self.plan("op-2") { $0.arrondissement = 21 }).rule == "no_such_arrondissement")
        #expect(story.when("2016-11-11", Self.plan("op-2") { $0.arrondissement = 0 }).rule == "no_such_arrondissement")
        #expect(story.when("2016-11-11", Self.plan("op-2") { $0.site = "ney" }).events == ["operation.planned"])
    }

    @Test mutating func `a placement can name an operation once it is planned`() {
        let start = PlacementStarted.with {
            $0.placement = "p-1"
            $0.site = "ney"
            $0.operation = "op-2"
        }
        #expect(story.when("2016-11-15", start).rule == "unknown_operation")
        story.when("2016-11-15", Self.plan("op-2"))
        #expect(story.when("2016-11-15", start).events == ["placement.started"])
    }

    // MARK: Carrying out

    @Test mutating func `everybody placed leaves no anomaly`() {
        let report = Self.report("op-1", [(.singleMen, 40), (.families, 10)]) {
            $0.destinations = [Self.to(site: "ney", 35), Self.to(.chu, 15)]
        }
        let verdict = story.when("2016-11-15", report)
        #expect(verdict.events == ["operation.carried_out"])
        #expect(verdict.anomalies == [])
        #expect(story.anomalies(.peopleNotPlaced, asOf: "2016-11-15").isEmpty)
    }

    @Test mutating func `people without a destination are an anomaly from that day on`() {
        let report = Self.report("op-1", [(.singleMen, 40)]) { $0.destinations = [Self.to(site: "ney", 35)] }
        #expect(story.when("2016-11-15", report).anomalies == [.peopleNotPlaced])
        #expect(story.anomalies(.peopleNotPlaced, asOf: "2016-11-14").isEmpty)
        let found = story.anomalies(.peopleNotPlaced, asOf: "2016-12-01")
        #expect(found.map(\.subject) == [Subject(.operation, "op-1")])
        #expect(found.map(\.since) == ["2016-11-15"])
        #expect(found.map(\.value) == [5])
    }

    @Test mutating func `carrying out twice with the same report changes nothing`() {
        let report = Self.report("op-1", [(.singleMen, 40)])
        story.when("2016-11-15", report)
        let second = story.when("2016-11-15", report)
        #expect(second.accepted)
        #expect(second.events == [])
    }

    @Test mutating func `an operation is carried out once`() {
        story.when("2016-11-15", Self.report("op-1", [(.singleMen, 40)]))
        for (day, people) in [("2016-11-15", 41), ("2016-11-16", 40)] {
            let verdict = story.when(day, Self.report("op-1", [(.singleMen, people)]))
            #expect(verdict.rule == "already_carried_out")
            #expect(verdict.fact("carried_out") == "2016-11-15")
        }
    }

    @Test mutating func `more people with a destination than were met is refused`() {
        let verdict = story.when(
            "2016-11-15",
            Self.report("op-1", [(.singleMen, 40)]) { $0.destinations = [Self.to(site: "ney", 30), Self.to(.cao, 11)] })
        #expect(verdict.rule == "destinations_above_headcount")
        #expect(verdict.fact("placed") == "41")
        #expect(verdict.fact("people") == "40")
    }

    @Test mutating func `a destination is a known site or a code, not both and not neither`() {
        let destinations: [(OperationDestination, String)] = [
            (Self.to(site: "nowhere", 1), "unknown_site"),
            (.with { $0.people = 1 }, "site_or_destination"),
            (
                .with {
                    $0.site = "ney"
                    $0.destination = .chu
                    $0.people = 1
                }, "site_or_destination"
            ),
        ]
        for (destination, rule) in destinations {
            let report = Self.report("op-1", [(.singleMen, 40)]) { $0.destinations = [destination] }
            #expect(story.when("2016-11-15", report).rule == rule)
        }
    }

    @Test(arguments: [[], [0], [-1], [40, 0], [1_000_000_001], [1_000_000_000, 1], [9_007_199_254_740_991]])
    func `an operation meets from one to a thousand million people`(headcount: [Int]) {
        var story = story
        let report = Self.report("op-1", headcount.map { (.singleMen, $0) })
        #expect(story.when("2016-11-15", report).rule == "headcount_out_of_bounds")
    }

    @Test(arguments: [0, -3, 1_000_000_001])
    func `so does each of its destinations`(people: Int) {
        var story = story
        let report = Self.report("op-1", [(.singleMen, 40)]) { $0.destinations = [Self.to(.chu, people)] }
        #expect(story.when("2016-11-15", report).rule == "headcount_out_of_bounds")
    }

    @Test mutating func `an operation has to be planned first, and not after it took place`() {
        #expect(story.when("2016-11-15", Self.report("op-9", [(.families, 3)])).rule == "unknown_operation")
        let early = story.when("2016-11-10", Self.report("op-1", [(.families, 3)]))
        #expect(early.rule == "before_it_was_planned")
        #expect(early.fact("planned") == "2016-11-11")
    }

    // MARK: Cancelling

    @Test mutating func `a cancelled operation is not carried out, nor one carried out cancelled`() throws {
        var other = story
        try story.given("2016-11-14", Self.cancel)
        let verdict = story.when("2016-11-15", Self.report("op-1", [(.families, 3)]))
        #expect(verdict.rule == "already_cancelled")
        #expect(verdict.fact("reason") == "weather")
        try other.given("2016-11-15", Self.report("op-1", [(.families, 3)]))
        #expect(other.when("2016-11-16", Self.cancel).rule == "already_carried_out")
    }

    @Test mutating func `cancelling twice changes nothing, cancelling otherwise is refused`() {
        #expect(story.when("2016-11-14", Self.cancel).events == ["operation.cancelled"])
        #expect(story.when("2016-11-14", Self.cancel).events == [])
        #expect(story.when("2016-11-15", Self.cancel).rule == "already_cancelled")
        let otherwise = OperationCancelled.with {
            $0.operation = "op-1"
            $0.reason = .authority
        }
        #expect(story.when("2016-11-14", otherwise).rule == "already_cancelled")
    }

    @Test mutating func `only a planned operation is cancelled, and not before it was planned`() {
        let unknown = OperationCancelled.with { $0.operation = "op-9" }
        #expect(story.when("2016-11-14", unknown).rule == "unknown_operation")
        #expect(story.when("2016-11-10", Self.cancel).rule == "before_it_was_planned")
    }

    // MARK: query.operations

    private func ask(_ change: (inout OperationsQuery) -> Void) throws -> OperationsQuery.Answer {
        try story.ask(OperationsQuery.with(change), today: "2017-03-23")
    }

    /// Given: op-1 of 40 men and 10 families in the 18th, 35 to ney and 5 elsewhere; outreach out-1 of 12 in the 19th.
    private mutating func twoCarriedOut() throws {
        try story.given(
            "2016-11-15",
            Self.report("op-1", [(.singleMen, 40), (.families, 10)]) {
                $0.destinations = [Self.to(site: "ney", 35), Self.to(.chu, 5)]
            })
        // Told late, and out of order.
        try story.given(
            "2016-10-03",
            Self.plan("out-1") {
                $0.kind = .outreach
                $0.site = "ney"
                $0.partners = ["ftda"]
            },
            Self.report("out-1", [(.singleMen, 12)]) {
                $0.arrondissement = 19
                $0.partners = ["emmaus", "ftda"]
            })
    }

    @Test mutating func `the answer counts operations and people as of a day`() throws {
        try twoCarriedOut()
        let answer = try ask { $0.asOf = "2016-11-20" }
        #expect(answer.carriedOut == 2)
        #expect(answer.planned == 0)
        #expect(answer.people == 62)
        #expect(answer.placed == 40)
        #expect(answer.notPlaced == 22)
        #expect(answer.partners == ["emmaus", "ftda", "ofii", "ville-de-paris"])
        let before = try ask { $0.asOf = "2016-11-14" }
        #expect(before.carriedOut == 1)
        #expect(before.planned == 1)
        #expect(before.people == 12)
        let first = try ask { $0.asOf = "2016-10-02" }
        #expect(first == .with { $0.asOf = "2016-10-02" })
    }

    @Test mutating func `a cancellation after the day does not show yet`() throws {
        try story.given("2016-11-14", Self.cancel)
        let before = try ask { $0.asOf = "2016-11-13" }
        #expect([before.planned, before.cancelled] == [1, 0])
        let after = try story.ask(OperationsQuery(), today: "2016-11-14")
        #expect([after.planned, after.cancelled] == [0, 1])
    }

    @Test mutating func `a period takes operations by the day they took place, or are scheduled for`() throws {
        let november = OperationsQuery.with {
            $0.from = "2016-11-12"
            $0.to = "2016-11-30"
        }
        let planned = try story.ask(november, today: "2016-11-12")
        #expect(planned.planned == 1)
        try twoCarriedOut()
        let answer = try story.ask(november, today: "2017-03-23")
        #expect([answer.carriedOut, answer.people] == [1, 50])
        let october = try ask { $0.to = "2016-10-31" }
        #expect([october.carriedOut, october.people] == [1, 12])
        #expect(throws: Rejection.self) {
            try ask {
                $0.from = "2017-01-02"
                $0.to = "2017-01-01"
            }
        }
    }

    @Test mutating func `kind and site choose operations`() throws {
        try twoCarriedOut()
        let outreach = try ask { $0.kind = .outreach }
        #expect([outreach.carriedOut, outreach.people] == [1, 12])
        let ney = try ask { $0.site = "ney" }
        #expect(ney.carriedOut == 2)
        // As of that day op-1 has not yet brought anybody to ney.
        let early = try ask {
            $0.site = "ney"
            $0.asOf = "2016-11-14"
        }
        #expect([early.carriedOut, early.planned] == [1, 0])
        #expect(throws: Rejection.self) {
            try ask { $0.site = "nowhere" }
        }
    }

    @Test(arguments: [
        (OperationsQuery.Grouping.kind, ["shelter 1 50 81%", "outreach 1 12 19%"]),
        (.month, ["2016-10 1 12 19%", "2016-11 1 50 81%"]),
        (.arrondissement, ["75056-18 1 50 81%", "75056-19 1 12 19%"]),
        (.audience, ["single_men 2 52 84%", "families 1 10 16%"]),
        (.destination, ["site/ney 1 35 56%", "not_placed 2 22 35%", "CHU 1 5 8%"]),
        (.partner, ["ofii 1 50 81%", "ville-de-paris 1 50 81%", "emmaus 1 12 19%", "ftda 1 12 19%"]),
    ])
    func `people are told apart, with their share`(by: OperationsQuery.Grouping, rows: [String]) throws {
        var copy = self
        try copy.twoCarriedOut()
        let answer = try copy.ask { $0.by = by }
        #expect(answer.rows.map { "\($0.key.string) \($0.operations) \($0.people) \($0.percent)%" } == rows)
    }

    @Test mutating func `another commune than planned does not keep the planned arrondissement`() throws {
        try story.given("2016-11-15", Self.report("op-1", [(.families, 2)]) { $0.commune = "94041" })
        try story.given(
            "2016-11-15", OperationPlanned.with { $0.operation = "op-2" }, Self.report("op-2", [(.families, 1)]),
            OperationPlanned.with { $0.operation = "op-3" },
            Self.report("op-3", [(.families, 3)]) { $0.arrondissement = 18 })
        let answer = try ask { $0.by = .arrondissement }
        #expect(answer.rows.map(\.key) == ["18", "94041", "unknown"])
    }
}
