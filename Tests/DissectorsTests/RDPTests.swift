import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("RDP") struct RDPTests {
    // Recorded from FreeRDP 2.11 as the client of xrdp 0.9.21; the cookie holds the user name "canaryuser".
    // The refusal and the request without cookie are written after [MS-RDPBCGR].
    static let tlsRequest = Octets.hex(
        "030000302be00000000000436f6f6b69653a206d737473686173683d63616e617279757365720d0a0100080003000000")
    static let tlsConfirm = Octets.hex("030000130ed000001234000201080001000000")
    static let rdpConfirm = Octets.hex("030000130ed000001234000201080000000000")
    static let nlaRequired = Octets.hex("030000130ed000001234000300080005000000")
    static let plainRequest = Octets.hex("0300002823e00000000000436f6f6b69653a206d737473686173683d63616e617279757365720d0a")
    static let plainConfirm = Octets.hex("0300000b06d00000123400")
    static let bareRequest = Octets.hex("0300000b06e00000000000")
    static let connectInitial = Octets.hex(
        """
        030001b702f0807f658201ab0401010401010101ff301a020122020102020100020101020100020101020300ffff02010230190201010201010201010201
        01020100020101020204200201023020020300ffff020300fc17020300ffff020101020100020101020300ffff02010204820145000500147c0001813c00
        0800100001c00044756361812e01c0ea000c000800c800960001ca03aa09040000bb470000610064006d0000000000000000000000000000000000000000
        0000000000000004000000000000000c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
        00000000000000000000000000000000000000000001ca01000000000008000700e104000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000000000000006000000000000000000000000000000000000000000000004
        c00c000d0000000000000002c00c001b0000000000000003c02c00030000007264706472000000000080c0726470736e640000000000c0636c6970726472
        000000a0c0
        """)
    static let connectResponse = Octets.hex(
        """
        0300020d02f0807f668202010a0100020100301a020116020103020100020101020100020101020300fff8020102048201db000500147c00012a14760a01
        010001c0004d63446e81c4010c080004000800030c1000eb030300ec03ed03ee030000020cac0102000000030000002000000078010000f6182ad83ebe41
        042e1fea9760e11de937923107addc16de881739eb0268387e01000000010000000100000006001c01525341310801000000080000ff00000001000100d3
        a237aa33b2e1a02b3e93436d1fceb4bea6960429b73a04bc89a67fce3911c83ee275a3406bb157d988e8cf4bee1d24760258def5ae43e12812c83f8fd22e
        e33366740189b9cb7fc7fcd3f6a75b6601f0eeb72e93c87709dd37a42dc7597a868d38718e8e199f04922240252f752bfd9eeb1e5d624059f86b0c53cdd2
        1d25c84073e6be9a5c91877d30a4f20144638b67ab0f230214525ae44e41714aec6d3e6b6530a1440498004e1bbe58cd12c3a327940b6c6625da5b8b894e
        93f1749321c05c9268e13eb2df07e458c9634e5e159dbfa8739da05f309e7ae15484cdb87d57ab2c0dd1f0f3d573087c36b97fe689fec23b20827333a835
        62364b5a1bc3ba0000000000000000080048004eb05e4504823cb10e04f8c6801c506385f7e02ef7f00b3593cd0d4616755fd0ec3f06ae0fa88bea71482c
        2381df8337e1888ed37f1ae02076c68056057c96040000000000000000
        """)
    static let clientHello = Octets.hex("160301013d010001390303640784bbe09e594ff4981693935aa97a3335d4")
    static let serverHello = Octets.hex("16030300410200003d0303e86598a11f8cf809d27c24e171dfcb2c53bbeb")

    static let tls = Script(
        (.initiator, tlsRequest), (.responder, tlsConfirm), (.initiator, clientHello), (.responder, serverHello))
    static let standard = Script(
        (.initiator, plainRequest), (.responder, plainConfirm), (.initiator, connectInitial), (.responder, connectResponse),
        (.initiator, Octets.hex("0300000c02f0800401000100")))
    static let bare = Script(
        (.initiator, bareRequest), (.responder, plainConfirm), (.initiator, connectInitial), (.responder, connectResponse))

    static func server(_ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: Harness.serverSubject, attribute: attribute, value: .text(text))
    }
    static func client(_ attribute: Attribute, _ value: Value) -> Noted {
        Noted(subject: Harness.clientSubject, attribute: attribute, value: value)
    }
    static let settings: Set<Noted> = [client(.rdpClientBuild, .number(18363)), client(.rdpClientName, .text("adm"))]
    static let encryption: Set<Noted> = [server(.rdpEncryptionMethod, "rc4-128"), server(.rdpEncryptionLevel, "high")]

    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [RDPDissector.self]).noted }

    @Test func negotiatesTLS() {
        #expect(
            Self.run(Self.tls) == [
                Self.client(.rdpRequested, .text("tls")), Self.client(.rdpRequested, .text("nla")),
                Self.server(.rdpSelected, "tls"),
                Self.server(.serviceUpgraded, "tls"),
            ])
    }

    @Test func standardSecurity() {
        let expected = Self.settings.union(Self.encryption).union([Self.client(.rdpRequested, .text("rdp")), Self.server(.rdpSelected, "rdp")])
        #expect(Self.run(Self.standard) == expected)
        #expect(Self.run(Self.bare) == expected)
        #expect(
            Self.run(Script((.initiator, Self.tlsRequest), (.responder, Self.rdpConfirm))) == [
                Self.client(.rdpRequested, .text("tls")), Self.client(.rdpRequested, .text("nla")),
                Self.server(.rdpSelected, "rdp"),
            ])
    }

    /// The server's choices are read from its block of security data ([MS-RDPBCGR] section 2.2.1.4.3).
    @Test(arguments: [("00000000", "00000000", "none", "none"), ("01000000", "01000000", "rc4-40", "low"), ("08000000", "02000000", "rc4-56", "client-compatible")])
    func weakEncryption(method: String, level: String, methodName: String, levelName: String) throws {
        // The block's header, the strongest method and the level that the recorded server chose.
        let recorded = Octets.hex("020cac010200000003000000")
        var response = Self.connectResponse
        let start = try #require(response.indices.first { response[$0...].starts(with: recorded) })
        response.replaceSubrange(start + 4..<start + 12, with: Octets.hex(method + level))
        let noted = Self.run(Script((.initiator, Self.plainRequest), (.responder, Self.plainConfirm), (.responder, response)))
        #expect(noted.isSuperset(of: [Self.server(.rdpEncryptionMethod, methodName), Self.server(.rdpEncryptionLevel, levelName)]))
    }

    @Test func oldServer() {
        #expect(
            Self.run(Script((.initiator, Self.tlsRequest), (.responder, Self.plainConfirm))).contains(
                Self.server(.rdpSelected, "rdp-without-negotiation")))
    }

    @Test func refusal() {
        #expect(
            Self.run(Script((.initiator, Self.tlsRequest), (.responder, Self.nlaRequired))).contains(
                Self.server(.rdpFailure, "nla-required")))
    }

    @Test func correlationInformation() {
        let request =
            Octets.hex("0300003732e00000000000") + Octets.hex("010808000b000000") + Octets.hex("06002400") + Octets.zeros(32)
        let noted = Self.run(Script((.initiator, request)))
        #expect(Set(noted.map(\.value)) == [.text("tls"), .text("nla"), .text("nla-ex")])
    }

    @Test(arguments: [Self.tls, Self.standard, Self.bare]) func properties(script: Script) {
        Harness.checkSplits(script, RDPDissector.self)
        Harness.checkPrefixes(script, RDPDissector.self)
        Harness.checkMutations(script, RDPDissector.self)
        Harness.checkOneDirection(script, RDPDissector.self)
    }

    @Test func oneDirection() {
        let tls = Harness.checkOneDirection(Self.tls, RDPDissector.self)
        #expect(tls[.initiator]?.contains(Self.server(.serviceUpgraded, "tls")) == true)
        #expect(tls[.responder]?.contains(Self.server(.rdpSelected, "tls")) == true)
        let standard = Harness.checkOneDirection(Self.standard, RDPDissector.self)
        #expect(standard[.initiator]?.isSuperset(of: Self.settings) == true)
        #expect(standard[.responder] == Self.encryption.union([Self.server(.rdpSelected, "rdp")]))
    }

    @Test func midStream() {
        #expect(Harness.checkMidStream(Self.standard, dropping: 2, RDPDissector.self) == Self.settings.union(Self.encryption))
        // The first packet seen is the server's.
        let swapped = Script((.initiator, Self.tlsConfirm), (.responder, Self.clientHello))
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        #expect(
            Harness.checkMidStream(swapped, dropping: 0, RDPDissector.self).contains(
                Noted(subject: service, attribute: .rdpSelected, value: .text("tls"))))
    }

    @Test func keepsNoUserName() {
        for script in [Self.tls, Self.standard] {
            #expect(!Self.run(script).contains { $0.description.lowercased().contains("canary") })
        }
    }

    @Test func refusesOthers() {
        for isStart in [true, false] {
            for (name, bytes) in Foreign.client {
                let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                #expect(RDPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
            for (name, bytes) in Foreign.server {
                let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
                #expect(RDPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
        }
        // A request without anything in it is RDP only if a conference of RDP follows.
        let context = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)
        #expect(RDPDissector.probe(Self.bareRequest.rawSpan, context) == .notYet)
        #expect(
            RDPDissector.probe(
                (Self.bareRequest + Octets.hex("0300001902f08032010000ccc100080000f0000001000101e0")).rawSpan, context) == .no)
        // T.120 of NetMeeting has no key of RDP.
        let conference = Octets.hex("030002a002f0807f65820294") + Octets.zeros(700)
        #expect(RDPDissector.probe((Self.bareRequest + conference).rawSpan, context) == .no)
    }
}
