import AccueilDomain

extension Schemas {
    /// Any event, as `EventLine` writes it.
    mutating func event() -> FieldTree {
        event(
            type: schema(Identifier.self, .told),
            dataschema: Self.text("kind and version of data", pattern: "^urn:accueil:event:[a-z_]+\\.[a-z_]+:[0-9]+$"),
            data: schema(LooseFields.self, .told))
    }

    /// An event of one kind and version.
    mutating func event(_ event: any EventRecord.Type) -> FieldTree {
        self.event(
            type: .schema(("const", .text(event.type))),
            dataschema: .schema(("const", .text("urn:accueil:event:\(event.type):\(event.version)"))),
            data: object(event, .told))
    }

    private mutating func event(type: FieldTree, dataschema: FieldTree, data: FieldTree) -> FieldTree {
        let rules = "(" + AnomalyRule.allCases.map(\.rawValue).joined(separator: "|") + ")"
        let attributes: [(name: String, isRequired: Bool, schema: FieldTree)] = [
            ("specversion", true, .schema(("const", "1.0"))),
            ("id", true, Self.text("a ULID", pattern: "^[0-9A-HJKMNP-TV-Z]{26}$")),
            ("source", true, Self.text("the register, a URI such as urn:accueil:paris", pattern: "^[!-~]{1,200}$")),
            ("type", true, type),
            ("subject", true, schema(Subject.self, .told)),
            ("time", true, schema(Timestamp.self, .told)),
            ("sequence", true, Self.text("the position in the log, from 1 without gaps", pattern: "^[0-9]{20}$")),
            ("recordedtime", true, schema(Timestamp.self, .told)),
            ("dataschema", true, dataschema),
            ("actor", true, Self.text("who recorded it, as the kernel told", pattern: "^uid:[0-9]+$")),
            ("commandid", false, schema(Identifier.self, .told)),
            ("commanddigest", false, Self.text("of what was asked", pattern: "^[0-9a-f]{16}$")),
            ("anomalies", false, Self.text("rules, separated by commas", pattern: "^\(rules)(,\(rules))*$")),
            ("data", true, data),
        ]
        return .schema(
            ("type", "object"), ("properties", .object(attributes.map { .init($0.name, $0.schema) })),
            ("required", .list(attributes.filter(\.isRequired).map { .text($0.name) })),
            ("additionalProperties", .flag(false)))
    }
}
