// swift-tools-version:6.2
import PackageDescription

/// Strict everywhere: memory-unsafe expressions must be marked, and warnings do not land.
let common: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "laennec",
    products: [
        .library(name: "LaennecKit", targets: ["LaennecKit"]),
        .executable(name: "laennec", targets: ["laennec"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    ],
    targets: [
        // System libraries: headers and static inline helpers only.
        .systemLibrary(name: "CPCAP", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CPrefetch"),
        .systemLibrary(name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),

        // The way of the data, left to right: a target imports only targets above it.
        .target(name: "Wire"),
        .target(name: "Compression", dependencies: ["Wire", "CZlib"]),
        .target(name: "Capture", dependencies: ["Wire", "CPCAP", "CZlib", "CZstd"]),
        .target(name: "Packets", dependencies: ["Wire"]),
        .target(name: "Flows", dependencies: ["Wire", "Packets", "CPrefetch"]),
        .target(name: "Observations", dependencies: ["Wire"]),
        .target(
            name: "Dissectors",
            dependencies: [
                "Wire", "Compression", "Observations", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]
        ),
        .target(name: "Inventory", dependencies: ["Wire", "Observations"]),
        .target(
            name: "Rules",
            dependencies: [
                "Wire", "Observations", "Inventory", .product(name: "Yams", package: "Yams"), .product(name: "SwiftCSV", package: "SwiftCSV"),
            ]
        ),
        // The signatures are checked and turned into one Swift file when the package is built.
        .executableTarget(name: "signature-compiler", dependencies: ["Rules"]),
        .plugin(name: "EmbedSignatures", capability: .buildTool(), dependencies: ["signature-compiler"], path: "Sources/EmbedSignatures"),
        .target(name: "BuiltInSignatures", dependencies: ["Rules"], plugins: ["EmbedSignatures"]),
        .target(
            name: "Campaigns",
            dependencies: [
                "Wire", "Observations", "Inventory", "Rules", .product(name: "Yams", package: "Yams"), .product(name: "SwiftCSV", package: "SwiftCSV"),
            ]
        ),
        .target(name: "Places", dependencies: ["Wire", "CMaxMindDB"]),
        .target(name: "Reports", dependencies: ["Wire", "Observations", "Inventory", "Rules", "Campaigns", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Store", dependencies: ["Wire", "Observations", "Inventory", "Rules", "Campaigns", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(
            name: "LaennecKit",
            dependencies: [
                "Wire", "Capture", "Packets", "Flows", "Observations", "Dissectors", "Inventory", "Rules",
                "BuiltInSignatures", "Campaigns", "Places", "Reports", "Store",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .executableTarget(
            name: "laennec",
            dependencies: ["LaennecKit", "BuiltInSignatures", "Campaigns", "Store", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),

        // Tests mirror the targets.
        .testTarget(name: "WireTests", dependencies: ["Wire"]),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "Wire"]),
        .testTarget(name: "CaptureTests", dependencies: ["Capture", "Wire"]),
        .testTarget(name: "PacketsTests", dependencies: ["Packets", "Wire"]),
        .testTarget(name: "FlowsTests", dependencies: ["Flows", "Packets", "Wire"]),
        .testTarget(name: "ObservationsTests", dependencies: ["Observations", "Wire"]),
        .testTarget(name: "DissectorsTests", dependencies: ["Dissectors", "Observations", "Wire"]),
        .testTarget(name: "InventoryTests", dependencies: ["Inventory", "Observations", "Wire"]),
        .testTarget(name: "RulesTests", dependencies: ["Rules", "BuiltInSignatures", "Inventory", "Observations", "Wire"]),
        .testTarget(name: "CampaignsTests", dependencies: ["Campaigns", "Rules", "Inventory", "Observations", "Wire"]),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Campaigns", "Rules", "Inventory", "Observations", "Wire", .product(name: "GRDB", package: "GRDB.swift")],
            resources: [.copy("Schemas")]
        ),
        .testTarget(name: "PlacesTests", dependencies: ["Places", "Wire"], resources: [.copy("places.mmdb")]),
        .testTarget(name: "ReportsTests", dependencies: ["Reports", "Campaigns", "Rules", "Inventory", "Observations", "Wire"]),
        .testTarget(
            name: "LaennecKitTests",
            dependencies: ["LaennecKit", "BuiltInSignatures", "Reports", "Campaigns", "Store", "Rules", "Inventory", "Observations", "Capture", "Wire"]
        ),
        .testTarget(name: "CommandTests", dependencies: [.product(name: "GRDB", package: "GRDB.swift")]),
    ]
)

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + common
}
