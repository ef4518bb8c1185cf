import AccueilDomain
import ArgumentParser

struct EvaluationsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "evaluations", abstract: "Who declared themselves minors, was evaluated and waits, in people.")
    @Option(help: "Only evaluations by this service.", completion: .ids(.service)) var service: Identifier?
    @Option(help: "Only those who declared themselves on this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "What to tell apart.") var by: EvaluationsQuery.Grouping?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: EvaluationsQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.service, $0.site, $0.by) =
                (reading.asOf, period.from, period.to, service, site, by)
        }
    }

    var rows: String? { by == nil ? nil : "rows" }

    func show(_ answer: EvaluationsQuery.Answer, on page: inout Page) {
        page.heading("Evaluations as of \(answer.asOf)", from: answer.from, to: answer.to)
        let terminal = page.terminal
        let mean = " after \(answer.daysMeanTenths / 10).\(answer.daysMeanTenths % 10) days on average"
        page.line(
            "requested \(terminal.grouped(answer.requested)), sheltered \(terminal.grouped(answer.sheltered)), "
                + "concluded \(terminal.grouped(answer.concluded))" + (answer.concluded > 0 ? mean : ""))
        page.line(
            "minors \(terminal.grouped(answer.minors)), adults \(terminal.grouped(answer.adults)), "
                + "referred \(terminal.grouped(answer.referred))")
        page.line(
            "waiting \(terminal.grouped(answer.waiting)), "
                + "beyond the norm \(terminal.grouped(answer.waitingBeyondNorm))")
        guard let by else { return }
        page.line()
        var table = Table(.text(by.rawValue.uppercased()), .number("PEOPLE"))
        for row in answer.rows { table.row(Table.Cell(row.key.string), page.number(row.people)) }
        page.table(table, empty: "nobody")
    }
}
