public import AccueilDomain
import EventCoding
public import EventLog

/// What the log tells, read from its first event.
public struct Replayed: Sendable {
    public var world: World
    var receipts = Receipts()
    var lastRecorded = Timestamp(microseconds: 0)
    /// Position of the last event taken in.
    public var position: Position
    /// The damage at which reading had to stop.
    public var damage: LogDamage?
    let amendments: Amendments
    var checkpoints: Checkpoints

    /// Why a log cannot be replayed.
    public enum Failure: Error, CustomStringConvertible {
        case unreadable(String)
        case unknownEvent(type: Identifier, version: Int, sequence: Int)
        case malformed(sequence: Int, String)

        public var description: String {
            switch self {
            case .unreadable(let reason): reason
            case .unknownEvent(let type, let version, let sequence):
                "event \(sequence) is a \(type) of version \(version), which this program does not know: "
                    + "the log was written by a later version; install that one"
            case .malformed(let sequence, let reason): "event \(sequence) cannot be read: \(reason)"
            }
        }
    }

    /// A world is kept every so many events, for looks at the past and corrections to begin at.
    public static let checkpointEvents = 1 << 16

    /// Reads the log to its end; `progress` hears the position now and then. Stops before damage and says where.
    public init(
        _ log: any EventLog, _ calendar: CivilCalendar, checkpointEvents: Int = Self.checkpointEvents,
        progress: (Position) -> Void = { _ in }
    ) throws(Failure) {
        amendments = try Amendments(of: log, calendar)
        var receipts = Receipts()
        var lastRecorded = Timestamp(microseconds: 0)
        var fold = Fold(
            Checkpoints(calendar, logEnd: log.durable, every: checkpointEvents), before: .origin.next, amendments)
        damage = try fold.read(log, progress: progress) { envelope in
            if let command = envelope.commandID, let digest = envelope.commandDigest {
                receipts.note(command, digest, at: envelope.stamp.sequence)
            }
            lastRecorded = max(lastRecorded, envelope.stamp.recorded)
        }
        world = fold.world
        position = fold.position
        checkpoints = fold.checkpoints
        self.receipts = receipts
        self.lastRecorded = lastRecorded
    }
}
