internal import Crypto
internal import Glibc

/// A folder of snapshots: what a program made of the log up to a position. They are caches; anybody may delete them.
///
///     00000000000000262144.snapshot
///     accueil-snapshot format=1 program=… log=… position=… root=…⏎ what was made … checksum │ … checksum │ … checksum
///     ├─────────────────────── 256 KiB ─────────────────────────────────┤           ├ 256 KiB ┤    ├ up to ┤
///
/// `program` is the SHA-256 of the executable: what was made lies there as it lies in memory, which is the same only in
/// another process of the very same program. Each checksum is a CRC32C in hexadecimal over all that is before it but the
/// other checksums, seeded with log and position.
public struct SnapshotFolder: Sendable {
    private let disk: any Disk
    private let path: String

    /// The executable that this process runs, whatever has come to stand under its name since.
    static let programPath = "/proc/self/exe"
    private static let suffix = ".snapshot"
    private static let countMax = 2

    /// The folder in the state folder; it need not be there.
    public init(_ disk: any Disk, in stateFolder: String) {
        self.disk = disk
        path = stateFolder + "/snapshots"
    }

    /// Where there are snapshots, the latest first.
    public func positions() throws(DiskError) -> [Position] {
        try names().compactMap { name in
            name.hasSuffix(Self.suffix) ? Position(digits: name.dropLast(Self.suffix.utf8.count)) : nil
        }.sorted(by: >)
    }

    private func names() throws(DiskError) -> [String] {
        do throws(DiskError) { return try disk.list(path) } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }

    private func name(of position: Position) -> String { position.digits + Self.suffix }

    /// Keeps what `body` writes; returns once it is durable. Of the older ones the latest stays, in case this one is
    /// damaged some day.
    public func write(
        at checkpoint: Checkpoint, of log: LogIdentity, _ body: (inout SnapshotWriter) -> Void
    ) throws(DiskError) {
        let header = try header(checkpoint, of: log)
        try disk.makeDirectory(path)
        let kept = "\(path)/\(name(of: checkpoint.position))"
        let new = kept + ".new"
        do throws(DiskError) {
            let file = try disk.open(new, .create)
            do throws(DiskError) {
                var writer = SnapshotWriter(disk, file, in: path, Checksum(log: log, first: checkpoint.position))
                unsafe header.withUnsafeBytes { unsafe writer.write($0) }
                body(&writer)
                try writer.finish()
            } catch {
                disk.close(file)
                throw error
            }
            disk.close(file)
            try disk.rename(new, to: kept)
        } catch {
            try? disk.remove(new)
            throw error
        }
        try disk.syncDirectory(path)
        let useful = try positions().drop { $0 > checkpoint.position }.prefix(Self.countMax).map(name(of:))
        for name in try names() where name.contains(Self.suffix) && !useful.contains(name) {
            try disk.remove("\(path)/\(name)")
        }
    }

    /// What `body` makes of the snapshot at a position. Throws unless this program wrote it, all of it is there, and the
    /// log up to there is still the one that it was made of; or when disk or log cannot be read.
    public func read<Made>(
        at position: Position, of log: any EventLog, _ body: (inout SnapshotReader) -> Made
    ) throws -> Made {
        guard position <= log.durable else { throw SnapshotFlaw("it lies beyond the end of the log") }
        let header = try header(try log.checkpoint(at: position), of: log.identity)
        let file = try disk.open("\(path)/\(name(of: position))", .read)
        defer { disk.close(file) }
        try Self.compare(try disk.read(file, at: 0, count: header.count), with: header)
        var reader = SnapshotReader(
            disk, file, bytes: try disk.size(file), Checksum(log: log.identity, first: position))
        reader.skip(header.count)
        let made = body(&reader)
        if let flaw = reader.flawAtEnd { throw flaw }
        return made
    }

    private static func compare(_ header: [UInt8], with expected: [UInt8]) throws(SnapshotFlaw) {
        guard header != expected else { return }
        let words = [header, expected].map { String(decoding: $0, as: UTF8.self).split(separator: " ") }
        let odd = zip(words[0], words[1]).first { $0 != $1 }
        throw SnapshotFlaw(odd.map { "it says \($0), expected is \($1)" } ?? "it ends too soon")
    }

    private func header(_ checkpoint: Checkpoint, of log: LogIdentity) throws(DiskError) -> [UInt8] {
        let words = [
            "accueil-snapshot", "format=1", "program=\(try program())", "log=\(log)",
            "position=\(checkpoint.position.digits)", "root=\(checkpoint.root)",
        ]
        return Array((words.joined(separator: " ") + "\n").utf8)
    }

    private func program() throws(DiskError) -> TreeHash {
        let file = try disk.open(Self.programPath, .read)
        defer { disk.close(file) }
        var hasher = SHA256()
        var offset = 0
        while case let bytes = try disk.read(file, at: offset, count: 1 << 20), !bytes.isEmpty {
            hasher.update(data: bytes)
            offset += bytes.count
        }
        return TreeHash(hasher.finalize())
    }
}

/// Why a snapshot cannot be used.
public struct SnapshotFlaw: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// How much lies between two checksums.
private let blockBytes = 1 << 18
private let checksumBytes = 8

/// Writes a snapshot from its beginning to its end. After a failure it writes no more; the failure is told at the end.
public struct SnapshotWriter {
    private let disk: any Disk
    private let file: DiskFile
    private let folder: String
    private var checksum: Checksum
    private var block: [UInt8] = []
    /// Where the block goes.
    private var offset = 0
    private var unsynced = 0
    private var failure: DiskError?

    /// No more than this waits for the disk at a time: the log's own syncs wait for it, too.
    private static let unsyncedBytesMax = 1 << 20
    /// What it leaves free on the disk: more than the log does, which must not run short because of it.
    private static let freeBytesMin = 256 << 20

    fileprivate init(_ disk: any Disk, _ file: DiskFile, in folder: String, _ checksum: Checksum) {
        self.disk = disk
        self.file = file
        self.folder = folder
        self.checksum = checksum
    }

    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let count = unsafe min(rest.count, blockBytes - block.count)
            unsafe block.append(contentsOf: rest.prefix(count))
            unsafe rest = rest.dropFirst(count)
            if block.count == blockBytes { endBlock() }
        }
    }

    fileprivate mutating func finish() throws(DiskError) {
        if !block.isEmpty { endBlock() }
        if let failure { throw failure }
        try disk.sync(file)
    }

    private mutating func endBlock() {
        defer { block.removeAll(keepingCapacity: true) }
        guard failure == nil else { return }
        checksum.update(block, in: 0..<block.count)
        block.write(checksum: checksum.value)
        do throws(DiskError) {
            if unsynced >= Self.unsyncedBytesMax {
                try disk.sync(file)
                unsynced = 0
            }
            if unsynced == 0, try disk.freeBytes(folder) < Self.freeBytesMin {
                throw DiskError("write", file.path, code: ENOSPC)
            }
            try disk.write(file, at: offset, block.span)
            offset += block.count
            unsynced += block.count
        } catch { failure = error }
    }
}

/// Reads a snapshot from its beginning to its end; what it hands out has been checked. Where something is wrong it goes
/// on with zeros, so that nobody has to stop half-way, and the flaw is told at the end.
public struct SnapshotReader {
    private let disk: any Disk
    private let file: DiskFile
    private let size: Int
    private var checksum: Checksum
    private var block: [UInt8] = []
    /// How much of the block has been handed out.
    private var taken = 0
    /// Where the next block stands.
    private var offset = 0
    private var flaw: SnapshotFlaw?

    fileprivate init(_ disk: any Disk, _ file: DiskFile, bytes: Int, _ checksum: Checksum) {
        self.disk = disk
        self.file = file
        size = bytes
        self.checksum = checksum
    }

    /// No more than so many bytes can follow.
    public var bytesLeftMax: Int { flaw == nil ? size - offset + block.count - taken : 0 }

    /// Fills the buffer.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) {
        var filled = 0
        while filled < buffer.count {
            if taken == block.count { nextBlock() }
            guard flaw == nil else {
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).initializeMemory(
                    as: UInt8.self, repeating: 0)
                return
            }
            let count = min(buffer.count - filled, block.count - taken)
            unsafe block.withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken..<taken + count]))
            }
            taken += count
            filled += count
        }
    }

    fileprivate mutating func skip(_ count: Int) {
        var skipped = [UInt8](repeating: 0, count: count)
        unsafe skipped.withUnsafeMutableBytes { unsafe read(into: $0) }
    }

    fileprivate var flawAtEnd: SnapshotFlaw? {
        flaw ?? (bytesLeftMax > 0 ? SnapshotFlaw("it goes on where it should end") : nil)
    }

    private mutating func nextBlock() {
        guard flaw == nil else { return }
        do throws(DiskError) {
            block = try disk.read(file, at: offset, count: blockBytes + checksumBytes)
        } catch {
            flaw = SnapshotFlaw("\(error)")
            return
        }
        let end = block.count - checksumBytes
        guard end > 0 else {
            flaw = SnapshotFlaw("it ends too soon")
            return
        }
        checksum.update(block, in: 0..<end)
        var expected: [UInt8] = []
        expected.write(checksum: checksum.value)
        guard block[end...].elementsEqual(expected) else {
            flaw = SnapshotFlaw("its checksum does not fit, byte \(offset + end)")
            return
        }
        offset += block.count
        block.removeLast(checksumBytes)
        taken = 0
    }
}
