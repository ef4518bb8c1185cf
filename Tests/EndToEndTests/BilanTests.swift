import Foundation
import Testing

// Every figure of two reports, one by one, asked of a register that was told the city's story: what follows from the
// events, and what the report says beside it.

extension Paris2017Tests {
    @Test(arguments: try Example.paris.listedFigures())
    func `a figure of the bilan follows from the log, or stands there as the bilan has it`(_ listed: ListedFigure)
        throws
    {
        try check(listed, of: .paris, register)
    }

    @Test func `199 figures, few of them only stated, and where the bilan contradicts itself it shows`() throws {
        // «actuellement de 12,7 personnes» beside «22,8 ETP»; «Quatre réunions» and five dates.
        let figures = try checkAll(of: .paris, register, contradictions: ["E01.06", "E10.02"])
        #expect(figures.count == 199)
    }

    @Test func `the generator writes Paris byte by byte, and it adds up without the register too`() throws {
        try checkGenerator(of: .paris)
    }
}

/// A second city, so that nothing is true of Paris only.
@Suite(.valmer) struct ValmerTests {
    let register: LineClient

    init() throws { register = try LineClient(path: Example.socketPath) }

    @Test(arguments: try Example.valmer.listedFigures())
    func `a figure of Valmer follows from the log, or stands there as a source has it`(_ listed: ListedFigure) throws {
        try check(listed, of: .valmer, register)
    }

    @Test func `Valmer's report and its night count contradict the log and each other, and it shows`() throws {
        let figures = try checkAll(of: .valmer, register, contradictions: ["V1.3", "V1.6", "V4.4", "V5.6"])
        let stated = try #require(figures["V1.6"]).rows(of: "stated").compactMap { $0.text("source") }
        #expect(Set(stated) == ["Rapport de juin 2022, page 1", "Recensement de nuit du 30 juin 2022"])
    }

    @Test func `the generator writes Valmer byte by byte, and it adds up without the register too`() throws {
        try checkGenerator(of: .valmer)
    }
}

/// What a figure has to be: value, precision, unit and origin.
private func check(_ listed: ListedFigure, of example: Example, _ register: LineClient) throws {
    let answer = Answer(
        fields: try register.result("query.indicators", ["as_of": example.day, "indicator": listed.id]))
    let figure = try #require(answer.rows(of: "figures").first, "no indicator \(listed.id)")
    let computed = figure.text("computed") ?? figure.text("computed_day")
    #expect(figure.text("unit") == listed["code"])
    #expect(computed == (listed["origin"] == "computed" ? listed["expected"] : nil))
    #expect((figure.record("calculation") != nil) == (listed["origin"] == "computed"))
    let statements = figure.rows(of: "stated").map { statement in
        statement.fields.filter { ["value", "value_max", "precision"].contains($0.key) } as? [String: String]
    }
    #expect(statements.contains(listed.statement), "\(listed["quote_fr"])")
    #expect(figure.rows(of: "stated").allSatisfy { $0.text("source") != nil })
}

/// How many figures there are of each origin, and which contradict themselves; the figures by their ids.
private func checkAll(
    of example: Example, _ register: LineClient, contradictions: Set<String>
) throws -> [String: Answer] {
    let listed = try example.listedFigures()
    let answer = Answer(fields: try register.result("query.indicators", ["as_of": example.day]))
    let figures = Dictionary(
        uniqueKeysWithValues: answer.rows(of: "figures").map { ($0.text("indicator") ?? "", $0) })
    #expect(Set(figures.keys) == Set(listed.map(\.id)))
    let computed = listed.count { $0["origin"] == "computed" }
    print("\(example.figures.lastPathComponent): \(computed) computed, \(listed.count - computed) recorded")
    #expect(answer["computed"] == computed)
    #expect(answer["recorded"] == listed.count - computed)
    #expect(Set(figures.filter { $0.value.text("agreement") == "disagree" }.keys) == contradictions)
    #expect(answer["disagreeing"] == contradictions.count)
    let open = Answer(
        fields: try register.result("query.anomalies", ["as_of": example.day, "rule": "sources_disagree"]))
    #expect(Set(open.rows.compactMap { $0.text("subject") }) == Set(contradictions.map { "indicator/" + $0 }))
    return figures
}

private func checkGenerator(of example: Example) throws {
    let (status, output) = try example.generate()
    #expect(status == 0)
    #expect(output == (try Data(contentsOf: example.lines)))
    let (checked, words) = try example.generate(["--check", example.lines.path, example.figures.path])
    #expect(checked == 0, "\(String(decoding: words, as: UTF8.self))")
}

/// The register knows no city: what is in the examples is not in the sources.
@Suite struct NoCityInTheSourcesTests {
    @Test(arguments: [Example.paris, .valmer])
    func `no id and no name of an example occurs in the sources`(_ example: Example) throws {
        let literals = try Self.sourceLines().map { Self.literals(of: $0) }.joined()
        let words = Set(
            literals.flatMap { $0.split { !$0.isLetter && !$0.isNumber && !"-_.".contains($0) } }.map { String($0) })
        let (ids, names) = try Self.idsAndNames(of: example)
        #expect(!ids.isEmpty && !names.isEmpty)
        #expect(words.intersection(ids).sorted() == [])
        #expect(names.filter { name in literals.contains { $0.contains(name) } }.sorted() == [])
    }

    @Test func `Paris is only the preset of the time zone and of the source`() throws {
        let told = try Self.sourceLines().filter { line in
            line.replacing("Europe/Paris", with: "").replacing("urn:accueil:paris", with: "")
                .contains(/\bparis\b/.ignoresCase())
        }
        #expect(told == [])
    }

    /// All lines of Swift without their comments.
    private static func sourceLines() throws -> [String] {
        let sources = Example.repository.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
                String(line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex))
            }
        }
    }

    /// What stands between quotation marks.
    private static func literals(of line: String) -> [String] {
        line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }

    /// The ids of things and organisations, and the names and titles, of all lines of an example.
    private static func idsAndNames(of example: Example) throws -> (ids: Set<String>, names: Set<String>) {
        let idFields = [
            "site", "service", "fund", "point", "plan", "commitment", "indicator", "milestone", "beneficiary", "holder",
            "payer", "organisation", "partner", "provider", "operators", "partners",
        ]
        let nameFields = ["name", "title", "pillar_title", "note", "source"]
        var (ids, names): (Set<String>, Set<String>) = ([], [])
        for line in try String(contentsOf: example.lines, encoding: .utf8).split(separator: "\n") {
            let request = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let params = Answer(fields: try #require(request?["params"] as? [String: Any]))
            for field in idFields { ids.formUnion([params.text(field)].compactMap(\.self) + params.texts(field)) }
            for field in nameFields { names.formUnion([params.text(field)].compactMap(\.self)) }
        }
        return (ids, names)
    }
}
