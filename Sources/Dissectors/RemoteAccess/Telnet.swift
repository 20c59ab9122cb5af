import Observations
import Wire

// Telnet (RFC 854): the negotiation of options by both sides, the lines that the server shows first, and whether a password
// was typed.
//
// Telnet is recognised by its commands: a dialogue of plain text without any is not telnet. Nothing that is typed, nothing
// that the server sends once typing has begun and no content of a sub-negotiation (user names, environment) is ever kept.

final class TelnetDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.telnet

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        if head.u8(at: 0) == Command.interpretAsCommand { return Self.probeCommands(head, context) }
        // A server may show text before it negotiates.
        guard context.isStart, context.role != .client, head.replyCode(at: 0) == nil, !head.has("HTTP/"), !head.has("SSH-"),
            !head.has("RFB ")
        else { return .no }
        guard let command = head.firstIndex(of: Command.interpretAsCommand) else { return head.isText ? .notYet : .no }
        guard head.slice(from: 0, count: command).isText else { return .no }
        return Self.probeCommands(head.slice(from: command), context)
    }

    /// A sub-negotiation with its end, or two commands that negotiate known options one after the other, are telnet; at the
    /// start of a side so is one command in front of text. Elsewhere a single one is too little: FF FB also begins a frame of MPEG audio, FF FE a text in UTF-16.
    private static func probeCommands(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        var offset = 0
        var count = 0
        while head.u8(at: offset) == Command.interpretAsCommand {
            guard let verb = head.u8(at: offset &+ 1) else { return .notYet }
            guard Command.subnegotiation <= verb, verb <= Command.dont else { return .no }
            guard let option = head.u8(at: offset &+ 2) else { return .notYet }
            guard Option.isKnown(option) else { return .no }
            if verb == Command.subnegotiation {
                guard Self.endOfSubnegotiation(head, from: offset &+ 3) != nil else { return head.byteCount < 512 ? .notYet : .no }
                return .yes
            }
            count &+= 1
            if count == 2 { return .yes }
            offset &+= 3
        }
        let text = head.slice(from: offset, count: 4)
        guard context.isStart, text.isText else { return .no }
        return text.byteCount == 4 ? .yes : .notYet
    }

    /// The offset behind IAC SE.
    private static func endOfSubnegotiation(_ bytes: RawSpan, from start: Int) -> Int? {
        var offset = start
        while let found = bytes.firstIndex(of: Command.interpretAsCommand, from: offset) {
            guard let next = bytes.u8(at: found &+ 1) else { return nil }
            offset = found &+ 2
            if next == Command.endOfSubnegotiation { return offset }
        }
        return nil
    }

    // MARK: State

    private static let subnegotiationLimit = 4096
    private static let optionLimit = 40
    private static let bannerLines = 4
    private static let bannerLength = 120
    /// A login comes early: what is behind these many bytes of a side is a session.
    private static let sessionLimit = 65536

    private var options: (initiator: Int, responder: Int) = (0, 0)
    /// What the server has written since its last line end, at most ``lineLimit`` bytes of it.
    private var line: [UInt8] = []
    private static let lineLimit = 256
    private var linesShown = 0
    /// Whether the banner is over: the client typed, or something asked it to.
    private var isBannerOver = false
    private var isClientSeen = false
    private var dataBytes = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        var offset = 0
        while let byte = bytes.u8(at: offset) {
            if byte == Command.interpretAsCommand {
                guard let verb = bytes.u8(at: offset &+ 1) else { return Consumption(offset, .more(atLeast: 2)) }
                switch verb {
                case Command.will, Command.wont, Command.do, Command.dont:
                    guard let option = bytes.u8(at: offset &+ 2) else { return Consumption(offset, .more(atLeast: 3)) }
                    self.negotiate(verb, option, from: side, &context)
                    offset &+= 3
                case Command.subnegotiation:
                    guard let end = Self.endOfSubnegotiation(bytes, from: offset &+ 2) else {
                        let held = bytes.byteCount &- offset
                        return held < Self.subnegotiationLimit ? Consumption(offset, .more(atLeast: held &+ 1)) : .failed
                    }
                    offset = end
                default:
                    // IAC IAC is the data byte FF; the other commands have no parameter.
                    offset &+= 2
                }
                if side != context.serverSide { self.isClientSeen = true }
            } else {
                offset &+= 1
                self.dataBytes &+= 1
                if self.dataBytes > Self.sessionLimit { return .finished }
                if side == context.serverSide {
                    self.write(byte, &context)
                } else if self.type(byte, &context) {
                    return .finished
                }
            }
        }
        return Consumption(offset)
    }

    func lost(_ count: Int, from side: Side) {
        // What was lost may have been typed.
        self.isBannerOver = true
        self.line = []
    }

    private func negotiate(_ verb: UInt8, _ option: UInt8, from side: Side, _ context: inout DissectionContext) {
        if let role = Option.role(of: verb, option) { context.declare(side, is: role) }
        guard verb == Command.will || verb == Command.do, context.rolesAreSure else { return }
        let count = side == .initiator ? self.options.initiator : self.options.responder
        guard count < Self.optionLimit else { return }
        if side == .initiator { self.options.initiator &+= 1 } else { self.options.responder &+= 1 }
        context.record(.telnetOption, Option.name(option), about: context.party(side))
    }

    /// Takes a byte that the server shows.
    private func write(_ byte: UInt8, _ context: inout DissectionContext) {
        guard byte == 0x0A || byte == 0x0D else {
            if self.line.count < Self.lineLimit { self.line.append(byte) }
            return
        }
        defer { self.line.removeAll(keepingCapacity: true) }
        let line = self.line
        guard !self.isBannerOver, !line.rawSpan.trimmed.isEmpty else { return }
        // A prompt with what was typed behind it is a line too. Where the client is not seen, whatever may be a prompt ends
        // the banner.
        let mayBePrompt = Self.mayBePrompt(line.rawSpan)
        guard context.rolesAreSure, !mayBePrompt || (self.isClientSeen && !Self.asksForLogin(line.rawSpan)) else {
            self.isBannerOver = true
            return
        }
        let text = Self.withoutEscapeSequences(line)
        context.record(.telnetBanner, String(PrintableText.make(text.rawSpan.trimmed).prefix(Self.bannerLength)), about: .server)
        self.linesShown &+= 1
        self.isBannerOver = self.linesShown >= Self.bannerLines
    }

    /// The line without what moves the cursor or chooses colours (ECMA-48 section 5.4) and without control characters.
    private static func withoutEscapeSequences(_ line: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var isEscaped = false
        var isSequence = false
        for byte in line {
            if isSequence {
                isSequence = byte < 0x40 || byte > 0x7E
            } else if isEscaped {
                isEscaped = false
                isSequence = byte == 0x5B
            } else if byte == 0x1B {
                isEscaped = true
            } else if byte >= 0x20 || byte == 0x09 {
                text.append(byte == 0x09 ? 0x20 : byte)
            }
        }
        return text
    }

    /// Takes a byte that the client typed.
    /// - Returns: whether it answers a prompt for a password, after which there is nothing more to learn.
    private func type(_ byte: UInt8, _ context: inout DissectionContext) -> Bool {
        self.isClientSeen = true
        self.isBannerOver = true
        let line = self.line
        guard byte > 0x20, !line.isEmpty else { return false }
        guard Self.isPasswordPrompt(line.rawSpan) else {
            // It need not be asked again for every key.
            self.line = []
            return false
        }
        context.record(.loginClear, "telnet", about: .server)
        return true
    }

    private static func isPasswordPrompt(_ line: RawSpan) -> Bool {
        line.containsIgnoringCase("assword") || line.containsIgnoringCase("mot de passe") || line.containsIgnoringCase("asswd")
            || line.containsIgnoringCase("passwort")
    }
    /// Whether something stands in the line behind which one types.
    private static func mayBePrompt(_ line: RawSpan) -> Bool {
        for mark in [0x3A, 0x3E, 0x3F, 0x23, 0x24, 0x25, 0x3D] as [UInt8] where line.firstIndex(of: mark) != nil { return true }
        return false
    }
    /// Whether the line asks for a name or a password.
    private static func asksForLogin(_ line: RawSpan) -> Bool {
        self.isPasswordPrompt(line) || line.containsIgnoringCase("login") || line.containsIgnoringCase("user")
            || line.containsIgnoringCase("identifiant") || line.containsIgnoringCase("utilisateur")
            || line.containsIgnoringCase("account")
            || line.containsIgnoringCase("compte") || line.containsIgnoringCase("benutzer") || line.containsIgnoringCase("name")
            || line.containsIgnoringCase("nom")
    }
}

/// Commands (RFC 854).
private enum Command {
    static let endOfSubnegotiation: UInt8 = 240
    static let subnegotiation: UInt8 = 250
    static let will: UInt8 = 251
    static let wont: UInt8 = 252
    static let `do`: UInt8 = 253
    static let dont: UInt8 = 254
    static let interpretAsCommand: UInt8 = 255
}

/// Options (IANA registry "Telnet Options").
private enum Option {
    static func isKnown(_ option: UInt8) -> Bool { option <= 49 || (138...141).contains(option) || option == 85 || option == 86 }

    /// Which side says so: a server echoes, a client has a terminal, a window and an environment.
    static func role(of verb: UInt8, _ option: UInt8) -> Role? {
        switch (verb, option) {
        case (Command.will, 1): .server
        case (Command.will, 24), (Command.will, 31), (Command.will, 32), (Command.will, 35), (Command.will, 39): .client
        case (Command.do, 24), (Command.do, 31), (Command.do, 32), (Command.do, 35), (Command.do, 39): .server
        default: nil
        }
    }

    static func name(_ option: UInt8) -> String {
        switch option {
        case 0: "binary"
        case 1: "echo"
        case 3: "suppress-go-ahead"
        case 5: "status"
        case 6: "timing-mark"
        case 18: "logout"
        case 23: "send-location"
        case 24: "terminal-type"
        case 25: "end-of-record"
        case 31: "window-size"
        case 32: "terminal-speed"
        case 33: "remote-flow-control"
        case 34: "linemode"
        case 35: "x-display-location"
        case 36: "environment"
        case 37: "authentication"
        case 38: "encryption"
        case 39: "new-environment"
        case 40: "tn3270e"
        case 42: "charset"
        case 44: "com-port"
        case 46: "start-tls"
        default: String(option)
        }
    }
}
