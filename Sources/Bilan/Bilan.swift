public import AccueilDomain

/// The report: a bilan as a document, in a form and a language.
///
/// The same answer in the same form and language gives the same bytes, whenever and wherever it is rendered: nothing in
/// it comes from a clock, a locale or a terminal that is not named here.
public enum Bilan {
    public enum Form: Sendable {
        /// For a terminal of so many columns.
        case text(width: Int, colours: Bool, unicode: Bool)
        /// CommonMark with GitHub's tables.
        case markdown
        /// One page with nothing outside it and no script.
        case html
        /// RFC 4180, with a row of HXL hashtags.
        case csv

        /// As `accueilctl bilan -o` calls it.
        public var name: String {
            switch self {
            case .text: "text"
            case .markdown: "markdown"
            case .html: "html"
            case .csv: "csv"
            }
        }
    }

    public static func render(_ answer: BilanQuery.Answer, as form: Form, language: Language) -> String {
        let report = Report(answer, language, command: command(answer, form, language))
        return switch form {
        case .text(let width, let colours, let unicode):
            TextForm(width: width, hasColours: colours, hasUnicode: unicode).render(report)
        case .markdown: MarkdownForm().render(report)
        case .html: HTMLForm().render(report)
        case .csv: CSVForm().render(report)
        }
    }

    /// What to type for the same report again.
    private static func command(_ answer: BilanQuery.Answer, _ form: Form, _ language: Language) -> String {
        var words = ["accueilctl bilan", "--as-of \(answer.asOf)"]
        if let provenance = answer.provenance { words.append("--known-at \(provenance.position)") }
        if let plan = answer.plan { words.append("--plan \(plan)") }
        if answer.audience == .public { words.append("--audience public") }
        return (words + ["--lang \(language.rawValue)", "-o \(form.name)"]).joined(separator: " ")
    }
}
