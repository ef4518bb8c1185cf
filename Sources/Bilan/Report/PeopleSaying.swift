import AccueilDomain

// Who is where, who came and left, and what the register knows that documents do not say.

extension Saying {
    // MARK: What the register adds

    var additions: Section {
        var section = Section(
            id: "constats", title: language("Ce que le registre ajoute", "What the register adds"),
            lead: language(
                "Ce que les documents ne disent pas, et que les faits enregistrés permettent de dire.",
                "What the documents do not say, and recorded events can."))
        let findings = self.findings
        if !findings.isEmpty { section.parts = findings.map { .table($0) } }
        if !answer.contradictions.isEmpty {
            section.parts.append(.heading(language("Sources qui se contredisent", "Sources that disagree")))
            section.parts.append(
                .paragraph(
                    language(
                        "Ces chiffres ne peuvent pas tous être vrais. Ils sont montrés côte à côte, sans être corrigés.",
                        "These figures cannot all be true. They are shown side by side, and not mended.")))
            section.parts.append(
                .figures(
                    Figures(
                        caption: language("Contradictions", "Contradictions"),
                        rows: answer.contradictions.map(figure))))
        }
        return section
    }

    private var findings: [Table] {
        [leaving, nights, lengths, targets].filter { !$0.rows.isEmpty }
    }

    private var leaving: Table {
        let silent: [Destination] = [.unknownDeparture, .street]
        let flows = answer.flows
        return Table(
            id: "silent-departures", caption: language("Départs sans solution connue", "Departures without a solution"),
            head: language("Sortie", "Exit"),
            columns: [
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Part des départs", "Share of departures"), unit: "percent"),
            ],
            rows: flows.exits.filter { silent.contains($0.destination) }.map(row),
            source: Source("query.flows", ["by": "destination"]))
    }

    private func row(_ exit: BilanQuery.Exit) -> Table.Row {
        Table.Row(
            key: exit.destination.rawValue, title: language.label(exit.destination),
            cells: [
                count(exit.people, "rows[key=\(exit.destination.rawValue)].departures"),
                share(exit.percent, of: exit.people),
            ])
    }

    private var nights: Table {
        let total = answer.occupancy.total
        return Table(
            id: "night", caption: language("La nuit du ", "The night of ") + language.day(answer.asOf),
            head: language("Nuit", "Night"),
            columns: [
                Table.Column(title: language("Places", "Places"), unit: "places"),
                Table.Column(title: language("Bloquées", "Blocked"), unit: "places"),
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Libres", "Free"), unit: "places"),
            ],
            rows: total.places == 0 && total.occupied == 0
                ? []
                : [Table.Row(key: "total", title: language("Tous les sites", "All sites"), cells: cells(total, ""))],
            source: Source("query.occupancy"))
    }

    private func cells(_ counts: BilanQuery.Places, _ path: String) -> [Cell] {
        [
            count(counts.places, path + "places"), count(counts.unavailable, path + "unavailable"),
            count(counts.occupied, path + "occupied"), count(counts.unoccupied, path + "unoccupied"),
        ]
    }

    /// Sites with a target.
    private var lengths: Table {
        var table = staysTable(
            "mean-stay", language("Durée moyenne des séjours et durée cible", "Mean stay against the target"),
            answer.stays.filter { $0.targetMax != nil })
        table.total = nil
        return table
    }

    private func staysTable(_ id: String, _ caption: String, _ stays: [BilanQuery.Stays]) -> Table {
        Table(
            id: id, caption: caption, head: language("Site", "Site"),
            columns: [
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Séjours", "Stays"), unit: "stays"),
                Table.Column(title: language("Durée moyenne (jours)", "Mean length (days)"), unit: "days"),
                Table.Column(title: language("Cible (jours)", "Target (days)"), unit: "days"),
                Table.Column(title: language("Au-delà de la cible", "Beyond the target"), unit: "stays"),
            ],
            rows: stays.map { row in
                let path = "rows[site=\(row.site)]."
                let mean = row.daysMeanTenths.map {
                    Cell(
                        text: language.tenths($0), number: Decimal(tenThousandths: Int64($0) * 1000),
                        path: path + "days_mean_tenths")
                }
                let target = row.targetMax.map { most in
                    Cell(
                        text: row.targetMin.map { language("\($0) à \(most)", "\($0) to \(most)") } ?? "\(most)",
                        number: Decimal(most), path: path + "target_max")
                }
                return Table.Row(
                    key: row.site.description, title: row.name?.string ?? row.site.description,
                    cells: [
                        count(row.people, path + "people"), count(row.stays, path + "stays"),
                        mean ?? Cell(text: Self.veil, isMasked: true), target ?? Cell(text: "–"),
                        row.targetMax == nil ? Cell(text: "–") : count(row.beyondTarget, path + "beyond_target"),
                    ])
            }, source: Source("query.stays"))
    }

    /// Figures that have a target, the share of it that is reached.
    private var targets: Table {
        let figures = answer.commitments.flatMap(\.figures).filter { $0.target != nil && $0.percentOfTarget != nil }
        var source = Source("query.indicators")
        if let plan = answer.plan { source.params.append(("plan", plan.description)) }
        return Table(
            id: "targets", caption: language("Part des objectifs atteinte", "Share of targets reached"),
            head: language("Objectif", "Target"),
            columns: [
                Table.Column(title: language("Atteint", "Reached"), isNumber: true),
                Table.Column(title: language("Objectif", "Target"), isNumber: true),
                Table.Column(title: language("Part", "Share"), unit: "percent"),
            ],
            rows: figures.map { figure in
                let path = "figures[indicator=\(figure.indicator)]."
                let told = self.figure(figure)
                return Table.Row(
                    key: figure.indicator.description, title: figure.title.string,
                    cells: [
                        Cell(
                            text: told.computed ?? told.stated.first?.text ?? "–", number: figure.computed,
                            path: figure.computed == nil ? "" : path + "computed"),
                        Cell(text: told.target ?? "–", number: figure.target, path: path + "target"),
                        share(figure.percentOfTarget, of: nil, path + "percent_of_target"),
                    ])
            }, source: source)
    }

    // MARK: Housing

    var housing: Section {
        var section = Section(id: "hebergement", title: language("L’hébergement", "Housing"))
        guard !answer.occupancy.sites.isEmpty else { return section }
        if !answer.series.isEmpty { section.parts.append(.charts(answer.series.map(chart))) }
        section.parts.append(.table(sites))
        if !answer.stays.isEmpty {
            section.parts.append(
                .table(
                    staysTable("stays", language("Durée des séjours par site", "Length of stays by site"), answer.stays)
                )
            )
        }
        return section
    }

    private var sites: Table {
        Table(
            id: "sites",
            caption: language("Places et personnes par site, nuit du ", "Places and people by site, night of ")
                + language.day(answer.asOf), head: language("Site", "Site"),
            columns: [
                Table.Column(title: language("Type", "Kind"), isNumber: false),
                Table.Column(title: language("Places", "Places"), unit: "places"),
                Table.Column(title: language("Bloquées", "Blocked"), unit: "places"),
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Libres", "Free"), unit: "places"),
            ],
            rows: answer.occupancy.sites.map { site in
                let closed = site.closed.map { language(" (fermé le ", " (closed on ") + language.day($0) + ")" } ?? ""
                return Table.Row(
                    key: site.site.description, title: (site.name?.string ?? site.site.description) + closed,
                    cells: [Cell(text: language.label(site.kind))]
                        + cells(site.counts, "rows[site=\(site.site)]."))
            },
            total: Table.Row(
                key: "total", title: language("Ensemble", "Total"),
                cells: [Cell(text: "")] + cells(answer.occupancy.total, "")),
            source: Source("query.occupancy"))
    }

    private func chart(_ series: BilanQuery.Series) -> Chart {
        let name = series.name?.string ?? series.site.description
        let first = series.points.first?.day ?? answer.asOf
        let last = series.points.last?.day ?? answer.asOf
        let most = series.points.map(\.occupied).max() ?? 0
        let table = Table(
            id: "series-\(series.site)", caption: language("Occupation", "Occupancy") + language.colon + name,
            head: language("Nuit", "Night"),
            columns: [
                Table.Column(title: language("Places", "Places"), unit: "places"),
                Table.Column(title: language("Personnes", "People"), unit: "people"),
            ],
            rows: series.points.map { point in
                Table.Row(
                    key: point.day.description, title: language.day(point.day),
                    cells: [
                        count(point.places, "days[day=\(point.day)].places"),
                        count(point.occupied, answer.audience == .public ? "" : "days[day=\(point.day)].occupied"),
                    ])
            },
            source: Source(
                "query.occupancy_series", ["site": "\(series.site)", "from": "\(first)", "to": "\(last)"]))
        return Chart(
            id: "chart-\(series.site)", title: name,
            description: language(
                "Du \(language.day(first)) au \(language.day(last)) : au plus "
                    + counted(most, ("personne", "personnes"), ("person", "people"))
                    + ", pour \(language.number(series.points.last?.places ?? 0)) places à la fin.",
                "From \(language.day(first)) to \(language.day(last)): at most "
                    + counted(most, ("personne", "personnes"), ("person", "people"))
                    + ", with \(language.number(series.points.last?.places ?? 0)) places at the end."),
            shape: .lines(series.points.map { ($0.day, $0.places, $0.occupied) }), table: table)
    }

    // MARK: Arrivals and departures

    var flows: Section {
        var section = Section(id: "parcours", title: language("Arrivées et départs", "Arrivals and departures"))
        let flows = answer.flows
        if !flows.months.isEmpty { section.parts.append(.charts([months])) }
        if !flows.exits.isEmpty { section.parts.append(.charts([exits])) }
        if !flows.nationalities.isEmpty { section.parts.append(.charts([nationalities])) }
        return section
    }

    private var months: Chart {
        let months = answer.flows.months
        let caption = language("Arrivées et départs par mois", "Arrivals and departures by month")
        let names = (
            arrivals: language("Arrivées", "Arrivals"), departures: language("Départs", "Departures"),
            oriented: language("Orientées sans hébergement", "Directed elsewhere")
        )
        func row(
            _ key: String, _ title: String, _ path: String, _ month: (arrivals: Int?, departures: Int?, oriented: Int?)
        )
            -> Table.Row
        {
            Table.Row(
                key: key, title: title,
                cells: [
                    count(month.arrivals, path + "arrivals"), count(month.departures, path + "departures"),
                    count(month.oriented, path + "oriented"),
                ])
        }
        let flows = answer.flows
        let table = Table(
            id: "months", caption: caption, head: language("Mois", "Month"),
            columns: [names.arrivals, names.departures, names.oriented].map { Table.Column(title: $0, unit: "people") },
            rows: months.map { month in
                row(
                    month.month.string, language.month(month.month.string), "rows[key=\(month.month.string)].",
                    (month.arrivals, month.departures, month.oriented))
            },
            total: row(
                "total", language("Ensemble", "Total"), "", (flows.arrivals, flows.departures, flows.oriented)),
            source: Source("query.flows", ["by": "month"]))
        return Chart(
            id: "chart-months", title: caption,
            description: language("En tout ", "In all ")
                + counted(flows.arrivals, ("arrivée", "arrivées"), ("arrival", "arrivals")) + language(" et ", " and ")
                + counted(flows.departures, ("départ", "départs"), ("departure", "departures")) + ".",
            shape: .columns(
                months.map { (language.shortMonth($0.month.string), [$0.arrivals, $0.departures]) },
                series: [names.arrivals, names.departures]), table: table)
    }

    private var exits: Chart {
        let exits = answer.flows.exits
        let table = Table(
            id: "exits", caption: language("Où sont-elles allées ?", "Where they went"),
            head: language("Sortie", "Exit"),
            columns: [
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Part", "Share"), unit: "percent"),
            ],
            rows: exits.map(row),
            total: Table.Row(
                key: "total", title: language("Ensemble", "Total"),
                cells: [count(answer.flows.departures, "departures"), Cell(text: "")]),
            source: Source("query.flows", ["by": "destination"]))
        return Chart(
            id: "chart-exits", title: table.caption,
            description: summary(exits.map { (language.label($0.destination), $0.people) }),
            shape: .bars(bars(exits.map { (language.label($0.destination), $0.people, $0.percent) })), table: table)
    }

    private var nationalities: Chart {
        let rows = answer.flows.nationalities
        let table = Table(
            id: "nationalities",
            caption: language("Nationalités présentes le ", "Nationalities present on ") + language.day(answer.asOf),
            head: language("Nationalité", "Nationality"),
            columns: [
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Part", "Share"), unit: "percent"),
            ],
            rows: rows.map { row in
                let path = "breakdown[key=\(row.nationality)]."
                return Table.Row(
                    key: row.nationality.description, title: language.label(row.nationality),
                    cells: [count(row.people, path + "people"), share(row.percent, of: row.people, path + "percent")])
            },
            total: Table.Row(
                key: "total", title: language("Ensemble", "Total"),
                cells: [count(answer.flows.present, "occupied"), Cell(text: "")]),
            source: Source("query.occupancy", ["by": "nationality"]))
        return Chart(
            id: "chart-nationalities", title: table.caption,
            description: summary(rows.map { (language.label($0.nationality), $0.people) }),
            shape: .bars(bars(rows.map { (language.label($0.nationality), $0.people, $0.percent) })), table: table)
    }

    // MARK: Bars

    /// Bars as long as their share of the longest.
    func bars(_ rows: [(label: String, value: Int?, percent: Int?)]) -> [(label: String, text: String, length: Double?)]
    {
        let most = rows.compactMap(\.value).max() ?? 0
        return rows.map { row in
            let percent = row.percent.map { _ in " (\(share(row.percent, of: row.value).text))" } ?? ""
            return (
                row.label, text(row.value) + percent, row.value.map { most == 0 ? 0 : Double($0) / Double(most) }
            )
        }
    }

    /// The first three in words.
    func summary(_ rows: [(label: String, value: Int?)]) -> String {
        rows.prefix(3).map { "\($0.label) \(text($0.value))" }.joined(separator: ", ")
            + (rows.count > 3 ? language(" ; puis \(rows.count - 3) autres.", "; then \(rows.count - 3) more.") : ".")
    }
}
