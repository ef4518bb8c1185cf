import EventLog
import Foundation
import Glibc
import Testing

/// A file system of its own for the daemon: one that fills up, and one whose power is cut.
@Suite(.serialized, .enabled(if: OwnDisk.obstacle == nil, "\(OwnDisk.obstacle ?? "")"))
final class OwnDiskTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start(on disk: OwnDisk) throws -> Daemon {
        try eventually("the disk is free for the next daemon") { try !disk.isMounted }
        return try Daemon.start(in: folder, launcher: disk.launcher(for: folder))
    }

    /// The state folder as the daemon sees it.
    private func state(of daemon: Daemon) -> URL {
        URL(filePath: daemon.proc("root") + folder.appending(path: "state").path)
    }

    /// A disk with a log whose first part is small, so that the next one is soon begun.
    private func diskWithLog(_ name: String) throws -> OwnDisk {
        let content = folder.appending(path: "content")
        try FileManager.default.createDirectory(at: content, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: content) }
        let (log, _) = try FileLog.open(
            directory: content.appending(path: "log").path,
            options: FileLog.Options(segmentBytes: 64 << 10, diskReserveBytes: 0))
        log.close()
        try? FileManager.default.removeItem(at: content.appending(path: "log/next.prepared"))
        return try OwnDisk(at: folder.appending(path: name), mebibytes: 128, holding: content)
    }

    /// Takes all the room there is, once the next part of the log has its own.
    private func fill(_ disk: OwnDisk, of daemon: Daemon, _ name: String = "ballast") throws {
        let next = state(of: daemon).appending(path: "log/next.prepared")
        try eventually("the next part has its room") {
            (try? FileManager.default.attributesOfItem(atPath: next.path)[.size] as? Int) == 16 << 20
        }
        try disk.fill(state(of: daemon).appending(path: name).path)
    }

    private func segmentCount(of daemon: Daemon) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: state(of: daemon).appending(path: "log").path)
            .count { $0.hasSuffix(".ndjson") }
    }

    @Test func `with a disk full to the last byte the next part of the log is begun, and a crash loses nothing`() throws
    {
        let dice = Dice.thrown(for: "full disk")
        let disk = try diskWithLog("disk")
        var daemon = try start(on: disk)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        try fill(disk, of: daemon)
        var segments = 0
        try crowd.write(to: daemon, round: 1, until: 400) {
            segments = try segmentCount(of: daemon)
            daemon.crash()
        }
        #expect(segments == 2)
        #expect(crowd.failures == [])
        daemon = try start(on: disk)
        let kept = try crowd.check(daemon, "seed \(dice.seed)")
        try crowd.repeatAll(of: 1, on: daemon, kept: kept, "seed \(dice.seed)")
        try verifyLog(state(of: daemon).appending(path: "log").path)
        #expect(daemon.stop() == 0)
    }

    @Test func `a full disk makes it read-only with a clear error, a crash changes nothing, and room brings it back`()
        throws
    {
        let disk = try diskWithLog("disk")
        var daemon = try start(on: disk)
        try fill(disk, of: daemon)
        // The next part, which was there already, goes with the crash: its room is then the reserve's.
        daemon.crash()
        daemon = try start(on: disk)
        try disk.fill(state(of: daemon).appending(path: "more").path)
        var client = try daemon.connect()
        var head = 0
        var refusal: [String: Any]?
        while refusal == nil {
            let answer = try client.ask("site.open", ["site": "s\(head + 1)", "kind": "CHU"])
            if answer["result"] != nil { head += 1 } else { refusal = answer["error"] as? [String: Any] }
        }
        #expect(head > 50)
        let data = try #require(refusal?["data"] as? [String: Any])
        #expect(json(data, "type", "rule", "retryable") == #"{"retryable":true,"rule":"no_room","type":"read_only"}"#)
        #expect((data["message"] as? String)?.contains("No space left on device; make room on the file system") == true)
        #expect(json(try client.result("server.status"), "head", "mode") == #"{"head":\#(head),"mode":"read_only"}"#)
        let cursor = try client.refusal("consumer.ack", ["consumer": "c", "sequence": 1])
        #expect(json(cursor, "type", "rule") == #"{"rule":"consumers_not_kept","type":"outcome_unknown"}"#)
        #expect(try client.result("query.occupancy")["rows"] != nil, "look-ups go on")

        daemon.crash()
        daemon = try start(on: disk)
        client = try daemon.connect()
        #expect(json(try client.result("server.status"), "head", "mode") == #"{"head":\#(head),"mode":"read_only"}"#)
        for name in ["ballast", "more"] {
            try FileManager.default.removeItem(at: state(of: daemon).appending(path: name))
        }
        try eventually("there is room again") { try client.result("server.status")["mode"] as? String == "read_write" }
        for number in head + 1...head + 100 { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
        _ = try client.result("consumer.ack", ["consumer": "c", "sequence": 1])
        #expect(try segmentCount(of: daemon) == 2)
        #expect(try allEvents(of: daemon).map { $0.subject } == (1...head + 100).map { "site/s\($0)" })
        try verifyLog(state(of: daemon).appending(path: "log").path)
        #expect(daemon.stop() == 0)
    }

    @Test func `a disk too small for a log is refused with what to do`() throws {
        let disk = try OwnDisk(at: folder.appending(path: "disk"), mebibytes: 16)
        let ended = try Daemon.run(in: folder, launcher: disk.launcher(for: folder))
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("No space left on device; make room on the file system"), "\(ended)")
    }

    /// `ACCUEIL_POWER_CUTS=50 swift test --disable-xctest --filter OwnDiskTests` cuts it more often.
    @Test func `when the power is cut under load, all that was acknowledged is on the disk`() throws {
        let cuts = ProcessInfo.processInfo.environment["ACCUEIL_POWER_CUTS"].flatMap { Int($0) } ?? 5
        var dice = Dice.thrown(for: "power cuts")
        var disk = try diskWithLog("disk0")
        var daemon = try start(on: disk)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        for cut in 1...cuts {
            let place = "seed \(dice.seed), cut \(cut)"
            let count = Int.random(in: 1...400, using: &dice)
            var copy: OwnDisk?
            try crowd.write(to: daemon, round: cut, until: count) {
                try OwnDisk.cutPower(of: state(of: daemon).path)
                copy = try disk.copy(to: folder.appending(path: "disk\(cut)"))
                try eventually("it ends") { !daemon.process.isRunning }
            }
            let next = try #require(copy)
            #expect(daemon.process.terminationStatus == 74, "\(place)")
            #expect(daemon.standardError.contains("Input/output error"), "\(place): \(daemon.standardError)")
            #expect(try next.needsRecovery, "\(place)")
            try FileManager.default.removeItem(at: disk.image)
            disk = next
            daemon = try start(on: disk)
            let kept = try crowd.check(daemon, place)
            try verifyLog(state(of: daemon).appending(path: "log").path)
            try crowd.repeatAll(of: cut, on: daemon, kept: kept, place)
        }
        #expect(crowd.failures.isSubset(of: ["outcome_unknown/outcome_unknown"]), "seed \(dice.seed)")
        #expect(try segmentCount(of: daemon) == 2, "seed \(dice.seed): the next part was begun under way")
    }
}

/// An ext4 in a file, which only the daemon sees mounted: it goes with the daemon.
struct OwnDisk {
    let image: URL

    /// Why there can be none on this machine; nil where there can.
    static let obstacle: String? = {
        let skipped = "NO DISK OF ITS OWN FOR THE DAEMON, NEITHER A FULL ONE NOR A POWER CUT WAS TRIED"
        guard geteuid() == 0 else { return "\(skipped): only root can mount one" }
        do {
            let folder = try Daemon.newFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let disk = try OwnDisk(at: folder.appending(path: "disk"), mebibytes: 4)
            let tried = try Program.machine(
                "/usr/bin/unshare", "--mount", "/bin/mount", "-o", "loop", disk.image.path, folder.path)
            return tried.status == 0 ? nil : "\(skipped): \(tried.error)"
        } catch {
            return "\(skipped): \(error)"
        }
    }()

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private init(image: URL) { self.image = image }

    /// A new one, with a copy of a folder's content. No room is kept for root, as whom the daemon runs here.
    init(at image: URL, mebibytes: Int, holding content: URL? = nil) throws {
        self.init(image: image)
        try Data().write(to: image)
        guard truncate(image.path, mebibytes << 20) == 0 else { throw Failed(description: "cannot make \(image.path)") }
        try Self.run(
            ["/sbin/mkfs.ext4", "-q", "-F", "-m", "0"] + (content.map { ["-d", $0.path] } ?? []) + [image.path])
    }

    @discardableResult
    private static func run(_ words: [String]) throws -> String {
        let ended = try Program.run(program: URL(filePath: words[0]), Array(words.dropFirst()), environment: [:])
        guard ended.status == 0 else { throw Failed(description: "\(words): \(ended.error)") }
        return ended.output
    }

    /// The words before a daemon whose state folder lies on this disk. Nobody else sees the mount, and the kernel takes
    /// it away when the daemon is gone.
    func launcher(for folder: URL) -> [String] {
        [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-ec", #"mount -o loop "$0" "$1"; shift; exec "$@""#, image.path,
            folder.appending(path: "state").path,
        ]
    }

    /// Takes all the room there is with a file.
    func fill(_ path: String) throws {
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        var end = 0
        for piece in [1 << 20, 4 << 10] {
            while posix_fallocate(file, end, piece) == 0 { end += piece }
        }
        guard end > 0 else { throw Failed(description: "cannot fill \(path)") }
        fsync(file)
    }

    /// Whatever the file system has not written by now, it never writes: its journal ends here, and so does every write
    /// that is under way.
    static func cutPower(of folder: String) throws {
        let file = open(folder, O_RDONLY)
        defer { close(file) }
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, of linux/ext4.h.
        var flags: UInt32 = 2
        guard ioctl(file, 0x8004_587D, &flags) == 0 else {
            throw Failed(description: "the file system cannot be shut down: \(String(cString: strerror(errno)))")
        }
    }

    /// What the disk holds now.
    func copy(to other: URL) throws -> OwnDisk {
        try Self.run(["/bin/cp", "--sparse=always", image.path, other.path])
        return OwnDisk(image: other)
    }

    /// Whether the kernel still holds it; a moment longer than the daemon lived.
    var isMounted: Bool {
        get throws { try !Self.run(["/sbin/losetup", "-j", image.path]).isEmpty }
    }

    /// Whether the journal has to be replayed.
    var needsRecovery: Bool {
        get throws { try Self.run(["/sbin/dumpe2fs", "-h", image.path]).contains("needs_recovery") }
    }
}
