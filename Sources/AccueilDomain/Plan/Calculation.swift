// What a calculation has to be, and what its terms come to.

extension Calculation {
    /// The most terms of a sum.
    public static let termsMax = 20
    public static let decimalsMax = 4

    /// Queries that themselves compute figures: a figure out of figures would go round in circles.
    static let recursiveMethods = ["query.indicators", "query.commitments", "query.bilan", "query.anomalies"]

    /// The result is a day, not a number.
    static let dayUnit: Identifier = "date"

    /// Refuses what could never have a result.
    func check(unit: Identifier) throws(Rejection) {
        try checkBounds(1, sum.count, Self.termsMax, "terms")
        try checkBounds(0, per.count, Self.termsMax, "terms")
        try checkBounds(0, decimals, Self.decimalsMax, "decimals")
        var days = 0
        for term in sum + per where try term.check() == .day { days += 1 }
        let isPlain = sum.count == 1 && per.isEmpty && !sum[0].minus && factor == Decimal(1) && decimals == 0
        guard days == 0 ? unit != Self.dayUnit : unit == Self.dayUnit && isPlain else {
            throw Rejection(
                "day_and_unit", "a day stands alone: one term, nothing done to it, and its unit is \(Self.dayUnit)",
                ["unit": unit, "terms": sum.count + per.count])
        }
    }

    /// The numerator times `factor` over the denominator, in ten thousandths; `nil` where it is too great or divides
    /// by zero.
    func result(sum: Int128, per: Int128?) -> Decimal? {
        let (product, isTooGreat) = sum.multipliedReportingOverflow(by: Int128(factor.tenThousandths))
        // The places of the factor go with those of the denominator, or else of one.
        let unit: Int128 = (0..<(Self.decimalsMax - decimals)).reduce(1) { unit, _ in unit * 10 }
        let (divisor, isTooSmall) = (per ?? Decimal.scale).multipliedReportingOverflow(by: unit)
        guard !isTooGreat, !isTooSmall, let units = roundedHalfUp(product, over: divisor) else { return nil }
        let (result, isTooLong) = units.multipliedReportingOverflow(by: unit)
        return isTooLong ? nil : Decimal(exactly: result)
    }
}

extension Term {
    /// What it leads to; refuses what no world could answer.
    fileprivate func check() throws(Rejection) -> AnswerPath.End {
        let name = method.description
        guard !Calculation.recursiveMethods.contains(name) else {
            throw Rejection(
                "calculation_recursive", "\(name) itself computes figures: a figure cannot follow from it",
                ["method": method])
        }
        guard let query = Catalogue.queriesByMethod[name] else {
            throw Rejection(
                "unknown_query", "no query \(name), such as query.flows: server.info lists them", ["method": method])
        }
        do throws(Malformed) { _ = try params.read(query) } catch {
            let place = error.path.isEmpty ? "the parameters" : error.path
            throw Rejection(
                "calculation_params", "params of \(name): \(place) must be \(error.expected)", ["method": method])
        }
        if query.isPaged, path.string.hasPrefix("rows") || params["limit"] != nil || params["after"] != nil {
            throw Rejection(
                "calculation_paged", "the rows of \(name) are but a page of them: count with total or people",
                ["method": method])
        }
        if case .text(let from) = params["from"], case .text(let to) = params["to"], to < from {
            throw Rejection("empty_period", "the period from \(from) to \(to) has no day", ["method": method])
        }
        guard let path = AnswerPath(path) else {
            throw Rejection(
                "unknown_path", "a path is written like rows[key=AFG|SDN].people or rows[].partners.distinct",
                ["method": method])
        }
        do throws(AnswerPath.WrongTurn) { return try path.end(in: query.answerType) } catch {
            throw Rejection("unknown_path", "in the answer to \(name), \(error.reason)", ["method": method])
        }
    }
}

extension QueryRecord {
    fileprivate static var answerType: any Record.Type { Answer.self }
}

/// The nearest whole number, of two the greater; `nil` over zero.
func roundedHalfUp(_ part: Int128, over whole: Int128) -> Int128? {
    var (quotient, isImpossible) = part.dividedReportingOverflow(by: whole)
    guard !isImpossible else { return nil }
    // Rounded towards zero until here; below it, downwards first.
    var remainder = part - quotient * whole
    if remainder != 0, (remainder < 0) != (whole < 0) { (quotient, remainder) = (quotient - 1, remainder + whole) }
    return remainder.magnitude >= whole.magnitude - remainder.magnitude ? quotient + 1 : quotient
}

extension Decimal {
    /// The number of these ten thousandths, if it has no more than twelve digits before the point.
    init?(exactly tenThousandths: Int128) {
        guard tenThousandths.magnitude < 1_000_000_000_000 * UInt128(Self.scale) else { return nil }
        self.init(tenThousandths: Int64(tenThousandths))
    }

    /// The nearest whole number, of two the greater.
    var whole: Int { Int(roundedHalfUp(Int128(tenThousandths), over: Self.scale) ?? 0) }
}

func checkBounds(_ least: Int, _ value: Int?, _ most: Int, _ name: String) throws(Rejection) {
    guard let value, !(least...most).contains(value) else { return }
    throw Rejection(
        "\(name)_out_of_bounds", "\(value) \(name): from \(least) to \(most) are possible",
        [name: value, "\(name)_max": most])
}
