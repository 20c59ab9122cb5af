import Observations
import Wire

// Transparent Network Substrate of Oracle Net (Oracle Database Net Services Reference; the packets as Wireshark's
// documentation of `tns` describes them, and the native encryption negotiation in Oracle's Security Guide).
//
// Read: the protocol version that the listener accepts, the version number in its refusals, whether native encryption was
// agreed on. Not read: connect descriptors (they name users, hosts, programs and services), logins, statements.

final class TNSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.tns

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) != nil else { return .notYet }
        // The checksum of the packet is not used; nor are the reserved octet and the checksum of the header.
        guard head.u16(at: 2) ?? 0 == 0, let type = head.u8(at: 4) else { return head.byteCount < 5 && head.u8(at: 2) ?? 0 == 0 ? .notYet : .no }
        guard head.u16(at: 6) ?? 0 == 0 else { return .no }
        guard let packet = Packet(head) else { return head.byteCount < 8 && Packet.Kind(rawValue: type) != nil ? .notYet : .no }
        switch packet.kind {
        case .connect:
            guard context.role != .server else { return .no }
            guard let version = head.u16(at: 8), let compatible = head.u16(at: 10), let offset = head.u16(at: 26) else { return .notYet }
            return packet.length >= 34 && (300...330).contains(version) && (300...version).contains(max(compatible, 300)) && compatible <= version
                && Int(offset) <= packet.length && offset >= 26 ? .yes : .no
        case .accept:
            guard context.role != .client else { return .no }
            guard let version = head.u16(at: 8), packet.length <= 128, packet.length >= 24 else { return head.byteCount < 10 ? .notYet : .no }
            return (300...330).contains(version) ? .yes : .no
        case .refuse:
            guard context.role != .client, packet.length >= 12 else { return .no }
            guard head.byteCount >= 12 &+ 12 else { return .notYet }
            return head.has("(DESCRIPTION", at: 12) ? .yes : .no
        case .redirect:
            guard context.role != .client, packet.length >= 10 else { return .no }
            guard head.byteCount >= 18 else { return .notYet }
            return head.has("(ADDRESS", at: 10) || head.has("(DESCRIP", at: 10) ? .yes : .no
        case .data:
            // In mid-stream: the negotiation of native services, or what goes on after the other side proved it.
            guard !context.isStart else { return .no }
            return head.u32(at: 10) == 0xDEAD_BEEF || (context.isProved && packet.length == head.byteCount) ? .yes : .no
        case .resend, .marker, .control: return context.isProved && packet.length == head.byteCount ? .yes : .no
        }
    }

    // MARK: State

    private static let packetLimit = 8192
    /// After so many packets of data nothing new is to be expected.
    private static let dataLimit = 40
    private var data = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        guard let packet = Packet(bytes) else {
            // From protocol 315 on the lengths of data packets have four octets: nothing of them is read.
            return .finished
        }
        switch packet.kind {
        case .connect:
            context.declare(side, is: .client)
            return Consumption(8, .skip(packet.length &- 8))
        case .accept, .refuse:
            context.declare(side, is: .server)
            guard packet.length <= Self.packetLimit else { return .failed }
            guard bytes.byteCount >= packet.length else { return Consumption(0, .more(atLeast: packet.length)) }
            let body = bytes.slice(from: 8, count: packet.length &- 8)
            if packet.kind == .accept {
                if let version = body.u16(at: 0) { context.record(.tnsVersion, "protocol \(version)", about: .server) }
            } else {
                self.refuse(body, context)
            }
            return Consumption(packet.length)
        case .data:
            self.data &+= 1
            if self.data > Self.dataLimit { return .finished }
            guard context.role(of: side) == .server, packet.length <= Self.packetLimit else { return Consumption(8, .skip(packet.length &- 8)) }
            guard bytes.byteCount >= packet.length else { return Consumption(0, .more(atLeast: packet.length)) }
            if let isEncrypted = NativeServices.encryption(bytes.slice(from: 10, count: packet.length &- 10)) {
                context.record(.databaseEncryption, isEncrypted ? "native" : "clear", about: .server)
                return .finished
            }
            return Consumption(packet.length)
        case .redirect, .resend, .marker, .control: return Consumption(8, .skip(packet.length &- 8))
        }
    }

    /// `VSNNUM` of a refusal: the version of the listener as one number.
    private func refuse(_ body: RawSpan, _ context: DissectionContext) {
        guard let start = body.firstRange(of: "(VSNNUM=") else { return }
        var number: UInt64 = 0
        var offset = start &+ 8
        while offset < start &+ 18, let byte = body.u8(at: offset), byte.isDigit {
            number = number &* 10 &+ UInt64(byte &- 0x30)
            offset &+= 1
        }
        let major = number &>> 24
        guard (7...99).contains(major) else { return }
        // Up to 12.2 the numbers have 8, 4, 8, 4 and 8 bits; from 18 on 8, 8, 4, 8 and 4.
        let parts =
            major < 18
            ? [major, number &>> 20 & 0xF, number &>> 12 & 0xFF, number &>> 8 & 0xF, number & 0xFF]
            : [major, number &>> 16 & 0xFF, number &>> 12 & 0xF, number &>> 4 & 0xFF, number & 0xF]
        context.record(.tnsVersion, parts.map { String($0) }.joined(separator: "."), about: .server)
    }
}

/// The header of a packet.
private struct Packet {
    enum Kind: UInt8 {
        case connect = 1
        case accept = 2
        case refuse = 4
        case redirect = 5
        case data = 6
        case resend = 11
        case marker = 12
        case control = 14
    }

    let kind: Kind
    let length: Int

    init?(_ bytes: RawSpan) {
        guard let length = bytes.u16(at: 0), length >= 8, bytes.u16(at: 2) == 0, let kind = bytes.u8(at: 4).flatMap({ Kind(rawValue: $0) }),
            bytes.u16(at: 6) == 0
        else { return nil }
        self.kind = kind
        self.length = Int(length)
    }
}

/// The negotiation of native authentication, encryption and integrity at the beginning of a session.
private enum NativeServices {
    /// Whether the server chose an encryption; `nil` where the bytes are no such negotiation.
    static func encryption(_ body: RawSpan) -> Bool? {
        guard body.u32(at: 0) == 0xDEAD_BEEF, let services = body.u16(at: 10), services <= 8 else { return nil }
        var reader = ByteReader(body.slice(from: 13))
        do throws(Truncated) {
            let serviceCount = Int(services)
            for _ in 0..<serviceCount {
                let service = try reader.u16()
                let fields = try reader.u16()
                try reader.skip(4)
                guard fields <= 16 else { return nil }
                let fieldCount = Int(fields)
                for index in 0..<fieldCount {
                    let length = try reader.u16()
                    let type = try reader.u16()
                    let value = try reader.take(Int(length))
                    // Of the service of encryption the second field is the algorithm that was chosen; 0 for none.
                    if service == 2, index == 1, type == 2 { return value.u8(at: 0) != 0 }
                }
            }
        } catch {}
        return nil
    }
}
