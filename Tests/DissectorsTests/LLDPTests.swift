import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("LLDP") struct LLDPTests {
    // As recorded from lldpd 1.0.16 (Tests/Captures/lldp-stations.pcap), from the EtherType on.
    static let phone =
        Octets.hex("02070400013e20092804070300013e200928060200080a0d6173636f6d2d6d79636f2d30370c104173636f6d204d79636f2033205348320e0400bc00")
            + Octets.hex("a0100c05010a140928020000000200081c43414e415259504f52542d4348414d4252452d31322d4d415254494efe0900120f030100000000fe090012")
            + Octets.hex("0f010080000036fe070012bb01003f03fe060012bb054136fe090012bb06312e342e32fe090012bb07352e322e30fe0e0012bb083139353032303031")
            + Octets.hex("3233fe090012bb094173636f6dfe0c0012bb0a5348322d41424141fe0e0012bb0b42494f2d303034373131fe0f0012bb030330363031303230333034")
            + Octets.hex("0000")
    static let networkSwitch =
        Octets.hex("020704b4f58e200902040703b4f58e200902060200080a0a73772d626c6f632d30310c3050726f4375727665204a393737364120323533302d323447")
            + Octets.hex("2c207265766973696f6e2059412e31362e31302e303031300e04009c0014100c05010a1409020200000002000807706f72742d3134fe0900120f0301")
            + Octets.hex("00000000fe0900120f0100800000360000")

    static let mac = MACAddress(rawValue: 0x0001_3E20_0928)
    static let station = Subject.host(HostKey(Self.mac, in: .none))

    static func run(_ payload: [UInt8], from mac: MACAddress = Self.mac, in network: VirtualNetwork = .none) -> (isLLDP: Bool, noted: Set<Noted>) {
        let log = ObservationLog(seed: 1)
        let nobody = Endpoint(address: .none, port: 0)
        var context = DissectionContext(
            transport: .udp, network: network, initiator: nobody, responder: nobody, sourceMAC: mac,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        let isLLDP = LLDPDissector.dissect(payload.rawSpan, &context)
        return (isLLDP, Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }))
    }
    static func text(_ attribute: Attribute, _ text: String) -> Noted { Noted(subject: Self.station, attribute: attribute, value: .text(text)) }
    /// One element: seven bits of type, nine of length.
    static func element(_ type: Int, _ value: [UInt8]) -> [UInt8] { Octets.u16(type << 9 | value.count) + value }
    static let head = element(1, Octets.hex("0400013e200928")) + element(2, Octets.text("\u{07}1")) + element(3, [0, 120])

    @Test func aTelephoneWithItsInventory() {
        let run = Self.run(Self.phone)
        #expect(run.isLLDP)
        #expect(
            run.noted == [
                Self.text(.lldpChassisAddress, "00:01:3e:20:09:28"), Self.text(.lldpSystemName, "ascom-myco-07"),
                Self.text(.lldpSystemDescription, "Ascom Myco 3 SH2"), Self.text(.lldpCapability, "telephone"), Self.text(.lldpCapability, "station"),
                Self.text(.lldpManagementAddress, "10.20.9.40"), Self.text(.lldpHardware, "A6"), Self.text(.lldpFirmware, "1.4.2"),
                Self.text(.lldpSoftware, "5.2.0"), Self.text(.lldpSerial, "1950200123"), Self.text(.lldpMaker, "Ascom"), Self.text(.lldpModel, "SH2-ABAA"),
                Self.text(.lldpAsset, "BIO-004711"),
            ])
        for noted in run.noted {
            for canary in ["CANARYPORT", "CHAMBRE", "MARTIN", "0601020304"] { #expect(!"\(noted.value)".contains(canary)) }
        }
    }

    @Test func aSwitch() {
        let mac = MACAddress(rawValue: 0xB4F5_8E20_0902)
        let noted = Self.run(Self.networkSwitch, from: mac).noted
        #expect(Set(noted.map(\.subject)) == [.host(HostKey(mac, in: .none))])
        #expect(
            Set(noted.map { "\($0)" }) == [
                "lldp.chassis_address=b4:f5:8e:20:09:02", "lldp.system_name=sw-bloc-01",
                "lldp.system_description=ProCurve J9776A 2530-24G, revision YA.16.10.0010", "lldp.capability=bridge", "lldp.capability=router",
                "lldp.management_address=10.20.9.2",
            ])
    }

    @Test func networksAreKeptApart() {
        let vlan = VirtualNetwork.none.tagged(20)
        #expect(Self.run(Self.phone, in: vlan).noted.allSatisfy { $0.subject == .host(HostKey(Self.mac, in: vlan)) })
    }

    @Test func otherAddresses() {
        let v6 = Self.element(8, Octets.hex("1102fd0000000000000000000000000000070200000001") + [0])
        #expect(Self.run(Self.head + v6).noted.contains(Self.text(.lldpManagementAddress, "fd00::7")))
        let mac = Self.element(8, Octets.hex("070600013e2009290200000001") + [0])
        #expect(Self.run(Self.head + mac).noted.contains(Self.text(.lldpManagementAddress, "00:01:3e:20:09:29")))
        // No address, everybody's address, a family that does not fit its length, a chassis that is a text.
        for hex in ["0501000000000200000001", "0501e00000010200000001", "05020a1409280200000001", "00"] {
            let bytes = Self.head + Self.element(8, Octets.hex(hex))
            #expect(Self.run(bytes).noted == [Self.text(.lldpChassisAddress, "00:01:3e:20:09:28")])
        }
        let local = Self.element(1, Octets.text("\u{07}chambre-12")) + Self.head.dropFirst(9)
        #expect(Self.run(Array(local)) == (true, []))
    }

    @Test func descriptionsOfUnix() {
        let bytes = Self.head + Self.element(6, Octets.text("Linux pacs-01 5.10.0-28 #1 SMP x86_64"))
        #expect(Self.run(bytes).noted.contains(Self.text(.lldpSystemDescription, "Linux 5.10.0-28 #1 SMP x86_64")))
    }

    /// Cut anywhere, a frame shows some of what the whole shows and nothing else; before the time to live it is nothing at all.
    @Test func cutAnywhere() {
        let whole = Self.run(Self.phone)
        for count in 0..<Self.phone.count {
            let part = Self.run(Array(Self.phone.prefix(count)))
            #expect(part.noted.isSubset(of: whole.noted), "\(count)")
            #expect(part.isLLDP == (count >= 22), "\(count)")
        }
    }

    @Test func othersAreRefused() {
        for bytes in Array(Foreign.client.values) + Array(Foreign.server.values) { #expect(Self.run(bytes) == (false, [])) }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(!Self.run(bytes).isLLDP)
        }
        // Another order, a missing element, one that is too short.
        let parts = [Self.element(1, Octets.hex("0400013e200928")), Self.element(2, Octets.text("\u{07}1")), Self.element(3, [0, 120])]
        #expect(!Self.run(parts[1] + parts[0] + parts[2]).isLLDP)
        #expect(!Self.run(parts[0] + parts[2]).isLLDP)
        #expect(!Self.run(Self.element(1, [4]) + parts[1] + parts[2]).isLLDP)
        // From a group or from nobody: it is LLDP, and of no station.
        for address in [0x0180_C200_000E, 0] as [UInt64] { #expect(Self.run(Self.phone, from: MACAddress(rawValue: address)) == (true, [])) }
    }

    @Test func mutationsAndLongLists() {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<4000 {
            var bytes = Self.phone
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            _ = Self.run(bytes)
        }
        let many = [UInt8]((0..<4000).flatMap { Self.element(5, Octets.text("name-\($0)")) })
        #expect(Self.run(Self.head + many).noted.count < 200)
    }
}
