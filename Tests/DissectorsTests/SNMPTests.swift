import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SNMP") struct SNMPTests {
    // As recorded from net-snmp 5.9.3 (Tests/Captures/snmp-devices.pcap and snmp.pcap).
    static let get1 = Octets.hex("308197020100040770726976617465a0818802042efeab5e020100020100307a300c06082b060102010101000500300c06082b060102010102000500300c06082b060102010105000500300e060a2b0601020121010101000500300e060a2b0601020121010102000500300e060a2b0601020121010103000500300e060a2b0601020121010104000500300e060a2b0601020121010105000500")
    static let response1 = Octets.hex("30820111020100040770726976617465a282010102042efeab5e0201000201003081f2301506082b0601020101010004094561746f6e20395058301406082b0601020101020006082b06010401841601301c06082b0601020101050004106f6e64756c6575722d626c6f632d30323013060a2b06010201210101010004054541544f4e301d060a2b060102012101010200040f4561746f6e20395058203630303069301d060a2b060102012101010300040f494e563a2030312e31342e30303233302e060a2b06010201210101040004204e6574776f726b204d616e6167656d656e7420436172642056362e3030204c443022060a2b060102012101010500041443414e4152595550534e414d45204455504f4e54")
    static let get2 = Octets.hex("305302010104067075626c6963a0460204337929240201000201003038300c06082b060102010101000500300c06082b060102010102000500300c06082b060102010105000500300c06082b060102010106000500")
    static let response2 = Octets.hex("30818b02010104067075626c6963a27e0204337929240201000201003070301206082b0601020101010004064e5035323130301506082b0601020101020006092b06010401c3730207301606082b06010201010500040a6e70353231302d726561302b06082b06010201010600041f43414e4152594c4f434154494f4e204368616d627265203132206c69742050")
    static let getBulk = Octets.hex("302c02010104067075626c6963a51f020434549ede02010002010e3011300f060b2b060102012f01010101080500")
    static let entity = Octets.hex("3082016002010104067075626c6963a2820151020434549ede020100020100308201413013060c2b060102012f0101010108010403312e323013060c2b060102012f0101010109010403332e39301e060c2b060102012f010101010a01040e4275696c64203138303730343137301c060c2b060102012f010101010b01040c5441494a42313034323437373014060c2b060102012f010101010c0104044d6f7861301a060c2b060102012f010101010d01040a4e506f72742035323130301d060c2b060102012f010101010d02040d646175676874657220636172643022060c2b060102012f010101010e01041243414e415259414c49415320445552414e44300e06092b0601020137010100020102300e06092b0601020137010200020140300f060a2b060102015801010100020101300f060a2b060102015801010200420100300f060a2b060102015801010300420100300f060a2b060102015801010400420100")
    static let set = Octets.hex("303e02010104067075626c6963a33102047892f3c90201000201003023302106082b06010201010100041543616e6172794e6f74414465736372697074696f6e")
    static let refusal = Octets.hex("303e02010104067075626c6963a23102047892f3c90201060201013023302106082b06010201010100041543616e6172794e6f74414465736372697074696f6e")
    static let discovery = Octets.hex("303e020103301102046245b4b5020300ffe30401040201030410300e0400020100020100040004000400301404000400a00e02040a61f5ba0201000201003000")
    static let report = Octets.hex("3065020103301102046245b4b5020300ffe3040100020103041b3019040b80001f8803d89ef32009200201010201000400040004003030040b80001f8803d89ef32009200400a81f02040a61f5ba0201000201003011300f060a2b060106030f01010400410101")
    static let get3 = Octets.hex("308180020103301102046245b4b4020300ffe3040104020103042b3029040b80001f8803d89ef3200920020101020100041063616e6172796e6f617574687573657204000400303b040b80001f8803d89ef32009200400a02a02040a61f5b9020100020100301c300c06082b060102010101000500300c06082b060102010102000500")
    static let response3 = Octets.hex("3081c3020103301102046245b4b4020300ffe3040100020103042b3029040b80001f8803d89ef3200920020101020100041063616e6172796e6f617574687573657204000400307e040b80001f8803d89ef32009200400a26d02040a61f5b9020100020100305f304506082b0601020101010004394c696e757820636f6e736f6c652d69726d2d303120342e342e32312d7274333020233120534d5020505245454d5054205254207838365f3634301606082b06010201010200060a2b06010401bf0803020a")
    static let authenticatedGet = Octets.hex("30818a020103301102046da26981020300ffe304010502010304353033040b80001f8803d89ef3200920020101020100040e63616e6172796175746875736572040c97d48301095da2b12f346a860400303b040b80001f8803d89ef32009200400a02a02046dd217aa020100020100301c300c06082b060102010105000500300c06082b060102010104000500")
    static let authenticatedResponse = Octets.hex("3081b7020103301102046da26981020300ffe304010102010304353033040b80001f8803d89ef3200920020101020100040e63616e6172796175746875736572040cc3971370225f9684e84fb94c04003068040b80001f8803d89ef32009200400a25702046dd217aa0201000201003049301a06082b06010201010500040e636f6e736f6c652d69726d2d3031302b06082b06010201010400041f43414e415259434f4e54414354204d415254494e2030363031303230333034")
    static let trap1 = Octets.hex("3054020100041343616e61727954726170436f6d6d756e697479a43a06092b060104018416010b40040a14091e020106020103430164301e301c060a2b060104018416010b01040e43414e4152595452415054455854")
    static let trap2 = Octets.hex("305c02010104067075626c6963a74f02044370a1010201000201003041300d06082b060102010103004301643018060a2b060106030101040100060a2b06010401c373020701301606082b06010201010500040a6e70353231302d726561")
    static let inform = Octets.hex("305802010104067075626c6963a64b0204580c7e63020100020100303d300d06082b060102010103004301643018060a2b060106030101040100060a2b06010401c373020702301206082b0601020101010004064e5035323130")
    static let informResponse = Octets.hex("305802010104067075626c6963a24b0204580c7e63020100020100303d300d06082b060102010103004301643018060a2b060106030101040100060a2b06010401c373020702301206082b0601020101010004064e5035323130")
    static let encryptedGet = Octets.hex("308190020103301102043278332f020300ffe30401070201030441303f041180001f8880020bbc748b0e026b00000000020101020101040c63616e617279763375736572040c2bb7c0d89af696713c70187f0408da378eaf4af7927e04351e3ba2002f6b78d2a8e5c73c9b42ad1654d9fa03a7c67083142ca4fefab2f28cdb9258d44ce7589a2833c1a3deafd3c1b517704830")
    static let encryptedResponse = Octets.hex("3081c8020103301102043278332f020300ffe30401030201030441303f041180001f8880020bbc748b0e026b00000000020101020101040c63616e617279763375736572040c9733ae47fec21d48c0fcd7060408c0a34c8340e23925046d0d2049a63668253fd9ecce1e78e4689dd76ff26142fde7638a6774d090b8e24b4c4b4b38349e3694915652efe87782908c89a6fcdc7df45e6351e2c4a1bd2cc8a172b89a159f47fd82b81bd1f5f1c801de15f7708a8d45e0698b0222df057e9efd41c118c33828b8758698924d")

    static let all: [(Side, [UInt8])] = [
        (.initiator, get1), (.responder, response1), (.initiator, get2), (.responder, response2), (.initiator, getBulk), (.responder, entity),
        (.initiator, set), (.responder, refusal), (.initiator, discovery), (.responder, report), (.initiator, get3), (.responder, response3),
        (.initiator, authenticatedGet), (.responder, authenticatedResponse), (.initiator, trap1), (.initiator, trap2), (.initiator, inform),
        (.responder, informResponse), (.initiator, encryptedGet), (.responder, encryptedResponse),
    ]
    static let secrets = [
        "private", "public", "CANARYLOCATION", "CANARYCONTACT", "CANARYUPSNAME", "CANARYALIAS", "CANARYTRAPTEXT", "CanaryTrapCommunity",
        "CanaryNotADescription", "canaryauthuser", "canarynoauthuser", "canaryv3user",
    ]

    static let server = Subject.service(
        ServiceKey(host: HostKey(Harness.server.address, in: .none), port: 161, transport: .udp))
    static let client = Subject.host(HostKey(Harness.client.address, in: .none))
    static let conversation = Subject.conversation(
        ConversationKey(
            client: HostKey(Harness.client.address, in: .none),
            service: ServiceKey(host: HostKey(Harness.server.address, in: .none), port: 161, transport: .udp)))

    static func text(_ subject: Subject, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func run(_ datagrams: (Side, [UInt8])...) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams.map { Script.Turn(side: $0.0, bytes: $0.1) }, SNMPDissector.self, serverPort: 161)
    }
    /// One datagram, cut where the capture ended.
    static func runCut(_ bytes: [UInt8], from side: Side) -> (noted: Set<Noted>, verdict: DatagramVerdict) {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: Harness.client, responder: Endpoint(address: Harness.server.address, port: 161),
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        context.isCut = true
        let verdict = SNMPDissector.dissect(bytes.rawSpan, from: side, &context)
        return (Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }), verdict)
    }

    // MARK: What is noted

    @Test func aUPSDescribesItself() {
        let run = Self.run((.initiator, Self.get1), (.responder, Self.response1))
        #expect(run.verdicts == [.more, .more])
        #expect(
            run.noted == [
                Self.text(Self.client, .snmpVersion, "1"), Self.text(Self.server, .snmpVersion, "1"),
                Self.text(Self.conversation, .loginClear, "snmp-community"),
                Noted(subject: Self.server, attribute: .snmpCommunityDefault, value: .number(1)),
                Self.text(Self.server, .snmpDescription, "Eaton 9PX"), Self.text(Self.server, .snmpObjectID, "1.3.6.1.4.1.534.1"),
                Self.text(Self.server, .snmpName, "onduleur-bloc-02"), Self.text(Self.server, .snmpUPSMaker, "EATON"),
                Self.text(Self.server, .snmpUPSModel, "Eaton 9PX 6000i"), Self.text(Self.server, .snmpUPSFirmware, "INV: 01.14.0023"),
                Self.text(Self.server, .snmpUPSAgent, "Network Management Card V6.00 LD"),
            ])
    }

    @Test func theChassisOfAnEntityIsTheDevice() {
        let run = Self.run((.initiator, Self.getBulk), (.responder, Self.entity))
        #expect(
            run.noted.subtracting([Self.text(Self.client, .snmpVersion, "2c")]) == [
                Self.text(Self.server, .snmpVersion, "2c"), Self.text(Self.conversation, .loginClear, "snmp-community"),
                Noted(subject: Self.server, attribute: .snmpCommunityDefault, value: .number(1)),
                Self.text(Self.server, .snmpEntityHardware, "1.2"), Self.text(Self.server, .snmpEntityFirmware, "3.9"),
                Self.text(Self.server, .snmpEntitySoftware, "Build 18070417"), Self.text(Self.server, .snmpEntitySerial, "TAIJB1042477"),
                Self.text(Self.server, .snmpEntityMaker, "Moxa"), Self.text(Self.server, .snmpEntityModel, "NPort 5210"),
            ])
    }

    /// What somebody wants to set describes nobody, and an error that repeats it does not either.
    @Test func writesAndRefusals() {
        let run = Self.run((.initiator, Self.set), (.responder, Self.refusal))
        #expect(Set(run.noted.map(\.attribute)) == [.snmpVersion, .loginClear, .snmpCommunityDefault])
    }

    /// Agents have errors of their own, beyond the standard's 18.
    @Test func unknownErrors() {
        var bytes = Self.response2
        bytes[24] = 19
        let run = Self.run((.responder, bytes))
        #expect(run.verdicts == [.more])
        #expect(Set(run.noted.map(\.attribute)) == [.snmpVersion, .loginClear, .snmpCommunityDefault])
    }

    /// An unanswered request shows no accepted community.
    @Test func onlyAnAnswerShowsThatACommunityIsAccepted() {
        #expect(Self.run((.initiator, Self.get2)).noted == [
            Self.text(Self.client, .snmpVersion, "2c"), Self.text(Self.conversation, .loginClear, "snmp-community"),
        ])
    }

    /// The answer alone shows which side is the agent, whoever was seen first.
    @Test func theSideThatAnswersIsTheServer() {
        let log = ObservationLog(seed: 1)
        let agent = Endpoint(address: Harness.server.address, port: 40161)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: agent, responder: Harness.client, evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)),
            rolesAreSure: false, log: log)
        #expect(SNMPDissector.dissect(Self.response2.rawSpan, from: .initiator, &context) == .more)
        #expect(context.server == agent)
        #expect(context.rolesAreSure)
    }

    @Test func version3() {
        let run = Self.run(
            (.initiator, Self.discovery), (.responder, Self.report), (.initiator, Self.get3), (.responder, Self.response3),
            (.initiator, Self.authenticatedGet), (.responder, Self.authenticatedResponse))
        #expect(run.verdicts == [DatagramVerdict](repeating: .more, count: 6))
        #expect(
            run.noted == [
                Self.text(Self.client, .snmpVersion, "3"), Self.text(Self.server, .snmpVersion, "3"),
                Self.text(Self.server, .snmpSecurityLevel, "noAuthNoPriv"), Self.text(Self.server, .snmpSecurityLevel, "authNoPriv"),
                Self.text(Self.server, .snmpEngineEnterprise, "1.3.6.1.4.1.8072."), Self.text(Self.server, .snmpEngineAddress, "d8:9e:f3:20:09:20"),
                Self.text(Self.server, .snmpDescription, "Linux 4.4.21-rt30 #1 SMP PREEMPT RT x86_64"),
                Self.text(Self.server, .snmpObjectID, "1.3.6.1.4.1.8072.3.2.10"), Self.text(Self.server, .snmpName, "console-irm-01"),
            ])
    }

    @Test func encryptedMessages() {
        let run = Self.run((.initiator, Self.encryptedGet), (.responder, Self.encryptedResponse))
        #expect(run.verdicts == [.more, .more])
        #expect(
            run.noted == [
                Self.text(Self.client, .snmpVersion, "3"), Self.text(Self.server, .snmpVersion, "3"),
                Self.text(Self.server, .snmpSecurityLevel, "authPriv"), Self.text(Self.server, .snmpEngineEnterprise, "1.3.6.1.4.1.8072."),
            ])
    }

    /// A discovery gives no level of security away: it is always without.
    @Test func discoveryIsNoWeakness() {
        let noted = Self.run((.initiator, Self.discovery), (.responder, Self.report)).noted
        #expect(!noted.contains { $0.attribute == .snmpSecurityLevel })
        #expect(noted.contains(Self.text(Self.server, .snmpEngineAddress, "d8:9e:f3:20:09:20")))
    }

    @Test func trapsAreOfTheirSender() {
        #expect(Self.run((.initiator, Self.trap1)).noted == [
            Self.text(Self.client, .snmpVersion, "1"), Self.text(Self.client, .snmpTrapEnterprise, "1.3.6.1.4.1.534.1.11"),
        ])
        #expect(Self.run((.initiator, Self.trap2)).noted == [
            Self.text(Self.client, .snmpVersion, "2c"), Self.text(Self.client, .snmpTrapEnterprise, "1.3.6.1.4.1.8691.2.7.1"),
            Self.text(Self.client, .snmpName, "np5210-rea"),
        ])
        // The station that confirms an inform repeats what it heard.
        #expect(Self.run((.initiator, Self.inform), (.responder, Self.informResponse)).noted == [
            Self.text(Self.client, .snmpVersion, "2c"), Self.text(Self.server, .snmpVersion, "2c"), Self.text(Self.client, .snmpDescription, "NP5210"),
        ])
    }

    @Test(arguments: [
        ("Linux console-irm-01 4.4.21 #1 SMP", "Linux 4.4.21 #1 SMP"), ("Linux 4.4.21 #1 SMP x86_64", "Linux 4.4.21 #1 SMP x86_64"),
        ("Debian GNU/Linux 12 (bookworm) Linux 6.1.0", "Debian GNU/Linux 12 (bookworm) Linux 6.1.0"), ("SunOS pacs 5.10 Generic", "SunOS 5.10 Generic"),
        ("HP-UX ris B.11.31 U ia64", "HP-UX B.11.31 U ia64"), ("NP5210", "NP5210"), ("", ""),
    ])
    func namesOfNodesAreNoDescription(given: String, wanted: String) { #expect(UnixName.withoutNode(given) == wanted) }

    // MARK: Hostile input

    @Test func everyPrefixIsRefused() {
        for (side, bytes) in Self.all {
            for count in 0..<bytes.count {
                let run = Self.run((side, Array(bytes.prefix(count))))
                #expect(run.verdicts == [.no] && run.noted.isEmpty, "\(count) of \(bytes.count)")
            }
            #expect(Self.run((side, bytes + [0])).verdicts == [.no])
        }
    }

    /// A capture that kept only the beginning shows some of what the whole shows, and nothing else.
    @Test func cutDatagrams() {
        for (side, bytes) in Self.all {
            let whole = Self.runCut(bytes, from: side)
            #expect(whole.verdict == .more)
            #expect(whole.noted.isSubset(of: Self.run((side, bytes)).noted))
            for count in 0..<bytes.count {
                let part = Self.runCut(Array(bytes.prefix(count)), from: side)
                #expect(part.noted.isSubset(of: whole.noted), "\(count) of \(bytes.count): \(part.noted.subtracting(whole.noted))")
            }
        }
        // 96 octets of a frame hold 54 of the datagram.
        #expect(Self.runCut(Array(Self.response2.prefix(54)), from: .responder).noted.contains(Self.text(Self.server, .snmpDescription, "NP5210")))
    }

    @Test func mutations() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<4000 {
            var (side, bytes) = Self.all[Int.random(in: 0..<Self.all.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[at] = Bool.random(using: &generator) ? .random(in: .min ... .max, using: &generator) : [0x00, 0x7F, 0x80, 0xFF, 0x84][at % 5]
            }
            _ = Self.run((side, bytes))
            _ = Self.runCut(bytes, from: side)
        }
    }

    /// As many variables as fit are read in time that grows with them, and only so many.
    @Test func longListsAreBounded() {
        let variable = Octets.hex("300c06082b060102010101000400")
        let list = [UInt8]([[UInt8]](repeating: variable, count: 4000).joined())
        func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] { [tag, 0x84] + Octets.u32(contents.count) + contents }
        let pdu = element(0xA2, Octets.hex("020101020100020100") + element(0x30, list))
        let run = Self.run((.responder, element(0x30, Octets.hex("0201010401") + [0x61] + pdu)))
        #expect(run.verdicts == [.more])
    }

    @Test func othersAreRefused() {
        for bytes in Array(Foreign.client.values) + Array(Foreign.server.values) { #expect(Self.run((.initiator, bytes)).verdicts == [.no]) }
        // LDAP without a connection, Kerberos, a certificate, LDAP with an octet string where a version would be.
        for hex in [
            "30250201016420040030", "6a81ab3081a8a103020105a20302010a", "3082012a30820110a003020102", "300c020101600702010304008000", "3003020100", "3000", "30",
            "300602010104000500", "30080201010400a0000500", "3016020101040100a00f0201010201130201003004300206000500",
        ] {
            #expect(Self.run((.initiator, Octets.hex(hex))).verdicts == [.no], "\(hex)")
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run((.initiator, bytes)).verdicts == [.no])
        }
        // Versions and kinds that do not exist, and a trap of version 1 in version 2.
        for value in [2, 4, 0xFF] as [UInt8] {
            var bytes = Self.get2
            bytes[4] = value
            #expect(Self.run((.initiator, bytes)).verdicts == [.no])
        }
        var wrong = Self.trap1
        wrong[4] = 1
        #expect(Self.run((.initiator, wrong)).verdicts == [.no])
    }

    // MARK: Secrets

    @Test func secretsAndPersonsAreNotNoted() {
        for (side, bytes) in Self.all {
            for noted in Self.run((side, bytes)).noted {
                for secret in Self.secrets { #expect(!"\(noted.value)".contains(secret), "\(noted)") }
            }
        }
    }
}
