import AccueilDomain
import AccueilTesting
import Testing

@Suite struct AnomaliesTests {
    // Given: ney with 10 places for single men and a target of 10 days; 12 people since 2016-11-20, a family of two
    // since 2016-11-22, entered late.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-10", PlacementsTests.open("ney"), PlacementsTests.capacity("ney", .singleMen, 10),
            SiteStayTargetSet.with {
                $0.site = "ney"
                $0.daysMax = 10
            })
        try story.given("2016-11-20", PlacementsTests.stay("p-1") { $0.party.adults = 12 })
        story.when(
            "2016-11-22",
            PlacementsTests.stay("p-2") {
                $0.party.audience = .families
                $0.party.adults = 2
            },
            recorded: "2016-12-25")
    }

    static func justify(
        _ rule: AnomalyRule, _ subject: Subject, _ reason: JustificationReason = .emergency
    ) -> AnomalyJustified {
        .with {
            $0.rule = rule
            $0.of = subject
            $0.reason = reason
        }
    }

    static let ney = Subject(.site, "ney")
    static let second = Subject(.placement, "p-2")

    func ask(_ day: String, _ change: (inout AnomaliesQuery) -> Void = { _ in }) throws -> AnomaliesQuery.Answer {
        try story.ask(AnomaliesQuery.with(change), today: day)
    }

    @Test func `anomalies are counted by rule and listed as they are on the day`() throws {
        let answer = try ask("2016-12-01")
        #expect(
            Set(answer.rows.map { "\($0.rule.rawValue) \($0.subject) since \($0.since): \($0.value), \($0.limit)" })
                == [
                    "occupancy_above_capacity site/ney since 2016-11-20: 14, 10",
                    "stay_beyond_target placement/p-1 since 2016-12-01: 11, 10",
                    "entered_late placement/p-2 since 2016-11-22: 1, 30",
                    "audience_mismatch placement/p-2 since 2016-11-22: 2, 0",
                ])
        #expect(answer.rows.count == 4)
        #expect(answer.open == 4 && answer.justified == 0 && answer.next == nil)
        #expect(
            Set(answer.counts.map(\.rule)) == [
                .occupancyAboveCapacity, .stayBeyondTarget, .enteredLate, .audienceMismatch,
            ])
        #expect(answer.counts.allSatisfy { $0.open == 1 && $0.justified == 0 })
        #expect(
            Set(try ask("2016-11-30").counts.map(\.rule)) == [.occupancyAboveCapacity, .enteredLate, .audienceMismatch])
        #expect(try ask("2016-11-19").open == 0)
    }

    @Test mutating func `an anomaly that is justified stays in the list, answered`() throws {
        let verdict = story.when("2016-11-25", Self.justify(.occupancyAboveCapacity, Self.ney, .coldWeatherPlan))
        #expect(verdict.events == ["anomaly.justified"])
        #expect(verdict.outcomes[0].event.subject == Self.ney)
        let answer = try ask("2016-11-25") { $0.state = .justified }
        #expect(answer.rows.map(\.justified) == [.coldWeatherPlan])
        #expect(answer.rows.map(\.value) == [14])
        #expect((answer.open, answer.justified) == (2, 1))
        #expect(Set(try ask("2016-11-25").rows.map(\.rule)) == [.enteredLate, .audienceMismatch])
        #expect(try ask("2016-11-25") { $0.state = .all }.rows.count == 3)
        // The day before, nobody had explained it.
        #expect(try ask("2016-11-24") { $0.state = .justified }.rows.isEmpty)
    }

    @Test mutating func `justifying twice changes nothing, another reason replaces the first`() throws {
        try story.given("2016-11-25", Self.justify(.enteredLate, Self.second, .recordsCaughtUp))
        #expect(story.when("2016-11-25", Self.justify(.enteredLate, Self.second, .recordsCaughtUp)).events == [])
        #expect(
            story.when("2016-11-26", Self.justify(.enteredLate, Self.second, .medical)).events == ["anomaly.justified"])
        #expect(try ask("2016-11-27") { $0.state = .justified }.rows.map(\.justified) == [.medical])
        let before = try ask("2016-11-25") { $0.state = .justified }
        do {
            #expect(before.rows.map(\.justified) == [.recordsCaughtUp])
        }
    }

    @Test mutating func `only an anomaly that holds on the day can be justified`() {
        for (day, command) in [
            ("2016-11-19", Self.justify(.occupancyAboveCapacity, Self.ney)),
            ("2016-11-25", Self.justify(.blockedAboveCapacity, Self.ney)),
            ("2016-11-25", Self.justify(.occupancyAboveCapacity, Subject(.site, "ivry"))),
            ("2016-11-25", Self.justify(.stayBeyondTarget, Subject(.placement, "p-1"))),
        ] {
            let verdict = story.when(day, command)
            #expect(verdict.rule == "unknown_anomaly")
            #expect(verdict.fact("subject") == command.of.description)
            #expect(verdict.fact("anomaly") == command.rule.rawValue)
            #expect(verdict.fact("as_of") == day)
        }
    }

    @Test mutating func `a justification is for one rule and one subject`() throws {
        try story.given("2016-11-25", Self.justify(.enteredLate, Self.second))
        #expect(Set(try ask("2016-11-25").rows.map(\.rule)) == [.occupancyAboveCapacity, .audienceMismatch])
    }

    @Test func `anomalies are chosen by rule and by subject, and cut at a limit`() throws {
        #expect(try ask("2016-12-01") { $0.rule = .enteredLate }.rows.map(\.subject) == [Self.second])
        let ofSecond = try ask("2016-12-01") { $0.of = Self.second }
        #expect(Set(ofSecond.rows.map(\.rule)) == [.enteredLate, .audienceMismatch])
        #expect(ofSecond.open == 2)
        let cut = try ask("2016-12-01") { $0.limit = 3 }
        #expect(cut.rows.count == 3 && cut.next == 3 && cut.open == 4)
        let rest = try ask("2016-12-01") { ($0.after, $0.limit) = (3, 3) }
        #expect(rest.rows.count == 1 && rest.next == nil && rest.open == 4)
        #expect(try ask("2016-12-01") { $0.limit = 4 }.next == nil)
    }
}
