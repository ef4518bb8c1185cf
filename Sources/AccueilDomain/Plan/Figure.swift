/// How exact a figure is that a document states.
public enum Precision: String, CodeList {
    case exact
    /// «près de», «environ».
    case about
    /// «plus de».
    case moreThan = "more_than"
    case lessThan = "less_than"
    /// From one number to another.
    case range
    /// There is some, and the document does not say how many.
    case unspecified
}

/// One number taken out of the answer to a query: which query, with which parameters, and where in its answer.
public struct Term: Record, Equatable {
    /// `query.flows`
    public var method = Identifier()
    /// `as_of` among them holds the term to that day; until then the figure is not yet known.
    public var params = Parameters()
    /// Where in the answer: `arrivals`, `rows[key=AFG].people`, `rows[].partners.distinct`. See `AnswerPath`.
    public var path: Text = "-"
    /// Taken away instead of added.
    public var minus = false

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("method", &method)
        try visitor.preset("params", &params)
        try visitor.field("path", &path)
        try visitor.preset("minus", &minus)
    }
}

/// How a figure follows from the events: the sum of some terms, over the sum of others where given, times a factor.
public struct Calculation: Record, Equatable {
    public var sum: [Term] = []
    /// What it is a share of; nothing where empty.
    public var per: [Term] = []
    /// 100 for percent, 0.01 for euros out of cents.
    public var factor = Decimal(1)
    /// Decimals kept, 0 to 4, rounded half up.
    public var decimals = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sum", &sum)
        try visitor.list("per", &per)
        try visitor.preset("factor", &factor)
        try visitor.preset("decimals", &decimals)
    }
}

/// What a source says of a figure, as it says it.
public struct Statement: Record, Equatable {
    /// The day of which it speaks.
    public var day = Day(rawValue: 0)
    /// Absent exactly where the number is unspecified.
    public var value: Decimal?
    /// The upper end of a range.
    public var valueMax: Decimal?
    public var precision = Precision.exact
    /// Where it is written: a document, a page.
    public var source: Text = "-"

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("day", &day)
        try visitor.field("value", &value)
        try visitor.field("value_max", &valueMax)
        try visitor.field("precision", &precision)
        try visitor.field("source", &source)
    }
}

/// Whether what was computed and what sources state can all be true.
public enum Agreement: String, CodeList {
    case agree, disagree
}

/// Why nothing could be computed.
public enum FigureAbsence: String, CodeList {
    /// Its indicator has no calculation.
    case onlyStated = "only_stated"
    /// The day to which a term holds itself has not come.
    case notYet = "not_yet"
    /// A query it rests on is refused: what it names is not known.
    case notAnswered = "not_answered"
    /// No day was found.
    case nothingFound = "nothing_found"
    case dividesByZero = "divides_by_zero"
    case tooGreat = "too_great"
}

/// One figure of a report, as of a day: what the events give, what sources state, what was aimed at.
public struct Figure: Record, Equatable {
    public var indicator = Identifier()
    public var commitment = Identifier()
    public var title: Text = "-"
    /// `people`, `places`, `percent`, `EUR`, `fte`, `days`, `date`…
    public var unit = Identifier()
    /// What the events give; absent for a figure that is only stated, and while its day has not come.
    public var computed: Decimal?
    /// What the events give for a figure whose unit is `date`.
    public var computedDay: Day?
    /// Why its calculation gave nothing; absent where it did, and where there is none.
    public var absence: FigureAbsence?
    /// The latest first.
    public var stated: [Statement] = []
    /// Absent where there is nothing to compare.
    public var agreement: Agreement?
    public var target: Decimal?
    /// The computed figure, or else the latest stated, in whole percent of the target, rounded half up.
    public var percentOfTarget: Int?
    public var calculation: Calculation?
    /// In a published form: too few people to tell, or what would give such a number away.
    public var masked = false

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("indicator", &indicator)
        try visitor.field("commitment", &commitment)
        try visitor.field("title", &title)
        try visitor.field("unit", &unit)
        try visitor.field("computed", &computed)
        try visitor.field("computed_day", &computedDay)
        try visitor.field("absence", &absence)
        try visitor.field("stated", &stated)
        try visitor.field("agreement", &agreement)
        try visitor.field("target", &target)
        try visitor.field("percent_of_target", &percentOfTarget)
        try visitor.field("calculation", &calculation)
        try visitor.preset("masked", &masked)
    }
}
