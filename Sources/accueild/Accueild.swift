import ArgumentParser
import EventLog
import Glibc
import Logging
import Systemd

/// Wires the rooms together, and nothing else.
@main
struct Accueild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accueild",
        abstract: "The register of a city's reception service: an append-only log, answered over a Unix socket.",
        discussion: """
            Under systemd the folders come from STATE_DIRECTORY and RUNTIME_DIRECTORY and the socket from the socket unit.
            Exit status: 0 stopped on request; 64 wrong arguments; 74 the log could not be written; 78 configuration, \
            rights, another daemon, or a log this program cannot use.
            """,
        version: version)

    static let version = "0.1.0"

    @Option(help: ArgumentHelp("Folder that holds the log.", valueName: "dir"))
    var stateDirectory = Environment.firstPath("STATE_DIRECTORY") ?? "/var/lib/accueil"

    @Option(help: ArgumentHelp("Unix socket to listen on, unless systemd hands one over.", valueName: "path"))
    var socket = (Environment.firstPath("RUNTIME_DIRECTORY") ?? "/run/accueil") + "/accueil.sock"

    @Option(help: ArgumentHelp("Time zone whose civil days count.", valueName: "zone"))
    var timeZone = "Europe/Paris"

    @Option(help: ArgumentHelp("Source of the events, a URI; keep it for the life of the log.", valueName: "urn"))
    var source = "urn:accueil:register"

    @Option(
        help: ArgumentHelp(
            "Least level that is logged: trace, debug, info, notice, warning, error.", valueName: "level"))
    var logLevel = LogLevel.info

    func validate() throws {
        let plain = source.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        guard plain, source.contains(":"), source.utf8.count <= 200 else {
            throw ValidationError("--source is a URI of at most 200 characters, such as urn:accueil:paris")
        }
    }

    func run() async throws {
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
