import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SPICE") struct SpiceTests {
    static func texts(_ attribute: Attribute, _ noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute }.map(\.value.description))
    }

    /// QEMU and spice-gtk.
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("spice-clear")
        var channels: Set<String> = []
        for script in scripts {
            // The beginning, in which everything is that is read; the screen itself is long.
            let start = Script(turns: Array(script.turns.prefix(6)))
            let run = Harness.run(start.turns, dissectors: [SpiceDissector.self])
            #expect(run.protocols == [.spice])
            #expect(Self.texts(.spiceVersion, run.noted) == ["2.2"])
            #expect(Self.texts(.spiceAuthentication, run.noted) == ["ticket"])
            channels.formUnion(Self.texts(.spiceChannel, run.noted))
            Harness.checkSplits(start, SpiceDissector.self)
            Harness.checkPrefixes(start, SpiceDissector.self)
            Harness.checkOneDirection(start, SpiceDissector.self)
            Harness.checkMidStream(start, dropping: 0, SpiceDissector.self)
            Harness.checkMutations(start, SpiceDissector.self, rounds: 100)
        }
        #expect(channels.isSuperset(of: ["main", "display", "inputs"]))
    }

    /// spice-server refuses a channel that has to be inside TLS (protocol.h: SPICE_LINK_ERR_NEED_SECURED).
    @Test func refused() {
        let message = Octets.text("REDQ") + Octets.hex("0200000002000000" + "1a000000") + Octets.hex("000000000100" + "01000000" + "01000000" + "12000000" + "09000000" + "09000000")
        let reply = Octets.text("REDQ") + Octets.hex("0200000002000000" + "b2000000") + Octets.hex("05000000") + Octets.zeros(174)
        let script = Script((.initiator, message), (.responder, reply))
        let run = Harness.run(script.turns, dissectors: [SpiceDissector.self])
        #expect(Self.texts(.spiceError, run.noted) == ["need-secured"])
        #expect(Self.texts(.spiceChannel, run.noted).isEmpty)
        Harness.checkSplits(script, SpiceDissector.self)
        Harness.checkPrefixes(script, SpiceDissector.self)
        // Another protocol behind the same four letters.
        #expect(Harness.run([Script.client(Octets.text("REDQUEEN says hello to all"))], dissectors: [SpiceDissector.self]).protocols.isEmpty)
    }
}
