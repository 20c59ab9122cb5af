import Observations
import Testing
import Wire

@testable import Dissectors

/// Remote-control tools whose protocols are not published: the bytes are those of public captures and descriptions.
@Suite("Remote-control tools") struct RemoteToolsTests {
    static let dissectors: [any StreamDissector.Type] = [
        SpiceDissector.self, ICADissector.self, NoMachineDissector.self, RadminDissector.self, TeamViewerDissector.self, PcAnywhereDissector.self,
        RustDeskDissector.self,
    ]

    static func texts(_ attribute: Attribute, _ noted: Set<Noted>) -> Set<String> {
        Set(noted.filter { $0.attribute == attribute }.map(\.value.description))
    }
    static func run(_ script: Script) -> (noted: Set<Noted>, protocols: [ApplicationProtocol]) { Harness.run(script.turns, dissectors: Self.dissectors) }

    // MARK: ICA

    static let greeting = Octets.hex("7f7f49434100")
    /// A module of the client: number, class and file name, as in a public capture.
    static func module(_ number: UInt8, _ kind: UInt8, _ name: String) -> [UInt8] {
        let body = [number, kind, 1, 1] + Octets.text(name) + Octets.zeros(13 - name.utf8.count) + Octets.zeros(9) + Octets.hex("352856be0000")
        let length = body.count + 2
        let field = [UInt8(length & 0xFF), UInt8(length >> 8)]
        return [1] + field + field + body
    }
    static let ica = Script(
        (.responder, greeting), (.initiator, greeting), (.responder, Octets.hex("000f00070002040006000200030004000100")),
        (.initiator, module(4, 0, "WFICA32.EXE") + module(3, 5, "TDWSTCPN.DLL")), (.initiator, module(2, 4, "PDCRYPT1.DLL")),
        (.initiator, module(1, 3, "VDCLIPN.DLL") + module(0, 3, "VDSPMIKE.DLL")), (.initiator, Octets.hex("040000000000")),
        (.initiator, Octets.text("CANARYUSER")))

    @Test func icaSession() {
        let run = Self.run(Self.ica)
        #expect(run.protocols == [.ica])
        #expect(Self.texts(.icaTransport, run.noted) == ["ica"])
        #expect(Self.texts(.icaModule, run.noted) == ["PDCRYPT1.DLL"])
        #expect(run.noted.count == 2)
        Harness.checkSplits(Self.ica, ICADissector.self)
        Harness.checkPrefixes(Self.ica, ICADissector.self)
        Harness.checkOneDirection(Self.ica, ICADissector.self)
        Harness.checkMutations(Self.ica, ICADissector.self)
    }

    @Test func gatewayProtocol() {
        let script = Script((.initiator, Octets.hex("1a4347502f303100010500")), (.responder, Octets.hex("1a4347502f303100010500")))
        #expect(Self.texts(.icaTransport, Self.run(script).noted) == ["cgp"])
        Harness.checkSplits(script, ICADissector.self)
        Harness.checkOneDirection(script, ICADissector.self)
    }

    // MARK: Radmin

    static let radmin = Script(
        (.initiator, Octets.hex("01000000010000000808")),
        (.responder, Octets.hex("010000002500000212080200000a") + Octets.zeros(32)),
        (.initiator, Octets.hex("0100000005000002272702000000")))

    @Test func radminSession() {
        #expect(Self.run(Self.radmin).protocols == [.radmin])
        #expect(Self.run(Self.radmin).noted.isEmpty)
        Harness.checkSplits(Self.radmin, RadminDissector.self)
        Harness.checkOneDirection(Self.radmin, RadminDissector.self)
        Harness.checkMutations(Self.radmin, RadminDissector.self)
        // A checksum that is wrong, a length that is another's.
        #expect(Self.run(Script((.initiator, Octets.hex("01000000010000000908")))).protocols.isEmpty)
        #expect(Self.run(Script((.initiator, Octets.hex("01000000010000002020")))).protocols.isEmpty)
    }

    // MARK: TeamViewer

    static let teamViewer = Script(
        (.initiator, Octets.hex("17240a200000000000000000004800800001000000148000006fb78c804805532216142004")),
        (.responder, Octets.hex("1724281800008000007fffffff8080000000000000000000000000000017243c20008c00008014800000078000000080000004000000078000000180ff0080000005")),
        (.initiator, Octets.hex("113036001800000001000000000000001b000000180000008c0067fc71b09880d95938c589a6c18cc7919eea283d28cd")))

    @Test func teamViewerSession() {
        #expect(Self.run(Self.teamViewer).protocols == [.teamviewer])
        Harness.checkSplits(Self.teamViewer, TeamViewerDissector.self)
        Harness.checkPrefixes(Self.teamViewer, TeamViewerDissector.self)
        Harness.checkOneDirection(Self.teamViewer, TeamViewerDissector.self)
        Harness.checkMidStream(Self.teamViewer, dropping: 2, TeamViewerDissector.self)
        Harness.checkMutations(Self.teamViewer, TeamViewerDissector.self)
        // Two octets alone are not enough: the length has to fit.
        #expect(Self.run(Script((.initiator, Octets.hex("17240a2000") + Octets.zeros(40)))).protocols.isEmpty)
        #expect(Self.run(Script((.initiator, Octets.hex("1130360018000000") + Octets.zeros(40)))).protocols.isEmpty)
    }

    // MARK: NoMachine

    static let noMachine = Script(
        (.initiator, Octets.text("NXSH-8.11.3\n")), (.responder, Octets.text("NXD-8.11.3\n")),
        (.initiator, Octets.hex("1603010125010001210303") + Octets.zeros(30)), (.responder, Octets.hex("160303007a020000760303") + Octets.zeros(30)))

    @Test func noMachineSession() {
        let run = Self.run(Self.noMachine)
        #expect(run.protocols == [.nomachine])
        #expect(Self.texts(.nomachineVersion, run.noted) == ["8.11.3"])
        #expect(Self.texts(.serviceUpgraded, run.noted) == ["tls"])
        Harness.checkSplits(Self.noMachine, NoMachineDissector.self)
        Harness.checkPrefixes(Self.noMachine, NoMachineDissector.self)
        Harness.checkOneDirection(Self.noMachine, NoMachineDissector.self)
        Harness.checkMutations(Self.noMachine, NoMachineDissector.self)
        #expect(Self.run(Script((.initiator, Octets.text("NXDOMAIN\n")))).protocols.isEmpty)
    }

    // MARK: pcAnywhere

    static let pcAnywhere = Script(
        (.initiator, Octets.zeros(4)), (.responder, Octets.hex("005808007d080d0a002e08") + Octets.text("Please press <Enter>...\r\n")))

    @Test func pcAnywhereSession() {
        #expect(Self.run(Self.pcAnywhere).protocols == [.pcanywhere])
        Harness.checkSplits(Self.pcAnywhere, PcAnywhereDissector.self)
        Harness.checkOneDirection(Self.pcAnywhere, PcAnywhereDissector.self, sides: [.responder])
        Harness.checkMutations(Self.pcAnywhere, PcAnywhereDissector.self)
        #expect(Self.run(Script((.initiator, Octets.zeros(64)))).protocols.isEmpty)
    }

    @Test func pcAnywhereName() {
        let answer = Octets.text("NRAUTOMATE-BIO_____________0000000_")
        let run = Harness.run(datagrams: [Script.client(Octets.text("NQ")), Script.server(answer)], PcAnywhereNameDissector.self, serverPort: 5632)
        #expect(run.verdicts == [.no, .finished])
        #expect(Self.texts(.pcanywhereName, run.noted) == ["AUTOMATE-BIO"])
        for text in ["NR", "NRnothing like it", "NR" + String(repeating: "x", count: 40), "NR\u{1}" + String(repeating: "_", count: 40)] {
            #expect(Harness.run(datagrams: [Script.server(Octets.text(text))], PcAnywhereNameDissector.self, serverPort: 5632).verdicts == [.no])
        }
    }

    // MARK: RustDesk

    /// A field of protocol buffers that holds bytes.
    static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        let tag = number << 3 | 2
        let head: [UInt8] = tag < 128 ? [UInt8(tag)] : [UInt8(tag & 0x7F | 0x80), UInt8(tag >> 7)]
        let length: [UInt8] = content.count < 128 ? [UInt8(content.count)] : [UInt8(content.count & 0x7F | 0x80), UInt8(content.count >> 7)]
        return head + length + content
    }
    static func framed(_ message: [UInt8]) -> [UInt8] {
        message.count < 64 ? [UInt8(message.count << 2)] + message : [UInt8(message.count << 2 & 0xFF | 1), UInt8(message.count >> 6)] + message
    }
    static let relay = framed(field(18, field(1, Octets.text("123456789")) + field(2, Octets.text("0f8fad5b-d9cb-469f-a165-70867728950e")) + field(4, Octets.text("relay.example"))))
    static let rustDesk = Script(
        (.responder, framed(field(25, field(1, [UInt8](repeating: 0x5A, count: 96))))), (.initiator, framed(field(8, field(1, Octets.text("987654321")) + field(3, Octets.text("CANARYKEY"))))))

    @Test func rustDeskSession() {
        let run = Self.run(Self.rustDesk)
        #expect(run.protocols == [.rustdesk])
        #expect(Self.texts(.rustdeskMessage, run.noted) == ["key-exchange", "punch-hole-request"])
        Harness.checkSplits(Self.rustDesk, RustDeskDissector.self)
        Harness.checkPrefixes(Self.rustDesk, RustDeskDissector.self)
        Harness.checkOneDirection(Self.rustDesk, RustDeskDissector.self)
        Harness.checkMutations(Self.rustDesk, RustDeskDissector.self)
        let relayed = Script((.initiator, Self.relay))
        #expect(Self.texts(.rustdeskMessage, Self.run(relayed).noted) == ["request-relay"])
        Harness.checkSplits(relayed, RustDeskDissector.self)
    }

    @Test func rustDeskDatagrams() {
        let discovery = Self.field(
            22, Self.field(1, Octets.text("pong")) + Self.field(3, Octets.text("123456789")) + Self.field(4, Octets.text("CANARYUSER")) + Self.field(5, Octets.text("PC-ACCUEIL-2"))
                + Self.field(6, Octets.text("Windows")))
        let register = Self.field(6, Self.field(1, Octets.text("123456789")) + [0x10, 0x05])
        let run = Harness.run(datagrams: [Script.client(register), Script.server(discovery)], RustDeskDatagramDissector.self, serverPort: 21116)
        #expect(run.verdicts == [.more, .more])
        #expect(Self.texts(.rustdeskMessage, run.noted) == ["register-peer", "peer-discovery"])
        #expect(Self.texts(.rustdeskHostname, run.noted) == ["PC-ACCUEIL-2"])
        #expect(Self.texts(.rustdeskPlatform, run.noted) == ["Windows"])
        #expect(!run.noted.contains { "\($0)".contains("CANARY") || "\($0)".contains("123456789") })
        // Cut, empty, and no identifier.
        for bytes in [Array(register.dropLast()), [], Self.field(6, Self.field(1, Octets.text("a b c d e f"))), Octets.hex("3a020801"), Octets.zeros(40)] {
            #expect(Harness.run(datagrams: [Script.client(bytes)], RustDeskDatagramDissector.self, serverPort: 21116).verdicts == [.no])
        }
    }

    // MARK: Others

    @Test func foreign() {
        for (name, bytes) in Foreign.client { #expect(Self.run(Script((.initiator, bytes))).protocols.isEmpty, "\(name)") }
        for (name, bytes) in Foreign.server { #expect(Self.run(Script((.responder, bytes))).protocols.isEmpty, "\(name)") }
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<4000 {
            let bytes = (0..<Int.random(in: 1...90, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(Script((.initiator, bytes), (.responder, bytes))).protocols.isEmpty)
            #expect(Harness.run(datagrams: [Script.client(bytes)], RustDeskDatagramDissector.self, serverPort: 21116).verdicts == [.no])
            #expect(Harness.run(datagrams: [Script.client(bytes)], PcAnywhereNameDissector.self, serverPort: 5632).verdicts == [.no])
        }
    }
}
