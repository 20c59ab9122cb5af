/// What the first byte of a frame begins: a LINKTYPE_ number of <https://www.tcpdump.org/linktypes.html>.
///
/// Savefiles carry these numbers; libpcap's DLT_ numbers, which differ from them for a few old types and between
/// operating systems, never leave this target.
public struct LinkType: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    // Computed, so that a `switch` in another target compares with a constant and not with a global's address.
    /// BSD loopback: a protocol family in the byte order of the machine that captured.
    @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
    @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
    @inlinable public static var tokenRing: LinkType { LinkType(rawValue: 6) }
    @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
    @inlinable public static var fddi: LinkType { LinkType(rawValue: 10) }
    /// PPP in HDLC-like framing (RFC 1662), or Cisco HDLC.
    @inlinable public static var pppHDLC: LinkType { LinkType(rawValue: 50) }
    @inlinable public static var pppoe: LinkType { LinkType(rawValue: 51) }
    /// An IPv4 or IPv6 header, as its version field says.
    @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
    @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
    @inlinable public static var ieee80211: LinkType { LinkType(rawValue: 105) }
    @inlinable public static var frameRelay: LinkType { LinkType(rawValue: 107) }
    /// OpenBSD loopback: a protocol family in network byte order.
    @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
    /// Linux "cooked" capture, version 1: what the pseudo-interface `any` gives.
    @inlinable public static var linuxCooked: LinkType { LinkType(rawValue: 113) }
    @inlinable public static var prism: LinkType { LinkType(rawValue: 119) }
    @inlinable public static var radiotap: LinkType { LinkType(rawValue: 127) }
    @inlinable public static var avs: LinkType { LinkType(rawValue: 163) }
    @inlinable public static var ppi: LinkType { LinkType(rawValue: 192) }
    @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
    @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
    /// Linux netfilter log: a header and TLVs, one of which holds the packet.
    @inlinable public static var nflog: LinkType { LinkType(rawValue: 239) }
    @inlinable public static var wiresharkUpperPDU: LinkType { LinkType(rawValue: 252) }
    /// Linux "cooked" capture, version 2.
    @inlinable public static var linuxCooked2: LinkType { LinkType(rawValue: 276) }

    @inlinable public static func < (left: LinkType, right: LinkType) -> Bool { left.rawValue < right.rawValue }
}

extension LinkType {
    /// The type that a number in a savefile means: some programs wrote their system's DLT_RAW (12, on OpenBSD 14) instead of 101.
    init(inSavefile number: UInt16) {
        self.init(rawValue: number == 12 || number == 14 ? 101 : number)
    }

    /// libpcap's DLT_ number on Linux, which the filter compiler wants. Numbers from 104 on are the same in both lists;
    /// the five below it that differ are in libpcap's `pcap-common.c`.
    var dlt: Int32 {
        switch self.rawValue {
        case 100: 11  // DLT_ATM_RFC1483
        case 101: 12  // DLT_RAW
        case 102: 15  // DLT_SLIP_BSDOS
        case 103: 16  // DLT_PPP_BSDOS
        case 106: 19  // DLT_ATM_CLIP
        default: Int32(self.rawValue)
        }
    }

    /// The inverse of ``dlt``, for what a live handle reports.
    init(dlt: Int32) {
        switch dlt {
        case 11: self.init(rawValue: 100)
        case 12: self.init(rawValue: 101)
        case 15: self.init(rawValue: 102)
        case 16: self.init(rawValue: 103)
        case 19: self.init(rawValue: 106)
        default: self.init(rawValue: UInt16(truncatingIfNeeded: dlt))
        }
    }
}

extension LinkType: CustomStringConvertible {
    /// `Ethernet`, or `link type 147` where this list has no name.
    public var description: String {
        switch self {
        case .null, .loop: "BSD loopback"
        case .ethernet: "Ethernet"
        case .tokenRing: "Token Ring"
        case .ppp, .pppHDLC: "PPP"
        case .fddi: "FDDI"
        case .pppoe: "PPPoE"
        case .raw: "IP"
        case .ipv4: "IPv4"
        case .ipv6: "IPv6"
        case .ciscoHDLC: "Cisco HDLC"
        case .ieee80211: "IEEE 802.11"
        case .radiotap: "IEEE 802.11 with radiotap"
        case .prism: "IEEE 802.11 with Prism header"
        case .avs: "IEEE 802.11 with AVS header"
        case .ppi: "PPI"
        case .frameRelay: "Frame Relay"
        case .linuxCooked: "Linux cooked"
        case .linuxCooked2: "Linux cooked v2"
        case .nflog: "Linux NFLOG"
        case .wiresharkUpperPDU: "Wireshark upper PDU"
        default: "link type \(self.rawValue)"
        }
    }
}
