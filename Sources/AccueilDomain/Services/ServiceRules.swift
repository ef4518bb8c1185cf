// What each command on a service has to pass, and what each event changes.

extension ServiceOpened {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkArrondissement(arrondissement)
        let ages = 0...Self.ageMax
        guard ages.contains(ageMin ?? 0), ages.contains(ageMax ?? 0), ageMin ?? 0 <= ageMax ?? Self.ageMax else {
            throw Rejection(
                "age_out_of_bounds", "ages are 0 to \(Self.ageMax) years, the lowest no more than the highest",
                ["service": service, "age_min": ageMin ?? 0, "age_max": ageMax ?? Self.ageMax])
        }
        for site in sites { _ = try world.sites.known(site) }
        guard let known = world.services[service] else { return [Outcome(self)] }
        let isTold =
            known.openings.value(setFrom: stamp.day) == self && known.periods.contains { $0.from == stamp.day }
        let (since, closed) = known.period
        guard let closed else {
            if isTold { return [] }
            throw Rejection(
                "service_exists", "service \(service) is open since \(since), otherwise",
                ["service": service, "since": since])
        }
        if stamp.day >= closed { return [Outcome(self)] }
        if isTold { return [] }
        throw Rejection(
            "open_periods_overlap", "service \(service) was open until \(closed), after \(stamp.day)",
            ["service": service, "closed": closed, "day": stamp.day])
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.open(self, on: stamp.day)
    }
}

extension ServiceOperatorSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        guard !operators.isEmpty else {
            throw Rejection("no_operator", "a service has at least one operator", ["service": service])
        }
        return known.operators.value(setFrom: effective ?? stamp.day) == operators ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) { $0.operators.set(operators, from: effective ?? stamp.day) }
    }
}

extension ServiceScheduleSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        guard !days.isEmpty, Set(days).count == days.count else {
            throw Rejection(
                "schedule_days", "a schedule has at least one day of the week, and each once", ["service": service])
        }
        guard (opens == nil) == (closes == nil), opens.map({ $0 < closes ?? $0 }) ?? true else {
            throw Rejection(
                "schedule_hours", "a schedule says when a service opens and, later in the day, closes, or neither",
                ["service": service])
        }
        return known.schedule.value(setFrom: effective ?? stamp.day) == Services.Schedule(self) ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) { $0.schedule.set(Services.Schedule(self), from: effective ?? stamp.day) }
    }
}

extension ServiceStaffingSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        let most = Decimal(Self.staffMax)
        guard (0...Self.staffMax).contains(posts ?? 0), (Decimal()...most).contains(fte ?? Decimal()) else {
            throw Rejection(
                "staffing_out_of_bounds", "posts and full-time equivalents are 0 to \(Self.staffMax)",
                ["service": service, "role": role, "staff_max": Self.staffMax])
        }
        if let posts, let fte, (posts == 0) != (fte == Decimal()) {
            throw Rejection(
                "posts_and_fte", "\(posts) posts cannot be \(fte) full-time equivalents: both are zero or neither is",
                ["service": service, "role": role, "posts": posts])
        }
        return known.staffing[role]?.value(setFrom: effective ?? stamp.day) == staffing ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) {
            $0.staffing[role, default: DatedValue()].set(staffing, from: effective ?? stamp.day)
        }
    }

    private var staffing: Services.Staffing { Services.Staffing(posts: posts, fte: fte) }
}

extension ServiceCapacitySet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        guard (0...countMax).contains(places) else {
            throw Rejection(
                "capacity_out_of_bounds", "\(places) places: a capacity is 0 to \(countMax)",
                ["service": service, "places": places])
        }
        let from = effective ?? stamp.day
        if known.capacity.value(setFrom: from) == places { return [] }
        var after = known
        after.capacity.set(places, from: from)
        let overruns = after.served.keys.contains { after.isAboveCapacity(on: $0) && !known.isAboveCapacity(on: $0) }
        return [Outcome(self, anomalies: overruns ? [.serviceAboveCapacity] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) { $0.capacity.set(places, from: effective ?? stamp.day) }
    }
}

extension ServiceSiteAdded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        if let site { _ = try world.sites.known(site) }
        let added = Services.Place(site)
        return known.places[place]?.value(setFrom: effective ?? stamp.day) == added ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) {
            $0.places[place, default: DatedValue()].set(Services.Place(site), from: effective ?? stamp.day)
        }
    }
}

extension ServiceSiteRemoved {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        let from = effective ?? stamp.day
        switch known.places[place]?.value(on: from) {
        case .on, .elsewhere: return [Outcome(self)]
        case .left where known.places[place]?.value(setFrom: from) == .left: return []
        case .left, nil:
            throw Rejection(
                "unknown_place", "service \(service) is not at \(place) on \(from)",
                ["service": service, "place": place, "day": from])
        }
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) { $0.places[place]?.set(.left, from: effective ?? stamp.day) }
    }
}

extension ServiceActRecorded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        if let headcount, !(1...countMax).contains(headcount) { throw .headcountOutOfBounds(headcount) }
        if let site { _ = try world.sites.known(site) }
        guard known.works(on: stamp.day) else {
            throw Rejection(
                "service_not_open", "service \(service) was not open on \(stamp.day)",
                ["service": service, "day": stamp.day])
        }
        let isAbove = headcount.map { known.isAboveCapacity(on: stamp.day, adding: $0) } ?? false
        return [Outcome(self, anomalies: isAbove ? [.serviceAboveCapacity] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.record(self, on: stamp.day)
    }
}

extension ServiceClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.services.known(service)
        let (since, closed) = known.period
        if let closed {
            if closed == stamp.day { return [] }
            throw Rejection(
                "service_already_closed", "service \(service) was closed on \(closed)",
                ["service": service, "closed": closed])
        }
        guard stamp.day >= since else {
            throw Rejection(
                "closes_before_it_opens", "service \(service) opened on \(since), after \(stamp.day)",
                ["service": service, "opened": since, "day": stamp.day])
        }
        if let last = known.lastAct, last > stamp.day {
            throw Rejection(
                "acts_after_closing", "service \(service) still worked on \(last), after \(stamp.day)",
                ["service": service, "last": last, "day": stamp.day])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.services.change(service) { service in
            if service.period.to == nil { service.periods[service.periods.count - 1].to = stamp.day }
        }
    }
}

extension Rejection {
    static func unknownService(_ id: Identifier) -> Rejection {
        Rejection(
            "unknown_service", "no service \(id): open it first, or see query.services for those there are",
            ["service": id])
    }
}
