public import AccueilDomain

/// The attributes of an event around its data: CloudEvents 1.0, structured mode, with the extensions of `PROTOCOL.md`.
public struct Envelope: Sendable {
    public var id: Identifier
    public var type: Identifier
    public var subject: Subject
    public var stamp: Stamp
    public var version: Int
    public var commandID: Identifier?
    public var commandDigest: Identifier?
    public var anomalies: [AnomalyRule]
}

/// What is written around the data of an event, and of each command's events alike.
public struct EventContext: Sendable {
    public var source: String
    public var actor: String
    public var commandID: Identifier?
    public var commandDigest: Identifier?

    public init(source: String, actor: String, commandID: Identifier? = nil, commandDigest: Identifier? = nil) {
        self.source = source
        self.actor = actor
        self.commandID = commandID
        self.commandDigest = commandDigest
    }
}

/// An event that cannot be read back.
public struct UnreadableEvent: Error, Sendable, Equatable, CustomStringConvertible {
    /// The position it should have, as far as known.
    public let sequence: Int?
    public let reason: String
    public var description: String {
        (sequence.map { "event \($0): " } ?? "an event: ") + reason
    }
}

/// The one form of an event: a line of JSON with a fixed order of attributes, the same in the log and on the wire.
public enum EventLine {
    public static func write(
        _ outcome: Outcome, id: Identifier, _ stamp: Stamp, _ context: EventContext, to writer: inout JSONWriter
    ) {
        write(outcome.event, outcome.anomalies, id, stamp, context, &writer)
    }

    private static func write<Event: EventRecord>(
        _ event: Event, _ anomalies: [AnomalyRule], _ id: Identifier, _ stamp: Stamp, _ context: EventContext,
        _ writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("specversion", "1.0")
            writer.member("id", id)
            writer.member("source", context.source)
            writer.member("type", Event.type)
            writer.member("subject", event.subject)
            writer.member("time", stamp.time)
            writer.member("sequence") { padded(stamp.sequence).write(to: &$0) }
            writer.member("recordedtime", stamp.recorded)
            writer.member("dataschema") { schema(of: Event.self).write(to: &$0) }
            writer.member("actor", context.actor)
            if let id = context.commandID { writer.member("commandid", id) }
            if let digest = context.commandDigest { writer.member("commanddigest", digest) }
            if !anomalies.isEmpty { writer.member("anomalies", anomalies.map(\.rawValue).joined(separator: ",")) }
            writer.member("data", event)
        }
        writer.bytes.append(0x0A)
    }

    /// A position as the CloudEvents sequence extension wants it: twenty digits.
    public static func padded(_ sequence: Int) -> ShortText {
        var text = ShortText()
        text.append("0")
        text.append(sequence, digits: 19)
        return text
    }

    private static func schema(of type: any EventRecord.Type) -> ShortText {
        var text = ShortText()
        text.append("urn:accueil:event:")
        text.append(type.type)
        text.append(":")
        text.append(type.version, digits: 1)
        return text
    }

    /// Reads one line: the envelope, and the value that holds the data (until the parser's next document).
    public static func read(
        _ line: borrowing Span<UInt8>, with parser: JSONParser, in calendar: CivilCalendar
    ) throws(UnreadableEvent) -> (Envelope, data: JSONValue) {
        guard var attributes = parser.parse(line)?.members else {
            throw UnreadableEvent(sequence: nil, reason: "not JSON")
        }
        func value<Value: FieldValue>(of name: StaticString) -> Value? {
            attributes.find(name).flatMap { try? Value(json: $0) }
        }
        func number(of name: StaticString) -> Int? { attributes.find(name)?.text { trailingNumber($0) } ?? nil }
        // In the order in which they are written, so that each is looked for once.
        _ = attributes.find("specversion")
        let id: Identifier? = value(of: "id")
        _ = attributes.find("source")
        let type: Identifier? = value(of: "type")
        let subject: Subject? = value(of: "subject")
        let time: Timestamp? = value(of: "time")
        let sequence = number(of: "sequence")
        let recorded: Timestamp? = value(of: "recordedtime")
        let version = number(of: "dataschema")
        _ = attributes.find("actor")
        var commandID: Identifier?
        var commandDigest: Identifier?
        var anomalies: [AnomalyRule] = []
        var data = attributes.take("data")
        if data == nil {
            commandID = value(of: "commandid")
            commandDigest = value(of: "commanddigest")
            anomalies = (attributes.find("anomalies")?.string ?? "").split(separator: ",")
                .compactMap { AnomalyRule(rawValue: String($0)) }
            data = attributes.find("data")
        }
        guard let id, let type, let subject, let time, let sequence, let recorded, let version, let data else {
            throw UnreadableEvent(sequence: sequence, reason: "an attribute is missing or malformed")
        }
        let stamp = Stamp(sequence: sequence, time: time, day: calendar.day(of: time), recorded: recorded)
        let envelope = Envelope(
            id: id, type: type, subject: subject, stamp: stamp, version: version, commandID: commandID,
            commandDigest: commandDigest, anomalies: anomalies)
        return (envelope, data)
    }
}

/// The number that a text ends with; `nil` where it ends otherwise.
private func trailingNumber(_ text: borrowing Span<UInt8>) -> Int? {
    var start = text.count
    while start > 0, (0x30...0x39).contains(text[start - 1]) { start -= 1 }
    guard start < text.count else { return nil }
    var number = 0
    for index in start..<text.count {
        let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        number = shifted + Int(text[index] - 0x30)
    }
    return number
}
