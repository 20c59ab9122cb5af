import Observations
import Testing
import Wire

@testable import Dissectors

// c104 (lib60870) on both sides (Tests/Captures/building-iec104.pcap).
@Suite("IEC 60870-5-104") struct IEC104Tests {
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("building-iec104")
        #expect(scripts.count == 1)
        for script in scripts {
            let run = Harness.run(script.turns, dissectors: Building.streams)
            #expect(run.protocols == [.iec104])
            #expect(Building.service(.controlAccepted, run.noted) == ["operate", "write", "time"])
            Building.check(script, IEC104Dissector.self)
            Harness.checkOneDirection(script, IEC104Dissector.self)
            Harness.checkMidStream(script, dropping: 2, IEC104Dissector.self)
        }
    }

    /// A single command that the station confirms negatively (bit 6 of the cause).
    @Test func refusedCommand() {
        let noted = Harness.run([Script.server(Octets.hex("680e000000002d0147002f000c000001"))], dissectors: [IEC104Dissector.self]).noted
        #expect(Building.service(.controlRefused, noted) == ["operate"])
        #expect(Building.service(.controlAccepted, noted).isEmpty)
    }

    @Test(arguments: ["680407000001", "680407010000", "680e00000000ff0106002f000c000001", "68656c6c6f20776f726c6420", "680401000200"])
    func refused(hex: String) {
        #expect(Harness.run([Script.client(Octets.hex(hex))], dissectors: [IEC104Dissector.self]).protocols.isEmpty)
    }
}
