/// An EUI-48 hardware address.
public struct MACAddress: Hashable, Comparable, Sendable {
    /// The 48 bits, first octet on the wire in bits 40 to 47.
    public let rawValue: UInt64

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

    /// Reads six octets.
    @inlinable public init(_ reader: inout ByteReader) throws(Truncated) {
        let high = try reader.u16()
        let low = try reader.u32()
        self.rawValue = UInt64(high) &<< 32 | UInt64(low)
    }

    @inlinable public static var zero: MACAddress { MACAddress(rawValue: 0) }
    public static let broadcast = MACAddress(rawValue: 0xFFFF_FFFF_FFFF)

    /// The group bit (IEEE 802 section 8.2.2): multicast or broadcast, so never a device.
    @inlinable public var isGroup: Bool { self.rawValue & 0x0100_0000_0000 != 0 }
    /// The U/L bit: chosen by software (virtual machine, randomised phone, cluster address), so its first octets name no maker.
    @inlinable public var isLocallyAdministered: Bool { self.rawValue & 0x0200_0000_0000 != 0 }
    /// Whether this can be the address of one interface.
    @inlinable public var isUnicast: Bool { !self.isGroup && self.rawValue != 0 }
    /// Virtual router addresses: VRRP (RFC 9568 section 7.3), HSRP version 1 and 2 (IPv4 and IPv6), GLBP. They belong to a role, not
    /// to a device.
    public var isVirtualRouter: Bool {
        let first40 = self.rawValue &>> 8
        return first40 == 0x00_005E_0001 || first40 == 0x00_005E_0002 || first40 == 0x00_000C_07AC
            || self.rawValue &>> 12 == 0x0000_0C9FF || self.rawValue &>> 12 == 0x0005_73A00 || self.rawValue &>> 16 == 0x0007_B400
    }

    @inlinable public static func < (left: MACAddress, right: MACAddress) -> Bool { left.rawValue < right.rawValue }

    /// Parses `00:11:22:aa:bb:cc`, also with `-`.
    public init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        var octet: UInt64 = 0
        var octets = 1
        var digits = 0
        for byte in text.utf8 {
            if byte == 0x3A || byte == 0x2D {
                guard digits > 0, octets < 6 else { return nil }
                value = value &<< 8 | octet
                octet = 0
                octets &+= 1
                digits = 0
            } else {
                guard digits < 2, let digit = hexadecimalDigit(byte) else { return nil }
                octet = octet &<< 4 | UInt64(digit)
                digits &+= 1
            }
        }
        guard octets == 6, digits > 0 else { return nil }
        self.rawValue = value &<< 8 | octet
    }
}

extension MACAddress: CustomStringConvertible {
    /// `00:11:22:aa:bb:cc`
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(17)
        for index in 0..<6 {
            if index > 0 { text.append(0x3A) }
            let octet = UInt8(truncatingIfNeeded: self.rawValue &>> UInt64(40 &- 8 &* index))
            text.append(hexDigit(octet &>> 4))
            text.append(hexDigit(octet & 0xF))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The lower-case hexadecimal digit of the low four bits.
@inlinable public func hexDigit(_ nibble: UInt8) -> UInt8 {
    let low = nibble & 0xF
    return low < 10 ? 0x30 &+ low : 0x57 &+ low
}

/// What a hexadecimal digit stands for; `nil` for any other octet.
private func hexadecimalDigit(_ octet: UInt8) -> UInt8? {
    switch octet {
    case 0x30...0x39: octet &- 0x30
    case 0x41...0x46: octet &- 0x37
    case 0x61...0x66: octet &- 0x57
    default: nil
    }
}

/// The number that one to eight hexadecimal digits write, and nothing else: the initialisers of integers also take a sign.
func hexadecimalNumber(_ text: some StringProtocol) -> UInt32? {
    guard text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }) else { return nil }
    return UInt32(text, radix: 16)
}

/// The bytes as lower-case hexadecimal digits.
@inlinable public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
        text.append(hexDigit(byte &>> 4))
        text.append(hexDigit(byte & 0xF))
    }
    return String(decoding: text, as: UTF8.self)
}
