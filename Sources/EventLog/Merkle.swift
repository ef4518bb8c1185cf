internal import Crypto

/// A SHA-256 value in the log's Merkle tree: 32 bytes, written as base64.
public struct TreeHash: Hashable, Sendable, CustomStringConvertible {
    /// The bytes in the order they stand in memory, eight to a word.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// A hash from its 32 bytes, nil for any other number of them.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == TreeHash.byteCount else { return nil }
        words = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    init(_ digest: SHA256Digest) {
        words = unsafe digest.withUnsafeBytes { unsafe $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    /// A hash from its 44 digits of base64, nil for any other text.
    public init?(_ text: some StringProtocol) {
        guard let bytes = [UInt8](base64: Array(text.utf8)) else { return nil }
        self.init(bytes)
    }

    /// The hash of the leaf that an event's line is; without its newline.
    public init(ofLine line: some Collection<UInt8>) {
        self = unsafe Array(line).withUnsafeBytes { unsafe .leaf($0) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

    public var description: String {
        var text: [UInt8] = []
        text.write(self)
        return String(decoding: text, as: UTF8.self)
    }

    public static func == (left: TreeHash, right: TreeHash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    /// The hash of a tree without leaves (RFC 6962 section 2.1).
    public static let empty = TreeHash(SHA256().finalize())

    /// The hash of one leaf: SHA-256 of 0x00 and the line without its newline.
    static func leaf(_ line: UnsafeRawBufferPointer) -> TreeHash {
        var hasher = SHA256()
        unsafe withUnsafeBytes(of: 0 as UInt8) { unsafe hasher.update(bufferPointer: $0) }
        unsafe hasher.update(bufferPointer: line)
        return TreeHash(hasher.finalize())
    }

    /// The hash of an inner node: SHA-256 of 0x01, the left and the right subtree's hash.
    static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        var hasher = SHA256()
        unsafe withUnsafeBytes(of: 1 as UInt8) { unsafe hasher.update(bufferPointer: $0) }
        unsafe withUnsafeBytes(of: left.words) { unsafe hasher.update(bufferPointer: $0) }
        unsafe withUnsafeBytes(of: right.words) { unsafe hasher.update(bufferPointer: $0) }
        return TreeHash(hasher.finalize())
    }

    static let byteCount = 32
}

/// The right edge of the RFC 6962 tree over the first `count` lines: all that is needed to add leaves and tell the
/// root.
///
/// `peaks` are the hashes of the complete subtrees the leaves divide into, largest first: one for every 1 in the binary
/// form of `count`.
struct MerkleFrontier: Hashable, Sendable {
    private(set) var count: UInt64
    private(set) var peaks: [TreeHash]

    init() {
        count = 0
        peaks = []
    }

    /// A frontier as a segment header tells it, nil when the number of peaks does not go with `count`.
    init?(count: UInt64, peaks: [TreeHash]) {
        guard peaks.count == count.nonzeroBitCount else { return nil }
        self.count = count
        self.peaks = peaks
    }

    /// The position of the last leaf.
    var position: Position { Position(rawValue: count) }

    var root: TreeHash {
        guard var hash = peaks.last else { return .empty }
        for peak in peaks.dropLast().reversed() { hash = .node(peak, hash) }
        return hash
    }

    var checkpoint: Checkpoint { Checkpoint(position: position, root: root) }

    mutating func append(_ leaf: TreeHash) {
        var hash = leaf
        for _ in 0..<(~count).trailingZeroBitCount { hash = .node(peaks.removeLast(), hash) }
        peaks.append(hash)
        count += 1
    }

    /// Adds every line of `bytes` within `range`, which ends right after a newline.
    mutating func append(linesOf bytes: [UInt8], in range: Range<Int>) {
        var start = range.lowerBound
        while start < range.upperBound, let newline = bytes.newline(from: start) {
            unsafe bytes.withUnsafeBytes { all in
                append(unsafe .leaf(UnsafeRawBufferPointer(rebasing: all[start..<newline])))
            }
            start = newline + 1
        }
    }
}
