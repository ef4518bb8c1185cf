/// The services: what people are offered besides a place, by whom, when, and how often it was used.
public struct Services: Sendable {
    static let events: [any EventRecord.Type] = []
    static let commands: [any CommandRecord.Type] = []
    static let queries: [any QueryRecord.Type] = []
}
