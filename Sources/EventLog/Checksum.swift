internal import CCRC32C

/// The CRC32C over one commit or header, seeded with the log's name and the first position, so that a stale block or
/// one from elsewhere cannot pass.
struct Checksum {
    private(set) var value: UInt32 = 0

    init(log: LogIdentity, first: Position) {
        update(log.bytes + bigEndianBytes(first.rawValue), in: 0..<24)
    }

    mutating func update(_ bytes: [UInt8], in range: Range<Int>) {
        value = unsafe bytes.withUnsafeBufferPointer {
            unsafe accueil_crc32c(value, $0.baseAddress! + range.lowerBound, range.count)
        }
    }
}
