import Foundation
import Testing

/// The manual pages, as `Deploy/man/make` writes them.
@Suite struct ManualTests {
    private let folder: URL

    init() throws {
        folder = try Daemon.newFolder()
        let made = try Program.run(
            program: Example.repository.appending(path: "Deploy/man/make"),
            [folder.path, Daemon.program("accueilctl").path], environment: [:])
        try #require(made.status == 0, "\(made.error)")
    }

    private static let pages = ["accueilctl.1", "accueild.8", "accueil-protocol.7", "accueil-log.5"]

    private func finish() { try? FileManager.default.removeItem(at: folder) }

    /// The page as it is read.
    private func shown(_ page: String) throws -> String {
        let path = folder.appending(path: page).path
        return try Program.run(
            program: URL(filePath: "/usr/bin/mandoc"), ["-Tutf8", "-Owidth=1000", path], environment: [:]
        ).output.replacing(/.\u{8}/, with: "")
    }

    @Test func `mandoc and man find nothing wrong with the pages`() throws {
        defer { finish() }
        for page in Self.pages {
            let path = folder.appending(path: page).path
            let lint = try Program.run(
                program: URL(filePath: "/usr/bin/mandoc"), ["-Tlint", "-Wwarning", path], environment: [:])
            #expect(lint.output == "")
            let man = try Program.run(
                program: URL(filePath: "/usr/bin/man"), ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path],
                environment: ["LC_ALL": "C.UTF-8"])
            #expect(man.error == "")
        }
    }

    /// A command of the parser's tree: its words, and the long names of its options.
    private func verbs(of program: String) throws -> [(path: [String], options: [String])] {
        let told = try Program.run(
            program: Daemon.program(program), ["--experimental-dump-help"], environment: [:])
        let tree = try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: Any]
        func walk(_ command: [String: Any], _ path: [String]) -> [([String], [String])] {
            let names = (command["arguments"] as? [[String: Any]] ?? []).flatMap { argument in
                (argument["names"] as? [[String: String]] ?? []).filter { $0["kind"] == "long" }.compactMap {
                    $0["name"]
                }
            }
            let children = (command["subcommands"] as? [[String: Any]] ?? []).filter {
                $0["commandName"] as? String != "help"
            }
            return [(path, names)]
                + children.flatMap { walk($0, path + [$0["commandName"] as? String ?? ""]) }
        }
        return walk(try #require(tree?["command"] as? [String: Any]), [])
    }

    @Test func `every verb and every option is in the manual`() throws {
        defer { finish() }
        for (program, page) in [("accueilctl", "accueilctl.1"), ("accueild", "accueild.8")] {
            let manual = try shown(page)
            let verbs = try verbs(of: program)
            #expect(!verbs.isEmpty)
            for (path, options) in verbs {
                if !path.isEmpty { #expect(manual.contains(path.joined(separator: " ")), "\(path)") }
                for option in options { #expect(manual.contains("--\(option)"), "\(path) --\(option)") }
            }
        }
    }

    @Test func `the pages of protocol and log say what their files say`() throws {
        defer { finish() }
        // Every word that stands in code in the files stands on the page.
        for (file, page) in [("PROTOCOL.md", "accueil-protocol.7"), ("LOG.md", "accueil-log.5")] {
            let text = try String(
                contentsOf: Example.repository.appending(path: "Protocol/\(file)"), encoding: .utf8)
            let manual = try shown(page).split(whereSeparator: \.isWhitespace).joined()
            let words = text.matches(of: /`([^`\n]+)`/).map { String($0.output.1).replacing("\\|", with: "|") }
            #expect(words.count > 20)
            for word in words {
                #expect(manual.contains(word.split(whereSeparator: \.isWhitespace).joined()), "\(word)")
            }
        }
    }
}
