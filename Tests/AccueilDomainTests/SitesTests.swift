import AccueilDomain
import AccueilTesting
import Testing

@Suite struct SitesTests {
    // Given: the site ney, a CPA in the 18th run by Emmaüs, open since 2016-11-10 with 400 places for single men.
    var story = Scenario()

    init() throws {
        try story.given("2016-11-10", Self.open, Self.capacity(400))
    }

    static let open = SiteOpened.with {
        $0.site = "ney"
        $0.kind = .cpa
        $0.name = "CPA boulevard Ney"
        $0.operators = ["emmaus-solidarite"]
        $0.commune = "75056"
        $0.arrondissement = 18
    }
    static let close = SiteClosed.with { $0.site = "ney" }

    static func capacity(_ places: Int, _ audience: Audience = .singleMen, from: Day? = nil) -> SiteCapacitySet {
        .with {
            $0.site = "ney"
            $0.audience = audience
            $0.places = places
            $0.effective = from
        }
    }

    static func block(_ places: Int) -> SitePlacesBlocked {
        .with {
            $0.site = "ney"
            $0.places = places
            $0.reason = .works
        }
    }

    static func release(_ places: Int) -> SitePlacesReleased {
        .with {
            $0.site = "ney"
            $0.places = places
        }
    }

    static func target(_ min: Int?, _ max: Int, from: Day? = nil) -> SiteStayTargetSet {
        .with {
            $0.site = "ney"
            $0.daysMin = min
            $0.daysMax = max
            $0.effective = from
        }
    }

    static func operators(_ operators: [Identifier], from: Day? = nil) -> SiteOperatorSet {
        .with {
            $0.site = "ney"
            $0.operators = operators
            $0.effective = from
        }
    }

    static func stay(_ placement: Identifier, adults: Int = 1) -> PlacementStarted {
        .with {
            $0.placement = placement
            $0.site = "ney"
            $0.party.audience = .singleMen
            $0.party.adults = adults
        }
    }

    static func end(_ placement: Identifier) -> PlacementEnded {
        .with {
            $0.placement = placement
            $0.destination = .cada
        }
    }

    var ney: Sites.Site { story.world.sites["ney"]! }

    // MARK: Opening

    @Test mutating func `a site is what it was opened as`() {
        let description = ney.description(on: "2016-11-10")
        #expect(description.kind == .cpa)
        #expect(description.name == "CPA boulevard Ney")
        #expect(description.commune == "75056")
        #expect(description.arrondissement == 18)
        #expect(ney.operators.value(on: "2016-11-10") == ["emmaus-solidarite"])
        #expect(ney.operators.value(on: "2016-11-09") == nil)
        #expect(ney.isOpen(on: "2016-11-10"))
        #expect(!ney.isOpen(on: "2016-11-09"))
        #expect(story.when("2016-11-10", SiteOpened.with { $0.site = "ivry" }).events == ["site.opened"])
        #expect(story.world.sites.number(of: "ivry") == 1)
    }

    @Test mutating func `opening the same site twice writes it once`() {
        let again = story.when("2016-11-10", Self.open)
        #expect(again.accepted)
        #expect(again.events == [])
    }

    static let otherOpenings: [(moment: String, change: @Sendable (inout SiteOpened) -> Void)] = [
        ("2016-11-11", { _ in }), ("2016-11-09", { _ in }), ("2016-11-10", { $0.kind = .chu }),
        ("2016-11-10", { $0.name = nil }), ("2016-11-10", { $0.commune = "94041" }),
        ("2016-11-10", { $0.arrondissement = 19 }), ("2016-11-10", { $0.operators = [] }),
    ]

    @Test(arguments: otherOpenings.indices)
    mutating func `an open site is not opened otherwise`(index: Int) {
        var other = Self.open
        Self.otherOpenings[index].change(&other)
        let verdict = story.when(Self.otherOpenings[index].moment, other)
        #expect(verdict.rule == "site_already_open")
        #expect(verdict.fact("site") == "ney")
        #expect(verdict.fact("since") == "2016-11-10")
    }

    @Test mutating func `there are twenty arrondissements`() {
        for arrondissement in [0, 21, -1] {
            let verdict = story.when(
                "2016-11-10",
                SiteOpened.with {
                    $0.site = "x"
                    $0.arrondissement = arrondissement
                })
            #expect(verdict.rule == "no_such_arrondissement")
            #expect(verdict.fact("arrondissement") == "\(arrondissement)")
        }
        for arrondissement in [1, 20] {
            let open = SiteOpened.with {
                $0.site = Identifier("x-\(arrondissement)")!
                $0.arrondissement = arrondissement
            }
            #expect(story.when("2016-11-10", open).accepted)
        }
    }

    @Test mutating func `a site opens again once it is closed, not before`() throws {
        try story.given("2017-01-10", Self.close)
        let overlap = story.when("2017-01-09", Self.open)
        #expect(overlap.rule == "open_periods_overlap")
        #expect(overlap.fact("closed") == "2017-01-10")
        #expect(overlap.fact("day") == "2017-01-09")
        #expect(story.when("2016-11-01", Self.open).rule == "open_periods_overlap")
        try story.given("2017-03-01", Self.open)
        #expect(ney.periods.map(\.from) == ["2016-11-10", "2017-03-01"])
        #expect(ney.periods.map(\.to) == ["2017-01-10", nil])
        #expect(
            ["2017-01-10", "2017-01-11", "2017-02-28", "2017-03-01"].map { ney.isOpen(on: $0) } == [
                false, false, false, true,
            ])
        #expect(ney.places(on: "2017-02-01") == 0)
        #expect(ney.places(on: "2017-03-01") == 400)
    }

    @Test mutating func `a site may open again on the day it closed`() throws {
        try story.given("2017-01-10", Self.close, Self.open)
        #expect(ney.isOpen)
        #expect(ney.isOpen(on: "2017-01-10"))
    }

    // MARK: An unknown site

    @Test mutating func `nothing is told about a site that was never opened`() {
        let commands: [any CommandRecord] = [
            SiteCapacitySet.with {
                $0.site = "x"
                $0.places = 1
            },
            SiteStayTargetSet.with {
                $0.site = "x"
                $0.daysMax = 1
            },
            SiteOperatorSet.with {
                $0.site = "x"
                $0.operators = ["a"]
            },
            SitePlacesBlocked.with {
                $0.site = "x"
                $0.places = 1
            },
            SitePlacesReleased.with {
                $0.site = "x"
                $0.places = 1
            },
            SiteClosed.with { $0.site = "x" },
        ]
        for command in commands {
            let verdict = story.when("2016-11-10", command)
            #expect(verdict.rule == "unknown_site")
            #expect(verdict.fact("site") == "x")
        }
    }

    // MARK: Capacity

    @Test mutating func `a capacity holds for its audience from its day on`() throws {
        try story.given(
            "2016-12-01", Self.capacity(450), Self.capacity(50, .families, from: "2017-01-01"),
            Self.capacity(300, from: "2016-11-20"))
        let places = ["2016-11-09", "2016-11-10", "2016-11-20", "2016-12-01", "2016-12-31", "2017-01-01"]
            .map { ney.places(on: $0) }
        #expect(places == [0, 400, 300, 450, 450, 500])
    }

    @Test mutating func `setting a capacity that holds already writes nothing`() {
        #expect(story.when("2016-11-10", Self.capacity(400)).events == [])
        #expect(story.when("2016-11-10", Self.capacity(0, .families)).events == ["site.capacity_set"])
    }

    @Test mutating func `a capacity said again for a later day outlives a change told late for the days between`()
        throws
    {
        story.when("2017-01-01", Self.capacity(400))
        try story.given("2017-02-01", Self.capacity(350, from: "2016-12-01"))
        #expect(ney.places(on: "2016-12-31") == 350)
        do {
            #expect(ney.places(on: "2017-01-01") == 400)
        }
    }

    @Test(arguments: [-1, 1_000_000_001, .min, .max])
    mutating func `a capacity is neither negative nor a typing error`(places: Int) {
        let verdict = story.when("2016-11-10", Self.capacity(places))
        #expect(verdict.rule == "capacity_out_of_bounds")
        #expect(verdict.fact("places") == "\(places)")
        #expect(story.when("2016-11-10", Self.capacity(0)).accepted)
    }

    @Test mutating func `fewer places than people, or than are blocked, is accepted and noted`() throws {
        try story.given("2016-11-11", Self.stay("p-1", adults: 30), Self.block(20))
        #expect(story.when("2016-11-12", Self.capacity(30)).anomalies == [])
        #expect(story.when("2016-11-12", Self.capacity(29)).anomalies == [.occupancyAboveCapacity])
        let verdict = story.when("2016-11-13", Self.capacity(19))
        #expect(verdict.anomalies == [.occupancyAboveCapacity, .blockedAboveCapacity])
        #expect(verdict.events == ["site.capacity_set"])
        #expect(ney.places(on: "2016-11-13") == 19)
    }

    // MARK: Stay target and operators

    @Test mutating func `a stay target holds from its day on, whenever it is told`() throws {
        try story.given("2017-01-01", Self.target(5, 10, from: "2016-11-10"))
        try story.given("2017-02-01", Self.target(nil, 15))
        #expect(ney.stayTarget.value(on: "2016-11-09") == nil)
        #expect(ney.stayTarget.value(on: "2017-01-31")?.daysMin == 5)
        #expect(ney.stayTarget.value(on: "2017-01-31")?.daysMax == 10)
        #expect(ney.stayTarget.value(on: "2017-02-01")?.daysMin == nil)
        #expect(ney.stayTarget.value(on: "2017-02-01")?.daysMax == 15)
        #expect(story.when("2017-02-01", Self.target(nil, 15)).events == [])
        #expect(story.when("2017-02-01", Self.target(5, 15)).events == ["site.stay_target_set"])
    }

    @Test(arguments: [(nil, 0), (nil, -1), (nil, 36_501), (11, 10), (-1, 10)] as [(Int?, Int)])
    mutating func `a stay target is a number of days, the least no more than the most`(min: Int?, max: Int) {
        #expect(story.when("2016-11-10", Self.target(min, max)).rule == "stay_target_out_of_bounds")
    }

    @Test(arguments: [(10, 10), (0, 1), (nil, 36_500)] as [(Int?, Int)])
    mutating func `a stay target may be at its bounds`(min: Int?, max: Int) {
        #expect(story.when("2016-11-10", Self.target(min, max)).accepted)
    }

    @Test mutating func `operators are all of them, from their day on, and at least one`() throws {
        try story.given("2017-01-01", Self.operators(["emmaus-solidarite", "utopia56"], from: "2016-12-01"))
        #expect(ney.operators.value(on: "2016-11-30") == ["emmaus-solidarite"])
        #expect(ney.operators.value(on: "2016-12-01") == ["emmaus-solidarite", "utopia56"])
        #expect(
            story.when("2017-01-01", Self.operators(["emmaus-solidarite", "utopia56"], from: "2016-12-01")).events == []
        )
        #expect(story.when("2017-01-01", Self.operators(["utopia56"])).events == ["site.operator_set"])
        #expect(story.when("2017-01-01", Self.operators([])).rule == "no_operator")
    }

    // MARK: Blocked places

    @Test mutating func `places are blocked from a day on until they are released`() throws {
        try story.given("2016-11-20", Self.block(10), Self.block(5))
        try story.given("2016-11-25", Self.release(12))
        try story.given("2016-11-15", Self.block(3))
        let blocked = ["2016-11-14", "2016-11-15", "2016-11-20", "2016-11-25"].map { ney.blocked.value(on: $0) }
        #expect(blocked == [0, 3, 18, 6])
    }

    @Test mutating func `more places blocked than there are is accepted and noted`() {
        #expect(story.when("2016-11-20", Self.block(400)).anomalies == [])
        #expect(story.when("2016-11-20", Self.block(1)).anomalies == [.blockedAboveCapacity])
        #expect(ney.blocked.value(on: "2016-11-20") == 401)
    }

    @Test mutating func `places are blocked by the piece, on a site that is open`() throws {
        for places in [0, -1, 1_000_000_001] {
            #expect(story.when("2016-11-20", Self.block(places)).rule == "places_out_of_bounds")
            #expect(story.when("2016-11-20", Self.release(places)).rule == "places_out_of_bounds")
        }
        #expect(story.when("2016-11-09", Self.block(1)).rule == "site_not_open")
        try story.given("2016-12-01", Self.close)
        #expect(story.when("2016-12-02", Self.block(1)).rule == "site_not_open")
        #expect(story.when("2016-11-30", Self.block(1)).accepted)
    }

    @Test mutating func `no more is released than is blocked`() throws {
        #expect(story.when("2016-11-20", Self.release(1)).rule == "released_above_blocked")
        try story.given("2016-11-20", Self.block(10))
        let verdict = story.when("2016-11-21", Self.release(11))
        #expect(verdict.rule == "released_above_blocked")
        #expect(verdict.fact("blocked") == "10")
        #expect(verdict.fact("places") == "11")
        // Before they were blocked there was nothing to release.
        #expect(story.when("2016-11-19", Self.release(1)).rule == "released_above_blocked")
        try story.given("2016-11-25", Self.release(10))
        #expect(story.when("2016-11-22", Self.release(1)).rule == "released_above_blocked")
    }

    @Test mutating func `what was released since is not released again in the past`() throws {
        try story.given("2016-11-20", Self.block(10))
        try story.given("2016-11-25", Self.release(10))
        try story.given("2016-11-28", Self.block(10))
        let verdict = story.when("2016-11-22", Self.release(10))
        do {
            #expect(verdict.rule == "released_above_blocked")
            #expect(ney.blocked.value(on: "2016-11-26") >= 0)
        }
    }

    // MARK: Closing

    @Test mutating func `an empty site closes, and closing it twice changes nothing`() {
        #expect(story.when("2017-01-10", Self.close).events == ["site.closed"])
        #expect(story.when("2017-01-10", Self.close).events == [])
        #expect(!ney.isOpen)
        #expect(ney.isOpen(on: "2017-01-09"))
        #expect(!ney.isOpen(on: "2017-01-10"))
        #expect(ney.places(on: "2017-01-11") == 0)
    }

    @Test mutating func `a closed site is not closed on another day`() throws {
        try story.given("2017-01-10", Self.close)
        let verdict = story.when("2017-01-20", Self.close)
        #expect(verdict.events == [])
        do {
            #expect(verdict.rejection != nil)
        }
    }

    @Test mutating func `a site does not close before it opens`() {
        let verdict = story.when("2016-11-09", Self.close)
        #expect(verdict.rule == "closes_before_it_opens")
        #expect(verdict.fact("opened") == "2016-11-10")
        #expect(story.when("2016-11-10", Self.close).accepted)
    }

    @Test mutating func `a site with people inside does not close, on that day or before they came`() throws {
        try story.given("2016-12-01T18:00:00Z", Self.stay("p-1", adults: 3))
        for day in ["2016-12-01", "2016-11-15", "2017-01-10"] {
            let verdict = story.when(day, Self.close)
            #expect(verdict.rule == "site_not_empty")
            #expect(verdict.fact("people") == "3")
        }
        #expect(ney.isOpen)
        try story.given("2016-12-20T09:00:00Z", Self.end("p-1"))
        #expect(story.when("2016-12-19", Self.close).rule == "site_not_empty")
        #expect(story.when("2016-12-20", Self.close).events == ["site.closed"])
    }

    @Test mutating func `a site closes once everybody is transferred`() throws {
        try story.given(
            "2016-11-10",
            SiteOpened.with {
                $0.site = "ivry"
                $0.kind = .chu
            })
        try story.given("2016-12-01", Self.stay("p-1"), Self.stay("p-2", adults: 2))
        let move = { (placement: Identifier) in
            PlacementTransferred.with {
                $0.placement = placement
                $0.site = "ivry"
            }
        }
        try story.given("2016-12-10", move("p-1"))
        #expect(story.when("2016-12-10", Self.close).fact("people") == "2")
        try story.given("2016-12-10", move("p-2"), Self.close)
        #expect(!ney.isOpen)
        #expect(story.world.placements.occupied(site: 0, on: "2016-12-10") == 0)
        #expect(story.world.placements.occupied(site: 1, on: "2016-12-10") == 3)
    }

    // MARK: Anomalies of a day

    @Test mutating func `a site above its capacity is listed from the day on which it was, as long as it is`() throws {
        try story.given("2016-12-01", Self.stay("p-1", adults: 400))
        try story.given("2016-12-05", Self.stay("p-2", adults: 7))
        #expect(story.anomalies(.occupancyAboveCapacity, asOf: "2016-12-04").isEmpty)
        let found = try #require(story.anomalies(.occupancyAboveCapacity, asOf: "2016-12-08").first)
        #expect(found.subject == Subject(.site, "ney"))
        #expect(found.since == "2016-12-05")
        #expect((found.value, found.limit) == (407, 400))
        try story.given("2016-12-09", Self.end("p-2"))
        #expect(story.anomalies(.occupancyAboveCapacity, asOf: "2016-12-09").isEmpty)
        #expect(story.anomalies(.occupancyAboveCapacity, asOf: "2016-12-08").count == 1)
    }

    @Test mutating func `more blocked than there are is listed with what there is`() throws {
        try story.given("2016-12-01", Self.block(390))
        try story.given("2016-12-05", Self.capacity(380))
        #expect(story.anomalies(.blockedAboveCapacity, asOf: "2016-12-04").isEmpty)
        let found = try #require(story.anomalies(.blockedAboveCapacity, asOf: "2016-12-06").first)
        #expect(found.since == "2016-12-05")
        #expect((found.value, found.limit) == (390, 380))
        try story.given("2016-12-07", Self.close)
        do {
            #expect(story.anomalies(.blockedAboveCapacity, asOf: "2016-12-08").isEmpty)
        }
    }
}
