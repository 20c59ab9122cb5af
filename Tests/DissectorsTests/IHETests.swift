import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("IHE, HL7 version 3 and CDA over HTTP")
struct IHETests {
    private static func post(_ headers: [String], _ body: String = "") -> Set<String> {
        Exchange.lines(Script((.initiator, Exchange.whole(["POST /CANARY HTTP/1.1"] + headers, body))))
    }
    private static func envelope(_ header: String, _ body: String = "<x>CANARY</x>") -> String {
        "<?xml version='1.0'?><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>\(header)<s:Body>\(body)</s:Body></s:Envelope>"
    }

    @Test("Recorded: zeep, requests and Python's server; SOAP 1.1 and 1.2, MTOM, plain messages, chunks")
    func recorded() throws {
        let lines = try Exchange.recorded("ihe-xds")
        let said: Set<String> = [
            "s ihe.transaction=ITI-18", "s ihe.transaction=ITI-41", "s ihe.transaction=ITI-43", "s ihe.transaction=ITI-47",
            "s hl7v3.interaction=PRPA_IN201306UV02",
            "s http.api=hl7-v3", "s http.api=cda",
        ]
        #expect(lines.server.isSuperset(of: said))
        let asked: Set<String> = [
            "b ihe.transaction=ITI-18", "b ihe.transaction=ITI-41", "b ihe.transaction=ITI-43", "b ihe.transaction=ITI-47",
            "b hl7v3.interaction=PRPA_IN201301UV02",
            "b hl7v3.interaction=PRPA_IN201305UV02",
        ]
        #expect(lines.both.subtracting(said).filter { !$0.contains(" http.") } == asked)
    }

    @Test("The action, wherever it stands")
    func actions() {
        let action = "urn:ihe:iti:2007:RegistryStoredQuery"
        let wanted: Set<String> = ["b ihe.transaction=ITI-18"]
        let header =
            "<s:Header><w:Security><Action>urn:ihe:iti:2007:CrossGatewayQuery</Action></w:Security><a:Action s:mustUnderstand='1'> \(action)\n</a:Action></s:Header>"
        #expect(Self.post(["Content-Type: text/xml", "SOAPAction: \"\(action)\""]) == wanted)
        #expect(Self.post(["Content-Type: text/xml", "SOAPAction: \(action)"]) == wanted)
        #expect(Self.post(["Content-Type: application/soap+xml; charset=utf-8; Action=\"\(action)\""]) == wanted)
        #expect(Self.post(["Content-Type: application/soap+xml;action=\(action); charset=utf-8"]) == wanted)
        #expect(Self.post(["Content-Type: application/soap+xml"], Self.envelope(header)) == wanted)
        #expect(Self.post(["Content-Type: application/soap+xml; action=\"urn:other\"", "SOAPAction: \"\""], Self.envelope(header)) == wanted)
        for type in ["type=\"application/xop+xml\"; boundary=b", "boundary=\"b\"; Type=\"text/xml\""] {
            let parts = "--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <CANARY>\r\n\r\n\(Self.envelope(header))\r\n--b\r\n\r\nCANARY"
            #expect(Self.post(["Content-Type: multipart/related; \(type)"], parts) == wanted)
            #expect(Self.post(["Content-Type: multipart/related; \(type)"], parts.replacing("\r\n", with: "\n")) == wanted)
        }
        // Only in the header of the envelope.
        #expect(Self.post(["Content-Type: text/xml"], Self.envelope("", header)) == [])
        #expect(Self.post(["Content-Type: text/xml"], "<a><Header><Action>\(action)</Action></Header></a>") == [])
        #expect(Self.post(["Content-Type: text/html"], Self.envelope(header)) == [])
    }

    @Test("Transactions of a closed list, requests and responses")
    func transactions() {
        for (action, transaction) in [
            ("urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b", "ITI-41"), ("urn:ihe:iti:2007:RegisterDocumentSet-bResponse", "ITI-42"),
            ("urn:ihe:iti:2007:CrossGatewayQueryAsyncResponse", "ITI-38"), ("urn:ihe:iti:2007:RegisterDocumentSet-bResponseAsync", "ITI-42"),
            ("urn:ihe:iti:2007:CrossGatewayRetrieve", "ITI-39"),
            ("urn:ihe:rad:2009:RetrieveImagingDocumentSet", "RAD-69"), ("urn:ihe:iti:2007:CANARY", nil), ("urn:ihe:", nil), ("", nil), ("\"", nil),
            ("\"\"", nil),
            ("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", nil), ("urn:ihe:iti:2007:RegistryStoredQuery/CANARY", nil),
        ] as [(String, String?)] {
            #expect(Self.post(["SOAPAction: \(action)"]) == Set(transaction.map { ["b ihe.transaction=\($0)"] } ?? []), "\(action)")
        }
        func v3(_ action: String) -> Set<String> { Self.post(["SOAPAction: \"urn:hl7-org:v3:\(action)\""]) }
        let pdq: Set<String> = ["s http.api=hl7-v3", "b hl7v3.interaction=PRPA_IN201305UV02", "b ihe.transaction=ITI-47"]
        #expect(v3("PRPA_IN201305UV02") == pdq)
        #expect(v3("PRPA_IN201305UV02:CrossGatewayPatientDiscovery") == pdq.subtracting(["b ihe.transaction=ITI-47"]).union(["b ihe.transaction=ITI-55"]))
        #expect(v3("PRPA_IN201302UV02") == ["s http.api=hl7-v3", "b hl7v3.interaction=PRPA_IN201302UV02"])
        for other in ["", "PRPA_IN201305UV0", "PRPA_IN201305UV021", "DUPONT_MARIE12345", "prpa_in201305uv02", "PRPA_INDUPONTUV02"] {
            #expect(v3(other) == [], "\(other)")
        }
    }

    @Test("Root elements")
    func roots() {
        for (root, api) in [
            ("ClinicalDocument", "cda"), ("x:ClinicalDocument", "cda"), ("PRPA_IN201309UV02", "hl7-v3"), ("ClinicalDocuments", nil), ("html", nil),
        ] as [(String, String?)] {
            let lines = Self.post(
                ["Content-Type: application/xml"], "<?xml version='1.0'?><!-- CANARY --><\(root) xmlns='urn:hl7-org:v3'><id>CANARY</id></\(root)>")
            #expect(lines.contains { $0 == "s http.api=\(api ?? "-")" } == (api != nil), "\(root)")
            #expect(lines.allSatisfy { !$0.contains("CANARY") })
        }
        // Answered, and a type that says it is a document.
        #expect(
            Exchange.lines(get: "/x", Exchange.whole(["HTTP/1.1 200 OK", "Content-Type: application/cda+xml"], "<ClinicalDocument/>")) == ["s http.api=cda"])
        #expect(Self.post(["Content-Type: text/xml"], "\u{0}\u{1}") == [])
    }
}
