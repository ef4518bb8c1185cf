import AccueilTesting
import EventLog
import Glibc
import Testing

@testable import Register

/// The register, its log and its followers through thousands of lives, each drawn from a seed.
///
/// `ACCUEIL_SEEDS` says how many, `ACCUEIL_SEED` the first; that alone is the only one, and its story is told.
@Suite struct SimulationTests {
    private static func variable(_ name: String) -> UInt64? {
        unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
    }

    @Test func `what was promised is kept, whatever happens`() {
        let one = Self.variable("ACCUEIL_SEED")
        let many = Self.variable("ACCUEIL_SEEDS")
        let first = one ?? 1
        for seed in first..<first + (many ?? (one == nil ? 100 : 1)) {
            // Told before, for the run that ends the program.
            if many != nil { print("seed \(seed)") }
            let simulation = Simulation(seed: seed)
            do throws(Simulation.Failure) { try simulation.run() } catch { Issue.record(error) }
            if one != nil, many == nil { print(simulation.story.joined(separator: "\n")) }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the same seed is the same run`(seed: UInt64) throws {
        let runs = [Simulation(seed: seed), Simulation(seed: seed)]
        for run in runs { try run.run() }
        #expect(runs[0].story.count > 200 && runs[0].story == runs[1].story)
    }

    // MARK: A short life, looked at from all sides

    private func short(
        _ plan: (call: Int, fault: SimulatedDisk.Fault, cut: SimulatedDisk.PowerCut)? = nil
    ) -> Simulation {
        Simulation(seed: 5, steps: 24, weather: Simulation.Weather(), plan: plan)
    }

    @Test func `a short life goes on from every disk that a power cut can leave`() throws {
        let rehearsal = short()
        try rehearsal.run()
        var looked = 0
        for call in rehearsal.calls.indices {
            let first = short((call, .powerCut, .leaves(state: 0)))
            try first.run()
            // A segment in the making, which nobody reads yet, has too many for each to be looked at.
            let cuts: [SimulatedDisk.PowerCut] =
                first.states > 1 << 5
                ? [.keepsThem] + (1...4).map { .tearsThem(seed: $0) }
                : (1..<first.states).map { .leaves(state: $0) }
            for cut in cuts { try short((call, .powerCut, cut)).run() }
            looked += cuts.count + 1
        }
        #expect(looked > 2 * rehearsal.calls.count)
    }

    @Test(
        arguments: [.failure(EIO), .failure(ENOSPC), .partialFailure(EIO, seed: 1), .partialFailure(EIO, seed: 2)]
            as [SimulatedDisk.Fault])
    func `a short life goes on whichever call fails`(fault: SimulatedDisk.Fault) throws {
        let rehearsal = short()
        try rehearsal.run()
        for call in rehearsal.calls.indices { try short((call, fault, .losesThem)).run() }
    }

    @Test func `a byte that is not what it was hides what is behind it, and changes nothing`() throws {
        let simulation = short()
        try simulation.run()
        let (files, events) = (simulation.segments, simulation.events)
        let questions = ["query.stock", "query.placements", "query.occupancy", "query.donations"]
        func ask(_ process: RegisterProcess, _ more: String) -> [String] {
            process.answers(
                to: questions.map {
                    #"{"jsonrpc":"2.0","id":1,"method":"\#($0)","params":{"as_of":"2016-11-21"\#(more)}}"#
                })
        }
        let sound = try RegisterProcess(on: SimulatedDisk(files), seed: 1, now: { 1_479_772_800_000_000 })
        let known = (0...events.count).map { ask(sound, #","known_at":\#($0)"#) }
        var (random, hidden) = (SplitMix(seed: 1), 0)
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let ink = bytes.lastIndex { $0 != 0x0A } ?? 0
            for offset in stride(from: Int.random(in: 0..<11, using: &random), through: ink, by: 11) {
                let disk = SimulatedDisk(files)
                disk.flip(path, at: offset, 1 << UInt8.random(in: 0..<8, using: &random))
                guard let process = try? RegisterProcess(on: disk, seed: 1, now: { 1_479_772_800_000_000 }) else {
                    continue
                }
                let head = Int(process.register.head.rawValue)
                #expect(ask(process, "") == known[head], "\(path), byte \(offset)")
                if head < events.count { hidden += 1 }
            }
        }
        #expect(hidden > 100)
    }
}
