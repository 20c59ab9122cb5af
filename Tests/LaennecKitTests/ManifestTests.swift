import Crypto
import Foundation
import LaennecKit
import Reports
import Testing
import Wire

/// What a manifest holds, what of one that somebody else made is refused, and which keys are read.
@Suite struct ManifestTests {
    private static func manifest(signedBy key: VerificationKey? = nil) throws -> Manifest {
        let report = try Seen.report("demo-hospital").report
        return try Lab.withFolder { folder in
            try Data("a".utf8).write(to: URL(fileURLWithPath: folder + "/b.json"))
            let digest = try #require(FileDigest(of: folder + "/b.json"))
            return Manifest(report, outputs: ["r/c.CSV": digest, "b.json": digest, "aucun": digest], signedBy: key)
        }
    }

    @Test func whatItHolds() throws {
        let manifest = try Self.manifest()
        #expect(manifest.outputs.map(\.name) == ["aucun", "b.json", "r/c.CSV"])
        #expect(manifest.outputs.map(\.format) == ["", "json", "csv"])
        // FIPS 180-4: the digest of "a".
        #expect(manifest.outputs.allSatisfy { $0.sha256 == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" && $0.size == 1 })
        let input = try #require(manifest.inputs.first)
        #expect(input.name == "demo-hospital.pcapng" && input.frames > 1000)
        #expect(input.size == UInt64(try Data(contentsOf: URL(fileURLWithPath: Lab.path("demo-hospital"))).count))
        #expect(manifest.site == nil && manifest.key == nil && manifest.scan.count == 16)
        let octets = try manifest.octets()
        #expect(try Self.manifest().octets() == octets)
        #expect(octets.last == 0x0A && !octets.contains(0x5C))
        #expect(try Manifest(octets: octets) == manifest)
        for secret in ["/tmp", FileManager.default.currentDirectoryPath, "2026-"] { #expect(!String(decoding: octets, as: UTF8.self).contains(secret)) }
    }

    @Test func signature() throws {
        let (key, other) = (SigningKey(), SigningKey())
        let manifest = try Self.manifest(signedBy: key.publicKey)
        let octets = try manifest.octets()
        let signature = try key.signature(of: octets)
        #expect(signature.count == 64)
        func check(_ manifest: Manifest, _ octets: Data, _ signature: Data?, _ asked: VerificationKey?) -> ManifestCheck.Signature {
            ManifestCheck(manifest, octets: octets, signature: signature, in: "/nowhere", key: asked, captures: nil).signature
        }
        #expect(check(manifest, octets, signature, key.publicKey) == .valid(key.publicKey.fingerprint))
        #expect(check(manifest, octets, signature, nil) == .unknownKey(key.publicKey.fingerprint))
        #expect(check(manifest, octets, signature, other.publicKey) == .otherKey(key.publicKey.fingerprint))
        #expect(check(manifest, octets, nil, nil) == .missing)
        #expect(check(manifest, octets, try other.signature(of: octets), nil) == .invalid)
        for wrong in [Data(), signature.dropLast(), signature + [0], Data(repeating: 0, count: 64), Data(repeating: 0xFF, count: 64)] {
            #expect(check(manifest, octets, Data(wrong), key.publicKey) == .invalid)
        }
        // Every single bit of the octets counts.
        for place in stride(from: 0, to: octets.count, by: 7) {
            var changed = octets
            changed[changed.startIndex + place] ^= 1
            #expect(check(manifest, changed, signature, key.publicKey) == .invalid)
        }
        let unsigned = try Self.manifest()
        #expect(check(unsigned, octets, nil, nil) == .none)
        #expect(check(unsigned, octets, nil, key.publicKey) == .missing)
        #expect(check(unsigned, octets, signature, nil) == .noKey)
        // Signed by another program, without its key in the manifest.
        #expect(check(unsigned, octets, signature, key.publicKey) == .valid(key.publicKey.fingerprint))
        // A key that is none.
        var strange = manifest
        for (algorithm, octets) in [("RSA", manifest.key?.publicKey ?? ""), ("Ed25519", ""), ("Ed25519", "AAAA"), ("Ed25519", "!")] {
            strange.key?.algorithm = algorithm
            strange.key?.publicKey = octets
            #expect(check(strange, try strange.octets(), signature, nil) == .invalid)
        }
    }

    // MARK: Manifests of others

    private static func text(_ outputs: String, version: String = "1.0") -> Data {
        Data(
            """
            {"format": "laennec-manifest", "version": "\(version)", "tool": {"name": "laennec", "version": "0", "signatures": ""}, "scan": "0", "inputs": [],
             "outputs": [\(outputs)]}
            """.utf8)
    }
    private static func output(_ name: String) -> String { #"{"name": "\#(name)", "format": "", "sha256": "00", "size": 1}"# }

    static let badNames = [
        "../../etc/passwd", "/etc/passwd", "a/../../b", "..", ".", "", "a//b", "a/", "/", "./a", "a/.", "a\\u0000b", "a\\nb", "a\\u202eb", "\\u001b[31m",
        String(repeating: "a/", count: 40) + "b", String(repeating: "a", count: 2000), String(repeating: "é", count: 200),
    ]

    @Test(arguments: Self.badNames) func namesThatLeadOut(_ name: String) {
        #expect { try Manifest(octets: Self.text(Self.output(name))) } throws: { error in
            if case Manifest.Problem.unsafeName(let shown)? = error as? Manifest.Problem { !shown.contains("\u{1B}") && !shown.contains("\n") } else { false }
        }
        // As JSON has it, and as it is.
        let meant = (try? JSONDecoder().decode([String].self, from: Data("[\"\(name)\"]".utf8)))?.first
        #expect(meant != nil)
        #expect(throws: FileDigest.Failure.notAFile) { try FileDigest.of([meant ?? ""], in: "/") }
    }

    @Test func manifestsThatAreNone() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let nested = String(repeating: #"{"format":"#, count: 100_000)
        for text in ["", "{", "[]", "null", "{}", "ceci est un texte", deep, nested, #"{"format": "laennec-manifest"}"#, #"{"format": "laennec-result", "version": "1.0"}"#] {
            #expect(throws: Manifest.Problem.notAManifest) { try Manifest(octets: Data(text.utf8)) }
        }
        #expect(throws: Manifest.Problem.notAManifest) { try Manifest(octets: Data([0xFF, 0xFE, 0x00])) }
        #expect(throws: Manifest.Problem.notAManifest) { try Manifest(octets: Self.text(#"{"name": "a", "format": "", "sha256": "", "size": -1}"#)) }
        #expect(throws: Manifest.Problem.notAManifest) { try Manifest(octets: Self.text(#"{"name": "a", "format": "", "sha256": "", "size": 1e300}"#)) }
        #expect(throws: Manifest.Problem.tooNew("2.0")) { try Manifest(octets: Self.text("", version: "2.0")) }
        #expect(throws: Manifest.Problem.tooNew("")) { try Manifest(octets: Self.text("", version: "")) }
        #expect(throws: Manifest.Problem.tooLarge) { try Manifest(octets: Self.text(#"{"name": "a", "format": "", "sha256": "", "size": 9000000000000000000}"#)) }
        #expect(throws: Manifest.Problem.duplicateName("a")) { try Manifest(octets: Self.text(Self.output("a") + "," + Self.output("a"))) }
        #expect(throws: Manifest.Problem.tooLarge) { try Manifest(octets: Data(repeating: 0x20, count: Manifest.sizeLimit + 1)) }
        // Newer by its second number only, with more than is known.
        #expect(try Manifest(octets: Self.text(#"{"name": "a", "format": "", "sha256": "", "size": 1, "more": [1]}"#, version: "1.7")).outputs.count == 1)
        // Cut anywhere.
        let whole = try Self.manifest().octets()
        for count in stride(from: 0, to: whole.count - 2, by: 11) { #expect(throws: Manifest.Problem.notAManifest) { try Manifest(octets: whole.prefix(count)) } }
        let many = (0...Manifest.fileLimit).map { Self.output("f\($0)") }.joined(separator: ",")
        #expect(throws: Manifest.Problem.tooLarge) { try Manifest(octets: Self.text(many)) }
    }

    // MARK: Files

    @Test func linksAreNotFollowed() throws {
        try Lab.withFolder { folder in
            let manager = FileManager.default
            try Data("secret".utf8).write(to: URL(fileURLWithPath: folder + "/outside"))
            try manager.createDirectory(atPath: folder + "/in/real", withIntermediateDirectories: true)
            try Data("a".utf8).write(to: URL(fileURLWithPath: folder + "/in/real/file"))
            try manager.createSymbolicLink(atPath: folder + "/in/link", withDestinationPath: folder + "/outside")
            try manager.createSymbolicLink(atPath: folder + "/in/folder", withDestinationPath: folder + "/in/real")
            let made = unsafe mkfifo(folder + "/in/fifo", 0o600)
            #expect(made == 0)
            #expect(try FileDigest.of(["real", "file"], in: folder + "/in").size == 1)
            for parts in [["link"], ["folder", "file"], ["real"], ["real", "file", "x"], ["fifo"], ["..", "outside"], [], ["real/file"]] {
                #expect(throws: FileDigest.Failure.notAFile, "\(parts)") { try FileDigest.of(parts, in: folder + "/in") }
            }
            #expect(throws: FileDigest.Failure.missing) { try FileDigest.of(["absent"], in: folder + "/in") }
            #expect(throws: FileDigest.Failure.missing) { try FileDigest.of(["a"], in: folder + "/absent") }
            #expect(FileDigest(of: folder + "/in/fifo") == nil && FileDigest(of: folder) == nil && FileDigest(of: folder + "/absent") == nil)
            // A file of another size is not read.
            #expect(try FileDigest.of(["real", "file"], in: folder + "/in", size: 2).sha256 == "")
            #expect(ManifestName.relative(folder + "/in/real/file", to: folder) == "in/real/file")
            #expect(ManifestName.relative(folder + "/in/folder/file", to: folder) == "in/real/file")
            #expect(ManifestName.relative(folder + "/outside", to: folder + "/in") == nil && ManifestName.relative(folder, to: folder) == nil)
        }
    }

    // MARK: Keys

    /// RFC 8410, section 10.3 (private) and 10.1 (public).
    private static let privatePEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
    private static let publicPEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"

    @Test func keysOfTheStandard() throws {
        let key = try SigningKey(pem: Self.privatePEM)
        #expect(key.publicKey.pem == Self.publicPEM && key.pem == Self.privatePEM)
        #expect(try SigningKey(pem: Self.privatePEM.replacing("\n", with: "\r\n")).pem == Self.privatePEM)
        #expect(try SigningKey(pem: "a comment\n" + Self.privatePEM).pem == Self.privatePEM)
        try Lab.withFolder { folder in
            try Data(Self.publicPEM.utf8).write(to: URL(fileURLWithPath: folder + "/key.pub"))
            let read = try VerificationKey(file: folder + "/key.pub")
            #expect(read == key.publicKey)
            let octets = Data("un manifeste".utf8)
            #expect(read.isValid(try key.signature(of: octets), of: octets))
            #expect(throws: KeyProblem.isPublic) { try SigningKey(file: folder + "/key.pub") }
            #expect(throws: KeyProblem.missing) { try SigningKey(file: folder + "/absent") }
            #expect(throws: KeyProblem.notAKey) { try SigningKey(file: folder) }
            try Data(Self.privatePEM.utf8).write(to: URL(fileURLWithPath: folder + "/key"))
            #expect(throws: KeyProblem.isPrivate) { try VerificationKey(file: folder + "/key") }
            for (content, problem) in [(Data(), KeyProblem.notAKey), (Data(repeating: 0xFF, count: 100), .notAKey), (Data(repeating: 0x41, count: 20_000), .notAKey)] {
                try content.write(to: URL(fileURLWithPath: folder + "/bad"))
                #expect(throws: problem) { try SigningKey(file: folder + "/bad") }
                #expect(throws: problem) { try VerificationKey(file: folder + "/bad") }
            }
            #expect(throws: KeyProblem.tooShort) {
                try Data("short".utf8).write(to: URL(fileURLWithPath: folder + "/bad"))
                return try PseudonymKey(file: folder + "/bad")
            }
        }
    }

    @Test func keysThatAreNone() {
        let body = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
        func pem(_ label: String, _ body: String, end: String? = nil) -> String { "-----BEGIN \(label)-----\n\(body)\n-----END \(end ?? label)-----\n" }
        let wrong: [(String, KeyProblem)] = [
            ("", .notAKey), (body, .notAKey), (pem("ENCRYPTED PRIVATE KEY", body), .encrypted), (pem("RSA PRIVATE KEY", body), .otherAlgorithm),
            (pem("EC PRIVATE KEY", body), .otherAlgorithm), (pem("OPENSSH PRIVATE KEY", body), .otherAlgorithm), (pem("PRIVATE KEY", ""), .notAKey),
            (pem("PRIVATE KEY", "!!!!"), .notAKey), (pem("PRIVATE KEY", String(body.dropLast(4))), .otherAlgorithm), (pem("PRIVATE KEY", body, end: "PUBLIC KEY"), .notAKey),
            (pem("PRIVATE KEY", "AAAA"), .notAKey), ("-----BEGIN PRIVATE KEY-----\n" + body, .notAKey), ("-----BEGIN -----", .notAKey), ("-----BEGIN PRIVATE KEY-----", .notAKey),
            // X25519: the same shape, another algorithm.
            (pem("PRIVATE KEY", body.replacing("BQYDK2Vw", with: "BQYDK2Vu")), .otherAlgorithm),
        ]
        for (text, problem) in wrong { #expect(throws: problem, "\(problem)") { try SigningKey(pem: text) } }
    }
}
