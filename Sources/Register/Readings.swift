import WireProtocol

/// What connections asked of the log: one reading at a time for each, and only while its client takes the answers. So a
/// client that asks for much and takes nothing costs one answer of memory, whatever it asked for.
struct Readings {
    typealias Work = (Register, @escaping (Reply) -> Void) -> Void

    private struct Queue {
        private var entries: [(work: Work, reply: (Reply) -> Void)] = []
        /// Entries before it have been taken.
        private var taken = 0
        var isEmpty: Bool { taken == entries.count }
        var isReading = false

        mutating func add(_ work: @escaping Work, _ reply: @escaping (Reply) -> Void) { entries.append((work, reply)) }

        mutating func take() -> (work: Work, reply: (Reply) -> Void) {
            let entry = entries[taken]
            taken += 1
            if taken * 2 > entries.count {
                entries.removeFirst(taken)
                taken = 0
            }
            return entry
        }
    }

    private var queues: [ObjectIdentifier: Queue] = [:]

    mutating func add(_ work: @escaping Work, _ reply: @escaping (Reply) -> Void, for session: any Session) {
        queues[ObjectIdentifier(session), default: Queue()].add(work, reply)
    }

    /// The next reading to begin for a connection, if it may begin one.
    mutating func next(for session: any Session) -> (work: Work, reply: (Reply) -> Void)? {
        let key = ObjectIdentifier(session)
        guard session.isWritable, let queue = queues[key], !queue.isReading, !queue.isEmpty else { return nil }
        queues[key]?.isReading = true
        return queues[key]?.take()
    }

    /// The reading that was begun has been answered.
    mutating func finish(for session: any Session) {
        let key = ObjectIdentifier(session)
        queues[key]?.isReading = false
        if queues[key]?.isEmpty ?? false { queues[key] = nil }
    }

    mutating func forget(_ session: any Session) { queues[ObjectIdentifier(session)] = nil }
}

extension Register {
    func read(for session: any Session, _ reply: @escaping (Reply) -> Void, _ work: @escaping Readings.Work) {
        readings.add(work, reply, for: session)
        readNext(for: session)
    }

    func readNext(for session: any Session) {
        // A loop, not a chain of calls: thousands of them may be answered at once.
        while let (work, reply) = readings.next(for: session) {
            var isAnswered = false
            var isLater = false
            work(self) { [unowned self] answer in
                reply(answer)
                readings.finish(for: session)
                isAnswered = true
                if isLater { readNext(for: session) }
            }
            isLater = true
            guard isAnswered else { return }
        }
    }
}
