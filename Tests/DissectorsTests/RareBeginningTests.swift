import Observations
import Testing
import Wire

@testable import Dissectors

/// Conversations that begin in a way that is allowed and rare, and what must not be taken for them.
@Suite struct RareBeginningTests {
    private static func probe(
        _ type: any StreamDissector.Type, _ bytes: [UInt8], _ role: Role? = nil, isStart: Bool = true
    ) -> Probe {
        let side = role == .server ? Side.responder : .initiator
        return type.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: side, role: role, isStart: isStart))
    }

    /// RFC 4511: a deletion, and the short requests only where nothing follows them.
    @Test func directoryRequests() {
        let deletion = Octets.hex("300e020102 4a09") + Octets.text("uid=jdoe1")
        #expect(Self.probe(LDAPDissector.self, deletion) == .yes)
        #expect(Self.probe(LDAPDissector.self, Octets.hex("300c0201026b070a010004000400"), .server) == .yes)
        #expect(Self.probe(LDAPDissector.self, Octets.hex("3006020106500105")) == .yes)
        #expect(Self.probe(LDAPDissector.self, Octets.hex("30050201034200")) == .yes)
        #expect(Self.probe(LDAPDissector.self, Octets.hex("300602010650010530")) == .no)
        #expect(Self.probe(LDAPDissector.self, Octets.hex("300e0201024a09") + Octets.zeros(9)) == .no)
    }

    /// Chapter 12 of DCE 1.1: a request without a binding, whose hint says how long its arguments are.
    @Test func remoteCallWithoutBinding() {
        let call = Octets.hex("0500000310000000 20000000 01000000 08000000 0000 0900") + Octets.zeros(8)
        #expect(Self.probe(MSRPCDissector.self, call) == .yes)
        #expect(Self.probe(MSRPCDissector.self, Array(call.prefix(18))) == .notYet)
        let wrong = Octets.hex("0500000310000000 20000000 01000000 09000000 0000 0900") + Octets.zeros(8)
        #expect(Self.probe(MSRPCDissector.self, wrong) == .no)
    }

    /// A function that nobody has is refused by name; elsewhere than at the beginning it proves nothing.
    @Test func unknownFunction() {
        let request = Octets.hex("000000000006010000000000"), refusal = Octets.hex("000000000003018001")
        #expect(Self.probe(ModbusDissector.self, request, .client) == .notYet)
        #expect(Self.probe(ModbusDissector.self, refusal, .server) == .yes)
        #expect(Self.probe(ModbusDissector.self, refusal, .server, isStart: false) == .no)
        #expect(Self.probe(ModbusDissector.self, request + [0xFF], .client) == .no)
    }

    /// What stands before the protocol: noise, a load balancer's line, an exchange of keys.
    @Test func lateBeginnings() {
        #expect(Self.mayBeginLate(Octets.text("220 mail.example ESMTP Postfix\r\n")))
        #expect(Self.mayBeginLate((Octets.hex("13") + Octets.text("BitTorrent protocol") + Octets.zeros(48))))
        let greeting = Octets.hex("4a0000000a") + Octets.text("8.0.35") + Octets.hex("00") + Octets.zeros(70)
        #expect(Self.mayBeginLate(greeting))
        #expect(!Self.mayBeginLate(Octets.text("220 ftp.example FTP server ready\r\n")))
        for bytes in [Foreign.client["hl7"], Foreign.client["dicom"], Foreign.client["jpeg"], Foreign.server["nntp"]].compactMap({ $0 }) {
            #expect(!Self.mayBeginLate(bytes))
        }
    }

    /// Any word may be a method (RFC 9110 section 9.1), also while only its first letters are there.
    @Test func methodOfItsOwn() {
        let line = Octets.text("WEIRD / HTTP/1.1\r\n")
        for count in 1..<line.count - 2 { #expect(Self.probe(HTTPDissector.self, Array(line.prefix(count))) == .notYet) }
        #expect(Self.probe(HTTPDissector.self, line) == .yes)
        #expect(Self.probe(HTTPDissector.self, Octets.text("HELO modality\r\n")) == .no)
    }

    /// STARTTLS as the first word: IRC, or another protocol.
    @Test func upgradeFirst() {
        #expect(Self.probe(IRCDissector.self, Octets.text("STARTTLS\r\n"), .client) == .notYet)
        #expect(Self.probe(IRCDissector.self, Octets.text(":irc.example 670  :STARTTLS successful\r\n"), .server) == .yes)
    }

    /// A greeting longer than a line may be.
    @Test func longGreeting() {
        let line = "220 mail.example ESMTP " + String(repeating: "A", count: 600)
        #expect(Self.probe(SMTPDissector.self, Octets.text(line), .server) == .yes)
        #expect(Self.probe(SMTPDissector.self, Octets.text("220 mail.example " + String(repeating: "A", count: 600)), .server) == .notYet)
    }

    /// Equipment that writes what it likes behind the priority.
    @Test func plainLogs() {
        func verdict(_ bytes: [UInt8]) -> [DatagramVerdict] {
            Harness.run(datagrams: [Script.client(bytes)], SyslogDissector.self, serverPort: 10514).verdicts
        }
        #expect(verdict(Octets.text("<189>date=2021-12-09 time=16:29:06 devname=\"CANARY\"")) == [.more])
        #expect(verdict(Octets.text("<187>83: R1: [syslog@9 s_sn=\"2\"]: <ios-log-msg><facility>LINK</facility>")) == [.more])
        #expect(verdict(Octets.text("<134>854 08/20/2013-19:05:23 CONFIG DiscLoopId\n0 LOOP\n\n\0")) == [.more])
        #expect(verdict(Octets.text("<192>no priority is so high, whatever follows")) == [.no])
        #expect(verdict(Octets.text("<13>") + Octets.hex("0102030405060708090a0b0c0d0e0f10 20 1112131415161718191a1b")) == [.no])
        let noted = Harness.run(
            datagrams: [Script.client(Octets.text("<189>date=2021-12-09 devname=CANARY user=CANARY x"))], SyslogDissector.self, serverPort: 514
        ).noted
        #expect(noted.isEmpty)
    }

    /// RFC 3489 messages with an attribute that no document has: only where the transaction was drawn by chance.
    @Test func vendorsAttribute() {
        let attribute = Octets.hex("01010014") + Octets.text("1234567890123456789") + [0]
        func verdict(_ head: String) -> [DatagramVerdict] {
            Harness.run(datagrams: [Script.client(Octets.hex(head) + attribute)], STUNDissector.self, serverPort: 40000).verdicts
        }
        #expect(verdict("00010018 c15dae63585d1439 2e582c260403bf30") == [.more])
        #expect(verdict("00010018 0000000000000001 0000000000000002") == [.no])
        #expect(verdict("01010018 c15dae63585d1439 2e582c260403bf30") == [.no])
        #expect(verdict("00010014 c15dae63585d1439 2e582c260403bf30") == [.no])
    }

    private static func mayBeginLate(_ bytes: [UInt8]) -> Bool { Dissection.mayBeginLate(bytes.rawSpan) }
}
