/// The virtual network that encloses a packet: its VLANs and the identifier of an overlay (VXLAN, Geneve, GRE key).
///
/// Two hosts with the same private address on two of them are two hosts.
public struct VirtualNetwork: Hashable, Comparable, Sendable {
    /// Bits 0 to 11 the VLAN nearest to the packet, 12 to 23 the next one out, 24 to 55 the overlay identifier, 56 to 59 the overlay's kind.
    public let rawValue: UInt64

    public enum Overlay: UInt8, Sendable { case none, vxlan, geneve, gre, gtp, erspan, other }

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public static var none: VirtualNetwork { VirtualNetwork(rawValue: 0) }

    /// The network inside a VLAN tag that was just passed.
    @inlinable public func tagged(_ vlan: UInt16) -> VirtualNetwork {
        // VLAN 0 is a priority tag: it names no network (IEEE 802.1Q section 9.6).
        guard vlan & 0xFFF != 0 else { return self }
        let vlans = (self.rawValue & 0xFFF) &<< 12 | UInt64(vlan & 0xFFF)
        return VirtualNetwork(rawValue: self.rawValue & ~0xFF_FFFF | vlans)
    }
    /// The network inside a tunnel: it has VLANs of its own.
    @inlinable public func inside(_ overlay: Overlay, identifier: UInt32) -> VirtualNetwork {
        VirtualNetwork(rawValue: UInt64(overlay.rawValue) &<< 56 | UInt64(identifier) &<< 24)
    }

    @inlinable public var vlan: UInt16 { UInt16(truncatingIfNeeded: self.rawValue & 0xFFF) }
    @inlinable public var outerVLAN: UInt16 { UInt16(truncatingIfNeeded: self.rawValue &>> 12 & 0xFFF) }
    @inlinable public var identifier: UInt32 { UInt32(truncatingIfNeeded: self.rawValue &>> 24) }
    @inlinable public var overlay: Overlay { Overlay(rawValue: UInt8(truncatingIfNeeded: self.rawValue &>> 56 & 0xF)) ?? .other }
    /// The same overlay without its VLANs: the scope in which an IP address normally means one host.
    @inlinable public var withoutVLAN: VirtualNetwork { VirtualNetwork(rawValue: self.rawValue & ~0xFF_FFFF) }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The transport above IP that an endpoint speaks.
public enum Transport: UInt8, Hashable, Comparable, Sendable {
    case tcp = 6
    case udp = 17
    /// IPsec's encapsulating security payload (RFC 4303): no ports, they are 0.
    case esp = 50
    case sctp = 132

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    /// `tcp`, `udp`, `esp`, `sctp`.
    public var name: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .esp: "esp"
        case .sctp: "sctp"
        }
    }
    /// By ``name``.
    public init?(name: some StringProtocol) {
        switch name {
        case "tcp": self = .tcp
        case "udp": self = .udp
        case "esp": self = .esp
        case "sctp": self = .sctp
        default: return nil
        }
    }
}

/// One end of a conversation.
public struct Endpoint: Hashable, Comparable, Sendable {
    public let address: IPAddress
    public let port: UInt16

    @inlinable public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
    @inlinable public static func < (left: Endpoint, right: Endpoint) -> Bool {
        left.address == right.address ? left.port < right.port : left.address < right.address
    }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1:104` or `[2001:db8::1]:104`.
    public var description: String {
        self.address.isV4 ? "\(self.address):\(self.port)" : "[\(self.address)]:\(self.port)"
    }
}
