import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("BGP") struct BGPTests {
    @Test func asRecorded() throws {
        for script in try RecordedConversation.load("bgp-session") {
            Harness.checkSplits(script, BGPDissector.self)
            Harness.checkPrefixes(script, BGPDissector.self)
            Harness.checkOneDirection(script, BGPDissector.self)
            Harness.checkMidStream(script, dropping: 2, BGPDissector.self)
            Harness.checkMutations(script, BGPDissector.self)
            let noted = Harness.run(script.turns, dissectors: [BGPDissector.self]).noted
            #expect(Set(noted.map(\.description)) == ["bgp.as=64520", "bgp.as=4200000021"])
        }
    }

    @Test func othersAreRefused() {
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)
        for bytes in Array(Foreign.client.values) + Array(Foreign.server.values) { #expect(BGPDissector.probe(bytes.rawSpan, context) == .no) }
        // A marker, and a type that a conversation does not begin with; a length that no message has.
        let marker = [UInt8](repeating: 0xFF, count: 16)
        #expect(BGPDissector.probe((marker + Octets.hex("001304")).rawSpan, context) == .no)
        #expect(BGPDissector.probe((marker + Octets.hex("001301")).rawSpan, context) == .no)
        #expect(BGPDissector.probe((marker + Octets.hex("ffff01")).rawSpan, context) == .no)
    }
}
