// How the parameters that an indicator keeps become those of a query.

extension Parameters {
    subscript(_ name: String) -> Parameter? {
        get { all.first { $0.name == name }?.value }
        set {
            all.removeAll { $0.name == name }
            if let newValue { all.append((name, newValue)) }
        }
    }

    /// A record with these for its fields. Unknown names are refused like values that do not fit.
    func read<Fields: Record>(_ type: Fields.Type) throws(Malformed) -> Fields {
        var record = Fields()
        var reader = ParameterReader(self)
        try record.fields(&reader)
        try reader.finish()
        return record
    }
}

private struct ParameterReader: FieldVisitor {
    private let given: Parameters
    private var names: [String] = []

    init(_ given: Parameters) { self.given = given }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        guard try read(name, into: &value) else {
            throw Malformed(path: name.description, expected: "there: " + Value.shape.expectation)
        }
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) throws(Malformed) {
        value = nil
        if let found = find(name) { value = try Self.value(of: found, name) }
    }

    mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        _ = try read(name, into: &value)
    }

    mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) throws(Malformed) {
        value = []
        _ = try read(name, into: &value)
    }

    func finish() throws(Malformed) {
        for (name, _) in given.all where !names.contains(name) {
            let known = names.joined(separator: ", ")
            throw Malformed(path: String(name.prefix(64)), expected: "left out: there is no such field, only " + known)
        }
    }

    private mutating func read<Value: FieldValue>(
        _ name: StaticString, into value: inout Value
    ) throws(Malformed) -> Bool {
        guard let found = find(name) else { return false }
        value = try Self.value(of: found, name)
        return true
    }

    private mutating func find(_ name: StaticString) -> Parameter? {
        names.append(name.description)
        return given[name.description]
    }

    private static func value<Value: FieldValue>(
        of parameter: Parameter, _ name: StaticString
    ) throws(Malformed) -> Value {
        do throws(Malformed) { return try Value(from: ParameterSource(parameter: parameter)) } catch {
            throw error.inside(name.description)
        }
    }
}

/// One parameter as a value to read; a list is a text with commas.
private struct ParameterSource: ValueSource {
    let parameter: Parameter

    func text<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result? {
        guard case .text(let text) = parameter else { return nil }
        return body(Array(text.utf8).span)
    }

    func integer() -> Int64? {
        guard case .number(let number) = parameter else { return nil }
        return Int64(number)
    }

    func boolean() -> Bool? {
        guard case .flag(let flag) = parameter else { return nil }
        return flag
    }

    func elements<Element: FieldValue>(of type: Element.Type) throws(Malformed) -> [Element]? {
        guard case .text(let text) = parameter else { return nil }
        var elements: [Element] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            elements.append(try Element(from: ParameterSource(parameter: .text(String(part)))))
        }
        return elements
    }

    func members<Value: FieldValue>(of type: Value.Type) throws(Malformed) -> [(name: String, value: Value)]? { nil }
    func fill(_ record: inout some Record) throws(Malformed) -> Bool { false }
}
