import AccueilClient
import AccueilDomain

/// An event on one line: `2016-11-10 08:00:00 #42 placement.started placement/p-1 site=ney adults=1 !entered_late`, in columns.
struct EventText {
    private let attributes: [String: JSONText]

    /// `line` is the event as it is stored.
    init(_ line: JSONText) {
        attributes = Dictionary((line.members() ?? []).map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// `mark` is what has become of it since.
    func line(on terminal: Terminal, marked mark: String? = nil) -> String {
        let sequence = attributes["sequence"]?.integer ?? 0
        var words = [
            terminal.styled(padded(time, 20), .dim), padded("#\(sequence)", 7),
            terminal.styled(padded(text("type"), 22), .bold),
            text("subject"),
        ]
        let facts = facts
        if !facts.isEmpty { words.append(facts.joined(separator: " ")) }
        words += text("anomalies").split(separator: ",").map { terminal.styled("!" + $0, .yellow) }
        if let mark { words.append(terminal.styled("⟵ " + shown(mark), .red)) }
        return words.joined(separator: " ")
    }

    /// `08:00:00 #42 placement.started placement/p-1 !entered_late`, for a narrow place.
    func brief(on terminal: Terminal) -> String {
        let marks = text("anomalies").split(separator: ",").map { " " + terminal.styled("!" + $0, .yellow) }.joined()
        let sequence = attributes["sequence"]?.integer ?? 0
        return terminal.styled(String(time.dropFirst(11).prefix(8)), .dim)
            + " #\(sequence) \(text("type")) \(text("subject"))" + marks
    }

    /// The civil time as it was where the event was recorded: the offset is left out, but for UTC's.
    private var time: String {
        let time = text("time")
        guard time.count >= 19 else { return time }
        return time.prefix(10) + " " + time.dropFirst(11).prefix(8) + (time.hasSuffix("Z") ? "Z" : "")
    }

    /// The data, without the id that is already the subject's.
    private var facts: [String] {
        let members = attributes["data"]?.members() ?? []
        let subject = text("subject")
        let currency = members.first { $0.name == "currency" }?.value.string.flatMap(Currency.init(argument:))
        return members.compactMap { name, value in
            let text = Self.brief(value)
            if "\(name)/\(text)" == subject || name == "currency" { return nil }
            if name == "amount", let currency, let minorUnits = value.integer {
                return "amount=\(Money.amount(minorUnits, currency)) \(currency)"
            }
            return "\(shown(name))=\(text)"
        }
    }

    private func text(_ name: String) -> String { attributes[name].map(Self.brief) ?? "" }

    /// A string without its quotes, a list of them with commas, anything else as it stands.
    private static func brief(_ value: JSONText) -> String {
        if let elements = value.elements() { return elements.map(brief).joined(separator: ",") }
        if let members = value.members() {
            return "{" + members.map { "\(shown($0.name))=\(brief($0.value))" }.joined(separator: " ") + "}"
        }
        return shown(value.string ?? String(decoding: value.bytes, as: UTF8.self))
    }
}
