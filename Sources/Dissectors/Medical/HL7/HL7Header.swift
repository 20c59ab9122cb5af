import Wire

/// The separators of a message (chapter 2.5.4); MSH-2 declares all but the first.
struct HL7Separators {
    var field: UInt8
    var component: UInt8
    var repetition: UInt8
    var escape: UInt8?
    var subcomponent: UInt8?

    var areUsual: Bool {
        self.component == 0x5E && self.repetition == 0x7E && self.escape == 0x5C && self.subcomponent == 0x26
    }
}

/// The first fields of MSH, FHS or BHS: the name, the field separator and the encoding characters.
struct HL7Header {
    let answer: Probe
    private(set) var separators: HL7Separators?
    /// Up to where MSH-3 starts.
    private(set) var length = 0
    let isBatch: Bool

    init(_ bytes: RawSpan) {
        let first = bytes.u8(at: 0)
        self.isBatch = first == 0x46 || first == 0x42
        // MSH, FHS, BHS
        guard let first, first == 0x4D || self.isBatch, bytes.u8(at: 1) ?? (self.isBatch ? 0x48 : 0x53) == (self.isBatch ? 0x48 : 0x53),
            bytes.u8(at: 2) ?? (self.isBatch ? 0x53 : 0x48) == (self.isBatch ? 0x53 : 0x48)
        else {
            self.answer = .no
            return
        }
        guard let field = bytes.u8(at: 3) else {
            self.answer = .notYet
            return
        }
        guard Self.isSeparator(field) else {
            self.answer = .no
            return
        }
        // Three (those who forget one) to five (version 2.7, with a truncation character), all different.
        var index = 4
        while let byte = bytes.u8(at: index), byte != field {
            var isRepeated = false
            for earlier in 4..<index where bytes.u8(at: earlier) == byte { isRepeated = true }
            guard index < 9, Self.isSeparator(byte), !isRepeated else {
                self.answer = .no
                return
            }
            index &+= 1
        }
        guard index < bytes.byteCount else {
            self.answer = .notYet
            return
        }
        guard index >= 7, let component = bytes.u8(at: 4), let repetition = bytes.u8(at: 5), let third = bytes.u8(at: 6) else {
            self.answer = .no
            return
        }
        self.answer = .yes
        let fourth = index > 7 ? bytes.u8(at: 7) : nil
        self.separators = HL7Separators(
            field: field, component: component, repetition: repetition, escape: fourth == nil ? nil : third, subcomponent: fourth ?? third)
        self.length = index &+ 1
    }

    /// Printable, and neither letter, digit nor space.
    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}

/// What a message code (MSH-9.1, table 0076) says of its sender.
enum HL7MessageCode {
    /// The message is not there up to MSH-9.
    case notYet
    /// There is no code.
    case unknown
    /// An acknowledgement or another answer: the sender is the server.
    case answer
    /// Any other message: the sender opened the conversation.
    case initiative

    /// Codes whose messages hold an MSA segment: acknowledgements and answers to orders and queries.
    private static let answers: [StaticString] = [
        "ACK", "ADR", "DSR", "EAR", "EDR", "ERP", "MCF", "MFK", "MFR", "NMR", "OPR", "ORB", "ORF", "ORG", "ORL", "ORN", "ORR", "ORS",
        "OSR", "PGR", "PRR", "RAR", "RCI", "RCL", "RDR", "RER", "RGR", "ROR", "RPI", "RPL", "RPR", "RRA", "RRD", "RRE", "RRG", "RRI",
        "RSP", "RTB", "SQR", "SRR", "TBR", "VXR", "VXX",
    ]

    init(_ field: RawSpan, _ separators: HL7Separators) {
        let code = HL7Text(separators).component(field)
        self = code.isEmpty ? .unknown : Self.answers.contains(where: { code.equals($0) }) ? .answer : .initiative
    }

    /// Requests and commands to equipment (chapter 13), and infusion orders to a pump (IHE PCD-03): what they name is at the receiver.
    private static let toEquipment: [StaticString] = ["EAC", "ESR", "INR", "LSR", "RGV", "SSR", "TCR"]

    static func isForEquipment(_ field: RawSpan, _ separators: HL7Separators) -> Bool {
        let code = HL7Text(separators).component(field)
        return Self.toEquipment.contains { code.equals($0) }
    }

    /// Looks for the code in a message whose MSH-3 starts at `start`.
    static func find(in message: RawSpan, from start: Int, _ separators: HL7Separators) -> HL7MessageCode {
        var index = start
        for number in 3...9 {
            let rest = message.slice(from: index)
            guard let count = rest.endOfField(separators.field) else { return .notYet }
            if number == 9 { return HL7MessageCode(rest.slice(from: 0, count: count), separators) }
            guard rest.u8(at: count) == separators.field else { return .unknown }
            index &+= count &+ 1
        }
        return .unknown
    }
}
