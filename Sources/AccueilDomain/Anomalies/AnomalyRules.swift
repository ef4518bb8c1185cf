/// What the register accepts but does not let pass in silence; in the order in which one wants to hear of it.
public enum AnomalyRule: String, CodeList {
    /// More people on a site than it has places.
    case occupancyAboveCapacity = "occupancy_above_capacity"
    /// More places blocked on a site than it has.
    case blockedAboveCapacity = "blocked_above_capacity"
    /// People met in an operation for whom no destination is recorded.
    case peopleNotPlaced = "people_not_placed"
    /// A stay longer than the site's target.
    case stayBeyondTarget = "stay_beyond_target"
    /// A stay on a site that has no places for its audience.
    case audienceMismatch = "audience_mismatch"
    /// A pledge whose due day has passed without the money.
    case pledgeOverdue = "pledge_overdue"
    /// A need that nobody has confirmed for 48 hours.
    case needStale = "need_stale"
    /// A count that differs from the book stock.
    case countDiffers = "count_differs"
    /// More people served in a day than a service has room for.
    case serviceAboveCapacity = "service_above_capacity"
    /// A young person who waits for the outcome of an evaluation beyond the norm.
    case evaluationWaiting = "evaluation_waiting"
    /// What two sources, or a source and the events, say of a figure cannot both be true.
    case sourcesDisagree = "sources_disagree"
    /// Recorded more than thirty days after it happened.
    case enteredLate = "entered_late"
}

/// Why an anomaly is as it is; codes, because a free text would soon hold a person's story.
public enum JustificationReason: String, CodeList {
    case emergency
    case coldWeatherPlan = "cold_weather_plan"
    case agreedByAuthority = "agreed_by_authority"
    case recordsCaughtUp = "records_caught_up"
    case medical
    case familyUnity = "family_unity"
    case recount
    case other
}

/// One anomaly as of a day.
public struct Anomaly: Record {
    public var rule = AnomalyRule.enteredLate
    public var subject = Subject(.site, Identifier())
    /// The day from which it holds.
    public var since = Day(rawValue: 0)
    /// What was found: people, places, days, a quantity.
    public var value = 0
    /// What was allowed.
    public var limit = 0
    public var justified: JustificationReason?

    public init() {}

    public init(_ rule: AnomalyRule, _ subject: Subject, since: Day, value: Int, limit: Int) {
        self.rule = rule
        self.subject = subject
        self.since = since
        self.value = value
        self.limit = limit
    }

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("rule", &rule)
        try visitor.field("subject", &subject)
        try visitor.field("since", &since)
        try visitor.field("value", &value)
        try visitor.field("limit", &limit)
        try visitor.field("justified", &justified)
    }
}

/// Which anomalies somebody has explained, and when.
public struct Justifications: Sendable {
    struct Key: Hashable {
        let rule: AnomalyRule
        let subject: Subject
    }

    private var byKey: [Key: DatedValue<JustificationReason>] = [:]

    mutating func justify(_ rule: AnomalyRule, _ subject: Subject, _ reason: JustificationReason, on day: Day) {
        byKey[Key(rule: rule, subject: subject), default: DatedValue()].set(reason, from: day)
    }

    /// The explanation of an anomaly as of a day: one given since it arose. What arises later wants one of its own.
    func reason(of anomaly: Anomaly, asOf day: Day) -> JustificationReason? {
        let given = byKey[Key(rule: anomaly.rule, subject: anomaly.subject)]?.entries.last { $0.from <= day }
        return given.flatMap { $0.from >= anomaly.since ? $0.value : nil }
    }
}

/// `anomaly.justify` → `anomaly.justified`: somebody explains an anomaly; it stays in the list, answered.
public struct AnomalyJustified: EventRecord, CommandRecord {
    public static let type = "anomaly.justified"
    public static let method = "anomaly.justify"
    /// What explained an anomaly that is gone explains nothing, and harms nobody.
    public static let standsAlone = true

    public var rule = AnomalyRule.enteredLate
    public var of = Subject(.site, Identifier())
    public var reason = JustificationReason.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("rule", &rule)
        try visitor.field("subject", &of)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { of }

    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let found = world.anomalies(of: of, asOf: stamp.day).filter { $0.rule == rule }
        guard !found.isEmpty else {
            throw Rejection(
                "unknown_anomaly", "\(of) has no anomaly \(rule.rawValue) on \(stamp.day): see query.anomalies",
                ["subject": of, "anomaly": rule, "as_of": stamp.day])
        }
        if found.allSatisfy({ $0.justified == reason }) { return [] }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.justifications.justify(rule, of, reason, on: stamp.day)
    }
}

extension AnomalyRule: RejectionValue {}
