import AccueilDomain

/// The report as one page: nothing outside it, no script; readable on a telephone, on paper, by a screen reader, in the
/// light and in the dark.
struct HTMLForm {
    private var out = ""

    consuming func render(_ report: Report) -> String {
        let language = report.language
        out += """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(escaped(report.title)) – \(escaped(language.day(report.asOf)))</title>
            <style>
            \(Stylesheet.css)
            </style>
            </head>
            <body>
            <a class="skip" href="#contenu">\(escaped(language("Aller au contenu", "Skip to content")))</a>

            """
        head(report)
        out += "<main id=\"contenu\">\n"
        for section in report.sections { render(section, language) }
        out += "</main>\n"
        foot(report)
        out += "</body>\n</html>\n"
        return out
    }

    private mutating func head(_ report: Report) {
        out += "<header class=\"top\">\n"
        out += "<p class=\"day\">\(escaped(report.language.day(report.asOf)))</p>\n"
        out += "<h1>\(escaped(report.title))</h1>\n"
        for plan in report.plans { out += "<p class=\"plan\">\(escaped(plan))</p>\n" }
        for remark in report.remarks { out += "<p class=\"remark\">\(escaped(remark))</p>\n" }
        out += "<ul class=\"highlights\">\n"
        for highlight in report.highlights {
            out += "<li><strong>\(escaped(highlight.value))</strong> <span>\(escaped(highlight.label))</span>"
            if let detail = highlight.detail { out += " <small>\(escaped(detail))</small>" }
            out += "</li>\n"
        }
        out += "</ul>\n"
        let contents = report.language("Sommaire", "Contents")
        out += "<nav aria-label=\"\(escaped(contents))\"><ul>\n"
        for section in report.sections {
            out += "<li><a href=\"#\(section.id)\">\(escaped(section.title))</a></li>\n"
        }
        out += "</ul></nav>\n</header>\n"
    }

    private mutating func foot(_ report: Report) {
        let language = report.language
        out += "<footer aria-labelledby=\"provenance\">\n"
        out += "<h2 id=\"provenance\">\(escaped(language("Provenance", "Provenance")))</h2>\n"
        out += "<p>"
        out += escaped(
            language(
                "Chaque nombre est la réponse à une question posée au registre. Le même journal, jusqu’à la même position,"
                    + " donne le même bilan à l’octet près.",
                "Every number is the answer to a question put to the register. The same log up to the same position gives"
                    + " the same report, byte for byte."))
        out += "</p>\n<dl>\n"
        for (label, value) in report.origin {
            out += "<div><dt>\(escaped(label))</dt><dd>\(escaped(value))</dd></div>\n"
        }
        out += "</dl>\n"
        out += "<p>\(escaped(language("Pour l’obtenir de nouveau", "To have it again")))</p>\n"
        out += "<pre><code>\(escaped(report.command))</code></pre>\n</footer>\n"
    }

    private mutating func render(_ section: Section, _ language: Language) {
        out += "<section id=\"\(section.id)\" aria-labelledby=\"\(section.id)-titre\">\n"
        out += "<h2 id=\"\(section.id)-titre\">\(escaped(section.title))</h2>\n"
        if let lead = section.lead { out += "<p class=\"lead\">\(escaped(lead))</p>\n" }
        for part in section.parts {
            switch part {
            case .heading(let title): out += "<h3>\(escaped(title))</h3>\n"
            case .commitment(let number, let title, let progress):
                out += "<h4 class=\"commitment\">"
                if !number.isEmpty { out += "<span class=\"number\">\(escaped(number))</span> " }
                out += "<span>\(escaped(title))</span></h4>\n<p class=\"progress\">\(escaped(progress))</p>\n"
            case .paragraph(let text): out += "<p>\(escaped(text))</p>\n"
            case .list(let title, let items):
                out += "<p class=\"list-title\">\(escaped(title))</p>\n<ul class=\"items\">\n"
                for item in items { out += "<li>\(escaped(item))</li>\n" }
                out += "</ul>\n"
            case .table(let table): render(table)
            case .charts(let charts):
                legend(charts[0], language)
                out += charts.count > 1 ? "<div class=\"charts\">\n" : ""
                for chart in charts { render(chart, language) }
                out += charts.count > 1 ? "</div>\n" : ""
            case .figures(let figures): render(figures, language)
            }
        }
        out += "</section>\n"
    }

    private mutating func render(_ table: Table) {
        out += "<table role=\"table\"><caption>\(escaped(table.caption))"
        out += " <code>\(escaped(table.source.text))</code></caption>\n"
        out +=
            "<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">\(escaped(table.head))</th>"
        for column in table.columns {
            out += "<th scope=\"col\" role=\"columnheader\"\(column.isNumber ? " class=\"n\"" : "")>"
            out += "\(escaped(column.title))</th>"
        }
        out += "</tr></thead>\n<tbody role=\"rowgroup\">\n"
        for row in table.rows { render(row, table, isTotal: false) }
        out += "</tbody>\n"
        if let total = table.total {
            out += "<tfoot role=\"rowgroup\">\n"
            render(total, table, isTotal: true)
            out += "</tfoot>\n"
        }
        out += "</table>\n"
    }

    private mutating func render(_ row: Table.Row, _ table: Table, isTotal: Bool) {
        out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">\(escaped(row.title))</th>"
        for (column, cell) in zip(table.columns, row.cells) {
            let classes = [column.isNumber ? "n" : "", cell.text.isEmpty ? "void" : ""].filter { !$0.isEmpty }
            out += "<td role=\"cell\" data-label=\"\(escaped(column.title))\""
            if !classes.isEmpty { out += " class=\"\(classes.joined(separator: " "))\"" }
            out += ">\(escaped(cell.text))</td>"
        }
        out += "</tr>\n"
    }

    private mutating func render(_ figures: Figures, _ language: Language) {
        let heads = [
            language("Le registre compte", "The register counts"),
            language("Les documents affirment", "Documents state"),
            language("Objectif", "Target"),
        ]
        let hasTarget = figures.rows.contains { $0.target != nil }
        out += "<table class=\"figures\(hasTarget ? " aimed" : "")\" role=\"table\">"
        out += "<caption>\(escaped(figures.caption))</caption>\n"
        out += "<thead role=\"rowgroup\"><tr role=\"row\">"
        for head in [language("Chiffre", "Figure")] + heads.prefix(hasTarget ? 3 : 2) {
            out += "<th scope=\"col\" role=\"columnheader\">\(escaped(head))</th>"
        }
        out += "</tr></thead>\n<tbody role=\"rowgroup\">\n"
        for row in figures.rows {
            out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">\(escaped(row.title))"
            out += " <code>\(escaped(row.id + (row.derivation.map { " · " + $0 } ?? "")))</code></th>"
            out += "<td role=\"cell\" data-label=\"\(escaped(heads[0]))\">\(computed(row))</td>"
            out += "<td role=\"cell\" data-label=\"\(escaped(heads[1]))\">\(stated(row, language))</td>"
            if hasTarget {
                out += "<td role=\"cell\" data-label=\"\(escaped(heads[2]))\">\(target(row, language))</td>"
            }
            out += "</tr>\n"
        }
        out += "</tbody></table>\n"
    }

    private func computed(_ row: Figures.Row) -> String {
        if row.isMasked { return Saying.veil }
        return row.computed.map { "<b>\(escaped($0))</b>" } ?? "–"
    }

    private func stated(_ row: Figures.Row, _ language: Language) -> String {
        if row.isMasked { return Saying.veil }
        var text = row.stated.map { "\(escaped($0.text)) <small>\(escaped($0.source))</small>" }.joined(
            separator: "<br>")
        switch row.agreement {
        case .agree: text += " <i class=\"agree\">\(escaped(language("=\(noBreak)concordent", "=\(noBreak)agree")))</i>"
        case .disagree:
            text +=
                " <i class=\"disagree\">\(escaped(language("≠\(noBreak)se contredisent", "≠\(noBreak)disagree")))</i>"
        case nil: break
        }
        return text.isEmpty ? "–" : text
    }

    private func target(_ row: Figures.Row, _ language: Language) -> String {
        guard let target = row.target else { return "–" }
        return escaped(target) + (row.percent.map { " <small>\(escaped(language.percent($0)))</small>" } ?? "")
    }

    // MARK: Charts

    private mutating func render(_ chart: Chart, _ language: Language) {
        out += "<figure class=\"chart\"><figcaption>\(escaped(chart.title))</figcaption>\n"
        out += SVGChart(chart, language).svg
        out += "<details><summary>\(escaped(language("Les données", "The data")))</summary>\n"
        render(chart.table)
        out += "</details></figure>\n"
    }

    /// What the shapes of a chart stand for, once for all charts beside one another.
    private mutating func legend(_ chart: Chart, _ language: Language) {
        let entries: [(swatch: String, title: String)] =
            switch chart.shape {
            case .lines: [("area", language("personnes", "people")), ("step", language("places", "places"))]
            case .columns(_, let series): Array(zip(["first", "second"], series))
            case .bars: []
            }
        guard !entries.isEmpty else { return }
        out += "<p class=\"legend\">"
        for (swatch, title) in entries {
            out += "<span><i class=\"swatch \(swatch)\"></i>\(escaped(title))</span> "
        }
        out += "</p>\n"
    }
}

/// Text as it may stand in HTML and in its attributes; characters that show nothing, or turn the direction of what
/// follows, are written out.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result += shown(scalar)
        }
    }
    return result
}

/// A character as it can be shown anywhere.
func shown(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
        "\\u{\(String(scalar.value, radix: 16))}"
    default: String(scalar)
    }
}
