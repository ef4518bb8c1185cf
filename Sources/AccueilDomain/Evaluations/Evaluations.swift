/// The evaluations of young people who declare themselves minors, from the request to the outcome.
public struct Evaluations: Sendable {
    /// How many days people wait for the outcome at most where their service has no norm of its own: the five days of the
    /// accueil provisoire d'urgence (Code de l'action sociale et des familles, article R. 221-11).
    public static let normDays = 5

    /// One request, of one person or of an anonymous group:
    ///
    ///     requested ──► sheltered, any number of times ──► concluded        (referred at any time, once)
    public struct Evaluation: Sendable {
        public let request: EvaluationRequested
        public let requested: Day
        let requestedLate: Bool
        /// Where they were sheltered, from which day on.
        public internal(set) var shelters = DatedValue<EvaluationSheltered>()
        public internal(set) var concluded: (outcome: EvaluationOutcome, day: Day, isLate: Bool)?
        public internal(set) var referred: (referral: EvaluationReferred, day: Day)?

        public var headcount: Int { request.headcount }

        /// Not concluded at the end of a day.
        public func isWaiting(on day: Day) -> Bool {
            requested <= day && concluded.map { day < $0.day } ?? true
        }
    }

    private var numbers = Registry()
    private(set) var all = Chunked<Evaluation>()
    /// Numbers of the evaluations of each person.
    private var ofPerson: [Identifier: [Int]] = [:]
    private var norms: [Identifier: DatedValue<Int>] = [:]

    public subscript(_ id: Identifier) -> Evaluation? { numbers.find(id).map { all[$0] } }

    /// The evaluation, or the rejection that says it is unknown.
    func known(_ id: Identifier) throws(Rejection) -> Evaluation {
        guard let evaluation = self[id] else {
            throw Rejection("unknown_evaluation", "no evaluation \(id): request it first", ["evaluation": id])
        }
        return evaluation
    }

    /// The evaluations of a person, in the order in which they were recorded.
    func evaluations(of person: Identifier) -> [Evaluation] { ofPerson[person, default: []].map { all[$0] } }

    /// The norm that was set for a service, and from which day on.
    func norm(of service: Identifier) -> DatedValue<Int> { norms[service] ?? DatedValue() }

    /// How many days people wait for the outcome at most, as of a day.
    func norm(for evaluation: Evaluation, on day: Day) -> Int {
        evaluation.request.service.flatMap { norm(of: $0).value(on: day) } ?? Self.normDays
    }

    /// The evaluation is not concluded at the end of a day, and more days have passed since the request than the norm.
    func isWaitingBeyondNorm(_ evaluation: Evaluation, on day: Day) -> Bool {
        evaluation.isWaiting(on: day) && day - evaluation.requested > norm(for: evaluation, on: day)
    }

    mutating func request(_ request: EvaluationRequested, _ stamp: Stamp) {
        guard numbers.enter(request.evaluation) == all.count else { return }
        if let person = request.person { ofPerson[person, default: []].append(all.count) }
        all.append(Evaluation(request: request, requested: stamp.day, requestedLate: stamp.isLate))
    }

    mutating func change(_ id: Identifier, _ body: (inout Evaluation) -> Void) {
        guard let number = numbers.find(id) else { return }
        body(&all[number])
    }

    mutating func setNorm(of service: Identifier, days: Int, from day: Day) {
        norms[service, default: DatedValue()].set(days, from: day)
    }

    func anomalies(asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        all.visit { _, evaluation in
            guard evaluation.requested <= day else { return }
            if isWaitingBeyondNorm(evaluation, on: day) {
                let norm = norm(for: evaluation, on: day)
                found.append(
                    Anomaly(
                        .evaluationWaiting, evaluation.request.subject, since: evaluation.requested + (norm + 1),
                        value: day - evaluation.requested, limit: norm))
            }
            // An evaluation is late once, however much of it was told late.
            guard let since = evaluation.lateSince(asOf: day) else { return }
            found.append(
                Anomaly(.enteredLate, evaluation.request.subject, since: since, value: 1, limit: Stamp.lateDays))
        }
        return found
    }
}

extension Evaluations.Evaluation {
    /// The day of the first of its facts that was told late.
    fileprivate func lateSince(asOf day: Day) -> Day? {
        if requestedLate { return requested }
        return concluded.flatMap { $0.isLate && $0.day <= day ? $0.day : nil }
    }
}
