/// A growing array in chunks that copies share until one of them changes: keeping the state from before a transaction
/// costs a few pointers, not a copy of ten million stays.
public struct Chunked<Element: Sendable>: Sendable {
    private static var chunkCount: Int { 4096 }

    private var chunks: [[Element]] = []
    public private(set) var count = 0

    public init() {}

    public mutating func append(_ element: Element) {
        if count % Self.chunkCount == 0 {
            var chunk: [Element] = []
            chunk.reserveCapacity(count == 0 ? 16 : Self.chunkCount)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    public subscript(_ index: Int) -> Element {
        get { chunks[index / Self.chunkCount][index % Self.chunkCount] }
        _modify { yield &chunks[index / Self.chunkCount][index % Self.chunkCount] }
    }

    public func visit(_ body: (Int, Element) -> Void) {
        for (chunkIndex, chunk) in chunks.enumerated() {
            for (offset, element) in chunk.enumerated() { body(chunkIndex * Self.chunkCount + offset, element) }
        }
    }
}
