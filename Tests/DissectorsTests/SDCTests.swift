import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SDC") struct SDCTests {
    static func values(_ noted: Set<Noted>) -> [Attribute: Set<String>] {
        noted.reduce(into: [:]) { $0[$1.attribute, default: []].insert("\($1.value)") }
    }
    /// What is noted of a ventilator.
    static let ventilator: [Attribute: Set<String>] = [
        .dpwsManufacturer: ["Drägerwerk AG & Co. KGaA"], .dpwsModelName: ["Evita V500"], .dpwsModelNumber: ["8416400"], .dpwsFriendlyName: ["REA-VENT-07"],
        .dpwsFirmware: ["02.54.01"], .dpwsSerial: ["ASLNC-0021"], .sdcMDSType: ["70001"], .sdcManufacturer: ["Drägerwerk AG & Co. KGaA"],
        .sdcModelName: ["Evita V500"], .sdcModelNumber: ["8416400"], .sdcSerial: ["ASLNC-0021"], .sdcUDI: ["04049098LNC021"],
        .sdcPartNumber: ["8417080-LNC"], .sdcHardware: ["HW 3.1"], .sdcSoftware: ["SW 02.54"], .sdcFirmware: ["FW 7.0.2"], .httpAPI: ["dpws", "sdc"],
    ]
    static let monitor = ventilator.merging([
        .dpwsManufacturer: ["Philips"], .dpwsModelName: ["IntelliVue MX750"], .dpwsModelNumber: ["866471"], .dpwsFriendlyName: ["REA-MON-07"],
        .dpwsFirmware: ["P.01.22"], .dpwsSerial: ["DELNC07511"], .sdcMDSType: ["69965"], .sdcManufacturer: ["Philips"], .sdcModelName: ["IntelliVue MX750"],
        .sdcModelNumber: ["866471"], .sdcSerial: ["DELNC07511"], .sdcUDI: ["00884838LNC750"],
    ]) { $1 }
    static let secrets = [
        "ZZCANARYDUPONT", "MARGUERITE-CANARY", "CANARY-IPP-774411", "2840575CANARY88", "1984-05-18", "CANARYVISIT5521", "ZZCANARYMEDECIN",
        "CANARYALARM", "CANARYNOTE", "CANARYORDER882", "VMD-", "LOT77A",
    ]

    /// The answers of sdc11073 3.0 to GetMetadata and GetMdib, without TLS; and with gzip in chunks, of another device.
    @Test(arguments: [("sdc-clear", ventilator), ("sdc-gzip", monitor)])
    func recorded(_ name: String, _ expected: [Attribute: Set<String>]) throws {
        let conversations = try RecordedConversation.load(name)
        var noted: Set<Noted> = []
        for script in conversations { noted.formUnion(Harness.run(script.turns, dissectors: [HTTPDissector.self]).noted) }
        let read = noted.filter { expected.keys.contains($0.attribute) }
        #expect(Self.values(read) == expected)
        #expect(Set(read.map(\.subject)) == [Harness.serverSubject])
        for secret in Self.secrets { #expect(!noted.description.contains(secret), "\(secret)") }
        // Any split of the stream: pieces of 97 bytes meet every boundary of an element sooner or later.
        var pieces: Set<Noted> = []
        for script in conversations {
            let turns = script.turns.flatMap { turn in
                stride(from: 0, to: turn.bytes.count, by: 97).map { start in
                    Script.Turn(side: turn.side, bytes: Array(turn.bytes[start..<min(turn.bytes.count, start + 97)]))
                }
            }
            pieces.formUnion(Harness.run(turns, dissectors: [HTTPDissector.self]).noted)
        }
        #expect(pieces == noted)
    }

    @Test func computersSpeakDPWSToo() throws {
        let all = try RecordedConversation.load("sdc-wsd-hosts").map { Self.values(Harness.run($0.turns, dissectors: [HTTPDissector.self]).noted) }
        let makers = Set(all.compactMap { $0[.dpwsManufacturer] })
        #expect(makers == [["wsdd"], ["Synology"]])
        #expect(all.allSatisfy { $0[.sdcMDSType] == nil && $0[.httpAPI] != ["sdc"] })
    }

    // MARK: The reader alone

    static func envelope(_ body: String) -> [UInt8] {
        Array("<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"x\"><s:Header/><s:Body>\(body)</s:Body></s:Envelope>".utf8)
    }
    static func mdib(_ mds: String, state: String = "") -> [UInt8] {
        let description = "<p:MdDescription><p:Mds>\(mds)</p:Mds></p:MdDescription>"
        return Self.envelope("<m:GetMdibResponse><m:Mdib>\(description)<p:MdState>\(state)</p:MdState></m:Mdib></m:GetMdibResponse>")
    }
    static func read(_ document: [UInt8], pieces: Int = .max) -> [Attribute: Set<String>] {
        let log = ObservationLog(seed: 1)
        let context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server, evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)),
            rolesAreSure: true, log: log)
        let reader = SDCMessageReader()
        var rest = document[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(piece.count)
            guard reader.read(piece.rawSpan, context) else { break }
        }
        return Self.values(Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }))
    }

    static let description = mdib(
        """
        <p:Type CodingSystem="urn:oid:1.2.840.10004.1.1.1.0.0.1" Code="69985"><p:Type Code="1"/></p:Type>
        <p:ProductionSpecification><p:SpecType Code="531972" CodingSystem="CANARYOTHERSYSTEM"/><p:ProductionSpec>CANARY1</p:ProductionSpec></p:ProductionSpecification>
        <p:ProductionSpecification><p:SpecType Code="531975"/><p:ProductionSpec>SW 4</p:ProductionSpec></p:ProductionSpecification>
        <p:ProductionSpecification><p:SpecType Code="999"/><p:ProductionSpec>CANARY2</p:ProductionSpec></p:ProductionSpecification>
        <p:ProductionSpecification><p:ProductionSpec>CANARY3</p:ProductionSpec></p:ProductionSpecification>
        <p:MetaData><p:Manufacturer>A &lt; B</p:Manufacturer><p:SerialNumber>  </p:SerialNumber><p:LotNumber>CANARY4</p:LotNumber></p:MetaData>
        <p:Vmd><p:Type Code="2"/><p:ProductionSpecification><p:SpecType Code="531972"/><p:ProductionSpec>CANARY5</p:ProductionSpec></p:ProductionSpecification></p:Vmd>
        <p:SystemContext><p:PatientContext><p:Type Code="3"/></p:PatientContext></p:SystemContext>
        """, state: "<p:State><p:MetaData><p:SerialNumber>CANARY6</p:SerialNumber></p:MetaData></p:State>")

    @Test func deviceDescription() {
        let expected: [Attribute: Set<String>] = [
            .sdcMDSType: ["69985"], .sdcSoftware: ["SW 4"], .sdcManufacturer: ["A < B"], .httpAPI: ["sdc"],
        ]
        #expect(Self.read(Self.description) == expected)
        for pieces in [1, 2, 7, 64] { #expect(Self.read(Self.description, pieces: pieces) == expected) }
        for count in stride(from: 0, to: Self.description.count, by: 3) {
            for (attribute, values) in Self.read(Array(Self.description.prefix(count))) { #expect(values.isSubset(of: expected[attribute] ?? [])) }
        }
    }

    @Test func otherNomenclature() {
        let document = Self.mdib("<p:Type Code=\"PUMP\" CodingSystem=\"urn:oid:1.3.6.1.4.1.3592\"/>")
        #expect(Self.read(document)[.sdcMDSType] == ["PUMP^urn:oid:1.3.6.1.4.1.3592"])
    }

    @Test func descriptionAlone() {
        let description = "<m:MdDescription><p:Mds><p:Type Code=\"70041\"/></p:Mds></m:MdDescription>"
        let document = Self.envelope("<m:GetMdDescriptionResponse>\(description)</m:GetMdDescriptionResponse>")
        #expect(Self.read(document)[.sdcMDSType] == ["70041"])
    }

    @Test func nothingOfOtherMessages() {
        let body = "<p:Mds><p:MetaData><p:SerialNumber>CANARY</p:SerialNumber></p:MetaData></p:Mds>"
        for document in [
            Self.envelope("<m:SetContextState><m:Mdib><p:MdDescription>\(body)</p:MdDescription></m:Mdib></m:SetContextState>"),
            Self.envelope("<ThisModel><Manufacturer>CANARY</Manufacturer></ThisModel>"),
            Array("<html><body><Manufacturer>CANARY</Manufacturer></body></html>".utf8),
            Array("<a><Body><GetMdibResponse><Mdib><MdDescription>\(body)</MdDescription></Mdib></GetMdibResponse></Body></a>".utf8), Array("{}".utf8), [],
        ] { #expect(Self.read(document).isEmpty) }
    }

    @Test func onlyAnswersAreRead() {
        func isRead(_ media: HTTPMediaType, isRequest: Bool, status: Int) -> Bool {
            let head = HTTPBodyHead(isRequest: isRequest, method: .post, path: nil, status: status, media: media, isActionKnown: false)
            return SDCMessageReader.reader(for: head) != nil
        }
        #expect(isRead(.soap, isRequest: false, status: 200))
        #expect(!isRead(.soap, isRequest: true, status: 0))
        #expect(!isRead(.soap, isRequest: false, status: 400))
        #expect(!isRead(.xml, isRequest: false, status: 200))
    }

    @Test func hugeDescriptionsStayBounded() {
        let metric = "<p:Metric><p:Type Code=\"150456\"/><p:Unit Code=\"1\"/></p:Metric>"
        let late = "<p:MetaData><p:ModelName>late</p:ModelName></p:MetaData>"
        let document = Self.mdib("<p:Type Code=\"69965\"/><p:Vmd>" + String(repeating: metric, count: 30_000) + "</p:Vmd>" + late)
        let read = Self.read(document, pieces: 1460)
        #expect(read[.sdcMDSType] == ["69965"])
        #expect(read[.sdcModelName] == ["late"])
        let part = "<p:Channel><p:ProductionSpecification><p:SpecType Code=\"1\"/><p:ProductionSpec>1</p:ProductionSpec></p:ProductionSpecification></p:Channel>"
        let parts = Self.mdib("<p:Type Code=\"69965\"/><p:Vmd>" + String(repeating: part, count: 10_000) + "</p:Vmd>" + late)
        #expect(Self.read(parts, pieces: 1460) == [.sdcMDSType: ["69965"], .httpAPI: ["sdc"]])
    }
}

extension SDCTests {
    /// The patient's context under other names, prefixes and in other places than the standard has it.
    @Test func patientsHaveNowhereToGo() {
        let patient = """
            <q:CoreData xmlns:q="urn:x"><q:Givenname>CANARY</q:Givenname><q:ModelName>CANARY</q:ModelName><q:Type Code="CANARY"><q:Manufacturer>CANARY</q:Manufacturer>\
            </q:Type></q:CoreData>
            """
        let context = "<zz:SystemContext><zz:PatientContext Handle=\"CANARY\"><zz:Type Code=\"1\"/>\(patient)</zz:PatientContext></zz:SystemContext>"
        for mds in [
            context, "<p:MetaData>\(patient)</p:MetaData>", "<p:MetaData><p:Udi>\(patient)</p:Udi></p:MetaData>", "<p:Type Code=\"69965\"/>" + context,
            "<p:ProductionSpecification>\(patient)</p:ProductionSpecification>", "<p:Vmd><p:MetaData><p:ModelName>CANARY</p:ModelName></p:MetaData>\(context)</p:Vmd>",
        ] {
            let found = Self.read(Self.mdib(mds, state: "<p:State>\(patient)\(context)</p:State>"))
            #expect(!"\(found)".contains("CANARY"), "\(mds)")
        }
    }
}
