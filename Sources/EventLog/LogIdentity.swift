/// The name a log is given when it is made and keeps for ever: 16 bytes, written as a lower-case UUID.
public struct LogIdentity: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// A new name (UUID version 4, RFC 9562 section 5.4) out of the given source of randomness.
    public static func random(using generator: inout some RandomNumberGenerator) -> LogIdentity {
        let version = generator.next() & ~0xF000 | 0x4000 as UInt64
        let variant = generator.next() & ~(0b11 << 62) | 0b10 << 62 as UInt64
        return LogIdentity(high: version, low: variant)
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A name from its UUID text (lower case, with hyphens), nil for any other text.
    public init?(_ text: String) { self.init(utf8: Array(text.utf8)[...]) }

    init?(utf8 text: ArraySlice<UInt8>) {
        guard text.count == LogIdentity.textBytes else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<LogIdentity.textBytes {
            let byte = text[text.startIndex + index]
            if LogIdentity.hasHyphen(at: index) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let nibble = hexValue(byte) else { return nil }
                high = high << 4 | low >> 60
                low = low << 4 | UInt64(nibble)
            }
        }
        self.init(high: high, low: low)
    }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] { bigEndianBytes(high) + bigEndianBytes(low) }

    public var description: String {
        var text: [UInt8] = []
        for byte in bytes {
            if LogIdentity.hasHyphen(at: text.count) { text.append(UInt8(ascii: "-")) }
            text.write(hexOf: byte)
        }
        return String(decoding: text, as: UTF8.self)
    }

    static let textBytes = 36

    private static func hasHyphen(at index: Int) -> Bool { index == 8 || index == 13 || index == 18 || index == 23 }
}
