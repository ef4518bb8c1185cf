import AccueilDomain
import EventCoding
import Glibc
import NIOCore
import WireProtocol

/// One client. Lines in, lines out.
///
/// It reads only while it may answer: when too many requests wait for their answer, or the client does not take what it
/// is sent, nothing more is read from it and the kernel holds it back.
///
///     open ──(client ends its side)──► draining ──(all answered and sent)──► closed
///       └──(line too long)──► draining
final class Connection: ChannelDuplexHandler, Session {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    let actor: String
    let peer: PeerCredentials
    var role: Role?
    var commandsPending = 0
    private let responder: any Responder
    private let limits: Limits
    private let parser: JSONParser
    private let closed: (Connection) -> Void
    private var context: ChannelHandlerContext?
    /// Bytes that came and are not yet answered.
    private var incoming = ByteBuffer()
    /// Bytes of `incoming` known to hold no line's end.
    private var searched = 0
    /// Bytes to send at the end of the turn.
    private var outgoing = ByteBuffer()
    private var sendIsDue = false
    /// Writes that the client's side has not taken yet.
    private var writesOutstanding = 0
    private var inFlight = 0
    private var readIsHeldBack = false
    /// Nothing more is read; close when all is answered and sent.
    private var draining = false

    init(
        peer: PeerCredentials, role: Role?, responder: any Responder, limits: Limits, parser: JSONParser,
        closed: @escaping (Connection) -> Void
    ) {
        self.peer = peer
        self.role = role
        actor = "uid:\(peer.user)"
        self.responder = responder
        self.limits = limits
        self.parser = parser
        self.closed = closed
    }

    // MARK: Session

    var isOpen: Bool { context != nil }

    var isWritable: Bool {
        guard let context else { return false }
        return context.channel.isWritable && outgoing.readableBytes < limits.backlogBytesMax
    }

    func notify(_ line: [UInt8]) { send(line) }

    // MARK: In

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !draining else { return }
        var bytes = Self.unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            incoming = bytes
        } else {
            incoming.writeBuffer(&bytes)
        }
        work()
    }

    func read(context: ChannelHandlerContext) {
        guard mayRead else {
            readIsHeldBack = true
            return
        }
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        // Whoever forgets the last line's end still gets an answer.
        if incoming.readableBytes > 0 { incoming.writeInteger(UInt8(0x0A)) }
        drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        responder.becameWritable(self)
        work()
    }

    func channelInactive(context: ChannelHandlerContext) {
        responder.closed(self)
        closed(self)
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that went away in the middle; what it asked for goes on.
        context.close(promise: nil)
    }

    private var mayRead: Bool { !draining && inFlight < limits.requestsInFlightMax && isWritable }

    /// Answers the lines that are there, as long as it may.
    private func work() {
        while inFlight < limits.requestsInFlightMax, isWritable {
            guard let length = nextLineLength() else {
                // The rest of a line that will not come.
                if draining { forgetIncoming() }
                break
            }
            answer(length)
        }
        if incoming.readableBytes == 0 { incoming.clear() } else { incoming.discardReadBytes() }
        if readIsHeldBack, mayRead {
            readIsHeldBack = false
            context?.read()
        }
        closeIfDone()
    }

    /// Bytes of the next line, without its end; `nil` while it is not whole.
    private func nextLineLength() -> Int? {
        let found = unsafe incoming.withUnsafeReadableBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, searched < bytes.count else { return nil }
            let end = unsafe memchr(base + searched, 0x0A, bytes.count - searched)
            return unsafe end.map { unsafe UnsafeRawPointer($0) - base }
        }
        guard let length = found else {
            searched = incoming.readableBytes
            if searched > limits.lineBytesMax { refuseLongLine() }
            return nil
        }
        searched = 0
        guard length <= limits.lineBytesMax else {
            refuseLongLine()
            return nil
        }
        return length
    }

    private func answer(_ length: Int) {
        defer { incoming.moveReaderIndex(forwardBy: length + 1) }
        unsafe incoming.withUnsafeReadableBytes { buffer in
            let line = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<length]).assumingMemoryBound(to: UInt8.self)
            // A blank line is legal and asks for nothing.
            guard unsafe line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
            let incoming = Incoming(unsafe line.span, with: parser)
            if case .batch(let requests) = incoming, requests.count > limits.batchMax {
                let most = limits.batchMax
                let failure = Failure(.limit, rule: "batch_max", "a batch holds at most \(most) requests")
                return send(Reply.failure(failure).response(to: .null))
            }
            let count = if case .batch(let requests) = incoming { requests.count } else { 1 }
            inFlight += count
            Answering.answer(incoming, from: self, by: responder) { [self] response in
                if let response { send(response) }
                let wasFull = inFlight >= limits.requestsInFlightMax
                inFlight -= count
                // Lines that waited for this answer are looked at when the turn ends.
                if wasFull || draining { sendSoon() }
            }
        }
    }

    private func refuseLongLine() {
        let failure = Failure(
            .limit, rule: "line_bytes_max",
            "a line is at most \(limits.lineBytesMax) bytes; the connection is closed, for the end of this one is unknown"
        )
        send(Reply.failure(failure).response(to: .null))
        forgetIncoming()
        drain()
    }

    private func forgetIncoming() {
        incoming.clear()
        searched = 0
    }

    // MARK: Out

    private func send(_ line: [UInt8]) {
        outgoing.writeBytes(line)
        outgoing.writeInteger(UInt8(0x0A))
        sendSoon()
    }

    /// Everything said in one turn leaves in one write.
    private func sendSoon() {
        guard !sendIsDue, let context else { return }
        sendIsDue = true
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { connection.value.sendNow() }
    }

    private func sendNow() {
        sendIsDue = false
        guard let context else { return }
        if outgoing.readableBytes > 0 {
            let wasFull = !isWritable
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            writesOutstanding += 1
            context.writeAndFlush(Self.wrapOutboundOut(outgoing)).whenComplete { _ in
                connection.value.writesOutstanding -= 1
                connection.value.closeIfDone()
            }
            outgoing = context.channel.allocator.buffer(capacity: 0)
            // The channel took it all at once and will not tell that it takes more.
            if wasFull, isWritable { responder.becameWritable(self) }
        }
        work()
    }

    /// Reads no more, and closes once all that was asked is answered and taken.
    func drain() {
        draining = true
        work()
    }

    /// Closes now, whatever is outstanding.
    func cut() { context?.close(promise: nil) }

    private func closeIfDone() {
        guard draining, inFlight == 0, !sendIsDue, writesOutstanding == 0, incoming.readableBytes == 0 else { return }
        context?.close(promise: nil)
    }
}
