import AccueilDomain
import EventCoding

/// Writes JSON Schemas (draft 2020-12) of values from the one description of their fields.
///
/// A type that has a name stands once, among `named`; everywhere else is a reference to it.
struct Schemas {
    /// Who sends a value. What may be left out where it is asked for, is always there where it is told.
    enum Direction {
        case asked, told
    }

    /// Where the named ones are kept: `#/$defs/`.
    let home: String
    private var named: [String: FieldTree] = [:]

    init(home: String) { self.home = home }

    /// The named schemas that a document refers to, by name.
    func definitions(for document: FieldTree) -> [FieldTree.Member] {
        var found: Set<String> = []
        func look(_ tree: FieldTree) {
            switch tree {
            case .object(let members): for member in members { look(member.value) }
            case .list(let elements): for element in elements { look(element) }
            case .text(let text) where text.hasPrefix(home):
                let name = String(text.dropFirst(home.count))
                if found.insert(name).inserted, let schema = named[name] { look(schema) }
            case .text, .number, .flag: break
            }
        }
        look(document)
        return named.filter { found.contains($0.key) }.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    }

    /// The schema of a value, or a reference to it.
    mutating func schema(_ type: any FieldValue.Type, _ direction: Direction) -> FieldTree {
        if type == StoredEvent.self { return reference("Event") { $0.event() } }
        switch type.shape {
        case .text(let what, let pattern, let lengthMax):
            return reference(Self.name(of: type)) { _ in Self.text(what, pattern: pattern, lengthMax: lengthMax) }
        case .integer: return Self.integer
        case .boolean: return .schema(("type", "boolean"))
        case .code(let codes):
            return reference(Self.name(of: type)) { _ in
                .schema(("type", "string"), ("enum", .list(codes.map { .text($0) })))
            }
        case .list(let element): return .schema(("type", "array"), ("items", schema(element, direction)))
        case .map(let names, let values):
            return .schema(
                ("type", "object"), ("propertyNames", schema(names, direction)),
                ("additionalProperties", schema(values, direction)))
        case .either(let what, let types):
            return reference(Self.name(of: type)) { schemas in
                .schema(("description", .text(what)), ("anyOf", .list(types.map { schemas.schema($0, direction) })))
            }
        case .tree:
            return reference(Self.name(of: type)) { schemas in
                let again = schemas.schema(type, direction)
                return .schema(
                    ("description", .text(type.shape.expectation)),
                    (
                        "anyOf",
                        [
                            .schema(("type", "object"), ("additionalProperties", again)),
                            .schema(("type", "array"), ("items", again)), .schema(("type", ["string", "boolean"])),
                            Self.integer,
                        ]
                    ))
            }
        case .record(let record):
            // The same record is looser where it is asked for: such ones are few, and stand where they are used.
            if direction == .asked { return object(record, .asked) }
            return reference(Self.name(of: type)) { $0.object(record, .told) }
        case .call(let calls):
            return .schema(("oneOf", .list(calls.map { call($0.method, $0.params) })))
        }
    }

    /// The schema of a record's object; it has no members but those of the record.
    mutating func object(_ type: any Record.Type, _ direction: Direction) -> FieldTree {
        let members = members(of: type, direction)
        let required = members.filter(\.isRequired).map { FieldTree.text($0.name) }
        var parts: [FieldTree.Member] = [
            .init("type", "object"),
            .init("properties", .object(members.map { .init($0.name, $0.schema) })),
        ]
        if !required.isEmpty { parts.append(.init("required", .list(required))) }
        parts.append(.init("additionalProperties", .flag(false)))
        return .object(parts)
    }

    struct Member {
        let name: String
        let isRequired: Bool
        let schema: FieldTree
    }

    /// The fields of a record, in their order.
    mutating func members(of type: any Record.Type, _ direction: Direction) -> [Member] {
        FieldList(of: type).all.map { field in
            let schema = schema(field.type, direction)
            return switch (field.presence, direction) {
            case (.required, _), (.preset, .told): Member(name: field.name, isRequired: true, schema: schema)
            case (.optional, _): Member(name: field.name, isRequired: false, schema: schema)
            case (.preset(let value), .asked):
                Member(
                    name: field.name, isRequired: false, schema: .object(schema.members + [.init("default", value)]))
            }
        }
    }

    private mutating func call(_ method: String, _ params: any Record.Type) -> FieldTree {
        .schema(
            ("type", "object"),
            (
                "properties",
                .schema(
                    ("method", .schema(("const", .text(method)))),
                    ("params", reference("params." + method) { $0.object(params, .asked) }))
            ),
            ("required", ["method", "params"]), ("additionalProperties", .flag(false)))
    }

    /// A reference to the schema of that name, which is made where there is none yet.
    mutating func reference(_ name: String, _ make: (inout Schemas) -> FieldTree) -> FieldTree {
        if named[name] == nil {
            // It may refer to itself.
            named[name] = .object([])
            let schema = make(&self)
            named[name] = schema
        }
        return .schema(("$ref", .text(home + name)))
    }

    static func text(_ what: String, pattern: String?, lengthMax: Int? = nil) -> FieldTree {
        var parts: [FieldTree.Member] = [.init("description", .text(what)), .init("type", "string")]
        if let pattern { parts.append(.init("pattern", .text(pattern))) }
        if let lengthMax { parts.append(.init("maxLength", .number(Int64(lengthMax)))) }
        return .object(parts)
    }

    /// The range that every JSON reader agrees on.
    static let integer: FieldTree = .schema(
        ("type", "integer"), ("minimum", .number(1 - (1 << 53))), ("maximum", .number((1 << 53) - 1)))

    /// The type's name within its room: `FlowsQuery.Answer`.
    private static func name(of type: any FieldValue.Type) -> String {
        let name = String(reflecting: type)
        precondition(!name.contains("("), "a type of the contract is not private: \(name)")
        return name.split(separator: ".").dropFirst().joined(separator: ".")
    }
}

extension FieldTree {
    /// An object of these members.
    static func schema(_ members: (name: String, value: FieldTree)...) -> FieldTree {
        .object(members.map { Member($0.name, $0.value) })
    }
}
