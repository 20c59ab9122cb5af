public import Wire

/// The control bits of a TCP header (RFC 9293 section 3.1).
public struct TCPFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    // Computed, so that other modules see constants and not storage.
    @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
    @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
    @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
    @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
    @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
}

/// What a frame came down to, through every tunnel: the innermost addresses, transport and payload.
///
/// A small value without references. The payload is named by its place in the frame (or in a reassembled datagram, see
/// ``buffer``), so the bytes stay where they are.
public struct Packet: Sendable {
    /// What was found at the bottom of the frame.
    public enum Kind: UInt8, Sendable {
        /// Nothing that is understood; the decoder counted why.
        case unknown
        /// TCP segment.
        case tcp
        /// UDP datagram.
        case udp
        /// Another protocol above IP; ``ipProtocol`` says which.
        case otherIP
        /// A protocol above the link layer; ``etherType`` says which (values below 0x600: the LLC DSAP and SSAP).
        case link
        /// A part of an IP datagram, not complete yet.
        case fragment
    }

    public var kind: Kind = .unknown
    public var ipProtocol: UInt8 = 0
    public var timeToLive: UInt8 = 0
    public var tcpFlags = TCPFlags(rawValue: 0)
    public var etherType: UInt16 = 0
    public var sourcePort: UInt16 = 0
    public var destinationPort: UInt16 = 0
    public var window: UInt16 = 0
    public var sequence: UInt32 = 0
    public var acknowledgement: UInt32 = 0
    /// Where the payload starts in the buffer.
    public var payloadOffset: UInt32 = 0
    /// How many bytes of the payload were captured.
    public var payloadLength: UInt32 = 0
    /// How many bytes of the payload the snap length cut off.
    public var payloadMissing: UInt32 = 0
    /// 0: the payload lies in the frame. Otherwise one more than the index of the reassembled datagram it lies in.
    public var buffer: UInt32 = 0
    /// How many tunnels were opened on the way.
    public var tunnels: UInt8 = 0
    /// A fragment: whether more follows.
    public var moreFragments = false
    /// What the innermost IP header says of the datagram's identity, see ``Identification``.
    var identification: UInt8 = 0
    public var source = IPAddress.none
    public var destination = IPAddress.none
    public var network = VirtualNetwork.none
    /// Hardware addresses of the innermost link layer; zero where the link has none.
    public var sourceMAC = MACAddress.zero
    public var destinationMAC = MACAddress.zero

    // A fragment: the datagram's identification, and this part's place in it.
    public var fragmentIdentification: UInt32 = 0
    public var fragmentOffset: UInt32 = 0

    /// A SYN or SYN-ACK: what of it shows the stack, see ``TCPFingerprint``; 0 in every other packet.
    public var handshake: UInt64 = 0

    public init() {}
}

/// Tunnels and tags that the decoder looks through, counted for the coverage part of a report.
public enum Encapsulation: UInt8, CaseIterable, Sendable {
    case vlan, mpls, pppoe, gre, erspan, vxlan, geneve, gtp, tzsp, teredo, capwap, ipInIP, etherIP

    /// The stable name in outputs.
    public var name: String {
        switch self {
        case .vlan: "802.1Q"
        case .mpls: "MPLS"
        case .pppoe: "PPPoE"
        case .gre: "GRE"
        case .erspan: "ERSPAN"
        case .vxlan: "VXLAN"
        case .geneve: "Geneve"
        case .gtp: "GTP-U"
        case .tzsp: "TZSP"
        case .teredo: "Teredo"
        case .capwap: "CAPWAP"
        case .ipInIP: "IP-in-IP"
        case .etherIP: "EtherIP"
        }
    }
}

/// Why a frame, or the rest of it, was not understood.
public enum Misunderstanding: Hashable, Sendable {
    case linkType(UInt16)
    case etherType(UInt16)
    /// LLC DSAP and SSAP.
    case llc(UInt16)
    case pppProtocol(UInt16)
    case ipVersion(UInt8)
    case ipProtocol(UInt8)
    /// The frame ends within this header.
    case truncated(Header)
    /// A length or version in this header contradicts the frame.
    case malformed(Header)
    /// 802.11 data that is encrypted on the air.
    case encryptedWireless
    /// 802.11 frames that carry no data (management, control).
    case wirelessManagement
    /// More layers than ``Decoder/depthLimit``.
    case tooDeep
    /// Fragments that never became a whole datagram, or overlapped.
    case fragments

    public enum Header: String, Hashable, Sendable {
        case ethernet, vlan, llc, mpls, pppoe, ppp, linuxCooked, loopback, wireless, radiotap, ipv4, ipv6, ipv6Extension, gre, erspan, tcp,
            udp, vxlan, geneve, gtp, tzsp, etherIP
    }

    /// A short stable name for outputs: `ethertype 0x88cc`, `truncated ipv4`.
    public var name: String {
        switch self {
        case .linkType(let number): "link type \(number)"
        case .etherType(let number): "ethertype 0x" + hexadecimal([UInt8(truncatingIfNeeded: number &>> 8), UInt8(truncatingIfNeeded: number)])
        case .llc(let saps): "llc 0x" + hexadecimal([UInt8(truncatingIfNeeded: saps &>> 8), UInt8(truncatingIfNeeded: saps)])
        case .pppProtocol(let number): "ppp 0x" + hexadecimal([UInt8(truncatingIfNeeded: number &>> 8), UInt8(truncatingIfNeeded: number)])
        case .ipVersion(let version): "ip version \(version)"
        case .ipProtocol(let number): "ip protocol \(number)"
        case .truncated(let header): "truncated \(header.rawValue)"
        case .malformed(let header): "malformed \(header.rawValue)"
        case .encryptedWireless: "encrypted 802.11"
        case .wirelessManagement: "802.11 without data"
        case .tooDeep: "too many layers"
        case .fragments: "incomplete fragments"
        }
    }
}
