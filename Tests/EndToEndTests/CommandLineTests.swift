import AccueilDomain
import Foundation
import Testing

@testable import accueilctl

/// `accueilctl` against the real daemon, as an operator or a script runs it.
@Suite struct CommandLineTests {
    private let daemon: Daemon

    init() throws { daemon = try Daemon.start() }

    /// Runs the program to its end.
    private func run(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath, input: input, environment: environment)
    }

    /// Records something that must be accepted.
    private func recorded(_ arguments: String...) throws {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        try #require(ended.status == 0, "\(arguments): \(ended.error)")
    }

    private func openSite() throws {
        try recorded(
            "site", "open", "ney", "--kind", "CPA", "--name", "Boulevard Ney", "--operator", "emmaus", "--commune",
            "75056",
            "--arrondissement", "18", "--time", "2016-11-10")
        try recorded(
            "site", "capacity", "ney", "--audience", "single_men", "--places", "3", "--time", "2016-11-10")
    }

    // MARK: The log's files

    @Test func `the log is backed up beside the running daemon, and what is not sound ends with 8`() throws {
        try openSite()
        let (log, copy) = (daemon.logFolder.path, daemon.folder.appending(path: "copy").path)
        let first = try run("log", "backup", copy, "--log", log)
        #expect(first.status == 0 && first.error == "")
        #expect(first.output.hasPrefix("\(copy) holds 2 events, 2 of them new; root "))
        try recorded("site", "capacity", "ney", "--audience", "families", "--places", "3")
        let second = try run("log", "backup", copy, "--log", log, "-o", "json")
        #expect(
            second.output.contains(#""position":3,"#)
                && second.output.contains(#""before":2,"segments_copied":1,"bytes_copied":"#))
        #expect(try run("log", "verify", copy).output.hasPrefix("\(copy) is sound: 3 events in 1 segment, root "))
        #expect(try run("log", "verify", log, "-o", "json").output.hasPrefix(#"{"position":3,"root":""#))

        #expect(try run("log", "backup", log, "--log", log).status == 2)
        #expect(try run("log", "verify", "\(copy)/nothing").status == 4)
        let segment = URL(filePath: "\(copy)/00000000000000000001.ndjson")
        var bytes = try Data(contentsOf: segment)
        bytes[10] ^= 1
        try bytes.write(to: segment)
        for arguments in [["log", "verify", copy], ["log", "backup", copy, "--log", log]] {
            let ended = try Program.run(arguments, socket: daemon.socketPath)
            #expect(ended.status == 8 && ended.output == "")
            #expect(ended.error.contains(segment.path), "\(ended.error)")
        }
    }

    // MARK: Recording and looking up

    @Test func `placements are recorded line by line, and occupancy shows them`() throws {
        try openSite()
        let started = try run(
            "placement", "start", "p-1", "--site", "ney", "--audience", "single_men", "--person", "s-1",
            "--nationality", "AFG", "--command-id", "c-1")
        #expect(started == Ended(0, "recorded #3 placement.started placement/p-1\n"))
        let again = try run(
            "placement", "start", "p-1", "--site", "ney", "--audience", "single_men", "--person", "s-1",
            "--nationality", "AFG", "--command-id", "c-1")
        #expect(again == Ended(0, "already recorded #3 placement.started placement/p-1\n"))
        let crowd = try run("placement", "start", "p-2", "--site", "ney", "--audience", "single_men", "--adults", "3")
        #expect(crowd == Ended(0, "recorded #4 placement.started placement/p-2  !occupancy_above_capacity\n"))

        let occupancy = try run("occupancy", environment: ["LC_ALL": "C"]).lines
        #expect(
            occupancy.dropFirst() == [
                "SITE   NAME           KIND  PLACES  BLOCKED  PEOPLE  FREE",
                "ney    Boulevard Ney  CPA        3        0       4    -1  ##########+",
                "total                            3        0       4    -1  ##########+",
            ])
        #expect(
            try run("occupancy", "--as-of", "2016-11-11").lines[1...].contains {
                $0.hasSuffix("3        0       0     3")
            })
        try recorded("placement", "end", "p-2", "--destination", "CAO")
        #expect(try run("placements", "-o", "json").output.contains(#""total":1"#))
        #expect(try run("flows", "-o", "json").output.contains(#""arrivals":4,"departures":3"#))
        #expect(try run("history", "placement/p-1").lines.count == 1)
        #expect(
            try run("anomaly", "justify", "occupancy_above_capacity", "site/ney", "--reason", "emergency").status == 6,
            "nobody is above capacity any more")
    }

    @Test func `every room records and looks up`() throws {
        try openSite()
        try recorded("site", "stay-target", "ney", "--days-min", "5", "--days-max", "10")
        try recorded("site", "operator", "ney", "emmaus", "aurore")
        try recorded("site", "block", "ney", "--places", "1", "--reason", "works")
        try recorded("site", "release", "ney", "--places", "1")
        try recorded("site", "open", "ivry", "--kind", "CHU", "--time", "yesterday")
        try recorded("placement", "request", "r-1", "--audience", "families", "--adults", "2", "--children", "3")
        try recorded("placement", "close-request", "r-1", "--outcome", "oriented", "--destination", "hotel")
        try recorded("placement", "start", "p-1", "--site", "ney", "--audience", "single_men", "--time", "-2h")
        try recorded("placement", "move", "p-1", "--bed", "b-2", "--time", "-1h")
        try recorded("placement", "transfer", "p-1", "--site", "ivry", "--time", "-30m")
        try recorded("placement", "end", "p-1", "--destination", "CADA")
        try recorded("site", "close", "ivry")
        #expect(try run("stays", "--site", "ney").lines.contains { $0.hasPrefix("ney ") })

        try recorded("operation", "plan", "op-1", "--kind", "shelter", "--commune", "75056", "--partner", "ofii")
        try recorded("operation", "plan", "op-2", "--kind", "outreach", "--scheduled", "tomorrow")
        try recorded("operation", "cancel", "op-2", "--reason", "weather")
        let carriedOut = try run(
            "operation", "carry-out", "op-1", "--people", "single_men=12", "--people", "families=3", "--to",
            "site/ney=10",
            "--to", "CHU=4")
        #expect(carriedOut.output.hasSuffix("operation.carried_out operation/op-1  !people_not_placed\n"))
        #expect(try run("operations").lines.contains("people met 15, placed 14, not placed 1"))
        try recorded(
            "anomaly", "justify", "people_not_placed", "operation/op-1", "--reason", "agreed_by_authority")
        #expect(try run("anomalies", "--state", "justified").output.contains("agreed_by_authority"))

        try recorded("donation", "fund-open", "fdf", "--name", "Fondation de France", "--purpose", "kits")
        try recorded("donation", "pledge", "pl-1", "--fund", "fdf", "--donor-kind", "company", "--amount", "1000")
        try recorded(
            "donation", "receive", "d-1", "--fund", "fdf", "--donor-kind", "company", "--pledge", "pl-1", "--amount",
            "1000,50",
            "EUR")
        try recorded("donation", "allocate", "fdf", "--amount", "12.5", "EUR", "--purpose", "kits")
        try recorded("donation", "receipt", "rc-1", "--donation", "d-1")
        try recorded("donation", "void-receipt", "rc-1", "--reason", "error")
        try recorded("donation", "refund", "d-1", "--amount", "0.50")
        try recorded("donation", "grant", "g-1", "--beneficiary", "asso", "--theme", "sante", "--country", "SYR")
        try recorded("donation", "grant", "g-2", "--beneficiary", "asso", "--theme", "sante", "--amount", "495000")
        try recorded("donation", "disburse", "g-2", "--amount", "470000")
        try recorded("donation", "fund-close", "fdf")
        let donations = try run("donations", environment: ["LC_ALL": "C"]).output
        #expect(donations.contains("987.50"))
        #expect(donations.contains("470 000.00"))

        try recorded("collection", "open", "pt-1", "--name", "Pajol")
        try recorded("collection", "open", "pt-2")
        let goods = ["--unit", "pair", "--quantity"]
        func goodsVerb(_ verb: String, _ quantity: String, _ rest: String...) throws {
            let ended = try Program.run(
                ["collection", verb, "pt-1"] + goods + [quantity] + rest, socket: daemon.socketPath)
            try #require(ended.status == 0, "\(verb): \(ended.error)")
        }
        try goodsVerb("receive", "100", "--category", "unsorted", "--donor-kind", "individual")
        try goodsVerb("sort", "60", "--into", "shoes")
        try goodsVerb("dispatch", "10", "--category", "shoes", "--to", "point/pt-2")
        try goodsVerb("dispatch", "5", "--category", "shoes", "--to", "site/ney")
        try goodsVerb("distribute", "20", "--category", "shoes", "--people", "20", "--operation", "op-1")
        try goodsVerb("discard", "5", "--category", "unsorted", "--reason", "damaged")
        try goodsVerb("count", "25", "--category", "shoes")
        try recorded(
            "collection", "need", "n-1", "--at", "point/pt-1", "--category", "jackets", "--unit", "item", "--priority",
            "urgent")
        #expect(try run("needs").output.contains("urgent"))
        try recorded("collection", "close-need", "n-1", "--outcome", "met")
        #expect(try run("needs").lines.last == "no need")
        #expect(try run("stock", "--point", "pt-2", "-o", "json").output.contains(#""quantity":10"#))
        #expect(try run("collection", "close", "pt-1").status == 6, "it still has stock")
        let count = try run("status").lines.first { $0.hasPrefix("head") }
        #expect(
            try run("events", "tail", "-n", "all").lines.count == count.flatMap { Int($0.split(separator: " ")[1]) })
    }

    // MARK: What goes wrong

    @Test func `a refusal goes to standard error with its rule, and exits with 6`() throws {
        let refused = try run("placement", "start", "p-1", "--site", "nowhere", "--audience", "single_men")
        #expect(refused.status == 6)
        #expect(refused.output == "")
        #expect(refused.error.hasPrefix("accueilctl: refused (unknown_site): no site nowhere"))
        let json = try run("placement", "start", "p-1", "--site", "nowhere", "--audience", "single_men", "-o", "json")
        let error = try #require(
            try JSONSerialization.jsonObject(with: Data(json.error.utf8)) as? [String: [String: Any]])
        #expect((error["error"]?["data"] as? [String: Any])?["rule"] as? String == "unknown_site")
    }

    @Test func `exit codes tell usage, not found and unreachable apart`() throws {
        #expect(try run("placement", "start").status == 2)
        #expect(try run("placement", "start", "p-1", "--site", "Ney!", "--audience", "single_men").status == 2)
        #expect(try run("rpc", "query.occupancy", "{").status == 2)
        #expect(try run("rpc", "query.nothing").status == 2)
        #expect(try run("history", "site/nowhere").status == 4)
        #expect(try run("import", "/nowhere/file").status == 1)
        #expect(try run("--help").status == 0)
        let path = daemon.socketPath + "-none"
        let unreachable = try Program.run(["status"], socket: path)
        #expect(unreachable.status == 3)
        #expect(unreachable.error.contains(path))
        #expect(unreachable.error.contains("systemctl status accueild"))
    }

    @Test func `characters that would play tricks on a terminal are written out`() throws {
        try recorded("site", "open", "s-1", "--kind", "CHU", "--name", "a\u{202E}b\u{200B}c")
        let occupancy = try run("occupancy").output
        #expect(occupancy.contains(#"a\u{202e}b\u{200b}c"#))
        #expect(!occupancy.unicodeScalars.contains { $0.properties.generalCategory == .format })
    }

    @Test func `a table is at most 80 columns wide where there is no terminal`() throws {
        let name = String(repeating: "très long ", count: 12)
        try recorded("site", "open", "a-site-with-a-long-id", "--kind", "MNA_TEMPORARY", "--name", name)
        let lines = try run("occupancy").lines
        #expect(lines.contains { $0.hasPrefix("a-site-with-a-long-id") })
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test func `a reader that has seen enough ends the program quietly`() throws {
        for number in 1...200 { try recordedPlan(number) }
        let shell = try Program.run(
            program: URL(filePath: "/bin/bash"),
            ["-c", #"set -o pipefail; "$0" events tail -n all | head -n 1"#, Daemon.program("accueilctl").path],
            environment: ["ACCUEIL_SOCKET": daemon.socketPath])
        #expect(shell.status == 0)
        #expect(shell.error == "")
        #expect(shell.lines.count == 1)
    }

    private func recordedPlan(_ number: Int) throws {
        let client = try daemon.connect()
        _ = try client.result("operation.plan", ["operation": "op-\(number)", "kind": "outreach"])
    }

    // MARK: Tail

    @Test func `tail -f goes on across crashes and restarts, without a gap or a double`() throws {
        var daemon = try Daemon.start(in: daemon.folder.appending(path: "again").created())
        let tail = try RunningProgram(["events", "tail", "-f", "-n", "all", "-o", "json"], socket: daemon.socketPath)
        var sequences: [Int] = []
        var plans = 0
        for round in 0..<4 {
            if round > 0 {
                if round % 2 == 0 { #expect(daemon.stop() == 0) } else { daemon.crash() }
                daemon = try Daemon.start(in: daemon.folder)
            }
            let client = try daemon.connect()
            for _ in 0..<25 {
                plans += 1
                _ = try client.result("operation.plan", ["operation": "op-\(plans)", "kind": "outreach"])
            }
            while sequences.count < plans { sequences.append(try tail.sequence()) }
        }
        #expect(sequences == Array(1...100))
        tail.process.interrupt()
        tail.process.waitUntilExit()
        #expect(tail.process.terminationStatus == 130)
        #expect(tail.errors.components(separatedBy: "connected again").count == 4)
        withExtendedLifetime(daemon) {}
    }

    @Test func `tail filters by type, subject and time`() throws {
        try openSite()
        try recorded("operation", "plan", "op-1", "--kind", "outreach", "--time", "2017-01-01")
        func sequences(_ filter: String...) throws -> [String] {
            try Program.run(["events", "tail"] + filter, socket: daemon.socketPath).lines
                .map { String($0.split(separator: "#")[1].prefix(1)) }
        }
        #expect(try sequences() == ["1", "2", "3"])
        #expect(try sequences("-n", "1") == ["3"])
        #expect(try sequences("--type", "site.") == ["1", "2"])
        #expect(try sequences("--type", "site.opened", "--type", "operation.") == ["1", "3"])
        #expect(try sequences("--subject", "operation/op-1") == ["3"])
        #expect(try sequences("--since", "2016-12-01") == ["3"])
        #expect(try sequences("--until", "2016-11-10") == ["1", "2"])
        #expect(try sequences("-n", "0") == [])
    }

    // MARK: Import

    private static func receipt(_ quantity: Int, at point: String = "pt-1") -> String {
        """
        {"jsonrpc":"2.0","id":1,"method":"collection.receive","params":{"point":"\(point)","category":"books",\
        "unit":"item","quantity":\(quantity),"donor_kind":"individual","time":"2016-11-02"}}

        """
    }

    private static let openPoint = """
        {"jsonrpc":"2.0","id":1,"method":"collection.open_point","params":{"point":"pt-1","time":"2016-11-01"}}

        """

    @Test func `importing a file again after a correction records what was missing, and nothing twice`() throws {
        let head = Self.openPoint + Self.receipt(5) + Self.receipt(5) + "\n"
        let first = try run("import", "-", input: head + Self.receipt(7, at: "pt-9") + "{\n" + Self.receipt(1))
        #expect(first.status == 6)
        #expect(first.error.contains("line 5: refused (unknown_point)"))
        #expect(first.error.contains("line 6: parse_error: "))
        #expect(first.error.contains("4 recorded (4 events), 0 already there, 2 refused"))
        let second = try run("import", "-", input: head + Self.receipt(7) + Self.receipt(8) + Self.receipt(1))
        #expect(second.status == 0)
        #expect(second.error.contains("2 recorded (2 events), 4 already there, 0 refused"))
        #expect(try run("stock", "-o", "json").output.contains(#""quantity":26"#))
    }

    @Test func `an import goes on after the daemon was killed, and records each line once`() throws {
        var daemon = try Daemon.start(in: daemon.folder.appending(path: "again").created())
        let importing = try RunningProgram(["import", "-"], socket: daemon.socketPath)
        try importing.write(Self.openPoint + String(repeating: Self.receipt(1), count: 2000))
        // Killed in the middle: some lines are answered, some are recorded, some never came.
        let follower = try daemon.connect()
        _ = try follower.result("events.subscribe", ["from": 1])
        for _ in 0..<300 { _ = try follower.line() }
        daemon.crash()
        daemon = try Daemon.start(in: daemon.folder)
        try importing.write(String(repeating: Self.receipt(1), count: 500))
        importing.finishWriting()
        importing.process.waitUntilExit()
        #expect(importing.process.terminationStatus == 0)
        #expect(importing.errors.contains("connecting again"))
        let stock = try daemon.connect().result("query.stock")
        #expect((stock["rows"] as? [[String: Any]])?.first?["quantity"] as? Int == 2500)
    }

    @Test func `more than twenty refusals are counted, not listed`() throws {
        let ended = try run("import", "-", input: String(repeating: Self.receipt(1, at: "nowhere"), count: 25))
        #expect(ended.status == 6)
        #expect(ended.error.components(separatedBy: "refused (unknown_point)").count == 21)
        #expect(ended.error.contains("0 already there, 25 refused"))
    }
}

/// The readings of the command line that need no daemon.
@Suite struct ArgumentTests {
    private static let now = Timestamp("2016-11-10T00:30:00+01:00")!

    private func moment(_ text: String) -> Moment? { TimeText.moment(text, now: Self.now) { _ in 60 } }

    private func instant(_ text: String) -> Moment? { Timestamp(text).map(Moment.instant) }

    @Test(arguments: [
        ("now", "2016-11-10T00:30:00+01:00"), ("-2h", "2016-11-09T22:30:00+01:00"),
        ("-30m", "2016-11-10T00:00:00+01:00"), ("-1w", "2016-11-03T00:30:00+01:00"),
        ("2 days ago", "2016-11-08T00:30:00+01:00"), ("1h 30min ago", "2016-11-09T23:00:00+01:00"),
        ("+1h30min", "2016-11-10T02:00:00+01:00"), ("-1.5h", "2016-11-09T23:00:00+01:00"),
        ("-500ms", "2016-11-10T00:29:59.500000+01:00"), ("-1 month", "2016-10-10T14:00:00+01:00"),
        ("1 year ago", "2015-11-10T18:30:00+01:00"), ("@1478764800", "2016-11-10T09:00:00+01:00"),
        ("@1478764800.25", "2016-11-10T09:00:00.250000+01:00"), ("14:00", "2016-11-10T14:00:00+01:00"),
        ("yesterday 14:00", "2016-11-09T14:00:00+01:00"), ("Wed yesterday 14:00", "2016-11-09T14:00:00+01:00"),
        ("2016-07-01 08:00:05", "2016-07-01T08:00:05+01:00"), ("2016-07-01T08:00:05Z", "2016-07-01T08:00:05Z"),
        ("2016-07-01T08:00", "2016-07-01T08:00:00+01:00"), ("2016-07-01 08:00:05.5 UTC", "2016-07-01T08:00:05.500000Z"),
        ("friday 2016-07-01 08:00 +0200", "2016-07-01T08:00:00+02:00"), ("2016-07-01 UTC", "2016-07-01T00:00:00Z"),
    ]) func `times are read as people type them`(text: String, expected: String) {
        #expect(moment(text) == instant(expected))
    }

    @Test(arguments: [
        ("Thu 2016-11-10", "2016-11-10"), ("today", "2016-11-10"), ("yesterday", "2016-11-09"),
        ("tomorrow", "2016-11-11"), ("2016-02-29", "2016-02-29"),
    ]) func `days are read as people type them`(text: String, expected: String) {
        #expect(moment(text) == Day(Array(expected.utf8).span).map(Moment.day))
    }

    @Test(arguments: [
        "", "2016-02-30", "-2x", "-h", "-", "+", "ago", " ago", "2 ago", "2 days", "-2", "@", "@x", "@1.", "14",
        "14:00 today",
        "today 25:00", "yesterday 14:00 15:00", "2h", "heute", "Fri 2016-11-10", "Fri", "2016-11-10 CET", "-900y",
        "-1..5h",
        "-99999999999999999999s", "2016-11-10 08:00 +9900", "UTC", "now UTC",
    ])
    func `what is no time is refused`(text: String) {
        #expect(moment(text) == nil)
    }

    @Test(arguments: [
        ("12", 1200, "EUR"), ("12.5", 1250, "EUR"), ("12,50 EUR", 1250, "EUR"), ("1200 XAF", 1200, "XAF"),
        ("1.234 TND", 1234, "TND"), ("0.05 usd", 5, "USD"),
    ]) func `amounts have as many decimals as their currency`(text: String, minorUnits: Int, currency: String) {
        #expect(Money(text)?.minorUnits == minorUnits)
        #expect(Money(text)?.currency.description == currency)
    }

    @Test(arguments: ["", "12.505", "-3", "12.", ".5", "1.5 XAF", "1 2 EUR", "1e3", "99999999999999999999", "12 EURO"])
    func `what is no amount is refused`(text: String) {
        #expect(Money(text) == nil)
    }
}

/// What a program left behind.
struct Ended: Equatable {
    let status: Int32
    let output: String
    let error: String

    init(_ status: Int32, _ output: String, _ error: String = "") {
        self.status = status
        self.output = output
        self.error = error
    }

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Runs programs to their end.
enum Program {
    static func run(
        _ arguments: [String], socket: String, input: String = "", environment: [String: String] = [:]
    ) throws -> Ended {
        try run(
            program: Daemon.program("accueilctl"), arguments, input: input,
            environment: environment.merging(["ACCUEIL_SOCKET": socket]) { $1 })
    }

    static func run(
        program: URL, _ arguments: [String], input: String = "", environment: [String: String]
    ) throws -> Ended {
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try Data(input.utf8).write(to: folder.appending(path: "in"))
        for name in ["out", "error"] {
            try Data().write(to: folder.appending(path: name))
        }
        process.standardInput = try FileHandle(forReadingFrom: folder.appending(path: "in"))
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "out"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "error"))
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            // Byte for byte: `String(contentsOf:)` drops a byte order mark.
            String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
        }
        return Ended(process.terminationStatus, try text("out"), try text("error"))
    }
}

/// `accueilctl` while it runs.
final class RunningProgram {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errorFile: URL
    private var received = Data()

    struct Ended: Error {}

    init(_ arguments: [String], socket: String) throws {
        errorFile = try Daemon.newFolder().appending(path: "error")
        try Data().write(to: errorFile)
        process.executableURL = Daemon.program("accueilctl")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["ACCUEIL_SOCKET": socket]) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: errorFile.deletingLastPathComponent())
    }

    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func finishWriting() { try? input.fileHandleForWriting.close() }

    /// The position of the next event it shows as JSON; waits for it.
    func sequence() throws -> Int {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                let line = received[..<end]
                received = Data(received[(end + 1)...])
                let event = try JSONSerialization.jsonObject(with: line) as? [String: Any]
                return try #require((event?["sequence"] as? String).flatMap { Int($0) })
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Ended() }
            received.append(data)
        }
    }
}

extension URL {
    /// The folder at this place, made if need be.
    fileprivate func created() throws -> URL {
        try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
        return self
    }
}
