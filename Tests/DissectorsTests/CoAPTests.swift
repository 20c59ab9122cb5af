import Observations
import Testing
import Wire

@testable import Dissectors

// Messages as aiocoap sends them (Tests/Captures/building-coap.pcap).
@Suite("CoAP") struct CoAPTests {
    static let path: [UInt8] = [0xBC] + Octets.text("CANARYROOM12")
    private static func run(_ port: UInt16, _ turns: Script.Turn...) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: turns, CoAPDissector.self, serverPort: port)
    }

    @Test func control() {
        let put = Script.client([0x42, 0x03, 0xBF, 0x5A, 0x54, 0x1D] + Self.path + [0xFF, 0x31])
        let changed = Script.server([0x62, 0x44, 0xBF, 0x5A, 0x54, 0x1D])
        let run = Self.run(5683, put, changed)
        #expect(run.verdicts == [.more, .more])
        #expect(Building.texts(.controlRequested, run.noted) == ["write"])
        #expect(Building.texts(.controlAccepted, run.noted) == ["write"])
        #expect(!run.noted.contains { $0.description.contains("CANARY") })
        // Away from its port a request with a path is recognised, an answer alone is not.
        #expect(Self.run(40_000, put).verdicts == [.more])
        #expect(Self.run(40_000, changed).verdicts == [.no])
    }

    @Test func reading() {
        let get = Script.client([0x42, 0x01, 0xBF, 0x59, 0x54, 0x1C] + Self.path)
        let content = Script.server([0x62, 0x45, 0xBF, 0x59, 0x54, 0x1C, 0xFF] + Octets.text("CANARYVALUE"))
        let run = Self.run(5683, get, content)
        #expect(run.verdicts == [.more, .more])
        #expect(run.noted.isEmpty)
    }

    @Test(arguments: ["42", "4203bf5a", "4903bf5a", "420fbf5a541d", "4203bf5a541dff", "4203bf5a541d2161", "4203bf5a541dbc4142", "0203bf5a541d"])
    func refused(hex: String) {
        let verdicts = Self.run(5683, Script.client(Octets.hex(hex))).verdicts
        #expect(verdicts == [.no])
    }
}
