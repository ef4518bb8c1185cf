/// Which anomalies a list shows.
public enum AnomalyState: String, CodeList {
    case open, justified, all
}

/// `query.anomalies`: what the register accepted but did not let pass in silence, as of a day.
public struct AnomaliesQuery: QueryRecord {
    public static let method = "query.anomalies"
    public static let isLong = true
    public static let limitMax = 1000

    public var asOf: Day?
    public var rule: AnomalyRule?
    public var of: Subject?
    public var state = AnomalyState.open
    /// The `next` of the page before.
    public var after: Int?
    public var limit = 100

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("rule", &rule)
        try visitor.field("subject", &of)
        try visitor.preset("state", &state)
        try visitor.field("after", &after)
        try visitor.preset("limit", &limit)
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        public var open = 0
        public var justified = 0
        public var counts: [Count] = []
        public var rows: [Anomaly] = []
        /// What to give as `after` for the next page; absent on the last.
        public var next: Int?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("open", &open)
            try visitor.field("justified", &justified)
            try visitor.field("counts", &counts)
            try visitor.field("rows", &rows)
            try visitor.field("next", &next)
        }
    }

    public struct Count: Record {
        public var rule = AnomalyRule.enteredLate
        public var open = 0
        public var justified = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("rule", &rule)
            try visitor.field("open", &open)
            try visitor.field("justified", &justified)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        var book = FigureBook(world, asOf: asOf ?? today)
        return try answer(world, &book)
    }

    /// As of the day of the book, from whose figures it is answered.
    func answer(_ world: World, _ book: inout FigureBook) throws(Rejection) -> Answer {
        guard (1...Self.limitMax).contains(limit) else { throw .limitOutOfBounds(limit, Self.limitMax) }
        var answer = Answer()
        answer.asOf = book.asOf
        let found = world.anomalies(&book).filter { anomaly in
            (rule.map { $0 == anomaly.rule } ?? true) && (of.map { $0 == anomaly.subject } ?? true)
        }
        var inOrder: [Anomaly] = []
        for rule in AnomalyRule.allCases {
            let ofRule = found.filter { $0.rule == rule }
            guard !ofRule.isEmpty else { continue }
            inOrder += ofRule
            var count = Count()
            count.rule = rule
            count.justified = ofRule.count { $0.justified != nil }
            count.open = ofRule.count - count.justified
            answer.counts.append(count)
            answer.open += count.open
            answer.justified += count.justified
        }
        let wanted = inOrder.filter { anomaly in
            switch state {
            case .open: anomaly.justified == nil
            case .justified: anomaly.justified != nil
            case .all: true
            }
        }
        let rest = wanted.dropFirst(max(0, after ?? 0))
        answer.rows = Array(rest.prefix(limit))
        answer.next = rest.count > limit ? rest.startIndex + limit : nil
        return answer
    }
}
