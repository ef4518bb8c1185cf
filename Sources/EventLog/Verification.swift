internal import Synchronization

extension FileLog {
    public func checkpoint(at position: Position) throws(ReadFailure) -> Checkpoint {
        let (segment, head, damage) = shared.withLock { shared in
            (shared.segments.last { $0.first <= position }, shared.checkpoint, shared.damage.first)
        }
        if position == head.position { return head }
        precondition(position < head.position, "only what is durable has a root")
        guard let segment, position > .origin else { return MerkleFrontier().checkpoint }
        let bytes: [UInt8]
        do throws(DiskError) {
            let file = try disk.open(segment.path, .read)
            defer { disk.close(file) }
            bytes = try disk.read(file, at: 0, count: segment.start)
        } catch { throw .failed("\(error)") }
        guard case .header(let header, _) = SegmentHeader.read(bytes), header.log == identity else {
            throw damage.map { .damaged($0) } ?? .failed("the header of \(segment.path) cannot be read")
        }
        var frontier = header.frontier
        while frontier.position < position {
            let run = try read(from: frontier.position.next, bytesMax: 1 << 20)
            guard run.count > 0 else { throw .failed("the log ends before position \(position)") }
            var start = 0
            while start < run.bytes.count, frontier.position < position {
                let newline = run.bytes.newline(from: start) ?? run.bytes.count
                frontier.append(linesOf: run.bytes, in: start..<newline + 1)
                start = newline + 1
            }
        }
        return frontier.checkpoint
    }

    public func verify(progress: (Position) -> Void) throws(ReadFailure) -> Checkpoint {
        try verify(from: .origin, progress: progress)
    }

    /// Proves the segments that begin at `first` or behind it, on what the header of the first of them says of the
    /// events before.
    func verify(from first: Position, progress: (Position) -> Void) throws(ReadFailure) -> Checkpoint {
        let (segments, known, head) = shared.withLock { shared in
            (shared.segments.filter { $0.first >= first }, shared.damage.first, shared.checkpoint)
        }
        if let known { throw .damaged(known) }
        var frontier = first <= Position.origin.next ? MerkleFrontier() : nil
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            let bytes: [UInt8]
            do throws(DiskError) {
                let file = try disk.open(segment.path, .read)
                defer { disk.close(file) }
                // Behind the end of the last segment the next commit may just be being written.
                bytes = try disk.read(file, at: 0, count: isLast ? segment.end : try disk.size(file))
            } catch { throw .failed("\(error)") }
            do throws(LogDamage) {
                frontier = try proof(of: bytes, segment, after: frontier)
                if isLast, frontier?.checkpoint != head {
                    throw LogDamage(
                        kind: .root, file: segment.path, byteOffset: 0, first: segment.first, resumesAt: segment.first)
                }
            } catch {
                var damage = error
                damage.resumesAt = damage.resumesAt ?? (isLast ? nil : segments[index + 1].first)
                refuse(damage)
                throw .damaged(damage)
            }
            if let frontier { progress(frontier.position) }
        }
        return head
    }

    /// The tree after the segment; throws at the first thing in it that does not follow from what is before (nil: from
    /// what its header says is before).
    private func proof(
        of bytes: [UInt8], _ segment: Segment, after frontier: MerkleFrontier?
    ) throws(LogDamage) -> MerkleFrontier {
        func damage(_ kind: LogDamage.Kind, at offset: Int, _ first: Position, resumesAt: Position?) -> LogDamage {
            LogDamage(kind: kind, file: segment.path, byteOffset: offset, first: first, resumesAt: resumesAt)
        }
        let expected = frontier?.position.next ?? segment.first
        guard case .header(let header, let end) = SegmentHeader.read(bytes), header.log == identity else {
            throw damage(.header, at: 0, expected, resumesAt: expected)
        }
        guard header.frontier == frontier ?? header.frontier else {
            throw damage(.root, at: 0, expected, resumesAt: expected)
        }
        let scan = SegmentScan(bytes, path: segment.path, first: segment.first, header: (header, end), log: identity)
        if let first = scan.damage.first { throw first }
        if let stray = scan.stray {
            throw damage(.commit, at: stray.lowerBound, scan.segment.last.next, resumesAt: nil)
        }
        guard let after = scan.frontier, scan.segment.last == segment.last else {
            throw damage(.commit, at: scan.segment.end, scan.segment.last.next, resumesAt: nil)
        }
        return after
    }
}
