/// What kind of centre a site is.
public enum SiteKind: String, CodeList {
    case cpa = "CPA"
    case chu = "CHU"
    case cao = "CAO"
    case caes = "CAES"
    case huda = "HUDA"
    case cada = "CADA"
    case cph = "CPH"
    case prahda = "PRAHDA"
    case hotel = "HOTEL"
    case mnaShelter = "MNA_SHELTER"
    case mnaTemporary = "MNA_TEMPORARY"
    case citizenHost = "CITIZEN_HOST"
    case intercalary = "INTERCALARY"
    case other = "OTHER"
}

/// Why places cannot be used.
public enum BlockingReason: String, CodeList {
    case works, damage, sanitary, security, staffing, reserved, other
}

/// `site.open` → `site.opened`: a site takes people in from this day on.
public struct SiteOpened: EventRecord, CommandRecord {
    public static let type = "site.opened"
    public static let method = "site.open"

    public var site = Identifier()
    public var kind = SiteKind.other
    public var name: Text?
    public var operators: [Identifier] = []
    public var commune: Commune?
    public var arrondissement: Int?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("kind", &kind)
        try visitor.field("name", &name)
        try visitor.list("operators", &operators)
        try visitor.field("commune", &commune)
        try visitor.field("arrondissement", &arrondissement)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.set_capacity` → `site.capacity_set`: how many places a site has for an audience, from a day on.
public struct SiteCapacitySet: EventRecord, CommandRecord {
    public static let type = "site.capacity_set"
    public static let method = "site.set_capacity"

    public var site = Identifier()
    public var audience = Audience.any
    public var places = 0
    /// The day from which it holds; that of the event where absent.
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("audience", &audience)
        try visitor.field("places", &places)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.set_stay_target` → `site.stay_target_set`: how long stays are meant to last, in days.
public struct SiteStayTargetSet: EventRecord, CommandRecord {
    public static let type = "site.stay_target_set"
    public static let method = "site.set_stay_target"

    public var site = Identifier()
    public var daysMin: Int?
    public var daysMax = 0
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("days_min", &daysMin)
        try visitor.field("days_max", &daysMax)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.set_operator` → `site.operator_set`: the organisations that run a site, all of them.
public struct SiteOperatorSet: EventRecord, CommandRecord {
    public static let type = "site.operator_set"
    public static let method = "site.set_operator"

    public var site = Identifier()
    public var operators: [Identifier] = []
    public var effective: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("operators", &operators)
        try visitor.field("effective", &effective)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.block_places` → `site.places_blocked`: places that exist but cannot be used.
public struct SitePlacesBlocked: EventRecord, CommandRecord {
    public static let type = "site.places_blocked"
    public static let method = "site.block_places"

    public var site = Identifier()
    public var places = 0
    public var reason = BlockingReason.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("places", &places)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.release_places` → `site.places_released`: blocked places can be used again.
public struct SitePlacesReleased: EventRecord, CommandRecord {
    public static let type = "site.places_released"
    public static let method = "site.release_places"

    public var site = Identifier()
    public var places = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
        try visitor.field("places", &places)
    }

    public var subject: Subject { Subject(.site, site) }
}

/// `site.close` → `site.closed`: nobody is on the site any more, and nobody can be taken in.
public struct SiteClosed: EventRecord, CommandRecord {
    public static let type = "site.closed"
    public static let method = "site.close"

    public var site = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("site", &site)
    }

    public var subject: Subject { Subject(.site, site) }
}

extension Sites {
    static let events: [any EventRecord.Type] = [
        SiteOpened.self, SiteCapacitySet.self, SiteStayTargetSet.self, SiteOperatorSet.self, SitePlacesBlocked.self,
        SitePlacesReleased.self, SiteClosed.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        SiteOpened.self, SiteCapacitySet.self, SiteStayTargetSet.self, SiteOperatorSet.self, SitePlacesBlocked.self,
        SitePlacesReleased.self, SiteClosed.self,
    ]
    static let queries: [any QueryRecord.Type] = [OccupancyQuery.self, OccupancySeriesQuery.self]
}
