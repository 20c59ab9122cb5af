import Observations
import Wire

// The Post Office Protocol, version 3 (RFC 1939; capabilities: RFC 2449; TLS: RFC 2595; logins: RFC 5034).
//
// Read: the greeting, the capabilities, that a login crossed and whether it was accepted, and the change to TLS, which is handed
// over. Once a login succeeded or a mailbox is looked at the conversation is left: no name, list or message is ever read.

final class POP3Dissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.pop3

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0x2B || (first == 0x2D && !context.isStart) {
            return context.role == .client ? .no : Self.probeReply(head, context)
        }
        guard first.isLetter, context.role != .server else { return .no }
        return Self.probeCommands(head, context)
    }

    /// A server: a greeting that says what it is. Others answer `+OK` too.
    private static func probeReply(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        if !context.isStart, context.isProved, head.has("+OK") || head.has("-ERR") { return .yes }
        for (offset, expected) in "+OK".utf8.enumerated() {
            guard let byte = head.u8(at: offset) else { return context.isStart ? .notYet : .no }
            if byte != expected { return .no }
        }
        guard let end = head.firstIndex(of: 0x0A) else {
            return context.isStart && head.byteCount <= 512 && head.isText ? .notYet : .no
        }
        let line = head.slice(from: 0, count: end)
        guard line.isText else { return .no }
        let isGreeting = line.containsIgnoringCase("pop") || line.containsIgnoringCase("dovecot") || line.timestamp != nil
        if context.isStart { return isGreeting ? .yes : line.byteCount > 5 ? .notYet : .no }
        return line.containsIgnoringCase(" octets") || line.containsIgnoringCase("pop3") ? .yes : .no
    }

    private static func probeCommands(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var start = 0
        while start < head.byteCount {
            let end = head.firstIndex(of: 0x0A, from: start)
            let line = head.slice(from: start, count: (end ?? head.byteCount) &- start)
            guard let command = Command(prefix: line), line.isText else { return .no }
            guard let end else { return context.isStart ? .notYet : .no }
            switch command.kind(line) {
            case .decisive: return .yes
            case .shared: break
            case nil: return .no
            }
            guard context.isStart else { return context.isProved ? .yes : .no }
            start = end &+ 1
        }
        return .notYet
    }

    // MARK: State

    private var lines = LineExchange(limit: 100)
    private var isGreeted = false
    /// Whether the greeting was seen: only then is a list of capabilities surely one from before a login.
    private var sawGreeting = false
    /// The commands whose answers matter, oldest first.
    private var open: [Question] = []
    private enum Question { case capabilities, startTLS, password, apop, login, other }
    /// Whether a list of capabilities is being read, and whether it holds STLS.
    private var isListing = false
    private var hasStartTLS = false
    private var login: SASLExchange?
    private var isLoginOpen = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let end: Int
        switch self.lines.next(bytes, side, context) {
        case .none(let answer): return answer
        case .line(let offset): end = offset
        }
        // In mid-stream the first line is no greeting: `+OK` may be the answer to a login, with a name in it.
        if self.lines.count == 1, !context.rolesAreSure { self.isGreeted = true }
        let line = bytes.slice(from: 0, count: end).trimmed
        guard line.isText else { return .failed }
        if context.rolesAreSure ? context.role(of: side) == .server : line.has("+OK") || line.has("-ERR") || self.isListing {
            context.declare(side, is: .server)
            return self.reply(line, end &+ 1, &context)
        }
        return self.command(line, end &+ 1, from: side, &context)
    }

    private func command(_ line: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        self.isGreeted = true
        if self.isLoginOpen {
            if line.equals("*") || self.login?.respond(context) != false { self.isLoginOpen = false }
            return Consumption(consumed)
        }
        guard let command = Command(prefix: line) else { return Consumption(consumed) }
        if command != .quit { context.declare(side, is: .client) }
        // A client that does not wait is no client.
        guard self.open.count < 16 else { return .finished }
        switch command {
        case .capa: self.open.append(.capabilities)
        case .stls:
            self.lines.isTLSAsked = true
            self.open.append(.startTLS)
        case .pass:
            context.record(.loginClear, "pop3", about: .conversation)
            self.open.append(.password)
        case .apop:
            context.record(.loginChallenged, "pop3-apop", about: .conversation)
            self.open.append(.apop)
        case .auth:
            let arguments = line.slice(from: 5).trimmed
            let name = arguments.firstWord
            guard let mechanism = SASLMechanism(name) else {
                self.open.append(.other)
                break
            }
            var login = SASLExchange(mechanism, "pop3")
            self.isLoginOpen = name.byteCount == arguments.byteCount || !login.respond(context)
            self.login = login
            self.open.append(.login)
        case .stat, .list, .retr, .dele, .uidl, .top, .last, .rset:
            // The mailbox is open.
            return Consumption(consumed, .finished)
        case .user, .quit, .noop, .utf8, .lang: self.open.append(.other)
        }
        return Consumption(consumed)
    }

    private func reply(_ line: RawSpan, _ consumed: Int, _ context: inout DissectionContext) -> Consumption {
        if self.isListing {
            if line.equals(".") {
                self.isListing = false
                if !self.hasStartTLS, self.sawGreeting { StartTLS.notOffered.record(context) }
            } else {
                self.readCapability(line, context)
            }
            return Consumption(consumed)
        }
        let isOK = line.has("+OK")
        // `+ challenge`: the login goes on.
        guard isOK || line.has("-ERR") else { return Consumption(consumed) }
        if !self.isGreeted {
            self.isGreeted = true
            self.sawGreeting = isOK
            if isOK { self.greet(line.slice(from: 3), context) }
            return Consumption(consumed)
        }
        guard let question = self.open.first else { return Consumption(consumed) }
        self.open = Array(self.open.dropFirst())
        switch question {
        case .capabilities:
            self.isListing = isOK
            self.hasStartTLS = false
        case .startTLS:
            if isOK { return StartTLS.handOver(consumed, context) }
            self.lines.isTLSAsked = false
            StartTLS.refused.record(context)
        case .password, .login, .apop:
            if isOK, question == .password { context.record(.loginAccepted, "pop3", about: .conversation) }
            if isOK, question == .login { self.login?.accept(context) }
            self.login = nil
            self.isLoginOpen = false
            if isOK { return Consumption(consumed, .finished) }
        case .other: break
        }
        return Consumption(consumed)
    }

    private func greet(_ text: RawSpan, _ context: DissectionContext) {
        // The timestamp for APOP (RFC 1939 section 7) is another one each time.
        guard let timestamp = text.timestamp else {
            context.record(.pop3Banner, text.trimmed, about: .server)
            return
        }
        let before = text.slice(from: 0, count: timestamp).trimmed
        let behind = text.slice(from: text.firstIndex(of: 0x3E, from: timestamp).map { $0 &+ 1 } ?? text.byteCount).trimmed
        context.record(.pop3Banner, before.isEmpty ? behind : before, about: .server)
    }

    private func readCapability(_ line: RawSpan, _ context: DissectionContext) {
        if line.byteCount == 4, line.hasIgnoringCase("stls") {
            self.hasStartTLS = true
            StartTLS.offered.record(context)
        } else if line.hasIgnoringCase("sasl ") {
            SASLMechanism.recordOffer(line.slice(from: 5), context)
        } else if line.hasIgnoringCase("implementation ") {
            context.record(.pop3Implementation, line.slice(from: 15).trimmed, about: .server)
        }
    }

    func lost(_ count: Int, from side: Side) {
        self.lines.lose(side)
        self.isGreeted = true
        self.sawGreeting = false
        self.open = []
        self.isListing = false
        self.login = nil
        self.isLoginOpen = false
    }
}

/// The commands.
private enum Command: String, CaseIterable {
    case capa, stls, apop, pass, auth, user, quit, noop, stat, list, retr, dele, uidl, top, last, rset, utf8, lang

    /// The command with which a line begins, or may still begin.
    init?(prefix line: RawSpan) {
        var word: [UInt8] = []
        var offset = 0
        while let byte = line.u8(at: offset), byte.isLetter || byte.isDigit {
            guard offset < 4 else { return nil }
            word.append(byte.isLetter ? byte | 0x20 : byte)
            offset &+= 1
        }
        let isWhole = offset < line.byteCount
        if isWhole, let next = line.u8(at: offset), next != 0x20, next != 0x0D { return nil }
        let text = String(decoding: word, as: UTF8.self)
        if let exact = Self(rawValue: text) {
            self = exact
        } else if !isWhole, !text.isEmpty, let begun = Self.allCases.first(where: { $0.rawValue.hasPrefix(text) }) {
            self = begun
        } else {
            return nil
        }
    }

    enum Kind { case decisive, shared }
    /// Whether only this protocol has such a line; `nil` where this protocol has none like it.
    func kind(_ line: RawSpan) -> Kind? {
        let line = line.trimmed
        switch self {
        case .capa, .stls: return line.byteCount == 4 ? .decisive : nil
        case .uidl: return line.byteCount == 4 || Self.isNumber(line.slice(from: 5)) ? .decisive : nil
        case .apop: return line.byteCount > 37 ? .decisive : nil
        case .top: return line.byteCount > 6 && line.u8(at: 4)?.isDigit == true ? .decisive : nil
        // IRC: USER name mode unused :real name.
        case .user: return line.byteCount > 5 && line.firstRange(of: " :") == nil ? .shared : nil
        case .auth: return line.hasIgnoringCase("auth tls") || line.hasIgnoringCase("auth ssl") ? nil : .shared
        case .pass, .quit, .noop, .stat, .list, .retr, .dele, .last, .rset, .utf8, .lang: return .shared
        }
    }

    private static func isNumber(_ text: RawSpan) -> Bool {
        var offset = 0
        while let byte = text.u8(at: offset) {
            guard byte.isDigit else { return false }
            offset &+= 1
        }
        return offset > 0
    }
}

extension RawSpan {
    /// Where a timestamp `<process.clock@host>` begins (RFC 1939 section 7).
    fileprivate var timestamp: Int? {
        guard let start = self.firstIndex(of: 0x3C), let end = self.firstIndex(of: 0x3E, from: start),
            self.firstIndex(of: 0x40, from: start, before: end) != nil
        else { return nil }
        return start
    }
}
