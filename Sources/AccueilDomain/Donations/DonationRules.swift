// What each command on funds, gifts, receipts and grants has to pass, and what each event changes.

/// The greatest amount of one entry, in minor units: a thousand million euros. Above it, it is a typing error; ninety
/// million entries of that size still add up within 64 bits.
public let amountMax = 100_000_000_000

extension DonationFundOpened {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let known = world.donations[fund: fund] {
            if known.opening == self, known.opened == stamp.day { return [] }
            throw Rejection(
                "fund_exists", "fund \(fund) was already opened on \(known.opened)",
                ["fund": fund, "opened": known.opened])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.open(self, on: stamp.day)
    }
}

extension DonationFundClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(fund: fund)
        if let (_, day) = known.closed {
            if day == stamp.day { return [] }
            throw Rejection("fund_already_closed", "fund \(fund) was closed on \(day)", ["fund": fund, "closed": day])
        }
        guard stamp.day >= known.opened else {
            throw Rejection(
                "closes_before_it_opens", "fund \(fund) was opened on \(known.opened), after \(stamp.day)",
                ["fund": fund, "opened": known.opened, "day": stamp.day])
        }
        if let latest = known.latestIncoming, latest > stamp.time {
            throw Rejection(
                "closes_before_latest_gift",
                "fund \(fund) has a pledge or a donation of \(latest), after \(stamp.time)",
                ["fund": fund, "latest": latest, "time": stamp.time])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.close(fund: fund, stamp)
    }
}

extension DonationPledged {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(fund: fund)
        try checkAmount(amount, currency, of: known.currency, known.opening.subject)
        if let pledged = world.donations[pledge: pledge] {
            if world.donations.funds[Int(pledged.fund)].id == fund, pledged.donorKind == donorKind,
                pledged.amount == amount, pledged.due == due, pledged.day == stamp.day
            {
                return []
            }
            throw Rejection(
                "pledge_exists", "pledge \(pledge) was already made on \(pledged.day), otherwise",
                ["pledge": pledge, "pledged": pledged.day])
        }
        try known.checkOpen(stamp)
        if let due, due < stamp.day {
            throw Rejection(
                "due_before_pledged", "pledge \(pledge) of \(stamp.day) was due on \(due), before it was made",
                ["pledge": pledge, "due": due, "day": stamp.day])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.pledge(self, stamp)
    }
}

extension DonationReceived {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(fund: fund)
        try checkAmount(amount, currency, of: known.currency, known.opening.subject)
        if let received = world.donations[donation: donation] {
            if world.donations.funds[Int(received.fund)].id == fund, received.donorKind == donorKind,
                received.amount == amount, world.donations.id(ofPledge: received.pledge) == pledge,
                world.donations.id(ofPurpose: received.purpose) == purpose, received.day == stamp.day
            {
                return []
            }
            throw Rejection(
                "donation_exists", "donation \(donation) was already received on \(received.day), otherwise",
                ["donation": donation, "received": received.day])
        }
        try known.checkOpen(stamp)
        if let purpose { try known.check(purpose: purpose) }
        if let pledge {
            guard let pledged = world.donations[pledge: pledge] else {
                throw Rejection("unknown_pledge", "no pledge \(pledge)", ["pledge": pledge])
            }
            let promised = world.donations.funds[Int(pledged.fund)].id
            guard promised == fund else {
                throw Rejection(
                    "pledge_to_another_fund", "pledge \(pledge) was made to fund \(promised), not to \(fund)",
                    ["pledge": pledge, "promised": promised, "fund": fund])
            }
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.receive(self, stamp)
    }
}

extension DonationAllocated {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(fund: fund)
        try checkAmount(amount, currency, of: known.currency, known.opening.subject)
        try known.check(purpose: purpose)
        if let site { _ = try world.sites.known(site) }
        try known.checkSpending(amount, stamp, rule: "allocated_above_received")
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.allocate(self, stamp)
    }
}

extension DonationRefunded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(donation: donation)
        let fund = world.donations.funds[Int(known.fund)]
        try checkAmount(amount, currency, of: fund.currency, fund.opening.subject)
        guard stamp.day >= known.day else {
            throw Rejection(
                "refunded_before_received", "donation \(donation) was received on \(known.day), after \(stamp.day)",
                ["donation": donation, "received": known.day, "day": stamp.day])
        }
        if let receipt = world.donations.standingReceipt(of: known, from: stamp.day) {
            throw Rejection(
                "refunds_receipted_donation",
                "donation \(donation) has receipt \(receipt), which stands on \(stamp.day): void it first",
                ["donation": donation, "receipt": receipt, "day": stamp.day])
        }
        guard known.refunded + amount <= known.amount else {
            throw Rejection(
                "refunded_above_received",
                "of donation \(donation), \(known.amount - known.refunded) is left to refund, not \(amount)",
                ["donation": donation, "received": known.amount, "refunded": known.refunded, "amount": amount])
        }
        try fund.checkSpending(amount, stamp, rule: "refunded_above_received")
        return [Outcome(self, anomalies: leavesOverdue(known, world, on: stamp.day) ? [.pledgeOverdue] : [])]
    }

    private func leavesOverdue(_ known: Donations.Donation, _ world: World, on day: Day) -> Bool {
        guard known.pledge != Donations.none else { return false }
        var pledge = world.donations.pledges[Int(known.pledge)]
        pledge.payments.append((day, -amount))
        return pledge.overdue(on: day) != nil
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.refund(self, stamp)
    }
}

extension DonationReceiptIssued {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.donations.known(donation: donation)
        if let issued = world.donations[receipt: receipt] {
            if world.donations.id(ofDonation: issued.donation) == donation, issued.issued == stamp.day { return [] }
            throw Rejection(
                "receipt_exists", "receipt \(receipt) was already issued on \(issued.issued), otherwise",
                ["receipt": receipt, "issued": issued.issued])
        }
        guard stamp.day >= known.day else {
            throw Rejection(
                "receipted_before_received", "donation \(donation) was received on \(known.day), after \(stamp.day)",
                ["donation": donation, "received": known.day, "day": stamp.day])
        }
        if let standing = world.donations.standingReceipt(of: known, from: stamp.day) {
            throw Rejection(
                "donation_has_receipt",
                "donation \(donation) has receipt \(standing), which stands on \(stamp.day): void it first",
                ["donation": donation, "receipt": standing, "day": stamp.day])
        }
        if let refunded = known.refundedLast, refunded >= stamp.day {
            throw Rejection(
                "receipt_stands_on_refund",
                "donation \(donation) was refunded on \(refunded): a receipt from \(stamp.day) would stand that day",
                ["donation": donation, "refunded": refunded, "day": stamp.day])
        }
        guard known.refunded < known.amount else {
            throw Rejection(
                "receipts_refunded_donation", "donation \(donation) was refunded as a whole: nothing is left",
                ["donation": donation, "refunded": known.refunded])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.issue(self, on: stamp.day)
    }
}

extension DonationReceiptVoided {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let known = world.donations[receipt: receipt] else {
            throw Rejection("unknown_receipt", "no receipt \(receipt)", ["receipt": receipt])
        }
        if let (day, reason) = known.voided {
            if day == stamp.day, reason == self.reason { return [] }
            throw Rejection(
                "receipt_already_voided", "receipt \(receipt) was voided on \(day): \(reason.rawValue)",
                ["receipt": receipt, "voided": day, "reason": reason])
        }
        guard stamp.day >= known.issued else {
            throw Rejection(
                "voided_before_issued", "receipt \(receipt) was issued on \(known.issued), after \(stamp.day)",
                ["receipt": receipt, "issued": known.issued, "day": stamp.day])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.void(receipt: receipt, reason, on: stamp.day)
    }
}

extension DonationGrantAwarded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let amount { try checkAmount(amount, currency, of: currency, subject) }
        if let known = world.donations[grant: grant] {
            if known.award == self, known.awarded == stamp.day { return [] }
            throw Rejection(
                "grant_exists", "grant \(grant) was already awarded on \(known.awarded), otherwise",
                ["grant": grant, "awarded": known.awarded])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.award(self, on: stamp.day)
    }
}

extension DonationGrantDisbursed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let known = world.donations[grant: grant] else {
            throw Rejection("unknown_grant", "no grant \(grant): award it first", ["grant": grant])
        }
        try checkAmount(amount, currency, of: known.award.currency, subject)
        guard stamp.day >= known.awarded else {
            throw Rejection(
                "disbursed_before_awarded", "grant \(grant) was awarded on \(known.awarded), after \(stamp.day)",
                ["grant": grant, "awarded": known.awarded, "day": stamp.day])
        }
        let disbursed = known.disbursed.reduce(0) { $0 + $1.amount }
        if let awarded = known.award.amount, disbursed + amount > awarded {
            throw Rejection(
                "disbursed_above_awarded",
                "of grant \(grant), \(awarded - disbursed) is left to disburse, not \(amount)",
                ["grant": grant, "awarded": awarded, "disbursed": disbursed, "amount": amount])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.donations.disburse(amount, of: grant, on: stamp.day)
    }
}

private func checkAmount(
    _ amount: Int, _ currency: Currency, of expected: Currency, _ subject: Subject
) throws(Rejection) {
    guard (1...amountMax).contains(amount) else {
        throw Rejection(
            "amount_out_of_bounds", "an amount of \(amount): from 1 to \(amountMax) minor units are possible",
            ["amount": amount, "amount_max": amountMax])
    }
    guard currency == expected else {
        throw Rejection(
            "other_currency", "\(subject) is in \(expected), not in \(currency)",
            ["subject": subject, "expected": expected, "currency": currency])
    }
}

extension Donations {
    fileprivate func known(fund id: Identifier) throws(Rejection) -> Fund {
        guard let fund = self[fund: id] else { throw .unknownFund(id) }
        return fund
    }

    fileprivate func known(donation id: Identifier) throws(Rejection) -> Donation {
        guard let donation = self[donation: id] else {
            throw Rejection("unknown_donation", "no donation \(id)", ["donation": id])
        }
        return donation
    }
}

extension Donations.Fund {
    fileprivate func checkOpen(_ stamp: Stamp) throws(Rejection) {
        guard opened <= stamp.day, closed.map({ stamp.time < $0.time }) ?? true else {
            throw Rejection(
                "fund_not_open", "fund \(id) was not open on \(stamp.day)", ["fund": id, "day": stamp.day])
        }
    }

    fileprivate func check(purpose: Identifier) throws(Rejection) {
        guard opening.purposes.isEmpty || opening.purposes.contains(purpose) else {
            throw Rejection(
                "unknown_purpose", "\(purpose) is none of the purposes of fund \(id)",
                ["fund": id, "purpose": purpose])
        }
    }

    /// Refuses what would overdraw the fund at that time or, because of later expenses, at any time after it.
    fileprivate func checkSpending(_ amount: Int, _ stamp: Stamp, rule: String) throws(Rejection) {
        let least = money.leastBalance(adding: -amount, at: stamp.time)
        guard least.balance < 0 else { return }
        let day = least.day ?? stamp.day
        throw Rejection(
            rule, "fund \(id) would be \(-least.balance) short on \(day) if \(amount) were spent on \(stamp.day)",
            ["fund": id, "day": day, "short": -least.balance, "amount": amount])
    }
}

extension Rejection {
    static func unknownFund(_ id: Identifier) -> Rejection {
        Rejection("unknown_fund", "no fund \(id): open it first", ["fund": id])
    }
}

extension ReceiptVoidReason: RejectionValue {}
