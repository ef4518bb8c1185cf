/// The services: what people are offered besides a place, by whom, when, and how often it was used.
public struct Services: Sendable {
    /// In a row: no provider, site or referral.
    static let none = UInt32.max

    public struct Service: Sendable {
        public let id: Identifier
        /// What it was opened as, each time.
        public internal(set) var openings = DatedValue<ServiceOpened>()
        /// When the service was open, in order, at least one; the last is open-ended while the service is.
        public internal(set) var periods: [(from: Day, to: Day?)] = []
        public internal(set) var operators = DatedValue<[Identifier]>()
        public internal(set) var schedule = DatedValue<Schedule>()
        public internal(set) var staffing: [Identifier: DatedValue<Staffing>] = [:]
        public internal(set) var capacity = DatedValue<Int>()
        public internal(set) var places: [Identifier: DatedValue<Place>] = [:]
        /// People served on each day on which any were counted.
        var served: [Day: Int] = [:]
        /// The latest day with an act, counted or not.
        var lastAct: Day?

        /// What it was opened as on a day, or at first if that is later.
        public func opening(on day: Day) -> ServiceOpened { openings.value(on: day) ?? openings.entries[0].value }

        /// The latest period.
        var period: (from: Day, to: Day?) { periods[periods.count - 1] }

        /// Open at the end of a day.
        public func isOpen(on day: Day) -> Bool {
            periods.contains { $0.from <= day && ($0.to.map { day < $0 } ?? true) }
        }

        /// Open at some time of a day, so that something could be done on it: the day on which it closed is its last.
        func works(on day: Day) -> Bool {
            periods.contains { $0.from <= day && ($0.to.map { day <= $0 } ?? true) }
        }

        /// Belongs to a site of the register on a day, or has a place there.
        func isAt(_ site: Identifier, on day: Day) -> Bool {
            opening(on: day).sites.contains(site) || places.values.contains { $0.value(on: day) == .on(site) }
        }

        /// There was room for fewer people than were served on a day, `people` more among them.
        func isAboveCapacity(on day: Day, adding people: Int = 0) -> Bool {
            capacity.value(on: day).map { (served[day] ?? 0) + people > $0 } ?? false
        }

        /// One for each run of days on which more people were served than there was room for, with the day of the run
        /// that was worst. It holds from its first day on: what happened does not pass by itself.
        fileprivate func overruns(asOf: Day) -> [Anomaly] {
            guard !capacity.entries.isEmpty else { return [] }
            var runs: [Anomaly] = []
            var last: Day?
            for day in served.keys.filter({ $0 <= asOf && isAboveCapacity(on: $0) }).sorted() {
                let (people, places) = (served[day] ?? 0, capacity.value(on: day) ?? 0)
                if let last, day - last == 1 {
                    let worst = runs[runs.count - 1]
                    if people - places > worst.value - worst.limit {
                        (runs[runs.count - 1].value, runs[runs.count - 1].limit) = (people, places)
                    }
                } else {
                    runs.append(
                        Anomaly(
                            .serviceAboveCapacity, Subject(.service, id), since: day, value: people, limit: places))
                }
                last = day
            }
            return runs
        }
    }

    public struct Schedule: Sendable, Equatable {
        /// In the week's order.
        public let days: [Weekday]
        public let opens: ClockTime?
        public let closes: ClockTime?

        init(_ set: ServiceScheduleSet) {
            days = Weekday.allCases.filter(set.days.contains)
            opens = set.opens
            closes = set.closes
        }
    }

    public struct Staffing: Sendable, Equatable {
        public let posts: Int?
        public let fte: Decimal?

        /// Nobody works in the role any more; where nothing is known of the number, somebody does.
        var isNobody: Bool { (posts ?? 0) == 0 && (fte ?? Decimal()) == Decimal() && (posts != nil || fte != nil) }
    }

    /// Whether a service is to be found at a place.
    public enum Place: Sendable, Equatable {
        /// It is, on a site of the register.
        case on(Identifier)
        /// It is, elsewhere.
        case elsewhere
        /// It no longer is.
        case left

        init(_ site: Identifier?) { self = site.map { .on($0) } ?? .elsewhere }

        var site: Identifier? {
            switch self {
            case .on(let site): site
            case .elsewhere, .left: nil
            }
        }
    }

    struct Act {
        let service: UInt32
        let day: Int32
        let kind: ActKind
        /// 0 where nobody counted.
        let headcount: Int
        /// Numbers of names, `none` where absent.
        let provider: UInt32
        let site: UInt32
        let to: UInt32
    }

    private var numbers = Registry()
    public private(set) var all: [Service] = []
    private(set) var acts = Chunked<Act>()
    /// Providers, sites and places that acts name.
    private(set) var names = Registry()

    public subscript(_ id: Identifier) -> Service? { numbers.find(id).map { all[$0] } }

    /// The service, or the rejection that says it is unknown.
    @discardableResult
    func known(_ id: Identifier) throws(Rejection) -> Service {
        guard let service = self[id] else { throw .unknownService(id) }
        return service
    }

    mutating func open(_ opening: ServiceOpened, on day: Day) {
        let number = numbers.enter(opening.service)
        if number == all.count { all.append(Service(id: opening.service)) }
        all[number].openings.set(opening, from: day)
        all[number].operators.set(opening.operators, from: day)
        if all[number].periods.isEmpty || all[number].period.to != nil { all[number].periods.append((day, nil)) }
    }

    mutating func change(_ id: Identifier, _ body: (inout Service) -> Void) {
        guard let number = numbers.find(id) else { return }
        body(&all[number])
    }

    mutating func record(_ act: ServiceActRecorded, on day: Day) {
        guard let number = numbers.find(act.service) else { return }
        acts.append(
            Act(
                service: UInt32(number), day: day.rawValue, kind: act.kind, headcount: act.headcount ?? 0,
                provider: enter(act.provider), site: enter(act.site), to: enter(act.to)))
        if let headcount = act.headcount { all[number].served[day, default: 0] += headcount }
        all[number].lastAct = max(all[number].lastAct ?? day, day)
    }

    private mutating func enter(_ name: Identifier?) -> UInt32 { name.map { UInt32(names.enter($0)) } ?? Self.none }

    /// What `Act` calls a name by; nothing where no act names it.
    func number(ofName id: Identifier) -> UInt32? { names.find(id).map { UInt32($0) } }

    func name(_ number: UInt32) -> Identifier? { number == Self.none ? nil : names[Int(number)] }

    func anomalies(asOf day: Day) -> [Anomaly] { all.flatMap { $0.overruns(asOf: day) } }
}
