/// What a look-up shows: headings, tables, remarks, one under the other.
struct Page {
    let terminal: Terminal
    private(set) var text = ""

    init(_ terminal: Terminal) { self.terminal = terminal }

    mutating func heading(_ line: String) { text += terminal.styled(shown(line), .bold) + "\n" }
    mutating func line(_ line: String = "") { text += shown(line) + "\n" }

    /// A table, or a word where it would have no rows.
    mutating func table(_ table: Table, empty: String = "nothing") {
        guard !table.isEmpty else { return line(empty) }
        text += table.lines(on: terminal).joined(separator: "\n") + "\n"
    }

    func number(_ number: Int, _ style: Style = .plain) -> Table.Cell { Table.Cell(terminal.grouped(number), style) }
    func number(_ value: Int?) -> Table.Cell { value.map { number($0) } ?? "" }
}
