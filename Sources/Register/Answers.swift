import AccueilDomain
import EventCoding
import EventLog
public import WireProtocol

extension Register: Responder {
    public func respond(to request: Request, from session: any Session, reply: @escaping (Reply) -> Void) {
        do throws(Malformed) {
            let params = request.params ?? JSONValue.emptyObject
            guard params.kind == .object else { throw Malformed(expected: "an object, parameters by name") }
            if let command = Catalogue.commandsByMethod[request.method] {
                guard may(session, .operator, request, reply) else { return }
                carryOut(try Order(command, params), for: session, reply: reply)
            } else if let command = Catalogue.amendingByMethod[request.method] {
                guard may(session, .operator, request, reply) else { return }
                carryOut(try Order(command, params), for: session, reply: reply)
            } else if let query = Catalogue.queriesByMethod[request.method] {
                guard may(session, .reader, request, reply) else { return }
                try answer(query, params, session, reply)
            } else {
                // What this is, everybody may ask who can connect.
                let role: Role? =
                    switch request.method {
                    case "server.info": nil
                    case "transaction": .operator
                    case VerificationAnswer.method: .admin
                    default: .reader
                    }
                guard may(session, role, request, reply) else { return }
                try answer(request, params, session, reply)
            }
        } catch {
            reply(.failure(Failure(error)))
        }
    }

    /// Whether a client has the role that a request needs; if not, it is told so.
    private func may(_ session: any Session, _ role: Role?, _ request: Request, _ reply: (Reply) -> Void) -> Bool {
        guard let role, session.role.map({ $0 < role }) ?? true else { return true }
        reply(.failure(.forbidden(String(request.method.prefix(64)), needs: role, of: session)))
        return false
    }

    public func becameWritable(_ session: any Session) {
        for id in followers.ids(of: session) where followers[id]?.state == .stalled { catchUp(id) }
        readNext(for: session)
    }

    public func closed(_ session: any Session) {
        for id in followers.ids(of: session) { followers.remove(id) }
        readings.forget(session)
        _ = turns.release(session)
    }

    /// Tells the followers that the register is alive, and looks for room where there was none. Call it every few seconds.
    public func tick() {
        followers.heartbeat(head: head)
        if log.shortage != nil { log.makeRoom() }
        keepSnapshot(pausing: true)
    }

    private func answer<Query: QueryRecord>(
        _ type: Query.Type, _ params: JSONValue, _ session: any Session, _ reply: @escaping (Reply) -> Void
    ) throws(Malformed) {
        let asked = try Question<Query>(json: params)
        let query = asked.query
        inTurn(session) { register in
            if let knownAt = asked.meta.knownAt {
                register.read(for: session, reply) { $0.answer(query, knownAt: knownAt, $1) }
            } else if Query.isLong {
                register.read(for: session, reply) { $0.answerElsewhere(query, $1) }
            } else {
                do throws(Rejection) { reply(.result(try query.answer(register.settled, today: register.today))) } catch
                {
                    reply(.failure(Failure(ofQuery: error)))
                }
            }
        }
    }

    private func answer(
        _ request: Request, _ params: JSONValue, _ session: any Session, _ reply: @escaping (Reply) -> Void
    ) throws(Malformed) {
        func read<Parameters: Record>(_ type: Parameters.Type) throws(Malformed) -> Parameters {
            try Parameters(json: params)
        }
        switch request.method {
        case "transaction":
            let order = try Order(try read(Transaction.self), commandsMax: options.limits.batchMax)
            carryOut(order, for: session, reply: reply)
        case "server.info":
            _ = try read(NoParameters.self)
            reply(.result(info(for: session)))
        case "rpc.discover":
            _ = try read(NoParameters.self)
            reply(.result(Contract.register.openRPC))
        case "server.status":
            _ = try read(NoParameters.self)
            inTurn(session) { reply(.result($0.status)) }
        case "events.read":
            let query = try read(EventsQuery.self)
            inTurn(session) { $0.read(for: session, reply) { $0.readEvents(query, $1) } }
        case "events.get":
            let query = try read(EventQuery.self)
            inTurn(session) { $0.read(for: session, reply) { $0.getEvent(query, $1) } }
        case "events.subscribe":
            let query = try read(SubscribeQuery.self)
            inTurn(session) { $0.subscribe(query, session, reply) }
        case "events.unsubscribe": reply(unsubscribe(try read(UnsubscribeQuery.self), session))
        case ConsumerAck.method:
            let query = try read(ConsumerAck.self)
            inTurn(session) { $0.ack(query, session, reply) }
        case ConsumerStandings.method:
            _ = try read(NoParameters.self)
            inTurn(session) { $0.listConsumers(reply) }
        case ConsumerRemove.method:
            let query = try read(ConsumerRemove.self)
            inTurn(session) { $0.removeConsumer(query, session, reply) }
        case "query.history":
            let query = try read(HistoryQuery.self)
            inTurn(session) { $0.read(for: session, reply) { $0.history(query, $1) } }
        case SignedCheckpoint.method:
            _ = try read(NoParameters.self)
            inTurn(session) { $0.read(for: session, reply) { $0.tellCheckpoint($1) } }
        case ProofRequest.method:
            let query = try read(ProofRequest.self)
            inTurn(session) { $0.read(for: session, reply) { $0.prove(query, $1) } }
        case VerificationAnswer.method:
            _ = try read(NoParameters.self)
            inTurn(session) { $0.read(for: session, reply) { $0.verify($1) } }
        default:
            let name = String(request.method.prefix(64))
            reply(.failure(Failure(.methodNotFound, "no method \(name): server.info lists those there are")))
        }
    }

    private func info(for session: any Session) -> ServerInfo {
        ServerInfo(
            version: Text(options.version) ?? "-", source: Text(options.source) ?? "-",
            timeZone: Text(options.calendar.name) ?? "-", log: Text(log.identity.description) ?? "-",
            actor: Text(session.actor) ?? "-", role: session.role,
            limits: options.limits, methods: Contract.register.methods.map { Text(stringLiteral: $0.name) },
            events: Catalogue.events.map { Text(stringLiteral: $0.type) }.sorted { $0.string < $1.string })
    }

    /// Bytes of room below which there is as good as none: an event or two.
    private static let roomMin = 4 << 10

    private var status: ServerStatus {
        let checkpoint = log.checkpoint
        let reason = damage?.description ?? log.refusal?.description ?? (log.room < Self.roomMin ? log.shortage : nil)
        var status = ServerStatus()
        status.mode = damage != nil ? .damaged : reason != nil ? .readOnly : .readWrite
        status.reason = reason.map { Prose($0) }
        status.shortage = log.shortage.map { Prose($0) }
        status.head = Int(head.rawValue)
        status.checkpoint.position = Int(checkpoint.position.rawValue)
        status.checkpoint.root = Text(checkpoint.root.description) ?? "-"
        status.log = Text(log.identity.description) ?? "-"
        status.started = started
        status.now = Timestamp(microseconds: options.now())
        status.today = today
        status.timeZone = Text(options.calendar.name) ?? "-"
        status.source = Text(options.source) ?? "-"
        status.version = Text(options.version) ?? "-"
        status.connections = connections
        status.subscriptions = followers.byID.count
        status.pending = pending
        return status
    }
}

/// For methods that take none.
struct NoParameters: Record {
    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {}
}

/// What `server.info` answers: who this is, and what it understands.
struct ServerInfo: Record {
    var name: Text = "accueild"
    var version: Text = "-"
    /// Of this protocol.
    var number = Contract.version
    var source: Text = "-"
    var timeZone: Text = "-"
    var log: Text = "-"
    /// Who asks, as on the events they record.
    var actor: Text = "-"
    var role: Role?
    var limits = Limits()
    var methods: [Text] = []
    var events: [Text] = []

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("name", &name)
        try visitor.field("version", &version)
        try visitor.field("protocol", &number)
        try visitor.field("source", &source)
        try visitor.field("time_zone", &timeZone)
        try visitor.field("log", &log)
        try visitor.field("actor", &actor)
        try visitor.field("role", &role)
        try visitor.field("limits", &limits)
        try visitor.field("methods", &methods)
        try visitor.field("events", &events)
    }
}

/// What `server.status` answers.
struct ServerStatus: Record {
    enum Mode: String, CodeList {
        case readWrite = "read_write"
        case readOnly = "read_only"
        case damaged
    }

    struct Checkpoint: Record {
        var position = 0
        /// RFC 6962 tree hash over all events up to there, base64.
        var root: Text = "-"

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("position", &position)
            try visitor.field("root", &root)
        }
    }

    var mode = Mode.readWrite
    /// Why nothing is recorded.
    var reason: Prose?
    /// Why room runs short.
    var shortage: Prose?
    var head = 0
    var checkpoint = Checkpoint()
    var log: Text = "-"
    var started = Timestamp(microseconds: 0)
    var now = Timestamp(microseconds: 0)
    var today = Day(rawValue: 0)
    var timeZone: Text = "-"
    var source: Text = "-"
    var version: Text = "-"
    var connections = 0
    var subscriptions = 0
    /// Events that wait for the disk.
    var pending = 0

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("mode", &mode)
        try visitor.field("reason", &reason)
        try visitor.field("shortage", &shortage)
        try visitor.field("head", &head)
        try visitor.field("checkpoint", &checkpoint)
        try visitor.field("log", &log)
        try visitor.field("started", &started)
        try visitor.field("now", &now)
        try visitor.field("today", &today)
        try visitor.field("time_zone", &timeZone)
        try visitor.field("source", &source)
        try visitor.field("version", &version)
        try visitor.field("connections", &connections)
        try visitor.field("subscriptions", &subscriptions)
        try visitor.field("pending", &pending)
    }
}
