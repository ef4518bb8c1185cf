// What each command on a site has to pass, and what each event changes.

/// The most places, people or goods one entry may speak of: above it, it is a typing error.
public let countMax = 1_000_000_000

extension SiteOpened {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let arrondissement, !(1...20).contains(arrondissement) {
            throw Rejection(
                "no_such_arrondissement", "arrondissement \(arrondissement): there are 1 to 20",
                ["arrondissement": arrondissement])
        }
        guard let site = world.sites[site], let last = site.periods.last else { return [Outcome(self)] }
        guard let closed = last.to else {
            let same =
                site.description(on: last.from) == description && site.operators.value(on: last.from) == operators
            if same, last.from == stamp.day { return [] }
            throw Rejection(
                "site_already_open", "site \(site.id) is open since \(last.from)",
                ["site": site.id, "since": last.from])
        }
        guard stamp.day >= closed else {
            throw Rejection(
                "open_periods_overlap", "site \(site.id) was open until \(closed), after \(stamp.day)",
                ["site": site.id, "closed": closed, "day": stamp.day])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) { site in
            site.descriptions.set(description, from: stamp.day)
            if !site.isOpen { site.periods.append((stamp.day, nil)) }
            site.operators.set(operators, from: stamp.day)
        }
    }

    private var description: Sites.Description {
        Sites.Description(kind: kind, name: name, commune: commune, arrondissement: arrondissement)
    }
}

extension SiteCapacitySet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (number, site) = try world.sites.known(site)
        guard (0...countMax).contains(places) else {
            throw Rejection(
                "capacity_out_of_bounds", "\(places) places: a capacity is 0 to \(countMax)",
                ["site": site.id, "places": places])
        }
        let from = effective ?? stamp.day
        if site.capacity[audience]?.value(setFrom: from) == places { return [] }
        var after = site
        after.capacity[audience, default: DatedValue()].set(places, from: from)
        var anomalies: [AnomalyRule] = []
        if world.placements.occupied(site: number, on: from) > after.places(on: from) {
            anomalies.append(.occupancyAboveCapacity)
        }
        if site.blocked.value(on: from) > after.places(on: from) { anomalies.append(.blockedAboveCapacity) }
        return [Outcome(self, anomalies: anomalies)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) {
            $0.capacity[audience, default: DatedValue()].set(places, from: effective ?? stamp.day)
        }
    }
}

extension SiteStayTargetSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (_, site) = try world.sites.known(site)
        guard daysMax > 0, daysMax <= 36500, (0...daysMax).contains(daysMin ?? 0) else {
            throw Rejection(
                "stay_target_out_of_bounds", "a stay target is 1 to 36500 days, its minimum no more than its maximum",
                ["site": site.id, "days_min": daysMin ?? 0, "days_max": daysMax])
        }
        let target = Sites.StayTarget(daysMin: daysMin, daysMax: daysMax)
        return site.stayTarget.value(setFrom: effective ?? stamp.day) == target ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) {
            $0.stayTarget.set(Sites.StayTarget(daysMin: daysMin, daysMax: daysMax), from: effective ?? stamp.day)
        }
    }
}

extension SiteOperatorSet {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (_, site) = try world.sites.known(site)
        guard !operators.isEmpty else {
            throw Rejection("no_operator", "a site has at least one operator", ["site": site.id])
        }
        return site.operators.value(setFrom: effective ?? stamp.day) == operators ? [] : [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) { $0.operators.set(operators, from: effective ?? stamp.day) }
    }
}

extension SitePlacesBlocked {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (_, site) = try world.sites.known(site)
        guard (1...countMax).contains(places) else { throw .placesOutOfBounds(site.id, places) }
        guard site.isOpen(on: stamp.day) else { throw .siteNotOpen(site.id, on: stamp.day) }
        let blocked = site.blocked.value(on: stamp.day) + places
        return [Outcome(self, anomalies: blocked > site.places(on: stamp.day) ? [.blockedAboveCapacity] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) { $0.blocked.add(places, on: stamp.day) }
    }
}

extension SitePlacesReleased {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (_, site) = try world.sites.known(site)
        guard (1...countMax).contains(places) else { throw .placesOutOfBounds(site.id, places) }
        let days = max(0, (site.blocked.last ?? stamp.day) - stamp.day) + 1
        let blocked = site.blocked.values(from: stamp.day, count: days).min() ?? 0
        guard places <= blocked else {
            throw Rejection(
                "released_above_blocked", "site \(site.id) has \(blocked) places blocked, not \(places)",
                ["site": site.id, "blocked": blocked, "places": places])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) { $0.blocked.add(-places, on: stamp.day) }
    }
}

extension SiteClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (number, site) = try world.sites.known(site)
        guard let (since, closed) = site.periods.last else { throw .siteNotOpen(site.id, on: stamp.day) }
        if let closed {
            if closed == stamp.day { return [] }
            throw Rejection(
                "site_already_closed", "site \(site.id) was closed on \(closed)", ["site": site.id, "closed": closed])
        }
        guard stamp.day >= since else {
            throw Rejection(
                "closes_before_it_opens", "site \(site.id) opened on \(since), after \(stamp.day)",
                ["site": site.id, "opened": since, "day": stamp.day])
        }
        let people = max(
            world.placements.occupied(site: number, on: stamp.day),
            world.placements.occupiedMaximum(site: number, from: stamp.day))
        guard people == 0 else {
            throw Rejection(
                "site_not_empty",
                "\(people) people are on site \(site.id): end or transfer their stays in the same transaction",
                ["site": site.id, "people": people])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.sites.change(site) { site in
            if !site.periods.isEmpty { site.periods[site.periods.count - 1].to = stamp.day }
        }
    }
}

extension Rejection {
    static func placesOutOfBounds(_ site: Identifier, _ places: Int) -> Rejection {
        Rejection(
            "places_out_of_bounds", "\(places) places: from 1 to \(countMax) are possible",
            ["site": site, "places": places])
    }
}
