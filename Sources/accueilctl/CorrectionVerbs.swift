import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding

struct VoidVerb: ConsentingVerb {
    static let configuration = CommandConfiguration(
        commandName: "void",
        abstract: "An event never happened: the counts are as if it had not been recorded; the history keeps it.")
    @Argument(help: "The event's position, as «history» and «events» show it: 42 or #42.") var event: EventNumber
    @Option(help: "Why.") var reason: CorrectionReason
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var recording: RecordingOptions

    func question(over connection: Connection) async throws -> String {
        try await event.told(over: connection) + "\nDid this never happen?"
    }

    var command: EventVoid { filled { ($0.sequence, $0.reason) = (event.position, reason) } }
}

struct CorrectVerb: ConsentingVerb {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "An event happened otherwise: the counts are as if it had been recorded right.",
        discussion: """
            accueilctl correct 42 adults=3 children=1 --reason headcount
            accueilctl correct 42 --happened 2016-11-10 --reason date
            accueilctl correct 42 'headcount=[{"audience":"families","people":12}]' --reason headcount
            accueilctl correct 42 'bed="12"' --reason error        (a text of digits wants its quotes)
            """)
    @Argument(help: "The event's position, as «history» and «events» show it: 42 or #42.") var event: EventNumber
    @Argument(help: "Fields and their right values; a list or an object as JSON.") var fields: [FieldSetting] = []
    @Option(help: "Why.") var reason: CorrectionReason
    @Option(parsing: .unconditional, help: "When it really happened.") var happened: Moment?
    @Option(help: "A field that should not have been there; may be repeated.") var unset: [Identifier] = []
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var recording: RecordingOptions

    func question(over connection: Connection) async throws -> String {
        let rights =
            fields.map { shown("\($0.name)=\($0.text)") } + unset.map { "no \($0)" }
            + (happened.map { ["happened \($0.text)"] } ?? [])
        return try await event.told(over: connection) + "\nPut it right: \(rights.joined(separator: " "))?"
    }

    func validate() throws {
        guard !fields.isEmpty || happened != nil || !unset.isEmpty else {
            throw ValidationError("say what was wrong: FIELD=VALUE, --happened or --unset")
        }
    }

    var command: EventCorrect {
        filled {
            ($0.sequence, $0.reason, $0.happened, $0.unset) = (event.position, reason, happened, unset)
            $0.set = LooseFields(fields.map { FieldTree.Member($0.name, $0.value) })
        }
    }
}

/// `42` or `#42`
struct EventNumber: ExpressibleByArgument {
    let position: Int

    init?(argument: String) {
        guard let position = Int(argument.hasPrefix("#") ? argument.dropFirst() : argument[...]) else { return nil }
        self.position = position
    }
}

extension EventNumber {
    /// The event on one line.
    fileprivate func told(over connection: Connection) async throws(ClientFailure) -> String {
        let event = JSONText(try await connection.call("events.get", Array("{\"sequence\":\(position)}".utf8)))
        return EventText(event).line(on: Terminal(2))
    }
}

/// `adults=3`: what reads as JSON is that, anything else is a text.
struct FieldSetting: ExpressibleByArgument {
    let name: String
    let value: FieldTree
    /// The value as it was typed.
    let text: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        text = String(argument[argument.index(after: equals)...])
        let parser = JSONParser()
        let text = text
        value = withExtendedLifetime(parser) {
            parser.parse(Array(text.utf8).span).flatMap { try? FieldTree(from: $0) } ?? .text(text)
        }
    }
}
