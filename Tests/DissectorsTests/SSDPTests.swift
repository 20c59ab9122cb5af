import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SSDP") struct SSDPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("ssdp-gateway"), datagram: SSDPDissector.self)
        #expect(run.recognised == 28)
        #expect(
            run.noted == [
                "10.20.11.1 ssdp.location=http:5000",
                "10.20.11.1 ssdp.server=Debian/5.10.0 UPnP/1.1 MiniUPnPd/2.3.1",
                "10.20.11.1 ssdp.type=DeviceProtection:1",
                "10.20.11.1 ssdp.type=InternetGatewayDevice:1",
                "10.20.11.1 ssdp.type=InternetGatewayDevice:2",
                "10.20.11.1 ssdp.type=Layer3Forwarding:1",
                "10.20.11.1 ssdp.type=WANCommonInterfaceConfig:1",
                "10.20.11.1 ssdp.type=WANConnectionDevice:2",
                "10.20.11.1 ssdp.type=WANDevice:2",
                "10.20.11.1 ssdp.type=WANIPConnection:2",
                "10.20.11.1 ssdp.type=WANIPv6FirewallControl:1",
                "10.20.11.1 ssdp.type=WANPPPConnection:1",
                "10.20.11.1 ssdp.uuid=5f5a69c2-e0ae-504f-829b-00aa0020aa11",
                "10.20.11.1 ssdp.uuid=5f5a69c2-e0ae-504f-829b-00aa0020aa12",
                "10.20.11.1 ssdp.uuid=5f5a69c2-e0ae-504f-829b-00aa0020aa13",
            ])
        for canary in try RecordedConversation.canaries("ssdp-gateway") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("ssdp-gateway"))
        #expect(RecordedFrames.run(frames, datagram: SSDPDissector.self).noted.count < 20_000)
    }

    static func run(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(kind: .datagram, mac: MACAddress(rawValue: 0x0200_0000_0001), source: source, destination: destination, payload: bytes)
        return RecordedFrames.run([frame], datagram: SSDPDissector.self)
    }
    static let host = Endpoint(address: IPAddress(v4: 0x0A14_0B05), port: 1900)
    static let other = Endpoint(address: IPAddress(v4: 0xEFFFFFFA), port: 1900)

    @Test(arguments: [
        ("http://10.0.0.1/canary", "http:80"), ("https://10.0.0.1/canary", "https:443"), ("http://[fe80::1]:8008/canary", "http:8008"),
        ("http://canary.example:99999/", nil), ("http://canary.example:8a/", nil), ("ftp://canary", nil),
    ] as [(String, String?)])
    func locations(_ location: String, _ expected: String?) {
        let text = "NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nUSN: uuid:canary-of-jean\r\nLOCATION: \(location)\r\n\r\n"
        let run = Self.run(Octets.text(text), from: Self.host, to: Self.other)
        #expect(run.recognised == 1)
        #expect(run.noted == Set(expected.map { ["10.20.11.5 ssdp.location=\($0)"] } ?? []))
    }

    @Test func othersAreRefused() {
        // Web answers, searches of other kinds, a session announcement, and the discovery of file sharing.
        for text in ["HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n", "NOTIFY sip:a@b SIP/2.0\r\nNT: x\r\nUSN: y\r\n\r\n", "M-SEARCH * HTTP/1.1\r\nHOST: x\r\n\r\n", "BT-SEARCH * HTTP/1.1\r\n\r\n"] {
            #expect(Self.run(Octets.text(text), from: Self.host, to: Self.other).recognised == 0)
        }
    }
}
