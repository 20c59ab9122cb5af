import Observations
import Wire

// KNXnet/IP (ISO 22510, EN 13321-2; KNX standard 3/8) over UDP and TCP, and KNX IP Secure (3/8/9).
//
// Read: friendly name, serial number, hardware address, medium and service families of a server; connections that it opens and
// telegrams that change something where they are not secured; whether KNX IP Secure is in use. Group addresses and values are never kept.

enum KNXDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.knx
    static let usualPorts: Set<UInt16> = [3671]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x06 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard KNXFrame.length(datagram) == datagram.byteCount, let frame = KNXFrame(datagram) else { return .no }
        frame.record(from: side, &context)
        return .more
    }
}

final class KNXStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.knx

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) ?? 6 == 6, head.u8(at: 1) ?? 0x10 == 0x10, head.u8(at: 2).map({ $0 <= 0x09 }) ?? true else { return .no }
        guard head.byteCount >= 6 else { return .notYet }
        guard let length = KNXFrame.length(head), length <= 512 else { return .no }
        guard head.byteCount >= length else { return context.isStart ? .notYet : .no }
        return KNXFrame(head.slice(from: 0, count: length)) != nil ? .yes : .no
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 6 else { return Consumption(0, .more(atLeast: 6)) }
        guard let length = KNXFrame.length(bytes) else { return .failed }
        guard bytes.byteCount >= length else { return Consumption(0, .more(atLeast: length)) }
        KNXFrame(bytes.slice(from: 0, count: length))?.record(from: side, &context)
        return Consumption(length, .more(atLeast: 6))
    }
}

/// One frame: header of six octets, service, body (KNX standard 3/8/1).
private struct KNXFrame: ~Escapable {
    private let service: UInt16
    private let body: RawSpan

    /// The total length that a header states; `nil` where none begins.
    static func length(_ bytes: RawSpan) -> Int? {
        guard bytes.u16(at: 0) == 0x0610, let length = bytes.u16(at: 4), length >= 8 else { return nil }
        return Int(length)
    }

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let service = bytes.u16(at: 2), Self.isKnown(service, bytes.byteCount &- 6) else { return nil }
        self.service = service
        self.body = bytes.slice(from: 6)
    }

    /// Whether the service exists and can have a body of this size.
    private static func isKnown(_ service: UInt16, _ count: Int) -> Bool {
        switch service {
        case 0x0201, 0x0203: count == 8
        case 0x0202: count >= 8 &+ 54
        case 0x0204: count >= 54
        case 0x0205: count >= 18
        case 0x0206: count == 2 || count >= 10
        case 0x0207, 0x0209: count == 10
        case 0x0208, 0x020A: count == 2
        case 0x020B: count >= 8
        case 0x020C: count >= 10
        case 0x0310, 0x0420: count >= 5
        case 0x0311, 0x0421: count == 4
        case 0x0422...0x0425: count >= 6
        case 0x0530, 0x0533: count >= 2
        case 0x0531: count == 4
        case 0x0532: count == 6
        case 0x0740...0x0743: count >= 8
        case 0x0950: count >= 38
        case 0x0951: count == 40
        case 0x0952: count == 50
        case 0x0953: count >= 18
        case 0x0954: count == 2
        case 0x0955: count == 30
        default: false
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        switch self.service {
        case 0x0201, 0x0203, 0x0205, 0x0207, 0x020B, 0x0951, 0x0953: context.declare(side, is: .client)
        case 0x0202, 0x020C:
            context.declare(side, is: .server)
            Self.recordBlocks(self.body.slice(from: 8), context.party(side), side, &context)
        case 0x0204:
            context.declare(side, is: .server)
            Self.recordBlocks(self.body, context.party(side), side, &context)
        case 0x0206: self.recordConnection(from: side, &context)
        case 0x0420: self.recordTelegram(self.body.slice(from: 4), from: side, &context)
        case 0x0530:
            // To the group, from the router of a line: whoever is there may send one.
            context.declare(side, is: .server)
            context.record(.knxConnection, "routing", about: context.party(side))
            self.recordTelegram(self.body, from: side, &context)
        case 0x0950:
            context.record(.knxSecure, context.responder.address.isGroup ? "group" : "wrapper", about: .server)
        case 0x0952:
            context.declare(side, is: .server)
            context.record(.knxSecure, "session", about: context.party(side))
        case 0x0955: context.record(.knxSecure, "group", about: .server)
        default: break
        }
    }

    /// Description information blocks (3/8/2): length, type, content.
    private static func recordBlocks(_ blocks: RawSpan, _ party: Party, _ side: Side, _ context: inout DissectionContext) {
        var reader = ByteReader(blocks)
        var count = 0
        while count < 16, let length = try? reader.u8(), length >= 2, let content = try? reader.take(Int(length) &- 1) {
            count &+= 1
            switch content.u8(at: 0) {
            case 0x01 where length == 54: Self.recordDevice(content.slice(from: 1), party, side, &context)
            case 0x02:
                var offset = 1
                while let family = content.u8(at: offset) {
                    context.record(.knxService, Self.familyName(family), about: party)
                    offset &+= 2
                }
            default: break
            }
        }
    }

    /// Device information: medium, status, address, project, serial number, group, hardware address, name.
    private static func recordDevice(_ device: RawSpan, _ party: Party, _ side: Side, _ context: inout DissectionContext) {
        if let medium = device.u8(at: 0) { context.record(.knxMedium, Self.mediumName(medium), about: party) }
        context.record(.knxSerial, hexadecimal(device.slice(from: 6, count: 6).copied()), about: party)
        if let high = device.u16(at: 16), let low = device.u32(at: 18) {
            let mac = MACAddress(rawValue: UInt64(high) &<< 32 | UInt64(low))
            if mac.isUnicast { context.record(.linkAddress, mac.description, about: .host(context.host(side))) }
        }
        let name = device.slice(from: 22, count: 30)
        context.record(.knxName, name.slice(from: 0, count: name.firstIndex(of: 0) ?? 30).trimmed, about: party)
    }

    /// Channel, status, endpoint, response data: length, type.
    private func recordConnection(from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: .server)
        guard self.body.u8(at: 1) == 0, let type = self.body.u8(at: 11) else { return }
        let name: String
        switch type {
        case 0x03: name = "management"
        case 0x04: name = "tunnel"
        case 0x06: name = "logging"
        case 0x07: name = "configuration"
        case 0x08: name = "object-server"
        default: return
        }
        context.record(.knxConnection, name, about: context.party(side))
    }

    /// A telegram in the common message format (3/6/3): code, additional information, two control octets, addresses, length, data.
    private func recordTelegram(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let code = message.u8(at: 0), let additional = message.u8(at: 1) else { return }
        let frame = message.slice(from: 2 &+ Int(additional))
        guard let flags = frame.u8(at: 0), let transport = frame.u16(at: 7) else { return }
        let control: String
        switch transport & 0x3FF {
        case 0x080...0x0BF: control = "operate"
        case 0x0C0...0x0FF, 0x280...0x2BF, 0x3D7: control = "write"
        case 0x380...0x383: control = "restart"
        default: return
        }
        switch code {
        case 0x11:
            context.declare(side, is: .client)
            context.record(.controlRequested, control, about: .conversation)
        // The confirmation of the bus: bit 0 says error.
        case 0x2E:
            context.declare(side, is: .server)
            context.record(flags & 1 == 0 ? .controlAccepted : .controlRefused, control, about: context.party(side))
        case 0x29 where context.responder.address.isGroup:
            context.record(.controlRequested, control, about: .conversation)
        default: break
        }
    }

    private static func mediumName(_ medium: UInt8) -> String {
        switch medium {
        case 0x02: "tp1"
        case 0x04: "pl110"
        case 0x10: "rf"
        case 0x20: "ip"
        default: String(medium)
        }
    }

    private static func familyName(_ family: UInt8) -> String {
        switch family {
        case 2: "core"
        case 3: "management"
        case 4: "tunnelling"
        case 5: "routing"
        case 6: "logging"
        case 7: "configuration"
        case 8: "object-server"
        case 9: "security"
        default: String(family)
        }
    }
}
