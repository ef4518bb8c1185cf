import AccueilDomain

// How an answer becomes a document.

extension Report {
    init(_ answer: BilanQuery.Answer, _ language: Language, command: String) {
        let say = Saying(answer: answer, language: language)
        self.init(
            language: language,
            title: language("Bilan de l’accueil", "Review of the reception service"),
            plans: answer.plans.map(\.name.string),
            remarks: say.remarks, highlights: say.highlights,
            sections: [
                say.additions, say.commitments, say.housing, say.flows, say.operations, say.services, say.money,
                say.goods, say.anomalies,
            ].filter { !$0.parts.isEmpty },
            origin: say.origin, command: command, asOf: answer.asOf,
            position: answer.provenance.map { String($0.position) } ?? "",
            root: answer.provenance?.root.string ?? "")
    }
}

/// Says the parts of an answer in a language.
struct Saying {
    let answer: BilanQuery.Answer
    let language: Language

    /// In place of a number that is kept back.
    static let veil = "…"

    func count(_ value: Int?, _ path: String) -> Cell {
        guard let value else { return Cell(text: Self.veil, isMasked: true) }
        return Cell(text: language.number(value), number: Decimal(value), path: path)
    }

    /// The share that a number of people is; some are never none.
    func share(_ value: Int?, of people: Int?, _ path: String = "") -> Cell {
        guard let value else { return Cell(text: Self.veil, isMasked: true) }
        let text = value == 0 && people ?? 0 > 0 ? "< " + language.percent(1) : language.percent(value)
        return Cell(text: text, number: Decimal(value), path: path)
    }

    func text(_ value: Int?) -> String { value.map { language.number($0) } ?? Self.veil }

    /// A number with its noun in the right form.
    func counted(_ value: Int?, _ french: (one: String, more: String), _ english: (one: String, more: String)) -> String
    {
        text(value) + noBreak + language.plural(value ?? 2, french, english)
    }

    func amount(_ minorUnits: Int, _ currency: Currency, _ path: String) -> Cell {
        let scale = (0..<currency.minorDigits).reduce(1) { scale, _ in scale * 10 }
        let value = Int64(minorUnits).multipliedReportingOverflow(by: Int64(10_000 / scale))
        return Cell(
            text: language.money(minorUnits, currency),
            number: value.overflow ? nil : Decimal(tenThousandths: value.partialValue), path: path,
            unit: currency.description)
    }

    // MARK: The beginning and the end

    var remarks: [String] {
        var remarks = [
            language("Situation au ", "As of ") + language.day(answer.asOf)
                + language(
                    ", d’après les faits enregistrés et les documents publiés.",
                    ", from recorded events and published documents.")
        ]
        if answer.audience == .public {
            remarks.append(
                language(
                    "Forme publiée : les nombres de personnes de 1 à 4, et ceux qui permettraient de les retrouver, sont"
                        + " remplacés par « \(Self.veil) ». Les courbes d’occupation sont arrondies à 5.",
                    "Published form: counts of 1 to 4 people, and those that would give them away, are replaced by"
                        + " “\(Self.veil)”. Occupancy curves are rounded to 5."))
        }
        return remarks
    }

    var highlights: [Highlight] {
        var all: [Highlight] = []
        let commitments = answer.commitments.count
        if commitments > 0 {
            let announced = answer.plans.reduce(0) { $0 + ($1.announced ?? 0) }
            all.append(
                Highlight(
                    value: language.number(commitments),
                    label: language.plural(
                        commitments, ("engagement", "engagements"), ("commitment", "commitments")),
                    detail: announced > 0
                        ? language("\(announced) annoncés", "\(announced) announced") : nil))
        }
        let flows = answer.flows
        if flows.arrivals != 0 {
            all.append(
                Highlight(
                    value: text(flows.arrivals), label: language("personnes hébergées", "people housed"),
                    detail: language("depuis le début", "since the beginning")))
            all.append(
                Highlight(
                    value: text(flows.present),
                    label: language("présentes la nuit du ", "present on the night of ") + language.day(answer.asOf),
                    detail: language("pour ", "for ")
                        + counted(answer.occupancy.total.places, ("place", "places"), ("place", "places"))))
        }
        if let unknown = flows.exits.first(where: { $0.destination == .unknownDeparture }) {
            all.append(
                Highlight(
                    value: text(unknown.people),
                    label: language("parties sans orientation connue", "left without a known destination"),
                    detail: unknown.percent.map {
                        language.percent($0) + language(" des départs", " of departures")
                    }))
        }
        if answer.operations.people != 0 {
            all.append(
                Highlight(
                    value: text(answer.operations.people),
                    label: language("personnes rencontrées", "people met"),
                    detail: language("en ", "in ")
                        + counted(
                            answer.operations.carriedOut, ("opération", "opérations"), ("operation", "operations"))
                ))
        }
        let figures = answer.commitments.reduce(0) { $0 + $1.figures.count }
        if figures > 0 {
            all.append(
                Highlight(
                    value: language.number(answer.computed),
                    label: language("chiffres calculés", "figures computed"),
                    detail: language("sur ", "of ") + language.number(figures)))
        }
        if figures > 0 {
            let count = answer.contradictions.count
            all.append(
                Highlight(
                    value: language.number(count),
                    label: language.plural(
                        count, ("chiffre dont les sources", "chiffres dont les sources"),
                        ("figure whose sources", "figures whose sources"))
                        + language(" se contredisent", " disagree")))
        }
        all.append(
            Highlight(
                value: text(answer.anomalies.open),
                label: language("anomalies ouvertes", "open anomalies"),
                detail: text(answer.anomalies.justified) + language(" justifiées", " justified")))
        return all
    }

    var origin: [(label: String, value: String)] {
        var rows = [(language("Situation au", "As of"), "\(answer.asOf)")]
        guard let provenance = answer.provenance else { return rows }
        if let recorded = provenance.recorded {
            rows.append((language("Dernier fait enregistré le", "Last event recorded at"), "\(recorded)"))
        }
        rows += [
            (language("Position dans le journal", "Position in the log"), "\(provenance.position)"),
            (language("Racine (RFC 6962)", "Root (RFC 6962)"), provenance.root.string),
            (language("Journal", "Log"), provenance.log.string),
            (language("Registre", "Register"), provenance.source.string),
        ]
        return rows
    }
}
