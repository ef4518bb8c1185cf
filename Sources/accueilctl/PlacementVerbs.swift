import AccueilDomain
import ArgumentParser

struct PlacementVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placement", abstract: "Placements: requests, stays, moves, transfers, orientations.",
        subcommands: [Request.self, CloseRequest.self, Start.self, Move.self, Transfer.self, End.self])

    struct Request: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A party asks for a place and waits.")
        @Argument(help: "The request's id.") var request: Identifier
        @OptionGroup var party: PartyOptions
        @Option(help: "The site where they asked.", completion: .ids(.site)) var site: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: PlacementRequested { filled { ($0.request, $0.party, $0.site) = (request, party.party, site) } }
    }

    struct CloseRequest: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A request is answered, or withdrawn.")
        @Argument(help: "The request's id.") var request: Identifier
        @Option(help: "How it ended.") var outcome: RequestOutcome
        @Option(help: "The placement that followed, if placed.") var placement: Identifier?
        @Option(help: "Where the orientation leads, if oriented.") var destination: Destination?
        @OptionGroup var recording: RecordingOptions

        var command: PlacementRequestClosed {
            filled {
                ($0.request, $0.outcome, $0.placement, $0.destination) = (request, outcome, placement, destination)
            }
        }
    }

    struct Start: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A party comes to stay on a site.")
        @Argument(help: "The placement's id.") var placement: Identifier
        @Option(help: "The site.", completion: .ids(.site)) var site: Identifier
        @OptionGroup var party: PartyOptions
        @Option(help: "The bed or unit.") var bed: Identifier?
        @Option(help: "The operation that brought them.", completion: .ids(.operation)) var operation: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: PlacementStarted {
            filled {
                ($0.placement, $0.site, $0.party, $0.bed, $0.operation) = (placement, site, party.party, bed, operation)
            }
        }
    }

    struct Move: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Another bed or unit on the same site.")
        @Argument(help: "The placement's id.") var placement: Identifier
        @Option(help: "The new bed or unit.") var bed: Identifier
        @OptionGroup var recording: RecordingOptions

        var command: PlacementMoved { filled { ($0.placement, $0.bed) = (placement, bed) } }
    }

    struct Transfer: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "The stay goes on, on another site.")
        @Argument(help: "The placement's id.") var placement: Identifier
        @Option(help: "The new site.", completion: .ids(.site)) var site: Identifier
        @Option(help: "The bed or unit there.") var bed: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: PlacementTransferred { filled { ($0.placement, $0.site, $0.bed) = (placement, site, bed) } }
    }

    struct End: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "The party leaves; the destination is their orientation.")
        @Argument(help: "The placement's id.") var placement: Identifier
        @Option(help: "Where to.") var destination: Destination
        @OptionGroup var recording: RecordingOptions

        var command: PlacementEnded { filled { ($0.placement, $0.destination) = (placement, destination) } }
    }
}

/// Who is placed; an anonymous group where no person is named.
struct PartyOptions: ParsableArguments {
    @Option(help: "Pseudonymous id of the person, or of the head of the household. Never a name.")
    var person: Identifier?
    @Option(help: "Who they are.") var audience: Audience
    @Option(help: "How many adults.") var adults = 1
    @Option(help: "How many children.") var children = 0
    @Option(help: "ISO 3166-1 alpha-3, XXA (stateless) or UNK.") var nationality: Nationality?

    var party: Party {
        var party = PlacementStarted().party
        (party.person, party.audience, party.adults, party.children, party.nationality) =
            (person, audience, adults, children, nationality)
        return party
    }
}
