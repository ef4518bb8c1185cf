public import AccueilDomain
public import EventLog
public import WireProtocol

/// What the register needs from outside: who it is, and its clock, randomness and helpers.
public struct RegisterOptions {
    /// CloudEvents `source` of every event, `urn:accueil:paris`.
    public var source: String
    public var version: String
    public var calendar: CivilCalendar
    public var limits: Limits
    /// Microseconds since 1970.
    public var now: () -> Int64
    /// Seed of the events' ids; the same seed and clock give the same ids.
    public var seed: UInt64
    public var home: any HomeLoop
    /// Runs work on some other thread.
    public typealias Executor = @Sendable (@escaping @Sendable () -> Void) -> Void
    /// Runs readings of the log elsewhere, which are short.
    public var background: Executor
    /// Runs what takes longer: figures, looks at the past, corrections. It must not be in the way of the readings.
    public var calculating: Executor
    /// Verifies the whole log, for as long as that takes.
    public var verifying: Executor
    /// Signs the log's checkpoints.
    public var logKey: LogKey
    /// Replaces what is kept of the consumers, elsewhere, and says why not or that it is durable.
    public var keepConsumers: @Sendable ([UInt8], _ done: @escaping @Sendable (DiskError?) -> Void) -> Void
    public typealias SnapshotKeeper = @Sendable (Snapshot, _ done: @escaping @Sendable (Bool) -> Void) -> Void
    /// Writes a snapshot, elsewhere, and says whether that went well.
    public var keepSnapshot: SnapshotKeeper
    /// How many events there must be that a start would read, before a snapshot is worth its writing.
    public var snapshotEvents: Int
    /// The log has failed: nothing can be acknowledged any more, and the program has to end.
    public var failed: (AppendFailure) -> Void

    public init(
        source: String, version: String, calendar: CivilCalendar, limits: Limits = Limits(), now: @escaping () -> Int64,
        seed: UInt64, home: any HomeLoop, background: @escaping Executor, calculating: @escaping Executor,
        verifying: @escaping Executor, logKey: LogKey,
        keepConsumers: @escaping @Sendable ([UInt8], _ done: @escaping @Sendable (DiskError?) -> Void) -> Void,
        keepSnapshot: @escaping SnapshotKeeper = { _, done in done(false) }, snapshotEvents: Int = .max,
        failed: @escaping (AppendFailure) -> Void
    ) {
        self.source = source
        self.version = version
        self.calendar = calendar
        self.limits = limits
        self.now = now
        self.seed = seed
        self.home = home
        self.background = background
        self.calculating = calculating
        self.verifying = verifying
        self.logKey = logKey
        self.keepConsumers = keepConsumers
        self.keepSnapshot = keepSnapshot
        self.snapshotEvents = snapshotEvents
        self.failed = failed
    }

    /// Nothing happens later than this many seconds from now: a clock may be a little off.
    public static let futureSecondsMax = 300
}
