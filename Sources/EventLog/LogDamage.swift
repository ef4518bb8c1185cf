/// A place in the log where something else stands than what was written there, and not just at its torn end.
public struct LogDamage: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong there.
    public enum Kind: Hashable, Sendable {
        /// The first line of the segment is not a sound header for it.
        case header
        /// The segment belongs to another log.
        case foreignLog(LogIdentity)
        /// The bytes are not a sound commit with the next position.
        case commit
        /// The commit is sound, but its Merkle root does not follow from the events.
        case root
        /// Positions are missing: the segment that holds them is not there.
        case gap
    }

    public let kind: Kind
    /// The path of the segment.
    public let file: String
    /// Where in the file the damage begins.
    public let byteOffset: Int
    /// The first position that cannot be trusted; everything before it is sound as far as it was looked at.
    public let first: Position
    /// From where on events can be read again, nil when there are none.
    public internal(set) var resumesAt: Position?

    public var description: String {
        let what =
            switch kind {
            case .header: "the segment's header is damaged"
            case .foreignLog(let other): "the segment belongs to another log (\(other))"
            case .commit: "this is not a sound commit"
            case .root: "the Merkle root does not follow from the events"
            case .gap: "a segment is missing before this one"
            }
        let lost =
            switch resumesAt {
            case nil: "Events from position \(first) on cannot be read"
            case first: "No event is missing from what can be read"
            case let resumesAt?: "Events from position \(first) to \(resumesAt.advanced(by: -1)) cannot be read"
            }
        return "\(file), byte \(byteOffset): \(what). \(lost). "
            + "Nothing is written to this log any more; restore the file from a backup"
    }
}
