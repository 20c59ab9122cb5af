import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("TACACS+") struct TACACSTests {
    /// RFC 8907 section 4.1: version, type, number, flags, session, length.
    static func message(_ type: UInt8, _ number: UInt8, flags: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0xC0, type, number, flags] + Octets.hex("01020304") + Octets.u32(body.count) + body
    }
    static let login = Octets.text("CANARYUSER")
    static let secret = Octets.text("CanaryPwd42")
    /// A login by prompt (section 5.4.2.1), all of it unencrypted: START, GETPASS, CONTINUE, PASS.
    static let clear = Script(
        (.initiator, Self.message(1, 1, flags: 1, [1, 1, 1, 1, 10, 4, 9, 0] + Self.login + Octets.text("tty0") + Octets.text("10.0.0.99"))),
        (.responder, Self.message(1, 2, flags: 1, [5, 1, 0, 10, 0, 0] + Octets.text("Password: "))),
        (.initiator, Self.message(1, 3, flags: 1, [0, 11, 0, 0, 0] + Self.secret)), (.responder, Self.message(1, 4, flags: 1, [1, 0, 0, 0, 0, 0])))
    static let hidden = Script(
        (.initiator, Self.message(1, 1, flags: 0, Octets.hex("8f31c4d20a77e1925b60"))), (.responder, Self.message(1, 2, flags: 0, Octets.hex("1bd4402e9a61"))))

    @Test func inClear() {
        Harness.checkSplits(Self.clear, TACACSDissector.self)
        Harness.checkPrefixes(Self.clear, TACACSDissector.self)
        Harness.checkOneDirection(Self.clear, TACACSDissector.self)
        Harness.checkMidStream(Self.clear, dropping: 2, TACACSDissector.self)
        Harness.checkMutations(Self.clear, TACACSDissector.self)
        let noted = Harness.run(Self.clear.turns, dissectors: [TACACSDissector.self]).noted
        #expect(Set(noted.map(\.description)) == ["tacacs.clear=authentication", "login.clear=tacacs"])
        for canary in ["CANARYUSER", "CanaryPwd42", "10.0.0.99"] { #expect(!noted.contains { $0.description.contains(canary) }) }
    }

    @Test func obfuscated() {
        Harness.checkSplits(Self.hidden, TACACSDissector.self)
        #expect(Harness.run(Self.hidden.turns, dissectors: [TACACSDissector.self]).noted.isEmpty)
    }

    @Test func othersAreRefused() {
        for side in [Side.initiator, .responder] {
            let context = ProbeContext(transport: .tcp, side: side, role: nil, isStart: true)
            for bytes in Array(Foreign.client.values) + Array(Foreign.server.values) { #expect(TACACSDissector.probe(bytes.rawSpan, context) == .no) }
        }
        let server = ProbeContext(transport: .tcp, side: .responder, role: .server, isStart: true)
        #expect(TACACSDissector.probe(Self.message(1, 1, flags: 0, [1]).rawSpan, server) == .no)
        #expect(TACACSDissector.probe(Self.message(4, 2, flags: 0, [1]).rawSpan, server) == .no)
        #expect(TACACSDissector.probe(Self.message(1, 2, flags: 8, [1]).rawSpan, server) == .no)
    }
}
