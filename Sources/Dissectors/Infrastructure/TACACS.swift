import Observations
import Wire

// TACACS+ (RFC 8907): logins and commands of administrators of network equipment.
//
// Read: whether messages are sent without even the obfuscation that the protocol has, and of what kind these are. Names, commands and
// passwords are not read.

final class TACACSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.tacacs

    /// Section 4.1. The first message of a session has the number 1 and is the client's.
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let version = head.u8(at: 0) else { return .notYet }
        guard version == 0xC0 || version == 0xC1 else { return .no }
        guard let type = head.u8(at: 1), let number = head.u8(at: 2), let flags = head.u8(at: 3) else { return head.byteCount < 4 ? Self.soFar(head) : .no }
        guard (1...3).contains(type), number > 0, flags & ~0x05 == 0, !context.isStart || number <= 2 else { return .no }
        if let role = context.role, (role == .client) != (number & 1 == 1) { return .no }
        guard let length = head.u32(at: 8) else { return .notYet }
        guard (1...Header.bodyLimit).contains(Int(length)) else { return .no }
        if context.isStart { return .yes }
        // Inside a conversation: exactly one message in the segment.
        return head.byteCount == Int(length) &+ Header.length ? .yes : .no
    }

    private static func soFar(_ head: RawSpan) -> Probe {
        if let type = head.u8(at: 1), !(1...3).contains(type) { return .no }
        return .notYet
    }

    /// The most messages that are read of a side.
    private static let messageLimit = 64
    private var messages = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= Header.length else { return Consumption(0, .more(atLeast: Header.length)) }
        guard let header = Header(bytes) else { return .failed }
        context.declare(side, is: header.isFromClient ? .client : .server)
        guard header.isUnencrypted else { return self.next(Consumption(Header.length, .skip(header.bodyLength))) }
        context.record(.tacacsClear, header.kind, about: .server)
        let end = Header.length &+ header.bodyLength
        guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
        if header.hasSecret(bytes.slice(from: Header.length, count: header.bodyLength)) { context.record(.loginClear, "tacacs", about: .conversation) }
        return self.next(Consumption(end))
    }

    private func next(_ consumption: Consumption) -> Consumption {
        self.messages &+= 1
        return self.messages < Self.messageLimit ? consumption : .finished
    }
}

/// The header of a message (section 4.1).
private struct Header {
    static let length = 12
    /// Section 4.1 leaves it to the implementation; messages are texts of a few hundred octets.
    static let bodyLimit = 65_535 &- Self.length

    private let type: UInt8
    private let number: UInt8
    let isUnencrypted: Bool
    let bodyLength: Int

    init?(_ bytes: RawSpan) {
        guard let version = bytes.u8(at: 0), version & 0xFE == 0xC0, let type = bytes.u8(at: 1), (1...3).contains(type), let number = bytes.u8(at: 2), number > 0,
            let flags = bytes.u8(at: 3), flags & ~0x05 == 0, let length = bytes.u32(at: 8), (1...Self.bodyLimit).contains(Int(length))
        else { return nil }
        self.type = type
        self.number = number
        self.isUnencrypted = flags & 0x01 != 0
        self.bodyLength = Int(length)
    }

    var isFromClient: Bool { self.number & 1 == 1 }
    var kind: String { self.type == 1 ? "authentication" : self.type == 2 ? "authorization" : "accounting" }

    /// Whether the client sends a password: in the first message with PAP (section 5.4.2.2), else in answer to a prompt (section 5.4.2.1).
    func hasSecret(_ body: RawSpan) -> Bool {
        guard self.type == 1, self.isFromClient else { return false }
        if self.number == 1 { return body.u8(at: 2) == 2 && (body.u8(at: 7) ?? 0) > 0 }
        return (body.u16(at: 0) ?? 0) > 0
    }
}
