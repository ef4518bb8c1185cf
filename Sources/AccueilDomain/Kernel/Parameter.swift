/// The value of one parameter of a query, as an indicator keeps it: a text, a whole number, or yes or no.
public enum Parameter: FieldValue, Hashable {
    case text(String)
    case number(Int)
    case flag(Bool)

    /// Bytes of the longest text: a list of codes fits.
    public static let lengthMax = 200
    public static var shape: Shape {
        .either("a text of at most 200 bytes, a whole number, true or false", [Text.self, Int.self, Bool.self])
    }

    public init(from source: some ValueSource) throws(Malformed) {
        if let number = source.integer() {
            self = .number(Int(number))
        } else if let flag = source.boolean() {
            self = .flag(flag)
        } else {
            self = .text(try Text(from: source).string)
        }
    }

    public func write(to sink: inout some ValueSink) {
        switch self {
        case .text(let text): sink.text(text)
        case .number(let number): sink.integer(Int64(number))
        case .flag(let flag): sink.boolean(flag)
        }
    }
}

/// The parameters of a query by name, in the order in which they were given.
public struct Parameters: FieldValue, Equatable {
    public var all: [(name: String, value: Parameter)]

    public static var shape: Shape { .map(names: Text.self, values: Parameter.self) }

    public init(_ all: [(name: String, value: Parameter)] = []) { self.all = all }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let members = try source.members(of: Parameter.self) else {
            throw Malformed(expected: "an object of parameters")
        }
        try Text.check(names: members.map(\.name))
        all = members
    }

    public func write(to sink: inout some ValueSink) { sink.members(all) }

    public static func == (left: Self, right: Self) -> Bool { left.all.elementsEqual(right.all) { $0 == $1 } }
}
