import Observations
import Wire

// Modbus/TCP ("MODBUS Messaging on TCP/IP Implementation Guide" V1.0b) with the functions of "MODBUS Application Protocol
// Specification" V1.1b3.
//
// Read: the device identification (function 43/14), and which functions that change something were asked for, carried out and
// refused. Values of registers are never kept. There is no authentication in the protocol.

final class ModbusDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.modbus

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // The header: transaction, protocol 0, length, unit.
        guard head.u8(at: 2) ?? 0 == 0, head.u8(at: 3) ?? 0 == 0 else { return .no }
        guard let length = head.u16(at: 4) else { return .notYet }
        guard length >= 2, length <= 254 else { return .no }
        // A-ASSOCIATE-RJ of DICOM (PS3.8 section 9.3.4): 03, 00, the length 4, 00, result, source, reason.
        if length == 4, head.u16(at: 0) == 0x0300, head.u8(at: 6) ?? 0 == 0 { return .no }
        guard let function = head.u8(at: 7) else { return .notYet }
        // A role that the handshake says rules one shape out; without it each is tried.
        let mayAsk = context.role != .server, mayAnswer = context.role != .client
        // What a server answers to a function that it does not know tells more than the request.
        guard (mayAsk && MessageShape.isRequest(function)) || (mayAnswer && (MessageShape.isAnswer(function) || context.isStart && function >= 0x80)) else {
            return context.isStart && context.role == .client && head.byteCount == 6 &+ Int(length) ? .notYet : .no
        }
        guard head.byteCount >= 6 &+ Int(length) else { return context.isStart ? .notYet : .no }
        let unit = head.slice(from: 7, count: Int(length) &- 1)
        guard (mayAsk && MessageShape.isWellFormedRequest(unit)) || (mayAnswer && MessageShape.isWellFormedAnswer(unit)) else { return .no }
        // A second message has to begin the same way.
        let next = head.slice(from: 6 &+ Int(length))
        guard next.u16(at: 2) ?? 0 == 0, (2...254).contains(next.u16(at: 4) ?? 2) else { return .no }
        return .yes
    }

    // MARK: State

    /// What was asked for, by transaction: an answer of the same number says what became of it.
    private var pending: [UInt16: String] = [:]
    private static let pendingLimit = 64

    func lost(_ count: Int, from side: Side) { self.pending.removeAll() }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let transaction = bytes.u16(at: 0), let protocolNumber = bytes.u16(at: 2), let length = bytes.u16(at: 4) else {
            return Consumption(0, .more(atLeast: 8))
        }
        // A maker's programming protocol has longer units than the 254 of the standard.
        guard protocolNumber == 0, length >= 2, length <= 2048 else { return .failed }
        let count = 6 &+ Int(length)
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        let unit = bytes.slice(from: 7, count: Int(length) &- 1)
        guard let function = unit.u8(at: 0) else { return Consumption(count) }
        if !context.rolesAreSure {
            let isRequest = MessageShape.isWellFormedRequest(unit), isAnswer = MessageShape.isWellFormedAnswer(unit)
            if isRequest != isAnswer { context.declare(side, is: isRequest ? .client : .server) }
        }
        if context.role(of: side) == .client {
            self.request(unit, transaction, &context)
        } else {
            self.answer(function, unit, transaction, &context)
        }
        return Consumption(count, .more(atLeast: 8))
    }

    private func request(_ unit: RawSpan, _ transaction: UInt16, _ context: inout DissectionContext) {
        guard let control = MessageShape.control(unit) else { return }
        if self.pending.count >= Self.pendingLimit { self.pending.removeAll(keepingCapacity: true) }
        self.pending.updateValue(control, forKey: transaction)
        context.record(.controlRequested, control, about: .conversation)
    }

    private func answer(_ function: UInt8, _ unit: RawSpan, _ transaction: UInt16, _ context: inout DissectionContext) {
        // Where the request was not seen, the answer of a function that writes says as much.
        let control = self.pending.removeValue(forKey: transaction) ?? MessageShape.control(unit)
        if let control { context.record(MessageShape.isError(unit) ? .controlRefused : .controlAccepted, control, about: .server) }
        if function == 0x2B, unit.u8(at: 1) == 0x0E { Self.recordIdentification(unit, &context) }
    }

    /// Read Device Identification (section 6.21): function, type, code, conformity, more, next, count, objects.
    private static func recordIdentification(_ unit: RawSpan, _ context: inout DissectionContext) {
        var reader = ByteReader(unit.slice(from: 7))
        while let identifier = try? reader.u8(), let length = try? reader.u8(), let value = try? reader.take(Int(length)) {
            let attribute: Attribute
            switch identifier {
            case 0: attribute = .modbusVendor
            case 1: attribute = .modbusProductCode
            case 2: attribute = .modbusRevision
            case 4: attribute = .modbusProduct
            case 5: attribute = .modbusModel
            // The address of a web page, the application's name, and what makers add.
            default: continue
            }
            context.record(attribute, value.trimmed, about: .server)
        }
    }
}

/// The units of the functions (specification, section 6): what each has to look like.
private enum MessageShape {
    static func isRequest(_ function: UInt8) -> Bool {
        switch function {
        case 1...8, 0x0B, 0x0C, 0x0F, 0x10, 0x11, 0x14...0x18, 0x2B, 0x5A: true
        default: false
        }
    }
    static func isAnswer(_ function: UInt8) -> Bool { self.isRequest(function & 0x7F) }

    static func isWellFormedRequest(_ unit: RawSpan) -> Bool {
        guard let function = unit.u8(at: 0), self.isRequest(function) else { return false }
        let count = unit.byteCount
        switch function {
        case 1, 2: return count == 5 && (1...2000).contains(unit.u16(at: 3) ?? 0)
        case 3, 4: return count == 5 && (1...125).contains(unit.u16(at: 3) ?? 0)
        case 5: return count == 5 && (unit.u16(at: 3) == 0 || unit.u16(at: 3) == 0xFF00)
        case 6: return count == 5
        case 7, 0x0B, 0x0C, 0x11: return count == 1
        case 8: return count >= 5 && unit.u16(at: 1) ?? .max <= 0x14
        case 0x0F:
            guard let quantity = unit.u16(at: 3), let bytes = unit.u8(at: 5) else { return false }
            return (1...1968).contains(quantity) && Int(bytes) == (Int(quantity) &+ 7) / 8 && count == 6 &+ Int(bytes)
        case 0x10:
            guard let quantity = unit.u16(at: 3), let bytes = unit.u8(at: 5) else { return false }
            return (1...123).contains(quantity) && Int(bytes) == 2 &* Int(quantity) && count == 6 &+ Int(bytes)
        case 0x14, 0x15: return count > 2 && Int(unit.u8(at: 1) ?? 0) == count &- 2
        case 0x16: return count == 7
        case 0x17: return count >= 10 && Int(unit.u8(at: 9) ?? 0) == count &- 10
        case 0x18: return count == 3
        case 0x2B:
            guard let type = unit.u8(at: 1) else { return false }
            return type == 0x0E ? count == 4 && (1...4).contains(unit.u8(at: 2) ?? 0) : type == 0x0D
        // A maker's programming protocol inside Modbus: session, code of the function.
        case 0x5A: return count >= 3
        default: return false
        }
    }

    static func isWellFormedAnswer(_ unit: RawSpan) -> Bool {
        guard let function = unit.u8(at: 0) else { return false }
        let count = unit.byteCount
        if function & 0x80 != 0 { return count == 2 && (1...11).contains(unit.u8(at: 1) ?? 0) }
        guard self.isAnswer(function) else { return false }
        switch function {
        case 1, 2: return count > 2 && Int(unit.u8(at: 1) ?? 0) == count &- 2
        case 3, 4, 0x17: return count > 2 && count % 2 == 0 && Int(unit.u8(at: 1) ?? 0) == count &- 2
        case 0x0C, 0x11, 0x14, 0x15: return count > 2 && Int(unit.u8(at: 1) ?? 0) == count &- 2
        case 5: return count == 5 && (unit.u16(at: 3) == 0 || unit.u16(at: 3) == 0xFF00)
        case 6, 0x0B, 0x0F, 0x10: return count == 5
        case 7: return count == 2
        case 8: return count >= 5 && unit.u16(at: 1) ?? .max <= 0x14
        case 0x16: return count == 7
        case 0x18: return count >= 5 && Int(unit.u16(at: 1) ?? 0) == count &- 3
        case 0x2B: return unit.u8(at: 1) == 0x0E ? count >= 7 && (1...4).contains(unit.u8(at: 2) ?? 0) : unit.u8(at: 1) == 0x0D
        case 0x5A: return count >= 3
        default: return false
        }
    }

    /// An exception, or the error of a maker's programming protocol.
    static func isError(_ unit: RawSpan) -> Bool {
        guard let function = unit.u8(at: 0) else { return false }
        return function & 0x80 != 0 || function == 0x5A && unit.u8(at: 2) == 0xFD
    }

    /// What a function changes; also of an answer, which repeats the function.
    static func control(_ unit: RawSpan) -> String? {
        guard let function = unit.u8(at: 0) else { return nil }
        switch function & 0x7F {
        case 5, 6, 0x0F, 0x10, 0x15, 0x16, 0x17: return "write"
        // Restart of communications; force to listen-only mode (section 6.8.1).
        case 8: return unit.u16(at: 1) == 1 || unit.u16(at: 1) == 4 ? "communication" : nil
        // UMAS, as its dissectors describe it: write of variables, download, start, stop. Its answers repeat no function.
        case 0x5A:
            switch unit.u8(at: 2) {
            case 0x21, 0x23: return "write"
            case 0x30: return "download"
            case 0x40: return "start"
            case 0x41: return "stop"
            default: return nil
            }
        default: return nil
        }
    }
}
