import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("B. Braun BCC") struct BCCTests {
    /// A frame as a device sends it, stuffed or not.
    static func frame(_ information: String, bed: String = "Rea_Lit07", last: Bool = true, stuffed: Bool = true) -> [UInt8] {
        let body = Octets.text("\(bed)/1/1>\(information)")
        func digits(_ number: Int) -> [UInt8] { Octets.text(String(repeating: "0", count: 5 - String(number).count) + String(number)) }
        var frame = [0x01] + digits(body.count + 14) + [0x02] + body + [last ? 0x03 : 0x17]
        frame += digits(Int(frame.reduce(UInt8(0)) { $0 &+ $1 })) + [0x04]
        guard stuffed else { return frame }
        let table: [UInt8: String] = [0x44: "EX", 0x45: "EE", 0x64: "ex", 0x65: "ee"]
        return frame.flatMap { table[$0].map { Octets.text($0) } ?? [$0] }
    }
    static func pump(_ place: String, _ entries: (String, String)...) -> String {
        entries.map { "214,501\(place),\($0.0),\($0.1)" }.joined(separator: "\u{1E}")
    }
    static let treatment = pump("11", ("INSOL", "CANARYDROGUE 4mg/50"), ("INPATW", "CANARY77"), ("INRT", "2.50"), ("INSOLID", "33~CANARYID"), ("PATID", "CANARYIPP"))
    static let first = pump("00", ("FMNOR", "1"), ("FMBANY", "CANARYBARCODE"), ("COMSERIALNO", "198455"), ("COMSWVERSION", "054U000092")) + "\u{1E}"
        + pump("11", ("GNNEW", "688F030006\r"), ("INNR", "60008D98"), ("INSERNUM", "36248"), ("INDTNR", "6144")) + "\u{1E}" + treatment
    static let second = pump("12", ("GNMODEL", "686G030002\r"), ("INSERNUM", "40864"), ("INNR", "_NV")) + "\u{1E}" + treatment.replacing("50111", with: "50112")
    static let script = Script(
        (.initiator, frame("ADMIN:ALIVE", bed: "1")), (.responder, frame("206,50100,GNACK,0")), (.initiator, [0x06]), (.initiator, frame("ADMIN:VERSION")),
        (.responder, frame("207,50100,V3.34")), (.initiator, [0x06]), (.initiator, frame("MEM:GET")), (.responder, frame(first, last: false)), (.initiator, [0x06]),
        (.responder, frame(second)), (.initiator, [0x06]))

    static func text(_ attribute: Attribute, _ text: String, of subject: Subject = Harness.serverSubject) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func pump(_ serial: String) -> Subject {
        .device(DeviceKey(behind: HostKey(Harness.server.address, in: .none), naming: .serial, identifier: serial))
    }
    static let expected: Set<Noted> = [
        text(.bccBed, "Rea_Lit07"), text(.bccVersion, "V3.34"), text(.bccGatewaySerial, "198455"), text(.bccGatewaySoftware, "054U000092"),
        text(.bccPumpModel, "688F030006", of: pump("36248")), text(.bccPumpSerial, "36248", of: pump("36248")), text(.bccPumpID, "60008D98", of: pump("36248")),
        text(.bccPumpType, "6144", of: pump("36248")), text(.bccPumpModel, "686G030002", of: pump("40864")), text(.bccPumpSerial, "40864", of: pump("40864")),
    ]

    /// The example of the specification whose length and checksum are right (3.2.6.3).
    @Test func bytesOfTheSpecification() {
        #expect(Self.frame("ADMIN:ALIVE", bed: "1", stuffed: false) == Octets.text("\u{01}00031\u{02}1/1/1>ADMIN:ALIVE\u{03}00061\u{04}"))
    }

    @Test func rack() {
        let run = Harness.run(Self.script.turns, dissectors: [BCCDissector.self])
        #expect(run.protocols == [.bcc])
        #expect(run.noted == Self.expected)
        // Stuffing can be turned off.
        let plain = Script((.initiator, Self.frame("MEM:GET", stuffed: false)), (.responder, Self.frame(Self.first, last: false, stuffed: false)))
        #expect(Harness.run(plain.turns, dissectors: [BCCDissector.self]).noted.contains(Self.text(.bccPumpSerial, "36248", of: Self.pump("36248"))))
        // Without a serial number the model is the communication device's.
        let nameless = Script((.responder, Self.frame(Self.pump("11", ("GNMODEL", "688F030006\r")))))
        #expect(Harness.run(nameless.turns, dissectors: [BCCDissector.self]).noted == [Self.text(.bccBed, "Rea_Lit07"), Self.text(.bccPumpModel, "688F030006")])
    }

    @Test func harness() {
        Harness.checkSplits(Self.script, BCCDissector.self)
        Harness.checkPrefixes(Self.script, BCCDissector.self)
        Harness.checkOneDirection(Self.script, BCCDissector.self)
        #expect(Harness.checkMidStream(Self.script, dropping: 5, BCCDissector.self).isSuperset(of: Self.expected.filter { $0.attribute == .bccPumpSerial }))
        Harness.checkMutations(Self.script, BCCDissector.self)
    }

    /// A device in cyclic mode sends by itself and is only acknowledged.
    @Test func cyclic() {
        let turns = [Script.client([0x06]), Script.server(Self.frame(Self.first)), Script.client([0x06]), Script.server(Self.frame(Self.second)), Script.client([0x15])]
        #expect(Harness.run(turns, dissectors: [BCCDissector.self]).noted.isSuperset(of: Self.expected.filter { $0.attribute == .bccPumpSerial }))
    }

    /// The client is icu_devices.
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("bcc-space")
        #expect(scripts.count == 1)
        let noted = Harness.run(scripts[0].turns, dissectors: [BCCDissector.self]).noted
        #expect(noted == Self.expected.filter { $0.attribute != .bccVersion }.union([Self.text(.bccPumpID, "58009FA0", of: Self.pump("40864")), Self.text(.bccPumpType, "6144", of: Self.pump("40864"))]))
        for word in ["CANARY", "Noradrenaline", "Insuline", "77"] { #expect(!noted.contains { "\($0)".contains(word) }, "\(word)") }
        Harness.checkSplits(scripts[0], BCCDissector.self)
        Harness.checkPrefixes(scripts[0], BCCDissector.self)
    }

    @Test func brokenFrames() {
        var wrong = Self.frame(Self.first)
        wrong[20] ^= 1
        var length = Self.frame(Self.first)
        length[4] ^= 1
        for bytes in [wrong, length] {
            let run = Harness.run([Script.client(Self.frame("MEM:GET")), Script.server(bytes)], dissectors: [BCCDissector.self])
            #expect(run.noted.isEmpty)
        }
        // A frame that never ends is given up, and the next is read.
        let endless = Array(Self.frame(Self.first).dropLast()) + [UInt8](repeating: 0x41, count: 40_000)
        let run = Harness.run(
            [Script.client(Self.frame("MEM:GET")), Script.server(endless), Script.server(Self.frame(Self.second))], dissectors: [BCCDissector.self])
        #expect(run.noted.contains(Self.text(.bccPumpSerial, "40864", of: Self.pump("40864"))))
    }

    /// `EEX` is `EX`, as the specification says of replacing in turn.
    @Test func stuffing() {
        let version = Self.frame("207,50100,COMSWVERSION,EXDEdex")
        #expect(Harness.run([Script.server(version)], dissectors: [BCCDissector.self]).noted.contains(Self.text(.bccGatewaySoftware, "EXDEdex")))
    }

    @Test func probes() {
        func probe(_ bytes: [UInt8]) -> Probe { BCCDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)) }
        #expect(probe(Self.frame("MEM:GET")) == .yes)
        #expect(probe([0x06] + Self.frame("MEM:GET")) == .yes)
        #expect(probe([0x06]) == .notYet)
        #expect(probe(Octets.text("\u{01}00031\u{02}1/1/")) == .notYet)
        for bytes in [
            Octets.text("\u{01}0003\u{02}1/1/1>"), Octets.text("\u{01}00031\u{02}1/1>ADMIN"), Octets.text("\u{01}00031\u{02}a b/1/1>"),
            Octets.text("\u{01}00031\u{02}" + String(repeating: "A", count: 60)), [UInt8](repeating: 0x06, count: 9), [0x01, 0x51, 0x35, 0x32, 0x0D],
        ] { #expect(probe(bytes) == .no) }
        for bytes in Foreign.client.values { #expect(probe(bytes) == .no) }
        for bytes in Foreign.server.values { #expect(probe(bytes) == .no) }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let random = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(probe([0x01] + random) != .yes)
            #expect(probe([0x06, 0x01] + random) != .yes)
        }
    }
}

extension BCCTests {
    /// What only begins like a frame costs no more than its length, and the next frame is found.
    @Test func beginningsWithoutAnEnd() {
        let beginning = Octets.text("\u{01}00100\u{02}Rea/1/1>")
        let noise = Octets.text(String(repeating: "\u{01}00\u{01}", count: 3000)) + (0..<1300).flatMap { _ in beginning }
        let script = Script((.responder, Self.frame("207,50100,V3.34")), (.responder, noise), (.responder, Self.frame(Self.second)))
        let start = ContinuousClock.now
        Harness.checkSplits(script, BCCDissector.self)
        #expect(ContinuousClock.now - start < .seconds(60))
        let text = Self.text(.bccVersion, "V3.34")
        #expect(Harness.run(script.turns, dissectors: [BCCDissector.self]).noted.contains(text))
        // Behind noise whose frames could still end, the rest of a frame may be lost, but not the next one.
        let twice = Script(turns: script.turns + [Script.server(Self.frame("206,50100,GNACK,0")), Script.server(Self.frame(Self.second))])
        #expect(Harness.run(twice.turns, dissectors: [BCCDissector.self]).noted.contains(Self.text(.bccPumpSerial, "40864", of: Self.pump("40864"))))
    }
}
