import Observations
import Wire

// The protocol of memcached, in text and in binary (memcached, doc/protocol.txt; "Memcache Binary Protocol").
//
// Read: whether commands are answered without a login, the version, whether a login crossed. Not read: keys and values.

final class MemcachedDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.memcached

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0x80 || first == 0x81 {
            if context.role == (first == 0x80 ? .server : .client) { return .no }
            return BinaryHeader.probe(head)
        }
        switch first {
        // add, append, cas, set, stats, replace, version, prepend, get, gets, delete, incr, decr
        case 0x61, 0x63, 0x64, 0x67, 0x69, 0x70, 0x72, 0x73, 0x76: return context.role == .server ? .no : Self.probeCommand(head, context)
        // DELETED, END, NOT_FOUND, NOT_STORED, STAT, STORED, VALUE, VERSION
        case 0x44, 0x45, 0x4E, 0x53, 0x56: return context.role == .client ? .no : Self.probeAnswer(head, context)
        default: return .no
        }
    }

    private static func probeCommand(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let open: Probe = context.isStart ? .notYet : .no
        guard let end = head.firstIndex(of: 0x0A, before: 320) else { return head.byteCount < 320 && head.isText ? open : .no }
        let line = Words(head.slice(from: 0, count: end))
        guard let name = line.word(0) else { return .no }
        if name.equals("set") || name.equals("add") || name.equals("replace") || name.equals("append") || name.equals("prepend") || name.equals("cas") {
            guard (5...7).contains(line.count) else { return .no }
            return line.isNumber(2) && line.isNumber(3) && line.isNumber(4) ? .yes : .no
        }
        // Words that other protocols of lines have too: the answer tells.
        if name.equals("stats") { return line.count <= 2 ? open : .no }
        if name.equals("get") || name.equals("gets") || name.equals("version") || name.equals("delete") { return open }
        return name.equals("incr") || name.equals("decr") ? line.isNumber(2) ? .yes : .no : .no
    }

    private static func probeAnswer(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let end = head.firstIndex(of: 0x0A, before: 320) else { return context.isStart && head.byteCount < 320 && head.isText ? .notYet : .no }
        let line = Words(head.slice(from: 0, count: end))
        guard let name = line.word(0) else { return .no }
        if name.equals("VALUE") { return (4...5).contains(line.count) && line.isNumber(2) && line.isNumber(3) ? .yes : .no }
        if name.equals("STAT") { return line.count >= 3 ? .yes : .no }
        if name.equals("VERSION") { return line.count == 2 && line.word(1)?.u8(at: 0)?.isDigit == true ? .yes : .no }
        // Single words: in mid-stream they are anybody's.
        guard line.count == 1, context.isStart || context.isProved else { return .no }
        return name.equals("STORED") || name.equals("NOT_STORED") || name.equals("DELETED") || name.equals("NOT_FOUND") || name.equals("END") ? .yes : .no
    }

    // MARK: State

    private static let lineLimit = 2048
    /// After so many answers nothing new is to be expected.
    private static let answerLimit = 200
    private var answers = 0
    private var isLoggedIn = false
    /// Whether what came before is known, so that it is known that there was no login.
    private var isWhole: Bool?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.isWhole == nil { self.isWhole = context.rolesAreSure }
        if let first = bytes.u8(at: 0), first == 0x80 || first == 0x81 {
            context.declare(side, is: first == 0x80 ? .client : .server)
            return self.binary(bytes, context)
        }
        if !context.rolesAreSure {
            context.declare(side, is: bytes.u8(at: 0).map { $0 >= 0x61 } == true ? .client : .server)
        }
        // Commands are told by their answers, and have values behind them.
        if context.role(of: side) == .client { return Consumption(0, .sideFinished) }
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLimit) else {
            return bytes.byteCount < Self.lineLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .finished
        }
        self.answers &+= 1
        if self.answers > Self.answerLimit { return .finished }
        let line = Words(bytes.slice(from: 0, count: end))
        guard let name = line.word(0) else { return Consumption(end &+ 1) }
        if name.equals("VERSION"), let version = line.word(1) {
            context.record(.memcachedVersion, version.slice(from: 0, count: 32), about: .server)
        } else if name.equals("STAT") {
            self.accept(context)
            if line.word(1)?.equals("version") == true, let version = line.word(2) {
                context.record(.memcachedVersion, version.slice(from: 0, count: 32), about: .server)
            }
        } else if name.equals("VALUE"), let length = line.number(3) {
            self.accept(context)
            return Consumption(end &+ 1, .skip(length &+ 2))
        } else if name.equals("STORED") || name.equals("END") || name.equals("DELETED") || name.equals("NOT_FOUND") || name.equals("NOT_STORED") {
            self.accept(context)
        }
        return Consumption(end &+ 1)
    }

    private func accept(_ context: DissectionContext) {
        context.record(.databaseEncryption, "clear", about: .server)
        // Memcached 1.5.15 can ask for a login in the text protocol; it is a "set" like others, and is not told apart.
        if self.isWhole == true, !self.isLoggedIn { context.record(.loginAnonymous, "memcached", about: .server) }
    }

    private func binary(_ bytes: RawSpan, _ context: DissectionContext) -> Consumption {
        guard bytes.byteCount >= BinaryHeader.length else { return Consumption(0, .more(atLeast: BinaryHeader.length)) }
        guard let header = BinaryHeader(bytes) else { return .failed }
        self.answers &+= 1
        if self.answers > Self.answerLimit { return .finished }
        switch (header.isRequest, header.code) {
        case (true, 0x21):
            self.isLoggedIn = true
            context.record(.loginClear, "memcached", about: .server)
        case (false, 0x21) where header.status == 0: context.record(.loginAccepted, "memcached", about: .server)
        case (false, _) where header.status == 0x20: context.record(.databaseAuthentication, "memcached-sasl", about: .server)
        case (false, 0x0B) where header.status == 0 && header.bodyLength <= 64:
            guard bytes.byteCount >= BinaryHeader.length &+ header.bodyLength else {
                return Consumption(0, .more(atLeast: BinaryHeader.length &+ header.bodyLength))
            }
            context.record(.memcachedVersion, bytes.slice(from: BinaryHeader.length, count: header.bodyLength), about: .server)
            return Consumption(BinaryHeader.length &+ header.bodyLength)
        case (false, 0x00...0x10) where header.status <= 2 && header.code != 0x0B: self.accept(context)
        default: break
        }
        return Consumption(BinaryHeader.length, .skip(header.bodyLength))
    }

    func lost(_ count: Int, from side: Side) { self.isWhole = false }
}

/// The words of a line.
private struct Words: ~Escapable {
    private let line: RawSpan
    let count: Int

    @_lifetime(copy line)
    init(_ line: RawSpan) {
        self.line = line.trimmed
        var count = self.line.isEmpty ? 0 : 1
        var offset = 0
        while let byte = self.line.u8(at: offset) {
            if byte == 0x20 { count &+= 1 }
            offset &+= 1
        }
        self.count = count
    }

    @_lifetime(copy self)
    func word(_ number: Int) -> RawSpan? {
        var start = 0
        var left = number
        while left > 0 {
            guard let space = self.line.firstIndex(of: 0x20, from: start) else { return nil }
            start = space &+ 1
            left &-= 1
        }
        let end = self.line.firstIndex(of: 0x20, from: start) ?? self.line.byteCount
        return end > start ? self.line.slice(from: start, count: end &- start) : nil
    }

    func number(_ index: Int) -> Int? {
        guard let word = self.word(index), word.byteCount <= 10 else { return nil }
        var value = 0
        var offset = 0
        while let byte = word.u8(at: offset) {
            guard byte.isDigit else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
            offset &+= 1
        }
        return value
    }

    func isNumber(_ index: Int) -> Bool { self.number(index) != nil }
}

/// The header of the binary protocol.
private struct BinaryHeader {
    static let length = 24

    let isRequest: Bool
    let code: UInt8
    let status: UInt16
    let bodyLength: Int

    init?(_ bytes: RawSpan) {
        guard let magic = bytes.u8(at: 0), magic == 0x80 || magic == 0x81, let code = bytes.u8(at: 1), let status = bytes.u16(at: 6),
            let bodyLength = bytes.u32(at: 8), bodyLength < 0x800_0000
        else { return nil }
        self.isRequest = magic == 0x80
        self.code = code
        self.status = status
        self.bodyLength = Int(bodyLength)
    }

    /// Lengths that fit together, no data type, and what an SSL 2 record does not have here.
    static func probe(_ head: RawSpan) -> Probe {
        guard head.u8(at: 1) ?? 0 <= 0x48 else { return .no }
        guard head.byteCount >= Self.length else { return .notYet }
        guard let header = BinaryHeader(head), let key = head.u16(at: 2), let extras = head.u8(at: 4), head.u8(at: 5) == 0 else { return .no }
        guard key <= 250, extras <= 24, Int(key) &+ Int(extras) <= header.bodyLength, !header.isRequest || header.status == 0 else { return .no }
        guard header.isRequest || header.status <= 0x86 else { return .no }
        // The message ends with the segment, or the next one begins behind it.
        let end = Self.length &+ header.bodyLength
        return head.byteCount == end || head.u8(at: end) == head.u8(at: 0) ? .yes : .no
    }
}
