import AccueilClient
import ArgumentParser
import Glibc
import WireProtocol

/// The register's command line.
@main
struct Accueilctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accueilctl",
        abstract: "Records and looks up what the reception service does, in the register that accueild keeps.",
        discussion: """
            Times and dates are written as systemd.time(7) has them: 2016-11-10, «2016-11-10 08:00», \
            2016-11-10T08:00:00+01:00, 14:00 (today), today, yesterday, «yesterday 14:00», now, -2h, «2 days ago», \
            @1478764800.

            Data goes to standard output, everything else to standard error. Colours only on a terminal; none with \
            NO_COLOR or TERM=dumb.

            Exit status: 0 done, 1 error, 2 usage, 3 daemon unreachable, 4 not found, 5 no permission, 6 refused or \
            conflict, 7 outcome unknown, 8 verification failed, 9 no answer in time, 130 interrupted.
            """,
        version: Release.version,
        subcommands: [
            Status.self, Doctor.self, Watch.self, Events.self, ConsumerVerbs.self, History.self, RPC.self, Import.self,
            Export.self, LogVerbs.self, Completion.self,
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
        // A closed pipe is noticed where it is written to; an interruption leaves no half line and no half file behind.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGTERM) { number in
            unsafe DraftFile.abandon()
            signal(number, SIG_DFL)
            raise(number)
        }
        signal(SIGINT) { _ in
            unsafe DraftFile.abandon()
            if isatty(STDERR_FILENO) == 1 { _ = unsafe write(STDERR_FILENO, "\n", 1) }
            _exit(Exit.interrupted.rawValue)
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        var verb: (any ParsableCommand)?
        do {
            var command = try await asyncParseAsRoot()
            verb = command
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as ClientFailure {
            let suggestions = await (verb as? any Asking)?.suggestions(for: failure) ?? []
            leave(Complaint(failure, suggestions: suggestions), arguments)
        } catch let unsettled as Unsettled {
            leave(Complaint(unsettled), arguments)
        } catch let complaint as Complaint {
            leave(complaint, arguments)
        } catch let exit as Exit {
            Glibc.exit(exit.rawValue)
        } catch {
            guard let complaint = Complaint(error, arguments: arguments) else {
                // Help, the version, completions: what was asked for.
                Output.data(message(for: error) + "\n")
                Glibc.exit(Exit.ok.rawValue)
            }
            leave(complaint, arguments)
        }
    }

    private static func leave(_ complaint: Complaint, _ arguments: [String]) -> Never {
        complaint.tell(asJSON: wantsJSON(arguments))
        Glibc.exit(complaint.exit.rawValue)
    }

    /// Whether JSON in some form was asked for; looked for in the words themselves, for they may be no command at all.
    private static func wantsJSON(_ arguments: [String]) -> Bool {
        let words = arguments.prefix { $0 != "--" }
        return words.indices.contains { index in
            for name in ["--output", "-o"] where words[index].hasPrefix(name) {
                let given = words[index].dropFirst(name.count).drop { $0 == "=" }
                let value = given.isEmpty ? words.dropFirst(index + 1).first ?? "" : String(given)
                return ["json", "jsonl", "cloudevents"].contains(value)
            }
            return false
        }
    }
}

/// A verb that asks the daemon.
protocol Asking: AsyncParsableCommand {
    var socket: SocketOptions { get }
}

extension Asking {
    /// Seconds that are spent on finding out what was meant.
    private static var secondsMax: Int { 2 }

    /// What may have been meant by an id that the register does not know.
    fileprivate func suggestions(for failure: ClientFailure) async -> [String] {
        guard case .failed(let answer) = failure,
            let connection = try? await Connection.connect(to: socket.path, timeoutSeconds: Self.secondsMax)
        else { return [] }
        let suggestions = await Suggestions.ids(for: answer, over: connection)
        await connection.close()
        return suggestions
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

    /// Whether this is one of these options and its value is the next word.
    static func takesValue(_ word: String) -> Bool { ["--socket", "--timeout"].contains(word) }

    func connect() async throws(ClientFailure) -> Connection {
        try await Connection.connect(to: path, timeoutSeconds: timeout)
    }
}

/// How an answer is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl
}

struct OutputOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "A table for people; json, the answer on one line; jsonl, each of its rows on a line of its own.")
    var output = OutputFormat.table

    var format: OutputFormat { output }
}
