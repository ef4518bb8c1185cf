internal import Glibc
public import Logging

/// Writes log events to standard error for people, one line each.
///
///     2016-11-10T08:02:11.123Z info  Ready: 25163 events replayed  position=25163
///
/// Times are UTC. Values with blanks are quoted and control characters are escaped, so that an event is always exactly
/// one line and cannot drive a terminal. `message_id` is for the journal and left out.
public struct ReadableLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let isColored: Bool

    public init(logLevel: Logger.Level, isColored: Bool) {
        self.logLevel = logLevel
        self.isColored = isColored
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        Self.writeToStandardError(
            Self.line(
                of: event, metadata: event.allMetadata(of: metadata, from: metadataProvider),
                seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000, isColored: isColored))
    }

    /// Colour is for terminals whose owner has not declined it. Source: no-color.org.
    static func isColored(isTerminal: Bool, noColor: String?) -> Bool {
        isTerminal && (noColor ?? "").isEmpty
    }

    /// The whole line with its newline; the time counts from 1970 in UTC.
    static func line(
        of event: LogEvent, metadata: Logger.Metadata, seconds: Int, milliseconds: Int, isColored: Bool
    ) -> String {
        var level = event.level.rawValue
        level += String(repeating: " ", count: max(0, 5 - level.count))
        if isColored, let color = color(of: event.level) { level = "\u{1B}[\(color)m\(level)\u{1B}[0m" }
        let fields = metadata.filter { $0.key != "message_id" }.sorted { $0.key < $1.key }
            .map { "\(escaped($0.key))=\(quoted("\($0.value)"))" }
        let text = [escaped("\(event.message)"), fields.joined(separator: " ")].filter { !$0.isEmpty }
        return "\(timestamp(seconds: seconds, milliseconds: milliseconds)) \(level) \(text.joined(separator: "  "))\n"
    }

    private static func color(of level: Logger.Level) -> Int? {
        switch level {
        case .trace, .debug: 2  // dim
        case .info, .notice: nil
        case .warning: 33  // yellow
        case .error, .critical: 31  // red
        }
    }

    private static func timestamp(seconds: Int, milliseconds: Int) -> String {
        var time = seconds
        var civil = unsafe tm()
        let second = unsafe String(unsafeUninitializedCapacity: "0000-00-00T00:00:00".utf8.count + 1) { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text in
                unsafe strftime(text.baseAddress!, text.count, "%Y-%m-%dT%H:%M:%S", gmtime_r(&time, &civil))
            }
        }
        let fraction = String(milliseconds)
        return "\(second).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)Z"
    }

    private static func quoted(_ value: String) -> String {
        let escaped = escaped(value)
        guard value.isEmpty || value.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else { return escaped }
        return "\"" + escaped.replacing("\"", with: "\\\"") + "\""
    }

    /// Spells out what would break the line, move the cursor or reorder the text.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: escaped += scalar.escaped(asASCII: true)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// One `write` per line, so that lines of several threads do not mix; a closed standard error is not our failure.
    static func writeToStandardError(_ line: String) {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
