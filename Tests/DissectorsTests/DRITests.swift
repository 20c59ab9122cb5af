import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("S/5 DRI") struct DRITests {
    static func little(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    /// A record in its frame.
    static func frame(_ kind: UInt8, level: UInt8 = 0, _ subrecords: [(type: UInt8, data: [UInt8])]) -> [UInt8] {
        var descriptors: [UInt8] = []
        var data: [UInt8] = []
        for subrecord in subrecords {
            descriptors += Self.little(data.count) + [subrecord.type]
            data += subrecord.data
        }
        if subrecords.count < 8 { descriptors += [0, 0, 0xFF] }
        descriptors += Octets.zeros(24 - descriptors.count)
        var record = Self.little(40 + data.count) + [1, level] + Octets.hex("3412") + Octets.hex("dc92f05f") + Octets.zeros(4) + [kind, 0] + descriptors + data
        record.append(record.reduce(UInt8(0)) { $0 &+ $1 })
        return [0x7E] + record.flatMap { $0 == 0x7E ? [0x7D, 0x5E] : $0 == 0x7D ? [0x7D, 0x5D] : [$0] } + [0x7E]
    }
    /// The request of appendix A of the computer interface specification.
    static let request = Octets.hex("7e31") + Octets.zeros(20) + Octets.hex("ff") + Octets.zeros(18) + Octets.hex("010a000e00000000 00497e")
    static let values = frame(0, level: 11, [(1, Octets.text("CANARYMESURES") + [0x7E, 0x7D, 0x01, 0x80] + Octets.zeros(261))])
    static let script = Script((.initiator, request), (.responder, values), (.responder, frame(1, level: 11, [(1, Octets.zeros(60))])))
    static func level(_ level: Int64, of subject: Subject = Harness.serverSubject) -> Noted {
        Noted(subject: subject, attribute: .driLevel, value: .number(level))
    }

    @Test func level() {
        #expect(Self.frame(0, [(0, Octets.hex("010a000e0000000000"))]).count == Self.request.count)
        let run = Harness.run(Self.script.turns, dissectors: [DRIDissector.self])
        #expect(run.protocols == [.dri])
        #expect(run.noted == [Self.level(11)])
    }

    @Test func harness() {
        Harness.checkSplits(Self.script, DRIDissector.self)
        Harness.checkPrefixes(Self.script, DRIDissector.self)
        Harness.checkOneDirection(Self.script, DRIDissector.self)
        Harness.checkMidStream(Self.script, dropping: 1, DRIDissector.self)
        Harness.checkMutations(Self.script, DRIDissector.self)
    }

    /// The client is icu_devices.
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("dri-b650")
        #expect(scripts.count == 1)
        let noted = Harness.run(scripts[0].turns, dissectors: [DRIDissector.self]).noted
        #expect(noted == [Self.level(11)])
        Harness.checkSplits(scripts[0], DRIDissector.self)
        Harness.checkOneDirection(scripts[0], DRIDissector.self)
    }

    /// A central logs monitors in; the patient's description beside it is not entered.
    @Test func logins() {
        let login = Octets.hex("0000f1a2b3c4") + Self.little(37) + Self.little(10) + Octets.zeros(20)
        let patient = Octets.text("CANARYMARGUERITE").map { $0 } + Octets.text("ZZCANARYDUPONT") + Octets.zeros(400)
        let frames = Self.frame(5, level: 10, [(6, patient)]) + Self.frame(5, level: 10, [(0, login), (6, patient)])
        let run = Harness.run([Script.server(frames)], dissectors: [DRIDissector.self])
        let monitor = Subject.device(DeviceKey(behind: HostKey(Harness.server.address, in: .none), naming: .eui64, identifier: "00:00:f1:a2:b3:c4"))
        #expect(
            run.noted == [
                Self.level(10), Self.level(10, of: monitor), Noted(subject: monitor, attribute: .driAddress, value: .text("00:00:f1:a2:b3:c4")),
                Noted(subject: monitor, attribute: .driDeviceType, value: .text("ESP_ICU")),
            ])
        // A login that is cut is none.
        let short = Self.frame(5, level: 10, [(0, Array(login.prefix(8)))])
        #expect(Harness.run([Script.server(short)], dissectors: [DRIDissector.self]).noted == [Self.level(10)])
    }

    @Test func probes() {
        func probe(_ bytes: [UInt8]) -> Probe { DRIDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)) }
        #expect(probe(Self.request) == .yes)
        #expect(probe([0x7E] + Self.values) == .yes)
        #expect(probe([0x7E]) == .notYet)
        #expect(probe(Array(Self.values.prefix(100))) == .notYet)
        var wrong = Self.request
        wrong[wrong.count - 2] ^= 1
        // A wrong checksum, PPP with these flags (RFC 1662), length, main type and order of subrecords that cannot be.
        for bytes in [
            wrong, Octets.hex("7eff7d23c0217d217d217d207d34"), Octets.hex("7eff03c02101"), Octets.hex("7e00000000"), Octets.hex("7e31000010"), [0x7E] + Octets.text("~~~~"),
            Self.frame(2, level: 11, [(1, [1, 2, 3])]), Self.frame(0, level: 200, [(1, [1, 2, 3])]), Self.frame(0, level: 11, []),
        ] { #expect(probe(bytes) == .no) }
        for bytes in Foreign.client.values { #expect(probe(bytes) == .no) }
        for bytes in Foreign.server.values { #expect(probe(bytes) == .no) }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let random = (0..<120).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(probe([0x7E] + random) != .yes)
            #expect(probe(Array(Self.request.prefix(16)) + random + [0x7E]) != .yes)
        }
    }

    /// A frame that never ends is not held for ever.
    @Test func endless() {
        let long = [0x7E] + [UInt8](repeating: 0x55, count: 20_000)
        let run = Harness.run([Script.client(Self.request), Script.server(long), Script.server(Self.values)], dissectors: [DRIDissector.self])
        #expect(run.noted == [Self.level(11)])
    }
}
