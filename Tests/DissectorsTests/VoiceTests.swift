import Observations
import Testing
import Wire

@testable import Dissectors

/// SIP recorded from Kamailio 5.6 and SIPp 3.6, RTSP from GStreamer 1.22 (Debian 12); RTP after RFC 3550.
@Suite("Voice and video") struct VoiceTests {
    static func message(_ lines: [String], body: String = "") -> [UInt8] { Octets.text(lines.joined(separator: "\r\n") + "\r\n\r\n" + body) }

    static let register = message([
        "REGISTER sip:10.20.9.10 SIP/2.0", "Via: SIP/2.0/UDP 10.20.9.61:5060;branch=z9hG4bK-1", "From: <sip:canary4711@10.20.9.10>;tag=1",
        "To: <sip:canary4711@10.20.9.10>", "Call-ID: 1-2@10.20.9.61", "CSeq: 1 REGISTER", "User-Agent: sipp-poste-dect", "Content-Length: 0",
    ])
    static let registered = message([
        "SIP/2.0 200 OK", "From: <sip:canary4711@10.20.9.10>;tag=1", "CSeq: 1 REGISTER", "Server: kamailio (5.6.3 (x86_64/linux))", "Content-Length: 0",
    ])
    static let challenged = message(["SIP/2.0 401 Unauthorized", "CSeq: 1 REGISTER", "WWW-Authenticate: Digest realm=\"canary\", nonce=\"x\"", "Content-Length: 0"])
    static let answer = message([
        "REGISTER sip:10.20.9.10 SIP/2.0", "CSeq: 2 REGISTER", "Authorization: Digest username=\"canary4711\", response=\"c4c9334bac560ecc979e58001b3e22fb\"",
        "l: 0",
    ])
    static let description = "v=0\r\no=canary 1 1 IN IP4 10.20.9.50\r\ns=-\r\nc=IN IP4 10.20.9.50\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
    static let invite = message(
        ["INVITE sip:canary4711@10.20.9.10:5060 SIP/2.0", "CSeq: 1 INVITE", "Content-Type: application/sdp", "Content-Length: \(description.utf8.count)"],
        body: description)

    @Test func registration() {
        let open = Harness.run(datagrams: [Script.client(Self.register), Script.server(Self.registered)], SIPDissector.self, serverPort: 40_000)
        #expect(open.verdicts == [.more, .more])
        #expect(
            Set(open.noted.map(\.description)) == [
                "sip.method=REGISTER", "sip.user_agent=sipp-poste-dect", "sip.server=kamailio (5.6.3 (x86_64/linux))", "sip.registration=accepted",
            ])
        let digest = Harness.run(
            datagrams: [Script.client(Self.register), Script.server(Self.challenged), Script.client(Self.answer)], SIPDissector.self, serverPort: 5060)
        #expect(Set(digest.noted.map(\.description)).isSuperset(of: ["sip.registration=challenged", "login.challenged=sip-digest"]))
    }

    @Test func media() {
        let run = Harness.run(datagrams: [Script.client(Self.invite)], SIPDissector.self, serverPort: 5060)
        let host = Subject.host(HostKey(IPAddress(v4: 0x0A14_0932), in: .none))
        #expect(run.noted.contains(Noted(subject: host, attribute: .sipMediaPort, value: .number(6000))))
        #expect(Set(run.noted.map(\.description)) == ["sip.method=INVITE", "sip.media_port=6000", "sip.media_profile=RTP/AVP"])
    }

    static let stream = Script((.initiator, register), (.responder, registered), (.initiator, invite))
    static let rtsp = Script(
        (.initiator, message(["DESCRIBE rtsp://10.20.9.70:554/CANARYCHAMBRE12 RTSP/1.0", "CSeq: 2", "User-Agent: GStreamer/1.22.0"])),
        (.responder, message(["RTSP/1.0 401 Unauthorized", "CSeq: 2", "WWW-Authenticate: Basic realm=\"GStreamer RTSP Server\"", "Server: GStreamer RTSP server"])),
        (.initiator, message(["DESCRIBE rtsp://10.20.9.70:554/CANARYCHAMBRE12 RTSP/1.0", "CSeq: 3", "Authorization: Basic Y2FuYXJ5dXNlcjpDYW5hcnk="])),
        (.responder, message(["RTSP/1.0 200 OK", "CSeq: 3", "Content-Type: application/sdp", "Content-Length: 12"], body: "v=0\r\ns=CANAR\r\n".prefix(12).description)))
    static let open = Script(
        (.initiator, message(["DESCRIBE rtsp://canaryuser:canarypwd@10.20.9.70/CANARY RTSP/1.0", "CSeq: 1"])),
        (.responder, message(["RTSP/1.0 200 OK", "CSeq: 1", "Server: GStreamer RTSP server", "Content-Length: 0"])))

    @Test func streams() {
        #expect(
            Set(Harness.run(Self.rtsp.turns, dissectors: [RTSPDissector.self]).noted.map(\.description)) == [
                "rtsp.user_agent=GStreamer/1.22.0", "rtsp.server=GStreamer RTSP server", "rtsp.realm=GStreamer RTSP Server", "rtsp.auth_scheme=basic",
                "rtsp.stream=refused", "rtsp.stream=authenticated", "login.clear=rtsp-basic", "login.accepted=rtsp-basic",
            ])
        #expect(
            Set(Harness.run(Self.open.turns, dissectors: [RTSPDissector.self]).noted.map(\.description)) == [
                "rtsp.server=GStreamer RTSP server", "rtsp.stream=open", "login.clear=rtsp-address",
            ])
    }

    /// Where the server says it sends the stream from.
    @Test(arguments: [
        ("RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001", [6000, 6001]), ("RTP/AVP;server_port=6000;mode=play", [6000]),
        ("RTP/AVP;server_port=70000-6001", []), ("RTP/AVP;server_port=", []), ("RTP/AVP;server_port=0-0", []), ("RTP/AVP/TCP;interleaved=0-1", []),
        ("RTP/AVP;server_port=99999999999999999999999999-1", []), ("RTP/AVP;client_port=5000-5001", []),
    ])
    func mediaPorts(_ transport: String, _ ports: [Int64]) {
        let setup = Script(
            (.initiator, Self.message(["SETUP rtsp://10.20.9.70/CANARY RTSP/1.0", "CSeq: 1", "Transport: RTP/AVP;unicast;client_port=5000-5001"])),
            (.responder, Self.message(["RTSP/1.0 200 OK", "CSeq: 1", "Transport: \(transport)"])))
        let noted = Harness.run(setup.turns, dissectors: [RTSPDissector.self]).noted.filter { $0.attribute == .rtspMediaPort }
        #expect(Set(noted.map(\.value)) == Set(ports.map { Value.number($0) }))
        #expect(noted.allSatisfy { $0.subject == .host(HostKey(Harness.server.address, in: .none)) })
        Harness.checkSplits(setup, RTSPDissector.self)
    }

    @Test func properties() {
        for (dissector, script) in [(SIPStreamDissector.self, Self.stream), (RTSPDissector.self, Self.rtsp), (RTSPDissector.self, Self.open)]
            as [(any StreamDissector.Type, Script)]
        {
            Harness.checkSplits(script, dissector)
            Harness.checkPrefixes(script, dissector)
            Harness.checkOneDirection(script, dissector)
            Harness.checkMidStream(script, dropping: 1, dissector)
            Harness.checkMutations(script, dissector, rounds: 200)
            let noted = Harness.run(script.turns, dissectors: [dissector]).noted
            #expect(!noted.contains { $0.description.lowercased().contains("canary") })
        }
    }

    static func packet(_ sequence: Int, type: UInt8 = 8, source: Int = 0x1234_5678) -> [UInt8] {
        [0x80, type] + Octets.u16(sequence) + Octets.u32(sequence * 160) + Octets.u32(source) + [UInt8](repeating: 0xD5, count: 160)
    }

    @Test func consecutivePackets() {
        let run = Harness.run(datagrams: (1...4).map { Script.client(Self.packet($0)) }, RTPDissector.self, serverPort: 5060)
        #expect(run.verdicts == [.no, .no, .finished, .finished])
        #expect(run.noted.map(\.description) == ["rtp.payload=PCMA"])
        for packets in [[1, 3, 5, 7], [4, 3, 2, 1], [1, 1, 1, 1]] {
            #expect(Harness.run(datagrams: packets.map { Script.client(Self.packet($0)) }, RTPDissector.self, serverPort: 6000).verdicts.allSatisfy { $0 == .no })
        }
        let control = Octets.hex("80c80006123456780000000000000000000000000000000000000000") + Octets.hex("81ca00031234567801036162630000 00")
        #expect(Harness.run(datagrams: [Script.client(control)], RTPDissector.self, serverPort: 6001).verdicts == [.finished])
        #expect(Harness.run(datagrams: [Script.client(control.dropLast())], RTPDissector.self, serverPort: 6001).verdicts == [.no])
    }

    @Test func refusesRandomDatagrams() {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<4000 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let datagrams = [Script.client(bytes), Script.client(bytes), Script.client(bytes)]
            #expect(Harness.run(datagrams: datagrams, RTPDissector.self, serverPort: 5060).verdicts == [.no, .no, .no])
            #expect(Harness.run(datagrams: datagrams, SIPDissector.self, serverPort: 5060).verdicts == [.no, .no, .no])
        }
    }
}
