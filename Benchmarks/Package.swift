// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "laennec-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "generate", targets: ["generate"]),
        .executable(name: "measure", targets: ["measure"]),
    ],
    dependencies: [
        .package(name: "laennec", path: ".."),
        // Without its default trait, which wants the jemalloc library.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        // Synthetic hospital traffic: the same bytes on every machine.
        .target(name: "Traffic"),
        // Writes the captures that the benchmark reads.
        .executableTarget(name: "generate", dependencies: ["Traffic"]),
        // Runs one program and tells what it cost.
        .executableTarget(name: "measure"),
        // What single parts cost: `swift package benchmark`.
        .executableTarget(
            name: "Micro",
            dependencies: [
                "Traffic", .product(name: "LaennecKit", package: "laennec"), .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Micro",
            swiftSettings: [.enableExperimentalFeature("Lifetimes")],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
)
