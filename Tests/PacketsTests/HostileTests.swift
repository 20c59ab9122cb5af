import Packets
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct HostileTests {
    static let wrapped: [(name: String, linkType: UInt16, bytes: [UInt8])] = Inner.all.flatMap { inner in
        Wrapping.links.map { ($0.name, $0.linkType, $0.wrap(inner.bytes)) }
            + Wrapping.tunnels.filter { !$0.onlyV6 || Build.isV6(inner.bytes) }.map { ($0.name, 1, Build.ethernet($0.wrap(inner.bytes))) }
    }

    /// A cut at any byte gives what the bytes hold: the outermost layers that are whole, and a payload whose rest is counted.
    @Test func cutAtEveryByte() {
        for (name, linkType, bytes) in Self.wrapped {
            var wasWhole = false
            for length in 0..<bytes.count {
                let decoded = Decoded(Array(bytes[..<length]), linkType: linkType)
                let packet = decoded.packet
                let comment = "\(name) cut to \(length)"
                guard Int(packet.payloadOffset) + Int(packet.payloadLength) <= length else {
                    Issue.record("\(comment): payload outside")
                    return
                }
                switch packet.kind {
                case .tcp:
                    wasWhole = true
                    #expect(packet.destinationPort == 11_112, "\(comment)")
                    #expect(decoded.payload == Array(Inner.payload.prefix(decoded.payload.count)), "\(comment)")
                    #expect(decoded.payload.count + Int(packet.payloadMissing) == Inner.payload.count, "\(comment)")
                    #expect(decoded.misunderstood.isEmpty, "\(comment)")
                case .udp:
                    // The tunnel's header is not there yet.
                    #expect(!wasWhole, "\(comment)")
                    #expect(packet.payloadMissing > 0, "\(comment)")
                case .unknown:
                    #expect(!wasWhole, "\(comment)")
                    #expect(!decoded.misunderstood.isEmpty, "\(comment)")
                case .link, .otherIP, .fragment:
                    Issue.record("\(comment): \(packet.kind) \(packet.etherType)")
                }
            }
            #expect(wasWhole, "\(name)")
        }
    }

    @Test func snapLength() {
        let frame = Build.ethernet(Build.v4(17, Build.udp(to: 9999, [UInt8](repeating: 7, count: 1000))))
        for (length, captured) in [(frame.count, 1000), (frame.count - 1, 999), (42, 0), (43, 1)] {
            let decoded = Decoded(Array(frame.prefix(length)))
            #expect(decoded.packet.kind == .udp)
            #expect(decoded.payload.count == captured)
            #expect(Int(decoded.packet.payloadMissing) == 1000 - captured)
        }
        // Cut within the options of TCP: no payload, all of it missing.
        let segment = Build.ethernet(Build.v4(6, Build.tcp(options: [UInt8](repeating: 1, count: 40), Inner.payload)))
        let decoded = Decoded(Array(segment.prefix(14 + 20 + 30)))
        #expect(decoded.packet.kind == .tcp)
        #expect(decoded.packet.payloadLength == 0)
        #expect(Int(decoded.packet.payloadMissing) == Inner.payload.count)
    }

    /// A port is only the reason to look: with any other header the datagram stays a datagram, whole.
    @Test(arguments: [
        ("VXLAN without the I flag", 4789, [0, 0, 0, 0, 0, 0, 1, 0] as [UInt8]), ("VXLAN, more flags", 4789, [0x0C, 0, 0, 0, 0, 0, 1, 0]),
        ("VXLAN of something else", 4789, [8, 0, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 0xEE, count: 30)),
        ("VXLAN-GPE without a protocol", 4790, [0x08, 0, 0, 3, 0, 0, 9, 0]), ("VXLAN-GPE of NSH", 4790, [0x0C, 0, 0, 4, 0, 0, 9, 0]),
        ("GRE in UDP, version 1", 4754, [0, 1, 8, 0]), ("GRE in UDP of something else", 4754, [0, 0, 0x88, 0xBE]),
        ("CAPWAP over DTLS", 5247, [1, 0, 0, 0, 0x16, 0xFE, 0xFD]), ("CAPWAP fragment", 5247, [0, 0x10, 0, 0x80, 0, 0, 0, 0]),
        ("CAPWAP keep-alive", 5247, [0, 0x10, 0x02, 0x08, 0, 0, 0, 0]), ("CAPWAP, short header", 5247, [0, 0x08, 0, 0]),
        ("Geneve version 1", 6081, [0x40, 0, 0x65, 0x58, 0, 0, 9, 0]), ("Geneve, reserved bits", 6081, [0, 1, 0x65, 0x58, 0, 0, 9, 0]),
        ("Geneve, unknown type", 6081, [0, 0, 0x12, 0x34, 0, 0, 9, 0]), ("Geneve, reserved octet", 6081, [0, 0, 0x65, 0x58, 0, 0, 9, 1]),
        ("GTP echo", 2152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0]), ("GTP version 2", 2152, [0x50, 0xFF, 0, 20, 0, 0, 0, 1, 0x45]),
        ("GTP prime", 2152, [0x20, 0xFF, 0, 20, 0, 0, 0, 1, 0x45]), ("GTP, longer than the datagram", 2152, [0x30, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0x45]),
        ("GTP of something else", 2152, [0x30, 0xFF, 0, 20, 0, 0, 0, 1, 0x15]),
        ("GTP, extension of length 0", 2152, [0x34, 0xFF, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0, 0, 0]),
        ("TZSP version 2", 37008, [2, 0, 0, 1, 1]), ("TZSP configuration", 37008, [1, 3, 0, 1, 1]), ("TZSP of SLIP", 37008, [1, 0, 0, 9, 1]),
        ("TZSP without an end", 37008, [1, 0, 0, 1] + [UInt8](repeating: 0, count: 200)), ("Teredo of IPv4", 3544, [0x45, 0, 0, 20]),
        ("Teredo, length that does not fit", 3544, [0x60, 0, 0, 0, 0, 1, 59, 61]), ("nothing", 4789, []), ("nothing", 6081, []),
        ("nothing", 2152, []), ("nothing", 37008, []), ("nothing", 3544, []),
    ])
    func wrongTunnels(name: String, port: Int, header: [UInt8]) {
        let payload = header.isEmpty ? [] : header + [UInt8](repeating: 0, count: 60)
        let decoded = Decoded(Build.ethernet(Build.v4(17, from: "10.0.0.1", to: "10.0.0.2", Build.udp(from: 40_000, to: port, payload))))
        #expect(decoded.packet.kind == .udp)
        #expect(decoded.packet.destinationPort == UInt16(port))
        #expect(decoded.packet.source.description == "10.0.0.1")
        #expect(decoded.payload == payload)
        #expect(decoded.packet.tunnels == 0)
        #expect(decoded.misunderstood.isEmpty)
    }

    @Test func tunnelsAtOtherPortsAreNotOpened() {
        for port in [4790, 8473, 6082, 2153, 37009, 53] {
            let packet = Decoded(Build.ethernet(Build.v4(17, Build.udp(to: port, [8, 0, 0, 0, 0, 0, 1, 0] + Build.ethernet(Inner.v4.bytes))))).packet
            #expect(packet.kind == .udp)
            #expect(packet.tunnels == 0)
        }
    }

    /// Everything that is not understood has its reason, and the reason its first frame.
    @Test(arguments: [
        (UInt16(147), Build.zeros(40), Misunderstanding.linkType(147)), (1, Build.zeros(13), .truncated(.ethernet)), (1, [], .truncated(.ethernet)),
        (1, Build.ethernet(0x8100, [0, 1, 8]), .truncated(.vlan)), (1, Build.ethernet(0x893F, Build.zeros(7)), .truncated(.vlan)),
        (1, Build.ethernet(38, [0x42, 0x42]), .truncated(.llc)), (1, Build.ethernet(38, [0xAA, 0xAA, 3, 0, 0, 0, 8]), .truncated(.llc)),
        (1, Build.ethernet(0x8847, [0, 0, 1]), .truncated(.mpls)), (1, Build.ethernet(0x8847, [0, 0, 1, 64]), .truncated(.mpls)),
        (1, Build.ethernet(0x8847, Build.zeros(400)), .tooDeep), (1, Build.ethernet(0x8864, [0x11, 0, 0, 1]), .truncated(.pppoe)),
        (1, Build.ethernet(0x8864, [0x12, 0, 0, 1, 0, 2, 0, 0x21]), .malformed(.pppoe)), (1, Build.ethernet(0x8864, [0x11, 9, 0, 1, 0, 2, 0, 0x21]), .malformed(.pppoe)),
        (1, Build.ethernet(0x8864, [0x11, 0, 0, 1, 0, 0]), .truncated(.ppp)), (9, [0xC0, 0x21, 1, 1], .pppProtocol(0xC021)), (9, [0xFF, 0x03, 0x00], .truncated(.ppp)),
        (104, [0x0F, 0, 8], .truncated(.ppp)), (0, [2, 0, 0], .truncated(.loopback)), (0, [99, 0, 0, 0, 0x45], .malformed(.loopback)),
        (113, Build.zeros(15), .truncated(.linuxCooked)), (276, Build.zeros(19), .truncated(.linuxCooked)),
        (127, [0, 0, 8, 0, 0, 0, 0], .truncated(.radiotap)), (127, [1, 0, 8, 0, 0, 0, 0, 0, 8, 0], .malformed(.radiotap)),
        (127, [0, 0, 7, 0, 0, 0, 0, 0, 8, 0], .malformed(.radiotap)), (127, [0, 0, 8, 0, 0, 0, 0, 0x80], .truncated(.radiotap)),
        (105, [8], .truncated(.wireless)), (105, [0x80, 0] + Build.zeros(30), .wirelessManagement), (105, [0xB4, 0] + Build.zeros(14), .wirelessManagement),
        (105, [0x48, 0x01] + Build.zeros(30), .wirelessManagement), (105, [0xC8, 0x01] + Build.zeros(30), .wirelessManagement),
        (105, [0x08, 0x41] + Build.zeros(40), .encryptedWireless), (105, [0x88, 0x01] + Build.zeros(23), .truncated(.wireless)),
        (105, [0x88, 0x01] + Build.zeros(22) + [0x80, 0] + Build.zeros(40), .malformed(.wireless)), (105, [0x08, 0x01] + Build.zeros(22), .truncated(.llc)),
        (101, [0x50] + Build.zeros(40), .ipVersion(5)), (101, [], .truncated(.ipv4)), (228, Build.zeros(19), .truncated(.ipv4)),
        (228, [0x65] + Build.zeros(30), .malformed(.ipv4)), (228, [0x44] + Build.zeros(30), .malformed(.ipv4)),
        (228, [0x46, 0, 0, 20] + Build.zeros(30), .malformed(.ipv4)), (229, [0x60] + Build.zeros(38), .truncated(.ipv6)), (229, [0x45] + Build.zeros(60), .malformed(.ipv6)),
        (229, Build.v6(0, [6]), .truncated(.ipv6Extension)), (229, Build.v6(44, [6, 0, 0]), .truncated(.ipv6Extension)), (228, Build.v4(51, [6]), .truncated(.ipv6Extension)),
        (228, Build.v4(47, [0, 0, 8]), .truncated(.gre)), (228, Build.v4(47, [0x20, 0, 8, 0, 1]), .truncated(.gre)), (228, Build.v4(47, [0x40, 0, 8, 0] + Build.zeros(40)), .malformed(.gre)),
        (228, Build.v4(47, [0, 2, 8, 0] + Build.zeros(40)), .malformed(.gre)), (228, Build.v4(47, [0x10, 0, 0x22, 0xEB] + Build.zeros(15)), .truncated(.erspan)),
        (228, Build.v4(97, [0x30]), .truncated(.etherIP)), (228, Build.v4(97, [0x20, 0] + Build.zeros(40)), .malformed(.etherIP)),
        (228, Build.v4(6, Build.zeros(15)), .truncated(.tcp)), (228, Build.v4(6, Build.zeros(12) + [0x40] + Build.zeros(7)), .malformed(.tcp)),
        (228, Build.v4(6, Build.zeros(12) + [0xF0] + Build.zeros(7)), .malformed(.tcp)), (228, Build.v4(17, Build.zeros(5)), .truncated(.udp)),
        (228, Build.v4(17, Build.udp(to: 5, length: 7, [])), .malformed(.udp)), (228, Build.v4(17, length: 20, Build.udp(to: 5, [])), .malformed(.udp)),
        (1, Build.tagged((0..<40).map { (0x8100, $0 + 1) }, Inner.v4.bytes), .tooDeep),
        (228, (0..<40).reduce(Inner.v4.bytes) { bytes, _ in Build.v4(4, bytes) }, .tooDeep),
    ])
    func reasons(linkType: UInt16, bytes: [UInt8], reason: Misunderstanding) {
        var decoder = Decoder()
        let good = Build.ethernet(Inner.v4.bytes)
        let first = decoder.decode(good.rawSpan, linkType: 1, frame: 6)
        #expect(first.kind == .tcp)
        for frame in UInt64(7)...9 {
            let packet = decoder.decode(bytes.rawSpan, linkType: linkType, frame: frame)
            #expect(packet.kind == .unknown)
        }
        #expect(decoder.misunderstood.map(\.key) == [reason])
        #expect(decoder.misunderstood[reason]?.count == 3)
        #expect(decoder.misunderstood[reason]?.firstFrame == 7)
        #expect(!reason.name.isEmpty)
        // Frames can be read out of order; the first is the one of the lowest number.
        decoder.count(reason, frame: 2)
        #expect(decoder.misunderstood[reason]?.firstFrame == 2)
    }

    @Test func reasonsAreBounded() {
        var decoder = Decoder()
        for number in UInt16(1000)...3000 { _ = decoder.decode([1, 2, 3].rawSpan, linkType: number, frame: 1) }
        #expect(decoder.misunderstood.count == 512)
    }

    /// No mutation of any frame traps, and no answer points outside the frame.
    @Test(arguments: UInt64(0)..<8)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var decoder = Decoder()
        var fragments = FragmentTable()
        for round in 0..<2500 {
            guard let sample = Self.wrapped.randomElement(using: &random) else { return }
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...5, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<7, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes[place] = [0x00, 0xFF, 0x7F, 0x80, 0x45, 0x60][Int.random(in: 0..<6, using: &random)]
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
                case 4: bytes.insert(contentsOf: bytes.prefix(Int.random(in: 1...80, using: &random)), at: place)
                case 5: bytes.insert(contentsOf: Wrapping.tunnels[Int.random(in: 0..<20, using: &random)].wrap(Inner.v6.bytes), at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            let linkType = round % 16 == 0 ? [0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 228, 229, 276][Int.random(in: 0..<15, using: &random)] : sample.linkType
            let packet = decoder.decode(bytes.rawSpan, linkType: linkType, frame: UInt64(round))
            guard Int(packet.payloadOffset) + Int(packet.payloadLength) <= bytes.count else {
                Issue.record("payload outside: \(bytes)")
                return
            }
            if packet.kind == .fragment {
                let payload = bytes.rawSpan.slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
                if let whole = fragments.add(packet, payload, at: Timestamp(seconds: Int64(round))) {
                    _ = decoder.decode(reassembled: whole.rawSpan, of: packet, frame: UInt64(round))
                }
            }
        }
    }
}
