import AccueilDomain
import AccueilTesting
import Glibc
import Testing

@testable import EventLog
@testable import Register

/// Snapshots: a start from one gives the register that reading the whole log gives, or there is no start from it.
@Suite struct SnapshotTests {
    private let disk = SimulatedDisk(["/proc/self/exe": Array("a program".utf8)])
    private var folder: SnapshotFolder { SnapshotFolder(disk, in: "state") }

    private static func path(_ position: Int) -> String {
        "state/snapshots/\(Position(rawValue: UInt64(position)).digits).snapshot"
    }

    private var paths: [String] { disk.files.keys.filter { $0.hasPrefix("state/snapshots/") }.sorted() }

    /// A desk that has told a few things, and keeps a snapshot after every `events` of them.
    private func desk(events: Int = .max, told: Int = 3) throws -> (desk: Desk, client: Client) {
        let desk = try Desk(snapshotEvents: events, snapshots: folder)
        let client = desk.connect()
        for number in 0..<told { open(number, on: client, desk) }
        return (desk, client)
    }

    private func open(_ number: Int, on client: Client, _ desk: Desk) {
        client.call(number, "site.open", #"{"site":"s\#(number)","kind":"CHU","name":"Site \#(number)"}"#)
        desk.settle()
    }

    private func latest(of log: MemoryLog, _ calendar: CivilCalendar = .utc) -> (snapshot: Snapshot?, ignored: [String])
    {
        var ignored: [String] = []
        let snapshot = Snapshot.latest(in: folder, of: log, calendar) { ignored.append($0) }
        return (snapshot, ignored)
    }

    // MARK: The same register

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `a snapshot and what follows it are the whole log`(seed: UInt64) throws {
        var story = try RandomStory(seed: seed)
        for _ in 0..<150 { story.step() }
        let lines = story.desk.log.text
        let whole = told(try Replayed(MemoryLog(lines), .utc))
        for _ in 0..<4 {
            let position = Int.random(in: 1...lines.count, using: &story.random)
            let place: Comment = "seed \(seed), a snapshot at \(position) of \(lines.count)"
            let before = MemoryLog(Array(lines.prefix(position)))
            try Desk(before).register.snapshot.write(to: folder, of: before)
            let (snapshot, ignored) = latest(of: MemoryLog(lines))
            #expect(snapshot?.position.rawValue == UInt64(position), place)
            #expect(ignored == [], place)
            let replayed = try Replayed(MemoryLog(lines), .utc, from: snapshot, checkpointEvents: 7)
            let reached = lines.dropFirst(position).contains { line in
                look("type", in: line)?.hasPrefix("event.") ?? false
                    && Int(look("data.sequence", in: line) ?? "") ?? .max <= position
            }
            #expect(replayed.start == (reached ? .origin : snapshot?.position), place)
            #expect(told(replayed) == whole, place)
        }
    }

    @Test func `what every room holds comes back, down to the parameters of a calculation`() throws {
        let log = MemoryLog()
        let world = try Village.story().world
        let layout = Layout(World.self)
        try folder.write(at: log.checkpoint, of: log.identity) { layout.write(world, to: &$0) }
        let read = try folder.read(at: .origin, of: log) { layout.read(World.self, from: &$0) }
        #expect(told(read) == told(world))
        #expect(told(world).contains("text:barn"))
    }

    @Test func `a command that was carried out before the snapshot is answered again after it`() throws {
        let (desk, client) = try desk(told: 0)
        let order = #"{"site":"a","kind":"CHU","command_id":"once"}"#
        client.call(1, "site.open", order)
        desk.settle()
        try desk.register.snapshot.write(to: folder, of: desk.log)
        let again = try Desk(desk.log, snapshots: folder)
        let asking = again.connect()
        asking.call(1, "site.open", order)
        again.settle()
        #expect(asking.answer(1, "result.replayed") == "true")
        #expect(asking.answer(1, "result.events.0.sequence") == "1")
    }

    // MARK: Anything odd

    @Test func `a snapshot of another program, log, past or time zone is not taken, and the reason is told`() throws {
        let log = try desk().desk.log
        try Desk(log).register.snapshot.write(to: folder, of: log)
        #expect(latest(of: log).snapshot != nil)
        func refusal(_ log: MemoryLog, _ calendar: CivilCalendar = .utc) -> String {
            let (snapshot, ignored) = latest(of: log, calendar)
            #expect(snapshot == nil)
            return ignored.joined(separator: "; ")
        }
        #expect(
            refusal(MemoryLog(log.text, identity: "0189d3c1-7b1e-4c55-9a50-000000000000"))
                .hasPrefix("the snapshot at 3: it says log=0189d3c1-7b1e-4c55-9a50-1f2e3d4c5b6a, expected is log=0189"))
        let other = log.text.dropFirst() + [log.text[0]]
        #expect(refusal(MemoryLog(Array(other))).hasPrefix("the snapshot at 3: it says root="))
        #expect(refusal(MemoryLog(Array(log.text.prefix(2)))) == "the snapshot at 3: it lies beyond the end of the log")
        let moved = CivilCalendar(name: "UTC", periods: [.init(from: .min, offsetMinutes: 60)])
        #expect(refusal(log, moved) == "the snapshot at 3: its time zone is another one, or has changed")

        let bytes = try #require(disk.files[Self.path(3)])
        for (path, bytes, reason) in [
            (Self.path(3), Array("accueil-snapshot format=2".utf8) + bytes.dropFirst(25), "format=2"),
            ("/proc/self/exe", Array("a later program".utf8), "program="),
        ] {
            let odd = SimulatedDisk(disk.files.merging([path: bytes]) { _, new in new })
            var ignored: [String] = []
            let snapshot = Snapshot.latest(in: SnapshotFolder(odd, in: "state"), of: log, .utc) { ignored.append($0) }
            #expect(snapshot == nil)
            #expect(ignored.first?.contains("it says \(reason)") == true, "\(ignored)")
        }
    }

    @Test func `a snapshot under another one's name is not taken`() throws {
        let log = try desk().desk.log
        try Desk(log).register.snapshot.write(to: folder, of: log)
        disk.rename(Self.path(3), Self.path(2))
        #expect(latest(of: log).ignored.first?.contains("it says position=") == true)
    }

    @Test func `cut anywhere or changed in any byte, a snapshot is not taken`() throws {
        let log = try desk(told: 1).desk.log
        try Desk(log).register.snapshot.write(to: folder, of: log)
        let bytes = try #require(disk.files[Self.path(1)])
        func isTaken(_ bytes: [UInt8]) -> Bool {
            let other = SimulatedDisk(["/proc/self/exe": Array("a program".utf8), Self.path(1): bytes])
            return Snapshot.latest(in: SnapshotFolder(other, in: "state"), of: log, .utc) { _ in } != nil
        }
        #expect(isTaken(bytes))
        #expect(!isTaken(bytes + [0]))
        for index in bytes.indices {
            #expect(!isTaken(Array(bytes.prefix(index))), "cut at byte \(index)")
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(!isTaken(changed), "changed at byte \(index)")
        }
    }

    @Test func `of several blocks each is checked in its place`() throws {
        let log = try desk(told: 1).desk.log
        let lists = (0..<40).map { list in (0..<UInt64(3000)).map { UInt64(list) << 32 | $0 } }
        let layout = Layout([[UInt64]].self)
        func read() throws -> [[UInt64]] {
            try folder.read(at: log.durable, of: log) { layout.read([[UInt64]].self, from: &$0) }
        }
        try folder.write(at: log.checkpoint, of: log.identity) { layout.write(lists, to: &$0) }
        #expect(try read() == lists)
        let bytes = try #require(disk.files[Self.path(1)])
        let blocks = stride(from: 0, to: bytes.count, by: 1 << 18 + 8).map { bytes[$0...].prefix(1 << 18 + 8) }
        #expect(blocks.count == 4)
        for order in [[0], [0, 1], [0, 1, 2], [0, 2, 1, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3]] {
            let file = try disk.open(Self.path(1), .create)
            try disk.write(file, at: 0, Array(order.map { blocks[$0] }.joined()).span)
            #expect(throws: SnapshotFlaw.self, "blocks \(order)") { try read() }
        }
    }

    @Test func `bytes that are in order but were never a snapshot do no harm`() throws {
        let log = try desk(told: 1).desk.log
        var random = SplitMix(seed: 5)
        for round in 0..<200 {
            let body = (0..<Int.random(in: 0...2000, using: &random)).map { _ in
                // Counts are small or huge.
                Bool.random(using: &random) ? UInt8(0) : UInt8.random(in: 0...255, using: &random)
            }
            try folder.write(at: log.checkpoint, of: log.identity) { writer in
                unsafe body.withUnsafeBytes { unsafe writer.write($0) }
            }
            #expect(throws: SnapshotFlaw.self, "round \(round) of seed 5") {
                try folder.read(at: log.durable, of: log) { Layout([[String?]].self).read([[String?]].self, from: &$0) }
            }
        }
    }

    @Test func `where the log is damaged before the snapshot, what was put right there is not guessed`() throws {
        let (desk, client) = try desk(told: 4)
        client.call(10, "event.void", #"{"sequence":2,"reason":"error"}"#)
        desk.settle()
        open(5, on: client, desk)
        try desk.register.snapshot.write(to: folder, of: desk.log)
        let snapshot = try #require(latest(of: desk.log).snapshot)
        desk.log.damage = LogDamage(
            kind: .commit, file: "f", byteOffset: 0, first: Position(rawValue: 5), resumesAt: nil)
        let replayed = try Replayed(desk.log, .utc, from: snapshot)
        #expect(replayed.start == .origin && replayed.position.rawValue == 4)
        #expect(replayed.damage == desk.log.damage)
    }

    // MARK: Disks

    @Test func `the two latest snapshots stay, and none beyond the log that is written now`() throws {
        let (desk, client) = try desk(told: 0)
        for number in 0..<4 {
            open(number, on: client, desk)
            try desk.register.snapshot.write(to: folder, of: desk.log)
        }
        #expect(paths == [Self.path(3), Self.path(4)])
        let restored = MemoryLog(Array(desk.log.text.prefix(2)))
        #expect(latest(of: restored).snapshot == nil)
        try Desk(restored).register.snapshot.write(to: folder, of: restored)
        #expect(paths == [Self.path(2)])
    }

    @Test func `the older snapshot stands in for a damaged one`() throws {
        let (desk, client) = try desk(told: 1)
        try desk.register.snapshot.write(to: folder, of: desk.log)
        open(1, on: client, desk)
        try desk.register.snapshot.write(to: folder, of: desk.log)
        let damaged = try disk.open(Self.path(2), .readWrite)
        try disk.write(damaged, at: 300, [UInt8](repeating: 0x55, count: 20).span)
        let (snapshot, ignored) = latest(of: desk.log)
        #expect(snapshot?.position.rawValue == 1)
        #expect(ignored.count == 1)
        #expect(ignored.first?.contains("its checksum does not fit") == true)
    }

    @Test func `a full disk gets no snapshot, and keeps none of it`() throws {
        let desk = try desk().desk
        disk.setFree(200 << 20)
        #expect(throws: DiskError("write", Self.path(3) + ".new", code: ENOSPC)) {
            try desk.register.snapshot.write(to: folder, of: desk.log)
        }
        #expect(paths == [])
    }

    private static let cuts: [SimulatedDisk.PowerCut] =
        [.losesThem, .keepsThem] + (1...4).map { .tearsThem(seed: $0) }

    @Test(arguments: cuts)
    func `whenever the power goes during the writing, the next start is right`(cut: SimulatedDisk.PowerCut) throws {
        try interruptEverywhere(.powerCut) { disk in disk.restart(after: cut) }
    }

    @Test(arguments: [.failure(EIO), .failure(ENOSPC), .partialFailure(EIO, seed: 1)] as [SimulatedDisk.Fault])
    func `whatever call fails during the writing, the next start is right`(fault: SimulatedDisk.Fault) throws {
        try interruptEverywhere(fault) { disk in disk.endProcess() }
    }

    /// Lets every call of a writing fail once. There is an older snapshot already.
    private func interruptEverywhere(_ fault: SimulatedDisk.Fault, _ restart: (SimulatedDisk) -> Void) throws {
        let (desk, client) = try desk(told: 2)
        try desk.register.snapshot.write(to: folder, of: desk.log)
        let files = disk.files
        open(2, on: client, desk)
        let whole = told(try Replayed(desk.log, .utc))
        var call = 0
        var isThrough = false
        while !isThrough {
            let disk = SimulatedDisk(files)
            disk.plan(fault, at: call)
            let folder = SnapshotFolder(disk, in: "state")
            do { try desk.register.snapshot.write(to: folder, of: desk.log) } catch {}
            isThrough = disk.calls.count <= call
            #expect(disk.openCount == 0 || fault == .powerCut, "call \(call)")
            restart(disk)
            var ignored: [String] = []
            let snapshot = Snapshot.latest(in: folder, of: desk.log, .utc) { ignored.append($0) }
            #expect(ignored == [], "call \(call)")
            #expect(snapshot != nil, "call \(call)")
            #expect(told(try Replayed(desk.log, .utc, from: snapshot)) == whole, "call \(call)")
            // And the next writing leaves nothing of this one.
            try desk.register.snapshot.write(to: folder, of: desk.log)
            let names = disk.files.keys.filter { $0.hasPrefix("state/snapshots/") }.sorted()
            #expect(names == [Self.path(2), Self.path(3)], "call \(call)")
            call += 1
        }
        #expect(call > 10, "a writing asks more of the disk than \(call) things")
    }

    // MARK: When

    @Test func `a snapshot is handed out once enough is unread, and not again at once`() throws {
        let (desk, client) = try desk(events: 3, told: 2)
        desk.register.tick()
        desk.settle()
        #expect(paths == [])
        open(2, on: client, desk)
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(3)])
        for number in 3..<7 { open(number, on: client, desk) }
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(3)])
        desk.now += 600_000_000
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(3), Self.path(7)])
    }

    @Test func `it waits until the log has all that it tells`() throws {
        let (desk, client) = try desk(events: 3, told: 2)
        client.call(2, "site.open", #"{"site":"s2","kind":"CHU"}"#)
        desk.turn()
        desk.register.tick()
        desk.turn()
        #expect(desk.log.isSyncing)
        #expect(paths == [])
        desk.settle()
        #expect(paths == [Self.path(3)])
        let replayed = try Replayed(desk.log, .utc, from: latest(of: desk.log).snapshot)
        #expect(told(replayed) == told(try Replayed(desk.log, .utc)))
    }

    @Test func `nothing is handed out that the log then fails to keep`() throws {
        let (desk, client) = try desk(events: 3, told: 2)
        client.call(2, "site.open", #"{"site":"s2","kind":"CHU"}"#)
        desk.turn()
        desk.register.tick()
        desk.log.fail()
        desk.turn()
        #expect(paths == [])
    }

    @Test func `a stop waits for the writing, and begins one if there is much unread`() throws {
        let (desk, client) = try desk(events: 3)
        desk.register.tick()
        desk.settle()
        for number in 3..<6 { open(number, on: client, desk) }
        var isStopped = false
        desk.register.stop { isStopped = true }
        #expect(!isStopped)
        desk.settle()
        #expect(isStopped)
        #expect(paths == [Self.path(3), Self.path(6)])
    }

    @Test func `none is written when room is short or the log takes nothing more`() throws {
        let desk = try desk(events: 3).desk
        desk.log.shortage = "the disk is full"
        desk.register.tick()
        desk.settle()
        desk.log.shortage = nil
        desk.log.refusal = .damaged(
            LogDamage(kind: .commit, file: "f", byteOffset: 0, first: Position(rawValue: 1), resumesAt: nil))
        desk.register.tick()
        desk.settle()
        #expect(paths == [])
        desk.log.refusal = nil
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(3)])
    }

    @Test func `one that could not be written is tried again later`() throws {
        let desk = try desk(events: 3).desk
        disk.setFree(0)
        desk.register.tick()
        desk.settle()
        disk.setFree(1 << 30)
        desk.now += 599_000_000
        desk.register.tick()
        desk.settle()
        #expect(paths == [])
        desk.now += 1_000_000
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(3)])
    }

    @Test func `what is put right before a snapshot makes another one due`() throws {
        let (desk, client) = try desk(events: 4, told: 4)
        desk.register.tick()
        desk.settle()
        client.call(10, "event.void", #"{"sequence":4,"reason":"error"}"#)
        desk.settle()
        #expect(try Replayed(desk.log, .utc, from: latest(of: desk.log).snapshot).start == .origin)
        desk.now += 600_000_000
        desk.register.tick()
        desk.settle()
        #expect(paths == [Self.path(4), Self.path(5)])
        let replayed = try Replayed(desk.log, .utc, from: latest(of: desk.log).snapshot)
        #expect(replayed.start.rawValue == 5)
        #expect(told(replayed) == told(try Replayed(desk.log, .utc)))
    }
}

/// All that a value holds, as text: what lies in no order, in one. Where a replay began, and what it kept on the way,
/// is left out.
private func told(_ value: Any) -> String {
    if let id = value as? Identifier { return id.description }
    if let world = value as? World { return told((world.calendar, world.rooms)) }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    let children = mirror.children.filter { !(value is Replayed && ["start", "checkpoints"].contains($0.label)) }
    let texts = children.map { ($0.label.map { "\($0):" } ?? "") + told($0.value) }
    let isUnordered = mirror.displayStyle == .dictionary || mirror.displayStyle == .set
    return "(" + (isUnordered ? texts.sorted() : texts).joined(separator: " ") + ")"
}
