/// An IPv4 or IPv6 address. IPv4 is held as IPv4-mapped (RFC 4291 section 2.5.5.2), so one value type serves both.
public struct IPAddress: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
    @inlinable public init(v4: UInt32) {
        self.high = 0
        self.low = 0x0000_FFFF_0000_0000 | UInt64(v4)
    }
    /// Reads four octets.
    @inlinable public init(v4 reader: inout ByteReader) throws(Truncated) { self.init(v4: try reader.u32()) }
    /// Reads sixteen octets.
    @inlinable public init(v6 reader: inout ByteReader) throws(Truncated) {
        let high = try reader.u64()
        self.init(high: high, low: try reader.u64())
    }

    /// `::`, used for "no address".
    @inlinable public static var none: IPAddress { IPAddress(high: 0, low: 0) }

    @inlinable public var isV4: Bool { self.high == 0 && self.low &>> 32 == 0xFFFF }
    /// The four octets of an IPv4 address.
    @inlinable public var v4: UInt32 { UInt32(truncatingIfNeeded: self.low) }
    /// `0.0.0.0` or `::`.
    @inlinable public var isUnspecified: Bool { self.high == 0 && (self.low == 0 || self.low == 0xFFFF_0000_0000) }

    /// Multicast, or the limited broadcast address.
    public var isGroup: Bool {
        self.isV4 ? (self.v4 &>> 28 == 0xE || self.v4 == .max) : self.high &>> 56 == 0xFF
    }
    public var isLoopback: Bool { self.isV4 ? self.v4 &>> 24 == 127 : (self.high == 0 && self.low == 1) }
    /// 169.254.0.0/16 (RFC 3927) or fe80::/10.
    public var isLinkLocal: Bool { self.isV4 ? self.v4 &>> 16 == 0xA9FE : self.high &>> 54 == 0x3FA }
    /// RFC 1918, or a unique local address (RFC 4193).
    public var isPrivate: Bool {
        guard self.isV4 else { return self.high &>> 57 == 0x7E }
        return self.v4 &>> 24 == 10 || self.v4 &>> 20 == 0xAC1 || self.v4 &>> 16 == 0xC0A8
    }
    /// Whether the address can be reached over the Internet: none of the special-purpose ranges of RFC 6890 that stay inside.
    /// 100.64.0.0/10 (carrier-grade NAT) is inside; documentation ranges count as public, as networks use them that way in tests.
    public var isPublic: Bool {
        if self.isUnspecified || self.isGroup || self.isLoopback || self.isLinkLocal || self.isPrivate { return false }
        if self.isV4 {
            return self.v4 &>> 24 != 0 && self.v4 &>> 22 != 0x191 && self.v4 &>> 28 != 0xF && self.v4 &>> 17 != 0x6309
                && self.v4 &>> 8 != 0xC0_0000
        }
        return self.high &>> 61 == 1
    }

    @inlinable public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// Parses `192.0.2.1` or `2001:db8::1`.
    public init?(_ text: some StringProtocol) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let address = Self.parseV6(text) else { return nil }
            self = address
        } else {
            guard let address = Self.parseV4(text) else { return nil }
            self.init(v4: address)
        }
    }

    private static func parseV4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let octet = UInt8(part) else { return nil }
            value = value &<< 8 | UInt32(octet)
        }
        return value
    }

    private static func parseV6(_ text: some StringProtocol) -> IPAddress? {
        guard text.utf8.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 9 else { return nil }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                // "::" gives one empty part in the middle, two at either end; a single colon at an end is none.
                if index == 0 || index == parts.count &- 1 {
                    guard parts[index == 0 ? 1 : index &- 1].isEmpty else { return nil }
                    continue
                }
                guard gap == nil else { return nil }
                gap = groups.count
            } else if part.utf8.contains(UInt8(ascii: ".")) {
                guard index == parts.count &- 1, let v4 = Self.parseV4(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: v4 &>> 16))
                groups.append(UInt16(truncatingIfNeeded: v4))
            } else {
                guard part.utf8.count <= 4, let group = hexadecimalNumber(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: group))
            }
        }
        if let gap {
            guard groups.count <= 7 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 &- groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        let words = groups.reduce(into: (high: UInt64(0), low: UInt64(0))) { words, group in
            words.high = words.high &<< 16 | words.low &>> 48
            words.low = words.low &<< 16 | UInt64(group)
        }
        return IPAddress(high: words.high, low: words.low)
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952 text.
    public var description: String {
        self.isV4 ? self.dottedDecimal : self.colonHexadecimal
    }

    private var dottedDecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        for index in 0..<4 {
            if index > 0 { text.append(0x2E) }
            let octet = UInt8(truncatingIfNeeded: self.v4 &>> UInt32(24 &- 8 &* index))
            if octet >= 100 { text.append(0x30 &+ octet / 100) }
            if octet >= 10 { text.append(0x30 &+ octet / 10 % 10) }
            text.append(0x30 &+ octet % 10)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private var colonHexadecimal: String {
        let groups = (0..<8).map { index in
            let word = index < 4 ? self.high : self.low
            return UInt16(truncatingIfNeeded: word &>> UInt64(48 &- 16 &* (index % 4)))
        }
        // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
        var best = 0..<0
        var start = 0
        while start < 8 {
            guard groups[start] == 0 else {
                start &+= 1
                continue
            }
            var end = start
            while end < 8, groups[end] == 0 { end &+= 1 }
            if end &- start > Swift.max(best.count, 1) { best = start..<end }
            start = end
        }
        let head = groups[..<best.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        guard !best.isEmpty else { return groups.map { String($0, radix: 16) }.joined(separator: ":") }
        return head + "::" + groups[best.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
    }
}
