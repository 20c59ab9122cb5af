import Observations
import Testing
import Wire

@testable import Dissectors

// cpppo on both sides (Tests/Captures/building-enip.pcap).
@Suite("EtherNet/IP") struct EtherNetIPTests {
    @Test func recorded() throws {
        var all = Set<Noted>()
        for script in try RecordedConversation.load("building-enip") {
            let run = Harness.run(script.turns, dissectors: Building.streams)
            #expect(run.protocols == [.enip])
            all.formUnion(run.noted)
            Building.check(script, EtherNetIPDissector.self)
            Harness.checkOneDirection(script, EtherNetIPDissector.self)
            Harness.checkMidStream(script, dropping: 2, EtherNetIPDissector.self)
        }
        #expect(Building.service(.enipProduct, all) == ["1756-L61/B LOGIX5561"])
        #expect(Building.service(.enipVendor, all) == ["1"])
        #expect(Building.service(.enipDeviceType, all) == ["14"])
        #expect(Building.service(.enipProductCode, all) == ["1/14/54"])
        #expect(Building.service(.enipRevision, all) == ["20.11"])
        #expect(Building.service(.enipSerial, all) == ["006c061a"])
        #expect(Building.service(.controlAccepted, all) == ["write"])
        for canary in try RecordedConversation.canaries("building-enip") { #expect(!all.contains { $0.description.contains(canary) }) }
    }

    /// The same identity in a datagram; cyclic data; neither with a wrong length.
    @Test func datagrams() {
        let identity = Octets.hex("01000e0036001402300001020304") + [4] + Octets.text("PLC1") + [0xFF]
        let item = Building.le16(0x0C) + Building.le16(18 + identity.count) + Building.le16(1) + Octets.zeros(16) + identity
        let answer = Building.le16(0x63) + Building.le16(2 + item.count) + Octets.zeros(20) + Building.le16(1) + item
        let run = Harness.run(datagrams: [Script.server(answer)], EtherNetIPDatagramDissector.self, serverPort: 44_818)
        #expect(run.verdicts == [.more])
        #expect(Building.texts(.enipProduct, run.noted) == ["PLC1"])
        #expect(Building.texts(.enipSerial, run.noted) == ["04030201"])
        let cyclic = Octets.hex("020002800800010203040a000000b1000400aabbccdd")
        #expect(Harness.run(datagrams: [Script.client(cyclic), Script.client(Array(cyclic.dropLast()))], EtherNetIPDatagramDissector.self, serverPort: 2222).verdicts == [.more, .no])
        #expect(Harness.run(datagrams: [Script.server(Array(answer.dropLast()))], EtherNetIPDatagramDissector.self, serverPort: 44_818).verdicts == [.no])
    }
}
