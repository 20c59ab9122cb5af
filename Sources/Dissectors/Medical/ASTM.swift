import Observations
import Wire

/// Laboratory analysers: the records of ASTM E1394 (today CLSI LIS02-A2) over TCP, in the frames of ASTM E1381 (LIS01-A2), between
/// SOH and EOT, or alone.
///
/// Read are of header records the delimiters, H-5 (sender), H-10 (receiver), H-12 and H-13; of the other records their type
/// letter, and of Q and O the one code that tells who asks whom (Q-13, O-26). H-3 and H-4 (a password) and everything else,
/// patients, orders, results, comments and what makers add, is stepped over as it comes and has nowhere to go. Of a frame whose
/// checksum is wrong nothing is used.
///
/// Who dials is a setting: analysers are clients or servers, and one address may stand for many (a serial server, a middleware
/// that passes results on). So what sends results, or asks for orders, is noted as a device named by H-5 behind its host; what
/// sends orders, or asks for results, is noted as the host itself. The bytes prove no role.
final class ASTMDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .astm }

    private static let soh: UInt8 = 0x01
    private static let stx: UInt8 = 0x02
    private static let etx: UInt8 = 0x03
    private static let eot: UInt8 = 0x04
    private static let enq: UInt8 = 0x05
    private static let ack: UInt8 = 0x06
    private static let nak: UInt8 = 0x15
    private static let etb: UInt8 = 0x17

    /// How long the same header of the same side is not noted again.
    private static let repeatInterval: Int64 = 60_000_000_000

    // MARK: Probing

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        switch head.u8(at: 0) {
        case nil: return .notYet
        case Self.stx: return Self.probeFrame(head, context)
        case Self.soh: return ASTMDelimiters.find(in: head.slice(from: 1)).answer
        case 0x48: return Self.probeRecord(head)
        case Self.enq, Self.ack, Self.nak, Self.eot:
            // One octet each, and alone they prove nothing: a bid for the line, answers, the end.
            var index = 1
            while let byte = head.u8(at: index), byte == Self.enq || byte == Self.ack || byte == Self.nak || byte == Self.eot { index &+= 1 }
            guard index < head.byteCount else { return context.isProved ? .yes : .notYet }
            return Self.probeFrame(head.slice(from: index), context)
        default: return .no
        }
    }

    /// A frame: STX, a number from 0 to 7, and what begins like a record, or ends with the right checksum.
    private static func probeFrame(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == Self.stx else { return .no }
        guard let number = head.u8(at: 1) else { return .notYet }
        guard (0x30...0x37).contains(number) else { return .no }
        if context.isProved { return .yes }
        switch head.u8(at: 2) {
        case nil: return .notYet
        case 0x48: return ASTMDelimiters.find(in: head.slice(from: 2)).answer
        // P, O, R, C, Q, M, S, L: the field separator, the number of the record, and another separator or the end.
        case 0x50, 0x4F, 0x52, 0x43, 0x51, 0x4D, 0x53, 0x4C:
            guard let separator = head.u8(at: 3) else { return .notYet }
            var index = 4
            while let byte = head.u8(at: index), index < 10, (0x30...0x39).contains(byte) { index &+= 1 }
            if separator == 0x7C, index > 4 {
                guard let byte = head.u8(at: index) else { return .notYet }
                if byte == separator || byte == 0x0D { return .yes }
            }
        default: break
        }
        return Self.isWholeFrame(head) ? .yes : .no
    }

    /// A frame with the right checksum, and a field separator or the end of a record in it: programmable controllers have frames and
    /// checksums of this form too, with nothing but digits inside.
    private static func isWholeFrame(_ head: RawSpan) -> Bool {
        var sum: UInt8 = 0
        var index = 1
        var holdsRecords = false
        while let byte = head.u8(at: index), byte != Self.stx {
            sum &+= byte
            index &+= 1
            if byte == 0x7C || byte == 0x0D { holdsRecords = true }
            guard byte == Self.etx || byte == Self.etb else { continue }
            guard let high = head.u8(at: index)?.hexadecimalDigit, let low = head.u8(at: index &+ 1)?.hexadecimalDigit else { return false }
            return holdsRecords && high &<< 4 | low == sum && head.u8(at: index &+ 2) == 0x0D
        }
        return false
    }

    /// A header record without a frame, whole.
    private static func probeRecord(_ head: RawSpan) -> Probe {
        let answer = ASTMDelimiters.find(in: head).answer
        guard answer == .yes else { return answer }
        guard let end = head.firstControl(or: 0x0D) else { return .notYet }
        return head.u8(at: end) == 0x0D || head.u8(at: end) == 0x0A ? .yes : .no
    }

    // MARK: State

    private var directions = (Direction(), Direction())
    /// The side that proved to be the analyser: it sent results or asked for orders.
    private var analyser: Side?

    private enum Framing: String {
        case frames = "lis01"
        case envelope = "soh-eot"
        case none
    }

    /// Where one side's bytes are at.
    private struct Direction {
        enum Position {
            /// Between frames.
            case outside
            /// Behind STX, before the number of the frame.
            case number
            /// Inside a frame.
            case text
            /// Behind ETX or ETB.
            case checksum, secondDigit
            /// Among records that no frame surrounds.
            case records
        }
        var position = Position.outside
        var framing = Framing.none
        /// The sum of the octets of the frame at hand from its number to its end, and what it says that it is.
        var sum: UInt8 = 0
        var claimed: UInt8 = 0
        /// The number of the frame at hand, and of the last that was good in this transmission.
        var number: UInt8 = 0
        var last: UInt8?
        var reader = ASTMMessageReader()
        /// As it was before the frame at hand.
        var before = ASTMMessageReader()
        /// The last thing that was noted, and when.
        var noted: (hash: UInt64, time: Timestamp)?
        var hasNotedFraming = false
    }

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator {
            self.directions.0 = Direction()
        } else {
            self.directions.1 = Direction()
        }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if side == .initiator {
            self.read(bytes, from: side, &self.directions.0, context)
        } else {
            self.read(bytes, from: side, &self.directions.1, context)
        }
        return Consumption(bytes.byteCount)
    }

    // MARK: Frames (LIS01-A2, section 6)

    private func read(_ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: DissectionContext) {
        var index = 0
        while let byte = bytes.u8(at: index) {
            index &+= 1
            switch direction.position {
            case .outside: self.readOutside(byte, from: side, &direction, context)
            case .records:
                switch byte {
                case Self.stx, Self.enq, Self.eot:
                    direction.position = .outside
                    self.readOutside(byte, from: side, &direction, context)
                default:
                    direction.reader.read(byte)
                    if !direction.reader.ready.isEmpty { self.note(&direction, from: side, context) }
                }
            case .number:
                if (0x30...0x37).contains(byte) {
                    direction.number = byte
                    direction.sum = byte
                    direction.before = direction.reader
                    direction.position = .text
                } else {
                    direction.position = .outside
                    self.readOutside(byte, from: side, &direction, context)
                }
            case .text:
                direction.sum &+= byte
                switch byte {
                case Self.etx, Self.etb: direction.position = .checksum
                case Self.stx, Self.enq, Self.eot:
                    // The frame was given up in its middle.
                    direction.reader = direction.before
                    direction.position = .outside
                    self.readOutside(byte, from: side, &direction, context)
                default: direction.reader.read(byte)
                }
            case .checksum, .secondDigit:
                guard let digit = byte.hexadecimalDigit else {
                    self.end(&direction, isGood: false, from: side, context)
                    self.readOutside(byte, from: side, &direction, context)
                    continue
                }
                if case .checksum = direction.position {
                    direction.claimed = digit
                    direction.position = .secondDigit
                } else {
                    self.end(&direction, isGood: direction.claimed &<< 4 | digit == direction.sum, from: side, context)
                }
            }
        }
    }

    private func readOutside(_ byte: UInt8, from side: Side, _ direction: inout Direction, _ context: DissectionContext) {
        switch byte {
        case Self.stx: direction.position = .number
        case Self.soh:
            direction.framing = .envelope
            direction.position = .records
        case Self.enq, Self.eot:
            direction.last = nil
            direction.reader.endMessage()
            if !direction.reader.ready.isEmpty { self.note(&direction, from: side, context) }
        case Self.nak: context.record(.astmError, "refused", about: context.party(side))
        case 0x21...0x7E:
            // Records alone; not the rest of a frame whose beginning was spoilt.
            if direction.framing == .frames { return }
            direction.position = .records
            direction.reader.read(byte)
        default: break
        }
    }

    private func end(_ direction: inout Direction, isGood: Bool, from side: Side, _ context: DissectionContext) {
        direction.position = .outside
        guard isGood else {
            direction.reader = direction.before
            context.record(.astmError, "checksum", about: context.party(side))
            return
        }
        direction.framing = .frames
        if !direction.hasNotedFraming {
            direction.hasNotedFraming = true
            context.record(.astmFraming, Framing.frames.rawValue, about: .server)
        }
        // The same number again is the same frame again (section 6.5.2.3).
        if direction.last == direction.number {
            direction.reader = direction.before
        } else {
            direction.last = direction.number
            if !direction.reader.ready.isEmpty { self.note(&direction, from: side, context) }
        }
    }

    // MARK: Messages

    private func note(_ direction: inout Direction, from side: Side, _ context: DissectionContext) {
        let messages = direction.reader.ready
        direction.reader.ready = []
        for message in messages {
            // Without a frame only a header proves that these are records at all.
            if message.header == nil, direction.framing != .frames { continue }
            self.note(message, &direction, from: side, context)
        }
    }

    private func note(_ message: ASTMMessage, _ direction: inout Direction, from side: Side, _ context: DissectionContext) {
        switch message.kind {
        case .results, .orderQuery: self.analyser = side
        case .orders, .resultQuery: self.analyser = side.other
        case nil: break
        }
        let isAnalyser = self.analyser == nil || self.analyser == side
        let hash = message.hash ^ (isAnalyser ? 1 : 0)
        if let noted = direction.noted, noted.hash == hash, context.evidence.time.since(noted.time) < Self.repeatInterval { return }
        direction.noted = (hash, context.evidence.time)

        var party = context.party(side)
        if let header = message.header {
            if isAnalyser, !header.sender.isEmpty {
                party = .device(
                    DeviceKey(behind: context.host(side), naming: .analyser, identifier: HL7Text.identifier(header.sender)))
            }
            context.record(.astmFraming, direction.framing.rawValue, about: .server)
            context.record(.astmSender, header.sender.rawSpan, about: party)
            context.record(.astmReceiver, header.receiver.rawSpan, about: context.party(side.other))
            context.record(.astmProcessingID, header.processing.rawSpan, about: party)
            context.record(.astmVersion, header.version.rawSpan, about: party)
        }
        if let kind = message.kind { context.record(.astmMessage, kind.rawValue, about: party) }
    }
}

/// The delimiters that a header record declares (LIS02-A2, section 5.4): the separator of fields behind the H, then those of
/// repetitions and components, and the escape character.
struct ASTMDelimiters: Hashable {
    var field: UInt8 = 0x7C
    var repetition: UInt8 = 0x5C
    var component: UInt8 = 0x5E
    var escape: UInt8 = 0x26

    /// Looks for them in bytes that begin with a header record.
    static func find(in bytes: RawSpan) -> (answer: Probe, delimiters: ASTMDelimiters) {
        var delimiters = ASTMDelimiters()
        guard let type = bytes.u8(at: 0) else { return (.notYet, delimiters) }
        guard type == 0x48 else { return (.no, delimiters) }
        guard let field = bytes.u8(at: 1) else { return (.notYet, delimiters) }
        guard Self.isDelimiter(field) else { return (.no, delimiters) }
        var index = 2
        while let byte = bytes.u8(at: index), byte != field, byte != 0x0D {
            // Three; a fourth is met where HL7 was the model. All different.
            guard index < 6, Self.isDelimiter(byte), bytes.firstIndex(of: byte, from: 2, before: index) == nil else { return (.no, delimiters) }
            index &+= 1
        }
        guard index < bytes.byteCount else { return (index < 6 ? .notYet : .no, delimiters) }
        guard index >= 5, let first = bytes.u8(at: 2), let second = bytes.u8(at: 3), let third = bytes.u8(at: 4) else {
            return (.no, delimiters)
        }
        delimiters = ASTMDelimiters(field: field, repetition: first, component: second, escape: third)
        if first == 0x5E { delimiters = ASTMDelimiters(field: field, repetition: second, component: first, escape: third) }
        return (.yes, delimiters)
    }

    /// Printable, and neither letter, digit nor space.
    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}

/// What is kept of a header record.
struct ASTMHeader {
    /// H-5, H-10, H-12 and H-13, components joined by `^`.
    private(set) var sender: [UInt8] = []
    private(set) var receiver: [UInt8] = []
    private(set) var processing: [UInt8] = []
    private(set) var version: [UInt8] = []
    let delimiters: ASTMDelimiters

    /// - Parameter isCut: whether the record goes on behind these bytes.
    init?(_ record: RawSpan, isCut: Bool) {
        let found = ASTMDelimiters.find(in: record)
        self.delimiters = found.delimiters
        // A record of nothing but its delimiters is one (LIS02-A2, section 6.2).
        guard found.answer == .yes || found.answer == .notYet && record.byteCount >= 5 else { return nil }
        let text = HL7Text(
            HL7Separators(
                field: self.delimiters.field, component: self.delimiters.component, repetition: self.delimiters.repetition,
                escape: self.delimiters.escape))
        var start = (record.firstIndex(of: self.delimiters.field, from: 2) ?? record.byteCount) &+ 1
        for number in 3...13 where start < record.byteCount {
            let end = record.firstIndex(of: self.delimiters.field, from: start)
            if end == nil, isCut { return }
            let field = record.slice(from: start, count: (end ?? record.byteCount) &- start)
            start = (end ?? record.byteCount) &+ 1
            switch number {
            case 5: self.sender = Self.withoutEmptyEnd(text.make(field))
            case 10: self.receiver = Self.withoutEmptyEnd(text.make(field))
            // A letter (P, T, D, Q); whatever else stands where a maker miscounted is not ours to show.
            case 12: if field.byteCount <= 2, field.isUppercase { self.processing = field.copied() }
            case 13: if Self.isVersion(field.trimmed) { self.version = field.trimmed.copied() }
            default: break
            }
        }
    }

    private static func withoutEmptyEnd(_ value: [UInt8]) -> [UInt8] {
        Array(value.prefix((value.lastIndex { $0 != 0x5E && $0 != 0x20 } ?? -1) &+ 1))
    }

    /// `1`, `E1394-97`, `LIS2-A2` and their like.
    private static func isVersion(_ field: RawSpan) -> Bool {
        var index = 0
        var hasLetter = false
        while let byte = field.u8(at: index) {
            switch byte {
            case 0x30...0x39, 0x2E: break
            case 0x41...0x5A, 0x61...0x7A, 0x2D, 0x20: hasLetter = true
            default: return false
            }
            index &+= 1
        }
        if index <= 3 { return index > 0 && !hasLetter }
        // What merely holds these letters may be a name.
        guard index <= 16 else { return false }
        return field.firstRange(of: "1394") != nil || field.has("LIS") && (0x30...0x39).contains(field.u8(at: 3) ?? 0)
    }
}

/// A message, as far as it tells who sent it.
struct ASTMMessage {
    enum Kind: String {
        case results, orders
        case orderQuery = "order-query"
        case resultQuery = "result-query"
    }
    var header: ASTMHeader?
    var kind: Kind?

    /// Tells the messages of one side apart.
    var hash: UInt64 {
        var hash: UInt64 =
            switch self.kind {
            case nil: 0
            case .results: 2
            case .orders: 4
            case .orderQuery: 6
            case .resultQuery: 8
            }
        guard let header else { return hash }
        for field in [header.sender, header.receiver, header.processing, header.version] {
            hash = mixed(hash &+ 16) ^ field.rawSpan.octetHash & ~1
        }
        return hash & ~1
    }
}

/// Reads records octet by octet: of each the type, of headers what is kept, of others nothing but a code.
struct ASTMMessageReader {
    /// The most of a header record that is read.
    static let headerLimit = 1024
    /// The most messages that one frame can end; a frame that holds more is not met.
    static let readyLimit = 16

    private enum Position {
        /// Before a record.
        case start
        /// Behind the type of a record.
        case type(UInt8)
        case header
        /// Before or in a field of a record of which one is read.
        case field(UInt8, Int)
        case skipping
    }

    /// Messages of which it is known who sent them, since they were last taken.
    var ready: [ASTMMessage] = []
    private var position = Position.start
    private var delimiters = ASTMDelimiters()
    private var record: [UInt8] = []
    private var isCut = false
    private var header: ASTMHeader?
    private var hasOrders = false
    /// O-26 is one of those that an analyser sends.
    private var isReport = false
    private var isReady = false

    mutating func read(_ byte: UInt8) {
        let isEnd = byte == 0x0D || byte == 0x0A
        switch self.position {
        case .start:
            if byte == 0x48 {
                self.endMessage()
                self.record = [byte]
                self.isCut = false
                self.position = .header
            } else if !isEnd {
                self.position = (0x41...0x5A).contains(byte) ? .type(byte) : .skipping
            }
        case .type(let type):
            if byte != self.delimiters.field, !isEnd {
                self.position = .skipping
            } else {
                self.position = isEnd ? .start : self.begin(type)
                if type == 0x4C { self.endMessage() }
            }
        case .header:
            if isEnd {
                self.position = .start
                self.header = ASTMHeader(self.record.rawSpan, isCut: self.isCut)
                self.delimiters = self.header?.delimiters ?? ASTMDelimiters()
                self.record = []
            } else if byte < 0x20 {
                // Not a record of this standard: what ends its records may be this octet, and the next may be about a patient.
                self.position = .skipping
                self.record = []
            } else if self.record.count < Self.headerLimit {
                self.record.append(byte)
            } else {
                self.isCut = true
            }
        case .field(let type, let number):
            if isEnd {
                self.position = .start
            } else if byte == self.delimiters.field {
                self.position = .field(type, number &+ 1)
            } else if type == 0x51, number == 13 {
                self.position = .skipping
                // LIS02-A2, section 11.13: O and D ask for orders and demographics, A takes a request back, all else is about results.
                if byte == 0x4F || byte == 0x44 { self.makeReady(.orderQuery) } else if byte != 0x41 { self.makeReady(.resultQuery) }
            } else if type == 0x4F, number == 26 {
                self.position = .skipping
                // Section 8.4.26: C, F, I, P and X say how far an analyser is.
                self.isReport = [0x43, 0x46, 0x49, 0x50, 0x58].contains(byte)
            }
        case .skipping: if isEnd { self.position = .start }
        }
    }

    /// A record of a known type begins.
    private mutating func begin(_ type: UInt8) -> Position {
        switch type {
        case 0x52:  // R
            self.makeReady(.results)
            return .skipping
        case 0x4F:  // O
            self.hasOrders = true
            return .field(type, 2)
        case 0x51: return .field(type, 2)  // Q
        default: return .skipping
        }
    }

    private mutating func makeReady(_ kind: ASTMMessage.Kind?) {
        guard !self.isReady, self.ready.count < Self.readyLimit else { return }
        self.isReady = true
        self.ready.append(ASTMMessage(header: self.header, kind: kind))
    }

    /// The message at hand is over: its last record came, the line is given up, or another message begins.
    mutating func endMessage() {
        if self.hasOrders, !self.isReport {
            self.makeReady(.orders)
        } else if self.header != nil {
            self.makeReady(nil)
        }
        self.header = nil
        self.hasOrders = false
        self.isReport = false
        self.isReady = false
        self.record = []
        if case .header = self.position { self.position = .start }
    }
}
