import AccueilDomain
import EventLog
import Glibc
import Logging
import NIOCore
import NIOPosix
import Register
import ServiceLifecycle
import SocketServer
import Systemd
import WireProtocol

/// The register on its event loop, from the first connection to the last answer.
struct RegisterService: Service, CustomStringConvertible {
    /// What the service group's log lines call it; without, they would describe everything in it.
    let description = "register"

    let log: FileLog
    let replayed: Replayed
    let calendar: CivilCalendar
    let sockets: [CInt]
    /// The socket's path when it is ours to remove.
    let path: String?
    let source: String
    let loop: any EventLoop
    let readers: NIOThreadPool
    let calculator: NIOThreadPool
    let limits: Limits
    let notifier: ServiceNotifier

    /// How often followers get a sign of life and a full disk is looked at again.
    private static let tick = TimeAmount.seconds(5)
    /// What is left of a failed process to tell its clients.
    private static let lastWords = TimeAmount.milliseconds(200)

    private let logger = Logger(label: "accueild")

    init(
        log: FileLog, replayed: Replayed, calendar: CivilCalendar, sockets: [CInt], path: String?, source: String,
        loop: any EventLoop, readers: NIOThreadPool, calculator: NIOThreadPool,
        limits: Limits, notifier: ServiceNotifier
    ) {
        self.log = log
        self.replayed = replayed
        self.calendar = calendar
        self.sockets = sockets
        self.path = path
        self.source = source
        self.loop = loop
        self.readers = readers
        self.calculator = calculator
        self.limits = limits
        self.notifier = notifier
    }

    /// What lives on the loop.
    private struct Running {
        let register: Register
        let server: SocketServer
    }

    func run() async throws {
        let running = try await loop.submit { NIOLoopBound(start(), eventLoop: loop) }.get()
        for socket in sockets {
            try await loop.flatSubmit { running.value.server.listen(on: socket) }.get()
        }
        let beats = try await loop.submit { beat(running) }.get()
        let isDamaged = try await loop.submit { running.value.register.damage != nil }.get()
        let status = "\(isDamaged ? "Damaged, read-only" : "Ready"): \(replayed.position.rawValue) events"
        notifier.ready(status: status)
        logger.notice(
            "\(status)", metadata: ["message_id": "\(MessageID.ready)", "position": "\(replayed.position.rawValue)"])

        try await gracefulShutdown()

        notifier.stopping(status: "Finishing what was accepted")
        logger.notice("Stopping", metadata: ["message_id": "\(MessageID.stopping)"])
        // While it still listens: a moment later the path may be another daemon's.
        if let path { unsafe unlink(path) }
        let stopped = loop.makePromise(of: Void.self)
        loop.execute {
            running.value.server.stopListening()
            running.value.register.stop { running.value.server.drain { stopped.succeed() } }
        }
        try await stopped.futureResult.get()
        for beat in beats { beat.cancel() }
    }

    private func start() -> Running {
        let options = RegisterOptions(
            source: source, version: Accueild.version, calendar: calendar, limits: limits, now: Self.now,
            seed: UInt64.random(in: .min ... .max), home: Home(loop: loop),
            background: { [readers] work in readers.submit { _ in work() } },
            calculating: { [calculator] work in calculator.submit { _ in work() } },
            failed: { failure in
                logger.critical("\(failure)", metadata: ["message_id": "\(MessageID.syncFailed)"])
                notifier.failing(exitStatus: 74, errno: EIO, status: failure.description)
                loop.scheduleTask(in: Self.lastWords) { exit(74) }
            })
        let register = Register(log, replayed: replayed, options)
        let server = SocketServer(loop: loop, responder: register, limits: limits, logger: logger) {
            register.connections = $0
        }
        return Running(register: register, server: server)
    }

    private func beat(_ running: NIOLoopBound<Running>) -> [RepeatedTask] {
        var beats: [RepeatedTask] = []
        let room = RoomWatch(logger: logger)
        let bound = NIOLoopBound(room, eventLoop: loop)
        beats.append(
            loop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
                running.value.register.tick()
                bound.value.look(at: log)
            })
        if let interval = notifier.watchdogInterval {
            // The loop that does the work is the one that says it is alive.
            let half = TimeAmount.nanoseconds(Int64(interval / .nanoseconds(1)) / 2)
            beats.append(loop.scheduleRepeatedTask(initialDelay: .zero, delay: half) { _ in notifier.watchdogPing() })
        }
        return beats
    }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

/// Tells the journal when room runs short, and when it is back.
private final class RoomWatch {
    private let logger: Logger
    private var short = false

    init(logger: Logger) { self.logger = logger }

    func look(at log: FileLog) {
        let shortage = log.shortage
        guard (shortage != nil) != short else { return }
        short = shortage != nil
        if let shortage {
            logger.error("Room runs short: \(shortage)", metadata: ["message_id": "\(MessageID.diskFull)"])
        } else {
            logger.notice("There is room again", metadata: ["message_id": "\(MessageID.roomAgain)"])
        }
    }
}

/// The event loop as the register's home.
private struct Home: HomeLoop {
    let loop: any EventLoop

    func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }
    func preconditionIsHome() { loop.preconditionInEventLoop() }
}
