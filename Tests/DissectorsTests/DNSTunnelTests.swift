import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("Tunnels through DNS") struct DNSTunnelTests {
    /// An answer with one record of the type asked for (RFC 1035 section 4.1).
    static func answer(_ type: Int, _ labels: [String]) -> [UInt8] {
        var bytes = Octets.hex("1234 8180 0001 0001 0000 0000")
        for label in labels { bytes += [UInt8(label.utf8.count)] + Octets.text(label) }
        bytes += [0] + Octets.u16(type) + Octets.u16(1)
        bytes += Octets.u16(0xC00C) + Octets.u16(type) + Octets.hex("0001 00000000 0002 0141")
        return bytes
    }
    static func outlines(_ answers: [[UInt8]]) -> Set<String> {
        RecordedDatagrams.run(answers.map { Script.server($0) }, DNSDissector.self, ports: (50_000, 53)).noted.filter { $0.contains("tunnel") }
    }

    @Test func iodine() throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("dns-tunnel")[0].turns, DNSDissector.self, ports: (50_000, 53))
        let outlines = run.noted.filter { $0.contains("dns.tunnel_likely") }
        #expect(outlines.count >= 12)
        #expect(outlines.allSatisfy { $0.hasPrefix("both: dns.tunnel_likely=txt ") && $0.utf8.count <= 40 })
        #expect(!run.noted.contains { $0.contains("tunnel.example") })
    }

    @Test func hexadecimalLabels() {
        let label = String(repeating: "0f3a", count: 15)
        #expect(Self.outlines([Self.answer(16, [label, "example", "org"])]).count == 1)
    }

    /// Names that are long for other reasons: directory services, validation of certificates, mail keys; and addresses, which carry no data.
    @Test func ordinaryNames() {
        let coded = "zey2aab7cdefghijklmnopqrstuvwx1y3z5a7b9c1d3e5f7g9h1i3j5k7l9"
        #expect(Self.outlines([
            Self.answer(33, ["_ldap", "_tcp", "8f2c1d3e-5a6b-4c7d-8e9f-0a1b2c3d4e5f", "domains", "_msdcs", "ch-sa", "local"]),
            Self.answer(5, ["_3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c", "portail", "ch-sa", "example"]),
            Self.answer(16, ["selector1-ch-sa-example", "_domainkey", "ch-sa", "onmicrosoft", "com"]),
            Self.answer(1, [coded, "example", "org"]), Self.answer(28, [coded, coded, "example", "org"]),
        ]) == [])
    }
}
