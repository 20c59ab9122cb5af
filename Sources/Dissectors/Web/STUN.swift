import Observations
import Wire

// STUN (RFC 8489; the classic form of RFC 3489, without the magic cookie) and TURN (RFC 8656), over UDP and TCP.
//
// Read: the software that each end names, and whether a relay was allocated. User names, realms and addresses are not looked at. A media
// conversation begins with STUN and goes on with DTLS between the same ports (RFC 7983), which is then read as such.

enum STUNDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.stun
    static let usualPorts: Set<UInt16> = [3478, 3479]

    static func mayBegin(_ octet: UInt8) -> Bool { octet < 0x40 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        if let message = STUNMessage(datagram, isCut: context.isCut) {
            message.record(from: side, &context)
            return .more
        }
        guard context.protocols.contains(.stun), let first = datagram.u8(at: 0) else { return .no }
        // RFC 7983 section 7: 20 to 63 is DTLS.
        if first >= 20, first <= 63, DTLSDissector.dissect(datagram, from: side, &context) != .no, !context.protocols.contains(.dtls) {
            context.protocols.add(.dtls)
            context.record(.serviceProtocol, ApplicationProtocol.dtls.rawValue, about: .server)
        }
        return .more
    }
}

final class STUNStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.stun

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first <= 1, (head.u8(at: 3) ?? 0) & 3 == 0 else { return .no }
        var offset = 4
        for expected in [0x21, 0x12, 0xA4, 0x42] as [UInt8] {
            guard let octet = head.u8(at: offset) else { return context.isStart ? .notYet : .no }
            guard octet == expected else { return .no }
            offset &+= 1
        }
        return STUNMessage.isPlausible(type: head.u16(at: 0) ?? 0xFFFF) ? .yes : .no
    }

    /// Messages after which nothing new comes.
    private static let limit = 64
    private var messages = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let type = bytes.u16(at: 0), let length = bytes.u16(at: 2).map({ Int($0) }) else { return Consumption(0, .more(atLeast: 4)) }
        // Data through a channel, padded to four octets (RFC 8656 section 12.5).
        if type &>> 12 >= 4, type < 0x8000 { return .finished }
        guard bytes.byteCount >= 20 &+ length else { return Consumption(0, .more(atLeast: 20 &+ length)) }
        guard let message = STUNMessage(bytes.slice(from: 0, count: 20 &+ length), isCut: false) else { return .failed }
        self.messages &+= 1
        message.record(from: side, &context)
        return self.messages < Self.limit ? Consumption(20 &+ length) : .finished
    }
}

/// A message: type, length, cookie and transaction in 20 octets, then attributes (RFC 8489 section 5).
private struct STUNMessage: ~Escapable {
    private let type: UInt16
    private let attributes: RawSpan

    static let cookie: UInt32 = 0x2112_A442

    @_lifetime(copy datagram)
    init?(_ datagram: RawSpan, isCut: Bool) {
        guard let type = datagram.u16(at: 0), type < 0x4000, let length = datagram.u16(at: 2), length & 3 == 0,
            Int(length) &+ 20 == datagram.byteCount || isCut && Int(length) &+ 20 > datagram.byteCount, let cookie = datagram.u32(at: 4)
        else { return nil }
        self.type = type
        self.attributes = datagram.slice(from: 20)
        guard Self.isPlausible(type: type),
            Self.areWhole(self.attributes, isStrict: cookie != Self.cookie && !Self.isVendors(datagram, type)) || isCut && cookie == Self.cookie
        else { return nil }
        guard cookie == Self.cookie || Self.isClassic(datagram, type) else { return nil }
    }

    /// Methods of the IANA registry "STUN Methods" in a class of messages.
    static func isPlausible(type: UInt16) -> Bool {
        switch type & 0x3EEF {
        case 0x001, 0x003, 0x004, 0x006, 0x007, 0x008, 0x009, 0x00A, 0x00B, 0x00C, 0x080, 0x081, 0x082: true
        // Shared Secret (RFC 3489 section 11.1).
        case 0x002: true
        default: false
        }
    }

    /// Without the cookie: binding and shared secret only, and a transaction that looks drawn by chance.
    private static func isClassic(_ datagram: RawSpan, _ type: UInt16) -> Bool {
        guard [0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112].contains(type), let high = datagram.u64(at: 4), let low = datagram.u64(at: 12) else {
            return false
        }
        return high != 0 && low != 0 && high != low && (datagram.byteCount > 20 || type == 0x0001 && high.nonzeroBitCount > 12 && low.nonzeroBitCount > 12)
    }

    /// A binding request in whose transaction nothing but chance shows: vendors put attributes of their own into it.
    private static func isVendors(_ datagram: RawSpan, _ type: UInt16) -> Bool {
        guard type == 0x0001, let high = datagram.u64(at: 4), let low = datagram.u64(at: 12) else { return false }
        return high.nonzeroBitCount > 12 && low.nonzeroBitCount > 12
    }

    /// Whether the attributes fill the message, each padded to four octets.
    private static func areWhole(_ attributes: RawSpan, isStrict: Bool) -> Bool {
        var offset = 0
        while offset < attributes.byteCount {
            guard let type = attributes.u16(at: offset), let length = attributes.u16(at: offset &+ 2) else { return false }
            // Those of RFC 3489 section 11.2, and what vendors added in the optional range.
            if isStrict, type == 0 || type > 0x0014 && type < 0x8000 && type != 0x0020 { return false }
            offset &+= 4 &+ (Int(length) &+ 3) & ~3
        }
        return offset == attributes.byteCount
    }

    private var isRequest: Bool { self.type & 0x0110 == 0 }
    private var isSuccess: Bool { self.type & 0x0110 == 0x0100 }
    private var isIndication: Bool { self.type & 0x0110 == 0x0010 }
    private var method: UInt16 { self.type & 0x3EEF }

    func record(from side: Side, _ context: inout DissectionContext) {
        if !self.isIndication { context.declare(side, is: self.isRequest ? .client : .server) }
        // Method Allocate.
        if self.isSuccess, self.method == 0x003 {
            context.record(.turnRelay, "allocated", about: context.party(side))
            context.record(.turnRelay, "allocated", about: .conversation)
        }
        var reader = ByteReader(self.attributes)
        while let type = try? reader.u16(), let length = try? reader.u16(), let value = try? reader.take(Int(length)) {
            if type == 0x8022 { context.record(.stunSoftware, value.trimmed, about: context.party(side)) }
            guard (try? reader.skip((4 &- Int(length) & 3) & 3)) != nil else { return }
        }
    }
}
