import Observations
import Testing
import Wire

@testable import Dissectors

// Units built after ISO 9506-2, with the session and presentation headers of IEC 61850-8-1.
@Suite("MMS") struct MMSTests {
    static func packet(_ payload: [UInt8]) -> [UInt8] { [3, 0] + Octets.u16(payload.count + 7) + [2, 0xF0, 0x80] + payload }
    static func element(_ tag: [UInt8], _ content: [UInt8]) -> [UInt8] { tag + [UInt8(content.count)] + content }
    static func data(_ unit: [UInt8]) -> [UInt8] {
        Self.packet(Octets.hex("01000100") + Self.element([0x61], Self.element([0x30], Octets.hex("020103") + Self.element([0xA0], unit))))
    }
    static func request(_ service: [UInt8]) -> [UInt8] { Self.data(Self.element([0xA0], Octets.hex("020101") + service)) }
    static func answer(_ service: [UInt8]) -> [UInt8] { Self.data(Self.element([0xA1], Octets.hex("020101") + service)) }
    static let identity = Self.element(
        [0xA2], Self.element([0x80], Octets.text("libiec61850.com")) + Self.element([0x81], Octets.text("LIBIEC61850")) + Self.element([0x82], Octets.text("1.5.1")))
    // Session connect and presentation headers are shortened to what is looked for: the abstract syntax of MMS, a password's mechanism.
    static let script = Script(
        (.initiator, Octets.hex("0300001611e00000000100c0010dc2020001c1020000")), (.responder, Octets.hex("0300001611d00001000100c0010dc2020001c1020000")),
        (.initiator, Self.packet(Octets.hex("0d20c10100 06052 8ca220201 8b0352 0301ac088006 43414e415259"))),
        (.responder, Self.packet(Octets.hex("0e10c10100a107060528ca220203"))),
        (.initiator, Self.request([0x82, 0])), (.responder, Self.answer(Self.identity)),
        (.initiator, Self.request(Self.element([0xA5], Octets.hex("a000a000")))), (.responder, Self.answer(Octets.hex("a5028100"))),
        (.initiator, Self.request(Self.element([0xBF, 0x29], []))), (.responder, Self.answer(Octets.hex("9f2900"))))

    @Test func exchange() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams + [RDPDissector.self])
        #expect(run.protocols == [.mms])
        #expect(Building.service(.mmsVendor, run.noted) == ["libiec61850.com"])
        #expect(Building.service(.mmsModel, run.noted) == ["LIBIEC61850"])
        #expect(Building.service(.mmsRevision, run.noted) == ["1.5.1"])
        #expect(Building.service(.controlAccepted, run.noted) == ["write", "stop"])
        #expect(Building.texts(.loginClear, run.noted) == ["mms"])
        #expect(!run.noted.contains { $0.description.contains("CANARY") })
    }

    @Test func refusedWrite() {
        let noted = Harness.run([Script.server(Self.answer(Octets.hex("a5038001 03")))], dissectors: [MMSDissector.self], sawStart: false).noted
        #expect(Building.texts(.controlRefused, noted) == ["write"])
        #expect(Building.texts(.controlAccepted, noted).isEmpty)
    }

    @Test func properties() {
        Building.check(Self.script, MMSDissector.self)
        Harness.checkOneDirection(Self.script, MMSDissector.self)
        Harness.checkMidStream(Self.script, dropping: 4, MMSDissector.self)
    }
}
