/// When and where in the log a fact stands.
public struct Stamp: Sendable {
    /// The position in the log, from 1; 0 while it is still being decided.
    public var sequence: Int
    /// When it happened.
    public var time: Timestamp
    /// The civil day on which it happened.
    public var day: Day
    /// When the register learned of it.
    public var recorded: Timestamp

    public init(sequence: Int, time: Timestamp, day: Day, recorded: Timestamp) {
        self.sequence = sequence
        self.time = time
        self.day = day
        self.recorded = recorded
    }

    /// A fact that reaches the register more than thirty days after it happened is suspect.
    public static let lateDays = 30
    public var isLate: Bool {
        recorded.microseconds - time.microseconds > Int64(Self.lateDays) * 86_400_000_000
    }
}

/// What an event is about, `placement/p-8812`.
public struct Subject: Hashable, Sendable, CustomStringConvertible {
    public let kind: SubjectKind
    public let id: Identifier

    public init(_ kind: SubjectKind, _ id: Identifier) {
        self.kind = kind
        self.id = id
    }

    public init?(_ bytes: borrowing Span<UInt8>) {
        var slash = 0
        while slash < bytes.count, bytes[slash] != 0x2F { slash += 1 }
        guard slash < bytes.count, let id = Identifier(bytes.extracting(slash + 1..<bytes.count)),
            let kind = SubjectKind(bytes.extracting(0..<slash))
        else { return nil }
        self.init(kind, id)
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public var description: String { kind.rawValue + "/" + id.description }
}

extension Subject: FieldValue {
    public static var shape: Shape {
        let kinds = SubjectKind.allCases.map(\.rawValue).joined(separator: "|")
        return .text(
            "a subject such as placement/p-8812: its kind, a slash, its id",
            pattern: "^(" + kinds + ")/" + Identifier.pattern + "$")
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let subject = source.text({ Subject($0) }) ?? nil else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = subject
    }

    public func write(to sink: inout some ValueSink) {
        var text = ShortText()
        text.append(kind.rawValue)
        text.append("/")
        text.append(id)
        text.write(to: &sink)
    }
}

extension Subject: RejectionValue { public var fact: Rejection.Fact.Value { .text(description) } }

/// The kinds of things events are about.
public enum SubjectKind: String, CodeList {
    case site, request, placement, person, operation, fund, pledge, donation, receipt, grant, point, need
    case service, evaluation, volunteer, mission, plan, commitment, indicator, milestone
}

/// The payload of one kind of event: its shape, and what it changes. What is in the log did happen: `evolve` is total.
public protocol EventRecord: Record {
    /// `noun.verb_in_past`
    static var type: String { get }
    /// The version of the shape; readers of older ones live beside the record.
    static var version: Int { get }
    var subject: Subject { get }
    /// The person whose story it tells, besides its subject.
    var person: Identifier? { get }
    /// It can stand whatever is corrected before it.
    static var standsAlone: Bool { get }
    func evolve(_ world: inout World, _ stamp: Stamp)
}

extension EventRecord {
    public static var version: Int { 1 }
    public static var standsAlone: Bool { false }
    public var person: Identifier? { nil }
}

/// The parameters of a method that records something.
public protocol RecordingCommand: Record {
    /// `noun.verb`
    static var method: String { get }
}

/// The parameters of one kind of command, and the rules that it has to pass.
public protocol CommandRecord: RecordingCommand {
    /// What follows from the command in this world: nothing if it has already happened, or the rule that refuses it.
    func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome]
}

/// An event that a command leads to, and what about it will need an explanation.
public struct Outcome: Sendable {
    public let event: any EventRecord
    public let anomalies: [AnomalyRule]

    public init(_ event: any EventRecord, anomalies: [AnomalyRule] = []) {
        self.event = event
        self.anomalies = anomalies
    }
}

/// The parameters of a query, and how the world answers it.
public protocol QueryRecord: Record {
    associatedtype Answer: Record
    /// `query.noun`
    static var method: String { get }
    /// It looks at so much that others should not wait for it.
    static var isLong: Bool { get }
    /// Its rows come page by page.
    static var isPaged: Bool { get }
    func answer(_ world: World, today: Day) throws(Rejection) -> Answer
}

extension QueryRecord {
    public static var isLong: Bool { false }
    public static var isPaged: Bool { false }
}
