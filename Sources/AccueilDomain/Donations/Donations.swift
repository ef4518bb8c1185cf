/// The money: funds and what comes in and goes out of them, receipts, and grants, which are paid by others.
///
/// Amounts are in minor units of the currency of their fund or grant.
public struct Donations: Sendable {
    /// In a row: no pledge, purpose or receipt.
    static let none = UInt32.max

    public struct Fund: Sendable {
        public let opening: DonationFundOpened
        public let opened: Day
        public internal(set) var closed: (time: Timestamp, day: Day)?
        /// What is there: received, less refunded and allocated.
        public internal(set) var money = Account()
        /// When anything was last promised or came in.
        var latestIncoming: Timestamp?

        public var id: Identifier { opening.fund }
        public var currency: Currency { opening.currency }

        /// Whether it is open at the end of a day.
        public func isOpen(on day: Day) -> Bool { opened <= day && (closed.map { day < $0.day } ?? true) }
    }

    public struct Pledge: Sendable {
        let fund: UInt32
        let donorKind: DonorKind
        let amount: Int
        let day: Day
        let due: Day?
        /// What came in for it, and what of that was given back, as it was recorded.
        var payments: [(day: Day, amount: Int)] = []
    }

    public struct Donation: Sendable {
        let fund: UInt32
        let pledge: UInt32
        let purpose: UInt32
        /// The latest of its receipts.
        var receipt: UInt32
        let day: Day
        let donorKind: DonorKind
        let amount: Int
        /// All refunds, whenever they happened.
        var refunded = 0
        /// The latest day of a refund.
        var refundedLast: Day?
    }

    struct Receipt {
        let donation: UInt32
        let issued: Day
        var voided: (day: Day, reason: ReceiptVoidReason)?
    }

    /// Money that left a fund.
    struct Expense {
        let fund: UInt32
        /// What it was allocated to, `none` for a refund.
        let purpose: UInt32
        let day: Day
        let amount: Int
    }

    public struct Grant: Sendable {
        public let award: DonationGrantAwarded
        public let awarded: Day
        public internal(set) var disbursed: [(day: Day, amount: Int)] = []
    }

    private var fundNumbers = Registry()
    private var pledgeNumbers = Registry()
    private var donationNumbers = Registry()
    private var receiptNumbers = Registry()
    private var grantNumbers = Registry()
    private(set) var purposes = Registry()
    private(set) var funds: [Fund] = []
    private(set) var pledges = Chunked<Pledge>()
    private(set) var donations = Chunked<Donation>()
    private(set) var receipts = Chunked<Receipt>()
    private(set) var expenses = Chunked<Expense>()
    private(set) var grants = Chunked<Grant>()

    public subscript(fund id: Identifier) -> Fund? { fundNumbers.find(id).map { funds[$0] } }
    public subscript(pledge id: Identifier) -> Pledge? { pledgeNumbers.find(id).map { pledges[$0] } }
    public subscript(donation id: Identifier) -> Donation? { donationNumbers.find(id).map { donations[$0] } }
    subscript(receipt id: Identifier) -> Receipt? { receiptNumbers.find(id).map { receipts[$0] } }
    public subscript(grant id: Identifier) -> Grant? { grantNumbers.find(id).map { grants[$0] } }

    func id(ofDonation number: UInt32) -> Identifier { donationNumbers[Int(number)] }
    func id(ofPledge number: UInt32) -> Identifier? { number == Self.none ? nil : pledgeNumbers[Int(number)] }
    func id(ofPurpose number: UInt32) -> Identifier? { number == Self.none ? nil : purposes[Int(number)] }

    /// The receipt of a donation that stands on `day` or later: the latest, because a new one is issued only once the
    /// one before is void.
    func standingReceipt(of donation: Donation, from day: Day) -> Identifier? {
        guard donation.receipt != Self.none else { return nil }
        let stands = receipts[Int(donation.receipt)].voided.map { $0.day > day } ?? true
        return stands ? receiptNumbers[Int(donation.receipt)] : nil
    }

    mutating func open(_ opening: DonationFundOpened, on day: Day) {
        guard fundNumbers.enter(opening.fund) == funds.count else { return }
        funds.append(Fund(opening: opening, opened: day))
    }

    mutating func close(fund id: Identifier, _ stamp: Stamp) {
        guard let fund = fundNumbers.find(id) else { return }
        funds[fund].closed = (stamp.time, stamp.day)
    }

    mutating func pledge(_ pledged: DonationPledged, _ stamp: Stamp) {
        guard let fund = fundNumbers.find(pledged.fund), pledgeNumbers.enter(pledged.pledge) == pledges.count
        else { return }
        pledges.append(
            Pledge(
                fund: UInt32(fund), donorKind: pledged.donorKind, amount: pledged.amount, day: stamp.day,
                due: pledged.due))
        noteIncoming(fund, at: stamp.time)
    }

    mutating func receive(_ received: DonationReceived, _ stamp: Stamp) {
        guard let fund = fundNumbers.find(received.fund), donationNumbers.enter(received.donation) == donations.count
        else { return }
        let pledge = received.pledge.flatMap { pledgeNumbers.find($0) }
        if let pledge { pledges[pledge].payments.append((stamp.day, received.amount)) }
        donations.append(
            Donation(
                fund: UInt32(fund), pledge: pledge.map { UInt32($0) } ?? Self.none,
                purpose: received.purpose.map { UInt32(purposes.enter($0)) } ?? Self.none, receipt: Self.none,
                day: stamp.day, donorKind: received.donorKind, amount: received.amount))
        funds[fund].money.enter(.by(received.amount), stamp)
        noteIncoming(fund, at: stamp.time)
    }

    mutating func allocate(_ allocated: DonationAllocated, _ stamp: Stamp) {
        guard let fund = fundNumbers.find(allocated.fund) else { return }
        spend(allocated.amount, of: fund, purpose: UInt32(purposes.enter(allocated.purpose)), stamp)
    }

    mutating func refund(_ refunded: DonationRefunded, _ stamp: Stamp) {
        guard let number = donationNumbers.find(refunded.donation) else { return }
        donations[number].refunded += refunded.amount
        donations[number].refundedLast = max(donations[number].refundedLast ?? stamp.day, stamp.day)
        let donation = donations[number]
        if donation.pledge != Self.none {
            pledges[Int(donation.pledge)].payments.append((stamp.day, -refunded.amount))
        }
        spend(refunded.amount, of: Int(donation.fund), purpose: Self.none, stamp)
    }

    private mutating func spend(_ amount: Int, of fund: Int, purpose: UInt32, _ stamp: Stamp) {
        funds[fund].money.enter(.by(-amount), stamp)
        expenses.append(Expense(fund: UInt32(fund), purpose: purpose, day: stamp.day, amount: amount))
    }

    private mutating func noteIncoming(_ fund: Int, at time: Timestamp) {
        funds[fund].latestIncoming = max(funds[fund].latestIncoming ?? time, time)
    }

    mutating func issue(_ issued: DonationReceiptIssued, on day: Day) {
        guard let donation = donationNumbers.find(issued.donation),
            receiptNumbers.enter(issued.receipt) == receipts.count
        else { return }
        donations[donation].receipt = UInt32(receipts.count)
        receipts.append(Receipt(donation: UInt32(donation), issued: day))
    }

    mutating func void(receipt id: Identifier, _ reason: ReceiptVoidReason, on day: Day) {
        guard let receipt = receiptNumbers.find(id) else { return }
        receipts[receipt].voided = (day, reason)
    }

    mutating func award(_ award: DonationGrantAwarded, on day: Day) {
        guard grantNumbers.enter(award.grant) == grants.count else { return }
        grants.append(Grant(award: award, awarded: day))
    }

    mutating func disburse(_ amount: Int, of id: Identifier, on day: Day) {
        guard let grant = grantNumbers.find(id) else { return }
        grants[grant].disbursed.append((day, amount))
    }

    func anomalies(asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        pledges.visit { number, pledge in
            guard pledge.day <= day, let (since, missing) = pledge.overdue(on: day) else { return }
            found.append(
                Anomaly(
                    .pledgeOverdue, Subject(.pledge, pledgeNumbers[number]), since: since, value: missing, limit: 0))
        }
        return found
    }
}

extension Donations.Pledge {
    /// Since when money has been missing after the due day, and how much; what was given back is missing again.
    func overdue(on asOf: Day) -> (since: Day, missing: Int)? {
        guard let due, due < asOf else { return nil }
        var missing = amount
        var since = due + 1
        for payment in payments.sorted(by: { $0.day < $1.day }) where payment.day <= asOf {
            let before = missing
            missing -= payment.amount
            if before <= 0, missing > 0 { since = max(due + 1, payment.day) }
        }
        return missing > 0 ? (since, missing) : nil
    }
}
