import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("IGMP") struct IGMPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("mdns-printer"), network: IGMPDissector.self)
        #expect(run.recognised == 4)
        #expect(
            run.noted == [
                "10.20.11.30 multicast.group=224.0.0.251",
                "10.20.11.31 multicast.group=224.0.0.251",
            ])
        for canary in try RecordedConversation.canaries("mdns-printer") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("mdns-printer"))
        #expect(RecordedFrames.run(frames, network: IGMPDissector.self).noted.count < 20_000)
    }

    @Test(arguments: [
        ("1600091ce000170c", "10.20.11.5 multicast.group=224.0.23.12"), ("1100ee9b00000000", "10.20.11.5 multicast.querier=igmpv1"), ("1164ee9b00000000", "10.20.11.5 multicast.querier=igmpv2"),
        ("1164ec1e00000000027d0000", "10.20.11.5 multicast.querier=igmpv3"),
        // Leaves the group; is in none but "all systems"; a report of an address that is no group.
        ("17000000e000170c", nil), ("16000000e0000001", nil), ("160000000a000001", nil),
    ] as [(String, String?)])
    func messages(_ hex: String, _ expected: String?) {
        let frame = RecordedFrames.Frame(
            kind: .network(2), mac: .zero, source: Endpoint(address: IPAddress(v4: 0x0A14_0B05), port: 0), destination: Endpoint(address: IPAddress(v4: 0xE000_0016), port: 0), payload: Octets.hex(hex))
        #expect(RecordedFrames.run([frame], network: IGMPDissector.self).noted == Set(expected.map { [$0] } ?? []))
    }
}
