import Foundation
import Systemd
import Testing

/// What `Deploy/` ships, judged by systemd's own programs in a root folder made for the test.
@Suite struct UnitTests {
    @Test(.enabled(if: Program.analyze.isInstalled, "systemd-analyze is missing: install the package systemd"))
    func `systemd finds nothing to say about the units`() throws {
        let root = try TemporaryRoot(withUnits: true)
        let verdict = try root.verify()
        #expect(verdict.output == "")
        #expect(verdict.status == 0)
    }

    @Test(.enabled(if: Program.analyze.isInstalled, "systemd-analyze is missing: install the package systemd"))
    func `systemd would have noticed a missing program and a misspelt setting`() throws {
        let root = try TemporaryRoot(withUnits: true)
        try FileManager.default.removeItem(at: root.folder.appending(path: "usr/bin/accueild"))
        var verdict = try root.verify()
        #expect(verdict.status != 0)
        #expect(verdict.output.contains("/usr/bin/accueild is not executable"))

        let other = try TemporaryRoot(withUnits: true)
        let service = other.units.appending(path: "accueild.service")
        let text = try String(contentsOf: service, encoding: .utf8)
        let misspelt = text.replacing("ProtectSystem=", with: "ProtectSystems=")
        try misspelt.write(to: service, atomically: true, encoding: .utf8)
        verdict = try other.verify()
        #expect(verdict.output.contains("ProtectSystems"))
    }

    @Test(.enabled(if: Program.analyze.isInstalled, "systemd-analyze is missing: install the package systemd"))
    func `the services are exposed to at most 2 of 10`() throws {
        for name in ["accueild.service", "accueil-backup.service"] {
            let service = deploy.appending(path: name).path
            let verdict = try Program.analyze.run("security", "--no-pager", "--offline=true", "--threshold=20", service)
            #expect(verdict.output.contains("Overall exposure level for \(name)"))
            #expect(verdict.status == 0, "\(verdict.output)")
        }
    }

    @Test(.enabled(if: Program.journalctl.isInstalled, "journalctl is missing: install the package systemd"))
    func `the journal has a text in English and in French for each message that somebody may be woken by`() throws {
        let root = try TemporaryRoot(withUnits: false)
        let catalogs = root.folder.appending(path: "usr/lib/systemd/catalog")
        try FileManager.default.createDirectory(
            at: catalogs.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: deploy.appending(path: "catalog"), to: catalogs)
        try FileManager.default.createDirectory(
            at: root.folder.appending(path: "var/lib/systemd/catalog"), withIntermediateDirectories: true)
        let made = try Program.journalctl.run("--root=\(root.folder.path)", "--update-catalog")
        #expect(made.status == 0 && made.output == "", "\(made.output)")
        let listed = try Program.journalctl.run("--root=\(root.folder.path)", "--list-catalog").output
        let known = listed.split(separator: "\n").map { String($0.prefix(32)) }
        #expect(known.sorted() == MessageID.allCases.map(\.rawValue).sorted())
        for name in ["accueil.catalog", "accueil.fr.catalog"] {
            let ids = try lines(of: "catalog/\(name)").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
            #expect(ids.sorted() == MessageID.allCases.map(\.rawValue).sorted(), "\(name)")
        }
    }

    @Test(.enabled(if: Program.sysusers.isInstalled, "systemd-sysusers is missing: install the package systemd"))
    func `the account and its group are made`() throws {
        let root = try TemporaryRoot(withUnits: false)
        let made = try Program.sysusers.run(
            "--root=\(root.folder.path)", deploy.appending(path: "sysusers.d/accueil.conf").path)
        #expect(made.status == 0, "\(made.output)")
        let account = try String(contentsOf: root.folder.appending(path: "etc/passwd"), encoding: .utf8)
            .split(separator: "\n").first { $0.hasPrefix("accueil:") }
        #expect(account?.hasSuffix(":/var/lib/accueil:/usr/sbin/nologin") == true, "\(account ?? "no account")")
        let groups = try String(contentsOf: root.folder.appending(path: "etc/group"), encoding: .utf8)
        #expect(groups.split(separator: "\n").contains { $0.hasPrefix("accueil:") })
    }

    @Test(.enabled(if: Program.tmpfiles.isInstalled, "systemd-tmpfiles is missing: install the package systemd"))
    func `the folders are made, and only the register reads its state`() throws {
        let root = try TemporaryRoot(withUnits: false)
        // Folders are made as the tests' own account: another owner takes root's rights.
        let rules = try String(contentsOf: deploy.appending(path: "tmpfiles.d/accueil.conf"), encoding: .utf8)
        let own = root.folder.appending(path: "own.conf")
        try rules.replacing("accueil accueil -", with: "- - -").write(to: own, atomically: true, encoding: .utf8)
        #expect(rules.replacing("accueil accueil -", with: "- - -") != rules)

        let made = try Program.tmpfiles.run("--create", "--root=\(root.folder.path)", own.path)
        #expect(made.status == 0, "\(made.output)")
        #expect(made.output == "")
        #expect(try root.mode(of: "run/accueil") == 0o755)
        #expect(try root.mode(of: "var/lib/accueil") == 0o700)
        #expect(try root.mode(of: "var/backups/accueil") == 0o700)
    }

    @Test func `service, socket and folders agree on account, names and paths`() throws {
        let service = try settings(of: "accueild.service")
        let socket = try settings(of: "accueild.socket")
        let account = try #require(service["User"])
        #expect(service["Group"] == account)
        #expect(socket["SocketUser"] == account)
        #expect(socket["SocketGroup"] == account)
        #expect(socket["FileDescriptorName"] == account)
        let runtime = try #require(service["RuntimeDirectory"])
        #expect(socket["ListenStream"] == "/run/\(runtime)/accueil.sock")

        let rules = try lines(of: "tmpfiles.d/accueil.conf").map { $0.split(separator: " ").map(String.init) }
        let state = try #require(service["StateDirectory"])
        let runtimeMode = try #require(service["RuntimeDirectoryMode"])
        let stateMode = try #require(service["StateDirectoryMode"])
        #expect(
            rules == [
                ["d", "/run/\(runtime)", runtimeMode, account, account, "-"],
                ["d", "/var/lib/\(state)", stateMode, account, account, "-"],
                ["d", "/var/backups/accueil", "0700", account, account, "-"],
            ])
        let backup = try settings(of: "accueil-backup.service")
        #expect(backup["User"] == account && backup["Group"] == account)
        #expect(backup["ReadWritePaths"] == "/var/backups/accueil")
        #expect(backup["ExecStart"] == "/usr/bin/accueilctl log backup /var/backups/accueil")
        let accounts = try lines(of: "sysusers.d/accueil.conf").map {
            $0.split(separator: " ").prefix(2).map(String.init)
        }
        #expect(accounts == [["u", account], ["g", "\(account)-operators"], ["g", "\(account)-admins"]])
    }

    @Test func `peer credentials reach the register as they are`() throws {
        #expect(try settings(of: "accueild.service")["PrivateUsers"] == "no")
    }

    @Test func `a damaged log or a wrong configuration is not tried again and again`() throws {
        let service = try settings(of: "accueild.service")
        #expect(service["Restart"] == "on-failure")
        #expect(service["RestartPreventExitStatus"]?.split(separator: " ").contains("78") == true)
        #expect(service["StartLimitBurst"] == "5")
        #expect(service["StartLimitIntervalSec"] == "30s")
    }

    /// Lines that say something.
    private func lines(of file: String) throws -> [String] {
        try String(contentsOf: deploy.appending(path: file), encoding: .utf8)
            .split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    private func settings(of unit: String) throws -> [String: String] {
        let pairs = try lines(of: unit).compactMap { line in
            line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
        }
        return Dictionary(pairs) { first, second in "\(first) \(second)" }
    }
}

/// `Deploy/` of this package.
private let deploy = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Deploy")

/// An empty root of a system, removed when the test ends.
private final class TemporaryRoot {
    static let shipped = ["accueild.service", "accueild.socket", "accueil-backup.service", "accueil-backup.timer"]

    let folder: URL
    var units: URL { folder.appending(path: "usr/lib/systemd/system") }

    /// With units: ours, the targets they stand on from this machine, and stand-ins for the programs they start.
    init(withUnits: Bool) throws {
        let files = FileManager.default
        folder = files.temporaryDirectory.appending(path: "accueil-units-\(UUID())").resolvingSymlinksInPath()
        try files.createDirectory(at: folder.appending(path: "etc"), withIntermediateDirectories: true)
        guard withUnits else { return }
        try files.createDirectory(at: units, withIntermediateDirectories: true)
        let binaries = folder.appending(path: "usr/bin")
        try files.createDirectory(at: binaries, withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: folder.appending(path: "bin").path, withDestinationPath: "usr/bin")
        for program in ["accueild", "accueilctl", "kill"] {
            let path = binaries.appending(path: program).path
            try #require(files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o755]))
        }
        for unit in TemporaryRoot.shipped {
            try files.copyItem(at: deploy.appending(path: unit), to: units.appending(path: unit))
        }
        let system = URL(filePath: "/usr/lib/systemd/system")
        for unit in try files.contentsOfDirectory(at: system, includingPropertiesForKeys: nil)
        where ["target", "slice"].contains(unit.pathExtension) {
            try files.copyItem(at: unit.resolvingSymlinksInPath(), to: units.appending(path: unit.lastPathComponent))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func verify() throws -> (status: Int32, output: String) {
        try Program.analyze.run(
            ["verify", "--man=no", "--recursive-errors=one", "--root=\(folder.path)"] + TemporaryRoot.shipped)
    }

    func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)[.posixPermissions] as? Int
    }
}

/// One of systemd's own programs.
private struct Program {
    static let journalctl = Program(name: "journalctl")
    static let analyze = Program(name: "systemd-analyze")
    static let sysusers = Program(name: "systemd-sysusers")
    static let tmpfiles = Program(name: "systemd-tmpfiles")

    let name: String
    private var path: String { "/usr/bin/\(name)" }
    var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Runs to its end; the output is what it wrote to both streams.
    func run(_ arguments: String...) throws -> (status: Int32, output: String) { try run(arguments) }

    func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
