import Testing

/// `dry_run`: decided like any other command, and nothing of it stays.
@Suite struct DryRunTests {
    let desk: Desk
    let (amel, bruno): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, bruno) = (desk.connect(), desk.connect("uid:1001"))
        amel.call(0, "site.open", openNey)
        amel.call(-1, "site.set_capacity", #"{"site":"ney","audience":"any","places":1,"time":"2016-11-10"}"#)
        desk.settle()
    }

    private static let dry = #","dry_run":true"#

    /// The answer to a command, or its refusal, without positions and what marks a dry run.
    private func outcome(_ id: Int, _ client: Client) -> [String?] {
        [
            client.answer(id, "result.events.count"), client.answer(id, "result.events.0.type"),
            client.answer(id, "result.events.0.subject"), client.answer(id, "result.events.0.anomalies.0"),
            client.answer(id, "result.replayed"), client.answer(id, "error.data.rule"),
            client.answer(id, "error.data.message"),
        ]
    }

    @Test(
        arguments: [
            ("placement.start", stay("p-1", more: #","adults":3"#)),
            ("placement.start", stay("p-1", more: #","adults":0"#)),
            ("placement.start", #"{"placement":"p-1","site":"ivry","audience":"families"}"#),
            ("placement.start", stay("p-1", more: #","expect":{"site/ney":1}"#)),
            ("site.open", openNey),
            ("event.void", #"{"sequence":2,"reason":"error"}"#),
            ("event.void", #"{"sequence":1,"reason":"error"}"#),
            ("event.void", #"{"sequence":9,"reason":"error"}"#),
            ("event.correct", #"{"sequence":2,"reason":"error","set":{"places":4}}"#),
            ("event.correct", #"{"sequence":2,"reason":"error","set":{"places":-4}}"#),
            ("event.correct", #"{"sequence":2,"reason":"error","set":{"places":1}}"#),
            (
                "transaction",
                TransactionTests.commands(
                    ("event.correct", #"{"sequence":2,"reason":"error","set":{"places":3}}"#),
                    ("placement.start", stay("p-1", more: #","adults":3"#)),
                    ("placement.end", #"{"placement":"p-1","destination":"CAO"}"#))
            ),
            (
                "transaction",
                TransactionTests.commands(
                    ("placement.start", stay("p-1")), ("placement.end", #"{"placement":"p-2","destination":"CAO"}"#))
            ),
        ])
    func `a dry run answers what the command is answered right after it, and writes nothing`(
        method: String, params: String
    ) {
        let before = desk.log.text
        amel.call(1, method, String(params.dropLast()) + Self.dry + "}")
        desk.settle()
        #expect(desk.log.text == before)
        #expect(amel.commandsPending == 0)
        amel.call(2, method, params)
        desk.settle()
        #expect(amel.answer(1) != nil)
        #expect(outcome(1, amel) == outcome(2, amel))
        if amel.answer(2, "error.code") == nil {
            #expect(amel.answer(1, "result.dry_run") == "true")
            #expect(amel.answer(2, "result.dry_run") == nil)
            let told = Int(amel.answer(1, "result.events.count") ?? "0") ?? 0
            for index in 0..<told { #expect(amel.answer(1, "result.events.\(index).sequence") == "0") }
            #expect(desk.log.lines.count == before.count + told)
        }
    }

    @Test func `what a dry run would have done is not there for the next command`() {
        amel.call(
            1, "transaction",
            TransactionTests.commands(
                ("placement.start", stay("p-1")), ("site.open", #"{"site":"ivry","kind":"CHU"}"#), more: Self.dry))
        amel.call(2, "placement.start", stay("p-2", more: Self.dry))
        amel.call(3, "event.void", #"{"sequence":1,"reason":"error"\#(Self.dry)}"#)
        amel.call(4, "placement.end", #"{"placement":"p-1","destination":"CAO"}"#)
        amel.call(5, "placement.start", #"{"placement":"p-3","site":"ivry","audience":"families"}"#)
        amel.call(6, "placement.start", stay("p-2"))
        desk.settle()
        #expect(amel.answer(1, "result.events.count") == "2")
        #expect(amel.answer(4, "error.data.rule") == "unknown_placement")
        #expect(amel.answer(5, "error.data.rule") == "unknown_site")
        #expect(amel.answer(6, "result.events.0.sequence") == "3")
        amel.call(7, "query.occupancy")
        #expect(amel.answer(7, "result.occupied") == "1")
    }

    @Test func `a dry run keeps what is pending, and waits for what it was decided on`() {
        amel.call(1, "placement.start", stay("p-1"))
        desk.turn()
        amel.call(2, "placement.start", stay("p-2"))
        bruno.call(
            3, "transaction",
            TransactionTests.commands(
                ("placement.end", #"{"placement":"p-1","destination":"CAO"}"#),
                ("placement.end", #"{"placement":"p-2","destination":"CAO"}"#), more: Self.dry))
        bruno.call(4, "placement.end", #"{"placement":"p-2","destination":"CAO"\#(Self.dry)}"#)
        desk.turn()
        #expect(bruno.told == [], "the log may still fail to keep p-1")
        amel.call(5, "placement.end", #"{"placement":"p-2","destination":"CAO"}"#)
        desk.settle()
        #expect(bruno.answer(3, "result.events.count") == "2")
        #expect(bruno.answer(4, "result.events.count") == "1")
        #expect(amel.answer(5, "result.events.0.sequence") == "5")
        bruno.call(6, "query.occupancy")
        #expect(bruno.answer(6, "result.occupied") == "1")
    }

    @Test func `a dry run takes no receipt, and tells of one that is there`() {
        let command = stay("p-1", more: #","command_id":"c-1""#)
        let tried = String(command.dropLast()) + Self.dry + "}"
        amel.call(1, "placement.start", tried)
        amel.call(2, "placement.start", stay("p-2", more: #","command_id":"c-1""# + Self.dry))
        amel.call(3, "placement.start", command)
        desk.settle()
        #expect(amel.answer(2, "result.dry_run") == "true")
        #expect(amel.answer(3, "result.events.0.sequence") == "3")
        #expect(amel.answer(3, "result.replayed") == "false")
        amel.call(4, "placement.start", tried)
        amel.call(5, "placement.start", stay("p-2", more: #","command_id":"c-1""# + Self.dry))
        desk.settle()
        #expect(amel.answer(4, "result.replayed") == "true")
        #expect(amel.answer(4, "result.events.0.sequence") == "3")
        #expect(amel.answer(5, "error.data.rule") == "command_id_reused")
    }

    @Test func `a dry run is for the whole of a transaction, and is true or false`() {
        amel.call(
            1, "transaction", TransactionTests.commands(("site.open", #"{"site":"s","kind":"CHU","dry_run":true}"#)))
        #expect(amel.answer(1, "error.data.rule") == "commands[0].params.dry_run")
        amel.call(2, "site.open", #"{"site":"s","kind":"CHU","dry_run":1}"#)
        #expect(amel.answer(2, "error.data.rule") == "dry_run")
        amel.call(
            3, "transaction", TransactionTests.commands(("site.close", #"{"site":"s"}"#), more: #","dry_run":"yes""#))
        #expect(amel.answer(3, "error.data.rule") == "dry_run")
        amel.call(4, "site.open", #"{"site":"s","kind":"CHU","dry_run":false}"#)
        desk.settle()
        #expect(amel.answer(4, "result.events.0.sequence") == "3")
    }
}
