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
    /// Answers as of other days, those of which sources speak: only of the latest few of them.
    private var passing: [(day: Day, answers: [Question: (any Record)?])] = []
    private static let passingDaysMax = 8
    /// How many questions have been put to the world.
    private(set) var questions = 0
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
        if definition.calculation != nil {
            do throws(Absent) {
                switch try value(of: indicator, on: asOf) {
                case .number(let number): figure.computed = number
                case .day(let day): figure.computedDay = day
                }
            } catch { figure.absence = error.reason }
        }
        figure.stated = indicator.stated(asOf: asOf)
        figure.agreement = agreement(of: indicator)
        figure.target = definition.target
        if let target = definition.target, target > Decimal(), !definition.isDay, let reached = figure.reached {
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
        return days(of: indicator).compactMap { anomaly(of: indicator, $0.day, $0.statements) }
    }

    private mutating func anomaly(of indicator: Plan.Indicator, _ day: Day, _ statements: [Statement]) -> Anomaly? {
        guard let (value, other) = claims(indicator, day, statements).contradiction else { return nil }
        return Anomaly(
            .sourcesDisagree, indicator.definition.subject, since: day, value: value.whole, limit: other.whole)
    }

    /// What is said of an indicator on one day, by its calculation and by these statements.
    mutating func claims(_ indicator: Plan.Indicator, _ day: Day, _ statements: [Statement]) -> Claims {
        Claims(computed: try? value(of: indicator, on: day).number, statements)
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

    /// There is no figure, and why.
    private struct Absent: Error { let reason: FigureAbsence }

    private mutating func value(of indicator: Plan.Indicator, on day: Day) throws(Absent) -> Value {
        guard let calculation = indicator.definition.calculation else { throw Absent(reason: .onlyStated) }
        let sum = try total(of: calculation.sum, on: day)
        if indicator.definition.isDay {
            guard let found = sum.day else { throw Absent(reason: .nothingFound) }
            return .day(found)
        }
        let per: Int128? = calculation.per.isEmpty ? nil : try total(of: calculation.per, on: day).number
        if per == 0 { throw Absent(reason: .dividesByZero) }
        guard let result = calculation.result(sum: sum.number, per: per) else { throw Absent(reason: .tooGreat) }
        return .number(result)
    }

    private mutating func total(of terms: [Term], on day: Day) throws(Absent) -> (number: Int128, day: Day?) {
        var total: (number: Int128, day: Day?) = (0, nil)
        for term in terms {
            guard let path = AnswerPath(term.path), let answer = try answer(to: term, on: day) else {
                throw Absent(reason: .notAnswered)
            }
            let found = path.findings(in: answer)
            total.number += term.minus ? -found.tenThousandths : found.tenThousandths
            total.day = found.day
        }
        return total
    }

    /// The answer as of a day, or as of the earlier one to which the term holds itself.
    private mutating func answer(to term: Term, on day: Day) throws(Absent) -> (any Record)? {
        var params = term.params
        var asOf = day
        if case .text(let text) = params["as_of"] {
            guard let held = Day(text), held <= day else { throw Absent(reason: .notYet) }
            asOf = held
        }
        let isPassing = asOf != self.asOf && params["as_of"] == nil
        params["as_of"] = .text(asOf.description)
        let question = Question(
            method: term.method, params: Dictionary(params.all.map { ($0.name, $0.value) }) { first, _ in first })
        if let known = isPassing ? passing.last(where: { $0.day == asOf })?.answers[question] : answers[question] {
            return known
        }
        questions += 1
        let answer = Catalogue.queriesByMethod[term.method.description].flatMap { ask($0, params, today: asOf) }
        if isPassing { keep(answer, to: question, asOf: asOf) } else { answers[question] = .some(answer) }
        return answer
    }

    private mutating func keep(_ answer: (any Record)?, to question: Question, asOf day: Day) {
        if !passing.contains(where: { $0.day == day }) {
            passing.append((day, [:]))
            if passing.count > Self.passingDaysMax { passing.removeFirst() }
        }
        guard let index = passing.firstIndex(where: { $0.day == day }) else { return }
        passing[index].answers[question] = .some(answer)
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
    var reached: Decimal? { computed ?? computedDay.map { Decimal($0) } ?? stated.first { $0.value != nil }?.value }

    /// Whether the target is reached, if there is one: a number is at least that, a day no later.
    var isOnTarget: Bool? {
        guard let target, let reached else { return nil }
        return unit == Calculation.dayUnit ? reached <= target : reached >= target
    }
}

extension Decimal {
    /// A day as a number: 20170309.
    init(_ day: Day) {
        let (year, month, date) = day.civil
        self.init(year * 10_000 + month * 100 + date)
    }
}
