import Observations
import Wire

// The Simple Mail Transfer Protocol (RFC 5321; TLS: RFC 3207; logins: RFC 4954), and LMTP (RFC 2033).
//
// Read: the greeting, the answer to EHLO (whether STARTTLS is offered, which logins), that a login crossed and whether it was
// accepted, and the change to TLS, which is handed over. With the envelope of the first message the conversation is left:
// neither addresses nor messages are ever read.

final class SMTPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.smtp
    /// A server greets whoever speaks before it in another protocol.
    static let mayBeginLate = true

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first.isDigit { return context.role == .client ? .no : Self.probeReplies(head, context) }
        guard first.isLetter, context.role != .server else { return .no }
        return Self.probeCommands(head, context)
    }

    /// A server: a greeting that says what it is, or one that is followed by the answer to EHLO.
    private static func probeReplies(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard context.isStart else {
            return Self.isUnmistakable(head) || (context.isProved && head.replyCode(at: 0) != nil) ? .yes : .no
        }
        guard head.byteCount >= 4 else { return head.slice(from: 0, count: 3).isText ? .notYet : .no }
        guard head.replyCode(at: 0) == 220 else { return .no }
        var start = 0
        while start < head.byteCount {
            let end = head.firstIndex(of: 0x0A, from: start)
            let line = head.slice(from: start, count: (end ?? head.byteCount) &- start)
            guard line.isText else { return .no }
            guard let end else {
                // Longer than RFC 5321 section 4.5.3.1.5 allows a reply: nothing more is waited for.
                return line.byteCount > 512 && head.replyCode(at: start) == 220 && line.containsIgnoringCase("esmtp") ? .yes : .notYet
            }
            switch head.replyCode(at: start) {
            case 220:
                if line.containsIgnoringCase("smtp") || line.containsIgnoringCase("lmtp") { return .yes }
                if line.containsIgnoringCase("ftp") { return .no }
            // No file server answers so to the first command.
            case 250: return .yes
            case 221, 421, 500, 501, 502, 503, nil: break
            default: return .no
            }
            start = end &+ 1
        }
        return .notYet
    }

    /// Answers that are recognised by themselves, in mid-stream.
    private static func isUnmistakable(_ reply: RawSpan) -> Bool {
        switch reply.replyCode(at: 0) {
        case 220: reply.has("2.0.0 ", at: 4) || (reply.firstIndex(of: 0x0A) != nil && reply.containsIgnoringCase("esmtp"))
        case 235: reply.has("2.7.0 ", at: 4)
        case 250:
            reply.has("2.1.0 ", at: 4) || reply.has("2.1.5 ", at: 4) || reply.has("2.6.0 ", at: 4)
                || (reply.u8(at: 3) == 0x2D
                    && (reply.firstRange(of: "\n250-PIPELINING") != nil || reply.firstRange(of: "\n250-8BITMIME") != nil
                        || reply.firstRange(of: "\n250-SIZE") != nil))
        case 354: reply.firstRange(of: "<CRLF>.<CRLF>") != nil || reply.firstRange(of: "<CR><LF>.<CR><LF>") != nil
        default: false
        }
    }

    private static func probeCommands(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // A command of four letters, or STARTTLS.
        var letters = 0
        while letters < 9, let byte = head.u8(at: letters), byte.isLetter { letters &+= 1 }
        if letters == head.byteCount { return letters <= 8 && context.isStart ? .notYet : .no }
        guard letters == 4 || letters == 8 else { return .no }
        let command = Command(head)
        switch command {
        case .hello, .mail:
            guard let end = head.firstIndex(of: 0x0A) else { return context.isStart && head.isText ? .notYet : .no }
            return head.slice(from: 0, count: end).isText ? .yes : .no
        case .authentication, .startTLS, .other:
            guard context.isStart else { return context.isProved && command != .other ? .yes : .no }
            // RSET, NOOP, QUIT before a greeting: what follows tells.
            guard command == .startTLS || head.hasIgnoringCase("quit") || head.hasIgnoringCase("noop") || head.hasIgnoringCase("rset") else {
                return .no
            }
            guard let end = head.firstIndex(of: 0x0A) else { return head.isText ? .notYet : .no }
            return Self.probe(head.slice(from: end &+ 1), context)
        }
    }

    // MARK: State

    private var lines = LineExchange(limit: 100)
    /// Whether an answer of several lines is being read, and whether it is the one to EHLO.
    private var isReplyOpen = false
    private var isExtensions = false
    private var hasStartTLS = false
    /// Whether the greeting was seen, and nothing since.
    private var isGreeted = false
    private var isHelloSent = false
    private var login: SASLExchange?
    /// Whether messages of the login are still to come.
    private var isLoginOpen = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let end: Int
        switch self.lines.next(bytes, side, context) {
        case .none(let answer): return answer
        case .line(let offset): end = offset
        }
        let line = bytes.slice(from: 0, count: end)
        guard line.isText else { return .failed }
        if context.rolesAreSure ? context.role(of: side) == .server : line.replyCode(at: 0) != nil && !self.isLoginOpen {
            context.declare(side, is: .server)
            return self.reply(line, end &+ 1, &context)
        }
        return self.command(line, end &+ 1, from: side, &context)
    }

    // MARK: Commands

    private func command(_ line: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.isLoginOpen {
            // An asterisk gives the login up.
            if line.trimmed.equals("*") {
                self.login = nil
                self.isLoginOpen = false
            } else if self.login?.respond(context) != false {
                self.isLoginOpen = false
            }
            return Consumption(consumed)
        }
        let command = Command(line)
        if command != .other { context.declare(side, is: .client) }
        switch command {
        case .hello: self.isHelloSent = line.hasIgnoringCase("e") || line.hasIgnoringCase("l")
        case .startTLS: self.lines.isTLSAsked = true
        case .mail:
            context.record(.smtpMailClear, 1, about: .conversation)
            return Consumption(consumed, .finished)
        case .authentication:
            let arguments = line.slice(from: 5).trimmed
            let name = arguments.firstWord
            guard let mechanism = SASLMechanism(name) else { break }
            var login = SASLExchange(mechanism, "smtp")
            // An initial response may follow (RFC 4954 section 4).
            self.isLoginOpen = name.byteCount == arguments.byteCount || !login.respond(context)
            self.login = login
        case .other: break
        }
        return Consumption(consumed)
    }

    // MARK: Replies

    private func reply(_ line: RawSpan, _ consumed: Int, _ context: inout DissectionContext) -> Consumption {
        guard let code = line.replyCode(at: 0) else { return Consumption(consumed) }
        let isFirst = !self.isReplyOpen
        let isLast = line.u8(at: 3) != 0x2D
        self.isReplyOpen = !isLast
        let text = line.slice(from: 4).trimmed
        switch code {
        case 220:
            if self.lines.isTLSAsked, isLast { return StartTLS.handOver(consumed, context) }
            if isFirst, !self.isGreeted, !self.isHelloSent, !self.lines.isTLSAsked { self.greet(text, context) }
        case 250:
            if isFirst {
                // The first answer of several lines behind the greeting is the one to EHLO, whether or not that was seen.
                self.isExtensions = self.isHelloSent || (self.isGreeted && !isLast)
                self.hasStartTLS = false
                if self.isExtensions {
                    let name = text.firstWord
                    if name.isServerName { context.record(.smtpServerName, name, about: .server) }
                }
            } else if self.isExtensions {
                self.readExtension(text, context)
            }
            if isLast, self.isExtensions {
                if !self.hasStartTLS { StartTLS.notOffered.record(context) }
                self.isExtensions = false
                self.isHelloSent = false
            }
        case 334: break
        case 235:
            if isLast { self.login?.accept(context) }
            self.login = nil
            self.isLoginOpen = false
        default:
            guard code >= 400, isLast else { break }
            if self.lines.isTLSAsked { StartTLS.refused.record(context) }
            self.lines.isTLSAsked = false
            self.isHelloSent = false
            self.login = nil
            self.isLoginOpen = false
        }
        return Consumption(consumed)
    }

    private func greet(_ text: RawSpan, _ context: DissectionContext) {
        self.isGreeted = true
        let name = text.firstWord
        if name.isServerName {
            context.record(.smtpServerName, name, about: .server)
            context.record(.smtpBanner, text.slice(from: name.byteCount).beforeDate.trimmed, about: .server)
        } else {
            context.record(.smtpBanner, text.beforeDate, about: .server)
        }
    }

    /// A line of the answer to EHLO (RFC 5321 section 4.1.1.1).
    private func readExtension(_ text: RawSpan, _ context: DissectionContext) {
        if text.byteCount == 8, text.hasIgnoringCase("starttls") {
            self.hasStartTLS = true
            StartTLS.offered.record(context)
        } else if text.hasIgnoringCase("auth ") || text.hasIgnoringCase("auth=") {
            SASLMechanism.recordOffer(text.slice(from: 5), context)
        }
    }

    func lost(_ count: Int, from side: Side) {
        self.lines.lose(side)
        self.isReplyOpen = false
        self.isExtensions = false
        self.isHelloSent = false
        // What comes next is no greeting.
        self.isGreeted = true
        self.login = nil
        self.isLoginOpen = false
    }
}

/// What the dissector has to tell apart of the commands.
private enum Command: Hashable {
    case hello, startTLS, authentication
    /// The envelope begins.
    case mail
    case other

    init(_ line: RawSpan) {
        func isWord(_ count: Int) -> Bool {
            switch line.u8(at: count) {
            case nil, 0x20, 0x0D, 0x0A: true
            default: false
            }
        }
        if (line.hasIgnoringCase("ehlo") || line.hasIgnoringCase("helo") || line.hasIgnoringCase("lhlo")) && isWord(4) {
            self = .hello
        } else if line.hasIgnoringCase("mail from:") {
            self = .mail
        } else if line.hasIgnoringCase("auth ") {
            self = .authentication
        } else if line.hasIgnoringCase("starttls"), isWord(8) {
            self = .startTLS
        } else {
            self = .other
        }
    }
}
