import Observations
import Wire

// The Lightweight Directory Access Protocol, version 3 (RFC 4511), over TCP, and without a connection over UDP ([MS-ADTS] section 6.3.3).
//
// Read: how clients log in and whether the server accepts it, whether what follows is protected, what the directory says of itself
// (root DSE, RFC 4512 section 5.1; domain controller search, [MS-ADTS] section 6.3.1), and whether it gives entries to clients that did
// not log in. Names of entries, passwords, filters and the contents of entries are not looked at.

final class LDAPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ldap

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = LDAPMessage.begins(head)
        guard answer == .yes, let role = context.role, let operation = LDAPMessage.operation(head) else { return answer }
        return operation.isRequest == (role == .client) ? .yes : .no
    }

    // MARK: State

    /// The longest message that is read.
    private static let wholeLimit = 32_000
    /// The most messages that are looked at.
    private static let messageLimit = 512

    private enum Identity { case unknown, anonymous, known }

    private var messages = 0
    private var hasBegun = false
    private var identity = Identity.unknown
    /// The login that waits for its answer.
    private var bind: (message: Int, method: String)?
    private var response: NTLMMessage.Response?
    /// The request to change to TLS that waits for its answer.
    private var startTLS: Int?
    /// A SASL login was accepted, and what follows it is not seen yet.
    private var awaitsProtection = false

    func lost(_ count: Int, from side: Side) {
        self.identity = .unknown
        self.awaitsProtection = false
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if !self.hasBegun {
            self.hasBegun = true
            // Seen from its beginning: until it logs in, the client is nobody.
            if context.rolesAreSure { self.identity = .anonymous }
        }
        guard let tag = bytes.u8(at: 0) else { return Consumption(0) }
        guard tag == 0x30 else {
            // Messages wrapped by a mechanism of SASL have their length in front (RFC 4422 section 3.7).
            guard self.identity == .known, tag == 0 else { return .failed }
            context.record(.ldapProtection, "sasl", about: .server)
            return .finished
        }
        guard bytes.byteCount >= 2 else { return Consumption(0, .more(atLeast: 2)) }
        guard let lengths = DERReader.lengths(bytes) else { return bytes.byteCount < 6 ? Consumption(0, .more(atLeast: 6)) : .failed }
        let end = lengths.header &+ lengths.contents
        guard lengths.contents >= 5 else { return .failed }
        self.messages &+= 1
        guard self.messages <= Self.messageLimit else { return .finished }
        guard end <= Self.wholeLimit else { return Consumption(lengths.header, .skip(lengths.contents)) }
        guard bytes.byteCount >= end else {
            self.messages &-= 1
            return Consumption(0, .more(atLeast: end))
        }
        guard let message = LDAPMessage(bytes.slice(from: 0, count: end)) else { return .failed }
        context.declare(side, is: message.operation.isRequest ? .client : .server)
        return self.consume(message, end, from: side, &context)
    }

    private func consume(_ message: borrowing LDAPMessage, _ end: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.awaitsProtection, message.operation == .searchRequest || message.operation == .modifyRequest {
            self.awaitsProtection = false
            context.record(.ldapProtection, "none", about: .server)
        }
        switch message.operation {
        case .bindRequest: self.readBind(message, from: side, context)
        case .bindResponse: self.readBindResponse(message, from: side, context)
        case .searchEntry: self.readEntry(message, from: side, context)
        case .extendedRequest:
            var fields = DERReader(message.contents)
            if fields.next(DERTag(rawValue: 0x80))?.equals("1.3.6.1.4.1.1466.20037") == true { self.startTLS = message.identifier }
        case .extendedResponse:
            guard message.identifier == self.startTLS, message.result == 0 else { break }
            context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
            return Consumption(end, .handOver)
        case .unbindRequest: return .finished
        default: break
        }
        return Consumption(end)
    }

    /// RFC 4511 section 4.2. The name of who logs in is only asked for its length.
    private func readBind(_ message: borrowing LDAPMessage, from side: Side, _ context: DissectionContext) {
        var fields = DERReader(message.contents)
        guard fields.next(.integer) != nil, let name = fields.next(.octetString), let choice = fields.next() else { return }
        let method: String
        switch choice.tag.rawValue {
        case 0x80:
            method = name.isEmpty && choice.contents.isEmpty ? "anonymous" : choice.contents.isEmpty ? "unauthenticated" : "simple"
        case 0xA3:
            var sasl = DERReader(choice.contents)
            guard let mechanism = sasl.next(.octetString), Self.isMechanism(mechanism) else { return }
            method = "sasl/" + PrintableText.make(mechanism)
            if let token = sasl.next(.octetString), let response = SecurityToken.record(token, from: side, context) { self.response = response }
        // Sicily ([MS-ADTS] section 5.1.1.1.3): the older way of NTLM.
        case 0x89, 0x8A, 0x8B:
            method = "ntlm"
            if let response = SecurityToken.record(choice.contents, from: side, context) { self.response = response }
        default: return
        }
        self.bind = (message.identifier, method)
        context.record(.ldapBind, method, about: .conversation)
        if method == "simple" { context.record(.loginClear, "ldap-simple", about: .server) }
    }

    /// The name of a mechanism of SASL: up to 20 capital letters, digits, hyphens and underscores (RFC 4422 section 3.1).
    private static func isMechanism(_ name: RawSpan) -> Bool {
        var offset = 0
        while let byte = name.u8(at: offset) {
            guard offset < 20, byte.isDigit || (byte >= 0x41 && byte <= 0x5A) || byte == 0x2D || byte == 0x5F else { return false }
            offset &+= 1
        }
        return offset > 0
    }

    private func readBindResponse(_ message: borrowing LDAPMessage, from side: Side, _ context: DissectionContext) {
        self.readChallenge(message, from: side, context)
        guard let result = message.result, result == 0, let bind = self.bind, bind.message == message.identifier else { return }
        self.bind = nil
        context.record(.ldapBindAccepted, bind.method, about: .server)
        switch bind.method {
        case "anonymous", "unauthenticated": self.identity = .anonymous
        case "simple":
            self.identity = .known
            context.record(.loginAccepted, "ldap-simple", about: .server)
        default:
            self.identity = .known
            self.awaitsProtection = true
            if let response = self.response, response != .anonymous { context.record(.ntlmAccepted, response.rawValue, about: .server) }
        }
        self.response = nil
    }

    /// serverSaslCreds, [7], or the challenge of the older NTLM, which stands in the place of the matched name.
    private func readChallenge(_ message: borrowing LDAPMessage, from side: Side, _ context: DissectionContext) {
        var fields = DERReader(message.contents)
        guard fields.next() != nil else { return }
        for _ in 0..<4 {
            guard let field = fields.next() else { return }
            if field.tag.rawValue == 0x87 || field.contents.has("NTLMSSP\0") { SecurityToken.record(field.contents, from: side, context) }
        }
    }

    private func readEntry(_ message: borrowing LDAPMessage, from side: Side, _ context: DissectionContext) {
        var fields = DERReader(message.contents)
        guard let name = fields.next(.octetString) else { return }
        if name.isEmpty {
            if let attributes = fields.next(.sequence) { DirectoryDescription.record(attributes, context) }
        } else if self.identity == .anonymous, !name.hasIgnoringCase("cn=subschema"), !name.hasIgnoringCase("cn=schema"), !name.hasIgnoringCase("cn=aggregate")
        {
            context.record(.ldapAnonymousRead, 1, about: .server)
        }
    }
}

/// LDAP over UDP: how clients look for a domain controller.
enum CLDAPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ldap
    static let usualPorts: Set<UInt16> = [389]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == DERTag.sequence.rawValue }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard LDAPMessage.begins(datagram) == .yes, let lengths = DERReader.lengths(datagram) else { return .no }
        // An answer has the entry and the end of the search in one datagram, as two messages.
        let end = lengths.header &+ lengths.contents
        guard end == datagram.byteCount || LDAPMessage.begins(datagram.slice(from: end)) == .yes, let message = LDAPMessage(datagram.slice(from: 0, count: end))
        else { return .no }
        context.declare(side, is: message.operation.isRequest ? .client : .server)
        if message.operation == .searchEntry {
            var fields = DERReader(message.contents)
            if fields.next(.octetString)?.isEmpty == true, let attributes = fields.next(.sequence) { DirectoryDescription.record(attributes, context) }
        }
        return .more
    }
}

/// LDAPMessage (RFC 4511 section 4.1.1).
private struct LDAPMessage: ~Escapable {
    enum Operation: UInt8 {
        case bindRequest = 0x60, bindResponse, unbindRequest = 0x42
        case searchRequest = 0x63, searchEntry, searchDone
        case modifyRequest = 0x66, modifyResponse, addRequest, addResponse
        case deleteRequest = 0x4A, deleteResponse = 0x6B, renameRequest, renameResponse, compareRequest, compareResponse
        case abandonRequest = 0x50, searchReference = 0x73, extendedRequest = 0x77, extendedResponse, intermediateResponse

        var isRequest: Bool {
            switch self {
            case .bindRequest, .unbindRequest, .searchRequest, .modifyRequest, .addRequest, .deleteRequest, .renameRequest, .compareRequest,
                .abandonRequest, .extendedRequest:
                true
            default: false
            }
        }
    }

    let identifier: Int
    let operation: Operation
    let contents: RawSpan

    /// - Parameter bytes: exactly one message.
    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        var outer = DERReader(bytes)
        guard let message = outer.next(.sequence) else { return nil }
        var fields = DERReader(message)
        guard let number = fields.next(.integer), let identifier = KerberosTicket.integer(number), let element = fields.next(),
            let operation = Operation(rawValue: element.tag.rawValue)
        else { return nil }
        self.identifier = identifier
        self.operation = operation
        self.contents = element.contents
    }

    /// The code of an LDAPResult (section 4.1.9), with which answers begin.
    var result: Int? {
        var fields = DERReader(self.contents)
        guard let code = fields.next(DERTag(rawValue: 0x0A)) else { return nil }
        return KerberosTicket.integer(code)
    }

    static func operation(_ head: RawSpan) -> Operation? {
        guard let outer = DERReader.lengths(head), let length = head.u8(at: outer.header &+ 1) else { return nil }
        return head.u8(at: outer.header &+ 2 &+ Int(length)).flatMap(Operation.init(rawValue:))
    }

    /// Whether the bytes begin a message of one of the operations with which conversations begin: its lengths agree with each other, and
    /// the fields that come first are of the right kinds.
    static func begins(_ head: RawSpan) -> Probe {
        guard let tag = head.u8(at: 0) else { return .notYet }
        guard tag == 0x30 else { return .no }
        guard let lengthOctet = head.u8(at: 1) else { return .notYet }
        guard let outer = DERReader.lengths(head) else { return lengthOctet > 0x80 && lengthOctet <= 0x84 && head.byteCount < 6 ? .notYet : .no }
        guard outer.contents >= 5 else { return .no }
        let body = head.slice(from: outer.header)
        guard let integer = body.u8(at: 0), let size = body.u8(at: 1) else { return body.u8(at: 0) ?? 2 == 2 ? .notYet : .no }
        guard integer == 2, (1...4).contains(size) else { return .no }
        let start = 2 &+ Int(size)
        guard let code = body.u8(at: start) else { return .notYet }
        guard let operation = Operation(rawValue: code) else { return .no }
        let element = body.slice(from: start)
        guard element.byteCount >= 2 else { return .notYet }
        guard let inner = DERReader.lengths(element) else { return element.byteCount < 6 ? .notYet : .no }
        // Only controls may follow the operation.
        guard start &+ inner.header &+ inner.contents <= outer.contents else { return .no }
        return Self.begins(operation, element.slice(from: inner.header), inner.contents)
    }

    private static func begins(_ operation: Operation, _ fields: RawSpan, _ length: Int) -> Probe {
        switch operation {
        case .bindRequest:
            // Version 2 or 3, the name, and the kind of login.
            guard Self.fits(fields, [0x02, 0x01], 0), length >= 7 else { return .no }
            guard let version = fields.u8(at: 2) else { return .notYet }
            guard version == 3 || version == 2, fields.u8(at: 3) ?? 4 == 4 else { return .no }
            let name = fields.slice(from: 3)
            guard name.byteCount >= 2 else { return .notYet }
            guard let lengths = DERReader.lengths(name) else { return name.byteCount < 6 ? .notYet : .no }
            guard 3 &+ lengths.header &+ lengths.contents < length else { return .no }
            guard let choice = fields.u8(at: 3 &+ lengths.header &+ lengths.contents) else { return fields.byteCount < 1024 ? .notYet : .no }
            return [0x80, 0xA3, 0x89, 0x8A, 0x8B].contains(choice) ? .yes : .no
        case .bindResponse, .searchDone, .extendedResponse, .modifyResponse, .addResponse, .deleteResponse, .renameResponse, .compareResponse:
            // A code and two texts.
            guard length >= 7, Self.fits(fields, [0x0A, 0x01], 0) else { return .no }
            guard let code = fields.u8(at: 2), let text = fields.u8(at: 3) else { return .notYet }
            guard code <= 123, text == 4 else { return .no }
            return .yes
        case .searchRequest:
            guard fields.u8(at: 0) ?? 4 == 4 else { return .no }
            guard fields.byteCount >= 2 else { return .notYet }
            guard let name = DERReader.lengths(fields) else { return fields.byteCount < 6 ? .notYet : .no }
            let start = name.header &+ name.contents
            guard start < length else { return .no }
            guard let scope = fields.u8(at: start &+ 2), let alias = fields.u8(at: start &+ 5) else {
                return fields.byteCount < 1024 && Self.fits(fields, [0x0A, 0x01], start) ? .notYet : .no
            }
            return Self.fits(fields, [0x0A, 0x01, scope, 0x0A, 0x01], start) && scope <= 3 && alias <= 3 ? .yes : .no
        // A name, and a list that fills the rest.
        case .searchEntry, .addRequest, .modifyRequest:
            guard fields.u8(at: 0) ?? 4 == 4 else { return .no }
            guard fields.byteCount >= 2 else { return .notYet }
            guard let name = DERReader.lengths(fields) else { return fields.byteCount < 6 ? .notYet : .no }
            let start = name.header &+ name.contents
            guard start < length else { return .no }
            guard let list = fields.u8(at: start) else { return fields.byteCount < 1024 ? .notYet : .no }
            guard list == 0x30 else { return .no }
            let attributes = fields.slice(from: start)
            guard attributes.byteCount >= 2 else { return .notYet }
            guard let lengths = DERReader.lengths(attributes) else { return attributes.byteCount < 6 ? .notYet : .no }
            return start &+ lengths.header &+ lengths.contents == length ? .yes : .no
        case .extendedRequest:
            guard fields.u8(at: 0) ?? 0x80 == 0x80 else { return .no }
            guard let size = fields.u8(at: 1), let first = fields.u8(at: 2), let second = fields.u8(at: 3) else { return .notYet }
            // An object identifier as text.
            return Int(size) &+ 2 <= length && first &- 0x30 <= 2 && second == 0x2E ? .yes : .no
        case .deleteRequest:
            // The name of the entry, which begins with the type of an attribute.
            var end = 0
            while let byte = fields.u8(at: end), byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2E, end < 32 { end &+= 1 }
            guard let byte = fields.u8(at: end) else { return .notYet }
            return end > 0 && end < length && byte == 0x3D ? .yes : .no
        // A number or nothing: with so little to go by, nothing may follow.
        case .abandonRequest: return (1...4).contains(length) ? fields.byteCount == length ? .yes : fields.byteCount < length ? .notYet : .no : .no
        case .unbindRequest: return length == 0 && fields.isEmpty ? .yes : .no
        default: return .no
        }
    }

    /// Whether what is there of the octets at `offset` is as expected.
    private static func fits(_ bytes: RawSpan, _ expected: [UInt8], _ offset: Int) -> Bool {
        for (index, octet) in expected.enumerated() {
            if let byte = bytes.u8(at: offset &+ index), byte != octet { return false }
        }
        return true
    }
}

/// What a directory says of itself.
private enum DirectoryDescription {
    private static let attributeLimit = 64
    private static let valueLimit = 32

    /// - Parameter attributes: PartialAttributeList (RFC 4511 section 4.5.2).
    static func record(_ attributes: RawSpan, _ context: DissectionContext) {
        var list = DERReader(attributes)
        for _ in 0..<Self.attributeLimit {
            guard let attribute = list.next(.sequence) else { return }
            var fields = DERReader(attribute)
            guard let type = fields.next(.octetString), let set = fields.next(.set) else { return }
            var values = DERReader(set)
            for _ in 0..<Self.valueLimit {
                guard let value = values.next(.octetString) else { break }
                Self.record(type, value, context)
            }
        }
    }

    private static func record(_ type: RawSpan, _ value: RawSpan, _ context: DissectionContext) {
        func `is`(_ name: StaticString) -> Bool { type.byteCount == name.utf8CodeUnitCount && type.hasIgnoringCase(name) }
        if `is`("vendorname") { return context.record(.ldapVendor, value, about: .server) }
        if `is`("vendorversion") { return context.record(.ldapVendorVersion, value, about: .server) }
        if `is`("objectclass") { return context.record(.ldapObjectClass, value, about: .server) }
        if `is`("supportedcapabilities") { return context.record(.ldapCapability, value, about: .server) }
        if `is`("supportedsaslmechanisms") { return context.record(.ldapSASLOffered, value, about: .server) }
        if `is`("dnshostname") { return context.record(.ldapDNSName, value, about: .server) }
        if `is`("defaultnamingcontext") { return context.record(.ldapDomain, Self.domain(PrintableText.make(value)), about: .server) }
        if `is`("domainfunctionality") { return context.record(.ldapFunctionality, "domain/" + PrintableText.make(value), about: .server) }
        if `is`("forestfunctionality") { return context.record(.ldapFunctionality, "forest/" + PrintableText.make(value), about: .server) }
        if `is`("domaincontrollerfunctionality") { return context.record(.ldapFunctionality, "controller/" + PrintableText.make(value), about: .server) }
        if `is`("netlogon") { Self.recordNetlogon(value, context) }
    }

    /// `DC=hospital,DC=example` as `hospital.example`; nothing where there is more in it than components of a domain.
    private static func domain(_ name: String) -> String {
        let parts = name.split(separator: ",").map { $0.lowercased() }
        guard !parts.isEmpty, parts.allSatisfy({ $0.hasPrefix("dc=") }) else { return "" }
        return parts.map { $0.dropFirst(3) }.joined(separator: ".")
    }

    /// NETLOGON_SAM_LOGON_RESPONSE_EX ([MS-ADTS] section 6.3.1.9). It repeats the name of a user behind those of the computer.
    private static func recordNetlogon(_ value: RawSpan, _ context: DissectionContext) {
        guard let opcode = value.u16le(at: 0), opcode == 0x17 || opcode == 0x19, let flags = value.u32le(at: 4) else { return }
        for (bit, name) in Self.flags where flags & bit != 0 { context.record(.ldapController, name, about: .server) }
        // Forest, domain, host, then the NetBIOS names of domain and computer, the user, and the sites of server and client.
        var offset = 24
        for index in 0..<7 {
            guard let end = DomainName.end(value, at: offset) else { return }
            let text = DomainName.text(of: value, at: offset) ?? ""
            switch index {
            case 1: context.record(.ldapDomain, text, about: .server)
            case 2: context.record(.ldapDNSName, text, about: .server)
            case 6: context.record(.ldapSite, text, about: .server)
            default: break
            }
            offset = end
        }
    }

    /// DS_FLAG options ([MS-ADTS] section 6.3.1.2).
    private static let flags: [(UInt32, String)] = [
        (0x0000_0001, "pdc"), (0x0000_0004, "global-catalogue"), (0x0000_0008, "ldap"), (0x0000_0010, "directory-service"), (0x0000_0020, "kdc"),
        (0x0000_0040, "time-server"), (0x0000_0100, "writable"), (0x0000_0800, "read-only"),
    ]
}
