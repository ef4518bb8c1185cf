import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Checkpoints and proofs from the real daemon, held against `proofs.py`; and the care of its log.
@Suite final class ProofsTests {
    private let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start(_ environment: [String: String] = [:]) throws -> Daemon {
        try Daemon.start(in: folder, environment: environment)
    }

    private func open(_ sites: ClosedRange<Int>, on daemon: Daemon) throws {
        let client = try daemon.connect()
        for number in sites { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
    }

    private func run(_ arguments: String..., on daemon: Daemon) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath)
    }

    /// Runs a verb that has to succeed, keeps what it prints in a file, and tells where.
    private func keep(_ name: String, _ arguments: String..., on daemon: Daemon) throws -> String {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        try #require(ended.status == 0, "\(arguments): \(ended.error)")
        let path = folder.appending(path: name).path
        try ended.output.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func key(of daemon: Daemon) throws -> String {
        try run("log", "key", on: daemon).output.trimmingCharacters(in: .newlines)
    }

    /// Changes one byte of the first event of the log.
    private func damage(_ log: URL) throws {
        let segment = log.appending(path: "00000000000000000001.ndjson")
        let file = try FileHandle(forUpdating: segment)
        defer { try? file.close() }
        let bytes = try #require(try file.readToEnd())
        let place = try #require(bytes.firstIndex(of: 0x0A)) + 100
        try file.seek(toOffset: UInt64(place))
        try file.write(contentsOf: [bytes[place] ^ 1])
    }

    // MARK: Proofs

    @Test func `another implementation finds every checkpoint and every proof right`() throws {
        let daemon = try start()
        try open(1...150, on: daemon)
        let seed = "\(Dice.thrown(for: "proofs").seed)"
        try Validators.check("socket", daemon.socketPath, daemon.logFolder.path, seed, by: "proofs.py")
        #expect(daemon.stop() == 0)
    }

    @Test func `what the command line keeps proves itself to another implementation, and to itself`() throws {
        let daemon = try start()
        try open(1...11, on: daemon)
        let key = try key(of: daemon)
        let old = try keep("old", "log", "checkpoint", on: daemon)
        try open(12...30, on: daemon)
        let now = try keep("now", "log", "checkpoint", on: daemon)
        let inclusion = try keep("inclusion", "log", "proof", "inclusion", "7", on: daemon)
        let consistency = try keep("consistency", "log", "proof", "consistency", old, "--key", key, on: daemon)
        try Validators.check(
            "files", key, daemon.logFolder.path, now, inclusion, consistency, old, by: "proofs.py")

        let event = try keep("event", "rpc", "events.get", #"{"sequence":7}"#, on: daemon)
        let other = try keep("other", "rpc", "events.get", #"{"sequence":8}"#, on: daemon)
        let copy = folder.appending(path: "copy").path
        #expect(try run("log", "backup", copy, "--log", daemon.logFolder.path, on: daemon).status == 0)
        #expect(daemon.stop() == 0)

        func check(_ arguments: String...) throws -> Ended { try Program.run(["log"] + arguments, socket: "/nowhere") }
        let proven = try check("proof", "check", inclusion, "--key", key, "--event", event)
        #expect(proven.output.hasPrefix("proven: the event is #7 of 30, in accueil/"), "\(proven)")
        #expect(try check("proof", "check", inclusion, "--key", key, "--event", other).status == 8)
        #expect(
            try check("proof", "check", consistency, "--key", key, "--old", old).output
                .hasPrefix("proven: the first 11 events of 30 are those of the earlier checkpoint, in accueil/"))
        #expect(try check("proof", "check", consistency, "--key", key, "--old", now).status == 8)
        #expect(try check("proof", "check", consistency, "--key", key).status == 2)
        #expect(try check("proof", "check", old, "--key", key, "--old", old).status == 8, "it is no proof")
        #expect(try check("verify", copy, "--checkpoint", old, "--key", key).status == 0)

        // Another key has not signed it, whatever it is called.
        let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        #expect(try check("proof", "check", inclusion, "--key", stranger, "--event", event).status == 8)
        #expect(try check("verify", copy, "--checkpoint", old, "--key", stranger).status == 8)
        let text = try String(contentsOfFile: old, encoding: .utf8)
        let forged = folder.appending(path: "forged").path
        try text.replacing("\n11\n", with: "\n12\n").write(toFile: forged, atomically: true, encoding: .utf8)
        let refused = try check("verify", copy, "--checkpoint", forged, "--key", key)
        #expect(refused.status == 8 && refused.error.contains("is not what the key signed"), "\(refused)")
    }

    @Test func `a log that went on from an older backup is found out`() throws {
        var daemon = try start()
        try open(1...5, on: daemon)
        let copy = folder.appending(path: "copy").path
        #expect(try run("log", "backup", copy, "--log", daemon.logFolder.path, on: daemon).status == 0)
        let early = try keep("early", "log", "checkpoint", on: daemon)
        try open(6...8, on: daemon)
        let late = try keep("late", "log", "checkpoint", on: daemon)
        #expect(daemon.stop() == 0)
        let log = daemon.logFolder
        try FileManager.default.moveItem(at: log, to: folder.appending(path: "lost"))
        let restored = try run("log", "restore", copy, log.path, on: daemon)
        #expect(restored.output.hasPrefix("\(log.path) holds 5 events again; root "), "\(restored)")

        daemon = try start()
        #expect(try run("log", "proof", "consistency", late, on: daemon).status == 8, "it is shorter")
        try open(101...110, on: daemon)
        let found = try run("log", "proof", "consistency", late, on: daemon)
        #expect(found.status == 8 && found.error.contains("something before event 8 was changed"), "\(found)")
        #expect(try run("log", "proof", "consistency", early, on: daemon).status == 0)
        #expect(daemon.stop() == 0)
    }

    // MARK: The key

    @Test func `the key is made once, or handed over by systemd; one that cannot be read stops the start`() throws {
        var daemon = try start()
        let made = try key(of: daemon)
        let file = folder.appending(path: "state/log-key")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(daemon.stop() == 0)
        daemon = try start()
        #expect(try key(of: daemon) == made)
        #expect(daemon.stop() == 0)

        // A folder of credentials without ours changes nothing.
        let credentials = folder.appending(path: "credentials")
        try FileManager.default.createDirectory(at: credentials, withIntermediateDirectories: true)
        daemon = try start(["CREDENTIALS_DIRECTORY": credentials.path])
        #expect(try key(of: daemon) == made)
        #expect(daemon.stop() == 0)
        let given = Data([UInt8](7...38)).base64EncodedString() + "\n"
        try given.write(to: credentials.appending(path: "log-key"), atomically: true, encoding: .utf8)
        daemon = try start(["CREDENTIALS_DIRECTORY": credentials.path])
        let handed = try key(of: daemon)
        #expect(handed != made)
        #expect(handed.split(separator: "+")[0] == made.split(separator: "+")[0], "the log is the same")
        #expect(daemon.stop() == 0)

        try "no key\n".write(to: file, atomically: true, encoding: .utf8)
        let ended = try Daemon.run(in: folder)
        #expect(ended.status == 78 && ended.standardError.contains("state/log-key holds no key"), "\(ended)")
        #expect(try String(contentsOf: file, encoding: .utf8) == "no key\n")
    }

    // MARK: Care

    @Test func `the daemon verifies its own log, tells what is damaged, and records nothing from then on`() throws {
        let daemon = try start()
        try open(1...4, on: daemon)
        let sound = try run("log", "verify", on: daemon)
        #expect(sound.output.hasPrefix("the log is sound: 4 events in 1 segment, root "), "\(sound)")
        try damage(daemon.logFolder)
        let damaged = try run("log", "verify", on: daemon)
        #expect(
            damaged.status == 8 && damaged.output == "" && damaged.error.contains("00000000000000000001.ndjson, byte"))
        let json = try run("log", "verify", "-o", "json", on: daemon)
        #expect(json.status == 8 && json.output.hasPrefix(#"{"sound":false,"position":0,"root":""#), "\(json)")
        #expect(json.output.contains(#""kind":"commit""#) && json.output.contains(#""first":1,"resumes_at":2,"#))
        let refusal = try daemon.connect().refusal("site.open", ["site": "s9", "kind": "CHU"])
        #expect(refusal["type"] as? String == "read_only")
        #expect(try run("occupancy", on: daemon).status == 0)
        #expect(daemon.stop() == 0)
    }

    @Test func `a damaged log is repaired only while nobody owns it, and only when that is meant`() throws {
        var daemon = try start()
        try open(1...4, on: daemon)
        #expect(daemon.stop() == 0)
        let log = daemon.logFolder
        #expect(
            try run("log", "repair", log.path, on: daemon).output == "\(log.path) is sound: nothing is to be repaired\n"
        )
        try damage(log)
        let segment = log.appending(path: "00000000000000000001.ndjson")
        let bytes = try Data(contentsOf: segment)

        daemon = try start()
        let owned = try run("log", "repair", log.path, on: daemon)
        #expect(owned.status == 6 && owned.error.contains("belongs to process \(daemon.process.processIdentifier)"))
        #expect(daemon.stop() == 0)
        let tried = try run("log", "repair", log.path, "--dry-run", on: daemon)
        #expect(tried.status == 0 && tried.output == "nothing was changed\n")
        #expect(tried.error.contains("events 1 to 4 will not be in the log any more"), "\(tried)")
        #expect(try Data(contentsOf: segment) == bytes)

        let repaired = try run("log", "repair", log.path, on: daemon)
        #expect(
            repaired.status == 0 && repaired.output.hasPrefix("\(log.path) is sound: 0 events, root "), "\(repaired)")
        let aside = try #require(
            try FileManager.default.contentsOfDirectory(atPath: log.path).first { $0.hasPrefix("damaged-") })
        #expect(aside.wholeMatch(of: /damaged-\d{8}T\d{6}Z/) != nil)
        #expect(try Data(contentsOf: log.appending(path: "\(aside)/00000000000000000001.ndjson")) == bytes)
        daemon = try start()
        try open(1...2, on: daemon)
        #expect(try run("log", "verify", on: daemon).status == 0)
        #expect(daemon.stop() == 0)
    }

    @Test func `a backup is restored for the account of the folder above, and over nothing`() throws {
        var daemon = try start()
        try open(1...4, on: daemon)
        let (log, copy) = (daemon.logFolder, folder.appending(path: "copy").path)
        #expect(try run("log", "backup", copy, "--log", log.path, on: daemon).status == 0)
        let owned = try run("log", "restore", copy, log.path, on: daemon)
        #expect(owned.status == 6 && owned.error.contains("belongs to process"), "\(owned)")
        #expect(daemon.stop() == 0)
        let occupied = try run("log", "restore", copy, log.path, on: daemon)
        #expect(occupied.status == 6 && occupied.error.contains("move it away first"), "\(occupied)")
        try FileManager.default.removeItem(at: log)
        // As root the files become those of the folder's owner; whoever is not root has only their own to give.
        let state = folder.appending(path: "state")
        let isRoot = geteuid() == 0
        if isRoot { chown(state.path, 65534, 65534) }
        let restored = try run("log", "restore", copy, log.path, "-o", "json", on: daemon)
        #expect(restored.output.hasPrefix(#"{"position":4,"root":""#), "\(restored)")
        for path in [log.path]
            + (try FileManager.default.contentsOfDirectory(atPath: log.path)).map({ "\(log.path)/\($0)" })
        {
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o077 == 0)
            #expect(status.st_uid == (isRoot ? 65534 : geteuid()), "\(path)")
        }
        if isRoot { chown(state.path, 0, 0) }
        daemon = try start()
        #expect(try daemon.connect().result("server.status")["head"] as? Int == 4)
        #expect(daemon.stop() == 0)
    }
}
