/// A growing array in small leaves that copies share until one of them changes: keeping the state from before a
/// transaction, or of an hour ago, costs the leaves that have changed since, not a copy of ten million stays.
///
///     branches ─► branch (512 leaves) ─► leaf (about a kilobyte of elements)
public struct Chunked<Element: Sendable>: Sendable {
    @usableFromInline var branches: [[[Element]]] = []
    @usableFromInline var end = 0
    /// How many elements there are.
    @inlinable public var count: Int { end }

    /// A leaf holds two to the power of so many elements: sixteen, or as many more as fit a kilobyte.
    @inlinable static var leafBits: Int {
        let fitting = 1024 / max(1, MemoryLayout<Element>.stride)
        return max(4, Int.bitWidth - 1 - max(1, fitting).leadingZeroBitCount)
    }
    @inlinable static var leafMask: Int { 1 << leafBits - 1 }
    @inlinable static var branchBits: Int { 9 }
    @inlinable static var branchMask: Int { 1 << branchBits - 1 }

    @inlinable public init() {}

    @inlinable public mutating func append(_ element: Element) {
        let leaf = end >> Self.leafBits
        if end & Self.leafMask == 0 {
            if leaf & Self.branchMask == 0 { branches.append([]) }
            var elements: [Element] = []
            // The only leaf may stay a small one.
            if leaf > 0 { elements.reserveCapacity(1 << Self.leafBits) }
            branches[branches.count - 1].append(elements)
        }
        branches[leaf >> Self.branchBits][leaf & Self.branchMask].append(element)
        end += 1
    }

    @inlinable public subscript(_ index: Int) -> Element {
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

    /// Changes one element where it lies.
    mutating func change(_ index: Int, _ body: (inout Element) -> Void) { body(&self[index]) }

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
