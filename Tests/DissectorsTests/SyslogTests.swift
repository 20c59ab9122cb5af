import Foundation
import Observations
import Testing
import Wire

@testable import Dissectors

@Suite struct SyslogTests {
    static let type: any StreamDissector.Type = SyslogStreamDissector.self

    private static func run(_ text: String) -> (noted: Set<Noted>, protocols: [ApplicationProtocol]) {
        Harness.run([Script.client(Array(text.utf8))], dissectors: [Self.type])
    }
    private static func datagram(_ text: String) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: [Script.client(Array(text.utf8))], SyslogDissector.self, serverPort: 10514)
    }
    private static func probe(_ text: String, isStart: Bool = true) -> Probe {
        SyslogStreamDissector.probe(Array(text.utf8).rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart))
    }

    // MARK: Recorded conversations

    /// The conversations of the capture that are syslog over TCP.
    private static func recorded() throws -> [Script] { try RecordedConversation.load("atna-tcp") }

    @Test func anySplitGivesTheSame() throws {
        #expect(try Self.recorded().count == 4)
        for script in try Self.recorded() { Harness.checkSplits(script, Self.type) }
    }

    @Test func aPrefixNeverSaysMore() throws {
        for script in try Self.recorded() { Harness.checkPrefixes(script, Self.type) }
    }

    @Test func everyMessageIsAPlaceToStart() throws {
        for script in try Self.recorded() {
            Harness.checkOneDirection(script, Self.type, sides: [.initiator])
            for index in script.turns.indices where [0x31, 0x35, 0x3C].contains(script.turns[index].bytes.first) && index > 0 {
                if script.turns[index].bytes.starts(with: Array("ion>".utf8)) { continue }
                let noted = Harness.checkMidStream(script, dropping: index, Self.type)
                #expect(noted.isSubset(of: Harness.run(script.turns, dissectors: [Self.type]).noted))
            }
        }
    }

    @Test func hostileBytesAreHarmless() throws {
        for script in try Self.recorded() { Harness.checkMutations(script, Self.type) }
    }

    @Test func auditsOverTCP() throws {
        let noted = try Self.recorded().map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        // Octet counting, logger.
        #expect(noted[0].values(.syslogApplication, Harness.clientSubject) == ["dcm4chee-arc"])
        #expect(noted[0].values(.syslogHostname, Harness.clientSubject) == ["archive"])
        #expect(noted[0].values(.atnaSource, Harness.clientSubject) == ["dcm4chee-arc"])
        #expect(noted[0].values(.atnaEvent, Harness.clientSubject) == ["110103^DCM"])
        #expect(noted[0].count == 4)
        // Octet counting and line ends, a handler: the same two messages.
        for index in 1...2 {
            // Of facility 1, where a name may be a user's.
            #expect(noted[index].values(.syslogApplication, Harness.clientSubject) == [])
            #expect(noted[index].values(.syslogHostname, Harness.clientSubject) == ["console-tdm1.chsa.example"])
            #expect(noted[index].values(.atnaSource, Harness.clientSubject) == ["CONSOLE-TDM1"])
            #expect(noted[index].values(.atnaEvent, Harness.clientSubject) == ["110114^DCM"])
            #expect(noted[index].count == 3)
        }
        // A relay's own format.
        #expect(noted[3].values(.syslogApplication, Harness.clientSubject) == ["stockage"])
        #expect(noted[3].values(.syslogHostname, Harness.clientSubject) == ["archive"])
        #expect(noted[3].count == 2)
    }

    /// The UDP payloads of a capture of ours: Ethernet, IPv4, classic pcap.
    private static func datagrams(_ name: String) throws -> [Script.Turn] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Captures")
        let file = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name + ".pcap")))
        let bytes = file.rawSpan
        var turns: [Script.Turn] = []
        var offset = 24
        while let captured = bytes.u32le(at: offset + 8) {
            let frame = bytes.slice(from: offset + 16, count: Int(captured))
            offset += 16 + Int(captured)
            guard frame.u16(at: 12) == 0x0800, frame.u8(at: 23) == 17, let length = frame.u16(at: 38) else { continue }
            turns.append(Script.client(frame.slice(from: 42, count: Int(length) - 8).copied()))
        }
        return turns
    }

    @Test func auditsOverUDP() throws {
        let turns = try Self.datagrams("atna-udp")
        #expect(turns.count == 4)
        let run = Harness.run(datagrams: turns, SyslogDissector.self, serverPort: 514)
        #expect(run.verdicts == [.more, .more, .more, .more])
        #expect(run.noted.values(.syslogApplication, Harness.clientSubject) == ["dcm4chee-arc", "visionneuse"])
        #expect(run.noted.values(.syslogHostname, Harness.clientSubject) == ["archive", "console"])
        #expect(run.noted.values(.atnaSource, Harness.clientSubject) == ["dcm4chee-arc", "CONSOLE-TDM1"])
        #expect(run.noted.values(.atnaEvent, Harness.clientSubject) == ["110103^DCM", "110114^DCM"])
        #expect(run.noted.count == 8)
    }

    @Test func peopleNeverComeOut() throws {
        var noted = Harness.run(datagrams: try Self.datagrams("atna-udp"), SyslogDissector.self, serverPort: 514).noted
        for script in try Self.recorded() {
            for start in [true, false] { noted.formUnion(Harness.run(script.turns, dissectors: [Self.type], sawStart: start).noted) }
        }
        let canaries = try RecordedConversation.canaries("atna-udp") + RecordedConversation.canaries("atna-tcp")
        #expect(canaries.count > 20)
        for item in noted {
            for part in canaries.flatMap({ $0.split(whereSeparator: { $0 == "^" || $0 == " " }) }) where part.count > 8 {
                #expect(!item.value.description.contains(part), "\(item)")
            }
            #expect(!item.value.description.lowercased().contains("canary"))
        }
    }

    // MARK: Headers

    @Test func namesOfSenders() {
        func names(_ text: String) -> [Set<String>] {
            let datagram = Self.datagram(text).noted
            // The same message on a line of a connection.
            #expect(Set(Self.run(text + "\n").noted.map(\.value)) == Set(datagram.map(\.value)), "\(text)")
            return [datagram.values(.syslogHostname), datagram.values(.syslogApplication)]
        }
        #expect(names("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - CANARY") == [["mymachine.example.com"], ["su"]])
        #expect(names("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% CANARY") == [["192.0.2.1"], ["myproc"]])
        #expect(
            names("<165>1 2003-10-11T22:14:15.003Z fe80::1 evntslog - ID47 [a@1 x=\"CANARY \\\" \\] ]\"][b@2 y=\"CANARY\"] CANARY") == [
                ["fe80::1"], ["evntslog"],
            ])
        #expect(names("<165>1 - - - - - -") == [[], []])
        #expect(names("<34>Oct 11 22:14:15 mymachine su[12]: CANARY") == [["mymachine"], ["su"]])
        #expect(names("<34>Oct  1 22:14:15 pacs-01 kernel: CANARY") == [["pacs-01"], ["kernel"]])
        #expect(names("<34>Oct  1 2026 22:14:15 10.0.0.9 kernel: CANARY") == [["10.0.0.9"], ["kernel"]])
        #expect(names("<34>Oct  1 22:14:15 su[12]: CANARY") == [[], ["su"]])
        #expect(names("<134>2026-11-22T00:10:46+00:00 archive stockage[77]: CANARY") == [["archive"], ["stockage"]])
        // The first words of a text, not of a header.
        #expect(names("<34>Oct 11 22:14:15 Canary Person: admitted") == [[], []])
        #expect(names("<34>Oct 11 22:14:15 Canary admitted to ward") == [[], []])
        #expect(names("<34>Oct 11 22:14:15 CANARY: admitted") == [[], []])
        #expect(names("<34>1 2003-10-11T22:14:15Z host name(canary) - - - x") == [["host"], []])
    }

    @Test func datagramsWithoutTime() {
        #expect(Self.datagram("<29>watchdog[42]: CANARY").noted.values(.syslogApplication) == ["watchdog"])
        let router = Self.datagram("<187>38: R1: *Sep 22 13:39:11.250: %LINK-3-UPDOWN: CANARY")
        #expect(router.verdicts == [.more])
        #expect(router.noted.values(.syslogHostname) == ["R1"])
        #expect(router.noted.count == 1)
        #expect(Self.datagram("<189>72: Mar  3 19:57:17.371: %SYS-5-CONFIG_I: CANARY").verdicts == [.more])
        #expect(Self.datagram("<189>72: CANARY: text").verdicts == [.no])
        #expect(Self.datagram("<13>CANARY text").verdicts == [.no])
        #expect(Self.datagram("<13>CANARY: text").verdicts == [.no])
        #expect(Self.run("<29>watchdog[42]: CANARY\n").protocols == [])
    }

    /// An audit message is one only under its own root, and in its own places.
    @Test func auditsOnly() {
        func audit(_ xml: String) -> Set<Noted> { Self.datagram("<85>1 2026-11-21T10:00:00Z h a - IHE+RFC-3881 - " + xml).noted }
        let source = "<AuditSourceIdentification AuditSourceID=\"ARCHIVE\"/>"
        #expect(audit("\u{FEFF}<AuditMessage>\(source)</AuditMessage>").values(.atnaSource) == ["ARCHIVE"])
        let prefixed = "<a:AuditMessage xmlns:a='urn:x'><a:AuditSourceIdentification AuditSourceID='ARCHIVE'/></a:AuditMessage>"
        #expect(audit(prefixed).values(.atnaSource) == ["ARCHIVE"])
        #expect(audit("<Other>\(source)</Other>").values(.atnaSource) == [])
        #expect(audit("<AuditMessage><X>\(source)</X></AuditMessage>").values(.atnaSource) == [])
        #expect(audit("<AuditMessage><AuditSourceIdentification AuditSourceID='canary@chsa.example'/></AuditMessage>").values(.atnaSource) == [])
        let event = "<AuditMessage><EventIdentification><EventID csd-code='%' codeSystemName='DCM'/></EventIdentification></AuditMessage>"
        #expect(audit(event.replacingOccurrences(of: "%", with: "110112")).values(.atnaEvent) == ["110112^DCM"])
        #expect(audit(event.replacingOccurrences(of: "%", with: "CANARY PERSON")).values(.atnaEvent) == [])
        #expect(audit("CANARY \(source)").count == 2)
    }

    /// Lines inside an audit message are white space of XML; what is broken ends with its line.
    @Test func framesOneBehindTheOther() {
        let first = "<85>1 2026-11-21T10:00:00Z h a - - - <AuditMessage>\n<AuditSourceIdentification\nAuditSourceID=\"ONE\"/>\n</AuditMessage>\n"
        let broken = "<85>1 2026-11-21T10:00:00Z h b - - - <AuditMessage><<broken CANARY\n"
        let third = "<85>1 2026-11-21T10:00:00Z h c - - - <AuditMessage><AuditSourceIdentification AuditSourceID=\"TWO\"/></AuditMessage>\n"
        let lines = Script(turns: [Script.client(Array((first + broken + "stranger\n\n" + third).utf8))])
        Harness.checkSplits(lines, Self.type)
        Harness.checkPrefixes(lines, Self.type)
        let noted = Harness.run(lines.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.atnaSource) == ["ONE", "TWO"])
        #expect(noted.values(.syslogApplication) == ["a", "b", "c"])
        let counted = Script(turns: [Script.client([first, broken, third].flatMap { Array("\($0.utf8.count) \($0)".utf8) })])
        Harness.checkSplits(counted, Self.type)
        Harness.checkPrefixes(counted, Self.type)
        #expect(Harness.run(counted.turns, dissectors: [Self.type]).noted == noted)
    }

    @Test func bodiesAreNotHeld() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        func deliver(_ text: String) { dissection.deliver(Array(text.utf8).rawSpan, from: .initiator, &context) }
        let piece = String(repeating: "A", count: 1400)
        deliver("1000040 <85>1 2026-11-21T10:00:00Z h a - - - ")
        for _ in 0..<600 {
            deliver(piece)
            #expect(dissection.heldBytes == 0)
        }
        let second = Dissection(sawStart: true, registry: [Self.type])
        second.deliver(Array("<85>1 2026-11-21T10:00:00Z h b - - - <AuditMessage><A B=\"".utf8).rawSpan, from: .initiator, &context)
        for _ in 0..<600 {
            second.deliver(Array(piece.utf8).rawSpan, from: .initiator, &context)
            #expect(second.heldBytes == 0)
        }
        #expect(Set(log.observations.map(\.value.description)).count == 3)
    }

    // MARK: Probing

    @Test func startsThatAreKnown() {
        for text in [
            "<34>1 2003-10-11T22:14:15.003Z h", "<0>1 - h", "<191>Oct 11 22:14:15 h", "<86>2026-11-22T00:10:46+00:00 h",
            "1462 <86>1 2026-11-22T00:10:43.539698+00:00 a",
        ] {
            #expect(Self.probe(text) == .yes, "\(text)")
            // No beginning of it is refused.
            for count in 1..<text.utf8.count { #expect(Self.probe(String(text.prefix(count))) != .no, "\(text.prefix(count))") }
        }
        for text in [
            "<192>1 2003-10-11T22:14:15Z h", "<034>Oct 11 22:14:15 h", "<34>2 2003-10-11T22:14:15Z h", "<34>1 2003-13-11T22:14:15Z h",
            "<34>Oct 11 25:14:15 h", "<34>Okt 11 22:14:15 h", "<html>1 2003", "<?xml version=\"1.0\"?>", "<34>text of something", "<b>1 - ", "< 34>1 - x",
            "0 <34>1 - ", "15 <34>1 - a b c", "220 <ftp.example> ready", "200 OK", "12345678 <34>1 - ", "100 <34>x",
        ] {
            #expect(Self.probe(text) == .no, "\(text)")
            #expect(Self.probe(text, isStart: false) == .no, "\(text)")
        }
    }

    @Test(arguments: NegativeHeads.all) func othersAreRefused(name: String, head: [UInt8]) {
        let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: true)
        #expect(SyslogStreamDissector.probe(head.rawSpan, context) == .no, "\(name)")
        #expect(Harness.run(datagrams: [Script.client(head)], SyslogDissector.self, serverPort: 514).verdicts == [.no], "\(name)")
    }

    @Test func chanceIsRefused() {
        var generator = SeededGenerator(seed: 5)
        for round in 0..<40_000 {
            var head = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            if round % 2 == 0 { head = Array(["<34>", "<13>1 ", "99 <1>", "<4>Oct "][round / 2 % 4].utf8) + head.map { $0 | 0x40 } }
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: false)
            #expect(SyslogStreamDissector.probe(head.rawSpan, context) == .no)
            #expect(Harness.run(datagrams: [Script.client(head)], SyslogDissector.self, serverPort: 514).verdicts == [.no])
        }
    }
}

// MARK: Neighbours of what is kept

extension SyslogTests {
    /// logger(1) tags what it logs with the name of whoever runs it.
    @Test(arguments: [8, 9, 10, 13, 15]) func tagsOfUsersAreUsers(priority: Int) {
        for text in [
            "<\(priority)>1 2026-11-21T10:15:00Z poste-12 zzcanary - - - text", "<\(priority)>Nov 21 10:15:00 poste-12 zzcanary: text",
            "<\(priority)>Nov 21 10:15:00 poste-12 zzcanary[42]: text",
        ] {
            let noted = Self.datagram(text).noted.union(Self.run(text + "\n").noted)
            #expect(noted.values(.syslogHostname) == ["poste-12"], "\(text)")
            #expect(noted.values(.syslogApplication) == [], "\(text)")
        }
        #expect(Self.datagram("<7>Nov 21 10:15:00 poste-12 kernel: text").noted.values(.syslogApplication) == ["kernel"])
        #expect(Self.datagram("<16>Nov 21 10:15:00 poste-12 sendmail: text").noted.values(.syslogApplication) == ["sendmail"])
        #expect(Self.datagram("<134>Nov 21 10:15:00 poste-12 stockage: text").noted.values(.syslogApplication) == ["stockage"])
    }

    /// Names with spaces push the other fields aside; no shift brings a text into a field that is kept.
    @Test func namesWithSpacesAreNoHeader() {
        for text in [
            "<34>1 2026-11-21T10:15:00Z host Zzcanary Jeanne 42 ID47 - admitted", "<34>1 2026-11-21T10:15:00Z host name of Zzcanary - - - x",
            "<34>Nov 21 10:15:00 Zzcanary Jeanne[7] admitted: CANARY",
        ] {
            let noted = Self.datagram(text).noted.union(Self.run(text + "\n").noted)
            #expect(!"\(noted)".lowercased().contains("canary") && !"\(noted)".contains("Jeanne"), "\(text): \(noted)")
        }
    }

    /// A text that is markup of another kind does not swallow the messages behind it.
    @Test func otherMarkupEndsWithItsLine() {
        let text = "<34>Nov 21 10:15:00 pacs-01 agent[1]: <status>CANARY\n<34>Nov 21 10:15:01 pacs-02 agent[2]: <b/>\n<34>Nov 21 10:15:02 pacs-03 agent[3]: end\n"
        #expect(Self.run(text).noted.values(.syslogHostname) == ["pacs-01", "pacs-02", "pacs-03"])
        Harness.checkSplits(Script(turns: [Script.client(Array(text.utf8))]), Self.type)
    }
}
