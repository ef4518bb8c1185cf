import AccueilClient
import ArgumentParser
import EventCoding
import Glibc
import WireProtocol

/// The register's command line.
@main
struct Accueilctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accueilctl",
        abstract: "Records and looks up what the reception service does, in the register that accueild keeps.",
        discussion: """
            Times and dates: 2016-11-10, 2016-11-10T08:00:00+01:00, «2016-11-10 08:00», today, yesterday, \
            «yesterday 14:00», now, -2h (also s, m, d, w).

            Exit codes: 0 done, 1 error, 2 usage, 3 daemon unreachable, 4 not found, 5 no permission, 6 refused or \
            conflict, 7 outcome unknown, 8 verification failed, 9 no answer in time, 130 interrupted.
            """,
        subcommands: [
            Status.self, Events.self, ConsumerVerbs.self, History.self, RPC.self, Import.self, LogVerbs.self,
        ],
        groupedSubcommands: [
            CommandGroup(
                name: "Record",
                subcommands: [
                    SiteVerbs.self, PlacementVerbs.self, OperationVerbs.self, DonationVerbs.self, CollectionVerbs.self,
                    ServiceVerbs.self, EvaluationVerbs.self, VolunteerVerbs.self, PlanVerbs.self, AnomalyVerbs.self,
                    VoidVerb.self, CorrectVerb.self,
                ]),
            CommandGroup(
                name: "Look up",
                subcommands: [
                    OccupancyLookUp.self, FlowsLookUp.self, StaysLookUp.self, PlacementsLookUp.self,
                    RequestsLookUp.self, OperationsLookUp.self, DonationsLookUp.self, GrantsLookUp.self,
                    StockLookUp.self, NeedsLookUp.self, ServicesLookUp.self, EvaluationsLookUp.self,
                    VolunteersLookUp.self, CommitmentsLookUp.self, MilestonesLookUp.self, IndicatorsLookUp.self,
                    AnomaliesLookUp.self, BilanLookUp.self,
                ]),
        ])

    @OptionGroup var socket: SocketOptions

    static func main() async {
        // A closed pipe is noticed where it is written to; an interruption leaves no half line behind.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT) { _ in
            if isatty(STDERR_FILENO) == 1 { _ = unsafe write(STDERR_FILENO, "\n", 1) }
            _exit(Exit.interrupted.rawValue)
        }
        var command: any ParsableCommand
        do { command = try parseAsRoot() } catch { leave(after: error) }
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as ClientFailure {
            report(failure, asJSON: (command as? any OutputChoosing)?.output.format == .json)
            Glibc.exit(Exit(failure).rawValue)
        } catch {
            leave(after: error)
        }
    }

    private static func leave(after error: any Error) -> Never {
        if let code = error as? Exit { Glibc.exit(code.rawValue) }
        let text = fullMessage(for: error)
        guard exitCode(for: error) != .success else {
            Output.data(text + "\n")
            Glibc.exit(Exit.ok.rawValue)
        }
        Output.talk(text)
        Glibc.exit(exitCode(for: error) == .validationFailure ? Exit.usage.rawValue : Exit.error.rawValue)
    }

    /// `{"error":{"code":…,"message":…,"data":{"type":…}}}` or a sentence.
    private static func report(_ failure: ClientFailure, asJSON: Bool) {
        guard asJSON else {
            guard case .failed(let answer) = failure else { return Output.talk("accueilctl: " + failure.message) }
            return Output.talk("accueilctl: " + answer.told)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("error") { writer in
                guard case .failed(let answer) = failure else {
                    return writer.object { writer in
                        writer.member("message", failure.message)
                        writer.member("data") { $0.object { $0.member("type", failure.type) } }
                    }
                }
                answer.write(to: &writer)
            }
        }
        Output.talk(String(decoding: writer.bytes, as: UTF8.self))
    }
}

extension Failure {
    /// `refused (placement_exists): placement p-2 already began on 2026-11-22`
    var told: String {
        kind.rawValue + (rule == kind.rawValue ? "" : " (\(shown(rule)))") + ": " + shown(message)
    }
}

extension ClientFailure {
    fileprivate var type: String {
        switch self {
        case .unreachable: "unreachable"
        case .failed(let failure): failure.kind.rawValue
        case .connectionLost: "outcome_unknown"
        case .timedOut: "timeout"
        case .unreadable: "unreadable"
        }
    }
}

/// Where the daemon is.
struct SocketOptions: ParsableArguments {
    @Option(help: "The daemon's Unix socket. Also: $ACCUEIL_SOCKET; else /run/accueil/accueil.sock.")
    var socket: String?
    @Option(help: "Seconds to wait for each answer; for ever where absent.")
    var timeout: Int?

    func validate() throws {
        if let timeout, timeout < 1 { throw ValidationError("--timeout is at least 1 second") }
    }

    var path: String { socket ?? environment("ACCUEIL_SOCKET") ?? "/run/accueil/accueil.sock" }

    func connect() async throws(ClientFailure) -> Connection {
        try await Connection.connect(to: path, timeoutSeconds: timeout)
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// How to answer.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How to answer: a table for people, or the result as JSON; errors likewise.")
    var output = OutputFormat.table

    var format: OutputFormat { output }
}

/// A verb with the option `-o`.
protocol OutputChoosing {
    var output: OutputOptions { get }
}
