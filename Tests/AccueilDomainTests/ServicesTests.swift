import AccueilDomain
import AccueilTesting
import Testing

@Suite struct ServicesTests {
    // Given: the sites ney and ivry, open since 2016-11-01; the service demie, run by the Croix-Rouge since 2016-01-15.
    var story = Scenario()

    init() throws {
        try story.given("2016-01-15", Self.open("demie"))
        try story.given("2016-11-01", PlacementsTests.open("ney"), PlacementsTests.open("ivry"))
    }

    static func open(
        _ service: Identifier, _ kind: ServiceKind = .evaluation, _ change: (inout ServiceOpened) -> Void = { _ in }
    ) -> ServiceOpened {
        .with {
            $0.service = service
            $0.kind = kind
            $0.operators = ["croix-rouge"]
            change(&$0)
        }
    }

    static func operators(_ operators: [Identifier], from effective: Day? = nil) -> ServiceOperatorSet {
        .with {
            $0.service = "demie"
            $0.operators = operators
            $0.effective = effective
        }
    }

    static func schedule(
        _ days: [Weekday], _ opens: ClockTime? = nil, _ closes: ClockTime? = nil, from effective: Day? = nil
    ) -> ServiceScheduleSet {
        .with {
            $0.service = "demie"
            $0.days = days
            $0.opens = opens
            $0.closes = closes
            $0.effective = effective
        }
    }

    static func staff(
        _ role: Identifier, posts: Int? = nil, fte: Decimal? = nil, from effective: Day? = nil
    ) -> ServiceStaffingSet {
        .with {
            $0.service = "demie"
            $0.role = role
            $0.posts = posts
            $0.fte = fte
            $0.effective = effective
        }
    }

    static func capacity(_ places: Int, from effective: Day? = nil, of service: Identifier = "demie")
        -> ServiceCapacitySet
    {
        .with {
            $0.service = service
            $0.places = places
            $0.effective = effective
        }
    }

    static func add(
        _ place: Identifier, on site: Identifier? = nil, from effective: Day? = nil
    ) -> ServiceSiteAdded {
        .with {
            $0.service = "demie"
            $0.place = place
            $0.site = site
            $0.effective = effective
        }
    }

    static func remove(_ place: Identifier, from effective: Day? = nil) -> ServiceSiteRemoved {
        .with {
            $0.service = "demie"
            $0.place = place
            $0.effective = effective
        }
    }

    static func act(
        _ kind: ActKind, _ headcount: Int?, by provider: Identifier? = nil, of service: Identifier = "demie",
        _ change: (inout ServiceActRecorded) -> Void = { _ in }
    ) -> ServiceActRecorded {
        .with {
            $0.service = service
            $0.kind = kind
            $0.headcount = headcount
            $0.provider = provider
            change(&$0)
        }
    }

    static let close = ServiceClosed.with { $0.service = "demie" }

    private func ask(
        _ day: Day, _ change: (inout ServicesQuery) -> Void = { _ in }
    ) throws -> ServicesQuery.Answer {
        try story.ask(
            ServicesQuery.with {
                $0.asOf = day
                change(&$0)
            }, today: "2030-01-01")
    }

    private func demie(_ day: Day) throws -> ServicesQuery.Row? {
        try ask(day) { $0.service = "demie" }.rows.first
    }

    // MARK: Opening and closing

    @Test mutating func `opening a service twice writes it once, opening it otherwise is refused`() {
        #expect(story.when("2016-01-15", Self.open("demie")).events == [])
        for (day, command) in [
            ("2016-01-16", Self.open("demie")), ("2016-01-15", Self.open("demie", .health)),
            ("2016-01-15", Self.open("demie") { $0.operators = [] }),
            ("2016-01-15", Self.open("demie") { $0.partners = ["ofii"] }),
        ] {
            let verdict = story.when(day, command)
            #expect(verdict.rule == "service_exists")
            #expect(verdict.fact("service") == "demie")
            #expect(verdict.fact("since") == "2016-01-15")
        }
    }

    @Test(
        arguments: [
            (nil, nil, true), (17, 21, true), (0, 120, true), (18, 18, true), (nil, 0, true), (120, nil, true),
            (21, 17, false), (-1, 5, false), (5, 121, false), (121, nil, false), (nil, -1, false),
        ] as [(Int?, Int?, Bool)])
    func `ages lie between 0 and 120, the lowest first`(ageMin: Int?, ageMax: Int?, isAccepted: Bool) {
        var story = story
        let verdict = story.when(
            "2017-01-01",
            Self.open("jie") {
                $0.ageMin = ageMin
                $0.ageMax = ageMax
            })
        #expect(verdict.rule == (isAccepted ? nil : "age_out_of_bounds"))
    }

    @Test mutating func `a service belongs to known sites, in one of twenty arrondissements`() {
        let unknown = story.when("2017-01-01", Self.open("s") { $0.sites = ["ney", "nowhere"] })
        #expect(unknown.rule == "unknown_site")
        #expect(unknown.fact("site") == "nowhere")
        #expect(story.when("2017-01-01", Self.open("s") { $0.arrondissement = 21 }).rule == "no_such_arrondissement")
        #expect(story.when("2017-01-01", Self.open("s") { $0.sites = ["ney", "ivry"] }).events == ["service.opened"])
    }

    @Test mutating func `closing twice changes nothing, closing on another day is refused`() throws {
        #expect(story.when("2017-02-28", Self.close).events == ["service.closed"])
        #expect(story.when("2017-02-28", Self.close).events == [])
        let verdict = story.when("2017-03-01", Self.close)
        #expect(verdict.rule == "service_already_closed")
        #expect(verdict.fact("closed") == "2017-02-28")
    }

    @Test mutating func `a service does not close before it opens, nor before its last act`() throws {
        #expect(story.when("2016-01-14", Self.close).rule == "closes_before_it_opens")
        try story.given("2017-02-10", Self.act(.interview, nil))
        try story.given("2017-02-01", Self.act(.interview, 3))
        let verdict = story.when("2017-02-09", Self.close)
        #expect(verdict.rule == "acts_after_closing")
        #expect(verdict.fact("last") == "2017-02-10")
        #expect(story.when("2017-02-10", Self.close).accepted)
    }

    @Test mutating func `a closed service opens again, from the day it closed on`() throws {
        try story.given("2017-02-28", Self.close)
        let verdict = story.when("2017-02-27", Self.open("demie", .health))
        #expect(verdict.rule == "open_periods_overlap")
        #expect(verdict.fact("closed") == "2017-02-28")
        // Told again, the first opening is no news.
        #expect(story.when("2016-01-15", Self.open("demie")).events == [])
        var sameDay = story
        #expect(sameDay.when("2017-02-28", Self.open("demie")).events == ["service.opened"])
        try story.given("2017-05-02", Self.open("demie", .health) { $0.operators = ["ftda"] })
        let between = try #require(try demie("2017-04-01"))
        #expect(!between.open)
        #expect([between.opened, between.closed] == ["2016-01-15", "2017-02-28"])
        #expect(between.kind == .evaluation)
        let after = try #require(try demie("2017-05-02"))
        #expect(after.open)
        #expect([after.opened, after.closed] == ["2017-05-02", nil])
        #expect(after.kind == .health)
        #expect(after.operators == ["ftda"])
        #expect(try demie("2016-06-01")?.operators == ["croix-rouge"])
    }

    @Test mutating func `nothing is told about a service that is not known`() {
        func rule(_ command: some CommandRecord) -> String? { story.when("2017-01-01", command).rule }
        func unknown<Command: CommandRecord>(_ command: Command, _ change: (inout Command) -> Void) -> String? {
            var command = command
            change(&command)
            return rule(command)
        }
        #expect(unknown(Self.operators(["a"])) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.schedule([.monday])) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.staff("nurse")) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.capacity(1)) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.add("p")) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.remove("p")) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.act(.lesson, 1)) { $0.service = "x" } == "unknown_service")
        #expect(unknown(Self.close) { $0.service = "x" } == "unknown_service")
    }

    @Test func `what the log tells of a service that it no longer knows changes nothing`() {
        var world = story.world
        let stamp = Stamp(
            sequence: 9, time: Timestamp("2017-01-01T00:00:00Z")!, day: "2017-01-01",
            recorded: Timestamp("2017-01-01T00:00:00Z")!)
        for event: any EventRecord in [
            ServiceOperatorSet.with { $0.service = "x" }, ServiceScheduleSet.with { $0.service = "x" },
            ServiceStaffingSet.with { $0.service = "x" }, ServiceCapacitySet.with { $0.service = "x" },
            ServiceSiteAdded.with { $0.service = "x" }, ServiceSiteRemoved.with { $0.service = "x" },
            ServiceActRecorded.with { $0.service = "x" }, ServiceClosed.with { $0.service = "x" },
        ] { world.take(event, stamp) }
        #expect(world.services.all.map(\.id) == ["demie"])
        // Opened while it is open, as when its closing was struck out: it stays one period, which one closing ends.
        world.take(Self.open("demie", .health), stamp)
        world.take(Self.close, stamp)
        world.take(Self.close, stamp)
        #expect(world.services["demie"]?.periods.map(\.from) == ["2016-01-15"])
        #expect(world.services["demie"]?.periods.map(\.to) == ["2017-01-01"])
    }

    // MARK: Operators, schedule, staff, room, places

    @Test mutating func `the operators are those set last for the day, late news included`() throws {
        try story.given("2017-02-01", Self.operators(["ftda"]))
        try story.given("2017-02-02", Self.operators(["emmaus", "ftda"], from: "2016-02-01"))
        #expect(story.when("2017-02-02", Self.operators(["ftda"], from: "2017-02-01")).events == [])
        #expect(try demie("2016-01-31")?.operators == ["croix-rouge"])
        #expect(try demie("2016-02-01")?.operators == ["emmaus", "ftda"])
        #expect(try demie("2017-02-01")?.operators == ["ftda"])
        #expect(story.when("2017-02-01", Self.operators([])).rule == "no_operator")
    }

    @Test mutating func `a schedule says on which days, and maybe from when to when`() throws {
        try story.given("2016-11-10", Self.schedule([.saturday, .monday], "08:30", "20:00"))
        #expect(story.when("2016-11-10", Self.schedule([.monday, .saturday], "08:30", "20:00")).events == [])
        try story.given("2016-11-11", Self.schedule(Weekday.allCases, from: "2017-01-01"))
        #expect(try demie("2016-11-09")?.schedule == nil)
        #expect(
            try demie("2016-12-31")?.schedule
                == .with {
                    $0.days = [.monday, .saturday]
                    $0.daysPerWeek = 2
                    ($0.opens, $0.closes) = ("08:30", "20:00")
                    ($0.opensHour, $0.closesHour) = (8, 20)
                    $0.since = "2016-11-10"
                })
        #expect(
            try demie("2017-01-01")?.schedule
                == .with {
                    $0.days = Weekday.allCases
                    $0.daysPerWeek = 7
                    $0.since = "2017-01-01"
                })
    }

    @Test(
        arguments: [
            ([], nil, nil, "schedule_days"), ([.monday, .friday, .monday], nil, nil, "schedule_days"),
            ([.monday], "08:00", nil, "schedule_hours"), ([.monday], nil, "20:00", "schedule_hours"),
            ([.monday], "08:00", "08:00", "schedule_hours"), ([.monday], "20:00", "08:00", "schedule_hours"),
            ([.monday], "00:00", "24:00", nil),
        ] as [([Weekday], ClockTime?, ClockTime?, String?)])
    func `a schedule without a day, or with half of its hours, is refused`(
        days: [Weekday], opens: ClockTime?, closes: ClockTime?, rule: String?
    ) {
        var story = story
        #expect(story.when("2017-01-01", Self.schedule(days, opens, closes)).rule == rule)
    }

    @Test(arguments: ["00:00", "08:05", "23:59", "24:00"])
    func `a time of the day is read as it is written`(text: String) {
        #expect(ClockTime(text)?.description == text)
    }

    @Test(arguments: ["24:01", "25:00", "08:60", "8:00", "08.00", "0800", "08:0a", "08:000", "-1:00", ""])
    func `what is no time of the day is not read`(text: String) {
        #expect(ClockTime(text) == nil)
    }

    @Test mutating func `staff is known by role, in posts or full-time equivalents, or not counted`() throws {
        try story.given(
            "2016-01-15", Self.staff("psychologist", posts: 1), Self.staff("nurse", posts: 1),
            Self.staff("team", fte: Decimal("10.7")))
        try story.given("2017-01-02", Self.staff("team", fte: Decimal("22.8")), Self.staff("translator"))
        #expect(story.when("2017-01-02", Self.staff("team", fte: Decimal("22.8"))).events == [])
        let before = try #require(try demie("2016-12-31"))
        #expect(before.staffing.map(\.role) == ["nurse", "psychologist", "team"])
        #expect(before.staffing.map(\.posts) == [1, 1, nil])
        #expect(before.posts == 2)
        #expect(before.fte == Decimal("10.7"))
        let after = try #require(try demie("2017-01-02"))
        #expect(after.staffing.map(\.role) == ["nurse", "psychologist", "team", "translator"])
        #expect(after.staffing.map(\.since) == ["2016-01-15", "2016-01-15", "2017-01-02", "2017-01-02"])
        #expect(after.staffing.last == .with { ($0.role, $0.since) = ("translator", "2017-01-02") })
        #expect(after.fte == Decimal("22.8"))
        let answer = try ask("2017-01-02")
        #expect(answer.posts == 2)
        #expect(answer.fte == Decimal("22.8"))
    }

    @Test mutating func `zero posts, or zero full-time equivalents, end a role`() throws {
        try story.given("2016-02-01", Self.staff("nurse", posts: 2), Self.staff("team", posts: 3, fte: Decimal("2.5")))
        try story.given(
            "2016-03-01", Self.staff("nurse", posts: 0), Self.staff("team", posts: 0, fte: Decimal()),
            Self.staff("teacher_fle", fte: Decimal()))
        #expect(try demie("2016-02-29")?.staffing.count == 2)
        #expect(try demie("2016-03-01")?.staffing == [])
    }

    @Test(
        arguments: [
            (-1, nil, "staffing_out_of_bounds"), (100_001, nil, "staffing_out_of_bounds"),
            (nil, "-0.5", "staffing_out_of_bounds"), (nil, "100000.0001", "staffing_out_of_bounds"),
            (0, "2.5", "posts_and_fte"), (2, "0", "posts_and_fte"), (100_000, "100000", nil), (0, "0", nil),
        ] as [(Int?, String?, String?)])
    func `posts and full-time equivalents have bounds, and are zero together`(
        posts: Int?, fte: String?, rule: String?
    ) {
        var story = story
        let verdict = story.when("2017-01-01", Self.staff("team", posts: posts, fte: fte.flatMap { Decimal($0) }))
        #expect(verdict.rule == rule)
    }

    @Test mutating func `room for people is set from a day on, within bounds`() throws {
        try story.given("2015-07-01", Self.open("jie", .followUp), Self.capacity(96, of: "jie"))
        try story.given("2016-08-01", Self.capacity(150, from: "2016-09-01", of: "jie"))
        #expect(story.when("2016-08-01", Self.capacity(150, from: "2016-09-01", of: "jie")).events == [])
        for places in [-1, countMax + 1] {
            #expect(story.when("2016-08-01", Self.capacity(places)).rule == "capacity_out_of_bounds")
        }
        #expect(try ask("2016-08-31").rows.map(\.capacity) == [nil, 96])
        #expect(try ask("2016-08-31").places == 96)
        try story.given("2016-09-01", Self.capacity(0))
        #expect(try ask("2016-09-01").rows.map(\.capacity) == [0, 150])
        #expect(try ask("2016-09-01").places == 150)
    }

    @Test mutating func `a service is at several places, on sites of the register or elsewhere`() throws {
        try story.given("2017-01-02", Self.add("evaluation"), Self.add("accueil"))
        try story.given("2017-01-03", Self.add("poste-avance", on: "ney", from: "2017-01-20"))
        #expect(story.when("2017-01-02", Self.add("accueil")).events == [])
        // Said of another day, it is another fact: it holds even if an end before it is told later.
        #expect(story.when("2017-01-04", Self.add("accueil")).events == ["service.site_added"])
        #expect(story.when("2017-01-04", Self.add("q", on: "nowhere")).rule == "unknown_site")
        #expect(try demie("2017-01-19")?.places.map(\.place) == ["accueil", "evaluation"])
        let row = try #require(try demie("2017-01-20"))
        #expect(row.places.map(\.place) == ["accueil", "evaluation", "poste-avance"])
        #expect(row.places.map(\.site) == [nil, nil, "ney"])
        #expect(row.places.map(\.since) == ["2017-01-02", "2017-01-02", "2017-01-20"])
        try story.given("2017-02-01", Self.remove("accueil"))
        #expect(try demie("2017-01-31")?.places.count == 3)
        #expect(try demie("2017-02-01")?.places.map(\.place) == ["evaluation", "poste-avance"])
    }

    @Test mutating func `only a place where the service is can be left, once`() throws {
        let unknown = story.when("2017-02-01", Self.remove("accueil"))
        #expect(unknown.rule == "unknown_place")
        #expect(unknown.fact("place") == "accueil")
        try story.given("2017-01-02", Self.add("accueil"))
        #expect(story.when("2017-01-01", Self.remove("accueil")).rule == "unknown_place")
        #expect(story.when("2017-02-01", Self.remove("accueil")).events == ["service.site_removed"])
        #expect(story.when("2017-02-01", Self.remove("accueil")).events == [])
        #expect(story.when("2017-02-02", Self.remove("accueil")).rule == "unknown_place")
        try story.given("2017-03-01", Self.add("accueil"))
        #expect(try demie("2017-02-02")?.places == [])
        #expect(try demie("2017-03-01")?.places.map(\.since) == ["2017-03-01"])
    }

    // MARK: Acts

    @Test(arguments: [0, -1, countMax + 1])
    func `an act is for one person at least`(headcount: Int) {
        var story = story
        #expect(story.when("2017-01-01", Self.act(.lesson, headcount)).rule == "headcount_out_of_bounds")
    }

    @Test mutating func `acts lie in the time in which the service is open, its last day included`() throws {
        try story.given("2017-02-28", Self.close)
        try story.given("2017-05-02", Self.open("demie"))
        for day in ["2016-01-14", "2017-03-01", "2017-05-01"] {
            let verdict = story.when(day, Self.act(.interview, 1))
            #expect(verdict.rule == "service_not_open")
            #expect(verdict.fact("day") == day)
        }
        for day in ["2016-01-15", "2017-02-28", "2017-05-02"] {
            #expect(story.when(day, Self.act(.interview, 1)).events == ["service.act_recorded"])
        }
    }

    @Test mutating func `an act is done on a known site`() {
        let act = { site in Self.act(.screening, 1) { $0.site = site } }
        #expect(story.when("2017-01-01", act("nowhere")).rule == "unknown_site")
        #expect(story.when("2017-01-01", act("ney")).accepted)
    }

    /// Given: health services at ney and at ivry, a mobile team without a site, and what they did, told out of order.
    private mutating func health() throws {
        try story.given(
            "2016-11-10",
            Self.open("pole-sante-ney", .health) {
                $0.sites = ["ney"]
                $0.operators = ["samu-social"]
                $0.partners = ["ars"]
            },
            Self.open("empp", .health) { $0.operators = ["gpsme"] },
            Self.open("pole-sante-ivry", .health) {
                $0.sites = ["ivry"]
                $0.operators = ["samu-social"]
            })
        try story.given(
            "2017-03-01", Self.act(.medicalConsultation, 950, by: "mdm", of: "pole-sante-ney"),
            Self.act(.nurseAssessment, 1354, by: "ssp", of: "pole-sante-ney"))
        try story.given(
            "2016-12-01", Self.act(.medicalConsultation, 1000, by: "mdm", of: "pole-sante-ney"),
            Self.act(.nurseAssessment, 1000, by: "ssp", of: "pole-sante-ney"),
            Self.act(.referral, nil, of: "pole-sante-ney") { $0.to = "pass" },
            Self.act(.referral, nil, of: "pole-sante-ney") { $0.to = "cms" },
            Self.act(.referral, 4, of: "pole-sante-ney") { $0.to = "cms" },
            Self.act(.psychologicalConsultation, 85, by: "empp", of: "empp") { $0.site = "ney" },
            Self.act(.psychologicalConsultation, 15, by: "empp", of: "empp") { $0.site = "ivry" },
            Self.act(.screening, 20, of: "empp"),
            Self.act(.nurseAssessment, 30, by: "ssp", of: "pole-sante-ivry"))
    }

    private func told(_ acts: [ServicesQuery.Acts]) -> [String] {
        acts.map { act in
            "\(act.kind.rawValue) \(act.provider?.description ?? "-") \(act.to?.description ?? "-") "
                + "\(act.headcount) \(act.records) \(act.unspecified)"
        }
    }

    @Test mutating func `acts are counted by kind, and for a service by who did them and where they sent people`()
        throws
    {
        try health()
        let answer = try ask("2017-03-23")
        #expect(
            told(answer.acts) == [
                "medical_consultation - - 1950 2 0", "nurse_assessment - - 2384 3 0",
                "psychological_consultation - - 100 2 0", "referral - - 4 3 2", "screening - - 20 1 0",
            ])
        #expect(answer.headcount == 4458)
        #expect(answer.rows.map(\.service) == ["demie", "pole-sante-ney", "empp", "pole-sante-ivry"])
        #expect(answer.rows.map(\.headcount) == [0, 4308, 120, 30])
        #expect(
            told(answer.rows[1].acts) == [
                "medical_consultation mdm - 1950 2 0", "nurse_assessment ssp - 2354 2 0",
                "referral - cms 4 2 1", "referral - pass 0 1 1",
            ])
        // What happened later does not count yet, and a period leaves out what happened before it.
        #expect(try ask("2017-02-28").headcount == 2154)
        #expect(try ask("2017-03-23") { $0.from = "2016-12-02" }.headcount == 2304)
        #expect(try ask("2017-03-23") { $0.to = "2016-12-01" }.headcount == 2154)
        #expect(throws: Rejection.self) {
            try ask("2017-03-23") { ($0.from, $0.to) = ("2017-01-02", "2017-01-01") }
        }
    }

    @Test mutating func `a site chooses the services that are there and what is done there`() throws {
        try health()
        let ney = try ask("2017-03-23") { $0.site = "ney" }
        #expect(ney.rows.map(\.service) == ["pole-sante-ney", "empp"])
        #expect(ney.rows.map(\.headcount) == [4308, 85])
        try story.given("2017-03-01", Self.add("poste-avance", on: "ney"))
        try story.given("2017-03-02", Self.act(.interview, 7))
        let later = try ask("2017-03-23") { $0.site = "ney" }
        #expect(later.rows.map(\.service) == ["demie", "pole-sante-ney", "empp"])
        #expect(later.rows.map(\.headcount) == [7, 4308, 85])
        #expect(try ask("2017-02-28") { $0.site = "ney" }.rows.map(\.service) == ["pole-sante-ney", "empp"])
        #expect(throws: Rejection.self) { try ask("2017-03-23") { $0.site = "nowhere" } }
    }

    @Test mutating func `kind, operator, provider and id choose services`() throws {
        try health()
        #expect(try ask("2017-03-23") { $0.kind = .evaluation }.rows.map(\.service) == ["demie"])
        let samu = try ask("2017-03-23") { $0.operator = "samu-social" }
        #expect(samu.rows.map(\.service) == ["pole-sante-ney", "pole-sante-ivry"])
        #expect(samu.count == 2)
        #expect(samu.operators == ["samu-social"])
        let mdm = try ask("2017-03-23") { $0.provider = "mdm" }
        #expect(mdm.rows.map(\.service) == ["pole-sante-ney"])
        #expect(told(mdm.rows[0].acts) == ["medical_consultation mdm - 1950 2 0"])
        #expect(mdm.headcount == 1950)
        #expect(try ask("2017-03-23") { $0.provider = "nobody" }.rows == [])
        #expect(throws: Rejection.self) { try ask("2017-03-23") { $0.service = "x" } }
        #expect(try ask("2016-11-09") { $0.service = "empp" } == .with { $0.asOf = "2016-11-09" })
    }

    @Test mutating func `a service is shown as it was on the day, closed ones without what they had`() throws {
        try story.given(
            "2017-01-02",
            Self.open("jie", .followUp) {
                $0.name = "Plateforme"
                ($0.ageMin, $0.ageMax, $0.audience) = (17, 21, .youngAdults)
                ($0.commune, $0.arrondissement) = ("75056", 14)
                ($0.partners, $0.sites) = (["aurore"], ["ivry"])
            },
            Self.capacity(96, of: "jie"))
        try story.given("2017-01-02", Self.staff("nurse", posts: 1), Self.schedule([.monday]), Self.add("p"))
        try story.given("2017-02-28", Self.close)
        let answer = try ask("2017-02-28")
        #expect([answer.count, answer.posts, answer.places] == [1, 0, 96])
        #expect(answer.operators == ["croix-rouge"])
        #expect(
            answer.rows[0]
                == .with {
                    ($0.service, $0.kind, $0.open) = ("demie", .evaluation, false)
                    ($0.opened, $0.closed) = ("2016-01-15", "2017-02-28")
                    $0.operators = ["croix-rouge"]
                })
        #expect(
            answer.rows[1]
                == .with {
                    ($0.service, $0.kind, $0.name) = ("jie", .followUp, "Plateforme")
                    ($0.opened, $0.capacity) = ("2017-01-02", 96)
                    ($0.operators, $0.partners, $0.sites) = (["croix-rouge"], ["aurore"], ["ivry"])
                    ($0.ageMin, $0.ageMax, $0.audience) = (17, 21, .youngAdults)
                    ($0.commune, $0.arrondissement) = ("75056", 14)
                })
        #expect(try ask("2017-02-27").count == 2)
        #expect(try ask("2016-01-14").rows == [])
    }

    // MARK: Room

    @Test mutating func `more people in a day than there is room for is an anomaly, one for each run of days`() throws {
        try story.given("2017-01-01", Self.capacity(10))
        #expect(story.when("2017-01-02", Self.act(.interview, 6)).anomalies == [])
        #expect(story.when("2017-01-02", Self.act(.followUp, 4)).anomalies == [])
        #expect(story.when("2017-01-02", Self.act(.interview, 2)).anomalies == [.serviceAboveCapacity])
        #expect(story.when("2017-01-02", Self.act(.interview, nil)).anomalies == [])
        #expect(story.when("2017-01-04", Self.act(.interview, 11)).anomalies == [.serviceAboveCapacity])
        func found(_ day: String) -> [String] {
            story.anomalies(.serviceAboveCapacity, asOf: day).map {
                "\($0.subject) since \($0.since): \($0.value) of \($0.limit)"
            }
        }
        #expect(found("2017-01-01") == [])
        #expect(found("2017-01-03") == ["service/demie since 2017-01-02: 12 of 10"])
        #expect(
            found("2017-03-01") == [
                "service/demie since 2017-01-02: 12 of 10", "service/demie since 2017-01-04: 11 of 10",
            ])
        // Told late, the day between makes one run of the two; the worst day speaks for it.
        try story.given("2017-01-03", Self.act(.interview, 15))
        #expect(found("2017-03-01") == ["service/demie since 2017-01-02: 15 of 10"])
    }

    @Test mutating func `less room than was used is marked, unless it was too little before`() throws {
        try story.given("2017-01-02", Self.act(.interview, 12))
        #expect(story.anomalies(.serviceAboveCapacity, asOf: "2017-01-02").isEmpty)
        #expect(story.when("2017-02-01", Self.capacity(11)).anomalies == [])
        #expect(story.when("2017-02-01", Self.capacity(11, from: "2017-01-02")).anomalies == [.serviceAboveCapacity])
        #expect(story.when("2017-02-01", Self.capacity(10, from: "2017-01-01")).anomalies == [])
        #expect(story.anomalies(.serviceAboveCapacity, asOf: "2017-02-01").map(\.limit) == [11])
        #expect(story.when("2017-02-01", Self.capacity(12, from: "2017-01-02")).anomalies == [])
        #expect(story.anomalies(.serviceAboveCapacity, asOf: "2017-02-01").isEmpty)
    }
}
