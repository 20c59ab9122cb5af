import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SSH") struct SSHTests {
    // The offers of OpenSSH 9.2p1 (Debian 12) as a client (its list of host keys shortened) and as a server limited to old
    // algorithms, and of dropbear 2022.83. The fingerprints are those that Wireshark 4.0 computes for the same packets.
    static let openSSHKeyExchange =
        "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
        + "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
        + "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,ext-info-c,kex-strict-c-v00@openssh.com"
    static let openSSHCiphers =
        "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"
    static let openSSHMACs =
        "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
        + "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
    static let client = offer(
        Self.openSSHKeyExchange, "ssh-ed25519,rsa-sha2-512,rsa-sha2-256", Self.openSSHCiphers, Self.openSSHMACs,
        "none,zlib@openssh.com,zlib")
    static let legacy = offer(
        "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,kex-strict-s-v00@openssh.com",
        "ssh-rsa,ssh-dss", "3des-cbc,aes128-cbc,aes256-cbc", "hmac-md5,hmac-sha1,hmac-sha1-96", "none,zlib@openssh.com")
    static let dropbear = offer(
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp521,ecdh-sha2-nistp384,ecdh-sha2-nistp256,"
            + "diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,kexguess2@matt.ucc.asn.au,kex-strict-s-v00@openssh.com",
        "rsa-sha2-256,ssh-rsa", "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr", "hmac-sha1,hmac-sha2-256",
        "zlib@openssh.com,none")

    static let clientHASSH = "472b5de333ad665af5cbf10ff892c4df"
    static let legacyHASSH = "5ae27a6e33a1e2f62eaf8b3ef51ed1cf"
    static let dropbearHASSH = "e1a0b5f8d334ec70fe937b2d5ff8d0b6"

    /// A packet with SSH_MSG_KEXINIT, padded to a multiple of eight.
    static func offer(_ keyExchange: String, _ hostKey: String, _ ciphers: String, _ macs: String, _ compressions: String)
        -> [UInt8]
    {
        let lists = [keyExchange, hostKey, ciphers, ciphers, macs, macs, compressions, compressions, "", ""]
        let cookie = (0..<16).map { UInt8($0 * 7 + 0x0A) }
        let payload = [20] + cookie + lists.flatMap { Octets.u32($0.utf8.count) + Octets.text($0) } + Octets.zeros(5)
        let padding = 8 - (payload.count + 5) % 8 + 4
        return Octets.u32(payload.count + padding + 1) + [UInt8(padding)] + payload + Octets.zeros(padding)
    }

    static let banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10"
    static let script = Script(
        (.responder, Octets.text("SSH-2.0-dropbear_2022.83\r\n")), (.initiator, Octets.text(banner + "\r\n") + Self.client),
        (.responder, Self.dropbear), (.initiator, Octets.hex("0000002c061e00000020") + Octets.zeros(32)))
    static let legacyScript = Script(
        (.initiator, Octets.text(banner + "\r\n")), (.responder, Octets.text("SSH-1.99-Cisco-1.25\n") + Self.legacy),
        (.initiator, Self.client))

    static func noted(_ subject: Subject, _ attribute: Attribute, in noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.subject == subject && $0.attribute == attribute }.map(\.value.description))
    }

    @Test func conversation() {
        let noted = Harness.run(Self.script.turns, dissectors: [SSHDissector.self]).noted
        #expect(Self.noted(Harness.serverSubject, .sshBanner, in: noted) == ["SSH-2.0-dropbear_2022.83"])
        #expect(Self.noted(Harness.clientSubject, .sshBanner, in: noted) == [Self.banner])
        #expect(Self.noted(Harness.clientSubject, .sshHASSH, in: noted) == [Self.clientHASSH])
        #expect(Self.noted(Harness.serverSubject, .sshHASSHServer, in: noted) == [Self.dropbearHASSH])
        #expect(Self.noted(Harness.serverSubject, .sshHostKey, in: noted) == ["rsa-sha2-256", "ssh-rsa"])
        #expect(
            Self.noted(Harness.serverSubject, .sshCipher, in: noted) == [
                "chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr",
            ])
        #expect(Self.noted(Harness.serverSubject, .sshMAC, in: noted) == ["hmac-sha1", "hmac-sha2-256"])
        #expect(Self.noted(Harness.clientSubject, .sshKeyExchange, in: noted).count == 13)
        #expect(Self.noted(Harness.clientSubject, .sshHASSHServer, in: noted).isEmpty)
    }

    @Test func oldAlgorithms() {
        let noted = Harness.run(Self.legacyScript.turns, dissectors: [SSHDissector.self]).noted
        #expect(Self.noted(Harness.serverSubject, .sshBanner, in: noted) == ["SSH-1.99-Cisco-1.25"])
        #expect(Self.noted(Harness.serverSubject, .sshHASSHServer, in: noted) == [Self.legacyHASSH])
        #expect(Self.noted(Harness.serverSubject, .sshKeyExchange, in: noted).contains("diffie-hellman-group1-sha1"))
        #expect(Self.noted(Harness.serverSubject, .sshCipher, in: noted) == ["3des-cbc", "aes128-cbc", "aes256-cbc"])
    }

    @Test(arguments: [Self.script, Self.legacyScript]) func properties(script: Script) {
        Harness.checkSplits(script, SSHDissector.self)
        Harness.checkPrefixes(script, SSHDissector.self)
        Harness.checkMutations(script, SSHDissector.self)
        let sides = Harness.checkOneDirection(script, SSHDissector.self)
        let whole = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
        #expect((sides[.initiator] ?? []).union(sides[.responder] ?? []) == whole)
    }

    /// Dropbear with a key of 1024 bits, and OpenSSH with the group exchange of RFC 4419.
    @Test func hostKeysAndGroups() throws {
        var found: [String: [String]] = [:]
        for script in try RecordedConversation.load("ssh-dropbear") {
            let noted = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
            let banner = Self.noted(Harness.serverSubject, .sshBanner, in: noted).first ?? ""
            found[String(banner.prefix(16))] = [Attribute.sshHostKeyUsed, .sshHostKeyBits, .sshGroupBits].flatMap { Self.noted(Harness.serverSubject, $0, in: noted) }
            Harness.checkSplits(script, SSHDissector.self)
            Harness.checkPrefixes(script, SSHDissector.self)
            Harness.checkOneDirection(script, SSHDissector.self)
            Harness.checkMutations(script, SSHDissector.self, rounds: 100)
        }
        #expect(found == ["SSH-2.0-dropbear": ["ssh-rsa", "1024"], "SSH-2.0-OpenSSH_": ["ssh-rsa", "3072", "2048"]])
    }

    /// The key of the server is recognised without its identification, too; a key of another kind has a size of its own.
    @Test(arguments: [("ssh-legacy", ["ssh-rsa", "1024"]), ("ssh-openssh", ["ssh-ed25519"])]) func hostKey(name: String, expected: [String]) throws {
        let script = try #require(try RecordedConversation.load(name).first)
        let noted = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
        #expect([Attribute.sshHostKeyUsed, .sshHostKeyBits].flatMap { Self.noted(Harness.serverSubject, $0, in: noted) } == expected)
        #expect(Self.noted(Harness.serverSubject, .sshGroupBits, in: noted).isEmpty)
    }

    @Test func versionOne() {
        let script = Script(
            (.responder, Octets.text("SSH-1.5-1.2.26\n")), (.initiator, Octets.text("SSH-1.5-1.2.26\n") + [0, 0, 1, 7, 2]))
        let noted = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
        #expect(noted.map(\.value) == [.text("SSH-1.5-1.2.26"), .text("SSH-1.5-1.2.26")])
        Harness.checkSplits(script, SSHDissector.self)
    }

    @Test func linesBeforeTheIdentification() {
        let script = Script(
            (.responder, Octets.text("Unauthorised access is prohibited.\r\n\r\n" + Self.banner + "\r\n") + Self.legacy),
            (.initiator, Octets.text("SSH-2.0-PuTTY_Release_0.74\r\n")))
        Harness.checkSplits(script, SSHDissector.self)
        let noted = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
        #expect(Self.noted(Harness.serverSubject, .sshBanner, in: noted) == [Self.banner])
        #expect(Self.noted(Harness.serverSubject, .sshHASSHServer, in: noted) == [Self.legacyHASSH])
    }

    /// The first packet that was seen is the server's: the markers in the offers say so.
    @Test func rolesWithoutHandshake() {
        let script = Script(
            (.initiator, Octets.text("SSH-2.0-dropbear_2022.83\r\n")),
            (.responder, Octets.text(Self.banner + "\r\n") + Self.client),
            (.initiator, Self.dropbear))
        let noted = Harness.checkMidStream(script, dropping: 0, SSHDissector.self)
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .tcp))
        #expect(Self.noted(service, .sshBanner, in: noted) == ["SSH-2.0-dropbear_2022.83"])
        #expect(Self.noted(service, .sshHASSHServer, in: noted) == [Self.dropbearHASSH])
        #expect(Self.noted(.host(HostKey(Harness.server.address, in: .none)), .sshHASSH, in: noted) == [Self.clientHASSH])
    }

    /// The identification strings were missed: the offers are recognised.
    @Test func midStream() {
        let noted = Harness.checkMidStream(
            Script((.responder, Self.dropbear), (.initiator, Self.client)), dropping: 0, SSHDissector.self)
        #expect(Self.noted(Harness.serverSubject, .sshHASSHServer, in: noted) == [Self.dropbearHASSH])
        #expect(Self.noted(Harness.clientSubject, .sshHASSH, in: noted) == [Self.clientHASSH])
    }

    @Test func listsAreBounded() {
        let many = (0..<300).map { "cipher\($0)" }.joined(separator: ",")
        let long = String(repeating: "x", count: 65)
        let script = Script(
            (
                .responder,
                Octets.text("SSH-2.0-x\r\n") + Self.offer("diffie-hellman-group1-sha1," + long, "ssh-rsa", many, many, "none")
            ))
        let noted = Harness.run(script.turns, dissectors: [SSHDissector.self]).noted
        #expect(Self.noted(Harness.serverSubject, .sshCipher, in: noted).count == 40)
        #expect(Self.noted(Harness.serverSubject, .sshKeyExchange, in: noted) == ["diffie-hellman-group1-sha1"])
    }

    @Test func refusesOthers() {
        for (name, bytes) in Foreign.client {
            for isStart in [true, false] {
                let context = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: isStart)
                #expect(SSHDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
            }
        }
        for (name, bytes) in Foreign.server {
            let context = ProbeContext(transport: .tcp, side: .responder, role: .server, isStart: true)
            #expect(SSHDissector.probe(bytes.rawSpan, context) != .yes, "\(name)")
        }
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: true)
        #expect(SSHDissector.probe(Octets.text("SSH-2.0-").rawSpan, context) == .yes)
        for text in ["SSH-3.0-x", "SSH-2.0", "SSH2-2.0-", "SSHOUT", "SSH-20-x"] {
            #expect(SSHDissector.probe(Octets.text(text).rawSpan, context) != .yes, "\(text)")
        }
    }
}
