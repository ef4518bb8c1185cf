public import AccueilDomain

/// A text of any length that the register tells: a sentence for people, a rule's name. It never asks for one.
public struct Prose: FieldValue, Hashable, ExpressibleByStringLiteral {
    public static var shape: Shape { .text("a text") }

    public let string: String

    public init(_ string: String) { self.string = string }

    public init(stringLiteral string: String) { self.string = string }

    public init(from source: some ValueSource) throws(Malformed) {
        let read = source.text { bytes in
            var copy: [UInt8] = []
            for index in bytes.indices { copy.append(bytes[index]) }
            return String(decoding: copy, as: UTF8.self)
        }
        guard let read else { throw Malformed(expected: Self.shape.expectation) }
        string = read
    }

    public func write(to sink: inout some ValueSink) { sink.text(string) }
}
