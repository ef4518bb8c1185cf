/// Who is where: one row per stay on one site, small enough for ten million of them.
public struct Placements: Sendable {
    /// One stay on one site; a transfer ends one and begins another of the same placement.
    public struct Stay: Sendable {
        public static let nobody = UInt32.max
        public static let stillOpen = Int32.max

        /// Number of the placement.
        public let placement: UInt32
        /// Number of the person, `nobody` for an anonymous group.
        public let person: UInt32
        public let site: UInt32
        public let start: Int32
        public internal(set) var end: Int32
        public let adults: UInt16
        public let children: UInt16
        public let nationality: UInt16
        public let audience: Audience
        /// Why this stay ended; `nil` while it is open and after a transfer.
        public internal(set) var destination: Destination?
        /// The stay began by a transfer.
        public let continues: Bool
        /// It ended by a transfer.
        public internal(set) var transferred: Bool
        public internal(set) var enteredLate: Bool
        public let audienceMismatch: Bool

        public var headcount: Int { Int(adults) + Int(children) }
        public var startDay: Day { Day(rawValue: start) }
        public var endDay: Day? { end == Self.stillOpen ? nil : Day(rawValue: end) }
        /// Present on the night that follows `day`.
        public func isPresent(on day: Day) -> Bool { start <= day.rawValue && day.rawValue < end }
    }

    /// What an open stay needs on top, until it ends.
    struct Open: Sendable {
        var stay: UInt32
        var since: Timestamp
        var bed: Identifier?
    }

    struct Bed: Hashable { let site: UInt32; let bed: Identifier }

    /// A party that asked for a place.
    public struct Request: Sendable {
        public let party: Party
        public let site: Identifier?
        public let day: Day
        public internal(set) var closed: (day: Day, outcome: RequestOutcome, destination: Destination?)?

        public func isWaiting(on asOf: Day) -> Bool { day <= asOf && closed.map { $0.day > asOf } ?? true }
    }

    private(set) var numbers = Registry()
    private(set) var persons = Registry()
    public private(set) var stays = Chunked<Stay>()
    /// The latest stay of each placement.
    private var latest = Chunked<UInt32>()
    private var open: [UInt32: Open] = [:]
    private var openByPerson: [UInt32: UInt32] = [:]
    private var beds: [Bed: UInt32] = [:]
    /// People present per site and audience, by day.
    private var occupancy: [[Audience: DailyCount]] = []
    private(set) var requestNumbers = Registry()
    public private(set) var requests = Chunked<Request>()

    public func id(ofPlacement number: UInt32) -> Identifier { numbers[Int(number)] }
    public func id(ofPerson number: UInt32) -> Identifier? { number == Stay.nobody ? nil : persons[Int(number)] }
    public func number(ofPerson id: Identifier) -> UInt32? { persons.find(id).map { UInt32($0) } }
    public func bed(ofPlacement number: UInt32) -> Identifier? { open[number]?.bed }

    /// People on a site on the night that follows `day`.
    public func occupied(site: Int, audience: Audience? = nil, on day: Day) -> Int {
        guard site < occupancy.count else { return 0 }
        if let audience { return occupancy[site][audience]?.value(on: day) ?? 0 }
        return occupancy[site].values.reduce(0) { $0 + $1.value(on: day) }
    }

    /// Who is on a site on the night that follows `day`, by audience.
    public func occupiedByAudience(site: Int, on day: Day) -> [(audience: Audience, people: Int)] {
        guard site < occupancy.count else { return [] }
        return Audience.allCases.compactMap { audience in
            occupancy[site][audience].map { (audience, $0.value(on: day)) }
        }
    }

    /// The most people on a site on any night from `day` on, as known now.
    func occupiedMaximum(site: Int, from day: Day) -> Int {
        guard site < occupancy.count else { return 0 }
        let last = max(day, occupancy[site].values.compactMap(\.last).max() ?? day)
        return occupied(site: site, from: day, days: last - day + 1).max() ?? 0
    }

    /// People on a site on each of `days` nights, the first that which follows `day`.
    public func occupied(site: Int, from day: Day, days: Int) -> [Int] {
        guard site < occupancy.count else { return Array(repeating: 0, count: days) }
        return occupancy[site].values.reduce(into: Array(repeating: 0, count: days)) { sum, count in
            for (index, value) in count.values(from: day, count: days).enumerated() { sum[index] += value }
        }
    }

    /// The latest stay of a placement, and what is open of it.
    func find(_ placement: Identifier) -> (stay: Stay, open: Open?)? {
        guard let number = numbers.find(placement), number < latest.count else { return nil }
        return (stays[Int(latest[number])], open[UInt32(number)])
    }

    /// The placement that holds a bed.
    func holder(of bed: Identifier, site: Int) -> Identifier? {
        beds[Bed(site: UInt32(site), bed: bed)].map { numbers[Int($0)] }
    }

    /// The open placement of a person.
    func openPlacement(of person: Identifier) -> Identifier? {
        persons.find(person).flatMap { openByPerson[UInt32($0)] }.map { numbers[Int($0)] }
    }

    public func request(_ id: Identifier) -> Request? { requestNumbers.find(id).map { requests[$0] } }

    mutating func start(
        _ placement: Identifier, site: Int, _ party: Party, bed: Identifier?, mismatch: Bool, _ stamp: Stamp
    ) {
        let number = UInt32(numbers.enter(placement))
        let person = party.person.map { UInt32(persons.enter($0)) } ?? Stay.nobody
        let stay = Stay(
            placement: number, person: person, site: UInt32(site), start: stamp.day.rawValue, end: Stay.stillOpen,
            adults: UInt16(party.adults), children: UInt16(party.children),
            nationality: (party.nationality ?? .unknown).rawValue, audience: party.audience, destination: nil,
            continues: false, transferred: false, enteredLate: stamp.isLate, audienceMismatch: mismatch)
        if person != Stay.nobody { openByPerson[person] = number }
        latest.append(UInt32(stays.count))
        begin(stay, since: stamp.time, bed: bed)
    }

    mutating func move(_ placement: Identifier, bed: Identifier) {
        guard let number = numbers.find(placement).map({ UInt32($0) }), var entry = open[number] else { return }
        let site = stays[Int(entry.stay)].site
        if let left = entry.bed { beds[Bed(site: site, bed: left)] = nil }
        entry.bed = bed
        beds[Bed(site: site, bed: bed)] = number
        open[number] = entry
    }

    mutating func transfer(_ placement: Identifier, site: Int, bed: Identifier?, mismatch: Bool, _ stamp: Stamp) {
        guard let number = numbers.find(placement).map({ UInt32($0) }), let entry = open[number] else { return }
        finish(number, entry, on: stamp.day)
        stays[Int(entry.stay)].transferred = true
        let before = stays[Int(entry.stay)]
        latest[Int(number)] = UInt32(stays.count)
        let stay = Stay(
            placement: number, person: before.person, site: UInt32(site), start: stamp.day.rawValue,
            end: Stay.stillOpen, adults: before.adults, children: before.children, nationality: before.nationality,
            audience: before.audience, destination: nil, continues: true, transferred: false,
            enteredLate: stamp.isLate, audienceMismatch: mismatch)
        begin(stay, since: stamp.time, bed: bed)
    }

    mutating func end(_ placement: Identifier, _ destination: Destination, _ stamp: Stamp) {
        guard let number = numbers.find(placement).map({ UInt32($0) }), let entry = open[number] else { return }
        finish(number, entry, on: stamp.day)
        stays[Int(entry.stay)].destination = destination
        if stamp.isLate { stays[Int(entry.stay)].enteredLate = true }
        let person = stays[Int(entry.stay)].person
        if person != Stay.nobody { openByPerson[person] = nil }
        open[number] = nil
    }

    mutating func ask(_ request: Identifier, _ party: Party, site: Identifier?, on day: Day) {
        guard requestNumbers.enter(request) == requests.count else { return }
        requests.append(Request(party: party, site: site, day: day, closed: nil))
    }

    mutating func close(
        request: Identifier, _ outcome: RequestOutcome, _ destination: Destination?, on day: Day
    ) {
        guard let number = requestNumbers.find(request) else { return }
        requests[number].closed = (day, outcome, destination)
    }

    private mutating func begin(_ stay: Stay, since: Timestamp, bed: Identifier?) {
        open[stay.placement] = Open(stay: UInt32(stays.count), since: since, bed: bed)
        if let bed { beds[Bed(site: stay.site, bed: bed)] = stay.placement }
        stays.append(stay)
        count(stay.headcount, stay, on: stay.startDay)
    }

    private mutating func finish(_ number: UInt32, _ entry: Open, on day: Day) {
        let stay = stays[Int(entry.stay)]
        if let bed = entry.bed { beds[Bed(site: stay.site, bed: bed)] = nil }
        stays[Int(entry.stay)].end = day.rawValue
        count(-stay.headcount, stay, on: day)
    }

    private mutating func count(_ people: Int, _ stay: Stay, on day: Day) {
        while occupancy.count <= Int(stay.site) { occupancy.append([:]) }
        occupancy[Int(stay.site)][stay.audience, default: DailyCount()].add(people, on: day)
    }

    func anomalies(_ world: World, asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        stays.forEach { _, stay in
            guard stay.startDay <= day else { return }
            let site = world.sites.all[Int(stay.site)]
            let target = site.stayTarget.value(on: day)?.daysMax
            let beyond = stay.isPresent(on: day) && target.map { day - stay.startDay > $0 } ?? false
            guard stay.enteredLate || stay.audienceMismatch || beyond else { return }
            let subject = Subject(.placement, numbers[Int(stay.placement)])
            if stay.enteredLate {
                found.append(Anomaly(.enteredLate, subject, since: stay.startDay, value: 1, limit: Stamp.lateDays))
            }
            if stay.audienceMismatch {
                found.append(Anomaly(.audienceMismatch, subject, since: stay.startDay, value: stay.headcount, limit: 0))
            }
            if beyond, let target {
                found.append(
                    Anomaly(
                        .stayBeyondTarget, subject, since: stay.startDay + (target + 1), value: day - stay.startDay,
                        limit: target))
            }
        }
        return found
    }
}
