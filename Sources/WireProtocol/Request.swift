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
            self = .single(.failure(RequestFault(id: .null, failure: .parseError("the line is not valid JSON in UTF-8"))))
            return
        }
        guard value.kind == .list else {
            self = .single(Self.request(value))
            return
        }
        var requests: [Result<Request, RequestFault>] = []
        value.forEachElement { requests.append(Self.request($0)) }
        guard !requests.isEmpty else {
            self = .single(.failure(RequestFault(id: .null, failure: .invalidRequest("a batch holds at least one request"))))
            return
        }
        self = .batch(requests)
    }

    private static func request(_ value: JSONValue) -> Result<Request, RequestFault> {
        var id: RequestID? = RequestID.none
        var version: JSONValue?
        var method: String?
        var params: JSONValue?
        var reason: String?
        var seen: [String] = []
        let isObject = value.forEachMember { key, value in
            let name = key.string ?? ""
            if seen.contains(name) { reason = "a member is given twice" }
            seen.append(name)
            switch name {
            case "jsonrpc": version = value
            case "id": id = Self.id(value)
            case "method": method = value.string
            case "params": params = value
            default: reason = "a request has the members jsonrpc, id, method and params, and no other"
            }
        }
        if !isObject {
            reason = "a request is an object"
        } else if !(version?.equals("2.0") ?? false) {
            reason = "a request has \"jsonrpc\":\"2.0\""
        } else if id == nil {
            reason = "an id is a string, a whole number or null"
        } else if method == nil {
            reason = "a request has a method, a string"
        }
        guard reason == nil, let id, let method else {
            let known: RequestID = if let id, id != .none { id } else { .null }
            return .failure(RequestFault(id: known, failure: .invalidRequest(reason ?? "not a request")))
        }
        guard params.map({ $0.kind == .object || $0.kind == .list }) ?? true else {
            return .failure(RequestFault(id: id == .none ? .null : id, failure: .invalidRequest("params are an object")))
        }
        return .success(Request(id: id, method: method, params: params))
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
