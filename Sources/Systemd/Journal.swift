internal import Glibc
public import Logging

/// Where log lines go: to the journal with their fields when it listens, to standard error for people otherwise.
public enum Journal {
    /// `SYSLOG_IDENTIFIER` of every entry: `journalctl -t accueild`.
    static let identifier = "accueild"

    /// Sets the process's log handler and its lowest level; call once, before the first `Logger` is made.
    public static func bootstrap(level: Logger.Level) {
        let isJournal = isStandardErrorJournal()
        let isColored = ReadableLogHandler.isColored(
            isTerminal: isatty(STDERR_FILENO) == 1, noColor: environment("NO_COLOR"))
        LoggingSystem.bootstrap { label in
            guard isJournal else { return ReadableLogHandler(logLevel: level, isColored: isColored) }
            return JournalLogHandler(label: label, logLevel: level)
        }
    }

    /// The journal says which stream it gave us by device and inode in `JOURNAL_STREAM`, so that a redirected standard
    /// error is noticed. Source: systemd.exec(5), `$JOURNAL_STREAM`.
    private static func isStandardErrorJournal() -> Bool {
        var file = stat()
        guard unsafe fstat(STDERR_FILENO, &file) == 0 else { return false }
        return isJournal(stream: environment("JOURNAL_STREAM"), device: file.st_dev, inode: file.st_ino)
    }

    static func isJournal(stream: String?, device: UInt, inode: UInt) -> Bool {
        stream == "\(device):\(inode)"
    }

    private static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

extension LogEvent {
    /// Everything known about the event; what is said closer to the call wins.
    func allMetadata(of logger: Logger.Metadata, from provider: Logger.MetadataProvider?) -> Logger.Metadata {
        var all = logger
        if let provided = provider?.get() { all.merge(provided) { _, closer in closer } }
        if let metadata { all.merge(metadata) { _, closer in closer } }
        if let error { all["error"] = "\(error)" }
        return all
    }
}
