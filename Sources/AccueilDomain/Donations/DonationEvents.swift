/// Who gives money or goods.
public enum DonorKind: String, CodeList {
    case individual, company, foundation, association
    case publicBody = "public_body"
    case anonymous
}

/// Why a receipt is void.
public enum ReceiptVoidReason: String, CodeList {
    case error, refund, duplicate, other
}

/// `donation.open_fund` → `donation.fund_opened`: a fund takes money in from this day on, in one currency.
public struct DonationFundOpened: EventRecord, CommandRecord, Equatable {
    public static let type = "donation.fund_opened"
    public static let method = "donation.open_fund"

    public var fund = Identifier()
    public var name: Text?
    public var currency = Currency()
    /// The organisation that holds the money.
    public var holder: Identifier?
    /// What the money may be allocated to; anything where empty.
    public var purposes: [Identifier] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("fund", &fund)
        try visitor.field("name", &name)
        try visitor.preset("currency", &currency)
        try visitor.field("holder", &holder)
        try visitor.list("purposes", &purposes)
    }

    public var subject: Subject { Subject(.fund, fund) }
}

/// `donation.close_fund` → `donation.fund_closed`: nothing more comes in; what is there can still be allocated.
public struct DonationFundClosed: EventRecord, CommandRecord {
    public static let type = "donation.fund_closed"
    public static let method = "donation.close_fund"

    public var fund = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("fund", &fund)
    }

    public var subject: Subject { Subject(.fund, fund) }
}

/// `donation.pledge` → `donation.pledged`: money is promised to a fund.
public struct DonationPledged: EventRecord, CommandRecord {
    public static let type = "donation.pledged"
    public static let method = "donation.pledge"

    public var pledge = Identifier()
    public var fund = Identifier()
    public var donorKind = DonorKind.anonymous
    /// Minor units of the currency, 1 to `amountMax`.
    public var amount = 0
    public var currency = Currency()
    /// The last day on which the money is on time.
    public var due: Day?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("pledge", &pledge)
        try visitor.field("fund", &fund)
        try visitor.field("donor_kind", &donorKind)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
        try visitor.field("due", &due)
    }

    public var subject: Subject { Subject(.pledge, pledge) }
}

/// `donation.receive` → `donation.received`: money has come in.
public struct DonationReceived: EventRecord, CommandRecord {
    public static let type = "donation.received"
    public static let method = "donation.receive"

    public var donation = Identifier()
    public var fund = Identifier()
    public var donorKind = DonorKind.anonymous
    /// Minor units of the currency, 1 to `amountMax`.
    public var amount = 0
    public var currency = Currency()
    /// The pledge that it fulfils, wholly or in part.
    public var pledge: Identifier?
    /// What the donor wants it used for.
    public var purpose: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("donation", &donation)
        try visitor.field("fund", &fund)
        try visitor.field("donor_kind", &donorKind)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
        try visitor.field("pledge", &pledge)
        try visitor.field("purpose", &purpose)
    }

    public var subject: Subject { Subject(.donation, donation) }
}

/// `donation.allocate` → `donation.allocated`: money of a fund goes to a purpose.
public struct DonationAllocated: EventRecord, CommandRecord {
    public static let type = "donation.allocated"
    public static let method = "donation.allocate"

    public var fund = Identifier()
    /// Minor units of the currency, 1 to `amountMax`.
    public var amount = 0
    public var currency = Currency()
    public var purpose = Identifier()
    /// The organisation that gets it.
    public var beneficiary: Identifier?
    /// The site it is for.
    public var site: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("fund", &fund)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
        try visitor.field("purpose", &purpose)
        try visitor.field("beneficiary", &beneficiary)
        try visitor.field("site", &site)
    }

    public var subject: Subject { Subject(.fund, fund) }
}

/// `donation.refund` → `donation.refunded`: a donation is given back, wholly or in part.
public struct DonationRefunded: EventRecord, CommandRecord {
    public static let type = "donation.refunded"
    public static let method = "donation.refund"

    public var donation = Identifier()
    /// Minor units of the currency, 1 to `amountMax`.
    public var amount = 0
    public var currency = Currency()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("donation", &donation)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
    }

    public var subject: Subject { Subject(.donation, donation) }
}

/// `donation.issue_receipt` → `donation.receipt_issued`: the donor gets a receipt (reçu fiscal).
public struct DonationReceiptIssued: EventRecord, CommandRecord {
    public static let type = "donation.receipt_issued"
    public static let method = "donation.issue_receipt"

    public var receipt = Identifier()
    public var donation = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("receipt", &receipt)
        try visitor.field("donation", &donation)
    }

    public var subject: Subject { Subject(.receipt, receipt) }
}

/// `donation.void_receipt` → `donation.receipt_voided`: a receipt no longer stands.
public struct DonationReceiptVoided: EventRecord, CommandRecord {
    public static let type = "donation.receipt_voided"
    public static let method = "donation.void_receipt"

    public var receipt = Identifier()
    public var reason = ReceiptVoidReason.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("receipt", &receipt)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { Subject(.receipt, receipt) }
}

/// `donation.award_grant` → `donation.grant_awarded`: an organisation is granted money; it does not come from a fund.
public struct DonationGrantAwarded: EventRecord, CommandRecord, Equatable {
    public static let type = "donation.grant_awarded"
    public static let method = "donation.award_grant"

    public var grant = Identifier()
    public var beneficiary = Identifier()
    public var theme = Identifier()
    /// Minor units of the currency, 1 to `amountMax`; absent where it was not published.
    public var amount: Int?
    public var currency = Currency()
    /// The countries it is for.
    public var countries: [Nationality] = []
    /// The organisation that pays.
    public var payer: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("grant", &grant)
        try visitor.field("beneficiary", &beneficiary)
        try visitor.field("theme", &theme)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
        try visitor.list("countries", &countries)
        try visitor.field("payer", &payer)
    }

    public var subject: Subject { Subject(.grant, grant) }
}

/// `donation.disburse_grant` → `donation.grant_disbursed`: granted money is paid out.
public struct DonationGrantDisbursed: EventRecord, CommandRecord {
    public static let type = "donation.grant_disbursed"
    public static let method = "donation.disburse_grant"

    public var grant = Identifier()
    /// Minor units of the currency, 1 to `amountMax`.
    public var amount = 0
    public var currency = Currency()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("grant", &grant)
        try visitor.field("amount", &amount)
        try visitor.preset("currency", &currency)
    }

    public var subject: Subject { Subject(.grant, grant) }
}

extension Donations {
    static let events: [any EventRecord.Type] = [
        DonationFundOpened.self, DonationFundClosed.self, DonationPledged.self, DonationReceived.self,
        DonationAllocated.self, DonationRefunded.self, DonationReceiptIssued.self, DonationReceiptVoided.self,
        DonationGrantAwarded.self, DonationGrantDisbursed.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        DonationFundOpened.self, DonationFundClosed.self, DonationPledged.self, DonationReceived.self,
        DonationAllocated.self, DonationRefunded.self, DonationReceiptIssued.self, DonationReceiptVoided.self,
        DonationGrantAwarded.self, DonationGrantDisbursed.self,
    ]
    static let queries: [any QueryRecord.Type] = [DonationsQuery.self, GrantsQuery.self]
}
