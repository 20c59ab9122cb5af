/// The control bits of a TCP header (RFC 9293 section 3.1).
public enum TCPFlag {
    public static let fin = 0x01
    public static let syn = 0x02
    public static let reset = 0x04
    public static let push = 0x08
    public static let acknowledge = 0x10
}

/// Everything of a TCP segment but its payload.
struct SegmentHeader {
    var source: Host
    var destination: Host
    var sourcePort: Int
    var destinationPort: Int
    var sequence: Int
    var acknowledgement: Int
    var flags: Int
    var window: Int
    /// The timestamp option's clock in milliseconds (value and echo), where both ends send it.
    var timestamps: (value: Int, echo: Int)?
    var identification: Int
}

/// Frames down to the Ethernet header, with correct checksums.
enum Frames {
    static func segment(_ header: SegmentHeader, _ payload: ArraySlice<UInt8>, into out: inout [UInt8]) {
        let optionLength = header.flags & TCPFlag.syn != 0 ? (header.timestamps == nil ? 12 : 20) : (header.timestamps == nil ? 0 : 12)
        let ip = Self.ip(
            from: header.source, to: header.destination, number: 6, length: 20 + optionLength + payload.count, header.identification, &out)
        let start = out.count
        out.u16(header.sourcePort)
        out.u16(header.destinationPort)
        out.u32(header.sequence)
        out.u32(header.acknowledgement)
        out.u8((20 + optionLength) << 2)
        out.u8(header.flags)
        out.u16(header.window)
        out.u32(0)
        if header.flags & TCPFlag.syn != 0 {
            // Maximum segment size 1460, selective acknowledgements, window scale 8; with or without timestamps.
            out.append(contentsOf: [2, 4, 0x05, 0xB4])
            if let timestamps = header.timestamps {
                out.append(contentsOf: [4, 2, 8, 10])
                out.u32(timestamps.value)
                out.u32(timestamps.echo)
                out.append(contentsOf: [1, 3, 3, 8])
            } else {
                out.append(contentsOf: [1, 3, 3, 8, 1, 1, 4, 2])
            }
        } else if let timestamps = header.timestamps {
            out.append(contentsOf: [1, 1, 8, 10])
            out.u32(timestamps.value)
            out.u32(timestamps.echo)
        }
        out.append(contentsOf: payload)
        let sum = out.sum(ip + 12..<ip + 20) + 6 + UInt64(out.count - start) + out.sum(start..<out.count)
        out.patch16(folded(sum), at: start + 16)
    }

    static func datagram(
        from source: Host, _ sourcePort: Int, to destination: Host, _ destinationPort: Int, _ payload: [UInt8], _ identification: Int,
        into out: inout [UInt8]
    ) {
        let ip = Self.ip(from: source, to: destination, number: 17, length: 8 + payload.count, identification, &out)
        let start = out.count
        out.u16(sourcePort)
        out.u16(destinationPort)
        out.u16(8 + payload.count)
        out.u16(0)
        out.append(contentsOf: payload)
        let sum = folded(out.sum(ip + 12..<ip + 20) + 17 + UInt64(out.count - start) + out.sum(start..<out.count))
        // RFC 768: a sum of zero is sent as all ones.
        out.patch16(sum == 0 ? 0xFFFF : sum, at: start + 6)
    }

    /// Who has this address? (RFC 826), or the answer.
    static func arp(isRequest: Bool, from source: Host, about destination: Host, into out: inout [UInt8]) {
        Self.ethernet(to: isRequest ? 0xFFFF_FFFF_FFFF : destination.hardware, from: source.hardware, type: 0x0806, &out)
        out.append(contentsOf: [0, 1, 8, 0, 6, 4])
        out.u16(isRequest ? 1 : 2)
        Self.hardware(source.hardware, &out)
        out.u32(Int(source.address))
        Self.hardware(isRequest ? 0 : destination.hardware, &out)
        out.u32(Int(destination.address))
    }

    /// - Returns: where the IP header starts.
    private static func ip(
        from source: Host, to destination: Host, number: Int, length: Int, _ identification: Int, _ out: inout [UInt8]
    ) -> Int {
        let isGroup = destination.address >> 28 == 0xE
        Self.ethernet(
            to: isGroup ? 0x01_00_5E_00_00_00 | UInt64(destination.address & 0x7F_FFFF) : destination.hardware, from: source.hardware,
            type: 0x0800, &out)
        let start = out.count
        out.u16(0x4500)
        out.u16(20 + length)
        out.u16(identification)
        out.u16(0x4000)
        out.u8(isGroup ? 1 : source.timeToLive)
        out.u8(number)
        out.u16(0)
        out.u32(Int(source.address))
        out.u32(Int(destination.address))
        out.patch16(folded(out.sum(start..<start + 20)), at: start + 10)
        return start
    }

    private static func ethernet(to destination: UInt64, from source: UInt64, type: Int, _ out: inout [UInt8]) {
        Self.hardware(destination, &out)
        Self.hardware(source, &out)
        out.u16(type)
    }

    private static func hardware(_ address: UInt64, _ out: inout [UInt8]) {
        out.u16(Int(address >> 32))
        out.u32(Int(address & 0xFFFF_FFFF))
    }
}
