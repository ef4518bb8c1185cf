// What each command on the plan has to pass, and what each event changes.

extension PlanAdopted {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkBounds(1, commitments, Self.commitmentsMax, "commitments")
        if let known = world.plan[plan: plan] {
            if known.adoption == self, known.adopted == stamp.day { return [] }
            throw Rejection(
                "plan_exists", "plan \(plan) was already adopted on \(known.adopted), otherwise",
                ["plan": plan, "adopted": known.adopted])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.adopt(self, on: stamp.day)
    }
}

extension PlanCommitmentDeclared {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let adopted = try world.plan.known(plan: plan).adopted
        guard adopted <= stamp.day else {
            throw Rejection(
                "before_it_was_adopted", "plan \(plan) was adopted on \(adopted), after \(stamp.day)",
                ["plan": plan, "adopted": adopted, "day": stamp.day])
        }
        try checkBounds(1, number, PlanAdopted.commitmentsMax, "number")
        try checkBounds(1, pillar, Self.pillarMax, "pillar")
        if let known = world.plan[commitment: commitment] {
            if known.declaration == self, known.declared == stamp.day { return [] }
            throw Rejection(
                "commitment_exists", "commitment \(commitment) was already declared on \(known.declared), otherwise",
                ["commitment": commitment, "declared": known.declared])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.declare(self, on: stamp.day)
    }
}

extension PlanIndicatorDefined {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let declared = try world.plan.known(commitment: commitment).declared
        try calculation?.check(unit: unit)
        if let target, isDay { try checkDay(target, indicator) }
        guard declared <= stamp.day else {
            throw Rejection(
                "before_it_was_declared", "commitment \(commitment) was declared on \(declared), after \(stamp.day)",
                ["commitment": commitment, "declared": declared, "day": stamp.day])
        }
        if let known = world.plan[indicator: indicator] {
            if known.definition == self, known.defined == stamp.day { return [] }
            throw Rejection(
                "indicator_exists", "indicator \(indicator) was already defined on \(known.defined), otherwise",
                ["indicator": indicator, "defined": known.defined])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.define(self, on: stamp.day)
    }
}

extension PlanIndicatorMeasured {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let known = world.plan[indicator: indicator] else {
            throw Rejection("unknown_indicator", "no indicator \(indicator): define it first", ["indicator": indicator])
        }
        if let unit, unit != known.definition.unit {
            throw Rejection(
                "unit_mismatch", "indicator \(indicator) is in \(known.definition.unit), not in \(unit)",
                ["indicator": indicator, "expected": known.definition.unit, "unit": unit])
        }
        try checkValues()
        if known.definition.isDay { try checkDays() }
        let statement = statement(stamp)
        let others = known.statements.filter { $0.day == statement.day }
        if others.last(where: { $0.source == statement.source }) == statement { return [] }
        guard known.statements.count < Self.statementsMax else {
            throw Rejection(
                "too_many_statements",
                "indicator \(indicator) has \(Self.statementsMax) statements, the most there may be",
                ["indicator": indicator, "statements_max": Self.statementsMax])
        }
        // What the events give is compared where figures are computed: it takes too long for a command.
        let claims = Claims(computed: nil, others + [statement])
        return [Outcome(self, anomalies: claims.contradiction == nil ? [] : [.sourcesDisagree])]
    }

    private func checkValues() throws(Rejection) {
        guard (value == nil) == (precision == .unspecified) else {
            throw Rejection(
                "value_and_precision", "only an unspecified number has no value, and it has none",
                ["indicator": indicator, "precision": precision])
        }
        guard (valueMax != nil) == (precision == .range) else {
            throw Rejection(
                "value_and_precision", "only a range, and every range, has an upper end",
                ["indicator": indicator, "precision": precision])
        }
        if let value, let valueMax, valueMax < value {
            throw Rejection(
                "range_upside_down", "a range from \(value) to \(valueMax) has nothing in it", ["indicator": indicator])
        }
    }

    /// A day is stated as a number of eight digits; five per cent of that would be no statement.
    private func checkDays() throws(Rejection) {
        for number in [value, valueMax].compactMap(\.self) { try checkDay(number, indicator) }
        guard precision != .about else {
            throw Rejection(
                "value_and_precision", "a day that is not exact is a range",
                ["indicator": indicator, "precision": precision])
        }
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.measure(self, stamp)
    }
}

extension PlanMilestonePlanned {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        _ = try world.plan.known(commitment: commitment)
        if let known = world.plan[milestone: milestone] {
            if let (plan, day) = known.planned, plan == self, day == stamp.day { return [] }
            let since = known.planned?.day ?? known.reached?.day ?? stamp.day
            throw Rejection(
                "milestone_exists", "milestone \(milestone) has been known since \(since), otherwise",
                ["milestone": milestone, "since": since])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.plan(self, on: stamp.day)
    }
}

extension PlanMilestoneReached {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let commitment { _ = try world.plan.known(commitment: commitment) }
        try checkBounds(1, count, countMax, "count")
        try checkBounds(1, attendance, countMax, "attendance")
        try checkBounds(1, days, Self.daysMax, "days")
        guard let known = world.plan[milestone: milestone] else {
            guard commitment != nil, kind != nil, title != nil else {
                throw Rejection(
                    "unknown_milestone",
                    "milestone \(milestone) was not planned: say its commitment, its kind and its title",
                    ["milestone": milestone])
            }
            return [Outcome(self)]
        }
        if let (report, day) = known.reached {
            if report == self, day == stamp.day { return [] }
            throw Rejection(
                "already_reached", "milestone \(milestone) was reached on \(day)",
                ["milestone": milestone, "reached": day])
        }
        if let (_, planned) = known.planned, stamp.day < planned {
            throw Rejection(
                "before_it_was_planned", "milestone \(milestone) was planned on \(planned), after \(stamp.day)",
                ["milestone": milestone, "planned": planned, "day": stamp.day])
        }
        guard commitment ?? known.commitment == known.commitment, kind ?? known.kind == known.kind,
            title ?? known.title == known.title
        else {
            throw Rejection(
                "planned_otherwise",
                "milestone \(milestone) was planned for \(known.commitment), as \(known.kind.rawValue) «\(known.title.string)»",
                ["milestone": milestone, "commitment": known.commitment, "kind": known.kind])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.reach(self, on: stamp.day)
    }
}

extension PlanNoteRecorded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.plan.known(commitment: commitment)
        if known.notes.contains(where: { $0.note == self && $0.day == stamp.day }) { return [] }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.plan.note(self, on: stamp.day)
    }
}

private func checkDay(_ number: Decimal, _ indicator: Identifier) throws(Rejection) {
    guard Day(number) != nil else {
        throw Rejection("not_a_day", "\(number) is no day: 20170309 is 9 March 2017", ["indicator": indicator])
    }
}

extension Plan {
    func known(plan id: Identifier) throws(Rejection) -> Adopted {
        guard let plan = self[plan: id] else {
            throw Rejection("unknown_plan", "no plan \(id): adopt it first", ["plan": id])
        }
        return plan
    }

    func known(commitment id: Identifier) throws(Rejection) -> Commitment {
        guard let commitment = self[commitment: id] else {
            throw Rejection("unknown_commitment", "no commitment \(id): declare it first", ["commitment": id])
        }
        return commitment
    }
}

extension Day {
    /// Out of a number such as 20170309.
    fileprivate init?(_ number: Decimal) {
        let date = number.whole
        guard Decimal(date) == number else { return nil }
        self.init(year: date / 10_000, month: date / 100 % 100, day: date % 100)
    }
}

extension Precision: RejectionValue {}
extension MilestoneKind: RejectionValue {}
