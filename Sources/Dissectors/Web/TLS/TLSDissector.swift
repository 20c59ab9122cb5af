import Crypto
import Observations
import Wire

// Transport Layer Security over TCP: TLS 1.3 (RFC 8446) with its drafts, TLS 1.0 to 1.2 (RFC 2246, 4346, 5246), SSL 3 (RFC 6101)
// and the hellos of SSL 2 (draft-hickman-netscape-ssl-00). Not DTLS, not QUIC.
//
// Read: ClientHello (version, weak suites, server name, first application protocol, JA3, JA4), ServerHello (version, suite,
// compression, heartbeat, secure renegotiation, application protocol, JA3S), the first certificate of the server up to TLS 1.2 and
// whether it is for the name that was asked for, fatal alerts in clear. A client's certificate
// may name a person and is never looked at. After the handshake everything is ciphertext and the conversation is let go, at once
// where the client names a protocol; else when the sizes of the first records tell whether DICOM may be inside (RecordSizes).

final class TLSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.tls
    /// After STARTTLS and its like: the handshake begins a segment, whatever was spoken before.
    static let mayBeginLate = true

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first & 0x80 != 0 { return SSL2Record.probe(head) }
        guard first >= RecordType.changeCipherSpec.rawValue, first <= RecordType.applicationData.rawValue else { return .no }
        guard head.u8(at: 1) ?? 3 == 3, head.u8(at: 2) ?? 0 <= 4 else { return .no }
        if context.isStart { return Self.probeStart(head, first) }
        return Self.probeStart(head, first) == .yes || Self.probeMiddle(head) ? .yes : .no
    }

    /// The first bytes of a side: a ClientHello, a ServerHello or an alert.
    private static func probeStart(_ head: RawSpan, _ type: UInt8) -> Probe {
        guard type == RecordType.handshake.rawValue || type == RecordType.alert.rawValue else { return .no }
        guard let length = head.u16(at: 3).map({ Int($0) }) else { return head.byteCount < 5 ? .notYet : .no }
        if type == RecordType.alert.rawValue {
            guard length == 2 else { return .no }
            guard let level = head.u8(at: 5) else { return .notYet }
            guard level == 1 || level == 2 else { return .no }
            guard let description = head.u8(at: 6) else { return .notYet }
            return Alert.name(description) == nil ? .no : .yes
        }
        guard length >= 1, length <= Record.limit else { return .no }
        guard let message = head.u8(at: 5) else { return .notYet }
        guard message == HandshakeType.clientHello.rawValue || message == HandshakeType.serverHello.rawValue else { return .no }
        // A hello cut into tiny records: the next record has to begin as this one did.
        if length < 6 {
            guard let next = head.u8(at: 5 &+ length), let major = head.u8(at: 6 &+ length) else { return .notYet }
            return next == type && major == 3 ? .yes : .no
        }
        guard let size = head.u32(at: 5).map({ Int($0 & 0xFF_FFFF) }) else { return .notYet }
        // Version, random value, empty session identifier, one suite; and no hello fills more than a few records.
        guard size >= 36, size <= 65536, message == HandshakeType.serverHello.rawValue || size &+ 4 >= length else { return .no }
        guard let version = head.u16(at: 9) else { return head.u8(at: 9) ?? 3 == 3 || head.u8(at: 9) == 0x7F ? .notYet : .no }
        guard version &>> 8 == 3 || (version &>> 8 == 0x7F && message == HandshakeType.serverHello.rawValue) else { return .no }
        // Not in the drafts of TLS 1.3, which have no session identifier here.
        if version < 0x0304, length >= 39, let session = head.u8(at: 43), session > 32 { return .no }
        return .yes
    }

    /// A segment in mid-stream that no other protocol produces: two records on end, or one that ends with the segment.
    private static func probeMiddle(_ head: RawSpan) -> Bool {
        var offset = 0
        for count in 0..<3 {
            guard let header = Record(head, at: offset), header.isPlausible(head.slice(from: offset &+ 5)) else { return false }
            guard header.version == head.u16(at: 1) else { return false }
            if count >= 1 { return true }
            offset &+= 5 &+ header.length
            // What ends with the bytes shown at most need not end with the segment.
            if offset == head.byteCount { return head.byteCount < Dissection.probeLimit }
        }
        return false
    }

    // MARK: State

    private var initiator = Flight()
    private var responder = Flight()
    /// From the end of the handshake on.
    private var sizes: RecordSizes?
    /// The sides whose records are only counted: their handshake is over.
    private var counted = (initiator: false, responder: false)

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if side == .initiator ? self.counted.initiator : self.counted.responder { return self.count(bytes, from: side, context) }
        let consumption =
            switch side {
            case .initiator: self.initiator.consume(bytes, from: side, other: self.responder.said, &context)
            case .responder: self.responder.consume(bytes, from: side, other: self.initiator.said, &context)
            }
        switch consumption.next {
        case .finished:
            // A server of TLS 1.3 said hello; all that follows, of both sides, are records of ciphertext.
            guard self.beginCounting(client: side.other, isTLS13: true) else { return consumption }
            self.counted = (true, true)
            return Consumption(consumption.consumed)
        case .sideFinished where consumption.consumed == 0 && bytes.u8(at: 0) == RecordType.changeCipherSpec.rawValue:
            // Up to TLS 1.2 each side says when it begins to encrypt; the server's hello came before that.
            guard self.beginCounting(client: self.initiator.hello == .client ? .initiator : .responder, isTLS13: false) else {
                return consumption
            }
            if side == .initiator { self.counted.initiator = true } else { self.counted.responder = true }
            return self.count(bytes, from: side, context)
        case .more, .skip, .sideFinished, .handOver, .failed: return consumption
        }
    }

    /// Whether the sizes of records may say something: both hellos were seen, and the client named no protocol.
    private func beginCounting(client: Side, isTLS13: Bool) -> Bool {
        if self.sizes != nil { return true }
        let (asking, answering) = client == .initiator ? (self.initiator, self.responder) : (self.responder, self.initiator)
        guard asking.hello == .client, !asking.namesProtocol, answering.hello == .server, answering.version == (isTLS13 ? .tls13 : .tls12),
            !isTLS13 || asking.isBetweenRecords && answering.isBetweenRecords
        else { return false }
        self.sizes = RecordSizes(client: client, isTLS13: isTLS13)
        return true
    }

    private func count(_ bytes: RawSpan, from side: Side, _ context: DissectionContext) -> Consumption {
        guard bytes.byteCount >= 5 else { return Consumption(0, .more(atLeast: 5)) }
        guard let record = Record(bytes) else { return .finished }
        switch self.sizes?.see(record.type.rawValue, record.length, from: side) {
        case .open: return Consumption(5, .skip(record.length))
        case .isDICOM:
            context.record(.tlsInsideLikely, ApplicationProtocol.dicom.rawValue, about: .server)
            return .finished
        case .isNot, nil: return .finished
        }
    }

    func lost(_ count: Int, from side: Side) {
        // What was lost may be the record that tells.
        self.sizes = nil
        switch side {
        case .initiator: self.initiator.reset()
        case .responder: self.responder.reset()
        }
    }
}

// MARK: - Records

private enum RecordType: UInt8 {
    case changeCipherSpec = 20
    case alert = 21
    case handshake = 22
    case applicationData = 23
    case heartbeat = 24
}

/// The header of a record (RFC 8446 section 5.1).
private struct Record {
    let type: RecordType
    let version: UInt16
    let length: Int

    /// The longest record: 2^14 bytes and what encryption may add (RFC 5246 section 6.2.3).
    static let limit: Int = 16384 + 2048

    init?(_ bytes: RawSpan, at offset: Int = 0) {
        guard let type = bytes.u8(at: offset).flatMap({ RecordType(rawValue: $0) }), let version = bytes.u16(at: offset &+ 1),
            let length = bytes.u16(at: offset &+ 3), (0x0300...0x0304).contains(version), Int(length) <= Self.limit
        else { return nil }
        self.type = type
        self.version = version
        self.length = Int(length)
    }

    /// Whether the length, and the contents as far as they are there, are what such a record has.
    func isPlausible(_ contents: RawSpan) -> Bool {
        switch self.type {
        case .changeCipherSpec: self.length == 1 && contents.u8(at: 0) ?? 1 == 1
        // Two bytes in clear; encrypted, with a MAC or a tag.
        case .alert: self.length == 2 ? (1...2).contains(contents.u8(at: 0) ?? 1) : (18...256).contains(self.length)
        case .handshake: self.length >= 4
        case .applicationData: self.length >= 16
        case .heartbeat: self.length >= 19
        }
    }
}

private enum HandshakeType: UInt8 {
    case helloRequest = 0
    case clientHello = 1
    case serverHello = 2
    case helloVerifyRequest = 3
    case newSessionTicket = 4
    case endOfEarlyData = 5
    /// HelloRetryRequest of the drafts before 22.
    case helloRetryRequest = 6
    case encryptedExtensions = 8
    case certificate = 11
    case serverKeyExchange = 12
    case certificateRequest = 13
    case serverHelloDone = 14
    case certificateVerify = 15
    case clientKeyExchange = 16
    case finished = 20
    case certificateURL = 21
    case certificateStatus = 22
    case supplementalData = 23
    case keyUpdate = 24
    case nextProtocol = 67
    case messageHash = 254
}

// MARK: - One side

/// What one side sends, from its hello until it encrypts.
private struct Flight {
    enum Hello { case client, server, retryRequest }

    /// What the other side has to know.
    struct Said {
        /// What this side said first: it is what makes it the client or the server.
        var hello: Hello?
        /// Of a client: the server that it asked for, where that is a plain name.
        var serverName: [UInt8] = []
        /// Of a client: it can renegotiate securely (RFC 5746).
        var offersSecureRenegotiation = false
    }

    private(set) var said = Said()
    private(set) var hello: Hello? {
        get { self.said.hello }
        set { self.said.hello = newValue }
    }
    /// Of a server: the version that it chose.
    private(set) var version: TLSVersion?
    /// Of a client: it says which protocol is inside (ALPN).
    private(set) var namesProtocol = false
    /// Whether nothing of a record was read that has more to it.
    var isBetweenRecords: Bool { self.record == 0 }
    /// Whether nothing was read yet: only then can it be SSL 2.
    private var isAtStart = true
    /// Bytes of the current handshake record that were not seen yet.
    private var record = 0
    /// A handshake message that is not complete yet.
    private var message: [UInt8] = []
    /// Bytes of handshake messages that nobody needs.
    private var passing = 0

    /// The longest message that is kept.
    private static let messageLimit = 65536

    /// After a loss: what was begun will never be complete.
    mutating func reset() {
        self.isAtStart = true
        self.record = 0
        self.message = []
        self.passing = 0
    }

    mutating func consume(_ bytes: RawSpan, from side: Side, other: Said, _ context: inout DissectionContext) -> Consumption {
        if self.record > 0 {
            let fragment = bytes.slice(from: 0, count: self.record)
            self.record &-= fragment.byteCount
            let next = self.read(fragment, from: side, other: other, &context)
            return Consumption(fragment.byteCount, next)
        }
        if self.isAtStart, let first = bytes.u8(at: 0), first & 0x80 != 0 {
            return self.consumeSSL2(bytes, from: side, other: other, &context)
        }
        guard bytes.byteCount >= 5 else { return Consumption(0, .more(atLeast: 5)) }
        // What this side sends is of no use; what the other says may be.
        guard let record = Record(bytes) else { return self.hello == nil && other.hello == nil ? .failed : Consumption(0, .sideFinished) }
        switch record.type {
        case .handshake:
            self.isAtStart = false
            if self.passing >= record.length {
                self.passing &-= record.length
                return Consumption(5, .skip(record.length))
            }
            self.record = record.length
            return Consumption(5)
        case .alert:
            guard record.length == 2 else { return Consumption(5, .skip(record.length)) }
            guard let level = bytes.u8(at: 5), let description = bytes.u8(at: 6) else { return Consumption(0, .more(atLeast: 7)) }
            guard level == 2 else { return Consumption(7) }
            if let name = Alert.name(description), description != 0 { context.record(.tlsAlert, name, about: context.party(side)) }
            return Consumption(7, .sideFinished)
        case .changeCipherSpec:
            // After HelloRetryRequest it is there for middleboxes only (RFC 8446 appendix D.4).
            return self.hello == .retryRequest || other.hello == .retryRequest ? Consumption(5, .skip(record.length)) : Consumption(0, .sideFinished)
        case .heartbeat:
            return Consumption(5, .skip(record.length))
        case .applicationData:
            if self.hello == nil, other.hello == nil {
                // The handshake was not seen. Up to TLS 1.1 the record still says the version (RFC 4346 section 6.2.1).
                if let version = TLSVersion(wire: record.version), version <= .tls11 {
                    context.record(.tlsVersion, version.rawValue, about: .server)
                }
                return .finished
            }
            return Consumption(0, .sideFinished)
        }
    }

    // MARK: Handshake messages

    /// Reads what a record holds of handshake messages, which begin and end where they like.
    private mutating func read(
        _ fragment: RawSpan, from side: Side, other: Said, _ context: inout DissectionContext
    ) -> Consumption.Next {
        var rest = fragment
        while !rest.isEmpty {
            if self.passing > 0 {
                let count = min(self.passing, rest.byteCount)
                self.passing &-= count
                rest = rest.slice(from: count)
            } else if self.message.isEmpty, self.needed(rest, other) <= rest.byteCount {
                // The usual case: the message is read where it lies.
                let needed = self.needed(rest, other)
                let next = self.handle(rest.slice(from: 0, count: needed), from: side, other: other, &context)
                if let next { return next }
                rest = rest.slice(from: needed)
            } else {
                let needed = self.needed(self.message.rawSpan, other)
                if self.message.count < needed {
                    let count = min(needed &- self.message.count, rest.byteCount)
                    self.message += rest.slice(from: 0, count: count).copied()
                    rest = rest.slice(from: count)
                }
                // More of the message may tell that still more is needed.
                if self.needed(self.message.rawSpan, other) <= self.message.count {
                    let message = self.message
                    self.message = []
                    if let next = self.handle(message.rawSpan, from: side, other: other, &context) { return next }
                }
            }
        }
        // What is left of a message that nobody needs is not asked for: its loss is none.
        let count = min(self.passing, self.record)
        guard count > 0 else { return .more(atLeast: 1) }
        self.passing &-= count
        self.record &-= count
        return .skip(count)
    }

    /// Whether a certificate of this side is the server's.
    private func isServer(_ other: Said) -> Bool { self.hello == .server || (self.hello == nil && other.hello == .client) }

    /// How many bytes of a message are wanted, as far as its first bytes tell: all of a hello, the first certificate of a
    /// server's chain, the header of the others.
    private func needed(_ head: RawSpan, _ other: Said) -> Int {
        guard let header = head.u32(at: 0) else { return 4 }
        let length = 4 &+ Int(header & 0xFF_FFFF)
        switch HandshakeType(rawValue: UInt8(truncatingIfNeeded: header &>> 24)) {
        case .clientHello where self.hello == nil, .serverHello:
            return length <= Self.messageLimit ? length : 4
        case .certificate where self.isServer(other):
            guard length >= 10 else { return 4 }
            guard let low = head.u16(at: 8), let high = head.u8(at: 7) else { return 10 }
            let needed = 10 &+ (Int(high) &<< 16 | Int(low))
            return needed <= min(length, Self.messageLimit) ? needed : 4
        default: return 4
        }
    }

    /// Notes what a message says.
    /// - Returns: what to do where this was the last message of interest.
    private mutating func handle(
        _ message: RawSpan, from side: Side, other: Said, _ context: inout DissectionContext
    ) -> Consumption.Next? {
        guard let header = message.u32(at: 0), let type = HandshakeType(rawValue: UInt8(truncatingIfNeeded: header &>> 24)) else {
            // No message has this number: it is ciphertext.
            return .sideFinished
        }
        self.passing = max(0, 4 &+ Int(header & 0xFF_FFFF) &- message.byteCount)
        let body = message.slice(from: 4)
        switch type {
        case .clientHello:
            guard self.hello == nil, let hello = try? ClientHello(body) else { return nil }
            self.hello = .client
            self.namesProtocol = hello.firstProtocol != nil
            self.said.offersSecureRenegotiation = hello.offersSecureRenegotiation
            if hello.isServerNamePlain { self.said.serverName = hello.serverName }
            context.declare(side, is: .client)
            if hello.isServerNamePlain {
                context.record(.tlsServerName, hello.serverName.rawSpan, about: .conversation)
                context.record(.tlsServerName, hello.serverName.rawSpan, about: context.party(side.other))
            }
            context.note(hello.sign(context.sign(side, about: context.party(side))), { Self.record(hello, from: side, context) })
        case .serverHello:
            guard self.hello != .client, let hello = try? ServerHello(body) else { return nil }
            context.declare(side, is: .server)
            context.note(hello.sign(context.sign(side, about: context.party(side))), { Self.record(hello, from: side, context) })
            if hello.isRetryRequest {
                self.hello = .retryRequest
                return nil
            }
            self.hello = .server
            self.version = hello.version
            if other.offersSecureRenegotiation, hello.isRenegotiationInsecure { context.record(.tlsRenegotiation, "insecure", about: context.party(side)) }
            // From here on TLS 1.3 encrypts.
            if hello.version == .tls13 { return other.hello == .client ? .finished : .sideFinished }
        case .helloRetryRequest:
            context.declare(side, is: .server)
            self.hello = .retryRequest
        case .certificate:
            if self.isServer(other), message.byteCount > 10 {
                Self.record(certificate: message.slice(from: 10), askedFor: other.serverName, from: side, context)
            }
        default: break
        }
        return nil
    }

    // MARK: SSL 2

    private mutating func consumeSSL2(
        _ bytes: RawSpan, from side: Side, other: Said, _ context: inout DissectionContext
    ) -> Consumption {
        guard let header = bytes.u16(at: 0) else { return Consumption(0, .more(atLeast: 2)) }
        let length = Int(header & 0x7FFF)
        guard bytes.byteCount >= 2 &+ length else { return Consumption(0, .more(atLeast: 2 &+ length)) }
        let body = bytes.slice(from: 2, count: length)
        self.isAtStart = false
        if let hello = try? ClientHello(ssl2: body) {
            self.hello = .client
            context.declare(side, is: .client)
            Self.record(hello, from: side, context)
            // With a later version in it, what follows are the records of that version.
            return hello.version == .ssl2 ? Consumption(0, .sideFinished) : Consumption(2 &+ length)
        }
        if let hello = try? SSL2ServerHello(body) {
            self.hello = .server
            context.declare(side, is: .server)
            context.record(.tlsVersion, TLSVersion.ssl2.rawValue, about: context.party(side))
            Self.record(certificate: hello.certificate, askedFor: [], from: side, context)
        }
        return other.hello == .client ? .finished : Consumption(0, .sideFinished)
    }

    // MARK: Observations

    private static func record(_ hello: ClientHello, from side: Side, _ context: DissectionContext) {
        let client = context.party(side)
        if let version = hello.version { context.record(.tlsVersionOffered, version.rawValue, about: client) }
        for name in hello.weaknesses.names { context.record(.tlsCipherOfferedWeak, name, about: client) }
        if let name = hello.firstProtocol, !isGREASE(name) { context.record(.tlsALPN, name.rawSpan, about: client) }
        if hello.isWhole {
            context.record(.tlsJA3, JA3.fingerprint(hello), about: client)
            context.record(.tlsJA4, JA4.fingerprint(hello), about: client)
        }
    }

    /// Clients may offer a protocol that does not exist (RFC 8701 section 2).
    private static func isGREASE(_ name: [UInt8]) -> Bool {
        let span = name.rawSpan
        return span.byteCount == 2 && Dissectors.isGREASE(span.u16(at: 0) ?? 0)
    }

    private static func record(_ hello: ServerHello, from side: Side, _ context: DissectionContext) {
        let server = context.party(side)
        if let version = hello.version { context.record(.tlsVersion, version.rawValue, about: server) }
        context.record(.tlsCipher, CipherSuite(hello.suite).name, about: server)
        context.record(.tlsALPN, hello.chosenProtocol.rawSpan, about: server)
        if let compression = hello.compressionName { context.record(.tlsCompression, compression, about: server) }
        if hello.extensions.contains(ServerHello.heartbeat) { context.record(.tlsHeartbeat, 1, about: server) }
        // The hello that asks for another one is the same for all clients.
        if hello.isWhole, !hello.isRetryRequest { context.record(.tlsJA3S, JA3.fingerprint(hello), about: server) }
    }

    private static func record(certificate bytes: RawSpan, askedFor name: [UInt8], from side: Side, _ context: DissectionContext) {
        guard let certificate = X509Certificate(bytes) else { return }
        let server = context.party(side)
        context.record(.tlsCertificateSubject, certificate.subject, about: server)
        context.record(.tlsCertificateIssuer, certificate.issuer, about: server)
        for name in certificate.names { context.record(.tlsCertificateName, name, about: server) }
        if let time = certificate.notBefore {
            context.record(.tlsCertificateNotBefore, time, about: server)
            let seconds = time.seconds &- context.evidence.time.seconds
            if seconds > 0 { context.record(.tlsCertificateNotYetValid, (seconds &+ 86399) / 86400, about: server) }
            if let end = certificate.notAfter, end > time { context.record(.tlsCertificateValidity, (end.seconds &- time.seconds) / 86400, about: server) }
        }
        if let time = certificate.notAfter {
            context.record(.tlsCertificateNotAfter, time, about: server)
            // A day that has begun counts: a certificate that ended this morning is expired.
            let seconds = context.evidence.time.seconds &- time.seconds
            if seconds > 0 { context.record(.tlsCertificateExpired, (seconds &+ 86399) / 86400, about: server) }
        }
        if let kind = certificate.keyKind { context.record(.tlsCertificateKey, kind, about: server) }
        if let bits = certificate.keyBits { context.record(.tlsCertificateKeyBits, Int64(bits), about: server) }
        if let signature = certificate.signature { context.record(.tlsCertificateSignature, signature, about: server) }
        if certificate.isFor(name) == false { context.record(.tlsCertificateMismatch, 1, about: server) }
        if certificate.isSelfSigned { context.record(.tlsCertificateSelfSigned, 1, about: server) }
        context.record(.tlsCertificateFingerprint, hexadecimal(SHA256.hash(data: bytes.copied())), about: server)
    }
}

/// The record of SSL 2: two octets of length, the highest bit set, no type and no version.
private enum SSL2Record {
    static func probe(_ head: RawSpan) -> Probe {
        guard let type = head.u8(at: 2) else { return .notYet }
        let length = Int((head.u16(at: 0) ?? 0) & 0x7FFF)
        switch type {
        // ERROR (section 5.10 of the draft).
        case 0:
            guard length == 3 else { return .no }
            guard let code = head.u16(at: 3) else { return .notYet }
            return [1, 2, 4, 6].contains(code) ? .yes : .no
        // CLIENT-HELLO
        case 1:
            guard length >= 28, length <= 4096 else { return .no }
            guard let version = head.u16(at: 3) else { return head.u8(at: 3) ?? 3 == 3 || head.u8(at: 3) == 0 ? .notYet : .no }
            guard version == 0x0002 || (0x0300...0x0303).contains(version) else { return .no }
            guard let suites = head.u16(at: 5), let session = head.u16(at: 7), let challenge = head.u16(at: 9) else { return .notYet }
            return suites > 0 && suites % 3 == 0 && (session == 0 || session == 16) && (16...32).contains(challenge)
                && 9 &+ Int(suites) &+ Int(session) &+ Int(challenge) == length ? .yes : .no
        // SERVER-HELLO
        case 4:
            guard length >= 27 else { return .no }
            guard head.u8(at: 3) ?? 0 <= 1, head.u8(at: 4) ?? 0 <= 1 else { return .no }
            guard let version = head.u16(at: 5) else { return .notYet }
            guard version == 0x0002 else { return .no }
            guard let certificate = head.u16(at: 7), let suites = head.u16(at: 9), let connection = head.u16(at: 11) else { return .notYet }
            return suites % 3 == 0 && (16...32).contains(connection)
                && 11 &+ Int(certificate) &+ Int(suites) &+ Int(connection) == length ? .yes : .no
        default: return .no
        }
    }
}
