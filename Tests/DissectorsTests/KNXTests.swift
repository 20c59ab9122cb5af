import Observations
import Testing
import Wire

@testable import Dissectors

// Frames of xknx (Tests/Captures/building-knx.pcap); KNX IP Secure and routing after the KNX standard, 3/8/9 and 3/8/5.
@Suite("KNXnet/IP") struct KNXTests {
    static func frame(_ service: Int, _ body: [UInt8]) -> [UInt8] { [6, 0x10] + Octets.u16(service) + Octets.u16(6 + body.count) + body }
    static let endpoint = Octets.hex("08010a0000020e57")
    static let device = Octets.hex("36010200 11c8 0008 00014c4e4312 e000170c 000e8c200c12") + Octets.text("IP Interface bloc 2") + Octets.zeros(11)
    static let families = Octets.hex("060202010401")
    static let write = Octets.hex("1100bce000000a03 010081")

    private static func run(_ turns: Script.Turn...) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: turns, KNXDissector.self, serverPort: 3672)
    }

    @Test func description() {
        let run = Self.run(Script.client(Self.frame(0x0203, Self.endpoint)), Script.server(Self.frame(0x0204, Self.device + Self.families)))
        #expect(run.verdicts == [.more, .more])
        #expect(Building.texts(.knxName, run.noted) == ["IP Interface bloc 2"])
        #expect(Building.texts(.knxSerial, run.noted) == ["00014c4e4312"])
        #expect(Building.texts(.knxMedium, run.noted) == ["tp1"])
        #expect(Building.texts(.knxService, run.noted) == ["core", "tunnelling"])
        #expect(Building.texts(.linkAddress, run.noted) == ["00:0e:8c:20:0c:12"])
    }

    @Test func tunnel() {
        let open = Self.frame(0x0206, [1, 0] + Self.endpoint + Octets.hex("040411c9"))
        let asked = Self.frame(0x0420, Octets.hex("04010000") + Self.write)
        let done = Self.frame(0x0420, Octets.hex("04010000") + [0x2E] + Self.write.dropFirst())
        let run = Self.run(Script.server(open), Script.client(asked), Script.server(done))
        #expect(run.verdicts == [.more, .more, .more])
        #expect(Building.texts(.knxConnection, run.noted) == ["tunnel"])
        #expect(Building.texts(.controlRequested, run.noted) == ["operate"])
        #expect(Building.texts(.controlAccepted, run.noted) == ["operate"])
        // A refused connection opens nothing.
        #expect(Building.texts(.knxConnection, Self.run(Script.server(Self.frame(0x0206, [0, 0x24]))).noted).isEmpty)
    }

    @Test func secure() {
        let run = Self.run(Script.server(Self.frame(0x0952, Octets.zeros(50))), Script.client(Self.frame(0x0950, Octets.zeros(60))))
        #expect(Building.texts(.knxSecure, run.noted) == ["session", "wrapper"])
        #expect(Building.texts(.knxConnection, run.noted).isEmpty)
    }

    @Test func stream() {
        let script = Script(
            (.initiator, Self.frame(0x0203, Self.endpoint)), (.responder, Self.frame(0x0204, Self.device + Self.families)),
            (.initiator, Self.frame(0x0951, Octets.zeros(40))), (.responder, Self.frame(0x0952, Octets.zeros(50))))
        Building.check(script, KNXStreamDissector.self)
        Harness.checkOneDirection(script, KNXStreamDissector.self)
        Harness.checkMidStream(script, dropping: 1, KNXStreamDissector.self)
    }

    @Test func refused() {
        #expect(Self.run(Script.client(Self.frame(0x0203, Self.endpoint) + [0])).verdicts == [.no], "a wrong length")
        #expect(Self.run(Script.client(Self.frame(0x0299, Self.endpoint))).verdicts == [.no], "no such service")
        #expect(Self.run(Script.client(Self.frame(0x0203, []))).verdicts == [.no], "no body")
    }

    @Test func hostile() {
        var generator = SeededGenerator(seed: 9)
        let whole = Self.frame(0x0204, Self.device + Self.families)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<3 { bytes[Int.random(in: 6..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(Script.server(bytes)).noted.count < 20)
        }
    }
}
