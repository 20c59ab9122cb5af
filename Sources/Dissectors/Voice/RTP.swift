import Observations
import Wire

// The Real-time Transport Protocol and its control protocol (RFC 3550; payload types: RFC 3551).
//
// A single packet has too little structure to be told from chance: a stream is recognised by a control packet, whose parts fill the
// datagram exactly, or by consecutive packets of one source. Media are never looked at.

enum RTPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.rtp
    static let usualPorts: Set<UInt16> = []

    static func mayBegin(_ octet: UInt8) -> Bool { octet & 0xC0 == 0x80 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Version 2.
        guard let first = datagram.u8(at: 0), first & 0xC0 == 0x80, datagram.byteCount >= 12 else { return .no }
        if let second = datagram.u8(at: 1), second >= 192, second <= 223 { return Self.isControl(datagram) ? .finished : .no }
        guard let packet = Packet(datagram) else { return .no }
        // What is remembered of the source: one look-up a packet, and at most a few for a conversation that is none of this.
        var sign = context.sign(side)
        sign.add(UInt64(packet.source))
        sign.add(0x5254_5030)
        let known = context.note(sign) { Stream() }
        guard let stream = known, stream.follow(packet) else { return .no }
        context.record(.rtpPayload, Self.payload(packet.type), about: .conversation)
        return .finished
    }

    /// The fixed header (RFC 3550 section 5.1).
    private struct Packet {
        let type: UInt8
        let sequence: UInt16
        let time: UInt32
        let source: UInt32

        init?(_ bytes: RawSpan) {
            guard let first = bytes.u8(at: 0), let second = bytes.u8(at: 1), let sequence = bytes.u16(at: 2), let time = bytes.u32(at: 4),
                let source = bytes.u32(at: 8), source != 0
            else { return nil }
            self.type = second & 0x7F
            // 72 to 76 would be control packets.
            guard self.type <= 34 || self.type >= 96 else { return nil }
            var size = 12 &+ 4 &* Int(first & 0x0F)
            if first & 0x10 != 0 {
                guard let words = bytes.u16(at: size &+ 2) else { return nil }
                size = size &+ 4 &+ 4 &* Int(words)
            }
            guard bytes.byteCount > size else { return nil }
            self.sequence = sequence
            self.time = time
            self.source = source
        }
    }

    /// What is remembered of a source.
    private final class Stream {
        private var last: Packet?
        private var step: UInt32 = 0
        private var count = 0

        /// Whether enough packets have followed one another.
        func follow(_ packet: Packet) -> Bool {
            defer { self.last = packet }
            guard let last, packet.type == last.type, packet.sequence == last.sequence &+ 1 else {
                self.count = 0
                return false
            }
            // The clock stands still within a picture, and else goes on by less than ten seconds of the fastest clock.
            let step = packet.time &- last.time
            guard step < 900_000 else {
                self.count = 0
                return false
            }
            self.count &+= 1
            return self.count >= 2
        }
    }

    /// Whether the datagram is control packets from end to end (RFC 3550 section 6.1): a report, and what describes the source.
    private static func isControl(_ bytes: RawSpan) -> Bool {
        guard let type = bytes.u8(at: 1), type == 200 || type == 201, let source = bytes.u32(at: 4), source != 0 else { return false }
        // A sender's report alone is there too (RFC 5506).
        if type == 200, let first = bytes.u8(at: 0), let words = bytes.u16(at: 2), bytes.byteCount == 28 &+ 24 &* Int(first & 0x1F),
            bytes.byteCount == 4 &+ 4 &* Int(words)
        {
            return true
        }
        var offset = 0
        var parts = 0
        while offset < bytes.byteCount, parts < 16 {
            guard let first = bytes.u8(at: offset), first & 0xC0 == 0x80, let kind = bytes.u8(at: offset &+ 1), kind >= 200, kind <= 207,
                let words = bytes.u16(at: offset &+ 2)
            else { return false }
            let size = 4 &+ 4 &* Int(words)
            let reports = Int(first & 0x1F)
            if kind == 200, size < 28 &+ 24 &* reports { return false }
            if kind == 201, size < 8 &+ 24 &* reports { return false }
            offset = offset &+ size
            parts &+= 1
        }
        return offset == bytes.byteCount && parts >= 2
    }

    /// Static payload types (RFC 3551 section 6).
    private static func payload(_ type: UInt8) -> String {
        switch type {
        case 0: "PCMU"
        case 3: "GSM"
        case 4: "G723"
        case 8: "PCMA"
        case 9: "G722"
        case 13: "CN"
        case 14: "MPA"
        case 18: "G729"
        case 26: "JPEG"
        case 31: "H261"
        case 32: "MPV"
        case 33: "MP2T"
        case 34: "H263"
        case 96...: "dynamic"
        default: String(type)
        }
    }
}
