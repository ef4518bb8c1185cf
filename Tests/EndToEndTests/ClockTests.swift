import Foundation
import Testing

/// The clock of the machine jumps under the running daemon.
@Suite(.serialized, .enabled(if: FakeClock.obstacle == nil, "\(FakeClock.obstacle ?? "")"))
final class ClockTests {
    let folder: URL

    init() throws { folder = try Daemon.newFolder() }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test func `a clock that jumps harms nothing: recorded times never go back, ids differ, nobody waits`() throws {
        let dice = Dice.thrown(for: "clock")
        let clock = try FakeClock(in: folder)
        var daemon = try clock.startDaemon(in: folder)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        try crowd.write(to: daemon, round: 1, until: 50) {
            for days in [1, -1, 400, -400, 0, 3650] {
                try clock.jump(days: days)
                let reached = crowd.answeredCount + 200
                try eventually("commands go on being answered") { crowd.answeredCount > reached }
            }
            #expect(daemon.stop() == 0)
        }
        // Back in the past neither site nor point is open yet.
        let expected: Set<String> = ["refused/site_not_open", "refused/point_not_open", "stopping/stopping"]
        #expect(crowd.failures.isSubset(of: expected), "seed \(dice.seed): \(crowd.failures)")
        daemon = try clock.startDaemon(in: folder)
        let kept = try crowd.check(daemon, "seed \(dice.seed)")
        try crowd.repeatAll(of: 1, on: daemon, kept: kept, "seed \(dice.seed)")
    }

    @Test func `a clock behind the log is told, and recorded times stand still until it has caught up`() throws {
        let clock = try FakeClock(in: folder)
        try clock.jump(days: 2)
        var daemon = try clock.startDaemon(in: folder)
        try daemon.connect().record("site.open", ["site": "s1", "kind": "CHU"])
        #expect(daemon.stop() == 0)
        #expect(!daemon.standardError.contains("The clock"))

        try clock.jump(days: 1)
        daemon = try clock.startDaemon(in: folder)
        try eventually("the journal tells it") { daemon.standardError.contains("error The clock is 86") }
        let client = try daemon.connect()
        try client.record("site.open", ["site": "s2", "kind": "CHU"])
        var events = try allEvents(of: daemon)
        #expect(events[1].recorded == events[0].recorded)
        try clock.jump(days: 3)
        try client.record("site.open", ["site": "s3", "kind": "CHU"])
        events = try allEvents(of: daemon)
        #expect(events[2].recorded > events[1].recorded)
        try eventually("the journal tells it") { daemon.standardError.contains("notice The clock has caught up") }
    }

    @Test func `a clock beyond the calendar, or before any event, does no lasting harm`() throws {
        let clock = try FakeClock(in: folder)
        try clock.jump(days: 100_000)
        var daemon = try clock.startDaemon(in: folder)
        var client = try daemon.connect()
        // Whatever is told of when it happened: a time so far away could not be read again.
        for (method, params) in [
            ("site.open", ["site": "s1", "kind": "CHU", "time": "2017-03-01"]),
            ("consumer.ack", ["consumer": "c", "sequence": 0]),
        ] as [(String, [String: Any])] {
            let refusal = try client.refusal(method, params)
            #expect(json(refusal, "rule", "type") == #"{"rule":"day_out_of_bounds","type":"refused"}"#)
            #expect((refusal["message"] as? String)?.contains("the clock shows 2300-") == true)
        }
        _ = try client.result("query.occupancy")
        #expect(daemon.stop() == 0)

        try clock.jump(days: -30_000)
        daemon = try clock.startDaemon(in: folder)
        client = try daemon.connect()
        let later = ["site": "s2", "kind": "CHU", "time": "2017-03-01"]
        #expect(try client.refusal("site.open", later)["rule"] as? String == "in_the_future")
        try client.record("site.open", ["site": "s1", "kind": "CHU"])
        try clock.jump(days: 0)
        try client.record("site.open", later)
        #expect(daemon.stop() == 0)
        daemon = try clock.startDaemon(in: folder)
        #expect(try allEvents(of: daemon).map { $0.subject } == ["site/s1", "site/s2"])
    }
}

/// The clock that a daemon sees: libfaketime(1) answers in the kernel's place. Time namespaces could not, for they leave
/// the clock that tells the date alone (time_namespaces(7)).
struct FakeClock {
    private let control: URL

    private static let library: String? = {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        return folders.map { "/usr/lib/\($0)/faketime/libfaketime.so.1" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// Why there can be none on this machine; nil where there can.
    static let obstacle = library == nil ? "THE CLOCK DID NOT JUMP: libfaketime is not there (Debian: faketime)" : nil

    init(in folder: URL) throws {
        control = folder.appending(path: "clock")
        try jump(days: 0)
    }

    /// From now on it is so many days ahead of the machine's.
    func jump(days: Int) throws {
        // Replaced as a whole: the daemon looks at every moment.
        try Data("\(days < 0 ? "" : "+")\(days)d\n".utf8).write(to: control, options: .atomic)
    }

    /// Starts a daemon with this clock.
    func startDaemon(in folder: URL) throws -> Daemon {
        // env(1) lets the library set a variable of its own first: the daemon would not find its arguments afterwards.
        let daemon = try Daemon.start(
            in: folder,
            environment: [
                "LD_PRELOAD": Self.library ?? "", "FAKETIME_TIMESTAMP_FILE": control.path, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ],
            launcher: ["/usr/bin/env"])
        // What the library leaves behind.
        for name in ["faketime_shm_", "sem.faketime_sem_"] {
            try FileManager.default.removeItem(atPath: "/dev/shm/\(name)\(daemon.process.processIdentifier)")
        }
        return daemon
    }
}
