public import AccueilDomain
import CSimdjson

/// Reads one JSON text at a time with simdjson: strict RFC 8259, valid UTF-8, no lone surrogates; keeps its buffers.
@safe public final class JSONParser {
    private let parser: OpaquePointer

    public init() {
        guard let parser = unsafe accueil_json_parser_new() else { preconditionFailure("no memory for a JSON parser") }
        unsafe self.parser = parser
    }

    deinit { unsafe accueil_json_parser_free(parser) }

    /// The value, valid until the next call; `nil` when the text is not JSON.
    public func parse(_ bytes: borrowing Span<UInt8>) -> JSONValue? {
        let document = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return unsafe accueil_json_document(error: 1, has_escapes: false, tape: nil, strings: nil)
            }
            return unsafe accueil_json_parse(parser, base, buffer.count)
        }
        guard unsafe document.error == 0, let tape = unsafe document.tape, let strings = unsafe document.strings else {
            return nil
        }
        let value = unsafe JSONValue(tape: tape, strings: strings, index: 1)
        // Only an escape can smuggle a surrogate in: the rest was checked as UTF-8.
        return unsafe document.has_escapes && value.hasLoneSurrogate() ? nil : value
    }
}

extension JSONValue {
    /// `{}`, for requests without parameters; valid for ever.
    public static let emptyObject: JSONValue = {
        let parser = JSONParser()
        guard let value = parser.parse([0x7B, 0x7D].span) else { preconditionFailure("{} is JSON") }
        // The value points into the parser's buffers: it must not go away.
        _ = unsafe Unmanaged.passRetained(parser)
        return value
    }()
}
