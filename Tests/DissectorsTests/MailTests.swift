import Observations
import Testing
import Wire

@testable import Dissectors

/// SMTP, POP3, IMAP, XMPP and IRC: recorded from Postfix 3.7, Dovecot 2.3 and ngircd 26.1 (Debian 12); XMPP by the examples of RFC 6120.
@Suite("Mail and chat") struct MailTests {
    static func script(_ lines: [(Side, String)]) -> Script {
        Script(turns: lines.map { Script.Turn(side: $0.0, bytes: Octets.text($0.1 + "\r\n")) })
    }
    static func facts(_ script: Script, _ dissector: any StreamDissector.Type, sawStart: Bool = true) -> Set<String> {
        Set(Harness.run(script.turns, dissectors: [dissector], sawStart: sawStart).noted.map(\.description))
    }
    static let hello = Script.client(Octets.hex("16030100b3010000af0303c5ca27b10782c67d"))

    static let ehlo = "250-messagerie.example\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250 CHUNKING"
    static let smtp = script([
        (.responder, "220 messagerie.example ESMTP Postfix (Debian/GNU)"), (.initiator, "EHLO poste.example"), (.responder, ehlo),
        (.initiator, "AUTH LOGIN"), (.responder, "334 VXNlcm5hbWU6"), (.initiator, "Y2FuYXJ5dXNlcg=="), (.responder, "334 UGFzc3dvcmQ6"),
        (.initiator, "Q2FuYXJ5UHdkITQy"), (.responder, "235 2.7.0 Authentication successful"), (.initiator, "MAIL FROM:<canary@example>"),
        (.responder, "250 2.1.0 Ok"), (.initiator, "RCPT TO:<canaryto@example>"),
    ])
    static let smtpTLS = Script(
        turns: script([
            (.responder, "220 messagerie.example ESMTP Postfix"), (.initiator, "EHLO poste"),
            (.responder, "250-messagerie.example\r\n250-STARTTLS\r\n250 CHUNKING"), (.initiator, "STARTTLS"), (.responder, "220 2.0.0 Ready to start TLS"),
        ]).turns + [hello])

    @Test func smtpLogin() {
        #expect(
            Self.facts(Self.smtp, SMTPDissector.self) == [
                "smtp.server_name=messagerie.example", "smtp.banner=ESMTP Postfix (Debian/GNU)", "sasl.offered=PLAIN", "sasl.offered=LOGIN",
                "sasl.offered=CRAM-MD5", "service.starttls=not-offered", "sasl.used=LOGIN", "login.clear=smtp", "login.accepted=smtp",
                "smtp.mail_clear=1",
            ])
        let challenged = Self.script([(.responder, "220 m ESMTP"), (.initiator, "EHLO p"), (.initiator, "AUTH CRAM-MD5"), (.responder, "334 PDE+"), (.initiator, "Y2FuYXJ5")])
        #expect(Self.facts(challenged, SMTPDissector.self).contains("login.challenged=smtp-cram-md5"))
        let givenUp = Self.script([(.responder, "220 m ESMTP"), (.initiator, "AUTH PLAIN"), (.responder, "334 "), (.initiator, "*"), (.responder, "501 5.7.0 x")])
        #expect(Self.facts(givenUp, SMTPDissector.self) == ["smtp.banner=m ESMTP"])
    }

    @Test func smtpChangeToTLS() {
        let facts = Self.facts(Self.smtpTLS, SMTPDissector.self)
        #expect(facts.isSuperset(of: ["service.starttls=offered", "service.starttls=accepted", "service.upgraded=tls"]))
        #expect(!facts.contains("service.starttls=not-offered"))
    }

    @Test func bannersHaveNoDate() {
        let exchange = Self.script([(.responder, "220 mx.example Microsoft ESMTP MAIL Service ready at Sun, 22 Nov 2026 03:00:00 +0100")])
        #expect(Self.facts(exchange, SMTPDissector.self).contains("smtp.banner=Microsoft ESMTP MAIL Service ready at"))
        let apop = Self.script([(.responder, "+OK POP3 server ready <1896.697170952@canary.example>"), (.initiator, "APOP canary c4c9334bac560ecc979e58001b3e22fb")])
        #expect(Self.facts(apop, POP3Dissector.self) == ["pop3.banner=POP3 server ready", "login.challenged=pop3-apop"])
    }

    static let pop3 = script([
        (.responder, "+OK Dovecot (Debian) ready."), (.initiator, "CAPA"),
        (.responder, "+OK\r\nCAPA\r\nTOP\r\nSTLS\r\nUSER\r\nSASL PLAIN LOGIN CRAM-MD5\r\n."), (.initiator, "USER canaryuser"), (.responder, "+OK"),
        (.initiator, "PASS CanaryPwd!42"), (.responder, "+OK Logged in."), (.initiator, "STAT"), (.responder, "+OK 0 0"),
    ])
    @Test func pop3Login() {
        #expect(
            Self.facts(Self.pop3, POP3Dissector.self) == [
                "pop3.banner=Dovecot (Debian) ready.", "service.starttls=offered", "sasl.offered=PLAIN", "sasl.offered=LOGIN", "sasl.offered=CRAM-MD5",
                "login.clear=pop3", "login.accepted=pop3",
            ])
    }

    static let imapGreeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS AUTH=PLAIN] Dovecot (Debian) ready."
    static let imap = script([
        (.responder, imapGreeting), (.initiator, "A001 ID NIL"), (.responder, "* ID (\"name\" \"Dovecot\" \"version\" \"2.3\")\r\nA001 OK ID completed."),
        (.initiator, "A002 LOGIN canaryuser CanaryPwd!42"), (.responder, "* CAPABILITY IMAP4rev1 IDLE\r\nA002 OK Logged in"), (.initiator, "A003 SELECT Canary"),
    ])
    static let imapTLS = Script(
        turns: script([(.responder, imapGreeting), (.initiator, "A001 STARTTLS"), (.responder, "A001 OK Begin TLS negotiation now.")]).turns + [hello])
    @Test func imapLogin() {
        #expect(
            Self.facts(Self.imap, IMAPDissector.self) == [
                "imap.banner=Dovecot (Debian) ready.", "service.starttls=offered", "sasl.offered=PLAIN", "imap.server=Dovecot/2.3", "login.clear=imap",
                "login.accepted=imap",
            ])
        #expect(Self.facts(Self.imapTLS, IMAPDissector.self).isSuperset(of: ["service.starttls=accepted", "service.upgraded=tls"]))
        // A name in a literal, which looks like a command, is stepped over.
        let literal = Self.script([(.responder, "* OK ready"), (.initiator, "A1 LOGIN {16}"), (.responder, "+ OK"), (.initiator, "A2 LOGIN canary x x"), (.responder, "A1 NO x")])
        #expect(Self.facts(literal, IMAPDissector.self) == ["imap.banner=ready", "login.clear=imap"])
    }

    static let xmppServer =
        "<?xml version='1.0'?><stream:stream id='x1' from='chat.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    static let xmppClient = "<?xml version='1.0'?><stream:stream to='chat.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    static let xmpp = Script(
        (.initiator, Octets.text(xmppClient)),
        (.responder, Octets.text(xmppServer + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>")),
        (.initiator, Octets.text("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGNhbmFyeQBDYW5hcnk=</auth>")),
        (.responder, Octets.text("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")), (.initiator, Octets.text("<iq from='canary@chat.example'/>")))
    @Test func xmppLogin() {
        #expect(
            Self.facts(Self.xmpp, XMPPDissector.self) == [
                "xmpp.server_name=chat.example", "service.starttls=not-offered", "sasl.offered=PLAIN", "sasl.used=PLAIN", "login.clear=xmpp", "login.accepted=xmpp",
            ])
        let tls = Script(
            (.initiator, Octets.text(Self.xmppClient)),
            (.responder, Octets.text(Self.xmppServer + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")),
            (.initiator, Octets.text("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")), (.responder, Octets.text("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")),
            (.initiator, Self.hello.bytes))
        #expect(
            Self.facts(tls, XMPPDissector.self) == ["xmpp.server_name=chat.example", "service.starttls=offered", "service.starttls=accepted", "service.upgraded=tls"])
    }

    static let irc = script([
        (.initiator, "PASS CanaryPwd!42"), (.initiator, "NICK canarynic"), (.initiator, "USER canaryuser 0 * :CANARY NOM"),
        (.responder, ":irc.reseau.example 001 canarynic :Welcome to the Internet Relay Network canarynic!~canaryuser@10.20.9.50"),
        (.responder, ":irc.reseau.example 002 canarynic :Your host is irc.reseau.example, running version ngircd-26.1 (x86_64/pc/linux-gnu)"),
        (.responder, ":irc.reseau.example 376 canarynic :End of MOTD command"), (.initiator, "JOIN #canarycanal"),
    ])
    @Test func ircRegistration() {
        #expect(
            Self.facts(Self.irc, IRCDissector.self) == [
                "login.clear=irc", "irc.server_name=irc.reseau.example", "irc.registration=accepted", "irc.version=ngircd-26.1",
            ])
    }

    static let everything: [(any StreamDissector.Type, Script)] = [
        (SMTPDissector.self, smtp), (SMTPDissector.self, smtpTLS), (POP3Dissector.self, pop3), (IMAPDissector.self, imap), (IMAPDissector.self, imapTLS),
        (XMPPDissector.self, xmpp), (IRCDissector.self, irc),
    ]
    @Test func properties() {
        for (dissector, script) in Self.everything {
            Harness.checkSplits(script, dissector)
            Harness.checkPrefixes(script, dissector)
            Harness.checkOneDirection(script, dissector)
            Harness.checkMutations(script, dissector, rounds: 200)
            for fact in Self.facts(script, dissector) { #expect(!fact.lowercased().contains("canary"), "\(fact)") }
        }
    }

    @Test func midStream() {
        #expect(Harness.checkMidStream(Self.smtp, dropping: 9, SMTPDissector.self).map(\.description) == ["smtp.mail_clear=1"])
        Harness.checkMidStream(Self.imap, dropping: 3, IMAPDissector.self)
        Harness.checkMidStream(Self.irc, dropping: 3, IRCDissector.self)
        // A list of capabilities in mid-stream may be one from after a login: it says nothing of STARTTLS.
        let late = Self.script([(.responder, "* CAPABILITY IMAP4rev1 IDLE")])
        #expect(Self.facts(late, IMAPDissector.self, sawStart: false).isEmpty)
        // What a server says there is no greeting either: it may be said to somebody by name.
        let alert = Self.script([(.responder, "* OK [ALERT] canaryuser: the mailbox is full"), (.responder, "* OK canaryuser, again")])
        #expect(Self.facts(alert, IMAPDissector.self, sawStart: false).isEmpty)
        let welcome = Self.script([(.responder, "+OK canaryuser has 2 messages (320 octets)"), (.responder, "+OK canaryuser, goodbye")])
        #expect(Self.facts(welcome, POP3Dissector.self, sawStart: false).isEmpty)
    }

    @Test func refusesOthers() {
        let own = ["smtp": "SMTPDissector", "pop3": "POP3Dissector", "imap": "IMAPDissector", "irc": "IRCDissector"]
        let all: [any StreamDissector.Type] = [
            SMTPDissector.self, POP3Dissector.self, IMAPDissector.self, XMPPDissector.self, IRCDissector.self, SIPStreamDissector.self, RTSPDissector.self,
            PJLDissector.self, LPDDissector.self,
        ]
        for dissector in all {
            for isStart in [true, false] {
                for (side, list) in [(Side.initiator, Foreign.client), (.responder, Foreign.server)] {
                    for (name, bytes) in list where own[name] != "\(dissector)" {
                        let context = ProbeContext(transport: .tcp, side: side, role: nil, isStart: isStart)
                        #expect(dissector.probe(bytes.rawSpan, context) != .yes, "\(dissector) \(name)")
                    }
                }
                var generator = SeededGenerator(seed: 3)
                for _ in 0..<2000 {
                    let bytes = (0..<Int.random(in: 1...80, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                    #expect(dissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)) != .yes)
                }
            }
        }
    }
}
