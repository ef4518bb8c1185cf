/// Every kind of event, command and query there is, room by room.
public enum Catalogue {
    public static let events: [any EventRecord.Type] =
        Sites.events + Placements.events + Operations.events + Donations.events + Collections.events
        + Services.events + Evaluations.events + Volunteers.events + Plan.events
        + [AnomalyJustified.self, EventVoided.self, EventCorrected.self]

    public static let commands: [any CommandRecord.Type] =
        Sites.commands + Placements.commands + Operations.commands + Donations.commands + Collections.commands
        + Services.commands + Evaluations.commands + Volunteers.commands + Plan.commands
        + [AnomalyJustified.self]

    /// What puts events right.
    public static let amending: [any AmendingCommand.Type] = [EventVoid.self, EventCorrect.self]

    public static let queries: [any QueryRecord.Type] =
        Sites.queries + Placements.queries + Operations.queries + Donations.queries + Collections.queries
        + Services.queries + Evaluations.queries + Volunteers.queries + Plan.queries
        + [BilanQuery.self, AnomaliesQuery.self]

    public static let eventsByType: [Identifier: any EventRecord.Type] = Dictionary(
        uniqueKeysWithValues: events.map { (Identifier(stringLiteral: $0.type), $0) })

    public static let commandsByMethod: [String: any CommandRecord.Type] = Dictionary(
        uniqueKeysWithValues: commands.map { ($0.method, $0) })

    public static let amendingByMethod: [String: any AmendingCommand.Type] = Dictionary(
        uniqueKeysWithValues: amending.map { ($0.method, $0) })

    public static let queriesByMethod: [String: any QueryRecord.Type] = Dictionary(
        uniqueKeysWithValues: queries.map { ($0.method, $0) })
}
