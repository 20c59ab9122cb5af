import Observations
import Testing
import Wire

@testable import Dissectors

// Frames built after Omron's manuals W342 (commands) and W420 (FINS/TCP).
@Suite("FINS") struct FINSTests {
    static func request(_ command: Int, _ text: [UInt8] = []) -> [UInt8] { Octets.hex("80000200010000020 007") + Octets.u16(command) + text }
    static func answer(_ command: Int, _ text: [UInt8]) -> [UInt8] { Octets.hex("c0000200020000010007") + Octets.u16(command) + text }
    static func tcp(_ command: Int, _ body: [UInt8]) -> [UInt8] { Octets.text("FINS") + Octets.u32(8 + body.count) + Octets.u32(command) + Octets.u32(0) + body }
    static let model = Self.answer(0x0501, [0, 0] + Octets.text("CJ2M-CPU31          02.01               ") + Octets.zeros(40))
    static let script = Script(
        (.initiator, Self.tcp(0, Octets.u32(0))), (.responder, Self.tcp(1, Octets.u32(2) + Octets.u32(1))),
        (.initiator, Self.tcp(2, Self.request(0x0501, [0]))), (.responder, Self.tcp(2, Self.model)),
        (.initiator, Self.tcp(2, Self.request(0x0102, Octets.hex("820064000001002a")))), (.responder, Self.tcp(2, Self.answer(0x0102, [0, 0]))),
        (.initiator, Self.tcp(2, Self.request(0x0402))), (.responder, Self.tcp(2, Self.answer(0x0402, [0x21, 0x02]))))

    @Test func exchange() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams)
        #expect(run.protocols == [.fins])
        #expect(Building.service(.finsModel, run.noted) == ["CJ2M-CPU31"])
        #expect(Building.service(.finsVersion, run.noted) == ["02.01"])
        #expect(Building.service(.controlAccepted, run.noted) == ["write"])
        #expect(Building.service(.controlRefused, run.noted) == ["stop"])
    }

    @Test func properties() {
        Building.check(Self.script, FINSDissector.self)
        Harness.checkOneDirection(Self.script, FINSDissector.self)
        Harness.checkMidStream(Self.script, dropping: 2, FINSDissector.self)
    }

    @Test func datagrams() {
        let run = Harness.run(datagrams: [Script.client(Self.request(0x0501)), Script.server(Self.model)], FINSDatagramDissector.self, serverPort: 9600)
        #expect(run.verdicts == [.more, .more])
        #expect(Building.texts(.finsModel, run.noted) == ["CJ2M-CPU31"])
        // A packet of voice (RTP, payload type 0) begins alike.
        let voice = Octets.hex("80000207000000a0 1234 5678") + [UInt8](repeating: 0xD5, count: 160)
        #expect(Harness.run(datagrams: [Script.client(voice), Script.client(Self.request(0x0101))], FINSDatagramDissector.self, serverPort: 9600).verdicts == [.no, .no])
    }
}
