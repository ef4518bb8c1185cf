/// Event lines read from the log.
public struct EventRun: Hashable, Sendable {
    /// The lines, each ending in LF.
    public let bytes: [UInt8]
    /// The position of the first line; where the reading began when there is none.
    public let first: Position
    /// How many lines there are.
    public let count: Int

    public init(bytes: [UInt8], first: Position, count: Int) {
        self.bytes = bytes
        self.first = first
        self.count = count
    }

    /// The position to go on reading from.
    public var next: Position { first.advanced(by: count) }

    /// Whether the text stands anywhere in the lines; looks at few of the bytes (Horspool, 1980).
    public func contains(_ text: StaticString) -> Bool {
        let last = text.utf8CodeUnitCount - 1
        var skips = [Int](repeating: last + 1, count: 256)
        for index in 0..<last { skips[Int(unsafe text.utf8Start[index])] = last - index }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var end = last
            while end < bytes.count {
                var back = 0
                while back <= last, unsafe bytes[end - back] == text.utf8Start[last - back] { back += 1 }
                if back > last { return true }
                end += skips[Int(unsafe bytes[end])]
            }
            return false
        }
    }

    /// Goes through the lines, each without its LF.
    public func forEachLine<Failure: Error>(
        _ body: (borrowing Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        while let end = bytes.newline(from: start) {
            try body(bytes.span.extracting(start..<end))
            start = end + 1
        }
    }
}
