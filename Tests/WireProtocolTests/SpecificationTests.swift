import AccueilDomain
import EventCoding
import Testing
import WireProtocol

/// The server of the examples in section 7 of the JSON-RPC 2.0 specification.
private final class ExampleResponder: Responder {
    /// Methods asked for, in their order.
    private(set) var asked: [String] = []
    /// Answers that wait until they are let go.
    private var held: [() -> Void] = []
    let holds: Bool

    init(holds: Bool) { self.holds = holds }

    func respond(to request: Request, from session: any Session, reply: @escaping (Reply) -> Void) {
        asked.append(request.method)
        let answer = Self.answer(request)
        if holds { held.append { reply(answer) } } else { reply(answer) }
    }

    /// Lets the answers go, the last one first.
    func letGo() { while let last = held.popLast() { last() } }

    func becameWritable(_ session: any Session) {}
    func closed(_ session: any Session) {}

    private static func answer(_ request: Request) -> Reply {
        var numbers: [Int] = []
        var named: [String: Int] = [:]
        request.params?.forEachElement { if let number = $0.integer() { numbers.append(Int(number)) } }
        request.params?.forEachMember { key, value in named[key.string ?? ""] = value.integer().map { Int($0) } }
        switch request.method {
        case "subtract":
            if let minuend = named["minuend"], let subtrahend = named["subtrahend"] {
                return .result(minuend - subtrahend)
            }
            guard numbers.count == 2 else { return .failure(Failure(Malformed(expected: "two numbers"))) }
            return .result(numbers[0] - numbers[1])
        case "sum": return .result(numbers.reduce(0, +))
        case "big": return .result(Array(repeating: 0x31, count: 9 << 20))
        case "get_data": return .result(Array(#"["hello",5]"#.utf8))
        default: return .failure(Failure(.methodNotFound, "no method \(request.method)"))
        }
    }
}

private final class Caller: Session {
    let actor = "uid:1000"
    let role: Role? = .admin
    let isOpen = true
    let isWritable = true
    var commandsPending = 0
    func notify(_ line: [UInt8]) {}
}

@Suite struct SpecificationTests {
    /// What is sent back for a line, at once and when the answers come later in another order; `nil` for nothing.
    private func answer(_ line: String) -> String? {
        let now = answer(line, ExampleResponder(holds: false))
        #expect(answer(line, ExampleResponder(holds: true)) == now, "the order of the answers tells when they came")
        return now
    }

    private func answer(_ line: String, _ responder: ExampleResponder) -> String? {
        let parser = JSONParser()
        var sent: [[UInt8]?] = []
        Answering.answer(Incoming(Array(line.utf8).span, with: parser), from: Caller(), by: responder) {
            sent.append($0)
        }
        responder.letGo()
        #expect(sent.count == 1, "one answer per line, or one nothing")
        return sent.first.flatMap(\.self).map { String(decoding: $0, as: UTF8.self) }
    }

    /// An error's response up to its `data`, which the specification leaves to the server.
    private func failure(_ id: String, _ code: Int, _ message: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)","data":"#
    }

    private func isFailure(_ answer: String?, _ id: String, _ code: Int, _ message: String) -> Bool {
        answer?.hasPrefix(failure(id, code, message)) ?? false
    }

    @Test func `parameters by position`() {
        #expect(
            answer(#"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#)
                == #"{"jsonrpc":"2.0","id":1,"result":19}"#)
        #expect(
            answer(#"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#)
                == #"{"jsonrpc":"2.0","id":2,"result":-19}"#)
    }

    @Test func `parameters by name`() {
        #expect(
            answer(#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#)
                == #"{"jsonrpc":"2.0","id":3,"result":19}"#)
        #expect(
            answer(#"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#)
                == #"{"jsonrpc":"2.0","id":4,"result":19}"#)
    }

    @Test func `a notification is carried out and not answered`() {
        let responder = ExampleResponder(holds: false)
        #expect(answer(#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#, responder) == nil)
        #expect(answer(#"{"jsonrpc": "2.0", "method": "foobar"}"#, responder) == nil)
        #expect(responder.asked == ["update", "foobar"])
    }

    @Test func `a method that does not exist`() {
        #expect(
            isFailure(
                answer(#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#), #""1""#, -32601, "Method not found"))
    }

    @Test func `invalid JSON`() {
        let line = #"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#
        #expect(isFailure(answer(line), "null", -32700, "Parse error"))
    }

    @Test func `an invalid request`() {
        #expect(
            isFailure(answer(#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#), "null", -32600, "Invalid Request"))
    }

    @Test func `a batch of invalid JSON is one parse error`() {
        let line =
            #"[ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]"#
        #expect(isFailure(answer(line), "null", -32700, "Parse error"))
    }

    @Test func `an empty batch is one invalid request`() {
        #expect(isFailure(answer("[]"), "null", -32600, "Invalid Request"))
    }

    @Test func `a batch of no requests is answered with as many failures`() throws {
        let invalid = failure("null", -32600, "Invalid Request")
        let one = try #require(answer("[1]"))
        #expect(one.hasPrefix("[" + invalid) && one.hasSuffix("]"))
        #expect(one.split(separator: invalid, omittingEmptySubsequences: false).count == 2)
        let three = try #require(answer("[1,2,3]"))
        #expect(three.hasPrefix("[" + invalid) && three.hasSuffix("]"))
        #expect(three.split(separator: invalid, omittingEmptySubsequences: false).count == 4)
    }

    @Test func `a mixed batch is answered in its order, without its notifications`() throws {
        let line = """
            [{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
            {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]
            """
        let sent = try #require(answer(line))
        let parts = [
            #"[{"jsonrpc":"2.0","id":"1","result":7}"#, #"{"jsonrpc":"2.0","id":"2","result":19}"#,
            failure("null", -32600, "Invalid Request"), failure(#""5""#, -32601, "Method not found"),
            #"{"jsonrpc":"2.0","id":"9","result":["hello",5]}]"#,
        ]
        let places = parts.map { sent.ranges(of: $0).map(\.lowerBound) }
        #expect(places.allSatisfy { $0.count == 1 })
        #expect(places.flatMap(\.self) == places.flatMap(\.self).sorted())
        #expect(sent.hasPrefix(parts[0]) && sent.hasSuffix(parts[4]))
    }

    @Test func `a batch of notifications is not answered`() {
        let line = """
            [{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]
            """
        #expect(answer(line) == nil)
    }

    // MARK: Beyond the examples

    @Test(arguments: [
        (#"{"method":"sum","id":1}"#, "1"), (#"{"jsonrpc":"1.0","method":"sum","id":1}"#, "1"),
        (#"{"jsonrpc":2.0,"method":"sum","id":1}"#, "1"), (#"{"jsonrpc":"2.0","id":"a"}"#, #""a""#),
        (#"{"jsonrpc":"2.0","method":"sum","params":3,"id":1}"#, "1"),
        (#"{"jsonrpc":"2.0","method":"sum","params":null,"id":1}"#, "1"),
        (#"{"jsonrpc":"2.0","method":"sum","id":1.5}"#, "null"), (#"{"jsonrpc":"2.0","method":"sum","id":[]}"#, "null"),
        (#"{"jsonrpc":"2.0","method":"sum","id":true}"#, "null"), (#""sum""#, "null"), ("1", "null"), ("null", "null"),
        (#"{"jsonrpc":"2.0","method":"sum","id":1,"meta":1}"#, "1"),
        (#"{"jsonrpc":"2.0","method":"sum","method":"sum","id":1}"#, "null"),
        (#"{"jsonrpc":"2.0","method":"sum","params":3}"#, "null"),
    ])
    func `what is not a request is refused under its id where it has one`(line: String, id: String) {
        #expect(isFailure(answer(line), id, -32600, "Invalid Request"))
    }

    @Test func `the answers of a batch have a limit together, and each beyond it says so`() throws {
        let call = { (id: Int) in #"{"jsonrpc":"2.0","method":"big","id":\#(id)}"# }
        let line = "[\(call(1)),\(call(2)),\(call(3).replacing("big", with: "sum"))]"
        let sent = try #require(answer(line, ExampleResponder(holds: false)))
        #expect(sent.utf8.count < 17 << 20)
        #expect(sent.contains(#""rule":"batch_bytes_max""#))
        #expect(sent.hasSuffix(#"{"jsonrpc":"2.0","id":3,"result":0}]"#))
    }

    @Test(arguments: ["0", "-1", "9007199254740991", #""""#, #""é\"\\\n""#, "null"])
    func `an id comes back as it was`(id: String) {
        #expect(
            answer(#"{"jsonrpc":"2.0","method":"sum","params":[],"id":\#(id)}"#)
                == #"{"jsonrpc":"2.0","id":\#(id),"result":0}"#)
    }

    @Test func `a failure tells programs its kind, rule and facts, and whether to ask again`() {
        let failure = Failure(
            Rejection("bed_held", "bed b-1 is held", ["bed": "b-1" as Identifier, "people": 3]), kind: .refused)
        #expect(
            String(decoding: Reply.failure(failure).response(to: .number(7)), as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"bed b-1 is held","data":{"type":"refused","#
                + #""rule":"bed_held","message":"bed b-1 is held","facts":{"bed":"b-1","people":3},"retryable":false}}}"#
        )
    }

    @Test(arguments: Failure.Kind.allCases)
    func `a failure that is written reads back`(kind: Failure.Kind) {
        let failure = Failure(
            kind, rule: "a_rule", "a sentence",
            facts: [.init(name: "site", value: .text("ney")), .init(name: "people", value: .number(-3))])
        var writer = JSONWriter()
        failure.write(to: &writer)
        let parser = JSONParser()
        let value = parser.parse(writer.bytes.span)
        #expect(value.flatMap { Failure($0) } == failure)
    }

    @Test func `every kind of failure has a code of its own`() {
        let codes = Failure.Kind.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { (-32768)...(-32000) ~= $0 })
    }

    @Test func `the limits have names`() {
        let text = String(decoding: JSONWriter.bytes(of: Limits()), as: UTF8.self)
        for name in [
            "line_bytes_max", "requests_in_flight_max", "connections_max", "connections_per_user_max",
            "subscriptions_max", "consumers_per_user_max", "batch_max", "page_max", "backlog_bytes_max",
        ] { #expect(text.contains("\"\(name)\":")) }
    }
}
