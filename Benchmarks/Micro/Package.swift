// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "laennec-micro-benchmarks",
    dependencies: [
        .package(name: "laennec", path: "../.."),
        .package(name: "laennec-benchmarks", path: ".."),
    ],
    targets: [
        // What single parts cost.
        .executableTarget(
            name: "micro",
            dependencies: [
                .product(name: "Traffic", package: "laennec-benchmarks"), .product(name: "LaennecKit", package: "laennec"),
            ],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]
        )
    ]
)
