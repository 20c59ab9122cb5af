import Observations
import Wire

// OpenVPN over UDP and TCP ("OpenVPN Protocol", openvpn.net/community-resources/openvpn-protocol, and the project's doc/doxygen): the
// control channel, whose packets have an opcode, a session identifier, acknowledgements and a piece of a TLS handshake. Over TCP
// each has its length in front.
//
// Read: which protection the control channel has beside TLS; where it has none or `tls-auth`, which only signs, the version and suite
// of TLS and the server's certificate, as far as one packet holds them whole. Tunnels with a static key have no such channel and
// look like random bytes.

enum OpenVPNDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.openvpn
    static let usualPorts: Set<UInt16> = [1194]

    static func mayBegin(_ octet: UInt8) -> Bool {
        guard let opcode = OpenVPNOpcode(rawValue: octet &>> 3) else { return false }
        // A reset has key 0.
        return opcode == .control || opcode.isReset && octet & 7 == 0
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let first = datagram.u8(at: 0), let opcode = OpenVPNOpcode(rawValue: first &>> 3) else { return .no }
        if !context.protocols.contains(.openvpn) {
            guard OpenVPNPacket.isBeginning(datagram, opcode) else { return .no }
        }
        return OpenVPNPacket.record(datagram, opcode, from: side, &context) ? .more : .finished
    }
}

final class OpenVPNStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.openvpn

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let high = head.u8(at: 0) else { return .notYet }
        guard high <= 0x08 else { return .no }
        guard let length = head.u16(at: 0) else { return .notYet }
        guard length >= 14, length <= 2000 else { return .no }
        guard let first = head.u8(at: 2) else { return .notYet }
        guard first & 7 == 0, let opcode = OpenVPNOpcode(rawValue: first &>> 3), opcode.isReset || !context.isStart else { return .no }
        // Beside the wrapped key of the client, all resets are short.
        guard opcode == .resetClient3 || length <= 130 else { return .no }
        guard head.byteCount >= Int(length) &+ 2 else { return context.isStart ? .notYet : .no }
        return OpenVPNPacket.isBeginning(head.slice(from: 2, count: Int(length)), opcode) ? .yes : .no
    }

    /// Packets after which the handshake is over or will not come.
    private static let limit = 128
    private var packets = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u16(at: 0).map({ Int($0) }) else { return Consumption(0, .more(atLeast: 2)) }
        guard let first = bytes.u8(at: 2) else { return Consumption(0, .more(atLeast: 3)) }
        guard let opcode = OpenVPNOpcode(rawValue: first &>> 3), length > 0 else { return .failed }
        if opcode.isData { return .finished }
        guard bytes.byteCount >= length &+ 2 else { return Consumption(0, .more(atLeast: length &+ 2)) }
        self.packets &+= 1
        let goesOn = OpenVPNPacket.record(bytes.slice(from: 2, count: length), opcode, from: side, &context)
        return goesOn && self.packets < Self.limit ? Consumption(length &+ 2) : .finished
    }
}

/// The opcodes of packets: the upper five bits of the first octet (src/openvpn/ssl_pkt.h).
enum OpenVPNOpcode: UInt8 {
    case resetClient1 = 1
    case resetServer1 = 2
    case softReset = 3
    case control = 4
    case acknowledgement = 5
    case data1 = 6
    case resetClient2 = 7
    case resetServer2 = 8
    case data2 = 9
    case resetClient3 = 10
    case controlWrappedKey = 11

    var isReset: Bool { self.role != nil }
    var isData: Bool { self == .data1 || self == .data2 }
    /// Who sends a hard reset.
    var role: Role? {
        switch self {
        case .resetClient1, .resetClient2, .resetClient3: .client
        case .resetServer1, .resetServer2: .server
        case .softReset, .control, .acknowledgement, .data1, .data2, .controlWrappedKey: nil
        }
    }
}

private enum OpenVPNPacket {
    enum Protection: String {
        case tls
        case tlsAuth = "tls-auth"
        case tlsCrypt = "tls-crypt"
        case tlsCrypt2 = "tls-crypt-v2"
        case methodOne = "method-1"
    }

    /// The lengths of the digests that `--auth` can choose: MD5 to SHA-512.
    private static let digests = [16, 20, 28, 32, 48, 64]

    /// Whether the packet begins a session, or carries the beginning of a TLS handshake.
    static func isBeginning(_ packet: RawSpan, _ opcode: OpenVPNOpcode) -> Bool {
        if opcode == .control { return Self.contents(packet) != nil }
        return Self.protection(packet, opcode) != nil
    }

    /// How a hard reset is protected; `nil` where it is none: its length follows from the protection.
    static func protection(_ packet: RawSpan, _ opcode: OpenVPNOpcode) -> Protection? {
        // Key 0, and a session identifier.
        guard let role = opcode.role, let first = packet.u8(at: 0), first & 7 == 0, let session = packet.u64(at: 1), session != 0 else { return nil }
        let isOld = opcode == .resetClient1 || opcode == .resetServer1
        // No acknowledgement and the first packet, or the client's reset acknowledged with its session.
        for count in role == .client ? [0] : [1, 0] {
            let tail = 5 &+ count &* 12
            if opcode != .resetClient3, packet.byteCount == 9 &+ tail, Self.isTail(packet, at: 9, count) { return isOld ? .methodOne : .tls }
            if opcode != .resetClient3 {
                for digest in Self.digests where packet.byteCount == 17 &+ digest &+ tail {
                    if Self.isReplayGuard(packet, at: 9 &+ digest), Self.isTail(packet, at: 17 &+ digest, count) { return isOld ? .methodOne : .tlsAuth }
                }
            }
            // Encrypted behind number, time and a code of 32 octets; the wrapped key of the client follows in clear, with its length last.
            guard !isOld, Self.isReplayGuard(packet, at: 9) else { continue }
            let end = 49 &+ tail
            if opcode != .resetClient3, packet.byteCount == end { return .tlsCrypt }
            if opcode == .resetClient3, packet.byteCount > end &+ 256, let key = packet.u16(at: packet.byteCount &- 2),
                Int(key) == packet.byteCount &- end
            {
                return .tlsCrypt2
            }
        }
        return nil
    }

    /// The number of the packet, from 1 on or from 0F000001h in early negotiation, and the time in seconds since 1970.
    private static func isReplayGuard(_ packet: RawSpan, at offset: Int) -> Bool {
        guard let number = packet.u32(at: offset), let time = packet.u32(at: offset &+ 4) else { return false }
        return (1...255).contains(number & 0xF0FF_FFFF) && time > 0x3000_0000
    }

    /// The acknowledgements and the number of a reset, which is 0.
    private static func isTail(_ packet: RawSpan, at offset: Int, _ count: Int) -> Bool {
        guard packet.u8(at: offset).map({ Int($0) }) == count, packet.u32(at: packet.byteCount &- 4) == 0 else { return false }
        return count == 0 || packet.u32(at: offset &+ 1) == 0
    }

    /// Notes what a packet says.
    /// - Returns: whether more is wanted.
    static func record(_ packet: RawSpan, _ opcode: OpenVPNOpcode, from side: Side, _ context: inout DissectionContext) -> Bool {
        if opcode.isData { return false }
        if let role = opcode.role {
            guard let protection = Self.protection(packet, opcode) else { return true }
            context.declare(side, is: role)
            // The client's third reset holds a key that only a server of this kind gave it; its answer looks like that to `tls-crypt`.
            if role == .server || protection == .tlsCrypt2 { context.record(.openvpnControl, protection.rawValue, about: .server) }
        } else if opcode == .control, let contents = Self.contents(packet) {
            TLSHandshakeFacts.readServer(records: contents, from: side, &context)
        }
        return true
    }

    /// The TLS records in a control packet that is not encrypted, where a handshake message begins in it.
    @_lifetime(copy packet)
    private static func contents(_ packet: RawSpan) -> RawSpan? {
        for digest in [0] + Self.digests {
            var offset = digest == 0 ? 9 : 17 &+ digest
            if digest != 0, !Self.isReplayGuard(packet, at: 9 &+ digest) { continue }
            guard let count = packet.u8(at: offset), count <= 8 else { continue }
            offset &+= 5 &+ Int(count) &* 4 &+ (count > 0 ? 8 : 0)
            guard packet.u8(at: offset) == 22, packet.u8(at: offset &+ 1) == 3, let minor = packet.u8(at: offset &+ 2), minor <= 4,
                let message = packet.u8(at: offset &+ 5), message == 1 || message == 2
            else { continue }
            return packet.slice(from: offset)
        }
        return nil
    }
}
