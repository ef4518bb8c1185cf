/// Where in the answer to a query a number lies: `arrivals`, `rows[key=AFG|SDN].people`, `rows[].partners.distinct`.
///
///     path      = step *("." step)
///     step      = name ["[" [condition *("," condition)] "]"]
///     condition = name "=" value *("|" value)
///
/// Behind a list stands `[]`, all of its elements, or `[…]`, those that meet every condition: one of the values is the
/// element's member as text, or an entry of that member. The last step may be `count`, how many elements or entries
/// there are, or `distinct`, how many different texts. What all elements lead to is added; a yes counts 1.
public struct AnswerPath: Sendable, Equatable {
    struct Step: Sendable, Equatable {
        let name: String
        /// Behind a list; empty for all of its elements.
        var conditions: [Condition]?
    }

    struct Condition: Sendable, Equatable {
        let name: String
        let values: [String]
    }

    let steps: [Step]

    /// `nil` if it is not written as above.
    public init?(_ text: Text) {
        var steps: [Step] = []
        var rest = Substring(text.string)
        while true {
            let name = rest.prefix(while: Self.isInName)
            guard !name.isEmpty else { return nil }
            rest = rest.dropFirst(name.count)
            var step = Step(name: String(name))
            if rest.first == "[" {
                guard let end = rest.firstIndex(of: "]"),
                    let conditions = Self.conditions(rest[..<end].dropFirst())
                else { return nil }
                step.conditions = conditions
                rest = rest[end...].dropFirst()
            }
            steps.append(step)
            if rest.isEmpty { break }
            guard rest.first == "." else { return nil }
            rest = rest.dropFirst()
        }
        self.steps = steps
    }

    private static func isInName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    private static func conditions(_ text: Substring) -> [Condition]? {
        guard !text.isEmpty else { return [] }
        var conditions: [Condition] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let name = part[..<equals]
            let values = part[equals...].dropFirst().split(separator: "|", omittingEmptySubsequences: false)
            guard !name.isEmpty, name.allSatisfy(isInName), !values.contains("") else { return nil }
            conditions.append(Condition(name: String(name), values: values.map { String($0) }))
        }
        return conditions
    }
}

// MARK: What a path leads to

extension AnswerPath {
    /// What can be at the end of a path.
    enum End: Equatable {
        case number, day
    }

    /// A path that leads nowhere in a kind of answer, and why.
    struct WrongTurn: Error, Equatable {
        let reason: String
    }

    private indirect enum Kind {
        case number, day, text
        case list(Kind)
        /// The elements of a list, after its brackets.
        case elements(Kind)
        case record(any Record.Type)

        init<Value: FieldValue>(_ type: Value.Type) {
            self = Value.self == Decimal.self ? .number : Value.self == Day.self ? .day : Kind(Value.shape)
        }

        private init(_ shape: Shape) {
            switch shape {
            case .integer, .boolean: self = .number
            case .text, .code, .map, .either, .tree, .call: self = .text
            case .list(let element): self = .list(Kind(element.shape))
            case .record(let type): self = .record(type)
            }
        }
    }

    /// The members of a record of some type, as a blank shows them.
    private struct Members: FieldVisitor {
        private(set) var all: [(name: String, kind: Kind)] = []

        init(_ type: any Record.Type) {
            var blank: any Record = type.init()
            do { try blank.fields(&self) } catch { preconditionFailure("describing refuses nothing") }
        }

        func kind(of name: String) throws(WrongTurn) -> Kind {
            guard let member = all.first(where: { $0.name == name }) else {
                throw WrongTurn(reason: "there is no \(name), only " + all.map(\.name).joined(separator: ", "))
            }
            return member.kind
        }

        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { note(name, Value.self) }
        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) { note(name, Value.self) }
        mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { note(name, Value.self) }
        mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) {
            note(name, [Value].self)
        }

        private mutating func note<Value: FieldValue>(_ name: StaticString, _ type: Value.Type) {
            all.append((name.description, Kind(type)))
        }
    }

    /// What the path leads to in every answer of a type, before there is one.
    func end(in answer: any Record.Type) throws(WrongTurn) -> End {
        var here = Kind.record(answer)
        for (index, step) in steps.enumerated() {
            here = try Self.kind(after: step, from: here, isLast: index == steps.count - 1)
        }
        switch here {
        case .number: return .number
        case .day: return .day
        case .text, .list, .elements, .record:
            throw WrongTurn(
                reason: "\(steps[steps.count - 1].name) is not a number: it may go on, to count or distinct too")
        }
    }

    private static func kind(after step: Step, from here: Kind, isLast: Bool) throws(WrongTurn) -> Kind {
        let ending = isLast && step.conditions == nil ? step.name : ""
        switch (here, ending) {
        case (.list, "count"), (.elements, "count"): return .number
        case (.list(.text), "distinct"), (.elements(.text), "distinct"), (.text, "distinct"): return .number
        case (.record(let type), _), (.elements(.record(let type)), _):
            let kind = try Members(type).kind(of: step.name)
            guard let conditions = step.conditions else { return kind }
            guard case .list(let element) = kind else { throw WrongTurn(reason: "\(step.name) is not a list") }
            for condition in conditions {
                guard case .record(let type) = element else {
                    throw WrongTurn(reason: "the entries of \(step.name) have no members to choose them by")
                }
                _ = try Members(type).kind(of: condition.name)
            }
            return .elements(element)
        case (.list, _):
            throw WrongTurn(reason: "before \(step.name) comes a list: put [] behind it, with conditions or without")
        case (.number, _), (.day, _), (.text, _), (.elements, _):
            throw WrongTurn(reason: "nothing can be followed by \(step.name) there")
        }
    }
}

// MARK: What lies there

extension AnswerPath {
    /// What was found at the end of a path; nothing at all is 0, and no day.
    struct Findings: Equatable {
        /// The sum, times 10 000: 2⁵⁰ of the greatest numbers fit.
        fileprivate(set) var tenThousandths: Int128 = 0
        /// The earliest.
        fileprivate(set) var day: Day?
        fileprivate var texts: Set<String> = []
    }

    func findings(in answer: some Record) -> Findings {
        var walk = Walk(steps: steps)
        answer.write(to: &walk)
        var findings = walk.findings
        findings.tenThousandths += Int128(findings.texts.count) * Decimal.scale
        findings.texts = []
        return findings
    }

    /// Goes through an answer as a reader of its members and as the sink of their values, in turns.
    private struct Walk: FieldVisitor, ValueSink {
        let steps: [Step]
        /// How many steps have been taken.
        private var taken = 0
        private(set) var findings = Findings()

        init(steps: [Step]) { self.steps = steps }

        private var hasArrived: Bool { taken == steps.count }
        private var ending: String? { taken == steps.count - 1 ? steps[taken].name : nil }

        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { take(name, value) }
        mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { take(name, value) }
        mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) { take(name, value) }
        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) {
            if let value { take(name, value) }
        }

        private mutating func take(_ name: StaticString, _ value: some FieldValue) {
            guard steps[taken].name == name.description else { return }
            taken += 1
            value.write(to: &self)
            if hasArrived {
                if let decimal = value as? Decimal { findings.tenThousandths += Int128(decimal.tenThousandths) }
                if let day = value as? Day { findings.day = min(findings.day ?? day, day) }
            }
            taken -= 1
        }

        mutating func record(_ record: some Record) {
            guard !hasArrived else { return }
            var copy = record
            do { try copy.fields(&self) } catch { preconditionFailure("reading refuses nothing") }
        }

        mutating func elements<Element: FieldValue>(_ values: [Element]) {
            let conditions = taken > 0 ? steps[taken - 1].conditions ?? [] : []
            let chosen = conditions.isEmpty ? values : values.filter { MemberTexts.meet(conditions, in: $0) }
            if ending == "count" {
                findings.tenThousandths += Int128(chosen.count) * Decimal.scale
            } else {
                for value in chosen { value.write(to: &self) }
            }
        }

        mutating func text(_ value: String) {
            if ending == "distinct" { findings.texts.insert(value) }
        }

        mutating func plain(_ bytes: borrowing Span<UInt8>) {
            if ending == "distinct" { findings.texts.insert(String(copying: bytes)) }
        }

        mutating func integer(_ value: Int64) {
            if hasArrived { findings.tenThousandths += Int128(value) * Decimal.scale }
        }

        mutating func boolean(_ value: Bool) { integer(value ? 1 : 0) }

        mutating func members<Value: FieldValue>(_ members: [(name: String, value: Value)]) {}
    }

    /// The members of one element of a list, as texts.
    private struct MemberTexts: FieldVisitor, ValueSink {
        private var texts: [(name: String, text: String)] = []
        /// The member that is being looked at; none before the element itself has been opened.
        private var name: String?

        static func meet(_ conditions: [Condition], in element: some FieldValue) -> Bool {
            var members = MemberTexts()
            element.write(to: &members)
            return conditions.allSatisfy { condition in
                members.texts.contains { $0.name == condition.name && condition.values.contains($0.text) }
            }
        }

        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { look(name, value) }
        mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { look(name, value) }
        mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) { look(name, value) }
        mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) {
            if let value { look(name, value) }
        }

        private mutating func look(_ name: StaticString, _ value: some FieldValue) {
            self.name = name.description
            value.write(to: &self)
        }

        mutating func record(_ record: some Record) {
            // Members of members are nobody's business here.
            guard name == nil else { return }
            var copy = record
            do { try copy.fields(&self) } catch { preconditionFailure("reading refuses nothing") }
        }

        mutating func text(_ value: String) {
            if let name { texts.append((name, value)) }
        }

        mutating func plain(_ bytes: borrowing Span<UInt8>) { text(String(copying: bytes)) }
        mutating func integer(_ value: Int64) { text(String(value)) }
        mutating func boolean(_ value: Bool) { text(value ? "true" : "false") }
        mutating func elements<Element: FieldValue>(_ values: [Element]) {
            for value in values { value.write(to: &self) }
        }
        mutating func members<Value: FieldValue>(_ members: [(name: String, value: Value)]) {}
    }
}

extension Decimal {
    /// Ten thousandths in one.
    static let scale: Int128 = 10_000
}
