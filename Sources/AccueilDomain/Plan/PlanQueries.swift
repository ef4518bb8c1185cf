/// `query.commitments`: what was promised, commitment by commitment, and how far each has come.
public struct CommitmentsQuery: QueryRecord {
    public static let method = "query.commitments"
    public static let isLong = true

    public var asOf: Day?
    public var plan: Identifier?
    public var pillar: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("plan", &plan)
        try visitor.field("pillar", &pillar)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var plans = 0
        /// Different pillars of the plans.
        public var pillars = 0
        /// Commitments declared.
        public var commitments = 0
        /// How many commitments the plans announce, where they say so.
        public var announced = 0
        public var milestonesReached = 0
        /// Planned, and not reached yet.
        public var milestonesPlanned = 0
        /// Plan by plan in the order of their adoption, then by number.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("plans", &plans)
            try visitor.field("pillars", &pillars)
            try visitor.field("commitments", &commitments)
            try visitor.field("announced", &announced)
            try visitor.field("milestones_reached", &milestonesReached)
            try visitor.field("milestones_planned", &milestonesPlanned)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record, Equatable {
        public var commitment = Identifier()
        public var plan = Identifier()
        public var number: Int?
        public var pillar: Int?
        public var pillarTitle: Text?
        public var title: Text = "-"
        public var milestonesReached = 0
        public var milestonesPlanned = 0
        public var indicators = 0
        /// Indicators whose figure is at least the target, or whose day is no later.
        public var onTarget = 0
        public var belowTarget = 0
        /// In order of time.
        public var notes: [Note] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("commitment", &commitment)
            try visitor.field("plan", &plan)
            try visitor.field("number", &number)
            try visitor.field("pillar", &pillar)
            try visitor.field("pillar_title", &pillarTitle)
            try visitor.field("title", &title)
            try visitor.field("milestones_reached", &milestonesReached)
            try visitor.field("milestones_planned", &milestonesPlanned)
            try visitor.field("indicators", &indicators)
            try visitor.field("on_target", &onTarget)
            try visitor.field("below_target", &belowTarget)
            try visitor.field("notes", &notes)
        }
    }

    public struct Note: Record, Equatable {
        public var note: Text = "-"
        public var source: Text = "-"
        public var day = Day(rawValue: 0)

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("note", &note)
            try visitor.field("source", &source)
            try visitor.field("day", &day)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        var book = FigureBook(world, asOf: asOf ?? today)
        return try answer(world, &book)
    }

    /// As of the day of the book, from whose figures it is answered.
    func answer(_ world: World, _ book: inout FigureBook) throws(Rejection) -> Answer {
        if let plan { _ = try world.plan.known(plan: plan) }
        var answer = Answer()
        answer.asOf = book.asOf
        for known in world.plan.plans where known.adopted <= answer.asOf {
            guard plan ?? known.adoption.plan == known.adoption.plan else { continue }
            answer.plans += 1
            answer.announced += known.adoption.commitments ?? 0
        }
        let known = world.plan.commitmentsInOrder.filter { $0.declared <= answer.asOf }.map(\.declaration)
        answer.rows = known.filter { commitment in
            plan ?? commitment.plan == commitment.plan && (pillar == nil || pillar == commitment.pillar)
        }.map { row($0) }
        return complete(answer, world, &book)
    }

    private func row(_ declaration: PlanCommitmentDeclared) -> Row {
        var row = Row()
        row.commitment = declaration.commitment
        row.plan = declaration.plan
        row.number = declaration.number
        row.pillar = declaration.pillar
        row.pillarTitle = declaration.pillarTitle
        row.title = declaration.title
        return row
    }

    /// Counts what belongs to the rows.
    private func complete(_ answer: Answer, _ world: World, _ book: inout FigureBook) -> Answer {
        var answer = answer
        let day = answer.asOf
        let numbers = Dictionary(uniqueKeysWithValues: answer.rows.enumerated().map { ($1.commitment, $0) })
        world.plan.milestones.visit { _, milestone in
            guard let number = numbers[milestone.commitment] else { return }
            if milestone.isReached(asOf: day) {
                answer.rows[number].milestonesReached += 1
            } else if milestone.isAwaited(asOf: day) {
                answer.rows[number].milestonesPlanned += 1
            }
        }
        for indicator in world.plan.indicators {
            guard let number = numbers[indicator.definition.commitment],
                let figure = book.figure(of: indicator.definition.indicator)
            else { continue }
            answer.rows[number].indicators += 1
            guard let isOnTarget = figure.isOnTarget else { continue }
            if isOnTarget { answer.rows[number].onTarget += 1 } else { answer.rows[number].belowTarget += 1 }
        }
        for index in answer.rows.indices {
            answer.rows[index].notes = notes(world.plan[commitment: answer.rows[index].commitment], asOf: day)
        }
        answer.commitments = answer.rows.count
        answer.pillars =
            Set(answer.rows.compactMap { row in row.pillar.map { [row.plan.description, "\($0)"] } }).count
        answer.milestonesReached = answer.rows.reduce(0) { $0 + $1.milestonesReached }
        answer.milestonesPlanned = answer.rows.reduce(0) { $0 + $1.milestonesPlanned }
        return answer
    }

    private func notes(_ commitment: Plan.Commitment?, asOf day: Day) -> [Note] {
        let known = (commitment?.notes ?? []).enumerated().filter { $0.element.day <= day }
        return known.sorted { ($0.element.day, $0.offset) < ($1.element.day, $1.offset) }.map { _, element in
            var note = Note()
            note.note = element.note.note
            note.source = element.note.source
            note.day = element.day
            return note
        }
    }
}

/// Which milestones a list shows.
public enum MilestoneState: String, CodeList {
    case reached, planned, all
}

/// `query.milestones`: meetings, agreements, publications…: what has been reached, and what is planned.
///
/// A reached milestone lies on the day of that, a planned one on the day it is due, or else on that of the plan. What was
/// reached or planned later than `as_of` does not show.
public struct MilestonesQuery: QueryRecord {
    public static let method = "query.milestones"
    public static let isLong = true

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    public var commitment: Identifier?
    public var plan: Identifier?
    public var kind: MilestoneKind?
    public var series: Identifier?
    public var milestone: Identifier?
    public var theme: Identifier?
    public var state = MilestoneState.reached

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("commitment", &commitment)
        try visitor.field("plan", &plan)
        try visitor.field("kind", &kind)
        try visitor.field("series", &series)
        try visitor.field("milestone", &milestone)
        try visitor.field("theme", &theme)
        try visitor.preset("state", &state)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        public var count = 0
        /// People who came.
        public var attendance = 0
        /// Copies, editions, classes…: the sum of what the rows call `count`.
        public var copies = 0
        /// All organisations that took part, in alphabetical order.
        public var partners: [Identifier] = []
        public var days = 0
        /// In order of time.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("count", &count)
            try visitor.field("attendance", &attendance)
            try visitor.field("copies", &copies)
            try visitor.field("partners", &partners)
            try visitor.field("days", &days)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record, Equatable {
        public var milestone = Identifier()
        public var commitment = Identifier()
        public var kind = MilestoneKind.other
        public var title: Text = "-"
        /// When it was reached.
        public var day: Day?
        public var due: Day?
        public var series: Identifier?
        public var count: Int?
        public var attendance: Int?
        public var partners: [Identifier] = []
        public var days: Int?
        public var theme: Identifier?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("milestone", &milestone)
            try visitor.field("commitment", &commitment)
            try visitor.field("kind", &kind)
            try visitor.field("title", &title)
            try visitor.field("day", &day)
            try visitor.field("due", &due)
            try visitor.field("series", &series)
            try visitor.field("count", &count)
            try visitor.field("attendance", &attendance)
            try visitor.field("partners", &partners)
            try visitor.field("days", &days)
            try visitor.field("theme", &theme)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let period = try Period(from: from, to: to)
        if let commitment { _ = try world.plan.known(commitment: commitment) }
        if let plan { _ = try world.plan.known(plan: plan) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        var found: [(day: Day, row: Row)] = []
        world.plan.milestones.visit { _, known in
            guard concerns(known, world, answer.asOf), let day = known.day(asOf: answer.asOf), period.contains(day)
            else { return }
            found.append((day, row(known, answer.asOf)))
        }
        found.sort { ($0.day, $0.row.milestone.description) < ($1.day, $1.row.milestone.description) }
        answer.rows = found.map(\.row)
        answer.count = found.count
        var partners: Set<Identifier> = []
        for row in answer.rows {
            answer.attendance += row.attendance ?? 0
            answer.copies += row.count ?? 0
            answer.days += row.days ?? 0
            partners.formUnion(row.partners)
        }
        answer.partners = partners.sorted { $0.description < $1.description }
        return answer
    }

    private func concerns(_ known: Plan.Milestone, _ world: World, _ day: Day) -> Bool {
        let isReached = known.isReached(asOf: day)
        switch state {
        case .reached where !isReached, .planned where !known.isAwaited(asOf: day): return false
        case .all where !isReached && !known.isAwaited(asOf: day): return false
        case .reached, .planned, .all: break
        }
        let report = isReached ? known.reached?.report : nil
        return milestone ?? known.id == known.id && commitment ?? known.commitment == known.commitment
            && kind ?? known.kind == known.kind && (series == nil || series == report?.series)
            && (theme == nil || theme == report?.theme)
            && (plan == nil || plan == world.plan[commitment: known.commitment]?.declaration.plan)
    }

    private func row(_ known: Plan.Milestone, _ day: Day) -> Row {
        var row = Row()
        row.milestone = known.id
        row.commitment = known.commitment
        row.kind = known.kind
        row.title = known.title
        row.due = known.planned?.plan.due
        guard let (report, reached) = known.reached, reached <= day else { return row }
        row.day = reached
        row.series = report.series
        row.count = report.count
        row.attendance = report.attendance
        row.partners = report.partners
        row.days = report.days
        row.theme = report.theme
        return row
    }
}

/// `query.indicators`: the figures, each as the events give it and as sources state it.
public struct IndicatorsQuery: QueryRecord {
    public static let method = "query.indicators"
    public static let isLong = true

    public var asOf: Day?
    public var plan: Identifier?
    public var commitment: Identifier?
    public var indicator: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("plan", &plan)
        try visitor.field("commitment", &commitment)
        try visitor.field("indicator", &indicator)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        /// Figures that the events give.
        public var computed = 0
        /// Figures that are only stated.
        public var recorded = 0
        /// Figures of which not all that is said can be true.
        public var disagreeing = 0
        /// By commitment as in `query.commitments`, then in the order in which they were recorded.
        public var figures: [Figure] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("computed", &computed)
            try visitor.field("recorded", &recorded)
            try visitor.field("disagreeing", &disagreeing)
            try visitor.field("figures", &figures)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        var book = FigureBook(world, asOf: asOf ?? today)
        return try answer(world, &book)
    }

    /// As of the day of the book, from whose figures it is answered.
    func answer(_ world: World, _ book: inout FigureBook) throws(Rejection) -> Answer {
        if let plan { _ = try world.plan.known(plan: plan) }
        if let commitment { _ = try world.plan.known(commitment: commitment) }
        if let indicator, world.plan[indicator: indicator] == nil {
            throw Rejection("unknown_indicator", "no indicator \(indicator)", ["indicator": indicator])
        }
        var answer = Answer()
        answer.asOf = book.asOf
        answer.figures = book.figures(plan: plan, commitment: commitment, indicator: indicator)
        for figure in answer.figures {
            if figure.computed != nil || figure.computedDay != nil {
                answer.computed += 1
            } else if !figure.stated.isEmpty {
                answer.recorded += 1
            }
            if figure.agreement == .disagree { answer.disagreeing += 1 }
        }
        return answer
    }
}
