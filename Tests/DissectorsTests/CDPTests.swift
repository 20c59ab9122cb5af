import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("CDP") struct CDPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("link-neighbours"), link: CDPDissector.self)
        #expect(run.recognised == 6)
        #expect(
            run.noted == [
                "00:1b:d5:20:11:02 cdp.capability=host",
                "00:1b:d5:20:11:02 cdp.capability=router",
                "00:1b:d5:20:11:02 cdp.capability=switch",
                "00:1b:d5:20:11:02 cdp.device_id=sw-imagerie-02",
                "00:1b:d5:20:11:02 cdp.management_address=10.20.11.2",
                "00:1b:d5:20:11:02 cdp.platform=cisco WS-C2960X-24PS-L",
                "00:1b:d5:20:11:02 cdp.port=eth0",
                "00:1b:d5:20:11:02 cdp.software=Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E7, RELEASE SOFTWARE (fc3)",
            ])
        for canary in try RecordedConversation.canaries("link-neighbours") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("link-neighbours"))
        #expect(RecordedFrames.run(frames, link: CDPDissector.self).noted.count < 20_000)
    }

    static func run(_ elements: [UInt8]) -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(
            kind: .link(0x00AA), mac: MACAddress(rawValue: 0x0200_0000_0001), source: Endpoint(address: .none, port: 0), destination: Endpoint(address: .none, port: 0),
            payload: Octets.hex("aaaa0300000c200002b40000") + elements)
        return RecordedFrames.run([frame], link: CDPDissector.self)
    }
    static func element(_ type: Int, _ value: [UInt8]) -> [UInt8] { Octets.u16(type) + Octets.u16(value.count + 4) + value }

    @Test func theLineWithTheVersion() {
        let text = "Cisco Internetwork Operating System Software \nIOS (tm) C2600 Software, Version 12.1(3)T\nCopyright (c)"
        let run = Self.run(Self.element(1, Octets.text("r1")) + Self.element(5, Octets.text(text)) + Self.element(10, Octets.u16(20)))
        #expect(
            run.noted == [
                "02:00:00:00:00:01 cdp.device_id=r1", "02:00:00:00:00:01 cdp.software=IOS (tm) C2600 Software, Version 12.1(3)T", "02:00:00:00:00:01 cdp.native_vlan=20",
            ])
    }

    @Test func otherProtocolsOfTheOrganisation() {
        // The trunk protocol, and elements that are shorter than their own header.
        let frame = RecordedFrames.Frame(
            kind: .link(0x00AA), mac: MACAddress(rawValue: 0x0200_0000_0001), source: Endpoint(address: .none, port: 0), destination: Endpoint(address: .none, port: 0),
            payload: Octets.hex("aaaa0300000c20040100010005000002000581000300058000"))
        #expect(RecordedFrames.run([frame], link: CDPDissector.self).recognised == 0)
        #expect(Self.run(Octets.hex("00010003")).recognised == 0)
    }
}
