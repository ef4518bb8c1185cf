import AccueilDomain

/// A bilan as a document that has a language, but no form yet: what is said, in which order, with which numbers.
struct Report {
    let language: Language
    let title: String
    /// The plans it is about.
    let plans: [String]
    /// Of which day, for whom.
    let remarks: [String]
    let highlights: [Highlight]
    let sections: [Section]
    /// Where the numbers come from, label by label.
    let origin: [(label: String, value: String)]
    /// What to type for the same report again.
    let command: String
    let asOf: Day
    let position: String
    let root: String
}

/// One of the few numbers that one should remember.
struct Highlight {
    let value: String
    let label: String
    var detail: String?
}

struct Section {
    /// Stable, for links: lower case without accents.
    let id: String
    let title: String
    var lead: String?
    var parts: [Part] = []
}

enum Part {
    case heading(String)
    /// A commitment: its place in the plan, its title, how far it is.
    case commitment(number: String, title: String, progress: String)
    case paragraph(String)
    case list(title: String, [String])
    case table(Table)
    case charts([Chart])
    case figures(Figures)
}

/// Where a number comes from: the question that was asked.
struct Source {
    let method: String
    var params: [(name: String, value: String)] = []

    init(_ method: String, _ params: KeyValuePairs<String, String> = [:]) {
        self.method = method
        self.params = params.map { ($0.key, $0.value) }
    }

    var paramsText: String { params.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
    /// `query.flows by=month`
    var text: String { ([method] + (params.isEmpty ? [] : [paramsText])).joined(separator: " ") }
}

struct Table {
    let id: String
    let caption: String
    /// Over the first column, which names the rows.
    let head: String
    let columns: [Column]
    var rows: [Row]
    var total: Row?
    let source: Source

    struct Column {
        let title: String
        var unit = ""
        var isNumber = true
    }

    struct Row {
        /// The code behind the title.
        let key: String
        let title: String
        let cells: [Cell]
    }
}

struct Cell {
    let text: String
    /// What is counted or measured, for machines; none for a text and for a number that is kept back.
    var number: Decimal?
    /// Where it lies in the answer to the table's question; empty for what is no number.
    var path = ""
    /// Where it is not that of the column.
    var unit: String?
    var isMasked = false
}

struct Chart {
    enum Shape {
        /// Places as a step line, people as an area under a line, by day.
        case lines([(day: Day, places: Int, people: Int)])
        /// Columns side by side in each group; no number where it is kept back.
        case columns([(label: String, values: [Int?])], series: [String])
        /// One horizontal bar for each row; its length from 0 to 1.
        case bars([(label: String, text: String, length: Double?)])
    }

    let id: String
    let title: String
    /// The same in words, for those who do not see it.
    let description: String
    let shape: Shape
    /// The same in numbers.
    let table: Table
}

/// The figures of one commitment, or any others.
struct Figures {
    let caption: String
    let rows: [Row]

    struct Row {
        let id: String
        let title: String
        let unit: String
        /// What the events give; none where they give nothing.
        let computed: String?
        let computedNumber: String
        let stated: [Stated]
        let agreement: Agreement?
        let target: String?
        let targetNumber: String
        /// Of the target.
        let percent: Int?
        /// `query.flows site=… → arrivals`; none for a figure that is only stated.
        let derivation: String?
        let terms: [Term]
        let isMasked: Bool
    }

    struct Stated {
        let text: String
        let source: String
        let number: String
        let precision: Precision
    }
}
