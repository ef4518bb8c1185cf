import AccueilDomain
import EventLog
import WireProtocol

/// What becomes durable together: the lines, the events they tell, and what is said once they are safe.
struct Batch {
    let first: Position
    var lines: [UInt8] = []
    var events: [(event: any EventRecord, stamp: Stamp)] = []
    /// Where the batch puts earlier events right: the world that it makes, instead of what it adds to the one before,
    /// and the worlds kept on the way there. Such a batch holds one order.
    var amended: (world: World, checkpoints: Checkpoints)?
    /// Answers that wait for this batch: those to its own commands, and refusals that were decided on what it holds.
    var replies: [(Reply, (Reply) -> Void)] = []
    /// What is done once the batch is durable, before anything later.
    var afterwards: [() -> Void] = []

    init(first: Position) { self.first = first }

    var end: Position { first.advanced(by: events.count) }

    /// Makes a world take in what the batch holds; `passed` hears of it on the way.
    func apply(to world: inout World, passed: (Position, World) -> Void = { _, _ in }) {
        if let amended {
            world = amended.world
            return
        }
        for (event, stamp) in events {
            world.take(event, stamp)
            passed(Position(rawValue: UInt64(stamp.sequence)), world)
        }
    }
}
