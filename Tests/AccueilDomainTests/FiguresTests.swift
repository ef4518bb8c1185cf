import AccueilTesting
import Testing

@testable import AccueilDomain

@Suite struct FiguresTests {
    // Given: the site ney with 400 places since 2016-11-10 and the site ivry with 100 since 2017-01-17; 40 men from
    // Afghanistan at ney since 2016-11-20 and 20 from Sudan since 2016-12-01, of whom none has left; grants of €4 700
    // and of CHF 250; the commitment c-1 of the plan paris.
    var story = Scenario()

    init() throws {
        try story.given(
            "2015-10-08", PlanAdopted.with { $0.plan = "paris" },
            PlanCommitmentDeclared.with {
                $0.commitment = "c-1"
                $0.plan = "paris"
            })
        try story.given("2016-11-10", PlacementsTests.open("ney"), PlacementsTests.capacity("ney", .singleMen, 400))
        try story.given("2017-01-17", PlacementsTests.open("ivry"), PlacementsTests.capacity("ivry", .families, 100))
        for (placement, day, country, men) in [
            ("p-1", "2016-11-20", "AFG", 40), ("p-2", "2016-12-01", "SDN", 20),
        ] as [(Identifier, String, String, Int)] {
            try story.given(
                day,
                PlacementsTests.stay(placement) {
                    $0.party.adults = men
                    $0.party.nationality = Nationality(country)
                })
        }
        for (grant, amount, currency) in [("g-1", 470_000, "EUR"), ("g-2", 25_000, "CHF")]
            as [(Identifier, Int, Currency)]
        {
            try story.given(
                "2016-12-01",
                DonationGrantAwarded.with {
                    $0.grant = grant
                    $0.beneficiary = "mdm"
                    $0.theme = "aid"
                    $0.amount = amount
                    $0.currency = currency
                })
        }
    }

    static func term(_ method: Identifier, _ path: Text, _ params: [(name: String, value: Parameter)] = []) -> Term {
        .with {
            $0.method = method
            $0.path = path
            $0.params = Parameters(params)
        }
    }

    static func minus(_ term: Term) -> Term {
        var term = term
        term.minus = true
        return term
    }

    static func define(
        _ indicator: Identifier, _ sum: [Term], _ change: (inout PlanIndicatorDefined) -> Void = { _ in }
    ) -> PlanIndicatorDefined {
        .with {
            $0.indicator = indicator
            $0.commitment = "c-1"
            $0.unit = "people"
            if !sum.isEmpty {
                $0.calculation = .with { $0.sum = sum }
            }
            change(&$0)
        }
    }

    static func state(
        _ value: String?, _ precision: Precision = .exact, max: String? = nil, day: Day? = nil,
        _ change: (inout PlanIndicatorMeasured) -> Void = { _ in }
    ) -> PlanIndicatorMeasured {
        .with {
            $0.indicator = "i"
            $0.value = value.map { Decimal($0)! }
            $0.valueMax = max.map { Decimal($0)! }
            $0.precision = precision
            $0.source = "bilan"
            $0.day = day
            change(&$0)
        }
    }

    static let present = term("query.flows", "present")
    static let places = term("query.occupancy", "places")

    /// The figure of an indicator defined in 2016, as of a day.
    private func figure(
        _ sum: [Term], asOf day: Day = "2017-03-23", _ change: (inout PlanIndicatorDefined) -> Void = { _ in }
    ) throws -> Figure {
        var story = story
        try story.given("2016-01-01", Self.define("i", sum, change))
        return try #require(story.world.figure(of: "i", asOf: day))
    }

    // MARK: Computing

    @Test func `a figure is what its term finds as of the day`() throws {
        for (day, people) in [("2016-11-19", "0"), ("2016-11-20", "40"), ("2017-03-23", "60")] as [(Day, String)] {
            #expect(try figure([Self.present], asOf: day).computed?.description == people)
        }
        #expect(story.world.figure(of: "i", asOf: "2017-03-23") == nil)
    }

    @Test mutating func `an indicator is unknown before it is defined`() throws {
        try story.given("2017-01-01", Self.define("i", [Self.present]))
        #expect(story.world.figure(of: "i", asOf: "2016-12-31") == nil)
        #expect(story.world.figure(of: "i", asOf: "2017-01-01")?.computed == Decimal(60))
    }

    @Test func `terms are added and taken away`() throws {
        #expect(try figure([Self.places, Self.minus(Self.present)]).computed == Decimal(440))
        #expect(try figure([Self.present, Self.places, Self.minus(Self.places)]).computed == Decimal(60))
    }

    @Test func `a share is of the sum of its terms, times a factor, rounded half up`() throws {
        func share(_ factor: String, _ decimals: Int, _ per: [Term]) throws -> String? {
            try figure([Self.term("query.flows", "rows[key=SDN].arrivals", [("by", .text("nationality"))])]) {
                $0.unit = "percent"
                $0.calculation?.per = per
                $0.calculation?.factor = Decimal(factor)!
                $0.calculation?.decimals = decimals
            }.computed?.description
        }
        // 20 of 60.
        #expect(try share("100", 0, [Self.present]) == "33")
        #expect(try share("100", 1, [Self.present]) == "33.3")
        #expect(try share("100", 4, [Self.present]) == "33.3333")
        #expect(try share("-100", 1, [Self.present]) == "-33.3")
        // 20 of 60 and 500, and of 500 less 60.
        #expect(try share("100", 2, [Self.present, Self.places]) == "3.57")
        #expect(try share("100", 2, [Self.places, Self.minus(Self.present)]) == "4.55")
        let none = Self.term("query.flows", "rows[key=ERI].arrivals", [("by", .text("nationality"))])
        #expect(try share("100", 0, [none]) == nil, "nothing is a share of nothing")
    }

    @Test(
        arguments: [
            (1, 2, 0, "1"), (-1, 2, 0, "0"), (3, 2, 0, "2"), (-3, 2, 0, "-1"), (1, -2, 0, "0"), (-1, -2, 0, "1"),
            (1, 3, 4, "0.3333"), (2, 3, 4, "0.6667"), (-2, 3, 4, "-0.6667"), (1, 20_000, 4, "0.0001"),
            (1, 20_001, 4, "0"), (5, 0, 0, nil), (0, 7, 0, "0"),
        ] as [(Int128, Int128, Int, String?)])
    func `halves are rounded up, below zero too`(sum: Int128, per: Int128, decimals: Int, rounded: String?) {
        let calculation = Calculation.with { $0.decimals = decimals }
        let scale = Decimal.scale
        #expect(calculation.result(sum: sum * scale, per: per * scale)?.description == rounded)
    }

    @Test func `what is too great for a number is no figure`() {
        let scale = Decimal.scale
        let plain = Calculation()
        #expect(plain.result(sum: 999_999_999_999 * scale, per: nil)?.description == "999999999999")
        #expect(plain.result(sum: 1_000_000_000_000 * scale, per: nil) == nil)
        #expect(plain.result(sum: -1_000_000_000_000 * scale, per: nil) == nil)
        let great = Calculation.with { $0.factor = Decimal("999999999999")! }
        #expect(great.result(sum: .max / 1000, per: nil) == nil)
        #expect(great.result(sum: .min, per: -1) == nil)
        #expect(plain.result(sum: 1, per: .max) == nil)
        let fine = Calculation.with { $0.decimals = 4 }
        #expect(fine.result(sum: .min / scale, per: -1) == nil)
        #expect(fine.result(sum: 1, per: .max) == Decimal())
    }

    @Test func `cents become euros`() throws {
        let euros = Self.term("query.donations", "grants_by_currency[currency=EUR].awarded", [("theme", .text("aid"))])
        let figure = try figure([euros]) {
            $0.unit = "EUR"
            $0.calculation?.factor = Decimal("0.01")!
        }
        #expect(figure.computed == Decimal(4700))
    }

    @Test func `a term that holds itself to a day is not known before it, and stays what it was`() throws {
        let held = Self.term("query.flows", "present", [("as_of", .text("2016-11-25"))])
        for (day, people) in [("2016-11-24", nil), ("2016-11-25", "40"), ("2017-03-23", "40")] as [(Day, String?)] {
            #expect(try figure([held], asOf: day).computed?.description == people)
            #expect(try figure([Self.present, held], asOf: day).computed == nil || people != nil)
        }
        #expect(try figure([Self.present, Self.minus(held)]).computed == Decimal(20))
    }

    @Test func `a query that is refused gives no figure`() throws {
        #expect(try figure([Self.term("query.flows", "present", [("site", .text("nowhere"))])]).computed == nil)
        let period = Self.term("query.flows", "arrivals", [("from", .text("2016-12-01"))])
        #expect(try figure([period], asOf: "2016-11-30").computed == nil)
        #expect(try figure([period], asOf: "2016-12-01").computed == Decimal(20))
    }

    @Test func `a day can be a figure`() throws {
        let opened = Self.term("query.occupancy", "rows[].opened")
        let figure = try figure([opened]) { $0.unit = "date" }
        #expect(figure.computedDay == "2016-11-10" && figure.computed == nil)
        let early = try self.figure([opened], asOf: "2016-11-09") { $0.unit = "date" }
        #expect(early.computedDay == nil && early.computed == nil)
    }

    @Test mutating func `a late fact changes the figures of the past`() throws {
        try story.given("2016-01-01", Self.define("i", [Self.present]))
        try story.given("2016-11-15", PlacementsTests.stay("p-0") { $0.party.adults = 5 })
        #expect(story.world.figure(of: "i", asOf: "2016-11-19")?.computed == Decimal(5))
        #expect(story.world.figure(of: "i", asOf: "2016-11-20")?.computed == Decimal(45))
    }

    // MARK: Defining

    @Test mutating func `a calculation that could never be answered is refused`() {
        func rule(_ sum: [Term], _ change: (inout PlanIndicatorDefined) -> Void = { _ in }) -> String? {
            var story = story
            return story.when("2016-12-01", Self.define("i", sum, change)).rule
        }
        #expect(rule([Self.present]) == nil)
        for method in ["query.indicators", "query.commitments", "query.bilan", "query.anomalies"] as [Identifier] {
            #expect(rule([Self.term(method, "as_of")]) == "calculation_recursive")
        }
        #expect(rule([Self.term("query.everything", "present")]) == "unknown_query")
        #expect(rule([Self.term("query.history", "more")]) == "unknown_query")
        #expect(rule([Self.term("placement.start", "present")]) == "unknown_query")
        #expect(rule([Self.term("query.flows", "persent")]) == "unknown_path")
        #expect(rule([Self.term("query.flows", "rows[]")]) == "unknown_path")
        #expect(rule([Self.term("query.flows", "rows[")]) == "unknown_path")
        #expect(rule([Self.term("query.flows", "present", [("by", .text("sex"))])]) == "calculation_params")
        #expect(rule([Self.term("query.flows", "present", [("when", .text("now"))])]) == "calculation_params")
        #expect(rule([Self.term("query.flows", "present", [("as_of", .number(2017))])]) == "calculation_params")
        #expect(rule([Self.term("query.occupancy_series", "days[].occupied")]) == "calculation_params")
        let per = Self.term("query.flows", "persent")
        #expect(rule([Self.present]) { $0.calculation?.per = [per] } == "unknown_path")
    }

    @Test mutating func `the number of terms and of decimals has bounds`() {
        func rule(_ terms: Int, per: Int = 0, decimals: Int = 0) -> String? {
            var story = story
            return story.when(
                "2016-12-01",
                Self.define("i", []) {
                    $0.calculation = .with {
                        $0.sum = Array(repeating: Self.present, count: terms)
                        $0.per = Array(repeating: Self.present, count: per)
                        $0.decimals = decimals
                    }
                }
            ).rule
        }
        #expect(rule(0) == "terms_out_of_bounds" && rule(1) == nil && rule(20) == nil)
        #expect(rule(21) == "terms_out_of_bounds")
        #expect(rule(1, per: 20) == nil && rule(1, per: 21) == "terms_out_of_bounds")
        #expect(rule(1, decimals: 4) == nil && rule(1, decimals: 5) == "decimals_out_of_bounds")
        #expect(rule(1, decimals: -1) == "decimals_out_of_bounds")
    }

    @Test mutating func `a day stands alone, and has a unit of its own`() {
        let opened = Self.term("query.occupancy", "rows[].opened")
        func rule(_ sum: [Term], _ unit: Identifier, _ change: (inout Calculation) -> Void = { _ in }) -> String? {
            var story = story
            return story.when(
                "2016-12-01",
                Self.define("i", sum) {
                    $0.unit = unit
                    change(&$0.calculation!)
                }
            ).rule
        }
        #expect(rule([opened], "date") == nil)
        #expect(rule([opened], "people") == "day_and_unit")
        #expect(rule([Self.present], "date") == "day_and_unit")
        #expect(rule([opened, opened], "date") == "day_and_unit")
        #expect(rule([opened, Self.present], "date") == "day_and_unit")
        #expect(rule([Self.minus(opened)], "date") == "day_and_unit")
        #expect(rule([opened], "date") { $0.per = [Self.present] } == "day_and_unit")
        #expect(rule([Self.present], "people") { $0.per = [opened] } == "day_and_unit")
        #expect(rule([opened], "date") { $0.factor = Decimal(2) } == "day_and_unit")
        #expect(rule([opened], "date") { $0.decimals = 1 } == "day_and_unit")
    }

    // MARK: What sources state

    @Test(
        arguments: [
            ("60", .exact, nil, true), ("61", .exact, nil, false), ("60.0001", .exact, nil, false),
            ("63", .about, nil, true), ("63.1578", .about, nil, true), ("63.2", .about, nil, false),
            ("57.1429", .about, nil, true), ("57.1428", .about, nil, false),
            ("59", .moreThan, nil, true), ("60", .moreThan, nil, false), ("61", .lessThan, nil, true),
            ("60", .lessThan, nil, false), ("60", .range, "70", true), ("50", .range, "60", true),
            ("61", .range, "70", false), ("50", .range, "59", false), (nil, .unspecified, nil, true),
        ] as [(String?, Precision, String?, Bool)])
    func `a statement and the figure agree within what it says`(
        value: String?, precision: Precision, max: String?, agrees: Bool
    ) throws {
        var story = story
        try story.given("2016-01-01", Self.define("i", [Self.present]))
        let verdict = story.when("2017-03-23", Self.state(value, precision, max: max))
        #expect(verdict.events == ["plan.indicator_measured"])
        // Figures are not computed for a command; the list of anomalies has it.
        #expect(verdict.anomalies == [])
        #expect(story.world.figure(of: "i", asOf: "2017-03-23")?.agreement == (agrees ? .agree : .disagree))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2017-03-23").count == (agrees ? 0 : 1))
    }

    @Test mutating func `some people are more than none`() throws {
        try story.given("2016-01-01", Self.define("i", [Self.present]))
        try story.given("2016-11-19", Self.state(nil, .unspecified))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2016-11-19").count == 1)
    }

    @Test mutating func `what cannot be computed says why`() throws {
        func absence(_ id: Identifier) -> FigureAbsence? {
            story.world.figure(of: id, asOf: "2017-03-23")?.absence
        }
        let nowhere = Self.term("query.occupancy", "occupied", [("site", .text("nowhere"))])
        let later = Self.term("query.occupancy", "occupied", [("as_of", .text("2018-01-01"))])
        let none = Self.term("query.occupancy", "unavailable")
        try story.given(
            "2016-01-01", Self.define("a", [nowhere]), Self.define("b", [later]),
            Self.define("c", [Self.present]) { $0.calculation?.per = [none] },
            Self.define("d", [Self.present]) { $0.calculation?.factor = Decimal("999999999999.9999")! },
            Self.define("e", [Self.term("query.milestones", "rows[].day")]) { $0.unit = "date" },
            Self.define("f", []) {
                $0.calculation = nil
            })
        #expect(absence("a") == .notAnswered)
        #expect(absence("b") == .notYet)
        #expect(absence("c") == .dividesByZero)
        #expect(absence("d") == .tooGreat)
        #expect(absence("e") == .nothingFound)
        #expect(absence("f") == nil)
    }

    @Test mutating func `no figure counts the rows of one page, and none is of a period without days`() throws {
        for (method, path) in [("query.placements", "rows.count"), ("query.requests", "rows[].adults")] {
            let verdict = story.when("2016-01-01", Self.define("i", [Self.term(Identifier(method)!, Text(path)!)]))
            #expect(verdict.rule == "calculation_paged")
        }
        let total = Self.term("query.placements", "total")
        #expect(story.when("2016-01-01", Self.define("i", [total])).rule == nil)
        let empty = Self.term(
            "query.flows", "arrivals", [("from", .text("2017-01-02")), ("to", .text("2017-01-01"))])
        #expect(story.when("2016-01-01", Self.define("j", [empty])).rule == "empty_period")
    }

    @Test mutating func `a day is on target if it comes no later`() throws {
        let opened = Self.term("query.occupancy", "rows[].opened")
        #expect(
            story.when(
                "2016-01-01",
                Self.define("x", [opened]) { ($0.unit, $0.target) = ("date", Decimal("5.5")) }
            ).rule == "not_a_day")
        for (id, target, isOnTarget) in [("i", "20161110", true), ("j", "20161109", false)] {
            try story.given(
                "2016-01-01",
                Self.define(Identifier(id)!, [opened]) { ($0.unit, $0.target) = ("date", Decimal(target)) })
            let figure = try #require(story.world.figure(of: Identifier(id)!, asOf: "2017-03-23"))
            #expect(figure.isOnTarget == isOnTarget)
            #expect(figure.percentOfTarget == nil)
        }
    }

    @Test(
        arguments: [
            ("100", .exact, "100", .exact, true), ("100", .exact, "101", .exact, false),
            ("100", .exact, "105", .about, true), ("100", .exact, "106", .about, false),
            ("100", .about, "110", .about, true), ("100", .about, "111", .about, false),
            ("100", .moreThan, "100", .exact, false), ("100", .moreThan, "100", .lessThan, false),
            ("100", .moreThan, "100.0001", .lessThan, true), ("105", .moreThan, "100", .about, false),
            ("104.9999", .moreThan, "100", .about, true),
            ("0", .exact, nil, .unspecified, false), ("0.0001", .exact, nil, .unspecified, true),
            ("1", .lessThan, nil, .unspecified, true), ("0", .lessThan, nil, .unspecified, false),
        ] as [(String, Precision, String?, Precision, Bool)])
    func `two statements about the same day agree if both can be true`(
        first: String, how: Precision, second: String?, howElse: Precision, agrees: Bool
    ) throws {
        for statements in [
            [Self.state(first, how), Self.state(second, howElse) { $0.source = "press" }],
            [Self.state(second, howElse) { $0.source = "press" }, Self.state(first, how)],
        ] {
            var story = story
            try story.given("2016-01-01", Self.define("i", []))
            #expect(story.when("2017-03-23", statements[0]).anomalies == [])
            #expect(story.world.figure(of: "i", asOf: "2017-03-23")?.agreement == nil)
            #expect(story.when("2017-03-23", statements[1]).anomalies == (agrees ? [] : [.sourcesDisagree]))
            #expect(story.world.figure(of: "i", asOf: "2017-03-23")?.agreement == (agrees ? .agree : .disagree))
        }
    }

    @Test mutating func `statements about different days do not contradict each other`() throws {
        try story.given("2016-01-01", Self.define("i", []))
        try story.given("2017-03-23", Self.state("70", day: "2016-01-31"), Self.state("241"))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2017-03-23").isEmpty)
        let figure = try #require(story.world.figure(of: "i", asOf: "2017-03-23"))
        #expect(figure.agreement == nil)
        #expect(figure.stated.map { "\($0.day) \($0.value!)" } == ["2017-03-23 241", "2016-01-31 70"])
    }

    @Test mutating func `a statement speaks of a day, whenever it was made`() throws {
        try story.given("2016-01-01", Self.define("i", [Self.present]))
        try story.given("2017-03-23", Self.state("40", day: "2016-11-25"))
        // The figure as of that day agrees, today's is not what the source speaks of.
        #expect(story.anomalies(.sourcesDisagree, asOf: "2017-03-23").isEmpty)
        #expect(story.world.figure(of: "i", asOf: "2016-11-25")?.stated.count == 1)
        #expect(story.world.figure(of: "i", asOf: "2016-11-24")?.stated.isEmpty == true)
        let verdict = story.when("2017-03-24", Self.state("60", day: "2016-11-25"))
        #expect(verdict.anomalies == [.sourcesDisagree])
        let found = story.anomalies(.sourcesDisagree, asOf: "2017-03-23")
        #expect(found.map(\.subject) == [Subject(.indicator, "i")])
        #expect(found.map { "\($0.since) \($0.value) \($0.limit)" } == ["2016-11-25 40 60"])
        #expect(story.anomalies(.sourcesDisagree, asOf: "2016-11-24").isEmpty)
    }

    @Test mutating func `a disagreement comes and goes with late facts, and can be justified`() throws {
        try story.given("2016-01-01", Self.define("i", [Self.present]))
        try story.given("2016-11-25", Self.state("45"))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2016-11-25").count == 1)
        try story.given(
            "2016-11-25", AnomaliesTests.justify(.sourcesDisagree, Subject(.indicator, "i"), .recount))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2016-11-25").map(\.justified) == [.recount])
        try story.given("2016-11-15", PlacementsTests.stay("p-0") { $0.party.adults = 5 })
        #expect(story.anomalies(.sourcesDisagree, asOf: "2016-11-25").isEmpty)
    }

    @Test mutating func `a day is stated as a number, and compared as one`() throws {
        try story.given(
            "2016-01-01", Self.define("i", [Self.term("query.occupancy", "rows[].opened")]) { $0.unit = "date" })
        #expect(story.when("2017-03-23", Self.state("20161110")).anomalies == [])
        #expect(story.when("2017-03-24", Self.state("20161101", .range, max: "20161130")).anomalies == [])
        try story.given("2017-03-25", Self.state("20161111"))
        #expect(story.anomalies(.sourcesDisagree, asOf: "2017-03-25").map(\.since) == ["2017-03-25"])
        for (value, max) in [("20161131", nil), ("2016.5", nil), ("20161101", "20161199")] as [(String, String?)] {
            let verdict = story.when("2017-03-26", Self.state(value, max == nil ? .exact : .range, max: max))
            #expect(verdict.rule == "not_a_day")
        }
        #expect(story.when("2017-03-26", Self.state("20161110", .about)).rule == "value_and_precision")
    }

    // MARK: Targets

    @Test func `the figure is told in percent of the target, the stated one where there is no other`() throws {
        func percent(_ target: String, _ sum: [Term], _ statements: PlanIndicatorMeasured...) throws -> Int? {
            var story = story
            try story.given("2016-01-01", Self.define("i", sum) { $0.target = Decimal(target) })
            for statement in statements { try story.given("2017-03-23", statement) }
            return try #require(story.world.figure(of: "i", asOf: "2017-03-23")).percentOfTarget
        }
        #expect(try percent("120", [Self.present]) == 50)
        #expect(try percent("59", [Self.present]) == 102)
        #expect(try percent("0", [Self.present]) == nil)
        #expect(try percent("120", [Self.present], Self.state("120")) == 50)
        #expect(try percent("1456", [], Self.state("1484")) == 102)
        #expect(try percent("100", [], Self.state("70", day: "2016-12-31"), Self.state("90")) == 90)
        #expect(try percent("100", [], Self.state("70", day: "2016-12-31"), Self.state(nil, .unspecified)) == 70)
        #expect(try percent("100", []) == nil)
    }

    // MARK: One book

    @Test func `a book answers the same question once`() throws {
        var story = story
        for (number, sum) in [
            [Self.present], [Self.present, Self.present],
            [
                Self.term("query.flows", "arrivals"),
                Self.term("query.flows", "present", [("as_of", .text("2017-03-23"))]),
            ],
            [Self.term("query.flows", "present", [("as_of", .text("2016-12-01"))])],
        ].enumerated() {
            try story.given("2016-01-01", Self.define(Identifier("i-\(number)")!, sum))
        }
        var book = FigureBook(story.world, asOf: "2017-03-23")
        #expect(book.figures().map { $0.computed?.description } == ["60", "120", "120", "60"])
        #expect(book.questions == 2)
    }
}
