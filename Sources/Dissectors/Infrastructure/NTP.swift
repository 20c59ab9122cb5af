import Observations
import Wire

// The Network Time Protocol (RFC 5905; version 3: RFC 1305), its control messages (mode 6: RFC 9327) and the private ones of the
// reference implementation (mode 7).
//
// Read of servers: version, stratum, where their time comes from, which questions about themselves they answer, and the system and
// the software that they then name.

enum NTPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ntp
    static let usualPorts: Set<UInt16> = [123]

    static func mayBegin(_ octet: UInt8) -> Bool { (1...4).contains(octet &>> 3 & 7) && octet & 7 != 0 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let first = datagram.u8(at: 0), (1...4).contains(first &>> 3 & 7), datagram.byteCount >= 8 else { return .no }
        let isKnown = context.protocols.contains(.ntp)
        switch first & 7 {
        case 1...5: return Self.time(datagram, from: side, isKnown: isKnown, &context)
        case 6: return Self.control(datagram, from: side, &context)
        case 7: return Self.privateRequest(datagram, from: side, &context)
        default: return .no
        }
    }

    // MARK: Time

    /// RFC 5905 section 7.3.
    private static func time(_ packet: RawSpan, from side: Side, isKnown: Bool, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let first = packet.u8(at: 0), let stratum = packet.u8(at: 1), stratum <= 16, Self.isWhole(packet),
            isKnown || Self.isPlausible(packet, mode: first & 7)
        else { return .no }
        switch first & 7 {
        case 3: context.declare(side, is: .client)
        case 4: context.declare(side, is: .server)
        default: break
        }
        // Only a server's answer, and a broadcast, say where the time comes from.
        guard first & 7 == 4 || first & 7 == 5 else { return .more }
        let server: Party = first & 7 == 4 ? context.party(side) : .host(context.host(side))
        context.record(.ntpVersion, Int64(first &>> 3 & 7), about: server)
        // Stratum 0 is a "kiss of death" (section 7.4), 16 a clock that is not set.
        guard stratum >= 1, stratum <= 15, let reference = packet.u32(at: 12), reference != 0 else { return .more }
        context.record(.ntpStratum, Int64(stratum), about: server)
        if stratum == 1 {
            let name = packet.slice(from: 12, count: 4).trimmed
            if PrintableText.isPlain(name) { context.record(.ntpReference, name, about: server) }
        } else {
            // The hash of an IPv6 address looks the same: only an address inside can be taken for one.
            let address = IPAddress(v4: reference)
            if address.isPrivate { context.record(.ntpReference, address.description, about: server) }
        }
        return .more
    }

    /// 48 octets; then extension fields of at least 16, each with its length (RFC 7822), and the number of a key with a digest, which has
    /// 16 or 20 octets, and others where other functions are configured.
    private static func isWhole(_ packet: RawSpan) -> Bool {
        var offset = 48
        guard packet.byteCount >= offset else { return false }
        for _ in 0..<16 {
            switch packet.byteCount &- offset {
            case 0, 4, 20, 24, 36, 52, 68: return true
            default:
                guard let length = packet.u16(at: offset &+ 2), length >= 16, length & 3 == 0 else { return false }
                offset &+= Int(length)
                if offset > packet.byteCount { return false }
            }
        }
        return false
    }

    /// Whether the numbers can be: a poll interval, a precision better than a second, a way to the reference clock of less than 16
    /// seconds; and times of this age in the answer. Simple clients send little but zeros.
    private static func isPlausible(_ packet: RawSpan, mode: UInt8) -> Bool {
        guard let poll = packet.u8(at: 2), poll <= 17, let precision = packet.u8(at: 3), precision == 0 || precision >= 0xD0 || mode == 3 && precision <= 0x20,
            let delay = packet.u16(at: 4), delay < 16, let dispersion = packet.u16(at: 8), dispersion <= 16,
            let reference = packet.u32(at: 16), let received = packet.u32(at: 32), let sent = packet.u32(at: 40)
        else { return false }
        if mode == 3 {
            // The time of sending may be a random number (draft-ietf-ntp-data-minimization); the others are set or not.
            return packet.u64(at: 16) == 0 || Self.isOfThisAge(reference)
        }
        return Self.isOfThisAge(sent) && (packet.u64(at: 16) == 0 || Self.isOfThisAge(reference))
            && (mode != 4 && packet.u64(at: 32) == 0 || Self.isOfThisAge(received))
    }

    /// From 1990 to 2036, when the seconds since 1900 begin anew: small numbers are too common in other protocols.
    private static func isOfThisAge(_ seconds: UInt32) -> Bool { seconds >= 2_840_140_800 }

    // MARK: Questions about the server

    /// RFC 9327 section 2: response, error and more bits with the operation, then sequence, status, association, offset, count.
    private static func control(_ packet: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let second = packet.u8(at: 1), let offset = packet.u16(at: 8), let count = packet.u16(at: 10), let name = Self.operation(second & 0x1F) else {
            return .no
        }
        let isResponse = second & 0x80 != 0
        // The data are padded to 4 octets; a message digest may follow. A question has neither error nor status.
        let padded = (Int(count) &+ 15) & ~3
        let rest = packet.byteCount &- padded
        guard rest == 0 || rest == 20 || rest == 24 || rest == 4, isResponse || second & 0x60 == 0 && packet.u16(at: 4) == 0 && offset == 0 else { return .no }
        context.declare(side, is: isResponse ? .server : .client)
        guard isResponse, second & 0x40 == 0 else { return .more }
        context.record(.ntpControl, name, about: context.party(side))
        guard second & 0x1F == 2 else { return .more }
        let data = packet.slice(from: 12, count: Int(count))
        if let system = Self.variable("system=\"", in: data) { context.record(.ntpSystem, system, about: context.party(side)) }
        if let software = Self.variable("version=\"", in: data) { context.record(.ntpSoftware, software, about: context.party(side)) }
        return .more
    }

    /// The value of a variable in the text of an answer (RFC 9327 section 4): `name="value", name=value, …`.
    private static func variable(_ name: StaticString, in data: RawSpan) -> String? {
        var from = 0
        while let start = data.firstRange(of: name, from: from) {
            from = start &+ name.utf8CodeUnitCount
            // Not the end of another name.
            guard start == 0 || data.u8(at: start &- 1).map({ $0 <= 0x20 || $0 == 0x2C }) ?? false else { continue }
            guard let end = data.firstIndex(of: 0x22, from: from) else { return nil }
            return PrintableText.make(data.slice(from: from, count: end &- from).trimmed)
        }
        return nil
    }

    /// RFC 9327 section 2, and IANA "Network Time Protocol (NTP) Parameters".
    private static func operation(_ number: UInt8) -> String? {
        switch number {
        case 1: "read-status"
        case 2: "read-variables"
        case 3: "write-variables"
        case 4: "read-clock"
        case 5: "write-clock"
        case 6: "set-trap"
        case 8: "configure"
        case 9: "save-configuration"
        case 10: "read-clients"
        case 11: "read-list"
        case 12: "request-nonce"
        case 31: "unset-trap"
        default: nil
        }
    }

    /// Mode 7, as the reference implementation's `ntp_request.h` describes it: response and more bits, authentication and sequence,
    /// implementation, request, error with the number of items, size of an item.
    private static func privateRequest(_ packet: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let first = packet.u8(at: 0), let implementation = packet.u8(at: 2), implementation == 2 || implementation == 3, let request = packet.u8(at: 3),
            request <= 45, let items = packet.u16(at: 4), let size = packet.u16(at: 6), size <= 500
        else { return .no }
        let isResponse = first & 0x80 != 0
        let data = Int(items & 0xFFF) &* Int(size)
        // Questions come in buffers of a fixed size.
        guard isResponse ? packet.byteCount == data &+ 8 : first & 0x40 == 0 && items &>> 12 == 0 && packet.byteCount >= data &+ 8 && packet.byteCount <= 216 else {
            return .no
        }
        context.declare(side, is: isResponse ? .server : .client)
        guard isResponse, items &>> 12 == 0, data > 0 else { return .more }
        let name =
            switch request {
            case 0, 1, 2, 3: "peers"
            case 4: "system-information"
            case 20, 42: "monitor-list"
            default: "private"
            }
        context.record(.ntpControl, name, about: context.party(side))
        return .more
    }
}
