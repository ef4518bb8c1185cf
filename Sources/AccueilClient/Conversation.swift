import AccueilDomain
import EventCoding
import Glibc
import NIOCore
import WireProtocol

/// The client's end of a connection: gives requests their ids, matches answers, hands out notifications.
/// Everything here happens on the connection's event loop.
///
///     send ──► waiting[id] ──line──► answered          notification ──► inbox ──► reader
///                  └── connection ends, time is up ──► failed              └── full: no more reading
final class Conversation: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    typealias Answer = (Result<[UInt8], ClientFailure>) -> Void

    /// Bytes of one answer; a page of a thousand events is far below.
    static let lineBytesMax = 64 << 20

    private struct Waiting {
        let answer: Answer
        let alarm: Scheduled<Void>?
    }

    private let channel: any Channel
    private let parser = JSONParser()
    private var waiting: [Int: Waiting] = [:]
    private var lastID = 0
    private var inboxes: [String: Inbox] = [:]
    private var incoming = ByteBuffer()
    /// Where in `incoming` no newline was found so far.
    private var searchedCount = 0
    private var flushes = false
    private var holdsReadBack = false
    private var end: ClientFailure?

    init(_ channel: any Channel) { self.channel = channel }

    // MARK: - Requests

    func send(_ method: String, _ params: [UInt8], _ timeoutSeconds: Int?, _ answer: @escaping Answer) {
        if let end { return answer(.failure(end)) }
        lastID += 1
        let id = lastID
        let alarm = timeoutSeconds.map { seconds in
            channel.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) {
                guard let late = self.waiting.removeValue(forKey: id) else { return }
                late.answer(.failure(.timedOut(method: method, seconds: seconds)))
            }
        }
        waiting[id] = Waiting(answer: answer, alarm: alarm)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("jsonrpc", "2.0")
            writer.member("id", id)
            writer.member("method", method)
            writer.member("params") { $0.raw(params) }
        }
        writer.bytes.append(0x0A)
        channel.pipeline.syncOperations.write(NIOAny(ByteBuffer(bytes: writer.bytes)), promise: nil)
        guard !flushes else { return }
        // All that is sent in this turn of the loop leaves in one write.
        flushes = true
        channel.eventLoop.assumeIsolated().execute {
            self.flushes = false
            self.channel.pipeline.syncOperations.flush()
        }
    }

    /// Makes the inbox of a subscription from the answer that began it.
    func open(_ result: [UInt8]) -> Result<Subscription, ClientFailure> {
        let text = JSONText(result)
        guard let id = text.member("subscription")?.string, let from = text.member("from")?.integer,
            let head = text.member("head")?.integer
        else { return .failure(.unreadable("a subscription has an id, a beginning and a head")) }
        let inbox = Inbox { [weak self] in self?.goOnReading() }
        if let end { inbox.end(.failure(end)) }
        inboxes[id] = inbox
        return .success(Subscription(from: from, head: head, inbox, channel.eventLoop))
    }

    // MARK: - What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        incoming.writeBuffer(&buffer)
        while let line = nextLine() { take(line) }
        incoming.discardReadBytes()
        if incoming.readableBytes > Self.lineBytesMax {
            finish(.unreadable("an answer is longer than \(Self.lineBytesMax) bytes"))
            context.close(promise: nil)
        }
    }

    func read(context: ChannelHandlerContext) {
        if inboxes.values.contains(where: \.isFull) { holdsReadBack = true } else { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.connectionLost("it was closed"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason = (error as? IOError).map { unsafe String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        finish(.connectionLost(reason))
        context.close(promise: nil)
    }

    private func nextLine() -> [UInt8]? {
        let view = incoming.readableBytesView
        guard let newline = view[(view.startIndex + searchedCount)...].firstIndex(of: 0x0A) else {
            searchedCount = view.count
            return nil
        }
        searchedCount = 0
        let line = incoming.readBytes(length: newline - view.startIndex)
        incoming.moveReaderIndex(forwardBy: 1)
        return line
    }

    private func take(_ line: [UInt8]) {
        guard let members = JSONText(line).members() else { return finish(.unreadable("a line is not an object")) }
        let parts = Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
        if let method = parts["method"]?.string, let params = parts["params"] {
            notify(method, Dictionary((params.members() ?? []).map { ($0.name, $0.value) }) { first, _ in first })
        } else if let id = parts["id"]?.integer {
            guard let waiting = waiting.removeValue(forKey: id) else { return }
            waiting.alarm?.cancel()
            waiting.answer(result(parts))
        } else if case .failure(let failure) = result(parts) {
            // An answer to nobody: the daemon could not read a line, and what follows has no frame.
            finish(failure)
        }
    }

    private func result(_ parts: [String: JSONText]) -> Result<[UInt8], ClientFailure> {
        if let result = parts["result"] { return .success(Array(result.bytes)) }
        guard let error = parts["error"], let value = parser.parse(Array(error.bytes).span),
            let failure = Failure(value)
        else { return .failure(.unreadable("an answer has a result or an error")) }
        return .failure(.failed(failure))
    }

    private func notify(_ method: String, _ params: [String: JSONText]) {
        guard let id = params["subscription"]?.string, let inbox = inboxes[id] else { return }
        switch method {
        case "event":
            guard let event = params["event"], let sequence = event.member("sequence")?.integer else { break }
            inbox.put(.event(sequence: sequence, line: Array(event.bytes)))
        case "caught_up": if let head = params["head"]?.integer { inbox.put(.caughtUp(head: head)) }
        case "heartbeat": if let head = params["head"]?.integer { inbox.put(.heartbeat(head: head)) }
        case "ended":
            guard let next = params["next"]?.integer else { break }
            inbox.put(.ended(next: next, reason: params["reason"]?.string ?? "no reason given"))
            inboxes[id] = nil
        // A newer register may tell more.
        default: break
        }
    }

    private func goOnReading() {
        guard holdsReadBack, !inboxes.values.contains(where: \.isFull) else { return }
        holdsReadBack = false
        channel.read()
    }

    /// Nothing more comes: whoever waits is told why.
    private func finish(_ failure: ClientFailure) {
        guard end == nil else { return }
        end = failure
        let unanswered = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (_, waiting) in unanswered {
            waiting.alarm?.cancel()
            waiting.answer(.failure(failure))
        }
        for inbox in inboxes.values { inbox.end(.failure(failure)) }
        if channel.isActive { channel.close(promise: nil) }
    }
}
