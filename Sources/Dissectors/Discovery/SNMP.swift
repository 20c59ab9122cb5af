import Observations
import Wire

// The Simple Network Management Protocol: version 1 (RFC 1157), 2c (RFC 1901, RFC 3416) and 3 (RFC 3412, RFC 3414).
//
// Read of agents, from what they answer: how they describe themselves (SNMPv2-MIB, ENTITY-MIB, UPS-MIB), their engine ID, the
// level of security that they accept; of traps: who made the sender. Of requests: that they are there. A community is
// compared and forgotten; user names, and the location and the contact of a system, which name persons, are not looked at.

enum SNMPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.snmp
    static let usualPorts: Set<UInt16> = [161, 162]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == DERTag.sequence.rawValue }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let outer = SNMPElement.open(.sequence, of: datagram, isCut: context.isCut) else { return .no }
        var fields = DERReader(outer)
        guard let version = fields.next(.integer), version.byteCount == 1 else { return .no }
        switch version.u8(at: 0) {
        case 0: return Self.dissectCommunity("1", fields.rest, from: side, &context)
        case 1: return Self.dissectCommunity("2c", fields.rest, from: side, &context)
        case 3: return Self.dissectSecure(fields.rest, from: side, &context)
        default: return .no
        }
    }

    // MARK: Versions 1 and 2c

    private static func dissectCommunity(_ version: StaticString, _ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        var fields = DERReader(bytes)
        guard let community = fields.next(.octetString), let pdu = SNMPMessage(fields.rest, isCut: context.isCut),
            pdu.kind.isAllowed(inVersion1: version.utf8CodeUnitCount == 1)
        else { return .no }
        Self.declare(pdu.kind, side, &context)
        context.record(.snmpVersion, "\(version)", about: context.party(side))
        // A community that opens something is a password; that of a trap opens nothing.
        if pdu.kind.isRequest || pdu.isAnswer { context.record(.loginClear, "snmp-community", about: .conversation) }
        // Only an answer shows that the agent accepts it.
        if pdu.isAnswer, community.equals("public") || community.equals("private") {
            context.record(.snmpCommunityDefault, 1, about: context.party(side))
        }
        Self.recordContents(of: pdu, from: side, context)
        return .more
    }

    // MARK: Version 3

    /// The rest of a message after its version (RFC 3412 section 6).
    private static func dissectSecure(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        var fields = DERReader(bytes)
        guard let header = fields.next(.sequence) else { return .no }
        var headerFields = DERReader(header)
        guard let identifier = headerFields.next(.integer), (1...5).contains(identifier.byteCount), let size = headerFields.next(.integer),
            (2...5).contains(size.byteCount), let flags = headerFields.next(.octetString), flags.byteCount == 1, let flag = flags.u8(at: 0),
            flag & 0x03 != 2, let model = headerFields.next(.integer), (1...4).contains(model.byteCount), headerFields.rest.isEmpty,
            let parameters = fields.next(.octetString)
        else { return .no }
        // The user-based security model (RFC 3414 section 2.4): the engine comes first. What follows holds the user's name.
        var engine: SNMPEngine?
        if model.byteCount == 1, model.u8(at: 0) == 3 {
            var wrapper = DERReader(parameters)
            guard let sequence = wrapper.next(.sequence) else { return .no }
            var values = DERReader(sequence)
            guard let authoritative = values.next(.octetString), authoritative.byteCount <= 32 else { return .no }
            engine = SNMPEngine(authoritative)
        }
        let isReportable = flag & 0x04 != 0
        if flag & 0x02 != 0 {
            // Encrypted: who asks wants to hear of errors, who answers or reports does not (RFC 3412 section 6.4).
            guard SNMPElement.open(.octetString, of: fields.rest, isCut: context.isCut) != nil else { return .no }
            if isReportable { context.declare(side, is: .client) }
            Self.recordVersion3(isReportable ? nil : "authPriv", engine, from: side, context)
            return .more
        }
        guard let scoped = SNMPElement.open(.sequence, of: fields.rest, isCut: context.isCut) else { return .no }
        var scopedFields = DERReader(scoped)
        guard scopedFields.next(.octetString) != nil, scopedFields.next(.octetString) != nil,
            let pdu = SNMPMessage(scopedFields.rest, isCut: context.isCut), pdu.kind.isAllowed(inVersion1: false)
        else { return .no }
        Self.declare(pdu.kind, side, &context)
        // A report is how engines get to know each other: it needs no security and gives nothing away.
        let level = pdu.isAnswer || pdu.kind.isNotification ? (flag & 0x01 != 0 ? "authNoPriv" : "noAuthNoPriv") : nil
        Self.recordVersion3(level, pdu.kind.isRequest ? nil : engine, from: side, context)
        Self.recordContents(of: pdu, from: side, context)
        return .more
    }

    private static func recordVersion3(_ level: String?, _ engine: SNMPEngine?, from side: Side, _ context: DissectionContext) {
        let party = context.party(side)
        context.record(.snmpVersion, "3", about: party)
        if let level { context.record(.snmpSecurityLevel, level, about: party) }
        // The engine is the agent's, in its own messages and in requests to it.
        guard let engine, level != nil || context.role(of: side) == .server else { return }
        context.record(.snmpEngineEnterprise, "1.3.6.1.4.1.\(engine.enterprise).", about: party)
        if let mac = engine.mac { context.record(.snmpEngineAddress, mac.description, about: party) }
    }

    // MARK: What messages say

    private static func declare(_ kind: SNMPMessage.Kind, _ side: Side, _ context: inout DissectionContext) {
        switch kind {
        case .response, .report: context.declare(side, is: .server)
        // A trap goes from the agent to a station that listens: there the agent is the client.
        case .get, .getNext, .set, .getBulk, .inform, .trap, .trap1: context.declare(side, is: .client)
        }
    }

    /// The most variables that are looked at in one message.
    private static let variableLimit = 512

    private static func recordContents(of message: borrowing SNMPMessage, from side: Side, _ context: DissectionContext) {
        let party = context.party(side)
        if message.kind == .trap1 { context.record(.snmpTrapEnterprise, message.enterprise, about: party) }
        // A request says what somebody wants to hear or to set, and an answer with an error repeats it.
        guard message.isAnswer || message.kind.isNotification, !message.isError else { return }
        var variables = DERReader(message.variables)
        for _ in 0..<Self.variableLimit {
            guard let variable = variables.next(.sequence) else { return }
            var fields = DERReader(variable)
            guard let name = fields.next(.objectIdentifier), let value = fields.next() else { return }
            let identifier = ObjectIdentifier(name).rawValue
            switch (value.tag, SNMPObject.attribute(identifier)) {
            case (.octetString, .snmpDescription?):
                context.record(.snmpDescription, UnixName.withoutNode(PrintableText.make(value.contents.trimmed)), about: party)
            case (.octetString, let attribute?): context.record(attribute, value.contents.trimmed, about: party)
            case (.objectIdentifier, _) where identifier == SNMPObject.systemIdentifier:
                context.record(.snmpObjectID, ObjectIdentifier(value.contents).description, about: party)
            case (.objectIdentifier, _) where identifier == SNMPObject.trapIdentifier && message.kind == .trap:
                context.record(.snmpTrapEnterprise, ObjectIdentifier(value.contents).description, about: party)
            default: break
            }
        }
    }
}

/// A protocol data unit (RFC 1157 section 4.1, RFC 3416 section 3).
private struct SNMPMessage: ~Escapable {
    enum Kind: UInt8 {
        case get = 0xA0
        case getNext, response, set
        /// The trap of version 1, of another form than all others.
        case trap1
        case getBulk, inform, trap, report

        var isRequest: Bool {
            switch self {
            case .get, .getNext, .set, .getBulk: true
            case .response, .trap1, .inform, .trap, .report: false
            }
        }
        var isNotification: Bool { self == .trap1 || self == .trap || self == .inform }
        func isAllowed(inVersion1 isVersion1: Bool) -> Bool {
            switch self {
            case .get, .getNext, .response, .set: true
            case .trap1: isVersion1
            case .getBulk, .inform, .trap, .report: !isVersion1
            }
        }
    }

    let kind: Kind
    /// Whether an agent answers a request. The answer to an inform (RFC 3416 section 4.2.7) only repeats what the agent said.
    let isAnswer: Bool
    let isError: Bool
    /// Of a trap of version 1, dotted.
    let enterprise: String
    /// The contents of the list of variables: names with values.
    let variables: RawSpan

    /// Fails unless all that stands before the variables, and the first of them, are as they have to be.
    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan, isCut: Bool) {
        guard let kind = bytes.u8(at: 0).flatMap(Kind.init), let contents = SNMPElement.open(DERTag(rawValue: kind.rawValue), of: bytes, isCut: isCut)
        else { return nil }
        var fields = DERReader(contents)
        var enterprise = ""
        var isError = false
        if kind == .trap1 {
            guard let identifier = fields.next(.objectIdentifier), !identifier.isEmpty, let agent = fields.next(.networkAddress),
                agent.byteCount == 4, let generic = fields.next(.integer), generic.byteCount == 1, let specific = fields.next(.integer),
                (1...5).contains(specific.byteCount), let time = fields.next(.timeTicks), (1...5).contains(time.byteCount)
            else { return nil }
            enterprise = ObjectIdentifier(identifier).description
        } else {
            guard let request = fields.next(.integer), (1...5).contains(request.byteCount), let status = fields.next(.integer),
                (1...4).contains(status.byteCount), let index = fields.next(.integer), (1...4).contains(index.byteCount)
            else { return nil }
            // In GetBulk the two are counts.
            isError = kind != .getBulk && (status.byteCount != 1 || status.u8(at: 0) != 0)
            // RFC 3416 section 3 ends with 18; agents have others of their own.
            guard kind == .getBulk || status.byteCount == 1 else { return nil }
        }
        guard let variables = SNMPElement.open(.sequence, of: fields.rest, isCut: isCut) else { return nil }
        var reader = DERReader(variables)
        var first: UInt128?
        if let variable = reader.next(.sequence) {
            var pair = DERReader(variable)
            guard let name = pair.next(.objectIdentifier), !name.isEmpty, pair.next() != nil, pair.rest.isEmpty else { return nil }
            first = ObjectIdentifier(name).rawValue
        } else if !variables.isEmpty, !isCut {
            return nil
        }
        // A notification begins with the time and then says which it is; what was cut off may have said so.
        var mayRepeatNotification = isCut && (first == nil || first == SNMPObject.upTime)
        if first == SNMPObject.upTime, let variable = reader.next(.sequence) {
            var pair = DERReader(variable)
            guard let name = pair.next(.objectIdentifier) else { return nil }
            mayRepeatNotification = ObjectIdentifier(name).rawValue == SNMPObject.trapIdentifier
        }
        self.kind = kind
        self.isAnswer = kind == .response && !mayRepeatNotification
        self.isError = isError
        self.enterprise = enterprise
        self.variables = variables
    }
}

extension DERTag {
    /// NetworkAddress and TimeTicks (RFC 1155 section 3.2.3).
    fileprivate static let networkAddress = DERTag(rawValue: 0x40)
    fileprivate static let timeTicks = DERTag(rawValue: 0x43)
}

private enum SNMPElement {
    /// The contents of an element that fills the bytes to their end; of a datagram that was cut, what is left of them.
    @_lifetime(copy bytes)
    static func open(_ tag: DERTag, of bytes: RawSpan, isCut: Bool) -> RawSpan? {
        guard bytes.u8(at: 0) == tag.rawValue, let (header, length) = DERReader.lengths(bytes) else { return nil }
        let there = bytes.byteCount &- header
        guard there == length || (isCut && there < length) else { return nil }
        return bytes.slice(from: header)
    }
}

/// An engine ID (RFC 3411 section 5, SnmpEngineID).
private struct SNMPEngine {
    /// Number of the maker among the private enterprises of IANA.
    let enterprise: UInt32
    let mac: MACAddress?

    /// Fails for the empty one, with which an engine asks who is there, and where it names nobody.
    init?(_ bytes: RawSpan) {
        guard (5...32).contains(bytes.byteCount), let word = bytes.u32(at: 0), word & 0x7FFF_FFFF != 0 else { return nil }
        self.enterprise = word & 0x7FFF_FFFF
        // The first bit says that the fifth octet tells the format; 3 is a hardware address.
        guard word &>> 31 == 1, bytes.u8(at: 4) == 3, bytes.byteCount == 11 else {
            self.mac = nil
            return
        }
        var reader = ByteReader(bytes.slice(from: 5))
        self.mac = (try? MACAddress(&reader)).flatMap { $0.isUnicast ? $0 : nil }
    }
}

/// Objects that are read, by the octets of their identifiers as one number (``ObjectIdentifier``).
private enum SNMPObject {
    /// sysObjectID.0 (RFC 3418): 1.3.6.1.2.1.1.2.0
    static let systemIdentifier: UInt128 = 0x2B06_0102_0101_0200
    /// sysUpTime.0 (RFC 3418): 1.3.6.1.2.1.1.3.0
    static let upTime: UInt128 = 0x2B06_0102_0101_0300
    /// snmpTrapOID.0 (RFC 3418): 1.3.6.1.6.3.1.1.4.1.0
    static let trapIdentifier: UInt128 = 0x2B_0601_0603_0101_0401_00

    static func attribute(_ identifier: UInt128) -> Attribute? {
        switch identifier {
        // SNMPv2-MIB (RFC 3418): 1.3.6.1.2.1.1.{1,5}.0
        case 0x2B06_0102_0101_0100: .snmpDescription
        case 0x2B06_0102_0101_0500: .snmpName
        // ENTITY-MIB (RFC 6933): 1.3.6.1.2.1.47.1.1.1.1.{8…13}.1. The first entity is the chassis; others are its parts.
        case 0x2B06_0102_012F_0101_0101_0801: .snmpEntityHardware
        case 0x2B06_0102_012F_0101_0101_0901: .snmpEntityFirmware
        case 0x2B06_0102_012F_0101_0101_0A01: .snmpEntitySoftware
        case 0x2B06_0102_012F_0101_0101_0B01: .snmpEntitySerial
        case 0x2B06_0102_012F_0101_0101_0C01: .snmpEntityMaker
        case 0x2B06_0102_012F_0101_0101_0D01: .snmpEntityModel
        // UPS-MIB (RFC 1628): 1.3.6.1.2.1.33.1.1.{1…4}.0
        case 0x2B06_0102_0121_0101_0100: .snmpUPSMaker
        case 0x2B06_0102_0121_0101_0200: .snmpUPSModel
        case 0x2B06_0102_0121_0101_0300: .snmpUPSFirmware
        case 0x2B06_0102_0121_0101_0400: .snmpUPSAgent
        default: nil
        }
    }
}

/// How Unix systems describe themselves, `Linux NODE 6.1.0 …`, as uname(1) writes it: the node's name is not the kind of system.
enum UnixName {
    private static let systems: Set<Substring> = ["Linux", "FreeBSD", "NetBSD", "OpenBSD", "Darwin", "SunOS", "HP-UX", "AIX", "QNX", "VxWorks"]

    static func withoutNode(_ text: String) -> String {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let system = words.first, self.systems.contains(system), let rest = words.last, let release = rest.utf8.first,
            release &- 0x30 < 10 || release == UInt8(ascii: "B")
        else { return text }
        return "\(system) \(rest)"
    }
}
