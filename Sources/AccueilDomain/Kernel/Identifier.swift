/// The id of a site, a placement, a person's pseudonym…: 1 to 39 ASCII letters, digits, `.`, `_`, `:` or `-`, beginning
/// with a letter or a digit. Kept inline, so that a million of them cost no allocation.
public struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of the longest id: a UUID with a short prefix fits.
    public static let lengthMax = 39

    private var bytes = InlineArray<39, UInt8>(repeating: 0)
    public private(set) var count: UInt8 = 0

    /// A blank to read into; never valid in an event.
    public init() {}

    public init?(_ bytes: borrowing Span<UInt8>) {
        guard (1...Self.lengthMax).contains(bytes.count), Self.isAlphanumeric(bytes[0]) else { return nil }
        for index in bytes.indices {
            let byte = bytes[index]
            guard Self.isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x3A else {
                return nil
            }
            self.bytes[index] = byte
        }
        count = UInt8(bytes.count)
    }

    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ unsafe Identifier($0.span) }) else { return nil }
        self = id
    }

    public init?(_ text: Substring) { self.init(String(text)) }

    public var isBlank: Bool { count == 0 }

    public var description: String {
        withBytes { String(copying: $0) }
    }

    public func withBytes<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        body(bytes.span.extracting(0..<Int(count)))
    }

    /// Eight bytes at a time; those behind the end are zeros.
    private func word(_ index: Int) -> UInt64 {
        unsafe withUnsafeBytes(of: self) { unsafe $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
    }

    public static func == (left: Self, right: Self) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<5 { difference |= left.word(index) ^ right.word(index) }
        return difference == 0
    }

    // Folded first: one call of the keyed hash instead of five.
    public func hash(into hasher: inout Hasher) { hasher.combine(fold) }

    /// A hash: words folded by long multiplications (as in wyhash), for ids are short and who enters them is known.
    var fold: UInt64 {
        var hash = UInt64(count)
        for index in 0..<(Int(count) + 7) / 8 {
            let product = (hash ^ word(index) ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
            hash = product.high ^ product.low
        }
        return hash
    }

    func equals(_ other: borrowing Span<UInt8>) -> Bool {
        guard other.count == Int(count) else { return false }
        for index in 0..<Int(count) where bytes[index] != other[index] { return false }
        return true
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension Identifier: FieldValue {
    public static var shape: Shape {
        .text(
            "an id of 1 to 39 letters, digits, '.', '_', ':' or '-', beginning with a letter or a digit",
            pattern: "^" + pattern + "$", lengthMax: lengthMax)
    }

    static let pattern = "[A-Za-z0-9][A-Za-z0-9._:-]{0,38}"

    public init(from source: some ValueSource) throws(Malformed) {
        guard let id = source.text({ Identifier($0) }) ?? nil else { throw Malformed(expected: Self.shape.expectation) }
        self = id
    }

    public func write(to sink: inout some ValueSink) {
        sink.plain(bytes.span.extracting(0..<Int(count)))
    }
}

extension Identifier: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let id = Identifier(text) else { preconditionFailure("'\(text)' is not an id") }
        self = id
    }
}
