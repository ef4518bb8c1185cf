/// What a milestone is.
public enum MilestoneKind: String, CodeList {
    case meeting, agreement, publication, deliberation, event, training, project, programme, support, study
    case callForProjects = "call_for_projects"
    case other
}

/// `plan.adopt` → `plan.adopted`: a plan is announced.
public struct PlanAdopted: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.adopted"
    public static let method = "plan.adopt"
    public static let commitmentsMax = 10_000

    public var plan = Identifier()
    public var name: Text = "-"
    /// How many commitments it announces, 1 to `commitmentsMax`; not all of them may be declared here.
    public var commitments: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("plan", &plan)
        try visitor.field("name", &name)
        try visitor.field("commitments", &commitments)
    }

    public var subject: Subject { Subject(.plan, plan) }
}

/// `plan.declare_commitment` → `plan.commitment_declared`: something is promised.
public struct PlanCommitmentDeclared: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.commitment_declared"
    public static let method = "plan.declare_commitment"
    public static let pillarMax = 100

    public var commitment = Identifier()
    public var plan = Identifier()
    /// Its number in the plan, 1 to `PlanAdopted.commitmentsMax`.
    public var number: Int?
    /// The part of the plan that it belongs to, 1 to `pillarMax`.
    public var pillar: Int?
    public var pillarTitle: Text?
    public var title: Text = "-"

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("commitment", &commitment)
        try visitor.field("plan", &plan)
        try visitor.field("number", &number)
        try visitor.field("pillar", &pillar)
        try visitor.field("pillar_title", &pillarTitle)
        try visitor.field("title", &title)
    }

    public var subject: Subject { Subject(.commitment, commitment) }
}

/// `plan.define_indicator` → `plan.indicator_defined`: what a commitment is measured by, and how that is computed.
public struct PlanIndicatorDefined: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.indicator_defined"
    public static let method = "plan.define_indicator"

    public var indicator = Identifier()
    public var commitment = Identifier()
    public var title: Text = "-"
    /// `people`, `places`, `percent`, `EUR`, `date`…
    public var unit = Identifier()
    public var target: Decimal?
    /// It counts people: masked in published forms where they are few.
    public var aboutPeople = false
    /// Absent for what can only be stated.
    public var calculation: Calculation?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("indicator", &indicator)
        try visitor.field("commitment", &commitment)
        try visitor.field("title", &title)
        try visitor.field("unit", &unit)
        try visitor.field("target", &target)
        try visitor.preset("about_people", &aboutPeople)
        try visitor.field("calculation", &calculation)
    }

    public var subject: Subject { Subject(.indicator, indicator) }

    /// Its figure is a day, not a number.
    var isDay: Bool { unit == Calculation.dayUnit }
}

/// `plan.measure_indicator` → `plan.indicator_measured`: a source states a figure.
public struct PlanIndicatorMeasured: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.indicator_measured"
    public static let method = "plan.measure_indicator"
    /// The most that sources may say of one indicator.
    public static let statementsMax = 1000

    public var indicator = Identifier()
    /// Absent exactly where the number is unspecified. A day is stated as a number, 20170309.
    public var value: Decimal?
    /// The upper end of a range, and only of that.
    public var valueMax: Decimal?
    public var precision = Precision.exact
    /// Where it is written: a document, a page.
    public var source: Text = "-"
    /// The indicator's own, to be sure.
    public var unit: Identifier?
    /// The day of which the source speaks, whenever it does; that of the event where absent.
    public var day: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("indicator", &indicator)
        try visitor.field("value", &value)
        try visitor.field("value_max", &valueMax)
        try visitor.preset("precision", &precision)
        try visitor.field("source", &source)
        try visitor.field("unit", &unit)
        try visitor.field("day", &day)
    }

    public var subject: Subject { Subject(.indicator, indicator) }

    func statement(_ stamp: Stamp) -> Statement {
        var statement = Statement()
        statement.day = day ?? stamp.day
        statement.value = value
        statement.valueMax = valueMax
        statement.precision = precision
        statement.source = source
        return statement
    }
}

/// `plan.plan_milestone` → `plan.milestone_planned`: something will be reached.
public struct PlanMilestonePlanned: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.milestone_planned"
    public static let method = "plan.plan_milestone"

    public var milestone = Identifier()
    public var commitment = Identifier()
    public var kind = MilestoneKind.other
    public var title: Text = "-"
    /// The day for which it is planned.
    public var due: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("milestone", &milestone)
        try visitor.field("commitment", &commitment)
        try visitor.field("kind", &kind)
        try visitor.field("title", &title)
        try visitor.field("due", &due)
    }

    public var subject: Subject { Subject(.milestone, milestone) }
}

/// `plan.reach_milestone` → `plan.milestone_reached`: it has been reached, planned or not.
public struct PlanMilestoneReached: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.milestone_reached"
    public static let method = "plan.reach_milestone"
    /// Ten years and a bit.
    public static let daysMax = 3660

    public var milestone = Identifier()
    /// With kind and title: needed where it was not planned; where it was, they say the same.
    public var commitment: Identifier?
    public var kind: MilestoneKind?
    public var title: Text?
    /// What it is one of: the meetings of one board.
    public var series: Identifier?
    /// Copies, editions, classes…: 1 to `countMax`.
    public var count: Int?
    /// People who came, 1 to `countMax`.
    public var attendance: Int?
    public var partners: [Identifier] = []
    /// How many days it lasted, 1 to `daysMax`.
    public var days: Int?
    public var theme: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("milestone", &milestone)
        try visitor.field("commitment", &commitment)
        try visitor.field("kind", &kind)
        try visitor.field("title", &title)
        try visitor.field("series", &series)
        try visitor.field("count", &count)
        try visitor.field("attendance", &attendance)
        try visitor.list("partners", &partners)
        try visitor.field("days", &days)
        try visitor.field("theme", &theme)
    }

    public var subject: Subject { Subject(.milestone, milestone) }
}

/// `plan.record_note` → `plan.note_recorded`: what a source says of a commitment without a figure.
public struct PlanNoteRecorded: EventRecord, CommandRecord, Equatable {
    public static let type = "plan.note_recorded"
    public static let method = "plan.record_note"

    public var commitment = Identifier()
    public var note: Text = "-"
    /// Where it is written: a document, a page.
    public var source: Text = "-"

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("commitment", &commitment)
        try visitor.field("note", &note)
        try visitor.field("source", &source)
    }

    public var subject: Subject { Subject(.commitment, commitment) }
}

extension Plan {
    static let events: [any EventRecord.Type] = [
        PlanAdopted.self, PlanCommitmentDeclared.self, PlanIndicatorDefined.self, PlanIndicatorMeasured.self,
        PlanMilestonePlanned.self, PlanMilestoneReached.self, PlanNoteRecorded.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        PlanAdopted.self, PlanCommitmentDeclared.self, PlanIndicatorDefined.self, PlanIndicatorMeasured.self,
        PlanMilestonePlanned.self, PlanMilestoneReached.self, PlanNoteRecorded.self,
    ]
    static let queries: [any QueryRecord.Type] = [
        PlansQuery.self, CommitmentsQuery.self, MilestonesQuery.self, IndicatorsQuery.self,
    ]
}
