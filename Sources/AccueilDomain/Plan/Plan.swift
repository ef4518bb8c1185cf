/// The plan: what was promised, what has been reached, and the figures that tell how far.
public struct Plan: Sendable {
    public struct Adopted: Sendable {
        public let adoption: PlanAdopted
        public let adopted: Day
    }

    public struct Commitment: Sendable {
        public let declaration: PlanCommitmentDeclared
        public let declared: Day
        public internal(set) var notes: [(note: PlanNoteRecorded, day: Day)] = []
    }

    public struct Indicator: Sendable {
        public let definition: PlanIndicatorDefined
        public let defined: Day
        /// As they were recorded.
        var statements: [Statement] = []

        /// What sources say of days up to one, the latest day first; of one day, what was recorded last.
        func stated(asOf day: Day) -> [Statement] {
            let known = statements.enumerated().filter { $0.element.day <= day }
            return known.sorted { ($1.element.day, $1.offset) < ($0.element.day, $0.offset) }.map(\.element)
        }
    }

    public struct Milestone: Sendable {
        public let id: Identifier
        public let commitment: Identifier
        public let kind: MilestoneKind
        public let title: Text
        public internal(set) var planned: (plan: PlanMilestonePlanned, day: Day)?
        public internal(set) var reached: (report: PlanMilestoneReached, day: Day)?

        public func isReached(asOf day: Day) -> Bool { reached.map { $0.day <= day } ?? false }

        /// Planned, and not reached yet.
        public func isAwaited(asOf day: Day) -> Bool { planned.map { $0.day <= day } ?? false && !isReached(asOf: day) }

        /// The day on which it lies: that on which it was reached, or else for which it is planned.
        func day(asOf day: Day) -> Day? {
            if let reached, reached.day <= day { return reached.day }
            return planned.map { $0.plan.due ?? $0.day }
        }
    }

    private var planNumbers = Registry()
    private var commitmentNumbers = Registry()
    private var indicatorNumbers = Registry()
    private var milestoneNumbers = Registry()
    public private(set) var plans: [Adopted] = []
    public private(set) var commitments: [Commitment] = []
    /// In the order in which they were recorded, as all of these.
    public private(set) var indicators: [Indicator] = []
    public private(set) var milestones = Chunked<Milestone>()

    public subscript(plan id: Identifier) -> Adopted? { planNumbers.find(id).map { plans[$0] } }
    public subscript(commitment id: Identifier) -> Commitment? { commitmentNumbers.find(id).map { commitments[$0] } }
    public subscript(indicator id: Identifier) -> Indicator? { indicatorNumbers.find(id).map { indicators[$0] } }
    public subscript(milestone id: Identifier) -> Milestone? { milestoneNumbers.find(id).map { milestones[$0] } }

    /// Plan by plan in the order of their adoption, then by number, those without one last.
    var commitmentsInOrder: [Commitment] {
        let adopted = Dictionary(uniqueKeysWithValues: plans.map { ($0.adoption.plan, $0.adopted) })
        func key(_ commitment: Commitment) -> (Day, String, Int, String) {
            let declaration = commitment.declaration
            return (
                adopted[declaration.plan] ?? commitment.declared, declaration.plan.description,
                declaration.number ?? .max, declaration.commitment.description
            )
        }
        return commitments.sorted { key($0) < key($1) }
    }

    mutating func adopt(_ adoption: PlanAdopted, on day: Day) {
        guard planNumbers.enter(adoption.plan) == plans.count else { return }
        plans.append(Adopted(adoption: adoption, adopted: day))
    }

    mutating func declare(_ declaration: PlanCommitmentDeclared, on day: Day) {
        guard planNumbers.find(declaration.plan) != nil,
            commitmentNumbers.enter(declaration.commitment) == commitments.count
        else { return }
        commitments.append(Commitment(declaration: declaration, declared: day))
    }

    mutating func define(_ definition: PlanIndicatorDefined, on day: Day) {
        guard commitmentNumbers.find(definition.commitment) != nil,
            indicatorNumbers.enter(definition.indicator) == indicators.count
        else { return }
        indicators.append(Indicator(definition: definition, defined: day))
    }

    mutating func measure(_ measured: PlanIndicatorMeasured, _ stamp: Stamp) {
        guard let number = indicatorNumbers.find(measured.indicator) else { return }
        indicators[number].statements.append(measured.statement(stamp))
    }

    mutating func plan(_ plan: PlanMilestonePlanned, on day: Day) {
        guard commitmentNumbers.find(plan.commitment) != nil,
            milestoneNumbers.enter(plan.milestone) == milestones.count
        else { return }
        milestones.append(
            Milestone(
                id: plan.milestone, commitment: plan.commitment, kind: plan.kind, title: plan.title,
                planned: (plan, day)))
    }

    mutating func reach(_ report: PlanMilestoneReached, on day: Day) {
        if let number = milestoneNumbers.find(report.milestone) {
            milestones[number].reached = (report, day)
        } else if let commitment = report.commitment, let kind = report.kind, let title = report.title,
            commitmentNumbers.find(commitment) != nil
        {
            _ = milestoneNumbers.enter(report.milestone)
            milestones.append(
                Milestone(
                    id: report.milestone, commitment: commitment, kind: kind, title: title, reached: (report, day)))
        }
    }

    mutating func note(_ note: PlanNoteRecorded, on day: Day) {
        guard let number = commitmentNumbers.find(note.commitment) else { return }
        commitments[number].notes.append((note, day))
    }

    /// The anomalies of all indicators, or of one, on the day of the book.
    func anomalies(_ book: inout FigureBook, of indicator: Identifier? = nil) -> [Anomaly] {
        let chosen = indicator.map { id in self[indicator: id].map { [$0] } ?? [] } ?? indicators
        var found: [Anomaly] = []
        for indicator in chosen { found += book.anomalies(of: indicator) }
        return found
    }
}
