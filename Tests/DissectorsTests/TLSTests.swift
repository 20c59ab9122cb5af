import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("TLS")
struct TLSTests {
    static let all: [Script] = [
        TLSSessions.tls13, TLSSessions.tls12Mutual, TLSSessions.tls12Resumed, TLSSessions.tls10, TLSSessions.retry, TLSSessions.refused,
        TLSSessions.distrusted, TLSSessions.nullCipher, TLSSessions.smallRecords, ssl3, ssl2, ssl2Compatible,
    ]

    // MARK: What the sizes of records say

    /// DICOM inside: dcmtk, mutual, 1.2 and 1.3; pynetdicom after a HelloRetryRequest.
    @Test(arguments: ["dicom-tls12", "dicom-tls13", "dicom-tls-echo"]) func dicomInside(name: String) throws {
        let script = try #require(try RecordedConversation.load(name).first)
        Harness.checkSplits(script, TLSDissector.self)
        Harness.checkPrefixes(script, TLSDissector.self)
        let whole = Harness.run(script.turns, dissectors: [TLSDissector.self])
        #expect(whole.noted.values(.tlsInsideLikely, Harness.serverSubject) == ["dicom"])
        // Neither one direction, nor a late start, nor the same sizes without the handshake prove it.
        for side in [Side.initiator, .responder] {
            let part = Harness.run(script.turns.filter { $0.side == side }, dissectors: [TLSDissector.self])
            #expect(part.noted.values(.tlsInsideLikely).isEmpty)
        }
        #expect(Harness.run(Array(script.turns.dropFirst(3)), dissectors: [TLSDissector.self], sawStart: false).noted.values(.tlsInsideLikely).isEmpty)
    }

    @Test(arguments: ["https-nginx", "tls-versions", "tls-certificates"]) func somethingElseInside(name: String) throws {
        for script in try RecordedConversation.load(name) {
            #expect(Harness.run(script.turns, dissectors: [TLSDissector.self]).noted.values(.tlsInsideLikely).isEmpty)
        }
    }

    /// The records of an association, and what contradicts one.
    @Test func sizesOfRecords() {
        typealias Sent = (type: UInt8, length: Int, side: Side)
        func verdict(_ records: [Sent], isTLS13: Bool = true) -> RecordSizes.Verdict {
            var sizes = RecordSizes(client: .initiator, isTLS13: isTLS13)
            for record in records {
                let verdict = sizes.see(record.type, record.length, from: record.side)
                if verdict != .open { return verdict }
            }
            return .open
        }
        func sent(_ sizes: (Int, Side)...) -> [Sent] { sizes.map { (23, $0.0 + 17, $0.1) } }
        let finished: [Sent] = [(23, 69, .responder), (23, 69, .initiator), (23, 250, .responder)]
        let opened = finished + sent((211, .initiator), (190, .responder))
        #expect(verdict(opened) == .open)
        #expect(verdict(opened + sent((12, .initiator), (128, .initiator))) == .isDICOM)
        #expect(verdict(opened + sent((80, .initiator), (90, .responder), (10, .initiator), (10, .responder))) == .isDICOM)
        // An odd size, a request that is too short, an answer that is longer, a release without its answer, an alert.
        #expect(verdict(opened + sent((81, .initiator))) == .isNot)
        #expect(verdict(opened + sent((12, .initiator), (129, .initiator))) == .isNot)
        #expect(verdict(finished + sent((120, .initiator))) == .isNot)
        #expect(verdict(finished + sent((211, .initiator), (9000, .responder), (80, .initiator))) == .isNot)
        #expect(verdict(opened + sent((80, .initiator), (90, .responder), (10, .initiator), (10, .initiator))) == .isNot)
        #expect(verdict(opened + [(21, 19, .initiator)]) == .isNot)
        // A long transfer without the record that tells is not followed to its end.
        #expect(verdict(opened + (0..<60).flatMap { _ in sent((16382, .initiator)) }) == .isNot)
        // TLS 1.2: the client's Finished message shows what the cipher adds; one with padding shows nothing.
        let older: [Sent] = [(20, 1, .initiator), (22, 40, .initiator), (20, 1, .responder), (22, 40, .responder)]
        let association: [Sent] = [(23, 235, .initiator), (23, 214, .responder), (23, 36, .initiator), (23, 92, .initiator)]
        #expect(verdict(older + association, isTLS13: false) == .isDICOM)
        #expect(verdict([(20, 1, .initiator), (22, 64, .initiator)] + association, isTLS13: false) == .isNot)
    }

    /// What was noted, as `c`lient, `s`erver or `b`etween, attribute and value.
    static func lines(_ noted: Set<Noted>) -> Set<String> {
        Set(
            noted.map { noted in
                let party =
                    switch noted.subject {
                    case .host: "c"
                    case .service: "s"
                    default: "b"
                    }
                return "\(party) \(noted.attribute.name)=\(noted.value)"
            })
    }
    static func lines(_ script: Script, sawStart: Bool = true) -> Set<String> {
        Self.lines(Harness.run(script.turns, dissectors: [TLSDissector.self], sawStart: sawStart).noted)
    }
    /// The facts of the certificate that most sessions have.
    static let certificate: Set<String> = [
        "s tls.certificate_subject=C=FR, O=CH de Sainte-Auscultation, CN=pacs.sainte-auscultation.example",
        "s tls.certificate_issuer=C=FR, O=CH de Sainte-Auscultation, CN=Auscultation Test CA",
        "s tls.certificate_name=pacs.sainte-auscultation.example", "s tls.certificate_name=*.imagerie.example",
        "s tls.certificate_name=10.20.1.10", "s tls.certificate_name=2001:db8::10",
        "s tls.certificate_not_before=2023-01-01T00:00:00Z", "s tls.certificate_not_after=2033-01-01T00:00:00Z",
        "s tls.certificate_validity=3653", "s tls.certificate_key=rsa", "s tls.certificate_key_bits=2048", "s tls.certificate_signature=sha256-rsa",
        "s tls.certificate_fingerprint=7b2613d83a32073a79c951c4854964a5e21a6862cb60524666850b1c093e3ed6",
    ]

    // MARK: What is noted

    @Test("TLS 1.3: the hellos, and nothing of what is encrypted")
    func tls13() {
        #expect(
            Self.lines(TLSSessions.tls13) == [
                "c tls.version_offered=TLSv1.3", "c tls.alpn=h2", "c tls.ja3=304734bb1c086c3453b387400cf83f11",
                "c tls.ja4=t13d1812h2_85036bcba153_d41ae481755e", "b tls.server_name=pacs.sainte-auscultation.example",
                "s tls.server_name=pacs.sainte-auscultation.example", "s tls.version=TLSv1.3", "s tls.cipher=TLS_AES_256_GCM_SHA384",
                "s tls.ja3s=15af977ce25de452b96affa2addb1036",
            ])
    }

    @Test("TLS 1.2 with a client certificate, of which nothing is noted")
    func tls12Mutual() {
        let expected = Self.certificate.union([
            "c tls.version_offered=TLSv1.2", "c tls.alpn=http/1.1", "c tls.ja3=104774240db569f8f87b1a28206b25e5",
            "c tls.ja4=t12d1508h1_d68b136fe8d9_e7e480e5a997", "b tls.server_name=pacs.sainte-auscultation.example",
            "s tls.server_name=pacs.sainte-auscultation.example", "s tls.version=TLSv1.2",
            "s tls.cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "s tls.alpn=http/1.1", "s tls.ja3s=895252f3ce80cebf7a8837be83ec8e16",
        ])
        #expect(Self.lines(TLSSessions.tls12Mutual) == expected)
        // The same where the client's bytes are all there is, from any point on.
        for dropped in 0..<TLSSessions.tls12Mutual.turns.count {
            let turns = Array(TLSSessions.tls12Mutual.turns.dropFirst(dropped))
            for side in [nil, Side.initiator, .responder] {
                let part = Script(turns: turns.filter { side == nil || $0.side == side })
                #expect(Self.lines(part, sawStart: dropped == 0).isSubset(of: expected))
            }
        }
    }

    @Test("A resumed session shows no certificate")
    func resumed() {
        #expect(
            Self.lines(TLSSessions.tls12Resumed) == [
                "c tls.version_offered=TLSv1.2", "c tls.ja3=c2fada0c38351ecf7ad153f3ff035ac7",
                "c tls.ja4=t12d150800_d68b136fe8d9_8932e62835fd", "b tls.server_name=pacs.sainte-auscultation.example",
                "s tls.server_name=pacs.sainte-auscultation.example", "s tls.version=TLSv1.2",
                "s tls.cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "s tls.ja3s=fd4bc6cea4877646ccd62f0792ec0b62",
            ])
    }

    @Test("TLS 1.0 with weak suites on offer")
    func tls10() {
        #expect(
            Self.lines(TLSSessions.tls10)
                == Self.certificate.union([
                    "c tls.version_offered=TLSv1.0", "c tls.cipher_offered_weak=null", "c tls.cipher_offered_weak=anonymous",
                    "c tls.ja3=b676213ab10075b53b68962fbf3c5984", "c tls.ja4=t10i280500_a9850205cb0f_195413a0cc0f", "s tls.version=TLSv1.0",
                    "s tls.cipher=TLS_RSA_WITH_AES_128_CBC_SHA", "s tls.ja3s=448408f04b4601c7c5f6ebfed4371d37",
                ]))
    }

    @Test("HelloRetryRequest is no ServerHello: the fingerprint is that of the second answer")
    func retry() {
        #expect(
            Self.lines(TLSSessions.retry) == [
                "c tls.version_offered=TLSv1.3", "c tls.ja3=93c7d42c0df602fb91589311534831f5",
                "c tls.ja4=t13d181100_85036bcba153_d41ae481755e", "b tls.server_name=pacs.sainte-auscultation.example",
                "s tls.server_name=pacs.sainte-auscultation.example", "s tls.version=TLSv1.3", "s tls.cipher=TLS_AES_256_GCM_SHA384",
                "s tls.ja3s=15af977ce25de452b96affa2addb1036",
            ])
        // Only the request: version and suite are final, the fingerprint is not.
        let request = Self.lines(Script(turns: Array(TLSSessions.retry.turns.prefix(2))))
        #expect(request.contains("s tls.version=TLSv1.3") && !request.contains { $0.contains("ja3s") })
    }

    @Test("Fatal alerts in clear, of the server and of the client")
    func alerts() {
        #expect(Self.lines(TLSSessions.refused).contains("s tls.alert=protocol_version"))
        #expect(!Self.lines(TLSSessions.refused).contains { $0.hasPrefix("s tls.version=") })
        #expect(Self.lines(TLSSessions.distrusted).contains("c tls.alert=unknown_ca"))
        // A warning is none.
        let warning = Script((.initiator, TLSSessions.refused.turns[0].bytes), (.responder, [21, 3, 3, 0, 2, 1, 112]))
        #expect(!Self.lines(warning).contains { $0.contains("tls.alert") })
    }

    @Test("A suite without encryption, and a large certificate over many small records")
    func oddSessions() {
        let null = Self.lines(TLSSessions.nullCipher)
        #expect(null.contains("s tls.cipher=TLS_RSA_WITH_NULL_SHA256") && null.contains("c tls.cipher_offered_weak=null"))
        let small = Self.lines(TLSSessions.smallRecords)
        #expect(small.contains("s tls.certificate_fingerprint=d46d93f19c2a9fcd0667674bb051063e9858f2711a7473dbf7eb668ee6624e72"))
        #expect(small.contains("s tls.certificate_self_signed=1") && small.contains("s tls.certificate_key_bits=256"))
        #expect(small.count { $0.hasPrefix("s tls.certificate_name=") } == 16)
    }

    @Test("An expired certificate, by the time of the frame")
    func expired() {
        let session = Script(
            (.initiator, TLSSessions.refused.turns[0].bytes), (.responder, Self.serverFlight(certificates: [Certificates.odd])))
        let lines = Self.lines(session)
        // The harness lives on 2023-11-14T22:13:20Z; the certificate ended on 2023-11-10T00:00:00Z.
        #expect(lines.contains("s tls.certificate_expired=5"))
        #expect(lines.contains("s tls.certificate_key_bits=1024"))
        #expect(!Self.lines(TLSSessions.tls10).contains { $0.contains("certificate_expired") })
    }

    @Test("Of a long chain the first certificate is read and the rest passed over")
    func longChain() {
        let chain = [Certificates.server] + [[UInt8]](repeating: Certificates.many, count: 13)
        let flight = Self.serverFlight(certificates: chain) + [21, 3, 3, 0, 2, 2, 40]
        #expect(flight.count > 60_000)
        let script = Script((.initiator, TLSSessions.refused.turns[0].bytes), (.responder, flight))
        let lines = Self.lines(script)
        #expect(lines.isSuperset(of: Self.certificate))
        #expect(!lines.contains("s tls.certificate_key=ec"))
        // What follows the chain is read.
        #expect(lines.contains("s tls.alert=handshake_failure"))
        Harness.checkPrefixes(script, TLSDissector.self)
    }

    @Test("A client certificate is not the server's, whichever side opened the connection")
    func reversedRoles() {
        // FTP in active mode: the server of the connection is the client of TLS.
        let session = Script(
            turns: TLSSessions.tls12Mutual.turns.map { Script.Turn(side: $0.side.other, bytes: $0.bytes) })
        let lines = Self.lines(session)
        #expect(lines.contains("c tls.certificate_key=rsa") && lines.contains("s tls.ja3=104774240db569f8f87b1a28206b25e5"))
        #expect(!lines.contains { $0.contains("CANARY") })
        // Where the handshake of TCP was not seen, the hellos tell the roles.
        #expect(Self.lines(session, sawStart: false).isSuperset(of: Self.certificate))
    }

    @Test("SSL 3")
    func ssl3Session() {
        let lines = Self.lines(Self.ssl3)
        #expect(lines.contains("c tls.version_offered=SSLv3") && lines.contains("s tls.version=SSLv3"))
        #expect(lines.isSuperset(of: Self.certificate))
    }

    @Test("SSL 2, and its hello with a later version in it")
    func ssl2Session() {
        let lines = Self.lines(Self.ssl2)
        #expect(
            lines.isSuperset(of: [
                "c tls.version_offered=SSLv2", "c tls.cipher_offered_weak=rc4", "c tls.cipher_offered_weak=export",
                "c tls.cipher_offered_weak=des", "c tls.cipher_offered_weak=3des", "s tls.version=SSLv2",
            ]))
        #expect(lines.isSuperset(of: Self.certificate))
        #expect(!lines.contains { $0.contains("ja") })
        let compatible = Self.lines(Self.ssl2Compatible)
        #expect(compatible.contains("c tls.version_offered=TLSv1.0") && compatible.contains("s tls.version=TLSv1.0"))
        #expect(compatible.isSuperset(of: Self.certificate))
    }

    @Test("Drafts of TLS 1.3")
    func drafts() throws {
        let draft = try ServerHello(Self.bytes("7f12" + String(repeating: "11", count: 32) + "1301" + "0000"))
        #expect(draft.version == .tls13 && draft.suite == 0x1301 && draft.isWhole)
        let older = try ServerHello(Self.bytes("0304" + String(repeating: "11", count: 32) + "c02b" + "0000"))
        #expect(older.version == .tls13 && older.suite == 0xC02B && older.isWhole)
        let selected = "0303" + String(repeating: "11", count: 32) + "00" + "1302" + "00" + "0006" + "002b00027f1c"
        #expect(try ServerHello(Self.bytes(selected)).version == .tls13)
        #expect(TLSVersion(wire: 0xFB1A) == .tls13 && TLSVersion(wire: 0x0305) == nil && TLSVersion(wire: 0x4A4A) == nil)
    }

    @Test("The version of TLS 1.1 and older shows in mid-stream")
    func legacyMidStream() {
        #expect(Self.lines(Script(turns: Array(TLSSessions.tls10.turns.dropFirst(4))), sawStart: false) == ["s tls.version=TLSv1.0"])
        #expect(Self.lines(Script(turns: Array(TLSSessions.tls13.turns.dropFirst(4))), sawStart: false) == [])
    }

    @Test("A loss in the certificate loses the certificate only")
    func loss() {
        let server = TLSSessions.tls12Mutual.turns[1].bytes
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [TLSDissector.self])
        let hello = TLSSessions.tls12Mutual.turns[0].bytes
        dissection.deliver(hello.rawSpan, from: .initiator, &context)
        let beginning = Array(server[..<500])
        dissection.deliver(beginning.rawSpan, from: .responder, &context)
        dissection.lose(700, from: .responder, &context)
        // The rest of the flight up to ServerHelloDone, in segments that begin nowhere and at a record, and an alert.
        for segment in [Array(server[1200..<1904]), Array(server[1904...]), [21, 3, 3, 0, 2, 2, 40]] {
            dissection.deliver(segment.rawSpan, from: .responder, &context)
        }
        let noted = Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
        let lines = Self.lines(noted)
        #expect(lines.contains("s tls.version=TLSv1.2") && !lines.contains { $0.contains("certificate") })
        #expect(lines.contains("s tls.alert=handshake_failure"))
    }

    // MARK: Fingerprints

    @Test("JA4 of the example in its definition")
    func ja4Example() throws {
        let hello = try ClientHello(
            Self.clientHello(
                version: 0x0303,
                suites: [
                    0x8A8A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035,
                ],
                extensions: [
                    (0x2A2A, ""), (0x001B, ""), (0x0000, "000e00000b6578616d706c652e6f7267"), (0x0033, ""),
                    (0x0010, "000c02683208687474702f312e31"), (0x4469, ""), (0x0017, ""), (0x002D, ""),
                    (0x000D, "00100403080404010503080505010806" + "0601"), (0x0005, ""), (0x0023, ""), (0x0012, ""),
                    (0x002B, "06" + "3a3a" + "0304" + "0303"), (0xFF01, ""), (0x000B, "0100"), (0x000A, "0008" + "caca" + "001d00170018"),
                    (0x0015, ""), (0x6A6A, ""),
                ]
            ))
        #expect(JA4.fingerprint(hello) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
        #expect(hello.version == .tls13)
        #expect(String(decoding: hello.serverName, as: UTF8.self) == "example.org")
    }

    @Test("JA4: the ends of the first protocol, unknown versions, empty lists")
    func ja4Ends() throws {
        func fingerprint(_ version: UInt16, _ suites: [UInt16], _ extensions: [(UInt16, String)]) throws -> String {
            JA4.fingerprint(try ClientHello(Self.clientHello(version: version, suites: suites, extensions: extensions)))
        }
        #expect(try fingerprint(0x0300, [], []) == "ts3i000000_000000000000_000000000000")
        #expect(try fingerprint(0x0305, [0x0A0A], [(0, ""), (16, "")]) == "t00d000200_000000000000_000000000000")
        for (name, ends) in [
            ("ab", "ab"), ("abcd", "ad"), ("30ab", "3b"), ("3031abcd", "3d"), ("30abcd31", "01"), ("68", "hh"), ("6832", "h2"),
        ] {
            let count = name.count / 2
            let alpn = "00" + hexadecimal([UInt8(count + 1)]) + hexadecimal([UInt8(count)]) + name
            #expect(try fingerprint(0x0303, [0x002F], [(16, alpn)]).hasPrefix("t12i0101\(ends)_"))
        }
    }

    @Test("JA3 of the examples in its definition, and JA3S")
    func ja3Examples() throws {
        let hello = try ClientHello(
            Self.clientHello(
                version: 769, suites: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
                extensions: [(0, ""), (10, "0006001700180019"), (11, "0100")]
            ))
        #expect(JA3.fingerprint(hello) == "ada70206e40642a3e4461f35503241d5")
        let old = try ClientHello(
            Self.clientHello(version: 769, suites: [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], extensions: nil))
        #expect(JA3.fingerprint(old) == "de350869b8c85de67a350c8d186f11e6")
        #expect(old.weaknesses.names == ["export", "rc4", "des", "3des"])
        let server = try ServerHello(
            Self.bytes("0301" + String(repeating: "22", count: 32) + "00" + "002f" + "00" + "0018" + "ff010000" + "00000000" + "000b0000" + "00230000" + "00050000" + "00100000").rawSpan)
        // MD5 of 769,47,65281-0-11-35-5-16
        #expect(JA3.fingerprint(server) == "836ce314215654b5b1f85f97c73e506f")
    }

    @Test("A hello that was cut has no fingerprint")
    func cutHello() throws {
        let whole = Self.clientHello(version: 0x0303, suites: [0x002F], extensions: [(10, "0002001d"), (11, "0100")])
        for count in 0..<whole.count {
            // Without the length of extensions it is a whole old hello.
            if let hello = try? ClientHello(Array(whole[..<count])), count != 41 { #expect(!hello.isWhole) }
        }
        #expect(try ClientHello(whole).isWhole)
    }

    @Test("Names and weaknesses of cipher suites")
    func suites() {
        #expect(CipherSuite(0x1301).name == "TLS_AES_128_GCM_SHA256")
        #expect(CipherSuite(0xCCA9).name == "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
        #expect(CipherSuite(0xC0AE).name == "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")
        #expect(CipherSuite(0xABCD).name == "0xabcd")
        #expect(CipherSuite(0x0003).weaknesses == [.export, .rc4])
        #expect(CipherSuite(0x0008).weaknesses == [.export, .des])
        #expect(CipherSuite(0x000A).weaknesses == .tripleDES)
        #expect(CipherSuite(0x0019).weaknesses == [.export, .anonymous, .des])
        #expect(CipherSuite(0xC010).weaknesses == .null)
        #expect(CipherSuite(0xC0B4).weaknesses == .null)
        #expect(CipherSuite(0xC018).weaknesses == .anonymous)
        #expect(CipherSuite(0xC02F).weaknesses == [] && CipherSuite(0x00FF).weaknesses == [])
        #expect(CipherSuite.weaknesses(ofSSL2: 0x0200_80) == [.rc4, .export])
        #expect(CipherSuite.weaknesses(ofSSL2: 0x0000_05) == .rc4)
        #expect(CipherSuite.names.count > 360)
        #expect([0x0A0A, 0x1A1A, 0xFAFA].allSatisfy(isGREASE) && ![0x0A1A, 0x1301, 0x0A0B].contains(where: isGREASE))
    }

    // MARK: Properties

    @Test("Any split, any prefix, one direction, mutations", arguments: Self.all.indices)
    func properties(_ index: Int) {
        let script = Self.all[index]
        Harness.checkSplits(script, TLSDissector.self)
        Harness.checkPrefixes(script, TLSDissector.self)
        Harness.checkOneDirection(script, TLSDissector.self)
        Harness.checkMutations(script, TLSDissector.self, seed: UInt64(index))
    }

    @Test("Recognised from any turn on, where the beginning was not seen")
    func midStream() {
        for script in [TLSSessions.tls13, TLSSessions.tls12Mutual, TLSSessions.tls10, TLSSessions.smallRecords] {
            for dropped in 1..<script.turns.count { Harness.checkMidStream(script, dropping: dropped, TLSDissector.self) }
        }
    }

    @Test("Hellos in records of any size")
    func tinyRecords() {
        for size in [1, 2, 3, 4, 5, 6, 7, 9, 40, 100] {
            let script = Script(
                turns: TLSSessions.tls12Mutual.turns.prefix(2).map {
                    Script.Turn(side: $0.side, bytes: Self.refragment($0.bytes, size: size))
                })
            #expect(Self.lines(script).isSuperset(of: Self.certificate), "records of \(size)")
            #expect(Self.lines(script).contains("c tls.ja3=104774240db569f8f87b1a28206b25e5"))
            Harness.checkOneDirection(script, TLSDissector.self)
        }
    }

    @Test("Other protocols are refused, at once where they can be")
    func negativeProbes() {
        let others: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), Array("220 ready\r\n".utf8),
            [0x03, 0x00, 0x00, 0x13, 0x0E, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0],
            [0x01, 0x00, 0x00, 0x00, 0x00, 0xCD, 0x00, 0x01, 0x00, 0x00], [0x0B] + Array("MSH|^~\\&|A|B\r".utf8),
            Array("RFB 003.008\n".utf8), [0xFF, 0xFD, 0x18], [0x00, 0x00, 0x00, 0x85, 0xFF] + Array("SMB".utf8),
            // Encrypted from the first byte; a record of no type; a version of no TLS; a hello too short; DTLS.
            [0x16, 0x03, 0x01, 0x00, 0x40, 0xC3, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55], [0x19, 0x03, 0x03, 0x00, 0x10, 0x01],
            [0x16, 0x03, 0x05, 0x00, 0x40, 0x01], [0x16, 0x03, 0x01, 0x00, 0x08, 0x01, 0x00, 0x00, 0x04, 0x03, 0x01],
            [0x16, 0xFE, 0xFF, 0x00, 0x00, 0x00, 0x00], [0x17, 0x03, 0x03, 0x00, 0x20, 0x01], [0x80, 0x2E, 0x01, 0x00, 0x02, 0x00, 0x14, 0, 0, 0, 0x10],
        ]
        for bytes in others {
            for role in [nil, Role.client, .server] {
                let start = ProbeContext(transport: .tcp, side: .initiator, role: role, isStart: true)
                let middle = ProbeContext(transport: .tcp, side: .initiator, role: role, isStart: false)
                #expect(probe(bytes, start) == .no, "\(hexadecimal(bytes))")
                #expect(probe(bytes, middle) == .no, "\(hexadecimal(bytes))")
            }
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            var bytes = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            bytes[0] = [20, 21, 22, 23, 24, 0x80][Int.random(in: 0..<6, using: &generator)]
            bytes[1] = 3
            for isStart in [true, false] {
                let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
                #expect(probe(bytes, context) == .no)
            }
        }
    }

    @Test("Every prefix of the first bytes leaves the question open or answers yes")
    func probePrefixes() {
        for script in Self.all {
            for turn in [script.turns.first { $0.side == .initiator }, script.turns.first { $0.side == .responder }] {
                guard let turn else { continue }
                for count in 0..<min(turn.bytes.count, 60) {
                    let context = ProbeContext(transport: .tcp, side: turn.side, role: nil, isStart: true)
                    #expect(probe(Array(turn.bytes[..<count]), context) != .no, "prefix of \(count)")
                }
            }
        }
    }

    @Test("A server name that is no name is not noted")
    func serverName() {
        let name = Self.bytes("000d00000a") + Array("a<b>\u{1B}[31m".utf8)
        let hello = Self.clientHello(version: 0x0303, suites: [0x002F], extensions: [(0, hexadecimal(name))])
        let script = Script((.initiator, Self.record(Self.message(1, hello))))
        #expect(!Self.lines(script).contains { $0.contains("server_name") })
        #expect(Self.lines(script).contains { $0.contains("tls.ja3=") })
    }

    // MARK: Building

    static func bytes(_ hexadecimal: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = hexadecimal[...]
        while rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
    static func u16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
    static func u24(_ value: Int) -> [UInt8] { [UInt8(value >> 16 & 0xFF)] + Self.u16(value) }

    static func clientHello(version: UInt16, suites: [UInt16], extensions: [(UInt16, String)]?) -> [UInt8] {
        var body = Self.u16(Int(version)) + [UInt8](repeating: 0x5A, count: 32) + [0]
        body += Self.u16(suites.count * 2) + suites.flatMap { Self.u16(Int($0)) } + [1, 0]
        guard let extensions else { return body }
        let list = extensions.flatMap { type, contents in
            Self.u16(Int(type)) + Self.u16(contents.count / 2) + Self.bytes(contents)
        }
        return body + Self.u16(list.count) + list
    }
    static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { [type] + Self.u24(body.count) + body }
    static func record(_ message: [UInt8], version: UInt8 = 3) -> [UInt8] { [22, 3, version] + Self.u16(message.count) + message }

    /// A ServerHello of TLS 1.2 and a chain, in records of 16 KiB.
    static func serverFlight(certificates: [[UInt8]]) -> [UInt8] {
        let hello = [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0xC0, 0x2F, 0]
        let chain = certificates.flatMap { Self.u24($0.count) + $0 }
        return Self.refragment(
            Self.record(Self.message(2, hello)), size: 16384, adding: Self.message(11, Self.u24(chain.count) + chain) + Self.message(14, []))
    }

    /// The handshake messages of leading records, cut into records of another size; what follows them stays as it is.
    static func refragment(_ bytes: [UInt8], size: Int, adding more: [UInt8] = []) -> [UInt8] {
        var handshake: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= 5, rest[rest.startIndex] == 22 {
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            handshake += rest.dropFirst(5).prefix(length)
            rest = rest.dropFirst(5 + length)
        }
        handshake += more
        var records: [UInt8] = []
        var left = handshake[...]
        while !left.isEmpty {
            records += Self.record(Array(left.prefix(size)))
            left = left.dropFirst(size)
        }
        return records + rest
    }

    /// The session of TLS 1.0 with SSL 3 in its place: the messages are the same, the version is another.
    static let ssl3 = Script(
        turns: TLSSessions.tls10.turns.prefix(4).enumerated().map { index, turn in
            var bytes = turn.bytes
            var offset = 0
            while offset + 5 <= bytes.count {
                bytes[offset + 2] = 0
                if index < 2, offset == 0 { bytes[offset + 10] = 0 }
                offset += 5 + Int(bytes[offset + 3]) << 8 + Int(bytes[offset + 4])
            }
            return Script.Turn(side: turn.side, bytes: bytes)
        })

    /// The hellos of SSL 2 as its draft has them.
    static let ssl2: Script = {
        let suites: [UInt8] = [1, 0, 0x80, 2, 0, 0x80, 4, 0, 0x80, 6, 0, 0x40, 7, 0, 0xC0]
        let client = [1, 0, 2, 0, UInt8(suites.count), 0, 0, 0, 16] + suites + [UInt8](repeating: 9, count: 16)
        let certificate = Certificates.server
        let server =
            [4, 0, 1, 0, 2] + Self.u16(certificate.count) + [0, 3, 0, 16] + certificate + [1, 0, 0x80] + [UInt8](repeating: 8, count: 16)
        func record(_ body: [UInt8]) -> [UInt8] { Self.u16(body.count | 0x8000) + body }
        let masterKey = [UInt8](repeating: 0x33, count: 138)
        return Script((.initiator, record(client)), (.responder, record(server)), (.initiator, record([2, 1, 0, 0x80, 0, 0, 0, 128, 0, 0] + masterKey)))
    }()

    /// A hello of SSL 2 that offers TLS 1.0, and the answer in TLS 1.0.
    static let ssl2Compatible: Script = {
        let suites: [UInt8] = [0, 0, 0x2F, 0, 0, 0x05, 1, 0, 0x80]
        let client = [1, 3, 1, 0, UInt8(suites.count), 0, 0, 0, 16] + suites + [UInt8](repeating: 9, count: 16)
        return Script(
            turns: [Script.client(Self.u16(client.count | 0x8000) + client)] + TLSSessions.tls10.turns[1..<4])
    }()
}

private func probe(_ bytes: [UInt8], _ context: ProbeContext) -> Probe { TLSDissector.probe(bytes.rawSpan, context) }

extension ClientHello {
    fileprivate init(_ bytes: [UInt8]) throws(Truncated) { try self.init(bytes.rawSpan) }
}

extension ServerHello {
    fileprivate init(_ bytes: [UInt8]) throws(Truncated) { try self.init(bytes.rawSpan) }
}

/// What is weak, by the bytes of programs that still have it.
@Suite("TLS weaknesses") struct TLSWeaknessTests {
    /// Each weakness of an OpenSSL that still has them all, by what the server chose.
    @Test func weaknesses() throws {
        let lines = try RecordedConversation.load("tls-weak-suites").map { TLSTests.lines($0) }
        let expected = [
            "s tls.version=SSLv2", "s tls.version=SSLv3", "s tls.cipher=TLS_RSA_WITH_NULL_SHA256", "s tls.cipher=TLS_RSA_EXPORT_WITH_RC4_40_MD5",
            "s tls.cipher=TLS_DH_anon_WITH_AES_128_CBC_SHA256", "s tls.cipher=TLS_RSA_WITH_RC4_128_SHA", "s tls.cipher=TLS_RSA_WITH_DES_CBC_SHA",
            "s tls.cipher=TLS_RSA_WITH_3DES_EDE_CBC_SHA", "s tls.cipher=TLS_RSA_WITH_AES_256_GCM_SHA384", "s tls.compression=deflate",
        ]
        #expect(lines.count == expected.count)
        for (noted, line) in zip(lines, expected) { #expect(noted.contains(line), "\(line)") }
        #expect(lines.filter { $0.contains("s tls.compression=deflate") }.count == 1)
        // OpenSSL 1.0.2 has heartbeats and renegotiates securely.
        #expect(lines.last?.contains("s tls.heartbeat=1") == true)
        #expect(!lines.contains { $0.contains("s tls.renegotiation=insecure") && $0.contains("s tls.version=TLSv1.2") })
    }

    @Test func wrongHost() throws {
        let lines = try RecordedConversation.load("tls-wrong-host").map { TLSTests.lines($0) }
        #expect(lines.map { $0.contains("s tls.certificate_mismatch=1") } == [true, false, true])
        #expect(lines.last?.contains("s tls.certificate_validity=3652") == true)
        #expect(lines.last?.contains { $0.contains("Internet Widgits Pty Ltd") } == true)
    }

    /// A ServerHello without the answer to the client's indication.
    @Test func insecureRenegotiation() throws {
        let hello = try #require(try RecordedConversation.load("tls-weak-suites").dropFirst(8).first)
        let client = try #require(hello.turns.first { $0.side == .initiator })
        let random = [UInt8](repeating: 7, count: 32)
        let body: [UInt8] = [3, 3] + random + [0, 0x00, 0x9D, 0]
        let record = [0x16, 3, 3] + Octets.u16(body.count + 4) + [2, 0] + Octets.u16(body.count) + body
        #expect(TLSTests.lines(Script(turns: [client, Script.server(record)])).contains("s tls.renegotiation=insecure"))
        // One direction alone proves nothing.
        #expect(!TLSTests.lines(Script(turns: [Script.server(record)])).contains("s tls.renegotiation=insecure"))
    }
}
