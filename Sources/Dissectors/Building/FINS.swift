import Observations
import Wire

// FINS of Omron controllers (W342, "Communications Commands Reference Manual") over UDP, and over TCP with its own header (W420).
//
// Read: model and version of the controller; the commands that change something, carried out or refused. Values are never kept.

final class FINSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.fins

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        for (index, letter) in "FINS".utf8.enumerated() {
            guard let octet = head.u8(at: index) else { return .notYet }
            guard octet == letter else { return .no }
        }
        guard let length = head.u32(at: 4), let command = head.u32(at: 8) else { return .notYet }
        return length >= 8 && length <= 2100 && command <= 6 ? .yes : .no
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = bytes.u32(at: 4) else { return Consumption(0, .more(atLeast: 8)) }
        guard bytes.has("FINS"), length >= 8, length <= 2100 else { return .failed }
        let count = 8 &+ Int(length)
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        switch bytes.u32(at: 8) {
        // The client asks for a node address, the controller gives it.
        case 0: context.declare(side, is: .client)
        case 1: context.declare(side, is: .server)
        case 2: FINSFrame(bytes.slice(from: 16, count: count &- 16))?.record(from: side, &context)
        default: break
        }
        return Consumption(count, .more(atLeast: 16))
    }
}

enum FINSDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.fins
    static let usualPorts: Set<UInt16> = [9600]

    static func mayBegin(_ octet: UInt8) -> Bool { octet & 0xBE == 0x80 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let frame = FINSFrame(datagram), frame.isWellFormed else { return .no }
        frame.record(from: side, &context)
        return .more
    }
}

/// A frame: information, gateways, addresses, service; then command and text.
private struct FINSFrame: ~Escapable {
    private let isAnswer: Bool
    private let command: UInt16
    private let text: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let information = bytes.u8(at: 0), information & 0xBE == 0x80, bytes.u8(at: 1) == 0, let gateways = bytes.u8(at: 2), gateways <= 7,
            let destination = bytes.u8(at: 3), destination <= 0x7F, let source = bytes.u8(at: 6), source <= 0x7F, let command = bytes.u16(at: 10)
        else { return nil }
        self.isAnswer = information & 0x40 != 0
        self.command = command
        self.text = bytes.slice(from: 12)
    }

    /// Whether the text is what the command has: the header alone is too common.
    var isWellFormed: Bool {
        let count = self.text.byteCount
        if self.isAnswer {
            // An end code of two small numbers, in front of what was asked for.
            guard Self.isKnown(self.command), let code = self.text.u16(at: 0), code & 0x7F00 <= 0x3000, code & 0x3F <= 0x24 else { return false }
            return Self.control(self.command) == nil || count == 2
        }
        switch self.command {
        case 0x0101: return count == 6
        case 0x0102:
            guard let items = self.text.u16(at: 4) else { return false }
            return count == 6 &+ Int(items) || count == 6 &+ 2 &* Int(items)
        case 0x0103: return count == 8
        case 0x0104: return count > 0 && count % 4 == 0
        case 0x0402, 0x0601, 0x0701, 0x2101: return count <= 2
        case 0x0401: return count <= 3
        case 0x0501: return count <= 1
        default: return Self.isKnown(self.command) && count <= 64
        }
    }

    private static func isKnown(_ command: UInt16) -> Bool {
        switch command {
        case 0x0101...0x0105, 0x0201...0x0203, 0x0304...0x0308, 0x0401...0x0403, 0x0501, 0x0502, 0x0601, 0x0620, 0x0701, 0x0702, 0x0801, 0x0920,
            0x0C01...0x0C03, 0x2101...0x2103, 0x2201...0x2209, 0x2301, 0x2302: true
        default: false
        }
    }

    private static func control(_ command: UInt16) -> String? {
        switch command {
        case 0x0102, 0x0103, 0x0105, 0x0202, 0x0203: "write"
        case 0x0307: "download"
        case 0x0308: "delete"
        case 0x0401: "start"
        case 0x0402: "stop"
        case 0x0403: "restart"
        case 0x0702: "time"
        case 0x2301: "operate"
        default: nil
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: self.isAnswer ? .server : .client)
        let control = Self.control(self.command)
        guard self.isAnswer else {
            if let control { context.record(.controlRequested, control, about: .conversation) }
            return
        }
        // Bits of the end code say that a relay or the unit has an error besides.
        guard let code = self.text.u16(at: 0) else { return }
        let isDone = code & 0x7F3F == 0
        if let control { context.record(isDone ? .controlAccepted : .controlRefused, control, about: context.party(side)) }
        if self.command == 0x0501, isDone {
            context.record(.finsModel, self.text.slice(from: 2, count: 20).trimmed, about: context.party(side))
            context.record(.finsVersion, self.text.slice(from: 22, count: 20).trimmed, about: context.party(side))
        }
    }
}
