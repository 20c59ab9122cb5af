import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("VNC") struct VNCTests {
    // Messages recorded from TigerVNC 1.12 and vncdotool 1.4; version 3.3, Apple's and VeNCrypt are written after their descriptions.
    static let version = Octets.text("RFB 003.008\n")
    static let initialisation = Octets.hex("00a0007810100001001f003f001f0b05000000000000000f") + Octets.text("moniteur-rea-04")
    static let challenge = Octets.hex("2ccef1bbb2e940ae795cdc29449d3a88")
    static let response = Octets.hex("69148dd17ee52b3ba41beee69c4ac153")
    static let success = Octets.zeros(4)

    static let withoutAuthentication = Script(
        (.responder, version), (.initiator, version), (.responder, [1, 1]), (.initiator, [1]), (.responder, success),
        (.initiator, [1]),
        (.responder, initialisation), (.initiator, Octets.hex("02000004000000 00ffffff21ffffff20fffffefe")))
    static let withPassword = Script(
        (.responder, version), (.initiator, version), (.responder, [2, 2, 16]), (.initiator, [2]), (.responder, challenge),
        (.initiator, response), (.responder, success), (.initiator, [1]), (.responder, initialisation))
    static let version33 = Script(
        (.responder, Octets.text("RFB 003.003\n")), (.initiator, Octets.text("RFB 003.003\n")),
        (.responder, Octets.u32(2) + challenge),
        (.initiator, response), (.responder, success), (.initiator, [1]), (.responder, initialisation))
    static let apple = Script(
        (.responder, Octets.text("RFB 003.889\n")), (.initiator, Octets.text("RFB 003.889\n")), (.responder, [2, 30, 35]),
        (.initiator, [30]),
        (.responder, Octets.zeros(40)), (.initiator, Octets.zeros(40)))
    static let veNCrypt = Script(
        (.responder, version), (.initiator, version), (.responder, [2, 19, 2]), (.initiator, [19]), (.responder, [0, 2]),
        (.initiator, [0, 2]),
        (.responder, [0]), (.responder, [3] + Octets.u32(260) + Octets.u32(258) + Octets.u32(256)), (.initiator, Octets.u32(260)),
        (.responder, [1]),
        (.initiator, Octets.hex("1603010125010001210303")), (.responder, Octets.hex("160303007a0200007603")))

    static func texts(_ attribute: Attribute, _ noted: Set<Noted>, _ subject: Subject = Harness.serverSubject) -> Set<String> {
        Set(noted.filter { $0.subject == subject && $0.attribute == attribute }.map(\.value.description))
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [VNCDissector.self]).noted }

    @Test func noAuthentication() {
        let noted = Self.run(Self.withoutAuthentication)
        #expect(Self.texts(.vncVersion, noted) == ["003.008"])
        #expect(Self.texts(.vncVersion, noted, Harness.clientSubject) == ["003.008"])
        #expect(Self.texts(.vncSecurityOffered, noted) == ["none"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["none"])
        #expect(Self.texts(.vncDesktopName, noted) == ["moniteur-rea-04"])
        #expect(noted.count == 5)
    }

    @Test func password() {
        let noted = Self.run(Self.withPassword)
        #expect(Self.texts(.vncSecurityOffered, noted) == ["vnc", "tight"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["vnc"])
        #expect(Self.texts(.vncDesktopName, noted) == ["moniteur-rea-04"])
        #expect(Self.texts(.loginClear, noted).isEmpty)
        // A refused password: SecurityResult 1.
        var turns = Self.withPassword.turns
        turns[6] = Script.server(Octets.u32(1))
        #expect(Self.texts(.vncDesktopName, Self.run(Script(turns: turns))).isEmpty)
    }

    @Test func oldVersion() {
        let noted = Self.run(Self.version33)
        #expect(Self.texts(.vncVersion, noted) == ["003.003"])
        #expect(Self.texts(.vncSecurityOffered, noted) == ["vnc"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["vnc"])
        #expect(Self.texts(.vncDesktopName, noted) == ["moniteur-rea-04"])
    }

    @Test func appleRemoteDesktop() {
        let noted = Self.run(Self.apple)
        #expect(Self.texts(.vncVersion, noted) == ["003.889"])
        #expect(Self.texts(.vncSecurityOffered, noted) == ["apple-dh", "35"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["apple-dh"])
    }

    @Test func subtypesOfVeNCrypt() {
        let noted = Self.run(Self.veNCrypt)
        #expect(
            Self.texts(.vncSecurityOffered, noted) == [
                "vencrypt", "vnc", "vencrypt-x509-none", "vencrypt-tls-vnc", "vencrypt-plain",
            ])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["vencrypt", "vencrypt-x509-none"])
        #expect(Self.texts(.serviceUpgraded, noted) == ["tls"])
        #expect(Self.texts(.loginClear, noted).isEmpty)
        // The sub-type without encryption.
        var turns = Self.veNCrypt.turns
        turns[8] = Script.client(Octets.u32(256) + Octets.u32(10) + Octets.u32(9) + Octets.text("canaryuserCanaryPwd"))
        let plain = Self.run(Script(turns: turns))
        #expect(Self.texts(.loginClear, plain) == ["vnc-plain"])
        #expect(!plain.contains { $0.description.lowercased().contains("canary") })
    }

    /// TightVNC on both sides: its security type, without tunnels and with the original authentication inside.
    @Test func tight() throws {
        let script = try #require(try RecordedConversation.load("vnc-tight").first)
        let noted = Self.run(script)
        #expect(Self.texts(.vncSecurityOffered, noted) == ["tight", "vnc"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["tight", "vnc"])
        // "root's echographe-07 desktop" begins with a person.
        #expect(Self.texts(.vncDesktopName, noted).isEmpty)
        #expect(Self.texts(.loginClear, noted).isEmpty)
        Harness.checkSplits(script, VNCDissector.self)
        Harness.checkPrefixes(script, VNCDissector.self)
        Harness.checkOneDirection(script, VNCDissector.self)
        Harness.checkMutations(script, VNCDissector.self)
    }

    /// With tunnels, with a login of the operating system, and without any authentication.
    @Test func tightCapabilities() {
        func capability(_ code: Int) -> [UInt8] { Octets.u32(code) + Octets.text("STDVVNCAUTH_") }
        let tunnels = Octets.u32(1) + capability(0)
        let login = Script(
            (.responder, Self.version), (.initiator, Self.version), (.responder, [1, 16]), (.initiator, [16]),
            (.responder, tunnels), (.initiator, Octets.u32(0)), (.responder, Octets.u32(2) + capability(129) + capability(2)), (.initiator, Octets.u32(129)),
            (.initiator, Octets.u32(10) + Octets.u32(9) + Octets.text("canaryuserCanaryPwd")))
        let noted = Self.run(login)
        #expect(Self.texts(.vncSecurityOffered, noted) == ["tight", "tight-unix-login", "vnc"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["tight", "tight-unix-login"])
        #expect(Self.texts(.loginClear, noted) == ["vnc-tight"])
        #expect(!noted.contains { $0.description.lowercased().contains("canary") })
        Harness.checkSplits(login, VNCDissector.self)
        Harness.checkMutations(login, VNCDissector.self)
        let open = Script(
            (.responder, Self.version), (.initiator, Self.version), (.responder, [1, 16]), (.initiator, [16]), (.responder, Octets.zeros(4)), (.responder, Octets.zeros(4)),
            (.initiator, [1]))
        #expect(Self.texts(.vncSecurityChosen, Self.run(open)) == ["tight", "none"])
        Harness.checkSplits(open, VNCDissector.self)
    }

    /// TigerVNC on both sides.
    @Test func recordedVeNCrypt() throws {
        let script = try #require(try RecordedConversation.load("vnc-vencrypt").first)
        let noted = Self.run(script)
        #expect(Self.texts(.vncSecurityOffered, noted) == ["vencrypt", "vencrypt-tls-vnc", "vencrypt-tls-none"])
        #expect(Self.texts(.vncSecurityChosen, noted) == ["vencrypt", "vencrypt-tls-vnc"])
        Harness.checkSplits(script, VNCDissector.self)
        Harness.checkPrefixes(script, VNCDissector.self)
        Harness.checkMutations(script, VNCDissector.self, rounds: 100)
    }

    @Test(arguments: [Self.withoutAuthentication, Self.withPassword, Self.version33, Self.apple, Self.veNCrypt]) func properties(
        script: Script
    ) {
        Harness.checkSplits(script, VNCDissector.self)
        Harness.checkPrefixes(script, VNCDissector.self)
        Harness.checkMutations(script, VNCDissector.self)
        Harness.checkMidStream(script, dropping: 0, VNCDissector.self)
        let whole = Self.run(script)
        for (_, noted) in Harness.checkOneDirection(script, VNCDissector.self) { #expect(noted.isSubset(of: whole)) }
    }

    @Test func oneDirection() {
        let sides = Harness.checkOneDirection(Self.withoutAuthentication, VNCDissector.self)
        #expect(Self.texts(.vncSecurityOffered, sides[.responder] ?? []) == ["none"])
        #expect(Self.texts(.vncDesktopName, sides[.responder] ?? []) == ["moniteur-rea-04"])
        #expect(Self.texts(.vncSecurityChosen, sides[.initiator] ?? []) == ["none"])
    }

    /// A screen that calls a listening viewer: the side that accepted the connection is the viewer.
    @Test func reverseConnection() {
        let turns = Self.withoutAuthentication.turns.map { Script.Turn(side: $0.side.other, bytes: $0.bytes) }
        let noted = Self.run(Script(turns: turns))
        #expect(Self.texts(.vncSecurityOffered, noted, Harness.clientSubject) == ["none"])
        #expect(Self.texts(.vncDesktopName, noted, Harness.clientSubject) == ["moniteur-rea-04"])
        Harness.checkSplits(Script(turns: turns), VNCDissector.self)
    }

    @Test(
        arguments: [
            ("poste-12 ( 10.0.0.2, service mode )", "poste-12"), ("QEMU (win7)", "QEMU"), ("pacs:1 (canary)", "pacs"),
            ("canary's X desktop (pacs:1)", nil),
            ("canary’s remote desktop on pacs", nil), ("canary@pacs", nil), ("", nil),
        ] as [(String, String?)])
    func desktopName(name: String, expected: String?) {
        var turns = Self.withoutAuthentication.turns
        turns[6] = Script.server(Array(Self.initialisation.prefix(20)) + Octets.u32(name.utf8.count) + Octets.text(name))
        let noted = Self.run(Script(turns: turns))
        #expect(Self.texts(.vncDesktopName, noted) == Set([expected].compactMap { $0 }))
        #expect(!noted.contains { $0.description.contains("canary") })
    }

    @Test func refusesOthers() {
        for isStart in [true, false] {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            for (name, bytes) in Foreign.client.merging(Foreign.server, uniquingKeysWith: { $0 + $1 }) {
                #expect(VNCDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
            for text in ["RFB 003.00x\n", "RFB 003-008\n", "RFB 003.008\r\n", "RFID 003.008"] {
                #expect(VNCDissector.probe(Octets.text(text).rawSpan, context) == .no, "\(text)")
            }
        }
    }
}
