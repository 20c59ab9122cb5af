import Foundation
import Traffic

/// `generate [--small] [FOLDER]`: writes the captures of the benchmark, the same bytes on every machine.
@main
enum Generate {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let isSmall = arguments.contains("--small")
        arguments.removeAll { $0 == "--small" }
        guard arguments.count <= 1, arguments.first?.hasPrefix("-") != true else {
            print("usage: generate [--small] [FOLDER]")
            exit(64)
        }
        let folder = arguments.first ?? "captures"
        let divisor = isSmall ? 10 : 1
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)

        try Self.write("small-frames", in: folder) { try writeSmallFrames(to: $0, divisor: divisor) }
        try Self.write("imaging", in: folder) { try writeImaging(to: $0, divisor: divisor) }
        try Self.write("tiny", in: folder) { try writeTiny(to: $0) }
        for idle in Idle.allCases {
            try Self.write("idle-\(idle.rawValue)-few", in: folder) { try writeIdle(idle, flows: 1000, to: $0) }
            try Self.write("idle-\(idle.rawValue)-many", in: folder) { try writeIdle(idle, flows: 200_000 / divisor, to: $0) }
        }
        if let captures = ProcessInfo.processInfo.environment["LAENNEC_CAPTURES"] {
            try Self.write("hospital", in: folder) { try writeHospital(of: captures, to: $0, size: 200_000_000 / divisor) }
        }
    }

    private static func write(_ name: String, in folder: String, _ body: (String) throws -> PcapWriter) throws {
        let out = try body("\(folder)/\(name).pcap")
        print("\(name): \(out.frames) packets, \(out.byteCount) bytes")
    }
}
