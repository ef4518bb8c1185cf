import AccueilDomain
import AccueilTesting
import Testing

@Suite struct VolunteersTests {
    // Given: v-1, a citizen, and the anonymous group g-1 of 30 students, registered on 2016-10-21; the missions sorting
    // (no times, no limit) and the shifts morning (8 to 12, 31 seats) and noon (11 to 14) of 2016-11-15.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-10-21", Self.register("v-1"),
            Self.register("g-1", 30) {
                $0.kind = .student
                $0.channel = "inalco"
            },
            Self.open("sorting"), Self.morning,
            Self.open("noon") {
                $0.starts = Timestamp("2016-11-15T11:00:00Z")
                $0.ends = Timestamp("2016-11-15T14:00:00Z")
            })
    }

    static func register(
        _ volunteer: Identifier, _ headcount: Int = 1, _ change: (inout VolunteerRegistered) -> Void = { _ in }
    ) -> VolunteerRegistered {
        .with {
            $0.volunteer = volunteer
            $0.headcount = headcount
            change(&$0)
        }
    }

    static func open(
        _ mission: Identifier, _ change: (inout VolunteerMissionOpened) -> Void = { _ in }
    ) -> VolunteerMissionOpened {
        .with {
            $0.mission = mission
            change(&$0)
        }
    }

    static let morning = open("morning") {
        $0.starts = Timestamp("2016-11-15T08:00:00Z")
        $0.ends = Timestamp("2016-11-15T12:00:00Z")
        $0.seats = 31
    }

    static func signUp(_ volunteer: Identifier, _ mission: Identifier) -> VolunteerSignedUp {
        .with { ($0.volunteer, $0.mission) = (volunteer, mission) }
    }

    static func withdraw(_ volunteer: Identifier, _ mission: Identifier) -> VolunteerWithdrew {
        .with { ($0.volunteer, $0.mission) = (volunteer, mission) }
    }

    static func attend(_ volunteer: Identifier, _ mission: Identifier, _ minutes: Int = 240) -> VolunteerAttended {
        .with { ($0.volunteer, $0.mission, $0.minutes) = (volunteer, mission, minutes) }
    }

    static func close(_ mission: Identifier) -> VolunteerMissionClosed { .with { $0.mission = mission } }

    // MARK: Registering and opening

    @Test mutating func `saying the same again changes nothing`() throws {
        #expect(story.when("2016-10-21", Self.register("v-1")).outcomes.isEmpty)
        #expect(story.when("2016-10-21", Self.morning).outcomes.isEmpty)
        let commands: [any CommandRecord] = [
            Self.signUp("v-1", "morning"), Self.withdraw("v-1", "morning"), Self.signUp("v-1", "sorting"),
            Self.attend("v-1", "sorting"), Self.close("sorting"),
        ]
        for command in commands {
            #expect(story.when("2016-11-02", command).outcomes.count == 1)
            #expect(story.when("2016-11-02", command).accepted)
            #expect(story.when("2016-11-02", command).outcomes.isEmpty)
        }
    }

    @Test mutating func `an id that is taken is refused, otherwise or on another day`() {
        let group = story.when("2016-10-21", Self.register("v-1", 2))
        #expect(group.rule == "volunteer_exists")
        #expect(group.fact("registered") == "2016-10-21")
        #expect(story.when("2016-10-22", Self.register("v-1")).rule == "volunteer_exists")
        let other = story.when("2016-10-21", Self.open("morning"))
        #expect(other.rule == "mission_exists")
        #expect(other.fact("opened") == "2016-10-21")
        #expect(story.when("2016-10-22", Self.morning).rule == "mission_exists")
    }

    @Test(arguments: [(0, false), (-1, false), (1, true), (1_000_000_000, true), (1_000_000_001, false)])
    func `volunteers and seats are from one to a thousand million`(people: Int, isIn: Bool) {
        var story = story
        #expect(story.when("2016-11-01", Self.register("v-2", people)).rule == (isIn ? nil : "headcount_out_of_bounds"))
        let mission = Self.open("evening") { $0.seats = people }
        #expect(story.when("2016-11-01", mission).rule == (isIn ? nil : "seats_out_of_bounds"))
    }

    @Test mutating func `a shift has a beginning and a later end, and a mission a known site`() {
        let eight = Timestamp("2016-11-15T08:00:00Z")
        #expect(story.when("2016-11-01", Self.open("m") { $0.starts = eight }).rule == "half_a_shift")
        #expect(story.when("2016-11-01", Self.open("m") { $0.ends = eight }).rule == "half_a_shift")
        let never = story.when("2016-11-01", Self.open("m") { ($0.starts, $0.ends) = (eight, eight) })
        #expect(never.rule == "ends_before_it_starts")
        #expect(story.when("2016-11-01", Self.open("m") { $0.site = "nowhere" }).rule == "unknown_site")
    }

    // MARK: Signing up

    @Test mutating func `only known volunteers do anything in known missions`() {
        let volunteers: [any CommandRecord] = [
            Self.signUp("v-9", "sorting"), Self.withdraw("v-9", "sorting"), Self.attend("v-9", "sorting"),
        ]
        for command in volunteers { #expect(story.when("2016-11-01", command).rule == "unknown_volunteer") }
        let missions: [any CommandRecord] = [
            Self.signUp("v-1", "nothing"), Self.withdraw("v-1", "nothing"), Self.attend("v-1", "nothing"),
            Self.close("nothing"),
        ]
        for command in missions { #expect(story.when("2016-11-01", command).rule == "unknown_mission") }
    }

    @Test mutating func `nobody signs up twice, nor before they registered or the mission was opened`() throws {
        try story.given("2016-11-01", Self.signUp("v-1", "sorting"))
        let again = story.when("2016-11-02", Self.signUp("v-1", "sorting"))
        #expect(again.rule == "already_signed_up")
        #expect(again.fact("since") == "2016-11-01")
        #expect(story.when("2016-10-31", Self.signUp("v-1", "sorting")).rule == "already_signed_up")
        let early = story.when("2016-10-20", Self.signUp("v-1", "noon"))
        #expect(early.rule == "before_it_was_opened")
        #expect(early.fact("opened") == "2016-10-21")
        try story.given("2016-10-01", Self.open("october"))
        let unregistered = story.when("2016-10-20", Self.signUp("v-1", "october"))
        #expect(unregistered.rule == "before_they_registered")
        #expect(unregistered.fact("registered") == "2016-10-21")
    }

    @Test mutating func `a shift is full when its seats are taken, by heads`() throws {
        try story.given("2016-11-01", Self.register("g-2", 2), Self.signUp("g-1", "morning"))
        let two = story.when("2016-11-02", Self.signUp("g-2", "morning"))
        #expect(two.rule == "shift_full")
        #expect(two.fact("seats") == "31" && two.fact("free") == "1" && two.fact("people") == "2")
        #expect(story.when("2016-11-02", Self.signUp("v-1", "morning")).accepted)
        try story.given("2016-11-03", Self.register("v-2"))
        #expect(story.when("2016-11-03", Self.signUp("v-2", "morning")).rule == "shift_full")
        try story.given("2016-11-04", Self.withdraw("v-1", "morning"))
        #expect(story.when("2016-11-03", Self.signUp("v-2", "morning")).rule == "shift_full", "it was full that day")
        #expect(story.when("2016-11-04", Self.signUp("v-2", "morning")).accepted)
        #expect(story.when("2016-11-04", Self.signUp("g-2", "sorting")).accepted, "no limit without seats")
    }

    @Test mutating func `a sign-up told late leaves room for those that are known already`() throws {
        try story.given("2016-11-10", Self.register("g-2", 31), Self.signUp("g-2", "morning"))
        let late = story.when("2016-11-01", Self.signUp("v-1", "morning"))
        #expect(late.rule == "shift_full")
        #expect(late.fact("free") == "0")
    }

    @Test mutating func `nobody is in two places at once, a group neither`() throws {
        for volunteer in ["v-1", "g-1"] as [Identifier] {
            var story = story
            try story.given("2016-11-01", Self.signUp(volunteer, "morning"))
            let verdict = story.when("2016-11-02", Self.signUp(volunteer, "noon"))
            #expect(verdict.rule == "overlapping_shifts")
            #expect(verdict.fact("other") == "morning" && verdict.fact("mission") == "noon")
            // A mission without times overlaps with nothing, nor does a shift that begins when the other ends.
            #expect(story.when("2016-11-02", Self.signUp(volunteer, "sorting")).accepted)
            try story.given(
                "2016-11-02",
                Self.open("afternoon") {
                    $0.starts = Timestamp("2016-11-15T13:00:00+01:00")
                    $0.ends = Timestamp("2016-11-15T17:00:00Z")
                })
            #expect(story.when("2016-11-02", Self.signUp(volunteer, "afternoon")).accepted)
            try story.given("2016-11-03", Self.withdraw(volunteer, "afternoon"), Self.withdraw(volunteer, "morning"))
            #expect(story.when("2016-11-02", Self.signUp(volunteer, "noon")).rule == "overlapping_shifts")
            #expect(story.when("2016-11-03", Self.signUp(volunteer, "noon")).accepted)
        }
    }

    // MARK: Withdrawing, being there, closing

    @Test mutating func `only what was signed up for and not attended is withdrawn`() throws {
        let verdict = story.when("2016-11-01", Self.withdraw("v-1", "sorting"))
        #expect(verdict.rule == "not_signed_up")
        #expect(verdict.fact("day") == "2016-11-01")
        try story.given("2016-11-05", Self.signUp("v-1", "sorting"))
        #expect(story.when("2016-11-04", Self.withdraw("v-1", "sorting")).rule == "not_signed_up")
        var attended = story
        try attended.given("2016-11-06", Self.attend("v-1", "sorting"))
        let late = attended.when("2016-11-05", Self.withdraw("v-1", "sorting"))
        #expect(late.rule == "already_attended")
        #expect(late.fact("attended") == "2016-11-06")
        try story.given("2016-11-06", Self.withdraw("v-1", "sorting"))
        #expect(story.when("2016-11-07", Self.withdraw("v-1", "sorting")).rule == "not_signed_up")
        #expect(story.when("2016-11-07", Self.signUp("v-1", "sorting")).events == ["volunteer.signed_up"])
        #expect(story.when("2016-11-08", Self.withdraw("v-1", "sorting")).events == ["volunteer.withdrew"])
    }

    @Test mutating func `whoever was there had signed up`() throws {
        let verdict = story.when("2016-11-15", Self.attend("v-1", "morning"))
        #expect(verdict.rule == "attendance_without_sign_up")
        #expect(verdict.fact("volunteer") == "v-1" && verdict.fact("mission") == "morning")
        try story.given("2016-11-10T10:00:00Z", Self.signUp("v-1", "morning"))
        #expect(story.when("2016-11-09", Self.attend("v-1", "morning")).rule == "attendance_without_sign_up")
        try story.given("2016-11-12", Self.withdraw("v-1", "morning"))
        #expect(story.when("2016-11-12", Self.attend("v-1", "morning")).rule == "attendance_without_sign_up")
        // On the day of the sign-up, whatever the hour.
        #expect(story.when("2016-11-10", Self.attend("v-1", "morning")).events == ["volunteer.attended"])
    }

    @Test mutating func `a volunteer is there many times, each of them told once`() throws {
        try story.given("2016-11-01", Self.signUp("v-1", "sorting"), Self.attend("v-1", "sorting", 60))
        #expect(story.when("2016-11-01", Self.attend("v-1", "sorting", 60)).events == [])
        let otherwise = story.when("2016-11-01", Self.attend("v-1", "sorting", 90))
        #expect(otherwise.rule == "attended_otherwise")
        #expect(otherwise.fact("minutes") == "60")
        #expect(story.when("2016-11-01T14:00:00Z", Self.attend("v-1", "sorting", 90)).accepted)
        #expect(story.when("2016-11-02", Self.attend("v-1", "sorting", 60)).accepted)
    }

    @Test(arguments: [(0, false), (1, true), (1_000_000, true), (1_000_001, false), (9_007_199_254_740_991, false)])
    func `minutes have bounds, each person's and all people's`(minutes: Int, isIn: Bool) throws {
        var story = story
        try story.given("2016-11-01", Self.signUp("v-1", "sorting"))
        #expect(
            story.when("2016-11-01", Self.attend("v-1", "sorting", minutes)).rule
                == (isIn ? nil : "minutes_out_of_bounds"))
        try story.given("2016-11-01", Self.register("g-2", 100_000), Self.register("g-3", 100_001))
        try story.given("2016-11-01", Self.signUp("g-2", "sorting"), Self.signUp("g-3", "sorting"))
        #expect(story.when("2016-11-02", Self.attend("g-2", "sorting", 1_000_000)).accepted)
        #expect(story.when("2016-11-02", Self.attend("g-3", "sorting", 1_000_000)).rule == "minutes_out_of_bounds")
    }

    @Test mutating func `a closed mission takes no more entries, but for those of before`() throws {
        try story.given("2016-11-01", Self.signUp("v-1", "sorting"), Self.register("v-2"), Self.register("v-3"))
        try story.given("2016-11-20", Self.close("sorting"))
        let later: [any CommandRecord] = [
            Self.signUp("v-2", "sorting"), Self.withdraw("v-1", "sorting"), Self.attend("v-1", "sorting"),
        ]
        for command in later {
            let verdict = story.when("2016-11-21", command)
            #expect(verdict.rule == "mission_closed")
            #expect(verdict.fact("closed") == "2016-11-20")
        }
        #expect(story.when("2016-11-19", Self.attend("v-1", "sorting")).accepted)
        #expect(story.when("2016-11-20", Self.signUp("v-2", "sorting")).accepted)
        #expect(story.when("2016-11-20", Self.withdraw("v-2", "sorting")).accepted)
    }

    @Test mutating func `a mission is closed once, after it was opened and after its last entry`() throws {
        #expect(story.when("2016-10-20", Self.close("sorting")).rule == "closes_before_it_opens")
        try story.given("2016-11-10", Self.signUp("v-1", "sorting"))
        let early = story.when("2016-11-09", Self.close("sorting"))
        #expect(early.rule == "closes_before_latest_entry")
        #expect(early.fact("latest") == "2016-11-10T00:00:00Z")
        try story.given("2016-11-10", Self.close("sorting"))
        let again = story.when("2016-11-11", Self.close("sorting"))
        #expect(again.rule == "mission_already_closed")
        #expect(again.fact("closed") == "2016-11-10")
    }

    @Test mutating func `events about what is not known change nothing`() throws {
        let time = Timestamp("2016-11-15T00:00:00Z")!
        let stamp = Stamp(sequence: 1, time: time, day: "2016-11-15", recorded: time)
        let events: [any EventRecord] = [
            Self.signUp("v-9", "sorting"), Self.signUp("v-1", "nothing"), Self.withdraw("v-1", "sorting"),
            Self.attend("v-1", "sorting"), Self.close("nothing"),
        ]
        var world = story.world
        for event in events { world.take(event, stamp) }
        let query = VolunteersQuery()
        #expect(try query.answer(world, today: "2017-03-23") == query.answer(story.world, today: "2017-03-23"))
        // Signed up twice, because a withdrawal between them was taken back: the first stands.
        world.take(Self.signUp("v-1", "sorting"), stamp)
        world.take(Self.signUp("v-1", "sorting"), stamp)
        world.take(Self.withdraw("v-1", "sorting"), stamp)
        #expect(try query.answer(world, today: "2017-03-23").mobilised == 0)
    }

    /// Nothing of a volunteer or a mission depends on those of another, so any order in which each is told in turn gives
    /// the same figures of every day.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the figures of a day do not depend on the order of recording`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var told: [[(day: Day, command: any CommandRecord)]] = (0..<12).map { number in
            let volunteer = Identifier("w-\(number)")!
            let mission = Identifier("n-\(number)")!
            let day: Day = "2016-11-01" + Int.random(in: 0..<60, using: &random)
            let register = Self.register(volunteer, Int.random(in: 1...9, using: &random))
            let open = Self.open(mission) { $0.partner = number % 2 == 0 ? "benenova" : nil }
            let last: any CommandRecord =
                number % 3 == 0 ? Self.withdraw(volunteer, mission) : Self.attend(volunteer, mission, 60)
            return [
                (day, register), (day + 2, open), (day + 5, Self.signUp(volunteer, mission)), (day + 9, last),
                (day + 20, Self.close(mission)),
            ]
        }
        var inOrder = Scenario()
        for (day, command) in told.joined().sorted(by: { $0.day < $1.day }) { try inOrder.given("\(day)", command) }
        var mixed = Scenario()
        while let index = told.indices.randomElement(using: &random) {
            let (day, command) = told[index].removeFirst()
            try mixed.given("\(day)", command)
            if told[index].isEmpty { told.remove(at: index) }
        }
        for offset in stride(from: 0, through: 90, by: 5) {
            for by in VolunteersQuery.Grouping.allCases {
                let query = VolunteersQuery.with {
                    $0.asOf = "2016-11-01" + offset
                    $0.by = by
                }
                #expect(try mixed.ask(query, today: "2017-03-23") == inOrder.ask(query, today: "2017-03-23"))
            }
        }
    }

    // MARK: query.volunteers

    private func ask(_ change: (inout VolunteersQuery) -> Void = { _ in }) throws -> VolunteersQuery.Answer {
        try story.ask(VolunteersQuery.with(change), today: "2017-03-23")
    }

    /// Given besides: ten young people in civic service at singa, three of them refugees in a group of their own at
    /// aurore; the site ney with two missions, one of them brought by benenova for utopia56; v-1 and the students there.
    private mutating func winter() throws {
        try story.given("2016-11-10", PlacementsTests.open("ney"))
        try story.given(
            "2016-12-01",
            Self.register("cs-1", 7) { ($0.kind, $0.organisation) = (.civicService, "singa") },
            Self.register("cs-2", 3) { ($0.kind, $0.organisation, $0.refugee) = (.civicService, "aurore", true) },
            Self.open("clothes") { ($0.organisation, $0.partner, $0.site) = ("utopia56", "benenova", "ney") },
            Self.open("welcome") { ($0.organisation, $0.site) = ("emmaus", "ney") },
            Self.open("skills") { ($0.organisation, $0.partner) = ("emmaus", "passerelles") })
        try story.given(
            "2016-12-05", Self.signUp("v-1", "clothes"), Self.signUp("v-1", "welcome"), Self.signUp("g-1", "clothes"),
            Self.signUp("cs-1", "welcome"), Self.signUp("cs-2", "skills"))
        try story.given("2017-01-10", Self.attend("g-1", "clothes", 120), Self.attend("v-1", "welcome", 60))
        try story.given("2017-01-11", Self.attend("v-1", "welcome", 30))
        try story.given("2017-01-20", Self.withdraw("cs-2", "skills"))
        try story.given("2017-02-01", Self.close("skills"))
    }

    @Test mutating func `people are counted once, however often they help`() throws {
        try winter()
        #expect(
            try ask()
                == .with {
                    $0.asOf = "2017-03-23"
                    $0.registered = 41
                    $0.refugees = 3
                    $0.volunteerOrganisations = 2
                    $0.missions = 6
                    $0.missionsClosed = 1
                    $0.organisations = 2
                    $0.mobilised = 38
                    $0.minutes = 30 * 120 + 90
                })
    }

    @Test mutating func `what happened after the day does not show`() throws {
        try winter()
        let december = try ask { $0.asOf = "2016-12-31" }
        // cs-2 has not withdrawn yet.
        #expect([december.mobilised, december.minutes, december.missionsClosed] == [41, 0, 0])
        let november = try ask { $0.asOf = "2016-11-30" }
        #expect([november.registered, november.missions, november.mobilised, november.refugees] == [31, 3, 0, 0])
        #expect(try ask { $0.asOf = "2016-10-20" } == .with { $0.asOf = "2016-10-20" })
        // Told late.
        try story.given("2016-11-01", Self.signUp("v-1", "sorting"))
        #expect(try ask { $0.asOf = "2016-11-30" }.mobilised == 1)
    }

    @Test mutating func `a period takes what happened in it`() throws {
        try winter()
        let january = try ask { ($0.from, $0.to) = ("2017-01-01", "2017-01-31") }
        #expect([january.registered, january.missions, january.mobilised] == [0, 0, 31])
        #expect(january.minutes == 3690 && january.missionsClosed == 0)
        #expect(january.from == "2017-01-01" && january.to == "2017-01-31")
        let december = try ask { ($0.from, $0.to) = ("2016-12-01", "2016-12-31") }
        #expect(
            [december.registered, december.missions, december.mobilised, december.organisations] == [10, 3, 38, 2])
        #expect(try ask { $0.from = "2017-02-01" }.missionsClosed == 1)
        #expect(throws: Rejection.self) { try ask { ($0.from, $0.to) = ("2017-01-02", "2017-01-01") } }
    }

    @Test mutating func `kind and channel choose volunteers, partner and site missions, an organisation both`() throws {
        try winter()
        func figures(_ change: (inout VolunteersQuery) -> Void) throws -> [Int] {
            let answer = try ask(change)
            return [
                answer.registered, answer.refugees, answer.volunteerOrganisations, answer.missions,
                answer.organisations, answer.mobilised, answer.minutes,
            ]
        }
        #expect(try figures { $0.kind = .civicService } == [10, 3, 2, 6, 2, 7, 0])
        #expect(try figures { $0.channel = "inalco" } == [30, 0, 0, 6, 2, 30, 3600])
        #expect(try figures { $0.channel = "jemengage" } == [0, 0, 0, 6, 2, 0, 0])
        #expect(try figures { $0.partner = "benenova" } == [41, 3, 2, 1, 1, 31, 3600])
        #expect(try figures { $0.partner = "passerelles" } == [41, 3, 2, 1, 1, 0, 0])
        #expect(try figures { $0.site = "ney" } == [41, 3, 2, 2, 2, 38, 3690])
        #expect(try figures { $0.organisation = "emmaus" } == [0, 0, 0, 2, 1, 8, 90])
        #expect(try figures { $0.organisation = "singa" } == [7, 0, 1, 0, 0, 0, 0])
        #expect(try figures { ($0.site, $0.kind) = ("ney", .student) } == [30, 0, 0, 2, 2, 30, 3600])
        let rejection = #expect(throws: Rejection.self) { try ask { $0.site = "nowhere" } }
        #expect(rejection?.rule == "unknown_site")
    }

    @Test(
        arguments: [
            (.partner, ["benenova 0 1 31 3600", "none 0 4 8 90", "passerelles 0 1 0 0"]),
            (
                .organisation,
                [
                    "utopia56 0 1 31 3600", "emmaus 0 2 8 90", "none 31 3 0 0", "singa 7 0 0 0", "aurore 3 0 0 0",
                ]
            ),
            (.site, ["ney 0 2 38 3690", "none 0 4 0 0"]),
            (.channel, ["inalco 30 0 30 3600", "none 11 0 8 90"]),
            (.kind, ["student 30 0 30 3600", "civic_service 10 0 7 0", "citizen 1 0 1 90"]),
            (.month, ["2016-10 31 3 0 0", "2016-12 10 3 38 0", "2017-01 0 0 31 3690"]),
        ] as [(VolunteersQuery.Grouping, [String])])
    func `volunteers and missions are told apart`(by: VolunteersQuery.Grouping, rows: [String]) throws {
        var copy = self
        try copy.winter()
        let answer = try copy.ask { $0.by = by }
        #expect(
            answer.rows.map { "\($0.key.string) \($0.registered) \($0.missions) \($0.mobilised) \($0.minutes)" } == rows
        )
    }
}
