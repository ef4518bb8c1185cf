import EventCoding
public import Logging
public import NIOCore
import NIOPosix
public import WireProtocol

/// Listens on Unix sockets and lets each client speak with the responder, all on one event loop.
public final class SocketServer {
    private let loop: any EventLoop
    private let responder: any Responder
    private var limits: Limits
    private var roles: Roles
    private let logger: Logger
    private let countChanged: (Int) -> Void
    /// All connections parse with it: they live on one thread, and a line is answered before the next is parsed.
    private let parser = JSONParser()
    private var listening: [any Channel] = []
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var whenEmpty: (() -> Void)?

    /// On the loop only, like everything here. `countChanged` hears the number of connections.
    public init(
        loop: any EventLoop, responder: any Responder, roles: Roles, limits: Limits, logger: Logger,
        countChanged: @escaping (Int) -> Void
    ) {
        loop.preconditionInEventLoop()
        self.loop = loop
        self.responder = responder
        self.roles = roles
        self.limits = limits
        self.logger = logger
        self.countChanged = countChanged
    }

    /// Accepts clients of a socket that listens already, and owns the descriptor from now on.
    public func listen(on descriptor: CInt) -> EventLoopFuture<Void> {
        let server = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        return ServerBootstrap(group: loop)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in server.value.welcome(channel) }
            .withBoundSocket(descriptor)
            .map { channel in server.value.listening.append(channel) }
    }

    /// Accepts nobody any more.
    public func stopListening() {
        for channel in listening { channel.close(promise: nil) }
        listening = []
    }

    /// How long a client may take what it is due when the service stops.
    private static let drainTimeMax = TimeAmount.seconds(5)

    /// Ends every connection once it has taken what is due; `done` is called when the last is gone.
    public func drain(_ done: @escaping () -> Void) {
        let server = NIOLoopBound(self, eventLoop: loop)
        let deadline = loop.scheduleTask(in: Self.drainTimeMax) {
            for connection in Array(server.value.connections.values) { connection.cut() }
        }
        whenEmpty = {
            deadline.cancel()
            done()
        }
        for connection in Array(connections.values) { connection.drain() }
        finishIfEmpty()
    }

    /// Who may do what from now on, those who are connected included, and the limits of connections to come.
    public func adopt(_ roles: Roles, _ limits: Limits) {
        self.roles = roles
        self.limits = limits
        for connection in connections.values { connection.role = roles.role(of: connection.peer) }
    }

    private func welcome(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { PeerCredentials(ofPeerOn: $0) }
            guard let peer = peer ?? nil else { throw ChannelError.operationUnsupported }
            let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: limits.backlogBytesMax)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
            try admit(channel, peer)
        }
    }

    private func admit(_ channel: any Channel, _ peer: PeerCredentials) throws {
        let user = peer.user
        let ofUser = connections.values.count { $0.peer.user == user }
        let limit: (name: String, most: Int)? =
            if connections.count >= limits.connectionsMax {
                ("connections_max", limits.connectionsMax)
            } else if ofUser >= limits.connectionsPerUserMax {
                ("connections_per_user_max", limits.connectionsPerUserMax)
            } else {
                nil
            }
        if let limit {
            logger.warning("Connection refused", metadata: ["limit": "\(limit.name)", "uid": "\(user)"])
            let failure = Failure(
                .limit, rule: limit.name, "there are \(limit.most) connections already: try again later")
            let line = Reply.failure(failure).response(to: .null) + [0x0A]
            channel.writeAndFlush(ByteBuffer(bytes: line)).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        let connection = Connection(
            peer: peer, role: roles.role(of: peer), responder: responder, limits: limits, parser: parser
        ) { [unowned self] (gone: Connection) in
            connections[ObjectIdentifier(gone)] = nil
            countChanged(connections.count)
            finishIfEmpty()
        }
        connections[ObjectIdentifier(connection)] = connection
        countChanged(connections.count)
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    private func finishIfEmpty() {
        guard let done = whenEmpty, connections.isEmpty else { return }
        whenEmpty = nil
        done()
    }
}
