import AccueilDomain
import EventLog

/// The world at a few earlier positions, so that a look at the past or a correction need not begin at the first event.
/// They share with the world of today whatever has not changed since.
struct Checkpoints: Sendable {
    struct Entry: Sendable {
        let position: Position
        let world: World
    }

    /// The latest so many are kept.
    static let countMax = 3
    /// A world is kept every so many events.
    private let every: Int

    private let origin: Entry
    private var entries: [Entry] = []
    /// Where the log ended when last looked at: worlds long before it are not worth keeping.
    private var end: Position

    /// `kept` is a world that is there to begin with.
    init(_ calendar: CivilCalendar, logEnd: Position, every: Int, kept: Entry? = nil) {
        precondition(every > 0, "worlds are kept at some distance")
        self.every = every
        origin = Entry(position: .origin, world: World(calendar: calendar))
        entries = [kept].compactMap(\.self)
        end = logEnd
    }

    /// Keeps the world at a position, if it is one of those that are kept.
    mutating func pass(_ position: Position, _ world: World) {
        end = max(end, position)
        guard position.rawValue % UInt64(every) == 0, end.count(after: position) < Self.countMax * every
        else { return }
        entries.removeAll { $0.position == position }
        entries.append(Entry(position: position, world: world))
        if entries.count > Self.countMax { entries.removeFirst() }
    }

    /// The latest world kept before `position` that will do.
    func latest(before position: Position, where will: (Position) -> Bool) -> Entry {
        entries.last { $0.position < position && will($0.position) } ?? origin
    }
}
