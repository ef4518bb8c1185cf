// swift-tools-version: 6.2
import PackageDescription

/// Set once for every target: warnings stop the build, imports stay internal.
let lenient: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// And unsafe code is spelled out, everywhere but in the end-to-end tests, which are C calls for the most part.
let house = lenient + [.strictMemorySafety()]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: house)
}

func suite(
    _ name: String, _ dependencies: [Target.Dependency], beside: [String] = [], _ settings: [SwiftSetting] = house
) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: beside, swiftSettings: settings)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "accueil",
    products: [
        .executable(name: "accueild", targets: ["accueild"]),
        .executable(name: "accueilctl", targets: ["accueilctl"]),
        .library(name: "AccueilClient", targets: ["AccueilClient"]),
        // For Tests/Benchmarks, a package of its own.
        .library(
            name: "AccueilRooms", targets: ["AccueilDomain", "EventCoding", "EventLog", "Register", "WireProtocol"]),
    ],
    dependencies: [
        // Sockets and the event loop: the ecosystem's standard; adopts systemd's listening sockets.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Graceful start and stop on signals, the way other Swift services do it.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Arguments, help and completions of both programs.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The log API every dependency speaks; our handler writes to the journal.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // SHA-256 for the Merkle tree, with the processor's instructions.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // The domain imports nothing but the standard library.
        room("AccueilDomain"),
        room("EventCoding", ["AccueilDomain", "CSimdjson"]),
        room("EventLog", ["CCRC32C", crypto]),
        room("WireProtocol", ["AccueilDomain", "EventCoding"]),
        room("Register", ["AccueilDomain", "EventCoding", "EventLog", "WireProtocol", crypto]),
        room("SocketServer", ["WireProtocol", lifecycle, logging] + nio),
        room("Systemd", ["CSystemd", logging]),
        room("Sheets"),
        room("Bilan", ["AccueilDomain", "Sheets"]),
        room("AccueilClient", ["AccueilDomain", "EventCoding", "WireProtocol"] + nio),
        program(
            "accueild",
            [
                "AccueilDomain", "EventCoding", "EventLog", "Register", "SocketServer", "Systemd", "WireProtocol",
                lifecycle, signals, logging, arguments,
            ] + nio),
        program(
            "accueilctl",
            [
                "AccueilClient", "AccueilDomain", "Bilan", "EventCoding", "EventLog", "Sheets", "WireProtocol",
                arguments,
            ]),

        // libsystemd: listening sockets, readiness, watchdog, journal (Debian: libsystemd-dev).
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        // CRC32C with the processor's instruction, a table where it has none (Debian packages no C library for it).
        .target(name: "CCRC32C"),
        // simdjson reads every line that comes in and every event on replay (Debian: libsimdjson-dev).
        .target(name: "CSimdjson", cxxSettings: [.define("NDEBUG")], linkerSettings: [.linkedLibrary("simdjson")]),

        .target(
            name: "AccueilTesting", dependencies: ["AccueilDomain", "EventCoding", "EventLog", "AccueilClient"],
            path: "Tests/AccueilTesting", swiftSettings: house),
        suite("AccueilDomainTests", ["AccueilDomain", "AccueilTesting"]),
        suite("EventCodingTests", ["AccueilDomain", "EventCoding", "AccueilTesting"]),
        suite("EventLogTests", ["EventLog", "AccueilTesting", crypto], beside: ["golden.ndjson", "verify_log.py"]),
        suite("WireProtocolTests", ["AccueilDomain", "EventCoding", "WireProtocol"]),
        suite(
            "RegisterTests",
            ["AccueilDomain", "AccueilTesting", "EventCoding", "EventLog", "Register", "WireProtocol"]),
        suite(
            "SimulationTests",
            ["AccueilDomain", "AccueilTesting", "EventCoding", "EventLog", "Register", "WireProtocol"]),
        suite("BilanTests", ["AccueilDomain", "AccueilTesting", "Bilan"]),
        suite("SheetsTests", ["Sheets"]),
        suite("SystemdTests", ["Systemd", "AccueilTesting", logging]),
        suite(
            "EndToEndTests", ["AccueilTesting", "AccueilClient", "EventLog", "Systemd", "accueild", "accueilctl"],
            beside: ["Fixtures", "look_at_page.py", "proofs.py", "validators.py"],
            lenient),
    ],
    cxxLanguageStandard: .cxx17
)
