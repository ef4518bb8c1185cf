/// The evaluations of young people who declare themselves minors, from the request to the outcome.
public struct Evaluations: Sendable {
    static let events: [any EventRecord.Type] = []
    static let commands: [any CommandRecord.Type] = []
    static let queries: [any QueryRecord.Type] = []
}
