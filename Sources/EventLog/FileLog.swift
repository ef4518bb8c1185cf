internal import Dispatch
internal import Glibc
internal import Synchronization

/// The log as a folder of segments, owned by one process. Protocol/LOG.md describes the files.
///
/// Four kinds of threads meet here: callers append, readers read, one log thread writes, and the next segment is
/// prepared in the background. `writer` belongs to the log thread; `shared` is held by anyone, but only for moments.
public final class FileLog: EventLog {
    /// How to open a log.
    public struct Options: Sendable {
        /// The size of a new segment.
        public var segmentBytes: Int
        /// How many bytes of the file system are left to others: no segment is prepared that would take from them.
        public var diskReserveBytes: Int
        /// Whether to own the log or only to look at it.
        public var access: Access
        /// The name for a log that is made; nil for a random one. A log that exists keeps its own.
        public var newIdentity: LogIdentity?

        /// Options; `segmentBytes` lies within `segmentBytesAllowed`.
        public init(
            segmentBytes: Int = 16 << 20, diskReserveBytes: Int = 64 << 20, access: Access = .own,
            newIdentity: LogIdentity? = nil
        ) {
            precondition(Options.segmentBytesAllowed.contains(segmentBytes), "segment size out of bounds")
            self.segmentBytes = segmentBytes
            self.diskReserveBytes = diskReserveBytes
            self.access = access
            self.newIdentity = newIdentity
        }

        /// A header and the largest commit must fit, and a segment is read as a whole when it is checked.
        public static let segmentBytesAllowed = 16 << 10...1 << 30
    }

    /// What the opener means to do with the log.
    public enum Access: Sendable {
        /// Take the lock, repair a torn end, append.
        case own
        /// Only read what is there now; nothing is written, no lock is taken, and the owner may be at work meanwhile.
        case look
    }

    public let identity: LogIdentity
    public let commitBytesMax: Int

    let disk: any Disk
    let directory: String
    private let options: Options
    private let threads: LogThreads
    private let lock: DiskFile?
    /// Nil when the log takes no commits.
    private let writer: Mutex<Writer?>
    let shared: Mutex<Shared>
    /// Entered while the next segment is being prepared.
    private let preparing = DispatchGroup()
    private let durableNow: Atomic<UInt64>
    private let roomNow = Atomic<Int>(0)

    /// What only the log thread touches.
    struct Writer {
        var file: DiskFile
        /// Where the next commit goes, and how long the file is.
        var offset: Int
        var capacity: Int
        var frontier: MerkleFrontier
    }

    /// What every thread may ask.
    struct Shared {
        /// By position, never empty.
        var segments: [Segment]
        var checkpoint: Checkpoint
        /// Appended, not taken up by the log thread.
        var queue: [Pending] = []
        /// Bytes of commits appended but not written, their trailers included.
        var pendingBytes = 0
        /// Bytes between the last commit and the end of the current segment.
        var freeBytes: Int
        var next = Next.absent
        var shortage: String?
        var refusal: AppendFailure?
        /// All damage known of.
        var damage: [LogDamage]
    }

    struct Pending {
        var commit: Commit
        let then: @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void

        var bytes: Int { commit.lines.count + LogLimits.trailerBytesMax }
    }

    /// The segment after the current one.
    enum Next {
        case absent
        case preparing
        /// Its room is certain, but it is not filled with newlines yet.
        case reserved(bytes: Int)
        case ready(DiskFile, bytes: Int)
        /// The log thread is making it the current one: until it has its new name, none is prepared beside it.
        case taken
    }

    /// Opens the log in `directory`, which is made when it is missing, and repairs a torn end.
    ///
    /// A damaged log opens too, for reading only: `Recovery.damage` tells what is wrong, `refusal` is set, and
    /// `durable` is the last position before the damage. The opening reads the last segment in full and of the others
    /// the two ends.
    public static func open(
        directory: String, options: Options, disk: any Disk = PosixDisk(), threads: LogThreads = .own()
    ) throws(LogOpenFailure) -> (FileLog, Recovery) {
        var lock: DiskFile?
        do throws(LogOpenFailure) {
            if options.access == .own {
                lock = try takeLock(directory, disk: disk)
            }
            let opening = try Opening.settled(directory: directory, options: options, disk: disk)
            let log = FileLog(opening, directory: directory, options: options, disk: disk, threads: threads, lock: lock)
            return (log, opening.recovery)
        } catch {
            if let lock { disk.close(lock) }
            throw error
        }
    }

    /// Whether the folder holds segments of a log; false also where there is no folder.
    public static func exists(in directory: String, disk: any Disk = PosixDisk()) throws(DiskError) -> Bool {
        do throws(DiskError) {
            return try disk.list(directory).contains { Segment.first(ofName: $0) != nil }
        } catch {
            guard error.code == ENOENT else { throw error }
            return false
        }
    }

    static func takeLock(_ directory: String, disk: any Disk) throws(LogOpenFailure) -> DiskFile {
        let lock = try asking { () throws(DiskError) in
            try disk.makeDirectory(directory)
            return try disk.lock("\(directory)/\(lockName)")
        }
        switch lock {
        case .held(let file): return file
        case .heldElsewhere(let processID): throw .locked(directory: directory, by: processID)
        }
    }

    static let lockName = "lock"

    private init(
        _ opening: Opening, directory: String, options: Options, disk: any Disk, threads: LogThreads, lock: DiskFile?
    ) {
        identity = opening.identity
        commitBytesMax = options.segmentBytes / 4
        self.disk = disk
        self.directory = directory
        self.options = options
        self.threads = threads
        self.lock = lock
        writer = Mutex(opening.writer)
        durableNow = Atomic(opening.checkpoint.position.rawValue)
        var shared = Shared(
            segments: opening.segments, checkpoint: opening.checkpoint,
            freeBytes: opening.writer.map { $0.capacity - $0.offset } ?? 0, damage: opening.recovery.damage)
        if let damage = opening.recovery.damage.first {
            shared.refusal = .damaged(damage)
        } else if opening.writer == nil {
            shared.refusal = .readOnly
        }
        self.shared = Mutex(shared)
        change { _ in }
        makeRoom()
    }

    public var durable: Position { Position(rawValue: durableNow.load(ordering: .acquiring)) }
    public var checkpoint: Checkpoint { shared.withLock { $0.checkpoint } }
    public var room: Int { roomNow.load(ordering: .relaxed) }
    public var shortage: String? { shared.withLock { $0.shortage } }
    public var refusal: AppendFailure? { shared.withLock { $0.refusal } }

    public func append(
        _ commit: consuming Commit, then: @escaping @Sendable (Commit, Result<Checkpoint, AppendFailure>) -> Void
    ) {
        let pending = Pending(commit: commit, then: then)
        change {
            $0.queue.append(pending)
            $0.pendingBytes += pending.bytes
        }
        threads.log { self.writeNext() }
    }

    public func makeRoom() {
        guard shared.withLock({ $0.refusal == nil && $0.next.isAbsent }) else { return }
        threads.background { self.prepareNext() }
    }

    public func close() {
        let closed = DispatchSemaphore(value: 0)
        // Behind a preparation that is under way, then behind every append.
        threads.background {
            self.threads.log {
                self.release()
                closed.signal()
            }
        }
        closed.wait()
    }

    /// Stops taking commits because the log turned out to be damaged.
    func refuse(_ damage: LogDamage) {
        change {
            let isKnown = $0.damage.contains { $0.file == damage.file && $0.byteOffset == damage.byteOffset }
            if !isKnown { $0.damage.append(damage) }
            $0.refusal = $0.refusal ?? .damaged(damage)
        }
    }

    /// Changes what is shared and keeps `room` in step with it.
    private func change(_ body: (inout Shared) -> Void) {
        shared.withLock {
            body(&$0)
            roomNow.store($0.room(commitBytesMax: commitBytesMax), ordering: .relaxed)
        }
    }
}

// MARK: - The log thread

extension FileLog {
    /// Takes up the commit that was appended first and sees it through.
    private func writeNext() {
        var pending = shared.withLock { $0.queue.removeFirst() }
        let bytes = pending.bytes
        let outcome = writer.withLock { writer in write(&pending.commit, with: &writer) }
        change {
            $0.pendingBytes -= bytes
            if case .failure(let failure) = outcome, failure.isFinal { $0.refusal = failure }
        }
        pending.then(pending.commit, outcome)
    }

    private func write(_ commit: inout Commit, with writer: inout Writer?) -> Result<Checkpoint, AppendFailure> {
        if let refusal = shared.withLock({ $0.refusal }) { return .failure(refusal) }
        guard var next = writer else { return .failure(.closed) }
        guard commit.first == next.frontier.position.next else {
            return .failure(.notNext(expected: next.frontier.position.next))
        }
        guard commit.lines.count <= commitBytesMax else { return .failure(.tooLarge(bytesMax: commitBytesMax)) }

        let linesBytes = commit.lines.count
        next.frontier.append(linesOf: commit.lines, in: 0..<linesBytes)
        precondition(
            commit.count > 0 && next.frontier.position == commit.last && commit.lines.last == [UInt8].newline,
            "a commit is as many whole lines as it says")
        let trailer = Trailer(
            log: identity, first: commit.first, last: commit.last, bytes: linesBytes, root: next.frontier.root)
        trailer.end(&commit.lines)
        defer { commit.lines.removeLast(commit.lines.count - linesBytes) }

        var started: Segment?
        do throws(DiskError) {
            if next.offset + commit.lines.count <= next.capacity {
                try disk.write(next.file, at: next.offset, commit.lines.span)
                try disk.sync(next.file)
                next.offset += commit.lines.count
            } else {
                guard let (file, capacity) = takeNext() else {
                    return .failure(.full(shortage ?? "the next segment is not ready"))
                }
                let header = SegmentHeader(log: identity, frontier: writer!.frontier)
                started = try Segment.begin(
                    file, header: header, commit: commit.lines, directory: directory, disk: disk)
                next.file = DiskFile(number: file.number, path: started!.path)
                next.capacity = capacity
                next.offset = started!.start + commit.lines.count
            }
            // The sync of a file that nobody finds any more is worth nothing.
            if let absence = try absence(of: next.file) { return .failure(absence) }
        } catch {
            // Whether the commit is on the disk is not known, nor would a second sync tell. Nothing is written any
            // more.
            return .failure((try? absence(of: writer!.file)) ?? .outcomeUnknown("\(error)"))
        }

        let checkpoint = Checkpoint(position: trailer.last, root: trailer.root)
        let commitOffset = next.offset - commit.lines.count
        if started != nil { disk.close(writer!.file) }
        writer = next
        change {
            if let started {
                // A first segment too small for any commit is replaced under the same name.
                if $0.segments.last?.path == started.path { $0.segments.removeLast() }
                $0.segments.append(started)
                $0.next = .absent
            }
            $0.segments[$0.segments.count - 1].add(trailer, at: commitOffset, end: next.offset)
            $0.checkpoint = checkpoint
            $0.freeBytes = next.capacity - next.offset
        }
        durableNow.store(trailer.last.rawValue, ordering: .releasing)
        if started != nil { makeRoom() }
        return .success(checkpoint)
    }

    /// Why nobody else finds what is written to the current segment; nil while it stands where it should.
    private func absence(of file: DiskFile) throws(DiskError) -> AppendFailure? {
        guard let found = try disk.whereabouts(file) else { return nil }
        return .gone("\(file.path) was deleted, renamed or replaced: \(found). Nothing is recorded any more")
    }

    /// Looks whether the log is still where it was opened; `refusal` tells when `then` is called, on the log's thread.
    /// Call it every few seconds: otherwise only the next commit notices.
    public func look(then: @escaping @Sendable () -> Void) {
        threads.log {
            // What cannot be looked at now, the next commit will find out.
            if let file = self.writer.withLock({ $0?.file }), let absence = try? self.absence(of: file) {
                self.change { $0.refusal = $0.refusal ?? absence }
            }
            then()
        }
    }

    /// The segment to go on in, once it is ready; nil when there is no room for one.
    private func takeNext() -> (DiskFile, bytes: Int)? {
        if shared.withLock({ $0.next.isAbsent }) { prepareNext() }
        preparing.wait()
        return shared.withLock {
            guard case .ready(let file, let bytes) = $0.next else { return nil }
            $0.next = .taken
            return (file, bytes)
        }
    }

    private func release() {
        writer.withLock {
            if let file = $0?.file { disk.close(file) }
            $0 = nil
        }
        change {
            if case .ready(let file, _) = $0.next { disk.close(file) }
            $0.next = .absent
            $0.refusal = $0.refusal ?? .closed
        }
        if let lock { disk.close(lock) }
    }
}

// MARK: - The next segment

extension FileLog {
    /// Prepares the next segment unless there is one already. Runs in the background, or on the log thread when it
    /// cannot go on without.
    private func prepareNext() {
        var mine = false
        change {
            guard $0.refusal == nil, $0.next.isAbsent else { return }
            $0.next = .preparing
            preparing.enter()
            mine = true
        }
        guard mine else { return }
        defer { preparing.leave() }
        do throws(DiskError) {
            let file = try Segment.prepare(
                in: directory, bytes: options.segmentBytes, reserve: options.diskReserveBytes, disk: disk
            ) { change { $0.next = .reserved(bytes: options.segmentBytes) } }
            change {
                $0.next = .ready(file, bytes: options.segmentBytes)
                $0.shortage = nil
            }
        } catch {
            change {
                $0.next = .absent
                $0.shortage = "\(error)"
            }
        }
    }
}

extension AppendFailure {
    /// Whether something was written that nobody can count on, so that nothing may follow it.
    fileprivate var isFinal: Bool {
        switch self {
        case .outcomeUnknown, .gone: true
        case .damaged, .notNext, .tooLarge, .full, .readOnly, .closed: false
        }
    }
}

extension FileLog.Next {
    var isAbsent: Bool {
        if case .absent = self { true } else { false }
    }
}

extension FileLog.Shared {
    /// How many bytes of event lines will fit whatever their division into commits.
    ///
    /// A commit never spans segments, so up to one commit's size may stay unused at the end of the current segment
    /// when another follows.
    func room(commitBytesMax: Int) -> Int {
        guard refusal == nil else { return 0 }
        let trailers = LogLimits.commitsAhead * LogLimits.trailerBytesMax
        let certain =
            switch next {
            case .absent, .preparing, .taken: freeBytes
            case .reserved(let bytes), .ready(_, let bytes):
                max(0, freeBytes - commitBytesMax - LogLimits.trailerBytesMax) + bytes - SegmentHeader.bytesMax
            }
        return max(0, certain - pendingBytes - trailers)
    }
}

/// Where the log's work is done. The daemon takes `own`; a simulation brings its own order.
public struct LogThreads: Sendable {
    /// Starts a piece of work and returns.
    public typealias Start = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    let log: Start
    let background: Start

    /// `log` does the work one piece after the other, in order; so does `background`, beside it.
    public init(log: @escaping Start, background: @escaping Start) {
        self.log = log
        self.background = background
    }

    /// A thread for the log and one for what can wait.
    public static func own() -> LogThreads {
        let log = DispatchQueue(label: "log", qos: .userInitiated)
        let background = DispatchQueue(label: "log.background", qos: .utility)
        return LogThreads(log: { log.async(execute: $0) }, background: { background.async(execute: $0) })
    }

    /// All work is done at once on the caller's thread, so that the same calls give the same run.
    public static let inline = LogThreads(log: { $0() }, background: { $0() })
}
