public import AccueilDomain
import EventCoding

/// What the register and its clients hold each other to: every method, notification, error and kind of event.
///
/// `Protocol/openrpc.json` and `Protocol/schemas/` are its two forms for other programs; both follow from the records
/// that are read and written.
public struct Contract: Sendable {
    /// Of the protocol; a change that a client of this one would not understand makes the next.
    public static let version = 1

    public struct Method: Sendable {
        public let name: String
        public let params: any Record.Type
        public let result: any FieldValue.Type
        /// It writes to the log, or would.
        public let records: Bool

        public init(
            _ name: String, _ params: any Record.Type, gives result: any FieldValue.Type, records: Bool = false
        ) {
            self.name = name
            self.params = params
            self.result = result
            self.records = records
        }

        /// How it can fail, once a request for it has been understood.
        var failures: [Failure.Kind] {
            Failure.Kind.allCases.filter { kind in
                switch kind {
                case .parseError, .invalidRequest, .methodNotFound: false
                case .invalidParams, .internalError, .refused, .notFound, .forbidden, .limit, .stopping: true
                case .conflict, .readOnly, .outcomeUnknown: records
                }
            }
        }
    }

    public struct Notification: Sendable {
        public let name: String
        public let params: any Record.Type

        public init(_ name: String, _ params: any Record.Type) {
            self.name = name
            self.params = params
        }
    }

    /// By name.
    public let methods: [Method]
    public let notifications: [Notification]
    /// The OpenRPC document, as `rpc.discover` answers it.
    public let openRPC: FieldTree

    public init(methods: [Method], notifications: [Notification]) {
        self.methods = methods.sorted { $0.name < $1.name }
        self.notifications = notifications
        openRPC = Self.openRPC(self.methods)
    }
}

// MARK: OpenRPC

extension Contract {
    /// After https://spec.open-rpc.org, version 1.3.2.
    private static func openRPC(_ methods: [Method]) -> FieldTree {
        var schemas = Schemas(home: "#/components/schemas/")
        let described = methods.map { describe($0, &schemas) }
        let errors = Failure.Kind.allCases.map { kind in
            FieldTree.Member(
                kind.rawValue, .schema(("code", .number(Int64(kind.code))), ("message", .text(kind.meaning))))
        }
        return .schema(
            ("openrpc", "1.3.2"),
            (
                "info",
                .schema(
                    ("title", "accueil"),
                    ("description", "The register of a city's reception service; PROTOCOL.md says what it means."),
                    ("version", .text("\(version)")))
            ),
            ("methods", .list(described)),
            (
                "components",
                .schema(("schemas", .object(schemas.definitions(for: .list(described)))), ("errors", .object(errors)))
            ))
    }

    private static func describe(_ method: Method, _ schemas: inout Schemas) -> FieldTree {
        let params = schemas.members(of: method.params, .asked).map { member in
            FieldTree.schema(
                ("name", .text(member.name)), ("required", .flag(member.isRequired)), ("schema", member.schema))
        }
        let result = schemas.schema(method.result, .told)
        return .schema(
            ("name", .text(method.name)), ("paramStructure", "by-name"), ("params", .list(params)),
            ("result", .schema(("name", "result"), ("schema", result))),
            ("errors", .list(method.failures.map { .schema(("$ref", .text("#/components/errors/" + $0.rawValue))) })))
    }
}

extension Failure.Kind {
    /// What it says, without the particulars.
    fileprivate var meaning: String {
        switch self {
        case .parseError: "the line is not JSON in UTF-8"
        case .invalidRequest: "not a JSON-RPC 2.0 request"
        case .methodNotFound: "there is no such method"
        case .invalidParams: "a parameter is missing, unknown or not what it must be"
        case .internalError: "the register should be able to answer, and is not"
        case .refused: "a rule of the register says no; nothing was written"
        case .conflict: "an expectation does not hold, or the command id was used for something else"
        case .notFound: "what is asked about, or to be put right, is not there"
        case .readOnly: "no room, or a damaged log; nothing was written"
        case .outcomeUnknown: "the disk failed: ask again with the same command_id once the service is back"
        case .forbidden: "the client has not the role that this takes; nothing was done"
        case .limit: "a limit of server.info was exceeded"
        case .stopping: "the service is stopping"
        }
    }
}

// MARK: JSON Schemas

extension Contract {
    /// Everything in `Protocol/` that follows from the code: paths below it, and what stands there.
    public var files: [(path: String, content: [UInt8])] {
        var files = [(path: "openrpc.json", content: openRPC.page)]
        func add(_ path: String, _ make: (inout Schemas) -> FieldTree) {
            var schemas = Schemas(home: "#/$defs/")
            var members = [FieldTree.Member("$schema", "https://json-schema.org/draft/2020-12/schema")]
            members += make(&schemas).members
            let definitions = schemas.definitions(for: .object(members))
            if !definitions.isEmpty { members.append(.init("$defs", .object(definitions))) }
            files.append(("schemas/\(path).json", FieldTree.object(members).page))
        }
        for method in methods { add("methods/" + method.name) { $0.exchange(method) } }
        for event in Catalogue.events { add("events/\(event.type).\(event.version)") { $0.event(event) } }
        for kind in Failure.Kind.allCases { add("errors/" + kind.rawValue) { $0.error(kind) } }
        for notification in notifications {
            add("notifications/" + notification.name) { $0.notification(notification) }
        }
        add("line") { $0.line(notifications) }
        return files
    }
}

extension Schemas {
    /// What is asked, and what is answered where nothing is wrong.
    fileprivate mutating func exchange(_ method: Contract.Method) -> FieldTree {
        let params = object(method.params, .asked)
        let result = schema(method.result, .told)
        return .schema(
            ("title", .text(method.name)), ("type", "object"),
            ("properties", .schema(("params", params), ("result", result))), ("required", ["params", "result"]))
    }

    /// The error object of a response.
    fileprivate mutating func error(_ kind: Failure.Kind) -> FieldTree {
        let data = object(ErrorObject.Details.self, .told)
            .with("type", .schema(("const", .text(kind.rawValue))))
            .with("retryable", .schema(("const", .flag(kind.retryable))))
        return object(ErrorObject.self, .told)
            .with("code", .schema(("const", .number(Int64(kind.code)))))
            .with("data", data)
    }

    /// The whole line.
    fileprivate mutating func notification(_ notification: Contract.Notification) -> FieldTree {
        .schema(
            ("type", "object"),
            (
                "properties",
                .schema(
                    ("jsonrpc", .schema(("const", "2.0"))), ("method", .schema(("const", .text(notification.name)))),
                    ("params", object(notification.params, .told)))
            ),
            ("required", ["jsonrpc", "method", "params"]), ("additionalProperties", .flag(false)))
    }

    /// Any line that the register sends: a notification, a response, or the responses to a batch. What a result looks
    /// like depends on the method that was asked for.
    fileprivate mutating func line(_ notifications: [Contract.Notification]) -> FieldTree {
        func response(_ member: String, _ schema: FieldTree) -> FieldTree {
            let id: FieldTree = .schema(("type", ["string", "integer", "null"]))
            return .schema(
                ("type", "object"),
                ("properties", .schema(("jsonrpc", .schema(("const", "2.0"))), ("id", id), (member, schema))),
                ("required", ["jsonrpc", "id", .text(member)]), ("additionalProperties", .flag(false)))
        }
        let error = schema(ErrorObject.self, .told)
        let one = reference("Response") { _ in
            .schema(("oneOf", [response("result", .schema(("type", "object"))), response("error", error)]))
        }
        let batch: FieldTree = .schema(("type", "array"), ("items", one), ("minItems", .number(1)))
        return .schema(("oneOf", .list(notifications.map { notification($0) } + [one, batch])))
    }
}

extension FieldTree {
    /// The schema of an object with another schema in the place of a property's.
    fileprivate func with(_ name: String, _ schema: FieldTree) -> FieldTree {
        .object(
            members.map { member in
                guard member.name == "properties" else { return member }
                let properties = member.value.members.map { $0.name == name ? Member(name, schema) : $0 }
                return Member("properties", .object(properties))
            })
    }
}
