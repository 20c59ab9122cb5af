import Wire

/// Takes a frame apart, layer by layer and through every tunnel, down to addresses, transport and payload.
///
/// No input makes it trap: every load is checked, lengths from the wire only ever shrink what is looked at, and the number of
/// layers is capped. It allocates nothing for a frame of the usual kinds; what it does not understand it counts by reason,
/// with the first frame that showed it.
public struct Decoder: Sendable {
    /// The most layers of one frame. Deeper than any real network; a loop of tags or tunnels ends here.
    public static let depthLimit = 32

    /// What was not understood: how often, and the first frame.
    public private(set) var misunderstood: [Misunderstanding: (count: UInt64, firstFrame: UInt64)] = [:]
    /// Layers of each encapsulation that were opened, by its raw value.
    public private(set) var encapsulations = [UInt64](repeating: 0, count: Encapsulation.allCases.count)

    /// The most different reasons to count: some of them carry a number from the wire.
    private static let reasonLimit = 512

    public init() {}

    /// What comes next in a frame.
    private enum Layer {
        case ethernet
        case etherType(UInt16)
        case llc
        case ppp
        case ip
        case ipv4
        case ipv6
        case ipPayload(UInt8)
        case wireless(paddedHeader: Bool)
        case done
    }

    /// Decodes one frame.
    /// - Parameters:
    ///   - linkType: the LINKTYPE_ number of the capture's interface.
    ///   - frame: number of the frame, for the first examples of what is not understood.
    public mutating func decode(_ bytes: RawSpan, linkType: UInt16, frame: UInt64) -> Packet {
        var packet = Packet()
        var at = 0
        let start: Layer
        switch linkType {
        case 1: start = .ethernet
        case 0, 108: start = self.loopback(bytes, &at, isNetworkOrder: linkType == 108, frame)
        case 9, 50: start = self.pppStart(bytes, &at, frame)
        // LINKTYPE_PPP_ETHER: the frame begins with the PPPoE header.
        case 51: start = .etherType(0x8864)
        case 12, 14, 101: start = .ip
        case 104: start = self.ciscoHDLC(bytes, &at, frame)
        case 113: start = self.linuxCooked(bytes, &at, &packet, frame)
        case 276: start = self.linuxCooked2(bytes, &at, &packet, frame)
        case 228: start = .ipv4
        case 229: start = .ipv6
        case 105: start = .wireless(paddedHeader: false)
        case 127: start = self.radiotap(bytes, &at, frame)
        default: start = self.note(.linkType(linkType), frame)
        }
        self.descend(from: start, bytes, &at, bytes.byteCount, &packet, frame)
        return packet
    }

    /// Goes on above IP in a datagram that was put together from fragments.
    /// - Parameter packet: a decoded fragment of the datagram; addresses and network stay.
    public mutating func decode(reassembled bytes: RawSpan, of fragment: Packet, frame: UInt64) -> Packet {
        var packet = fragment
        packet.kind = .unknown
        packet.moreFragments = false
        packet.fragmentOffset = 0
        var at = 0
        // A first fragment that the snap length cut is all there will be.
        let end = bytes.byteCount &+ Int(fragment.payloadMissing)
        self.descend(from: .ipPayload(fragment.ipProtocol), bytes, &at, end, &packet, frame)
        return packet
    }

    /// Counts something that was not understood.
    public mutating func count(_ reason: Misunderstanding, frame: UInt64) {
        if let known = self.misunderstood[reason] {
            self.misunderstood[reason] = (known.count &+ 1, min(known.firstFrame, frame))
        } else if self.misunderstood.count < Self.reasonLimit {
            self.misunderstood[reason] = (1, frame)
        }
    }

    @inline(never)
    private mutating func note(_ reason: Misunderstanding, _ frame: UInt64) -> Layer {
        self.count(reason, frame: frame)
        return .done
    }

    private mutating func opened(_ encapsulation: Encapsulation, _ packet: inout Packet) {
        self.encapsulations[Int(encapsulation.rawValue)] &+= 1
        if encapsulation != .vlan { packet.tunnels &+= 1 }
    }

    /// - Parameter end: where the enclosing layer says that its payload ends; may lie beyond what was captured.
    private mutating func descend(
        from start: Layer, _ bytes: RawSpan, _ at: inout Int, _ wholeLength: Int, _ packet: inout Packet, _ frame: UInt64
    ) {
        var layer = start
        var end = wholeLength
        var depth = 0
        while true {
            depth &+= 1
            if depth > Self.depthLimit {
                self.count(.tooDeep, frame: frame)
                return
            }
            switch layer {
            case .done: return
            case .ethernet: layer = self.ethernet(bytes, &at, &packet, frame)
            case .etherType(let type): layer = self.etherType(type, bytes, &at, end, &packet, frame)
            case .llc: layer = self.llc(bytes, &at, end, &packet, frame)
            case .ppp: layer = self.ppp(bytes, &at, frame)
            case .ip:
                switch bytes.u8(at: at).map({ $0 &>> 4 }) {
                case 4: layer = .ipv4
                case 6: layer = .ipv6
                case let version?: layer = self.note(.ipVersion(version), frame)
                case nil: layer = self.note(.truncated(.ipv4), frame)
                }
            case .ipv4: layer = self.ipv4(bytes, &at, &end, &packet, frame)
            case .ipv6: layer = self.ipv6(bytes, &at, &end, &packet, frame)
            case .ipPayload(let number): layer = self.ipPayload(number, bytes, &at, &end, &packet, frame)
            case .wireless(let isPadded): layer = self.wireless(bytes, &at, &packet, isPadded: isPadded, frame)
            }
        }
    }

    // MARK: Link layers

    private mutating func ethernet(_ bytes: RawSpan, _ at: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let high = bytes.u64(at: at), let low = bytes.u32(at: at &+ 8), let type = bytes.u16(at: at &+ 12) else {
            return self.note(.truncated(.ethernet), frame)
        }
        packet.destinationMAC = MACAddress(rawValue: high &>> 16)
        packet.sourceMAC = MACAddress(rawValue: (high & 0xFFFF) &<< 32 | UInt64(low))
        at &+= 14
        return type >= 0x600 ? .etherType(type) : .llc
    }

    private mutating func etherType(
        _ type: UInt16, _ bytes: RawSpan, _ at: inout Int, _ end: Int, _ packet: inout Packet, _ frame: UInt64
    ) -> Layer {
        switch type {
        case 0x0800: return .ipv4
        case 0x86DD: return .ipv6
        // 802.1Q, 802.1ad, and the two values that were in use before it.
        case 0x8100, 0x88A8, 0x9100, 0x9200:
            guard let tag = bytes.u16(at: at), let inner = bytes.u16(at: at &+ 2) else { return self.note(.truncated(.vlan), frame) }
            at &+= 4
            self.opened(.vlan, &packet)
            packet.network = packet.network.tagged(tag & 0xFFF)
            return inner >= 0x600 ? .etherType(inner) : .llc
        // 802.1BR E-TAG: two more octets of identifiers than a VLAN tag, twice.
        case 0x893F:
            guard let inner = bytes.u16(at: at &+ 6) else { return self.note(.truncated(.vlan), frame) }
            at &+= 8
            return inner >= 0x600 ? .etherType(inner) : .llc
        case 0x8847, 0x8848: return self.mpls(bytes, &at, &packet, frame)
        case 0x8864:
            // RFC 2516 section 4: version and type 1, code 0 for session data, session, length.
            guard bytes.u16(at: at &+ 4) != nil else { return self.note(.truncated(.pppoe), frame) }
            guard bytes.u16(at: at) == 0x1100 else { return self.note(.malformed(.pppoe), frame) }
            at &+= 6
            self.opened(.pppoe, &packet)
            return .ppp
        // Transparent Ethernet bridging, inside GRE or Geneve.
        case 0x6558: return .ethernet
        // PPP inside GRE version 1.
        case 0x880B: return .ppp
        default:
            packet.kind = .link
            packet.etherType = type
            self.payload(bytes, at, end, &packet)
            return .done
        }
    }

    private mutating func llc(_ bytes: RawSpan, _ at: inout Int, _ end: Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let saps = bytes.u16(at: at), let control = bytes.u8(at: at &+ 2) else { return self.note(.truncated(.llc), frame) }
        if saps == 0xAAAA, control == 0x03 {
            guard let organisation = bytes.u16(at: at &+ 3), let low = bytes.u8(at: at &+ 5), let type = bytes.u16(at: at &+ 6) else {
                return self.note(.truncated(.llc), frame)
            }
            // OUI 00-00-00 (RFC 1042) and 00-00-F8 (802.1H) carry an EtherType; others a protocol of the organisation's own.
            if organisation == 0, low == 0 || low == 0xF8 {
                at &+= 8
                return .etherType(type)
            }
        }
        packet.kind = .link
        packet.etherType = saps == 0xAAAA ? 0x00AA : saps & 0x05FF
        self.payload(bytes, at, end, &packet)
        return .done
    }

    private mutating func mpls(_ bytes: RawSpan, _ at: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        self.opened(.mpls, &packet)
        for _ in 0..<Self.depthLimit {
            guard let label = bytes.u32(at: at) else { return self.note(.truncated(.mpls), frame) }
            at &+= 4
            guard label & 0x100 != 0 else { continue }
            // What follows the last label is not said; the first nibble tells IP from a pseudowire (RFC 4385 section 3).
            switch bytes.u8(at: at).map({ $0 &>> 4 }) {
            case 4: return .ipv4
            case 6: return .ipv6
            case 0:
                at &+= 4
                return .ethernet
            case nil: return self.note(.truncated(.mpls), frame)
            default: return .ethernet
            }
        }
        return self.note(.tooDeep, frame)
    }

    private mutating func pppStart(_ bytes: RawSpan, _ at: inout Int, _ frame: UInt64) -> Layer {
        if bytes.u16(at: 0) == 0xFF03 {
            at = 2
        } else if bytes.u16(at: 0) == 0x0F00 || bytes.u16(at: 0) == 0x8F00 {
            // Cisco HDLC inside PPP-over-HDLC captures.
            return self.ciscoHDLC(bytes, &at, frame)
        }
        return .ppp
    }

    private mutating func ppp(_ bytes: RawSpan, _ at: inout Int, _ frame: UInt64) -> Layer {
        if bytes.u16(at: at) == 0xFF03 { at &+= 2 }
        guard let first = bytes.u8(at: at) else { return self.note(.truncated(.ppp), frame) }
        let number: UInt16
        if first & 1 == 1 {
            // Protocol-Field-Compression (RFC 1661 section 6.5): one octet, odd.
            number = UInt16(first)
            at &+= 1
        } else {
            guard let two = bytes.u16(at: at) else { return self.note(.truncated(.ppp), frame) }
            number = two
            at &+= 2
        }
        switch number {
        case 0x0021: return .ipv4
        case 0x0057: return .ipv6
        case 0x0281, 0x0283: return .etherType(0x8847)
        default: return self.note(.pppProtocol(number), frame)
        }
    }

    private mutating func ciscoHDLC(_ bytes: RawSpan, _ at: inout Int, _ frame: UInt64) -> Layer {
        guard let type = bytes.u16(at: 2) else { return self.note(.truncated(.ppp), frame) }
        at = 4
        return .etherType(type)
    }

    private mutating func loopback(_ bytes: RawSpan, _ at: inout Int, isNetworkOrder: Bool, _ frame: UInt64) -> Layer {
        guard let family = bytes.u32(at: 0) else { return self.note(.truncated(.loopback), frame) }
        at = 4
        // The byte order is the capturing machine's; address families are small numbers, so the order shows.
        switch family > 0xFFFF ? family.byteSwapped : family {
        case 2: return .ipv4
        case 10, 24, 28, 30: return .ipv6
        default: return self.note(.malformed(.loopback), frame)
        }
    }

    private mutating func linuxCooked(_ bytes: RawSpan, _ at: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let type = bytes.u16(at: 14), let hardware = bytes.u16(at: 2), let length = bytes.u16(at: 4) else {
            return self.note(.truncated(.linuxCooked), frame)
        }
        if length == 6, let address = bytes.u64(at: 6) { packet.sourceMAC = MACAddress(rawValue: address &>> 16) }
        at = 16
        return self.cookedPayload(type, hardware: hardware)
    }

    private mutating func linuxCooked2(_ bytes: RawSpan, _ at: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let type = bytes.u16(at: 0), let hardware = bytes.u16(at: 8), let length = bytes.u8(at: 11), let address = bytes.u64(at: 12)
        else { return self.note(.truncated(.linuxCooked), frame) }
        if length == 6 { packet.sourceMAC = MACAddress(rawValue: address &>> 16) }
        at = 20
        return self.cookedPayload(type, hardware: hardware)
    }

    private func cookedPayload(_ type: UInt16, hardware: UInt16) -> Layer {
        switch type {
        // ETH_P_802_3 is Novell's raw IPX; ETH_P_802_2 is LLC.
        case 0x0004: .llc
        // 802.11 monitor interfaces (ARPHRD_IEEE80211).
        case 0x0019 where hardware == 801: .wireless(paddedHeader: false)
        default: .etherType(type)
        }
    }

    private mutating func radiotap(_ bytes: RawSpan, _ at: inout Int, _ frame: UInt64) -> Layer {
        guard let length = bytes.u16le(at: 2), var present = bytes.u32le(at: 4) else { return self.note(.truncated(.radiotap), frame) }
        guard bytes.u8(at: 0) == 0, length >= 8 else { return self.note(.malformed(.radiotap), frame) }
        // Fields follow the chain of presence words: TSFT (8 octets, aligned) first, then the flags we are after.
        let first = present
        var field = 8
        var words = 0
        while present & 0x8000_0000 != 0, words < Self.depthLimit {
            guard let next = bytes.u32le(at: field) else { return self.note(.truncated(.radiotap), frame) }
            present = next
            field &+= 4
            words &+= 1
        }
        if first & 1 != 0 { field = (field &+ 7) & ~7 &+ 8 }
        let flags = first & 2 != 0 ? bytes.u8(at: field) ?? 0 : 0
        at = Int(length)
        return .wireless(paddedHeader: flags & 0x20 != 0)
    }

    private mutating func wireless(
        _ bytes: RawSpan, _ at: inout Int, _ packet: inout Packet, isPadded: Bool, _ frame: UInt64
    ) -> Layer {
        guard let control = bytes.u16le(at: at) else { return self.note(.truncated(.wireless), frame) }
        // IEEE 802.11-2020 section 9.2.4.1: type 2 is data; subtype bit 2 means that no data is there.
        guard control & 0x0C == 0x08, control & 0x40 == 0 else { return self.note(.wirelessManagement, frame) }
        guard control & 0x4000 == 0 else { return self.note(.encryptedWireless, frame) }
        let toDistribution = control & 0x0100 != 0
        let fromDistribution = control & 0x0200 != 0
        var length = toDistribution && fromDistribution ? 30 : 24
        if control & 0x80 != 0 {
            // QoS control; bit 7 says that several subframes are aggregated.
            guard let quality = bytes.u16le(at: at &+ length) else { return self.note(.truncated(.wireless), frame) }
            guard quality & 0x80 == 0 else { return self.note(.malformed(.wireless), frame) }
            length &+= 2
            if control & 0x8000 != 0 { length &+= 4 }
        }
        func address(_ index: Int) -> MACAddress {
            let offset = index == 4 ? 24 : 4 &+ (index &- 1) &* 6
            guard let high = bytes.u32(at: at &+ offset), let low = bytes.u16(at: at &+ offset &+ 4) else { return .zero }
            return MACAddress(rawValue: UInt64(high) &<< 16 | UInt64(low))
        }
        switch (toDistribution, fromDistribution) {
        case (false, false): (packet.destinationMAC, packet.sourceMAC) = (address(1), address(2))
        case (false, true): (packet.destinationMAC, packet.sourceMAC) = (address(1), address(3))
        case (true, false): (packet.destinationMAC, packet.sourceMAC) = (address(3), address(2))
        case (true, true): (packet.destinationMAC, packet.sourceMAC) = (address(3), address(4))
        }
        if isPadded { length = (length &+ 3) & ~3 }
        at &+= length
        return .llc
    }

    // MARK: IP

    private mutating func ipv4(_ bytes: RawSpan, _ at: inout Int, _ end: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let first = bytes.u32(at: at), let second = bytes.u32(at: at &+ 4), let third = bytes.u32(at: at &+ 8),
            let source = bytes.u32(at: at &+ 12), let destination = bytes.u32(at: at &+ 16)
        else { return self.note(.truncated(.ipv4), frame) }
        let headerLength = Int(truncatingIfNeeded: first &>> 24 & 0xF) &* 4
        guard first &>> 28 == 4, headerLength >= 20 else { return self.note(.malformed(.ipv4), frame) }
        // Length 0 is how segmentation offload shows on the sending host.
        let totalLength = Int(truncatingIfNeeded: first & 0xFFFF)
        if totalLength != 0 {
            guard totalLength >= headerLength else { return self.note(.malformed(.ipv4), frame) }
            end = at &+ totalLength
        }
        packet.source = IPAddress(v4: source)
        packet.destination = IPAddress(v4: destination)
        packet.timeToLive = UInt8(truncatingIfNeeded: third &>> 24)
        let number = UInt8(truncatingIfNeeded: third &>> 16)
        at &+= headerLength
        if second & 0x3FFF != 0 {
            packet.ipProtocol = number
            packet.fragmentIdentification = second &>> 16
            packet.fragmentOffset = (second & 0x1FFF) &* 8
            packet.moreFragments = second & 0x2000 != 0
            return self.fragment(bytes, at, end, &packet)
        }
        packet.identification = Identification.of(second)
        return .ipPayload(number)
    }

    private mutating func ipv6(_ bytes: RawSpan, _ at: inout Int, _ end: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let first = bytes.u64(at: at), let source1 = bytes.u64(at: at &+ 8), let source2 = bytes.u64(at: at &+ 16),
            let destination1 = bytes.u64(at: at &+ 24), let destination2 = bytes.u64(at: at &+ 32)
        else { return self.note(.truncated(.ipv6), frame) }
        guard first &>> 60 == 6 else { return self.note(.malformed(.ipv6), frame) }
        let length = Int(truncatingIfNeeded: first &>> 16 & 0xFFFF)
        if length != 0 { end = at &+ 40 &+ length }
        packet.source = IPAddress(high: source1, low: source2)
        packet.destination = IPAddress(high: destination1, low: destination2)
        packet.timeToLive = UInt8(truncatingIfNeeded: first)
        packet.identification = Identification.version6
        at &+= 40
        var next = UInt8(truncatingIfNeeded: first &>> 8)
        for _ in 0..<16 {
            switch next {
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6 (RFC 8200 section 4): length in units of 8 octets.
            case 0, 43, 60, 135, 139, 140:
                guard let header = bytes.u16(at: at) else { return self.note(.truncated(.ipv6Extension), frame) }
                next = UInt8(truncatingIfNeeded: header &>> 8)
                at &+= (Int(header & 0xFF) &+ 1) &* 8
            case 44:
                guard let header = bytes.u64(at: at) else { return self.note(.truncated(.ipv6Extension), frame) }
                at &+= 8
                let place = UInt16(truncatingIfNeeded: header &>> 32)
                next = UInt8(truncatingIfNeeded: header &>> 56)
                // An atomic fragment (RFC 6946) is whole.
                guard place & 0xFFF9 != 0 else { continue }
                packet.ipProtocol = next
                packet.fragmentIdentification = UInt32(truncatingIfNeeded: header)
                packet.fragmentOffset = UInt32(place & 0xFFF8)
                packet.moreFragments = place & 1 != 0
                return self.fragment(bytes, at, end, &packet)
            default: return .ipPayload(next)
            }
        }
        return self.note(.tooDeep, frame)
    }

    private func fragment(_ bytes: RawSpan, _ at: Int, _ end: Int, _ packet: inout Packet) -> Layer {
        packet.kind = .fragment
        self.payload(bytes, at, end, &packet)
        return .done
    }

    private mutating func ipPayload(
        _ number: UInt8, _ bytes: RawSpan, _ at: inout Int, _ end: inout Int, _ packet: inout Packet, _ frame: UInt64
    ) -> Layer {
        packet.ipProtocol = number
        switch number {
        case 6: return self.tcp(bytes, &at, end, &packet, frame)
        case 17: return self.udp(bytes, &at, &end, &packet, frame)
        case 4:
            self.enter(.ipInIP, &packet, .other, identifier: 0)
            return .ipv4
        case 41:
            self.enter(.ipInIP, &packet, .other, identifier: 0)
            return .ipv6
        case 47: return self.gre(bytes, &at, end, &packet, frame)
        case 51:
            // Authentication header (RFC 4302): what it protects is in clear. Length in units of 4 octets, minus 2.
            guard let header = bytes.u16(at: at) else { return self.note(.truncated(.ipv6Extension), frame) }
            at &+= (Int(header & 0xFF) &+ 2) &* 4
            return .ipPayload(UInt8(truncatingIfNeeded: header &>> 8))
        case 97:
            // EtherIP (RFC 3378): version 3, then an Ethernet frame.
            guard let header = bytes.u16(at: at) else { return self.note(.truncated(.etherIP), frame) }
            guard header == 0x3000 else { return self.note(.malformed(.etherIP), frame) }
            at &+= 2
            self.enter(.etherIP, &packet, .other, identifier: 0)
            return .ethernet
        case 137: return .etherType(0x8847)
        // IPv6 extension headers after an authentication header, or at the head of a datagram that came in fragments.
        case let extensionHeader where Self.isExtensionHeader(extensionHeader) && !packet.source.isV4:
            guard let header = bytes.u16(at: at) else { return self.note(.truncated(.ipv6Extension), frame) }
            at &+= (Int(header & 0xFF) &+ 1) &* 8
            return .ipPayload(UInt8(truncatingIfNeeded: header &>> 8))
        default:
            packet.kind = .otherIP
            self.payload(bytes, at, end, &packet)
            return .done
        }
    }

    /// Hop-by-hop, routing, destination options, mobility, HIP, shim6 (RFC 8200 section 4).
    private static func isExtensionHeader(_ number: UInt8) -> Bool {
        switch number {
        case 0, 43, 60, 135, 139, 140: true
        default: false
        }
    }

    /// Notes that a tunnel was opened; what is inside lives in the tunnel's network.
    private mutating func enter(_ encapsulation: Encapsulation, _ packet: inout Packet, _ overlay: VirtualNetwork.Overlay, identifier: UInt32) {
        self.opened(encapsulation, &packet)
        // The hardware addresses so far are those of the tunnel's ends.
        packet.sourceMAC = .zero
        packet.destinationMAC = .zero
        // Plain IP in IP joins parts of one network; an identifier makes a network of its own.
        if identifier != 0 { packet.network = packet.network.inside(overlay, identifier: identifier) }
    }

    private mutating func gre(_ bytes: RawSpan, _ at: inout Int, _ end: Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let flags = bytes.u16(at: at), let type = bytes.u16(at: at &+ 2) else { return self.note(.truncated(.gre), frame) }
        // RFC 2784 and 2890: checksum, routing (obsolete), key, sequence; RFC 2637: version 1, with an acknowledgement.
        guard flags & 0x7 <= 1, flags & 0x4000 == 0 else { return self.note(.malformed(.gre), frame) }
        at &+= 4
        if flags & 0x8000 != 0 { at &+= 4 }
        var key: UInt32 = 0
        if flags & 0x2000 != 0 {
            guard let value = bytes.u32(at: at) else { return self.note(.truncated(.gre), frame) }
            key = flags & 0x7 == 1 ? 0 : value
            at &+= 4
        }
        let hasSequence = flags & 0x1000 != 0
        if hasSequence { at &+= 4 }
        if flags & 0x7 == 1, flags & 0x0080 != 0 { at &+= 4 }
        switch type {
        case 0x88BE:
            // ERSPAN type I has no header of its own and no sequence; type II has eight octets (draft-foschiano-erspan).
            self.enter(.erspan, &packet, .erspan, identifier: 0)
            packet.network = .none
            if hasSequence { at &+= 8 }
            return .ethernet
        case 0x22EB:
            guard let header = bytes.u32(at: at &+ 8) else { return self.note(.truncated(.erspan), frame) }
            self.enter(.erspan, &packet, .erspan, identifier: 0)
            packet.network = .none
            at &+= header & 1 != 0 ? 20 : 12
            return .ethernet
        default:
            // A mirror that sends whole frames gives each direction a key of its own: the key then names no network.
            self.enter(.gre, &packet, .gre, identifier: type == 0x6558 ? 0 : key)
            if type == 0x6558 { packet.network = .none }
            return .etherType(type)
        }
    }

    // MARK: Transport

    /// Sets the payload from `at` to `end`, as far as it was captured.
    private func payload(_ bytes: RawSpan, _ at: Int, _ end: Int, _ packet: inout Packet) {
        let captured = bytes.byteCount
        let start = min(at, captured)
        let stop = min(max(end, start), captured)
        packet.payloadOffset = UInt32(truncatingIfNeeded: start)
        packet.payloadLength = UInt32(truncatingIfNeeded: stop &- start)
        packet.payloadMissing = UInt32(truncatingIfNeeded: max(0, end &- max(captured, at)))
    }

    private mutating func tcp(_ bytes: RawSpan, _ at: inout Int, _ end: Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let ports = bytes.u32(at: at), let sequence = bytes.u32(at: at &+ 4), let acknowledgement = bytes.u32(at: at &+ 8),
            let control = bytes.u32(at: at &+ 12)
        else { return self.note(.truncated(.tcp), frame) }
        let headerLength = Int(truncatingIfNeeded: control &>> 28) &* 4
        guard headerLength >= 20, at &+ headerLength <= end else { return self.note(.malformed(.tcp), frame) }
        packet.kind = .tcp
        packet.sourcePort = UInt16(truncatingIfNeeded: ports &>> 16)
        packet.destinationPort = UInt16(truncatingIfNeeded: ports)
        packet.sequence = sequence
        packet.acknowledgement = acknowledgement
        packet.tcpFlags = TCPFlags(rawValue: UInt8(truncatingIfNeeded: control &>> 16))
        packet.window = UInt16(truncatingIfNeeded: control)
        if packet.tcpFlags.contains(.syn) {
            packet.handshake = TCPFingerprint.handshake(of: packet, bytes, at: at, headerLength: headerLength)
        }
        self.payload(bytes, at &+ headerLength, end, &packet)
        return .done
    }

    private mutating func udp(_ bytes: RawSpan, _ at: inout Int, _ end: inout Int, _ packet: inout Packet, _ frame: UInt64) -> Layer {
        guard let ports = bytes.u32(at: at), let length = bytes.u16(at: at &+ 4) else { return self.note(.truncated(.udp), frame) }
        guard at &+ 8 <= end else { return self.note(.malformed(.udp), frame) }
        // Length 0 is a jumbogram (RFC 2675 section 4) or offload.
        var beyond = 0
        if length != 0 {
            guard length >= 8 else { return self.note(.malformed(.udp), frame) }
            // More than the packet holds: the first fragment of a datagram of which the capture has no more.
            beyond = max(0, at &+ Int(length) &- end)
            end = min(end, at &+ Int(length))
        }
        packet.sourcePort = UInt16(truncatingIfNeeded: ports &>> 16)
        packet.destinationPort = UInt16(truncatingIfNeeded: ports)
        if let inner = self.tunnelInUDP(bytes, at &+ 8, end, &packet) {
            at = inner.at
            return inner.layer
        }
        packet.kind = .udp
        self.payload(bytes, at &+ 8, end, &packet)
        packet.payloadMissing &+= UInt32(truncatingIfNeeded: beyond)
        return .done
    }

    /// Tunnels above UDP. The port is only the reason to look; the header has to fit to the last reserved bit, or the datagram
    /// stays what it is.
    private mutating func tunnelInUDP(_ bytes: RawSpan, _ at: Int, _ end: Int, _ packet: inout Packet) -> (layer: Layer, at: Int)? {
        switch packet.destinationPort {
        case 4789, 8472:
            // RFC 7348 section 5: the I flag; other bits are to be ignored (group policy uses some), so that what is inside has to
            // look like Ethernet.
            guard let flags = bytes.u8(at: at), let identifier = bytes.u32(at: at &+ 4), flags & 0x08 != 0, Self.looksLikeEthernet(bytes, at &+ 8)
            else { return nil }
            self.enter(.vxlan, &packet, .vxlan, identifier: identifier &>> 8)
            return (.ethernet, at &+ 8)
        case 4790:
            // VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe): the I and P flags, and a next protocol.
            guard let flags = bytes.u32(at: at), let identifier = bytes.u32(at: at &+ 4), flags &>> 24 & 0x0C == 0x0C else { return nil }
            switch flags & 0xFF {
            case 1, 2:
                self.enter(.vxlan, &packet, .vxlan, identifier: identifier &>> 8)
                return (.ip, at &+ 8)
            case 3 where Self.looksLikeEthernet(bytes, at &+ 8):
                self.enter(.vxlan, &packet, .vxlan, identifier: identifier &>> 8)
                return (.ethernet, at &+ 8)
            default: return nil
            }
        case 4754:
            // GRE in UDP (RFC 8086): version 0, and a protocol that we know.
            guard let flags = bytes.u16(at: at), let type = bytes.u16(at: at &+ 2), flags & 0x4FFF == 0,
                type == 0x0800 || type == 0x86DD || type == 0x6558
            else { return nil }
            return (.ipPayload(47), at)
        case 5247: return self.capwap(bytes, at, &packet)
        case 6081:
            // RFC 8926 section 3.4: version 0, option length in units of 4 octets, reserved bits zero.
            guard let first = bytes.u32(at: at), let second = bytes.u32(at: at &+ 4), first &>> 30 == 0, first & 0x003F_0000 == 0,
                second & 0xFF == 0
            else { return nil }
            let type = UInt16(truncatingIfNeeded: first)
            guard type == 0x6558 || type == 0x0800 || type == 0x86DD else { return nil }
            self.enter(.geneve, &packet, .geneve, identifier: second &>> 8)
            return (.etherType(type), at &+ 8 &+ Int(truncatingIfNeeded: first &>> 24 & 0x3F) &* 4)
        case 2152: return self.gtp(bytes, at, end, &packet)
        case 37008: return self.tzsp(bytes, at, &packet)
        case 3544: return self.teredo(bytes, at, end, &packet)
        default: break
        }
        switch packet.sourcePort {
        case 3544: return self.teredo(bytes, at, end, &packet)
        case 2152: return self.gtp(bytes, at, end, &packet)
        case 5247: return self.capwap(bytes, at, &packet)
        default: return nil
        }
    }

    /// Whether an Ethernet header with a type that we look into may stand here.
    private static func looksLikeEthernet(_ bytes: RawSpan, _ at: Int) -> Bool {
        switch bytes.u16(at: at &+ 12) {
        case 0x0800: bytes.u8(at: at &+ 14).map { $0 &>> 4 == 4 } ?? true
        case 0x86DD: bytes.u8(at: at &+ 14).map { $0 &>> 4 == 6 } ?? true
        case 0x0806, 0x8100, 0x88A8, 0x8847, 0x8864, 0x88CC: true
        case let length?: length < 0x600 && length > 0
        case nil: false
        }
    }

    /// CAPWAP data (RFC 5415 section 4.3): not fragmented, no keep-alive, not encrypted; an 802.3 or an 802.11 frame inside.
    private mutating func capwap(_ bytes: RawSpan, _ at: Int, _ packet: inout Packet) -> (layer: Layer, at: Int)? {
        guard let header = bytes.u32(at: at), header &>> 24 == 0 else { return nil }
        let length = Int(truncatingIfNeeded: header &>> 19 & 0x1F) &* 4
        let binding = header &>> 9 & 0x1F
        let isNative = header & 0x100 != 0
        guard length >= 8, header & 0x88 == 0 else { return nil }
        let inner = at &+ length
        if !isNative {
            guard Self.looksLikeEthernet(bytes, inner) else { return nil }
            self.enter(.capwap, &packet, .other, identifier: 0)
            return (.ethernet, inner)
        }
        // Data frames only; some makers send the frame control field with its octets exchanged, which is then no data frame.
        guard binding == 1, let control = bytes.u8(at: inner), control & 0x0F == 0x08 else { return nil }
        self.enter(.capwap, &packet, .other, identifier: 0)
        return (.wireless(paddedHeader: false), inner)
    }

    /// GTP-U (3GPP TS 29.281 section 5.1): version 1, protocol type 1, message 255 is user data.
    private mutating func gtp(_ bytes: RawSpan, _ at: Int, _ end: Int, _ packet: inout Packet) -> (layer: Layer, at: Int)? {
        guard let first = bytes.u32(at: at), first &>> 24 & 0xF8 == 0x30, first &>> 16 & 0xFF == 0xFF,
            Int(truncatingIfNeeded: first & 0xFFFF) &+ 8 <= end &- at
        else { return nil }
        var inner = at &+ 8
        if first &>> 24 & 0x07 != 0 {
            guard var next = bytes.u8(at: inner &+ 3) else { return nil }
            inner &+= 4
            for _ in 0..<8 where first &>> 24 & 0x04 != 0 && next != 0 {
                guard let length = bytes.u8(at: inner), length > 0 else { return nil }
                inner &+= Int(length) &* 4
                guard let following = bytes.u8(at: inner &- 1) else { return nil }
                next = following
            }
        }
        switch bytes.u8(at: inner).map({ $0 &>> 4 }) {
        case 4: break
        case 6: break
        default: return nil
        }
        // The tunnel endpoint identifier is the receiver's, another one in each direction: it does not name a network.
        self.enter(.gtp, &packet, .gtp, identifier: 0)
        return (.ip, inner)
    }

    /// TaZmen Sniffer Protocol: version 1, a received frame, tagged fields up to the end tag.
    private mutating func tzsp(_ bytes: RawSpan, _ at: Int, _ packet: inout Packet) -> (layer: Layer, at: Int)? {
        guard let header = bytes.u32(at: at), header &>> 24 == 1, header &>> 16 & 0xFF <= 1 else { return nil }
        let type = UInt16(truncatingIfNeeded: header)
        guard type == 1 || type == 18 else { return nil }
        var field = at &+ 4
        for _ in 0..<64 {
            guard let tag = bytes.u8(at: field) else { return nil }
            if tag == 1 {
                self.opened(.tzsp, &packet)
                packet.network = .none
                return (type == 1 ? .ethernet : .wireless(paddedHeader: false), field &+ 1)
            }
            if tag == 0 {
                field &+= 1
                continue
            }
            guard let length = bytes.u8(at: field &+ 1) else { return nil }
            field &+= 2 &+ Int(length)
        }
        return nil
    }

    /// Teredo (RFC 4380 section 5.1.1): optional authentication and origin indications, then an IPv6 packet that fills the rest.
    private mutating func teredo(_ bytes: RawSpan, _ at: Int, _ end: Int, _ packet: inout Packet) -> (layer: Layer, at: Int)? {
        var inner = at
        if bytes.u16(at: inner) == 0x0001 {
            guard let lengths = bytes.u16(at: inner &+ 2) else { return nil }
            inner &+= 13 &+ Int(lengths &>> 8) &+ Int(lengths & 0xFF)
        }
        if bytes.u16(at: inner) == 0x0000 { inner &+= 8 }
        guard let first = bytes.u64(at: inner), first &>> 60 == 6, inner &+ 40 &+ Int(truncatingIfNeeded: first &>> 16 & 0xFFFF) == end
        else { return nil }
        self.enter(.teredo, &packet, .other, identifier: 0)
        return (.ipv6, inner)
    }
}
