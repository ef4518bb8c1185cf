import AccueilDomain
import ArgumentParser

/// What can be exported: each a query, and the list of its answer that makes the rows.
enum Projection: String, CaseIterable, ExpressibleByArgument {
    case occupancy, series, flows, stays, placements, requests, operations, donations, grants, stock, needs
    case services, evaluations, volunteers, commitments, milestones, indicators, anomalies, events

    /// `nil` for the events themselves.
    var query: (any QueryRecord.Type)? {
        switch self {
        case .occupancy: OccupancyQuery.self
        case .series: OccupancySeriesQuery.self
        case .flows: FlowsQuery.self
        case .stays: StaysQuery.self
        case .placements: PlacementsQuery.self
        case .requests: RequestsQuery.self
        case .operations: OperationsQuery.self
        case .donations: DonationsQuery.self
        case .grants: GrantsQuery.self
        case .stock: StockQuery.self
        case .needs: NeedsQuery.self
        case .services: ServicesQuery.self
        case .evaluations: EvaluationsQuery.self
        case .volunteers: VolunteersQuery.self
        case .commitments: CommitmentsQuery.self
        case .milestones: MilestonesQuery.self
        case .indicators: IndicatorsQuery.self
        case .anomalies: AnomaliesQuery.self
        case .events: nil
        }
    }

    /// The member of the answer that holds the rows.
    func rows(isGrouped: Bool) -> String {
        switch self {
        case .series: "days"
        case .donations: isGrouped ? "rows" : "funds"
        case .indicators: "figures"
        case .events: "events"
        case .occupancy, .flows, .stays, .placements, .requests, .operations, .grants, .stock, .needs, .services,
            .evaluations, .volunteers, .commitments, .milestones, .anomalies:
            "rows"
        }
    }

    /// What is asked for where nothing else is said: all there is, cut finely enough to have rows.
    var presets: [(name: String, text: String)] {
        switch self {
        case .flows: [("by", "day")]
        case .operations, .evaluations, .volunteers: [("by", "month")]
        case .placements, .requests, .needs, .milestones, .anomalies: [("state", "all")]
        case .occupancy, .series, .stays, .donations, .grants, .stock, .services, .commitments, .indicators, .events: []
        }
    }
}

/// The hashtag of a column (https://hxlstandard.org, 1.1): what sort of thing it is about, then what it is called here.
enum Hashtag {
    static func of(_ field: FieldList.Field) -> String {
        let name = field.name
        if field.shape.isTime { return "#date+\(name)" }
        if places.contains(name) { return "#loc+\(name)+code" }
        if organisations.contains(name) { return "#org+\(name)" }
        if name == "name" || name == "title" { return "#meta+\(name)" }
        guard field.shape.isNumber else { return (states.contains(name) ? "#status+" : "#meta+") + name }
        if people.contains(name) { return "#affected+\(name)+num" }
        return (money.contains(name) ? "#value+" : "#indicator+") + name + "+num"
    }

    private static let places: Set = ["site", "commune", "arrondissement", "point"]
    private static let organisations: Set = ["operators", "partners", "beneficiary", "payer", "organisation"]
    private static let states: Set = ["open", "outcome", "state", "stale", "transferred", "destination", "priority"]
    private static let money: Set = [
        "amount", "awarded", "disbursed", "pledged", "received", "refunded", "allocated", "balance",
    ]
    private static let people: Set = [
        "people", "adults", "children", "occupied", "arrivals", "departures", "transfers_in", "transfers_out",
        "present", "requests", "oriented", "headcount", "attendance",
    ]
}
