public import AccueilDomain

/// What a request leads to.
public enum Reply: Sendable {
    /// JSON text of the result.
    case result([UInt8])
    case failure(Failure)

    public static func result(_ value: some FieldValue) -> Reply { .result(JSONWriter.bytes(of: value)) }

    /// The whole response, without the line's end.
    public func response(to id: RequestID) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("jsonrpc", "2.0")
            writer.member("id") { id.write(to: &$0) }
            switch self {
            case .result(let json): writer.member("result") { $0.raw(json) }
            case .failure(let failure): writer.member("error") { failure.write(to: &$0) }
            }
        }
        return writer.bytes
    }
}

extension RequestID {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .none, .null: writer.literal("null")
        case .number(let number): writer.integer(number)
        case .text(let text): writer.text(text)
        }
    }
}

/// Why a request failed: JSON-RPC's error object, with `data` that programs can act on.
public struct Failure: Error, Sendable, Equatable {
    /// The kinds of failure, the same word in `data.type`; the codes are JSON-RPC's own and our range from -32000 down.
    public enum Kind: String, CodeList {
        case parseError = "parse_error"
        case invalidRequest = "invalid_request"
        case methodNotFound = "method_not_found"
        case invalidParams = "invalid_params"
        case internalError = "internal_error"
        /// A rule of the register refuses the command.
        case refused
        /// `expect` does not hold, or a command id was used for something else.
        case conflict
        case notFound = "not_found"
        /// The register takes no commands now: no room, a damaged log. Nothing was written.
        case readOnly = "read_only"
        /// Whether the command was kept shows when the service is back: ask again with the same command id.
        case outcomeUnknown = "outcome_unknown"
        /// A named limit was exceeded.
        case limit
        case stopping
        /// The client does not have the role that the request needs.
        case forbidden

        public var code: Int {
            switch self {
            case .parseError: -32700
            case .invalidRequest: -32600
            case .methodNotFound: -32601
            case .invalidParams: -32602
            case .internalError: -32603
            case .refused: -32000
            case .conflict: -32001
            case .notFound: -32002
            case .readOnly: -32003
            case .outcomeUnknown: -32004
            case .limit: -32005
            case .stopping: -32006
            case .forbidden: -32007
            }
        }

        /// JSON-RPC's own words for its own codes.
        fileprivate var title: String? {
            switch self {
            case .parseError: "Parse error"
            case .invalidRequest: "Invalid Request"
            case .methodNotFound: "Method not found"
            case .invalidParams: "Invalid params"
            case .internalError: "Internal error"
            case .refused, .conflict, .notFound, .readOnly, .outcomeUnknown, .limit, .stopping, .forbidden: nil
            }
        }

        /// The same request may succeed later, unchanged.
        var retryable: Bool {
            switch self {
            case .readOnly, .outcomeUnknown, .stopping: true
            case .parseError, .invalidRequest, .methodNotFound, .invalidParams, .internalError, .refused, .conflict,
                .notFound, .limit, .forbidden:
                false
            }
        }
    }

    public let kind: Kind
    /// The rule, parameter or limit that says no.
    public let rule: String
    /// A sentence for people.
    public let message: String
    public let facts: [Rejection.Fact]

    public init(_ kind: Kind, rule: String? = nil, _ message: String, facts: [Rejection.Fact] = []) {
        self.kind = kind
        self.rule = rule ?? kind.rawValue
        self.message = message
        self.facts = facts
    }

    public init(_ rejection: Rejection, kind: Kind = .refused) {
        self.init(kind, rule: rejection.rule, rejection.message, facts: rejection.facts)
    }

    public init(_ malformed: Malformed) {
        let path = malformed.path.isEmpty ? "params" : malformed.path
        self.init(.invalidParams, rule: path, "\(path) must be \(malformed.expected)")
    }

    public static func parseError(_ message: String) -> Failure { Failure(.parseError, message) }
    public static func invalidRequest(_ message: String) -> Failure { Failure(.invalidRequest, message) }

    public func write(to writer: inout JSONWriter) {
        var error = ErrorObject()
        error.code = kind.code
        error.message = Prose(kind.title ?? message)
        error.data.type = kind
        error.data.rule = Prose(rule)
        error.data.message = Prose(message)
        error.data.facts = facts.isEmpty ? nil : Facts(all: facts)
        error.data.retryable = kind.retryable
        error.write(json: &writer)
    }
}

/// JSON-RPC's error object.
struct ErrorObject: Record {
    /// What programs act on.
    struct Details: Record {
        var type = Failure.Kind.internalError
        var rule: Prose = ""
        var message: Prose = ""
        var facts: Facts?
        var retryable = false

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("type", &type)
            try visitor.field("rule", &rule)
            try visitor.field("message", &message)
            try visitor.field("facts", &facts)
            try visitor.field("retryable", &retryable)
        }
    }

    var code = 0
    var message: Prose = ""
    var data = Details()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("code", &code)
        try visitor.field("message", &message)
        try visitor.field("data", &data)
    }
}

/// The ids and values of a failure, each under its name.
struct Facts: FieldValue {
    var all: [Rejection.Fact]

    static var shape: Shape { .map(names: Prose.self, values: Value.self) }

    init(all: [Rejection.Fact]) { self.all = all }

    init(from source: some ValueSource) throws(Malformed) {
        guard let members = try source.members(of: Value.self) else { throw Malformed(expected: "an object of facts") }
        all = members.map { Rejection.Fact(name: $0.name, value: $0.value.value) }
    }

    func write(to sink: inout some ValueSink) { sink.members(all.map { ($0.name, Value(value: $0.value)) }) }

    struct Value: FieldValue {
        let value: Rejection.Fact.Value

        static var shape: Shape { .either("a text or a whole number", [Prose.self, Int.self]) }

        init(value: Rejection.Fact.Value) { self.value = value }

        init(from source: some ValueSource) throws(Malformed) {
            if let number = source.integer() {
                value = .number(Int(number))
            } else {
                value = .text(try Prose(from: source).string)
            }
        }

        func write(to sink: inout some ValueSink) {
            switch value {
            case .text(let text): sink.text(text)
            case .number(let number): sink.integer(Int64(number))
            }
        }
    }
}
