import AccueilDomain
import AccueilTesting
import EventLog
import Register
import Testing
import WireProtocol

let openNey = #"{"site":"ney","kind":"CPA","time":"2016-11-10"}"#

func stay(_ placement: String, more: String = "") -> String {
    #"{"placement":"\#(placement)","site":"ney","audience":"single_men"\#(more)}"#
}

@Suite struct DurabilityTests {
    let desk: Desk
    let (amel, bruno): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, bruno) = (desk.connect(), desk.connect("uid:1001"))
    }

    @Test func `an answer leaves only once its event is durable`() {
        amel.call(1, "site.open", openNey)
        desk.turn()
        #expect(desk.log.isSyncing)
        #expect(amel.told == [])
        desk.log.sync()
        #expect(amel.told == [])
        desk.turn()
        #expect(
            amel.told == [
                #"{"jsonrpc":"2.0","id":1,"result":{"events":[{"sequence":1,"type":"site.opened","subject":"site/ney","#
                    + #""anomalies":[]}],"replayed":false}}"#
            ])
        #expect(look("actor", in: desk.log.text[0]) == "uid:1000")
    }

    @Test func `a notification is carried out and never answered`() {
        amel.send(#"{"jsonrpc":"2.0","method":"site.open","params":\#(openNey)}"#)
        desk.settle()
        #expect(desk.log.lines.count == 1)
        #expect(amel.told == [])
        #expect(amel.commandsPending == 0)
    }

    @Test func `a refusal waits for what it was decided on`() {
        bruno.call(1, "placement.start", stay("p-1"))
        #expect(bruno.answer(1, "error.data.rule") == "unknown_site")
        amel.call(1, "site.open", openNey)
        bruno.call(2, "site.set_capacity", #"{"site":"ney","audience":"any","places":-1}"#)
        desk.turn()
        // Now it is at the disk; a refusal that comes now waits for it too.
        bruno.call(3, "site.set_capacity", #"{"site":"ney","audience":"any","places":-2}"#)
        #expect(bruno.answer(2) == nil && bruno.answer(3) == nil)
        desk.settle()
        #expect(bruno.answer(2, "error.data.rule") == "capacity_out_of_bounds")
        #expect(bruno.answer(3, "error.data.facts.places") == "-2")
        #expect(bruno.answer(3, "error.code") == "-32000")
    }

    @Test func `a command that has already happened answers without events, once that is durable`() {
        amel.call(1, "site.open", openNey)
        bruno.call(2, "site.open", openNey)
        desk.turn()
        #expect(bruno.answer(2) == nil)
        desk.settle()
        #expect(bruno.answer(2, "result.events.count") == "0")
        #expect(desk.log.lines.count == 1)
    }

    @Test func `what comes in one turn shares a commit, and so does what comes during a sync`() {
        amel.call(1, "site.open", openNey)
        bruno.call(1, "site.open", #"{"site":"ivry","kind":"CHU"}"#)
        desk.turn()
        #expect(desk.log.commits.map(\.count) == [2])
        for number in 2...6 {
            (number % 2 == 0 ? amel : bruno).call(number, "placement.start", stay("p-\(number)"))
            desk.turn()
        }
        #expect(desk.log.commits.map(\.count) == [2])
        desk.log.sync()
        desk.turn()
        #expect(desk.log.commits.map(\.count) == [2, 5])
        #expect(amel.told.count == 1 && bruno.told.count == 1)
        desk.settle()
        #expect(desk.log.commits.map(\.count) == [2, 5])
        #expect(amel.told.count == 4 && bruno.told.count == 3)
        #expect(bruno.answer(5, "result.events.0.sequence") == "6")
    }

    @Test func `a query speaks of durable facts, and waits only behind its own connection's commands`() {
        amel.call(1, "site.open", openNey)
        bruno.call(2, "query.occupancy")
        amel.call(3, "query.occupancy")
        #expect(bruno.answer(2, "result.rows.count") == "0")
        desk.turn()
        bruno.call(4, "server.status")
        #expect(bruno.answer(4, "result.head") == "0")
        #expect(bruno.answer(4, "result.pending") == "1")
        bruno.call(5, "query.occupancy")
        #expect(bruno.answer(5, "result.rows.count") == "0")
        #expect(amel.answer(3) == nil)
        desk.settle()
        #expect(amel.answer(3, "result.rows.count") == "1")
        // In turn: its command's answer first.
        #expect(amel.told.map { look("id", in: $0) } == ["1", "3"])
        bruno.call(6, "query.occupancy")
        #expect(bruno.answer(6, "result.rows.count") == "1")
    }

    @Test func `a connection whose command was refused does not wait any more`() {
        bruno.call(1, "site.open", openNey)
        amel.call(1, "site.close", #"{"site":"x"}"#)
        desk.settle()
        #expect(amel.commandsPending == 0 && bruno.commandsPending == 0)
        bruno.call(2, "site.open", #"{"site":"ivry","kind":"CHU"}"#)
        amel.call(3, "query.occupancy")
        #expect(amel.answer(3, "result.rows.count") == "1")
    }

    // MARK: The disk fails

    @Test func `when the disk fails everybody is told that the outcome is unknown`() {
        amel.call(1, "site.open", openNey)
        desk.turn()
        bruno.call(2, "placement.start", stay("p-1"))
        bruno.call(3, "site.close", #"{"site":"x"}"#)
        amel.call(4, "query.occupancy")
        desk.log.fail()
        desk.turn()
        #expect(amel.answer(1, "error.data.type") == "outcome_unknown")
        #expect(bruno.answer(2, "error.code") == "-32004")
        #expect(bruno.answer(3, "error.data.retryable") == "true")
        // A query still speaks of durable facts.
        #expect(amel.answer(4, "result.rows.count") == "0")
        bruno.call(5, "site.open", openNey)
        #expect(bruno.answer(5, "error.data.type") == "outcome_unknown")
        desk.turn()
        #expect(desk.failures == [.outcomeUnknown("EIO")])
        #expect(desk.log.commits.count == 1)
    }

    @Test func `after a failure the head is still the last durable event`() {
        amel.call(1, "site.open", openNey)
        desk.settle()
        amel.call(2, "placement.start", stay("p-1"))
        desk.turn()
        desk.log.fail()
        desk.turn()
        bruno.call(3, "server.status")
        #expect(bruno.answer(3, "result.mode") == "read_only")
        do {
            #expect(bruno.answer(3, "result.head") == "1")
        }
    }

    @Test func `a repeated command whose first asking is lost is not told that it was carried out`() {
        amel.call(1, "site.open", #"{"site":"ney","kind":"CPA","command_id":"c-1"}"#)
        desk.turn()
        bruno.call(2, "site.open", #"{"site":"ney","kind":"CPA","command_id":"c-1"}"#)
        desk.log.fail()
        desk.turn()
        #expect(amel.answer(1, "error.data.type") == "outcome_unknown")
        #expect(bruno.answer(2, "error.data.type") == "outcome_unknown")
    }

    // MARK: No room

    @Test func `without room nothing is recorded, queries go on, and recording comes back with the room`() {
        amel.call(1, "site.open", openNey)
        desk.settle()
        (desk.log.room, desk.log.shortage) = (0, "the disk has 3 MiB left")
        amel.call(2, "placement.start", stay("p-1"))
        #expect(amel.answer(2, "error.code") == "-32003")
        #expect(amel.answer(2, "error.data.rule") == "no_room")
        #expect(amel.answer(2, "error.data.retryable") == "true")
        #expect(amel.answer(2, "error.data.message")?.contains("3 MiB") == true)
        bruno.call(3, "query.occupancy")
        bruno.call(4, "server.status")
        #expect(bruno.answer(3, "result.rows.count") == "1")
        #expect(bruno.answer(4, "result.mode") == "read_only")
        #expect(bruno.answer(4, "result.reason") == "the disk has 3 MiB left")
        desk.register.tick()
        #expect(desk.log.searchesForRoom == 1)
        (desk.log.room, desk.log.shortage) = (1 << 30, nil)
        desk.register.tick()
        #expect(desk.log.searchesForRoom == 1)
        // Nothing of the command that found no room was kept.
        amel.call(5, "placement.start", stay("p-1"))
        desk.settle()
        #expect(amel.answer(5, "result.events.0.sequence") == "2")
    }

    @Test func `what is pending counts against the room`() {
        amel.call(1, "site.open", openNey)
        desk.settle()
        desk.log.room = desk.log.lines[0].count * 2
        for number in 2...9 { amel.call(number, "placement.start", stay("p-\(number)")) }
        desk.settle()
        let recorded = desk.log.lines.dropFirst().reduce(0) { $0 + $1.count + 1 }
        #expect(recorded > 0 && recorded <= desk.log.lines[0].count * 2)
        #expect(amel.answer(9, "error.data.rule") == "no_room")
    }

    @Test func `a transaction larger than a commit is refused and leaves no trace`() {
        desk.log.commitBytesMax = 600
        let commands = (1...3).map { #"{"method":"site.open","params":{"site":"s-\#($0)","kind":"CHU"}}"# }
        amel.call(1, "transaction", #"{"commands":[\#(commands.joined(separator: ","))]}"#)
        #expect(amel.answer(1, "error.data.rule") == "commit_bytes_max")
        amel.call(2, "site.open", #"{"site":"s-1","kind":"CHU"}"#)
        desk.settle()
        #expect(amel.answer(2, "result.events.0.sequence") == "1")
    }

    @Test func `a damaged log takes nothing and says so`() {
        desk.log.refusal = .readOnly
        amel.call(1, "site.open", openNey)
        #expect(amel.answer(1, "error.data.rule") == "log_refuses")
        #expect(desk.log.commits.isEmpty)
    }

    // MARK: Stopping

    @Test func `stopping finishes what was accepted and takes nothing more`() {
        amel.call(1, "site.open", openNey)
        desk.turn()
        amel.call(2, "placement.start", stay("p-1"))
        var done = 0
        desk.register.stop { done += 1 }
        bruno.call(3, "placement.start", stay("p-2"))
        desk.turn()
        #expect(done == 0)
        desk.settle()
        #expect(done == 1)
        #expect(desk.log.lines.count == 2)
        #expect(amel.answer(2, "result.events.0.sequence") == "2")
        #expect(bruno.answer(3, "error.data.type") == "stopping")
        #expect(bruno.answer(3, "error.code") == "-32006")
    }

    @Test func `a register without work stops at once`() {
        var done = 0
        desk.register.stop { done += 1 }
        #expect(done == 1)
    }
}

@Suite struct TransactionTests {
    let desk: Desk
    let (amel, bruno): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, bruno) = (desk.connect(), desk.connect())
    }

    static func commands(_ commands: (String, String)..., more: String = "") -> String {
        let list = commands.map { #"{"method":"\#($0.0)","params":\#($0.1)}"# }.joined(separator: ",")
        return #"{"commands":[\#(list)]\#(more)}"#
    }

    @Test func `a transaction is one commit, each command decided on those before it`() {
        amel.call(
            1, "transaction",
            Self.commands(("site.open", openNey), ("placement.start", stay("p-1")), ("site.open", openNey)))
        desk.settle()
        #expect(desk.log.commits.map(\.count) == [2])
        #expect(amel.answer(1, "result.events.count") == "2")
        #expect(amel.answer(1, "result.events.1.type") == "placement.started")
    }

    @Test func `a site with people inside closes in one transaction with their transfers`() {
        amel.call(
            1, "transaction",
            Self.commands(
                ("site.open", openNey), ("site.open", #"{"site":"ivry","kind":"CHU","time":"2016-11-10"}"#),
                ("placement.start", stay("p-1"))))
        desk.settle()
        amel.call(2, "site.close", #"{"site":"ney"}"#)
        #expect(amel.answer(2, "error.data.rule") == "site_not_empty")
        amel.call(
            3, "transaction",
            Self.commands(
                ("placement.transfer", #"{"placement":"p-1","site":"ivry"}"#), ("site.close", #"{"site":"ney"}"#)))
        desk.settle()
        #expect(amel.answer(3, "result.events.1.type") == "site.closed")
    }

    @Test func `a transaction refused half-way leaves no trace`() {
        amel.call(
            1, "transaction",
            Self.commands(("site.open", openNey), ("placement.start", stay("p-1")), ("site.close", #"{"site":"x"}"#)))
        #expect(amel.answer(1, "error.data.rule") == "unknown_site")
        #expect(amel.answer(1, "error.data.facts.command_index") == "2")
        amel.call(2, "site.open", openNey)
        desk.settle()
        #expect(amel.answer(2, "result.events.0.sequence") == "1")
        amel.call(3, "placement.start", stay("p-1"))
        desk.settle()
        #expect(amel.answer(3, "result.events.0.sequence") == "2")
    }

    @Test func `a transaction refused half-way leaves what was pending before it`() {
        amel.call(1, "site.open", openNey)
        desk.turn()
        // One command at the disk, one gathered, then the transaction.
        amel.call(2, "placement.start", stay("p-1", more: #","person":"amin""#))
        bruno.call(
            3, "transaction", Self.commands(("placement.start", stay("p-2")), ("placement.start", stay("p-1"))))
        amel.call(4, "placement.start", stay("p-3", more: #","person":"amin""#))
        amel.call(5, "placement.start", stay("p-2"))
        desk.settle()
        #expect(bruno.answer(3, "error.data.rule") == "placement_exists")
        #expect(amel.answer(2, "result.events.0.sequence") == "2")
        #expect(amel.answer(4, "error.data.rule") == "second_open_stay")
        #expect(amel.answer(5, "result.events.0.sequence") == "3")
        bruno.call(6, "query.occupancy")
        #expect(bruno.answer(6, "result.occupied") == "2")
    }

    @Test func `a transaction has at least one command, and only commands`() {
        for (index, params) in [
            "{}", #"{"commands":[]}"#, #"{"commands":{}}"#, #"{"commands":[{"method":"query.occupancy"}]}"#,
            #"{"commands":[{"method":"transaction","params":{}}]}"#, #"{"commands":[1]}"#, #"{"command":[]}"#,
            Self.commands(("site.open", #"{"site":"ney","kind":"CPA","command_id":"c"}"#)),
            Self.commands(("site.open", #"{"site":"ney","kind":"CPA","expect":{}}"#)),
            #"{"commands":[{"method":"site.open","params":\#(openNey),"id":1}]}"#,
        ].enumerated() {
            amel.call(index, "transaction", params)
            #expect(amel.answer(index, "error.code") == "-32602", "\(params)")
        }
        #expect(desk.log.commits.isEmpty)
    }

    @Test func `a fault in a transaction is named with its place`() {
        amel.call(1, "transaction", Self.commands(("site.open", openNey), ("site.open", #"{"site":"a","kind":"X"}"#)))
        #expect(amel.answer(1, "error.data.rule") == "commands[1].params.kind")
    }
}

@Suite struct ReceiptTests {
    let desk: Desk
    let (amel, bruno): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, bruno) = (desk.connect(), desk.connect())
    }

    static let open = #"{"site":"ney","kind":"CPA","time":"2016-11-10","command_id":"c-1"}"#
    static let other = #"{"site":"ney","kind":"CHU","time":"2016-11-10","command_id":"c-1"}"#

    static func isFirstAnswer(_ client: Client, _ id: Int) -> Bool {
        client.answer(id, "result.events.0.sequence") == "1" && client.answer(id, "result.events.count") == "1"
            && client.answer(id, "result.events.0.subject") == "site/ney"
    }

    @Test func `the same command again gets the first answer: while it is pending, after, and after a restart`() throws
    {
        amel.call(1, "site.open", Self.open)
        bruno.call(2, "site.open", Self.open)
        desk.turn()
        bruno.call(3, "site.open", Self.open)
        #expect(bruno.told == [])
        desk.settle()
        bruno.call(4, "site.open", Self.open)
        desk.settle()
        #expect(Self.isFirstAnswer(amel, 1) && amel.answer(1, "result.replayed") == "false")
        for id in 2...4 {
            #expect(Self.isFirstAnswer(bruno, id) && bruno.answer(id, "result.replayed") == "true", "\(id)")
        }
        let next = try Desk(desk.log)
        let client = next.connect()
        client.call(5, "site.open", Self.open)
        next.settle()
        #expect(Self.isFirstAnswer(client, 5) && client.answer(5, "result.replayed") == "true")
        #expect(desk.log.lines.count == 1)
        #expect(client.commandsPending == 0 && bruno.commandsPending == 0)
    }

    @Test func `the same members in another order are the same command`() {
        amel.call(1, "site.open", Self.open)
        amel.call(2, "site.open", #"{"command_id":"c-1","time":"2016-11-10","kind":"CPA","site":"ney"}"#)
        desk.settle()
        #expect(amel.answer(2, "result.replayed") == "true")
    }

    @Test func `another command under the same id is a conflict: while it is pending, after, and after a restart`()
        throws
    {
        amel.call(1, "site.open", Self.open)
        bruno.call(2, "site.open", Self.other)
        bruno.call(3, "site.close", #"{"site":"ney","command_id":"c-1"}"#)
        desk.settle()
        bruno.call(4, "site.open", Self.other)
        for id in 2...4 {
            #expect(bruno.answer(id, "error.code") == "-32001", "\(id)")
            #expect(bruno.answer(id, "error.data.rule") == "command_id_reused", "\(id)")
            #expect(bruno.answer(id, "error.data.facts.command_id") == "c-1", "\(id)")
        }
        let client = try Desk(desk.log).connect()
        client.call(5, "site.open", Self.other)
        #expect(client.answer(5, "error.data.rule") == "command_id_reused")
    }

    @Test func `a transaction is repeated as a whole, also after a restart`() throws {
        let params = TransactionTests.commands(
            ("site.open", openNey), ("placement.start", stay("p-1")), ("placement.start", stay("p-2")),
            more: #","command_id":"c-1""#)
        amel.call(1, "transaction", params)
        amel.call(2, "placement.start", stay("p-3"))
        desk.settle()
        let next = try Desk(desk.log)
        let client = next.connect()
        client.call(3, "transaction", params)
        next.settle()
        #expect(client.answer(3, "result.replayed") == "true")
        #expect(client.answer(3, "result.events.count") == "3")
        #expect(client.answer(3, "result.events.2.sequence") == "3")
        #expect(client.answer(3, "result.events.2.subject") == "placement/p-2")
    }

    @Test func `a refused command leaves its id free`() {
        amel.call(1, "placement.start", stay("p-1", more: #","command_id":"c-1""#))
        amel.call(2, "site.open", Self.open)
        desk.settle()
        #expect(amel.answer(1, "error.data.rule") == "unknown_site")
        #expect(Self.isFirstAnswer(amel, 2))
    }

    @Test func `a replayed answer tells the anomalies of the first`() throws {
        amel.call(1, "site.open", openNey)
        let late = stay("p-1", more: #","time":"2016-11-10","command_id":"c-2""#)
        amel.call(2, "placement.start", late)
        amel.call(3, "placement.start", late)
        desk.settle()
        #expect(amel.answer(2, "result.events.0.anomalies.0") == "occupancy_above_capacity")
        #expect(amel.answer(3, "result.events.0.anomalies.count") == "2")
        #expect(amel.answer(3, "result.events.0.anomalies.1") == "entered_late")
    }
}

@Suite struct ConditionTests {
    let desk: Desk
    let amel: Client

    init() throws {
        desk = try Desk()
        amel = desk.connect()
    }

    @Test func `a command with an expectation is carried out only while it holds`() {
        amel.call(1, "site.open", #"{"site":"ney","kind":"CPA","time":"2016-11-10","expect":{"site/ney":0}}"#)
        // Still pending: the expectation speaks of what is decided, not of what is durable.
        amel.call(2, "site.close", #"{"site":"ney","expect":{"site/ney":0}}"#)
        amel.call(3, "placement.start", stay("p-1", more: #","expect":{"site/ney":1,"placement/p-1":0,"site/x":0}"#))
        desk.settle()
        #expect(amel.answer(1, "result.events.0.sequence") == "1")
        #expect(amel.answer(2, "error.code") == "-32001")
        #expect(amel.answer(2, "error.data.rule") == "expectation_failed")
        #expect(amel.answer(2, "error.data.facts.subject") == "site/ney")
        #expect(amel.answer(2, "error.data.facts.sequence") == "1")
        #expect(amel.answer(2, "error.data.facts.expected") == "0")
        #expect(amel.answer(3, "result.events.0.sequence") == "2")
        amel.call(
            4, "placement.end", #"{"placement":"p-1","destination":"CAO","expect":{"placement/p-1":2,"site/ney":2}}"#)
        #expect(amel.answer(4, "error.data.rule") == "expectation_failed")
    }

    @Test func `an expectation of a transaction is about the time before it`() {
        let params = TransactionTests.commands(
            ("site.open", openNey), ("placement.start", stay("p-1")), more: #","expect":{"site/ney":0}"#)
        amel.call(1, "transaction", params)
        amel.call(2, "transaction", params)
        desk.settle()
        #expect(amel.answer(1, "result.events.count") == "2")
        #expect(amel.answer(2, "error.data.rule") == "expectation_failed")
    }

    @Test(arguments: [
        #"{"ney":0}"#, #"{"site/ney":"0"}"#, #"{"site/ney":0,"site/ney":0}"#, "[]", "null", #"{"house/x":0}"#,
    ])
    func `an expectation is an object from subjects to positions`(expect: String) {
        amel.call(1, "site.open", #"{"site":"ney","kind":"CPA","expect":\#(expect)}"#)
        #expect(amel.answer(1, "error.code") == "-32602")
        #expect(amel.answer(1, "error.data.rule")?.hasPrefix("expect") == true)
    }

    @Test func `nothing has happened that is more than five minutes ahead`() {
        amel.call(1, "site.open", #"{"site":"a","kind":"CPA","time":"2017-03-23T12:05:00Z"}"#)
        amel.call(2, "site.open", #"{"site":"b","kind":"CPA","time":"2017-03-23T12:05:00.000001Z"}"#)
        amel.call(3, "site.open", #"{"site":"c","kind":"CPA","time":"2017-03-24"}"#)
        amel.call(4, "site.open", #"{"site":"d","kind":"CPA","time":"2017-03-23"}"#)
        desk.settle()
        #expect(amel.answer(1, "result.events.0.sequence") == "1")
        for id in 2...3 { #expect(amel.answer(id, "error.data.rule") == "in_the_future") }
        #expect(amel.answer(2, "error.data.facts.time") == "2017-03-23T12:05:00.000001Z")
        #expect(look("time", in: desk.log.text[1]) == "2017-03-23T00:00:00Z")
        #expect(amel.answer(4, "result.events.0.sequence") == "2")
    }

    @Test func `nothing has happened outside the days of the register`() {
        amel.call(1, "site.open", #"{"site":"a","kind":"CPA","time":"1900-01-01T00:00:00+01:00"}"#)
        amel.call(2, "site.open", #"{"site":"a","kind":"CPA","time":"1900-01-01"}"#)
        desk.settle()
        #expect(amel.answer(1, "error.data.rule") == "day_out_of_bounds")
        #expect(amel.answer(2, "result.events.0.sequence") == "1")
    }

    @Test func `without a time it happens when the register learns of it`() {
        amel.call(1, "site.open", #"{"site":"ney","kind":"CPA"}"#)
        desk.settle()
        #expect(look("time", in: desk.log.text[0]) == "2017-03-23T12:00:00Z")
        #expect(look("recordedtime", in: desk.log.text[0]) == "2017-03-23T12:00:00Z")
    }

    @Test func `the time of recording never goes back when the clock does, nor after a restart`() throws {
        amel.call(1, "site.open", openNey)
        desk.settle()
        desk.now -= 3_600_000_000
        amel.call(2, "placement.start", stay("p-1"))
        desk.settle()
        let next = try Desk(desk.log, seed: 2, now: desk.now - 3_600_000_000)
        next.connect().call(3, "placement.start", stay("p-2"))
        next.settle()
        next.now += 7_200_000_001
        next.connect().call(4, "placement.start", stay("p-3"))
        next.settle()
        #expect(
            desk.log.text.map { look("recordedtime", in: $0) } == [
                "2017-03-23T12:00:00Z", "2017-03-23T12:00:00Z", "2017-03-23T12:00:00Z", "2017-03-23T12:00:00.000001Z",
            ])
    }

    @Test func `the same seed, clock and commands give the same bytes, another seed only other ids`() throws {
        func story(seed: UInt64) throws -> [String] {
            let desk = try Desk(seed: seed)
            let client = desk.connect()
            client.call(1, "site.open", openNey)
            for number in 2...40 {
                client.call(number, "placement.start", stay("p-\(number)"))
                if number % 7 == 0 { desk.turn() }
                desk.now += 1_000_001
            }
            desk.settle()
            return desk.log.text
        }
        let first = try story(seed: 7)
        #expect(first.count == 40)
        #expect(try story(seed: 7) == first)
        let other = try story(seed: 8)
        #expect(other != first)
        #expect(Set((first + other).map { look("id", in: $0)! }).count == 80)
        let withoutID = { (line: String) in line.replacing(look("id", in: line)!, with: "") }
        #expect(other.map(withoutID) == first.map(withoutID))
    }

    @Test func `a restart knows what was before it`() throws {
        amel.call(1, "site.open", openNey)
        for number in 2...30 { amel.call(number, "placement.start", stay("p-\(number)")) }
        desk.settle()
        let client = try Desk(desk.log).connect()
        for method in ["query.occupancy", "query.flows", "query.stays", "query.placements", "query.anomalies"] {
            amel.call(100, method)
            client.call(100, method)
            #expect(client.answer(100) == amel.told.last, "\(method)")
            amel.forget()
            client.forget()
        }
    }
}
