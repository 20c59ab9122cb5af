import Packets
import Testing
import Wire

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

/// Frames, byte for byte. Each function puts a header before what it is given.
enum Build {
    static func u16(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }
    static func u32(_ value: Int) -> [UInt8] { Self.u16(value >> 16) + Self.u16(value) }
    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    // MARK: Transport

    static func tcp(
        from: Int = 50_000, to: Int = 11_112, sequence: Int = 0x0102_0304, acknowledgement: Int = 0x0506_0708, flags: UInt8 = 0x18,
        options: [UInt8] = [], _ payload: [UInt8]
    ) -> [UInt8] {
        Self.u16(from) + Self.u16(to) + Self.u32(sequence) + Self.u32(acknowledgement) + [UInt8(5 + options.count / 4) << 4, flags]
            + Self.u16(0x2000) + Self.zeros(4) + options + payload
    }

    static func udp(from: Int = 40_000, to: Int, length: Int? = nil, _ payload: [UInt8]) -> [UInt8] {
        Self.u16(from) + Self.u16(to) + Self.u16(length ?? payload.count + 8) + Self.zeros(2) + payload
    }

    // MARK: IP

    static func v4(
        _ number: UInt8, from: String = "192.0.2.1", to: String = "192.0.2.2", options: [UInt8] = [], identification: Int = 0, offset: Int = 0,
        more: Bool = false, length: Int? = nil, _ payload: [UInt8]
    ) -> [UInt8] {
        [0x40 | UInt8(5 + options.count / 4), 0] + Self.u16(length ?? 20 + options.count + payload.count) + Self.u16(identification)
            + Self.u16(offset / 8 | (more ? 0x2000 : 0)) + [61, number, 0, 0] + Self.address(from) + Self.address(to) + options + payload
    }

    static func v6(
        _ next: UInt8, from: String = "2001:db8::1", to: String = "2001:db8::2", length: Int? = nil, _ payload: [UInt8]
    ) -> [UInt8] {
        [0x60, 0, 0, 0] + Self.u16(length ?? payload.count) + [next, 61] + Self.address(from) + Self.address(to) + payload
    }

    static func address(_ text: String) -> [UInt8] {
        guard let address = IPAddress(text) else { return [] }
        let words = [address.high, address.low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
        return address.isV4 ? Array(words.suffix(4)) : words
    }

    /// An IPv6 extension header of that many octets: a multiple of 8.
    static func extensionHeader(next: UInt8, octets: Int = 8) -> [UInt8] {
        [next, UInt8(octets / 8 - 1), 1, UInt8(truncatingIfNeeded: octets - 4)] + Self.zeros(octets - 4)
    }
    static func fragmentHeader(next: UInt8, offset: Int = 0, more: Bool = false, identification: Int = 0) -> [UInt8] {
        [next, 0] + Self.u16(offset | (more ? 1 : 0)) + Self.u32(identification)
    }
    static func authenticationHeader(next: UInt8, check: Int = 12) -> [UInt8] {
        [next, UInt8((12 + check) / 4 - 2), 0, 0] + Self.u32(1) + Self.u32(1) + Self.zeros(check)
    }

    static func isV6(_ ip: [UInt8]) -> Bool { ip.first.map { $0 >> 4 == 6 } ?? false }
    static func etherType(_ ip: [UInt8]) -> Int { Self.isV6(ip) ? 0x86DD : 0x0800 }

    // MARK: Link

    static let destinationMAC: [UInt8] = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55]
    static let sourceMAC: [UInt8] = [0x00, 0x66, 0x77, 0x88, 0x99, 0xAA]

    static func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] { Self.destinationMAC + Self.sourceMAC + Self.u16(type) + payload }
    static func ethernet(_ ip: [UInt8]) -> [UInt8] { Self.ethernet(Self.etherType(ip), ip) }

    static func tagged(_ tags: [(type: Int, vlan: Int)], _ ip: [UInt8]) -> [UInt8] {
        var bytes = Self.destinationMAC + Self.sourceMAC
        for tag in tags { bytes += Self.u16(tag.type) + Self.u16(tag.vlan) }
        return bytes + Self.u16(Self.etherType(ip)) + ip
    }

    static func snap(_ ip: [UInt8], organisation: [UInt8] = [0, 0, 0]) -> [UInt8] {
        [0xAA, 0xAA, 0x03] + organisation + Self.u16(Self.etherType(ip)) + ip
    }

    static func ppp(_ ip: [UInt8]) -> [UInt8] { Self.u16(Self.isV6(ip) ? 0x0057 : 0x0021) + ip }
    static func pppoe(_ ppp: [UInt8]) -> [UInt8] { [0x11, 0x00, 0x12, 0x34] + Self.u16(ppp.count) + ppp }

    static func mpls(_ labels: Int, _ payload: [UInt8]) -> [UInt8] {
        (1...labels).flatMap { Self.u32((1000 + $0) << 12 | ($0 == labels ? 0x100 : 0) | 64) } + payload
    }

    /// IEEE 802.11 data. Control: frame control, first octet first.
    static func wireless(_ control: [UInt8], quality: [UInt8]? = nil, paddedTo: Int = 1, _ body: [UInt8]) -> [UInt8] {
        let flags = control[1]
        let (own, other, station) = (Self.sourceMAC, Self.destinationMAC, [UInt8]([0x02, 0, 0, 0, 0, 1]))
        var bytes = control + [0, 0]
        switch flags & 3 {
        case 0: bytes += other + own + station
        case 1: bytes += station + own + other
        case 2: bytes += other + station + own
        default: bytes += station + station + other
        }
        bytes += [0x10, 0x00]
        if flags & 3 == 3 { bytes += own }
        if let quality { bytes += quality }
        if flags & 0x80 != 0, quality != nil { bytes += Self.zeros(4) }
        while bytes.count % paddedTo != 0 { bytes.append(0) }
        return bytes + body
    }

    static func radiotap(_ fields: [UInt8], present: [UInt32], _ frame: [UInt8]) -> [UInt8] {
        let words = present.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        let length = 4 + words.count + fields.count
        return [0, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + words + fields + frame
    }
}

/// The conversation that every wrapping has to give back.
struct Inner: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let source: String
    let destination: String

    static let payload = Array("A-ASSOCIATE-RQ of forty-two octets or so..".utf8)
    static let v4 = Inner(
        name: "IPv4", bytes: Build.v4(6, from: "10.20.1.21", to: "10.20.1.10", Build.tcp(options: [1, 1, 8, 10] + Build.zeros(8), Inner.payload)),
        source: "10.20.1.21", destination: "10.20.1.10")
    static let v6 = Inner(
        name: "IPv6", bytes: Build.v6(6, from: "fd00::21", to: "fd00::10", Build.tcp(Inner.payload)), source: "fd00::21", destination: "fd00::10")
    static let all = [Inner.v4, .v6]
    var testDescription: String { self.name }
}

/// Something that carries an IP packet.
struct Wrapping: Sendable, CustomTestStringConvertible {
    let name: String
    var linkType: UInt16 = 1
    var hasMACs = true
    var encapsulation: Encapsulation?
    var onlyV6 = false
    let wrap: @Sendable ([UInt8]) -> [UInt8]
    var testDescription: String { self.name }

    /// Link layers: IP packet to frame.
    static let links: [Wrapping] = [
        Wrapping(name: "Ethernet II") { Build.ethernet($0) },
        Wrapping(name: "Ethernet II, padded") { Build.ethernet($0) + Build.zeros(20) },
        Wrapping(name: "802.3 SNAP") { Build.ethernet($0.count + 8, Build.snap($0)) },
        Wrapping(name: "802.3 SNAP of 802.1H") { Build.ethernet($0.count + 8, Build.snap($0, organisation: [0, 0, 0xF8])) },
        Wrapping(name: "802.1Q", encapsulation: .vlan) { Build.tagged([(0x8100, 0x2064)], $0) },
        Wrapping(name: "802.1ad over 802.1Q", encapsulation: .vlan) { Build.tagged([(0x88A8, 100), (0x8100, 200)], $0) },
        Wrapping(name: "five tags", encapsulation: .vlan) {
            Build.tagged([(0x88A8, 1), (0x9100, 2), (0x9200, 3), (0x8100, 4), (0x8100, 5)], $0)
        },
        Wrapping(name: "802.1Q over LLC", encapsulation: .vlan) {
            Build.destinationMAC + Build.sourceMAC + Build.u16(0x8100) + Build.u16(7) + Build.u16($0.count + 8) + Build.snap($0)
        },
        Wrapping(name: "802.1BR") { Build.ethernet(0x893F, Build.zeros(6) + Build.u16(Build.etherType($0)) + $0) },
        Wrapping(name: "MPLS", encapsulation: .mpls) { Build.ethernet(0x8847, Build.mpls(1, $0)) },
        Wrapping(name: "three labels", encapsulation: .mpls) { Build.ethernet(0x8848, Build.mpls(3, $0)) },
        Wrapping(name: "pseudowire with control word", encapsulation: .mpls) {
            Build.ethernet(0x8847, Build.mpls(2, Build.zeros(4) + Build.ethernet($0)))
        },
        Wrapping(name: "PPPoE", encapsulation: .pppoe) { Build.ethernet(0x8864, Build.pppoe(Build.ppp($0))) },
        Wrapping(name: "PPPoE in a VLAN", encapsulation: .pppoe) {
            Build.destinationMAC + Build.sourceMAC + Build.u16(0x8100) + Build.u16(835) + Build.u16(0x8864) + Build.pppoe(Build.ppp($0))
        },
        Wrapping(name: "PPPoE, compressed protocol field", encapsulation: .pppoe) {
            Build.ethernet(0x8864, Build.pppoe(Array(Build.ppp($0).dropFirst())))
        },
        Wrapping(name: "LINKTYPE_NULL, little-endian", linkType: 0, hasMACs: false) { [Build.isV6($0) ? 30 : 2, 0, 0, 0] + $0 },
        Wrapping(name: "LINKTYPE_NULL, big-endian", linkType: 0, hasMACs: false) { [0, 0, 0, Build.isV6($0) ? 28 : 2] + $0 },
        Wrapping(name: "LINKTYPE_NULL, NetBSD", linkType: 0, hasMACs: false) { [Build.isV6($0) ? 24 : 2, 0, 0, 0] + $0 },
        Wrapping(name: "LINKTYPE_LOOP", linkType: 108, hasMACs: false) { [0, 0, 0, Build.isV6($0) ? 24 : 2] + $0 },
        Wrapping(name: "PPP", linkType: 9, hasMACs: false) { Build.ppp($0) },
        Wrapping(name: "PPP with address and control", linkType: 9, hasMACs: false) { [0xFF, 0x03] + Build.ppp($0) },
        Wrapping(name: "PPP in HDLC framing", linkType: 50, hasMACs: false) { [0xFF, 0x03] + Build.ppp($0) },
        Wrapping(name: "Cisco HDLC in PPP-over-HDLC", linkType: 50, hasMACs: false) { [0x0F, 0x00] + Build.u16(Build.etherType($0)) + $0 },
        Wrapping(name: "MPLS in PPP", linkType: 9, hasMACs: false, encapsulation: .mpls) { Build.u16(0x0281) + Build.mpls(2, $0) },
        Wrapping(name: "LINKTYPE_PPP_ETHER", linkType: 51, hasMACs: false, encapsulation: .pppoe) { Build.pppoe(Build.ppp($0)) },
        Wrapping(name: "Cisco HDLC", linkType: 104, hasMACs: false) { [0x8F, 0x00] + Build.u16(Build.etherType($0)) + $0 },
        Wrapping(name: "raw 12", linkType: 12, hasMACs: false) { $0 },
        Wrapping(name: "raw 14", linkType: 14, hasMACs: false) { $0 },
        Wrapping(name: "raw 101", linkType: 101, hasMACs: false) { $0 },
        Wrapping(name: "Linux cooked 1", linkType: 113) {
            Build.u16(0) + Build.u16(1) + Build.u16(6) + Build.sourceMAC + [0, 0] + Build.u16(Build.etherType($0)) + $0
        },
        Wrapping(name: "Linux cooked 1 with a tag", linkType: 113, encapsulation: .vlan) {
            Build.u16(4) + Build.u16(1) + Build.u16(6) + Build.sourceMAC + [0, 0] + Build.u16(0x8100) + Build.u16(9) + Build.u16(Build.etherType($0)) + $0
        },
        Wrapping(name: "Linux cooked 1, LLC", linkType: 113) {
            Build.u16(0) + Build.u16(1) + Build.u16(6) + Build.sourceMAC + [0, 0] + Build.u16(4) + Build.snap($0)
        },
        Wrapping(name: "Linux cooked 2", linkType: 276) {
            Build.u16(Build.etherType($0)) + [0, 0] + Build.u32(2) + Build.u16(1) + [0, 6] + Build.sourceMAC + [0, 0] + $0
        },
        Wrapping(name: "Linux cooked 2 without an address", linkType: 276, hasMACs: false) {
            Build.u16(Build.etherType($0)) + [0, 0] + Build.u32(2) + Build.u16(772) + [0, 0] + Build.zeros(8) + $0
        },
        Wrapping(name: "802.11 ad hoc", linkType: 105) { Build.wireless([0x08, 0x00], Build.snap($0)) },
        Wrapping(name: "802.11 to DS", linkType: 105) { Build.wireless([0x08, 0x01], Build.snap($0)) },
        Wrapping(name: "802.11 from DS", linkType: 105) { Build.wireless([0x08, 0x02], Build.snap($0)) },
        Wrapping(name: "802.11 WDS", linkType: 105) { Build.wireless([0x08, 0x03], Build.snap($0)) },
        Wrapping(name: "802.11 QoS", linkType: 105) { Build.wireless([0x88, 0x02], quality: [5, 0], Build.snap($0)) },
        Wrapping(name: "802.11 QoS and HT control", linkType: 105) { Build.wireless([0x88, 0x81], quality: [5, 0], Build.snap($0)) },
        Wrapping(name: "802.11 QoS WDS", linkType: 105) { Build.wireless([0x88, 0x03], quality: [5, 0], Build.snap($0)) },
        Wrapping(name: "radiotap, no fields", linkType: 127) { Build.radiotap([], present: [0], Build.wireless([0x08, 0x01], Build.snap($0))) },
        Wrapping(name: "radiotap with flags and padding", linkType: 127) {
            Build.radiotap([0x20, 0], present: [0x0000_0006], Build.wireless([0x88, 0x01], quality: [0, 0], paddedTo: 4, Build.snap($0)))
        },
        Wrapping(name: "radiotap with flags, no padding", linkType: 127) {
            Build.radiotap([0x10, 0], present: [0x0000_0006], Build.wireless([0x88, 0x01], quality: [0, 0], Build.snap($0)) + Build.zeros(4))
        },
        Wrapping(name: "radiotap with TSFT, flags and padding", linkType: 127) {
            Build.radiotap(
                Build.zeros(8) + [0x20], present: [0x0000_0003], Build.wireless([0x88, 0x02], quality: [0, 0], paddedTo: 4, Build.snap($0)))
        },
        Wrapping(name: "radiotap, extended presence, TSFT aligned", linkType: 127) {
            // Three presence words end at 16, two at 12: then TSFT needs four octets of padding.
            Build.radiotap(
                Build.zeros(4) + Build.zeros(8) + [0x20, 0, 0, 0], present: [0xA000_0003, 0x0000_0020],
                Build.wireless([0x88, 0x02], quality: [0, 0], paddedTo: 4, Build.snap($0)))
        },
        Wrapping(name: "radiotap, three presence words", linkType: 127) {
            Build.radiotap(
                Build.zeros(8) + [0x20], present: [0xA000_0003, 0xA000_0020, 0x0000_0020],
                Build.wireless([0x88, 0x02], quality: [0, 0], paddedTo: 4, Build.snap($0)))
        },
    ]

    static func over(_ number: UInt8, _ payload: [UInt8]) -> [UInt8] { Build.v4(number, payload) }
    static func gre(_ flags: Int, _ type: Int, _ payload: [UInt8]) -> [UInt8] {
        var header = Build.u16(flags) + Build.u16(type)
        if flags & 0x8000 != 0 { header += [1, 2, 0, 0] }
        if flags & 0x2000 != 0 { header += flags & 7 == 1 ? Build.u16(payload.count) + [0, 7] : Build.u32(0xABCD) }
        if flags & 0x1000 != 0 { header += Build.u32(77) }
        if flags & 0x0080 != 0 { header += Build.u32(76) }
        return Self.over(47, header + payload)
    }

    /// Tunnels: IP packet to IP packet.
    static let tunnels: [Wrapping] = [
        Wrapping(name: "IP in IPv4", hasMACs: false, encapsulation: .ipInIP) { Self.over(Build.isV6($0) ? 41 : 4, $0) },
        Wrapping(name: "IP in IPv6", hasMACs: false, encapsulation: .ipInIP) { Build.v6(Build.isV6($0) ? 41 : 4, $0) },
        Wrapping(name: "EtherIP", encapsulation: .etherIP) { Self.over(97, [0x30, 0x00] + Build.ethernet($0)) },
        Wrapping(name: "MPLS in IP", hasMACs: false, encapsulation: .mpls) { Self.over(137, Build.mpls(1, $0)) },
        Wrapping(name: "ERSPAN I", encapsulation: .erspan) { Self.gre(0x0000, 0x88BE, Build.ethernet($0)) },
        Wrapping(name: "ERSPAN II", encapsulation: .erspan) { Self.gre(0x1000, 0x88BE, Build.u32(0x1064_0001) + Build.zeros(4) + Build.ethernet($0)) },
        Wrapping(name: "ERSPAN III", encapsulation: .erspan) { Self.gre(0x1000, 0x22EB, Build.u32(0x2064_0001) + Build.zeros(8) + Build.ethernet($0)) },
        Wrapping(name: "ERSPAN III with subheader", encapsulation: .erspan) {
            Self.gre(0x1000, 0x22EB, Build.u32(0x2064_0001) + Build.zeros(7) + [1] + Build.zeros(8) + Build.ethernet($0))
        },
        Wrapping(name: "VXLAN", encapsulation: .vxlan) { Self.over(17, Build.udp(to: 4789, [8, 0, 0, 0, 0, 0x12, 0x34, 0] + Build.ethernet($0))) },
        Wrapping(name: "VXLAN, port of Linux", encapsulation: .vxlan) {
            Self.over(17, Build.udp(to: 8472, [8, 0, 0, 0, 0, 0x12, 0x34, 0] + Build.tagged([(0x8100, 5)], $0)))
        },
        Wrapping(name: "VXLAN over IPv6", encapsulation: .vxlan) { Build.v6(17, Build.udp(to: 4789, [8, 0, 0, 0, 0, 0, 1, 0] + Build.ethernet($0))) },
        Wrapping(name: "VXLAN with a group policy", encapsulation: .vxlan) {
            Self.over(17, Build.udp(to: 4789, [0x88, 0x08, 0, 7, 0, 0x12, 0x34, 0] + Build.ethernet($0)))
        },
        Wrapping(name: "VXLAN-GPE", encapsulation: .vxlan) { Self.over(17, Build.udp(to: 4790, [0x0C, 0, 0, 3, 0, 0, 9, 0] + Build.ethernet($0))) },
        Wrapping(name: "VXLAN-GPE of IP", hasMACs: false, encapsulation: .vxlan) {
            Self.over(17, Build.udp(to: 4790, [0x0C, 0, 0, Build.isV6($0) ? 2 : 1, 0, 0, 9, 0] + $0))
        },
        Wrapping(name: "GRE in UDP", hasMACs: false, encapsulation: .gre) {
            Self.over(17, Build.udp(to: 4754, [0x20, 0] + Build.u16(Build.etherType($0)) + Build.u32(5) + $0))
        },
        Wrapping(name: "CAPWAP of 802.3", encapsulation: .capwap) {
            Self.over(17, Build.udp(to: 5247, [0, 0x10, 0, 0, 0, 0, 0, 0] + Build.ethernet($0)))
        },
        Wrapping(name: "CAPWAP of 802.11, longer header", encapsulation: .capwap) {
            Self.over(17, Build.udp(from: 5247, to: 30_000, [0, 0x20, 0x03, 0x10] + Build.zeros(12) + Build.wireless([0x08, 0x02], Build.snap($0))))
        },
        Wrapping(name: "Geneve", encapsulation: .geneve) {
            Self.over(17, Build.udp(to: 6081, [0, 0, 0x65, 0x58, 0, 0, 9, 0] + Build.ethernet($0)))
        },
        Wrapping(name: "Geneve with options", encapsulation: .geneve) {
            Self.over(17, Build.udp(to: 6081, [4, 0x40, 0x65, 0x58, 0, 0, 9, 0] + [1, 2, 0x80, 3] + Build.zeros(12) + Build.ethernet($0)))
        },
        Wrapping(name: "Geneve of IP", hasMACs: false, encapsulation: .geneve) {
            Self.over(17, Build.udp(to: 6081, [0, 0] + Build.u16(Build.etherType($0)) + [0, 0, 9, 0] + $0))
        },
        Wrapping(name: "GTP-U", hasMACs: false, encapsulation: .gtp) {
            Self.over(17, Build.udp(to: 2152, [0x30, 0xFF] + Build.u16($0.count) + Build.u32(0x1234_5678) + $0))
        },
        Wrapping(name: "GTP-U with a sequence number", hasMACs: false, encapsulation: .gtp) {
            Self.over(17, Build.udp(to: 2152, [0x32, 0xFF] + Build.u16($0.count + 4) + Build.u32(1) + [0, 1, 0, 0x85] + $0))
        },
        Wrapping(name: "GTP-U with extension headers", hasMACs: false, encapsulation: .gtp) {
            Self.over(
                17,
                Build.udp(
                    to: 2152,
                    [0x34, 0xFF] + Build.u16($0.count + 16) + Build.u32(1) + [0, 0, 0, 0x85] + [1, 0, 9, 0xC0] + [2, 0, 0, 0, 0, 0, 0, 0] + $0))
        },
        Wrapping(name: "TZSP", encapsulation: .tzsp) { Self.over(17, Build.udp(to: 37008, [1, 0, 0, 1, 0, 10, 1, 0xC0, 13, 2, 0, 0, 1] + Build.ethernet($0))) },
        Wrapping(name: "TZSP of 802.11", encapsulation: .tzsp) {
            Self.over(17, Build.udp(to: 37008, [1, 0, 0, 18, 1] + Build.wireless([0x08, 0x01], Build.snap($0))))
        },
        Wrapping(name: "Teredo", hasMACs: false, encapsulation: .teredo, onlyV6: true) { Self.over(17, Build.udp(to: 3544, $0)) },
        Wrapping(name: "Teredo from the server, origin", hasMACs: false, encapsulation: .teredo, onlyV6: true) {
            Self.over(17, Build.udp(from: 3544, to: 50_001, [0, 0, 1, 2, 3, 4, 5, 6] + $0))
        },
        Wrapping(name: "Teredo, authentication and origin", hasMACs: false, encapsulation: .teredo, onlyV6: true) {
            Self.over(17, Build.udp(to: 3544, [0, 1, 2, 3, 9, 9, 7, 7, 7] + Build.zeros(9) + [0, 0, 1, 2, 3, 4, 5, 6] + $0))
        },
        Wrapping(name: "PPP in GRE 1", hasMACs: false, encapsulation: .gre) { Self.gre(0x3081, 0x880B, [0xFF, 0x03] + Build.ppp($0)) },
        Wrapping(name: "PPP in GRE 1 without acknowledgement", hasMACs: false, encapsulation: .gre) { Self.gre(0x3001, 0x880B, Build.ppp($0)) },
        Wrapping(name: "PPP in GRE 1, acknowledgement only", hasMACs: false, encapsulation: .gre) {
            Self.gre(0x2081, 0x880B, Array(Build.ppp($0).dropFirst()))
        },
        Wrapping(name: "PPPoE in VXLAN", hasMACs: true, encapsulation: .pppoe) {
            Self.over(17, Build.udp(to: 4789, [8, 0, 0, 0, 0, 0, 1, 0] + Build.ethernet(0x8864, Build.pppoe(Build.ppp($0)))))
        },
    ]
        + [0x0000, 0x8000, 0x2000, 0x1000, 0xA000, 0x9000, 0x3000, 0xB000].flatMap { flags in
            [
                Wrapping(name: "GRE \(String(flags, radix: 16))", hasMACs: false, encapsulation: .gre) { Self.gre(flags, Build.etherType($0), $0) },
                Wrapping(name: "GRE \(String(flags, radix: 16)) bridged", encapsulation: .gre) { Self.gre(flags, 0x6558, Build.ethernet($0)) },
            ]
        }
}

/// A decoder's answer, with the payload's bytes.
struct Decoded {
    let packet: Packet
    let payload: [UInt8]
    let misunderstood: [Misunderstanding: (count: UInt64, firstFrame: UInt64)]
    let encapsulations: [UInt64]

    init(_ bytes: [UInt8], linkType: UInt16 = 1, frame: UInt64 = 1) {
        var decoder = Decoder()
        self.packet = decoder.decode(bytes.rawSpan, linkType: linkType, frame: frame)
        self.payload = bytes.rawSpan.slice(from: Int(self.packet.payloadOffset), count: Int(self.packet.payloadLength)).copied()
        self.misunderstood = decoder.misunderstood
        self.encapsulations = decoder.encapsulations
    }

    /// Whether this is the inner conversation, whole.
    func expect(_ inner: Inner, _ comment: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let packet = self.packet
        #expect(packet.kind == .tcp, "\(comment): \(self.misunderstood.keys.map(\.name))", sourceLocation: sourceLocation)
        #expect(packet.source.description == inner.source, "\(comment)", sourceLocation: sourceLocation)
        #expect(packet.destination.description == inner.destination, "\(comment)", sourceLocation: sourceLocation)
        #expect((packet.sourcePort, packet.destinationPort) == (50_000, 11_112), "\(comment)", sourceLocation: sourceLocation)
        #expect((packet.sequence, packet.acknowledgement) == (0x0102_0304, 0x0506_0708), "\(comment)", sourceLocation: sourceLocation)
        #expect(packet.tcpFlags == [.psh, .ack], "\(comment)", sourceLocation: sourceLocation)
        #expect((packet.ipProtocol, packet.timeToLive, packet.window) == (6, 61, 0x2000), "\(comment)", sourceLocation: sourceLocation)
        #expect(self.payload == Inner.payload, "\(comment)", sourceLocation: sourceLocation)
        #expect(packet.payloadMissing == 0, "\(comment)", sourceLocation: sourceLocation)
        #expect(self.misunderstood.isEmpty, "\(comment)", sourceLocation: sourceLocation)
    }
}
