/// A value of any shape, as it came: what a correction sets, and the corrected form of an event.
///
/// It is written by a record and read back by one, so a field can be changed without knowing which record has it.
public indirect enum FieldTree: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([FieldTree])
    /// In the order in which they came; no name comes twice.
    case object([Member])

    public struct Member: Sendable, Equatable {
        public let name: String
        public var value: FieldTree

        public init(_ name: String, _ value: FieldTree) {
            self.name = name
            self.value = value
        }
    }

    /// What a value writes.
    public init(of value: some FieldValue) {
        var sink = TreeSink()
        value.write(to: &sink)
        self = sink.tree
    }

    /// The members of an object; none of anything else.
    public var members: [Member] { if case .object(let members) = self { members } else { [] } }
}

extension FieldTree: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    public init(stringLiteral text: String) { self = .text(text) }
    public init(arrayLiteral elements: FieldTree...) { self = .list(elements) }
}

/// The fields of some record, as they came.
public struct LooseFields: FieldValue, Equatable {
    /// In the order in which they came; no name comes twice.
    public var members: [FieldTree.Member]

    public static var shape: Shape { .map(names: Text.self, values: FieldTree.self) }

    public init(_ members: [FieldTree.Member] = []) { self.members = members }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let members = try source.members(of: FieldTree.self) else {
            throw Malformed(expected: "an object from fields to values")
        }
        try Text.check(names: members.map(\.name))
        self.members = members.map { FieldTree.Member($0.name, $0.value) }
    }

    public func write(to sink: inout some ValueSink) { sink.members(members.map { ($0.name, $0.value) }) }
}

extension FieldTree: FieldValue {
    public static var shape: Shape { .tree }

    public init(from source: some ValueSource) throws(Malformed) {
        if let text = source.text({ String(copying: $0) }) {
            self = .text(text)
        } else if let number = source.integer() {
            self = .number(number)
        } else if let flag = source.boolean() {
            self = .flag(flag)
        } else if let list = try source.elements(of: FieldTree.self) {
            self = .list(list)
        } else if let members = try source.members(of: FieldTree.self) {
            self = .object(members.map { Member($0.name, $0.value) })
        } else {
            throw Malformed(expected: Self.shape.expectation)
        }
    }

    public func write(to sink: inout some ValueSink) {
        switch self {
        case .text(let text): sink.text(text)
        case .number(let number): sink.integer(number)
        case .flag(let flag): sink.boolean(flag)
        case .list(let list): sink.elements(list)
        case .object(let members): sink.members(members.map { ($0.name, $0.value) })
        }
    }
}

extension FieldTree: ValueSource {
    public func text<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result? {
        guard case .text(let text) = self else { return nil }
        return body(Array(text.utf8).span)
    }

    public func integer() -> Int64? { if case .number(let number) = self { number } else { nil } }
    public func boolean() -> Bool? { if case .flag(let flag) = self { flag } else { nil } }

    public func elements<Element: FieldValue>(of type: Element.Type) throws(Malformed) -> [Element]? {
        guard case .list(let list) = self else { return nil }
        var elements: [Element] = []
        for (index, element) in list.enumerated() {
            do throws(Malformed) { elements.append(try Element(from: element)) } catch {
                throw error.inside("[\(index)]")
            }
        }
        return elements
    }

    public func members<Value: FieldValue>(of type: Value.Type) throws(Malformed) -> [(name: String, value: Value)]? {
        guard case .object(let members) = self else { return nil }
        var values: [(name: String, value: Value)] = []
        for member in members {
            do throws(Malformed) { values.append((member.name, try Value(from: member.value))) } catch {
                throw error.inside(member.name)
            }
        }
        return values
    }

    public func fill(_ record: inout some Record) throws(Malformed) -> Bool {
        guard case .object(let members) = self else { return false }
        var reader = MemberReader(members)
        try record.fields(&reader)
        try reader.finish()
        return true
    }
}

/// Finds each field of a record among members, and notices what is left over.
private struct MemberReader: FieldVisitor {
    private let members: [FieldTree.Member]
    private var known: [String] = []

    init(_ members: [FieldTree.Member]) { self.members = members }

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

    func finish() throws(Malformed) {
        for member in members where !known.contains(member.name) {
            throw Malformed(
                path: String(member.name.prefix(64)),
                expected: "left out: there is no such field, only " + known.joined(separator: ", "))
        }
    }

    private mutating func read<Value: FieldValue>(
        _ name: StaticString, into value: inout Value
    ) throws(Malformed) -> Bool {
        guard let found = find(name) else { return false }
        do throws(Malformed) { value = try Value(from: found) } catch { throw error.inside("\(name)") }
        return true
    }

    private mutating func find(_ name: StaticString) -> FieldTree? {
        let name = "\(name)"
        known.append(name)
        return members.first { $0.name == name }?.value
    }
}

/// Keeps the one value that is written to it.
private struct TreeSink: ValueSink {
    var tree = FieldTree.object([])

    mutating func text(_ value: String) { tree = .text(value) }
    mutating func plain(_ bytes: borrowing Span<UInt8>) { tree = .text(String(copying: bytes)) }
    mutating func integer(_ value: Int64) { tree = .number(value) }
    mutating func boolean(_ value: Bool) { tree = .flag(value) }

    mutating func elements<Element: FieldValue>(_ values: [Element]) {
        tree = .list(values.map { FieldTree(of: $0) })
    }

    mutating func members<Value: FieldValue>(_ members: [(name: String, value: Value)]) {
        tree = .object(members.map { FieldTree.Member($0.name, FieldTree(of: $0.value)) })
    }

    mutating func record(_ record: some Record) {
        var copy = record
        var writer = MemberWriter()
        do { try copy.fields(&writer) } catch { preconditionFailure("writing refuses nothing") }
        tree = .object(writer.members)
    }
}

private struct MemberWriter: FieldVisitor {
    var members: [FieldTree.Member] = []

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        members.append(FieldTree.Member("\(name)", FieldTree(of: value)))
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) {
        if let value { members.append(FieldTree.Member("\(name)", FieldTree(of: value))) }
    }

    mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { field(name, &value) }

    mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) {
        if !value.isEmpty { field(name, &value) }
    }
}

extension String {
    /// The text in bytes that are known to be UTF-8.
    init(copying bytes: borrowing Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
