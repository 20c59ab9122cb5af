import Foundation

/// The built program, as a user runs it.
enum Program {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What a run left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
        /// The lines on standard error.
        var complaints: [String] { self.errors.split(separator: "\n").map(String.init) }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The program beside the test bundle, or the one that `LAENNEC_BINARY` names.
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["LAENNEC_BINARY"] { return named }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("laennec").path
    }()

    static func capture(_ name: String) -> String { Self.root.appendingPathComponent("Tests/Captures/\(name)").path }

    /// Runs the program and waits for its end.
    /// - Parameter input: what is written to its standard input, in these pieces.
    static func run(
        _ arguments: [String], input: [[UInt8]]? = nil, environment: [String: String] = [:], output: String? = nil, wrapper: [String] = []
    ) throws -> Outcome {
        guard FileManager.default.isExecutableFile(atPath: Self.path) else { throw Failure(description: "\(Self.path): the program is not built") }
        let process = Process()
        let command = wrapper + [Self.path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"].merging(environment) { $1 }
        // Files rather than pipes for the output: nothing blocks, however much it is.
        return try Self.withFolder { folder in
            let files = [output ?? folder + "/output", folder + "/errors"]
            for file in files where !file.hasPrefix("/dev/") { try Self.write([], to: file) }
            process.standardOutput = FileHandle(forWritingAtPath: files[0])
            process.standardError = FileHandle(forWritingAtPath: files[1])
            let pipe = Pipe()
            process.standardInput = input == nil ? FileHandle.nullDevice : pipe
            try process.run()
            if let input {
                try? pipe.fileHandleForReading.close()
                for piece in input {
                    do { try pipe.fileHandleForWriting.write(contentsOf: Data(piece)) } catch { break }
                    if input.count > 1 { usleep(20_000) }
                }
                try? pipe.fileHandleForWriting.close()
            }
            let deadline = Date().addingTimeInterval(60)
            while process.isRunning, Date() < deadline { usleep(5_000) }
            if process.isRunning {
                process.terminate()
                throw Failure(description: "\(arguments): the program does not end")
            }
            guard process.terminationReason == .exit else { throw Failure(description: "\(arguments): ended by signal \(process.terminationStatus)") }
            func text(_ path: String) throws -> String {
                path.hasPrefix("/dev/") ? "" : String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
            }
            return Outcome(status: process.terminationStatus, output: try text(files[0]), errors: try text(files[1]))
        }
    }

    /// A folder of its own under the system's temporary one, removed when the body has ended.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-command-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// The result that a run wrote as JSON.
    static func result(_ text: String) throws -> [String: Any] {
        guard let result = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else { throw Failure(description: "no JSON object") }
        return result
    }

    /// The secrets in a recorded capture.
    static func canaries(_ name: String) throws -> [String] {
        struct Expected: Decodable {
            let canaries: [String]
            let canaries_hidden: [String]?
            let canaries_split: [String]?
        }
        let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: Self.capture(name + ".expected.json"))))
        return expected.canaries + (expected.canaries_hidden ?? []) + (expected.canaries_split ?? [])
    }
}
