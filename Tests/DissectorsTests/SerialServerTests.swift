import Observations
import Testing
import Wire

@testable import Dissectors

/// The discovery of serial device servers. No software of the makers is to be had: the bytes are those of the published
/// descriptions that each dissector names.
@Suite("Serial device servers") struct SerialServerTests {
    struct Exchange: Sendable, CustomStringConvertible {
        let dissector: any DatagramDissector.Type
        let port: UInt16
        let turns: [Script.Turn]
        var description: String { self.dissector.applicationProtocol.rawValue }
    }

    static let address = Octets.hex("0a000002")
    static let lantronix = Exchange(
        dissector: LantronixDissector.self, port: 30718,
        turns: [
            Script.client(Octets.hex("000000f6")),
            Script.server(Octets.hex("000000f7 00000000 5839 0006 000000000000 5a3c 00011042 00204a20093c")),
            Script.client(Octets.hex("000000f8")),
            Script.server(Octets.hex("000000f9") + address + Octets.hex("00000800") + Octets.text("CNRY") + Octets.zeros(108)),
            Script.client(Octets.hex("000000fa") + address + Octets.hex("00000800") + Octets.text("CNRY") + Octets.zeros(108)),
        ])
    // "Moxa UDP Protocol": the answers of an NPort 5110A.
    static let identity = "00555555 1a51 0090e8aaaaaa"
    static let moxa = Exchange(
        dissector: MoxaDissector.self, port: 4800,
        turns: [
            Script.client(Octets.hex("0100000800000000")), Script.server(Octets.hex("8100001800000000" + identity + "c0a87ffe")),
            Script.client(Octets.hex("1000001400000001" + identity)),
            Script.server(Octets.hex("9000003c00000001" + identity) + Octets.text("NP5110A_1234") + Octets.zeros(28)),
            Script.client(Octets.hex("1600001400000002" + identity)),
            Script.server(Octets.hex("9600002400000002" + identity + "0000000000000000 9210 000000000000")),
        ])
    // "Advanced Digi Discovery Protocol": request and answer as printed there, then a restart.
    static let addp = Exchange(
        dissector: ADDPDissector.self, port: 2362,
        turns: [
            Script.client(Octets.hex("4449474900010006ffffffffffff")),
            Script.server(
                Octets.hex("4449474900020060 010600409d31a90a 02040a0000e7 0304ffffff00 0b040a000001 0d0f") + Octets.text("Digi Connect ME")
                    + Octets.hex("100100 070100 081e") + Octets.text("Version 82000856_F6 07/21/2006") + Octets.hex("0e0400000303 130400000403 120101")),
            Script.client(Octets.hex("444947490005 0014 00409d31a90a 0d") + Octets.text("CanaryDigiPwd")),
            Script.server(Octets.hex("4449474900060024 0a0100 0914") + Octets.text("Operation Successful") + Octets.hex("110100 010600409d31a90a")),
        ])
    static let all = [lantronix, moxa, addp]

    static func run(_ exchange: Exchange, _ turns: [Script.Turn]? = nil) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: turns ?? exchange.turns, exchange.dissector, serverPort: exchange.port)
    }
    static func server(_ exchange: Exchange) -> Subject {
        .service(ServiceKey(host: HostKey(Harness.server.address, in: .none), port: exchange.port, transport: .udp))
    }
    static func text(_ subject: Subject, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func host(_ address: String) -> Subject { .host(HostKey(IPAddress(address) ?? .none, in: .none)) }

    @Test func lantronixFirmwareAndSetup() {
        let run = Self.run(Self.lantronix)
        #expect(run.verdicts == [DatagramVerdict](repeating: .more, count: 5))
        #expect(
            run.noted == [
                Self.text(Self.server(Self.lantronix), .lantronixType, "X9"), Self.text(Self.host("10.0.0.2"), .linkAddress, "00:20:4a:20:09:3c"),
                Noted(subject: Self.server(Self.lantronix), attribute: .lantronixPassword, value: .number(1)),
            ])
        // UDS-10 and older: without the hardware address.
        let old = Script.server(Array(Self.lantronix.turns[1].bytes.prefix(24)))
        #expect(Self.run(Self.lantronix, [old]).noted == [Self.text(Self.server(Self.lantronix), .lantronixType, "X9")])
    }

    @Test func lantronixStrictness() {
        let firmware = Self.lantronix.turns[1].bytes
        let setup = Self.lantronix.turns[3].bytes
        // Another maker's address, a product code that is none, another function; the setup of a device that is not the sender.
        for (bytes, at, value) in [(firmware, 24, 1), (firmware, 9, 0x20), (firmware, 3, 0xF5), (firmware, 0, 1), (setup, 4, 11)] as [([UInt8], Int, UInt8)] {
            var other = bytes
            other[at] = value
            #expect(Self.run(Self.lantronix, [Script.server(other)]) == ([], [.no]))
        }
        for hex in ["000000f5", "00000000", "000000f7", "000000f9", "000000fa", "000000f6ff"] {
            #expect(Self.run(Self.lantronix, [Script.client(Octets.hex(hex))]).verdicts == [.no])
        }
    }

    @Test func moxaSearch() {
        let run = Self.run(Self.moxa)
        #expect(run.verdicts == [DatagramVerdict](repeating: .more, count: 6))
        let server = Self.server(Self.moxa)
        #expect(
            run.noted == [
                Self.text(server, .moxaModel, "511a"), Self.text(Self.host("192.168.127.254"), .linkAddress, "00:90:e8:aa:aa:aa"),
                Self.text(server, .moxaName, "NP5110A_1234"), Self.text(server, .moxaSerial, "4242"),
            ])
    }

    @Test func moxaStrictness() {
        // A wrong length, an error, another maker's address, a function that is none.
        for (at, value) in [(3, 0x17), (1, 4), (16, 0xE9), (14, 1), (0, 0x82), (0, 0x01)] as [(Int, UInt8)] {
            var other = Self.moxa.turns[1].bytes
            other[at] = value
            #expect(Self.run(Self.moxa, [Script.server(other)]) == ([], [.no]))
        }
        for hex in ["0100000800000001", "0100000900000000", "0100000800000000ff", "0100", "0000000800000000"] {
            #expect(Self.run(Self.moxa, [Script.client(Octets.hex(hex))]).verdicts == [.no])
        }
    }

    @Test func digiDiscovery() {
        let run = Self.run(Self.addp)
        #expect(run.verdicts == [DatagramVerdict](repeating: .more, count: 4))
        let server = Self.server(Self.addp)
        #expect(
            run.noted == [
                Self.text(server, .addpProduct, "Digi Connect ME"), Self.text(server, .addpFirmware, "Version 82000856_F6 07/21/2006"),
                Self.text(Self.host("10.0.0.231"), .linkAddress, "00:40:9d:31:a9:0a"), Self.text(server, .loginClear, "addp"),
                Self.text(server, .loginAccepted, "addp"),
            ])
        // A refused change: no login was accepted.
        var refused = Self.addp.turns[3].bytes
        refused[10] = 0xFF
        #expect(Self.run(Self.addp, [Script.server(refused)]) == ([Self.text(server, .loginClear, "addp")], [.more]))
    }

    @Test func digiStrictness() {
        let answer = Self.addp.turns[1].bytes
        // Another word, another kind, a wrong length, a field that runs over its end, an address that is too short.
        for (at, value) in [(0, 0x45), (5, 9), (5, 0), (7, 0x5F), (9, 7), (9, 5)] as [(Int, UInt8)] {
            var other = answer
            other[at] = value
            #expect(Self.run(Self.addp, [Script.server(other)]) == ([], [.no]), "\(at)")
        }
        // Without the hardware address that every answer has.
        #expect(Self.run(Self.addp, [Script.server(Octets.hex("4449474900020003 120101"))]).verdicts == [.no])
        // A capture that kept only the beginning.
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: Harness.client, responder: Endpoint(address: Harness.server.address, port: 2362),
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        context.isCut = true
        #expect(ADDPDissector.dissect(answer.rawSpan.slice(from: 0, count: 60), from: .responder, &context) == .more)
        #expect(log.observations.map(\.attribute) == [.addpProduct, .linkAddress])
    }

    @Test(arguments: all) func everyPrefixIsRefused(_ exchange: Exchange) {
        for turn in exchange.turns {
            for count in 0..<turn.bytes.count {
                // The shorter answer of older Lantronix devices is the beginning of the longer one.
                if exchange.port == 30718, count == 24, turn.bytes.count == 30 { continue }
                if exchange.port == 30718, count == 4, turn.bytes.count > 4, [0xF6, 0xF8].contains(turn.bytes[3]) { continue }
                let run = Self.run(exchange, [Script.Turn(side: turn.side, bytes: Array(turn.bytes.prefix(count)))])
                #expect(run == ([], [.no]), "\(count) of \(turn.bytes.count)")
            }
        }
    }

    @Test(arguments: all) func othersAreRefused(_ exchange: Exchange) {
        let others = Self.all.filter { $0.port != exchange.port }.flatMap(\.turns).map(\.bytes)
        let dns = Octets.hex("00f70100000100000000000003777777076578616d706c6503636f6d0000010001")
        for bytes in others + Array(Foreign.client.values) + Array(Foreign.server.values) + [dns, SNMPTests.get2, SNMPTests.response2] {
            #expect(Self.run(exchange, [Script.client(bytes)]) == ([], [.no]))
            #expect(Self.run(exchange, [Script.server(bytes)]) == ([], [.no]))
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(exchange, [Script.client(bytes)]).verdicts == [.no])
        }
    }

    @Test(arguments: all) func mutations(_ exchange: Exchange) {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let turn = exchange.turns[Int.random(in: 0..<exchange.turns.count, using: &generator)]
            var bytes = turn.bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            _ = Self.run(exchange, [Script.Turn(side: turn.side, bytes: bytes)])
        }
    }

    @Test(arguments: all) func passwordsAreNotNoted(_ exchange: Exchange) {
        for noted in Self.run(exchange).noted {
            for secret in ["CNRY", "CanaryDigiPwd"] { #expect(!"\(noted.value)".contains(secret)) }
        }
    }
}

extension SerialServerTests {
    /// Four octets prove nothing on a port where nobody expects them.
    @Test func aQueryIsForItsPort() {
        #expect(Harness.run(datagrams: [Script.client(Octets.hex("000000f6"))], LantronixDissector.self, serverPort: 30718).verdicts == [.more])
        #expect(Harness.run(datagrams: [Script.client(Octets.hex("000000f6"))], LantronixDissector.self, serverPort: 5000).verdicts == [.no])
        #expect(Harness.run(datagrams: [Script.server(Octets.hex("000000f8"))], LantronixDissector.self, serverPort: 30718).verdicts == [.no])
    }

    /// A command of Digi ends with its password.
    @Test func aCommandEndsWithItsPassword() {
        let command = Octets.hex("444947490005 0014 00409d31a90a 0c") + Octets.text("CanaryDigiPwd")
        #expect(Harness.run(datagrams: [Script.client(command)], ADDPDissector.self, serverPort: 2362).verdicts == [.no])
    }
}
