import Observations
import Wire

// The configuration protocol of Lantronix device servers on UDP port 30718 (77FEh), as the user guides of XPort ("Network
// Configuration using UDP") and UDS-10 describe it: three zero octets, a function, a block.
//
// Read: the product code and the hardware address in the firmware block (F7h), and that the setup record was given away
// (F9h) or changed (FAh). That record holds the password of the device, in clear, and is not looked at.

enum LantronixDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.lantronix
    static let usualPorts: Set<UInt16> = [30718]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let word = datagram.u32(at: 0), word &>> 8 == 0 else { return .no }
        switch (word, datagram.byteCount) {
        // Query for the firmware version, query for the setup record: too little to prove anything where nobody expects it.
        case (0xF6, 4), (0xF8, 4):
            guard Self.usualPorts.contains(context.endpoint(side.other).port) else { return .no }
            context.declare(side, is: .client)
            return .more
        case (0xF7, 24), (0xF7, 30): return Self.dissectFirmware(datagram, from: side, &context)
        // 120 octets of setup, the address of the device first.
        case (0xF9, 124):
            guard context.endpoint(side).address.isV4, datagram.u32(at: 4) == context.endpoint(side).address.v4 else { return .no }
            context.declare(side, is: .server)
            context.record(.lantronixPassword, 1, about: .server)
            return .more
        case (0xFA, 124):
            guard context.endpoint(side.other).address.isV4, datagram.u32(at: 4) == context.endpoint(side.other).address.v4 else { return .no }
            context.declare(side, is: .client)
            return .more
        default: return .no
        }
    }

    /// The first 16 octets of the firmware image with the product code, 4 of information, and on XPort the hardware address.
    private static func dissectFirmware(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        let code = datagram.slice(from: 8, count: 2)
        for index in 0..<2 {
            guard let byte = code.u8(at: index), byte &- 0x30 < 10 || byte &- 0x41 < 26 else { return .no }
        }
        var reader = ByteReader(datagram.slice(from: 24))
        let mac = try? MACAddress(&reader)
        // The two blocks of addresses of Lantronix.
        if let mac { guard mac.rawValue &>> 24 == 0x00204A || mac.rawValue &>> 24 == 0x0080A3 else { return .no } }
        context.declare(side, is: .server)
        context.record(.lantronixType, code, about: .server)
        if let mac { context.record(.linkAddress, mac.description, about: .serverHost) }
        return .more
    }
}
