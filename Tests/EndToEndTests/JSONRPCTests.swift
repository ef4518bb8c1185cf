import Foundation
import Testing

/// JSON-RPC 2.0 as the specification and PROTOCOL.md say, with the real daemon.
@Suite struct JSONRPCTests {
    let daemon: Daemon

    init() throws { daemon = try Daemon.start() }

    /// What the daemon says to these lines when nothing more follows, until it closes.
    private func answers(to text: String) throws -> [String] {
        let client = try daemon.connect()
        try client.send(text)
        client.finishSending()
        return client.rest()
    }

    /// The ids and error codes of a line, `1` or `1:-32601`, a batch in brackets.
    private func outline(_ line: String) throws -> String {
        func one(_ value: Any) -> String {
            let object = value as? [String: Any] ?? [:]
            let code = (object["error"] as? [String: Any])?["code"] as? Int
            let whole = object["jsonrpc"] as? String == "2.0" && (object["result"] == nil) == (code != nil)
            return whole ? json(object["id"]) + (code.map { ":\($0)" } ?? "") : "not a response: \(line)"
        }
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let batch = value as? [Any] else { return one(value) }
        return "[" + batch.map(one).joined(separator: " ") + "]"
    }

    // MARK: The specification's examples (https://www.jsonrpc.org/specification, section 7)

    @Test(arguments: [
        (
            #"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
            "3:-32601"
        ),
        (#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#, #""1":-32601"#),
        (#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, "null:-32700"),
        (#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, "null:-32600"),
        (
            #"[{"jsonrpc": "2.0", "method": "sum", "params": {}, "id": "1"}, {"jsonrpc": "2.0", "method"]"#,
            "null:-32700"
        ),
        ("[]", "null:-32600"),
        ("[1]", "[null:-32600]"),
        ("[1,2,3]", "[null:-32600 null:-32600 null:-32600]"),
        (
            #"[{"foo": "boo"}, {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"}]"#,
            #"[null:-32600 "5":-32601]"#
        ),
    ])
    func `the specification's examples are answered as it says`(line: String, expected: String) throws {
        #expect(try answers(to: line + "\n").map(outline) == [expected])
    }

    @Test(arguments: [
        #"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#,
        #"{"jsonrpc": "2.0", "method": "foobar"}"#,
        #"{"jsonrpc":"2.0","method":"server.info"}"#,
        #"[{"jsonrpc":"2.0","method":"notify_sum","params":{}},{"jsonrpc":"2.0","method":"server.status"}]"#,
    ])
    func `what is only notified is never answered`(line: String) throws {
        #expect(try answers(to: line + "\n") == [])
    }

    @Test func `a notified command is carried out`() throws {
        let client = try daemon.connect()
        try client.send(#"{"jsonrpc":"2.0","method":"site.open","params":{"site":"ney","kind":"CPA"}}"# + "\n")
        let rows = try client.result("query.occupancy")["rows"] as? [[String: Any]]
        #expect(rows?.count == 1)
    }

    @Test func `a batch answers its requests in one line, in their order, and its notifications not at all`() throws {
        let batch = """
            [{"jsonrpc":"2.0","method":"server.info","id":"a"},\
            {"jsonrpc":"2.0","method":"site.open","params":{"site":"ney","kind":"CPA"},"id":2},\
            {"jsonrpc":"2.0","method":"site.open","params":{"site":"ivry","kind":"CHU"}},\
            17,{"jsonrpc":"2.0","method":"no.such","id":3},\
            {"jsonrpc":"2.0","method":"site.open","params":{"site":"x y","kind":"CPA"},"id":4},\
            {"jsonrpc":"2.0","method":"query.occupancy","id":null}]

            """
        let lines = try answers(to: batch)
        #expect(try lines.map(outline) == [#"["a" 2 null:-32600 3:-32601 4:-32602 null]"#])
        let rows = try daemon.connect().result("query.occupancy")["rows"] as? [[String: Any]]
        #expect(rows?.compactMap { $0["site"] as? String } == ["ney", "ivry"])
    }

    @Test func `a batch above the limit is refused whole`() throws {
        let most = 1000
        let one = #"{"jsonrpc":"2.0","method":"server.status","id":1}"#
        let fits = "[" + Array(repeating: one, count: most).joined(separator: ",") + "]\n"
        let above = "[" + Array(repeating: one, count: most + 1).joined(separator: ",") + "]\n"
        let lines = try answers(to: fits + above)
        try #require(lines.count == 2)
        #expect(Set(try lines.map { try outline($0).count > 20 ? "batch" : outline($0) }) == ["batch", "null:-32005"])
        #expect(lines.contains { $0.contains(#""rule":"batch_max""#) })
    }

    // MARK: Requests

    @Test(arguments: [
        (#"7"#, "7"), (#""seven""#, #""seven""#), ("null", "null"), ("-1", "-1"), (#""é\n""#, #""é\n""#),
        ("9007199254740991", "9007199254740991"),
        ("1.5", "null:-32600"), ("true", "null:-32600"), ("[1]", "null:-32600"), (#"{"a":1}"#, "null:-32600"),
        ("9007199254740993", "null:-32600"), ("1e3", "null:-32600"),
    ])
    func `an id is a string, a whole number or null, and comes back as it was`(id: String, expected: String) throws {
        let line = #"{"jsonrpc":"2.0","id":\#(id),"method":"server.info"}"# + "\n"
        #expect(try answers(to: line).map(outline) == [expected])
    }

    @Test(arguments: [
        #"{"id":1,"method":"server.info"}"#,
        #"{"jsonrpc":"1.0","id":1,"method":"server.info"}"#,
        #"{"jsonrpc":2.0,"id":1,"method":"server.info"}"#,
        #"{"jsonrpc":"2.0","id":1}"#,
        #"{"jsonrpc":"2.0","id":1,"method":["server.info"]}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"server.info","params":null}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"server.info","params":7}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"server.info","extra":true}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"server.info","method":"server.info"}"#,
    ])
    func `what is not quite a request is refused under its id`(line: String) throws {
        #expect(try answers(to: line + "\n").map(outline) == ["1:-32600"])
    }

    @Test(arguments: [
        "7", #""server.info""#, "null", "true", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","result":1,"id":1}"#,
    ])
    func `a line that is JSON but no request is an invalid request`(line: String) throws {
        let lines = try answers(to: line + "\n")
        #expect(lines.count == 1 && lines[0].contains(#""code":-32600"#), "\(lines)")
    }

    @Test func `parameters by position are refused`() throws {
        let lines = try answers(to: #"{"jsonrpc":"2.0","id":1,"method":"query.occupancy","params":["ney"]}"# + "\n")
        #expect(try lines.map(outline) == ["1:-32602"])
        #expect(lines[0].contains("parameters by name"))
    }

    @Test func `a method that does not exist is named, and server.info lists those that do`() throws {
        let client = try daemon.connect()
        let answer = try client.ask("placement.teleport")
        #expect(json(answer["error"], "code", "message") == #"{"code":-32601,"message":"Method not found"}"#)
        #expect(json(answer).contains("placement.teleport"))
        let methods = try client.result("server.info")["methods"] as? [String] ?? []
        for method in methods {
            let code = (try client.ask(method, ["no_such": 1])["error"] as? [String: Any])?["code"] as? Int
            #expect(code == -32602, "\(method)")
        }
        #expect(methods.count > 50)
    }

    @Test func `blank lines ask for nothing, and CRLF ends a line as well as LF`() throws {
        let request = #"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#
        let lines = try answers(to: "\n\n  \t \r\n\(request)\r\n\r\n \(request) \n\n")
        #expect(try lines.map(outline) == ["1", "1"])
    }

    @Test func `a last line without its end is answered`() throws {
        #expect(try answers(to: #"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#).map(outline) == ["1"])
        #expect(try answers(to: #"{"jsonrpc":"2.0","id":1,"meth"#).map(outline) == ["null:-32700"])
    }

    @Test func `a request may come byte by byte`() throws {
        let client = try daemon.connect()
        for byte in Array(#"{"jsonrpc":"2.0","id":"slow","method":"server.info"}"#.utf8) + [0x0A] {
            try client.send([byte])
        }
        #expect(try outline(client.line()) == #""slow""#)
    }

    // MARK: Many at once

    @Test func `hundreds of requests in one go are all answered, matched by id`() throws {
        var text = ""
        var expected: [String: Int] = [:]
        for number in 0..<900 {
            let id = number.isMultiple(of: 2) ? "\(number)" : #""n\#(number)""#
            let request =
                switch number % 4 {
                case 0: (method: "site.open", params: #"{"site":"s\#(number)","kind":"CHU"}"#, code: 0)
                case 1: (method: "query.occupancy", params: #"{"site":"s\#(number - 1)"}"#, code: 0)
                case 2: (method: "site.close", params: #"{"site":"nowhere"}"#, code: -32000)
                default: (method: "events.read", params: #"{"from":1,"limit":1}"#, code: 0)
                }
            expected[id] = request.code
            text += #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(request.method)","params":\#(request.params)}"# + "\n"
        }
        var answered: [String: Int] = [:]
        for line in try answers(to: text) {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let id = json(object["id"])
            #expect(answered[id] == nil, "answered twice: \(id)")
            answered[id] = (object["error"] as? [String: Any])?["code"] as? Int ?? 0
        }
        #expect(answered == expected)
    }

    @Test func `a question behind commands of the same connection sees what they did`() throws {
        let client = try daemon.connect()
        for number in 1...40 {
            let site = "s\(number)"
            try client.send(
                """
                {"jsonrpc":"2.0","id":"c","method":"site.open","params":{"site":"\(site)","kind":"CHU"}}
                {"jsonrpc":"2.0","id":"query.occupancy","method":"query.occupancy","params":{"site":"\(site)"}}
                {"jsonrpc":"2.0","id":"events.get","method":"events.get","params":{"sequence":\(number)}}
                {"jsonrpc":"2.0","id":"query.history","method":"query.history","params":{"subject":"site/\(site)"}}
                {"jsonrpc":"2.0","id":"events.read","method":"events.read","params":{"last":1}}

                """)
            for _ in 0..<5 {
                let answer = try client.line()
                #expect(answer.contains("\(site)\""), "\(answer)")
            }
        }
    }

    @Test func `the status behind commands of the same connection counts them`() throws {
        let client = try daemon.connect()
        do {
            for number in 1...40 {
                try client.send(
                    #"{"jsonrpc":"2.0","method":"site.open","params":{"site":"s\#(number)","kind":"CHU"}}"# + "\n")
                try #require(try client.result("server.status")["head"] as? Int == number)
            }
        }
    }

    @Test func `who says no more is answered to the end, and then the connection ends`() throws {
        let client = try daemon.connect()
        let lines = (1...300).map {
            #"{"jsonrpc":"2.0","id":\#($0),"method":"site.open","params":{"site":"s\#($0)","kind":"CHU"}}"#
        }
        try client.send(lines.joined(separator: "\n") + "\n")
        client.finishSending()
        #expect(Set(try client.rest().map(outline)) == Set((1...300).map { "\($0)" }))
    }

    @Test func `what a client asked for goes on when it goes away`() throws {
        do {
            let client = try daemon.connect()
            try client.send(
                #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"ney","kind":"CPA"}}"# + "\n")
        }
        // The connection that is accepted later is answered later.
        let rows = try daemon.connect().result("query.occupancy")["rows"] as? [Any]
        let settled = try daemon.connect().result("site.open", ["site": "ivry", "kind": "CHU"])["events"]
        #expect(rows != nil)
        #expect(json(settled).contains(#""sequence":2"#))
    }

    @Test func `clients that leave without listening harm nobody`() throws {
        let request = #"{"jsonrpc":"2.0","id":1,"method":"server.info"}"# + "\n"
        for _ in 0..<50 {
            let client = try daemon.connect()
            try client.send(String(repeating: request, count: 100))
        }
        #expect(try daemon.connect().result("server.status")["head"] as? Int == 0)
    }
}
