import Foundation
import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// Who exchanges what for the care of patients, and why a device is taken for what it is: from a census made by hand, word by word.
@Suite struct ExplanationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let loaded = Result { try SignatureSet(directory: Self.root.appendingPathComponent("Signatures").path) }

    private static let scanner = "mac-020000000020"
    private static let archive = "mac-020000000010"

    private static func host(_ text: String) -> HostKey { HostKey(IPAddress(text) ?? .none, in: .none) }
    private static func at(_ frame: UInt64) -> Evidence { Evidence(frame: frame, time: Timestamp(seconds: 1_700_000_000 + Int64(frame))) }
    private static func service(_ address: String, _ port: UInt16) -> ServiceKey { ServiceKey(host: Self.host(address), port: port, transport: .tcp) }

    private static func asset(
        _ id: String, _ address: String?, mac: String = "", position: Asset.Position = .onLink, gateway: String? = nil, _ observations: [Observation] = [],
        services: [Service] = [], frame: UInt64 = 1
    ) -> Asset {
        let evidence = Self.at(frame)
        var asset = Asset(id: id, position: position, firstSeen: evidence.time, lastSeen: evidence.time, evidence: evidence)
        asset.gateway = gateway
        asset.macs = MACAddress(mac).map { [$0] } ?? []
        asset.addresses = address.flatMap { IPAddress($0) }.map { [.init(address: $0, networks: [.none], firstSeen: evidence.time, lastSeen: evidence.time)] } ?? []
        asset.observations = observations
        asset.services = services
        return asset
    }

    private static func conversation(
        _ client: (id: String, address: String), _ server: (id: String, service: ServiceKey), _ protocols: [ApplicationProtocol],
        _ said: [(Attribute, String, UInt64)], flows: UInt64 = 1, messages: UInt64 = 0, refused: UInt64 = 0, first: UInt64 = 1, last: UInt64 = 1
    ) -> Conversation {
        let key = ConversationKey(client: Self.host(client.address), service: server.service)
        return Conversation(
            key: key, client: client.id, server: server.id, protocols: protocols,
            tally: ConversationTally(
                flows: flows, answered: flows, messages: messages, refusedMessages: refused, lastSeen: Self.at(last).time, first: Self.at(first), answer: Self.at(first)),
            observations: said.map { Observation(.conversation(key), $0.0, .text($0.1), evidence: Self.at($0.2)) })
    }

    // MARK: The exchanges

    /// A scanner that calls an archive under two titles, of which one is refused; an engine that passes messages on.
    private static func census() -> Census {
        let dicom = Self.service("10.0.0.10", 104)
        let hl7 = Self.service("10.0.0.30", 2575)
        let called = Observation(.service(dicom), .dicomCalledAE, .text("PACS"), evidence: Self.at(12))
        let archive = Service(
            key: dicom, protocols: [.dicom], observations: [called], clients: 2, firstSeen: Self.at(11).time, lastSeen: Self.at(40).time, evidence: Self.at(11))
        return Census(
            assets: [
                Self.asset(Self.archive, "10.0.0.10", mac: "02:00:00:00:00:10", services: [archive], frame: 2),
                Self.asset(Self.scanner, "10.0.0.20", mac: "02:00:00:00:00:20", frame: 3),
                Self.asset("mac-020000000030", "10.0.0.30", mac: "02:00:00:00:00:30", frame: 4),
            ],
            conversations: [
                Self.conversation(
                    (Self.scanner, "10.0.0.20"), (Self.archive, dicom), [.dicom],
                    [
                        (.dicomCallingAE, "CT1", 12), (.dicomCalledAE, "PACS", 13), (.dicomCalledAE, "OLDPACS", 14), (.dicomAssociation, "accepted", 15),
                        (.dicomAssociation, "rejected", 16), (.dicomCommand, "C-STORE", 17), (.dicomCommand, "C-ECHO", 18),
                    ], flows: 3, first: 11, last: 40),
                Self.conversation(
                    ("mac-020000000030", "10.0.0.30"), (Self.archive, dicom), [.dicom], [(.dicomCallingAE, "CT1", 30), (.dicomAssociation, "rejected", 31)], first: 29,
                    last: 32),
                Self.conversation(
                    (Self.scanner, "10.0.0.20"), ("mac-020000000030", hl7), [.hl7],
                    [
                        (.hl7Interface, "GAM|CHSA|EAI|CHSA|ADT^A08", 52), (.hl7Interface, "GAM|CHSA|EAI|CHSA|ADT^A01", 51), (.hl7Interface, "AGENDA||||SIU^S12", 53),
                        (.hl7Interface, "five|parts|are|wanted", 54), (.hl7Version, "2.5", 55),
                    ], messages: 90, refused: 2, first: 50, last: 50 + 5400),
            ])
    }

    @Test func associations() throws {
        let exchanges = ClinicalExchanges(Self.census())
        #expect(!exchanges.isEmpty)
        #expect(exchanges.associations.count == 2)
        let first = try #require(exchanges.associations.first)
        #expect((first.ends.client, first.ends.server) == (Self.scanner, Self.archive))
        #expect(first.callingTitles == ["CT1"])
        #expect(first.calledTitles == ["OLDPACS", "PACS"])
        #expect(first.outcomes == ["accepted", "rejected"])
        #expect(first.operations == ["C-ECHO", "C-STORE"])
        #expect(first.count == 3)
        #expect((first.ends.firstSeen, first.ends.lastSeen) == (Self.at(11).time, Self.at(40).time))
        #expect(first.ends.evidence.frame == 12)
    }

    /// A title that two assets use is shared; one that was only asked for is nobody's.
    @Test func titles() {
        let titles = ClinicalExchanges(Self.census()).titles
        #expect(titles.map(\.title) == ["CT1", "PACS"])
        #expect(titles.map(\.callers) == [[Self.scanner, "mac-020000000030"], []])
        #expect(titles.map(\.called) == [[], [Self.archive]])
        #expect(titles.map(\.isShared) == [true, false])
    }

    @Test func interfaces() {
        let interfaces = ClinicalExchanges(Self.census()).interfaces
        // Four parts are no interface.
        #expect(interfaces.map(\.sender) == ["AGENDA", "GAM (CHSA)"])
        #expect(interfaces.map(\.receiver) == ["?", "EAI (CHSA)"])
        #expect(interfaces.map(\.messageTypes) == [["SIU^S12"], ["ADT^A01", "ADT^A08"]])
        #expect(interfaces.map(\.versions) == [["2.5"], ["2.5"]])
        // 90 messages in an hour and a half.
        #expect(interfaces.map(\.messages) == [90, 90] && interfaces.map(\.refused) == [2, 2])
        #expect(interfaces.map(\.perHour) == [60, 60])
    }

    /// In less than a minute nothing is said of an hour.
    @Test(arguments: [(UInt64(59), UInt64?.none), (60, 180), (3600, 3)]) func rates(_ seconds: UInt64, _ perHour: UInt64?) {
        let service = Self.service("10.0.0.30", 2575)
        let conversation = Self.conversation(
            ("a", "10.0.0.20"), ("b", service), [.hl7], [(.hl7Interface, "A|B|C|D|ADT^A01", 1)], messages: 3, first: 1, last: 1 + seconds)
        #expect(ClinicalExchanges(Census(assets: [], conversations: [conversation])).interfaces.map(\.perHour) == [perHour])
    }

    /// Other protocols are no clinical exchange.
    @Test func nothingElse() {
        let service = Self.service("10.0.0.30", 22)
        let conversation = Self.conversation(("a", "10.0.0.20"), ("b", service), [.ssh], [(.hl7Interface, "A|B|C|D|ADT^A01", 1)])
        #expect(ClinicalExchanges(Census(assets: [], conversations: [conversation])).isEmpty)
    }

    // MARK: In words

    private static func claim(_ field: IdentityField, _ value: String, _ confidence: Int, _ kind: String, _ signature: String, _ attribute: Attribute, _ seen: String, _ frame: UInt64) -> Claim {
        Claim(
            field: field, value: value, confidence: confidence, signature: signature, kind: kind,
            observation: Observation(.host(Self.host("10.0.0.20")), attribute, .text(seen), evidence: Self.at(frame)))
    }

    /// The scanner, with what is known of it, among the others.
    private static func report(_ change: (inout Report) -> Void = { _ in }) throws -> Report {
        let census = Self.census()
        var report = Report(inputs: [], inventory: Inventory(), coverage: Coverage(), signatures: try Self.loaded.get())
        let object = Self.claim(.deviceClass, "ct-scanner", 90, "dicom-object", "dicom-modality-ct", .dicomModality, "CT", 20)
        let again = Self.claim(.deviceClass, "ct-scanner", 85, "dicom-object", "dicom-model-ct", .dicomModel, "SOMATOM", 21)
        let address = Self.claim(.deviceClass, "ct-scanner", 35, "hardware-address", "oui-ct", .linkAddress, "02:00:00:00:00:20", 3)
        let other = Self.claim(.deviceClass, "x-ray", 40, "dicom-title", "title-x-ray", .dicomCallingAE, "CT1", 12)
        let serial = Self.claim(.serial, "4711", 90, "dicom-object", "dicom-serial", .dicomSerial, "4711", 22)
        let maker = Self.claim(.maker, "Acme", 85, "dicom-object", "dicom-maker", .dicomManufacturer, "ACME", 23)
        let aside = Self.claim(.product, "Scrubber", 80, "dicom-object", "dicom-model", .dicomModel, "Scrubber", 24)
        let identity = Identity(
            asset: Self.scanner,
            conclusions: [
                Conclusion(
                    field: .deviceClass,
                    candidates: [
                        Candidate(value: "ct-scanner", confidence: 94, claims: [object, again, address]), Candidate(value: "x-ray", confidence: 40, claims: [other]),
                    ]),
                Conclusion(field: .maker, candidates: [Candidate(value: "Acme", confidence: 85, claims: [maker])]),
                Conclusion(field: .serial, candidates: [Candidate(value: "4711", confidence: 90, claims: [serial])]),
            ], software: [], passedOn: [aside], isMedical: true)
        let behind = Self.asset(
            "device-0000000000000001", nil, position: .behindGateway, gateway: Self.scanner,
            [Observation(.host(Self.host("10.0.0.20")), .hl7SendingApplication, .text("PUMP"), evidence: Self.at(60))], frame: 60)
        func unknown(_ asset: Asset) -> Report.Device {
            Report.Device(asset: asset, identity: Identity(asset: asset.id, conclusions: [], software: [], passedOn: [], isMedical: false))
        }
        report.devices = ([unknown(behind)] + census.assets.map { $0.id == Self.scanner ? Report.Device(asset: $0, identity: identity) : unknown($0) }).sorted { $0.id < $1.id }
        report.conversations = census.conversations
        report.exchanges = ClinicalExchanges(census)
        change(&report)
        return report
    }

    /// Without the spaces that French sets before its signs, which no line breaks at.
    private static func plain(_ text: String) -> String { text.replacing("\u{00A0}", with: " ").replacing("\u{202F}", with: " ") }

    private static func text(_ id: String, _ language: Language, _ report: Report) throws -> String {
        Explanation.text(of: try #require(report.device(id)), in: report, language: language)
    }

    @Test func inEnglish() throws {
        let text = try Self.text(Self.scanner, .english, try Self.report())
        let classes = try Self.loaded.get().vocabulary.deviceClasses
        let code = classes["ct-scanner"]?.emdn.map { " (EMDN \($0))" } ?? ""
        let other = try #require(classes["x-ray"]?.title.english)
        #expect(
            text == """
                10.0.0.20: CT scanner\(code), Acme, serial number 4711
                  Frame 3: first seen; its own hardware address: 02:00:00:00:00:20.

                Class: CT scanner, 94%
                  Frame 20: it sends a DICOM object of modality “CT” [dicom-modality-ct, 90%], and 1 more of the same kind, which adds nothing.
                  Frame 3: its hardware address is “02:00:00:00:00:20” [oui-ct, 35%].
                  These are independent: 90% and 35% together make 94%.
                  Frame 12: by DICOM it calls itself “CT1”: it would rather be \(other) (40%), less well supported.

                Maker: Acme, 85%
                  Frame 23: the DICOM object that it sends names the maker “ACME” [dicom-maker, 85%].

                Serial number: 4711, 90%
                  Frame 22: the DICOM object that it sends bears the serial number “4711” [dicom-serial, 90%].

                Set aside: too many different answers for one device, which passes on for others or proposes everything
                  Frame 24: model Scrubber (the DICOM object that it sends names the model “Scrubber”).

                Its clinical exchanges
                  Frame 12: it calls 10.0.0.10 (PACS) by DICOM as “OLDPACS”, “PACS” and calls itself “CT1” (C-ECHO, C-STORE); refused at times.
                  Frame 52: HL7 with 10.0.0.30: AGENDA sends SIU^S12 to ?.
                  Frame 52: HL7 with 10.0.0.30: GAM (CHSA) sends ADT^A01, ADT^A08 to EAI (CHSA).

                """)
    }

    @Test func inFrench() throws {
        let text = try Self.text(Self.scanner, .french, try Self.report())
        // Each of these signs has a space before it that no line breaks at.
        for sign in [" :", " ;", " %", "« ", " »"] { #expect(!text.contains(sign), "“\(sign)”: \(text)") }
        for sentence in [
            "Trame 20 : il envoie un objet DICOM de modalité « CT » [dicom-modality-ct, 90 %], et 1 indice de même sorte, qui n’ajoute rien.",
            "Ce sont des indices indépendants : 90 % et 35 % font ensemble 94 %.",
            "Trame 12 : en DICOM il se nomme « CT1 » : ce serait plutôt",
            "Trame 22 : l’objet DICOM qu’il envoie porte le numéro de série « 4711 » [dicom-serial, 90 %].",
            "Trame 12 : il appelle 10.0.0.10 (PACS) en DICOM sous le titre « OLDPACS », « PACS » et se nomme « CT1 » (C-ECHO, C-STORE) ; parfois refusé.",
            "Trame 52 : HL7 avec 10.0.0.30 : GAM (CHSA) envoie ADT^A01, ADT^A08 à EAI (CHSA).",
        ] { #expect(Self.plain(text).contains(sentence), "\(sentence)\n\(text)") }
        // The same sentences in both languages, and no English in the French.
        let english = try Self.text(Self.scanner, .english, try Self.report())
        #expect(text.split(separator: "\n").count == english.split(separator: "\n").count)
        for word in ["Frame", "sends", "which", "first seen"] { #expect(!text.contains(word), "\(word)") }
    }

    /// The same exchange from the other side, and a device of which nothing is known.
    @Test func fromTheOtherSide() throws {
        let text = try Self.text(Self.archive, .english, try Self.report())
        #expect(text.hasPrefix("10.0.0.10 (PACS): nothing in these captures says what it is.\n"))
        #expect(text.contains("  Frame 11: it answers on port 104/tcp: dicom (2 clients).\n"))
        #expect(text.contains("  Frame 12: 10.0.0.20 calls it by DICOM as “OLDPACS”, “PACS”, calling itself “CT1” (C-ECHO, C-STORE); refused at times.\n"))
        #expect(text.contains("  Frame 30: 10.0.0.30 calls it by DICOM, calling itself “CT1”; refused.\n"))
        let french = Self.plain(try Self.text(Self.archive, .french, try Self.report()))
        #expect(french.hasPrefix("10.0.0.10 (PACS) : rien dans ces captures ne dit ce que c’est.\n"))
        #expect(french.contains("  Trame 11 : il répond sur le port 104/tcp : dicom (2 clients).\n"))
        #expect(french.contains("  Trame 30 : 10.0.0.30 l’appelle en DICOM et se nomme « CT1 » ; refusé.\n"))
    }

    /// Where a device is decides what is told of its address.
    @Test func positions() throws {
        let report = try Self.report {
            $0.devices += [
                Report.Device(
                    asset: Self.asset("ip-10.9.0.1", "10.9.0.1", position: .routed, frame: 70),
                    identity: Identity(asset: "ip-10.9.0.1", conclusions: [], software: [], passedOn: [], isMedical: false)),
                Report.Device(
                    asset: Self.asset("ip-203.0.113.5", "203.0.113.5", position: .external, frame: 71),
                    identity: Identity(asset: "ip-203.0.113.5", conclusions: [], software: [], passedOn: [], isMedical: false)),
            ]
            $0.devices.sort { $0.id < $1.id }
        }
        #expect(
            try Self.text("device-0000000000000001", .english, report)
                == """
                PUMP (behind 10.0.0.20): nothing in these captures says what it is.
                  Frame 60: named by 10.0.0.20, which speaks for it; it has no address of its own in the capture.

                """)
        #expect(try Self.text("device-0000000000000001", .french, report).hasPrefix("PUMP (derrière 10.0.0.20)"))
        #expect(try Self.text("ip-10.9.0.1", .english, report).contains("  Frame 70: first seen, behind a router: its hardware address is not in the capture.\n"))
        #expect(try Self.text("ip-203.0.113.5", .english, report).contains("  Frame 71: public address, first seen.\n"))
        #expect(try Self.text("ip-203.0.113.5", .french, report).contains("adresse publique, vue pour la première fois."))
    }

    /// Two makers that cannot both be right are told as such; a device known by hints alone is not called identified.
    @Test func doubt() throws {
        let siemens = Self.claim(.maker, "Acme", 85, "dicom-object", "one", .dicomManufacturer, "ACME", 20)
        let philips = Self.claim(.maker, "Other", 80, "dicom-implementation", "two", .dicomImplementationUID, "1.2.3", 21)
        func report(_ conclusion: Conclusion) throws -> Report {
            try Self.report { report in
                report.devices = report.devices.map { device in
                    guard device.id == Self.scanner else { return device }
                    return Report.Device(
                        asset: device.asset, identity: Identity(asset: Self.scanner, conclusions: [conclusion], software: [], passedOn: [], isMedical: false))
                }
            }
        }
        let contradicted = Conclusion(
            field: .maker, candidates: [Candidate(value: "Acme", confidence: 85, claims: [siemens]), Candidate(value: "Other", confidence: 80, claims: [philips])])
        #expect(contradicted.isContradicted)
        let text = try Self.text(Self.scanner, .english, try report(contradicted))
        #expect(text.contains("it would rather be Other (80%); both are well supported and contradict each other.\n"), "\(text)")
        let hint = Self.claim(.deviceClass, "ct-scanner", 35, "hardware-address", "oui-ct", .linkAddress, "02:00:00:00:00:20", 3)
        let weak = Conclusion(field: .deviceClass, candidates: [Candidate(value: "ct-scanner", confidence: 35, claims: [hint])])
        let hints = try Self.text(Self.scanner, .english, try report(weak))
        #expect(hints.split(separator: "\n").first?.hasSuffix(" — hints only, not an identification") == true, "\(hints)")
        #expect(try Self.text(Self.scanner, .french, try report(weak)).contains(" — indices seulement, pas une identification"))
        #expect(!(try Self.text(Self.scanner, .english, try Self.report())).contains("hints only"))
    }

    /// A device with very many services is told of in a page, and the rest is counted.
    @Test func manyServices() throws {
        let report = try Self.report { report in
            report.devices = report.devices.map { device in
                guard device.id == Self.archive else { return device }
                var asset = device.asset
                asset.services = (1...200).map { port in
                    Service(
                        key: Self.service("10.0.0.10", port), protocols: [], observations: [], clients: 1, firstSeen: Self.at(1).time, lastSeen: Self.at(1).time,
                        evidence: Self.at(UInt64(port)))
                }
                return Report.Device(asset: asset, identity: device.identity)
            }
        }
        let text = try Self.text(Self.archive, .english, report)
        #expect(text.contains("  Frame 12: it answers on port 12/tcp: protocol not recognised (1 client).\n"))
        #expect(!text.contains("port 13/tcp"))
        #expect(text.contains("  … and 188 more (scan --json has them all)\n"))
        #expect(try Self.text(Self.archive, .french, report).contains("… et 188 de plus (scan --json les donne tous)"))
    }

    // MARK: Names

    /// By id, address, hardware address, name and serial number, in any letters; never by a part.
    @Test func devicesByName() throws {
        let report = try Self.report()
        for word in [Self.scanner, "10.0.0.20", "02:00:00:00:00:20", "02:00:00:00:00:20".uppercased(), "4711"] {
            #expect(report.devices(named: word).map(\.id) == [Self.scanner], "\(word)")
        }
        for word in ["PACS", "pacs", "10.0.0.10"] { #expect(report.devices(named: word).map(\.id) == [Self.archive], "\(word)") }
        #expect(report.devices(named: "pump").map(\.id) == ["device-0000000000000001"])
        for word in ["", "PAC", "471", "10.0.0.2", "10.0.0.200", "mac-", "02:00:00:00:00"] { #expect(report.devices(named: word).isEmpty, "\(word)") }
    }
}
