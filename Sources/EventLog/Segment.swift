internal import Glibc

// A segment is one NDJSON file, named by the position of its first event:
//
//     00000000000000000042.ndjson
//     ┌─────────────────────────────────────────────────────────────────────────────────┐
//     │ {"segment":{"format":1,…}}⏎            header: what the log was before this file │
//     │ event⏎ event⏎ … event⏎ {"commit":{…}}⏎  a commit: its events, then its trailer   │
//     │ event⏎ {"commit":{…}}⏎                  the next commit, right behind            │
//     │ ⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎⏎                  not written yet: newlines to the end     │
//     └─────────────────────────────────────────────────────────────────────────────────┘
//
// Protocol/LOG.md describes every byte.

/// A segment as it is known to the running log.
struct Segment: Hashable {
    let path: String
    /// The position of its first event, which is its name.
    let first: Position
    /// Where its first commit begins.
    let start: Int
    /// Where its last commit ends.
    private(set) var end: Int
    /// The position of its last event, `first`'s predecessor while there is none.
    private(set) var last: Position
    /// Where some commits begin, by position; the first of them always. Filled as the segment is written and read.
    private(set) var index: [IndexEntry]

    init(path: String, first: Position, start: Int) {
        self.path = path
        self.first = first
        self.start = start
        end = start
        last = first.advanced(by: -1)
        index = [IndexEntry(position: first, offset: start)]
    }

    /// Takes in the commit that follows the last one.
    mutating func add(_ trailer: Trailer, at offset: Int, end: Int) {
        note(IndexEntry(position: trailer.first, offset: offset))
        finish(at: end, last: trailer.last)
    }

    mutating func finish(at end: Int, last: Position) {
        self.end = end
        self.last = last
    }

    /// Keeps `entry` when it is at least `indexBytes` away from those there are.
    mutating func note(_ entry: IndexEntry) {
        let at = place(of: entry.position) + 1
        guard entry.offset - index[at - 1].offset >= Segment.indexBytes,
            at == index.count || index[at].offset - entry.offset >= Segment.indexBytes
        else { return }
        index.insert(entry, at: at)
    }

    /// Keeps `entry` as the place to read on from behind damage.
    mutating func resume(at entry: IndexEntry) {
        let at = place(of: entry.position)
        if index[at].position == entry.position { index[at] = entry } else { index.insert(entry, at: at + 1) }
    }

    /// The last known commit that does not begin after `position`.
    func entry(for position: Position) -> IndexEntry { index[place(of: position)] }

    private func place(of position: Position) -> Int {
        var range = 0..<index.count
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range = index[middle].position <= position ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    static let indexBytes = 64 << 10

    /// The position in a segment's file name, nil for any other name.
    static func first(ofName name: String) -> Position? {
        guard name.hasSuffix(suffix), let first = Position(digits: name.dropLast(suffix.count)), first > .origin
        else { return nil }
        return first
    }

    static func path(of first: Position, in directory: String) -> String { "\(directory)/\(first.digits)\(suffix)" }

    private static let suffix = ".ndjson"
    /// The name of the next segment until its first position is known.
    static let preparedName = "next.prepared"

    /// Makes the file the next segment will be: `bytes` newlines, durable, written in pieces that leave the disk time
    /// for commits. `reserved` is called once there is room for all of it.
    static func prepare(
        in directory: String, bytes: Int, reserve: Int, disk: any Disk, reserved: () -> Void
    ) throws(DiskError) -> DiskFile {
        let path = "\(directory)/\(preparedName)"
        guard try disk.freeBytes(directory) - bytes >= reserve else { throw DiskError("prepare", path, code: ENOSPC) }
        let file = try disk.open(path, .create)
        do throws(DiskError) {
            try disk.reserve(file, bytes: bytes)
            reserved()
            try fill(file, in: 0..<bytes, disk: disk)
            return file
        } catch {
            disk.close(file)
            try? disk.remove(path)
            throw error
        }
    }

    /// Writes newlines over `range` and makes them durable.
    static func fill(_ file: DiskFile, in range: Range<Int>, disk: any Disk) throws(DiskError) {
        let newlines = [UInt8](repeating: [UInt8].newline, count: min(range.count, fillBytes))
        for start in stride(from: range.lowerBound, to: range.upperBound, by: fillBytes) {
            let count = min(fillBytes, range.upperBound - start)
            try disk.write(file, at: start, newlines.span.extracting(first: count))
            try disk.sync(file)
        }
    }

    private static let fillBytes = 1 << 20

    /// Makes a prepared file the current segment, with `commit` as its first, and all of that durable with its name.
    static func begin(
        _ file: DiskFile, header: SegmentHeader, commit: [UInt8], directory: String, disk: any Disk
    ) throws(DiskError) -> Segment {
        let path = path(of: header.first, in: directory)
        let line = header.line
        try disk.write(file, at: 0, (line + commit).span)
        try disk.sync(file)
        try disk.rename(file.path, to: path)
        try disk.syncDirectory(directory)
        return Segment(path: path, first: header.first, start: line.count)
    }
}

/// Where a commit begins.
struct IndexEntry: Hashable {
    let position: Position
    let offset: Int
}

/// The first line of a segment: which log this is, and the Merkle tree before the segment's first event.
struct SegmentHeader: Hashable {
    let log: LogIdentity
    /// The tree over all events before this segment; the segment's first event is the next.
    let frontier: MerkleFrontier

    var first: Position { frontier.position.next }

    var line: [UInt8] {
        var line: [UInt8] = []
        line.write("{\"segment\":{\"format\":\(SegmentHeader.format),\"log\":\"\(log)\",\"first\":\"")
        line.write(first)
        line.write("\",\"root\":\"")
        line.write(frontier.root)
        line.write("\",\"peaks\":[")
        for (index, peak) in frontier.peaks.enumerated() {
            line.write(index == 0 ? "\"" : ",\"")
            line.write(peak)
            line.write("\"")
        }
        line.write("],\"crc32c\":\"")
        var checksum = Checksum(log: log, first: first)
        checksum.update(line, in: 0..<line.count)
        line.write(checksum: checksum.value)
        line.write("\"}}\n")
        return line
    }

    /// What the first bytes of a segment say.
    enum Reading {
        /// A sound header and where the line after it begins.
        case header(SegmentHeader, end: Int)
        /// A header of another version of the format.
        case otherFormat(Int)
        case damaged
    }

    static func read(_ bytes: [UInt8]) -> Reading {
        do throws(LineReader.Malformed) {
            var reader = LineReader(bytes, at: 0)
            try reader.literal("{\"segment\":{\"format\":")
            let format = try reader.number()
            guard format == SegmentHeader.format else { return .otherFormat(format) }
            try reader.literal(",\"log\":\"")
            let log = try reader.identity()
            try reader.literal("\",\"first\":\"")
            let first = try reader.position()
            try reader.literal("\",\"root\":\"")
            let root = try reader.hash()
            try reader.literal("\",\"peaks\":[")
            var peaks: [TreeHash] = []
            while !reader.sees("]") {
                try reader.literal(peaks.isEmpty ? "\"" : ",\"")
                peaks.append(try reader.hash())
                try reader.literal("\"")
            }
            try reader.literal("],\"crc32c\":\"")
            var checksum = Checksum(log: log, first: first)
            checksum.update(bytes, in: 0..<reader.offset)
            let claimed = try reader.checksum()
            try reader.literal("\"}}\n")
            guard claimed == checksum.value, first > .origin,
                let frontier = MerkleFrontier(count: first.rawValue - 1, peaks: peaks), frontier.root == root
            else { return .damaged }
            return .header(SegmentHeader(log: log, frontier: frontier), end: reader.offset)
        } catch { return .damaged }
    }

    /// The version of the format this program writes and reads.
    static let format = 1
    /// The most a header takes: 64 peaks.
    static let bytesMax = 4096
}

/// The last line of a commit.
struct Trailer: Hashable {
    let log: LogIdentity
    let first: Position
    let last: Position
    /// How many bytes the event lines before it take, newlines included.
    let bytes: Int
    /// The Merkle tree hash over all events up to `last`.
    let root: TreeHash

    /// Ends `lines`, which hold the commit's events and nothing else, with this trailer.
    func end(_ lines: inout [UInt8]) {
        lines.write("{\"commit\":{\"log\":\"\(log)\",\"first\":\"")
        lines.write(first)
        lines.write("\",\"last\":\"")
        lines.write(last)
        lines.write("\",\"bytes\":\(bytes),\"root\":\"")
        lines.write(root)
        lines.write("\",\"crc32c\":\"")
        var checksum = Checksum(log: log, first: first)
        checksum.update(lines, in: 0..<lines.count)
        lines.write(checksum: checksum.value)
        lines.write("\"}}\n")
    }

    static func begins(in bytes: [UInt8], at offset: Int) -> Bool { bytes.has("{\"commit\":", at: offset) }

    /// Reads the trailer at `offset` and checks it against the event lines that stand right before it, nil unless both
    /// are sound. `end` is where the next commit begins.
    static func read(_ bytes: [UInt8], at offset: Int, notBefore start: Int) -> (trailer: Trailer, end: Int)? {
        do throws(LineReader.Malformed) {
            var reader = LineReader(bytes, at: offset)
            let trailer = try readFields(&reader)
            guard trailer.bytes > 0, trailer.bytes <= offset - start else { return nil }
            var checksum = Checksum(log: trailer.log, first: trailer.first)
            checksum.update(bytes, in: offset - trailer.bytes..<reader.offset)
            let claimed = try reader.checksum()
            try reader.literal("\"}}\n")
            return claimed == checksum.value ? (trailer, reader.offset) : nil
        } catch { return nil }
    }

    /// Reads the trailer at `offset` without its event lines, so without proof.
    static func readUnproven(_ bytes: [UInt8], at offset: Int) -> (trailer: Trailer, end: Int)? {
        do throws(LineReader.Malformed) {
            var reader = LineReader(bytes, at: offset)
            let trailer = try readFields(&reader)
            _ = try reader.checksum()
            try reader.literal("\"}}\n")
            return (trailer, reader.offset)
        } catch { return nil }
    }

    private static func readFields(_ reader: inout LineReader) throws(LineReader.Malformed) -> Trailer {
        try reader.literal("{\"commit\":{\"log\":\"")
        let log = try reader.identity()
        try reader.literal("\",\"first\":\"")
        let first = try reader.position()
        try reader.literal("\",\"last\":\"")
        let last = try reader.position()
        try reader.literal("\",\"bytes\":")
        let bytes = try reader.number()
        try reader.literal(",\"root\":\"")
        let root = try reader.hash()
        try reader.literal("\",\"crc32c\":\"")
        guard first > .origin, last >= first, last.rawValue < UInt64.max else { throw LineReader.Malformed() }
        return Trailer(log: log, first: first, last: last, bytes: bytes, root: root)
    }
}

/// What stands where a commit should begin.
enum Frame {
    /// A sound commit: its event lines and where the next commit begins.
    case commit(Trailer, lines: Range<Int>, end: Int)
    /// The bytes end before the commit does.
    case cut
    /// Something else, be it only a blank line.
    case broken

    /// Looks at the commit that begins at `start` and must be the one of log `log` with the event at `first`.
    static func read(_ bytes: [UInt8], at start: Int, log: LogIdentity, first: Position) -> Frame {
        var line = start
        var last = first.advanced(by: -1)
        while let newline = bytes.newline(from: line) {
            if newline == line { return .broken }
            if Trailer.begins(in: bytes, at: line) {
                guard let (trailer, end) = Trailer.read(bytes, at: line, notBefore: start), trailer.log == log,
                    trailer.first == first, trailer.last == last, trailer.bytes == line - start
                else { return .broken }
                return .commit(trailer, lines: start..<line, end: end)
            }
            last = last.next
            line = newline + 1
        }
        return .cut
    }

    /// Finds the first sound commit of `log` at or after `start` whose first position is not before `position`.
    static func search(
        _ bytes: [UInt8], from start: Int, log: LogIdentity, notBefore position: Position
    ) -> IndexEntry? {
        var line = start
        while line < bytes.count {
            if Trailer.begins(in: bytes, at: line),
                let (trailer, _) = Trailer.read(bytes, at: line, notBefore: start), trailer.log == log,
                trailer.first >= position
            {
                return IndexEntry(position: trailer.first, offset: line - trailer.bytes)
            }
            guard let newline = bytes.newline(from: line) else { return nil }
            line = newline + 1
        }
        return nil
    }
}
