import AccueilClient
import AccueilDomain
import ArgumentParser

struct ServiceVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service", abstract: "Services: opening, operators, hours, staff, room, places, acts, closing.",
        subcommands: [
            Open.self, Operator.self, Schedule.self, Staffing.self, Capacity.self, AddSite.self, RemoveSite.self,
            Act.self, Close.self,
        ])

    struct Open: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "People are offered something from now on.")
        @Argument(help: "The service's id.") var service: Identifier
        @Option(help: "What it offers.") var kind: ServiceKind
        @Option(help: "Its name.") var name: Text?
        @Option(name: .customLong("operator"), help: "An organisation that runs it; may be repeated.")
        var operators: [Identifier] = []
        @Option(name: .customLong("partner"), help: "An organisation that takes part; may be repeated.")
        var partners: [Identifier] = []
        @Option(name: .customLong("site"), help: "A site of the register that it belongs to; may be repeated.")
        var sites: [Identifier] = []
        @Option(help: "Who it is for.") var audience: Audience?
        @Option(help: "The lowest age it is for, in years.") var ageMin: Int?
        @Option(help: "The highest age it is for, in years.") var ageMax: Int?
        @OptionGroup var place: PlaceOptions
        @OptionGroup var recording: RecordingOptions

        var command: ServiceOpened {
            filled {
                ($0.service, $0.kind, $0.name, $0.operators) = (service, kind, name, operators)
                ($0.partners, $0.sites, $0.audience) = (partners, sites, audience)
                ($0.ageMin, $0.ageMax, $0.commune, $0.arrondissement) =
                    (ageMin, ageMax, place.commune, place.arrondissement)
            }
        }
    }

    struct Operator: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "The organisations that run a service, all of them.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Argument(help: "The organisations' ids.") var operators: [Identifier]
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceOperatorSet {
            filled { ($0.service, $0.operators, $0.effective) = (service, operators, effective.effective) }
        }
    }

    struct Schedule: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "The days of the week and the hours of a service.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Argument(help: "The days of the week, such as mon tue wed.") var days: [Weekday]
        @Option(help: "When it opens, such as 08:30.") var opens: ClockTime?
        @Option(help: "When it closes, such as 20:00.") var closes: ClockTime?
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceScheduleSet {
            filled {
                ($0.service, $0.days, $0.opens, $0.closes, $0.effective) =
                    (service, days, opens, closes, effective.effective)
            }
        }
    }

    struct Staffing: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "How many people work for a service in a role; some, where no number is given.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Option(help: "The role: nurse, psychologist, evaluator, translator, coordinator, teacher_fle, team…")
        var role: Identifier
        @Option(help: "How many posts; 0 ends the role.") var posts: Int?
        @Option(help: "Full-time equivalents, such as 22.8; 0 ends the role.") var fte: Decimal?
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceStaffingSet {
            filled {
                ($0.service, $0.role, $0.posts, $0.fte, $0.effective) = (service, role, posts, fte, effective.effective)
            }
        }
    }

    struct Capacity: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "A service has room for so many people, from a day on.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Option(help: "How many people.") var places: Int
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceCapacitySet {
            filled { ($0.service, $0.places, $0.effective) = (service, places, effective.effective) }
        }
    }

    struct AddSite: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A service is to be found at one more place.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Argument(help: "The place's id, such as poste-avance.") var place: Identifier
        @Option(help: "The site of the register on which the place is.", completion: .ids(.site)) var site: Identifier?
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceSiteAdded {
            filled { ($0.service, $0.place, $0.site, $0.effective) = (service, place, site, effective.effective) }
        }
    }

    struct RemoveSite: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A service is no longer to be found at a place.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Argument(help: "The place's id.") var place: Identifier
        @OptionGroup var effective: EffectiveOption
        @OptionGroup var recording: RecordingOptions

        var command: ServiceSiteRemoved {
            filled { ($0.service, $0.place, $0.effective) = (service, place, effective.effective) }
        }
    }

    struct Act: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Something was done for people; acts add up.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @Option(help: "What was done.") var kind: ActKind
        @Option(name: .customLong("people"), help: "For how many people; absent where nobody counted.")
        var headcount: Int?
        @Option(help: "The organisation that did it.") var provider: Identifier?
        @Option(help: "The site of the register on which it was done.", completion: .ids(.site)) var site: Identifier?
        @Option(help: "Where people were referred, such as pass.") var to: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: ServiceActRecorded {
            filled {
                ($0.service, $0.kind, $0.headcount, $0.provider, $0.site, $0.to) =
                    (service, kind, headcount, provider, site, to)
            }
        }
    }

    struct Close: ConsentingVerb {
        static let configuration = CommandConfiguration(abstract: "A service is no longer offered.")
        @Argument(help: "The service's id.", completion: .ids(.service)) var service: Identifier
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Close the service \(service)?" }

        var command: ServiceClosed { filled { $0.service = service } }
    }
}
