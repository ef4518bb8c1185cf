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
        /// Its beginning, or its end, reached the register late.
        public let startedLate: Bool
        public internal(set) var endedLate: Bool
        /// The stay of the same person that was recorded before this one, `nobody` for none.
        let previous: UInt32

        public var headcount: Int { Int(adults) + Int(children) }
        public var startDay: Day { Day(rawValue: start) }
        public var endDay: Day? { end == Self.stillOpen ? nil : Day(rawValue: end) }
        /// Present on the night that follows `day`.
        public func isPresent(on day: Day) -> Bool { start <= day.rawValue && day.rawValue < end }
        /// Nights up to the end of `day`, or to the end of the stay.
        func nights(asOf day: Day) -> Int { Int(min(end, day.rawValue)) - Int(start) }
    }

    /// What an open stay needs on top, until it ends.
    struct Open: Sendable {
        let since: Timestamp
        /// The latest thing that happened to it: nothing may be told to have happened before.
        let changed: Timestamp
        let bed: Identifier?
        /// The operation that brought them.
        let operation: Identifier?
    }

    /// How that is kept: in numbers, and in a slot that another open stay takes afterwards.
    private struct Slot {
        /// In a free slot: the next free one.
        var stay: UInt32
        let since: Timestamp
        var changed: Timestamp
        var bed: UInt32
        var bedSince: Int32
        let operation: UInt32
    }

    /// The beds of one site that were ever taken.
    private struct Beds {
        var numbers = Registry()
        /// The placement that holds each.
        var holders = Chunked<UInt32>()
        /// When each was last left.
        var left = Chunked<Timestamp?>()
    }

    /// A party that asked for a place.
    public struct Request: Sendable {
        public let party: Party
        public let site: Identifier?
        public let day: Day
        public let enteredLate: Bool
        public internal(set) var closed: (day: Day, closing: PlacementRequestClosed)?

        public func isWaiting(on asOf: Day) -> Bool { day <= asOf && closed.map { $0.day > asOf } ?? true }
    }

    private(set) var numbers = Registry()
    private(set) var persons = Registry()
    public private(set) var stays = Chunked<Stay>()
    /// The latest stay of each placement, `nobody` where it never began.
    private var latest = Chunked<UInt32>()
    /// The slot of each placement, `nobody` unless it is open.
    private var slotOfPlacement = Chunked<UInt32>()
    private var slots = Chunked<Slot>()
    private var firstFreeSlot = Stay.nobody
    /// The latest stay of each person.
    private var latestOfPerson = Chunked<UInt32>()
    /// The open placement of each person, `nobody` for none.
    private var openOfPerson = Chunked<UInt32>()
    /// By site number.
    private var beds: [Beds] = []
    private var operations = Registry()
    /// People present per site and audience, by day.
    private var occupancy: [[Audience: DailyCount]] = []
    private(set) var requestNumbers = Registry()
    public private(set) var requests = Chunked<Request>()

    public func id(ofPlacement number: UInt32) -> Identifier { numbers[Int(number)] }
    public func id(ofPerson number: UInt32) -> Identifier? { number == Stay.nobody ? nil : persons[Int(number)] }
    public func number(ofPerson id: Identifier) -> UInt32? { persons.find(id).map { UInt32($0) } }

    /// The bed of an open stay, unless it was taken only after `day`.
    func bed(ofStay index: Int, on day: Day) -> Identifier? {
        guard let slot = slot(of: stays[index].placement), Int(slot.stay) == index, slot.bedSince <= day.rawValue else {
            return nil
        }
        return bed(slot)
    }

    private func slot(of placement: UInt32) -> Slot? {
        let slot = slotOfPlacement[Int(placement)]
        return slot == Stay.nobody ? nil : slots[Int(slot)]
    }

    private func bed(_ slot: Slot) -> Identifier? {
        slot.bed == Stay.nobody ? nil : beds[Int(stays[Int(slot.stay)].site)].numbers[Int(slot.bed)]
    }

    /// Another stay of a person on a night from `from` on and before `to`.
    func stay(of person: UInt32, from: Day, before to: Day, otherThan placement: UInt32?) -> Stay? {
        guard person != Stay.nobody else { return nil }
        var index = latestOfPerson[Int(person)]
        while index != Stay.nobody {
            let stay = stays[Int(index)]
            if stay.placement != placement, stay.start < to.rawValue, from.rawValue < stay.end, stay.start < stay.end {
                return stay
            }
            index = stay.previous
        }
        return nil
    }

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
        guard let number = numbers.find(placement), latest[number] != Stay.nobody else { return nil }
        let open = slot(of: UInt32(number)).map { slot in
            Open(
                since: slot.since, changed: slot.changed, bed: bed(slot),
                operation: slot.operation == Stay.nobody ? nil : operations[Int(slot.operation)])
        }
        return (stays[Int(latest[number])], open)
    }

    /// The placement that holds a bed.
    func holder(of bed: Identifier, site: Int) -> Identifier? {
        guard site < beds.count, let bed = beds[site].numbers.find(bed), beds[site].holders[bed] != Stay.nobody else {
            return nil
        }
        return numbers[Int(beds[site].holders[bed])]
    }

    /// When a bed was last left, as far as known.
    func left(_ bed: Identifier, site: Int) -> Timestamp? {
        guard site < beds.count, let bed = beds[site].numbers.find(bed) else { return nil }
        return beds[site].left[bed]
    }

    /// The open placement of a person.
    func openPlacement(of person: Identifier) -> Identifier? {
        guard let person = persons.find(person), openOfPerson[person] != Stay.nobody else { return nil }
        return numbers[Int(openOfPerson[person])]
    }

    func id(ofRequest number: Int) -> Identifier { requestNumbers[number] }

    public func request(_ id: Identifier) -> Request? { requestNumbers.find(id).map { requests[$0] } }

    func number(of placement: Identifier) -> Int? { numbers.find(placement) }

    /// The number of a placement, which may never begin: of what is told by mistake, the mention stays.
    mutating func enter(_ placement: Identifier) -> Int {
        let number = numbers.enter(placement)
        if number == latest.count {
            latest.append(Stay.nobody)
            slotOfPlacement.append(Stay.nobody)
        }
        return number
    }

    mutating func start(
        _ placement: Identifier, site: Int, _ party: Party, bed: Identifier?, operation: Identifier?, _ stamp: Stamp
    ) {
        let number = UInt32(enter(placement))
        let person = party.person.map { UInt32(persons.enter($0)) } ?? Stay.nobody
        let stay = Stay(
            placement: number, person: person, site: UInt32(site), start: stamp.day.rawValue, end: Stay.stillOpen,
            adults: UInt16(party.adults), children: UInt16(party.children),
            nationality: (party.nationality ?? .unknown).rawValue, audience: party.audience, destination: nil,
            continues: false, transferred: false, startedLate: stamp.isLate, endedLate: false,
            previous: latestStay(of: person))
        latest[Int(number)] = UInt32(stays.count)
        slotOfPlacement[Int(number)] = takeSlot()
        let operation = operation.map { UInt32(operations.enter($0)) } ?? Stay.nobody
        begin(stay, bed: bed, operation: operation, stamp)
        if person != Stay.nobody { openOfPerson[Int(person)] = number }
    }

    private mutating func takeSlot() -> UInt32 {
        let slot = firstFreeSlot
        guard slot != Stay.nobody else { return UInt32(slots.count) }
        firstFreeSlot = slots[Int(slot)].stay
        return slot
    }

    private func latestStay(of person: UInt32) -> UInt32 {
        person < latestOfPerson.count ? latestOfPerson[Int(person)] : Stay.nobody
    }

    mutating func move(_ placement: Identifier, bed: Identifier, _ stamp: Stamp) {
        guard let number = numbers.find(placement).map({ UInt32($0) }), var slot = slot(of: number) else { return }
        let site = stays[Int(slot.stay)].site
        leave(slot, at: stamp.time)
        slot.bed = take(bed, site: site, number)
        slot.bedSince = stamp.day.rawValue
        slot.changed = stamp.time
        slots[Int(slotOfPlacement[Int(number)])] = slot
    }

    mutating func transfer(_ placement: Identifier, site: Int, bed: Identifier?, _ stamp: Stamp) {
        guard let number = numbers.find(placement).map({ UInt32($0) }), let slot = slot(of: number) else { return }
        finish(slot, stamp)
        stays[Int(slot.stay)].transferred = true
        let before = stays[Int(slot.stay)]
        latest[Int(number)] = UInt32(stays.count)
        let stay = Stay(
            placement: number, person: before.person, site: UInt32(site), start: stamp.day.rawValue,
            end: Stay.stillOpen, adults: before.adults, children: before.children, nationality: before.nationality,
            audience: before.audience, destination: nil, continues: true, transferred: false,
            startedLate: stamp.isLate, endedLate: false, previous: latestStay(of: before.person))
        begin(stay, bed: bed, operation: slot.operation, stamp)
    }

    mutating func end(_ placement: Identifier, _ destination: Destination, _ stamp: Stamp) {
        guard let number = numbers.find(placement), let slot = slot(of: UInt32(number)) else { return }
        finish(slot, stamp)
        stays[Int(slot.stay)].destination = destination
        stays[Int(slot.stay)].endedLate = stamp.isLate
        let person = stays[Int(slot.stay)].person
        if person != Stay.nobody { openOfPerson[Int(person)] = Stay.nobody }
        let freed = slotOfPlacement[number]
        slots[Int(freed)].stay = firstFreeSlot
        firstFreeSlot = freed
        slotOfPlacement[number] = Stay.nobody
    }

    mutating func ask(_ asked: PlacementRequested, _ stamp: Stamp) {
        guard requestNumbers.enter(asked.request) == requests.count else { return }
        requests.append(
            Request(party: asked.party, site: asked.site, day: stamp.day, enteredLate: stamp.isLate, closed: nil))
    }

    mutating func close(_ closing: PlacementRequestClosed, _ stamp: Stamp) {
        guard let number = requestNumbers.find(closing.request) else { return }
        requests[number].closed = (stamp.day, closing)
    }

    private mutating func begin(_ stay: Stay, bed: Identifier?, operation: UInt32, _ stamp: Stamp) {
        let slot = Slot(
            stay: UInt32(stays.count), since: stamp.time, changed: stamp.time,
            bed: bed.map { take($0, site: stay.site, stay.placement) } ?? Stay.nobody, bedSince: stamp.day.rawValue,
            operation: operation)
        let number = Int(slotOfPlacement[Int(stay.placement)])
        if number == slots.count { slots.append(slot) } else { slots[number] = slot }
        if stay.person != Stay.nobody {
            if stay.person == latestOfPerson.count {
                latestOfPerson.append(Stay.nobody)
                openOfPerson.append(Stay.nobody)
            }
            latestOfPerson[Int(stay.person)] = UInt32(stays.count)
        }
        stays.append(stay)
        count(stay.headcount, stay, on: stay.startDay)
    }

    private mutating func finish(_ slot: Slot, _ stamp: Stamp) {
        let stay = stays[Int(slot.stay)]
        leave(slot, at: stamp.time)
        stays[Int(slot.stay)].end = stamp.day.rawValue
        count(-stay.headcount, stay, on: stamp.day)
    }

    /// The number of a bed that a placement takes.
    private mutating func take(_ bed: Identifier, site: UInt32, _ placement: UInt32) -> UInt32 {
        while beds.count <= Int(site) { beds.append(Beds()) }
        let number = beds[Int(site)].numbers.enter(bed)
        if number == beds[Int(site)].holders.count {
            beds[Int(site)].holders.append(placement)
            beds[Int(site)].left.append(nil)
        } else {
            beds[Int(site)].holders[number] = placement
        }
        return UInt32(number)
    }

    /// Leaves the bed of an open stay, if it has one.
    private mutating func leave(_ slot: Slot, at time: Timestamp) {
        guard slot.bed != Stay.nobody else { return }
        let site = Int(stays[Int(slot.stay)].site)
        beds[site].holders[Int(slot.bed)] = Stay.nobody
        beds[site].left[Int(slot.bed)] = time
    }

    private mutating func count(_ people: Int, _ stay: Stay, on day: Day) {
        while occupancy.count <= Int(stay.site) { occupancy.append([:]) }
        occupancy[Int(stay.site)][stay.audience, default: DailyCount()].add(people, on: day)
    }

    func anomalies(_ world: World, asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        var late: Set<UInt32> = []
        stays.visit { _, stay in
            guard stay.startDay <= day else { return }
            let site = world.sites.all[Int(stay.site)]
            let last = min(day, stay.endDay ?? day)
            let nights = stay.nights(asOf: day)
            let target = site.stayTarget.value(on: last)?.daysMax ?? .max
            let endedLate = stay.endedLate && stay.endDay.map { $0 <= day } ?? false
            let mismatch = !site.accepts(stay.audience, on: stay.startDay)
            let isLate = stay.startedLate || endedLate
            guard isLate || mismatch || nights > target else { return }
            let subject = Subject(.placement, numbers[Int(stay.placement)])
            // A placement is late once, however many of its stays are.
            if isLate, late.insert(stay.placement).inserted {
                let since = stay.startedLate ? stay.startDay : last
                found.append(Anomaly(.enteredLate, subject, since: since, value: 1, limit: Stamp.lateDays))
            }
            if mismatch {
                found.append(Anomaly(.audienceMismatch, subject, since: stay.startDay, value: stay.headcount, limit: 0))
            }
            if nights > target {
                found.append(
                    Anomaly(
                        .stayBeyondTarget, subject, since: stay.startDay + (target + 1), value: nights, limit: target))
            }
        }
        requests.visit { number, request in
            guard request.enteredLate, request.day <= day else { return }
            let subject = Subject(.request, requestNumbers[number])
            found.append(Anomaly(.enteredLate, subject, since: request.day, value: 1, limit: Stamp.lateDays))
        }
        return found
    }
}
