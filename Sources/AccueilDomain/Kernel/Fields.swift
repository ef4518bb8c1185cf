/// A value with exactly one form on the wire and in the log.
///
/// The domain describes its fields once; reading, writing and the JSON Schemas all follow from that one description.
public protocol FieldValue: Sendable {
    /// What the value looks like, for schemas and for error messages.
    static var shape: Shape { get }
    init(from source: some ValueSource) throws(Malformed)
    func write(to sink: inout some ValueSink)
    /// The same from JSON and to JSON, where speed counts: a type has these compiled for itself.
    init(json value: JSONValue) throws(Malformed)
    func write(json writer: inout JSONWriter)
}

/// A value with named fields: an event's payload, the parameters of a command or a query, a row of an answer.
public protocol Record: FieldValue {
    /// A blank to read into.
    init()
    /// Shows every field, in the order in which they are written, to whoever reads, writes or describes the record.
    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed)
    /// The same from JSON and to JSON, as for every value.
    mutating func read(from reader: inout FieldReader) throws(Malformed)
    mutating func write(fields writer: inout JSONWriter)
}

// A witness of these is specialised for its type, and with it all that it calls: neither the readers and writers nor the
// values are looked up while the program runs. That works because the domain and its JSON are compiled as one module.
extension FieldValue {
    public init(json value: JSONValue) throws(Malformed) { try self.init(from: value) }
    public func write(json writer: inout JSONWriter) { write(to: &writer) }
}

extension Record {
    public mutating func read(from reader: inout FieldReader) throws(Malformed) { try fields(&reader) }

    public mutating func write(fields writer: inout JSONWriter) {
        do { try fields(&writer) } catch { preconditionFailure("writing refuses nothing") }
    }
}

/// Reads, writes or describes the fields of a record, one call per field.
public protocol FieldVisitor {
    /// A field that is always there.
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed)
    /// A field that may be absent; `null` is not a value.
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) throws(Malformed)
    /// A field that may be absent when read: the blank record's value then stands. It is always written.
    mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed)
    /// A list that may be absent when it is empty.
    mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) throws(Malformed)
    /// All fields of another record, which stand among those of the one that embeds it.
    mutating func embed(_ record: inout some Record) throws(Malformed)
}

extension FieldVisitor {
    public mutating func embed(_ record: inout some Record) throws(Malformed) { try record.fields(&self) }
}

/// One parsed value. Each accessor answers `nil` when the value is of another type.
public protocol ValueSource {
    func text<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result?
    /// A whole number within ±(2⁵³ − 1), the range every JSON reader agrees on.
    func integer() -> Int64?
    func boolean() -> Bool?
    func elements<Element: FieldValue>(of type: Element.Type) throws(Malformed) -> [Element]?
    /// The members of an object whose names are values themselves, in their order.
    func members<Value: FieldValue>(of type: Value.Type) throws(Malformed) -> [(name: String, value: Value)]?
    /// Fills `record` and refuses fields it does not have; `false` when the value is not an object.
    func fill(_ record: inout some Record) throws(Malformed) -> Bool
}

/// Where values are written.
public protocol ValueSink {
    mutating func text(_ value: String)
    /// Text known to need no escaping: ids, codes, dates.
    mutating func plain(_ bytes: borrowing Span<UInt8>)
    mutating func integer(_ value: Int64)
    mutating func boolean(_ value: Bool)
    mutating func elements<Element: FieldValue>(_ values: [Element])
    mutating func members<Value: FieldValue>(_ members: [(name: String, value: Value)])
    mutating func record(_ record: some Record)
    /// A value that is JSON text already: an event as it stands in the log.
    mutating func json(_ text: ArraySlice<UInt8>)
}

extension ValueSink {
    /// Only a writer of JSON can take it as it stands.
    public mutating func json(_ text: ArraySlice<UInt8>) { preconditionFailure("JSON text goes into JSON text") }
}

/// What a value looks like: the source of JSON Schemas and of «expected …» in errors.
public indirect enum Shape: Sendable {
    case text(String, pattern: String? = nil, lengthMax: Int? = nil)
    case integer
    case boolean
    case code([String])
    case list(any FieldValue.Type)
    /// An object whose names are texts of the first type and whose values are of the second.
    case map(names: any FieldValue.Type, values: any FieldValue.Type)
    /// A value of one of these types; the text says which.
    case either(String, [any FieldValue.Type])
    /// A value of any type but null and fractions.
    case tree
    case record(any Record.Type)
    /// An object of `method`, one of these, and `params`, as that method takes them.
    case call([(method: String, params: any Record.Type)])

    /// The end of the sentence «… must be».
    public var expectation: String {
        switch self {
        case .text(let what, _, _): what
        case .integer: "a whole number within ±9007199254740991"
        case .boolean: "true or false"
        case .code(let codes): "one of " + codes.joined(separator: ", ")
        case .list(let element): "a list, each element " + element.shape.expectation
        case .map(let names, let values): "an object from \(names.shape.expectation) to \(values.shape.expectation)"
        case .either(let what, _): what
        case .tree: "an object, a list, a text, a whole number, true or false"
        case .record: "an object"
        case .call: "an object of method and params"
        }
    }
}

/// A value that is not what its field takes. It says where and what was expected, and never repeats what was sent:
/// somebody may have typed a name where an id belongs.
public struct Malformed: Error, Sendable, Equatable {
    /// The path from the top of the parameters, `destinations[2].site`; empty for the value itself.
    public var path: String
    public var expected: String

    public init(path: String = "", expected: String) {
        self.path = path
        self.expected = expected
    }

    /// The same fault seen from the enclosing object or list.
    public func inside(_ name: String) -> Malformed {
        let joint = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return Malformed(path: name + joint + path, expected: expected)
    }
}

extension Record {
    public static var shape: Shape { .record(Self.self) }

    public init(from source: some ValueSource) throws(Malformed) {
        self.init()
        guard try source.fill(&self) else { throw Malformed(expected: "an object") }
    }

    public func write(to sink: inout some ValueSink) { sink.record(self) }
}

extension Int: FieldValue {
    public static var shape: Shape { .integer }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let value = source.integer() else { throw Malformed(expected: Self.shape.expectation) }
        self = Int(value)
    }

    public func write(to sink: inout some ValueSink) { sink.integer(Int64(self)) }
}

extension Bool: FieldValue {
    public static var shape: Shape { .boolean }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let value = source.boolean() else { throw Malformed(expected: Self.shape.expectation) }
        self = value
    }

    public func write(to sink: inout some ValueSink) { sink.boolean(self) }
}

extension Array: FieldValue where Element: FieldValue {
    public static var shape: Shape { .list(Element.self) }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let values = try source.elements(of: Element.self) else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = values
    }

    public func write(to sink: inout some ValueSink) { sink.elements(self) }
}
