import AccueilClient
import AccueilDomain
import ArgumentParser

/// A verb that looks up: its arguments, the query they make, and how the answer is shown.
protocol LookUp: AsyncParsableCommand, OutputChoosing {
    associatedtype Query: QueryRecord
    var reading: ReadingOptions { get }
    var query: Query { get }
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
    var output: OutputOptions { reading.output }

    func run() async throws { try await lookUp(query, reading) { show($0, on: &$1) } }
}

/// Asks and answers: the raw result, or what `show` makes of it.
func lookUp<Query: QueryRecord>(
    _ query: Query, _ reading: ReadingOptions, show: (Query.Answer, inout Page) -> Void
) async throws {
    let connection = try await reading.socket.connect()
    let result = try await connection.send(query, knownAt: reading.known.knownAt).answer()
    await connection.close()
    switch reading.output.format {
    case .json: Output.json(result)
    case .table:
        var page = Page(Terminal(1))
        show(try Connection.read(Query.Answer.self, from: result), &page)
        Output.data(page.text)
    }
}
