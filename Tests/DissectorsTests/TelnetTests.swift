import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("Telnet") struct TelnetTests {
    // After a recording of inetutils telnetd and telnet 2.4 (Debian 12), with a banner and keys joined to fewer segments.
    static let login = Script(
        (.responder, Octets.hex("fffb25fffb26fffd18fffd20fffd23fffd27fffd24")),
        (.initiator, Octets.hex("fffd25fffd26fffa2601fff0fffb18fffb20fffc23fffb27fffc24")),
        (.responder, Octets.hex("fffa2001fff0fffa2701fff0fffa1801fff0")),
        (.initiator, Octets.hex("fffa200033383430302c3338343030fff0fffa2700fff0fffa1800585445524dfff0")),
        (.responder, Octets.hex("fffb03fffd01fffd22fffd1ffffb05fffd21")),
        (.initiator, Octets.hex("fffd03fffc01fffb22fffb1ffffa1f00500018fff0fffd05fffb21")),
        (.responder, Octets.hex("fffb01fffd00fffe22")),
        (.initiator, Octets.hex("fffd01fffb00fffc22")),
        (.responder, Octets.text("\r\nConsole de service POMPE-RACK LNC-R4 v2.18\r\n\r\npompe-rack login: ")),
        (.initiator, Octets.text("canary")), (.responder, Octets.text("canary")), (.initiator, Octets.text("user\r")),
        (.responder, Octets.text("user\r\nPassword: ")), (.initiator, Octets.text("CanaryPwd!42\r")),
        (.responder, Octets.text("\r\nLast login: Mon Nov 17 from canary-pc\r\nBienvenue canaryuser\r\n$ ")))

    // A client that refuses every option and sends whole lines, one of them a wrong password.
    static let lines = Script(
        (.responder, Octets.hex("fffb25fffb26fffd18fffd20")), (.initiator, Octets.hex("fffe25")),
        (.initiator, Octets.hex("fffe26fffc18fffc20")),
        (.responder, Octets.text("pompe-rack login: ")), (.initiator, Octets.text("canaryuser\r\n")),
        (.responder, Octets.text("Password: ")),
        (.initiator, Octets.text("CanaryWrong!99\r\n")), (.responder, Octets.text("\r\nLogin incorrect\r\n")))

    static func texts(_ attribute: Attribute, _ noted: Set<Noted>, _ subject: Subject = Harness.serverSubject) -> Set<String> {
        Set(noted.filter { $0.subject == subject && $0.attribute == attribute }.map(\.value.description))
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [TelnetDissector.self]).noted }
    static func hasCanary(_ noted: Set<Noted>) -> Bool { noted.contains { $0.description.lowercased().contains("canary") } }

    @Test func typedLogin() {
        let noted = Self.run(Self.login)
        #expect(Self.texts(.loginClear, noted) == ["telnet"])
        #expect(Self.texts(.telnetBanner, noted) == ["Console de service POMPE-RACK LNC-R4 v2.18"])
        #expect(Self.texts(.telnetOption, noted, Harness.clientSubject).contains("window-size"))
        #expect(
            Self.texts(.telnetOption, noted) == [
                "authentication", "encryption", "terminal-type", "terminal-speed", "x-display-location", "new-environment",
                "environment",
                "suppress-go-ahead", "echo", "linemode", "window-size", "status", "remote-flow-control", "binary",
            ])
        #expect(!Self.hasCanary(noted))
    }

    @Test func lineLogin() {
        let noted = Self.run(Self.lines)
        #expect(Self.texts(.loginClear, noted) == ["telnet"])
        #expect(Self.texts(.telnetBanner, noted).isEmpty)
        #expect(Self.texts(.telnetOption, noted, Harness.clientSubject).isEmpty)
        #expect(!Self.hasCanary(noted))
    }

    @Test(arguments: [Self.login, Self.lines]) func properties(script: Script) {
        Harness.checkSplits(script, TelnetDissector.self)
        Harness.checkPrefixes(script, TelnetDissector.self)
        Harness.checkMutations(script, TelnetDissector.self)
        for (_, noted) in Harness.checkOneDirection(script, TelnetDissector.self) {
            #expect(!Self.hasCanary(noted))
            #expect(Self.texts(.loginClear, noted).isEmpty)
        }
        #expect(!Self.hasCanary(Harness.checkMidStream(script, dropping: 0, TelnetDissector.self)))
    }

    /// The server alone: what is typed comes back as an echo, and must not become a banner.
    @Test func echoIsNoBanner() {
        let noted = Harness.checkOneDirection(Self.login, TelnetDissector.self, sides: [.responder])[.responder] ?? []
        #expect(Self.texts(.telnetBanner, noted) == ["Console de service POMPE-RACK LNC-R4 v2.18"])
        for prompt in ["Badge> ", "Utilisateur : ", "Username> ", "Name? ", "login="] {
            let script = Script(
                (.responder, Octets.hex("fffb01fffb03") + Octets.text("Moniteur\r\n\(prompt)canaryuser\r\nEnter canary code\r\n")))
            #expect(Self.texts(.telnetBanner, Self.run(script)) == ["Moniteur"], "\(prompt)")
        }
    }

    @Test func bannerInFrontOfTheNegotiation() {
        let script = Script(
            (
                .responder,
                Octets.text(
                    "\u{1B}[2J*** Lantronix UDS1100 Device Server ***\r\nMAC address 0080A3200B0B\r\nSoftware version V6.10.0.1 (070919)\r\n"
                ) + Octets.hex("fffb01fffb03")
            ),
            (.initiator, Octets.hex("fffd01fffd03")),
            (.responder, Octets.text("Serial: LNC-1234\r\nFifth line\r\nPress Enter for Setup Mode\r\n")))
        #expect(
            Self.texts(.telnetBanner, Self.run(script)) == [
                "*** Lantronix UDS1100 Device Server ***", "MAC address 0080A3200B0B", "Software version V6.10.0.1 (070919)",
                "Serial: LNC-1234",
            ])
        Harness.checkSplits(script, TelnetDissector.self)
        let long = Script((.responder, Octets.hex("fffb01fffb03") + Octets.text(String(repeating: "é", count: 200) + "\r\n")))
        #expect(Self.texts(.telnetBanner, Self.run(long)).map(\.count) == [120])
    }

    /// The first packet that was seen is the server's: the options tell.
    @Test func rolesWithoutHandshake() {
        let turns = Self.login.turns.map { Script.Turn(side: $0.side.other, bytes: $0.bytes) }
        let noted = Harness.checkMidStream(Script(turns: turns), dropping: 0, TelnetDissector.self)
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        #expect(Self.texts(.loginClear, noted, service) == ["telnet"])
        #expect(!Self.hasCanary(noted))
    }

    @Test func refusesOthers() {
        for isStart in [true, false] {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: isStart)
            for (name, bytes) in Foreign.client { #expect(TelnetDissector.probe(bytes.rawSpan, context) == .no, "\(name)") }
            let server = ProbeContext(transport: .tcp, side: .responder, role: .server, isStart: isStart)
            for (name, bytes) in Foreign.server { #expect(TelnetDissector.probe(bytes.rawSpan, server) != .yes, "\(name)") }
            // A dialogue of plain text, a frame of MPEG audio, a text in UTF-16, and nothing but ones.
            for bytes in [
                Octets.text("login: root\r\nPassword: x\r\n"), Octets.hex("fffb1064000f0000"), Octets.hex("fffe0d000a004d00"),
                Octets.hex("ffffffffffffffff"),
            ] {
                #expect(TelnetDissector.probe(bytes.rawSpan, server) != .yes)
            }
        }
        let server = ProbeContext(transport: .tcp, side: .responder, role: .server, isStart: true)
        #expect(TelnetDissector.probe(Octets.hex("fffb01").rawSpan, server) == .notYet)
        #expect(TelnetDissector.probe((Octets.hex("fffb01") + Octets.text("\r\nlogin: ")).rawSpan, server) == .yes)
    }
}
