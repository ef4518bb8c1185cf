/// Rows under titles, as wide as the terminal at most.
struct Table {
    enum Column {
        /// Ids, codes, dates: never cut.
        case text(String)
        /// Names: cut where the line is too long, left out where too little would remain.
        case name(String)
        /// Right-aligned.
        case number(String)
        /// Left out where the line is too long.
        case extra(String)

        var title: String {
            switch self {
            case .text(let title), .name(let title), .number(let title), .extra(let title): title
            }
        }
    }

    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let style: Style

        init(_ text: String, _ style: Style = .plain) {
            self.text = shown(text)
            self.style = style
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    /// The least of a name that still says something.
    private static let nameWidthMin = 14

    private let columns: [Column]
    private var rows: [[Cell]] = []
    private var total: [Cell] = []

    init(_ columns: Column...) { self.columns = columns }

    mutating func row(_ cells: Cell...) { row(cells) }
    mutating func row(_ cells: [Cell]) { rows.append(cells) }

    /// The last line, set off from the others.
    mutating func total(_ cells: Cell...) { total(cells) }
    mutating func total(_ cells: [Cell]) { total = cells }

    var isEmpty: Bool { rows.isEmpty }

    func lines(on terminal: Terminal) -> [String] {
        var widths = columns.indices.map { column in
            (rows + [total]).reduce(columnCount(of: columns[column].title)) { widest, row in
                row.indices.contains(column) ? max(widest, columnCount(of: row[column].text)) : widest
            }
        }
        // A column in which nothing stands says nothing.
        for column in columns.indices where rows.allSatisfy({ !$0.indices.contains(column) || $0[column].text.isEmpty })
        {
            widths[column] = 0
        }
        fit(&widths, to: terminal.width)
        var lines = [line(columns.map { Cell($0.title, .dim) }, widths, terminal)]
        lines += rows.map { line($0, widths, terminal) }
        if !total.isEmpty {
            lines.append(line(total.map { Cell($0.text, $0.style == .plain ? .bold : $0.style) }, widths, terminal))
        }
        return lines
    }

    /// First names grow shorter or go, then extras.
    private func fit(_ widths: inout [Int], to limit: Int) {
        func excess() -> Int {
            let shown = widths.filter { $0 > 0 }
            return shown.reduce(0, +) + 2 * max(0, shown.count - 1) - limit
        }
        for column in columns.indices {
            guard case .name = columns[column] else { continue }
            let left = widths[column] - max(0, excess())
            widths[column] = left < min(widths[column], Self.nameWidthMin) ? 0 : left
        }
        for column in columns.indices.reversed() where excess() > 0 {
            if case .extra = columns[column] { widths[column] = 0 }
        }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ terminal: Terminal) -> String {
        var line = ""
        // Spaces that only the next cell makes necessary: no line ends in one.
        var spaces = 0
        for (column, cell) in cells.enumerated() where widths[column] > 0 {
            let width = widths[column]
            let text = terminal.cut(cell.text, to: width)
            let padding = width - columnCount(of: text)
            let isNumber = if case .number = columns[column] { true } else { false }
            if isNumber { spaces += padding }
            if !text.isEmpty {
                line += String(repeating: " ", count: spaces) + terminal.styled(text, cell.style)
                spaces = 0
            }
            spaces += isNumber ? 2 : padding + 2
        }
        return line
    }
}

extension Table.Cell {
    init(_ id: (some CustomStringConvertible)?) { self.init(id.map { $0.description } ?? "") }
}
