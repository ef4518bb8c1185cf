public import AccueilDomain
import EventCoding
public import EventLog

/// What the log tells, read from its first event.
public struct Replayed: Sendable {
    public var world: World
    var receipts = Receipts()
    var lastRecorded = Timestamp(microseconds: 0)
    /// Position of the last event taken in.
    public var position = Position.origin
    /// The damage at which reading had to stop.
    public var damage: LogDamage?

    /// Why a log cannot be replayed.
    public enum Failure: Error, CustomStringConvertible {
        case unreadable(String)
        case unknownEvent(type: Identifier, version: Int, sequence: Int)
        case malformed(sequence: Int, String)

        public var description: String {
            switch self {
            case .unreadable(let reason): reason
            case .unknownEvent(let type, let version, let sequence):
                "event \(sequence) is a \(type) of version \(version), which this program does not know: "
                    + "the log was written by a later version; install that one"
            case .malformed(let sequence, let reason): "event \(sequence) cannot be read: \(reason)"
            }
        }
    }

    /// Reads the log to its end; `progress` hears the position now and then. Stops before damage and says where.
    public init(
        _ log: any EventLog, _ calendar: CivilCalendar, progress: (Position) -> Void = { _ in }
    ) throws(Failure) {
        world = World(calendar: calendar)
        let parser = JSONParser()
        while true {
            let run: EventRun
            do throws(ReadFailure) { run = try log.read(from: position.next, bytesMax: 1 << 20) } catch {
                switch error {
                case .damaged(let damage):
                    self.damage = damage
                    return
                case .failed(let reason): throw .unreadable(reason)
                }
            }
            guard run.count > 0 else { return }
            var start = 0
            for index in run.bytes.indices where run.bytes[index] == 0x0A {
                try take(run.bytes.span.extracting(start..<index), parser)
                start = index + 1
            }
            progress(position)
        }
    }

    private mutating func take(_ line: borrowing Span<UInt8>, _ parser: JSONParser) throws(Failure) {
        let expected = Int(position.rawValue) + 1
        let envelope: Envelope
        let data: JSONValue
        do throws(UnreadableEvent) {
            (envelope, data) = try EventLine.read(line, with: parser, in: world.calendar)
        } catch {
            throw .malformed(sequence: expected, error.reason)
        }
        guard envelope.stamp.sequence == expected else {
            throw .malformed(sequence: expected, "its sequence says \(envelope.stamp.sequence)")
        }
        guard let type = Catalogue.eventsByType[envelope.type], envelope.version == type.version else {
            throw .unknownEvent(type: envelope.type, version: envelope.version, sequence: expected)
        }
        do throws(Malformed) { try apply(type, data, envelope.stamp) } catch {
            throw .malformed(sequence: expected, "data.\(error.path) must be \(error.expected)")
        }
        if let command = envelope.commandID, let digest = envelope.commandDigest {
            receipts.note(command, digest, at: expected)
        }
        lastRecorded = max(lastRecorded, envelope.stamp.recorded)
        position = position.next
    }

    private mutating func apply<Event: EventRecord>(
        _ type: Event.Type, _ data: JSONValue, _ stamp: Stamp
    ) throws(Malformed) {
        world.take(try Event(from: data), stamp)
    }
}
