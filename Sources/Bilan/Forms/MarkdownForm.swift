import AccueilDomain

/// The report in CommonMark with GitHub's tables: to be read as it is, or published by whatever knows Markdown.
struct MarkdownForm {
    private var out = ""

    consuming func render(_ report: Report) -> String {
        let language = report.language
        out += "# \(escape(report.title))\n\n"
        for plan in report.plans { out += "**\(escape(plan))**\n\n" }
        for remark in report.remarks { out += escape(remark) + "\n\n" }
        for highlight in report.highlights {
            let detail = highlight.detail.map { " (\(escape($0)))" } ?? ""
            out += "- **\(escape(highlight.value))** \(escape(highlight.label))\(detail)\n"
        }
        for section in report.sections { render(section, language) }
        out += "\n## \(language("Provenance", "Provenance"))\n\n"
        for (label, value) in report.origin { out += "- \(escape(label))\(language.colon)`\(value)`\n" }
        out += "\n```\n\(report.command)\n```\n"
        return out
    }

    private mutating func render(_ section: Section, _ language: Language) {
        out += "\n## \(escape(section.title))\n\n"
        if let lead = section.lead { out += escape(lead) + "\n\n" }
        for part in section.parts {
            switch part {
            case .heading(let title): out += "### \(escape(title))\n\n"
            case .commitment(let number, let title, let progress):
                out += "#### \(number.isEmpty ? "" : number + ". ")\(escape(title))\n\n\(escape(progress))\n\n"
            case .paragraph(let text): out += escape(text) + "\n\n"
            case .list(let title, let items):
                out += "**\(escape(title))**\n\n" + items.map { "- \(escape($0))\n" }.joined() + "\n"
            case .table(let table): render(table)
            case .charts(let charts): for chart in charts { render(chart.table) }
            case .figures(let figures): render(figures, language)
            }
        }
    }

    private mutating func render(_ table: Table) {
        out += "**\(escape(table.caption))** \(code(table.source.text))\n\n"
        line([table.head] + table.columns.map(\.title))
        out += "|---|" + table.columns.map { $0.isNumber ? "---:|" : "---|" }.joined() + "\n"
        for row in table.rows { line([row.title] + row.cells.map(\.text)) }
        if let total = table.total { line([total.title] + total.cells.map(\.text)) }
        out += "\n"
    }

    private mutating func render(_ figures: Figures, _ language: Language) {
        line([
            language("Chiffre", "Figure"), language("Le registre compte", "The register counts"),
            language("Les documents affirment", "Documents state"), language("Objectif", "Target"),
        ])
        out += "|---|---|---|---|\n"
        for row in figures.rows {
            let derivation = row.derivation.map { " · " + $0 } ?? ""
            let stated = row.stated.map { "\($0.text) (\($0.source))" }.joined(separator: "; ")
            let agreement =
                switch row.agreement {
                case .agree: language(" =\(noBreak)concordent", " =\(noBreak)agree")
                case .disagree: language(" ≠\(noBreak)se contredisent", " ≠\(noBreak)disagree")
                case nil: ""
                }
            let target = row.target.map { $0 + (row.percent.map { " (\(language.percent($0)))" } ?? "") }
            out += "| \(escape(row.title)) \(code(row.id + derivation)) | "
            out += row.isMasked ? "\(Saying.veil) | \(Saying.veil) | " : ""
            out += row.isMasked ? "" : "\(escape(row.computed ?? "–")) | \(escape(stated + agreement)) | "
            out += "\(escape(target ?? "–")) |\n"
        }
        out += "\n"
    }

    private mutating func line(_ cells: [String]) {
        out += "| " + cells.map(escape).joined(separator: " | ") + " |\n"
    }

    /// In a cell even code must not hold a bar, and nowhere a backtick.
    private func code(_ text: String) -> String {
        var code = "`"
        for scalar in text.unicodeScalars { code += scalar == "|" ? "\\|" : scalar == "`" ? "'" : shown(scalar) }
        return code + "`"
    }

    /// Text in which nothing is taken for markup.
    private func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\\`*_[]<>|#~&".unicodeScalars.contains(scalar) { result += "\\" }
            result += shown(scalar)
        }
        return result
    }
}
