import AccueilDomain
import EventCoding
import EventLog
import WireProtocol

/// What the register keeps to look at earlier states of what it knew, and to put events right.
struct Past {
    var checkpoints: Checkpoints
    var queue = FoldQueue()
    /// The worlds that were last asked for by `known_at`: a report asks for one many times.
    private var worlds: [Checkpoints.Entry] = []
    private static let worldsMax = 2

    init(_ checkpoints: Checkpoints) { self.checkpoints = checkpoints }

    mutating func keep(_ entry: Checkpoints.Entry) {
        worlds.removeAll { $0.position == entry.position }
        worlds.append(entry)
        if worlds.count > Self.worldsMax { worlds.removeFirst() }
    }
}

/// Long readings of the log, one at a time: two at once would only slow each other, and hold two worlds.
struct FoldQueue {
    typealias Work = (Register, @escaping () -> Void) -> Void

    private var waiting: [Work] = []
    private var isBusy = false

    mutating func add(_ work: @escaping Work) { waiting.append(work) }

    mutating func next() -> Work? {
        guard !isBusy, !waiting.isEmpty else { return nil }
        isBusy = true
        return waiting.removeFirst()
    }

    mutating func finish() { isBusy = false }
}

/// What may stand beside a query's own parameters.
struct QueryMeta: Record {
    var knownAt: KnownAt?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("known_at", &knownAt)
    }
}

/// The parameters of a query: its own, and what may stand beside them.
struct Question<Query: QueryRecord>: Record {
    var query = Query()
    var meta = QueryMeta()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.embed(&meta)
        try visitor.embed(&query)
    }
}

extension Past {
    /// What a look at the past begins with.
    struct Kept: Sendable {
        let checkpoints: Checkpoints
        let worlds: [Checkpoints.Entry]
        let amendments: Amendments
    }

    func kept(_ amendments: Amendments) -> Kept {
        Kept(checkpoints: checkpoints, worlds: worlds, amendments: amendments)
    }
}

extension Register {
    func foldNext() {
        guard let work = past.queue.next() else { return }
        work(self) { [unowned self] in
            past.queue.finish()
            foldNext()
        }
    }

    /// Answers from another thread, from a world that does not move.
    func answerElsewhere(_ query: some QueryRecord, _ reply: @escaping (Reply) -> Void) {
        answer(query, knownAt: nil, reply) {}
    }

    /// Answers from what the register knew then.
    func answer(_ query: some QueryRecord, knownAt: KnownAt, _ reply: @escaping (Reply) -> Void) {
        if case .position(let position) = knownAt, !(0...Int(head.rawValue)).contains(position) {
            return reply(.failure(.beyondTheLog(position, head)))
        }
        past.queue.add { register, done in
            guard register.isRunning else {
                reply(.failure(.stopping))
                return done()
            }
            register.answer(query, knownAt: knownAt, reply, then: done)
        }
        foldNext()
    }

    private func answer<Query: QueryRecord>(
        _ query: Query, knownAt: KnownAt?, _ reply: @escaping (Reply) -> Void, then done: @escaping () -> Void
    ) {
        let head = Checkpoints.Entry(position: head, world: settled)
        let (log, kept, today, calendar) = (log, past.kept(amendments), today, options.calendar)
        let source = options.source
        elsewhere(on: options.calculating) { () throws(Failure) -> (json: [UInt8], entry: Checkpoints.Entry) in
            let entry = try knownAt.map { knownAt throws(Failure) in
                try kept.entry(of: knownAt, head, log, calendar)
            }
            let (position, world) = entry.map { ($0.position, $0.world) } ?? (head.position, head.world)
            let recorded = try log.recorded(at: position, calendar)
            let day: Day =
                switch knownAt {
                case nil: today
                case .moment(let moment): min(today, calendar.day(of: calendar.timestamp(of: moment)))
                case .position: recorded.map { calendar.day(of: $0) } ?? today
                }
            let answer: Query.Answer
            do throws(Rejection) { answer = try query.answer(world, today: day) } catch {
                throw Failure(ofQuery: error)
            }
            guard var traced = answer as? any Traced else { return (JSONWriter.bytes(of: answer), entry ?? head) }
            traced.provenance = try Provenance(
                source: source, log: log, at: position, recorded: recorded, calendar: calendar)
            return (JSONWriter.bytes(of: traced), entry ?? head)
        } then: { register, result in
            switch result {
            case .success(let (json, entry)):
                if knownAt != nil { register.past.keep(entry) }
                reply(.result(json))
            case .failure(let failure): reply(.failure(failure))
            }
            done()
        }
    }
}

extension Past.Kept {
    /// The world as it was known then.
    func entry(
        of knownAt: KnownAt, _ head: Checkpoints.Entry, _ log: any EventLog, _ calendar: CivilCalendar
    ) throws(Failure) -> Checkpoints.Entry {
        let position = try log.position(of: knownAt, upTo: head.position, calendar)
        if position == head.position { return head }
        if let world = worlds.first(where: { $0.position == position }) { return world }
        var fold = Fold(checkpoints, before: position.next, amendments, known: Int(position.rawValue))
        do throws(Replayed.Failure) {
            if let damage = try fold.read(log, upTo: position) { throw .unreadable(damage.description) }
        } catch { throw Failure(.internalError, rule: "log_unreadable", error.description) }
        return Checkpoints.Entry(position: position, world: fold.world)
    }
}

extension EventLog {
    /// When the register learned of the event at a position; `nil` before the first.
    fileprivate func recorded(at position: Position, _ calendar: CivilCalendar) throws(Failure) -> Timestamp? {
        guard position > .origin else { return nil }
        do throws(Replayed.Failure) {
            return try event(at: position, with: JSONParser(), in: calendar).0.stamp.recorded
        } catch { throw Failure(.internalError, rule: "log_unreadable", error.description) }
    }

    /// The last event that was known then.
    func position(
        of knownAt: KnownAt, upTo head: Position, _ calendar: CivilCalendar
    ) throws(Failure) -> Position {
        switch knownAt {
        case .position(let known): Position(rawValue: UInt64(known))
        case .moment(.instant(let time)): try last(recordedBy: time, upTo: head, calendar)
        case .moment(.day(let day)):
            try last(
                recordedBy: Timestamp(microseconds: calendar.start(of: day + 1).microseconds - 1), upTo: head, calendar)
        }
    }

    /// The last event that was recorded by then, found by halving: `recordedtime` never goes back.
    private func last(
        recordedBy time: Timestamp, upTo head: Position, _ calendar: CivilCalendar
    ) throws(Failure) -> Position {
        var range = UInt64(0)..<head.rawValue + 1
        while range.count > 1 {
            let middle = range.lowerBound + UInt64(range.count) / 2
            guard let recorded = try recorded(at: Position(rawValue: middle), calendar) else { break }
            range = recorded <= time ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return Position(rawValue: range.lowerBound)
    }
}

extension Provenance {
    fileprivate init(
        source: String, log: any EventLog, at position: Position, recorded: Timestamp?, calendar: CivilCalendar
    ) throws(Failure) {
        self.init()
        let checkpoint: Checkpoint
        do throws(ReadFailure) { checkpoint = try log.checkpoint(at: position) } catch {
            throw Failure(.internalError, rule: "log_unreadable", error.description)
        }
        self.source = Text(source) ?? "-"
        self.log = Text(stringLiteral: log.identity.description)
        self.position = Int(position.rawValue)
        root = Text(stringLiteral: checkpoint.root.description)
        self.recorded = recorded
    }
}

extension Failure {
    /// A question that cannot be answered.
    init(ofQuery rejection: Rejection) {
        self.init(rejection, kind: rejection.rule.hasPrefix("unknown_") ? .notFound : .refused)
    }
}
