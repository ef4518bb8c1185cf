import Foundation
import Testing

// The report as a page, looked at in a real browser, and as what `accueilctl bilan` writes.

/// A headless Chromium, and `look_at_page.py`, which looks through it.
private enum Browser {
    static let isThere = ["chromium", "chromium-browser", "google-chrome"].contains { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    static let missing: Comment =
        "THERE IS NO CHROMIUM HERE: nobody looked at the page of the bilan. Tests/run installs it (apt-get install chromium)."

    /// What is wrong with a page, one line each.
    static func findings(_ page: URL) throws -> [String] {
        let driver = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "look_at_page.py")
        let ended = try Program.run(
            program: URL(filePath: "/usr/bin/env"), ["python3", driver.path, page.path], environment: [:])
        try #require([0, 1].contains(ended.status), "\(ended.output)\(ended.error)")
        let lines = ended.output.split(separator: "\n").map { String($0) }
        #expect(lines.isEmpty == (ended.status == 0))
        return lines
    }
}

@Suite(.serialized) struct BilanPageTests {
    /// Says it even where nobody reads why a test was skipped.
    init() {
        if !Browser.isThere { FileHandle.standardError.write(Data((Browser.missing.rawValue + "\n").utf8)) }
    }

    @Test(.enabled(if: Browser.isThere, Browser.missing))
    func `the browser finds what is wrong with a page`() throws {
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "bad.html")
        let html = """
            <!DOCTYPE html><html><head><title>t</title><style>
            body { background: #ffffff; color: #000000; font-family: "DejaVu Sans", sans-serif; }
            .pale { color: #aaaaaa; } .wide { width: 2000px; } .tiny { font-size: 8px; }
            @media (prefers-color-scheme: dark) { .night { color: #ffffff; } }
            @media (max-width: 400px) { .narrow { width: 500px; } }
            </style></head><body><h1>One</h1><h3>Three</h3><p class="pale">pale</p><p class="night">night</p>
            <p class="tiny">tiny</p><div class="wide">wide</div><div class="narrow">narrow</div><p>\u{E123}</p>
            <figure><svg role="img" width="100" height="20"><text y="12">on</text><text y="13">words</text></svg></figure>
            <table><tr><th>t</th></tr></table><a href="https://example.org">out</a><script></script></body></html>
            """
        try Data(html.utf8).write(to: page)
        let findings = try Browser.findings(page).joined(separator: "\n")
        for expected in [
            "no language", "heading skips a level: Three", "chart without words", "chart without its data",
            "table without caption", "th without scope", "no skip link", "link leads out or nowhere",
            "something that a page by itself has no use for", "desk, light, closed: contrast: p.pale",
            "desk, dark, closed: contrast: p.night", "telephone, light, closed: overflow: div.narrow",
            "desk, light, closed: overflow: div.wide", "too small: p.tiny", "no glyph: U+e123", "words on words",
        ] {
            #expect(findings.contains(expected), "\(expected)")
        }
        // In the light, and at a desk, there is nothing wrong with these.
        #expect(!findings.contains("light, closed: contrast: p.night"))
        #expect(!findings.contains("desk, light, closed: overflow: div.narrow"))
    }
}

extension Paris2017Tests {
    @Test(
        .enabled(if: Browser.isThere, Browser.missing),
        arguments: [("internal", "fr"), ("public", "en")])
    func `the page of the bilan is read at a desk and on a telephone, in the light and in the dark, and on paper`(
        audience: String, language: String
    ) throws {
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "bilan.html")
        let written = try Program.run(
            [
                "bilan", "--as-of", Example.paris.day, "--audience", audience, "--lang", language, "-o", "html",
                "--output", page.path,
            ], socket: Example.socketPath)
        #expect(written == Ended(0, ""))
        let findings = try Browser.findings(page)
        #expect(findings.isEmpty, "\(findings.prefix(20).joined(separator: "\n"))")
    }

    @Test func `the report in the terminal has the bilan's figures and what it does not say`() throws {
        let ended = try Program.run(
            ["bilan", "--as-of", Example.paris.day], socket: Example.socketPath, environment: ["LC_ALL": "C.UTF-8"])
        let report = ended.output.replacing("\u{202F}", with: " ").replacing("\u{A0}", with: " ")
        for words in [
            "registre 5 379 personnes", "plus de 1 500 personnes", "parti sans orientation connue", "se contredisent",
            "query.flows", "--known-at", "23 mars 2017",
        ] {
            #expect(report.contains(words), "\(words)")
        }
        #expect(ended.lines.allSatisfy { $0.count <= 80 })
    }

    @Test func `the sheet has every figure of the list`() throws {
        let sheet = try Program.run(
            ["bilan", "--as-of", Example.paris.day, "-o", "csv"], socket: Example.socketPath
        ).output
        #expect(sheet.contains("section,id,title,"))
        let ids = Set(sheet.split(separator: "\r\n").map { $0.split(separator: ",").dropFirst().first ?? "" })
        #expect(Set(try Example.paris.listedFigures().map(\.id)).subtracting(ids.map { String($0) }) == [])
    }
}

/// `accueilctl bilan` against a register of its own.
@Suite struct BilanCommandTests {
    private let daemon: Daemon

    init() throws { daemon = try Daemon.start() }

    private func run(_ arguments: String...) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath)
    }

    private func record(_ arguments: String...) throws {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        try #require(ended.status == 0, "\(ended.error)")
    }

    private func openSite() throws {
        try record("site", "open", "barn", "--kind", "CHU", "--time", "2020-01-01")
        try record("site", "capacity", "barn", "--audience", "any", "--places", "40", "--time", "2020-01-01")
        try record(
            "placement", "start", "p-1", "--site", "barn", "--audience", "any", "--adults", "9", "--time", "2020-02-01")
    }

    @Test(arguments: ["text", "markdown", "html", "csv", "json"])
    func `the same report again, byte for byte, whatever was recorded since`(form: String) throws {
        try openSite()
        let report = try run("bilan", "--as-of", "2020-03-01", "--known-at", "3", "-o", form)
        #expect(report.status == 0 && report.output.utf8.count > 500)
        let unasked = try run("bilan", "--as-of", "2020-03-01", "-o", form)
        #expect(unasked == report, "what is known now is what was known at the head")
        try record(
            "placement", "start", "p-2", "--site", "barn", "--audience", "any", "--adults", "30", "--time", "2020-02-01"
        )
        #expect(try run("bilan", "--as-of", "2020-03-01", "--known-at", "3", "-o", form) == report)
        #expect(try run("bilan", "--as-of", "2020-03-01", "-o", form) != report)
        #expect(daemon.stop() == 0)
    }

    @Test func `the command at the end of a report gives the report`() throws {
        try openSite()
        let report = try run("bilan", "--as-of", "2020-03-01", "--lang", "en", "--audience", "public", "-o", "markdown")
        let command = try #require(report.lines.first { $0.hasPrefix("accueilctl bilan") })
        let words = command.split(separator: " ").dropFirst().map { String($0) }
        #expect(try Program.run(words, socket: daemon.socketPath) == report)
        #expect(daemon.stop() == 0)
    }

    @Test func `it is written to a file whole or not at all`() throws {
        try openSite()
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "bilan.json")
        #expect(try run("bilan", "-o", "json", "--output", file.path) == Ended(0, ""))
        #expect(try String(contentsOf: file, encoding: .utf8) == run("bilan", "-o", "json").output)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["bilan.json"])
        let nowhere = try run("bilan", "--output", folder.appending(path: "no/such/folder").path)
        #expect(nowhere.status == 1 && nowhere.output.isEmpty && nowhere.error.contains("cannot be written"))
        #expect(daemon.stop() == 0)
    }

    @Test func `a plan that there is not is not found, and no form is a usage error`() throws {
        let ended = try run("bilan", "--plan", "nowhere")
        #expect(ended.status == 4 && ended.error.contains("unknown_plan"))
        #expect(try run("bilan", "-o", "pdf").status == 2)
        #expect(try run("bilan", "--plan", "nowhere", "-o", "json").error.hasPrefix(#"{"error":"#))
        #expect(daemon.stop() == 0)
    }
}
