import Foundation
import Testing

/// Clients and validators that others wrote, held against the real daemon: see `validators.py`.
enum Validators {
    /// Runs one of the checks and expects it to find nothing.
    static func check(_ arguments: String..., by script: String = "validators.py") throws {
        let process = Process()
        process.executableURL = Example.repository.appending(path: "Tests/python")
        process.arguments =
            [Example.repository.appending(path: "Tests/EndToEndTests/\(script)").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        print("\(script) \(arguments[0]): \(said)", terminator: "")
        #expect(process.terminationStatus == 0, "\(arguments.joined(separator: " ")): \(said)")
    }
}

@Suite struct ValidatorTests {
    @Test func `the document is one of OpenRPC, and rpc.discover answers it`() throws {
        let daemon = try Daemon.start()
        try Validators.check("document", daemon.socketPath)
        #expect(daemon.stop() == 0)
    }

    @Test func `aiorpcX calls, pipelines fifty at once, sends batches and notifications, and reads errors`() throws {
        let daemon = try Daemon.start()
        try Validators.check("client", daemon.socketPath)
        #expect(daemon.stop() == 0)
    }

    @Test(arguments: [Example.paris, Example.valmer])
    func `every line of an example is as its schema says, either way, and every event one of CloudEvents`(
        example: Example
    ) throws {
        let daemon = try Daemon.start(example.arguments)
        try Validators.check("example", daemon.socketPath, example.lines.path)
        try Validators.check("events", daemon.socketPath)
        #expect(daemon.stop() == 0)
    }

    @Test func `whatever the parameters of a method are, there is an answer, and it is as its schema says`() throws {
        let daemon = try Daemon.start()
        try Validators.check("parameters", daemon.socketPath, "\(Dice.thrown(for: "parameters").seed)")
        #expect(daemon.stop() == 0)
    }

    @Test(arguments: Transcript.names)
    func `a transcript is how the daemon talks, and each of its lines as its schema says`(name: String) throws {
        let daemon = try Daemon.start(["--source", "urn:accueil:paris"])
        let transcript = try Transcript(name)
        try transcript.hold(with: daemon)
        let file = daemon.folder.appending(path: "exchange.ndjson")
        try transcript.exchange.map { json($0) + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
        try Validators.check("exchange", file.path)
    }

    @Test func `there is a transcript of each kind of conversation`() {
        let kinds = [
            "asking", "consuming", "correcting", "following", "knowing-then", "limits", "proving", "recording",
            "refusing", "repeating", "transaction", "trying", "wrong-requests",
        ]
        #expect(Transcript.names == kinds)
    }
}
