import Observations
import Testing
import Wire

@testable import Dissectors

// Frames built after IEEE C37.118.2, section 6.
@Suite("Synchrophasors") struct SynchrophasorTests {
    static func frame(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
        let body: [UInt8] = [0xAA, kind << 4 | 1] + Octets.u16(16 + content.count) + Octets.hex("0007 44857320 00000000") + content
        var value: UInt16 = 0xFFFF
        for byte in body {
            value ^= UInt16(byte) << 8
            for _ in 0..<8 { value = value & 0x8000 != 0 ? value << 1 ^ 0x1021 : value << 1 }
        }
        return body + Octets.u16(Int(value))
    }
    /// Two units: one with two phasors, one analogue value and a digital word, one with a phasor.
    static let configuration = Self.frame(
        3,
        Octets.hex("000f42400002") + Octets.text("POSTE SOURCE A  ") + Octets.hex("000700040002000100 01")
            + Octets.zeros(16 * (3 + 16) + 4 * 4 + 4) + Octets.text("POSTE SOURCE B  ") + Octets.hex("00080004000100000000") + Octets.zeros(16 + 4 + 4)
            + Octets.hex("001e"))
    static let script = Script(
        (.initiator, Self.frame(4, [0, 5])), (.responder, Self.configuration), (.initiator, Self.frame(4, [0, 2])), (.responder, Self.frame(0, Octets.zeros(20))))

    @Test func stations() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams)
        #expect(run.protocols == [.synchrophasor])
        #expect(Building.service(.synchrophasorStation, run.noted) == ["POSTE SOURCE A", "POSTE SOURCE B"])
    }

    @Test func properties() {
        Building.check(Self.script, SynchrophasorDissector.self)
        Harness.checkOneDirection(Self.script, SynchrophasorDissector.self)
        Harness.checkMidStream(Self.script, dropping: 1, SynchrophasorDissector.self)
    }

    @Test func wrongChecksum() {
        var bytes = Self.frame(4, [0, 2])
        #expect(Harness.run(datagrams: [Script.client(bytes)], SynchrophasorDatagramDissector.self, serverPort: 4713).verdicts == [.more])
        bytes[15] ^= 1
        #expect(Harness.run([Script.client(bytes)], dissectors: [SynchrophasorDissector.self]).protocols.isEmpty)
        #expect(Harness.run(datagrams: [Script.client(bytes)], SynchrophasorDatagramDissector.self, serverPort: 4713).verdicts == [.no])
    }
}
