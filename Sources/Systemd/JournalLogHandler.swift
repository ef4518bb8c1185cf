internal import CSystemd
internal import Glibc
public import Logging

/// Writes log events to the systemd journal with their metadata as fields that `journalctl` can match.
///
/// | field | from |
/// |---|---|
/// | `MESSAGE`, `PRIORITY` | the message and its level, as syslog numbers it |
/// | `SYSLOG_IDENTIFIER` | `accueild` |
/// | `MESSAGE_ID` | metadata `message_id`, see ``MessageID`` |
/// | `CODE_FILE`, `CODE_LINE`, `CODE_FUNC` | where it was logged |
/// | `ACCUEIL_LOGGER` | the logger's label |
/// | `ACCUEIL_…` | all other metadata, the key in capitals |
///
/// Source: systemd.journal-fields(7), sd_journal_sendv(3).
public struct JournalLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String

    public init(label: String, logLevel: Logger.Level) {
        self.label = label
        self.logLevel = logLevel
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let metadata = event.allMetadata(of: metadata, from: metadataProvider)
        let fields = Self.fields(of: event, label: label, metadata: metadata)
        if Self.send(fields) < 0 {
            // Standard error is a stream into the same journal: without fields, but not lost.
            ReadableLogHandler.writeToStandardError("\(event.message)\n")
        }
    }

    /// The entry as `NAME=value`; a value may hold any byte, line breaks too.
    static func fields(of event: LogEvent, label: String, metadata: Logger.Metadata) -> [String] {
        var fields = [
            "MESSAGE=\(event.message)",
            "PRIORITY=\(priority(of: event.level))",
            "SYSLOG_IDENTIFIER=\(Journal.identifier)",
            "CODE_FILE=\(event.file)",
            "CODE_LINE=\(event.line)",
            "CODE_FUNC=\(event.function)",
            "ACCUEIL_LOGGER=\(label)",
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            fields.append("\(key == "message_id" ? "MESSAGE_ID" : fieldName(of: key))=\(value)")
        }
        return fields
    }

    /// Capitals, digits and underscores, at most 64 of them: the journal drops a field of any other name.
    static func fieldName(of key: String) -> String {
        let name = key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return String(("ACCUEIL_" + name).prefix(64))
    }

    /// syslog(3) knows no trace, and its alert and emergency are for the whole machine.
    static func priority(of level: Logger.Level) -> Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }

    /// One allocation holds all fields while the journal copies them.
    private static func send(_ fields: [String]) -> Int32 {
        var bytes = fields.flatMap { Array($0.utf8) }
        return unsafe bytes.withUnsafeMutableBytes { buffer in
            var start = 0
            let vectors = unsafe fields.map { field in
                defer { start += field.utf8.count }
                return unsafe iovec(iov_base: buffer.baseAddress! + start, iov_len: field.utf8.count)
            }
            return unsafe sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}
