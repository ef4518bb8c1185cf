import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

/// A verb that records: its arguments, and the command they make.
protocol RecordingVerb: AsyncParsableCommand, OutputChoosing {
    associatedtype Command: RecordingCommand
    var recording: RecordingOptions { get }
    var command: Command { get }
}

struct RecordingOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "When it happened; now where absent.")
    var time: Moment?
    @Option(help: "An id of your own for this command: repeated with the same id, it is recorded once.")
    var commandID: Identifier?
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions
}

extension RecordingVerb {
    var output: OutputOptions { recording.output }

    func run() async throws {
        // With an id, even a lost answer can be asked for again.
        let id = recording.commandID ?? .random()
        let connection = try await recording.socket.connect()
        let result: [UInt8]
        do throws(ClientFailure) {
            result = try await connection.send(command, time: recording.time, commandID: id).answer()
        } catch {
            switch Exit(error) {
            case .outcomeUnknown, .timeout:
                let time = recording.time.map { " --time \($0.text)" } ?? ""
                Output.talk(
                    "Whether it was recorded is not known. Say the same again with --command-id \(id)\(time): "
                        + "it is recorded once.")
            case .ok, .error, .usage, .unreachable, .notFound, .noPermission, .refused, .verificationFailed,
                .interrupted:
                break
            }
            throw error
        }
        await connection.close()
        switch output.format {
        case .json: Output.json(result)
        case .table: Output.data(Recorded.told(try Connection.read(Recorded.self, from: result)))
        }
    }
}

extension Recorded {
    /// One line per event: `recorded #42 placement.started placement/p-1  !occupancy_above_capacity`.
    fileprivate static func told(_ recorded: Recorded) -> String {
        let terminal = Terminal(1)
        guard !recorded.events.isEmpty else { return "nothing to record: it had already happened\n" }
        return recorded.events.map { event in
            let verb = recorded.replayed ? "already recorded" : "recorded"
            let marks = event.anomalies.map { "  " + terminal.styled("!" + shown($0.string), .yellow) }.joined()
            return "\(verb) #\(event.sequence) \(shown(event.type.string)) \(shown(event.subject.string))\(marks)\n"
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
    fileprivate var text: String {
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
