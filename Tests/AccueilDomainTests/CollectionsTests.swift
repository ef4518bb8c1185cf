import AccueilDomain
import AccueilTesting
import Testing

@Suite struct CollectionsTests {
    // Given: the points bastille and belleville, open since 2016-11-01, and the site ney.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-01T09:00:00Z", Self.point("bastille"), Self.point("belleville"),
            SiteOpened.with { $0.site = "ney" })
    }

    static func point(_ point: Identifier) -> CollectionPointOpened {
        .with {
            $0.point = point
            $0.name = "Point de collecte"
            $0.commune = "75056"
            $0.arrondissement = 11
            $0.operators = ["emmaus"]
        }
    }

    static func close(_ point: Identifier = "bastille") -> CollectionPointClosed { .with { $0.point = point } }

    static func goods(
        _ category: GoodsCategory, at point: Identifier = "bastille", unit: GoodsUnit = .item
    ) -> Goods {
        Goods(point: point, category: category, unit: unit)
    }

    static func receive(_ quantity: Int, _ goods: Goods = goods(.shoes)) -> CollectionReceived {
        .with {
            $0.goods = goods
            $0.quantity = quantity
            $0.donorKind = .individual
        }
    }

    static func sort(
        _ quantity: Int, from: GoodsCategory = .unsorted, into: GoodsCategory
    ) -> CollectionSorted {
        .with {
            $0.point = "bastille"
            $0.quantity = quantity
            $0.from = from
            $0.into = into
        }
    }

    static func dispatch(
        _ quantity: Int, _ goods: Goods = goods(.shoes), toPoint: Identifier? = nil, toSite: Identifier? = nil
    ) -> CollectionDispatched {
        .with {
            $0.goods = goods
            $0.quantity = quantity
            $0.toPoint = toPoint
            $0.toSite = toSite
        }
    }

    static func distribute(_ quantity: Int, _ goods: Goods = goods(.shoes)) -> CollectionDistributed {
        .with {
            $0.goods = goods
            $0.quantity = quantity
        }
    }

    static func discard(_ quantity: Int, _ goods: Goods = goods(.shoes)) -> CollectionDiscarded {
        .with {
            $0.goods = goods
            $0.quantity = quantity
            $0.reason = .damaged
        }
    }

    static func count(_ quantity: Int, _ goods: Goods = goods(.shoes)) -> CollectionCounted {
        .with {
            $0.goods = goods
            $0.quantity = quantity
        }
    }

    static func need(
        _ need: Identifier, _ change: (inout CollectionNeedDeclared) -> Void = { _ in }
    ) -> CollectionNeedDeclared {
        .with {
            $0.need = need
            $0.point = "bastille"
            $0.category = .jackets
            change(&$0)
        }
    }

    static func end(_ need: Identifier, _ outcome: NeedOutcome = .met) -> CollectionNeedClosed {
        .with {
            $0.need = need
            $0.outcome = outcome
        }
    }

    /// The quantity in stock at the end of a day; `nil` where there is no such stock.
    private func stock(_ goods: Goods = goods(.shoes), asOf day: Day) throws -> Int? {
        let query = StockQuery.with {
            $0.asOf = day
            $0.point = goods.point
            $0.category = goods.category
        }
        return try story.ask(query, today: "2017-03-23").rows.first { $0.unit == goods.unit }?.quantity
    }

    // MARK: Points

    @Test mutating func `opening the same point twice writes it once, opening it otherwise is refused`() {
        #expect(story.when("2016-11-01", Self.point("bastille")).events == [])
        let verdict = story.when("2016-11-02", Self.point("bastille"))
        #expect(verdict.rule == "point_already_open")
        #expect(verdict.fact("opened") == "2016-11-01")
        #expect(
            story.when("2016-11-01", .with { $0.point = "bastille" } as CollectionPointOpened).rule
                == "point_already_open")
        #expect(
            story.when(
                "2016-11-01",
                .with {
                    $0.point = "new"
                    $0.arrondissement = 21
                } as CollectionPointOpened
            ).rule
                == "no_such_arrondissement")
    }

    @Test mutating func `an unknown point is refused`() {
        let nowhere = Self.goods(.shoes, at: "nowhere")
        let commands: [any CommandRecord] = [
            Self.close("nowhere"), Self.receive(1, nowhere), Self.dispatch(1, nowhere, toSite: "ney"),
            Self.distribute(1, nowhere), Self.discard(1, nowhere), Self.count(1, nowhere),
            CollectionSorted.with {
                $0.point = "nowhere"
                $0.quantity = 1
            }, Self.need("n-1") { $0.point = "nowhere" },
            Self.dispatch(1, toPoint: "nowhere"),
        ]
        for command in commands {
            let verdict = story.when("2016-11-02", command)
            #expect(verdict.rule == "unknown_point")
            #expect(verdict.fact("point") == "nowhere")
        }
    }

    @Test mutating func `nothing happens at a point before it opens or once it is closed`() throws {
        try story.given("2016-11-02", Self.receive(5, Self.goods(.shoes, at: "belleville")))
        try story.given("2016-11-10T18:00:00Z", Self.close())
        let commands: [any CommandRecord] = [
            Self.receive(1), Self.sort(1, into: .shoes), Self.dispatch(1, toSite: "ney"), Self.distribute(1),
            Self.discard(1), Self.count(0), Self.need("n-1"),
            Self.dispatch(1, Self.goods(.shoes, at: "belleville"), toPoint: "bastille"),
        ]
        for moment in ["2016-10-31", "2016-11-10T18:00:00Z", "2016-11-10T20:00:00Z", "2016-12-01"] {
            for command in commands {
                #expect(story.when(moment, command).rule == "point_not_open")
            }
        }
        // It was closed empty; one late entry would say it was not.
        #expect(story.when("2016-11-09", Self.receive(1)).rule == "point_not_open")
    }

    @Test mutating func `goods of the opening day are taken in, whatever the hour, those of the day before are not`() {
        let early = story.when("2016-10-31T23:59:59Z", Self.receive(1))
        #expect(early.rule == "point_not_open")
        #expect(early.fact("opened") == "2016-11-01")
        #expect(story.when("2016-11-01", Self.receive(1)).accepted)
    }

    @Test mutating func `a point with stock is not closed`() throws {
        try story.given("2016-11-02", Self.receive(5), Self.receive(2, Self.goods(.food, unit: .kg)))
        try story.given("2016-11-03", Self.distribute(5))
        let verdict = story.when("2016-11-04", Self.close())
        #expect(verdict.rule == "point_not_empty")
        #expect(["category", "unit", "quantity"].map(verdict.fact) == ["food", "kg", "2"])
        try story.given("2016-11-04", Self.discard(2, Self.goods(.food, unit: .kg)))
        #expect(story.when("2016-11-04", Self.close()).events == ["collection.point_closed"])
        #expect(story.when("2016-11-04", Self.close()).events == [])
        #expect(story.when("2016-11-05", Self.close()).rule == "point_already_closed")
    }

    @Test mutating func `a point closes neither before it opens nor before goods were last moved`() throws {
        #expect(story.when("2016-10-31", Self.close()).rule == "closes_before_it_opens")
        try story.given("2016-11-05", Self.receive(5), Self.distribute(5))
        #expect(story.when("2016-11-04", Self.close()).rule == "closes_before_latest_movement")
    }

    @Test mutating func `a closed point reopens, but not before it was closed`() throws {
        try story.given("2016-11-10T18:00:00Z", Self.close())
        let early = story.when("2016-11-10T17:00:00Z", Self.point("bastille"))
        #expect(early.rule == "open_periods_overlap")
        try story.given("2016-11-10T20:00:00Z", Self.point("bastille"))
        #expect(story.when("2016-11-10T19:00:00Z", Self.receive(1)).rule == "point_not_open")
        #expect(story.when("2016-11-10T21:00:00Z", Self.receive(1)).accepted)
    }

    // MARK: Stock

    @Test mutating func `received goods are sorted, dispatched, distributed and discarded`() throws {
        try story.given("2016-11-02", Self.receive(100, Self.goods(.unsorted)))
        let steps: [(any CommandRecord, String)] = [
            (Self.sort(60, into: .shoes), "collection.sorted"),
            (Self.sort(10, from: .shoes, into: .other), "collection.sorted"),
            (Self.dispatch(20, toPoint: "belleville"), "collection.dispatched"),
            (Self.dispatch(5, toSite: "ney"), "collection.dispatched"),
            (Self.distribute(15), "collection.distributed"),
            (Self.discard(3), "collection.discarded"),
        ]
        for (command, type) in steps { #expect(story.when("2016-11-03", command).events == [type]) }
        let answer = try story.ask(StockQuery(), today: "2016-11-03")
        #expect(
            answer.rows == [
                .with {
                    $0.point = "bastille"
                    $0.name = "Point de collecte"
                    $0.category = .other
                    $0.quantity = 10
                    $0.sortedIn = 10
                },
                .with {
                    $0.point = "bastille"
                    $0.name = "Point de collecte"
                    $0.category = .shoes
                    $0.quantity = 7
                    $0.sortedIn = 60
                    $0.dispatched = 25
                    $0.distributed = 15
                    $0.discarded = 3
                },
                .with {
                    $0.point = "bastille"
                    $0.name = "Point de collecte"
                    $0.category = .unsorted
                    $0.quantity = 40
                    $0.received = 100
                },
                .with {
                    $0.point = "belleville"
                    $0.name = "Point de collecte"
                    $0.category = .shoes
                    $0.quantity = 20
                },
            ])
        let before = try story.ask(.with { $0.asOf = "2016-11-02" } as StockQuery, today: "2016-11-03")
        #expect(before.rows.map(\.category) == [.unsorted])
        #expect(before.rows.map(\.quantity) == [100])
        let other = try story.ask(.with { $0.category = .other } as StockQuery, today: "2016-11-03")
        #expect(other.rows.map(\.quantity) == [10])
        let belleville = try story.ask(.with { $0.point = "belleville" } as StockQuery, today: "2016-11-03")
        #expect(belleville.rows.map(\.quantity) == [20])
        #expect(throws: Rejection.self) {
            try story.ask(.with { $0.point = "nowhere" } as StockQuery, today: "2016-11-03")
        }
    }

    @Test mutating func `what was received is told by who gave it, of the goods that were asked for`() throws {
        let company = CollectionReceived.with {
            $0.goods = Self.goods(.shoes, at: "belleville", unit: .pair)
            $0.quantity = 50
            $0.donorKind = .company
        }
        try story.given("2016-11-02T10:00:00Z", Self.receive(3), Self.receive(4, Self.goods(.tops)), company, company)
        try story.given("2016-11-05T10:00:00Z", company)
        func given(_ change: (inout StockQuery) -> Void) throws -> [String] {
            try story.ask(StockQuery.with(change), today: "2016-11-03").receivedFrom.map {
                "\($0.donorKind.rawValue) \($0.deliveries)×: \($0.quantity) \($0.unit.rawValue)"
            }
        }
        #expect(try given { _ in } == ["company 2×: 100 pair", "individual 2×: 7 item"])
        #expect(try given { $0.category = .tops } == ["individual 1×: 4 item"])
        #expect(try given { $0.point = "belleville" } == ["company 2×: 100 pair"])
        #expect(try given { $0.asOf = "2016-11-05" } == ["company 3×: 150 pair", "individual 2×: 7 item"])
    }

    @Test mutating func `no more goes out than is there`() throws {
        try story.given("2016-11-02", Self.receive(10), Self.receive(10, Self.goods(.unsorted)))
        let commands: [any CommandRecord] = [
            Self.dispatch(11, toSite: "ney"), Self.dispatch(11, toPoint: "belleville"), Self.distribute(11),
            Self.discard(11), Self.sort(11, into: .shoes), Self.distribute(11, Self.goods(.shoes, at: "belleville")),
            Self.distribute(1, Self.goods(.shoes, unit: .pair)), Self.distribute(1, Self.goods(.tops)),
        ]
        for command in commands { #expect(story.when("2016-11-03", command).rule == "stock_below_zero") }
        let verdict = story.when("2016-11-03", Self.distribute(12))
        #expect(["category", "unit", "day", "short"].map(verdict.fact) == ["shoes", "item", "2016-11-03", "2"])
        #expect(story.when("2016-11-03", Self.distribute(10)).accepted)
    }

    @Test mutating func `a late entry that would empty the stock below zero on a later day names that day`() throws {
        try story.given("2016-11-02", Self.receive(10))
        try story.given("2016-11-10", Self.distribute(8))
        try story.given("2016-11-20", Self.receive(100))
        let verdict = story.when("2016-11-05", Self.distribute(3))
        #expect(verdict.rule == "stock_below_zero")
        #expect(verdict.fact("day") == "2016-11-10")
        #expect(story.when("2016-11-01", Self.distribute(1)).fact("day") == "2016-11-01")
        #expect(story.when("2016-11-05", Self.distribute(2)).accepted)
        #expect(try stock(asOf: "2016-11-09") == 8)
        #expect(try stock(asOf: "2016-11-10") == 0)
        let early = try story.ask(.with { $0.asOf = "2016-11-09" } as StockQuery, today: "2017-03-23").rows
        #expect(early.map { [$0.received, $0.distributed] } == [[10, 2]])
        // Goods told late arrive on their day.
        try story.given("2016-11-03", Self.receive(4))
        #expect(
            try [stock(asOf: "2016-11-02"), stock(asOf: "2016-11-03"), stock(asOf: "2016-11-20")] == [10, 14, 104])
    }

    @Test(arguments: [0, -1, 1_000_000_001, 9_007_199_254_740_991, -9_007_199_254_740_991])
    func `a quantity is from one to a thousand million`(quantity: Int) throws {
        var story = story
        try story.given("2016-11-02", Self.receive(countMax))
        var commands: [any CommandRecord] = [
            Self.receive(quantity), Self.sort(quantity, from: .shoes, into: .other),
            Self.dispatch(quantity, toSite: "ney"), Self.distribute(quantity), Self.discard(quantity),
            Self.need("n-1") { $0.quantity = quantity },
        ]
        if quantity != 0 { commands.append(Self.count(quantity)) }
        for command in commands { #expect(story.when("2016-11-03", command).rule == "quantity_out_of_bounds") }
    }

    @Test mutating func `goods are sorted into another category, dispatched to one other place`() throws {
        try story.given("2016-11-02", Self.receive(10))
        #expect(story.when("2016-11-03", Self.sort(1, from: .shoes, into: .shoes)).rule == "sorted_into_itself")
        #expect(story.when("2016-11-03", Self.dispatch(1)).rule == "point_or_site")
        let both = Self.dispatch(1, toPoint: "belleville", toSite: "ney")
        #expect(story.when("2016-11-03", both).rule == "point_or_site")
        #expect(story.when("2016-11-03", Self.dispatch(1, toPoint: "bastille")).rule == "dispatched_to_itself")
        #expect(story.when("2016-11-03", Self.dispatch(1, toSite: "nowhere")).rule == "unknown_site")
    }

    @Test mutating func `goods are distributed to some people, during a known operation`() throws {
        try story.given("2016-11-02", Self.receive(10), OperationPlanned.with { $0.operation = "op-1" })
        func distribute(_ people: Int?, _ operation: Identifier?) -> CollectionDistributed {
            .with {
                $0.goods = Self.goods(.shoes)
                $0.quantity = 1
                $0.people = people
                $0.operation = operation
            }
        }
        #expect(story.when("2016-11-03", distribute(0, nil)).rule == "headcount_out_of_bounds")
        #expect(story.when("2016-11-03", distribute(1_000_000_001, nil)).rule == "headcount_out_of_bounds")
        #expect(story.when("2016-11-03", distribute(1, "op-2")).rule == "unknown_operation")
        #expect(story.when("2016-11-03", distribute(1, "op-1")).accepted)
    }

    // MARK: Counting

    @Test mutating func `a count becomes the book stock, and a difference is an anomaly until the next count`() throws {
        try story.given("2016-11-02", Self.receive(10))
        let verdict = story.when("2016-11-05", Self.count(8))
        #expect(verdict.events == ["collection.counted"])
        #expect(verdict.anomalies == [.countDiffers])
        #expect(try [stock(asOf: "2016-11-04"), stock(asOf: "2016-11-05")] == [10, 8])
        #expect(story.when("2016-11-06", Self.distribute(9)).rule == "stock_below_zero")
        let found = story.anomalies(.countDiffers, asOf: "2016-11-06")
        #expect(found.map(\.subject) == [Subject(.point, "bastille")])
        #expect(found.map(\.since) == ["2016-11-05"])
        #expect(found.map { [$0.value, $0.limit] } == [[8, 10]])
        #expect(story.anomalies(.countDiffers, asOf: "2016-11-04").isEmpty)
        #expect(story.when("2016-11-07", Self.count(8)).anomalies == [])
        #expect(story.anomalies(.countDiffers, asOf: "2016-11-07").isEmpty)
        let rows = try story.ask(.with { $0.asOf = "2016-11-06" } as StockQuery, today: "2017-03-23").rows
        #expect(rows.map(\.lastCounted) == ["2016-11-05"])
    }

    @Test mutating func `a count as expected is no anomaly, and the same count twice is written once`() throws {
        try story.given("2016-11-02", Self.receive(10))
        let first = story.when("2016-11-05", Self.count(10))
        #expect(first.events == ["collection.counted"])
        #expect(first.anomalies == [])
        #expect(story.when("2016-11-05", Self.count(10)).events == [])
        #expect(story.when("2016-11-06", Self.count(10)).events == ["collection.counted"])
    }

    @Test mutating func `what a late entry explains is no longer a difference`() throws {
        try story.given("2016-11-02", Self.receive(10))
        try story.given("2016-11-05", Self.count(8))
        try story.given("2016-11-04", Self.distribute(2))
        #expect(story.anomalies(.countDiffers, asOf: "2016-11-05").isEmpty)
        #expect(try [stock(asOf: "2016-11-04"), stock(asOf: "2016-11-05")] == [8, 8])
    }

    @Test mutating func `a late count cannot leave less than went out after it`() throws {
        try story.given("2016-11-02", Self.receive(10))
        try story.given("2016-11-10", Self.distribute(6))
        let verdict = story.when("2016-11-05", Self.count(5))
        #expect(verdict.rule == "stock_below_zero")
        #expect(verdict.fact("day") == "2016-11-10")
        #expect(story.when("2016-11-05", Self.count(6)).accepted)
        #expect(story.when("2016-11-12", Self.count(0)).anomalies == [])
    }

    // MARK: Needs

    private func needs(asOf day: Day, _ change: (inout NeedsQuery) -> Void = { _ in }) throws -> [NeedsQuery.Row] {
        let query = NeedsQuery.with {
            $0.asOf = day
            change(&$0)
        }
        return try story.ask(query, today: "2017-03-23").rows
    }

    @Test mutating func `a need is confirmed or changed by declaring it again`() throws {
        let need = Self.need("n-1") { $0.quantity = 50 }
        #expect(story.when("2016-11-02", need).events == ["collection.need_declared"])
        #expect(story.when("2016-11-02", need).events == [])
        #expect(story.when("2016-11-04", need).events == ["collection.need_declared"])
        let changed = Self.need("n-1") {
            $0.quantity = 20
            $0.priority = .urgent
        }
        #expect(story.when("2016-11-06", changed).events == ["collection.need_declared"])
        #expect(story.when("2016-11-04", need).events == [])
        let row = NeedsQuery.Row.with {
            $0.need = "n-1"
            $0.point = "bastille"
            $0.category = .jackets
            $0.quantity = 50
            $0.declared = "2016-11-02"
            $0.updated = "2016-11-02"
        }
        #expect(try needs(asOf: "2016-11-01") == [])
        #expect(try needs(asOf: "2016-11-03") == [row])
        #expect(
            try needs(asOf: "2016-11-06") == [
                .with {
                    $0 = row
                    $0.quantity = 20
                    $0.priority = .urgent
                    $0.updated = "2016-11-06"
                }
            ])
    }

    @Test mutating func `a declaration told late takes its place among the others`() throws {
        try story.given("2016-11-06", Self.need("n-1") { $0.quantity = 20 })
        try story.given("2016-11-02", Self.need("n-1") { $0.quantity = 50 })
        #expect(try needs(asOf: "2016-11-03").map(\.quantity) == [50])
        let rows = try needs(asOf: "2016-11-06")
        #expect(rows.map(\.quantity) == [20])
        #expect(rows.map(\.declared) == ["2016-11-02"])
    }

    @Test mutating func `a need keeps its place, category and unit`() throws {
        try story.given("2016-11-02", Self.need("n-1"))
        let others: [(inout CollectionNeedDeclared) -> Void] = [
            { $0.category = .shoes }, { $0.unit = .kg }, { $0.point = "belleville" },
            {
                $0.point = nil
                $0.site = "ney"
            },
        ]
        for other in others { #expect(story.when("2016-11-03", Self.need("n-1", other)).rule == "need_exists") }
    }

    @Test mutating func `a need is that of one point or one site`() {
        #expect(story.when("2016-11-02", Self.need("n-1") { $0.point = nil }).rule == "point_or_site")
        #expect(story.when("2016-11-02", Self.need("n-1") { $0.site = "ney" }).rule == "point_or_site")
        #expect(
            story.when(
                "2016-11-02",
                Self.need("n-1") {
                    $0.point = nil
                    $0.site = "none"
                }
            ).rule == "unknown_site")
        #expect(
            story.when(
                "2016-11-02",
                Self.need("n-1") {
                    $0.point = nil
                    $0.site = "ney"
                }
            ).accepted)
    }

    @Test mutating func `a closed need is neither declared nor closed again`() throws {
        try story.given("2016-11-02", Self.need("n-1"))
        #expect(story.when("2016-11-05", Self.end("n-1")).events == ["collection.need_closed"])
        #expect(story.when("2016-11-05", Self.end("n-1")).events == [])
        #expect(story.when("2016-11-05", Self.end("n-1", .replaced)).rule == "need_already_closed")
        #expect(story.when("2016-11-06", Self.end("n-1")).rule == "need_already_closed")
        let verdict = story.when("2016-11-06", Self.need("n-1"))
        #expect(verdict.rule == "need_closed")
        #expect(verdict.fact("outcome") == "met")
        // Told late: it was confirmed before it was met.
        #expect(story.when("2016-11-04", Self.need("n-1")).accepted)
    }

    @Test mutating func `only a known need is closed, and not before it was last declared`() throws {
        #expect(story.when("2016-11-02", Self.end("n-1")).rule == "unknown_need")
        try story.given("2016-11-02", Self.need("n-1"))
        try story.given("2016-11-04", Self.need("n-1"))
        #expect(story.when("2016-11-03", Self.end("n-1")).rule == "closes_before_it_opens")
    }

    @Test mutating func `a need shows as closed from that day on`() throws {
        try story.given("2016-11-02", Self.need("n-1"))
        try story.given("2016-11-05", Self.end("n-1", .replaced))
        #expect(try needs(asOf: "2016-11-04").map(\.closed) == [nil])
        #expect(try needs(asOf: "2016-11-04") { $0.state = .closed } == [])
        #expect(try needs(asOf: "2016-11-05") == [])
        let closed = try needs(asOf: "2016-11-05") { $0.state = .closed }
        #expect(closed.map(\.closed) == ["2016-11-05"])
        #expect(closed.map(\.outcome) == [.replaced])
        #expect(closed.map(\.stale) == [false])
        #expect(try needs(asOf: "2016-11-05") { $0.state = .all } == closed)
    }

    @Test mutating func `needs are chosen by place and category, the most pressing first`() throws {
        try story.given("2016-11-03", Self.need("n-1"), Self.need("n-2") { $0.priority = .low })
        try story.given(
            "2016-11-02", Self.need("n-3"),
            Self.need("n-4") {
                $0.category = .water
                $0.unit = .l
                $0.priority = .high
            },
            Self.need("n-5") {
                $0.point = nil
                $0.site = "ney"
                $0.priority = .urgent
            })
        #expect(try needs(asOf: "2016-11-03").map(\.need) == ["n-5", "n-4", "n-3", "n-1", "n-2"])
        #expect(try needs(asOf: "2016-11-03") { $0.site = "ney" }.map(\.need) == ["n-5"])
        #expect(try needs(asOf: "2016-11-03") { $0.point = "belleville" }.map(\.need) == [])
        #expect(try needs(asOf: "2016-11-03") { $0.point = "bastille" }.count == 4)
        #expect(try needs(asOf: "2016-11-03") { $0.category = .water }.map(\.need) == ["n-4"])
        #expect(throws: Rejection.self) { try needs(asOf: "2016-11-03") { $0.point = "nowhere" } }
        #expect(throws: Rejection.self) { try needs(asOf: "2016-11-03") { $0.site = "nowhere" } }
    }

    @Test mutating func `a need is stale on the day its 48 hours run out, until it is confirmed or closed`() throws {
        try story.given("2016-11-02T10:00:00Z", Self.need("n-1"))
        try story.given("2016-11-07T10:00:00Z", Self.need("n-1"))
        func stale(_ day: Day) throws -> [Bool] { try needs(asOf: day).map(\.stale) }
        #expect(try stale("2016-11-03") == [false])
        #expect(try stale("2016-11-04") == [true])
        #expect(try stale("2016-11-06") == [true])
        #expect(try stale("2016-11-07") == [false])
        #expect(try stale("2016-11-09") == [true])
        let found = story.anomalies(.needStale, asOf: "2016-11-05")
        #expect(found.map(\.subject) == [Subject(.need, "n-1")])
        #expect(found.map(\.since) == ["2016-11-04"])
        #expect(found.map { [$0.value, $0.limit] } == [[86, 48]])
        try story.given("2016-11-10", Self.end("n-1"))
        #expect(story.anomalies(.needStale, asOf: "2016-11-09").count == 1)
        #expect(story.anomalies(.needStale, asOf: "2016-11-10").isEmpty)
    }

    @Test func `exactly 48 hours at the end of the day are not yet too long`() throws {
        var story = Scenario()
        try story.given("2016-11-01", Self.point("bastille"), Self.need("n-1"))
        #expect(story.anomalies(.needStale, asOf: "2016-11-02").isEmpty)
        #expect(story.anomalies(.needStale, asOf: "2016-11-03").map(\.value) == [72])
    }

    @Test func `48 hours are counted in hours, also when the clocks change`() throws {
        // 2017-03-26 has 23 hours in Paris: declared at 00:30 on the 25th, the 48 hours end at 01:30 on the 27th.
        let calendar = CivilCalendar(
            name: "Europe/Paris",
            periods: [.init(from: .min, offsetMinutes: 60), .init(from: 1_490_490_000, offsetMinutes: 120)])
        var story = Scenario(calendar: calendar)
        try story.given("2017-03-25T00:30:00+01:00", Self.point("bastille"), Self.need("n-1"))
        #expect(story.anomalies(.needStale, asOf: "2017-03-26").isEmpty)
        #expect(story.anomalies(.needStale, asOf: "2017-03-27").map(\.value) == [71])
        // Declared at 23:30 on the 24th, they end at 00:30 on the 27th; by the clock alone it would be the 26th.
        try story.given("2017-03-24", Self.point("belleville"))
        try story.given("2017-03-24T23:30:00+01:00", Self.need("n-2") { $0.point = "belleville" })
        #expect(story.anomalies(.needStale, asOf: "2017-03-26").isEmpty)
        #expect(story.anomalies(.needStale, asOf: "2017-03-27").map(\.since) == ["2017-03-27", "2017-03-27"])
    }
}
