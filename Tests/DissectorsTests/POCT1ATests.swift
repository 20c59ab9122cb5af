import Observations
import Testing
import Wire

@testable import Dissectors

@Suite struct POCT1ATests {
    static let type: any StreamDissector.Type = POCT1ADissector.self

    private static func run(_ turns: [Script.Turn], sawStart: Bool = true) -> Set<Noted> {
        Harness.run(turns, dissectors: [Self.type], sawStart: sawStart).noted
    }
    private static func device(_ identifier: String) -> Subject {
        .device(DeviceKey(behind: HostKey(Harness.client.address, in: .none), naming: .analyser, identifier: identifier))
    }
    private static func values(_ noted: Set<Noted>, _ attribute: Attribute, _ subject: Subject? = nil) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute && (subject == nil || $0.subject == subject) }.map(\.value.description))
    }
    private static func run(_ text: String) -> Set<Noted> { Self.run([Script.client(Array(text.utf8))]) }

    // MARK: Recorded conversations: the four properties, hostile input, patients

    static let recorded = ["poct1a-dca", "from-specification/poct1a-dock"]

    @Test(arguments: Self.recorded) func anySplitGivesTheSame(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkSplits(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func aPrefixNeverSaysMore(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkPrefixes(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func oneDirectionIsEnough(name: String) throws {
        for script in try RecordedConversation.load(name) {
            let whole = Self.run(script.turns)
            let sides = Harness.checkOneDirection(script, Self.type)
            #expect(sides.values.reduce(into: Set<Noted>()) { $0.formUnion($1) } == whole)
        }
    }

    @Test(arguments: Self.recorded) func everyDocumentIsAPlaceToStart(name: String) throws {
        for script in try RecordedConversation.load(name) {
            let whole = Self.run(script.turns)
            for (index, turn) in script.turns.enumerated() where turn.bytes.starts(with: Array("<?xml".utf8)) || turn.bytes.first == 0x0B {
                let noted = Harness.checkMidStream(script, dropping: index, Self.type)
                #expect(noted.isSubset(of: whole), "\(noted.subtracting(whole))")
            }
        }
    }

    @Test(arguments: Self.recorded) func hostileBytesAreHarmless(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkMutations(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func patientsHaveNowhereToGo(name: String) throws {
        let canaries = try RecordedConversation.canaries(name)
        #expect(!canaries.isEmpty)
        for script in try RecordedConversation.load(name) {
            for sawStart in [true, false] {
                for noted in Self.run(script.turns, sawStart: sawStart) {
                    for canary in canaries { #expect(!noted.description.contains(canary) && !"\(noted.subject)".contains(canary), "\(noted)") }
                }
            }
        }
    }

    // MARK: What is noted

    @Test func aHelloNamesTheDevice() throws {
        let script = try #require(try RecordedConversation.load("poct1a-dca").first)
        let noted = Self.run(script.turns)
        let device = Self.device("SIEM^DCA Vantage^LNC013023")
        #expect(
            Set(noted.filter { $0.subject == device }) == [
                Noted(subject: device, attribute: .poct1aDeviceID, value: .text("SIEM^DCA Vantage^LNC013023")),
                Noted(subject: device, attribute: .poct1aVendor, value: .text("SIEM")),
                Noted(subject: device, attribute: .poct1aModel, value: .text("DCA Vantage")),
                Noted(subject: device, attribute: .poct1aSerial, value: .text("LNC013023")),
                Noted(subject: device, attribute: .poct1aManufacturer, value: .text("Siemens Healthcare Diagnostics")),
                Noted(subject: device, attribute: .poct1aHardware, value: .text("1")),
                Noted(subject: device, attribute: .poct1aSoftware, value: .text("4.4.0.0")),
            ])
        #expect(Self.values(noted, .poct1aMessage, Harness.clientSubject) == ["HEL", "DST", "OBS", "EOT", "ACK", "EVS"])
        #expect(Self.values(noted, .poct1aMessage, Harness.serverSubject) == ["ACK", "REQ", "DTV", "OPL", "EOT"])
        #expect(noted.allSatisfy { $0.subject == device || $0.attribute == .poct1aMessage })
    }

    /// The text of an element is no value: Nova's meters write facility and location there.
    @Test func locationsAreNotRead() {
        let noted = Self.run(
            "<HEL.R01><HDR/><DEV>\r\n<DEV.device_id V=\"\">CANARY^ICU</DEV.device_id><DEV.vendor_id V='NOVABIO'/><DEV.model_id V=\"StatStrip\"/>"
                + "<DEV.serial_id V=\"0600\">CANARY</DEV.serial_id></DEV></HEL.R01>")
        #expect(!noted.contains { "\($0)\($0.subject)".contains("CANARY") })
        #expect(Self.values(noted, .poct1aSerial, Self.device("NOVABIO^StatStrip^0600")) == ["0600"])
        #expect(Self.values(noted, .poct1aDeviceID).isEmpty)
    }

    /// The same elements elsewhere are somebody else's.
    @Test func onlyTheDeviceOfAHelloIsRead() {
        for text in [
            "<OBS.R01><DEV><DEV.serial_id V=\"CANARY\"/></DEV></OBS.R01>", "<HEL.R01><PT><DEV.serial_id V=\"CANARY\"/></PT></HEL.R01>",
            "<HEL.R01><DEV><PT.name V=\"CANARY\"/><DEV.serial_id X=\"CANARY\"/></DEV></HEL.R01>",
        ] {
            #expect(Set(Self.run(text).map(\.attribute)) == [.poct1aMessage], "\(text)")
        }
    }

    @Test func severalDevicesThroughOneHost() throws {
        let devices = try RecordedConversation.load("from-specification/poct1a-dock").reduce(into: Set<Subject>()) { devices, script in
            devices.formUnion(Self.run(script.turns).filter { $0.attribute == .poct1aSerial }.map(\.subject))
        }
        #expect(devices == [Self.device("NOVABIO^StatStrip^LNC0736"), Self.device("QUIDEL^Sofia^LNC10387"), Self.device("PIX^HemoScreen^LNC0001-HS")])
    }

    /// Documents one behind the other, an ESC between them, one that is none, and a directive of a maker's own.
    @Test func documentsAreToldApart() {
        let noted = Self.run(
            "<KPA.R01><HDR/></KPA.R01><DST.R01><DST/></DST.R01>\u{1B}<END.R01></END.R01>  <?xml version=\"1.0\"?><!-- x -->"
                + "<DTV.SIEM.DVCMD/><broken></wrong><ACK.R01/>")
        #expect(Self.values(noted, .poct1aMessage) == ["KPA", "DST", "END", "DTV", "ACK"])
    }

    @Test func namesAreThoseOfTheStandard() {
        for message in POCT1AMessage.allCases {
            let name = Array(message.rawValue.utf8)
            #expect(POCT1AMessage(name.rawSpan) == message)
        }
        let other = Array("XML".utf8)
        #expect(POCT1AMessage(other.rawSpan) == nil)
        #expect(Self.values(Self.run("<KPA.R01/><OBSERVATION/><ABC.R01/>"), .poct1aMessage) == ["KPA"])
    }

    // MARK: Probing

    private static func probe(_ bytes: [UInt8], isStart: Bool = true) -> Probe {
        POCT1ADissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart))
    }

    @Test(arguments: [
        "<HEL.R01>", "<?xml version=\"1.0\" encoding=\"utf-8\"?><HEL.R01>", "\u{FEFF}<?xml version=\"1.0\"?>\r\n<OBS.R02 ",
        "\u{0B}<ACK.R01>", "<DTV.SIEM.DVCMD>", "<!DOCTYPE HEL.R01>\n<HEL.R01>",
    ]) func documentsAreRecognised(text: String) {
        let bytes = Array(text.utf8)
        #expect(Self.probe(bytes) == .yes)
        for count in 0..<bytes.count where Self.probe(Array(bytes.prefix(count))) != .yes {
            #expect(Self.probe(Array(bytes.prefix(count))) == .notYet, "\(count) of \(text)")
        }
    }

    @Test(arguments: [
        "<?xml version=\"1.0\"?><soap:Envelope>", "<html>", "<!DOCTYPE html><html>", "<HEL>", "<XYZ.R01>", "<HEL.X01>", "<HEL.R0x>",
        "{\"a\":1}", "<?php echo 1; ?>", "<stream:stream>", "<ENDPOINT>",
    ]) func othersAreNot(text: String) { #expect(Self.probe(Array(text.utf8)) == .no) }

    @Test func foreignBytesAreRefused() {
        for (name, bytes) in Foreign.client where name != "hl7" { #expect(Self.probe(bytes) == .no, "\(name)") }
        for (name, bytes) in Foreign.server { #expect(Self.probe(bytes) == .no, "\(name)") }
        #expect(Self.probe(Foreign.client["hl7"] ?? []) == .no)
        #expect(Self.probe(Array("<?xml ".utf8) + [UInt8](repeating: 0x20, count: 600)) == .no)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let bytes = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.probe(bytes) == .no)
        }
    }
}
