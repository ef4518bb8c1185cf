/// The figures of a plan as of a day. Within one book a question is answered once, however many figures follow from it.
public struct FigureBook {
    private struct Question: Hashable {
        let method: Identifier
        /// `as_of` among them.
        let params: [String: Parameter]
    }

    private enum Value {
        case number(Decimal)
        case day(Day)

        /// As a number: a day is year, month and day in eight digits, 20170309.
        var number: Decimal {
            switch self {
            case .number(let number): number
            case .day(let day): Decimal(day)
            }
        }
    }

    public let asOf: Day
    private let world: World
    /// Nothing where the query was refused: a site it names is not known, a period has no day yet.
    private var answers: [Question: (any Record)?] = [:]
    /// How many questions have been put to the world.
    var questions: Int { answers.count }
    private var figures: [Identifier: Figure] = [:]

    public init(_ world: World, asOf: Day) {
        self.world = world
        self.asOf = asOf
    }

    /// The figure of an indicator; `nil` if it is unknown or was defined later than the day.
    public mutating func figure(of id: Identifier) -> Figure? {
        if let figure = figures[id] { return figure }
        guard let indicator = world.plan[indicator: id], indicator.defined <= asOf else { return nil }
        let definition = indicator.definition
        var figure = Figure()
        figure.indicator = id
        figure.commitment = definition.commitment
        figure.title = definition.title
        figure.unit = definition.unit
        switch value(of: indicator, on: asOf) {
        case .number(let number): figure.computed = number
        case .day(let day): figure.computedDay = day
        case nil: break
        }
        figure.stated = indicator.stated(asOf: asOf)
        figure.agreement = agreement(of: indicator)
        figure.target = definition.target
        if let target = definition.target, target > Decimal(), let reached = figure.reached {
            figure.percentOfTarget = roundedHalfUp(
                Int128(reached.tenThousandths) * 100, over: Int128(target.tenThousandths)
            ).flatMap { Int(exactly: $0) }
        }
        figure.calculation = definition.calculation
        figures[id] = figure
        return figure
    }

    /// The figures of all indicators that are chosen, by commitment in the order of the plans, then as they were recorded.
    public mutating func figures(
        plan: Identifier? = nil, commitment: Identifier? = nil, indicator: Identifier? = nil
    ) -> [Figure] {
        let ids = Dictionary(grouping: world.plan.indicators.map(\.definition)) { $0.commitment }
        let chosen = world.plan.commitmentsInOrder.map(\.declaration).filter { declaration in
            plan ?? declaration.plan == declaration.plan
                && commitment ?? declaration.commitment == declaration.commitment
        }
        var figures: [Figure] = []
        for definition in chosen.flatMap({ ids[$0.commitment] ?? [] }) {
            guard indicator ?? definition.indicator == definition.indicator else { continue }
            if let figure = figure(of: definition.indicator) { figures.append(figure) }
        }
        return figures
    }

    /// Where what is said of an indicator cannot all be true: one anomaly for each day of which it is said.
    mutating func anomalies(of indicator: Plan.Indicator) -> [Anomaly] {
        guard indicator.defined <= asOf else { return [] }
        return days(of: indicator).compactMap { day, statements in
            guard let (value, other) = claims(indicator, day, statements).contradiction else { return nil }
            return Anomaly(
                .sourcesDisagree, indicator.definition.subject, since: day, value: value.whole, limit: other.whole)
        }
    }

    /// What is said of an indicator on one day, by its calculation and by these statements.
    mutating func claims(_ indicator: Plan.Indicator, _ day: Day, _ statements: [Statement]) -> Claims {
        Claims(computed: value(of: indicator, on: day)?.number, statements)
    }

    private mutating func agreement(of indicator: Plan.Indicator) -> Agreement? {
        let found = days(of: indicator).compactMap { claims(indicator, $0.day, $0.statements).agreement }
        return found.isEmpty ? nil : found.contains(.disagree) ? .disagree : .agree
    }

    /// The statements known as of the day, by the day of which they speak.
    private func days(of indicator: Plan.Indicator) -> [(day: Day, statements: [Statement])] {
        Dictionary(grouping: indicator.stated(asOf: asOf)) { $0.day }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    // MARK: Computing

    private mutating func value(of indicator: Plan.Indicator, on day: Day) -> Value? {
        guard let calculation = indicator.definition.calculation, let sum = total(of: calculation.sum, on: day) else {
            return nil
        }
        if indicator.definition.isDay { return sum.day.map { .day($0) } }
        guard !calculation.per.isEmpty else { return calculation.result(sum: sum.number, per: nil).map { .number($0) } }
        return total(of: calculation.per, on: day)
            .flatMap { calculation.result(sum: sum.number, per: $0.number) }.map { .number($0) }
    }

    private mutating func total(of terms: [Term], on day: Day) -> (number: Int128, day: Day?)? {
        var total: (number: Int128, day: Day?) = (0, nil)
        for term in terms {
            guard let path = AnswerPath(term.path), let answer = answer(to: term, on: day) else { return nil }
            let found = path.findings(in: answer)
            total.number += term.minus ? -found.tenThousandths : found.tenThousandths
            total.day = found.day
        }
        return total
    }

    /// The answer as of a day, or as of the earlier one to which the term holds itself.
    private mutating func answer(to term: Term, on day: Day) -> (any Record)? {
        var params = term.params
        var asOf = day
        if case .text(let text) = params["as_of"] {
            guard let held = Day(text), held <= day else { return nil }
            asOf = held
        }
        params["as_of"] = .text(asOf.description)
        let question = Question(
            method: term.method, params: Dictionary(params.all.map { ($0.name, $0.value) }) { first, _ in first })
        if let known = answers[question] { return known }
        let answer = Catalogue.queriesByMethod[term.method.description].flatMap { ask($0, params, today: asOf) }
        answers[question] = .some(answer)
        return answer
    }

    private func ask<Query: QueryRecord>(_ type: Query.Type, _ params: Parameters, today: Day) -> (any Record)? {
        guard let query = try? params.read(type) else { return nil }
        return try? query.answer(world, today: today)
    }
}

extension World {
    /// One figure as of a day; for many, ask one `FigureBook`.
    public func figure(of indicator: Identifier, asOf day: Day) -> Figure? {
        var book = FigureBook(self, asOf: day)
        return book.figure(of: indicator)
    }
}

extension Figure {
    /// What counts against the target: the computed figure, or else the latest that a source puts a number to.
    var reached: Decimal? { computed ?? stated.first { $0.value != nil }?.value }
}

extension Decimal {
    /// A day as a number: 20170309.
    init(_ day: Day) {
        let (year, month, date) = day.civil
        self.init(year * 10_000 + month * 100 + date)
    }
}
