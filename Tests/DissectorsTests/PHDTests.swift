import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("IEEE 11073-20601") struct PHDTests {
    /// As recorded from Antidote's sample agents and manager.
    static func recorded() throws -> [Script] { try RecordedConversation.load("phd-agents") }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8.filter { $0 != 0x20 })
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
    }
    /// Association request of an agent with System-Id 001C05FFFE200729 and configuration 1700.
    static let request = bytes("e200 0032 80000000 0001 002a 5079 0026 80000000 8000 80000000 00000000 00800000 0008 001c05fffe200729 06a4 0001 0100 0000 0000")
    static let response = bytes("e300 002c 0000 5079 0026 80000000 8000 80000000 00000000 80000000 0008 1122334455667788 0000 0000 0000 0000 0000")
    static let refusal = bytes("e300 0006 0001 0000 0000")
    static let release = bytes("e400 0002 0000")
    static let get = bytes("e700 000e 000c 0000 0103 0006 0000 0000 0000")

    static func attribute(_ code: UInt16, _ value: [UInt8]) -> [UInt8] { Self.u16(code) + Self.u16(UInt16(value.count)) + value }
    static func text(_ text: String) -> [UInt8] { Self.u16(UInt16(text.utf8.count)) + Array(text.utf8) }
    static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    /// An answer to Get of the object with this handle.
    static func answer(handle: UInt16 = 0, _ attributes: [[UInt8]], choice: UInt16 = 0x0203) -> [UInt8] {
        let list = attributes.flatMap { $0 }
        let body = Self.u16(handle) + Self.u16(UInt16(attributes.count)) + Self.u16(UInt16(list.count)) + list
        let data = Self.u16(7) + Self.u16(choice) + Self.u16(UInt16(body.count)) + body
        return Self.u16(0xE700) + Self.u16(UInt16(data.count + 2)) + Self.u16(UInt16(data.count)) + data
    }

    static let client = Harness.clientSubject
    static func noted(_ pairs: [(Attribute, Value)]) -> Set<Noted> { Set(pairs.map { Noted(subject: Self.client, attribute: $0.0, value: $0.1) }) }

    @Test func recordedOximeter() throws {
        let script = try #require(try Self.recorded().first)
        let run = Harness.run(script.turns, dissectors: [PHDDissector.self])
        #expect(run.protocols == [.phd])
        #expect(
            run.noted
                == Self.noted([
                    (.phdSystemID, .text("001C05FFFE200729")), (.phdConfiguration, .number(400)), (.phdSpecialisation, .text("pulse-oximeter")),
                    (.phdManufacturer, .text("Nonin Medical, Inc.")), (.phdModel, .text("3230")), (.phdSerial, .text("LNC501229")),
                    (.phdPartNumber, .text("0741-LNC")), (.phdHardware, .text("H 1.2")), (.phdSoftware, .text("S 2.04")), (.phdFirmware, .text("F 1.10")),
                ]))
    }

    @Test func recordedScale() throws {
        let script = try #require(try Self.recorded().last)
        let run = Harness.run(script.turns, dissectors: [PHDDissector.self])
        #expect(
            run.noted
                == Self.noted([
                    (.phdSystemID, .text("0022580FFE20072A")), (.phdConfiguration, .number(1500)), (.phdSpecialisation, .text("weighing-scale")),
                    (.phdManufacturer, .text("A&D Medical")), (.phdModel, .text("UC-351PBT-Ci")), (.phdSerial, .text("LNC5150042")),
                    (.phdPartNumber, .text("UC-LNC")), (.phdHardware, .text("1")), (.phdSoftware, .text("0112")), (.phdFirmware, .text("0112")),
                ]))
        for canary in try RecordedConversation.canaries("phd-agents") { #expect(!run.noted.description.contains(canary)) }
    }

    @Test func harness() throws {
        for script in try Self.recorded() {
            Harness.checkSplits(script, PHDDissector.self)
            Harness.checkPrefixes(script, PHDDissector.self)
            let sides = Harness.checkOneDirection(script, PHDDissector.self)
            #expect(sides[.responder]?.isEmpty == true)
            #expect(sides[.initiator]?.contains { $0.attribute == .phdSerial } == true)
            // Without the association: from the manager's Get on.
            let late = Harness.checkMidStream(script, dropping: 2, PHDDissector.self)
            #expect(late.contains { $0.attribute == .phdSerial })
            Harness.checkMutations(script, PHDDissector.self)
        }
    }

    @Test func association() {
        let run = Harness.run([Script.client(Self.request), Script.server(Self.refusal), Script.client(Self.release)], dissectors: [PHDDissector.self])
        #expect(
            run.noted
                == Self.noted([
                    (.phdSystemID, .text("001C05FFFE200729")), (.phdConfiguration, .number(1700)), (.phdSpecialisation, .text("glucose-meter")),
                ]))
    }

    @Test func agentThatIsCalled() {
        // The manager opened the connection: the agent is the service.
        let run = Harness.run([Script.server(Self.request), Script.client(Self.response)], dissectors: [PHDDissector.self])
        #expect(Set(run.noted.map(\.subject)) == [Harness.serverSubject])
    }

    @Test func attributes() {
        let specialisations = Self.u16(2) + Self.u16(8) + Self.u16(4113) + Self.u16(1) + Self.u16(4999) + Self.u16(1)
        let entries = [
            Self.u16(0) + Self.u16(0) + Self.text("CANARYUNSPECIFIED"), Self.u16(1) + Self.u16(3) + Self.text("S1 "),
            Self.u16(6) + Self.u16(0) + Self.text("CANARYPROTOCOL"), Self.u16(7) + Self.u16(0) + Self.text("CANARYGMDN"),
            Self.u16(9) + Self.u16(0) + Self.text("CANARYOTHER"),
        ]
        let list = entries.flatMap { $0 }
        let production = Self.u16(UInt16(entries.count)) + Self.u16(UInt16(list.count)) + list
        let all = [
            Self.attribute(2650, specialisations), Self.attribute(2349, production), Self.attribute(2344, Self.text("Maker\0") + Self.text("")),
            // Cut inside, and what nobody reads: a label that may name anybody.
            Self.attribute(2436, [0, 8, 1]), Self.attribute(2343, Self.text("CANARYLABEL")), Self.attribute(2628, Self.u16(0x4000)),
        ]
        let expected = Self.noted([
            (.phdSpecialisation, .text("glucose-meter")), (.phdSpecialisation, .text("4999")), (.phdSerial, .text("S1")), (.phdManufacturer, .text("Maker")),
            (.phdConfiguration, .number(0x4000)),
        ])
        #expect(Harness.run([Script.client(Self.answer(all))], dissectors: [PHDDissector.self], sawStart: false).noted == expected)
        // Another object, or another message with the same content, is not the device.
        #expect(Harness.run([Script.client(Self.answer(handle: 1, all))], dissectors: [PHDDissector.self], sawStart: false).noted.isEmpty)
        #expect(Harness.run([Script.client(Self.answer(all, choice: 0x0201))], dissectors: [PHDDissector.self], sawStart: false).noted.isEmpty)
        // Counts that promise more than there is.
        var liar = Self.answer([Self.attribute(2349, Self.u16(0xFFFF) + Self.u16(0xFFFF) + Self.u16(1) + Self.u16(0) + Self.text("S2"))])
        liar[15] = 0xFF
        #expect(Harness.run([Script.client(liar)], dissectors: [PHDDissector.self], sawStart: false).noted == Self.noted([(.phdSerial, .text("S2"))]))
    }

    static func probe(_ bytes: [UInt8], isStart: Bool = true, isProved: Bool = false) -> Probe {
        PHDDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart, isProved: isProved))
    }

    @Test func probes() {
        #expect(Self.probe(Self.request) == .yes)
        #expect(Self.probe(Self.response) == .yes)
        // A refusal may be the first that is seen of the server; it proves nothing by itself.
        #expect(Self.probe(Self.refusal) == .notYet)
        #expect(Self.probe(Self.get) == .no)
        #expect(Self.probe(Self.get, isStart: false) == .yes)
        #expect(Self.probe(Self.release, isStart: false) == .no)
        #expect(Self.probe(Self.release, isStart: false, isProved: true) == .yes)
        for message in [Self.request, Self.response] {
            for count in 0..<message.count { #expect(Self.probe(Array(message.prefix(count))) != .no, "\(count) bytes") }
        }
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<2000 {
            let bytes = [UInt8.random(in: 0xE2...0xE7, using: &generator), 0] + (0..<60).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.probe(bytes, isStart: false) != .yes)
        }
        // One length, one identifier or one rule wrong.
        for (position, byte) in [(3, 0x33), (5, 1), (9, 0), (11, 0x2B), (12, 0x51), (15, 0x27), (20, 0x81), (30, 8), (35, 7)] as [(Int, UInt8)] {
            var wrong = Self.request
            wrong[position] = byte
            #expect(Self.probe(wrong) == .no, "byte \(position)")
        }
        let others = ["GET / HTTP/1.1\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{0B}MSH|^~\\&|", "\u{16}\u{03}\u{01}", "\u{01}\u{00}\u{00}\u{00}"]
        for other in others { #expect(Self.probe(Array(other.utf8)) == .no) }
    }

    @Test func longMessagesAreSteppedOver() {
        // 60000 bytes of measurements, then the answer that is read.
        let head = [0xE700, 60008, 60006, 1, 0x0101, 60000].flatMap(Self.u16)
        let measurements = head + [UInt8](repeating: 0x41, count: 60000)
        let answer = Self.answer([Self.attribute(2344, Self.text("M") + Self.text("1"))])
        let run = Harness.run([Script.client(Self.request), Script.client(measurements), Script.client(answer)], dissectors: [PHDDissector.self])
        #expect(run.noted.contains(Noted(subject: Self.client, attribute: .phdModel, value: .text("1"))))
        // Longer than an APDU can be.
        #expect(Self.probe(Self.bytes("e700 fc01 fbff 0001 0101 fbf9"), isStart: false) == .no)
    }
}
