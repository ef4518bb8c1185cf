import AccueilDomain
import AccueilTesting
import Testing

@Suite struct DonationsTests {
    // Given: the fund fdf in euros, open since 2015-09-10, for two purposes; the other fund swiss, in francs, for any.
    var story = Scenario()

    init() throws {
        try story.given(
            "2015-09-10", Self.fund,
            DonationFundOpened.with {
                $0.fund = "swiss"
                $0.currency = "CHF"
            })
    }

    static let fund = DonationFundOpened.with {
        $0.fund = "fdf"
        $0.name = "Plateforme de dons"
        $0.holder = "fondation-de-france"
        $0.purposes = ["reception", "health"]
    }

    static func gift(
        _ donation: Identifier, _ amount: Int, _ change: (inout DonationReceived) -> Void = { _ in }
    ) -> DonationReceived {
        .with {
            $0.donation = donation
            $0.fund = "fdf"
            $0.donorKind = .individual
            $0.amount = amount
            change(&$0)
        }
    }

    static func pledge(
        _ pledge: Identifier, _ amount: Int, _ change: (inout DonationPledged) -> Void = { _ in }
    ) -> DonationPledged {
        .with {
            $0.pledge = pledge
            $0.fund = "fdf"
            $0.donorKind = .company
            $0.amount = amount
            change(&$0)
        }
    }

    static func allocation(
        _ amount: Int, _ purpose: Identifier = "health", _ change: (inout DonationAllocated) -> Void = { _ in }
    ) -> DonationAllocated {
        .with {
            $0.fund = "fdf"
            $0.amount = amount
            $0.purpose = purpose
            change(&$0)
        }
    }

    static func refund(_ donation: Identifier, _ amount: Int) -> DonationRefunded {
        .with {
            $0.donation = donation
            $0.amount = amount
        }
    }

    static func receipt(_ receipt: Identifier, for donation: Identifier) -> DonationReceiptIssued {
        .with {
            $0.receipt = receipt
            $0.donation = donation
        }
    }

    static func void(_ receipt: Identifier, _ reason: ReceiptVoidReason = .error) -> DonationReceiptVoided {
        .with {
            $0.receipt = receipt
            $0.reason = reason
        }
    }

    static func grant(
        _ grant: Identifier, _ amount: Int?, _ change: (inout DonationGrantAwarded) -> Void = { _ in }
    ) -> DonationGrantAwarded {
        .with {
            $0.grant = grant
            $0.beneficiary = "sos-mediterranee"
            $0.theme = "rescue"
            $0.amount = amount
            change(&$0)
        }
    }

    static func disbursement(_ grant: Identifier, _ amount: Int) -> DonationGrantDisbursed {
        .with {
            $0.grant = grant
            $0.amount = amount
        }
    }

    static let close = DonationFundClosed.with { $0.fund = "fdf" }

    // MARK: Funds

    @Test mutating func `opening the same fund twice writes it once, opening it otherwise is refused`() {
        #expect(story.when("2015-09-10", Self.fund).events == [])
        #expect(story.when("2015-09-11", Self.fund).rule == "fund_exists")
        #expect(story.when("2015-09-10", .with { $0.fund = "fdf" } as DonationFundOpened).rule == "fund_exists")
    }

    @Test mutating func `a closed fund takes nothing more in, but what it holds can be allocated`() throws {
        try story.given("2016-01-10T09:00:00Z", Self.gift("d-1", 100))
        try story.given("2016-01-10T12:00:00Z", Self.close)
        for moment in ["2016-01-10T12:00:00Z", "2016-01-10T15:00:00Z", "2016-02-01"] {
            #expect(story.when(moment, Self.gift("d-2", 100)).rule == "fund_not_open")
            #expect(story.when(moment, Self.pledge("p-1", 100)).rule == "fund_not_open")
        }
        #expect(story.when("2016-02-01", Self.allocation(100)).events == ["donation.allocated"])
        // Told late: it came in before the fund was closed.
        #expect(story.when("2016-01-10T11:00:00Z", Self.gift("d-3", 100)).events == ["donation.received"])
    }

    @Test mutating func `nothing comes in before the fund opens`() {
        #expect(story.when("2015-09-09", Self.gift("d-1", 100)).rule == "fund_not_open")
        #expect(story.when("2015-09-09", Self.pledge("p-1", 100)).rule == "fund_not_open")
    }

    @Test mutating func `closing a fund twice changes nothing, on another day is refused`() {
        #expect(story.when("2016-01-10", Self.close).events == ["donation.fund_closed"])
        #expect(story.when("2016-01-10", Self.close).events == [])
        #expect(story.when("2016-01-11", Self.close).rule == "fund_already_closed")
    }

    @Test mutating func `a fund closes neither before it opens nor before its latest gift or pledge`() throws {
        #expect(story.when("2015-09-09", Self.close).rule == "closes_before_it_opens")
        try story.given("2016-01-10", Self.gift("d-1", 100))
        try story.given("2016-01-09", Self.gift("d-2", 100))
        #expect(story.when("2016-01-09", Self.close).rule == "closes_before_latest_gift")
        try story.given("2016-01-12", Self.pledge("p-1", 100))
        #expect(story.when("2016-01-11", Self.close).rule == "closes_before_latest_gift")
        #expect(story.when("2016-01-12", Self.close).accepted)
    }

    @Test mutating func `an unknown fund is refused`() {
        #expect(story.when("2016-01-10", .with { $0.fund = "none" } as DonationFundClosed).rule == "unknown_fund")
        #expect(story.when("2016-01-10", Self.gift("d-1", 1) { $0.fund = "none" }).rule == "unknown_fund")
        #expect(story.when("2016-01-10", Self.pledge("p-1", 1) { $0.fund = "none" }).rule == "unknown_fund")
        #expect(story.when("2016-01-10", Self.allocation(1) { $0.fund = "none" }).rule == "unknown_fund")
    }

    // MARK: Amounts and currencies

    @Test(arguments: [0, -1, amountMax + 1, 9_007_199_254_740_991, -9_007_199_254_740_991])
    func `an amount is from one cent to a thousand million euros`(amount: Int) throws {
        var story = story
        try story.given("2016-01-10", Self.gift("d-1", amountMax), Self.grant("g-1", nil))
        let commands: [any CommandRecord] = [
            Self.gift("d-2", amount), Self.pledge("p-1", amount), Self.allocation(amount), Self.refund("d-1", amount),
            Self.grant("g-2", amount), Self.disbursement("g-1", amount),
        ]
        for command in commands {
            let verdict = story.when("2016-01-11", command)
            #expect(verdict.rule == "amount_out_of_bounds")
            #expect(verdict.fact("amount") == String(amount))
        }
    }

    @Test mutating func `another currency than the fund's or the grant's is refused`() throws {
        try story.given(
            "2016-01-10", Self.gift("d-1", 100),
            Self.gift("d-2", 100) {
                $0.fund = "swiss"
                $0.currency = "CHF"
            },
            Self.grant("g-1", 100))
        let commands: [any CommandRecord] = [
            Self.gift("d-3", 100) { $0.currency = "CHF" }, Self.gift("d-3", 100) { $0.fund = "swiss" },
            Self.pledge("p-1", 100) { $0.currency = "CHF" }, Self.allocation(100) { $0.currency = "CHF" },
            DonationRefunded.with {
                $0.donation = "d-2"
                $0.amount = 100
            },
            DonationGrantDisbursed.with {
                $0.grant = "g-1"
                $0.amount = 100
                $0.currency = "USD"
            },
        ]
        for command in commands { #expect(story.when("2016-01-11", command).rule == "other_currency") }
        let verdict = story.when("2016-01-11", Self.gift("d-3", 100) { $0.fund = "swiss" })
        #expect(verdict.fact("expected") == "CHF")
        #expect(verdict.fact("currency") == "EUR")
    }

    // MARK: Pledges and gifts

    @Test mutating func `the same gift and the same pledge twice are written once, otherwise refused`() {
        let pledge = Self.pledge("p-1", 500) { $0.due = "2016-03-01" }
        #expect(story.when("2016-01-10", pledge).events == ["donation.pledged"])
        #expect(story.when("2016-01-10", pledge).events == [])
        #expect(story.when("2016-01-10", Self.pledge("p-1", 500)).rule == "pledge_exists")
        #expect(story.when("2016-01-11", pledge).rule == "pledge_exists")
        let gift = Self.gift("d-1", 500) {
            $0.pledge = "p-1"
            $0.purpose = "health"
        }
        #expect(story.when("2016-01-12", gift).events == ["donation.received"])
        #expect(story.when("2016-01-12", gift).events == [])
        #expect(story.when("2016-01-12", Self.gift("d-1", 500) { $0.pledge = "p-1" }).rule == "donation_exists")
        #expect(story.when("2016-01-12", Self.gift("d-1", 501)).rule == "donation_exists")
        #expect(story.when("2016-01-13", gift).rule == "donation_exists")
    }

    @Test mutating func `a gift names a pledge to its own fund, and one of the fund's purposes`() throws {
        try story.given(
            "2016-01-10",
            Self.pledge("p-1", 100) {
                $0.fund = "swiss"
                $0.currency = "CHF"
            })
        #expect(story.when("2016-01-11", Self.gift("d-1", 1) { $0.pledge = "none" }).rule == "unknown_pledge")
        let other = story.when("2016-01-11", Self.gift("d-1", 1) { $0.pledge = "p-1" })
        #expect(other.rule == "pledge_to_another_fund")
        #expect(other.fact("promised") == "swiss")
        #expect(story.when("2016-01-11", Self.gift("d-1", 1) { $0.purpose = "holidays" }).rule == "unknown_purpose")
        #expect(story.when("2016-01-11", Self.gift("d-1", 1)).accepted)
        #expect(story.when("2016-01-11", Self.allocation(1, "holidays")).rule == "unknown_purpose")
        try story.given(
            "2016-01-11",
            Self.gift("d-2", 9) {
                $0.fund = "swiss"
                $0.currency = "CHF"
            })
        let free = Self.allocation(1, "anything") {
            $0.fund = "swiss"
            $0.currency = "CHF"
        }
        #expect(story.when("2016-01-11", free).accepted)
    }

    @Test mutating func `a pledge is not due before it is made`() {
        #expect(story.when("2016-01-10", Self.pledge("p-1", 1) { $0.due = "2016-01-09" }).rule == "due_before_pledged")
        #expect(story.when("2016-01-10", Self.pledge("p-1", 1) { $0.due = "2016-01-10" }).accepted)
    }

    @Test mutating func `a pledge is overdue from the day after its due day until all of it is there`() throws {
        try story.given("2016-01-10", Self.pledge("p-1", 500) { $0.due = "2016-03-01" }, Self.pledge("p-2", 500))
        try story.given("2016-02-01", Self.gift("d-1", 200) { $0.pledge = "p-1" })
        try story.given("2016-03-20", Self.gift("d-2", 300) { $0.pledge = "p-1" })
        #expect(story.anomalies(.pledgeOverdue, asOf: "2016-03-01").isEmpty)
        let found = story.anomalies(.pledgeOverdue, asOf: "2016-03-19")
        #expect(found.map(\.subject) == [Subject(.pledge, "p-1")])
        #expect(found.map(\.since) == ["2016-03-02"])
        #expect(found.map(\.value) == [300])
        #expect(story.anomalies(.pledgeOverdue, asOf: "2016-03-20").isEmpty)
    }

    @Test mutating func `refunding what fulfilled a pledge leaves it overdue again`() throws {
        try story.given("2016-01-10", Self.pledge("p-1", 500) { $0.due = "2016-03-01" })
        try story.given("2016-02-01", Self.gift("d-1", 500) { $0.pledge = "p-1" })
        var early = story
        #expect(early.when("2016-02-20", Self.refund("d-1", 100)).anomalies == [])
        #expect(early.anomalies(.pledgeOverdue, asOf: "2016-03-05").map(\.since) == ["2016-03-02"])
        #expect(story.when("2016-04-01", Self.refund("d-1", 100)).anomalies == [.pledgeOverdue])
        #expect(story.anomalies(.pledgeOverdue, asOf: "2016-03-31").isEmpty)
        let found = story.anomalies(.pledgeOverdue, asOf: "2016-05-01")
        #expect(found.map(\.since) == ["2016-04-01"])
        #expect(found.map(\.value) == [100])
    }

    // MARK: Allocating and refunding

    @Test mutating func `no more is allocated than was received`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        try story.given("2016-01-12", Self.allocation(700))
        let verdict = story.when("2016-01-13", Self.allocation(301))
        #expect(verdict.rule == "allocated_above_received")
        #expect(verdict.fact("day") == "2016-01-13")
        #expect(verdict.fact("short") == "1")
        #expect(story.when("2016-01-13", Self.allocation(300)).accepted)
    }

    @Test mutating func `money is not allocated before it came in, whatever came later`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        let verdict = story.when("2016-01-09", Self.allocation(1))
        #expect(verdict.rule == "allocated_above_received")
        #expect(verdict.fact("day") == "2016-01-09")
    }

    @Test mutating func `a late entry that would overdraw the fund on a later day names that day`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        try story.given("2016-01-20", Self.allocation(900))
        try story.given("2016-01-30", Self.gift("d-2", 5000))
        let verdict = story.when("2016-01-15", Self.allocation(101))
        #expect(verdict.rule == "allocated_above_received")
        #expect(verdict.fact("day") == "2016-01-20")
        #expect(story.when("2016-01-15", Self.allocation(100)).accepted)
    }

    @Test mutating func `a donation is refunded in parts, but not beyond what was given`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000), Self.gift("d-2", 1000))
        #expect(story.when("2016-01-11", Self.refund("d-1", 400)).events == ["donation.refunded"])
        let verdict = story.when("2016-01-12", Self.refund("d-1", 601))
        #expect(verdict.rule == "refunded_above_received")
        #expect(verdict.fact("refunded") == "400")
        #expect(story.when("2016-01-12", Self.refund("d-1", 600)).accepted)
    }

    @Test mutating func `money that was allocated is no longer there to be refunded`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        try story.given("2016-01-20", Self.allocation(600))
        let verdict = story.when("2016-01-15", Self.refund("d-1", 401))
        #expect(verdict.rule == "refunded_above_received")
        #expect(verdict.fact("day") == "2016-01-20")
        #expect(story.when("2016-01-15", Self.refund("d-1", 400)).accepted)
    }

    @Test mutating func `only a known donation is refunded, and not before it was received`() throws {
        #expect(story.when("2016-01-10", Self.refund("none", 1)).rule == "unknown_donation")
        try story.given("2016-01-01", Self.gift("d-1", 1000))
        try story.given("2016-01-10", Self.gift("d-2", 1000))
        #expect(story.when("2016-01-09", Self.refund("d-2", 1)).rule == "refunded_before_received")
    }

    @Test mutating func `an allocation is for a known site`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000), SiteOpened.with { $0.site = "ney" })
        #expect(story.when("2016-01-10", Self.allocation(1) { $0.site = "none" }).rule == "unknown_site")
        #expect(story.when("2016-01-10", Self.allocation(1) { $0.site = "ney" }).accepted)
    }

    // MARK: Receipts

    @Test mutating func `a receipted gift is refunded only once its receipt is void`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        try story.given("2016-01-15", Self.receipt("r-1", for: "d-1"))
        let verdict = story.when("2016-01-20", Self.refund("d-1", 1))
        #expect(verdict.rule == "refunds_receipted_donation")
        #expect(verdict.fact("receipt") == "r-1")
        try story.given("2016-01-25", Self.void("r-1", .refund))
        // Told late: on that day the receipt still stood.
        #expect(story.when("2016-01-20", Self.refund("d-1", 1)).rule == "refunds_receipted_donation")
        #expect(story.when("2016-01-25", Self.refund("d-1", 1)).accepted)
    }

    @Test mutating func `a donation has one standing receipt`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000), Self.gift("d-2", 1000))
        let issue = Self.receipt("r-1", for: "d-1")
        #expect(story.when("2016-01-15", issue).events == ["donation.receipt_issued"])
        #expect(story.when("2016-01-15", issue).events == [])
        #expect(story.when("2016-01-16", issue).rule == "receipt_exists")
        #expect(story.when("2016-01-15", Self.receipt("r-1", for: "d-2")).rule == "receipt_exists")
        let second = story.when("2016-01-20", Self.receipt("r-2", for: "d-1"))
        #expect(second.rule == "donation_has_receipt")
        #expect(second.fact("receipt") == "r-1")
        try story.given("2016-01-25", Self.void("r-1"))
        #expect(story.when("2016-01-24", Self.receipt("r-2", for: "d-1")).rule == "donation_has_receipt")
        #expect(story.when("2016-01-25", Self.receipt("r-2", for: "d-1")).accepted)
        // One of the two, though void by now, stood on that day or was to be issued after it.
        try story.given("2016-01-26", Self.void("r-2"))
        #expect(story.when("2016-01-24", Self.refund("d-1", 1)).rule == "refunds_receipted_donation")
    }

    @Test mutating func `a receipt is for a known donation that was received and not given back`() throws {
        #expect(story.when("2016-01-10", Self.receipt("r-1", for: "none")).rule == "unknown_donation")
        try story.given("2016-01-10", Self.gift("d-1", 1000))
        #expect(story.when("2016-01-09", Self.receipt("r-1", for: "d-1")).rule == "receipted_before_received")
        try story.given("2016-01-11", Self.refund("d-1", 999))
        var part = story
        #expect(part.when("2016-01-12", Self.receipt("r-1", for: "d-1")).accepted)
        try story.given("2016-01-11", Self.refund("d-1", 1))
        #expect(story.when("2016-01-12", Self.receipt("r-1", for: "d-1")).rule == "receipts_refunded_donation")
    }

    @Test mutating func `voiding a receipt twice changes nothing, an unknown one is refused`() throws {
        try story.given("2016-01-10", Self.gift("d-1", 1000), Self.receipt("r-1", for: "d-1"))
        #expect(story.when("2016-01-11", Self.void("none")).rule == "unknown_receipt")
        #expect(story.when("2016-01-09", Self.void("r-1")).rule == "voided_before_issued")
        #expect(story.when("2016-01-11", Self.void("r-1")).events == ["donation.receipt_voided"])
        #expect(story.when("2016-01-11", Self.void("r-1")).events == [])
        #expect(story.when("2016-01-11", Self.void("r-1", .duplicate)).rule == "receipt_already_voided")
        #expect(story.when("2016-01-12", Self.void("r-1")).rule == "receipt_already_voided")
    }

    // MARK: Grants

    @Test mutating func `the same grant twice is written once, otherwise refused`() {
        #expect(story.when("2016-01-10", Self.grant("g-1", 2_500_000)).events == ["donation.grant_awarded"])
        #expect(story.when("2016-01-10", Self.grant("g-1", 2_500_000)).events == [])
        #expect(story.when("2016-01-10", Self.grant("g-1", nil)).rule == "grant_exists")
        #expect(story.when("2016-01-11", Self.grant("g-1", 2_500_000)).rule == "grant_exists")
    }

    @Test mutating func `a grant is paid out up to its amount, from the day it was awarded`() throws {
        #expect(story.when("2016-01-10", Self.disbursement("g-1", 1)).rule == "unknown_grant")
        try story.given("2016-01-10", Self.grant("g-1", 1000), Self.grant("g-2", nil))
        #expect(story.when("2016-01-09", Self.disbursement("g-1", 1)).rule == "disbursed_before_awarded")
        #expect(story.when("2016-01-11", Self.disbursement("g-1", 600)).events == ["donation.grant_disbursed"])
        let verdict = story.when("2016-01-12", Self.disbursement("g-1", 401))
        #expect(verdict.rule == "disbursed_above_awarded")
        #expect(verdict.fact("disbursed") == "600")
        #expect(story.when("2016-01-12", Self.disbursement("g-1", 400)).accepted)
        // Its amount was not published.
        #expect(story.when("2016-01-12", Self.disbursement("g-2", amountMax)).accepted)
    }

    // MARK: query.donations

    private func ask(_ change: (inout DonationsQuery) -> Void) throws -> DonationsQuery.Answer {
        try story.ask(DonationsQuery.with(change), today: "2017-03-23")
    }

    /// Given: two pledges, three gifts, an allocation, a refund, three grants, told out of order.
    private mutating func aYear() throws {
        try story.given("2016-02-01", Self.gift("d-2", 300) { $0.donorKind = .company })
        try story.given("2016-01-20", Self.gift("d-1", 1000) { $0.pledge = nil })
        try story.given("2015-12-24", Self.gift("d-0", 50))
        try story.given("2015-12-01", Self.pledge("p-1", 700))
        try story.given("2016-02-15", Self.allocation(400, "health"), Self.allocation(100, "reception"))
        try story.given("2016-03-01", Self.refund("d-1", 250))
        try story.given("2016-03-02", Self.allocation(50, "health"))
        try story.given(
            "2016-01-05",
            Self.grant("g-1", 2_500_000) { $0.countries = ["LBY", "ITA", "LBY"].map { Nationality($0)! } },
            Self.grant("g-2", 47_000_000) {
                $0.theme = "relief"
                $0.beneficiary = "care"
            },
            Self.grant("g-3", nil) {
                $0.theme = "relief"
                $0.beneficiary = "acted"
                $0.currency = "USD"
            })
        try story.given("2016-04-01", Self.disbursement("g-1", 1_000_000))
        try story.given("2016-05-01", Self.close)
    }

    @Test mutating func `funds are told as of a day`() throws {
        try aYear()
        func fund(asOf day: Day) throws -> DonationsQuery.FundRow? {
            try ask {
                $0.asOf = day
                $0.fund = "fdf"
            }.funds.first
        }
        let row = DonationsQuery.FundRow.with {
            $0.fund = "fdf"
            $0.name = "Plateforme de dons"
            $0.pledged = 700
            $0.received = 1350
            $0.donations = 3
            $0.allocated = 500
            $0.balance = 850
        }
        #expect(try fund(asOf: "2016-02-29") == row)
        let later = try fund(asOf: "2016-04-30")
        #expect([later?.refunded, later?.allocated, later?.balance] == [250, 550, 550])
        #expect(try fund(asOf: "2016-04-30")?.open == true)
        #expect(try fund(asOf: "2016-05-01")?.open == false)
        #expect(try fund(asOf: "2015-09-09") == nil)
        #expect(
            try fund(asOf: "2015-09-10")
                == .with {
                    $0.fund = "fdf"
                    $0.name = "Plateforme de dons"
                })
    }

    @Test mutating func `a period takes its own figures, the balance stays that of the day`() throws {
        try aYear()
        let answer = try ask {
            $0.from = "2016-01-01"
            $0.to = "2016-02-28"
            $0.asOf = "2016-12-31"
        }
        #expect(answer.funds.map(\.fund) == ["fdf", "swiss"])
        let row = answer.funds[0]
        #expect([row.pledged, row.received, row.donations, row.allocated, row.refunded] == [0, 1300, 2, 500, 0])
        #expect(row.balance == 550)
        #expect(throws: Rejection.self) {
            try ask { $0.fund = "none" }
        }
        #expect(throws: Rejection.self) {
            try ask {
                $0.from = "2017-01-02"
                $0.to = "2017-01-01"
            }
        }
    }

    @Test mutating func `grants are told by currency, those without an amount counted`() throws {
        try aYear()
        let answer = try story.ask(DonationsQuery(), today: "2017-03-23")
        #expect(answer.grants == 3)
        #expect(
            answer.grantsByCurrency == [
                .with {
                    $0.currency = "EUR"
                    $0.grants = 2
                    $0.awarded = 49_500_000
                    $0.disbursed = 1_000_000
                },
                .with {
                    $0.currency = "USD"
                    $0.grants = 1
                },
            ])
        let before = try ask {
            $0.asOf = "2016-03-31"
            $0.theme = "rescue"
        }
        #expect(
            before.grantsByCurrency == [
                .with {
                    $0.currency = "EUR"
                    $0.grants = 1
                    $0.awarded = 2_500_000
                }
            ])
        let april = try ask { $0.from = "2016-04-01" }
        #expect(april.grants == 0)
        #expect(
            april.grantsByCurrency == [
                .with {
                    $0.currency = "EUR"
                    $0.disbursed = 1_000_000
                }
            ])
    }

    @Test(arguments: [
        (DonationsQuery.Grouping.purpose, ["health EUR 2 450", "reception EUR 1 100"]),
        (.donorKind, ["individual EUR 2 1050", "company EUR 1 300"]),
        (.month, ["2015-12 EUR 1 50", "2016-01 EUR 1 1000", "2016-02 EUR 1 300"]),
        (.theme, ["relief EUR 1 47000000", "rescue EUR 1 2500000", "relief USD 1 0"]),
        (.beneficiary, ["care EUR 1 47000000", "sos-mediterranee EUR 1 2500000", "acted USD 1 0"]),
        (.country, ["UNK EUR 1 47000000", "ITA EUR 1 2500000", "LBY EUR 1 2500000", "UNK USD 1 0"]),
    ])
    func `money is told apart`(by: DonationsQuery.Grouping, rows: [String]) throws {
        var copy = self
        try copy.aYear()
        let answer = try copy.ask { $0.by = by }
        #expect(answer.rows.map { "\($0.key.string) \($0.currency) \($0.count) \($0.amount)" } == rows)
    }

    // MARK: query.grants

    private func grants(
        _ day: Day, _ change: (inout GrantsQuery) -> Void = { _ in }
    ) throws -> GrantsQuery.Answer {
        try story.ask(
            GrantsQuery.with {
                $0.asOf = day
                change(&$0)
            }, today: "2030-01-01")
    }

    @Test mutating func `grants are listed as of a day, with what was paid out by then`() throws {
        try aYear()
        try story.given("2014-06-01", Self.grant("g-0", 10) { ($0.payer, $0.theme) = ("ville-paris", "relief") })
        try story.given("2014-07-01", Self.disbursement("g-0", 10))
        let answer = try grants("2016-03-31")
        #expect(answer.count == 4)
        #expect(answer.beneficiaries == ["acted", "care", "sos-mediterranee"])
        #expect(answer.themes == ["relief", "rescue"])
        #expect(answer.countries.map(\.description) == ["ITA", "LBY"])
        #expect(
            answer.totals == [
                .with { ($0.currency, $0.awarded, $0.disbursed) = ("EUR", 49_500_010, 10) },
                .with { $0.currency = "USD" },
            ])
        #expect(answer.rows.map(\.grant) == ["g-1", "g-2", "g-3", "g-0"])
        #expect(answer.rows.map(\.amount) == [2_500_000, 47_000_000, nil, 10])
        #expect(answer.rows.map(\.disbursed) == [0, 0, 0, 10])
        #expect(
            try grants("2016-04-01").rows.first
                == .with {
                    ($0.grant, $0.beneficiary, $0.theme) = ("g-1", "sos-mediterranee", "rescue")
                    ($0.awarded, $0.amount, $0.disbursed) = ("2016-01-05", 2_500_000, 1_000_000)
                    $0.countries = ["LBY", "ITA", "LBY"].map { Nationality($0)! }
                })
        #expect(try grants("2016-01-04").rows.map(\.grant) == ["g-0"])
    }

    @Test mutating func `grants are chosen by day, theme, beneficiary, payer and country`() throws {
        try aYear()
        try story.given("2014-06-01", Self.grant("g-0", 10) { ($0.payer, $0.theme) = ("ville-paris", "relief") })
        func chosen(_ change: (inout GrantsQuery) -> Void) throws -> [Identifier] {
            try grants("2017-03-23", change).rows.map(\.grant)
        }
        #expect(try chosen { $0.from = "2015-01-01" } == ["g-1", "g-2", "g-3"])
        #expect(try chosen { $0.to = "2015-12-31" } == ["g-0"])
        #expect(try chosen { $0.theme = "relief" } == ["g-2", "g-3", "g-0"])
        #expect(try chosen { $0.beneficiary = "care" } == ["g-2"])
        #expect(try chosen { $0.payer = "ville-paris" } == ["g-0"])
        #expect(try chosen { $0.country = Nationality("LBY") } == ["g-1"])
        #expect(throws: Rejection.self) { try chosen { ($0.from, $0.to) = ("2016-01-02", "2016-01-01") } }
        #expect(try grants("2014-05-31") == .with { $0.asOf = "2014-05-31" })
    }

    @Test mutating func `a fund chosen hides the others' rows`() throws {
        try aYear()
        try story.given(
            "2016-01-20",
            Self.gift("d-9", 7) {
                $0.fund = "swiss"
                $0.currency = "CHF"
            })
        try story.given(
            "2016-01-21",
            Self.allocation(7) {
                $0.fund = "swiss"
                $0.currency = "CHF"
            })
        for by in [DonationsQuery.Grouping.purpose, .donorKind, .month] {
            let answer = try ask {
                $0.fund = "swiss"
                $0.by = by
            }
            #expect(answer.funds.map(\.fund) == ["swiss"])
            #expect(answer.rows.map(\.amount) == [7])
            #expect(answer.rows.map(\.currency) == ["CHF"])
        }
    }
}
