internal import Glibc

/// Why a backup was not put in the place of a log. What stands there is as it was.
public enum RestoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The backup cannot be looked at.
    case backup(LogOpenFailure)
    case damagedBackup(LogDamage)
    /// Another process owns the log there.
    case locked(directory: String, by: Int)
    /// There is something already.
    case occupied(directory: String)
    /// It could not be copied; what was copied so far stays in the folder beside, and is gone on with the next time.
    case copying(BackupFailure)
    case unreadable(ReadFailure)
    case disk(DiskError)

    public var description: String {
        switch self {
        case .backup(let failure): failure.description
        case .damagedBackup(let damage): "nothing was restored, the backup is damaged: \(damage)"
        case .locked(let directory, let processID):
            "the log in \(directory) belongs to process \(processID), which is running; nothing was restored: stop it first"
        case .occupied(let directory):
            "\(directory) is not empty, and nothing is ever written over; nothing was restored: move it away first"
        case .copying(let failure): failure.description
        case .unreadable(let failure): failure.description
        case .disk(let error): error.description
        }
    }
}

extension FileLog {
    /// Makes the backup the log in `directory`, which is not there or empty; tells its head.
    ///
    /// The backup is proven, copied into a folder beside (`.restoring`), and the copy proven, all of it; then the folder
    /// gets its name, in one step. So a log that is restored by half is never found in its place. Files and folder belong
    /// to whom the folder above belongs to, and nobody else can read them.
    public static func restore(
        _ backup: String, to directory: String, disk: any Disk = PosixDisk()
    ) throws(RestoreFailure) -> Checkpoint {
        let directory = trimmed(directory)
        let head = try proven(backup, disk)
        try checkIsFree(directory, disk)
        let copy = directory + ".restoring"
        do throws(BackupFailure) { _ = try backUp(backup, to: copy, disk: disk) } catch { throw .copying(error) }
        guard try proven(copy, disk) == head else { throw .copying(.diverged(copy: copy, at: head.position)) }
        let above = folder(above: directory)
        try doing { () throws(DiskError) in
            for name in try disk.list(copy) { try disk.adopt("\(copy)/\(name)", like: above) }
            try disk.adopt(copy, like: above)
        }
        do throws(DiskError) { try disk.rename(copy, to: directory) } catch {
            // A daemon was quicker: it has made a log there.
            guard [EEXIST, ENOTEMPTY].contains(error.code) else { throw .disk(error) }
            throw .occupied(directory: directory)
        }
        try doing { () throws(DiskError) in try disk.syncDirectory(above) }
        return head
    }

    private static func proven(_ directory: String, _ disk: any Disk) throws(RestoreFailure) -> Checkpoint {
        let log: FileLog
        do throws(LogOpenFailure) {
            log = try open(directory: directory, options: Options(access: .look), disk: disk).0
        } catch { throw .backup(error) }
        let verification: Verification
        do throws(ReadFailure) { verification = try log.verify { _ in true } } catch { throw .unreadable(error) }
        if let damage = verification.damage.first { throw .damagedBackup(damage) }
        return verification.checkpoint
    }

    /// Throws unless the folder is not there, or holds nothing but a lock that nobody has, which is then removed.
    private static func checkIsFree(_ directory: String, _ disk: any Disk) throws(RestoreFailure) {
        let names: [String]
        do throws(DiskError) { names = try disk.list(directory) } catch {
            guard error.code == ENOENT else { throw .disk(error) }
            return
        }
        guard names.contains(lockName) else {
            guard names.isEmpty else { throw .occupied(directory: directory) }
            return
        }
        let path = "\(directory)/\(lockName)"
        switch try doing({ () throws(DiskError) in try disk.lock(path) }) {
        case .heldElsewhere(let processID): throw .locked(directory: directory, by: processID)
        case .held(let lock):
            defer { disk.close(lock) }
            guard names.count == 1 else { throw .occupied(directory: directory) }
            try doing { () throws(DiskError) in try disk.remove(path) }
        }
    }

    private static func doing<Answer>(_ work: () throws(DiskError) -> Answer) throws(RestoreFailure) -> Answer {
        do throws(DiskError) { return try work() } catch { throw .disk(error) }
    }

    private static func trimmed(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.last == "/" { path = path.dropLast() }
        return String(path)
    }

    private static func folder(above path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
