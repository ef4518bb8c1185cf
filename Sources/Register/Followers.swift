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
    /// The next position to look at.
    var next: Position
    var state = State.stalled
}

struct Followers {
    private(set) var byID: [String: Follower] = [:]
    private var idsGiven = 0

    mutating func add(_ follower: Follower) -> String {
        idsGiven += 1
        let id = "s\(idsGiven)"
        byID[id] = follower
        return id
    }

    subscript(_ id: String) -> Follower? {
        get { byID[id] }
        set { byID[id] = newValue }
    }

    func ids(of session: any Session) -> [String] {
        byID.filter { $0.value.session === session }.map(\.key)
    }

    /// Hands a durable batch to those who have seen everything before it.
    mutating func offer(_ lines: [UInt8], first: Position, count: Int) {
        for (id, follower) in byID where follower.state == .live {
            precondition(follower.next == first, "a live follower has seen everything before the batch")
            if follower.session.isWritable {
                Self.deliver(lines, to: follower, id)
                byID[id]?.next = first.advanced(by: count)
            } else {
                byID[id]?.state = .stalled
            }
        }
    }

    /// Sends those of the lines that the follower wants, as notifications.
    static func deliver(_ lines: some Collection<UInt8>, to follower: Follower, _ id: String) {
        var writer = JSONWriter()
        let bytes = Array(lines)
        var start = 0
        for index in bytes.indices where bytes[index] == 0x0A {
            let line = start..<index
            start = index + 1
            guard follower.test.admits(bytes.span.extracting(line)) else { continue }
            if !writer.bytes.isEmpty { writer.bytes.append(0x0A) }
            notification("event", id, &writer) { writer in writer.member("event") { $0.raw(bytes[line]) } }
        }
        if !writer.bytes.isEmpty { follower.session.notify(writer.bytes) }
    }

    func heartbeat(head: Position) {
        for (id, follower) in byID where follower.state == .live && follower.session.isWritable {
            Self.notify(follower.session, "heartbeat", id) { $0.member("head", Int(head.rawValue)) }
        }
    }

    mutating func endAll(at head: Position, reason: String) {
        for (id, follower) in byID {
            Self.notify(follower.session, "ended", id) { writer in
                writer.member("next", Int(follower.next.rawValue))
                writer.member("reason", reason)
            }
        }
        byID = [:]
    }

    static func notify(_ session: any Session, _ method: String, _ id: String, _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        notification(method, id, &writer, members)
        session.notify(writer.bytes)
    }

    private static func notification(
        _ method: String, _ id: String, _ writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void
    ) {
        writer.object { writer in
            writer.member("jsonrpc", "2.0")
            writer.member("method", method)
            writer.member("params") { writer in
                writer.object { writer in
                    writer.member("subscription", id)
                    members(&writer)
                }
            }
        }
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
        let next = query.from ?? Int(head.rawValue) + 1
        guard next >= 1, next <= Int(head.rawValue) + 1 else {
            return reply(.failure(.beyondTheLog(next, head)))
        }
        let position = Position(rawValue: UInt64(next))
        let id = followers.add(
            Follower(session: session, test: query.filter.test(in: options.calendar), next: position))
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("subscription", id)
            writer.member("from", next)
            writer.member("head", Int(head.rawValue))
        }
        reply(.result(writer.bytes))
        catchUp(id)
    }

    func unsubscribe(_ query: UnsubscribeQuery, _ session: any Session) -> Reply {
        let id = query.subscription.description
        guard let follower = followers[id], follower.session === session else {
            return .failure(
                Failure(.notFound, rule: "unknown_subscription", "this connection has no subscription \(id)"))
        }
        followers[id] = nil
        var writer = JSONWriter()
        writer.object { $0.member("next", Int(follower.next.rawValue)) }
        return .result(writer.bytes)
    }

    /// Reads on for a follower that is not live, as long as its client takes what it gets.
    func catchUp(_ id: String) {
        guard let follower = followers[id] else { return }
        guard follower.session.isWritable else {
            followers[id]?.state = .stalled
            return
        }
        guard follower.next <= head else {
            followers[id]?.state = .live
            let head = head
            return Followers.notify(follower.session, "caught_up", id) { $0.member("head", Int(head.rawValue)) }
        }
        followers[id]?.state = .reading
        read(from: follower.next, bytesMax: Self.catchUpBytes) { register, result in
            guard let follower = register.followers[id] else { return }
            switch result {
            case .failure(let failure):
                register.followers[id] = nil
                Followers.notify(follower.session, "ended", id) { writer in
                    writer.member("next", Int(follower.next.rawValue))
                    writer.member("reason", failure.description)
                }
            case .success(let run):
                // The log may already hold more than has been settled: that comes with its batch.
                let count = min(run.count, Int(register.head.rawValue - follower.next.rawValue) + 1)
                Followers.deliver(run.lines(count), to: follower, id)
                register.followers[id]?.next = follower.next.advanced(by: count)
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
