import Observations
import Testing
import Wire

@testable import Dissectors

@Suite struct ASTMTests {
    static let type: any StreamDissector.Type = ASTMDissector.self

    /// A frame as LIS01-A2 section 6.3 makes it.
    private static func frame(_ number: Int, _ text: String, end: UInt8 = 0x03, spoilt: Bool = false) -> [UInt8] {
        let body = Array("\(number % 8)\(text)".utf8) + [end]
        let sum = Int(body.reduce(spoilt ? 1 : 0 as UInt8, &+))
        let digits = String(sum, radix: 16, uppercase: true)
        return [0x02] + body + Array((digits.count < 2 ? "0" + digits : digits).utf8) + [0x0D, 0x0A]
    }
    /// ENQ, a frame for each record, EOT, as the client sends them and the server answers.
    private static func script(_ records: [String], from sender: Side = .initiator) -> Script {
        var turns = [Script.Turn(side: sender, bytes: [0x05]), Script.Turn(side: sender.other, bytes: [0x06])]
        for (index, record) in records.enumerated() {
            turns.append(Script.Turn(side: sender, bytes: Self.frame(index + 1, record + "\r")))
            turns.append(Script.Turn(side: sender.other, bytes: [0x06]))
        }
        return Script(turns: turns + [Script.Turn(side: sender, bytes: [0x04])])
    }
    private static func run(_ turns: [Script.Turn], sawStart: Bool = true) -> Set<Noted> {
        Harness.run(turns, dissectors: [Self.type], sawStart: sawStart).noted
    }
    private static func client(_ bytes: [UInt8]...) -> [Script.Turn] { bytes.map(Script.client) }
    private static func device(_ identifier: String, behind endpoint: Endpoint = Harness.client) -> Subject {
        .device(DeviceKey(behind: HostKey(endpoint.address, in: .none), naming: .analyser, identifier: identifier))
    }
    private static func values(_ noted: Set<Noted>, _ attribute: Attribute, _ subject: Subject? = nil) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute && (subject == nil || $0.subject == subject) }.map(\.value.description))
    }

    static let result = [
        "H|\\^&|CANARYID|CANARYPASSWORD|XN-550^00-24^22723^^^^BD634545^|||||LIS|CANARYNOTE|P|E1394-97|20261121101500",
        "P|1||CANARYPATIENT||ZZCANARY^JEANNE|", "O|1|CANARYSPECIMEN||^^^WBC|R||||||||||||||||||||F", "R|1|^^^WBC|CANARYRESULT|10*9/L", "C|1|I|CANARYCOMMENT",
        "M|1|CANARYREAGENT", "L|1|N",
    ]

    // MARK: Recorded conversations: the four properties, hostile input, patients

    static let recorded = ["astm-senaite", "astm-python", "astm-line", "astm-serial-server", "astm-query", "astm-unframed"]

    @Test(arguments: Self.recorded) func anySplitGivesTheSame(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkSplits(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func aPrefixNeverSaysMore(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkPrefixes(script, Self.type) }
    }

    /// The side that sends records is enough; the other only acknowledges, which proves nothing.
    @Test(arguments: Self.recorded) func oneDirectionIsEnough(name: String) throws {
        for script in try RecordedConversation.load(name) {
            let whole = Self.run(script.turns)
            for side in [Side.initiator, .responder] {
                let turns = script.turns.filter { $0.side == side }
                let alone = Harness.run(turns, dissectors: [Self.type])
                let hasRecords = turns.contains { $0.bytes.count > 4 }
                #expect((alone.protocols == [.astm]) == hasRecords, "\(name) \(side)")
                #expect(alone.noted.isSubset(of: whole), "\(name) \(side): \(alone.noted.subtracting(whole))")
            }
        }
    }

    /// From any frame on: the frames are recognised, and what their messages say is what the whole says.
    @Test(arguments: Self.recorded) func everyFrameIsAPlaceToStart(name: String) throws {
        for script in try RecordedConversation.load(name) {
            for (index, turn) in script.turns.enumerated() where turn.bytes.count > 4 && turn.bytes.first == 0x02 {
                let text = turn.bytes.dropFirst(2)
                guard text.starts(with: Array("H|".utf8)) || text.dropFirst().starts(with: Array("|1|".utf8)) else { continue }
                let noted = Harness.checkMidStream(script, dropping: index, Self.type)
                #expect(Self.values(noted, .astmFraming) == ["lis01"] || turn.bytes.last != 0x0A)
                #expect(Self.values(noted, .astmSender).isSubset(of: Self.values(Self.run(script.turns), .astmSender)))
            }
        }
    }

    @Test(arguments: Self.recorded) func hostileBytesAreHarmless(name: String) throws {
        for script in try RecordedConversation.load(name).prefix(2) { Harness.checkMutations(script, Self.type) }
    }

    @Test(arguments: Self.recorded + ["astm-midstream"]) func patientsHaveNowhereToGo(name: String) throws {
        let canaries = try RecordedConversation.canaries(name)
        #expect(!canaries.isEmpty)
        for script in try RecordedConversation.load(name) {
            for sawStart in [true, false] {
                for noted in Self.run(script.turns, sawStart: sawStart) {
                    for canary in canaries {
                        #expect(!noted.value.description.contains(canary), "\(noted)")
                        if case .device(let device) = noted.subject { #expect(!device.identifier.contains(canary)) }
                    }
                }
            }
        }
    }

    // MARK: What is noted

    @Test func resultsNameTheDeviceThatSentThem() {
        let noted = Self.run(Self.script(Self.result).turns)
        let device = Self.device("XN-550^00-24^22723^^^^BD634545")
        #expect(
            noted == [
                Noted(subject: Harness.serverSubject, attribute: .astmFraming, value: .text("lis01")),
                Noted(subject: Harness.serverSubject, attribute: .astmReceiver, value: .text("LIS")),
                Noted(subject: device, attribute: .astmSender, value: .text("XN-550^00-24^22723^^^^BD634545")),
                Noted(subject: device, attribute: .astmProcessingID, value: .text("P")),
                Noted(subject: device, attribute: .astmVersion, value: .text("E1394-97")),
                Noted(subject: device, attribute: .astmMessage, value: .text("results")),
            ])
    }

    /// The analyser may as well be the server.
    @Test func aListeningAnalyserIsNotedBehindTheServer() {
        let noted = Self.run(Self.script(Self.result, from: .responder).turns)
        let device = Self.device("XN-550^00-24^22723^^^^BD634545", behind: Harness.server)
        #expect(Self.values(noted, .astmSender, device) == ["XN-550^00-24^22723^^^^BD634545"])
        #expect(Self.values(noted, .astmReceiver, Harness.clientSubject) == ["LIS"])
    }

    /// Who sends orders, or asks for results, is the host and no device behind it.
    @Test(arguments: [
        ("O|1|CANARYSPECIMEN|1^2^3|^^^717^|R||||||A||||1||||||||||O", "orders"), ("Q|1|ALL||ALL||||||||F", "result-query"),
    ]) func aHostIsItself(record: String, kind: String) {
        let noted = Self.run(Self.script(["H|\\^&|||host^1|||||cobas-e411|TSDWN^REPLY|P|1", "P|1", record, "L|1|N"]).turns)
        #expect(Self.values(noted, .astmSender, Harness.clientSubject) == ["host^1"])
        #expect(Self.values(noted, .astmMessage, Harness.clientSubject) == [kind])
        #expect(Self.values(noted, .astmReceiver, Harness.serverSubject) == ["cobas-e411"])
    }

    /// An analyser that only asks, or only shows that it lives, is one; it says so before the host answers without a word.
    @Test func questionsAndSignsOfLife() {
        let ask = ["H|\\^&|||ACCESS^500001|||||LIS||P|1|20021231235959", "Q|1|^CANARYSPECIMEN||ALL||||||||O", "L|1|F"]
        let empty = ["H|\\^&|||LIS|||||ACCESS||P|1", "L|1|I"]
        let noted = Self.run(Self.script(ask).turns + Self.script(empty, from: .responder).turns)
        #expect(Self.values(noted, .astmSender, Self.device("ACCESS^500001")) == ["ACCESS^500001"])
        #expect(Self.values(noted, .astmMessage) == ["order-query"])
        #expect(Self.values(noted, .astmSender, Harness.serverSubject) == ["LIS"])
        let alive = Self.run(Self.script(["H|\\^&|||OCD^VISION^5.14.0.47342^J60009999|||||||P|LIS2-A|20220902174004", "L||"]).turns)
        #expect(Self.values(alive, .astmSender, Self.device("OCD^VISION^5.14.0.47342^J60009999")) == ["OCD^VISION^5.14.0.47342^J60009999"])
        #expect(Self.values(alive, .astmVersion) == ["LIS2-A"])
        #expect(Self.values(alive, .astmMessage).isEmpty)
    }

    /// An order that an analyser reports (final, in process) makes it no host.
    @Test func aReportedOrderIsNoOrder() {
        let noted = Self.run(Self.script([Self.result[0], Self.result[2], "L|1|N"]).turns)
        #expect(Self.values(noted, .astmSender, Self.device("XN-550^00-24^22723^^^^BD634545")).count == 1)
        #expect(Self.values(noted, .astmMessage).isEmpty)
    }

    @Test func severalSendersAreSeveralDevices() {
        let second = ["H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1", "R|1|^^^717|5", "L|1|N"]
        let noted = Self.run(Self.script(Self.result).turns + Self.script(second).turns)
        #expect(Set(noted.filter { $0.attribute == .astmSender }.map(\.subject)) == [Self.device("XN-550^00-24^22723^^^^BD634545"), Self.device("c311^1")])
    }

    // MARK: Delimiters and fields

    @Test(arguments: [
        ("H|@^\\|ID||. 806149 Hospital^GeneXpert^4.8|||||MW||P|1394-97|", ". 806149 Hospital^GeneXpert^4.8"),
        ("H|\\^&|||    XN-550^00-24|||||||P|1", "XN-550^00-24"),
        ("H#~*&###A*B*C#######P#1", "A^B^C"),
        ("H|^~\\&|||MODEL^1|||||||P|1", "MODEL^1"),
        ("H|\\^&|||A&S&B^1|||||||P|1", "A^B^1"),
    ]) func separatorsAreThoseOfTheHeader(header: String, sender: String) {
        let separator = header.dropFirst().prefix(1)
        let noted = Self.run(Self.script([header, "R\(separator)1", "L\(separator)1"]).turns)
        #expect(Self.values(noted, .astmSender) == [sender])
        #expect(Self.values(noted, .astmMessage) == ["results"])
    }

    /// Makers miscount fields: a value that is none of its field is not kept.
    @Test func onlyWhatFitsIsKept() {
        let noted = Self.run(Self.script(["H|\\^&|||ABX^PENTRA60^V2.0|||||||LIS2-A2|20250128080000", "R|1|", "L|1|N"]).turns)
        #expect(Self.values(noted, .astmProcessingID).isEmpty)
        #expect(Self.values(noted, .astmVersion).isEmpty)
        #expect(Self.values(noted, .astmSender) == ["ABX^PENTRA60^V2.0"])
        for (field, version) in [("1", "1"), ("E 1394-97", "E 1394-97"), ("LIS2A2", "LIS2A2"), ("ELISABETH", nil), ("LISE", nil), ("CANARY^1394", nil)] {
            let noted = Self.run(Self.script(["H|\\^&|||A|||||||CANARY|\(field)|", "R|1|", "L|1|N"]).turns)
            #expect(Self.values(noted, .astmVersion) == Set([version].compactMap { $0 }), "\(field)")
            #expect(Self.values(noted, .astmProcessingID).isEmpty)
        }
    }

    @Test func aHeaderWithoutASenderIsTheHosts() {
        let noted = Self.run(Self.script(["H|\\^&||||||||||P|1", "R|1|^^^900^0|1", "L|1"]).turns)
        #expect(Self.values(noted, .astmVersion, Harness.clientSubject) == ["1"])
        #expect(Self.values(noted, .astmMessage, Harness.clientSubject) == ["results"])
        #expect(Self.run(Self.script(["H|\\^&", "R|1", "L|1"]).turns).contains { $0.attribute == .astmMessage })
    }

    // MARK: Frames

    /// A record over several frames, several records in one.
    @Test(arguments: [7, 50, 100_000]) func framesAreNoRecords(size: Int) {
        let text = Self.result.map { $0 + "\r" }.joined()
        var frames: [Script.Turn] = [Script.client([0x05])]
        var rest = Substring(text)
        var number = 1
        while !rest.isEmpty {
            let part = String(rest.prefix(size))
            rest = rest.dropFirst(size)
            frames.append(Script.client(Self.frame(number, part, end: rest.isEmpty ? 0x03 : 0x17)))
            number += 1
        }
        #expect(Self.run(frames + [Script.client([0x04])]) == Self.run(Self.script(Self.result).turns.filter { $0.side == .initiator }))
    }

    @Test func aWrongChecksumIsCountedAndNotTrusted() {
        let spoilt = Self.frame(1, "H|\\^&|||WRONG^1|||||||P|1\r", spoilt: true)
        let header = Self.frame(1, Self.result[0] + "\r")
        let noted = Self.run(Self.client([0x05], spoilt, header, Self.frame(2, "R|1|\r"), Self.frame(3, "L|1|N\r"), [0x04]))
        #expect(Self.values(noted, .astmSender) == ["XN-550^00-24^22723^^^^BD634545"])
        #expect(Self.values(noted, .astmError, Harness.clientSubject) == ["checksum"])
        // Nothing but bad frames: the protocol, and nothing else.
        let bad = Harness.run(Self.client([0x05], spoilt, [0x04]), dissectors: [Self.type])
        #expect(bad.protocols == [.astm])
        #expect(Set(bad.noted.map(\.attribute)) == [.astmError])
    }

    @Test func refusalsAreTheRefusers() {
        let refused = [Script.client([0x05]), Script.server([0x15])]
        let noted = Self.run(refused + Self.script(Self.result).turns)
        #expect(Self.values(noted, .astmError, Harness.serverSubject) == ["refused"])
    }

    /// A frame that comes twice (its acknowledgement was lost) counts once: the record goes on behind it.
    @Test func aFrameSentAgainIsTheSame() {
        let first = Self.frame(1, "H|\\^&|||XN-5", end: 0x17)
        let noted = Self.run(Self.client([0x05], first, first, Self.frame(2, "50^1|||||||P|1\r"), Self.frame(3, "R|1|\r"), [0x04]))
        #expect(Self.values(noted, .astmSender) == ["XN-550^1"])
        // Given up in the middle, then sent whole.
        let cut = Self.run(Self.client([0x05], Array(first.prefix(9)), first, Self.frame(2, "50^1|||||||P|1\r"), Self.frame(3, "R|1|\r")))
        #expect(Self.values(cut, .astmSender) == ["XN-550^1"])
    }

    @Test func afterALossTheNextFrameCounts() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        let frames = Self.result.enumerated().map { Self.frame($0 + 1, $1 + "\r") }
        let cut = frames[0] + frames[1].prefix(5)
        dissection.deliver(cut.rawSpan, from: .initiator, &context)
        dissection.lose(200, from: .initiator, &context)
        for frame in frames.suffix(3) + frames { dissection.deliver(frame.rawSpan, from: .initiator, &context) }
        #expect(log.observations.contains { $0.attribute == .astmSender })
        #expect(!log.observations.contains { $0.attribute == .astmError })
    }

    // MARK: Without frames

    @Test(arguments: ["\r", "\n", "\r\n"]) func recordsAlone(end: String) {
        let noted = Self.run(Self.client(Array((Self.result.joined(separator: end)).utf8)))
        let device = Self.device("XN-550^00-24^22723^^^^BD634545")
        #expect(Self.values(noted, .astmFraming) == ["none"])
        #expect(Self.values(noted, .astmSender, device) == ["XN-550^00-24^22723^^^^BD634545"])
    }

    @Test func betweenHeadingAndEnd() {
        let message = [0x01] + Array((["H|\\^&|||ABL9^403237|||||||P|1", "R|1|^^^pH|7.4", "L|1|N"].joined(separator: "\r") + "\r").utf8) + [0x04]
        let script = Script(turns: [Script.client(message), Script.server([0x06]), Script.client(message)])
        Harness.checkSplits(script, Self.type)
        Harness.checkPrefixes(script, Self.type)
        let noted = Self.run(script.turns)
        #expect(Self.values(noted, .astmFraming) == ["soh-eot"])
        #expect(Self.values(noted, .astmSender, Self.device("ABL9^403237")) == ["ABL9^403237"])
    }

    // MARK: Probing

    private static func probe(_ bytes: [UInt8], isStart: Bool = true, isProved: Bool = false, _ side: Side = .initiator) -> Probe {
        ASTMDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: side, role: nil, isStart: isStart, isProved: isProved))
    }

    @Test func oneOctetProvesNothing() {
        for octet in [0x04, 0x05, 0x06, 0x15] as [UInt8] {
            #expect(Self.probe([octet]) == .notYet)
            #expect(Self.probe([octet], isProved: true) == .yes)
            #expect(Self.probe([octet, 0x01, 0x00]) == .no)
        }
        let frame = Self.frame(1, "H|\\^&|||A\r")
        for count in 1..<8 { #expect(Self.probe(Array(frame.prefix(count))) == .notYet, "\(count)") }
        #expect(Self.probe(Array(frame.prefix(8))) == .yes)
        #expect(Self.probe([0x05, 0x06] + frame) == .yes)
        #expect(Self.probe(Array("H|\\^&|||A".utf8)) == .notYet)
        #expect(Self.probe(Array("H|\\^&|||A\r".utf8)) == .yes)
        // The rest of a long record: its checksum and a separator prove it.
        #expect(Self.probe(Self.frame(3, "rest of|something", end: 0x17), isStart: false) == .yes)
        #expect(Self.probe(Self.frame(3, "rest of|something", end: 0x17, spoilt: true), isStart: false) == .no)
        #expect(Self.probe(Self.frame(3, "rest of something", end: 0x17), isStart: false) == .no)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n", "HELO host\r\n", "HEAD / HTTP/1.1\r\n", "H||||||\r", "H|\\\\^|\r", "H{\"a\":1}\r", "\u{02}1X|1|",
        "\u{02}9H|\\^&|", "\u{02}HELLO",
        "\u{05}\u{02}hello", "\u{01}\u{02}\u{03}", "H|\\^&\u{00}\r", "MSH|^~\\&|A|B\r",
    ]) func othersAreNot(text: String) { #expect(Self.probe(Array(text.utf8)) == .no) }

    @Test func foreignBytesAreRefused() {
        for (name, bytes) in Foreign.client { #expect(Self.probe(bytes) == .no, "\(name)") }
        for (name, bytes) in Foreign.server { #expect(Self.probe(bytes, .responder) == .no, "\(name)") }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let bytes = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.probe(bytes) == .no)
            #expect(Self.probe(bytes, isStart: false) != .yes)
        }
    }

    /// HL7 and ASTM look alike, and neither takes the other's.
    @Test func hl7KeepsItsOwn() {
        for script in [Self.script(Self.result), Script(turns: Self.client(Array(Self.result.joined(separator: "\r").utf8)))] {
            #expect(Harness.run(script.turns, dissectors: [HL7Dissector.self, ASTMDissector.self]).protocols == [.astm])
        }
        #expect(Self.probe(Array("FHS|^~\\&|A\rBHS|^~\\&|A\r".utf8)) == .no)
    }
}

// MARK: Neighbours of what is kept

extension ASTMTests {
    /// A record that ends in another octet than the standard's runs on into the next, which is the patient's.
    @Test(arguments: [0x1C, 0x1D, 0x1E, 0x00, 0x0B] as [UInt8]) func aHeaderThatRunsOnIsNone(separator: UInt8) {
        let text = Array("H|\\^&|||XN-550".utf8) + [separator] + Array("P|1||CANARYIPP||ZZCANARY^JEANNE|CANARYMAIDEN||CANARY1954|F".utf8)
        let records = text + [0x0D] + Array("O|1|CANARYSPECIMEN\rR|1|^^^WBC|CANARY\rL|1|N\r".utf8)
        let noted = Self.run(Self.client([0x05], Self.frame(1, String(decoding: records, as: UTF8.self)), [0x04]))
        #expect(!"\(noted)".contains("CANARY") && noted.values(.astmSender).isEmpty && noted.values(.astmReceiver).isEmpty)
        // The message itself is seen.
        #expect(noted.values(.astmFraming) == ["lis01"])
    }

    /// Separators that the header does not declare leave one field, which is not read.
    @Test func undeclaredSeparatorsSeparateNothing() {
        let noted = Self.run(Self.client(Self.frame(1, "H!\\^&|||ZZCANARY^JEANNE|CANARYIPP||||||CANARY|P|1\rP|1|CANARY\rR|1|CANARY\rL|1|N\r")))
        #expect(!"\(noted)".contains("CANARY"))
    }

    /// An answer of a programmable controller (MELSEC communication protocol, format 4): the same frame and checksum.
    @Test func controllersAreNoAnalysers() {
        #expect(Self.probe(Self.frame(0, "0FF00112233445566")) == .no)
        #expect(Self.probe(Self.frame(0, "0FF00112233445566"), isStart: false) == .no)
    }
}
