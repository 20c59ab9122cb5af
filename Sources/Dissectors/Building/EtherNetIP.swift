import Observations
import Wire

// EtherNet/IP (CIP volume 2, chapter 2: encapsulation) over TCP and UDP, with the messages of the Common Industrial Protocol (volume 1).
//
// Read: the identity that a device states in ListIdentity or for its identity object; the services that change something, carried
// out or refused. Names of tags and values are never kept.

final class EtherNetIPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.enip

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // The low octet of the command comes first, the high one is 0.
        guard let command = head.u8(at: 0), EncapsulationHeader.isCommand(UInt16(command)), head.u8(at: 1) ?? 0 == 0 else { return .no }
        guard head.byteCount >= 24 else { return .notYet }
        guard let header = EncapsulationHeader(head), header.count <= 600 &+ 24 else { return .no }
        guard head.byteCount >= header.count else { return context.isStart ? .notYet : .no }
        return header.isWellFormed ? .yes : .no
    }

    // MARK: State

    /// What was asked for, by the session's context or the connection's sequence: the answer does not repeat it.
    private var pending: [UInt64: CIPRequest] = [:]
    private static let pendingLimit = 64

    func lost(_ count: Int, from side: Side) { self.pending.removeAll() }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 24 else { return Consumption(0, .more(atLeast: 24)) }
        guard let header = EncapsulationHeader(bytes) else { return .failed }
        guard bytes.byteCount >= header.count else { return Consumption(0, .more(atLeast: header.count)) }
        if header.recordIdentity(from: side, &context) { return Consumption(header.count, .more(atLeast: 24)) }
        if header.command == 0x65, !context.rolesAreSure {
            // The session that is asked for has no number yet.
            context.declare(side, is: header.session == 0 ? .client : .server)
        }
        guard let message = header.message else { return Consumption(header.count, .more(atLeast: 24)) }
        let isAnswer = (message.bytes.u8(at: 0) ?? 0) & 0x80 != 0
        context.declare(side, is: isAnswer ? .server : .client)
        if isAnswer {
            if let request = self.pending.removeValue(forKey: message.key) { request.recordAnswer(message.bytes, &context) }
        } else if let request = CIPRequest(message.bytes, depth: 0) {
            if self.pending.count >= Self.pendingLimit { self.pending.removeAll(keepingCapacity: true) }
            self.pending.updateValue(request, forKey: message.key)
            if let control = request.control { context.record(.controlRequested, control, about: .conversation) }
        }
        return Consumption(header.count, .more(atLeast: 24))
    }
}

enum EtherNetIPDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.enip
    static let usualPorts: Set<UInt16> = [44818, 2222]

    static func mayBegin(_ octet: UInt8) -> Bool {
        // An item count of cyclic data, or a command.
        octet == 0x02 || EncapsulationHeader.isCommand(UInt16(octet))
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        if Self.isInputOutput(datagram) { return .more }
        guard let header = EncapsulationHeader(datagram), header.count == datagram.byteCount, header.isDiscovery, header.isWellFormed
        else { return .no }
        if !header.recordIdentity(from: side, &context), header.count == 24 { context.declare(side, is: .client) }
        return .more
    }

    /// Cyclic data (volume 2, section 2-6): a sequenced address of eight octets and connected data to the end.
    private static func isInputOutput(_ datagram: RawSpan) -> Bool {
        guard datagram.u32(at: 0) == 0x0200_0280, datagram.u16le(at: 4) == 8, datagram.u16le(at: 14) == 0xB1,
            let length = datagram.u16le(at: 16)
        else { return false }
        return Int(length) &+ 18 == datagram.byteCount
    }
}

/// The encapsulation header of 24 octets and what follows it.
private struct EncapsulationHeader: ~Escapable {
    let command: UInt16
    let session: UInt32
    let status: UInt32
    let senderContext: UInt64
    /// Of the header and its data.
    let count: Int
    let data: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let command = bytes.u16le(at: 0), Self.isCommand(command), let length = bytes.u16le(at: 2), let session = bytes.u32le(at: 4),
            let status = bytes.u32le(at: 8), Self.isStatus(status), let senderContext = bytes.u64(at: 12), bytes.u32le(at: 20) == 0
        else { return nil }
        self.command = command
        self.session = session
        self.status = status
        self.senderContext = senderContext
        self.count = 24 &+ Int(length)
        self.data = bytes.slice(from: 24, count: Int(length))
    }

    static func isCommand(_ command: UInt16) -> Bool {
        switch command {
        case 0x04, 0x63, 0x64, 0x65, 0x66, 0x6F, 0x70: true
        default: false
        }
    }
    private static func isStatus(_ status: UInt32) -> Bool { status <= 3 || status == 0x64 || status == 0x65 || status == 0x69 }

    var isDiscovery: Bool { self.command == 0x04 || self.command == 0x63 || self.command == 0x64 }

    /// Whether the data are what the command has.
    var isWellFormed: Bool {
        let count = self.data.byteCount
        switch self.command {
        case 0x04, 0x64: return count == 0 || count == 2 || self.data.u16le(at: 2) == 0x100
        case 0x63: return count == 0 && self.session == 0 || self.data.u16le(at: 2) == 0x0C && self.data.u16le(at: 6) == 1
        case 0x65: return count == 4 && self.data.u16le(at: 0) == 1 || count == 0 && self.status != 0
        case 0x66: return count == 0 && self.session != 0
        default:
            // Interface 0, timeout, items.
            return count == 0 ? self.status != 0 : self.session != 0 && self.data.u32le(at: 0) == 0 && (2...4).contains(self.data.u16le(at: 6) ?? 0)
        }
    }

    /// A message of the protocol inside, and what its answer will have in common with it.
    struct Message: ~Escapable {
        let key: UInt64
        let bytes: RawSpan

        @_lifetime(copy bytes)
        init(key: UInt64, bytes: RawSpan) {
            self.key = key
            self.bytes = bytes
        }
    }

    /// The unconnected or connected data item.
    var message: Message? {
        @_lifetime(copy self)
        get {
            guard self.command == 0x6F || self.command == 0x70 else { return nil }
            var reader = ByteReader(self.data.slice(from: 8))
            for _ in 0..<4 {
                guard let type = try? reader.u16le(), let length = try? reader.u16le(), let item = try? reader.take(Int(length)) else { return nil }
                if type == 0xB2 { return Message(key: self.senderContext, bytes: item) }
                if type == 0xB1, let sequence = item.u16le(at: 0) { return Message(key: 1 &<< 63 | UInt64(sequence), bytes: item.slice(from: 2)) }
            }
            return nil
        }
    }

    /// The items of an answer to ListIdentity (volume 2, table 2-4.4).
    func recordIdentity(from side: Side, _ context: inout DissectionContext) -> Bool {
        guard self.command == 0x63, self.data.byteCount > 0 else { return false }
        context.declare(side, is: .server)
        var reader = ByteReader(self.data.slice(from: 2))
        guard let type = try? reader.u16le(), type == 0x0C, let length = try? reader.u16le(), let item = try? reader.take(Int(length)) else { return true }
        // Version and a socket address come first.
        IdentityObject.record(item.slice(from: 18), context.party(side), &context)
        return true
    }
}

/// The identity object (CIP volume 1, section 5-2): vendor, type, product, revision, status, serial number, name.
private enum IdentityObject {
    static func record(_ data: RawSpan, _ party: Party, _ context: inout DissectionContext) {
        guard let vendor = data.u16le(at: 0), let type = data.u16le(at: 2), let product = data.u16le(at: 4), let major = data.u8(at: 6),
            let minor = data.u8(at: 7), let serial = data.u32(at: 10), let length = data.u8(at: 14), data.byteCount >= 15 &+ Int(length)
        else { return }
        context.record(.enipVendor, String(vendor), about: party)
        context.record(.enipDeviceType, String(type), about: party)
        context.record(.enipProductCode, "\(vendor)/\(type)/\(product)", about: party)
        context.record(.enipRevision, "\(major & 0x7F).\(minor)", about: party)
        // Sent with its low octet first, written with its high one.
        let octets = [serial, serial &>> 8, serial &>> 16, serial &>> 24].map { UInt8(truncatingIfNeeded: $0) }
        context.record(.enipSerial, hexadecimal(octets), about: party)
        context.record(.enipProduct, data.slice(from: 15, count: Int(length)).trimmed, about: party)
    }
}

/// A request: service, path, data (CIP volume 1, section 2-4).
private struct CIPRequest {
    private let service: UInt8
    private let objectClass: UInt8
    let control: String?

    init?(_ bytes: RawSpan, depth: Int) {
        guard let service = bytes.u8(at: 0), service & 0x80 == 0, let words = bytes.u8(at: 1), bytes.byteCount >= 2 &+ 2 &* Int(words) else { return nil }
        let path = bytes.slice(from: 2, count: 2 &* Int(words))
        // A logical segment of eight bits for the class; a tag's name has none.
        let objectClass = path.u8(at: 0) == 0x20 ? path.u8(at: 1) ?? 0 : 0
        // The connection manager passes a message on: priority, timeout, length, message.
        if objectClass == 0x06, service == 0x52, depth == 0, let length = bytes.u16le(at: 4 &+ path.byteCount),
            let inner = CIPRequest(bytes.slice(from: 6 &+ path.byteCount, count: Int(length)), depth: 1) {
            self = inner
            return
        }
        self.service = service
        self.objectClass = objectClass
        self.control = Self.control(service, objectClass, bytes.slice(from: 2 &+ path.byteCount))
    }

    private static func control(_ service: UInt8, _ objectClass: UInt8, _ data: RawSpan) -> String? {
        switch (service, objectClass) {
        case (_, 0x06): nil
        case (0x02, _), (0x04, _), (0x10, _): "write"
        case (0x05, 0x01): "restart"
        case (0x06, 0x01...): "start"
        case (0x07, 0x01...): "stop"
        case (0x09, 0x01...): "delete"
        // Tags (Write Tag, Write Tag Fragmented, Read Modify Write).
        case (0x4D, 0), (0x4D, 0x6B), (0x53, 0), (0x53, 0x6B), (0x4E, 0), (0x4E, 0x6B): "write"
        // Commands of older controllers inside: requester, command 0Fh, status, transaction, function.
        case (0x4B, 0x67): Self.olderControl(data)
        default: nil
        }
    }

    private static func olderControl(_ data: RawSpan) -> String? {
        let command = data.slice(from: Int(data.u8(at: 0) ?? 0))
        guard command.u8(at: 0) == 0x0F else { return nil }
        switch command.u8(at: 4) {
        case 0xAA, 0xAB, 0xA9, 0x67: return "write"
        // Change mode.
        case 0x3A, 0x80: return "stop"
        case 0x50, 0x57: return "download"
        default: return nil
        }
    }

    /// - Parameter answer: service, reserved, status, size of more status, data.
    func recordAnswer(_ answer: RawSpan, _ context: inout DissectionContext) {
        guard let status = answer.u8(at: 2), let words = answer.u8(at: 3) else { return }
        if let control { context.record(status == 0 ? .controlAccepted : .controlRefused, control, about: .server) }
        if self.objectClass == 1, self.service == 1, status == 0 {
            IdentityObject.record(answer.slice(from: 4 &+ 2 &* Int(words)), .server, &context)
        }
    }
}
