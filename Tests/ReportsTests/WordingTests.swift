import Foundation
import Inventory
import Observations
import Rules
import Testing
import Wire

@testable import Reports

/// What readers get in words rather than in the names of attributes, protocols and reasons.
@Suite struct WordingTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The evidence of a finding or of an identity is a clause, not the name of an attribute.
    @Test func evidenceOfEveryRuleIsToldInWords() throws {
        let files = try ["exposure", "identity"].flatMap { folder in
            let all = FileManager.default.enumerator(at: Self.root.appendingPathComponent("Signatures/" + folder), includingPropertiesForKeys: nil)
            return try #require(all).compactMap { $0 as? URL }.filter { $0.pathExtension == "yaml" }
        }
        #expect(files.count > 200)
        var fields: Set<String> = []
        for file in files {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /\bfield: ([a-z0-9_.]+)/) { fields.insert(String(match.1)) }
        }
        #expect(fields.count > 250)
        let attributes = Dictionary(uniqueKeysWithValues: Attribute.allCases.map { ($0.name, $0) })
        for field in fields.sorted() {
            let attribute = try #require(attributes[field], "\(field)")
            let phrase = try #require(AttributePhrases.phrase(of: attribute), "\(field) has no words")
            #expect(phrase.french.contains("%") == phrase.english.contains("%"), "\(field)")
        }
    }

    @Test func coverageIsToldInBothLanguages() throws {
        var coverage = Coverage()
        coverage.ipProtocols = [1: 6, 89: 1, 253: 2]
        coverage.misunderstood = [
            .init(reason: "encrypted 802.11", frames: 3, firstFrame: 7), .init(reason: "truncated ipv4", frames: 1, firstFrame: 9),
            .init(reason: "ethertype 0x88b8", frames: 1, firstFrame: 12),
        ]
        let report = try RegisterLab().report()
        let french = Phrasing(report: report, language: .french)
        let english = Phrasing(report: report, language: .english)
        #expect(french.ipProtocols(coverage) == "ICMP (6 trames), OSPF (1 trame), protocole 253 (2 trames)")
        #expect(english.ipProtocols(coverage) == "ICMP (6 frames), OSPF (1 frame), protocol 253 (2 frames)")
        #expect(french.misunderstood(coverage, limit: 2) == "802.11 chiffré (3, trame 7), en-tête tronqué (ipv4) (1, trame 9)")
        #expect(english.misunderstood(coverage, limit: 6) == "encrypted 802.11 (3, frame 7), truncated ipv4 (1, frame 9), ethertype 0x88b8 (1, frame 12)")
        #expect(french.systemVersion("10 or later") == "10 ou ultérieur")
        #expect(french.systemVersion("3.10 to 4.19") == "3.10 à 4.19")
        #expect(french.systemVersion("Server 2012 R2") == "Server 2012 R2")
        #expect(english.systemVersion("10 or later") == "10 or later")
    }

    /// A version that was concluded for Linux is no version of the Windows that is better proved.
    @Test func versionOfAnotherSystemIsNotShown() {
        func claim(_ field: IdentityField, _ value: String, _ signature: String, _ attribute: Attribute, _ confidence: Int) -> Claim {
            let host = HostKey(IPAddress("10.0.0.1") ?? .none, in: .none)
            let observation = Observation(
                .host(host), attribute, .text(signature), evidence: Evidence(frame: 1, time: Timestamp(seconds: 1, nanoseconds: 0)))
            return Claim(field: field, value: value, confidence: confidence, signature: signature, kind: signature, observation: observation)
        }
        func conclusion(_ field: IdentityField, _ claims: [Claim]) -> Conclusion {
            Conclusion(field: field, candidates: claims.map { Candidate(value: $0.value, confidence: $0.confidence, claims: [$0]) })
        }
        func identity(_ systems: [Claim]) -> Identity {
            let version = claim(.operatingSystemVersion, "4.20 or later", "tcp-linux", .tcpSyn, 40)
            return Identity(
                asset: "a", conclusions: [conclusion(.operatingSystem, systems), conclusion(.operatingSystemVersion, [version])], software: [], passedOn: [],
                isMedical: false)
        }
        let linux = claim(.operatingSystem, "Linux", "tcp-linux", .tcpSyn, 40)
        let windows = claim(.operatingSystem, "Windows", "dhcp-windows", .dhcpVendorClass, 60)
        #expect(identity([windows, linux]).systemVersion == nil)
        #expect(identity([linux, windows]).systemVersion == "4.20 or later")
    }
}
