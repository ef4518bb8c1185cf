import AccueilClient
import AccueilDomain
import ArgumentParser

/// A verb that looks up: its arguments, the query they make, and how the answer is shown.
protocol LookUp: Asking {
    associatedtype Query: QueryRecord
    var reading: ReadingOptions { get }
    var query: Query { get }
    /// The member of the answer whose elements are its rows; `nil` where it is all figures.
    var rows: String? { get }
    func show(_ answer: Query.Answer, on page: inout Page)
}

struct ReadingOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "The day whose world is shown; today where absent.")
    var asOf: Day?
    @OptionGroup var known: KnownOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions
}

struct KnownOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "What the register knew then: #POSITION of the log, a time, or a day (at its end); all where absent.")
    var knownAt: KnownAt?
}

struct PeriodOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "First day of the period.")
    var from: Day?
    @Option(parsing: .unconditional, help: "Last day of the period.")
    var to: Day?
}

extension LookUp {
    var socket: SocketOptions { reading.socket }
    var rows: String? { "rows" }

    func run() async throws { try await lookUp(query, reading, rows: rows) { show($0, on: &$1) } }
}

/// Asks and answers: the result as it came, its rows, or what `show` makes of it.
func lookUp<Query: QueryRecord>(
    _ query: Query, _ reading: ReadingOptions, rows: String?, show: (Query.Answer, inout Page) -> Void
) async throws {
    let connection = try await reading.socket.connect()
    let result = try await connection.send(query, knownAt: reading.known.knownAt).answer()
    await connection.close()
    switch reading.output.format {
    case .json: Output.json(result)
    case .jsonl: Output.lines(JSONText(result), rows: rows)
    case .table:
        var page = Page(Terminal(1))
        show(try Connection.read(Query.Answer.self, from: result), &page)
        Output.data(page.text)
    }
}
