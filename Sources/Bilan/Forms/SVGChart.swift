import AccueilDomain

/// A chart as SVG whose shapes stretch with the page and whose words keep their size.
///
/// Widths are percentages; only lines and areas, which know no percentages, lie in an inner drawing that is stretched.
struct SVGChart {
    private let chart: Chart
    private let language: Language
    private var out = ""

    init(_ chart: Chart, _ language: Language) {
        self.chart = chart
        self.language = language
    }

    var svg: String {
        var copy = self
        copy.draw()
        return copy.out
    }

    private mutating func draw() {
        switch chart.shape {
        case .lines(let points): drawLines(points)
        case .columns(let groups, _): drawColumns(groups)
        case .bars(let rows): drawBars(rows)
        }
    }

    private mutating func open(height: Int) {
        out += "<svg width=\"100%\" height=\"\(height)\" role=\"img\" "
        out += "aria-labelledby=\"\(chart.id)-t \(chart.id)-d\">"
        out += "<title id=\"\(chart.id)-t\">\(escaped(chart.title))</title>"
        out += "<desc id=\"\(chart.id)-d\">\(escaped(chart.description))</desc>\n"
    }

    private mutating func text(_ text: String, x: String, y: Int, _ anchor: String = "start", _ kind: String = "") {
        let classes = kind.isEmpty ? "" : " class=\"\(kind)\""
        out += "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\"\(classes)>\(escaped(text))</text>"
    }

    private mutating func line(y: Int, _ kind: String) {
        out += "<line x1=\"0\" x2=\"100%\" y1=\"\(y)\" y2=\"\(y)\" class=\"\(kind)\"/>"
    }

    // MARK: Lines

    private static let plotTop = 18
    private static let plotHeight = 104

    private mutating func drawLines(_ points: [(day: Day, places: Int, people: Int)]) {
        guard let first = points.first, let last = points.last else { return }
        let (top, height) = (Self.plotTop, Self.plotHeight)
        let most = max(1, points.map { max($0.places, $0.people) }.max() ?? 1)
        let days = max(1, last.day - first.day)
        func x(_ day: Day) -> String { fixed(Double(day - first.day) * 1000 / Double(days)) }
        func y(_ value: Int) -> String { fixed(1000 - Double(value) * 1000 / Double(most)) }
        open(height: top + height + 20)
        line(y: top, "grid")
        line(y: top + height / 2, "grid")
        line(y: top + height, "axis")
        out += "<svg y=\"\(top)\" width=\"100%\" height=\"\(height)\" viewBox=\"0 0 1000 1000\" "
        out += "preserveAspectRatio=\"none\" overflow=\"visible\">"
        var people = points.map { "\(x($0.day)) \(y($0.people))" }
        if points.count == 1 { people.append("1000 \(y(first.people))") }
        out += "<path class=\"area\" d=\"M0 1000 L\(people.joined(separator: " L")) L1000 1000 Z\"/>"
        out += "<path class=\"line\" d=\"M\(people.joined(separator: " L"))\"/>"
        var places = "M0 \(y(first.places))"
        for point in points.dropFirst() { places += " H\(x(point.day)) V\(y(point.places))" }
        out += "<path class=\"step\" d=\"\(places) H1000\"/></svg>\n"
        text(language.number(most), x: "0", y: top - 5)
        let isShort = monthOf(first.day) == monthOf(last.day)
        text(isShort ? language.day(first.day) : monthOf(first.day), x: "0", y: top + height + 16)
        if !isShort { text(monthOf(last.day), x: "100%", y: top + height + 16, "end") }
        text(
            "\(language.number(last.people)) / \(language.number(last.places))", x: "100%", y: top - 5, "end", "strong")
        out += "</svg>\n"
    }

    private func monthOf(_ day: Day) -> String { language.shortMonth(String(day.description.prefix(7))) }

    // MARK: Columns

    private mutating func drawColumns(_ groups: [(label: String, values: [Int?])]) {
        let (top, height) = (18, 160)
        let most = max(1, groups.flatMap { $0.values.compactMap { $0 } }.max() ?? 1)
        let slot = 100 / Double(max(1, groups.count))
        // So that six labels at most stand side by side on a telephone.
        let labelEvery = max(1, (groups.count + 5) / 6)
        open(height: top + height + 20)
        line(y: top, "grid")
        line(y: top + height / 2, "grid")
        for (index, group) in groups.enumerated() {
            let width = slot * 0.76 / Double(max(1, group.values.count))
            for (series, value) in group.values.enumerated() {
                guard let value, value > 0 else { continue }
                let length = max(1, Double(value) * Double(height) / Double(most))
                let left = slot * (Double(index) + 0.12) + width * Double(series)
                out += "<rect x=\"\(fixed(left))%\" y=\"\(fixed(Double(top + height) - length))\" "
                out += "width=\"\(fixed(width * 0.94))%\" height=\"\(fixed(length))\" "
                out += "class=\"\(series == 0 ? "first" : "second")\"/>"
            }
        }
        out += "\n"
        line(y: top + height, "axis")
        text(language.number(most), x: "0", y: top - 5)
        for (index, group) in groups.enumerated() where index % labelEvery == 0 {
            text(group.label, x: fixed(slot * Double(index)) + "%", y: top + height + 16)
        }
        out += "</svg>\n"
    }

    // MARK: Bars

    private static let rowHeight = 40
    /// Characters that fit on one line, a label and its number, on a telephone and on a wide page.
    private static let lineLengths = (narrow: 43, wide: 92)

    private mutating func drawBars(_ rows: [(label: String, text: String, length: Double?)]) {
        open(height: rows.count * Self.rowHeight)
        for (index, row) in rows.enumerated() {
            let y = index * Self.rowHeight
            drawLabel(row.label, y: y + 14, beside: row.text)
            text(row.text, x: "100%", y: y + 14, "end", "strong")
            out += "<rect x=\"0\" y=\"\(y + 20)\" width=\"100%\" height=\"7\" rx=\"3.5\" class=\"track\"/>"
            if let length = row.length, length > 0 {
                out += "<rect x=\"0\" y=\"\(y + 20)\" width=\"\(fixed(max(0.6, length * 100)))%\" height=\"7\" "
                out += "rx=\"3.5\" class=\"first\"/>"
            }
            out += "\n"
        }
        out += "</svg>\n"
    }

    /// A label that is too long for a telephone is there twice; the style sheet chooses.
    private mutating func drawLabel(_ label: String, y: Int, beside number: String) {
        func cut(_ lineLength: Int) -> String {
            let length = max(1, lineLength - number.count)
            return label.count > length ? label.prefix(length - 1) + "…" : label
        }
        let (narrow, wide) = (cut(Self.lineLengths.narrow), cut(Self.lineLengths.wide))
        if narrow == wide { return text(label, x: "0", y: y) }
        text(wide, x: "0", y: y, "start", "wide")
        text(narrow, x: "0", y: y, "start", "narrow")
    }

    /// A number with one or two decimals, the same on every machine.
    private func fixed(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let decimals = rest == 0 ? "" : rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)"
        return (hundredths < 0 ? "-" : "") + "\(whole)\(decimals)"
    }
}
