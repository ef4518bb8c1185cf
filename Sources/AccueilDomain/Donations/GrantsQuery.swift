/// `query.grants`: the grants one by one, who gets them, for what and for which countries.
///
/// They are those awarded from `from` to `to`, none of them after `as_of`; what was disbursed of them is what was by the
/// end of `as_of`. Amounts are in minor units of the currency beside them.
public struct GrantsQuery: QueryRecord {
    public static let method = "query.grants"
    public static let isLong = true

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    public var theme: Identifier?
    public var beneficiary: Identifier?
    public var payer: Identifier?
    /// Grants for this country, and maybe others.
    public var country: Nationality?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("theme", &theme)
        try visitor.field("beneficiary", &beneficiary)
        try visitor.field("payer", &payer)
        try visitor.field("country", &country)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        public var count = 0
        /// Each once, in alphabetical order.
        public var beneficiaries: [Identifier] = []
        public var themes: [Identifier] = []
        public var countries: [Nationality] = []
        public var totals: [Total] = []
        /// In the order in which they were recorded.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("count", &count)
            try visitor.field("beneficiaries", &beneficiaries)
            try visitor.field("themes", &themes)
            try visitor.field("countries", &countries)
            try visitor.field("totals", &totals)
            try visitor.field("rows", &rows)
        }
    }

    /// The grants in one currency.
    public struct Total: Record, Equatable {
        public var currency = Currency()
        /// The sum of the published amounts.
        public var awarded = 0
        public var disbursed = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("currency", &currency)
            try visitor.field("awarded", &awarded)
            try visitor.field("disbursed", &disbursed)
        }
    }

    public struct Row: Record, Equatable {
        public var grant = Identifier()
        public var beneficiary = Identifier()
        public var theme = Identifier()
        public var payer: Identifier?
        public var awarded = Day(rawValue: 0)
        /// Absent where it was not published.
        public var amount: Int?
        public var currency = Currency()
        public var disbursed = 0
        public var countries: [Nationality] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("grant", &grant)
            try visitor.field("beneficiary", &beneficiary)
            try visitor.field("theme", &theme)
            try visitor.field("payer", &payer)
            try visitor.field("awarded", &awarded)
            try visitor.field("amount", &amount)
            try visitor.field("currency", &currency)
            try visitor.field("disbursed", &disbursed)
            try visitor.field("countries", &countries)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let period = try Period(from: from, to: to)
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        world.donations.grants.visit { _, grant in
            guard grant.awarded <= answer.asOf, period.contains(grant.awarded), concerns(grant.award) else { return }
            answer.rows.append(row(grant, asOf: answer.asOf))
        }
        answer.count = answer.rows.count
        answer.beneficiaries = distinct(answer.rows.map(\.beneficiary))
        answer.themes = distinct(answer.rows.map(\.theme))
        answer.countries = Set(answer.rows.flatMap(\.countries)).sorted()
        answer.totals = totals(answer.rows)
        return answer
    }

    private func concerns(_ award: DonationGrantAwarded) -> Bool {
        (theme == nil || theme == award.theme) && (beneficiary == nil || beneficiary == award.beneficiary)
            && (payer == nil || payer == award.payer) && country.map(award.countries.contains) ?? true
    }

    private func row(_ grant: Donations.Grant, asOf: Day) -> Row {
        var row = Row()
        row.grant = grant.award.grant
        row.beneficiary = grant.award.beneficiary
        row.theme = grant.award.theme
        row.payer = grant.award.payer
        row.awarded = grant.awarded
        row.amount = grant.award.amount
        row.currency = grant.award.currency
        row.disbursed = grant.disbursed.reduce(0) { $0 + ($1.day <= asOf ? $1.amount : 0) }
        row.countries = grant.award.countries
        return row
    }

    private func distinct(_ ids: [Identifier]) -> [Identifier] {
        Set(ids).sorted { $0.description < $1.description }
    }

    private func totals(_ rows: [Row]) -> [Total] {
        var totals: [Currency: Total] = [:]
        for row in rows {
            totals[row.currency, default: Total()].currency = row.currency
            totals[row.currency]!.awarded += row.amount ?? 0
            totals[row.currency]!.disbursed += row.disbursed
        }
        return totals.values.sorted { $0.currency.description < $1.currency.description }
    }
}
