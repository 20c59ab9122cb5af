import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("BitTorrent") struct BitTorrentTests {
    @Test func asRecorded() throws {
        for script in try RecordedConversation.load("bittorrent-peers") {
            Harness.checkSplits(script, BitTorrentDissector.self)
            Harness.checkPrefixes(script, BitTorrentDissector.self)
            Harness.checkOneDirection(script, BitTorrentDissector.self)
            Harness.checkMutations(script, BitTorrentDissector.self)
            let noted = Harness.run(script.turns, dissectors: [BitTorrentDissector.self]).noted
            #expect(Set(noted.map(\.description)) == ["bittorrent.client=TR3000"])
        }
        let run = RecordedFrames.run(try RecordedFrames.load("bittorrent-peers"), datagram: BitTorrentDatagramDissector.self)
        #expect(run.recognised == 12)
        #expect(run.noted.isEmpty)
    }

    @Test func othersAreRefused() {
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)
        for bytes in Array(Foreign.client.values) + Array(Foreign.server.values) { #expect(BitTorrentDissector.probe(bytes.rawSpan, context) == .no) }
        #expect(BitTorrentDissector.probe(Octets.text("\u{13}BitTorrent proto").rawSpan, context) == .notYet)
        #expect(BitTorrentDissector.probe(Octets.text("\u{13}BitTorrent protokoll").rawSpan, context) == .no)
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 6881), datagram: BitTorrentDatagramDissector.self).recognised == 0)
    }
}
