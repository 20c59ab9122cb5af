import Observations
import Wire

// The Point-to-Point Tunneling Protocol's control connection (RFC 2637). Its tunnels are GRE and what protects them, where anything
// does, is MS-CHAP and MPPE.
//
// Read: who both ends say to be (host name, vendor, firmware), whether the connection and a call were accepted. Telephone
// numbers and sub-addresses are not looked at.

final class PPTPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.pptp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // The magic cookie is checked octet by octet, as the first of them refuses nearly all others.
        var offset = 4
        guard let high = head.u8(at: 0) else { return .notYet }
        guard high == 0 else { return .no }
        for expected in [0x1A, 0x2B, 0x3C, 0x4D] as [UInt8] {
            guard let octet = head.u8(at: offset) else { return .notYet }
            guard octet == expected else { return .no }
            offset &+= 1
        }
        guard let message = head.u16(at: 8) else { return .notYet }
        return head.u16(at: 2) == 1 && PPTPMessage.length(message).map { UInt16(truncatingIfNeeded: $0) } == head.u16(at: 0) ? .yes : .no
    }

    /// Messages of a side after which nothing new comes.
    private static let limit = 64
    private var messages = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u16(at: 0).map({ Int($0) }) else { return Consumption(0, .more(atLeast: 2)) }
        guard bytes.byteCount >= 10 else { return Consumption(0, .more(atLeast: 10)) }
        guard bytes.u32(at: 4) == 0x1A2B_3C4D, let type = bytes.u16(at: 8), PPTPMessage.length(type) == length else { return .failed }
        guard bytes.byteCount >= length else { return Consumption(0, .more(atLeast: length)) }
        self.messages &+= 1
        self.record(type, bytes.slice(from: 0, count: length), from: side, &context)
        return self.messages < Self.limit ? Consumption(length) : .finished
    }

    private func record(_ type: UInt16, _ message: RawSpan, from side: Side, _ context: inout DissectionContext) {
        switch type {
        case 1, 2:
            context.declare(side, is: type == 1 ? .client : .server)
            let party = context.party(side)
            context.record(.pptpHostName, PPTPMessage.text(message, at: 28), about: party)
            context.record(.pptpVendor, PPTPMessage.text(message, at: 92), about: party)
            if let firmware = message.u16(at: 26), firmware != 0 { context.record(.pptpFirmware, Int64(firmware), about: party) }
            // Result code: 1 is success.
            if type == 2, message.u8(at: 14) == 1 { context.record(.pptpTunnel, "accepted", about: party) }
        case 8:
            context.declare(side, is: .server)
            if message.u8(at: 16) == 1 { context.record(.pptpTunnel, "call", about: context.party(side)) }
        default: break
        }
    }
}

private enum PPTPMessage {
    /// The length of a message by its type (RFC 2637 section 2).
    static func length(_ type: UInt16) -> Int? {
        switch type {
        case 1, 2: 156
        case 3, 4, 5, 12: 16
        case 6: 20
        case 7: 168
        case 8: 32
        case 9: 220
        case 10: 24
        case 11: 28
        case 13: 148
        case 14: 40
        case 15: 24
        default: nil
        }
    }

    /// A field of 64 octets, filled with zeros.
    @_lifetime(copy message)
    static func text(_ message: RawSpan, at offset: Int) -> RawSpan {
        let field = message.slice(from: offset, count: 64)
        return field.slice(from: 0, count: field.firstIndex(of: 0) ?? 64).trimmed
    }
}
