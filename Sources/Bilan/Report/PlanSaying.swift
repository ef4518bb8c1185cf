import AccueilDomain

// What was promised, and how far it is.

extension Saying {
    var commitments: Section {
        var section = Section(
            id: "engagements", title: language("Les engagements", "The commitments"),
            lead: language(
                "Chaque chiffre montre ce que le registre compte, ce que les documents affirment, et la question qui le"
                    + " donne.",
                "Every figure shows what the register counts, what documents state, and the question that gives it."))
        guard !answer.commitments.isEmpty else { return section }
        section.parts.append(.charts([progress]))
        var plan: Identifier?
        var pillar: Int?
        for commitment in answer.commitments {
            let row = commitment.row
            if row.plan != plan, answer.plans.count > 1 {
                section.parts.append(.heading(answer.plans.first { $0.plan == row.plan }?.name.string ?? ""))
            }
            if row.pillar != pillar || row.plan != plan, let number = row.pillar {
                let title = row.pillarTitle.map { language.colon + $0.string } ?? ""
                section.parts.append(.heading(language("Pilier ", "Pillar ") + "\(number)" + title))
            }
            (plan, pillar) = (row.plan, row.pillar)
            section.parts += parts(of: commitment)
        }
        return section
    }

    private func parts(of commitment: BilanQuery.Commitment) -> [Part] {
        let row = commitment.row
        var parts: [Part] = [
            .commitment(
                number: row.number.map { String($0) } ?? "", title: row.title.string, progress: progress(of: row))
        ]
        if !commitment.figures.isEmpty {
            let caption = language("Chiffres de l’engagement", "Figures of the commitment")
            parts.append(
                .figures(
                    Figures(
                        caption: row.number.map { "\(caption) \($0)" } ?? caption,
                        rows: commitment.figures.map(figure))))
        }
        let reached = commitment.milestones.filter { $0.day != nil }.map(milestone)
        if !reached.isEmpty { parts.append(.list(title: language("Étapes franchies", "Milestones reached"), reached)) }
        let planned = commitment.milestones.filter { $0.day == nil }.map(milestone)
        if !planned.isEmpty { parts.append(.list(title: language("À venir", "Still to come"), planned)) }
        let notes = row.notes.map { "\($0.note.string) (\($0.source.string), \(language.day($0.day)))" }
        if !notes.isEmpty { parts.append(.list(title: language("À noter", "Of note"), notes)) }
        return parts
    }

    private func milestone(_ row: MilestonesQuery.Row) -> String {
        var facts = [language.label(row.kind)]
        if let day = row.day ?? row.due { facts.append(language.day(day)) }
        if let days = row.days { facts.append(counted(days, ("jour", "jours"), ("day", "days"))) }
        if let count = row.count { facts.append("× " + language.number(count)) }
        if let attendance = row.attendance {
            facts.append(counted(attendance, ("participant", "participants"), ("participant", "participants")))
        }
        if !row.partners.isEmpty {
            facts.append(language("avec ", "with ") + row.partners.map(\.description).joined(separator: ", "))
        }
        return "\(row.title.string) (\(facts.joined(separator: ", ")))"
    }

    private func done(_ row: CommitmentsQuery.Row) -> (done: Int, of: Int) {
        let done = row.milestonesReached + row.onTarget
        return (done, done + row.milestonesPlanned + row.belowTarget)
    }

    private func progress(of row: CommitmentsQuery.Row) -> String {
        var facts = [counted(row.indicators, ("chiffre", "chiffres"), ("figure", "figures"))]
        if row.milestonesReached > 0 {
            facts.append(
                counted(
                    row.milestonesReached, ("étape franchie", "étapes franchies"),
                    ("milestone reached", "milestones reached")))
        }
        if row.milestonesPlanned > 0 {
            facts.append(language.number(row.milestonesPlanned) + language(" à venir", " to come"))
        }
        if row.onTarget + row.belowTarget > 0 {
            facts.append(
                counted(row.onTarget, ("objectif atteint", "objectifs atteints"), ("target met", "targets met"))
                    + language(" sur ", " of ") + language.number(row.onTarget + row.belowTarget))
        }
        return facts.joined(separator: " · ")
    }

    private var progress: Chart {
        let rows = answer.commitments.map(\.row)
        let caption = language("Avancement par engagement", "Progress by commitment")
        let source = planSource("query.commitments")
        func title(_ row: CommitmentsQuery.Row) -> String {
            (row.number.map { "\($0) · " } ?? "") + row.title.string
        }
        let table = Table(
            id: "progress", caption: caption, head: language("Engagement", "Commitment"),
            columns: [
                Table.Column(title: language("Étapes franchies", "Milestones reached")),
                Table.Column(title: language("À venir", "To come")),
                Table.Column(title: language("Objectifs atteints", "Targets met")),
                Table.Column(title: language("Sous l’objectif", "Below target")),
            ],
            rows: rows.map { row in
                func cell(_ value: Int, _ name: String) -> Cell {
                    count(value, "rows[commitment=\(row.commitment)].\(name)")
                }
                return Table.Row(
                    key: row.commitment.description, title: title(row),
                    cells: [
                        cell(row.milestonesReached, "milestones_reached"),
                        cell(row.milestonesPlanned, "milestones_planned"), cell(row.onTarget, "on_target"),
                        cell(row.belowTarget, "below_target"),
                    ])
            }, source: source)
        return Chart(
            id: "chart-progress", title: caption,
            description: language(
                "Étapes franchies et objectifs atteints, sur ceux qui sont prévus, engagement par engagement.",
                "Milestones reached and targets met, of those that there are, commitment by commitment."),
            shape: .bars(
                rows.map { row in
                    let (done, all) = done(row)
                    return (
                        title(row), all == 0 ? "–" : "\(done)\(language(" sur ", " of "))\(all)",
                        all == 0 ? nil : Double(done) / Double(all)
                    )
                }), table: table)
    }

    private func planSource(_ method: String) -> Source {
        var source = Source(method)
        if let plan = answer.plan { source.params.append(("plan", plan.description)) }
        return source
    }

    // MARK: Figures

    func figure(_ figure: Figure) -> Figures.Row {
        let computed = figure.computed.map { withUnit($0, figure.unit) } ?? figure.computedDay.map(language.day)
        return Figures.Row(
            id: figure.indicator.description, title: figure.title.string, unit: figure.unit.description,
            computed: computed ?? figure.absence.map(language.label),
            computedNumber: figure.computed?.description ?? figure.computedDay?.description ?? "",
            stated: figure.stated.map { stated($0, figure.unit) }, agreement: figure.agreement,
            target: figure.target.map { withUnit($0, figure.unit) },
            targetNumber: figure.target?.description ?? "", percent: figure.percentOfTarget,
            derivation: figure.calculation.map(derivation), terms: figure.calculation.map { $0.sum + $0.per } ?? [],
            isMasked: figure.masked)
    }

    private func stated(_ statement: Statement, _ unit: Identifier) -> Figures.Stated {
        let text = language.stated(
            statement.value.map { statement.valueMax == nil ? withUnit($0, unit) : valueText($0, unit) },
            to: statement.valueMax.map { withUnit($0, unit) }, statement.precision)
        let isOfAnotherDay = statement.day != answer.asOf
        return Figures.Stated(
            text: text,
            source: statement.source.string + (isOfAnotherDay ? ", " + language.day(statement.day) : ""),
            number: [statement.value, statement.valueMax].compactMap { $0?.description }.joined(separator: ".."),
            precision: statement.precision)
    }

    private func withUnit(_ value: Decimal, _ unit: Identifier) -> String {
        let noun = language.unit(unit, of: value)
        return valueText(value, unit) + (noun.isEmpty ? "" : noBreak + noun)
    }

    /// A number in its unit's own way: percent, money, a day.
    private func valueText(_ value: Decimal, _ unit: Identifier) -> String {
        switch unit.description {
        case "percent": return language.percent(language.number(value))
        case "date": return dayOf(value).map(language.day) ?? value.description
        case "years" where value >= Decimal(1000): return value.description
        case let code where Currency(unit) != nil: return language.money(language.number(value), code)
        default: return language.number(value)
        }
    }

    /// 20170309 as a day.
    private func dayOf(_ value: Decimal) -> Day? {
        let digits = Int(value.tenThousandths / 10_000)
        return Day(year: digits / 10_000, month: digits / 100 % 100, day: digits % 100)
    }

    /// `query.flows site=… → arrivals − query.flows … → departures`
    private func derivation(_ calculation: Calculation) -> String {
        func terms(_ terms: [Term]) -> String {
            terms.enumerated().map { index, term in
                let sign = term.minus ? "− " : index > 0 ? "+ " : ""
                return sign + term.source.text + " → " + term.path.string
            }.joined(separator: " ")
        }
        var text = terms(calculation.sum)
        if !calculation.per.isEmpty {
            text = calculation.sum.count > 1 ? "(\(text))" : text
            text += " ÷ " + (calculation.per.count > 1 ? "(\(terms(calculation.per)))" : terms(calculation.per))
        }
        if calculation.factor != Decimal(1) { text += " × \(calculation.factor)" }
        return text
    }
}

extension Term {
    var source: Source {
        var source = Source(method.description)
        source.params = params.all.map { name, value in
            switch value {
            case .text(let text): (name, text)
            case .number(let number): (name, String(number))
            case .flag(let flag): (name, String(flag))
            }
        }
        return source
    }
}
