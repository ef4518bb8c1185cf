import Foundation
import Glibc
import Testing

/// `accueild.json`: checked before it counts, and each fault named by file, path and what was expected.
@Suite final class ConfigurationTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var file: URL { Daemon.configuration(in: folder) }

    private func write(_ text: String) throws { try Data(text.utf8).write(to: file) }

    /// The status of `accueild --check-config`, and what it says.
    private func check(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        let process = Process()
        process.executableURL = Daemon.program("accueild")
        process.arguments = ["--check-config"] + arguments
        process.environment = ["CONFIGURATION_DIRECTORY": folder.path, "PATH": "/usr/bin:/bin"]
        let (output, error) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, error)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complained = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said, complained)
    }

    @Test(
        arguments: [
            ("{", "not JSON"),
            ("", "not JSON"),
            (#"{"limits":{},}"#, "not JSON"),
            ("// roles\n{}", "not JSON"),
            ("[]", "what it holds must be an object"),
            (#"{"colour":"red"}"#, "colour must be left out"),
            (#"{"limits":{},"limits":{}}"#, "limits must be given once"),
            (#"{"time_zone":null}"#, "time_zone must be"),
            (#"{"time_zone":"Europe/Lutetia"}"#, "time_zone must be one that is known; time zone Europe/Lutetia"),
            (#"{"source":"no uri"}"#, "source must be a URI"),
            (#"{"limits":{"batch_max":0}}"#, "limits.batch_max must be from 1 to 10000"),
            (#"{"limits":{"page_max":7}}"#, "limits.page_max must be 1000"),
            (#"{"limits":{"batch_max":"9"}}"#, "limits.batch_max must be a whole number"),
            (#"{"limits":{"pages":9}}"#, "limits.pages must be left out"),
            (#"{"limits":{"line_bytes_max":100}}"#, "limits.line_bytes_max must be from 4096"),
            (#"{"roles":{"boss":{}}}"#, "roles.boss must be left out"),
            (#"{"roles":{"admin":["root"]}}"#, "roles.admin must be an object"),
            (#"{"roles":{"admin":{"users":"root"}}}"#, "roles.admin.users must be a list"),
            (
                #"{"roles":{"reader":{"groups":[0,"no-such-group"]}}}"#,
                "roles.reader.groups[1] must be a group of this machine, by name or number"
            ),
            (
                #"{"roles":{"operator":{"users":["root",-1]}}}"#,
                "roles.operator.users[1] must be a user of this machine"
            ),
        ])
    func `a fault is named by file, path and what was expected, and keeps the daemon from starting`(
        text: String, expected: String
    ) throws {
        try write(text)
        let checked = try check()
        #expect(checked.status == 78)
        #expect(checked.error.contains(file.path) && checked.error.contains(expected), "\(checked.error)")
        #expect(checked.output.isEmpty)
        let ended = try Daemon.run(in: folder)
        #expect(ended.status == 78)
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "state/log").path), "nothing was begun")
    }

    @Test func `a configuration in order is said to be, that of the package included`() throws {
        try write(
            #"""
            {"time_zone": "America/Cayenne", "source": "urn:accueil:cayenne",
             "roles": {"admin": {"users": ["root", 0]}, "operator": {"groups": ["root", 4242]}, "reader": {}},
             "limits": {"connections_max": 2000}}
            """#)
        #expect(try check() == (0, "\(file.path) is in order\n", ""))
        let other = folder.appending(path: "other.json")
        try Data("{}".utf8).write(to: other)
        #expect(try check(other.path) == (0, "\(other.path) is in order\n", ""))
        #expect(try check("--config", other.path).status == 0)
        #expect(try check(folder.appending(path: "none.json").path).error.contains("cannot open"))
        try FileManager.default.removeItem(at: file)
        #expect(try check().status == 0, "without a file everything is as usual")

        // The example names groups that the package makes; here a group that every machine has stands for them.
        let example = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Deploy/accueild.json.example")
        let text = try String(contentsOf: example, encoding: .utf8)
        let groups = ["\"accueil-admins\"", "\"accueil-operators\"", "\"accueil\""]
        #expect(groups.allSatisfy { text.contains($0) })
        try write(groups.reduce(text) { $0.replacing($1, with: "\"root\"") })
        #expect(try check() == (0, "\(file.path) is in order\n", ""))
    }

    @Test func `time zone and source come from the file, and options override it`() throws {
        try write(#"{"time_zone":"America/Cayenne","source":"urn:accueil:cayenne"}"#)
        do {
            let daemon = try Daemon.start(in: folder)
            let info = try daemon.connect().result("server.info")
            #expect(
                json(info, "time_zone", "source") == #"{"source":"urn:accueil:cayenne","time_zone":"America/Cayenne"}"#)
        }
        let daemon = try Daemon.start(in: folder, ["--time-zone", "Europe/Paris"])
        let info = try daemon.connect().result("server.info")
        #expect(json(info, "time_zone", "source") == #"{"source":"urn:accueil:cayenne","time_zone":"Europe/Paris"}"#)
    }

    @Test func `a file that was named has to be there`() throws {
        let ended = try Daemon.run(in: folder, ["--config", file.path])
        #expect(ended.status == 78)
        #expect(ended.standardError.contains("cannot open \(file.path): No such file or directory"), "\(ended)")
        #expect(try Daemon.run(in: folder, ["--check-config", "a", "--config", "b"]).status == 64)
    }

    @Test func `a hang-up reads it again; a bad one is refused, said, and changes nothing`() throws {
        try write(#"{"limits":{"batch_max":7}}"#)
        let daemon = try Daemon.start(in: folder)
        func batchMax() throws -> Int? {
            (try daemon.connect().result("server.info")["limits"] as? [String: Int])?["batch_max"]
        }
        func hangUp() {
            kill(daemon.process.processIdentifier, SIGHUP)
            #expect(daemon.notifications.wait(for: "RELOADING=1"))
            #expect(daemon.notifications.wait(for: "READY=1"))
        }
        #expect(try batchMax() == 7)
        try write(#"{"limits":{"batch_max":8}}"#)
        hangUp()
        #expect(try batchMax() == 8)
        let commands = Array(repeating: ["method": "site.close", "params": ["site": "s"]] as [String: Any], count: 9)
        let refusal = try daemon.connect().refusal("transaction", ["commands": commands])
        #expect((refusal["message"] as? String)?.contains("1 to 8 commands") == true)
        try write(#"{"limits":{"batch_max":0}}"#)
        hangUp()
        #expect(
            daemon.standardError.contains("The configuration stays as it was: \(file.path): limits.batch_max must be"))
        #expect(daemon.notifications.heard.last { $0.hasPrefix("STATUS=") }?.contains("refused") == true)
        #expect(try batchMax() == 8)
        try write(#"{"time_zone":"America/Cayenne"}"#)
        hangUp()
        #expect(daemon.standardError.contains("time_zone and source are taken at the start"))
        #expect(try batchMax() == 1000)
        #expect(try daemon.connect().result("server.info")["time_zone"] as? String == "Europe/Paris")
    }
}

/// Who may do what follows from the user and the groups that the kernel tells.
@Suite(.enabled(if: Stranger.canBe, "SKIPPED: only root can connect as somebody else, with setpriv (util-linux)"))
final class RolesTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start(_ roles: String) throws -> Daemon {
        try Data(#"{"roles":\#(roles)}"#.utf8).write(to: Daemon.configuration(in: folder))
        let daemon = try Daemon.start(in: folder)
        // So that strangers come as far as the daemon.
        chmod(folder.path, 0o755)
        chmod(daemon.socketPath, 0o666)
        return daemon
    }

    private static let roles = #"""
        {"admin": {"users": [4001], "groups": [5001]}, "operator": {"users": [4002], "groups": [5002]},
         "reader": {"users": [4003], "groups": [5003]}}
        """#

    @Test(
        arguments: [
            (4001, [4001], "admin"), (4002, [4002], "operator"), (4003, [4003], "reader"), (4004, [4004], nil),
            (4004, [5003], "reader"), (4004, [4004, 5003, 5002], "operator"), (4004, [4004, 4005, 5001], "admin"),
            (4002, [4002, 5003], "operator"), (4002, [4002, 5001], "admin"),
            (4004, Array(6000..<6100) + [5003], "reader"),
        ] as [(Int, [Int], String?)])
    func `the highest role of a user and of all its groups counts`(user: Int, groups: [Int], role: String?) throws {
        let daemon = try start(Self.roles)
        let client = try Stranger(user, groups, daemon.socketPath)
        let info = try client.result("server.info")
        #expect(info["role"] as? String == role)
        #expect(info["actor"] as? String == "uid:\(user)")
    }

    @Test func `each role may do what it may, a refusal says which is needed, and every event says who`() throws {
        let daemon = try start(Self.roles)
        let people = try [4001, 4002, 4003, 4004].map { try Stranger($0, [$0], daemon.socketPath) }
        let allowed: [(String, [String: Any], [Bool], String)] = [
            ("server.info", [:], [true, true, true, true], ""),
            ("query.occupancy", [:], [true, true, true, false], "reader"),
            ("events.read", [:], [true, true, true, false], "reader"),
            ("events.subscribe", [:], [true, true, true, false], "reader"),
            ("consumer.list", [:], [true, true, true, false], "reader"),
            ("site.open", ["site": "ney", "kind": "CPA"], [true, true, false, false], "operator"),
            ("event.void", ["sequence": 1, "reason": "error"], [true, true, false, false], "operator"),
            (
                "transaction", ["commands": [["method": "site.open", "params": ["site": "ivry", "kind": "CHU"]]]],
                [true, true, false, false], "operator"
            ),
            ("site.open", ["site": "lima", "kind": "CHU", "dry_run": true], [true, true, false, false], "operator"),
        ]
        for (method, params, may, needed) in allowed {
            for (index, client) in people.enumerated() {
                let answer = try client.ask(method, params)
                let error = answer["error"] as? [String: Any]
                let data = error?["data"] as? [String: Any]
                #expect((data?["type"] as? String == "forbidden") == !may[index], "\(method): \(answer)")
                guard !may[index] else { continue }
                #expect(error?["code"] as? Int == -32007)
                #expect(data?["rule"] as? String == "needs_\(needed)")
                #expect((data?["message"] as? String)?.contains("needs the role \(needed)") == true)
            }
        }
        let page = try daemon.connect().result("events.read")["events"] as? [[String: Any]]
        #expect(page?.compactMap { $0["actor"] as? String } == ["uid:4001", "uid:4001", "uid:4001"])
    }

    @Test func `without a configuration root and the daemon's user rule, and nobody else who has no group`() throws {
        let daemon = try Daemon.start(in: folder)
        chmod(folder.path, 0o755)
        chmod(daemon.socketPath, 0o666)
        #expect(try daemon.connect().result("server.info")["role"] as? String == "admin")
        let client = try Stranger(4004, [4004], daemon.socketPath)
        #expect(try client.result("server.info")["role"] == nil)
        let refusal = try client.ask("query.occupancy")["error"] as? [String: Any]
        #expect(refusal?["code"] as? Int == -32007)
    }

    @Test func `a hang-up gives and takes roles at once, also of those who are connected`() throws {
        let daemon = try start(Self.roles)
        let promoted = try Stranger(4003, [4003], daemon.socketPath)
        let dismissed = try Stranger(4002, [4002], daemon.socketPath)
        #expect(try promoted.ask("site.open", ["site": "ney", "kind": "CPA"])["error"] != nil)
        _ = try dismissed.result("site.open", ["site": "ney", "kind": "CPA"])
        _ = try dismissed.result("events.subscribe", ["from": 2])

        try Data(#"{"roles":{"operator":{"users":[4003]}}}"#.utf8).write(to: Daemon.configuration(in: folder))
        kill(daemon.process.processIdentifier, SIGHUP)
        #expect(daemon.notifications.wait(for: "RELOADING=1"))
        #expect(daemon.notifications.wait(for: "READY=1"))
        _ = try promoted.result("site.open", ["site": "ivry", "kind": "CHU"])
        #expect(try dismissed.ask("site.open", ["site": "lima", "kind": "CHU"])["error"] != nil)
        let ended = try #require(dismissed.notifications.last { $0["method"] as? String == "ended" })
        #expect(json(ended["params"], "next", "reason") == #"{"next":2,"reason":"no role any more"}"#)
        #expect(!dismissed.notifications.contains { $0["method"] as? String == "event" })
    }

    @Test func `the command line says who may, and exits with 5`() throws {
        let daemon = try start(Self.roles)
        let folder = folder
        // The tests' own folder may be closed to strangers.
        let program = folder.appending(path: "accueilctl")
        try FileManager.default.copyItem(at: Daemon.program("accueilctl"), to: program)
        chmod(program.path, 0o755)
        let process = Process()
        process.executableURL = URL(filePath: Stranger.launcher)
        process.arguments =
            Stranger.arguments(4003, [4003])
            + [program.path, "--socket", daemon.socketPath, "site", "open", "ney", "--kind", "CPA"]
        let error = Pipe()
        process.standardError = error
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if said.contains("error while loading shared libraries") {
            Issue.record("SKIPPED: a stranger cannot load the libraries of Swift here", severity: .warning)
            return
        }
        #expect(process.terminationStatus == 5, "\(said)")
        #expect(said.contains("needs the role operator, and uid:4003 has reader"), "\(said)")
    }
}

/// A client that runs as another user, with groups of its own: the kernel tells the daemon so.
final class Stranger {
    static let launcher = "/usr/bin/setpriv"
    private static let talker = "/usr/bin/nc"

    static var canBe: Bool {
        geteuid() == 0
            && [launcher, talker].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private var received = Data()
    private var nextID = 0
    private(set) var notifications: [[String: Any]] = []

    static func arguments(_ user: Int, _ groups: [Int]) -> [String] {
        [
            "--reuid=\(user)", "--regid=\(groups[0])",
            groups.count > 1
                ? "--groups=" + groups.dropFirst().map { "\($0)" }.joined(separator: ",") : "--clear-groups",
        ]
    }

    /// The first of the groups is the one it runs as.
    init(_ user: Int, _ groups: [Int], _ path: String) throws {
        process.executableURL = URL(filePath: Self.launcher)
        process.arguments = Self.arguments(user, groups) + [Self.talker, "-U", path]
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.standardError
        try process.run()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func ask(_ method: String, _ params: [String: Any] = [:]) throws -> [String: Any] {
        nextID += 1
        let request: [String: Any] = ["jsonrpc": "2.0", "id": nextID, "method": method, "params": params]
        try input.fileHandleForWriting.write(
            contentsOf: try JSONSerialization.data(withJSONObject: request) + Data([0x0A]))
        while true {
            let line = try line()
            let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            if object["id"] as? Int == nextID { return object }
            notifications.append(object)
        }
    }

    func result(_ method: String, _ params: [String: Any] = [:]) throws -> [String: Any] {
        let answer = try ask(method, params)
        return try #require(answer["result"] as? [String: Any], "\(method) was refused: \(answer)")
    }

    private func line() throws -> Data {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                defer { received = Data(received[(end + 1)...]) }
                return Data(received[..<end])
            }
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the connection of a stranger ended")
            received += more
        }
    }
}
