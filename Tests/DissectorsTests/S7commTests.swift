import Observations
import Testing
import Wire

@testable import Dissectors

// Snap7 on both sides (Tests/Captures/building-s7.pcap).
@Suite("S7") struct S7commTests {
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("building-s7")
        #expect(scripts.count == 1)
        for script in scripts {
            let run = Harness.run(script.turns, dissectors: Building.streams + [RDPDissector.self])
            let noted = run.noted
            #expect(run.protocols == [.s7comm])
            #expect(Building.service(.s7Module, noted) == ["CPU 315-2 PN/DP"])
            #expect(Building.service(.s7Order, noted) == ["6ES7 315-2EH14-0AB0"])
            #expect(Building.service(.s7Firmware, noted) == ["V3.2.6"])
            #expect(Building.service(.s7Serial, noted) == ["S C-C2UR28922012"])
            #expect(Building.service(.s7Name, noted) == ["SNAP7-SERVER"])
            #expect(Building.service(.s7Variant, noted) == ["s7comm"])
            #expect(Building.service(.controlAccepted, noted) == ["write", "stop", "start", "time"])
            #expect(Building.texts(.loginClear, noted) == ["s7comm"])
            Building.check(script, S7commDissector.self)
            Harness.checkOneDirection(script, S7commDissector.self)
            Harness.checkMidStream(script, dropping: 4, S7commDissector.self)
        }
    }

    /// A write that the controller refuses item by item (05h: address out of range).
    @Test func refusedWrite() {
        let answer = Octets.hex("0300001602f0803203000000050002000100000501 05")
        let noted = Harness.run([Script.server(answer)], dissectors: [S7commDissector.self]).noted
        #expect(Building.service(.controlRefused, noted) == ["write"])
        #expect(Building.service(.controlAccepted, noted).isEmpty)
    }

    /// The later protocol by its header and its end; a unit without the end is not enough.
    @Test func later() {
        let unit = Octets.hex("7201000831000004ca00000072010000")
        let packet = [3, 0] + Octets.u16(7 + unit.count) + [2, 0xF0, 0x80] + unit
        let run = Harness.run([Script.client(packet)], dissectors: Building.streams)
        #expect(run.protocols == [.s7comm])
        #expect(Building.service(.s7Variant, run.noted) == ["s7comm-plus"])
        let short = [3, 0] + Octets.u16(7 + 12) + [2, 0xF0, 0x80] + unit.prefix(12)
        #expect(Harness.run([Script.client(short)], dissectors: Building.streams).protocols.isEmpty)
    }
}
