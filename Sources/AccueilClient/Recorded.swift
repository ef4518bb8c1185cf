public import AccueilDomain

/// The answer to a command: what was recorded.
public struct Recorded: Record {
    /// Positions of the first and the last event; absent when nothing was written because it had already happened.
    public var first: Int?
    public var last: Int?
    public var events: [Event] = []
    /// The command had been recorded before, with the same command id; this is the answer it had then.
    public var replayed = false
    /// Only tried (`dry_run`): nothing was written, these events would be; their positions are 0.
    public var dryRun = false

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("first", &first)
        try visitor.field("last", &last)
        try visitor.list("events", &events)
        try visitor.preset("replayed", &replayed)
        try visitor.preset("dry_run", &dryRun)
    }

    /// One event as an answer names it; plain texts, so that an older client reads a newer register.
    public struct Event: Record {
        public var sequence = 0
        public var type: Text = "-"
        public var subject: Text = "-"
        public var anomalies: [Text] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("sequence", &sequence)
            try visitor.field("type", &type)
            try visitor.field("subject", &subject)
            try visitor.list("anomalies", &anomalies)
        }
    }
}
