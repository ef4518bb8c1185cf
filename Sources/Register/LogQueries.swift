import AccueilDomain
import EventCoding
import EventLog
import WireProtocol

/// `events.read`: events in the order of the log, from a position on, or the latest ones.
struct EventsQuery: Record {
    var from: Int?
    /// The latest so many that match, instead of those from a position on.
    var last: Int?
    var limit = 100
    var filter = EventFilter()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("from", &from)
        try visitor.field("last", &last)
        try visitor.preset("limit", &limit)
        try filter.fields(&visitor)
    }
}

/// `events.get`: one event.
struct EventQuery: Record {
    var sequence = 0

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
    }
}

/// `events.subscribe`: every event from a position on, those to come included.
struct SubscribeQuery: Record {
    /// Where to begin; right after the head where absent.
    var from: Int?
    /// Begin after what this consumer has done with.
    var consumer: Identifier?
    var filter = EventFilter()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("from", &from)
        try visitor.field("consumer", &consumer)
        guard from == nil || consumer == nil else {
            throw Malformed(path: "from", expected: "left out where consumer is given")
        }
        try filter.fields(&visitor)
    }
}

/// `events.unsubscribe`
struct UnsubscribeQuery: Record {
    var subscription = Identifier()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subscription", &subscription)
    }
}

/// `query.history`: the events of one subject, the latest first. That of a person is the history of their placements.
struct HistoryQuery: Record {
    var of = Subject(.site, Identifier())
    /// Only what had happened by the end of this day.
    var asOf: Day?
    /// Only what the register knew then.
    var knownAt: KnownAt?
    /// Only events before this position.
    var before: Int?
    var limit = 100

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subject", &of)
        try visitor.field("as_of", &asOf)
        try visitor.field("known_at", &knownAt)
        try visitor.field("before", &before)
        try visitor.preset("limit", &limit)
    }
}

/// A page of events, in the order of the log.
struct EventPage: Record {
    var events: [StoredEvent] = []
    /// The position to go on from.
    var next = 1
    var head = 0

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("events", &events)
        try visitor.field("next", &next)
        try visitor.field("head", &head)
    }
}

/// The events of a subject, the latest first.
struct History: Record {
    var of = Subject(.site, Identifier())
    var events: [StoredEvent] = []
    /// There are earlier ones.
    var more = false

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("subject", &of)
        try visitor.field("events", &events)
        try visitor.field("more", &more)
    }
}

extension Register {
    /// Bytes of the log that one request looks through at most; `next` says where to go on.
    private static let scanBytesMax = 16 << 20
    private static let chunkBytes = 1 << 20
    /// What one event takes, to ask the log for no more than is wanted; a larger one still comes.
    private static let eventBytesUsual = 512

    func readEvents(_ query: EventsQuery, _ reply: @escaping (Reply) -> Void) {
        let most = options.limits.pageMax
        guard (1...most).contains(query.last ?? query.limit) else {
            return reply(
                .failure(Failure(Malformed(path: query.last == nil ? "limit" : "last", expected: "from 1 to \(most)"))))
        }
        guard query.from == nil || query.last == nil else {
            return reply(.failure(Failure(Malformed(path: "last", expected: "left out where from is given"))))
        }
        guard (query.from ?? 1) >= 1, (query.from ?? 1) <= Int(head.rawValue) + 1 else {
            return reply(.failure(.beyondTheLog(query.from ?? 1, head)))
        }
        let test = query.filter.test(in: options.calendar)
        let head = head
        let log = log
        let (from, last, limit) = (query.from ?? 1, query.last, query.limit)
        inBackground { () throws(Failure) -> [UInt8] in
            if let last { return try Self.latest(last, test, upTo: head, in: log) }
            return try Self.events(from: from, limit, test, upTo: head, in: log)
        } then: {
            reply($0)
        }
    }

    func getEvent(_ query: EventQuery, _ reply: @escaping (Reply) -> Void) {
        guard query.sequence >= 1, query.sequence <= Int(head.rawValue) else {
            return reply(.failure(.beyondTheLog(query.sequence, head)))
        }
        readLog(from: Position(rawValue: UInt64(query.sequence)), count: 1) { _, lines in
            reply(.result(StoredEvent(lines[0][...])))
        } failed: {
            reply(.failure($0))
        }
    }

    func history(_ query: HistoryQuery, _ reply: @escaping (Reply) -> Void) {
        let most = options.limits.pageMax
        guard (1...most).contains(query.limit) else {
            return reply(.failure(Failure(Malformed(path: "limit", expected: "from 1 to \(most)"))))
        }
        if case .position(let position) = query.knownAt, !(0...Int(head.rawValue)).contains(position) {
            return reply(.failure(.beyondTheLog(position, head)))
        }
        let wanted = query.asOf == nil && query.knownAt == nil ? query.limit + 1 : Int.max
        let positions = settled.positions(of: query.of, before: query.before, limit: wanted)
        guard !positions.isEmpty else {
            let rejection = Rejection("unknown_subject", "no event is about \(query.of)", ["subject": query.of])
            return reply(.failure(Failure(rejection, kind: .notFound)))
        }
        let test = EventFilter(until: query.asOf.map { .day($0) }).test(in: options.calendar)
        let (log, head, calendar) = (log, head, options.calendar)
        inBackground { () throws(Failure) -> [UInt8] in
            var lines: [[UInt8]] = []
            var positions = positions[...]
            if let knownAt = query.knownAt {
                let known = Int(try log.position(of: knownAt, upTo: head, calendar).rawValue)
                positions = positions.drop { $0 > known }
            }
            while lines.count <= query.limit, let position = positions.popFirst() {
                let line = try Self.line(at: position, of: log)
                // What puts an event right is told with it, however much later it came.
                var told = line
                if let target = Amendments.target(of: line.span) { told = try Self.line(at: target, of: log) }
                if test.admits(told.span) { lines.append(line) }
            }
            return JSONWriter.bytes(
                of: History(
                    of: query.of, events: lines.prefix(query.limit).map { StoredEvent($0[...]) },
                    more: lines.count > query.limit))
        } then: {
            reply($0)
        }
    }

    /// The line of one event, without its end.
    private static func line(at position: Int, of log: any EventLog) throws(Failure) -> [UInt8] {
        Array(try read(log, from: Position(rawValue: UInt64(position)), bytesMax: 1).lines(1).dropLast())
    }

    private static func events(
        from: Int, _ limit: Int, _ test: EventFilter.Test, upTo head: Position, in log: any EventLog
    ) throws(Failure) -> [UInt8] {
        var lines: [[UInt8]] = []
        var next = Position(rawValue: UInt64(from))
        var scanned = 0
        while next <= head, lines.count < limit, scanned < scanBytesMax {
            let run = try read(log, from: next, bytesMax: chunkBytes)
            scanned += run.bytes.count
            forEachLine(run) { line in
                guard next <= head, lines.count < limit else { return }
                if test.admits(line.span) { lines.append(Array(line)) }
                next = next.next
            }
        }
        return page(lines, next: next, head: head)
    }

    private static func latest(
        _ count: Int, _ test: EventFilter.Test, upTo head: Position, in log: any EventLog
    ) throws(Failure) -> [UInt8] {
        var lines: [[UInt8]] = []
        var end = Int(head.rawValue)
        var scanned = 0
        while end > 0, lines.count < count, scanned < scanBytesMax {
            let start = max(1, end - 1023)
            var window: [[UInt8]] = []
            var next = start
            while next <= end {
                let run = try read(log, from: Position(rawValue: UInt64(next)), bytesMax: chunkBytes)
                scanned += run.bytes.count
                forEachLine(run) { line in
                    guard next <= end else { return }
                    if test.admits(line.span) { window.append(Array(line)) }
                    next += 1
                }
            }
            lines = window.suffix(count - lines.count) + lines
            end = start - 1
        }
        return page(lines, next: head.next, head: head)
    }

    private static func page(_ lines: [[UInt8]], next: Position, head: Position) -> [UInt8] {
        JSONWriter.bytes(
            of: EventPage(
                events: lines.map { StoredEvent($0[...]) }, next: Int(next.rawValue), head: Int(head.rawValue)))
    }

    private static func forEachLine(_ run: EventRun, _ body: (ArraySlice<UInt8>) -> Void) {
        for line in run.bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) { body(line) }
    }

    private static func read(_ log: any EventLog, from: Position, bytesMax: Int) throws(Failure) -> EventRun {
        let run: EventRun
        do throws(ReadFailure) { run = try log.read(from: from, bytesMax: bytesMax) } catch {
            throw Failure(.internalError, rule: "log_unreadable", error.description)
        }
        guard run.count > 0 else {
            throw Failure(.internalError, rule: "log_unreadable", "the log ends before position \(from)")
        }
        return run
    }

    // MARK: Reading elsewhere

    /// The lines of `count` events from a position on, each without its end.
    func readLog(
        from: Position, count: Int, _ body: @escaping (Register, [[UInt8]]) -> Void,
        failed: @escaping (Failure) -> Void
    ) {
        let log = log
        elsewhere { () throws(Failure) -> [[UInt8]] in
            var lines: [[UInt8]] = []
            while lines.count < count {
                let bytes = min(Self.chunkBytes, (count - lines.count) * Self.eventBytesUsual)
                let run = try Self.read(log, from: from.advanced(by: lines.count), bytesMax: bytes)
                Self.forEachLine(run) { line in
                    if lines.count < count { lines.append(Array(line)) }
                }
            }
            return lines
        } then: { register, result in
            switch result {
            case .success(let lines): body(register, lines)
            case .failure(let failure): failed(failure)
            }
        }
    }

    func read(
        from: Position, bytesMax: Int, then: @escaping (Register, Result<EventRun, ReadFailure>) -> Void
    ) {
        let log = log
        elsewhere { () throws(ReadFailure) in
            try log.read(from: from, bytesMax: bytesMax)
        } then: {
            then($0, $1)
        }
    }

    func inBackground(
        _ work: @escaping @Sendable () throws(Failure) -> [UInt8], then: @escaping (Reply) -> Void
    ) {
        elsewhere(work) { _, result in
            switch result {
            case .success(let json): then(.result(json))
            case .failure(let failure): then(.failure(failure))
            }
        }
    }

    /// Does work on another thread and brings its result home.
    func elsewhere<Value: Sendable, Failed: Error>(
        on thread: RegisterOptions.Executor? = nil, _ work: @escaping @Sendable () throws(Failed) -> Value,
        then: @escaping (Register, Result<Value, Failed>) -> Void
    ) {
        let resident = Resident((register: self, then: then), of: options.home)
        let home = options.home
        (thread ?? options.background) {
            let result: Result<Value, Failed>
            do throws(Failed) { result = .success(try work()) } catch { result = .failure(error) }
            home.execute {
                let (register, then) = resident.visit()
                then(register, result)
            }
        }
    }
}
