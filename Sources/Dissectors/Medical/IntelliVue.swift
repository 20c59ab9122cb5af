import Observations
import Wire

// The data export interface of Philips IntelliVue patient monitors over UDP: an ACSE association of ISO 8327 and 8650 in one
// datagram each way, then remote operations (ISO 9072) on the objects of ISO/IEEE 11073-10201. Layouts as implemented by
// OpenICE (github.com/mdpnp/mdpnp, devices/philips) and VSCaptureMP (github.com/xeonfusion/VSCaptureMP).
//
// Read are how the monitor announces itself (connect indication), what becomes of associations, and of the monitor's own
// object (MDS) its model, production specification, system identifier and type. No other object is entered: patients,
// measurements, waves and alarms are stepped over as a whole. The bed label (attribute 091Eh) is free text that staff type,
// so that a name can be in it: it is not read.

enum IntelliVueDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.intellivue
    static let usualPorts: Set<UInt16> = [24105, 24005]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x00 || octet == 0xE1 || SessionMessage(rawValue: octet) != nil }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        switch datagram.u8(at: 0) {
        case 0x00:
            guard let indication = ConnectIndication(datagram, isCut: context.isCut) else { return .no }
            indication.record(from: side, &context)
        case 0xE1:
            guard let operation = RemoteOperation(datagram, isCut: context.isCut) else { return .no }
            operation.record(from: side, &context)
        case .some(let first):
            let isProved = context.protocols.contains(.intellivue)
            guard let kind = SessionMessage(rawValue: first), kind.isProved(by: datagram, isCut: context.isCut, isKnown: isProved) else {
                return .no
            }
            kind.record(from: side, &context)
        case nil: return .no
        }
        return .more
    }
}

/// A length that says how much of its container is left: exactly that, unless the capture cut the datagram.
private func fits(_ length: UInt16, _ reader: borrowing ByteReader, isCut: Bool) -> Bool {
    Int(length) == reader.remaining || isCut && Int(length) > reader.remaining
}

// MARK: Association

/// Session messages (ISO 8327), by their first octet.
private enum SessionMessage: UInt8 {
    case finish = 0x09
    case disconnect = 0x0A
    case refuse = 0x0C
    case connect = 0x0D
    case accept = 0x0E
    case abort = 0x19

    /// - Parameter isKnown: whether the conversation is known to be of this protocol already.
    func isProved(by bytes: RawSpan, isCut: Bool, isKnown: Bool) -> Bool {
        var reader = ByteReader(bytes.slice(from: 1))
        guard let short = try? reader.u8() else { return false }
        var length = UInt16(short)
        if short == 0xFF {
            guard let long = try? reader.u16() else { return false }
            length = long
        }
        guard length >= 8, fits(length, reader, isCut: isCut) else { return false }
        let body = reader.rest
        switch self {
        case .connect, .accept:
            // Connect accept item (protocol options, version 2), session requirements, user data.
            return body.u64(at: 0) == 0x0508_1301_0016_0102 && body.u32(at: 8) == 0x8000_1402 && body.u16(at: 12) == 0x0002
                && body.u8(at: 14) == 0xC1 && Self.holdsMedicalSyntax(body)
        case .refuse: return body.byteCount <= 512 && (isKnown || Self.holdsMedicalSyntax(body))
        // The release request (62h) or response (63h) in a presentation of indefinite lengths.
        case .finish, .disconnect:
            return body.u64(at: 0) == 0xC116_6180_3080_0201 && body.u32(at: 8) == 0x01A0_8000 | (self == .finish ? 0x62 : 0x63)
        case .abort: return body.u64(at: 0) == 0x1101_03C1_29A0_80A0 && body.u64(at: 8) == 0x8030_8002_0101_0602
        }
    }

    /// Whether an object identifier below 1.2.840.10004.2.1.0 (IEEE 1073) is there.
    private static func holdsMedicalSyntax(_ body: RawSpan) -> Bool {
        var index = 15
        while index < 512, let word = body.u64(at: index) {
            if word == 0x2A86_48CE_1402_0100 { return true }
            index &+= 1
        }
        return false
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        switch self {
        case .connect, .finish: context.declare(side, is: .client)
        case .accept, .refuse, .disconnect: context.declare(side, is: .server)
        case .abort: break
        }
        let outcome: String? =
            switch self {
            case .connect, .finish: nil
            case .accept: "accepted"
            case .refuse: "refused"
            case .disconnect: "released"
            case .abort: "aborted"
            }
        if let outcome { context.record(.intellivueAssociation, outcome, about: .server) }
    }
}

// MARK: Connect indication

/// The broadcast by which a monitor makes itself known (NOM_NOTI_MDS_CONNECT_INDIC).
private struct ConnectIndication {
    var address: (mac: MACAddress, ip: IPAddress)?
    var port: UInt16?
    var isWireless: Bool?
    var facts = MDSFacts()

    init?(_ bytes: RawSpan, isCut: Bool) {
        // Nomenclature 0.0.major.minor, then a remote operation that is invoked: an event report of the MDS.
        guard bytes.u16(at: 0) == 0, bytes.u16(at: 4) == 1 else { return nil }
        var reader = ByteReader(bytes.slice(from: 6))
        do {
            let length = try reader.u16()
            guard fits(length, reader, isCut: isCut) else { return nil }
            _ = try reader.u16()
            let command = try reader.u16()
            let commandLength = try reader.u16()
            // The simulator of OpenICE says "get" here and leaves the event code out.
            guard command == 0 || command == 1 || command == 3, fits(commandLength, reader, isCut: isCut) else { return nil }
            try reader.skip(10)
            let event = try reader.u16()
            let eventLength = try reader.u16()
            guard event == 0x0D17 || event == 0, event == 0 || fits(eventLength, reader, isCut: isCut) else { return nil }
            var attributes = AttributeList(reader.rest, isCut: isCut)
            while let id = attributes.next() { self.read(id, attributes.value) }
            // Without its code the address of the monitor has to prove the event.
            guard attributes.isWhole, event != 0 || self.address != nil, self.address != nil || self.port != nil || !self.facts.isEmpty else {
                return nil
            }
        } catch {
            return nil
        }
    }

    private mutating func read(_ id: UInt16, _ value: RawSpan) {
        var reader = ByteReader(value)
        switch id {
        case 0xF100:
            guard value.byteCount == 14, let mac = try? MACAddress(&reader), let ip = try? IPAddress(v4: &reader) else { return }
            self.address = (mac, ip)
        case 0xF101:
            guard let count = try? reader.u16(), (try? reader.u16()) != nil else { return }
            var left = min(count, 16)
            while left > 0, let application = try? reader.u16(), let transport = try? reader.u16(), let port = try? reader.u16(),
                let options = try? reader.u16()
            {
                left &-= 1
                // Data export over UDP.
                guard application == 5, transport == 1 else { continue }
                self.port = port
                self.isWireless = options & 0x8000 != 0
            }
        default: self.facts.read(id, value)
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: .server)
        let monitor = Party.host(context.host(side))
        if let address, address.mac.isUnicast, address.ip == context.endpoint(side).address {
            context.record(.linkAddress, address.mac.description, about: monitor)
        }
        if let port, port != 0 { context.record(.intellivuePort, Int64(port), about: monitor) }
        if let isWireless { context.record(.intellivueLink, isWireless ? "wireless" : "wired", about: monitor) }
        self.facts.record(about: monitor, context)
    }
}

// MARK: Remote operations

/// A message of an association: an operation that is invoked, its result, or part of it.
private struct RemoteOperation {
    /// Who sends such a message.
    let role: Role?
    var facts = MDSFacts()

    private static let mds: UInt16 = 0x0021

    init?(_ bytes: RawSpan, isCut: Bool) {
        // Session E100h, and a presentation context: 2, in OpenICE 0.
        guard let header = bytes.u32(at: 0), header &>> 4 == 0xE10_0000 else { return nil }
        var reader = ByteReader(bytes.slice(from: 4))
        do {
            let kind = try reader.u16()
            let length = try reader.u16()
            guard fits(length, reader, isCut: isCut) else { return nil }
            switch kind {
            case 1, 2: break
            case 3:
                try reader.skip(4)
                let length = try reader.u16()
                guard fits(length, reader, isCut: isCut) else { return nil }
                self.role = .server
                return
            case 5:
                // A linked result: first, middle or last of several.
                guard (1...3).contains(try reader.u8()) else { return nil }
                try reader.skip(1)
            default: return nil
            }
            _ = try reader.u16()
            let command = try reader.u16()
            let commandLength = try reader.u16()
            guard fits(commandLength, reader, isCut: isCut) else { return nil }
            let object = try reader.u16()
            try reader.skip(4)
            switch (kind, command) {
            case (1, 0), (1, 1):
                self.role = .server
                try reader.skip(4)
                let event = try reader.u16()
                let length = try reader.u16()
                guard fits(length, reader, isCut: isCut) else { return nil }
                // NOM_NOTI_MDS_CREAT: the object again, and its attributes. OpenICE leaves the object out.
                guard event == 0x0D06, object == Self.mds || object == 0 else { return }
                try reader.skip(6)
                self.facts = MDSFacts(reader.rest, isCut: isCut)
            case (1, 3), (1, 4), (1, 5), (1, 7), (2, 1): self.role = .client
            case (2, 3), (5, 3):
                self.role = .server
                if object == Self.mds { self.facts = MDSFacts(reader.rest, isCut: isCut) }
            case (2, 5): self.role = .server
            case (2, 7), (5, 7):
                self.role = .server
                let action = try reader.u16()
                let length = try reader.u16()
                guard fits(length, reader, isCut: isCut) else { return nil }
                // NOM_ACT_POLL_MDIB_DATA and its extended form, which has a sequence number more.
                guard action == 0x0C16 || action == 0xF13B else { return }
                try? self.readPoll(&reader, header: action == 0xF13B ? 16 : 14, isCut: isCut)
            default: return nil
            }
        } catch {
            return nil
        }
    }

    /// - Parameter header: the octets before the polled object's type: poll number, sequence number, times.
    private mutating func readPoll(_ reader: inout ByteReader, header: Int, isCut: Bool) throws(Truncated) {
        try reader.skip(header)
        let partition = try reader.u16()
        let object = try reader.u16()
        guard partition == 1, object == Self.mds else { return }
        try reader.skip(2)
        var contexts = min(try reader.u16(), 8)
        try reader.skip(2)
        while contexts > 0 {
            contexts &-= 1
            try reader.skip(2)
            var observations = min(try reader.u16(), 8)
            try reader.skip(2)
            while observations > 0 {
                observations &-= 1
                try reader.skip(2)
                self.facts.add(reader.rest, isCut: isCut)
                let length = reader.rest.u16(at: 2) ?? 0
                try reader.skip(4 &+ Int(length))
            }
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        if let role { context.declare(side, is: role) }
        self.facts.record(about: .host(context.host(side)), context)
    }
}

// MARK: Attributes of the monitor's own object

/// A list of attributes: count, length, and for each identifier, length and value.
private struct AttributeList: ~Escapable {
    private var reader: ByteReader
    private let isCut: Bool
    private var left: UInt16 = 0
    /// Whether the list had the length and the count that it says.
    private(set) var isWhole: Bool
    private(set) var value: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, isCut: Bool) {
        self.reader = ByteReader(bytes)
        self.isCut = isCut
        self.value = bytes.slice(from: bytes.byteCount)
        self.isWhole = false
        guard let count = try? self.reader.u16(), let length = try? self.reader.u16() else { return }
        let available = Int(length) <= self.reader.remaining
        guard available || isCut, let inner = try? self.reader.nested(available ? Int(length) : self.reader.remaining) else { return }
        self.reader = inner
        self.left = min(count, 512)
        self.isWhole = true
    }

    /// The identifier of the next attribute; its value is then in ``value``.
    @_lifetime(self: copy self)
    mutating func next() -> UInt16? {
        guard self.left > 0 else {
            if !self.reader.isEmpty { self.isWhole = false }
            return nil
        }
        guard let id = try? self.reader.u16(), let length = try? self.reader.u16(), let value = try? self.reader.take(Int(length)) else {
            self.left = 0
            if !self.isCut { self.isWhole = false }
            return nil
        }
        self.left &-= 1
        self.value = value
        return id
    }
}

/// What the MDS object says of the monitor.
private struct MDSFacts {
    private var texts: [(attribute: Attribute, text: [UInt8])] = []
    private static let limit = 32

    var isEmpty: Bool { self.texts.isEmpty }

    init() {}
    init(_ list: RawSpan, isCut: Bool) { self.add(list, isCut: isCut) }

    /// Reads a list of attributes.
    mutating func add(_ list: RawSpan, isCut: Bool) {
        var attributes = AttributeList(list, isCut: isCut)
        while let id = attributes.next() { self.read(id, attributes.value) }
    }

    /// Reads one attribute, if it is one of those that are kept.
    mutating func read(_ id: UInt16, _ value: RawSpan) {
        var reader = ByteReader(value)
        switch id {
        case 0x0928:
            self.note(.intellivueManufacturer, Self.label(&reader))
            self.note(.intellivueModel, Self.label(&reader))
        case 0x092D: self.readProduction(&reader)
        case 0x0937:
            guard (try? reader.skip(4)) != nil, let language = try? reader.u16(), let name = Self.language(language) else { return }
            self.note(.intellivueLanguage, Array(name.utf8))
        case 0x0984: self.note(.intellivueSystemID, Self.identifier(value))
        case 0x0986:
            guard let partition = try? reader.u16(), let code = try? reader.u16(), partition != 0 || code != 0 else { return }
            self.note(.intellivueSystemType, Array(Self.systemType(partition, code).utf8))
        default: break
        }
    }

    /// The production specification: kind, component and text of each entry.
    private mutating func readProduction(_ reader: inout ByteReader) {
        guard let count = try? reader.u16(), (try? reader.u16()) != nil else { return }
        var left = min(count, 64)
        while left > 0, let kind = try? reader.u16(), let component = try? reader.u16(), let length = try? reader.u16(),
            let text = try? reader.take(Int(length))
        {
            left &-= 1
            switch kind {
            // Boards and parts have serial numbers of their own; 0008h is the product.
            case 1: if component == 0x0008 { self.note(.intellivueSerial, Self.text(text)) }
            case 2: self.note(.intellivuePartNumber, Self.text(text))
            case 3: self.note(.intellivueHardware, Self.text(text))
            case 4: self.note(.intellivueSoftware, Self.text(text))
            case 5: self.note(.intellivueFirmware, Self.text(text))
            case 6: self.note(.intellivueProtocolRevision, Self.text(text))
            default: break
            }
        }
    }

    private mutating func note(_ attribute: Attribute, _ text: [UInt8]) {
        guard !text.isEmpty, self.texts.count < Self.limit else { return }
        self.texts.append((attribute, text))
    }

    /// A variable label: length and text.
    private static func label(_ reader: inout ByteReader) -> [UInt8] {
        guard let length = try? reader.u16(), let text = try? reader.take(Int(length)) else { return [] }
        return Self.text(text)
    }

    /// Labels are ASCII, padded with NULs; some systems send UTF-16, of which ASCII remains.
    private static func text(_ bytes: RawSpan) -> [UInt8] {
        guard bytes.byteCount <= 128 else { return [] }
        let text = bytes.copied().filter { $0 != 0 }
        guard text.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return [] }
        return text.rawSpan.trimmed.copied()
    }

    /// A hardware address where it is one: six octets, or the EUI-64 made of six; with or without a length before it.
    private static func identifier(_ value: RawSpan) -> [UInt8] {
        var bytes = value
        if let length = value.u16(at: 0), Int(length) == value.byteCount &- 2 { bytes = value.slice(from: 2) }
        guard (6...16).contains(bytes.byteCount), bytes.copied().contains(where: { $0 != 0 }) else { return [] }
        let digits = bytes.copied()
        var reader = ByteReader(bytes)
        if bytes.byteCount == 6, let mac = try? MACAddress(&reader) { return Array(mac.description.utf8) }
        return Array(hexadecimal(digits).utf8)
    }

    /// Names of ISO/IEEE 11073-10101 (partition 1, objects).
    private static func systemType(_ partition: UInt16, _ code: UInt16) -> String {
        guard partition == 1 else { return "\(partition):\(code)" }
        return switch code {
        case 4113: "NOM_DEV_ANALY_CONC_GAS_MULTI_PARAM_MDS"
        case 4265: "NOM_DEV_METER_CONC_SKIN_GAS_MDS"
        case 4429: "NOM_DEV_MON_PHYSIO_MULTI_PARAM_MDS"
        case 4449: "NOM_DEV_PUMP_INFUS_MDS"
        case 4465: "NOM_DEV_SYS_PT_VENT_MDS"
        case 4493: "NOM_DEV_SYS_MULTI_MODAL_MDS"
        case 5209: "NOM_DEV_SYS_VS_CONFIG_MDS"
        default: "1:\(code)"
        }
    }

    private static let languages = [
        "english", "german", "french", "italian", "spanish", "dutch", "swedish", "finnish", "norwegian", "danish", "japanese",
        "chinese-taiwan", "chinese", "portuguese", "russian", "byelorussian", "ukrainian", "croatian", "serbian", "macedonian", "bulgarian",
        "greek", "polish", "czech", "slovak", "slovenian", "hungarian", "romanian", "turkish", "latvian", "lithuanian", "estonian", "korean",
    ]
    private static func language(_ number: UInt16) -> String? {
        number == 0 ? nil : Self.languages.dropFirst(Int(number) &- 1).first
    }

    func record(about party: Party, _ context: DissectionContext) {
        for fact in self.texts { context.record(fact.attribute, fact.text.rawSpan, about: party) }
    }
}
