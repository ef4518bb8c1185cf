import AccueilDomain
import Crypto
import EventCoding

/// Which events a command id stands for, so that asking twice does once.
struct Receipts: Sendable {
    struct Receipt: Sendable {
        /// Position of the first event.
        let first: Int
        var count: Int
        /// What was asked, as `digest` gives it.
        let digest: Identifier
    }

    private var byCommand: [Identifier: Receipt] = [:]

    subscript(_ command: Identifier) -> Receipt? { byCommand[command] }

    /// Notes an event of a command; the events of one command follow each other.
    mutating func note(_ command: Identifier, _ digest: Identifier, at sequence: Int) {
        byCommand[command, default: Receipt(first: sequence, count: 0, digest: digest)].count += 1
    }

    /// The first 64 bits of SHA-256 over the canonical form of what was asked, in hexadecimal.
    static func digest(_ canonical: [UInt8]) -> Identifier {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in SHA256.hash(data: canonical).prefix(8) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        guard let digest = Identifier(text.span) else { preconditionFailure("hexadecimal digits are an id") }
        return digest
    }
}
