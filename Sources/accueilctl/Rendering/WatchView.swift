import AccueilClient
import AccueilDomain

/// What `watch` shows, as lines for a terminal of any size.
///
///     urn:accueil:paris  ● connected  2017-03-23
///     #20 812  lag 0  read_write
///     today: 12 came, 3 left, 4 asked, 1 directed elsewhere
///
///     SITE     NAME            PLACES  PEOPLE  FREE
///     lima-14  Rue de Lima        400     388    12  ▇▇▇▇▇▇▇▇▇
///     total                       400     388    12  ▇▇▇▇▇▇▇▇▇
///
///     08:00:00 #20812 placement.started placement/p-1
///     q ends
struct WatchView {
    struct Figures {
        let day: Day
        let source: String
        let mode: String
        let occupancy: OccupancyQuery.Answer
        let flows: FlowsQuery.Answer
    }

    static let widthMin = 40
    static let heightMin = 10

    var figures: Figures?
    /// The oldest first.
    var events: [JSONText] = []
    /// Position of the last event that was seen, and of the last that there is, as far as is known.
    var seen = 0
    var head = 0
    /// Why there is no connection.
    var obstacle: String?

    /// At most as many lines as the terminal has; some may be too long.
    func lines(on terminal: Terminal) -> [String] {
        guard terminal.width >= Self.widthMin, terminal.height >= Self.heightMin else {
            return ["at least \(Self.widthMin) x \(Self.heightMin); q ends"]
        }
        var lines = [title(on: terminal), state(on: terminal), today(on: terminal)]
        let isRoomy = terminal.height >= 16
        if isRoomy { lines.append("") }
        // Under the last events there is the line about keys.
        let room = terminal.height - lines.count - 1 - (isRoomy ? 1 : 0)
        let sites = (figures?.occupancy.rows ?? []).filter(\.open)
        let shownCount = min(sites.count, max(1, min(sites.count, room - 2 - min(events.count, room / 3))))
        lines += table(sites.prefix(shownCount), on: terminal).lines(on: terminal)
        if isRoomy { lines.append("") }
        let eventsRoom = max(0, terminal.height - lines.count - 1)
        lines += events.suffix(eventsRoom).map { EventText($0).brief(on: terminal) }
        lines += Array(repeating: "", count: max(0, terminal.height - lines.count - 1))
        let hidden = sites.count - shownCount
        let more = hidden > 0 ? "; \(hidden) more sites on a higher terminal" : ""
        return lines + [terminal.styled("q ends" + more, .dim)]
    }

    private func title(on terminal: Terminal) -> String {
        let dot = terminal.hasUnicode ? "●" : "*"
        let connection =
            obstacle == nil
            ? terminal.styled("\(dot) connected", .green) : terminal.styled("\(dot) no connection", .red)
        let name = terminal.styled(shown(figures?.source ?? "accueil"), .bold)
        return "\(name)  \(connection)" + (figures.map { "  \($0.day)" } ?? "")
    }

    private func state(on terminal: Terminal) -> String {
        if let obstacle { return terminal.styled(shown(obstacle), .red) }
        let lag = max(0, head - seen)
        let mode = figures?.mode ?? ""
        return "#\(terminal.grouped(seen))  "
            + terminal.styled("lag \(terminal.grouped(lag))", lag > 0 ? .yellow : .plain)
            + "  " + terminal.styled(shown(mode), mode == "read_write" ? .green : .red)
    }

    private func today(on terminal: Terminal) -> String {
        guard let counts = figures?.flows.counts else { return "" }
        func number(_ count: Int) -> String { terminal.grouped(count) }
        return "today: \(number(counts.arrivals)) came, \(number(counts.departures)) left, "
            + "\(number(counts.requests)) asked, \(number(counts.oriented)) directed elsewhere"
    }

    private func table(_ sites: some Sequence<OccupancyQuery.Row>, on terminal: Terminal) -> Table {
        var table = Table(
            .text("SITE"), .name("NAME"), .number("PLACES"), .number("PEOPLE"), .number("FREE"), .extra(""))
        func cells(_ counts: OccupancyQuery.Places) -> [Table.Cell] {
            [
                Table.Cell(terminal.grouped(counts.places)), Table.Cell(terminal.grouped(counts.occupied)),
                Table.Cell(terminal.grouped(counts.unoccupied), counts.style), counts.bar(on: terminal),
            ]
        }
        // Beside the shortest id there is room for three numbers.
        let idWidth = max(Self.widthMin, terminal.width) - 26
        for row in sites {
            let id = Table.Cell(terminal.cut(row.site.description, to: idWidth))
            table.row([id, Table.Cell(row.name?.string ?? "")] + cells(row.counts))
        }
        if let total = figures?.occupancy.total { table.total(["total", ""] + cells(total)) }
        return table
    }
}
