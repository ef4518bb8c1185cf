// What each command on a placement has to pass, and what each event changes.

extension PlacementRequested {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try party.check()
        if let site { _ = try world.sites.known(site) }
        if let known = world.placements.request(request) {
            if known.party == party, known.site == site, known.day == stamp.day { return [] }
            throw Rejection(
                "request_exists", "request \(request) was already made on \(known.day), otherwise",
                ["request": request, "since": known.day])
        }
        return [Outcome(self, anomalies: stamp.isLate ? [.enteredLate] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.placements.ask(self, stamp)
    }
}

extension PlacementRequestClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let known = world.placements.request(request) else {
            throw Rejection("unknown_request", "no request \(request)", ["request": request])
        }
        if let closed = known.closed {
            if closed.day == stamp.day, closed.closing == self { return [] }
            throw Rejection(
                "request_already_closed",
                "request \(request) was closed on \(closed.day) as \(closed.closing.outcome.rawValue)",
                ["request": request, "closed": closed.day, "outcome": closed.closing.outcome])
        }
        guard stamp.day >= known.day else {
            throw Rejection(
                "closes_before_it_opens", "request \(request) was made on \(known.day), after \(stamp.day)",
                ["request": request, "requested": known.day, "day": stamp.day])
        }
        if let placement {
            guard world.placements.find(placement) != nil else { throw .unknownPlacement(placement) }
        }
        guard (outcome == .oriented) == (destination != nil) else {
            throw Rejection(
                "destination_and_outcome", "an orientation has a destination, any other outcome has none",
                ["request": request, "outcome": outcome])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.placements.close(self, stamp)
    }
}

extension PlacementStarted {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try party.check()
        let (number, site) = try world.sites.known(site)
        if let (stay, open) = world.placements.find(placement) {
            if let open, open.since == stamp.time, open.bed == bed, open.operation == operation,
                Int(stay.site) == number, !stay.continues,
                Int(stay.adults) == party.adults, Int(stay.children) == party.children, stay.audience == party.audience,
                world.placements.id(ofPerson: stay.person) == party.person,
                stay.nationality == (party.nationality ?? .unknown).rawValue
            {
                return []
            }
            throw Rejection(
                "placement_exists", "placement \(placement) already began on \(stay.startDay)",
                ["placement": placement, "since": stay.startDay])
        }
        guard site.isOpen(on: stamp.day) else { throw .siteNotOpen(site.id, on: stamp.day) }
        if let person = party.person, let placement = world.placements.openPlacement(of: person) {
            throw Rejection(
                "second_open_stay", "person \(person) is still placed by \(placement): end or transfer it first",
                ["person": person, "placement": placement])
        }
        if let person = party.person, let known = world.placements.number(ofPerson: person) {
            try world.placements.checkAlone(known, from: stamp.day, before: stamp.day + 1, nil)
        }
        if let bed { try world.placements.checkFree(bed, number, site.id, at: stamp.time) }
        if let operation, !world.operations.isKnown(operation) { throw .unknownOperation(operation) }
        var anomalies = world.arrivalAnomalies(party.audience, party.headcount, number, site, on: stamp.day)
        if stamp.isLate { anomalies.append(.enteredLate) }
        return [Outcome(self, anomalies: anomalies)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        guard let number = world.sites.number(of: site) else { return }
        world.placements.start(placement, site: number, party, bed: bed, operation: operation, stamp)
    }
}

extension PlacementMoved {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (stay, open) = try world.placements.openStay(placement)
        guard stamp.time >= open.changed else { throw .beforeItStarts(placement, open.changed, stamp.time) }
        if open.bed == bed { return [] }
        let site = Int(stay.site)
        try world.placements.checkFree(bed, site, world.sites.all[site].id, at: stamp.time)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.placements.move(placement, bed: bed, stamp)
    }
}

extension PlacementTransferred {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let (stay, open) = try world.placements.openStay(placement)
        let (number, site) = try world.sites.known(site)
        if Int(stay.site) == number, open.bed == bed, stay.continues, open.since == stamp.time { return [] }
        guard Int(stay.site) != number else {
            throw Rejection(
                "same_site", "placement \(placement) is on site \(site.id) already: use placement.move for another bed",
                ["placement": placement, "site": site.id])
        }
        guard stamp.time >= open.changed else { throw .beforeItStarts(placement, open.changed, stamp.time) }
        guard site.isOpen(on: stamp.day) else { throw .siteNotOpen(site.id, on: stamp.day) }
        try world.placements.checkAlone(stay.person, from: stay.startDay, before: stamp.day + 1, stay.placement)
        if let bed { try world.placements.checkFree(bed, number, site.id, at: stamp.time) }
        var anomalies = world.arrivalAnomalies(stay.audience, stay.headcount, number, site, on: stamp.day)
        if stamp.isLate { anomalies.append(.enteredLate) }
        return [Outcome(self, anomalies: anomalies)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        guard let number = world.sites.number(of: site) else { return }
        world.placements.transfer(placement, site: number, bed: bed, stamp)
    }
}

extension PlacementEnded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let (stay, open) = world.placements.find(placement) else { throw .unknownPlacement(placement) }
        guard let open else {
            let ended = stay.endDay ?? stay.startDay
            if ended == stamp.day, stay.destination == destination { return [] }
            throw Rejection(
                "placement_already_ended",
                "placement \(placement) ended on \(ended) with \((stay.destination ?? .other).rawValue)",
                ["placement": placement, "ended": ended, "destination": stay.destination ?? .other])
        }
        guard stamp.time >= open.changed else { throw .beforeItStarts(placement, open.changed, stamp.time) }
        try world.placements.checkAlone(stay.person, from: stay.startDay, before: stamp.day, stay.placement)
        var anomalies: [AnomalyRule] = stamp.isLate ? [.enteredLate] : []
        if let target = world.sites.all[Int(stay.site)].stayTarget.value(on: stamp.day),
            stamp.day - stay.startDay > target.daysMax
        {
            anomalies.append(.stayBeyondTarget)
        }
        return [Outcome(self, anomalies: anomalies)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.placements.end(placement, destination, stamp)
    }
}

extension World {
    /// What is out of the ordinary about so many people of an audience coming to a site on a day.
    fileprivate func arrivalAnomalies(
        _ audience: Audience, _ headcount: Int, _ number: Int, _ site: Sites.Site, on day: Day
    ) -> [AnomalyRule] {
        var anomalies: [AnomalyRule] = []
        if placements.occupied(site: number, on: day) + headcount > site.places(on: day) {
            anomalies.append(.occupancyAboveCapacity)
        }
        if !site.accepts(audience, on: day) { anomalies.append(.audienceMismatch) }
        return anomalies
    }
}

extension Placements {
    fileprivate func openStay(_ placement: Identifier) throws(Rejection) -> (stay: Stay, open: Open) {
        guard let (stay, open) = find(placement) else { throw .unknownPlacement(placement) }
        guard let open else {
            throw Rejection(
                "placement_already_ended", "placement \(placement) ended on \(stay.endDay ?? stay.startDay)",
                ["placement": placement, "ended": stay.endDay ?? stay.startDay])
        }
        return (stay, open)
    }

    /// A bed that nobody holds, nor held at that time.
    fileprivate func checkFree(
        _ bed: Identifier, _ number: Int, _ site: Identifier, at time: Timestamp
    ) throws(Rejection) {
        if let holder = holder(of: bed, site: number) {
            throw Rejection(
                "bed_held", "bed \(bed) of site \(site) is held by placement \(holder)",
                ["bed": bed, "site": site, "placement": holder])
        }
        guard let left = left(bed, site: number), time < left else { return }
        throw Rejection(
            "bed_held", "bed \(bed) of site \(site) was held by somebody else until \(left)",
            ["bed": bed, "site": site, "until": left])
    }

    /// A person has one stay at a time, in the past as well.
    fileprivate func checkAlone(
        _ person: UInt32, from: Day, before to: Day, _ placement: UInt32?
    ) throws(Rejection) {
        guard let other = stay(of: person, from: from, before: to, otherThan: placement) else { return }
        let id = id(ofPlacement: other.placement)
        throw Rejection(
            "second_open_stay",
            "the same person was placed by \(id) from \(other.startDay)"
                + (other.endDay.map { " to \($0)" } ?? " on"),
            ["placement": id, "since": other.startDay])
    }
}

extension Rejection {
    static func unknownPlacement(_ id: Identifier) -> Rejection {
        Rejection("unknown_placement", "no placement \(id)", ["placement": id])
    }

    static func beforeItStarts(_ id: Identifier, _ start: Timestamp, _ time: Timestamp) -> Rejection {
        Rejection(
            "ends_before_it_starts", "placement \(id) began, or last changed, at \(start), after \(time)",
            ["placement": id, "started": start, "time": time])
    }

    static func unknownOperation(_ id: Identifier) -> Rejection {
        Rejection("unknown_operation", "no operation \(id): plan it first", ["operation": id])
    }
}

extension RequestOutcome: RejectionValue {}
extension Destination: RejectionValue {}
