import Observations
import Testing
import Wire

@testable import Dissectors

/// What the tests of building and industrial protocols have in common.
enum Building {
    static let streams: [any StreamDissector.Type] = [
        OPCUADissector.self, FoxDissector.self, FINSDissector.self, DNP3Dissector.self, SynchrophasorDissector.self, S7commDissector.self,
        MMSDissector.self, EtherNetIPDissector.self, IEC104Dissector.self, KNXStreamDissector.self, ADSDissector.self, HARTIPDissector.self,
        ModbusDissector.self,
    ]

    /// All values of an attribute, whoever it is about.
    static func texts(_ attribute: Attribute, _ noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute }.map(\.value.description))
    }
    static func service(_ attribute: Attribute, _ noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute && $0.subject == Harness.serverSubject }.map(\.value.description))
    }

    /// The properties that every script passes.
    static func check(_ script: Script, _ dissector: any StreamDissector.Type) {
        Harness.checkSplits(script, dissector)
        Harness.checkPrefixes(script, dissector)
        Harness.checkMutations(script, dissector)
    }

    /// Little-endian octets.
    static func le16(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
    static func le32(_ value: Int) -> [UInt8] { Self.le16(value & 0xFFFF) + Self.le16(value >> 16) }
}

@Suite("Building and industrial protocols") struct BuildingProbeTests {
    /// No protocol here takes the first bytes of another for its own.
    @Test func foreign() {
        for (name, bytes) in Foreign.client {
            let expected: [ApplicationProtocol] = name == "modbus" ? [.modbus] : []
            #expect(Harness.run([Script.client(bytes)], dissectors: Building.streams).protocols == expected, "\(name)")
        }
        for (name, bytes) in Foreign.server {
            #expect(Harness.run([Script.server(bytes)], dissectors: Building.streams).protocols.isEmpty, "\(name)")
        }
    }

    /// Random bytes are nobody's, at a start and in mid-stream.
    @Test func random() {
        var generator = SeededGenerator(seed: 5)
        for round in 0..<3000 {
            let bytes = (0..<Int.random(in: 1...300, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Harness.run([Script.client(bytes)], dissectors: Building.streams, sawStart: round % 2 == 0).protocols.isEmpty)
            for type in [BACnetDissector.self, KNXDissector.self, CoAPDissector.self, FINSDatagramDissector.self] as [any DatagramDissector.Type] {
                #expect(Harness.run(datagrams: [Script.client(bytes)], type, serverPort: 40_000).verdicts == [.no])
            }
        }
    }

    /// A connection request of the transport that S7, MMS and RDP share decides for none of them; RDP's own goes to RDP.
    @Test func sharedTransport() {
        let plain = Octets.hex("0300000b06e00000000000")
        #expect(Harness.run([Script.client(plain)], dissectors: [S7commDissector.self, MMSDissector.self, RDPDissector.self]).protocols.isEmpty)
        let desktop = Octets.hex("030000130ee000000000000100080001000000")
        let dissectors: [any StreamDissector.Type] = [S7commDissector.self, MMSDissector.self, RDPDissector.self]
        #expect(Harness.run([Script.client(desktop)], dissectors: dissectors).protocols == [.rdp])
    }
}
