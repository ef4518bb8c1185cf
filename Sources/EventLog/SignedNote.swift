internal import Crypto

// A checkpoint for those outside: what the log was at a time, signed, in forms that others read too.
//
//     accueil/0f8fad5b-d9cb-469f-a165-70867728950e         the origin: which log this is
//     4711                                                 how many events
//     bmlYegtXDYxdARTFGp1nda0mUHGLG5gZjedRMUN6TAY=         the root of their tree
//
//     — accueil/0f8fad5b-d9cb-469f-a165-70867728950e y5ARVN8uPf/zDz…
//
// The text is a tlog-checkpoint, the whole a signed-note (https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note).

extension LogIdentity {
    /// What the log is called in its checkpoints, and its key: of the log alone, so that no configuration changes it.
    public var origin: String { "accueil/\(self)" }
}

/// A text and the signatures below it.
public struct SignedNote: Hashable, Sendable, CustomStringConvertible {
    /// What is signed; ends in a newline.
    public let text: String
    /// The lines below it, without those of other keys than Ed25519 being told apart.
    fileprivate let signatures: [Signature]

    fileprivate struct Signature: Hashable {
        let name: String
        /// Four bytes, which key of that name it is, and the signature.
        let bytes: [UInt8]
    }

    fileprivate init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// A note from its bytes; nil for anything that is not exactly one.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= SignedNote.bytesMax, let note = String(validating: bytes, as: UTF8.self),
            note.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }), note.utf8.last == 0x0A
        else { return nil }
        var lines = note.utf8.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0)! }
        guard let blank = lines.lastIndex(of: ""), blank > 0, blank + 1 < lines.count else { return nil }
        var signatures: [Signature] = []
        for line in lines[(blank + 1)...] {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 3, words[0] == "—", SignedNote.isName(words[1]),
                let bytes = [UInt8](base64: Array(words[2].utf8)), bytes.count > SignedNote.keyIDBytes
            else { return nil }
            signatures.append(Signature(name: String(words[1]), bytes: bytes))
        }
        lines.removeSubrange(blank...)
        self.init(text: lines.map { $0 + "\n" }.joined(), signatures: signatures)
    }

    public var description: String {
        text + "\n"
            + signatures.map { signature in
                var line = Array("— \(signature.name) ".utf8)
                line.write(base64: signature.bytes)
                return String(decoding: line, as: UTF8.self) + "\n"
            }.joined()
    }

    /// No note that is read has more.
    public static let bytesMax = 1 << 20
    fileprivate static let keyIDBytes = 4

    /// Whether a key can be called that: not empty, no spaces, no plus.
    fileprivate static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" }
    }
}

extension Checkpoint {
    /// The text of the checkpoint of a log.
    public func text(of origin: String) -> String { "\(origin)\n\(position)\n\(root)\n" }

    /// What a note's text says, and of which log; nil for a text that is no checkpoint. Lines below the third are
    /// allowed and mean nothing here.
    public static func read(_ text: String) -> (origin: String, checkpoint: Checkpoint)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines.dropLast().contains(""), let size = UInt64(lines[1]),
            String(size) == lines[1], let root = TreeHash(lines[2])
        else { return nil }
        return (String(lines[0]), Checkpoint(position: Position(rawValue: size), root: root))
    }
}

/// The public half of a log's key, written `name+id+key` as Go's note package and C2SP write it.
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// The 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.5).
    private let key: [UInt8]

    fileprivate init(name: String, key: [UInt8]) {
        precondition(SignedNote.isName(name), "a key has a name")
        self.name = name
        self.key = key
    }

    /// A key from its text; nil for any other.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, SignedNote.isName(parts[0]), let key = [UInt8](base64: Array(parts[2].utf8)),
            key.count == 33, key[0] == VerifierKey.ed25519
        else { return nil }
        self.init(name: String(parts[0]), key: Array(key.dropFirst()))
        guard parts[1] == hexID else { return nil }
    }

    public var description: String {
        var text = Array("\(name)+\(hexID)+".utf8)
        text.write(base64: [VerifierKey.ed25519] + key)
        return String(decoding: text, as: UTF8.self)
    }

    /// Of the note's signatures this key's own, where there is one.
    public enum Verdict: Hashable, Sendable {
        case signed
        /// None of this key.
        case notSigned
        /// One that says it is of this key, and is not.
        case wrong
    }

    public func verdict(on note: SignedNote) -> Verdict {
        let own = note.signatures.filter { $0.name == name && Array($0.bytes.prefix(SignedNote.keyIDBytes)) == id }
        guard !own.isEmpty, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else {
            return .notSigned
        }
        let text = Array(note.text.utf8)
        return own.allSatisfy { key.isValidSignature($0.bytes.dropFirst(SignedNote.keyIDBytes), for: text) }
            ? .signed : .wrong
    }

    private static let ed25519: UInt8 = 1

    fileprivate var id: [UInt8] {
        Array(SHA256.hash(data: Array(name.utf8) + [0x0A, VerifierKey.ed25519] + key).prefix(SignedNote.keyIDBytes))
    }

    private var hexID: String {
        var text: [UInt8] = []
        for byte in id { text.write(hexOf: byte) }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The key that signs a log's checkpoints (Ed25519, RFC 8032). Its file holds 32 random bytes in base64.
public struct LogKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key.
    public init() { key = Curve25519.Signing.PrivateKey() }

    /// The key that a file holds, as `openssl rand -base64 32` writes one; nil for anything else.
    public init?(_ file: [UInt8]) {
        let digits = file.last == [UInt8].newline ? file.dropLast() : file[...]
        guard let bytes = [UInt8](base64: digits), bytes.count == 32,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
    }

    /// What its file holds.
    public var file: [UInt8] {
        var text: [UInt8] = []
        text.write(base64: Array(key.rawRepresentation))
        return text + [[UInt8].newline]
    }

    /// The other half, for those who check the checkpoints of a log.
    public func verifier(of log: LogIdentity) -> VerifierKey {
        VerifierKey(name: log.origin, key: Array(key.publicKey.rawRepresentation))
    }

    public func sign(_ checkpoint: Checkpoint, of log: LogIdentity) -> SignedNote {
        let text = checkpoint.text(of: log.origin)
        guard let signature = try? key.signature(for: Array(text.utf8)) else {
            preconditionFailure("a sound key signs whatever it is given")
        }
        let bytes = verifier(of: log).id + Array(signature)
        return SignedNote(text: text, signatures: [.init(name: log.origin, bytes: bytes)])
    }

    /// The key in the folder; made there, for its owner to read only, when there is none.
    ///
    /// A file that holds no key is nil: nothing takes its place in silence.
    public static func kept(in folder: String, disk: any Disk = PosixDisk()) throws(DiskError) -> LogKey? {
        let path = folder + "/" + name
        guard try disk.list(folder).contains(name) else {
            let key = LogKey()
            let new = path + ".new"
            let file = try disk.open(new, .create)
            defer { disk.close(file) }
            try disk.write(file, at: 0, key.file.span)
            try disk.sync(file)
            try disk.rename(new, to: path)
            try disk.syncDirectory(folder)
            return key
        }
        return try read(path, disk: disk)
    }

    /// The key in a file, nil where it holds none.
    public static func read(_ path: String, disk: any Disk = PosixDisk()) throws(DiskError) -> LogKey? {
        let file = try disk.open(path, .read)
        defer { disk.close(file) }
        return LogKey(try disk.read(file, at: 0, count: fileBytesMax))
    }

    /// The name of the file, and of the credential.
    public static let name = "log-key"
    private static let fileBytesMax = 4096
}
