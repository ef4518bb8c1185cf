/// How an evaluation ended.
public enum EvaluationOutcome: String, CodeList {
    /// Recognised as a minor.
    case minor
    /// Found to be of age.
    case adult
    case withdrawn
    case noShow = "no_show"
    case other
}

/// `evaluation.request` → `evaluation.requested`: a young person declares to be an unaccompanied minor, or several do.
public struct EvaluationRequested: EventRecord, CommandRecord, Equatable {
    public static let type = "evaluation.requested"
    public static let method = "evaluation.request"

    public var evaluation = Identifier()
    /// Pseudonym of one person; absent for an anonymous group, of which only the headcount is known.
    public var person: Identifier?
    /// 1 to 10 000; a person is one.
    public var headcount = 1
    /// The service that evaluates.
    public var service: Identifier?
    /// The site where they declared themselves.
    public var site: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("evaluation", &evaluation)
        try visitor.field("person", &person)
        try visitor.preset("headcount", &headcount)
        try visitor.field("service", &service)
        try visitor.field("site", &site)
    }

    public var subject: Subject { Subject(.evaluation, evaluation) }
}

/// `evaluation.shelter` → `evaluation.sheltered`: they are brought under a roof until the outcome is known; on a site of
/// the register or elsewhere, exactly one of the two.
public struct EvaluationSheltered: EventRecord, CommandRecord, Equatable {
    public static let type = "evaluation.sheltered"
    public static let method = "evaluation.shelter"

    public var evaluation = Identifier()
    public var site: Identifier?
    public var destination: Destination?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("evaluation", &evaluation)
        try visitor.field("site", &site)
        try visitor.field("destination", &destination)
    }

    public var subject: Subject { Subject(.evaluation, evaluation) }
}

/// `evaluation.conclude` → `evaluation.concluded`: its outcome is known.
public struct EvaluationConcluded: EventRecord, CommandRecord {
    public static let type = "evaluation.concluded"
    public static let method = "evaluation.conclude"

    public var evaluation = Identifier()
    public var outcome = EvaluationOutcome.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("evaluation", &evaluation)
        try visitor.field("outcome", &outcome)
    }

    public var subject: Subject { Subject(.evaluation, evaluation) }
}

/// `evaluation.refer` → `evaluation.referred`: where they are directed, whatever the outcome.
public struct EvaluationReferred: EventRecord, CommandRecord, Equatable {
    public static let type = "evaluation.referred"
    public static let method = "evaluation.refer"

    public var evaluation = Identifier()
    public var destination = Destination.other
    /// The organisation to which they are directed.
    public var to: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("evaluation", &evaluation)
        try visitor.field("destination", &destination)
        try visitor.field("to", &to)
    }

    public var subject: Subject { Subject(.evaluation, evaluation) }
}

/// `evaluation.set_norm` → `evaluation.norm_set`: how long people are meant to wait for a service's outcome at most.
public struct EvaluationNormSet: EventRecord, CommandRecord {
    public static let type = "evaluation.norm_set"
    public static let method = "evaluation.set_norm"

    /// The longest norm, in days.
    public static let daysMax = 365

    public var service = Identifier()
    /// 1 to `daysMax`.
    public var days = 0
    /// The day from which it holds; that of the event where absent.
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("days", &days)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

extension Evaluations {
    static let events: [any EventRecord.Type] = [
        EvaluationRequested.self, EvaluationSheltered.self, EvaluationConcluded.self, EvaluationReferred.self,
        EvaluationNormSet.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        EvaluationRequested.self, EvaluationSheltered.self, EvaluationConcluded.self, EvaluationReferred.self,
        EvaluationNormSet.self,
    ]
    static let queries: [any QueryRecord.Type] = [EvaluationsQuery.self]
}
