import EventLog

/// A file beside the log that says that there is one. A log that was deleted or renamed is then missed at the next start,
/// instead of an empty one being begun in its place.
struct LogMark {
    let disk: any Disk
    let folder: String
    private static let name = "log.begun"
    private var path: String { folder + "/" + Self.name }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Throws when there was a log and it is not in `directory`.
    func check(_ directory: String) throws(Missing) {
        do throws(DiskError) {
            guard try isThere, try !FileLog.exists(in: directory, disk: disk) else { return }
        } catch { throw Missing(description: error.description) }
        throw Missing(
            description: """
                there is no log in \(directory), but one was begun, as \(path) tells: put it back, or a backup in its place; \
                to begin an empty one, delete that file
                """)
    }

    /// Returns once the file is durable; what it holds is for people.
    func make(of log: LogIdentity) throws(DiskError) {
        guard try !isThere else { return }
        let file = try disk.open(path, .create)
        defer { disk.close(file) }
        try disk.write(file, at: 0, Array("\(log)\n".utf8).span)
        try disk.sync(file)
        try disk.syncDirectory(folder)
    }

    private var isThere: Bool {
        get throws(DiskError) { try disk.list(folder).contains(Self.name) }
    }
}
