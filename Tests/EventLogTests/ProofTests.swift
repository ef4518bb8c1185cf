import AccueilTesting
import Crypto
import Synchronization
import Testing

@testable import EventLog

/// The tree is not kept, and yet proves every event and every earlier tree.
@Suite struct ProofTests {
    // MARK: RFC 6962, word for word

    /// MTH of section 2.1.
    private func tree(_ data: ArraySlice<[UInt8]>) -> [UInt8] {
        if data.count == 1 { return Array(SHA256.hash(data: [0] + data.first!)) }
        let split = split(data.count)
        return Array(SHA256.hash(data: [1] + tree(data.prefix(split)) + tree(data.dropFirst(split))))
    }

    /// PATH of section 2.1.1.
    private func path(_ index: Int, _ data: ArraySlice<[UInt8]>) -> [[UInt8]] {
        if data.count == 1 { return [] }
        let split = split(data.count)
        if index < split { return path(index, data.prefix(split)) + [tree(data.dropFirst(split))] }
        return path(index - split, data.dropFirst(split)) + [tree(data.prefix(split))]
    }

    /// SUBPROOF of section 2.1.2.
    private func subproof(_ old: Int, _ data: ArraySlice<[UInt8]>, _ isWhole: Bool) -> [[UInt8]] {
        if old == data.count { return isWhole ? [] : [tree(data)] }
        let split = split(data.count)
        if old <= split { return subproof(old, data.prefix(split), isWhole) + [tree(data.dropFirst(split))] }
        return subproof(old - split, data.dropFirst(split), false) + [tree(data.prefix(split))]
    }

    private func split(_ count: Int) -> Int {
        var split = 1
        while split * 2 < count { split *= 2 }
        return split
    }

    private func position(_ number: Int) -> Position { Position(rawValue: UInt64(number)) }

    /// A closed log of several segments, and its lines.
    private func written(_ count: Int) throws -> (log: FileLog, disk: SimulatedDisk, lines: [[UInt8]]) {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: count)
        return (log, disk, (1...count).map { Array(line($0).utf8.dropLast()) })
    }

    @Test func `every event of every tree is proven as RFC 6962 defines it, and leads to its root`() throws {
        let (log, _, lines) = try written(40)
        for size in 1...40 {
            let root = TreeHash(tree(lines[..<size]))!
            for index in 0..<size {
                let proof = try log.inclusion(of: position(index + 1), in: position(size))
                #expect(proof.hashes.map(\.bytes) == path(index, lines[..<size]))
                #expect(proof.root(from: TreeHash(ofLine: lines[index])) == root)
            }
        }
    }

    @Test func `every tree is proven to be the beginning of every later one as RFC 6962 defines it`() throws {
        let (log, _, lines) = try written(40)
        for size in 1...40 {
            let root = TreeHash(tree(lines[..<size]))!
            for old in 1...size {
                let proof = try log.consistency(of: position(old), in: position(size))
                #expect(proof.hashes.map(\.bytes) == subproof(old, lines[..<size], true))
                #expect(proof.proves(TreeHash(tree(lines[..<old]))!, root))
            }
        }
    }

    @Test func `in a log of many segments, headers and lines give the same proofs as all the lines`() throws {
        let (log, disk, lines) = try written(2500)
        #expect(disk.files.count > 15)
        let seed = UInt64.random(in: 0 ... .max)
        print("many segments: seed \(seed)")
        var random = SplitMix(seed: seed)
        for _ in 1...15 {
            let size = Int.random(in: 1...2500, using: &random)
            let root = TreeHash(tree(lines[..<size]))!
            #expect(try log.checkpoint(at: position(size)).root == root)
            let index = Int.random(in: 0..<size, using: &random)
            let inclusion = try log.inclusion(of: position(index + 1), in: position(size))
            #expect(inclusion.hashes.map(\.bytes) == path(index, lines[..<size]), "\(index) of \(size)")
            let old = Int.random(in: 1...size, using: &random)
            let consistency = try log.consistency(of: position(old), in: position(size))
            #expect(consistency.hashes.map(\.bytes) == subproof(old, lines[..<size], true), "\(old) of \(size)")
        }
    }

    @Test func `a proof reads about a segment for each level above one, not the log`() throws {
        let (log, disk, _) = try written(2500)
        let counting = CountingDisk(disk)
        let (look, _) = try FileLog.openInline(counting, .look)
        var most = 0
        for index in stride(from: 1, through: 2500, by: 83) {
            counting.reset()
            _ = try look.inclusion(of: position(index), in: log.durable)
            most = max(most, counting.bytesRead)
        }
        let segments = disk.files.count
        let levels = Int.bitWidth - segments.leadingZeroBitCount
        #expect(most < (levels + 2) * (16 << 10), "\(most) bytes of \(segments) segments")
    }

    // MARK: Whoever checks

    @Test func `nothing but the right event, place, size and hashes leads to the root`() throws {
        let (log, _, lines) = try written(100)
        let root = log.checkpoint.root
        let leaf = TreeHash(ofLine: lines[41])
        let proof = try log.inclusion(of: 42, in: 100)
        #expect(proof.root(from: leaf) == root)
        #expect(proof.root(from: TreeHash(ofLine: lines[42])) != root)
        for wrong: (Position, Position) in [(41, 100), (43, 100), (42, 64), (42, 41), (0, 100), (101, 100)] {
            let other = InclusionProof(position: wrong.0, size: wrong.1, hashes: proof.hashes)
            #expect(other.root(from: leaf) != root, "\(wrong)")
        }
        #expect(InclusionProof(position: 42, size: 100, hashes: proof.hashes.dropLast()).root(from: leaf) == nil)
        #expect(InclusionProof(position: 42, size: 100, hashes: proof.hashes + [leaf]).root(from: leaf) == nil)
        for index in proof.hashes.indices {
            var hashes = proof.hashes
            hashes[index] = leaf
            #expect(InclusionProof(position: 42, size: 100, hashes: hashes).root(from: leaf) != root)
        }
    }

    @Test func `no other tree passes for the beginning`() throws {
        let (log, _, lines) = try written(100)
        let root = log.checkpoint.root
        for old in [1, 37, 64, 99, 100] {
            let oldRoot = TreeHash(tree(lines[..<old]))!
            let proof = try log.consistency(of: position(old), in: 100)
            #expect(proof.proves(oldRoot, root))
            var changed = lines
            changed[0][3] ^= 1
            #expect(!proof.proves(TreeHash(tree(changed[..<old]))!, root))
            #expect(!proof.proves(oldRoot, TreeHash(tree(changed[..<100]))!))
            #expect(
                !ConsistencyProof(old: position(old), size: 100, hashes: proof.hashes + [root]).proves(oldRoot, root))
            if let last = proof.hashes.last {
                #expect(
                    !ConsistencyProof(old: position(old), size: 100, hashes: proof.hashes.dropLast() + [oldRoot])
                        .proves(oldRoot, root) || last == oldRoot)
                #expect(
                    !ConsistencyProof(old: position(old), size: 100, hashes: proof.hashes.dropLast()).proves(
                        oldRoot, root))
            }
        }
    }

    @Test func `what is damaged is not proven`() throws {
        let (_, disk, _) = try written(260)
        var files = disk.files
        let path = files.keys.filter { $0.hasSuffix(".ndjson") }.min()!
        files[path]![files[path]!.count / 2] ^= 1
        let (log, _) = try FileLog.openInline(SimulatedDisk(files), .look)
        var unproven = 0
        for index in 1...260 {
            do throws(ReadFailure) { _ = try log.inclusion(of: position(index), in: log.durable) } catch {
                guard case .damaged(let damage) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(damage.file == path)
                unproven += 1
            }
        }
        #expect(unproven > 0 && unproven < 200)
    }
}

/// A disk that counts what is read and written.
final class CountingDisk: Disk {
    private let disk: any Disk
    private let counted = Mutex((read: 0, written: 0))

    init(_ disk: any Disk) { self.disk = disk }

    var bytesRead: Int { counted.withLock { $0.read } }
    var bytesWritten: Int { counted.withLock { $0.written } }
    func reset() { counted.withLock { $0 = (0, 0) } }

    func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        let bytes = try disk.read(file, at: offset, count: count)
        counted.withLock { $0.read += bytes.count }
        return bytes
    }

    func makeDirectory(_ path: String) throws(DiskError) { try disk.makeDirectory(path) }
    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile { try disk.open(path, access) }
    func close(_ file: DiskFile) { disk.close(file) }
    func size(_ file: DiskFile) throws(DiskError) -> Int { try disk.size(file) }
    func write(_ file: DiskFile, at offset: Int, _ bytes: Span<UInt8>) throws(DiskError) {
        try disk.write(file, at: offset, bytes)
        let count = bytes.count
        counted.withLock { $0.written += count }
    }
    func reserve(_ file: DiskFile, bytes: Int) throws(DiskError) { try disk.reserve(file, bytes: bytes) }
    func sync(_ file: DiskFile) throws(DiskError) { try disk.sync(file) }
    func syncDirectory(_ path: String) throws(DiskError) { try disk.syncDirectory(path) }
    func rename(_ path: String, to other: String) throws(DiskError) { try disk.rename(path, to: other) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func whereabouts(_ file: DiskFile) throws(DiskError) -> String? { try disk.whereabouts(file) }
    func adopt(_ path: String, like other: String) throws(DiskError) { try disk.adopt(path, like: other) }
    func freeBytes(_ directory: String) throws(DiskError) -> Int { try disk.freeBytes(directory) }
    func lock(_ path: String) throws(DiskError) -> DiskLock { try disk.lock(path) }
}
