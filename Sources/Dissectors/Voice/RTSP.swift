import Observations
import Wire

// The Real-Time Streaming Protocol (RFC 2326, RFC 7826).
//
// Read: Server and User-Agent, which authentication is asked for and used, and whether a stream was described without any. Once a
// stream plays the conversation is left. Addresses of streams, names and credentials are never kept.

final class RTSPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rtsp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = RTSPStartLine.probe(head)
        return answer == .notYet && !context.isStart ? .no : answer
    }

    // MARK: State

    private static let sectionLimit = 16384
    private static let openLimit = 32

    /// What an answer has to know of its request.
    private struct Request {
        var method = RTSPMethod.other
        var scheme: String?
    }
    private var open: [Request] = []

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let first = bytes.u8(at: 0) else { return Consumption(0) }
        // Media between the messages (RFC 2326 section 10.12).
        if first == 0x24 { return .finished }
        if first == 0x0D || first == 0x0A { return Consumption(1) }
        if RTSPStartLine.probe(bytes) == .no { return .failed }
        guard let size = bytes.headerSectionSize else {
            return bytes.byteCount < Self.sectionLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        let section = bytes.slice(from: 0, count: size)
        var fields = RTSPFields()
        let isResponse = section.has("RTSP/")
        context.declare(side, is: isResponse ? .server : .client)
        fields.read(section, isResponse: isResponse, from: side, context)
        if isResponse {
            let request = self.open.first
            if fields.status >= 200, request != nil { self.open = Array(self.open.dropFirst()) }
            if let request, self.answer(request, fields.status, context) { return Consumption(size, .finished) }
        } else {
            let request = Request(method: RTSPMethod(section), scheme: fields.scheme)
            if Self.hasCredentials(section) { context.record(.loginClear, "rtsp-address", about: .conversation) }
            switch fields.scheme {
            case "basic": context.record(.loginClear, "rtsp-basic", about: .conversation)
            case "digest": context.record(.loginChallenged, "rtsp-digest", about: .conversation)
            default: break
            }
            guard self.open.count < Self.openLimit else { return .finished }
            self.open.append(request)
        }
        return fields.length > 0 ? Consumption(size, .skip(fields.length)) : Consumption(size)
    }

    /// - Returns: whether nothing more is to be learnt.
    private func answer(_ request: Request, _ status: Int, _ context: DissectionContext) -> Bool {
        let isGranted = (200..<300).contains(status)
        if isGranted, request.scheme == "basic" { context.record(.loginAccepted, "rtsp-basic", about: .conversation) }
        switch request.method {
        case .describe:
            if isGranted {
                context.record(.rtspStream, request.scheme == nil ? "open" : "authenticated", about: .server)
            } else if status == 401 {
                context.record(.rtspStream, "refused", about: .server)
            }
        case .play: return isGranted
        case .other: break
        }
        return false
    }

    /// Whether the address in a request holds a name and a password: `rtsp://name:password@host`.
    private static func hasCredentials(_ section: RawSpan) -> Bool {
        guard let end = section.firstIndex(of: 0x0A), let start = section.firstRange(of: "://"), start < end else { return false }
        let path = section.firstIndex(of: 0x2F, from: start &+ 3, before: end) ?? end
        guard let at = section.firstIndex(of: 0x40, from: start, before: path) else { return false }
        return section.firstIndex(of: 0x3A, from: start &+ 3, before: at) != nil
    }

    func lost(_ count: Int, from side: Side) { self.open = [] }
}

private enum RTSPMethod {
    case describe, play, other

    init(_ line: RawSpan) {
        self = line.has("DESCRIBE ") ? .describe : line.has("PLAY ") ? .play : .other
    }
}

/// `DESCRIBE rtsp://… RTSP/1.0` or `RTSP/1.0 200 OK`.
private enum RTSPStartLine {
    private static let methods = [
        "OPTIONS ", "DESCRIBE ", "ANNOUNCE ", "SETUP ", "PLAY ", "PAUSE ", "TEARDOWN ", "GET_PARAMETER ", "SET_PARAMETER ", "REDIRECT ", "RECORD ",
        "PLAY_NOTIFY ",
    ].map { Array($0.utf8) }
    private static let version = Array("RTSP/".utf8)

    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        switch first {
        case 0x41, 0x44, 0x47, 0x4F, 0x50, 0x52, 0x53, 0x54: break
        default: return .no
        }
        let status = head.begins(with: Self.version)
        if status == .yes {
            // `RTSP/1.0 200`
            for offset in 5..<10 {
                guard let byte = head.u8(at: offset) else { return .notYet }
                switch offset {
                case 6: if byte != 0x2E { return .no }
                case 8: if byte != 0x20 { return .no }
                default: if !byte.isDigit { return .no }
                }
            }
            return .yes
        }
        var answer = status
        for method in Self.methods {
            let begins = head.begins(with: method)
            if begins == .yes { return Self.probeRequest(head) }
            if begins == .notYet { answer = .notYet }
        }
        return answer
    }

    private static func probeRequest(_ head: RawSpan) -> Probe {
        guard let end = head.firstIndex(of: 0x0A, before: 1024) else { return head.byteCount < 1024 && head.isText ? .notYet : .no }
        let line = head.slice(from: 0, count: end).trimmed
        return line.isText && (line.has(" RTSP/1.0", at: line.byteCount &- 9) || line.has(" RTSP/2.0", at: line.byteCount &- 9)) ? .yes : .no
    }
}

/// The header fields that are read.
private struct RTSPFields {
    private(set) var status = 0
    private(set) var length = 0
    /// Of a request: the scheme with which it authenticates.
    private(set) var scheme: String?

    private static let fieldLimit = 128

    mutating func read(_ section: RawSpan, isResponse: Bool, from side: Side, _ context: DissectionContext) {
        if isResponse {
            for offset in 9..<12 { self.status = self.status &* 10 &+ Int((section.u8(at: offset) ?? 0x30) & 0x0F) }
        }
        var start = section.firstIndex(of: 0x0A).map { $0 &+ 1 } ?? section.byteCount
        var fields = 0
        while start < section.byteCount, fields < Self.fieldLimit {
            let end = section.firstIndex(of: 0x0A, from: start) ?? section.byteCount
            self.readField(section.slice(from: start, count: end &- start), from: side, context)
            fields &+= 1
            start = end &+ 1
        }
    }

    private mutating func readField(_ line: RawSpan, from side: Side, _ context: DissectionContext) {
        guard let colon = line.firstIndex(of: 0x3A) else { return }
        let name = line.slice(from: 0, count: colon)
        let value = line.slice(from: colon &+ 1).trimmed
        switch name.byteCount {
        case 9 where name.hasIgnoringCase("transport"): Self.readTransport(value, context)
        case 6 where name.hasIgnoringCase("server"): if self.status > 0 { context.record(.rtspServer, value, about: .server) }
        case 10 where name.hasIgnoringCase("user-agent"): context.record(.rtspUserAgent, value, about: context.party(side))
        case 13 where name.hasIgnoringCase("authorization"):
            self.scheme = Self.scheme(value)
            if let scheme { context.record(.rtspAuthScheme, scheme, about: .conversation) }
        case 14 where name.hasIgnoringCase("content-length"): self.length = value.decimal(limit: 9)
        case 16 where name.hasIgnoringCase("www-authenticate"):
            guard self.status > 0 else { return }
            if let scheme = Self.scheme(value) { context.record(.rtspAuthScheme, scheme, about: .server) }
            if let start = value.firstRange(of: "realm=\""), let end = value.firstIndex(of: 0x22, from: start &+ 7) {
                context.record(.rtspRealm, value.slice(from: start &+ 7, count: end &- start &- 7), about: .server)
            }
        default: break
        }
    }

    /// `RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001` (RFC 2326 section 12.39): media and their control.
    private static func readTransport(_ value: RawSpan, _ context: DissectionContext) {
        guard let start = value.firstRange(of: "server_port=") else { return }
        var offset = start &+ 12
        for _ in 0..<2 {
            var port = 0
            while port <= 65_535, let byte = value.u8(at: offset), byte.isDigit {
                port = port &* 10 &+ Int(byte &- 0x30)
                offset &+= 1
            }
            guard port > 0, port <= 65_535 else { return }
            context.record(.rtspMediaPort, Int64(port), about: .serverHost)
            guard value.u8(at: offset) == 0x2D else { return }
            offset &+= 1
        }
    }

    private static func scheme(_ value: RawSpan) -> String? {
        value.hasIgnoringCase("basic ") ? "basic" : value.hasIgnoringCase("digest ") ? "digest" : nil
    }
}
