import AccueilDomain
import AccueilTesting
import EventCoding
import Testing

/// JSON text of a parsed value, as it would be written.
private func text(_ value: JSONValue) -> String {
    var parts: [String] = []
    switch value.kind {
    case .object:
        value.forEachMember { key, value in parts.append(text(key) + ":" + text(value)) }
        return "{" + parts.joined(separator: ",") + "}"
    case .list:
        value.forEachElement { parts.append(text($0)) }
        return "[" + parts.joined(separator: ",") + "]"
    case .text:
        var writer = JSONWriter()
        writer.text(value.string!)
        return String(decoding: writer.bytes, as: UTF8.self)
    case .integer: return value.integer().map { String($0) } ?? "?"
    case .largeInteger, .fraction: return "?"
    case .yes: return "true"
    case .no: return "false"
    case .null: return "null"
    }
}

extension JSONParser {
    fileprivate func parse(_ json: String) -> JSONValue? { parse(Array(json.utf8)) }
    fileprivate func parse(_ json: [UInt8]) -> JSONValue? { parse(json.span) }
}

private func parsed(_ json: [UInt8]) -> String? {
    let parser = JSONParser()
    return withExtendedLifetime(parser) { parser.parse(json.span).map(text) }
}

private func parsed(_ json: String) -> String? { parsed(Array(json.utf8)) }

@Suite struct ParserTests {
    @Test(arguments: [
        "{}", "[]", #""""#, "0", "-1", "true", "false", "null", #"{"a":{"b":[1,[],{}]},"c":null}"#,
        "[9007199254740991,-9007199254740991]", #""é🏠""#, #"["a","b",["c"]]"#,
    ])
    func `JSON is read as it stands`(json: String) {
        #expect(parsed(json) == json)
        #expect(parsed(" \t\r\n" + json + "\n") == json)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", #"{"a":1,}"#, #"{"a"}"#, #"{"a":}"#, "{a:1}", "{1:1}",
        "'a'",
        #"{"a":1 "b":2}"#, "tru", "True", "nul", "undefined", "[1", #""a"#, #"{"a":1"#,
    ])
    func `text that is not JSON is refused`(json: String) {
        #expect(parsed(json) == nil)
    }

    @Test(arguments: ["1 2", "{} {}", "{}x", "[1]]", "{}}", "null,", "\"a\"\"b\"", "{}\u{0}", "1\n2"])
    func `nothing may follow the value`(json: String) {
        #expect(parsed(json) == nil)
    }

    @Test(arguments: [
        "NaN", "[NaN]", "Infinity", "-Infinity", "01", "-01", "+1", ".5", "1.", "1.e1", "1e", "1e+", "0x10", "1_000",
        "--1", "-",
        "1e400", "-1e400",
    ])
    func `a number that JSON does not know is refused`(json: String) {
        #expect(parsed(json) == nil)
    }

    @Test(arguments: [
        "9007199254740992", "-9007199254740992", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "1.0", "1e2", "0.5", "-0.0",
    ])
    func `a number that is not whole or not exact for everybody is no integer`(json: String) {
        let parser = JSONParser()
        #expect(parser.parse(json)?.integer() == nil)
    }

    @Test(arguments: [
        #""\x""#, #""\u12""#, #""\u12g4""#, #""\"#, #""\'""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"",
        #"{"\q":1}"#,
    ])
    func `a text with a raw control character or an unknown escape is refused`(json: String) {
        #expect(parsed(json) == nil)
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF0, 0x9F, 0x8F],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused, in a value and in a name`(bytes: [UInt8]) {
        #expect(parsed([0x22] + bytes + [0x22]) == nil)
        #expect(parsed([0x7B, 0x22] + bytes + [0x22, 0x3A, 0x31, 0x7D]) == nil)
    }

    @Test(arguments: [
        #"\ud800"#, #"\udbff"#, #"\udc00"#, #"\udfff"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\ud800"#, #"\udc00\ud800"#,
        #"x\udc00y"#, #"\ud83c\u0041"#, #"\uDC00"#, #"\ud83c\udfe0\udfe0"#,
    ])
    func `a lone surrogate is refused, high or low, in a value and in a name`(escape: String) {
        #expect(parsed("\"\(escape)\"") == nil)
        #expect(parsed("[[{\"a\":\"\(escape)\"}]]") == nil)
        #expect(parsed("{\"\(escape)\":1}") == nil)
    }

    @Test func `escapes are read as what they stand for`() {
        #expect(parsed(#""\ud83c\udfe0\u00e9\/\b\f""#) == #""🏠é/\u0008\u000c""#)
        // U+D7FF and U+E000 are the neighbours of the surrogates.
        #expect(parsed(#""\ud7ff\ue000\uffff""#) == "\"\u{D7FF}\u{E000}\u{FFFF}\"")
    }

    @Test func `nesting is read to a depth and refused beyond it`() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(parsed(nested(500)) == nested(500))
        #expect(parsed(nested(100_000)) == nil)
        #expect(parsed(String(repeating: "[", count: 100_000)) == nil)
        #expect(parsed(String(repeating: #"{"a":"#, count: 100_000)) == nil)
    }

    @Test func `a parser reads one text after the other, short or long`() {
        let parser = JSONParser()
        for count in (0...130).map(\.self) + [4095, 65_536, 3] {
            let json = "\"" + String(repeating: "é", count: count) + "\""
            #expect(parser.parse(json)?.string?.utf8.count == count * 2)
            #expect(parser.parse("{") == nil)
        }
    }

    @Test func `a value answers only for its own kind`() throws {
        let parser = JSONParser()
        let value = try #require(parser.parse(#"[1,"a",true,null,{"a":1},[]]"#))
        var kinds: [[Bool]] = []
        value.forEachElement { element in
            kinds.append([
                element.integer() != nil, element.string != nil, element.boolean() != nil,
                element.forEachMember { _, _ in }, element.forEachElement { _ in },
            ])
        }
        #expect(
            kinds == [
                [true, false, false, false, false], [false, true, false, false, false],
                [false, false, true, false, false],
                [false, false, false, false, false], [false, false, false, true, false],
                [false, false, false, false, true],
            ])
        withExtendedLifetime(parser) {}
    }
}

@Suite struct WriterTests {
    @Test func `a text is escaped where JSON wants it, and nowhere else`() {
        var writer = JSONWriter()
        writer.text("a\"b\\c/\n\r\t\u{0}\u{1}\u{8}\u{C}\u{1F}\u{7F}é🏠\u{2028}")
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #""a\"b\\c/\n\r\t\u0000\u0001\u0008\u000c\u001f"# + "\u{7F}é🏠\u{2028}\"")
    }

    @Test func `every character of the first planes reads back`() {
        for scalar in (0...0x1FFFF).compactMap({ Unicode.Scalar($0 as UInt32) })
        where scalar.value % 7 == 0 || scalar.value < 0x300 {
            var writer = JSONWriter()
            writer.text("x\(scalar)y")
            let parser = JSONParser()
            guard parser.parse(writer.bytes)?.string == "x\(scalar)y" else {
                Issue.record("U+\(String(scalar.value, radix: 16))")
                return
            }
        }
    }

    @Test func `whole numbers are written in full`() {
        for number in [0, -1, 7, 10, 1_234_567_890, Int64.max, Int64.min] {
            var writer = JSONWriter()
            writer.integer(number)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(number)")
        }
    }

    @Test func `members are separated once, in objects within objects`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("a") { $0.object { _ in } }
            writer.member("b") {
                $0.object {
                    $0.member("c", 1)
                    $0.member("d", "x")
                }
            }
            writer.member("e", [1, 2])
            writer.member("f", true)
            writer.member("g") { $0.members([("h", 1), ("i\"", 2)]) }
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":{},"b":{"c":1,"d":"x"},"e":[1,2],"f":true,"g":{"h":1,"i\"":2}}"#)
    }

    @Test func `a position has twenty digits`() {
        #expect(EventLine.padded(42).string == "00000000000000000042")
        #expect(EventLine.padded(.max).string == "09223372036854775807")
    }
}

@Suite struct RecordTests {
    /// The members of an event's data, each with its JSON text.
    private static func members(_ event: any EventRecord) -> [(name: String, json: String)] {
        let parser = JSONParser()
        var members: [(name: String, json: String)] = []
        parser.parse(JSONWriter.bytes(of: event))?.forEachMember { members.append(($0.string!, text($1))) }
        return members
    }

    private static func read(_ type: any Record.Type, _ members: [(name: String, json: String)]) throws(Malformed)
        -> String
    {
        let json = "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}"
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(json) else { throw Malformed(expected: "JSON: \(json)") }
        let record = try type.init(from: value)
        return String(decoding: JSONWriter.bytes(of: record), as: UTF8.self)
    }

    @Test(arguments: Golden.events.indices)
    func `every event reads back, with its members in any order`(index: Int) throws {
        let event = Golden.events[index].event
        let written = String(decoding: JSONWriter.bytes(of: event), as: UTF8.self)
        let members = Self.members(event)
        #expect(try Self.read(type(of: event), members) == written)
        #expect(try Self.read(type(of: event), members.reversed()) == written)
    }

    @Test(arguments: Golden.events.indices)
    func `a member that is left out is missed by its name, or may be absent`(index: Int) throws {
        let event = Golden.events[index].event
        let members = Self.members(event)
        for (place, member) in members.enumerated() {
            var fewer = members
            fewer.remove(at: place)
            do throws(Malformed) {
                let written = try Self.read(type(of: event), fewer)
                // Absent it stays, or what stands for it is written.
                #expect(fewer.allSatisfy { written.contains("\"\($0.name)\":\($0.json)") })
            } catch {
                #expect(error.path == member.name)
                #expect(error.expected.hasPrefix("there: "))
            }
        }
    }

    @Test(arguments: Golden.events.indices)
    func `a member of the wrong kind is refused by its name`(index: Int) {
        let event = Golden.events[index].event
        let members = Self.members(event)
        for (place, member) in members.enumerated() {
            let isFlag = ["true", "false"].contains(member.json)
            for wrong in ["null", "{}", "1.5", "true", #""""#, "9007199254740992"] where !isFlag || wrong != "true" {
                var other = members
                other[place].json = wrong
                let error = #expect(throws: Malformed.self, "\(member.name): \(wrong)") {
                    try Self.read(type(of: event), other)
                }
                // Of a record within the record, what is missing is named.
                #expect(error?.path.prefix { $0 != "." } == member.name[...])
            }
        }
    }

    @Test(arguments: Golden.events.indices)
    func `a member given twice or unknown is refused by its name`(index: Int) {
        let event = Golden.events[index].event
        let members = Self.members(event)
        for member in members {
            #expect(throws: Malformed(path: member.name, expected: "given once")) {
                try Self.read(type(of: event), members + [member])
            }
        }
        let error = #expect(throws: Malformed.self) { try Self.read(type(of: event), members + [("colour", "1")]) }
        #expect(error?.path == "colour")
        #expect(error?.expected.hasPrefix("left out: there is no such field, only \(members[0].name)") == true)
    }

    @Test func `a fault deep inside is named with its path`() {
        let error = #expect(throws: Malformed.self) {
            try Self.read(
                OperationCarriedOut.self,
                [
                    ("operation", #""op-1""#),
                    ("headcount", #"[{"audience":"families","people":1},{"audience":"men","people":1}]"#),
                ])
        }
        #expect(error?.path == "headcount[1].audience")
        #expect(error?.expected.hasPrefix("one of single_men, ") == true)
        let double = #expect(throws: Malformed.self) {
            try Self.read(
                OperationCarriedOut.self,
                [("operation", #""op-1""#), ("headcount", #"[{"people":1,"audience":"families","people":1}]"#)])
        }
        #expect(double == Malformed(path: "headcount[0].people", expected: "given once"))
    }

    @Test func `what was sent is not repeated in what was wrong with it`() {
        let error = #expect(throws: Malformed.self) {
            try Self.read(PlacementMoved.self, [("placement", #""Jean Dupont""#), ("bed", #""b-1""#)])
        }
        #expect(error?.path == "placement")
        #expect(error?.expected.contains("Dupont") == false)
    }

    @Test func `every code of every list reads back, and no other`() throws {
        func check<Code: CodeList & Equatable>(_ type: Code.Type) throws {
            for code in Code.allCases {
                let parser = JSONParser()
                let value = try #require(parser.parse(JSONWriter.bytes(of: code)))
                #expect(try Code(from: value) == code)
                withExtendedLifetime(parser) {}
            }
            for wrong in [#""""#, #""x""#, #""Any""#, "1", "null", #""any ""#] {
                let parser = JSONParser()
                let value = try #require(parser.parse(wrong))
                #expect(throws: Malformed.self) { try Code(from: value) }
            }
        }
        try check(Audience.self)
        try check(Destination.self)
        try check(SiteKind.self)
        try check(BlockingReason.self)
        try check(RequestOutcome.self)
        try check(AnomalyRule.self)
        try check(JustificationReason.self)
        try check(SubjectKind.self)
        try check(OperationKind.self)
        try check(CancellationReason.self)
        try check(DonorKind.self)
        try check(ReceiptVoidReason.self)
        try check(GoodsCategory.self)
        try check(GoodsUnit.self)
        try check(NeedPriority.self)
        try check(NeedOutcome.self)
        try check(DiscardReason.self)
    }
}
