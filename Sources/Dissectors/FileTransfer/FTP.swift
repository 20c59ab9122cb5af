import Observations
import Wire

// The control connection of the File Transfer Protocol (RFC 959; TLS: RFC 4217; extended passive mode: RFC 2428).
//
// Read: the greeting, the answer to SYST, whether a password crossed, whether a login was accepted and whether it was
// anonymous, and the change to TLS, which is handed over. The argument of USER is only compared with the names of anonymous
// users, that of PASS never read, and no path or file name looked at.

final class FTPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ftp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first.isDigit { return context.role == .client ? .no : Self.probeReplies(head, context) }
        return context.role == .server ? .no : Self.probeCommands(head, context)
    }

    /// A server: its greeting, or answers that no other protocol gives.
    private static func probeReplies(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard context.isStart else {
            return Self.isUnmistakable(reply: head) || (context.isProved && head.replyCode(at: 0) != nil) ? .yes : .no
        }
        guard head.byteCount >= 4 else { return head.isText ? .notYet : .no }
        // A greeting is 220, or 120 where the server asks for patience (RFC 959 section 5.4).
        guard let greeting = head.replyCode(at: 0), greeting == 220 || greeting == 120 else { return .no }
        var start = 0
        while start < head.byteCount {
            let end = head.firstIndex(of: 0x0A, from: start)
            let line = head.slice(from: start, count: (end ?? head.byteCount) &- start)
            guard line.isText else { return .no }
            switch head.replyCode(at: start) {
            case 220, 120, nil:
                // SMTP servers greet with the same code, also on hosts that are called "ftp".
                if line.containsIgnoringCase("smtp") || line.containsIgnoringCase("lmtp") { return .no }
                // The whole line has to be there, as SMTP may stand behind.
                if end != nil, line.containsIgnoringCase("ftp") { return .yes }
            case 331, 332, 230, 215, 227, 229, 234: return .yes
            case 250, 334, 235, 354: return .no
            default: break
            }
            guard let end else { return .notYet }
            start = end &+ 1
        }
        return .notYet
    }

    /// Answers that are recognised by themselves, in mid-stream.
    private static func isUnmistakable(reply: RawSpan) -> Bool {
        switch reply.replyCode(at: 0) {
        case 227: reply.firstIndex(of: 0x28) != nil && reply.containsIgnoringCase("passive")
        case 229: reply.firstRange(of: "(|||") != nil
        case 331: reply.containsIgnoringCase("password") || reply.containsIgnoringCase("mot de passe")
        case 230: reply.containsIgnoringCase("logged in") || reply.containsIgnoringCase("login successful")
        case 220: reply.containsIgnoringCase("ftp") && !reply.containsIgnoringCase("smtp")
        case 211: reply.containsIgnoringCase("extensions supported") || reply.containsIgnoringCase("features:")
        case 234: reply.containsIgnoringCase("auth") && reply.containsIgnoringCase("tls")
        default: false
        }
    }

    /// A client: commands that no other protocol has. `USER` and `PASS` are also POP3's.
    private static func probeCommands(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var start = 0
        while start < head.byteCount {
            let end = head.firstIndex(of: 0x0A, from: start)
            let line = head.slice(from: start, count: (end ?? head.byteCount) &- start)
            switch Command.probe(line, isComplete: end != nil) {
            case .yes: return .yes
            case .no: return .no
            case .notYet: break
            }
            guard context.isStart else { return context.isProved ? .yes : .no }
            guard let end else { return .notYet }
            start = end &+ 1
        }
        return .notYet
    }

    // MARK: State

    /// The longest line that is read; the rest of longer ones is passed over.
    private static let lineLimit = 2048
    /// Once this many lines were exchanged, nothing new is to be expected.
    private static let exchangeLimit = 200

    private var lines = 0
    /// Whether the rest of a line that was too long is being passed over, by side.
    private var isPassing: (initiator: Bool, responder: Bool) = (false, false)
    /// The code of the reply of several lines that is being read.
    private var openReply: Int?
    private var greeting: (first: [UInt8], last: [UInt8]) = ([], [])
    private var isGreeted = false
    /// Whether the user who logs in is an anonymous one; `nil` where no name was seen.
    private var isAnonymous: Bool?
    private var isPasswordSent = false
    private var isTLSAsked = false
    private var isSecurityAccepted = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        // A TLS record where a line should begin: AUTH TLS was accepted, whether or not both sides were seen.
        if bytes.u8(at: 0) == 0x16, self.isTLSAsked || self.isSecurityAccepted {
            guard let version = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            if version == 3 { return self.upgrade(0, &context) }
        }
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLimit) else {
            guard bytes.byteCount >= Self.lineLimit else { return Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) }
            self.pass(true, side)
            return Consumption(bytes.byteCount)
        }
        let wasPassing = self.pass(false, side)
        self.lines &+= 1
        if self.lines > Self.exchangeLimit { return .finished }
        let consumed = end &+ 1
        if wasPassing { return Consumption(consumed) }
        let line = bytes.slice(from: 0, count: end)
        guard line.isText || side != context.serverSide else { return .failed }
        if context.rolesAreSure ? context.role(of: side) == .server : line.u8(at: 0)?.isDigit ?? false {
            context.declare(side, is: .server)
            return self.reply(line, consumed, &context)
        }
        return self.command(line, consumed, from: side, &context)
    }

    /// - Returns: what was set before.
    @discardableResult
    private func pass(_ isPassing: Bool, _ side: Side) -> Bool {
        defer { if side == .initiator { self.isPassing.initiator = isPassing } else { self.isPassing.responder = isPassing } }
        return side == .initiator ? self.isPassing.initiator : self.isPassing.responder
    }

    private func upgrade(_ consumed: Int, _ context: inout DissectionContext) -> Consumption {
        context.record(.ftpAuthTLS, 1, about: .server)
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return Consumption(consumed, .handOver)
    }

    // MARK: Commands

    private func command(_ line: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let command = Command(line)
        if command != .other { context.declare(side, is: .client) }
        if line.hasIgnoringCase("port ") || line.hasIgnoringCase("eprt ") {
            if let port = DataPort(line.slice(from: 5)) { context.record(.ftpDataPort, port.number, about: .client) }
        }
        switch command {
        case .user(let isAnonymous):
            self.isAnonymous = isAnonymous
            self.isPasswordSent = false
        case .password:
            self.isPasswordSent = true
            // The "password" of an anonymous user is no secret.
            if self.isAnonymous == false { context.record(.loginClear, "ftp", about: .server) }
        case .authTLS: self.isTLSAsked = true
        case .decisive, .other: break
        }
        return Consumption(consumed)
    }

    // MARK: Replies

    private func reply(_ line: RawSpan, _ consumed: Int, _ context: inout DissectionContext) -> Consumption {
        let text: RawSpan
        let code: Int
        let isLast: Bool
        if let open = self.openReply {
            // RFC 959 section 4.2: the last line of several repeats the code with a space; the others are free text.
            code = open
            isLast = line.replyCode(at: 0) == open && line.u8(at: 3) != 0x2D
            text = isLast || line.replyCode(at: 0) == open ? line.slice(from: 4) : line
        } else {
            guard let first = line.replyCode(at: 0) else { return Consumption(consumed) }
            code = first
            isLast = line.u8(at: 3) != 0x2D
            text = line.slice(from: 4)
        }
        self.openReply = isLast ? nil : code
        switch code {
        case 220: self.greet(text.trimmed, isLast: isLast, &context)
        case 215 where isLast: context.record(.ftpSystem, text.trimmed, about: .server)
        case 230 where isLast: self.accept(&context)
        case 227 where isLast, 229 where isLast:
            if let port = DataPort(text) { context.record(.ftpDataPort, port.number, about: .serverHost) }
        case 234 where isLast:
            if self.isTLSAsked { return self.upgrade(consumed, &context) }
            // Which mechanism was asked for is not known: what follows tells.
            self.isSecurityAccepted = true
        default: break
        }
        return Consumption(consumed)
    }

    /// The greeting; of several lines the first and the last, as those between are for people, and often hold the time.
    private func greet(_ text: RawSpan, isLast: Bool, _ context: inout DissectionContext) {
        guard !self.isGreeted else { return }
        if !text.isEmpty {
            if self.greeting.first.isEmpty {
                self.greeting.first = text.copied(limit: 512)
            } else {
                self.greeting.last = text.copied(limit: 512)
            }
        }
        guard isLast else { return }
        self.isGreeted = true
        let (first, last) = self.greeting
        context.record(.ftpBanner, first.rawSpan, about: .server)
        context.record(.ftpBanner, last.rawSpan, about: .server)
    }

    private func accept(_ context: inout DissectionContext) {
        if self.isAnonymous == true {
            context.record(.loginAnonymous, "ftp", about: .server)
        } else if self.isAnonymous == false, self.isPasswordSent {
            context.record(.loginAccepted, "ftp", about: .server)
        }
        self.isPasswordSent = false
    }

    func lost(_ count: Int, from side: Side) {
        self.openReply = nil
        self.pass(false, side)
        // A USER or a refusal may have been lost.
        self.isAnonymous = nil
        self.isPasswordSent = false
    }
}

/// What the dissector has to tell apart of the commands (RFC 959 section 4.1).
private enum Command: Hashable {
    case user(isAnonymous: Bool)
    case password
    case authTLS
    /// A command that only FTP has.
    case decisive
    case other

    init(_ line: RawSpan) {
        // Before ABOR some clients send the telnet commands IP and Synch (section 4.1.3).
        var start = 0
        while let byte = line.u8(at: start), byte >= 0xF0 { start &+= 1 }
        let line = line.slice(from: start).trimmed
        if line.hasIgnoringCase("user ") {
            let name = line.slice(from: 5).trimmed
            self = .user(
                isAnonymous: (name.byteCount == 9 && name.hasIgnoringCase("anonymous"))
                    || (name.byteCount == 3 && name.hasIgnoringCase("ftp")))
        } else if line.hasIgnoringCase("pass") && (line.byteCount == 4 || line.u8(at: 4) == 0x20) {
            self = .password
        } else if line.hasIgnoringCase("auth tls") || line.hasIgnoringCase("auth ssl") {
            self = .authTLS
        } else {
            self = Self.isDecisive(line) ? .decisive : .other
        }
    }

    private static func isDecisive(_ line: RawSpan) -> Bool {
        switch line.byteCount {
        case 4:
            line.hasIgnoringCase("pasv") || line.hasIgnoringCase("epsv") || line.hasIgnoringCase("syst")
                || line.hasIgnoringCase("feat")
        case 5...:
            line.hasIgnoringCase("type ") && line.byteCount <= 8 || line.hasIgnoringCase("port ") && Self.isHostPort(line)
                || line.hasIgnoringCase("eprt |") || line.hasIgnoringCase("opts utf8") || line.hasIgnoringCase("opts mlst")
                || line.hasIgnoringCase("pbsz ")
                || line.hasIgnoringCase("prot ") && line.byteCount == 6
        default: false
        }
    }

    /// `PORT h1,h2,h3,h4,p1,p2` (section 4.1.2).
    private static func isHostPort(_ line: RawSpan) -> Bool {
        var commas = 0
        var offset = 5
        while let byte = line.u8(at: offset) {
            guard byte.isDigit || byte == 0x2C else { return false }
            if byte == 0x2C { commas &+= 1 }
            offset &+= 1
        }
        return commas == 5
    }

    /// Whether a line is a command of FTP: `.notYet` for those that other protocols have too, or that are not complete.
    static func probe(_ line: RawSpan, isComplete: Bool) -> Probe {
        var verb: UInt32 = 0
        var count = 0
        while let byte = line.u8(at: count), byte.isLetter {
            guard count < 4 else { return .no }
            verb = verb &<< 8 | UInt32(byte & 0xDF)
            count &+= 1
        }
        guard count < line.byteCount else { return count > 0 ? .notYet : .no }
        guard Self.verbs.contains(verb), line.isText else { return .no }
        guard isComplete else { return .notYet }
        switch Command(line) {
        case .decisive, .authTLS: return .yes
        // IRC: USER name mode unused :real name (RFC 2812 section 3.1.3).
        case .user: return line.firstRange(of: " :") == nil ? .notYet : .no
        case .password, .other: return .notYet
        }
    }

    /// The commands of RFC 959, RFC 2228, RFC 2428, RFC 3659 and RFC 7151, as big-endian numbers.
    private static let verbs = Set(
        """
        USER PASS ACCT CWD CDUP SMNT REIN QUIT PORT PASV TYPE STRU MODE RETR STOR STOU APPE ALLO REST RNFR RNTO ABOR DELE RMD MKD PWD \
        LIST NLST SITE SYST STAT HELP NOOP AUTH ADAT PROT PBSZ CCC MIC CONF ENC FEAT OPTS EPRT EPSV MDTM MLSD MLST SIZE HOST LANG CLNT \
        XCUP XCWD XMKD XPWD XRMD
        """.split(separator: " ").map { $0.utf8.reduce(0) { $0 &<< 8 | UInt32($1) } })
}

/// The port of a data connection as PASV and PORT give it (`h1,h2,h3,h4,p1,p2`, RFC 959 section 4.1.2) or EPSV and EPRT
/// (`|net|address|port|`, RFC 2428). The address is left out: it is the sender's own, or a translated one.
private struct DataPort {
    let number: Int64

    init?(_ text: RawSpan) {
        var numbers: [Int64] = []
        var current: Int64?
        var offset = 0
        var isExtended = false
        while offset <= text.byteCount, offset < 256 {
            let byte = text.u8(at: offset) ?? 0
            if byte.isDigit {
                let digits = (current ?? 0).multipliedReportingOverflow(by: 10)
                guard !digits.overflow, digits.partialValue < 100_000 else { return nil }
                current = digits.partialValue &+ Int64(byte &- 0x30)
            } else {
                if byte == 0x7C { isExtended = true }
                if let number = current, numbers.count < 16 { numbers.append(number) }
                current = nil
            }
            offset &+= 1
        }
        let port: Int64
        if isExtended {
            guard let last = numbers.last else { return nil }
            port = last
        } else {
            guard numbers.count >= 6, let high = numbers.dropLast().last, let low = numbers.last, high < 256, low < 256 else { return nil }
            port = high &* 256 &+ low
        }
        guard port > 0, port < 65536 else { return nil }
        self.number = port
    }
}
