import Observations
import Wire

/// HL7 version 2 over TCP, framed by MLLP (0B … 1C 0D), bare, or in batches (chapters 2 and 7 of the standard).
///
/// Read are MSH-3 to 6, 9, 11, 12, 18 and 21 (of FHS and BHS, 3 to 6), SFT-1 to 4, MSA-1, ERR-3 where it is a code of the standard's
/// table, EQU-1, OBX-18, OBX-3 where it is a kind of device (IHE PCD-01), and PRT-10, 16 to 20 and 22 where the participant is no
/// person (PRT-5 is empty). MSH-10 and MSA-2 are compared, never kept. Every other field is stepped over as it comes, without a
/// copy and without a limit to its length: patients, orders and results have nowhere to go. Separators are those that each
/// message declares.
final class HL7Dissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .hl7 }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = Self.begins(head)
        guard answer == .no, !context.isStart else { return answer }
        // In mid-stream the start of a block behind the end of another is as good, wherever it lies.
        var index = 0
        while index < head.byteCount {
            // Eight without a start block at a time, or one.
            if let word = head.u64(at: index), !word.hasOctet(Self.startBlock) {
                index &+= 8
                continue
            }
            index &+= 1
            if head.u8(at: index &- 1) == Self.startBlock, head.u8(at: index &- 2) ?? 0x20 < 0x20,
                HL7Header(head.slice(from: index)).answer == .yes
            {
                return .yes
            }
        }
        return .no
    }

    /// Whether a message, or a block of MLLP with one, starts here.
    private static func begins(_ head: RawSpan) -> Probe {
        guard head.u8(at: 0) == Self.startBlock else { return HL7Header(head).answer }
        switch head.u8(at: 1) {
        case nil: return .notYet
        // MLLP release 2 acknowledges with a block of one octet, too little to prove anything.
        case 0x06, 0x15: return head.byteCount <= 4 && head.u8(at: 2) ?? 0x1C == 0x1C && head.u8(at: 3) ?? 0x0D == 0x0D ? .notYet : .no
        default: return HL7Header(head.slice(from: 1)).answer
        }
    }

    static let startBlock: UInt8 = 0x0B
    static let endBlock: UInt8 = 0x1C
    /// The longest field that is kept, and the longest MSH that is waited for to know who speaks.
    static let fieldLimit = 512
    static let headerLimit = 2048
    static let repetitionLimit = 8
    /// How long the same header or equipment of the same side is not noted again.
    static let repeatInterval: Int64 = 60_000_000_000

    private var directions = (Direction(mayLackStart: false), Direction(mayLackStart: false))
    /// The messages that each side sent last, for the answers that may still come.
    private var sent = (HL7Outstanding(), HL7Outstanding())
    private var hasBegun = false

    /// The segments of which fields are read, with the number of the last of them.
    private enum Segment {
        case message, batch, software, acknowledgment, error, equipment, observation, participation

        var lastField: Int {
            switch self {
            case .message: 21
            case .batch: 6
            case .software: 4
            case .acknowledgment: 2
            case .error: 3
            case .equipment: 1
            case .observation: 18
            case .participation: 22
            }
        }

        func reads(_ field: Int) -> Bool {
            switch self {
            case .message: (3...6).contains(field) || (9...12).contains(field) || field == 18 || field == 21
            case .batch: (3...6).contains(field)
            case .software: (1...4).contains(field)
            case .acknowledgment: field == 1 || field == 2
            case .error: field == 3
            case .equipment: field == 1
            case .observation: field == 3 || field == 18
            case .participation: field == 5 || field == 10 || (16...20).contains(field) || field == 22
            }
        }
    }

    /// Where one side's bytes are at.
    private struct Direction {
        enum Position {
            /// Before a segment.
            case segment
            /// Before a field of a segment that is read.
            case field(Int)
            /// Inside a field that is not.
            case passing(Int)
            /// Inside a segment of which nothing more is read.
            case skipping
        }
        var position = Position.segment
        var segment = Segment.message
        /// As the last header declared; `nil` outside of messages.
        var separators: HL7Separators?
        var isFramed = false
        var isBatch = false
        /// The start block of the next message may lie before what is seen.
        var mayLackStart: Bool
        /// MSH-3 to 6 of the message at hand, their first components.
        var ends: HL7Ends?
        /// What the header of the message at hand says of it.
        var header: Header?
        var acknowledgment = Acknowledgment()
        /// Headers that were noted a short while ago: a connection says the same for days.
        var headers = Recent<Header>()
        /// What OBX, PRT and EQU segments name; most messages have nothing of it.
        private var named: Devices?

        init(mayLackStart: Bool) { self.mayLackStart = mayLackStart }

        var devices: Devices {
            mutating get {
                if let known = self.named { return known }
                let new = Devices()
                self.named = new
                return new
            }
        }

        mutating func beginMessage() {
            self.ends = nil
            self.header = nil
            self.named?.kind = nil
            self.named?.whole = nil
        }
        mutating func leaveDevice() { self.named?.kind = nil }
    }

    /// The devices that the message at hand names.
    private final class Devices {
        /// OBX-3 of the segment at hand where it is a kind of device; PRT segments that follow are about the same device.
        var kind: HL7DeviceKind?
        /// The device whose parts the next segments describe (IHE PCD-01: the MDS of a containment tree).
        var whole: DeviceKey?
        var participation = Participation()
        /// Equipment that was noted a short while ago.
        var recent = Recent<DeviceKey>()
    }

    /// What a header says of its message: the same for all messages with such a header.
    private final class Header {
        /// Who sent it, if not the host itself.
        let sender: Party?
        let isAnswer: Bool
        /// The devices that it names are the receiver's, not the sender's.
        let isForEquipment: Bool
        /// As `hl7.interface` has it; empty where the header does not tell.
        let interface: [UInt8]

        init(sender: Party?, isAnswer: Bool, isForEquipment: Bool, interface: [UInt8]) {
            self.sender = sender
            self.isAnswer = isAnswer
            self.isForEquipment = isForEquipment
            self.interface = interface
        }
    }

    /// An MSA segment, until it is read.
    private struct Acknowledgment {
        /// Two letters, or 0.
        var code: UInt16 = 0
        var control: UInt64?
    }

    /// The last few things that were noted, by a hash, with what is needed to go on without noting them again.
    private struct Recent<Content> {
        private var entries: [(hash: UInt64, time: Timestamp, content: Content)] = []
        private var next = 0

        /// What was kept with the hash, unless it is too long ago.
        func content(_ hash: UInt64, at time: Timestamp) -> Content? {
            for entry in self.entries where entry.hash == hash && time.since(entry.time) < HL7Dissector.repeatInterval {
                return entry.content
            }
            return nil
        }

        mutating func keep(_ content: Content, _ hash: UInt64, at time: Timestamp) {
            if let known = self.entries.firstIndex(where: { $0.hash == hash }) {
                self.entries[known] = (hash, time, content)
            } else if self.entries.count < 8 {
                self.entries.append((hash, time, content))
            } else {
                self.entries[self.next & 7] = (hash, time, content)
                self.next &+= 1
            }
        }
    }

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator {
            self.directions.0 = Direction(mayLackStart: true)
        } else {
            self.directions.1 = Direction(mayLackStart: true)
        }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if !self.hasBegun {
            self.hasBegun = true
            // Roles that are sure before anything was read come from the handshake; without it this is mid-stream.
            self.directions.0.mayLackStart = !context.rolesAreSure
            self.directions.1.mayLackStart = !context.rolesAreSure
        }
        return side == .initiator
            ? self.consume(bytes, from: side, &self.directions.0, &context) : self.consume(bytes, from: side, &self.directions.1, &context)
    }

    private func consume(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        var index = 0
        while index < bytes.byteCount {
            switch direction.position {
            case .segment:
                let rest = bytes.slice(from: index)
                guard let count = self.segment(rest, from: side, &direction, &context) else {
                    return Consumption(index, .more(atLeast: rest.byteCount &+ 1))
                }
                index &+= count
            case .field(let number):
                guard direction.segment.reads(number), let separators = direction.separators else {
                    direction.position = .passing(number)
                    continue
                }
                let rest = bytes.slice(from: index)
                guard let count = rest.endOfField(separators.field) else {
                    if rest.byteCount <= Self.fieldLimit { return Consumption(index, .more(atLeast: rest.byteCount &+ 1)) }
                    direction.position = .passing(number)
                    continue
                }
                if count <= Self.fieldLimit {
                    self.field(number, rest.slice(from: 0, count: count), separators, from: side, &direction, context)
                    if direction.segment == .message, number == 9 { self.count(direction.header, &context) }
                }
                index &+= count
                direction.position = .passing(number)
            case .passing(let number):
                guard let separators = direction.separators else {
                    direction.position = .skipping
                    continue
                }
                guard let count = bytes.slice(from: index).endOfField(separators.field) else { return Consumption(bytes.byteCount) }
                index &+= count
                if bytes.u8(at: index) == separators.field {
                    index &+= 1
                    direction.position = number < direction.segment.lastField ? .field(number &+ 1) : .skipping
                } else {
                    direction.position = .segment
                }
                if case .field = direction.position { continue }
                switch direction.segment {
                case .participation: self.note(&direction, from: side, context)
                case .acknowledgment: self.noteAnswer(direction, from: side, &context)
                default: break
                }
            case .skipping:
                guard let count = bytes.slice(from: index).endOfSegment else { return Consumption(bytes.byteCount) }
                index &+= count
                direction.position = .segment
            }
        }
        return Consumption(index)
    }

    // MARK: Segments

    /// Reads what stands where a segment may start: control octets, or the name of a segment.
    /// - Returns: how many octets are done with; `nil` where more are needed.
    private func segment(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Int? {
        switch bytes.u8(at: 0) {
        case .some(let byte) where byte == Self.startBlock || byte == Self.endBlock:
            direction.separators = nil
            direction.isFramed = byte == Self.startBlock
            direction.isBatch = false
            direction.mayLackStart = false
            return 1
        case .some(let byte) where byte < 0x20: return 1
        default: break
        }
        let header = HL7Header(bytes)
        switch header.answer {
        case .notYet: return nil
        case .yes:
            guard let separators = header.separators else { return nil }
            if !header.isBatch, !context.rolesAreSure {
                // Who speaks has to be known before MSH-3 is noted, and MSH-9 tells.
                switch HL7MessageCode.find(in: bytes.slice(from: 0, count: Self.headerLimit), from: header.length, separators) {
                case .notYet: if bytes.byteCount < Self.headerLimit { return nil }
                case .answer: context.declare(side, is: .server)
                case .initiative: context.declare(side, is: .client)
                case .unknown: break
                }
            }
            direction.separators = separators
            direction.segment = header.isBatch ? .batch : .message
            direction.isBatch = direction.isBatch || header.isBatch
            direction.beginMessage()
            if !header.isBatch, let whole = self.sign(bytes, from: header.length, from: side, separators, direction, context) {
                self.note(bytes, from: header.length, whole.sign, whole.control, separators, from: side, &direction, &context)
                direction.mayLackStart = false
                direction.position = .skipping
                return header.length
            }
            self.noteFraming(direction, context)
            direction.mayLackStart = false
            direction.position = .field(3)
            return header.length
        case .no: break
        }
        guard let separators = direction.separators else {
            direction.position = .skipping
            return 0
        }
        guard bytes.byteCount >= 4 else {
            // A segment may be shorter than a name.
            if bytes.endOfSegment == nil { return nil }
            direction.position = .skipping
            return 0
        }
        direction.position = .field(1)
        switch (bytes.u8(at: 0), bytes.u8(at: 1), bytes.u8(at: 2), bytes.u8(at: 3)) {
        case (0x53, 0x46, 0x54, separators.field): direction.segment = .software  // SFT
        case (0x4D, 0x53, 0x41, separators.field):  // MSA
            direction.segment = .acknowledgment
            direction.acknowledgment = Acknowledgment()
        case (0x45, 0x52, 0x52, separators.field): direction.segment = .error  // ERR
        case (0x45, 0x51, 0x55, separators.field): direction.segment = .equipment  // EQU
        case (0x4F, 0x42, 0x58, separators.field):  // OBX
            direction.segment = .observation
            direction.leaveDevice()
        case (0x50, 0x52, 0x54, separators.field):  // PRT
            direction.segment = .participation
            direction.devices.participation = Participation()
        default:
            direction.leaveDevice()
            direction.position = .skipping
            return 0
        }
        return 4
    }

    private func noteFraming(_ direction: Direction, _ context: DissectionContext) {
        if direction.isFramed { context.record(.hl7Framing, "mllp", about: .server) }
        if direction.isBatch { context.record(.hl7Framing, "batch", about: .server) }
        if !direction.isFramed, !direction.isBatch, !direction.mayLackStart { context.record(.hl7Framing, "none", about: .server) }
    }

    /// Notes a header that is there as a whole, which says the same each time.
    private func note(
        _ message: RawSpan, from start: Int, _ sign: ObservationLog.MessageSign, _ control: UInt64?, _ separators: HL7Separators,
        from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) {
        if let known = direction.headers.content(sign.short, at: context.evidence.time) {
            direction.header = known
            let interface = known.interface
            if !known.isAnswer { context.record(.hl7Interface, interface.rawSpan, about: .conversation) }
        } else {
            let shown = context
            let header = shown.note(sign) { () -> Header? in
                self.noteFraming(direction, shown)
                var index = start
                for number in 3...Segment.message.lastField {
                    let rest = message.slice(from: index)
                    guard let count = rest.endOfField(separators.field) else { break }
                    if number != 10, Segment.message.reads(number), count <= Self.fieldLimit {
                        self.field(number, rest.slice(from: 0, count: count), separators, from: side, &direction, shown)
                    }
                    index &+= count &+ 1
                    guard rest.u8(at: count) == separators.field else { break }
                }
                return direction.header
            }
            direction.ends = nil
            direction.header = header
            if let header { direction.headers.keep(header, sign.short, at: context.evidence.time) }
        }
        self.count(direction.header, &context)
        self.remember(control, direction.header?.interface ?? [], from: side)
    }

    /// Counts a message that is no answer.
    private func count(_ header: Header?, _ context: inout DissectionContext) {
        if let header, !header.isAnswer { context.counted.messages &+= 1 }
    }

    private func remember(_ control: UInt64?, _ interface: [UInt8], from side: Side) {
        if side == .initiator { self.sent.0.add(control, interface) } else { self.sent.1.add(control, interface) }
    }

    /// What identifies the fields of an MSH that are read and what else decides what is noted of it, and a hash of MSH-10; `nil` where
    /// the segment is not there as a whole.
    private func sign(
        _ message: RawSpan, from start: Int, from side: Side, _ separators: HL7Separators, _ direction: Direction, _ context: DissectionContext
    ) -> (sign: ObservationLog.MessageSign, control: UInt64?)? {
        var control: UInt64?
        var sign = context.sign(side)
        let framing: UInt64 = (direction.isFramed ? 1 : 0) | (direction.isBatch ? 2 : 0) | (direction.mayLackStart ? 4 : 0)
        sign.add(
            framing | UInt64(separators.component) &<< 8 | UInt64(separators.repetition) &<< 16 | UInt64(separators.escape ?? 0) &<< 24
                | UInt64(separators.subcomponent ?? 0) &<< 32 | UInt64(separators.field) &<< 40)
        var index = start
        for number in 3...Segment.message.lastField {
            let rest = message.slice(from: index)
            guard let count = rest.endOfField(separators.field) else { return nil }
            if number == 10 {
                control = rest.slice(from: 0, count: count).trimmed.octetHash
            } else if Segment.message.reads(number) {
                sign.add(rest.slice(from: 0, count: count))
            }
            index &+= count &+ 1
            guard rest.u8(at: count) == separators.field else { break }
        }
        return (sign, control)
    }

    // MARK: Fields

    private func field(
        _ number: Int, _ value: RawSpan, _ separators: HL7Separators, from side: Side, _ direction: inout Direction,
        _ context: DissectionContext
    ) {
        // Two quotation marks delete a value at the receiver (chapter 2.5.3): nothing to note.
        let isEmpty = value.trimmed.isEmpty || value.equals("\"\"")
        let text = HL7Text(separators)
        switch (direction.segment, number) {
        case (.message, 9): self.messageType(value, isEmpty: isEmpty, text, from: side, &direction, context)
        case (.message, 10): self.remember(value.trimmed.octetHash, direction.header?.interface ?? [], from: side)
        case _ where isEmpty: return
        case (.message, 3), (.batch, 3):
            direction.ends = direction.ends ?? HL7Ends()
            direction.ends?.sendingApplication = text.make(text.component(value))
            text.recordName(.hl7SendingApplication, value, about: context.party(side), context)
        case (.message, 4), (.batch, 4):
            direction.ends = direction.ends ?? HL7Ends()
            direction.ends?.sendingFacility = text.make(text.component(value))
            text.recordName(.hl7SendingFacility, value, about: context.party(side), context)
        case (.message, 5), (.batch, 5):
            direction.ends = direction.ends ?? HL7Ends()
            direction.ends?.receivingApplication = text.make(text.component(value))
            text.recordName(.hl7ReceivingApplication, value, about: context.party(side.other), context)
        case (.message, 6), (.batch, 6):
            direction.ends = direction.ends ?? HL7Ends()
            direction.ends?.receivingFacility = text.make(text.component(value))
            text.recordName(.hl7ReceivingFacility, value, about: context.party(side.other), context)
        case (.message, 11): text.record(.hl7ProcessingID, text.component(value), about: direction.header?.sender ?? context.party(side), context)
        case (.message, 12):
            text.record(.hl7Version, text.component(value), about: direction.header?.sender ?? context.party(side), context)
            text.record(.hl7Version, text.component(value), about: .conversation, context)
        case (.message, 18): self.recordEach(.hl7CharacterSet, value, text, about: direction.header?.sender ?? context.party(side), context)
        case (.message, 21): self.recordEach(.hl7Profile, value, text, about: direction.header?.sender ?? context.party(side), context)
        case (.software, 1): text.record(.hl7SoftwareVendor, text.component(value), about: direction.header?.sender ?? context.party(side), context)
        case (.software, 2): text.record(.hl7SoftwareVersion, value, about: direction.header?.sender ?? context.party(side), context)
        case (.software, 3): text.record(.hl7SoftwareProduct, value, about: direction.header?.sender ?? context.party(side), context)
        case (.software, 4): text.record(.hl7SoftwareBinary, value, about: direction.header?.sender ?? context.party(side), context)
        case (.acknowledgment, 1):
            // A code of two letters (table 0008): whatever else stands there is not ours to show.
            guard value.byteCount == 2, value.isUppercase else { return }
            direction.acknowledgment.code = value.u16(at: 0) ?? 0
            context.record(.hl7Acknowledgement, value, about: context.party(side))
        case (.acknowledgment, 2): direction.acknowledgment.control = value.trimmed.octetHash
        case (.error, 3):
            text.forEachRepetition(value) { repetition in
                let code = text.component(repetition)
                if HL7ErrorCode.isKnown(code) { context.record(.hl7ErrorCode, code, about: context.party(side)) }
            }
        case (.equipment, 1): self.equipment(value, text, from: side, &direction, context)
        case (.observation, 3):
            if let kind = HL7DeviceKind(text.repetition(value), separators) {
                direction.devices.kind = kind
                if kind.isWhole { direction.devices.whole = nil }
            } else {
                direction.leaveDevice()
            }
        case (.observation, 18): self.equipment(value, text, from: side, &direction, context)
        case (.participation, _): direction.devices.participation.keep(number, value, text)
        default: break
        }
    }

    /// Notes the first component of each repetition, or all components where the first is empty.
    private func recordEach(
        _ attribute: Attribute, _ value: RawSpan, _ text: HL7Text, about party: Party, _ context: DissectionContext
    ) {
        text.forEachRepetition(value) { repetition in
            let first = text.component(repetition)
            text.record(attribute, first.isEmpty ? repetition : first, about: party, context)
        }
    }

    /// MSH-9 says which of the two sides speaks, and of what.
    private func messageType(
        _ value: RawSpan, isEmpty: Bool, _ text: HL7Text, from side: Side, _ direction: inout Direction, _ context: DissectionContext
    ) {
        let isAnswer = HL7MessageCode(value, text.separators) == .answer
        let ends = direction.ends ?? HL7Ends()
        let interface = isAnswer || isEmpty ? [] : ends.interface(of: value, text)
        let header = Header(
            // An application that answers is the service; one that takes the initiative may be one of many behind a host.
            sender: isAnswer ? nil : self.device(ends, from: side, context), isAnswer: isAnswer,
            isForEquipment: HL7MessageCode.isForEquipment(value, text.separators),
            interface: interface)
        direction.header = header
        if !isAnswer { context.record(.hl7Interface, interface.rawSpan, about: .conversation) }
        let sender = header.sender ?? context.party(side)
        if header.sender != nil {
            context.record(.hl7SendingApplication, ends.sendingApplication.rawSpan, about: sender)
            context.record(.hl7SendingFacility, ends.sendingFacility.rawSpan, about: sender)
        }
        guard !isEmpty else { return }
        text.record(.hl7MessageType, value, about: sender, context)
        if !isAnswer { text.record(.hl7MessageType, value, about: .conversation, context) }
    }

    /// Counts refusals (E for error, R for reject, after A for application or C for commit), and notes what an MSA segment answers:
    /// the message of the other side with the same control identifier.
    private func noteAnswer(_ direction: Direction, from side: Side, _ context: inout DissectionContext) {
        let code = direction.acknowledgment.code
        guard code != 0 else { return }
        let last = UInt8(truncatingIfNeeded: code)
        if last == 0x45 || last == 0x52 { context.counted.refused &+= 1 }
        guard let control = direction.acknowledgment.control,
            let interface = side == .initiator ? self.sent.1.interface(control) : self.sent.0.interface(control)
        else { return }
        var answer = interface
        answer.append(contentsOf: [0x7C, UInt8(truncatingIfNeeded: code &>> 8), last])
        context.record(.hl7InterfaceAnswer, answer.rawSpan, about: .conversation)
    }

    // MARK: Senders and devices

    /// The application that sent the message, as a device behind the host; `nil` where the message does not name one.
    private func device(_ ends: HL7Ends, from side: Side, _ context: DissectionContext) -> Party? {
        if ends.sendingApplication.isEmpty, ends.sendingFacility.isEmpty { return nil }
        let name = Array([ends.sendingApplication, ends.sendingFacility].joined(separator: [0x5E]))
        return .device(DeviceKey(behind: context.host(side), naming: .application, identifier: HL7Text.identifier(name)))
    }

    /// OBX-18 and EQU-1, equipment instance identifier: entity identifier, namespace, universal identifier and its type. Repetitions
    /// are one device (analysers write model, serial number and module), but for those with an address of their own.
    private func equipment(
        _ value: RawSpan, _ text: HL7Text, from side: Side, _ direction: inout Direction, _ context: DissectionContext
    ) {
        let devices = direction.devices
        let kind = direction.segment == .observation ? devices.kind : nil
        let side = direction.header?.isForEquipment == true ? side.other : side
        let hash = mixed(value.octetHash ^ (kind?.identifier.rawSpan.octetHash ?? 0)) ^ (side == .initiator ? 0 : 1)
        if let device = devices.recent.content(hash, at: context.evidence.time) {
            if kind?.isWhole == true { devices.whole = device }
            return
        }
        let host = context.host(side)
        var first: DeviceKey?
        func note(_ identifier: [UInt8], _ device: DeviceKey) {
            if first == nil { first = device }
            context.record(.hl7Equipment, identifier.rawSpan, about: .device(device))
            if let kind { context.record(.hl7DeviceMDC, kind.identifier.rawSpan, about: .device(device)) }
        }
        var names: [[UInt8]] = []
        text.forEachRepetition(value) { repetition in
            guard !repetition.trimmed.isEmpty, text.mayBeEntityIdentifier(repetition) else { return }
            let identifier = text.make(repetition)
            if let address = text.eui64(repetition) {
                note(identifier, DeviceKey(behind: host, naming: .eui64, identifier: address))
            } else {
                names.append(identifier)
            }
        }
        if let kind, !kind.isWhole, let whole = devices.whole, !names.isEmpty {
            // A module names itself where it has no address of its own: a part of the device that was named before.
            context.record(.hl7DeviceMDC, kind.identifier.rawSpan, about: .device(whole))
        } else if !names.isEmpty {
            let device = DeviceKey(behind: host, naming: .equipment, identifier: HL7Text.identifier(Array(names.joined(separator: [0x7E]))))
            for name in names { note(name, device) }
        }
        guard let first else { return }
        // A part is not kept: whose part it is, another message may say otherwise.
        if kind?.isWhole != false { devices.recent.keep(first, hash, at: context.evidence.time) }
        if kind?.isWhole == true { devices.whole = first }
    }

    /// What a PRT segment says of a device; kept until its end, as the name of the device may come last.
    private struct Participation {
        var isPerson = false
        var fields: [(number: Int, value: [UInt8])] = []
        var eui64: String?

        mutating func keep(_ number: Int, _ value: RawSpan, _ text: HL7Text) {
            if number == 5 {
                self.isPerson = true
                return
            }
            guard !self.isPerson else { return }
            let first = text.component(value)
            switch number {
            case 10:
                self.eui64 = text.eui64(value)
                self.fields.append((number, text.make(text.repetition(value))))
            default: self.fields.append((number, text.make(first)))
            }
        }

        func value(_ number: Int) -> [UInt8]? {
            guard let value = self.fields.first(where: { $0.number == number })?.value, !value.isEmpty else { return nil }
            return value
        }

        static func attribute(_ number: Int) -> Attribute? {
            switch number {
            case 10: .hl7DeviceID
            case 16: .hl7UDI
            case 17: .hl7DeviceManufactured
            case 18: .hl7DeviceExpiry
            case 19: .hl7DeviceLot
            case 20: .hl7DeviceSerial
            case 22: .hl7DeviceType
            default: nil
            }
        }
    }

    /// Notes the device of a PRT segment that is at its end.
    private func note(_ direction: inout Direction, from side: Side, _ context: DissectionContext) {
        let devices = direction.devices
        let participation = devices.participation
        devices.participation = Participation()
        guard !participation.isPerson else { return }
        let host = context.host(direction.header?.isForEquipment == true ? side.other : side)
        let device: DeviceKey
        if let address = participation.eui64 {
            device = DeviceKey(behind: host, naming: .eui64, identifier: address)
        } else if let serial = participation.value(20) ?? participation.value(16) {
            device = DeviceKey(behind: host, naming: .serial, identifier: HL7Text.identifier(serial))
        } else if let identifier = participation.value(10) {
            device = DeviceKey(behind: host, naming: .equipment, identifier: HL7Text.identifier(identifier))
        } else {
            return
        }
        for (number, value) in participation.fields {
            if let attribute = Participation.attribute(number) { context.record(attribute, value.rawSpan, about: .device(device)) }
        }
        if let kind = devices.kind { context.record(.hl7DeviceMDC, kind.identifier.rawSpan, about: .device(device)) }
    }
}
