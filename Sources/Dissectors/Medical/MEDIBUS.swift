import Observations
import Wire

/// MEDIBUS and MEDIBUS.X, the serial protocol of Dräger ventilators, anaesthesia and monitoring devices, as terminal servers carry
/// it over TCP (Dräger RS 232 MEDIBUS Protocol Definition, revision level 4.03).
///
/// Read is the device identification: number, name and revisions. Answers with data are stepped over, and so are realtime
/// records, whose octets all have the high bit set and may stand inside of other messages.
final class MEDIBUSDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .medibus }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0), first == MEDIBUSMessage.escape || first == MEDIBUSMessage.startOfHeader else { return .no }
        var message = MEDIBUSMessage(first)
        var index = 1
        while let byte = head.u8(at: index) {
            if byte == 0x0D { return message.isRight ? .yes : .no }
            guard byte >= 0x20 && byte < 0x7F || index == 1 && byte == MEDIBUSMessage.corrupt, message.accepts(byte) else { return .no }
            message.add(byte)
            index &+= 1
        }
        return .notYet
    }

    /// How many messages are read when a side does not identify itself.
    private static let messageLimit = 4096

    private var directions = (Direction(), Direction())
    private var messages = 0

    /// What one side is in the middle of. A command may stand inside of a response.
    private struct Direction {
        var command: MEDIBUSMessage?
        var response: MEDIBUSMessage?
        var isIdentified = false

        mutating func reset() {
            self.command = nil
            self.response = nil
        }
    }

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.directions.0.reset() } else { self.directions.1.reset() }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if side == .initiator {
            self.consume(bytes, from: side, &self.directions.0, &context)
        } else {
            self.consume(bytes, from: side, &self.directions.1, &context)
        }
        let isKnown = self.directions.0.isIdentified && self.directions.1.isIdentified
        return isKnown || self.messages >= Self.messageLimit ? Consumption(bytes.byteCount, .finished) : Consumption(bytes.byteCount)
    }

    private func consume(_ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext) {
        var index = 0
        while let byte = bytes.u8(at: index) {
            index &+= 1
            switch byte {
            case MEDIBUSMessage.escape: direction.command = MEDIBUSMessage(byte)
            case MEDIBUSMessage.startOfHeader:
                direction.command = nil
                direction.response = MEDIBUSMessage(byte)
            case 0x0D:
                if let command = direction.command {
                    direction.command = nil
                    if command.isRight { self.messages &+= 1 }
                } else if let response = direction.response {
                    direction.response = nil
                    if response.isRight { self.note(response, from: side, &direction, &context) }
                }
            // CAN aborts what is being sent.
            case 0x18: direction.reset()
            default:
                // Realtime octets, and those that stop and resume the other side.
                if byte >= 0x80 || byte == 0x11 || byte == 0x13 { continue }
                if direction.command != nil { direction.command?.add(byte) } else { direction.response?.add(byte) }
            }
        }
    }

    private func note(_ response: MEDIBUSMessage, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext) {
        self.messages &+= 1
        // Both ends may ask; measured data, alarms and settings come from the device.
        if let code = response.code, (0x23...0x2E).contains(code), response.count > 4 { context.declare(side, is: .server) }
        guard response.code == MEDIBUSMessage.identification else { return }
        guard let identification = MEDIBUSIdentification(response.kept.rawSpan) else {
            // An empty identification is allowed: the end has none.
            if response.count == 4 { direction.isIdentified = true }
            return
        }
        direction.isIdentified = true
        let device = context.party(side)
        context.record(.medibusDeviceID, identification.number, about: device)
        context.record(.medibusDeviceName, identification.name, about: device)
        context.record(.medibusRevision, identification.revision, about: device)
        context.record(.medibusProtocolRevision, identification.protocolRevision, about: device)
    }
}

/// A command or response while it comes: only as much of it is kept as an identification may have.
private struct MEDIBUSMessage {
    static let escape: UInt8 = 0x1B
    static let startOfHeader: UInt8 = 0x01
    static let corrupt: UInt8 = 0x15
    static let identification: UInt8 = 0x52
    /// The longest response, without its carriage return.
    private static let limit = 3844
    /// SOH, code, four characters, a name of 32 in apostrophes, eleven of revisions, the checksum.
    private static let keptLimit = 64

    /// From SOH or ESC on, with the checksum if there is room.
    private(set) var kept: [UInt8]
    private(set) var count = 1
    private var sum: UInt8
    private var last: (UInt8, UInt8) = (0, 0)

    init(_ first: UInt8) {
        self.kept = [first]
        self.sum = first
    }

    var code: UInt8? { self.count > 1 ? self.kept.rawSpan.u8(at: 1) : nil }

    mutating func add(_ byte: UInt8) {
        if self.kept.count < Self.keptLimit { self.kept.append(byte) }
        self.sum &+= byte
        self.last = (self.last.1, byte)
        self.count = min(self.count &+ 1, Self.limit &+ 1)
    }

    /// Whether a next octet is possible, as far as the code says.
    func accepts(_ byte: UInt8) -> Bool {
        guard self.count < Self.limit else { return false }
        if self.count == 1 {
            switch byte {
            case 0x23...0x2E, 0x30, 0x49, 0x4A, 0x51...0x56, 0x6C, 0x6D: return true
            case Self.corrupt: return self.kept.first == Self.startOfHeader
            default: return false
            }
        }
        return !self.isBare || self.count < 4
    }

    /// Control messages and plain requests have nothing between code and checksum.
    private var isBare: Bool {
        guard let code else { return false }
        switch code {
        case 0x30, 0x49, 0x51, 0x55, Self.corrupt: return true
        case 0x23...0x2E, 0x52: return self.kept.first == Self.escape
        default: return false
        }
    }

    /// Whether all is there and the checksum right.
    var isRight: Bool {
        guard self.count >= 4, self.count <= Self.limit, self.kept.rawSpan.u8(at: 1) != nil, !self.isBare || self.count == 4 else { return false }
        let expected = self.sum &- self.last.0 &- self.last.1
        return self.last.0 == Self.digit(expected &>> 4) && self.last.1 == Self.digit(expected & 0xF)
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 &+ nibble : 0x37 &+ nibble }
}

/// The answer to a request for device identification: `8240'Evita 4         '03.00:04.03`.
private struct MEDIBUSIdentification: ~Escapable {
    let number: RawSpan
    let name: RawSpan
    let revision: RawSpan
    let protocolRevision: RawSpan

    @_lifetime(copy response)
    init?(_ response: RawSpan) {
        // Between code and checksum.
        let body = response.slice(from: 2, count: response.byteCount &- 4)
        guard body.u8(at: 4) == 0x27, let end = body.firstIndex(of: 0x27, from: 5), (1...32).contains(end &- 5), body.byteCount == end &+ 12,
            body.u8(at: end &+ 3) == 0x2E, body.u8(at: end &+ 6) == 0x3A, body.u8(at: end &+ 9) == 0x2E
        else { return nil }
        self.number = body.slice(from: 0, count: 4)
        self.name = body.slice(from: 5, count: end &- 5).trimmed
        self.revision = body.slice(from: end &+ 1, count: 5)
        self.protocolRevision = body.slice(from: end &+ 7, count: 5)
    }
}
