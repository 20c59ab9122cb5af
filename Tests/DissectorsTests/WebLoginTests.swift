import Observations
import Testing
import Wire

@testable import Dissectors

/// Recorded from DokuWiki 2022-07-31, nginx 1.22 and nghttp2 1.52 (Debian 12), NTLM after MS-NLMP.
@Suite("Web logins") struct WebLoginTests {
    static func exchange(_ request: String, _ body: String, _ type: String, _ answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") -> Script {
        Script(
            (.initiator, Octets.text("\(request)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")), (.responder, Octets.text(answer)))
    }
    static func page(_ html: String) -> Script {
        Script(
            (.initiator, Octets.text("GET /canary HTTP/1.1\r\n\r\n")),
            (.responder, Octets.text("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \(html.utf8.count)\r\n\r\n\(html)")))
    }
    static func facts(_ script: Script) -> Set<String> {
        let whole = Set(Harness.run(script.turns, dissectors: [HTTPDissector.self]).noted.map(\.description))
        let bytewise = script.turns.flatMap { turn in turn.bytes.map { Script.Turn(side: turn.side, bytes: [$0]) } }
        #expect(Set(Harness.run(bytewise, dissectors: [HTTPDissector.self]).noted.map(\.description)) == whole)
        #expect(!whole.contains { $0.lowercased().contains("canary") })
        return whole
    }

    @Test func forms() {
        let form = "application/x-www-form-urlencoded"
        let cookie = "HTTP/1.1 302 Found\r\nSet-Cookie: CANARY=canary\r\nContent-Length: 0\r\n\r\n"
        #expect(Self.facts(Self.exchange("POST /doku.php HTTP/1.1", "u=canaryuser&p=Canary&do=login", form, cookie)) == ["login.clear=http-form", "http.session_cookie=1"])
        #expect(Self.facts(Self.exchange("POST / HTTP/1.1", "j_username=x&j_password=canary", form)) == ["login.clear=http-form"])
        #expect(Self.facts(Self.exchange("POST / HTTP/1.1", "p=canary&page=2", form, cookie)).isEmpty)
        #expect(Self.facts(Self.exchange("POST / HTTP/1.1", "password=&u=canary", form)).isEmpty)
    }

    @Test(arguments: [
        (#"{"user": "canary", "password": "canary"}"#, true), (#"{"auth":{"motDePasse":"canary"}}"#, true), (#"{ "pwd" : "c" }"#, true),
        (#"{"password": ""}"#, false), (#"{"password": null}"#, false), (#"{"text": "password", "a": "b"}"#, false), (#"["password", "canary"]"#, false),
        (#"{"a": "\"password\":\"canary\""}"#, false), (#"{"password": 12}"#, false),
    ]) func documents(body: String, isLogin: Bool) {
        #expect(Self.facts(Self.exchange("POST /api HTTP/1.1", body, "application/json")) == (isLogin ? ["login.clear=http-form"] : []))
    }

    @Test(arguments: [
        ("<form action=/login><input name=u><input TYPE=\"password\" name=canary></form>", ["http.page=login-form"]),
        ("<form action=\"https://canary/login\"><input type='password'></form>", []),
        ("<html>\r\n<head><title>Index of /canary/</title></head>", ["http.page=directory-listing"]),
        ("<html><head><title>Welcome to nginx!</title>", ["http.page=default-page"]), ("<html><title>CANARY MARGUERITE</title> type=passwords", []),
    ]) func pages(html: String, expected: [String]) {
        #expect(Self.facts(Self.page(html)) == Set(expected))
    }

    @Test func digestAndNTLM() {
        func request(_ authorization: String) -> Script {
            Script((.initiator, Octets.text("GET / HTTP/1.1\r\nAuthorization: \(authorization)\r\n\r\n")))
        }
        #expect(
            Self.facts(request("Digest username=\"canary\", response=\"canary\"")) == ["http.auth_scheme=digest", "login.challenged=http-digest"])
        // Type 1 of NTLM is no login.
        #expect(!Self.facts(request("NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAGAbEdAAAADw==")).contains("login.challenged=http-ntlm"))
        #expect(Self.facts(request("Negotiate canary!")) == ["http.auth_scheme=negotiate"])
    }

    @Test func http2WithoutTLS() {
        let preface = Octets.text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + Octets.hex("00000c040000000000000300000064000400 00ffff")
        let settings = Octets.hex("00000604000000000000030000006400000004010000000000")
        let script = Script((.initiator, preface), (.responder, settings))
        #expect(
            Harness.run(script.turns, dissectors: [HTTPDissector.self]).noted
                == [
                    Noted(
                        subject: .conversation(
                            ConversationKey(
                                client: HostKey(Harness.client.address, in: .none),
                                service: ServiceKey(host: HostKey(Harness.server.address, in: .none), port: Harness.server.port, transport: .tcp))),
                        attribute: .httpVersion, value: .text("2")),
                    Noted(subject: Harness.serverSubject, attribute: .httpVersion, value: .text("2")),
                ])
        Harness.checkSplits(script, HTTPDissector.self)
        Harness.checkPrefixes(script, HTTPDissector.self)
        Harness.checkOneDirection(script, HTTPDissector.self)
        Harness.checkMutations(script, HTTPDissector.self, rounds: 200)
    }
}
