import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("OpenVPN") struct OpenVPNTests {
    @Test func protectionsOfTheControlChannel() throws {
        let conversations = try RecordedDatagrams.load("openvpn")
        #expect(conversations.map(\.responder.port) == [1194, 1195, 1196])
        let tls: Set = ["server: tls.version=TLSv1.2", "server: tls.cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]
        let runs = conversations.map { RecordedDatagrams.run($0.turns, OpenVPNDissector.self) }
        #expect(runs.map(\.noted) == [tls.union(["server: openvpn.control=tls"]), tls.union(["server: openvpn.control=tls-auth"]), ["server: openvpn.control=tls-crypt"]])
        #expect(runs.allSatisfy { $0.verdicts.last == .finished })
    }

    @Test func overTCP() throws {
        let script = try #require(try RecordedConversation.load("openvpn").first)
        let run = Harness.run(script.turns, dissectors: [OpenVPNStreamDissector.self])
        #expect(Set(run.noted.map { "\($0)" }).count == 3)
        #expect(run.noted.contains(Noted(subject: Harness.serverSubject, attribute: .openvpnControl, value: .text("tls"))))
        Harness.checkSplits(script, OpenVPNStreamDissector.self)
        Harness.checkPrefixes(script, OpenVPNStreamDissector.self)
        Harness.checkOneDirection(script, OpenVPNStreamDissector.self)
        Harness.checkMidStream(script, dropping: 1, OpenVPNStreamDissector.self)
        Harness.checkMutations(script, OpenVPNStreamDissector.self)
    }

    @Test func others() throws {
        for (name, bytes) in Foreign.client {
            #expect(OpenVPNStreamDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)) == .no, "\(name)")
        }
        RecordedDatagrams.checkHostile(try RecordedDatagrams.load("openvpn")[1].turns, OpenVPNDissector.self)
    }
}
