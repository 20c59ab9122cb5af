import Observations
import Testing
import Wire

@testable import Dissectors

// Units as bacpypes3 sends them in Tests/Captures/building-bacnet.pcap; those of routers and of registrations after clauses 6.2 and J.2.
@Suite("BACnet") struct BACnetTests {
    private static func run(_ datagrams: [UInt8]..., from side: Side = .responder) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams.map { Script.Turn(side: side, bytes: $0) }, BACnetDissector.self, serverPort: 47_900)
    }
    private static func link(_ function: UInt8, _ body: [UInt8]) -> [UInt8] { [0x81, function] + Octets.u16(body.count + 4) + body }
    private static func unicast(_ unit: [UInt8]) -> [UInt8] { Self.link(0x0A, [1, 0] + unit) }

    @Test func iAm() {
        let (noted, verdicts) = Self.run(Self.unicast(Octets.hex("1000c402002eed22040091002107")))
        #expect(verdicts == [.more])
        #expect(Building.texts(.bacnetInstance, noted) == ["12013"])
        #expect(Building.texts(.bacnetVendorID, noted) == ["7"])
    }

    /// Property 77, 70 and 58 (location, which is not kept) of device 12013.
    @Test func properties() {
        func answer(_ property: UInt8, _ text: String) -> [UInt8] {
            Self.unicast(
                Octets.hex("30010c0c02002eed19") + [property, 0x3E, 0x75, UInt8(text.utf8.count + 1), 0] + Octets.text(text) + [0x3F])
        }
        let (noted, _) = Self.run(answer(77, "RGL-BLOC-02"), answer(70, "PXC100-E.D"), answer(58, "CANARY Chambre 12"), answer(28, "CANARY"))
        #expect(Building.texts(.bacnetName, noted) == ["RGL-BLOC-02"])
        #expect(Building.texts(.bacnetModel, noted) == ["PXC100-E.D"])
        #expect(!noted.contains { $0.description.contains("CANARY") })
    }

    @Test func control() {
        let write = Self.unicast(Octets.hex("0004010f0c0080000119553e4441ac00003f"))
        #expect(Building.texts(.controlRequested, Self.run(write, from: .initiator).noted) == ["write"])
        #expect(Building.texts(.controlAccepted, Self.run(Self.unicast([0x20, 1, 15])).noted) == ["write"])
        #expect(Building.texts(.controlAccepted, Self.run(Self.unicast([0x20, 1, 20])).noted) == ["restart"])
        #expect(Building.texts(.controlRefused, Self.run(Self.unicast([0x50, 1, 15, 0x91, 2, 0x91, 40])).noted) == ["write"])
        // ReinitializeDevice with a password.
        let restart = Self.unicast(Octets.hex("0004021409001d0700") + Octets.text("CANARY"))
        let noted = Self.run(restart, from: .initiator).noted
        #expect(Building.texts(.loginClear, noted) == ["bacnet"])
        #expect(!noted.contains { $0.description.contains("CANARY") })
    }

    @Test func foreignDevices() {
        #expect(Self.run(Self.link(0x05, [0, 60]), from: .initiator).verdicts == [.more])
        #expect(Building.texts(.bacnetForeign, Self.run(Self.link(0x00, [0, 0])).noted) == ["registered"])
        #expect(Building.texts(.bacnetForeign, Self.run(Self.link(0x00, [0, 0x30])).noted) == ["refused"])
    }

    /// What a router passes on is about a device behind it, and what a broadcast distribution passes on about the one it names.
    @Test func passedOn() {
        let iAm = Octets.hex("1000c402002eed22040091002107")
        let routed = Self.run(Self.link(0x0A, Octets.hex("0108000a0105") + iAm)).noted
        #expect(routed.allSatisfy { if case .device(let device) = $0.subject { device.identifier == "BACnet 12013" } else { false } })
        #expect(Building.texts(.bacnetVendorID, routed) == ["7"])
        let forwarded = Self.run(Self.link(0x04, Octets.hex("0a000063bac00100") + iAm)).noted
        #expect(forwarded.allSatisfy { $0.subject == .host(HostKey(IPAddress(v4: 0x0A00_0063), in: .none)) })
        #expect(Building.texts(.bacnetInstance, forwarded) == ["12013"])
    }

    @Test func refused() {
        #expect(Self.run([0x81, 0x0A, 0, 9, 1, 0, 0x10, 0]).verdicts == [.no], "a wrong length")
        #expect(Self.run(Self.link(0x0A, [2, 0, 0x10, 8])).verdicts == [.no], "another version")
        #expect(Self.run(Self.link(0x0A, [1, 0, 0x10, 99])).verdicts == [.no], "no such service")
        #expect(Self.run(Self.link(0x44, [1, 0, 0x10, 8])).verdicts == [.no], "no such function")
    }

    /// Cut and mutated datagrams never trap.
    @Test func hostile() {
        var generator = SeededGenerator(seed: 3)
        let whole = Self.unicast(Octets.hex("30010e0c02002eed1e294d4e750c00") + Octets.text("RGL-BLOC-02") + Octets.hex("4f1f"))
        #expect(Building.texts(.bacnetName, Self.run(whole).noted) == ["RGL-BLOC-02"])
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<3 { bytes[Int.random(in: 4..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(bytes).noted.count < 8)
        }
    }
}
