/// `query.evaluations`: who declared themselves minors, was sheltered, evaluated and directed elsewhere, in people.
///
/// The figures are of the days from `from` to `to`, none of them after `as_of`; who is waiting is told for the end of
/// the last of these days.
public struct EvaluationsQuery: QueryRecord {
    public static let method = "query.evaluations"

    public enum Grouping: String, CodeList {
        /// People by the month of their request.
        case month
        /// People whose evaluation was concluded, by outcome.
        case outcome
        /// People who were referred, by destination.
        case destination
    }

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    public var service: Identifier?
    /// The site where people declared themselves.
    public var site: Identifier?
    public var by: Grouping?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("service", &service)
        try visitor.field("site", &site)
        try visitor.field("by", &by)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        public var requested = 0
        /// Once, however often they changed places, on the first day.
        public var sheltered = 0
        public var concluded = 0
        public var waiting = 0
        /// Those of them who have waited for more days than the norm.
        public var waitingBeyondNorm = 0
        public var minors = 0
        public var adults = 0
        public var referred = 0
        /// Mean time from request to conclusion in tenths of a day, over the people concluded, rounded half up.
        public var daysMeanTenths = 0
        /// By month in order of time, else those with the most people first.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("requested", &requested)
            try visitor.field("sheltered", &sheltered)
            try visitor.field("concluded", &concluded)
            try visitor.field("waiting", &waiting)
            try visitor.field("waiting_beyond_norm", &waitingBeyondNorm)
            try visitor.field("minors", &minors)
            try visitor.field("adults", &adults)
            try visitor.field("referred", &referred)
            try visitor.field("days_mean_tenths", &daysMeanTenths)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record, Equatable {
        /// `2016-11`, `minor`, `child_protection`
        public var key: Text = "-"
        public var people = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("people", &people)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        if let service { try world.services.known(service) }
        if let site { _ = try world.sites.known(site) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        let end = min(to ?? answer.asOf, answer.asOf)
        let period = try Period(from: from, to: to)
        func counts(_ day: Day) -> Bool { day <= end && period.contains(day) }

        var groups: [String: Int] = [:]
        var days = 0
        world.evaluations.all.visit { _, evaluation in
            guard service == nil || service == evaluation.request.service,
                site == nil || site == evaluation.request.site
            else { return }
            let people = evaluation.headcount
            if counts(evaluation.requested) {
                answer.requested += people
                if by == .month { groups[String(evaluation.requested.description.prefix(7)), default: 0] += people }
            }
            if let first = evaluation.shelters.entries.first?.from, counts(first) { answer.sheltered += people }
            if let (outcome, day, _) = evaluation.concluded, counts(day) {
                answer.concluded += people
                days += (day - evaluation.requested) * people
                switch outcome {
                case .minor: answer.minors += people
                case .adult: answer.adults += people
                case .withdrawn, .noShow, .other: break
                }
                if by == .outcome { groups[outcome.rawValue, default: 0] += people }
            }
            if let (referral, day) = evaluation.referred, counts(day) {
                answer.referred += people
                if by == .destination { groups[referral.destination.rawValue, default: 0] += people }
            }
            if evaluation.isWaiting(on: end) { answer.waiting += people }
            if world.evaluations.isWaitingBeyondNorm(evaluation, on: end) { answer.waitingBeyondNorm += people }
        }
        if answer.concluded > 0 { answer.daysMeanTenths = (days * 20 + answer.concluded) / (answer.concluded * 2) }
        answer.rows = rows(groups)
        return answer
    }

    private func rows(_ groups: [String: Int]) -> [Row] {
        let rows = groups.map { key, people in
            var row = Row()
            row.key = Text(stringLiteral: key)
            row.people = people
            return row
        }
        return rows.sorted {
            by == .month || $0.people == $1.people ? $0.key.string < $1.key.string : $0.people > $1.people
        }
    }
}
