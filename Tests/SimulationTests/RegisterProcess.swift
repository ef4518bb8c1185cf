import AccueilDomain
import AccueilTesting
import EventCoding
import EventLog
import Register
import WireProtocol

/// What the daemon is without its sockets: a register, its log, its file of consumers and its threads, on a simulated disk.
final class RegisterProcess: @unchecked Sendable {
    let threads = Threads()
    let log: FileLog
    let recovery: Recovery
    /// Why the log takes nothing any more: the process has to end.
    private(set) var failure: AppendFailure?
    private(set) var isStopping = false
    /// It was told to stop, and everything it had accepted is durable and answered.
    private(set) var hasStopped = false
    /// What it knows of the consumers is what stands in their file; not after a failure, which it tells.
    private(set) var isFileOfConsumersKnown = true
    private(set) var register: Register!
    private let parser = JSONParser()

    static let logFolder = "/log"
    static let consumersFolder = "/consumers"
    static let logName = LogIdentity("5ca1ab1e-0ddb-4a11-8f1e-1dba5eba11ed")!
    private static let logKey = LogKey([UInt8](repeating: 0x41, count: 43) + [0x3D])!

    /// Starts as the daemon does: the log is opened and repaired, then the consumers are read, then the log.
    init(on disk: SimulatedDisk, seed: UInt64, now: @escaping () -> Int64) throws {
        let options = FileLog.Options(
            segmentBytes: 16 << 10, diskReserveBytes: 1 << 20, newIdentity: RegisterProcess.logName)
        (log, recovery) = try FileLog.open(
            directory: RegisterProcess.logFolder, options: options, disk: disk,
            threads: LogThreads(log: threads.start(.log), background: threads.start(.preparing)))
        let file = ConsumersFile(disk, folder: RegisterProcess.consumersFolder)
        let consumers = try file.read().map { try Consumers($0, of: log.identity) } ?? Consumers()
        let keeping = threads.start(.keeping)
        let registerOptions = RegisterOptions(
            source: "urn:accueil:simulation", version: "1", calendar: .utc, now: now, seed: seed, home: threads,
            background: threads.start(.reading), calculating: threads.start(.calculating),
            verifying: threads.start(.verifying), logKey: RegisterProcess.logKey,
            keepConsumers: { [unowned self] bytes, done in
                keeping { [self] in
                    do throws(DiskError) {
                        try file.replace(with: bytes)
                        isFileOfConsumersKnown = true
                        done(nil)
                    } catch {
                        isFileOfConsumersKnown = false
                        done(error)
                    }
                }
            },
            failed: { [unowned self] in failure = $0 })
        // Worlds are kept so often that looks at the past and corrections begin at one of them.
        let replayed = try Replayed(log, .utc, checkpointEvents: 7)
        register = Register(log, replayed: replayed, consumers: consumers, registerOptions)
    }

    func take(_ line: String, from session: any Session, answer: @escaping ([UInt8]) -> Void) {
        threads.visit(.home) {
            Answering.answer(Incoming(Array(line.utf8).span, with: parser), from: session, by: register) {
                if let line = $0 { answer(line) }
            }
        }
    }

    func tick() {
        threads.visit(.home) { register.tick() }
        log.look {}
    }

    func stop() {
        isStopping = true
        threads.visit(.home) { register.stop { [unowned self] in hasStopped = true } }
    }

    /// After `hasStopped`.
    func close() {
        threads.settle()
        threads.isEnding = true
        log.close()
    }

    /// What it answers to each of the requests, when it has nothing else to do.
    func answers(to requests: [String]) -> [String] {
        let session = Auditor()
        var answers = [String](repeating: "no answer", count: requests.count)
        for (index, request) in requests.enumerated() {
            take(request, from: session) { answers[index] = String(decoding: $0, as: UTF8.self) }
            threads.settle()
        }
        return answers
    }
}

/// Asks, and follows nothing.
private final class Auditor: Session {
    let actor = "uid:0"
    let role: Role? = .admin
    let isWritable = true
    let isOpen = true
    var commandsPending = 0

    func notify(_ line: [UInt8]) {}
}
