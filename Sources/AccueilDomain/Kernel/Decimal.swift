/// An exact number with at most four decimals: a figure of a report, full-time equivalents. Written as text, `22.8`.
public struct Decimal: FieldValue, Hashable, Comparable, CustomStringConvertible {
    public static var shape: Shape {
        .text(
            "a decimal number with at most four decimals, as text: \"22.8\"", pattern: "^-?[0-9]{1,12}(\\.[0-9]{1,4})?$"
        )
    }

    private static let one: Int64 = 10_000

    /// The number times 10 000.
    public let tenThousandths: Int64

    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    public init(_ whole: Int) { tenThousandths = Int64(whole) * Self.one }

    public init() { tenThousandths = 0 }

    public init?(_ bytes: borrowing Span<UInt8>) {
        var index = 0
        let isNegative = bytes.count > 0 && bytes[0] == 0x2D
        if isNegative { index = 1 }
        var value: Int64 = 0
        let wholeStart = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            guard index - wholeStart < 12 else { return nil }
            value = value * 10 + Int64(bytes[index] - 0x30)
            index += 1
        }
        guard index > wholeStart else { return nil }
        value *= Self.one
        if index < bytes.count {
            guard bytes[index] == 0x2E, (2...5).contains(bytes.count - index) else { return nil }
            var unit = Self.one
            for digit in index + 1..<bytes.count {
                guard (0x30...0x39).contains(bytes[digit]) else { return nil }
                unit /= 10
                value += Int64(bytes[digit] - 0x30) * unit
            }
        }
        tenThousandths = isNegative ? -value : value
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let decimal = source.text({ Decimal($0) }) ?? nil else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = decimal
    }

    /// No more decimals than it takes.
    public var description: String {
        let (whole, rest) = tenThousandths.magnitude.quotientAndRemainder(dividingBy: UInt64(Self.one))
        let sign = tenThousandths < 0 ? "-" : ""
        guard rest > 0 else { return sign + String(whole) }
        var decimals = String(rest)
        decimals = String(repeating: "0", count: 4 - decimals.count) + decimals
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return sign + String(whole) + "." + decimals
    }

    public func write(to sink: inout some ValueSink) { sink.plain(Array(description.utf8).span) }

    public static func < (left: Self, right: Self) -> Bool { left.tenThousandths < right.tenThousandths }

    public static func + (left: Self, right: Self) -> Self {
        Decimal(tenThousandths: left.tenThousandths + right.tenThousandths)
    }
}
