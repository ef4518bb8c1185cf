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

/// One life of the daemon: open, replay, serve, stop.
struct Daemon {
    private let arguments: Accueild
    private let notifier: ServiceNotifier
    private let logger = Logger(label: "accueild")

    init(_ arguments: Accueild, _ notifier: ServiceNotifier) {
        self.arguments = arguments
        self.notifier = notifier
    }

    func run() async throws {
        let file = arguments.configuration
        let configuration = try starting { () throws(ConfigurationFile.Failure) in try file.read() }
        let timeZone = arguments.timeZone ?? configuration.timeZone?.string ?? "Europe/Paris"
        let calendar = try starting { () throws(CivilTime.UnknownZone) in try CivilTime.calendar(of: timeZone) }
        // The lock on the log comes before the socket: a second daemon must not take the first one's path.
        let log = try openLog()
        let sockets = try listeningSockets()
        let snapshots = SnapshotFolder(PosixDisk(), in: arguments.stateDirectory)
        let replayed = try replay(log, calendar, snapshots)
        let consumersFile = ConsumersFile(PosixDisk(), folder: arguments.stateDirectory)
        let consumers = try readConsumers(consumersFile, log, head: replayed.position)
        let logKey = try readLogKey()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let readers = NIOThreadPool(numberOfThreads: 2)
        readers.start()
        let calculator = NIOThreadPool(numberOfThreads: 1)
        calculator.start()
        let verifier = NIOThreadPool(numberOfThreads: 1)
        verifier.start()
        let keeper = NIOThreadPool(numberOfThreads: 1)
        keeper.start()
        let service = RegisterService(
            log: log, replayed: replayed, consumers: consumers, consumersFile: consumersFile, calendar: calendar,
            sockets: sockets.descriptors, path: sockets.path,
            source: arguments.source ?? configuration.source?.string ?? "urn:accueil:register",
            configuration: configuration, configurationFile: file, loop: group.next(), readers: readers,
            calculator: calculator, verifier: verifier, logKey: logKey, keeper: keeper, snapshots: snapshots,
            snapshotEvents: arguments.snapshotEvents, notifier: notifier)
        let services = ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() })
        try await services.run()
        log.close()
        try await readers.shutdownGracefully()
        try await calculator.shutdownGracefully()
        try await verifier.shutdownGracefully()
        try await keeper.shutdownGracefully()
        try await group.shutdownGracefully()
        logger.info("Stopped")
    }

    private func openLog() throws -> FileLog {
        let state = arguments.stateDirectory
        if unsafe mkdir(state, 0o700) != 0, errno != EEXIST {
            throw StartFailure("cannot make the state folder \(state): \(unsafe String(cString: strerror(errno)))")
        }
        let directory = state + "/log"
        let mark = LogMark(disk: PosixDisk(), folder: state)
        try starting { () throws(LogMark.Missing) in try mark.check(directory) }
        let (log, recovery) = try starting { () throws(LogOpenFailure) in
            try FileLog.open(directory: directory, options: FileLog.Options())
        }
        if recovery.created { logger.notice("A new log was made", metadata: ["directory": "\(directory)"]) }
        if let torn = recovery.torn {
            logger.warning("\(torn)", metadata: ["message_id": "\(MessageID.recoveredTornTail)"])
        }
        for damage in recovery.damage {
            logger.critical("\(damage)", metadata: ["message_id": "\(MessageID.damagedLog)"])
        }
        do throws(DiskError) { try mark.make(of: log.identity) } catch {
            logger.warning("\(error): without this file, a log that is deleted is begun anew at the next start")
        }
        return log
    }

    private func listeningSockets() throws -> (descriptors: [CInt], path: String?) {
        let inherited = try starting { () throws(InheritedSocketError) in try ListeningSockets.inherited() }
        guard inherited.isEmpty else { return (inherited.map(\.fd), nil) }
        let path = arguments.socket
        let descriptor = try starting { () throws(ListeningSocket.Failure) in try ListeningSocket.bind(path: path) }
        return ([descriptor], path)
    }

    private func replay(_ log: FileLog, _ calendar: CivilCalendar, _ snapshots: SnapshotFolder) throws -> Replayed {
        let clock = ContinuousClock()
        let start = clock.now
        var told = start
        let head = log.durable
        let snapshot = Snapshot.latest(in: snapshots, of: log, calendar) { reason in
            logger.notice("Not taken: \(reason)")
        }
        let replayed = try starting { () throws(Replayed.Failure) in
            try Replayed(log, calendar, from: snapshot) { position in
                guard clock.now - told > .seconds(1) else { return }
                told = clock.now
                notifier.extendTimeout(microseconds: 30_000_000)
                notifier.status("Replaying: \(position.rawValue) of \(head.rawValue) events")
                logger.info("Replaying", metadata: ["position": "\(position.rawValue)", "head": "\(head.rawValue)"])
            }
        }
        if let damage = replayed.damage {
            logger.critical(
                "Serving what lies before the damage; nothing is recorded: \(damage)",
                metadata: ["message_id": "\(MessageID.damagedLog)"])
        }
        if let position = snapshot?.position {
            let behind = replayed.position.count(after: position)
            logger.notice(
                replayed.start == position
                    ? "Ready from a snapshot at \(position), \(behind) events after it"
                    : "Not taken: the snapshot at \(position): an event before it was put right, or is unreadable")
        }
        let milliseconds = (clock.now - start) / .milliseconds(1)
        logger.info(
            "Replayed",
            metadata: ["events": "\(replayed.position.rawValue)", "milliseconds": "\(Int(milliseconds))"])
        return replayed
    }

    /// A file that is not what was written is kept under another name: cursors are never invented.
    private func readConsumers(
        _ file: ConsumersFile, _ log: FileLog, head: Position
    ) throws -> Consumers {
        let bytes = try starting { () throws(DiskError) in try file.read() }
        guard let bytes else { return Consumers() }
        do throws(DamagedConsumers) {
            let consumers = try Consumers(bytes, of: log.identity)
            for name in consumers.names(beyond: head) {
                logger.error(
                    """
                    The consumer \(name) stands beyond the end of the log, position \(head): the events it has done with \
                    are gone; remove it and begin again where it has to
                    """)
            }
            return consumers
        } catch {
            let aside = try starting { () throws(DiskError) in try file.setAside() }
            logger.critical(
                """
                \(file.path): \(error.description). It was renamed to \(aside); there are no consumers until they are made \
                again with consumer.ack
                """,
                metadata: ["message_id": "\(MessageID.damagedConsumers)"])
            return Consumers()
        }
    }

    /// The key of the checkpoints: the credential that systemd hands over, else the one in the state folder. One that cannot
    /// be read is never replaced: who keeps checkpoints knows them by their key.
    private func readLogKey() throws -> LogKey {
        let credential = Environment.firstPath("CREDENTIALS_DIRECTORY").map { "\($0)/\(LogKey.name)" }
        let given = credential.flatMap { unsafe access($0, F_OK) == 0 ? $0 : nil }
        let key = try starting { () throws(DiskError) in
            if let given { return try LogKey.read(given) }
            return try LogKey.kept(in: arguments.stateDirectory)
        }
        guard let key else {
            throw StartFailure(
                "\(given ?? "\(arguments.stateDirectory)/\(LogKey.name)") holds no key, which is 32 bytes in base64: "
                    + "put the right one back, or move the file away for a new one")
        }
        return key
    }

    /// Whatever stops a start is told in one sentence.
    private func starting<Value, Failed: Error & CustomStringConvertible>(
        _ step: () throws(Failed) -> Value
    ) throws -> Value {
        do throws(Failed) { return try step() } catch { throw StartFailure(error) }
    }
}
