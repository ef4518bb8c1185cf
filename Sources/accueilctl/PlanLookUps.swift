import AccueilDomain
import ArgumentParser
import EventCoding

struct CommitmentsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "commitments", abstract: "What was promised, and how far each commitment has come.")
    @Option(help: "Only of this plan.", completion: .ids(.plan)) var plan: Identifier?
    @Option(help: "Only of this part of the plans.") var pillar: Int?
    @OptionGroup var reading: ReadingOptions

    var query: CommitmentsQuery { filled { ($0.asOf, $0.plan, $0.pillar) = (reading.asOf, plan, pillar) } }

    func show(_ answer: CommitmentsQuery.Answer, on page: inout Page) {
        page.heading("Commitments as of \(answer.asOf)")
        var table = Table(
            .text("PLAN"), .number("NO"), .text("COMMITMENT"), .name("TITLE"), .number("DONE"), .number("PLANNED"),
            .number("FIGURES"), .number("BELOW"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.plan), page.number(row.number), Table.Cell(row.commitment),
                Table.Cell(row.title.string), page.number(row.milestonesReached), page.number(row.milestonesPlanned),
                page.number(row.indicators), page.number(row.belowTarget, row.belowTarget > 0 ? .yellow : .plain))
        }
        page.table(table, empty: "no commitment")
        page.line(
            "\(answer.commitments) commitments in \(answer.pillars) pillars of \(answer.plans) plans; "
                + "\(answer.announced) announced")
    }
}

struct MilestonesLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "milestones", abstract: "Meetings, agreements, publications…: reached, or planned.")
    @Option(help: "Only of this commitment.", completion: .ids(.commitment)) var commitment: Identifier?
    @Option(help: "Only of this plan.", completion: .ids(.plan)) var plan: Identifier?
    @Option(help: "Only of this kind.") var kind: MilestoneKind?
    @Option(help: "Only of this series.") var series: Identifier?
    @Option(help: "Only this milestone.") var milestone: Identifier?
    @Option(help: "Only about this.") var theme: Identifier?
    @Option(help: "Which milestones.") var state = MilestoneState.reached
    @OptionGroup var period: PeriodOptions
    @OptionGroup var reading: ReadingOptions

    var query: MilestonesQuery {
        filled {
            ($0.asOf, $0.from, $0.to, $0.commitment, $0.plan) =
                (reading.asOf, period.from, period.to, commitment, plan)
            ($0.kind, $0.series, $0.milestone, $0.theme, $0.state) = (kind, series, milestone, theme, state)
        }
    }

    func show(_ answer: MilestonesQuery.Answer, on page: inout Page) {
        page.heading("Milestones as of \(answer.asOf)", from: answer.from, to: answer.to)
        var table = Table(
            .text("REACHED"), .extra("DUE"), .text("MILESTONE"), .text("KIND"), .name("TITLE"), .extra("COMMITMENT"),
            .extra("SERIES"), .number("COUNT"), .number("PEOPLE"), .number("DAYS"))
        for row in answer.rows {
            table.row(
                Table.Cell(row.day), Table.Cell(row.due), Table.Cell(row.milestone), Table.Cell(row.kind.rawValue),
                Table.Cell(row.title.string), Table.Cell(row.commitment), Table.Cell(row.series),
                page.number(row.count), page.number(row.attendance), page.number(row.days))
        }
        page.table(table, empty: "no milestone")
        page.line("\(page.terminal.grouped(answer.count)) milestones")
        if !answer.partners.isEmpty {
            page.line("partners: " + answer.partners.map(\.description).joined(separator: ", "))
        }
    }
}

struct IndicatorsLookUp: LookUp {
    static let configuration = CommandConfiguration(
        commandName: "indicators", abstract: "The figures: as the events give them, and as sources state them.")
    @Argument(help: "Only this indicator, with all that is stated of it.") var indicator: Identifier?
    @Option(help: "Only of this plan.", completion: .ids(.plan)) var plan: Identifier?
    @Option(help: "Only of this commitment.", completion: .ids(.commitment)) var commitment: Identifier?
    @OptionGroup var reading: ReadingOptions

    var query: IndicatorsQuery {
        filled {
            ($0.asOf, $0.plan, $0.commitment, $0.indicator) = (reading.asOf, plan, commitment, indicator)
        }
    }

    var rows: String? { "figures" }

    func show(_ answer: IndicatorsQuery.Answer, on page: inout Page) {
        page.heading("Indicators as of \(answer.asOf)")
        var table = Table(
            .text("INDICATOR"), .name("TITLE"), .number("COMPUTED"), .number("STATED"), .text("UNIT"), .number("%"),
            .text(""))
        for figure in answer.figures {
            let computed = figure.computed.map { page.decimal($0) } ?? figure.computedDay?.description
            table.row(
                Table.Cell(figure.indicator), Table.Cell(figure.title.string), Table.Cell(computed),
                Table.Cell(figure.stated.first.map { page.stated($0, in: figure.unit) }), Table.Cell(figure.unit),
                page.number(figure.percentOfTarget),
                Table.Cell(figure.agreement?.rawValue ?? "", figure.agreement == .disagree ? .red : .plain))
        }
        page.table(table, empty: "no indicator")
        page.line("\(answer.computed) computed, \(answer.recorded) only stated, \(answer.disagreeing) disagreeing")
        if indicator != nil, let figure = answer.figures.first { showWhole(figure, on: &page) }
    }

    private func showWhole(_ figure: Figure, on page: inout Page) {
        if let target = figure.target { page.line("target: " + page.decimal(target)) }
        if !figure.stated.isEmpty {
            page.line()
            var table = Table(.text("OF"), .number("STATED"), .name("SOURCE"))
            for statement in figure.stated {
                table.row(
                    Table.Cell(statement.day), Table.Cell(page.stated(statement, in: figure.unit)),
                    Table.Cell(statement.source.string))
            }
            page.table(table)
        }
        guard let calculation = figure.calculation else { return }
        page.line()
        page.line(String(decoding: JSONWriter.bytes(of: calculation), as: UTF8.self))
    }
}

extension Page {
    /// 23 000, 22.8
    fileprivate func decimal(_ number: Decimal) -> String {
        let parts = number.description.split(separator: ".")
        let digits = parts[0].drop { $0 == "-" }
        let sign = digits.count < parts[0].count ? "-" : ""
        return sign + terminal.grouped(Int(digits) ?? 0) + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// ~7 600, >1 500, 5 - 10, some; a day as such.
    fileprivate func stated(_ statement: Statement, in unit: Identifier) -> String {
        func text(_ number: Decimal?) -> String {
            guard let number else { return "" }
            let digits = Array(number.description)
            guard unit == "date", digits.count == 8 else { return decimal(number) }
            return String(digits[..<4]) + "-" + String(digits[4..<6]) + "-" + String(digits[6...])
        }
        let value = text(statement.value)
        return switch statement.precision {
        case .exact: value
        case .about: "~" + value
        case .moreThan: ">" + value
        case .lessThan: "<" + value
        case .range: value + " - " + text(statement.valueMax)
        case .unspecified: "some"
        }
    }
}
