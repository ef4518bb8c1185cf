/// The place of an event in the log: 1 for the first, without gaps.
///
/// On disk and on the wire it is written as 20 decimal digits, so that text sorts as numbers do.
public struct Position: RawRepresentable, Comparable, Hashable, Sendable, CustomStringConvertible {
    /// The number of events up to and including this one.
    public let rawValue: UInt64

    /// A position from its number; 0 is `origin`.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The place before the first event.
    public static let origin = Position(rawValue: 0)

    /// The position right after this one.
    public var next: Position { advanced(by: 1) }

    /// The position `count` events further on; a negative count goes back, not beyond `origin`.
    public func advanced(by count: Int) -> Position {
        count < 0
            ? Position(rawValue: rawValue - UInt64(count.magnitude))
            : Position(rawValue: rawValue + UInt64(count))
    }

    /// How many events lie between `earlier` (not counted) and this one (counted). `earlier` is not later than this.
    public func count(after earlier: Position) -> Int { Int(rawValue - earlier.rawValue) }

    /// The 20 digits of the stored form.
    public var digits: String {
        let digits = String(rawValue)
        return String(repeating: "0", count: Position.digitCount - digits.utf8.count) + digits
    }

    /// A position from its 20 digits, nil for any other text.
    public init?(digits: some StringProtocol) {
        let bytes = digits.utf8
        guard bytes.count == Position.digitCount, bytes.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let number = UInt64(digits)
        else { return nil }
        self.init(rawValue: number)
    }

    public static func < (left: Position, right: Position) -> Bool { left.rawValue < right.rawValue }

    public var description: String { String(rawValue) }

    static let digitCount = 20
}
