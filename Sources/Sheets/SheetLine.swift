/// One line of a sheet: RFC 4180, in UTF-8, as every program that writes sheets here writes it.
public enum SheetLine {
    public enum Field: Sendable {
        case text(String)
        /// Digits, a point, a sign; empty where there is no number.
        case number(String)
    }

    /// Begins a sheet: without it, Excel takes UTF-8 for the code page of the machine.
    public static let byteOrderMark = "\u{FEFF}"

    /// Scalars with which a spreadsheet lets a formula begin.
    private static let formulaBeginnings: [Unicode.Scalar] = ["=", "+", "-", "@", "\t", "\r"]

    /// The fields with commas between them, and the end of the line.
    public static func csv(_ fields: [Field]) -> String {
        fields.map { field in
            switch field {
            case .number(let number): number
            case .text(let text): quoted(harmless(text))
            }
        }.joined(separator: ",") + "\r\n"
    }

    /// A text that a spreadsheet would take for a formula gets an apostrophe in front, which it does not show.
    public static func harmless(_ text: String) -> String {
        text.unicodeScalars.first.map(formulaBeginnings.contains) ?? false ? "'" + text : text
    }

    /// What `harmless` was given.
    public static func plain(_ text: String) -> String {
        guard text.first == "'", let second = text.unicodeScalars.dropFirst().first, formulaBeginnings.contains(second)
        else { return text }
        return String(text.dropFirst())
    }

    private static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { ["\"", ",", "\r", "\n"].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
