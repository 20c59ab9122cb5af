import Observations
import Testing
import Wire

@testable import Dissectors

// Messages built after HCF_SPEC-085, with commands of HCF_SPEC-127.
@Suite("HART-IP") struct HARTIPTests {
    static func message(_ type: UInt8, _ identifier: UInt8, _ body: [UInt8]) -> [UInt8] { [1, type, identifier, 0, 0, 2] + Octets.u16(8 + body.count) + body }
    static func command(_ delimiter: UInt8, _ number: UInt8, _ data: [UInt8]) -> [UInt8] {
        let body = [delimiter] + Octets.hex("264e0000d2") + [number, UInt8(data.count)] + data
        return body + [body.reduce(0, ^)]
    }
    static let identity = Octets.hex("00d0fe264e050704010e0c0000d205020002d0002600 2684")
    static let script = Script(
        (.initiator, Self.message(0, 0, Octets.hex("0100007530"))), (.responder, Self.message(1, 0, Octets.hex("010000ea60"))),
        (.initiator, Self.message(0, 3, Self.command(0x82, 0, []))), (.responder, Self.message(1, 3, Self.command(0x86, 0, Self.identity))),
        (.initiator, Self.message(0, 3, Self.command(0x82, 18, Octets.text("CANARY")))), (.responder, Self.message(1, 3, Self.command(0x86, 18, [0, 0x40]))),
        (.initiator, Self.message(0, 3, Self.command(0x82, 42, []))), (.responder, Self.message(1, 3, Self.command(0x86, 42, [16, 0x40]))))

    @Test func exchange() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams)
        #expect(run.protocols == [.hartIP])
        #expect(Building.service(.hartManufacturer, run.noted) == ["38"])
        #expect(Building.service(.hartDeviceType, run.noted) == ["264e"])
        #expect(Building.service(.hartDeviceID, run.noted) == ["0000d2"])
        #expect(Building.service(.controlAccepted, run.noted) == ["write"])
        #expect(Building.service(.controlRefused, run.noted) == ["restart"])
        #expect(!run.noted.contains { $0.description.contains("CANARY") })
    }

    @Test func properties() {
        Building.check(Self.script, HARTIPDissector.self)
        Harness.checkOneDirection(Self.script, HARTIPDissector.self)
        Harness.checkMidStream(Self.script, dropping: 2, HARTIPDissector.self)
    }

    @Test func datagrams() {
        var bad = Self.message(0, 3, Self.command(0x82, 0, []))
        let run = Harness.run(datagrams: Self.script.turns, HARTIPDatagramDissector.self, serverPort: 5094)
        #expect(!run.verdicts.contains(.no))
        bad[bad.count - 1] ^= 1
        #expect(Harness.run(datagrams: [Script.client(bad)], HARTIPDatagramDissector.self, serverPort: 5094).verdicts == [.no])
    }
}
