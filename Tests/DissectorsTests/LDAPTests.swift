import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("LDAP") struct LDAPTests {
    // Recorded from OpenLDAP 2.5 (slapd, ldapsearch) and from a Samba domain controller; the recipe is Tests/Captures/recipes/directory.py.

    static func service(_ attribute: Attribute, _ value: Value) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: value) }
    static func host(_ address: IPAddress, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: .host(HostKey(address, in: .none)), attribute: attribute, value: .text(text))
    }
    static let clientHost = Harness.client.address
    static let serverHost = Harness.server.address
    static let netlogonQuery = Octets.hex(
        """
        3042020300f725633b04000a01000a0100020100020100010100a01ca30d04054e74566572040406000000a30b0403414143040400000000300a04084e65
        744c6f676f6e
        """)
    static let netlogonAnswer = Octets.hex(
        """
        308189020300f7256481810400307d307b04086e65746c6f676f6e316f046d17000000fd130000adc1268d2f507a42a1d7855965a0fd290b7361696e7465
        2d61757363076578616d706c6500c0180464633031c0180b5341494e54452d4155534300044443303100001744656661756c742d46697273742d53697465
        2d4e616d6500c04a05000000ffffffff300e020300f72565070a010004000400
        """)

    static func texts(_ noted: Set<Noted>, _ attribute: Attribute) -> Set<String> {
        Set(noted.compactMap { noted in if noted.attribute == attribute, case .text(let text) = noted.value { text } else { nil } })
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [LDAPDissector.self]).noted }
    static func recorded(_ index: Int) throws -> Script { try #require(try RecordedConversation.load("ldap-openldap").dropFirst(index).first) }

    @Test func describesItself() throws {
        let noted = Self.run(try Self.recorded(0))
        #expect(Self.texts(noted, .ldapObjectClass) == ["top", "OpenLDAProotDSE"])
        #expect(Self.texts(noted, .ldapSASLOffered).isSuperset(of: ["DIGEST-MD5", "GSSAPI"]))
        #expect(Self.texts(noted, .ldapBindAccepted) == ["anonymous"])
        // What the directory says of itself everybody may read.
        #expect(!noted.contains { $0.attribute == .ldapAnonymousRead })
    }

    @Test func entriesWithoutLogin() throws {
        #expect(Self.run(try Self.recorded(1)).contains(Self.service(.ldapAnonymousRead, .number(1))))
    }

    @Test func simpleLogins() throws {
        let accepted = Self.run(try Self.recorded(2))
        #expect(Self.texts(accepted, .loginClear) == ["ldap-simple"])
        #expect(Self.texts(accepted, .loginAccepted) == ["ldap-simple"])
        #expect(!accepted.contains { $0.attribute == .ldapAnonymousRead })
        let refused = Self.run(try Self.recorded(3))
        #expect(Self.texts(refused, .loginClear) == ["ldap-simple"])
        #expect(Self.texts(refused, .loginAccepted).isEmpty)
    }

    /// What stands in the place of a mechanism and is not written like one may be anything.
    @Test func mechanismsAreCheckedForTheirLetters() {
        let head = Octets.hex("30180201016013020103" + "0400" + "a30c040a")
        #expect(Self.texts(Self.run(Script((.initiator, head + Octets.text("DIGEST-MD5")))), .ldapBind) == ["sasl/DIGEST-MD5"])
        #expect(Self.run(Script((.initiator, head + Octets.text("canaryuser")))).isEmpty)
    }

    @Test func protectionOfSASL() throws {
        #expect(Self.run(try Self.recorded(4)).contains(Self.service(.ldapProtection, .text("none"))))
        #expect(Self.run(try Self.recorded(5)).contains(Self.service(.ldapProtection, .text("sasl"))))
    }

    @Test func startTLS() throws {
        #expect(Self.run(try Self.recorded(6)) == [Self.service(.serviceUpgraded, .text("tls"))])
    }

    @Test func domainController() throws {
        let scripts = try RecordedConversation.load("ad-controller")
        let noted = scripts.reduce(into: Set<Noted>()) { $0.formUnion(Self.run($1)) }
        #expect(Self.texts(noted, .ldapDNSName) == ["dc01.sainte-ausc.example"])
        #expect(Self.texts(noted, .ldapDomain) == ["sainte-ausc.example"])
        #expect(Self.texts(noted, .ldapFunctionality) == ["controller/4", "domain/4", "forest/4"])
        #expect(Self.texts(noted, .ldapCapability).contains("1.2.840.113556.1.4.800"))
    }

    @Test func searchForAController() {
        let run = Harness.run(
            datagrams: [Script.client(Self.netlogonQuery), Script.server(Self.netlogonAnswer)], CLDAPDissector.self, serverPort: 40_000)
        #expect(run.verdicts == [.more, .more])
        #expect(Self.texts(run.noted, .ldapDNSName) == ["dc01.sainte-ausc.example"])
        #expect(Self.texts(run.noted, .ldapSite) == ["default-first-site-name"])
        #expect(
            Self.texts(run.noted, .ldapController)
                == ["pdc", "global-catalogue", "ldap", "directory-service", "kdc", "time-server", "writable"])
        let cut = Harness.run(datagrams: [Script.server(Array(Self.netlogonAnswer.dropLast()))], CLDAPDissector.self, serverPort: 389)
        #expect(cut.noted.isEmpty || cut.verdicts == [.more])
        for count in 0..<40 {
            let part = Harness.run(datagrams: [Script.server(Array(Self.netlogonAnswer.prefix(count)))], CLDAPDissector.self, serverPort: 389)
            #expect(part.verdicts == [.no])
        }
    }

    @Test(arguments: 0..<7) func properties(_ index: Int) throws {
        let script = try Self.recorded(index)
        Harness.checkSplits(script, LDAPDissector.self)
        Harness.checkPrefixes(script, LDAPDissector.self)
        Harness.checkMutations(script, LDAPDissector.self, rounds: 150)
        Harness.checkOneDirection(script, LDAPDissector.self)
        #expect(!Self.run(script).contains { $0.description.lowercased().contains("canary") })
    }

    @Test func midStream() throws {
        let noted = Harness.checkMidStream(try Self.recorded(1), dropping: 2, LDAPDissector.self)
        // Who logged in before is not known.
        #expect(!noted.contains { $0.attribute == .ldapAnonymousRead })
    }

    @Test(arguments: [true, false]) func refusesOthers(isStart: Bool) {
        for (name, bytes) in Foreign.client where name != "ldap" {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            #expect(LDAPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        for (name, bytes) in Foreign.server where name != "ldap" {
            let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
            #expect(LDAPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<96).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(LDAPDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)) != .yes)
        }
    }
}
