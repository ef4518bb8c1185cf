import AccueilTesting
import CCRC32C
import Crypto
import Testing

@testable import EventLog

@Suite struct ChecksumAndTreeTests {
    /// RFC 3720 appendix B.4, and the check value every CRC catalogue gives.
    static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0...31), 0x46DD_794E),
        (Array((0...31).reversed()), 0x113F_DB5C),
        (
            [0x01, 0xC0, 0, 0] + [UInt8](repeating: 0, count: 12) + [0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14]
                + [0, 0, 0, 0x18, 0x28] + [UInt8](repeating: 0, count: 7) + [0x02] + [UInt8](repeating: 0, count: 7),
            0xD996_3A56
        ),
        (Array("123456789".utf8), 0xE306_9283),
    ]

    @Test(arguments: vectors)
    func `the checksum is the one of RFC 3720, by instruction and by table`(bytes: [UInt8], expected: UInt32) {
        #expect(unsafe accueil_crc32c(0, bytes, bytes.count) == expected)
        #expect(unsafe accueil_crc32c_by_table(0, bytes, bytes.count) == expected)
    }

    @Test func `a checksum in two parts is the checksum of the whole, wherever it is divided`() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let whole = unsafe accueil_crc32c_by_table(0, bytes, bytes.count)
        for cut in 0...bytes.count {
            let first = unsafe accueil_crc32c(0, bytes, cut)
            let rest = Array(bytes[cut...])
            #expect(unsafe accueil_crc32c(first, rest, rest.count) == whole)
        }
    }

    /// The leaves and roots the Certificate Transparency implementations test themselves with.
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test func `the tree of the known leaves has the known roots`() {
        var frontier = MerkleFrontier()
        #expect(hex(frontier.root) == Self.roots[0])
        for (leaf, root) in zip(Self.leaves, Self.roots.dropFirst()) {
            frontier.append(unsafe bytes(ofHex: leaf).withUnsafeBytes { unsafe TreeHash.leaf($0) })
            #expect(hex(frontier.root) == root)
        }
    }

    @Test func `the right edge gives the root RFC 6962 defines, for every size up to 130`() {
        var frontier = MerkleFrontier()
        var data: [[UInt8]] = []
        for size in 1...130 {
            data.append(Array(line(size).utf8.dropLast()))
            frontier.append(linesOf: Array(line(size).utf8), in: 0..<line(size).utf8.count)
            #expect(frontier.root.bytes == definition(data[...]))
            #expect(frontier.peaks.count == size.nonzeroBitCount)
        }
    }

    /// MTH of RFC 6962 section 2.1, word for word.
    private func definition(_ data: ArraySlice<[UInt8]>) -> [UInt8] {
        if data.count == 1 { return Array(SHA256.hash(data: [0] + data.first!)) }
        var split = 1
        while split * 2 < data.count { split *= 2 }
        return Array(SHA256.hash(data: [1] + definition(data.prefix(split)) + definition(data.dropFirst(split))))
    }

    @Test func `positions and log names are read back from their text, and from nothing else`() {
        #expect(Position(rawValue: 42).digits == "00000000000000000042")
        #expect(Position(digits: "18446744073709551615")?.rawValue == UInt64.max)
        #expect(Position(digits: "18446744073709551616") == nil)
        #expect(Position(digits: "+0000000000000000042") == nil)
        #expect(Position(digits: "42") == nil)
        let text = "0f8fad5b-d9cb-469f-a165-70867728950e"
        #expect(LogIdentity(text)?.description == text)
        #expect(LogIdentity(text.uppercased()) == nil)
        #expect(LogIdentity(text.replacing("-", with: "0")) == nil)
        var generator = SplitMix(seed: 7)
        let random = LogIdentity.random(using: &generator)
        #expect(LogIdentity(random.description) == random)
        #expect(Array(random.description)[14] == "4")
    }

    private func bytes(ofHex text: String) -> [UInt8] {
        stride(from: 0, to: text.utf8.count, by: 2).map {
            UInt8(text.dropFirst($0).prefix(2), radix: 16)!
        }
    }

    private func hex(_ hash: TreeHash) -> String {
        var text: [UInt8] = []
        for byte in hash.bytes { text.write(hexOf: byte) }
        return String(decoding: text, as: UTF8.self)
    }
}
