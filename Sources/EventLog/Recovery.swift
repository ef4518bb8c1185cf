/// What opening a log found and did.
public struct Recovery: Hashable, Sendable {
    /// The log was not there and has been made.
    public var created = false
    /// The end of a commit that had not been acknowledged, cut off.
    public var torn: TornEnd?
    /// What is damaged, by position. The log is only readable unless this is empty.
    public var damage: [LogDamage] = []

    /// The report of an opening that found everything as it should be.
    public init() {}
}

/// What followed the last sound commit: a commit that was being written when the power or the process went.
public struct TornEnd: Hashable, Sendable, CustomStringConvertible {
    /// The path of the segment.
    public let file: String
    public let byteOffset: Int
    public let byteCount: Int
    /// The last position before it.
    public let after: Position
    /// Where the bytes were copied before they were cut; nil when the log was only looked at.
    public var copy: String?

    public var description: String {
        "\(file), byte \(byteOffset): \(byteCount) bytes after position \(after) are the torn end of a commit; "
            + (copy.map { "cut, and kept in \($0)" } ?? "left as they are")
    }
}

/// Why a log was not opened.
public enum LogOpenFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process owns the log.
    case locked(directory: String, by: Int)
    /// There is no log in the folder and none was to be made.
    case noLog(directory: String)
    /// The segment was written by another version of the format.
    case otherFormat(file: String, found: Int)
    /// No segment has a sound header, so nothing can be read.
    case damaged(LogDamage)
    /// A system call failed: no rights, no room, a broken disk.
    case disk(DiskError)

    public var description: String {
        switch self {
        case .locked(let directory, let processID):
            "the log in \(directory) belongs to process \(processID), which is running; stop it first"
        case .noLog(let directory): "there is no log in \(directory)"
        case .otherFormat(let file, let found):
            "\(file) has format \(found), this program reads \(SegmentHeader.format); use the version that wrote it"
        case .damaged(let damage): damage.description
        case .disk(let error): error.description
        }
    }
}

/// One pass over the bytes of a segment: what is sound in it, what is not, and where it ends.
struct SegmentScan {
    private(set) var segment: Segment
    private(set) var damage: [LogDamage] = []
    /// The tree after the last commit before any damage, nil when there was none to begin with.
    private(set) var frontier: MerkleFrontier?
    /// Where the last commit stands.
    private(set) var lastCommit: Range<Int>?
    /// What follows the last commit and is not newlines.
    private(set) var stray: Range<Int>?

    /// Scans `bytes`, all there is of the segment. Without a header (`nil`) commits are still found and read, but
    /// their roots prove nothing.
    init(_ bytes: [UInt8], path: String, first: Position, header: (SegmentHeader, end: Int)?, log: LogIdentity) {
        segment = Segment(path: path, first: first, start: header?.end ?? 0)
        frontier = header?.0.frontier
        var offset = segment.start
        while offset < bytes.count {
            let position = segment.last.next
            switch Frame.read(bytes, at: offset, log: log, first: position) {
            case .commit(let trailer, let lines, let end):
                if damage.isEmpty, var tree = frontier {
                    tree.append(linesOf: bytes, in: lines)
                    if tree.root == trailer.root {
                        frontier = tree
                    } else {
                        note(.root, at: offset, resumesAt: position)
                    }
                }
                segment.add(trailer, at: offset, end: end)
                lastCommit = offset..<end
                offset = end
            case .cut, .broken:
                guard let ink = bytes.lastInk(from: offset) else { return }
                guard Frame.search(bytes, from: offset, log: log, notBefore: .origin) != nil else {
                    stray = offset..<ink + 1
                    return
                }
                let entry = Frame.search(bytes, from: offset, log: log, notBefore: position)
                note(.commit, at: offset, resumesAt: entry?.position)
                guard let entry else { return }
                segment.resume(at: entry)
                segment.finish(at: entry.offset, last: entry.position.advanced(by: -1))
                offset = entry.offset
            }
        }
    }

    private mutating func note(_ kind: LogDamage.Kind, at offset: Int, resumesAt: Position?) {
        damage.append(
            LogDamage(
                kind: kind, file: segment.path, byteOffset: offset, first: segment.last.next, resumesAt: resumesAt))
    }
}

/// Everything that happens between finding the folder and being ready.
struct Opening {
    let identity: LogIdentity
    private(set) var segments: [Segment] = []
    /// The head of what is sound from the first event on.
    private(set) var checkpoint = MerkleFrontier().checkpoint
    /// Nil when the log is only to be read.
    private(set) var writer: FileLog.Writer?
    private(set) var recovery = Recovery()

    /// Opens the log in `directory`, or makes it there; what is being written meanwhile is not taken for damage.
    ///
    /// Files and pages are read one after the other, so that a commit may be seen behind one that was not there yet. By
    /// the time it was seen, the one before was durable: damage that is seen twice is damage.
    static func settled(directory: String, options: FileLog.Options, disk: any Disk) throws(LogOpenFailure) -> Opening {
        var opening = try Opening(directory: directory, options: options, disk: disk)
        while options.access == .look, !opening.recovery.damage.isEmpty {
            let again = try Opening(directory: directory, options: options, disk: disk)
            if again.recovery.damage == opening.recovery.damage { break }
            opening = again
        }
        return opening
    }

    /// Opens the log in `directory`, or makes it there.
    private init(directory: String, options: FileLog.Options, disk: any Disk) throws(LogOpenFailure) {
        let names = try asking { () throws(DiskError) in try disk.list(directory) }
        // Whatever the prepared segment holds was never acknowledged, and its room may be needed.
        if options.access == .own, names.contains(Segment.preparedName) {
            try asking { () throws(DiskError) in try disk.remove("\(directory)/\(Segment.preparedName)") }
        }
        let firsts = names.compactMap(Segment.first(ofName:)).sorted()
        guard !firsts.isEmpty else {
            guard options.access == .own else { throw .noLog(directory: directory) }
            var generator = SystemRandomNumberGenerator()
            identity = options.newIdentity ?? .random(using: &generator)
            try create(in: directory, options: options, disk: disk)
            return
        }
        var heads: [Head] = []
        for first in firsts {
            let head = try asking { () throws(DiskError) in try Head(first: first, directory: directory, disk: disk) }
            if case .otherFormat(let found) = head.reading { throw .otherFormat(file: head.path, found: found) }
            heads.append(head)
        }
        guard let known = heads.lazy.compactMap(\.header?.value.log).first else {
            throw .damaged(
                LogDamage(kind: .header, file: heads[0].path, byteOffset: 0, first: heads[0].first, resumesAt: nil))
        }
        identity = known
        for (index, head) in heads.enumerated() {
            let next = index + 1 < heads.count ? heads[index + 1] : nil
            let seen = try asking { () throws(DiskError) in try take(head, before: next, disk: disk) }
            if next == nil, let (bytes, scan) = seen {
                try finish(bytes, scan, names: names, directory: directory, options: options, disk: disk)
            }
        }
    }

    private mutating func create(
        in directory: String, options: FileLog.Options, disk: any Disk
    ) throws(LogOpenFailure) {
        let header = SegmentHeader(log: identity, frontier: MerkleFrontier())
        let (file, segment) = try asking { () throws(DiskError) in
            let file = try Segment.prepare(
                in: directory, bytes: options.segmentBytes, reserve: options.diskReserveBytes, disk: disk, reserved: {})
            do throws(DiskError) {
                return (file, try Segment.begin(file, header: header, commit: [], directory: directory, disk: disk))
            } catch {
                disk.close(file)
                throw error
            }
        }
        segments = [segment]
        recovery.created = true
        writer = FileLog.Writer(
            file: DiskFile(number: file.number, path: segment.path), offset: segment.end,
            capacity: options.segmentBytes, frontier: header.frontier)
    }

    /// Takes in the next segment: by its two ends when they fit what is before and behind it, else, and always for the
    /// last segment, by reading it all.
    private mutating func take(
        _ head: Head, before next: Head?, disk: any Disk
    ) throws(DiskError) -> (bytes: [UInt8], scan: SegmentScan)? {
        let expected = segments.last?.last.next ?? Position.origin.next
        let flaw = flaw(of: head, expected: expected)
        let file = try disk.open(head.path, .read)
        defer { disk.close(file) }
        let size = try disk.size(file)
        if flaw == nil, let next, let header = head.header,
            let (trailer, end) = try Opening.lastTrailer(of: file, size: size, disk: disk),
            trailer.log == identity, trailer.first >= head.first, trailer.last.next == next.first,
            next.header?.value.frontier.root == trailer.root
        {
            var segment = Segment(path: head.path, first: head.first, start: header.end)
            segment.finish(at: end, last: trailer.last)
            segments.append(segment)
            if recovery.damage.isEmpty { checkpoint = Checkpoint(position: trailer.last, root: trailer.root) }
            return nil
        }
        let bytes = try disk.read(file, at: 0, count: size)
        let header = flaw?.spoilsHeader == true ? nil : head.header
        let scan = SegmentScan(bytes, path: head.path, first: head.first, header: header, log: identity)
        segments.append(scan.segment)
        if flaw == nil, recovery.damage.isEmpty, let frontier = scan.frontier { checkpoint = frontier.checkpoint }
        recovery.damage += scan.damage(
            flaw: flaw, expected: expected, headFirst: head.first, nextFirst: next?.first)
        return (bytes, scan)
    }

    /// What is wrong with the segment going by its name, its header and what is before it.
    private func flaw(of head: Head, expected: Position) -> LogDamage.Kind? {
        guard let header = head.header?.value, header.first == head.first, head.first >= expected else {
            return .header
        }
        if header.log != identity { return .foreignLog(header.log) }
        if head.first > expected { return .gap }
        return recovery.damage.isEmpty && header.frontier.root != checkpoint.root ? .root : nil
    }

    /// The trailer that ends the segment, if a trailer does; read from the back, without its commit.
    private static func lastTrailer(
        of file: DiskFile, size: Int, disk: any Disk
    ) throws(DiskError) -> (trailer: Trailer, end: Int)? {
        var end = size
        while end > 0 {
            let start = max(0, end - Segment.indexBytes)
            if let ink = try disk.read(file, at: start, count: end - start).lastInk(from: 0) {
                let lineStart = max(0, start + ink - LogLimits.trailerBytesMax)
                let tail = try disk.read(file, at: lineStart, count: start + ink + 2 - lineStart)
                guard tail.count > 1, let newline = tail.dropLast(2).lastIndex(of: [UInt8].newline),
                    let (trailer, trailerEnd) = Trailer.readUnproven(tail, at: newline + 1)
                else { return nil }
                return (trailer, lineStart + trailerEnd)
            }
            end = start
        }
        return nil
    }

    /// Repairs the last segment where it is torn and makes it the one to write to, unless the log is only to be read.
    private mutating func finish(
        _ bytes: [UInt8], _ scan: SegmentScan, names: [String], directory: String, options: FileLog.Options,
        disk: any Disk
    ) throws(LogOpenFailure) {
        guard recovery.damage.isEmpty, let frontier = scan.frontier else { return }
        let segment = scan.segment
        if let stray = scan.stray {
            recovery.torn = TornEnd(
                file: segment.path, byteOffset: stray.lowerBound, byteCount: stray.count, after: segment.last)
        }
        guard options.access == .own else { return }
        writer = try asking { () throws(DiskError) in
            if let stray = scan.stray {
                recovery.torn?.copy = try Opening.keep(
                    Array(bytes[stray]), of: segment, names: names, directory: directory, disk: disk)
            }
            let file = try disk.open(segment.path, .readWrite)
            do throws(DiskError) {
                if let stray = scan.stray { try Segment.fill(file, in: stray, disk: disk) }
                // After a failed sync the system may take a page for written that is not. Only the last commit can be
                // concerned, and writing it again makes the sync below tell the truth about it.
                if let commit = scan.lastCommit {
                    try disk.write(file, at: commit.lowerBound, bytes.span.extracting(commit))
                }
                try disk.sync(file)
                try disk.syncDirectory(directory)
            } catch {
                disk.close(file)
                throw error
            }
            return FileLog.Writer(file: file, offset: segment.end, capacity: bytes.count, frontier: frontier)
        }
    }

    /// Copies torn bytes into a file of their own, durably, and tells its path.
    ///
    /// A start that came to its end half-way has left that file or the beginning of it: it is written anew, so that one copy
    /// stays however often the log is opened. Of a copy that cannot be made, nothing stays.
    private static func keep(
        _ bytes: [UInt8], of segment: Segment, names: [String], directory: String, disk: any Disk
    ) throws(DiskError) -> String {
        let taken = Set(names.map { "\(directory)/\($0)" })
        var number = 1
        var path: String { "\(segment.path).torn-\(number)" }
        while taken.contains(path), try !isBeginning(path, of: bytes, disk: disk) { number += 1 }
        let file = try disk.open(path, .create)
        defer { disk.close(file) }
        do throws(DiskError) {
            try disk.write(file, at: 0, bytes.span)
            try disk.sync(file)
            try disk.syncDirectory(directory)
        } catch {
            try? disk.remove(path)
            throw error
        }
        return path
    }

    /// Whether a file holds the first of the bytes, or all of them, and nothing else.
    private static func isBeginning(_ path: String, of bytes: [UInt8], disk: any Disk) throws(DiskError) -> Bool {
        let file = try disk.open(path, .read)
        defer { disk.close(file) }
        return bytes.starts(with: try disk.read(file, at: 0, count: bytes.count + 1))
    }
}

/// The name and the header of a segment.
private struct Head {
    let first: Position
    let path: String
    let reading: SegmentHeader.Reading

    init(first: Position, directory: String, disk: any Disk) throws(DiskError) {
        self.first = first
        path = Segment.path(of: first, in: directory)
        let file = try disk.open(path, .read)
        defer { disk.close(file) }
        reading = SegmentHeader.read(try disk.read(file, at: 0, count: SegmentHeader.bytesMax))
    }

    var header: (value: SegmentHeader, end: Int)? {
        if case .header(let value, let end) = reading { (value, end) } else { nil }
    }
}

extension SegmentScan {
    /// All that is wrong with the segment: what its place in the log says (`flaw`) and what its bytes say.
    fileprivate func damage(
        flaw: LogDamage.Kind?, expected: Position, headFirst: Position, nextFirst: Position?
    ) -> [LogDamage] {
        var all = damage
        if let nextFirst, let stray {
            // In a segment that is not the last nothing can be torn.
            note(&all, .commit, at: stray.lowerBound, first: segment.last.next, resumesAt: nextFirst)
        }
        if let flaw {
            var resumesAt: Position? = headFirst
            if flaw.spoilsHeader {
                // The bytes at the very beginning are what this is about.
                resumesAt = all.first?.byteOffset == 0 ? all.removeFirst().resumesAt : nextFirst
            }
            all.insert(
                LogDamage(kind: flaw, file: segment.path, byteOffset: 0, first: expected, resumesAt: resumesAt), at: 0)
        }
        for index in all.indices where all[index].resumesAt == nil { all[index].resumesAt = nextFirst }
        return all
    }

    private func note(
        _ all: inout [LogDamage], _ kind: LogDamage.Kind, at offset: Int, first: Position, resumesAt: Position?
    ) {
        all.append(LogDamage(kind: kind, file: segment.path, byteOffset: offset, first: first, resumesAt: resumesAt))
    }
}

extension LogDamage.Kind {
    /// Whether nothing in the segment's header can be relied on.
    fileprivate var spoilsHeader: Bool {
        switch self {
        case .header, .foreignLog: true
        case .commit, .root, .gap: false
        }
    }
}

/// Asks the disk while the log is being opened.
func asking<Answer>(_ question: () throws(DiskError) -> Answer) throws(LogOpenFailure) -> Answer {
    do throws(DiskError) { return try question() } catch { throw .disk(error) }
}
