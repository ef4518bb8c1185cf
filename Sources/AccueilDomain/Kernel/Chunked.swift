/// A growing array in small leaves that copies share until one of them changes: keeping the state from before a
/// transaction, or of an hour ago, costs the leaves that have changed since, not a copy of ten million stays.
///
///     branches ─► branch (512 leaves) ─► leaf (about a kilobyte of elements)
public struct Chunked<Element: Sendable>: Sendable {
    private var branches: [[[Element]]] = []
    public private(set) var count = 0

    /// A leaf holds two to the power of so many elements: sixteen, or as many more as fit a kilobyte.
    private static var leafBits: Int {
        let fitting = 1024 / max(1, MemoryLayout<Element>.stride)
        return max(4, Int.bitWidth - 1 - max(1, fitting).leadingZeroBitCount)
    }
    private static var leafMask: Int { 1 << leafBits - 1 }
    private static var branchBits: Int { 9 }
    private static var branchMask: Int { 1 << branchBits - 1 }

    public init() {}

    public mutating func append(_ element: Element) {
        let leaf = count >> Self.leafBits
        if count & Self.leafMask == 0 {
            if leaf & Self.branchMask == 0 { branches.append([]) }
            var elements: [Element] = []
            // The only leaf may stay a small one.
            if leaf > 0 { elements.reserveCapacity(1 << Self.leafBits) }
            branches[branches.count - 1].append(elements)
        }
        branches[leaf >> Self.branchBits][leaf & Self.branchMask].append(element)
        count += 1
    }

    public subscript(_ index: Int) -> Element {
        _read {
            let leaf = index >> Self.leafBits
            yield branches[leaf >> Self.branchBits][leaf & Self.branchMask][index & Self.leafMask]
        }
        _modify {
            let leaf = index >> Self.leafBits
            yield &branches[leaf >> Self.branchBits][leaf & Self.branchMask][index & Self.leafMask]
        }
    }

    /// Puts an element in the place of another, which it answers, or right behind the last.
    mutating func set(_ element: Element, at index: Int) -> Element? {
        guard index < count else {
            precondition(index == count, "a chunked array has no gaps")
            append(element)
            return nil
        }
        defer { self[index] = element }
        return self[index]
    }

    /// Looks at one element where it lies.
    func with<Result>(_ index: Int, _ body: (Element) -> Result) -> Result { body(self[index]) }

    public func visit(_ body: (Int, Element) -> Void) {
        var index = 0
        for branch in branches {
            for leaf in branch {
                for element in leaf {
                    body(index, element)
                    index += 1
                }
            }
        }
    }
}
