/// What a service offers.
public enum ServiceKind: String, CodeList {
    /// Évaluation des mineurs isolés: the DEMIE.
    case evaluation
    /// Pôle santé, centre municipal de santé, équipe mobile de psychiatrie précarité.
    case health
    /// Accueil de jour, pôle accueil.
    case reception
    /// Classes, pôle enseignement.
    case teaching
    /// Cours de français, permanences linguistiques.
    case language
    /// Accès aux droits.
    case legal
    case employment, training
    /// Suivi, accompagnement.
    case followUp = "follow_up"
    /// Maraude, unité d'assistance aux sans-abri.
    case outreachTeam = "outreach_team"
    /// Louez solidaire, accueil chez des particuliers.
    case housing
    case culture, sport
    /// Soutien aux bénévoles et aux associations.
    case support
    case research, other
}

/// What was done for people.
public enum ActKind: String, CodeList {
    /// Bilan infirmier.
    case nurseAssessment = "nurse_assessment"
    case medicalConsultation = "medical_consultation"
    case psychologicalConsultation = "psychological_consultation"
    case vaccination, screening
    /// Orientation to somebody else: `to`.
    case referral
    case lesson
    /// Diagnostic professionnel.
    case jobDiagnosis = "job_diagnosis"
    case legalAdvice = "legal_advice"
    case interview, workshop, activity, accompaniment
    case followUp = "follow_up"
    case enrolment, training, other
}

/// `service.open` → `service.opened`: people are offered something from this day on.
public struct ServiceOpened: EventRecord, CommandRecord, Equatable {
    public static let type = "service.opened"
    public static let method = "service.open"

    /// The oldest anybody is.
    static let ageMax = 120

    public var service = Identifier()
    public var kind = ServiceKind.other
    public var name: Text?
    /// The organisations that run it.
    public var operators: [Identifier] = []
    /// Those that take part.
    public var partners: [Identifier] = []
    /// The sites of the register that it belongs to.
    public var sites: [Identifier] = []
    /// Who it is for.
    public var audience: Audience?
    /// The ages it is for, in years, both included: 0 to 120.
    public var ageMin: Int?
    public var ageMax: Int?
    public var commune: Commune?
    public var arrondissement: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("kind", &kind)
        try visitor.field("name", &name)
        try visitor.list("operators", &operators)
        try visitor.list("partners", &partners)
        try visitor.list("sites", &sites)
        try visitor.field("audience", &audience)
        try visitor.field("age_min", &ageMin)
        try visitor.field("age_max", &ageMax)
        try visitor.field("commune", &commune)
        try visitor.field("arrondissement", &arrondissement)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.set_operator` → `service.operator_set`: the organisations that run a service, all of them.
public struct ServiceOperatorSet: EventRecord, CommandRecord {
    public static let type = "service.operator_set"
    public static let method = "service.set_operator"

    public var service = Identifier()
    /// At least one.
    public var operators: [Identifier] = []
    /// The day from which it holds; that of the event where absent.
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("operators", &operators)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.set_schedule` → `service.schedule_set`: the days of the week on which a service is open, and from when to when.
public struct ServiceScheduleSet: EventRecord, CommandRecord {
    public static let type = "service.schedule_set"
    public static let method = "service.set_schedule"

    public var service = Identifier()
    /// At least one, each once.
    public var days: [Weekday] = []
    /// Both or none, `opens` before `closes`.
    public var opens: ClockTime?
    public var closes: ClockTime?
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("days", &days)
        try visitor.field("opens", &opens)
        try visitor.field("closes", &closes)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.set_staffing` → `service.staffing_set`: how many people work for a service in a role, from a day on.
///
/// With neither `posts` nor `fte` there are some, and how many is not known; zero ends the role.
public struct ServiceStaffingSet: EventRecord, CommandRecord {
    public static let type = "service.staffing_set"
    public static let method = "service.set_staffing"

    /// The most that one role has, in posts as in full-time equivalents.
    public static let staffMax = 100_000

    public var service = Identifier()
    /// `nurse`, `psychologist`, `evaluator`, `translator`, `coordinator`, `teacher_fle`; `team` for all together.
    public var role = Identifier()
    /// 0 to `staffMax`.
    public var posts: Int?
    /// Full-time equivalents (équivalents temps plein), 0 to `staffMax`.
    public var fte: Decimal?
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("role", &role)
        try visitor.field("posts", &posts)
        try visitor.field("fte", &fte)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.set_capacity` → `service.capacity_set`: how many people a service has room for, from a day on.
public struct ServiceCapacitySet: EventRecord, CommandRecord {
    public static let type = "service.capacity_set"
    public static let method = "service.set_capacity"

    public var service = Identifier()
    /// 0 to `countMax`.
    public var places = 0
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("places", &places)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.add_site` → `service.site_added`: a service is to be found at one more place, on a site of the register or not.
public struct ServiceSiteAdded: EventRecord, CommandRecord {
    public static let type = "service.site_added"
    public static let method = "service.add_site"

    public var service = Identifier()
    /// `espace-accueil`, `poste-avance`
    public var place = Identifier()
    /// The site of the register on which the place is.
    public var site: Identifier?
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("place", &place)
        try visitor.field("site", &site)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.remove_site` → `service.site_removed`: a service is no longer to be found at a place.
public struct ServiceSiteRemoved: EventRecord, CommandRecord {
    public static let type = "service.site_removed"
    public static let method = "service.remove_site"

    public var service = Identifier()
    public var place = Identifier()
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("place", &place)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.record_act` → `service.act_recorded`: something was done for so many people. Acts add up: the same one told
/// twice counts twice, and a `command_id` keeps a repeated command from being told twice.
public struct ServiceActRecorded: EventRecord, CommandRecord {
    public static let type = "service.act_recorded"
    public static let method = "service.record_act"

    public var service = Identifier()
    public var kind = ActKind.other
    /// 1 to `countMax`; absent where there were some and nobody counted them.
    public var headcount: Int?
    /// The organisation that did it.
    public var provider: Identifier?
    /// The site of the register on which it was done.
    public var site: Identifier?
    /// Where people were referred: `pass`, `cms`.
    public var to: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
        try visitor.field("kind", &kind)
        try visitor.field("headcount", &headcount)
        try visitor.field("provider", &provider)
        try visitor.field("site", &site)
        try visitor.field("to", &to)
    }

    public var subject: Subject { Subject(.service, service) }
}

/// `service.close` → `service.closed`: it is no longer offered; its last acts may be of this day.
public struct ServiceClosed: EventRecord, CommandRecord {
    public static let type = "service.closed"
    public static let method = "service.close"

    public var service = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("service", &service)
    }

    public var subject: Subject { Subject(.service, service) }
}

extension Services {
    static let events: [any EventRecord.Type] = [
        ServiceOpened.self, ServiceOperatorSet.self, ServiceScheduleSet.self, ServiceStaffingSet.self,
        ServiceCapacitySet.self, ServiceSiteAdded.self, ServiceSiteRemoved.self, ServiceActRecorded.self,
        ServiceClosed.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        ServiceOpened.self, ServiceOperatorSet.self, ServiceScheduleSet.self, ServiceStaffingSet.self,
        ServiceCapacitySet.self, ServiceSiteAdded.self, ServiceSiteRemoved.self, ServiceActRecorded.self,
        ServiceClosed.self,
    ]
    static let queries: [any QueryRecord.Type] = [ServicesQuery.self]
}
