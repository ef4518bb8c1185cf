/// What the register knew: up to a position, or at a time (a day: at its end).
public enum KnownAt: FieldValue, Equatable {
    case position(Int)
    case moment(Moment)

    public static var shape: Shape {
        .either("a position of the log, an RFC 3339 time, or a date", [Int.self, Moment.self])
    }

    public init(from source: some ValueSource) throws(Malformed) {
        if let position = source.integer() {
            self = .position(Int(position))
        } else {
            do throws(Malformed) { self = .moment(try Moment(from: source)) } catch {
                throw Malformed(expected: Self.shape.expectation)
            }
        }
    }

    public func write(to sink: inout some ValueSink) {
        switch self {
        case .position(let position): sink.integer(Int64(position))
        case .moment(let moment): moment.write(to: &sink)
        }
    }
}
