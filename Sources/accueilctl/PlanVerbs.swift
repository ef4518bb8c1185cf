import AccueilDomain
import ArgumentParser
import EventCoding

struct PlanVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The plan: commitments, indicators, milestones.",
        subcommands: [
            Adopt.self, DeclareCommitment.self, DefineIndicator.self, MeasureIndicator.self, PlanMilestone.self,
            ReachMilestone.self, RecordNote.self,
        ])

    struct Adopt: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A plan is announced.")
        @Argument(help: "The plan's id.") var plan: Identifier
        @Option(help: "Its name.") var name: Text
        @Option(help: "How many commitments it announces.") var commitments: Int?
        @OptionGroup var recording: RecordingOptions

        var command: PlanAdopted { filled { ($0.plan, $0.name, $0.commitments) = (plan, name, commitments) } }
    }

    struct DeclareCommitment: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Something is promised.")
        @Argument(help: "The commitment's id.") var commitment: Identifier
        @Option(help: "The plan that it belongs to.", completion: .ids(.plan)) var plan: Identifier
        @Option(help: "What is promised.") var title: Text
        @Option(help: "Its number in the plan.") var number: Int?
        @Option(help: "The part of the plan that it belongs to.") var pillar: Int?
        @Option(help: "What that part is called.") var pillarTitle: Text?
        @OptionGroup var recording: RecordingOptions

        var command: PlanCommitmentDeclared {
            filled {
                ($0.commitment, $0.plan, $0.number, $0.pillar, $0.pillarTitle, $0.title) =
                    (commitment, plan, number, pillar, pillarTitle, title)
            }
        }
    }

    struct DefineIndicator: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "What a commitment is measured by, and how that follows from the events.",
            discussion: """
                One term: --query query.flows --param site=ney --param by=nationality --path 'rows[key=AFG].arrivals'. \
                Several, and shares: --calculation, as PROTOCOL.md describes it. Neither: only sources state it.
                """)
        @Argument(help: "The indicator's id.") var indicator: Identifier
        @Option(help: "The commitment.", completion: .ids(.commitment)) var commitment: Identifier
        @Option(help: "What it tells.") var title: Text
        @Option(help: "What it is counted in: people, places, percent, EUR, date…") var unit: Identifier
        @Option(parsing: .unconditional, help: "What is aimed at.") var target: Decimal?
        @Flag(help: "It counts people: masked in published forms where they are few.") var aboutPeople = false
        @OptionGroup var calculation: CalculationOptions
        @OptionGroup var recording: RecordingOptions

        var command: PlanIndicatorDefined {
            filled {
                ($0.indicator, $0.commitment, $0.title, $0.unit) = (indicator, commitment, title, unit)
                ($0.target, $0.aboutPeople, $0.calculation) = (target, aboutPeople, calculation.given)
            }
        }
    }

    struct MeasureIndicator: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A source states a figure.")
        @Argument(help: "The indicator's id.") var indicator: Identifier
        @Option(parsing: .unconditional, help: "The number; none where it is unspecified. A day is 20170309.")
        var value: Decimal?
        @Option(parsing: .unconditional, help: "The upper end of a range.") var valueMax: Decimal?
        @Option(help: "How exact it is.") var precision = Precision.exact
        @Option(help: "Where it is written.") var source: Text
        @Option(help: "The indicator's own unit, to be sure.") var unit: Identifier?
        @Option(parsing: .unconditional, help: "The day of which the source speaks; that of --time where absent.")
        var day: Day?
        @OptionGroup var recording: RecordingOptions

        var command: PlanIndicatorMeasured {
            filled {
                ($0.indicator, $0.value, $0.valueMax, $0.precision) = (indicator, value, valueMax, precision)
                ($0.source, $0.unit, $0.day) = (source, unit, day)
            }
        }
    }

    struct PlanMilestone: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Something will be reached.")
        @Argument(help: "The milestone's id.") var milestone: Identifier
        @Option(help: "The commitment.", completion: .ids(.commitment)) var commitment: Identifier
        @Option(help: "What it is.") var kind: MilestoneKind
        @Option(help: "What it is called.") var title: Text
        @Option(parsing: .unconditional, help: "The day for which it is planned.") var due: Day?
        @OptionGroup var recording: RecordingOptions

        var command: PlanMilestonePlanned {
            filled {
                ($0.milestone, $0.commitment, $0.kind, $0.title, $0.due) = (milestone, commitment, kind, title, due)
            }
        }
    }

    struct ReachMilestone: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "Something has been reached; unless it was planned, with its commitment, kind and title.")
        @Argument(help: "The milestone's id.") var milestone: Identifier
        @Option(help: "The commitment.", completion: .ids(.commitment)) var commitment: Identifier?
        @Option(help: "What it is.") var kind: MilestoneKind?
        @Option(help: "What it is called.") var title: Text?
        @Option(help: "What it is one of: the meetings of one board.") var series: Identifier?
        @Option(help: "Copies, editions, classes…") var count: Int?
        @Option(help: "People who came.") var attendance: Int?
        @Option(name: .customLong("partner"), help: "An organisation that took part; may be repeated.")
        var partners: [Identifier] = []
        @Option(help: "How many days it lasted.") var days: Int?
        @Option(help: "What it is about.") var theme: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: PlanMilestoneReached {
            filled {
                ($0.milestone, $0.commitment, $0.kind, $0.title, $0.series) = (
                    milestone, commitment, kind, title, series
                )
                ($0.count, $0.attendance, $0.partners, $0.days, $0.theme) = (count, attendance, partners, days, theme)
            }
        }
    }

    struct RecordNote: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "What a source says of a commitment without a figure.")
        @Argument(help: "The commitment's id.", completion: .ids(.commitment)) var commitment: Identifier
        @Option(help: "What it says; about things, never about people.") var note: Text
        @Option(help: "Where it is written.") var source: Text
        @OptionGroup var recording: RecordingOptions

        var command: PlanNoteRecorded { filled { ($0.commitment, $0.note, $0.source) = (commitment, note, source) } }
    }
}

/// One term, or a whole calculation.
struct CalculationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The whole calculation.", valueName: #"{"sum":[{"method","params","path"}],"per":[],"factor","decimals"}"#))
    var calculation: String?
    @Option(name: .customLong("query"), help: "The query out of whose answer the number is taken: query.flows.")
    var method: Identifier?
    @Option(
        name: .customLong("param"),
        help: ArgumentHelp("A parameter of the query, a text; may be repeated.", valueName: "NAME=VALUE"))
    var params: [QueryParameter] = []
    @Option(help: "Where in the answer it stands: arrivals, rows[key=AFG].people.") var path: Text?
    @Option(parsing: .unconditional, help: "What it is multiplied by: 0.01 makes euros of cents.") var factor: Decimal?
    @Option(help: "How many decimals are kept, 0 to 4.") var decimals: Int?

    func validate() throws { _ = try read() }

    var given: Calculation? {
        do { return try read() } catch { preconditionFailure("the calculation was validated") }
    }

    private func read() throws -> Calculation? {
        let hasTerm = method != nil || path != nil || !params.isEmpty || factor != nil || decimals != nil
        guard let calculation else { return hasTerm ? try oneTerm() : nil }
        guard !hasTerm else { throw ValidationError("--calculation says all: give it alone") }
        let parser = JSONParser()
        guard let value = parser.parse(Array(calculation.utf8).span) else {
            throw ValidationError("--calculation is not JSON")
        }
        do throws(Malformed) { return try Calculation(from: value) } catch {
            throw ValidationError("--calculation: \(error.path.isEmpty ? "it" : error.path) must be \(error.expected)")
        }
    }

    private func oneTerm() throws -> Calculation {
        guard let method, let path else { throw ValidationError("a term has a --query and a --path") }
        let term: Term = filled {
            ($0.method, $0.path) = (method, path)
            $0.params = Parameters(params.map { (name: $0.name, value: .text($0.value)) })
        }
        return filled {
            $0.sum = [term]
            $0.factor = factor ?? $0.factor
            $0.decimals = decimals ?? $0.decimals
        }
    }
}

/// `by=nationality`
struct QueryParameter: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[equals...].dropFirst())
        guard Text(value) != nil else { return nil }
    }
}
