import Testing
import Wire

@Suite struct IPAddressTests {
    static func bytes(_ text: String) throws -> IPAddress { try #require(IPAddress(text), "\(text)") }

    /// RFC 5952 section 4, and what comes back unchanged.
    @Test(arguments: [
        ("2001:0db8::0001", "2001:db8::1"), ("2001:DB8::A", "2001:db8::a"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        // One group of zeros is no run.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // The longest run, and the first of equals.
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"), ("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"), ("1:2:3:4:5:6::", "1:2:3:4:5:6::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("fe80::1", "fe80::1"), ("ff02::1:ff00:1", "ff02::1:ff00:1"),
        // Embedded IPv4.
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "::c000:201"),
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("192.0.2.205", "192.0.2.205"), ("10.100.20.3", "10.100.20.3"),
    ])
    func text(given: String, canonical: String) throws {
        let address = try Self.bytes(given)
        #expect(address.description == canonical)
        #expect(IPAddress(address.description) == address)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "1::2::3", "::1::", "12345::", "g::", "1:2:3:4:5:6:7:8::",
        ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:", ":1::2", "1::2:", ":1:2:3:4:5:6:7", "::+1", "+1::", "-0::", "1:2:3:4:5:6:7:+8", "::1.2.3",
        "::1.2.3.4.5", "1.2.3.4::", "::1.2.3.4:5", "::256.1.1.1", " ::1", "::1 ", "fe80::1%eth0", "1.2.3", "1.2.3.4.5", "1.2.3.256",
        "1.2.3.-4", "1.2.3.+4", "1..2.3", ".1.2.3", "1.2.3.", "1.2.3.4 ", "1.2.3.0004", "a.b.c.d", "１.2.3.4", "::１",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", String(repeating: "1:", count: 4000), String(repeating: "1.", count: 4000),
    ])
    func refused(text: String) { #expect(IPAddress(text) == nil) }

    /// Any address comes back from its text; text never has two forms.
    @Test func roundTrip() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<4000 {
            // Groups of zeros are what the shortening is about.
            let groups = (0..<8).map { _ in Bool.random(using: &random) ? UInt16(0) : UInt16.random(in: 0...(.max), using: &random) }
            let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let low = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let address = IPAddress(high: high, low: low)
            #expect(IPAddress(address.description) == address)
            #expect(IPAddress(groups.map { String($0, radix: 16) }.joined(separator: ":")) == address)
            let v4 = IPAddress(v4: UInt32.random(in: 0...(.max), using: &random))
            #expect(IPAddress(v4.description) == v4)
        }
    }

    @Test func readsFromTheWire() throws {
        let bytes: [UInt8] = [192, 0, 2, 1] + [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        var reader = ByteReader(bytes.rawSpan)
        try equal(IPAddress(v4: &reader).description, "192.0.2.1")
        try equal(IPAddress(v6: &reader).description, "2001:db8::1")
        for count in 0..<16 {
            var short = ByteReader(bytes.rawSpan.slice(from: 0, count: count))
            equal(try? IPAddress(v6: &short), nil)
            var four = ByteReader(bytes.rawSpan.slice(from: 0, count: count))
            equal((try? IPAddress(v4: &four)) != nil, count >= 4)
        }
    }

    enum Range: CaseIterable { case unspecified, group, loopback, linkLocal, privateUse, otherInside, open }

    /// The first and the last address of every range that stays inside, and their neighbours outside.
    @Test(arguments: [
        ("0.0.0.0", Range.unspecified), ("::", .unspecified), ("::ffff:0.0.0.0", .unspecified),
        ("0.0.0.1", .otherInside), ("0.255.255.255", .otherInside), ("1.0.0.0", .open),
        ("9.255.255.255", .open), ("10.0.0.0", .privateUse), ("10.255.255.255", .privateUse), ("11.0.0.0", .open),
        ("100.63.255.255", .open), ("100.64.0.0", .otherInside), ("100.127.255.255", .otherInside), ("100.128.0.0", .open),
        ("126.255.255.255", .open), ("127.0.0.0", .loopback), ("127.255.255.255", .loopback), ("128.0.0.0", .open),
        ("169.253.255.255", .open), ("169.254.0.0", .linkLocal), ("169.254.255.255", .linkLocal), ("169.255.0.0", .open),
        ("172.15.255.255", .open), ("172.16.0.0", .privateUse), ("172.31.255.255", .privateUse), ("172.32.0.0", .open),
        ("191.255.255.255", .open), ("192.0.0.0", .otherInside), ("192.0.0.255", .otherInside), ("192.0.1.0", .open),
        ("192.0.2.1", .open), ("192.167.255.255", .open), ("192.168.0.0", .privateUse), ("192.168.255.255", .privateUse), ("192.169.0.0", .open),
        ("198.17.255.255", .open), ("198.18.0.0", .otherInside), ("198.19.255.255", .otherInside), ("198.20.0.0", .open),
        ("223.255.255.255", .open), ("224.0.0.0", .group), ("239.255.255.255", .group), ("240.0.0.0", .otherInside),
        ("255.255.255.254", .otherInside), ("255.255.255.255", .group),
        ("::1", .loopback), ("::2", .otherInside), ("1fff::1", .otherInside), ("2000::1", .open), ("2001:db8::1", .open), ("3fff::1", .open),
        ("4000::1", .otherInside), ("fbff::1", .otherInside), ("fc00::1", .privateUse), ("fdff::1", .privateUse), ("fe00::1", .otherInside),
        ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("fec0::1", .otherInside), ("ff00::1", .group), ("ffff::1", .group),
    ])
    func ranges(text: String, range: Range) throws {
        let address = try Self.bytes(text)
        #expect(address.isUnspecified == (range == .unspecified))
        #expect(address.isGroup == (range == .group))
        #expect(address.isLoopback == (range == .loopback))
        #expect(address.isLinkLocal == (range == .linkLocal))
        #expect(address.isPrivate == (range == .privateUse))
        #expect(address.isPublic == (range == .open))
    }

    @Test func order() throws {
        let sorted = ["::", "::1", "0.0.0.0", "9.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::1", "fe80::1"]
        let addresses = try sorted.map(Self.bytes)
        #expect(addresses.shuffled().sorted() == addresses)
    }

    @Test func endpoints() throws {
        #expect(Endpoint(address: try Self.bytes("192.0.2.1"), port: 104).description == "192.0.2.1:104")
        #expect(Endpoint(address: try Self.bytes("2001:db8::1"), port: 65535).description == "[2001:db8::1]:65535")
        #expect(Endpoint(address: .none, port: 2) < Endpoint(address: .none, port: 3))
        #expect(Endpoint(address: .none, port: 9) < Endpoint(address: try Self.bytes("::1"), port: 3))
        #expect([Transport.tcp, .udp, .sctp].map(\.name) == ["tcp", "udp", "sctp"])
    }
}

@Suite struct MACAddressTests {
    @Test(arguments: ["00:11:22:aa:bb:cc", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:42:ac:11:00:02"])
    func roundTrip(text: String) throws {
        let address = try #require(MACAddress(text))
        #expect(address.description == text)
        #expect(MACAddress(text.uppercased()) == address)
        #expect(MACAddress(text.replacing(":", with: "-")) == address)
        let bytes = (0..<6).map { UInt8(truncatingIfNeeded: address.rawValue >> UInt64(40 - 8 * $0)) }
        var reader = ByteReader(bytes.rawSpan)
        try equal(MACAddress(&reader), address)
        #expect(hexadecimal(bytes) == text.replacing(":", with: ""))
        for count in 0..<6 {
            var short = ByteReader(bytes.rawSpan.slice(from: 0, count: count))
            equal(try? MACAddress(&short), nil)
        }
    }

    @Test(arguments: [
        "", "00:11:22:aa:bb", "00:11:22:aa:bb:cc:dd", "00:11:22:aa:bb:gg", "00:11:22:aa:bb:+c", "::00:11:22:aa:bb:cc", "00::11:22:aa:bb:cc",
        "00:11:22:aa:bb:cc:", "001:1:22:aa:bb:cc", "001122aabbcc", "0011.22aa.bbcc", " 0:11:22:aa:bb:cc",
    ])
    func refused(text: String) { #expect(MACAddress(text) == nil) }

    @Test func kinds() throws {
        #expect(MACAddress.broadcast.isGroup)
        #expect(!MACAddress.broadcast.isUnicast)
        #expect(!MACAddress.zero.isUnicast)
        #expect(try #require(MACAddress("01:00:5e:00:00:01")).isGroup)
        #expect(try #require(MACAddress("00:11:22:33:44:55")).isUnicast)
        #expect(!(try #require(MACAddress("00:11:22:33:44:55")).isLocallyAdministered))
        #expect(try #require(MACAddress("52:54:00:12:34:56")).isLocallyAdministered)
        #expect(MACAddress(rawValue: .max) == .broadcast)
    }

    @Test(arguments: [
        ("00:00:5e:00:01:07", true), ("00:00:5e:00:02:ff", true), ("00:00:5e:00:03:01", false), ("00:00:5e:00:00:01", false),
        ("00:00:0c:07:ac:01", true), ("00:00:0c:07:ad:01", false), ("00:00:0c:9f:f0:01", true), ("00:00:0c:9f:ff:ff", true),
        ("00:00:0c:9f:e0:01", false), ("00:05:73:a0:00:01", true), ("00:05:73:a0:0f:ff", true), ("00:05:73:a0:10:00", false),
        ("00:07:b4:00:01:01", true), ("00:07:b4:01:01:01", false), ("00:1b:21:00:01:07", false),
    ])
    func virtualRouters(text: String, isVirtual: Bool) throws { #expect(try #require(MACAddress(text)).isVirtualRouter == isVirtual) }
}

@Suite struct VirtualNetworkTests {
    @Test func tags() {
        let network = VirtualNetwork.none.tagged(100)
        #expect((network.vlan, network.outerVLAN) == (100, 0))
        let inner = network.tagged(200)
        #expect((inner.vlan, inner.outerVLAN) == (200, 100))
        // Two are kept, the nearest ones.
        #expect((inner.tagged(4095).vlan, inner.tagged(4095).outerVLAN) == (4095, 200))
        // A priority tag names no network; priority bits are none of the name.
        #expect(inner.tagged(0) == inner)
        #expect(inner.tagged(0xF000) == inner)
        #expect(VirtualNetwork.none.tagged(0xE064) == network)
        #expect(network.withoutVLAN == .none)
    }

    @Test func overlays() {
        let outside = VirtualNetwork.none.tagged(7)
        let inside = outside.inside(.vxlan, identifier: 0xFF_FFFF)
        #expect(inside.overlay == .vxlan)
        #expect(inside.identifier == 0xFF_FFFF)
        #expect((inside.vlan, inside.outerVLAN) == (0, 0))
        let tagged = inside.tagged(4094).tagged(1)
        #expect((tagged.vlan, tagged.outerVLAN, tagged.identifier) == (1, 4094, 0xFF_FFFF))
        #expect(tagged.overlay == .vxlan)
        #expect(tagged.withoutVLAN == inside)
        #expect(outside.inside(.gre, identifier: .max).identifier == .max)
        #expect(outside.inside(.gre, identifier: .max).overlay == .gre)
        #expect(VirtualNetwork.none.inside(.vxlan, identifier: 5) != VirtualNetwork.none.inside(.geneve, identifier: 5))
        #expect(VirtualNetwork(rawValue: .max).overlay == .other)
        #expect(outside < inside)
    }
}

/// A small generator with a fixed seed: the same values on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}
