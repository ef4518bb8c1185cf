/// The operations: planned, then carried out or cancelled, each at most once.
public struct Operations: Sendable {
    public struct Operation: Sendable {
        public let plan: OperationPlanned
        public let planned: Day
        public internal(set) var carriedOut: (report: OperationCarriedOut, day: Day)?
        public internal(set) var cancelled: (reason: CancellationReason, day: Day)?

        /// Where it took place. Another commune than the planned one takes the planned arrondissement with it.
        public func place(_ report: OperationCarriedOut) -> (commune: Commune?, arrondissement: Int?) {
            let elsewhere = report.commune.map { $0 != plan.commune } ?? false
            return (
                report.commune ?? plan.commune,
                report.arrondissement ?? (elsewhere ? nil : plan.arrondissement)
            )
        }

        public func partners(_ report: OperationCarriedOut) -> [Identifier] {
            report.partners.isEmpty ? plan.partners : report.partners
        }
    }

    private var numbers = Registry()
    public private(set) var all = Chunked<Operation>()

    public subscript(_ id: Identifier) -> Operation? { numbers.find(id).map { all[$0] } }

    func isKnown(_ id: Identifier) -> Bool { numbers.find(id) != nil }

    /// The operation, or the rejection that says it is unknown.
    func known(_ id: Identifier) throws(Rejection) -> Operation {
        guard let operation = self[id] else { throw .unknownOperation(id) }
        return operation
    }

    mutating func plan(_ plan: OperationPlanned, on day: Day) {
        guard numbers.enter(plan.operation) == all.count else { return }
        all.append(Operation(plan: plan, planned: day))
    }

    mutating func carryOut(_ report: OperationCarriedOut, on day: Day) {
        guard let number = numbers.find(report.operation) else { return }
        all[number].carriedOut = (report, day)
    }

    mutating func cancel(_ operation: Identifier, _ reason: CancellationReason, on day: Day) {
        guard let number = numbers.find(operation) else { return }
        all[number].cancelled = (reason, day)
    }

    func anomalies(asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        all.visit { _, operation in
            guard let (report, carriedOut) = operation.carriedOut, carriedOut <= day else { return }
            let notPlaced = report.people - report.placed
            guard notPlaced > 0 else { return }
            found.append(Anomaly(.peopleNotPlaced, report.subject, since: carriedOut, value: notPlaced, limit: 0))
        }
        return found
    }
}
