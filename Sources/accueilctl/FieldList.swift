import AccueilDomain

/// The fields of a record as it describes them, in its order: the columns of an export, and what an import can fill.
struct FieldList: FieldVisitor {
    struct Field {
        let name: String
        let shape: Shape
        /// A record without it is refused.
        let isRequired: Bool
    }

    private(set) var all: [Field] = []

    init(of type: any Record.Type) {
        func visit<Described: Record>(_ type: Described.Type) {
            var blank = type.init()
            do { try blank.fields(&self) } catch { preconditionFailure("describing refuses nothing") }
        }
        visit(type)
    }

    subscript(_ name: String) -> Field? { all.first { $0.name == name } }
    var names: String { all.map(\.name).joined(separator: ", ") }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { note(name, Value.self, true) }
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) { note(name, Value.self) }
    mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { note(name, Value.self) }
    mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) { note(name, [Value].self) }

    private mutating func note(_ name: StaticString, _ type: any FieldValue.Type, _ isRequired: Bool = false) {
        all.append(Field(name: "\(name)", shape: type.shape, isRequired: isRequired))
    }
}

extension Shape {
    /// What the elements of a list look like.
    var element: Shape? { if case .list(let element) = self { element.shape } else { nil } }
    /// The record that it is.
    var record: (any Record.Type)? { if case .record(let type) = self { type } else { nil } }
    var isInteger: Bool { if case .integer = self { true } else { false } }
    var isBoolean: Bool { if case .boolean = self { true } else { false } }
    var isCode: Bool { if case .code = self { true } else { false } }
    var isDay: Bool { expectation == Day.shape.expectation }
    /// A day, a time, or either.
    var isTime: Bool { [Day.shape, Timestamp.shape, Moment.shape].contains { $0.expectation == expectation } }
    var isNumber: Bool { isInteger || expectation == Decimal.shape.expectation }
    var isIdentifier: Bool { expectation == Identifier.shape.expectation }
}
