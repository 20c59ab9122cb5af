import Crypto
import Observations
import Wire

// The Secure Shell transport protocol (RFC 4253).
//
// Read, of both sides: the identification string (section 4.2) and the algorithms offered in SSH_MSG_KEXINIT (section 7.1),
// with their HASSH fingerprint; of the server's answers in the key exchange the kind and size of its host key and of the group
// that it chose (section 8, RFC 4419, RFC 5656). What follows is ciphertext: nothing more is wanted.

final class SSHDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ssh

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = IdentificationString.probe(head)
        if answer != .no { return answer }
        guard context.isStart else { return KeyExchangeInit.begins(head) ? .yes : .no }
        // RFC 4253 section 4.2: the server may send other lines before its identification string.
        return context.role == .client ? .no : Self.probeLines(head)
    }

    /// Lines of text until one is an identification string.
    private static func probeLines(_ head: RawSpan) -> Probe {
        // Replies of FTP, SMTP and HTTP are no such lines.
        if head.replyCode(at: 0) != nil || head.has("HTTP/") || head.has("RFB ") { return .no }
        var start = 0
        while let end = head.firstIndex(of: 0x0A, from: start) {
            guard head.slice(from: start, count: end &- start).isText else { return .no }
            start = end &+ 1
            if start < head.byteCount {
                let answer = IdentificationString.probe(head.slice(from: start))
                if answer != .no { return answer }
            }
        }
        return head.slice(from: start).isText ? .notYet : .no
    }

    // MARK: State

    private enum Phase { case identification, keyExchange, answers }

    private struct Half {
        var phase = Phase.identification
        var lines = 0
        /// An identification string that waits until it is known which side is the server.
        var held: (text: [UInt8], evidence: Evidence)?
    }
    private var initiator = Half()
    private var responder = Half()

    /// The most lines before an identification string.
    private static let lineLimit = 64
    /// The longest line. RFC 4253 section 4.2 allows 255 bytes for an identification string.
    private static let lineLength = 1024

    private func with<Result>(_ side: Side, _ body: (inout Half) -> Result) -> Result {
        side == .initiator ? body(&self.initiator) : body(&self.responder)
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.with(side, { $0.phase }) != .identification || KeyExchangeInit.begins(bytes) {
            return self.consumePacket(bytes, from: side, &context)
        }
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLength) else {
            return bytes.byteCount < Self.lineLength ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        let line = bytes.slice(from: 0, count: end).trimmed
        guard line.has("SSH-") else {
            let count = self.with(side) { half -> Int in
                half.lines &+= 1
                return half.lines
            }
            return count < Self.lineLimit ? Consumption(end &+ 1) : .failed
        }
        if context.rolesAreSure {
            context.record(.sshBanner, line, about: context.party(side))
        } else {
            let held = (line.copied(), context.evidence)
            self.with(side) { $0.held = held }
        }
        // Protocol 2 is offered as "2.0", and as "1.99" by servers that speak both (RFC 4253 section 5.1).
        guard line.has("SSH-2.") || line.has("SSH-1.99") else {
            self.recordHeld(&context)
            return Consumption(end &+ 1, .sideFinished)
        }
        self.with(side) { $0.phase = .keyExchange }
        return Consumption(end &+ 1)
    }

    /// A packet of the binary protocol before encryption (RFC 4253 section 6).
    private func consumePacket(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u32(at: 0), let padding = bytes.u8(at: 4), let message = bytes.u8(at: 5) else {
            return Consumption(0, .more(atLeast: 6))
        }
        // RFC 4253 section 6.1: packets up to 35000 bytes have to be accepted. Others are SSH 1 or no SSH.
        guard length >= 6, length <= 35000, UInt32(padding) < length else { return self.settle(&context) }
        switch message {
        case 2, 3, 4:
            // SSH_MSG_IGNORE, SSH_MSG_UNIMPLEMENTED, SSH_MSG_DEBUG
            return Consumption(0, .skip(Int(length) &+ 4))
        case 20:
            guard bytes.byteCount >= Int(length) &+ 4 else { return Consumption(0, .more(atLeast: Int(length) &+ 4)) }
            let payload = bytes.slice(from: 6, count: Int(length) &- Int(padding) &- 2)
            guard self.with(side, { $0.phase }) != .answers, let offer = try? KeyExchangeInit(payload) else { return self.settle(&context) }
            self.record(offer, from: side, &context)
            self.recordHeld(&context)
            // Of the two, only the server answers with a key.
            guard !context.rolesAreSure || context.role(of: side) == .server else { return Consumption(0, .sideFinished) }
            self.with(side) { $0.phase = .answers }
            return Consumption(Int(length) &+ 4)
        case 31, 33:
            guard self.with(side, { $0.phase }) == .answers else { return self.settle(&context) }
            guard bytes.byteCount >= Int(length) &+ 4 else { return Consumption(0, .more(atLeast: Int(length) &+ 4)) }
            let payload = bytes.slice(from: 6, count: Int(length) &- Int(padding) &- 2)
            if let key = HostKey(payload) {
                context.declare(side, is: .server)
                context.record(.sshHostKeyUsed, key.kind, about: context.party(side))
                if let bits = key.bits { context.record(.sshHostKeyBits, Int64(bits), about: context.party(side)) }
                return self.settle(&context)
            }
            // Message 31 is also the group of RFC 4419 section 3; the key comes with message 33.
            guard message == 31, let bits = HostKey.bits(ofIntegerIn: payload) else { return self.settle(&context) }
            context.declare(side, is: .server)
            context.record(.sshGroupBits, Int64(bits), about: context.party(side))
            return Consumption(Int(length) &+ 4)
        default:
            return self.settle(&context)
        }
    }

    private func settle(_ context: inout DissectionContext) -> Consumption {
        self.recordHeld(&context)
        return Consumption(0, .sideFinished)
    }

    func lost(_ count: Int, from side: Side) {
        self.with(side) { $0.phase = .identification }
    }

    func finish(_ rest: RawSpan, from side: Side, _ context: inout DissectionContext) {
        self.recordHeld(&context)
    }

    private func recordHeld(_ context: inout DissectionContext) {
        let now = context.evidence
        for side in [Side.initiator, .responder] {
            guard let held = self.with(side, { $0.held }) else { continue }
            self.with(side) { $0.held = nil }
            context.evidence = held.evidence
            context.record(.sshBanner, held.text.rawSpan, about: context.party(side))
        }
        context.evidence = now
    }

    private func record(_ offer: borrowing KeyExchangeInit, from side: Side, _ context: inout DissectionContext) {
        if let role = offer.role { context.declare(side, is: role) }
        let party = context.party(side)
        if context.role(of: side) == .server {
            context.record(.sshHASSHServer, offer.serverFingerprint, about: party)
        } else {
            context.record(.sshHASSH, offer.clientFingerprint, about: party)
        }
        Self.record(.sshKeyExchange, offer.keyExchange, about: party, context)
        Self.record(.sshHostKey, offer.hostKey, about: party, context)
        Self.record(.sshCipher, offer.cipherToServer, about: party, context)
        Self.record(.sshCipher, offer.cipherToClient, about: party, context)
        Self.record(.sshMAC, offer.macToServer, about: party, context)
        Self.record(.sshMAC, offer.macToClient, about: party, context)
    }

    /// The most names that are noted of a list.
    private static let nameLimit = 40
    /// RFC 4251 section 6: names are not longer than 64 characters.
    private static let nameLength = 64

    /// Notes each name of a name-list (RFC 4251 section 5).
    private static func record(_ attribute: Attribute, _ list: RawSpan, about party: Party, _ context: DissectionContext) {
        var start = 0
        var count = 0
        while start < list.byteCount, count < Self.nameLimit {
            let end = list.firstIndex(of: 0x2C, from: start) ?? list.byteCount
            if end &- start <= Self.nameLength {
                context.record(attribute, list.slice(from: start, count: end &- start), about: party)
            }
            start = end &+ 1
            count &+= 1
        }
    }
}

/// `SSH-protoversion-softwareversion SP comments CR LF` (RFC 4253 section 4.2).
private enum IdentificationString {
    private static let beginning: [UInt8] = Array("SSH-".utf8)

    static func probe(_ bytes: RawSpan) -> Probe {
        let answer = bytes.begins(with: Self.beginning)
        guard answer == .yes else { return answer }
        guard let major = bytes.u8(at: 4) else { return .notYet }
        guard major == 0x31 || major == 0x32 else { return .no }
        guard let point = bytes.u8(at: 5) else { return .notYet }
        guard point == 0x2E else { return .no }
        var offset = 6
        while let byte = bytes.u8(at: offset) {
            if byte == 0x2D { return offset > 6 ? .yes : .no }
            guard byte.isDigit, offset < 9 else { return .no }
            offset &+= 1
        }
        return .notYet
    }
}

/// K_S, the server's public host key: the first string of its answer (RFC 4253 section 8, RFC 4419 section 3, RFC 5656 section 4).
private struct HostKey {
    let kind: String
    /// Of the modulus of RSA or DSA, whose size is the owner's choice.
    let bits: Int?

    init?(_ payload: RawSpan) {
        guard let length = payload.u32(at: 0), let count = Int(exactly: length), count <= payload.byteCount &- 4 else { return nil }
        let blob = payload.slice(from: 4, count: count)
        guard let nameLength = blob.u32(at: 0), nameLength >= 7, nameLength <= 64 else { return nil }
        let name = blob.slice(from: 4, count: Int(nameLength))
        guard name.byteCount == Int(nameLength), name.has("ssh-") || name.has("ecdsa-sha2-") || name.has("sk-") || name.has("rsa-sha2-"), name.isText else { return nil }
        self.kind = PrintableText.make(name)
        let numbers = blob.slice(from: 4 &+ Int(nameLength))
        if name.equals("ssh-dss") {
            self.bits = Self.bits(ofIntegerIn: numbers)
        } else if name.equals("ssh-rsa") {
            // The exponent comes first (section 6.6).
            self.bits = numbers.u32(at: 0).flatMap { Int(exactly: $0) }.flatMap { $0 <= 1024 ? Self.bits(ofIntegerIn: numbers.slice(from: 4 &+ $0)) : nil }
        } else {
            self.bits = nil
        }
    }

    /// The size of a multiple precision integer (RFC 4251 section 5): at most 16384 bits.
    static func bits(ofIntegerIn bytes: RawSpan) -> Int? {
        guard let length = bytes.u32(at: 0), length > 0, length <= 2049, bytes.byteCount >= 4 &+ Int(length) else { return nil }
        var offset = 4
        while offset < 4 &+ Int(length), bytes.u8(at: offset) == 0 { offset &+= 1 }
        guard let first = bytes.u8(at: offset), offset < 4 &+ Int(length) else { return nil }
        return (4 &+ Int(length) &- offset) &* 8 &- first.leadingZeroBitCount
    }
}

/// SSH_MSG_KEXINIT (RFC 4253 section 7.1), from behind the message number.
private struct KeyExchangeInit: ~Escapable {
    let keyExchange: RawSpan
    let hostKey: RawSpan
    let cipherToServer: RawSpan
    let cipherToClient: RawSpan
    let macToServer: RawSpan
    let macToClient: RawSpan
    let compressionToServer: RawSpan
    let compressionToClient: RawSpan

    @_lifetime(copy payload)
    init(_ payload: RawSpan) throws(Truncated) {
        var reader = ByteReader(payload)
        try reader.skip(16)
        self.keyExchange = try Self.nameList(&reader)
        self.hostKey = try Self.nameList(&reader)
        self.cipherToServer = try Self.nameList(&reader)
        self.cipherToClient = try Self.nameList(&reader)
        self.macToServer = try Self.nameList(&reader)
        self.macToClient = try Self.nameList(&reader)
        self.compressionToServer = try Self.nameList(&reader)
        self.compressionToClient = try Self.nameList(&reader)
    }

    @_lifetime(copy reader) @_lifetime(reader: copy reader)
    private static func nameList(_ reader: inout ByteReader) throws(Truncated) -> RawSpan {
        guard let length = Int(exactly: try reader.u32()) else { throw Truncated() }
        return try reader.take(length)
    }

    /// Whether the bytes begin a packet with this message whose first list names key exchange methods.
    static func begins(_ bytes: RawSpan) -> Bool {
        guard bytes.u8(at: 0) == 0, bytes.u8(at: 5) == 20, let length = bytes.u32(at: 0), length <= 35000,
            let list = bytes.u32(at: 22),
            list < length
        else { return false }
        return bytes.has("diffie-hellman-", at: 26) || bytes.has("curve25519-", at: 26) || bytes.has("ecdh-sha2-", at: 26)
            || bytes.has("sntrup761x25519-", at: 26) || bytes.has("mlkem768x25519-", at: 26) || bytes.has("curve448-", at: 26)
    }

    /// Which side sends such an offer, where a marker among the methods tells: RFC 8308 section 2.1, and the strict key
    /// exchange of OpenSSH (PROTOCOL, section 1.10).
    var role: Role? {
        if self.keyExchange.firstRange(of: "ext-info-c") != nil || self.keyExchange.firstRange(of: "kex-strict-c-") != nil {
            return .client
        }
        if self.keyExchange.firstRange(of: "ext-info-s") != nil || self.keyExchange.firstRange(of: "kex-strict-s-") != nil {
            return .server
        }
        return nil
    }

    /// HASSH: MD5 of the offer in the direction from client to server.
    var clientFingerprint: String {
        Self.fingerprint(self.keyExchange, self.cipherToServer, self.macToServer, self.compressionToServer)
    }
    /// hasshServer: MD5 of the offer in the direction from server to client.
    var serverFingerprint: String {
        Self.fingerprint(self.keyExchange, self.cipherToClient, self.macToClient, self.compressionToClient)
    }

    private static func fingerprint(_ keyExchange: RawSpan, _ cipher: RawSpan, _ mac: RawSpan, _ compression: RawSpan) -> String {
        var digest = Insecure.MD5()
        digest.update(data: keyExchange.copied())
        digest.update(data: [0x3B] + cipher.copied())
        digest.update(data: [0x3B] + mac.copied())
        digest.update(data: [0x3B] + compression.copied())
        return hexadecimal(digest.finalize())
    }
}
