import Observations
import Wire

// ADS of Beckhoff's TwinCAT ("TwinCAT ADS/AMS specification"): AMS over TCP port 48898, and the discovery on UDP port 48899.
//
// Read: name and version of a device; the commands that change something, carried out or refused; whether a route was added, which
// carries a user and a password in clear: both are stepped over.

final class ADSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ads

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 0, head.u8(at: 1) ?? 0 == 0 else { return .no }
        guard head.byteCount >= 38 else { return head.u32le(at: 2).map { $0 >= 32 && $0 <= 1 &<< 20 } ?? true ? .notYet : .no }
        return AMSHeader(head) != nil ? .yes : .no
    }

    /// Commands asked for, by the number of the call.
    private var pending: [UInt32: String] = [:]
    private static let pendingLimit = 64

    func lost(_ count: Int, from side: Side) { self.pending.removeAll() }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 38 else { return Consumption(0, .more(atLeast: 38)) }
        guard let header = AMSHeader(bytes) else { return .failed }
        // Only short ones are of interest; values are longer.
        guard header.dataCount <= 256 else { return Consumption(0, .skip(38 &+ header.dataCount)) }
        let count = 38 &+ header.dataCount
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        let data = bytes.slice(from: 38, count: header.dataCount)
        if header.command != 8 { context.declare(side, is: header.isAnswer ? .server : .client) }
        if header.isAnswer {
            self.readAnswer(header, data, from: side, &context)
        } else if let control = Self.control(header.command, data) {
            context.record(.controlRequested, control, about: .conversation)
            if self.pending.count >= Self.pendingLimit { self.pending.removeAll(keepingCapacity: true) }
            self.pending.updateValue(control, forKey: header.call)
        }
        return Consumption(count, .more(atLeast: 38))
    }

    private func readAnswer(_ header: AMSHeader, _ data: RawSpan, from side: Side, _ context: inout DissectionContext) {
        let isDone = header.error == 0 && data.u32le(at: 0) == 0
        if let control = self.pending.removeValue(forKey: header.call) {
            context.record(isDone ? .controlAccepted : .controlRefused, control, about: context.party(side))
        }
        guard header.command == 1, isDone, let major = data.u8(at: 4), let minor = data.u8(at: 5), let build = data.u16le(at: 6) else { return }
        context.record(.adsVersion, "\(major).\(minor).\(build)", about: context.party(side))
        let name = data.slice(from: 8, count: 16)
        context.record(.adsName, name.slice(from: 0, count: name.firstIndex(of: 0) ?? 16).trimmed, about: context.party(side))
    }

    /// Write, and write control with the state that is wanted.
    private static func control(_ command: UInt16, _ data: RawSpan) -> String? {
        switch command {
        case 3: return "write"
        case 5:
            switch data.u16le(at: 0) {
            case 2: return "restart"
            case 5: return "start"
            case 6: return "stop"
            case 12, 16: return "restart"
            default: return "operate"
            }
        default: return nil
        }
    }
}

enum ADSDiscoveryDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ads
    static let usualPorts: Set<UInt16> = [48899]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x03 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u32le(at: 0) == 0x7114_6603, let service = datagram.u32le(at: 8), let tagCount = datagram.u32le(at: 20), tagCount <= 32 else { return .no }
        let isAnswer = service & 0x8000_0000 != 0
        context.declare(side, is: isAnswer ? .server : .client)
        var reader = ByteReader(datagram.slice(from: 24))
        var hasPassword = false
        for _ in 0..<tagCount {
            guard let tag = try? reader.u16le(), let length = try? reader.u16le(), let value = try? reader.take(Int(length)) else { break }
            switch tag {
            case 2 where !isAnswer: hasPassword = length > 1
            case 3 where isAnswer:
                if let major = value.u8(at: 0), let minor = value.u8(at: 1), let build = value.u16le(at: 2) {
                    context.record(.adsVersion, "\(major).\(minor).\(build)", about: context.party(side))
                }
            case 4 where isAnswer:
                // Size, major, minor, build, platform, as Windows gives them (OSVERSIONINFO).
                if let major = value.u32le(at: 4), let minor = value.u32le(at: 8), let build = value.u32le(at: 12), let platform = value.u32le(at: 16) {
                    let family = platform == 2 ? "Windows NT" : platform == 3 ? "Windows CE" : "platform \(platform)"
                    context.record(.adsSystem, "\(family) \(major).\(minor).\(build)", about: context.party(side))
                }
            case 5 where isAnswer && service & 0x7FFF_FFFF == 1:
                context.record(.adsHost, value.slice(from: 0, count: value.firstIndex(of: 0) ?? value.byteCount).trimmed, about: context.party(side))
            default: break
            }
        }
        // Add route: a user and a password of the device, in clear.
        if service == 6, hasPassword { context.record(.loginClear, "ads", about: .server) }
        return .more
    }
}

/// The header of AMS behind that of AMS/TCP: addresses, command, flags, length, error, call.
private struct AMSHeader {
    let command: UInt16
    let isAnswer: Bool
    let dataCount: Int
    let error: UInt32
    let call: UInt32

    init?(_ bytes: RawSpan) {
        guard bytes.u16(at: 0) == 0, let length = bytes.u32le(at: 2), let command = bytes.u16le(at: 22), (1...9).contains(command),
            let flags = bytes.u16le(at: 24), flags & 0xFFBA == 0, flags & 4 != 0, let count = bytes.u32le(at: 26), count <= 1 &<< 20,
            length == count &+ 32, let error = bytes.u32le(at: 30), error <= 0xFFFF, let call = bytes.u32le(at: 34)
        else { return nil }
        self.command = command
        self.isAnswer = flags & 1 != 0
        self.dataCount = Int(count)
        self.error = error
        self.call = call
    }
}
