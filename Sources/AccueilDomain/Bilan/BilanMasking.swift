// What a published bilan keeps back: which of its numbers are people, and how they add up.

extension BilanQuery.Answer {
    private typealias Answer = BilanQuery.Answer

    /// Takes out small numbers of people, and what would give them away.
    mutating func mask(aboutPeople: Set<Identifier>) {
        var sheet = Sheet(self)
        let arrivals = sheet.enterFlows()
        let beyondTarget = sheet.enterStays(of: arrivals)
        sheet.enterOperations()
        sheet.enterServices()
        let beyondNorm = sheet.enterEvaluations()
        sheet.enterVolunteers()
        sheet.enterAnomalies([.stayBeyondTarget: beyondTarget, .evaluationWaiting: beyondNorm])
        self = sheet.masked()
        hideWhatFollows()
        for series in series.indices {
            for point in self.series[series].points.indices { self.series[series].points[point].round() }
        }
        maskFigures(aboutPeople)
    }

    /// Numbers that are worked out of a hidden one.
    private mutating func hideWhatFollows() {
        occupancy.total.hide(\.unoccupied, "unoccupied", unless: occupancy.total.occupied)
        for index in occupancy.sites.indices {
            let people = occupancy.sites[index].counts.occupied
            occupancy.sites[index].counts.hide(\.unoccupied, "unoccupied", unless: people)
        }
        // A share and its number tell the total, and the total and a share the number.
        for index in flows.nationalities.indices {
            let people = flows.nationalities[index].people
            flows.nationalities[index].hide(\.percent, "percent", unless: people, flows.present)
        }
        for index in flows.exits.indices {
            let people = flows.exits[index].people
            flows.exits[index].hide(\.percent, "percent", unless: people, flows.departures)
        }
        for groups in [\Answer.operations.kinds, \Answer.operations.arrondissements] {
            for index in self[keyPath: groups].indices {
                let people = self[keyPath: groups][index].people
                self[keyPath: groups][index].hide(\.percent, "percent", unless: people, operations.people)
            }
        }
        for index in stays.indices {
            let people = stays[index].people
            stays[index].hide(\.stays, "stays", unless: people)
            stays[index].hide(\.daysMeanTenths, "days_mean_tenths", unless: people)
            stays[index].hide(\.withinTarget, "within_target", unless: people)
            stays[index].hide(\.beyondTarget, "beyond_target", unless: people)
        }
        let concluded = evaluations.concluded
        evaluations.hide(\.daysMeanTenths, "days_mean_tenths", unless: concluded)
    }
}

/// Numbers with the names of those among them that are kept back.
private protocol Veilable {
    var masked: [Identifier] { get set }
}

extension Veilable {
    /// Takes out a number unless all of those that it follows from are shown.
    fileprivate mutating func hide(_ value: WritableKeyPath<Self, Int?>, _ name: Identifier, unless shown: Int?...) {
        guard shown.contains(nil), self[keyPath: value] != nil else { return }
        self[keyPath: value] = nil
        masked.append(name)
    }
}

extension BilanQuery.Places: Veilable {}
extension BilanQuery.NationalityRow: Veilable {}
extension BilanQuery.Exit: Veilable {}
extension BilanQuery.OperationGroup: Veilable {}
extension BilanQuery.Stays: Veilable {}
extension BilanQuery.EvaluationsPart: Veilable {}

extension BilanQuery.Point {
    fileprivate mutating func round() {
        let step = BilanQuery.Series.publicStep
        occupied = (occupied + step / 2) / step * step
    }
}

/// The numbers of people of a bilan on their way through `Masking`.
private struct Sheet {
    private struct Entry {
        let cell: Masking.Cell
        let value: WritableKeyPath<BilanQuery.Answer, Int?>
        let masked: WritableKeyPath<BilanQuery.Answer, [Identifier]>
        let name: Identifier
    }

    private var answer: BilanQuery.Answer
    private var masking = Masking()
    private var entries: [Entry] = []

    init(_ answer: BilanQuery.Answer) { self.answer = answer }

    /// The answer without the numbers that have to be hidden.
    consuming func masked() -> BilanQuery.Answer {
        masking.settle()
        for entry in entries where masking.isHidden(entry.cell) {
            answer[keyPath: entry.value] = nil
            answer[keyPath: entry.masked].append(entry.name)
        }
        return answer
    }

    @discardableResult
    private mutating func enter(
        _ value: WritableKeyPath<BilanQuery.Answer, Int?>, _ name: Identifier,
        _ masked: WritableKeyPath<BilanQuery.Answer, [Identifier]>
    ) -> Masking.Cell {
        let cell = masking.enter(answer[keyPath: value] ?? 0)
        entries.append(Entry(cell: cell, value: value, masked: masked, name: name))
        return cell
    }

    /// Whoever came has left or is there; all three are told apart in lists of their own. Returns the arrivals.
    mutating func enterFlows() -> Masking.Cell {
        let arrivals = enter(\.flows.arrivals, "arrivals", \.flows.masked)
        let departures = enter(\.flows.departures, "departures", \.flows.masked)
        let present = enter(\.flows.present, "present", \.flows.masked)
        let oriented = enter(\.flows.oriented, "oriented", \.flows.masked)
        masking.add([departures, present], upTo: arrivals)
        let months = answer.flows.months.indices
        masking.add(
            months.map { enter(\.flows.months[$0].arrivals, "arrivals", \.flows.months[$0].masked) }, upTo: arrivals)
        masking.add(
            months.map { enter(\.flows.months[$0].departures, "departures", \.flows.months[$0].masked) },
            upTo: departures)
        masking.add(
            months.map { enter(\.flows.months[$0].oriented, "oriented", \.flows.months[$0].masked) }, upTo: oriented)
        masking.add(
            answer.flows.exits.indices.map { enter(\.flows.exits[$0].people, "people", \.flows.exits[$0].masked) },
            upTo: departures)
        masking.add(
            answer.flows.nationalities.indices.map {
                enter(\.flows.nationalities[$0].people, "people", \.flows.nationalities[$0].masked)
            }, upTo: present)
        let occupied = enter(\.occupancy.total.occupied, "occupied", \.occupancy.total.masked)
        masking.add([occupied], upTo: present)
        masking.add(
            answer.occupancy.sites.indices.map {
                enter(\.occupancy.sites[$0].counts.occupied, "occupied", \.occupancy.sites[$0].counts.masked)
            }, upTo: occupied)
        return arrivals
    }

    /// Where nobody moved between sites, those who stayed are those who arrived; where everybody came alone, there are as
    /// many stays as people. Returns the stays beyond their targets, all sites together.
    mutating func enterStays(of arrivals: Masking.Cell) -> Masking.Cell {
        var (all, late): ([Masking.Cell], [Masking.Cell]) = ([], [])
        for index in answer.stays.indices {
            let people = enter(\.stays[index].people, "people", \.stays[index].masked)
            let stays = enter(\.stays[index].stays, "stays", \.stays[index].masked)
            masking.add([stays], upTo: people)
            all.append(people)
            guard answer.stays[index].withinTarget != nil else { continue }
            let within = enter(\.stays[index].withinTarget, "within_target", \.stays[index].masked)
            let beyond = enter(\.stays[index].beyondTarget, "beyond_target", \.stays[index].masked)
            masking.add([within, beyond], upTo: stays)
            late.append(beyond)
        }
        masking.add(all, upTo: arrivals)
        let beyondTarget = masking.enterUnshown(answer.stays.reduce(0) { $0 + ($1.beyondTarget ?? 0) })
        masking.add(late, upTo: beyondTarget)
        return beyondTarget
    }

    mutating func enterOperations() {
        let people = enter(\.operations.people, "people", \.operations.masked)
        let placed = enter(\.operations.placed, "placed", \.operations.masked)
        let notPlaced = enter(\.operations.notPlaced, "not_placed", \.operations.masked)
        masking.add([placed, notPlaced], upTo: people)
        masking.add(
            answer.operations.kinds.indices.map {
                enter(\.operations.kinds[$0].people, "people", \.operations.kinds[$0].masked)
            }, upTo: people)
        masking.add(
            answer.operations.arrondissements.indices.map {
                enter(\.operations.arrondissements[$0].people, "people", \.operations.arrondissements[$0].masked)
            }, upTo: people)
    }

    mutating func enterServices() {
        let headcount = enter(\.services.headcount, "headcount", \.services.masked)
        masking.add(
            answer.services.acts.indices.map {
                enter(\.services.acts[$0].headcount, "headcount", \.services.acts[$0].masked)
            }, upTo: headcount)
    }

    /// Returns those who have waited beyond the norm.
    mutating func enterEvaluations() -> Masking.Cell {
        let requested = enter(\.evaluations.requested, "requested", \.evaluations.masked)
        let concluded = enter(\.evaluations.concluded, "concluded", \.evaluations.masked)
        let waiting = enter(\.evaluations.waiting, "waiting", \.evaluations.masked)
        masking.add([concluded, waiting], upTo: requested)
        masking.add(
            answer.evaluations.outcomes.indices.map {
                enter(\.evaluations.outcomes[$0].people, "people", \.evaluations.outcomes[$0].masked)
            }, upTo: concluded)
        let beyondNorm = enter(\.evaluations.waitingBeyondNorm, "waiting_beyond_norm", \.evaluations.masked)
        masking.add([beyondNorm], within: waiting)
        masking.add([enter(\.evaluations.sheltered, "sheltered", \.evaluations.masked)], within: requested)
        masking.add([enter(\.evaluations.referred, "referred", \.evaluations.masked)], within: requested)
        return beyondNorm
    }

    mutating func enterVolunteers() {
        let registered = enter(\.volunteers.registered, "registered", \.volunteers.masked)
        masking.add([enter(\.volunteers.refugees, "refugees", \.volunteers.masked)], within: registered)
        enter(\.volunteers.mobilised, "mobilised", \.volunteers.masked)
    }

    /// An anomaly may be one person's stay: some are counted elsewhere too, open and justified ones together. Others are
    /// about sites, goods and sources, and nobody's secret.
    mutating func enterAnomalies(_ counted: [AnomalyRule: Masking.Cell]) {
        var (open, justified): ([Masking.Cell], [Masking.Cell]) = ([], [])
        for index in answer.anomalies.rules.indices {
            guard answer.anomalies.rules[index].rule.isAboutPeople else {
                open.append(masking.enterPlain(answer.anomalies.rules[index].open ?? 0))
                justified.append(masking.enterPlain(answer.anomalies.rules[index].justified ?? 0))
                continue
            }
            open.append(enter(\.anomalies.rules[index].open, "open", \.anomalies.rules[index].masked))
            justified.append(enter(\.anomalies.rules[index].justified, "justified", \.anomalies.rules[index].masked))
            if let total = counted[answer.anomalies.rules[index].rule] {
                masking.add([open[index], justified[index]], upTo: total)
            }
        }
        masking.add(open, upTo: enter(\.anomalies.open, "open", \.anomalies.masked))
        masking.add(justified, upTo: enter(\.anomalies.justified, "justified", \.anomalies.masked))
    }
}

extension AnomalyRule {
    fileprivate var isAboutPeople: Bool {
        switch self {
        case .stayBeyondTarget, .audienceMismatch, .evaluationWaiting, .enteredLate: true
        case .occupancyAboveCapacity, .blockedAboveCapacity, .peopleNotPlaced, .pledgeOverdue, .needStale,
            .countDiffers, .serviceAboveCapacity, .sourcesDisagree:
            false
        }
    }
}

// MARK: Figures

extension BilanQuery.Answer {
    /// Figures about people that are small, or that would give a hidden number away: those that ask for something that
    /// was hidden, or for some of the sites of which some are hidden, but not all. More may be hidden than need be.
    fileprivate mutating func maskFigures(_ aboutPeople: Set<Identifier>) {
        let veil = Veil(self)
        for commitment in commitments.indices {
            for index in commitments[commitment].figures.indices {
                let figure = commitments[commitment].figures[index]
                guard aboutPeople.contains(figure.indicator), figure.isSmall || veil.covers(figure) else { continue }
                commitments[commitment].figures[index].mask()
            }
        }
    }
}

extension Figure {
    /// Whether it, or what is stated of it, is too small to tell.
    fileprivate var isSmall: Bool {
        let numbers = [computed] + stated.flatMap { [$0.value, $0.valueMax] }
        return numbers.contains { number in
            number.map { Decimal(0) < $0 && $0 < Decimal(Masking.smallMax + 1) } ?? false
        }
    }

    fileprivate mutating func mask() {
        computed = nil
        stated = []
        agreement = nil
        percentOfTarget = nil
        masked = true
    }
}

/// What was hidden in the tables, as calculations name it.
private struct Veil {
    /// Sites, nationalities, months…, as they stand in parameters and paths.
    private var keys: Set<String> = []
    /// Totals by the names they have in answers, per query.
    private var totals: [Identifier: Set<String>] = [:]
    private var sites: [BilanQuery.Site] = []
    /// Sites of whose stays something is hidden, but not who is there.
    private var sitesOfStays: Set<String> = []

    init(_ answer: BilanQuery.Answer) {
        let flows = answer.flows
        let months = flows.months.filter { !$0.masked.isEmpty }.map(\.month.string)
        let exits = flows.exits.filter { !$0.masked.isEmpty }.map(\.destination.rawValue)
        let nationalities = flows.nationalities.filter { !$0.masked.isEmpty }.map(\.nationality.description)
        let groups = (answer.operations.kinds + answer.operations.arrondissements).filter { !$0.masked.isEmpty }
        let acts = answer.services.acts.filter { !$0.masked.isEmpty }.map(\.kind.rawValue)
        let outcomes = answer.evaluations.outcomes.filter { !$0.masked.isEmpty }.map(\.outcome.rawValue)
        sitesOfStays = Set(answer.stays.filter { !$0.masked.isEmpty }.map(\.site.description))
        sites = answer.occupancy.sites.filter { !$0.counts.masked.isEmpty }
        keys = Set(months + exits + nationalities + groups.map(\.key.string) + acts + outcomes)
        keys.formUnion(sites.map(\.site.description))
        totals = [
            "query.flows": Set(flows.masked.map(\.description)),
            "query.occupancy": Set(answer.occupancy.total.masked.map(\.description)),
            "query.operations": Set(answer.operations.masked.map(\.description)),
            "query.services": Set(answer.services.masked.map(\.description)),
            "query.evaluations": Set(answer.evaluations.masked.map(\.description)),
            "query.volunteers": Set(answer.volunteers.masked.map(\.description)),
        ]
    }

    func covers(_ figure: Figure) -> Bool {
        guard let calculation = figure.calculation else { return false }
        return (calculation.sum + calculation.per).contains(where: covers)
    }

    private func covers(_ term: Term) -> Bool {
        let path = term.path.string
        let last = path.split(separator: ".").last.map(String.init) ?? path
        let isOfOneSite = term.params.all.contains { $0.name == "site" }
        if !isOfOneSite, totals[term.method]?.contains(last) ?? false { return true }
        let params = term.params.all.flatMap { parameter -> [String] in
            guard case .text(let text) = parameter.value else { return [] }
            return text.split(separator: ",").map(String.init)
        }
        let chosen = path.split { "[]=,|".contains($0) }.map(String.init)
        if (params + chosen).contains(where: keys.contains) { return true }
        if term.method == "query.stays", (params + chosen).contains(where: sitesOfStays.contains) { return true }
        return choosesSome(of: sites, term.params)
    }

    /// Whether the parameters choose some of the hidden sites and leave out others.
    private func choosesSome(of sites: [BilanQuery.Site], _ params: Parameters) -> Bool {
        func text(_ name: String) -> String? {
            guard case .text(let text) = params.all.first(where: { $0.name == name })?.value else { return nil }
            return text
        }
        let (kind, commune) = (text("kind"), text("commune"))
        let inside = sites.count { site in
            (kind.map { $0 == site.kind.rawValue } ?? true)
                && (commune.map { $0 == site.commune?.description } ?? true)
        }
        return inside > 0 && inside < sites.count
    }
}
