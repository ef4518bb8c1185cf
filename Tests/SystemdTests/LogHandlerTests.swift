import Logging
import Testing

@testable import Systemd

@Suite struct LogHandlerTests {
    @Test func `a journal entry carries message, priority, place and metadata as fields`() {
        let event = event(
            .notice, "Ready: 25163 events\nreplayed", metadata: ["message_id": "\(MessageID.ready)", "log-file": "a b"])
        let fields = JournalLogHandler.fields(
            of: event, label: "register", metadata: event.allMetadata(of: ["position": "25163"], from: nil))
        #expect(
            fields == [
                "MESSAGE=Ready: 25163 events\nreplayed",
                "PRIORITY=5",
                "SYSLOG_IDENTIFIER=accueild",
                "CODE_FILE=Register/Replay.swift",
                "CODE_LINE=42",
                "CODE_FUNC=replay()",
                "ACCUEIL_LOGGER=register",
                "ACCUEIL_LOG_FILE=a b",
                "MESSAGE_ID=a506eaf4c82f43b8a841e0931b153e50",
                "ACCUEIL_POSITION=25163",
            ])
    }

    @Test func `levels become the priorities of syslog`() {
        #expect(Logger.Level.allCases.map(JournalLogHandler.priority(of:)) == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test(arguments: [
        ("log.file", "ACCUEIL_LOG_FILE"), ("durée", "ACCUEIL_DUR_E"), ("", "ACCUEIL_"), ("x=y z", "ACCUEIL_X_Y_Z"),
        (String(repeating: "k", count: 80), "ACCUEIL_" + String(repeating: "K", count: 56)),
    ])
    func `any metadata key becomes a field name that the journal takes`(key: String, name: String) {
        #expect(JournalLogHandler.fieldName(of: key) == name)
        #expect(JournalLogHandler.fieldName(of: key).utf8.count <= 64)
    }

    @Test func `message ids are distinct and 128 bits long`() {
        #expect(Set(MessageID.allCases.map(\.rawValue)).count == MessageID.allCases.count)
        for id in MessageID.allCases {
            #expect(id.rawValue.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        }
    }

    @Test func `people read one line with time, level, message and metadata`() {
        #expect(
            line(.info, "Ready: 25163 events replayed", ["position": "25163"])
                == "2016-11-10T08:02:11.123Z info  Ready: 25163 events replayed  position=25163\n")
        #expect(line(.warning, "Late", [:]) == "2016-11-10T08:02:11.123Z warning Late\n")
    }

    @Test func `values that would be misread are quoted`() {
        #expect(
            line(.info, "x", ["a": "two words", "b": "", "c": "1=2", "d": "say \"no\"", "e": "plain"])
                == "2016-11-10T08:02:11.123Z info  x  a=\"two words\" b=\"\" c=\"1=2\" d=\"say \\\"no\\\"\" e=plain\n")
    }

    @Test func `nothing that is logged breaks the line or drives the terminal`() {
        #expect(
            line(.info, "a\r\nb\u{1B}[31m\u{202E}c\u{2028}é", ["k\n": "v\t\u{85}"])
                == "2016-11-10T08:02:11.123Z info  a\\r\\nb\\u{1B}[31m\\u{202E}c\\u{2028}é  k\\n=v\\t\\u{0085}\n")
    }

    @Test func `the message id stays with the journal`() {
        #expect(line(.info, "x", ["message_id": "\(MessageID.ready)"]) == "2016-11-10T08:02:11.123Z info  x\n")
    }

    @Test func `colour marks the level and nothing else`() {
        #expect(
            line(.error, "x", ["k": "v"], isColored: true)
                == "2016-11-10T08:02:11.123Z \u{1B}[31merror\u{1B}[0m x  k=v\n")
        #expect(line(.info, "x", [:], isColored: true) == line(.info, "x", [:]))
    }

    @Test func `colour needs a terminal and an owner who wants it`() {
        #expect(ReadableLogHandler.isColored(isTerminal: true, noColor: nil))
        #expect(ReadableLogHandler.isColored(isTerminal: true, noColor: ""))
        #expect(!ReadableLogHandler.isColored(isTerminal: true, noColor: "1"))
        #expect(!ReadableLogHandler.isColored(isTerminal: false, noColor: nil))
    }

    @Test func `the journal is used only when it is what standard error leads to`() {
        #expect(Journal.isJournal(stream: "9:5021", device: 9, inode: 5021))
        #expect(!Journal.isJournal(stream: "9:5021", device: 9, inode: 5022))
        #expect(!Journal.isJournal(stream: "9:5021", device: 8, inode: 5021))
        #expect(!Journal.isJournal(stream: nil, device: 9, inode: 5021))
    }

    @Test func `what is said closer to the call wins, and an error is kept`() {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        let event = event(.error, "x", error: Refusal(), metadata: ["a": "call"])
        #expect(
            event.allMetadata(of: ["a": "logger", "b": "logger", "c": "logger"], from: provider)
                == ["a": "call", "b": "provider", "c": "logger", "error": "no room left"])
    }

    @Test func `level and metadata of one logger leave another alone`() {
        var first = Logger(label: "first") { JournalLogHandler(label: $0, logLevel: .info) }
        var second = first
        second.logLevel = .error
        second[metadataKey: "k"] = "second"
        first[metadataKey: "k"] = "first"
        #expect(first.logLevel == .info)
        #expect(first[metadataKey: "k"] == "first")
        #expect(second.logLevel == .error)
        #expect(second[metadataKey: "k"] == "second")
    }

    @Test func `without a journal, lines from the chosen level on reach standard error`() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                Journal.bootstrap(level: .notice)
                var logger = Logger(label: "register")
                logger[metadataKey: "position"] = "7"
                logger.info("Not this")
                logger.notice("Segment sealed", metadata: ["file": "a b"])
            })
        let written = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(!written.contains("Not this"))
        #expect(written.contains(/20[0-9-]+T[0-9:.]+Z notice Segment sealed  file="a b" position=7\n/), "\(written)")
    }

    private struct Refusal: Error, CustomStringConvertible {
        var description: String { "no room left" }
    }

    private func event(
        _ level: Logger.Level, _ message: Logger.Message, error: (any Error)? = nil, metadata: Logger.Metadata
    ) -> LogEvent {
        LogEvent(
            level: level, message: message, error: error, metadata: metadata, source: "Register",
            file: "Register/Replay.swift", function: "replay()", line: 42)
    }

    /// The line at 2016-11-10T08:02:11.123Z.
    private func line(
        _ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata, isColored: Bool = false
    ) -> String {
        ReadableLogHandler.line(
            of: event(level, message, metadata: [:]), metadata: metadata, seconds: 1_478_764_931, milliseconds: 123,
            isColored: isColored)
    }
}
