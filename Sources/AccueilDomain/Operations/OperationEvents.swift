/// What an operation is.
public enum OperationKind: String, CodeList {
    /// Mise à l'abri: people in the street are brought under a roof, on one day.
    case shelter
    /// Aller-vers, maraude: a team goes to people where they are.
    case outreach
}

/// Why an operation did not take place.
public enum CancellationReason: String, CodeList {
    case weather, authority, postponed
    case nobodyFound = "nobody_found"
    case other
}

/// How many people of an audience an operation met.
public struct OperationHeadcount: Record, Equatable {
    public var audience = Audience.any
    /// 1 to `countMax`.
    public var people = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("audience", &audience)
        try visitor.field("people", &people)
    }
}

/// Where an operation brought people: to a site of the register, or elsewhere; exactly one of the two.
public struct OperationDestination: Record, Equatable {
    public var site: Identifier?
    public var destination: Destination?
    /// 1 to `countMax`.
    public var people = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("destination", &destination)
        try visitor.field("people", &people)
    }
}

/// `operation.plan` → `operation.planned`: an operation will take place, or its story begins to be told.
public struct OperationPlanned: EventRecord, CommandRecord, Equatable {
    public static let type = "operation.planned"
    public static let method = "operation.plan"

    public var operation = Identifier()
    public var kind = OperationKind.shelter
    /// The day for which it is planned.
    public var scheduled: Day?
    public var commune: Commune?
    public var arrondissement: Int?
    /// The site it works with.
    public var site: Identifier?
    public var partners: [Identifier] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("operation", &operation)
        try visitor.field("kind", &kind)
        try visitor.field("scheduled", &scheduled)
        try visitor.field("commune", &commune)
        try visitor.field("arrondissement", &arrondissement)
        try visitor.field("site", &site)
        try visitor.list("partners", &partners)
    }

    public var subject: Subject { Subject(.operation, operation) }
}

/// `operation.carry_out` → `operation.carried_out`: it took place; who was met, and where they were brought.
public struct OperationCarriedOut: EventRecord, CommandRecord, Equatable {
    public static let type = "operation.carried_out"
    public static let method = "operation.carry_out"

    public var operation = Identifier()
    public var headcount: [OperationHeadcount] = []
    /// Where it took place, if not as planned.
    public var commune: Commune?
    public var arrondissement: Int?
    /// Who took part, if not as planned: all of them.
    public var partners: [Identifier] = []
    public var destinations: [OperationDestination] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("operation", &operation)
        try visitor.list("headcount", &headcount)
        try visitor.field("commune", &commune)
        try visitor.field("arrondissement", &arrondissement)
        try visitor.list("partners", &partners)
        try visitor.list("destinations", &destinations)
    }

    public var subject: Subject { Subject(.operation, operation) }

    public var people: Int { headcount.reduce(0) { $0 + $1.people } }
    /// People with a recorded destination, wherever it is.
    public var placed: Int { destinations.reduce(0) { $0 + $1.people } }
}

/// `operation.cancel` → `operation.cancelled`: it will not take place.
public struct OperationCancelled: EventRecord, CommandRecord {
    public static let type = "operation.cancelled"
    public static let method = "operation.cancel"

    public var operation = Identifier()
    public var reason = CancellationReason.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("operation", &operation)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { Subject(.operation, operation) }
}

extension Operations {
    static let events: [any EventRecord.Type] = [
        OperationPlanned.self, OperationCarriedOut.self, OperationCancelled.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        OperationPlanned.self, OperationCarriedOut.self, OperationCancelled.self,
    ]
    static let queries: [any QueryRecord.Type] = [OperationsQuery.self]
}
