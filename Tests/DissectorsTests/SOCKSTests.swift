import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SOCKS") struct SOCKSTests {
    static func noted(_ attribute: Attribute, _ text: String) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: .text(text)) }

    /// By the port of the proxy's client, as recorded: without authentication, with a password, with a wrong one, versions 4 and 5 of another program.
    static func scripts() throws -> [Script] {
        // The proxies' own connections to the web server begin with HTTP.
        try RecordedConversation.load("socks").filter { $0.turns.first.map { $0.bytes.first == 4 || $0.bytes.first == 5 } ?? false }
    }

    @Test func whoIsRelayed() throws {
        let runs = try Self.scripts().map { Harness.run($0.turns, dissectors: [SOCKSDissector.self]).noted }
        #expect(runs.count == 5)
        #expect(runs == [
            [Self.noted(.socksVersion, "5"), Self.noted(.socksMethod, "none"), Self.noted(.socksGranted, "none")],
            [
                Self.noted(.socksVersion, "5"), Self.noted(.socksMethod, "password"), Self.noted(.loginClear, "socks-password"),
                Self.noted(.loginAccepted, "socks-password"), Self.noted(.socksGranted, "password"),
            ],
            [Self.noted(.socksVersion, "5"), Self.noted(.socksMethod, "password"), Self.noted(.loginClear, "socks-password")],
            [Self.noted(.socksVersion, "4"), Self.noted(.socksGranted, "none")],
            [Self.noted(.socksVersion, "5"), Self.noted(.socksMethod, "none"), Self.noted(.socksGranted, "none")],
        ])
    }

    @Test func properties() throws {
        for script in try Self.scripts() {
            // What follows a granted request is for others.
            let handshake = Script(turns: script.turns.filter { !$0.bytes.rawSpan.has("GET ") && !$0.bytes.rawSpan.has("HTTP") && $0.bytes.first ?? 0 <= 5 })
            Harness.checkSplits(handshake, SOCKSDissector.self)
            Harness.checkPrefixes(handshake, SOCKSDissector.self)
            Harness.checkMutations(handshake, SOCKSDissector.self)
        }
    }

    /// The protocol inside is recognised behind the handshake.
    @Test func whatIsInside() throws {
        let handshake = try #require(try Self.scripts().first).turns.prefix(4)
        let hello = Octets.hex("160301003a010000360303") + Octets.zeros(32) + Octets.hex("00000213020100000b000a00080006001d00170018")
        let run = Harness.run(Array(handshake) + [Script.client(hello)], dissectors: [SOCKSDissector.self, TLSDissector.self])
        #expect(run.protocols == [.socks, .tls])
    }

    @Test func others() {
        for (name, bytes) in Foreign.client where name != "socks" {
            #expect(SOCKSDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)) == .no, "\(name)")
        }
        // DCE/RPC, DNP3, a P-DATA of DICOM, random binary that begins alike.
        for digits in ["05000b0310000000", "0564", "040000000010000000", "0501000203", "05020000", "0403", "04010000c0a8000100"] {
            #expect(SOCKSDissector.probe(Octets.hex(digits).rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)) == .no, "\(digits)")
        }
    }
}
