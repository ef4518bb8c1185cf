import AccueilDomain
import AccueilTesting

@testable import EventLog

/// What the register has promised, kept by those it promised it to; it shares no code with what keeps the promises, but
/// hashes.
struct Ledger {
    /// An event as it stands in the log.
    struct Line {
        let bytes: [UInt8]
        let type: String
        let subject: String
        let actor: String
        let commandID: String?
        let commandDigest: String?
        let recorded: Timestamp
    }

    /// Everything that was durable once, in its order.
    private(set) var lines: [Line] = []
    /// How many events some client knows to be durable.
    private(set) var told = 0
    /// Heads of the log that were told of, in their order.
    private(set) var checkpoints: [Checkpoint] = []
    /// The events that each command id stands for.
    private var receipts: [String: Range<Int>] = [:]
    /// What was asked under an id and accepted.
    private var accepted: [String: Command] = [:]
    /// Ids for which something new was answered, which happens once.
    private var answered: Set<String> = []
    /// How many askings of an id may still write something.
    private var open: [String: Int] = [:]
    /// Positions that were answered as new.
    private var recorded: Set<Int> = []
    /// The last cursor that each consumer was promised to be kept, and the furthest that was asked for.
    private(set) var cursors: [String: (kept: Int, asked: Int)] = [:]
    private var tape = Tape()

    func receipt(_ id: String?) -> Range<Int>? { id.flatMap { receipts[$0] } }

    /// The position of the last event about a subject before another, 0 where there is none.
    func last(of subject: String, before position: Int) -> Int {
        lines[..<(position - 1)].lastIndex { $0.subject == subject }.map { $0 + 1 } ?? 0
    }

    // MARK: The log

    /// Takes in what has become durable since, as it stands in the files.
    mutating func learn(upTo durable: Int, _ files: [String: [UInt8]], _ checkpoint: Checkpoint) throws(Broken) {
        while lines.count < durable {
            guard let bytes = tape.next(files, after: lines.count) else {
                throw Broken("event \(lines.count + 1) is durable and stands in no file")
            }
            try take(bytes)
        }
        if Int(checkpoint.position.rawValue) == lines.count, checkpoint != checkpoints.last {
            checkpoints.append(checkpoint)
        }
    }

    private mutating func take(_ bytes: [UInt8]) throws(Broken) {
        let text = String(decoding: bytes, as: UTF8.self)
        let position = lines.count + 1
        guard Int(look("sequence", in: text) ?? "") == position else {
            throw Broken("position \(position) says otherwise: \(text)")
        }
        guard let recorded = look("recordedtime", in: text).flatMap({ Timestamp($0) }) else {
            throw Broken("event \(position) was recorded at no time")
        }
        if let last = lines.last, recorded < last.recorded { throw Broken("time goes back at event \(position)") }
        let line = Line(
            bytes: bytes, type: look("type", in: text) ?? "", subject: look("subject", in: text) ?? "",
            actor: look("actor", in: text) ?? "", commandID: look("commandid", in: text),
            commandDigest: look("commanddigest", in: text), recorded: recorded)
        if let id = line.commandID {
            if let known = receipts[id] {
                guard known.upperBound == position, lines[position - 2].commandDigest == line.commandDigest else {
                    throw Broken("command \(id) has a second outcome, event \(position), after \(known)")
                }
                receipts[id] = known.lowerBound..<position + 1
            } else {
                guard open[id] ?? 0 > 0 else {
                    throw Broken("command \(id) wrote event \(position), though every asking was refused or tried")
                }
                receipts[id] = position..<position + 1
            }
        }
        lines.append(line)
    }

    /// Whether the files hold all that was durable once, and which further events they hold.
    func compare(_ files: [String: [UInt8]]) throws(Broken) -> Int {
        var tape = Tape()
        var position = 0
        while let bytes = tape.next(files, after: position) {
            position += 1
            guard position > lines.count || lines[position - 1].bytes == bytes else {
                throw Broken("event \(position) was another one: \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        guard position >= lines.count else {
            throw Broken("events \(position + 1) to \(lines.count) were durable and are gone")
        }
        return position - lines.count
    }

    /// The RFC 6962 tree hash over the first `count` events, by its definition.
    func root(_ count: Int) -> TreeHash {
        func root(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
            guard leaves.count > 1 else { return leaves.first ?? .empty }
            var left = 1
            while left * 2 < leaves.count { left *= 2 }
            return .node(root(leaves.prefix(left)), root(leaves.dropFirst(left)))
        }
        return root(lines.prefix(count).map { TreeHash(ofLine: $0.bytes) }[...])
    }

    // MARK: Answers

    mutating func ask(_ id: String?, isDryRun: Bool) {
        if let id, !isDryRun { open[id, default: 0] += 1 }
    }

    /// A command was answered for good: it wrote nothing, whatever its id.
    mutating func wroteNothing(_ id: String?, isDryRun: Bool) {
        if let id, !isDryRun { open[id]! -= 1 }
    }

    /// A command was accepted, with these events, all of which were learned.
    mutating func accept(
        _ events: [(position: Int, type: String, subject: String)], _ command: Command, id: String?, by actor: String,
        replayed: Bool, receipt: Range<Int>?
    ) throws(Broken) {
        guard let first = events.first?.position else { preconditionFailure("something was accepted") }
        told = max(told, first + events.count - 1)
        for (index, event) in events.enumerated() {
            guard event.position == first + index, event.position <= lines.count else {
                throw Broken("event \(event.position) was acknowledged and is not durable")
            }
            let line = lines[event.position - 1]
            guard line.type == event.type, line.subject == event.subject, line.commandID == id,
                replayed || line.actor == actor
            else { throw Broken("event \(event.position) is not what was acknowledged: \(event)") }
            guard replayed || recorded.insert(event.position).inserted else {
                throw Broken("event \(event.position) was acknowledged twice as new")
            }
        }
        guard let id else { return }
        let range = first..<first + events.count
        guard receipts[id] == range else { throw Broken("command \(id) stands for \(range), not all of its events") }
        guard receipt == nil || replayed else { throw Broken("command \(id) was carried out a second time") }
        guard replayed || answered.insert(id).inserted else { throw Broken("command \(id) was new twice") }
        guard accepted[id] ?? command == command else { throw Broken("command \(id) was accepted as another one") }
        accepted[id] = command
    }

    /// A command was refused by a rule.
    func refuse(_ rule: String, _ command: Command, id: String?, receipt: Range<Int>?) throws(Broken) {
        guard let id, receipt != nil else { return }
        guard rule == "command_id_reused" else { throw Broken("command \(id) was carried out, then refused: \(rule)") }
        guard accepted[id] != command else { throw Broken("command \(id) was asked again and taken for another") }
    }

    /// A client learned that the log is so long.
    mutating func tell(_ head: Int) throws(Broken) {
        guard head <= lines.count else { throw Broken("the head is \(head), the log holds \(lines.count)") }
        told = max(told, head)
    }

    // MARK: Consumers

    mutating func ask(_ consumer: String, toKeep cursor: Int) {
        let known = cursors[consumer] ?? (0, 0)
        cursors[consumer] = (known.kept, max(known.asked, cursor))
    }

    mutating func keep(_ consumer: String, _ cursor: Int) throws(Broken) {
        guard let known = cursors[consumer], cursor >= known.kept, cursor <= known.asked else {
            throw Broken("consumer \(consumer) stands at \(cursor), not where it was: \(cursors[consumer]!)")
        }
        cursors[consumer] = (cursor, known.asked)
    }
}

/// A promise that was not kept.
struct Broken: Error {
    let what: String

    init(_ what: String) { self.what = what }
}

/// Reads events out of the files of a log as anybody could who knows Protocol/LOG.md.
private struct Tape {
    private var path = ""
    private var offset = 0

    /// The line of the event after `position`, without its end; nil where there is none.
    mutating func next(_ files: [String: [UInt8]], after position: Int) -> [UInt8]? {
        while true {
            guard let bytes = files[path], offset < bytes.count, bytes[offset] != 0x0A,
                let end = bytes[offset...].firstIndex(of: 0x0A)
            else {
                let digits = String(position + 1)
                let next = RegisterProcess.logFolder + "/" + String(repeating: "0", count: 20 - digits.count) + digits
                guard next + ".ndjson" != path, files[next + ".ndjson"] != nil else { return nil }
                (path, offset) = (next + ".ndjson", 0)
                continue
            }
            let line = bytes[offset..<end]
            offset = end + 1
            if line.starts(with: Array(#"{"specversion""#.utf8)) { return Array(line) }
        }
    }
}
