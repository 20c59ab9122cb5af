import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("ARP") struct ARPTests {
    static func run(_ payload: [UInt8], in network: VirtualNetwork = .none) -> (isARP: Bool, noted: [Noted]) {
        let log = ObservationLog(seed: 1)
        let nobody = Endpoint(address: .none, port: 0)
        var context = DissectionContext(
            transport: .udp, network: network, initiator: nobody, responder: nobody,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)),
            rolesAreSure: false, log: log)
        let isARP = ARPDissector.dissect(payload.rawSpan, &context)
        return (isARP, log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
    }
    /// A packet for IPv4 over Ethernet.
    static func packet(_ operation: Int, _ mac: String, _ address: String, target: String = "0a140501") -> [UInt8] {
        Octets.hex("000108000604") + Octets.u16(operation) + Octets.hex(mac) + Octets.hex(address) + Octets.zeros(6)
            + Octets.hex(target)
    }

    @Test func sendersAreNoted() {
        let expected = Noted(
            subject: .host(HostKey(IPAddress(v4: 0x0A14_053E), in: .none)), attribute: .linkAddress,
            value: .text("00:09:fb:20:05:16"))
        for operation in [1, 2] {
            let run = Self.run(Self.packet(operation, "0009fb200516", "0a14053e"))
            #expect(run.isARP)
            #expect(run.noted == [expected])
        }
        // Gratuitous, and padded to the size of an Ethernet frame.
        #expect(Self.run(Self.packet(1, "0009fb200516", "0a14053e", target: "0a14053e") + Octets.zeros(18)).noted == [expected])
    }

    @Test func networksAreKeptApart() {
        let vlan = VirtualNetwork.none.tagged(20)
        #expect(
            Self.run(Self.packet(2, "0009fb200516", "0a14053e"), in: vlan).noted.map(\.subject) == [
                .host(HostKey(IPAddress(v4: 0x0A14_053E), in: vlan))
            ])
    }

    @Test(arguments: [
        ("0009fb200516", "00000000"), ("0109fb200516", "0a14053e"), ("ffffffffffff", "0a14053e"), ("000000000000", "0a14053e"),
        ("0009fb200516", "ffffffff"), ("0009fb200516", "e0000001"), ("0009fb200516", "7f000001"),
    ])
    func sendersThatAreNobody(mac: String, address: String) {
        let run = Self.run(Self.packet(1, mac, address))
        #expect(run.isARP)
        #expect(run.noted.isEmpty)
    }

    @Test func refusesOthers() {
        let good = Self.packet(2, "0009fb200516", "0a14053e")
        for count in 0..<good.count { #expect(!Self.run(Array(good.prefix(count))).isARP) }
        // Reverse and inverse ARP, another hardware, another protocol, other lengths.
        for operation in [0, 3, 4, 8, 9, 257] { #expect(!Self.run(Self.packet(operation, "0009fb200516", "0a14053e")).isARP) }
        for (index, value) in [(1, 32), (2, 0x86), (4, 8), (5, 16)] as [(Int, UInt8)] {
            var bytes = good
            bytes[index] = value
            #expect(!Self.run(bytes).isARP)
        }
    }
}
