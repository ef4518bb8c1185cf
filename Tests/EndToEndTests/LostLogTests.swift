import Foundation
import Testing

/// The log is taken away from under the running daemon.
@Suite final class LostLogTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var log: URL { folder.appending(path: "state/log") }
    private var aside: URL { folder.appending(path: "state/aside") }
    private static let segment = "00000000000000000001.ndjson"

    enum Tampering: CaseIterable { case folderDeleted, segmentDeleted, folderRenamed, folderReplaced }

    private func tamper(_ tampering: Tampering) throws {
        switch tampering {
        case .folderDeleted: try FileManager.default.removeItem(at: log)
        case .segmentDeleted: try FileManager.default.removeItem(at: log.appending(path: Self.segment))
        case .folderRenamed: try FileManager.default.moveItem(at: log, to: aside)
        case .folderReplaced:
            let copy = folder.appending(path: "state/copy")
            try FileManager.default.copyItem(at: log, to: copy)
            try FileManager.default.moveItem(at: log, to: aside)
            try FileManager.default.moveItem(at: copy, to: log)
        }
    }

    /// As the message and the journal's explanation say.
    private func putBack(_ tampering: Tampering, _ held: Data) throws {
        switch tampering {
        case .folderDeleted, .segmentDeleted:
            try FileManager.default.createDirectory(at: log, withIntermediateDirectories: true)
            try held.write(to: log.appending(path: Self.segment))
        case .folderRenamed, .folderReplaced:
            try? FileManager.default.removeItem(at: log)
            try FileManager.default.moveItem(at: aside, to: log)
        }
    }

    @Test(arguments: Tampering.allCases)
    func `under load nothing more is acknowledged, and what was acknowledged can be saved`(tampering: Tampering) throws
    {
        let dice = Dice.thrown(for: "lost log")
        var daemon = try Daemon.start(in: folder)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        var held = Data()
        try crowd.write(to: daemon, round: 1, until: 100) {
            try tamper(tampering)
            let acknowledged = crowd.acknowledgedCount
            try eventually("it is noticed") { !crowd.failures.isEmpty }
            #expect(crowd.acknowledgedCount <= acknowledged + crowd.inFlightMax, "what was synced by then, and no more")
            let client = try daemon.connect()
            let status = try client.result("server.status")
            #expect(status["mode"] as? String == "read_only")
            let reason = try #require(status["reason"] as? String)
            let path = log.appending(path: Self.segment).path
            #expect(reason.hasPrefix("\(path) was deleted, renamed or replaced: it is now "), "\(reason)")
            try eventually("the journal tells it") { daemon.standardError.contains(reason) }
            let type = try client.refusal("site.open", ["site": "s", "kind": "CHU"])["type"] as? String
            #expect(type == "outcome_unknown" || type == "read_only")
            #expect(try client.result("query.stock")["rows"] != nil, "look-ups go on")
            let open = try #require(reason.firstMatch(of: /\/proc\/[0-9]+\/fd\/[0-9]+/)).output
            held = try Data(contentsOf: URL(filePath: String(open)))
            #expect(daemon.stop() == 0)
        }
        // Which of the two depends on whether a commit or a look came first.
        let expected: Set<String> = ["outcome_unknown/outcome_unknown", "read_only/log_refuses", "stopping/stopping"]
        #expect(crowd.failures.isSubset(of: expected), "\(crowd.failures)")

        try putBack(tampering, held)
        daemon = try Daemon.start(in: folder)
        let kept = try crowd.check(daemon, "seed \(dice.seed)")
        try crowd.repeatAll(of: 1, on: daemon, kept: kept, "seed \(dice.seed)")
        try verifyLog(log.path)
    }

    @Test func `it is noticed without a command, and the next start does not begin an empty log`() throws {
        let daemon = try Daemon.start(in: folder)
        let client = try daemon.connect()
        try client.record("site.open", ["site": "s", "kind": "CHU"])
        try tamper(.folderRenamed)
        try eventually("it is noticed") { try client.result("server.status")["mode"] as? String == "read_only" }
        let refusal = try client.refusal("site.open", ["site": "t", "kind": "CHU"])
        #expect(json(refusal, "type", "rule") == #"{"rule":"log_refuses","type":"read_only"}"#)
        #expect(json(refusal).contains("it is now \(aside.path)"))
        #expect(daemon.notifications.wait(for: "STATUS=Read-only: \(refusal["message"] ?? "")"))
        #expect(daemon.stop() == 0)

        let ended = try Daemon.run(in: folder)
        #expect(ended.status == 78)
        let mark = folder.appending(path: "state/log.begun")
        #expect(ended.standardError.contains("there is no log in \(log.path), but one was begun"), "\(ended)")
        #expect(ended.standardError.contains(mark.path))
        #expect(!FileManager.default.fileExists(atPath: log.path), "it is not in the way of what is put back")
        try putBack(.folderRenamed, Data())
        do {
            let again = try Daemon.start(in: folder)
            #expect(try allEvents(of: again).map { $0.subject } == ["site/s"])
        }

        try FileManager.default.removeItem(at: log)
        try FileManager.default.removeItem(at: mark)
        let anew = try Daemon.start(in: folder)
        #expect(try anew.connect().result("server.status")["head"] as? Int == 0)
    }
}
