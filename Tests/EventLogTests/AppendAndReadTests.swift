import EventLog
import Glibc
import Synchronization
import Testing

/// On the real file system, with the real threads.
@Suite struct AppendAndReadTests {
    let directory = Folder()

    private func open(_ options: FileLog.Options = .small) throws -> (FileLog, Recovery) {
        try FileLog.open(directory: directory.path + "/log", options: options)
    }

    init() throws { try PosixDisk().makeDirectory(directory.path + "/log") }

    @Test func `a log that is made is empty, and is the same log when it is opened again`() throws {
        let (log, recovery) = try open()
        #expect(recovery == Recovery.made)
        #expect(log.durable == .origin)
        #expect(log.checkpoint.root == .empty)
        #expect(try log.read(from: 1, bytesMax: 100).count == 0)
        #expect(try log.proven().position == .origin)
        log.close()
        let (again, secondRecovery) = try open()
        defer { again.close() }
        #expect(secondRecovery == Recovery())
        #expect(again.identity == log.identity)
    }

    @Test func `the root at any position is the one the log had when it ended there`() throws {
        let (log, _) = try open()
        defer { log.close() }
        var checkpoints = [log.checkpoint]
        for position in 1...700 { checkpoints.append(try log.appended(commit(position...position)).get()) }
        #expect(try PosixDisk().list(directory.path + "/log").count { $0.hasSuffix(".ndjson") } > 2, "several segments")
        for checkpoint in checkpoints { #expect(try log.checkpoint(at: checkpoint.position) == checkpoint) }
    }

    @Test func `what was appended is read back, by pages of any size, before and after opening again`() throws {
        let (log, _) = try open()
        try log.fill(to: 200)
        for bytesMax in [1, 50, 333, 5000, 1 << 20] {
            #expect(try log.readAll(bytesMax: bytesMax) == lines(1...200))
        }
        #expect(try log.proven() == log.checkpoint)
        log.close()
        let (again, recovery) = try open()
        defer { again.close() }
        #expect(recovery == Recovery())
        #expect(again.checkpoint == log.checkpoint)
        for from in 1...200 {
            let run = try again.read(from: Position(rawValue: UInt64(from)), bytesMax: 1)
            #expect(run.bytes == lines([from]) && run.count == 1)
        }
        try again.fill(to: 300)
        #expect(try again.readAll(bytesMax: 700) == lines(1...300))
        #expect(try again.proven().position == 300)
    }

    @Test func `many segments follow each other without a gap`() throws {
        let (log, _) = try open()
        defer { log.close() }
        try log.fill(to: 1000)
        let segments = try PosixDisk().list(directory.path + "/log").filter { $0.hasSuffix(".ndjson") }
        #expect(segments.count > 5)
        #expect(try log.readAll(from: 17) == lines(17...1000))
        var heard: [Position] = []
        let verification = try log.verify {
            heard.append($0)
            return true
        }
        #expect(verification.checkpoint == log.checkpoint && verification.damage == [])
        #expect(heard.count == segments.count && heard.last == 1000 && heard == heard.sorted())
    }

    @Test func `answers come in the order of the appends, each with its lines and its root`() throws {
        let (log, _) = try open()
        defer { log.close() }
        let answers = Waiting<(Commit, Result<Checkpoint, AppendFailure>)>()
        for position in 1...50 { log.append(commit(position...position)) { answers.put(($0, $1)) } }
        for position in 1...50 {
            let (commit, outcome) = answers.take()
            #expect(commit.lines == lines([position]))
            #expect(try outcome.get().position.rawValue == UInt64(position))
        }
        #expect(log.durable == 50)
    }

    @Test func `readers see only what is durable while others append`() throws {
        let (log, _) = try open()
        defer { log.close() }
        let answers = Waiting<Bool>()
        for position in 1...600 {
            log.append(commit(position...position)) { _, outcome in
                if case .success = outcome { answers.put(true) } else { answers.put(false) }
            }
        }
        var next: Position = 1
        while next <= 600 {
            let before = log.durable
            let run = try log.read(from: next, bytesMax: 4000)
            #expect(run.bytes == lines((0..<run.count).map { Int(run.first.rawValue) + $0 }))
            #expect(run.count > 0 || before < next)
            next = run.next
        }
        for _ in 1...600 { #expect(answers.take()) }
    }

    @Test func `an append that does not begin at the end, or is too large, writes nothing`() throws {
        let (log, _) = try open()
        defer { log.close() }
        try log.fill(to: 5)
        #expect(log.appended(commit(5...5)) == .failure(.notNext(expected: 6)))
        #expect(log.appended(commit(7...7)) == .failure(.notNext(expected: 6)))
        let large = Commit(first: 6, count: 1, lines: [UInt8](repeating: 0x20, count: log.commitBytesMax) + [0x0A])
        #expect(log.appended(large) == .failure(.tooLarge(bytesMax: log.commitBytesMax)))
        #expect(log.refusal == nil)
        let largest = Commit(first: 6, count: 1, lines: Array(large.lines.dropFirst()))
        #expect(try log.appended(largest).get().position == 6)
        #expect(try log.read(from: 6, bytesMax: 1).bytes == largest.lines)
        #expect(try log.proven().position == 6)
    }

    @Test func `after closing nothing is appended, and reading goes on`() throws {
        let (log, _) = try open()
        try log.fill(to: 3)
        log.close()
        #expect(log.appended(commit(4...4)) == .failure(.closed))
        #expect(log.room == 0)
        #expect(try log.readAll() == lines(1...3))
    }

    @Test func `a second owner is told who the first is`() throws {
        let (log, _) = try open()
        let path = directory.path + "/log"
        #expect(throws: LogOpenFailure.locked(directory: path, by: Int(getpid()))) { try open() }
        log.close()
        try open().0.close()
    }

    @Test func `a folder that is missing is made for its owner alone`() throws {
        let path = directory.path + "/new"
        let (log, recovery) = try FileLog.open(directory: path, options: .small)
        log.close()
        #expect(recovery == Recovery.made)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }

    @Test(.enabled(if: geteuid() != 0, "root has every right: run as another user to see this refused"))
    func `a folder without rights is refused with the path and what to do`() throws {
        let path = directory.path + "/log"
        #expect(unsafe chmod(path, 0o500) == 0)
        defer { unsafe _ = chmod(path, 0o700) }
        let failure = #expect(throws: LogOpenFailure.self) { try open() }
        #expect(failure.map(\.description)?.contains(path) == true)
        #expect(failure.map(\.description)?.contains("Permission denied; give the user") == true)
    }

    @Test func `looking takes no lock, writes nothing and sees what is durable beside the owner`() throws {
        let path = directory.path + "/log"
        var looking = FileLog.Options.small
        looking.access = .look
        #expect(throws: LogOpenFailure.noLog(directory: path)) {
            try FileLog.open(directory: path, options: looking)
        }
        #expect(try PosixDisk().list(path).isEmpty)
        let (log, _) = try open()
        defer { log.close() }
        try log.fill(to: 100)
        let (look, recovery) = try FileLog.open(directory: path, options: looking)
        #expect(recovery == Recovery())
        #expect(look.checkpoint == log.checkpoint)
        #expect(try look.readAll() == lines(1...100))
        #expect(try look.proven() == log.checkpoint)
        #expect(look.appended(commit(101...101)) == .failure(.readOnly))
        try log.fill(to: 101)
        #expect(look.durable == 100)
    }
}

extension Recovery {
    static var made: Recovery {
        var recovery = Recovery()
        recovery.created = true
        return recovery
    }
}
