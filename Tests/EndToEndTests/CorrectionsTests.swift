import Foundation
import Testing

/// What was recorded wrongly is put right on the command line, and a report of the past stays the same for ever.
@Suite struct CorrectionsTests {
    private let daemon: Daemon

    init() throws { daemon = try Daemon.start(["--time-zone", "UTC"]) }

    @discardableResult
    private func run(_ arguments: String...) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath)
    }

    /// A site of ten places and one placement of two people from the first to the tenth of December.
    private func begin() throws {
        let client = try daemon.connect()
        try client.record("site.open", ["site": "ney", "kind": "CPA", "time": "2016-11-10"])
        try client.record("site.set_capacity", ["site": "ney", "audience": "any", "places": 10, "time": "2016-11-10"])
        try client.record(
            "placement.start",
            [
                "placement": "p-1", "site": "ney", "audience": "couples", "adults": 2, "person": "s-1",
                "time": "2016-12-01",
            ])
        try client.record("placement.end", ["placement": "p-1", "destination": "CAO", "time": "2016-12-10"])
    }

    @Test func `void and correct say what they did, and the history shows both, who and why`() throws {
        try begin()
        #expect(
            try run("correct", "3", "adults=3", "children=1", "--reason", "headcount")
                == Ended(0, "recorded #5 event.corrected placement/p-1\n"))
        #expect(
            try run("void", "#4", "--reason", "not_happened")
                == Ended(0, "recorded #6 event.voided placement/p-1\n"))
        #expect(
            try run("void", "4", "--reason", "not_happened").output == "nothing to record: it had already happened\n")
        let history = try run("history", "placement/p-1").output
        let lines = history.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].contains("placement.started") && lines[0].contains("corrected by #5 uid:"))
        #expect(lines[1].contains("placement.ended") && lines[1].contains("voided by #6 uid:"))
        #expect(lines[2].contains("event.corrected") && lines[2].contains("reason=headcount"))
        #expect(lines[3].contains("event.voided") && lines[3].contains("reason=not_happened"))
        #expect(try run("occupancy", "--as-of", "2016-12-24").output.contains(" 4 "))
        let before = try run("occupancy", "--as-of", "2016-12-05", "--known-at", "#4", "-o", "json").output
        #expect(before.contains(#""occupied":2"#))
        let after = try run("occupancy", "--as-of", "2016-12-05", "-o", "json").output
        #expect(after.contains(#""occupied":4"#))
    }

    @Test func `a correction that cannot be says what stands in the way, and what to do`() throws {
        try begin()
        let refused = try run("void", "3", "--reason", "error")
        #expect(refused.status == 6)
        #expect(refused.error.contains("#4 placement.ended of placement/p-1 (unknown_placement)"))
        #expect(refused.error.contains("void or correct those too, in the same transaction"))
        #expect(try run("correct", "3", "adults=none", "--reason", "headcount").error.contains("set.adults"))
        #expect(try run("correct", "3", "--reason", "headcount").status == 2)
        #expect(try run("void", "99", "--reason", "error").status == 4)
        #expect(try run("void", "3", "--reason", "mood").status == 2)
        #expect(try run("status", "-o", "json").output.contains(#""head":4"#))
    }

    @Test(arguments: ["text", "markdown", "html", "csv", "json"])
    func `a report of what was known then is the same for ever, byte for byte`(form: String) throws {
        try begin()
        func report(_ daemon: Daemon, _ more: String...) throws -> Ended {
            try Program.run(
                ["bilan", "--as-of", "2016-12-05", "-o", form] + more, socket: daemon.socketPath)
        }
        let then = try report(daemon)
        #expect(then.status == 0 && then.output.utf8.count > 500)
        #expect(try report(daemon, "--known-at", "4") == then)
        // The past changes, as it is known.
        try run("correct", "3", "adults=4", "--reason", "headcount")
        try run("site", "capacity", "ney", "--audience", "any", "--places", "50", "--effective", "2016-11-20")
        #expect(try report(daemon) != then)
        #expect(try report(daemon, "--known-at", "#4") == then)
        // And so it is for another process, years later.
        daemon.crash()
        let again = try Daemon.start(in: daemon.folder, ["--time-zone", "UTC"])
        #expect(try report(again, "--known-at", "4") == then)
    }
}
