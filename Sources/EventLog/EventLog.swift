/// An append-only sequence of event lines, and nothing else: it knows bytes and positions, not what they tell.
///
/// `FileLog` is the log this project runs on. The protocol has no notion of files in it and answers later, so that a
/// replicated store can stand in its place.
public protocol EventLog: AnyObject, Sendable {
    /// The name the log was given when it was made.
    var identity: LogIdentity { get }

    /// The last position known to be durable. Any thread may ask; it costs one atomic load.
    var durable: Position { get }

    /// The durable head and the Merkle root over everything up to it.
    var checkpoint: Checkpoint { get }

    /// How many more bytes of event lines, beyond what `append` has been given, are certain to find room.
    ///
    /// Holds as long as they come in at most `LogLimits.commitsAhead` commits. One atomic load. 0 when the log takes
    /// no commits at all (`refusal`).
    var room: Int { get }

    /// Why `room` is short, as a sentence; nil when nothing is wrong.
    var shortage: String? { get }

    /// Why no commit can be appended any more, nil while it can. It never changes back.
    var refusal: AppendFailure? { get }

    /// The most bytes of event lines one commit may hold.
    var commitBytesMax: Int { get }

    /// Appends `commit` as one atomic, durable unit, in the order of the calls.
    ///
    /// Returns at once. `then` is called on the log's own thread, in order, once the commit is durable or has failed,
    /// and is handed the commit back so that its bytes can be sent on or used again. After a failure other than
    /// `outcomeUnknown` and `gone`, nothing of the commit was written, and those queued behind it fail with `notNext`.
    func append(
        _ commit: consuming Commit, then: @escaping @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void)

    /// Reads durable event lines from `from` on: at most `bytesMax` bytes, but at least one line; empty at the end.
    ///
    /// Only event lines come back, and only out of commits whose checksum was found right. Any thread may read.
    /// `from` is after `origin`.
    func read(from: Position, bytesMax: Int) throws(ReadFailure) -> EventRun

    /// The hashes of parts of the tree, read from where the tree is written down and from as few events as it takes.
    ///
    /// Every part is durable. Any thread may ask.
    func hashes(of subtrees: [Subtree]) throws(ReadFailure) -> [TreeHash]

    /// Reads the whole log from the first event, as far as it was durable at the call, and proves checksums, positions
    /// and Merkle roots.
    ///
    /// `progress` hears the last position that was looked at, now and then, and says whether to go on. Takes as long as
    /// reading the log; runs on the caller's thread beside appends and reads. Damage that is found is also a reason to
    /// take no more commits (`refusal`).
    func verify(progress: (Position) -> Bool) throws(ReadFailure) -> Verification

    /// Looks for room again after it ran short, in the background. Call it about once a second while it is short.
    func makeRoom()

    /// Finishes what was appended and lets go of the log. Later appends fail with `closed`.
    func close()
}

/// What the log promises without being asked.
public enum LogLimits {
    /// In how many commits, at most, the bytes counted on from one look at `room` may come.
    public static let commitsAhead = 16
    /// Capacity to reserve in `Commit.lines` beyond the lines, so that the trailer is added without copying them.
    public static let trailerBytesMax = 256
}

/// A run of complete event lines that becomes durable all or nothing.
public struct Commit: Sendable {
    /// Where the first of the events goes: right after the last event of the commit before.
    public var first: Position
    /// How many lines there are, at least one.
    public var count: Int
    /// The lines, each ending in LF; none is empty, none begins with `{"commit":` or `{"segment":`.
    public var lines: [UInt8]

    /// A commit; the log checks `count` against `lines` and stops the program when they disagree.
    public init(first: Position, count: Int, lines: consuming [UInt8]) {
        self.first = first
        self.count = count
        self.lines = lines
    }

    /// Where the last of the events goes.
    public var last: Position { first.advanced(by: count - 1) }
}

/// A position and the RFC 6962 Merkle tree hash over all event lines up to it (each without its LF).
public struct Checkpoint: Hashable, Sendable {
    public let position: Position
    public let root: TreeHash

    public init(position: Position, root: TreeHash) {
        self.position = position
        self.root = root
    }
}

/// What reading the whole log proved.
public struct Verification: Hashable, Sendable {
    /// The head of what is sound from the first event on: of all of it, where there is no damage.
    public let checkpoint: Checkpoint
    /// How many parts were read that the log is stored in.
    public let segments: Int
    /// What is damaged, by position.
    public let damage: [LogDamage]

    public init(checkpoint: Checkpoint, segments: Int, damage: [LogDamage]) {
        self.checkpoint = checkpoint
        self.segments = segments
        self.damage = damage
    }
}

/// Why a commit was not appended.
public enum AppendFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Writing or syncing failed: whether the commit will be there after a restart is not known. The log is dead.
    case outcomeUnknown(String)
    /// The log is not where it was opened any more: whether the commit will be there after a restart is not known. The
    /// log is dead, but while the process lives the last of what it wrote can be saved, as the sentence says.
    case gone(String)
    /// The log is damaged and only readable. Nothing was written.
    case damaged(LogDamage)
    /// The commit does not begin where the log ends. Nothing was written.
    case notNext(expected: Position)
    /// The commit is larger than `commitBytesMax`. Nothing was written.
    case tooLarge(bytesMax: Int)
    /// There is no room for the commit now. Nothing was written; see `EventLog.makeRoom`.
    case full(String)
    /// The log was opened for reading only. Nothing was written.
    case readOnly
    /// The log was closed. Nothing was written.
    case closed

    public var description: String {
        switch self {
        case .outcomeUnknown(let reason):
            "the log could not be written (\(reason)); whether the last events are kept shows at the next start"
        case .gone(let reason): reason
        case .damaged(let damage): damage.description
        case .notNext(let expected): "the next event of the log has position \(expected)"
        case .tooLarge(let bytesMax): "a commit holds at most \(bytesMax) bytes of events"
        case .full(let reason): "there is no room in the log: \(reason)"
        case .readOnly: "the log was opened for reading only"
        case .closed: "the log is closed"
        }
    }
}

/// Why events could not be read.
public enum ReadFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What stands there is not what was written. `LogDamage.resumesAt` says where reading can go on.
    case damaged(LogDamage)
    /// The storage answered with an error.
    case failed(String)
    /// It was not to go on (`EventLog.verify`).
    case ended

    public var description: String {
        switch self {
        case .damaged(let damage): damage.description
        case .failed(let reason): "the log could not be read: \(reason)"
        case .ended: "the reading of the log was ended"
        }
    }
}
