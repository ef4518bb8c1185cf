public import AccueilDomain
public import EventCoding

/// The id a client gave its request; `none` makes it a notification, which is never answered.
public enum RequestID: Sendable, Hashable {
    case none
    case null
    case number(Int64)
    case text(String)
}

/// One JSON-RPC 2.0 request, valid until the parser's next document.
public struct Request {
    public let id: RequestID
    public let method: String
    /// An object; `nil` where the request has none.
    public let params: JSONValue?

    /// Fills `record` from the parameters; no parameters are an empty object.
    public func read(_ record: inout some Record) throws(Malformed) {
        _ = try (params ?? JSONValue.emptyObject).fill(&record)
    }
}

/// What one line holds.
public enum Incoming {
    case single(Result<Request, RequestFault>)
    /// At least one; each is answered, or not, as if it had come alone.
    case batch([Result<Request, RequestFault>])

    /// Reads a line with `parser`; what it answers is valid until the parser's next document.
    public init(_ line: borrowing Span<UInt8>, with parser: JSONParser) {
        guard let value = parser.parse(line) else {
            self = .single(
                .failure(RequestFault(id: .null, failure: .parseError("the line is not valid JSON in UTF-8"))))
            return
        }
        guard value.kind == .list else {
            self = .single(Self.request(value))
            return
        }
        var requests: [Result<Request, RequestFault>] = []
        value.forEachElement { requests.append(Self.request($0)) }
        guard !requests.isEmpty else {
            self = .single(
                .failure(RequestFault(id: .null, failure: .invalidRequest("a batch holds at least one request"))))
            return
        }
        self = .batch(requests)
    }

    private static func request(_ value: JSONValue) -> Result<Request, RequestFault> {
        var members = Members()
        do throws(Flaw) {
            let isObject = try value.forEachMember { (key: JSONValue, value: JSONValue) throws(Flaw) in
                try members.take(key, value)
            }
            guard isObject else { throw Flaw(reason: "a request is an object") }
            return .success(try members.request())
        } catch {
            let id = members.id.flatMap { Self.id($0) } ?? RequestID.null
            return .failure(RequestFault(id: id, failure: .invalidRequest(error.reason)))
        }
    }

    private struct Flaw: Error { let reason: String }

    private struct Members {
        private var version: JSONValue?
        private(set) var id: JSONValue?
        private var method: JSONValue?
        private var params: JSONValue?

        mutating func take(_ key: JSONValue, _ value: JSONValue) throws(Flaw) {
            if key.equals("jsonrpc") {
                try set(&version, value)
            } else if key.equals("id") {
                try set(&id, value)
            } else if key.equals("method") {
                try set(&method, value)
            } else if key.equals("params") {
                try set(&params, value)
            } else {
                throw Flaw(reason: "a request has the members jsonrpc, id, method and params, and no other")
            }
        }

        private func set(_ member: inout JSONValue?, _ value: JSONValue) throws(Flaw) {
            guard member == nil else { throw Flaw(reason: "a member is given twice") }
            member = value
        }

        func request() throws(Flaw) -> Request {
            guard version?.equals("2.0") ?? false else { throw Flaw(reason: "a request has \"jsonrpc\":\"2.0\"") }
            guard let known = id.map({ Incoming.id($0) }) ?? RequestID.none else {
                throw Flaw(reason: "an id is a string, a whole number or null")
            }
            guard let method = method?.string else { throw Flaw(reason: "a request has a method, a string") }
            if let params, params.kind != .object, params.kind != .list { throw Flaw(reason: "params are an object") }
            return Request(id: known, method: method, params: params)
        }
    }

    private static func id(_ value: JSONValue) -> RequestID? {
        switch value.kind {
        case .null: .null
        case .text: value.string.map { .text($0) }
        case .integer: value.integer().map { .number($0) }
        case .object, .list, .largeInteger, .fraction, .yes, .no: nil
        }
    }
}

/// A request that cannot be carried out because it is none.
public struct RequestFault: Error {
    public let id: RequestID
    public let failure: Failure
}
