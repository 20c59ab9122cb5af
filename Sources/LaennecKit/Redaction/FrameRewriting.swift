import Capture
import Packets
import Wire

/// One frame on its way into a redacted capture: headers stay, everything behind them is overwritten, then what is needed is put
/// back and the checksums are put right.
struct FrameRewriting {
    static let arp: UInt16 = 0x0806

    private var bytes: [UInt8]
    private let checksums: Checksums

    init(_ frame: RawSpan, _ header: FrameHeader, _ decoder: inout Decoder) {
        self.bytes = frame.copied()
        let packet = decoder.decode(frame, linkType: header.linkType.rawValue, frame: header.ordinal)
        var start = Int(packet.payloadOffset)
        var end = start &+ Int(packet.payloadLength)
        if packet.kind == .unknown {
            start = Self.headers(of: self.bytes, header.linkType)
            end = self.bytes.count
        }
        // An ICMP error quotes a packet, with the checksum that it had.
        self.checksums = packet.kind == .fragment ? Checksums(of: [], headers: 0) : Checksums(of: self.bytes, headers: packet.kind == .otherIP ? start &+ 8 : start)
        let payload = start..<end
        switch packet.kind {
        case .link where packet.etherType == Self.arp: self.overwriteARP(payload)
        case .otherIP: self.overwrite(payload, of: packet.ipProtocol)
        // Management of wireless networks is made of elements, for which zeros do.
        case .unknown where [.ieee80211, .radiotap].contains(header.linkType): Overwriting.zero.overwrite(&self.bytes, payload)
        default: Overwriting.outright(&self.bytes, payload)
        }
        // Padding, check sequences and trailers.
        Overwriting.zero.overwrite(&self.bytes, end..<self.bytes.count)
    }

    /// Puts back what has to stay.
    mutating func restore(_ kept: [UInt8], at offset: Int) {
        guard offset >= 0, offset <= self.bytes.count else { return }
        let count = min(kept.count, self.bytes.count &- offset)
        self.bytes.replaceSubrange(offset..<offset &+ count, with: kept.prefix(count))
    }

    consuming func finish() -> [UInt8] {
        self.checksums.mend(&self.bytes)
        return self.bytes
    }

    /// Addresses are all that ARP holds (RFC 826).
    private mutating func overwriteARP(_ payload: Range<Int>) {
        guard payload.count >= 8 else { return Overwriting.uniform.overwrite(&self.bytes, payload) }
        let length = 8 &+ 2 &* (Int(self.bytes[payload.lowerBound &+ 4]) &+ Int(self.bytes[payload.lowerBound &+ 5]))
        let end = min(payload.upperBound, payload.lowerBound &+ (length <= 60 ? length : 8))
        Overwriting.zero.overwrite(&self.bytes, end..<payload.upperBound)
    }

    /// Protocols directly above IP keep their own header.
    private mutating func overwrite(_ payload: Range<Int>, of number: UInt8) {
        var rest = payload
        func keep(_ count: Int) { rest = min(rest.lowerBound &+ count, payload.upperBound)..<payload.upperBound }
        guard !payload.isEmpty else { return }
        switch number {
        case 1, 58:
            let type = self.bytes[payload.lowerBound]
            keep(8)
            // Errors quote the header of the packet that they are about.
            if number == 1 ? [3, 4, 5, 11, 12].contains(type) : type < 128, !rest.isEmpty {
                keep(self.quotedHeaders(rest))
            }
            Overwriting.uniform.overwrite(&self.bytes, rest)
        case 50:
            keep(8)
            Overwriting.uniform.overwrite(&self.bytes, rest)
        case 132: self.overwriteSCTP(payload)
        default: Overwriting.zero.overwrite(&self.bytes, rest)
        }
    }

    /// How long the headers of a quoted packet are; the sum over what was said in a datagram is taken away.
    private mutating func quotedHeaders(_ quote: Range<Int>) -> Int {
        let isV4 = self.bytes[quote.lowerBound] &>> 4 != 6
        let header = isV4 ? Int(self.bytes[quote.lowerBound] & 0x0F) &* 4 : 40
        guard quote.count >= header &+ 8, header >= 20 else { return header }
        // A later fragment begins with what was said.
        if isV4, self.bytes[quote.lowerBound &+ 6] & 0x1F | self.bytes[quote.lowerBound &+ 7] != 0 { return header }
        if self.bytes[quote.lowerBound &+ (isV4 ? 9 : 6)] == 17 {
            for place in quote.lowerBound &+ header &+ 6..<quote.lowerBound &+ header &+ 8 { self.bytes[place] = 0 }
        }
        return header &+ 8
    }

    /// RFC 9260 section 3: a common header, then chunks, of which the data chunks hold what users send.
    private mutating func overwriteSCTP(_ payload: Range<Int>) {
        var at = payload.lowerBound &+ 12
        while at &+ 4 <= payload.upperBound {
            let length = Int(self.bytes[at &+ 2]) &<< 8 | Int(self.bytes[at &+ 3])
            guard length >= 4 else { break }
            // DATA 16, INIT and INIT ACK 20, SACK 16, others their type and length.
            let header =
                switch self.bytes[at] {
                case 0, 3: 16
                case 1, 2: 20
                default: 4
                }
            let end = min(at &+ length, payload.upperBound)
            if at &+ header < end { Overwriting.uniform.overwrite(&self.bytes, at &+ header..<end) }
            at &+= (length &+ 3) & ~3
        }
        if at < payload.upperBound { Overwriting.uniform.overwrite(&self.bytes, at..<payload.upperBound) }
    }

    /// How much of a frame that was not understood is kept: the link layer's header, and those of IP and of the transport if they
    /// stand where one expects them.
    private static func headers(of bytes: [UInt8], _ linkType: LinkType) -> Int {
        var at: Int
        var type = 0
        func u16(_ at: Int) -> Int { at &+ 2 <= bytes.count ? Int(bytes[at]) &<< 8 | Int(bytes[at &+ 1]) : 0 }
        switch linkType {
        case .ethernet:
            at = 14
            type = u16(12)
        case .linuxCooked:
            at = 16
            type = u16(14)
        case .linuxCooked2:
            at = 20
            type = u16(0)
        case .raw, .ipv4, .ipv6:
            at = 0
            type = bytes.first.map { $0 &>> 4 == 6 } == true ? 0x86DD : 0x0800
        case .null, .loop, .ppp, .pppHDLC, .ciscoHDLC: return min(4, bytes.count)
        case .radiotap: return min(bytes.count, bytes.count >= 4 ? Int(bytes[2]) &+ Int(bytes[3]) &<< 8 &+ 24 : 0)
        case .ieee80211: return min(24, bytes.count)
        default: return 0
        }
        while type == 0x8100 || type == 0x88A8 {
            type = u16(at &+ 2)
            at &+= 4
        }
        if type == 0x0800, at < bytes.count {
            at &+= max(20, Int(bytes[at] & 0x0F) &* 4)
        } else if type == 0x86DD {
            at &+= 40
        }
        return min(at, bytes.count)
    }
}
