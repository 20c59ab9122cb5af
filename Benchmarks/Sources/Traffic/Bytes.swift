/// What is written in the order of the wire.
extension [UInt8] {
    public mutating func u8(_ value: Int) { self.append(UInt8(truncatingIfNeeded: value)) }
    public mutating func u16(_ value: Int) {
        self.u8(value >> 8)
        self.u8(value)
    }
    public mutating func u24(_ value: Int) {
        self.u8(value >> 16)
        self.u16(value)
    }
    public mutating func u32(_ value: Int) {
        self.u16(value >> 16)
        self.u16(value)
    }
    public mutating func u16le(_ value: Int) {
        self.u8(value)
        self.u8(value >> 8)
    }
    public mutating func u32le(_ value: Int) {
        self.u16le(value)
        self.u16le(value >> 16)
    }
    public mutating func text(_ text: String) { self.append(contentsOf: text.utf8) }
    /// `text`, filled up with `filler` to `count` bytes.
    public mutating func text(_ text: String, padded count: Int, with filler: UInt8 = 0x20) {
        let bytes = text.utf8.prefix(count)
        self.append(contentsOf: bytes)
        self.append(contentsOf: repeatElement(filler, count: count - bytes.count))
    }

    /// Writes the bytes at an offset that was written before.
    mutating func patch16(_ value: Int, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// The sum of RFC 1071 over a range, not yet folded.
    func sum(_ range: Range<Int>) -> UInt64 {
        self.withUnsafeBytes { bytes in
            var sum: UInt64 = 0
            var at = range.lowerBound
            // Four octets at a time: the carries gather in the upper half.
            while at + 4 <= range.upperBound {
                sum += UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
                at += 4
            }
            if at + 2 <= range.upperBound {
                sum += UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
                at += 2
            }
            if at < range.upperBound { sum += UInt64(bytes[at]) << 8 }
            return sum
        }
    }
}

/// Folds a sum into the one's complement that a header carries (RFC 1071).
func folded(_ sum: UInt64) -> Int {
    var sum = sum
    while sum >> 16 != 0 { sum = (sum & 0xFFFF) + sum >> 16 }
    return Int(~sum & 0xFFFF)
}
