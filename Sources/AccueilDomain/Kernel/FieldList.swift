/// The fields of a record as it describes them, in its order: what schemas say of it, the columns of an export, and
/// what an import can fill.
public struct FieldList: FieldVisitor {
    public enum Presence: Sendable {
        /// A record without it is refused.
        case required
        /// Left out when read, it is this; it is always written.
        case preset(FieldTree)
        case optional
    }

    public struct Field: Sendable {
        public let name: String
        public let type: any FieldValue.Type
        public let presence: Presence

        public init(name: String, type: any FieldValue.Type, presence: Presence) {
            (self.name, self.type, self.presence) = (name, type, presence)
        }

        public var shape: Shape { type.shape }
        public var isRequired: Bool { if case .required = presence { true } else { false } }
    }

    public private(set) var all: [Field] = []

    public init(of type: any Record.Type) {
        var blank: any Record = type.init()
        do { try blank.fields(&self) } catch { preconditionFailure("describing refuses nothing: \(type) \(error)") }
    }

    public subscript(_ name: String) -> Field? { all.first { $0.name == name } }

    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        note(name, Value.self, .required)
    }

    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) {
        note(name, Value.self, .optional)
    }

    public mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        note(name, Value.self, .preset(FieldTree(of: value)))
    }

    public mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) {
        note(name, [Value].self, .optional)
    }

    private mutating func note(_ name: StaticString, _ type: any FieldValue.Type, _ presence: Presence) {
        all.append(Field(name: "\(name)", type: type, presence: presence))
    }
}
