/// Gives each id of one kind a small dense number, in order of first appearance.
///
/// Ids lie end to end in one array of bytes; a table of open addressing finds them again. About the id's length plus
/// twelve bytes each, so that ten million placements fit.
public struct Registry: Sendable {
    private var bytes: [UInt8] = []
    /// Where id `i` begins in `bytes`; it ends where the next begins.
    private var starts: [UInt32] = [0]
    /// Number + 1 of the id that hashes here, 0 where free; the size is a power of two.
    private var table: [UInt32] = Array(repeating: 0, count: 16)

    public init() {}

    public var count: Int { starts.count - 1 }

    /// The number of `id`, or `nil` if it was never entered.
    public func find(_ id: Identifier) -> Int? {
        let entry = table[slot(of: id)]
        return entry == 0 ? nil : Int(entry) - 1
    }

    /// The number of `id`, entering it if it is new.
    public mutating func enter(_ id: Identifier) -> Int {
        let slot = slot(of: id)
        if table[slot] != 0 { return Int(table[slot]) - 1 }
        precondition(bytes.count + Identifier.lengthMax < Int(UInt32.max), "a registry holds at most 4 GiB of ids")
        id.withBytes { span in for index in span.indices { bytes.append(span[index]) } }
        starts.append(UInt32(bytes.count))
        table[slot] = UInt32(count)
        if count * 4 > table.count * 3 { grow() }
        return count - 1
    }

    public subscript(_ number: Int) -> Identifier {
        let range = Int(starts[number])..<Int(starts[number + 1])
        guard let id = Identifier(bytes.span.extracting(range)) else {
            preconditionFailure("a registry holds only ids")
        }
        return id
    }

    private func slot(of id: Identifier) -> Int {
        let mask = table.count - 1
        return id.withBytes { wanted in
            var slot = Self.hash(wanted) & mask
            while table[slot] != 0, !holds(wanted, at: Int(table[slot]) - 1) { slot = (slot + 1) & mask }
            return slot
        }
    }

    private func holds(_ wanted: borrowing Span<UInt8>, at number: Int) -> Bool {
        let start = Int(starts[number])
        guard Int(starts[number + 1]) - start == wanted.count else { return false }
        for index in wanted.indices where bytes[start + index] != wanted[index] { return false }
        return true
    }

    private mutating func grow() {
        let mask = table.count * 2 - 1
        table = Array(repeating: 0, count: mask + 1)
        for number in 0..<count {
            let range = Int(starts[number])..<Int(starts[number + 1])
            var slot = Self.hash(bytes.span.extracting(range)) & mask
            while table[slot] != 0 { slot = (slot + 1) & mask }
            table[slot] = UInt32(number + 1)
        }
    }

    /// FNV-1a, folded: ids are short, and the table never leaves this process.
    private static func hash(_ bytes: borrowing Span<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7fff_ffff)
    }
}
