import Observations
import Wire

// Manufacturing Message Specification (ISO 9506-2) as IEC 61850-8-1 uses it: over ISO transport, session (ISO 8327-1),
// presentation (ISO 8823-1) and association control (ISO 8650-1).
//
// Read: vendor, model and revision in the answer to Identify; the services that change something, carried out or refused; a
// password in the association, which is stepped over. Names of variables and values are never kept.

final class MMSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.mms

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        TransportPacket.probe(head, context) { payload, isWhole in
            switch payload.u8(at: 0) {
            case nil: isWhole ? .no : .notYet
            // Connect and accept: the abstract syntax of MMS is proposed in them.
            case 0x0D, 0x0E: AssociationText.hasAbstractSyntax(payload) ? .yes : isWhole ? .no : .notYet
            case 0x01: isWhole ? MessageUnit(payload) != nil ? .yes : .no : payload.u8(at: 1) ?? 0 == 0 ? .notYet : .no
            default: .no
            }
        }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let length = TransportPacket.length(bytes) else { return .failed }
        guard length > 0, bytes.byteCount >= length else { return Consumption(0, .more(atLeast: max(length, 4))) }
        guard let packet = TransportPacket(bytes) else { return .failed }
        if packet.kind == .data { Self.read(packet.payload, from: side, &context) }
        return Consumption(length, .more(atLeast: 4))
    }

    private static func read(_ payload: RawSpan, from side: Side, _ context: inout DissectionContext) {
        switch payload.u8(at: 0) {
        case 0x0D:
            context.declare(side, is: .client)
            if AssociationText.hasPassword(payload) { context.record(.loginClear, "mms", about: .server) }
        case 0x0E: context.declare(side, is: .server)
        default:
            guard let unit = MessageUnit(payload) else { return }
            unit.record(from: side, &context)
        }
    }
}

/// What is looked for in the association, by the bytes of its identifiers: nothing else in it is wanted.
private enum AssociationText {
    /// 1.0.9506.2.1 and 1.0.9506.2.3, the abstract syntax and the application context of MMS: the first is proposed, the second
    /// stands in the answer too.
    static func hasAbstractSyntax(_ payload: RawSpan) -> Bool {
        self.has([0x28, 0xCA, 0x22, 0x02, 0x01], in: payload) || self.has([0x28, 0xCA, 0x22, 0x02, 0x03], in: payload)
    }
    /// 2.2.3.1, authentication by password (ISO 8650-1 annex B), as the mechanism of the association.
    static func hasPassword(_ payload: RawSpan) -> Bool { self.has([0x8B, 0x03, 0x52, 0x03, 0x01], in: payload) }

    private static func has(_ text: [UInt8], in payload: RawSpan) -> Bool {
        let limit = 512
        guard let first = text.first else { return false }
        var start = 0
        while let index = payload.firstIndex(of: first, from: start, before: limit) {
            var offset = index
            if text.allSatisfy({ octet in
                defer { offset &+= 1 }
                return payload.u8(at: offset) == octet
            }) { return true }
            start = index &+ 1
        }
        return false
    }
}

/// A unit of MMS in session data: two empty session headers, presentation user data, the unit.
private struct MessageUnit: ~Escapable {
    private let kind: UInt8
    private let service: Element

    @_lifetime(copy payload)
    init?(_ payload: RawSpan) {
        // Give tokens and data transfer, without parameters.
        guard payload.u32(at: 0) == 0x0100_0100 else { return nil }
        var outer = ByteReader(payload.slice(from: 4))
        guard let user = Element(&outer), user.tag == 0x61, outer.isEmpty else { return nil }
        var list = ByteReader(user.content)
        guard let value = Element(&list), value.tag == 0x30 else { return nil }
        var parts = ByteReader(value.content)
        guard var part = Element(&parts) else { return nil }
        // A transfer syntax may stand in front of the context.
        if part.tag == 0x06 {
            guard let next = Element(&parts) else { return nil }
            part = next
        }
        guard part.tag == 0x02, let data = Element(&parts), data.tag == 0xA0 else { return nil }
        var inner = ByteReader(data.content)
        guard let unit = Element(&inner), unit.tag >= 0xA0 && unit.tag <= 0xA4 || unit.tag >= 0x8B && unit.tag <= 0x8D else { return nil }
        self.kind = UInt8(truncatingIfNeeded: unit.tag)
        var body = ByteReader(unit.content)
        guard unit.tag == 0xA0 || unit.tag == 0xA1, let invocation = Element(&body), invocation.tag == 0x02 else {
            self.service = unit
            return
        }
        guard var service = Element(&body) else { return nil }
        // Modifiers stand in front of the service of a request.
        if service.tag == 0x30, let next = Element(&body) { service = next }
        self.service = service
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        switch self.kind {
        case 0xA0:
            context.declare(side, is: .client)
            if let control { context.record(.controlRequested, control, about: .conversation) }
        case 0xA1:
            context.declare(side, is: .server)
            if let control { context.record(self.isRefusedWrite ? .controlRefused : .controlAccepted, control, about: context.party(side)) }
            if self.service.tag == 0xA2 { self.recordIdentity(context.party(side), &context) }
        default: break
        }
    }

    private func recordIdentity(_ party: Party, _ context: inout DissectionContext) {
        var fields = ByteReader(self.service.content)
        while let field = Element(&fields) {
            switch field.tag {
            case 0x80: context.record(.mmsVendor, field.content.trimmed, about: party)
            case 0x81: context.record(.mmsModel, field.content.trimmed, about: party)
            case 0x82: context.record(.mmsRevision, field.content.trimmed, about: party)
            default: return
            }
        }
    }

    /// A write is answered variable by variable: [0] says why it failed.
    private var isRefusedWrite: Bool { self.service.tag == 0xA5 && self.service.content.u8(at: 0) == 0x80 }

    /// What a service changes, by its number in the choice of services (ISO 9506-2 clause 7).
    private var control: String? {
        switch self.service.tag {
        case 0xA5: "write"
        case 0xBA, 0x9A: "download"
        case 0xBF24, 0x9F24, 0xBF27, 0x9F27, 0xBF4C, 0x9F4C: "delete"
        case 0xBF28, 0x9F28, 0xBF2A, 0x9F2A: "start"
        case 0xBF29, 0x9F29, 0xBF2C, 0x9F2C: "stop"
        case 0xBF2B, 0x9F2B: "restart"
        default: nil
        }
    }
}

/// One element of the basic encoding rules (X.690), with a tag of one or two octets and a definite length.
private struct Element: ~Escapable {
    let tag: UInt16
    let content: RawSpan

    @_lifetime(copy reader) @_lifetime(reader: copy reader)
    init?(_ reader: inout ByteReader) {
        guard let first = try? reader.u8() else { return nil }
        var tag = UInt16(first)
        if first & 0x1F == 0x1F {
            guard let second = try? reader.u8(), second & 0x80 == 0 else { return nil }
            tag = tag &<< 8 | UInt16(second)
        }
        guard let short = try? reader.u8() else { return nil }
        var length = Int(short)
        if short & 0x80 != 0 {
            switch short & 0x7F {
            case 1:
                guard let long = try? reader.u8() else { return nil }
                length = Int(long)
            case 2:
                guard let long = try? reader.u16() else { return nil }
                length = Int(long)
            case 3:
                guard let long = try? reader.u24() else { return nil }
                length = Int(long)
            default: return nil
            }
        }
        guard let content = try? reader.take(length) else { return nil }
        self.tag = tag
        self.content = content
    }
}
