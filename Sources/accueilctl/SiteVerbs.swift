import AccueilClient
import AccueilDomain
import ArgumentParser

struct SiteVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Sites: opening, places, stay targets, operators, closing.",
        subcommands: [Open.self, Capacity.self, StayTarget.self, Operator.self, Block.self, Release.self, Close.self])

    struct Open: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A site takes people in from now on.")
        @Argument(help: "The site's id.") var site: Identifier
        @Option(help: "What kind of centre it is.") var kind: SiteKind
        @Option(help: "Its name.") var name: Text?
        @Option(name: .customLong("operator"), help: "An organisation that runs it; may be repeated.")
        var operators: [Identifier] = []
        @OptionGroup var place: PlaceOptions
        @OptionGroup var recording: RecordingOptions

        var command: SiteOpened {
            filled {
                ($0.site, $0.kind, $0.name, $0.operators, $0.commune, $0.arrondissement) =
                    (site, kind, name, operators, place.commune, place.arrondissement)
            }
        }
    }

    struct Capacity: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "A site has so many places for an audience, from a day on.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @Option(help: "Who the places are for.") var audience: Audience
        @Option(help: "How many places.") var places: Int
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: SiteCapacitySet {
            filled { ($0.site, $0.audience, $0.places, $0.effective) = (site, audience, places, effective.effective) }
        }
    }

    struct StayTarget: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Stays on a site are meant to last so many days.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @Option(help: "At least so many days.") var daysMin: Int?
        @Option(help: "At most so many days.") var daysMax: Int
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: SiteStayTargetSet {
            filled { ($0.site, $0.daysMin, $0.daysMax, $0.effective) = (site, daysMin, daysMax, effective.effective) }
        }
    }

    struct Operator: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "The organisations that run a site, all of them.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @Argument(help: "The organisations' ids.") var operators: [Identifier]
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: SiteOperatorSet {
            filled { ($0.site, $0.operators, $0.effective) = (site, operators, effective.effective) }
        }
    }

    struct Block: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Places that exist cannot be used.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @Option(help: "How many places.") var places: Int
        @Option(help: "Why.") var reason: BlockingReason
        @OptionGroup var recording: RecordingOptions

        var command: SitePlacesBlocked { filled { ($0.site, $0.places, $0.reason) = (site, places, reason) } }
    }

    struct Release: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Blocked places can be used again.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @Option(help: "How many places.") var places: Int
        @OptionGroup var recording: RecordingOptions

        var command: SitePlacesReleased { filled { ($0.site, $0.places) = (site, places) } }
    }

    struct Close: ConsentingVerb {
        static let configuration = CommandConfiguration(
            abstract: "Nobody is on the site any more, and nobody can be taken in.")
        @Argument(help: "The site's id.", completion: .ids(.site)) var site: Identifier
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Close the site \(site)?" }

        var command: SiteClosed { filled { $0.site = site } }
    }
}

struct PlaceOptions: ParsableArguments {
    @Option(help: "INSEE code of the commune, such as 94041.") var commune: Commune?
    @Option(help: "Arrondissement, 1 to 20.") var arrondissement: Int?
}

struct EffectiveOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "The day from which it holds; that of the event where absent.")
    var effective: Day?
}
