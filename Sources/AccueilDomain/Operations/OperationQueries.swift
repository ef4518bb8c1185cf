/// `query.operations`: how many operations there were, whom they met, and where people were brought.
///
/// Carried out and cancelled operations lie on the day of that, planned ones on the day they are scheduled for, or else
/// on the day of the plan. What was planned, carried out or cancelled later than `as_of` does not show.
public struct OperationsQuery: QueryRecord {
    public static let method = "query.operations"

    public enum Grouping: String, CodeList {
        case arrondissement, kind, month, audience, destination, partner
    }

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    public var kind: OperationKind?
    /// Operations that work with this site or brought people to it; all of their figures.
    public var site: Identifier?
    public var by: Grouping?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("kind", &kind)
        try visitor.field("site", &site)
        try visitor.field("by", &by)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        public var carriedOut = 0
        public var planned = 0
        public var cancelled = 0
        public var people = 0
        /// People with a recorded destination.
        public var placed = 0
        public var notPlaced = 0
        /// All organisations that took part, in alphabetical order.
        public var partners: [Identifier] = []
        /// By month in order of time, else those with the most people first.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("carried_out", &carriedOut)
            try visitor.field("planned", &planned)
            try visitor.field("cancelled", &cancelled)
            try visitor.field("people", &people)
            try visitor.field("placed", &placed)
            try visitor.field("not_placed", &notPlaced)
            try visitor.field("partners", &partners)
            try visitor.field("rows", &rows)
        }
    }

    /// One group. An operation with several audiences, destinations or partners counts under each of them.
    public struct Row: Record, Equatable {
        /// `75056-18`, `shelter`, `2016-11`, `families`, `site/ney`, `CHU`, `not_placed`, a partner; `unknown` place.
        public var key: Text = "-"
        public var operations = 0
        public var people = 0
        /// The share of all people, in whole per cent, halves rounded up.
        public var percent = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("operations", &operations)
            try visitor.field("people", &people)
            try visitor.field("percent", &percent)
        }
    }
}

extension OperationsQuery {
    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let period = try Period(from: from, to: to)
        if let site { _ = try world.sites.known(site) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        var partners: Set<Identifier> = []
        var groups: [String: (operations: Int, people: Int)] = [:]
        world.operations.all.visit { _, operation in
            guard concerns(operation, answer.asOf) else { return }
            if let (report, day) = operation.carriedOut, day <= answer.asOf {
                guard period.contains(day) else { return }
                answer.carriedOut += 1
                answer.people += report.people
                answer.placed += report.placed
                partners.formUnion(operation.partners(report))
                for (key, people) in shares(operation, report, day) {
                    groups[key, default: (0, 0)].operations += 1
                    groups[key]!.people += people
                }
            } else if let (_, day) = operation.cancelled, day <= answer.asOf {
                if period.contains(day) { answer.cancelled += 1 }
            } else if operation.planned <= answer.asOf {
                if period.contains(operation.plan.scheduled ?? operation.planned) { answer.planned += 1 }
            }
        }
        answer.notPlaced = answer.people - answer.placed
        answer.partners = partners.sorted { $0.description < $1.description }
        answer.rows = rows(groups, of: answer.people)
        return answer
    }

    private func concerns(_ operation: Operations.Operation, _ asOf: Day) -> Bool {
        if let kind, kind != operation.plan.kind { return false }
        guard let site, site != operation.plan.site else { return true }
        guard let (report, day) = operation.carriedOut, day <= asOf else { return false }
        return report.destinations.contains { $0.site == site }
    }

    /// The groups in which an operation counts, with the people that it adds to each.
    private func shares(_ operation: Operations.Operation, _ report: OperationCarriedOut, _ day: Day) -> [String: Int] {
        switch by {
        case nil: [:]
        case .kind: [operation.plan.kind.rawValue: report.people]
        case .month: [String(day.description.prefix(7)): report.people]
        case .arrondissement: [placeKey(operation.place(report)): report.people]
        case .audience:
            Dictionary(report.headcount.map { ($0.audience.rawValue, $0.people) }, uniquingKeysWith: +)
        case .partner:
            Dictionary(operation.partners(report).map { ($0.description, report.people) }) { people, _ in people }
        case .destination:
            Dictionary(report.destinations.map { (destinationKey($0), $0.people) }, uniquingKeysWith: +)
                .merging(report.placed < report.people ? ["not_placed": report.people - report.placed] : [:]) { $1 }
        }
    }

    private func placeKey(_ place: (commune: Commune?, arrondissement: Int?)) -> String {
        let parts = [place.commune?.description, place.arrondissement.map { String($0) }].compactMap { $0 }
        return parts.isEmpty ? "unknown" : parts.joined(separator: "-")
    }

    private func destinationKey(_ entry: OperationDestination) -> String {
        entry.site.map { "site/\($0)" } ?? (entry.destination ?? .other).rawValue
    }

    private func rows(_ groups: [String: (operations: Int, people: Int)], of all: Int) -> [Row] {
        let rows = groups.map { key, group in
            var row = Row()
            row.key = Text(stringLiteral: key)
            row.operations = group.operations
            row.people = group.people
            row.percent = wholePercent(group.people, of: all)
            return row
        }
        return rows.sorted {
            by == .month || $0.people == $1.people ? $0.key.string < $1.key.string : $0.people > $1.people
        }
    }
}
