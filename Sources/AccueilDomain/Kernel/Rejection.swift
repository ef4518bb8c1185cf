/// Why a command was refused. Nothing was written.
public struct Rejection: Error, Sendable, Equatable {
    /// The rule that refuses, in snake case, stable: scripts act on it.
    public let rule: String
    /// One sentence for a tired person: what is wrong, with the ids and values, and what to do where that is known.
    public let message: String
    /// The ids and values of the message, each under its name.
    public let facts: [Fact]

    public struct Fact: Sendable, Equatable {
        public enum Value: Sendable, Equatable {
            case text(String)
            case number(Int)
        }
        public let name: String
        public let value: Value

        public init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    public init(_ rule: String, _ message: String, _ facts: KeyValuePairs<String, any RejectionValue> = [:]) {
        self.rule = rule
        self.message = message
        self.facts = facts.map { Fact(name: $0.key, value: $0.value.fact) }
    }
}

/// What a rejection may name: ids, codes, days, numbers; nothing that tells a person's story.
public protocol RejectionValue { var fact: Rejection.Fact.Value { get } }
extension Int: RejectionValue { public var fact: Rejection.Fact.Value { .number(self) } }
extension Identifier: RejectionValue { public var fact: Rejection.Fact.Value { .text(description) } }
extension Day: RejectionValue { public var fact: Rejection.Fact.Value { .text(description) } }
extension Timestamp: RejectionValue { public var fact: Rejection.Fact.Value { .text(description) } }
extension Currency: RejectionValue { public var fact: Rejection.Fact.Value { .text(description) } }
extension RejectionValue where Self: CodeList { public var fact: Rejection.Fact.Value { .text(rawValue) } }
extension Audience: RejectionValue {}
