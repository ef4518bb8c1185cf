import Foundation
import Testing

/// Whatever is sent: a clear answer that names what and where, nothing lost, nothing crashed.
@Suite struct BadInputTests {
    let daemon: Daemon
    let client: LineClient

    init() throws {
        daemon = try Daemon.start()
        client = try daemon.connect()
        try client.record("site.open", ["site": "ney", "kind": "CPA", "time": "2016-11-10"])
    }

    /// Nothing of what was sent has been taken in, and the daemon goes on answering.
    private func expectUnharmed(head: Int = 1) throws {
        #expect(try client.result("server.status")["head"] as? Int == head)
    }

    private func error(_ bytes: [UInt8]) throws -> [String: Any] {
        try client.send(bytes + [0x0A])
        return try #require(try client.object()["error"] as? [String: Any])
    }

    private func error(method: String, params: String) throws -> [String: Any] {
        try error(Array(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#.utf8))
    }

    // MARK: Lines

    @Test(arguments: [
        "{", "}", "{]", "nonsense", #"{"jsonrpc":"2.0","id":1,"method":"server.info""#, "'single'", "{'a':1}", "NaN",
        #"{"jsonrpc":"2.0","id":NaN,"method":"server.info"}"#, #"{"jsonrpc":"2.0","id":Infinity,"method":"x"}"#,
        #"{"jsonrpc":"2.0","id":01,"method":"x"}"#, #"{"jsonrpc":"2.0","id":1,"method":"x",}"#, "[1,]", "{} {}",
        "\"tab\tinside\"", #"{"jsonrpc":"2.0","id":"\x","method":"x"}"#, "// comment", "{\u{0}}", "GET / HTTP/1.1",
        #"{"jsonrpc":"2.0","id":1,"method":"server.info"}{"jsonrpc":"2.0","id":2,"method":"server.info"}"#,
    ])
    func `a broken line is a parse error, and the next line is answered`(line: String) throws {
        #expect(try error(Array(line.utf8))["code"] as? Int == -32700)
        try expectUnharmed()
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are a parse error`(bytes: [UInt8]) throws {
        let line = Array(
            #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"s","kind":"CHU","name":"a"#.utf8)
        #expect(try error(line + bytes + Array(#""}}"#.utf8))["code"] as? Int == -32700)
        try expectUnharmed()
    }

    @Test(arguments: [#"\ud800"#, #"\udc00"#, #"\ud83d\u0041"#, #"\ude00\ud83d"#, #"\ud83d"#])
    func `a lone surrogate is a parse error`(escape: String) throws {
        #expect(
            try error(method: "site.open", params: #"{"site":"s","kind":"CHU","name":"\#(escape)"}"#)["code"] as? Int
                == -32700)
        #expect(
            try error(method: "site.open", params: #"{"site":"s","kind":"CHU","\#(escape)":1}"#)["code"] as? Int
                == -32700)
        try expectUnharmed()
    }

    @Test func `a pair of surrogates and every legal escape are read`() throws {
        let name = #"\ud83d\ude00 \u00e9 \"\\\/ ½"#
        try client.send(
            #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"s","kind":"CHU","name":"\#(name)"}}"#
                + "\n")
        _ = try client.object()
        let rows = try client.result("query.occupancy", ["site": "s"])["rows"] as? [[String: Any]]
        #expect(rows?.first?["name"] as? String == "😀 é \"\\/ ½")
    }

    @Test func `a line at the limit is answered, one above is refused and its connection closed`() throws {
        let most = 1 << 20
        let head = #"{"jsonrpc":"2.0","id":1,"method":"server.info","params":{}"#
        let padding = String(repeating: " ", count: most - head.utf8.count - 1)
        try client.send(head + padding + "}\n")
        #expect(try client.object()["result"] != nil)

        for ending in ["\n", ""] {
            let long = try daemon.connect()
            try? long.send(head + padding + " }" + ending)
            let answer = try long.object()
            #expect(json(answer["error"], "code") == #"{"code":-32005}"#)
            #expect(json(answer).contains(#""rule":"line_bytes_max""#))
            #expect(json(answer).contains("\(most)"))
            #expect(throws: LineClient.Closed.self) { try long.line() }
        }
        try expectUnharmed()
    }

    @Test func `what was asked before an oversized line is answered`() throws {
        let long = try daemon.connect()
        let request = #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"ivry","kind":"CHU"}}"# + "\n"
        try? long.send(request + String(repeating: "x", count: 3 << 20) + "\n" + request)
        let lines = long.rest()
        #expect(lines.count == 2)
        #expect(lines.contains { $0.contains(#""subject":"site/ivry""#) })
        #expect(lines.contains { $0.contains(#""rule":"line_bytes_max""#) })
        try expectUnharmed(head: 2)
    }

    @Test func `deep nesting is refused, however deep`() throws {
        for depth in [500, 5_000, 500_000] {
            let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            try client.send(nested + "\n")
            let answer = try client.line()
            #expect(answer.contains(#""code":-32700"#) || answer.contains(#""code":-32600"#), "\(answer)")
        }
        let objects = String(repeating: #"{"a":"#, count: 900) + "1" + String(repeating: "}", count: 900)
        #expect(try error(method: "site.open", params: objects)["code"] as? Int == -32602)
        try expectUnharmed()
    }

    @Test(arguments: ["request", "params", "expect", "batch"])
    func `a line that is full of members is answered at once`(place: String) throws {
        let members = (0..<10_000).map { #""site/m\#($0)":1"# }.joined(separator: ",")
        let line =
            switch place {
            case "request": "{\(members)}"
            case "params": #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{\#(members)}}"#
            case "expect":
                #"{"jsonrpc":"2.0","id":1,"method":"site.open","params":{"site":"s","kind":"CHU","expect":{\#(members)}}}"#
            default: "[" + Array(repeating: "1", count: 400_000).joined(separator: ",") + "]"
            }
        _ = try? error(Array(line.utf8))
        try expectUnharmed()
    }

    // MARK: Parameters

    @Test(arguments: [
        ("site.open", #"{"site":"s","kind":"CHU","site":"t"}"#, "site"),
        (
            "operation.carry_out", #"{"operation":"o","headcount":[{"audience":"any","people":1,"people":2}]}"#,
            "headcount[0].people"
        ),
        ("site.open", #"{"site":"s","kind":"CHU","expect":{"site/s":0,"site/s":1}}"#, "expect[1]"),
        ("site.open", #"{"site":"s","kind":"CHU","command_id":"a","command_id":"b"}"#, "command_id"),
        ("transaction", #"{"commands":[],"commands":[]}"#, "commands"),
        (
            "transaction", #"{"commands":[{"method":"site.open","params":{"site":"s","site":"t","kind":"CHU"}}]}"#,
            "commands[0].params.site"
        ),
        ("query.occupancy", #"{"as_of":"2017-01-01","as_of":"2017-01-02"}"#, "as_of"),
        ("server.info", #"{"a":1}"#, "a"),
        ("site.open", #"{"site":"s","kind":"CHU","colour":"red"}"#, "colour"),
        ("query.occupancy", #"{"asof":"2017-01-01"}"#, "asof"),
        ("events.read", #"{"form":1}"#, "form"),
        (
            "operation.carry_out", #"{"operation":"o","headcount":[{"audience":"any","people":1,"men":1}]}"#,
            "headcount[0].men"
        ),
        (
            "transaction", #"{"commands":[{"method":"site.open","params":{"site":"s","kind":"CHU","x":1}}]}"#,
            "commands[0].params.x"
        ),
        ("transaction", #"{"commands":[{"method":"server.info"}]}"#, "commands[0].method"),
        (
            "transaction",
            #"{"commands":[{"method":"site.open","params":{"site":"s","kind":"CHU","command_id":"c"}}]}"#,
            "commands[0].params.command_id"
        ),
        ("transaction", #"{"commands":[]}"#, "commands"),
        ("transaction", "{}", "commands"),
        ("site.open", "{}", "site"),
        ("site.open", #"{"site":null,"kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"s","kind":"CHU","name":null}"#, "name"),
        ("site.open", #"{"site":"s","kind":"HOUSE"}"#, "kind"),
        ("site.open", #"{"site":"s","kind":3}"#, "kind"),
        ("site.open", #"{"site":17,"kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"","kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"-s","kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"a/b","kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"0123456789012345678901234567890123456789","kind":"CHU"}"#, "site"),
        ("site.open", #"{"site":"s","kind":"CHU","operators":"emmaus"}"#, "operators"),
        ("site.open", #"{"site":"s","kind":"CHU","operators":["emmaus",["a"]]}"#, "operators[1]"),
        ("site.open", #"{"site":"s","kind":"CHU","commune":"7505"}"#, "commune"),
        ("site.open", #"{"site":"s","kind":"CHU","name":"line\nbreak"}"#, "name"),
        ("site.open", #"{"site":"s","kind":"CHU","name":""}"#, "name"),
        ("site.open", #"{"site":"s","kind":"CHU","expect":{"somewhere":1}}"#, "expect[0]"),
        ("site.open", #"{"site":"s","kind":"CHU","expect":{"site/s":"1"}}"#, "expect[0]"),
        ("site.open", #"{"site":"s","kind":"CHU","expect":[1]}"#, "expect"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":"400"}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":4.5}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":1e2}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":9007199254740992}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":-9007199254740992}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":18446744073709551615}"#, "places"),
        ("site.set_capacity", #"{"site":"ney","audience":"single_men","places":true}"#, "places"),
        ("operation.carry_out", #"{"operation":"o","headcount":{"single_men":3}}"#, "headcount"),
        (
            "operation.carry_out",
            #"{"operation":"o","headcount":[{"audience":"any","people":1}],"destinations":[{"people":"x"}]}"#,
            "destinations[0].people"
        ),
        ("donation.open_fund", #"{"fund":"f","currency":"euro"}"#, "currency"),
        ("events.get", #"{"sequence":"1"}"#, "sequence"),
        ("events.read", #"{"limit":0}"#, "limit"),
        ("events.read", #"{"limit":1001}"#, "limit"),
        ("events.read", #"{"last":-1}"#, "last"),
        ("events.read", #"{"types":["placement. "]}"#, "types[0]"),
        ("event.correct", #"{"sequence":1,"reason":"other","set":{"\u0090":""}}"#, "set[0]"),
        ("query.history", #"{"subject":"ney"}"#, "subject"),
        ("query.history", #"{"subject":"planet/ney"}"#, "subject"),
    ])
    func `a wrong parameter is refused with its path`(method: String, params: String, path: String) throws {
        let error = try error(method: method, params: params)
        #expect(error["code"] as? Int == -32602)
        let data = error["data"] as? [String: Any]
        #expect(data?["rule"] as? String == path, "\(json(data))")
        #expect((data?["message"] as? String)?.hasPrefix(path) == true, "\(json(data))")
        try expectUnharmed()
    }

    @Test(arguments: [
        "2017-02-30", "2017-13-01", "2017-00-10", "2017-01-00", "2100-02-29", "17-01-01", "2017-1-1", "1899-12-31",
        "2200-01-01", "20170101", "yesterday", "", "2017-01-01T25:00:00Z", "2017-01-01T24:00:00Z",
        "2017-01-01T10:60:00Z", "2017-01-01T10:00:60Z", "2017-01-01T10:00:00", "2017-01-01 10:00:00Z",
        "2017-01-01T10:00:00+25:00", "2017-01-01T10:00:00+0100", "2017-01-01T10:00:00.1234567Z",
        "2017-01-01T10:00:00.Z", "2017-02-29T10:00:00Z", "2017-01-01T10:00Z",
    ])
    func `a date or time that does not exist is refused`(time: String) throws {
        let command = try error(method: "site.open", params: #"{"site":"s","kind":"CHU","time":"\#(time)"}"#)
        #expect(json(command["data"], "rule") == #"{"rule":"time"}"#)
        let query = try error(method: "query.occupancy", params: #"{"as_of":"\#(time)"}"#)
        #expect(json(query["data"], "rule") == #"{"rule":"as_of"}"#)
        try expectUnharmed()
    }

    @Test func `the first and the last instants that can be written harm nobody`() throws {
        // In Paris it is still 1899: no day of the register.
        let before = try client.refusal(
            "site.open", ["site": "s", "kind": "CHU", "time": "1900-01-01T00:00:00+23:59"])
        #expect(before["rule"] as? String == "day_out_of_bounds")
        for (number, time) in ["1900-01-01T00:00:00Z", "1900-01-01"].enumerated() {
            try client.record("site.open", ["site": "s\(number)", "kind": "CHU", "time": time])
            try client.record("site.block_places", ["site": "s\(number)", "places": 1, "reason": "works"])
        }
        for time in ["2199-12-31", "2199-12-31T23:59:59-23:59"] {
            #expect(
                try client.refusal("site.open", ["site": "s", "kind": "CHU", "time": time])["rule"] as? String
                    == "in_the_future")
        }
        for day in ["1900-01-01", "2199-12-31"] {
            _ = try client.result("query.occupancy", ["as_of": day])
            _ = try client.result("query.occupancy_series", ["from": day, "as_of": day, "to": day])
            _ = try client.result("query.flows", ["as_of": day])
            _ = try client.result("query.anomalies", ["as_of": day])
        }
        _ = try client.result("events.read", ["since": "1900-01-01T00:00:00+23:59", "until": "2199-12-31"])
        #expect(daemon.stop() == 0)
        let again = try Daemon.start(in: daemon.folder)
        #expect(try again.connect().result("server.status")["head"] as? Int == 5)
    }

    @Test(arguments: [0, -1, -5000, 100_000_000_001, 9_007_199_254_740_991])
    func `money that is none, negative or a typing error is refused`(amount: Int) throws {
        try client.record("donation.open_fund", ["fund": "f", "time": "2016-01-01"])
        let given = try client.refusal(
            "donation.receive", ["donation": "d", "fund": "f", "donor_kind": "individual", "amount": amount])
        #expect(given["rule"] as? String == "amount_out_of_bounds")
        #expect(json(given["facts"], "amount") == #"{"amount":\#(amount)}"#)
        try expectUnharmed(head: 2)
    }

    @Test func `numbers at their limits add up without harm`() throws {
        let most = 1_000_000_000
        for audience in ["single_men", "families", "any"] {
            try client.record("site.set_capacity", ["site": "ney", "audience": audience, "places": most])
        }
        let rows = try client.result("query.occupancy")["rows"] as? [[String: Any]]
        #expect(rows?.first?["places"] as? Int == 3 * most)
        #expect(
            try client.refusal("site.set_capacity", ["site": "ney", "audience": "any", "places": most + 1])["rule"]
                as? String
                == "capacity_out_of_bounds")
        try client.record("collection.open_point", ["point": "p"])
        for _ in 0..<3 {
            try client.record(
                "collection.receive",
                ["point": "p", "category": "tops", "unit": "item", "quantity": most, "donor_kind": "company"])
        }
        let stock = try client.result("query.stock")["rows"] as? [[String: Any]]
        #expect(json(stock?.first, "quantity", "received") == #"{"quantity":\#(3 * most),"received":\#(3 * most)}"#)
    }

    @Test func `places may be blocked again and again without harm`() throws {
        do {
            for _ in 0..<3 {
                try client.record("site.block_places", ["site": "ney", "places": 1_000_000_000, "reason": "works"])
            }
            try expectUnharmed(head: 4)
        }
    }

    // MARK: People

    @Test(arguments: [
        ("placement.start", #"{"placement":"Amina Diallo","site":"ney","audience":"families"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","person":"Amina Diallo","audience":"families"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","adults":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","nationality":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","time":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","command_id":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","expect":"Amina Diallo"}"#),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"families","note":"Amina Diallo"}"#),
        ("placement.end", #"{"placement":"p","destination":"Amina Diallo"}"#),
        ("placement.end", #"["Amina Diallo"]"#),
        ("placement.end", #""Amina Diallo""#),
        ("placement.end", #"{"placement":"Amina Diallo"#),
        ("query.placements", #"{"person":"Amina Diallo"}"#),
        ("query.history", #"{"subject":"person/Amina Diallo"}"#),
        ("anomaly.justify", #"{"rule":"entered_late","subject":"placement/p","reason":"Amina Diallo"}"#),
        ("transaction", #"{"commands":[{"method":"Amina Diallo","params":{}}]}"#),
        ("transaction", #"{"commands":["Amina Diallo"]}"#),
        ("events.subscribe", #"{"types":["Amina Diallo"]}"#),
    ])
    func `a name typed where it does not belong is not repeated, neither to the client nor in the journal`(
        method: String, params: String
    ) throws {
        let answer = json(try error(method: method, params: params))
        #expect(!answer.contains("Amina") && !answer.contains("Diallo"), "\(answer)")
        #expect(!daemon.standardError.contains("Amina"))
        try expectUnharmed()
    }

    @Test func `a name typed as the subject of an expectation is not repeated`() throws {
        let params = #"{"placement":"p","site":"ney","audience":"families","expect":{"person/Amina Diallo":1}}"#
        let answer = json(try error(method: "placement.start", params: params))
        #expect(answer.contains(#""rule":"expect"#))
        do {
            #expect(!answer.contains("Amina"), "\(answer)")
        }
    }

    // MARK: Garbage

    @Test func `ten thousand random lines of garbage are each answered or blank`() throws {
        var dice = Dice.thrown(for: "garbage")
        let pieces = [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "null", "true", "1e9", "-", "0.5", #""jsonrpc":"2.0""#,
            #""id":1"#,
            #""method":"site.open""#, #""method":"events.read""#, #""params":{"#, #""site":"s""#, #""kind":"CHU""#,
            #"\ud800"#, #"{"jsonrpc":"2.0","method":"query.flows","params":{"#, " ", "\r", "é", "\u{7F}", "\u{0}",
            #"{"jsonrpc":"2.0","id":1,"method":"transaction","params":{"commands":[{"method":"site.close","params":{"#,
        ]
        for _ in 0..<100 {
            var text: [UInt8] = []
            for _ in 0..<100 {
                for _ in 0..<Int.random(in: 0...12, using: &dice) {
                    if Int.random(in: 0..<4, using: &dice) == 0 {
                        text += (0..<Int.random(in: 1...20, using: &dice)).map { _ in
                            let byte = UInt8.random(in: .min ... .max, using: &dice)
                            return byte == 0x0A ? 0x20 : byte
                        }
                    } else {
                        text += Array(pieces.randomElement(using: &dice)!.utf8)
                    }
                }
                text.append(0x0A)
            }
            try client.send(text + Array(#"{"jsonrpc":"2.0","id":"mark","method":"server.info"}"#.utf8) + [0x0A])
            var answers = 0
            while true {
                let line = try client.line()
                answers += 1
                #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "seed \(dice.seed): \(line)")
                if line.contains(#""id":"mark""#) { break }
            }
            #expect(answers > 1, "seed \(dice.seed)")
        }
        #expect(daemon.process.isRunning, "seed \(dice.seed)")
        try expectUnharmed()
    }
}
