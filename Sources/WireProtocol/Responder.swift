/// One client's connection, as those who answer it see it. Everything here happens on the register's own thread.
public protocol Session: AnyObject {
    /// Who speaks, for the events' `actor`: `uid:1000`.
    var actor: String { get }
    /// What it may do at this moment; `nil` for nothing.
    var role: Role? { get }
    /// Whether the client takes what it is sent; while not, nothing should be sent unasked.
    var isWritable: Bool { get }
    /// The client is still there; nobody reads what is said to one that is gone.
    var isOpen: Bool { get }
    /// Commands of this connection that are not yet durable: what it asks next has to wait for them.
    var commandsPending: Int { get set }
    /// Sends one line without its end.
    func notify(_ line: [UInt8])
}

/// Who answers requests.
public protocol Responder: AnyObject {
    /// Answers through `reply`, exactly once, now or later, always on the register's own thread.
    func respond(to request: Request, from session: any Session, reply: @escaping (Reply) -> Void)
    /// The client takes data again.
    func becameWritable(_ session: any Session)
    /// The client is gone: nothing more is sent to it; what it asked for goes on.
    func closed(_ session: any Session)
}

/// Answers the requests of one line: one response, a list of them, or nothing at all.
///
/// A batch is answered in one line once its last member is, in the order in which the requests came.
public enum Answering {
    /// Returns how many requests the line holds; `send` is called at most once, with the line to send.
    @discardableResult
    public static func answer(
        _ incoming: Incoming, from session: any Session, by responder: any Responder,
        send: @escaping ([UInt8]?) -> Void
    ) -> Int {
        switch incoming {
        case .single(.failure(let fault)):
            send(Reply.failure(fault.failure).response(to: fault.id))
            return 1
        case .single(.success(let request)):
            responder.respond(to: request, from: session) { reply in
                send(request.id == .none ? nil : reply.response(to: request.id))
            }
            return 1
        case .batch(let requests):
            let pending = PendingBatch(requests.count, send: send)
            for (index, request) in requests.enumerated() {
                switch request {
                case .failure(let fault): pending.fill(index, .failure(fault.failure), to: fault.id)
                case .success(let request):
                    let id = request.id
                    responder.respond(to: request, from: session) { reply in
                        pending.fill(index, id == .none ? nil : reply, to: id)
                    }
                }
            }
            return requests.count
        }
    }
}

/// The responses of a batch, until the last is there.
private final class PendingBatch {
    /// Bytes of all answers of a batch together; what goes beyond is answered with a failure instead.
    private static let bytesMax = 16 << 20

    private var responses: [[UInt8]?]
    private var bytes = 0
    private var missing: Int
    private let send: ([UInt8]?) -> Void

    init(_ count: Int, send: @escaping ([UInt8]?) -> Void) {
        responses = Array(repeating: nil, count: count)
        missing = count
        self.send = send
    }

    /// Takes the reply to the request at `index`; none for a notification.
    func fill(_ index: Int, _ reply: Reply?, to id: RequestID) {
        responses[index] = reply.map { response($0, to: id) }
        missing -= 1
        guard missing == 0 else { return }
        let lines = responses.compactMap(\.self)
        send(lines.isEmpty ? nil : [0x5B] + lines.joined(separator: [0x2C]) + [0x5D])
    }

    private func response(_ reply: Reply, to id: RequestID) -> [UInt8] {
        let response = reply.response(to: id)
        guard bytes + response.count <= Self.bytesMax else {
            let failure = Failure(
                .limit, rule: "batch_bytes_max",
                "the answers of a batch are at most \(Self.bytesMax) bytes together: ask this one by itself")
            return Reply.failure(failure).response(to: id)
        }
        bytes += response.count
        return response
    }
}
