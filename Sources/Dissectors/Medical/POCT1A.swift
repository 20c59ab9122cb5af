import Observations
import Wire

/// Point-of-care analysers: POCT1-A (CLSI POCT01-A2, device messaging layer): XML documents one behind the other over TCP,
/// without framing, or as some do in blocks of MLLP (0B … 1C 0D).
///
/// Read are the names of the root elements, and of the hello message (HEL.R01) the value V of eight elements of DEV, the
/// device. Patients (PT), observations, orders, operators and their passwords (OPL), locations (the text of DEV.device_id) and
/// everything else are stepped over as they come: no element but those eight is ever copied.
///
/// A docking station or a data manager may speak for many devices, so what a hello says is noted of a device behind the host.
final class POCT1ADissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .poct1a }

    /// The longest prologue (byte order mark, XML declaration, document type) before the root element.
    private static let prologueLimit = 512

    // MARK: Probing

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var index = Self.skipSpace(head, from: 0)
        if head.u8(at: index) == 0xEF {
            guard head.u8(at: index &+ 1) ?? 0xBB == 0xBB, head.u8(at: index &+ 2) ?? 0xBF == 0xBF else { return .no }
            index = Self.skipSpace(head, from: index &+ 3)
        }
        // The declaration, and what else begins with a mark behind `<`: a document type, comments.
        while head.u8(at: index) == 0x3C, let mark = head.u8(at: index &+ 1), mark == 0x3F || mark == 0x21 {
            guard index < Self.prologueLimit else { return .no }
            if mark == 0x3F {
                guard head.u8(at: index &+ 2) ?? 0x78 == 0x78, head.u8(at: index &+ 3) ?? 0x6D == 0x6D, head.u8(at: index &+ 4) ?? 0x6C == 0x6C
                else { return .no }
            }
            guard let end = head.firstIndex(of: 0x3E, from: index) else { return head.byteCount < Self.prologueLimit ? .notYet : .no }
            index = Self.skipSpace(head, from: end &+ 1)
        }
        guard index < head.byteCount else { return index < Self.prologueLimit ? .notYet : .no }
        return Self.probeRoot(head, at: index)
    }

    /// `<` and the name of a message: three capitals, `.R` and two digits. `DTV` also has names of the makers' own.
    private static func probeRoot(_ head: RawSpan, at start: Int) -> Probe {
        guard head.u8(at: start) == 0x3C else { return .no }
        for offset in 1...3 {
            guard let byte = head.u8(at: start &+ offset) else { return .notYet }
            guard (0x41...0x5A).contains(byte) else { return .no }
        }
        guard head.byteCount >= start &+ 5 else { return .notYet }
        guard head.u8(at: start &+ 4) == 0x2E, POCT1AMessage(head.slice(from: start &+ 1, count: 3)) != nil else { return .no }
        if head.has("<DTV.", at: start) { return head.byteCount >= start &+ 8 ? .yes : .notYet }
        guard head.byteCount >= start &+ 8 else { return .notYet }
        guard head.u8(at: start &+ 5) == 0x52, head.u8(at: start &+ 6)?.isDigit == true, head.u8(at: start &+ 7)?.isDigit == true else { return .no }
        return .yes
    }

    /// White space, and the octets of MLLP.
    private static func skipSpace(_ bytes: RawSpan, from start: Int) -> Int {
        var index = start
        while let byte = bytes.u8(at: index), byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0x1C { index &+= 1 }
        return index
    }

    // MARK: State

    /// What is wanted of a hello message.
    private static let interest = XMLInterest(
        elements: [],
        attributes: [
            "DEV.device_id": ["V"], "DEV.vendor_id": ["V"], "DEV.model_id": ["V"], "DEV.serial_id": ["V"],
            "DEV.manufacturer_name": ["V"], "DEV.hw_version": ["V"], "DEV.sw_version": ["V"], "DEV.device_name": ["V"],
        ])

    private struct Direction {
        /// The document at hand; `nil` between documents.
        var scanner: XMLScanner?
        var hasNotedRoot = false
        /// The first value of each element of the hello message at hand.
        var device: [(element: String, value: [UInt8])] = []
    }
    private var directions = (Direction(), Direction())

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator {
            self.directions.0 = Direction()
        } else {
            self.directions.1 = Direction()
        }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        side == .initiator
            ? self.read(bytes, from: side, &self.directions.0, context) : self.read(bytes, from: side, &self.directions.1, context)
    }

    // MARK: Documents

    private func read(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: DissectionContext
    ) -> Consumption {
        var index = 0
        while index < bytes.byteCount {
            if direction.scanner == nil {
                // Between documents; what is no markup (ESC, which ends a conversation, or the frame octets) is stepped over.
                guard let start = Self.start(of: bytes, from: index) else { return Consumption(bytes.byteCount) }
                index = start
                direction.scanner = XMLScanner(Self.interest)
                direction.hasNotedRoot = false
                direction.device = []
            }
            guard var scanner = direction.scanner else { break }
            direction.scanner = nil
            index &+= scanner.read(bytes.slice(from: index))
            let facts = scanner.takeFacts()
            let isHello = scanner.rootName.rawSpan.equals("HEL.R01")
            if isHello { Self.keep(facts, &direction) }
            if scanner.isFinished || scanner.isBroken {
                if scanner.isFinished {
                    self.note(scanner.rootName, from: side, context)
                    if isHello { self.note(direction.device, from: side, context) }
                }
                direction.device = []
            } else {
                direction.scanner = scanner
            }
        }
        return Consumption(bytes.byteCount)
    }

    private static func start(of bytes: RawSpan, from start: Int) -> Int? {
        var index = start
        while let byte = bytes.u8(at: index) {
            if byte == 0x3C || byte == 0xEF { return index }
            index &+= 1
        }
        return nil
    }

    private static func keep(_ facts: [XMLFact], _ direction: inout Direction) {
        for fact in facts where fact.attribute == "V" && fact.path.dropLast().last == "DEV" && !fact.text.isEmpty {
            if !direction.device.contains(where: { $0.element == fact.element }) {
                direction.device.append((fact.element, fact.text))
            }
        }
    }

    private func note(_ root: [UInt8], from side: Side, _ context: DissectionContext) {
        guard root.rawSpan.u8(at: 3) == 0x2E, let message = POCT1AMessage(root.rawSpan) else { return }
        context.record(.poct1aMessage, message.rawValue, about: context.party(side))
    }

    private func note(_ device: [(element: String, value: [UInt8])], from side: Side, _ context: DissectionContext) {
        func value(_ element: String) -> [UInt8]? { device.first { $0.element == element }?.value }
        // What stays the same for the life of the device, for a key; its name and place may change.
        let parts = [
            value("DEV.vendor_id") ?? value("DEV.manufacturer_name"), value("DEV.model_id") ?? value("DEV.device_name"),
            value("DEV.serial_id") ?? value("DEV.device_id"),
        ].compactMap { $0 }
        guard !parts.isEmpty else { return }
        let identifier = HL7Text.identifier(Array(parts.joined(separator: [0x5E])))
        let party = Party.device(DeviceKey(behind: context.host(side), naming: .analyser, identifier: identifier))
        for (element, value) in device {
            if let attribute = Self.attribute(element) { context.record(attribute, value.rawSpan, about: party) }
        }
    }

    private static func attribute(_ element: String) -> Attribute? {
        switch element {
        case "DEV.device_id": .poct1aDeviceID
        case "DEV.vendor_id": .poct1aVendor
        case "DEV.model_id": .poct1aModel
        case "DEV.serial_id": .poct1aSerial
        case "DEV.manufacturer_name": .poct1aManufacturer
        case "DEV.hw_version": .poct1aHardware
        case "DEV.sw_version": .poct1aSoftware
        case "DEV.device_name": .poct1aName
        default: nil
        }
    }
}

/// The messages of POCT1-A, by the first three letters of their root element.
enum POCT1AMessage: String, CaseIterable {
    /// Hello, device status, observations, device events, requests.
    case hello = "HEL", status = "DST", observations = "OBS", events = "EVS", request = "REQ"
    /// Directives, operator list, patient list.
    case directive = "DTV", operators = "OPL", patients = "PTL"
    /// Acknowledgement, end of a topic, keep-alive, escape (a message is not wanted), end of the conversation.
    case acknowledgment = "ACK", endOfTopic = "EOT", keepAlive = "KPA", escape = "ESC", end = "END"

    init?(_ name: RawSpan) {
        switch (name.u8(at: 0), name.u8(at: 1), name.u8(at: 2)) {
        case (0x48, 0x45, 0x4C): self = .hello
        case (0x44, 0x53, 0x54): self = .status
        case (0x4F, 0x42, 0x53): self = .observations
        case (0x45, 0x56, 0x53): self = .events
        case (0x52, 0x45, 0x51): self = .request
        case (0x44, 0x54, 0x56): self = .directive
        case (0x4F, 0x50, 0x4C): self = .operators
        case (0x50, 0x54, 0x4C): self = .patients
        case (0x41, 0x43, 0x4B): self = .acknowledgment
        case (0x45, 0x4F, 0x54): self = .endOfTopic
        case (0x4B, 0x50, 0x41): self = .keepAlive
        case (0x45, 0x53, 0x43): self = .escape
        case (0x45, 0x4E, 0x44): self = .end
        default: return nil
        }
    }
}
