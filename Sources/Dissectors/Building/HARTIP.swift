import Observations
import Wire

// HART-IP (HCF_SPEC-085; IEC 61158 type 20): HART commands of field instruments over TCP and UDP.
//
// Read: the identity in the answer to command 0; the commands that change something, carried out or refused.

final class HARTIPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.hartIP

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let version = head.u8(at: 0), version == 1 || version == 2, head.u8(at: 1) ?? 0 <= 3, head.u8(at: 2) ?? 0 <= 4 else { return .no }
        guard head.byteCount >= 8 else { return .notYet }
        guard let length = HARTMessage.length(head) else { return .no }
        guard head.byteCount >= length else { return context.isStart ? .notYet : .no }
        guard let message = HARTMessage(head.slice(from: 0, count: length)), message.isUnmistakable || context.isProved else { return .no }
        return head.byteCount == length || head.u8(at: length) == version ? .yes : .no
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        guard let length = HARTMessage.length(bytes) else { return .failed }
        guard bytes.byteCount >= length else { return Consumption(0, .more(atLeast: length)) }
        HARTMessage(bytes.slice(from: 0, count: length))?.record(from: side, &context)
        return Consumption(length, .more(atLeast: 8))
    }
}

enum HARTIPDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.hartIP
    static let usualPorts: Set<UInt16> = [5094]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 1 || octet == 2 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard HARTMessage.length(datagram) == datagram.byteCount, let message = HARTMessage(datagram), message.isUnmistakable else { return .no }
        message.record(from: side, &context)
        return .more
    }
}

/// A message: version, type, identifier, status, sequence, length of the whole, body.
private struct HARTMessage: ~Escapable {
    private let isAnswer: Bool
    private let identifier: UInt8
    private let status: UInt8
    private let body: RawSpan

    /// The length of the whole, where a header begins here.
    static func length(_ bytes: RawSpan) -> Int? {
        guard let version = bytes.u8(at: 0), version == 1 || version == 2, let type = bytes.u8(at: 1), type <= 3, let identifier = bytes.u8(at: 2),
            identifier <= 4, let length = bytes.u16(at: 6), length >= 8, length <= 512
        else { return nil }
        return Int(length)
    }

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let type = bytes.u8(at: 1), let identifier = bytes.u8(at: 2), let status = bytes.u8(at: 3) else { return nil }
        self.isAnswer = type != 0
        self.identifier = identifier
        self.status = status
        self.body = bytes.slice(from: 8)
    }

    /// A session that begins, or a command with the right checksum.
    var isUnmistakable: Bool {
        switch self.identifier {
        // Kind of master, inactivity time.
        case 0: return self.body.byteCount == 5 && self.body.u8(at: 0) ?? 2 <= 1 && (self.body.u32(at: 1) ?? 0).isMultiple(of: 10) && self.status <= 16
        case 3: return self.hasChecksum && self.command != nil
        default: return false
        }
    }

    /// The last octet is the parity of all others.
    private var hasChecksum: Bool {
        var parity: UInt8 = 0
        var offset = 0
        while let octet = self.body.u8(at: offset) {
            parity ^= octet
            offset &+= 1
        }
        return parity == 0 && offset >= 5
    }

    /// Delimiter, address of one or five octets, expansion, command, count, data (HCF_SPEC-081).
    private var command: (number: UInt8, start: Int, count: Int)? {
        guard let delimiter = self.body.u8(at: 0), [1, 2, 6].contains(delimiter & 7) else { return nil }
        let offset = 1 &+ (delimiter & 0x80 != 0 ? 5 : 1) &+ Int(delimiter &>> 5 & 3)
        guard let number = self.body.u8(at: offset), let count = self.body.u8(at: offset &+ 1),
            self.body.byteCount == offset &+ 3 &+ Int(count)
        else { return nil }
        return (number, offset &+ 2, Int(count))
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: self.isAnswer ? .server : .client)
        guard self.identifier == 3, self.hasChecksum, let (number, start, count) = self.command else { return }
        let data = self.body.slice(from: start, count: count)
        let control = Self.control(number)
        guard self.isAnswer else {
            if let control { context.record(.controlRequested, control, about: .conversation) }
            return
        }
        // Response code, status of the device, data.
        guard let code = data.u8(at: 0) else { return }
        if let control { context.record(code == 0 ? .controlAccepted : .controlRefused, control, about: context.party(side)) }
        if number == 0, code & 0x80 == 0 { Self.recordIdentity(data.slice(from: 2), context.party(side), &context) }
    }

    /// The answer to command 0 (HCF_SPEC-127): 254, type, preambles, revisions, flags, identifier; from revision 7 on the maker.
    private static func recordIdentity(_ data: RawSpan, _ party: Party, _ context: inout DissectionContext) {
        guard data.u8(at: 0) == 254, let type = data.u16(at: 1), data.byteCount >= 12 else { return }
        context.record(.hartDeviceType, hexadecimal([UInt8(truncatingIfNeeded: type &>> 8), UInt8(truncatingIfNeeded: type)]), about: party)
        context.record(.hartDeviceID, hexadecimal(data.slice(from: 9, count: 3).copied()), about: party)
        if let revision = data.u8(at: 4), revision >= 7, let maker = data.u16(at: 17) { context.record(.hartManufacturer, String(maker), about: party) }
    }

    /// Universal and common practice commands that write (HCF_SPEC-127, HCF_SPEC-151).
    private static func control(_ number: UInt8) -> String? {
        switch number {
        case 6, 17...19, 22, 34...37, 40, 43...47, 49, 51...53, 58, 59: "write"
        case 42: "restart"
        default: nil
        }
    }
}
