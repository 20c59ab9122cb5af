import Observations
import Wire

// WireGuard ("WireGuard: Next Generation Kernel Network Tunnel", sections 5.4.2 to 5.4.7): four messages over UDP, of fixed sizes but for
// the data. Keys and what is inside are ciphertext; that the tunnel is there, and who began it, is all that can be read.

enum WireGuardDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.wireguard
    static let usualPorts: Set<UInt16> = [51820]

    static func mayBegin(_ octet: UInt8) -> Bool { (1...4).contains(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // The type, and three reserved octets that are zero.
        guard let type = datagram.u32le(at: 0), type >= 1, type <= 4, let sender = datagram.u32le(at: 4), sender != 0 else { return .no }
        let isKnown = context.protocols.contains(.wireguard)
        switch type {
        case 1:
            // The first authentication code is never zero, the public key neither.
            guard Self.has(148, datagram, context), datagram.u64(at: 8) != 0, context.isCut || datagram.u64(at: 116) != 0 else { return .no }
            context.declare(side, is: .client)
            return .more
        case 2:
            guard Self.has(92, datagram, context), let receiver = datagram.u32le(at: 8), receiver != 0, datagram.u64(at: 12) != 0,
                context.isCut || datagram.u64(at: 60) != 0
            else { return .no }
            context.declare(side, is: .server)
            return isKnown ? .finished : .more
        case 3:
            // Under load: a cookie instead of an answer.
            guard Self.has(64, datagram, context), datagram.u64(at: 8) != 0 else { return .no }
            return .more
        default:
            // Data: a counter that begins at 0 with each key, of which none encrypts more than 2^60 packets, contents padded to 16 octets.
            guard datagram.byteCount >= 32, let counter = datagram.u64(at: 8).map({ $0.byteSwapped }), counter < 1 &<< 40,
                context.isCut || datagram.byteCount % 16 == 0
            else { return .no }
            // The tag of an empty packet, or the beginning of ciphertext: zeros there are another protocol's.
            guard let contents = datagram.u64(at: 16), contents != 0, contents != .max else { return .no }
            return isKnown ? .finished : .more
        }
    }

    private static func has(_ size: Int, _ datagram: RawSpan, _ context: DissectionContext) -> Bool {
        datagram.byteCount == size || context.isCut && datagram.byteCount >= 32 && datagram.byteCount < size
    }
}
