import Observations
import Wire

// Symantec pcAnywhere: the greeting of the host over TCP (usual port 5631) and its answer to a name query over UDP (usual port 5632).
// The protocol is not published; nmap's and Metasploit's descriptions of both answers are the source. The queries themselves, `NQ`
// and `ST` alone, are two octets and prove nothing.

final class PcAnywhereDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.pcanywhere

    /// The beginning of the screen on which the host says "Please press <Enter>...".
    private static let greeting: [UInt8] = [0x00, 0x58, 0x08, 0x00, 0x7D, 0x08, 0x0D, 0x0A, 0x00, 0x2E, 0x08]

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        if context.role == .client {
            // The client opens with four zeros, which alone say nothing: the host has to prove it.
            guard context.isStart, head.byteCount <= 4 else { return .no }
            for offset in 0..<head.byteCount where head.u8(at: offset) != 0 { return .no }
            return .notYet
        }
        return head.begins(with: Self.greeting)
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.u8(at: 1) == 0x58 else { return Consumption(0, .sideFinished) }
        context.declare(side, is: .server)
        return .finished
    }
}

enum PcAnywhereNameDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.pcanywhere
    static let usualPorts: Set<UInt16> = [5632]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x4E }

    /// `NR`, a name of 24 characters and capabilities of 8, both filled up with underscores or NUL.
    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u8(at: 0) == 0x4E, datagram.u8(at: 1) == 0x52, datagram.byteCount >= 34, datagram.byteCount <= 64,
            let last = datagram.u8(at: 25), last == 0x5F || last == 0
        else { return .no }
        let field = datagram.slice(from: 2, count: 24)
        var end = field.byteCount
        while end > 0, let byte = field.u8(at: end &- 1), byte == 0x5F || byte == 0 { end &-= 1 }
        guard end > 0 else { return .no }
        for offset in 0..<end {
            guard let byte = field.u8(at: offset), byte > 0x20, byte < 0x7F else { return .no }
        }
        for offset in 26..<34 {
            guard let byte = datagram.u8(at: offset), byte == 0 || (byte >= 0x20 && byte < 0x7F) else { return .no }
        }
        context.declare(side, is: .server)
        context.record(.pcanywhereName, field.slice(from: 0, count: end), about: .serverHost)
        return .finished
    }
}
