import Observations
import Wire

// The Dynamic Host Configuration Protocol for IPv4 (RFC 2131, options of RFC 2132, RFC 3004, RFC 3046 and RFC 4702).
//
// Read of clients: how they describe themselves, by their hardware address; of servers: what they lease and hand out.

enum DHCPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.dhcp
    static let usualPorts: Set<UInt16> = [67, 68]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 1 || octet == 2 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let message = Message(datagram) else { return .no }
        context.declare(side, is: message.isRequest ? .client : .server)
        if message.isRequest {
            Self.recordRequest(message, context)
        } else {
            Self.recordReply(message, from: side, context)
        }
        // Broadcasts of all clients share one conversation.
        return .more
    }

    private static func recordRequest(_ message: borrowing Message, _ context: DissectionContext) {
        guard let mac = message.clientMAC else { return }
        let client = Party.host(HostKey(mac, in: context.network))
        context.record(.dhcpHostname, message.text(.hostname), about: client)
        if let address = message.addresses(.requestedAddress, limit: 1).first {
            context.record(.dhcpRequestedAddress, address.description, about: client)
        }
        if let server = message.addresses(.serverIdentifier, limit: 1).first {
            context.record(.dhcpServer, server.description, about: client)
        }
        context.record(.dhcpParameterList, message[.parameterList].map(String.init).joined(separator: ","), about: client)
        context.record(.dhcpVendorClass, message.text(.vendorClass), about: client)
        context.record(.dhcpClientID, hexadecimal(message[.clientID]), about: client)
        for userClass in message.userClasses { context.record(.dhcpUserClass, userClass, about: client) }
        if let name = message.fullyQualifiedName { context.record(.dhcpFQDN, name, about: client) }
        Self.recordRelay(message, about: client, context)
        // A client that renews (REQUEST) or asks for settings only (INFORM) already has the address (RFC 2131 table 4).
        switch message.type {
        case .request: Self.bind(message.clientAddress, to: mac, isLeased: true, context)
        case .inform: Self.bind(message.clientAddress, to: mac, isLeased: false, context)
        default: break
        }
    }

    private static func recordReply(_ message: borrowing Message, from side: Side, _ context: DissectionContext) {
        let identifier = message.addresses(.serverIdentifier, limit: 1).first
        // A relay passes the server's answer on as its own packet: what is in it is still the server's.
        let isRelayed = identifier.map { $0 != context.endpoint(side).address && !$0.isUnspecified } ?? false
        let server =
            if isRelayed, let identifier { Party.host(HostKey(identifier, in: context.network)) } else { context.party(side) }
        if let identifier { context.record(.dhcpServer, identifier.description, about: server) }
        for router in message.addresses(.router, limit: Self.addressLimit) {
            context.record(.dhcpOfferedRouter, router.description, about: server)
        }
        for nameServer in message.addresses(.nameServer, limit: Self.addressLimit) {
            context.record(.dhcpOfferedDNS, nameServer.description, about: server)
        }
        context.record(.dhcpOfferedDomain, message.text(.domainName), about: server)
        guard let mac = message.clientMAC else { return }
        Self.recordRelay(message, about: .host(HostKey(mac, in: context.network)), context)
        // Without a message type it is a reply of BOOTP (RFC 951), which assigns as well. The reply to an INFORM assigns nothing.
        if message.type == .acknowledge || message.type == nil {
            Self.bind(message.assignedAddress, to: mac, isLeased: true, context)
        }
    }

    /// The most routers or name servers that are noted of a message.
    private static let addressLimit = 8

    /// Notes that the host with this hardware address has this address.
    private static func bind(_ address: IPAddress, to mac: MACAddress, isLeased: Bool, _ context: DissectionContext) {
        guard !address.isUnspecified, !address.isGroup, !address.isLoopback else { return }
        context.record(.linkAddress, mac.description, about: .host(HostKey(address, in: context.network)))
        if isLeased { context.record(.dhcpAddress, address.description, about: .host(HostKey(mac, in: context.network))) }
    }

    /// What the relay, mostly a switch, says about where the client is (RFC 3046 section 2.0).
    private static func recordRelay(_ message: borrowing Message, about client: Party, _ context: DissectionContext) {
        let information = message[.relayInformation]
        var reader = ByteReader(information.rawSpan)
        while let code = try? reader.u8(), let length = try? reader.u8(), let value = try? reader.take(Int(length)) {
            switch code {
            case 1: context.record(.dhcpRelayCircuit, Self.textOrDigits(value), about: client)
            case 2: context.record(.dhcpRelayRemote, Self.textOrDigits(value), about: client)
            default: break
            }
        }
    }

    private static func textOrDigits(_ bytes: RawSpan) -> String {
        PrintableText.isPlain(bytes) ? PrintableText.make(bytes) : hexadecimal(bytes.copied())
    }
}

/// DHCP message types (RFC 2132 section 9.6), as far as they matter here.
private enum MessageType: UInt8 {
    case discover = 1
    case offer, request, decline, acknowledge, refuse, release, inform
}

/// Options that are read (RFC 2132 and the IANA registry "BOOTP Vendor Extensions and DHCP Options").
private enum Option: UInt8 {
    case router = 3
    case nameServer = 6
    case hostname = 12
    case domainName = 15
    case requestedAddress = 50
    case overload = 52
    case messageType = 53
    case serverIdentifier = 54
    case parameterList = 55
    case vendorClass = 60
    case clientID = 61
    case userClass = 77
    case fullyQualifiedName = 81
    case relayInformation = 82
}

/// A message (RFC 2131 section 2).
private struct Message {
    let isRequest: Bool
    /// `chaddr`, where it is an Ethernet address.
    let clientMAC: MACAddress?
    /// `ciaddr`: the address that the client already has.
    let clientAddress: IPAddress
    /// `yiaddr`: the address that the server assigns.
    let assignedAddress: IPAddress
    private var options: [UInt8: [UInt8]] = [:]

    /// Fails unless the fixed part is plausible and the magic cookie (RFC 2132 section 2) follows it.
    init?(_ bytes: RawSpan) {
        guard let operation = bytes.u8(at: 0), operation == 1 || operation == 2, bytes.u32(at: 236) == 0x6382_5363 else {
            return nil
        }
        var reader = ByteReader(bytes.slice(from: 1))
        do {
            let hardware = try reader.u8()
            let hardwareLength = try reader.u8()
            // RFC 1542 section 4.1.1: at most 16 hops.
            guard hardware != 0, hardwareLength <= 16, try reader.u8() <= 16 else { return nil }
            try reader.skip(8)
            self.clientAddress = try IPAddress(v4: &reader)
            self.assignedAddress = try IPAddress(v4: &reader)
            try reader.skip(8)
            let mac = try MACAddress(&reader)
            self.clientMAC = (hardware == 1 || hardware == 6) && hardwareLength == 6 && mac.isUnicast ? mac : nil
        } catch {
            return nil
        }
        self.isRequest = operation == 1
        self.collect(bytes.slice(from: 240))
        // RFC 2132 section 9.3: options may go on in the fields for the file name and the server name, in this order.
        switch self[.overload].first {
        case 1: self.collect(bytes.slice(from: 108, count: 128))
        case 2: self.collect(bytes.slice(from: 44, count: 64))
        case 3:
            self.collect(bytes.slice(from: 108, count: 128))
            self.collect(bytes.slice(from: 44, count: 64))
        default: break
        }
    }

    /// Gathers the options that are read. One that comes in several parts is one value (RFC 3396 section 7).
    private mutating func collect(_ field: RawSpan) {
        var reader = ByteReader(field)
        while let code = try? reader.u8(), code != 255 {
            if code == 0 { continue }
            guard let length = try? reader.u8(), let value = try? reader.take(Int(length)) else { return }
            if Option(rawValue: code) != nil { self.options[code, default: []].append(contentsOf: value.copied()) }
        }
    }

    /// The value of an option; empty where it is absent.
    subscript(option: Option) -> [UInt8] { self.options[option.rawValue] ?? [] }

    var type: MessageType? { self[.messageType].first.flatMap(MessageType.init) }

    /// Text, without the NUL that some senders append (RFC 2132 section 2).
    func text(_ option: Option) -> String {
        let bytes = self[option]
        return PrintableText.make(bytes.rawSpan.trimmed)
    }

    func addresses(_ option: Option, limit: Int) -> [IPAddress] {
        let bytes = self[option]
        var reader = ByteReader(bytes.rawSpan)
        var addresses: [IPAddress] = []
        while addresses.count < limit, let address = try? IPAddress(v4: &reader) { addresses.append(address) }
        return addresses
    }

    /// Option 77: items with a length in front (RFC 3004 section 4), or plain text, as Windows sends it.
    var userClasses: [String] {
        let bytes = self[.userClass]
        var reader = ByteReader(bytes.rawSpan)
        var items: [String] = []
        while items.count < 8, let length = try? reader.u8(), length > 0, let item = try? reader.take(Int(length)) {
            items.append(PrintableText.make(item))
        }
        return reader.isEmpty && !items.isEmpty ? items : bytes.isEmpty ? [] : [self.text(.userClass)]
    }

    /// Option 81 (RFC 4702 section 2): flags, two octets that are obsolete, and the name, as text or in the format of DNS.
    var fullyQualifiedName: String? {
        let bytes = self[.fullyQualifiedName]
        guard let flags = bytes.first, bytes.count > 3 else { return nil }
        let name = bytes.rawSpan.slice(from: 3)
        guard flags & 0x04 != 0 else { return PrintableText.make(name.trimmed) }
        return DomainName.text(of: name, at: 0)
    }
}
