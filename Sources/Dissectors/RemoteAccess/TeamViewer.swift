import Observations
import Wire

// TeamViewer's own protocol over TCP (usual port 5938). It is not published; public captures show two frames: `17 24`, a command
// and the length of what follows in two octets, and, from the session on, `11 30`, a command, the length in four octets, two
// counters and the length of this header (24). What they hold is encrypted and not read. On the ports 443 and 80 the same program
// hides in TLS and HTTP and is known by the names of its servers (`Signatures/registries/remote-access-domains.tsv`).

final class TeamViewerDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.teamviewer

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { Frame.probe(head) }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption { .finished }
}

private enum Frame {
    static func probe(_ head: RawSpan) -> Probe {
        switch head.u8(at: 0) {
        case 0x17: Self.probeFirst(head)
        case 0x11: Self.probeSession(head)
        default: .no
        }
    }

    /// `17 24`, command, length: two octets do not prove it, so the next frame has to begin where this one ends.
    private static func probeFirst(_ head: RawSpan) -> Probe {
        guard let second = head.u8(at: 1) else { return .notYet }
        guard second == 0x24 else { return .no }
        guard let command = head.u8(at: 2), let length = head.u16le(at: 3) else { return .notYet }
        guard command >= 0x0A, command < 0x80 else { return .no }
        let end = 5 &+ Int(length)
        guard head.byteCount >= end else { return .notYet }
        guard head.byteCount > end else { return length > 0 ? .yes : .notYet }
        guard let next = head.u8(at: end &+ 1) else { return .notYet }
        let first = head.u8(at: end)
        return (first == 0x17 && next == 0x24) || (first == 0x11 && next == 0x30) ? .yes : .no
    }

    /// `11 30`, command, 0, length, two counters, an octet count and the length of the header.
    private static func probeSession(_ head: RawSpan) -> Probe {
        guard let second = head.u8(at: 1) else { return .notYet }
        guard second == 0x30 else { return .no }
        guard head.u8(at: 3) ?? 0 == 0 else { return .no }
        guard let length = head.u32le(at: 4), let header = head.u32le(at: 20) else { return .notYet }
        return header == 24 && length <= 0xFF_FFFF ? .yes : .no
    }
}
