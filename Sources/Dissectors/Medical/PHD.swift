import Observations
import Wire

// IEEE 11073-20601, the exchange protocol of personal health devices (oximeters, scales, glucose meters), over TCP.
//
// Read of the agent, which is the device: System-Id and configuration in its association request; System-Model,
// Production-Specification and specialisations in its answer to the manager's Get. Measurements, and the person that
// some of them are assigned to, are in the other messages, which are stepped over.

final class PHDDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.phd

    /// Choices of an APDU (IEEE 11073-20601 annex A.8).
    private enum Choice {
        static let associationRequest: UInt16 = 0xE200
        static let associationResponse: UInt16 = 0xE300
        static let releaseRequest: UInt16 = 0xE400
        static let releaseResponse: UInt16 = 0xE500
        static let abort: UInt16 = 0xE600
        static let presentation: UInt16 = 0xE700
    }
    /// The only data protocol that the standard defines (DataProtoId 20601).
    private static let dataProtocol: UInt16 = 20601
    /// The longest APDU (section 8.4.2.2).
    private static let lengthLimit = 64512
    /// Answers to Get with every attribute that the standard has take less.
    private static let readLimit = 16384
    /// The most messages that are read of a conversation.
    private static let messageLimit = 4096

    // MARK: Probe

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first >= 0xE2, first <= 0xE7 else { return .no }
        guard let choice = head.u16(at: 0) else { return .notYet }
        guard choice & 0xFF == 0 else { return .no }
        guard let length = head.u16(at: 2).map(Int.init) else { return .notYet }
        guard length <= Self.lengthLimit else { return .no }
        switch choice {
        case Choice.associationRequest: return Self.probeRequest(head, length)
        case Choice.associationResponse: return Self.probeResponse(head, length)
        case Choice.presentation: return context.isStart ? .no : Self.probePresentation(head, length)
        // A reason and nothing else: as short as that only where the protocol is known.
        default: return context.isProved && length == 2 ? .yes : .no
        }
    }

    /// Version, and a list of data protocols whose first is this one (AarqApdu).
    private static func probeRequest(_ head: RawSpan, _ length: Int) -> Probe {
        guard length >= 14 else { return .no }
        guard let version = head.u32(at: 4), let count = head.u16(at: 8), let list = head.u16(at: 10), let id = head.u16(at: 12),
            let information = head.u16(at: 14)
        else { return .notYet }
        // One bit for each version of the association protocol, from the highest down.
        guard version >= 0x0100_0000, version & 0x00FF_FFFF == 0, count >= 1, count <= 8, Int(list) == length &- 8 else { return .no }
        guard id == Self.dataProtocol, Int(information) &+ 4 <= Int(list) else { return .no }
        return Self.probeInformation(head, at: 16, Int(information))
    }

    /// A result, and the data protocol that was chosen (AareApdu).
    private static func probeResponse(_ head: RawSpan, _ length: Int) -> Probe {
        guard length >= 6 else { return .no }
        guard let result = head.u16(at: 4), let id = head.u16(at: 6), let information = head.u16(at: 8) else { return .notYet }
        guard result <= 15, Int(information) &+ 6 == length else { return .no }
        // A refusal names no protocol: the request has to prove it.
        if information == 0 { return .notYet }
        guard id == Self.dataProtocol else { return .no }
        return Self.probeInformation(head, at: 10, Int(information))
    }

    /// PhdAssociationInformation: version, encoding rules, and a System-Id of eight octets.
    private static func probeInformation(_ head: RawSpan, at offset: Int, _ length: Int) -> Probe {
        guard length >= AssociationInformation.length else { return .no }
        guard let rules = head.u16(at: offset &+ 4), let system = head.u32(at: offset &+ 14), let identifier = head.u16(at: offset &+ 18) else {
            return .notYet
        }
        // MDER, XER, PER; the manager or the agent.
        return rules & 0x1FFF == 0 && rules & 0x8000 != 0 && (system == 0x8000_0000 || system == 0x0080_0000) && identifier == 8 ? .yes : .no
    }

    /// Three lengths, one inside the other, and one of twelve choices (DataApdu).
    private static func probePresentation(_ head: RawSpan, _ length: Int) -> Probe {
        guard length >= 8 else { return .no }
        guard let data = head.u16(at: 4), let choice = head.u16(at: 8), let body = head.u16(at: 10) else { return .notYet }
        return Int(data) == length &- 2 && Int(body) == length &- 8 && Self.isDataChoice(choice) ? .yes : .no
    }

    private static func isDataChoice(_ choice: UInt16) -> Bool {
        switch choice {
        case 0x0100, 0x0101, 0x0103...0x0107, 0x0201, 0x0203, 0x0205, 0x0207, 0x0300, 0x0400: true
        default: false
        }
    }

    // MARK: Messages

    private var messages = 0

    init() {}

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let choice = bytes.u16(at: 0), let length = bytes.u16(at: 2).map(Int.init) else { return Consumption(0, .more(atLeast: 4)) }
        guard choice >= Choice.associationRequest, choice <= Choice.presentation, choice & 0xFF == 0, length <= Self.lengthLimit else { return .failed }
        self.messages &+= 1
        if self.messages > Self.messageLimit { return .finished }
        let isRead: Bool
        switch choice {
        case Choice.associationRequest: isRead = true
        case Choice.presentation:
            guard length >= 8 else { return .failed }
            guard let message = bytes.u16(at: 8) else { return self.again(12) }
            isRead = message == 0x0203
        default: isRead = false
        }
        guard isRead, length <= Self.readLimit else { return Consumption(4, .skip(length)) }
        guard bytes.byteCount >= length &+ 4 else { return self.again(length &+ 4) }
        let body = bytes.slice(from: 4, count: length)
        if choice == Choice.associationRequest {
            // The agent takes the initiative (section 8.7).
            context.declare(side, is: .client)
            if let information = AssociationInformation(request: body) { information.record(about: context.party(side), context) }
        } else {
            DeviceAttributes.record(body, about: context.party(side), context)
        }
        return Consumption(length &+ 4)
    }

    /// The message at hand is counted when it is there.
    private func again(_ count: Int) -> Consumption {
        self.messages &-= 1
        return Consumption(0, .more(atLeast: count))
    }
}

/// PhdAssociationInformation of an agent (annex A.8).
private struct AssociationInformation {
    /// Without options and with a System-Id of eight octets.
    static let length = 38

    let systemID: UInt64
    let configuration: UInt16

    /// Reads an association request, without its choice and length.
    init?(request: RawSpan) {
        var reader = ByteReader(request)
        do {
            try reader.skip(8)
            guard try reader.u16() == 20601 else { return nil }
            var information = try reader.nested(Int(try reader.u16()))
            // Protocol version, encoding rules, nomenclature, functional units, system type.
            try information.skip(18)
            guard try information.u16() == 8 else { return nil }
            self.systemID = try information.u64()
            self.configuration = try information.u16()
        } catch {
            return nil
        }
    }

    func record(about party: Party, _ context: DissectionContext) {
        context.record(.phdSystemID, SystemID.text(self.systemID), about: party)
        context.record(.phdConfiguration, Int64(self.configuration), about: party)
        if let specialisation = Specialisation.name(configuration: self.configuration) {
            context.record(.phdSpecialisation, specialisation, about: party)
        }
    }
}

private enum SystemID {
    static func text(_ identifier: UInt64) -> String {
        let digits = String(identifier, radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 &- digits.utf8.count) + digits
    }
}

/// Attributes of the device (MDS object) in an answer to Get (GetResultSimple).
private enum DeviceAttributes {
    /// Attributes of the MDS object by their codes in the nomenclature (IEEE 11073-10101, partition 1).
    private enum Code {
        /// MDC_ATTR_ID_MODEL.
        static let model: UInt16 = 2344
        /// MDC_ATTR_ID_PROD_SPECN.
        static let productionSpecification: UInt16 = 2349
        /// MDC_ATTR_SYS_ID.
        static let systemID: UInt16 = 2436
        /// MDC_ATTR_DEV_CONFIG_ID.
        static let configuration: UInt16 = 2628
        /// MDC_ATTR_SYS_TYPE_SPEC_LIST.
        static let specialisations: UInt16 = 2650
    }
    /// The most entries of a list.
    private static let limit = 64

    static func record(_ body: RawSpan, about party: Party, _ context: DissectionContext) {
        var reader = ByteReader(body)
        // What is behind the last whole attribute is not there.
        try? self.read(&reader, about: party, context)
    }

    private static func read(_ reader: inout ByteReader, about party: Party, _ context: DissectionContext) throws(Truncated) {
        // Length of the data, invocation, choice, length; then the handle of the object, 0 for the device.
        try reader.skip(8)
        guard try reader.u16() == 0 else { return }
        let count = min(Int(try reader.u16()), self.limit)
        try reader.skip(2)
        for _ in 0..<count {
            let code = try reader.u16()
            var value = try reader.nested(Int(try reader.u16()))
            try? self.read(code, &value, about: party, context)
        }
    }

    private static func read(_ code: UInt16, _ value: inout ByteReader, about party: Party, _ context: DissectionContext) throws(Truncated) {
        switch code {
        case Code.model:
            context.record(.phdManufacturer, try self.text(&value), about: party)
            context.record(.phdModel, try self.text(&value), about: party)
        case Code.systemID:
            guard try value.u16() == 8 else { return }
            context.record(.phdSystemID, SystemID.text(try value.u64()), about: party)
        case Code.configuration: context.record(.phdConfiguration, Int64(try value.u16()), about: party)
        case Code.specialisations:
            let count = min(Int(try value.u16()), self.limit)
            try value.skip(2)
            for _ in 0..<count {
                context.record(.phdSpecialisation, Specialisation.name(profile: try value.u16()), about: party)
                try value.skip(2)
            }
        case Code.productionSpecification:
            let count = min(Int(try value.u16()), self.limit)
            try value.skip(2)
            for _ in 0..<count {
                let kind = try value.u16()
                // A component, as the maker numbers them.
                try value.skip(2)
                let text = try self.text(&value)
                if let attribute = self.attribute(kind) { context.record(attribute, text, about: party) }
            }
        default: break
        }
    }

    /// Kinds of entries of a production specification (annex A.3.1, ProdSpecEntry). 0 says nothing of what it holds.
    private static func attribute(_ kind: UInt16) -> Attribute? {
        switch kind {
        case 1: .phdSerial
        case 2: .phdPartNumber
        case 3: .phdHardware
        case 4: .phdSoftware
        case 5: .phdFirmware
        default: nil
        }
    }

    @_lifetime(copy reader) @_lifetime(reader: copy reader)
    private static func text(_ reader: inout ByteReader) throws(Truncated) -> RawSpan {
        try reader.take(Int(try reader.u16())).trimmed
    }
}

/// Device specialisations (IEEE 11073-104xx).
private enum Specialisation {
    /// Of a standard configuration: those of IEEE 11073-104zz are numbered from zz × 100.
    static func name(configuration: UInt16) -> String? {
        switch configuration / 100 {
        case 4: "pulse-oximeter"
        case 6: "ecg"
        case 7: "blood-pressure"
        case 8: "thermometer"
        case 15: "weighing-scale"
        case 17: "glucose-meter"
        case 18: "inr-meter"
        case 19: "insulin-pump"
        case 20: "body-composition"
        case 21: "peak-flow"
        case 22: "urine-analyser"
        case 24: "sleep-apnoea-therapy"
        case 25: "continuous-glucose-monitor"
        case 41: "cardiovascular"
        case 42: "strength"
        case 71: "activity-hub"
        case 72: "medication-monitor"
        default: nil
        }
    }

    /// Of MDC_DEV_SPEC_PROFILE_… in System-Type-Spec-List.
    static func name(profile: UInt16) -> String {
        switch profile {
        case 4100: "pulse-oximeter"
        case 4102: "ecg"
        case 4103: "blood-pressure"
        case 4104: "thermometer"
        case 4109: "respiration-rate"
        case 4111: "weighing-scale"
        case 4113: "glucose-meter"
        case 4114: "inr-meter"
        case 4115: "insulin-pump"
        case 4116: "body-composition"
        case 4117: "peak-flow"
        case 4118: "urine-analyser"
        case 4120: "sleep-apnoea-therapy"
        case 4121: "continuous-glucose-monitor"
        case 4137: "cardiovascular"
        case 4138: "strength"
        case 4167: "activity-hub"
        case 4168: "medication-monitor"
        default: String(profile)
        }
    }
}
