import AccueilDomain
import AccueilTesting
import Testing

@Suite struct EvaluationsTests {
    // Given: the sites ney and ivry and the service demie; the person s-1 asks for an evaluation by demie on 2016-12-01.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-01", PlacementsTests.open("ney"), PlacementsTests.open("ivry"), ServicesTests.open("demie"))
        try story.given("2016-12-01", Self.first)
    }

    static let first = request("e-1") {
        $0.person = "s-1"
        $0.site = "ney"
    }

    static func request(
        _ evaluation: Identifier, _ change: (inout EvaluationRequested) -> Void = { _ in }
    ) -> EvaluationRequested {
        .with {
            $0.evaluation = evaluation
            $0.service = "demie"
            change(&$0)
        }
    }

    static func group(_ evaluation: Identifier, _ headcount: Int) -> EvaluationRequested {
        request(evaluation) {
            $0.headcount = headcount
            $0.service = nil
        }
    }

    static func shelter(
        _ evaluation: Identifier, on site: Identifier? = nil, at destination: Destination? = nil
    ) -> EvaluationSheltered {
        .with {
            $0.evaluation = evaluation
            $0.site = site
            $0.destination = destination
        }
    }

    static func conclude(_ evaluation: Identifier, _ outcome: EvaluationOutcome = .minor) -> EvaluationConcluded {
        .with {
            $0.evaluation = evaluation
            $0.outcome = outcome
        }
    }

    static func refer(
        _ evaluation: Identifier, _ destination: Destination = .childProtection, to: Identifier? = nil
    ) -> EvaluationReferred {
        .with {
            $0.evaluation = evaluation
            $0.destination = destination
            $0.to = to
        }
    }

    static func norm(_ days: Int, from effective: Day? = nil, of service: Identifier = "demie") -> EvaluationNormSet {
        .with {
            $0.service = service
            $0.days = days
            $0.effective = effective
        }
    }

    // MARK: Requests

    @Test mutating func `requesting the same evaluation twice writes it once, otherwise it is refused`() {
        #expect(story.when("2016-12-01", Self.first).events == [])
        for (day, command) in [
            ("2016-12-02", Self.first), ("2016-12-01", Self.request("e-1")),
            ("2016-12-01", Self.request("e-1") { $0.person = "s-1" }),
        ] {
            let verdict = story.when(day, command)
            #expect(verdict.rule == "evaluation_exists")
            #expect(verdict.fact("evaluation") == "e-1")
            #expect(verdict.fact("requested") == "2016-12-01")
        }
    }

    @Test(
        arguments: [
            (0, nil, "headcount_out_of_bounds"), (-1, nil, "headcount_out_of_bounds"),
            (10_001, nil, "headcount_out_of_bounds"), (10_000, nil, nil), (1, "s-2", nil),
            (2, "s-2", "person_and_headcount"),
        ] as [(Int, Identifier?, String?)])
    func `an evaluation is of one person, or of an anonymous group`(
        headcount: Int, person: Identifier?, rule: String?
    ) {
        var story = story
        let verdict = story.when(
            "2016-12-02",
            Self.request("e-2") {
                $0.headcount = headcount
                $0.person = person
            })
        #expect(verdict.rule == rule)
    }

    @Test mutating func `service and site of an evaluation are known`() {
        #expect(story.when("2016-12-02", Self.request("e-2") { $0.service = "x" }).rule == "unknown_service")
        #expect(story.when("2016-12-02", Self.request("e-2") { $0.site = "x" }).rule == "unknown_site")
        #expect(story.when("2016-12-02", Self.request("e-2")).events == ["evaluation.requested"])
    }

    @Test mutating func `a person is evaluated once at a time, in the past as well`() throws {
        let again = Self.request("e-2") { $0.person = "s-1" }
        for day in ["2016-11-20", "2016-12-01", "2016-12-20"] {
            let verdict = story.when(day, again)
            #expect(verdict.rule == "second_open_evaluation")
            #expect(verdict.fact("evaluation") == "e-1")
        }
        try story.given("2016-12-10", Self.conclude("e-1", .adult))
        #expect(story.when("2016-12-09", again).rule == "second_open_evaluation")
        // Told late: it began before the first, and so has to end before it.
        var earlier = story
        #expect(earlier.when("2016-11-20", again).accepted)
        #expect(earlier.when("2016-12-02", Self.conclude("e-2")).rule == "second_open_evaluation")
        #expect(earlier.when("2016-12-01", Self.conclude("e-2")).accepted)
        // What is over on the day on which it began stands in nobody's way.
        var short = story
        try short.given("2016-12-20", again, Self.conclude("e-2", .noShow))
        try short.given("2016-12-15", Self.request("e-3") { $0.person = "s-1" })
        #expect(short.when("2016-12-25", Self.conclude("e-3")).accepted)
        // On the day on which the first ended, another can begin.
        #expect(story.when("2016-12-10", again).accepted)
        #expect(story.when("2016-12-10", Self.request("e-3") { $0.person = "s-2" }).accepted)
    }

    // MARK: Shelter, conclusion, referral

    @Test mutating func `people are sheltered on a known site or at a destination, and not at both`() {
        #expect(story.when("2016-12-01", Self.shelter("e-1")).rule == "site_or_destination")
        #expect(story.when("2016-12-01", Self.shelter("e-1", on: "ivry", at: .hotel)).rule == "site_or_destination")
        #expect(story.when("2016-12-01", Self.shelter("e-1", on: "x")).rule == "unknown_site")
        #expect(story.when("2016-12-01", Self.shelter("e-1", at: .hotel)).events == ["evaluation.sheltered"])
        #expect(story.when("2016-12-01", Self.shelter("e-1", at: .hotel)).events == [])
        #expect(story.when("2016-12-02", Self.shelter("e-1", at: .hotel)).events == ["evaluation.sheltered"])
        #expect(story.when("2016-12-03", Self.shelter("e-1", on: "ivry")).events == ["evaluation.sheltered"])
    }

    @Test mutating func `nobody is sheltered after the conclusion, however late it is told`() throws {
        try story.given("2016-12-03", Self.shelter("e-1", at: .hotel))
        let early = story.when("2016-12-02", Self.conclude("e-1"))
        #expect(early.rule == "sheltered_after_conclusion")
        #expect(early.fact("sheltered") == "2016-12-03")
        try story.given("2016-12-08", Self.conclude("e-1"))
        for shelter in [Self.shelter("e-1", on: "ivry"), Self.shelter("e-1", at: .hotel)] {
            let late = story.when("2016-12-09", shelter)
            #expect(late.rule == "sheltered_after_conclusion")
            #expect(late.fact("concluded") == "2016-12-08")
        }
        #expect(story.when("2016-12-05", Self.shelter("e-1", on: "ivry")).events == ["evaluation.sheltered"])
        #expect(story.when("2016-12-08", Self.shelter("e-1", on: "ney")).events == ["evaluation.sheltered"])
        #expect(story.when("2016-12-02", Self.shelter("e-1", at: .hotel)).events == ["evaluation.sheltered"])
    }

    @Test mutating func `an evaluation is concluded once`() throws {
        #expect(story.when("2016-12-08", Self.conclude("e-1", .adult)).events == ["evaluation.concluded"])
        #expect(story.when("2016-12-08", Self.conclude("e-1", .adult)).events == [])
        for (day, outcome) in [("2016-12-08", EvaluationOutcome.minor), ("2016-12-09", .adult)] {
            let verdict = story.when(day, Self.conclude("e-1", outcome))
            #expect(verdict.rule == "already_concluded")
            #expect(verdict.fact("concluded") == "2016-12-08")
            #expect(verdict.fact("outcome") == "adult")
        }
    }

    @Test mutating func `people are referred once, before or after the conclusion`() throws {
        #expect(story.when("2016-12-02", Self.refer("e-1", to: "ase")).events == ["evaluation.referred"])
        #expect(story.when("2016-12-02", Self.refer("e-1", to: "ase")).events == [])
        for (day, referral) in [
            ("2016-12-02", Self.refer("e-1", .cao, to: "ase")), ("2016-12-02", Self.refer("e-1")),
            ("2016-12-03", Self.refer("e-1", to: "ase")),
        ] {
            let verdict = story.when(day, referral)
            #expect(verdict.rule == "already_referred")
            #expect(verdict.fact("destination") == "child_protection")
        }
    }

    @Test mutating func `nothing happens to an evaluation that is not known, nor before it was requested`() {
        #expect(story.when("2016-12-01", Self.shelter("x", at: .hotel)).rule == "unknown_evaluation")
        #expect(story.when("2016-12-01", Self.conclude("x")).rule == "unknown_evaluation")
        #expect(story.when("2016-12-01", Self.refer("x")).rule == "unknown_evaluation")
        let early = [
            story.when("2016-11-30", Self.shelter("e-1", at: .hotel)), story.when("2016-11-30", Self.conclude("e-1")),
            story.when("2016-11-30", Self.refer("e-1")),
        ]
        for verdict in early {
            #expect(verdict.rule == "before_the_request")
            #expect(verdict.fact("requested") == "2016-12-01")
        }
    }

    @Test func `what the log tells of an evaluation that it no longer knows changes nothing`() {
        var world = story.world
        let time = Timestamp("2017-01-01T00:00:00Z")!
        let stamp = Stamp(sequence: 9, time: time, day: "2017-01-01", recorded: time)
        for event: any EventRecord in [Self.shelter("x", at: .hotel), Self.conclude("x"), Self.refer("x")] {
            world.take(event, stamp)
        }
        #expect(world.evaluations["x"] == nil)
        world.take(Self.request("e-1") { $0.headcount = 7 }, stamp)
        #expect(world.evaluations["e-1"]?.headcount == 1)
    }

    // MARK: Waiting

    @Test mutating func `who waits for more than five days is an anomaly until the conclusion`() throws {
        func found(_ day: String) -> [String] {
            story.anomalies(.evaluationWaiting, asOf: day).map {
                "\($0.subject) since \($0.since): \($0.value) of \($0.limit)"
            }
        }
        #expect(found("2016-12-06") == [])
        #expect(found("2016-12-07") == ["evaluation/e-1 since 2016-12-07: 6 of 5"])
        try story.given("2016-12-20", Self.conclude("e-1"))
        #expect(found("2016-12-19") == ["evaluation/e-1 since 2016-12-07: 18 of 5"])
        #expect(found("2016-12-20") == [])
        #expect(found("2016-11-30") == [])
    }

    @Test mutating func `a service's own norm counts from its day on, and for nobody else`() throws {
        try story.given("2016-12-01", Self.group("e-2", 3))
        try story.given("2016-12-02", Self.norm(20, from: "2016-12-10"))
        #expect(story.when("2016-12-02", Self.norm(20, from: "2016-12-10")).events == [])
        func limits(_ day: String) -> [Int] { story.anomalies(.evaluationWaiting, asOf: day).map(\.limit) }
        #expect(limits("2016-12-09") == [5, 5])
        #expect(limits("2016-12-10") == [5])
        #expect(limits("2016-12-22") == [20, 5])
        #expect(story.anomalies(.evaluationWaiting, asOf: "2016-12-22").map(\.since) == ["2016-12-22", "2016-12-07"])
    }

    @Test mutating func `a norm is of a known service, and from one day to a year`() {
        for days in [0, -1, 366] {
            #expect(story.when("2016-12-02", Self.norm(days)).rule == "norm_out_of_bounds")
        }
        #expect(story.when("2016-12-02", Self.norm(5, of: "x")).rule == "unknown_service")
        let verdict = story.when("2016-12-02", Self.norm(365))
        #expect(verdict.events == ["evaluation.norm_set"])
        #expect(verdict.outcomes.map(\.event.subject) == [Subject(.service, "demie")])
    }

    @Test mutating func `a request or a conclusion told late is noted, and listed once`() {
        let request = story.when("2016-12-02", Self.request("e-2"), recorded: "2017-02-01")
        #expect(request.anomalies == [.enteredLate])
        #expect(story.when("2016-12-10", Self.conclude("e-2"), recorded: "2017-02-01").anomalies == [.enteredLate])
        #expect(story.when("2016-12-10", Self.conclude("e-1"), recorded: "2017-02-01").anomalies == [.enteredLate])
        func found(_ day: String) -> [String] {
            story.anomalies(.enteredLate, asOf: day).map { "\($0.subject) since \($0.since)" }
        }
        #expect(found("2016-12-01") == [])
        #expect(found("2016-12-09") == ["evaluation/e-2 since 2016-12-02"])
        #expect(
            found("2016-12-10") == ["evaluation/e-1 since 2016-12-10", "evaluation/e-2 since 2016-12-02"])
    }

    // MARK: query.evaluations

    private func ask(
        _ day: Day, _ change: (inout EvaluationsQuery) -> Void = { _ in }
    ) throws -> EvaluationsQuery.Answer {
        try story.ask(
            EvaluationsQuery.with {
                $0.asOf = day
                change(&$0)
            }, today: "2030-01-01")
    }

    /// Given: e-1 is found a minor after 7 days; of two groups told out of order, 10 of age after 4 days, 30 waiting.
    private mutating func aWinter() throws {
        try story.given("2017-01-10", Self.group("g-2", 30))
        try story.given("2016-12-20", Self.request("g-1") { ($0.headcount, $0.site) = (10, "ivry") })
        try story.given("2016-12-24", Self.conclude("g-1", .adult), Self.refer("g-1", .cao))
        try story.given("2016-12-02", Self.shelter("e-1", at: .hotel))
        try story.given("2016-12-05", Self.shelter("e-1", on: "ivry"))
        try story.given("2016-12-08", Self.conclude("e-1"), Self.refer("e-1"))
    }

    @Test mutating func `the answer counts people as of a day`() throws {
        try aWinter()
        let answer = try ask("2017-01-20")
        #expect(
            answer
                == .with {
                    $0.asOf = "2017-01-20"
                    ($0.requested, $0.sheltered, $0.concluded) = (41, 1, 11)
                    ($0.waiting, $0.waitingBeyondNorm) = (30, 30)
                    ($0.minors, $0.adults, $0.referred) = (1, 10, 11)
                    // 7 days for one and 4 for ten: 47 days for eleven people.
                    $0.daysMeanTenths = 43
                })
        #expect(
            try ask("2016-12-07")
                == .with {
                    $0.asOf = "2016-12-07"
                    ($0.requested, $0.sheltered, $0.waiting, $0.waitingBeyondNorm) = (1, 1, 1, 1)
                })
        #expect(
            try ask("2016-12-06")
                == .with {
                    $0.asOf = "2016-12-06"
                    ($0.requested, $0.sheltered, $0.waiting) = (1, 1, 1)
                })
        #expect(try ask("2016-11-30") == .with { $0.asOf = "2016-11-30" })
    }

    @Test mutating func `a period counts what happened in it, and who waited at its end`() throws {
        try aWinter()
        let early = try ask("2017-01-20") { ($0.from, $0.to) = ("2016-12-03", "2016-12-07") }
        #expect([early.requested, early.sheltered, early.concluded] == [0, 0, 0])
        #expect([early.waiting, early.waitingBeyondNorm] == [1, 1])
        let december = try ask("2017-01-20") { ($0.from, $0.to) = ("2016-12-03", "2016-12-31") }
        #expect([december.requested, december.concluded, december.referred] == [10, 11, 11])
        #expect([december.waiting, december.daysMeanTenths] == [0, 43])
        #expect(throws: Rejection.self) {
            try ask("2017-01-20") { ($0.from, $0.to) = ("2017-01-02", "2017-01-01") }
        }
    }

    @Test mutating func `service and site choose evaluations`() throws {
        try aWinter()
        #expect(try ask("2017-01-20") { $0.service = "demie" }.requested == 11)
        #expect(try ask("2017-01-20") { $0.site = "ney" }.requested == 1)
        #expect(try ask("2017-01-20") { $0.site = "ivry" }.requested == 10)
        #expect(throws: Rejection.self) { try ask("2017-01-20") { $0.service = "x" } }
        #expect(throws: Rejection.self) { try ask("2017-01-20") { $0.site = "x" } }
    }

    @Test(arguments: [
        (EvaluationsQuery.Grouping.month, ["2016-12 11", "2017-01 30"]),
        (.outcome, ["adult 10", "minor 1"]), (.destination, ["CAO 10", "child_protection 1"]),
    ])
    func `people are told apart`(by: EvaluationsQuery.Grouping, rows: [String]) throws {
        var copy = self
        try copy.aWinter()
        #expect(try copy.ask("2017-01-20") { $0.by = by }.rows.map { "\($0.key.string) \($0.people)" } == rows)
    }

    @Test mutating func `the mean is rounded half up`() throws {
        // One day for one person and two for three: 7 days for four people, 1.75; then 9 for six, 1.5.
        try story.given("2017-01-01", Self.group("a", 1), Self.group("b", 3), Self.group("c", 2))
        try story.given("2017-01-02", Self.conclude("a"))
        try story.given("2017-01-03", Self.conclude("b"))
        #expect(try ask("2017-01-03").daysMeanTenths == 18)
        try story.given("2017-01-02", Self.conclude("c"))
        #expect(try ask("2017-01-03").daysMeanTenths == 15)
    }
}
