import AccueilDomain
import EventCoding
import EventLog
import WireProtocol

// How an earlier event is put right.
//
//     order ─► everything durable ─► elsewhere: world up to the head, as if the event had been right from the start;
//                                    each later event is decided once more
//           ─► here: what was decided meanwhile likewise ─► refused by what stands in the way, or recorded
//
// One at a time. Other commands go on meanwhile, and are the last to be looked at.

/// A world in which some events have been put right, and the events that say so.
struct AmendedWorld: Sendable {
    struct Plan: Sendable {
        /// Position of the event that is put right.
        let target: Int
        let event: any Amending
        let verdict: Amendments.Verdict
        let time: Moment?
    }

    var fold: Fold
    let plans: [Plan]
    /// Obstacles that the rules of today refuse even without the amendment.
    var excused: Set<Int> = []
}

extension Register {
    /// The most events that were recorded meanwhile and are looked at on the register's thread; more go elsewhere first.
    private static let tailMax = 64

    /// Puts events right, and then carries out what else the order holds. What the connection sends meanwhile waits.
    func amend(_ order: Order, _ context: EventContext, for session: any Session, _ reply: @escaping (Reply) -> Void) {
        turns.hold(session)
        past.queue.add { register, done in
            // So that the amendment before this one holds, in the kept worlds as well.
            register.whenDurable { register in
                register.begin(order, context, reply) {
                    done()
                    register.letGo(session)
                }
            }
        }
        foldNext()
    }

    private func begin(
        _ order: Order, _ context: EventContext, _ reply: @escaping (Reply) -> Void, _ done: @escaping () -> Void
    ) {
        do throws(Failure) {
            if try wasCarriedOut(context, reply) { return done() }
            try checkCanRecord(order)
            for member in order.amending {
                let sequence = member.command.sequence
                guard sequence >= 1, sequence <= Int(head.rawValue) else { throw .beyondTheLog(sequence, head) }
            }
        } catch { return refuse(error, reply, done) }
        let (log, head, known, checkpoints, calendar) = (log, head, amendments, past.checkpoints, options.calendar)
        let (amending, count) = (order.amending, order.count)
        startTail()
        elsewhere(on: options.calculating) { () throws(Failure) -> AmendedWorld in
            let plans = try AmendedWorld.plans(amending, of: count, in: log, known, calendar)
            return try AmendedWorld(plans, upTo: head, of: log, known, checkpoints)
        } then: { register, result in
            register.advance(order, context, result, Before(known: known, checkpoints: checkpoints), reply, done)
        }
    }

    /// What the register knew when an amendment began.
    private struct Before {
        let known: Amendments
        let checkpoints: Checkpoints
    }

    /// Looks at what was recorded meanwhile, in rounds until little is left.
    private func advance(
        _ order: Order, _ context: EventContext, _ result: Result<AmendedWorld, Failure>, _ before: Before,
        _ reply: @escaping (Reply) -> Void, _ done: @escaping () -> Void
    ) {
        let tail = takeTail()
        switch result {
        case .failure(let failure): refuse(failure, reply, done)
        case .success(let amended) where tail.count > Self.tailMax:
            startTail(from: [])
            elsewhere(on: options.calculating) { () throws(Failure) -> AmendedWorld in
                var amended = amended
                for (event, stamp) in tail { amended.fold.take(event, stamp) }
                return amended
            } then: { register, result in
                register.advance(order, context, result, before, reply, done)
            }
        case .success(var amended):
            for (event, stamp) in tail { amended.fold.take(event, stamp) }
            conclude(order, context, amended, before, reply, done)
        }
    }

    private func conclude(
        _ order: Order, _ context: EventContext, _ amended: AmendedWorld, _ before: Before,
        _ reply: @escaping (Reply) -> Void, _ done: @escaping () -> Void
    ) {
        let fold = amended.fold
        if let failure = amended.refusedItself { return refuse(failure, reply, done) }
        let suspects = Set(fold.obstacles.map(\.sequence)).subtracting(amended.excused)
        guard !suspects.isEmpty else {
            do throws(Failure) {
                if try !wasCarriedOut(context, reply) {
                    try checkCanRecord(order)
                    try record(order, context, on: amended, reply)
                }
            } catch { answer(.failure(error), reply) }
            return done()
        }
        guard fold.obstacleCount == fold.obstacles.count, amended.excused.isEmpty else {
            return refuse(amended.failure, reply, done)
        }
        // Rules may have grown stricter since an event was recorded: only what the amendment itself breaks counts.
        let log = log
        startTail(from: [])
        elsewhere(on: options.calculating) { () throws(Failure) -> AmendedWorld in
            var amended = amended
            amended.excused = try AmendedWorld.refusedAnyway(
                suspects, upTo: fold.position, of: log, before.known, before.checkpoints)
            guard !amended.excused.isEmpty else { throw amended.failure }
            return amended
        } then: { register, result in
            register.advance(order, context, result, before, reply, done)
        }
    }

    private func refuse(_ failure: Failure, _ reply: @escaping (Reply) -> Void, _ done: () -> Void) {
        answer(.failure(failure), reply)
        done()
    }
}

extension AmendedWorld {
    /// What each command would put right, and how.
    static func plans(
        _ amending: [Order.Member<any AmendingCommand>], of count: Int, in log: any EventLog, _ known: Amendments,
        _ calendar: CivilCalendar
    ) throws(Failure) -> [Plan] {
        var known = known
        var plans: [Plan] = []
        let parser = JSONParser()
        for member in amending {
            let (command, target) = (member.command, member.command.sequence)
            func refusal(_ rule: String, _ message: String) -> Failure {
                .refused(Rejection(rule, message, ["sequence": target]), member.index, of: count)
            }
            var (event, happened) = try read(target, in: log, with: parser, calendar)
            switch known.verdict(of: target, known: .max) {
            // Said once more.
            case .voided where command is EventVoid: continue
            case .voided: throw refusal("event_voided", "event \(target) was voided: record it anew")
            case .corrected(let right, let time): (event, happened) = (right, time)
            case nil: break
            }
            guard !(event is any Amending) else {
                throw refusal(
                    "not_correctable", "event \(target) puts another one right: correct or record that one anew")
            }
            do throws(Malformed) {
                guard let (event, verdict) = try command.amend(event, at: happened, in: calendar) else { continue }
                plans.append(Plan(target: target, event: event, verdict: verdict, time: member.time))
                known.note(verdict, of: target, at: .max)
            } catch {
                throw Failure(count > 1 ? error.inside("params").inside("commands[\(member.index)]") : error)
            }
        }
        return plans
    }

    private static func read(
        _ target: Int, in log: any EventLog, with parser: JSONParser, _ calendar: CivilCalendar
    ) throws(Failure) -> (any EventRecord, Timestamp) {
        do throws(Replayed.Failure) {
            let (envelope, event) = try log.event(
                at: Position(rawValue: UInt64(target)), with: parser, in: calendar)
            return (event, envelope.stamp.time)
        } catch { throw Failure(.internalError, rule: "log_unreadable", error.description) }
    }

    /// The world up to `end` as if what the plans say had been so from the start.
    init(
        _ plans: [Plan], upTo end: Position, of log: any EventLog, _ known: Amendments, _ checkpoints: Checkpoints
    ) throws(Failure) {
        var amendments = known
        for plan in plans { amendments.note(plan.verdict, of: plan.target, at: .max) }
        let first = plans.map(\.target).min() ?? Int(end.rawValue) + 1
        fold = Fold(
            checkpoints, before: Position(rawValue: UInt64(first)), amendments,
            recheck: .amending(Set(plans.map(\.target))))
        self.plans = plans
        try Self.read(log, upTo: end, into: &fold)
    }

    /// Which of the suspects the rules refuse even without the amendment.
    static func refusedAnyway(
        _ suspects: Set<Int>, upTo end: Position, of log: any EventLog, _ known: Amendments, _ checkpoints: Checkpoints
    ) throws(Failure) -> Set<Int> {
        let first = Position(rawValue: UInt64(suspects.min() ?? 1))
        var fold = Fold(checkpoints, before: first, known, recheck: .only(suspects))
        // Events that are not yet durable were decided today, by the rules of today.
        try read(log, upTo: min(end, log.durable), into: &fold)
        return Set(fold.obstacles.map(\.sequence))
    }

    private static func read(_ log: any EventLog, upTo end: Position, into fold: inout Fold) throws(Failure) {
        let damage: LogDamage?
        do throws(Replayed.Failure) { damage = try fold.read(log, upTo: end) } catch {
            throw Failure(.internalError, rule: "log_unreadable", error.description)
        }
        if let damage { throw Failure(.readOnly, rule: "log_damaged", damage.description) }
    }

    /// The rule that refuses a corrected event in its new form.
    var refusedItself: Failure? {
        guard let own = fold.refusedTarget else { return nil }
        return Failure(
            .refused, rule: own.rejection.rule, "event \(own.sequence), so corrected: \(own.rejection.message)",
            facts: own.rejection.facts.filter { $0.name != "sequence" }
                + [.init(name: "sequence", value: .number(own.sequence))])
    }

    /// What stands in the way.
    var failure: Failure {
        let obstacles = fold.obstacles.filter { !excused.contains($0.sequence) }
        let count = fold.obstacleCount - excused.count
        let named = obstacles.prefix(5).map { "#\($0.sequence) \($0.type) of \($0.subject) (\($0.rejection.rule))" }
        let more = count > named.count ? " and \(count - named.count) more" : ""
        let targets = plans.map { "#\($0.target)" }.joined(separator: ", ")
        let rejection = Rejection(
            "stands_in_the_way",
            "\(targets) cannot be put right so: \(named.joined(separator: ", "))\(more) could not have followed; "
                + "void or correct those too, in the same transaction",
            ["events": count])
        var facts = rejection.facts
        for obstacle in obstacles {
            facts.append(.init(name: "#\(obstacle.sequence)", value: .text(obstacle.rejection.rule)))
        }
        return Failure(.refused, rule: rejection.rule, rejection.message, facts: facts)
    }
}
