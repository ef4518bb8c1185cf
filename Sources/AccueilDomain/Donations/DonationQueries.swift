/// `query.donations`: what was promised, came in and went out, fund by fund, and the grants.
///
/// The figures are of the days from `from` to `to`, none of them after `as_of`; a fund's balance, and whether it is
/// open, is that at the end of `as_of`. Amounts are in minor units of the currency beside them.
public struct DonationsQuery: QueryRecord {
    public static let method = "query.donations"

    public enum Grouping: String, CodeList {
        /// What money of funds was allocated to.
        case purpose
        /// Grants awarded, by theme, beneficiary or country.
        case theme, beneficiary, country
        /// Donations received, by giver or month.
        case donorKind = "donor_kind"
        case month
    }

    public var asOf: Day?
    public var from: Day?
    public var to: Day?
    /// Only this fund; grants belong to no fund and are not concerned.
    public var fund: Identifier?
    /// Only grants of this theme; funds are not concerned.
    public var theme: Identifier?
    public var by: Grouping?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("from", &from)
        try visitor.field("to", &to)
        try visitor.field("fund", &fund)
        try visitor.field("theme", &theme)
        try visitor.field("by", &by)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        public var from: Day?
        public var to: Day?
        /// In the order in which they were recorded.
        public var funds: [FundRow] = []
        /// Grants awarded.
        public var grants = 0
        public var grantsByCurrency: [GrantsRow] = []
        /// By month in order of time, else the greatest amount first.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("funds", &funds)
            try visitor.field("grants", &grants)
            try visitor.field("grants_by_currency", &grantsByCurrency)
            try visitor.field("rows", &rows)
        }
    }

    public struct FundRow: Record, Equatable {
        public var fund = Identifier()
        public var name: Text?
        public var currency = Currency()
        public var open = true
        public var pledged = 0
        public var received = 0
        public var refunded = 0
        public var allocated = 0
        public var balance = 0
        /// How many donations were received.
        public var donations = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("fund", &fund)
            try visitor.field("name", &name)
            try visitor.field("currency", &currency)
            try visitor.field("open", &open)
            try visitor.field("pledged", &pledged)
            try visitor.field("received", &received)
            try visitor.field("refunded", &refunded)
            try visitor.field("allocated", &allocated)
            try visitor.field("balance", &balance)
            try visitor.field("donations", &donations)
        }
    }

    public struct GrantsRow: Record, Equatable {
        public var currency = Currency()
        /// Grants awarded, those without a published amount included.
        public var grants = 0
        /// The sum of the published amounts.
        public var awarded = 0
        /// What was paid out, whenever it was awarded.
        public var disbursed = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("currency", &currency)
            try visitor.field("grants", &grants)
            try visitor.field("awarded", &awarded)
            try visitor.field("disbursed", &disbursed)
        }
    }

    /// One group. A grant for several countries counts, with its whole amount, under each of them, and under `UNK` if
    /// it names none: by country, rows do not add up to the total.
    public struct Row: Record, Equatable {
        public var key: Text = "-"
        public var currency = Currency()
        public var count = 0
        public var amount = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("currency", &currency)
            try visitor.field("count", &count)
            try visitor.field("amount", &amount)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let money = world.donations
        let period = try Period(from: from, to: to)
        if let fund, money[fund: fund] == nil { throw .unknownFund(fund) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        answer.from = from
        answer.to = to
        let asOf = answer.asOf
        func counts(_ day: Day) -> Bool { day <= asOf && period.contains(day) }

        var funds = money.funds.map { row($0, on: asOf) }
        // A month or a purpose becomes text once per row, not once per donation.
        var groups: [GroupKey: (count: Int, amount: Int)] = [:]
        func group(_ key: GroupKey, _ amount: Int) {
            groups[key, default: (0, 0)].count += 1
            groups[key]!.amount += amount
        }
        let chosen = money.funds.map { fund == nil || $0.id == fund }

        money.pledges.visit { _, pledge in
            if counts(pledge.day) { funds[Int(pledge.fund)].pledged += pledge.amount }
        }
        money.donations.visit { _, donation in
            guard counts(donation.day) else { return }
            let fund = Int(donation.fund)
            funds[fund].received += donation.amount
            funds[fund].donations += 1
            guard chosen[fund] else { return }
            let currency = money.funds[fund].currency
            switch by {
            case .donorKind: group(.code(donation.donorKind.rawValue, currency), donation.amount)
            case .month: group(.month(of: donation.day, currency), donation.amount)
            case .purpose, .theme, .beneficiary, .country, nil: break
            }
        }
        money.expenses.visit { _, expense in
            guard counts(expense.day) else { return }
            let fund = Int(expense.fund)
            guard expense.purpose != Donations.none else {
                funds[fund].refunded += expense.amount
                return
            }
            funds[fund].allocated += expense.amount
            guard by == .purpose, chosen[fund] else { return }
            group(.purpose(expense.purpose, money.funds[fund].currency), expense.amount)
        }
        answer.funds = funds.indices.filter { chosen[$0] && money.funds[$0].opened <= asOf }.map { funds[$0] }

        var grants: [Currency: GrantsRow] = [:]
        money.grants.visit { _, grant in
            let award = grant.award
            guard theme == nil || award.theme == theme else { return }
            let disbursed = grant.disbursed.reduce(0) { $0 + (counts($1.day) ? $1.amount : 0) }
            if disbursed > 0 { grants[award.currency, default: GrantsRow()].disbursed += disbursed }
            guard counts(grant.awarded) else { return }
            let amount = award.amount ?? 0
            answer.grants += 1
            grants[award.currency, default: GrantsRow()].grants += 1
            grants[award.currency]!.awarded += amount
            switch by {
            case .theme: group(.id(award.theme, award.currency), amount)
            case .beneficiary: group(.id(award.beneficiary, award.currency), amount)
            case .country:
                let countries = award.countries.isEmpty ? [.unknown] : Set(award.countries)
                for country in countries { group(.country(country, award.currency), amount) }
            case .purpose, .donorKind, .month, nil: break
            }
        }
        answer.grantsByCurrency = grants.map { currency, row in
            var row = row
            row.currency = currency
            return row
        }.sorted { $0.currency.description < $1.currency.description }
        answer.rows = rows(groups, money)
        return answer
    }

    private enum GroupKey: Hashable {
        case code(String, Currency)
        case id(Identifier, Currency)
        case purpose(UInt32, Currency)
        case country(Nationality, Currency)
        /// Months since the year 0.
        case month(Int, Currency)

        static func month(of day: Day, _ currency: Currency) -> GroupKey {
            let (year, month, _) = day.civil
            return .month(year * 12 + month - 1, currency)
        }

        func text(_ money: Donations) -> (key: String, currency: Currency) {
            switch self {
            case .code(let code, let currency): (code, currency)
            case .id(let id, let currency): (id.description, currency)
            case .purpose(let number, let currency): (money.purposes[Int(number)].description, currency)
            case .country(let country, let currency): (country.description, currency)
            case .month(let months, let currency):
                (
                    String(Day(year: months / 12, month: months % 12 + 1, day: 1)!.description.prefix(7)), currency
                )
            }
        }
    }

    private func row(_ fund: Donations.Fund, on asOf: Day) -> FundRow {
        var row = FundRow()
        row.fund = fund.id
        row.name = fund.opening.name
        row.currency = fund.currency
        row.open = fund.isOpen(on: asOf)
        row.balance = fund.money.balance(on: asOf)
        return row
    }

    private func rows(_ groups: [GroupKey: (count: Int, amount: Int)], _ money: Donations) -> [Row] {
        let rows = groups.map { group, sum in
            var row = Row()
            let (key, currency) = group.text(money)
            row.key = Text(stringLiteral: key)
            row.currency = currency
            row.count = sum.count
            row.amount = sum.amount
            return row
        }
        return rows.sorted {
            by == .month || $0.amount == $1.amount
                ? ($0.key.string, $0.currency.description) < ($1.key.string, $1.currency.description)
                : $0.amount > $1.amount
        }
    }
}
