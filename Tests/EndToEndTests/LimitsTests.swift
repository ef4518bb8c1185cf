import Foundation
import Testing

/// Every limit that `server.info` tells, gone over.
@Suite final class LimitsTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start(_ limits: String) throws -> Daemon {
        try Data(#"{"limits":{\#(limits)}}"#.utf8).write(to: Daemon.configuration(in: folder))
        return try Daemon.start(in: folder)
    }

    private func open(_ sites: ClosedRange<Int>, on daemon: Daemon) throws {
        let client = try daemon.connect()
        for number in sites { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
    }

    @Test func `server.info tells the limits that are configured, and the others as usual`() throws {
        let daemon = try start(#""batch_max":7"#)
        let limits = try daemon.connect().result("server.info")["limits"]
        #expect(
            json(limits)
                == #"{"backlog_bytes_max":262144,"batch_max":7,"connections_max":1024,"connections_per_user_max":512,"#
                + #""consumers_per_user_max":100,"line_bytes_max":1048576,"page_max":1000,"requests_in_flight_max":1024,"#
                + #""subscriptions_max":16}"#)
    }

    @Test(arguments: ["connections_max", "connections_per_user_max"])
    func `one connection too many is told so and closed; when one ends there is room again`(limit: String) throws {
        let daemon = try start(#""\#(limit)":3"#)
        var clients = try (0..<3).map { _ in try daemon.connect() }
        for client in clients { _ = try client.result("server.info") }
        let surplus = try daemon.connect()
        let answer = try surplus.object()
        #expect(answer["id"] is NSNull)
        let error = answer["error"] as? [String: Any]
        #expect(error?["code"] as? Int == -32005)
        #expect(json(error?["data"], "type", "rule") == #"{"rule":"\#(limit)","type":"limit"}"#)
        #expect(throws: LineClient.Closed.self) { try surplus.line() }
        #expect(try clients[0].result("server.status")["connections"] as? Int == 3)
        #expect(daemon.standardError.contains("Connection refused") && daemon.standardError.contains(limit))

        clients.removeLast()
        while try clients[0].result("server.status")["connections"] as? Int != 2 {}
        #expect(try daemon.connect().result("server.info")["name"] as? String == "accueild")
    }

    @Test func `a longer line than allowed is refused and its connection closed`() throws {
        let daemon = try start(#""line_bytes_max":5000"#)
        let head = #"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#
        let client = try daemon.connect()
        try client.send(head + String(repeating: " ", count: 5000 - head.utf8.count) + "\n")
        #expect(try client.object()["result"] != nil)
        try client.send(head + String(repeating: " ", count: 5001 - head.utf8.count) + "\n")
        #expect(json(try client.object()).contains(#""rule":"line_bytes_max""#))
        #expect(throws: LineClient.Closed.self) { try client.line() }
    }

    @Test func `more requests than may be in flight wait their turn, and all are answered`() throws {
        let daemon = try start(#""requests_in_flight_max":3"#)
        let (client, observer) = (try daemon.connect(), try daemon.connect())
        let count = 200
        var text = ""
        for number in 1...count {
            text +=
                #"{"jsonrpc":"2.0","id":\#(number),"method":"site.open","params":{"site":"s\#(number)","kind":"CHU"}}"#
            text += "\n"
        }
        try client.send(text)
        var pending = 0
        while true {
            let status = try observer.result("server.status")
            pending = max(pending, status["pending"] as? Int ?? 0)
            if status["head"] as? Int == count { break }
        }
        #expect(pending <= 3, "no more are taken than are answered")
        #expect(Set(try (0..<count).map { _ in try client.object()["id"] as? Int }).count == count)
    }

    @Test func `subscriptions, consumers, batches, transactions and pages have their limits`() throws {
        let daemon = try start(
            #""subscriptions_max":2,"consumers_per_user_max":2,"batch_max":3"#)
        try open(1...4, on: daemon)
        let client = try daemon.connect()
        for _ in 0..<2 { _ = try client.result("events.subscribe") }
        #expect(try client.refusal("events.subscribe")["rule"] as? String == "subscriptions_max")
        #expect(try daemon.connect().result("events.subscribe")["from"] as? Int == 5, "another connection has its own")

        for name in ["a", "b", "a"] { _ = try client.result("consumer.ack", ["consumer": name, "sequence": 1]) }
        let refusal = try daemon.connect().refusal("consumer.ack", ["consumer": "c", "sequence": 1])
        #expect(json(refusal, "type", "rule") == #"{"rule":"consumers_per_user_max","type":"limit"}"#)
        _ = try client.result("consumer.remove", ["consumer": "a"])
        _ = try client.result("consumer.ack", ["consumer": "c", "sequence": 1])

        let request = #"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#
        let quiet = try daemon.connect()
        try quiet.send("[" + Array(repeating: request, count: 4).joined(separator: ",") + "]\n")
        #expect(json(try quiet.object()).contains(#""rule":"batch_max""#))
        let commands = (1...4).map { ["method": "site.open", "params": ["site": "t\($0)", "kind": "CHU"]] }
        let whole = try client.refusal("transaction", ["commands": commands])
        #expect(json(whole, "type", "rule") == #"{"rule":"commands","type":"invalid_params"}"#)
        #expect((whole["message"] as? String)?.contains("1 to 3 commands") == true)
        _ = try client.result("transaction", ["commands": Array(commands.prefix(3))])

        for (method, params, rule) in [
            ("events.read", ["limit": 1001], "limit"), ("events.read", ["last": 1001], "last"),
            ("query.placements", ["limit": 1001], "limit_out_of_bounds"),
            ("query.requests", ["limit": 1001], "limit_out_of_bounds"),
            ("query.anomalies", ["limit": 1001], "limit_out_of_bounds"),
            ("query.history", ["subject": "site/s1", "limit": 1001], "limit"),
        ] as [(String, [String: Any], String)] {
            #expect(try client.refusal(method, params)["rule"] as? String == rule, "\(method)")
        }
        #expect(
            try client.refusal("events.read", ["types": Array(repeating: "a", count: 65)])["rule"] as? String == "types"
        )
    }

    @Test func `who takes nothing holds back only what waits for them`() throws {
        let daemon = try start(#""backlog_bytes_max":65536"#)
        try open(1...50, on: daemon)
        let greedy = try daemon.connect()
        // Some hundred times the backlog, asked for and not taken.
        for id in 1...400 {
            try greedy.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"events.read","params":{"limit":50}}"# + "\n")
        }
        for _ in 0..<20 { _ = try daemon.connect().result("query.occupancy") }
        #expect(Set(try (0..<400).map { _ in try greedy.object()["id"] as? Int }).count == 400)
    }
}
