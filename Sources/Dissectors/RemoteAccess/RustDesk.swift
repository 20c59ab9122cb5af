import Observations
import Wire

// RustDesk's rendezvous protocol (hbb_common, rendezvous.proto): peers with the server that brings them together (hbbs, usual ports
// 21115 and 21116, TCP and UDP), with its relay (hbbr, 21117), and peers that look for each other in the local network (UDP 21119).
//
// A RendezvousMessage is one field of protocol buffers, the number of which names the message. Over UDP it is the datagram, over TCP
// it has a length in front (BytesCodec). Read: the kind of message, and of a peer that is found its machine name and platform. The
// identifiers of peers, keys, tokens and the name of the user in a discovery are stepped over.

final class RustDeskDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rustdesk

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard let header = FrameHeader(head) else { return head.byteCount < FrameHeader.longest && first & 3 > 0 ? .notYet : .no }
        // Shorter ones are too weak to prove it.
        guard header.length >= 4, header.length <= 1024 else { return .no }
        let message = head.slice(from: header.size, count: header.length)
        guard let field = ProtobufField(message), field.end == header.length || message.byteCount < 4, RendezvousKind(field.number) != nil else {
            return message.byteCount < 4 ? .notYet : .no
        }
        guard message.byteCount == header.length else { return .notYet }
        guard let kind = RendezvousKind(field.number) else { return .no }
        return kind.isProved(by: field.content(of: message)) ? .yes : .no
    }

    private var messages = 0
    private static let messageLimit = 16

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let header = FrameHeader(bytes) else {
            return bytes.byteCount < FrameHeader.longest ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        let whole = header.size &+ header.length
        guard header.length > 0, header.length <= 65000 else { return .finished }
        guard bytes.byteCount >= whole else { return Consumption(0, .more(atLeast: whole)) }
        let message = bytes.slice(from: header.size, count: header.length)
        // After an exchange of keys all is encrypted.
        guard let field = ProtobufField(message), field.end == header.length, let kind = RendezvousKind(field.number) else { return .finished }
        RendezvousMessage.record(kind, field.content(of: message), from: side, &context)
        self.messages &+= 1
        guard self.messages < Self.messageLimit else { return .finished }
        return Consumption(whole)
    }

    func lost(_ count: Int, from side: Side) {}
}

enum RustDeskDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.rustdesk
    static let usualPorts: Set<UInt16> = [21116, 21119]

    static func mayBegin(_ octet: UInt8) -> Bool {
        // A field that is a number or octets.
        octet & 7 == 0 || octet & 7 == 2
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.byteCount >= 8, datagram.byteCount <= 1400, let field = ProtobufField(datagram), field.end == datagram.byteCount,
            let kind = RendezvousKind(field.number)
        else { return .no }
        let content = field.content(of: datagram)
        guard kind.isProved(by: content) else { return .no }
        RendezvousMessage.record(kind, content, from: side, &context)
        return .more
    }
}

/// The messages of rendezvous.proto that are read, by the numbers of the fields of RendezvousMessage.
private enum RendezvousKind: String {
    case registerPeer = "register-peer"
    case punchHoleRequest = "punch-hole-request"
    case registerKey = "register-pk"
    case requestRelay = "request-relay"
    case relayResponse = "relay-response"
    case peerDiscovery = "peer-discovery"
    case onlineRequest = "online-request"
    case keyExchange = "key-exchange"

    init?(_ number: Int) {
        switch number {
        case 6: self = .registerPeer
        case 8: self = .punchHoleRequest
        case 15: self = .registerKey
        case 18: self = .requestRelay
        case 19: self = .relayResponse
        case 22: self = .peerDiscovery
        case 23: self = .onlineRequest
        case 25: self = .keyExchange
        default: return nil
        }
    }

    /// Whether a client of the rendezvous server sends it; `nil` where either does.
    var isOfClient: Bool? {
        switch self {
        case .registerPeer, .punchHoleRequest, .registerKey, .onlineRequest: true
        case .relayResponse: false
        case .requestRelay, .peerDiscovery, .keyExchange: nil
        }
    }

    /// Whether the content is this message beyond doubt: all of it fields of this message, among them the one that is always there.
    func isProved(by content: RawSpan) -> Bool {
        var fields = ProtobufFields(content)
        var isKnown = false
        while let field = fields.next() {
            let value = field.content(of: content)
            switch (self, field.number, field.isBytes) {
            case (.registerPeer, 1, true): if PeerIdentifier.isOne(value) { isKnown = true } else { return false }
            case (.registerPeer, 2, false): break
            case (.registerKey, 1, true), (.registerKey, 4, true): if value.byteCount > 0, !PeerIdentifier.isOne(value) { return false }
            case (.registerKey, 2, true): break
            // A public key of Ed25519.
            case (.registerKey, 3, true): if value.byteCount == 32 { isKnown = true } else { return false }
            case (.registerKey, 5, false): break
            case (.punchHoleRequest, 1, true): if PeerIdentifier.isOne(value) { isKnown = true } else { return false }
            case (.punchHoleRequest, 2...11, _): break
            case (.requestRelay, 1, true): if value.byteCount > 0, !PeerIdentifier.isOne(value) { return false }
            case (.requestRelay, 2, true), (.relayResponse, 2, true): if UniqueIdentifier.isOne(value) { isKnown = true } else { return false }
            case (.requestRelay, 3...11, _), (.relayResponse, 1...12, _): break
            case (.peerDiscovery, 1, true): if value.equals("ping") || value.equals("pong") { isKnown = true } else { return false }
            case (.peerDiscovery, 2...7, true): if !value.isText { return false }
            case (.onlineRequest, 1, true), (.onlineRequest, 2, true): if PeerIdentifier.isOne(value) { isKnown = true } else { return false }
            // A signed key of 32 octets.
            case (.keyExchange, 1, true): if value.byteCount == 32 || value.byteCount == 96 { isKnown = true } else { return false }
            default: return false
            }
        }
        return fields.isWhole && isKnown
    }
}

private enum RendezvousMessage {
    static func record(_ kind: RendezvousKind, _ content: RawSpan, from side: Side, _ context: inout DissectionContext) {
        if let isOfClient = kind.isOfClient { context.declare(side, is: isOfClient ? .client : .server) }
        context.record(.rustdeskMessage, kind.rawValue, about: .conversation)
        guard kind == .peerDiscovery else { return }
        // Whoever speaks in a discovery, asking or answering, speaks of itself; a query is sent to everybody.
        let host = Party.host(context.host(side))
        var fields = ProtobufFields(content)
        while let field = fields.next() {
            switch field.number {
            case 5: context.record(.rustdeskHostname, field.content(of: content), about: host)
            case 6: context.record(.rustdeskPlatform, field.content(of: content), about: host)
            default: break
            }
        }
    }
}

private enum PeerIdentifier {
    /// Six to sixteen digits, or a name of the owner's choice that begins with a letter (hbb_common, "is_valid_custom_id").
    static func isOne(_ text: RawSpan) -> Bool {
        guard text.byteCount >= 6, text.byteCount <= 16 else { return false }
        let isNumber = text.u8(at: 0).map { $0.isDigit } ?? false
        for offset in 0..<text.byteCount {
            guard let byte = text.u8(at: offset) else { return false }
            guard byte.isDigit || (!isNumber && (byte.isLetter || byte == 0x5F || byte == 0x2D)) else { return false }
        }
        return true
    }
}

private enum UniqueIdentifier {
    /// A UUID as text (RFC 9562 section 4).
    static func isOne(_ text: RawSpan) -> Bool {
        guard text.byteCount == 36 else { return false }
        for offset in 0..<36 {
            guard let byte = text.u8(at: offset) else { return false }
            switch offset {
            case 8, 13, 18, 23: if byte != 0x2D { return false }
            default: if byte.hexadecimalDigit == nil { return false }
            }
        }
        return true
    }
}

/// The length in front of a message over TCP (hbb_common, BytesCodec): the two low bits of the first octet say how many octets follow
/// it, the other bits are the length, least octet first.
private struct FrameHeader {
    static let longest = 4

    let size: Int
    let length: Int

    init?(_ bytes: RawSpan) {
        guard let first = bytes.u8(at: 0) else { return nil }
        let size = Int(first & 3) &+ 1
        guard bytes.byteCount >= size else { return nil }
        var value = 0
        for offset in 0..<size { value |= Int(bytes.u8(at: offset) ?? 0) &<< (8 &* offset) }
        self.size = size
        self.length = value &>> 2
    }
}

/// A field of protocol buffers ("Encoding", protobuf.dev): a number or, of strings, bytes and messages, a length and the content.
private struct ProtobufField {
    let number: Int
    let isBytes: Bool
    /// Where the content begins, from the beginning of what was read.
    let start: Int
    let end: Int

    /// - Parameter offset: where the field begins. `nil` where it is cut or of a kind that is not used here.
    init?(_ bytes: RawSpan, at offset: Int = 0) {
        guard let (tag, afterTag) = Self.number(bytes, at: offset), let (value, afterValue) = Self.number(bytes, at: afterTag), tag >> 3 > 0 else { return nil }
        self.number = Int(truncatingIfNeeded: tag &>> 3)
        switch tag & 7 {
        case 0:
            self.isBytes = false
            self.start = afterTag
            self.end = afterValue
        case 2:
            guard let count = Int(exactly: value), count <= 65536 else { return nil }
            self.isBytes = true
            self.start = afterValue
            self.end = afterValue &+ count
        default: return nil
        }
    }

    /// A number of variable length, and where it ends.
    private static func number(_ bytes: RawSpan, at offset: Int) -> (UInt64, Int)? {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard let byte = bytes.u8(at: offset &+ index) else { return nil }
            value |= UInt64(byte & 0x7F) &<< UInt64(truncatingIfNeeded: 7 &* index)
            if byte & 0x80 == 0 { return (value, offset &+ index &+ 1) }
        }
        return nil
    }

    @_lifetime(copy bytes)
    func content(of bytes: RawSpan) -> RawSpan { bytes.slice(from: self.start, count: self.end &- self.start) }
}

/// The fields of a message, one after the other.
private struct ProtobufFields: ~Escapable {
    private static let limit = 64

    private let bytes: RawSpan
    private var offset = 0
    private var count = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// Whether all was read.
    var isWhole: Bool { self.offset == self.bytes.byteCount }

    @_lifetime(self: copy self)
    mutating func next() -> ProtobufField? {
        guard self.count < Self.limit, !self.isWhole, let field = ProtobufField(self.bytes, at: self.offset), field.end <= self.bytes.byteCount else { return nil }
        self.offset = field.end
        self.count &+= 1
        return field
    }
}
