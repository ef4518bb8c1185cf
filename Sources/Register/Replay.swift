public import AccueilDomain
import EventCoding
public import EventLog

/// What the log tells, read from its first event, or from a snapshot on.
public struct Replayed: Sendable {
    public var world: World
    var receipts = Receipts()
    var lastRecorded = Timestamp(microseconds: 0)
    /// Where the reading began: at the snapshot, or before the first event.
    public let start: Position
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
    ///
    /// Begins at the snapshot, unless something before it has been put right since, or cannot be read.
    public init(
        _ log: any EventLog, _ calendar: CivilCalendar, from snapshot: Snapshot? = nil,
        checkpointEvents: Int = Self.checkpointEvents, progress: (Position) -> Void = { _ in }
    ) throws(Failure) {
        let (snapshot, amendments) = try Self.beginning(snapshot, of: log, calendar)
        self.amendments = amendments
        start = snapshot?.position ?? .origin
        var receipts = snapshot?.receipts ?? Receipts()
        var lastRecorded = snapshot?.lastRecorded ?? Timestamp(microseconds: 0)
        let kept = snapshot.map { Checkpoints.Entry(position: $0.position, world: $0.world) }
        var fold = Fold(
            Checkpoints(calendar, logEnd: log.durable, every: checkpointEvents, kept: kept), before: log.durable.next,
            amendments)
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

    /// The snapshot, if it will do, and all that has been put right.
    private static func beginning(
        _ snapshot: Snapshot?, of log: any EventLog, _ calendar: CivilCalendar
    ) throws(Failure) -> (Snapshot?, Amendments) {
        if let snapshot, let amendments = try? Amendments(of: log, calendar, from: snapshot),
            !amendments.reachBehind(snapshot.position)
        {
            return (snapshot, amendments)
        }
        return (nil, try Amendments(of: log, calendar, from: nil))
    }
}
