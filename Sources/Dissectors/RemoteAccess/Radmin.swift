import Observations
import Wire

// Radmin (Famatech), remote control of Windows. The protocol is not published; public captures of version 3 show its frame: the
// octet 1, the length of the message, a checksum, the message. The checksum is the sum of the message's words of 32 bits, least
// octet first, which chance does not make right. Messages are not read: they are authentication and then ciphertext.

final class RadminDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.radmin

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 1 else { return .no }
        // The messages that begin a conversation are short.
        guard let length = head.u32(at: 1), let checksum = head.u32(at: 5) else { return head.byteCount < 9 && Self.mayBegin(head) ? .notYet : .no }
        guard length >= 1, length <= 512 else { return .no }
        let message = head.slice(from: 9, count: Int(length))
        guard message.byteCount == Int(length) else { return .notYet }
        guard let kind = message.u8(at: 0), kind == 0x08 || kind == 0x27 else { return .no }
        return Self.checksum(message) == checksum ? .yes : .no
    }

    /// Whether what is there of the length can be that of a short message.
    private static func mayBegin(_ head: RawSpan) -> Bool { (head.u8(at: 1) ?? 0) == 0 && (head.u8(at: 2) ?? 0) == 0 && (head.u8(at: 3) ?? 0) <= 2 }

    private static func checksum(_ message: RawSpan) -> UInt32 {
        var sum: UInt32 = 0
        var offset = 0
        while let byte = message.u8(at: offset) {
            sum = sum &+ UInt32(byte) &<< UInt32(truncatingIfNeeded: offset & 3 &* 8)
            offset &+= 1
        }
        return sum
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption { .finished }
}
