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
}

extension Register {
    /// Puts events right, and then carries out what else the order holds.
    func amend(_ order: Order, _ context: EventContext, _ reply: @escaping (Reply) -> Void) {
        past.queue.add { register, done in
            // So that the amendment before this one holds, in the kept worlds as well.
            register.whenDurable { $0.begin(order, context, reply, done) }
        }
        foldNext()
    }

    private func begin(
        _ order: Order, _ context: EventContext, _ reply: @escaping (Reply) -> Void, _ done: @escaping () -> Void
    ) {
        func refuse(_ failure: Failure) {
            answer(.failure(failure), reply)
            done()
        }
        // The same command may have been waiting before this one.
        if let id = context.commandID, let receipt = receipt(of: id) {
            replay(receipt, reply)
            return done()
        }
        do throws(Failure) {
            try checkCanRecord(order)
            for member in order.amending where !(1...max(1, Int(head.rawValue))).contains(member.command.sequence) {
                throw .beyondTheLog(member.command.sequence, head)
            }
        } catch { return refuse(error) }
        let (log, head, known, checkpoints, calendar) = (log, head, amendments, past.checkpoints, options.calendar)
        let amending = order.amending.map { ($0.command, $0.time) }
        startTail()
        elsewhere { () throws(Failure) -> AmendedWorld in
            let plans = try AmendedWorld.plans(amending, in: log, known, calendar)
            return try AmendedWorld(plans, upTo: head, of: log, known, checkpoints)
        } then: { register, result in
            let tail = register.takeTail()
            do throws(Failure) {
                var amended = try result.get()
                for (event, stamp) in tail { amended.fold.take(event, stamp) }
                register.conclude(order, context, amended, known, checkpoints, reply, done)
            } catch {
                register.answer(.failure(error), reply)
                done()
            }
        }
    }

    private func conclude(
        _ order: Order, _ context: EventContext, _ amended: AmendedWorld, _ known: Amendments,
        _ checkpoints: Checkpoints, _ reply: @escaping (Reply) -> Void, _ done: @escaping () -> Void
    ) {
        func record() {
            do throws(Failure) {
                try checkCanRecord(order)
                try self.record(order, context, on: amended, reply)
            } catch { answer(.failure(error), reply) }
            done()
        }
        guard !amended.fold.obstacles.isEmpty else { return record() }
        if let failure = amended.refusedItself {
            answer(.failure(failure), reply)
            return done()
        }
        // Rules may have grown stricter since an event was recorded: only what the amendment itself breaks counts.
        let (log, suspects) = (log, Set(amended.fold.obstacles.map(\.sequence)))
        let end = amended.fold.position
        elsewhere { () throws(Failure) -> Set<Int> in
            try AmendedWorld.refusedAnyway(suspects, upTo: end, of: log, known, checkpoints)
        } then: { register, result in
            switch result {
            case .success(let anyway):
                let obstacles = amended.fold.obstacles.filter { !anyway.contains($0.sequence) }
                // What was recorded during this second look is looked at by asking again.
                if obstacles.isEmpty, register.lastPosition == end { return record() }
                register.answer(.failure(amended.failure(obstacles)), reply)
            case .failure(let failure): register.answer(.failure(failure), reply)
            }
            done()
        }
    }
}

extension AmendedWorld {
    /// What each command would put right, and how.
    static func plans(
        _ amending: [(command: any AmendingCommand, time: Moment?)], in log: any EventLog, _ known: Amendments,
        _ calendar: CivilCalendar
    ) throws(Failure) -> [Plan] {
        var known = known
        var plans: [Plan] = []
        let parser = JSONParser()
        for (command, time) in amending {
            let target = command.sequence
            var (event, happened) = try read(target, in: log, with: parser, calendar)
            switch known.verdict(of: target, known: .max) {
            // Said once more.
            case .voided where command is EventVoid: continue
            case .voided:
                throw Failure(
                    Rejection("event_voided", "event \(target) was voided: record it anew", ["sequence": target]))
            case .corrected(let right, let time): (event, happened) = (right, time)
            case nil: break
            }
            guard !(event is any Amending) else {
                throw Failure(
                    Rejection(
                        "not_correctable", "event \(target) puts another one right: correct or record that one anew",
                        ["sequence": target]))
            }
            do throws(Malformed) {
                guard let (event, verdict) = try command.amend(event, at: happened, in: calendar) else { continue }
                plans.append(Plan(target: target, event: event, verdict: verdict, time: time))
                known.note(verdict, of: target, at: .max)
            } catch { throw Failure(error) }
        }
        return plans
    }

    private static func read(
        _ target: Int, in log: any EventLog, with parser: JSONParser, _ calendar: CivilCalendar
    ) throws(Failure) -> (any EventRecord, Timestamp) {
        let position = Position(rawValue: UInt64(target))
        do throws(Replayed.Failure) {
            guard case .run(let run) = try log.run(from: position, bytesMax: 1), run.count > 0 else {
                throw .unreadable("event \(target) cannot be read")
            }
            let line = run.bytes.span.extracting(0..<(run.bytes.count - 1))
            let (envelope, event) = try LoggedEvent.read(line, at: position, with: parser, in: calendar)
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
            checkpoints, before: Position(rawValue: UInt64(first)), amendments, recheck: .from(first))
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
        let targets = Set(plans.map(\.target))
        guard let own = fold.obstacles.first(where: { targets.contains($0.sequence) }) else { return nil }
        return Failure(
            .refused, rule: own.rejection.rule, "event \(own.sequence), so corrected: \(own.rejection.message)",
            facts: own.rejection.facts + [.init(name: "sequence", value: .number(own.sequence))])
    }

    func failure(_ obstacles: [Fold.Obstacle]) -> Failure {
        let named = obstacles.prefix(5).map { "#\($0.sequence) \($0.type) of \($0.subject) (\($0.rejection.rule))" }
        let more = obstacles.count > named.count ? " and \(obstacles.count - named.count) more" : ""
        let targets = plans.map { "#\($0.target)" }.joined(separator: ", ")
        let rejection = Rejection(
            "stands_in_the_way",
            "\(targets) cannot be put right so: \(named.joined(separator: ", "))\(more) could not have followed; "
                + "void or correct those too, in the same transaction",
            ["events": obstacles.count])
        var facts = rejection.facts
        for obstacle in obstacles {
            facts.append(.init(name: "#\(obstacle.sequence)", value: .text(obstacle.rejection.rule)))
        }
        return Failure(.refused, rule: rejection.rule, rejection.message, facts: facts)
    }
}
