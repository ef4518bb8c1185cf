import AccueilTesting
import Testing

@testable import AccueilDomain
@testable import Bilan

/// The village's report in every form.
@Suite struct FormsTests {
    private static let forms: [Bilan.Form] = [
        .text(width: 80, colours: false, unicode: true), .markdown, .html, .csv,
    ]
    let story: Scenario

    init() throws { story = try Village.story() }

    private func answer(_ audience: Readership = .internal) throws -> BilanQuery.Answer {
        var answer = try story.ask(
            .with { ($0.asOf, $0.audience) = (Village.day, audience) } as BilanQuery, today: "2021-01-01")
        answer.provenance = .with {
            ($0.source, $0.log) = ("urn:accueil:village", "0b5e8d0e-0f0a-4c55-9a4b-6a3f6f7d7c11")
            ($0.position, $0.root, $0.recorded) = (61, "+root/Base64=", Timestamp("2020-04-01T09:00:00Z"))
        }
        return answer
    }

    private func render(
        _ form: Bilan.Form, _ language: Language = .fr, _ audience: Readership = .internal
    ) throws -> String { Bilan.render(try answer(audience), as: form, language: language) }

    /// The text with its breaks and its special spaces taken for spaces.
    private func plain(_ text: String) -> String {
        var plain = ""
        for scalar in text.unicodeScalars { plain += scalar.properties.isWhitespace ? " " : String(scalar) }
        return plain.split(separator: " ").joined(separator: " ")
    }

    // MARK: All forms

    @Test(arguments: forms)
    func `the same answer gives the same bytes`(form: Bilan.Form) throws {
        #expect(try render(form) == render(form))
        #expect(try render(form, .fr) != render(form, .en))
        #expect(try render(form).utf8.elementsEqual(try FormsTests().render(form).utf8))
    }

    @Test(arguments: forms.dropLast(), Language.allCases)
    func `the report ends with where it comes from and how to have it again`(form: Bilan.Form, language: Language)
        throws
    {
        let report = plain(try render(form, language)).replacing("&#43;", with: "+")
        let command =
            "accueilctl bilan --as-of 2020-03-31 --known-at 61 --lang \(language.rawValue) -o \(form.name)"
        for fact in [command, "61", "0b5e8d0e-0f0a-4c55-9a4b-6a3f6f7d7c11", "+root/Base64=", "2020-04-01T09:00:00Z"] {
            #expect(report.contains(fact), "\(fact)")
        }
    }

    @Test(arguments: forms)
    func `every figure stands there with its source and its question`(form: Bilan.Form) throws {
        let report = plain(try render(form))
        for fact in ["Part de la grange", "Gazette, p. 1", "i-4", "query.operations", "carried_out"] {
            #expect(report.contains(fact), "\(fact)")
        }
    }

    @Test(arguments: forms.dropLast())
    func `sources that disagree are shown side by side`(form: Bilan.Form) throws {
        let report = plain(try render(form)).replacing("\\", with: "")
        #expect(report.contains("se contredisent"))
        #expect(report.contains("concordent"))
    }

    @Test(arguments: forms.dropLast(), Language.allCases)
    func `what is kept back is shown as kept back`(form: Bilan.Form, language: Language) throws {
        let report = plain(try render(form, language, .public))
        #expect(report.contains("…"))
        #expect(report.contains(language("Forme publiée", "Published form")))
        #expect(report.contains("--audience public"))
        #expect(!plain(try render(form, language)).contains(language("Forme publiée", "Published form")))
    }

    @Test(arguments: forms)
    func `a report of nothing is a report`(form: Bilan.Form) throws {
        let answer = try Scenario().ask(BilanQuery(), today: "2021-01-01")
        #expect(Bilan.render(answer, as: form, language: .fr).contains("Anomalies"))
    }

    // MARK: Page

    @Test func `nothing of the register is taken for markup`() throws {
        let page = try render(.html)
        #expect(!page.contains("<script") && !page.contains("<b>«A"))
        #expect(page.contains("La grange | &lt;b&gt;«A &amp; B»&lt;/b&gt;"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("=SUM(A1) présents"))
    }

    @Test func `characters that turn the direction of text or show nothing are written out`() {
        #expect(escaped("a\u{202E}b\u{200B}'\"") == "a\\u{202e}b\\u{200b}&#39;&quot;")
        #expect(escaped("7\u{202F}567\u{A0}%") == "7\u{202F}567\u{A0}%")
    }

    @Test(arguments: Language.allCases)
    func `the page knows its language, needs nothing from elsewhere, and every tag is closed`(language: Language) throws
    {
        let page = try render(.html, language)
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"\(language.rawValue)\">"))
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("url("))
        #expect(Self.unclosed(in: page) == [])
    }

    /// Tags that are open at the end, or closed in the wrong order.
    private static func unclosed(in page: String) -> [String] {
        let empty: Set<Substring> = ["meta", "br", "line", "rect", "path"]
        var open: [Substring] = []
        for part in page.split(separator: "<").dropFirst() {
            let isClosing = part.first == "/"
            let name = part.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
            guard !name.isEmpty, !part.hasPrefix("!"), !empty.contains(name) else { continue }
            if !isClosing {
                open.append(name)
            } else if open.last == name {
                open.removeLast()
            } else {
                return open.map { String($0) } + ["</\(name)>"]
            }
        }
        return open.map { String($0) }
    }

    @Test func `charts show what the tables say`() throws {
        let page = try render(.html)
        #expect(page.split(separator: "role=\"img\"").count - 1 == 7)
        // The longest bar is the whole, the next one 2 of 13.
        #expect(page.contains("width=\"100%\" height=\"7\" rx=\"3.5\" class=\"first\""))
        #expect(page.contains("width=\"15.38%\" height=\"7\" rx=\"3.5\" class=\"first\""))
    }

    // MARK: Markdown

    @Test func `bars, stars and angle brackets are escaped in Markdown`() throws {
        let report = try render(.markdown)
        #expect(report.contains("La grange \\| \\<b\\>«A \\& B»\\</b\\>"))
        #expect(report.contains("#### 1. Accueillir \\*tous\\* ceux qui viennent"))
        #expect(report.contains("\\<script\\>"))
        for line in report.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.hasSuffix("|"))
        }
    }

    @Test func `a table has as many cells in every row`() throws {
        var columns: Int?
        for line in try render(.markdown).split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                columns = nil
                continue
            }
            let cells = line.replacing("\\|", with: "").count { $0 == "|" }
            #expect(cells == columns ?? cells, "\(line)")
            columns = cells
        }
    }

    // MARK: Terminal

    @Test(arguments: [40, 60, 80, 100, 160], [true, false])
    func `no line is wider than the terminal`(width: Int, unicode: Bool) throws {
        for line in try render(.text(width: width, colours: false, unicode: unicode)).split(separator: "\n") {
            #expect(line.count <= width, "\(line)")
            #expect(!line.hasSuffix(" "))
        }
    }

    @Test func `colours are there only where they can be shown`() throws {
        #expect(try !render(.text(width: 80, colours: false, unicode: true)).contains("\u{1B}"))
        #expect(try render(.text(width: 80, colours: true, unicode: true)).contains("\u{1B}[31m  ≠"))
    }

    @Test func `without Unicode, bars and spaces are plain`() throws {
        let report = try render(.text(width: 80, colours: false, unicode: false))
        #expect(report.contains("################"))
        #expect(["\u{202F}", "\u{A0}", "▇", "…", "→", "≠", "−"].allSatisfy { !report.contains($0) })
    }

    // MARK: Sheet

    /// The rows of a sheet, read as RFC 4180 says, by the names in its first row.
    private func sheet(_ text: String) throws -> [[String: String]] {
        #expect(text.hasPrefix("\u{FEFF}section,id,title,value,"))
        var rows: [[String]] = [[""]]
        var isQuoted = false
        var scalars = Array(text.unicodeScalars.dropFirst())[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                scalars.removeFirst()
                rows[rows.count - 1][rows[rows.count - 1].count - 1] += "\""
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: rows[rows.count - 1].append("")
            case "\r" where !isQuoted:
                #expect(scalars.popFirst() == "\n")
                rows.append([""])
            default: rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
            }
        }
        #expect(!isQuoted && rows.removeLast() == [""])
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows[1].allSatisfy { $0.wholeMatch(of: /#[a-z]+(\+[a-z_]+)*/) != nil })
        return rows.map { Dictionary(uniqueKeysWithValues: zip(rows[0], $0)) }
    }

    @Test func `the sheet has a row for each figure and each number, under a row of hashtags`() throws {
        let rows = try sheet(try render(.csv))
        let figure = try #require(rows.first { $0["id"] == "i-1" })
        #expect(figure["value"] == "9" && figure["target"] == "20" && figure["unit"] == "people")
        #expect(figure["precision"] == "exact" && figure["stated"] == "9" && figure["source"] == "Gazette, p. 1")
        #expect(figure["query"] == "query.occupancy" && figure["params"] == "site=barn" && figure["path"] == "occupied")
        #expect(figure["position"] == "61" && figure["as_of"] == "2020-03-31")
        let range = try #require(rows.first { $0["id"] == "i-8" })
        #expect(range["value"] == "" && range["stated"] == "5..10" && range["precision"] == "range")
        let both = try #require(rows.last { $0["id"] == "i-9" })
        #expect(both["stated"] == "1 ; 4" && both["precision"] == "exact ; exact")
        #expect(rows.contains { $0["id"] == "exits.unknown_departure" && $0["value"] == "2" })
        #expect(rows.contains { $0["id"] == "funds.well" && $0["value"] == "1034.5" && $0["unit"] == "EUR" })
    }

    @Test func `no text of the sheet is a formula`() throws {
        let rows = try sheet(try render(.csv)).dropFirst(2)
        let figure = try #require(rows.first { $0["id"] == "i-1" })
        #expect(figure["title"] == "'=SUM(A1) présents | à la grange")
        #expect(rows.allSatisfy { $0["root"] == "'+root/Base64=" })
        for cell in rows.flatMap({ $0.filter { !["value", "target", "position"].contains($0.key) }.values }) {
            #expect(!["=", "+", "-", "@"].contains(cell.prefix(1)), "\(cell)")
        }
    }

    @Test func `a number that is kept back is empty in the sheet, and marked`() throws {
        let rows = try sheet(try render(.csv, .fr, .public))
        let mali = try #require(rows.first { $0["id"] == "i-3" })
        #expect(mali["value"] == "" && mali["precision"] == "masked" && mali["stated"] == "")
        let exit = rows.filter { $0["id"] == "exits.unknown_departure" }
        #expect(exit.count == 2 && exit.allSatisfy { $0["value"] == "" && $0["precision"] == "masked" })
    }

    @Test func `each number of the sheet is what its own question answers`() throws {
        let rows = try sheet(try render(.csv)).dropFirst(2)
        var asked = 0
        for row in rows {
            // Figures of several terms stand for themselves.
            guard let path = row["path"].flatMap({ Text($0) }).flatMap({ AnswerPath($0) }),
                let type = Catalogue.queriesByMethod[row["query"] ?? ""], row["unit"] != "date",
                row["unit"] != "percent" || row["id"]?.hasPrefix("i-") == false
            else { continue }
            var params = Parameters(
                (row["params"] ?? "").split(separator: " ").map { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1).map { String($0) }
                    return (name: parts[0], value: .text(parts[1]))
                })
            params.all.append((name: "as_of", value: .text(Village.day.description)))
            let found = try value(type, params, path)
            // Money lies in cents in an answer, and lengths of stays in tenths of a day.
            let scale =
                row["unit"] == "EUR" && row["query"] == "query.donations"
                ? 100 : row["path"]?.hasSuffix("days_mean_tenths") ?? false ? 10 : 1
            let told = try #require(Decimal(row["value"] ?? ""), "\(row)")
            #expect(told.tenThousandths * Int64(scale) == found, "\(row)")
            asked += 1
        }
        #expect(asked > 250)
    }

    private func value<Query: QueryRecord>(_ type: Query.Type, _ params: Parameters, _ path: AnswerPath) throws -> Int64
    {
        let query = try params.read(type)
        return Int64(path.findings(in: try query.answer(story.world, today: Village.day)).tenThousandths)
    }
}
