import Observations
import Wire

// The device search of Moxa serial device servers on UDP port 4800, as M. Davidsaver's "Moxa UDP Protocol" (2023) describes it
// from an NPort 5110A: a header of eight octets, the device's identification, a block.
//
// Read: model code, hardware address, name and serial number, from the answers.

enum MoxaDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.moxa
    static let usualPorts: Set<UInt16> = [4800]

    static func mayBegin(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x01, 0x10, 0x16, 0x21...0x23, 0x81, 0x90, 0x96, 0xA1...0xA3: true
        default: false
        }
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Function, status, length of the whole, number of the transaction.
        guard let header = datagram.u32(at: 0), let transaction = datagram.u32(at: 4), Int(header & 0xFFFF) == datagram.byteCount,
            header &>> 16 & 0xFF == 0
        else { return .no }
        let function = header &>> 24
        if function == 0x01 {
            guard datagram.byteCount == 8, transaction == 0 else { return .no }
            context.declare(side, is: .client)
            return .more
        }
        // The identification of the device ends in its hardware address, from Moxa's block.
        guard let first = datagram.u16(at: 14), let second = datagram.u32(at: 16), first == 0x0090, second &>> 24 == 0xE8 else { return .no }
        let mac = MACAddress(rawValue: UInt64(first) &<< 32 | UInt64(second))
        switch (function, datagram.byteCount) {
        // Name, serial number, address, mask, gateway: asked for.
        case (0x10, 20), (0x16, 20), (0x21, 20), (0x22, 20), (0x23, 20):
            context.declare(side, is: .client)
            return .more
        case (0x81, 24), (0x90, 60), (0x96, 36), (0xA1, 24), (0xA2, 24), (0xA3, 24): break
        default: return .no
        }
        context.declare(side, is: .server)
        if let low = datagram.u8(at: 12), let high = datagram.u8(at: 13) {
            context.record(.moxaModel, hexadecimal([high, low]), about: .server)
        }
        switch function {
        case 0x81, 0xA1:
            guard let address = datagram.u32(at: 20).map(IPAddress.init(v4:)), !address.isUnspecified, !address.isGroup, !address.isLoopback
            else { break }
            context.record(.linkAddress, mac.description, about: .host(HostKey(address, in: context.network)))
        case 0x90: context.record(.moxaName, datagram.slice(from: 20, count: 40).trimmed, about: .server)
        case 0x96: if let serial = datagram.u16le(at: 28) { context.record(.moxaSerial, String(serial), about: .server) }
        default: break
        }
        return .more
    }
}
