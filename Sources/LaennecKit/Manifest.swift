import Crypto
public import Foundation
import Observations
public import Reports
import Rules
import Wire

/// What a run read and wrote, with the SHA-256 of each: by it, whoever receives the files can check that they are those of the run.
///
/// The manifest says nothing of where the files lay or when the run was: the same captures, signatures and options give the same octets.
/// It is signed as a file: the signature of its octets (Ed25519, RFC 8032: 64 octets) stands beside it as `<manifest>.sig`, so that
/// `openssl pkeyutl -verify -rawin` checks it as well. The public key, where there is one, is part of what is signed.
public struct Manifest: Hashable, Sendable {
    public struct Tool: Codable, Hashable, Sendable {
        public var name: String
        public var version: String
        /// Names the exact signatures that were used.
        public var signatures: String
    }

    public struct Site: Codable, Hashable, Sendable {
        public var name: String?
        public var finessLegal: String?
        public var finessGeographic: String?

        enum CodingKeys: String, CodingKey {
            case name
            case finessLegal = "finess_legal"
            case finessGeographic = "finess_geographic"
        }
    }

    public struct Input: Codable, Hashable, Sendable {
        /// The file's own name, without its folder.
        public var name: String
        /// `nil` for what cannot be read twice, such as standard input or an interface.
        public var sha256: String?
        /// In octets; `nil` where it is not known.
        public var size: UInt64?
        public var frames: UInt64
    }

    public struct Output: Codable, Hashable, Sendable {
        /// Relative to the manifest's folder, with `/` between its parts.
        public var name: String
        /// The ending of its name: `json`, `html`, `csv`, …
        public var format: String
        public var sha256: String
        /// In octets.
        public var size: UInt64
    }

    public struct Key: Codable, Hashable, Sendable {
        /// `Ed25519`.
        public var algorithm: String
        /// The 32 octets of RFC 8032 as base64.
        public var publicKey: String
        /// ``VerificationKey/fingerprint``.
        public var fingerprint: String

        enum CodingKeys: String, CodingKey {
            case algorithm
            case publicKey = "public_key"
            case fingerprint
        }
    }

    public var tool: Tool
    public var site: Site?
    /// ``Report/id``.
    public var scan: String
    public var inputs: [Input]
    /// Sorted by name.
    public var outputs: [Output]
    /// The public key of whoever signs; `nil`: not signed.
    public var key: Key?

    public static let format = "laennec-manifest"
    /// The first number changes when a reader has to change.
    public static let version = "1.0"

    /// - Parameters:
    ///   - files: what was written, by name relative to the manifest's folder.
    ///   - signedBy: the key that will sign it.
    public init(_ report: Report, outputs files: [String: FileDigest], signedBy key: VerificationKey? = nil) {
        self.tool = Tool(name: "laennec", version: Report.toolVersion, signatures: report.signatures)
        let site = Site(name: report.site.name, finessLegal: report.site.legalFINESS, finessGeographic: report.site.geographicFINESS)
        self.site = site.name == nil && site.finessLegal == nil && site.finessGeographic == nil ? nil : site
        self.scan = report.id
        self.inputs = report.inputs.filter { $0.failure == nil }.map { Input(name: $0.name, sha256: $0.sha256, size: $0.size, frames: $0.frames) }
        self.outputs = files.map { name, digest in
            Output(name: name, format: ManifestName.ending(of: name), sha256: digest.sha256, size: digest.size)
        }.sorted { $0.name < $1.name }
        self.key = key.map { Key(algorithm: "Ed25519", publicKey: $0.base64, fingerprint: $0.fingerprint) }
    }

    /// The octets of the file: JSON with sorted keys. They are what is signed.
    public func octets() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + [0x0A]
    }
}

extension Manifest: Codable {
    private enum CodingKeys: String, CodingKey { case format, version, tool, site, scan, inputs, outputs, key }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(self.tool, forKey: .tool)
        try container.encodeIfPresent(self.site, forKey: .site)
        try container.encode(self.scan, forKey: .scan)
        try container.encode(self.inputs, forKey: .inputs)
        try container.encode(self.outputs, forKey: .outputs)
        try container.encodeIfPresent(self.key, forKey: .key)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.tool = try container.decode(Tool.self, forKey: .tool)
        self.site = try container.decodeIfPresent(Site.self, forKey: .site)
        self.scan = try container.decode(String.self, forKey: .scan)
        self.inputs = try container.decode([Input].self, forKey: .inputs)
        self.outputs = try container.decode([Output].self, forKey: .outputs)
        self.key = try container.decodeIfPresent(Key.self, forKey: .key)
    }

    /// What every version says of itself.
    private struct Head: Decodable {
        let format: String
        let version: String
    }

    /// Why a file is no manifest that can be checked.
    public enum Problem: Error, Hashable, Sendable {
        case notAManifest
        /// Written by a newer program.
        case tooNew(String)
        case tooLarge
        /// A name in it leads out of the folder, or is none: it is not followed. Printable.
        case unsafeName(String)
        case duplicateName(String)
    }

    /// The largest manifest, in octets, and the most files in one.
    public static let sizeLimit = 16 << 20
    public static let fileLimit = 50_000
    /// The largest output that is read: 64 GiB.
    public static let outputLimit: UInt64 = 1 << 36

    /// Reads a manifest, which somebody else may have made.
    public init(octets: Data) throws(Problem) {
        guard octets.count <= Self.sizeLimit else { throw .tooLarge }
        let decoder = JSONDecoder()
        guard let head = try? decoder.decode(Head.self, from: octets), head.format == Self.format else { throw .notAManifest }
        guard head.version.split(separator: ".").first == Self.version.split(separator: ".").first else {
            throw .tooNew(PrintableText.make(head.version, limit: 16))
        }
        guard let manifest = try? decoder.decode(Manifest.self, from: octets) else { throw .notAManifest }
        guard manifest.inputs.count <= Self.fileLimit, manifest.outputs.count <= Self.fileLimit else { throw .tooLarge }
        var names: Set<String> = []
        for output in manifest.outputs {
            guard ManifestName.parts(of: output.name) != nil else { throw .unsafeName(PrintableText.make(output.name)) }
            guard names.insert(output.name).inserted else { throw .duplicateName(PrintableText.make(output.name)) }
            guard output.size <= Self.outputLimit else { throw .tooLarge }
        }
        self = manifest
    }
}

/// Names of files in a manifest.
public enum ManifestName {
    private static let depth = 16

    /// The folders and the file of a relative name; `nil` where it could lead elsewhere, or is none.
    public static func parts(of name: String) -> [String]? {
        guard name.utf8.count <= 1024 else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return parts.count <= Self.depth && parts.allSatisfy(Self.isPart) ? parts : nil
    }

    /// Whether it is the name of one file or folder, and of nothing else.
    static func isPart(_ part: String) -> Bool {
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255 && !part.contains("/") && PrintableText.make(part, limit: 256) == part
    }

    static func ending(of name: String) -> String {
        let file = name.split(separator: "/").last ?? ""
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? (parts.last ?? "").lowercased() : ""
    }

    /// The name of a file relative to a folder, symbolic links followed; `nil` where it is not below it.
    public static func relative(_ file: String, to folder: String) -> String? {
        let base = URL(fileURLWithPath: folder).resolvingSymlinksInPath().standardizedFileURL.pathComponents
        let parts = URL(fileURLWithPath: file).resolvingSymlinksInPath().standardizedFileURL.pathComponents
        guard parts.count > base.count, parts.starts(with: base) else { return nil }
        let name = parts.dropFirst(base.count).joined(separator: "/")
        return Self.parts(of: name) == nil ? nil : name
    }
}
