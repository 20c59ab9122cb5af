import BuiltInSignatures
import Capture
import Foundation
import Inventory
import LaennecKit
import Observations
import Reports
import Rules
import Wire

/// What the end-to-end tests share: where the recorded captures are, the signatures, and how to scan.
enum Lab {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The top of the repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let captures = Self.root.appendingPathComponent("Tests/Captures")
    private static let subfolders = ["", "from-specification/"]
    /// The folders that hold all of them: a folder is read without those inside it.
    static let folders = Self.subfolders.map { Self.captures.appendingPathComponent($0).path }

    /// The names of all captures of ours, without their endings: those recorded, and those built from a specification, which have the
    /// name of their folder before their own.
    static let names: [String] = {
        Self.subfolders.flatMap { folder in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: Self.captures.appendingPathComponent(folder).path)) ?? []
            return files.filter { $0.hasSuffix(".expected.json") }.map { folder + $0.dropLast(14) }
        }.sorted()
    }()

    /// The path of a recorded capture.
    static func path(_ name: String) throws -> String {
        for ending in ["pcap", "pcapng"] {
            let path = Self.captures.appendingPathComponent("\(name).\(ending)").path
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        throw Failure(description: "\(name): there is no such capture")
    }

    static func expected(_ name: String) throws -> Expected {
        let data = try Data(contentsOf: Self.captures.appendingPathComponent("\(name).expected.json"))
        return try JSONDecoder().decode(Expected.self, from: data)
    }

    /// The signatures that the program carries.
    static var signatures: SignatureSet { .builtIn }

    static func scan(_ files: [String], threads: Int = 1, filter: FrameFilter? = nil, hashing: Bool = false) throws -> Report {
        let laennec = Laennec(signatures: Self.signatures, options: ScanOptions(threads: threads))
        return try laennec.scan(files: files, filter: filter, hashesInputs: hashing)
    }

    /// What the scan of a recorded capture learned, before signatures: cheap, and enough for many tests.
    static func outcome(_ files: [String], threads: Int = 1) throws -> ScanOutcome {
        let source = try CaptureFilesSource(InputList(files))
        let outcome = try Scan.run(source, options: ScanOptions(threads: threads)) { Self.identity(of: source.reports) }
        if let failure = source.reports.compactMap(\.failure).first { throw failure }
        return outcome
    }

    private static func identity(of reports: [InputReport]) -> ScanID {
        ScanID(rawValue: reports.reduce(1) { ($0 &* 31) ^ $1.fingerprint } | 1)
    }

    static func json(_ report: Report) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { try JSONReport.write(report, to: $0) }
        return bytes
    }

    /// The report as JSON without the part that says how the inputs were stored, and without the identity that is mixed from them.
    static func jsonWithoutInputs(_ report: Report) throws -> String {
        var stripped = report
        stripped.scans = stripped.scans.map { Report.Scan(id: $0.id, inputs: [], coverage: $0.coverage) }
        return report.scans.reduce(String(decoding: try Self.json(stripped), as: UTF8.self)) { $0.replacing($1.id.description, with: "scan") }
    }

    /// A folder of its own under the system's temporary one, removed when the body has ended.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }
}

/// The truth beside a capture; `Tests/Captures/README.md` explains it.
struct Expected: Decodable {
    struct Service: Decodable {
        let address: String
        let port: UInt16
        let transport: String
        let `protocol`: String
        let fields: [String: JSONValue]
        let handshake: Bool?
    }
    struct Finding: Decodable {
        let kind: String
        let address: String?
        let port: UInt16?
        let transport: String?
    }
    struct Decoy: Decodable {
        let claim: String
        let why: String
        let address: String?
        let port: UInt16?
        let transport: String?
    }

    let services: [Service]
    let devices: [[String: JSONValue]]
    let device_behind: [[String: JSONValue]]?
    let findings: [Finding]
    let decoys: [Decoy]
    let canaries: [String]
    let canaries_hidden: [String]?
    let canaries_split: [String]?

    /// What the truth says that everybody sees.
    var shown: [String] {
        (self.services.map { JSONValue.object($0.fields) } + (self.devices + (self.device_behind ?? [])).map { JSONValue.object($0) }).flatMap(\.everyText)
    }

    /// Everything that no output may hold. Canaries in UTF-16 are noted with the zero octets between their letters.
    var secrets: [String] {
        Set((self.canaries + (self.canaries_hidden ?? []) + (self.canaries_split ?? [])).map { $0.filter { $0 != "\0" } }).sorted()
    }
}

/// Any JSON value.
enum JSONValue: Decodable, Hashable {
    case null, bool(Bool), number(Double), text(String), list([JSONValue]), object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The texts of a text or a list of texts; numbers as they are written.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .number(let number): [number == number.rounded() ? String(Int(number)) : String(number)]
        case .list(let values): values.flatMap(\.texts)
        case .null, .bool, .object: []
        }
    }
    /// All texts at any depth.
    var everyText: [String] {
        switch self {
        case .text(let text): [text]
        case .list(let values): values.flatMap(\.everyText)
        case .object(let fields): fields.values.flatMap(\.everyText)
        case .number, .null, .bool: []
        }
    }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
    var object: [String: JSONValue]? { if case .object(let object) = self { object } else { nil } }
}
