import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("DHCP") struct DHCPTests {
    /// A message as it is on the wire: fixed part, cookie, options.
    static func message(
        _ operation: UInt8, hardware: [UInt8] = [1, 6], client: String = "0.0.0.0", your: String = "0.0.0.0",
        relay: String = "0.0.0.0",
        mac: String = "0009fb200516", serverName: [UInt8] = [], file: [UInt8] = [], options: [UInt8]
    ) -> [UInt8] {
        func octets(_ text: String) -> [UInt8] { Octets.u32(Int(IPAddress(text)?.v4 ?? 0)) }
        func padded(_ bytes: [UInt8], _ count: Int) -> [UInt8] { bytes + Octets.zeros(count - bytes.count) }
        var fixed = [operation] + hardware + [0] + Octets.hex("c1a1b51500000000")
        fixed += octets(client) + octets(your) + Octets.zeros(4) + octets(relay)
        let fields = padded(Octets.hex(mac), 16) + padded(serverName, 64) + padded(file, 128)
        return fixed + fields + Octets.hex("63825363") + options
    }
    static func option(_ code: UInt8, _ value: [UInt8]) -> [UInt8] { [code, UInt8(value.count)] + value }
    static func option(_ code: UInt8, _ text: String) -> [UInt8] { self.option(code, Octets.text(text)) }
    static let end: [UInt8] = [255]

    // Options as recorded from dnsmasq 2.90 and udhcpc (Debian 12).
    static let request = message(
        1,
        options: Octets.hex("35010332040a14053e36040a1405013902024037090103060c0f1c2a4243") + option(12, "moniteur-rea-04")
            + option(60, "Philips IntelliVue MX800") + Octets.hex("3d07010009fb200516ff"))
    static let acknowledgement = message(
        2, your: "10.20.5.62",
        options: Octets.hex("35010536040a140501330400001c200104ffffff0006040a140501") + option(15, "sainte-auscultation.example")
            + Octets.hex("03040a140501ff"))

    static let mac = Subject.host(HostKey(MACAddress(rawValue: 0x0009_FB20_0516), in: .none))
    static func host(_ address: String) -> Subject { .host(HostKey(IPAddress(address) ?? .none, in: .none)) }
    static func text(_ subject: Subject, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: subject, attribute: attribute, value: .text(text))
    }
    static func run(_ datagrams: Script.Turn..., port: UInt16 = 67) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams, DHCPDissector.self, serverPort: port)
    }

    @Test func clientDescribesItself() {
        let run = Self.run(Script.client(Self.request))
        #expect(run.verdicts == [.more])
        #expect(
            run.noted == [
                Self.text(Self.mac, .dhcpHostname, "moniteur-rea-04"), Self.text(Self.mac, .dhcpRequestedAddress, "10.20.5.62"),
                Self.text(Self.mac, .dhcpServer, "10.20.5.1"), Self.text(Self.mac, .dhcpParameterList, "1,3,6,12,15,28,42,66,67"),
                Self.text(Self.mac, .dhcpVendorClass, "Philips IntelliVue MX800"),
                Self.text(Self.mac, .dhcpClientID, "010009fb200516"),
            ])
        // On any port.
        #expect(Self.run(Script.client(Self.request), port: 4989).noted == run.noted)
    }

    /// The server's answer comes as the first packet of its conversation.
    @Test func serverLeases() {
        let log = ObservationLog(seed: 1)
        let server = Endpoint(address: IPAddress(v4: 0x0A14_0501), port: 67)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: server, responder: Endpoint(address: IPAddress(v4: 0x0A14_053E), port: 68),
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)), rolesAreSure: false, log: log)
        #expect(DHCPDissector.dissect(Self.acknowledgement.rawSpan, from: .initiator, &context) == .more)
        let service = Subject.service(ServiceKey(host: HostKey(server.address, in: .none), port: 67, transport: .udp))
        #expect(
            Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }) == [
                Self.text(service, .dhcpServer, "10.20.5.1"), Self.text(service, .dhcpOfferedRouter, "10.20.5.1"),
                Self.text(service, .dhcpOfferedDNS, "10.20.5.1"),
                Self.text(service, .dhcpOfferedDomain, "sainte-auscultation.example"),
                Self.text(Self.host("10.20.5.62"), .linkAddress, "00:09:fb:20:05:16"),
                Self.text(Self.mac, .dhcpAddress, "10.20.5.62"),
            ])
    }

    /// The relay that passes an answer on is not the server.
    @Test func relayedAnswer() {
        let noted = Self.run(Script.server(Self.acknowledgement)).noted
        #expect(noted.contains(Self.text(Self.host("10.20.5.1"), .dhcpOfferedRouter, "10.20.5.1")))
        #expect(!noted.contains { if case .service = $0.subject { true } else { false } })
    }

    @Test func bindings() {
        let offer = Self.message(2, your: "10.20.5.62", options: Octets.hex("350102ff"))
        #expect(Self.run(Script.server(offer)).noted.isEmpty)
        let renewal = Self.message(1, client: "10.20.5.62", options: Octets.hex("350103ff"))
        #expect(
            Self.run(Script.client(renewal)).noted == [
                Self.text(Self.host("10.20.5.62"), .linkAddress, "00:09:fb:20:05:16"),
                Self.text(Self.mac, .dhcpAddress, "10.20.5.62"),
            ])
        let inform = Self.message(1, client: "10.20.5.62", options: Octets.hex("350108ff"))
        #expect(Self.run(Script.client(inform)).noted == [Self.text(Self.host("10.20.5.62"), .linkAddress, "00:09:fb:20:05:16")])
        let release = Self.message(1, client: "10.20.5.62", options: Octets.hex("350107ff"))
        #expect(Self.run(Script.client(release)).noted.isEmpty)
        let boot = Self.message(2, your: "10.20.5.62", options: Self.end)
        #expect(Self.run(Script.server(boot)).noted.contains(Self.text(Self.mac, .dhcpAddress, "10.20.5.62")))
        // No Ethernet address, a group address, a group as the lease.
        for bad in [
            Self.message(2, hardware: [32, 0], your: "10.20.5.62", options: Octets.hex("350105ff")),
            Self.message(2, your: "10.20.5.62", mac: "0100fb200516", options: Octets.hex("350105ff")),
            Self.message(2, your: "239.1.1.1", options: Octets.hex("350105ff")),
        ] {
            let run = Self.run(Script.server(bad))
            #expect(run.verdicts == [.more])
            #expect(run.noted.isEmpty)
        }
    }

    @Test func overloadedAndLongOptions() {
        let split = Self.message(
            1, serverName: Self.option(60, "Monitor") + Self.end, file: Self.option(12, "-rea-04") + Self.end,
            options: Octets.hex("350101340103") + Self.option(12, "moniteur") + Self.end)
        let noted = Self.run(Script.client(split)).noted
        #expect(noted == [Self.text(Self.mac, .dhcpHostname, "moniteur-rea-04"), Self.text(Self.mac, .dhcpVendorClass, "Monitor")])
        // Without the overload option these fields are a file name.
        let file = Self.message(1, file: Self.option(12, "canary") + Self.end, options: Octets.hex("350101ff"))
        #expect(Self.run(Script.client(file)).noted.isEmpty)
    }

    @Test func namesAndClasses() {
        func noted(_ options: [UInt8]) -> Set<String> {
            Set(Self.run(Script.client(Self.message(1, options: options + Self.end))).noted.map(\.value.description))
        }
        #expect(noted(Self.option(81, Octets.hex("010000") + Octets.text("poste-12.site.example"))) == ["poste-12.site.example"])
        #expect(
            noted(
                Self.option(
                    81,
                    Octets.hex("050000") + Octets.hex("08") + Octets.text("poste-12") + Octets.hex("04") + Octets.text("site") + [0]
                )) == ["poste-12.site"])
        #expect(noted(Self.option(77, Octets.hex("04") + Octets.text("iPXE"))) == ["iPXE"])
        #expect(noted(Self.option(77, "RRAS.Microsoft")) == ["RRAS.Microsoft"])
        #expect(noted(Self.option(12, Octets.text("ct-scan-01") + [0])) == ["ct-scan-01"])
        let relay = Self.option(82, Self.option(1, "Gi1/0/12:VLAN20") + Self.option(2, Octets.hex("000600deadbeef01")))
        #expect(noted(relay) == ["Gi1/0/12:VLAN20", "000600deadbeef01"])
    }

    @Test func refusesOthers() {
        var wrongCookie = Self.request
        wrongCookie[236] = 0
        for bytes in [[], Octets.zeros(300), wrongCookie, Array(Self.request.prefix(239)), [3] + Self.request.dropFirst()] {
            #expect(Self.run(Script.client(bytes)).verdicts == [.no])
        }
    }

    @Test func prefixesAndMutations() {
        for (message, turn) in [(Self.request, Script.client), (Self.acknowledgement, Script.server)] {
            let whole = Self.run(turn(message)).noted
            for count in 240..<message.count {
                let part = Self.run(turn(Array(message.prefix(count)))).noted
                // Without its type a message is BOOTP's, and without the server's identifier nobody's but the sender's.
                if count >= 249 { #expect(part.isSubset(of: whole), "prefix of \(count) bytes") }
            }
            var generator = SeededGenerator(seed: 9)
            for _ in 0..<3000 {
                var bytes = message
                for _ in 0..<Int.random(in: 1...5, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
                }
                if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...60, using: &generator)) }
                _ = Self.run(turn(bytes))
            }
        }
    }
}
