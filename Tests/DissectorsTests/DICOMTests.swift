import Observations
import Testing
import Wire

@testable import Dissectors

@Suite struct DICOMTests {
    static let type: any StreamDissector.Type = DICOMDissector.self

    // MARK: Recorded conversations: the four properties, hostile input, patients

    static let whole = [
        "dicom-echo", "dicom-store", "dicom-store-syntaxes", "dicom-worklist", "dicom-query-move", "dicom-mpps", "dicom-reject",
        "dicom-user-identity", "dicom-negotiation", "dicom-orthanc", "dicom-print", "dicom-router", "dicom-commitment", "dicom-device-ids",
        "dicom-toolkits", "dicom-scan",
    ]

    @Test(arguments: Self.whole) func anySplitGivesTheSame(name: String) throws {
        for script in try RecordedConversation.load(name) where script.isDICOM { Harness.checkSplits(script, Self.type) }
    }

    @Test(arguments: Self.whole) func aPrefixNeverSaysMore(name: String) throws {
        for script in try RecordedConversation.load(name) where script.isDICOM && script.count < 12_000 {
            Harness.checkPrefixes(script, Self.type)
        }
    }

    @Test(arguments: Self.whole) func oneDirectionIsEnough(name: String) throws {
        for script in try RecordedConversation.load(name) where script.isDICOM {
            let whole = Harness.run(script.turns, dissectors: [Self.type]).noted
            for (side, noted) in Harness.checkOneDirection(script, Self.type) {
                // Where the request is missing the accept stands in for it; nothing else may differ.
                let more = noted.subtracting(whole)
                #expect(more.isEmpty, "\(name) \(side): \(more)")
            }
        }
    }

    @Test(arguments: Self.whole) func everyTurnIsAPlaceToStart(name: String) throws {
        for script in try RecordedConversation.load(name) where script.isDICOM {
            // From the last message on there is only the release, which proves nothing alone.
            let messages = script.turns.indices.filter { script.turns[$0].bytes.first == 4 && script.turns[$0].bytes.count > 60 }
            for index in messages.prefix(12) { Harness.checkMidStream(script, dropping: index, Self.type) }
        }
    }

    @Test(arguments: Self.whole) func hostileBytesAreHarmless(name: String) throws {
        for script in try RecordedConversation.load(name) where script.isDICOM {
            Harness.checkMutations(script, Self.type, rounds: script.count < 12_000 ? 300 : 60)
        }
    }

    @Test(arguments: Self.whole + ["dicom-store-accept-only", "dicom-store-request-only", "dicom-store-midstream"])
    func patientsNeverComeOut(name: String) throws {
        let canaries = try RecordedConversation.canaries(name)
        for script in try RecordedConversation.load(name) {
            for start in [true, false] {
                for noted in Harness.run(script.turns, dissectors: [Self.type], sawStart: start).noted {
                    for canary in canaries {
                        #expect(!noted.value.description.contains(canary), "\(name): \(noted)")
                        // A name whose separator was lost on the way would be one as well.
                        for part in canary.split(separator: "^") where part.count > 5 {
                            #expect(!noted.value.description.contains(part), "\(name): \(noted)")
                        }
                    }
                }
            }
        }
    }

    // MARK: What is noted

    @Test func verification() throws {
        let script = try #require(try RecordedConversation.load("dicom-echo").first)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.dicomCalledAE, Harness.serverSubject) == ["PACS"])
        #expect(noted.values(.dicomCalledAE, Harness.conversationSubject) == ["PACS"])
        #expect(noted.values(.dicomCallingAE, Harness.clientSubject) == ["CT1"])
        for subject in [Harness.clientSubject, Harness.serverSubject] {
            #expect(noted.values(.dicomImplementationUID, subject) == ["1.2.276.0.7230010.3.0.3.6.7"])
            #expect(noted.values(.dicomImplementationVersion, subject) == ["OFFIS_DCMTK_367"])
            #expect(noted.values(.dicomMaxPDU, subject) == ["16384"])
        }
        #expect(noted.values(.dicomAbstractSyntaxProposed, Harness.clientSubject) == ["1.2.840.10008.1.1"])
        #expect(noted.values(.dicomAbstractSyntaxAccepted, Harness.serverSubject) == ["1.2.840.10008.1.1"])
        #expect(noted.values(.dicomTransferSyntaxProposed, Harness.clientSubject) == ["1.2.840.10008.1.2"])
        #expect(noted.values(.dicomTransferSyntaxAccepted, Harness.serverSubject) == ["1.2.840.10008.1.2"])
        #expect(noted.values(.dicomCommand, Harness.clientSubject) == ["C-ECHO"])
        #expect(noted.values(.dicomCommand, Harness.conversationSubject) == ["C-ECHO"])
        #expect(noted.values(.dicomCommandSOPClass, Harness.clientSubject) == ["1.2.840.10008.1.1"])
        #expect(noted.values(.dicomAssociation, Harness.conversationSubject) == ["accepted", "released"])
        let shape = try #require(noted.values(.dicomShape, Harness.clientSubject).first)
        #expect(shape.count == 16)
        #expect(noted.count == 21, "\(noted)")
    }

    /// The device that made the images, and not the one in a sequence inside them.
    @Test(arguments: [("dicom-store", false), ("dicom-store-request-only", false), ("dicom-store-midstream", true)])
    func storage(name: String, isMidStream: Bool) throws {
        let script = try #require(try RecordedConversation.load(name).first)
        let run = Harness.run(script.turns, dissectors: [Self.type], sawStart: !isMidStream)
        #expect(run.protocols == [.dicom])
        let device: [Attribute: Set<String>] = [
            .dicomModality: ["CT"], .dicomManufacturer: ["SIEMENS"], .dicomModel: ["SOMATOM Definition AS"],
            .dicomSerial: ["LNC66021"], .dicomStationName: ["CTAWP66021"], .dicomSoftware: ["syngo CT VA48A"],
            .dicomInstitution: ["CH de Sainte-Auscultation"], .dicomDepartment: ["Imagerie"],
            .dicomPrivateCreator: ["LAENNEC TEST 1.0"], .dicomCommand: ["C-STORE"], .dicomCommandSOPClass: ["1.2.840.10008.5.1.4.1.1.2"],
        ]
        for (attribute, values) in device { #expect(run.noted.values(attribute, Harness.clientSubject) == values) }
        #expect(run.noted.values(.dicomCalledAE, Harness.serverSubject) == (isMidStream ? [] : ["STORE1"]))
    }

    @Test func acceptOnly() throws {
        let script = try #require(try RecordedConversation.load("dicom-store-accept-only").first)
        for sawStart in [true, false] {
            // The server's direction alone, as a one-way mirror shows it.
            let run = Harness.run(script.turns.map { Script.server($0.bytes) }, dissectors: [Self.type], sawStart: sawStart)
            #expect(run.protocols == [.dicom])
            #expect(run.noted.values(.dicomCalledAE, Harness.serverSubject) == ["STORE1"])
            #expect(run.noted.values(.dicomCallingAE, Harness.clientSubject) == ["CT1"])
            #expect(run.noted.values(.dicomImplementationVersion, Harness.serverSubject) == ["OFFIS_DCMTK_367"])
            #expect(run.noted.values(.dicomCommand, Harness.clientSubject) == ["C-STORE"])
            #expect(run.noted.values(.dicomManufacturer) == [])
        }
    }

    @Test func acceptFromTheFirstPacketSeen() throws {
        // In mid-stream the server may have sent the first packet; its accept says what it is.
        let script = try #require(try RecordedConversation.load("dicom-store-accept-only").first)
        let run = Harness.run(script.turns.map { Script.client($0.bytes) }, dissectors: [Self.type], sawStart: false)
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        #expect(run.noted.values(.dicomCalledAE, service) == ["STORE1"])
    }

    @Test func everyEncoding() throws {
        let models: [[String]] = [
            ["SOMATOM Definition AS"], ["SIGNA Artist"], ["X-Porte"], [], ["DRX-Revolution"],
        ]
        let scripts = try RecordedConversation.load("dicom-store-syntaxes")
        #expect(scripts.count == models.count)
        for (script, model) in zip(scripts, models) {
            // Negotiated, and seen from the data set itself where the negotiation is missing.
            for dropped in [0, script.turns.firstIndex { $0.bytes.first == 4 } ?? 0] {
                let noted = Harness.run(Array(script.turns.dropFirst(dropped)), dissectors: [Self.type], sawStart: dropped == 0).noted
                #expect(noted.values(.dicomModel, Harness.clientSubject) == Set(model))
                #expect(noted.values(.dicomManufacturer).isEmpty == model.isEmpty)
                #expect(!noted.values(.dicomManufacturer).contains("ACME Anonymiser"))
            }
        }
        let versions = Harness.run(scripts[1].turns, dissectors: [Self.type]).noted.values(.dicomSoftware)
        #expect(versions == ["29", "LX", "MR Software release:MR29.1"])
    }

    @Test func performedProcedureStep() throws {
        let scripts = try RecordedConversation.load("dicom-mpps")
        let noted = scripts.map { Harness.run($0.turns, dissectors: [Self.type]).noted }.reduce(into: Set<Noted>()) { $0.formUnion($1) }
        #expect(noted.values(.dicomCommand, Harness.clientSubject) == ["N-CREATE", "N-SET", "N-ACTION"])
        #expect(noted.values(.dicomCommand, Harness.serverSubject) == ["N-EVENT-REPORT"])
        #expect(noted.values(.dicomStationName, Harness.clientSubject) == ["CTAWP66021"])
        #expect(noted.values(.dicomModality, Harness.clientSubject) == ["CT"])
    }

    /// Queries, worklists and their answers are about patients: nothing is read of them but that they happen.
    @Test func queries() throws {
        let device: Set<Attribute> = [
            .dicomModality, .dicomManufacturer, .dicomModel, .dicomSerial, .dicomStationName, .dicomSoftware, .dicomInstitution,
            .dicomDepartment, .dicomPrivateCreator, .dicomDeviceUID, .dicomUDI, .dicomDetectorID,
        ]
        let worklist = try #require(try RecordedConversation.load("dicom-worklist").first)
        let noted = Harness.run(worklist.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.dicomCommand, Harness.clientSubject) == ["C-FIND"])
        #expect(noted.values(.dicomCommandSOPClass, Harness.clientSubject) == ["1.2.840.10008.5.1.4.31"])
        #expect(noted.filter { device.contains($0.attribute) }.isEmpty)
    }

    /// An archive that passes objects on is not the device that made them, whether by C-MOVE or by C-GET.
    @Test func forwardedObjects() throws {
        let scripts = try RecordedConversation.load("dicom-query-move")
        #expect(scripts.count == 4)
        let moved = Harness.run(scripts[2].turns, dissectors: [Self.type]).noted
        #expect(moved.values(.dicomCommand, Harness.clientSubject) == ["C-STORE"])
        #expect(moved.values(.dicomModel, Harness.clientSubject) == [])
        let behindClient = Subject.device(
            DeviceKey(behind: HostKey(Harness.client.address, in: .none), naming: .serial, identifier: "LNC000431MR"))
        #expect(moved.values(.dicomModel, behindClient) == ["SIGNA Artist"])

        let got = Harness.run(scripts[3].turns, dissectors: [Self.type]).noted
        #expect(got.values(.dicomCommand, Harness.clientSubject) == ["C-GET"])
        #expect(got.values(.dicomCommand, Harness.serverSubject) == ["C-STORE"])
        let behindServer = Subject.device(
            DeviceKey(behind: HostKey(Harness.server.address, in: .none), naming: .serial, identifier: "LNC000431MR"))
        #expect(got.values(.dicomManufacturer, behindServer) == ["GE MEDICAL SYSTEMS"])
        #expect(got.values(.dicomManufacturer, Harness.serverSubject) == [])
    }

    /// The title of a rejected association is what a client called, not a title of the server.
    @Test func rejections() throws {
        let noted = try RecordedConversation.load("dicom-reject").map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        #expect(noted.count == 4)
        #expect(noted[0].values(.dicomCalledAE, Harness.conversationSubject) == ["NOTHERE"])
        #expect(noted[0].values(.dicomCalledAE, Harness.serverSubject) == [])
        #expect(noted[0].values(.dicomRejectReason, Harness.conversationSubject) == ["called-ae-not-recognized"])
        #expect(noted[1].values(.dicomRejectReason, Harness.conversationSubject) == ["calling-ae-not-recognized"])
        #expect(noted[1].values(.dicomAssociation, Harness.conversationSubject) == ["rejected"])
        #expect(noted[3].values(.dicomCalledAE, Harness.serverSubject) == ["PACS"])
    }

    /// By the numbers of the conversations of a capture.
    private func noted(_ name: String) throws -> [Set<Noted>] {
        try RecordedConversation.load(name).filter(\.isDICOM).map { Harness.run($0.turns, dissectors: [Self.type]).noted }
    }

    @Test func titlesOfConversations() throws {
        let noted = try self.noted("dicom-reject")
        #expect(noted[0].values(.dicomTitleRefused, Harness.conversationSubject) == ["NOTHERE"])
        #expect(noted[0].values(.dicomCallingRefused).isEmpty)
        #expect(noted[1].values(.dicomCallingRefused, Harness.conversationSubject) == ["INTRUDER"])
        #expect(noted[1].values(.dicomTitleRefused).isEmpty)
        #expect(noted[2].values(.dicomTitleRefused) == ["WRONGAE"])
        #expect(noted[3].values(.dicomTitleRefused).isEmpty)
        // Who calls whom, under which names.
        #expect(noted[3].values(.dicomCallingAE, Harness.conversationSubject) == ["IRM02"])
        #expect(noted[3].values(.dicomCalledAE, Harness.conversationSubject) == ["PACS"])
    }

    @Test func scanOfTitles() throws {
        let noted = try self.noted("dicom-scan").reduce(into: Set<Noted>()) { $0.formUnion($1) }
        #expect(noted.values(.dicomTitleRefused) == ["ANY-SCP", "ORTHANC", "ARCHIVE", "DICOM", "STORESCP", "SERVER", "VIEWER"])
        // Orthanc accepted whatever it was called, the other server only its own.
        #expect(noted.values(.dicomCalledAE, Harness.serverSubject) == ["ANY-SCP", "ORTHANC", "PACS", "PACS2", "URGENCES"])
        #expect(noted.values(.dicomImplementationVersion, Harness.clientSubject) == ["OFFIS_DCMTK_362", "OFFIS_DCMTK_367"])
        #expect(noted.values(.dicomAnsweredSOPClass) == ["1.2.840.10008.1.1"])
    }

    @Test func printing() throws {
        let noted = try #require(try self.noted("dicom-print").first)
        #expect(noted.values(.dicomCommand, Harness.clientSubject) == ["N-GET", "N-CREATE", "N-SET", "N-ACTION", "N-DELETE"])
        #expect(noted.values(.dicomCommand, Harness.serverSubject) == [])
        let classes: Set<String> = ["1.2.840.10008.5.1.1.1", "1.2.840.10008.5.1.1.2", "1.2.840.10008.5.1.1.4", "1.2.840.10008.5.1.1.16"]
        #expect(noted.values(.dicomCommandSOPClass, Harness.clientSubject) == classes)
        #expect(noted.values(.dicomAnsweredSOPClass, Harness.serverSubject).isSubset(of: classes.union(["1.2.840.10008.5.1.1.9"])))
        #expect(noted.values(.dicomAnsweredSOPClass, Harness.serverSubject).contains("1.2.840.10008.5.1.1.1"))
        #expect(noted.values(.dicomAnsweredSOPClass, Harness.clientSubject) == [])
    }

    /// Who asks for storage commitment listens for the report, and provides nothing by that.
    @Test func reversedRoles() throws {
        let noted = try self.noted("dicom-commitment")
        #expect(noted.count == 2)
        #expect(noted[0].values(.dicomCommand, Harness.clientSubject) == ["N-ACTION"])
        #expect(noted[0].values(.dicomAnsweredSOPClass, Harness.serverSubject) == ["1.2.840.10008.1.20.1"])
        #expect(noted[1].values(.dicomRoleSelection, Harness.clientSubject) == ["1.2.840.10008.1.20.1"])
        #expect(noted[1].values(.dicomCommand, Harness.clientSubject) == ["N-EVENT-REPORT"])
        #expect(noted[1].values(.dicomAbstractSyntaxAccepted) == [])
        #expect(noted[1].values(.dicomAnsweredSOPClass) == [])
    }

    @Test func retrieving() throws {
        let noted = try self.noted("dicom-query-move")
        #expect(noted[1].values(.dicomMoveDestination, Harness.conversationSubject) == ["STATION"])
        #expect(noted[1].values(.dicomAnsweredSOPClass, Harness.serverSubject) == ["1.2.840.10008.5.1.4.1.2.2.2"])
        // The images of a C-GET: the client offers to take each class, the server provides none of them.
        let offered = noted[3].values(.dicomRoleSelection, Harness.clientSubject)
        #expect(offered.count == 120)
        #expect(noted[3].values(.dicomAbstractSyntaxAccepted, Harness.serverSubject) == ["1.2.840.10008.5.1.4.1.2.2.3"])
        #expect(noted[3].values(.dicomAnsweredSOPClass) == ["1.2.840.10008.5.1.4.1.2.2.3"])
    }

    @Test func syntaxesInUse() throws {
        let noted = try self.noted("dicom-store-syntaxes")
        let used = noted.map { $0.values(.dicomTransferSyntaxUsed, Harness.conversationSubject) }
        #expect(used == [["1.2.840.10008.1.2"], ["1.2.840.10008.1.2.1"], ["1.2.840.10008.1.2.2"], ["1.2.840.10008.1.2.1.99"], ["1.2.840.10008.1.2.5"]])
        // Accepted and not used.
        #expect(try self.noted("dicom-negotiation").allSatisfy { $0.values(.dicomTransferSyntaxUsed).isEmpty })
    }

    @Test func everyDeviceIdentifier() throws {
        let noted = try #require(try self.noted("dicom-device-ids").first)
        #expect(noted.values(.dicomUDI, Harness.clientSubject) == ["(01)03700000000017(11)240115(21)LNCUDI4711"])
        #expect(noted.values(.dicomDeviceUID, Harness.clientSubject) == ["1.2.826.0.1.3680043.10.1819.9001.4711"])
        #expect(noted.values(.dicomDetectorID, Harness.clientSubject) == ["LNCPLATE12", "LNCDET0815", "LNCGANTRY3", "LNCGEN77"])
        #expect(noted.values(.dicomSerial, Harness.clientSubject) == ["LNC9032"])
        #expect(noted.values(.dicomPrivateCreator, Harness.clientSubject) == ["CARESTREAM IMAGE 1.0", "Kodak Image Information", "LAENNEC TEST 1.0"])
        #expect(noted.values(.dicomAbstractSyntaxProposed, Harness.clientSubject).contains("1.2.840.113619.4.26"))
        #expect(noted.values(.dicomTransferSyntaxProposed, Harness.clientSubject).contains("1.2.840.113619.5.2"))
    }

    /// A request that was refused was not carried out, and a title is nobody's.
    @Test func failuresProveNothing() {
        let request = DICOMBytes.association(1, items: DICOMBytes.context)
        let accept = DICOMBytes.association(2, items: DICOMBytes.context)
        for (status, isDone) in [(0x0000, true), (0xFF00, true), (0xB000, true), (0xA700, false), (0xC001, false), (0x0122, false)] {
            var answer = DICOMBytes.tag(0x0000, 0x0100) + DICOMBytes.le32(2) + [0x20, 0x80]
            answer += DICOMBytes.tag(0x0000, 0x0900) + DICOMBytes.le32(2) + [UInt8(status & 0xFF), UInt8(status >> 8)]
            let name = Array("1.2.840.10008.5.1.4.31".utf8)
            let uid = DICOMBytes.tag(0x0000, 0x0002) + DICOMBytes.le32(name.count) + name
            let command = DICOMBytes.tag(0x0000, 0x0000) + DICOMBytes.le32(4) + DICOMBytes.le32(uid.count + answer.count) + uid + answer
            let script = Script((.initiator, request), (.responder, accept + DICOMBytes.pdu(DICOMBytes.value(command, control: 3))))
            let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
            #expect(noted.values(.dicomAnsweredSOPClass, Harness.serverSubject) == (isDone ? ["1.2.840.10008.5.1.4.31"] : []), "\(status)")
            #expect(noted.values(.dicomCommand, Harness.clientSubject) == ["C-FIND"])
        }
    }

    @Test func identitiesInClear() throws {
        let noted = try RecordedConversation.load("dicom-user-identity").map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        #expect(noted.count == 2)
        #expect(noted[0].values(.dicomUserIdentity, Harness.clientSubject) == ["username-passcode"])
        #expect(noted[0].values(.loginClear, Harness.serverSubject) == ["dicom-user-identity"])
        #expect(noted[1].values(.dicomUserIdentity, Harness.clientSubject) == ["jwt"])
        #expect(noted[1].values(.loginClear) == [])
    }

    @Test func identityThatIsAnswered() throws {
        var items = DICOMBytes.item(0x51, [0, 0, 0x40, 0]) + DICOMBytes.item(0x52, Array("1.2.3".utf8))
        let name = Array("SECRETUSER".utf8)
        items += DICOMBytes.item(0x58, [2, 1, 0, UInt8(name.count)] + name + [0, 9] + Array("SECRETPWD".utf8))
        let request = DICOMBytes.association(1, items: DICOMBytes.context + DICOMBytes.item(0x50, items))
        let answer = DICOMBytes.item(0x51, [0, 0, 0x40, 0]) + DICOMBytes.item(0x59, [0, 5] + Array("TOKEN".utf8))
        let accept = DICOMBytes.association(2, items: DICOMBytes.context + DICOMBytes.item(0x50, answer))
        let script = Script((.initiator, request), (.responder, accept))
        Harness.checkSplits(script, Self.type)
        Harness.checkPrefixes(script, Self.type)
        let noted = Harness.run(script.turns, dissectors: [Self.type]).noted
        #expect(noted.values(.loginAccepted, Harness.serverSubject) == ["dicom-user-identity"])
        #expect(!noted.contains { $0.value.description.contains("SECRET") || $0.value.description.contains("TOKEN") })
    }

    @Test func manyContexts() throws {
        let scripts = try RecordedConversation.load("dicom-negotiation")
        let noted = scripts.map { Harness.run($0.turns, dissectors: [Self.type]).noted }
        #expect(noted[0].values(.dicomAbstractSyntaxProposed, Harness.clientSubject).count == 102)
        #expect(noted[0].values(.dicomMaxPDU, Harness.clientSubject).count == 1)
        #expect(noted[1].values(.dicomAssociation, Harness.conversationSubject) == ["accepted", "aborted"])
        // The shape is the stack's, not the moment's.
        let again = Harness.run(scripts[0].turns, dissectors: [Self.type]).noted
        #expect(again.values(.dicomShape) == noted[0].values(.dicomShape))
        #expect(noted[0].values(.dicomShape) != noted[1].values(.dicomShape))
    }

    // MARK: Bodies, losses and long associations

    /// Three hundred megabytes of pixels in one object leave nothing held, and the object behind it is read.
    @Test func bodiesAreSkipped() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        func deliver(_ bytes: [UInt8]) { dissection.deliver(bytes.rawSpan, from: .initiator, &context) }
        deliver(DICOMBytes.association(1, items: DICOMBytes.context + DICOMBytes.item(0x50, DICOMBytes.item(0x51, [0, 0, 0x40, 0]))))
        let bodyLength = 15_000_000
        for object in 0..<20 {
            deliver(DICOMBytes.store(sopClass: "1.2.\(object)"))
            let header = DICOMBytes.element(0x0008, 0x0016, "UI", "1.2.3") + DICOMBytes.element(0x0008, 0x1090, "LO", "MODEL \(object)")
            let pixels = [0xE0, 0x7F, 0x10, 0x00] + Array("OW".utf8) + [0, 0] + DICOMBytes.le32(bodyLength)
            deliver(DICOMBytes.dataPDU(header + pixels, more: bodyLength))
            // The body is lost in part, which is no loss: nobody wanted it.
            deliver([UInt8](repeating: 0, count: 5_000))
            dissection.lose(bodyLength - 5_000, from: .initiator, &context)
            #expect(dissection.heldBytes < 4096)
        }
        let noted = Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
        #expect(noted.values(.dicomModel, Harness.clientSubject).count == 20)
    }

    @Test func onlyTheFirstObjectsOfAClassAreRead() {
        var turns = [Script.client(DICOMBytes.association(1, items: DICOMBytes.context))]
        for number in 0..<10 {
            turns.append(Script.client(DICOMBytes.store(sopClass: "1.2.3")))
            turns.append(
                Script.client(
                    DICOMBytes.dataPDU(
                        DICOMBytes.element(0x0008, 0x0016, "UI", "1.2.3") + DICOMBytes.element(0x0018, 0x1000, "LO", "SERIAL\(number)"))))
        }
        let script = Script(turns: turns)
        Harness.checkSplits(script, Self.type)
        #expect(Harness.run(turns, dissectors: [Self.type]).noted.values(.dicomSerial) == ["SERIAL0", "SERIAL1", "SERIAL2"])
    }

    /// After a loss inside the association the next PDU that starts a segment, or lies inside one, is found.
    @Test func lossIsOvercome() throws {
        let script = try #require(try RecordedConversation.load("dicom-store").first)
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [Self.type])
        // The first object's command and header are lost.
        let first = try #require(script.turns.firstIndex { $0.side == .initiator && $0.bytes.first == 4 })
        for (index, turn) in script.turns.enumerated() {
            if (first..<first + 2).contains(index) {
                dissection.lose(turn.bytes.count, from: turn.side, &context)
            } else {
                dissection.deliver(turn.bytes.rawSpan, from: turn.side, &context)
            }
        }
        let noted = Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
        #expect(noted.values(.dicomSerial, Harness.clientSubject) == ["LNC66021"])
        #expect(noted.values(.dicomAssociation, Harness.conversationSubject) == ["accepted", "released"])
    }

    @Test func fragmentsOfEverySize() {
        // A command in fragments, and a data set cut into values of three octets, two in a PDU.
        var turns = [Script.client(DICOMBytes.association(1, items: DICOMBytes.context))]
        let command = DICOMBytes.storeCommand(sopClass: "1.2.3")
        turns.append(Script.client(DICOMBytes.pdu(DICOMBytes.value(Array(command.prefix(30)), control: 1))))
        turns.append(Script.client(DICOMBytes.pdu(DICOMBytes.value(Array(command.dropFirst(30)), control: 3))))
        let data =
            DICOMBytes.element(0x0008, 0x0016, "UI", "1.2.3") + DICOMBytes.element(0x0008, 0x0070, "LO", "MAKER")
            + DICOMBytes.element(0x0010, 0x0010, "PN", "CANARY^NAME") + DICOMBytes.element(0x0018, 0x1000, "LO", "SERIAL77")
            + DICOMBytes.element(0x0020, 0x000D, "UI", "1.2.3")
        let pieces = stride(from: 0, to: data.count, by: 3).map { Array(data[$0..<min($0 + 3, data.count)]) }
        for pair in stride(from: 0, to: pieces.count, by: 2) {
            let values = (pair..<min(pair + 2, pieces.count)).flatMap {
                DICOMBytes.value(pieces[$0], control: $0 == pieces.count - 1 ? 2 : 0)
            }
            turns.append(Script.client(DICOMBytes.pdu(values)))
        }
        turns.append(Script.client([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]))
        turns.append(Script.server([6, 0, 0, 0, 0, 4, 0, 0, 0, 0]))
        let script = Script(turns: turns)
        Harness.checkSplits(script, Self.type)
        Harness.checkPrefixes(script, Self.type)
        let noted = Harness.run(turns, dissectors: [Self.type]).noted
        #expect(noted.values(.dicomManufacturer, Harness.clientSubject) == ["MAKER"])
        #expect(noted.values(.dicomSerial, Harness.clientSubject) == ["SERIAL77"])
        #expect(!noted.contains { $0.value.description.contains("CANARY") })
    }

    // MARK: Probing

    @Test func requestInPieces() throws {
        let script = try #require(try RecordedConversation.load("dicom-echo").first)
        let request = try #require(script.turns.first).bytes
        for cut in [1, 5, 6, 9, 20, 41, 73, 90] {
            let head = Array(request.prefix(cut))
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)
            #expect(DICOMDissector.probe(head.rawSpan, context) != .no)
            let run = Harness.run([Script.client(head), Script.client(Array(request.dropFirst(cut)))], dissectors: [Self.type])
            #expect(run.protocols == [.dicom])
            #expect(run.noted.values(.dicomCallingAE, Harness.clientSubject) == ["CT1"])
        }
        // A frame that was cut to 96 octets still shows the titles.
        let cut = Harness.run([Script.client(Array(request.prefix(42)))], dissectors: [Self.type])
        #expect(cut.protocols == [.dicom])
        #expect(cut.noted.values(.dicomCallingAE, Harness.clientSubject) == ["CT1"])
    }

    @Test func aTransferIsKnownFromItsMiddle() throws {
        let script = try #require(try RecordedConversation.load("dicom-store").first)
        let bytes = script.turns.filter { $0.side == .initiator }.flatMap(\.bytes)
        // Segments that start anywhere, none of them where a PDU does.
        for shift in [7_777, 11_111, 23_456] {
            let rest = Array(bytes.dropFirst(shift))
            let segments = stride(from: 0, to: rest.count, by: 1448).map { Script.client(Array(rest[$0..<min($0 + 1448, rest.count)])) }
            let run = Harness.run(segments, dissectors: [Self.type], sawStart: false)
            #expect(run.protocols == [.dicom])
        }
    }

    @Test(arguments: NegativeHeads.all) func othersAreRefused(name: String, head: [UInt8]) {
        for isStart in [true, false] {
            for side in [Side.initiator, .responder] {
                let context = ProbeContext(transport: .tcp, side: side, role: nil, isStart: isStart)
                #expect(DICOMDissector.probe(head.rawSpan, context) == .no, "\(name)")
            }
        }
    }

    @Test func chanceIsRefused() {
        var generator = SeededGenerator(seed: 3)
        let starts: [[UInt8]] = [[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0], [4, 0, 0, 0], [7, 0, 0, 0], []]
        for round in 0..<60_000 {
            let length = Int.random(in: 100...400, using: &generator)
            let tail = (0..<length).map { _ in
                // Of all values, and of the smallest, of which binary protocols are full.
                round % 2 == 0 ? UInt8.random(in: .min ... .max, using: &generator) : UInt8.random(in: 0...3, using: &generator)
            }
            let head = starts[round % starts.count] + tail
            for isStart in [true, false] {
                let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                #expect(DICOMDissector.probe(head.rawSpan, context) == .no, "\(head.prefix(30)) of \(head.count)")
            }
        }
    }
}

@Suite struct DataSetReaderTests {
    private func read(_ bytes: [UInt8], _ encoding: DataSetEncoding?, step: Int = .max, lastTag: UInt32 = 0x0018_FFFF) -> [String] {
        var reader = DataSetReader(encoding, lastTag: lastTag)
        var index = 0
        while index < bytes.count {
            let count = min(step, bytes.count - index)
            reader.read(bytes.rawSpan.slice(from: index, count: count))
            index += count
        }
        return reader.facts.map { "\($0.attribute.name)=\(String(decoding: $0.value, as: UTF8.self))" }
    }

    private func sequence(_ group: UInt16, _ element: UInt16, _ items: [[UInt8]], undefined: Bool) -> [UInt8] {
        let tag = DICOMBytes.tag(group, element) + Array("SQ".utf8) + [0, 0]
        if undefined {
            let body = items.flatMap {
                DICOMBytes.tag(0xFFFE, 0xE000) + [255, 255, 255, 255] + $0 + DICOMBytes.tag(0xFFFE, 0xE00D) + [0, 0, 0, 0]
            }
            return tag + [255, 255, 255, 255] + body + DICOMBytes.tag(0xFFFE, 0xE0DD) + [0, 0, 0, 0]
        }
        let body = items.flatMap { DICOMBytes.tag(0xFFFE, 0xE000) + DICOMBytes.le32($0.count) + $0 }
        return tag + DICOMBytes.le32(body.count) + body
    }

    @Test(arguments: [1, 2, 3, 7, 11, 100, .max], [true, false])
    func deviceIdentifiers(step: Int, undefined: Bool) {
        let inner = DICOMBytes.element(0x0008, 0x0070, "LO", "NOT THE SENDER")
        let data =
            DICOMBytes.element(0x0008, 0x0016, "UI", "1.2.3")
            + self.sequence(0x0008, 0x1140, [inner, self.sequence(0x0008, 0x1199, [inner], undefined: undefined)], undefined: undefined)
            + DICOMBytes.element(0x0009, 0x0010, "LO", "MAKER PRIVATE") + DICOMBytes.element(0x0009, 0x1001, "LO", "CANARY")
            + DICOMBytes.element(0x0010, 0x0010, "PN", "CANARY^NAME")
            + DICOMBytes.element(0x0018, 0x1000, "LO", "SERIAL")
            + self.sequence(
                0x0018, 0x100A,
                [
                    DICOMBytes.longElement(0x0018, 0x1009, "UT", "(01)123(21)456")
                        + DICOMBytes.longElement(0x0050, 0x0020, "UT", "CANARY")
                ], undefined: undefined)
            + DICOMBytes.element(0x0018, 0x1020, "LO", "A 1\\ B2 \\\\C")
            + DICOMBytes.element(0x0018, 0x700A, "SH", "DETECTOR")
            + DICOMBytes.element(0x0020, 0x0010, "SH", "CANARY")
            + DICOMBytes.element(0x0018, 0x1002, "UI", "too late")
        #expect(
            self.read(data, .explicitLittle, step: step) == [
                "dicom.private_creator=MAKER PRIVATE", "dicom.serial=SERIAL", "dicom.udi=(01)123(21)456", "dicom.software=A 1",
                "dicom.software=B2", "dicom.software=C", "dicom.detector_id=DETECTOR",
            ])
        #expect(self.read(data, nil, step: step).count == 7)
    }

    @Test func nestingIsBounded() {
        // A hundred thousand sequences in each other.
        let level =
            DICOMBytes.tag(0x0008, 0x1140) + Array("SQ".utf8) + [0, 0, 255, 255, 255, 255] + DICOMBytes.tag(0xFFFE, 0xE000) + [
                255, 255, 255, 255,
            ]
        let bytes = (0..<100_000).flatMap { _ in level }
        #expect(self.read(bytes, .explicitLittle).isEmpty)
    }

    @Test func valuesAreBounded() {
        let long = String(repeating: "X", count: 5_000)
        let data = DICOMBytes.element(0x0008, 0x0070, "LO", long) + DICOMBytes.element(0x0008, 0x1090, "LO", "MODEL")
        #expect(self.read(data, .explicitLittle) == ["dicom.model=MODEL"])
        let many = (0..<4_000).flatMap { _ in DICOMBytes.element(0x0018, 0x1020, "LO", "A\\B\\C") }
        #expect(self.read(many, .explicitLittle).count == DataSetReader.factLimit)
    }

    @Test func theWrongEncodingIsNoticed() {
        let data = DICOMBytes.element(0x0008, 0x0070, "LO", "MAKER")
        #expect(self.read(data, .explicitBig).isEmpty)
        #expect(self.read(data, .unreadable).isEmpty)
        #expect(self.read([UInt8](repeating: 0x5A, count: 4_000), nil).isEmpty)
    }
}

/// Bytes of DICOM as the standard writes them, for what no recording shows.
enum DICOMBytes {
    static func be16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    static func be32(_ value: Int) -> [UInt8] { Self.be16(value >> 16) + Self.be16(value & 0xFFFF) }
    static func le32(_ value: Int) -> [UInt8] { Self.be32(value).reversed() }
    static func item(_ type: UInt8, _ content: [UInt8]) -> [UInt8] { [type, 0] + Self.be16(content.count) + content }

    /// Context 1, of both a request and an accept as far as this dissector looks.
    static let context =
        Self.item(0x10, Array("1.2.840.10008.3.1.1.1".utf8))
        + Self.item(0x20, [1, 0, 0, 0] + Self.item(0x30, Array("1.2.3".utf8)) + Self.item(0x40, Array("1.2.840.10008.1.2.1".utf8)))

    static func association(_ type: UInt8, items: [UInt8]) -> [UInt8] {
        let titles = Array("SERVER          CLIENT          ".utf8)
        return [type, 0] + Self.be32(68 + items.count) + [0, 1, 0, 0] + titles + [UInt8](repeating: 0, count: 32) + items
    }

    static func pdu(_ values: [UInt8]) -> [UInt8] { [4, 0] + Self.be32(values.count) + values }
    static func value(_ bytes: [UInt8], control: UInt8) -> [UInt8] { Self.be32(bytes.count + 2) + [1, control] + bytes }
    /// The last fragment of a data set, of which `more` octets are still to come.
    static func dataPDU(_ bytes: [UInt8], more: Int = 0) -> [UInt8] {
        [4, 0] + Self.be32(bytes.count + more + 6) + Self.be32(bytes.count + more + 2) + [1, 2] + bytes
    }

    static func tag(_ group: UInt16, _ element: UInt16) -> [UInt8] {
        [UInt8(group & 255), UInt8(group >> 8), UInt8(element & 255), UInt8(element >> 8)]
    }
    /// An explicit little endian element with a length of 16 bits, padded.
    static func element(_ group: UInt16, _ element: UInt16, _ representation: String, _ value: String) -> [UInt8] {
        var bytes = Array(value.utf8)
        if bytes.count % 2 == 1 { bytes.append(representation == "UI" ? 0 : 0x20) }
        return Self.tag(group, element) + Array(representation.utf8) + Self.be16(bytes.count).reversed() + bytes
    }
    static func longElement(_ group: UInt16, _ element: UInt16, _ representation: String, _ value: String) -> [UInt8] {
        var bytes = Array(value.utf8)
        if bytes.count % 2 == 1 { bytes.append(0x20) }
        return Self.tag(group, element) + Array(representation.utf8) + [0, 0] + Self.le32(bytes.count) + bytes
    }

    static func storeCommand(sopClass: String) -> [UInt8] {
        func command(_ element: UInt16, _ value: [UInt8]) -> [UInt8] { Self.tag(0, element) + Self.le32(value.count) + value }
        var uid = Array(sopClass.utf8)
        if uid.count % 2 == 1 { uid.append(0) }
        let body =
            command(0x0002, uid) + command(0x0100, [1, 0]) + command(0x0110, [1, 0]) + command(0x0700, [0, 0]) + command(0x0800, [1, 0])
            + command(0x1000, Array("1.2.3.4.".utf8))
        return command(0, Self.le32(body.count)) + body
    }
    static func store(sopClass: String) -> [UInt8] { Self.pdu(Self.value(Self.storeCommand(sopClass: sopClass), control: 3)) }
}

/// First bytes of other protocols, which the medical dissectors have to refuse.
enum NegativeHeads {
    static let all: [(String, [UInt8])] = [
        ("HTTP request", Array("GET /studies?PatientName=MSH%7C HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
        ("HTTP answer", Array("HTTP/1.1 200 OK\r\nContent-Type: application/dicom\r\n\r\n".utf8)),
        ("SSH", Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8)),
        ("FTP", Array("220 (vsFTPd 3.0.3)\r\n".utf8)),
        ("SMTP", Array("220 mail.example ESMTP\r\n".utf8)),
        ("VNC", Array("RFB 003.008\n".utf8)),
        ("Telnet", [0xFF, 0xFD, 0x18, 0xFF, 0xFD, 0x20, 0xFF, 0xFD, 0x23, 0xFF, 0xFD, 0x27]),
        ("TLS ClientHello", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + [UInt8](repeating: 0x5A, count: 120)),
        ("SSL 2 ClientHello", [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, 1, 0, 0x80] + [UInt8](repeating: 1, count: 32)),
        ("RDP negotiation", [3, 0, 0, 0x13, 0x0E, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]),
        ("S7 over TPKT", [3, 0, 0, 0x16, 0x11, 0xE0, 0, 0, 0, 1, 0, 0xC1, 2, 1, 0, 0xC2, 2, 1, 2, 0xC0, 1, 0x0A]),
        ("SMB", [0, 0, 0, 0x54, 0xFF, 0x53, 0x4D, 0x42, 0x72, 0, 0, 0, 0, 0x18, 1, 0x28] + [UInt8](repeating: 0, count: 60)),
        ("SMB2", [0, 0, 0, 0x40, 0xFE, 0x53, 0x4D, 0x42, 0x40, 0] + [UInt8](repeating: 0, count: 60)),
        ("Cassandra 4 STARTUP", [4, 0, 0, 0, 1, 0, 0, 0, 0x16, 0, 1, 0, 0x0B] + Array("CQL_VERSION".utf8) + [0, 5] + Array("3.0.0".utf8)),
        ("Cassandra 4 OPTIONS", [4, 0, 0, 1, 5, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16)),
        ("Cassandra 3 QUERY", [3, 0, 0, 0, 7, 0, 0, 0, 0x1B, 0, 0, 0, 0x14] + Array("SELECT * FROM system".utf8)),
        ("SOCKS 4", [4, 1, 0, 80, 10, 0, 0, 1, 0x75, 0x73, 0x65, 0x72, 0]),
        ("PostgreSQL SSLRequest", [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F]),
        ("MySQL greeting", [0x4A, 0, 0, 0, 0x0A] + Array("8.0.36".utf8) + [0] + [UInt8](repeating: 0x41, count: 60)),
        ("Modbus", [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0x0A]),
        ("DNS over TCP", [0, 0x1D, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77, 0x77, 1, 0x61, 0, 0, 1, 0, 1]),
        ("LDAP bind", [0x30, 0x0C, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0]),
        ("MQTT", [0x10, 0x10, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 2, 0, 0x3C, 0, 4, 0x74, 0x65, 0x73, 0x74]),
        ("X11", [0x6C, 0, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("Nested lengths", [4, 0, 0, 0, 0, 0x20, 0, 0, 0, 0x1C, 2, 0] + [UInt8](repeating: 0, count: 26)),
        ("Counters", (0..<400).flatMap { [UInt8($0 & 255), 0, 0, 0] }),
        ("Zeros", [UInt8](repeating: 0, count: 600)),
        ("ASTM", [5, 2, 0x31] + Array("H|\\^&|||XN-550^00-24^22723^^^^BD|||||||P|E1394-97\r".utf8)),
        ("HL7 as text", Array("the segment MSH|^~\\&|A|B|C|D| is the first\r\n".utf8)),
        ("MSH without separators", Array("MSHABCDEFGHIJKLMNOP\r".utf8)),
        ("MSH with equal separators", Array("MSH|||||A|B|C|D\r".utf8)),
        ("MSH with letters", Array("MSH|abcd|A|B|C|D\r".utf8)),
        ("FHS without separators", Array("FHS FILE\r".utf8)),
        ("Vertical tabs", [0x0B, 0x0B, 0x0B, 0x0B, 0x0B, 0x0B]),
    ]
}

extension Script {
    var isDICOM: Bool {
        self.turns.contains { turn in turn.bytes.count > 9 && (1...2).contains(turn.bytes[0]) && turn.bytes[1] == 0 && turn.bytes[7] == 1 }
    }
    var count: Int { self.turns.reduce(0) { $0 + $1.bytes.count } }
}

extension Harness {
    static var conversationSubject: Subject {
        guard case .service(let service) = Self.serverSubject else { return Self.clientSubject }
        return .conversation(ConversationKey(client: HostKey(Self.client.address, in: .none), service: service))
    }
}

extension Set<Noted> {
    /// The values of an attribute, of one subject or of all.
    func values(_ attribute: Attribute, _ subject: Subject? = nil) -> Set<String> {
        Set<String>(self.filter { $0.attribute == attribute && (subject == nil || $0.subject == subject) }.map(\.value.description))
    }
}
