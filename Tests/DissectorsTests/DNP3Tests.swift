import Observations
import Testing
import Wire

@testable import Dissectors

// Frames built after IEEE 1815, clauses 4, 8 and 9.
@Suite("DNP3") struct DNP3Tests {
    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var value: UInt16 = 0
        for byte in bytes {
            value ^= UInt16(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xA6BC : value >> 1 }
        }
        return Building.le16(Int(~value))
    }
    static func frame(_ control: UInt8, _ data: [UInt8]) -> [UInt8] {
        let header: [UInt8] = [0x05, 0x64, UInt8(5 + data.count), control, 4, 0, 3, 0]
        var bytes = header + Self.checksum(header)
        var rest = data[...]
        while !rest.isEmpty {
            let block = Array(rest.prefix(16))
            bytes += block + Self.checksum(block)
            rest = rest.dropFirst(16)
        }
        return bytes
    }
    /// Control of one relay output, and its echo with a status.
    static func operate(_ function: UInt8, status: UInt8, indications: [UInt8] = []) -> [UInt8] {
        [0xC0, 0xC1, function] + indications + Octets.hex("0c0128010001 0003016400000064000000") + [status]
    }
    static let script = Script(
        (.initiator, Self.frame(0xC4, [0xC0, 0xC0, 1] + Octets.hex("3c0206"))), (.responder, Self.frame(0x44, [0xC0, 0xC0, 129, 0, 0])),
        (.initiator, Self.frame(0xC4, Self.operate(5, status: 0))), (.responder, Self.frame(0x44, Self.operate(129, status: 0, indications: [0, 0]))),
        (.initiator, Self.frame(0xC4, [0xC0, 0xC2, 13])), (.responder, Self.frame(0x44, [0xC0, 0xC2, 129, 0, 1])))

    @Test func control() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams)
        #expect(run.protocols == [.dnp3])
        #expect(Building.texts(.controlRequested, run.noted) == ["operate", "restart"])
        #expect(Building.service(.controlAccepted, run.noted) == ["operate"])
        // Bit 0 of the second indication: the function is not there.
        #expect(Building.service(.controlRefused, run.noted) == ["restart"])
    }

    /// A header as a recording of another station has it (checksum 21E9h), and one with a wrong checksum.
    @Test func header() {
        #expect(Harness.run([Script.client(Octets.hex("056405c00100000404e9"))], dissectors: [DNP3Dissector.self]).protocols.isEmpty)
        #expect(Harness.run([Script.client(Octets.hex("056405c9030004 00bd71"))], dissectors: [DNP3Dissector.self]).protocols == [.dnp3])
    }

    @Test func secureAuthentication() {
        let challenge = Self.frame(0x44, [0xC0, 0xC1, 131, 0, 0] + Octets.hex("78010b"))
        #expect(Building.service(.dnp3Authentication, Harness.run([Script.server(challenge)], dissectors: [DNP3Dissector.self]).noted) == ["challenge"])
    }

    @Test func properties() {
        Building.check(Self.script, DNP3Dissector.self)
        Harness.checkOneDirection(Self.script, DNP3Dissector.self)
        Harness.checkMidStream(Self.script, dropping: 1, DNP3Dissector.self)
    }

    @Test func datagrams() {
        let good = Self.frame(0xC4, Self.operate(5, status: 0))
        var bad = good
        bad[8] ^= 1
        let run = Harness.run(datagrams: [Script.client(good), Script.client(bad)], DNP3DatagramDissector.self, serverPort: 1128)
        #expect(run.verdicts == [.more, .no])
        #expect(Building.texts(.controlRequested, run.noted) == ["operate"])
    }
}
