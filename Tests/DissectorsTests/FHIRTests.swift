import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("FHIR")
struct FHIRTests {
    private static let json = "application/fhir+json"

    private static func statement(_ path: String, _ type: String, _ body: String) -> Set<String> {
        Exchange.lines(get: path, Exchange.whole(["HTTP/1.1 200 OK", "Content-Type: \(type)"], body))
    }

    @Test("A recorded server: JSON, XML, gzip, chunks")
    func recorded() throws {
        let lines = try Exchange.recorded("fhir-server")
        let said: Set<String> = [
            "s http.api=fhir", "s fhir.software=FHIRStarter", "s fhir.software_version=4.2.0", "s fhir.version=4.3.0",
        ]
        #expect(
            lines.both
                == said.union([
                    "s http.host=10.20.6.10", "s http.server=uvicorn", "s http.server=nginx/1.22.1", "c http.user_agent=curl/7.88.1", "b fhir.resource=Patient",
                    "b fhir.resource=Observation", "b http.auth_scheme=bearer",
                ]))
        // Of the answers alone the media type shows what they are.
        #expect(lines.server.isSuperset(of: said))
    }

    @Test("A statement whatever the order of its members, in JSON and XML, by content type or by path")
    func statements() {
        let facts: Set<String> = [
            "s http.api=fhir", "s fhir.software=Smile CDR", "s fhir.software_version=2023.05.R01", "s fhir.version=4.0.1",
        ]
        let json =
            #"{"publisher":"Soci\u00e9t\u00e9 É","fhirVersion":"4.0.1","software":{"version":"2023.05.R01","name":"Smile CDR"},"name":"CANARY","resourceType":"CapabilityStatement"}"#
        let xml = """
            <?xml version="1.0"?><CapabilityStatement xmlns="http://hl7.org/fhir"><publisher value="Société &#xC9;"/><contact><name value="CANARY"/></contact>
            <software><name value="Smile CDR"/><version value="2023.05.R01"/></software><implementation><description value="CANARY"/></implementation><fhirVersion value="4.0.1"/></CapabilityStatement>
            """
        for path in ["/metadata", "/baseR4/metadata?_format=json&x=CANARY"] {
            for type in ["application/fhir+json; fhirVersion=4.0", "application/json+fhir", "application/json;charset=utf-8"] {
                #expect(Self.statement(path, type, json) == facts, "\(type)")
            }
            for type in ["application/fhir+xml", "application/xml+fhir", "text/xml"] { #expect(Self.statement(path, type, xml) == facts, "\(type)") }
        }
        #expect(Self.statement("/metadata", Self.json, json.replacing("CapabilityStatement", with: "Conformance")) == facts)
        // The first value of each.
        #expect(Self.statement("/metadata", "application/json", json.replacing("}}", with: "}") + "x") == facts)
    }

    @Test("Anything but a statement is not read")
    func others() {
        let members = #""software":{"name":"CANARY","version":"CANARY"},"publisher":"CANARY","fhirVersion":"CANARY"}"#
        for kind in ["Bundle", "Patient", "OperationOutcome", "capabilitystatement", ""] {
            #expect(Self.statement("/metadata", Self.json, "{\"resourceType\":\"\(kind)\"," + members) == ["s http.api=fhir"])
            #expect(Self.statement("/metadata", "application/json", "{\"resourceType\":\"\(kind)\"," + members) == [])
        }
        #expect(Self.statement("/metadata", "application/json", "{" + members) == [])
        #expect(
            Self.statement("/fhir/Patient/1", Self.json, "{\"resourceType\":\"CapabilityStatement\"," + members) == [
                "s http.api=fhir", "b fhir.resource=Patient",
            ])
        #expect(Self.statement("/metadata", "application/xml", "<Bundle><publisher value=\"CANARY\"/></Bundle>") == [])
        // The metadata of a study are patients.
        #expect(
            Self.statement("/studies/1.2.3.4/metadata", "application/json", "{\"resourceType\":\"CapabilityStatement\"," + members) == [
                "b dicomweb.service=wado-rs", "s dicomweb.service=wado-rs",
            ])
    }

    @Test("Kinds of resources by a closed list, where a media type shows that it is FHIR")
    func resources() {
        func lines(_ target: String, accept: String = "application/fhir+json") -> Set<String> {
            Exchange.lines(Script((.initiator, Exchange.message(["GET \(target) HTTP/1.1", "Accept: \(accept)"]))))
        }
        for (path, kind) in [
            ("/Patient?name=CANARY", "Patient"), ("/fhir/Patient/CANARY", "Patient"), ("/r4/Patient/CANARY/Observation?code=CANARY", "Observation"),
            ("/a/b/Device/1/_history/2", "Device"), ("/fhir/Patient/CANARY/$everything", "Patient"), ("/List", "List"), ("/Patient/", "Patient"),
            ("/VisionPrescription", "VisionPrescription"), ("/Account", "Account"),
        ] {
            #expect(lines(path) == ["b fhir.resource=\(kind)"], "\(path)")
            #expect(lines(path, accept: "text/html, */*") == [], "\(path)")
            #expect(
                Exchange.lines(get: path, Exchange.whole(["HTTP/1.1 200 OK", "Content-Type: application/fhir+xml"], "")) == [
                    "s http.api=fhir", "b fhir.resource=\(kind)",
                ])
        }
        for path in ["/patient", "/Patients", "/Patien", "/DupontMarie", "/fhir?Patient", "/", "/Patient%20", "/PATIENT", "/DomainResource"] {
            #expect(lines(path) == [], "\(path)")
        }
        #expect(FHIRResource.names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) } == FHIRResource.names)
        #expect(Set(FHIRResource.names).count == FHIRResource.names.count && FHIRResource.names.count < 256)
        for name in FHIRResource.names { #expect(FHIRResource(Array(name.utf8).rawSpan)?.name == name) }
    }
}
