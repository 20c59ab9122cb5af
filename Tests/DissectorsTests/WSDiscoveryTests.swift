import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("WS-Discovery") struct WSDiscoveryTests {
    static let device = "urn:uuid:7d1b7c0a-3f42-4f6e-9b58-0a1e2c3d4e5f"
    static let scopes = """
        sdc.ctxt.loc:/sdc.ctxt.loc.detail/CHSA%2FBat-C%2F2%2FREA%2F212%2FLit-7?fac=CHSA&amp;bldng=Bat-C&amp;flr=2&amp;poc=REA&amp;rm=212&amp;bed=Lit-7 \
        sdc.ctxt.opr:/urn%3Aoid%3A1.2.250.1.71.4.2.1/ZZCANARYMEDECIN sdc.cdc.type:///70001 sdc.mds.pkp:1.2.840.10004.20701.1.1 \
        sdc.ctxt.pat:/urn%3Aoid%3A1.2.250.1.213.1.4.8/2840575CANARY88?ln=ZZCANARYDUPONT SDC.CTXT.PAT:/x/CANARY%2DIPP%2D774412 \
        sdc%2Ectxt%2Epat:/x/CANARYENCODED77 CANARYSCHEME:CANARYNAME
        """

    /// A message as sdc11073 3.0 writes it (Tests/Captures/sdc-clear.pcap).
    static func message(
        _ action: String, _ body: String, discovery: String = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
    ) -> [UInt8] {
        Array(
            """
            <?xml version='1.0' encoding='UTF-8'?>
            <s12:Envelope xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:s12="http://www.w3.org/2003/05/soap-envelope" xmlns:wsd="\(discovery)">\
            <s12:Header><wsa:To>http://www.w3.org/2005/08/addressing/anonymous</wsa:To><wsa:Action>\(discovery)/\(action)</wsa:Action>\
            <wsa:ReplyTo><wsa:Address>urn:uuid:00000000-0000-0000-0000-00000000aaaa</wsa:Address></wsa:ReplyTo>\
            <wsa:MessageID>urn:uuid:f3552ced-f59f-4941-ad51-2b1e89b94176</wsa:MessageID><wsd:AppSequence InstanceId="1290563219" MessageNumber="1"/>\
            </s12:Header><s12:Body>\(body)</s12:Body></s12:Envelope>
            """.utf8)
    }
    static func target(
        _ endpoint: String = device, types: String = "ns0:Device ns1:MedicalDevice", scopes: String = scopes,
        addresses: String = "http://10.0.0.2:40689/7d1b7c0a3f424f6e9b580a1e2c3d4e5f"
    ) -> String {
        "<wsa:EndpointReference><wsa:Address>\(endpoint)</wsa:Address></wsa:EndpointReference><wsd:Types>\(types)</wsd:Types>"
            + "<wsd:Scopes>\(scopes)</wsd:Scopes><wsd:XAddrs>\(addresses)</wsd:XAddrs><wsd:MetadataVersion>1</wsd:MetadataVersion>"
    }
    static func hello(_ target: String) -> [UInt8] { Self.message("Hello", "<wsd:Hello>\(target)</wsd:Hello>") }
    static func probeMatches(_ targets: String...) -> [UInt8] {
        Self.message("ProbeMatches", "<wsd:ProbeMatches>" + targets.map { "<wsd:ProbeMatch>\($0)</wsd:ProbeMatch>" }.joined() + "</wsd:ProbeMatches>")
    }
    static let probe = message("Probe", "<wsd:Probe><wsd:Types>ns1:MedicalDevice</wsd:Types><wsd:Scopes>sdc.ctxt.pat:/x/CANARYASKED</wsd:Scopes></wsd:Probe>")

    /// What one datagram from the server's address (a device) to the client's gives.
    static func run(_ bytes: [UInt8], from side: Side = .responder) -> (noted: Set<Noted>, verdict: DatagramVerdict) {
        let run = Harness.run(datagrams: [Script.Turn(side: side, bytes: bytes)], WSDiscoveryDissector.self, serverPort: 3702)
        return (run.noted, run.verdicts[0])
    }
    static func host(_ address: String) throws -> Subject { .host(HostKey(try #require(IPAddress(address)), in: .none)) }
    static func values(_ noted: Set<Noted>, _ attribute: Attribute) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute }.map { "\($0.value)" })
    }

    @Test(arguments: ["Hello", "ProbeMatches", "ResolveMatches"]) func targetService(_ kind: String) throws {
        let body =
            switch kind {
            case "Hello": "<wsd:Hello>\(Self.target())</wsd:Hello>"
            case "ProbeMatches": "<wsd:ProbeMatches><wsd:ProbeMatch>\(Self.target())</wsd:ProbeMatch></wsd:ProbeMatches>"
            default: "<wsd:ResolveMatches><wsd:ResolveMatch>\(Self.target())</wsd:ResolveMatch></wsd:ResolveMatches>"
            }
        let subject = try Self.host("10.0.0.2")
        let expected: [(Attribute, String)] = [
            (.wsdEndpoint, Self.device), (.wsdType, "Device"), (.wsdType, "MedicalDevice"), (.wsdScope, "sdc.cdc.type:70001"),
            (.wsdScope, "sdc.mds.pkp:1.2.840.10004.20701.1.1"), (.wsdLocation, "fac=CHSA; bldng=Bat-C; flr=2; poc=REA; rm=212; bed=Lit-7"),
            (.wsdTransport, "http"),
        ]
        let run = Self.run(Self.message(kind, body))
        #expect(run.verdict == .more)
        #expect(run.noted == Set(expected.map { Noted(subject: subject, attribute: $0.0, value: .text($0.1)) }))
        #expect(!run.noted.description.contains("CANARY"))
    }

    @Test func draftOf2005() throws {
        let scopes = "onvif://www.onvif.org/name/CANARYROOM onvif://www.onvif.org/location/ZZCANARY"
        let body = "<wsd:Hello>\(Self.target(types: "dn:NetworkVideoTransmitter tds:Device", scopes: scopes))</wsd:Hello>"
        let noted = Self.run(Self.message("Hello", body, discovery: "http://schemas.xmlsoap.org/ws/2005/04/discovery")).noted
        #expect(Self.values(noted, .wsdType) == ["NetworkVideoTransmitter", "Device"])
        #expect(Self.values(noted, .wsdScope) == ["onvif"])
        #expect(!noted.description.contains("CANARY"))
    }

    @Test func whoAsksTellsNothing() {
        let run = Self.run(Self.probe, from: .initiator)
        #expect(run.verdict == .more)
        #expect(run.noted.isEmpty)
        let resolve = Self.run(
            Self.message("Resolve", "<wsd:Resolve><wsa:EndpointReference><wsa:Address>\(Self.device)</wsa:Address></wsa:EndpointReference></wsd:Resolve>"),
            from: .initiator)
        #expect(resolve.verdict == .more)
        #expect(resolve.noted.isEmpty)
    }

    @Test func answersComeFromTheServer() {
        // The device answers from a socket of its own: it is the first packet of that conversation, and still the server.
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: Endpoint(address: Harness.server.address, port: 59_849),
            responder: Endpoint(address: Harness.client.address, port: 58_507), evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)),
            rolesAreSure: false, log: log)
        _ = WSDiscoveryDissector.dissect(Self.probeMatches(Self.target()).rawSpan, from: .initiator, &context)
        #expect(context.serverSide == .initiator && context.rolesAreSure)
        var asking = DissectionContext(
            transport: .udp, network: .none, initiator: Harness.client, responder: Endpoint(address: IPAddress(v4: 0xEFFF_FFFA), port: 3702),
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        _ = WSDiscoveryDissector.dissect(Self.probe.rawSpan, from: .initiator, &asking)
        #expect(asking.serverSide == .responder && asking.rolesAreSure)
    }

    @Test(
        "A discovery proxy speaks for others",
        arguments: [
            // Its own address among them.
            ("http://10.0.0.2:80/a https://192.168.7.7/a", "10.0.0.2"), ("http://10.0.0.9:80/a", "10.0.0.9"),
            // A name, or the other family: the sender's own as far as anybody can tell.
            ("https://ventilateur-7.chu.example/a", "10.0.0.2"), ("http://[fe80::1%25eth0]:5357/a", "10.0.0.2"), ("", "10.0.0.2"),
            // Another network: whose it is cannot be said.
            ("http://192.168.7.7/a", nil), ("http://127.0.0.1/a", nil), ("http://239.255.255.250/a", nil),
        ] as [(String, String?)])
    func proxy(_ addresses: String, _ host: String?) throws {
        let noted = Self.run(Self.hello(Self.target(addresses: addresses))).noted
        let expected = try host.map { try Self.host($0) }
        #expect(Set(noted.map(\.subject)) == Set([expected].compactMap { $0 }))
        #expect(noted.isEmpty == (host == nil))
    }

    @Test func severalTargets() throws {
        let other = "urn:uuid:0fa0c1d2-5b6c-4d7e-8f90-112233445566"
        let noted = Self.run(
            Self.probeMatches(
                Self.target(), Self.target(other, types: "Printer", scopes: "", addresses: "https://10.0.0.9/b"),
                // Whatever is no UUID is a name that somebody chose.
                Self.target("http://CANARYHOST/device", types: "x:CANARY/SLASH a:b:c", scopes: "", addresses: "ftp://CANARY/"))
        ).noted
        let neighbour = try Self.host("10.0.0.9")
        let expected: Set<Noted> = [
            Noted(subject: neighbour, attribute: .wsdEndpoint, value: .text(other)),
            Noted(subject: neighbour, attribute: .wsdType, value: .text("Printer")),
            Noted(subject: neighbour, attribute: .wsdTransport, value: .text("https")),
        ]
        #expect(noted.filter { $0.subject == neighbour } == expected)
        #expect(Self.values(noted, .wsdType) == ["Device", "MedicalDevice", "Printer", "c"])
        #expect(!noted.description.contains("CANARY"))
    }

    @Test func scopesOfOtherSystems() {
        let scopes = """
            sdc.cdc.type:/urn%3Aoid%3A1.2.840.10004.1.1.1.0.0.1//69965 sdc.cdc.type:/urn%3Aoid%3A2.16.840.1.113883.6.96//CANARY42 \
            sdc.mds.pkp:CANARYPURPOSE sdc.ctxt.loc:/x/y?fac=A%20B&amp;bed=&amp;pat=CANARYPATIENT&amp;rm=%&amp;fac=CANARYTWICE sdc.ctxt.wfl:/CANARYORDER sdc.ctxt.loc:/CANARYPLACE
            """
        let noted = Self.run(Self.hello(Self.target(scopes: scopes))).noted
        #expect(Self.values(noted, .wsdScope) == ["sdc.cdc.type:69965", "sdc.cdc.type", "sdc.mds.pkp"])
        #expect(Self.values(noted, .wsdLocation) == ["fac=A B; rm=%"])
        #expect(!noted.description.contains("CANARY"))
    }

    @Test func listsThatAreCutLoseTheirLastWord() {
        // A text is kept to its first 1024 bytes: the code at the cut would be another one.
        let filler = String(repeating: "ldap:///x ", count: 100)
        let noted = Self.run(Self.hello(Self.target(scopes: filler + "sdc.cdc.type:///700012345"))).noted
        #expect(Self.values(noted, .wsdScope) == ["ldap"])
    }

    @Test func everyPrefixGivesLess() {
        let whole = Self.run(Self.hello(Self.target())).noted
        let bytes = Self.hello(Self.target())
        for count in 0..<bytes.count {
            // Until the transport addresses are there nobody can say that it is not a proxy: here they name the sender.
            #expect(Self.run(Array(bytes.prefix(count))).noted.isSubset(of: whole))
        }
    }

    @Test func othersAreRefused() {
        let others: [[UInt8]] = [
            [], Array("<".utf8), Array("<?xml version=\"1.0\"?><root xmlns=\"/discovery\"/>".utf8), Array("M-SEARCH * HTTP/1.1\r\n\r\n/discovery".utf8),
            Self.message("Hello", "", discovery: "http://example.org/discovery"), Self.message("HelloWorld", ""), Self.message("Fault", ""),
            Array("<s:Envelope><s:Header/><s:Body>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</s:Body></s:Envelope>".utf8),
            Array(Self.hello(Self.target()).dropFirst()), [0xEF, 0xBB, 0xBF],
        ]
        for bytes in others {
            let run = Self.run(bytes)
            #expect(run.verdict == .no && run.noted.isEmpty, "\(String(decoding: bytes.prefix(80), as: UTF8.self))")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let bytes = [0x3C] + (0..<200).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(bytes).verdict == .no)
        }
    }

    @Test func mutationsNeverTrap() {
        var generator = SeededGenerator(seed: 5)
        for message in [Self.hello(Self.target()), Self.probeMatches(Self.target(), Self.target()), Self.probe] {
            for _ in 0..<300 {
                var bytes = message
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let position = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &generator)
                    case 1: bytes.removeSubrange(position..<min(bytes.count, position + 7))
                    default: bytes.insert(contentsOf: bytes.prefix(40), at: position)
                    }
                }
                #expect(Self.run(bytes).noted.count < 64)
            }
        }
    }
}

extension WSDiscoveryTests {
    /// A patient's scope stays a patient's scope, however often it is encoded and wherever it stands.
    @Test(arguments: [
        "sdc%252Ectxt%252Epat:/x/CANARYIPP", "sdc.ctxt.pat%3A/x/CANARYIPP", "%73dc.ctxt.pat:/x/CANARYIPP", "sdc.ctxt.pat:%2Fx%2FCANARYIPP?fac=CANARYNAME",
        "sdc.ctxt.wfl:/x/CANARYORDER?bed=CANARY", "sdc.ctxt.ens:/x/CANARY", "sdc.ctxt.mns:/x/CANARY", "sdc.ctxt.loc:/x/CANARYDETAIL?pat=CANARYIPP&amp;ln=CANARY",
        "sdc.cdc.type:/CANARY//CANARY", "sdc.mds.pkp:CANARY", "urn:CANARY", "ldap:///ou=CANARY", "http://host/CANARY?patient=CANARY", "CANARYNOSCHEME",
    ]) func patientsScopes(_ scope: String) {
        for scopes in [scope, "\(scope) sdc.cdc.type:///70001", "sdc.cdc.type:///70001 \(scope)"] {
            let noted = Self.run(Self.hello(Self.target(scopes: scopes))).noted
            #expect(!"\(noted)".contains("CANARY"), "\(scopes)")
        }
    }
}
