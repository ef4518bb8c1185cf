/// `query.plans`: the plans, and how much each holds; the figures of their commitments are those of `query.commitments`.
public struct PlansQuery: QueryRecord {
    public static let method = "query.plans"

    public var asOf: Day?
    public var plan: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("plan", &plan)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        /// In the order of their adoption.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record, Equatable {
        public var plan = Identifier()
        public var name: Text = "-"
        public var adopted = Day(rawValue: 0)
        /// How many commitments it announces, where it says so.
        public var announced: Int?
        /// Commitments declared.
        public var commitments = 0
        /// Different pillars among them.
        public var pillars = 0
        public var indicators = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("plan", &plan)
            try visitor.field("name", &name)
            try visitor.field("adopted", &adopted)
            try visitor.field("announced", &announced)
            try visitor.field("commitments", &commitments)
            try visitor.field("pillars", &pillars)
            try visitor.field("indicators", &indicators)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        var answer = Answer()
        answer.asOf = asOf ?? today
        if let plan { _ = try world.plan.known(plan: plan) }
        let adopted = world.plan.plans.filter {
            $0.adopted <= answer.asOf && plan ?? $0.adoption.plan == $0.adoption.plan
        }
        answer.rows = adopted.sorted { $0.adopted < $1.adopted }.map { row($0, world, asOf: answer.asOf) }
        return answer
    }

    private func row(_ adopted: Plan.Adopted, _ world: World, asOf: Day) -> Row {
        var row = Row()
        row.plan = adopted.adoption.plan
        row.name = adopted.adoption.name
        row.adopted = adopted.adopted
        row.announced = adopted.adoption.commitments
        let declared = world.plan.commitments.filter { $0.declared <= asOf && $0.declaration.plan == row.plan }
        row.commitments = declared.count
        row.pillars = Set(declared.compactMap(\.declaration.pillar)).count
        let commitments = Set(declared.map(\.declaration.commitment))
        row.indicators = world.plan.indicators.count {
            $0.defined <= asOf && commitments.contains($0.definition.commitment)
        }
        return row
    }
}
