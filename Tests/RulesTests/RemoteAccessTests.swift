import Inventory
import Observations
import Testing
import Wire

@testable import Rules

@Suite("Remote access") struct RemoteAccessTests {
    private let signatures: SignatureSet
    private let table: Table

    init() throws {
        self.signatures = try Project.signatures.get()
        self.table = try #require(self.signatures.registries["remote-access-domains"])
    }

    private func findings(_ build: (inout CensusBuilder) -> Void) -> [Finding] {
        var builder = CensusBuilder()
        build(&builder)
        let census = builder.census
        return Finder(self.signatures).findings(in: census, identities: Identifier(self.signatures).identities(in: census))
    }

    @Test("every row has a kind of the list and a public source") func rows() {
        let kinds: Set = ["remote-control", "rmm", "vpn", "tunnel", "vendor-service", "remote-desktop-gateway"]
        var rows = 0
        self.table.forEachRow { line, cells in
            rows += 1
            #expect(cells.count == 4 && kinds.contains(cells[2]) && cells[3].hasPrefix("https://"), "line \(line): \(cells)")
        }
        #expect(rows > 200)
    }

    @Test(
        "names that many services share accuse nobody",
        arguments: [
            "googleapis.com", "storage.googleapis.com", "www.google.com", "s3.amazonaws.com", "amazonaws.com", "cloudfront.net", "azurewebsites.net",
            "blob.core.windows.net", "github.com", "login.microsoftonline.com", "www.microsoft.com", "cloudflare.com", "zoho.com", "mail.zoho.com",
            "www.philips.com", "comodo.com", "connectwise.com", "ivanti.com", "sophos.com", "basecamp.com", "azure.com", "visualstudio.com", "firebaseapp.com",
        ])
    func shared(name: String) { #expect(self.table.look(up: name) == nil) }

    @Test(
        "each kind of name is one finding about the client that asked",
        arguments: [
            ("router7.teamviewer.com", "remote-control-tool"), ("relay-0a1b2c3d.net.anydesk.com", "remote-control-tool"),
            ("agent-api.atera.com", "remote-administration-agent"), ("connect.eu.ngrok-agent.com", "remote-access-tunnel"),
            ("controlplane.tailscale.com", "remote-access-vpn"), ("agent.axeda.com", "remote-vendor-service"), ("tenant.xendesktop.net", "remote-desktop-gateway"),
        ])
    func kinds(name: String, rule: String) {
        let findings = self.findings { $0.service("198.51.100.9", 443, [.tls], [(.tlsServerName, name)], from: ["10.0.0.1"], said: [(.tlsServerName, name)]) }
        #expect(findings.map(\.rule) == [rule])
        #expect(findings.first?.asset == "ip-10.0.0.1")
    }

    @Test("one address with many names: who asked for another is not accused") func sharedAddress() {
        let findings = self.findings {
            $0.service("198.51.100.9", 443, [.tls], [(.tlsServerName, "remotedesktop.google.com")], from: ["10.0.0.1"], said: [(.tlsServerName, "www.google.com")])
        }
        #expect(findings.isEmpty)
    }

    @Test("a tool on a medical device is graver") func medical() throws {
        let findings = self.findings {
            $0.service("10.0.0.1", 104, [.dicom], from: ["10.0.0.2"])
            $0.service("198.51.100.9", 443, [.tls], from: ["10.0.0.1"], said: [(.tlsServerName, "client.teamviewer.com")])
        }
        let finding = try #require(findings.first { $0.rule == "remote-control-tool" })
        #expect(finding.severity == .critical)
        #expect(finding.asset == "ip-10.0.0.1")
    }

    @Test("a column of a registry is asked for beside it, and only there") func whereClause() throws {
        func problems(_ test: String) throws -> String {
            let rule = LoadingTests.rule.replacing("{field: ssh.banner, prefix: SSH-1.}", with: test)
            return try LoadingTests.problems(rule: rule, more: ["registries/names.tsv": "# key: exact\n# columns: name kind\nSSH-1.99-X\told\nSSH-2.0-X\tnew\n"])
                .map(\.message).joined(separator: "\n")
        }
        #expect(try problems("{field: ssh.banner, registry: names, where: {kind: old}}") == "")
        #expect(try problems("{field: ssh.banner, registry: names}").contains("matches its negative example"))
        #expect(try problems("{field: ssh.banner, registry: names, where: {age: old}}").contains("unknown column \"age\"; known: name, kind"))
        #expect(try problems("{field: ssh.banner, registry: names, where: old}").contains("where must be a map"))
        #expect(try problems("{field: ssh.banner, prefix: SSH-1., where: {kind: old}}").contains("where stands beside registry only"))
        #expect(try problems("{field: ssh.banner, in: [SSH-1.99-X], where: {kind: old}}").contains("where stands beside registry only"))
    }
}
