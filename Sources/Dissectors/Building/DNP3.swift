import Observations
import Wire

// DNP3 (IEEE 1815) over TCP and UDP: data link frames with their checksums (clause 9), transport (clause 8), application (clause 4).
//
// Read: the functions that change something, carried out or refused, and whether secure authentication (clause 7) is spoken.

final class DNP3Dissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.dnp3

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) ?? 0x05 == 0x05, head.u8(at: 1) ?? 0x64 == 0x64 else { return .no }
        guard head.byteCount >= 10 else { return .notYet }
        return DataLinkFrame.isHeader(head) ? .yes : .no
    }

    private var exchange = DNP3Exchange()

    func lost(_ count: Int, from side: Side) { self.exchange = DNP3Exchange() }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 10 else { return Consumption(0, .more(atLeast: 10)) }
        guard DataLinkFrame.isHeader(bytes), let length = DataLinkFrame.length(bytes) else { return .failed }
        guard bytes.byteCount >= length else { return Consumption(0, .more(atLeast: length)) }
        self.exchange.read(bytes.slice(from: 0, count: length), from: side, &context)
        return Consumption(length, .more(atLeast: 10))
    }
}

enum DNP3DatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.dnp3
    static let usualPorts: Set<UInt16> = [20000]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x05 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard DataLinkFrame.isHeader(datagram), let length = DataLinkFrame.length(datagram), length <= datagram.byteCount else { return .no }
        // Without memory of the request an answer says nothing of it.
        var exchange = DNP3Exchange()
        exchange.read(datagram.slice(from: 0, count: length), from: side, &context)
        return .more
    }
}

/// Data link frames (clause 9.2.4): 0564h, length, control, destination, source, checksum; then blocks of 16 octets with theirs.
private enum DataLinkFrame {
    static func isHeader(_ bytes: RawSpan) -> Bool {
        guard bytes.u16(at: 0) == 0x0564, let length = bytes.u8(at: 2), length >= 5, let checksum = bytes.u16le(at: 8) else { return false }
        return Self.checksum(bytes.slice(from: 0, count: 8)) == checksum
    }

    static func length(_ bytes: RawSpan) -> Int? {
        guard let length = bytes.u8(at: 2), length >= 5 else { return nil }
        let data = Int(length) &- 5
        return 10 &+ data &+ 2 &* ((data &+ 15) / 16)
    }

    /// The octets between the checksums: where one is wrong, those before it.
    static func data(_ frame: RawSpan) -> [UInt8] {
        var data: [UInt8] = []
        var rest = frame.slice(from: 10)
        while rest.byteCount > 2 {
            let block = rest.slice(from: 0, count: min(16, rest.byteCount &- 2))
            guard rest.u16le(at: block.byteCount) == Self.checksum(block) else { break }
            data.append(contentsOf: block.copied())
            rest = rest.slice(from: block.byteCount &+ 2)
        }
        return data
    }

    private static func checksum(_ bytes: RawSpan) -> UInt16 {
        var value: UInt16 = 0
        var offset = 0
        while let octet = bytes.u8(at: offset) {
            value ^= UInt16(octet)
            for _ in 0..<8 { value = value & 1 == 1 ? value &>> 1 ^ 0xA6BC : value &>> 1 }
            offset &+= 1
        }
        return ~value
    }
}

/// Requests and answers of the application layer.
private struct DNP3Exchange {
    /// The control asked for last, by its sequence number.
    private var pending: (sequence: UInt8, control: String)?

    mutating func read(_ frame: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let control = frame.u8(at: 3) else { return }
        // Bit 7: from the master.
        context.declare(side, is: control & 0x80 != 0 ? .client : .server)
        let octets = DataLinkFrame.data(frame)
        let data = octets.rawSpan
        // Transport: only the first segment begins with an application header.
        guard let transport = data.u8(at: 0), transport & 0x40 != 0, let application = data.u8(at: 1), let function = data.u8(at: 2) else { return }
        switch function {
        case 32, 33: context.record(.dnp3Authentication, "request", about: .server)
        case 131: context.record(.dnp3Authentication, "challenge", about: .server)
        case 129: self.readAnswer(data, application & 0xF, whole: transport & 0x80 != 0, &context)
        default:
            guard control & 0x80 != 0, let name = Self.control(function, data.u8(at: 3)) else { return }
            context.record(.controlRequested, name, about: .conversation)
            self.pending = (application & 0xF, name)
        }
    }

    /// Internal indications say what went wrong; the answer to an operation ends in its status.
    private mutating func readAnswer(_ data: RawSpan, _ sequence: UInt8, whole: Bool, _ context: inout DissectionContext) {
        guard let pending, pending.sequence == sequence, let indications = data.u8(at: 4) else { return }
        self.pending = nil
        var isDone = indications & 0x07 == 0
        if pending.control == "operate", let group = data.u8(at: 5), group == 12 || group == 41 {
            guard whole else { return }
            isDone = isDone && data.u8(at: data.byteCount &- 1) == 0
        }
        context.record(isDone ? .controlAccepted : .controlRefused, pending.control, about: .server)
    }

    /// What a function changes (clause 4.4).
    private static func control(_ function: UInt8, _ group: UInt8?) -> String? {
        switch function {
        case 2:
            switch group {
            // Clearing the restart indication is part of every session.
            case 80: nil
            case 50: "time"
            default: "write"
            }
        case 4, 5, 6: "operate"
        case 13, 14: "restart"
        case 15, 16, 17: "start"
        case 18: "stop"
        case 27: "delete"
        case 31: "download"
        default: nil
        }
    }
}
