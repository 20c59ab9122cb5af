import Observations
import Testing
import Wire

@testable import Dissectors

@Suite struct HL7Tests {
    static let type: any StreamDissector.Type = HL7Dissector.self

    private static func block(_ segments: [String], end: String = "\r") -> [UInt8] {
        [0x0B] + Array(segments.map { $0 + end }.joined().utf8) + [0x1C, 0x0D]
    }
    private static func script(_ messages: [UInt8]...) -> Script { Script(turns: messages.map(Script.client)) }
    private static func run(_ bytes: [UInt8], sawStart: Bool = true) -> Set<Noted> {
        Harness.run([Script.client(bytes)], dissectors: [Self.type], sawStart: sawStart).noted
    }
    private static func device(_ naming: DeviceKey.Naming, _ identifier: String, behind endpoint: Endpoint = Harness.client) -> Subject {
        .device(DeviceKey(behind: HostKey(endpoint.address, in: .none), naming: naming, identifier: identifier))
    }

    // MARK: Recorded conversations: the four properties, hostile input, patients

    static let recorded = [
        "hl7-adt", "hl7-oru", "hl7-pcd", "hl7-batch", "hl7-framing", "hl7-unframed", "hl7-variants", "hl7-interfaces", "hl7-laboratory",
        "hl7-bedside",
    ]

    @Test(arguments: Self.recorded) func anySplitGivesTheSame(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkSplits(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func aPrefixNeverSaysMore(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkPrefixes(script, Self.type) }
    }

    @Test(arguments: Self.recorded) func oneDirectionIsEnough(name: String) throws {
        for script in try RecordedConversation.load(name) {
            let whole = Harness.run(script.turns, dissectors: [Self.type]).noted
            let sides = Harness.checkOneDirection(script, Self.type)
            // What an answer answers is known only where both were seen.
            #expect(sides.values.reduce(into: Set<Noted>()) { $0.formUnion($1) } == whole.filter { $0.attribute != .hl7InterfaceAnswer })
        }
    }

    /// Without a handshake the same is noted of the same parties, whichever side was seen first.
    @Test(arguments: Self.recorded) func everyMessageIsAPlaceToStart(name: String) throws {
        for script in try RecordedConversation.load(name) {
            for (index, turn) in script.turns.enumerated()
            where turn.bytes.starts(with: [0x0B, 0x4D]) || turn.bytes.starts(with: Array("MSH".utf8)) {
                let noted = Harness.checkMidStream(script, dropping: index, Self.type)
                let whole = Harness.run(script.turns, dissectors: [Self.type]).noted
                #expect(noted.isSubset(of: whole), "\(name) from turn \(index): \(noted.subtracting(whole))")
                // The other way round: the server's packet was the first that was seen.
                let turned = Script(turns: script.turns.dropFirst(index).map { Script.Turn(side: $0.side.other, bytes: $0.bytes) })
                let run = Harness.run(turned.turns, dissectors: [Self.type], sawStart: false)
                let service = Subject.service(
                    ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
                #expect(run.noted.values(.hl7Acknowledgement, service) == noted.values(.hl7Acknowledgement, Harness.serverSubject))
                #expect(run.noted.values(.hl7Acknowledgement) == noted.values(.hl7Acknowledgement))
            }
        }
    }

    @Test(arguments: Self.recorded) func hostileBytesAreHarmless(name: String) throws {
        for script in try RecordedConversation.load(name) { Harness.checkMutations(script, Self.type) }
    }

    @Test(arguments: Self.recorded + ["hl7-adt-client-only", "hl7-adt-server-only", "hl7-midmessage"])
    func patientsNeverComeOut(name: String) throws {
        let canaries = try RecordedConversation.canaries(name)
        #expect(!canaries.isEmpty)
        for script in try RecordedConversation.load(name) {
            for start in [true, false] {
                for noted in Harness.run(script.turns, dissectors: [Self.type], sawStart: start).noted {
                    for part in canaries.flatMap({ $0.split(separator: "^") }) where part.count > 5 {
                        #expect(!noted.value.description.contains(part), "\(name): \(noted)")
                    }
                }
            }
        }
    }

    // MARK: What is noted

    @Test func admissions() throws {
        let script = try #require(try RecordedConversation.load("hl7-adt").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["GAM", "PRESCRIPTION"])
        #expect(noted.values(.hl7SendingFacility, Harness.clientSubject) == ["CHSA"])
        #expect(noted.values(.hl7ReceivingApplication, Harness.serverSubject) == ["EAI"])
        #expect(noted.values(.hl7SendingApplication, Harness.serverSubject) == ["EAI"])
        #expect(noted.values(.hl7Acknowledgement, Harness.serverSubject) == ["AA", "AE"])
        #expect(noted.values(.hl7MessageType, Harness.conversationSubject) == ["ADT^A01^ADT_A01", "ADT^A08^ADT_A01", "ORM^O01"])
        #expect(noted.values(.hl7Framing, Harness.serverSubject) == ["mllp"])
        let application = Self.device(.application, "GAM^CHSA")
        #expect(noted.values(.hl7MessageType, application) == ["ADT^A01^ADT_A01", "ADT^A08^ADT_A01"])
        #expect(noted.values(.hl7Version, application) == ["2.5"])
        #expect(noted.values(.hl7ProcessingID, application) == ["P"])
        #expect(noted.values(.hl7CharacterSet, application) == ["UNICODE UTF-8"])
        #expect(noted.values(.hl7SoftwareVendor, application) == ["Éditeur Exemple"])
        #expect(noted.values(.hl7SoftwareVersion, application) == ["7.4.2"])
        #expect(noted.values(.hl7SoftwareProduct, application) == ["Gestion Administrative"])
        #expect(noted.values(.hl7SoftwareBinary, application) == ["GAM-7.4.2-b1881"])
    }

    /// A gateway speaks for a pump and a monitor, on a port that belongs to another protocol.
    @Test func devicesBehindAGateway() throws {
        let script = try #require(try RecordedConversation.load("hl7-pcd").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        let pump = Self.device(.eui64, "0012210FFE552101")
        #expect(noted.values(.hl7Equipment, pump) == ["0012210FFE552101^BBRAUN^0012210FFE552101^EUI-64"])
        #expect(noted.values(.hl7DeviceID, pump) == ["0012210FFE552101^BBRAUN^0012210FFE552101^EUI-64"])
        #expect(noted.values(.hl7UDI, pump) == ["(01)04046964LNC001(21)LNC552101"])
        #expect(noted.values(.hl7DeviceManufactured, pump) == ["20240301"])
        #expect(noted.values(.hl7DeviceLot, pump) == ["LOT77A"])
        #expect(noted.values(.hl7DeviceSerial, pump) == ["LNC552101"])
        #expect(noted.values(.hl7DeviceExpiry, pump) == [])
        #expect(
            noted.values(.hl7Equipment, Self.device(.eui64, "0009FBFFFE30A7C2")) == ["0009FBFFFE30A7C2^PHILIPS^0009FBFFFE30A7C2^EUI-64"])
        #expect(noted.values(.hl7Profile) == ["IHE_PCD_001"])
        #expect(
            noted.values(.hl7SendingApplication, Harness.clientSubject)
                == ["BBRAUN_ONLINESUITE", "BBRAUN_ONLINESUITE^0012210FFE000001^EUI-64"])
    }

    @Test func analyserBehindALaboratorySystem() throws {
        let script = try #require(try RecordedConversation.load("hl7-batch").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.hl7Framing, Harness.serverSubject) == ["mllp", "batch"])
        #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["LABO-BATCH", "GAM", "IPU-XN", "IPU-XN^LNCIPU01^L"])
        #expect(noted.values(.hl7Equipment) == ["LNCXN5521^XN-1000^SYSMEX^L"])
    }

    @Test func unusualSeparatorsAndLineEnds() throws {
        let noted = try RecordedConversation.load("hl7-variants").map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        #expect(noted.count == 4)
        // MSH#*~\& …: components are written with "^" whatever was declared.
        #expect(noted[0].values(.hl7MessageType, Self.device(.application, "AUTOMATE^LABO")) == ["ORU^R01"])
        #expect(noted[0].values(.hl7Equipment) == ["LNCGLU001^ACCU-CHEK INFORM II^ROCHE"])
        // Five encoding characters (version 2.7).
        #expect(noted[1].values(.hl7Version, Self.device(.application, "GAM^CHSA")) == ["2.7"])
        // Line feeds.
        #expect(noted[2].values(.hl7Version, Self.device(.application, "ECG^CARDIO")) == ["2.4"])
        // ISO 8859-1, and a filled MSH-8.
        #expect(noted[3].values(.hl7SendingApplication, Harness.clientSubject) == ["RÉA"])
        #expect(!noted[3].contains { $0.value.description.contains("Security") })
    }

    @Test func unframed() throws {
        let script = try #require(try RecordedConversation.load("hl7-unframed").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.hl7Framing, Harness.serverSubject) == ["none"])
        #expect(noted.values(.hl7Acknowledgement, Harness.serverSubject) == ["AA"])
        #expect(noted.values(.hl7SoftwareProduct) == ["Gestion Administrative"])
        // Without the handshake the start block may just not be in the capture; a second message without one tells.
        let message = Array("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r".utf8)
        #expect(Self.run(message, sawStart: false).values(.hl7Framing) == [])
        #expect(Self.run(message + message, sawStart: false).values(.hl7Framing) == ["none"])
        #expect(Self.run(message + [0x1C, 0x0D, 0x0B] + message, sawStart: false).values(.hl7Framing) == ["mllp"])
    }

    /// The capture begins inside a message: the acknowledgement and the next message are read.
    @Test func fromInsideAMessage() throws {
        let script = try #require(try RecordedConversation.load("hl7-midmessage").first)
        let run = Harness.run(script.turns, dissectors: [Self.type], sawStart: false)
        #expect(run.protocols == [.hl7])
        #expect(run.noted.values(.hl7MessageType, Harness.conversationSubject) == ["ADT^A03^ADT_A01"])
        #expect(run.noted.values(.hl7Acknowledgement, Harness.serverSubject) == ["AA"])
        // The next block may also start in the segment in which the one before ends.
        let tail = Array("|CANARY\rOBX|1|TX|||CANARY\r".utf8) + [0x1C, 0x0D]
        let next = Self.block(["MSH|^~\\&|APP|FAC|X|Y|20260101||ORU^R01|1|P|2.4", "PID|||CANARY"])
        let noted = Self.run(tail + next, sawStart: false)
        #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["APP"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") })
    }

    @Test func batchesWithoutFrames() {
        let lines = [
            "FHS|^~\\&|LABO|SITE|EAI|SITE|20260101|CANARYSECURITY|CANARYFILE", "BHS|^~\\&|LABO|SITE|EAI|SITE",
            "MSH|^~\\&|A|F|X|Y|2026||ADT^A01|1|P|2.3", "PID|||CANARY", "MSH|^~\\&|B|F|X|Y|2026||ADT^A02|2|P|2.3", "PID|||CANARY", "BTS|2",
            "FTS|1",
        ]
        for end in ["\r", "\n", "\r\n"] {
            let script = Self.script(Array(lines.map { $0 + end }.joined().utf8))
            Harness.checkSplits(script, Self.type)
            Harness.checkPrefixes(script, Self.type)
            let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
            #expect(noted.values(.hl7Framing, Harness.serverSubject) == ["batch"])
            #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["LABO", "A", "B"])
            #expect(noted.values(.hl7MessageType, Harness.conversationSubject) == ["ADT^A01", "ADT^A02"])
            #expect(!noted.contains { $0.value.description.contains("CANARY") })
        }
    }

    @Test func escapesAndRepetitions() {
        let bytes = Self.block([
            "MSH|^~\\&|A\\T\\B \\F\\ C|D\\S\\E|X|Y|2026||ADT^A01|1|P|2.5||||||8859/1~UNICODE UTF-8|||PROFILE_1^N~^^1.2.3^ISO",
            "SFT|Vendor\\R\\Co^L|1\\E\\2|Product|Binary|CANARY information|20260101",
        ])
        let noted = Self.run(bytes)
        #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["A&B | C"])
        #expect(noted.values(.hl7SendingFacility, Harness.clientSubject) == ["D^E"])
        #expect(noted.values(.hl7CharacterSet) == ["8859/1", "UNICODE UTF-8"])
        #expect(noted.values(.hl7Profile) == ["PROFILE_1", "^^1.2.3^ISO"])
        #expect(noted.values(.hl7SoftwareVendor) == ["Vendor~Co"])
        #expect(noted.values(.hl7SoftwareVersion) == ["1\\2"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") })
    }

    /// PRT is about a person where PRT-5 is filled: nothing of it is ours.
    @Test func participations() {
        let bytes = Self.block([
            "MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.8",
            "PRT|1|AD||AP|CANARY^NURSE|||||DEVICE1|||||CANARYSTREET|UDI1|||LOT1|SER1",
            "PRT|2|AD||EQUIP|||||CANARYLOCATION|PUMP7^MAKER|||||CANARYPHONE|(01)77|20240101|20290101|LOT2|SER2|CANARYDONATION|TYPE^Pump",
            "PRT|3|AD||EQUIP||||||PUMP8^MAKER", "PRT|4|AD||EQUIP||||||||||||(01)99(21)5", "PRT|5|AD||EQUIP|\"\"|||||PUMP9", "PRT|6|AD",
            "OBX|1|NM|1^HR||CANARY72|||||||||||CANARYNURSE||EQ1^A~0012210ffe552101^B|",
        ])
        let script = Self.script(bytes)
        Harness.checkSplits(script, Self.type)
        Harness.checkPrefixes(script, Self.type)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.hl7DeviceSerial) == ["SER2"])
        let pump = Self.device(.serial, "SER2")
        #expect(noted.values(.hl7DeviceID, pump) == ["PUMP7^MAKER"])
        #expect(noted.values(.hl7UDI, pump) == ["(01)77"])
        #expect(noted.values(.hl7DeviceManufactured, pump) == ["20240101"])
        #expect(noted.values(.hl7DeviceExpiry, pump) == ["20290101"])
        #expect(noted.values(.hl7DeviceLot, pump) == ["LOT2"])
        #expect(noted.values(.hl7DeviceType, pump) == ["TYPE"])
        #expect(noted.values(.hl7DeviceID, Self.device(.equipment, "PUMP8^MAKER")) == ["PUMP8^MAKER"])
        #expect(noted.values(.hl7UDI, Self.device(.serial, "(01)99(21)5")) == ["(01)99(21)5"])
        #expect(noted.values(.hl7DeviceID, Self.device(.equipment, "PUMP9")) == ["PUMP9"])
        #expect(noted.values(.hl7Equipment) == ["EQ1^A", "0012210ffe552101^B"])
        #expect(noted.values(.hl7Equipment, Self.device(.eui64, "0012210FFE552101")) == ["0012210ffe552101^B"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") || "\($0.subject)".contains("CANARY") })
    }

    // MARK: Interfaces

    private static func counts(_ turns: [Script.Turn]) -> MessageCount {
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: true, log: ObservationLog(seed: 1))
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        for turn in turns { dissection.deliver(turn.bytes.rawSpan, from: turn.side, &context) }
        return context.counted
    }

    /// Which messages cross between which applications, how many, and how they were answered.
    @Test func interfacesWithTheirAnswers() throws {
        let script = try #require(try RecordedConversation.load("hl7-adt").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(
            noted.values(.hl7Interface, Harness.conversationSubject)
                == ["GAM|CHSA|EAI|CHSA|ADT^A01", "GAM|CHSA|EAI|CHSA|ADT^A08", "PRESCRIPTION|CHSA|EAI|CHSA|ORM^O01"])
        #expect(
            noted.values(.hl7InterfaceAnswer, Harness.conversationSubject)
                == ["GAM|CHSA|EAI|CHSA|ADT^A01|AA", "GAM|CHSA|EAI|CHSA|ADT^A08|AA", "PRESCRIPTION|CHSA|EAI|CHSA|ORM^O01|AE"])
        #expect(noted.values(.hl7ErrorCode, Harness.serverSubject) == ["204"])
        for bytewise in [false, true] {
            let turns = bytewise ? script.turns.flatMap { turn in turn.bytes.map { Script.Turn(side: turn.side, bytes: [$0]) } } : script.turns
            let counted = Self.counts(turns)
            #expect(counted.messages == 3)
            #expect(counted.refused == 1)
        }
    }

    /// Answers go by the control identifier, in any order; one that answers nothing that was seen says nothing of an interface.
    @Test func answersInAnyOrder() {
        func message(_ application: String, _ control: String) -> [UInt8] {
            Self.block(["MSH|^~\\&|\(application)|F|X|Y|2026||ADT^A01|\(control)|P|2.5", "PID|||CANARY"])
        }
        func answer(_ code: String, _ control: String) -> [UInt8] {
            Self.block(["MSH|^~\\&|X|Y|||2026||ACK|9|P|2.5", "MSA|\(code)|\(control)|CANARY text"])
        }
        let turns = [
            Script.client(message("A", "CANARY1") + message("B", "CANARY2") + message("A", "CANARY3")), Script.server(answer("AR", "CANARY2")),
            Script.server(answer("AA", "CANARY1") + answer("CE", "CANARY77") + answer("AA", "")),
        ]
        let noted = Harness.run(turns, dissectors: [Self.type]).noted
        #expect(noted.values(.hl7InterfaceAnswer, Harness.conversationSubject) == ["B|F|X|Y|ADT^A01|AR", "A|F|X|Y|ADT^A01|AA"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") })
        #expect(Self.counts(turns).messages == 3)
        #expect(Self.counts(turns).refused == 2)
        // A header that is not read again is counted and remembered as well.
        let many = (0..<100).map { Script.client(message("A", "M\($0)")) } + [Script.server(answer("AE", "M99") + answer("AE", "M1"))]
        #expect(Self.counts(many).messages == 100)
        #expect(Harness.run(many, dissectors: [Self.type]).noted.values(.hl7InterfaceAnswer) == ["A|F|X|Y|ADT^A01|AE"])
    }

    /// The parts of an interface stay apart whatever is in them, and are no longer than names are.
    @Test func interfaceNames() {
        func interface(_ header: String) -> Set<String> { Self.run(Self.block(["MSH|^~\\&|" + header, "PID|||CANARY"])).values(.hl7Interface) }
        #expect(interface("A\\F\\B^1.2.3^ISO|F|||2026||ADT^A01|1|P|2.5") == ["A B|F|||ADT^A01"])
        #expect(interface("A|F|X|Y|2026||ORU|1|P|2.5") == ["A|F|X|Y|ORU"])
        // What is no message type could be anything.
        #expect(interface("A|F|X|Y|2026||Canary Person^A01|1|P|2.5") == [])
        #expect(interface("A|F|X|Y|2026||ORU^canary|1|P|2.5") == ["A|F|X|Y|ORU"])
        let long = String(repeating: "é", count: 100)
        let cut = String(repeating: "é", count: 20)
        #expect(interface("\(long)|\(long)|X|Y|2026||ADT^A01|1|P|2.5") == ["\(cut)|\(cut)|X|Y|ADT^A01"])
    }

    // MARK: Kinds of devices

    /// OBX-3 of the MDS names the kind of the device, of a VMD that of a part; measurements say nothing.
    @Test func kindsOfDevices() {
        let bytes = Self.block([
            "MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.6", "OBR|1||CANARY|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC",
            "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON1^MAKER",
            "OBX|2||70666^MDC_DEV_ECG_RESP_VMD^MDC|1.2.0.0|||||||X|||||||MODULE1",
            "OBX|3|NM|147842^MDC_ECG_CARD_BEAT_RATE^MDC|1.2.1.1|CANARY60||||||R|||||||MON1^MAKER",
            "OBX|4||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.3.0.0|||||||X|||||||^^0012210FFE552101^EUI-64",
            "OBX|5||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|2.0.0.0|||||||X", "PRT|1|AD||EQUIP^Equipment^HL70912|||||^CANARY|PUMP2||||||||||SER2",
            "OBX|6||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|2.1.0.0|||||||X|||||||MODULE2",
            "OBX|7||1^MDC_DEV_CANARY name_MDS^MDC|3.0.0.0|||||||X|||||||MON3", "OBX|8||1^MDC_DEV_PUMP_INFUS_MDS^L|3.0.0.0|||||||X|||||||MON4",
            "NTE|1||CANARY", "PRT|2|AD||EQUIP|||||^CANARY|PUMP5",
        ])
        let script = Self.script(bytes)
        Harness.checkSplits(script, Self.type)
        Harness.checkPrefixes(script, Self.type)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        let monitor = Self.device(.equipment, "MON1^MAKER")
        #expect(noted.values(.hl7DeviceMDC, monitor) == ["MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", "MDC_DEV_ECG_RESP_VMD"])
        #expect(noted.values(.hl7DeviceMDC, Self.device(.eui64, "0012210FFE552101")) == ["MDC_DEV_PUMP_INFUS_VMD"])
        #expect(noted.values(.hl7DeviceMDC, Self.device(.serial, "SER2")) == ["MDC_DEV_PUMP_INFUS_MDS"])
        #expect(noted.values(.hl7DeviceMDC, Self.device(.equipment, "MODULE2")) == ["MDC_DEV_PUMP_INFUS_VMD"])
        #expect(noted.values(.hl7Equipment) == ["MON1^MAKER", "^^0012210FFE552101^EUI-64", "MODULE2", "MON3", "MON4"])
        #expect(noted.values(.hl7DeviceMDC).count == 4)
        #expect(noted.values(.hl7DeviceMDC, Self.device(.equipment, "PUMP5")) == [])
        #expect(!noted.contains { $0.value.description.contains("CANARY") || "\($0.subject)".contains("CANARY") })
    }

    /// An EUI-64 behind another identifier is the assigner's: the gateway's own, the same for all its devices.
    @Test func assignersAddressIsNoDevice() {
        let noted = Self.run(
            Self.block([
                "MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.6", "OBX|1|NM|1^HR|1|1|||||||||||||DEV0^^0003B1FFFE000001^EUI-64",
                "OBX|2|NM|1^HR|1|1|||||||||||||DEV1^^0003B1FFFE000001^EUI-64~^^0012210FFE552101^EUI-64~0012210FFE552102^M^0012210FFE552102^EUI-64",
            ]))
        // Repetitions without an address are one device: model, serial number, module.
        let analyser = Self.run(Self.block(["MSH|^~\\&|AN|L|X|Y|2026||OUL^R22|1|P|2.5.1", "OBX|1|NM|GLU||5|||||||||||||c503^ROCHE~SER9^ROCHE~1^ROCHE"]))
        #expect(
            analyser.values(.hl7Equipment, Self.device(.equipment, "c503^ROCHE~SER9^ROCHE~1^ROCHE")) == ["c503^ROCHE", "SER9^ROCHE", "1^ROCHE"])
        for name in ["DEV0", "DEV1"] {
            #expect(noted.values(.hl7Equipment, Self.device(.equipment, name + "^^0003B1FFFE000001^EUI-64")).count == 1)
        }
        for address in ["0012210FFE552101", "0012210FFE552102"] { #expect(noted.values(.hl7Equipment, Self.device(.eui64, address)).count == 1) }
    }

    /// A gateway that fills in its maker's block and zeros for every pump: the pumps stay apart.
    @Test func makersBlockIsNoAddress() {
        let noted = Self.run(
            Self.block([
                "MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.6", "OBX|1||70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC|1.0.0.0|||||||X|||||||P1^^0012210000000000^EUI-64",
                "OBX|2||70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC|2.0.0.0|||||||X|||||||P2^^0012210000000000^EUI-64",
            ]))
        for name in ["P1", "P2"] {
            #expect(
                noted.values(.hl7DeviceMDC, Self.device(.equipment, name + "^^0012210000000000^EUI-64")) == ["MDC_DEV_PUMP_INFUS_SYRINGE_MDS"])
        }
    }

    /// EQU-1 is the sender's equipment, but the receiver's in requests and commands.
    @Test func equipmentOfTheAutomation() {
        let status = Self.block(["MSH|^~\\&|LAS|L|LIS|L|2026||ESU^U01|1|P|2.5", "EQU|ANALYSER7^AU5800|20260101|OP^Operating", "ISD|1|CANARY"])
        let command = Self.block(["MSH|^~\\&|LAS|L|AN|L|2026||EAC^U07|2|P|2.5", "EQU|ANALYSER8^DXI|20260101", "ECD|1|LO^Load|Y|||CANARY", "SAC|CANARY"])
        let noted = Self.run(status + command)
        #expect(noted.values(.hl7Equipment, Self.device(.equipment, "ANALYSER7^AU5800")) == ["ANALYSER7^AU5800"])
        #expect(noted.values(.hl7Equipment, Self.device(.equipment, "ANALYSER8^DXI", behind: Harness.server)) == ["ANALYSER8^DXI"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") })
    }

    // MARK: Captures of this depth

    @Test func bedsideDevices() throws {
        let noted = try RecordedConversation.load("hl7-bedside").flatMap { Harness.run($0.turns, dissectors: [Self.type]).noted }
        let all = Set(noted)
        // The infusion order names the pump that is to be programmed: behind the one who receives it.
        #expect(
            all.values(.hl7DeviceMDC, Self.device(.equipment, "P52814^^0012210000000000^EUI-64", behind: Harness.server)) == ["MDC_DEV_PUMP_INFUS_VMD"])
        #expect(all.values(.hl7Profile).isSuperset(of: ["IHE_PCD_001", "IHE_PCD_ACM_001", "IHE_PCD_PIV_001"]))
        #expect(all.values(.hl7DeviceMDC, Self.device(.equipment, "P52814^^0012210000000000^EUI-64")) == ["MDC_DEV_PUMP_INFUS_SYRINGE_MDS"])
        #expect(
            all.values(.hl7DeviceMDC, Self.device(.equipment, "7f2586c7-0506-46cd-a612-d8e75b838faa-IntelliVue MX500 - 866064"))
                == ["MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", "MDC_DEV_ECG_RESP_VMD"])
    }

    @Test func laboratoryAutomation() throws {
        let all = Set(try RecordedConversation.load("hl7-laboratory").flatMap { Harness.run($0.turns, dissectors: [Self.type]).noted })
        #expect(all.values(.hl7Interface).isSuperset(of: ["COBAS|LABO|MIDDLEWARE|LABO|OUL^R22", "MIDDLEWARE|LABO|COBAS|LABO|OML^O33"]))
        #expect(all.values(.hl7ErrorCode) == ["204"])
        #expect(all.values(.hl7Equipment).contains("LNCC8000-17^ROCHE"))
    }

    @Test func manyApplicationsThroughOneEngine() throws {
        let runs = try RecordedConversation.load("hl7-interfaces").map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        let all = Set(runs.flatMap { $0 })
        #expect(all.values(.hl7Interface).count == 8)
        #expect(all.values(.hl7InterfaceAnswer).contains("PHARMA|CHSA|DPI|CHSA|DFT^P03|AR"))
    }

    /// Every field of every segment that may hold a patient, marked: none of the marks comes out.
    @Test func noFieldButTheListed() {
        let names = [
            "PID", "PD1", "NK1", "PV1", "PV2", "GT1", "IN1", "IN2", "IN3", "ORC", "OBR", "NTE", "DG1", "AL1", "MRG", "EVN", "ZPD", "TXA",
            "SPM", "EQU", "INV", "ECD", "SAC", "ISD",
            "QRD", "ERR", "MSA", "OBX", "PRT", "SFT", "RXA", "STF", "CTD", "UAC",
        ]
        // MSH-3 to 6, 9, 11, 12, 18, 21 of the header stay empty or harmless; all others are marked.
        let header = (3...25).map { [3, 4, 5, 6, 11, 12, 18, 21].contains($0) ? "" : $0 == 9 ? "ADT^A01" : "CANARY\($0)" }
        let lines =
            ["MSH|^~\\&|" + header.joined(separator: "|")]
            + names.map { name in
                let allowed: Set<Int> =
                    switch name {
                    case "SFT": [1, 2, 3, 4]
                    case "OBX": [18]
                    case "EQU": [1]
                    case "PRT": [10, 16, 17, 18, 19, 20, 22]
                    default: []
                    }
                return name + "|" + (1...60).map { allowed.contains($0) ? "" : "CANARY\($0)^CANARY&CANARY~CANARY" }.joined(separator: "|")
            }
        for end in ["\r", "\n", "\r\n"] {
            for noted in Self.run(Self.block(lines, end: end)) {
                #expect(!noted.value.description.contains("CANARY") && !"\(noted.subject)".contains("CANARY"), "\(noted)")
            }
        }
    }

    @Test func endlessFieldsAreNotHeld() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        func deliver(_ bytes: [UInt8]) { dissection.deliver(bytes.rawSpan, from: .initiator, &context) }
        deliver([0x0B] + Array("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\rOBX|1|ED|PDF||".utf8))
        let piece = [UInt8](repeating: 0x41, count: 1400)
        for _ in 0..<20_000 {
            deliver(piece)
            #expect(dissection.heldBytes == 0)
        }
        deliver(Array("|||||||||||||EQ77^MODEL|\rOBX|2|TX|||x|||||||||||||".utf8))
        // A value that is wanted, but far too long to be one.
        for _ in 0..<1000 {
            deliver(piece)
            #expect(dissection.heldBytes < 4096)
        }
        deliver(Array("\rOBX|3|TX|||x|||||||||||||EQ78|\r".utf8) + [0x1C, 0x0D])
        let noted = Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
        #expect(noted.values(.hl7Equipment) == ["EQ77^MODEL", "EQ78"])
    }

    /// What a connection repeats is noted again now and then, so that it is known when it was seen last.
    @Test func repeatedHeaders() throws {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 0)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        for second in 0..<200 {
            context.evidence = Evidence(frame: UInt64(second), time: Timestamp(seconds: Int64(second)))
            let kind = second == 150 ? "A02" : "A01"
            dissection.deliver(
                Self.block(["MSH|^~\\&|A|B|C|D|\(second)||ADT^\(kind)|\(second)|P|2.5", "SFT|V|\(second / 100)"]).rawSpan, from: .initiator,
                &context)
        }
        let noted = Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
        #expect(noted.values(.hl7MessageType, Harness.conversationSubject) == ["ADT^A01", "ADT^A02"])
        #expect(noted.values(.hl7SoftwareVersion, Self.device(.application, "A^B")) == ["0", "1"])
        let version = try #require(log.observations.first { $0.attribute == .hl7Version })
        #expect(version.evidence.frame == 0)
        #expect(version.lastSeen >= Timestamp(seconds: 140))
    }

    /// An acknowledgement names the service; queries' answers and deferred ones too.
    @Test func rolesWithoutAHandshake() {
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        for code in ["ACK", "ACK^A01^ACK", "RSP^K22^RSP_K21", "ORR^O02"] {
            let noted = Self.run(Self.block(["MSH|^~\\&|EAI|H|X|Y|2026||\(code)|1|P|2.5", "MSA|AA|1"]), sawStart: false)
            #expect(noted.values(.hl7SendingApplication, service) == ["EAI"])
            #expect(noted.values(.hl7Acknowledgement, service) == ["AA"])
            #expect(!noted.contains { if case .device = $0.subject { true } else { false } })
        }
        let noted = Self.run(Self.block(["MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.5"]), sawStart: false)
        #expect(noted.values(.hl7SendingApplication, Harness.clientSubject) == ["GW"])
    }

    // MARK: Probing

    @Test func startsThatAreKnown() {
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)
        func probe(_ text: String) -> Probe { HL7Dissector.probe(Array(text.utf8).rawSpan, context) }
        #expect(probe("\u{0B}") == .notYet)
        #expect(probe("\u{0B}M") == .notYet)
        #expect(probe("MSH") == .notYet)
        #expect(probe("MSH|^~\\&") == .notYet)
        for text in [
            "\u{0B}MSH|^~\\&|", "MSH|^~\\&|", "MSH|^~\\&#|", "MSH#*~\\&#", "FHS|^~\\&|", "\u{0B}BHS|^~\\&|A", "MSH|^~&|A", "MSH!@#$%!",
        ] {
            #expect(probe(text) == .yes, "\(text)")
        }
        for text in [
            "\u{0B}X", "MSX", "MSH ^~\\& ", "MSHA^~\\&A", "MSH|^~\\&#%|", "MSH|^^\\&|", "MSH|^|", "\u{0B}\u{0B}MSH|^~\\&|", "msh|^~\\&|",
        ] {
            #expect(probe(text) == .no, "\(text)")
        }
    }

    @Test func startByteOfItsOwn() throws {
        let block = Self.block(["MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5", "PID|||CANARY"])
        let run = Harness.run([Script.client([0x0B]), Script.client(Array(block.dropFirst()))], dissectors: [Self.type])
        #expect(run.protocols == [.hl7])
        #expect(run.noted.values(.hl7Framing) == ["mllp"])
    }

    @Test(arguments: NegativeHeads.all) func othersAreRefused(name: String, head: [UInt8]) {
        for isStart in [true, false] {
            let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
            #expect(HL7Dissector.probe(head.rawSpan, context) == .no, "\(name)")
        }
    }

    @Test func chanceIsRefused() {
        var generator = SeededGenerator(seed: 5)
        for round in 0..<40_000 {
            var head = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            if round % 2 == 0 { head = [0x0B] + Array(["M", "MS", "MSH", "F"][round / 2 % 4].utf8) + head.map { $0 | 0x40 } }
            for isStart in [true, false] {
                let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                #expect(HL7Dissector.probe(head.rawSpan, context) == .no)
            }
        }
    }
}

extension HL7Tests {
    /// Who counts separators wrongly puts the observer (OBX-16, a person with up to 23 components) where the equipment stands.
    @Test func personsAreNoEquipment() {
        for person in ["12345^ZZCANARY^JEANNE^^^DR^^^RPPS", "^ZZCANARY^JEANNE^A^^MME", "EQ1^^^~12345^ZZCANARY^JEANNE^^^DR"] {
            let noted = Self.run(
                Self.block(["MSH|^~\\&|GW|H|X|Y|2026||ORU^R01|1|P|2.6", "OBX|1|NM|1^HR|1|1|||||||||||||\(person)", "EQU|\(person)|20261121"]))
            #expect(!"\(noted)".contains("CANARY"), "\(person)")
            #expect(noted.values(.hl7Equipment) == (person.hasPrefix("EQ1") ? ["EQ1^^^"] : []))
        }
    }
}
