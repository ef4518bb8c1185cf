import AccueilDomain
import EventCoding
public import EventLog
public import WireProtocol

/// The register: decides commands, has them made durable, and answers questions about what is.
///
/// One thread owns it. A command is decided at once, on a world that runs ahead of the disk; its event joins the batch
/// that is being gathered. While one batch is being synced the next gathers, without a timer. Once a batch is durable,
/// the settled world takes it in, its answers leave, and the followers hear of it. Queries are answered from the settled
/// world: they never tell what might still be lost, and wait for the disk only behind commands of their own connection.
///
///     request ─► decide (ahead) ─► gathering ─► syncing ─► settled ─► reply, followers
public final class Register {
    private(set) var options: RegisterOptions
    let log: any EventLog
    /// Durable facts only.
    private(set) var settled: World
    /// Those, and what is decided but not yet durable.
    private var ahead: World
    /// All that has been put right, the not yet durable included.
    private(set) var amendments: Amendments
    var past: Past
    var turns = Turns()
    /// What is recorded while somebody looks at an amendment.
    private var tail: [(event: any EventRecord, stamp: Stamp)]?
    private var receipts: Receipts
    private var lastRecorded: Timestamp
    private var identity: EventIdentity
    /// How many events the two worlds have taken in each by itself, since they last were copies of each other.
    private var apart = 0
    /// The batch at the log, if any.
    private var syncing: Batch?
    /// Batches to come; the last one gathers.
    private var gathering: [Batch] = []
    private(set) var end: Position
    private var flushIsDue = false
    private var phase = Phase.running
    /// Why nothing is recorded any more: the log is damaged, and what lies before the damage is served.
    public let damage: LogDamage?
    var followers = Followers()
    var readings = Readings()
    var consumers: Consumers
    /// Those who wait for the consumers to be kept, in the order in which they came.
    var consumersWaiting: [(Register, Failure?) -> Void] = []
    let verificationWanted = Wanted()
    var snapshots: SnapshotWatch
    let started: Timestamp
    /// Open connections, as the server counts them.
    public var connections = 0

    private enum Phase {
        case running
        /// No more commands; the closure is called when the last accepted one is durable and answered.
        case stopping(() -> Void)
        case stopped
        /// The log has failed; whatever was pending has been answered.
        case failed(AppendFailure)
    }

    /// Bytes of lines from which on a new batch is begun, so that one commit stays quick.
    private static let batchBytesMax = 1 << 20
    /// Taking in again what is pending then, a few thousand events at the most, costs little beside so many.
    private static let apartMax = 1 << 16

    public init(
        _ log: any EventLog, replayed: consuming Replayed, consumers: Consumers, _ options: RegisterOptions
    ) {
        self.log = log
        self.consumers = consumers
        self.options = options
        receipts = replayed.receipts
        lastRecorded = replayed.lastRecorded
        end = replayed.position
        snapshots = SnapshotWatch(latest: replayed.start, replayed.amendments)
        damage = if case .damaged(let found) = log.refusal { found } else { replayed.damage }
        settled = replayed.world
        amendments = replayed.amendments
        past = Past(replayed.checkpoints)
        ahead = settled
        identity = EventIdentity(seed: options.seed)
        started = Timestamp(microseconds: options.now())
    }

    /// How far the clock is behind the time that the latest event was recorded at; 0 where it is not. As long as it is,
    /// recorded times stand still.
    public var clockBehindSeconds: Int { Int(max(0, lastRecorded.microseconds - options.now()) / 1_000_000) }

    /// How many events wait for the disk.
    var pending: Int { (syncing?.events.count ?? 0) + gathering.reduce(0) { $0 + $1.events.count } }

    /// The last position that the settled world has taken in.
    var head: Position { (syncing ?? gathering.first).map { $0.first.advanced(by: -1) } ?? end }

    var today: Day { options.calendar.day(of: Timestamp(microseconds: options.now())) }

    /// All that has been decided. It is worth keeping once the log has it.
    var snapshot: Snapshot {
        Snapshot(
            position: end, world: ahead, receipts: receipts, lastRecorded: lastRecorded, amending: amendments.positions)
    }

    /// Takes no more commands; `done` is called once everything that was accepted is durable and answered.
    public func stop(_ done: @escaping () -> Void) {
        guard case .running = phase else { return done() }
        phase = .stopping(done)
        verificationWanted.end()
        followers.end(reason: "the service stops") { _ in true }
        keepSnapshot(pausing: false)
        finishIfIdle()
    }

    /// The limits from now on. Who has lost every role is told so, and follows nothing any more.
    public func adopt(_ limits: Limits) {
        options.limits = limits
        followers.end(reason: "no role any more") { $0.role == nil }
    }

    // MARK: Commands

    func carryOut(_ order: Order, for session: any Session, reply send: @escaping (Reply) -> Void) {
        guard turns.isFree(session) else {
            return turns.wait(session) { [unowned self] in carryOut(order, for: session, reply: send) }
        }
        session.commandsPending += 1
        let reply = { (reply: Reply) in
            session.commandsPending -= 1
            send(reply)
        }
        do throws(Failure) {
            try checkPhase()
            var context = EventContext(source: options.source, actor: session.actor)
            if let id = order.commandID {
                (context.commandID, context.commandDigest) = (id, Receipts.digest(order.canonical))
                if try wasCarriedOut(context, reply) { return }
            }
            guard order.amending.isEmpty else { return amend(order, context, for: session, reply) }
            try checkCanRecord(order)
            try record(order, context, reply)
        } catch {
            answer(.failure(error), reply)
        }
    }

    /// Gives the first answer to a command that was carried out before; refuses an id that was used for another.
    func wasCarriedOut(_ context: EventContext, _ reply: @escaping (Reply) -> Void) throws(Failure) -> Bool {
        guard let id = context.commandID, let receipt = receipts[id] else { return false }
        guard receipt.digest == context.commandDigest.map(Receipts.number) else { throw .commandIDReused(id) }
        whenDurable { $0.replay(receipt, reply) }
        return true
    }

    func checkCanRecord(_ order: Order) throws(Failure) {
        try checkPhase()
        try admit()
        try check(order.expect)
    }

    /// From now on, what is recorded is kept for whoever looks at an amendment; what is pending first.
    func startTail() { startTail(from: [syncing].compactMap(\.self).flatMap(\.events) + gathering.flatMap(\.events)) }

    func startTail(from first: [(event: any EventRecord, stamp: Stamp)]) { tail = first }

    func takeTail() -> [(event: any EventRecord, stamp: Stamp)] {
        defer { tail = nil }
        return tail ?? []
    }

    /// Sends a reply once everything is durable that it was decided on.
    func answer(_ reply: Reply, _ send: @escaping (Reply) -> Void) {
        if !gathering.isEmpty {
            gathering[gathering.count - 1].replies.append((reply, send))
        } else if syncing != nil {
            syncing?.replies.append((reply, send))
        } else {
            send(reply)
        }
    }

    /// Does what a connection asks once the commands it sent before are durable, so that it sees its own writes even
    /// when it does not wait for their answers. Who sent no commands never waits for the disk.
    func inTurn(_ session: any Session, _ work: @escaping (Register) -> Void) {
        guard turns.isFree(session) else {
            return turns.wait(session) { [unowned self] in inTurn(session, work) }
        }
        if session.commandsPending == 0 { return work(self) }
        whenDurable { if session.isOpen { work($0) } }
    }

    func whenDurable(_ work: @escaping (Register) -> Void) {
        let visit = { [unowned self] in work(self) }
        if !gathering.isEmpty {
            gathering[gathering.count - 1].afterwards.append(visit)
        } else if syncing != nil {
            syncing?.afterwards.append(visit)
        } else {
            visit()
        }
    }

    var isRunning: Bool { if case .running = phase { true } else { false } }

    func checkPhase() throws(Failure) {
        switch phase {
        case .running: break
        case .stopping, .stopped: throw .stopping
        case .failed(let failure): throw Failure(.outcomeUnknown, failure.description)
        }
    }

    /// Whether anything new can be recorded; what was recorded before is answered all the same.
    private func admit() throws(Failure) {
        if let damage { throw Failure(.readOnly, rule: "log_damaged", damage.description) }
        if let refusal = log.refusal { throw Failure(.readOnly, rule: "log_refuses", refusal.description) }
    }

    private func check(_ expect: Expectations?) throws(Failure) {
        for (name, position) in expect?.positions ?? [] {
            guard let subject = Subject(name) else { continue }
            let last = ahead.last(of: subject)
            guard last == position else {
                let rejection = Rejection(
                    "expectation_failed", "\(name) was changed by event \(last), you expected \(position): look again",
                    ["subject": subject, "sequence": last, "expected": position])
                throw Failure(rejection, kind: .conflict)
            }
        }
    }

    /// Decides each command on what those before it made of the world; all of their events join one batch, or none.
    ///
    /// What puts earlier events right comes first: `amended` is the world that it makes.
    func record(
        _ order: Order, _ context: EventContext, on amended: AmendedWorld? = nil, _ reply: @escaping (Reply) -> Void
    ) throws(Failure) {
        let now = try now()
        let recorded = max(now, lastRecorded)
        var writer = JSONWriter()
        var events: [(event: any EventRecord, stamp: Stamp)] = []
        var accepted = Accepted()
        accepted.dryRun = order.isDryRun ? true : nil
        // What nobody decides on any more need not be taken in to be told.
        let takesIn = !order.isDryRun || order.count > 1
        var hasMoved = amended != nil
        func write(_ outcome: Outcome, _ stamp: Stamp) {
            var stamp = stamp
            stamp.sequence = Int(end.rawValue) + events.count + 1
            let id = identity.next(at: recorded.microseconds)
            EventLine.write(outcome, id: id, stamp, context, to: &writer)
            if takesIn {
                ahead.take(outcome.event, stamp)
                hasMoved = true
            }
            events.append((outcome.event, stamp))
            accepted.events.append(Accepted.Recorded(outcome, order.isDryRun ? 0 : stamp.sequence))
        }
        func stamp(_ moment: Moment?) throws(Rejection) -> Stamp {
            let time =
                moment.map { options.calendar.timestamp(of: $0) }
                ?? Timestamp(
                    microseconds: now.microseconds,
                    offsetMinutes: options.calendar.offsetMinutes(at: now.microseconds))
            try checkPossible(time, now)
            return Stamp(sequence: 0, time: time, day: options.calendar.day(of: time), recorded: recorded)
        }
        if let amended { ahead = amended.fold.world }
        do throws(Failure) {
            for plan in amended?.plans ?? [] {
                do throws(Rejection) {
                    if case .corrected(_, let time) = plan.verdict { try checkPossible(time, now) }
                    write(Outcome(plan.event), try stamp(plan.time))
                } catch { throw Failure(error) }
            }
            for member in order.commands {
                do throws(Rejection) {
                    let stamp = try stamp(member.time)
                    for outcome in try member.command.decide(ahead, stamp) { write(outcome, stamp) }
                } catch { throw .refused(error, member.index, of: order.count) }
            }
            try checkRoom(writer.bytes.count)
        } catch {
            if hasMoved { startAheadAnew() }
            throw error
        }
        if order.isDryRun || events.isEmpty, hasMoved { startAheadAnew() }
        guard !events.isEmpty, !order.isDryRun else { return answer(.result(accepted), reply) }
        lastRecorded = recorded
        if let id = context.commandID, let digest = context.commandDigest {
            for event in events { receipts.note(id, digest, at: event.stamp.sequence) }
        }
        for (plan, event) in zip(amended?.plans ?? [], events) {
            amendments.note(plan.verdict, of: plan.target, at: event.stamp.sequence)
        }
        join(writer.bytes, events, amended: amended.map { (ahead, $0.fold.checkpoints) }, accepted, reply)
    }

    /// The instants that can be read again once they are written down.
    private static let writable =
        Int64(Day.bounds.lowerBound.rawValue) * 86_400_000_000..<Int64(Day.bounds.upperBound.rawValue + 1)
        * 86_400_000_000

    /// What the clock shows, to be recorded; throws when no calendar goes so far.
    func now() throws(Failure) -> Timestamp {
        let now = Timestamp(microseconds: options.now())
        guard Self.writable.contains(now.microseconds) else {
            throw Failure(
                Rejection(
                    "day_out_of_bounds",
                    "the clock shows \(now), outside \(Day.bounds.lowerBound) to \(Day.bounds.upperBound): it has to be set",
                    ["time": now]))
        }
        return now
    }

    /// Whether something can have happened then.
    private func checkPossible(_ time: Timestamp, _ now: Timestamp) throws(Rejection) {
        let ahead = Int64(RegisterOptions.futureSecondsMax) * 1_000_000
        guard time.microseconds <= now.microseconds + ahead else {
            throw Rejection(
                "in_the_future", "\(time) has not come yet: the register takes what has happened", ["time": time])
        }
        guard Day.bounds.contains(options.calendar.day(of: time)) else {
            throw Rejection(
                "day_out_of_bounds",
                "\(time) lies outside \(Day.bounds.lowerBound) to \(Day.bounds.upperBound)", ["time": time])
        }
    }

    private func checkRoom(_ bytes: Int) throws(Failure) {
        guard bytes <= log.commitBytesMax else {
            throw Failure(
                .limit, rule: "commit_bytes_max",
                "one command or transaction writes at most \(log.commitBytesMax) bytes")
        }
        let waiting = gathering.reduce(0) { $0 + $1.lines.count }
        guard waiting + bytes <= log.room, gathering.count < LogLimits.commitsAhead else {
            throw Failure(
                .readOnly, rule: "no_room",
                "no room to record anything: \(log.shortage ?? "the log is catching up"); "
                    + "queries go on, and recording does once there is room")
        }
    }

    /// After a transaction that was refused half-way, or only tried: the settled world, and what is pending once more.
    private func startAheadAnew() {
        ahead = settled
        for batch in [syncing].compactMap(\.self) + gathering {
            batch.apply(to: &ahead)
        }
    }

    private func join(
        _ lines: [UInt8], _ events: [(event: any EventRecord, stamp: Stamp)],
        amended: (world: World, checkpoints: Checkpoints)?,
        _ accepted: Accepted, _ reply: @escaping (Reply) -> Void
    ) {
        let most = min(Self.batchBytesMax, log.commitBytesMax)
        let isFull = gathering.last.map { $0.amended != nil || $0.lines.count + lines.count > most } ?? true
        if isFull || amended != nil {
            gathering.append(Batch(first: end.next))
            gathering[gathering.count - 1].lines.reserveCapacity(lines.count + LogLimits.trailerBytesMax)
        }
        end = end.advanced(by: events.count)
        gathering[gathering.count - 1].lines.append(contentsOf: lines)
        gathering[gathering.count - 1].events.append(contentsOf: events)
        gathering[gathering.count - 1].amended = amended
        tail?.append(contentsOf: events)
        gathering[gathering.count - 1].replies.append((.result(accepted), reply))
        guard syncing == nil, !flushIsDue else { return }
        // At the end of the turn: what other connections send in the same turn shares the sync.
        flushIsDue = true
        let register = Resident(self, of: options.home)
        options.home.execute { register.visit().flush() }
    }

    private func flush() {
        flushIsDue = false
        guard syncing == nil, !gathering.isEmpty else { return finishIfIdle() }
        var batch = gathering.removeFirst()
        let commit = Commit(first: batch.first, count: batch.events.count, lines: batch.lines)
        batch.lines = []
        syncing = batch
        let register = Resident(self, of: options.home)
        let home = options.home
        log.append(commit) { commit, result in
            home.execute { register.visit().settle(commit, result) }
        }
    }

    private func settle(_ commit: Commit, _ result: Result<Checkpoint, AppendFailure>) {
        guard let batch = syncing else { preconditionFailure("only what was handed to the log comes back from it") }
        syncing = nil
        switch result {
        case .success:
            settle(batch)
            share(batch.events.count)
            for (reply, send) in batch.replies { send(reply) }
            followers.offer(commit.lines, first: commit.first, count: commit.count)
            for work in batch.afterwards { work() }
            flush()
        case .failure(let failure): fail(failure, batch)
        }
    }

    private func settle(_ batch: Batch) {
        batch.apply(to: &settled) { past.checkpoints.pass($0, $1) }
        if let (_, checkpoints) = batch.amended { past.checkpoints = checkpoints }
    }

    /// What the two worlds have in common lies in memory once, as long as neither changes it. What both have changed
    /// the same way is made one again from time to time.
    private func share(_ events: Int) {
        apart += events
        guard apart >= Self.apartMax else { return }
        apart = 0
        startAheadAnew()
    }

    /// The disk has let us down: nobody is told that anything was kept, and the program ends.
    private func fail(_ failure: AppendFailure, _ batch: Batch) {
        phase = .failed(failure)
        let unknown = Reply.failure(
            Failure(.outcomeUnknown, "\(failure): repeat the command with its command_id once the service is back"))
        let lost = [batch] + gathering
        gathering = []
        end = batch.first.advanced(by: -1)
        for batch in lost {
            for (_, send) in batch.replies { send(unknown) }
            // What waited for those commands learns from the failed phase what became of them.
            for work in batch.afterwards { work() }
        }
        options.failed(failure)
    }

    func finishIfIdle() {
        guard case .stopping(let done) = phase, syncing == nil, gathering.isEmpty, !consumers.isWriting,
            !snapshots.isWriting
        else { return }
        phase = .stopped
        done()
    }

    // MARK: Answers that were given before

    /// The first answer to a command, made anew from the events it led to.
    func replay(_ receipt: Receipts.Receipt, _ reply: @escaping (Reply) -> Void) {
        if case .failed(let failure) = phase { return reply(.failure(Failure(.outcomeUnknown, failure.description))) }
        readLog(from: Position(rawValue: UInt64(receipt.first)), count: Int(receipt.count)) { register, lines in
            var accepted = Accepted()
            accepted.replayed = true
            let parser = JSONParser()
            for line in lines {
                guard let (envelope, _) = try? EventLine.read(line.span, with: parser, in: register.options.calendar)
                else {
                    continue
                }
                accepted.events.append(Accepted.Recorded(envelope))
            }
            guard accepted.events.count == receipt.count else {
                let message = "the events of the first answer cannot be read"
                return reply(.failure(Failure(.internalError, rule: "log_unreadable", message)))
            }
            reply(.result(accepted))
        } failed: {
            reply(.failure($0))
        }
    }
}

extension Accepted.Recorded {
    init(_ outcome: Outcome, _ sequence: Int) {
        self.sequence = sequence
        type = Identifier(stringLiteral: Swift.type(of: outcome.event).type)
        subject = outcome.event.subject
        anomalies = outcome.anomalies
    }

    init(_ envelope: Envelope) {
        sequence = envelope.stamp.sequence
        type = envelope.type
        subject = envelope.subject
        anomalies = envelope.anomalies
    }
}

extension Failure {
    static var stopping: Failure { Failure(.stopping, "the service is stopping: ask again in a moment") }

    /// A refusal of one command of several, or of the only one.
    static func refused(_ rejection: Rejection, _ index: Int, of count: Int) -> Failure {
        guard count > 1 else { return Failure(rejection) }
        return Failure(
            .refused, rule: rejection.rule, "command \(index + 1) of \(count): \(rejection.message)",
            facts: rejection.facts + [.init(name: "command_index", value: .number(index))])
    }

    static func commandIDReused(_ id: Identifier) -> Failure {
        Failure(
            Rejection(
                "command_id_reused", "command_id \(id) was used for a different command: take a new one",
                ["command_id": id]),
            kind: .conflict)
    }
}
