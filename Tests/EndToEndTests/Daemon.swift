import AccueilTesting
import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The real daemon on a folder of its own, as a test's subject.
///
/// It is ready when `start` returns: readiness comes over a notification socket, as systemd would hear it.
final class Daemon {
    let folder: URL
    let process: Process
    let notifications: NotificationSocket
    private let errors: URL
    private let keepsFolder: Bool

    var socketPath: String { folder.appending(path: "s").path }
    /// Where the daemon looks for its configuration, unless it is told another place.
    static func configuration(in folder: URL) -> URL { folder.appending(path: "accueild.json") }

    var logFolder: URL { folder.appending(path: "state/log") }
    var standardError: String {
        (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    }

    /// Programs built beside the tests.
    static func program(_ name: String) -> URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
    }

    /// A new empty folder for a daemon; short, because a socket's path is.
    static func newFolder() throws -> URL {
        let folder = URL(filePath: "/tmp/accueil-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Starts a daemon on `folder` and waits until it is ready; throws what it said when it ends instead.
    static func start(
        in folder: URL? = nil, _ arguments: [String] = [], environment: [String: String] = [:], launcher: [String] = []
    ) throws -> Daemon {
        let daemon = try Daemon(
            in: folder ?? newFolder(), keepsFolder: folder != nil, arguments, environment: environment,
            launcher: launcher)
        guard daemon.notifications.wait(for: "READY=1") else {
            daemon.process.terminate()
            daemon.process.waitUntilExit()
            throw Ended(status: daemon.process.terminationStatus, standardError: daemon.standardError)
        }
        return daemon
    }

    struct Ended: Error, CustomStringConvertible {
        let status: Int32
        let standardError: String
        var description: String { "the daemon ended with status \(status): \(standardError)" }
    }

    private init(
        in folder: URL, keepsFolder: Bool, _ arguments: [String], environment more: [String: String], launcher: [String]
    ) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            at: folder.appending(path: "state"), withIntermediateDirectories: true)
        self.keepsFolder = keepsFolder
        notifications = try NotificationSocket(
            path: folder.appending(path: "n\(UInt32.random(in: .min ... .max))").path)
        process = Process()
        let words = launcher + [Self.program("accueild").path]
        process.executableURL = URL(filePath: words[0])
        process.arguments =
            words.dropFirst() + [
                "--state-directory", folder.appending(path: "state").path, "--socket", folder.appending(path: "s").path,
            ]
            + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["NOTIFY_SOCKET"] = notifications.path
        environment["LISTEN_FDS"] = nil
        // Not the configuration of this machine.
        environment["CONFIGURATION_DIRECTORY"] = folder.path
        environment.merge(more) { _, given in given }
        process.environment = environment
        errors = folder.appending(path: "stderr\(UInt32.random(in: .min ... .max))")
        try Data().write(to: errors)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        let notifications = notifications
        process.terminationHandler = { _ in notifications.hangUp() }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        if !keepsFolder { try? FileManager.default.removeItem(at: folder) }
    }

    func connect() throws -> LineClient { try LineClient(path: socketPath) }

    /// SIGTERM, and the status it exits with.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// SIGKILL: no last word, no tidy end.
    func crash() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Starts a daemon and kills it wherever it has come to by then.
    static func crashAtStart(in folder: URL, afterMicroseconds delay: UInt32) throws {
        let daemon = try Daemon(in: folder, keepsFolder: true, [], environment: [:], launcher: [])
        usleep(delay)
        daemon.crash()
    }

    /// What `/proc` tells of it.
    func proc(_ name: String) -> String { "/proc/\(process.processIdentifier)/\(name)" }

    /// The memory it holds.
    var residentKiB: Int {
        get throws {
            let status = try String(contentsOfFile: proc("status"), encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.filter { $0.isNumber }))
        }
    }

    /// Runs the daemon, through `launcher` where there is one, until it ends by itself.
    static func run(in folder: URL, _ arguments: [String] = [], launcher: [String] = []) throws -> Ended {
        let daemon = try Daemon(in: folder, keepsFolder: true, arguments, environment: [:], launcher: launcher)
        // One that is ready would not end.
        if daemon.notifications.wait(for: "READY=1") { daemon.process.terminate() }
        daemon.process.waitUntilExit()
        return Ended(status: daemon.process.terminationStatus, standardError: daemon.standardError)
    }
}

/// A datagram socket that hears what a service tells systemd (sd_notify(3)).
final class NotificationSocket: @unchecked Sendable {
    let path: String
    private let descriptor: Int32
    private static let secondsMax = 60
    /// Every line that `wait` has passed, the latest last. Only one thread waits.
    private(set) var heard: [String] = []

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        try #require(withUnixAddress(path) { bind(descriptor, $0, $1) } == 0)
        var patience = timeval(tv_sec: Self.secondsMax, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Waits for a line such as `READY=1`; false when the service ended or a minute passed.
    func wait(for line: String) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            if text == Self.end { return false }
            heard += text.split(separator: "\n").map { String($0) }
            if text.split(separator: "\n").contains(Substring(line)) { return true }
        }
    }

    /// Hears the service out to its end.
    func waitForEnd() { while wait(for: Self.end) {} }

    /// Wakes `wait`: the service has ended.
    func hangUp() {
        let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(sender) }
        let bytes = Array(Self.end.utf8)
        _ = withUnixAddress(path) { sendto(sender, bytes, bytes.count, 0, $0, $1) }
    }

    private static let end = "X_ENDED=1"
}

func withUnixAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> some Any) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    return (result as? Int32) ?? Int32(truncatingIfNeeded: (result as? Int) ?? -1)
}

/// A client as simple as `nc -U`: lines out, lines in. It waits at most a minute for a line.
final class LineClient {
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// Bytes of `received` that have been handed out as lines.
    private var taken = 0
    private var nextID = 0
    /// Notifications that came while an answer was awaited.
    private(set) var notifications: [[String: Any]] = []

    struct Closed: Error {}

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        try #require(withUnixAddress(path) { Glibc.connect(descriptor, $0, $1) } == 0, "connect to \(path)")
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// The other end of a connection that was accepted.
    init(accepted descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Closed() }
            sent += count
        }
    }

    /// Tells the daemon that nothing more will come.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next line without its end; throws `Closed` at the end of the connection.
    func line() throws -> String {
        var searched = taken
        while true {
            if let end = lineEnd(from: searched) {
                defer { taken = end + 1 }
                return String(decoding: received[taken..<end], as: UTF8.self)
            }
            received.removeFirst(taken)
            taken = 0
            searched = received.count
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw Closed() }
            received.append(contentsOf: buffer[..<count])
        }
    }

    private func lineEnd(from start: Int) -> Int? {
        received.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let end = memchr(base + start, 0x0A, bytes.count - start)
            else { return nil }
            return end - UnsafeMutableRawPointer(mutating: base)
        }
    }

    /// All lines up to the end of the connection.
    func rest() -> [String] {
        var lines: [String] = []
        while let line = try? line() { lines.append(line) }
        return lines
    }

    func object() throws -> [String: Any] {
        let line = try line()
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }

    /// Asks and waits for the answer to this question: the whole response object.
    func ask(_ method: String, _ params: [String: Any] = [:]) throws -> [String: Any] {
        nextID += 1
        let id = nextID
        let request: [String: Any] = ["jsonrpc": "2.0", "id": id, "method": method, "params": params]
        try send([UInt8](try JSONSerialization.data(withJSONObject: request)) + [0x0A])
        while true {
            let object = try object()
            if object["id"] as? Int == id { return object }
            notifications.append(object)
        }
    }

    /// The next notification, one that was heard while an answer was awaited first.
    func notification() throws -> [String: Any] {
        notifications.isEmpty ? try object() : notifications.removeFirst()
    }

    /// Records something and tells the events; a failed expectation when the daemon refuses.
    @discardableResult
    func record(_ method: String, _ params: [String: Any]) throws -> [[String: Any]] {
        try #require(try result(method, params)["events"] as? [[String: Any]])
    }

    /// The result; a failed expectation when the daemon refuses.
    func result(_ method: String, _ params: [String: Any] = [:]) throws -> [String: Any] {
        let response = try ask(method, params)
        return try #require(response["result"] as? [String: Any], "\(method) was refused: \(response)")
    }

    /// The error's `data`; a failed expectation when the daemon accepts.
    func refusal(_ method: String, _ params: [String: Any] = [:]) throws -> [String: Any] {
        let response = try ask(method, params)
        let error = try #require(response["error"] as? [String: Any], "\(method) was accepted: \(response)")
        return try #require(error["data"] as? [String: Any])
    }
}

/// JSON text with sorted names, to compare; of an object, only the members named, if any are.
func json(_ value: Any?, _ names: String...) -> String {
    var value = value ?? NSNull()
    if !names.isEmpty, let object = value as? [String: Any] { value = object.filter { names.contains($0.key) } }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
    guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else { return "\(value)" }
    return String(decoding: data, as: UTF8.self)
}

/// Random numbers that come again with the same seed; `ACCUEIL_SEED` gives one.
struct Dice: RandomNumberGenerator {
    let seed: UInt64
    private var numbers: SplitMix

    init(seed: UInt64) {
        self.seed = seed
        numbers = SplitMix(seed: seed)
    }

    static func thrown(for test: String) -> Dice {
        let given = ProcessInfo.processInfo.environment["ACCUEIL_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1...UInt64(UInt32.max))
        print("\(test): ACCUEIL_SEED=\(seed)")
        return Dice(seed: seed)
    }

    mutating func next() -> UInt64 { numbers.next() }
}

/// Does the same on `count` threads at once and waits for all; throws the first error.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failures = Mutex<[any Error]>([])
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        // Threads of their own: they block on sockets.
        Thread.detachNewThread {
            do { try body(number) } catch { failures.withLock { $0.append(error) } }
            group.leave()
        }
    }
    group.wait()
    if let failure = failures.withLock({ $0.first }) { throw failure }
}
