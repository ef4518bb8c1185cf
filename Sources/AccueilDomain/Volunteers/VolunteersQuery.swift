/// `query.volunteers`: who offered to help, in which missions, and for how long; all in people.
///
/// The figures are of the days from `from` to `to`, none of them after `as_of`. A volunteer is mobilised by a sign-up in
/// the period from which they have not withdrawn, or by having been there in the period.
public struct VolunteersQuery: QueryRecord {
    public static let method = "query.volunteers"

    public enum Grouping: String, CodeList {
        case partner, organisation, site, channel, kind, month
    }

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    /// Only volunteers of this kind; missions are not concerned.
    public var kind: VolunteerKind?
    /// Only volunteers who registered there; missions are not concerned.
    public var channel: Identifier?
    /// Only missions to which it brings volunteers; registrations are not concerned.
    public var partner: Identifier?
    /// Only volunteers registered as serving in it, and only missions for it; who is mobilised is told by the mission.
    public var organisation: Identifier?
    /// Only missions on it; registrations are not concerned.
    public var site: Identifier?
    public var by: Grouping?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("kind", &kind)
        try visitor.field("channel", &channel)
        try visitor.field("partner", &partner)
        try visitor.field("organisation", &organisation)
        try visitor.field("site", &site)
        try visitor.field("by", &by)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        /// People who registered.
        public var registered = 0
        /// People among them who are recognised refugees.
        public var refugees = 0
        /// Different organisations in which those registered serve.
        public var volunteerOrganisations = 0
        /// Missions opened.
        public var missions = 0
        public var missionsClosed = 0
        /// Different organisations that the missions opened are for.
        public var organisations = 0
        /// Different people in missions.
        public var mobilised = 0
        /// Minutes of all people together.
        public var minutes = 0
        /// By month in order of time, else those with the most people mobilised, then registered, first.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("registered", &registered)
            try visitor.field("refugees", &refugees)
            try visitor.field("volunteer_organisations", &volunteerOrganisations)
            try visitor.field("missions", &missions)
            try visitor.field("missions_closed", &missionsClosed)
            try visitor.field("organisations", &organisations)
            try visitor.field("mobilised", &mobilised)
            try visitor.field("minutes", &minutes)
            try visitor.field("rows", &rows)
        }
    }

    /// One group. Volunteers count under each partner, organisation, site or month in which they are mobilised: rows do
    /// not add up to the total.
    public struct Row: Record, Equatable {
        /// `benenova`, `citizen`, `2016-11`; `none` where there is no partner, organisation, site or channel.
        public var key: Text = "-"
        public var registered = 0
        public var missions = 0
        public var mobilised = 0
        public var minutes = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("registered", &registered)
            try visitor.field("missions", &missions)
            try visitor.field("mobilised", &mobilised)
            try visitor.field("minutes", &minutes)
        }
    }

    private struct Group {
        var registered = 0
        var missions = 0
        /// Numbers of volunteers.
        var mobilised: Set<UInt32> = []
        var minutes = 0
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let period = try Period(from: from, to: to)
        if let site { _ = try world.sites.known(site) }
        let room = world.volunteers
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        let asOf = answer.asOf
        func counts(_ day: Day) -> Bool { day <= asOf && period.contains(day) }
        var groups: [String: Group] = [:]

        var serving: Set<Identifier> = []
        room.volunteers.visit { _, volunteer in
            let registration = volunteer.registration
            guard counts(volunteer.registered), concerns(registration),
                organisation == nil || organisation == registration.organisation
            else { return }
            answer.registered += registration.headcount
            if registration.refugee { answer.refugees += registration.headcount }
            if let organisation = registration.organisation { serving.insert(organisation) }
            guard let key = key(registration, on: volunteer.registered) else { return }
            groups[key, default: Group()].registered += registration.headcount
        }
        answer.volunteerOrganisations = serving.count

        var served: Set<Identifier> = []
        room.missions.visit { _, mission in
            guard concerns(mission.opening) else { return }
            if let closed = mission.closed, counts(closed.day) { answer.missionsClosed += 1 }
            guard counts(mission.opened) else { return }
            answer.missions += 1
            if let organisation = mission.opening.organisation { served.insert(organisation) }
            guard let key = key(mission.opening, on: mission.opened) else { return }
            groups[key, default: Group()].missions += 1
        }
        answer.organisations = served.count

        var mobilised: Set<UInt32> = []
        room.signUps.visit { _, signUp in
            let registration = room.volunteers[Int(signUp.volunteer)].registration
            let mission = room.missions[Int(signUp.mission)].opening
            guard concerns(registration), concerns(mission) else { return }
            func count(on day: Day, minutes: Int) {
                mobilised.insert(signUp.volunteer)
                answer.minutes += minutes
                guard let key = key(registration, mission, on: day) else { return }
                groups[key, default: Group()].mobilised.insert(signUp.volunteer)
                groups[key]!.minutes += minutes
            }
            if counts(signUp.day), signUp.stands(on: asOf) { count(on: signUp.day, minutes: 0) }
            for attended in signUp.attended where counts(attended.day) {
                count(on: attended.day, minutes: attended.minutes * registration.headcount)
            }
        }
        answer.mobilised = people(mobilised, room)
        answer.rows = rows(groups, room)
        return answer
    }

    private func concerns(_ registration: VolunteerRegistered) -> Bool {
        kind ?? registration.kind == registration.kind && (channel == nil || channel == registration.channel)
    }

    private func concerns(_ mission: VolunteerMissionOpened) -> Bool {
        (partner == nil || partner == mission.partner) && (organisation == nil || organisation == mission.organisation)
            && (site == nil || site == mission.site)
    }

    // MARK: Groups

    /// The group of a registration; none where groups are of missions only.
    private func key(_ registration: VolunteerRegistered, on day: Day) -> String? {
        switch by {
        case .organisation: text(registration.organisation)
        case .channel: text(registration.channel)
        case .kind: registration.kind.rawValue
        case .month: String(day.description.prefix(7))
        case .partner, .site, nil: nil
        }
    }

    /// The group of a mission; none where groups are of volunteers only.
    private func key(_ mission: VolunteerMissionOpened, on day: Day) -> String? {
        switch by {
        case .partner: text(mission.partner)
        case .organisation: text(mission.organisation)
        case .site: text(mission.site)
        case .month: String(day.description.prefix(7))
        case .channel, .kind, nil: nil
        }
    }

    /// The group of a volunteer in a mission: the mission's, where missions have groups.
    private func key(_ registration: VolunteerRegistered, _ mission: VolunteerMissionOpened, on day: Day) -> String? {
        key(mission, on: day) ?? key(registration, on: day)
    }

    private func text(_ id: Identifier?) -> String { id?.description ?? "none" }

    private func people(_ volunteers: Set<UInt32>, _ room: Volunteers) -> Int {
        volunteers.reduce(0) { $0 + room.volunteers[Int($1)].registration.headcount }
    }

    private func rows(_ groups: [String: Group], _ room: Volunteers) -> [Row] {
        let rows = groups.map { key, group in
            var row = Row()
            row.key = Text(stringLiteral: key)
            row.registered = group.registered
            row.missions = group.missions
            row.mobilised = people(group.mobilised, room)
            row.minutes = group.minutes
            return row
        }
        return rows.sorted {
            by == .month
                ? $0.key.string < $1.key.string
                : ($1.mobilised, $1.registered, $0.key.string) < ($0.mobilised, $0.registered, $1.key.string)
        }
    }
}
