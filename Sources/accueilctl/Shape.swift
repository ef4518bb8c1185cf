import AccueilDomain

extension Shape {
    /// What the elements of a list look like.
    var element: Shape? { if case .list(let element) = self { element.shape } else { nil } }
    /// The record that it is.
    var record: (any Record.Type)? { if case .record(let type) = self { type } else { nil } }
    var isInteger: Bool { if case .integer = self { true } else { false } }
    var isBoolean: Bool { if case .boolean = self { true } else { false } }
    var isCode: Bool { if case .code = self { true } else { false } }
    var isDay: Bool { expectation == Day.shape.expectation }
    /// A day, a time, or either.
    var isTime: Bool { [Day.shape, Timestamp.shape, Moment.shape].contains { $0.expectation == expectation } }
    var isNumber: Bool { isInteger || expectation == Decimal.shape.expectation }
    var isIdentifier: Bool { expectation == Identifier.shape.expectation }
}
