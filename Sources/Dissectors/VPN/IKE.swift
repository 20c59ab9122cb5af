import Observations
import Wire

// The Internet Key Exchange over UDP, versions 1 (RFC 2408, 2409) and 2 (RFC 7296), with and without the marker that tells it from
// ESP on the port for NAT traversal (RFC 3948 section 2.2), and ESP in UDP itself.
//
// Read: version, exchange, what the client proposes and what the server chooses (algorithms, and in version 1 the method of
// authentication), vendor IDs. Identities, which name persons in aggressive mode, keys and certificates are not looked at.

enum IKEDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ike
    static let usualPorts: Set<UInt16> = [500, 4500]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        let hasMarker = datagram.u32(at: 0) == 0
        let message = hasMarker ? datagram.slice(from: 4) : datagram
        if let header = IKEHeader(message, isCut: context.isCut), IKEPayload.areWhole(message, header, isCut: context.isCut) {
            Self.record(message, header, from: side, &context)
            return .more
        }
        // The negotiation was seen in this conversation: what has no marker is the tunnel (RFC 3948 section 2.1), an octet FFh keeps
        // the translation of addresses alive (section 2.3).
        guard context.protocols.contains(.ike) else { return .no }
        if ESPDatagramDissector.isPacket(datagram) {
            if !context.protocols.contains(.esp) {
                context.protocols.add(.esp)
                context.record(.serviceProtocol, ApplicationProtocol.esp.rawValue, about: .server)
            }
            return .finished
        }
        return .more
    }

    private static func record(_ message: RawSpan, _ header: IKEHeader, from side: Side, _ context: inout DissectionContext) {
        if let isClient = header.isFromInitiator { context.declare(side, is: isClient ? .client : .server) }
        let isChosen = header.isResponderKnown
        if isChosen, context.role(of: side) == .server {
            context.record(.ikeVersion, header.version == .one ? "1" : "2", about: .server)
        }
        guard !header.isEncrypted else { return }
        var payloads = IKEPayloads(message, header)
        var vendors = 0
        while let payload = payloads.next() {
            switch payload.kind {
            case .securityAssociation:
                // What follows an answer of version 1 is a new negotiation only under encryption.
                if isChosen { context.declare(side, is: header.version == .two && header.isFromInitiator == true ? .client : .server) }
                Self.record(payload.body, header, isChosen: isChosen, from: side, context)
            case .vendorID where vendors < Self.vendorLimit && payload.body.byteCount >= 4:
                vendors &+= 1
                context.record(.ikeVendorID, hexadecimal(payload.body.copied(limit: 32)), about: context.party(side))
            case .vendorID, .encrypted, .other: break
            }
        }
    }

    /// The most vendor IDs that are noted of a message.
    private static let vendorLimit = 24

    private static func record(_ body: RawSpan, _ header: IKEHeader, isChosen: Bool, from side: Side, _ context: DissectionContext) {
        let offer = header.version == .one ? IKEOffer(version1: body) : IKEOffer(version2: body)
        let party = context.party(side)
        for name in offer.algorithms { context.record(isChosen ? .ikeChosen : .ikeProposed, name, about: party) }
        guard isChosen, let method = offer.methods.first else { return }
        context.record(header.exchange == IKEHeader.aggressive ? .ikeAggressive : .ikeAuthentication, method, about: party)
    }
}

/// ESP in UDP (RFC 3948 section 2.1) of which the negotiation was not seen. It has no structure but an identifier and a number:
/// this is the one place where the port has to agree with the bytes.
enum ESPDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.esp
    static let usualPorts: Set<UInt16> = [4500]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard context.initiator.port == 4500 || context.responder.port == 4500, Self.isPacket(datagram),
            // A tunnel is renewed long before it has sent so many packets.
            let number = datagram.u32(at: 4), number < 0x0800_0000, context.isCut || datagram.byteCount % 4 == 0
        else { return .no }
        return .finished
    }

    /// Identifiers below 256 are reserved (RFC 4303 section 2.1), the first number is 1; then at least a block and a check value.
    static func isPacket(_ datagram: RawSpan) -> Bool {
        guard let identifier = datagram.u32(at: 0), let number = datagram.u32(at: 4) else { return false }
        return identifier > 255 && number > 0 && datagram.byteCount >= 28
    }
}

// MARK: - Messages

/// The header of a message: 28 octets (RFC 2408 section 3.1, RFC 7296 section 3.1).
private struct IKEHeader {
    enum Version { case one, two }

    static let length = 28
    static let aggressive: UInt8 = 4

    let version: Version
    let exchange: UInt8
    let firstPayload: UInt8
    let flags: UInt8
    /// Whether the responder's identifier is there: from its first answer on.
    let isResponderKnown: Bool

    /// Fails where a field has a value that it cannot have.
    init?(_ message: RawSpan, isCut: Bool) {
        guard let initiator = message.u64(at: 0), let responder = message.u64(at: 8), initiator != 0, let first = message.u8(at: 16),
            let version = message.u8(at: 17), let exchange = message.u8(at: 18), let flags = message.u8(at: 19),
            let identifier = message.u32(at: 20), let length = message.u32(at: 24).flatMap({ Int(exactly: $0) }), length > Self.length,
            length == message.byteCount || isCut && length > message.byteCount
        else { return nil }
        switch version {
        case 0x10:
            // The exchanges of RFC 2408 section 3.1 and RFC 2409 appendix A; flags: encryption, commit, authentication only.
            guard [1, 2, 3, 4, 5, 6, 32, 33].contains(exchange), flags & 0xF8 == 0, first != 0,
                flags & 1 != 0 || first <= 21 || (128...133).contains(first)
            else { return nil }
            // Phase 1 has no message identifier, all others have.
            guard exchange > 4 || identifier == 0 else { return nil }
            self.version = .one
        case 0x20:
            guard (34...44).contains(exchange), flags & 0xC7 == 0, first == 0 || (33...54).contains(first) else { return nil }
            guard exchange != 34 || identifier <= 8 else { return nil }
            self.version = .two
        default: return nil
        }
        self.exchange = exchange
        self.firstPayload = first
        self.flags = flags
        self.isResponderKnown = responder != 0
    }

    var isEncrypted: Bool { self.version == .one && self.flags & 1 != 0 }
    /// Whether the side that began the negotiation sent it; `nil` where the header does not say.
    var isFromInitiator: Bool? {
        switch self.version {
        case .one: self.isResponderKnown ? nil : true
        case .two: self.flags & 0x08 != 0
        }
    }
}

private struct IKEPayload: ~Escapable {
    enum Kind { case securityAssociation, vendorID, encrypted, other }
    let kind: Kind
    let body: RawSpan

    @_lifetime(copy body)
    init(_ kind: Kind, _ body: RawSpan) {
        self.kind = kind
        self.body = body
    }

    static func kind(_ number: UInt8, _ version: IKEHeader.Version) -> Kind {
        switch (version, number) {
        case (.one, 1), (.two, 33): .securityAssociation
        case (.one, 13), (.two, 43): .vendorID
        // Encrypted and authenticated, and fragments of it (RFC 7383).
        case (.two, 46), (.two, 53): .encrypted
        default: .other
        }
    }

    /// Whether the payloads fill the message, each with a length that it can have.
    static func areWhole(_ message: RawSpan, _ header: IKEHeader, isCut: Bool) -> Bool {
        if header.isEncrypted { return message.byteCount >= IKEHeader.length &+ 8 || isCut }
        var payloads = IKEPayloads(message, header)
        while payloads.next() != nil {}
        return payloads.isAtEnd || isCut && payloads.count > 0
    }
}

/// The chain of payloads, each with the kind of the next in front (RFC 2408 section 3.2, RFC 7296 section 3.2).
private struct IKEPayloads: ~Escapable {
    private var rest: ByteReader
    private var nextKind: UInt8
    private let version: IKEHeader.Version
    private(set) var count = 0
    /// The most payloads of a message.
    private static let limit = 64

    @_lifetime(copy message)
    init(_ message: RawSpan, _ header: IKEHeader) {
        self.rest = ByteReader(message.slice(from: IKEHeader.length))
        self.nextKind = header.firstPayload
        self.version = header.version
    }

    var isAtEnd: Bool { self.nextKind == 0 && self.rest.isEmpty }

    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func next() -> IKEPayload? {
        guard self.nextKind != 0, self.count < Self.limit else { return nil }
        do throws(Truncated) {
            let following = try self.rest.u8()
            // Reserved; in version 2 its first bit is the critical flag.
            guard try self.rest.u8() & 0x7F == 0 else { return nil }
            let length = Int(try self.rest.u16())
            guard length >= 4 else { return nil }
            let body = try self.rest.take(length &- 4)
            let kind = IKEPayload.kind(self.nextKind, self.version)
            self.count &+= 1
            // What follows the encrypted payload is inside it.
            self.nextKind = kind == .encrypted ? 0 : following
            return IKEPayload(kind, body)
        } catch { return nil }
    }
}

// MARK: - Security association

/// The algorithms and methods in a security association payload.
private struct IKEOffer {
    private(set) var algorithms: [String] = []
    private(set) var methods: [String] = []
    /// The most names that are kept.
    private static let limit = 64

    private mutating func add(_ name: String) {
        if self.algorithms.count < Self.limit, !self.algorithms.contains(name) { self.algorithms.append(name) }
    }

    /// Shows every transform of the proposals for IKE itself, from behind its length. Both versions lay them out alike (RFC 2408 sections
    /// 3.5 and 3.6, RFC 7296 sections 3.3.1 and 3.3.2).
    private static func forEachTransform(
        _ reader: inout ByteReader, _ read: (inout ByteReader) throws(Truncated) -> Void
    ) throws(Truncated) {
        while reader.remaining >= 8 {
            try reader.skip(2)
            let length = Int(try reader.u16())
            guard length >= 8 else { return }
            var proposal = try reader.nested(length &- 4)
            try proposal.skip(1)
            let protocolID = try proposal.u8()
            let identifierLength = Int(try proposal.u8())
            try proposal.skip(1 &+ identifierLength)
            guard protocolID == 1 else { continue }
            while proposal.remaining >= 8 {
                try proposal.skip(2)
                let length = Int(try proposal.u16())
                guard length >= 8 else { return }
                var transform = try proposal.nested(length &- 4)
                try read(&transform)
            }
        }
    }

    /// RFC 2408 sections 3.4 to 3.6; the attributes of RFC 2409 appendix A.
    init(version1 body: RawSpan) {
        do throws(Truncated) {
            var reader = ByteReader(body)
            // Domain of interpretation and situation of IPsec (RFC 2407 section 4.2).
            guard try reader.u32() == 1 else { return }
            try reader.skip(4)
            try Self.forEachTransform(&reader) { transform throws(Truncated) in
                try transform.skip(4)
                try self.readAttributes(&transform)
            }
        } catch {}
    }

    private mutating func readAttributes(_ transform: inout ByteReader) throws(Truncated) {
        var cipher: UInt16?
        var keyLength: UInt16 = 0
        while !transform.isEmpty {
            let type = try transform.u16()
            let value = try transform.u16()
            // Without the first bit the second word is a length.
            guard type & 0x8000 != 0 else {
                try transform.skip(Int(value))
                continue
            }
            switch type & 0x7FFF {
            case 1: cipher = value
            case 2: self.add(IKEName.hash(value))
            case 3: if self.methods.count < Self.limit { self.methods.append(IKEName.method(value)) }
            case 4: self.add(IKEName.group(value))
            case 14: keyLength = value
            default: break
            }
        }
        if let cipher { self.add(IKEName.cipher1(cipher, keyLength)) }
    }

    /// RFC 7296 section 3.3.
    init(version2 body: RawSpan) {
        do throws(Truncated) {
            var reader = ByteReader(body)
            try Self.forEachTransform(&reader) { transform throws(Truncated) in
                let type = try transform.u8()
                try transform.skip(1)
                let identifier = try transform.u16()
                var keyLength: UInt16 = 0
                if transform.remaining >= 4, try transform.u16() == 0x800E { keyLength = try transform.u16() }
                switch type {
                case 1: self.add(IKEName.cipher2(identifier, keyLength))
                case 2: self.add(IKEName.pseudoRandom(identifier))
                // 0: none, beside a cipher that authenticates.
                case 3: if identifier != 0 { self.add(IKEName.integrity(identifier)) }
                case 4: if identifier != 0 { self.add(IKEName.group(identifier)) }
                default: break
                }
            }
        } catch {}
    }
}

/// Names of the IANA registries "Internet Key Exchange (IKE) Attributes" and "Internet Key Exchange Version 2 (IKEv2) Parameters".
private enum IKEName {
    private static func sized(_ name: String, _ length: UInt16) -> String { length == 0 ? name : "\(name)-\(length)" }

    static func cipher1(_ number: UInt16, _ keyLength: UInt16) -> String {
        switch number {
        case 1: "des"
        case 2: "idea"
        case 3: Self.sized("blowfish", keyLength)
        case 4: "rc5"
        case 5: "3des"
        case 6: Self.sized("cast", keyLength)
        case 7: Self.sized("aes-cbc", keyLength)
        case 8: Self.sized("camellia-cbc", keyLength)
        default: "encryption-\(number)"
        }
    }

    static func cipher2(_ number: UInt16, _ keyLength: UInt16) -> String {
        switch number {
        case 1, 2, 9: "des"
        case 3: "3des"
        case 4: "rc5"
        case 5: "idea"
        case 6: Self.sized("cast", keyLength)
        case 7: Self.sized("blowfish", keyLength)
        case 11: "null"
        case 12: Self.sized("aes-cbc", keyLength)
        case 13: Self.sized("aes-ctr", keyLength)
        case 14...16: Self.sized("aes-ccm", keyLength)
        case 18...20: Self.sized("aes-gcm", keyLength)
        case 23: Self.sized("camellia-cbc", keyLength)
        case 24: Self.sized("camellia-ctr", keyLength)
        case 28: "chacha20-poly1305"
        default: "encryption-\(number)"
        }
    }

    static func hash(_ number: UInt16) -> String {
        switch number {
        case 1: "md5"
        case 2: "sha1"
        case 3: "tiger"
        case 4: "sha2-256"
        case 5: "sha2-384"
        case 6: "sha2-512"
        default: "hash-\(number)"
        }
    }

    static func pseudoRandom(_ number: UInt16) -> String {
        switch number {
        case 1: "prf-hmac-md5"
        case 2: "prf-hmac-sha1"
        case 3: "prf-hmac-tiger"
        case 4: "prf-aes128-xcbc"
        case 5: "prf-hmac-sha2-256"
        case 6: "prf-hmac-sha2-384"
        case 7: "prf-hmac-sha2-512"
        case 8: "prf-aes128-cmac"
        default: "prf-\(number)"
        }
    }

    static func integrity(_ number: UInt16) -> String {
        switch number {
        case 1: "hmac-md5-96"
        case 2: "hmac-sha1-96"
        case 3: "des-mac"
        case 4: "kpdk-md5"
        case 5: "aes-xcbc-96"
        case 6: "hmac-md5-128"
        case 7: "hmac-sha1-160"
        case 8: "aes-cmac-96"
        case 12: "hmac-sha2-256-128"
        case 13: "hmac-sha2-384-192"
        case 14: "hmac-sha2-512-256"
        default: "integrity-\(number)"
        }
    }

    static func group(_ number: UInt16) -> String {
        switch number {
        case 1: "modp768"
        case 2: "modp1024"
        case 3: "ec2n155"
        case 4: "ec2n185"
        case 5: "modp1536"
        case 14: "modp2048"
        case 15: "modp3072"
        case 16: "modp4096"
        case 17: "modp6144"
        case 18: "modp8192"
        case 19: "ecp256"
        case 20: "ecp384"
        case 21: "ecp521"
        case 22: "modp1024s160"
        case 23: "modp2048s224"
        case 24: "modp2048s256"
        case 25: "ecp192"
        case 26: "ecp224"
        case 27: "ecp224bp"
        case 28: "ecp256bp"
        case 29: "ecp384bp"
        case 30: "ecp512bp"
        case 31: "curve25519"
        case 32: "curve448"
        case 35: "ml-kem-512"
        case 36: "ml-kem-768"
        case 37: "ml-kem-1024"
        default: "group-\(number)"
        }
    }

    /// RFC 2409 appendix A; hybrid and extended authentication from draft-ietf-ipsec-isakmp-hybrid-auth and draft-beaulieu-ike-xauth.
    static func method(_ number: UInt16) -> String {
        switch number {
        case 1: "psk"
        case 2: "dss-signature"
        case 3: "rsa-signature"
        case 4, 5: "rsa-encryption"
        case 8...11: "ecdsa-signature"
        case 64221...64228: "hybrid"
        case 65001, 65002: "xauth-psk"
        case 65003, 65004: "xauth-dss"
        case 65005, 65006: "xauth-rsa"
        case 65007...65010: "xauth-rsa-encryption"
        default: "method-\(number)"
        }
    }
}
