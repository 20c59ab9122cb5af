import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("FTP") struct FTPTests {
    static func script(_ lines: [(Side, String)]) -> Script {
        Script(turns: lines.map { Script.Turn(side: $0.0, bytes: Octets.text($0.1 + "\r\n")) })
    }

    // Recorded from vsftpd 3.0.3 and curl 7.88 (Debian 12).
    static let upload = script([
        (.responder, "220 FTP echographe ECHO-URG-1"), (.initiator, "USER canaryuser"),
        (.responder, "331 Please specify the password."),
        (.initiator, "PASS CanaryPwd!42"), (.responder, "230 Login successful."), (.initiator, "PWD"),
        (.responder, "257 \"/\" is the current directory"), (.initiator, "CWD depot"),
        (.responder, "250 Directory successfully changed."),
        (.initiator, "EPSV"), (.responder, "229 Entering Extended Passive Mode (|||30001|)"), (.initiator, "TYPE I"),
        (.responder, "200 Switching to Binary mode."), (.initiator, "STOR CANARYDUPONT_MARGUERITE.hl7"),
        (.responder, "150 Ok to send data."),
        (.responder, "226 Transfer complete."), (.initiator, "SYST"), (.responder, "215 UNIX Type: L8"), (.initiator, "QUIT"),
        (.responder, "221 Goodbye."),
    ])
    static let anonymous = script([
        (.responder, "220 FTP echographe ECHO-URG-1"), (.initiator, "USER anonymous"),
        (.responder, "331 Please specify the password."),
        (.initiator, "PASS canary@patient.example"), (.responder, "230 Login successful."), (.initiator, "PASV"),
        (.responder, "227 Entering Passive Mode (10,20,3,11,117,49)."),
    ])
    static let tls = Script(
        turns: script([
            (.responder, "220 FTP echographe ECHO-URG-1"), (.initiator, "AUTH SSL"), (.responder, "234 Proceed with negotiation."),
        ]).turns + [
            Script.client(Octets.hex("16030100b3010000af0303c5ca27b10782c67d")),
            Script.server(Octets.hex("160303005d020000590303329c319ad1d0cf")),
        ])
    /// A greeting of several lines that does not say FTP, as many devices have it.
    static let multiline = script([
        (.responder, "220-\r\n220-Modality image store\r\n  local time is 12:00\r\n220 Ready."), (.initiator, "USER service"),
        (.responder, "331 Password required"), (.initiator, "PASS CanaryPwd!42"), (.responder, "530 Login incorrect."),
    ])

    static func note(_ attribute: Attribute, _ value: Value) -> Noted {
        Noted(subject: Harness.serverSubject, attribute: attribute, value: value)
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [FTPDissector.self]).noted }

    /// What PASV announced.
    static let dataPort = Noted(
        subject: .host(HostKey(Harness.server.address, in: .none)), attribute: .ftpDataPort, value: .number(30_001))

    @Test func uploadWithPassword() {
        #expect(
            Self.run(Self.upload) == [
                Self.note(.ftpBanner, .text("FTP echographe ECHO-URG-1")), Self.note(.loginClear, .text("ftp")),
                Self.note(.loginAccepted, .text("ftp")),
                Self.note(.ftpSystem, .text("UNIX Type: L8")), Self.dataPort,
            ])
    }

    @Test func anonymousLogin() {
        #expect(
            Self.run(Self.anonymous) == [
                Self.note(.ftpBanner, .text("FTP echographe ECHO-URG-1")), Self.note(.loginAnonymous, .text("ftp")), Self.dataPort,
            ])
    }

    @Test func changeToTLS() {
        #expect(
            Self.run(Self.tls) == [
                Self.note(.ftpBanner, .text("FTP echographe ECHO-URG-1")), Self.note(.ftpAuthTLS, .number(1)),
                Self.note(.serviceUpgraded, .text("tls")),
            ])
        let sides = Harness.checkOneDirection(Self.tls, FTPDissector.self)
        for side in [Side.initiator, .responder] {
            #expect(sides[side]?.contains(Self.note(.ftpAuthTLS, .number(1))) == true, "\(side)")
        }
        // A server that refuses.
        let refused = Self.script([
            (.responder, "220 FTP"), (.initiator, "AUTH TLS"), (.responder, "530 Please login with USER and PASS."),
        ])
        #expect(Self.run(refused) == [Self.note(.ftpBanner, .text("FTP"))])
    }

    @Test func refusedPassword() {
        #expect(
            Self.run(Self.multiline) == [
                Self.note(.ftpBanner, .text("Modality image store")), Self.note(.ftpBanner, .text("Ready.")),
                Self.note(.loginClear, .text("ftp")),
            ])
    }

    @Test func theNextUserIsAnother() {
        let script = Self.script([
            (.responder, "220 FTP"), (.initiator, "USER canaryuser"), (.responder, "331 Password"),
            (.initiator, "PASS CanaryWrong!99"),
            (.responder, "530 Login incorrect."), (.initiator, "USER FTP"), (.responder, "331 Password"), (.initiator, "PASS x"),
            (.responder, "230-Welcome\r\n canaryuser\r\n230 Logged in"),
        ])
        #expect(
            Self.run(script) == [
                Self.note(.ftpBanner, .text("FTP")), Self.note(.loginClear, .text("ftp")), Self.note(.loginAnonymous, .text("ftp")),
            ])
    }

    @Test(arguments: [Self.upload, Self.anonymous, Self.tls, Self.multiline]) func properties(script: Script) {
        Harness.checkSplits(script, FTPDissector.self)
        Harness.checkPrefixes(script, FTPDissector.self)
        Harness.checkMutations(script, FTPDissector.self)
        let noted = Self.run(script)
        #expect(!noted.contains { $0.description.lowercased().contains("canary") })
    }

    @Test func oneDirection() {
        let sides = Harness.checkOneDirection(Self.upload, FTPDissector.self)
        #expect(sides[.initiator] == [Self.note(.loginClear, .text("ftp"))])
        #expect(
            sides[.responder] == [
                Self.note(.ftpBanner, .text("FTP echographe ECHO-URG-1")), Self.note(.ftpSystem, .text("UNIX Type: L8")), Self.dataPort,
            ])
        Harness.checkOneDirection(Self.anonymous, FTPDissector.self)
        Harness.checkOneDirection(Self.multiline, FTPDissector.self, sides: [.responder])
    }

    @Test func midStream() {
        #expect(
            Harness.checkMidStream(Self.upload, dropping: 9, FTPDissector.self) == [Self.note(.ftpSystem, .text("UNIX Type: L8")), Self.dataPort])
        let swapped = Script(turns: Self.upload.turns.map { Script.Turn(side: $0.side.other, bytes: $0.bytes) })
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        let noted = Harness.checkMidStream(swapped, dropping: 0, FTPDissector.self)
        #expect(noted.contains(Noted(subject: service, attribute: .ftpBanner, value: .text("FTP echographe ECHO-URG-1"))))
    }

    @Test func linesAreBounded() {
        let script = Self.script([
            (.responder, "220 FTP"), (.initiator, "USER canaryuser"),
            (.initiator, "PASS " + String(repeating: "x", count: 200_000)),
            (.initiator, "SYST"), (.responder, "215 UNIX"),
        ])
        #expect(Self.run(script).contains(Self.note(.ftpSystem, .text("UNIX"))))
        Harness.checkMutations(script, FTPDissector.self, rounds: 20)
    }

    @Test func refusesOthers() {
        for isStart in [true, false] {
            for (name, bytes) in Foreign.client {
                let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                #expect(FTPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
            for (name, bytes) in Foreign.server {
                let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
                #expect(FTPDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
        }
        let client = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)
        // POP3 logs in with the same two commands.
        #expect(FTPDissector.probe(Octets.text("USER x\r\nPASS y\r\nLIST\r\n").rawSpan, client) == .notYet)
        #expect(FTPDissector.probe(Octets.text("USER x\r\nPASS y\r\nUIDL\r\n").rawSpan, client) == .no)
        #expect(FTPDissector.probe(Octets.text("USER x\r\nPASS y\r\nSYST\r\n").rawSpan, client) == .yes)
    }
}
