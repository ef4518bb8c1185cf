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
    private func examine(
        _ socket: String, _ arguments: [String] = [], environment: [String: String] = ["TZ": "Europe/Paris"]
    ) throws -> (status: Int32, ok: Bool, checks: [String: Check]) {
        let ended = try Program.run(["doctor", "-o", "json"] + arguments, socket: socket, environment: environment)
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
}
