import Observations
import Testing
import Wire

@testable import Dissectors

/// Exchanges over HTTP as tests write them.
enum Exchange {
    static func message(_ lines: [String], _ body: [UInt8] = []) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
    /// A message with a Content-Length.
    static func whole(_ lines: [String], _ body: [UInt8]) -> [UInt8] { Self.message(lines + ["Content-Length: \(body.count)"], body) }
    static func whole(_ lines: [String], _ body: String) -> [UInt8] { Self.whole(lines, Array(body.utf8)) }
    /// A message in chunks of so many bytes.
    static func chunked(_ lines: [String], _ body: [UInt8], _ size: Int) -> [UInt8] {
        var chunks: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            chunks += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
            rest = rest.dropFirst(chunk.count)
        }
        return Self.message(lines + ["Transfer-Encoding: chunked"], chunks + Array("0\r\n\r\n".utf8))
    }

    static func lines(_ script: Script) -> Set<String> { TLSTests.lines(Harness.run(script.turns, dissectors: [HTTPDissector.self]).noted) }
    /// What an answer to a GET of a path makes noted.
    static func lines(get path: String, _ answer: [UInt8], accept: String = "*/*") -> Set<String> {
        Self.lines(Script((.initiator, Self.message(["GET \(path) HTTP/1.1", "Accept: \(accept)"])), (.responder, answer)))
    }

    /// All properties of the harness.
    static func check(_ script: Script, sourceLocation: SourceLocation = #_sourceLocation) {
        Harness.checkSplits(script, HTTPDissector.self, sourceLocation: sourceLocation)
        Harness.checkPrefixes(script, HTTPDissector.self, sourceLocation: sourceLocation)
        Harness.checkOneDirection(script, HTTPDissector.self, sourceLocation: sourceLocation)
        Harness.checkMutations(script, HTTPDissector.self)
    }

    /// The properties on all conversations of a capture; what both directions, the client alone and the server alone made noted.
    static func recorded(_ name: String) throws -> (both: Set<String>, server: Set<String>) {
        var both: Set<String> = []
        var server: Set<String> = []
        let canaries = try RecordedConversation.canaries(name)
        for script in try RecordedConversation.load(name) {
            Self.check(script)
            both.formUnion(Self.lines(script))
            server.formUnion(Self.lines(Script(turns: script.turns.filter { $0.side == .responder })))
            for line in both.union(server) {
                for canary in canaries { #expect(!line.contains(canary), "\(line)") }
            }
        }
        return (both, server)
    }
}

/// Bodies through the framing of HTTP, with the capability statement as the body that is wanted.
@Suite("HTTP bodies")
struct HTTPBodyTests {
    private static let statement = Array(
        #"{"resourceType":"CapabilityStatement","publisher":"ACME","software":{"name":"HAPI FHIR Server","version":"6.8.0"},"contact":[{"name":"ZZCANARYADMIN"}],"fhirVersion":"4.0.1"}"#
            .utf8)
    private static let gzip = Octets.hex(
        "1f8b08000000000002033dcb310b83301404e0bf226f0ec14291e2166c8b0e4ad152a8a5439427063491e4d922e27f6fbab8dc7077df0a169d996d8bf76542882191936cd4a068a948128ea809184c733328d7a3f50f91e4175f39d3d1575a6f56d072fcdb54dcb2e09a666550a1fdf833039f4e19edc7889f78081b83d668922d41fcda615d27a210e5539cf3ac80edcda0eb957decf6c8437e80ed07d2b892a1ad000000"
    )
    private static let zlib = Octets.hex(
        "789c3dcb310b83301404e0bf226f0ec14291e2166c8b0e4ad152a8a5439427063491e4d922e27f6fbab8dc7077df0a169d996d8bf76542882191936cd4a068a948128ea809184c733328d7a3f50f91e4175f39d3d1575a6f56d072fcdb54dcb2e09a666550a1fdf833039f4e19edc7889f78081b83d668922d41fcda615d27a210e5539cf3ac80edcda0eb957decf6c8437e80ed07c09837a0"
    )
    private static let ok = ["HTTP/1.1 200 OK", "Content-Type: application/fhir+json;charset=UTF-8"]
    private static let get = Exchange.message(["GET /fhir/metadata HTTP/1.1", "Host: a"])
    private static let facts: Set<String> = [
        "s http.host=a", "s http.api=fhir", "s fhir.software=HAPI FHIR Server", "s fhir.software_version=6.8.0",
        "s fhir.version=4.0.1",
    ]
    /// What the head alone says.
    private static let bare: Set<String> = ["s http.host=a", "s http.api=fhir"]

    private static func script(_ answer: [UInt8]) -> Script { Script((.initiator, Self.get), (.responder, answer)) }

    @Test("By length, in chunks, to the end of the connection, with gzip and deflate: the same facts, and the properties hold")
    func framings() {
        let next = Exchange.message(["HTTP/1.1 200 OK", "Server: next", "Content-Length: 0"])
        let raw = Array(Self.zlib.dropFirst(2).dropLast(4))
        for (coding, body) in [(nil, Self.statement), ("gzip", Self.gzip), ("X-GZIP", Self.gzip), ("deflate", Self.zlib), ("deflate", raw)]
            as [(String?, [UInt8])]
        {
            let head = Self.ok + (coding.map { ["Content-Encoding: \($0)"] } ?? [])
            var framed = [Exchange.whole(head, body) + next]
            for size in [1, 2, 16, 4096] { framed.append(Exchange.chunked(head, body, size) + next) }
            for answer in framed { #expect(Exchange.lines(Self.script(answer)) == Self.facts.union(["s http.server=next"])) }
            #expect(Exchange.lines(Self.script(Exchange.message(head, body))) == Self.facts)
            Exchange.check(Self.script(Exchange.chunked(head, body, 50) + next))
            Exchange.check(Self.script(Exchange.whole(head, body) + next))
        }
        Harness.checkSplits(Self.script(Exchange.message(Self.ok, Self.statement)), HTTPDissector.self)
    }

    @Test("A coding that is not read, damage, other answers and other methods leave the body unread")
    func unread() {
        for (head, body) in [
            (Self.ok + ["Content-Encoding: br"], Self.statement), (Self.ok + ["Content-Encoding: gzip, gzip"], Self.gzip),
            (Self.ok + ["Content-Encoding: gzip"], Self.statement), (["HTTP/1.1 404 Not Found", Self.ok[1]], Self.statement),
            (["HTTP/1.1 206 Partial Content", Self.ok[1]], Self.statement),
        ] {
            #expect(Exchange.lines(Self.script(Exchange.whole(head, body))) == Self.bare)
        }
        let post = Exchange.whole(["POST /fhir/metadata HTTP/1.1", "Host: a", "Content-Type: application/fhir+json"], Self.statement)
        #expect(Exchange.lines(Script((.initiator, post), (.responder, Exchange.whole(Self.ok, Self.statement)))) == Self.bare)
        // Behind a proxy it is another server's.
        let proxied = Exchange.message(["GET http://b/fhir/metadata HTTP/1.1"])
        #expect(Exchange.lines(Script((.initiator, proxied), (.responder, Exchange.whole(Self.ok, Self.statement)))) == [])
    }

    @Test("What nobody wants is skipped, and not fed")
    func skipped() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: true, log: log)
        func skip(_ request: String, _ head: [String], _ body: [UInt8]) -> Int {
            let dissection = Dissection(sawStart: true, registry: [HTTPDissector.self])
            dissection.deliver(Exchange.message([request]).rawSpan, from: .initiator, &context)
            dissection.deliver(Exchange.message(head, body).rawSpan, from: .responder, &context)
            return dissection.takeSkip(of: .responder)
        }
        let bundle = Array(#"{"resourceType":"Bundle","entry":["#.utf8)
        // A bundle where a statement was expected: nothing more is read.
        #expect(skip("GET /fhir/metadata HTTP/1.1", Self.ok + ["Content-Length: 500000"], bundle) == 500_000 - bundle.count)
        // Of a page only the beginning is searched for a form.
        let page = ["HTTP/1.1 200 OK", "Content-Type: text/html", "Content-Length: 500000"]
        #expect(skip("GET / HTTP/1.1", page, Octets.zeros(40_000)) == 460_000)
        // A search is not read at all; neither are images, scripts and DICOM.
        for (path, type) in [
            ("/fhir/Patient?name=x", "application/fhir+json"), ("/", "text/javascript"), ("/a.png", "image/png"), ("/metadata", "text/plain"),
            ("/system", "text/plain"),
        ] {
            #expect(skip("GET \(path) HTTP/1.1", ["HTTP/1.1 200 OK", "Content-Type: \(type)", "Content-Length: 500000"], [1, 2, 3]) == 499_997, "\(path)")
        }
        // Of a statement that goes on for ever only the beginning is read; and once all is found, nothing.
        let long = Array(#"{"resourceType":"CapabilityStatement","description":""#.utf8) + [UInt8](repeating: 0x61, count: HTTPBody.limit)
        #expect(skip("GET /metadata HTTP/1.1", Self.ok + ["Content-Length: 5000000"], long) == 5_000_000 - long.count)
        #expect(skip("GET /metadata HTTP/1.1", Self.ok + ["Content-Length: 5000000"], Array(Self.statement.dropLast())) == 5_000_000 - Self.statement.count + 1)
    }

    @Test("A loss in a body that is read ends the message, not the conversation")
    func loss() {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Harness.client, responder: Harness.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: true, log: log)
        let dissection = Dissection(sawStart: true, registry: [HTTPDissector.self])
        dissection.deliver(Self.get.rawSpan, from: .initiator, &context)
        dissection.deliver(Exchange.message(Self.ok + ["Content-Length: 9000"], Array(Self.statement.prefix(60))).rawSpan, from: .responder, &context)
        dissection.lose(5000, from: .responder, &context)
        dissection.deliver(Self.statement.rawSpan, from: .responder, &context)
        dissection.deliver(Exchange.message(["HTTP/1.1 200 OK", "Server: next", "Content-Length: 0"]).rawSpan, from: .responder, &context)
        let noted = Set(log.observations.map { "\($0.attribute.name)=\($0.value)" })
        #expect(noted == ["http.host=a", "http.api=fhir", "http.server=next"])
    }

    @Test("A bomb stays inside its limits")
    func bomb() {
        // A string of two million characters inside a statement: twice what comes out.
        let bomb =
            Octets.hex(
                "1f8b0800000000000203edcab10dc2301000c05dbe66025a4680054cf8c2122496f31411cbc31edcd5f78999fbf69e4bde8e91718e4b1bedde9fbd8e6bb5ca57ae15a778e4becc3eaa6febef34"
            ) + [UInt8](repeating: 0x00, count: 1937) + Octets.hex("e0ef7c01f8bf6408b5841e00")
        #expect(Exchange.lines(Self.script(Exchange.whole(Self.ok + ["Content-Encoding: gzip"], bomb))) == Self.bare)
        let many = (0..<31).flatMap { _ in Self.get }
        let answers = (0..<31).flatMap { _ in Exchange.whole(Self.ok + ["Content-Encoding: gzip"], Self.gzip) }
        #expect(Exchange.lines(Script((.initiator, many), (.responder, answers))) == Self.facts)
    }
}
