import Observations
import Wire

// The Dynamic Host Configuration Protocol for IPv6 (RFC 8415; options of RFC 3646, RFC 4704, RFC 6939).
//
// Read of clients: how they describe themselves (class, name, hardware address in the identifier); of servers: which name servers
// and domains they hand out. Attributes that the older protocol has as well have its names.

enum DHCPv6Dissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.dhcpv6
    static let usualPorts: Set<UInt16> = [546, 547]

    static func mayBegin(_ octet: UInt8) -> Bool { (1...13).contains(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard !context.endpoint(side).address.isV4, let envelope = Envelope(datagram), let message = Message(envelope.message, isCut: context.isCut) else { return .no }
        // A relay is the client of the server, whatever it passes on.
        context.declare(side, is: envelope.isFromServer || envelope.hops == 0 && message.isFromServer ? .server : .client)
        if message.isFromServer {
            Self.recordServer(message, envelope, from: side, context)
        } else if let client = Self.client(envelope, from: side, context) {
            Self.recordClient(message, about: client, context)
        }
        return .more
    }

    /// Behind a relay the client is known where the relay says its hardware address (RFC 6939).
    private static func client(_ envelope: borrowing Envelope, from side: Side, _ context: DissectionContext) -> Party? {
        if envelope.hops == 0 { return .host(context.host(side)) }
        return envelope.clientMAC.map { .host(HostKey($0, in: context.network)) }
    }

    private static func recordClient(_ message: borrowing Message, about client: Party, _ context: DissectionContext) {
        if let mac = DUID.address(message.slice(.clientIdentifier)) { context.record(.dhcpv6DUIDAddress, mac.description, about: client) }
        if let name = message.name { context.record(.dhcpFQDN, name, about: client) }
        for vendorClass in message.vendorClasses { context.record(.dhcpVendorClass, vendorClass, about: client) }
        for userClass in message.userClasses { context.record(.dhcpUserClass, userClass, about: client) }
    }

    private static func recordServer(_ message: borrowing Message, _ envelope: borrowing Envelope, from side: Side, _ context: DissectionContext) {
        // What a relay passes on to a client is the server's, whose address is not in it.
        guard envelope.hops == 0 || envelope.isFromServer else { return }
        let server = context.party(side)
        if let mac = DUID.address(message.slice(.serverIdentifier)) { context.record(.dhcpv6DUIDAddress, mac.description, about: .host(context.host(side))) }
        for address in message.nameServers { context.record(.dhcpOfferedDNS, address.description, about: server) }
        if let domain = message.domain { context.record(.dhcpOfferedDomain, domain, about: server) }
    }
}

/// Options that are read (IANA "Dynamic Host Configuration Protocol for IPv6").
private enum Option: UInt16 {
    case clientIdentifier = 1
    case serverIdentifier = 2
    case elapsedTime = 8
    case relayed = 9
    case userClass = 15
    case vendorClass = 16
    case nameServers = 23
    case domains = 24
    case name = 39
    case clientAddress = 79
}

/// What relays put around a message (RFC 8415 section 9).
private struct Envelope: ~Escapable {
    /// The most relays that a message passes (section 7.6).
    private static let hopLimit = 8

    let message: RawSpan
    private(set) var hops = 0
    /// Of relays' messages: whether it is the server's answer.
    private(set) var isFromServer = false
    private(set) var clientMAC: MACAddress?

    @_lifetime(copy datagram)
    init?(_ datagram: RawSpan) {
        var inner = datagram
        var hops = 0
        var isFromServer = false
        var mac: MACAddress?
        while let type = inner.u8(at: 0), type == 12 || type == 13 {
            guard hops < Self.hopLimit, hops == 0 || isFromServer == (type == 13) else { return nil }
            hops &+= 1
            isFromServer = type == 13
            let options = inner.slice(from: 34)
            var reader = ByteReader(options)
            var found: (offset: Int, length: Int)?
            while !reader.isEmpty {
                guard let code = try? reader.u16(), let length = try? reader.u16() else { return nil }
                let offset = reader.offset
                guard let value = try? reader.take(Int(length)) else { return nil }
                if code == Option.relayed.rawValue { found = (offset, Int(length)) }
                // The type of Ethernet, then the address.
                if code == Option.clientAddress.rawValue, length == 8, value.u16(at: 0) == 1 {
                    var address = ByteReader(value.slice(from: 2))
                    mac = (try? MACAddress(&address)).flatMap { $0.isUnicast ? $0 : nil }
                }
            }
            guard let found else { return nil }
            inner = options.slice(from: found.offset, count: found.length)
        }
        self.message = inner
        self.hops = hops
        self.isFromServer = isFromServer
        self.clientMAC = mac
    }
}

/// A message between client and server (RFC 8415 section 8).
private struct Message {
    /// The most values that are kept of each kind.
    private static let valueLimit = 8

    let isFromServer: Bool
    private var options: [UInt16: [UInt8]] = [:]

    /// Fails unless options fill the message exactly, and those are there that it must have: the identifiers of the ends (section 16),
    /// or the time elapsed where a client asks for settings only.
    init?(_ bytes: RawSpan, isCut: Bool) {
        guard let type = bytes.u8(at: 0), (1...11).contains(type), bytes.byteCount > 4 else { return nil }
        // ADVERTISE, REPLY, RECONFIGURE.
        self.isFromServer = type == 2 || type == 7 || type == 10
        var reader = ByteReader(bytes.slice(from: 4))
        while !reader.isEmpty {
            guard let code = try? reader.u16(), let length = try? reader.u16(), let value = try? reader.take(Int(length)), code > 0 else {
                if isCut, !self.options.isEmpty { break }
                return nil
            }
            if Option(rawValue: code) != nil, self.options[code, default: []].isEmpty { self.options[code, default: []] = value.copied(limit: 1024) }
        }
        if self.isFromServer {
            guard DUID.isValid(self.slice(.serverIdentifier)) else { return nil }
        } else {
            guard DUID.isValid(self.slice(.clientIdentifier)) || type == 11 && self.slice(.elapsedTime).count == 2 else { return nil }
        }
    }

    func slice(_ option: Option) -> [UInt8] { self.options[option.rawValue, default: []] }

    /// Option 39 (RFC 4704 section 4.1): flags, and a name in the format of DNS, whose last label may be left out.
    var name: String? {
        let bytes = self.slice(.name)
        guard bytes.count > 2 else { return nil }
        var closed = Array(bytes.dropFirst())
        if closed.last != 0 { closed.append(0) }
        return DomainName.text(of: closed.rawSpan, at: 0).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Option 24: names of the same format, of which the first is enough.
    var domain: String? {
        let bytes = self.slice(.domains)
        return DomainName.text(of: bytes.rawSpan, at: 0).flatMap { $0.isEmpty ? nil : $0 }
    }

    var nameServers: [IPAddress] {
        let bytes = self.slice(.nameServers)
        var reader = ByteReader(bytes.rawSpan)
        var addresses: [IPAddress] = []
        while addresses.count < Self.valueLimit, let address = try? IPAddress(v6: &reader) { addresses.append(address) }
        return addresses
    }

    /// Option 16 (section 21.16): an enterprise, then texts with their lengths.
    var vendorClasses: [String] { Self.texts(Array(self.slice(.vendorClass).dropFirst(4))) }
    /// Option 15 (section 21.15).
    var userClasses: [String] { Self.texts(self.slice(.userClass)) }

    private static func texts(_ bytes: [UInt8]) -> [String] {
        var reader = ByteReader(bytes.rawSpan)
        var texts: [String] = []
        while texts.count < Self.valueLimit, let length = try? reader.u16(), let text = try? reader.take(Int(length)) {
            if PrintableText.isPlain(text.trimmed), !text.trimmed.isEmpty { texts.append(PrintableText.make(text.trimmed)) }
        }
        return texts
    }
}

/// The unique identifier of an end (RFC 8415 section 11).
private enum DUID {
    /// Types 1 to 4: an address with a time, a maker's number, an address, a UUID.
    static func isValid(_ identifier: [UInt8]) -> Bool {
        guard identifier.count <= 130, let type = identifier.rawSpan.u16(at: 0) else { return false }
        switch type {
        case 1: return identifier.count > 8
        case 2: return identifier.count > 6
        case 3: return identifier.count > 4
        case 4: return identifier.count == 18
        default: return false
        }
    }

    /// The Ethernet address in it, where there is one.
    static func address(_ identifier: [UInt8]) -> MACAddress? {
        let bytes = identifier.rawSpan
        guard let type = bytes.u16(at: 0), type == 1 || type == 3, bytes.u16(at: 2) == 1 else { return nil }
        let offset = type == 1 ? 8 : 4
        guard bytes.byteCount == offset &+ 6 else { return nil }
        var reader = ByteReader(bytes.slice(from: offset))
        guard let mac = try? MACAddress(&reader), mac.isUnicast else { return nil }
        return mac
    }
}
