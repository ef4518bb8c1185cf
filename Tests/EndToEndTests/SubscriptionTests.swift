import Foundation
import Glibc
import Synchronization
import Testing

/// `events.subscribe`: every event once, in order, whatever the pace of the reader.
@Suite struct SubscriptionTests {
    private func open(_ sites: ClosedRange<Int>, on daemon: Daemon) throws {
        let client = try daemon.connect()
        for number in sites {
            try client.record("site.open", ["site": "s\(number)", "kind": "CHU", "time": "2017-03-01"])
        }
    }

    /// A notification in short: `event 3`, `caught_up 3`, `ended 4`.
    private func brief(_ notification: [String: Any]) throws -> String {
        let method = try #require(notification["method"] as? String, "\(json(notification))")
        let params = try #require(notification["params"] as? [String: Any])
        #expect(notification["id"] == nil && notification["jsonrpc"] as? String == "2.0")
        if let event = params["event"] as? [String: Any] { return "\(method) \(try SeenEvent(event).sequence)" }
        return "\(method) \(params["head"] as? Int ?? params["next"] as? Int ?? -1)"
    }

    private func next(_ count: Int, from client: LineClient) throws -> [String] {
        try (0..<count).map { _ in try brief(client.notification()) }
    }

    // MARK: Where it begins

    @Test func `from the first event on: the answer, the past, caught up, then what comes`() throws {
        let daemon = try Daemon.start()
        try open(1...3, on: daemon)
        let client = try daemon.connect()
        let answer = try client.result("events.subscribe", ["from": 1])
        #expect(json(answer, "from", "head") == #"{"from":1,"head":3}"#)
        #expect(client.notifications.isEmpty, "the answer precedes every event")
        #expect(try next(4, from: client) == ["event 1", "event 2", "event 3", "caught_up 3"])
        try open(4...5, on: daemon)
        #expect(try next(2, from: client) == ["event 4", "event 5"])
    }

    @Test func `without a position it begins after the head`() throws {
        let daemon = try Daemon.start()
        try open(1...3, on: daemon)
        let client = try daemon.connect()
        #expect(json(try client.result("events.subscribe"), "from", "head") == #"{"from":4,"head":3}"#)
        try open(4...4, on: daemon)
        #expect(try next(2, from: client) == ["caught_up 3", "event 4"])
    }

    @Test func `an event is told in the words of the log`() throws {
        let daemon = try Daemon.start()
        try open(1...1, on: daemon)
        let client = try daemon.connect()
        let log = try String(
            contentsOf: daemon.logFolder.appending(path: "00000000000000000001.ndjson"), encoding: .utf8)
        let stored = log.split(separator: "\n")[1]
        let subscription = try client.result("events.subscribe", ["from": 1])["subscription"] as? String ?? ""
        #expect(
            try client.line()
                == #"{"jsonrpc":"2.0","method":"event","params":{"subscription":"\#(subscription)","event":\#(stored)}}"#
        )
    }

    @Test(arguments: [0, -1, 5, 9_007_199_254_740_991])
    func `a position beyond the log is refused`(from: Int) throws {
        let daemon = try Daemon.start()
        try open(1...3, on: daemon)
        let refusal = try daemon.connect().refusal("events.subscribe", ["from": from])
        #expect(json(refusal, "type", "rule") == #"{"rule":"beyond_the_log","type":"not_found"}"#)
        #expect(json(refusal["facts"], "head") == #"{"head":3}"#)
    }

    @Test func `a subscription sent right behind a command begins after it`() throws {
        let daemon = try Daemon.start()
        let client = try daemon.connect()
        do {
            try client.send(
                """
                {"jsonrpc":"2.0","id":"c","method":"site.open","params":{"site":"s1","kind":"CHU"}}
                {"jsonrpc":"2.0","id":"s","method":"events.subscribe"}

                """)
            #expect(json(try client.object(), "id") == #"{"id":"c"}"#)
            #expect(json(try client.object()["result"], "from", "head") == #"{"from":2,"head":1}"#)
            try open(2...2, on: daemon)
            #expect(try next(2, from: client) == ["caught_up 1", "event 2"])
        }
    }

    @Test func `who has heard everything gets a sign of life with the head, and who filters much likewise`() throws {
        let daemon = try Daemon.start()
        try open(1...2, on: daemon)
        let client = try daemon.connect()
        _ = try client.result("events.subscribe", ["from": 1])
        _ = try client.result("events.subscribe", ["from": 1, "types": ["placement."]])
        var heard: [String] = []
        while heard.count(where: { $0.hasPrefix("heartbeat") }) < 2 { heard.append(try brief(client.notification())) }
        #expect(heard.sorted() == ["caught_up 2", "caught_up 2", "event 1", "event 2", "heartbeat 2", "heartbeat 2"])
    }

    // MARK: Filters

    @Test(
        arguments: [
            ([:], [1, 2, 3, 4, 5, 6, 7]),
            (["types": ["site."]], [1, 2, 3]),
            (["types": ["site.opened", "placement.e"]], [1, 2, 6]),
            (["types": ["placement"]], [4, 5, 6, 7]),
            (["types": ["nothing."]], []),
            (["subject": "placement/p1"], [4, 6]),
            (["subject": "placement/p"], []),
            (["site": "ney"], [1, 3, 4, 5]),
            (["site": "ney", "types": ["placement."], "until": "2017-01-01"], [4]),
            (["site": "ne"], []),
            (["subject": "site/ney", "types": ["site.capacity_set"]], [3]),
            (["since": "2017-01-02"], [2, 5, 6, 7]),
            (["until": "2017-01-01"], [1, 3, 4]),
            (["until": "2017-01-01T12:00:00+01:00"], [1, 3]),
            (["since": "2017-01-01T11:00:00Z", "until": "2017-01-02"], [4, 5]),
            (["since": "2017-01-03", "types": ["placement."]], [6, 7]),
        ] as [([String: any Sendable], [Int])])
    func `a filter lets through what it names, from the past, live and read alike`(
        filter: [String: any Sendable], expected: [Int]
    ) throws {
        let daemon = try Daemon.start()
        let live = try daemon.connect()
        _ = try live.result("events.subscribe", filter)
        let client = try daemon.connect()
        for (method, params) in [
            ("site.open", ["site": "ney", "kind": "CPA", "time": "2017-01-01"]),
            ("site.open", ["site": "ivry", "kind": "CHU", "time": "2017-01-03T00:00:00+01:00"]),
            ("site.set_capacity", ["site": "ney", "audience": "any", "places": 9, "time": "2017-01-01"]),
            (
                "placement.start",
                ["placement": "p1", "site": "ney", "audience": "any", "time": "2017-01-01T12:00:00+01:00"]
            ),
            (
                "placement.start",
                ["placement": "p2", "site": "ney", "audience": "any", "time": "2017-01-02T23:59:59+01:00"]
            ),
            ("placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-03T00:00:00+01:00"]),
            ("placement.move", ["placement": "p2", "bed": "b1", "time": "2017-01-04"]),
        ] as [(String, [String: Any])] {
            try client.record(method, params)
        }
        var history = filter as [String: Any]
        history["from"] = 1
        let past = try daemon.connect()
        _ = try past.result("events.subscribe", history)
        let events = expected.map { "event \($0)" }
        #expect(try next(expected.count + 1, from: past) == events + ["caught_up 7"])
        #expect(try next(expected.count + 1, from: live) == ["caught_up 0"] + events)
        let page = try client.result("events.read", filter)
        #expect(try (page["events"] as? [[String: Any]] ?? []).map { try SeenEvent($0).sequence } == expected)
    }

    // MARK: Several, and their end

    @Test func `a connection has several subscriptions up to the limit, and each can be ended`() throws {
        let daemon = try Daemon.start()
        try open(1...2, on: daemon)
        let client = try daemon.connect()
        let most = 16
        let ids = try (0..<most).map { _ in
            try #require(try client.result("events.subscribe")["subscription"] as? String)
        }
        #expect(Set(ids).count == most)
        let refusal = try client.refusal("events.subscribe")
        #expect(json(refusal, "type", "rule") == #"{"rule":"subscriptions_max","type":"limit"}"#)
        #expect(try client.result("server.status")["subscriptions"] as? Int == most)
        _ = try daemon.connect().result("events.subscribe")

        #expect(json(try client.result("events.unsubscribe", ["subscription": ids[0]])) == #"{"next":3}"#)
        #expect(
            try client.refusal("events.unsubscribe", ["subscription": ids[0]])["rule"] as? String
                == "unknown_subscription")
        let other = try daemon.connect()
        #expect(
            try other.refusal("events.unsubscribe", ["subscription": ids[1]])["rule"] as? String
                == "unknown_subscription")

        try open(3...3, on: daemon)
        var hearing: [String] = []
        for _ in 0..<(most + most - 1) {
            let notification = try client.notification()
            guard try brief(notification) == "event 3" else { continue }
            hearing.append((notification["params"] as? [String: Any])?["subscription"] as? String ?? "")
        }
        #expect(hearing.sorted() == ids.dropFirst().sorted())
    }

    @Test func `a subscription ends with its connection`() throws {
        let daemon = try Daemon.start()
        do {
            let client = try daemon.connect()
            for _ in 0..<5 { _ = try client.result("events.subscribe", ["from": 1]) }
        }
        let other = try daemon.connect()
        _ = try other.result("events.subscribe")
        // The daemon notices the end of a connection before it answers what came after it.
        #expect(try other.result("server.status")["subscriptions"] as? Int == 1)
    }

    @Test func `a subscription of a client that left before it began is not kept`() throws {
        let daemon = try Daemon.start()
        do {
            let client = try daemon.connect()
            try client.send(
                """
                {"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"s1","kind":"CHU"}}
                {"jsonrpc":"2.0","id":2,"method":"events.subscribe","params":{"from":1}}

                """)
        }
        // Two more commands: the first has become durable, and what waited for it has been done.
        try open(2...3, on: daemon)
        do {
            let status = try daemon.connect().result("server.status")
            #expect(status["subscriptions"] as? Int == 0)
        }
    }

    @Test func `at the stop every subscription is told where to go on, and goes on there without a gap or a double`()
        throws
    {
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var seen: [Int] = []
        var from = 1
        for round in 0..<3 {
            let daemon = try Daemon.start(in: folder)
            let client = try daemon.connect()
            #expect(try client.result("events.subscribe", ["from": from])["from"] as? Int == from)
            try open((round * 10 + 1)...(round * 10 + 10), on: daemon)
            #expect(daemon.stop() == 0)
            var ended: [String: Any]?
            while let notification = try? client.notification() {
                #expect(ended == nil, "nothing comes after the end")
                let text = try brief(notification)
                if text.hasPrefix("event ") { seen.append(try #require(Int(text.dropFirst(6)))) }
                if text.hasPrefix("ended ") { ended = notification["params"] as? [String: Any] }
            }
            from = try #require(ended?["next"] as? Int)
            #expect((ended?["reason"] as? String)?.isEmpty == false)
            #expect(seen == Array(1..<from))
        }
        let daemon = try Daemon.start(in: folder)
        let client = try daemon.connect()
        _ = try client.result("events.subscribe", ["from": from])
        while true {
            let text = try brief(client.notification())
            guard text.hasPrefix("event ") else { break }
            seen.append(try #require(Int(text.dropFirst(6))))
        }
        #expect(seen == Array(1...30))
    }

    // MARK: Pace

    /// Reads notifications until the event at `head` has come to each of `count` subscriptions.
    private func expectEachEventOnce(_ client: LineClient, subscriptions count: Int, head: Int) throws {
        var latest: [Substring: Int] = [:]
        while latest.count < count || latest.values.contains(where: { $0 < head }) {
            let line = try client.line()
            let beginning = #"{"jsonrpc":"2.0","method":"event","params":{"subscription":""#
            guard line.hasPrefix(beginning) else { continue }
            let subscription = line.dropFirst(beginning.count).prefix { $0 != "\"" }
            let place = try #require(line.range(of: #""sequence":""#)).upperBound
            let sequence = try #require(Int(line[place...].prefix(20)))
            try #require(sequence == latest[subscription, default: 0] + 1, "\(line)")
            latest[subscription] = sequence
        }
    }

    @Test
    func `while three write and one does not read, memory stays bounded, nobody waits, and nothing is lost or doubled`()
        throws
    {
        let daemon = try Daemon.start()
        let slow = try daemon.connect()
        let subscriptions = 8
        for _ in 0..<subscriptions { _ = try slow.result("events.subscribe", ["from": 1]) }
        let quick = try daemon.connect()
        _ = try quick.result("events.subscribe", ["from": 1])
        try daemon.connect().record("collection.open_point", ["point": "p"])

        let received: [String: Any] = [
            "method": "collection.receive",
            "params": [
                "point": "p", "category": "tops", "unit": "item", "quantity": 1, "donor_kind": "individual",
            ] as [String: Any],
        ]
        let commands = String(
            decoding: try JSONSerialization.data(withJSONObject: Array(repeating: received, count: 500)), as: UTF8.self)
        let line = #"{"jsonrpc":"2.0","id":1,"method":"transaction","params":{"commands":\#(commands)}}"# + "\n"
        let (writers, transactions) = (3, 14)
        let head = 1 + writers * transactions * 500
        let before = try daemon.residentKiB
        let path = daemon.socketPath
        nonisolated(unsafe) let reader = quick
        try concurrently(writers + 1) { number in
            guard number < writers else { return try self.expectEachEventOnce(reader, subscriptions: 1, head: head) }
            let client = try LineClient(path: path)
            for _ in 0..<transactions {
                try client.send(line)
                try #require(try client.object()["result"] != nil)
            }
        }
        let event = try daemon.connect().result("events.get", ["sequence": head])
        let unread = json(event).utf8.count * head * subscriptions
        let grown = try daemon.residentKiB - before
        print("slow subscriber: \(head) events, \(subscriptions) subscriptions unread, VmRSS grew by \(grown) KiB")
        #expect(grown * 1024 < unread / 2, "\(grown) KiB")

        try expectEachEventOnce(slow, subscriptions: subscriptions, head: head)
    }
}
