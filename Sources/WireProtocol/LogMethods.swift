public import AccueilDomain

// The parameters and answers of the methods that prove the log, for those who ask and those who answer.

/// What `log.checkpoint` answers: how far the log has come, signed.
public struct SignedCheckpoint: Record {
    public static let method = "log.checkpoint"

    public var position = 0
    /// RFC 6962 tree hash over all events up to there, base64.
    public var root: Text = "-"
    /// The checkpoint as a C2SP signed note, its line breaks included.
    public var note: Prose = ""
    /// The key that verifies it, `name+id+key`.
    public var verifierKey: Text = "-"

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("position", &position)
        try visitor.field("root", &root)
        try visitor.field("note", &note)
        try visitor.field("verifier_key", &verifierKey)
    }
}

/// `log.proof`: that an event is in the tree, or that an earlier tree is the beginning of it.
public struct ProofRequest: Record {
    public static let method = "log.proof"

    /// The event.
    public var sequence: Int?
    /// The size of the earlier tree.
    public var from: Int?
    /// The size of the tree; all of the log where absent.
    public var size: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("from", &from)
        try visitor.field("size", &size)
        guard sequence == nil || from == nil else {
            throw Malformed(path: "from", expected: "left out where sequence is given")
        }
    }
}

/// What `log.proof` answers.
public struct ProofAnswer: Record {
    public var sequence: Int?
    /// The hash of the event's line.
    public var leaf: Text?
    public var from: Int?
    public var fromRoot: Text?
    public var size = 0
    public var root: Text = "-"
    /// In the order of RFC 6962, base64.
    public var hashes: [Text] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("leaf", &leaf)
        try visitor.field("from", &from)
        try visitor.field("from_root", &fromRoot)
        try visitor.field("size", &size)
        try visitor.field("root", &root)
        try visitor.field("hashes", &hashes)
    }
}

/// What `log.verify` answers.
public struct VerificationAnswer: Record {
    public static let method = "log.verify"

    public struct Damage: Record {
        public enum Kind: String, CodeList {
            case header
            case foreignLog = "foreign_log"
            case commit, root, gap
        }

        public var kind = Kind.header
        public var file: Prose = ""
        /// Where in the file it begins.
        public var byte = 0
        /// The first position that cannot be read, or trusted.
        public var first = 0
        /// From where on events can be read again; absent where there are none.
        public var resumesAt: Int?
        public var message: Prose = ""

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("kind", &kind)
            try visitor.field("file", &file)
            try visitor.field("byte", &byte)
            try visitor.field("first", &first)
            try visitor.field("resumes_at", &resumesAt)
            try visitor.field("message", &message)
        }
    }

    /// Whether nothing is damaged.
    public var sound = true
    /// The head of what is sound from the first event on.
    public var position = 0
    public var root: Text = "-"
    /// How many were read.
    public var segments = 0
    public var damage: [Damage] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sound", &sound)
        try visitor.field("position", &position)
        try visitor.field("root", &root)
        try visitor.field("segments", &segments)
        try visitor.field("damage", &damage)
    }
}
