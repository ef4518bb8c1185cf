import Foundation
import Testing

/// `Tests/Benchmarks/load/load.c`, which the figures come from, against the real daemon.
@Suite struct LoadGeneratorTests {
    private let folder: URL
    private let program: URL

    init() throws {
        folder = try Daemon.newFolder()
        program = folder.appending(path: "load")
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Benchmarks/load/load.c").standardized
        let built = try Program.run(
            program: URL(filePath: "/usr/bin/gcc"),
            ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program.path, source.path], environment: [:])
        try #require(built.status == 0, "\(built.error)")
    }

    /// Its exit status and what it tells.
    private func load(
        _ daemon: Daemon, _ arguments: [String], lines: String, follow: String? = nil
    ) throws -> (status: Int32, told: [String: Double]) {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (sent, followed) = (folder.appending(path: "lines"), folder.appending(path: "follow"))
        try Data((lines + "\n").utf8).write(to: sent)
        var words = ["--socket", daemon.socketPath, "--lines", sent.path] + arguments
        if let follow {
            try Data((follow + "\n").utf8).write(to: followed)
            words += ["--follow", followed.path]
        }
        let ended = try Program.run(program: program, words, environment: [:])
        let told = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Double]
        return (ended.status, try #require(told, "\(ended.error)"))
    }

    private static let hole = String(repeating: "@", count: 12)
    private static let open = """
        {"jsonrpc":"2.0","id":\(hole),"method":"collection.open_point",\
        "params":{"point":"p-\(hole)","command_id":"c-\(hole)"}}
        """
    private static let subscribe = #"{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{}}"#

    @Test(arguments: [["--clients", "4", "--in-flight", "8"], ["--clients", "4", "--rate", "2000"]])
    func `every request is sent once and answered, and every event reaches who follows`(_ how: [String]) throws {
        let daemon = try Daemon.start()
        let (status, told) = try load(
            daemon, how + ["--requests", "500", "--mark", #""commandid":"c-"#], lines: Self.open,
            follow: Self.subscribe)
        #expect(status == 0)
        #expect(told["count"] == 500 && told["refused"] == 0)
        let (half, most, worst) = (told["p50"] ?? 0, told["p999"] ?? 0, told["max"] ?? 0)
        #expect(0 < half && half <= most && most <= worst, "latencies in order")
        #expect((told["follow_p50"] ?? 0) > 0)
        #expect(try daemon.connect().result("server.status")["head"] as? Int == 500)
    }

    @Test func `what is refused is counted, and ends it with an error`() throws {
        let daemon = try Daemon.start()
        let close = #"{"jsonrpc":"2.0","id":\#(Self.hole),"method":"collection.close_point","params":{"point":"none"}}"#
        let (status, told) = try load(daemon, ["--requests", "20"], lines: close)
        #expect(status == 1)
        #expect(told["count"] == 20 && told["refused"] == 20)
    }

    @Test func `a history is drained to its end`() throws {
        let daemon = try Daemon.start()
        let client = try daemon.connect()
        for point in 0..<300 { _ = try client.record("collection.open_point", ["point": "p-\(point)"]) }
        let history = #"{"jsonrpc":"2.0","id":\#(Self.hole),"method":"events.subscribe","params":{"from":1}}"#
        let (status, told) = try load(daemon, ["--drain", #""method":"caught_up""#], lines: history)
        #expect(status == 0)
        #expect(told["count"] == 302, "its answer, 300 events, and that it has caught up")
    }
}
