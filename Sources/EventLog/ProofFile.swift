// Proofs as files, which need neither the log nor the program: what is claimed, the hashes, an empty line, and the signed
// checkpoint of the tree.
//
//     c2sp.org/tlog-proof@v1       https://c2sp.org/tlog-proof       │ old 4711         as witnesses are asked,
//     index 41                                                       │ 9fYm…=            https://c2sp.org/tlog-witness
//     9fYm…=                                                         │
//                                                                    │ accueil/0f8f…
//     accueil/0f8f…

/// A proof and the checkpoint it leads to.
public struct ProofFile: Hashable, Sendable, CustomStringConvertible {
    public enum Claim: Hashable, Sendable {
        case inclusion(InclusionProof)
        case consistency(ConsistencyProof)
    }

    public let claim: Claim
    public let note: SignedNote
    /// What the note says; not to be believed before its signature was verified.
    public let origin: String
    public let checkpoint: Checkpoint

    /// A file; nil where the note is no checkpoint of the tree that the claim is about.
    public init?(_ claim: Claim, _ note: SignedNote) {
        guard let (origin, checkpoint) = Checkpoint.read(note.text), checkpoint.position == claim.size else {
            return nil
        }
        (self.claim, self.note, self.origin, self.checkpoint) = (claim, note, origin, checkpoint)
    }

    /// A file from its bytes; nil for anything else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= SignedNote.bytesMax else { return nil }
        var lines: [String] = []
        var start = 0
        while true {
            guard let newline = bytes.newline(from: start),
                let line = String(validating: bytes[start..<newline], as: UTF8.self)
            else { return nil }
            start = newline + 1
            if line.isEmpty { break }
            lines.append(line)
        }
        guard let note = SignedNote(Array(bytes[start...])), let (_, checkpoint) = Checkpoint.read(note.text) else {
            return nil
        }
        let isInclusion = lines.first == ProofFile.inclusionWord
        if isInclusion {
            lines.removeFirst()
            // Of no meaning here, and signed by nobody.
            if lines.first?.hasPrefix("extra ") ?? false { lines.removeFirst() }
        }
        guard let first = lines.first, let number = ProofFile.number(first, behind: isInclusion ? "index " : "old ")
        else { return nil }
        let hashes = lines.dropFirst().compactMap { TreeHash($0) }
        guard hashes.count == lines.count - 1, number < UInt64.max else { return nil }
        let size = checkpoint.position
        let claim: Claim =
            isInclusion
            ? .inclusion(InclusionProof(position: Position(rawValue: number + 1), size: size, hashes: hashes))
            : .consistency(ConsistencyProof(old: Position(rawValue: number), size: size, hashes: hashes))
        self.init(claim, note)
    }

    public var description: String {
        let (head, hashes) =
            switch claim {
            case .inclusion(let proof):
                ("\(ProofFile.inclusionWord)\nindex \(proof.position.rawValue - 1)", proof.hashes)
            case .consistency(let proof): ("old \(proof.old)", proof.hashes)
            }
        return head + "\n" + hashes.map { "\($0)\n" }.joined() + "\n" + note.description
    }

    private static let inclusionWord = "c2sp.org/tlog-proof@v1"

    private static func number(_ line: String, behind word: String) -> UInt64? {
        guard line.hasPrefix(word), let number = UInt64(line.dropFirst(word.count)), "\(word)\(number)" == line else {
            return nil
        }
        return number
    }
}

extension ProofFile.Claim {
    var size: Position {
        switch self {
        case .inclusion(let proof): proof.size
        case .consistency(let proof): proof.size
        }
    }
}
