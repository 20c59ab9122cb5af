import Inventory
import Observations
import Testing
import Wire

@testable import Rules

@Suite("End of support") struct EndOfSupportTests {
    let signatures: SignatureSet

    init() throws { self.signatures = try Project.signatures.get() }

    private var table: Table? { self.signatures.registries[SupportPeriod.registry] }

    private func findings(_ observations: [(Attribute, String)], services: [(UInt16, Attribute, String)] = []) -> [Finding] {
        var builder = CensusBuilder()
        builder.asset("10.0.0.9", observations)
        for (port, attribute, value) in services { builder.service("10.0.0.9", port, [], [(attribute, value)]) }
        let census = builder.census
        return Finder(self.signatures).findings(in: census, identities: Identifier(self.signatures).identities(in: census))
            .filter { $0.rule.hasPrefix("obsolete-") || $0.rule.hasPrefix("embedded-stack-") }
    }

    @Test("a version is looked up whole, then as far as the registry tells it apart") func branches() {
        #expect(SupportPeriod.branches(of: "1.0.2k-fips") == ["1.0.2k-fips", "1.0.2k", "1.0.2", "1.0", "1"])
        #expect(SupportPeriod.branches(of: "10 or later") == ["10 or later"])
        #expect(SupportPeriod.branches(of: "") == [])
        #expect(SupportPeriod.of("PHP", version: "7.4.3-4ubuntu2.18", in: self.table)?.release == "PHP 7.4")
        #expect(SupportPeriod.of("OpenSSL", version: "1.1.1k", in: self.table)?.release == "OpenSSL 1.1.1")
        #expect(SupportPeriod.of("Windows Server", version: "2008 R2", in: self.table)?.release == "Windows Server 2008 R2")
        #expect(SupportPeriod.of("Windows 7", version: "7601", in: self.table)?.release == "Windows 7")
        #expect(SupportPeriod.of("Windows", version: "10 or later", in: self.table) == nil)
        #expect(SupportPeriod.of("Debian", version: "", in: self.table) == nil)
        #expect(SupportPeriod.branches(of: String(repeating: "1.", count: 5000)).count < 70)
    }

    @Test("support lasts to the end of its last day") func days() throws {
        let period = try #require(SupportPeriod.of("Debian", version: "9", in: self.table))
        #expect(period.end == Timestamp(year: 2022, month: 7, day: 1))
        #expect(period.extendedEnd > period.end)
        let release = Release(kind: .operatingSystem, names: ["Debian", "Linux"], period: period, confidence: 70, proof: [])
        func passes(_ time: Timestamp, _ over: Condition.ReleaseTest.Over?, kind: String? = nil, confidence: Int = 50) -> Bool {
            Condition.ReleaseTest(kind: .operatingSystem, name: kind, over: over, confidence: confidence).passes(release, at: time)
        }
        #expect(!passes(Timestamp(nanoseconds: period.end.nanoseconds - 1), .support))
        #expect(passes(period.end, .support))
        #expect(!passes(period.end, .extendedSupport))
        #expect(passes(period.extendedEnd, .extendedSupport))
        #expect(passes(period.end, .support, kind: "Linux") && !passes(period.end, .support, kind: "Windows"))
        #expect(!passes(period.end, .support, confidence: 71))
        #expect(passes(.distantPast, nil, kind: "Debian"))
    }

    @Test("a finding is as sure as the identity, and shows what proves it") func confidence() throws {
        // In November 2023, when the builder's clock stands.
        let finding = try #require(self.findings([], services: [(22, .sshBanner, "SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u7")]).first)
        #expect(finding.rule == "obsolete-linux")
        #expect(finding.confidence == 75)
        #expect(finding.evidence.map(\.attribute) == [.sshBanner])
        let windows = try #require(self.findings([(.httpUserAgent, "Mozilla/5.0 (Windows NT 6.1; WOW64)")]).first)
        #expect(windows.rule == "obsolete-windows-client")
        #expect(windows.confidence == 55)
    }

    @Test("what is still fixed, or not told apart, is no finding") func supported() {
        #expect(self.findings([], services: [(22, .sshBanner, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")]).isEmpty)
        #expect(self.findings([(.httpUserAgent, "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")]).isEmpty)
        #expect(self.findings([(.httpUserAgent, "Mozilla/5.0 (X11; Linux x86_64)")]).isEmpty)
        // A TCP stack alone is too weak.
        #expect(self.findings([(.tcpSyn, "128:65535:1460:-:mss,nop,nop,sok:df,id+")]).isEmpty)
        #expect(self.findings([(.tcpSyn, "128:8192:1460:2:mss,nop,ws,nop,nop,sok:df,id+")]).isEmpty)
        #expect(self.findings([(.tcpSyn, "64:5840=4mss:1460:1:mss,sok,ts,nop,ws:df,id+")]).isEmpty)
    }

    @Test("what speaks for any Windows does not make a Windows 7 more likely") func ancestors() throws {
        let finding = try #require(
            self.findings([
                (.httpUserAgent, "Mozilla/5.0 (Windows NT 6.1; WOW64)"), (.tcpSyn, "128:64240=44mss:1460:8:mss,nop,ws,nop,nop,sok:df,id+"),
            ]).first)
        #expect(finding.confidence == 55)
    }

    @Test("software of a branch that nobody fixes, and embedded stacks") func software() {
        let rules = self.findings([], services: [(80, .httpServer, "Apache/2.2.3 (Unix) PHP/5.2.6"), (8080, .httpServer, "InterNiche Technologies WebServer 2.0")])
        #expect(Set(rules.map(\.rule)) == ["obsolete-server-software", "embedded-stack-interniche"])
        #expect(rules.first { $0.rule == "embedded-stack-interniche" }?.confidence == 40)
    }

    @Test("the registry is checked") func registry() throws {
        let folder = try ScratchFolder(smallVocabulary.merging(["registries/end-of-support.tsv": """
            # key: exact
            # columns: release end extended-end source
            Linux 1\t2020-02-30\t\thttps://example.org
            Linux 2\t2020-01-31\t2019-01-31\thttps://example.org
            Linux 3\t2020-01-31\t\tsomewhere
            Linux 4\t2020-01-31\t2021-01-31\thttps://example.org

            """]) { $1 })
        let problems = try SignatureSet(directory: folder.path).check()
        #expect(problems.map(\.line) == [3, 4, 5])
    }
}
