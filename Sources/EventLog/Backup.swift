internal import Synchronization

// A copy of the log is a log: it is looked at, verified and opened like any other, and restored by putting it where the
// daemon looks. A later backup begins where the earlier one ended:
//
//     log   │ sealed │ sealed │ sealed │ being written ····│
//     copy  │ sealed │ last ··│                                the Merkle root at its head is the log's there, too
//           │ stays  │ copied anew, and those behind it  │

/// What a copy of the log holds once it was brought up to date.
public struct Backup: Hashable, Sendable {
    public let log: LogIdentity
    /// The head of the copy, read back and proven.
    public let checkpoint: Checkpoint
    /// The head of the copy before, `origin` when there was none.
    public let before: Position
    /// How many segments were copied, the one the copy ended in among them.
    public let segmentsCopied: Int
    /// How many bytes of them there were to copy, without the line feeds that fill them up.
    public let bytesCopied: Int
}

/// Why a log was not backed up. The copy is what it was, or, after `disk`, a shorter part of the log than was meant.
public enum BackupFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The log cannot be looked at.
    case log(LogOpenFailure)
    /// The log is damaged: nothing was copied, so that what the copy holds stays sound.
    case damagedLog(LogDamage)
    /// The folder for the copy cannot be used.
    case copy(LogOpenFailure)
    /// What the folder holds is not sound.
    case damagedCopy(LogDamage)
    /// The folder holds the copy of another log.
    case otherLog(copy: String, LogIdentity)
    /// The copy holds events that the log does not: one of them was restored or changed.
    case diverged(copy: String, at: Position)
    /// What is compared or was copied cannot be read.
    case unreadable(ReadFailure)
    /// A system call failed: no rights, no room.
    case disk(DiskError)

    public var description: String {
        let elsewhere = "nothing was copied; keep it, and back up to another folder"
        return switch self {
        case .log(let failure), .copy(let failure): failure.description
        case .damagedLog(let damage): "nothing was copied: \(damage)"
        case .damagedCopy(let damage): "the copy is damaged: \(damage); \(elsewhere)"
        case .otherLog(let copy, let identity): "\(copy) holds a copy of another log (\(identity)): \(elsewhere)"
        case .diverged(let copy, let position):
            "the events of \(copy) up to position \(position) are not those of the log: \(elsewhere), "
                + "and find out which of them was restored or changed"
        case .unreadable(let failure): failure.description
        case .disk(let error): error.description
        }
    }
}

extension FileLog {
    /// Brings the copy in the folder `copy`, which is made when it is missing, up to the head of the log in `directory`.
    ///
    /// The log's owner may be at work meanwhile; nothing of the log is written. Only what is durable in the log is
    /// copied, so that the copy is never ahead of it, however the power goes. A segment gets its name in the copy only
    /// once it is complete and durable there: an interrupted backup is a sound copy of less. What was copied is read
    /// back and proven; what the copy held before is only matched by its Merkle root (`verify` proves all of it).
    public static func backUp(
        _ directory: String, to copy: String, disk: any Disk = PosixDisk()
    ) throws(BackupFailure) -> Backup {
        let log = try looking(at: directory, disk, BackupFailure.log, BackupFailure.damagedLog)
        let lock: DiskFile
        do throws(LogOpenFailure) { lock = try takeLock(copy, disk: disk) } catch { throw .copy(error) }
        defer { disk.close(lock) }

        var first = Position.origin
        var before = Position.origin
        if let held = try held(in: copy, disk) {
            guard held.identity == log.identity else { throw .otherLog(copy: copy, held.identity) }
            try held.checkIsPrefix(of: log)
            first = held.shared.withLock { $0.segments[$0.segments.count - 1].first }
            before = held.durable
            if held.checkpoint == log.checkpoint {
                return Backup(
                    log: log.identity, checkpoint: held.checkpoint, before: before, segmentsCopied: 0, bytesCopied: 0)
            }
        }
        let copied = try log.copySegments(from: first, to: copy)
        let made = try looking(at: copy, disk, BackupFailure.copy, BackupFailure.damagedCopy)
        guard made.checkpoint == log.checkpoint else { throw .diverged(copy: copy, at: made.durable) }
        let verification: Verification
        do throws(ReadFailure) { verification = try made.verify(from: first) { _ in true } } catch {
            throw .unreadable(error)
        }
        if let damage = verification.damage.first { throw .damagedCopy(damage) }
        return Backup(
            log: log.identity, checkpoint: made.checkpoint, before: before, segmentsCopied: copied.count,
            bytesCopied: copied.reduce(0) { $0 + $1.end })
    }

    /// What the folder holds so far, nil when that is nothing.
    private static func held(in copy: String, _ disk: any Disk) throws(BackupFailure) -> FileLog? {
        do throws(BackupFailure) {
            return try looking(at: copy, disk, BackupFailure.copy, BackupFailure.damagedCopy)
        } catch {
            guard case .copy(.noLog) = error else { throw error }
            return nil
        }
    }

    private static func looking(
        at directory: String, _ disk: any Disk, _ failure: (LogOpenFailure) -> BackupFailure,
        _ damaged: (LogDamage) -> BackupFailure
    ) throws(BackupFailure) -> FileLog {
        let (log, recovery): (FileLog, Recovery)
        do throws(LogOpenFailure) {
            (log, recovery) = try open(directory: directory, options: Options(access: .look), disk: disk)
        } catch { throw failure(error) }
        if let damage = recovery.damage.first { throw damaged(damage) }
        return log
    }

    private func checkIsPrefix(of log: FileLog) throws(BackupFailure) {
        let head = checkpoint
        guard head.position <= log.durable else { throw .diverged(copy: directory, at: head.position) }
        let there: Checkpoint
        do throws(ReadFailure) { there = try log.checkpoint(at: head.position) } catch { throw .unreadable(error) }
        guard there == head else { throw .diverged(copy: directory, at: head.position) }
    }

    /// Copies the segments that begin at `first` or behind it, up to the head as it was when the log was looked at.
    private func copySegments(from first: Position, to copy: String) throws(BackupFailure) -> [Segment] {
        let segments = shared.withLock { $0.segments.filter { $0.first >= first } }
        do throws(DiskError) {
            // The owner's own sync of the last commit may still be under way.
            if let last = segments.last {
                let file = try disk.open(last.path, .read)
                defer { disk.close(file) }
                try disk.sync(file)
                try disk.syncDirectory(directory)
            }
            for segment in segments {
                try self.copy(segment, to: Segment.path(of: segment.first, in: copy))
                try disk.syncDirectory(copy)
            }
        } catch { throw .disk(error) }
        return segments
    }

    private func copy(_ segment: Segment, to path: String) throws(DiskError) {
        let source = try disk.open(segment.path, .read)
        defer { disk.close(source) }
        let bytes = try disk.size(source)
        let draft = path + ".draft"
        let file = try disk.open(draft, .create)
        defer { disk.close(file) }
        do throws(DiskError) {
            for start in stride(from: 0, to: segment.end, by: 1 << 20) {
                let part = try disk.read(source, at: start, count: min(1 << 20, segment.end - start))
                try disk.write(file, at: start, part.span)
            }
            // The rest is the same in every segment: it need not travel.
            try Segment.fill(file, in: segment.end..<bytes, disk: disk)
            try disk.sync(file)
            try disk.rename(draft, to: path)
        } catch {
            try? disk.remove(draft)
            throw error
        }
    }
}
