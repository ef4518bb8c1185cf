import AccueilTesting
import Dispatch
import EventLog
import Glibc
import Synchronization
import Testing

/// A copy made beside the running log is a log.
@Suite struct BackupTests {
    let directory = Folder()
    let target = Folder()
    private var log: String { directory.path + "/log" }
    private var copy: String { target.path + "/copy" }

    private func open(_ path: String) throws -> FileLog { try FileLog.open(directory: path, options: .small).0 }

    private func verified(_ path: String) throws -> Checkpoint {
        var options = FileLog.Options.small
        options.access = .look
        let (log, recovery) = try FileLog.open(directory: path, options: options)
        #expect(recovery == Recovery())
        return try log.proven()
    }

    @Test func `the copy has the log's head, and the next backup copies only what is new`() throws {
        let running = try open(log)
        defer { running.close() }
        try running.fill(to: 600)
        let first = try FileLog.backUp(log, to: copy)
        #expect(first.checkpoint == running.checkpoint)
        #expect(first.before == .origin && first.log == running.identity)
        #expect(first.segmentsCopied > 3)
        #expect(try verified(copy) == running.checkpoint)

        try running.fill(to: 604)
        let second = try FileLog.backUp(log, to: copy)
        #expect(second.checkpoint == running.checkpoint && second.checkpoint.position == 604)
        #expect(second.before == 600)
        #expect(second.segmentsCopied <= 2)
        #expect(try FileLog.backUp(log, to: copy).checkpoint == running.checkpoint)
        #expect(try PosixDisk().list(copy).allSatisfy { $0.hasSuffix(".ndjson") || $0 == "lock" })
    }

    @Test func `only what is new travels: nothing where nothing is new, else the segments behind the copy's last`()
        throws
    {
        let (simulated, segmentBytes) = (SimulatedDisk(), 16 << 10)
        let (running, _) = try FileLog.openInline(simulated)
        func backUp() throws -> (backup: Backup, bytesWritten: Int) {
            let disk = CountingDisk(simulated)
            return (try FileLog.backUp(folder, to: "/copy", disk: disk), disk.bytesWritten)
        }
        try running.fill(to: 600)
        let segments = simulated.files.keys.count { $0.hasPrefix(folder) && $0.hasSuffix(".ndjson") }
        try #require(segments > 5)
        let first = try backUp()
        #expect(first.backup.segmentsCopied == segments && first.bytesWritten == segments * segmentBytes)
        #expect(first.backup.bytesCopied < first.bytesWritten)

        let nothing = try backUp()
        #expect(nothing.backup.segmentsCopied == 0 && nothing.backup.bytesCopied == 0 && nothing.bytesWritten == 0)

        try running.fill(to: 603)
        let little = try backUp()
        #expect(little.backup.segmentsCopied == 1 && little.bytesWritten == segmentBytes)
        try running.fill(to: 700)
        let more = try backUp()
        #expect(more.backup.segmentsCopied < segments && more.bytesWritten == more.backup.segmentsCopied * segmentBytes)
        let copied = simulated.files.filter { $0.key.hasPrefix("/copy/") && $0.key.hasSuffix(".ndjson") }
        for (path, bytes) in copied { #expect(simulated.files[folder + path.dropFirst(5)] == bytes) }
        running.close()
    }

    @Test func `a restored copy is the log and goes on`() throws {
        let running = try open(log)
        try running.fill(to: 300)
        _ = try FileLog.backUp(log, to: copy)
        running.close()
        let restored = try open(copy)
        defer { restored.close() }
        #expect(restored.identity == running.identity)
        #expect(try restored.readAll() == lines(1...300))
        try restored.fill(to: 700)
        #expect(try restored.proven().position == 700)
    }

    @Test func `beside heavy writing every backup is sound and holds what was acknowledged before it`() throws {
        let running = try open(log)
        let isDone = Atomic(false)
        let ended = Waiting<Void>()
        DispatchQueue(label: "writer").async {
            while !isDone.load(ordering: .relaxed) { try? running.fill(to: Int(running.durable.rawValue) + 10) }
            ended.put(())
        }
        for _ in 1...25 {
            let acknowledged = running.durable
            let backup = try FileLog.backUp(log, to: copy)
            #expect(backup.checkpoint.position >= acknowledged)
        }
        isDone.store(true, ordering: .relaxed)
        ended.take()
        let backup = try FileLog.backUp(log, to: copy)
        #expect(backup.checkpoint == running.checkpoint)
        #expect(backup.before > .origin)
        #expect(try verified(copy) == running.checkpoint)
        running.close()
    }

    @Test func `a copy that is not a part of the log is left as it is`() throws {
        let running = try open(log)
        try running.fill(to: 40)
        _ = try FileLog.backUp(log, to: copy)
        running.close()

        let other = try open(target.path + "/other")
        try other.fill(to: 10)
        other.close()
        #expect(throws: BackupFailure.otherLog(copy: copy, running.identity)) {
            try FileLog.backUp(target.path + "/other", to: copy)
        }

        // The log was lost and its copy went on in its place: the old log, found again, is behind it.
        let restored = try open(copy)
        try restored.fill(to: 50)
        restored.close()
        #expect(throws: BackupFailure.diverged(copy: copy, at: 50)) { try FileLog.backUp(log, to: copy) }
        // And went on by itself.
        let found = try open(log)
        for position in 41...60 {
            _ = try found.appended(Commit(first: found.durable.next, count: 1, lines: lines([position + 1]))).get()
        }
        found.close()
        #expect(throws: BackupFailure.diverged(copy: copy, at: 50)) { try FileLog.backUp(log, to: copy) }
        #expect(try verified(copy).position == 50)
    }

    @Test func `a damaged log is not copied over a sound copy, nor a sound log over a damaged copy`() throws {
        let running = try open(log)
        try running.fill(to: 400)
        running.close()
        _ = try FileLog.backUp(log, to: copy)
        try damage("\(log)/00000000000000000001.ndjson", at: 0)
        #expect {
            try FileLog.backUp(log, to: copy)
        } throws: { error in
            if case BackupFailure.damagedLog = error { true } else { false }
        }
        #expect(try verified(copy).position == 400)

        let (again, there) = (target.path + "/again", target.path + "/there")
        _ = try FileLog.backUp(copy, to: again)
        _ = try FileLog.backUp(copy, to: there)
        try damage("\(again)/00000000000000000001.ndjson", at: 0)
        #expect {
            try FileLog.backUp(there, to: again)
        } throws: { error in
            if case BackupFailure.damagedCopy = error { true } else { false }
        }
    }

    @Test func `a folder that somebody else holds is not written to`() throws {
        let running = try open(log)
        try running.fill(to: 10)
        defer { running.close() }
        #expect {
            try FileLog.backUp(log, to: log)
        } throws: { error in
            if case BackupFailure.copy(.locked) = error { true } else { false }
        }
    }

    @Test(arguments: PowerAndFailureTests.cuts)
    func `whenever the power goes, the copy is a part of the log and the next backup completes it`(
        cut: SimulatedDisk.PowerCut
    ) throws {
        func backUp(_ disk: SimulatedDisk) throws(BackupFailure) -> Backup {
            try FileLog.backUp(folder, to: "/copy", disk: disk)
        }
        let disk = SimulatedDisk()
        let (full, _) = try FileLog.openInline(disk)
        try full.fill(to: 100)
        _ = try backUp(disk)
        try full.fill(to: 300)
        full.close()
        let files = disk.files
        let rehearsal = SimulatedDisk(files)
        let whole = try backUp(rehearsal)
        #expect(whole.before == 100 && whole.segmentsCopied > 2)

        for call in rehearsal.calls.indices {
            let disk = SimulatedDisk(files)
            disk.plan(.powerCut, at: call)
            #expect(throws: BackupFailure.self) { try backUp(disk) }
            disk.restart(after: cut)
            let (log, _) = try FileLog.openInline(disk, .look)
            #expect(log.checkpoint == whole.checkpoint)
            let (part, recovery) = try FileLog.open(
                directory: "/copy", options: FileLog.Options(access: .look), disk: disk, threads: .inline)
            #expect(recovery == Recovery(), "call \(call), \(rehearsal.calls[call])")
            #expect(part.durable >= 100)
            #expect(try part.proven() == log.checkpoint(at: part.durable))
            #expect(try backUp(disk).checkpoint == whole.checkpoint, "call \(call), \(rehearsal.calls[call])")
        }
    }

    private func damage(_ path: String, at offset: Int) throws {
        let file = try PosixDisk().open(path, .readWrite)
        defer { PosixDisk().close(file) }
        try PosixDisk().write(file, at: offset, Array("damage".utf8).span)
    }
}
