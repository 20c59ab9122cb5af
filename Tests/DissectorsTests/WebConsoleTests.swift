import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("DICOMweb and web consoles")
struct WebConsoleTests {
    private static func get(_ path: String, _ type: String, _ body: String, status: Int = 200) -> Set<String> {
        Exchange.lines(get: path, Exchange.whole(["HTTP/1.1 \(status) X", "Content-Type: \(type)"], body))
    }
    private static func services(_ line: String, _ fields: [String] = []) -> Set<String> {
        Exchange.lines(Script((.initiator, Exchange.message([line + " HTTP/1.1"] + fields)))).filter { $0.contains("dicomweb.service") }
    }

    @Test("Recorded: Orthanc")
    func recorded() throws {
        let lines = try Exchange.recorded("dicomweb-services")
        #expect(
            lines.both == [
                "s http.host=10.20.6.20", "c http.user_agent=curl/7.88.1", "s http.api=dicomweb", "s http.api=wado-uri", "b dicomweb.service=stow-rs",
                "b dicomweb.service=qido-rs",
                "b dicomweb.service=wado-rs", "b dicomweb.service=wado-uri", "s dicomweb.service=stow-rs", "s dicomweb.service=qido-rs",
                "s dicomweb.service=wado-rs",
                "s dicomweb.service=wado-uri", "s http.application=Orthanc", "s http.application=Orthanc/1.10.1",
                "s http.favicon=6e028d7cc65a1430c68a581f8064e8e2", "s http.realm=Orthanc Secure Area", "s http.auth_scheme=basic", "b http.auth_scheme=basic",
                "b login.clear=http-basic", "b login.accepted=http-basic",
            ])
    }

    @Test("Services by method and path, where the path or a media type shows that it is DICOMweb")
    func services() {
        let uid = "1.2.840.113619.2.55"
        for (line, service) in [
            ("GET /dicom-web/studies?PatientName=CANARY", "qido-rs"), ("GET /dicom-web/studies", "qido-rs"), ("GET /pacs/studies/\(uid)/series?x", "qido-rs"),
            ("GET /studies/\(uid)/series/\(uid)/instances", "qido-rs"), ("GET /studies/\(uid)", "wado-rs"), ("GET /studies/\(uid)/metadata", "wado-rs"),
            ("GET /rs/studies/\(uid)/series/\(uid)/instances/\(uid)/frames/1", "wado-rs"), ("POST /dicom-web/studies", "stow-rs"),
            ("POST /studies/\(uid)", "stow-rs"),
            ("GET /dicom-web/workitems", "ups-rs"), ("PUT /dicom-web/workitems/\(uid)/state", "ups-rs"),
        ] {
            #expect(Self.services(line) == ["b dicomweb.service=\(service)"], "\(line)")
        }
        // Studies, series and instances are ordinary words.
        for line in [
            "GET /studies", "GET /studies/2024", "GET /studies/1.2.3", "POST /studies", "GET /series/4/instances", "DELETE /studies/\(uid)", "GET /workitems",
            "GET /\(uid)",
        ] {
            #expect(Self.services(line) == [], "\(line)")
        }
        for type in ["application/dicom+json", "multipart/related; type=\"application/dicom\""] {
            #expect(Self.services("GET /studies?PatientID=CANARY", ["Accept: \(type)"]) == ["b dicomweb.service=qido-rs"])
            #expect(Self.services("POST /studies", ["Content-Type: \(type)"]) == ["b dicomweb.service=stow-rs"])
        }
        #expect(Self.services("GET /studies", ["Accept: application/json"]) == [])
        // Answered, it is the server's service; refused, only asked for.
        let asked: Set<String> = ["s http.api=dicomweb", "b dicomweb.service=qido-rs"]
        #expect(Self.get("/studies", "application/dicom+json", "[]") == asked.union(["s dicomweb.service=qido-rs"]))
        #expect(Self.get("/studies", "application/dicom+json", "[]", status: 403) == asked)
        #expect(Self.get("/dicom-web/studies", "application/json", "[]") == ["b dicomweb.service=qido-rs", "s dicomweb.service=qido-rs"])
        #expect(Self.get("/dicom-web/studies", "application/json", "[]", status: 401) == ["b dicomweb.service=qido-rs"])
    }

    @Test("An icon that was answered whole")
    func favicon() {
        let icon = "s http.favicon=900150983cd24fb0d6963f7d28e17f72"  // MD5 of "abc", RFC 1321
        #expect(Self.get("/favicon.ico", "image/x-icon", "abc") == [icon])
        #expect(Self.get("/app/images/favicon.ico?v=2", "application/octet-stream", "abc") == [icon])
        #expect(Self.get("/favicon.ico", "image/x-icon", "abc", status: 404) == [])
        #expect(Self.get("/favicon.ico", "text/html", "abc") == [icon])
        #expect(Self.get("/favicon.ico", "text/html", "<html>CANARY") == [])
        #expect(Self.get("/favicon.ico", "image/x-icon", "") == [])
        #expect(Self.get("/logo.ico", "image/x-icon", "abc") == [])
        #expect(Self.get("/xfavicon.ico", "image/x-icon", "abc") == [])
        let head = ["HTTP/1.1 200 OK", "Content-Type: image/png"]
        #expect(Exchange.lines(get: "/favicon.ico", Exchange.chunked(head, Array("abc".utf8), 2)) == [icon])
        // Whether it is whole cannot be told: cut, or to the end of the connection, or longer than what is read.
        #expect(Exchange.lines(get: "/favicon.ico", Exchange.message(head + ["Content-Length: 4"], Array("abc".utf8))) == [])
        #expect(Exchange.lines(get: "/favicon.ico", Exchange.message(head, Array("abc".utf8))) == [])
        #expect(Exchange.lines(get: "/favicon.ico", Exchange.whole(head, [UInt8](repeating: 1, count: HTTPBody.limit + 1))) == [])
    }

    @Test("Consoles by their paths, once answered")
    func consoles() {
        #expect(Self.get("/app/explorer.html", "text/html", "x") == ["s http.application=Orthanc"])
        #expect(Self.get("/app/explorer.html?x=CANARY", "text/html", "x") == ["s http.application=Orthanc"])
        #expect(Self.get("/ui/app/", "text/html", "x") == ["s http.application=Orthanc Explorer 2"])
        #expect(Self.get("/dcm4chee-arc/ui2/en/", "text/html", "x") == ["s http.application=dcm4chee-arc"])
        #expect(Self.get("/app/explorer.html", "text/html", "x", status: 302) == [])
        #expect(Self.get("/app/explorer.htm", "text/html", "x") == [])
        let system = #"{"ApiVersion":17,"DatabaseVersion":6,"DicomAet":"CANARY","DicomPort":4242,"Name":"CANARY","Version":"1.12.1"}"#
        #expect(Self.get("/system", "application/json", system) == ["s http.application=Orthanc/1.12.1"])
        for other in [
            "{\"Version\":\"1.12.1\"}", system.replacing("1.12.1", with: "DUPONT Marie"), system.replacing("DicomAet", with: "Aet"), String(system.dropLast()),
            "[]",
        ] {
            #expect(Self.get("/system", "application/json", other) == [], "\(other)")
        }
    }
}
