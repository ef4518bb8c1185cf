/// Everything the register knows, room by room. The same events in the same order make the same world.
///
/// A copy is one reference to the rooms that both worlds have, until one of them changes: worlds are handed around for
/// every command.
public struct World: Sendable {
    public let calendar: CivilCalendar
    private var held: HeldRooms

    public init(calendar: CivilCalendar) {
        self.calendar = calendar
        held = HeldRooms(Rooms())
    }

    /// A world of these rooms, as a snapshot has them.
    package init(calendar: CivilCalendar, rooms: Rooms) {
        self.calendar = calendar
        held = HeldRooms(rooms)
    }

    /// The rooms as they lie in memory, for a snapshot.
    package var rooms: Rooms { unsafe held.rooms.pointee }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&held) { held = unsafe HeldRooms(held.rooms.pointee) }
    }

    public var history: History {
        _read { yield unsafe held.rooms.pointee.history }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.history
        }
    }

    public var sites: Sites {
        _read { yield unsafe held.rooms.pointee.sites }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.sites
        }
    }

    public var placements: Placements {
        _read { yield unsafe held.rooms.pointee.placements }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.placements
        }
    }

    public var operations: Operations {
        _read { yield unsafe held.rooms.pointee.operations }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.operations
        }
    }

    public var donations: Donations {
        _read { yield unsafe held.rooms.pointee.donations }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.donations
        }
    }

    public var collections: Collections {
        _read { yield unsafe held.rooms.pointee.collections }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.collections
        }
    }

    public var services: Services {
        _read { yield unsafe held.rooms.pointee.services }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.services
        }
    }

    public var evaluations: Evaluations {
        _read { yield unsafe held.rooms.pointee.evaluations }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.evaluations
        }
    }

    public var volunteers: Volunteers {
        _read { yield unsafe held.rooms.pointee.volunteers }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.volunteers
        }
    }

    public var plan: Plan {
        _read { yield unsafe held.rooms.pointee.plan }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.plan
        }
    }

    public var justifications: Justifications {
        _read { yield unsafe held.rooms.pointee.justifications }
        _modify {
            own()
            yield unsafe &held.rooms.pointee.justifications
        }
    }

    /// Takes in one event: what it changes in its room, and its place in its subject's history.
    public mutating func take(_ event: some EventRecord, _ stamp: Stamp) {
        event.evolve(&self, stamp)
        note(event.subject)
    }

    /// Takes in an event that, as is known now, never happened: only its place in its subject's history.
    public mutating func leaveOut(_ event: some EventRecord) {
        mention(event)
        note(event.subject)
    }

    private mutating func note(_ subject: Subject) {
        history.add(
            subject.kind, subject.kind == .placement ? placements.enter(subject.id) : history.enter(subject))
    }

    /// The number of a subject in its history: that of its room where there are too many to number them twice.
    private func number(of subject: Subject) -> Int? {
        subject.kind == .placement ? placements.number(of: subject.id) : history.number(of: subject)
    }

    /// The position of the subject's latest event, or 0 if it has none.
    public func last(of subject: Subject) -> Int { history.last(subject.kind, number(of: subject)) }

    /// Keeps the way from a person to an event that, as is known now, was not as it was told.
    public mutating func mention(_ event: some EventRecord) {
        if let person = event.person { history.mention(person, event.subject) }
    }

    /// The positions of the events about a subject, the latest first; a person's are those of their
    /// requests, placements and evaluations.
    public func positions(of subject: Subject, before: Int?, limit: Int) -> [Int] {
        guard subject.kind == .person else { return ownPositions(of: subject, before: before, limit: limit) }
        let person = subject.id
        var subjects = history.mentions(of: person)
        if let number = placements.number(ofPerson: person) {
            placements.stays.visit { _, stay in
                guard stay.person == number else { return }
                subjects.insert(Subject(.placement, placements.id(ofPlacement: stay.placement)))
            }
        }
        placements.requests.visit { number, request in
            if request.party.person == person { subjects.insert(Subject(.request, placements.requestNumbers[number])) }
        }
        for evaluation in evaluations.evaluations(of: person) { subjects.insert(evaluation.request.subject) }
        let positions = subjects.flatMap { ownPositions(of: $0, before: before, limit: limit) }
        return Array(positions.sorted(by: >).prefix(limit))
    }

    private func ownPositions(of subject: Subject, before: Int?, limit: Int) -> [Int] {
        history.positions(subject.kind, number(of: subject), before: before, limit: limit)
    }

    /// All anomalies that hold on a day, those explained included.
    public func anomalies(asOf day: Day) -> [Anomaly] {
        var book = FigureBook(self, asOf: day)
        return anomalies(&book)
    }

    /// All anomalies that hold on the day of the book, whose figures tell which sources disagree.
    func anomalies(_ book: inout FigureBook) -> [Anomaly] {
        let day = book.asOf
        var all = sites.anomalies(self, asOf: day)
        all += placements.anomalies(self, asOf: day)
        all += operations.anomalies(asOf: day)
        all += donations.anomalies(asOf: day)
        all += collections.anomalies(self, asOf: day)
        all += services.anomalies(asOf: day)
        all += evaluations.anomalies(asOf: day)
        all += plan.anomalies(&book)
        return explained(all, asOf: day)
    }

    /// The anomalies of one subject that hold on a day, those explained included; looks only into its room.
    public func anomalies(of subject: Subject, asOf day: Day) -> [Anomaly] {
        var book = FigureBook(self, asOf: day)
        let found: [Anomaly] =
            switch subject.kind {
            case .site: sites.anomalies(self, asOf: day)
            case .request, .placement: placements.anomalies(self, asOf: day)
            case .operation: operations.anomalies(asOf: day)
            case .fund, .pledge, .donation, .receipt, .grant: donations.anomalies(asOf: day)
            case .point, .need: collections.anomalies(self, asOf: day)
            case .service: services.anomalies(asOf: day)
            case .evaluation: evaluations.anomalies(asOf: day)
            case .plan, .commitment, .milestone: []
            case .indicator: plan.anomalies(&book, of: subject.id)
            case .person, .volunteer, .mission: []
            }
        return explained(found.filter { $0.subject == subject }, asOf: day)
    }

    private func explained(_ anomalies: [Anomaly], asOf day: Day) -> [Anomaly] {
        anomalies.map { anomaly in
            var anomaly = anomaly
            anomaly.justified = justifications.reason(of: anomaly, asOf: day)
            return anomaly
        }
    }
}

/// What a world knows.
package struct Rooms: Sendable {
    var history = History()
    var sites = Sites()
    var placements = Placements()
    var operations = Operations()
    var donations = Donations()
    var collections = Collections()
    var services = Services()
    var evaluations = Evaluations()
    var volunteers = Volunteers()
    var plan = Plan()
    var justifications = Justifications()
}

/// Where the rooms of a world lie; nothing here changes while more than one world has them.
@safe private final class HeldRooms: @unchecked Sendable {
    let rooms: UnsafeMutablePointer<Rooms>

    init(_ initial: Rooms) {
        unsafe rooms = .allocate(capacity: 1)
        unsafe rooms.initialize(to: initial)
    }

    deinit {
        unsafe rooms.deinitialize(count: 1)
        unsafe rooms.deallocate()
    }
}

/// The events of each subject, as chains through one number per event.
public struct History: Sendable {
    private var numbers: [SubjectKind: Registry] = [:]
    /// The position of the latest event of each subject of a kind, by its number.
    private var last: [SubjectKind: Chunked<UInt32>] = [:]
    /// For the event at position `i + 1`: the position of its subject's event before it, or 0.
    private var previous = Chunked<UInt32>()
    /// What was once told of a person, and has been put right since.
    private var mentioned: [Identifier: Set<Subject>] = [:]

    public init() {}

    mutating func mention(_ person: Identifier, _ subject: Subject) {
        mentioned[person, default: []].insert(subject)
    }

    func mentions(of person: Identifier) -> Set<Subject> { mentioned[person] ?? [] }

    /// Gives a subject a number that its room does not give.
    mutating func enter(_ subject: Subject) -> Int { numbers[subject.kind, default: Registry()].enter(subject.id) }

    func number(of subject: Subject) -> Int? { numbers[subject.kind]?.find(subject.id) }

    /// Notes the next event; a subject's numbers are dense.
    mutating func add(_ kind: SubjectKind, _ number: Int) {
        let position = UInt32(previous.count + 1)
        previous.append(last[kind, default: Chunked()].set(position, at: number) ?? 0)
    }

    func last(_ kind: SubjectKind, _ number: Int?) -> Int {
        guard let number, let last = last[kind], number < last.count else { return 0 }
        return Int(last[number])
    }

    /// The positions of the subject's events, the latest first, at most `limit`, all below `before` where given.
    func positions(_ kind: SubjectKind, _ number: Int?, before: Int?, limit: Int) -> [Int] {
        var positions: [Int] = []
        var position = last(kind, number)
        while position > 0, positions.count < limit {
            if before.map({ position < $0 }) ?? true { positions.append(position) }
            position = Int(previous[position - 1])
        }
        return positions
    }
}
