import AccueilDomain
import EventCoding
import EventLog

/// Builds a world from the log, event by event, each as the log up to `known` has put it right.
struct Fold: Sendable {
    private(set) var world: World
    /// Position of the last event taken in.
    private(set) var position: Position
    let amendments: Amendments
    /// What is put right later than this position does not count.
    let known: Int
    private let recheck: Recheck
    /// Events that could not have been recorded as they were: the first `obstaclesMax` of them, and how many there are.
    private(set) var obstacles: [Obstacle] = []
    private(set) var obstacleCount = 0
    /// The corrected event that the rules refuse in its new form. Such an event is not taken in, and none after it: no
    /// world is prepared for it.
    private(set) var refusedTarget: Obstacle?
    /// Worlds kept on the way, near the end of the log only: the others would be dropped again.
    private(set) var checkpoints: Checkpoints

    /// Which events are decided once more before they are taken in.
    enum Recheck: Sendable {
        case none
        /// Those that are put right, and all after the first of them.
        case amending(Set<Int>)
        case only(Set<Int>)

        func concerns(_ position: Int) -> Bool {
            switch self {
            case .none: false
            case .amending(let targets): position >= targets.min() ?? .max
            case .only(let positions): positions.contains(position)
            }
        }

        func isTarget(_ position: Int) -> Bool {
            if case .amending(let targets) = self { targets.contains(position) } else { false }
        }
    }

    /// An event that the rules refuse in this world.
    struct Obstacle: Sendable {
        let sequence: Int
        let type: String
        let subject: Subject
        let rejection: Rejection
    }

    static let obstaclesMax = 100

    /// Begins at the latest of `checkpoints` that lies before `before` and holds nothing that was put right after `known`.
    init(
        _ checkpoints: Checkpoints, before: Position, _ amendments: Amendments, known: Int = .max,
        recheck: Recheck = .none
    ) {
        let start = checkpoints.latest(before: before) { position in
            !amendments.reachBehind(Int(position.rawValue), since: known)
        }
        world = start.world
        position = start.position
        self.checkpoints = checkpoints
        self.amendments = amendments
        self.known = known
        self.recheck = recheck
    }

    /// Takes in the log up to `end`, or to where it ends; `told` hears of each event before it is taken in. Answers the
    /// damage at which it had to stop.
    mutating func read(
        _ log: any EventLog, upTo end: Position? = nil, progress: (Position) -> Void = { _ in },
        told: (Envelope) -> Void = { _ in }
    ) throws(Replayed.Failure) -> LogDamage? {
        let calendar = world.calendar
        let parser = JSONParser()
        var run = EventsRead(log, from: position.next, upTo: end, parser, calendar)
        while let next = run.next {
            // Another core reads the next events back while these are taken in.
            let events = run.events
            together {
                run = EventsRead(log, from: next, upTo: end, parser, calendar)
            } _: {
                take(events, told)
            }
            progress(position)
            guard refusedTarget == nil else { return nil }
        }
        take(run.events, told)
        return refusedTarget == nil ? try run.end.get() : nil
    }

    private mutating func take(_ events: [(Envelope, any EventRecord)], _ told: (Envelope) -> Void) {
        for (envelope, event) in events where refusedTarget == nil {
            told(envelope)
            take(event, envelope.stamp)
        }
    }

    /// Takes in the next event.
    mutating func take(_ event: any EventRecord, _ stamp: Stamp) {
        guard refusedTarget == nil else { return }
        precondition(stamp.sequence == Int(position.rawValue) + 1, "events are taken in one after the other")
        for told in amendments.told(of: stamp.sequence, known: known) { world.mention(told) }
        switch amendments.verdict(of: stamp.sequence, known: known) {
        case .voided: world.leaveOut(event)
        case .corrected(let right, let time):
            world.mention(event)
            var stamp = stamp
            stamp.time = time
            stamp.day = world.calendar.day(of: time)
            accept(right, stamp)
        case nil: accept(event, stamp)
        }
        position = position.next
        checkpoints.pass(position, world)
    }

    private mutating func accept(_ event: any EventRecord, _ stamp: Stamp) {
        if recheck.concerns(stamp.sequence), let refusal = refusal(of: event, stamp) {
            let obstacle = Obstacle(
                sequence: stamp.sequence, type: type(of: event).type, subject: event.subject, rejection: refusal)
            if recheck.isTarget(stamp.sequence) {
                refusedTarget = obstacle
                return
            }
            obstacleCount += 1
            if obstacles.count < Self.obstaclesMax { obstacles.append(obstacle) }
        }
        world.take(event, stamp)
    }

    /// Why the rules refuse an event in this world.
    private func refusal(of event: any EventRecord, _ stamp: Stamp) -> Rejection? {
        guard let command = event as? any CommandRecord, !type(of: event).standsAlone else { return nil }
        var undecided = stamp
        undecided.sequence = 0
        do throws(Rejection) {
            // Later events may say what is so already: of a corrected event, that is what another one says.
            guard try command.decide(world, undecided).isEmpty, recheck.isTarget(stamp.sequence) else { return nil }
            return Rejection(
                "says_nothing_new", "so corrected, it says what is so without it: void it", ["sequence": stamp.sequence]
            )
        } catch { return error }
    }
}

/// The next events of a log, read back.
private struct EventsRead {
    private(set) var events: [(Envelope, any EventRecord)] = []
    /// Where reading goes on; `nil` at the end.
    private(set) var next: Position?
    /// Why it ends: there are no more events, or damage, or one cannot be read.
    private(set) var end: Result<LogDamage?, Replayed.Failure> = .success(nil)

    init(_ log: any EventLog, from: Position, upTo end: Position?, _ parser: JSONParser, _ calendar: CivilCalendar) {
        do throws(Replayed.Failure) {
            if let end, from > end { return }
            switch try log.run(from: from) {
            case .damaged(let damage): self.end = .success(damage)
            case .run(let run):
                guard run.count > 0 else { return }
                events.reserveCapacity(run.count)
                var position = from
                try run.forEachLine { (line: borrowing Span<UInt8>) throws(Replayed.Failure) in
                    if let end, position > end { return }
                    events.append(try LoggedEvent.read(line, at: position, with: parser, in: calendar))
                    position = position.next
                }
                next = run.next
            }
        } catch { self.end = .failure(error) }
    }
}

/// Events as they are read back from the log.
enum LoggedEvent {
    static func read(
        _ line: borrowing Span<UInt8>, at position: Position, with parser: JSONParser, in calendar: CivilCalendar
    ) throws(Replayed.Failure) -> (Envelope, any EventRecord) {
        let expected = Int(position.rawValue)
        let envelope: Envelope
        let data: JSONValue
        do throws(UnreadableEvent) {
            (envelope, data) = try EventLine.read(line, with: parser, in: calendar)
        } catch {
            throw .malformed(sequence: expected, error.reason)
        }
        guard envelope.stamp.sequence == expected else {
            throw .malformed(sequence: expected, "its sequence says \(envelope.stamp.sequence)")
        }
        guard let type = Catalogue.eventsByType[envelope.type], envelope.version == type.version else {
            throw .unknownEvent(type: envelope.type, version: envelope.version, sequence: expected)
        }
        do throws(Malformed) { return (envelope, try event(type, data)) } catch {
            throw .malformed(sequence: expected, "data.\(error.path) must be \(error.expected)")
        }
    }

    private static func event<Event: EventRecord>(
        _ type: Event.Type, _ data: JSONValue
    ) throws(Malformed) -> any EventRecord {
        try Event(json: data)
    }
}

extension Amendments {
    /// All that the log has put right, found without reading the other events; up to the damage where it is damaged.
    /// Where there is a snapshot, it tells which events before it are to be read.
    init(of log: any EventLog, _ calendar: CivilCalendar, from snapshot: Snapshot?) throws(Replayed.Failure) {
        self.init()
        let parser = JSONParser()
        for sequence in snapshot?.amending ?? [] {
            let position = Position(rawValue: UInt64(sequence))
            try note(try log.event(at: position, with: parser, in: calendar).1, at: position)
        }
        var position = snapshot?.position ?? .origin
        while case .run(let run) = try log.run(from: position.next), run.count > 0 {
            guard run.contains(#""type":"event."#) else {
                position = run.next.advanced(by: -1)
                continue
            }
            try run.forEachLine { (line: borrowing Span<UInt8>) throws(Replayed.Failure) in
                position = position.next
                guard Self.mayAmend(line) else { return }
                try note(try LoggedEvent.read(line, at: position, with: parser, in: calendar).1, at: position)
            }
        }
    }

    private mutating func note(_ event: any EventRecord, at position: Position) throws(Replayed.Failure) {
        guard let event = event as? any Amending else { return }
        let sequence = Int(position.rawValue)
        do throws(Malformed) { try note(event, at: sequence) } catch {
            throw .malformed(sequence: sequence, "data.\(error.path) must be \(error.expected)")
        }
    }

    /// The position of the event that the one in a line puts right; `nil` where it puts none right.
    static func target(of line: borrowing Span<UInt8>) -> Int? {
        guard mayAmend(line) else { return nil }
        let parser = JSONParser()
        return withExtendedLifetime(parser) {
            var target: Int?
            parser.parse(line)?.forEachMember { key, value in
                guard key.equals("data") else { return }
                value.forEachMember { key, value in
                    if key.equals("sequence") { target = value.integer().map { Int($0) } }
                }
            }
            return target
        }
    }

    /// Whether the type of the event in a line begins with `event.`.
    private static func mayAmend(_ line: borrowing Span<UInt8>) -> Bool {
        guard let head = EventHead(line) else { return true }
        let prefix: StaticString = "event."
        guard head.type.count > prefix.utf8CodeUnitCount else { return false }
        for offset in 0..<prefix.utf8CodeUnitCount {
            guard unsafe line[head.type.lowerBound + offset] == prefix.utf8Start[offset] else { return false }
        }
        return true
    }
}

/// The next lines of a log, or the damage that stands there.
enum Reading {
    case run(EventRun)
    case damaged(LogDamage)
}

extension EventLog {
    func run(from: Position, bytesMax: Int = 1 << 20) throws(Replayed.Failure) -> Reading {
        do throws(ReadFailure) { return .run(try read(from: from, bytesMax: bytesMax)) } catch {
            switch error {
            case .damaged(let damage): return .damaged(damage)
            case .failed(let reason): throw .unreadable(reason)
            case .ended: throw .unreadable(error.description)
            }
        }
    }

    /// The event at a position.
    func event(
        at position: Position, with parser: JSONParser, in calendar: CivilCalendar
    ) throws(Replayed.Failure) -> (Envelope, any EventRecord) {
        guard case .run(let run) = try run(from: position, bytesMax: 1), run.count > 0 else {
            throw .unreadable("event \(position) cannot be read")
        }
        let line = run.bytes.span.extracting(0..<(run.bytes.count - 1))
        return try LoggedEvent.read(line, at: position, with: parser, in: calendar)
    }
}
