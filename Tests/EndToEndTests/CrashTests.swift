import Foundation
import Synchronization
import Testing

/// kill -9, again and again, while several clients write.
@Suite struct CrashTests {
    private static let clients = 4

    /// A command as it was sent, to be sent again unchanged.
    private struct Sent: Sendable {
        let id: String
        let line: String
        /// How many events it leads to.
        let events: Int

        init(_ id: String, _ dice: inout Dice) {
            self.id = id
            func received(_ quantity: Int) -> String {
                #"{"point":"p","category":"tops","unit":"item","quantity":\#(quantity),"donor_kind":"individual""#
            }
            let quantity = Int.random(in: 1...9, using: &dice)
            let request: String
            switch Int.random(in: 0..<4, using: &dice) {
            case 0:
                events = 1
                request =
                    #""placement.start","params":{"placement":"\#(id)","site":"ney","audience":"families","adults":\#(quantity)"#
            case 1:
                events = 3
                let commands = (0..<3).map { #"{"method":"collection.receive","params":\#(received(quantity + $0))}}"# }
                request = #""transaction","params":{"commands":[\#(commands.joined(separator: ","))]"#
            default:
                events = 1
                request = #""collection.receive","params":\#(received(quantity))"#
            }
            line = #"{"jsonrpc":"2.0","id":"\#(id)","method":\#(request),"command_id":"\#(id)"}}"# + "\n"
        }
    }

    /// What the clients know: what they sent, and the positions of the events of what was acknowledged.
    private struct Known {
        var sent: [String: Sent] = [:]
        var acknowledged: [String: [Int]] = [:]
    }

    @Test func `after every crash each acknowledged command is in the log exactly once`() throws {
        let rounds = ProcessInfo.processInfo.environment["ACCUEIL_CRASH_ROUNDS"].flatMap { Int($0) } ?? 20
        var dice = Dice.thrown(for: "crashes")
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try prepare(folder)

        let known = Mutex(Known())
        for round in 1...rounds {
            let daemon = try Daemon.start(in: folder)
            let kept = try check(daemon, known.withLock { $0 }, "seed \(dice.seed), round \(round)")
            try repeatLatest(daemon, known, kept, round: round - 1, "seed \(dice.seed), round \(round)")

            let killAfter = Int.random(in: 1...200, using: &dice)
            let seeds = (0..<Self.clients).map { _ in dice.next() }
            let answered = Mutex(0)
            let enough = DispatchSemaphore(value: 0)
            let finished = DispatchGroup()
            for number in 0..<Self.clients {
                nonisolated(unsafe) let client = try daemon.connect()
                finished.enter()
                Thread.detachNewThread {
                    var dice = Dice(seed: seeds[number])
                    self.write(client, "r\(round)-c\(number)", &dice, known) {
                        if answered.withLock({
                            $0 += 1
                            return $0 == killAfter
                        }) {
                            enough.signal()
                        }
                    }
                    finished.leave()
                }
            }
            enough.wait()
            daemon.crash()
            finished.wait()
        }
        let daemon = try Daemon.start(in: folder)
        _ = try check(daemon, known.withLock { $0 }, "seed \(dice.seed), at the end")
        #expect(known.withLock { $0.acknowledged.count } >= rounds, "seed \(dice.seed)")
    }

    private func prepare(_ folder: URL) throws {
        let daemon = try Daemon.start(in: folder)
        let client = try daemon.connect()
        try client.record("site.open", ["site": "ney", "kind": "CPA"])
        try client.record("site.set_capacity", ["site": "ney", "audience": "families", "places": 1_000_000])
        try client.record("collection.open_point", ["point": "p"])
        #expect(daemon.stop() == 0)
    }

    /// Sends commands, some at a time, until the connection breaks.
    private func write(
        _ client: LineClient, _ name: String, _ dice: inout Dice, _ known: borrowing Mutex<Known>,
        acknowledged: () -> Void
    ) {
        var number = 0
        while true {
            let count = Int.random(in: 1...20, using: &dice)
            var text = ""
            for _ in 0..<count {
                number += 1
                let command = Sent("\(name)-\(number)", &dice)
                known.withLock { $0.sent[command.id] = command }
                text += command.line
            }
            guard (try? client.send(text)) != nil else { return }
            for _ in 0..<count {
                guard let answer = try? client.object() else { return }
                if let (id, sequences, replayed) = Self.acknowledgement(answer), !replayed {
                    known.withLock { $0.acknowledged[id] = sequences }
                    acknowledged()
                } else {
                    Issue.record("not acknowledged: \(answer)")
                }
            }
        }
    }

    private static func acknowledgement(_ answer: [String: Any]) -> (id: String, sequences: [Int], replayed: Bool)? {
        guard let id = answer["id"] as? String, let result = answer["result"] as? [String: Any],
            let events = result["events"] as? [[String: Any]], let replayed = result["replayed"] as? Bool
        else { return nil }
        return (id, events.compactMap { $0["sequence"] as? Int }, replayed)
    }

    /// The log against what the clients know, and the projections against a count of the log; tells the commands that
    /// the log holds.
    private func check(_ daemon: Daemon, _ known: Known, _ place: String) throws -> Set<String> {
        let events = try allEvents(of: daemon)
        #expect(events.map { $0.sequence } == Array(1...max(1, events.count)), "\(place)")
        var positions: [String: [Int]] = [:]
        var (received, people, placements) = (0, 0, 0)
        for event in events {
            if let id = event.commandID { positions[id, default: []].append(event.sequence) }
            if event.type == "collection.received" { received += event.data["quantity"] as? Int ?? 0 }
            guard event.type == "placement.started" else { continue }
            placements += 1
            people += (event.data["adults"] as? Int ?? 0) + (event.data["children"] as? Int ?? 0)
        }
        for (id, sequences) in known.acknowledged { #expect(positions[id] == sequences, "\(place), \(id)") }
        for (id, found) in positions { #expect(known.sent[id]?.events == found.count, "\(place), \(id)") }

        let client = try daemon.connect()
        let stock = (try client.result("query.stock")["rows"] as? [[String: Any]])?.first
        #expect(json(stock?["quantity"] ?? 0) == "\(received)", "\(place)")
        #expect(json(stock?["received"] ?? 0) == "\(received)", "\(place)")
        #expect(try client.result("query.occupancy")["occupied"] as? Int == people, "\(place)")
        #expect(try client.result("query.placements")["total"] as? Int == placements, "\(place)")
        #expect(try client.result("server.status")["head"] as? Int == events.count, "\(place)")
        return Set(positions.keys)
    }

    /// Asks again for everything of a round: what was acknowledged, or kept all the same, is only told; the rest is done
    /// now; and asked a third time all is told as it was.
    private func repeatLatest(
        _ daemon: Daemon, _ known: borrowing Mutex<Known>, _ kept: Set<String>, round: Int, _ place: String
    ) throws {
        let (sent, acknowledged) = known.withLock { known in
            (known.sent.values.filter { $0.id.hasPrefix("r\(round)-") }, known.acknowledged)
        }
        let client = try daemon.connect()
        for command in sent {
            try client.send(command.line)
            let first = try #require(Self.acknowledgement(try client.object()), "\(place), \(command.id)")
            #expect(first.replayed == kept.contains(command.id), "\(place), \(command.id)")
            if let sequences = acknowledged[command.id] {
                #expect(first.sequences == sequences, "\(place), \(command.id)")
            }
            try client.send(command.line)
            let second = try #require(Self.acknowledgement(try client.object()), "\(place), \(command.id)")
            #expect(second.replayed && second.sequences == first.sequences, "\(place), \(command.id)")
            known.withLock { $0.acknowledged[command.id] = first.sequences }
        }
    }
}
