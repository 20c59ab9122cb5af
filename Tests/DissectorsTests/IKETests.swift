import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("IKE") struct IKETests {
    @Test func currentAlgorithms() throws {
        let conversations = try RecordedDatagrams.load("ike-v2")
        let negotiation = RecordedDatagrams.run(conversations[0].turns, IKEDissector.self)
        #expect(Set(negotiation.noted.filter { $0.contains("chosen") }) == [
            "server: ike.transform_chosen=aes-cbc-256", "server: ike.transform_chosen=hmac-sha2-256-128", "server: ike.transform_chosen=prf-hmac-sha2-256",
            "server: ike.transform_chosen=curve25519",
        ])
        #expect(negotiation.noted.contains("server: ike.version=2"))
        #expect(negotiation.noted.contains("client: ike.transform_proposed=aes-gcm-256"))
        #expect(negotiation.noted.contains("server: ike.vendor_id=882fe56d6fd20dbc2251613b2ebe5beb"))
    }

    /// The tunnel follows on the port for NAT traversal, where a marker tells messages from ESP.
    @Test func theTunnelIsSeenToBegin() throws {
        let conversations = try RecordedDatagrams.load("ike-v2")
        let tunnel = RecordedDatagrams.run(conversations[1].turns, IKEDissector.self, ports: (4500, 4500))
        #expect(tunnel.protocols == [.ike, .esp])
        #expect(tunnel.verdicts.last == .finished)
        #expect(tunnel.noted == ["server: ike.version=2", "server: service.protocol=esp"])
    }

    @Test func espWithoutItsNegotiationNeedsThePort() throws {
        let conversations = try RecordedDatagrams.load("ike-v2")
        let packets = conversations[1].turns.filter { $0.bytes.rawSpan.u32(at: 0) != 0 }
        #expect(packets.count > 1)
        #expect(RecordedDatagrams.run(packets, ESPDatagramDissector.self, ports: (4500, 4500)).verdicts == [.finished])
        #expect(RecordedDatagrams.run(packets, ESPDatagramDissector.self, ports: (4501, 4501)).verdicts.allSatisfy { $0 == .no })
        #expect(RecordedDatagrams.run(packets, IKEDissector.self, ports: (4500, 4500)).verdicts.allSatisfy { $0 == .no })
    }

    @Test func weakAlgorithmsOfVersion2() throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("ike-v2-weak")[0].turns, IKEDissector.self)
        #expect(Set(run.noted.filter { $0.contains("chosen") }) == [
            "server: ike.transform_chosen=3des", "server: ike.transform_chosen=hmac-md5-96", "server: ike.transform_chosen=prf-hmac-md5",
            "server: ike.transform_chosen=modp1024",
        ])
    }

    @Test func aggressiveModeWithAKey() throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("ike-aggressive")[0].turns, IKEDissector.self)
        #expect(run.noted.isSuperset(of: [
            "server: ike.version=1", "server: ike.aggressive=psk", "server: ike.transform_chosen=3des", "server: ike.transform_chosen=md5",
            "server: ike.transform_chosen=modp1024", "client: ike.vendor_id=12f5f28c457168a9702d9fe274cc0100",
        ]))
        // The identity is in clear there, and nobody's business.
        #expect(!run.noted.contains { $0.contains("CANARY") || $0.contains("434e41") })
        #expect(!run.noted.contains { $0.contains("ike.authentication") })
    }

    @Test func mainModeWithAKey() throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("ike-main")[0].turns, IKEDissector.self)
        #expect(run.noted.isSuperset(of: ["server: ike.version=1", "server: ike.authentication=psk", "server: ike.transform_chosen=modp1536"]))
        #expect(!run.noted.contains { $0.contains("ike.aggressive") })
    }

    /// The answer alone tells who is the server and what it chose.
    @Test func theAnswerAlone() throws {
        let answers = try RecordedDatagrams.load("ike-aggressive")[0].turns.filter { $0.side == .responder }
        #expect(RecordedDatagrams.run(answers, IKEDissector.self).noted.contains("server: ike.aggressive=psk"))
    }

    @Test func hostileInput() throws {
        RecordedDatagrams.checkHostile(try RecordedDatagrams.load("ike-v2")[0].turns, IKEDissector.self)
        RecordedDatagrams.checkHostile(try RecordedDatagrams.load("ike-aggressive")[0].turns, IKEDissector.self)
    }
}
