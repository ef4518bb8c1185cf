import AccueilDomain
import EventCoding
import EventLog
import Foundation
import Register
import Synchronization
import WireProtocol

/// The example of Paris, in a register that has taken all of it in.
enum Paris {
    /// 2017-04-01T00:00:00Z: all that the example tells has happened.
    static let now: Int64 = 1_491_004_800_000_000

    static var desk: Desk { filled.desk }
    static var log: MemoryLog { filled.log }
    static var world: World { filled.world }

    /// A question that the query answers: with the day, and what it cannot be asked without.
    static func question(_ method: String) -> [UInt8] {
        let more =
            switch method {
            case "query.occupancy": #","site":"cpa-ney""#
            case "query.occupancy_series": #","site":"cpa-ney","from":"2017-01-01""#
            case "query.history": #","subject":"site/cpa-ney""#
            default: ""
            }
        return Array(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"as_of":"2017-03-23"\#(more)}}"#.utf8)
    }

    private struct Filled: @unchecked Sendable {
        let desk: Desk
        let log: MemoryLog
        let world: World
    }

    private static let filled = {
        let path = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        let example = "/\(path)/Protocol/examples/paris-2017.ndjson"
        guard let bytes = FileManager.default.contents(atPath: example) else { fatalError("\(example) is missing") }
        let desk = Desk()
        for line in Array(bytes).split(separator: 0x0A) { _ = desk.answer(Array(line)) }
        return Filled(desk: desk, log: desk.log, world: try! Replayed(desk.log, .utc).world)
    }()
}

/// A register whose disk, thread and helpers are all the caller's own, so that nothing is measured but itself.
final class Desk: Session {
    let actor = "uid:1000"
    let role: Role? = .operator
    let isWritable = true
    let isOpen = true
    var commandsPending = 0

    let log = MemoryLog()
    private let home = Queue()
    private let parser = JSONParser()
    private let register: Register

    init() {
        let options = RegisterOptions(
            source: "urn:accueil:paris", version: "0", calendar: .utc, now: { Paris.now }, seed: 1, home: home,
            background: { $0() }, calculating: { $0() }, verifying: { $0() },
            logKey: LogKey([UInt8](repeating: 0x41, count: 43) + [0x3D])!, keepConsumers: { _, done in done(nil) },
            failed: { fatalError("\($0)") })
        register = Register(log, replayed: try! Replayed(log, .utc), consumers: Consumers(), options)
    }

    func notify(_ line: [UInt8]) {}

    /// The answer to a request; anything but a result ends the program.
    func answer(_ line: [UInt8]) -> [UInt8] {
        var answer: [UInt8]?
        Answering.answer(Incoming(line.span, with: parser), from: self, by: register) { answer = $0 }
        home.run()
        let result = Array(#""result":"#.utf8)
        guard let answer, answer.prefix(60).indices.contains(where: { answer[$0...].starts(with: result) }) else {
            fatalError("\(String(decoding: line, as: UTF8.self)): \(String(decoding: answer ?? [], as: UTF8.self))")
        }
        return answer
    }
}

/// What the register leaves for later in its turn.
private final class Queue: HomeLoop {
    private let work = Mutex<[@Sendable () -> Void]>([])

    func execute(_ work: @escaping @Sendable () -> Void) { self.work.withLock { $0.append(work) } }
    func preconditionIsHome() {}

    func run() {
        while true {
            let next = work.withLock { work in
                defer { work = [] }
                return work
            }
            guard !next.isEmpty else { return }
            for each in next { each() }
        }
    }
}

/// A log that is durable at once.
final class MemoryLog: EventLog {
    private let lines = Mutex<[[UInt8]]>([])

    let identity = LogIdentity("0189d3c1-7b1e-4c55-9a50-1f2e3d4c5b6a")!
    let room = 1 << 40
    let commitBytesMax = 1 << 24
    var shortage: String? { nil }
    var refusal: AppendFailure? { nil }
    var durable: Position { lines.withLock { Position(rawValue: UInt64($0.count)) } }
    var checkpoint: Checkpoint { Checkpoint(position: durable, root: .empty) }

    func append(
        _ commit: consuming Commit, then: @escaping @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void
    ) {
        let handed = commit
        lines.withLock { $0 += handed.lines.split(separator: 0x0A).map { Array($0) } }
        then(handed, .success(checkpoint))
    }

    func read(from: Position, bytesMax: Int) throws(ReadFailure) -> EventRun {
        lines.withLock { lines in
            var bytes: [UInt8] = []
            var count = 0
            for line in lines[(Int(from.rawValue) - 1)...] {
                if count > 0, bytes.count + line.count + 1 > bytesMax { break }
                bytes += line
                bytes.append(0x0A)
                count += 1
            }
            return EventRun(bytes: bytes, first: from, count: count)
        }
    }

    func hashes(of subtrees: [Subtree]) throws(ReadFailure) -> [TreeHash] { subtrees.map { _ in .empty } }
    func verify(progress: (Position) -> Bool) throws(ReadFailure) -> Verification {
        Verification(checkpoint: checkpoint, segments: 1, damage: [])
    }
    func makeRoom() {}
    func close() {}
}

/// A real log in a folder of this run, for commits that are really synced.
final class ScratchLog: Sendable {
    static let shared = ScratchLog()

    private let log: FileLog
    private let folder: String
    private let done = DispatchSemaphore(value: 0)

    private init() {
        let here = FileManager.default.currentDirectoryPath
        folder = "\(here)/.build-log-\(ProcessInfo.processInfo.processIdentifier)"
        log = try! FileLog.open(directory: folder, options: FileLog.Options()).0
    }

    /// So many event lines of the usual length.
    static func lines(_ count: Int) -> [UInt8] {
        var writer = JSONWriter()
        for _ in 0..<count {
            EventLine.write(
                Outcome(Arrival.command), id: "01JD8QZ0000000000000000000", Arrival.stamp, Arrival.context, to: &writer)
        }
        return writer.bytes
    }

    /// Appends, and waits until it is durable.
    func append(_ lines: [UInt8], _ count: Int) {
        log.append(Commit(first: log.durable.next, count: count, lines: lines)) { [done] _, result in
            if case .failure(let failure) = result { fatalError("\(failure)") }
            done.signal()
        }
        done.wait()
    }

    func remove() {
        log.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
