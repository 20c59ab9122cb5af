// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "laennec-benchmarks",
    products: [
        .executable(name: "generate", targets: ["generate"]),
        .executable(name: "measure", targets: ["measure"]),
    ],
    targets: [
        /// Synthetic hospital traffic: the same bytes on every machine.
        .target(name: "Traffic"),
        /// Writes the captures that the benchmark reads.
        .executableTarget(name: "generate", dependencies: ["Traffic"]),
        /// Runs one program and tells what it cost.
        .executableTarget(name: "measure"),
    ]
)
