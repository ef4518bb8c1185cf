internal import Glibc

func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
}

func bigEndianBytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }

private let hexDigits = Array("0123456789abcdef".utf8)
private let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
private let base64Values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in base64Digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
}()

/// The pieces header and trailer lines are written with.
extension [UInt8] {
    package static let newline = UInt8(ascii: "\n")

    mutating func write(_ text: String) { append(contentsOf: text.utf8) }

    mutating func write(_ position: Position) {
        let start = count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: Position.digitCount))
        var rest = position.rawValue
        for index in (start..<count).reversed() {
            self[index] += UInt8(rest % 10)
            rest /= 10
        }
    }

    mutating func write(hexOf byte: UInt8) {
        append(hexDigits[Int(byte >> 4)])
        append(hexDigits[Int(byte & 15)])
    }

    mutating func write(checksum: UInt32) {
        for shift in [24, 16, 8, 0] { write(hexOf: UInt8(truncatingIfNeeded: checksum >> UInt32(shift))) }
    }

    mutating func write(_ hash: TreeHash) { write(base64: hash.bytes) }

    /// Standard base64 with padding (RFC 4648 section 4): 44 digits for the 32 bytes of a hash.
    mutating func write(base64 bytes: [UInt8]) {
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = Swift.min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | UInt32(index < count ? bytes[start + index] : 0) }
            for index in 0...3 {
                append(index <= count ? base64Digits[Int(group >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
    }

    /// The bytes of which `digits` are the base64; nil where they are not exactly what would be written for them.
    init?(base64 digits: some Collection<UInt8>) {
        let padding = UInt8(ascii: "=")
        var decoded: [UInt8] = []
        decoded.reserveCapacity(digits.count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount = 0
        var count = 0
        for digit in digits {
            if digit == padding { break }
            let value = base64Values[Int(digit)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            count += 1
            if bitCount >= 8 {
                bitCount -= 8
                decoded.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        guard digits.count % 4 == 0, digits.count - count <= 2, bits == 0, bitCount < 6,
            digits.dropFirst(count).allSatisfy({ $0 == padding })
        else { return nil }
        self = decoded
    }

    /// Where the next newline stands at or after `start`, nil when there is none.
    package func newline(from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, Int32([UInt8].newline), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Whether `text` stands at `start`.
    func has(_ text: StaticString, at start: Int) -> Bool {
        guard count - start >= text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe memcmp(bytes.baseAddress! + start, text.utf8Start, text.utf8CodeUnitCount) == 0
        }
    }

    /// The last byte at or after `start` that is not a newline, nil when there is none.
    func lastInk(from start: Int) -> Int? {
        guard start < count else { return nil }
        // Usually all of them are newlines; comparing the rest with itself one byte on shows that quickly.
        if self[start] == [UInt8].newline,
            unsafe withUnsafeBytes({ bytes in
                unsafe memcmp(bytes.baseAddress! + start, bytes.baseAddress! + start + 1, bytes.count - start - 1) == 0
            })
        {
            return nil
        }
        return self[start...].lastIndex { $0 != [UInt8].newline }
    }
}

/// Reads a line of fixed form piece by piece and throws at the first byte that is not exactly of that form.
struct LineReader {
    struct Malformed: Error {}

    let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8], at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func literal(_ text: StaticString) throws(Malformed) {
        guard bytes.has(text, at: offset) else { throw Malformed() }
        offset += text.utf8CodeUnitCount
    }

    func sees(_ text: StaticString) -> Bool { bytes.has(text, at: offset) }

    mutating func position() throws(Malformed) -> Position {
        var value: UInt64 = 0
        for byte in try take(Position.digitCount) {
            let digit = byte &- UInt8(ascii: "0")
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !over, !carry else { throw Malformed() }
            value = sum
        }
        return Position(rawValue: value)
    }

    /// A number without sign or leading zeros.
    mutating func number() throws(Malformed) -> Int {
        var digits = 0
        var value = 0
        while offset < bytes.count, digits < 18, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10 {
            guard digits == 0 || value != 0 else { throw Malformed() }
            value = value * 10 + Int(digit)
            digits += 1
            offset += 1
        }
        guard digits > 0 else { throw Malformed() }
        return value
    }

    mutating func checksum() throws(Malformed) -> UInt32 {
        var value: UInt32 = 0
        for byte in try take(8) {
            guard let nibble = hexValue(byte) else { throw Malformed() }
            value = value << 4 | UInt32(nibble)
        }
        return value
    }

    mutating func identity() throws(Malformed) -> LogIdentity {
        guard let identity = LogIdentity(utf8: try take(LogIdentity.textBytes)) else { throw Malformed() }
        return identity
    }

    mutating func hash() throws(Malformed) -> TreeHash {
        guard let bytes = [UInt8](base64: try take(44)), let hash = TreeHash(bytes) else { throw Malformed() }
        return hash
    }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard bytes.count - offset >= count else { throw Malformed() }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }
}
