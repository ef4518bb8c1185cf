import AccueilClient
import AccueilDomain
import ArgumentParser
import Bilan

/// Its output is a report: more forms than a table, and often a file.
struct BilanLookUp: Asking {
    static let configuration = CommandConfiguration(
        commandName: "bilan",
        abstract: "The report: what was promised, what was done, every figure with where it comes from.",
        discussion: """
            The same day, known at the same position of the log, gives the same report for ever: the report ends with \
            the command for that. Published forms (--audience public) keep small numbers of people back.
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, html, csv, json
    }

    @Option(help: "Only the commitments of this plan.", completion: .ids(.plan)) var plan: Identifier?
    @Option(help: "Whom it is for: internal, all numbers; public, small numbers of people kept back.")
    var audience = Readership.internal
    @Option(help: "The language of the report.") var lang = Language.fr
    @Option(name: .customShort("o"), help: "The form: for a terminal, a page, a sheet, or the result as JSON.")
    var form = Form.text
    @Option(name: .customLong("output"), help: "Write it to this file, whole or not at all.", completion: .file())
    var file: String?
    @Option(parsing: .unconditional, help: "The day whose world is shown; today where absent.")
    var asOf: Day?
    @OptionGroup var known: KnownOption
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let query: BilanQuery = filled { ($0.asOf, $0.plan, $0.audience) = (asOf, plan, audience) }
        let connection = try await socket.connect()
        let result = try await connection.send(query, knownAt: known.knownAt).answer()
        await connection.close()
        if form == .json, file == nil { return Output.json(result) }
        let report =
            form == .json
            ? result + [0x0A]
            : Array(
                Bilan.render(
                    try Connection.read(BilanQuery.Answer.self, from: result), as: shape, language: lang
                ).utf8)
        guard let file else { return Output.data(String(decoding: report, as: UTF8.self)) }
        try Output.file(report, at: file)
    }

    private var shape: Bilan.Form {
        let terminal = Terminal(1)
        return switch form {
        case .markdown: .markdown
        case .html: .html
        case .csv: .csv
        // A file has no colours and is read in UTF-8.
        case .text, .json:
            .text(
                width: terminal.width, colours: terminal.hasColours && file == nil,
                unicode: terminal.hasUnicode || file != nil)
        }
    }
}
