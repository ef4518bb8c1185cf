import AccueilDomain
import AccueilTesting
import EventLog
import Register
import Testing
import WireProtocol

@Suite struct FollowerTests {
    let desk: Desk
    let (amel, reader): (Client, Client)

    init() throws {
        desk = try Desk()
        (amel, reader) = (desk.connect(), desk.connect())
        amel.call(0, "site.open", openNey)
        desk.settle()
        amel.forget()
    }

    /// Records so many stays, each in a commit of its own.
    func record(_ numbers: ClosedRange<Int>) {
        for number in numbers {
            amel.call(number, "placement.start", stay("p-\(number)"))
            desk.settle()
        }
    }

    @Test func `a subscription answers first, then tells what was, that it has caught up, and what comes`() {
        record(2...3)
        reader.call(1, "events.subscribe", #"{"from":1}"#)
        desk.settle()
        record(4...4)
        #expect(reader.told[0] == #"{"jsonrpc":"2.0","id":1,"result":{"subscription":"s1","from":1,"head":3}}"#)
        #expect(reader.heard("s1") == [1, 2, 3, 4])
        #expect(reader.told[4] == #"{"jsonrpc":"2.0","method":"caught_up","params":{"subscription":"s1","head":3}}"#)
        // The line told is the line of the log.
        #expect(
            reader.told[5]
                == #"{"jsonrpc":"2.0","method":"event","params":{"subscription":"s1","event":\#(desk.log.text[3])}}"#)
    }

    @Test func `without a position a subscription begins after the head`() {
        record(2...2)
        reader.call(1, "events.subscribe")
        record(3...3)
        #expect(reader.answer(1, "result.from") == "3")
        #expect(reader.heard("s1") == [3])
    }

    @Test func `nothing is told before it is durable`() {
        reader.call(1, "events.subscribe")
        amel.call(2, "placement.start", stay("p-2"))
        desk.turn()
        #expect(reader.heard("s1") == [])
        desk.settle()
        #expect(reader.heard("s1") == [2])
    }

    @Test func `a position beyond the log is refused`() {
        for (id, from) in [(1, 0), (2, 3), (3, -1), (4, 9_007_199_254_740_991)] {
            reader.call(id, "events.subscribe", #"{"from":\#(from)}"#)
            #expect(reader.answer(id, "error.data.rule") == "beyond_the_log")
            #expect(reader.answer(id, "error.data.facts.head") == "1")
        }
        reader.call(5, "events.subscribe", #"{"from":2}"#)
        #expect(reader.answer(5, "result.subscription") == "s1")
    }

    @Test func `a client that takes no more misses nothing and is told it when it takes again`() {
        reader.call(1, "events.subscribe")
        record(2...2)
        reader.isWritable = false
        record(3...6)
        #expect(reader.heard("s1") == [2])
        desk.register.tick()
        #expect(reader.told.count { look("method", in: $0) == "heartbeat" } == 0)
        reader.isWritable = true
        desk.register.becameWritable(reader)
        desk.settle()
        #expect(reader.heard("s1") == [2, 3, 4, 5, 6])
        record(7...7)
        #expect(reader.heard("s1") == [2, 3, 4, 5, 6, 7])
        desk.register.tick()
        #expect(
            reader.told.last
                == #"{"jsonrpc":"2.0","method":"heartbeat","params":{"subscription":"s1","head":7}}"#)
    }

    @Test func `a subscription hears only what passes its filter, and two do not mix`() {
        reader.call(1, "events.subscribe", #"{"from":1,"types":["site.","placement.ended"]}"#)
        reader.call(2, "events.subscribe", #"{"from":1,"subject":"placement/p-3"}"#)
        reader.call(3, "events.subscribe", #"{"from":1,"since":"2017-03-23","until":"2017-03-23"}"#)
        reader.call(4, "events.subscribe", #"{"from":1,"until":"2017-03-23T12:00:00Z"}"#)
        desk.settle()
        record(2...3)
        amel.call(4, "placement.end", #"{"placement":"p-3","destination":"CAO"}"#)
        desk.settle()
        #expect(reader.heard("s1") == [1, 4])
        #expect(reader.heard("s2") == [3, 4])
        #expect(reader.heard("s3") == [2, 3, 4])
        #expect(reader.heard("s4") == [1])
    }

    @Test func `a site is named by a subject, or anywhere in the data as a place or a way`() {
        for (id, (method, params)) in [
            ("site.open", #"{"site":"ivry","kind":"CHU"}"#),
            ("placement.start", stay("p-1")),
            ("placement.start", #"{"placement":"ivry","site":"ney","audience":"families"}"#),
            ("placement.transfer", #"{"placement":"p-1","site":"ivry"}"#),
            ("service.open", #"{"service":"s-1","kind":"health","sites":["ney","ivry"]}"#),
            ("service.open", #"{"service":"s-2","kind":"health","sites":["ney"],"partners":["ivry"]}"#),
            ("collection.open_point", #"{"point":"ivry","name":"\"site\":\"ivry\""}"#),
            (
                "collection.receive",
                #"{"point":"ivry","category":"tops","unit":"item","quantity":5,"donor_kind":"company"}"#
            ),
            (
                "collection.dispatch",
                #"{"point":"ivry","category":"tops","unit":"item","quantity":5,"to_site":"ivry"}"#
            ),
            ("operation.plan", #"{"operation":"o-1","kind":"shelter"}"#),
            (
                "operation.carry_out",
                #"{"operation":"o-1","headcount":[{"audience":"any","people":3}],"#
                    + #""destinations":[{"site":"ney","people":1},{"site":"ivry","people":2}]}"#
            ),
            ("site.open", #"{"site":"ivry-2","kind":"CHU"}"#),
            ("event.correct", #"{"sequence":4,"reason":"error","set":{"site":"ivry"}}"#),
        ].enumerated() {
            amel.call(id + 1, method, params)
            desk.settle()
            #expect(amel.answer(id + 1, "result.events.0.sequence") == "\(id + 2)", "\(method)")
        }
        let expected = [2, 5, 6, 10, 12, 14]
        reader.call(1, "events.subscribe", #"{"from":1,"site":"ivry"}"#)
        reader.call(2, "events.read", #"{"site":"ivry"}"#)
        reader.call(3, "events.subscribe", #"{"from":1,"site":"ivry","types":["placement."]}"#)
        desk.settle()
        #expect(reader.heard("s1") == expected)
        #expect(reader.answer(2, "result.events.count") == "\(expected.count)")
        #expect(reader.heard("s2") == [5])
    }

    @Test func `unsubscribing tells where to go on, and ends only one's own`() {
        reader.call(1, "events.subscribe")
        record(2...2)
        amel.call(10, "events.unsubscribe", #"{"subscription":"s1"}"#)
        #expect(amel.answer(10, "error.data.rule") == "unknown_subscription")
        reader.call(2, "events.unsubscribe", #"{"subscription":"s1"}"#)
        #expect(reader.answer(2, "result.next") == "3")
        record(3...3)
        #expect(reader.heard("s1") == [2])
        reader.call(3, "events.unsubscribe", #"{"subscription":"s1"}"#)
        #expect(reader.answer(3, "error.code") == "-32002")
    }

    @Test func `a connection has a limited number of subscriptions, and loses them when it closes`() throws {
        var limits = Limits()
        limits.subscriptionsMax = 2
        let desk = try Desk(desk.log, limits: limits)
        let reader = desk.connect()
        for id in 1...3 { reader.call(id, "events.subscribe") }
        #expect(reader.answer(2, "result.subscription") == "s2")
        #expect(reader.answer(3, "error.data.rule") == "subscriptions_max")
        #expect(reader.answer(3, "error.code") == "-32005")
        desk.register.closed(reader)
        let other = desk.connect()
        other.call(1, "site.open", #"{"site":"ivry","kind":"CHU"}"#)
        other.call(2, "server.status")
        desk.settle()
        #expect(other.answer(2, "result.subscriptions") == "0")
        // Three answers and two words that it had caught up, and nothing since.
        #expect(reader.told.count == 5)
    }

    @Test func `stopping ends every subscription and says where to go on`() {
        reader.call(1, "events.subscribe")
        record(2...2)
        desk.register.stop {}
        #expect(
            reader.told.last
                == #"{"jsonrpc":"2.0","method":"ended","params":{"subscription":"s1","next":3,"reason":"the service stops"}}"#
        )
    }

    @Test func `who subscribes right behind an own command follows from there`() {
        amel.call(2, "placement.start", stay("p-2"))
        amel.call(3, "events.subscribe")
        desk.settle()
        #expect(amel.answer(3, "result.from") == "3")
        record(3...3)
        #expect(amel.heard("s1") == [3])
    }

    @Test(arguments: 1...150 as ClosedRange<UInt64>)
    func `whatever happens when, every follower hears every event once and in order`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let readers = (0..<3).map { _ in desk.connect() }
        // Per subscription: who, from where, and whether it hears sites only.
        var subscriptions: [(reader: Int, id: String, from: Int, sitesOnly: Bool)] = []
        var id = 1
        for step in 1...200 {
            let reader = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<13, using: &random) {
            case 0...2: amel.call(id, "placement.start", stay("p-\(step)"))
            case 3: amel.call(id, "site.open", #"{"site":"s-\#(step)","kind":"CHU"}"#)
            case 4, 5: desk.home.one()
            case 6: desk.elsewhere.one()
            case 7: desk.log.sync()
            case 11: desk.log.write()
            case 8: desk.turn()
            case 9: readers[reader].isWritable = false
            case 10:
                readers[reader].isWritable = true
                desk.register.becameWritable(readers[reader])
            default:
                guard subscriptions.count < 9 else { break }
                let from = Int.random(in: 1...desk.log.lines.count, using: &random)
                let sitesOnly = Bool.random(using: &random)
                readers[reader].call(
                    id, "events.subscribe", #"{"from":\#(from)\#(sitesOnly ? #","types":["site."]"# : "")}"#)
                if let name = readers[reader].answer(id, "result.subscription") {
                    subscriptions.append((reader, name, from, sitesOnly))
                }
            }
            id += 1
        }
        for reader in readers {
            reader.isWritable = true
            desk.register.becameWritable(reader)
        }
        desk.settle()
        let types = desk.log.text.map { look("type", in: $0)! }
        for (reader, name, from, sitesOnly) in subscriptions {
            let expected = (from...types.count).filter { !sitesOnly || types[$0 - 1].hasPrefix("site.") }
            #expect(readers[reader].heard(name) == expected, "\(name) from \(from), seed \(seed)")
        }
    }
}

@Suite struct ReadingTests {
    let desk: Desk
    let client: Client

    init() throws {
        desk = try Desk()
        client = desk.connect()
        client.call(0, "site.open", openNey)
        for number in 2...9 {
            client.call(number, "placement.start", stay("p-\(number)", more: #","person":"x-\#(number % 2)""#))
        }
        for number in 2...9 {
            client.call(100 + number, "placement.end", #"{"placement":"p-\#(number)","destination":"CAO"}"#)
        }
        desk.settle()
    }

    func sequences(_ id: Int) -> [Int] {
        (0..<Int(client.answer(id, "result.events.count") ?? "0")!).map {
            Int(client.answer(id, "result.events.\($0).sequence")!)!
        }
    }

    @Test func `events are read page by page`() {
        client.call(500, "events.read", #"{"limit":2}"#)
        desk.settle()
        #expect(sequences(500) == [1, 2])
        #expect(client.answer(500, "result.next") == "3")
        #expect(client.answer(500, "result.head") == "\(desk.log.lines.count)")
        client.call(501, "events.read", #"{"from":3,"limit":1000}"#)
        desk.settle()
        #expect(sequences(501) == Array(3...desk.log.lines.count))
        #expect(client.answer(501, "result.next") == "\(desk.log.lines.count + 1)")
    }

    @Test func `the latest events that match come in the order of the log`() {
        client.call(500, "events.read", #"{"last":2,"types":["placement.started"]}"#)
        client.call(501, "events.read", #"{"last":3}"#)
        desk.settle()
        let started = desk.log.text.enumerated().filter { look("type", in: $0.element) == "placement.started" }
        #expect(sequences(500) == started.suffix(2).map { $0.offset + 1 })
        #expect(sequences(501) == Array((desk.log.lines.count - 2)...desk.log.lines.count))
    }

    @Test func `one event is the line of the log`() {
        client.call(500, "events.get", #"{"sequence":1}"#)
        desk.settle()
        #expect(client.answer(500) == #"{"jsonrpc":"2.0","id":500,"result":\#(desk.log.text[0])}"#)
        for (id, sequence) in [(501, 0), (502, desk.log.lines.count + 1)] {
            client.call(id, "events.get", #"{"sequence":\#(sequence)}"#)
            #expect(client.answer(id, "error.data.rule") == "beyond_the_log")
        }
    }

    @Test func `the history of a subject is its events, the latest first`() {
        client.call(500, "query.history", #"{"subject":"placement/p-2"}"#)
        client.call(501, "query.history", #"{"subject":"placement/p-2","limit":1}"#)
        client.call(502, "query.history", #"{"subject":"placement/p-99"}"#)
        desk.settle()
        #expect(client.answer(500, "result.events.0.type") == "placement.ended")
        #expect(client.answer(500, "result.events.1.type") == "placement.started")
        #expect(client.answer(500, "result.more") == "false")
        #expect(client.answer(501, "result.events.count") == "1")
        #expect(client.answer(501, "result.more") == "true")
        #expect(client.answer(502, "error.data.rule") == "unknown_subject")
    }

    @Test(arguments: [
        ("events.read", #"{"limit":0}"#, "limit"), ("events.read", #"{"limit":1001}"#, "limit"),
        ("events.read", #"{"last":0}"#, "last"), ("events.read", #"{"last":1,"from":1}"#, "last"),
        ("events.read", #"{"since":"yesterday"}"#, "since"), ("events.read", #"{"subject":"p-1"}"#, "subject"),
        ("events.read", #"{"form":1}"#, "form"), ("query.history", #"{"subject":"site/ney","limit":0}"#, "limit"),
        ("server.info", #"{"x":1}"#, "x"), ("query.occupancy", #"{"as_of":"2017-02-30"}"#, "as_of"),
        ("site.open", #"{"site":"a","kind":"CPA","name":"x","name":"y"}"#, "name"),
        ("placement.start", #"{"placement":"p","site":"ney","audience":"any","adults":1.5}"#, "adults"),
        ("site.open", "[]", "params"),
    ])
    func `a parameter that is wrong is refused by its name`(method: String, params: String, name: String) {
        client.call(500, method, params)
        #expect(client.answer(500, "error.code") == "-32602")
        #expect(client.answer(500, "error.data.rule") == name)
    }

    @Test func `a method that does not exist is refused, and those that do are listed`() {
        client.call(500, "placement.begin")
        #expect(client.answer(500, "error.code") == "-32601")
        client.call(501, "server.info")
        #expect(client.answer(501, "result.methods.count") == "\(Contract.register.methods.map(\.name).count)")
        #expect(client.answer(501, "result.source") == "urn:accueil:test")
        #expect(Set(Contract.register.methods.map(\.name)).count == Contract.register.methods.map(\.name).count)
        client.role = .admin
        for method in Contract.register.methods.map(\.name) {
            client.call(1000, method, #"{"no_such_field":1}"#)
            #expect(client.answer(1000, "error.code") == "-32602", "\(method)")
            client.forget()
        }
    }

    @Test func `a client that takes no answers costs one reading, and is answered in turn when it takes them`() {
        client.forget()
        for id in 500...502 { client.call(id, "events.get", #"{"sequence":\#(id - 499)}"#) }
        client.isWritable = false
        desk.settle()
        #expect(client.told.count == 1)
        client.isWritable = true
        desk.register.becameWritable(client)
        desk.settle()
        #expect(client.told.map { look("id", in: $0) } == ["500", "501", "502"])
        #expect(client.answer(502, "result.sequence") == "00000000000000000003")
    }

    @Test func `nothing is read any more for a client that is gone`() {
        client.forget()
        for id in 500...502 { client.call(id, "events.get", #"{"sequence":1}"#) }
        client.isOpen = false
        desk.register.closed(client)
        desk.settle()
        #expect(client.told.count <= 1)
    }

    @Test func `a question about something unknown is not found`() {
        client.call(500, "query.occupancy", #"{"site":"x"}"#)
        #expect(client.answer(500, "error.code") == "-32002")
        #expect(client.answer(500, "error.data.rule") == "unknown_site")
    }
}
