import Capture
import Foundation
import Reports
import Rules
import Testing
import Wire

@testable import LaennecKit

/// A redacted capture holds no patient, no user and no secret, and still says everything that the original says.
@Suite struct RedactionTests {
    private static let laennec = Laennec(signatures: Lab.signatures)

    /// What only compressed bodies said, which are overwritten as a whole.
    private static let lost: [String: Set<String>] = [
        "dicomweb-services": ["Orthanc"],
        "sdc-gzip": ["medical-web-clear-2cdd0bcd1b53df02", "sdc-clear-6619df726d99136a", "name", "product", "serial", "udi", "version"],
    ]

    /// Every recorded capture: nothing of what it hides survives, and devices, services and findings are the same.
    /// Captures whose redaction asks so many questions that a debug build takes minutes for them: `make redaction` does all.
    private static let long: Set<String> = [
        "dicom-query-move", "demo-hospital", "demo-hospital-2", "dicom-negotiation", "dicom-store", "dicom-toolkits", "dicom-orthanc", "dicom-router",
        "sdc-clear", "dicom-store-request-only",
    ]
    static let names = Lab.names.filter { !Self.long.contains($0) || ProcessInfo.processInfo.environment["LAENNEC_ALL"] != nil }

    @Test(arguments: Self.names) func nothingSurvives(_ name: String) throws {
        try Lab.withFolder { folder in
            let path = try Lab.path(name)
            let copy = folder + "/copy.pcap"
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let outcome = try Self.laennec.redact(path, to: copy)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before, "\(name): the original was changed")
            let secrets = try Lab.expected(name).secrets
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: copy)))
            #expect(Canaries(secrets).found(in: bytes) == [], "\(name)")
            #expect(Self.wide(secrets, in: bytes) == [], "\(name)")
            #expect(Set(outcome.proof.differences.map(\.subject)) == Self.lost[name] ?? [], "\(name)")
            try Self.expectSameFrames(path, copy)
        }
    }

    /// In UTF-16, also in base64, which the search in reports has no need of.
    private static func wide(_ secrets: [String], in bytes: [UInt8]) -> [String] {
        let data = Data(bytes)
        return secrets.filter { secret in
            guard secret.utf8.count >= 4 else { return false }
            for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
                guard let wide = secret.data(using: encoding) else { continue }
                if data.range(of: wide) != nil { return true }
                for shift in 0..<3 {
                    let encoded = Array((Data(repeating: 0x20, count: shift) + wide).base64EncodedString().utf8)
                    let from = shift == 0 ? 0 : shift + 1
                    let until = (shift + wide.count) * 8 / 6
                    if until - from >= 8, data.range(of: Data(encoded[from..<until])) != nil { return true }
                }
            }
            return false
        }
    }

    /// Numbers, times, lengths and link types stay.
    private static func expectSameFrames(_ left: String, _ right: String) throws {
        let frames = try [left, right].map { path in
            let source = try SavefileSource(path: path)
            let batch = FrameBatch()
            var frames: [[UInt64]] = []
            while try source.fill(batch) {
                frames += batch.frames.map {
                    [$0.ordinal, UInt64(bitPattern: $0.time.nanoseconds), UInt64($0.capturedLength), UInt64($0.originalLength), UInt64($0.linkType.rawValue)]
                }
            }
            return frames
        }
        #expect(frames[0] == frames[1], "\(left)")
        #expect(!frames[0].isEmpty)
    }

    /// The searches find what is there.
    @Test func searchesFind() {
        let wide: [UInt8] = Array("Secret4711".utf8).flatMap { [$0, 0] as [UInt8] }
        #expect(Self.wide(["Secret4711"], in: [1 as UInt8] + wide) == ["Secret4711"])
        #expect(Self.wide(["Secret4711"], in: Array((Data([0x20]) + Data(wide)).base64EncodedString().utf8)) == ["Secret4711"])
        #expect(Self.wide(["Secret4711"], in: Array("Secret4711".utf8)) == [])
    }

    /// The same capture gives the same bytes.
    @Test(arguments: ["hl7-interfaces", "astm-line", "tls-versions"]) func isDeterministic(_ name: String) throws {
        try Lab.withFolder { folder in
            _ = try Self.laennec.redact(Lab.path(name), to: folder + "/a.pcap")
            _ = try Self.laennec.redact(Lab.path(name), to: folder + "/b.pcap")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/a.pcap")) == Data(contentsOf: URL(fileURLWithPath: folder + "/b.pcap")))
        }
    }

    /// What the comparison is for: a capture that lost something is told from one that did not.
    @Test func proofSeesLosses() throws {
        let whole = try Lab.scan([Lab.path("demo-hospital")])
        let part = try Lab.scan([Lab.path("demo-hospital")], filter: FrameFilter("not port 104 and not port 161"))
        let proof = RedactionProof(original: whole, copy: part)
        #expect(Set(proof.differences.map(\.kind)) == Set(RedactionProof.Kind.allCases))
        #expect(RedactionProof(original: whole, copy: whole).isComplete)
    }

    /// An extract shows the finding that it was made for, with no more frames than needed and none of its secrets.
    @Test(arguments: ["hl7-interfaces", "ftp-login", "snmp-devices", "astm-line"]) func extractShowsFinding(_ name: String) throws {
        try Lab.withFolder { folder in
            let path = try Lab.path(name)
            let finding = try #require(try Lab.scan([path]).findings.first)
            let copy = folder + "/proof.pcapng"
            let outcome = try Self.laennec.extract(from: [path], to: copy) { _ in .finding(finding) }
            #expect(outcome.proof.differences == [])
            #expect(outcome.frames > 0)
            #expect(try Lab.scan([copy]).findings.contains { $0.id == finding.id })
            #expect(Canaries(try Lab.expected(name).secrets).found(in: [UInt8](try Data(contentsOf: URL(fileURLWithPath: copy)))) == [])
        }
    }

    @Test func extractShowsDevice() throws {
        try Lab.withFolder { folder in
            let path = try Lab.path("demo-hospital")
            let report = try Lab.scan([path])
            let device = try #require(report.devices(named: "10.28.10.21").first)
            let outcome = try Self.laennec.extract(from: [path], to: folder + "/ct.pcap") { _ in .device(device) }
            #expect(outcome.proof.differences == [])
            #expect(outcome.frames < report.inputs[0].frames / 2)
        }
    }

    // MARK: Parts

    @Test func checksumsThatWereRightStayRight() {
        // UDP over IPv4 over VXLAN over UDP over IPv4: two sums, the outer over the inner.
        var inner: [UInt8] = Array(repeating: 0, count: 12) + [0x08, 0x00] + Self.datagram(Array("name=DUPONT".utf8), port: 9999)
        inner = [0x08, 0, 0, 0, 0, 0, 7, 0] + inner
        var frame: [UInt8] = Array(repeating: 2, count: 12) + [0x08, 0x00] + Self.datagram(inner, port: 4789)
        let headers = frame.count - 11
        let checksums = Checksums(of: frame, headers: headers)
        Overwriting.uniform.overwrite(&frame, headers..<frame.count)
        let broken = frame
        checksums.mend(&frame)
        #expect(frame != broken)
        #expect(Self.isSound(frame, at: 14))
        #expect(Self.isSound(frame, at: 14 + 28 + 8 + 14))
        // A sum that was wrong is not mended.
        var wrong = broken
        Checksums(of: broken, headers: headers).mend(&wrong)
        #expect(wrong == broken)
    }

    private static func datagram(_ payload: [UInt8], port: UInt16) -> [UInt8] {
        let length = UInt16(payload.count + 8)
        let total = length + 20
        var packet: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 0xFF), 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        let header = ~Self.sum(packet[...])
        packet[10] = UInt8(header >> 8)
        packet[11] = UInt8(header & 0xFF)
        packet += [0xC0, 0, UInt8(port >> 8), UInt8(port & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF), 0, 0] + payload
        let sum = ~Self.sum(Self.covered(packet, at: 0)[...])
        packet[26] = UInt8(sum >> 8)
        packet[27] = UInt8(sum & 0xFF)
        return packet
    }
    /// Pseudo header and datagram.
    private static func covered(_ packet: [UInt8], at: Int) -> [UInt8] {
        Array(packet[(at + 12)..<(at + 20)]) + [0, 17] + packet[(at + 24)..<(at + 26)] + packet[(at + 20)...]
    }
    private static func isSound(_ frame: [UInt8], at: Int) -> Bool { Self.sum(Self.covered(frame, at: at)[...]) == 0xFFFF }
    private static func sum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() { sum += UInt32(byte) << (index % 2 == 0 ? 8 : 0) }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return UInt16(sum)
    }

    @Test(arguments: ["CANARYRESULT7.77", "2530775CANARY12", "DupontJeanne", "ab12"]) func sumsAreKept(_ text: String) {
        var bytes = Array(text.utf8)
        #expect(Overwriting.overwriteKeepingSum(&bytes, 0..<bytes.count, isStuffed: false))
        #expect(bytes.reduce(0 as UInt8, &+) == text.utf8.reduce(0 as UInt8, &+))
        #expect(bytes.count == text.utf8.count)
        #expect(zip(bytes, text.utf8).filter { $0 == $1 }.count < text.utf8.count / 2 + 1)
    }

    @Test func overwritingLeavesNothing() {
        for way in Overwriting.allCases {
            var bytes = Array("Dupont, Jeanne 1953-07-04 \u{E9}\0\u{1}".utf8)
            let original = bytes
            way.overwrite(&bytes, 0..<bytes.count)
            #expect(bytes.count == original.count)
            for word in ["Dupont", "Jeanne", "1953"] { #expect(!Haystack(bytes).contains(Array(word.utf8)), "\(way)") }
        }
    }
}
