import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("DTLS") struct DTLSTests {
    @Test(arguments: [(0, "DTLSv1.2"), (1, "DTLSv1.0")]) func handshake(index: Int, version: String) throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("dtls")[index].turns, DTLSDissector.self)
        #expect(run.noted.isSuperset(of: [
            "client: dtls.version_offered=\(version)", "server: dtls.version=\(version)", "both: tls.server_name=capteurs.ch-sa.example", "client: tls.alpn=coap",
            "server: tls.certificate_name=capteurs.ch-sa.example", "server: tls.certificate_key_bits=2048",
        ]))
        #expect(run.verdicts.last == .finished)
    }

    @Test func theAnswerAlone() throws {
        let turns = try RecordedDatagrams.load("dtls")[0].turns.filter { $0.side == .responder }
        #expect(RecordedDatagrams.run(turns, DTLSDissector.self).noted.contains("server: dtls.version=DTLSv1.2"))
    }

    @Test func hostileInput() throws { RecordedDatagrams.checkHostile(try RecordedDatagrams.load("dtls")[0].turns, DTLSDissector.self) }
}
