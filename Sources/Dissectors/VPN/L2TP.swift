import Observations
import Wire

// The Layer Two Tunneling Protocol over UDP: version 2 (RFC 2661) and the control messages of version 3 (RFC 3931). What is read here is
// outside IPsec: inside it would be ciphertext.
//
// Read: who both ends say to be (host name, vendor, firmware), whether the tunnel was accepted; of PPP inside, the authentication
// that was agreed on and whether a password crossed (PAP, RFC 1334). Names and passwords are not looked at.

enum L2TPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.l2tp
    static let usualPorts: Set<UInt16> = [1701]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0xC8 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let flags = datagram.u16(at: 0) else { return .no }
        // Type, length and sequence; version 2 or 3; all other bits are reserved.
        if flags == 0xC802 || flags == 0xC803 {
            return L2TPControl.record(datagram, from: side, &context) ? .more : .no
        }
        // Data have too little structure to be recognised by: they count in a tunnel that was seen to begin.
        guard context.protocols.contains(.l2tp), flags & 0x800F == 0x0002 else { return context.protocols.contains(.l2tp) ? .more : .no }
        return Self.readData(datagram, flags, context) ? .more : .finished
    }

    /// - Returns: whether more is wanted: up to the first packet of the user's.
    private static func readData(_ datagram: RawSpan, _ flags: UInt16, _ context: DissectionContext) -> Bool {
        do throws(Truncated) {
            var reader = ByteReader(datagram)
            try reader.skip(flags & 0x4000 != 0 ? 8 : 6)
            if flags & 0x0800 != 0 { try reader.skip(4) }
            if flags & 0x0200 != 0 { try reader.skip(Int(try reader.u16())) }
            return try PPPFrame.record(reader.rest, prefix: "l2tp", context)
        } catch { return true }
    }
}

private enum L2TPControl {
    static func record(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) -> Bool {
        guard let length = message.u16(at: 2).map({ Int($0) }), length >= 12,
            length == message.byteCount || context.isCut && length > message.byteCount
        else { return false }
        // An empty message acknowledges; alone it proves little.
        if length == 12 { return context.protocols.contains(.l2tp) }
        guard let type = Self.messageType(message) else { return false }
        guard Self.areWhole(message, isCut: context.isCut) else { return false }
        switch type {
        case 1, 3: context.declare(side, is: .client)
        case 2:
            context.declare(side, is: .server)
            context.record(.l2tpTunnel, "accepted", about: context.party(side))
        default: break
        }
        guard type <= 2 else { return true }
        var reader = ByteReader(message.slice(from: 12))
        let party = context.party(side)
        while let pair = AttributeValuePair(&reader) {
            guard pair.vendor == 0, !pair.isHidden else { continue }
            switch pair.type {
            case 6: context.record(.l2tpFirmware, hexadecimal(pair.value.copied(limit: 2)), about: party)
            case 7: context.record(.l2tpHostName, pair.value.trimmed, about: party)
            case 8: context.record(.l2tpVendor, pair.value.trimmed, about: party)
            default: break
            }
        }
        return true
    }

    /// The first attribute is the type of the message (RFC 2661 section 4.1).
    private static func messageType(_ message: RawSpan) -> UInt16? {
        guard let head = message.u16(at: 12), head & 0x3FFF == 8, message.u32(at: 14) == 0, let type = message.u16(at: 18), (1...29).contains(type)
        else { return nil }
        return type
    }

    private static func areWhole(_ message: RawSpan, isCut: Bool) -> Bool {
        var reader = ByteReader(message.slice(from: 12))
        while AttributeValuePair(&reader) != nil {}
        return reader.isEmpty || isCut
    }
}

/// RFC 2661 section 4.1: flags and length, vendor, type, value.
private struct AttributeValuePair: ~Escapable {
    let isHidden: Bool
    let vendor: UInt16
    let type: UInt16
    let value: RawSpan

    /// Reads one; does not move where there is none.
    @_lifetime(copy reader)
    init?(_ reader: inout ByteReader) {
        guard let head = reader.rest.u16(at: 0), let vendor = reader.rest.u16(at: 2), let type = reader.rest.u16(at: 4), head & 0x3C00 == 0,
            head & 0x3FF >= 6, let pair = try? reader.take(Int(head & 0x3FF))
        else { return nil }
        self.isHidden = head & 0x4000 != 0
        self.vendor = vendor
        self.type = type
        self.value = pair.slice(from: 6)
    }
}

/// A frame of the Point-to-Point Protocol (RFC 1661, 1662) inside a tunnel.
enum PPPFrame {
    /// Notes how the ends authenticate.
    /// - Parameter prefix: the tunnel, for the method of a login.
    /// - Returns: whether more is wanted: up to the first packet of the user's.
    static func record(_ frame: RawSpan, prefix: String, _ context: DissectionContext) throws(Truncated) -> Bool {
        var reader = ByteReader(frame.u16(at: 0) == 0xFF03 ? frame.slice(from: 2) : frame)
        switch try reader.u16() {
        // Link control: a Configure-Ack repeats what was asked for.
        case 0xC021:
            guard try reader.u8() == 2 else { return true }
            try reader.skip(1)
            var options = try reader.nested(max(0, Int(try reader.u16()) &- 4))
            while options.remaining >= 2 {
                let type = try options.u8()
                var option = try options.nested(max(0, Int(try options.u8()) &- 2))
                guard type == 3 else { continue }
                if let name = Self.authentication(try option.u16(), try? option.u8()) { context.record(.pppAuthentication, name, about: .server) }
            }
            return true
        // Password authentication: request, acknowledgement.
        case 0xC023:
            switch try reader.u8() {
            case 1: context.record(.loginClear, "\(prefix)-pap", about: .server)
            case 2: context.record(.loginAccepted, "\(prefix)-pap", about: .server)
            default: break
            }
            return true
        // A packet of IPv4, IPv6 or a compressed one.
        case 0x0021, 0x0057, 0x00FD:
            context.record(.l2tpTunnel, "data", about: .server)
            return false
        case let number where number &>> 8 == 0x21 || number &>> 8 == 0x57 || number &>> 8 == 0xFD:
            context.record(.l2tpTunnel, "data", about: .server)
            return false
        default: return true
        }
    }

    /// RFC 1661 section 6.2, RFC 1994 section 3, RFC 2433, RFC 2759, RFC 3748.
    private static func authentication(_ number: UInt16, _ algorithm: UInt8?) -> String? {
        switch (number, algorithm) {
        case (0xC023, _): "pap"
        case (0xC223, 5): "chap-md5"
        case (0xC223, 0x80): "ms-chap"
        case (0xC223, 0x81): "ms-chap-v2"
        case (0xC227, _): "eap"
        default: nil
        }
    }
}
