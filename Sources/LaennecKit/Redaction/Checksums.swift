import Packets
import Wire

/// The checksums of a frame that cover its payload, found while the frame is as it was captured and put right after it was
/// overwritten.
///
/// Layers are found by their checksums: a place is taken for an IP header where the header's own sum, or the sum of what it
/// carries, is right. So every tunnel is covered, a sum that was wrong or left to the network card stays as it was, and nothing
/// is mended that was not whole.
struct Checksums {
    private enum Kind { case internet, crc32c }

    /// A checksum that was right.
    private struct Field {
        let kind: Kind
        /// What it covers, and where it stands.
        let range: Range<Int>
        let place: Int
        /// The sum of the pseudo header; 0 where there is none.
        let pseudo: UInt32
        /// UDP: 0 says "none", so that a sum of 0 is written as its complement.
        let isUDP: Bool
    }
    private var fields: [Field] = []

    var isEmpty: Bool { self.fields.isEmpty }

    /// - Parameter headers: where the innermost payload begins: no header begins behind it.
    init(of frame: [UInt8], headers: Int) {
        guard frame.count >= 20 else { return }
        for at in 0...min(max(headers, 0), frame.count &- 20) {
            switch frame[at] &>> 4 {
            case 4: self.findVersion4(frame, at)
            case 6: self.findVersion6(frame, at)
            default: break
            }
        }
    }

    /// Of a datagram that was put together from fragments.
    init(of datagram: [UInt8], headers: Int, from source: IPAddress, to destination: IPAddress, number: UInt8) {
        self.init(of: datagram, headers: headers)
        let pseudo = Self.pseudo(source, destination, number: number, length: datagram.count)
        self.add(datagram, number, 0..<datagram.count, pseudo)
    }

    private static func u16(_ bytes: [UInt8], _ at: Int) -> Int { Int(bytes[at]) &<< 8 | Int(bytes[at &+ 1]) }

    private mutating func findVersion4(_ frame: [UInt8], _ at: Int) {
        let headerLength = Int(frame[at] & 0x0F) &* 4
        guard headerLength >= 20, at &+ headerLength <= frame.count, Self.u16(frame, at &+ 6) & 0x3FFF == 0 else { return }
        let total = Self.u16(frame, at &+ 2)
        let end = total == 0 ? frame.count : at &+ total
        guard end <= frame.count, end >= at &+ headerLength else { return }
        // 0 where the network card was to fill it in.
        guard Self.u16(frame, at &+ 10) == 0 || Self.sum(frame, at..<at &+ headerLength, 0) == 0xFFFF else { return }
        var pseudo: UInt32 = UInt32(frame[at &+ 9]) &+ UInt32(end &- at &- headerLength)
        for word in stride(from: 12, to: 20, by: 2) { pseudo &+= UInt32(Self.u16(frame, at &+ word)) }
        self.add(frame, frame[at &+ 9], at &+ headerLength..<end, pseudo)
    }

    private mutating func findVersion6(_ frame: [UInt8], _ at: Int) {
        guard at &+ 40 <= frame.count else { return }
        let length = Self.u16(frame, at &+ 4)
        let end = length == 0 ? frame.count : at &+ 40 &+ length
        guard end <= frame.count else { return }
        var next = frame[at &+ 6]
        var place = at &+ 40
        for _ in 0..<8 {
            guard [0, 43, 60, 135, 139, 140].contains(next), place &+ 8 <= end else { break }
            next = frame[place]
            place &+= (Int(frame[place &+ 1]) &+ 1) &* 8
        }
        guard place <= end else { return }
        var pseudo: UInt32 = UInt32(next) &+ UInt32(end &- place)
        for word in stride(from: 8, to: 40, by: 2) { pseudo &+= UInt32(Self.u16(frame, at &+ word)) }
        self.add(frame, next, place..<end, pseudo)
    }

    private static func pseudo(_ source: IPAddress, _ destination: IPAddress, number: UInt8, length: Int) -> UInt32 {
        var sum = UInt32(number) &+ UInt32(truncatingIfNeeded: length & 0xFFFF) &+ UInt32(truncatingIfNeeded: length &>> 16)
        for address in [source, destination] {
            // ::ffff:a.b.c.d stands for an address of version 4, of which only the last four octets count.
            let words: [UInt64] = address.isV4 ? [address.low & 0xFFFF_FFFF] : [address.high, address.low]
            for word in words {
                for shift in stride(from: UInt64(0), to: 64, by: 16) { sum &+= UInt32(word &>> shift & 0xFFFF) }
            }
        }
        return sum
    }

    private mutating func add(_ bytes: [UInt8], _ number: UInt8, _ range: Range<Int>, _ pseudo: UInt32) {
        switch number {
        case 6: self.add(bytes, range, at: 16, pseudo)
        case 17:
            guard range.count >= 8 else { return }
            let length = Self.u16(bytes, range.lowerBound &+ 4)
            guard Self.u16(bytes, range.lowerBound &+ 6) != 0, length == 0 || (8...range.count).contains(length) else { return }
            let covered = length == 0 ? range.count : length
            // The pseudo header says the length of the datagram, not that of the packet.
            let corrected = pseudo &+ UInt32(covered & 0xFFFF) &+ 0xFFFF &- UInt32(range.count & 0xFFFF)
            self.add(bytes, range.lowerBound..<range.lowerBound &+ covered, at: 6, corrected, isUDP: true)
        case 1, 2, 103: self.add(bytes, range, at: 2, 0)
        case 58: self.add(bytes, range, at: 2, pseudo)
        // VRRP: version 2 without, version 3 with the pseudo header (RFC 3768 section 5.3.8, RFC 5798 section 5.2.8).
        case 112: if !self.add(bytes, range, at: 6, 0) { self.add(bytes, range, at: 6, pseudo) }
        case 47 where range.count >= 8 && bytes[range.lowerBound] & 0x80 != 0: self.add(bytes, range, at: 4, 0)
        case 132:
            guard range.count >= 12, Self.crc32c(bytes, range) == Self.u32le(bytes, range.lowerBound &+ 8) else { return }
            self.fields.append(Field(kind: .crc32c, range: range, place: range.lowerBound &+ 8, pseudo: 0, isUDP: false))
        default: break
        }
    }

    @discardableResult
    private mutating func add(_ bytes: [UInt8], _ range: Range<Int>, at offset: Int, _ pseudo: UInt32, isUDP: Bool = false) -> Bool {
        guard range.count >= offset &+ 2, Self.sum(bytes, range, pseudo) == 0xFFFF else { return false }
        self.fields.append(Field(kind: .internet, range: range, place: range.lowerBound &+ offset, pseudo: pseudo, isUDP: isUDP))
        return true
    }

    /// Puts the checksums right, the innermost first: an outer one covers it.
    func mend(_ frame: inout [UInt8]) {
        for field in self.fields.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            switch field.kind {
            case .internet:
                frame[field.place] = 0
                frame[field.place &+ 1] = 0
                var sum = ~Self.sum(frame, field.range, field.pseudo) & 0xFFFF
                if field.isUDP, sum == 0 { sum = 0xFFFF }
                frame[field.place] = UInt8(truncatingIfNeeded: sum &>> 8)
                frame[field.place &+ 1] = UInt8(truncatingIfNeeded: sum)
            case .crc32c:
                let sum = Self.crc32c(frame, field.range)
                for index in 0..<4 { frame[field.place &+ index] = UInt8(truncatingIfNeeded: sum &>> UInt32(index &* 8)) }
            }
        }
    }

    /// The sum of 16-bit words in one's complement (RFC 1071).
    private static func sum(_ bytes: [UInt8], _ range: Range<Int>, _ pseudo: UInt32) -> UInt32 {
        var sum = UInt64(pseudo)
        let span = bytes.span
        var at = range.lowerBound
        while at &+ 1 < range.upperBound {
            sum &+= UInt64(span[at]) &<< 8 | UInt64(span[at &+ 1])
            at &+= 2
        }
        if at < range.upperBound { sum &+= UInt64(span[at]) &<< 8 }
        while sum > 0xFFFF { sum = sum & 0xFFFF &+ sum &>> 16 }
        return UInt32(sum)
    }

    private static func u32le(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[at &+ $1]) &<< UInt32($1 &* 8) }
    }

    /// CRC32c of an SCTP packet (RFC 9260 appendix A), with zeros in the place of the checksum.
    private static func crc32c(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for (offset, index) in range.enumerated() {
            crc ^= UInt32((8..<12).contains(offset) ? 0 : bytes[index])
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc &>> 1 ^ 0x82F6_3B78 : crc &>> 1 }
        }
        return ~crc
    }
}
