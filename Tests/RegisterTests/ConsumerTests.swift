import AccueilTesting
import EventLog
import Register
import Testing
import WireProtocol

/// Named consumers: a cursor that is kept for a script, never goes back and never runs ahead.
@Suite struct ConsumerTests {
    let desk: Desk
    let (amel, bruno): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, bruno) = (desk.connect(), desk.connect("uid:1001"))
        for number in 1...5 { amel.call(-number, "site.open", #"{"site":"s-\#(number)","kind":"CHU"}"#) }
        desk.settle()
        amel.forget()
    }

    private func ack(_ id: Int, _ client: Client, _ sequence: Int, consumer: String = "nightly") {
        client.call(id, "consumer.ack", #"{"consumer":"\#(consumer)","sequence":\#(sequence)}"#)
    }

    /// A register that goes on with what was kept, as after a crash.
    private func restarted(_ bytes: [UInt8]? = nil) throws -> Desk {
        let kept = try #require(bytes ?? desk.keeper.kept.last)
        return try Desk(desk.log, consumers: Consumers(kept, of: desk.log.identity))
    }

    @Test func `an ack is answered once it is kept, and survives`() throws {
        ack(1, amel, 3)
        #expect(amel.told == [])
        desk.turn()
        #expect(
            amel.told == [
                #"{"jsonrpc":"2.0","id":1,"result":{"consumer":"nightly","owner":"uid:1000","cursor":3,"#
                    + #""acked":"2017-03-23T12:00:00Z","lag":2}}"#
            ])
        let again = try restarted()
        let client = again.connect()
        client.call(1, "consumer.list")
        #expect(
            client.told == [
                #"{"jsonrpc":"2.0","id":1,"result":{"consumers":[{"consumer":"nightly","owner":"uid:1000","cursor":3,"#
                    + #""acked":"2017-03-23T12:00:00Z","lag":2}],"head":5}}"#
            ])
    }

    @Test func `a cursor never goes back, and an ack that moves nothing writes nothing`() {
        ack(1, amel, 3)
        ack(2, amel, 2)
        desk.turn()
        #expect(amel.answer(2, "result.cursor") == "3")
        ack(3, amel, 3)
        #expect(amel.answer(3, "result.cursor") == "3")
        #expect(desk.keeper.kept.count == 1)
    }

    @Test(arguments: [-1, 6, 9_007_199_254_740_991])
    func `a cursor never runs ahead of what is durable`(sequence: Int) {
        ack(1, amel, sequence)
        #expect(amel.answer(1, "error.data.rule") == "beyond_the_log")
        #expect(desk.keeper.isEmpty)
        // The next event is at the disk and may yet be lost.
        amel.call(2, "site.open", #"{"site":"s-6","kind":"CHU"}"#)
        desk.turn()
        ack(3, bruno, 6)
        #expect(bruno.answer(3, "error.data.rule") == "beyond_the_log")
        ack(4, amel, 6)
        desk.settle()
        #expect(amel.answer(4, "result.cursor") == "6", "behind an own command, an ack waits for it")
    }

    @Test func `acks that come during a writing share the next`() {
        ack(1, amel, 1)
        for sequence in 2...5 { ack(sequence, amel, sequence) }
        ack(6, bruno, 4, consumer: "hourly")
        desk.keeper.one()
        desk.home.all()
        #expect(amel.answer(1, "result.cursor") == "1")
        #expect(amel.answer(2) == nil && bruno.answer(6) == nil)
        desk.turn()
        #expect(amel.answer(5, "result.cursor") == "5")
        #expect(bruno.answer(6, "result.cursor") == "4")
        #expect(desk.keeper.kept.count == 2)
    }

    @Test func `what cannot be kept is not answered as if it were`() throws {
        ack(1, amel, 1)
        desk.turn()
        desk.keeper.error = DiskError("sync", "/var/lib/accueil/consumers.ndjson.new", code: 5)
        ack(2, amel, 2)
        ack(3, amel, 3)
        desk.turn()
        #expect(amel.answer(2, "error.data.type") == "outcome_unknown")
        #expect(amel.answer(2, "error.data.rule") == "consumers_not_kept")
        #expect(amel.answer(3, "error.data.retryable") == "true")
        amel.call(4, "consumer.list")
        #expect(amel.answer(4, "result.consumers.0.cursor") == "1")
        desk.keeper.error = nil
        ack(5, amel, 3)
        desk.turn()
        #expect(amel.answer(5, "result.cursor") == "3")
        let client = try restarted().connect()
        client.call(1, "consumer.list")
        #expect(client.answer(1, "result.consumers.0.cursor") == "3")
    }

    @Test func `a subscription by name begins after what is done with`() throws {
        ack(1, amel, 3)
        amel.call(2, "events.subscribe", #"{"consumer":"nightly"}"#)
        desk.settle()
        #expect(amel.answer(2, "result.from") == "4")
        #expect(amel.heard("s1") == [4, 5])
        ack(3, amel, 0, consumer: "all")
        amel.call(4, "events.subscribe", #"{"consumer":"all","types":["site."]}"#)
        desk.settle()
        #expect(amel.heard("s2") == [1, 2, 3, 4, 5])
        amel.call(5, "events.subscribe", #"{"consumer":"daily"}"#)
        #expect(amel.answer(5, "error.data.rule") == "unknown_consumer")
        #expect(amel.answer(5, "error.data.type") == "not_found")
        amel.call(6, "events.subscribe", #"{"consumer":"nightly","from":1}"#)
        #expect(amel.answer(6, "error.data.rule") == "from")
    }

    @Test func `a consumer is its owner's, and an administrator's`() {
        ack(1, amel, 1)
        desk.turn()
        ack(1, bruno, 2)
        #expect(bruno.answer(1, "error.data.type") == "forbidden")
        #expect(bruno.answer(1, "error.code") == "-32007")
        #expect(bruno.answer(1, "error.data.facts.needs") == "admin")
        bruno.call(2, "consumer.remove", #"{"consumer":"nightly"}"#)
        #expect(bruno.answer(2, "error.data.rule") == "needs_admin")
        bruno.role = .admin
        ack(3, bruno, 2)
        desk.turn()
        #expect(bruno.answer(3, "result.owner") == "uid:1000")
        #expect(bruno.answer(3, "result.cursor") == "2")
        amel.role = .reader
        amel.call(4, "consumer.remove", #"{"consumer":"nightly"}"#)
        desk.turn()
        #expect(amel.answer(4, "result.cursor") == "2")
        amel.call(5, "consumer.list")
        #expect(amel.answer(5, "result.consumers.count") == "0")
        amel.call(6, "consumer.remove", #"{"consumer":"nightly"}"#)
        #expect(amel.answer(6, "error.data.rule") == "unknown_consumer")
    }

    @Test func `a user has a limited number of consumers`() throws {
        var limits = Limits()
        limits.consumersPerUserMax = 2
        let desk = try Desk(desk.log, limits: limits)
        let (amel, bruno) = (desk.connect(), desk.connect("uid:1001"))
        for number in 1...3 { ack(number, amel, 1, consumer: "c-\(number)") }
        ack(4, bruno, 1, consumer: "c-3")
        ack(5, amel, 2, consumer: "c-1")
        desk.turn()
        #expect(amel.answer(3, "error.data.rule") == "consumers_per_user_max")
        #expect(bruno.answer(4, "result.cursor") == "1")
        #expect(amel.answer(5, "result.cursor") == "2")
    }

    @Test func `the stop waits until the consumers are kept`() {
        ack(1, amel, 1)
        var done = 0
        desk.register.stop { done += 1 }
        #expect(done == 0)
        ack(2, amel, 2)
        #expect(amel.answer(2, "error.data.type") == "stopping")
        desk.turn()
        #expect(done == 1)
        #expect(amel.answer(1, "result.cursor") == "1")
    }

    @Test func `no byte of the file can change, go or come unnoticed`() throws {
        ack(1, amel, 3)
        ack(2, bruno, 4, consumer: "hourly")
        desk.turn()
        let kept = try #require(desk.keeper.kept.last)
        _ = try Consumers(kept, of: desk.log.identity)
        for index in kept.indices {
            for bit in [0, 3] {
                var changed = kept
                changed[index] ^= 1 << bit
                #expect(throws: DamagedConsumers.self, "byte \(index)") {
                    try Consumers(changed, of: desk.log.identity)
                }
            }
            #expect(throws: DamagedConsumers.self) { try Consumers(Array(kept[..<index]), of: desk.log.identity) }
        }
        #expect(throws: DamagedConsumers.self) { try Consumers(kept + kept, of: desk.log.identity) }
        let other = try #require(LogIdentity("0189d3c1-7b1e-4c55-9a50-1f2e3d4c5b6b"))
        #expect(throws: DamagedConsumers.self) { try Consumers(kept, of: other) }
        #expect(try Consumers(kept, of: desk.log.identity).names(beyond: Position(rawValue: 3)) == ["hourly"])
    }

    @Test func `what was read once is found again after a power cut`() throws {
        let disk = SimulatedDisk()
        let file = ConsumersFile(disk, folder: "/state")
        try file.replace(with: [1])
        disk.plan(.powerCut, at: disk.calls.count + 4)
        #expect(throws: DiskError.self) { try file.replace(with: [2]) }
        disk.endProcess()
        #expect(try file.read() == [2], "it has its name, and counts")
        disk.restart(after: .losesThem)
        #expect(try file.read() == [2])
    }
}

/// Who may do what.
@Suite struct RoleTests {
    let desk: Desk
    let client: Client

    init() throws {
        desk = try Desk()
        client = desk.connect()
        client.call(0, "site.open", openNey)
        desk.settle()
    }

    /// The least role that a method needs: `nil` for none.
    private func expected(_ method: String) -> Role? {
        if method == "server.info" { return nil }
        if method == "log.verify" { return .admin }
        let looks = ["query.", "events.", "server.", "consumer.", "log.", "rpc."].contains { method.hasPrefix($0) }
        return looks ? .reader : .operator
    }

    @Test(arguments: Contract.register.methods.map(\.name))
    func `every method says which role it needs, and does nothing without it`(method: String) {
        let needed = expected(method)
        for (index, role) in ([nil] + Role.allCases).enumerated() {
            client.role = role
            client.call(index + 1, method)
            desk.settle()
            let isEnough = needed.map { needed in role.map { $0 >= needed } ?? false } ?? true
            let kind = client.answer(index + 1, "error.data.type")
            #expect((kind == "forbidden") == !isEnough, "\(method) as \(role?.rawValue ?? "nobody")")
            guard !isEnough, let needed else { continue }
            #expect(client.answer(index + 1, "error.data.rule") == "needs_\(needed.rawValue)")
            #expect(client.answer(index + 1, "error.data.facts.role") == role?.rawValue ?? "none")
            #expect(client.answer(index + 1, "error.data.retryable") == "false")
        }
        #expect(desk.log.lines.count == 1)
    }

    @Test func `everybody is told who they are and what they may`() {
        client.call(1, "server.info")
        #expect(client.answer(1, "result.actor") == "uid:1000")
        #expect(client.answer(1, "result.role") == "operator")
        client.role = nil
        client.call(2, "server.info")
        #expect(client.answer(2, "result.role") == nil)
    }

    @Test func `who loses every role is told where to go on, and hears nothing any more`() {
        let other = desk.connect("uid:1001")
        for reader in [client, other] { reader.call(1, "events.subscribe", #"{"from":1}"#) }
        desk.settle()
        client.role = nil
        desk.register.adopt(Limits())
        #expect(
            client.told.last
                == #"{"jsonrpc":"2.0","method":"ended","params":{"subscription":"s1","next":2,"reason":"no role any more"}}"#
        )
        other.call(2, "site.open", #"{"site":"ivry","kind":"CHU"}"#)
        desk.settle()
        #expect(client.heard("s1") == [1])
        #expect(other.heard("s2") == [1, 2])
    }
}
