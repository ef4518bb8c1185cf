/// Gives each id of one kind a small dense number, in order of first appearance.
///
/// Ids lie end to end in pages; a hash table finds them again. About the id's length plus twelve bytes each, so that ten
/// million placements fit. Copies share all but the pages and buckets that change, and no entry ever waits for the whole
/// table to grow: the table is one of extendible hashing (Fagin et al., 1979).
///
///     low bits of the hash ─► directory ─► bucket ─► slot: number + 1 ─► start ─► page: length, bytes
public struct Registry: Sendable {
    /// Ids, each behind one byte with its length; none goes over the end of a page.
    private var pages = Chunked<[UInt8]>()
    /// Where an id begins: the page, and the byte in it.
    private var starts = Chunked<UInt32>()
    /// Which bucket has the ids whose hash ends so; the size is a power of two.
    private var directory = Chunked<UInt32>()
    private var buckets = Chunked<Bucket>()

    private struct Bucket {
        /// Number + 1 of the id that hashes here, 0 where free; the size is a power of two.
        var slots: [UInt32] = []
        var count = 0
        /// How many low bits the hashes of its ids have in common.
        var depth = 0

        mutating func empty(slots: Int) {
            self.slots = Array(repeating: 0, count: slots)
            count = 0
        }

        mutating func put(_ entry: UInt32, _ hash: UInt64) {
            let mask = slots.count - 1
            var slot = Registry.firstSlot(hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
            count += 1
        }
    }

    private static let pageBits = 12
    private static let pageBytes = 1 << pageBits
    /// A bucket with so many slots is divided in two when it fills.
    private static let bucketSlots = 256
    /// Ids whose hashes are alike in so many bits stay in one bucket.
    private static let depthMax = 28

    public init() {}

    public var count: Int { starts.count }

    /// The number of `id`, or `nil` if it was never entered.
    public func find(_ id: Identifier) -> Int? { id.withBytes { find($0, Self.hash($0)) } }

    /// The number of `id`, entering it if it is new.
    public mutating func enter(_ id: Identifier) -> Int {
        let hash = id.withBytes { Self.hash($0) }
        if let known = id.withBytes({ find($0, hash) }) { return known }
        keep(id)
        note(count - 1, hash)
        return count - 1
    }

    public subscript(_ number: Int) -> Identifier {
        withBytes(of: number) { bytes in
            guard let id = Identifier(bytes) else { preconditionFailure("a registry holds only ids") }
            return id
        }
    }

    private func find(_ wanted: borrowing Span<UInt8>, _ hash: UInt64) -> Int? {
        guard count > 0 else { return nil }
        let bucket = Int(directory[Int(truncatingIfNeeded: hash) & (directory.count - 1)])
        let mask = buckets[bucket].slots.count - 1
        var slot = Self.firstSlot(hash) & mask
        while case let entry = buckets[bucket].slots[slot], entry != 0 {
            if holds(wanted, at: Int(entry) - 1) { return Int(entry) - 1 }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func withBytes<Result>(of number: Int, _ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let start = Int(starts[number])
        return pages.with(start >> Self.pageBits) { page in
            let offset = start & (Self.pageBytes - 1)
            return body(page.span.extracting(offset + 1..<offset + 1 + Int(page[offset])))
        }
    }

    private func holds(_ wanted: borrowing Span<UInt8>, at number: Int) -> Bool {
        let start = Int(starts[number])
        let offset = start & (Self.pageBytes - 1)
        let page = pages[start >> Self.pageBits]
        guard Int(page[offset]) == wanted.count else { return false }
        for index in wanted.indices where page[offset + 1 + index] != wanted[index] { return false }
        return true
    }

    private mutating func keep(_ id: Identifier) {
        if pages.count == 0 || pages[pages.count - 1].count + 1 + Int(id.count) > Self.pageBytes {
            precondition(pages.count < 1 << (32 - Self.pageBits), "a registry holds at most 4 GiB of ids")
            pages.append([])
        }
        let page = pages.count - 1
        starts.append(UInt32(page << Self.pageBits | pages[page].count))
        pages[page].append(id.count)
        id.withBytes { bytes in for index in bytes.indices { pages[page].append(bytes[index]) } }
    }

    /// Notes a number that the table does not have yet.
    private mutating func note(_ number: Int, _ hash: UInt64) {
        if directory.count == 0 {
            directory.append(0)
            buckets.append(Bucket())
        }
        while true {
            let bucket = Int(directory[Int(truncatingIfNeeded: hash) & (directory.count - 1)])
            if (buckets[bucket].count + 1) * 4 <= buckets[bucket].slots.count * 3 {
                return buckets[bucket].put(UInt32(number + 1), hash)
            }
            if buckets[bucket].slots.count < Self.bucketSlots || buckets[bucket].depth == Self.depthMax {
                refill(bucket, slots: max(8, buckets[bucket].slots.count * 2))
            } else {
                divide(bucket, hash)
            }
        }
    }

    private mutating func refill(_ bucket: Int, slots: Int) {
        let entries = buckets[bucket].slots
        buckets[bucket].empty(slots: slots)
        for entry in entries where entry != 0 {
            buckets[bucket].put(entry, withBytes(of: Int(entry) - 1) { Self.hash($0) })
        }
    }

    /// Gives half of a bucket's ids to a new one: those that have the next bit of the hash.
    private mutating func divide(_ bucket: Int, _ hash: UInt64) {
        let bit = 1 << buckets[bucket].depth
        if bit == directory.count {
            for index in 0..<bit { directory.append(directory[index]) }
        }
        let entries = buckets[bucket].slots
        buckets[bucket].depth += 1
        buckets[bucket].empty(slots: Self.bucketSlots)
        let other = buckets.count
        buckets.append(buckets[bucket])
        let first = Int(truncatingIfNeeded: hash) & (bit - 1) | bit
        for index in stride(from: first, to: directory.count, by: bit * 2) { directory[index] = UInt32(other) }
        for entry in entries where entry != 0 {
            let hash = withBytes(of: Int(entry) - 1) { Self.hash($0) }
            buckets[Int(truncatingIfNeeded: hash) & bit == 0 ? bucket : other].put(entry, hash)
        }
    }

    private static func firstSlot(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) }

    /// Eight bytes at a time, folded by a long multiplication (as in wyhash): ids are short, and who enters them is known.
    private static func hash(_ bytes: borrowing Span<UInt8>) -> UInt64 {
        var hash = UInt64(bytes.count)
        func fold(_ word: UInt64) {
            let product = (hash ^ word ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
            hash = product.high ^ product.low
        }
        let words = bytes.count / 8
        for word in 0..<words {
            // Any eight bytes are a number.
            fold(unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: word * 8, as: UInt64.self))
        }
        var rest: UInt64 = 0
        for index in words * 8..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
        fold(rest)
        return hash
    }
}
