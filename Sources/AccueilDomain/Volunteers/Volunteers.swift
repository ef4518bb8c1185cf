/// The volunteers: who offered to help, in which missions, for how long.
public struct Volunteers: Sendable {
    public struct Volunteer: Sendable {
        public let registration: VolunteerRegistered
        public let registered: Day
        /// Numbers of their sign-ups, as they were recorded.
        fileprivate(set) var signUps: [UInt32] = []
    }

    public struct Mission: Sendable {
        public let opening: VolunteerMissionOpened
        public let opened: Day
        public fileprivate(set) var closed: (time: Timestamp, day: Day)?
        /// The people who have signed up, below zero: what `seats` allows must cover it at any time.
        fileprivate(set) var taken = Account()
        /// When anybody last signed up, withdrew or was there.
        fileprivate(set) var latest: Timestamp?

        public var id: Identifier { opening.mission }
    }

    /// One volunteer in one mission, until they withdraw.
    struct SignUp {
        let volunteer: UInt32
        let mission: UInt32
        let day: Day
        var withdrawn: (time: Timestamp, day: Day)?
        /// When they were there, and for how many minutes each.
        var attended: [(time: Timestamp, day: Day, minutes: Int)] = []

        /// Signed up at the end of a day.
        func stands(on day: Day) -> Bool { self.day <= day && (withdrawn.map { day < $0.day } ?? true) }
    }

    private var volunteerNumbers = Registry()
    private var missionNumbers = Registry()
    private(set) var volunteers = Chunked<Volunteer>()
    private(set) var missions = Chunked<Mission>()
    private(set) var signUps = Chunked<SignUp>()

    public subscript(volunteer id: Identifier) -> Volunteer? { volunteerNumbers.find(id).map { volunteers[$0] } }
    public subscript(mission id: Identifier) -> Mission? { missionNumbers.find(id).map { missions[$0] } }

    /// The sign-ups of a volunteer, as they were recorded, each with its mission.
    func signUps(of volunteer: Volunteer) -> [(signUp: SignUp, mission: Mission)] {
        volunteer.signUps.map { number in
            let signUp = signUps[Int(number)]
            return (signUp, missions[Int(signUp.mission)])
        }
    }

    mutating func register(_ registration: VolunteerRegistered, on day: Day) {
        guard volunteerNumbers.enter(registration.volunteer) == volunteers.count else { return }
        volunteers.append(Volunteer(registration: registration, registered: day))
    }

    mutating func open(_ opening: VolunteerMissionOpened, on day: Day) {
        guard missionNumbers.enter(opening.mission) == missions.count else { return }
        missions.append(Mission(opening: opening, opened: day))
    }

    mutating func close(mission id: Identifier, _ stamp: Stamp) {
        guard let mission = missionNumbers.find(id) else { return }
        missions[mission].closed = (stamp.time, stamp.day)
    }

    mutating func signUp(_ id: Identifier, to mission: Identifier, _ stamp: Stamp) {
        guard let volunteer = volunteerNumbers.find(id), let mission = missionNumbers.find(mission),
            latestSignUp(volunteer, mission, where: { $0.withdrawn == nil }) == nil
        else { return }
        volunteers[volunteer].signUps.append(UInt32(signUps.count))
        signUps.append(SignUp(volunteer: UInt32(volunteer), mission: UInt32(mission), day: stamp.day))
        note(volunteers[volunteer].registration.headcount, mission, stamp)
    }

    mutating func withdraw(_ id: Identifier, from mission: Identifier, _ stamp: Stamp) {
        guard let volunteer = volunteerNumbers.find(id), let mission = missionNumbers.find(mission),
            let signUp = latestSignUp(volunteer, mission, where: { $0.withdrawn == nil && $0.day <= stamp.day })
        else { return }
        signUps[signUp].withdrawn = (stamp.time, stamp.day)
        note(-volunteers[volunteer].registration.headcount, mission, stamp)
    }

    mutating func attend(_ id: Identifier, _ mission: Identifier, minutes: Int, _ stamp: Stamp) {
        guard let volunteer = volunteerNumbers.find(id), let mission = missionNumbers.find(mission),
            let signUp = latestSignUp(volunteer, mission, where: { $0.stands(on: stamp.day) })
        else { return }
        signUps[signUp].attended.append((stamp.time, stamp.day, minutes))
        note(0, mission, stamp)
    }

    private func latestSignUp(_ volunteer: Int, _ mission: Int, where holds: (SignUp) -> Bool) -> Int? {
        volunteers[volunteer].signUps.last { number in
            let signUp = signUps[Int(number)]
            return Int(signUp.mission) == mission && holds(signUp)
        }.map { Int($0) }
    }

    /// So many more people will come to a mission.
    private mutating func note(_ people: Int, _ mission: Int, _ stamp: Stamp) {
        if people != 0 { missions[mission].taken.enter(.by(-people), stamp) }
        missions[mission].latest = max(missions[mission].latest ?? stamp.time, stamp.time)
    }
}
