import Foundation
import Testing

/// System calls that fail under the running daemon.
@Suite(.serialized, .enabled(if: Sabotage.obstacle == nil, "\(Sabotage.obstacle ?? "")"))
final class FailingDiskTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var segment: String { folder.appending(path: "state/log/00000000000000000001.ndjson").path }
    private static let sentences = ["EIO": "Input/output error", "ENOSPC": "No space left on device"]

    @Test(arguments: ["pwrite64", "fdatasync"], ["EIO", "ENOSPC"])
    func `after a failed write or sync nothing is acknowledged, the daemon says so and ends, and its log is sound`(
        call: String, error: String
    ) throws {
        let dice = Dice.thrown(for: "failing disk")
        var daemon = try Daemon.start(in: folder)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        try crowd.write(to: daemon, round: 1, until: 100) {
            let sabotage = try Sabotage(of: daemon, call, error, at: segment)
            defer { sabotage.end() }
            try eventually("it ends") { !daemon.process.isRunning }
        }
        #expect(daemon.process.terminationStatus == 74)
        let sentence = try #require(Self.sentences[error])
        let said = "cannot \(call == "fdatasync" ? "sync" : "write") \(segment): \(sentence)"
        #expect(daemon.standardError.contains(said), "\(daemon.standardError)")
        daemon.notifications.waitForEnd()
        #expect(daemon.notifications.heard.contains("EXIT_STATUS=74"))
        #expect(daemon.notifications.heard.contains { $0.hasPrefix("STATUS=") && $0.contains(said) })
        #expect(crowd.failures == ["outcome_unknown/outcome_unknown"], "seed \(dice.seed)")

        daemon = try Daemon.start(in: folder)
        let kept = try crowd.check(daemon, "seed \(dice.seed)")
        try crowd.repeatAll(of: 1, on: daemon, kept: kept, "seed \(dice.seed)")
        try crowd.check(daemon, "seed \(dice.seed), all asked again")
        #expect(daemon.stop() == 0)
        try verifyLog(folder.appending(path: "state/log").path)
    }

    @Test func `a disk that fails at the start is named, and the next start has everything`() throws {
        var daemon = try Daemon.start(in: folder)
        try daemon.connect().record("site.open", ["site": "s", "kind": "CHU"])
        daemon.crash()
        let ended = try Daemon.run(in: folder, launcher: Sabotage.words("fdatasync", "EIO", at: segment))
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("cannot sync \(segment): Input/output error; check the disk"), "\(ended)")
        daemon = try Daemon.start(in: folder)
        #expect(try allEvents(of: daemon).map { $0.subject } == ["site/s"])
    }
}

/// A system call of a running daemon that fails from now on, where it is about one file: strace(1) answers it instead of
/// the kernel.
final class Sabotage {
    private let process = Process()

    /// Why there can be none on this machine; nil where there can.
    static let obstacle: String? = {
        let skipped = "NO SYSTEM CALL WAS MADE TO FAIL UNDER THE DAEMON"
        do {
            let other = Process()
            other.executableURL = URL(filePath: "/bin/cat")
            let input = Pipe()
            other.standardInput = input
            try other.run()
            let tracer = Process()
            tracer.executableURL = URL(filePath: strace)
            tracer.arguments = ["-o", "/dev/null", "-p", "\(other.processIdentifier)"]
            let said = Pipe()
            tracer.standardError = said
            try tracer.run()
            // It says that it is attached, or why it cannot.
            let answer = String(decoding: said.fileHandleForReading.availableData, as: UTF8.self)
            try input.fileHandleForWriting.close()
            other.waitUntilExit()
            tracer.waitUntilExit()
            return answer.contains("attached") ? nil : "\(skipped): \(answer)"
        } catch {
            return "\(skipped): \(strace) (Debian: strace) cannot be run: \(error)"
        }
    }()

    private static let strace = "/usr/bin/strace"

    /// The words before a program that has the fault from its beginning.
    static func words(_ call: String, _ error: String, at path: String) -> [String] {
        [
            strace, "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=\(call)", "-e",
            "inject=\(call):error=\(error)",
        ]
    }

    init(of daemon: Daemon, _ call: String, _ error: String, at path: String) throws {
        let words = Self.words(call, error, at: path) + ["-p", "\(daemon.process.processIdentifier)"]
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        try process.run()
    }

    /// Calls succeed again.
    func end() {
        process.interrupt()
        process.waitUntilExit()
    }
}

/// A failed expectation unless the log is sound, says the verifier that was written from Protocol/LOG.md alone.
func verifyLog(_ folder: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let verifier = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "EventLogTests/verify_log.py").path
    let ended = try Program.machine("/usr/bin/python3", verifier, folder)
    #expect(ended.status == 0, "\(ended)", sourceLocation: sourceLocation)
}
