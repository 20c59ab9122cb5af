// swift-tools-version:6.2
import PackageDescription

// Nothing but the toolchain is needed to run `bench`; what needs more is the package in Micro/.
let package = Package(
    name: "laennec-benchmarks",
    products: [
        .library(name: "Traffic", targets: ["Traffic"]),
        .executable(name: "generate", targets: ["generate"]),
        .executable(name: "measure", targets: ["measure"]),
    ],
    targets: [
        // Synthetic hospital traffic: the same bytes on every machine.
        .target(name: "Traffic"),
        // Writes the captures that the benchmark reads.
        .executableTarget(name: "generate", dependencies: ["Traffic"]),
        // Runs one program and tells what it cost.
        .executableTarget(name: "measure"),
    ]
)
