public import AccueilDomain
public import ArgumentParser
public import Bilan

// How the domain's values are typed on a command line.

extension Identifier: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Text: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Nationality: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Subject: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    /// The id, if it is one of this kind.
    subscript(_ kind: SubjectKind) -> Identifier? { self.kind == kind ? id : nil }
}

extension Commune: ExpressibleByArgument {
    public init?(argument: String) {
        guard let id = Identifier(argument) else { return nil }
        self.init(id)
    }
}

extension Currency: ExpressibleByArgument {
    public init?(argument: String) {
        guard let id = Identifier(argument.uppercased()) else { return nil }
        self.init(id)
    }
}

extension ClockTime: ExpressibleByArgument {
    /// `8:00` as well as `08:00`.
    public init?(argument: String) { self.init(argument.count == 4 ? "0" + argument : argument) }
}

extension Moment: ExpressibleByArgument {
    public init?(argument: String) {
        guard let moment = TimeText.moment(argument, now: TimeText.now(), TimeText.localOffsetMinutes) else {
            return nil
        }
        self = moment
    }
}

extension Timestamp: ExpressibleByArgument {
    /// A day alone is no time.
    public init?(argument: String) {
        guard case .instant(let time) = Moment(argument: argument) else { return nil }
        self = time
    }
}

extension Decimal: ExpressibleByArgument {
    /// `22.8`, `22,8`; a date as the number that stands for it: `2017-03-09` is 20170309.
    public init?(argument: String) {
        let text = argument.map { $0 == "," ? "." : $0 }
        self.init(String(Day(argument) == nil ? text : text.filter { $0 != "-" }))
    }
}

extension Day: ExpressibleByArgument {
    public init?(argument: String) {
        guard let moment = Moment(argument: argument) else { return nil }
        switch moment {
        case .day(let day): self = day
        case .instant(let time): self = TimeText.day(of: time)
        }
    }
}

/// `#42` is a position; `42` is one too, for a time is never a number alone.
extension KnownAt: ExpressibleByArgument {
    public init?(argument: String) {
        let digits = argument.hasPrefix("#") ? argument.dropFirst() : argument[...]
        if let position = Int(digits) {
            self = .position(position)
        } else if let moment = Moment(argument: argument) {
            self = .moment(moment)
        } else {
            return nil
        }
    }
}

extension Audience: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
extension Readership: ExpressibleByArgument {}
extension Destination: ExpressibleByArgument {}
extension SiteKind: ExpressibleByArgument {}
extension BlockingReason: ExpressibleByArgument {}
extension RequestOutcome: ExpressibleByArgument {}
extension OperationKind: ExpressibleByArgument {}
extension CancellationReason: ExpressibleByArgument {}
extension DonorKind: ExpressibleByArgument {}
extension ReceiptVoidReason: ExpressibleByArgument {}
extension GoodsCategory: ExpressibleByArgument {}
extension GoodsUnit: ExpressibleByArgument {}
extension StockQuery.Grouping: ExpressibleByArgument {}
extension NeedPriority: ExpressibleByArgument {}
extension NeedOutcome: ExpressibleByArgument {}
extension DiscardReason: ExpressibleByArgument {}
extension VolunteerKind: ExpressibleByArgument {}
extension VolunteersQuery.Grouping: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension MilestoneKind: ExpressibleByArgument {}
extension MilestoneState: ExpressibleByArgument {}
extension AnomalyRule: ExpressibleByArgument {}
extension JustificationReason: ExpressibleByArgument {}
extension CorrectionReason: ExpressibleByArgument {}
extension OccupancyKey: ExpressibleByArgument {}
extension FlowKey: ExpressibleByArgument {}
extension OpenState: ExpressibleByArgument {}
extension RequestState: ExpressibleByArgument {}
extension NeedState: ExpressibleByArgument {}
extension AnomalyState: ExpressibleByArgument {}
extension OperationsQuery.Grouping: ExpressibleByArgument {}
extension DonationsQuery.Grouping: ExpressibleByArgument {}
extension ServiceKind: ExpressibleByArgument {}
extension ActKind: ExpressibleByArgument {}
extension Weekday: ExpressibleByArgument {}
extension EvaluationOutcome: ExpressibleByArgument {}
extension EvaluationsQuery.Grouping: ExpressibleByArgument {}

/// `single_men=12`
extension OperationHeadcount: ExpressibleByArgument {
    public init?(argument: String) {
        guard let (name, people) = counted(argument), let audience = Audience(rawValue: name) else { return nil }
        self = filled { ($0.audience, $0.people) = (audience, people) }
    }
}

/// `site/ivry=30` or `CHU=12`
extension OperationDestination: ExpressibleByArgument {
    public init?(argument: String) {
        guard let (name, people) = counted(argument) else { return nil }
        let site = Subject(name)?[.site]
        let destination = Destination(rawValue: name)
        guard site != nil || destination != nil else { return nil }
        self = filled { ($0.site, $0.destination, $0.people) = (site, destination, people) }
    }
}

private func counted(_ argument: String) -> (name: String, count: Int)? {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[1]) else { return nil }
    return (String(parts[0]), count)
}

/// An amount that must be given.
struct AmountOption: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("In units of the currency, euros by default.", valueName: "12.50 EUR"))
    var amount: [String]

    func validate() throws { _ = try Money.read(amount) }

    var money: Money {
        guard let money = try? Money.read(amount) else { preconditionFailure("the amount was validated") }
        return money
    }
}

/// An amount of money in minor units of its currency: cents.
struct Money: Equatable {
    let minorUnits: Int
    let currency: Currency

    /// `12.50`, `12,50 EUR`, `1200 XAF`: decimals as many as the currency has, at most.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard (1...2).contains(words.count),
            let currency = Currency(argument: words.count == 2 ? String(words[1]) : "EUR")
        else { return nil }
        let parts = words[0].split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        let digits = currency.minorDigits
        guard parts.count <= 2, decimals.count <= digits, parts.allSatisfy({ !$0.isEmpty }),
            parts.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let minorUnits = Int(parts[0] + decimals + String(repeating: "0", count: digits - decimals.count))
        else { return nil }
        self.minorUnits = minorUnits
        self.currency = currency
    }

    static func read(_ words: [String]) throws -> Money {
        guard let money = Money(words.joined(separator: " ")) else {
            throw ValidationError(
                "an amount is a number and a currency, such as 12.50 EUR; there is no amount in «\(words.joined(separator: " "))»"
            )
        }
        return money
    }

    /// 1 234.50, without the currency.
    static func amount(_ minorUnits: Int, _ currency: Currency, on terminal: Terminal? = nil) -> String {
        let digits = currency.minorDigits
        let unit = (0..<digits).reduce(1) { unit, _ in unit * 10 }
        let whole = Int(minorUnits.magnitude) / unit
        let sign = minorUnits < 0 ? "-" : ""
        guard digits > 0 else { return sign + (terminal?.grouped(whole) ?? "\(whole)") }
        let rest = String(Int(minorUnits.magnitude) % unit)
        let padding = String(repeating: "0", count: digits - rest.count)
        return sign + (terminal?.grouped(whole) ?? "\(whole)") + "." + padding + rest
    }
}
