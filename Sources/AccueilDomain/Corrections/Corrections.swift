// What was recorded wrongly is put right by another event; both stay in the log.
//
//     41 placement.started p-1 …adults 2            what was thought
//     57 event.corrected   of 41: adults 3          what is known since: the world is as if 41 had said so
//     60 event.voided      of 41                    …as if 41 had never been
//
// The world at a position of the log is what the events up to it tell, each as those up to it have put it right. So a
// correction is allowed exactly if the events after the corrected one could still have been recorded as they were.

/// Why an event is voided or corrected.
public enum CorrectionReason: String, CodeList {
    /// A slip of the keyboard.
    case error
    /// Recorded twice.
    case duplicate
    /// It did not take place.
    case notHappened = "not_happened"
    /// It was somebody or something else.
    case wrongSubject = "wrong_subject"
    case headcount, amount, date, destination, quantity
    case other
}

/// The parameters of a command that puts an event right.
public protocol AmendingCommand: RecordingCommand {
    /// Position of the event.
    var sequence: Int { get }
    /// The event that puts `event` right, which happened at `time`, and how that counts from then on; `nil` where it
    /// would change nothing.
    func amend(
        _ event: any EventRecord, at time: Timestamp, in calendar: CivilCalendar
    ) throws(Malformed) -> (event: any Amending, verdict: Amendments.Verdict)?
}

/// `event.void` → `event.voided`: an event never happened. The world is as if it had not been recorded; history keeps both.
public struct EventVoid: AmendingCommand {
    public static let method = "event.void"

    /// Position of the event.
    public var sequence = 0
    public var reason = CorrectionReason.error

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("reason", &reason)
    }

    public func amend(
        _ event: any EventRecord, at time: Timestamp, in calendar: CivilCalendar
    ) -> (event: any Amending, verdict: Amendments.Verdict)? {
        var voided = EventVoided()
        voided.sequence = sequence
        voided.of = Identifier(stringLiteral: type(of: event).type)
        voided.about = event.subject
        voided.reason = reason
        return (voided, .voided)
    }
}

/// `event.correct` → `event.corrected`: an event happened otherwise: at another time, or with other fields.
public struct EventCorrect: AmendingCommand {
    public static let method = "event.correct"

    /// Position of the event.
    public var sequence = 0
    public var reason = CorrectionReason.error
    /// When it really happened; as recorded where absent.
    public var happened: Moment?
    /// The fields that were wrong, each with its whole right value.
    public var set = LooseFields()
    /// The fields that should not have been there.
    public var unset: [Identifier] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("reason", &reason)
        try visitor.field("happened", &happened)
        try visitor.preset("set", &set)
        try visitor.list("unset", &unset)
    }

    public func amend(
        _ event: any EventRecord, at time: Timestamp, in calendar: CivilCalendar
    ) throws(Malformed) -> (event: any Amending, verdict: Amendments.Verdict)? {
        let right = try corrected(event)
        let happened = happened.map { calendar.timestamp(of: $0) } ?? time
        let data = FieldTree(of: right).members
        guard data != FieldTree(of: event).members || happened != time else { return nil }
        var corrected = EventCorrected()
        corrected.sequence = sequence
        corrected.of = Identifier(stringLiteral: type(of: event).type)
        corrected.ofVersion = type(of: event).version
        corrected.about = event.subject
        corrected.reason = reason
        corrected.happened = happened
        corrected.data = LooseFields(data)
        return (corrected, .corrected(right, happened))
    }

    /// The event as it should have been. Its subject stays: what is about another subject is another event.
    private func corrected(_ event: any EventRecord) throws(Malformed) -> any EventRecord {
        func read<Event: EventRecord>(_ event: Event) throws(Malformed) -> any EventRecord {
            var members = FieldTree(of: event).members
            for name in unset {
                guard let index = members.firstIndex(where: { $0.name == name.description }) else {
                    throw Malformed(path: "unset", expected: "fields that the event has")
                }
                members.remove(at: index)
            }
            for member in set.members {
                if let index = members.firstIndex(where: { $0.name == member.name }) {
                    members[index].value = member.value
                } else {
                    members.append(member)
                }
            }
            do throws(Malformed) { return try Event(from: FieldTree.object(members)) } catch {
                throw error.inside("set")
            }
        }
        let corrected = try read(event)
        guard corrected.subject == event.subject else {
            throw Malformed(path: "set", expected: "about \(event.subject): void the event and record the right one")
        }
        return corrected
    }
}

/// What is common to an event that puts another one right.
public protocol Amending: EventRecord {
    /// Position of the event that is put right.
    var sequence: Int { get }
}

public struct EventVoided: Amending {
    public static let type = "event.voided"

    public var sequence = 0
    /// What the voided event was, and about what.
    public var of = Identifier()
    public var about = Subject(.site, Identifier())
    public var reason = CorrectionReason.error

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("type", &of)
        try visitor.field("subject", &about)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { about }
    /// Nothing by itself: whoever builds a world leaves the voided event out of it.
    public func evolve(_ world: inout World, _ stamp: Stamp) {}
}

public struct EventCorrected: Amending {
    public static let type = "event.corrected"

    public var sequence = 0
    /// What the corrected event is, in which version of its shape, and about what.
    public var of = Identifier()
    public var ofVersion = 1
    public var about = Subject(.site, Identifier())
    public var reason = CorrectionReason.error
    /// When it happened, as is known now.
    public var happened = Timestamp(microseconds: 0)
    /// All of its data, as is known now.
    public var data = LooseFields()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("sequence", &sequence)
        try visitor.field("type", &of)
        try visitor.field("version", &ofVersion)
        try visitor.field("subject", &about)
        try visitor.field("reason", &reason)
        try visitor.field("happened", &happened)
        try visitor.field("data", &data)
        // A blank, which is shown to be described, has none yet.
        guard !data.members.isEmpty || of.isBlank else {
            throw Malformed(path: "data", expected: "all fields of the event")
        }
    }

    public var subject: Subject { about }
    /// Nothing by itself: whoever builds a world takes the corrected event in its right form.
    public func evolve(_ world: inout World, _ stamp: Stamp) {}

    /// The event in its right form; `nil` for a kind or version that this program does not know.
    public func corrected() throws(Malformed) -> (any EventRecord)? {
        guard let type = Catalogue.eventsByType[of], type.version == ofVersion else { return nil }
        func read<Event: EventRecord>(_ type: Event.Type) throws(Malformed) -> any EventRecord {
            try Event(from: FieldTree.object(data.members))
        }
        return try read(type)
    }
}
