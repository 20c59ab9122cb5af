import Observations
import Wire

// Kerberos version 5 (RFC 4120) over UDP and TCP, the exchanges with a key distribution centre.
//
// Read: realms, the encryption types that clients offer and those of the tickets and answers given, names of errors, names of
// services of hosts, and whether a first ticket was given without proof (pre-authentication, section 5.2.7). Principals that
// can be persons are stepped over: a service is kept only where its first component is one of a closed list.

enum KerberosDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.kerberos
    static let usualPorts: Set<UInt16> = [88]

    static func mayBegin(_ octet: UInt8) -> Bool { KerberosMessage.Kind(rawValue: octet) != nil }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard KerberosMessage.begins(datagram) == .yes, let message = KerberosMessage(datagram, isCut: context.isCut) else { return .no }
        message.record(from: side, &context)
        return .more
    }
}

final class KerberosStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.kerberos

    /// Each message has its length in front (RFC 4120 section 7.2.2).
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 0 else { return head.isEmpty ? .notYet : .no }
        guard let length = head.u32(at: 0) else { return .notYet }
        guard length >= 32, Int(length) <= Self.messageLimit else { return .no }
        let message = head.slice(from: 4)
        let answer = KerberosMessage.begins(message)
        guard answer == .yes else { return answer }
        guard let lengths = DERReader.lengths(message), lengths.header &+ lengths.contents == Int(length) else { return .no }
        if let role = context.role, KerberosMessage.isRequest(message.u8(at: 0) ?? 0) != (role == .client) { return .no }
        return .yes
    }

    /// The longest message that is read.
    private static let messageLimit = 60_000
    /// The most messages that are read.
    private static let countLimit = 64

    private var count = 0
    /// Whether the last request for a first ticket proved something; `nil` before there was one.
    private var isProved: Bool?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u32(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        guard length >= 16, Int(length) <= Self.messageLimit else { return .failed }
        let end = Int(length) &+ 4
        guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
        guard let message = KerberosMessage(bytes.slice(from: 4, count: Int(length)), isCut: false) else { return .failed }
        message.record(from: side, &context)
        switch message.kind {
        case .firstRequest: self.isProved = message.isProved
        case .firstReply where self.isProved == false: context.record(.kerberosPreauthentication, "not-required", about: .server)
        default: break
        }
        self.count &+= 1
        return self.count < Self.countLimit ? Consumption(end) : .finished
    }

    func lost(_ count: Int, from side: Side) { self.isProved = nil }
}

/// A message of an exchange with the key distribution centre.
private struct KerberosMessage {
    enum Kind: UInt8 {
        /// AS-REQ, AS-REP: for a first ticket.
        case firstRequest = 0x6A
        case firstReply = 0x6B
        /// TGS-REQ, TGS-REP: for the ticket of a service.
        case serviceRequest = 0x6C
        case serviceReply = 0x6D
        /// KRB-ERROR.
        case error = 0x7E
    }

    let kind: Kind
    /// Whether the client of a first request proved that it knows its key.
    private(set) var isProved = false
    private(set) var realm = ""
    private(set) var service = ""
    private(set) var errorCode: Int?
    private(set) var ticket: KerberosTicket?
    private(set) var replyType: Int?
    private(set) var offered: [Int] = []

    static func isRequest(_ tag: UInt8) -> Bool { tag == Kind.firstRequest.rawValue || tag == Kind.serviceRequest.rawValue }

    /// Whether the bytes begin a message: its tag, a sequence, and in it the version and the type that goes with the tag.
    static func begins(_ bytes: RawSpan) -> Probe {
        guard let tag = bytes.u8(at: 0) else { return .notYet }
        guard let kind = Kind(rawValue: tag) else { return .no }
        guard bytes.u8(at: 1) != nil else { return .notYet }
        guard let outer = DERReader.lengths(bytes) else { return bytes.byteCount < 6 ? .notYet : .no }
        let sequence = bytes.slice(from: outer.header)
        guard sequence.u8(at: 0) ?? 0x30 == 0x30 else { return .no }
        guard let inner = DERReader.lengths(sequence) else { return sequence.byteCount < 6 ? .notYet : .no }
        guard inner.header &+ inner.contents == outer.contents else { return .no }
        let fields = sequence.slice(from: inner.header)
        // Requests number their fields from 1, answers and errors from 0: pvno 5, then msg-type.
        let first: UInt8 = Self.isRequest(tag) ? 0xA1 : 0xA0
        let expected: [UInt8] = [first, 3, 2, 1, 5, first &+ 1, 3, 2, 1, kind.rawValue & 0x1F]
        for (offset, octet) in expected.enumerated() {
            guard let byte = fields.u8(at: offset) else { return .notYet }
            if byte != octet { return .no }
        }
        return .yes
    }

    init?(_ bytes: RawSpan, isCut: Bool) {
        guard let kind = bytes.u8(at: 0).flatMap(Kind.init(rawValue:)), let lengths = DERReader.lengths(bytes) else { return nil }
        let contents = bytes.slice(from: lengths.header)
        guard isCut ? contents.byteCount <= lengths.contents : contents.byteCount == lengths.contents else { return nil }
        self.kind = kind
        guard let inner = DERReader.lengths(contents) else { return nil }
        var fields = DERReader(contents.slice(from: inner.header))
        for _ in 0..<16 {
            guard let field = fields.next() else { return }
            switch (kind, field.tag.rawValue) {
            case (.firstRequest, 0xA3): self.isProved = Self.proves(field.contents)
            case (.firstRequest, 0xA4), (.serviceRequest, 0xA4): self.readBody(field.contents)
            case (.firstReply, 0xA5), (.serviceReply, 0xA5): self.ticket = KerberosTicket(field.contents)
            case (.firstReply, 0xA6), (.serviceReply, 0xA6): self.replyType = KerberosTicket.encryptionType(field.contents)
            case (.firstReply, 0xA3), (.serviceReply, 0xA3), (.error, 0xA9): self.realm = KerberosTicket.text(field.contents)
            case (.error, 0xA6): self.errorCode = KerberosTicket.number(field.contents)
            default: break
            }
        }
    }

    /// The most entries of a list that are read.
    private static let listLimit = 32

    /// Whether pre-authentication data (IANA "Kerberos Pre-authentication and Typed Data") hold a proof: an encrypted time stamp, a
    /// certificate, FAST, an encrypted challenge, SPAKE.
    private static func proves(_ bytes: RawSpan) -> Bool {
        var wrapper = DERReader(bytes)
        guard let list = wrapper.next(.sequence) else { return false }
        var entries = DERReader(list)
        for _ in 0..<Self.listLimit {
            guard let entry = entries.next(.sequence) else { return false }
            var fields = DERReader(entry)
            guard let type = fields.next(), type.tag.rawValue == 0xA1, let number = KerberosTicket.number(type.contents) else { return false }
            if [2, 14, 15, 16, 17, 136, 138, 151].contains(number) { return true }
        }
        return false
    }

    /// KDC-REQ-BODY (section 5.4.1). Its realm and its names are what somebody asks for.
    private mutating func readBody(_ bytes: RawSpan) {
        var wrapper = DERReader(bytes)
        guard let body = wrapper.next(.sequence) else { return }
        var fields = DERReader(body)
        for _ in 0..<12 {
            guard let field = fields.next() else { return }
            guard field.tag.rawValue == 0xA8 else { continue }
            var list = DERReader(field.contents)
            guard let types = list.next(.sequence) else { return }
            var reader = DERReader(types)
            while self.offered.count < Self.listLimit, let type = reader.next(.integer), let number = KerberosTicket.integer(type) {
                self.offered.append(number)
            }
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: Self.isRequest(self.kind.rawValue) ? .client : .server)
        for type in self.offered { context.record(.kerberosEtypeOffered, EncryptionType.name(type), about: context.party(side)) }
        // Realms of nobody (RFC 8062) are none.
        if !self.realm.hasPrefix("WELLKNOWN:") { context.record(.kerberosRealm, self.realm, about: .server) }
        self.ticket?.record(about: .server, context)
        if let type = self.replyType { context.record(.kerberosReplyEtype, EncryptionType.name(type), about: .server) }
        if let code = self.errorCode { context.record(.kerberosError, Self.errorName(code), about: .server) }
    }

    /// Section 7.5.9, without the prefixes.
    private static func errorName(_ code: Int) -> String {
        switch code {
        case 6: "c-principal-unknown"
        case 7: "s-principal-unknown"
        case 9: "null-key"
        case 12: "policy"
        case 14: "etype-nosupp"
        case 18: "client-revoked"
        case 23: "key-expired"
        case 24: "preauth-failed"
        case 25: "preauth-required"
        case 31: "integrity"
        case 32: "ticket-expired"
        case 37: "skew"
        case 41: "modified"
        case 52: "response-too-big"
        case 60: "generic"
        case 68: "wrong-realm"
        default: String(code)
        }
    }
}

/// A ticket (RFC 4120 section 5.3), as far as it is in clear.
struct KerberosTicket {
    let encryptionType: Int
    /// `cifs/server.example`; empty where the service is not of a host or a realm.
    let service: String

    /// - Parameter bytes: a ticket from its tag, [APPLICATION 1], on.
    init?(_ bytes: RawSpan) {
        var outer = DERReader(bytes)
        guard let wrapper = outer.next(DERTag(rawValue: 0x61)) else { return nil }
        var sequence = DERReader(wrapper)
        guard let contents = sequence.next(.sequence) else { return nil }
        var fields = DERReader(contents)
        var service = ""
        for _ in 0..<4 {
            guard let field = fields.next() else { return nil }
            if field.tag.rawValue == 0xA2 { service = Self.serviceName(field.contents) }
            guard field.tag == .context3 else { continue }
            guard let type = Self.encryptionType(field.contents) else { return nil }
            self.encryptionType = type
            self.service = service
            return
        }
        return nil
    }

    /// - Parameter request: an AP-REQ (section 5.5.1) from its tag on.
    init?(request: RawSpan) {
        var outer = DERReader(request)
        guard let wrapper = outer.next(DERTag(rawValue: 0x6E)) else { return nil }
        var sequence = DERReader(wrapper)
        guard let contents = sequence.next(.sequence) else { return nil }
        var fields = DERReader(contents)
        for _ in 0..<5 {
            guard let field = fields.next() else { return nil }
            if field.tag == .context3 {
                self.init(field.contents)
                return
            }
        }
        return nil
    }

    func record(about party: Party, _ context: DissectionContext) {
        context.record(.kerberosTicketEtype, EncryptionType.name(self.encryptionType), about: party)
        context.record(.kerberosService, self.service, about: party)
    }

    /// The encryption type of EncryptedData (section 5.2.9).
    static func encryptionType(_ bytes: RawSpan) -> Int? {
        var wrapper = DERReader(bytes)
        guard let contents = wrapper.next(.sequence) else { return nil }
        var fields = DERReader(contents)
        guard let type = fields.next(.context0) else { return nil }
        return Self.number(type)
    }

    /// The integer in a field.
    static func number(_ bytes: RawSpan) -> Int? {
        var reader = DERReader(bytes)
        guard let integer = reader.next(.integer) else { return nil }
        return Self.integer(integer)
    }

    /// The value of an INTEGER of at most four octets.
    static func integer(_ contents: RawSpan) -> Int? {
        guard (1...4).contains(contents.byteCount), let first = contents.u8(at: 0) else { return nil }
        var value = first & 0x80 == 0 ? 0 : -1
        value = value &<< 8 | Int(first)
        for offset in 1..<4 {
            guard let octet = contents.u8(at: offset) else { return value }
            value = value &<< 8 | Int(octet)
        }
        return value
    }

    /// KerberosString (section 5.2.1).
    static func text(_ bytes: RawSpan) -> String {
        var reader = DERReader(bytes)
        guard let text = reader.next(DERTag(rawValue: 0x1B)), text.byteCount <= 255 else { return "" }
        return PrintableText.make(text)
    }

    /// PrincipalName (section 5.2.2) of two components, the first of them a kind of service: a principal of a person has one, or
    /// one that is not in the list.
    private static func serviceName(_ bytes: RawSpan) -> String {
        var wrapper = DERReader(bytes)
        guard let contents = wrapper.next(.sequence) else { return "" }
        var fields = DERReader(contents)
        guard fields.next(.context0) != nil, let names = fields.next(DERTag(rawValue: 0xA1)) else { return "" }
        var list = DERReader(names)
        guard let components = list.next(.sequence) else { return "" }
        var reader = DERReader(components)
        guard let first = reader.next(DERTag(rawValue: 0x1B)), let second = reader.next(DERTag(rawValue: 0x1B)), second.byteCount <= 255,
            let kind = Self.kind(first)
        else { return "" }
        return kind + "/" + PrintableText.make(second)
    }

    private static func kind(_ name: RawSpan) -> String? {
        let text = PrintableText.make(name.slice(from: 0, count: 16)).lowercased()
        return ["host", "cifs", "ldap", "http", "dns", "nfs", "krbtgt", "termsrv", "wsman", "rpcss", "mssqlsvc", "gc", "restrictedkrbhost"].contains(text)
            ? text : nil
    }
}

/// Kerberos encryption types (IANA "Kerberos Encryption Type Numbers").
private enum EncryptionType {
    static func name(_ number: Int) -> String {
        switch number {
        case 1: "des-cbc-crc"
        case 2: "des-cbc-md4"
        case 3: "des-cbc-md5"
        case 16: "des3-cbc-sha1"
        case 17: "aes128-cts-hmac-sha1-96"
        case 18: "aes256-cts-hmac-sha1-96"
        case 19: "aes128-cts-hmac-sha256-128"
        case 20: "aes256-cts-hmac-sha384-192"
        // Windows' own older names for the same cipher, -128, -133 and -135 ([MS-KILE] section 2.2).
        case 23, -128, -133: "rc4-hmac"
        case 24, -135: "rc4-hmac-exp"
        case 25: "camellia128-cts-cmac"
        case 26: "camellia256-cts-cmac"
        default: String(number)
        }
    }
}
