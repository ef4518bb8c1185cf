/// The days that a query is about, the first and the last included; open-ended where one is absent.
struct Period {
    let from: Day?
    let to: Day?

    init(from: Day?, to: Day?) throws(Rejection) {
        if let from, let to, from > to { throw .emptyPeriod(from, to) }
        self.from = from
        self.to = to
    }

    func contains(_ day: Day) -> Bool {
        (from.map { $0 <= day } ?? true) && (to.map { day <= $0 } ?? true)
    }
}

extension Rejection {
    static func emptyPeriod(_ from: Day, _ to: Day) -> Rejection {
        Rejection("empty_period", "the period from \(from) to \(to) has no day", ["from": from, "to": to])
    }
}
