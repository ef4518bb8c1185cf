// What a checkpoint is good for. Both kinds of proof are lists of hashes of subtrees (RFC 6962 section 2.1, RFC 9162
// section 2.1): which ones follows from the numbers alone, and who checks needs no log.

/// A part of the tree, by the events that are its leaves: those after one position, up to another.
///
/// Only such parts are meant as the tree is made of: beginning at a multiple of the least power of two that is not less
/// than their number of leaves.
public struct Subtree: Hashable, Sendable {
    public let after: Position
    public let upTo: Position

    public init(after: Position, upTo: Position) {
        precondition(after < upTo, "a subtree has leaves")
        self.after = after
        self.upTo = upTo
    }

    var count: UInt64 { upTo.rawValue - after.rawValue }
    var isLeaf: Bool { count == 1 }

    /// Its two children: the largest complete tree that is not all of it, and the rest.
    var halves: (left: Subtree, right: Subtree) {
        precondition(!isLeaf, "a leaf is not divided")
        let left = 1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount) as UInt64
        let middle = Position(rawValue: after.rawValue + left)
        return (Subtree(after: after, upTo: middle), Subtree(after: middle, upTo: upTo))
    }
}

/// That an event is in a tree, where it is said to be.
public struct InclusionProof: Hashable, Sendable {
    /// The position of the event; its index in RFC 6962 is one less.
    public let position: Position
    /// How many leaves the tree has.
    public let size: Position
    /// The hashes beside the way from the leaf up to the root.
    public let hashes: [TreeHash]

    public init(position: Position, size: Position, hashes: [TreeHash]) {
        self.position = position
        self.size = size
        self.hashes = hashes
    }

    /// The subtrees whose hashes prove it, in their order: PATH of RFC 6962 section 2.1.1.
    public static func subtrees(_ position: Position, in size: Position) -> [Subtree] {
        precondition(position > .origin && position <= size, "only what is in the tree can be proven to be")
        var tree = Subtree(after: .origin, upTo: size)
        var path: [Subtree] = []
        while !tree.isLeaf {
            let (left, right) = tree.halves
            let isLeft = position <= left.upTo
            path.append(isLeft ? right : left)
            tree = isLeft ? left : right
        }
        return path.reversed()
    }

    /// The root to which it leads from a leaf; nil where there are not as many hashes as it takes.
    public func root(from leaf: TreeHash) -> TreeHash? {
        guard position > .origin, position <= size else { return nil }
        let path = Self.subtrees(position, in: size)
        guard path.count == hashes.count else { return nil }
        return zip(path, hashes).reduce(leaf) { hash, step in
            step.0.after < position ? .node(step.1, hash) : .node(hash, step.1)
        }
    }
}

/// That a tree is the beginning of a larger one: nothing in it was changed or taken out.
public struct ConsistencyProof: Hashable, Sendable {
    public let old: Position
    public let size: Position
    public let hashes: [TreeHash]

    public init(old: Position, size: Position, hashes: [TreeHash]) {
        self.old = old
        self.size = size
        self.hashes = hashes
    }

    /// The subtrees whose hashes prove it, in their order: PROOF of RFC 6962 section 2.1.2.
    public static func subtrees(_ old: Position, in size: Position) -> [Subtree] {
        precondition(old > .origin && old <= size, "a tree with leaves is the beginning of one that is no smaller")
        let (last, path) = way(old, in: size)
        // The old tree itself is known to whoever checks.
        return (last.after == .origin ? [] : [last]) + path
    }

    /// From the largest subtree that ends where the old tree does up to the root: that subtree, and those beside the way.
    private static func way(_ old: Position, in size: Position) -> (last: Subtree, path: [Subtree]) {
        var tree = Subtree(after: .origin, upTo: size)
        var path: [Subtree] = []
        while tree.upTo != old {
            let (left, right) = tree.halves
            let isLeft = old <= left.upTo
            path.append(isLeft ? right : left)
            tree = isLeft ? left : right
        }
        return (tree, path.reversed())
    }

    /// Whether it leads from the old tree's root to both.
    public func proves(_ oldRoot: TreeHash, _ root: TreeHash) -> Bool {
        guard old > .origin, old <= size else { return false }
        let (last, path) = Self.way(old, in: size)
        var rest = hashes[...]
        guard let start = last.after == .origin ? oldRoot : rest.popFirst(), rest.count == path.count else {
            return false
        }
        var (inOld, inNew) = (start, start)
        for (part, hash) in zip(path, rest) {
            if part.after < old {
                (inOld, inNew) = (.node(hash, inOld), .node(hash, inNew))
            } else {
                inNew = .node(inNew, hash)
            }
        }
        return inOld == oldRoot && inNew == root
    }
}

extension EventLog {
    /// The proof that the event at `position` is in the tree of the first `size` events.
    ///
    /// `size` is durable. Reads what it takes; any thread may ask.
    public func inclusion(of position: Position, in size: Position) throws(ReadFailure) -> InclusionProof {
        let parts = InclusionProof.subtrees(position, in: size)
        return InclusionProof(position: position, size: size, hashes: try hashes(of: parts))
    }

    /// The proof that the tree of the first `old` events is the beginning of that of the first `size`.
    ///
    /// `size` is durable. Reads what it takes; any thread may ask.
    public func consistency(of old: Position, in size: Position) throws(ReadFailure) -> ConsistencyProof {
        let parts = ConsistencyProof.subtrees(old, in: size)
        return ConsistencyProof(old: old, size: size, hashes: try hashes(of: parts))
    }

    /// The Merkle root over everything up to a durable position. Any thread may ask.
    public func checkpoint(at position: Position) throws(ReadFailure) -> Checkpoint {
        let head = checkpoint
        precondition(position <= head.position, "only what is durable has a root")
        if position == head.position { return head }
        let root = position == .origin ? .empty : try hashes(of: [Subtree(after: .origin, upTo: position)])[0]
        return Checkpoint(position: position, root: root)
    }
}
