import Foundation
import Glibc
import Synchronization
import Testing

/// The daemon's life as an administrator sees it: readiness, refusals to start, damage, and a tidy end.
@Suite final class StartAndStopTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func openSites(_ count: Int, on daemon: Daemon) throws {
        let client = try daemon.connect()
        // One command at a time: one commit each.
        for number in 1...count { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
    }

    private var segment: URL { folder.appending(path: "state/log/00000000000000000001.ndjson") }

    /// Changes the bytes of the first segment, while no daemon runs.
    private func changeSegment(_ change: (inout Data) throws -> Void) throws {
        var data = try Data(contentsOf: segment)
        let size = data.count
        try change(&data)
        try #require(data.count == size, "a segment keeps its size")
        try data.write(to: segment)
    }

    // MARK: Service manager

    @Test func `the service manager hears of readiness, state, a reload and the stop`() throws {
        let daemon = try Daemon.start(in: folder)
        #expect(daemon.notifications.heard.last { $0.hasPrefix("STATUS=") } == "STATUS=Ready: 0 events")
        try openSites(2, on: daemon)

        kill(daemon.process.processIdentifier, SIGHUP)
        #expect(daemon.notifications.wait(for: "RELOADING=1"))
        #expect(daemon.notifications.heard.contains { $0.hasPrefix("MONOTONIC_USEC=") })
        #expect(daemon.notifications.wait(for: "READY=1"))
        try #require(try daemon.connect().result("server.status")["head"] as? Int == 2)

        #expect(daemon.stop() == 0)
        daemon.notifications.waitForEnd()
        #expect(daemon.notifications.heard.contains("STOPPING=1"))
        #expect(!FileManager.default.fileExists(atPath: daemon.socketPath), "the socket is removed")

        let again = try Daemon.start(in: folder)
        #expect(again.notifications.heard.contains("STATUS=Ready: 2 events"))
    }

    @Test func `the watchdog is fed again and again`() throws {
        let daemon = try Daemon.start(environment: ["WATCHDOG_USEC": "200000"])
        for _ in 0..<5 { #expect(daemon.notifications.wait(for: "WATCHDOG=1")) }
        #expect(daemon.stop() == 0)
    }

    @Test func `only the owner and the group may connect`() throws {
        let daemon = try Daemon.start()
        let attributes = try FileManager.default.attributesOfItem(atPath: daemon.socketPath)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
    }

    @Test func `a listening socket is taken over from the service manager, with the client that already waits`() throws
    {
        let launcher = "/usr/bin/systemd-socket-activate"
        guard FileManager.default.isExecutableFile(atPath: launcher) else {
            Issue.record("SKIPPED: \(launcher) is not there (Debian: systemd)", severity: .warning)
            return
        }
        let state = folder.appending(path: "state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        let path = folder.appending(path: "activated").path
        let process = Process()
        process.executableURL = URL(filePath: launcher)
        process.arguments = [
            "-l", path, "--fdname=accueil", Daemon.program("accueild").path,
            "--state-directory", folder.appending(path: "state").path, "--socket",
            folder.appending(path: "unused").path,
        ]
        let errors = Pipe()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("Listening on") {
            let more = errors.fileHandleForReading.availableData
            try #require(!more.isEmpty, "\(String(decoding: said, as: UTF8.self))")
            said += more
        }

        let client = try LineClient(path: path)
        #expect(try client.result("server.info")["name"] as? String == "accueild")
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "unused").path))
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(process.terminationReason == .exit)
        #expect(FileManager.default.fileExists(atPath: path), "the socket is the service manager's to remove")
    }

    // MARK: Stopping

    @Test func `SIGTERM finishes what was accepted: what was acknowledged is there, and what is there was asked once`()
        throws
    {
        let daemon = try Daemon.start(in: folder)
        let acknowledged = Mutex<[String: Int]>([:])
        let halfway = DispatchSemaphore(value: 0)
        let clients = 3
        let finished = DispatchGroup()
        for number in 0..<clients {
            let client = try daemon.connect()
            nonisolated(unsafe) let owned = client
            finished.enter()
            Thread.detachNewThread {
                defer { finished.leave() }
                func hear() -> Bool {
                    guard let answer = try? owned.object() else { return false }
                    if let result = answer["result"] as? [String: Any], let id = answer["id"] as? String {
                        let sequence = (result["events"] as? [[String: Any]])?.first?["sequence"] as? Int ?? 0
                        acknowledged.withLock { $0[id] = sequence }
                    } else {
                        let code = (answer["error"] as? [String: Any])?["code"] as? Int
                        if code != -32006 { Issue.record("neither done nor stopping: \(answer)") }
                    }
                    return true
                }
                for index in 0..<400 {
                    let site = "c\(number)-\(index)"
                    let params = #"{"site":"\#(site)","kind":"CHU"}"#
                    let line = #"{"jsonrpc":"2.0","id":"\#(site)","method":"site.open","params":\#(params)}"#
                    guard (try? owned.send(line + "\n")) != nil else { break }
                    // The stop comes while half of the commands are on their way, or not yet sent.
                    if index == 200 {
                        if !hear() { Issue.record("no answer before the stop") }
                        halfway.signal()
                    }
                }
                owned.finishSending()
                while hear() {}
            }
        }
        for _ in 0..<clients { halfway.wait() }
        #expect(daemon.stop() == 0)
        finished.wait()

        let again = try Daemon.start(in: folder)
        let recorded = try allEvents(of: again)
        #expect(recorded.map { $0.sequence } == Array(1...max(1, recorded.count)))
        #expect(Set(recorded.map { $0.subject }).count == recorded.count)
        let kept = Dictionary(uniqueKeysWithValues: recorded.map { ($0.subject, $0.sequence) })
        for (site, sequence) in acknowledged.withLock({ $0 }) { #expect(kept["site/\(site)"] == sequence) }
        #expect(acknowledged.withLock { $0.count } > 0)
    }

    @Test func `a client that stopped in the middle of a line does not hold up the stop`() throws {
        let daemon = try Daemon.start()
        let client = try daemon.connect()
        _ = try client.result("server.info")
        try client.send(#"{"jsonrpc":"2.0","id":1,"#)
        // The daemon has seen the half line when it answers somebody who came later.
        _ = try daemon.connect().result("server.info")
        let clock = ContinuousClock()
        let duration = clock.measure { #expect(daemon.stop() == 0) }
        do {
            #expect(duration < .seconds(3), "\(duration)")
        }
    }

    // MARK: Refusals to start

    @Test func `a second daemon on the same state folder is refused, and the first goes on`() throws {
        let daemon = try Daemon.start(in: folder)
        let ended = try Daemon.run(in: folder, ["--socket", folder.appending(path: "other").path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("process \(daemon.process.processIdentifier)"), "\(ended)")
        #expect(ended.standardError.contains(folder.appending(path: "state/log").path), "\(ended)")
        try openSites(1, on: daemon)
    }

    @Test func `a socket path where another daemon answers is refused, and the other goes on`() throws {
        let daemon = try Daemon.start()
        let ended = try Daemon.run(in: folder, ["--socket", daemon.socketPath])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains(daemon.socketPath) && ended.standardError.contains("in use"), "\(ended)")
        try openSites(1, on: daemon)
    }

    @Test func `a socket that a crashed daemon left behind is replaced`() throws {
        let daemon = try Daemon.start(in: folder)
        daemon.crash()
        #expect(FileManager.default.fileExists(atPath: daemon.socketPath))
        let again = try Daemon.start(in: folder)
        try openSites(1, on: again)
    }

    @Test func `a socket path that is a file is refused, and the file stays`() throws {
        let path = folder.appending(path: "notes")
        try Data("precious".utf8).write(to: path)
        let ended = try Daemon.run(in: folder, ["--socket", path.path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("\(path.path) exists and is not a socket"), "\(ended)")
        #expect(try Data(contentsOf: path) == Data("precious".utf8))
    }

    @Test func `a socket path that is too long is refused with the most there is`() throws {
        let path = folder.appending(path: String(repeating: "s", count: 100)).path
        let ended = try Daemon.run(in: folder, ["--socket", path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("too long") && ended.standardError.contains("107"), "\(ended)")
    }

    @Test func `a socket in a folder that is not there is refused with the path`() throws {
        let path = folder.appending(path: "nowhere/s").path
        let ended = try Daemon.run(in: folder, ["--socket", path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains(path) && ended.standardError.contains("No such file"), "\(ended)")
    }

    @Test func `a state folder that is not there yet is made`() throws {
        do {
            let daemon = try Daemon.start(in: folder, ["--state-directory", folder.appending(path: "new").path])
            try openSites(1, on: daemon)
        }
    }

    @Test func `a file in the way of the state folder is named`() throws {
        let file = folder.appending(path: "file")
        try Data().write(to: file)
        let ended = try Daemon.run(in: folder, ["--state-directory", file.path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains(file.path) && ended.standardError.contains("Not a directory"), "\(ended)")
    }

    @Test func `a state folder without rights is refused with what to do`() throws {
        let state = folder.appending(path: "state").path
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        var launcher: [String] = []
        if geteuid() == 0 {
            // For root there are no missing rights: the daemon runs as somebody else.
            launcher = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            let probe = Process()
            probe.executableURL = URL(filePath: launcher[0])
            probe.arguments = launcher.dropFirst() + [Daemon.program("accueild").path, "--version"]
            probe.standardOutput = FileHandle.nullDevice
            probe.standardError = FileHandle.nullDevice
            let runs = (try? probe.run()) != nil
            if runs { probe.waitUntilExit() }
            guard runs, probe.terminationStatus == 0 else {
                Issue.record("SKIPPED: root, and the daemon cannot be run as anybody else", severity: .warning)
                return
            }
            chmod(folder.path, 0o777)
        }
        chmod(state, 0o500)
        let ended = try Daemon.run(in: folder, launcher: launcher)
        #expect(ended.status == 78)
        #expect(ended.standardError.contains(state) && ended.standardError.contains("Permission denied"), "\(ended)")
        #expect(ended.standardError.contains("right"), "\(ended)")
    }

    @Test(
        arguments: [
            (["--time-zone", "Europe/Lutetia"], 78, "Europe/Lutetia"),
            (["--time-zone", "../../etc/passwd"], 78, "no such zone"),
            (["--time-zone", ""], 78, "no such zone"),
            (["--source", "no uri"], 64, "--source"),
            (["--source", #"urn:"x""#], 64, "--source"),
            (["--log-level", "loud"], 64, "loud"),
            (["--no-such-option"], 64, "--no-such-option"),
            (["surplus"], 64, "surplus"),
        ] as [([String], Int32, String)])
    func `an argument that cannot be used is refused by name`(arguments: [String], status: Int32, named: String) throws
    {
        let ended = try Daemon.run(in: folder, arguments)
        #expect(ended.status == status)
        #expect(ended.standardError.contains(named), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: segment.path), "nothing was begun")
    }

    @Test func `time zone and source are those given`() throws {
        let daemon = try Daemon.start(["--time-zone", "America/Cayenne", "--source", "urn:accueil:cayenne"])
        let client = try daemon.connect()
        let info = try client.result("server.info")
        #expect(json(info, "time_zone", "source") == #"{"source":"urn:accueil:cayenne","time_zone":"America/Cayenne"}"#)
        try client.record("site.open", ["site": "s", "kind": "CHU", "time": "2017-07-14"])
        let event = try client.result("events.get", ["sequence": 1])
        #expect(
            json(event, "time", "source") == #"{"source":"urn:accueil:cayenne","time":"2017-07-14T00:00:00-03:00"}"#)
    }

    // MARK: The log as it is found

    @Test func `a log of another format is left alone, and both versions are named`() throws {
        let daemon = try Daemon.start(in: folder)
        try openSites(1, on: daemon)
        #expect(daemon.stop() == 0)
        try changeSegment { data in
            let place = try #require(data.range(of: Data(#""format":1"#.utf8)))
            data.replaceSubrange(place, with: Data(#""format":2"#.utf8))
        }
        let before = try Data(contentsOf: segment)
        let ended = try Daemon.run(in: folder)
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("\(segment.path) has format 2, this program reads 1"), "\(ended)")
        #expect(try Data(contentsOf: segment) == before)
    }

    @Test
    func
        `damage in the middle is named by file, byte and positions; what lies before it can be read, and nothing written`()
        throws
    {
        let daemon = try Daemon.start(in: folder)
        try openSites(5, on: daemon)
        #expect(daemon.stop() == 0)
        var commit = 0
        try changeSegment { data in
            let place = try #require(data.range(of: Data(#""site":"s3""#.utf8)))
            commit = try #require(data[..<place.lowerBound].lastIndex(of: 0x0A)) + 1
            data[place.upperBound - 2] = UInt8(ascii: "9")
        }
        let before = try Data(contentsOf: segment)

        let again = try Daemon.start(in: folder)
        #expect(again.notifications.heard.contains("STATUS=Damaged, read-only: 2 events"))
        let place = "\(segment.path), byte \(commit)"
        #expect(again.standardError.contains(place), "\(again.standardError)")
        let client = try again.connect()
        let status = try client.result("server.status")
        #expect(json(status, "mode", "head") == #"{"head":2,"mode":"damaged"}"#)
        let reason = status["reason"] as? String ?? ""
        #expect(reason.contains(place) && reason.contains("position 3"), "\(reason)")

        let rows = try client.result("query.occupancy")["rows"] as? [[String: Any]]
        #expect(rows?.compactMap { $0["site"] as? String } == ["s1", "s2"])
        #expect(try allEvents(of: again).map { $0.subject } == ["site/s1", "site/s2"])
        #expect(try client.refusal("events.get", ["sequence": 3])["rule"] as? String == "beyond_the_log")
        for (method, params) in [
            ("site.open", ["site": "s6", "kind": "CHU"]), ("site.close", ["site": "s1"]),
            ("transaction", ["commands": [["method": "site.close", "params": ["site": "s1"]]]]),
        ] as [(String, [String: Any])] {
            let refusal = try client.refusal(method, params)
            #expect(json(refusal, "type", "rule") == #"{"rule":"log_damaged","type":"read_only"}"#)
            #expect(json(refusal).contains(place))
        }
        let subscription = try client.result("events.subscribe", ["from": 1])
        #expect(json(subscription, "from", "head") == #"{"from":1,"head":2}"#)
        #expect(again.stop() == 0)
        #expect(try Data(contentsOf: segment) == before, "a damaged log is not touched")
    }

    @Test func `a torn end is cut, kept aside and reported, and recording goes on`() throws {
        let daemon = try Daemon.start(in: folder)
        try openSites(3, on: daemon)
        #expect(daemon.stop() == 0)
        let torn = Data(#"{"specversion":"1.0","id":"01JD8","source":"urn:accu"#.utf8)
        var end = 0
        try changeSegment { data in
            end = try #require(data.lastIndex { $0 != 0x0A }) + 2
            data.replaceSubrange(end..<end + torn.count, with: torn)
        }
        let again = try Daemon.start(in: folder)
        #expect(
            again.standardError.contains("\(segment.path), byte \(end): \(torn.count) bytes after position 3"),
            "\(again.standardError)")
        #expect(try Data(contentsOf: URL(filePath: segment.path + ".torn-1")) == torn)
        let opened = try again.connect().record("site.open", ["site": "s4", "kind": "CHU"])
        #expect(json(opened.first, "sequence") == #"{"sequence":4}"#)
        #expect(again.stop() == 0)
        let third = try Daemon.start(in: folder)
        #expect(try allEvents(of: third).map { $0.subject } == (1...4).map { "site/s\($0)" })
    }
}

/// What an end-to-end test looks at of an event.
struct SeenEvent {
    let sequence: Int
    let id: String
    /// Texts of one form: later ones sort behind.
    let recorded: String
    let type: String
    let subject: String
    let commandID: String?
    let data: [String: Any]

    init(_ event: [String: Any]) throws {
        sequence = try #require((event["sequence"] as? String).flatMap { Int($0) })
        id = try #require(event["id"] as? String)
        let recordedTime = try #require(event["recordedtime"] as? String)
        let parts = recordedTime.dropLast().split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        recorded = "\(parts[0]).\(fraction.padding(toLength: 6, withPad: "0", startingAt: 0))"
        type = try #require(event["type"] as? String)
        subject = try #require(event["subject"] as? String)
        commandID = event["commandid"] as? String
        data = try #require(event["data"] as? [String: Any])
    }
}

/// Every event of the log, page by page.
func allEvents(of daemon: Daemon, from first: Int = 1) throws -> [SeenEvent] {
    try allEvents(through: daemon.connect(), from: first)
}

func allEvents(through client: LineClient, from first: Int = 1) throws -> [SeenEvent] {
    var events: [SeenEvent] = []
    var next = first
    while true {
        let page = try client.result("events.read", ["from": next, "limit": 1000])
        events += try (page["events"] as? [[String: Any]] ?? []).map { try SeenEvent($0) }
        next = try #require(page["next"] as? Int)
        if next > (page["head"] as? Int ?? 0) { return events }
    }
}
