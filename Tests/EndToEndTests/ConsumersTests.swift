import Foundation
import Testing

/// Named consumers whose cursor the daemon keeps.
@Suite final class ConsumersTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var file: URL { folder.appending(path: "state/consumers.ndjson") }

    private func open(_ sites: ClosedRange<Int>, on daemon: Daemon) throws {
        let client = try daemon.connect()
        for number in sites { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
    }

    private func cursors(_ daemon: Daemon) throws -> [String: Int] {
        let consumers = try daemon.connect().result("consumer.list")["consumers"] as? [[String: Any]] ?? []
        return Dictionary(
            uniqueKeysWithValues: consumers.compactMap { consumer in
                (consumer["consumer"] as? String).map { ($0, consumer["cursor"] as? Int ?? -1) }
            })
    }

    @Test func `a script that is killed, with a daemon that is killed, goes on where it was and misses nothing`() throws
    {
        var dice = Dice.thrown(for: "consumers")
        var handled: [Int] = []
        var acked = 0
        var head = 0
        for round in 0..<6 {
            let daemon = try Daemon.start(in: folder)
            if round == 0 {
                _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 0])
            }
            #expect(try cursors(daemon)["mailer"] ?? -1 >= acked, "an acked cursor is there, seed \(dice.seed)")
            try open(head + 1...head + 20, on: daemon)
            head += 20
            let client = try daemon.connect()
            let answer = try client.result("events.subscribe", ["consumer": "mailer"])
            var next = try #require(answer["from"] as? Int)
            #expect(next <= (handled.max() ?? 0) + 1, "no event is skipped, seed \(dice.seed)")
            for _ in 0..<Int.random(in: 1...20, using: &dice) {
                let notification = try client.notification()
                guard let event = (notification["params"] as? [String: Any])?["event"] as? [String: Any] else { break }
                #expect(try SeenEvent(event).sequence == next)
                handled.append(next)
                if Bool.random(using: &dice) {
                    let standing = try client.result("consumer.ack", ["consumer": "mailer", "sequence": next])
                    #expect(json(standing, "cursor", "lag") == #"{"cursor":\#(next),"lag":\#(head - next)}"#)
                    acked = next
                } else {
                    // Said, and never known whether it was heard.
                    try client.send(
                        #"{"jsonrpc":"2.0","method":"consumer.ack","params":{"consumer":"mailer","sequence":\#(next)}}"#
                            + "\n")
                }
                next += 1
            }
            daemon.crash()
        }
        #expect(Set(handled) == Set(1...(handled.max() ?? 0)), "seed \(dice.seed)")
    }

    @Test func `the file is lines of JSON with a digest, and nobody else reads it`() throws {
        let daemon = try Daemon.start(in: folder)
        try open(1...2, on: daemon)
        _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 2])
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        let parsed = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        let log = try daemon.connect().result("server.info")["log"] as? String ?? ""
        #expect(json(parsed[0]) == #"{"consumers_format":1,"log":"\#(log)"}"#)
        #expect(json(parsed[1], "consumer", "cursor") == #"{"consumer":"mailer","cursor":2}"#)
        #expect(parsed[1]?["owner"] as? String == "uid:\(geteuid())")
        #expect(json(parsed[2], "consumers") == #"{"consumers":1}"#)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a damaged file is set aside and said, and nothing is made up in its place`() throws {
        var daemon = try Daemon.start(in: folder)
        try open(1...3, on: daemon)
        _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 3])
        #expect(daemon.stop() == 0)
        var damaged = try Data(contentsOf: file)
        let place = try #require(damaged.range(of: Data(#""cursor":3"#.utf8)))
        damaged[place.upperBound - 1] = UInt8(ascii: "2")
        try damaged.write(to: file)

        daemon = try Daemon.start(in: folder)
        let aside = file.path + ".damaged-1"
        #expect(daemon.standardError.contains(file.path) && daemon.standardError.contains(aside))
        #expect(try Data(contentsOf: URL(filePath: aside)) == damaged)
        #expect(try cursors(daemon).isEmpty)
        let refusal = try daemon.connect().refusal("events.subscribe", ["consumer": "mailer"])
        #expect(refusal["rule"] as? String == "unknown_consumer")
        _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 1])
        #expect(daemon.stop() == 0)
        try Data("torn".utf8).write(to: file)
        daemon = try Daemon.start(in: folder)
        #expect(try Data(contentsOf: URL(filePath: file.path + ".damaged-2")) == Data("torn".utf8))
        #expect(try Data(contentsOf: URL(filePath: aside)) == damaged)
    }

    @Test func `a cursor beyond the log is told at the start and stays`() throws {
        var daemon = try Daemon.start(in: folder)
        try open(1...3, on: daemon)
        // The log as it was after the third event, and a consumer that has seen more: a log restored from a backup.
        #expect(daemon.stop() == 0)
        let log = folder.appending(path: "state/log")
        let copy = folder.appending(path: "backup")
        try FileManager.default.copyItem(at: log, to: copy)
        daemon = try Daemon.start(in: folder)
        try open(4...5, on: daemon)
        _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 5])
        #expect(daemon.stop() == 0)
        try FileManager.default.removeItem(at: log)
        try FileManager.default.moveItem(at: copy, to: log)

        daemon = try Daemon.start(in: folder)
        #expect(daemon.standardError.contains("The consumer mailer stands beyond the end of the log, position 3"))
        #expect(try cursors(daemon) == ["mailer": 5])
        let refusal = try daemon.connect().refusal("events.subscribe", ["consumer": "mailer"])
        #expect(refusal["rule"] as? String == "beyond_the_log")
    }

    // MARK: On the command line

    @Test func `a script shows what it has not seen, acknowledges it, and is listed with its lag`() throws {
        let daemon = try Daemon.start(in: folder)
        try open(1...3, on: daemon)
        func run(_ arguments: String...) throws -> Ended { try Program.run(arguments, socket: daemon.socketPath) }
        func tail() throws -> [Int] {
            let ended = try run("events", "tail", "--consumer", "mailer", "-o", "json")
            try #require(ended.status == 0, "\(ended.error)")
            return try ended.lines.map { line in
                let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return try SeenEvent(#require(event)).sequence
            }
        }
        let unknown = try run("events", "tail", "--consumer", "mailer")
        #expect(unknown.status == 4 && unknown.error.contains("unknown_consumer"), "\(unknown)")
        #expect(try run("consumer", "list").output == "no consumers\n")

        #expect(try run("consumer", "ack", "mailer", "0").output == "mailer stands at #0, 3 events behind\n")
        #expect(try tail() == [1, 2, 3])
        #expect(try tail() == [])
        try open(4...5, on: daemon)
        let list = try run("consumer", "list")
        #expect(list.lines.count == 2 && list.lines[1].hasPrefix("mailer"), "\(list)")
        let json = try run("consumer", "list", "-o", "json").output
        #expect(json.contains(#""cursor":3"#) && json.contains(#""lag":2"#))
        #expect(try tail() == [4, 5])

        #expect(try run("consumer", "ack", "mailer", "9").status == 4)
        #expect(try run("consumer", "ack", "late", "head").output == "late stands at #5, 0 events behind\n")
        #expect(try run("consumer", "remove", "mailer").output == "mailer removed; it stood at #5, 0 events behind\n")
        #expect(try run("consumer", "remove", "mailer").status == 4)
    }

    @Test func `who follows acknowledges what it shows, over a restart of the daemon`() throws {
        var daemon = try Daemon.start(in: folder)
        try open(1...2, on: daemon)
        _ = try daemon.connect().result("consumer.ack", ["consumer": "mailer", "sequence": 0])
        let program = try RunningProgram(
            ["events", "tail", "-f", "--consumer", "mailer", "-o", "json"], socket: daemon.socketPath)
        for number in 1...4 {
            if number == 3 {
                #expect(daemon.stop() == 0)
                daemon = try Daemon.start(in: folder)
                try open(3...4, on: daemon)
            }
            #expect(try program.sequence() == number)
        }
        let client = try daemon.connect()
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let consumers = try client.result("consumer.list")["consumers"] as? [[String: Any]]
            if consumers?.first?["cursor"] as? Int == 4 { break }
        }
        #expect(try cursors(daemon) == ["mailer": 4])
    }
}
