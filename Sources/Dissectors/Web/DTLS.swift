import Crypto
import Observations
import Wire

// Datagram Transport Layer Security: 1.0 (RFC 4347), 1.2 (RFC 6347) and 1.3 (RFC 9147), and the variant from before 1.0 that old private networks use.
//
// Read: ClientHello (version, server name, application protocol, weak suites), ServerHello (version, suite), the first certificate of the
// server up to 1.2 where one record holds it. A message in several fragments is read as far as its first one goes. A client's
// certificate may name a person and is never looked at.

enum DTLSDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.dtls
    static let usualPorts: Set<UInt16> = [443, 4433, 5349, 5684, 10161]

    static func mayBegin(_ octet: UInt8) -> Bool { DTLSRecord.types.contains(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard DTLSRecord.areWhole(datagram, isCut: context.isCut) else {
            // Ciphertext of version 1.3 has a header of its own (RFC 9147 section 4).
            guard context.protocols.contains(.dtls), let first = datagram.u8(at: 0), first & 0xE0 == 0x20 else { return .no }
            return .finished
        }
        var rest = datagram
        var count = 0
        while count < DTLSRecord.limit, let record = DTLSRecord(rest) {
            count &+= 1
            rest = rest.slice(from: DTLSRecord.header &+ record.contents.byteCount)
            // Ciphertext: the handshake is over.
            if record.epoch > 0 { return context.protocols.contains(.dtls) ? .finished : .more }
            if record.type == 22 { Self.readMessages(record.contents, from: side, &context) }
        }
        return .more
    }

    private static func readMessages(_ contents: RawSpan, from side: Side, _ context: inout DissectionContext) {
        var reader = ByteReader(contents)
        while let message = DTLSMessage(&reader) {
            guard message.isFirst else { continue }
            switch message.type {
            case 1:
                context.declare(side, is: .client)
                guard let hello = Self.clientHello(message) else { continue }
                let party = context.party(side)
                if let version = Self.highest(hello) { context.record(.dtlsVersionOffered, version, about: party) }
                TLSHandshakeFacts.record(hello, from: side, context)
            case 2:
                context.declare(side, is: .server)
                guard message.isWhole, let hello = try? ServerHello(message.body) else { continue }
                if let version = Self.name(hello.selectedVersion ?? hello.legacyVersion) { context.record(.dtlsVersion, version, about: context.party(side)) }
                TLSHandshakeFacts.record(hello, from: side, context)
            // HelloVerifyRequest
            case 3: context.declare(side, is: .server)
            case 11 where message.isWhole && context.role(of: side) == .server && context.rolesAreSure:
                TLSHandshakeFacts.record(certificates: message.body, from: side, context)
            default: break
            }
        }
    }

    /// The hello without the cookie that TLS does not have (RFC 6347 section 4.2.1).
    private static func clientHello(_ message: borrowing DTLSMessage) -> ClientHello? {
        let body = message.body
        guard let session = body.u8(at: 34), let cookie = body.u8(at: 35 &+ Int(session)) else { return nil }
        let front = 35 &+ Int(session)
        let plain = body.slice(from: 0, count: front).copied() + body.slice(from: front &+ 1 &+ Int(cookie)).copied()
        return message.isWhole ? try? ClientHello(plain.rawSpan) : ClientHello(beginning: plain.rawSpan)
    }

    private static func highest(_ hello: ClientHello) -> String? {
        // Later versions have lower numbers.
        Self.name(hello.versions.filter { $0 &>> 8 == 0xFE }.min() ?? hello.legacyVersion)
    }

    private static func name(_ version: UInt16) -> String? {
        switch version {
        case 0xFEFC: "DTLSv1.3"
        case 0xFEFD: "DTLSv1.2"
        case 0xFEFF, 0x0100: "DTLSv1.0"
        default: nil
        }
    }
}

/// A record (RFC 6347 section 4.1): type, version, epoch, number, length.
private struct DTLSRecord: ~Escapable {
    static let header = 13
    /// The most records of a datagram.
    static let limit = 24
    /// From change_cipher_spec to heartbeat; with a connection identifier (25, RFC 9146) the length is elsewhere.
    static let types: ClosedRange<UInt8> = 20...24

    let type: UInt8
    let epoch: UInt16
    let contents: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let type = bytes.u8(at: 0), Self.types.contains(type), let version = bytes.u16(at: 1), version == 0xFEFD || version == 0xFEFF || version == 0x0100,
            let epoch = bytes.u16(at: 3), epoch < 64, let length = bytes.u16(at: 11), length > 0, length <= 16384 &+ 2048
        else { return nil }
        self.type = type
        self.epoch = epoch
        self.contents = bytes.slice(from: Self.header, count: Int(length))
    }

    /// Whether records fill the datagram, and handshake messages the records that hold them in clear.
    static func areWhole(_ datagram: RawSpan, isCut: Bool) -> Bool {
        var rest = datagram
        var count = 0
        while !rest.isEmpty, count < Self.limit {
            guard let record = DTLSRecord(rest), let length = rest.u16(at: 11) else { return isCut && count > 0 || Self.isCiphertext13(rest) && count > 0 }
            guard record.contents.byteCount == Int(length) else { return isCut }
            if record.epoch == 0 {
                switch record.type {
                case 20: guard length == 1 else { return false }
                case 21: guard length == 2 else { return false }
                case 22:
                    var reader = ByteReader(record.contents)
                    while let message = DTLSMessage(&reader) { if !message.isKnown { return false } }
                    guard reader.isEmpty else { return false }
                default: return false
                }
            } else if length < 16 {
                return false
            }
            rest = rest.slice(from: Self.header &+ Int(length))
            count &+= 1
        }
        return count > 0
    }

    private static func isCiphertext13(_ rest: RawSpan) -> Bool { rest.u8(at: 0).map { $0 & 0xE0 == 0x20 } ?? false }
}

/// A message or a fragment of one (RFC 6347 section 4.2.2).
private struct DTLSMessage: ~Escapable {
    let type: UInt8
    let isFirst: Bool
    let isWhole: Bool
    let body: RawSpan

    var isKnown: Bool { self.type <= 26 || self.type == 67 || self.type == 254 }

    /// Reads one; does not move where there is none.
    @_lifetime(copy reader)
    init?(_ reader: inout ByteReader) {
        guard let head = reader.rest.u32(at: 0), let offset = reader.rest.u32(at: 5), let count = reader.rest.u32(at: 8) else { return nil }
        let length = head & 0xFF_FFFF
        let start = offset & 0xFF_FFFF
        let size = count & 0xFF_FFFF
        guard length <= 0x2_0000, start <= length, size <= length &- start else { return nil }
        self.type = UInt8(truncatingIfNeeded: head &>> 24)
        self.isFirst = start == 0
        self.isWhole = size == length
        guard reader.remaining >= 12 &+ Int(size), (try? reader.skip(12)) != nil, let body = try? reader.take(Int(size)) else { return nil }
        self.body = body
    }
}

// MARK: - What hellos and certificates say

/// Notes of hellos and certificates outside of TLS over TCP: in DTLS, in QUIC, in OpenVPN's control channel.
enum TLSHandshakeFacts {
    /// Server name, application protocol and weak suites.
    static func record(_ hello: ClientHello, from side: Side, _ context: DissectionContext) {
        if hello.isServerNamePlain {
            context.record(.tlsServerName, hello.serverName.rawSpan, about: .conversation)
            context.record(.tlsServerName, hello.serverName.rawSpan, about: context.party(side.other))
        }
        for name in hello.weaknesses.names { context.record(.tlsCipherOfferedWeak, name, about: context.party(side)) }
        // Clients may offer a protocol that does not exist (RFC 8701 section 2): two octets that no name has.
        if let name = hello.firstProtocol, name.rawSpan.isText { context.record(.tlsALPN, name.rawSpan, about: context.party(side)) }
    }

    static func record(_ hello: ServerHello, from side: Side, _ context: DissectionContext) {
        guard !hello.isRetryRequest else { return }
        context.record(.tlsCipher, CipherSuite(hello.suite).name, about: context.party(side))
        context.record(.tlsALPN, hello.chosenProtocol.rawSpan, about: context.party(side))
    }

    /// - Parameter body: a Certificate message of TLS 1.2 and before: the length of the list, then of the first.
    static func record(certificates body: RawSpan, from side: Side, _ context: DissectionContext) {
        var reader = ByteReader(body)
        guard (try? reader.skip(3)) != nil, let length = try? reader.u24(), let bytes = try? reader.take(Int(length)),
            let certificate = X509Certificate(bytes)
        else { return }
        let server = context.party(side)
        context.record(.tlsCertificateSubject, certificate.subject, about: server)
        context.record(.tlsCertificateIssuer, certificate.issuer, about: server)
        for name in certificate.names { context.record(.tlsCertificateName, name, about: server) }
        if let time = certificate.notBefore { context.record(.tlsCertificateNotBefore, time, about: server) }
        if let time = certificate.notAfter { context.record(.tlsCertificateNotAfter, time, about: server) }
        if let kind = certificate.keyKind { context.record(.tlsCertificateKey, kind, about: server) }
        if let bits = certificate.keyBits { context.record(.tlsCertificateKeyBits, Int64(clamping: bits), about: server) }
        if let signature = certificate.signature { context.record(.tlsCertificateSignature, signature, about: server) }
        context.record(.tlsCertificateFingerprint, hexadecimal(SHA256.hash(data: bytes.copied())), about: server)
    }

    /// Reads the server's messages in records of TLS, as far as they are there.
    static func readServer(records: RawSpan, from side: Side, _ context: inout DissectionContext) {
        var rest = records
        var count = 0
        while count < 16, rest.u8(at: 0) == 22, let length = rest.u16(at: 3) {
            count &+= 1
            var reader = ByteReader(rest.slice(from: 5, count: Int(length)))
            rest = rest.slice(from: 5 &+ Int(length))
            while let head = try? reader.u32(), let body = try? reader.take(Int(head & 0xFF_FFFF)) {
                switch head &>> 24 {
                case 1: context.declare(side, is: .client)
                case 2:
                    context.declare(side, is: .server)
                    guard let hello = try? ServerHello(body) else { return }
                    if let version = hello.version { context.record(.tlsVersion, version.rawValue, about: context.party(side)) }
                    Self.record(hello, from: side, context)
                case 11:
                    if context.rolesAreSure, context.role(of: side) == .server { Self.record(certificates: body, from: side, context) }
                default: break
                }
            }
        }
    }
}

extension ClientHello {
    /// Reads the beginning of a hello whose end is in another packet: what it says of its extensions is cut to what is there.
    init?(beginning body: RawSpan) {
        var reader = ByteReader(body)
        let offset: Int
        do throws(Truncated) {
            try reader.skip(34)
            try reader.skip(Int(try reader.u8()))
            try reader.skip(Int(try reader.u16()))
            try reader.skip(Int(try reader.u8()))
            offset = reader.offset
            try reader.skip(2)
        } catch { return nil }
        let rest = reader.rest
        let length = UInt16(truncatingIfNeeded: min(rest.byteCount, 0xFFFF))
        let cut = body.slice(from: 0, count: offset).copied() + [UInt8(truncatingIfNeeded: length &>> 8), UInt8(truncatingIfNeeded: length)] + rest.copied(limit: 0xFFFF)
        guard let hello = try? ClientHello(cut.rawSpan) else { return nil }
        self = hello
    }
}
