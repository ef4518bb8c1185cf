import Register

/// The threads of one process, as the simulation runs them: each does its work in order, and which of them goes on next is
/// for the simulation to say. One that waits for the disk is in the middle of its work while others go on.
final class Threads: HomeLoop, @unchecked Sendable {
    enum Name: Int, CaseIterable { case home, log, preparing, reading, calculating, verifying, keeping }

    typealias Work = @Sendable () -> Void
    private var work = [[Work]](repeating: [], count: Name.allCases.count)
    /// Those in the middle of their work; the last one is at it, each of the others waits for the disk.
    private var running: [Name] = []
    /// What the log has to do is done at once: the process ends, and waits for it.
    var isEnding = false

    func start(_ name: Name) -> @Sendable (@escaping Work) -> Void {
        { [unowned self] work in
            if isEnding, name == .log || name == .preparing { return work() }
            self.work[name.rawValue].append(work)
        }
    }

    func execute(_ work: @escaping Work) { start(.home)(work) }
    func preconditionIsHome() { precondition(running.last == .home, "only its own thread touches the register") }

    /// Those that have something to do and can.
    var ready: [Name] {
        Name.allCases.filter { name in
            guard !work[name.rawValue].isEmpty, !running.contains(name) else { return false }
            // It may need the segment that is being prepared, and would wait for it.
            return name != .log || !running.contains(.preparing)
        }
    }

    var isHomeFree: Bool { !running.contains(.home) }

    func run(_ name: Name) {
        let next = work[name.rawValue].removeFirst()
        visit(name, next)
    }

    func visit(_ name: Name, _ body: () -> Void) {
        precondition(!running.contains(name), "a thread does one thing at a time")
        running.append(name)
        body()
        running.removeLast()
    }

    /// Everything that can be done, the threads in turn.
    func settle() { while let name = ready.first { run(name) } }

    /// The process is gone, and what it was about to do with it.
    func end() { work = [[Work]](repeating: [], count: Name.allCases.count) }
}
