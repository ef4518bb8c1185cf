import AccueilDomain
import ArgumentParser

struct VolunteersLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "volunteers", abstract: "Who offered to help, in which missions, for how long.")
    @Option(help: "Only volunteers of this kind.") var kind: VolunteerKind?
    @Option(help: "Only volunteers who registered there.") var channel: Identifier?
    @Option(help: "Only missions to which this organisation brings volunteers.") var partner: Identifier?
    @Option(help: "Only volunteers who serve in this organisation, and missions for it.") var organisation: Identifier?
    @Option(help: "Only missions on this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "What to tell apart.") var by: VolunteersQuery.Grouping?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: VolunteersQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.by) = (reading.asOf, period.from, period.to, by)
            ($0.kind, $0.channel, $0.partner, $0.organisation, $0.site) = (kind, channel, partner, organisation, site)
        }
    }

    var rows: String? { by == nil ? nil : "rows" }

    func show(_ answer: VolunteersQuery.Answer, on page: inout Page) {
        page.heading("Volunteers as of \(answer.asOf)", from: answer.from, to: answer.to)
        let terminal = page.terminal
        page.line(
            "registered \(terminal.grouped(answer.registered)) people, \(terminal.grouped(answer.refugees)) of them "
                + "refugees, in \(answer.volunteerOrganisations) organisations")
        page.line(
            "missions \(terminal.grouped(answer.missions)) for \(answer.organisations) organisations, "
                + "\(terminal.grouped(answer.missionsClosed)) closed")
        page.line(
            "mobilised \(terminal.grouped(answer.mobilised)) people, for \(terminal.grouped(answer.minutes / 60)) hours"
        )
        guard let by else { return }
        page.line()
        var table = Table(
            .text(by.rawValue.uppercased()), .number("REGISTERED"), .number("MISSIONS"), .number("MOBILISED"),
            .number("HOURS"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.key.string), page.number(row.registered), page.number(row.missions),
                page.number(row.mobilised), page.number(row.minutes / 60))
        }
        page.table(table)
    }
}
