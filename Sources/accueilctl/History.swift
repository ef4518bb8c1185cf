import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding

struct History: Asking {
    static let configuration = CommandConfiguration(abstract: "The events of one subject, such as placement/p-1.")
    @Argument(help: "The subject: its kind, a slash, its id.", completion: .subjects) var subject: Subject
    @Option(help: "Only what had happened by the end of this day.") var asOf: Day?
    @OptionGroup var known: KnownOption
    @Option(help: "Only events before this position.") var before: Int?
    @Option(help: "How many, 1 to 1000; the latest.") var limit = 100
    @OptionGroup var output: EventOutputOptions
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let connection = try await socket.connect()
        let query: HistoryQuery = filled {
            ($0.of, $0.asOf, $0.knownAt, $0.before, $0.limit) = (subject, asOf, known.knownAt, before, limit)
        }
        let result = try await connection.call("query.history", JSONWriter.bytes(of: query))
        await connection.close()
        guard output.format != .json else { return Output.json(result) }
        let page = JSONText(result)
        guard let events = page.member("events")?.elements() else {
            throw ClientFailure.unreadable("query.history answers events")
        }
        if page.member("more")?.bytes.elementsEqual("true".utf8) ?? false,
            let oldest = events.last?.member("sequence")?.integer
        {
            Output.talk("older events: --before \(oldest)")
        }
        guard output.format == .short else {
            for event in events.reversed() { Output.json(event.bytes) }
            return
        }
        let amended = Self.amended(events)
        for event in events.reversed() {
            let marks = event.member("sequence")?.integer.flatMap { amended[$0] }
            Output.data(EventText(event).line(on: Terminal(1), marked: marks) + "\n")
        }
    }

    /// What the latest event that put each event right made of it: `voided by #57 uid:1000`.
    private static func amended(_ events: [JSONText]) -> [Int: String] {
        var marks: [Int: String] = [:]
        for event in events {
            guard let target = event.member("data")?.member("sequence")?.integer,
                let type = event.member("type")?.string, type.hasPrefix("event."), marks[target] == nil
            else { continue }
            let by = event.member("sequence")?.integer ?? 0
            marks[target] = "\(type.dropFirst(6)) by #\(by) \(event.member("actor")?.string ?? "")"
        }
        return marks
    }
}

/// `query.history`
private struct HistoryQuery: Record {
    var of = Subject(.site, Identifier())
    var asOf: Day?
    var knownAt: KnownAt?
    var before: Int?
    var limit = 100

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subject", &of)
        try visitor.field("as_of", &asOf)
        try visitor.field("known_at", &knownAt)
        try visitor.field("before", &before)
        try visitor.field("limit", &limit)
    }
}
