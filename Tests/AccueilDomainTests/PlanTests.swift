import AccueilDomain
import AccueilTesting
import Testing

@Suite struct PlanTests {
    // Given: the plan paris of 18 commitments, adopted on 2015-10-08; c-10 of its second pillar, numbered 10.
    var story = Scenario()

    init() throws {
        try story.given("2015-10-08", Self.paris, Self.tenth)
    }

    static let paris = PlanAdopted.with {
        $0.plan = "paris"
        $0.name = "Mobilisation de la communauté de Paris"
        $0.commitments = 18
    }

    static let tenth = commitment("c-10", 10, pillar: 2)

    static func commitment(
        _ commitment: Identifier, _ number: Int?, pillar: Int? = nil, plan: Identifier = "paris"
    ) -> PlanCommitmentDeclared {
        .with {
            $0.commitment = commitment
            $0.plan = plan
            $0.number = number
            $0.pillar = pillar
            $0.pillarTitle = "Mobilisation collective"
            $0.title = "Plateforme de ressources"
        }
    }

    static func plan(
        _ milestone: Identifier, _ change: (inout PlanMilestonePlanned) -> Void = { _ in }
    ) -> PlanMilestonePlanned {
        .with {
            $0.milestone = milestone
            $0.commitment = "c-10"
            $0.kind = .meeting
            $0.title = "Point d'étape"
            change(&$0)
        }
    }

    /// Reached without having been planned.
    static func reach(
        _ milestone: Identifier, _ change: (inout PlanMilestoneReached) -> Void = { _ in }
    ) -> PlanMilestoneReached {
        .with {
            $0.milestone = milestone
            $0.commitment = "c-10"
            $0.kind = .meeting
            $0.title = "Point d'étape"
            change(&$0)
        }
    }

    static func note(_ note: Text) -> PlanNoteRecorded {
        .with {
            $0.commitment = "c-10"
            $0.note = note
            $0.source = "Bilan mars 2017, p. 9"
        }
    }

    // MARK: Plans and commitments

    @Test mutating func `saying the same again changes nothing`() throws {
        let indicator = FiguresTests.define("i", [FiguresTests.present]) { $0.commitment = "c-10" }
        let commands: [any CommandRecord] = [
            Self.paris, Self.tenth, indicator, FiguresTests.state("600"), Self.plan("m-1"), Self.reach("m-1"),
            Self.reach("m-2"), Self.note("Une plateforme de 600 membres"),
        ]
        for command in commands { try story.given("2015-10-08", command) }
        for command in commands { #expect(story.when("2015-10-08", command).outcomes.isEmpty) }
    }

    @Test mutating func `what exists is not made again otherwise, nor on another day`() throws {
        let indicator = FiguresTests.define("i", []) { $0.commitment = "c-10" }
        try story.given("2015-10-08", indicator, Self.plan("m-1"))
        let other = FiguresTests.define("i", []) {
            $0.commitment = "c-10"
            $0.unit = "places"
        }
        let cases: [(any CommandRecord, String, String)] = [
            (PlanAdopted.with { $0.plan = "paris" }, "plan_exists", "adopted"),
            (Self.commitment("c-10", 11, pillar: 2), "commitment_exists", "declared"),
            (other, "indicator_exists", "defined"),
            (Self.plan("m-1") { $0.due = "2015-12-01" }, "milestone_exists", "since"),
        ]
        for (command, rule, fact) in cases {
            let verdict = story.when("2015-10-08", command)
            #expect(verdict.rule == rule)
            #expect(verdict.fact(fact) == "2015-10-08")
        }
        for (command, rule) in [
            (Self.paris, "plan_exists"), (Self.tenth, "commitment_exists"), (indicator, "indicator_exists"),
            (Self.plan("m-1"), "milestone_exists"),
        ] as [(any CommandRecord, String)] {
            #expect(story.when("2015-10-09", command).rule == rule)
        }
    }

    @Test mutating func `nothing belongs to what is not known`() {
        let cases: [(any CommandRecord, String)] = [
            (Self.commitment("c-1", 1, plan: "mie"), "unknown_plan"),
            (FiguresTests.define("i", []), "unknown_commitment"),
            (FiguresTests.state("600"), "unknown_indicator"),
            (Self.plan("m-1") { $0.commitment = "c-9" }, "unknown_commitment"),
            (Self.reach("m-1") { $0.commitment = "c-9" }, "unknown_commitment"),
            (PlanNoteRecorded.with { $0.commitment = "c-9" }, "unknown_commitment"),
        ]
        for (command, rule) in cases { #expect(story.when("2015-10-08", command).rule == rule) }
    }

    @Test mutating func `numbers have bounds`() {
        func rule(_ command: some CommandRecord) -> String? {
            var story = story
            return story.when("2015-10-09", command).rule
        }
        for (number, isIn) in [(0, false), (1, true), (10_000, true), (10_001, false)] {
            let plan = PlanAdopted.with {
                $0.plan = "mie"
                $0.commitments = number
            }
            #expect(rule(plan) == (isIn ? nil : "commitments_out_of_bounds"))
            #expect(rule(Self.commitment("c-1", number)) == (isIn ? nil : "number_out_of_bounds"))
        }
        for (pillar, isIn) in [(0, false), (1, true), (100, true), (101, false)] {
            #expect(rule(Self.commitment("c-1", 1, pillar: pillar)) == (isIn ? nil : "pillar_out_of_bounds"))
        }
        for (number, isIn) in [(0, false), (1, true), (1_000_000_000, true), (1_000_000_001, false)] {
            #expect(rule(Self.reach("m") { $0.count = number }) == (isIn ? nil : "count_out_of_bounds"))
            #expect(rule(Self.reach("m") { $0.attendance = number }) == (isIn ? nil : "attendance_out_of_bounds"))
        }
        for (days, isIn) in [(0, false), (1, true), (3660, true), (3661, false)] {
            #expect(rule(Self.reach("m") { $0.days = days }) == (isIn ? nil : "days_out_of_bounds"))
        }
    }

    // MARK: Statements

    @Test mutating func `a statement has the indicator's unit`() throws {
        try story.given("2015-10-08", FiguresTests.define("i", []) { $0.commitment = "c-10" })
        let verdict = story.when("2017-03-23", FiguresTests.state("600") { $0.unit = "members" })
        #expect(verdict.rule == "unit_mismatch")
        #expect(verdict.fact("expected") == "people" && verdict.fact("unit") == "members")
        #expect(story.when("2017-03-23", FiguresTests.state("600") { $0.unit = "people" }).accepted)
    }

    @Test(
        arguments: [
            (nil, .exact, nil, "value_and_precision"), (nil, .about, nil, "value_and_precision"),
            ("3", .unspecified, nil, "value_and_precision"), (nil, .unspecified, "3", "value_and_precision"),
            ("3", .range, nil, "value_and_precision"), (nil, .range, "3", "value_and_precision"),
            ("3", .exact, "4", "value_and_precision"), ("3", .moreThan, "4", "value_and_precision"),
            ("3", .range, "2.9999", "range_upside_down"), ("3", .range, "3", nil), ("-3", .exact, nil, nil),
            (nil, .unspecified, nil, nil), ("3", .lessThan, nil, nil),
        ] as [(String?, Precision, String?, String?)])
    func `a statement has a value unless it is unspecified, and two ends exactly if it is a range`(
        value: String?, precision: Precision, max: String?, rule: String?
    ) throws {
        var story = story
        try story.given("2015-10-08", FiguresTests.define("i", []) { $0.commitment = "c-10" })
        #expect(story.when("2017-03-23", FiguresTests.state(value, precision, max: max)).rule == rule)
    }

    // MARK: Milestones

    @Test mutating func `a planned milestone is reached as it was planned, once`() throws {
        try story.given("2015-10-08", Self.plan("m-1"))
        let early = story.when("2015-10-07", Self.reach("m-1"))
        #expect(early.rule == "before_it_was_planned")
        #expect(early.fact("planned") == "2015-10-08")
        for otherwise in [
            Self.reach("m-1") { $0.kind = .event }, Self.reach("m-1") { $0.title = "Bilan" },
        ] {
            #expect(story.when("2016-02-19", otherwise).rule == "planned_otherwise")
        }
        var second = story
        try second.given("2015-10-08", Self.commitment("c-11", 11))
        #expect(second.when("2016-02-19", Self.reach("m-1") { $0.commitment = "c-11" }).rule == "planned_otherwise")

        let brief = PlanMilestoneReached.with { $0.milestone = "m-1" }
        #expect(story.when("2016-02-19", brief).events == ["plan.milestone_reached"])
        #expect(story.when("2016-02-19", brief).events == [])
        for (day, report) in [("2016-02-20", brief), ("2016-02-19", Self.reach("m-1"))] {
            let verdict = story.when(day, report)
            #expect(verdict.rule == "already_reached")
            #expect(verdict.fact("reached") == "2016-02-19")
        }
        #expect(story.when("2015-10-08", Self.plan("m-1")).events == [])
    }

    @Test mutating func `a milestone that was not planned says what it is`() {
        for incomplete in [
            Self.reach("m-1") { $0.commitment = nil }, Self.reach("m-1") { $0.kind = nil },
            Self.reach("m-1") { $0.title = nil },
        ] {
            #expect(story.when("2016-02-19", incomplete).rule == "unknown_milestone")
        }
        #expect(story.when("2016-02-19", Self.reach("m-1")).events == ["plan.milestone_reached"])
        #expect(story.when("2016-02-20", Self.plan("m-1")).rule == "milestone_exists")
    }

    // MARK: Totality

    @Test func `events about what is not known change nothing`() throws {
        let stamp = Stamp(
            sequence: 1, time: Timestamp("2016-02-19T00:00:00Z")!, day: "2016-02-19",
            recorded: Timestamp("2016-02-19T00:00:00Z")!)
        let events: [any EventRecord] = [
            Self.tenth, FiguresTests.define("i", []), FiguresTests.state("600"), Self.plan("m-1"), Self.reach("m-2"),
            PlanMilestoneReached.with { $0.milestone = "m-3" }, Self.note("-"),
        ]
        var world = World(calendar: .utc)
        for event in events { world.take(event, stamp) }
        #expect(try MilestonesQuery.with { $0.state = .all }.answer(world, today: "2017-03-23").count == 0)
        #expect(try IndicatorsQuery().answer(world, today: "2017-03-23").figures.isEmpty)
        #expect(try CommitmentsQuery().answer(world, today: "2017-03-23").rows.isEmpty)
        #expect(world.anomalies(asOf: "2017-03-23").isEmpty)
    }

    // MARK: query.commitments

    private func commitments(
        _ day: Day, _ change: (inout CommitmentsQuery) -> Void = { _ in }
    ) throws -> CommitmentsQuery.Answer {
        try story.ask(
            CommitmentsQuery.with {
                $0.asOf = day
                change(&$0)
            }, today: "2017-03-23")
    }

    /// Given besides: the plan mie, adopted before paris but told later, with 15 commitments, one of them declared;
    /// c-5 of the first pillar of paris, and one without a number.
    private mutating func twoPlans() throws {
        try story.given("2015-10-08", Self.commitment("c-5", 5, pillar: 1), Self.commitment("c-x", nil))
        try story.given("2016-01-01", Self.commitment("c-11", 11, pillar: 2))
        try story.given(
            "2015-04-01",
            PlanAdopted.with {
                $0.plan = "mie"
                $0.commitments = 15
            }, Self.commitment("mie-1", 1, pillar: 1, plan: "mie"))
    }

    @Test mutating func `plans tell what they announce and what they hold, as of a day`() throws {
        try twoPlans()
        let before = try story.ask(PlansQuery.with { $0.asOf = "2015-12-31" }, today: "2017-03-23")
        #expect(before.rows.map(\.plan) == ["mie", "paris"])
        #expect(before.rows.map(\.announced) == [15, 18])
        #expect(before.rows.map(\.adopted) == ["2015-04-01", "2015-10-08"])
        let after = try story.ask(PlansQuery.with { $0.plan = "paris" }, today: "2017-03-23")
        #expect(after.rows.count == 1)
        #expect(after.rows[0].commitments == before.rows[1].commitments + 1)
        #expect(after.rows[0].pillars == 2)
        #expect(throws: Rejection.self) { try story.ask(PlansQuery.with { $0.plan = "lyon" }, today: "2017-03-23") }
    }

    @Test mutating func `commitments are listed plan by plan, as of a day`() throws {
        try twoPlans()
        let answer = try commitments("2017-03-23")
        #expect(answer.rows.map(\.commitment) == ["mie-1", "c-5", "c-10", "c-11", "c-x"])
        #expect([answer.plans, answer.pillars, answer.commitments, answer.announced] == [2, 3, 5, 33])
        let before = try commitments("2015-12-31")
        #expect(before.rows.map(\.commitment) == ["mie-1", "c-5", "c-10", "c-x"])
        let first = try commitments("2015-04-01")
        #expect([first.plans, first.pillars, first.commitments, first.announced] == [1, 1, 1, 15])
        #expect(try commitments("2015-03-31") == .with { $0.asOf = "2015-03-31" })
        let row = answer.rows[2]
        #expect(row.plan == "paris" && row.number == 10 && row.pillar == 2)
        #expect(row.pillarTitle == "Mobilisation collective" && row.title == "Plateforme de ressources")
    }

    @Test mutating func `a plan and a pillar choose commitments`() throws {
        try twoPlans()
        let paris = try commitments("2017-03-23") { $0.plan = "paris" }
        #expect(paris.rows.map(\.commitment) == ["c-5", "c-10", "c-11", "c-x"])
        #expect([paris.plans, paris.pillars, paris.announced] == [1, 2, 18])
        let first = try commitments("2017-03-23") { $0.pillar = 1 }
        #expect(first.rows.map(\.commitment) == ["mie-1", "c-5"])
        #expect([first.plans, first.pillars] == [2, 2])
        #expect(throws: Rejection.self) { try commitments("2017-03-23") { $0.plan = "lyon" } }
    }

    @Test mutating func `milestones and notes are counted where they belong`() throws {
        try twoPlans()
        try story.given("2016-02-19", Self.reach("m-1"))
        try story.given("2015-12-01", Self.plan("m-2"), Self.reach("m-0") { $0.commitment = "c-5" })
        try story.given("2016-10-14", PlanMilestoneReached.with { $0.milestone = "m-2" })
        try story.given("2017-03-10", Self.note("600 membres"))
        try story.given("2016-03-01", Self.note("une centaine d'acteurs"))
        let answer = try commitments("2017-03-23")
        #expect([answer.milestonesReached, answer.milestonesPlanned] == [3, 0])
        #expect(
            answer.rows[2].notes.map { "\($0.day) \($0.note.string)" } == [
                "2016-03-01 une centaine d'acteurs", "2017-03-10 600 membres",
            ])
        #expect(answer.rows[2].notes[0].source == "Bilan mars 2017, p. 9")
        #expect(answer.rows[1].notes.isEmpty)
        let before = try commitments("2016-09-30")
        #expect(before.rows.map(\.milestonesReached) == [0, 1, 1, 0, 0])
        #expect(before.rows.map(\.milestonesPlanned) == [0, 0, 1, 0, 0])
        #expect([before.milestonesReached, before.milestonesPlanned] == [2, 1])
        #expect(before.rows[2].notes.count == 1)
        #expect(try commitments("2015-11-30").milestonesPlanned == 0)
    }

    @Test mutating func `indicators are on target or below it, if they have one`() throws {
        for (indicator, target, value) in [
            ("i-1", "1456", "1484"), ("i-2", "1456", "1456"), ("i-3", "400", "399.9999"), ("i-4", nil, "3"),
            ("i-5", "400", nil),
        ] as [(Identifier, String?, String?)] {
            try story.given(
                "2015-10-08",
                FiguresTests.define(indicator, []) {
                    $0.commitment = "c-10"
                    $0.target = target.map { Decimal($0)! }
                })
            guard let value else { continue }
            try story.given("2017-03-01", FiguresTests.state(value) { $0.indicator = indicator })
        }
        let row = try commitments("2017-03-23").rows[0]
        #expect([row.indicators, row.onTarget, row.belowTarget] == [5, 2, 1])
        let before = try commitments("2017-02-28").rows[0]
        #expect([before.indicators, before.onTarget, before.belowTarget] == [5, 0, 0])
        #expect(try commitments("2015-10-08").rows[0].indicators == 5)
    }

    // MARK: query.milestones

    private func milestones(_ change: (inout MilestonesQuery) -> Void = { _ in }) throws -> MilestonesQuery.Answer {
        try story.ask(MilestonesQuery.with(change), today: "2017-03-23")
    }

    /// Given besides: a conference, a guide, two meetings of the platform of which one was planned, a summit; a
    /// training that is planned, and an event that is due.
    private mutating func sevenMilestones() throws {
        try twoPlans()
        try story.given(
            "2017-01-05", Self.plan("training") { $0.kind = .training },
            Self.plan("sports-day") {
                $0.kind = .event
                $0.due = "2017-06-20"
            }, Self.plan("meeting-2") { $0.due = "2017-02-10" })
        try story.given(
            "2017-03-10",
            PlanMilestoneReached.with {
                $0.milestone = "meeting-2"
                $0.series = "platform"
                $0.partners = ["unhcr", "ofii"]
            })
        try story.given("2016-02-19", Self.reach("meeting-1") { $0.series = "platform" })
        try story.given("2015-09-10", Self.reach("conference") { $0.attendance = 100 })
        try story.given(
            "2016-11-21",
            Self.reach("summit") {
                $0.commitment = "mie-1"
                $0.kind = .event
                $0.attendance = 30
                $0.days = 2
                $0.partners = ["unhcr"]
            })
        try story.given(
            "2016-11-30",
            Self.reach("guide") {
                $0.commitment = "c-5"
                $0.kind = .publication
                $0.count = 4000
                $0.theme = "rights"
            })
    }

    @Test mutating func `milestones are counted and listed in order of time`() throws {
        try sevenMilestones()
        let answer = try milestones()
        #expect(answer.rows.map(\.milestone) == ["conference", "meeting-1", "summit", "guide", "meeting-2"])
        #expect([answer.count, answer.attendance, answer.copies, answer.days] == [5, 130, 4000, 2])
        #expect(answer.partners == ["ofii", "unhcr"])
        #expect(
            answer.rows[4]
                == .with {
                    $0.milestone = "meeting-2"
                    $0.commitment = "c-10"
                    $0.kind = .meeting
                    $0.title = "Point d'étape"
                    $0.day = "2017-03-10"
                    $0.due = "2017-02-10"
                    $0.series = "platform"
                    $0.partners = ["unhcr", "ofii"]
                })
        #expect(answer.rows[3].count == 4000 && answer.rows[3].theme == "rights")
        #expect(answer.rows[2].attendance == 30 && answer.rows[2].days == 2)
    }

    @Test mutating func `a figure counts milestones by count, and copies by copies`() throws {
        try sevenMilestones()
        for (indicator, path) in [
            ("i-1", "rows[series=platform].count"), ("i-2", "count"), ("i-3", "copies"),
            ("i-4", "rows[].partners.distinct"),
        ] as [(Identifier, Text)] {
            try story.given(
                "2015-10-08",
                FiguresTests.define(indicator, [FiguresTests.term("query.milestones", path)]) { $0.commitment = "c-10" }
            )
        }
        let answer = try story.ask(IndicatorsQuery(), today: "2017-03-23")
        #expect(answer.figures.map(\.computed) == [2, 5, 4000, 2].map { Decimal($0) })
    }

    @Test mutating func `what was reached or planned after the day does not show`() throws {
        try sevenMilestones()
        let before = try milestones { $0.asOf = "2016-11-29" }
        #expect(before.rows.map(\.milestone) == ["conference", "meeting-1", "summit"])
        #expect([before.copies, before.attendance] == [0, 130])
        let all = try milestones {
            $0.asOf = "2017-02-20"
            $0.state = .all
        }
        #expect(
            all.rows.map { "\($0.milestone) \($0.day?.description ?? "-")" } == [
                "conference 2015-09-10", "meeting-1 2016-02-19", "summit 2016-11-21", "guide 2016-11-30", "training -",
                "meeting-2 -", "sports-day -",
            ])
        #expect(all.rows[5].series == nil && all.rows[5].partners.isEmpty && all.partners == ["unhcr"])
        let none = try milestones {
            $0.asOf = "2017-01-04"
            $0.state = .planned
        }
        #expect(none.rows.isEmpty)
    }

    @Test mutating func `the state, the period and what a milestone is choose`() throws {
        try sevenMilestones()
        func chosen(_ change: (inout MilestonesQuery) -> Void) throws -> [Identifier] {
            try milestones(change).rows.map(\.milestone)
        }
        #expect(try chosen { $0.state = .planned } == ["training", "sports-day"])
        #expect(try chosen { $0.state = .all }.count == 7)
        #expect(try chosen { $0.from = "2016-11-21" } == ["summit", "guide", "meeting-2"])
        #expect(try chosen { $0.to = "2016-11-21" } == ["conference", "meeting-1", "summit"])
        #expect(try chosen { ($0.state, $0.from) = (.planned, "2017-06-01") } == ["sports-day"])
        #expect(try chosen { ($0.state, $0.to) = (.planned, "2017-06-01") } == ["training"])
        #expect(try chosen { $0.kind = .meeting } == ["conference", "meeting-1", "meeting-2"])
        #expect(try chosen { $0.series = "platform" } == ["meeting-1", "meeting-2"])
        #expect(try chosen { $0.theme = "rights" } == ["guide"])
        #expect(try chosen { $0.milestone = "summit" } == ["summit"])
        #expect(try chosen { $0.milestone = "unheard-of" } == [])
        #expect(try chosen { $0.commitment = "c-5" } == ["guide"])
        #expect(try chosen { $0.plan = "mie" } == ["summit"])
        for change in [
            { $0.plan = "lyon" }, { $0.commitment = "c-9" }, { ($0.from, $0.to) = ("2017-01-02", "2017-01-01") },
        ] as [(inout MilestonesQuery) -> Void] {
            #expect(throws: Rejection.self) { try chosen(change) }
        }
    }

    // MARK: query.indicators

    @Test mutating func `figures are listed by commitment, computed, recorded or neither`() throws {
        try twoPlans()
        for (indicator, commitment, sum) in [
            ("i-2", "c-10", [FiguresTests.present]), ("i-1", "c-10", []), ("i-0", "mie-1", []), ("i-9", "c-5", []),
        ] as [(Identifier, Identifier, [Term])] {
            try story.given("2015-10-09", FiguresTests.define(indicator, sum) { $0.commitment = commitment })
        }
        try story.given(
            "2017-03-23", FiguresTests.state("15") { $0.indicator = "i-0" },
            FiguresTests.state("3") { $0.indicator = "i-2" })
        let answer = try story.ask(IndicatorsQuery(), today: "2017-03-23")
        #expect(answer.figures.map(\.indicator) == ["i-0", "i-9", "i-2", "i-1"])
        #expect([answer.computed, answer.recorded, answer.disagreeing] == [1, 1, 1])
        let figure = answer.figures[2]
        #expect(figure.computed == Decimal(0) && figure.agreement == .disagree && figure.unit == "people")
        #expect(figure.calculation == .with { $0.sum = [FiguresTests.present] })
        #expect(figure.stated.map(\.source) == ["bilan"])
        let before = try story.ask(IndicatorsQuery.with { $0.asOf = "2017-03-22" }, today: "2017-03-23")
        #expect([before.figures.count, before.computed, before.recorded, before.disagreeing] == [4, 1, 0, 0])
        #expect(try story.ask(IndicatorsQuery(), today: "2015-10-08").figures.isEmpty)
    }

    @Test mutating func `a plan, a commitment and an indicator choose figures`() throws {
        try twoPlans()
        for (indicator, commitment) in [("i-1", "c-10"), ("i-2", "mie-1"), ("i-3", "c-10")]
            as [(Identifier, Identifier)]
        {
            try story.given("2015-10-09", FiguresTests.define(indicator, []) { $0.commitment = commitment })
        }
        func chosen(_ change: (inout IndicatorsQuery) -> Void) throws -> [Identifier] {
            try story.ask(IndicatorsQuery.with(change), today: "2017-03-23").figures.map(\.indicator)
        }
        #expect(try chosen { $0.plan = "paris" } == ["i-1", "i-3"])
        #expect(try chosen { $0.commitment = "mie-1" } == ["i-2"])
        #expect(try chosen { $0.indicator = "i-3" } == ["i-3"])
        #expect(try chosen { ($0.plan, $0.indicator) = ("mie", "i-3") } == [])
        for (change, rule) in [
            ({ $0.plan = "lyon" }, "unknown_plan"), ({ $0.commitment = "c-9" }, "unknown_commitment"),
            ({ $0.indicator = "i-9" }, "unknown_indicator"),
        ] as [((inout IndicatorsQuery) -> Void, String)] {
            let rejection = #expect(throws: Rejection.self) { try chosen(change) }
            #expect(rejection?.rule == rule)
        }
    }
}
