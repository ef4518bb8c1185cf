import Foundation
import Testing

/// Starts of the real daemon from a snapshot, and from none.
@Suite final class SnapshotStartTests {
    private let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start() throws -> Daemon { try Daemon.start(in: folder, ["--snapshot-events", "5"]) }

    private func openSites(_ numbers: ClosedRange<Int>, on daemon: Daemon) throws {
        let client = try daemon.connect()
        for number in numbers { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
    }

    private func sites(_ daemon: Daemon) throws -> Int? {
        (try daemon.connect().result("query.occupancy")["rows"] as? [Any])?.count
    }

    private func snapshot(_ position: Int) -> URL {
        folder.appending(path: "state/snapshots/" + String(format: "%020d.snapshot", position))
    }

    @Test func `a start takes the snapshot and what follows it, and says so`() throws {
        var daemon = try start()
        try openSites(1...8, on: daemon)
        #expect(daemon.stop() == 0)
        #expect(FileManager.default.fileExists(atPath: snapshot(8).path))

        daemon = try start()
        #expect(
            daemon.standardError.contains("Ready from a snapshot at 8, 0 events after it"), "\(daemon.standardError)")
        try openSites(9...10, on: daemon)
        daemon.crash()

        daemon = try start()
        #expect(
            daemon.standardError.contains("Ready from a snapshot at 8, 2 events after it"), "\(daemon.standardError)")
        #expect(daemon.notifications.heard.last { $0.hasPrefix("STATUS=") } == "STATUS=Ready: 10 events")
        #expect(try sites(daemon) == 10)
        // What has been done is still known to have been done, and what follows counts on.
        let client = try daemon.connect()
        #expect(try client.record("site.open", ["site": "s1", "kind": "CHU"]).isEmpty)
        #expect(try client.record("site.open", ["site": "s11", "kind": "CHU"])[0]["sequence"] as? Int == 11)
    }

    @Test func `a snapshot that was changed is not taken, and the log makes another one`() throws {
        var daemon = try start()
        try openSites(1...8, on: daemon)
        #expect(daemon.stop() == 0)
        var bytes = try Data(contentsOf: snapshot(8))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: snapshot(8))

        daemon = try start()
        let reason = "Not taken: the snapshot at 8: its checksum does not fit"
        #expect(daemon.standardError.contains(reason), "\(daemon.standardError)")
        #expect(!daemon.standardError.contains("Ready from a snapshot"))
        #expect(try sites(daemon) == 8)
        try openSites(9...9, on: daemon)
        #expect(daemon.stop() == 0)

        daemon = try start()
        #expect(!daemon.standardError.contains("Not taken"), "\(daemon.standardError)")
        #expect(daemon.standardError.contains("Ready from a snapshot at"))
        #expect(try sites(daemon) == 9)
    }

    @Test func `what was put right before the snapshot is read from the log`() throws {
        var daemon = try start()
        try openSites(1...8, on: daemon)
        #expect(daemon.stop() == 0)
        daemon = try start()
        try daemon.connect().record("event.void", ["sequence": 8, "reason": "error"])
        daemon.crash()

        daemon = try start()
        #expect(
            daemon.standardError.contains("the snapshot at 8: an event before it was put right"),
            "\(daemon.standardError)")
        #expect(try sites(daemon) == 7)
    }

    @Test func `without its folder of snapshots it starts as well`() throws {
        var daemon = try start()
        try openSites(1...8, on: daemon)
        #expect(daemon.stop() == 0)
        try FileManager.default.removeItem(at: folder.appending(path: "state/snapshots"))
        daemon = try start()
        #expect(!daemon.standardError.contains("snapshot at"), "\(daemon.standardError)")
        #expect(try sites(daemon) == 8)
    }
}
