import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("QUIC") struct QUICTests {
    @Test(arguments: [(0, "1"), (1, "2")]) func theHelloIsReadWithKeysThatEverybodyHas(index: Int, version: String) throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("quic")[index].turns, QUICDissector.self)
        #expect(run.noted == [
            "client: quic.version=\(version)", "server: quic.version=\(version)", "both: tls.server_name=portail.ch-sa.example",
            "server: tls.server_name=portail.ch-sa.example", "client: tls.alpn=h3", "client: tls.ja4=q13d0307h3_55b375c5d22e_1cecd519fee8",
        ])
        #expect(run.verdicts.last == .finished)
    }

    /// RFC 9001 appendix A.1 and A.2.
    @Test func keysOfTheStandard() {
        let keys = QUICKeys(client: Octets.hex("8394c8f03e515708"), .version1)
        #expect(keys.nonce == Octets.hex("fa044b2f42a3fd3b46fb255c"))
        #expect(keys.mask(Octets.hex("d1b1c98dd7689fb8ec11d242b123dc9b"))?.prefix(5) == Octets.hex("437b9aec36")[...])
    }
    /// RFC 9369 appendix A.1.
    @Test func keysOfVersion2() {
        #expect(QUICKeys(client: Octets.hex("8394c8f03e515708"), .version2).nonce == Octets.hex("91f73e2351d8fa91660e909f"))
    }

    /// A hello of which the end is in another packet gives the name that is whole, and no fingerprint.
    @Test func theBeginningOfAHello() {
        let whole = Octets.hex("0303") + Octets.zeros(32) + Octets.hex("0000021301010000160000000c000a000007") + Octets.text("pacs.ch") + Octets.hex("002b0003020304")
        let cut = Array(whole.dropLast(4))
        #expect(ClientHello(beginning: cut.rawSpan)?.serverName == Octets.text("pacs.ch"))
        let shorter = Array(whole.dropLast(9))
        #expect(ClientHello(beginning: shorter.rawSpan)?.serverName == [])
        #expect(ClientHello(beginning: Array(whole.prefix(30)).rawSpan) == nil)
    }

    @Test func aChangedPacketDoesNotOpen() throws {
        var datagram = try RecordedDatagrams.load("quic")[0].turns[0].bytes
        datagram[100] ^= 1
        #expect(RecordedDatagrams.run([Script.client(datagram)], QUICDissector.self).noted == ["client: quic.version=1"])
    }

    @Test func hostileInput() throws { RecordedDatagrams.checkHostile(try RecordedDatagrams.load("quic")[0].turns, QUICDissector.self) }
}
