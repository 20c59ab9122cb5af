import Observations
import Wire

// The Internet Message Access Protocol (RFC 9051, RFC 3501; identification: RFC 2971).
//
// Read: the greeting, the capabilities before a login, the server's answer to ID, that a login crossed and whether it was
// accepted, and the change to TLS, which is handed over. Once a mailbox is selected the conversation is left: no name, folder or
// message is ever read, and literals are stepped over.

final class IMAPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.imap

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0x2A { return context.role == .client ? .no : Self.probeGreeting(head, context) }
        guard first.isDigit || first.isLetter, context.role != .server || !context.isStart else { return .no }
        return Self.probeCommand(head, context)
    }

    private static let greetings = [Array("* OK ".utf8), Array("* PREAUTH ".utf8), Array("* BYE ".utf8)]

    /// `* OK …` (RFC 9051 section 7.1); in mid-stream an untagged answer that nobody else gives.
    private static func probeGreeting(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard context.isStart else {
            if head.has("* CAPABILITY IMAP4") || head.has("* OK [") || head.has("* LIST (") || head.has("* FLAGS (") { return .yes }
            if context.isProved, head.has("* ") { return .yes }
            var offset = 2
            while let byte = head.u8(at: offset), byte.isDigit { offset &+= 1 }
            return offset > 2 && (head.has(" FETCH (", at: offset) || head.has(" EXISTS\r\n", at: offset)) ? .yes : .no
        }
        var answer = Probe.no
        for greeting in Self.greetings where answer != .yes {
            let begins = head.begins(with: greeting)
            if begins != .no { answer = begins }
        }
        guard answer == .yes else { return answer }
        guard let end = head.firstIndex(of: 0x0A) else { return head.byteCount <= 1024 && head.isText ? .notYet : .no }
        return head.slice(from: 0, count: end).isText ? .yes : .no
    }

    /// `tag command`, of a command that takes what only this protocol gives it.
    private static func probeCommand(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var tag = 0
        var hasDigit = false
        while let byte = head.u8(at: tag), byte != 0x20 {
            guard tag < 16, byte.isDigit || byte.isLetter || byte == 0x2E || byte == 0x5F else { return .no }
            if byte.isDigit { hasDigit = true }
            tag &+= 1
        }
        guard tag < head.byteCount else { return context.isStart ? .notYet : .no }
        // A tag of letters only is one letter, as people type it: a longer one is a command of another protocol.
        guard hasDigit || tag == 1 else { return .no }
        let rest = head.slice(from: tag &+ 1)
        guard let end = rest.firstIndex(of: 0x0A) else { return context.isStart && rest.isText && Command.mayBegin(rest) ? .notYet : .no }
        let line = rest.slice(from: 0, count: end)
        guard line.isText else { return .no }
        switch Command(line) {
        case .other: return context.isProved && Command.isAnswer(line) ? .yes : .no
        case .noop:
            if context.isProved { return .yes }
            guard context.isStart else { return .no }
            return Self.probe(rest.slice(from: end &+ 1), context)
        default: return .yes
        }
    }

    // MARK: State

    /// The longest tag that is remembered.
    private static let tagLimit = 32

    private var lines = LineExchange(limit: 100)
    private var isGreeted = false
    /// Whether the greeting was seen: only then is a list of capabilities surely one from before a login.
    private var sawGreeting = false
    private var isLoggedIn = false
    private var isOffered = false
    /// The tag of the command whose answer matters: STARTTLS or a login.
    private var tag: [UInt8] = []
    private var isPasswordSent = false
    private var login: SASLExchange?
    private var isLoginOpen = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let end: Int
        switch self.lines.next(bytes, side, context) {
        case .none(let answer): return answer
        case .line(let offset): end = offset
        }
        // In mid-stream the first line is no greeting: `* OK` may tell somebody something about a mailbox.
        if self.lines.count == 1, !context.rolesAreSure { self.isGreeted = true }
        let line = bytes.slice(from: 0, count: end).trimmed
        let isServer = context.rolesAreSure ? context.role(of: side) == .server : line.has("* ")
        let next: Consumption.Next
        if isServer {
            context.declare(side, is: .server)
            next = self.reply(line, context)
        } else {
            next = self.command(line, from: side, &context)
        }
        // A literal (RFC 9051 section 4.3) is text of people: its size stands at the end of the line.
        if case .more = next, let count = line.literalSize, count > 0 { return Consumption(end &+ 1, .skip(count)) }
        if case .handOver = next { return StartTLS.handOver(end &+ 1, context) }
        return Consumption(end &+ 1, next)
    }

    private func command(_ line: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption.Next {
        if self.isLoginOpen {
            if line.equals("*") || self.login?.respond(context) != false { self.isLoginOpen = false }
            return .more(atLeast: 1)
        }
        let tag = line.firstWord
        guard tag.byteCount < line.byteCount, tag.byteCount <= Self.tagLimit else { return .more(atLeast: 1) }
        let rest = line.slice(from: tag.byteCount &+ 1)
        let command = Command(rest)
        if command != .other { context.declare(side, is: .client) }
        self.isGreeted = true
        switch command {
        case .startTLS:
            self.lines.isTLSAsked = true
            self.tag = tag.copied()
        case .login:
            context.record(.loginClear, "imap", about: .conversation)
            self.isPasswordSent = true
            self.tag = tag.copied()
        case .authenticate:
            let arguments = rest.slice(from: 13).trimmed
            let name = arguments.firstWord
            guard let mechanism = SASLMechanism(name) else { break }
            var login = SASLExchange(mechanism, "imap")
            self.isLoginOpen = name.byteCount == arguments.byteCount || !login.respond(context)
            self.login = login
            self.tag = tag.copied()
        case .mailbox: return .finished
        case .capability, .identification, .noop, .other: break
        }
        return .more(atLeast: 1)
    }

    private func reply(_ line: RawSpan, _ context: DissectionContext) -> Consumption.Next {
        if line.has("* ") {
            let text = line.slice(from: 2)
            if text.hasIgnoringCase("capability ") {
                self.readCapabilities(text.slice(from: 11), context)
            } else if text.hasIgnoringCase("id (") {
                Self.readIdentification(text.slice(from: 4), context)
            } else if !self.isGreeted, text.hasIgnoringCase("ok ") {
                self.sawGreeting = true
                self.greet(text.slice(from: 3), context)
            }
            self.isGreeted = true
            return .more(atLeast: 1)
        }
        guard !self.tag.isEmpty, line.firstWord.hasSame(self.tag) else { return .more(atLeast: 1) }
        let isOK = line.hasIgnoringCase("ok", at: self.tag.count &+ 1)
        self.tag = []
        if self.lines.isTLSAsked {
            if isOK { return .handOver }
            self.lines.isTLSAsked = false
            StartTLS.refused.record(context)
        } else if isOK {
            if self.isPasswordSent { context.record(.loginAccepted, "imap", about: .conversation) }
            self.login?.accept(context)
            self.isLoggedIn = true
        }
        self.isPasswordSent = false
        self.login = nil
        self.isLoginOpen = false
        return .more(atLeast: 1)
    }

    /// `[CAPABILITY …] Dovecot ready.`
    private func greet(_ text: RawSpan, _ context: DissectionContext) {
        guard text.u8(at: 0) == 0x5B, let end = text.firstIndex(of: 0x5D) else {
            context.record(.imapBanner, text.beforeDate.trimmed, about: .server)
            return
        }
        let code = text.slice(from: 1, count: end &- 1)
        if code.hasIgnoringCase("capability ") { self.readCapabilities(code.slice(from: 11), context) }
        context.record(.imapBanner, text.slice(from: end &+ 1).beforeDate.trimmed, about: .server)
    }

    private func readCapabilities(_ list: RawSpan, _ context: DissectionContext) {
        // After a login the server tells what else it can do.
        guard !self.isLoggedIn, !self.isPasswordSent, self.login == nil else { return }
        var start = 0
        var count = 0
        var isIMAP = false
        var hasStartTLS = false
        while start < list.byteCount, count < 64 {
            let end = list.firstIndex(of: 0x20, from: start) ?? list.byteCount
            let word = list.slice(from: start, count: end &- start)
            if word.hasIgnoringCase("imap4") { isIMAP = true }
            if word.byteCount == 8, word.hasIgnoringCase("starttls") { hasStartTLS = true }
            if word.hasIgnoringCase("auth=") { SASLMechanism.recordOffer(word.slice(from: 5), context) }
            start = end &+ 1
            count &+= 1
        }
        if hasStartTLS {
            self.isOffered = true
            StartTLS.offered.record(context)
        } else if isIMAP, self.sawGreeting, !self.isOffered {
            StartTLS.notOffered.record(context)
        }
    }

    /// `"name" "Dovecot" "version" "2.3"`: of the pairs these two.
    private static func readIdentification(_ list: RawSpan, _ context: DissectionContext) {
        var strings: [[UInt8]] = []
        var offset = 0
        while let start = list.firstIndex(of: 0x22, from: offset), let end = list.firstIndex(of: 0x22, from: start &+ 1), strings.count < 32 {
            strings.append(list.slice(from: start &+ 1, count: end &- start &- 1).copied(limit: 64))
            offset = end &+ 1
        }
        var name: [UInt8] = []
        var version: [UInt8] = []
        var key: [UInt8]?
        for string in strings {
            guard let known = key else {
                key = string
                continue
            }
            if known == Array("name".utf8) { name = string }
            if known == Array("version".utf8) { version = string }
            key = nil
        }
        guard !name.isEmpty else { return }
        if !version.isEmpty {
            name.append(0x2F)
            name.append(contentsOf: version)
        }
        context.record(.imapServer, name.rawSpan, about: .server)
    }

    func lost(_ count: Int, from side: Side) {
        self.lines.lose(side)
        self.isGreeted = true
        self.sawGreeting = false
        self.tag = []
        self.isPasswordSent = false
        self.login = nil
        self.isLoginOpen = false
    }
}

/// What the dissector has to tell apart of the commands, behind the tag.
private enum Command: Hashable {
    case capability, startTLS, login, authenticate, identification, noop
    /// A mailbox is used.
    case mailbox
    case other

    init(_ line: RawSpan) {
        let line = line.trimmed
        self = .other
        switch line.u8(at: 0).map({ $0 | 0x20 }) {
        case 0x61: if line.hasIgnoringCase("authenticate "), line.byteCount > 13 { self = .authenticate }
        case 0x63: if line.byteCount == 10, line.hasIgnoringCase("capability") { self = .capability }
        case 0x65: if line.hasIgnoringCase("examine ") || line.hasIgnoringCase("enable ") { self = .mailbox }
        case 0x69: if line.hasIgnoringCase("id (") || (line.byteCount == 6 && line.hasIgnoringCase("id nil")) { self = .identification }
        case 0x6C:
            // A name and a password.
            if line.hasIgnoringCase("login "), line.byteCount > 8, line.firstIndex(of: 0x20, from: 7) != nil || line.literalSize != nil {
                self = .login
            } else if line.byteCount == 6, line.hasIgnoringCase("logout") {
                self = .noop
            } else if line.hasIgnoringCase("list \"") || line.hasIgnoringCase("lsub \"") {
                self = .mailbox
            }
        case 0x6E:
            if line.byteCount == 4, line.hasIgnoringCase("noop") { self = .noop }
            if line.byteCount == 9, line.hasIgnoringCase("namespace") { self = .mailbox }
        case 0x73:
            if line.byteCount == 8, line.hasIgnoringCase("starttls") { self = .startTLS }
            if line.hasIgnoringCase("select ") || line.hasIgnoringCase("status \"") { self = .mailbox }
        case 0x75: if line.hasIgnoringCase("uid fetch ") || line.hasIgnoringCase("uid search ") || line.hasIgnoringCase("uid store ") { self = .mailbox }
        default: break
        }
    }

    /// Whether a line that is not complete may be one of these.
    static func mayBegin(_ line: RawSpan) -> Bool {
        switch line.u8(at: 0).map({ $0 | 0x20 }) {
        case nil, 0x61, 0x63, 0x65, 0x69, 0x6C, 0x6E, 0x73, 0x75: true
        default: false
        }
    }

    /// A tagged answer.
    static func isAnswer(_ line: RawSpan) -> Bool { line.has("OK ") || line.has("NO ") || line.has("BAD ") }
}

extension RawSpan {
    /// Whether the bytes are these.
    fileprivate func hasSame(_ other: [UInt8]) -> Bool { self.byteCount == other.count && self.begins(with: other) == .yes }

    /// The size of the literal that a line announces at its end: `{123}` or `{123+}`.
    fileprivate var literalSize: Int? {
        guard self.u8(at: self.byteCount &- 1) == 0x7D else { return nil }
        var start = self.byteCount &- 2
        if self.u8(at: start) == 0x2B { start &-= 1 }
        var size = 0
        var factor = 1
        while let byte = self.u8(at: start), byte.isDigit, factor < 1_000_000_000 {
            size &+= Int(byte &- 0x30) &* factor
            factor = factor &* 10
            start &-= 1
        }
        return factor > 1 && self.u8(at: start) == 0x7B ? size : nil
    }
}
