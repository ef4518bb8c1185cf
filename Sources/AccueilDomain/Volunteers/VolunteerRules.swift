// What each command on volunteers and missions has to pass, and what each event changes.

extension VolunteerRegistered {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard (1...countMax).contains(headcount) else { throw .headcountOutOfBounds(headcount) }
        if let known = world.volunteers[volunteer: volunteer] {
            if known.registration == self, known.registered == stamp.day { return [] }
            throw Rejection(
                "volunteer_exists", "volunteer \(volunteer) already registered on \(known.registered), otherwise",
                ["volunteer": volunteer, "registered": known.registered])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.register(self, on: stamp.day)
    }
}

extension VolunteerMissionOpened {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let site { _ = try world.sites.known(site) }
        try checkBounds(1, seats, countMax, "seats")
        guard (starts == nil) == (ends == nil) else {
            throw Rejection(
                "half_a_shift", "mission \(mission) has a beginning and an end, or none of them", ["mission": mission])
        }
        if let starts, let ends, starts >= ends {
            throw Rejection(
                "ends_before_it_starts", "mission \(mission) would begin at \(starts) and end at \(ends)",
                ["mission": mission, "starts": starts, "ends": ends])
        }
        if let known = world.volunteers[mission: mission] {
            if known.opening == self, known.opened == stamp.day { return [] }
            throw Rejection(
                "mission_exists", "mission \(mission) was already opened on \(known.opened), otherwise",
                ["mission": mission, "opened": known.opened])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.open(self, on: stamp.day)
    }
}

extension VolunteerSignedUp {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let mission = try world.volunteers.known(mission: mission)
        let known = try world.volunteers.known(volunteer: volunteer)
        // Those that hold at that time or later: what is signed up for now holds from then on.
        let own = world.volunteers.signUps(of: volunteer, to: mission.id)
        if let signUp = own.last(where: { $0.isStanding(from: stamp.time) }) {
            if signUp.day == stamp.day, signUp.withdrawn == nil { return [] }
            throw Rejection(
                "already_signed_up", "volunteer \(volunteer) has been signed up for \(mission.id) since \(signUp.day)",
                ["volunteer": volunteer, "mission": mission.id, "since": signUp.day])
        }
        try mission.checkOpen(stamp)
        guard stamp.day >= known.registered else {
            throw Rejection(
                "before_they_registered",
                "volunteer \(volunteer) registered on \(known.registered), after \(stamp.day)",
                ["volunteer": volunteer, "registered": known.registered, "day": stamp.day])
        }
        if let shift = mission.opening.shift,
            let (other, taken) = world.volunteers.shift(of: known, overlapping: shift, from: stamp.time)
        {
            throw Rejection(
                "overlapping_shifts", "volunteer \(volunteer) will be at \(other) until \(taken.upperBound)",
                ["volunteer": volunteer, "mission": mission.id, "other": other])
        }
        try mission.checkSeats(for: known.registration.headcount, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.signUp(volunteer, to: mission, stamp)
    }
}

extension VolunteerWithdrew {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let mission = try world.volunteers.known(mission: mission)
        _ = try world.volunteers.known(volunteer: volunteer)
        let signUps = world.volunteers.signUps(of: volunteer, to: mission.id)
        guard let signUp = signUps.last(where: { $0.withdrawn == nil && $0.day <= stamp.day }) else {
            if signUps.contains(where: { $0.withdrawn.map { $0.day == stamp.day } ?? false }) { return [] }
            throw Rejection(
                "not_signed_up", "volunteer \(volunteer) was not signed up for \(mission.id) on \(stamp.day)",
                ["volunteer": volunteer, "mission": mission.id, "day": stamp.day])
        }
        if let attended = signUp.attended.last {
            throw Rejection(
                "already_attended", "volunteer \(volunteer) was at \(mission.id) on \(attended.day)",
                ["volunteer": volunteer, "mission": mission.id, "attended": attended.day])
        }
        try mission.checkOpen(stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.withdraw(volunteer, from: mission, stamp)
    }
}

extension VolunteerAttended {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let mission = try world.volunteers.known(mission: mission)
        let headcount = try world.volunteers.known(volunteer: volunteer).registration.headcount
        try checkBounds(1, minutes, Self.minutesMax, "minutes")
        try checkBounds(1, minutes * headcount, Self.personMinutesMax, "minutes")
        let signUps = world.volunteers.signUps(of: volunteer, to: mission.id)
        if let known = signUps.flatMap(\.attended).first(where: { $0.time == stamp.time }) {
            if known.minutes == minutes { return [] }
            throw Rejection(
                "attended_otherwise", "volunteer \(volunteer) was at \(mission.id) then, for \(known.minutes) minutes",
                ["volunteer": volunteer, "mission": mission.id, "minutes": known.minutes])
        }
        guard signUps.contains(where: { $0.stands(on: stamp.day) }) else {
            throw Rejection(
                "attendance_without_sign_up",
                "volunteer \(volunteer) was not signed up for \(mission.id) on \(stamp.day): sign them up first",
                ["volunteer": volunteer, "mission": mission.id, "day": stamp.day])
        }
        try mission.checkOpen(stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.attend(volunteer, mission, minutes: minutes, stamp)
    }
}

extension VolunteerMissionClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.volunteers.known(mission: mission)
        if let (_, day) = known.closed {
            if day == stamp.day { return [] }
            throw Rejection(
                "mission_already_closed", "mission \(mission) was closed on \(day)",
                ["mission": mission, "closed": day])
        }
        guard stamp.day >= known.opened else {
            throw Rejection(
                "closes_before_it_opens", "mission \(mission) was opened on \(known.opened), after \(stamp.day)",
                ["mission": mission, "opened": known.opened, "day": stamp.day])
        }
        if let latest = known.latest, latest > stamp.time {
            throw Rejection(
                "closes_before_latest_entry",
                "mission \(mission) has a volunteer's entry of \(latest), after \(stamp.time)",
                ["mission": mission, "latest": latest, "time": stamp.time])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.volunteers.close(mission: mission, stamp)
    }
}

extension Volunteers {
    fileprivate func known(volunteer id: Identifier) throws(Rejection) -> Volunteer {
        guard let volunteer = self[volunteer: id] else {
            throw Rejection("unknown_volunteer", "no volunteer \(id): register them first", ["volunteer": id])
        }
        return volunteer
    }

    fileprivate func known(mission id: Identifier) throws(Rejection) -> Mission {
        guard let mission = self[mission: id] else {
            throw Rejection("unknown_mission", "no mission \(id): open it first", ["mission": id])
        }
        return mission
    }
}

extension Volunteers.Mission {
    /// Anything can be told of it at that time: it is open, or has just been closed.
    fileprivate func checkOpen(_ stamp: Stamp) throws(Rejection) {
        guard stamp.day >= opened else {
            throw Rejection(
                "before_it_was_opened", "mission \(id) was opened on \(opened), after \(stamp.day)",
                ["mission": id, "opened": opened, "day": stamp.day])
        }
        if let closed, closed.time < stamp.time {
            throw Rejection(
                "mission_closed", "mission \(id) was closed on \(closed.day)", ["mission": id, "closed": closed.day])
        }
    }

    /// Refuses what would take more seats than there are, at that time or, because of later sign-ups, at any time after it.
    fileprivate func checkSeats(for people: Int, _ stamp: Stamp) throws(Rejection) {
        guard let seats = opening.seats else { return }
        let free = seats + taken.leastBalance(adding: 0, at: stamp.time).balance
        guard people > free else { return }
        throw Rejection(
            "shift_full", "mission \(id) has \(free) of \(seats) seats left, not \(people)",
            ["mission": id, "seats": seats, "free": free, "people": people])
    }
}
