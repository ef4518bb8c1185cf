import AccueilTesting
import Testing

@testable import AccueilDomain

/// An answer with a member of every sort.
private struct Sample: Record {
    var count = 7
    var fte: Decimal = Decimal("22.8")!
    var open = true
    var opened: Day? = "2016-11-10"
    var name: Text = "Ney"
    var partners: [Identifier] = ["ofii", "emmaus", "ofii"]
    var params = Parameters([("site", .text("ney"))])
    var schedule: Schedule?
    var rows: [Row] = []

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("count", &count)
        try visitor.field("fte", &fte)
        try visitor.field("open", &open)
        try visitor.field("opened", &opened)
        try visitor.field("name", &name)
        try visitor.list("partners", &partners)
        try visitor.preset("params", &params)
        try visitor.field("schedule", &schedule)
        try visitor.field("rows", &rows)
    }

    struct Schedule: Record {
        var days = 5

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("days", &days)
        }
    }

    struct Row: Record {
        var key: Text = "-"
        var kind = SiteKind.chu
        var people = 0
        var fte: Decimal?
        var open = false
        var since: Day?
        var partners: [Identifier] = []
        var parts: [Schedule] = []

        init() {}

        init(_ key: Text, _ people: Int, _ change: (inout Row) -> Void = { _ in }) {
            self.key = key
            self.people = people
            change(&self)
        }

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("kind", &kind)
            try visitor.field("people", &people)
            try visitor.field("fte", &fte)
            try visitor.field("open", &open)
            try visitor.field("since", &since)
            try visitor.field("partners", &partners)
            try visitor.field("parts", &parts)
        }
    }

    static let full: Sample = {
        var sample = Sample()
        sample.rows = [
            Row("AFG", 40) {
                $0.open = true
                $0.fte = Decimal("1.25")
                $0.partners = ["ofii", "ftda"]
                $0.since = "2017-03-09"
            },
            Row("SDN", 27) {
                $0.kind = .cpa
                $0.partners = ["ftda", "mdm"]
                $0.since = "2017-01-17"
                $0.parts = [Schedule(), Schedule()]
            },
            Row("site/ney.1", 8) {
                $0.kind = .cpa
                $0.open = true
                $0.fte = Decimal("-0.5")
            },
        ]
        return sample
    }()
}

/// Parameters of a query with a list among them.
private struct Choice: Record {
    var asOf: Day?
    var kinds: [SiteKind] = []
    var least: Decimal?
    var open = false
    var limit = 10

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.list("kinds", &kinds)
        try visitor.field("least", &least)
        try visitor.preset("open", &open)
        try visitor.field("limit", &limit)
    }
}

@Suite struct AnswerPathTests {
    /// What lies at the end of a path in the sample, times one.
    private func number(_ path: Text) throws -> String {
        let path = try #require(AnswerPath(path))
        #expect(throws: Never.self) { try path.end(in: Sample.self) }
        return Decimal(exactly: path.findings(in: Sample.full).tenThousandths)!.description
    }

    @Test(
        arguments: [
            ("count", "7"), ("fte", "22.8"), ("open", "1"), ("partners.count", "3"), ("partners.distinct", "2"),
            ("partners[].count", "3"), ("name.distinct", "1"),
            ("rows.count", "3"), ("rows[].count", "3"), ("rows[].people", "75"), ("rows[].open", "2"),
            ("rows[].fte", "0.75"), ("rows[].partners.count", "4"), ("rows[].partners.distinct", "3"),
            ("rows[].kind.distinct", "2"), ("rows[].parts.count", "2"), ("rows[].parts[].days", "10"),
            ("rows[].parts[days=5].count", "2"), ("rows[].parts[days=6].count", "0"),
        ] as [(Text, String)])
    func `numbers are added, a yes is one, entries are counted and told apart`(path: Text, found: String) throws {
        #expect(try number(path) == found)
    }

    @Test(
        arguments: [
            ("rows[key=AFG].people", "40"), ("rows[key=AFG|SDN].people", "67"), ("rows[kind=CPA].people", "35"),
            ("rows[kind=CPA,open=true].people", "8"), ("rows[kind=CPA,open=false].count", "1"),
            ("rows[people=27].count", "1"), ("rows[fte=1.25].people", "40"), ("rows[since=2017-03-09].people", "40"),
            ("rows[partners=ofii].people", "40"), ("rows[partners=ftda].people", "67"),
            ("rows[partners=ftda|mdm].people", "67"), ("rows[key=site/ney.1].people", "8"),
            ("rows[key=ERI].people", "0"),
            ("rows[kind=CPA].partners.distinct", "2"),
        ] as [(Text, String)])
    func `elements are chosen by their members, as texts`(path: Text, found: String) throws {
        #expect(try number(path) == found)
    }

    @Test func `a member that is not there is nothing, of a member that is not there too`() throws {
        #expect(try number("schedule.days") == "0")
        let path = try #require(AnswerPath("schedule.days"))
        var sample = Sample.full
        sample.schedule = Sample.Schedule()
        #expect(path.findings(in: sample).tenThousandths == 50_000)
        sample.opened = nil
        #expect(AnswerPath("opened")!.findings(in: sample).day == nil)
    }

    @Test func `of several days the earliest counts`() throws {
        let days = try #require(AnswerPath("rows[].since"))
        #expect(try days.end(in: Sample.self) == .day)
        #expect(days.findings(in: Sample.full).day == "2017-01-17")
        #expect(AnswerPath("rows[key=AFG].since")!.findings(in: Sample.full).day == "2017-03-09")
        #expect(AnswerPath("rows[key=ERI].since")!.findings(in: Sample.full).day == nil)
        #expect(AnswerPath("opened")!.findings(in: Sample.full).day == "2016-11-10")
        #expect(try AnswerPath("rows[].people")!.end(in: Sample.self) == .number)
    }

    @Test(arguments: [
        "", ".", "rows.", ".rows", "rows..count", "rows[", "rows]", "rows[]people", "rows[key].people",
        "rows[key=].people",
        "rows[=AFG].people", "rows[key=AFG|].people", "rows[key=AFG,].people", "rows[key=AFG", "rows[].people ",
        "ro-ws",
        "rows[ke y=AFG].people", "[].people",
    ])
    func `a path that is not written like one is none`(path: String) {
        #expect(Text(path).flatMap { AnswerPath($0) } == nil)
    }

    @Test(
        arguments: [
            ("people", "there is no people, only count, fte, open"),
            ("rows[].persons", "there is no persons, only key, kind"),
            ("rows[nationality=AFG].people", "there is no nationality"),
            ("rows", "rows is not a number"), ("rows[]", "rows is not a number"), ("name", "name is not a number"),
            ("rows[].key", "key is not a number"), ("schedule", "schedule is not a number"),
            ("partners[]", "partners is not a number"), ("params", "params is not a number"),
            ("rows.people", "before people comes a list"), ("rows.distinct", "before distinct comes a list"),
            ("count[].people", "count is not a list"), ("schedule[].days", "schedule is not a list"),
            ("partners[key=ofii].count", "no members to choose"),
            ("partners[].people", "nothing can be followed by people"),
            ("count.people", "nothing can be followed by people"),
            ("opened.count", "nothing can be followed by count"), ("name.count", "nothing can be followed by count"),
            ("rows[].distinct", "there is no distinct"), ("rows[].count.distinct", "there is no count"),
            ("rows[].count[]", "there is no count"), ("partners.count.count", "before count comes a list"),
        ] as [(Text, String)])
    func `a path that leads nowhere is found out before there is an answer`(path: Text, reason: String) throws {
        let path = try #require(AnswerPath(path))
        let wrong = #expect(throws: AnswerPath.WrongTurn.self) { try path.end(in: Sample.self) }
        #expect(wrong?.reason.contains(reason) == true, "\(wrong?.reason ?? "")")
    }

    // MARK: Parameters

    private func read(_ params: [(String, Parameter)]) throws(Malformed) -> Choice {
        try Parameters(params.map { (name: $0.0, value: $0.1) }).read(Choice.self)
    }

    @Test func `parameters are read like the fields of a request`() throws {
        let choice = try read([
            ("as_of", .text("2017-03-23")), ("least", .text("0.5")), ("open", .flag(true)),
            ("limit", .number(3)),
        ])
        #expect(choice.asOf == "2017-03-23")
        #expect(choice.least == Decimal("0.5"))
        #expect(choice.open && choice.limit == 3)
        let least = try read([("limit", .number(3))])
        #expect(least.asOf == nil && least.kinds.isEmpty && !least.open)
    }

    @Test func `a parameter that does not fit, is missing or is unknown is told by its name`() {
        for (params, path) in [
            ([("limit", .number(3)), ("as_of", .text("yesterday"))], "as_of"),
            ([("limit", .text("3"))], "limit"), ([("limit", .flag(true))], "limit"), ([], "limit"),
            ([("limit", .number(3)), ("open", .number(1))], "open"),
            ([("limit", .number(3)), ("kinds", .text("CPA,"))], "kinds"),
            ([("limit", .number(3)), ("kinds", .number(1))], "kinds"),
            ([("limit", .number(3)), ("site", .text("ney"))], "site"),
        ] as [([(String, Parameter)], String)] {
            let error = #expect(throws: Malformed.self) { try self.read(params) }
            #expect(error?.path == path)
        }
    }
}
