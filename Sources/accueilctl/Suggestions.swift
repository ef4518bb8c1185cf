import AccueilClient
import AccueilDomain
import ArgumentParser
import WireProtocol

/// What somebody may have meant who typed a verb, a value or an id that there is not.
enum Suggestions {
    private static let countMax = 3

    /// The names nearest to what was typed, at most three; none where nothing is near.
    ///
    /// Near is a name of which a third of what was typed, or one letter, is wrong at most, and one that holds it or is held
    /// by it.
    static func nearest(to typed: String, among names: some Sequence<String>) -> [String] {
        let typed = Array(typed.lowercased())
        guard !typed.isEmpty else { return [] }
        var near: [(name: String, distance: Int)] = []
        for name in Set(names) {
            let letters = Array(name.lowercased())
            let distance = distance(typed, letters)
            let holds = min(typed.count, letters.count) > 2 && (letters.contains(typed) || typed.contains(letters))
            // A name that holds the other is as near as one with a letter wrong.
            if distance <= max(1, typed.count / 3) {
                near.append((name, distance))
            } else if holds {
                near.append((name, 1))
            }
        }
        let least = near.map(\.distance).min()
        return near.filter { $0.distance == least }.map(\.name).sorted().prefix(countMax).map { $0 }
    }

    /// Letters that are to be put in, left out, changed, or exchanged with their neighbour (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var least = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    // MARK: - Arguments

    /// Verbs near the first word that is none where one was wanted.
    static func verbs(for arguments: [String]) -> [String] {
        var command: any ParsableCommand.Type = Accueilctl.self
        var path = [Accueilctl._commandName]
        var words = arguments[...]
        while !command.configuration.subcommands.isEmpty, let word = words.popFirst() {
            if word.hasPrefix("-") {
                if SocketOptions.takesValue(word) { words = words.dropFirst() }
                continue
            }
            if let next = command.configuration.subcommands.first(where: { $0._commandName == word }) {
                command = next
                path.append(word)
                continue
            }
            guard word != "help" else { return [] }
            let here = nearest(to: word, among: command.configuration.subcommands.map { $0._commandName })
            guard here.isEmpty else { return here.map { (path + [$0]).joined(separator: " ") } }
            // Perhaps a verb of another room: `start` is `placement start`.
            return paths(to: word, below: Accueilctl.self, [Accueilctl._commandName])
        }
        return []
    }

    private static func paths(
        to verb: String, below command: any ParsableCommand.Type, _ path: [String]
    ) -> [String] {
        command.configuration.subcommands.flatMap { next in
            let here = path + [next._commandName]
            return (next._commandName == verb ? [here.joined(separator: " ")] : []) + paths(to: verb, below: next, here)
        }
    }

    /// Values near the one that the parser's message says is invalid, among those that it lists.
    static func values(for message: String) -> [String] {
        guard let value = message.firstMatch(of: /^The value '(.*)' is invalid for '/)?.output.1,
            let start = message.firstRange(of: "Please provide one of")?.upperBound
        else { return [] }
        let list = message[start...]
        let words = list.split { !($0.isLetter || $0.isNumber || "_-.".contains($0)) }.map { String($0) }
        return nearest(to: String(value), among: words.drop { $0 == "the" || $0 == "following" })
    }

    // MARK: - Ids

    /// Ids near the one of which the register says that it does not know it; asked from the register itself.
    static func ids(for failure: Failure, over connection: Connection) async -> [String] {
        guard failure.rule.hasPrefix("unknown_") else { return [] }
        let name = String(failure.rule.dropFirst("unknown_".count))
        guard case .text(let typed)? = failure.facts.first(where: { $0.name == name })?.value else { return [] }
        if name == "subject", let subject = Subject(typed) {
            return nearest(to: subject.id.description, among: await subject.kind.ids(over: connection))
                .map { "\(subject.kind.rawValue)/\($0)" }
        }
        guard let kind = SubjectKind(rawValue: name) else { return [] }
        return nearest(to: typed, among: await kind.ids(over: connection))
    }
}

extension SubjectKind {
    /// Where the register lists the ids of a kind.
    private enum Listing {
        /// In the rows of a query's answer, whole.
        case rows(method: String, list: String)
        /// In the subjects of the latest events of a type.
        case events(type: String)
    }

    private static let eventsMax = 1000

    private var listing: Listing? {
        switch self {
        case .site: .rows(method: "query.occupancy", list: "rows")
        case .fund: .rows(method: "query.donations", list: "funds")
        case .service: .rows(method: "query.services", list: "rows")
        case .plan: .rows(method: "query.plans", list: "rows")
        case .commitment: .rows(method: "query.commitments", list: "rows")
        case .request: .events(type: "placement.requested")
        case .placement: .events(type: "placement.started")
        case .operation: .events(type: "operation.planned")
        case .pledge: .events(type: "donation.pledged")
        case .donation: .events(type: "donation.received")
        case .receipt: .events(type: "donation.receipt_issued")
        case .grant: .events(type: "donation.grant_awarded")
        case .point: .events(type: "collection.point_opened")
        case .need: .events(type: "collection.need_declared")
        case .evaluation: .events(type: "evaluation.requested")
        case .volunteer: .events(type: "volunteer.registered")
        case .mission: .events(type: "volunteer.mission_opened")
        case .indicator: .events(type: "plan.indicator_defined")
        case .milestone: .events(type: "plan.milestone_")
        // People are not listed: whoever asks for one knows the id.
        case .person: nil
        }
    }

    /// The ids that the register knows of this kind, of rare kinds all; none where it does not answer.
    func ids(over connection: Connection) async -> [String] {
        guard let listing else { return [] }
        do {
            switch listing {
            case .rows(let method, let list):
                let rows = JSONText(try await connection.call(method)).member(list)?.elements() ?? []
                return rows.compactMap { $0.member(rawValue)?.string }
            case .events(let type):
                let params = Array("{\"last\":\(Self.eventsMax),\"types\":[\"\(type)\"]}".utf8)
                let events = JSONText(try await connection.call("events.read", params)).member("events")?.elements()
                return (events ?? []).compactMap { event in
                    (event.member("subject")?.string).map { String($0.dropFirst(rawValue.count + 1)) }
                }
            }
        } catch { return [] }
    }
}
