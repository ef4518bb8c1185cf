import AccueilDomain

/// The report on a terminal: nothing wider than it, bars instead of charts.
struct TextForm {
    /// Columns, `widthMin` at least.
    private let width: Int
    private let hasColours: Bool
    /// Whether bars and special spaces can be shown.
    private let hasUnicode: Bool
    private var out = ""

    private static let widthMin = 40
    private static let barLength = 16

    init(width: Int, hasColours: Bool, hasUnicode: Bool) {
        self.width = max(width, Self.widthMin)
        self.hasColours = hasColours
        self.hasUnicode = hasUnicode
    }

    /// ECMA-48, SGR.
    private enum Style: Int {
        case plain = 0
        case bold = 1
        case dim = 2
        case red = 31
        case cyan = 36
    }

    consuming func render(_ report: Report) -> String {
        let language = report.language
        line(report.title, .bold)
        for plan in report.plans { wrap(plan) }
        for remark in report.remarks { wrap(remark, .dim) }
        out += "\n"
        let widest = report.highlights.map(\.value.count).max() ?? 0
        for highlight in report.highlights {
            let detail = highlight.detail.map { " (\($0))" } ?? ""
            let padding = widest - highlight.value.count
            wrap(highlight.value + noBreak + " " + highlight.label + detail, first: padding, indent: widest + 2)
        }
        for section in report.sections { render(section, language) }
        title(language("Provenance", "Provenance"))
        for (label, value) in report.origin { wrap(label + language.colon + value, indent: 2) }
        wrap(report.command, indent: 2)
        return out
    }

    private mutating func title(_ title: String) {
        out += "\n"
        line(title.uppercased(), .bold)
    }

    private mutating func render(_ section: Section, _ language: Language) {
        title(section.title)
        if let lead = section.lead { wrap(lead, .dim) }
        for part in section.parts {
            switch part {
            case .heading(let title):
                out += "\n"
                wrap(title, .cyan)
            case .commitment(let number, let title, let progress):
                out += "\n"
                wrap(
                    (number.isEmpty ? "" : number + ". ") + title, .bold, indent: number.isEmpty ? 0 : number.count + 2)
                wrap(progress, .dim)
            case .paragraph(let text): wrap(text)
            case .list(let title, let items):
                line(title)
                for item in items { wrap("- " + item, indent: 2) }
            case .table(let table): render(table)
            case .charts(let charts): for chart in charts { render(chart, language) }
            case .figures(let figures): for row in figures.rows { render(row, language) }
            }
        }
    }

    private mutating func render(_ row: Figures.Row, _ language: Language) {
        wrap(row.title, indent: 2)
        var facts: [String] = []
        if row.isMasked { facts.append(Saying.veil) }
        if let computed = row.computed { facts.append(language("registre ", "register ") + computed) }
        facts += row.stated.map { "\($0.text) (\($0.source))" }
        if row.agreement == .agree { facts.append(language("=\(noBreak)concordent", "=\(noBreak)agree")) }
        if let target = row.target {
            let percent = row.percent.map { " (\(language.percent($0)))" } ?? ""
            facts.append(language("objectif ", "target ") + target + percent)
        }
        wrap(facts.isEmpty ? "–" : facts.joined(separator: " · "), first: 2, indent: 4)
        if row.agreement == .disagree {
            wrap(language("≠\(noBreak)se contredisent", "≠\(noBreak)disagree"), .red, first: 2)
        }
        wrap(row.id + (row.derivation.map { " · " + $0 } ?? ""), .dim, first: 2, indent: 4)
    }

    private mutating func render(_ chart: Chart, _ language: Language) {
        switch chart.shape {
        case .lines(let points):
            out += "\n"
            guard let last = points.last else { return }
            wrap(chart.title)
            let most = points.map { max($0.people, $0.places) }.max() ?? 0
            let length = min(points.count, width - 24)
            let heights = (0..<length).map { points[$0 * (points.count - 1) / max(1, length - 1)].people }
            line(sparkline(heights, most) + "  \(language.number(last.people)) / \(language.number(last.places))")
            wrap(chart.table.source.text, .dim)
        case .bars(let rows): render(rows, chart.table)
        case .columns(let groups, _):
            let most = groups.compactMap { $0.values.first ?? nil }.max() ?? 0
            render(
                chart.table,
                bars: groups.map { group in
                    (group.values.first ?? nil).map { most == 0 ? 0 : Double($0) / Double(most) }
                })
        }
    }

    private mutating func render(_ bars: [(label: String, text: String, length: Double?)], _ table: Table) {
        out += "\n"
        wrap(table.caption)
        wrap(table.source.text, .dim)
        let numbers = bars.map { plain($0.text) }
        let numberWidth = numbers.map(\.count).max() ?? 0
        let widest = bars.map { plain($0.label).count }.max() ?? 0
        let labelWidth = min(widest, width - numberWidth - 4 - Self.barLength)
        for (bar, number) in zip(bars, numbers) {
            let text = fitted(plain(bar.label), labelWidth) + "  " + padding(numberWidth - number.count) + number
            line(trimmed(text + "  " + self.bar(bar.length)))
        }
    }

    private func sparkline(_ values: [Int], _ most: Int) -> String {
        let blocks = hasUnicode ? Array(" ▁▂▃▄▅▆▇█") : Array(" .:-=+*#@")
        return String(values.map { most == 0 ? blocks[0] : blocks[min(8, ($0 * 8 + most - 1) / most)] })
    }

    private func bar(_ length: Double?) -> String {
        guard let length, length > 0 else { return "" }
        return String(
            repeating: hasUnicode ? "▇" : "#", count: max(1, Int((length * Double(Self.barLength)).rounded(.down))))
    }

    // MARK: Tables

    private mutating func render(_ table: Table, bars: [Double?] = []) {
        out += "\n"
        wrap(table.caption)
        wrap(table.source.text, .dim)
        var rows = [[table.head] + table.columns.map(\.title)]
        rows += table.rows.map { [$0.title] + $0.cells.map(\.text) }
        if let total = table.total { rows.append([total.title] + total.cells.map(\.text)) }
        rows = rows.map { $0.map(plain) }
        var widths = (0...table.columns.count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        fit(&widths, table.columns.map(\.isNumber))
        let isWideEnough = widths.reduce(0, +) + 2 * widths.count + Self.barLength <= width
        for (index, row) in rows.enumerated() {
            var text = ""
            for (column, cell) in row.enumerated() where widths[column] > 0 {
                let isNumber = column > 0 && table.columns[column - 1].isNumber
                let shown = fitted(cell, widths[column])
                let isShort = isNumber && cell.count < widths[column]
                text += text.isEmpty ? "" : "  "
                text += isShort ? padding(widths[column] - cell.count) + cell : shown
            }
            if isWideEnough, index > 0, index <= bars.count { text += "  " + bar(bars[index - 1]) }
            line(trimmed(text), index == 0 ? .dim : index > table.rows.count ? .bold : .plain)
        }
    }

    /// The widest text grows shorter until the line fits; where that is not enough, numbers lose their titles' tails.
    private func fit(_ widths: inout [Int], _ areNumbers: [Bool]) {
        func excess() -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) - width }
        while excess() > 0 {
            let texts = widths.indices.filter { $0 == 0 || !areNumbers[$0 - 1] }.filter { widths[$0] > 12 }
            let candidates = texts.isEmpty ? Array(widths.indices) : texts
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }), widths[widest] > 3 else { return }
            widths[widest] -= 1
        }
    }

    // MARK: Lines

    private func padding(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    /// As wide as a column: cut, or filled up with spaces.
    private func fitted(_ text: String, _ width: Int) -> String {
        text.count > width ? text.prefix(width - 1) + ellipsis : text + padding(width - text.count)
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    private var ellipsis: String { hasUnicode ? "…" : "~" }

    private mutating func line(_ text: String, _ style: Style = .plain) {
        let plain = plain(text)
        out += hasColours && style != .plain ? "\u{1B}[\(style.rawValue)m\(plain)\u{1B}[0m\n" : plain + "\n"
    }

    /// Several lines where one is too short: the first set in by `first`, the others by `indent`.
    private mutating func wrap(_ text: String, _ style: Style = .plain, first: Int = 0, indent: Int = 0) {
        var current = String(repeating: " ", count: first)
        var isEmpty = true
        for word in plain(text).split(separator: " ") {
            var word = Substring(word)
            if !isEmpty, current.count + 1 + word.count > width {
                line(current, style)
                (current, isEmpty) = (String(repeating: " ", count: indent), true)
            }
            // A word that is longer than a line is cut.
            while isEmpty, current.count + word.count > width {
                let head = word.prefix(width - current.count)
                line(current + head, style)
                word = word.dropFirst(head.count)
                current = String(repeating: " ", count: indent)
            }
            current += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        if !isEmpty { line(current, style) }
    }

    /// Text as this terminal can show it.
    private func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{A0}" where !hasUnicode, "\u{202F}" where !hasUnicode: result += " "
            case "…" where !hasUnicode: result += "..."
            case "−" where !hasUnicode: result += "-"
            case "≠" where !hasUnicode: result += "!="
            case "→" where !hasUnicode: result += "->"
            default: result += shown(scalar)
            }
        }
        return result
    }
}
