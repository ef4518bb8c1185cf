public import AccueilDomain

/// A story told to a world: given what happened, when a command comes, then this follows. Pure; time is in each step.
///
///     var story = Scenario()
///     try story.given("2016-11-10", open)
///     #expect(story.when("2016-11-11", close).rule == "site_not_empty")
public struct Scenario {
    public private(set) var world: World
    private var position = 0

    public init(calendar: CivilCalendar = .utc) {
        world = World(calendar: calendar)
    }

    /// What became of a command.
    public struct Verdict {
        /// What was written; nothing if it was refused or had already happened.
        public var outcomes: [Outcome] = []
        public var rejection: Rejection?

        public var accepted: Bool { rejection == nil }
        /// Types of the events written.
        public var events: [String] { outcomes.map { type(of: $0.event).type } }
        public var anomalies: [AnomalyRule] { outcomes.flatMap(\.anomalies) }
        /// The rule that refused.
        public var rule: String? { rejection?.rule }

        /// A value that the rejection names, as text.
        public func fact(_ name: String) -> String? {
            switch rejection?.facts.first(where: { $0.name == name })?.value {
            case .text(let text): text
            case .number(let number): String(number)
            case nil: nil
            }
        }
    }

    /// Takes commands that must succeed, in this order, all at `moment`: a date, or an RFC 3339 time.
    public mutating func given(_ moment: String, _ commands: any CommandRecord...) throws(Rejection) {
        for command in commands {
            if let rejection = when(moment, command).rejection { throw rejection }
        }
    }

    /// Decides a command and takes what follows from it; it is recorded when it happens unless said otherwise.
    @discardableResult
    public mutating func when(
        _ moment: String, _ command: some CommandRecord, recorded: String? = nil
    ) -> Verdict {
        var stamp = stamp(moment, recorded: recorded)
        var verdict = Verdict()
        do throws(Rejection) {
            verdict.outcomes = try command.decide(world, stamp)
        } catch {
            verdict.rejection = error
        }
        for outcome in verdict.outcomes {
            position += 1
            stamp.sequence = position
            world.take(outcome.event, stamp)
        }
        return verdict
    }

    /// The answer to a query, `today` being the day on which it is asked.
    public func ask<Query: QueryRecord>(_ query: Query, today: String) throws(Rejection) -> Query.Answer {
        try query.answer(world, today: day(today))
    }

    /// The anomalies of one rule as of a day.
    public func anomalies(_ rule: AnomalyRule, asOf date: String) -> [Anomaly] {
        world.anomalies(asOf: day(date)).filter { $0.rule == rule }
    }

    private func stamp(_ moment: String, recorded: String?) -> Stamp {
        let time = timestamp(moment)
        return Stamp(
            sequence: 0, time: time, day: world.calendar.day(of: time), recorded: recorded.map(timestamp) ?? time)
    }

    private func timestamp(_ text: String) -> Timestamp {
        guard let time = Timestamp(text) ?? Day(text).map({ world.calendar.start(of: $0) }) else {
            preconditionFailure("neither a date nor a time: \(text)")
        }
        return time
    }

    private func day(_ text: String) -> Day {
        guard let day = Day(text) else { preconditionFailure("not a date: \(text)") }
        return day
    }
}

extension Day: ExpressibleByStringLiteral {
    /// In tests, days are written as dates.
    public init(stringLiteral text: String) {
        guard let day = Day(text) else { preconditionFailure("not a date: \(text)") }
        self = day
    }
}

extension Record {
    /// The blank record, filled in.
    public static func with(_ fill: (inout Self) -> Void) -> Self {
        var record = Self()
        fill(&record)
        return record
    }
}
