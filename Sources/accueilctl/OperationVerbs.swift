import AccueilClient
import AccueilDomain
import ArgumentParser

struct OperationVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operation", abstract: "Operations: mises à l'abri and maraudes.",
        subcommands: [Plan.self, CarryOut.self, Cancel.self])

    struct Plan: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "An operation will take place.")
        @Argument(help: "The operation's id.") var operation: Identifier
        @Option(help: "shelter: mise à l'abri; outreach: aller-vers, maraude.") var kind: OperationKind
        @Option(parsing: .unconditional, help: "The day for which it is planned.") var scheduled: Day?
        @OptionGroup var place: PlaceOptions
        @Option(help: "The site it works with.", completion: .ids(.site)) var site: Identifier?
        @Option(name: .customLong("partner"), help: "An organisation that takes part; may be repeated.")
        var partners: [Identifier] = []
        @OptionGroup var recording: RecordingOptions

        var command: OperationPlanned {
            filled {
                ($0.operation, $0.kind, $0.scheduled, $0.commune, $0.arrondissement, $0.site, $0.partners) =
                    (operation, kind, scheduled, place.commune, place.arrondissement, site, partners)
            }
        }
    }

    struct CarryOut: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "It took place: who was met, where they were brought.")
        @Argument(help: "The operation's id.", completion: .ids(.operation)) var operation: Identifier
        @Option(
            name: .customLong("people"),
            help: ArgumentHelp("People met, by audience; may be repeated.", valueName: "single_men=12"))
        var headcount: [OperationHeadcount]
        @Option(
            name: .customLong("to"),
            help: ArgumentHelp(
                "People brought to a site or elsewhere; may be repeated.", valueName: "site/ivry=30|CHU=12"))
        var destinations: [OperationDestination] = []
        @OptionGroup var place: PlaceOptions
        @Option(
            name: .customLong("partner"), help: "An organisation that took part, if not as planned; may be repeated.")
        var partners: [Identifier] = []
        @OptionGroup var recording: RecordingOptions

        var command: OperationCarriedOut {
            filled {
                ($0.operation, $0.headcount, $0.destinations, $0.commune, $0.arrondissement, $0.partners) =
                    (operation, headcount, destinations, place.commune, place.arrondissement, partners)
            }
        }
    }

    struct Cancel: ConsentingVerb {
        static let configuration = CommandConfiguration(abstract: "It will not take place.")
        @Argument(help: "The operation's id.", completion: .ids(.operation)) var operation: Identifier
        @Option(help: "Why.") var reason: CancellationReason
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Cancel the operation \(operation)?" }

        var command: OperationCancelled { filled { ($0.operation, $0.reason) = (operation, reason) } }
    }
}
