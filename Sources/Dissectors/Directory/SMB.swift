import Observations
import Wire

// Server Message Block: version 1 ([MS-CIFS], [MS-SMB]) and versions 2 and 3 ([MS-SMB2]), directly over TCP and over the NetBIOS
// session service (RFC 1002 section 4.3).
//
// Read: the dialects offered and the one chosen, signing and encryption, kinds of sessions and shares that the server opened, the
// names of systems in version 1, and the security tokens. Names of users, shares and files are not kept: of shares only whether
// they are administrative, of pipes only those of a closed list.

final class SMBDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.smb

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let type = head.u8(at: 0) else { return .notYet }
        switch type {
        case SessionService.message:
            guard let length = head.u32(at: 0) else { return .notYet }
            // An empty header is 32 octets in version 1; lengths have 17 bits over NetBIOS and 24 without it.
            guard length >= 35 else { return .no }
            return Self.probeMessage(head.slice(from: 4), context)
        case SessionService.request:
            guard context.role != .server else { return .no }
            guard let header = head.u32(at: 0) else { return head.u8(at: 1) ?? 0 == 0 ? .notYet : .no }
            // Two encoded names of 34 octets.
            guard header == 0x8100_0044 else { return .no }
            guard head.byteCount >= 72 else { return .notYet }
            return NetBIOSName.isEncoded(head, at: 4) && NetBIOSName.isEncoded(head, at: 38) ? .yes : .no
        case SessionService.accepted:
            guard context.role != .client, context.isStart, head.u8(at: 1) ?? 0 == 0, head.u8(at: 2) ?? 0 == 0, head.u8(at: 3) ?? 0 == 0 else { return .no }
            let next = head.slice(from: 4)
            guard next.u8(at: 0) ?? 0 == 0 else { return .no }
            return next.byteCount < 4 ? .notYet : Self.probeMessage(next.slice(from: 4), context)
        default:
            return .no
        }
    }

    private static func probeMessage(_ message: RawSpan, _ context: ProbeContext) -> Probe {
        for (offset, octet) in [UInt8(ascii: "S"), UInt8(ascii: "M"), UInt8(ascii: "B")].enumerated() {
            if let byte = message.u8(at: offset &+ 1), byte != octet { return .no }
        }
        switch message.u8(at: 0) {
        case nil: return .notYet
        case SMB1.mark:
            guard let flags = message.u8(at: 9) else { return .notYet }
            if let role = context.role, (flags & SMB1.reply != 0) != (role == .server) { return .no }
            return .yes
        case SMB2.mark:
            guard let size = message.u16le(at: 4), let flags = message.u32le(at: 16) else { return .notYet }
            guard size == 64 else { return .no }
            if let role = context.role, (flags & SMB2.response != 0) != (role == .server) { return .no }
            return .yes
        case SMB2.encrypted, SMB2.compressed: return message.byteCount < 4 ? .notYet : .yes
        default: return .no
        }
    }

    // MARK: State

    /// The longest message that is read as a whole; of longer ones only the header.
    private static let wholeLimit = 60_000
    /// The most messages that are looked at: what a conversation says of itself is at its beginning.
    private static let messageLimit = 4096
    /// The most messages that come in one frame.
    private static let chainLimit = 16
    private static let pendingLimit = 16

    private var messages = 0
    /// How the last challenge was answered.
    private var response: NTLMMessage.Response?
    /// Kind of the session that was accepted last.
    private var session: String?
    /// Requests for something named that waits for its answer, by their message identifiers.
    private var pending: [(message: UInt64, name: Name)] = []

    private enum Name {
        case adminShare(String)
        case pipe(String)
    }

    func lost(_ count: Int, from side: Side) { self.pending = [] }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let header = bytes.u32(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        let length = Int(header & 0x00FF_FFFF)
        switch UInt8(truncatingIfNeeded: header &>> 24) {
        case SessionService.message: break
        case SessionService.request:
            context.declare(side, is: .client)
            return length == 68 ? Consumption(4, .skip(68)) : .failed
        case SessionService.accepted:
            context.declare(side, is: .server)
            return length == 0 ? Consumption(4) : .failed
        case SessionService.keepAlive: return length == 0 ? Consumption(4) : .failed
        case SessionService.refused, SessionService.retarget: return .finished
        default: return .failed
        }
        if length == 0 { return Consumption(4) }
        guard length >= 32 else { return .failed }
        let head = min(length, SMB2.headerLength) &+ 4
        guard bytes.byteCount >= head else { return Consumption(0, .more(atLeast: head)) }
        self.messages &+= 1
        guard self.messages <= Self.messageLimit else { return .finished }
        let message = bytes.slice(from: 4)
        guard message.has("SMB", at: 1) else { return .failed }
        let isWanted: Bool
        switch message.u8(at: 0) {
        case SMB1.mark: isWanted = SMB1.wanted.contains(message.u8(at: 4) ?? 0)
        case SMB2.mark:
            guard length >= SMB2.headerLength else { return .failed }
            isWanted = SMB2.wanted.contains(message.u16le(at: 12) ?? 0) || message.u32le(at: 20) ?? 0 != 0
        case SMB2.encrypted:
            context.record(.smbEncryption, "used", about: .server)
            // From here on only the ciphers speak.
            return .finished
        case SMB2.compressed: isWanted = false
        default: return .failed
        }
        let end = length &+ 4
        guard isWanted, end <= Self.wholeLimit else { return Consumption(4, .skip(length)) }
        guard bytes.byteCount >= end else {
            self.messages &-= 1
            return Consumption(0, .more(atLeast: end))
        }
        let whole = bytes.slice(from: 4, count: length)
        if message.u8(at: 0) == SMB1.mark {
            self.consumeFirst(whole, from: side, &context)
        } else {
            self.consumeSecond(whole, from: side, &context)
        }
        return Consumption(end)
    }

    // MARK: Version 1

    private func consumeFirst(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let flags = message.u8(at: 9), let status = message.u32le(at: 5), let identifier = message.u16le(at: 30) else { return }
        let isReply = flags & SMB1.reply != 0
        context.declare(side, is: isReply ? .server : .client)
        var command = message.u8(at: 4) ?? 0
        var offset = 32
        // Requests that follow each other in one message (AndX) say where the next one stands.
        for _ in 0..<4 {
            guard let block = SMB1Block(message, at: offset) else { return }
            let isUnicode = (message.u16le(at: 10) ?? 0) & SMB1.unicode != 0
            switch (command, isReply) {
            case (SMB1.negotiate, false): self.readDialects(block.data, side, context)
            case (SMB1.negotiate, true): self.readChoice(block, status: status, side, context)
            case (SMB1.sessionSetup, false): self.readSetup(block, of: message, side, context, isUnicode: isUnicode)
            case (SMB1.sessionSetup, true): self.readSetupReply(block, of: message, status: status, side, context, isUnicode: isUnicode)
            case (SMB1.treeConnect, false):
                let skipped = Int(block.words.u16le(at: 6) ?? 0)
                let start = SMB1.aligned(block.dataOffset &+ skipped, isUnicode)
                self.expect(.adminShare(ShareName.administrative(SMB1.text(message.slice(from: start), isUnicode))), UInt64(identifier))
            case (SMB1.treeConnect, true):
                guard status == 0 else { break }
                let service = block.data
                self.openShare(service.has("A:") ? "disk" : service.has("IPC") ? "pipe" : service.has("LPT1:") ? "print" : "", side, context)
                self.answered(UInt64(identifier), context)
            case (SMB1.create, false):
                let start = SMB1.aligned(block.dataOffset, isUnicode)
                self.expect(.pipe(PipeName.known(SMB1.text(message.slice(from: start), isUnicode))), UInt64(identifier))
            case (SMB1.create, true): if status == 0 { self.answered(UInt64(identifier), context) }
            default: return
            }
            guard SMB1.chained.contains(command), let next = block.words.u8(at: 0), next != 0xFF, let place = block.words.u16le(at: 2),
                Int(place) > offset
            else { return }
            command = next
            offset = Int(place)
        }
    }

    /// [MS-CIFS] section 2.2.4.52.1: names in ASCII, each behind an octet 2.
    private func readDialects(_ data: RawSpan, _ side: Side, _ context: DissectionContext) {
        var offset = 0
        for _ in 0..<32 {
            guard data.u8(at: offset) == 2, let end = data.firstIndex(of: 0, from: offset) else { return }
            let name = data.slice(from: offset &+ 1, count: end &- offset &- 1)
            let dialect = name.equals("SMB 2.002") ? "2.0.2" : name.equals("SMB 2.???") ? "2.x" : "1"
            context.record(.smbDialectOffered, dialect, about: context.party(side))
            offset = end &+ 1
        }
    }

    /// Sections 2.2.4.52.2 and, of [MS-SMB], 2.2.4.5.2.
    private func readChoice(_ block: borrowing SMB1Block, status: UInt32, _ side: Side, _ context: DissectionContext) {
        guard status == 0, block.wordCount == 17 || block.wordCount == 13, let dialect = block.words.u16le(at: 0), dialect != 0xFFFF else { return }
        context.record(.smbDialect, "1", about: context.party(side))
        guard block.wordCount == 17, let mode = block.words.u8(at: 2), let capabilities = block.words.u32le(at: 19) else { return }
        let signing = mode & 0x08 != 0 ? "required" : mode & 0x04 != 0 ? "enabled" : "none"
        context.record(.smbSigning, signing, about: context.party(side))
        guard capabilities & SMB1.extendedSecurity != 0 else { return }
        // Behind the identifier of the server.
        SecurityToken.record(block.data.slice(from: 16), from: side, context)
    }

    /// Sections 2.2.4.53.1 and, of [MS-SMB], 2.2.4.6.1. Names of users and domains stand between the responses and the names of systems.
    private func readSetup(_ block: borrowing SMB1Block, of message: RawSpan, _ side: Side, _ context: DissectionContext, isUnicode: Bool) {
        let words = block.words
        var start = block.dataOffset
        var stepped = 0
        switch block.wordCount {
        case 12:
            let length = Int(words.u16le(at: 14) ?? 0)
            if let response = SecurityToken.record(block.data.slice(from: 0, count: length), from: side, context) { self.response = response }
            start &+= length
        case 13:
            guard let lm = words.u16le(at: 14), let nt = words.u16le(at: 16) else { return }
            let response = NTLMMessage.response(lm: Int(lm), nt: Int(nt), hasSessionSecurity: false)
            context.record(.ntlmResponse, response.rawValue, about: .conversation)
            self.response = response
            start &+= Int(lm) &+ Int(nt)
            stepped = 2
        default: return
        }
        self.readSystem(message, from: start, behind: stepped, side, context, isUnicode: isUnicode)
    }

    /// Sections 2.2.4.53.2 and, of [MS-SMB], 2.2.4.6.2.
    private func readSetupReply(
        _ block: borrowing SMB1Block, of message: RawSpan, status: UInt32, _ side: Side, _ context: DissectionContext, isUnicode: Bool
    ) {
        guard let action = block.words.u16le(at: 4) else { return self.refused(status) }
        var start = block.dataOffset
        if block.wordCount == 4 {
            let length = Int(block.words.u16le(at: 6) ?? 0)
            SecurityToken.record(block.data.slice(from: 0, count: length), from: side, context)
            start &+= length
        }
        self.readSystem(message, from: start, behind: 0, side, context, isUnicode: isUnicode)
        guard status == 0 else { return self.refused(status) }
        self.accepted(action & 1 != 0 ? "guest" : "user", context)
    }

    /// NativeOS and NativeLanMan, behind so many other texts.
    private func readSystem(_ message: RawSpan, from offset: Int, behind stepped: Int, _ side: Side, _ context: DissectionContext, isUnicode: Bool) {
        var start = SMB1.aligned(offset, isUnicode)
        var left = stepped
        while left > 0 {
            start = SMB1.end(message, from: start, isUnicode)
            left &-= 1
        }
        let system = SMB1.text(message.slice(from: start), isUnicode)
        start = SMB1.end(message, from: start, isUnicode)
        let software = SMB1.text(message.slice(from: start), isUnicode)
        // Names of users stand in front: with other characters than ASCII in it, this is not where the texts begin.
        guard (system + software).utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return }
        context.record(.smbNativeOS, system, about: .host(context.host(side)))
        context.record(.smbNativeLANMan, software, about: .host(context.host(side)))
    }

    // MARK: Versions 2 and 3

    private func consumeSecond(_ chain: RawSpan, from side: Side, _ context: inout DissectionContext) {
        var rest = chain
        for _ in 0..<Self.chainLimit {
            guard rest.u8(at: 0) == SMB2.mark, let status = rest.u32le(at: 8), let command = rest.u16le(at: 12), let flags = rest.u32le(at: 16),
                let next = rest.u32le(at: 20), let identifierBytes = rest.u64(at: 24)
            else { return }
            let message = next == 0 ? rest : rest.slice(from: 0, count: Int(next))
            let isResponse = flags & SMB2.response != 0
            context.declare(side, is: isResponse ? .server : .client)
            switch (command, isResponse) {
            case (SMB2.negotiate, false): self.readNegotiation(message, side, context)
            case (SMB2.negotiate, true): if status == 0 { self.readChoice(message, side, context) }
            case (SMB2.sessionSetup, false):
                if let response = SecurityToken.record(SMB2.buffer(message, at: 76), from: side, context) { self.response = response }
            case (SMB2.sessionSetup, true): self.readSetupReply(message, status: status, side, context)
            case (SMB2.treeConnect, false):
                self.expect(.adminShare(ShareName.administrative(WideText.text(SMB2.buffer(message, at: 68)))), identifierBytes)
            case (SMB2.treeConnect, true):
                if status == 0 { self.readShare(message, side, context) }
                if status == 0 { self.answered(identifierBytes, context) }
            case (SMB2.create, false): self.expect(.pipe(PipeName.known(WideText.text(SMB2.buffer(message, at: 108)))), identifierBytes)
            case (SMB2.create, true): if status == 0 { self.answered(identifierBytes, context) }
            default: break
            }
            guard next >= 64, Int(next) < rest.byteCount else { return }
            rest = rest.slice(from: Int(next))
        }
    }

    /// [MS-SMB2] section 2.2.3.
    private func readNegotiation(_ message: RawSpan, _ side: Side, _ context: DissectionContext) {
        guard let count = message.u16le(at: 66) else { return }
        var index = 0
        while index < min(Int(count), 16), let dialect = message.u16le(at: 100 &+ 2 &* index) {
            if let name = SMB2.dialectName(dialect) { context.record(.smbDialectOffered, name, about: context.party(side)) }
            index &+= 1
        }
    }

    /// Section 2.2.4.
    private func readChoice(_ message: RawSpan, _ side: Side, _ context: DissectionContext) {
        guard message.u16le(at: 64) == 65, let mode = message.u16le(at: 66), let dialect = message.u16le(at: 68), let capabilities = message.u32le(at: 88)
        else { return }
        // FF 02 answers a question in version 1 for any of version 2; the real negotiation follows.
        if let name = SMB2.dialectName(dialect) { context.record(.smbDialect, name, about: context.party(side)) }
        context.record(.smbSigning, mode & 2 != 0 ? "required" : mode & 1 != 0 ? "enabled" : "none", about: context.party(side))
        if capabilities & SMB2.canEncrypt != 0 || dialect == 0x0311 && Self.hasCipher(message) {
            context.record(.smbEncryption, "supported", about: context.party(side))
        }
        SecurityToken.record(SMB2.buffer(message, at: 120), from: side, context)
    }

    /// Whether a negotiation context (section 2.2.4.1.2) names a cipher.
    private static func hasCipher(_ message: RawSpan) -> Bool {
        guard let count = message.u16le(at: 70), let start = message.u32le(at: 124) else { return false }
        var offset = Int(start)
        for index in 0..<Self.chainLimit {
            guard index < Int(count), let type = message.u16le(at: offset), let length = message.u16le(at: offset &+ 2) else { return false }
            if type == 2, message.u16le(at: offset &+ 8) == 1, let cipher = message.u16le(at: offset &+ 10) { return cipher != 0 }
            // Each begins at a multiple of eight.
            offset = (offset &+ 8 &+ Int(length) &+ 7) & ~7
        }
        return false
    }

    /// Section 2.2.6.
    private func readSetupReply(_ message: RawSpan, status: UInt32, _ side: Side, _ context: DissectionContext) {
        guard message.u16le(at: 64) == 9, let flags = message.u16le(at: 66) else { return }
        SecurityToken.record(SMB2.buffer(message, at: 68), from: side, context)
        guard status == 0 else { return self.refused(status) }
        if flags & 4 != 0 { context.record(.smbEncryption, "required", about: .server) }
        self.accepted(flags & 1 != 0 ? "guest" : flags & 2 != 0 ? "anonymous" : "user", context)
    }

    /// Section 2.2.10.
    private func readShare(_ message: RawSpan, _ side: Side, _ context: DissectionContext) {
        guard message.u16le(at: 64) == 16, let kind = message.u8(at: 66), let flags = message.u32le(at: 68) else { return }
        self.openShare(kind == 1 ? "disk" : kind == 2 ? "pipe" : kind == 3 ? "print" : "", side, context)
        if flags & 0x8000 != 0 { context.record(.smbEncryption, "required", about: .server) }
    }

    // MARK: What both versions say

    private func accepted(_ kind: String, _ context: DissectionContext) {
        // Some servers do not say that nobody logged in.
        let session = kind == "user" && self.response == .anonymous ? "anonymous" : kind
        self.session = session
        context.record(.smbSession, session, about: .server)
        // To a guest the server gave what it gives to anyone; nothing was accepted.
        if session == "user", let response = self.response {
            context.record(.ntlmAccepted, response.rawValue, about: .server)
        }
        self.response = nil
    }

    /// What a login that failed said does not hold for the next one. STATUS_MORE_PROCESSING_REQUIRED ([MS-ERREF] section 2.3.1) is no end.
    private func refused(_ status: UInt32) {
        if status != 0xC000_0016 { self.response = nil }
    }

    private func openShare(_ kind: String, _ side: Side, _ context: DissectionContext) {
        context.record(.smbShare, kind, about: .server)
        if self.session == "guest" || self.session == "anonymous" { context.record(.smbOpenShare, kind, about: .server) }
    }

    private func expect(_ name: Name, _ message: UInt64) {
        switch name {
        case .adminShare(let text), .pipe(let text): if text.isEmpty { return }
        }
        guard self.pending.count < Self.pendingLimit else { return }
        self.pending.append((message, name))
    }

    private func answered(_ message: UInt64, _ context: DissectionContext) {
        for entry in self.pending where entry.message == message {
            switch entry.name {
            case .adminShare(let share): context.record(.smbAdminShare, share, about: .conversation)
            case .pipe(let pipe): context.record(.smbPipe, pipe, about: .server)
            }
        }
        self.pending.removeAll { $0.message == message }
    }
}

/// Types of packets of the NetBIOS session service (RFC 1002 section 4.3.1).
private enum SessionService {
    static let message: UInt8 = 0x00
    static let request: UInt8 = 0x81
    static let accepted: UInt8 = 0x82
    static let refused: UInt8 = 0x83
    static let retarget: UInt8 = 0x84
    static let keepAlive: UInt8 = 0x85
}

/// Codes of version 1 ([MS-CIFS] section 2.2).
private enum SMB1 {
    static let mark: UInt8 = 0xFF
    static let reply: UInt8 = 0x80
    static let unicode: UInt16 = 0x8000
    static let extendedSecurity: UInt32 = 0x8000_0000

    static let negotiate: UInt8 = 0x72
    static let sessionSetup: UInt8 = 0x73
    static let treeConnect: UInt8 = 0x75
    static let create: UInt8 = 0xA2
    static let wanted: Set<UInt8> = [negotiate, sessionSetup, treeConnect, create]
    static let chained: Set<UInt8> = [sessionSetup, treeConnect, create]

    /// Text in UTF-16 begins at an even place of the message.
    static func aligned(_ offset: Int, _ isUnicode: Bool) -> Int { isUnicode ? (offset &+ 1) & ~1 : offset }

    static func text(_ bytes: RawSpan, _ isUnicode: Bool) -> String {
        if isUnicode { return WideText.text(bytes) }
        return PrintableText.make(bytes.slice(from: 0, count: bytes.firstIndex(of: 0, before: WideText.limit) ?? 0))
    }

    /// The offset behind the text at `offset` and its NUL.
    static func end(_ bytes: RawSpan, from offset: Int, _ isUnicode: Bool) -> Int {
        if isUnicode { return WideText.end(bytes, from: offset) }
        return bytes.firstIndex(of: 0, from: offset).map { $0 &+ 1 } ?? bytes.byteCount
    }
}

/// The parameters and the data of a message of version 1 (section 2.2.3).
private struct SMB1Block: ~Escapable {
    /// Parameters, in words of two octets.
    let wordCount: Int
    let words: RawSpan
    /// Where the data stand in the message.
    let dataOffset: Int
    let data: RawSpan

    @_lifetime(copy message)
    init?(_ message: RawSpan, at offset: Int) {
        guard let count = message.u8(at: offset), let length = message.u16le(at: offset &+ 1 &+ 2 &* Int(count)) else { return nil }
        self.wordCount = Int(count)
        self.words = message.slice(from: offset &+ 1, count: 2 &* Int(count))
        self.dataOffset = offset &+ 3 &+ 2 &* Int(count)
        self.data = message.slice(from: self.dataOffset, count: Int(length))
    }
}

/// Codes of versions 2 and 3 ([MS-SMB2] section 2.2).
private enum SMB2 {
    static let mark: UInt8 = 0xFE
    static let encrypted: UInt8 = 0xFD
    static let compressed: UInt8 = 0xFC
    static let headerLength = 64
    static let response: UInt32 = 1
    static let canEncrypt: UInt32 = 0x40

    static let negotiate: UInt16 = 0
    static let sessionSetup: UInt16 = 1
    static let treeConnect: UInt16 = 3
    static let create: UInt16 = 5
    static let wanted: Set<UInt16> = [negotiate, sessionSetup, treeConnect, create]

    static func dialectName(_ code: UInt16) -> String? {
        switch code {
        case 0x0202: "2.0.2"
        case 0x0210: "2.1"
        case 0x0300: "3.0"
        case 0x0302: "3.0.2"
        case 0x0311: "3.1.1"
        default: nil
        }
    }

    /// What a pair of offset and length, at `offset`, points at.
    @_lifetime(copy message)
    static func buffer(_ message: RawSpan, at offset: Int) -> RawSpan {
        guard let start = message.u16le(at: offset), let length = message.u16le(at: offset &+ 2), Int(start) >= Self.headerLength else {
            return message.slice(from: message.byteCount)
        }
        return message.slice(from: Int(start), count: Int(length))
    }
}

/// Names of shares, `\\server\share`.
private enum ShareName {
    /// `ADMIN$` or a drive such as `C$`; else nothing.
    static func administrative(_ path: String) -> String {
        guard let name = path.split(separator: "\\").last.map({ $0.uppercased() }) else { return "" }
        if name == "ADMIN$" { return name }
        guard name.utf8.count == 2, name.utf8.last == UInt8(ascii: "$"), let drive = name.utf8.first, drive.isLetter else { return "" }
        return name
    }
}

/// Named pipes that are interfaces of the system ([MS-RPCE] section 2.1.1.2 and the protocols that name them).
private enum PipeName {
    private static let known: Set<String> = [
        "atsvc", "browser", "epmapper", "eventlog", "initshutdown", "lsarpc", "lsass", "netdfs", "netlogon", "ntsvcs", "protected_storage",
        "samr", "spoolss", "srvsvc", "svcctl", "efsrpc", "winreg", "wkssvc", "dssetup", "keysvc", "router", "tapsrv", "fssagentrpc",
    ]

    /// The name of a pipe of the list; else nothing.
    static func known(_ path: String) -> String {
        let name = (path.split(separator: "\\").last.map { String($0) } ?? "").lowercased()
        return Self.known.contains(name) ? name : ""
    }
}
