import AccueilTesting
import Glibc
import Testing

/// The register, its log and its followers through thousands of lives, each drawn from a seed.
///
/// `ACCUEIL_SEEDS` says how many, `ACCUEIL_SEED` the only one.
@Suite struct SimulationTests {
    private static func variable(_ name: String) -> UInt64? {
        unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
    }

    @Test func `what was promised is kept, whatever happens`() {
        let one = Self.variable("ACCUEIL_SEED")
        let many = Self.variable("ACCUEIL_SEEDS")
        let seeds = one.map { $0...$0 } ?? 1...(many ?? 100)
        print("simulation: seeds \(seeds)")
        for seed in seeds {
            // A run that ends the program can be told by the last seed that was named.
            if many != nil { print("seed \(seed)") }
            let simulation = Simulation(seed: seed)
            do throws(Simulation.Failure) { try simulation.run() } catch { Issue.record(error) }
            if one != nil { print(simulation.story.joined(separator: "\n")) }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the same seed is the same run`(seed: UInt64) throws {
        let runs = [Simulation(seed: seed), Simulation(seed: seed)]
        for run in runs { try run.run() }
        #expect(runs[0].story.count > 200 && runs[0].story == runs[1].story)
    }
}
