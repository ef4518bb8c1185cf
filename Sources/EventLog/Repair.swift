internal import Synchronization

// Damage in the middle is never repaired by guessing. What a person may decide is to go on from what lies before it:
//
//     log                          │ sound │ sound ··× damage ·· │ behind │
//     log, afterwards              │ sound │ sound ··│            written to again
//     log/damaged-20261125T044501Z           │ sound ··× damage ·· │ behind │   every byte, as it was

/// What it takes to go on writing a damaged log from its last sound commit before any damage. Nothing is thrown away.
public struct Repair: Hashable, Sendable {
    /// The folder of the log.
    public let directory: String
    /// All that is damaged, by position.
    public let damage: [LogDamage]
    /// The head of the log afterwards.
    public let kept: Checkpoint
    /// The last position that is found anywhere in the log; none behind `kept` will be served any more.
    public let last: Position
    /// The segment that is cut, and where; nil where the damage begins with a segment.
    public let cut: Cut?
    /// The segments that are moved as a whole, by position.
    public let moved: [String]

    public struct Cut: Hashable, Sendable {
        public let file: String
        public let byteOffset: Int
    }

    /// Finds out what is to be done to the log in `directory`; nil where nothing is damaged. Nothing is written.
    public static func plan(_ directory: String, disk: any Disk = PosixDisk()) throws(RepairFailure) -> Repair? {
        let log: FileLog
        do throws(LogOpenFailure) {
            log = try FileLog.open(directory: directory, options: FileLog.Options(access: .look), disk: disk).0
        } catch { throw .log(error) }
        let verification: Verification
        do throws(ReadFailure) { verification = try log.verify { _ in true } } catch { throw .unreadable(error) }
        // Names of segments sort as their positions do.
        let first = verification.damage.min { ($0.file, $0.byteOffset) < ($1.file, $1.byteOffset) }
        guard let first else { return nil }
        let kept = verification.checkpoint
        let segments = log.shared.withLock { $0.segments }
        let index = segments.firstIndex { $0.path == first.file } ?? 0
        guard index > 0 || first.byteOffset > 0 else { throw .nothingSound(first) }
        // A segment with a sound commit before the damage is cut; so is the first, which is left with its header.
        let isCut = first.byteOffset > 0 && (index == 0 || kept.position >= segments[index].first)
        return Repair(
            directory: directory, damage: verification.damage, kept: kept, last: segments.map(\.last).max() ?? .origin,
            cut: isCut ? Cut(file: first.file, byteOffset: first.byteOffset) : nil,
            moved: segments[(isCut ? index + 1 : index)...].map(\.path))
    }

    /// The folder that takes what leaves the log: within it, so that moving is renaming.
    public func aside(at time: String) -> String { "\(directory)/damaged-\(time)" }

    /// Does it, under the log's lock, and proves the log that is left.
    ///
    /// `time` names the folder of what is moved aside. However the power goes, every byte is in the log or in that folder, and
    /// saying it again completes it.
    public func carryOut(at time: String, disk: any Disk = PosixDisk()) throws(RepairFailure) {
        let lock: DiskFile
        do throws(LogOpenFailure) { lock = try FileLog.takeLock(directory, disk: disk) } catch { throw .log(error) }
        defer { disk.close(lock) }
        guard try Repair.plan(directory, disk: disk) == self else { throw .changed(directory) }
        do throws(DiskError) { try move(to: aside(at: time), disk) } catch { throw .disk(error) }
        guard try Repair.plan(directory, disk: disk) == nil else { throw .changed(directory) }
    }

    private func move(to aside: String, _ disk: any Disk) throws(DiskError) {
        try disk.makeDirectory(aside)
        try disk.adopt(lockPath, like: directory)
        try disk.adopt(aside, like: directory)
        if let cut {
            let bytes = try read(cut.file, disk)
            try write(bytes, to: place(of: cut.file, in: aside), disk)
            try disk.syncDirectory(aside)
        }
        // The last first: what is left of the log at any moment is a beginning of it.
        for path in moved.reversed() {
            try disk.rename(path, to: place(of: path, in: aside))
            try disk.syncDirectory(aside)
            try disk.syncDirectory(directory)
        }
        if let cut {
            let bytes = try read(cut.file, disk)
            let sound = bytes[..<cut.byteOffset] + repeatElement([UInt8].newline, count: bytes.count - cut.byteOffset)
            try write(Array(sound), to: cut.file, disk)
            try disk.syncDirectory(directory)
        }
    }

    private var lockPath: String { "\(directory)/\(FileLog.lockName)" }

    private func place(of path: String, in folder: String) -> String { folder + path.dropFirst(directory.count) }

    private func read(_ path: String, _ disk: any Disk) throws(DiskError) -> [UInt8] {
        let file = try disk.open(path, .read)
        defer { disk.close(file) }
        return try disk.read(file, at: 0, count: try disk.size(file))
    }

    /// Gives the file its name once it is whole and durable.
    private func write(_ bytes: [UInt8], to path: String, _ disk: any Disk) throws(DiskError) {
        let draft = path + ".draft"
        let file = try disk.open(draft, .create)
        defer { disk.close(file) }
        try disk.write(file, at: 0, bytes.span)
        try disk.sync(file)
        try disk.adopt(draft, like: directory)
        try disk.rename(draft, to: path)
    }
}

/// Why a log was not repaired. Nothing was taken out of it, or, after `disk`, not all; say it again then.
public enum RepairFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be looked at, or another process owns it.
    case log(LogOpenFailure)
    case unreadable(ReadFailure)
    /// The damage is at the very beginning.
    case nothingSound(LogDamage)
    /// The log is not what it was when the plan was made.
    case changed(String)
    case disk(DiskError)

    public var description: String {
        switch self {
        case .log(let failure): failure.description
        case .unreadable(let failure): failure.description
        case .nothingSound(let damage): "nothing before the damage could be kept, restore a backup: \(damage)"
        case .changed(let directory): "the log in \(directory) has changed meanwhile: look again"
        case .disk(let error): error.description
        }
    }
}
