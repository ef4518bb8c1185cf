/// The volunteers: who offered to help, in which missions, for how long.
public struct Volunteers: Sendable {
    static let events: [any EventRecord.Type] = []
    static let commands: [any CommandRecord.Type] = []
    static let queries: [any QueryRecord.Type] = []
}
