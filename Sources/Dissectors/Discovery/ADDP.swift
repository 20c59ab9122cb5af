import Observations
import Wire

// The Advanced Device Discovery Protocol of Digi device servers on UDP port 2362, multicast to 224.0.5.128, as Q. Beukes
// describes it ("Advanced Digi Discovery Protocol", 2009) and the libraries of that name implement it.
//
// Read: product, firmware, name and hardware address, from the answers; that a password crossed in clear in the requests that
// change something, and whether the device accepted it. The password is not looked at.

enum ADDPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.addp
    static let usualPorts: Set<UInt16> = [2362]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x44 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Digi's own, and that of devices made with its kit.
        guard datagram.has("DIGI") || datagram.has("DVKT"), let type = datagram.u16(at: 4), let length = datagram.u16(at: 6) else { return .no }
        let payload = datagram.slice(from: 8)
        guard payload.byteCount == Int(length) || (context.isCut && payload.byteCount < Int(length)) else { return .no }
        switch type {
        // Discovery: the address of the wanted device, or all.
        case 1:
            guard length == 6 else { return .no }
            context.declare(side, is: .client)
        // Settings, reboot, DHCP on or off: each ends in a password with its length in front.
        case 3, 5, 7:
            let fixed = type == 3 ? 18 : type == 5 ? 6 : 7
            guard Int(length) > fixed, payload.u8(at: fixed).map({ fixed &+ 1 &+ Int($0) == Int(length) }) ?? context.isCut else { return .no }
            context.declare(side, is: .client)
            context.record(.loginClear, "addp", about: .server)
        case 2, 4, 6, 8: return Self.dissectAnswer(payload, type, from: side, &context)
        default: return .no
        }
        return .more
    }

    /// The most fields that are looked at in one answer; there are about twenty kinds.
    private static let fieldLimit = 64

    private static func dissectAnswer(_ payload: RawSpan, _ type: UInt16, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard Self.isAnswer(payload, isCut: context.isCut) else { return .no }
        context.declare(side, is: .server)
        // Requests go to a group; the answer to a change shows whose password crossed.
        if type != 2 { context.record(.loginClear, "addp", about: .server) }
        var address: IPAddress?
        var mac: MACAddress?
        var reader = ByteReader(payload)
        for _ in 0..<Self.fieldLimit {
            guard let field = try? reader.u8(), let length = try? reader.u8(), let value = try? reader.take(Int(length)) else { break }
            var octets = ByteReader(value)
            switch field {
            case 0x01: mac = try? MACAddress(&octets)
            case 0x02: address = try? IPAddress(v4: &octets)
            case 0x04: context.record(.addpName, value.trimmed, about: .server)
            case 0x08: context.record(.addpFirmware, value.trimmed, about: .server)
            case 0x0D: context.record(.addpProduct, value.trimmed, about: .server)
            case 0x0A where type != 2 && value.u8(at: 0) == 0: context.record(.loginAccepted, "addp", about: .server)
            default: break
            }
        }
        if let mac, mac.isUnicast, let address, !address.isUnspecified, !address.isGroup, !address.isLoopback {
            context.record(.linkAddress, mac.description, about: .host(HostKey(address, in: context.network)))
        }
        return .more
    }

    /// Whether the payload is fields to its end, with the hardware address that every answer has.
    private static func isAnswer(_ payload: RawSpan, isCut: Bool) -> Bool {
        var reader = ByteReader(payload)
        var hasAddress = false
        for _ in 0..<Self.fieldLimit where !reader.isEmpty {
            guard let field = try? reader.u8(), let length = try? reader.u8(), field != 0, (try? reader.skip(Int(length))) != nil else {
                return isCut && hasAddress
            }
            if field == 0x01 {
                guard length == 6 else { return false }
                hasAddress = true
            }
        }
        return hasAddress && reader.isEmpty
    }
}
