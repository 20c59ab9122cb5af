import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("STUN") struct STUNTests {
    static let software = "Coturn-4.6.1 'Gorst'"

    @Test func aBindingAndARelay() throws {
        let runs = try RecordedDatagrams.load("turn").filter { $0.responder.port == 3478 }.map { RecordedDatagrams.run($0.turns, STUNDissector.self).noted }
        #expect(runs.first == ["server: stun.software=\(Self.software)"])
        #expect(runs.contains { $0.contains("server: turn.relay=allocated") })
        #expect(!runs.joined().contains { $0.contains("canary") })
    }

    @Test func overTCP() throws {
        let script = try #require(try RecordedConversation.load("turn").first { $0.turns.count > 3 })
        #expect(Harness.run(script.turns, dissectors: [STUNStreamDissector.self]).noted.contains(Noted(subject: Harness.serverSubject, attribute: .turnRelay, value: .text("allocated"))))
        Harness.checkSplits(script, STUNStreamDissector.self)
        Harness.checkPrefixes(script, STUNStreamDissector.self)
        Harness.checkOneDirection(script, STUNStreamDissector.self)
        Harness.checkMutations(script, STUNStreamDissector.self)
    }

    /// RFC 3489 section 11: no cookie, and a transaction of 16 octets.
    @Test func theClassicForm() {
        let answer = Octets.hex("0101000c c15dae63585d14392e582c260403bf30 00010008 0001d4310a000001")
        let changed = Octets.hex("0101000c c15dae63585d14392e582c260403bf30 00310008 0001d4310a000001")
        #expect(RecordedDatagrams.run([Script.server(answer)], STUNDissector.self).verdicts == [.more])
        #expect(RecordedDatagrams.run([Script.server(changed)], STUNDissector.self).verdicts == [.no])
    }

    /// RFC 7983: DTLS between the ports that STUN opened.
    @Test func dtlsBehindSTUN() throws {
        let stun = try RecordedDatagrams.load("turn")[0].turns
        let run = RecordedDatagrams.run(stun + (try RecordedDatagrams.load("dtls")[0].turns), STUNDissector.self)
        #expect(run.protocols == [.stun, .dtls])
        #expect(run.noted.contains("server: dtls.version=DTLSv1.2"))
    }

    @Test func hostileInput() throws { RecordedDatagrams.checkHostile(try RecordedDatagrams.load("turn")[0].turns, STUNDissector.self) }
}
