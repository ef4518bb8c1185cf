/// What somebody offers.
public enum VolunteerKind: String, CodeList {
    case citizen
    /// Service civique.
    case civicService = "civic_service"
    /// Bénévolat de compétence.
    case skills
    case student, professional, other
}

/// `volunteer.register` → `volunteer.registered`: somebody, or an anonymous group, offers to help.
public struct VolunteerRegistered: EventRecord, CommandRecord, Equatable {
    public static let type = "volunteer.registered"
    public static let method = "volunteer.register"

    /// A pseudonym.
    public var volunteer = Identifier()
    public var kind = VolunteerKind.citizen
    /// How many people, 1 to `countMax`.
    public var headcount = 1
    /// Where they registered: `jemengage`.
    public var channel: Identifier?
    /// The organisation that they serve in.
    public var organisation: Identifier?
    /// Recognised refugees themselves.
    public var refugee = false

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("volunteer", &volunteer)
        try visitor.preset("kind", &kind)
        try visitor.preset("headcount", &headcount)
        try visitor.field("channel", &channel)
        try visitor.field("organisation", &organisation)
        try visitor.preset("refugee", &refugee)
    }

    public var subject: Subject { Subject(.volunteer, volunteer) }
}

/// `volunteer.open_mission` → `volunteer.mission_opened`: something for volunteers to do; with times, it is a shift.
public struct VolunteerMissionOpened: EventRecord, CommandRecord, Equatable {
    public static let type = "volunteer.mission_opened"
    public static let method = "volunteer.open_mission"

    public var mission = Identifier()
    /// The organisation that it is for.
    public var organisation: Identifier?
    /// The organisation that brings the volunteers.
    public var partner: Identifier?
    public var site: Identifier?
    public var name: Text?
    /// Both or none.
    public var starts: Timestamp?
    public var ends: Timestamp?
    /// How many people at most, 1 to `countMax`.
    public var seats: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mission", &mission)
        try visitor.field("organisation", &organisation)
        try visitor.field("partner", &partner)
        try visitor.field("site", &site)
        try visitor.field("name", &name)
        try visitor.field("starts", &starts)
        try visitor.field("ends", &ends)
        try visitor.field("seats", &seats)
    }

    public var subject: Subject { Subject(.mission, mission) }

    /// The time of a shift.
    var shift: Range<Timestamp>? {
        guard let starts, let ends, starts < ends else { return nil }
        return starts..<ends
    }
}

/// `volunteer.sign_up` → `volunteer.signed_up`: a volunteer will come to a mission.
public struct VolunteerSignedUp: EventRecord, CommandRecord {
    public static let type = "volunteer.signed_up"
    public static let method = "volunteer.sign_up"

    public var mission = Identifier()
    public var volunteer = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mission", &mission)
        try visitor.field("volunteer", &volunteer)
    }

    public var subject: Subject { Subject(.volunteer, volunteer) }
}

/// `volunteer.withdraw` → `volunteer.withdrew`: a volunteer will not come after all.
public struct VolunteerWithdrew: EventRecord, CommandRecord {
    public static let type = "volunteer.withdrew"
    public static let method = "volunteer.withdraw"

    public var mission = Identifier()
    public var volunteer = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mission", &mission)
        try visitor.field("volunteer", &volunteer)
    }

    public var subject: Subject { Subject(.volunteer, volunteer) }
}

/// `volunteer.attend` → `volunteer.attended`: a volunteer was there.
public struct VolunteerAttended: EventRecord, CommandRecord {
    public static let type = "volunteer.attended"
    public static let method = "volunteer.attend"
    public static let minutesMax = 1_000_000
    /// Minutes of all people of a volunteer group together; ninety million entries of that size still add up within
    /// 64 bits.
    public static let personMinutesMax = 100_000_000_000

    public var mission = Identifier()
    public var volunteer = Identifier()
    /// Of each person, 1 to `minutesMax`.
    public var minutes = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mission", &mission)
        try visitor.field("volunteer", &volunteer)
        try visitor.field("minutes", &minutes)
    }

    public var subject: Subject { Subject(.volunteer, volunteer) }
}

/// `volunteer.close_mission` → `volunteer.mission_closed`: it is done.
public struct VolunteerMissionClosed: EventRecord, CommandRecord {
    public static let type = "volunteer.mission_closed"
    public static let method = "volunteer.close_mission"

    public var mission = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mission", &mission)
    }

    public var subject: Subject { Subject(.mission, mission) }
}

extension Volunteers {
    static let events: [any EventRecord.Type] = [
        VolunteerRegistered.self, VolunteerMissionOpened.self, VolunteerSignedUp.self, VolunteerWithdrew.self,
        VolunteerAttended.self, VolunteerMissionClosed.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        VolunteerRegistered.self, VolunteerMissionOpened.self, VolunteerSignedUp.self, VolunteerWithdrew.self,
        VolunteerAttended.self, VolunteerMissionClosed.self,
    ]
    static let queries: [any QueryRecord.Type] = [VolunteersQuery.self]
}
