import Observations
import Testing
import Wire

@testable import Dissectors

/// Storage, backup, server management and the old Unix protocols, with what real software said to each other.
@Suite("Storage and management") struct StorageTests {
    static func texts(_ attribute: Attribute, _ noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute }.map(\.value.description))
    }

    static let streams: [any StreamDissector.Type] = [
        ISCSIDissector.self, NFSDissector.self, RPCDissector.self, NDMPDissector.self, RsyncDissector.self, BaculaDissector.self, X11Dissector.self,
        RLoginDissector.self, RemoteShellDissector.self, RemoteExecDissector.self,
    ]
    static let datagrams: [any DatagramDissector.Type] = [
        NFSDatagramDissector.self, RPCDatagramDissector.self, IPMIDissector.self, XDMCPDissector.self, TFTPDissector.self,
    ]

    /// What all conversations of a capture note together, and how often each protocol was found; canaries are in none of it.
    static func all(_ name: String) throws -> (noted: Set<Noted>, protocols: [ApplicationProtocol: Int]) {
        var noted: Set<Noted> = []
        var protocols: [ApplicationProtocol: Int] = [:]
        for script in try RecordedConversation.load(name) {
            let run = Harness.run(script.turns, dissectors: Self.streams)
            noted.formUnion(run.noted)
            for name in run.protocols { protocols[name, default: 0] += 1 }
        }
        for canary in try RecordedConversation.canaries(name) { for fact in noted { #expect(!fact.value.description.contains(canary)) } }
        return (noted, protocols)
    }

    /// The properties of every dissector, with the conversations of a capture that it recognises.
    static func check(_ name: String, _ dissector: any StreamDissector.Type, sides: [Side] = [.initiator, .responder], midStream: Bool = true, turns: Int = 60) throws {
        var checked = 0
        for script in try RecordedConversation.load(name) {
            let start = Script(turns: Array(script.turns.prefix(turns)))
            guard Harness.run(start.turns, dissectors: [dissector]).protocols == [dissector.applicationProtocol] else { continue }
            checked += 1
            guard checked <= 4 else { return }
            Harness.checkSplits(start, dissector)
            Harness.checkPrefixes(start, dissector)
            Harness.checkOneDirection(start, dissector, sides: sides)
            if midStream { Harness.checkMidStream(start, dropping: 0, dissector) }
            Harness.checkMutations(start, dissector, rounds: 60)
        }
        #expect(checked > 0, "no conversation in \(name)")
    }

    // MARK: NFS

    @Test func fileServer() throws {
        let (noted, protocols) = try Self.all("nfs-sys")
        #expect(protocols[.nfs] ?? 0 >= 3)
        #expect(protocols[.rpc] ?? 0 >= 4)
        #expect(Self.texts(.nfsAuthentication, noted) == ["sys"])
        #expect(Self.texts(.nfsVersion, noted) == ["3", "4.0"])
        #expect(Self.texts(.nfsExports, noted) == ["everyone"])
        #expect(Self.texts(.nfsFlavourOffered, noted) == ["sys"])
        #expect(Self.texts(.rpcProgram, noted).isSuperset(of: ["portmapper/2", "mount/3", "nfs/3", "nfs/4"]))
        #expect(Self.texts(.rpcRegistered, noted).isSuperset(of: ["portmapper/2/tcp/111", "nfs/3/tcp/2049", "mount/3/tcp/20048"]))
        try Self.check("nfs-sys", NFSDissector.self, sides: [.initiator])
        try Self.check("nfs-sys", RPCDissector.self)
    }

    /// RPCSEC_GSS with privacy (RFC 2203): what is asked cannot be read, how the caller proves itself can.
    @Test func kerberos() {
        let credentials = Octets.hex("00000001" + "00000000" + "00000005" + "00000003" + "00000004" + "deadbeef")
        let call = Octets.hex("12345678" + "00000000" + "00000002" + "000186a3" + "00000004" + "00000001" + "00000006") + Octets.u32(credentials.count) + credentials
            + Octets.hex("00000006" + "00000004" + "cafecafe" + "00000008" + "0102030405060708")
        let reply = Octets.hex("12345678" + "00000001" + "00000000" + "00000006" + "00000004" + "cafecafe" + "00000000" + "00000008" + "0102030405060708")
        func record(_ message: [UInt8]) -> [UInt8] { Octets.u32(0x8000_0000 | message.count) + message }
        let script = Script((.initiator, record(call)), (.responder, record(reply)))
        let run = Harness.run(script.turns, dissectors: Self.streams)
        #expect(run.protocols == [.nfs])
        #expect(Self.texts(.nfsAuthentication, run.noted) == ["gss-privacy"])
        Harness.checkSplits(script, NFSDissector.self)
    }

    // MARK: iSCSI, rsync, TFTP

    @Test func disks() throws {
        let (noted, protocols) = try Self.all("iscsi")
        #expect(protocols[.iscsi] == 4)
        #expect(Self.texts(.iscsiInitiator, noted) == ["iqn.2026-01.org.example:pacs-01"])
        #expect(Self.texts(.iscsiTarget, noted) == ["iqn.2026-01.org.example.nas:pacs-cache", "iqn.2026-01.org.example.nas:sauvegardes"])
        #expect(Self.texts(.iscsiDiscoveryAccepted, noted) == ["none"])
        #expect(Self.texts(.iscsiLoginAccepted, noted) == ["none", "chap"])
        try Self.check("iscsi", ISCSIDissector.self)
    }

    @Test func rsync() throws {
        let (noted, protocols) = try Self.all("rsync-daemon")
        #expect(protocols[.rsync] == 4)
        #expect(Self.texts(.rsyncAccess, noted) == ["listed", "open", "password", "refused"])
        try Self.check("rsync-daemon", RsyncDissector.self)
    }

    @Test func trivialFiles() throws {
        var noted: Set<String> = []
        for conversation in try RecordedDatagrams.load("tftp") {
            let run = RecordedDatagrams.run(conversation.turns, TFTPDissector.self)
            noted.formUnion(run.noted)
            if conversation.responder.port != 69 { #expect(run.protocols.isEmpty) }
        }
        #expect(
            noted == [
                "client: tftp.data_port=50000", "both: tftp.request=read/configuration", "both: tftp.request=read/boot-image", "both: tftp.request=read/firmware",
                "both: tftp.request=read/other", "both: tftp.request=write/configuration",
            ])
        RecordedDatagrams.checkHostile([Script.client(Octets.hex("0001") + Octets.text("a.cfg\u{0}octet\u{0}blksize\u{0}1024\u{0}"))], TFTPDissector.self)
    }

    // MARK: Backup

    @Test func bacula() throws {
        let (noted, protocols) = try Self.all("bacula")
        #expect(protocols[.bacula] == 5)
        #expect(Self.texts(.baculaComponent, noted) == ["director", "console", "file-daemon"])
        #expect(Self.texts(.baculaProtection, noted) == ["none", "tls"])
        #expect(Self.texts(.baculaVersion, noted) == ["9.6.7"])
        try Self.check("bacula", BaculaDissector.self, turns: 24)
    }

    /// A password in clear, as the specification of NDMP has it.
    @Test func ndmp() {
        func record(_ body: [UInt8]) -> [UInt8] { Octets.u32(0x8000_0000 | body.count) + body }
        func text(_ text: String) -> [UInt8] { Octets.u32(text.utf8.count) + Octets.text(text) + Octets.zeros((4 - text.utf8.count % 4) % 4) }
        func header(_ sequence: Int, reply: Int, _ message: Int, to: Int = 0) -> [UInt8] {
            Octets.u32(sequence) + Octets.u32(0x6900_0000) + Octets.u32(reply) + Octets.u32(message) + Octets.u32(to) + Octets.u32(0)
        }
        let script = Script(
            (.responder, record(header(1, reply: 0, 0x502) + Octets.u32(0) + Octets.u32(4) + text("ready"))),
            (.initiator, record(header(1, reply: 0, 0x900) + Octets.u32(4))), (.responder, record(header(2, reply: 1, 0x900, to: 1) + Octets.u32(0))),
            (.initiator, record(header(2, reply: 0, 0x108))),
            (.responder, record(header(3, reply: 1, 0x108, to: 2) + Octets.u32(0) + text("Example") + text("Filer") + text("9.1") + Octets.u32(2) + Octets.u32(1) + Octets.u32(2))),
            (.initiator, record(header(3, reply: 0, 0x901) + Octets.u32(1) + text("canary") + text("CanaryPwd"))),
            (.responder, record(header(4, reply: 1, 0x901, to: 3) + Octets.u32(0))))
        let run = Harness.run(script.turns, dissectors: Self.streams)
        #expect(run.protocols == [.ndmp])
        #expect(Self.texts(.ndmpVersion, run.noted) == ["4"])
        #expect(Self.texts(.ndmpProduct, run.noted) == ["Filer"])
        #expect(Self.texts(.ndmpAuthenticationOffered, run.noted) == ["text", "md5"])
        #expect(Self.texts(.ndmpAuthentication, run.noted) == ["text"])
        #expect(Self.texts(.loginClear, run.noted) == ["ndmp-text"])
        #expect(!run.noted.contains { $0.value.description.lowercased().contains("canary") })
        Harness.checkSplits(script, NDMPDissector.self)
        Harness.checkPrefixes(script, NDMPDissector.self)
        Harness.checkOneDirection(script, NDMPDissector.self)
        Harness.checkMidStream(script, dropping: 1, NDMPDissector.self)
        Harness.checkMutations(script, NDMPDissector.self)
    }

    // MARK: Management

    @Test func managementController() throws {
        var noted: Set<String> = []
        let conversations = try RecordedDatagrams.load("ipmi")
        for conversation in conversations {
            let run = RecordedDatagrams.run(conversation.turns, IPMIDissector.self)
            #expect(!run.verdicts.contains(.no))
            noted.formUnion(run.noted)
        }
        #expect(
            noted == [
                "server: ipmi.version=1.5", "server: ipmi.version=2.0", "server: ipmi.authentication_offered=none", "server: ipmi.authentication_offered=md2",
                "server: ipmi.authentication_offered=md5", "server: ipmi.authentication_offered=password", "server: ipmi.login_offered=named",
                "server: ipmi.login_offered=anonymous", "server: ipmi.authentication=hmac-sha1", "server: ipmi.authentication=none", "server: ipmi.authentication=password",
                "server: ipmi.authentication=md5", "server: ipmi.confidentiality=none", "server: ipmi.confidentiality=aes-cbc-128", "server: ipmi.hash=hmac-sha1",
                "server: ipmi.firmware=9.08", "server: ipmi.manufacturer=1.3.6.1.4.1.10876.", "server: login.clear=ipmi-password", "server: login.accepted=ipmi-password",
            ])
        for conversation in conversations { RecordedDatagrams.checkHostile(conversation.turns, IPMIDissector.self) }
    }

    // MARK: Old Unix protocols

    @Test func unix() throws {
        let (noted, protocols) = try Self.all("unix-remote")
        #expect(Self.texts(.trustAccepted, noted) == ["rlogin"])
        #expect(Self.texts(.loginClear, noted) == ["rlogin", "rexec"])
        #expect(protocols[.rlogin] == 2)
        try Self.check("unix-remote", RLoginDissector.self, sides: [.initiator], midStream: false)
        try Self.check("unix-remote", RemoteExecDissector.self, sides: [.initiator], midStream: false)
    }

    /// rsh comes from a reserved port, rexec does not.
    @Test func shellOrExec() {
        let head = Octets.text("1022\u{0}root\u{0}user\u{0}uptime\u{0}")
        func probe(_ client: UInt16, _ server: UInt16) -> (Probe, Probe) {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true, ports: (client, server))
            return (RemoteShellDissector.probe(head.rawSpan, context), RemoteExecDissector.probe(head.rawSpan, context))
        }
        #expect(probe(1021, 514) == (.yes, .no))
        #expect(probe(1021, 10_514) == (.yes, .no))
        #expect(probe(50_000, 512) == (.no, .yes))
        #expect(probe(50_000, 10_512) == (.no, .yes))
    }

    @Test func screen() throws {
        let (noted, protocols) = try Self.all("x11")
        #expect(protocols[.x11] == 3)
        #expect(Self.texts(.x11Access, noted) == ["none", "mit-magic-cookie-1"])
        #expect(Self.texts(.x11Vendor, noted) == ["The X.Org Foundation"])
        try Self.check("x11", X11Dissector.self, turns: 3)
    }

    @Test func displayManager() throws {
        for conversation in try RecordedDatagrams.load("xdmcp") {
            let run = RecordedDatagrams.run(conversation.turns, XDMCPDissector.self)
            #expect(!run.verdicts.contains(.no))
            #expect(run.noted == ["server: xdmcp.host_name=serveur-unix", "server: xdmcp.authentication=none"])
            RecordedDatagrams.checkHostile(conversation.turns, XDMCPDissector.self)
        }
    }

    // MARK: Others

    @Test func foreign() {
        for (name, bytes) in Foreign.client where name != "rlogin" {
            #expect(Harness.run([Script.client(bytes)], dissectors: Self.streams).protocols.isEmpty, "\(name)")
        }
        for (name, bytes) in Foreign.server { #expect(Harness.run([Script.server(bytes)], dissectors: Self.streams).protocols.isEmpty, "\(name)") }
        var generator = SeededGenerator(seed: 5)
        for round in 0..<4000 {
            let bytes = (0..<(round % 200)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Harness.run([Script.client(bytes)], dissectors: Self.streams, sawStart: round % 2 == 0).protocols.isEmpty)
            #expect(Harness.run([Script.server(bytes)], dissectors: Self.streams, sawStart: round % 2 == 0).protocols.isEmpty)
        }
        RecordedDatagrams.checkHostile([], RPCDatagramDissector.self)
        RecordedDatagrams.checkHostile([], NFSDatagramDissector.self)
    }
}
