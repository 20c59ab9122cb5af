import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("PPTP") struct PPTPTests {
    static func text(_ subject: Subject, _ attribute: Attribute, _ text: String) -> Noted { Noted(subject: subject, attribute: attribute, value: .text(text)) }

    @Test func aTunnelIsAccepted() throws {
        let script = try #require(try RecordedConversation.load("pptp").first)
        let noted = Harness.run(script.turns, dissectors: [PPTPDissector.self]).noted
        #expect(noted == [
            Self.text(Harness.clientSubject, .pptpHostName, "local"), Self.text(Harness.clientSubject, .pptpVendor, "cananian"),
            Noted(subject: Harness.clientSubject, attribute: .pptpFirmware, value: .number(1)), Self.text(Harness.serverSubject, .pptpHostName, "local"),
            Self.text(Harness.serverSubject, .pptpVendor, "linux"), Noted(subject: Harness.serverSubject, attribute: .pptpFirmware, value: .number(1)),
            Self.text(Harness.serverSubject, .pptpTunnel, "accepted"), Self.text(Harness.serverSubject, .pptpTunnel, "call"),
        ])
        Harness.checkSplits(script, PPTPDissector.self)
        Harness.checkPrefixes(script, PPTPDissector.self)
        Harness.checkOneDirection(script, PPTPDissector.self)
        Harness.checkMidStream(script, dropping: 2, PPTPDissector.self)
        Harness.checkMutations(script, PPTPDissector.self)
    }

    @Test func others() {
        for (name, bytes) in Foreign.client {
            #expect(PPTPDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)) == .no, "\(name)")
        }
    }
}
