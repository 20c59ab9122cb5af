import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("DHCPv6") struct DHCPv6Tests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("ipv6-routers"), datagram: DHCPv6Dissector.self)
        #expect(run.recognised == 4)
        #expect(
            run.noted == [
                "fe80::209:fbff:fe20:1113 dhcp.fqdn=moniteur-rea-04.sainte-auscultation.example",
                "fe80::209:fbff:fe20:1113 dhcpv6.duid_address=00:09:fb:20:11:13",
                "fe80::21d:aaff:fe20:1111 dhcpv6.duid_address=00:1d:aa:20:11:11",
                "fe80::21d:aaff:fe20:1111:547 dhcp.offered_dns=fd28:11::53",
                "fe80::21d:aaff:fe20:1111:547 dhcp.offered_domain=sainte-auscultation.example",
            ])
        for canary in try RecordedConversation.canaries("ipv6-routers") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("ipv6-routers"))
        #expect(RecordedFrames.run(frames, datagram: DHCPv6Dissector.self).noted.count < 20_000)
    }

    @Test func behindARelay() {
        // RELAY-FORW with the client's hardware address (RFC 6939), around a SOLICIT with a vendor class.
        let solicit = Octets.hex("01123456") + Octets.hex("0001000a00030001020000000007") + Octets.hex("0010000e00000137 0008") + Octets.text("MSFT 5.0")
        let relayed = Octets.hex("0c00") + Octets.zeros(32) + Octets.hex("004f00080001020000000007") + Octets.hex("0009") + Octets.u16(solicit.count) + solicit
        func end(_ text: String, _ port: UInt16) -> Endpoint { Endpoint(address: IPAddress(text) ?? .none, port: port) }
        func run(_ bytes: [UInt8]) -> RecordedFrames.Run {
            RecordedFrames.run(
                [RecordedFrames.Frame(kind: .datagram, mac: .zero, source: end("fd00::1", 547), destination: end("fd00::2", 547), payload: bytes)], datagram: DHCPv6Dissector.self)
        }
        #expect(run(relayed).noted == ["02:00:00:00:00:07 dhcpv6.duid_address=02:00:00:00:00:07", "02:00:00:00:00:07 dhcp.vendor_class=MSFT 5.0"])
        // A relay of a relay of itself, without end.
        var nested = relayed
        for _ in 0..<20 { nested = Octets.hex("0c00") + Octets.zeros(32) + Octets.hex("0009") + Octets.u16(nested.count) + nested }
        #expect(run(nested).recognised == 0)
    }
}
