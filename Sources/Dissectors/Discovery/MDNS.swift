import Observations
import Wire

// Multicast DNS (RFC 6762) and DNS-based service discovery (RFC 6763): the format of DNS on a port of its own, mostly to a group.
//
// Read of answers: the names of addresses on the link, the types of service that a host announces, and what the texts of services
// say of a device (model, maker, version). Names of services are kept for printers and scanners only, as those of computers and
// telephones are often their owners'. What somebody asks for is not kept.

enum MDNSDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.mdns
    static let usualPorts: Set<UInt16> = [5353]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let message = Message(datagram, isCut: context.isCut) else { return .no }
        // Nothing but the port tells it from DNS (RFC 6762 section 5.1): who answers has it.
        guard context.endpoint(message.isResponse ? side : side.other).port == 5353 else { return .no }
        // In an exchange between two hosts; with a group, the other end is nobody.
        if !context.endpoint(side.other).address.isGroup { context.declare(side, is: message.isResponse ? .server : .client) }
        if message.isResponse { Announcement(datagram, message, from: side, context)?.record(context) }
        return .more
    }
}

/// The header (RFC 6762 section 18), and where the records begin.
private struct Message {
    private static let headerLength = 12
    /// The most questions and records of a message.
    private static let limit = 512
    private static let trailerLimit = 32

    let isResponse: Bool
    /// Where the records begin, and how many there are.
    let start: Int
    let recordCount: Int

    /// Fails unless the message is made of what its header announces.
    init?(_ bytes: RawSpan, isCut: Bool) {
        guard let flags = bytes.u16(at: 2), let questions = bytes.u16(at: 4), let answers = bytes.u16(at: 6), let authorities = bytes.u16(at: 8),
            let additional = bytes.u16(at: 10)
        else { return nil }
        // Sections 18.2 to 18.11: a query or an answer of operation 0 and code 0; other bits are to be ignored, but are zero.
        guard flags & 0x7848 == 0 || flags & 0x7840 == 0 && flags & 0x000F <= 5 else { return nil }
        self.isResponse = flags & 0x8000 != 0
        self.recordCount = Int(answers) &+ Int(authorities) &+ Int(additional)
        guard Int(questions) &+ self.recordCount <= Self.limit, Int(questions) &+ self.recordCount > 0 else { return nil }
        var offset = Self.headerLength
        let questionCount = Int(questions)
        for _ in 0..<questionCount {
            guard let end = DomainName.end(bytes, at: offset), let type = bytes.u16(at: end), let recordClass = bytes.u16(at: end &+ 2), type > 0,
                recordClass & 0x7FFF == 1 || recordClass & 0x7FFF == 255
            else { return nil }
            offset = end &+ 4
        }
        self.start = offset
        for index in 0..<self.recordCount {
            guard let record = ResourceRecord(bytes, at: offset) else {
                if isCut, index > 0 { return }
                return nil
            }
            offset = record.end
        }
        // Some devices send a few octets more than they made.
        guard offset == bytes.byteCount || isCut || self.recordCount > 0 && bytes.byteCount &- offset <= Self.trailerLimit else { return nil }
    }
}

/// What an answer says.
private struct Announcement {
    /// The most values that are kept of each kind.
    private static let limit = 32

    private var names: [(address: IPAddress, name: String)] = []
    private var types: [String] = []
    private var instances: [String] = []
    private var texts: [String] = []
    private let device: HostKey
    private let network: VirtualNetwork

    init?(_ bytes: RawSpan, _ message: Message, from side: Side, _ context: DissectionContext) {
        self.network = context.network
        let sender = context.host(side)
        self.device = sender
        var offset = message.start
        for _ in 0..<message.recordCount {
            guard let record = ResourceRecord(bytes, at: offset) else { break }
            offset = record.end
            // The top bit says that older answers are to be forgotten (section 10.2).
            if record.recordClass & 0x7FFF == 1 { self.read(record, of: bytes) }
        }
        // A gateway passes on what hosts of other links say: then no address is the sender's, and nobody knows whose the rest is.
        let family = self.names.filter { $0.address.isV4 == sender.address.isV4 }
        if !family.isEmpty, !family.contains(where: { $0.address == sender.address }) {
            self.types = []
            self.instances = []
            self.texts = []
        }
    }

    func record(_ context: DissectionContext) {
        for (address, name) in self.names { context.record(.dnsName, name, about: .host(HostKey(address, in: self.network))) }
        let party = Party.host(self.device)
        for type in self.types { context.record(.mdnsService, type, about: party) }
        for instance in self.instances { context.record(.mdnsInstance, instance, about: party) }
        for text in self.texts { context.record(.mdnsText, text, about: party) }
    }

    private mutating func read(_ record: ResourceRecord, of bytes: RawSpan) {
        var data = ByteReader(bytes.slice(from: record.data, count: record.dataLength))
        switch record.type {
        case ResourceRecord.a where record.dataLength == 4: self.add(try? IPAddress(v4: &data), record, bytes)
        case ResourceRecord.aaaa where record.dataLength == 16: self.add(try? IPAddress(v6: &data), record, bytes)
        case ResourceRecord.ptr: self.readPointer(record, bytes)
        case ResourceRecord.txt: self.readTexts(bytes.slice(from: record.data, count: record.dataLength))
        default: break
        }
    }

    private mutating func add(_ address: IPAddress?, _ record: ResourceRecord, _ bytes: RawSpan) {
        guard let address, !address.isGroup, !address.isUnspecified, !address.isLoopback, self.names.count < Self.limit,
            let name = DomainName.text(of: bytes, at: record.owner), name.hasSuffix(".local")
        else { return }
        self.names.append((address, name))
    }

    /// From a type to an instance of it, or from the list of types to one (RFC 6763 sections 4.1 and 9).
    private mutating func readPointer(_ record: ResourceRecord, _ bytes: RawSpan) {
        guard let owner = DomainName.text(of: bytes, at: record.owner), self.types.count < Self.limit else { return }
        if owner == "_services._dns-sd._udp.local" {
            if let type = DomainName.text(of: bytes, at: record.data).flatMap(Self.serviceType) { self.types.append(type) }
        } else if let type = Self.serviceType(owner) {
            self.types.append(type)
            guard Self.printing.contains(type), let length = bytes.u8(at: record.data), (1...63).contains(length) else { return }
            let label = bytes.slice(from: record.data &+ 1, count: Int(length))
            if self.instances.count < Self.limit { self.instances.append(PrintableText.make(label)) }
        }
    }

    /// `_ipp._tcp` of `_ipp._tcp.local`; a subtype is no type.
    private static func serviceType(_ name: String) -> String? {
        let labels = name.split(separator: ".", maxSplits: 4)
        guard labels.count == 3, labels.last == "local", let service = labels.first, service.utf8.first == 0x5F, service.utf8.count <= 17,
            let transport = labels.dropFirst().first, transport == "_tcp" || transport == "_udp",
            service.utf8.dropFirst().allSatisfy({ $0.isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        return "\(service).\(transport)"
    }

    /// Services whose names are those of machines.
    private static let printing: Set<String> = [
        "_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_scanner._tcp", "_uscan._tcp", "_uscans._tcp",
    ]

    /// Texts `key=value`, each with its length (RFC 6763 section 6.1), of the keys below.
    private mutating func readTexts(_ data: RawSpan) {
        var reader = ByteReader(data)
        while self.texts.count < Self.limit, let length = try? reader.u8(), let text = try? reader.take(Int(length)) {
            guard let sign = text.firstIndex(of: 0x3D, before: Self.keyLimit), sign &+ 1 < text.byteCount else { continue }
            let key = PrintableText.make(text.slice(from: 0, count: sign)).lowercased()
            guard Self.keys.contains(key) else { continue }
            self.texts.append("\(key)=\(PrintableText.make(text.slice(from: sign &+ 1).trimmed))")
        }
    }

    private static let keyLimit = 20
    /// Maker, model and version, as printers (Bonjour Printing Specification 1.2.1), scanners, players and small devices say them.
    /// None of them is a name that a person gives.
    private static let keys: Set<String> = [
        "ty", "product", "usb_mfg", "usb_mdl", "mfg", "mdl", "manufacturer", "vendor", "md", "model", "am", "fv", "fw", "firmware", "version", "srcvers",
        "osxvers", "hw",
    ]
}
