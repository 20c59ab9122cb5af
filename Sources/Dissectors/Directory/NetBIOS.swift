import Observations
import Wire

// NetBIOS names (RFC 1001 section 14, RFC 1002 section 4.2): the name service over UDP, and the datagram service with the announcements
// of the network neighbourhood ([MS-BRWS]) in it.
//
// Read: the names by which a host says that it is known (registrations, node status, answers), what their suffixes say, and the
// announcements. Of a question only that it was asked, and whether it was for WPAD. Suffix 03 is the name of a person as often as of
// a machine: it is stepped over.

enum NBNSDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.nbns
    static let usualPorts: Set<UInt16> = [137]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Each message has a name right behind its header, in a question or in a record.
        guard let flags = datagram.u16(at: 2), let questions = datagram.u16(at: 4), let answers = datagram.u16(at: 6), datagram.u16(at: 8) ?? 9 <= 1,
            let additional = datagram.u16(at: 10), questions &+ answers == 1, additional <= 1, NetBIOSName.isEncoded(datagram, at: 12),
            let name = NetBIOSName(datagram, at: 12)
        else { return .no }
        let end = name.end
        guard let type = datagram.u16(at: end), type == NameRecord.name || type == NameRecord.status || type == 10, datagram.u16(at: end &+ 2) == 1
        else { return .no }
        let isResponse = flags & 0x8000 != 0
        guard isResponse == (answers == 1) else { return .no }
        context.declare(side, is: isResponse ? .server : .client)
        let host = Party.host(context.host(side))
        switch (flags &>> 11 & 0xF, isResponse) {
        case (0, false):
            guard type == NameRecord.name else { break }
            context.record(.nameQuery, Self.applicationProtocol.rawValue, about: host)
            if name.isProxy { context.record(.nameProxyQuery, Self.applicationProtocol.rawValue, about: host) }
        case (0, true):
            if type == NameRecord.status {
                Self.recordStatus(datagram, at: end &+ 8, about: host, context)
            } else if type == NameRecord.name, flags & 0xF == 0, datagram.u16(at: end &+ 8) ?? 0 >= 6 {
                Self.recordAnswer(name, datagram, flags: flags, from: side, context)
            }
        // Registration and refresh (5, 8, 9, 15): the host claims a name.
        case (5, false), (8, false), (9, false), (15, false):
            guard additional == 1, let record = DomainName.end(datagram, at: end &+ 4), let bits = datagram.u16(at: record &+ 10) else { break }
            name.record(isGroup: bits & 0x8000 != 0, about: host, context)
        default: break
        }
        return .more
    }

    /// A positive answer to a query (RFC 1002 section 4.2.13). A name server answers for everybody, and says that it can be asked
    /// on behalf of others; a host answers for itself.
    private static func recordAnswer(_ name: NetBIOSName, _ datagram: RawSpan, flags: UInt16, from side: Side, _ context: DissectionContext) {
        let isGroup = (datagram.u16(at: name.end &+ 10) ?? 0) & 0x8000 != 0
        guard flags & 0x0080 == 0, !isGroup else { return }
        let host = Party.host(context.host(side))
        if name.isProxy { context.record(.nameProxyAnswer, Self.applicationProtocol.rawValue, about: host) }
        // A name with an unprintable octet in it is one of the system's own.
        guard name.suffix == 0x00 || name.suffix == 0x20, name.isPlain else { return }
        context.record(.nameAnswered, name.text.lowercased(), about: host)
    }

    /// The most names of a node status that are read.
    private static let nameLimit = 64

    /// Names in a node status response (section 4.2.18): 15 characters, the suffix, flags.
    private static func recordStatus(_ datagram: RawSpan, at offset: Int, about host: Party, _ context: DissectionContext) {
        guard let count = datagram.u8(at: offset &+ 2) else { return }
        var place = offset &+ 3
        for index in 0..<Self.nameLimit {
            guard index < Int(count), let bits = datagram.u16(at: place &+ 16) else { return }
            NetBIOSName(datagram.slice(from: place, count: 16)).record(isGroup: bits & 0x8000 != 0, about: host, context)
            place &+= 18
        }
    }
}

/// Types of records (RFC 1002 section 4.2.1.2).
private enum NameRecord {
    static let name: UInt16 = 0x20
    static let status: UInt16 = 0x21
}

/// A NetBIOS name: fifteen characters, padded with spaces, and a suffix that says of what kind it is.
struct NetBIOSName {
    let text: String
    let suffix: UInt8
    /// The offset behind the encoded name.
    let end: Int
    let isPlain: Bool

    /// The name in the first level encoding (RFC 1001 section 14.1) at `offset`, with the labels of its scope behind it.
    init?(_ message: RawSpan, at offset: Int) {
        guard let end = DomainName.end(message, at: offset) else { return nil }
        var octets: [UInt8] = []
        for index in 0..<16 {
            guard let high = message.u8(at: offset &+ 1 &+ 2 &* index), let low = message.u8(at: offset &+ 2 &+ 2 &* index) else { return nil }
            octets.append((high &- 0x41) &<< 4 | (low &- 0x41) & 0xF)
        }
        self.init(octets.rawSpan, end: end)
    }

    /// - Parameter octets: the sixteen octets.
    init(_ octets: RawSpan, end: Int = 0) {
        let characters = octets.slice(from: 0, count: 15).trimmed
        self.isPlain = PrintableText.isPlain(characters)
        self.text = PrintableText.make(characters)
        self.suffix = octets.u8(at: 15) ?? 0
        self.end = end
    }

    /// Whether an encoded name stands at `offset`: 32 letters from A to P.
    static func isEncoded(_ message: RawSpan, at offset: Int) -> Bool { DomainName.isNetBIOS(message, at: offset, type: NameRecord.name) }

    var isProxy: Bool { self.text.uppercased() == "WPAD" }

    /// Notes what a name that a host has says of it (suffixes: [MS-NBTE] section 2.2).
    func record(isGroup: Bool, about host: Party, _ context: DissectionContext) {
        guard self.isPlain, !self.text.isEmpty else { return }
        switch (self.suffix, isGroup) {
        case (0x00, false):
            context.record(.nbnsName, self.text, about: host)
            context.record(.nbnsService, "workstation", about: host)
        case (0x20, false):
            context.record(.nbnsName, self.text, about: host)
            context.record(.nbnsService, "file-server", about: host)
        case (0x00, true): context.record(.nbnsGroup, self.text, about: host)
        case (0x1C, true):
            context.record(.nbnsGroup, self.text, about: host)
            context.record(.nbnsService, "domain-controller", about: host)
        case (0x1B, false):
            context.record(.nbnsGroup, self.text, about: host)
            context.record(.nbnsService, "domain-master-browser", about: host)
        case (0x1D, false):
            context.record(.nbnsGroup, self.text, about: host)
            context.record(.nbnsService, "master-browser", about: host)
        default: break
        }
    }
}

/// Announcements of the network neighbourhood ([MS-BRWS]) in datagrams of NetBIOS (RFC 1002 section 4.4).
enum NetBIOSDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.browser
    static let usualPorts: Set<UInt16> = [138]

    static func mayBegin(_ octet: UInt8) -> Bool { (0x10...0x12).contains(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // To one host, to a group, to all.
        guard let type = datagram.u8(at: 0), (0x10...0x12).contains(type), let flags = datagram.u8(at: 1), flags & 0xE0 == 0,
            let length = datagram.u16(at: 10), datagram.u16(at: 12) == 0, NetBIOSName.isEncoded(datagram, at: 14),
            let source = NetBIOSName(datagram, at: 14), NetBIOSName.isEncoded(datagram, at: source.end),
            let destination = NetBIOSName(datagram, at: source.end), context.isCut || Int(length) &+ 14 == datagram.byteCount
        else { return .no }
        context.declare(side, is: .client)
        let message = datagram.slice(from: destination.end)
        if let announcement = Self.announcement(in: message) { Self.record(announcement, about: .host(context.host(side)), context) }
        return .more
    }

    /// The data of a transaction ([MS-CIFS] section 2.2.4.33) to the mail slot of the browsers. Other mail slots hold requests of people
    /// who log in.
    @_lifetime(copy message)
    private static func announcement(in message: RawSpan) -> RawSpan? {
        guard message.u8(at: 0) == 0xFF, message.has("SMB", at: 1), message.u8(at: 4) == 0x25, let words = message.u8(at: 32), words >= 14,
            let count = message.u16le(at: 33 &+ 22), let offset = message.u16le(at: 33 &+ 24),
            message.hasIgnoringCase("\\mailslot\\browse\0", at: 35 &+ 2 &* Int(words))
        else { return nil }
        return message.slice(from: Int(offset), count: Int(count))
    }

    /// HostAnnouncement, DomainAnnouncement and LocalMasterAnnouncement ([MS-BRWS] sections 2.2.1, 2.2.7 and 2.2.10). The comment at
    /// their end is free text of somebody.
    private static func record(_ frame: RawSpan, about host: Party, _ context: DissectionContext) {
        guard let kind = frame.u8(at: 0), let major = frame.u8(at: 22), let minor = frame.u8(at: 23), let type = frame.u32le(at: 24) else { return }
        let name = frame.slice(from: 6, count: 16)
        let text = name.slice(from: 0, count: name.firstIndex(of: 0) ?? 16)
        switch kind {
        case 1, 15:
            context.record(.browserName, text, about: host)
            if major > 0 { context.record(.browserVersion, "\(major & 0x0F).\(minor)", about: host) }
            for (bit, role) in Self.roles where type & bit != 0 { context.record(.browserRole, role, about: host) }
        case 12: context.record(.nbnsGroup, text, about: host)
        default: break
        }
    }

    /// Server type bits ([MS-BRWS] section 2.2.1, SV_TYPE of [MS-SRVS] section 2.2.2.7).
    private static let roles: [(UInt32, String)] = [
        (0x0000_0004, "sql-server"), (0x0000_0008, "domain-controller"), (0x0000_0010, "backup-domain-controller"), (0x0000_0020, "time-source"),
        (0x0000_0080, "netware-server"), (0x0000_0100, "domain-member"), (0x0000_0200, "print-server"), (0x0000_0800, "unix"),
        (0x0000_1000, "nt-workstation"), (0x0000_8000, "nt-server"), (0x0004_0000, "master-browser"), (0x0008_0000, "domain-master-browser"),
        (0x0040_0000, "windows-95"), (0x0200_0000, "terminal-server"), (0x0400_0000, "cluster"),
    ]
}
