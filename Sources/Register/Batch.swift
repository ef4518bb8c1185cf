import AccueilDomain
import EventLog
import WireProtocol

/// What becomes durable together: the lines, the events they tell, and what is said once they are safe.
struct Batch {
    let first: Position
    var lines: [UInt8] = []
    var events: [(event: any EventRecord, stamp: Stamp)] = []
    /// Answers that wait for this batch: those to its own commands, and refusals that were decided on what it holds.
    var replies: [(Reply, (Reply) -> Void)] = []
    /// What is done once the batch is durable, before anything later.
    var afterwards: [() -> Void] = []

    init(first: Position) { self.first = first }

    var end: Position { first.advanced(by: events.count) }
}
