import AccueilDomain
import EventCoding
import EventLog
import WireProtocol

/// One subscription: a position and nothing else.
///
///     reading ──(reached the head)──► live ──(client takes no more)──► stalled ──(takes again)──► reading
///
/// Live, it is handed each batch as it becomes durable. When its client takes no more, nothing is kept for it: it goes
/// on from the log later. So no event is dropped, skipped or doubled, and a slow reader costs no memory.
struct Follower {
    enum State { case live, reading, stalled }

    let session: any Session
    let test: EventFilter.Test
    /// What stands before each event that it is told.
    let opening: [UInt8]
    /// The next position to look at.
    var next: Position
    var state = State.stalled
}

struct Followers {
    private(set) var byID: [String: Follower] = [:]
    private var idsBySession: [ObjectIdentifier: Set<String>] = [:]
    private var idsGiven = 0

    mutating func add(_ session: any Session, _ test: EventFilter.Test, at next: Position) -> String {
        idsGiven += 1
        let id = "s\(idsGiven)"
        byID[id] = Follower(session: session, test: test, opening: Self.opening(of: id), next: next)
        idsBySession[ObjectIdentifier(session), default: []].insert(id)
        return id
    }

    subscript(_ id: String) -> Follower? { byID[id] }

    func ids(of session: any Session) -> Set<String> { idsBySession[ObjectIdentifier(session)] ?? [] }

    mutating func set(_ id: String, _ state: Follower.State) { byID[id]?.state = state }
    mutating func advance(_ id: String, to next: Position) { byID[id]?.next = next }

    mutating func remove(_ id: String) {
        guard let follower = byID.removeValue(forKey: id) else { return }
        let session = ObjectIdentifier(follower.session)
        idsBySession[session]?.remove(id)
        if idsBySession[session]?.isEmpty ?? false { idsBySession[session] = nil }
    }

    /// Hands a durable batch to those who have seen everything before it.
    mutating func offer(_ lines: [UInt8], first: Position, count: Int) {
        guard !byID.isEmpty else { return }
        let events = Self.events(in: lines)
        for (id, follower) in byID where follower.state == .live {
            precondition(follower.next == first, "a live follower has seen everything before the batch")
            if follower.session.isWritable {
                Self.deliver(events, of: lines, to: follower)
                byID[id]?.next = first.advanced(by: count)
            } else {
                byID[id]?.state = .stalled
            }
        }
    }

    /// Where each line stands, without its end.
    static func events(in lines: [UInt8]) -> [Range<Int>] {
        var events: [Range<Int>] = []
        var start = 0
        while let end = lines.newline(from: start) {
            events.append(start..<end)
            start = end + 1
        }
        return events
    }

    /// Sends those of the events that the follower wants, as notifications.
    static func deliver(_ events: some Collection<Range<Int>>, of lines: [UInt8], to follower: Follower) {
        var sent: [UInt8] = []
        for event in events where follower.test.admits(lines.span.extracting(event)) {
            if sent.isEmpty {
                sent.reserveCapacity(lines.count - event.lowerBound + events.count * (follower.opening.count + 4))
            } else {
                sent.append(0x0A)
            }
            sent += follower.opening
            sent += lines[event]
            sent.append(0x7D)
            sent.append(0x7D)
        }
        if !sent.isEmpty { follower.session.notify(sent) }
    }

    func heartbeat(head: Position) {
        for (id, follower) in byID where follower.state == .live && follower.session.isWritable {
            Notice.heartbeat.send(
                HeadNotice(of: Identifier(stringLiteral: id), head: Int(head.rawValue)), to: follower.session)
        }
    }

    /// Ends the subscriptions of the sessions that `concerned` picks.
    mutating func end(reason: String, _ concerned: (any Session) -> Bool) {
        for (id, follower) in byID where concerned(follower.session) { end(id, reason: reason) }
    }

    /// Ends a subscription and tells its client where to go on.
    mutating func end(_ id: String, reason: String) {
        guard let follower = byID[id] else { return }
        let notice = EndNotice(
            of: Identifier(stringLiteral: id), next: Int(follower.next.rawValue), reason: Prose(reason))
        Notice.ended.send(notice, to: follower.session)
        remove(id)
    }

    /// What stands before the event in a notification; two braces stand behind it.
    private static func opening(of id: String) -> [UInt8] {
        var writer = JSONWriter()
        Notice.event.write(EventNotice(of: Identifier(stringLiteral: id), event: StoredEvent([])), to: &writer)
        return Array(writer.bytes.dropLast(2))
    }
}

extension Register {
    /// Bytes of the log that a follower reads at once while it catches up.
    private static let catchUpBytes = 256 << 10

    func subscribe(_ query: SubscribeQuery, _ session: any Session, _ reply: (Reply) -> Void) {
        guard followers.ids(of: session).count < options.limits.subscriptionsMax else {
            let most = options.limits.subscriptionsMax
            return reply(
                .failure(Failure(.limit, rule: "subscriptions_max", "a connection has at most \(most) subscriptions")))
        }
        let next: Int
        do throws(Failure) {
            next =
                try query.consumer.map { name throws(Failure) in try consumer(name).cursor + 1 }
                ?? query.from ?? Int(head.rawValue) + 1
        } catch { return reply(.failure(error)) }
        guard next >= 1, next <= Int(head.rawValue) + 1 else {
            return reply(.failure(.beyondTheLog(next, head)))
        }
        let position = Position(rawValue: UInt64(next))
        let id = followers.add(session, query.filter.test(in: options.calendar), at: position)
        reply(.result(Subscribed(subscription: Identifier(stringLiteral: id), from: next, head: Int(head.rawValue))))
        catchUp(id)
    }

    func unsubscribe(_ query: UnsubscribeQuery, _ session: any Session) -> Reply {
        let id = query.subscription.description
        guard let follower = followers[id], follower.session === session else {
            return .failure(
                Failure(.notFound, rule: "unknown_subscription", "this connection has no subscription \(id)"))
        }
        followers.remove(id)
        return .result(Unsubscribed(next: Int(follower.next.rawValue)))
    }

    /// Reads on for a follower that is not live, as long as its client takes what it gets.
    func catchUp(_ id: String) {
        guard let follower = followers[id] else { return }
        guard follower.session.isWritable else {
            return followers.set(id, .stalled)
        }
        guard follower.next <= head else {
            followers.set(id, .live)
            let head = head
            return Notice.caughtUp.send(
                HeadNotice(of: Identifier(stringLiteral: id), head: Int(head.rawValue)), to: follower.session)
        }
        followers.set(id, .reading)
        read(from: follower.next, bytesMax: Self.catchUpBytes) { register, result in
            guard let follower = register.followers[id] else { return }
            switch result {
            case .failure(let failure):
                register.followers.end(id, reason: failure.description)
            case .success(let run):
                // The log may already hold more than has been settled: that comes with its batch.
                let count = min(run.count, Int(register.head.rawValue - follower.next.rawValue) + 1)
                Followers.deliver(Followers.events(in: run.bytes).prefix(count), of: run.bytes, to: follower)
                register.followers.advance(id, to: follower.next.advanced(by: count))
                register.catchUp(id)
            }
        }
    }
}

extension EventRun {
    /// The first `count` lines.
    func lines(_ count: Int) -> ArraySlice<UInt8> {
        guard count < self.count else { return bytes[...] }
        var left = count
        var end = 0
        while left > 0 {
            if bytes[end] == 0x0A { left -= 1 }
            end += 1
        }
        return bytes[..<end]
    }
}

extension Failure {
    static func beyondTheLog(_ position: Int, _ head: Position) -> Failure {
        Failure(
            Rejection(
                "beyond_the_log", "position \(position): the log holds 1 to \(head.rawValue), and the next is one more",
                ["position": position, "head": Int(head.rawValue)]),
            kind: .notFound)
    }
}
