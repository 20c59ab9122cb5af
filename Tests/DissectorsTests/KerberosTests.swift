import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("Kerberos") struct KerberosTests {
    // Recorded from MIT krb5kdc 1.20 and kinit; the recipe is Tests/Captures/recipes/directory.py.

    static func service(_ attribute: Attribute, _ value: Value) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: value) }
    static func host(_ address: IPAddress, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: .host(HostKey(address, in: .none)), attribute: attribute, value: .text(text))
    }
    static let clientHost = Harness.client.address
    static let serverHost = Harness.server.address
    static let errorAnswer = Octets.hex(
        """
        7e81f83081f5a003020105a10302011ea411180f32303236313132323033323132395aa505020309179ca603020119a70e1b0c4c41424f2e4558414d504c
        45a8193017a003020101a110300e1b0c63616e617279737472696374a90e1b0c4c41424f2e4558414d504c45aa21301fa003020102a11830161b066b7262
        7467741b0c4c41424f2e4558414d504c45ab101b0e4e45454445445f50524541555448ac5a04583056300aa10402020088a2020400302ea103020113a227
        042530233021a003020117a11a1b184c41424f2e4558414d504c4563616e6172797374726963743009a103020102a2020400300da10402020085a2050403
        4d4954
        """)
    static let ticketRequest = Octets.hex(
        """
        6a8201023081ffa103020105a20302010aa3733071300da10402020085a20504034d49543048a103020102a241043f303da003020117a2360434c2146641
        e4d86c41a849e287a4b3969254fa97c0e6100a7ca6089354182a1d78587b44de46b53a1da86d314b0b022319dfb71143300aa10402020096a2020400300a
        a10402020095a2020400a47e307ca00703050000000010a1193017a003020101a110300e1b0c63616e617279737472696374a20e1b0c4c41424f2e455841
        4d504c45a321301fa003020102a11830161b066b72627467741b0c4c41424f2e4558414d504c45a511180f32303236313132333033323132395aa7060204
        15e139aea8083006020117020112
        """)
    static let ticketAnswer = Octets.hex(
        """
        6b82035530820351a003020105a10302010ba2323030302ea103020113a227042530233021a003020117a11a1b184c41424f2e4558414d504c4563616e61
        7279737472696374a30e1b0c4c41424f2e4558414d504c45a4193017a003020101a110300e1b0c63616e617279737472696374a58201c4618201c0308201
        bca003020105a10e1b0c4c41424f2e4558414d504c45a221301fa003020102a11830161b066b72627467741b0c4c41424f2e4558414d504c45a382018030
        82017ca003020117a103020101a282016e0482016a0970e6fffa580066b80693c0c36caa0dea8659605012a5562e13421f1482777b155f62bc1b1c5e68ee
        0aab3343ccbb172abb38d8ff6d759ebf43ae5f2f727a3a036fb157374b4524ecbb033740695426b38ff760fcfccd58ed2f4ab83c94fcfe49aa85910cd99f
        cdc5d028c809e52ceefe13d52f58b71006222f0c5ea5511b8359f06cb7a4bcf716b2c7a886c66ff39556b56d1b8e3bb86fd4f77cc75fd101d13d672566eb
        5c683f5c9a598bfb202cc591a8aa6b959acf86dea9268cd9ecfae5e38d1fb12b26eabe117dfd696df233da8a931f3eec7c1bd73fe129f5b3d35a58742c85
        6e429e51184a12a2e39ecb1269b087b6a01329d107c1be624afee6f95c7f3cea9d73361be7423cf1e02082ab599038b3c6f48c49c2c32a4af9cd64058ca0
        64e87ae620bb2ce947c5011166904403faa1ab3832118248f56a65f4a72a74f46ab7e5bf99ae83d421009ad3ae83fbf510e2d3dd30bd4e4ffc9f3e9fd6d3
        a6b47233fc7068ebf518aba682011c30820118a003020117a282010f0482010bd9983287b936a962c94404278526c4b083755da88d1fae035e41a765cccf
        6f5eaf4a8a6125c00d35cfffe129bba402756774730d8d520397282b2471452c10dc969858c38994560a7a8b7f604e6780079d4c3d8ed9f69e507abcbf67
        223709752cdddee720ee75ed4fc94c1b5bf78b1ae2c098362aad3fe741e5a9f5cba81a57f4ffd1c39060961036942c1318f01f273f970c64341094a06928
        5d43183a556c0c0931ae3c2c6f20dfe9a4f88ed544a1b7a45aaf62a48309f4ae91089126e7738f818b6739d341424f4e53634f7e01b2bd560a2166c1baa4
        7e95a8043f44cf4507eeba1a9b2204f329b96148a1b305dbb04ff0c1401ae0f69f3d5528ac3db8c148d420a040bc667796f0fe
        """)

    static func texts(_ noted: Set<Noted>, _ attribute: Attribute) -> Set<String> {
        Set(noted.compactMap { noted in if noted.attribute == attribute, case .text(let text) = noted.value { text } else { nil } })
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [KerberosStreamDissector.self]).noted }
    static func recorded(_ index: Int) throws -> Script { try #require(try RecordedConversation.load("kerberos-legacy").dropFirst(index).first) }

    @Test func firstTicketWithoutProof() throws {
        #expect(
            Self.run(try Self.recorded(0)) == [
                Self.host(Self.clientHost, .kerberosEtypeOffered, "rc4-hmac"), Self.host(Self.clientHost, .kerberosEtypeOffered, "aes256-cts-hmac-sha1-96"),
                Self.service(.kerberosRealm, .text("LABO.EXAMPLE")), Self.service(.kerberosTicketEtype, .text("rc4-hmac")),
                Self.service(.kerberosReplyEtype, .text("rc4-hmac")), Self.service(.kerberosService, .text("krbtgt/LABO.EXAMPLE")),
                Self.service(.kerberosPreauthentication, .text("not-required")),
            ])
    }

    @Test func ticketsOfServicesAndProofs() throws {
        let service = Self.run(try Self.recorded(1))
        #expect(Self.texts(service, .kerberosService) == ["host/serveur-labo.labo.example"])
        #expect(Self.texts(service, .kerberosTicketEtype) == ["rc4-hmac"])
        #expect(Self.texts(Self.run(try Self.recorded(2)), .kerberosError) == ["preauth-required"])
        #expect(Self.texts(Self.run(try Self.recorded(3)), .kerberosPreauthentication).isEmpty)
    }

    @Test func overUDP() {
        let run = Harness.run(
            datagrams: [Script.client(Self.ticketRequest), Script.server(Self.ticketAnswer), Script.server(Self.errorAnswer)], KerberosDissector.self,
            serverPort: 30_088)
        #expect(run.verdicts == [.more, .more, .more])
        #expect(Self.texts(run.noted, .kerberosTicketEtype) == ["rc4-hmac"])
        #expect(Self.texts(run.noted, .kerberosError) == ["preauth-required"])
        #expect(!run.noted.contains { $0.description.lowercased().contains("canary") })
        for count in 0..<Self.ticketAnswer.count {
            let part = Harness.run(datagrams: [Script.server(Array(Self.ticketAnswer.prefix(count)))], KerberosDissector.self, serverPort: 88)
            #expect(part.verdicts == [.no])
        }
    }

    @Test(arguments: 0..<4) func properties(_ index: Int) throws {
        let script = try Self.recorded(index)
        Harness.checkSplits(script, KerberosStreamDissector.self)
        Harness.checkPrefixes(script, KerberosStreamDissector.self)
        Harness.checkMutations(script, KerberosStreamDissector.self)
        Harness.checkOneDirection(script, KerberosStreamDissector.self)
        Harness.checkMidStream(script, dropping: 1, KerberosStreamDissector.self)
        #expect(!Self.run(script).contains { $0.description.lowercased().contains("canary") })
    }

    @Test(arguments: [true, false]) func refusesOthers(isStart: Bool) {
        for (name, bytes) in Foreign.client where name != "kerberos" {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            #expect(KerberosStreamDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        for (name, bytes) in Foreign.server where name != "kerberos" {
            let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
            #expect(KerberosStreamDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<96).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(KerberosStreamDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)) != .yes)
        }
    }
}
