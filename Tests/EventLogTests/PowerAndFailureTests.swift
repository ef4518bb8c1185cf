import AccueilTesting
import EventLog
import Glibc
import Synchronization
import Testing

/// The disk stops or fails at every single call, and what was acknowledged is there.
@Suite struct PowerAndFailureTests {
    /// Opens, appends through three segments, opens again and appends; tells what was acknowledged and tried last.
    private func run(on disk: SimulatedDisk) -> (acknowledged: Int, tried: Int, failure: AppendFailure?) {
        var acknowledged = 0
        var tried = 0
        for target in [150, 190] {
            guard let (log, _) = try? FileLog.openInline(disk) else { return (acknowledged, tried, nil) }
            while acknowledged < target {
                tried = acknowledged + 1 + acknowledged % 3
                switch log.appended(commit(acknowledged + 1...tried)) {
                case .success(let checkpoint): acknowledged = Int(checkpoint.position.rawValue)
                case .failure(let failure): return (acknowledged, tried, failure)
                }
            }
            log.close()
        }
        return (acknowledged, tried, nil)
    }

    static let cuts: [SimulatedDisk.PowerCut] =
        [.losesThem, .keepsThem] + (1...2).map { .tearsThem(seed: $0) }

    @Test(arguments: cuts)
    func `whenever the power goes, what was acknowledged is there and the log goes on`(
        cut: SimulatedDisk.PowerCut
    ) throws {
        let rehearsal = SimulatedDisk()
        let whole = run(on: rehearsal)
        #expect(whole.acknowledged >= 190 && whole.failure == nil)
        #expect(rehearsal.files.keys.filter { $0.hasSuffix(".ndjson") }.count >= 3)
        for call in rehearsal.calls.indices {
            let disk = SimulatedDisk()
            disk.plan(.powerCut, at: call)
            let (acknowledged, tried, failure) = run(on: disk)
            if case .notNext? = failure { Issue.record("call \(call): the positions went wrong") }
            disk.restart(after: cut)
            let (log, recovery) = try FileLog.openInline(disk)
            #expect(recovery.damage.isEmpty, "call \(call), \(rehearsal.calls[call])")
            let durable = Int(log.durable.rawValue)
            #expect(durable == acknowledged || durable == tried, "call \(call), \(rehearsal.calls[call])")
            #expect(try log.readAll() == lines(1..<durable + 1))
            try log.fill(to: durable + 40)
            #expect(try log.proven().position.rawValue == UInt64(durable + 40))
        }
    }

    @Test func `a short story is told again from every disk that a power cut can leave`() throws {
        func tell(_ disk: SimulatedDisk) -> (acknowledged: Int, tried: Int) {
            guard let (log, _) = try? FileLog.openInline(disk) else { return (0, 0) }
            for (acknowledged, tried) in [(0, 2), (2, 3), (3, 7)] {
                guard case .success = log.appended(commit(acknowledged + 1...tried)) else {
                    return (acknowledged, tried)
                }
            }
            return (7, 7)
        }
        let rehearsal = SimulatedDisk()
        #expect(tell(rehearsal) == (7, 7))
        var looked = 0
        for call in rehearsal.calls.indices {
            let disk = SimulatedDisk()
            disk.plan(.powerCut, at: call)
            let (acknowledged, tried) = tell(disk)
            // A segment in the making, which nobody reads yet, has too many for each to be looked at.
            let cuts: [SimulatedDisk.PowerCut] =
                disk.states > 1 << 10
                ? [.losesThem, .keepsThem] + (1...8).map { .tearsThem(seed: $0) }
                : (0..<disk.states).map { .leaves(state: $0) }
            for cut in cuts {
                let disk = SimulatedDisk()
                disk.plan(.powerCut, at: call)
                _ = tell(disk)
                disk.restart(after: cut)
                let (log, recovery) = try FileLog.openInline(disk)
                #expect(recovery.damage.isEmpty, "call \(call), \(rehearsal.calls[call]), \(cut)")
                let durable = Int(log.durable.rawValue)
                #expect([acknowledged, tried].contains(durable), "call \(call), \(rehearsal.calls[call]), \(cut)")
                #expect(try log.readAll() == lines(1..<durable + 1))
            }
            looked += cuts.count
        }
        #expect(looked > 2 * rehearsal.calls.count)
    }

    @Test(
        arguments: [
            .failure(EIO), .partialFailure(EIO, seed: 1), .partialFailure(EIO, seed: 2),
        ] as [SimulatedDisk.Fault])
    func `whichever call fails, the log opens again with what was acknowledged`(fault: SimulatedDisk.Fault) throws {
        let rehearsal = SimulatedDisk()
        _ = run(on: rehearsal)
        for call in rehearsal.calls.indices {
            let disk = SimulatedDisk()
            disk.plan(fault, at: call)
            let (acknowledged, tried, _) = run(on: disk)
            disk.endProcess()
            let (log, recovery) = try FileLog.openInline(disk)
            #expect(recovery.damage.isEmpty, "call \(call), \(rehearsal.calls[call])")
            #expect(
                [acknowledged, tried].contains(Int(log.durable.rawValue)), "call \(call), \(rehearsal.calls[call])")
            #expect(try log.proven() == log.checkpoint)
        }
    }

    @Test(arguments: ["write", "sync"])
    func `after a failed write or sync no outcome is known and the disk is left alone`(operation: String) throws {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: 4)
        disk.plan(.failure(EIO), at: disk.calls.count + (operation == "write" ? 0 : 1))
        let failed = log.appended(commit(5...6))
        guard case .failure(.outcomeUnknown(let reason)) = failed else {
            Issue.record("\(failed)")
            return
        }
        #expect(reason.contains(operation))
        #expect(log.refusal == .outcomeUnknown(reason) && log.room == 0)
        let calls = disk.calls
        #expect(log.appended(commit(5...6)) == failed)
        #expect(log.appended(commit(7...7)) == failed)
        log.makeRoom()
        #expect(disk.calls == calls, "never a second sync, nor anything else")
        #expect(log.durable == 4)
        #expect(try log.readAll() == lines(1...4))
    }

    @Test(arguments: ["a commit", "a failed sync", "a look"])
    func `a log that was taken away acknowledges nothing more, and says where it is`(noticedBy: String) throws {
        for end in [4, 150] {
            let disk = SimulatedDisk()
            let (log, _) = try FileLog.openInline(disk)
            try log.fill(to: end)
            let current = try #require(disk.files.keys.filter { $0.hasSuffix(".ndjson") }.max())
            disk.rename(current, "\(folder)/elsewhere")
            let expected = AppendFailure.gone(
                "\(current) was deleted, renamed or replaced: it is now \(folder)/elsewhere. Nothing is recorded any more"
            )
            if noticedBy == "a look" {
                log.look {}
                #expect(log.refusal == expected && log.room == 0)
            }
            if noticedBy == "a failed sync" { disk.plan(.failure(EIO), at: disk.calls.count + 1) }
            #expect(log.appended(commit(end + 1...end + 1)) == .failure(expected))
            #expect(log.refusal == expected && log.room == 0)
            #expect(log.durable.rawValue == UInt64(end))
            log.close()
            #expect(disk.openCount == 0)
        }
    }

    @Test func `a commit whose sync failed and that is found after a restart is made durable before it counts`() throws
    {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: 4)
        disk.plan(.failure(EIO), at: disk.calls.count + 1)
        _ = log.appended(commit(5...6))
        disk.endProcess()
        let (again, _) = try FileLog.openInline(disk)
        #expect(again.durable == 6, "it stands in the file, so it counts")
        disk.restart(after: .losesThem)
        let (last, recovery) = try FileLog.openInline(disk)
        #expect(recovery == Recovery())
        #expect(last.durable == 6, "and what counted is on the medium")
    }

    @Test func `a full disk stops new events before it hurts, and the log comes back by itself`() throws {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        let roomAtFirst = log.room
        disk.setFree(1 << 20)
        var rooms: [Int] = []
        while log.room >= line(6).utf8.count {
            rooms.append(log.room)
            _ = try log.appended(commit(Int(log.durable.rawValue) + 1...Int(log.durable.rawValue) + 1)).get()
        }
        #expect(roomAtFirst > 16 << 10, "the rest of this segment and the next one")
        #expect(rooms.count > 30)
        #expect(log.shortage?.contains("No space left") == true)
        #expect(log.refusal == nil, "it is only full")
        let last = Int(log.durable.rawValue)
        #expect(try log.readAll() == lines(1...last))
        log.makeRoom()
        #expect(log.room < line(6).utf8.count, "there is still none")
        disk.setFree(1 << 30)
        log.makeRoom()
        #expect(log.room >= 8 << 10 && log.shortage == nil)
        try log.fill(to: last + 100)
        #expect(try log.proven().position.rawValue == UInt64(last + 100))
    }

    @Test func `what room promises fits, however it is divided into commits`() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            var random = SplitMix(seed: seed)
            let disk = SimulatedDisk()
            let options = FileLog.Options(segmentBytes: 64 << 10, diskReserveBytes: 0)
            let (log, _) = try FileLog.open(directory: folder, options: options, disk: disk, threads: .inline)
            try log.fill(to: Int.random(in: 1...150, using: &random))
            disk.setFree(0)
            // All at once, as events that were accepted and wait for the log.
            var left = log.room
            for _ in 1...LogLimits.commitsAhead where left > 1 {
                let large = Int.random(in: 1...3, using: &random) > 1
                let bytes = min(left, large ? log.commitBytesMax : .random(in: 2...log.commitBytesMax, using: &random))
                left -= bytes
                let commit = Commit(
                    first: log.durable.next, count: 1, lines: [UInt8](repeating: 0x20, count: bytes - 1) + [0x0A])
                let outcome = log.appended(commit)
                #expect(throws: Never.self, "seed \(seed)") { try outcome.get() }
            }
            #expect(left <= 1, "seed \(seed)")
        }
    }

    @Test func `a commit for which there is no room fails by itself and nothing is written`() throws {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        disk.setFree(0)
        var failure: AppendFailure?
        while failure == nil {
            let next = Int(log.durable.rawValue) + 1
            if case .failure(let found) = log.appended(commit(next...next + 9)) { failure = found }
        }
        guard case .full? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        let last = Int(log.durable.rawValue)
        #expect(log.refusal == nil)
        #expect(try log.readAll() == lines(1...last))
        disk.setFree(1 << 30)
        try log.fill(to: last + 10)
    }

    @Test func `a segment that is being made the current one is not prepared once more under its feet`() throws {
        let disk = SimulatedDisk()
        let background = Mutex<[@Sendable () -> Void]>([])
        let threads = LogThreads(log: { $0() }, background: { work in background.withLock { $0.append(work) } })
        let (log, _) = try FileLog.open(directory: folder, options: .small, disk: disk, threads: threads)
        // The next segment is needed before the background came to prepare it, and it comes when the log already has.
        disk.interrupt { call, _ in
            if call == "rename" { for work in background.withLock({ $0 }) { work() } }
            return nil
        }
        while disk.files.keys.count(where: { $0.hasSuffix(".ndjson") }) < 2 {
            try log.fill(to: Int(log.durable.rawValue) + 1)
        }
        let last = Int(log.durable.rawValue)
        try log.fill(to: last + 10)
        #expect(try log.readAll() == lines(1...last + 10))
        disk.endProcess()
        let (again, recovery) = try FileLog.openInline(disk)
        #expect(recovery == Recovery() && again.durable == log.durable)
        #expect(try again.readAll() == lines(1...last + 10))
    }

    @Test func `opening again and again leaves no file open`() throws {
        let disk = SimulatedDisk()
        for round in 1...5 {
            let (log, _) = try FileLog.openInline(disk)
            try log.fill(to: round * 100)
            _ = try log.readAll()
            log.close()
            #expect(disk.openCount == 0)
        }
    }

    @Test func `a torn end is kept once, however often a start stops half-way`() throws {
        let whole = SimulatedDisk()
        try FileLog.openInline(whole).0.fill(to: 9)
        let (path, bytes) = try #require(whole.files.first { $0.key.hasSuffix(".ndjson") })
        let end = try #require(bytes.lastIndex { $0 != 0x0A }) - 20
        let torn = [path: Array(bytes.prefix(end)) + [UInt8](repeating: 0x0A, count: bytes.count - end)]
        let copy = path + ".torn-1"

        let rehearsal = SimulatedDisk(torn)
        let (log, recovery) = try FileLog.openInline(rehearsal)
        #expect(log.durable < 9 && recovery.torn?.copy == copy)
        let kept = rehearsal.files[copy]
        let copying = try #require(rehearsal.calls.firstIndex(of: "write"))
        let halves = (1...5).map { (SimulatedDisk.Fault.partialFailure(ENOSPC, seed: $0), [copying]) }
        let all = Array(rehearsal.calls.indices)
        for (fault, calls) in [(.failure(ENOSPC), all), (.powerCut, all)] + halves {
            for call in calls {
                let disk = SimulatedDisk(torn)
                for _ in 1...3 {
                    disk.plan(fault, at: disk.calls.count + call)
                    _ = try? FileLog.openInline(disk)
                    disk.restart(after: .keepsThem)
                }
                #expect(try FileLog.openInline(disk).0.durable == log.durable)
                let copies = disk.files.filter { $0.key.contains(".torn-") }
                #expect(copies.count == 1 && copies[copy] == kept, "\(fault), call \(call), \(rehearsal.calls[call])")
            }
        }
        let other = SimulatedDisk(torn.merging([copy: Array("something else".utf8)]) { $1 })
        #expect(try FileLog.openInline(other).1.torn?.copy == path + ".torn-2")
        #expect(other.files[copy] == Array("something else".utf8) && other.files[path + ".torn-2"] == kept)
    }

    @Test func `of a torn end for which there is no room nothing stays but itself`() throws {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: 9)
        disk.plan(.partialFailure(EIO, seed: 3), at: disk.calls.count)
        _ = log.appended(commit(10...20))
        disk.endProcess()
        let names = disk.files.keys.sorted()
        disk.setFree(0)
        for _ in 1...3 {
            #expect(throws: LogOpenFailure.self) { try FileLog.openInline(disk) }
            #expect(disk.files.keys.sorted() == names.filter { !$0.hasSuffix("prepared") })
        }
        disk.setFree(1 << 30)
        #expect(try FileLog.openInline(disk).1.torn?.copy?.hasSuffix(".torn-1") == true)
    }

    @Test func `a failed creation says why and leaves nothing that passes for a log`() throws {
        let disk = SimulatedDisk()
        disk.setFree(1000)
        let failure = #expect(throws: LogOpenFailure.self) { try FileLog.openInline(disk) }
        #expect(failure?.description.contains("No space left on device; make room") == true)
        #expect(disk.files.isEmpty && disk.openCount == 0)
        disk.setFree(1 << 30)
        let (_, recovery) = try FileLog.openInline(disk)
        #expect(recovery == Recovery.made)
    }
}
