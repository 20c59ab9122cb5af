import Observations
import Wire

// The Session Initiation Protocol (RFC 3261) over UDP and TCP, and of its session descriptions (RFC 8866) where media go.
//
// Read: the method, User-Agent, Server, whether a login by digest crossed, how a registration ended, and port and transport of the
// media. Addresses of record, numbers, names, Via and Contact are never read.

enum SIPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.sip
    static let usualPorts: Set<UInt16> = [5060]

    static func mayBegin(_ octet: UInt8) -> Bool { SIPStartLine.mayBegin(octet) }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Empty lines keep a translated address open (RFC 5626 section 3.5.1).
        if context.protocols.contains(.sip), datagram.isLineEnds { return .more }
        guard SIPStartLine.probe(datagram) == .yes, let size = datagram.headerSectionSize else { return .no }
        var message = SIPMessage()
        guard message.read(section: datagram.slice(from: 0, count: size)) else { return .no }
        message.record(from: side, &context)
        if message.isDescription { SIPDescription.record(datagram.slice(from: size), from: side, context) }
        return .more
    }
}

final class SIPStreamDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.sip

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = SIPStartLine.probe(head)
        return answer == .notYet && !context.isStart ? .no : answer
    }

    /// The largest header section and the largest session description that are read.
    private static let sectionLimit = 16384
    private static let descriptionLimit = 16384
    /// How many messages are read: later ones say the same.
    private static let messageLimit = 400
    private var messages = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        var blank = 0
        while let byte = bytes.u8(at: blank), byte == 0x0D || byte == 0x0A { blank &+= 1 }
        if blank > 0 { return Consumption(blank) }
        if SIPStartLine.probe(bytes) == .no { return .failed }
        guard let size = bytes.headerSectionSize else {
            return bytes.byteCount < Self.sectionLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        var message = SIPMessage()
        guard message.read(section: bytes.slice(from: 0, count: size)) else { return .failed }
        let length = message.length
        if message.isDescription, length <= Self.descriptionLimit {
            guard bytes.byteCount >= size &+ length else { return Consumption(0, .more(atLeast: size &+ length)) }
            message.record(from: side, &context)
            SIPDescription.record(bytes.slice(from: size, count: length), from: side, context)
            return self.end(Consumption(size &+ length))
        }
        message.record(from: side, &context)
        return self.end(length > 0 ? Consumption(size, .skip(length)) : Consumption(size))
    }

    private func end(_ consumption: Consumption) -> Consumption {
        self.messages &+= 1
        return self.messages < Self.messageLimit ? consumption : .finished
    }
}

/// The methods (IANA, "SIP Parameters").
private enum SIPMethod: String, CaseIterable {
    case register = "REGISTER"
    case invite = "INVITE"
    case ack = "ACK"
    case bye = "BYE"
    case cancel = "CANCEL"
    case options = "OPTIONS"
    case subscribe = "SUBSCRIBE"
    case notify = "NOTIFY"
    case publish = "PUBLISH"
    case info = "INFO"
    case refer = "REFER"
    case message = "MESSAGE"
    case update = "UPDATE"
    case prack = "PRACK"

    /// The method with which the bytes begin.
    init?(_ bytes: RawSpan) {
        for method in Self.allCases where bytes.hasWord(method.rawValue) {
            self = method
            return
        }
        return nil
    }
}

/// `REGISTER sip:… SIP/2.0` or `SIP/2.0 200 OK` (RFC 3261 section 7).
private enum SIPStartLine {
    /// The first letters of the methods and of SIP.
    static func mayBegin(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x41, 0x42, 0x43, 0x49, 0x4D, 0x4E, 0x4F, 0x50, 0x52, 0x53, 0x55: true
        default: false
        }
    }

    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard Self.mayBegin(first) else { return .no }
        if first == 0x53, head.u8(at: 1) != 0x55 { return Self.probeStatus(head) }
        var space = 0
        while space < 10, let byte = head.u8(at: space), byte >= 0x41, byte <= 0x5A { space &+= 1 }
        guard let byte = head.u8(at: space) else { return .notYet }
        guard byte == 0x20, SIPMethod(head) != nil else { return .no }
        let target = head.slice(from: space &+ 1, count: 5)
        guard target.hasIgnoringCase("sip:") || target.hasIgnoringCase("sips:") || target.hasIgnoringCase("tel:") || target.hasIgnoringCase("urn:") else {
            // The scheme is not complete.
            return target.byteCount < 5 && head.byteCount < 20 && target.isText ? .notYet : .no
        }
        guard let end = head.firstIndex(of: 0x0A, before: 1024) else { return head.byteCount < 1024 && head.isText ? .notYet : .no }
        let line = head.slice(from: 0, count: end).trimmed
        return line.isText && line.has(" SIP/2.0", at: line.byteCount &- 8) ? .yes : .no
    }

    private static let version = Array("SIP/2.0 ".utf8)

    private static func probeStatus(_ head: RawSpan) -> Probe {
        let answer = head.begins(with: Self.version)
        guard answer == .yes else { return answer }
        for offset in 8..<11 {
            guard let byte = head.u8(at: offset) else { return .notYet }
            guard byte.isDigit else { return .no }
        }
        return .yes
    }
}

/// What a message says of itself in its header section.
private struct SIPMessage {
    private var method: SIPMethod?
    /// 0 for a request.
    private var status = 0
    private var hasDigest = false
    private var hasBasic = false
    private var userAgent: [UInt8] = []
    private var server: [UInt8] = []
    private(set) var length = 0
    private(set) var isDescription = false

    /// The most header fields of a message.
    private static let fieldLimit = 128

    /// - Returns: whether it is one.
    mutating func read(section: RawSpan) -> Bool {
        var start = 0
        var fields = 0
        while start < section.byteCount, fields < Self.fieldLimit {
            let end = section.firstIndex(of: 0x0A, from: start) ?? section.byteCount
            let line = section.slice(from: start, count: end &- start)
            if fields == 0 {
                if line.has("SIP/2.0 ") {
                    for offset in 8..<11 { self.status = self.status &* 10 &+ Int((line.u8(at: offset) ?? 0x30) &- 0x30) }
                    guard self.status >= 100, self.status < 700 else { return false }
                } else {
                    self.method = SIPMethod(line)
                }
            } else {
                self.readField(line)
            }
            fields &+= 1
            start = end &+ 1
        }
        return self.method != nil
    }

    private mutating func readField(_ line: RawSpan) {
        guard let colon = line.firstIndex(of: 0x3A) else { return }
        let name = line.slice(from: 0, count: colon).trimmed
        let value = line.slice(from: colon &+ 1).trimmed
        switch name.byteCount {
        // The short forms (section 7.3.3).
        case 1 where name.hasIgnoringCase("l"), 14 where name.hasIgnoringCase("content-length"): self.length = value.decimal(limit: 7)
        case 1 where name.hasIgnoringCase("c"), 12 where name.hasIgnoringCase("content-type"):
            self.isDescription = value.hasIgnoringCase("application/sdp")
        case 4 where name.hasIgnoringCase("cseq"):
            // `4711 REGISTER`
            if self.status > 0, let space = value.firstIndex(of: 0x20) { self.method = SIPMethod(value.slice(from: space).trimmed) }
        case 6 where name.hasIgnoringCase("server"): self.server = value.copied(limit: 256)
        case 10 where name.hasIgnoringCase("user-agent"): self.userAgent = value.copied(limit: 256)
        case 13 where name.hasIgnoringCase("authorization"), 19 where name.hasIgnoringCase("proxy-authorization"):
            if value.hasIgnoringCase("digest ") { self.hasDigest = true }
            if value.hasIgnoringCase("basic ") { self.hasBasic = true }
        default: break
        }
    }

    func record(from side: Side, _ context: inout DissectionContext) {
        guard let method else { return }
        // Who registers is the client (section 10); in a call either side may ask.
        if method == .register { context.declare(side, is: self.status == 0 ? .client : .server) }
        let party = context.party(side)
        context.record(.sipUserAgent, self.userAgent.rawSpan, about: party)
        context.record(.sipServer, self.server.rawSpan, about: party)
        guard self.status > 0 else {
            context.record(.sipMethod, method.rawValue, about: .conversation)
            if self.hasDigest { context.record(.loginChallenged, "sip-digest", about: .conversation) }
            if self.hasBasic { context.record(.loginClear, "sip-basic", about: .conversation) }
            return
        }
        guard method == .register else { return }
        switch self.status {
        case 200..<300: context.record(.sipRegistration, "accepted", about: .conversation)
        case 401, 407: context.record(.sipRegistration, "challenged", about: .conversation)
        case 400...: context.record(.sipRegistration, "refused", about: .conversation)
        default: break
        }
    }
}

/// A session description: where media are expected, and whether they are encrypted.
private enum SIPDescription {
    private static let lineLimit = 200

    static func record(_ body: RawSpan, from side: Side, _ context: DissectionContext) {
        var host = context.host(side)
        var start = 0
        var lines = 0
        while start < body.byteCount, lines < Self.lineLimit {
            let end = body.firstIndex(of: 0x0A, from: start) ?? body.byteCount
            let line = body.slice(from: start, count: end &- start).trimmed
            // `c=IN IP4 192.0.2.1` stands before the media, or behind one for that one alone.
            if line.has("c=IN IP"), line.u8(at: 8) == 0x20 {
                let text = String(decoding: line.slice(from: 9).copied(limit: 45), as: UTF8.self)
                if let address = IPAddress(text), !address.isUnspecified { host = HostKey(address, in: context.network) }
            } else if line.has("m=audio ") || line.has("m=video ") {
                Self.recordMedia(line.slice(from: 8), host, context)
            }
            lines &+= 1
            start = end &+ 1
        }
    }

    /// `49170 RTP/AVP 0`
    private static func recordMedia(_ text: RawSpan, _ host: HostKey, _ context: DissectionContext) {
        let port = Int64(clamping: text.decimal(limit: 6))
        // Port 0 refuses the medium.
        guard port > 0, port < 65536, let space = text.firstIndex(of: 0x20) else { return }
        context.record(.sipMediaPort, port, about: .host(host))
        let profile = text.slice(from: space &+ 1).firstWord
        for known in ["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"] where profile.isWord(known) {
            context.record(.sipMediaProfile, known, about: .conversation)
        }
    }
}

extension RawSpan {
    fileprivate var isLineEnds: Bool {
        var offset = 0
        while let byte = self.u8(at: offset) {
            guard byte == 0x0D || byte == 0x0A || byte == 0 else { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether the bytes begin with the word and a character that ends one.
    fileprivate func hasWord(_ word: String) -> Bool {
        var offset = 0
        for expected in word.utf8 {
            guard self.u8(at: offset) == expected else { return false }
            offset &+= 1
        }
        guard let next = self.u8(at: offset) else { return true }
        return next <= 0x20
    }

    fileprivate func isWord(_ word: String) -> Bool { self.byteCount == word.utf8.count && self.hasWord(word) }
}
