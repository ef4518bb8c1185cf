import AccueilDomain
import EventCoding
import EventLog
import Synchronization
import WireProtocol

/// Whether long work is still wanted, told across threads.
final class Wanted: Sendable {
    private let isOver = Atomic(false)

    func end() { isOver.store(true, ordering: .relaxed) }
    var goesOn: Bool { !isOver.load(ordering: .relaxed) }
}

extension Register {
    func tellCheckpoint(_ reply: @escaping (Reply) -> Void) {
        let (log, key) = (log, options.logKey)
        inBackground { () throws(Failure) -> [UInt8] in
            let checkpoint = log.checkpoint
            var signed = SignedCheckpoint()
            signed.position = Int(checkpoint.position.rawValue)
            signed.root = Text(stringLiteral: "\(checkpoint.root)")
            signed.note = Prose("\(key.sign(checkpoint, of: log.identity))")
            signed.verifierKey = Text(stringLiteral: "\(key.verifier(of: log.identity))")
            return JSONWriter.bytes(of: signed)
        } then: {
            reply($0)
        }
    }

    func prove(_ request: ProofRequest, _ reply: @escaping (Reply) -> Void) {
        guard request.sequence != nil || request.from != nil else {
            return reply(.failure(Failure(Malformed(path: "sequence", expected: "given, or else from"))))
        }
        let (log, head) = (log, log.durable)
        let size = request.size ?? Int(head.rawValue)
        for position in [size, request.sequence ?? size, request.from ?? size]
        where position < 1 || position > Int(head.rawValue) {
            return reply(.failure(.beyondTheLog(position, head)))
        }
        for (name, position) in [("sequence", request.sequence), ("from", request.from)] where position ?? 0 > size {
            return reply(.failure(Failure(Malformed(path: name, expected: "at most size, \(size)"))))
        }
        inBackground { () throws(Failure) -> [UInt8] in
            do throws(ReadFailure) {
                return JSONWriter.bytes(of: try Self.proof(request, Position(rawValue: UInt64(size)), in: log))
            } catch { throw Failure(.internalError, rule: "log_unreadable", error.description) }
        } then: {
            reply($0)
        }
    }

    /// The proof, which has been checked: headers and events are read that may be damaged.
    private static func proof(
        _ request: ProofRequest, _ size: Position, in log: any EventLog
    ) throws(ReadFailure) -> ProofAnswer {
        let root = try log.checkpoint(at: size).root
        var answer = ProofAnswer()
        answer.size = Int(size.rawValue)
        answer.root = Text(stringLiteral: "\(root)")
        let hashes: [TreeHash]
        let isRight: Bool
        if let sequence = request.sequence {
            let position = Position(rawValue: UInt64(sequence))
            let leaf = try log.hashes(of: [Subtree(after: position.advanced(by: -1), upTo: position)])[0]
            let proof = try log.inclusion(of: position, in: size)
            (hashes, isRight) = (proof.hashes, proof.root(from: leaf) == root)
            (answer.sequence, answer.leaf) = (sequence, Text(stringLiteral: "\(leaf)"))
        } else if let from = request.from {
            let old = try log.checkpoint(at: Position(rawValue: UInt64(from)))
            let proof = try log.consistency(of: old.position, in: size)
            (hashes, isRight) = (proof.hashes, proof.proves(old.root, root))
            (answer.from, answer.fromRoot) = (from, Text(stringLiteral: "\(old.root)"))
        } else {
            preconditionFailure("a request without either is not carried out")
        }
        guard isRight else { throw .failed("its tree does not lead to its root: log.verify finds where it is damaged") }
        answer.hashes = hashes.map { Text(stringLiteral: "\($0)") }
        return answer
    }

    func verify(_ reply: @escaping (Reply) -> Void) {
        guard isRunning else { return reply(.failure(.stopping)) }
        let (log, wanted) = (log, verificationWanted)
        elsewhere(on: options.verifying) { () throws(ReadFailure) -> Verification in
            try log.verify { _ in wanted.goesOn }
        } then: { _, result in
            switch result {
            case .success(let verification): reply(.result(VerificationAnswer(verification)))
            case .failure(.ended): reply(.failure(.stopping))
            case .failure(let failure):
                reply(.failure(Failure(.internalError, rule: "log_unreadable", failure.description)))
            }
        }
    }
}

extension VerificationAnswer {
    init(_ verification: Verification) {
        self.init()
        sound = verification.damage.isEmpty
        position = Int(verification.checkpoint.position.rawValue)
        root = Text(stringLiteral: "\(verification.checkpoint.root)")
        segments = verification.segments
        damage = verification.damage.map { damage in
            var told = Damage()
            told.kind = Damage.Kind(damage.kind)
            told.file = Prose(damage.file)
            told.byte = damage.byteOffset
            told.first = Int(damage.first.rawValue)
            told.resumesAt = damage.resumesAt.map { Int($0.rawValue) }
            told.message = Prose(damage.description)
            return told
        }
    }
}

extension VerificationAnswer.Damage.Kind {
    fileprivate init(_ kind: LogDamage.Kind) {
        self =
            switch kind {
            case .header: .header
            case .foreignLog: .foreignLog
            case .commit: .commit
            case .root: .root
            case .gap: .gap
            }
    }
}
