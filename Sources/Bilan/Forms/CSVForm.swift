import AccueilDomain
import Sheets

/// The report as a sheet: RFC 4180, one row for each figure and for each number of a table, under a row of names and a
/// row of HXL hashtags (hxlstandard.org).
///
/// Numbers have a point and no spaces; a number that is kept back is empty, and `precision` says `masked`.
struct CSVForm {
    private var lines = ""
    private var position = ""
    private var root = ""
    private var asOf = ""

    private static let columns: [(name: String, hashtag: String)] = [
        ("section", "#meta+section"), ("id", "#indicator+code"), ("title", "#indicator+name"),
        ("value", "#indicator+value+num"), ("unit", "#indicator+unit"), ("precision", "#meta+precision"),
        ("stated", "#indicator+stated"), ("source", "#meta+source"), ("target", "#indicator+target+num"),
        ("as_of", "#date+as_of"), ("query", "#meta+query"), ("params", "#meta+params"), ("path", "#meta+path"),
        ("position", "#meta+position"), ("root", "#meta+root"),
    ]

    consuming func render(_ report: Report) -> String {
        position = report.position
        root = report.root
        asOf = report.asOf.description
        write(Self.columns.map { .text($0.name) })
        write(Self.columns.map { .text($0.hashtag) })
        for section in report.sections {
            for part in section.parts {
                switch part {
                case .table(let table): write(table, section.id)
                case .charts(let charts): for chart in charts { write(chart.table, section.id) }
                case .figures(let figures): for row in figures.rows { write(row, section.id) }
                case .heading, .commitment, .paragraph, .list: break
                }
            }
        }
        return SheetLine.byteOrderMark + lines
    }

    private mutating func write(_ table: Table, _ section: String) {
        for row in table.rows + [table.total].compactMap({ $0 }) {
            for (column, cell) in zip(table.columns, row.cells) where cell.number != nil || cell.isMasked {
                write([
                    .text(section), .text("\(table.id).\(row.key)"),
                    .text("\(table.caption) – \(row.title) – \(column.title)"),
                    .number(cell.number?.description ?? ""), .text(cell.unit ?? column.unit),
                    .text(cell.isMasked ? "masked" : ""), .text(""), .text(""), .number(""), .text(asOf),
                    .text(cell.path.isEmpty ? "" : table.source.method),
                    .text(cell.path.isEmpty ? "" : table.source.paramsText), .text(cell.path), .number(position),
                    .text(root),
                ])
            }
        }
    }

    private mutating func write(_ row: Figures.Row, _ section: String) {
        func joined(_ terms: (Term) -> String) -> String { row.terms.map(terms).joined(separator: " ; ") }
        func stated(_ fact: (Figures.Stated) -> String) -> String {
            row.stated.map(fact).joined(separator: " ; ")
        }
        write([
            .text(section), .text(row.id), .text(row.title), .number(row.computedNumber), .text(row.unit),
            .text(row.isMasked ? "masked" : stated { $0.precision.rawValue }), .text(stated { $0.number }),
            .text(stated { $0.source }), .number(row.targetNumber), .text(asOf), .text(joined { $0.source.method }),
            .text(joined { $0.source.paramsText }), .text(joined { $0.path.string }), .number(position), .text(root),
        ])
    }

    private mutating func write(_ fields: [SheetLine.Field]) { lines += SheetLine.csv(fields) }
}
