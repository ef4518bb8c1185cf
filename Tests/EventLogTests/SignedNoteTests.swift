import AccueilTesting
import Glibc
import Testing

@testable import EventLog

/// Checkpoints as others read them. `Tests/EndToEndTests/proofs.py` checks them with another implementation.
@Suite struct SignedNoteTests {
    private static let log = LogIdentity("0f8fad5b-d9cb-469f-a165-70867728950e")!
    private static let checkpoint = Checkpoint(
        position: 3, root: TreeHash("FaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=")!)

    private func read(_ text: String) -> SignedNote? { SignedNote(Array(text.utf8)) }

    /// The example in the documentation of Go's golang.org/x/mod/sumdb/note.
    private static let known = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test func `a note that another program signed is verified with the key it tells`() throws {
        let key = try #require(VerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"))
        let note = try #require(read(Self.known))
        #expect(key.verdict(on: note) == .signed)
        #expect(note.description == Self.known)
        #expect("\(key)" == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        let changed = try #require(self.read(Self.known.replacing("your problem is", with: "the problem is")))
        #expect(key.verdict(on: changed) == .wrong)
        #expect(Checkpoint.read(note.text) == nil)
    }

    @Test func `a checkpoint is signed, read back and verified by its own key only`() throws {
        let key = LogKey()
        let signed = key.sign(Self.checkpoint, of: Self.log)
        let text = signed.description
        #expect(
            text.hasPrefix(
                """
                accueil/0f8fad5b-d9cb-469f-a165-70867728950e
                3
                FaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=

                — accueil/0f8fad5b-d9cb-469f-a165-70867728950e\u{20}
                """))
        let note = try #require(read(text))
        #expect(note == signed)
        let (origin, checkpoint) = try #require(Checkpoint.read(note.text))
        #expect(origin == Self.log.origin && checkpoint == Self.checkpoint)
        #expect(key.verifier(of: Self.log).verdict(on: note) == .signed)
        #expect(LogKey().verifier(of: Self.log).verdict(on: note) == .notSigned)
        // A witness has signed it, too.
        let witnessed = text + Self.known.split(separator: "\n").last! + "\n"
        #expect(key.verifier(of: Self.log).verdict(on: try #require(read(witnessed))) == .signed)
        #expect(Checkpoint.read(try #require(read(witnessed)).text)?.checkpoint == Self.checkpoint)
    }

    @Test func `with any character of it changed, a checkpoint is not what the key signed`() throws {
        let key = LogKey()
        let verifier = key.verifier(of: Self.log)
        let bytes = Array(key.sign(Self.checkpoint, of: Self.log).description.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            guard let note = SignedNote(changed) else { continue }
            #expect(verifier.verdict(on: note) != .signed, "byte \(place)")
        }
    }

    @Test(arguments: [
        "", "\n", "text\n", "text\n\n", "\n— a aaaaaaaa\n", "text\n\n— a aaaaaaaa", "text\n\n- a aaaaaaaa\n",
        "text\n\n— a aaaa\n", "text\n\n— a+b aaaaaaaa\n", "text\n\n—  aaaaaaaa\n", "text\n\n— a aaaaaaa\n",
        "te\u{1}xt\n\n— a aaaaaaaa\n", "text\r\n\r\n— a aaaaaaaa\r\n", "text\n\n— a aaaaaaaa b\n",
        "text\n\n— a aaaaaaa=\n",
    ])
    func `what is not a note is not read as one`(text: String) { #expect(read(text) == nil) }

    @Test(arguments: [
        "", "a\n3\n", "a\n3\n\n", "a\n03\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=\n",
        "a\n-3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=\n", "\n3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=\n",
        "a\n3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch4==\n", "a\n3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch49=\n",
        "a\n3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=",
        "a\n3\nFaeAyGKD1CyME604W/lnlPK2G+zyLO/wjQJV4FUch48=\n\nb\n",
    ])
    func `what is not a checkpoint is not read as one`(text: String) { #expect(Checkpoint.read(text) == nil) }

    @Test(arguments: [
        "", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+ARpc2QcU",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func `what is not a key is not read as one`(text: String) { #expect(VerifierKey(text) == nil) }

    @Test func `a key is made once, for its owner only, and nothing takes the place of one that cannot be read`() throws
    {
        let folder = Folder()
        let made = try #require(try LogKey.kept(in: folder.path))
        let again = try #require(try LogKey.kept(in: folder.path))
        #expect(again.file == made.file && made.file.count == 45)
        var status = stat()
        #expect(unsafe stat(folder.path + "/log-key", &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(LogKey(made.file.dropLast())?.file == made.file)

        let file = try PosixDisk().open(folder.path + "/log-key", .create)
        try PosixDisk().write(file, at: 0, Array("no key\n".utf8).span)
        PosixDisk().close(file)
        #expect(try LogKey.kept(in: folder.path) == nil)
        #expect(throws: DiskError.self) { try LogKey.read(folder.path + "/nothing") }
    }

    @Test func `whenever the power goes, a key that was told is there again`() throws {
        for call in 0..<8 {
            let disk = SimulatedDisk()
            disk.plan(.powerCut, at: call)
            let told = try? LogKey.kept(in: folder, disk: disk)
            disk.restart(after: .losesThem)
            let kept = try #require(try LogKey.kept(in: folder, disk: disk))
            if let told { #expect(kept.file == told.file, "call \(call)") }
        }
    }

    @Test func `base64 is written and read as RFC 4648 has it, and in one form only`() {
        for count in 0...67 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 89 + count) }
            var text: [UInt8] = []
            text.write(base64: bytes)
            #expect([UInt8](base64: text) == bytes)
        }
        for wrong in ["A", "AA", "AAA", "A===", "AB==", "AAB=", "AA=A", "====", "AAA-", "AAAA=", "AAAA===="] {
            #expect([UInt8](base64: Array(wrong.utf8)) == nil, "\(wrong)")
        }
    }
}
