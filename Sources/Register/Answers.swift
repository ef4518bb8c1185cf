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
    }

    private func answer<Query: QueryRecord>(
        _ type: Query.Type, _ params: JSONValue, _ session: any Session, _ reply: @escaping (Reply) -> Void
    ) throws(Malformed) {
        var query = Query()
        var meta = QueryMeta()
        try params.fill(&query, and: &meta)
        inTurn(session) { register in
            if let knownAt = meta.knownAt {
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
            var parameters = Parameters()
            _ = try params.fill(&parameters)
            return parameters
        }
        switch request.method {
        case "transaction":
            let order = try Order(transaction: params, commandsMax: options.limits.batchMax)
            carryOut(order, for: session, reply: reply)
        case "server.info":
            _ = try read(NoParameters.self)
            reply(.result(info(for: session)))
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
        default:
            let name = String(request.method.prefix(64))
            reply(.failure(Failure(.methodNotFound, "no method \(name): server.info lists those there are")))
        }
    }

    /// The methods that are neither commands nor queries of the domain.
    private static let ownMethods = [
        "transaction", "server.info", "server.status", "events.read", "events.get", "events.subscribe",
        "events.unsubscribe", "query.history", ConsumerAck.method, ConsumerStandings.method, ConsumerRemove.method,
    ]

    /// Every method there is.
    public static let methods: [String] =
        (Catalogue.commands.map { $0.method } + Catalogue.amending.map { $0.method }
        + Catalogue.queries.map { $0.method } + ownMethods).sorted()

    private func info(for session: any Session) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", "accueild")
            writer.member("version", options.version)
            writer.member("protocol", 1)
            writer.member("source", options.source)
            writer.member("time_zone", options.calendar.name)
            writer.member("log", log.identity.description)
            writer.member("actor", session.actor)
            if let role = session.role { writer.member("role", role) }
            writer.member("limits", options.limits)
            writer.member("methods") { $0.texts(Self.methods) }
            writer.member("events") { $0.texts(Catalogue.events.map { $0.type }.sorted()) }
        }
        return writer.bytes
    }

    /// Bytes of room below which there is as good as none: an event or two.
    private static let roomMin = 4 << 10

    private var status: [UInt8] {
        let checkpoint = log.checkpoint
        let reason = damage?.description ?? log.refusal?.description ?? (log.room < Self.roomMin ? log.shortage : nil)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("mode", damage != nil ? "damaged" : reason != nil ? "read_only" : "read_write")
            if let reason { writer.member("reason", reason) }
            if let shortage = log.shortage { writer.member("shortage", shortage) }
            writer.member("head", Int(head.rawValue))
            writer.member("checkpoint") { writer in
                writer.object { writer in
                    writer.member("position", Int(checkpoint.position.rawValue))
                    writer.member("root", "\(checkpoint.root)")
                }
            }
            writer.member("log", log.identity.description)
            writer.member("started", started)
            writer.member("now", Timestamp(microseconds: options.now()))
            writer.member("today", today)
            writer.member("time_zone", options.calendar.name)
            writer.member("source", options.source)
            writer.member("version", options.version)
            writer.member("connections", connections)
            writer.member("subscriptions", followers.byID.count)
            writer.member("pending", pending)
        }
        return writer.bytes
    }
}

/// For methods that take none.
private struct NoParameters: Record {
    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {}
}

extension JSONWriter {
    fileprivate mutating func texts(_ texts: [String]) {
        bytes.append(0x5B)
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            self.text(text)
        }
        bytes.append(0x5D)
    }
}
