import Observations
import Wire

// BitTorrent: the exchange between peers over TCP (BEP 3), the distributed table of peers (BEP 5) and their discovery on the link
// (BEP 14) over UDP.
//
// Read: that it is spoken, and which program speaks. What is exchanged is not kept.

final class BitTorrentDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.bittorrent
    /// Peers that agree on no encryption greet each other behind the exchange of keys.
    static let mayBeginLate = true

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let count = min(head.byteCount, Self.greetingLength)
        guard head.u8(at: 0) == 19 || head.isEmpty else { return .no }
        for index in 1..<20 where index < count {
            guard head.u8(at: index) == Self.greeting.withRawSpan({ $0.u8(at: index &- 1) }) else { return .no }
        }
        return count == Self.greetingLength ? .yes : .notYet
    }

    private static let greeting = "BitTorrent protocol"
    private static let greetingLength = 20

    /// The greeting, 8 octets of extensions, 20 that name what is exchanged, 20 that name the peer.
    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 68 else { return Consumption(0, .more(atLeast: 68)) }
        guard bytes.u8(at: 0) == 19, bytes.has("BitTorrent protocol", at: 1) else { return .failed }
        if let client = Self.client(bytes.slice(from: 48, count: 20)) { context.record(.bittorrentClient, client, about: .host(context.host(side))) }
        return Consumption(68, .sideFinished)
    }

    /// BEP 20: `-`, two letters for the program, four signs for its version, `-`, then chance.
    private static func client(_ peer: RawSpan) -> String? {
        guard peer.u8(at: 0) == 0x2D, peer.u8(at: 7) == 0x2D else { return nil }
        for index in 1..<7 {
            guard let byte = peer.u8(at: index), byte.isLetter || byte.isDigit || index > 2 && byte == 0x2E else { return nil }
        }
        return PrintableText.make(peer.slice(from: 1, count: 6))
    }
}

enum BitTorrentDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.bittorrent
    /// Of the discovery on the link. The table of peers is on any port.
    static let usualPorts: Set<UInt16> = [6771]

    static func mayBegin(_ octet: UInt8) -> Bool {
        // BT-SEARCH, or a dictionary.
        octet == 0x42 || octet == 0x64
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        if datagram.has("BT-SEARCH * HTTP/1.1\r\n") { return datagram.firstRange(of: "\r\nInfohash: ") != nil ? .more : .no }
        return Self.isTableMessage(datagram) ? .more : .no
    }

    /// A dictionary with the kind of message in it (BEP 5, "KRPC Protocol"): `d … 1:y1:q … e`. Its first key is the question's
    /// arguments, the answer's values, an error, or an address (BEP 42).
    private static func isTableMessage(_ datagram: RawSpan) -> Bool {
        guard datagram.u8(at: 0) == 0x64, datagram.byteCount >= 20, datagram.byteCount <= 4096, datagram.u8(at: datagram.byteCount &- 1) == 0x65,
            datagram.has("d1:ad2:id20:") || datagram.has("d1:rd2:id20:") || datagram.has("d1:eli20") || datagram.has("d2:ip")
        else { return false }
        // The kind is the last key but for a version, so that it is looked for from behind.
        return datagram.slice(from: max(0, datagram.byteCount &- 32)).firstRange(of: "1:y1:") != nil
    }
}
