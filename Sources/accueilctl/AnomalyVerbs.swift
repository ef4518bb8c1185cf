import AccueilDomain
import ArgumentParser

struct AnomalyVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomaly", abstract: "Anomalies: what was accepted but needs an explanation.",
        subcommands: [Justify.self])

    struct Justify: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Explain an anomaly; it stays in the list, answered.")
        @Argument(help: "The anomaly's rule.") var rule: AnomalyRule
        @Argument(help: "What it is about, such as site/ivry.", completion: .subjects) var subject: Subject
        @Option(help: "Why it is as it is.") var reason: JustificationReason
        @OptionGroup var recording: RecordingOptions

        var command: AnomalyJustified { filled { ($0.rule, $0.of, $0.reason) = (rule, subject, reason) } }
    }
}
