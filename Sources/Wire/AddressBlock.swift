/// A block of IP addresses: an address and how many of its leading bits count (RFC 4632, RFC 4291 section 2.3).
public struct AddressBlock: Hashable, Sendable {
    /// The bits beyond ``bits`` are zero.
    public let address: IPAddress
    /// Leading bits that count: of 32 for IPv4, of 128 for IPv6.
    public let bits: Int

    /// Parses `192.0.2.0/24`, `2001:db8::/32`, or an address alone.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let width = address.isV4 ? 32 : 128
        var bits = width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...width).contains(number) else { return nil }
            bits = number
        }
        self.bits = bits
        self.address = Self.masked(address, bits &+ 128 &- width)
    }

    /// The block of that size around an address.
    /// - Parameter bits: cut to what the address has.
    public init(_ address: IPAddress, bits: Int) {
        let width = address.isV4 ? 32 : 128
        self.bits = min(max(bits, 0), width)
        self.address = Self.masked(address, self.bits &+ 128 &- width)
    }

    /// Whether it holds one address only.
    public var isSingle: Bool { self.bits == (self.address.isV4 ? 32 : 128) }

    /// Whether the address is in the block.
    public func contains(_ other: IPAddress) -> Bool {
        other.isV4 == self.address.isV4 && Self.masked(other, self.address.isV4 ? self.bits &+ 96 : self.bits) == self.address
    }

    /// - Parameter bits: leading bits of all 128.
    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        func mask(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : UInt64.max &<< UInt64(64 &- count) }
        return IPAddress(high: address.high & mask(bits), low: address.low & mask(bits &- 64))
    }
}

extension AddressBlock: CustomStringConvertible {
    public var description: String { "\(self.address)/\(self.bits)" }
}
