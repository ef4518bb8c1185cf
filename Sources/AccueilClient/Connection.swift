public import AccueilDomain
import EventCoding
import NIOCore
import NIOPosix
public import WireProtocol

/// A connection to the register. Requests are pipelined in the order of their calls, and answered in any order.
///
/// A subscription that nobody reads holds back every answer behind it: give a slow reader a connection of its own.
public final class Connection: Sendable {
    private let channel: any Channel
    private let conversation: NIOLoopBound<Conversation>
    private let timeoutSeconds: Int?

    private init(_ channel: any Channel, _ conversation: NIOLoopBound<Conversation>, timeoutSeconds: Int?) {
        self.channel = channel
        self.conversation = conversation
        self.timeoutSeconds = timeoutSeconds
    }

    /// Connects to the Unix socket at `path`. Throws `unreachable`.
    ///
    /// - Parameter timeoutSeconds: how long each request may wait for its answer; for ever where `nil`.
    public static func connect(to path: String, timeoutSeconds: Int? = nil) async throws(ClientFailure) -> Connection {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let conversation = Conversation(channel)
                        try channel.pipeline.syncOperations.addHandler(conversation)
                        return Connection(
                            channel, NIOLoopBound(conversation, eventLoop: channel.eventLoop),
                            timeoutSeconds: timeoutSeconds)
                    }
                }
        } catch {
            throw .unreachable(path: path, ClientFailure.Obstacle(error))
        }
    }

    /// Sends a request at once and returns without waiting for its answer: several of them are sent in this order.
    ///
    /// - Parameter params: JSON text on one line: an object.
    public func send(_ method: String, _ params: [UInt8] = Array("{}".utf8)) -> PendingAnswer {
        let promise = channel.eventLoop.makePromise(of: Result<[UInt8], ClientFailure>.self)
        channel.eventLoop.execute { [conversation, timeoutSeconds] in
            conversation.value.send(method, params, timeoutSeconds) { promise.succeed($0) }
        }
        return PendingAnswer(future: promise.futureResult)
    }

    /// The JSON text of a method's result.
    public func call(_ method: String, _ params: [UInt8] = Array("{}".utf8)) async throws(ClientFailure) -> [UInt8] {
        try await send(method, params).answer()
    }

    /// Asks the register, or what it knew then. Throws `failed` where the query cannot be answered, `unreadable` where
    /// the answer is of another version.
    public func query<Query: QueryRecord>(
        _ query: Query, knownAt: KnownAt? = nil
    ) async throws(ClientFailure) -> Query.Answer {
        try Self.read(Query.Answer.self, from: await send(query, knownAt: knownAt).answer())
    }

    /// Asks at once and returns without waiting for the answer; see `query`.
    public func send<Query: QueryRecord>(_ query: Query, knownAt: KnownAt? = nil) -> PendingAnswer {
        send(Query.method, query) { if let knownAt { $0.member("known_at", knownAt) } }
    }

    /// Records a command. With a `commandID`, repeating it is safe: it is recorded once, whatever happens in between.
    ///
    /// - Parameters:
    ///   - time: when it happened; now where `nil`.
    ///   - dryRun: nothing is written, and the answer is what would be.
    public func record(
        _ command: some RecordingCommand, time: Moment? = nil, commandID: Identifier? = nil, dryRun: Bool = false
    ) async throws(ClientFailure) -> Recorded {
        try Self.read(
            Recorded.self, from: await send(command, time: time, commandID: commandID, dryRun: dryRun).answer())
    }

    /// Sends a command at once and returns without waiting for its answer; see `record`.
    public func send<Command: RecordingCommand>(
        _ command: Command, time: Moment? = nil, commandID: Identifier? = nil, dryRun: Bool = false
    ) -> PendingAnswer {
        send(Command.method, command) { writer in
            if let time { writer.member("time", time) }
            if let commandID { writer.member("command_id", commandID) }
            if dryRun { writer.member("dry_run", true) }
        }
    }

    /// Sends a record's fields, and what stands beside them.
    private func send(_ method: String, _ record: some Record, beside: (inout JSONWriter) -> Void) -> PendingAnswer {
        var writer = JSONWriter()
        writer.object { writer in
            var fields = record
            do { try fields.fields(&writer) } catch { preconditionFailure("writing refuses nothing") }
            beside(&writer)
        }
        return send(method, writer.bytes)
    }

    /// Says that a named consumer has done with everything up to a position; from then on it is there.
    public func acknowledge(
        _ sequence: Int, by consumer: Identifier
    ) async throws(ClientFailure) -> ConsumerStanding {
        var ack = ConsumerAck()
        (ack.consumer, ack.sequence) = (consumer, sequence)
        return try Self.read(
            ConsumerStanding.self, from: await call(ConsumerAck.method, JSONWriter.bytes(of: ack)))
    }

    /// Follows the log. The subscription's answer comes first, then every event from `from` on that passes the filter.
    public func subscribe(_ wanted: SubscriptionRequest) async throws(ClientFailure) -> Subscription {
        let params = JSONWriter.bytes(of: wanted)
        let promise = channel.eventLoop.makePromise(of: Result<Subscription, ClientFailure>.self)
        channel.eventLoop.execute { [conversation] in
            // The inbox has to be there before the first notification is looked at: it may lie in the same packet.
            conversation.value.send("events.subscribe", params, nil) { answer in
                promise.succeed(answer.flatMap { conversation.value.open($0) })
            }
        }
        return try await PendingAnswer.wait(for: promise.futureResult)
    }

    /// Ends the connection; requests without an answer fail with `connectionLost`.
    public func close() async { try? await channel.close() }

    /// Reads the JSON text of a result.
    public static func read<Answer: Record>(_ type: Answer.Type, from json: [UInt8]) throws(ClientFailure) -> Answer {
        // The parser must outlive the value it made.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(json.span) else { throw .unreadable("the result is not JSON") }
        do { return try Answer(from: value) } catch {
            throw .unreadable("\(error.path.isEmpty ? "the result" : error.path) should be \(error.expected)")
        }
    }
}

/// An answer that is on its way.
public struct PendingAnswer: Sendable {
    let future: EventLoopFuture<Result<[UInt8], ClientFailure>>

    /// The JSON text of the result.
    public func answer() async throws(ClientFailure) -> [UInt8] { try await Self.wait(for: future) }

    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Result<Value, ClientFailure>>
    ) async throws(ClientFailure) -> Value {
        let result: Result<Value, ClientFailure>
        do { result = try await future.get() } catch { preconditionFailure("an answer's promise only ever succeeds") }
        return try result.get()
    }
}

extension ClientFailure.Obstacle {
    init(_ error: any Error) {
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case ENOENT, ENOTDIR: self = .noSocket
            case ECONNREFUSED: self = .nobodyListens
            case EACCES, EPERM: self = .noPermission
            default: self = .other(error.description)
            }
        case SocketAddressError.unixDomainSocketPathTooLong: self = .pathTooLong
        default: self = .other("\(error)")
        }
    }
}
