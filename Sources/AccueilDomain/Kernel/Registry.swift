/// Gives each id of one kind a small dense number, in order of first appearance.
///
/// Ids lie end to end in pages, each with its number; a hash table finds them again. About the id's length plus eighteen
/// bytes each, so that ten million placements fit. Among so many, what costs is memory that is not in a cache: to find an
/// id takes one look at the table and one at the page. Copies share all but the pages and buckets that change, and no entry
/// ever waits for the whole table to grow: the table is one of extendible hashing (Fagin et al., 1979).
///
///     low bits of the hash ─► directory ─► bucket ─► slot: hash, place ─► page: number, length, id
public struct Registry: Sendable {
    /// Entries, none of which goes over the end of a page: four bytes of number, one of length, the id.
    private var pages = Chunked<[UInt8]>()
    /// Where every sixteenth entry begins: the page, and the byte in it.
    private var places = Chunked<UInt32>()
    /// Which bucket has the ids whose hash ends so; the size is a power of two.
    private var directory = Chunked<UInt32>()
    private var buckets = Chunked<Bucket>()
    public private(set) var count = 0

    private struct Bucket {
        /// Of each id that hashes here: the hash, above its place + 1; 0 where free; the size is a power of two.
        var slots: [UInt64] = []
        var count = 0
        /// How many low bits the hashes of its ids have in common.
        var depth = 0

        mutating func empty(slots: Int) {
            self.slots = Array(repeating: 0, count: slots)
            count = 0
        }

        mutating func put(_ entry: UInt64) {
            let mask = slots.count - 1
            var slot = Self.first(UInt32(entry >> 32)) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
            count += 1
        }

        /// The place of the id with that hash that `isIt`.
        func find(_ hash: UInt32, _ isIt: (_ place: UInt32) -> Bool) -> UInt32? {
            guard !slots.isEmpty else { return nil }
            let mask = slots.count - 1
            var slot = Self.first(hash) & mask
            while case let entry = slots[slot], entry != 0 {
                let place = UInt32(truncatingIfNeeded: entry) - 1
                if UInt32(entry >> 32) == hash, isIt(place) { return place }
                slot = (slot + 1) & mask
            }
            return nil
        }

        /// The bits that the directory does not look at.
        private static func first(_ hash: UInt32) -> Int { Int(hash >> Registry.depthMax) }
    }

    private static let pageBits = 12
    private static let pageBytes = 1 << pageBits
    private static let headBytes = 5
    private static let placeBits = 4
    /// A bucket with so many slots is divided in two when it fills.
    private static let bucketSlots = 256
    /// Ids whose hashes are alike in so many bits stay in one bucket.
    private static let depthMax = 24

    public init() {}

    /// The number of `id`, or `nil` if it was never entered.
    public func find(_ id: Identifier) -> Int? { find(id, Self.hash(id)) }

    /// The number of `id`, entering it if it is new.
    public mutating func enter(_ id: Identifier) -> Int {
        let hash = Self.hash(id)
        if let known = find(id, hash) { return known }
        note(keep(id), hash)
        return count - 1
    }

    public subscript(_ number: Int) -> Identifier {
        precondition(number < count, "no id has that number yet")
        var (page, offset) = Self.parts(places[number >> Self.placeBits])
        for _ in 0..<number & (1 << Self.placeBits - 1) {
            offset = pages.with(page) { Self.id($0, offset).upperBound }
            if offset == pages[page].count { (page, offset) = (page + 1, 0) }
        }
        return pages.with(page) { bytes in
            guard let id = Identifier(bytes.span.extracting(Self.id(bytes, offset))) else {
                preconditionFailure("a registry holds only ids")
            }
            return id
        }
    }

    private func find(_ id: Identifier, _ hash: UInt32) -> Int? {
        guard count > 0 else { return nil }
        var number: UInt32 = 0
        let place = buckets.with(Int(directory[Int(hash) & (directory.count - 1)])) { bucket in
            bucket.find(hash) { place in
                let (page, offset) = Self.parts(place)
                return pages.with(page) { bytes in
                    // Any four bytes are a number.
                    number = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    return id.equals(bytes.span.extracting(Self.id(bytes, offset)))
                }
            }
        }
        return place.map { _ in Int(number) }
    }

    private static func parts(_ place: UInt32) -> (page: Int, offset: Int) {
        (Int(place) >> pageBits, Int(place) & (pageBytes - 1))
    }

    /// Where the id lies in the entry at `offset`.
    private static func id(_ page: [UInt8], _ offset: Int) -> Range<Int> {
        offset + headBytes..<offset + headBytes + Int(page[offset + 4])
    }

    /// Writes down the next id, and tells where.
    private mutating func keep(_ id: Identifier) -> UInt32 {
        if pages.count == 0 || pages[pages.count - 1].count + Self.headBytes + Int(id.count) > Self.pageBytes {
            precondition(pages.count < 1 << (32 - Self.pageBits), "a registry holds at most 4 GiB of ids")
            pages.append([])
        }
        let page = pages.count - 1
        let place = UInt32(page << Self.pageBits | pages[page].count)
        if count & (1 << Self.placeBits - 1) == 0 { places.append(place) }
        pages.change(page) { bytes in
            unsafe withUnsafeBytes(of: UInt32(count)) { unsafe bytes.append(contentsOf: $0) }
            bytes.append(id.count)
            id.withBytes { id in unsafe id.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) } }
        }
        count += 1
        return place
    }

    /// Enters a place into the table.
    private mutating func note(_ place: UInt32, _ hash: UInt32) {
        if directory.count == 0 {
            directory.append(0)
            buckets.append(Bucket())
        }
        while true {
            let bucket = Int(directory[Int(hash) & (directory.count - 1)])
            let (taken, slots, depth) = buckets.with(bucket) { ($0.count, $0.slots.count, $0.depth) }
            if (taken + 1) * 8 <= slots * 7 {
                return buckets[bucket].put(UInt64(hash) << 32 | UInt64(place + 1))
            }
            if slots < Self.bucketSlots || depth == Self.depthMax {
                refill(bucket, slots: max(8, slots * 2))
            } else {
                divide(bucket, hash)
            }
        }
    }

    private mutating func refill(_ bucket: Int, slots: Int) {
        let entries = buckets[bucket].slots
        buckets[bucket].empty(slots: slots)
        for entry in entries where entry != 0 { buckets[bucket].put(entry) }
    }

    /// Gives half of a bucket's ids to a new one: those that have the next bit of the hash.
    private mutating func divide(_ bucket: Int, _ hash: UInt32) {
        let bit = 1 << buckets[bucket].depth
        if bit == directory.count {
            for index in 0..<bit { directory.append(directory[index]) }
        }
        let entries = buckets[bucket].slots
        buckets[bucket].depth += 1
        buckets[bucket].empty(slots: Self.bucketSlots)
        let other = buckets.count
        buckets.append(buckets[bucket])
        let first = Int(hash) & (bit - 1) | bit
        for index in stride(from: first, to: directory.count, by: bit * 2) { directory[index] = UInt32(other) }
        for entry in entries where entry != 0 {
            buckets[Int(entry >> 32) & bit == 0 ? bucket : other].put(entry)
        }
    }

    private static func hash(_ id: Identifier) -> UInt32 { UInt32(id.fold >> 32) }
}
