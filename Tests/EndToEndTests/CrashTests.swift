import Foundation
import Testing

/// kill -9, again and again, while several clients write and while the daemon starts.
///
/// `ACCUEIL_CRASH_ROUNDS=300 swift test --disable-xctest --filter CrashTests` does it 300 times.
@Suite struct CrashTests {
    @Test func `after every crash each acknowledged command is in the log exactly once`() throws {
        let rounds = ProcessInfo.processInfo.environment["ACCUEIL_CRASH_ROUNDS"].flatMap { Int($0) } ?? 20
        var dice = Dice.thrown(for: "crashes")
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // Often enough that many a start begins at a snapshot, and many a crash comes while one is written.
        let snapshots = ["--snapshot-events", "20"]
        var daemon = try Daemon.start(in: folder, snapshots)
        let crowd = try Crowd(on: daemon, seed: dice.seed)
        for round in 1...rounds {
            let place = "seed \(dice.seed), round \(round)"
            try crowd.write(to: daemon, round: round, until: Int.random(in: 1...200, using: &dice)) { daemon.crash() }
            if Int.random(in: 0..<3, using: &dice) == 0 {
                try Daemon.crashAtStart(in: folder, afterMicroseconds: UInt32.random(in: 0...60_000, using: &dice))
            }
            daemon = try Daemon.start(in: folder, snapshots)
            let kept = try crowd.check(daemon, place)
            try crowd.repeatAll(of: round, on: daemon, kept: kept, place)
        }
        #expect(crowd.failures == [], "seed \(dice.seed)")
        try crowd.check(daemon, "seed \(dice.seed), at the end")
        #expect(crowd.acknowledgedCount >= rounds, "seed \(dice.seed)")
    }
}
