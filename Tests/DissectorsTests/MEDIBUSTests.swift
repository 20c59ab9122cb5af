import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("MEDIBUS") struct MEDIBUSTests {
    /// A command or response with its checksum.
    static func message(_ first: UInt8, _ body: String) -> [UInt8] {
        let bytes = [first] + Octets.text(body)
        let sum = bytes.reduce(UInt8(0)) { $0 &+ $1 }
        let digits = Octets.text("0123456789ABCDEF")
        return bytes + [digits[Int(sum >> 4)], digits[Int(sum & 15)], 0x0D]
    }
    static func command(_ body: String) -> [UInt8] { Self.message(0x1B, body) }
    static func response(_ body: String) -> [UInt8] { Self.message(0x01, body) }
    static func text(_ attribute: Attribute, _ text: String, of subject: Subject) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func identification(_ number: String, _ name: String, _ revision: String, _ protocolRevision: String, of subject: Subject) -> Set<Noted> {
        [
            Self.text(.medibusDeviceID, number, of: subject), Self.text(.medibusDeviceName, name, of: subject), Self.text(.medibusRevision, revision, of: subject),
            Self.text(.medibusProtocolRevision, protocolRevision, of: subject),
        ]
    }

    /// As in the protocol definition, example 1, with measured data that a patient might be known by.
    static let script = Script(
        (.responder, command("Q")), (.initiator, response("Q")), (.initiator, command("R")), (.responder, response("R8210'Evita 1         '03.00:03.00")),
        (.initiator, command("$")), (.responder, response("$EB 98 E1 70 ")), (.initiator, command("'")), (.responder, response("'91ECANARYALARM ")),
        (.initiator, command("*")), (.responder, response("*01CCANARYTEXTE ")), (.responder, command("R")),
        (.initiator, response("R0161'My PC'01.00:03.00")))

    @Test func bytesOfTheDefinition() {
        #expect(Self.command("Q") == Octets.hex("1b5136430d"))
        #expect(Self.response("Q") == Octets.hex("015135320d"))
        #expect(Self.command("R") == Octets.hex("1b5236440d"))
        #expect(Self.response("$EB 98 E1 70 ") == Octets.hex("01244542203938204531203730 2037410d"))
    }

    @Test func identifications() {
        let run = Harness.run(Self.script.turns, dissectors: [MEDIBUSDissector.self])
        #expect(run.protocols == [.medibus])
        #expect(
            run.noted
                == Self.identification("8210", "Evita 1", "03.00", "03.00", of: Harness.serverSubject)
                .union(Self.identification("0161", "My PC", "01.00", "03.00", of: Harness.clientSubject)))
    }

    @Test func harness() {
        Harness.checkSplits(Self.script, MEDIBUSDissector.self)
        Harness.checkPrefixes(Self.script, MEDIBUSDissector.self)
        Harness.checkOneDirection(Self.script, MEDIBUSDissector.self)
        Harness.checkMidStream(Self.script, dropping: 4, MEDIBUSDissector.self)
        Harness.checkMutations(Self.script, MEDIBUSDissector.self)
    }

    /// The client is VSCaptureDrgVent.
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("medibus-evita")
        #expect(scripts.count == 1)
        let noted = Harness.run(scripts[0].turns, dissectors: [MEDIBUSDissector.self]).noted
        #expect(noted.isSuperset(of: Self.identification("8240", "Evita 4 LNC", "04.21", "04.03", of: Harness.serverSubject)))
        #expect(noted.contains(Self.text(.medibusDeviceName, "VSCaptureDrgVent", of: Harness.clientSubject)))
        for canary in try RecordedConversation.canaries("medibus-evita") { #expect(!noted.contains { "\($0)".contains(canary) }) }
        Harness.checkSplits(scripts[0], MEDIBUSDissector.self)
        Harness.checkPrefixes(scripts[0], MEDIBUSDissector.self)
    }

    /// A command stands inside of a response, and realtime octets, and the other side is stopped and resumed.
    @Test func embedded() {
        let identification = Self.response("R8240'Evita 4'04.00:04.00")
        let mixed = Array(identification.prefix(9)) + Self.command("0") + [0xD3, 0x91, 0x81, 0x11, 0x13] + Array(identification.dropFirst(9))
        let run = Harness.run([Script.client(Self.command("R")), Script.server(mixed)], dissectors: [MEDIBUSDissector.self])
        #expect(run.noted == Self.identification("8240", "Evita 4", "04.00", "04.00", of: Harness.serverSubject))
        let aborted = Array(identification.prefix(12)) + [0x18] + Array(identification.dropFirst(12))
        #expect(Harness.run([Script.client(Self.command("R")), Script.server(aborted)], dissectors: [MEDIBUSDissector.self]).noted.isEmpty)
    }

    @Test func wrongIdentifications() {
        for body in [
            "R8240'Evita 4'04.00:04.0", "R8240Evita 4'04.00:04.00", "R8240''04.00:04.00", "R8240'\(String(repeating: "E", count: 33))'04.00:04.00",
            "R824'Evita 4'04.00:04.00", "R8240'Evita 4'0400::04.00",
        ] {
            let run = Harness.run([Script.client(Self.command("R")), Script.server(Self.response(body))], dissectors: [MEDIBUSDissector.self])
            #expect(run.noted.isEmpty, "\(body)")
        }
        var corrupt = Self.response("R8240'Evita 4'04.00:04.00")
        corrupt[10] ^= 1
        #expect(Harness.run([Script.client(Self.command("R")), Script.server(corrupt)], dissectors: [MEDIBUSDissector.self]).noted.isEmpty)
    }

    @Test func probes() {
        func probe(_ bytes: [UInt8]) -> Probe { MEDIBUSDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)) }
        #expect(probe(Self.command("Q")) == .yes)
        #expect(probe(Self.response("R0161'My PC'01.00:03.00")) == .yes)
        #expect(probe(Octets.hex("011531360d")) == .yes)
        #expect(probe([0x1B]) == .notYet)
        #expect(probe(Array(Self.command("Q").prefix(4))) == .notYet)
        // A wrong checksum, a code that is none, a terminal's escape sequences, the frames of BCC.
        for bytes in [
            Octets.hex("1b5136440d"), Octets.hex("1b4136430d"), Octets.text("\u{1B}[2J\u{1B}[H"), Octets.text("\u{1B}c"), Octets.text("\u{1B}Q1234\r"),
            Octets.text("\u{01}00031\u{02}1/1/1>ADMIN:ALIVE\u{03}00061\u{04}"),
        ] { #expect(probe(bytes) == .no) }
        for bytes in Foreign.client.values { #expect(probe(bytes) == .no) }
        for bytes in Foreign.server.values { #expect(probe(bytes) == .no) }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let random = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(probe([0x1B] + random) != .yes)
            #expect(probe([0x01, 0x24] + random) != .yes)
        }
    }
}
