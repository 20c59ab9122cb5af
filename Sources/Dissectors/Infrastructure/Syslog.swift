import Observations
import Wire

// Syslog: messages of RFC 5424 and of RFC 3164, over UDP (RFC 5426) and TCP (RFC 6587: octet counting, or line ends).
//
// Read are the host name and the application that a message names. Of its text, and of its structured data, nothing is read but
// audit messages (RFC 3881, DICOM PS3.15 A.5; IHE ITI-20): the code of the event, and the identifier of the system that audits.
// Users, patients and everything else that an audit message is about have nowhere to go.

/// Syslog over UDP: one message a datagram.
enum SyslogDissector: DatagramDissector {
    static var applicationProtocol: ApplicationProtocol { .syslog }
    static var usualPorts: Set<UInt16> { [514] }

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0x3C }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u8(at: 0) == 0x3C, let header = SyslogHeader.inDatagram(datagram) else { return .no }
        context.declare(side, is: .client)
        header.note(datagram, from: side, context)
        let text = datagram.slice(from: header.length)
        if AuditMessage.mayBegin(text) {
            var audit = AuditMessage()
            audit.read(text, from: side, context)
        }
        return .more
    }
}

/// Syslog over TCP.
final class SyslogStreamDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .syslog }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0x3C { return SyslogStart(head).answer }
        guard first.isDigit else { return .no }
        switch SyslogFrame.count(head) {
        case .no: return .no
        case .notYet: return .notYet
        case .yes(let prefix, let length):
            // Shorter than any message that the rest of the probe would accept.
            return length < 16 ? .no : SyslogStart(head.slice(from: prefix)).answer
        }
    }

    /// The longest header that is waited for: names, identifiers and structured data. RFC 5424 section 6.1 asks receivers for so much.
    private static let headerLimit = 2048
    /// How many lines in a row may be no message before this is something else.
    private static let patience = 64

    private var halves = (Half(), Half())

    private struct Half {
        enum Position {
            /// Where a message may begin.
            case start
            /// In the text of one.
            case text
        }
        var position = Position.start
        /// The bytes that the message still has; `nil` where its line ends it.
        var remaining: Int?
        var audit: AuditMessage?
        var strangers = 0
    }

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.halves.0 = Half() } else { self.halves.1 = Half() }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        side == .initiator
            ? Self.consume(bytes, from: side, &self.halves.0, &context) : Self.consume(bytes, from: side, &self.halves.1, &context)
    }

    private static func consume(_ bytes: RawSpan, from side: Side, _ half: inout Half, _ context: inout DissectionContext) -> Consumption {
        var index = 0
        while let byte = bytes.u8(at: index) {
            let rest = bytes.slice(from: index)
            switch half.position {
            case .start:
                // Between messages stand line ends, and the NUL that some senders end theirs with.
                if byte == 0x0A || byte == 0x0D || byte == 0x00 {
                    index &+= 1
                    continue
                }
                guard let count = Self.begin(rest, from: side, &half, &context) else {
                    return Consumption(index, .more(atLeast: rest.byteCount &+ 1))
                }
                index &+= count
                if half.strangers > Self.patience { return .failed }
            case .text:
                let own = rest.slice(from: 0, count: half.remaining ?? .max)
                if half.audit != nil {
                    let count = half.audit?.read(own, from: side, context) ?? 0
                    if half.audit?.isOver != false { half.audit = nil }
                    index &+= count
                    half.remaining = half.remaining.map { $0 &- count }
                    if half.remaining == 0 { half.position = .start }
                } else if let remaining = half.remaining {
                    half.position = .start
                    half.remaining = nil
                    guard remaining > own.byteCount else {
                        index &+= remaining
                        continue
                    }
                    return Consumption(bytes.byteCount, .skip(remaining &- own.byteCount))
                } else {
                    guard let end = rest.firstIndex(of: 0x0A) else { return Consumption(bytes.byteCount) }
                    index &+= end &+ 1
                    half.position = .start
                }
            }
        }
        return Consumption(index)
    }

    /// Reads the beginning of a message.
    /// - Returns: how many bytes are done with; `nil` where more are needed.
    private static func begin(_ bytes: RawSpan, from side: Side, _ half: inout Half, _ context: inout DissectionContext) -> Int? {
        half.audit = nil
        half.remaining = nil
        half.position = .text
        var prefix = 0
        var length: Int?
        if bytes.u8(at: 0)?.isDigit == true {
            switch SyslogFrame.count(bytes) {
            case .notYet:
                half.position = .start
                return nil
            case .no:
                half.strangers &+= 1
                return 0
            case .yes(let start, let count):
                prefix = start
                length = count
            }
        }
        let frame = bytes.slice(from: prefix, count: length ?? .max)
        let isWhole = length.map { frame.byteCount >= $0 } ?? false
        switch SyslogHeader.read(frame, isWhole: isWhole) {
        case .notYet where frame.byteCount < Self.headerLimit && !isWhole:
            half.position = .start
            return nil
        case .no, .notYet:
            half.strangers &+= 1
            half.remaining = length
            return prefix
        case .yes(let header):
            half.strangers = 0
            context.declare(side, is: .client)
            header.note(frame, from: side, context)
            half.remaining = length.map { $0 &- header.length }
            if half.remaining == 0 {
                half.position = .start
                half.remaining = nil
            } else if AuditMessage.mayBegin(frame.slice(from: header.length)) {
                half.audit = AuditMessage()
            }
            return prefix &+ header.length
        }
    }
}

/// Octet counting (RFC 6587 section 3.4.1): the length of the message in decimal digits and a space before it.
private enum SyslogFrame {
    case no, notYet
    /// How many bytes the count takes, and what it says.
    case yes(prefix: Int, length: Int)

    /// Digits of the longest message that is believed.
    private static let digitLimit = 7

    static func count(_ bytes: RawSpan) -> SyslogFrame {
        var length = 0
        var index = 0
        while let byte = bytes.u8(at: index), byte.isDigit {
            guard index < Self.digitLimit, index > 0 || byte != 0x30 else { return .no }
            length = length &* 10 &+ Int(byte &- 0x30)
            index &+= 1
        }
        guard let space = bytes.u8(at: index) else { return .notYet }
        guard space == 0x20, index > 0 else { return .no }
        guard let next = bytes.u8(at: index &+ 1) else { return .notYet }
        return next == 0x3C ? .yes(prefix: index &+ 1, length: length) : .no
    }
}

/// What every message begins with: the priority (`<34>`), and a version with a time stamp (RFC 5424 section 6.2), or a time stamp
/// alone (RFC 3164 section 4.1.2; or one of RFC 3339, as relays write it). Less is no proof: markup begins with `<` too.
private struct SyslogStart {
    let answer: Probe
    /// Up to the field behind the time stamp.
    private(set) var length = 0
    private(set) var isVersioned = false

    private static let dateTime = Array("dddd-dd-ddTdd:dd:dd".utf8)
    private static let time = Array("dd:dd:dd ".utf8)
    private static let year = Array("dddd ".utf8)
    private static let months: [[UInt8]] = ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "]
        .map { Array($0.utf8) }

    init(_ bytes: RawSpan) {
        var index = 0
        var answer = Self.priority(bytes, &index)
        if answer == .yes {
            switch bytes.u8(at: index) {
            case nil: answer = .notYet
            case 0x31 where bytes.u8(at: index &+ 1) == nil: answer = .notYet
            case 0x31 where bytes.u8(at: index &+ 1) == 0x20:
                self.isVersioned = true
                index &+= 2
                if bytes.u8(at: index) == 0x2D {
                    // No time stamp.
                    index &+= 1
                    answer = bytes.u8(at: index).map { $0 == 0x20 ? .yes : .no } ?? .notYet
                    index &+= 1
                } else {
                    answer = Self.standardTime(bytes, &index)
                }
            case .some(let byte) where byte.isDigit: answer = Self.standardTime(bytes, &index)
            default: answer = Self.shortTime(bytes, &index)
            }
        }
        self.answer = answer
        self.length = index
    }

    /// `<0>` to `<191>`.
    static func priority(_ bytes: RawSpan, _ index: inout Int) -> Probe {
        guard let first = bytes.u8(at: 0) else { return .notYet }
        guard first == 0x3C else { return .no }
        var value = 0
        for offset in 1...4 {
            guard let byte = bytes.u8(at: offset) else { return .notYet }
            if byte == 0x3E, offset > 1 {
                index = offset &+ 1
                return value <= 191 ? .yes : .no
            }
            // No leading zeros.
            guard byte.isDigit, offset < 4, offset == 1 || value > 0 else { return .no }
            value = value &* 10 &+ Int(byte &- 0x30)
        }
        return .no
    }

    /// Whether a message, whose priority is one, is of facility 1, messages of users: `<8>` to `<15>`.
    static func isOfUser(_ bytes: RawSpan) -> Bool {
        switch (bytes.u8(at: 1), bytes.u8(at: 2), bytes.u8(at: 3)) {
        case (0x38, 0x3E, _), (0x39, 0x3E, _), (0x31, .some(0x30...0x35), 0x3E): true
        default: false
        }
    }

    /// `2026-11-21T10:15:00.123+01:00 `
    private static func standardTime(_ bytes: RawSpan, _ index: inout Int) -> Probe {
        let answer = Self.matches(Self.dateTime, bytes, index)
        guard answer == .yes else { return answer }
        guard Self.number(bytes, index &+ 5, in: 1...12), Self.number(bytes, index &+ 8, in: 1...31), Self.number(bytes, index &+ 11, in: 0...23),
            Self.number(bytes, index &+ 14, in: 0...59), Self.number(bytes, index &+ 17, in: 0...60)
        else { return .no }
        // The fraction and the offset from UTC.
        var end = index &+ Self.dateTime.count
        for _ in 0..<24 {
            guard let byte = bytes.u8(at: end) else { return .notYet }
            end &+= 1
            if byte == 0x20 {
                index = end
                return .yes
            }
            guard byte.isDigit || byte == 0x2E || byte == 0x2B || byte == 0x2D || byte == 0x3A || byte == 0x5A else { return .no }
        }
        return .no
    }

    /// `Nov 21 10:15:00 `, with a year before the time where a sender adds it.
    private static func shortTime(_ bytes: RawSpan, _ index: inout Int) -> Probe {
        let day = Self.day(bytes, index)
        guard day == .yes else { return day }
        var end = index &+ 7
        let year = Self.matches(Self.year, bytes, end)
        if year == .notYet { return .notYet }
        if year == .yes { end &+= Self.year.count }
        let time = Self.matches(Self.time, bytes, end)
        guard time == .yes else { return time }
        guard Self.number(bytes, end, in: 0...23), Self.number(bytes, end &+ 3, in: 0...59), Self.number(bytes, end &+ 6, in: 0...60) else {
            return .no
        }
        index = end &+ Self.time.count
        return .yes
    }

    /// `Nov 21 `
    static func day(_ bytes: RawSpan, _ index: Int) -> Probe {
        var month = Probe.no
        for name in Self.months where month == .no { month = Self.matches(name, bytes, index) }
        guard month == .yes else { return month }
        guard let tens = bytes.u8(at: index &+ 4), let ones = bytes.u8(at: index &+ 5), let space = bytes.u8(at: index &+ 6) else { return .notYet }
        return (tens == 0x20 || (0x30...0x33).contains(tens)) && ones.isDigit && space == 0x20 ? .yes : .no
    }

    /// Whether the bytes at `start` are as the template says: `d` stands for a digit.
    private static func matches(_ template: [UInt8], _ bytes: RawSpan, _ start: Int) -> Probe {
        var index = start
        for expected in template {
            guard let byte = bytes.u8(at: index) else { return .notYet }
            guard expected == 0x64 ? byte.isDigit : byte == expected else { return .no }
            index &+= 1
        }
        return .yes
    }

    /// Whether two digits are a number in a range.
    private static func number(_ bytes: RawSpan, _ start: Int, in range: ClosedRange<Int>) -> Bool {
        guard let tens = bytes.u8(at: start), let ones = bytes.u8(at: start &+ 1) else { return false }
        return range.contains(Int(tens &- 0x30) &* 10 &+ Int(ones &- 0x30))
    }
}

/// The header of a message: who sent it, as it says itself.
private struct SyslogHeader {
    enum Answer {
        case no, notYet
        case yes(SyslogHeader)
    }

    /// Where a name stands in the message.
    struct Place {
        let start: Int
        let count: Int
    }

    private(set) var hostname: Place?
    private(set) var application: Place?
    /// Up to where the text begins.
    private(set) var length = 0

    /// RFC 5424 section 6: the longest host name, application name, process identifier and message identifier.
    private static let fieldLimits = [255, 48, 128, 32]
    /// The longest tag that is believed: RFC 3164 has 32 at most, senders exceed it.
    private static let tagLimit = 48
    /// The shortest text without a header that is taken for a message.
    private static let shortestText = 24

    func note(_ message: RawSpan, from side: Side, _ context: DissectionContext) {
        if let place = self.hostname {
            context.record(.syslogHostname, message.slice(from: place.start, count: place.count), about: context.party(side))
        }
        // Who logs as a user without a tag of its own has the user's name for one (logger(1)).
        if let place = self.application, !SyslogStart.isOfUser(message) {
            context.record(.syslogApplication, message.slice(from: place.start, count: place.count), about: context.party(side))
        }
    }

    /// - Parameter isWhole: whether nothing follows the bytes.
    static func read(_ bytes: RawSpan, isWhole: Bool) -> Answer {
        let start = SyslogStart(bytes)
        guard start.answer == .yes else { return start.answer == .no || isWhole ? .no : .notYet }
        return start.isVersioned ? self.readFields(bytes, from: start.length, isWhole: isWhole) : self.readTag(bytes, from: start.length, isWhole: isWhole)
    }

    /// A datagram needs no time stamp where a tag with a process number proves it (`<29>watchdog[42]: `), and network equipment puts
    /// a sequence number and sometimes its name before it: `<187>38: R1: *Sep 22 13:39:11.250: %LINK-3-UPDOWN: `. Other equipment
    /// writes what it likes behind the priority, as RFC 3164 section 4.3.3 expects: nothing else begins with one and is text.
    static func inDatagram(_ bytes: RawSpan) -> SyslogHeader? {
        switch self.read(bytes, isWhole: true) {
        case .yes(let header): return header
        case .notYet: return nil
        case .no: break
        }
        var index = 0
        guard SyslogStart.priority(bytes, &index) == .yes else { return nil }
        return self.withTag(bytes, from: index) ?? self.plain(bytes, from: index)
    }

    /// A text of whatever form, of which nothing is believed.
    private static func plain(_ bytes: RawSpan, from start: Int) -> SyslogHeader? {
        let text = bytes.slice(from: start).trimmed
        guard text.byteCount >= Self.shortestText else { return nil }
        var index = 0
        var spaces = 0
        while let byte = text.u8(at: index) {
            guard byte >= 0x20 && byte < 0x7F || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return nil }
            if byte == 0x20 { spaces &+= 1 }
            index &+= 1
        }
        guard spaces >= 2 else { return nil }
        var header = SyslogHeader()
        header.length = start
        return header
    }

    private static func withTag(_ bytes: RawSpan, from index: Int) -> SyslogHeader? {
        guard let tag = self.tag(bytes, at: index) else { return nil }
        var header = SyslogHeader()
        header.length = tag.end
        if tag.hasProcess {
            header.application = tag.name
            return header
        }
        guard bytes.slice(from: tag.name.start, count: tag.name.count).isNumber else { return nil }
        if let name = self.tag(bytes, at: tag.end), !name.hasProcess {
            if bytes.slice(from: name.name.start, count: name.name.count).isHostName { header.hostname = name.name }
            header.length = name.end
        }
        // The time is not to be trusted where an asterisk or a dot says so.
        if bytes.u8(at: header.length) == 0x2A || bytes.u8(at: header.length) == 0x2E { header.length &+= 1 }
        return SyslogStart.day(bytes, header.length) == .yes ? header : nil
    }

    /// RFC 5424: host name, application name, process and message identifiers, structured data.
    private static func readFields(_ bytes: RawSpan, from start: Int, isWhole: Bool) -> Answer {
        var header = SyslogHeader()
        var index = start
        for (number, limit) in self.fieldLimits.enumerated() {
            guard let end = bytes.firstIndex(of: 0x20, from: index, before: index &+ limit &+ 1) else {
                return bytes.byteCount &- index > limit || isWhole ? .no : .notYet
            }
            let place = Place(start: index, count: end &- index)
            let field = bytes.slice(from: place.start, count: place.count)
            if number == 0, field.isHostName { header.hostname = place }
            if number == 1, field.isProgramName { header.application = place }
            index = end &+ 1
        }
        // Structured data: a hyphen, or elements in brackets whose values stand in quotation marks.
        guard let first = bytes.u8(at: index) else { return isWhole ? .no : .notYet }
        if first == 0x2D {
            index &+= 1
        } else if first == 0x5B {
            var isQuoted = false
            var isOpen = false
            while let byte = bytes.u8(at: index) {
                if isQuoted {
                    if byte == 0x5C { index &+= 1 } else if byte == 0x22 { isQuoted = false }
                } else if isOpen {
                    if byte == 0x22 { isQuoted = true } else if byte == 0x5D { isOpen = false }
                } else if byte == 0x5B {
                    isOpen = true
                } else {
                    break
                }
                index &+= 1
            }
            if index >= bytes.byteCount, !isWhole || isOpen { return isWhole ? .no : .notYet }
        } else {
            return .no
        }
        // A message may end here; else a space leads to its text.
        switch bytes.u8(at: index) {
        case nil:
            if !isWhole { return .notYet }
        case 0x20: index &+= 1
        case 0x0A, 0x0D, 0x00: break
        default: return .no
        }
        // Whether the text is an audit message shows in its first byte.
        if index >= bytes.byteCount, !isWhole { return .notYet }
        header.length = index
        return .yes(header)
    }

    /// RFC 3164: host name and tag, both often missing or something else. A host name counts only before a tag, and a tag only
    /// with a process number or behind a word that looks like a host's: else they may be the first words of a text.
    private static func readTag(_ bytes: RawSpan, from start: Int, isWhole: Bool) -> Answer {
        var header = SyslogHeader()
        header.length = start
        let line = bytes.firstIndex(of: 0x0A, from: start) ?? bytes.byteCount
        // The tag and the byte behind it have to be there.
        let isComplete = isWhole || line < bytes.byteCount || bytes.byteCount &- start > 255 &+ Self.tagLimit &+ 16
        let head = bytes.slice(from: 0, count: line)
        if let tag = self.tag(head, at: start) {
            if tag.hasProcess { header.application = tag.name }
            header.length = tag.end
        } else if let space = head.firstIndex(of: 0x20, from: start, before: start &+ 256) {
            let host = Place(start: start, count: space &- start)
            header.length = space &+ 1
            if let tag = self.tag(head, at: space &+ 1) {
                let name = head.slice(from: host.start, count: host.count)
                if name.isHostName, tag.hasProcess || name.isUnlikeAWord {
                    header.hostname = host
                    header.application = tag.name
                }
                header.length = tag.end
            }
        }
        if !isComplete, header.length >= head.byteCount || (header.application == nil && !AuditMessage.mayBegin(head.slice(from: header.length))) {
            return .notYet
        }
        return .yes(header)
    }

    private struct Tag {
        let name: Place
        let hasProcess: Bool
        let end: Int
    }

    /// `sshd[4021]: ` or `kernel: `
    private static func tag(_ bytes: RawSpan, at start: Int) -> Tag? {
        var index = start
        while let byte = bytes.u8(at: index), byte.isProgramCharacter, index &- start < Self.tagLimit { index &+= 1 }
        let name = Place(start: start, count: index &- start)
        guard name.count > 0 else { return nil }
        var hasProcess = false
        if bytes.u8(at: index) == 0x5B {
            let first = index &+ 1
            index = first
            while let byte = bytes.u8(at: index), byte.isDigit, index &- first < 10 { index &+= 1 }
            guard index > first, bytes.u8(at: index) == 0x5D else { return nil }
            hasProcess = true
            index &+= 1
        }
        guard bytes.u8(at: index) == 0x3A else { return nil }
        index &+= 1
        while bytes.u8(at: index) == 0x20 { index &+= 1 }
        return Tag(name: name, hasProcess: hasProcess, end: index)
    }
}

/// An audit message: RFC 3881, or its successor DICOM PS3.15 A.5.
private struct AuditMessage {
    private static let interest = XMLInterest(
        elements: [],
        attributes: ["EventID": ["csd-code", "code", "codeSystemName"], "AuditSourceIdentification": ["AuditSourceID"]], limit: 32)
    private static let root = Array("AuditMessage".utf8)
    /// The longest identifier that is kept.
    private static let limit = 64

    private var scanner = XMLScanner(AuditMessage.interest)
    private var code: [UInt8] = []
    private var system: [UInt8] = []
    /// Whether nothing more is to be learned.
    private(set) var isOver = false

    /// Whether the text begins as XML does: with markup, or with the mark of UTF-8 before it.
    static func mayBegin(_ text: RawSpan) -> Bool { text.u8(at: 0) == 0x3C || text.u8(at: 0) == 0xEF }

    /// - Returns: how many of the bytes belong to the message.
    @discardableResult
    mutating func read(_ bytes: RawSpan, from side: Side, _ context: DissectionContext) -> Int {
        var count = 0
        // Octet by octet up to the name of the root: what has another is left at once, as messages may follow it.
        while self.scanner.rootName.isEmpty, !self.scanner.isBroken, count < bytes.byteCount {
            count &+= self.scanner.read(bytes.slice(from: count, count: 1))
        }
        let isOther = !self.scanner.rootName.isEmpty && self.scanner.rootName != Self.root
        if !isOther { count &+= self.scanner.read(bytes.slice(from: count)) }
        for fact in self.scanner.takeFacts() where fact.path.first == "AuditMessage" && fact.text.count <= Self.limit {
            switch (fact.path.dropFirst().joined(separator: "/"), fact.attribute) {
            case ("EventIdentification/EventID", "csd-code"), ("EventIdentification/EventID", "code"): self.code = fact.text
            case ("EventIdentification/EventID", "codeSystemName"): self.system = fact.text
            case ("AuditSourceIdentification", "AuditSourceID"):
                // An address with @ is a person's.
                if !fact.text.contains(0x40) { context.record(.atnaSource, fact.text.rawSpan, about: context.party(side)) }
            default: continue
            }
            if !self.code.isEmpty, !self.system.isEmpty {
                if self.code.rawSpan.isProgramName, self.system.rawSpan.isProgramName {
                    let event = Array([self.code, self.system].joined(separator: [0x5E]))
                    context.record(.atnaEvent, event.rawSpan, about: context.party(side))
                }
                self.code = []
                self.system = []
            }
        }
        self.isOver = self.scanner.isFinished || self.scanner.isBroken || isOther
        return count
    }
}

extension UInt8 {
    /// Letters, digits and what else names of programs hold.
    fileprivate var isProgramCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x5F: true
        default: false
        }
    }
}

extension RawSpan {
    /// Letters, digits, dots, hyphens, underscores and the colons of an IPv6 address; not the hyphen that stands for no value.
    fileprivate var isHostName: Bool {
        guard !self.isEmpty, !self.equals("-") else { return false }
        var index = 0
        while let byte = self.u8(at: index) {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: index &+= 1
            default: return false
            }
        }
        return true
    }

    fileprivate var isProgramName: Bool {
        guard !self.isEmpty, !self.equals("-") else { return false }
        var index = 0
        while let byte = self.u8(at: index) {
            guard byte.isProgramCharacter else { return false }
            index &+= 1
        }
        return true
    }

    fileprivate var isNumber: Bool {
        var index = 0
        while let byte = self.u8(at: index) {
            guard byte.isDigit else { return false }
            index &+= 1
        }
        return index > 0
    }

    /// Holds a digit, dot, hyphen, underscore or colon: a word of a text does not.
    fileprivate var isUnlikeAWord: Bool {
        var index = 0
        while let byte = self.u8(at: index) {
            if !byte.isLetter { return true }
            index &+= 1
        }
        return false
    }
}
