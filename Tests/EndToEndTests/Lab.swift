import Foundation
import Testing

/// A Debian 12 with the package installed, and its systemd as PID 1: `Tests/SystemdLab/lab` from a test's side.
final class Lab {
    /// PID 1 as seen from here.
    let pid: Int32
    private let process = Process()
    private let life = Pipe()

    /// Why there can be none on this machine, in one line; nil where there can.
    static let obstacle: String? = {
        if case .failure(let obstacle) = ground {
            "NO SYSTEMD LAB, NOTHING OF THE DEPLOYMENT WAS TRIED: \(obstacle)"
        } else {
            nil
        }
    }()

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// What every lab stands on: the root folder, and a folder with two versions of the package.
    private static let ground: Result<(root: String, shared: String), Failed> = {
        do {
            let packages = try FileManager.default.contentsOfDirectory(
                at: home.appending(path: ".build/package"), includingPropertiesForKeys: nil)
            guard let package = packages.first(where: { $0.pathExtension == "deb" }) else {
                throw CocoaError(.fileNoSuchFile)
            }
            let checked = try Program.machine("/bin/bash", script, "check")
            guard checked.status == 0 else { return .failure(Failed(description: checked.error)) }
            let built = try Program.machine("/bin/bash", script, "build", home.appending(path: ".build-lab").path)
            guard built.status == 0, let root = built.output.split(separator: "\n").last else {
                return .failure(Failed(description: built.error))
            }
            return .success((String(root), try shared(package)))
        } catch is CocoaError {
            return .failure(Failed(description: "there is no package in .build/package; Deploy/package makes one"))
        } catch {
            return .failure(Failed(description: "\(error)"))
        }
    }()

    /// A folder with the package as `1.deb`, the same as a later version as `2.deb`, and the example of Paris.
    private static func shared(_ package: URL) throws -> String {
        let folder = home.appending(path: ".build-lab/shared")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: package, to: folder.appending(path: "1.deb"))
        try FileManager.default.copyItem(
            at: home.appending(path: "Protocol/examples/paris-2017.ndjson"), to: folder.appending(path: "paris.ndjson"))
        let made = try Program.machine(
            "/bin/bash", "-euc",
            """
            cd "$1" && dpkg-deb -R 1.deb 2 && sed -i 's/^Version: .*/&+later/' 2/DEBIAN/control
            dpkg-deb --root-owner-group -Zgzip -z1 --build 2 2.deb && rm -r 2
            """, "bash", folder.path)
        guard made.status == 0 else { throw Failed(description: made.error) }
        return folder.path
    }

    private static let home = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let script = home.appending(path: "Tests/SystemdLab/lab").path

    /// Boots one and installs the package in it, unless that is to be done by hand.
    init(installs: Bool = true) throws {
        let ground = try Self.ground.get()
        let said = Pipe()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [Self.script, "up", ground.root, ground.shared]
        process.standardInput = life
        process.standardOutput = said
        try process.run()
        var line = Data()
        while !line.contains(0x0A), case let more = said.fileHandleForReading.availableData, !more.isEmpty {
            line += more
        }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        pid = try #require(words.first == "up" ? words.last.flatMap { Int32($0) } : nil, "the lab did not boot")
        if installs { try sh("dpkg -i /mnt/1.deb </dev/null") }
    }

    /// The end of its standard input is the end of the lab.
    deinit {
        try? life.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// A path of the lab, from here.
    func path(_ inside: String) -> String { "/proc/\(pid)/root\(inside)" }

    /// A client that comes in by the lab's socket.
    func connect() throws -> LineClient { try LineClient(path: path("/run/accueil/accueil.sock")) }

    /// Runs shell commands inside and tells what they wrote to standard output; a failed expectation unless all succeed.
    @discardableResult
    func sh(_ commands: String, language: String = "C.UTF-8") throws -> String {
        let ended = try enter("set -euo pipefail\n" + commands, language: language)
        try #require(ended.status == 0, "«\(commands)» ended with \(ended.status): \(ended.output)\(ended.error)")
        return ended.output.trimmingCharacters(in: .newlines)
    }

    /// Runs shell commands inside, in the folder of root.
    func enter(_ commands: String, language: String = "C.UTF-8") throws -> Ended {
        try Program.machine(
            "/bin/bash", Self.script, "enter", "\(pid)", "bash", "-c", "cd\n" + commands,
            environment: ["LAB_LANG": language])
    }

    /// A property of a unit, as systemd has it.
    func property(_ name: String, of unit: String = "accueild.service") throws -> String {
        try sh("systemctl show -P \(name) \(unit)")
    }

    /// Entries of the journal, the oldest first, with all their fields.
    func journal(_ matches: String) throws -> [[String: Any]] {
        try sh("journalctl --sync; journalctl --no-pager -q -o json \(matches)").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// Whether a log of the lab is sound, says the verifier that was written from Protocol/LOG.md alone.
    func verifyLog(_ folder: String) throws -> Ended {
        try Program.machine(
            "/usr/bin/python3", Self.home.appending(path: "Tests/EventLogTests/verify_log.py").path,
            path(folder))
    }
}

extension Program {
    /// Runs a program of the machine to its end.
    static func machine(_ program: String, _ arguments: String..., environment: [String: String] = [:]) throws
        -> Ended
    {
        try run(program: URL(filePath: program), arguments, environment: environment)
    }
}

/// Waits until something holds, at most so many seconds; a failed expectation otherwise.
func eventually(
    _ what: String, within seconds: Double = 30, sourceLocation: SourceLocation = #_sourceLocation,
    _ holds: () throws -> Bool
) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !holds() {
        try #require(Date() < deadline, "\(what), within \(seconds) s", sourceLocation: sourceLocation)
        Thread.sleep(forTimeInterval: 0.02)
    }
}
