import Inventory
import Observations
import Rules
import Testing
import Wire

@Suite("Findings") struct FinderTests {
    let signatures: SignatureSet

    init() throws { self.signatures = try Project.signatures.get() }

    private func findings(_ build: (inout CensusBuilder) -> Void) -> [Finding] {
        var builder = CensusBuilder()
        build(&builder)
        return self.findings(in: builder.census)
    }

    private func findings(in census: Census) -> [Finding] {
        Finder(self.signatures).findings(in: census, identities: Identifier(self.signatures).identities(in: census))
    }

    @Test("one weakness of one service is one finding, with its clients counted") func grouping() throws {
        let findings = self.findings {
            $0.service("10.0.0.1", 23, [.telnet], from: ["10.0.0.2", "10.0.0.3", "10.0.0.4"], said: [(.loginClear, "telnet")])
        }
        #expect(findings.map(\.rule) == ["cleartext-login-telnet", "telnet-service"])
        let login = try #require(findings.first)
        #expect(login.severity == .major)
        #expect(login.occurrences == 3)
        #expect(login.peers == ["ip-10.0.0.2", "ip-10.0.0.3", "ip-10.0.0.4"])
        #expect(login.evidence.count == 3)
        #expect(login.asset == "ip-10.0.0.1")
        #expect(login.service?.port == 23)
        #expect(login.displayFilter == "ip.addr == 10.0.0.1 && tcp.port == 23")
        // A protocol is proved at the frame that showed that the service answers.
        #expect(findings.last?.evidence.first?.attribute == .serviceProtocol)
        #expect(findings.last?.evidence.first?.evidence.frame != 0)
    }

    @Test("evidence and peers are bounded, the count is not") func bounds() throws {
        let clients = (0..<300).map { "10.1.\($0 / 250).\($0 % 250 + 1)" }
        let findings = self.findings { $0.service("10.0.0.1", 21, [.ftp], from: clients, said: [(.loginClear, "ftp")]) }
        let login = try #require(findings.first { $0.rule == "cleartext-login-ftp" })
        #expect(login.occurrences == 300)
        #expect(login.peerCount == 300)
        #expect(login.peers.count == Finding.peerLimit)
        #expect(login.evidence.count == Finding.evidenceLimit)
        // The earliest, in order.
        let frames = login.evidence.map(\.evidence.frame)
        #expect(frames == frames.sorted())
        #expect(frames.first.map { $0 < 10 } == true)
    }

    @Test("circumstances change the severity, and say why") func severity() throws {
        let findings = self.findings {
            $0.service("10.0.0.1", 5900, [.vnc], [(.vncSecurityOffered, "none")], from: ["10.0.0.2"])
            $0.service("10.0.0.1", 104, [.dicom], from: ["10.0.0.2"])
        }
        let vnc = try #require(findings.first { $0.rule == "vnc-no-authentication" })
        #expect(vnc.severity == .critical)
        let adjustment = try #require(vnc.adjustment)
        #expect(self.signatures.text(of: vnc.rule)?.adjustmentReasons[adjustment].english.contains("medical device") == true)
    }

    @Test("a service that answers the Internet is found; one that only was knocked at is not") func internet() {
        let answered = self.findings { $0.service("10.0.0.1", 3389, [.rdp], [(.rdpSelected, "nla")], from: ["203.0.113.77"]) }
        #expect(answered.map(\.rule) == ["internet-remote-control"])
        #expect(answered.first?.severity == .critical)
        #expect(answered.first?.peers == ["ip-203.0.113.77"])
        #expect(self.findings { $0.service("10.0.0.1", 3389, [.rdp], from: ["203.0.113.77"], answered: 0) }.isEmpty)
        #expect(self.findings { $0.service("10.0.0.1", 3389, [.rdp], from: ["10.0.0.2"]) }.isEmpty)
        #expect(self.findings { $0.service("10.0.0.1", 5555, [], from: ["203.0.113.77"]) }.map(\.rule) == ["internet-unknown-service"])
    }

    @Test("a weakness of a server on the Internet is not the site's; sending it secrets is") func outbound() {
        let findings = self.findings {
            $0.service("198.51.100.9", 21, [.ftp], from: ["10.0.0.1"], said: [(.loginClear, "ftp")])
            $0.service("198.51.100.9", 443, [.tls], [(.tlsVersion, "TLSv1.0")], from: ["10.0.0.1"])
        }
        #expect(findings.map(\.rule) == ["outbound-cleartext-login"])
        #expect(findings.first?.asset == "ip-10.0.0.1")
        #expect(findings.first?.peers == ["ip-198.51.100.9"])
    }

    @Test("health data in clear to the Internet is critical, and about the sender") func outboundMedical() {
        let findings = self.findings { $0.service("198.51.100.9", 104, [.dicom], from: ["10.0.0.1"]) }
        #expect(findings.map(\.rule) == ["outbound-medical-clear", "outbound-medical-device"])
        #expect(findings.map(\.asset) == ["ip-10.0.0.1", "ip-10.0.0.1"])
    }

    @Test(
        "what is well kept raises nothing",
        arguments: [
            ([ApplicationProtocol.tls], [(Attribute.tlsVersion, "TLSv1.3"), (.tlsCipher, "TLS_AES_128_GCM_SHA256")]),
            ([.tls], [(.tlsVersion, "TLSv1.2"), (.tlsCertificateKey, "rsa"), (.tlsCertificateKeyBits, "2048"), (.tlsCertificateSignature, "sha256-rsa")]),
            ([.ssh], [(.sshBanner, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"), (.sshKeyExchange, "curve25519-sha256"), (.sshHostKey, "ssh-ed25519")]),
            ([.rdp, .tls], [(.rdpSelected, "nla"), (.tlsVersion, "TLSv1.2")]),
            ([.ftp, .tls], [(.ftpAuthTLS, "1"), (.tlsVersion, "TLSv1.2")]),
            ([.http], [(.httpServer, "nginx/1.22.1")]),
        ])
    func silence(protocols: [ApplicationProtocol], observations: [(Attribute, String)]) {
        #expect(self.findings { $0.service("10.0.0.1", 4000, protocols, observations, from: ["10.0.0.2"]) }.map(\.rule) == [])
    }

    @Test(
        "weak settings are found, each by its rule",
        arguments: [
            ([ApplicationProtocol.tls], [(Attribute.tlsVersion, "SSLv3")], "ssl-obsolete"),
            ([.tls], [(.tlsVersion, "TLSv1.1")], "tls-obsolete"),
            ([.tls], [(.tlsCipher, "TLS_ECDHE_RSA_WITH_RC4_128_SHA")], "tls-cipher-broken"),
            ([.tls], [(.tlsCipher, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA")], "tls-cipher-3des"),
            ([.tls], [(.tlsCertificateExpired, "3")], "certificate-expired"),
            ([.tls], [(.tlsCertificateSelfSigned, "1")], "certificate-self-signed"),
            ([.tls], [(.tlsCertificateKey, "rsa"), (.tlsCertificateKeyBits, "1024")], "certificate-weak-key"),
            ([.tls], [(.tlsCertificateSignature, "sha1-rsa")], "certificate-weak-signature"),
            ([.ssh], [(.sshBanner, "SSH-1.99-Cisco-1.25")], "ssh-version-1"),
            ([.ssh], [(.sshKeyExchange, "diffie-hellman-group1-sha1")], "ssh-weak-key-exchange"),
            ([.ssh], [(.sshHostKey, "ssh-dss")], "ssh-weak-host-key"),
            ([.ssh], [(.sshCipher, "3des-cbc")], "ssh-weak-cipher"),
            ([.ssh], [(.sshMAC, "hmac-md5")], "ssh-weak-mac"),
            ([.rdp], [(.rdpSelected, "rdp")], "rdp-legacy-security"),
            ([.rdp], [(.rdpSelected, "rdp-without-negotiation")], "rdp-without-negotiation"),
            ([.vnc], [(.vncSecurityChosen, "vnc")], "vnc-unencrypted"),
            ([.http], [(.httpAuthScheme, "basic")], "http-basic-offered"),
            ([.http], [(.httpAPI, "fhir")], "fhir-clear"),
            ([.http], [(.httpAPI, "dicomweb")], "dicomweb-clear"),
            ([.hl7], [(.hl7Framing, "mllp")], "hl7-clear"),
        ])
    func weaknesses(protocols: [ApplicationProtocol], observations: [(Attribute, String)], rule: String) {
        #expect(self.findings { $0.service("10.0.0.1", 4000, protocols, observations, from: ["10.0.0.2"]) }.map(\.rule) == [rule])
    }

    /// `distinct-at-least` counts different values, not observations.
    @Test("a station that tries many titles is found, one that repeats one title is not") func distinct() throws {
        func said(_ titles: [String]) -> [Finding] {
            self.findings {
                $0.service("10.0.0.1", 104, [.dicom], from: ["10.0.0.2"], said: titles.map { (.dicomTitleRefused, $0) })
            }.filter { $0.rule == Self.scanRule }
        }
        let titles = (1...6).map { "TITLE\($0)" }
        #expect(said(Array(titles.prefix(4))).isEmpty)
        #expect(said(Array(repeating: "TITLE1", count: 40)).isEmpty)
        #expect(said(Array(titles.prefix(4)) + Array(titles.prefix(4))).isEmpty)
        let five = try #require(said(Array(titles.prefix(5))).first)
        #expect(five.asset == "ip-10.0.0.2")
        // Every value is part of the proof.
        #expect(Set(five.evidence.map(\.value.description)) == Set(titles.prefix(5)))
        #expect(five.severity == .moderate)
        #expect(said(titles).count == 1)
    }

    /// The rule that counts refused titles, found by what it asks.
    private static let scanRule = "dicom-title-guessing"

    /// What several clients tried, each a little, is not what one tried.
    @Test("values of different conversations are not added up") func distinctByConversation() {
        let findings = self.findings {
            for number in 1...6 {
                $0.service("10.0.0.\(number)", 104, [.dicom], from: ["10.0.1.\(number)"], said: [(.dicomTitleRefused, "TITLE\(number)")])
            }
        }
        #expect(!findings.contains { $0.rule == Self.scanRule })
    }

    @Test("a finding keeps its name when the capture changes") func stableIdentity() {
        let first = self.findings { $0.service("10.0.0.1", 23, [.telnet], from: ["10.0.0.2"]) }
        let later = self.findings {
            $0.asset("10.0.0.9")
            $0.service("10.0.0.1", 23, [.telnet], [(.telnetBanner, "login:")], from: ["10.0.0.7", "10.0.0.8"])
        }
        #expect(first.map(\.id) == later.map(\.id))
        let other = self.findings { $0.service("10.0.0.1", 2323, [.telnet], from: ["10.0.0.2"]) }
        #expect(Set(first.map(\.id)).isDisjoint(with: other.map(\.id)))
        // Pinned: two campaigns are compared by it.
        #expect(first.map(\.id) == ["telnet-service-116f2dd98f89547e"])
    }

    @Test("the order of the census changes nothing") func order() {
        var builder = CensusBuilder()
        for number in 1...20 {
            builder.service("10.0.0.\(number)", 23, [.telnet], from: ["10.0.1.1", "203.0.113.5"], said: [(.loginClear, "telnet")])
            builder.service("10.0.0.\(number)", 104, [.dicom], from: ["10.0.1.2"])
        }
        var census = builder.census
        let expected = self.findings(in: census).map { String(describing: $0) }
        #expect(expected.count > 60)
        for _ in 0..<5 {
            census.assets.shuffle()
            census.conversations.shuffle()
            for index in census.assets.indices { census.assets[index].services.shuffle() }
            #expect(self.findings(in: census).map { String(describing: $0) } == expected)
        }
    }

    @Test("ten thousand services take moments", .timeLimit(.minutes(1))) func size() {
        var builder = CensusBuilder()
        for number in 0..<10_000 {
            builder.service(
                "10.\(number / 65536).\(number / 256 % 256).\(number % 256)", 443, [.tls], [(.tlsVersion, "TLSv1.2"), (.tlsCertificateSelfSigned, "1")],
                from: ["10.200.0.1"])
        }
        #expect(self.findings(in: builder.census).count == 10_000)
    }
}
