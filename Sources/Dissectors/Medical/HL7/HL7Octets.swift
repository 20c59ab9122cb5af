import Wire

extension UInt64 {
    /// Whether one of the eight octets is `octet`.
    func hasOctet(_ octet: UInt8) -> Bool {
        let difference = self ^ UInt64(octet) &* 0x0101_0101_0101_0101
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080 != 0
    }
}

extension RawSpan {
    /// The offset of the first octet that ends a segment: the carriage return of the standard, the line feed of those who
    /// do not follow it, and the frame octets.
    var endOfSegment: Int? { self.endOfField(0x0D) }

    /// The offset of the first field separator or end of a segment.
    func endOfField(_ separator: UInt8) -> Int? {
        var index = 0
        while let next = self.slice(from: index).firstControl(or: separator) {
            index &+= next
            switch self.u8(at: index) {
            case separator, 0x0D, 0x0A, HL7Dissector.endBlock, HL7Dissector.startBlock: return index
            default: index &+= 1
            }
        }
        return nil
    }

    /// The offset of the first octet below 0x20 or equal to `byte`.
    func firstControl(or byte: UInt8) -> Int? {
        var index = 0
        // Eight at a time: the difference has a high bit where an octet is below 0x20.
        while let word = self.u64(at: index) {
            if (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080 != 0 || word.hasOctet(byte) { break }
            index &+= 8
        }
        while let octet = self.u8(at: index) {
            if octet < 0x20 || octet == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// A hash of the octets, for comparing with others of the same conversation.
    var octetHash: UInt64 {
        var hash = UInt64(truncatingIfNeeded: self.byteCount)
        var index = 0
        while let word = self.u64(at: index) {
            hash = mixed(hash ^ word)
            index &+= 8
        }
        var tail: UInt64 = 0
        while let byte = self.u8(at: index) {
            tail = tail &<< 8 | UInt64(byte)
            index &+= 1
        }
        return mixed(hash ^ tail)
    }

    var isUppercase: Bool {
        var index = 0
        while let byte = self.u8(at: index) {
            guard (0x41...0x5A).contains(byte) else { return false }
            index &+= 1
        }
        return true
    }

    /// Nothing but the digit 0.
    var isZeroDigits: Bool {
        var index = 0
        while let byte = self.u8(at: index) {
            guard byte == 0x30 else { return false }
            index &+= 1
        }
        return true
    }

    var isHexadecimal: Bool {
        var index = 0
        while let byte = self.u8(at: index) {
            guard byte.hexadecimalDigit != nil else { return false }
            index &+= 1
        }
        return true
    }
}
