public import AccueilDomain
import NIOCore

/// Which events to follow, from where.
public struct SubscriptionRequest: Record {
    /// The first position; after the newest event where absent.
    public var from: Int?
    /// Begins after what this consumer has done with, instead of at `from`.
    public var consumer: Identifier?
    /// Types or the beginnings of types, `placement.`; all where empty.
    public var types: [Identifier] = []
    public var of: Subject?
    /// Events that name this site.
    public var site: Identifier?
    /// Events that happened from this time on.
    public var since: Moment?
    /// Events that happened before this time.
    public var until: Moment?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("from", &from)
        try visitor.field("consumer", &consumer)
        try visitor.list("types", &types)
        try visitor.field("subject", &of)
        try visitor.field("site", &site)
        try visitor.field("since", &since)
        try visitor.field("until", &until)
    }
}

/// What a subscription brings.
public enum Delivery: Sendable, Equatable {
    /// An event: its position, and its line as it is stored.
    case event(sequence: Int, line: [UInt8])
    /// Everything up to `head` has been delivered.
    case caughtUp(head: Int)
    /// Nothing new; the newest event is at `head`.
    case heartbeat(head: Int)
    /// Nothing more comes; a new subscription goes on at `next`. The last delivery.
    case ended(next: Int, reason: String)
}

/// The events of a subscription, in the order of the log, without a gap. One reader.
///
/// At most `inboxCountMax` deliveries wait for the reader; then nothing more is read from the socket, and the register
/// holds no memory for us either. It throws `connectionLost` where the connection ends first.
public struct Subscription: AsyncSequence, Sendable {
    public typealias Element = Delivery
    public typealias Failure = ClientFailure

    public static let inboxCountMax = 512

    /// The first position it covers.
    public let from: Int
    /// The newest event when it began.
    public let head: Int
    private let inbox: NIOLoopBound<Inbox>
    private let eventLoop: any EventLoop

    init(from: Int, head: Int, _ inbox: Inbox, _ eventLoop: any EventLoop) {
        self.from = from
        self.head = head
        self.inbox = NIOLoopBound(inbox, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox, eventLoop: eventLoop) }

    public struct Iterator: AsyncIteratorProtocol {
        let inbox: NIOLoopBound<Inbox>
        let eventLoop: any EventLoop
        /// What was taken from the inbox at once, the next last.
        private var taken: [Delivery] = []

        init(inbox: NIOLoopBound<Inbox>, eventLoop: any EventLoop) {
            self.inbox = inbox
            self.eventLoop = eventLoop
        }

        /// Whether the next delivery has come already.
        public var hasMore: Bool { !taken.isEmpty }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientFailure) -> Delivery? {
            if taken.isEmpty { taken = try await take().reversed() }
            return taken.popLast()
        }

        private func take() async throws(ClientFailure) -> [Delivery] {
            let promise = eventLoop.makePromise(of: Result<[Delivery], ClientFailure>.self)
            return try await withTaskCancellationHandler {
                eventLoop.execute { [inbox] in inbox.value.take { promise.succeed($0) } }
                return await Self.result(of: promise.futureResult)
            } onCancel: { [inbox, eventLoop] in
                eventLoop.execute { [inbox] in inbox.value.end(.success([])) }
            }.get()
        }

        private static func result(
            of future: EventLoopFuture<Result<[Delivery], ClientFailure>>
        ) async -> Result<[Delivery], ClientFailure> {
            do throws(ClientFailure) { return .success(try await PendingAnswer.wait(for: future)) } catch {
                return .failure(error)
            }
        }
    }
}

/// What has come for a subscription and was not yet taken. Lives on the event loop.
final class Inbox {
    private var deliveries: [Delivery] = []
    private var reader: ((Result<[Delivery], ClientFailure>) -> Void)?
    /// What every reader is told once there is nothing left.
    private var end: Result<[Delivery], ClientFailure>?
    private let taken: () -> Void

    /// `taken` is called when the inbox has become empty.
    init(taken: @escaping () -> Void) { self.taken = taken }

    var isFull: Bool { deliveries.count >= Subscription.inboxCountMax }

    func put(_ delivery: Delivery) {
        guard end == nil else { return }
        deliveries.append(delivery)
        if case .ended = delivery { end = .success([]) }
        hand()
    }

    func end(_ result: Result<[Delivery], ClientFailure>) {
        if end == nil { end = result }
        hand()
    }

    func take(_ reader: @escaping (Result<[Delivery], ClientFailure>) -> Void) {
        precondition(self.reader == nil, "a subscription has one reader")
        self.reader = reader
        hand()
    }

    private func hand() {
        guard let reader else { return }
        if !deliveries.isEmpty {
            let all = deliveries
            deliveries = []
            self.reader = nil
            reader(.success(all))
            taken()
        } else if let end {
            self.reader = nil
            reader(end)
        }
    }
}
