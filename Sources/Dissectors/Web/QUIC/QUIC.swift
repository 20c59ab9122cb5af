import Observations
import Wire

// QUIC versions 1 (RFC 9000, 9001) and 2 (RFC 9369), their drafts from 23 on, and the versions that were before the standard (Q043, Q046, Q050, T051).
//
// Read: the version; of the client's first packets the server name, the application protocol and the fingerprint of its hello. These
// packets are encrypted with keys that follow from a number in them (RFC 9001 section 5.2): anybody on the way can read them. A hello
// that spans several datagrams is read as far as the first holds it.

enum QUICDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.quic
    static let usualPorts: Set<UInt16> = [443, 853, 8443]

    static func mayBegin(_ octet: UInt8) -> Bool { octet & 0x80 != 0 || QUICLegacyPacket.isFlags(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let first = datagram.u8(at: 0) else { return .no }
        // A short header follows the handshake: nothing in it is in clear.
        guard first & 0x80 != 0 else {
            if context.protocols.contains(.quic) { return .finished }
            return QUICLegacyPacket.record(datagram, from: side, &context) ? .more : .no
        }
        guard let packet = QUICLongHeader(datagram, isCut: context.isCut) else { return .no }
        if packet.version == 0 {
            context.declare(side, is: .server)
            return .more
        }
        guard let version = QUICVersion(packet.version) else {
            // A version that nobody has, to exercise the negotiation (section 15): the packet is as large as an Initial has to be.
            return packet.version & 0x0F0F_0F0F == 0x0A0A_0A0A && packet.isInitial && datagram.byteCount >= 1200 ? .more : .no
        }
        if packet.isInitial, !context.isCut, let contents = QUICInitial.clientHello(datagram, packet, version) {
            context.declare(side, is: .client)
            if let hello = contents.hello {
                TLSHandshakeFacts.record(hello, from: side, context)
                // JA4 says over what the hello came.
                if contents.isComplete, hello.isWhole { context.record(.tlsJA4, "q" + JA4.fingerprint(hello).dropFirst(), about: context.party(side)) }
            }
        } else if version.isLegacy {
            QUICLegacyPacket.readHello(datagram, from: side, context)
        }
        context.record(.quicVersion, version.name, about: context.party(side))
        return .more
    }
}

/// A version on the wire.
struct QUICVersion {
    let name: String
    /// Which salt and labels its first keys are made with; `nil` for those before the standard.
    let keys: QUICKeys.Kind?

    var isLegacy: Bool { self.keys == nil }

    /// `nil` for numbers that no known version has.
    init?(_ number: UInt32) {
        switch number {
        case 0x0000_0001:
            self.name = "1"
            self.keys = .version1
        case 0x6B33_43CF:
            self.name = "2"
            self.keys = .version2
        case 0xFF00_0017...0xFF00_001C:
            self.name = "draft-\(number & 0xFF)"
            self.keys = .draft23
        case 0xFF00_001D...0xFF00_0020:
            self.name = "draft-\(number & 0xFF)"
            self.keys = .draft29
        case 0xFF00_0021, 0xFF00_0022:
            self.name = "draft-\(number & 0xFF)"
            self.keys = .version1
        // The number of a widespread library for draft 27.
        case 0xFACE_B002:
            self.name = "draft-27"
            self.keys = .draft23
        default:
            // Q and three digits; T where they tried TLS inside.
            guard let name = Self.legacyName(number) else { return nil }
            self.name = name
            self.keys = nil
        }
    }

    /// `Q046`.
    static func legacyName(_ number: UInt32) -> String? {
        let letter = UInt8(truncatingIfNeeded: number &>> 24)
        guard letter == 0x51 || letter == 0x54 else { return nil }
        var digits = [letter]
        for shift in [16, 8, 0] as [UInt32] {
            let digit = UInt8(truncatingIfNeeded: number &>> shift)
            guard digit.isDigit else { return nil }
            digits.append(digit)
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// The header of packets of the handshake (RFC 9000 section 17.2).
struct QUICLongHeader {
    let version: UInt32
    let isInitial: Bool
    /// The number from which the first keys follow.
    let destination: [UInt8]
    /// Of an Initial packet: where its protected part begins, and how long it is with the packet number.
    let protected: Int
    let length: Int

    /// Fails where the header, or for an Initial packet its length, does not fit the datagram.
    init?(_ datagram: RawSpan, isCut: Bool) {
        do throws(Truncated) {
            var reader = ByteReader(datagram)
            let first = try reader.u8()
            self.version = try reader.u32()
            // Q046 has the lengths of both identifiers in one octet, and no others of these fields (RFC 8999 came later).
            if version &>> 8 == 0x51_3034, QUICVersion.legacyName(version) != nil {
                let lengths = try reader.u8()
                guard first & 0x40 != 0, lengths == 0x50 || lengths == 0x05 else { return nil }
                try reader.skip(8)
                self.isInitial = false
                self.destination = []
                self.protected = 0
                self.length = 0
                return
            }
            let destinationLength = Int(try reader.u8())
            guard destinationLength <= 20 else { return nil }
            self.destination = try reader.take(destinationLength).copied()
            let sourceLength = Int(try reader.u8())
            guard sourceLength <= 20 else { return nil }
            try reader.skip(sourceLength)
            if version == 0 {
                // Version Negotiation: a list of versions, of which one is known.
                guard !reader.isEmpty, reader.remaining % 4 == 0, destinationLength &+ sourceLength > 0 else { return nil }
                var isKnown = false
                while let offered = try? reader.u32() { isKnown = isKnown || QUICVersion(offered) != nil }
                guard isKnown else { return nil }
                self.isInitial = false
                self.protected = 0
                self.length = 0
                return
            }
            guard first & 0x40 != 0 else { return nil }
            // Version 2 has other numbers for the types (RFC 9369 section 3.2).
            let type = (first &>> 4 & 3) &- (version == 0x6B33_43CF ? 1 : 0) & 3
            self.isInitial = type == 0
            // Retry: a token, and a tag of 16 octets.
            if type == 3 {
                guard reader.remaining >= 16 else { return nil }
                self.protected = 0
                self.length = 0
                return
            }
            if type == 0 { try reader.skip(try Self.number(&reader)) }
            let length = try Self.number(&reader)
            guard length >= 20, length <= reader.remaining || isCut else { return nil }
            self.length = length
            self.protected = reader.offset
        } catch { return nil }
    }

    /// A number of 1 to 8 octets whose first two bits tell how many (section 16).
    static func number(_ reader: inout ByteReader) throws(Truncated) -> Int {
        let first = try reader.u8()
        var value = UInt64(first & 0x3F)
        var more = (1 &<< Int(first &>> 6)) &- 1
        while more > 0 {
            value = value &<< 8 | UInt64(try reader.u8())
            more &-= 1
        }
        guard let number = Int(exactly: value) else { throw Truncated() }
        return number
    }
}

/// Packets of the versions before the standard: up to Q043 with public flags in front, and the hello of QUIC Crypto, which is in clear
/// up to Q046 ("QUIC Crypto", A. Langley, W.-T. Chang).
enum QUICLegacyPacket {
    /// A version, an identifier of 8 octets, any length of the packet number.
    static func isFlags(_ octet: UInt8) -> Bool { octet & 0xC9 == 0x09 }

    /// - Returns: whether it is a client's packet that names its version.
    static func record(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> Bool {
        guard let flags = datagram.u8(at: 0), Self.isFlags(flags), let number = datagram.u32(at: 9), number &>> 24 == 0x51,
            let name = QUICVersion.legacyName(number), datagram.u64(at: 1) != 0
        else { return false }
        context.declare(side, is: .client)
        context.record(.quicVersion, name, about: context.party(side))
        Self.readHello(datagram, from: side, context)
        return true
    }

    /// Where the hello begins at most: header, hash and frame are before it.
    private static let searchLimit = 80

    static func readHello(_ datagram: RawSpan, from side: Side, _ context: DissectionContext) {
        guard let start = datagram.slice(from: 0, count: Self.searchLimit).firstRange(of: "CHLO") else { return }
        var reader = ByteReader(datagram.slice(from: start &+ 4))
        guard let count = (try? reader.u16le()).map({ Int($0) }), count <= 64, (try? reader.skip(2)) != nil else { return }
        // Tags with the offsets at which their values end, then the values.
        var begin = 0
        let values = datagram.slice(from: start &+ 8 &+ count &* 8)
        for _ in 0..<count {
            guard let tag = try? reader.u32(), let end = (try? reader.u32le()).flatMap({ Int(exactly: $0) }), end >= begin else { return }
            // `SNI` and a zero.
            if tag == 0x534E_4900, end <= values.byteCount, end &- begin <= 255 {
                let name = values.slice(from: begin, count: end &- begin)
                if name.isText {
                    context.record(.tlsServerName, name, about: .conversation)
                    context.record(.tlsServerName, name, about: context.party(side.other))
                }
                return
            }
            begin = end
        }
    }
}
