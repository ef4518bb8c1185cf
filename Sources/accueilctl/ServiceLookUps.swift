import AccueilDomain
import ArgumentParser

struct ServicesLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "Services as of a day, who works for them, and what they did in a period.")
    @Option(help: "Only this service; shown with its staff, places and acts.", completion: .ids(.service)) var service:
        Identifier?
    @Option(help: "Only services of this kind.") var kind: ServiceKind?
    @Option(help: "Only services on this site, and what was done there.", completion: .ids(.site)) var site: Identifier?
    @Option(name: .customLong("operator"), help: "Only services that this organisation runs.")
    var operatedBy: Identifier?
    @Option(help: "Only what this organisation did.") var provider: Identifier?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: ServicesQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.service, $0.kind) = (reading.asOf, period.from, period.to, service, kind)
            ($0.site, $0.operator, $0.provider) = (site, operatedBy, provider)
        }
    }

    func show(_ answer: ServicesQuery.Answer, on page: inout Page) {
        page.heading("Services as of \(answer.asOf)")
        var table = Table(
            .text("SERVICE"), .name("NAME"), .text("KIND"), .extra("HOURS"), .number("POSTS"), .number("FTE"),
            .number("ROOM"), .number("SERVED"), .text("CLOSED"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.service), Table.Cell(row.name?.string ?? ""), Table.Cell(row.kind.rawValue),
                Table.Cell(row.schedule?.text), page.number(row.posts), Table.Cell(row.fte),
                page.number(row.capacity), page.number(row.headcount), Table.Cell(row.closed))
        }
        table.total(
            "total", "", "", "", page.number(answer.posts), Table.Cell(answer.fte), page.number(answer.places),
            page.number(answer.headcount))
        page.table(table, empty: "no service")
        if service != nil, let row = answer.rows.first {
            for (role, organisations) in [("run by", row.operators), ("with", row.partners)]
            where !organisations.isEmpty {
                page.line(role + " " + organisations.map(\.description).joined(separator: ", "))
            }
            showStaff(row.staffing, on: &page)
            showPlaces(row.places, on: &page)
            showActs(row.acts, answer, on: &page)
        } else {
            showActs(answer.acts, answer, on: &page)
        }
    }

    private func showStaff(_ staffing: [ServicesQuery.Staffing], on page: inout Page) {
        guard !staffing.isEmpty else { return }
        page.line()
        var table = Table(.text("ROLE"), .number("POSTS"), .number("FTE"), .text("SINCE"))
        for role in staffing {
            table.row(
                Table.Cell(role.role), page.number(role.posts), Table.Cell(role.fte), Table.Cell(role.since))
        }
        page.table(table)
    }

    private func showPlaces(_ places: [ServicesQuery.Place], on page: inout Page) {
        guard !places.isEmpty else { return }
        page.line()
        var table = Table(.text("PLACE"), .text("SITE"), .text("SINCE"))
        for place in places {
            table.row(Table.Cell(place.place), Table.Cell(place.site), Table.Cell(place.since))
        }
        page.table(table)
    }

    private func showActs(_ acts: [ServicesQuery.Acts], _ answer: ServicesQuery.Answer, on page: inout Page) {
        guard !acts.isEmpty else { return }
        page.line()
        page.heading("Acts", from: answer.from, to: answer.to)
        var table = Table(
            .text("ACT"), .text("BY"), .text("TO"), .number("PEOPLE"), .number("RECORDS"), .extra("NOT COUNTED"))
        for act in acts {
            table.row(
                Table.Cell(act.kind.rawValue), Table.Cell(act.provider), Table.Cell(act.to),
                page.number(act.headcount), page.number(act.records), page.number(act.unspecified))
        }
        page.table(table)
    }
}

extension ServicesQuery.Schedule {
    /// `7/7 08:00-20:00`
    fileprivate var text: String {
        let hours = opens.flatMap { opens in closes.map { " \(opens)-\($0)" } }
        return "\(daysPerWeek)/7" + (hours ?? "")
    }
}
