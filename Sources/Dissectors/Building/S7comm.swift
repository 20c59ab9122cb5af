import Observations
import Wire

// S7 communication of SIMATIC controllers over ISO transport, which its maker never published; as Wireshark's dissector
// (packet-s7comm.c, packet-s7comm_szl_ids.c) and the Snap7 project describe it.
//
// Read: the system status lists that identify a controller and its modules, the functions that change something (write, start,
// stop, download), what the controller answered, and whether the later protocol (72h) is spoken. Values are never kept; a
// password is stepped over.

final class S7commDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.s7comm

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        TransportPacket.probe(head, context) { payload, isWhole in
            let kind = payload.u8(at: 1) ?? 1
            switch payload.u8(at: 0) {
            case nil: return isWhole ? .no : .notYet
            case 0x32: return isWhole ? UnitHeader(payload) != nil ? .yes : .no : kind <= 7 ? .notYet : .no
            case 0x72: return isWhole ? LaterHeader.isUnit(payload) ? .yes : .no : (1...3).contains(kind) ? .notYet : .no
            default: return .no
            }
        }
    }

    /// The service of the controller that was called last, and with which reference: the answer names neither.
    private var called: (reference: UInt16, control: String)?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = TransportPacket.length(bytes) else { return .failed }
        guard length > 0, bytes.byteCount >= length else { return Consumption(0, .more(atLeast: max(length, 4))) }
        guard let packet = TransportPacket(bytes) else { return .failed }
        if packet.kind == .data { self.read(packet.payload, from: side, &context) }
        return Consumption(length, .more(atLeast: 4))
    }

    private func read(_ payload: RawSpan, from side: Side, _ context: inout DissectionContext) {
        if payload.u8(at: 0) == 0x72 {
            context.record(.s7Variant, "s7comm-plus", about: .server)
            return
        }
        guard let unit = UnitHeader(payload) else { return }
        context.record(.s7Variant, "s7comm", about: .server)
        switch unit.kind {
        case 1: self.readJob(unit, from: side, &context)
        case 3: self.readAnswer(unit, from: side, &context)
        case 7: Self.readUserData(unit, from: side, &context)
        default: break
        }
    }

    private func readJob(_ unit: borrowing UnitHeader, from side: Side, _ context: inout DissectionContext) {
        guard let function = unit.parameters.u8(at: 0) else { return }
        // The blocks of a download are asked for by the controller; all else by its client.
        if function != 0x1B, function != 0x1C { context.declare(side, is: .client) }
        guard context.role(of: side) == .client, var control = Functions.control(function) else { return }
        if function == 0x28 {
            control = Functions.serviceControl(unit.parameters)
            self.called = (unit.reference, control)
        }
        context.record(.controlRequested, control, about: .conversation)
    }

    private func readAnswer(_ unit: borrowing UnitHeader, from side: Side, _ context: inout DissectionContext) {
        guard let function = unit.parameters.u8(at: 0) else { return }
        if function != 0x1B, function != 0x1C { context.declare(side, is: .server) }
        guard context.role(of: side) == .server, var control = Functions.control(function) else { return }
        if function == 0x28, let called, called.reference == unit.reference { control = called.control }
        // A write is answered item by item.
        let isDone = unit.error == 0 && (function != 0x05 || unit.data.u8(at: 0) == 0xFF)
        context.record(isDone ? .controlAccepted : .controlRefused, control, about: .server)
    }

    /// Parameters of user data: head 000112h, length, request or answer, kind and group, function.
    private static func readUserData(_ unit: borrowing UnitHeader, from side: Side, _ context: inout DissectionContext) {
        guard unit.parameters.u8(at: 1) == 1, unit.parameters.u8(at: 2) == 0x12, let method = unit.parameters.u8(at: 4),
            let group = unit.parameters.u8(at: 5), let function = unit.parameters.u8(at: 6)
        else { return }
        let isAnswer = group &>> 4 == 8 || method == 0x12 && group &>> 4 != 4
        if group &>> 4 == 4 || group &>> 4 == 8 { context.declare(side, is: isAnswer ? .server : .client) }
        let error = isAnswer ? unit.parameters.u16(at: 10) ?? 0 : 0
        switch (group & 0xF, function) {
        case (4, 1) where isAnswer && error == 0: StatusList(unit.data)?.record(context.party(side), &context)
        case (5, 1) where !isAnswer: context.record(.loginClear, "s7comm", about: .server)
        case (7, 2), (7, 4):
            if isAnswer {
                context.record(error == 0 ? .controlAccepted : .controlRefused, "time", about: .server)
            } else {
                context.record(.controlRequested, "time", about: .conversation)
            }
        default: break
        }
    }
}

/// The functions of jobs.
private enum Functions {
    /// What a function changes.
    static func control(_ function: UInt8) -> String? {
        switch function {
        case 0x05: "write"
        case 0x1A: "download"
        case 0x28: "start"
        case 0x29: "stop"
        default: nil
        }
    }

    /// What a service of the controller changes, which function 28h calls by the name that ends its parameters.
    static func serviceControl(_ parameters: RawSpan) -> String {
        if parameters.firstRange(of: "_DELE") != nil { return "delete" }
        if parameters.firstRange(of: "_INSE") != nil || parameters.firstRange(of: "_MODU") != nil { return "download" }
        return "start"
    }
}

/// The header of a unit (32h): kind, reference, lengths of parameters and data, in answers an error.
private struct UnitHeader: ~Escapable {
    let kind: UInt8
    let reference: UInt16
    let error: UInt16
    let parameters: RawSpan
    let data: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard bytes.u8(at: 0) == 0x32, let kind = bytes.u8(at: 1), kind == 1 || kind == 2 || kind == 3 || kind == 7, bytes.u16(at: 2) == 0,
            let reference = bytes.u16(at: 4), let parameterCount = bytes.u16(at: 6), let dataCount = bytes.u16(at: 8)
        else { return nil }
        let start = kind == 2 || kind == 3 ? 12 : 10
        guard bytes.byteCount == start &+ Int(parameterCount) &+ Int(dataCount) else { return nil }
        self.kind = kind
        self.reference = reference
        self.error = start == 12 ? bytes.u16(at: 10) ?? 0 : 0
        self.parameters = bytes.slice(from: start, count: Int(parameterCount))
        self.data = bytes.slice(from: start &+ Int(parameterCount))
    }
}

/// The header of the later protocol: 72h, version, length; an unfragmented unit ends in a header without content.
private enum LaterHeader {
    static func isUnit(_ payload: RawSpan) -> Bool {
        guard let version = payload.u8(at: 1), (1...3).contains(version), let length = payload.u16(at: 2) else { return false }
        let trailer = payload.slice(from: 4 &+ Int(length))
        return trailer.byteCount == 4 && trailer.u8(at: 0) == 0x72 && trailer.u8(at: 1) == version && trailer.u16(at: 2) == 0
    }
}

/// An extract of a system status list: identifier, index, length and count of its items.
private struct StatusList: ~Escapable {
    private static let limit = 64

    private let identifier: UInt16
    private let itemCount: Int
    private let items: RawSpan

    /// - Parameter data: return code, kind of transport, length, list.
    @_lifetime(copy data)
    init?(_ data: RawSpan) {
        guard data.u8(at: 0) == 0xFF, let identifier = data.u16(at: 4), let length = data.u16(at: 8), length > 0 else { return nil }
        self.identifier = identifier
        self.itemCount = Int(length)
        self.items = data.slice(from: 12)
    }

    func record(_ party: Party, _ context: inout DissectionContext) {
        var offset = 0
        var count = 0
        while count < Self.limit, offset &+ self.itemCount <= self.items.byteCount {
            let item = self.items.slice(from: offset, count: self.itemCount)
            switch self.identifier & 0xFF {
            case 0x11 where self.itemCount == 28: Self.recordModule(item, party, &context)
            case 0x1C where self.itemCount >= 34: Self.recordComponent(item, party, &context)
            default: return
            }
            offset &+= self.itemCount
            count &+= 1
        }
    }

    /// Identification of a module: index, order number of 20 characters, type, two versions.
    private static func recordModule(_ item: RawSpan, _ party: Party, _ context: inout DissectionContext) {
        guard let index = item.u16(at: 0), let letter = item.u8(at: 24), let major = item.u8(at: 25), let minor = item.u16(at: 26) else { return }
        let version = "\(major).\(minor &>> 8).\(minor & 0xFF)"
        switch index {
        case 1: context.record(.s7Order, item.slice(from: 2, count: 20).trimmed, about: party)
        case 6: context.record(.s7Hardware, String(item.u16(at: 24) ?? 0), about: party)
        case 7 where letter == 0x56: context.record(.s7Firmware, "V" + version, about: party)
        default: break
        }
    }

    /// Identification of a component: index, text of up to 32 characters.
    private static func recordComponent(_ item: RawSpan, _ party: Party, _ context: inout DissectionContext) {
        let text = item.slice(from: 2, count: 32)
        let end = text.firstIndex(of: 0) ?? text.byteCount
        let value = text.slice(from: 0, count: end).trimmed
        switch item.u16(at: 0) {
        case 1: context.record(.s7Name, value, about: party)
        case 5: context.record(.s7Serial, value, about: party)
        case 7: context.record(.s7Module, value, about: party)
        default: break
        }
    }
}
