import Observations
import Wire

// BACnet (ANSI/ASHRAE 135): BACnet/IP (Annex J) and BACnet/IPv6 (Annex U), network layer (clause 6) and application layer (clause 20).
//
// Read: I-Am; the answers to ReadProperty and ReadPropertyMultiple for the device object that say maker, model, versions, serial
// number and name; which services that change something were asked for, carried out and refused; registrations of foreign devices.
// The location and description of a device and all process values are stepped over: they name rooms, and nobody needs them.

enum BACnetDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.bacnet
    static let usualPorts: Set<UInt16> = [47808]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x81 || octet == 0x82 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let type = datagram.u8(at: 0), type == 0x81 || type == 0x82, let function = datagram.u8(at: 1),
            let length = datagram.u16(at: 2), Int(length) == datagram.byteCount
        else { return .no }
        let body = datagram.slice(from: 4)
        return type == 0x81
            ? Self.dissectV4(function, body, from: side, &context) : Self.dissectV6(function, body, from: side, &context)
    }

    /// The virtual link over IPv4 (Annex J.2).
    private static func dissectV4(
        _ function: UInt8, _ body: RawSpan, from side: Side, _ context: inout DissectionContext
    ) -> DatagramVerdict {
        switch function {
        case 0x00:
            guard body.byteCount == 2, let result = body.u16(at: 0), result & 0xF == 0, result <= 0x60 else { return .no }
            context.declare(side, is: .server)
            // 0 answers a registration or a change of the tables: either opens the network to somebody outside.
            if result == 0 { context.record(.bacnetForeign, "registered", about: context.party(side)) }
            if result == 0x30 { context.record(.bacnetForeign, "refused", about: context.party(side)) }
            return .more
        case 0x01, 0x03, 0x07:
            guard body.byteCount % 10 == 0 else { return .no }
            context.declare(side, is: function == 0x01 ? .client : .server)
            return .more
        case 0x02, 0x06:
            guard body.isEmpty else { return .no }
            context.declare(side, is: .client)
            return .more
        case 0x05, 0x08:
            guard body.byteCount == (function == 0x05 ? 2 : 6) else { return .no }
            context.declare(side, is: .client)
            return .more
        case 0x04:
            // The address of the device that said it stands in front.
            guard let address = body.u32(at: 0) else { return .no }
            let origin = IPAddress(v4: address)
            guard !origin.isUnspecified, !origin.isGroup, !origin.isLoopback else { return .no }
            return Self.read(body.slice(from: 6), from: side, origin: HostKey(origin, in: context.network), &context)
        case 0x09, 0x0A, 0x0B:
            return Self.read(body, from: side, origin: nil, &context)
        default:
            return .no
        }
    }

    /// The virtual link over IPv6 (Annex U.2): virtual addresses of three octets.
    private static func dissectV6(
        _ function: UInt8, _ body: RawSpan, from side: Side, _ context: inout DissectionContext
    ) -> DatagramVerdict {
        switch function {
        case 0x00: return body.byteCount == 5 ? .more : .no
        case 0x01: return Self.read(body.slice(from: 6), from: side, origin: nil, &context)
        case 0x02, 0x0C: return Self.read(body.slice(from: 3), from: side, origin: nil, &context)
        default: return .no
        }
    }

    private static func read(
        _ packet: RawSpan, from side: Side, origin: HostKey?, _ context: inout DissectionContext
    ) -> DatagramVerdict {
        guard let network = NetworkPacket(packet) else { return .no }
        // A message between routers says nothing of a device.
        guard !network.isRouterMessage else { return .more }
        guard let unit = ApplicationUnit(network.payload) else { return .no }
        if origin == nil, !network.isRouted { unit.role.map { context.declare(side, is: $0) } }
        let speaker = Speaker(side: side, origin: origin, isRouted: network.isRouted)
        unit.record(speaker, &context)
        return .more
    }
}

/// Whom a unit is from: the host that sent the datagram, the host whose broadcast it passes on, or a device behind a router.
private struct Speaker {
    let side: Side
    let origin: HostKey?
    let isRouted: Bool

    /// - Parameter instance: of the device object, which is unique among all networks.
    func party(_ instance: UInt32?, _ context: DissectionContext) -> Party? {
        if self.isRouted {
            guard let instance else { return nil }
            return .device(DeviceKey(behind: self.origin ?? context.host(self.side), naming: .equipment, identifier: "BACnet \(instance)"))
        }
        return self.origin.map(Party.host) ?? context.party(self.side)
    }
}

/// The network layer (clause 6.2).
private struct NetworkPacket: ~Escapable {
    let isRouterMessage: Bool
    /// Whether it comes from another network, through a router.
    let isRouted: Bool
    let payload: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        // Version 1; bits 6 and 4 of the control octet are reserved.
        guard bytes.u8(at: 0) == 1, let control = bytes.u8(at: 1), control & 0x50 == 0 else { return nil }
        var offset = 2
        if control & 0x20 != 0 {
            guard let length = bytes.u8(at: offset &+ 2), length <= 18 else { return nil }
            offset &+= 3 &+ Int(length)
        }
        if control & 0x08 != 0 {
            guard let length = bytes.u8(at: offset &+ 2), length > 0, length <= 18 else { return nil }
            offset &+= 3 &+ Int(length)
        }
        if control & 0x20 != 0 { offset &+= 1 }
        self.isRouted = control & 0x08 != 0
        self.isRouterMessage = control & 0x80 != 0
        self.payload = bytes.slice(from: offset)
        guard !self.payload.isEmpty else { return nil }
    }
}

/// The application layer (clause 20.1): the kind of unit, the service, and the parameters behind them.
private struct ApplicationUnit: ~Escapable {
    private enum Kind: UInt8 {
        case confirmedRequest, unconfirmedRequest, simpleAck, complexAck, segmentAck, error, reject, abort
    }

    private let kind: Kind
    private let service: UInt8
    private let parameters: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let first = bytes.u8(at: 0), let kind = Kind(rawValue: first &>> 4) else { return nil }
        self.kind = kind
        switch kind {
        case .confirmedRequest:
            // Segmented, more follows, segmented response accepted; the segments behind the first have no parameters to begin with.
            guard first & 1 == 0, let service = bytes.u8(at: first & 8 == 0 ? 3 : 5), service <= 34 else { return nil }
            self.service = service
            self.parameters = first & 8 == 0 ? bytes.slice(from: 4) : bytes.slice(from: bytes.byteCount)
        case .unconfirmedRequest:
            guard first == 0x10, let service = bytes.u8(at: 1), service <= 13 else { return nil }
            self.service = service
            self.parameters = bytes.slice(from: 2)
        case .simpleAck:
            guard first == 0x20, bytes.byteCount == 3, let service = bytes.u8(at: 2), service <= 34 else { return nil }
            self.service = service
            self.parameters = bytes.slice(from: 3)
        case .complexAck:
            guard first & 3 == 0, let service = bytes.u8(at: first & 8 == 0 ? 2 : 4), service <= 34 else { return nil }
            self.service = service
            let isFirst = first & 8 == 0 || bytes.u8(at: 2) == 0
            self.parameters = bytes.slice(from: isFirst ? (first & 8 == 0 ? 3 : 5) : bytes.byteCount)
        case .segmentAck:
            guard first & 0xC == 0, bytes.byteCount == 4 else { return nil }
            self.service = .max
            self.parameters = bytes.slice(from: 4)
        case .error:
            guard first == 0x50, let service = bytes.u8(at: 2), service <= 34, bytes.byteCount >= 7 else { return nil }
            self.service = service
            self.parameters = bytes.slice(from: 3)
        case .reject, .abort:
            guard first & 0xE == 0, bytes.byteCount == 3 else { return nil }
            self.service = .max
            self.parameters = bytes.slice(from: 3)
        }
    }

    /// What the unit proves about who sent it.
    var role: Role? {
        switch self.kind {
        case .confirmedRequest: self.isNotification ? .server : .client
        case .simpleAck, .complexAck, .error, .reject: self.isNotification ? .client : .server
        case .unconfirmedRequest:
            switch self.service {
            // I-Am, I-Have, notifications: a device of its own accord.
            case 0...3: .server
            case 6...10: .client
            default: nil
            }
        case .segmentAck, .abort: nil
        }
    }

    /// Confirmed notifications of changes and events go from the device to who subscribed.
    private var isNotification: Bool { self.service == 1 || self.service == 2 }

    /// What a service changes (clauses 14 to 16).
    private var control: String? {
        switch self.service {
        case 7: "download"
        case 8, 9, 10, 15, 16: "write"
        case 11: "delete"
        case 17: "communication"
        case 20: "restart"
        default: nil
        }
    }

    func record(_ speaker: Speaker, _ context: inout DissectionContext) {
        switch self.kind {
        case .confirmedRequest:
            guard let control, !speaker.isRouted else { return }
            context.record(.controlRequested, control, about: .conversation)
            if self.hasPassword { context.record(.loginClear, "bacnet", about: .server) }
        case .unconfirmedRequest:
            if self.service == 0 { self.recordIAm(speaker, &context) }
            if self.service == 6 || self.service == 9 { context.record(.controlRequested, "time", about: .conversation) }
        case .simpleAck, .complexAck:
            if let control, let party = speaker.party(nil, context) { context.record(.controlAccepted, control, about: party) }
            if self.service == 12 { self.recordProperty(speaker, &context) }
            if self.service == 14 { self.recordProperties(speaker, &context) }
        case .error:
            if let control, let party = speaker.party(nil, context) { context.record(.controlRefused, control, about: party) }
        case .segmentAck, .reject, .abort: break
        }
    }

    /// DeviceCommunicationControl and ReinitializeDevice may carry a password, in clear (clauses 16.1 and 16.4).
    private var hasPassword: Bool {
        guard self.service == 17 || self.service == 20 else { return false }
        var tags = Tags(self.parameters)
        while let tag = tags.next() {
            if tag.isContext, tag.number == (self.service == 17 ? 2 : 1), tag.content.byteCount > 1 { return true }
        }
        return false
    }

    private func recordIAm(_ speaker: Speaker, _ context: inout DissectionContext) {
        var tags = Tags(self.parameters)
        guard let object = tags.next(), !object.isContext, object.number == 12, let device = BACnetObject(object.content), device.isDevice,
            let size = tags.next(), size.number == 2, let segmentation = tags.next(), segmentation.number == 9,
            let vendor = tags.next(), vendor.number == 2, let identifier = vendor.unsigned,
            let party = speaker.party(device.instance, context)
        else { return }
        context.record(.bacnetInstance, Int64(device.instance), about: party)
        context.record(.bacnetVendorID, String(identifier), about: party)
    }

    /// An answer to ReadProperty (clause 15.5): object, property, perhaps an index, value.
    private func recordProperty(_ speaker: Speaker, _ context: inout DissectionContext) {
        var tags = Tags(self.parameters)
        guard let first = tags.next(), let object = first.object(0), object.isDevice, let property = tags.next()?.unsigned,
            let party = speaker.party(object.instance, context), let opening = tags.next(), opening.isOpening, let value = tags.next()
        else { return }
        Self.record(property, value, about: party, &context)
    }

    /// An answer to ReadPropertyMultiple (clause 15.7): per object a list of properties with value or error.
    private func recordProperties(_ speaker: Speaker, _ context: inout DissectionContext) {
        var tags = Tags(self.parameters)
        var depth = 0
        var party: Party?
        var property: UInt32?
        while let tag = tags.next() {
            if tag.isOpening {
                depth &+= 1
            } else if tag.isClosing {
                depth &-= 1
                if depth <= 0 { party = nil }
            } else if depth == 0 {
                party = tag.object(0).flatMap { $0.isDevice ? speaker.party($0.instance, context) : nil }
            } else if depth == 1 {
                property = tag.isContext && tag.number == 2 ? tag.unsigned : nil
            } else if depth == 2, let party, let known = property, !tag.isContext {
                Self.record(known, tag, about: party, &context)
                property = nil
            }
        }
    }

    private static func record(_ property: UInt32, _ value: borrowing Tag, about party: Party, _ context: inout DissectionContext) {
        let attribute: Attribute
        switch property {
        case 12: attribute = .bacnetSoftware
        case 44: attribute = .bacnetFirmware
        case 70: attribute = .bacnetModel
        case 77: attribute = .bacnetName
        case 120:
            if let identifier = value.unsigned, value.number == 2 { context.record(.bacnetVendorID, String(identifier), about: party) }
            return
        case 121: attribute = .bacnetVendor
        case 372: attribute = .bacnetSerial
        default: return
        }
        guard value.number == 7, !value.isContext else { return }
        // The first octet says the character set (clause 20.2.9).
        let text = value.content.slice(from: 1)
        switch value.content.u8(at: 0) {
        case 0, 5: context.record(attribute, text.trimmed, about: party)
        case 4:
            var units: [UInt16] = []
            while units.count < 128, let unit = text.u16(at: 2 &* units.count), unit != 0 { units.append(unit) }
            context.record(attribute, PrintableText.make(String(decoding: units, as: UTF16.self)), about: party)
        default: return
        }
    }
}

/// A BACnet object identifier (clause 20.2.14): ten bits of type, 22 of instance.
private struct BACnetObject {
    let type: UInt32
    let instance: UInt32

    init?(_ content: RawSpan) {
        guard content.byteCount == 4, let value = content.u32(at: 0) else { return nil }
        self.type = value &>> 22
        self.instance = value & 0x3F_FFFF
    }

    var isDevice: Bool { self.type == 8 }
}

/// One tag and its content (clause 20.2.1).
private struct Tag: ~Escapable {
    let number: UInt8
    let isContext: Bool
    let isOpening: Bool
    let isClosing: Bool
    let content: RawSpan

    @_lifetime(copy content)
    init(number: UInt8, isContext: Bool, isOpening: Bool = false, isClosing: Bool = false, content: RawSpan) {
        self.number = number
        self.isContext = isContext
        self.isOpening = isOpening
        self.isClosing = isClosing
        self.content = content
    }

    /// Unsigned content of one to four octets.
    var unsigned: UInt32? {
        guard (1...4).contains(self.content.byteCount) else { return nil }
        var value: UInt32 = 0
        var offset = 0
        while let octet = self.content.u8(at: offset) {
            value = value &<< 8 | UInt32(octet)
            offset &+= 1
        }
        return value
    }

    func object(_ number: UInt8) -> BACnetObject? {
        self.isContext && self.number == number ? BACnetObject(self.content) : nil
    }
}

/// A sequence of tags.
private struct Tags: ~Escapable {
    private static let limit = 1024

    private var reader: ByteReader
    private var count = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.reader = ByteReader(bytes) }

    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func next() -> Tag? {
        guard self.count < Self.limit, let first = try? self.reader.u8() else { return nil }
        self.count &+= 1
        var number = first &>> 4
        if number == 15 {
            guard let extended = try? self.reader.u8() else { return nil }
            number = extended
        }
        let isContext = first & 8 != 0
        var length = Int(first & 7)
        if isContext, length >= 6 {
            guard let nothing = try? self.reader.take(0) else { return nil }
            return Tag(number: number, isContext: true, isOpening: length == 6, isClosing: length == 7, content: nothing)
        }
        if length >= 5 {
            guard let extended = try? self.reader.u8() else { return nil }
            switch extended {
            case 254:
                guard let long = try? self.reader.u16() else { return nil }
                length = Int(long)
            case 255: return nil
            default: length = Int(extended)
            }
        }
        // The value of a boolean stands in the tag itself.
        if !isContext, number == 1 { length = 0 }
        guard let content = try? self.reader.take(length) else { return nil }
        return Tag(number: number, isContext: isContext, content: content)
    }
}
