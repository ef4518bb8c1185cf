import AccueilTesting
import EventLog
import Testing

/// Every byte of a small log is cut off or changed once, and nothing passes for what it is not.
@Suite struct DamageTests {
    /// A closed log with `count` events, as files.
    private func written(_ count: Int) throws -> (disk: SimulatedDisk, identity: LogIdentity) {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: count)
        log.close()
        return (disk, log.identity)
    }

    private func segments(_ files: [String: [UInt8]]) -> [(path: String, bytes: [UInt8])] {
        files.filter { $0.key.hasSuffix(".ndjson") }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Where each commit ends and its last position, by reading the file as any reader of NDJSON would.
    private func commitEnds(_ bytes: [UInt8]) -> [(end: Int, last: Int)] {
        var ends: [(Int, Int)] = []
        var offset = 0
        var last = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            offset += line.count + 1
            if line.starts(with: Array("{\"commit\"".utf8)) { ends.append((offset, last)) }
            if line.starts(with: Array("{\"sequence\"".utf8)) { last += 1 }
        }
        return ends
    }

    private func ink(_ bytes: [UInt8]) -> Int { bytes.lastIndex { $0 != 0x0A }! + 2 }

    @Test func `cut at any byte, the log keeps every whole commit, reports the torn one and goes on`() throws {
        let files = try written(9).disk.files
        let (path, bytes) = segments(files)[0]
        let ends = commitEnds(bytes)
        let headerEnd = bytes.firstIndex(of: 0x0A)! + 1
        for cut in 0...ink(bytes) + 3 {
            let disk = SimulatedDisk([path: Array(bytes[..<cut])])
            if cut < headerEnd {
                let failure = #expect(throws: LogOpenFailure.self) { try FileLog.openInline(disk) }
                guard case .damaged(let damage)? = failure else {
                    Issue.record("cut at \(cut): \(String(describing: failure))")
                    continue
                }
                #expect(damage.kind == .header && damage.file == path && damage.byteOffset == 0)
                continue
            }
            let kept = ends.last { $0.end <= cut } ?? (headerEnd, 0)
            let (log, recovery) = try FileLog.openInline(disk)
            #expect(recovery.damage.isEmpty)
            #expect(log.durable.rawValue == UInt64(kept.last), "cut at \(cut)")
            // A newline at the end of it looks like the part not written yet.
            let torn = Array(bytes[kept.end..<cut].reversed().drop { $0 == 0x0A }.reversed())
            if torn.isEmpty {
                #expect(recovery.torn == nil, "cut at \(cut)")
            } else {
                let report = try #require(recovery.torn)
                #expect(
                    report.file == path && report.byteOffset == kept.end && report.after.rawValue == UInt64(kept.last))
                let copy = try #require(report.copy)
                #expect(disk.files[copy] == torn)
            }
            try log.fill(to: 15)
            #expect(try log.readAll() == lines(1...15), "cut at \(cut)")
            #expect(try log.proven().position == 15)
        }
    }

    @Test(arguments: [0x01, 0x20] as [UInt8])
    func `with any byte of the last segment changed, the log says torn or corrupt and nothing wrong is read`(
        mask: UInt8
    ) throws {
        let files = try written(9).disk.files
        let (path, bytes) = segments(files)[0]
        let ends = commitEnds(bytes)
        let headerEnd = bytes.firstIndex(of: 0x0A)! + 1
        let lastCommit = ends[ends.count - 2].end..<ends[ends.count - 1].end
        for place in Array(0..<ink(bytes) + 3) + [bytes.count - 1] {
            var changed = bytes
            changed[place] ^= mask
            let disk = SimulatedDisk([path: changed])
            let log: FileLog
            let recovery: Recovery
            do throws(LogOpenFailure) {
                (log, recovery) = try FileLog.openInline(disk)
            } catch {
                #expect(place < headerEnd, "byte \(place)")
                switch error {
                case .damaged(let damage): #expect(damage.kind == .header)
                case .otherFormat: #expect(mask < 0x10)
                case .locked, .noLog, .disk: Issue.record("byte \(place): \(error)")
                }
                continue
            }
            #expect(place >= headerEnd, "byte \(place)")
            if place >= lastCommit.lowerBound {
                // Nothing sound follows, so it cannot be told from a commit that was never acknowledged.
                let sound = place < lastCommit.upperBound ? ends[ends.count - 2].last : 9
                let torn = try #require(recovery.torn, "byte \(place)")
                #expect(recovery.damage.isEmpty && log.durable.rawValue == UInt64(sound))
                let copy = try #require(torn.copy)
                let kept = try #require(disk.files[copy])
                #expect(Array(changed[torn.byteOffset...].prefix(torn.byteCount)) == kept)
                #expect(torn.byteOffset + torn.byteCount > place || changed[place] == 0x0A)
                #expect(try log.readAll() == lines(1...sound))
                try log.fill(to: 20)
                #expect(try log.proven().position == 20)
                continue
            }
            let hit = ends.firstIndex { place < $0.end }!
            let sound = hit == 0 ? 0 : ends[hit - 1].last
            let damage = try #require(recovery.damage.first, "byte \(place)")
            #expect(recovery.torn == nil)
            #expect(damage.file == path && damage.first.rawValue == UInt64(sound + 1))
            #expect(damage.byteOffset <= place && place < damage.byteOffset + 1000)
            #expect(damage.resumesAt.map { Int($0.rawValue) } == ends[hit].last + 1)
            #expect(log.durable.rawValue == UInt64(sound))
            #expect(log.refusal == .damaged(damage) && log.room == 0)
            #expect(log.appended(commit(sound + 1...sound + 1)) == .failure(.damaged(damage)))
            if sound > 0 {
                #expect(try log.read(from: 1, bytesMax: 1 << 20).bytes == lines(1...sound))
            }
            #expect(throws: ReadFailure.damaged(damage)) { try log.readAll(from: damage.first) }
            let resumesAt = try #require(damage.resumesAt)
            #expect(try log.readAll(from: resumesAt) == lines(ends[hit].last + 1...9))
            #expect(throws: ReadFailure.self) { try log.proven() }
            #expect(segments(disk.files).map(\.bytes) == [changed], "a damaged log is not written to")
        }
    }

    @Test func `with any byte of an earlier segment changed, opening, reading or verifying finds it`() throws {
        let files = try written(260).disk.files
        let parts = segments(files)
        try #require(parts.count >= 3)
        let (path, bytes) = parts[1]
        let first = commitEnds(parts[0].bytes).last!.last + 1
        for place in Array(stride(from: 0, to: ink(bytes) + 2, by: 11)) + [bytes.count - 1] {
            var changed = files
            changed[path]![place] ^= 0x04
            let disk = SimulatedDisk(changed)
            let (log, recovery): (FileLog, Recovery)
            do throws(LogOpenFailure) {
                (log, recovery) = try FileLog.openInline(disk)
            } catch {
                guard case .otherFormat = error else {
                    Issue.record("byte \(place): \(error)")
                    continue
                }
                continue
            }
            #expect(recovery.torn == nil)
            let found: LogDamage
            do throws(ReadFailure) {
                _ = try log.proven()
                Issue.record("byte \(place) passed")
                continue
            } catch {
                guard case .damaged(let damage) = error else {
                    Issue.record("byte \(place): \(error)")
                    continue
                }
                found = damage
            }
            #expect(found.file == path && found.byteOffset <= place)
            #expect(log.refusal == .damaged(found))
            // Everything that can be read is what was written, before the damage and after it.
            try #expect(readable(log, to: 260) == Set(1...260).subtracting(lost(found)), "byte \(place)")
            #expect(lost(found).count < 20 && lost(found).allSatisfy { $0 >= first })
            #expect(segments(disk.files).map(\.bytes) == segments(changed).map(\.bytes))
        }
    }

    private func lost(_ damage: LogDamage) -> Range<Int> {
        Int(damage.first.rawValue)..<Int(damage.resumesAt?.rawValue ?? damage.first.rawValue)
    }

    /// The positions whose events can be read, and are what was written, when one reads on behind every damage.
    private func readable(_ log: FileLog, to last: Int) throws -> Set<Int> {
        var found: Set<Int> = []
        var next: Position = 1
        while next.rawValue <= last {
            do throws(ReadFailure) {
                let run = try log.read(from: next, bytesMax: 2000)
                let positions = (0..<run.count).map { Int(next.rawValue) + $0 }
                if run.bytes == lines(positions) { found.formUnion(positions) }
                next = run.next
            } catch {
                guard case .damaged(let damage) = error, let resumesAt = damage.resumesAt else { return found }
                next = resumesAt
            }
        }
        return found
    }

    @Test func `damage found by a reader closes the log for writing`() throws {
        let files = try written(260).disk.files
        let parts = segments(files)
        var changed = files
        let place = commitEnds(parts[0].bytes)[3].end + 10
        changed[parts[0].path]![place] ^= 1
        let (log, recovery) = try FileLog.openInline(SimulatedDisk(changed))
        #expect(recovery.damage.isEmpty, "opening reads only the ends of earlier segments")
        #expect(log.refusal == nil)
        let failure = #expect(throws: ReadFailure.self) { try log.readAll() }
        guard case .damaged(let damage) = failure else { return }
        #expect(damage.byteOffset == commitEnds(parts[0].bytes)[3].end)
        #expect(log.appended(commit(261...261)) == .failure(.damaged(damage)))
        let resumesAt = try #require(damage.resumesAt)
        #expect(try log.readAll(from: resumesAt).suffix(20) == lines(1...260).suffix(20))
    }

    @Test func `a missing segment is a gap, at the beginning and in the middle`() throws {
        let files = try written(260).disk.files
        let parts = segments(files)
        try #require(parts.count >= 3)
        for missing in [0, 1] {
            var changed = files
            changed[parts[missing].path] = nil
            let (log, recovery) = try FileLog.openInline(SimulatedDisk(changed))
            let damage = try #require(recovery.damage.first)
            #expect(damage.kind == .gap && damage.file == parts[missing + 1].path)
            #expect(log.durable.next == damage.first)
            #expect(throws: ReadFailure.damaged(damage)) { try log.readAll() }
            let resumesAt = try #require(damage.resumesAt)
            #expect(try log.readAll(from: resumesAt) == lines(Int(resumesAt.rawValue)...260))
        }
    }

    @Test func `a segment of another log and one of another format are refused by name`() throws {
        let files = try written(260).disk.files
        let parts = segments(files)
        let other = segments(try written(260).disk.files)
        try #require(other.map(\.path) == parts.map(\.path))
        var mixed = files
        mixed[parts[1].path] = other[1].bytes
        let (log, recovery) = try FileLog.openInline(SimulatedDisk(mixed))
        let damage = try #require(recovery.damage.first)
        guard case .foreignLog(let identity) = damage.kind else {
            Issue.record("\(damage)")
            return
        }
        #expect(identity != log.identity && damage.file == parts[1].path)
        #expect(damage.description.contains("another log"))
        let resumesAt = try #require(damage.resumesAt)
        #expect(try log.readAll(from: resumesAt) == lines(Int(resumesAt.rawValue)...260))

        var newer = files
        let text = String(decoding: parts[1].bytes, as: UTF8.self)
        newer[parts[1].path] = Array(text.replacing("\"format\":1,", with: "\"format\":2,").utf8)
        let failure = #expect(throws: LogOpenFailure.otherFormat(file: parts[1].path, found: 2)) {
            try FileLog.openInline(SimulatedDisk(newer))
        }
        #expect(failure?.description.contains("format 2, this program reads 1") == true)
    }

    @Test func `a commit whose root does not follow is corruption even when its checksum is right`() throws {
        // A log with the same name and the same number of events, but another first event.
        let identity = LogIdentity("0f8fad5b-d9cb-469f-a165-70867728950e")!
        var options = FileLog.Options.small
        options.newIdentity = identity
        let files = try [1, 7].map { change throws in
            let disk = SimulatedDisk()
            let (log, _) = try FileLog.open(directory: folder, options: options, disk: disk, threads: .inline)
            var first = commit(1...1)
            first.lines[first.lines.count - 4] = UInt8(ascii: "\(change)")
            _ = try log.appended(first).get()
            try log.fill(to: 5)
            log.close()
            return disk.files
        }
        let (path, bytes) = segments(files[0])[0]
        let cut = commitEnds(bytes)[0].end
        let spliced = Array(segments(files[1])[0].bytes[..<cut]) + bytes[cut...]
        let (log, recovery) = try FileLog.openInline(SimulatedDisk([path: spliced]))
        let damage = try #require(recovery.damage.first)
        #expect(damage.kind == .root && damage.first == 2 && damage.byteOffset == cut)
        #expect(log.durable == 1)
    }
}

extension UInt8 {
    fileprivate init(ascii text: String) { self = text.utf8.first! }
}
