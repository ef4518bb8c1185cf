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
import UnixSignals
import WireProtocol

/// The register on its event loop, from the first connection to the last answer.
struct RegisterService: Service, CustomStringConvertible {
    /// What the service group's log lines call it; without, they would describe everything in it.
    let description = "register"

    let log: FileLog
    let replayed: Replayed
    let consumers: Consumers
    let consumersFile: ConsumersFile
    let calendar: CivilCalendar
    let sockets: [CInt]
    /// The socket's path when it is ours to remove.
    let path: String?
    let source: String
    let configuration: Configuration
    let configurationFile: ConfigurationFile
    let loop: any EventLoop
    let readers: NIOThreadPool
    let calculator: NIOThreadPool
    /// Verifies the log and writes snapshots: what reads or writes a gigabyte, one after the other.
    let verifier: NIOThreadPool
    let logKey: LogKey
    /// Writes the file of the consumers, so that no long reading is before it.
    let keeper: NIOThreadPool
    let snapshots: SnapshotFolder
    let snapshotEvents: Int
    let notifier: ServiceNotifier

    /// What is left of a failed process to tell its clients.
    private static let lastWords = TimeAmount.milliseconds(200)

    private let logger = Logger(label: "accueild")

    /// What lives on the loop.
    private struct Running {
        let register: Register
        let server: SocketServer
        let watch: LogWatch
        let pulse: Pulse
    }

    func run() async throws {
        let running = try await loop.submit { NIOLoopBound(start(), eventLoop: loop) }.get()
        for socket in sockets {
            try await loop.flatSubmit { running.value.server.listen(on: socket) }.get()
        }
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let watchdog = try await loop.submit { feedWatchdog(running) }.get()
        let isDamaged = try await loop.submit { running.value.register.damage != nil }.get()
        let status = "\(isDamaged ? "Damaged, read-only" : "Ready"): \(replayed.position.rawValue) events"
        notifier.ready(status: status)
        logger.notice(
            "\(status)", metadata: ["message_id": "\(MessageID.ready)", "position": "\(replayed.position.rawValue)"])

        async let reloading: Void = reload(running, on: hangUps)
        try await gracefulShutdown()
        await reloading

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
        watchdog?.cancel()
        try await loop.submit { running.value.pulse.stop() }.get()
    }

    /// Reads the configuration anew each time it is asked to; a bad one changes nothing.
    private func reload(_ running: NIOLoopBound<Running>, on hangUps: UnixSignalsSequence) async {
        for await _ in hangUps.cancelOnGracefulShutdown() {
            notifier.reloading()
            do throws(ConfigurationFile.Failure) {
                let read = try configurationFile.read()
                if read.timeZone != configuration.timeZone || read.source != configuration.source {
                    logger.warning("time_zone and source are taken at the start: restart the service to change them")
                }
                try? await loop.submit {
                    running.value.server.adopt(Roles(read.holders), read.limits)
                    running.value.register.adopt(read.limits)
                }.get()
                logger.notice("The configuration was read again: roles at once, limits for connections to come")
                notifier.ready(status: "Ready")
            } catch {
                logger.error(
                    "The configuration stays as it was: \(error)",
                    metadata: ["message_id": "\(MessageID.configurationRefused)"])
                notifier.ready(status: "Ready; the new configuration was refused")
            }
        }
    }

    private func start() -> Running {
        let watch = NIOLoopBound(LogWatch(log, logger: logger, notifier: notifier), eventLoop: loop)
        let limits = configuration.limits
        let options = RegisterOptions(
            source: source, version: Accueild.version, calendar: calendar, limits: limits, now: Self.now,
            seed: UInt64.random(in: .min ... .max), home: Home(loop: loop),
            background: { [readers] work in readers.submit { _ in work() } },
            calculating: { [calculator] work in calculator.submit { _ in work() } },
            verifying: { [verifier] work in verifier.submit { _ in work() } }, logKey: logKey,
            keepConsumers: { [keeper, consumersFile] bytes, done in
                keeper.submit { _ in
                    do throws(DiskError) {
                        try consumersFile.replace(with: bytes)
                        done(nil)
                    } catch { done(error) }
                }
            },
            keepSnapshot: { [verifier, snapshots, log, logger] snapshot, done in
                verifier.submit { _ in done(Self.keep(snapshot, in: snapshots, of: log, logger)) }
            },
            snapshotEvents: snapshotEvents,
            failed: { failure in
                // The file without a name goes with the process that holds it open.
                if case .gone = failure { return watch.value.look(at: log) }
                logger.critical("\(failure)", metadata: ["message_id": "\(MessageID.syncFailed)"])
                notifier.failing(exitStatus: 74, errno: EIO, status: failure.description)
                loop.scheduleTask(in: Self.lastWords) { exit(74) }
            })
        let register = Register(log, replayed: replayed, consumers: consumers, options)
        let clock = ClockWatch(logger: logger)
        let pulse = Pulse(loop) {
            register.tick()
            clock.look(register.clockBehindSeconds)
            log.look { loop.execute { watch.value.look(at: log) } }
        } goesOn: {
            register.connections > 0 || log.shortage != nil
        }
        let server = SocketServer(
            loop: loop, responder: register, roles: Roles(configuration.holders), limits: limits, logger: logger
        ) {
            register.connections = $0
            pulse.begin()
        }
        pulse.begin()
        return Running(register: register, server: server, watch: watch.value, pulse: pulse)
    }

    private static func keep(
        _ snapshot: Snapshot, in folder: SnapshotFolder, of log: FileLog, _ logger: Logger
    ) -> Bool {
        do {
            let duration = try ContinuousClock().measure { try snapshot.write(to: folder, of: log) }
            logger.info(
                "A snapshot was written",
                metadata: [
                    "position": "\(snapshot.position)", "milliseconds": "\(Int(duration / .milliseconds(1)))",
                ])
            return true
        } catch {
            logger.warning("No snapshot was written, the next start takes longer: \(error)")
            return false
        }
    }

    /// The loop that does the work is the one that says it is alive.
    private func feedWatchdog(_ running: NIOLoopBound<Running>) -> RepeatedTask? {
        guard let interval = notifier.watchdogInterval else { return nil }
        let half = TimeAmount.nanoseconds(Int64(interval / .nanoseconds(1)) / 2)
        return loop.scheduleRepeatedTask(initialDelay: .zero, delay: half) { _ in
            notifier.watchdogPing()
            running.value.pulse.begin()
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

/// Every few seconds followers get a sign of life, and a full disk, the place of the log and the clock are looked at; but
/// only while somebody is connected or the disk is full. Else nothing here wakes it but its watchdog, and that looks once.
private final class Pulse {
    private static let interval = TimeAmount.seconds(5)

    private let loop: any EventLoop
    private let look: () -> Void
    private let goesOn: () -> Bool
    private var task: RepeatedTask?

    init(_ loop: any EventLoop, _ look: @escaping () -> Void, goesOn: @escaping () -> Bool) {
        self.loop = loop
        self.look = look
        self.goesOn = goesOn
    }

    func begin() {
        guard task == nil else { return }
        look()
        guard goesOn() else { return }
        let pulse = NIOLoopBound(self, eventLoop: loop)
        task = loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            pulse.value.look()
            if !pulse.value.goesOn() { pulse.value.stop() }
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }
}

/// Tells the journal when room runs short, when it is back, what damage comes to light, and when the log is not where it was
/// any more.
private final class LogWatch {
    private let logger: Logger
    private let notifier: ServiceNotifier
    private var short = false
    /// What has been told, at the start or since.
    private var refusal: AppendFailure?

    init(_ log: FileLog, logger: Logger, notifier: ServiceNotifier) {
        self.logger = logger
        self.notifier = notifier
        refusal = log.refusal
    }

    func look(at log: FileLog) {
        if log.refusal != refusal {
            refusal = log.refusal
            switch refusal {
            case .gone(let reason):
                logger.critical("\(reason)", metadata: ["message_id": "\(MessageID.logGone)"])
                notifier.status("Read-only: \(reason)")
            case .damaged(let damage):
                logger.critical("\(damage)", metadata: ["message_id": "\(MessageID.damagedLog)"])
            case .full, .outcomeUnknown, .readOnly, .closed, .notNext, .tooLarge, nil: break
            }
        }
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

/// Tells the journal when the clock is behind what was recorded, and when it has caught up.
private final class ClockWatch {
    private let logger: Logger
    private var behind = false

    init(logger: Logger) { self.logger = logger }

    func look(_ seconds: Int) {
        guard (seconds > RegisterOptions.futureSecondsMax) != behind else { return }
        behind.toggle()
        if behind {
            logger.error(
                """
                The clock is \(seconds) s behind the time that the last event was recorded at: it is wrong, or was when \
                that event came. Until it has caught up, recorded times stand still
                """,
                metadata: ["message_id": "\(MessageID.clockBehind)"])
        } else {
            logger.notice("The clock has caught up with the time that the last event was recorded at")
        }
    }
}

/// The event loop as the register's home.
private struct Home: HomeLoop {
    let loop: any EventLoop

    func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }
    func preconditionIsHome() { loop.preconditionInEventLoop() }
}
