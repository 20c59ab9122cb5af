import Observations
import Wire

// The Domain Name System (RFC 1035) over UDP and TCP.
//
// Read of servers: whether they offer recursion, which software they say to be, and the names of addresses inside (A, AAAA
// and PTR answers for private, unique local and link-local addresses). No query is kept: what somebody asked for is nobody's
// business; only the outline of long names that look encoded is, as tunnels through DNS have them. Multicast DNS, link-local name resolution and NetBIOS names have the same format but are other protocols.

enum DNSDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.dns
    static let usualPorts: Set<UInt16> = [53]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let header = Header(datagram), !Message.isOther(context.endpoint(header.isResponse ? side : side.other).port),
            Message.isWhole(datagram, header, isCut: context.isCut)
        else { return .no }
        Message.record(datagram, header, from: side, &context)
        return .more
    }
}

final class DNSStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.dns

    /// Each message has its length in front (RFC 1035 section 4.2.2).
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // LLMNR (RFC 4795) has the same format and a port of its own.
        guard context.ports.initiator != 5355, context.ports.responder != 5355 else { return .no }
        guard let length = head.u16(at: 0), let flags = head.u16(at: 4) else { return .notYet }
        guard length > Header.length, Header.isPlausible(flags: flags) else { return .no }
        let isResponse = flags & Header.responseBit != 0
        if let role = context.role, isResponse != (role == .server) { return .no }
        guard let questions = head.u16(at: 6) else { return .notYet }
        // Both without a question (a failed parse, a later message of a zone transfer) and with several are legal and too weak.
        guard questions == 1 else { return .no }
        guard head.byteCount >= 2 &+ Header.length else { return .notYet }
        let message = head.slice(from: 2, count: Int(length))
        guard let header = Header(message) else { return .no }
        if message.byteCount == Int(length) { return Message.isWhole(message, header) ? .yes : .no }
        guard let end = Question.end(message, at: Header.length) else { return message.byteCount < 300 ? .notYet : .no }
        // A query that is longer than its question has additional records, which are short: it is worth waiting for.
        return isResponse || end == Int(length) ? .yes : .notYet
    }

    /// The most messages that are read of a side.
    private static let messageLimit = 512
    private var messages = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u16(at: 0) else { return Consumption(0, .more(atLeast: 2)) }
        let end = Int(length) &+ 2
        guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
        let message = bytes.slice(from: 2, count: Int(length))
        guard let header = Header(message), Message.isWhole(message, header),
            !Message.isOther(context.endpoint(header.isResponse ? side : side.other).port)
        else { return .failed }
        Message.record(message, header, from: side, &context)
        self.messages &+= 1
        return self.messages < Self.messageLimit ? Consumption(end) : .finished
    }
}

/// The header of a message (RFC 1035 section 4.1.1).
private struct Header {
    static let length = 12
    static let responseBit: UInt16 = 0x8000

    let flags: UInt16
    let questions: Int
    let answers: Int
    /// Answers, authorities and additional records.
    let records: Int

    var isResponse: Bool { self.flags & Self.responseBit != 0 }
    var opcode: UInt16 { self.flags &>> 11 & 0xF }
    var isTruncated: Bool { self.flags & 0x0200 != 0 }
    var isRecursionAvailable: Bool { self.flags & 0x0080 != 0 }
    var responseCode: UInt16 { self.flags & 0xF }

    /// Fails where the flags or the numbers of records cannot be.
    init?(_ message: RawSpan) {
        guard let flags = message.u16(at: 2), let questions = message.u16(at: 4), let answers = message.u16(at: 6),
            let authorities = message.u16(at: 8), let additional = message.u16(at: 10), Self.isPlausible(flags: flags)
        else { return nil }
        self.flags = flags
        self.questions = Int(questions)
        self.answers = Int(answers)
        self.records = Int(answers) &+ Int(authorities) &+ Int(additional)
        // The smallest question has 5 bytes, the smallest record 11.
        guard self.questions <= 1, self.records <= message.byteCount else { return nil }
        guard !self.isResponse else { return }
        // A query asks one thing. A notification or an incremental transfer names the version it has; keys and EDNS are additional.
        guard self.questions == 1, self.opcode == 5 || (answers <= 1 && authorities <= 1 && additional <= 3) else { return nil }
    }

    /// Whether operation, reserved bit and response code can be so.
    static func isPlausible(flags: UInt16) -> Bool {
        switch flags &>> 11 & 0xF {
        // QUERY, STATUS, NOTIFY, UPDATE (IANA "DNS OpCodes").
        case 0, 2, 4, 5: flags & 0x0040 == 0 && (flags & Self.responseBit != 0 ? flags & 0xF <= 11 : flags & 0xF == 0)
        default: false
        }
    }
}

/// A question (section 4.1.2).
private enum Question {
    /// The offset behind it; `nil` where it is cut or cannot be one.
    static func end(_ message: RawSpan, at offset: Int) -> Int? {
        guard let end = DomainName.end(message, at: offset), let type = message.u16(at: end),
            let recordClass = message.u16(at: end &+ 2)
        else { return nil }
        // Classes: Internet, Chaos, Hesiod, none, any.
        guard type != 0, recordClass == 1 || recordClass == 3 || recordClass == 4 || recordClass == 254 || recordClass == 255 else {
            return nil
        }
        return DomainName.isNetBIOS(message, at: offset, type: type) ? nil : end &+ 4
    }
}

/// A resource record (section 4.1.3).
struct ResourceRecord {
    /// Where its owner's name stands.
    let owner: Int
    let type: UInt16
    let recordClass: UInt16
    /// Where its data stand, and how many bytes they are.
    let data: Int
    let dataLength: Int
    var end: Int { self.data &+ self.dataLength }

    init?(_ message: RawSpan, at offset: Int) {
        guard let end = DomainName.end(message, at: offset), let type = message.u16(at: end),
            let recordClass = message.u16(at: end &+ 2),
            let length = message.u16(at: end &+ 8)
        else { return nil }
        self.owner = offset
        self.type = type
        self.recordClass = recordClass
        self.data = end &+ 10
        self.dataLength = Int(length)
        guard self.end <= message.byteCount else { return nil }
    }

    static let a: UInt16 = 1
    static let ptr: UInt16 = 12
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
}

/// A message as a whole (section 4.1).
private enum Message {
    /// Whether a server on this port speaks one of the protocols that share the format: NetBIOS names, mDNS (RFC 6762),
    /// LLMNR (RFC 4795). The bytes alone do not tell the last two from DNS.
    static func isOther(_ serverPort: UInt16) -> Bool { serverPort == 137 || serverPort == 5353 || serverPort == 5355 }

    /// Whether the message is made of exactly what its header announces. An answer may be cut, by the server or by the
    /// capture, once a record of it is there.
    /// - Parameter isCut: the capture holds only its beginning; then header, question and what follows are enough of an answer.
    static func isWhole(_ message: RawSpan, _ header: Header, isCut: Bool = false) -> Bool {
        var offset = Header.length
        if header.questions == 1 {
            guard let end = Question.end(message, at: offset) else { return false }
            offset = end
        } else if header.records == 0 {
            // A header alone is how some servers refuse; there is nothing in it to recognise.
            return false
        }
        for index in 0..<header.records {
            guard let record = ResourceRecord(message, at: offset) else {
                return header.isResponse && (index > 0 || isCut && header.questions == 1 || header.isTruncated && offset == message.byteCount)
            }
            if DomainName.isNetBIOS(message, at: record.owner, type: record.type) { return false }
            offset = record.end
        }
        return offset == message.byteCount
    }

    /// Notes what a server's answer says.
    static func record(_ message: RawSpan, _ header: Header, from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: header.isResponse ? .server : .client)
        // Answers to queries: done, or "no such name".
        guard header.isResponse, header.opcode == 0, header.responseCode == 0 || header.responseCode == 3 else { return }
        if header.isRecursionAvailable { context.record(.dnsRecursion, 1, about: context.party(side)) }
        var offset = Header.length
        if header.questions == 1 {
            guard let end = Question.end(message, at: offset) else { return }
            if header.answers > 0, let outline = EncodedName.outline(message, at: offset, type: message.u16(at: end &- 4)) {
                context.record(.dnsTunnelLikely, outline, about: .conversation)
            }
            if header.answers > 0, !context.watchedNames.isEmpty { Self.recordWatched(message, &context) }
            offset = end
        }
        for _ in 0..<header.answers {
            guard let record = ResourceRecord(message, at: offset) else { return }
            Self.record(record, of: message, from: side, context)
            offset = record.end
        }
    }

    /// Notes the name that was asked for, if it is one of a tool of remote access.
    private static func recordWatched(_ message: RawSpan, _ context: inout DissectionContext) {
        guard let labels = DomainName.lastLabels(of: message, at: Header.length), context.watchedNames.mayContain(labels),
            let name = DomainName.text(of: message, at: Header.length), context.watchedNames.contains(name)
        else { return }
        context.record(.dnsWatchedName, name, about: .conversation)
    }

    private static func record(_ record: ResourceRecord, of message: RawSpan, from side: Side, _ context: DissectionContext) {
        var data = ByteReader(message.slice(from: record.data, count: record.dataLength))
        switch (record.recordClass, record.type) {
        case (1, ResourceRecord.a) where record.dataLength == 4:
            if let address = try? IPAddress(v4: &data) { Self.record(address, hasNameAt: record.owner, of: message, context) }
        case (1, ResourceRecord.aaaa) where record.dataLength == 16:
            if let address = try? IPAddress(v6: &data) { Self.record(address, hasNameAt: record.owner, of: message, context) }
        case (1, ResourceRecord.ptr):
            guard let owner = DomainName.text(of: message, at: record.owner), let address = ReverseName.address(owner) else {
                return
            }
            Self.record(address, hasNameAt: record.data, of: message, context)
        case (3, ResourceRecord.txt):
            // version.bind in the class of Chaosnet, a convention of BIND that other servers follow.
            guard let owner = DomainName.text(of: message, at: record.owner), owner == "version.bind" || owner == "version.server",
                let length = try? data.u8(), let text = try? data.take(Int(length))
            else { return }
            context.record(.dnsSoftware, text, about: context.party(side))
        default: break
        }
    }

    /// Notes the name of an address inside. Names of public addresses are somebody else's, and what was looked for.
    private static func record(_ address: IPAddress, hasNameAt offset: Int, of message: RawSpan, _ context: DissectionContext) {
        guard address.isPrivate || address.isLinkLocal, let name = DomainName.text(of: message, at: offset) else { return }
        context.record(.dnsName, name, about: .host(HostKey(address, in: context.network)))
    }
}

/// Names as a sequence of labels, with compression (RFC 1035 sections 3.1 and 4.1.4).
enum DomainName {
    /// The longest name, in octets (section 3.1).
    private static let limit = 255

    /// The offset behind the name at `offset`; `nil` where it is cut or malformed. A pointer, which always ends a name, has to
    /// point backwards.
    static func end(_ message: RawSpan, at start: Int) -> Int? {
        var offset = start
        while let length = message.u8(at: offset) {
            switch length {
            case 0: return offset &+ 1
            case 1...63:
                offset &+= 1 &+ Int(length)
                if offset &- start > Self.limit { return nil }
            case 0xC0...:
                guard let pointer = message.u16(at: offset), Int(pointer & 0x3FFF) < start else { return nil }
                return offset &+ 2
            default: return nil
            }
        }
        return nil
    }

    /// The last two labels of an uncompressed name; `nil` where it has fewer, or is compressed.
    @_lifetime(copy message)
    static func lastLabels(of message: RawSpan, at start: Int) -> (RawSpan, RawSpan)? {
        var offset = start
        var (before, last) = (0, 0)
        while let length = message.u8(at: offset), length < 64 {
            if length == 0 {
                guard before > 0 else { return nil }
                return (message.slice(from: before &+ 1, count: last &- before &- 1), message.slice(from: last &+ 1, count: offset &- last &- 1))
            }
            before = last
            last = offset
            offset &+= 1 &+ Int(length)
        }
        return nil
    }

    /// Whether the name is one of NetBIOS, whose types 32 and 33 (RFC 1002 section 4.2.1.2) are others in DNS: 32 letters from
    /// A to P in the first label (RFC 1001 section 14.1).
    static func isNetBIOS(_ message: RawSpan, at offset: Int, type: UInt16) -> Bool {
        guard type == 32 || type == 33, message.u8(at: offset) == 32 else { return false }
        for index in 1...32 {
            guard let letter = message.u8(at: offset &+ index), letter >= 0x41, letter <= 0x50 else { return false }
        }
        return true
    }

    /// The name at `offset` as text in lower case, without a final point; a point inside a label is written `\.`. `nil` where
    /// it is malformed. Every pointer has to point further back than the one before, so that no message makes a loop.
    static func text(of message: RawSpan, at start: Int) -> String? {
        var text: [UInt8] = []
        var offset = start
        var earliest = start
        while let length = message.u8(at: offset) {
            switch length {
            case 0: return PrintableText.make(text.rawSpan)
            case 1...63:
                guard text.count &+ Int(length) <= Self.limit, offset &+ Int(length) < message.byteCount else { return nil }
                if !text.isEmpty { text.append(0x2E) }
                for index in 1...Int(length) {
                    guard let byte = message.u8(at: offset &+ index) else { return nil }
                    if byte == 0x2E { text.append(0x5C) }
                    text.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
                }
                offset &+= 1 &+ Int(length)
            case 0xC0...:
                guard let pointer = message.u16(at: offset), Int(pointer & 0x3FFF) < earliest else { return nil }
                offset = Int(pointer & 0x3FFF)
                earliest = offset
            default: return nil
            }
        }
        return nil
    }
}

/// Names that carry data, as tunnels through DNS have them: each asks for a record with room for an answer under a long name that was
/// never used before.
private enum EncodedName {
    /// - Returns: the type, the length of the name and two digits that tell one such name from another; nothing of what it says.
    static func outline(_ message: RawSpan, at start: Int, type: UInt16?) -> String? {
        guard let type, let name = Self.name(type) else { return nil }
        var offset = start
        var longest: (offset: Int, count: Int) = (0, 0)
        var check: UInt8 = 0
        while let length = message.u8(at: offset).map({ Int($0) }), length > 0, length < 64 {
            if length > longest.count { longest = (offset &+ 1, length) }
            let next = offset &+ 1 &+ length
            offset &+= 1
            while offset < next {
                check = (check &<< 1 | check &>> 7) ^ (message.u8(at: offset) ?? 0)
                offset &+= 1
            }
        }
        // A digest or an identifier has at most 17 different characters and rarely more than 40 of them.
        guard longest.count >= 50 || longest.count >= 32 && offset &- start >= 64 && Self.distinct(message.slice(from: longest.offset, count: longest.count)) >= 18
        else { return nil }
        return "\(name) \(offset &- start) \(hexadecimal(CollectionOfOne(check)))"
    }

    /// Records that hold more than an address: CNAME, NULL, MX, TXT, and one of the private use range (RFC 6895 section 3.1).
    private static func name(_ type: UInt16) -> String? {
        switch type {
        case 5: "cname"
        case 10: "null"
        case 15: "mx"
        case ResourceRecord.txt: "txt"
        case 0xFF00...0xFFFE: "private"
        default: nil
        }
    }

    private static func distinct(_ bytes: RawSpan) -> Int {
        var seen = Set<UInt8>()
        var offset = 0
        while let byte = bytes.u8(at: offset) {
            seen.insert(byte)
            offset &+= 1
        }
        return seen.count
    }
}

/// Names that stand for addresses: `4.3.20.10.in-addr.arpa` (RFC 1035 section 3.5) and `….ip6.arpa` (RFC 3596 section 2.5).
private enum ReverseName {
    static func address(_ name: String) -> IPAddress? {
        let labels = name.split(separator: ".")
        guard labels.count >= 2, labels.last == "arpa" else { return nil }
        switch (labels.count, labels[labels.count &- 2]) {
        case (6, "in-addr"):
            return IPAddress(labels.prefix(4).reversed().joined(separator: "."))
        case (34, "ip6"):
            var words: (high: UInt64, low: UInt64) = (0, 0)
            for label in labels.prefix(32).reversed() {
                guard label.utf8.count == 1, let nibble = UInt64(label, radix: 16) else { return nil }
                words = (words.high &<< 4 | words.low &>> 60, words.low &<< 4 | nibble)
            }
            return IPAddress(high: words.high, low: words.low)
        default:
            return nil
        }
    }
}
