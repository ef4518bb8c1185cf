/// Free text about a thing, never about a person: a site's name, an organisation. 1 to 200 bytes of UTF-8, no control characters.
public struct Text: FieldValue, Hashable, ExpressibleByStringLiteral {
    public static let lengthMax = 200
    public static var shape: Shape {
        .text(
            "a text of 1 to 200 bytes without control characters", pattern: "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
            lengthMax: lengthMax)
    }

    public let string: String

    public init?(_ string: String) {
        guard (1...Self.lengthMax).contains(string.utf8.count) else { return nil }
        // Most texts are ASCII, and need no table of characters.
        let isPlain = string.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        guard isPlain || string.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return nil
        }
        self.string = string
    }

    public init(stringLiteral string: String) {
        guard let text = Text(string) else { preconditionFailure("not a text: \(string)") }
        self = text
    }

    public init(from source: some ValueSource) throws(Malformed) {
        let read = source.text { bytes -> String? in
            guard bytes.count <= Self.lengthMax else { return nil }
            return unsafe bytes.withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) }
        }
        guard let string = read ?? nil, let text = Text(string) else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = text
    }

    public func write(to sink: inout some ValueSink) { sink.text(string) }

    /// Names that whoever asks has chosen are texts; one that is not is told by its place.
    static func check(names: [String]) throws(Malformed) {
        for (index, name) in names.enumerated() where Text(name) == nil {
            throw Malformed(path: "[\(index)]", expected: "named by " + shape.expectation)
        }
    }
}

/// ISO 4217 code of a currency: three capital letters, `EUR`.
public struct Currency: FieldValue, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public static var shape: Shape { .text("an ISO 4217 currency such as EUR", pattern: "^[A-Z]{3}$") }

    private let id: Identifier

    public init() { id = "EUR" }

    public init?(_ id: Identifier) {
        guard id.count == 3, id.withBytes({ bytes in (0..<3).allSatisfy { (0x41...0x5A).contains(bytes[$0]) } }) else {
            return nil
        }
        self.id = id
    }

    public init(stringLiteral text: String) {
        guard let currency = Currency(Identifier(stringLiteral: text)) else {
            preconditionFailure("not a currency: \(text)")
        }
        self = currency
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let id = source.text({ Identifier($0) }) ?? nil, let currency = Currency(id) else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = currency
    }

    public var description: String { id.description }
    public func write(to sink: inout some ValueSink) { id.write(to: &sink) }

    /// How many decimals of a unit a minor unit is: two, but for these (ISO 4217, list one).
    public var minorDigits: Int {
        switch description {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
            "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }
}

/// INSEE code of a commune: `75056` is Paris, `94041` Ivry-sur-Seine.
public struct Commune: FieldValue, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public static var shape: Shape {
        .text("an INSEE commune code such as 75056", pattern: "^([0-9]{2}|2[AB])[0-9]{3}$")
    }

    private let id: Identifier

    /// A blank to read into.
    public init() { id = Identifier() }

    public init?(_ id: Identifier) {
        let valid =
            id.count == 5
            && id.withBytes { bytes in
                let corsican = bytes[0] == 0x32 && (bytes[1] == 0x41 || bytes[1] == 0x42)
                return (0..<5).allSatisfy { (0x30...0x39).contains(bytes[$0]) || ($0 == 1 && corsican) }
            }
        guard valid else { return nil }
        self.id = id
    }

    public init(stringLiteral text: String) {
        guard let commune = Commune(Identifier(stringLiteral: text)) else {
            preconditionFailure("not a commune: \(text)")
        }
        self = commune
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let id = source.text({ Identifier($0) }) ?? nil, let commune = Commune(id) else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = commune
    }

    public var description: String { id.description }
    public func write(to sink: inout some ValueSink) { id.write(to: &sink) }
}
