import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("NetBIOS names and LLMNR") struct NetBIOSTests {
    // Recorded from Samba 4.17 (nmbd, nmblookup) and llmnrd 0.5; the recipe is Tests/Captures/recipes/directory.py.

    static func service(_ attribute: Attribute, _ value: Value) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: value) }
    static func host(_ address: IPAddress, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: .host(HostKey(address, in: .none)), attribute: attribute, value: .text(text))
    }
    static let clientHost = Harness.client.address
    static let serverHost = Harness.server.address
    static let registration = Octets.hex(
        """
        36c32910000100000000000120454f45424644434e454a454e4542454845464643454a454643414341434143410000200001c00c00200001000000000006
        00000a140c0a
        """)
    static let registrationOf03 = Octets.hex(
        """
        36c42910000100000000000120454f45424644434e454a454e4542454845464643454a454643414341434141440000200001c00c00200001000000000006
        00000a140c0a
        """)
    static let groupRegistration = Octets.hex(
        """
        36c6291000010000000000012046444542454a454f46454546434e4542464646444544434143414341434141410000200001c00c00200001000000000006
        80000a140c0a
        """)
    static let query = Octets.hex("6fa3011000010000000000002045444542454f45424643464a454f4542454e45464341434143414341434141410000200001")
    static let wpadQuery = Octets.hex("0828011000010000000000002046484641454245454341434143414341434143414341434143414341434141410000200001")
    static let answer = Octets.hex(
        """
        4e988580000000010000000020454f45424644434e454a454e4542454845464643454a4546434143414341414100002000010003f480000600000a140c0a
        """)
    static let status = Octets.hex(
        """
        4e448400000000010000000020434b4141414141414141414141414141414141414141414141414141414141410000210001000000000089054e41532d49
        4d4147455249452020200004004e41532d494d4147455249452020200304004e41532d494d4147455249452020202004005341494e54452d415553432020
        20200084005341494e54452d41555343202020201e8400000000000000000000000000000000000000000000000000000000000000000000000000000000
        00000000000000
        """)
    static let announcement = Octets.hex(
        """
        110a36c80a140c0a008a00c8000020454f45424644434e454a454e4542454845464643454a45464341434143414141002046444542454a454f4645454643
        4e45424646464445444341434143414341424e00ff534d42250000000000000000000000000000000000000000000000000000001100002e000000000000
        000000000000000000000000002e00560003000100010002003f005c4d41494c534c4f545c42524f57534500010060ea00004e41532d494d414745524945
        000000000601039a81000f0155aa63616e617279636f6d6d656e7400
        """)
    static let election = Octets.hex(
        """
        110a36ca0a140c0a008a00b5000020454f45424644434e454a454e4542454845464643454a45464341434143414141002046444542454a454f4645454643
        4e45424646464445444341434143414341424f00ff534d42250000000000000000000000000000000000000000000000000000001100001b000000000000
        000000000000000000000000001b00560003000100010002002c005c4d41494c534c4f545c42524f5753450008010a0f014170170000000000004e41532d
        494d41474552494500
        """)
    static let llmnrQuery = Octets.hex("0000000000010000000000000a63616e6172796e616d650000010001")
    static let llmnrWPAD = Octets.hex("00000000000100000000000004777061640000010001")
    static let llmnrAnswer = Octets.hex(
        """
        0000800000010001000000000c6e61732d696d61676572696500000100010c6e61732d696d61676572696500000100010000001e00040a140c0a
        """)

    static func run(_ datagrams: [Script.Turn], _ dissector: any DatagramDissector.Type, port: UInt16) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams, dissector, serverPort: port)
    }

    @Test func registrations() {
        let run = Self.run(
            [Script.client(Self.registration), Script.client(Self.groupRegistration), Script.client(Self.registrationOf03)], NBNSDissector.self, port: 1137)
        #expect(run.verdicts == [.more, .more, .more])
        #expect(
            run.noted == [
                Self.host(Self.clientHost, .nbnsName, "NAS-IMAGERIE"), Self.host(Self.clientHost, .nbnsService, "file-server"),
                Self.host(Self.clientHost, .nbnsGroup, "SAINTE-AUSC"),
            ])
        // A name of suffix 03 may be a person's.
        #expect(Self.run([Script.client(Self.registrationOf03)], NBNSDissector.self, port: 137).noted.isEmpty)
    }

    @Test func questionsKeepNoName() {
        let run = Self.run([Script.client(Self.query), Script.client(Self.wpadQuery)], NBNSDissector.self, port: 137)
        #expect(run.noted == [Self.host(Self.clientHost, .nameQuery, "nbns"), Self.host(Self.clientHost, .nameProxyQuery, "nbns")])
        let llmnr = Self.run([Script.client(Self.llmnrQuery), Script.client(Self.llmnrWPAD)], LLMNRDissector.self, port: 5355)
        #expect(llmnr.noted == [Self.host(Self.clientHost, .nameQuery, "llmnr"), Self.host(Self.clientHost, .nameProxyQuery, "llmnr")])
    }

    @Test func answers() {
        // Samba says, as a name server does, that it can be asked for others (RFC 1002 section 4.2.1.1: recursion available).
        #expect(Self.run([Script.server(Self.answer)], NBNSDissector.self, port: 137).noted.isEmpty)
        var ofHost = Self.answer
        ofHost[3] &= 0x7F
        #expect(Self.run([Script.server(ofHost)], NBNSDissector.self, port: 137).noted == [Self.host(Self.serverHost, .nameAnswered, "nas-imagerie")])
        let llmnr = Self.run([Script.server(Self.llmnrAnswer)], LLMNRDissector.self, port: 5355)
        #expect(llmnr.noted == [Self.host(Self.serverHost, .nameAnswered, "nas-imagerie"), Self.host(Self.serverHost, .llmnrName, "nas-imagerie")])
    }

    @Test func answersForWPAD() {
        // Written after RFC 1002 section 4.2.13 and RFC 4795: the question of the recording with an answer behind it.
        let answer = Octets.hex("0828850000000001000000002046484641454245454341434143414341434143414341434143414341434141410000200001000000a500060000c0000242")
        #expect(Self.run([Script.server(answer)], NBNSDissector.self, port: 137).noted.contains(Self.host(Self.serverHost, .nameProxyAnswer, "nbns")))
        let llmnr = Octets.hex("00008000000100010000000004777061640000010001047770616400000100010000001e0004c0000242")
        #expect(Self.run([Script.server(llmnr)], LLMNRDissector.self, port: 5355).noted.contains(Self.host(Self.serverHost, .nameProxyAnswer, "llmnr")))
    }

    @Test func nodeStatus() {
        let run = Self.run([Script.server(Self.status)], NBNSDissector.self, port: 137)
        #expect(
            run.noted == [
                Self.host(Self.serverHost, .nbnsName, "NAS-IMAGERIE"), Self.host(Self.serverHost, .nbnsService, "file-server"),
                Self.host(Self.serverHost, .nbnsService, "workstation"), Self.host(Self.serverHost, .nbnsGroup, "SAINTE-AUSC"),
            ])
    }

    @Test func announcements() {
        let run = Self.run([Script.client(Self.announcement), Script.client(Self.election)], NetBIOSDatagramDissector.self, port: 138)
        #expect(run.verdicts == [.more, .more])
        #expect(
            run.noted == [
                Self.host(Self.clientHost, .browserName, "NAS-IMAGERIE"), Self.host(Self.clientHost, .browserVersion, "6.1"),
                Self.host(Self.clientHost, .browserRole, "print-server"), Self.host(Self.clientHost, .browserRole, "unix"),
                Self.host(Self.clientHost, .browserRole, "nt-workstation"), Self.host(Self.clientHost, .browserRole, "nt-server"),
            ])
        #expect(!run.noted.contains { $0.description.lowercased().contains("canary") })
    }

    @Test func refusesOthers() {
        let all: [any DatagramDissector.Type] = [
            NBNSDissector.self, NetBIOSDatagramDissector.self, LLMNRDissector.self, KerberosDissector.self, CLDAPDissector.self,
        ]
        var generator = SeededGenerator(seed: 5)
        let dns = Octets.hex("000001000001000000000000046e61733107686f73706974616c00000100010")
        let foreign = Array(Foreign.client.values) + Array(Foreign.server.values) + [dns]
        for dissector in all {
            for port: UInt16 in [88, 137, 138, 389] {
                for bytes in foreign where dissector != CLDAPDissector.self || bytes != Foreign.client["ldap"] {
                    #expect(Self.run([Script.client(bytes)], dissector, port: port).verdicts == [.no])
                }
                for _ in 0..<200 {
                    let bytes = (0..<80).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                    #expect(Self.run([Script.client(bytes)], dissector, port: port).verdicts == [.no])
                }
            }
        }
        // The format of LLMNR is that of DNS: only its port tells them apart.
        #expect(Self.run([Script.client(Self.llmnrQuery)], LLMNRDissector.self, port: 53).verdicts == [.no])
    }

    @Test func mutations() {
        var generator = SeededGenerator(seed: 9)
        for original in [Self.registration, Self.answer, Self.status, Self.announcement, Self.election, Self.llmnrAnswer] {
            for _ in 0..<300 {
                var bytes = original
                for _ in 0..<4 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator) }
                let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                for dissector: any DatagramDissector.Type in [NBNSDissector.self, NetBIOSDatagramDissector.self, LLMNRDissector.self] {
                    _ = Self.run([Script.server(bytes), Script.client(cut)], dissector, port: 5355)
                }
            }
        }
    }
}
