import AccueilDomain

// Operations, services, money, goods, and what needs an explanation.

extension Saying {
    var operations: Section {
        var section = Section(id: "operations", title: language("Mises à l’abri et maraudes", "Operations"))
        let part = answer.operations
        guard part.carriedOut > 0 else { return section }
        section.lead =
            counted(part.carriedOut, ("opération", "opérations"), ("operation", "operations"))
            + language.colon
            + counted(part.people, ("personne rencontrée", "personnes rencontrées"), ("person met", "people met"))
            + ", " + text(part.placed) + language(" avec une destination connue, ", " with a known destination, ")
            + text(part.notPlaced) + language(" sans.", " without.")
        let communes = Set(part.arrondissements.map { $0.key.string.split(separator: "-").first ?? "" })
        let places = part.arrondissements.map {
            (group: $0, label: language.place($0.key.string, withCommune: communes.count > 2))
        }
        let table = groups(
            "arrondissements", language("Personnes rencontrées par arrondissement", "People met by arrondissement"),
            language("Lieu", "Place"), places.map { ($0.label, $0.group) }, by: "arrondissement")
        section.parts.append(
            .charts([
                Chart(
                    id: "chart-arrondissements", title: table.caption,
                    description: summary(places.map { ($0.label, $0.group.people) }),
                    shape: .bars(bars(places.map { ($0.label, $0.group.people, $0.group.percent) })), table: table)
            ]))
        let kinds = part.kinds.map { group in
            (OperationKind(rawValue: group.key.string).map(language.label) ?? group.key.string, group)
        }
        section.parts.append(
            .table(
                groups(
                    "operation-kinds", language("Par type d’opération", "By kind of operation"),
                    language("Type", "Kind"), kinds, by: "kind")))
        return section
    }

    private func groups(
        _ id: String, _ caption: String, _ head: String, _ groups: [(title: String, group: BilanQuery.OperationGroup)],
        by key: String
    ) -> Table {
        let part = answer.operations
        return Table(
            id: id, caption: caption, head: head,
            columns: [
                Table.Column(title: language("Opérations", "Operations"), unit: "operations"),
                Table.Column(title: language("Personnes", "People"), unit: "people"),
                Table.Column(title: language("Part", "Share"), unit: "percent"),
            ],
            rows: groups.map { title, group in
                let path = "rows[key=\(group.key.string)]."
                return Table.Row(
                    key: group.key.string, title: title,
                    cells: [
                        count(group.operations, path + "operations"), count(group.people, path + "people"),
                        share(group.percent, of: group.people, path + "percent"),
                    ])
            },
            total: Table.Row(
                key: "total", title: language("Ensemble", "Total"),
                cells: [count(part.carriedOut, "carried_out"), count(part.people, "people"), Cell(text: "")]),
            source: Source("query.operations", ["by": key]))
    }

    var services: Section {
        var section = Section(
            id: "services", title: language("Accompagnement et bénévolat", "Services and volunteers"))
        let (part, evaluations, volunteers) = (answer.services, answer.evaluations, answer.volunteers)
        if part.count > 0 || part.headcount != 0 {
            var table = Table(
                id: "acts", caption: language("Actes, en personnes", "Acts, in people"),
                head: language("Acte", "Act"),
                columns: [Table.Column(title: language("Personnes", "People"), unit: "acts")],
                rows: part.acts.map { act in
                    Table.Row(
                        key: act.kind.rawValue, title: language.label(act.kind),
                        cells: [count(act.headcount, "acts[kind=\(act.kind.rawValue)].headcount")])
                }, source: Source("query.services"))
            table.total = Table.Row(
                key: "total", title: language("Ensemble", "Total"), cells: [count(part.headcount, "headcount")])
            section.lead =
                counted(part.count, ("dispositif ouvert", "dispositifs ouverts"), ("service open", "services open"))
                + ", " + language.number(part.fte) + noBreak + language("ETP connus, ", "known FTE, ")
                + counted(part.places, ("place", "places"), ("place", "places")) + "."
            section.parts.append(.table(table))
        }
        if evaluations.requested != 0 { section.parts.append(.table(evaluationTable)) }
        if volunteers.registered != 0 || volunteers.missions > 0 { section.parts.append(.table(volunteerTable)) }
        return section
    }

    private var evaluationTable: Table {
        let part = answer.evaluations
        func row(_ name: String, _ title: String, _ value: Int?) -> Table.Row {
            Table.Row(key: name, title: title, cells: [count(value, name)])
        }
        var rows = [
            row("requested", language("Jeunes se déclarant mineurs", "Declared themselves minors"), part.requested),
            row("sheltered", language("Mis à l’abri", "Sheltered"), part.sheltered),
            row("concluded", language("Évaluations conclues", "Evaluations concluded"), part.concluded),
        ]
        rows += part.outcomes.map { outcome in
            Table.Row(
                key: outcome.outcome.rawValue, title: language.label(outcome.outcome),
                cells: [count(outcome.people, "rows[key=\(outcome.outcome.rawValue)].people")])
        }
        rows += [
            row("referred", language("Orientés", "Referred"), part.referred),
            row("waiting", language("En attente", "Waiting"), part.waiting),
            row(
                "waiting_beyond_norm", language("En attente au-delà du délai", "Waiting beyond the norm"),
                part.waitingBeyondNorm),
        ]
        return Table(
            id: "evaluations", caption: language("Évaluation des mineurs isolés", "Evaluation of unaccompanied minors"),
            head: language("Étape", "Step"),
            columns: [Table.Column(title: language("Personnes", "People"), unit: "people")], rows: rows,
            source: Source("query.evaluations", ["by": "outcome"]))
    }

    private var volunteerTable: Table {
        let part = answer.volunteers
        func row(_ name: String, _ title: String, _ value: Int?) -> Table.Row {
            Table.Row(key: name, title: title, cells: [count(value, name)])
        }
        return Table(
            id: "volunteers", caption: language("Bénévolat", "Volunteers"), head: language("Quoi", "What"),
            columns: [Table.Column(title: language("Nombre", "Number"), unit: "count")],
            rows: [
                row("registered", language("Bénévoles enregistrés", "Volunteers registered"), part.registered),
                row("mobilised", language("Bénévoles mobilisés", "Volunteers mobilised"), part.mobilised),
                row("refugees", language("Dont réfugiés", "Refugees among them"), part.refugees),
                row("missions", language("Missions ouvertes", "Missions opened"), part.missions),
                row(
                    "organisations", language("Organisations bénéficiaires", "Organisations served"), part.organisations
                ),
                row("minutes", language("Minutes données", "Minutes given"), part.minutes),
            ], source: Source("query.volunteers"))
    }

    var money: Section {
        var section = Section(id: "dons", title: language("Dons et subventions", "Donations and grants"))
        let money = answer.money
        if !money.funds.isEmpty { section.parts.append(.table(funds)) }
        if !money.purposes.isEmpty {
            section.parts.append(
                .table(
                    amounts(
                        "purposes", language("Affectation des dons", "What donations were allocated to"),
                        language("Affectation", "Purpose"), money.purposes, by: "purpose")))
        }
        if !money.grants.isEmpty { section.parts.append(.table(grants)) }
        if !money.themes.isEmpty {
            section.parts.append(
                .table(
                    amounts(
                        "grant-themes", language("Subventions par thème", "Grants by theme"),
                        language("Thème", "Theme"), money.themes, by: "theme")))
        }
        return section
    }

    private var funds: Table {
        Table(
            id: "funds", caption: language("Campagnes de dons", "Funds"), head: language("Campagne", "Fund"),
            columns: [
                language("Promis", "Pledged"), language("Reçu", "Received"), language("Affecté", "Allocated"),
                language("Solde", "Balance"),
            ].map { Table.Column(title: $0) }
                + [Table.Column(title: language("Dons", "Donations"), unit: "count")],
            rows: answer.money.funds.map { fund in
                let path = "funds[fund=\(fund.fund)]."
                return Table.Row(
                    key: fund.fund.description, title: fund.name?.string ?? fund.fund.description,
                    cells: [
                        amount(fund.pledged, fund.currency, path + "pledged"),
                        amount(fund.received, fund.currency, path + "received"),
                        amount(fund.allocated, fund.currency, path + "allocated"),
                        amount(fund.balance, fund.currency, path + "balance"),
                        count(fund.donations, path + "donations"),
                    ])
            }, source: Source("query.donations"))
    }

    private var grants: Table {
        Table(
            id: "grants", caption: language("Subventions et aides", "Grants"), head: language("Monnaie", "Currency"),
            columns: [
                Table.Column(title: language("Nombre", "Number"), unit: "count"),
                Table.Column(title: language("Accordé", "Awarded")),
                Table.Column(title: language("Versé", "Disbursed")),
            ],
            rows: answer.money.grants.map { row in
                let path = "grants_by_currency[currency=\(row.currency)]."
                return Table.Row(
                    key: row.currency.description, title: row.currency.description,
                    cells: [
                        count(row.grants, path + "grants"), amount(row.awarded, row.currency, path + "awarded"),
                        amount(row.disbursed, row.currency, path + "disbursed"),
                    ])
            }, source: Source("query.donations"))
    }

    private func amounts(
        _ id: String, _ caption: String, _ head: String, _ rows: [DonationsQuery.Row], by key: String
    ) -> Table {
        Table(
            id: id, caption: caption, head: head,
            columns: [
                Table.Column(title: language("Nombre", "Number"), unit: "count"),
                Table.Column(title: language("Montant", "Amount")),
            ],
            rows: rows.map { row in
                let path = "rows[key=\(row.key.string),currency=\(row.currency)]."
                return Table.Row(
                    key: row.key.string, title: row.key.string,
                    cells: [
                        count(row.count, path + "count"),
                        // Grants whose amount was not published.
                        row.amount == 0 ? Cell(text: "–") : amount(row.amount, row.currency, path + "amount"),
                    ])
            }, source: Source("query.donations", ["by": key]))
    }

    var goods: Section {
        var section = Section(id: "collectes", title: language("Collectes", "Collections"))
        let goods = answer.goods
        guard !goods.stock.isEmpty || goods.needsOpen > 0 else { return section }
        section.lead =
            counted(goods.needsOpen, ("besoin ouvert", "besoins ouverts"), ("open need", "open needs"))
            + language(", dont ", ", of which ") + language.number(goods.needsStale)
            + language(" à confirmer.", " to be confirmed.")
        section.parts.append(
            .table(
                Table(
                    id: "stock", caption: language("Dons en nature par catégorie", "Goods by category"),
                    head: language("Catégorie", "Category"),
                    columns: [
                        Table.Column(title: language("Unité", "Unit"), isNumber: false),
                        Table.Column(title: language("Reçu", "Received")),
                        Table.Column(title: language("Distribué", "Distributed")),
                        Table.Column(title: language("En stock", "In stock")),
                    ],
                    rows: goods.stock.map { row in
                        let path = "rows[category=\(row.category.rawValue),unit=\(row.unit.rawValue)]."
                        return Table.Row(
                            key: "\(row.category.rawValue)-\(row.unit.rawValue)", title: language.label(row.category),
                            cells: [
                                Cell(text: language.label(row.unit)), count(row.received, path + "received"),
                                count(row.distributed, path + "distributed"), count(row.quantity, path + "quantity"),
                            ])
                    }, source: Source("query.stock", ["by": "category"]))))
        return section
    }

    var anomalies: Section {
        var section = Section(
            id: "anomalies", title: language("Anomalies", "Anomalies"),
            lead: language(
                "Ce que le registre a accepté sans le laisser passer en silence, tant que personne ne l’a justifié.",
                "What the register accepted but did not let pass in silence, until somebody explains it."))
        let part = answer.anomalies
        section.parts.append(
            .table(
                Table(
                    id: "anomalies", caption: language("Anomalies au ", "Anomalies as of ") + language.day(answer.asOf),
                    head: language("Règle", "Rule"),
                    columns: [
                        Table.Column(title: language("Ouvertes", "Open"), unit: "count"),
                        Table.Column(title: language("Justifiées", "Justified"), unit: "count"),
                    ],
                    rows: part.rules.map { row in
                        let path = "counts[rule=\(row.rule.rawValue)]."
                        return Table.Row(
                            key: row.rule.rawValue, title: language.label(row.rule),
                            cells: [count(row.open, path + "open"), count(row.justified, path + "justified")])
                    },
                    total: Table.Row(
                        key: "total", title: language("Ensemble", "Total"),
                        cells: [count(part.open, "open"), count(part.justified, "justified")]),
                    source: Source("query.anomalies"))))
        return section
    }
}
