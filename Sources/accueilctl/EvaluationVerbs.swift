import AccueilDomain
import ArgumentParser

struct EvaluationVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluation", abstract: "Evaluations of young people who declare themselves minors.",
        subcommands: [Request.self, Shelter.self, Conclude.self, Refer.self, Norm.self])

    struct Request: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "A young person declares to be an unaccompanied minor, or several do.")
        @Argument(help: "The evaluation's id.") var evaluation: Identifier
        @Option(help: "Pseudonymous id of the person. Never a name.") var person: Identifier?
        @Option(name: .customLong("people"), help: "How many they are, where no person is named.") var headcount = 1
        @Option(help: "The service that evaluates.", completion: .ids(.service)) var service: Identifier?
        @Option(help: "The site where they declared themselves.", completion: .ids(.site)) var site: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: EvaluationRequested {
            filled {
                ($0.evaluation, $0.person, $0.headcount, $0.service, $0.site) =
                    (evaluation, person, headcount, service, site)
            }
        }
    }

    struct Shelter: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "They are brought under a roof until the outcome is known.")
        @Argument(help: "The evaluation's id.") var evaluation: Identifier
        @Option(help: "The site, if it is one of the register.", completion: .ids(.site)) var site: Identifier?
        @Option(help: "Where, if elsewhere.") var destination: Destination?
        @OptionGroup var recording: RecordingOptions

        var command: EvaluationSheltered {
            filled { ($0.evaluation, $0.site, $0.destination) = (evaluation, site, destination) }
        }
    }

    struct Conclude: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "The outcome of an evaluation is known.")
        @Argument(help: "The evaluation's id.") var evaluation: Identifier
        @Option(help: "The outcome.") var outcome: EvaluationOutcome
        @OptionGroup var recording: RecordingOptions

        var command: EvaluationConcluded { filled { ($0.evaluation, $0.outcome) = (evaluation, outcome) } }
    }

    struct Refer: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Where they are directed, whatever the outcome.")
        @Argument(help: "The evaluation's id.") var evaluation: Identifier
        @Option(help: "Where to.") var destination: Destination
        @Option(help: "The organisation to which they are directed.") var to: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: EvaluationReferred {
            filled { ($0.evaluation, $0.destination, $0.to) = (evaluation, destination, to) }
        }
    }

    struct Norm: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "How many days people are meant to wait for a service's outcome at most; 5 where none is set.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Option(help: "How many days, 1 to 365.") var days: Int
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: EvaluationNormSet {
            filled { ($0.service, $0.days, $0.effective) = (service, days, effective.effective) }
        }
    }
}
