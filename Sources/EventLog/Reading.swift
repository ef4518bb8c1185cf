internal import Synchronization

// Reading opens the file, reads, and closes it: no open file per segment, no state per reader.

extension FileLog {
    public func read(from: Position, bytesMax: Int) throws(ReadFailure) -> EventRun {
        precondition(from > .origin && bytesMax > 0, "reading begins at an event and wants at least a byte")
        while true {
            let (segment, damage) = shared.withLock { ($0.segment(holding: from), $0.damage(covering: from)) }
            if let damage { throw .damaged(damage) }
            guard let segment else { return EventRun(bytes: [], first: from, count: 0) }
            do throws(DiskError) {
                let file = try disk.open(segment.path, .read)
                defer { disk.close(file) }
                switch try run(from: from, bytesMax: bytesMax, in: segment, file) {
                case .run(let run): return run
                case .damaged(let place): try noteDamage(at: place, in: segment, file)
                // Now the damage is known, and behind it is a place to read on from: look again.
                }
            } catch { throw .failed("\(error)") }
        }
    }

    private enum Outcome {
        case run(EventRun)
        /// Where the commit that is not sound should begin.
        case damaged(IndexEntry)
    }

    /// Reads whole commits, as many as fit, out of one segment; only a first commit that is too large is divided.
    private func run(
        from: Position, bytesMax: Int, in segment: Segment, _ file: DiskFile
    ) throws(DiskError) -> Outcome {
        var place = segment.entry(for: from)
        var lines: [UInt8] = []
        var count = 0
        let usualBytes = max(bytesMax, Segment.indexBytes)
        var chunkBytes = usualBytes
        chunks: while place.position <= segment.last {
            let start = place.offset
            let askedBytes = min(chunkBytes, segment.end - start)
            let bytes = try disk.read(file, at: start, count: askedBytes)
            while place.position <= segment.last {
                switch Frame.read(bytes, at: place.offset - start, log: identity, first: place.position) {
                case .commit(let trailer, let range, let end):
                    shared.withLock { $0.note(place, in: segment) }
                    if trailer.last >= from {
                        let first = max(from, place.position)
                        let wanted = bytes.dropLines(first.count(after: place.position), in: range)
                        if lines.count + wanted.count > bytesMax {
                            if count == 0 {
                                let (fitting, fittingCount) = bytes.prefixLines(in: wanted, bytesMax: bytesMax)
                                lines = Array(bytes[fitting])
                                count = fittingCount
                            }
                            break chunks
                        }
                        lines.append(contentsOf: bytes[wanted])
                        count += trailer.last.count(after: first) + 1
                    }
                    place = IndexEntry(position: trailer.last.next, offset: start + end)
                case .cut where start + bytes.count < segment.end && bytes.count == askedBytes:
                    chunkBytes = place.offset == start ? 2 * chunkBytes : usualBytes
                    continue chunks
                case .cut, .broken:
                    if count == 0 { return .damaged(place) }
                    break chunks
                }
            }
        }
        return .run(EventRun(bytes: lines, first: from, count: count))
    }

    /// Remembers that the commit at `place` is not sound, and where the next sound one begins.
    private func noteDamage(at place: IndexEntry, in segment: Segment, _ file: DiskFile) throws(DiskError) {
        let bytes = try disk.read(file, at: place.offset, count: segment.end - place.offset)
        let found = Frame.search(bytes, from: 0, log: identity, notBefore: place.position)
        let entry = found.map { IndexEntry(position: $0.position, offset: place.offset + $0.offset) }
        let nextFirst = shared.withLock { shared in
            if let entry { shared.resume(at: entry, in: segment) }
            return shared.segments.first { $0.first > segment.first }?.first
        }
        refuse(
            LogDamage(
                kind: .commit, file: segment.path, byteOffset: place.offset, first: place.position,
                resumesAt: entry?.position ?? nextFirst))
    }
}

extension FileLog.Shared {
    /// The segment with the event at `position`, nil when there is none.
    fileprivate func segment(holding position: Position) -> Segment? {
        guard let index = index(of: position), position <= segments[index].last else { return nil }
        return segments[index]
    }

    /// The known damage because of which the event at `position` cannot be read.
    fileprivate func damage(covering position: Position) -> LogDamage? {
        damage.first { damage in
            guard damage.first <= position else { return false }
            return damage.resumesAt.map { position < $0 } ?? true
        }
    }

    fileprivate mutating func note(_ entry: IndexEntry, in segment: Segment) {
        if let index = index(of: segment.first) { segments[index].note(entry) }
    }

    fileprivate mutating func resume(at entry: IndexEntry, in segment: Segment) {
        if let index = index(of: segment.first) { segments[index].resume(at: entry) }
    }

    /// The last segment that does not begin after `position`.
    private func index(of position: Position) -> Int? {
        var range = 0..<segments.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = segments[middle].first <= position ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound > 0 ? range.lowerBound - 1 : nil
    }
}

extension [UInt8] {
    /// What is left of `range`, which holds whole lines, without its first `count` lines.
    fileprivate func dropLines(_ count: Int, in range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        for _ in 0..<count { start = newline(from: start)! + 1 }
        return start..<range.upperBound
    }

    /// The lines at the beginning of `range` that take at most `bytesMax` bytes, one at least, and how many they are.
    fileprivate func prefixLines(in range: Range<Int>, bytesMax: Int) -> (Range<Int>, count: Int) {
        var end = newline(from: range.lowerBound)! + 1
        var count = 1
        while end < range.upperBound, case let next = newline(from: end)! + 1, next - range.lowerBound <= bytesMax {
            end = next
            count += 1
        }
        return (range.lowerBound..<end, count)
    }
}
