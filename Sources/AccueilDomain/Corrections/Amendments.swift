/// What later events have put right about earlier ones.
public struct Amendments: Sendable {
    /// How an event counts.
    public enum Verdict: Sendable {
        /// Not at all.
        case voided
        /// As this event, at this time.
        case corrected(any EventRecord, Timestamp)
    }

    private struct Entry: Sendable {
        /// Position of the amending event.
        let by: Int
        let verdict: Verdict
    }

    /// By the position of the event that is put right, in the order of the log.
    private var entries: [Int: [Entry]] = [:]
    public private(set) var count = 0

    public init() {}

    /// Takes in an amending event at a position. A corrected form that cannot be read throws.
    public mutating func note(_ event: some Amending, at position: Int) throws(Malformed) {
        if let corrected = event as? EventCorrected {
            guard let right = try corrected.corrected() else {
                throw Malformed(path: "type", expected: "a kind and version of event that this program knows")
            }
            note(.corrected(right, corrected.happened), of: corrected.sequence, at: position)
        } else {
            note(.voided, of: event.sequence, at: position)
        }
    }

    public mutating func note(_ verdict: Verdict, of target: Int, at position: Int) {
        entries[target, default: []].append(Entry(by: position, verdict: verdict))
        count += 1
    }

    /// How the event at a position counts as far as the log up to `known` tells; `nil` as it was recorded.
    public func verdict(of target: Int, known: Int) -> Verdict? {
        guard !entries.isEmpty else { return nil }
        return entries[target]?.last { $0.by <= known }?.verdict
    }

    /// Whether an event at or before `position` has been put right after `since`.
    public func reachBehind(_ position: Int, since: Int) -> Bool {
        guard since < .max else { return false }
        return entries.contains { target, all in target <= position && all.contains { $0.by > since } }
    }

    /// Positions of the events that put others right, in their order.
    public var positions: [Int] { entries.values.flatMap { $0.map(\.by) }.sorted() }

    /// What was once told of the event at a position and has been put right since, up to `known`.
    public func told(of target: Int, known: Int) -> [any EventRecord] {
        guard !entries.isEmpty, let all = entries[target] else { return [] }
        return all.filter { $0.by <= known }.compactMap { entry in
            if case .corrected(let event, _) = entry.verdict { event } else { nil }
        }
    }
}
