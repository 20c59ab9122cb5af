import Observations
import Wire

// NoMachine (usual port 4000): before TLS each side says who it is, `NXSH-` and `NXD-` with a version. The protocol is not
// published; nDPI's description ("NoMachine") is the source.

final class NoMachineDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.nomachine

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 0x4E else { return .no }
        return Announcement.probe(head)
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        // Behind the announcement: TLS.
        if bytes.u8(at: 0) == 0x16 {
            context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
            return Consumption(0, .handOver)
        }
        if let byte = bytes.u8(at: 0), Announcement.isSeparator(byte) { return Consumption(1) }
        guard let announcement = Announcement(bytes) else {
            return bytes.byteCount < Announcement.limit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        if announcement.isServer { context.declare(side, is: .server) } else { context.declare(side, is: .client) }
        context.record(.nomachineVersion, announcement.version, about: context.party(side))
        return Consumption(announcement.length)
    }
}

private struct Announcement {
    static let limit = 32
    private static let client: [UInt8] = Array("NXSH-".utf8)
    private static let server: [UInt8] = Array("NXD-".utf8)

    let isServer: Bool
    let version: String
    let length: Int

    /// Digits and points up to a character that ends the line.
    init?(_ bytes: RawSpan) {
        let start = bytes.has("NXSH-") ? 5 : bytes.has("NXD-") ? 4 : 0
        guard start > 0 else { return nil }
        var end = start
        while end < Self.limit, let byte = bytes.u8(at: end), byte.isDigit || byte == 0x2E { end &+= 1 }
        guard end > start, let separator = bytes.u8(at: end), separator <= 0x20 else { return nil }
        self.isServer = start == 4
        self.version = PrintableText.make(bytes.slice(from: start, count: end &- start))
        self.length = end
    }

    /// What may stand between the announcement and TLS.
    static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D || byte == 0 || byte == 0x20 }

    static func probe(_ head: RawSpan) -> Probe {
        var answer = head.begins(with: Self.client)
        if answer == .no { answer = head.begins(with: Self.server) }
        guard answer == .yes else { return answer }
        let start = head.has("NXSH-") ? 5 : 4
        var points = 0
        var offset = start
        while offset < Self.limit, let byte = head.u8(at: offset) {
            switch byte {
            case 0x2E: points &+= 1
            case 0x30...0x39: break
            case 0x00, 0x0A, 0x0D, 0x16, 0x20: return points >= 1 && offset > start &+ 2 ? .yes : .no
            default: return .no
            }
            offset &+= 1
        }
        return offset < Self.limit ? .notYet : .no
    }
}
