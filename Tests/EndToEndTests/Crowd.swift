import Foundation
import Synchronization
import Testing

/// Several clients that write as fast as they are answered, and what they know: what must be in the log, once, whatever
/// happens to the daemon.
final class Crowd: Sendable {
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

    /// What was sent, the positions of the events of what was acknowledged, and why the rest was not.
    private struct Known {
        var sent: [String: Sent] = [:]
        var acknowledged: [String: [Int]] = [:]
        var failures: Set<String> = []
        var answeredCount = 0
    }

    private let known = Mutex(Known())
    private let clients: Int
    private let seed: UInt64
    /// How many events were there before.
    private let before: Int

    /// Puts what they need into a register without stocks and people.
    init(on daemon: Daemon, seed: UInt64, clients: Int = 4) throws {
        (self.seed, self.clients) = (seed, clients)
        let client = try daemon.connect()
        before = try #require(try client.result("server.status")["head"] as? Int)
        try client.record("site.open", ["site": "ney", "kind": "CPA"])
        try client.record("site.set_capacity", ["site": "ney", "audience": "families", "places": 1_000_000])
        try client.record("collection.open_point", ["point": "p"])
    }

    var acknowledgedCount: Int { known.withLock { $0.acknowledged.count } }
    var answeredCount: Int { known.withLock { $0.answeredCount } }
    /// `type/rule` of every answer that was not an acknowledgement.
    var failures: Set<String> { known.withLock { $0.failures } }

    /// All write until their connections break; `disturb` is called once so many were acknowledged.
    func write(to daemon: Daemon, round: Int, until count: Int, _ disturb: () throws -> Void) throws {
        var dice = Dice(seed: seed &+ UInt64(round))
        let answered = Mutex(0)
        let enough = DispatchSemaphore(value: 0)
        let finished = DispatchGroup()
        for number in 0..<clients {
            nonisolated(unsafe) let client = try daemon.connect()
            let seed = dice.next()
            finished.enter()
            Thread.detachNewThread { [self] in
                var dice = Dice(seed: seed)
                write(client, "r\(round)-c\(number)", &dice) {
                    if answered.withLock({
                        $0 += 1
                        return $0 == count
                    }) {
                        enough.signal()
                    }
                }
                finished.leave()
            }
        }
        finished.notify(queue: .global()) { enough.signal() }
        enough.wait()
        defer { finished.wait() }
        do { try disturb() } catch {
            daemon.crash()
            throw error
        }
    }

    /// Sends commands, some at a time, until the connection breaks or the daemon says that it can do no more for now.
    private func write(_ client: LineClient, _ name: String, _ dice: inout Dice, acknowledged: () -> Void) {
        var number = 0
        var goesOn = true
        while goesOn {
            let count = Int.random(in: 1...Self.inFlightMax, using: &dice)
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
                known.withLock { $0.answeredCount += 1 }
                if let (id, sequences, replayed) = Self.acknowledgement(answer), !replayed {
                    known.withLock { $0.acknowledged[id] = sequences }
                    acknowledged()
                } else {
                    let data = (answer["error"] as? [String: Any])?["data"] as? [String: Any]
                    let type = data?["type"] as? String ?? "\(answer)"
                    known.withLock { _ = $0.failures.insert("\(type)/\(data?["rule"] ?? "")") }
                    if ["outcome_unknown", "stopping"].contains(type) { goesOn = false }
                }
            }
        }
    }

    private static let inFlightMax = 20
    /// How many commands, at most, were sent and are not answered.
    var inFlightMax: Int { clients * Self.inFlightMax }

    private static func acknowledgement(_ answer: [String: Any]) -> (id: String, sequences: [Int], replayed: Bool)? {
        guard let id = answer["id"] as? String, let result = answer["result"] as? [String: Any],
            let events = result["events"] as? [[String: Any]], let replayed = result["replayed"] as? Bool
        else { return nil }
        return (id, events.compactMap { $0["sequence"] as? Int }, replayed)
    }

    /// The log against what the clients know, and the projections against a count of the log; tells the commands that
    /// the log holds.
    @discardableResult
    func check(_ daemon: Daemon, _ place: String) throws -> Set<String> {
        let known = known.withLock { $0 }
        let events = try allEvents(of: daemon, from: before + 1)
        #expect(events.map { $0.sequence } == Array(before + 1...before + max(1, events.count)), "\(place)")
        #expect(Set(events.map { $0.id }).count == events.count, "\(place)")
        #expect(!zip(events, events.dropFirst()).contains { $0.recorded > $1.recorded }, "\(place)")
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
        #expect(try client.result("server.status")["head"] as? Int == before + events.count, "\(place)")
        return Set(positions.keys)
    }

    /// Asks again for everything of a round: what was acknowledged, or kept all the same, is only told; the rest is done
    /// now; and asked a third time all is told as it was.
    func repeatAll(of round: Int, on daemon: Daemon, kept: Set<String>, _ place: String) throws {
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
