// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the register builds the measuring as well.
let package = Package(
    name: "accueil-benchmarks",
    dependencies: [
        .package(name: "accueil", path: "../.."),
        // Percentiles and thresholds; without its traits, which count allocations.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Rooms",
            dependencies: [
                .product(name: "AccueilRooms", package: "accueil"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Rooms",
            swiftSettings: [.treatAllWarnings(as: .error), .strictMemorySafety()],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
