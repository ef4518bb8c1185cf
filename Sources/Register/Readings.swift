import WireProtocol

/// What connections asked of the log: one reading at a time for each, and only while its client takes the answers. So a
/// client that asks for much and takes nothing costs one answer of memory, whatever it asked for.
struct Readings {
    typealias Work = (Register, @escaping (Reply) -> Void) -> Void

    private struct Queue {
        var waiting: [(work: Work, reply: (Reply) -> Void)] = []
        var isReading = false
    }

    private var queues: [ObjectIdentifier: Queue] = [:]

    mutating func add(_ work: @escaping Work, _ reply: @escaping (Reply) -> Void, for session: any Session) {
        queues[ObjectIdentifier(session), default: Queue()].waiting.append((work, reply))
    }

    /// The next reading to begin for a connection, if it may begin one.
    mutating func next(for session: any Session) -> (work: Work, reply: (Reply) -> Void)? {
        let key = ObjectIdentifier(session)
        guard session.isWritable, let queue = queues[key], !queue.isReading, !queue.waiting.isEmpty else { return nil }
        queues[key]?.isReading = true
        return queues[key]?.waiting.removeFirst()
    }

    /// The reading that was begun has been answered.
    mutating func finish(for session: any Session) {
        let key = ObjectIdentifier(session)
        queues[key]?.isReading = false
        if queues[key]?.waiting.isEmpty ?? false { queues[key] = nil }
    }

    mutating func forget(_ session: any Session) { queues[ObjectIdentifier(session)] = nil }
}

extension Register {
    func read(for session: any Session, _ reply: @escaping (Reply) -> Void, _ work: @escaping Readings.Work) {
        readings.add(work, reply, for: session)
        readNext(for: session)
    }

    func readNext(for session: any Session) {
        guard let (work, reply) = readings.next(for: session) else { return }
        work(self) { [unowned self] answer in
            reply(answer)
            readings.finish(for: session)
            readNext(for: session)
        }
    }
}
