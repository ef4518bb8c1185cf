/// A day of the week, in the week's order.
public enum Weekday: String, CodeList {
    case monday = "mon"
    case tuesday = "tue"
    case wednesday = "wed"
    case thursday = "thu"
    case friday = "fri"
    case saturday = "sat"
    case sunday = "sun"
}

/// A time on the clock of the register's time zone, to the minute: `08:00`; `24:00` is the end of the day.
public struct ClockTime: FieldValue, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public static var shape: Shape {
        .text("a time of the day such as 08:00, up to 24:00", pattern: "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
    }

    /// Minutes since midnight, 0 to 1440.
    public let minutes: Int

    public var hour: Int { minutes / 60 }

    /// A blank to read into: midnight.
    public init() { minutes = 0 }

    public init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count == 5, bytes[2] == 0x3A else { return nil }
        var digits: [Int] = []
        for index in [0, 1, 3, 4] {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            digits.append(Int(bytes[index] - 0x30))
        }
        let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]
        guard digits[2] < 6, minutes <= 24 * 60 else { return nil }
        self.minutes = minutes
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public init(stringLiteral text: String) {
        guard let time = ClockTime(text) else { preconditionFailure("not a time of the day: \(text)") }
        self = time
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let time = source.text({ ClockTime($0) }) ?? nil else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = time
    }

    public var description: String {
        [minutes / 600, minutes / 60 % 10].map { String($0) }.joined() + ":"
            + [minutes % 60 / 10, minutes % 10].map { String($0) }.joined()
    }

    public func write(to sink: inout some ValueSink) { sink.plain(Array(description.utf8).span) }

    public static func < (left: Self, right: Self) -> Bool { left.minutes < right.minutes }
}
