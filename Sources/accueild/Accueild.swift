import AccueilDomain
import ArgumentParser
import EventLog
import Glibc
import Logging
import Systemd
import WireProtocol

/// Wires the rooms together, and nothing else.
@main
struct Accueild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accueild",
        abstract: "The register of a city's reception service: an append-only log, answered over a Unix socket.",
        discussion: """
            Under systemd the folders come from STATE_DIRECTORY and RUNTIME_DIRECTORY and the socket from the socket unit.
            Exit status: 0 stopped on request; 64 wrong arguments; 74 the log could not be written; 78 configuration, \
            rights, another daemon, or a log that is missing or this program cannot use.
            """,
        version: version)

    static let version = Release.version

    @Option(help: ArgumentHelp("Folder that holds the log.", valueName: "dir"))
    var stateDirectory = Environment.firstPath("STATE_DIRECTORY") ?? "/var/lib/accueil"

    @Option(help: ArgumentHelp("Unix socket to listen on, unless systemd hands one over.", valueName: "path"))
    var socket = (Environment.firstPath("RUNTIME_DIRECTORY") ?? "/run/accueil") + "/accueil.sock"

    @Option(
        help: ArgumentHelp(
            "Configuration: roles, limits, time zone, source; read again on SIGHUP. [default: accueild.json in "
                + "CONFIGURATION_DIRECTORY or /etc/accueil, if it is there]", valueName: "file"))
    var config: String?

    @Flag(
        help: "Only check the configuration, that of --config or the one given: exit status 0, or 78 and what is wrong."
    )
    var checkConfig = false

    @Argument(help: ArgumentHelp("With --check-config: the file to check.", valueName: "file"))
    var checked: String?

    @Option(
        help: ArgumentHelp(
            "Time zone whose civil days count; overrides the configuration. [default: Europe/Paris]", valueName: "zone")
    )
    var timeZone: String?

    @Option(
        help: ArgumentHelp(
            "Source of the events, a URI; keep it for the life of the log; overrides the configuration. "
                + "[default: urn:accueil:register]", valueName: "urn"))
    var source: String?

    @Option(
        help: ArgumentHelp(
            "How many events there are to be read at a start, at least, before a snapshot is written; it makes starts "
                + "quick.", valueName: "count"))
    var snapshotEvents = 1 << 18

    @Option(
        help: ArgumentHelp(
            "Least level that is logged: trace, debug, info, notice, warning, error.", valueName: "level"))
    var logLevel = LogLevel.info

    func validate() throws {
        if let source, !Self.isSource(source) { throw ValidationError("--source is \(Self.sourceExpected)") }
        if snapshotEvents < 1 { throw ValidationError("--snapshot-events is at least 1") }
        if let checked, !checkConfig { throw ValidationError("Unexpected argument '\(checked)'") }
        if checked != nil, config != nil { throw ValidationError("Name the file to check once") }
    }

    static let sourceExpected = "a URI of at most 200 characters, such as urn:accueil:paris"

    static func isSource(_ text: String) -> Bool {
        let plain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        return plain && text.contains(":") && text.utf8.count <= 200
    }

    var configuration: ConfigurationFile {
        let folder = Environment.firstPath("CONFIGURATION_DIRECTORY") ?? "/etc/accueil"
        return ConfigurationFile(
            path: checked ?? config ?? folder + "/accueild.json", isNamed: checked != nil || config != nil)
    }

    func run() async throws {
        guard !checkConfig else { return try check() }
        // Until it can be read again, a hang-up is no reason to end.
        signal(SIGHUP, SIG_IGN)
        Journal.bootstrap(level: logLevel.level)
        let notifier = ServiceNotifier()
        do {
            try await Daemon(self, notifier).run()
        } catch let failure as StartFailure {
            Logger(label: "accueild").critical("\(failure)", metadata: failure.metadata)
            notifier.failing(exitStatus: failure.exitStatus, errno: 0, status: failure.description)
            throw ExitCode(failure.exitStatus)
        }
    }
}

extension Accueild {
    /// `--check-config`: says whether the daemon would start with the configuration.
    private func check() throws {
        do {
            let read = try configuration.read()
            if let zone = read.timeZone {
                do { _ = try CivilTime.calendar(of: zone.string) } catch {
                    throw StartFailure("\(configuration.path): time_zone must be one that is known; \(error)")
                }
            }
            print("\(configuration.path) is in order")
        } catch {
            let text = Array("accueild: \(error)\n".utf8)
            _ = unsafe write(STDERR_FILENO, text, text.count)
            throw ExitCode(StartFailure("").exitStatus)
        }
    }
}

/// A level of swift-log, as an argument.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Why the daemon cannot start; starting it again will not help.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
    var exitStatus: Int32 = 78
    var metadata: Logger.Metadata = [:]

    init(_ reason: some CustomStringConvertible) { description = reason.description }
}

enum Environment {
    /// The first of the colon-separated paths that systemd gives.
    static func firstPath(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value).split(separator: ":").first.map { String($0) }
    }
}
