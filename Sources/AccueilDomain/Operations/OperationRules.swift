// What each command on an operation has to pass, and what each event changes.

extension OperationPlanned {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkArrondissement(arrondissement)
        if let site { _ = try world.sites.known(site) }
        if let known = world.operations[operation] {
            if known.plan == self, known.planned == stamp.day { return [] }
            throw Rejection(
                "operation_exists", "operation \(operation) was already planned on \(known.planned), otherwise",
                ["operation": operation, "planned": known.planned])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.operations.plan(self, on: stamp.day)
    }
}

extension OperationCarriedOut {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.operations.known(operation)
        try check(world)
        if let (report, day) = known.carriedOut {
            if report == self, day == stamp.day { return [] }
            throw .alreadyCarriedOut(operation, on: day)
        }
        if let (reason, day) = known.cancelled { throw .alreadyCancelled(operation, reason, on: day) }
        guard stamp.day >= known.planned else { throw .beforePlanned(operation, known.planned, stamp.day) }
        return [Outcome(self, anomalies: placed < people ? [.peopleNotPlaced] : [])]
    }

    private func check(_ world: World) throws(Rejection) {
        try checkArrondissement(arrondissement)
        for entry in headcount { try checkPeople(entry.people) }
        for entry in destinations {
            try checkPeople(entry.people)
            guard (entry.site == nil) != (entry.destination == nil) else {
                throw Rejection(
                    "site_or_destination", "an entry of destinations has a site or a destination, and not both",
                    ["operation": operation])
            }
            if let site = entry.site { _ = try world.sites.known(site) }
        }
        try checkPeople(people)
        guard placed <= people else {
            throw Rejection(
                "destinations_above_headcount",
                "\(placed) people have a destination, but operation \(operation) met \(people)",
                ["operation": operation, "placed": placed, "people": people])
        }
    }

    private func checkPeople(_ people: Int) throws(Rejection) {
        guard (1...countMax).contains(people) else { throw .headcountOutOfBounds(people) }
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.operations.carryOut(self, on: stamp.day)
    }
}

extension OperationCancelled {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.operations.known(operation)
        if let (_, day) = known.carriedOut { throw .alreadyCarriedOut(operation, on: day) }
        if let (reason, day) = known.cancelled {
            if reason == self.reason, day == stamp.day { return [] }
            throw .alreadyCancelled(operation, reason, on: day)
        }
        guard stamp.day >= known.planned else { throw .beforePlanned(operation, known.planned, stamp.day) }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.operations.cancel(operation, reason, on: stamp.day)
    }
}

func checkArrondissement(_ arrondissement: Int?) throws(Rejection) {
    guard let arrondissement, !(1...20).contains(arrondissement) else { return }
    throw Rejection(
        "no_such_arrondissement", "arrondissement \(arrondissement): there are 1 to 20",
        ["arrondissement": arrondissement])
}

extension Rejection {
    static func headcountOutOfBounds(_ people: Int) -> Rejection {
        Rejection(
            "headcount_out_of_bounds", "\(people) people: from 1 to \(countMax) are possible", ["people": people])
    }

    fileprivate static func alreadyCarriedOut(_ id: Identifier, on day: Day) -> Rejection {
        Rejection(
            "already_carried_out", "operation \(id) was carried out on \(day)",
            ["operation": id, "carried_out": day])
    }

    fileprivate static func alreadyCancelled(_ id: Identifier, _ reason: CancellationReason, on day: Day) -> Rejection {
        Rejection(
            "already_cancelled", "operation \(id) was cancelled on \(day): \(reason.rawValue)",
            ["operation": id, "cancelled": day, "reason": reason])
    }

    fileprivate static func beforePlanned(_ id: Identifier, _ planned: Day, _ day: Day) -> Rejection {
        Rejection(
            "before_it_was_planned", "operation \(id) was planned on \(planned), after \(day)",
            ["operation": id, "planned": planned, "day": day])
    }
}

extension CancellationReason: RejectionValue {}
