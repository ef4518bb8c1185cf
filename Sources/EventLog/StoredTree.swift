internal import Synchronization

// The tree is not kept: its leaves are the lines, and the header of each segment tells the peaks of the tree before it.
// A complete subtree is such a peak as soon as a segment begins within as many events behind it as it holds:
//
//     leaves    ├──── 4096 ────┤├──── 4096 ────┤
//                                    │ a segment begins here: the hash of the first 4096 is in its header
//
// So of any subtree, however large, about one segment at its end has to be read; the rest is in headers.

extension FileLog {
    public func hashes(of subtrees: [Subtree]) throws(ReadFailure) -> [TreeHash] {
        let (segments, head) = shared.withLock { ($0.segments, $0.checkpoint.position) }
        precondition(subtrees.allSatisfy { $0.upTo <= head }, "only what is durable has a hash")
        var tree = StoredTree(log: self, segments: segments)
        var hashes: [Subtree: TreeHash] = [:]
        // In the order of the log, so that it is read forwards.
        for subtree in subtrees.sorted(by: { $0.after < $1.after }) { hashes[subtree] = try tree.hash(of: subtree) }
        return subtrees.map { hashes[$0]! }
    }
}

/// The tree as it can be read: from the segments' headers, and from the lines where no header tells it.
private struct StoredTree {
    let log: FileLog
    let segments: [Segment]
    /// The trees before the segments whose headers were read.
    private var frontiers: [Position: MerkleFrontier] = [:]
    /// Lines that were read last, and where the one at `next` begins in them.
    private var run = EventRun(bytes: [], first: Position.origin.next, count: 0)
    private var next = Position.origin.next
    private var offset = 0

    init(log: FileLog, segments: [Segment]) {
        self.log = log
        self.segments = segments
    }

    mutating func hash(of subtree: Subtree) throws(ReadFailure) -> TreeHash {
        if let peak = try peak(subtree) { return peak }
        guard let following = segment(behind: subtree.after), following.first <= subtree.upTo else {
            return try read(subtree)
        }
        let (left, right) = subtree.halves
        let leftHash = try hash(of: left)
        return .node(leftHash, try hash(of: right))
    }

    /// The first segment that begins with a later event than the one right behind `position`.
    private func segment(behind position: Position) -> Segment? {
        var range = 0..<segments.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                segments[middle].first <= position.next
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound < segments.count ? segments[range.lowerBound] : nil
    }

    /// The hash of a subtree that is a peak of the tree before some segment; nil where no segment begins soon enough.
    private mutating func peak(_ subtree: Subtree) throws(ReadFailure) -> TreeHash? {
        let count = subtree.count
        guard count.nonzeroBitCount == 1, subtree.after.rawValue & (2 * count - 1) == 0,
            let segment = segment(behind: subtree.upTo.advanced(by: -1)),
            segment.first.rawValue - 1 < subtree.upTo.rawValue + count
        else { return nil }
        let frontier = try frontier(before: segment)
        // Before it are the larger ones: one for each 1 in the number of events, down to its own.
        return frontier.peaks[(frontier.count >> UInt64(count.trailingZeroBitCount + 1)).nonzeroBitCount]
    }

    private mutating func frontier(before segment: Segment) throws(ReadFailure) -> MerkleFrontier {
        if let known = frontiers[segment.first] { return known }
        let header = try log.header(of: segment)
        frontiers[segment.first] = header.frontier
        return header.frontier
    }

    /// The hash of a subtree from its lines.
    private mutating func read(_ subtree: Subtree) throws(ReadFailure) -> TreeHash {
        var frontier = MerkleFrontier()
        while frontier.count < subtree.count {
            let wanted = Position(rawValue: subtree.after.rawValue + frontier.count + 1)
            if wanted < next || run.next <= wanted {
                let lines = Int(min(subtree.count - frontier.count, Self.linesMax))
                // What stands around it is read from the disk with it, and wanted next.
                run = try log.read(from: wanted, bytesMax: max(lines * Self.lineBytesUsual, Segment.indexBytes))
                guard run.count > 0 else { throw .failed("the log ends before position \(wanted)") }
                (next, offset) = (run.first, 0)
            }
            let end = run.bytes.newline(from: offset)! + 1
            if next == wanted { frontier.append(linesOf: run.bytes, in: offset..<end) }
            (next, offset) = (next.next, end)
        }
        return frontier.root
    }

    private static let linesMax: UInt64 = 2048
    private static let lineBytesUsual = 512
}

extension FileLog {
    /// The header of a segment that is there.
    fileprivate func header(of segment: Segment) throws(ReadFailure) -> SegmentHeader {
        let bytes: [UInt8]
        do throws(DiskError) {
            let file = try disk.open(segment.path, .read)
            defer { disk.close(file) }
            bytes = try disk.read(file, at: 0, count: segment.start)
        } catch { throw .failed("\(error)") }
        guard case .header(let header, _) = SegmentHeader.read(bytes), header.log == identity,
            header.first == segment.first
        else {
            let known = shared.withLock { $0.damage.first }
            throw known.map { .damaged($0) } ?? .failed("the header of \(segment.path) cannot be read")
        }
        return header
    }
}
