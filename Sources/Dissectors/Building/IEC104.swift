import Observations
import Wire

// IEC 60870-5-104: application units of IEC 60870-5-101 over TCP.
//
// Read: commands, set points, resets and clock settings, and whether the station confirmed them. Values are never kept. There is no
// authentication in the protocol; IEC 62351-3 puts it inside TLS.

final class IEC104Dissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.iec104

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 0x68 else { return .no }
        guard let length = head.u8(at: 1) else { return .notYet }
        guard length >= 4, length <= 253 else { return .no }
        guard head.byteCount >= 2 &+ Int(length) else {
            // What is there has to fit.
            return context.isStart && ControlField.mayBegin(head) ? .notYet : .no
        }
        let unit = head.slice(from: 0, count: 2 &+ Int(length))
        guard ControlField(unit) != nil else { return .no }
        let next = head.slice(from: unit.byteCount)
        if let start = next.u8(at: 0), start != 0x68 { return .no }
        // An acknowledgement alone is too little.
        return unit.u8(at: 2) == 0x01 && next.isEmpty && !context.isProved ? .notYet : .yes
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let start = bytes.u8(at: 0), let length = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 6)) }
        guard start == 0x68, length >= 4, length <= 253 else { return .failed }
        let count = 2 &+ Int(length)
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        switch ControlField(bytes.slice(from: 0, count: count)) {
        case nil: return .failed
        case .unnumbered(let function):
            // Start and stop of data transfer are asked for by the controlling station.
            if function == 0x07 || function == 0x13 { context.declare(side, is: .client) }
            if function == 0x0B || function == 0x23 { context.declare(side, is: .server) }
        case .supervisory: break
        case .information: Self.read(bytes.slice(from: 6, count: count &- 6), from: side, &context)
        }
        return Consumption(count, .more(atLeast: 6))
    }

    /// Type, qualifier, cause, originator, address, objects (IEC 60870-5-101 section 7.2).
    private static func read(_ unit: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let type = unit.u8(at: 0), let cause = unit.u8(at: 2) else { return }
        if type < 45 { context.declare(side, is: .server) }
        guard let control = Self.control(type) else { return }
        switch cause & 0x3F {
        case 6:
            context.declare(side, is: .client)
            context.record(.controlRequested, control, about: .conversation)
        case 7, 44, 45, 46, 47:
            context.declare(side, is: .server)
            let isDone = cause & 0x40 == 0 && cause & 0x3F == 7
            context.record(isDone ? .controlAccepted : .controlRefused, control, about: context.party(side))
        default: break
        }
    }

    private static func control(_ type: UInt8) -> String? {
        switch type {
        case 45...47, 58...60: "operate"
        case 48...51, 61...64, 110...113: "write"
        case 103: "time"
        case 105: "restart"
        default: nil
        }
    }
}

/// The four control octets (section 5.1 of the standard).
private enum ControlField {
    case information, supervisory
    case unnumbered(UInt8)

    init?(_ unit: RawSpan) {
        guard let first = unit.u8(at: 2), let third = unit.u8(at: 4) else { return nil }
        switch first & 3 {
        case 3:
            guard unit.byteCount == 6, Self.functions.contains(first), unit.u8(at: 3) == 0, unit.u16(at: 4) == 0 else { return nil }
            self = .unnumbered(first)
        case 1:
            guard unit.byteCount == 6, first == 1, unit.u8(at: 3) == 0, third & 1 == 0 else { return nil }
            self = .supervisory
        default:
            guard third & 1 == 0, unit.byteCount >= 12, let type = unit.u8(at: 6), let qualifier = unit.u8(at: 7), let cause = unit.u8(at: 8),
                Self.isType(type), Self.isCause(cause & 0x3F), unit.byteCount >= 15 || type == 0, qualifier & 0x7F > 0
            else { return nil }
            self = .information
        }
    }

    /// Whether the first octets of a unit that is not whole can be one.
    static func mayBegin(_ unit: RawSpan) -> Bool {
        guard let first = unit.u8(at: 2) else { return true }
        if first & 3 == 3 { return unit.u8(at: 1) == 4 && Self.functions.contains(first) }
        if first & 3 == 1 { return unit.u8(at: 1) == 4 && first == 1 }
        return unit.u8(at: 6).map(Self.isType) ?? true
    }

    private static let functions: [UInt8] = [0x07, 0x0B, 0x13, 0x23, 0x43, 0x83]

    private static func isType(_ type: UInt8) -> Bool {
        switch type {
        case 1...21, 30...41, 45...51, 58...64, 70, 100...107, 110...113, 120...127: true
        default: false
        }
    }
    private static func isCause(_ cause: UInt8) -> Bool {
        switch cause {
        case 1...13, 20...41, 44...47: true
        default: false
        }
    }
}
