import AccueilDomain
import ArgumentParser

struct OccupancyLookUp: Asking {
    static let configuration = CommandConfiguration(
        commandName: "occupancy",
        abstract: "Places and people per site on a day; with --from, night by night.")
    @Option(help: "Only this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only sites of this kind.") var kind: SiteKind?
    @Option(help: "Only sites in this commune.") var commune: Commune?
    @Option(help: "Break people down.") var by: OccupancyKey?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var socket: SocketOptions { reading.socket }

    func validate() throws {
        if period.from != nil, by != nil || commune != nil {
            throw ValidationError("a series has no --by and no --commune")
        }
        if period.to != nil, period.from == nil { throw ValidationError("a series begins with --from") }
    }

    func run() async throws {
        if let from = period.from {
            let query: OccupancySeriesQuery = filled {
                ($0.from, $0.to, $0.asOf, $0.site, $0.kind) = (from, period.to, reading.asOf, site, kind)
            }
            try await lookUp(query, reading, rows: "days", show: showSeries)
        } else {
            let query: OccupancyQuery = filled {
                ($0.asOf, $0.site, $0.kind, $0.commune, $0.by) = (reading.asOf, site, kind, commune, by)
            }
            try await lookUp(query, reading, rows: "rows", show: showDay)
        }
    }

    private func showDay(_ answer: OccupancyQuery.Answer, on page: inout Page) {
        page.heading("Occupancy on the night of \(answer.asOf)")
        var table = Table(
            .text("SITE"), .name("NAME"), .text("KIND"), .number("PLACES"), .number("BLOCKED"), .number("PEOPLE"),
            .number("FREE"), .extra(""))
        for row in answer.rows {
            let name = (row.name?.string ?? "") + (row.open ? "" : " (closed)")
            table.row(
                Table.Cell(row.site), Table.Cell(name), Table.Cell(row.kind.rawValue), page.number(row.counts.places),
                page.number(row.counts.unavailable), page.number(row.counts.occupied),
                page.number(row.counts.unoccupied, row.counts.style), row.counts.bar(on: page.terminal))
        }
        table.total(
            "total", "", "", page.number(answer.total.places), page.number(answer.total.unavailable),
            page.number(answer.total.occupied), page.number(answer.total.unoccupied, answer.total.style),
            answer.total.bar(on: page.terminal))
        page.table(table, empty: "no site yet")
        guard let by else { return }
        page.line()
        var shares = Table(.text("SITE"), .text(by.rawValue.uppercased()), .number("PEOPLE"), .number("%"))
        for row in answer.rows {
            for share in row.breakdown {
                shares.row(
                    Table.Cell(row.site), Table.Cell(share.key.string), page.number(share.people),
                    page.number(share.percent))
            }
        }
        for share in answer.breakdown {
            shares.row(
                Table.Cell("total", .bold), Table.Cell(share.key.string), page.number(share.people),
                page.number(share.percent))
        }
        page.table(shares, empty: "nobody")
    }

    private func showSeries(_ answer: OccupancySeriesQuery.Answer, on page: inout Page) {
        page.heading("Occupancy from \(answer.from) to \(answer.to)")
        var table = Table(
            .text("NIGHT"), .number("PLACES"), .number("BLOCKED"), .number("PEOPLE"), .number("FREE"), .extra(""))
        for night in answer.days {
            table.row(
                Table.Cell(night.day), page.number(night.counts.places), page.number(night.counts.unavailable),
                page.number(night.counts.occupied), page.number(night.counts.unoccupied, night.counts.style),
                night.counts.bar(on: page.terminal))
        }
        page.table(table)
    }
}

extension OccupancyQuery.Places {
    var style: Style { unoccupied < 0 ? .red : .plain }

    func bar(on terminal: Terminal) -> Table.Cell {
        Table.Cell(terminal.bar(occupied, of: places - unavailable), style)
    }
}

extension Page {
    /// `Flows from 2016-11-10 to 2017-03-23`; what is not bounded is not named.
    mutating func heading(_ title: String, from: Day?, to: Day?) {
        heading(title + (from.map { " from \($0)" } ?? "") + (to.map { " to \($0)" } ?? ""))
    }
}

struct FlowsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "flows", abstract: "Who came and who left in a period, in people.")
    @Option(help: "Only this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only sites of this kind.") var kind: SiteKind?
    @Option(help: "Only this audience.") var audience: Audience?
    @Option(help: "What to tell apart.") var by: FlowKey?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: FlowsQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.site, $0.kind, $0.audience, $0.by) =
                (reading.asOf, period.from, period.to, site, kind, audience, by)
        }
    }

    var rows: String? { by == nil ? nil : "rows" }

    func show(_ answer: FlowsQuery.Answer, on page: inout Page) {
        page.heading("Flows", from: answer.from, to: answer.to)
        var table = Table(
            .text(by?.rawValue.uppercased() ?? ""), .number("ARRIVALS"), .number("DEPARTURES"), .extra("IN"),
            .extra("OUT"),
            .number("PRESENT"), .number("REQUESTS"), .number("ORIENTED"))
        func cells(_ counts: FlowsQuery.Counts) -> [Table.Cell] {
            [
                counts.arrivals, counts.departures, counts.transfersIn, counts.transfersOut, counts.present,
                counts.requests, counts.oriented,
            ].map { page.number($0) }
        }
        for row in answer.rows { table.row([Table.Cell(row.key.string)] + cells(row.counts)) }
        if answer.rows.isEmpty {
            table.row([Table.Cell("all")] + cells(answer.counts))
        } else {
            table.total([Table.Cell("total")] + cells(answer.counts))
        }
        page.table(table)
        let terminal = page.terminal
        page.line(
            "arrivals: \(terminal.grouped(answer.adults)) adults, \(terminal.grouped(answer.children)) children, "
                + "\(terminal.grouped(answer.placements)) placements, \(terminal.grouped(answer.persons)) known persons"
        )
    }
}

struct StaysLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "stays", abstract: "How long people stay, site by site, against the target.")
    @Option(help: "Only this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only sites of this kind.") var kind: SiteKind?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: StaysQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.site, $0.kind) = (reading.asOf, period.from, period.to, site, kind)
        }
    }

    func show(_ answer: StaysQuery.Answer, on page: inout Page) {
        page.heading("Stays as of \(answer.asOf)", from: period.from, to: period.to)
        var table = Table(
            .text("SITE"), .name("NAME"), .number("STAYS"), .number("PEOPLE"), .number("OPEN"), .number("MEAN"),
            .number("MEDIAN"), .number("MAX"), .number("TARGET"), .number("WITHIN"), .number("BEYOND"))
        for row in answer.rows {
            let target = row.targetMax.map { most in (row.targetMin.map { "\($0)-" } ?? "") + "\(most)" }
            let mean = "\(row.daysMeanTenths / 10).\(row.daysMeanTenths % 10)"
            table.row(
                Table.Cell(row.site), Table.Cell(row.name?.string ?? ""), page.number(row.stays),
                page.number(row.people),
                page.number(row.open), Table.Cell(mean), page.number(row.daysMedian), page.number(row.daysMax),
                Table.Cell(target), page.number(row.withinTarget),
                row.beyondTarget.map { page.number($0, $0 > 0 ? .yellow : .plain) } ?? "")
        }
        page.table(table, empty: "no stay")
        guard answer.rows.count == 1, let row = answer.rows.first, !row.bands.isEmpty else { return }
        page.line()
        var bands = Table(.number("DAYS"), .number("STAYS"), .number("PEOPLE"), .extra(""))
        for band in row.bands {
            let days = "\(band.daysMin)" + (band.daysMax.map { "-\($0)" } ?? "+")
            let bar = page.terminal.bar(band.people, of: row.people, width: 20)
            bands.row(Table.Cell(days), page.number(band.stays), page.number(band.people), Table.Cell(bar))
        }
        page.table(bands)
    }
}

struct PlacementsLookUp: LookUp {
    static let configuration = CommandConfiguration(commandName: "placements", abstract: "Stays one by one.")
    @Option(help: "Only on this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only of this person.") var person: Identifier?
    @Option(help: "Only of this audience.") var audience: Audience?
    @Option(help: "Which stays.") var state = OpenState.open
    @Option(help: "Where the page before ended.") var after: Int?
    @Option(help: "How many, 1 to 1000.") var limit = 100
    @OptionGroup var reading: ReadingOptions

    var query: PlacementsQuery {
        filled {
            ($0.asOf, $0.site, $0.person, $0.audience, $0.state, $0.after, $0.limit) =
                (reading.asOf, site, person, audience, state, after, limit)
        }
    }

    func show(_ answer: PlacementsQuery.Answer, on page: inout Page) {
        page.heading("Placements as of \(answer.asOf)")
        var table = Table(
            .text("PLACEMENT"), .text("SITE"), .extra("PERSON"), .name("AUDIENCE"), .number("PEOPLE"), .extra("FROM"),
            .text("STARTED"), .text("ENDED"), .extra("DESTINATION"), .extra("BED"))
        for row in answer.rows {
            let destination = row.transferred ? "transferred" : row.destination?.rawValue
            table.row(
                Table.Cell(row.placement), Table.Cell(row.site), Table.Cell(row.party.person),
                Table.Cell(row.party.audience.rawValue), page.number(row.party.headcount),
                Table.Cell(row.party.nationality),
                Table.Cell(row.started), Table.Cell(row.ended), Table.Cell(destination), Table.Cell(row.bed))
        }
        page.table(table, empty: "no placement")
        page.line("\(page.terminal.grouped(answer.total)) stays, \(page.terminal.grouped(answer.people)) people")
        if let next = answer.next { page.line("more: --after \(next)") }
    }
}

struct RequestsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "The waiting list: who asked for a place, and how it went on.")
    @Option(help: "Only requests made on this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only of this audience.") var audience: Audience?
    @Option(help: "Which requests.") var state = RequestState.waiting
    @Option(help: "Where the page before ended.") var after: Int?
    @Option(help: "How many, 1 to 1000.") var limit = 100
    @OptionGroup var reading: ReadingOptions

    var query: RequestsQuery {
        filled {
            ($0.asOf, $0.site, $0.audience, $0.state, $0.after, $0.limit) =
                (reading.asOf, site, audience, state, after, limit)
        }
    }

    func show(_ answer: RequestsQuery.Answer, on page: inout Page) {
        page.heading("Requests as of \(answer.asOf)")
        var table = Table(
            .text("REQUEST"), .text("SITE"), .extra("PERSON"), .name("AUDIENCE"), .number("PEOPLE"), .extra("FROM"),
            .text("ASKED"), .number("DAYS"), .text("CLOSED"), .text("OUTCOME"), .extra("DESTINATION"),
            .extra("PLACEMENT"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.request), Table.Cell(row.site), Table.Cell(row.party.person),
                Table.Cell(row.party.audience.rawValue), page.number(row.party.headcount),
                Table.Cell(row.party.nationality), Table.Cell(row.asked), page.number(row.waitingDays),
                Table.Cell(row.closed), Table.Cell(row.outcome?.rawValue), Table.Cell(row.destination?.rawValue),
                Table.Cell(row.placement))
        }
        page.table(table, empty: "no request")
        page.line("\(page.terminal.grouped(answer.total)) requests, \(page.terminal.grouped(answer.people)) people")
        if let next = answer.next { page.line("more: --after \(next)") }
    }
}

struct OperationsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "Operations, the people met, and where they were brought.")
    @Option(help: "Only of this kind.") var kind: OperationKind?
    @Option(help: "Only those that work with this site or brought people to it.", completion: .ids(.site)) var site:
        Identifier?
    @Option(help: "What to tell apart.") var by: OperationsQuery.Grouping?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: OperationsQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.kind, $0.site, $0.by) =
                (reading.asOf, period.from, period.to, kind, site, by)
        }
    }

    var rows: String? { by == nil ? nil : "rows" }

    func show(_ answer: OperationsQuery.Answer, on page: inout Page) {
        page.heading("Operations as of \(answer.asOf)", from: answer.from, to: answer.to)
        let terminal = page.terminal
        page.line(
            "carried out \(terminal.grouped(answer.carriedOut)), planned \(answer.planned), cancelled \(answer.cancelled)"
        )
        page.line(
            "people met \(terminal.grouped(answer.people)), placed \(terminal.grouped(answer.placed)), "
                + "not placed \(terminal.grouped(answer.notPlaced))")
        if !answer.partners.isEmpty {
            page.line("partners: " + answer.partners.map(\.description).joined(separator: ", "))
        }
        guard let by else { return }
        page.line()
        var table = Table(
            .text(by.rawValue.uppercased()), .number("OPERATIONS"), .number("PEOPLE"), .number("%"), .extra(""))
        for row in answer.rows {
            table.row(
                Table.Cell(row.key.string), page.number(row.operations), page.number(row.people),
                page.number(row.percent),
                Table.Cell(terminal.bar(row.people, of: answer.people, width: 20)))
        }
        page.table(table)
    }
}

struct DonationsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "donations", abstract: "Funds and grants: promised, received, given.")
    @Option(help: "Only this fund.", completion: .ids(.fund)) var fund: Identifier?
    @Option(help: "Only grants of this theme.") var theme: Identifier?
    @Option(help: "purpose: allocations; theme, beneficiary, country: grants; donor_kind, month: gifts.")
    var by: DonationsQuery.Grouping?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: DonationsQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.fund, $0.theme, $0.by) =
                (reading.asOf, period.from, period.to, fund, theme, by)
        }
    }

    /// Funds, but where something was to be told apart.
    var rows: String? { by == nil ? "funds" : "rows" }

    func show(_ answer: DonationsQuery.Answer, on page: inout Page) {
        page.heading("Donations as of \(answer.asOf)", from: answer.from, to: answer.to)
        var funds = Table(
            .text("FUND"), .name("NAME"), .number("GIFTS"), .extra("PLEDGED"), .number("RECEIVED"), .extra("REFUNDED"),
            .number("ALLOCATED"), .number("BALANCE"), .text(""))
        for row in answer.funds {
            let name = (row.name?.string ?? "") + (row.open ? "" : " (closed)")
            funds.row(
                Table.Cell(row.fund), Table.Cell(name), page.number(row.donations),
                page.money(row.pledged, row.currency),
                page.money(row.received, row.currency), page.money(row.refunded, row.currency),
                page.money(row.allocated, row.currency), page.money(row.balance, row.currency), Table.Cell(row.currency)
            )
        }
        page.table(funds, empty: "no fund")
        if !answer.grantsByCurrency.isEmpty {
            page.line()
            var grants = Table(.text("GRANTS"), .number("COUNT"), .number("AWARDED"), .number("DISBURSED"), .text(""))
            for row in answer.grantsByCurrency {
                grants.row(
                    "in", page.number(row.grants), page.money(row.awarded, row.currency),
                    page.money(row.disbursed, row.currency), Table.Cell(row.currency))
            }
            page.table(grants)
        }
        guard let by else { return }
        page.line()
        var table = Table(.text(by.rawValue.uppercased()), .number("COUNT"), .number("AMOUNT"), .text(""))
        for row in answer.rows {
            table.row(
                Table.Cell(row.key.string), page.number(row.count), page.money(row.amount, row.currency),
                Table.Cell(row.currency))
        }
        page.table(table)
    }
}

struct GrantsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "grants", abstract: "Grants one by one, with what was disbursed of them.")
    @Option(help: "Only grants of this theme.") var theme: Identifier?
    @Option(help: "Only grants to this organisation.") var beneficiary: Identifier?
    @Option(help: "Only grants by this organisation.") var payer: Identifier?
    @Option(help: "Only grants for this country, ISO 3166-1 alpha-3.") var country: Nationality?
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: GrantsQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.theme, $0.beneficiary, $0.payer, $0.country) =
                (reading.asOf, period.from, period.to, theme, beneficiary, payer, country)
        }
    }

    func show(_ answer: GrantsQuery.Answer, on page: inout Page) {
        page.heading("Grants as of \(answer.asOf)", from: answer.from, to: answer.to)
        var table = Table(
            .text("GRANT"), .text("BENEFICIARY"), .text("THEME"), .extra("PAYER"), .text("AWARDED ON"),
            .number("AMOUNT"), .number("DISBURSED"), .text(""), .extra("FOR"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.grant), Table.Cell(row.beneficiary), Table.Cell(row.theme), Table.Cell(row.payer),
                Table.Cell(row.awarded), row.amount.map { page.money($0, row.currency) } ?? "",
                page.money(row.disbursed, row.currency), Table.Cell(row.currency),
                Table.Cell(row.countries.map(\.description).joined(separator: " ")))
        }
        page.table(table, empty: "no grant")
        for total in answer.totals {
            let awarded = Money.amount(total.awarded, total.currency, on: page.terminal)
            let disbursed = Money.amount(total.disbursed, total.currency, on: page.terminal)
            page.line("total: \(awarded) \(total.currency) awarded, \(disbursed) disbursed")
        }
    }
}

extension Page {
    fileprivate func money(_ minorUnits: Int, _ currency: Currency) -> Table.Cell {
        Table.Cell(Money.amount(minorUnits, currency, on: terminal))
    }
}

struct StockLookUp: LookUp {
    static let configuration = CommandConfiguration(commandName: "stock", abstract: "Goods at the collection points.")
    @Option(help: "Only this point.", completion: .ids(.point)) var point: Identifier?
    @Option(help: "Only this category.") var category: GoodsCategory?
    @Option(help: "All points together, by category.") var by: StockQuery.Grouping?
    @OptionGroup var reading: ReadingOptions

    var query: StockQuery {
        filled { ($0.asOf, $0.point, $0.category, $0.by) = (reading.asOf, point, category, by) }
    }

    func show(_ answer: StockQuery.Answer, on page: inout Page) {
        page.heading("Stock as of \(answer.asOf)")
        var table = Table(
            .text("POINT"), .name("NAME"), .text("CATEGORY"), .number("STOCK"), .text("UNIT"), .number("RECEIVED"),
            .extra("SORTED IN"), .number("DISPATCHED"), .number("DISTRIBUTED"), .extra("DISCARDED"), .extra("COUNTED"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.point), Table.Cell(row.name?.string ?? ""), Table.Cell(row.category.rawValue),
                page.number(row.quantity), Table.Cell(row.unit.rawValue), page.number(row.received),
                page.number(row.sortedIn), page.number(row.dispatched), page.number(row.distributed),
                page.number(row.discarded), Table.Cell(row.lastCounted))
        }
        page.table(table, empty: "no goods")
        guard !answer.receivedFrom.isEmpty else { return }
        page.line()
        var givers = Table(.text("GIVEN BY"), .number("DELIVERIES"), .number("QUANTITY"), .text("UNIT"))
        for giving in answer.receivedFrom {
            givers.row(
                Table.Cell(giving.donorKind.rawValue), page.number(giving.deliveries), page.number(giving.quantity),
                Table.Cell(giving.unit.rawValue))
        }
        page.table(givers)
    }
}

struct NeedsLookUp: LookUp {
    static let configuration = CommandConfiguration(commandName: "needs", abstract: "Goods that are wanted.")
    @Option(help: "Only at this point.", completion: .ids(.point)) var point: Identifier?
    @Option(help: "Only on this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "Only this category.") var category: GoodsCategory?
    @Option(help: "Which needs.") var state = NeedState.open
    @OptionGroup var reading: ReadingOptions

    var query: NeedsQuery {
        filled {
            ($0.asOf, $0.point, $0.site, $0.category, $0.state) = (reading.asOf, point, site, category, state)
        }
    }

    func show(_ answer: NeedsQuery.Answer, on page: inout Page) {
        page.heading("Needs as of \(answer.asOf)")
        var table = Table(
            .text("NEED"), .text("AT"), .text("PRIORITY"), .text("CATEGORY"), .number("QUANTITY"), .text("UNIT"),
            .text("UPDATED"), .text(""))
        for row in answer.rows {
            let place = row.point.map { Subject(.point, $0) } ?? row.site.map { Subject(.site, $0) }
            let end = row.closed.map { "\(row.outcome?.rawValue ?? "closed") \($0)" }
            let style: Style = row.priority == .urgent ? .red : .plain
            table.row(
                Table.Cell(row.need), Table.Cell(place), Table.Cell(row.priority.rawValue, style),
                Table.Cell(row.category.rawValue), page.number(row.quantity), Table.Cell(row.unit.rawValue),
                Table.Cell(row.updated), Table.Cell(end ?? (row.stale ? "stale" : ""), row.stale ? .yellow : .plain))
        }
        page.table(table, empty: "no need")
    }
}

struct AnomaliesLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "anomalies", abstract: "What was accepted but needs an explanation (anomaly justify).")
    @Option(help: "Only of this rule.") var rule: AnomalyRule?
    @Option(help: "Only about this subject, such as site/ivry.", completion: .subjects) var subject: Subject?
    @Option(help: "Which anomalies.") var state = AnomalyState.open
    @Option(help: "Where the page before ended.") var after: Int?
    @Option(help: "How many, 1 to 1000.") var limit = 100
    @OptionGroup var reading: ReadingOptions

    var query: AnomaliesQuery {
        filled {
            ($0.asOf, $0.rule, $0.of, $0.state, $0.after, $0.limit) =
                (reading.asOf, rule, subject, state, after, limit)
        }
    }

    func show(_ answer: AnomaliesQuery.Answer, on page: inout Page) {
        page.heading("Anomalies as of \(answer.asOf): \(answer.open) open, \(answer.justified) justified")
        var table = Table(
            .text("RULE"), .text("SUBJECT"), .text("SINCE"), .number("VALUE"), .number("LIMIT"), .extra("JUSTIFIED"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.rule.rawValue), Table.Cell(row.subject), Table.Cell(row.since), page.number(row.value),
                page.number(row.limit), Table.Cell(row.justified?.rawValue))
        }
        page.table(table, empty: "no anomaly")
        if let next = answer.next { page.line("more: --after \(next)") }
    }
}
