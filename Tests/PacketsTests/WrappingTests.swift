import Packets
import Testing
import Wire

/// The same segment in every wrapping, and in stacks of them, is the same segment.
@Suite struct WrappingTests {
    static func expectMACs(_ packet: Packet, _ wrapping: Wrapping, _ comment: String) {
        let source = MACAddress("00:66:77:88:99:aa") ?? .zero
        #expect(packet.sourceMAC == (wrapping.hasMACs ? source : .zero), "\(comment)")
    }

    @Test(arguments: Wrapping.links, Inner.all)
    func links(link: Wrapping, inner: Inner) {
        let decoded = Decoded(link.wrap(inner.bytes), linkType: link.linkType)
        decoded.expect(inner, link.name)
        Self.expectMACs(decoded.packet, link, link.name)
        for encapsulation in Encapsulation.allCases where encapsulation != .vlan {
            #expect(decoded.encapsulations[Int(encapsulation.rawValue)] == (encapsulation == link.encapsulation ? 1 : 0), "\(encapsulation)")
        }
        if link.encapsulation == .vlan { #expect(decoded.encapsulations[Int(Encapsulation.vlan.rawValue)] > 0) }
    }

    @Test(arguments: Wrapping.tunnels, Inner.all)
    func tunnels(tunnel: Wrapping, inner: Inner) {
        guard !tunnel.onlyV6 || Build.isV6(inner.bytes) else { return }
        let decoded = Decoded(Build.ethernet(tunnel.wrap(inner.bytes)))
        decoded.expect(inner, tunnel.name)
        if tunnel.name != "MPLS in IP" { Self.expectMACs(decoded.packet, tunnel, tunnel.name) }
        if let encapsulation = tunnel.encapsulation { #expect(decoded.encapsulations[Int(encapsulation.rawValue)] == 1) }
        #expect(decoded.packet.tunnels >= 1)
    }

    /// Every tunnel in every other: the innermost conversation, and the innermost network.
    @Test(arguments: Wrapping.tunnels)
    func pairs(outer: Wrapping) {
        for tunnel in Wrapping.tunnels {
            for inner in Inner.all where !tunnel.onlyV6 || Build.isV6(inner.bytes) {
                let carried = tunnel.wrap(inner.bytes)
                guard !outer.onlyV6 || Build.isV6(carried) else { continue }
                Decoded(Build.ethernet(outer.wrap(carried))).expect(inner, "\(tunnel.name) in \(outer.name)")
            }
        }
    }

    @Test func stacks() {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<600 {
            guard let inner = Inner.all.randomElement(using: &random), let link = Wrapping.links.randomElement(using: &random) else { continue }
            var bytes = inner.bytes
            var names: [String] = []
            for _ in 0..<Int.random(in: 2...4, using: &random) {
                guard let tunnel = Wrapping.tunnels.randomElement(using: &random), !tunnel.onlyV6 || Build.isV6(bytes) else { continue }
                bytes = tunnel.wrap(bytes)
                names.append(tunnel.name)
            }
            Decoded(link.wrap(bytes), linkType: link.linkType).expect(inner, names.joined(separator: " in ") + " in " + link.name)
        }
    }

    @Test func networks() {
        func network(_ frame: [UInt8]) -> VirtualNetwork { Decoded(frame).packet.network }
        func tunnel(_ name: String) -> [UInt8] {
            Wrapping.tunnels.first { $0.name == name }.map { $0.wrap(Inner.v6.bytes) } ?? []
        }
        #expect(network(Build.tagged([(0x88A8, 100), (0x8100, 0x6000 | 200)], Inner.v4.bytes)) == .none.tagged(100).tagged(200))
        // A priority tag names no network.
        #expect(network(Build.tagged([(0x8100, 0x2000)], Inner.v4.bytes)) == .none)
        #expect(network(Build.ethernet(tunnel("VXLAN"))) == .none.inside(.vxlan, identifier: 0x1234))
        #expect(network(Build.ethernet(tunnel("VXLAN, port of Linux"))) == .none.inside(.vxlan, identifier: 0x1234).tagged(5))
        #expect(network(Build.tagged([(0x8100, 7)], tunnel("VXLAN"))) == .none.inside(.vxlan, identifier: 0x1234))
        #expect(network(Build.ethernet(tunnel("Geneve"))) == .none.inside(.geneve, identifier: 9))
        #expect(network(Build.ethernet(tunnel("GRE 2000"))) == .none.inside(.gre, identifier: 0xABCD))
        // Without an identifier that both directions share, a tunnel joins parts of one network.
        for name in ["GRE 0", "IP in IPv4", "PPP in GRE 1", "Teredo", "GTP-U", "EtherIP"] {
            #expect(network(Build.tagged([(0x8100, 7)], tunnel(name))) == .none.tagged(7), "\(name)")
        }
        // A mirror session's own network is not the mirrored one's.
        for name in ["ERSPAN II", "ERSPAN III", "TZSP", "GRE 2000 bridged"] { #expect(network(Build.tagged([(0x8100, 7)], tunnel(name))) == .none, "\(name)") }
    }

    /// Both directions of a conversation in a GTP-U tunnel have endpoint identifiers of their own and are still one network.
    @Test func bothDirectionsOfAMobileTunnel() {
        let up = Build.v4(17, Build.udp(to: 2152, [0x30, 0xFF] + Build.u16(Inner.v4.bytes.count) + Build.u32(0xAAAA) + Inner.v4.bytes))
        let back = Build.v4(6, from: "10.20.1.10", to: "10.20.1.21", Build.tcp(from: 11_112, to: 50_000, [1]))
        let down = Build.v4(17, Build.udp(to: 2152, [0x30, 0xFF] + Build.u16(back.count) + Build.u32(0xBBBB) + back))
        #expect(Decoded(Build.ethernet(up)).packet.network == Decoded(Build.ethernet(down)).packet.network)
    }

    @Test func hardwareAddressesOf80211() {
        let own = MACAddress("00:66:77:88:99:aa")
        let other = MACAddress("00:11:22:33:44:55")
        for flags in UInt8(0)...3 {
            let packet = Decoded(Build.wireless([0x08, flags], Build.snap(Inner.v4.bytes)), linkType: 105).packet
            #expect(packet.sourceMAC == own, "\(flags)")
            #expect(packet.destinationMAC == other, "\(flags)")
        }
    }

    // MARK: IP

    @Test(arguments: [0, 4, 8, 20, 40])
    func v4Options(octets: Int) {
        let options = [UInt8](repeating: 1, count: octets)
        let decoded = Decoded(Build.ethernet(Build.v4(6, from: "10.20.1.21", to: "10.20.1.10", options: options, Build.tcp(Inner.payload))))
        decoded.expect(.v4, "\(octets) octets")
    }

    @Test func v6ExtensionHeaders() {
        let segment = Build.tcp(Inner.payload)
        func check(_ first: UInt8, _ headers: [UInt8], _ comment: String) {
            let decoded = Decoded(Build.ethernet(Build.v6(first, from: "fd00::21", to: "fd00::10", headers + segment)))
            decoded.expect(.v6, comment)
        }
        for number: UInt8 in [0, 43, 60, 135, 139, 140] {
            for octets in [8, 16, 264, 2048] { check(number, Build.extensionHeader(next: 6, octets: octets), "\(number) of \(octets)") }
        }
        check(44, Build.fragmentHeader(next: 6), "atomic fragment")
        check(51, Build.authenticationHeader(next: 6), "authentication")
        check(51, Build.authenticationHeader(next: 60, check: 16) + Build.extensionHeader(next: 6), "options after authentication")
        // The order of RFC 8200 section 4.1.
        check(
            0,
            Build.extensionHeader(next: 60) + Build.extensionHeader(next: 43, octets: 24) + Build.extensionHeader(next: 44)
                + Build.fragmentHeader(next: 51) + Build.authenticationHeader(next: 60) + Build.extensionHeader(next: 6, octets: 16), "all")
        let endless = (0..<100).flatMap { _ in Build.extensionHeader(next: 60) }
        #expect(Decoded(Build.ethernet(Build.v6(60, endless + segment))).misunderstood.keys.contains(.tooDeep))
    }

    @Test func authenticationHeaderInV4() {
        let bytes = Build.v4(51, from: "10.20.1.21", to: "10.20.1.10", Build.authenticationHeader(next: 6) + Build.tcp(Inner.payload))
        Decoded(Build.ethernet(bytes)).expect(.v4, "AH")
    }

    /// Segmentation offload on the sending host shows as length 0; jumbograms have it in the standard.
    @Test func lengthZero() {
        Decoded(Build.ethernet(Build.v4(6, from: "10.20.1.21", to: "10.20.1.10", length: 0, Build.tcp(Inner.payload)))).expect(.v4, "IPv4")
        Decoded(Build.ethernet(Build.v6(6, from: "fd00::21", to: "fd00::10", length: 0, Build.tcp(Inner.payload)))).expect(.v6, "IPv6")
        let datagram = Decoded(Build.ethernet(Build.v4(17, Build.udp(to: 5353, length: 0, Inner.payload))))
        #expect(datagram.packet.kind == .udp)
        #expect(datagram.payload == Inner.payload)
    }

    @Test func otherProtocols() {
        let ping = Decoded(Build.ethernet(Build.v4(1, [8, 0, 1, 2, 3, 4])))
        #expect(ping.packet.kind == .otherIP)
        #expect(ping.packet.ipProtocol == 1)
        #expect(ping.payload == [8, 0, 1, 2, 3, 4])
        // Extension header numbers mean nothing in IPv4.
        #expect(Decoded(Build.ethernet(Build.v4(60, Build.extensionHeader(next: 6) + Build.tcp([])))).packet.kind == .otherIP)
        #expect(Decoded(Build.ethernet(Build.v6(59, []))).packet.kind == .otherIP)
        #expect(Decoded(Build.ethernet(Build.v6(50, Build.zeros(20)))).packet.ipProtocol == 50)
    }

    @Test func linkProtocols() {
        let arp = Decoded(Build.ethernet(0x0806, Build.zeros(28)))
        #expect(arp.packet.kind == .link)
        #expect(arp.packet.etherType == 0x0806)
        #expect(arp.payload.count == 28)
        let lldp = Decoded(Build.tagged([(0x8100, 5)], []).dropLast(2) + Build.u16(0x88CC) + [2, 7, 4])
        #expect(lldp.packet.etherType == 0x88CC)
        #expect(lldp.packet.network == .none.tagged(5))
        #expect(lldp.payload == [2, 7, 4])
        let spanningTree = Decoded(Build.ethernet(38, [0x42, 0x42, 0x03] + Build.zeros(35)))
        #expect(spanningTree.packet.kind == .link)
        #expect(spanningTree.packet.etherType < 0x600)
        let discovery = Decoded(Build.ethernet(0x0806, Build.zeros(28)).withOuter("VXLAN"))
        #expect(discovery.packet.kind == .link)
        #expect(discovery.packet.sourceMAC == MACAddress("00:66:77:88:99:aa"))
        #expect(discovery.packet.network.identifier == 0x1234)
    }

    @Test func datagrams() {
        let frame = Build.ethernet(Build.v4(17, from: "10.0.0.1", to: "10.0.0.2", Build.udp(from: 68, to: 67, [1, 2, 3]) + [0xEE]))
        let decoded = Decoded(frame + Build.zeros(14))
        #expect(decoded.packet.kind == .udp)
        #expect((decoded.packet.sourcePort, decoded.packet.destinationPort) == (68, 67))
        // Neither the octet after the datagram nor the frame's padding is payload.
        #expect(decoded.payload == [1, 2, 3])
        #expect(decoded.packet.payloadMissing == 0)
    }
}

extension [UInt8] {
    /// An Ethernet frame in VXLAN in Ethernet.
    func withOuter(_ name: String) -> [UInt8] {
        Build.ethernet(Build.v4(17, Build.udp(to: 4789, [8, 0, 0, 0, 0, 0x12, 0x34, 0] + self)))
    }
}
