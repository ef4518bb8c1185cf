import AccueilClient
import AccueilDomain
import ArgumentParser

struct VolunteerVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volunteer", abstract: "Volunteers: registrations, missions, attendance.",
        subcommands: [
            Register.self, OpenMission.self, SignUp.self, Withdraw.self, Attend.self, CloseMission.self,
        ])

    struct Register: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Somebody, or an anonymous group, offers to help.")
        @Argument(help: "The volunteer's id, a pseudonym.") var volunteer: Identifier
        @Option(help: "What they offer.") var kind = VolunteerKind.citizen
        @Option(help: "How many people they are.") var people = 1
        @Option(help: "Where they registered.") var channel: Identifier?
        @Option(help: "The organisation that they serve in.") var organisation: Identifier?
        @Flag(help: "Recognised refugees themselves.") var refugee = false
        @OptionGroup var recording: RecordingOptions

        var command: VolunteerRegistered {
            filled {
                ($0.volunteer, $0.kind, $0.headcount, $0.channel, $0.organisation, $0.refugee) =
                    (volunteer, kind, people, channel, organisation, refugee)
            }
        }
    }

    struct OpenMission: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "There is something to do for volunteers; with times, it is a shift.")
        @Argument(help: "The mission's id.") var mission: Identifier
        @Option(help: "Its name.") var name: Text?
        @Option(help: "The organisation that it is for.") var organisation: Identifier?
        @Option(help: "The organisation that brings the volunteers.") var partner: Identifier?
        @Option(help: "The site where it is.", completion: .ids(.site)) var site: Identifier?
        @Option(help: "When the shift begins, with a clock time.") var starts: Timestamp?
        @Option(help: "When it ends.") var ends: Timestamp?
        @Option(help: "How many people at most.") var seats: Int?
        @OptionGroup var recording: RecordingOptions

        var command: VolunteerMissionOpened {
            filled {
                ($0.mission, $0.name, $0.organisation, $0.partner, $0.site) = (
                    mission, name, organisation, partner, site
                )
                ($0.starts, $0.ends, $0.seats) = (starts, ends, seats)
            }
        }
    }

    struct SignUp: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A volunteer will come to a mission.")
        @OptionGroup var both: VolunteerInMission
        @OptionGroup var recording: RecordingOptions

        var command: VolunteerSignedUp { filled { ($0.volunteer, $0.mission) = (both.volunteer, both.mission) } }
    }

    struct Withdraw: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A volunteer will not come after all.")
        @OptionGroup var both: VolunteerInMission
        @OptionGroup var recording: RecordingOptions

        var command: VolunteerWithdrew { filled { ($0.volunteer, $0.mission) = (both.volunteer, both.mission) } }
    }

    struct Attend: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A volunteer was there.")
        @OptionGroup var both: VolunteerInMission
        @Option(help: "For how many minutes, each person of a group.") var minutes: Int
        @OptionGroup var recording: RecordingOptions

        var command: VolunteerAttended {
            filled { ($0.volunteer, $0.mission, $0.minutes) = (both.volunteer, both.mission, minutes) }
        }
    }

    struct CloseMission: ConsentingVerb {
        static let configuration = CommandConfiguration(abstract: "A mission is done.")
        @Argument(help: "The mission's id.", completion: .ids(.mission)) var mission: Identifier
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Close the mission \(mission)?" }

        var command: VolunteerMissionClosed { filled { $0.mission = mission } }
    }
}

struct VolunteerInMission: ParsableArguments {
    @Argument(help: "The volunteer's id.") var volunteer: Identifier
    @Argument(help: "The mission's id.", completion: .ids(.mission)) var mission: Identifier
}
