/// The plan: what was promised, what has been reached, and the figures that tell how far.
public struct Plan: Sendable {
    static let events: [any EventRecord.Type] = []
    static let commands: [any CommandRecord.Type] = []
    static let queries: [any QueryRecord.Type] = []
}
