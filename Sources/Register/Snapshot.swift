public import AccueilDomain
public import EventLog

/// What a register has made of the log up to a position: a start that begins there reads only what follows.
public struct Snapshot: Sendable {
    public let position: Position
    let world: World
    let receipts: Receipts
    let lastRecorded: Timestamp
    /// Positions of the events that put others right; what they say stands in the log.
    let amending: [Int]

    private static let layout = Layout(Snapshot.self)

    /// Returns once the snapshot is durable in the folder. The log has all that it tells.
    public func write(to folder: SnapshotFolder, of log: any EventLog) throws {
        try folder.write(at: try log.checkpoint(at: position), of: log.identity) { writer in
            Self.layout.write(self, to: &writer)
        }
    }

    /// The latest snapshot in the folder that can be used; `ignored` hears of those that cannot, and why.
    public static func latest(
        in folder: SnapshotFolder, of log: any EventLog, _ calendar: CivilCalendar, ignored: (String) -> Void
    ) -> Snapshot? {
        do throws(DiskError) {
            for position in try folder.positions() {
                do {
                    let snapshot = try folder.read(at: position, of: log) { layout.read(Snapshot.self, from: &$0) }
                    if snapshot.position == position, snapshot.world.calendar == calendar { return snapshot }
                    ignored("the snapshot at \(position): its time zone is another one, or has changed")
                } catch { ignored("the snapshot at \(position): \(error)") }
            }
        } catch { ignored("the snapshots: \(error)") }
        return nil
    }
}

/// Tells when a snapshot is worth its writing: when a start would have much to read.
///
/// A writing costs as much as the snapshot holds, however little of it is new. So the longer the log is, the more it
/// waits for, and always a while after the writing before.
struct SnapshotWatch {
    /// The latest one that is kept, or was begun with.
    private var latest: Position
    /// How much was put right then.
    private var amendmentCount: Int
    private(set) var isWriting = false
    /// When the last writing began, in microseconds.
    private var begun: Int64?

    /// One event in so many may be there to read at a start.
    private static let share = 16
    private static let pauseSeconds = 600

    init(latest: Position, _ amendments: Amendments) {
        self.latest = latest
        amendmentCount = amendments.count
    }

    /// Whether a snapshot at `end` is worth its writing.
    func wants(_ end: Position, _ amendments: Amendments, events: Int) -> Bool {
        // What was put right before a snapshot makes it useless.
        let isUseless = amendments.count > amendmentCount && amendments.reachBehind(latest)
        let unread = end.count(after: isUseless ? .origin : latest)
        return !isWriting && unread >= max(events, Int(end.rawValue) / Self.share)
    }

    func hasPaused(_ now: Int64) -> Bool { begun.map { now - $0 >= Int64(Self.pauseSeconds) * 1_000_000 } ?? true }

    mutating func begin(_ now: Int64) {
        isWriting = true
        begun = now
    }

    /// The writing is over; where it failed, the next one is begun as if it had not been.
    mutating func end(at position: Position, amendmentCount: Int, isKept: Bool) {
        isWriting = false
        if isKept { (latest, self.amendmentCount) = (position, amendmentCount) }
    }
}

extension Register {
    /// Hands out a snapshot, if it is time for one, for others to write while the register goes on.
    func keepSnapshot(pausing: Bool) {
        let now = options.now()
        guard !pausing || snapshots.hasPaused(now), damage == nil, log.refusal == nil, log.shortage == nil,
            snapshots.wants(end, amendments, events: options.snapshotEvents)
        else { return }
        snapshots.begin(now)
        let (snapshot, position, amendmentCount) = (snapshot, end, amendments.count)
        let (resident, home) = (Resident(self, of: options.home), options.home)
        let done = { @Sendable (isKept: Bool) in
            home.execute {
                let register = resident.visit()
                register.snapshots.end(at: position, amendmentCount: amendmentCount, isKept: isKept)
                register.finishIfIdle()
            }
        }
        whenDurable { register in
            // The log may have failed instead.
            guard register.log.durable >= position else { return done(false) }
            register.options.keepSnapshot(snapshot, done)
        }
    }
}

extension Amendments {
    /// Whether events up to a position have been put right by later ones.
    func reachBehind(_ position: Position) -> Bool {
        reachBehind(Int(position.rawValue), since: Int(position.rawValue))
    }
}
