import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

/// A verb that records: its arguments, and the command they make.
protocol RecordingVerb: Asking {
    associatedtype Command: RecordingCommand
    var recording: RecordingOptions { get }
    var command: Command { get }
    /// Asks whether it is meant; throws where it is not.
    func confirm(over connection: Connection) async throws
}

struct RecordingOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case short, json, jsonl
    }

    @Option(parsing: .unconditional, help: "When it happened; now where absent.")
    var time: Moment?
    @Option(help: "An id of your own for this command: repeated with the same id, it is recorded once.")
    var commandID: Identifier?
    @Flag(help: "Decide it and show what would be recorded, or why not; nothing is written.")
    var dryRun = false
    @Option(
        name: .shortAndLong,
        help: "One line for each event; json, the answer on one line; jsonl, each event on a line of its own.")
    var output = Format.short
    @OptionGroup var socket: SocketOptions
}

extension RecordingVerb {
    var socket: SocketOptions { recording.socket }

    func confirm(over connection: Connection) {}

    func run() async throws {
        let connection = try await recording.socket.connect()
        if !recording.dryRun { try await confirm(over: connection) }
        // With an id, even a lost answer can be asked for again.
        let id = recording.commandID ?? .random()
        let result: [UInt8]
        do throws(ClientFailure) {
            result = try await connection.send(
                command, time: recording.time, commandID: id, dryRun: recording.dryRun
            ).answer()
        } catch {
            guard !recording.dryRun, let unsettled = Unsettled(error, commandID: id, time: recording.time) else {
                throw error
            }
            throw unsettled
        }
        await connection.close()
        switch recording.output {
        case .json: Output.json(result)
        case .jsonl: for event in JSONText(result).member("events")?.elements() ?? [] { Output.json(event.bytes) }
        case .short: Output.data(try Connection.read(Recorded.self, from: result).told)
        }
    }
}

/// A command of which nobody knows whether it was recorded.
struct Unsettled: Error {
    let failure: ClientFailure
    let exit: Exit
    /// `nil` where it went without one.
    let commandID: Identifier?
    private let time: Moment?

    /// `nil` where the command was certainly not recorded.
    init?(_ failure: ClientFailure, commandID: Identifier?, time: Moment? = nil) {
        switch failure {
        case .connectionLost: exit = .outcomeUnknown
        case .failed(let answer) where answer.kind == .outcomeUnknown: exit = .outcomeUnknown
        case .timedOut: exit = .timeout
        case .unreachable, .failed, .unreadable: return nil
        }
        (self.failure, self.commandID, self.time) = (failure, commandID, time)
    }

    /// What to do.
    var advice: String {
        guard let commandID else {
            return
                "Whether it was recorded is not known. With a command_id, the same can be said again and is recorded once."
        }
        let time = time.map { " --time '\($0.text)'" } ?? ""
        return "Whether it was recorded is not known. Say the same again with --command-id \(commandID)\(time): "
            + "it is recorded once."
    }
}

extension Recorded {
    /// One line per event: `recorded #42 placement.started placement/p-1  !occupancy_above_capacity`.
    fileprivate var told: String {
        let terminal = Terminal(1)
        guard !events.isEmpty else { return "nothing to record: it had already happened\n" }
        return events.map { event in
            let verb =
                dryRun ? "would record" : "\(replayed ? "already recorded" : "recorded") #\(event.sequence)"
            let marks = event.anomalies.map { "  " + terminal.styled("!" + shown($0.string), .yellow) }.joined()
            return "\(verb) \(shown(event.type.string)) \(shown(event.subject.string))\(marks)\n"
        }.joined()
    }
}

extension Identifier {
    /// 128 random bits, for a command that comes without an id.
    fileprivate static func random() -> Identifier {
        let words = [UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)]
        return Identifier(stringLiteral: "ctl-" + words.map(hexadecimal).joined())
    }
}

extension Moment {
    /// As it is typed, and goes over the wire.
    var text: String {
        switch self {
        case .instant(let time): time.description
        case .day(let day): day.description
        }
    }
}

/// Sixteen digits.
func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// A record made by setting some fields of a blank one.
func filled<Fields: Record>(_ fill: (inout Fields) -> Void) -> Fields {
    var record = Fields()
    fill(&record)
    return record
}
