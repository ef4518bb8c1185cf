import AccueilDomain
import AccueilTesting
import Testing

@Suite struct PlacementsTests {
    // Given: the sites ney (400 places for single men) and ivry (400 for families), open since 2016-11-10; and p-1, the
    // person amin, staying at ney in bed b-1 since 2016-11-20 at ten.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-10", Self.open("ney"), Self.open("ivry"), Self.capacity("ney", .singleMen, 400),
            Self.capacity("ivry", .families, 400))
        try story.given("2016-11-20T10:00:00Z", Self.first)
    }

    static func open(_ site: Identifier) -> SiteOpened {
        .with {
            $0.site = site
            $0.kind = .cpa
        }
    }

    static func capacity(_ site: Identifier, _ audience: Audience, _ places: Int) -> SiteCapacitySet {
        .with {
            $0.site = site
            $0.audience = audience
            $0.places = places
        }
    }

    static func stay(
        _ placement: Identifier, _ site: Identifier = "ney", _ change: (inout PlacementStarted) -> Void = { _ in }
    ) -> PlacementStarted {
        .with {
            $0.placement = placement
            $0.site = site
            $0.party.audience = site == "ney" ? .singleMen : .families
            change(&$0)
        }
    }

    static let first = stay("p-1") {
        $0.party.person = "amin"
        $0.party.nationality = Nationality("AFG")
        $0.bed = "b-1"
    }

    static func move(_ placement: Identifier, _ bed: Identifier) -> PlacementMoved {
        .with {
            $0.placement = placement
            $0.bed = bed
        }
    }

    static func transfer(_ placement: Identifier, _ site: Identifier, _ bed: Identifier? = nil) -> PlacementTransferred
    {
        .with {
            $0.placement = placement
            $0.site = site
            $0.bed = bed
        }
    }

    static func end(_ placement: Identifier, _ destination: Destination = .cada) -> PlacementEnded {
        .with {
            $0.placement = placement
            $0.destination = destination
        }
    }

    static func ask(_ request: Identifier, _ change: (inout PlacementRequested) -> Void = { _ in })
        -> PlacementRequested
    {
        .with {
            $0.request = request
            $0.party.audience = .families
            change(&$0)
        }
    }

    static func close(
        _ request: Identifier, _ outcome: RequestOutcome, _ destination: Destination? = nil,
        _ placement: Identifier? = nil
    ) -> PlacementRequestClosed {
        .with {
            $0.request = request
            $0.outcome = outcome
            $0.destination = destination
            $0.placement = placement
        }
    }

    func people(_ site: Identifier, _ day: Day) -> Int {
        story.world.placements.occupied(site: story.world.sites.number(of: site)!, on: day)
    }

    var bedOfFirst: Identifier? {
        get throws {
            var query = PlacementsQuery()
            query.asOf = Day.bounds.upperBound
            return try story.ask(query, today: "2199-12-31").rows.first?.bed
        }
    }

    // MARK: Starting

    @Test mutating func `who comes is there on the night of that day and the nights after`() {
        #expect(["2016-11-19", "2016-11-20", "2017-11-20"].map { people("ney", $0) } == [0, 1, 1])
        #expect(
            story.when(
                "2016-11-20",
                Self.stay("p-2") {
                    $0.party.adults = 2
                    $0.party.children = 3
                }
            ).anomalies == [])
        #expect(people("ney", "2016-11-20") == 6)
    }

    @Test mutating func `starting the same placement twice writes it once`() {
        let again = story.when("2016-11-20T10:00:00Z", Self.first)
        #expect(again.accepted)
        #expect(again.events == [])
    }

    static let otherStarts: [(moment: String, change: @Sendable (inout PlacementStarted) -> Void)] = [
        ("2016-11-20T10:00:01Z", { _ in }), ("2016-11-20T10:00:00Z", { $0.site = "ivry" }),
        ("2016-11-20T10:00:00Z", { $0.party.person = "bilal" }), ("2016-11-20T10:00:00Z", { $0.party.person = nil }),
        ("2016-11-20T10:00:00Z", { $0.party.adults = 2 }), ("2016-11-20T10:00:00Z", { $0.party.children = 1 }),
        ("2016-11-20T10:00:00Z", { $0.party.audience = .youngAdults }),
        ("2016-11-20T10:00:00Z", { $0.party.nationality = Nationality("SDN") }),
        ("2016-11-20T10:00:00Z", { $0.bed = "b-2" }), ("2016-11-20T10:00:00Z", { $0.bed = nil }),
    ]

    @Test(arguments: otherStarts.indices)
    mutating func `a placement is not started otherwise under the same id`(index: Int) {
        var other = Self.first
        Self.otherStarts[index].change(&other)
        let verdict = story.when(Self.otherStarts[index].moment, other)
        #expect(verdict.rule == "placement_exists")
        #expect(verdict.fact("placement") == "p-1")
        #expect(verdict.fact("since") == "2016-11-20")
    }

    @Test mutating func `an ended placement is not started again`() throws {
        try story.given("2016-11-30", Self.end("p-1"))
        #expect(story.when("2016-12-10", Self.first).rule == "placement_exists")
    }

    @Test(arguments: [(0, 0), (-1, 2), (2, -1), (10_001, 0), (5000, 5001), (.max, 1)])
    mutating func `a party is one person or more, and no typing error`(adults: Int, children: Int) {
        let change = { (party: inout Party) in (party.adults, party.children) = (adults, children) }
        let stay = story.when("2016-11-20", Self.stay("p-2") { change(&$0.party) })
        let request = story.when("2016-11-20", Self.ask("r-1") { change(&$0.party) })
        for verdict in [stay, request] {
            #expect(verdict.rule == "headcount_out_of_bounds")
            #expect(verdict.fact("adults") == "\(adults)")
            #expect(verdict.fact("children") == "\(children)")
        }
    }

    @Test mutating func `a party of children alone is a party`() {
        let verdict = story.when(
            "2016-11-20",
            Self.stay("p-2") {
                $0.party.adults = 0
                $0.party.children = 1
            })
        #expect(verdict.accepted)
        #expect(people("ney", "2016-11-20") == 2)
    }

    @Test mutating func `nobody comes to a site that is unknown, not yet open or closed`() throws {
        #expect(story.when("2016-11-20", Self.stay("p-2", "x")).rule == "unknown_site")
        let early = story.when("2016-11-09", Self.stay("p-2", "ivry"))
        #expect(early.rule == "site_not_open")
        #expect(early.fact("day") == "2016-11-09")
        try story.given("2016-12-01", SiteClosed.with { $0.site = "ivry" })
        #expect(story.when("2016-12-01", Self.stay("p-2", "ivry")).rule == "site_not_open")
        #expect(story.when("2016-12-02", Self.stay("p-2", "ivry")).rule == "site_not_open")
        #expect(story.when("2016-11-30", Self.stay("p-2", "ivry")).accepted)
    }

    @Test mutating func `a person has one open stay, on whatever site`() throws {
        let second = { Self.stay("p-2", $0) { $0.party.person = "amin" } }
        for site in ["ney", "ivry"] as [Identifier] {
            let verdict = story.when("2016-11-25", second(site))
            #expect(verdict.rule == "second_open_stay")
            #expect(verdict.fact("person") == "amin")
            #expect(verdict.fact("placement") == "p-1")
        }
        try story.given("2016-11-25", Self.transfer("p-1", "ivry"))
        #expect(story.when("2016-11-26", second("ney")).rule == "second_open_stay")
        try story.given("2016-11-27", Self.end("p-1"))
        #expect(story.when("2016-11-27", second("ney")).events == ["placement.started"])
        // Anonymous parties are not told apart.
        #expect(story.when("2016-11-28", Self.stay("p-3")).accepted)
        #expect(story.when("2016-11-28", Self.stay("p-4")).accepted)
    }

    @Test mutating func `a bed is held by one placement at a time`() throws {
        let second = Self.stay("p-2") { $0.bed = "b-1" }
        let verdict = story.when("2016-11-25", second)
        #expect(verdict.rule == "bed_held")
        #expect(verdict.fact("bed") == "b-1")
        #expect(verdict.fact("site") == "ney")
        #expect(verdict.fact("placement") == "p-1")
        #expect(story.when("2016-11-25", Self.stay("p-3", "ivry") { $0.bed = "b-1" }).accepted)
        try story.given("2016-11-26", Self.end("p-1"))
        #expect(story.when("2016-11-26", second).accepted)
    }

    @Test mutating func `a placement names only an operation that is known`() throws {
        let stay = Self.stay("p-2") { $0.operation = "op-1" }
        #expect(story.when("2016-11-25", stay).rule == "unknown_operation")
        try story.given("2016-11-24", OperationPlanned.with { $0.operation = "op-1" })
        #expect(story.when("2016-11-25", stay).accepted)
    }

    // MARK: What is out of the ordinary about coming

    @Test mutating func `people above capacity are taken in and noted`() {
        #expect(story.when("2016-11-25", Self.stay("p-2") { $0.party.adults = 399 }).anomalies == [])
        #expect(story.when("2016-11-25", Self.stay("p-3")).anomalies == [.occupancyAboveCapacity])
        #expect(people("ney", "2016-11-25") == 401)
        // The day before there was room.
        #expect(story.when("2016-11-24", Self.stay("p-4")).anomalies == [])
    }

    @Test mutating func `people for whom the site has no places are taken in and noted`() throws {
        let verdict = story.when("2016-11-25", Self.stay("p-2") { $0.party.audience = .families })
        #expect(verdict.anomalies == [.audienceMismatch])
        let found = try #require(story.anomalies(.audienceMismatch, asOf: "2016-11-25").first)
        #expect(found.subject == Subject(.placement, "p-2"))
        #expect(found.since == "2016-11-25")
        #expect(story.anomalies(.audienceMismatch, asOf: "2016-11-24").isEmpty)
        // Places for any audience take everybody, and a party of any audience goes anywhere.
        try story.given("2016-11-26", Self.capacity("ney", .any, 10))
        #expect(story.when("2016-11-26", Self.stay("p-3") { $0.party.audience = .families }).anomalies == [])
        #expect(story.when("2016-11-26", Self.stay("p-4", "ivry") { $0.party.audience = .any }).anomalies == [])
    }

    @Test mutating func `a site without any capacity yet takes every audience`() throws {
        try story.given("2016-11-10", Self.open("new"))
        #expect(story.when("2016-11-25", Self.stay("p-2", "new")).anomalies == [.occupancyAboveCapacity])
    }

    @Test mutating func `what is entered more than thirty days late is noted and listed`() throws {
        let onTime = story.when("2016-11-20", Self.stay("p-2"), recorded: "2016-12-20")
        #expect(onTime.anomalies == [])
        let late = story.when("2016-11-20", Self.stay("p-3"), recorded: "2016-12-20T00:00:00.000001Z")
        #expect(late.anomalies == [.enteredLate])
        let lateEnd = story.when("2016-11-22", Self.end("p-2"), recorded: "2017-01-01")
        #expect(lateEnd.anomalies == [.enteredLate])
        let lateTransfer = story.when("2016-11-22", Self.transfer("p-1", "ney2"), recorded: "2017-01-01")
        #expect(lateTransfer.rule == "unknown_site")
        let found = story.anomalies(.enteredLate, asOf: "2017-01-01").map(\.subject.id)
        #expect(found == ["p-2", "p-3"])
        #expect(story.anomalies(.enteredLate, asOf: "2016-11-19").isEmpty)
    }

    @Test mutating func `a transfer entered late is noted and listed`() {
        let verdict = story.when("2016-11-22", Self.transfer("p-1", "ivry"), recorded: "2017-01-01")
        #expect(verdict.anomalies == [.audienceMismatch, .enteredLate])
        #expect(story.anomalies(.enteredLate, asOf: "2017-01-01").map(\.subject.id) == ["p-1"])
    }

    @Test mutating func `a request entered late is noted and listed`() {
        let verdict = story.when("2016-11-20", Self.ask("r-1"), recorded: "2017-01-01")
        #expect(verdict.anomalies == [.enteredLate])
        do {
            #expect(story.anomalies(.enteredLate, asOf: "2017-01-01").map(\.subject) == [Subject(.request, "r-1")])
        }
    }

    // MARK: Moving

    @Test mutating func `moving leaves one bed and takes another`() throws {
        #expect(story.when("2016-11-21", Self.move("p-1", "b-2")).events == ["placement.moved"])
        #expect(try bedOfFirst == "b-2")
        #expect(story.when("2016-11-21", Self.stay("p-2") { $0.bed = "b-1" }).accepted)
        #expect(story.when("2016-11-22", Self.stay("p-3") { $0.bed = "b-2" }).rule == "bed_held")
        #expect(story.when("2016-11-22", Self.move("p-1", "b-1")).rule == "bed_held")
    }

    @Test mutating func `moving twice at one time changes nothing`() throws {
        try story.given("2016-11-21", Self.move("p-1", "b-2"))
        let verdict = story.when("2016-11-21", Self.move("p-1", "b-2"))
        #expect(verdict.accepted)
        #expect(verdict.events == [])
    }

    @Test mutating func `nothing is told to have happened before the latest move`() throws {
        try story.given("2016-11-25", Self.move("p-1", "b-2"))
        for command in [Self.move("p-1", "b-3"), Self.transfer("p-1", "ivry"), Self.end("p-1")] as [any CommandRecord] {
            let verdict = story.when("2016-11-24", command)
            #expect(verdict.rule == "ends_before_it_starts")
            #expect(verdict.fact("started") == "2016-11-25T00:00:00Z")
        }
    }

    @Test mutating func `a bed that was held at the time is not taken late`() throws {
        try story.given("2016-11-25", Self.move("p-1", "b-2"))
        let verdict = story.when("2016-11-24", Self.stay("p-2") { $0.bed = "b-1" })
        #expect(verdict.rule == "bed_held")
        #expect(verdict.fact("until") == "2016-11-25T00:00:00Z")
        #expect(story.when("2016-11-25", Self.stay("p-2") { $0.bed = "b-1" }).accepted)
    }

    @Test mutating func `a person is not on two sites in the past either`() throws {
        try story.given("2016-11-30", Self.end("p-1"))
        let second = Self.stay("p-2", "ivry") { $0.party.person = "amin" }
        let verdict = story.when("2016-11-29", second)
        #expect(verdict.rule == "second_open_stay")
        #expect(verdict.fact("placement") == "p-1")
        #expect(verdict.fact("since") == "2016-11-20")
        // Before the first stay there is room for one that ends before it, and for none that does not.
        try story.given("2016-11-15", second)
        #expect(story.when("2016-11-21", Self.end("p-2")).rule == "second_open_stay")
        #expect(story.when("2016-11-20", Self.end("p-2")).accepted)
    }

    @Test mutating func `nobody moves who is unknown, not yet there or gone`() throws {
        #expect(story.when("2016-11-21", Self.move("p-9", "b-2")).rule == "unknown_placement")
        #expect(story.when("2016-11-20T09:59:59Z", Self.move("p-1", "b-2")).rule == "ends_before_it_starts")
        try story.given("2016-11-30", Self.end("p-1"))
        let verdict = story.when("2016-12-01", Self.move("p-1", "b-2"))
        #expect(verdict.rule == "placement_already_ended")
        #expect(verdict.fact("ended") == "2016-11-30")
    }

    // MARK: Transferring

    @Test mutating func `a transfer ends the nights on one site and begins them on the other`() throws {
        #expect(story.when("2016-11-25", Self.transfer("p-1", "ivry", "c-1")).events == ["placement.transferred"])
        #expect(["2016-11-24", "2016-11-25"].map { people("ney", $0) } == [1, 0])
        #expect(["2016-11-24", "2016-11-25"].map { people("ivry", $0) } == [0, 1])
        #expect(story.world.placements.stays.count == 2)
        let (left, now) = (story.world.placements.stays[0], story.world.placements.stays[1])
        #expect(left.transferred && !left.continues && left.endDay == "2016-11-25" && left.destination == nil)
        #expect(now.continues && !now.transferred && now.endDay == nil)
        #expect(try bedOfFirst == "c-1")
        // The bed it left is free, the one it took is not.
        #expect(story.when("2016-11-25", Self.stay("p-2") { $0.bed = "b-1" }).accepted)
        #expect(story.when("2016-11-25", Self.stay("p-3", "ivry") { $0.bed = "c-1" }).rule == "bed_held")
    }

    @Test mutating func `transferring twice to one place changes nothing`() throws {
        try story.given("2016-11-25", Self.transfer("p-1", "ivry", "c-1"))
        let again = story.when("2016-11-25", Self.transfer("p-1", "ivry", "c-1"))
        #expect(again.accepted)
        #expect(again.events == [])
        #expect(story.when("2016-11-26", Self.transfer("p-1", "ivry", "c-2")).rule == "same_site")
    }

    @Test mutating func `nobody is transferred who is unknown, not yet there or gone`() throws {
        #expect(story.when("2016-11-25", Self.transfer("p-9", "ivry")).rule == "unknown_placement")
        #expect(story.when("2016-11-25", Self.transfer("p-1", "x")).rule == "unknown_site")
        let early = story.when("2016-11-20T09:59:59Z", Self.transfer("p-1", "ivry"))
        #expect(early.rule == "ends_before_it_starts")
        try story.given("2016-11-25T12:00:00Z", Self.transfer("p-1", "ivry"))
        #expect(story.when("2016-11-25T11:00:00Z", Self.transfer("p-1", "ney")).rule == "ends_before_it_starts")
        try story.given("2016-11-30", Self.end("p-1"))
        #expect(story.when("2016-12-01", Self.transfer("p-1", "ney")).rule == "placement_already_ended")
    }

    @Test mutating func `nobody is transferred to a closed site or into a held bed`() throws {
        try story.given("2016-11-20", Self.stay("p-2", "ivry") { $0.bed = "c-1" })
        #expect(story.when("2016-11-25", Self.transfer("p-1", "ivry", "c-1")).rule == "bed_held")
        try story.given("2016-11-10", Self.open("new"))
        try story.given("2016-11-24", SiteClosed.with { $0.site = "new" })
        for day in ["2016-11-24", "2016-11-25"] {
            let verdict = story.when(day, Self.transfer("p-1", "new"))
            #expect(verdict.rule == "site_not_open")
            #expect(verdict.fact("site") == "new")
        }
        #expect(try bedOfFirst == "b-1")
    }

    @Test mutating func `a transfer is noted like an arrival`() throws {
        try story.given("2016-11-21", Self.stay("p-2", "ivry") { $0.party.adults = 400 })
        let verdict = story.when("2016-11-25", Self.transfer("p-1", "ivry"))
        #expect(verdict.anomalies == [.occupancyAboveCapacity, .audienceMismatch])
    }

    // MARK: Ending

    @Test mutating func `who leaves is not there on the night of that day`() throws {
        #expect(story.when("2016-11-30", Self.end("p-1", .cao)).events == ["placement.ended"])
        #expect(["2016-11-29", "2016-11-30"].map { people("ney", $0) } == [1, 0])
        #expect(story.world.placements.stays[0].destination == .cao)
        #expect(try bedOfFirst == nil)
    }

    @Test mutating func `ending twice changes nothing, ending otherwise is refused`() throws {
        try story.given("2016-11-30", Self.end("p-1", .cao))
        #expect(story.when("2016-11-30", Self.end("p-1", .cao)).events == [])
        for verdict in [
            story.when("2016-11-30", Self.end("p-1", .street)), story.when("2016-12-01", Self.end("p-1", .cao)),
        ] {
            #expect(verdict.rule == "placement_already_ended")
            #expect(verdict.fact("ended") == "2016-11-30")
            #expect(verdict.fact("destination") == "CAO")
        }
        #expect(people("ney", "2016-11-30") == 0)
    }

    @Test mutating func `a stay does not end before it starts, nor before its transfer`() throws {
        #expect(story.when("2016-11-25", Self.end("p-9")).rule == "unknown_placement")
        let verdict = story.when("2016-11-20T09:59:59Z", Self.end("p-1"))
        #expect(verdict.rule == "ends_before_it_starts")
        #expect(verdict.fact("started") == "2016-11-20T10:00:00Z")
        try story.given("2016-11-25T12:00:00Z", Self.transfer("p-1", "ivry"))
        #expect(story.when("2016-11-25T11:59:59Z", Self.end("p-1")).rule == "ends_before_it_starts")
        #expect(story.when("2016-11-25T12:00:00Z", Self.end("p-1")).accepted)
        #expect(people("ivry", "2016-11-25") == 0)
    }

    @Test mutating func `a stay may end on the day it began and is then on no night`() throws {
        try story.given("2016-11-20T20:00:00Z", Self.end("p-1"))
        #expect(people("ney", "2016-11-20") == 0)
        #expect(people("ney", "2016-11-19") == 0)
    }

    @Test mutating func `a late end takes the person off every night since`() throws {
        try story.given("2016-12-10", Self.stay("p-2"))
        try story.given("2016-11-25", Self.end("p-1"))
        #expect(["2016-11-24", "2016-11-25", "2016-12-09", "2016-12-10"].map { people("ney", $0) } == [1, 0, 0, 1])
    }

    @Test mutating func `a stay longer than the target is listed while it lasts, and noted when it ends`() throws {
        try story.given(
            "2016-11-10",
            SiteStayTargetSet.with {
                $0.site = "ney"
                $0.daysMin = 5
                $0.daysMax = 10
            })
        #expect(story.anomalies(.stayBeyondTarget, asOf: "2016-11-30").isEmpty)
        let found = try #require(story.anomalies(.stayBeyondTarget, asOf: "2016-12-03").first)
        #expect(found.subject == Subject(.placement, "p-1"))
        #expect(found.since == "2016-12-01")
        #expect((found.value, found.limit) == (13, 10))
        #expect(story.when("2016-11-30", Self.stay("p-2")).accepted)
        #expect(story.when("2016-12-10", Self.end("p-2")).anomalies == [])
        #expect(story.when("2016-12-01", Self.end("p-1")).anomalies == [.stayBeyondTarget])
        do {
            #expect(story.anomalies(.stayBeyondTarget, asOf: "2016-12-03").map(\.subject.id) == ["p-1"])
        }
    }

    // MARK: Requests

    @Test mutating func `a request waits until it is closed`() throws {
        #expect(story.when("2016-11-20", Self.ask("r-1") { $0.site = "ney" }).events == ["placement.requested"])
        let request = { (story: Scenario) in story.world.placements.request("r-1")! }
        #expect(request(story).isWaiting(on: "2016-11-20"))
        #expect(!request(story).isWaiting(on: "2016-11-19"))
        #expect(story.when("2016-11-25", Self.close("r-1", .oriented, .cao)).events == ["placement.request_closed"])
        #expect(request(story).isWaiting(on: "2016-11-24"))
        #expect(!request(story).isWaiting(on: "2016-11-25"))
        #expect(request(story).closed?.closing.destination == .cao)
    }

    @Test mutating func `asking twice changes nothing, asking otherwise is refused`() throws {
        try story.given("2016-11-20", Self.ask("r-1"))
        #expect(story.when("2016-11-20", Self.ask("r-1")).events == [])
        for verdict in [
            story.when("2016-11-21", Self.ask("r-1")),
            story.when("2016-11-20", Self.ask("r-1") { $0.party.children = 1 }),
            story.when("2016-11-20", Self.ask("r-1") { $0.site = "ney" }),
        ] {
            #expect(verdict.rule == "request_exists")
            #expect(verdict.fact("request") == "r-1")
            #expect(verdict.fact("since") == "2016-11-20")
        }
        #expect(story.when("2016-11-20", Self.ask("r-2") { $0.site = "x" }).rule == "unknown_site")
    }

    /// Given: r-1 waits at ney, r-2 is placed after 5 days, r-3 is oriented after 9; told out of order.
    private mutating func waitingList() throws {
        try story.given("2016-11-22", Self.ask("r-1") { ($0.site, $0.party.children) = ("ney", 2) })
        try story.given("2016-11-20", Self.ask("r-2") { ($0.party.audience, $0.party.person) = (.singleMen, "amin") })
        try story.given("2016-11-21", Self.ask("r-3") { $0.site = "ivry" })
        try story.given("2016-11-30", Self.close("r-3", .oriented, .cao))
        try story.given("2016-11-25", Self.close("r-2", .placed, nil, "p-1"))
    }

    private func requests(
        _ day: Day, _ change: (inout RequestsQuery) -> Void = { _ in }
    ) throws -> RequestsQuery.Answer {
        try story.ask(
            RequestsQuery.with {
                $0.asOf = day
                change(&$0)
            }, today: "2030-01-01")
    }

    @Test mutating func `the waiting list shows who is waiting on a day, and for how long`() throws {
        try waitingList()
        func waiting(_ day: Day) throws -> [String] {
            try requests(day).rows.map { "\($0.request) \($0.waitingDays)" }
        }
        #expect(try waiting("2016-11-19") == [])
        #expect(try waiting("2016-11-24") == ["r-1 2", "r-2 4", "r-3 3"])
        #expect(try waiting("2016-11-25") == ["r-1 3", "r-3 4"])
        #expect(try waiting("2016-12-01") == ["r-1 9"])
        let answer = try requests("2016-11-24")
        #expect([answer.total, answer.people] == [3, 5])
        // What became of them later is not known on that day.
        #expect(answer.rows.allSatisfy { $0.closed == nil && $0.outcome == nil && $0.placement == nil })
        let first = try #require(answer.rows.first)
        #expect(first.site == "ney")
        #expect(first.asked == "2016-11-22")
        #expect([first.party.adults, first.party.children] == [1, 2])
        #expect(answer.rows[1].party.person == "amin")
    }

    @Test mutating func `closed requests tell how they ended`() throws {
        try waitingList()
        let closed = try requests("2016-12-01") { $0.state = .closed }
        #expect(closed.rows.map(\.request) == ["r-2", "r-3"])
        #expect(closed.rows.map(\.waitingDays) == [5, 9])
        #expect(closed.rows.map(\.closed) == ["2016-11-25", "2016-11-30"])
        #expect(closed.rows.map(\.outcome) == [.placed, .oriented])
        #expect(closed.rows.map(\.destination) == [nil, .cao])
        #expect(closed.rows.map(\.placement) == ["p-1", nil])
        #expect(try requests("2016-11-29") { $0.state = .closed }.rows.map(\.request) == ["r-2"])
        #expect(try requests("2016-11-29") { $0.state = .all }.total == 3)
    }

    @Test mutating func `requests are chosen by site and audience, and come in pages`() throws {
        try waitingList()
        #expect(try requests("2016-11-24") { $0.site = "ney" }.rows.map(\.request) == ["r-1"])
        #expect(try requests("2016-11-24") { $0.audience = .singleMen }.rows.map(\.request) == ["r-2"])
        var rows: [RequestsQuery.Row] = []
        var pages = 0
        var after: Int?
        repeat {
            let page = try requests("2016-11-24") { ($0.state, $0.limit, $0.after) = (.all, 1, after) }
            #expect(page.total == 3)
            rows += page.rows
            after = page.next
            pages += 1
        } while after != nil && pages < 5
        #expect(pages == 3)
        #expect(rows.map(\.request) == ["r-1", "r-2", "r-3"])
        for limit in [0, 1001] {
            #expect(throws: Rejection.self) { try requests("2016-11-24") { $0.limit = limit } }
        }
        #expect(throws: Rejection.self) { try requests("2016-11-24") { $0.site = "nowhere" } }
    }

    @Test mutating func `closing a request twice changes nothing, closing it otherwise is refused`() throws {
        #expect(story.when("2016-11-25", Self.close("r-1", .withdrawn)).rule == "unknown_request")
        try story.given("2016-11-20", Self.ask("r-1"))
        #expect(story.when("2016-11-19", Self.close("r-1", .withdrawn)).rule == "closes_before_it_opens")
        try story.given("2016-11-25", Self.close("r-1", .withdrawn))
        #expect(story.when("2016-11-25", Self.close("r-1", .withdrawn)).events == [])
        for verdict in [
            story.when("2016-11-26", Self.close("r-1", .withdrawn)),
            story.when("2016-11-25", Self.close("r-1", .noShow)),
        ] {
            #expect(verdict.rule == "request_already_closed")
            #expect(verdict.fact("closed") == "2016-11-25")
            #expect(verdict.fact("outcome") == "withdrawn")
        }
    }

    @Test mutating func `an orientation has a destination, another outcome has none`() throws {
        try story.given("2016-11-20", Self.ask("r-1"))
        #expect(story.when("2016-11-25", Self.close("r-1", .oriented)).rule == "destination_and_outcome")
        for outcome in RequestOutcome.allCases where outcome != .oriented {
            #expect(story.when("2016-11-25", Self.close("r-1", outcome, .cao)).rule == "destination_and_outcome")
        }
        #expect(story.when("2016-11-25", Self.close("r-1", .placed, nil, "p-9")).rule == "unknown_placement")
        #expect(story.when("2016-11-25", Self.close("r-1", .placed, nil, "p-1")).accepted)
    }

    // MARK: Histories

    @Test mutating func `the history of a person is that of their placements, the latest first`() throws {
        try story.given("2016-11-25", Self.transfer("p-1", "ivry"), Self.end("p-1"))
        try story.given("2016-12-01", Self.stay("p-2") { $0.party.person = "amin" }, Self.stay("p-3"))
        // Positions: four of the sites, 5 started, 6 transferred, 7 ended, 8 and 9 started.
        let amin = Subject(.person, "amin")
        #expect(story.world.positions(of: amin, before: nil, limit: 10) == [8, 7, 6, 5])
        #expect(story.world.positions(of: amin, before: 7, limit: 10) == [6, 5])
        #expect(story.world.positions(of: amin, before: nil, limit: 2) == [8, 7])
        #expect(story.world.positions(of: Subject(.placement, "p-1"), before: nil, limit: 10) == [7, 6, 5])
        #expect(story.world.positions(of: Subject(.person, "bilal"), before: nil, limit: 10) == [])
        #expect(story.world.last(of: Subject(.placement, "p-1")) == 7)
        #expect(story.world.last(of: Subject(.request, "p-1")) == 0)
    }
}
