import Crypto
import CryptoExtras
import Wire

/// The keys of a client's Initial packets, which follow from the identifier that it chose for the server (RFC 9001 section 5.2).
struct QUICKeys {
    enum Kind { case draft23, draft29, version1, version2 }

    let key: SymmetricKey
    let nonce: [UInt8]
    let headerProtection: SymmetricKey

    init(client destination: [UInt8], _ kind: Kind) {
        let salt: [UInt8] =
            switch kind {
            // draft-ietf-quic-tls-23 section 5.2
            case .draft23: [0xC3, 0xEE, 0xF7, 0x12, 0xC7, 0x2E, 0xBB, 0x5A, 0x11, 0xA7, 0xD2, 0x43, 0x2B, 0xB4, 0x63, 0x65, 0xBE, 0xF9, 0xF5, 0x02]
            // draft-ietf-quic-tls-29 section 5.2
            case .draft29: [0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0, 0x43, 0x90, 0xA8, 0x99]
            // RFC 9001 section 5.2
            case .version1: [0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB, 0x7F, 0x0A]
            // RFC 9369 section 3.3.1
            case .version2: [0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD, 0x2E, 0xD9]
            }
        let initial = Self.hmac(destination, key: salt)
        let client = Self.expand(initial, "client in", 32)
        let prefix = kind == .version2 ? "quicv2" : "quic"
        self.key = SymmetricKey(data: Self.expand(client, "\(prefix) key", 16))
        self.nonce = Self.expand(client, "\(prefix) iv", 12)
        self.headerProtection = SymmetricKey(data: Self.expand(client, "\(prefix) hp", 16))
    }

    /// HKDF-Expand-Label (RFC 8446 section 7.1) for up to 32 octets: one round of HKDF (RFC 5869 section 2.3).
    private static func expand(_ secret: [UInt8], _ label: String, _ count: Int) -> [UInt8] {
        let name = Array("tls13 \(label)".utf8)
        let info = [0, UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: name.count)] + name + [0, 1]
        return Array(Self.hmac(info, key: secret).prefix(count))
    }

    private static func hmac(_ data: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }

    /// What the first octet and the packet number are hidden with: one block of AES over a sample of the ciphertext (RFC 9001 section
    /// 5.4.3), which is a CBC of one block that begins with zeros.
    func mask(_ sample: [UInt8]) -> [UInt8]? {
        guard let zero = try? AES._CBC.IV(ivBytes: [UInt8](repeating: 0, count: 16)),
            let block = try? AES._CBC.encrypt(sample, using: self.headerProtection, iv: zero, noPadding: true)
        else { return nil }
        return Array(block)
    }

    func open(_ ciphertext: [UInt8], tag: [UInt8], number: UInt32, header: [UInt8]) -> [UInt8]? {
        var nonce: [UInt8] = []
        // The number is mixed into the last octets (RFC 9001 section 5.3).
        for (index, octet) in self.nonce.enumerated() {
            let shift = (11 &- index) &* 8
            nonce.append(shift < 32 ? octet ^ UInt8(truncatingIfNeeded: number &>> UInt32(truncatingIfNeeded: shift)) : octet)
        }
        guard let nonce = try? AES.GCM.Nonce(data: nonce), let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: ciphertext, tag: tag),
            let plain = try? AES.GCM.open(box, using: self.key, authenticating: header)
        else { return nil }
        return Array(plain)
    }
}

/// A client's Initial packet, opened.
enum QUICInitial {
    struct Contents {
        /// `nil` where the packet holds none, or not its beginning.
        let hello: ClientHello?
        /// Whether all of the hello was in the packet.
        var isComplete = false
    }

    /// - Returns: `nil` where the packet does not open with the client's keys: it is the server's, or no packet of this version.
    static func clientHello(_ datagram: RawSpan, _ packet: QUICLongHeader, _ version: QUICVersion) -> Contents? {
        guard let kind = version.keys, !packet.destination.isEmpty, let plain = Self.open(datagram, packet, kind) else { return nil }
        let message = Self.handshake(plain.rawSpan)
        let span = message.rawSpan
        guard let head = span.u32(at: 0), head &>> 24 == 1 else { return Contents(hello: nil) }
        let length = Int(head & 0xFF_FFFF)
        let body = span.slice(from: 4, count: length)
        guard body.byteCount == length else { return Contents(hello: ClientHello(beginning: body)) }
        return Contents(hello: try? ClientHello(body), isComplete: true)
    }

    /// Removes both protections (RFC 9001 sections 5.3 and 5.4).
    private static func open(_ datagram: RawSpan, _ packet: QUICLongHeader, _ kind: QUICKeys.Kind) -> [UInt8]? {
        let keys = QUICKeys(client: packet.destination, kind)
        let sample = datagram.slice(from: packet.protected &+ 4, count: 16).copied()
        guard sample.count == 16, let mask = keys.mask(sample), let first = datagram.u8(at: 0) else { return nil }
        let maskSpan = mask.rawSpan
        let plainFirst = first ^ (maskSpan.u8(at: 0) ?? 0) & 0x0F
        let numberLength = Int(truncatingIfNeeded: plainFirst & 3) &+ 1
        var number: UInt32 = 0
        var header = [plainFirst] + datagram.slice(from: 1, count: packet.protected &- 1).copied()
        var index = 0
        while index < numberLength {
            guard let octet = datagram.u8(at: packet.protected &+ index), let hidden = maskSpan.u8(at: 1 &+ index) else { return nil }
            header.append(octet ^ hidden)
            number = number &<< 8 | UInt32(octet ^ hidden)
            index &+= 1
        }
        let size = packet.length &- numberLength &- 16
        guard size > 0 else { return nil }
        let ciphertext = datagram.slice(from: packet.protected &+ numberLength, count: size).copied()
        let tag = datagram.slice(from: packet.protected &+ numberLength &+ size, count: 16).copied()
        guard ciphertext.count == size, tag.count == 16 else { return nil }
        return keys.open(ciphertext, tag: tag, number: number, header: header)
    }

    /// The most CRYPTO frames of a packet: clients cut a hello into a dozen and more, in any order.
    private static let frameLimit = 64

    /// The beginning of the handshake, from CRYPTO frames in any order, as far as there is no gap (RFC 9000 section 19.6).
    private static func handshake(_ plain: RawSpan) -> [UInt8] {
        var pieces: [(offset: Int, start: Int, count: Int)] = []
        var reader = ByteReader(plain)
        frames: do {
            while !reader.isEmpty, pieces.count < Self.frameLimit {
                switch try reader.u8() {
                // PADDING, PING
                case 0, 1: break
                // ACK: the ranges, and counts of marks.
                case let type where type == 2 || type == 3:
                    _ = try QUICLongHeader.number(&reader)
                    _ = try QUICLongHeader.number(&reader)
                    let ranges = try QUICLongHeader.number(&reader)
                    guard ranges <= 64 else { break frames }
                    var numbers = 1 &+ ranges &* 2 &+ (type == 3 ? 3 : 0)
                    while numbers > 0 {
                        _ = try QUICLongHeader.number(&reader)
                        numbers &-= 1
                    }
                // CRYPTO
                case 6:
                    let offset = try QUICLongHeader.number(&reader)
                    let count = try QUICLongHeader.number(&reader)
                    let start = reader.offset
                    try reader.skip(count)
                    pieces.append((offset, start, count))
                default: break frames
                }
            }
        } catch {}
        pieces.sort { $0.offset < $1.offset }
        var message: [UInt8] = []
        for piece in pieces {
            guard piece.offset <= message.count else { break }
            // What overlaps is the same.
            let known = message.count &- piece.offset
            if known < piece.count { message += plain.slice(from: piece.start &+ known, count: piece.count &- known).copied() }
        }
        return message
    }
}
