import Observations
import Wire

/// BCC (Bedside Communication Controller), the protocol of B. Braun Space and Compact plus infusion racks, over TCP (Technical
/// Interface Specification BCC, I0022_000030, version 4.0).
///
/// Read are the name of the bed site, the protocol version, the communication device's serial number and software, and of each
/// pump its model, serial number and type. Rates, volumes, drugs, alarms, patients' weights and scanned barcodes are stepped over.
final class BCCDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .bcc }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // Acknowledgements may come first: a communication device that sends by itself is only answered.
        var index = 0
        while index < 8, let byte = head.u8(at: index), BCCFrame.isAcknowledgement(byte) { index &+= 1 }
        if index == head.byteCount { return .notYet }
        return BCCFrame.begins(head.slice(from: index))
    }

    /// How many octets of a frame that is not complete were searched for its end, by side.
    private var searched = (initiator: 0, responder: 0)

    init() {}

    func lost(_ count: Int, from side: Side) { self.setSearched(0, side) }

    private func setSearched(_ count: Int, _ side: Side) {
        if side == .initiator { self.searched.initiator = count } else { self.searched.responder = count }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        // What was left is a frame from its beginning.
        var known = side == .initiator ? self.searched.initiator : self.searched.responder
        self.setSearched(0, side)
        var index = 0
        while let byte = bytes.u8(at: index) {
            guard byte == BCCFrame.startOfHeader else {
                index &+= 1
                continue
            }
            let rest = bytes.slice(from: index)
            if known == 0, BCCFrame.begins(rest) == .no {
                index &+= 1
                continue
            }
            let start = known
            known = 0
            guard let end = rest.firstIndex(of: BCCFrame.endOfTransmission, from: start, before: BCCFrame.limit) else {
                guard rest.byteCount < BCCFrame.limit else {
                    index &+= BCCFrame.limit
                    continue
                }
                // Before its bed is there, a frame is not known to be one.
                if BCCFrame.begins(rest) == .yes { self.setSearched(rest.byteCount, side) }
                return Consumption(index, .more(atLeast: rest.byteCount &+ 1))
            }
            if let frame = BCCFrame(rest.slice(from: 0, count: end &+ 1)) { self.note(frame, from: side, &context) }
            index &+= end &+ 1
        }
        return Consumption(index)
    }

    private func note(_ frame: BCCFrame, from side: Side, _ context: inout DissectionContext) {
        let text = frame.bytes.rawSpan
        let information = text.slice(from: frame.information.lowerBound, count: frame.information.count)
        if information.has("ADMIN:") || information.has("MEM:") {
            context.declare(side, is: .client)
            return
        }
        guard let first = information.u8(at: 0), (0x30...0x39).contains(first) else { return }
        context.declare(side, is: .server)
        let device = context.party(side)
        context.record(.bccBed, text.slice(from: frame.bed.lowerBound, count: frame.bed.count), about: device)
        var pumps = BCCPumps()
        var start = 0
        while start < information.byteCount {
            let end = information.firstIndex(of: BCCFrame.recordSeparator, from: start) ?? information.byteCount
            if let entry = BCCEntry(information.slice(from: start, count: end &- start)) {
                self.note(entry, about: device, &pumps, context)
            }
            start = end &+ 1
        }
        pumps.record(from: side, context)
    }

    private func note(_ entry: borrowing BCCEntry, about device: Party, _ pumps: inout BCCPumps, _ context: DissectionContext) {
        let parameter = entry.parameter
        let value = entry.value
        if value.isEmpty {
            // The answer to ADMIN:VERSION has three fields.
            if parameter.u8(at: 0) == 0x56, let digit = parameter.u8(at: 1), (0x30...0x39).contains(digit), parameter.byteCount <= 16 {
                context.record(.bccVersion, parameter, about: device)
            }
            return
        }
        // No value, or none at this moment.
        guard !value.equals("_NV"), !value.equals("_NA"), value.byteCount <= 64, PrintableText.isPlain(value) else { return }
        if parameter.equals("COMSERIALNO") { context.record(.bccGatewaySerial, value, about: device) }
        if parameter.equals("COMSWVERSION") { context.record(.bccGatewaySoftware, value, about: device) }
        if parameter.equals("GNNEW") || parameter.equals("GNMODEL") { pumps.set(entry.address, \.model, value.copied()) }
        if parameter.equals("INSERNUM") { pumps.set(entry.address, \.serial, value.copied()) }
        if parameter.equals("INNR") { pumps.set(entry.address, \.identifier, value.copied()) }
        if parameter.equals("INDTNR") { pumps.set(entry.address, \.type, value.copied()) }
    }
}

/// `time,address,parameter,value`
private struct BCCEntry: ~Escapable {
    /// Pillar and place of the pump, `00` for the communication device itself.
    let address: UInt16
    let parameter: RawSpan
    let value: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard let time = bytes.firstIndex(of: 0x2C), (1...12).contains(time), bytes.has("501", at: time &+ 1), bytes.u8(at: time &+ 6) == 0x2C,
            let address = bytes.u16(at: time &+ 4)
        else { return nil }
        self.address = address
        let start = time &+ 7
        let end = bytes.firstIndex(of: 0x2C, from: start) ?? bytes.byteCount
        self.parameter = bytes.slice(from: start, count: end &- start).trimmed
        // The model ends in a carriage return.
        self.value = bytes.slice(from: end &+ 1).trimmed
    }
}

/// The pumps of one block: the entries of each stand together.
private struct BCCPumps {
    struct Pump {
        let address: UInt16
        var model: [UInt8] = []
        var serial: [UInt8] = []
        var identifier: [UInt8] = []
        var type: [UInt8] = []
    }
    /// Three pillars of at most 24 places.
    private static let limit = 72
    private var pumps: [Pump] = []
    private var current: Pump?

    mutating func set(_ address: UInt16, _ field: WritableKeyPath<Pump, [UInt8]>, _ value: [UInt8]) {
        if self.current?.address != address {
            self.close()
            self.current = Pump(address: address)
        }
        self.current?[keyPath: field] = value
    }

    private mutating func close() {
        if let current, self.pumps.count < Self.limit { self.pumps.append(current) }
        self.current = nil
    }

    /// Notes each pump as a device behind the communication device; a model alone is noted of that.
    mutating func record(from side: Side, _ context: DissectionContext) {
        self.close()
        for pump in self.pumps {
            let key = pump.serial.isEmpty ? pump.identifier : pump.serial
            let party =
                key.isEmpty
                ? context.party(side)
                : Party.device(DeviceKey(behind: context.host(side), naming: .serial, identifier: String(decoding: key, as: UTF8.self)))
            context.record(.bccPumpModel, pump.model.rawSpan, about: party)
            guard !key.isEmpty else { continue }
            context.record(.bccPumpSerial, pump.serial.rawSpan, about: party)
            context.record(.bccPumpID, pump.identifier.rawSpan, about: party)
            context.record(.bccPumpType, pump.type.rawSpan, about: party)
        }
    }
}

/// `SOH length STX bed/1/1>information ETX checksum EOT`
private struct BCCFrame {
    static let startOfHeader: UInt8 = 0x01
    static let startOfText: UInt8 = 0x02
    static let endOfText: UInt8 = 0x03
    static let endOfTransmission: UInt8 = 0x04
    static let endOfBlock: UInt8 = 0x17
    static let recordSeparator: UInt8 = 0x1E
    /// The longest frame that is read, stuffed as it is sent.
    static let limit = 16384

    /// Without stuffing.
    let bytes: [UInt8]
    let bed: Range<Int>
    let information: Range<Int>

    static func isAcknowledgement(_ byte: UInt8) -> Bool { byte == 0x06 || byte == 0x15 }

    /// Whether a frame begins here: five digits between SOH and STX, then a bed of at most 15 characters and `/1/1>`.
    static func begins(_ head: RawSpan) -> Probe {
        guard head.u8(at: 0) ?? Self.startOfHeader == Self.startOfHeader else { return .no }
        for index in 1...5 {
            guard let byte = head.u8(at: index) else { return .notYet }
            guard (0x30...0x39).contains(byte) else { return .no }
        }
        guard let text = head.u8(at: 6) else { return .notYet }
        guard text == Self.startOfText else { return .no }
        var index = 7
        // Each letter may be stuffed.
        while index < 7 &+ 35, let byte = head.u8(at: index) {
            if byte == 0x3E { return index >= 12 && head.has("/1/1", at: index &- 4) ? .yes : .no }
            guard Self.isBedCharacter(byte) else { return .no }
            index &+= 1
        }
        return index < 7 &+ 35 ? .notYet : .no
    }

    /// `/`, digits and what lies between `A` and `z` (3.2.4).
    private static func isBedCharacter(_ byte: UInt8) -> Bool { (47...57).contains(byte) || (65...122).contains(byte) }

    /// Reads a frame from SOH to EOT; fails unless its length, stuffed or not, and its checksum are right.
    init?(_ raw: RawSpan) {
        guard Self.begins(raw) == .yes else { return nil }
        guard let bytes = Self.checked(raw.copied()) ?? Self.checked(Self.unstuffed(raw)) else { return nil }
        let text = bytes.rawSpan
        guard let bound = text.firstIndex(of: 0x3E, from: 12), text.has("/1/1", at: bound &- 4) else { return nil }
        self.bytes = bytes
        self.bed = 7..<(bound &- 4)
        self.information = (bound &+ 1)..<max(bound &+ 1, bytes.count &- 7)
    }

    /// The frame, if length and checksum are those that it says.
    private static func checked(_ bytes: [UInt8]) -> [UInt8]? {
        let text = bytes.rawSpan
        let end = bytes.count &- 7
        guard Self.number(text, at: 1) == bytes.count, let mark = text.u8(at: end), mark == Self.endOfText || mark == Self.endOfBlock else {
            return nil
        }
        var sum: UInt8 = 0
        for byte in bytes.prefix(end &+ 1) { sum &+= byte }
        return Self.number(text, at: end &+ 1) == Int(sum) ? bytes : nil
    }

    /// Five digits.
    private static func number(_ text: RawSpan, at offset: Int) -> Int? {
        var number = 0
        for index in 0..<5 {
            guard let byte = text.u8(at: offset &+ index), (0x30...0x39).contains(byte) else { return nil }
            number = number &* 10 &+ Int(byte &- 0x30)
        }
        return number
    }

    /// `EX` stands for `D`, `EE` for `E`, and the same in small letters (3.2.3.1).
    private static func unstuffed(_ raw: RawSpan) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.byteCount)
        var index = 0
        while let byte = raw.u8(at: index) {
            index &+= 1
            guard byte | 0x20 == 0x65, let next = raw.u8(at: index), next == byte || next == byte &+ 0x13 else {
                bytes.append(byte)
                continue
            }
            bytes.append(next == byte ? byte : byte &- 1)
            index &+= 1
        }
        return bytes
    }
}
