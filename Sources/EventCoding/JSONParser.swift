public import AccueilDomain
import CSimdjson

/// Reads one JSON text at a time with simdjson: strict RFC 8259, valid UTF-8, no lone surrogates; keeps its buffers.
@safe public final class JSONParser {
    private let parser: OpaquePointer

    public init() {
        guard let parser = unsafe accueil_json_parser_new() else { preconditionFailure("no memory for a JSON parser") }
        unsafe self.parser = parser
    }

    deinit { unsafe accueil_json_parser_free(parser) }

    /// The value, valid until the next call; `nil` when the text is not JSON.
    public func parse(_ bytes: borrowing Span<UInt8>) -> JSONValue? {
        let document = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return unsafe accueil_json_document(error: 1, tape: nil, strings: nil)
            }
            return unsafe accueil_json_parse(parser, base, buffer.count)
        }
        guard unsafe document.error == 0, let tape = unsafe document.tape, let strings = unsafe document.strings else {
            return nil
        }
        let value = unsafe JSONValue(tape: tape, strings: strings, index: 1)
        // Only an escape can smuggle a surrogate in: the rest was checked as UTF-8.
        for index in bytes.indices where bytes[index] == 0x5C { return value.hasLoneSurrogate() ? nil : value }
        return value
    }
}

/// A value on the parser's tape. Copy it freely, but use it only until the parser's next document.
///
/// The tape (simdjson's doc/tape.md): one 64-bit word per value, its type in the high byte; a number's word is followed
/// by the number; a string's word points into the string buffer, at a 32-bit length; an object's or a list's word holds
/// the index just past its end.
@safe public struct JSONValue: @unchecked Sendable {
    private let tape: UnsafePointer<UInt64>
    private let strings: UnsafePointer<UInt8>
    private let index: Int

    init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: Int) {
        unsafe self.tape = tape
        unsafe self.strings = strings
        self.index = index
    }

    public enum Kind: UInt8 {
        case object = 0x7B
        case list = 0x5B
        case text = 0x22
        case integer = 0x6C
        case largeInteger = 0x75
        case fraction = 0x64
        case yes = 0x74
        case no = 0x66
        case null = 0x6E
    }

    public var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(word >> 56)) else { preconditionFailure("not a value of the tape") }
        return kind
    }

    /// Goes through the members of an object in their order; `false` when the value is not an object.
    @discardableResult
    public func forEachMember<Failure: Error>(
        _ body: (_ key: JSONValue, _ value: JSONValue) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        guard kind == .object else { return false }
        var cursor = index + 1
        let end = pastEnd - 1
        while cursor < end {
            let key = unsafe JSONValue(tape: tape, strings: strings, index: cursor)
            let value = unsafe JSONValue(tape: tape, strings: strings, index: cursor + 1)
            try body(key, value)
            cursor = value.pastEnd
        }
        return true
    }

    /// Goes through the elements of a list; `false` when the value is not a list.
    @discardableResult
    public func forEachElement<Failure: Error>(_ body: (JSONValue) throws(Failure) -> Void) throws(Failure) -> Bool {
        guard kind == .list else { return false }
        var cursor = index + 1
        let end = pastEnd - 1
        while cursor < end {
            let element = unsafe JSONValue(tape: tape, strings: strings, index: cursor)
            try body(element)
            cursor = element.pastEnd
        }
        return true
    }

    public func equals(_ name: StaticString) -> Bool {
        guard kind == .text else { return false }
        let start = unsafe strings + Int(truncatingIfNeeded: word & 0xFF_FFFF_FFFF_FFFF)
        let count = unsafe Int(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
        guard count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<count where unsafe start[4 + offset] != name.utf8Start[offset] { return false }
        return true
    }

    public var string: String? {
        text { bytes in
            var copy: [UInt8] = []
            copy.reserveCapacity(bytes.count)
            for index in bytes.indices { copy.append(bytes[index]) }
            return String(decoding: copy, as: UTF8.self)
        }
    }

    private var word: UInt64 { unsafe tape[index] }

    private var pastEnd: Int {
        switch kind {
        case .object, .list: Int(word & 0xFFFF_FFFF)
        case .integer, .largeInteger, .fraction: index + 2
        case .text, .yes, .no, .null: index + 1
        }
    }

    /// simdjson lets a lone low surrogate through as bytes that are not UTF-8 (0xED followed by 0xA0 or more).
    fileprivate func hasLoneSurrogate() -> Bool {
        var found = false
        func look(_ value: JSONValue) {
            switch value.kind {
            case .text:
                value.text { bytes in
                    var index = 0
                    while index + 1 < bytes.count {
                        if bytes[index] == 0xED, bytes[index + 1] >= 0xA0 { found = true }
                        index += 1
                    }
                }
            case .object:
                value.forEachMember { key, value in
                    look(key)
                    look(value)
                }
            case .list: value.forEachElement { look($0) }
            case .integer, .largeInteger, .fraction, .yes, .no, .null: break
            }
        }
        look(self)
        return found
    }
}

extension JSONValue: ValueSource {
    @discardableResult
    public func text<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result? {
        guard kind == .text else { return nil }
        let start = unsafe strings + Int(truncatingIfNeeded: word & 0xFF_FFFF_FFFF_FFFF)
        let count = unsafe Int(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
        let buffer = unsafe UnsafeBufferPointer(start: start + 4, count: count)
        return body(unsafe buffer.span)
    }

    public func integer() -> Int64? {
        guard kind == .integer else { return nil }
        let value = unsafe Int64(bitPattern: tape[index + 1])
        return value.magnitude < 1 << 53 ? value : nil
    }

    public func boolean() -> Bool? {
        switch kind {
        case .yes: true
        case .no: false
        case .object, .list, .text, .integer, .largeInteger, .fraction, .null: nil
        }
    }

    public func elements<Element: FieldValue>(of type: Element.Type) throws(Malformed) -> [Element]? {
        var elements: [Element] = []
        let isList = try forEachElement { (element: JSONValue) throws(Malformed) in
            do throws(Malformed) { elements.append(try Element(from: element)) } catch {
                throw error.inside("[\(elements.count)]")
            }
        }
        return isList ? elements : nil
    }

    public func members<Value: FieldValue>(of type: Value.Type) throws(Malformed) -> [(name: String, value: Value)]? {
        var members: [(name: String, value: Value)] = []
        var names: Set<String> = []
        // The names are data here: a fault is told by its place, for one of them may be a person's.
        let isObject = try forEachMember { (key: JSONValue, value: JSONValue) throws(Malformed) in
            let name = key.string ?? ""
            let place = "[\(members.count)]"
            guard names.insert(name).inserted else { throw Malformed(path: place, expected: "given once") }
            do throws(Malformed) { members.append((name, try Value(from: value))) } catch { throw error.inside(place) }
        }
        return isObject ? members : nil
    }

    public func fill(_ record: inout some Record) throws(Malformed) -> Bool {
        guard kind == .object else { return false }
        var reader = FieldReader(self)
        try record.fields(&reader)
        try reader.finish()
        return true
    }
}

/// Finds each field of a record among the members of an object, and notices what is left over.
private struct FieldReader: FieldVisitor {
    private let object: JSONValue
    private var taken = 0
    private var names: [StaticString] = []

    init(_ object: JSONValue) { self.object = object }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        guard try read(name, into: &value) else {
            throw Malformed(path: "\(name)", expected: "there: " + Value.shape.expectation)
        }
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) throws(Malformed) {
        value = nil
        guard let found = find(name) else { return }
        do throws(Malformed) { value = try Value(from: found) } catch { throw error.inside("\(name)") }
    }

    mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        _ = try read(name, into: &value)
    }

    mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) throws(Malformed) {
        value = []
        _ = try read(name, into: &value)
    }

    /// Refuses members that no field asked for, and members that come twice.
    func finish() throws(Malformed) {
        var count = 0
        object.forEachMember { _, _ in count += 1 }
        guard count != taken else { return }
        var seen: Set<String> = []
        try object.forEachMember { (key: JSONValue, _) throws(Malformed) in
            let name = String((key.string ?? "").prefix(64))
            guard seen.insert(name).inserted else { throw Malformed(path: name, expected: "given once") }
            guard names.contains(where: { key.equals($0) }) else {
                let known = names.map { "\($0)" }.joined(separator: ", ")
                throw Malformed(path: name, expected: "left out: there is no such field, only " + known)
            }
        }
        preconditionFailure("an object with more members than fields has one that is unknown or double")
    }

    private mutating func read<Value: FieldValue>(_ name: StaticString, into value: inout Value) throws(Malformed)
        -> Bool
    {
        guard let found = find(name) else { return false }
        do throws(Malformed) { value = try Value(from: found) } catch { throw error.inside("\(name)") }
        return true
    }

    private mutating func find(_ name: StaticString) -> JSONValue? {
        names.append(name)
        var found: JSONValue?
        object.forEachMember { key, value in
            if found == nil, key.equals(name) { found = value }
        }
        if found != nil { taken += 1 }
        return found
    }
}

extension JSONValue {
    /// `{}`, for requests without parameters; valid for ever.
    public static let emptyObject: JSONValue = {
        let parser = JSONParser()
        guard let value = parser.parse([0x7B, 0x7D].span) else { preconditionFailure("{} is JSON") }
        // The value points into the parser's buffers: it must not go away.
        _ = unsafe Unmanaged.passRetained(parser)
        return value
    }()
}
