import AccueilDomain
import AccueilTesting
import EventCoding
import Register
import Testing
import WireProtocol

@testable import EventLog

/// A log in memory. A commit is durable when the test says so, or fails when it says that.
final class MemoryLog: EventLog, @unchecked Sendable {
    let identity: LogIdentity
    private(set) var lines: [[UInt8]] = []
    /// Every commit that was handed over, durable or not.
    private(set) var commits: [Commit] = []
    private var syncing: (commit: Commit, then: @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void)?
    var room = 1 << 30
    var shortage: String?
    var refusal: AppendFailure?
    var commitBytesMax = 1 << 24
    /// Where the log is damaged.
    var damage: LogDamage?
    private(set) var searchesForRoom = 0

    init(_ text: [String] = [], identity: String = "0189d3c1-7b1e-4c55-9a50-1f2e3d4c5b6a") {
        self.identity = LogIdentity(identity)!
        keep(text.map { Array($0.utf8) })
    }

    private func keep(_ new: [[UInt8]]) {
        lines += new
        for line in new { tree.append(TreeHash(ofLine: line)) }
    }

    var isSyncing: Bool { syncing != nil }
    var durable: Position { Position(rawValue: UInt64(lines.count)) }
    private var tree = MerkleFrontier()
    var checkpoint: Checkpoint { tree.checkpoint }
    var text: [String] { lines.map { String(decoding: $0, as: UTF8.self) } }

    func append(
        _ commit: consuming Commit, then: @escaping @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void
    ) {
        precondition(syncing == nil, "one commit at a time")
        precondition(commit.first == durable.next, "commits follow each other")
        precondition(commit.lines.count { $0 == 0x0A } == commit.count, "as many lines as events")
        let handed = commit
        commits.append(handed)
        syncing = (handed, then)
    }

    /// The disk has the commit, and can be read; nobody has been told yet.
    func write() {
        guard let (commit, _) = syncing, durable < commit.first else { return }
        keep(commit.lines.split(separator: 0x0A).map(Array.init))
    }

    /// The disk has the commit and says so.
    func sync() {
        write()
        guard let (commit, then) = syncing else { return }
        syncing = nil
        then(commit, .success(checkpoint))
    }

    /// The disk fails.
    func fail() {
        guard let (commit, then) = syncing else { return }
        syncing = nil
        refusal = .outcomeUnknown("EIO")
        then(commit, .failure(.outcomeUnknown("EIO")))
    }

    func read(from: Position, bytesMax: Int) throws(ReadFailure) -> EventRun {
        if let damage, from == damage.first { throw .damaged(damage) }
        var bytes: [UInt8] = []
        var count = 0
        for line in lines.prefix(damage.map { Int($0.first.rawValue) - 1 } ?? .max).dropFirst(Int(from.rawValue) - 1) {
            if count > 0, bytes.count + line.count + 1 > bytesMax { break }
            bytes += line + [0x0A]
            count += 1
        }
        return EventRun(bytes: bytes, first: from, count: count)
    }

    func hashes(of subtrees: [Subtree]) throws(ReadFailure) -> [TreeHash] {
        subtrees.map { subtree in
            var frontier = MerkleFrontier()
            for line in lines[Int(subtree.after.rawValue)..<Int(subtree.upTo.rawValue)] {
                frontier.append(TreeHash(ofLine: line))
            }
            return frontier.root
        }
    }

    func verify(progress: (Position) -> Bool) throws(ReadFailure) -> Verification {
        guard progress(durable) else { throw .ended }
        return Verification(checkpoint: checkpoint, segments: 1, damage: [])
    }
    func makeRoom() { searchesForRoom += 1 }
    func close() {}
}

/// Work that waits until the test lets it be done.
class Crank: HomeLoop, @unchecked Sendable {
    private var work: [@Sendable () -> Void] = []
    var isEmpty: Bool { work.isEmpty }

    func execute(_ work: @escaping @Sendable () -> Void) { self.work.append(work) }
    func preconditionIsHome() {}

    func one() { if !work.isEmpty { work.removeFirst()() } }
    func all() { while !work.isEmpty { one() } }
}

/// Keeps the consumers when the test lets it.
final class Keeper: Crank, @unchecked Sendable {
    private(set) var kept: [[UInt8]] = []
    /// Why nothing can be kept.
    var error: DiskError?

    func keep(_ bytes: [UInt8]) -> DiskError? {
        if error == nil { kept.append(bytes) }
        return error
    }
}

/// A register with its log, its thread, its clock and its clients, all in the test's hands.
final class Desk {
    let log: MemoryLog
    let home = Crank()
    let elsewhere = Crank()
    /// 2017-03-23T12:00:00Z
    var now: Int64 = 1_490_270_400_000_000
    private(set) var failures: [AppendFailure] = []
    private(set) var register: Register!
    let keeper = Keeper()
    static let logKey = LogKey([UInt8](repeating: 0x41, count: 43) + [0x3D])!

    init(
        _ log: MemoryLog = MemoryLog(), consumers: Consumers = Consumers(), seed: UInt64 = 1,
        limits: Limits = Limits(), now: Int64? = nil,
        checkpointEvents: Int = Replayed.checkpointEvents, snapshotEvents: Int = .max,
        snapshots: SnapshotFolder = SnapshotFolder(SimulatedDisk(), in: "state")
    ) throws {
        self.log = log
        if let now { self.now = now }
        let elsewhere = elsewhere
        let options = RegisterOptions(
            source: "urn:accueil:test", version: "1", calendar: .utc, limits: limits,
            now: { [unowned self] in self.now },
            seed: seed, home: home, background: { elsewhere.execute($0) },
            calculating: { elsewhere.execute($0) }, verifying: { elsewhere.execute($0) }, logKey: Desk.logKey,
            keepConsumers: { [keeper] bytes, done in keeper.execute { done(keeper.keep(bytes)) } },
            keepSnapshot: { snapshot, done in
                elsewhere.execute { done((try? snapshot.write(to: snapshots, of: log)) != nil) }
            },
            snapshotEvents: snapshotEvents,
            failed: { [unowned self] in failures.append($0) })
        register = Register(
            log,
            replayed: try Replayed(
                log, .utc, from: Snapshot.latest(in: snapshots, of: log, .utc) { _ in },
                checkpointEvents: checkpointEvents),
            consumers: consumers, options)
    }

    func connect(_ actor: String = "uid:1000") -> Client { Client(of: self, actor) }

    /// Everything that can be done without the disk.
    func turn() {
        repeat {
            home.all()
            elsewhere.all()
            keeper.all()
        } while !home.isEmpty || !elsewhere.isEmpty || !keeper.isEmpty
    }

    /// Everything that can be done at all.
    func settle() {
        turn()
        while log.isSyncing {
            log.sync()
            turn()
        }
    }
}

/// A client that sends lines and keeps what it is told.
final class Client: Session {
    let actor: String
    var isWritable = true
    var isOpen = true
    var commandsPending = 0
    var role: Role? = .operator
    private(set) var told: [String] = []
    private let desk: Desk
    private let parser = JSONParser()

    init(of desk: Desk, _ actor: String) {
        self.desk = desk
        self.actor = actor
    }

    func notify(_ lines: [UInt8]) {
        told += lines.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    func forget() { told = [] }

    func send(_ line: String) {
        Answering.answer(Incoming(Array(line.utf8).span, with: parser), from: self, by: desk.register) { answer in
            if let answer { self.told.append(String(decoding: answer, as: UTF8.self)) }
        }
    }

    func call(_ id: Int, _ method: String, _ params: String = "{}") {
        send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
    }

    /// The answer to a request: `nil` while there is none.
    func answer(_ id: Int) -> String? {
        let answers = told.filter { look("id", in: $0) == "\(id)" }
        precondition(answers.count <= 1, "request \(id) was answered twice")
        return answers.first
    }

    func answer(_ id: Int, _ path: String) -> String? { answer(id).flatMap { look(path, in: $0) } }

    /// Positions in the order in which a subscription told them.
    func heard(_ subscription: String) -> [Int] {
        told.filter { look("method", in: $0) == "event" && look("params.subscription", in: $0) == subscription }
            .map { Int(look("params.event.sequence", in: $0)!)! }
    }
}
