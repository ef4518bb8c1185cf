import Foundation
import Testing

/// `accueilctl doctor` beside a daemon that is well, one that is not, and none.
@Suite struct DoctorTests {
    private struct Check: Equatable {
        let state: String
        let message: String
        let next: String?
    }

    /// The exit status, whether all is well, and what was said of each thing.
    ///
    /// - Parameter launcher: what the program is started by.
    private func examine(
        _ socket: String, _ arguments: [String] = [], launcher: [String] = []
    ) throws -> (status: Int32, ok: Bool, checks: [String: Check]) {
        let words = launcher + [Daemon.program("accueilctl").path, "doctor", "-o", "json"] + arguments
        let ended = try Program.run(
            program: URL(filePath: words[0]), Array(words.dropFirst()),
            environment: ["ACCUEIL_SOCKET": socket, "TZ": "Europe/Paris"])
        let report = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        var checks: [String: Check] = [:]
        for check in try #require(report["checks"] as? [[String: String]]) {
            checks[check["check"] ?? ""] = Check(
                state: check["state"] ?? "", message: check["message"] ?? "", next: check["next"])
        }
        return (ended.status, try #require(report["ok"] as? Bool), checks)
    }

    @Test func `a daemon that is well is found so, thing by thing`() throws {
        let daemon = try Daemon.start()
        try daemon.connect().record("operation.plan", ["operation": "op-1", "kind": "outreach"])
        let state = daemon.folder.appending(path: "state").path
        let (status, ok, checks) = try examine(daemon.socketPath, ["--state-directory", state])
        #expect(status == 0 && ok, "\(checks)")
        for name in ["socket", "rights", "daemon", "disk", "room", "log", "clock", "time zone", "version", "unit"] {
            #expect(checks[name] != nil, "\(name)")
        }
        let well = ["socket", "rights", "daemon", "disk", "log", "clock", "time zone", "version"]
        #expect(well.allSatisfy { checks[$0]?.state == "ok" }, "\(checks)")
        #expect(checks["log"]?.message.contains("read_write, head #1, checkpoint #1 ") == true)
        #expect(checks["room"]?.message.contains("MiB free") == true)
        #expect(checks["socket"]?.message.contains(daemon.socketPath) == true)
        #expect(checks["rights"]?.message.hasSuffix("; your role is admin") == true, "\(checks)")
        let systemdRuns = FileManager.default.fileExists(atPath: "/run/systemd/system")
        #expect(systemdRuns || checks["unit"]?.message.contains("systemd does not run here") == true)
    }

    @Test func `for people it is a line each, and another zone is said`() throws {
        let daemon = try Daemon.start()
        let ended = try Program.run(
            ["doctor"], socket: daemon.socketPath, environment: ["LC_ALL": "C.UTF-8", "TZ": "America/Cayenne"])
        #expect(ended.lines.first?.hasPrefix("✓ socket") == true)
        #expect(
            ended.lines.contains {
                $0.hasPrefix("! time zone") && $0.hasSuffix("your clock is that of America/Cayenne")
            })
        #expect(ended.output.contains("TZ=Europe/Paris accueilctl"))
    }

    @Test func `where no daemon is, it says what is wrong and what to do`() throws {
        let none = try examine("/tmp/accueil-nowhere/s")
        #expect(none.status == 1 && !none.ok)
        #expect(none.checks["socket"]?.state == "error")
        #expect(none.checks["socket"]?.next?.contains("systemctl status accueild") == true)
        #expect(none.checks["daemon"]?.message.contains("there is no socket") == true)
        let daemon = try Daemon.start()
        daemon.crash()
        let fallen = try examine(daemon.socketPath)
        #expect(fallen.status == 1)
        #expect(fallen.checks["socket"]?.state == "ok")
        #expect(fallen.checks["daemon"]?.state == "error")
        #expect(fallen.checks["daemon"]?.message.contains("nobody listens") == true)
        let folder = try examine("/tmp", ["--state-directory", "/nowhere"])
        #expect(folder.checks["socket"]?.message.contains("is no socket") == true)
        #expect(folder.checks["room"]?.state == "warning")
    }

    @Test func `a damaged log is found, with where to look`() throws {
        let daemon = try Daemon.start()
        for number in 1...3 {
            try daemon.connect().record("operation.plan", ["operation": "op-\(number)", "kind": "outreach"])
        }
        #expect(daemon.stop() == 0)
        let segment = try #require(
            FileManager.default.contentsOfDirectory(atPath: daemon.logFolder.path).first { $0.hasSuffix(".ndjson") })
        let url = daemon.logFolder.appending(path: segment)
        var bytes = try Data(contentsOf: url)
        let place = try #require(bytes.range(of: Data("op-1".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "x")
        try bytes.write(to: url)
        let damaged = try Daemon.start(in: daemon.folder)
        let (status, _, checks) = try examine(damaged.socketPath)
        #expect(status == 1)
        #expect(checks["log"]?.state == "error")
        #expect(checks["log"]?.message.hasPrefix("damaged, ") == true, "\(checks)")
        #expect(checks["log"]?.next?.contains("backup") == true)
    }

    @Test func `a socket that is not for you is found, with the group that it is for`() throws {
        let daemon = try Daemon.start()
        try #require(chmod(daemon.socketPath, 0) == 0)
        // Root may what it likes, unless it leaves that behind.
        let humble = ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
        let (status, _, checks) = try examine(daemon.socketPath, launcher: geteuid() == 0 ? humble : [])
        #expect(status == 1)
        #expect(checks["socket"]?.message.hasSuffix(", mode 0") == true, "\(checks)")
        #expect(checks["rights"]?.state == "error")
        #expect(checks["rights"]?.message.hasSuffix("; the socket is not for you") == true, "\(checks)")
        #expect(checks["rights"]?.next?.hasPrefix("join the group that it belongs to: usermod -aG ") == true)
        #expect(checks["daemon"]?.state == "error")
    }

    /// Examines a daemon through somebody who says some of its words otherwise.
    private func examine(
        _ daemon: Daemon, saying alter: @escaping @Sendable (inout [String: Any]) -> Void
    ) throws -> (status: Int32, ok: Bool, checks: [String: Check]) {
        let path = daemon.folder.appending(path: "between").path
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer {
            close(listener)
            unlink(path)
        }
        try #require(withUnixAddress(path) { bind(listener, $0, $1) } == 0 && listen(listener, 1) == 0)
        let real = daemon.socketPath
        Thread.detachNewThread {
            let asking = LineClient(accepted: accept(listener, nil, nil))
            guard let answering = try? LineClient(path: real) else { return }
            while let line = try? asking.line(), (try? answering.send(line + "\n")) != nil,
                var answer = try? answering.object(), var result = answer["result"] as? [String: Any]
            {
                alter(&result)
                answer["result"] = result
                guard (try? asking.send(json(answer) + "\n")) != nil else { return }
            }
        }
        return try examine(path)
    }

    @Test func `a shortage of room, and a log that takes nothing, are wrong`() throws {
        let (status, ok, checks) = try examine(try Daemon.start()) {
            ($0["shortage"], $0["mode"], $0["reason"]) = ("12 MiB are left", "read_only", "the disk is full")
        }
        #expect(status == 1 && !ok)
        #expect(checks["disk"]?.state == "error")
        #expect(checks["disk"]?.message == "12 MiB are left")
        #expect(checks["disk"]?.next?.hasPrefix("make room") == true)
        #expect(checks["log"]?.state == "error")
        #expect(checks["log"]?.message.hasPrefix("read_only, head #0, ") == true, "\(checks)")
        #expect(checks["log"]?.message.hasSuffix(": the disk is full") == true, "\(checks)")
    }

    @Test(arguments: [(60.0, "warning", "ahead of"), (-60, "warning", "behind"), (3600, "error", "ahead of")])
    func `a clock that is not yours is found, the worse the further it is`(
        seconds: Double, state: String, way: String
    ) throws {
        let (status, _, checks) = try examine(try Daemon.start()) {
            $0["now"] = Date(timeIntervalSinceNow: seconds).ISO8601Format()
        }
        #expect(status == (state == "error" ? 1 : 0))
        #expect(checks["clock"]?.state == state, "\(checks)")
        #expect(checks["clock"]?.message.hasSuffix(" s \(way) yours") == true, "\(checks)")
        #expect(checks["clock"]?.next?.contains("timedatectl") == true)
    }

    @Test func `two that do not belong together, and a daemon that does not tell its time, are worth knowing`() throws {
        let (status, ok, checks) = try examine(try Daemon.start()) { ($0["version"], $0["now"]) = ("9.9", nil) }
        #expect(status == 0 && ok)
        #expect(checks["version"]?.state == "warning")
        #expect(checks["version"]?.message.hasSuffix(", accueild 9.9") == true)
        #expect(checks["version"]?.next?.contains("restart accueild") == true)
        #expect(checks["clock"]?.state == "warning")
        #expect(checks["clock"]?.message == "the daemon does not tell its time")
    }
}
