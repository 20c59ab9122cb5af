import Observations
import Wire

// Internet Relay Chat (RFC 2812, RFC 1459; capabilities and TLS: the specifications of the IRCv3 working group).
//
// Read: the server's name and software, that a client registered and was welcomed, that a password crossed, and the change to TLS,
// which is handed over. Neither nicknames, names of persons, channels nor messages are ever read.

final class IRCDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.irc

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var start = 0
        guard head.u8(at: 0) != nil else { return .notYet }
        while start < head.byteCount {
            let end = head.firstIndex(of: 0x0A, from: start)
            let line = head.slice(from: start, count: (end ?? head.byteCount) &- start)
            let answer = line.u8(at: 0) == 0x3A ? Self.probeMessage(line, end != nil, context) : Self.probeCommand(line, end != nil, context)
            if answer != .notYet { return answer }
            guard let end else { return .notYet }
            guard context.isStart else { return context.isProved ? .yes : .no }
            start = end &+ 1
        }
        return context.isStart ? .notYet : .no
    }

    /// `:server 001 …` or `:server NOTICE …` (RFC 2812 section 2.3.1).
    private static func probeMessage(_ line: RawSpan, _ isWhole: Bool, _ context: ProbeContext) -> Probe {
        guard line.byteCount <= 600, line.isText, context.role != .client else { return .no }
        guard isWhole else { return context.isStart ? .notYet : .no }
        guard let space = line.firstIndex(of: 0x20), space > 2 else { return .no }
        let rest = line.slice(from: space &+ 1)
        if let code = rest.replyCode(at: 0) {
            // The target stands between the code and the text.
            let hasText = rest.firstRange(of: " :") != nil
            return (code <= 5 && code > 0) || hasText ? .yes : .no
        }
        if rest.has("NOTICE ") || rest.has("CAP ") { return rest.firstRange(of: " :") == nil ? .no : .yes }
        return rest.has("PING ") || rest.has("PRIVMSG ") || rest.has("JOIN ") || rest.has("MODE ") ? (context.isStart ? .notYet : .yes) : .no
    }

    private static func probeCommand(_ line: RawSpan, _ isWhole: Bool, _ context: ProbeContext) -> Probe {
        var letters = 0
        while letters < 13, let byte = line.u8(at: letters), byte.isLetter { letters &+= 1 }
        if letters == line.byteCount { return !isWhole && context.isStart && letters <= 12 ? .notYet : .no }
        // Others change to TLS with the same word: the server's answer tells.
        if letters == 8, line.hasIgnoringCase("starttls"), line.trimmed.byteCount == 8 { return context.isStart ? .notYet : .no }
        guard letters >= 3, letters <= 12, line.u8(at: letters) == 0x20, line.byteCount <= 600, line.isText else { return .no }
        guard isWhole else {
            return context.isStart && Command(line) != .other ? .notYet : .no
        }
        switch Command(line) {
        case .user: return Self.isRegistration(line) ? .yes : .no
        case .capabilities: return line.has("CAP LS") || line.has("CAP REQ :") ? .yes : .no
        case .notice: return line.hasIgnoringCase("notice auth :") || line.has("NOTICE * :") ? .yes : .no
        case .nick, .pass: return .notYet
        case .join: return context.isProved || (!context.isStart && line.has("PRIVMSG #")) ? .yes : .notYet
        case .ping: return .notYet
        case .oper, .startTLS, .authenticate, .other: return .no
        }
    }

    /// `USER name mode unused :real name` (RFC 2812 section 3.1.3).
    private static func isRegistration(_ line: RawSpan) -> Bool {
        guard let colon = line.firstRange(of: " :") else { return false }
        var words = 0
        var offset = 0
        while offset < colon {
            if line.u8(at: offset) == 0x20 { words &+= 1 }
            offset &+= 1
        }
        return words == 3
    }

    // MARK: State

    private var lines = LineExchange(limit: 120)
    private var login: SASLExchange?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let end: Int
        switch self.lines.next(bytes, side, context) {
        case .none(let answer): return answer
        case .line(let offset): end = offset
        }
        let line = bytes.slice(from: 0, count: end).trimmed
        guard line.isText else { return .failed }
        if line.u8(at: 0) == 0x3A, let space = line.firstIndex(of: 0x20) {
            let prefix = line.slice(from: 1, count: space &- 1)
            // A prefix with a person in it is `nick!user@host`.
            guard prefix.isServerName else { return Consumption(end &+ 1) }
            return self.message(line.slice(from: space &+ 1), prefix, end &+ 1, from: side, &context)
        }
        return self.command(line, end &+ 1, from: side, &context)
    }

    /// What a server sends.
    private func message(
        _ text: RawSpan, _ server: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext
    ) -> Consumption {
        guard let code = text.replyCode(at: 0) else {
            if text.hasIgnoringCase("cap "), text.containsIgnoringCase(" ls "), text.containsIgnoringCase(" :") {
                context.declare(side, is: .server)
                if text.hasWord("tls") { StartTLS.offered.record(context) }
            }
            return Consumption(consumed)
        }
        context.declare(side, is: .server)
        guard side == context.serverSide else { return Consumption(consumed) }
        switch code {
        case 1:
            context.record(.ircServerName, server, about: .server)
            context.record(.ircRegistration, "accepted", about: .conversation)
        case 2:
            // `Your host is NAME, running version VERSION`
            if let start = text.firstRange(of: "running version ") {
                let rest = text.slice(from: start &+ 16)
                context.record(.ircVersion, rest.slice(from: 0, count: rest.firstIndex(of: 0x20) ?? rest.byteCount).trimmed, about: .server)
            }
        case 670: return StartTLS.handOver(consumed, context)
        case 691:
            self.lines.isTLSAsked = false
            StartTLS.refused.record(context)
        case 903:
            self.login?.accept(context)
            self.login = nil
        // The end of the message of the day, or that there is none: what follows is talk.
        case 376, 422: return Consumption(consumed, .finished)
        default: break
        }
        return Consumption(consumed)
    }

    private func command(_ line: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let command = Command(line)
        switch command {
        case .nick, .user, .pass, .oper, .capabilities, .startTLS, .authenticate: context.declare(side, is: .client)
        case .notice, .join, .ping, .other: break
        }
        guard side != context.serverSide else { return Consumption(consumed) }
        switch command {
        case .pass, .oper: context.record(.loginClear, "irc", about: .conversation)
        case .startTLS: self.lines.isTLSAsked = true
        case .authenticate:
            let argument = line.slice(from: 13).trimmed
            if self.login != nil {
                if !argument.equals("*") { _ = self.login?.respond(context) }
            } else if let mechanism = SASLMechanism(argument) {
                self.login = SASLExchange(mechanism, "irc")
            }
        case .join: return self.lines.count > 20 ? Consumption(consumed, .finished) : Consumption(consumed)
        case .nick, .user, .capabilities, .notice, .ping, .other: break
        }
        return Consumption(consumed)
    }

    func lost(_ count: Int, from side: Side) {
        self.lines.lose(side)
        self.login = nil
    }
}

/// What the dissector has to tell apart of the commands (RFC 2812 section 3).
private enum Command: Hashable {
    case nick, user, pass, oper, capabilities, startTLS, authenticate, notice, ping
    /// Talk.
    case join
    case other

    init(_ line: RawSpan) {
        self = .other
        switch line.u8(at: 0).map({ $0 | 0x20 }) {
        case 0x61: if line.hasIgnoringCase("authenticate ") { self = .authenticate }
        case 0x63: if line.hasIgnoringCase("cap ") { self = .capabilities }
        case 0x6A: if line.hasIgnoringCase("join ") { self = .join }
        case 0x6E: if line.hasIgnoringCase("nick ") { self = .nick } else if line.hasIgnoringCase("notice ") { self = .notice }
        case 0x6F: if line.hasIgnoringCase("oper ") { self = .oper }
        case 0x70:
            if line.hasIgnoringCase("pass ") {
                self = .pass
            } else if line.hasIgnoringCase("ping ") || line.hasIgnoringCase("pong ") {
                self = .ping
            } else if line.hasIgnoringCase("privmsg ") {
                self = .join
            }
        case 0x73: if line.byteCount <= 10, line.hasIgnoringCase("starttls") { self = .startTLS }
        case 0x75: if line.hasIgnoringCase("user ") { self = .user }
        default: break
        }
    }
}

extension RawSpan {
    /// Whether a list of words, parted by spaces or a colon, holds this one.
    fileprivate func hasWord(_ word: StaticString) -> Bool {
        var offset = 0
        while let start = self.firstRange(of: word, from: offset) {
            let before = self.u8(at: start &- 1)
            let behind = self.u8(at: start &+ word.utf8CodeUnitCount)
            if before == 0x20 || before == 0x3A, behind == nil || behind == 0x20 || behind == 0x3D { return true }
            offset = start &+ 1
        }
        return false
    }
}
