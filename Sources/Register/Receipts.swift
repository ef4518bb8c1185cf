import AccueilDomain
import Crypto
import EventCoding

/// Which events a command id stands for, so that asking twice does once.
struct Receipts: Sendable {
    struct Receipt: Sendable {
        /// Position of the first event.
        let first: UInt32
        var count: UInt32
        /// What was asked, as `digest` gives it.
        let digest: UInt64
    }

    private var commands = Registry()
    private var receipts = Chunked<Receipt>()

    subscript(_ command: Identifier) -> Receipt? { commands.find(command).map { receipts[$0] } }

    /// Notes an event of a command; the events of one command follow each other.
    mutating func note(_ command: Identifier, _ digest: Identifier, at sequence: Int) {
        let number = commands.enter(command)
        if number < receipts.count {
            receipts[number].count += 1
        } else {
            receipts.append(Receipt(first: UInt32(sequence), count: 1, digest: Self.number(digest)))
        }
    }

    /// The first 64 bits of SHA-256 over the canonical form of what was asked, in hexadecimal.
    static func digest(_ canonical: [UInt8]) -> Identifier {
        func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
        var digits = InlineArray<16, UInt8>(repeating: 0)
        var count = 0
        for byte in SHA256.hash(data: canonical).prefix(8) {
            digits[count] = hexadecimal(byte >> 4)
            digits[count + 1] = hexadecimal(byte & 15)
            count += 2
        }
        guard let digest = Identifier(digits.span) else { preconditionFailure("hexadecimal digits are an id") }
        return digest
    }

    /// What a digest's hexadecimal digits say.
    static func number(_ digest: Identifier) -> UInt64 {
        digest.withBytes { digits in
            var number: UInt64 = 0
            for index in digits.indices {
                number = number << 4 | (UInt64(digits[index] & 15) + (digits[index] >= 0x41 ? 9 : 0))
            }
            return number
        }
    }
}
