import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("NDP") struct NDPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("ipv6-routers"), network: NDPDissector.self)
        #expect(run.recognised == 37)
        #expect(
            run.noted == [
                "fd28:11::1 link.address=00:1d:aa:20:11:11",
                "fd28:11::36e6:d7ff:fe20:1112 link.address=34:e6:d7:20:11:12",
                "fe80::209:fbff:fe20:1113 link.address=00:09:fb:20:11:13",
                "fe80::21d:aaff:fe20:1111 link.address=00:1d:aa:20:11:11",
                "fe80::21d:aaff:fe20:1111 multicast.group=ff02::1:2",
                "fe80::21d:aaff:fe20:1111 multicast.group=ff02::2",
                "fe80::21d:aaff:fe20:1111 multicast.group=ff05::1:3",
                "fe80::21d:aaff:fe20:1111 multicast.group=ff05::2",
                "fe80::21d:aaff:fe20:1111 ndp.dns=fd28:11::53",
                "fe80::21d:aaff:fe20:1111 ndp.flag=autonomous",
                "fe80::21d:aaff:fe20:1111 ndp.flag=managed",
                "fe80::21d:aaff:fe20:1111 ndp.flag=other",
                "fe80::21d:aaff:fe20:1111 ndp.preference=high",
                "fe80::21d:aaff:fe20:1111 ndp.prefix=fd28:11::/64",
                "fe80::21d:aaff:fe20:1111 ndp.router_lifetime=12",
                "fe80::36e6:d7ff:fe20:1112 link.address=34:e6:d7:20:11:12",
            ])
        for canary in try RecordedConversation.canaries("ipv6-routers") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("ipv6-routers"))
        #expect(RecordedFrames.run(frames, network: NDPDissector.self).noted.count < 20_000)
    }

    static func run(_ hex: String, from source: String) -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(
            kind: .network(58), mac: MACAddress(rawValue: 0x0200_0000_0001), source: Endpoint(address: IPAddress(source) ?? .none, port: 0),
            destination: Endpoint(address: IPAddress("ff02::1") ?? .none, port: 0), payload: Octets.hex(hex))
        return RecordedFrames.run([frame], network: NDPDissector.self)
    }

    @Test func proxiesAndProbesClaimNothing() {
        let target = "fe800000000000000000000000000007"
        #expect(Self.run("8800000020000000" + target + "0201020000000009", from: "fe80::7").noted == ["fe80::7 link.address=02:00:00:00:00:09"])
        // Without the override flag it answers for another; a probe for an address comes from nobody (RFC 4862 section 5.4).
        #expect(Self.run("8800000040000000" + target + "0201020000000009", from: "fe80::7").noted.isEmpty)
        #expect(Self.run("8700000000000000" + target + "0101020000000009", from: "::").noted.isEmpty)
        // An option without a length is to be discarded with all of the message.
        #expect(Self.run("8800000020000000" + target + "0200020000000009", from: "fe80::7").recognised == 0)
    }

    @Test func routersSpeakFromTheLink() {
        let advertisement = "860000004000070800000000000000000101020000000009"
        #expect(
            Self.run(advertisement, from: "fe80::9").noted == [
                "fe80::9 link.address=02:00:00:00:00:09", "fe80::9 ndp.router_lifetime=1800", "fe80::9 ndp.preference=medium",
            ])
        #expect(Self.run(advertisement, from: "2001:db8::9").recognised == 0)
    }
}
