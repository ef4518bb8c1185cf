/// A short ASCII text that is put together without the heap: a date, a subject, a position.
public struct ShortText {
    private var bytes = InlineArray<79, UInt8>(repeating: 0)
    private var count: UInt8 = 0

    public init() {}

    public var string: String { String(copying: bytes.span.extracting(0..<Int(count))) }

    public func write(to sink: inout some ValueSink) { sink.plain(bytes.span.extracting(0..<Int(count))) }

    public mutating func append(_ byte: UInt8) {
        bytes[Int(count)] = byte
        count += 1
    }

    public mutating func append(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { append(unsafe text.utf8Start[index]) }
    }

    public mutating func append(_ text: String) { for byte in text.utf8 { append(byte) } }

    public mutating func append(_ id: Identifier) { id.withBytes { for index in $0.indices { append($0[index]) } } }

    /// A number from zero up, with zeros before it up to so many digits.
    public mutating func append(_ number: Int, digits: Int) {
        var power = 1
        for _ in 1..<digits { power *= 10 }
        while power <= number / 10 { power *= 10 }
        while power > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: number / power % 10))
            power /= 10
        }
    }
}
