import Observations
import Wire

// Remote procedure calls of DCE over TCP ([C706] chapter 12, [MS-RPCE] section 2.2.2).
//
// Read: the interfaces that a server accepted, how the client authenticates, and whether calls were answered without that. The
// arguments and results of calls are stepped over.

final class MSRPCDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.msrpc

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let version = head.u8(at: 0) else { return .notYet }
        guard version == 5, head.u8(at: 1) ?? 0 == 0 else { return .no }
        guard let code = head.u8(at: 2) else { return .notYet }
        guard let kind = PacketHeader.Kind(rawValue: code) else { return .no }
        let isFirst = context.isStart && !context.isProved
        if isFirst, !kind.mayBegin, kind != .request { return .no }
        // Representation of data: byte order and characters, floating point, two octets that are 0.
        guard let order = head.u8(at: 4), let float = head.u8(at: 5), let reserved = head.u16(at: 6) else {
            return (head.u8(at: 4) ?? 0) & 0xEE == 0 ? .notYet : .no
        }
        guard order & 0xEE == 0, float <= 3, reserved == 0 else { return .no }
        guard head.byteCount >= PacketHeader.length else { return .notYet }
        guard let header = PacketHeader(head) else { return .no }
        if let role = context.role, header.kind.isRequest != (role == .client) { return .no }
        switch kind {
        case .bind, .alterContext:
            // At least one context, with a syntax for the transfer.
            guard header.fragment >= 72 else { return .no }
            guard let count = head.u8(at: 24), let transfers = head.u8(at: 30) else { return .notYet }
            return count >= 1 && count <= 64 && transfers >= 1 && transfers <= 16 && head.u8(at: 31) ?? 0 == 0 ? .yes : .no
        case .bindAccepted, .alterContextResponse: return header.fragment >= 56 ? .yes : .no
        case .request where isFirst:
            // Without a binding before it, only the length that it announces for its arguments proves a request.
            guard let hint = header.isLittleEndian ? head.u32le(at: 16) : head.u32(at: 16) else { return .notYet }
            return header.authentication == 0 && Int(hint) == header.fragment &- 24 ? .yes : .no
        default: return header.fragment >= 24 ? .yes : .no
        }
    }

    // MARK: State

    /// The longest packet of a negotiation that is read.
    private static let wholeLimit = 32_000
    /// The most packets that are looked at.
    private static let packetLimit = 512
    private static let contextLimit = 32

    private var packets = 0
    /// Interfaces by the number of their context, in the order in which the client offered them.
    private var interfaces: [(context: UInt16, interface: String)] = []
    /// Interfaces of the last offer, which waits for its answer.
    private var offered: [(context: UInt16, interface: String)] = []
    /// Whether the client authenticates; `nil` where the beginning was not seen.
    private var isAuthenticated: Bool?

    func lost(_ count: Int, from side: Side) {
        self.offered = []
        self.isAuthenticated = nil
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= PacketHeader.length else { return Consumption(0, .more(atLeast: PacketHeader.length)) }
        guard let header = PacketHeader(bytes) else { return .failed }
        self.packets &+= 1
        guard self.packets <= Self.packetLimit else { return .finished }
        context.declare(side, is: header.kind.isRequest ? .client : .server)
        if header.authentication > 0 { self.isAuthenticated = true }
        switch header.kind {
        case .bind, .alterContext, .bindAccepted, .alterContextResponse, .authenticate:
            guard header.fragment <= Self.wholeLimit else { return .failed }
            guard bytes.byteCount >= header.fragment else {
                self.packets &-= 1
                return Consumption(0, .more(atLeast: header.fragment))
            }
            let packet = bytes.slice(from: 0, count: header.fragment)
            switch header.kind {
            case .bind, .alterContext: self.readOffer(packet, header, from: side, context)
            case .bindAccepted, .alterContextResponse: self.readAnswer(packet, header, context)
            default: break
            }
            self.readVerifier(packet, header, from: side, context)
            return Consumption(header.fragment)
        case .response:
            guard bytes.byteCount >= 22 else {
                self.packets &-= 1
                return Consumption(0, .more(atLeast: 22))
            }
            if self.isAuthenticated == false, let number = header.u16(bytes, at: 20) {
                for entry in self.interfaces where entry.context == number { context.record(.msrpcUnauthenticated, entry.interface, about: .server) }
            }
            return Consumption(22, .skip(header.fragment &- 22))
        default:
            return Consumption(PacketHeader.length, .skip(header.fragment &- PacketHeader.length))
        }
    }

    /// p_cont_list_t ([C706] section 12.6.3.1).
    private func readOffer(_ packet: RawSpan, _ header: PacketHeader, from side: Side, _ context: DissectionContext) {
        if header.kind == .bind { self.isAuthenticated = header.authentication > 0 }
        self.offered = []
        guard let count = packet.u8(at: 24) else { return }
        var offset = 28
        while self.offered.count < min(Int(count), Self.contextLimit) {
            guard let number = header.u16(packet, at: offset), let transfers = packet.u8(at: offset &+ 2), let interface = header.uuid(packet, at: offset &+ 4)
            else { return }
            self.offered.append((number, interface))
            offset &+= 24 &+ 20 &* Int(transfers)
        }
    }

    /// p_result_list_t, behind the secondary address, in the order of the offer.
    private func readAnswer(_ packet: RawSpan, _ header: PacketHeader, _ context: DissectionContext) {
        guard let address = header.u16(packet, at: 24) else { return }
        let start = (26 &+ Int(address) &+ 3) & ~3
        guard let count = packet.u8(at: start) else { return }
        var offset = start &+ 4
        var results: [Bool] = []
        while results.count < min(Int(count), Self.contextLimit) {
            guard let result = header.u16(packet, at: offset) else { break }
            results.append(result == 0)
            offset &+= 24
        }
        for (entry, isAccepted) in zip(self.offered, results) where isAccepted {
            context.record(.msrpcInterface, entry.interface, about: .server)
            if self.interfaces.count < Self.contextLimit { self.interfaces.append(entry) }
        }
        self.offered = []
    }

    /// sec_trailer ([MS-RPCE] section 2.2.2.11) and the token behind it.
    private func readVerifier(_ packet: RawSpan, _ header: PacketHeader, from side: Side, _ context: DissectionContext) {
        guard header.authentication > 0 else {
            if header.kind == .bind { context.record(.msrpcAuthentication, "none", about: .conversation) }
            return
        }
        let trailer = packet.byteCount &- header.authentication &- 8
        guard trailer >= PacketHeader.length, let type = packet.u8(at: trailer), let level = packet.u8(at: trailer &+ 1) else { return }
        if header.kind.isRequest {
            context.record(.msrpcAuthentication, Self.serviceName(type) + "/" + Self.levelName(level), about: .conversation)
        }
        SecurityToken.record(packet.slice(from: trailer &+ 8), from: side, context)
    }

    /// Security providers ([MS-RPCE] section 2.2.1.1.7).
    private static func serviceName(_ code: UInt8) -> String {
        switch code {
        case 0: "none"
        case 9: "spnego"
        case 10: "ntlm"
        case 14: "schannel"
        case 16: "kerberos"
        case 68: "netlogon"
        default: String(code)
        }
    }

    /// Authentication levels ([MS-RPCE] section 2.2.1.1.8).
    private static func levelName(_ code: UInt8) -> String {
        switch code {
        case 1: "none"
        case 2: "connect"
        case 3: "call"
        case 4: "packet"
        case 5: "integrity"
        case 6: "privacy"
        default: String(code)
        }
    }
}

/// The header that all packets have ([C706] section 12.6.3.1).
private struct PacketHeader {
    static let length = 16

    enum Kind: UInt8 {
        case request = 0, response = 2, fault = 3
        case bind = 11, bindAccepted, bindRefused, alterContext, alterContextResponse, authenticate
        case shutdown = 17, cancel, orphaned

        var isRequest: Bool {
            switch self {
            case .request, .bind, .alterContext, .authenticate, .cancel, .orphaned: true
            case .response, .fault, .bindAccepted, .bindRefused, .alterContextResponse, .shutdown: false
            }
        }
        /// Whether it can be the first of its side.
        var mayBegin: Bool { self == .bind || self == .bindAccepted }
    }

    let kind: Kind
    let isLittleEndian: Bool
    /// Length of the packet.
    let fragment: Int
    /// Length of the token at its end.
    let authentication: Int

    init?(_ bytes: RawSpan) {
        guard bytes.u8(at: 0) == 5, bytes.u8(at: 1) == 0, let kind = bytes.u8(at: 2).flatMap(Kind.init(rawValue:)), let order = bytes.u8(at: 4)
        else { return nil }
        let isLittleEndian = order & 0x10 != 0
        guard let fragment = isLittleEndian ? bytes.u16le(at: 8) : bytes.u16(at: 8),
            let authentication = isLittleEndian ? bytes.u16le(at: 10) : bytes.u16(at: 10), fragment >= Self.length,
            Int(fragment) >= (authentication > 0 ? Int(authentication) &+ 24 : kind == .response ? 24 : 16)
        else { return nil }
        self.kind = kind
        self.isLittleEndian = isLittleEndian
        self.fragment = Int(fragment)
        self.authentication = Int(authentication)
    }

    func u16(_ bytes: RawSpan, at offset: Int) -> UInt16? { self.isLittleEndian ? bytes.u16le(at: offset) : bytes.u16(at: offset) }

    /// An identifier in its usual form, `e1af8308-5d1f-11c9-91a4-08002b14a0fa`.
    func uuid(_ bytes: RawSpan, at offset: Int) -> String? {
        guard let first = self.isLittleEndian ? bytes.u32le(at: offset) : bytes.u32(at: offset), let second = self.u16(bytes, at: offset &+ 4),
            let third = self.u16(bytes, at: offset &+ 6), let clock = bytes.u16(at: offset &+ 8), let node = bytes.u32(at: offset &+ 10),
            let end = bytes.u16(at: offset &+ 14)
        else { return nil }
        func digits(_ value: UInt32, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return "\(String(repeating: "0", count: max(0, count &- text.utf8.count)))\(text)"
        }
        return "\(digits(first, 8))-\(digits(UInt32(second), 4))-\(digits(UInt32(third), 4))-\(digits(UInt32(clock), 4))-"
            + "\(digits(node, 8))\(digits(UInt32(end), 4))"
    }
}
