import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("SMB") struct SMBTests {
    // Recorded from Samba 4.17 (smbd, smbclient, rpcclient); the recipe is Tests/Captures/recipes/directory.py.

    static func service(_ attribute: Attribute, _ value: Value) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: value) }
    static func host(_ address: IPAddress, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: .host(HostKey(address, in: .none)), attribute: attribute, value: .text(text))
    }
    static let clientHost = Harness.client.address
    static let serverHost = Harness.server.address

    static func texts(_ noted: Set<Noted>, _ attribute: Attribute) -> Set<String> {
        Set(noted.compactMap { noted in if noted.attribute == attribute, case .text(let text) = noted.value { text } else { nil } })
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [SMBDissector.self]).noted }

    @Test func version1WithoutSPNEGO() throws {
        let noted = Self.run(try #require(try RecordedConversation.load("smb-legacy").first))
        let conversation = Subject.conversation(
            ConversationKey(
                client: HostKey(Self.clientHost, in: .none),
                service: ServiceKey(host: HostKey(Self.serverHost, in: .none), port: Harness.server.port, transport: .tcp)))
        #expect(
            noted == [
                Self.host(Self.clientHost, .smbDialectOffered, "1"), Self.service(.smbDialect, .text("1")), Self.service(.smbSigning, .text("none")),
                Noted(subject: conversation, attribute: .ntlmResponse, value: .text("ntlmv1")), Self.service(.ntlmAccepted, .text("ntlmv1")),
                Self.host(Self.clientHost, .smbNativeOS, "Unix"), Self.host(Self.clientHost, .smbNativeLANMan, "Samba"),
                Self.host(Self.serverHost, .smbNativeOS, "Windows 6.1"), Self.host(Self.serverHost, .smbNativeLANMan, "Samba 4.17.12-Debian"),
                Self.service(.smbSession, .text("user")), Self.service(.smbShare, .text("disk")), Self.service(.smbShare, .text("pipe")),
            ])
    }

    @Test func version1OverTheSessionService() throws {
        let noted = Self.run(try #require(try RecordedConversation.load("smb-legacy").last))
        #expect(Self.texts(noted, .smbDialect) == ["1"])
        #expect(Self.texts(noted, .ntlmAccepted) == ["ntlmv1-session"])
        #expect(Self.texts(noted, .ntlmVersion) == ["6.1.0"])
        #expect(Self.texts(noted, .ntlmComputer) == ["NAS-IMAGERIE"])
        #expect(Self.texts(noted, .ntlmWorkstation) == ["POSTE-12"])
        #expect(Self.texts(noted, .spnegoMechanism) == ["ntlm"])
    }

    @Test func version3WithSigningAndEncryption() throws {
        let noted = Self.run(try #require(try RecordedConversation.load("smb-modern").first))
        #expect(Self.texts(noted, .smbDialectOffered) == ["2.1", "3.0", "3.0.2", "3.1.1"])
        #expect(Self.texts(noted, .smbDialect) == ["3.1.1"])
        #expect(Self.texts(noted, .smbSigning) == ["required"])
        #expect(Self.texts(noted, .smbEncryption).isSuperset(of: ["supported", "used"]))
        #expect(Self.texts(noted, .ntlmAccepted) == ["ntlmv2"])
        #expect(Self.texts(noted, .smbSession) == ["user"])
    }

    /// Who fails with NTLM and then logs in otherwise did not log in with NTLM.
    @Test func failedLoginsAreForgotten() throws {
        var turns = try #require(try RecordedConversation.load("smb-modern").first).turns
        let place = turns.firstIndex {
            $0.side == .responder && $0.bytes.rawSpan.u16le(at: 16) == 1 && $0.bytes.rawSpan.u32le(at: 12) == 0 && $0.bytes.rawSpan.u16le(at: 68) == 9
        }
        let accepted = try #require(place)
        var refused = turns[accepted].bytes
        // STATUS_LOGON_FAILURE
        refused.replaceSubrange(12..<16, with: [0x6D, 0x00, 0x00, 0xC0])
        turns.insert(Script.server(refused), at: accepted)
        let noted = Self.run(Script(turns: turns))
        #expect(Self.texts(noted, .smbSession) == ["user"])
        #expect(Self.texts(noted, .ntlmAccepted).isEmpty)
    }

    @Test func guestAndAnonymousSessions() throws {
        let scripts = try RecordedConversation.load("smb-guest")
        let guest = Self.run(try #require(scripts.first))
        #expect(Self.texts(guest, .smbSession) == ["guest"])
        #expect(Self.texts(guest, .smbOpenShare) == ["disk", "pipe"])
        #expect(Self.texts(guest, .ntlmAccepted).isEmpty)
        #expect(Self.texts(guest, .smbSigning) == ["enabled"])
        let anonymous = Self.run(try #require(scripts.last))
        #expect(Self.texts(anonymous, .smbSession) == ["anonymous"])
        #expect(Self.texts(anonymous, .ntlmResponse) == ["anonymous"])
        #expect(Self.texts(anonymous, .smbPipe) == ["spoolss"])
    }

    // Written after [MS-SMB2] sections 2.2.9 and 2.2.10: a request for \\S\ADMIN$ and its answers.
    static let treeConnect =
        Octets.hex("0000005cfe534d4240000000000000000300010000000000000000000500000000000000fffe0000000000000100000000000000")
        + Octets.zeros(16) + Octets.hex("0900000048001400") + Octets.hex("5c005c0053005c00410044004d0049004e002400")
    static func treeAnswer(_ status: String) -> [UInt8] {
        Octets.hex("00000050fe534d4240000000" + status + "0300010001000000000000000500000000000000fffe0000010000000100000000000000") + Octets.zeros(16)
            + Octets.hex("100001000000000000000000ff011f00")
    }

    @Test func administrativeShare() {
        let opened = Self.run(Script((.initiator, Self.treeConnect), (.responder, Self.treeAnswer("00000000"))))
        #expect(Self.texts(opened, .smbAdminShare) == ["ADMIN$"])
        let refused = Self.run(Script((.initiator, Self.treeConnect), (.responder, Self.treeAnswer("220000c0"))))
        #expect(Self.texts(refused, .smbAdminShare).isEmpty)
    }

    @Test(arguments: ["smb-legacy", "smb-modern", "smb-guest"]) func properties(_ name: String) throws {
        for script in try RecordedConversation.load(name) {
            Harness.checkSplits(script, SMBDissector.self)
            Harness.checkPrefixes(script, SMBDissector.self)
            Harness.checkMutations(script, SMBDissector.self, rounds: 150)
            Harness.checkOneDirection(script, SMBDissector.self)
            Harness.checkMidStream(script, dropping: 4, SMBDissector.self)
        }
    }

    @Test(arguments: ["smb-legacy", "smb-modern", "smb-guest"]) func keepsNoName(_ name: String) throws {
        for script in try RecordedConversation.load(name) {
            #expect(!Self.run(script).contains { $0.description.lowercased().contains("canary") })
        }
    }

    @Test(arguments: [true, false]) func refusesOthers(isStart: Bool) {
        for (name, bytes) in Foreign.client where name != "smb" {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            #expect(SMBDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        for (name, bytes) in Foreign.server where name != "smb" {
            let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
            #expect(SMBDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<96).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(SMBDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)) != .yes)
        }
    }
}
