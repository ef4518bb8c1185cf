import Foundation
import Testing

/// A city's story in `Protocol/examples`, the day of its report, and the list of the figures in that.
///
/// As a trait it starts one daemon for a whole suite and tells it the example; any refusal fails the suite.
struct Example: SuiteTrait, TestScoping {
    @TaskLocal static var socketPath = ""

    static let paris = Example(
        lines: "paris-2017.ndjson", generator: "paris_2017.py", figures: "bilan-mars-2017-figures.tsv",
        day: "2017-03-23", arguments: [])
    static let valmer = Example(
        lines: "valmer.ndjson", generator: "valmer.py", figures: "valmer-figures.tsv", day: "2022-06-30",
        arguments: ["--time-zone", "UTC", "--source", "urn:accueil:valmer"])

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let repository = tests.appending(path: "../..").standardizedFileURL

    let lines: URL
    let generator: URL
    let figures: URL
    /// The day of the report.
    let day: String
    /// Of the daemon.
    let arguments: [String]

    private init(lines: String, generator: String, figures: String, day: String, arguments: [String]) {
        let examples = Self.repository.appending(path: "Protocol/examples")
        self.lines = examples.appending(path: lines)
        self.generator = examples.appending(path: generator)
        self.figures = Self.tests.appending(path: "Fixtures/" + figures)
        self.day = day
        self.arguments = arguments
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let daemon = try Daemon.start(arguments)
        let answers = try tell(try daemon.connect())
        #expect(answers.allSatisfy { $0.rows(of: "events").count == 1 })
        try await Self.$socketPath.withValue(daemon.socketPath) { try await function() }
        #expect(daemon.stop() == 0)
    }

    /// Sends the example as `nc -U` would, two hundred lines at a time, and gives the result of each line.
    func tell(_ client: LineClient) throws -> [Answer] {
        let lines = try String(contentsOf: lines, encoding: .utf8).split(separator: "\n")
        var results: [Int: Answer] = [:]
        for start in stride(from: 0, to: lines.count, by: 200) {
            let some = lines[start..<min(start + 200, lines.count)]
            try client.send(some.joined(separator: "\n") + "\n")
            for _ in some {
                // A refusal does not wait for the disk: answers come in an order of their own.
                let response = try client.object()
                let id = try #require(response["id"] as? Int)
                let result = response["result"] as? [String: Any]
                results[id] = Answer(fields: try #require(result, "\(lines[id - 1]) was answered \(response)"))
            }
        }
        return try (1...lines.count).map { try #require(results[$0]) }
    }

    /// Runs the generator: its exit status, and what it printed.
    func generate(_ arguments: [String] = []) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", generator.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    func listedFigures() throws -> [ListedFigure] {
        let rows = try String(contentsOf: figures, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) } }
        return rows.dropFirst().map { row in
            ListedFigure(fields: Dictionary(uniqueKeysWithValues: zip(rows[0], row)))
        }
    }
}

extension Trait where Self == Example {
    static var paris: Example { .paris }
    static var valmer: Example { .valmer }
}

/// A row of the list of a report's figures, and what the register has to give for it.
struct ListedFigure: Sendable, CustomTestStringConvertible {
    let fields: [String: String]

    subscript(_ name: String) -> String { fields[name] ?? "" }
    var id: String { self["id"] }
    var testDescription: String { id }

    /// What the report says, as a statement: `400`, `~300` (about), `>1500`, `<40`, `5-10`, nothing (some).
    ///
    /// A day is a number of eight digits, and a month the range of its days.
    var statement: [String: String] {
        let figure = self["figure"]
        if self["code"] == "date" {
            let digits = figure.filter { $0 != "-" }
            guard digits.count == 6 else { return ["value": digits, "precision": "exact"] }
            return ["value": digits + "01", "value_max": digits + "31", "precision": "range"]
        }
        let precisions: [Character: String] = ["~": "about", ">": "more_than", "<": "less_than"]
        guard let first = figure.first else { return ["precision": "unspecified"] }
        if let precision = precisions[first] { return ["value": String(figure.dropFirst()), "precision": precision] }
        let ends = figure.split(separator: "-").map { String($0) }
        guard ends.count == 1 else { return ["value": ends[0], "value_max": ends[1], "precision": "range"] }
        return ["value": figure, "precision": "exact"]
    }
}

/// The fields of a result, or of a row of one.
struct Answer {
    let fields: [String: Any]

    subscript(_ name: String) -> Int? { fields[name] as? Int }
    func text(_ name: String) -> String? { fields[name] as? String }
    func flag(_ name: String) -> Bool? { fields[name] as? Bool }
    func texts(_ name: String) -> [String] { fields[name] as? [String] ?? [] }
    func record(_ name: String) -> Answer? { (fields[name] as? [String: Any]).map(Answer.init) }
    func rows(of name: String) -> [Answer] { (fields[name] as? [[String: Any]] ?? []).map(Answer.init) }
    var rows: [Answer] { rows(of: "rows") }
    func row(_ key: String) -> Answer? { rows.first { $0.text("key") == key } }
}
