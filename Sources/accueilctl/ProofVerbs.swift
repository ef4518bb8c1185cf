import AccueilClient
import AccueilDomain
public import ArgumentParser
import EventCoding
public import EventLog
import WireProtocol

struct CheckpointVerb: Asking {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Print how far the log has come, signed: kept elsewhere, it proves later that nothing was changed.",
        discussion: """
            A checkpoint of https://c2sp.org/tlog-checkpoint, as a signed note. «log key» prints the key that verifies it, \
            «log proof consistency» and «log verify DIR --checkpoint» hold the log against it.
            """)
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let connection = try await socket.connect()
        let result = try await connection.call(SignedCheckpoint.method)
        await connection.close()
        guard output.format == .table else { return Output.json(result) }
        Output.data(try Connection.read(SignedCheckpoint.self, from: result).note.string)
    }
}

struct KeyVerb: Asking {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Print the key that verifies the log's checkpoints; give it to those who keep them.")
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let connection = try await socket.connect()
        let checkpoint = try await connection.signedCheckpoint()
        await connection.close()
        Output.data("\(checkpoint.verifierKey.string)\n")
    }
}

struct ProofVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Prove that an event is in the log, or that nothing before a checkpoint was changed.",
        discussion: """
            accueilctl log proof inclusion 4711 > event.tlog-proof
            accueilctl log proof check event.tlog-proof --key KEY --event event.json
            accueilctl log proof consistency checkpoint-of-may > may.proof
            """,
        subcommands: [Inclusion.self, Consistency.self, Check.self])

    struct Inclusion: Asking {
        static let configuration = CommandConfiguration(
            abstract: "Print the proof that an event is in the log, with a signed checkpoint of today.",
            discussion: "As https://c2sp.org/tlog-proof describes it. What is printed has been checked.")
        @Argument(help: "The event's position: 42, #42.") var event: EventNumber
        @OptionGroup var socket: SocketOptions

        func run() async throws {
            let connection = try await socket.connect()
            let line = try await connection.call("events.get", Array("{\"sequence\":\(event.position)}".utf8))
            let checkpoint = try await connection.signedCheckpoint()
            var request = ProofRequest()
            (request.sequence, request.size) = (event.position, checkpoint.position)
            let hashes = try await connection.prove(request)
            await connection.close()
            let proof = InclusionProof(
                position: Position(rawValue: UInt64(event.position)),
                size: Position(rawValue: UInt64(checkpoint.position)), hashes: hashes)
            let (file, key) = try checkpoint.file(.inclusion(proof))
            try file.check(key, eventLine: line)
            Output.data(file.description)
        }
    }

    struct Consistency: Asking {
        static let configuration = CommandConfiguration(
            abstract: "Print the proof that the log still begins as a checkpoint says that was kept.",
            discussion: """
                In the form in which witnesses take it, https://c2sp.org/tlog-witness. What is printed has been checked; exit \
                status 8 where the log is not what it was, or not the one of the checkpoint.
                """)
        @Argument(help: ArgumentHelp("The checkpoint that was kept; - for standard input.", valueName: "file"))
        var checkpoint: String
        @OptionGroup var key: KeyOption
        @OptionGroup var socket: SocketOptions

        func run() async throws {
            let kept = try KeptCheckpoint(checkpoint)
            let connection = try await socket.connect()
            let now = try await connection.signedCheckpoint()
            if let key = key.key { try kept.check(key) } else { try kept.check(now.key()) }
            let old = kept.checkpoint.position
            guard old.rawValue > 0, old.rawValue <= now.position else {
                throw Complaint(
                    "\(shown(checkpoint)) is of \(old) events, and the log has \(now.position)",
                    exit: .verificationFailed)
            }
            var request = ProofRequest()
            (request.from, request.size) = (Int(old.rawValue), now.position)
            let hashes = try await connection.prove(request)
            await connection.close()
            let proof = ConsistencyProof(old: old, size: Position(rawValue: UInt64(now.position)), hashes: hashes)
            let (file, ownKey) = try now.file(.consistency(proof))
            try file.check(key.key ?? ownKey, old: kept.checkpoint)
            Output.data(file.description)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a proof without the daemon; exit status 8 where it does not prove what it says.")
        @Argument(help: ArgumentHelp("The proof; - for standard input.", valueName: "file")) var proof: String
        @Option(help: ArgumentHelp("The key that verifies its checkpoint, as «log key» prints it.", valueName: "key"))
        var key: VerifierKey
        @Option(help: ArgumentHelp("Of an inclusion: the file with the event's line.", valueName: "file"))
        var event: String?
        @Option(help: ArgumentHelp("Of a consistency: the file with the earlier checkpoint.", valueName: "file"))
        var old: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            guard let file = ProofFile(try readWhole(proof)) else {
                throw Complaint("\(shown(proof)) is no proof", exit: .verificationFailed)
            }
            let said: String
            switch file.claim {
            case .inclusion(let inclusion):
                guard let event else { throw ValidationError("--event has the line of the event that is to be proven") }
                var line = try readWhole(event)
                if line.last == 0x0A { line.removeLast() }
                try file.check(key, eventLine: line)
                said = "the event is #\(inclusion.position) of \(file.checkpoint.position)"
            case .consistency(let consistency):
                guard let old else { throw ValidationError("--old has the earlier checkpoint") }
                let kept = try KeptCheckpoint(old)
                try kept.check(key)
                try file.check(key, old: kept.checkpoint)
                said =
                    "the first \(consistency.old) events of \(file.checkpoint.position) are those of the earlier checkpoint"
            }
            guard output.format == .table else {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("origin", file.origin)
                    writer.member("position", Int(file.checkpoint.position.rawValue))
                    writer.member("root", file.checkpoint.root.description)
                }
                return Output.json(writer.bytes)
            }
            Output.data("proven: \(said), in \(shown(file.origin))\n")
        }
    }
}

extension VerifierKey: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

struct KeyOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The key that verifies the kept checkpoint, as «log key» printed it; the daemon's own where absent.",
            valueName: "key"))
    var key: VerifierKey?
}

/// A checkpoint that was kept in a file.
struct KeptCheckpoint {
    let path: String
    let note: SignedNote
    let origin: String
    let checkpoint: Checkpoint

    init(_ path: String) throws {
        guard let note = SignedNote(try readWhole(path)), let (origin, checkpoint) = Checkpoint.read(note.text) else {
            throw Complaint("\(shown(path)) is no signed checkpoint", exit: .verificationFailed)
        }
        (self.path, self.note, self.origin, self.checkpoint) = (path, note, origin, checkpoint)
    }

    /// Throws unless it is of the key's log, and signed with the key.
    func check(_ key: VerifierKey) throws {
        try note.check(key, origin, shown(path))
    }
}

extension SignedNote {
    fileprivate func check(_ key: VerifierKey, _ origin: String, _ what: String) throws {
        guard origin == key.name else {
            throw Complaint(
                "\(what) is of the log \(shown(origin)), and the key of \(shown(key.name))", exit: .verificationFailed)
        }
        switch key.verdict(on: self) {
        case .signed: return
        case .notSigned: throw Complaint("\(what) is not signed with this key", exit: .verificationFailed)
        case .wrong: throw Complaint("\(what) is not what the key signed", exit: .verificationFailed)
        }
    }
}

extension ProofFile {
    fileprivate func check(_ key: VerifierKey, eventLine: [UInt8]) throws {
        try note.check(key, origin, "the checkpoint of the proof")
        guard case .inclusion(let proof) = claim, proof.root(from: TreeHash(ofLine: eventLine)) == checkpoint.root
        else {
            throw Complaint("this event, in this place, does not lead to the checkpoint", exit: .verificationFailed)
        }
    }

    fileprivate func check(_ key: VerifierKey, old: Checkpoint) throws {
        try note.check(key, origin, "the checkpoint of the proof")
        guard case .consistency(let proof) = claim, proof.old == old.position, proof.proves(old.root, checkpoint.root)
        else {
            throw Complaint(
                "the log does not begin as the earlier checkpoint says: something before event \(old.position) was changed",
                exit: .verificationFailed)
        }
    }
}

extension SignedCheckpoint {
    fileprivate func key() throws -> VerifierKey {
        guard let key = VerifierKey(verifierKey.string) else {
            throw ClientFailure.unreadable("the daemon tells its key")
        }
        return key
    }

    /// The proof with this checkpoint, and the key that it is signed with.
    fileprivate func file(_ claim: ProofFile.Claim) throws -> (ProofFile, VerifierKey) {
        guard let note = SignedNote(Array(note.string.utf8)), let file = ProofFile(claim, note) else {
            throw ClientFailure.unreadable("the daemon tells a signed checkpoint")
        }
        return (file, try key())
    }
}

extension Connection {
    fileprivate func signedCheckpoint() async throws -> SignedCheckpoint {
        try Connection.read(SignedCheckpoint.self, from: try await call(SignedCheckpoint.method))
    }

    /// The hashes of a proof.
    fileprivate func prove(_ request: ProofRequest) async throws -> [TreeHash] {
        let result = try await call(ProofRequest.method, JSONWriter.bytes(of: request))
        let hashes = try Connection.read(ProofAnswer.self, from: result).hashes
        return try hashes.map { text in
            guard let hash = TreeHash(text.string) else { throw ClientFailure.unreadable("a proof is of hashes") }
            return hash
        }
    }
}

/// The whole of a small file, or of standard input.
func readWhole(_ path: String) throws -> [UInt8] {
    try LineSource(path).rest(bytesMax: SignedNote.bytesMax)
}
