// What each command on an evaluation has to pass, and what each event changes.

extension EvaluationRequested {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard (1...Party.headcountMax).contains(headcount) else {
            throw Rejection(
                "headcount_out_of_bounds", "\(headcount) people: an evaluation is of 1 to \(Party.headcountMax)",
                ["headcount": headcount, "headcount_max": Party.headcountMax])
        }
        guard person == nil || headcount == 1 else {
            throw Rejection(
                "person_and_headcount", "an evaluation of a person is of 1, not of \(headcount)",
                ["evaluation": evaluation, "headcount": headcount])
        }
        if let service { try world.services.known(service) }
        if let site { _ = try world.sites.known(site) }
        if let known = world.evaluations[evaluation] {
            if known.request == self, known.requested == stamp.day { return [] }
            throw Rejection(
                "evaluation_exists", "evaluation \(evaluation) was already requested on \(known.requested), otherwise",
                ["evaluation": evaluation, "requested": known.requested])
        }
        if let person {
            if let open = world.evaluations.evaluations(of: person).first(where: { $0.concluded == nil }) {
                throw .secondOpenEvaluation(open)
            }
            try world.evaluations.checkAlone(person, from: stamp.day, before: stamp.day + 1, evaluation)
        }
        return [Outcome(self, anomalies: stamp.isLate ? [.enteredLate] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.evaluations.request(self, stamp)
    }
}

extension EvaluationSheltered {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.evaluations.known(evaluation)
        guard (site == nil) != (destination == nil) else {
            throw Rejection(
                "site_or_destination", "people are sheltered on a site or at a destination, and not at both",
                ["evaluation": evaluation])
        }
        if let site { _ = try world.sites.known(site) }
        try known.checkRequested(stamp.day)
        if let (_, concluded, _) = known.concluded, stamp.day > concluded {
            throw .shelteredAfterConclusion(evaluation, sheltered: stamp.day, concluded: concluded)
        }
        return known.shelters.value(setFrom: stamp.day) == self ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.evaluations.change(evaluation) { $0.shelters.set(self, from: stamp.day) }
    }
}

extension EvaluationConcluded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.evaluations.known(evaluation)
        if let (outcome, day, _) = known.concluded {
            if outcome == self.outcome, day == stamp.day { return [] }
            throw Rejection(
                "already_concluded", "evaluation \(evaluation) was concluded on \(day): \(outcome.rawValue)",
                ["evaluation": evaluation, "concluded": day, "outcome": outcome])
        }
        try known.checkRequested(stamp.day)
        if let sheltered = known.shelters.entries.last?.from, sheltered > stamp.day {
            throw .shelteredAfterConclusion(evaluation, sheltered: sheltered, concluded: stamp.day)
        }
        if let person = known.request.person {
            try world.evaluations.checkAlone(person, from: known.requested, before: stamp.day, evaluation)
        }
        return [Outcome(self, anomalies: stamp.isLate ? [.enteredLate] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.evaluations.change(evaluation) { $0.concluded = (outcome, stamp.day, stamp.isLate) }
    }
}

extension EvaluationReferred {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.evaluations.known(evaluation)
        if let (referral, day) = known.referred {
            if referral == self, day == stamp.day { return [] }
            throw Rejection(
                "already_referred",
                "evaluation \(evaluation) was referred on \(day): \(referral.destination.rawValue)",
                ["evaluation": evaluation, "referred": day, "destination": referral.destination])
        }
        try known.checkRequested(stamp.day)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.evaluations.change(evaluation) { $0.referred = (self, stamp.day) }
    }
}

extension EvaluationNormSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try world.services.known(service)
        guard (1...Self.daysMax).contains(days) else {
            throw Rejection(
                "norm_out_of_bounds", "a norm of \(days) days: from 1 to \(Self.daysMax) are possible",
                ["service": service, "days": days, "days_max": Self.daysMax])
        }
        return world.evaluations.norm(of: service).value(setFrom: effective ?? stamp.day) == days
            ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.evaluations.setNorm(of: service, days: days, from: effective ?? stamp.day)
    }
}

extension Evaluations {
    /// A person is evaluated once at a time, in the past as well.
    fileprivate func checkAlone(
        _ person: Identifier, from: Day, before to: Day, _ evaluation: Identifier
    ) throws(Rejection) {
        let other = evaluations(of: person).first { other in
            guard other.request.evaluation != evaluation, let concluded = other.concluded?.day else { return false }
            return other.requested < to && from < concluded && other.requested < concluded
        }
        if let other { throw .secondOpenEvaluation(other) }
    }
}

extension Evaluations.Evaluation {
    fileprivate func checkRequested(_ day: Day) throws(Rejection) {
        guard day >= requested else {
            throw Rejection(
                "before_the_request",
                "evaluation \(request.evaluation) was requested on \(requested), after \(day)",
                ["evaluation": request.evaluation, "requested": requested, "day": day])
        }
    }
}

extension Rejection {
    fileprivate static func secondOpenEvaluation(_ other: Evaluations.Evaluation) -> Rejection {
        Rejection(
            "second_open_evaluation",
            "the same person was evaluated by \(other.request.evaluation) from \(other.requested)"
                + (other.concluded.map { " to \($0.day)" } ?? " on: conclude it first"),
            ["evaluation": other.request.evaluation, "requested": other.requested])
    }

    fileprivate static func shelteredAfterConclusion(
        _ id: Identifier, sheltered: Day, concluded: Day
    ) -> Rejection {
        Rejection(
            "sheltered_after_conclusion",
            "evaluation \(id) cannot be concluded on \(concluded) and its people sheltered on \(sheltered)",
            ["evaluation": id, "concluded": concluded, "sheltered": sheltered])
    }
}

extension EvaluationOutcome: RejectionValue {}
