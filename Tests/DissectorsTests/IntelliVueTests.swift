import Foundation
import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("IntelliVue") struct IntelliVueTests {
    static let monitor = Subject.host(HostKey(Harness.server.address, in: .none))
    static func text(_ attribute: Attribute, _ text: String, of subject: Subject = monitor) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func run(_ datagrams: Script.Turn..., port: UInt16 = 24105) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams, IntelliVueDissector.self, serverPort: port)
    }

    // MARK: Messages as they are on the wire

    static func attribute(_ id: Int, _ value: [UInt8]) -> [UInt8] { Octets.u16(id) + Octets.u16(value.count) + value }
    static func list(_ attributes: [[UInt8]]) -> [UInt8] {
        Octets.u16(attributes.count) + Octets.u16(attributes.reduce(0) { $0 + $1.count }) + attributes.flatMap(\.self)
    }
    static func label(_ text: String) -> [UInt8] { Octets.u16(text.utf8.count) + Octets.text(text) }
    static func wide(_ text: String) -> [UInt8] { Octets.u16(text.utf16.count * 2) + text.utf16.flatMap { Octets.u16(Int($0)) } }
    static let mds = Octets.hex("002100000000")
    static func operation(_ kind: Int, _ command: Int, _ body: [UInt8], prefix: [UInt8] = []) -> [UInt8] {
        let inner = prefix + Octets.u16(1) + Octets.u16(command) + Octets.u16(body.count) + body
        return Octets.hex("e1000002") + Octets.u16(kind) + Octets.u16(inner.count) + inner
    }
    static func event(_ attributes: [[UInt8]]) -> [UInt8] {
        let value = Self.mds + Self.list(attributes)
        return Self.operation(1, 1, Self.mds + Octets.u32(0) + Octets.u16(0x0D06) + Octets.u16(value.count) + value)
    }
    /// A poll result: of the object with this code, in the plain or the extended form.
    static func poll(_ object: Int, _ attributes: [[UInt8]], extended: Bool = false, linked: [UInt8]? = nil) -> [UInt8] {
        let observation = Octets.u16(1) + Self.list(attributes)
        let context = Octets.u16(0) + Octets.u16(1) + Octets.u16(observation.count) + observation
        let header = Octets.u16(1) + (extended ? Octets.u16(1) : []) + Octets.zeros(12) + Octets.u16(1) + Octets.u16(object) + Octets.u16(0)
        let result = header + Octets.u16(1) + Octets.u16(context.count) + context
        let body = Self.mds + Octets.u16(extended ? 0xF13B : 0x0C16) + Octets.u16(result.count) + result
        return Self.operation(linked == nil ? 2 : 5, 7, body, prefix: linked ?? [])
    }
    static func indication(_ attributes: [[UInt8]], event: Int = 0x0D17, command: Int = 0) -> [UInt8] {
        let value = Self.list(attributes)
        let report = Self.mds + Octets.u32(0) + Octets.u16(event) + Octets.u16(value.count) + value
        let inner = Octets.u16(1) + Octets.u16(command) + Octets.u16(report.count) + report
        return Octets.hex("00000100") + Octets.u16(1) + Octets.u16(inner.count) + inner
    }
    static let model = attribute(0x0928, label("Philips") + label("M8004A"))
    static let production = attribute(
        0x092D,
        Octets.u16(3) + Octets.u16(40) + Octets.hex("00010008") + label("DE61711234") + Octets.hex("00010050") + label("BOARD1")
            + Octets.hex("00040058") + label("L.01.20"))
    static let patient = [
        attribute(0x091E, wide("CANARYLIT MARTIN")), attribute(0x095A, wide("CANARYIPP774411")), attribute(0x095C, wide("ZZCANARYDUPONT")),
        attribute(0x095D, wide("CANARYMARGUERITE")), attribute(0x0961, Octets.hex("0002")), attribute(0x0958, Octets.hex("19540712")),
        attribute(0x0957, Octets.hex("0002")), attribute(0x09D8, Octets.hex("00480000")), attribute(0xF001, Octets.hex("0102030405060708")),
    ]
    static let address = attribute(0xF100, Octets.hex("0009fb20051e0a000002ffffff00"))
    static let support = attribute(0xF101, Octets.hex("0002001000010001 5e290000 00050001 5e298000"))

    @Test func connectIndication() {
        let type = Self.attribute(0x0986, Octets.hex("0001114d"))
        let language = Self.attribute(0x0937, Octets.hex("000000010003000b"))
        let run = Self.run(Script.server(Self.indication([type, Self.support, language, Self.address] + Self.patient)), port: 24005)
        #expect(run.verdicts == [.more])
        #expect(
            run.noted == [
                Self.text(.linkAddress, "00:09:fb:20:05:1e"), Self.text(.intellivueLink, "wireless"),
                Noted(subject: Self.monitor, attribute: .intellivuePort, value: .number(24105)),
                Self.text(.intellivueSystemType, "NOM_DEV_MON_PHYSIO_MULTI_PARAM_MDS"), Self.text(.intellivueLanguage, "french"),
            ])
        // The address of another host is no proof of this one's.
        let other = Self.attribute(0xF100, Octets.hex("0009fb20051e0a000009ffffff00"))
        #expect(Self.run(Script.server(Self.indication([other]))).noted.isEmpty)
        // As OpenICE sends it: a "get" without event code, with an address.
        #expect(Self.run(Script.server(Self.indication([Self.address], event: 0, command: 3))).verdicts == [.more])
        #expect(Self.run(Script.server(Self.indication([type], event: 0, command: 3))).verdicts == [.no])
        #expect(Self.run(Script.server(Self.indication([]))).verdicts == [.no])
    }

    @Test func mdsCreateEvent() {
        let identifier = Self.attribute(0x0984, Octets.hex("00060009fb20051e"))
        let run = Self.run(Script.server(Self.event([Self.model, identifier] + Self.patient)), port: 47_808)
        #expect(run.verdicts == [.more])
        #expect(
            run.noted == [
                Self.text(.intellivueManufacturer, "Philips"), Self.text(.intellivueModel, "M8004A"), Self.text(.intellivueSystemID, "00:09:fb:20:05:1e"),
            ])
    }

    @Test func pollResults() {
        for extended in [false, true] {
            for linked in [nil, Octets.hex("0101"), Octets.hex("0302")] {
                let message = Self.poll(0x21, [Self.model, Self.production] + Self.patient, extended: extended, linked: linked)
                let run = Self.run(Script.server(message))
                #expect(run.verdicts == [.more])
                #expect(
                    run.noted == [
                        Self.text(.intellivueManufacturer, "Philips"), Self.text(.intellivueModel, "M8004A"), Self.text(.intellivueSerial, "DE61711234"),
                        Self.text(.intellivueSoftware, "L.01.20"),
                    ])
            }
        }
        // The patient's object and numerics are not entered, whatever they hold.
        for object in [0x2A, 0x06, 0x09, 0x36] {
            let run = Self.run(Script.server(Self.poll(object, [Self.model] + Self.patient)))
            #expect(run.verdicts == [.more])
            #expect(run.noted.isEmpty)
        }
    }

    @Test func textThatIsNone() {
        let binary = Self.attribute(0x0928, Octets.u16(3) + [0x41, 0x07, 0x42] + Self.label("M8004A"))
        #expect(Self.run(Script.server(Self.event([binary]))).noted == [Self.text(.intellivueModel, "M8004A")])
        let long = Self.attribute(0x0928, Self.label(String(repeating: "A", count: 500)) + Self.label("M8004A"))
        #expect(Self.run(Script.server(Self.event([long]))).noted == [Self.text(.intellivueModel, "M8004A")])
        let wide = Self.attribute(0x0928, Self.wide("Philips\0") + Self.wide("M8004A\0"))
        #expect(Self.run(Script.server(Self.event([wide]))).noted == [Self.text(.intellivueManufacturer, "Philips"), Self.text(.intellivueModel, "M8004A")])
    }

    // MARK: Recorded: VSCaptureMP, OpenICE


    @Test func recordedMonitor() throws {
        let noted = try RecordedDatagrams.noted("intellivue-monitor", IntelliVueDissector.self)
        let host = Subject.host(HostKey(IPAddress("10.20.10.31") ?? .none, in: .none))
        let service = Subject.service(ServiceKey(host: HostKey(IPAddress("10.20.10.31") ?? .none, in: .none), port: 24105, transport: .udp))
        #expect(
            noted == [
                Self.text(.linkAddress, "00:09:fb:20:0a:1f", of: host), Self.text(.intellivueLink, "wireless", of: host),
                Noted(subject: host, attribute: .intellivuePort, value: .number(24105)), Self.text(.intellivueLanguage, "french", of: host),
                Self.text(.intellivueSystemType, "NOM_DEV_MON_PHYSIO_MULTI_PARAM_MDS", of: host), Self.text(.intellivueManufacturer, "Philips", of: host),
                Self.text(.intellivueModel, "M8105A", of: host), Self.text(.intellivueSerial, "DE728LNC01", of: host),
                Self.text(.intellivuePartNumber, "M8105A", of: host), Self.text(.intellivueSoftware, "H.15.48-LNC", of: host),
                Self.text(.intellivueHardware, "A.00.24", of: host), Self.text(.intellivueFirmware, "B.02.11", of: host),
                Self.text(.intellivueProtocolRevision, "A.01.10", of: host), Self.text(.intellivueSystemID, "00:09:fb:20:0a:1f", of: host),
                Self.text(.intellivueAssociation, "accepted", of: service),
            ])
        let canaries = try RecordedConversation.canaries("intellivue-monitor").map { $0.replacing("\0", with: "") }
        #expect(!canaries.isEmpty)
        for canary in canaries { #expect(!noted.contains { "\($0)".contains(canary) }) }
    }

    @Test func recordedOpenICE() throws {
        let noted = try RecordedDatagrams.noted("intellivue-openice", IntelliVueDissector.self)
        let texts = Set(noted.map(\.description))
        #expect(texts.isSuperset(of: ["intellivue.manufacturer=MD PNP", "intellivue.model=ICE TEST ONE", "intellivue.serial=1234567", "intellivue.association=accepted"]))
    }

    // MARK: Robustness

    static let examples: [[UInt8]] = [
        indication([support, address]), event([model, production] + patient), poll(0x21, [model, production], extended: true, linked: Octets.hex("0101")),
        Octets.hex("0918c11661803080020101a08062808001000000000000000000"),
    ]

    /// No part of a message is one.
    @Test func prefixes() {
        for example in Self.examples {
            #expect(Self.run(Script.server(example)).verdicts == [.more])
            for count in 0..<example.count {
                let run = Self.run(Script.server(Array(example.prefix(count))))
                #expect(run.verdicts == [.no] && run.noted.isEmpty, "\(count) octets of \(example.count)")
            }
        }
    }

    @Test func cutDatagramsAreRead() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        context.isCut = true
        let whole = Self.event([Self.model, Self.production])
        #expect(IntelliVueDissector.dissect(Array(whole.prefix(whole.count - 10)).rawSpan, from: .responder, &context) == .more)
        #expect(log.observations.contains { $0.attribute == .intellivueModel })
    }

    @Test func mutations() {
        var generator = SeededGenerator(seed: 7)
        let patients = ["CANARY", "DUPONT", "MARTIN"]
        for _ in 0..<20_000 {
            var bytes = Self.examples[Int.random(in: 0..<Self.examples.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = [0, 1, 0x7F, 0xFF, UInt8.random(in: .min ... .max, using: &generator)].randomElement(using: &generator) ?? 0
            }
            let run = Self.run(Script.server(bytes))
            #expect(run.noted.count <= 40)
            for noted in run.noted where noted.attribute != .intellivueSystemID {
                #expect(!patients.contains { "\(noted)".contains($0) }, "\(noted)")
            }
        }
    }

    @Test func othersAreRefused() {
        for bytes in ForeignDatagrams.all(seed: 3) {
            let run = Self.run(Script.client(bytes), Script.server(bytes))
            #expect(run.verdicts == [.no, .no] && run.noted.isEmpty)
        }
    }
}

/// Datagrams of other protocols, and of none.
enum ForeignDatagrams {
    static func all(seed: UInt64) -> [[UInt8]] {
        var generator = SeededGenerator(seed: seed)
        var datagrams: [[UInt8]] = [
            [], [0], [0xE1], [0x0D],
            // DNS, SNMP, NTP, RTP, a game's (Source engine), STUN, SIP, DTLS, IKE.
            Octets.hex("1a2b0100000100000000000003777777076578616d706c6503636f6d0000010001"),
            Octets.hex("302902010004067075626c6963a01c02047a2d4c9e020100020100300e300c06082b060102010101000500"),
            Octets.hex("1b") + Octets.zeros(47), Octets.hex("80600001000000a0deadbeef") + Octets.zeros(160),
            Octets.hex("ffffffff54536f7572636520456e67696e6520517565727900"), Octets.hex("000100002112a442") + Octets.zeros(12),
            Octets.text("OPTIONS sip:a SIP/2.0\r\n\r\n"), Octets.hex("16fefd0000000000000000002f01000023") + Octets.zeros(40),
            Octets.zeros(64), [UInt8](repeating: 0xFF, count: 64), Octets.zeros(4) + Octets.u16(1) + Octets.zeros(58),
        ]
        for first: UInt8 in [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x0E, 0x19, 0xE1] {
            for _ in 0..<400 {
                let count = Int.random(in: 4...300, using: &generator)
                var bytes = [first] + (1..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                if first == 0xE1 { bytes[1] = 0 }
                if first == 0, count > 8 {
                    bytes[1] = 0
                    bytes[4] = 0
                    bytes[5] = 1
                }
                datagrams.append(bytes)
            }
        }
        return datagrams
    }
}

extension IntelliVueTests {
    /// The attributes of a model in an object that is not the monitor's own are somebody else's.
    @Test(arguments: [0x2A, 0x06, 0x36]) func otherObjectsAreNotEntered(object: Int) {
        let model = Self.attribute(0x0928, Self.label("ZZCANARY") + Self.label("JEANNE"))
        let value = Self.mds + Self.list([model])
        let event = Self.operation(1, 1, Octets.u16(object) + Octets.u32(0) + Octets.u32(0) + Octets.u16(0x0D06) + Octets.u16(value.count) + value)
        let read = Self.operation(2, 3, Octets.u16(object) + Octets.u32(0) + Self.list([model]))
        for message in [event, read, Self.poll(object, [model])] {
            let run = Self.run(Script.server(message))
            #expect(run.verdicts == [.more] && run.noted.isEmpty)
        }
    }
}
