import AccueilClient
import AccueilDomain
import ArgumentParser

struct DonationVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "donation", abstract: "Donations: funds, pledges, gifts, receipts, grants.",
        subcommands: [
            FundOpen.self, FundClose.self, Pledge.self, Receive.self, Allocate.self, Refund.self, IssueReceipt.self,
            VoidReceipt.self, AwardGrant.self, Disburse.self,
        ])

    struct FundOpen: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A fund takes money in from now on.")
        @Argument(help: "The fund's id.") var fund: Identifier
        @Option(help: "Its name.") var name: Text?
        @Option(help: "ISO 4217; all of its money is in this currency.") var currency = Currency()
        @Option(help: "The organisation that holds the money.") var holder: Identifier?
        @Option(name: .customLong("purpose"), help: "What it may be allocated to; may be repeated.")
        var purposes: [Identifier] = []
        @OptionGroup var recording: RecordingOptions

        var command: DonationFundOpened {
            filled {
                ($0.fund, $0.name, $0.currency, $0.holder, $0.purposes) = (fund, name, currency, holder, purposes)
            }
        }
    }

    struct FundClose: ConsentingVerb {
        static let configuration = CommandConfiguration(
            abstract: "Nothing more comes in; what is there can still be allocated.")
        @Argument(help: "The fund's id.", completion: .ids(.fund)) var fund: Identifier
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Close the fund \(fund)?" }

        var command: DonationFundClosed { filled { $0.fund = fund } }
    }

    struct Pledge: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Money is promised to a fund.")
        @Argument(help: "The pledge's id.") var pledge: Identifier
        @Option(help: "The fund.", completion: .ids(.fund)) var fund: Identifier
        @Option(help: "Who promises.") var donorKind: DonorKind
        @OptionGroup var amount: AmountOption
        @Option(parsing: .unconditional, help: "The last day on which the money is on time.") var due: Day?
        @OptionGroup var recording: RecordingOptions

        var command: DonationPledged {
            filled {
                ($0.pledge, $0.fund, $0.donorKind, $0.amount, $0.currency, $0.due) =
                    (pledge, fund, donorKind, amount.money.minorUnits, amount.money.currency, due)
            }
        }
    }

    struct Receive: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Money has come in.")
        @Argument(help: "The donation's id.") var donation: Identifier
        @Option(help: "The fund.", completion: .ids(.fund)) var fund: Identifier
        @Option(help: "Who gives.") var donorKind: DonorKind
        @OptionGroup var amount: AmountOption
        @Option(help: "The pledge that it fulfils, wholly or in part.") var pledge: Identifier?
        @Option(help: "What the donor wants it used for.") var purpose: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: DonationReceived {
            filled {
                ($0.donation, $0.fund, $0.donorKind, $0.amount, $0.currency, $0.pledge, $0.purpose) =
                    (donation, fund, donorKind, amount.money.minorUnits, amount.money.currency, pledge, purpose)
            }
        }
    }

    struct Allocate: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Money of a fund goes to a purpose.")
        @Argument(help: "The fund's id.", completion: .ids(.fund)) var fund: Identifier
        @OptionGroup var amount: AmountOption
        @Option(help: "What for.") var purpose: Identifier
        @Option(help: "The organisation that gets it.") var beneficiary: Identifier?
        @Option(help: "The site it is for.", completion: .ids(.site)) var site: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: DonationAllocated {
            filled {
                ($0.fund, $0.amount, $0.currency, $0.purpose, $0.beneficiary, $0.site) =
                    (fund, amount.money.minorUnits, amount.money.currency, purpose, beneficiary, site)
            }
        }
    }

    struct Refund: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A donation is given back, wholly or in part.")
        @Argument(help: "The donation's id.") var donation: Identifier
        @OptionGroup var amount: AmountOption
        @OptionGroup var recording: RecordingOptions

        var command: DonationRefunded {
            filled {
                ($0.donation, $0.amount, $0.currency) = (donation, amount.money.minorUnits, amount.money.currency)
            }
        }
    }

    struct IssueReceipt: RecordingVerb {
        static let configuration = CommandConfiguration(
            commandName: "receipt", abstract: "The donor gets a receipt (reçu fiscal).")
        @Argument(help: "The receipt's id.") var receipt: Identifier
        @Option(help: "The donation it is for.") var donation: Identifier
        @OptionGroup var recording: RecordingOptions

        var command: DonationReceiptIssued { filled { ($0.receipt, $0.donation) = (receipt, donation) } }
    }

    struct VoidReceipt: ConsentingVerb {
        static let configuration = CommandConfiguration(abstract: "A receipt no longer stands.")
        @Argument(help: "The receipt's id.") var receipt: Identifier
        @Option(help: "Why.") var reason: ReceiptVoidReason
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Void the receipt \(receipt)?" }

        var command: DonationReceiptVoided { filled { ($0.receipt, $0.reason) = (receipt, reason) } }
    }

    struct AwardGrant: RecordingVerb {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "An organisation is granted money; it does not come from a fund.")
        @Argument(help: "The grant's id.") var grant: Identifier
        @Option(help: "The organisation that gets it.") var beneficiary: Identifier
        @Option(help: "What it is for.") var theme: Identifier
        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp("In units of the currency; absent where it was not published.", valueName: "12.50 EUR"))
        var amount: [String] = []
        @Option(name: .customLong("country"), help: "ISO 3166-1 alpha-3 of a country it is for; may be repeated.")
        var countries: [Nationality] = []
        @Option(help: "The organisation that pays.") var payer: Identifier?
        @OptionGroup var recording: RecordingOptions

        func validate() throws { if !amount.isEmpty { _ = try Money.read(amount) } }

        var command: DonationGrantAwarded {
            let money = Money(amount.joined(separator: " "))
            return filled {
                ($0.grant, $0.beneficiary, $0.theme, $0.amount, $0.currency, $0.countries, $0.payer) =
                    (grant, beneficiary, theme, money?.minorUnits, money?.currency ?? Currency(), countries, payer)
            }
        }
    }

    struct Disburse: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Granted money is paid out.")
        @Argument(help: "The grant's id.") var grant: Identifier
        @OptionGroup var amount: AmountOption
        @OptionGroup var recording: RecordingOptions

        var command: DonationGrantDisbursed {
            filled { ($0.grant, $0.amount, $0.currency) = (grant, amount.money.minorUnits, amount.money.currency) }
        }
    }
}
