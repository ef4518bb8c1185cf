public import AccueilDomain

extension Failure {
    /// Reads a response's error object; `nil` when it is none. What an unknown kind means follows from its code, or else
    /// it is an internal error.
    public init?(_ error: JSONValue) {
        var code: Int64?
        var title: String?
        var data: JSONValue?
        error.forEachMember { key, value in
            if key.equals("code") { code = value.integer() }
            if key.equals("message") { title = value.string }
            if key.equals("data") { data = value }
        }
        guard let code, let title else { return nil }
        var kind = Kind.allCases.first { Int64($0.code) == code } ?? .internalError
        var rule: String?
        var message: String?
        var facts: [Rejection.Fact] = []
        data?.forEachMember { key, value in
            if key.equals("type") { kind = value.string.flatMap(Kind.init(rawValue:)) ?? kind }
            if key.equals("rule") { rule = value.string }
            if key.equals("message") { message = value.string }
            if key.equals("facts") { facts = Self.facts(value) }
        }
        self.init(kind, rule: rule, message ?? title, facts: facts)
    }

    private static func facts(_ object: JSONValue) -> [Rejection.Fact] {
        var facts: [Rejection.Fact] = []
        object.forEachMember { key, value in
            guard let name = key.string else { return }
            if let text = value.string { facts += Rejection("", "", [name: ReadFact(fact: .text(text))]).facts }
            if let number = value.integer() {
                facts += Rejection("", "", [name: ReadFact(fact: .number(Int(number)))]).facts
            }
        }
        return facts
    }
}

/// A fact as it came over the wire.
private struct ReadFact: RejectionValue {
    let fact: Rejection.Fact.Value
}
