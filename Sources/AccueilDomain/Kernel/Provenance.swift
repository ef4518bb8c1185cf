/// Where an answer comes from: which log, up to which event, and the tree hash that proves it is still the same.
public struct Provenance: Record, Equatable {
    /// The register, as on its events: `urn:accueil:paris`.
    public var source: Text = "-"
    /// The log's own name, a UUID.
    public var log: Text = "-"
    /// The last event that counted: asked again with `known_at` this position, the answer is the same for ever.
    public var position = 0
    /// RFC 6962 tree hash over all events up to there, base64.
    public var root: Text = "-"
    /// When the register learned of that event; absent where there was none yet.
    public var recorded: Timestamp?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("source", &source)
        try visitor.field("log", &log)
        try visitor.field("position", &position)
        try visitor.field("root", &root)
        try visitor.field("recorded", &recorded)
    }
}

/// An answer that says where it comes from; whoever keeps the log fills it in.
public protocol Traced: Record {
    var provenance: Provenance? { get set }
}
