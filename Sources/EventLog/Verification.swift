internal import Synchronization

extension FileLog {
    public func verify(progress: (Position) -> Bool) throws(ReadFailure) -> Verification {
        try verify(from: .origin, progress: progress)
    }

    /// Proves the segments that begin at `first` or behind it, on what the header of the first of them says of the
    /// events before.
    func verify(from first: Position, progress: (Position) -> Bool) throws(ReadFailure) -> Verification {
        let (segments, head) = shared.withLock { shared in
            (shared.segments.filter { $0.first >= first }, shared.checkpoint)
        }
        // Nil where nothing before the next segment proves its header: the header then has to stand for itself.
        var frontier = first <= Position.origin.next ? MerkleFrontier() : nil
        var sound: Checkpoint?
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            let bytes: [UInt8]
            do throws(DiskError) {
                let file = try disk.open(segment.path, .read)
                defer { disk.close(file) }
                // Behind the end of the last segment the next commit may just be being written.
                bytes = try disk.read(file, at: 0, count: isLast ? segment.end : try disk.size(file))
            } catch { throw .failed("\(error)") }
            let proof = SegmentProof(of: bytes, segment, after: frontier, log: identity)
            var damage = proof.damage
            if isLast, damage.isEmpty, sound == nil, proof.frontier?.checkpoint != head {
                damage = [.init(.root, in: segment, at: 0, first: segment.first, resumesAt: segment.first)]
            }
            for var damage in damage {
                damage.resumesAt = damage.resumesAt ?? (isLast ? nil : segments[index + 1].first)
                refuse(damage)
            }
            if !damage.isEmpty { sound = sound ?? proof.frontier?.checkpoint ?? MerkleFrontier().checkpoint }
            frontier = damage.isEmpty ? proof.frontier : nil
            guard progress(segment.last) else { throw .ended }
        }
        // With what was known before, be it only that a segment is not there.
        let damage = shared.withLock { $0.damage }.sorted { $0.first < $1.first }
        return Verification(checkpoint: sound ?? head, segments: segments.count, damage: damage)
    }
}

/// What reading a segment proves.
private struct SegmentProof {
    /// What in the segment does not follow from what is before.
    private(set) var damage: [LogDamage] = []
    /// The tree over everything up to the first damage, or to the segment's end.
    private(set) var frontier: MerkleFrontier?

    /// Without a tree over what is before (`frontier`), what the segment's header says of it is taken for true.
    init(of bytes: [UInt8], _ segment: Segment, after frontier: MerkleFrontier?, log: LogIdentity) {
        self.frontier = frontier
        let expected = frontier?.position.next ?? segment.first
        guard case .header(let header, let end) = SegmentHeader.read(bytes), header.log == log,
            header.first == segment.first
        else {
            let scan = SegmentScan(bytes, path: segment.path, first: segment.first, header: nil, log: log)
            // The scan stumbles over the header first; where it goes on, the events can be read.
            let resumesAt = scan.damage.first?.resumesAt
            damage = [.init(.header, in: segment, at: 0, first: expected, resumesAt: resumesAt)]
            damage += scan.damage.dropFirst()
            return
        }
        if header.frontier != frontier ?? header.frontier {
            damage = [.init(.root, in: segment, at: 0, first: expected, resumesAt: segment.first)]
        }
        let scan = SegmentScan(bytes, path: segment.path, first: segment.first, header: (header, end), log: log)
        if damage.isEmpty { self.frontier = scan.frontier }
        damage += scan.damage
        let next = scan.segment.last.next
        if let stray = scan.stray {
            damage.append(.init(.commit, in: segment, at: stray.lowerBound, first: next, resumesAt: nil))
        } else if scan.segment.last != segment.last {
            damage.append(.init(.commit, in: segment, at: scan.segment.end, first: next, resumesAt: nil))
        }
    }
}

extension LogDamage {
    fileprivate init(_ kind: Kind, in segment: Segment, at offset: Int, first: Position, resumesAt: Position?) {
        self.init(kind: kind, file: segment.path, byteOffset: offset, first: first, resumesAt: resumesAt)
    }
}
