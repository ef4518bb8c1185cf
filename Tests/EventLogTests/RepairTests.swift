import AccueilTesting
import Glibc
import Testing

@testable import EventLog

/// What a person may decide about a damaged or lost log: to go on from what is sound, or to put a backup in its place.
@Suite struct RepairTests {
    private static let time = "20261125T044501Z"

    private func written(_ count: Int) throws -> [String: [UInt8]] {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: count)
        log.close()
        return disk.files
    }

    private func segments(_ files: [String: [UInt8]]) -> [String] {
        files.keys.filter { $0.hasSuffix(".ndjson") }.sorted()
    }

    /// Every segment of `files` is somewhere on the disk as it was, and `cut` is where its sound part is.
    private func everyByte(of files: [String: [UInt8]], isOn disk: SimulatedDisk) -> Bool {
        let now = Set(disk.files.values)
        return segments(files).allSatisfy { now.contains(files[$0]!) }
    }

    @Test func `a byte in the middle is changed: what is before goes on, and every byte is still there`() throws {
        let files = try written(700)
        let paths = segments(files)
        try #require(paths.count >= 5)
        let seed = UInt64.random(in: 0 ... .max)
        print("repair: seed \(seed)")
        var random = SplitMix(seed: seed)
        for path in paths {
            var changed = files
            let ink = changed[path]!.lastIndex { $0 != 0x0A }!
            let place = Int.random(in: 0...ink, using: &random)
            changed[path]![place] ^= 0x20
            let disk = SimulatedDisk(changed)
            let repair: Repair?
            do throws(RepairFailure) { repair = try Repair.plan(folder, disk: disk) } catch {
                // Nothing is before the header of the first segment.
                guard case .nothingSound = error, path == paths[0] else {
                    if case .log(.otherFormat) = error { continue }
                    Issue.record("\(path), byte \(place): \(error)")
                    continue
                }
                continue
            }
            guard let repair else {
                #expect(path == paths.last, "the end of the log is torn, not damaged")
                continue
            }
            #expect(disk.files == changed, "a plan changes nothing")
            #expect(repair.damage.first?.file == path && repair.last == 700)
            try repair.carryOut(at: Self.time, disk: disk)
            #expect(everyByte(of: changed, isOn: disk), "\(path), byte \(place)")

            let (log, recovery) = try FileLog.openInline(disk)
            #expect(recovery == Recovery() && log.checkpoint == repair.kept)
            // Damage to the first commit leaves none.
            #expect(try log.readAll() == lines((1...700).prefix(Int(log.durable.rawValue))))
            try log.fill(to: Int(log.durable.rawValue) + 30)
            #expect(try log.proven() == log.checkpoint)
            log.close()
            #expect(everyByte(of: changed.filter { $0.key >= path }, isOn: disk), "the log goes on elsewhere")
            #expect(try Repair.plan(folder, disk: disk) == nil)
        }
    }

    @Test func `a missing segment leaves what is before it`() throws {
        var files = try written(400)
        let paths = segments(files)
        files[paths[2]] = nil
        let disk = SimulatedDisk(files)
        let repair = try #require(try Repair.plan(folder, disk: disk))
        #expect(repair.cut == nil && repair.moved == Array(paths[3...]))
        try repair.carryOut(at: Self.time, disk: disk)
        #expect(everyByte(of: files, isOn: disk))
        #expect(segments(disk.files).filter { !$0.contains("damaged-") } == Array(paths[..<2]))
        #expect(try FileLog.openInline(disk).0.checkpoint == repair.kept)
    }

    @Test func `a sound log is left alone, and so is one that somebody owns`() throws {
        let files = try written(300)
        let disk = SimulatedDisk(files)
        #expect(try Repair.plan(folder, disk: disk) == nil)
        var changed = files
        changed[segments(files)[1]]![2000] ^= 1
        let other = SimulatedDisk(changed)
        let repair = try #require(try Repair.plan(folder, disk: other))
        let (owner, _) = try FileLog.openInline(other)
        let before = other.files
        #expect(throws: RepairFailure.log(.locked(directory: folder, by: 4711))) {
            try repair.carryOut(at: Self.time, disk: other)
        }
        #expect(other.files == before)
        owner.close()
        #expect(throws: RepairFailure.log(.noLog(directory: "/nothing"))) { try Repair.plan("/nothing", disk: other) }
    }

    @Test func `a log that changed since it was looked at is not touched`() throws {
        var files = try written(400)
        let paths = segments(files)
        files[paths[3]]![2000] ^= 1
        let repair = try #require(try Repair.plan(folder, disk: SimulatedDisk(files)))
        files[paths[1]]![2000] ^= 1
        let disk = SimulatedDisk(files)
        #expect(throws: RepairFailure.changed(folder)) { try repair.carryOut(at: Self.time, disk: disk) }
        #expect(disk.files == files)
    }

    @Test(arguments: PowerAndFailureTests.cuts)
    func `whenever the power goes, every byte is there and saying it again completes it`(
        cut: SimulatedDisk.PowerCut
    ) throws {
        var files = try written(500)
        let paths = segments(files)
        let place = files[paths[1]]!.lastIndex { $0 != 0x0A }! / 2
        files[paths[1]]![place] ^= 1
        let rehearsal = SimulatedDisk(files)
        let whole = try #require(try Repair.plan(folder, disk: rehearsal))
        try #require(whole.cut != nil && whole.moved.count >= 2)
        let planned = rehearsal.calls.count
        try whole.carryOut(at: Self.time, disk: rehearsal)
        for call in planned..<rehearsal.calls.count {
            let disk = SimulatedDisk(files)
            disk.plan(.powerCut, at: call)
            #expect(throws: RepairFailure.self) {
                try Repair.plan(folder, disk: disk)?.carryOut(at: Self.time, disk: disk)
            }
            disk.restart(after: cut)
            #expect(everyByte(of: files, isOn: disk), "call \(call), \(rehearsal.calls[call])")
            try Repair.plan(folder, disk: disk)?.carryOut(at: "20261125T050000Z", disk: disk)
            #expect(everyByte(of: files, isOn: disk), "call \(call), \(rehearsal.calls[call])")
            #expect(try FileLog.openInline(disk).0.checkpoint == whole.kept)
        }
    }

    // MARK: Restoring

    private struct Lost {
        let above = Folder()
        var log: String { above.path + "/log" }
        var backup: String { above.path + "/backup" }
        let head: Checkpoint

        /// A log of which only the backup is left.
        init(_ count: Int = 400) throws {
            let (log, _) = try FileLog.open(directory: above.path + "/log", options: .small)
            try log.fill(to: count)
            head = log.checkpoint
            log.close()
            _ = try FileLog.backUp(above.path + "/log", to: above.path + "/backup")
            unsafe rename(above.path + "/log", above.path + "/lost")
        }

        func clear() {
            for name in ["log", "backup", "lost", "log.restoring"] {
                for file in (try? PosixDisk().list(above.path + "/" + name)) ?? [] {
                    unsafe unlink("\(above.path)/\(name)/\(file)")
                }
                unsafe rmdir(above.path + "/" + name)
            }
        }
    }

    @Test func `a restored backup is the log, for its owner only, and goes on`() throws {
        let lost = try Lost()
        defer { lost.clear() }
        #expect(try FileLog.restore(lost.backup, to: lost.log + "/") == lost.head)
        for name in ["", "/lock"] + (try PosixDisk().list(lost.log)).map({ "/" + $0 }) {
            var status = stat()
            #expect(unsafe stat(lost.log + name, &status) == 0)
            #expect(status.st_mode & 0o777 == (name == "" ? 0o700 : 0o600), "\(name)")
        }
        let (log, recovery) = try FileLog.open(directory: lost.log, options: .small)
        defer { log.close() }
        #expect(recovery == Recovery() && log.checkpoint == lost.head)
        try log.fill(to: 500)
        #expect(try log.proven().position == 500)
        // The next backup goes on, too.
        #expect(try FileLog.backUp(lost.log, to: lost.backup).before == 400)
    }

    @Test func `nothing is restored over anything`() throws {
        let lost = try Lost()
        defer { lost.clear() }
        let (running, _) = try FileLog.open(directory: lost.log, options: .small)
        #expect(throws: RestoreFailure.locked(directory: lost.log, by: Int(getpid()))) {
            try FileLog.restore(lost.backup, to: lost.log)
        }
        let name = running.identity
        running.close()
        #expect(throws: RestoreFailure.occupied(directory: lost.log)) { try FileLog.restore(lost.backup, to: lost.log) }
        #expect(try FileLog.open(directory: lost.log, options: .init(access: .look)).0.identity == name)
        // What a daemon leaves that found nothing to open: an empty folder with its lock.
        for file in try PosixDisk().list(lost.log) where file != "lock" { unsafe unlink("\(lost.log)/\(file)") }
        #expect(try FileLog.restore(lost.backup, to: lost.log) == lost.head)
    }

    @Test func `a backup that is damaged is not restored, and one that is not there is not found`() throws {
        let lost = try Lost()
        defer { lost.clear() }
        #expect(throws: RestoreFailure.backup(.noLog(directory: lost.above.path))) {
            try FileLog.restore(lost.above.path, to: lost.log)
        }
        let segment = try #require(try PosixDisk().list(lost.backup).sorted().dropFirst().first)
        let file = try PosixDisk().open("\(lost.backup)/\(segment)", .readWrite)
        try PosixDisk().write(file, at: 3000, Array("damage".utf8).span)
        PosixDisk().close(file)
        #expect {
            try FileLog.restore(lost.backup, to: lost.log)
        } throws: { error in
            if case RestoreFailure.damagedBackup = error { true } else { false }
        }
        #expect(throws: DiskError.self) { try PosixDisk().list(lost.log) }
    }

    @Test func `a restore that was interrupted is gone on with`() throws {
        let lost = try Lost()
        defer { lost.clear() }
        _ = try FileLog.backUp(lost.backup, to: lost.log + ".restoring")
        let last = try PosixDisk().list(lost.log + ".restoring").filter { $0.hasSuffix(".ndjson") }.max()!
        unsafe unlink("\(lost.log).restoring/\(last)")
        #expect(try FileLog.restore(lost.backup, to: lost.log) == lost.head)
        #expect(try FileLog.open(directory: lost.log, options: .init(access: .look)).0.proven() == lost.head)
    }
}
