import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("MDNS") struct MDNSTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("mdns-printer"), datagram: MDNSDissector.self)
        #expect(run.recognised == 30)
        #expect(
            run.noted == [
                "10.20.11.30 dns.name=imprimante-rea.local",
                "10.20.11.30 mdns.instance=Imprimante REA 2",
                "10.20.11.30 mdns.service=_ipp._tcp",
                "10.20.11.30 mdns.service=_pdl-datastream._tcp",
                "10.20.11.30 mdns.text=product=(Brother HL-L5100DN series)",
                "10.20.11.30 mdns.text=ty=Brother HL-L5100DN series",
                "10.20.11.30 mdns.text=usb_mdl=HL-L5100DN series",
                "10.20.11.30 mdns.text=usb_mfg=Brother",
                "10.20.11.31 dns.name=tablette-07.local",
                "10.20.11.31 mdns.service=_airplay._tcp",
                "10.20.11.31 mdns.text=model=AppleTV6,2",
                "10.20.11.31 mdns.text=srcvers=377.20.1",
            ])
        for canary in try RecordedConversation.canaries("mdns-printer") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("mdns-printer"))
        #expect(RecordedFrames.run(frames, datagram: MDNSDissector.self).noted.count < 20_000)
    }

    @Test func chanceIsRefused() {
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 5353), datagram: MDNSDissector.self).recognised == 0)
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 40_000), datagram: MDNSDissector.self).recognised == 0)
    }

    static func run(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(kind: .datagram, mac: MACAddress(rawValue: 0x0200_0000_0001), source: source, destination: destination, payload: bytes)
        return RecordedFrames.run([frame], datagram: MDNSDissector.self)
    }
    static let host = Endpoint(address: IPAddress(v4: 0x0A14_0B05), port: 5353)
    static let other = Endpoint(address: IPAddress(v4: 0xE00000FB), port: 5353)

    /// An answer: `name` has the address 10.20.11.9, and a printer is announced.
    static func answer(_ last: UInt8) -> [UInt8] {
        Octets.hex("000084000000000200000000") + Octets.hex("04") + Octets.text("kiwi") + Octets.hex("05") + Octets.text("local") + Octets.hex("00000180010000007800040a140b")
            + [last] + Octets.hex("04") + Octets.text("_ipp") + Octets.hex("04") + Octets.text("_tcp") + Octets.hex("c01100") + Octets.hex("0c00010000007800")
            + Octets.hex("04") + Octets.hex("0141c027")
    }

    @Test func ofOneself() {
        let run = Self.run(Self.answer(5), from: Self.host, to: Self.other)
        #expect(run.noted == ["10.20.11.5 dns.name=kiwi.local", "10.20.11.5 mdns.service=_ipp._tcp", "10.20.11.5 mdns.instance=A"])
    }

    @Test func whatAGatewayPassesOnIsNotIts() {
        #expect(Self.run(Self.answer(9), from: Self.host, to: Self.other).noted == ["10.20.11.9 dns.name=kiwi.local"])
    }

    @Test func otherPortsAreDNS() {
        let dns = Endpoint(address: Self.host.address, port: 53)
        #expect(Self.run(Self.answer(5), from: dns, to: Endpoint(address: Self.other.address, port: 4000)).recognised == 0)
    }
}
