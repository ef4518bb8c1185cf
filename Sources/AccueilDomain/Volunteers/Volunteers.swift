/// The volunteers: who offered to help, in which missions, for how long.
public struct Volunteers: Sendable {
    public struct Volunteer: Sendable {
        public let registration: VolunteerRegistered
        public let registered: Day
        /// Numbers of their sign-ups for shifts, as they were recorded: those that may overlap.
        fileprivate(set) var shifts: [UInt32] = []
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

        /// Holds at that time or later.
        func isStanding(from time: Timestamp) -> Bool { withdrawn.map { $0.time > time } ?? true }

        /// Signed up at the end of a day.
        func stands(on day: Day) -> Bool { self.day <= day && (withdrawn.map { day < $0.day } ?? true) }
    }

    private var volunteerNumbers = Registry()
    private var missionNumbers = Registry()
    private(set) var volunteers = Chunked<Volunteer>()
    private(set) var missions = Chunked<Mission>()
    private(set) var signUps = Chunked<SignUp>()
    /// Numbers of the sign-ups of one volunteer for one mission, as they were recorded.
    private var byBoth: [Both: [UInt32]] = [:]

    private struct Both: Hashable {
        let volunteer: UInt32
        let mission: UInt32
    }

    public subscript(volunteer id: Identifier) -> Volunteer? { volunteerNumbers.find(id).map { volunteers[$0] } }
    public subscript(mission id: Identifier) -> Mission? { missionNumbers.find(id).map { missions[$0] } }

    /// The sign-ups of a volunteer for a mission, as they were recorded.
    func signUps(of volunteer: Identifier, to mission: Identifier) -> [SignUp] {
        guard let volunteer = volunteerNumbers.find(volunteer), let mission = missionNumbers.find(mission) else {
            return []
        }
        return numbers(volunteer, mission).map { signUps[Int($0)] }
    }

    /// A shift of a volunteer that is still signed up for at `time` and overlaps another one, in which mission.
    func shift(of volunteer: Volunteer, overlapping shift: Range<Timestamp>, from time: Timestamp) -> (
        mission: Identifier, shift: Range<Timestamp>
    )? {
        for number in volunteer.shifts {
            let signUp = signUps[Int(number)]
            guard signUp.isStanding(from: time) else { continue }
            let opening = missions[Int(signUp.mission)].opening
            if let taken = opening.shift, taken.overlaps(shift) { return (opening.mission, taken) }
        }
        return nil
    }

    private func numbers(_ volunteer: Int, _ mission: Int) -> [UInt32] {
        byBoth[Both(volunteer: UInt32(volunteer), mission: UInt32(mission))] ?? []
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
        byBoth[Both(volunteer: UInt32(volunteer), mission: UInt32(mission)), default: []].append(UInt32(signUps.count))
        if missions[mission].opening.shift != nil { volunteers[volunteer].shifts.append(UInt32(signUps.count)) }
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
        numbers(volunteer, mission).last { holds(signUps[Int($0)]) }.map { Int($0) }
    }

    /// So many more people will come to a mission.
    private mutating func note(_ people: Int, _ mission: Int, _ stamp: Stamp) {
        if people != 0 { missions[mission].taken.enter(.by(-people), stamp) }
        missions[mission].latest = max(missions[mission].latest ?? stamp.time, stamp.time)
    }
}
