import Observations
import Wire

// HTTP/1.0 and HTTP/1.1 (RFC 9112, RFC 9110), requests and responses on any port.
//
// HTTP/2 without TLS (RFC 9113 section 3) is recognised and not read.
//
// Read: of requests the fields Host, User-Agent, Authorization, Accept, SOAPAction and Content-Type, the class of the path
// (``HTTPPath``) and, of forms, the names of their fields; of responses the status and the fields Server, X-Powered-By,
// WWW-Authenticate and Content-Type. The few bodies that somebody wants (``HTTPBodyReaders``) are read as they come; all others
// are skipped. Paths, queries, cookies, credentials and the values of forms are never kept: of a login only the fact is noted.
//
// A header section is read line by line, so that no more than a line is ever held.

final class HTTPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.http

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { StartLine.probe(head) }

    // MARK: State

    /// What a side sends next.
    private enum Phase {
        case startLine
        case fields
        /// So many bytes of a form to search, and so many behind them.
        case form(Int, rest: Int)
        /// So many bytes of a body that is read.
        case body(Int)
        /// A body that is read and ends with the connection. Whether all of it was there is never known.
        case lastBody
        case chunkSize
        /// So many bytes of a chunk of a body that is read.
        case chunk(Int)
        /// The line end behind a chunk.
        case chunkEnd
        case trailer
    }

    private struct Half {
        var phase = Phase.startLine
        /// How many bytes of a line that is not complete were searched for its end.
        var searched = 0
        /// The size of the header section so far.
        var section = 0
        /// How many messages began.
        var messages = 0
        var message = Message()
        /// The body at hand, where it is read.
        var body: HTTPBody?
    }

    /// What the header section of a message said so far.
    private struct Message {
        var isRequest = true
        /// The request itself or, of a response, the one that it answers, if that was seen.
        var request: Request?
        var status = 0
        var length: Int?
        var isChunked = false
        /// Whether the length cannot be told: a request that hides another would be read as the wrong one (RFC 9112 section 6.3).
        var isBroken = false
        var isForm = false
        var media = HTTPMediaType.none
        var coding = HTTPContentCoding.identity
        /// Whether a SOAP action said what the message is.
        var isActionKnown = false
        /// Whether it changes to a protocol that no dissector reads.
        var endsInFrames = false
    }

    /// What a response needs to know of its request.
    private struct Request {
        var method = HTTPMethod.other
        var path = HTTPPath.other
        /// Sent to a proxy: the names and the software in it are those of another server.
        var isProxied = false
        var isWADO = false
        var hasBasicLogin = false
        var hasFormLogin = false

        var isHead: Bool { self.method == .head }
        var isConnect: Bool { self.method == .connect }

        /// The service of DICOM PS3.18 that the target would be of.
        var service: DICOMWebService? {
            if self.isWADO { return .wadoURI }
            guard case .dicomWeb(let target, _) = self.path else { return nil }
            return target.service(self.method)
        }
        /// Whether the target alone shows that it is.
        var isServiceProved: Bool {
            guard !self.isProxied else { return false }
            if case .dicomWeb(_, isProved: true) = self.path { return true }
            return self.isWADO
        }
    }

    var heldBytes: Int { (self.initiator.body?.heldBytes ?? 0) &+ (self.responder.body?.heldBytes ?? 0) }

    private var initiator = Half()
    private var responder = Half()
    /// Requests that were not answered yet, oldest first.
    private var open: [Request] = []
    /// Whether the last request asked for a tunnel: what follows may be another protocol.
    private var asksForTunnel = false

    /// The largest header section that is read.
    private static let sectionLimit = 65536
    /// The most requests that wait for their answers.
    private static let openLimit = 64
    /// How many messages of a side are read: later ones say the same.
    private static let messageLimit = 32
    /// How much of a form is searched.
    private static let formLimit = 4096

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        var half = side == .initiator ? self.initiator : self.responder
        let consumption = self.consume(bytes, &half, side, &context)
        if side == .initiator { self.initiator = half } else { self.responder = half }
        return consumption
    }

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.initiator = Half() } else { self.responder = Half() }
        // Which response answers which request cannot be told any more.
        self.open = []
        self.asksForTunnel = false
    }

    private func consume(_ bytes: RawSpan, _ half: inout Half, _ side: Side, _ context: inout DissectionContext) -> Consumption {
        var start = 0
        while true {
            switch half.phase {
            case .form(let count, let rest):
                let form = bytes.slice(from: start)
                guard form.byteCount >= count else { return Consumption(start, .more(atLeast: count)) }
                if LoginForm.hasPassword(form.slice(from: 0, count: count)) {
                    context.record(.loginClear, "http-form", about: .conversation)
                    if var request = self.open.popLast() {
                        request.hasFormLogin = true
                        self.open.append(request)
                    }
                }
                half.phase = .startLine
                start &+= count
                if rest > 0 { return Consumption(start, .skip(rest)) }
            case .body(let count), .chunk(let count):
                let part = bytes.slice(from: start, count: count)
                let rest = count &- part.byteCount
                start &+= part.byteCount
                let isWanted = part.isEmpty || half.body?.read(part, context) == true
                if rest > 0 && isWanted {
                    if case .body = half.phase { half.phase = .body(rest) } else { half.phase = .chunk(rest) }
                    return Consumption(start, .more(atLeast: 1))
                }
                if case .body = half.phase {
                    if rest == 0 { half.body?.finish(context) }
                    half.body = nil
                    half.phase = .startLine
                } else {
                    if !isWanted { half.body = nil }
                    half.phase = .chunkEnd
                }
                if rest > 0 { return Consumption(start, .skip(rest)) }
                continue
            case .lastBody:
                let isWanted = half.body?.read(bytes.slice(from: start), context) == true
                return Consumption(bytes.byteCount, isWanted ? .more(atLeast: 1) : self.endOfStream(half))
            case .startLine where half.searched < StartLine.tellingLength:
                // Nothing here may be HTTP any more: that shows long before a line ends.
                while let byte = bytes.u8(at: start), byte == 0x0D || byte == 0x0A { start &+= 1 }
                if half.messages == 0, HTTP2.probeSettings(bytes.slice(from: start)) == .yes {
                    context.declare(side, is: .server)
                    context.record(.httpVersion, "2", about: .server)
                    return Consumption(start, .sideFinished)
                }
                switch StartLine.probe(bytes.slice(from: start, count: Dissection.probeLimit)) {
                case .no: return Consumption(start, self.asksForTunnel ? .handOver : .sideFinished)
                case .notYet, .yes: break
                }
            default: break
            }
            guard let end = bytes.firstLineFeed(from: start &+ half.searched) else { break }
            let line = bytes.slice(from: start, count: end &- start)
            start = end &+ 1
            half.searched = 0
            half.section &+= line.byteCount &+ 1
            guard half.section <= Self.sectionLimit else { return .failed }
            // A line may end in a line feed alone (RFC 9112 section 2.2).
            let isReturned = line.u8(at: line.byteCount &- 1) == 0x0D
            let next = self.read(line.slice(from: 0, count: line.byteCount &- (isReturned ? 1 : 0)), &half, side, &context)
            if let next { return Consumption(start, next) }
        }
        half.searched = bytes.byteCount &- start
        guard half.section &+ half.searched <= Self.sectionLimit else { return .failed }
        return Consumption(start, .more(atLeast: half.searched &+ 1))
    }

    /// Reads one line.
    /// - Returns: what comes next, where that is not another line.
    private func read(
        _ line: RawSpan, _ half: inout Half, _ side: Side, _ context: inout DissectionContext
    ) -> Consumption.Next? {
        switch half.phase {
        case .startLine: return self.readStartLine(line, &half, side, &context)
        case .fields:
            if line.isEmpty { return self.endSection(&half, side, &context) }
            self.readField(line, &half.message, side, context)
        case .chunkSize:
            half.section = 0
            guard let size = Self.number(line, radix: 16) else { return .sideFinished }
            if size == 0 {
                half.body?.finish(context)
                half.body = nil
                half.phase = .trailer
                return nil
            }
            half.phase = half.body == nil ? .chunkEnd : .chunk(size)
            return half.body == nil ? .skip(size) : nil
        case .chunkEnd:
            guard line.isEmpty else { return .sideFinished }
            half.phase = .chunkSize
        case .trailer:
            if line.isEmpty { half.phase = .startLine }
        case .form, .body, .chunk, .lastBody: break
        }
        return nil
    }

    // MARK: Header sections

    private func readStartLine(
        _ line: RawSpan, _ half: inout Half, _ side: Side, _ context: inout DissectionContext
    ) -> Consumption.Next? {
        if half.messages == 0, HTTP2.isPreface(line) {
            context.declare(side, is: .client)
            context.record(.httpVersion, "2", about: .conversation)
            return .sideFinished
        }
        guard half.messages < Self.messageLimit, let startLine = StartLine(line) else { return .sideFinished }
        half.messages &+= 1
        half.section = 0
        half.phase = .fields
        half.message = Message()
        switch startLine {
        case .request(let request):
            context.declare(side, is: .client)
            half.message.request = Request(method: request.method, path: request.path, isProxied: request.isProxied, isWADO: request.isWADO)
            if request.isWADO, !request.isProxied {
                context.record(.httpAPI, API.wadoURI.rawValue, about: context.party(side.other))
            }
            if let request = half.message.request, request.isServiceProved { Self.recordService(request, isAnswered: false, context) }
        case .response(let status):
            context.declare(side, is: .server)
            half.message.isRequest = false
            half.message.status = status
            half.message.request = self.open.first
            // An interim response (RFC 9110 section 15.2) does not answer; a change of protocols does.
            if status >= 200 || status == 101, !self.open.isEmpty { self.open.removeFirst() }
        }
        return nil
    }

    private func readField(_ line: RawSpan, _ message: inout Message, _ side: Side, _ context: DissectionContext) {
        guard let colon = line.firstIndex(of: 0x3A) else { return }
        let name = line.slice(from: 0, count: colon)
        let value = line.slice(from: colon &+ 1).trimmed
        switch name.byteCount {
        case 14 where name.hasIgnoringCase("content-length"):
            let length = Self.number(value, radix: 10)
            if length == nil || (message.length != nil && message.length != length) { message.isBroken = true }
            message.length = length
        case 17 where name.hasIgnoringCase("transfer-encoding"):
            // Only the last coding tells where the body ends.
            message.isChunked = value.hasIgnoringCase("chunked", at: value.byteCount &- 7)
            if !message.isChunked, message.isRequest { message.isBroken = true }
        case 12 where name.hasIgnoringCase("content-type"):
            message.isForm = value.hasIgnoringCase("application/x-www-form-urlencoded")
            message.media = HTTPMediaType(value)
            guard message.request?.isProxied != true else { return }
            if message.media == .soap || message.media == .multipartXML {
                IHETransaction.record(parametersOf: value, isRequest: message.isRequest, &message.isActionKnown, context)
            }
            guard let api = API(contentType: value) else { return }
            // WADO-URI answers with plain objects too.
            let isWADO = !message.isRequest && api == .dicomWeb && message.request?.isWADO == true
            if !isWADO { context.record(.httpAPI, api.rawValue, about: context.party(message.isRequest ? side.other : side)) }
            if let request = message.request { Self.record(api, request, isAnswered: (200..<300).contains(message.status), context) }
        case 16 where name.hasIgnoringCase("content-encoding"):
            message.coding = HTTPContentCoding(value)
        default:
            if message.isRequest {
                self.readRequestField(name, value, &message, side, context)
            } else {
                self.readResponseField(name, value, &message, side, context)
            }
        }
    }

    /// What a request asked for, once a media type shows which interface its path is of.
    /// - Parameter isAnswered: whether the server did it.
    private static func record(_ api: API, _ request: Request, isAnswered: Bool, _ context: DissectionContext) {
        switch (api, request.path) {
        case (.fhir, .fhirResource(let resource)): context.record(.fhirResource, resource.name, about: .conversation)
        case (.dicomWeb, .dicomWeb): Self.recordService(request, isAnswered: isAnswered, context)
        default: break
        }
    }
    private static func recordService(_ request: Request, isAnswered: Bool, _ context: DissectionContext) {
        guard let service = request.service else { return }
        context.record(.dicomWebService, service.rawValue, about: .conversation)
        if isAnswered { context.record(.dicomWebService, service.rawValue, about: .server) }
    }

    private func readRequestField(
        _ name: RawSpan, _ value: RawSpan, _ message: inout Message, _ side: Side, _ context: DissectionContext
    ) {
        switch name.byteCount {
        case 6 where message.request?.path != .other && name.hasIgnoringCase("accept"):
            guard let request = message.request, !request.isProxied, let api = API(accepted: value) else { return }
            Self.record(api, request, isAnswered: false, context)
        case 10 where name.hasIgnoringCase("soapaction"):
            if message.request?.isProxied != true { IHETransaction.record(action: value, isRequest: true, &message.isActionKnown, context) }
        case 4 where name.hasIgnoringCase("host"):
            guard message.request?.isProxied != true, let host = HostName.end(value) else { return }
            context.record(.httpHost, value.slice(from: 0, count: host), about: context.party(side.other))
        case 10 where name.hasIgnoringCase("user-agent"):
            context.record(.httpUserAgent, value, about: context.party(side))
        case 13 where name.hasIgnoringCase("authorization"), 19 where name.hasIgnoringCase("proxy-authorization"):
            guard let scheme = AuthenticationScheme(value) else { return }
            context.record(.httpAuthScheme, scheme.rawValue, about: .conversation)
            switch scheme {
            case .basic:
                message.request?.hasBasicLogin = true
                context.record(.loginClear, "http-basic", about: .conversation)
            case .digest: context.record(.loginChallenged, "http-digest", about: .conversation)
            case .ntlm, .negotiate:
                if WebToken.record(value.slice(from: scheme.rawValue.utf8.count).trimmed, from: side, context) {
                    context.record(.loginChallenged, "http-ntlm", about: .conversation)
                }
            default: break
            }
        default: break
        }
    }

    private func readResponseField(
        _ name: RawSpan, _ value: RawSpan, _ message: inout Message, _ side: Side, _ context: DissectionContext
    ) {
        switch name.byteCount {
        case 6 where name.hasIgnoringCase("server"):
            if message.request?.isProxied != true { context.record(.httpServer, value, about: context.party(side)) }
        case 7 where name.hasIgnoringCase("upgrade"):
            message.endsInFrames = value.hasIgnoringCase("websocket") || value.hasIgnoringCase("h2c")
            if message.status == 101, value.hasIgnoringCase("h2c") { context.record(.httpVersion, "2", about: context.party(side)) }
        case 10 where name.hasIgnoringCase("set-cookie"):
            if message.request?.hasFormLogin == true { context.record(.httpSessionCookie, 1, about: context.party(side)) }
        case 12 where name.hasIgnoringCase("x-powered-by"):
            if message.request?.isProxied != true { context.record(.httpPoweredBy, value, about: context.party(side)) }
        case 16 where name.hasIgnoringCase("www-authenticate"):
            guard message.request?.isProxied != true else { return }
            if let scheme = AuthenticationScheme(value), scheme == .ntlm || scheme == .negotiate {
                _ = WebToken.record(value.slice(from: scheme.rawValue.utf8.count).trimmed, from: side, context)
            }
            Challenge.read(value, context, about: context.party(side))
        case 18 where name.hasIgnoringCase("proxy-authenticate"):
            Challenge.read(value, context, about: context.party(side))
        default: break
        }
    }

    /// The empty line: what kind of body follows (RFC 9112 section 6.3)?
    private func endSection(_ half: inout Half, _ side: Side, _ context: inout DissectionContext) -> Consumption.Next? {
        let message = half.message
        half.phase = .startLine
        half.body = nil
        if message.media == .ipp, message.request?.isProxied != true { context.protocols.add(.ipp) }
        if message.isRequest {
            guard let request = message.request, self.open.count < Self.openLimit else { return .finished }
            self.open.append(request)
            self.asksForTunnel = request.isConnect
            if request.isConnect { return nil }
        } else {
            if message.request?.hasBasicLogin == true, (200..<400).contains(message.status) {
                context.record(.loginAccepted, "http-basic", about: .conversation)
            }
            if message.status == 200, let request = message.request, !request.isProxied, case .console(let console) = request.path,
                let application = console.application
            {
                context.record(.httpApplication, application, about: context.party(side))
                if console == .webServicesManagement { context.protocols.add(.winrm) }
            }
            if let request = message.request, request.isServiceProved, (200..<300).contains(message.status) {
                Self.recordService(request, isAnswered: true, context)
            }
            if message.status == 101 { return message.endsInFrames ? .finished : .handOver }
            if message.request?.isConnect == true {
                if (200..<300).contains(message.status) { return .handOver }
                self.asksForTunnel = false
            }
            if message.status < 200 || message.status == 204 || message.status == 304 || message.request?.isHead == true { return nil }
        }
        if message.isChunked {
            half.body = Self.body(message)
            half.phase = .chunkSize
            return nil
        }
        if message.isBroken { return .sideFinished }
        guard let length = message.length else {
            if message.isRequest { return nil }
            half.body = Self.body(message)
            if half.body == nil { return self.endOfStream(half) }
            half.phase = .lastBody
            return nil
        }
        if length == 0 { return nil }
        half.body = Self.body(message)
        if half.body != nil {
            half.phase = .body(length)
            return nil
        }
        if message.isRequest, message.isForm {
            let count = min(length, Self.formLimit)
            half.phase = .form(count, rest: length &- count)
            return nil
        }
        return .skip(length)
    }

    /// A response without a length ends with the connection.
    private func endOfStream(_ half: Half) -> Consumption.Next {
        half.message.request == nil || !self.open.isEmpty ? .sideFinished : .finished
    }

    /// The body of the message, where somebody wants to read it.
    private static func body(_ message: Message) -> HTTPBody? {
        let isWanted = message.media.mayBeWanted || (message.isRequest && message.media == .json)
        guard isWanted || message.request?.path.mayBeWanted == true, message.request?.isProxied != true else { return nil }
        let head = HTTPBodyHead(
            isRequest: message.isRequest, method: message.request?.method, path: message.request?.path, status: message.status, media: message.media,
            isActionKnown: message.isActionKnown)
        return HTTPBody(head, message.coding)
    }

    /// The number with which the bytes begin, up to what may follow one.
    private static func number(_ bytes: RawSpan, radix: Int) -> Int? {
        var value = 0
        var offset = 0
        while let byte = bytes.u8(at: offset) {
            // A chunk extension, or white space before one.
            if byte == 0x3B || byte == 0x20 || byte == 0x09 { return offset > 0 && radix == 16 ? value : nil }
            guard let digit = byte.hexadecimalDigit, digit < radix else { return nil }
            // No body is as large as 2^56 bytes.
            guard value < 1 &<< 52 else { return nil }
            value = value &* radix &+ Int(digit)
            offset &+= 1
        }
        return offset > 0 ? value : nil
    }
}

// MARK: - HTTP/2

/// How a connection of HTTP/2 begins (RFC 9113 section 3.4).
private enum HTTP2 {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func probePreface(_ head: RawSpan) -> Probe { head.begins(with: Self.preface) }
    /// The first line of the preface.
    static func isPreface(_ line: RawSpan) -> Bool { line.equals("PRI * HTTP/2.0") }

    /// A SETTINGS frame on stream 0 (section 6.5), all of whose settings are registered.
    static func probeSettings(_ head: RawSpan) -> Probe {
        var offset = 0
        while offset < 9 {
            guard let byte = head.u8(at: offset) else { return .notYet }
            guard offset == 2 || byte == (offset == 3 ? 4 : 0) else { return .no }
            offset &+= 1
        }
        // An empty one looks like many things.
        guard let length = head.u8(at: 2), length > 0, length % 6 == 0 else { return .no }
        while offset < 9 &+ Int(length) {
            guard let identifier = head.u16(at: offset) else { return .notYet }
            guard identifier > 0, identifier <= 9, identifier != 7 else { return .no }
            offset &+= 6
        }
        return .yes
    }
}

// MARK: - Start lines

/// The first line of a message (RFC 9112 sections 3 and 4).
private enum StartLine {
    struct Request {
        var method = HTTPMethod.other
        var path = HTTPPath.other
        var isProxied = false
        var isWADO = false
    }

    case request(Request)
    case response(status: Int)

    /// After so many bytes a line that is no start line has shown it.
    static let tellingLength = 32

    /// The methods of HTTP, WebDAV and its relatives, UPnP eventing, and RPC and device management over HTTP.
    private static let methods: [String] = [
        "GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT ", "DELETE ", "PATCH ", "TRACE ", "PROPFIND ", "PROPPATCH ", "MKCOL ",
        "COPY ", "MOVE ", "LOCK ", "UNLOCK ", "REPORT ", "SEARCH ", "NOTIFY ", "SUBSCRIBE ", "UNSUBSCRIBE ", "M-SEARCH ", "M-POST ",
        "CHECKOUT ", "CHECKIN ", "MKACTIVITY ", "MKCALENDAR ", "MKWORKSPACE ", "MERGE ", "UPDATE ", "LABEL ", "VERSION-CONTROL ",
        "BASELINE-CONTROL ", "UNCHECKOUT ", "ORDERPATCH ", "ACL ", "BIND ", "REBIND ", "UNBIND ", "LINK ", "UNLINK ", "PURGE ",
        "BCOPY ", "BDELETE ", "BMOVE ", "BPROPFIND ", "BPROPPATCH ", "POLL ", "RPC_IN_DATA ", "RPC_OUT_DATA ", "RPC_CONNECT ",
        "RDG_IN_DATA ", "RDG_OUT_DATA ", "CCM_POST ", "BITS_POST ", "DEBUG ", "TRACK ",
    ]

    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0 { return HTTP2.probeSettings(head) }
        guard first >= 0x41, first <= 0x5A else { return .no }
        if first == 0x50 {
            let preface = HTTP2.probePreface(head)
            if preface != .no { return preface }
        }
        let status = Self.probeStatusLine(head)
        return status == .no ? Self.probeRequestLine(head) : status
    }

    /// `HTTP/1.1 200`
    private static func probeStatusLine(_ head: RawSpan) -> Probe {
        guard head.u8(at: 0) == 0x48 else { return .no }
        if !head.has("HTTP/1.") {
            for (offset, expected) in "HTTP/1.".utf8.enumerated() {
                guard let byte = head.u8(at: offset) else { return .notYet }
                guard byte == expected else { return .no }
            }
        }
        for offset in 7..<12 {
            guard let byte = head.u8(at: offset) else { return .notYet }
            guard offset == 8 ? byte == 0x20 : byte >= 0x30 && byte <= 0x39 else { return .no }
        }
        return .yes
    }

    /// `GET /… HTTP/1.1`. RTSP, SIP and ICAP lines look alike up to the version, which has to be there.
    private static func probeRequestLine(_ head: RawSpan) -> Probe {
        guard let method = Self.method(head) else { return .no }
        guard let first = head.u8(at: method) else { return .notYet }
        guard first > 0x20 else { return .no }
        var offset = method
        while let byte = head.u8(at: offset), byte != 0x0A {
            // A target has no control characters; a carriage return is the line's end.
            guard byte >= 0x20 && byte != 0x7F || byte == 0x0D else { return .no }
            offset &+= 1
        }
        if offset < head.byteCount {
            return Self.version(of: head.slice(from: 0, count: offset).trimmed) == nil ? .no : .yes
        }
        // A line longer than all that a probe is shown: nothing but a path is.
        return head.byteCount >= Dissection.probeLimit && first == 0x2F ? .yes : .notYet
    }

    /// Where the target begins. Past the end, where the bytes end before a method does; `nil` where none begins here.
    private static func method(_ head: RawSpan) -> Int? {
        var end = 0
        while end < 24, let byte = head.u8(at: end), (byte >= 0x41 && byte <= 0x5A) || byte == 0x2D || byte == 0x5F { end &+= 1 }
        if let byte = head.u8(at: end) {
            guard byte == 0x20 else { return nil }
            // Any word before a path will do: what a scanner sends, or a method of tomorrow.
            if head.u8(at: end &+ 1) ?? 0x2F == 0x2F { return end &+ 1 }
        } else if end > 0, end < 24 {
            return end &+ 1
        }
        nextMethod: for method in Self.methods {
            var offset = 0
            for expected in method.utf8 {
                guard let byte = head.u8(at: offset) else { return method.utf8.count }
                if byte != expected { continue nextMethod }
                offset &+= 1
            }
            return offset
        }
        return nil
    }

    /// Where ` HTTP/1.x` begins, with which a request line ends.
    private static func version(of line: RawSpan) -> Int? {
        let start = line.byteCount &- 9
        guard start > 0, line.has(" HTTP/1.", at: start), let minor = line.u8(at: start &+ 8), minor >= 0x30, minor <= 0x39 else {
            return nil
        }
        return start
    }

    init?(_ line: RawSpan) {
        if Self.probeStatusLine(line) == .yes {
            var status = 0
            for offset in 9..<12 { status = status &* 10 &+ Int(line.u8(at: offset) ?? 0x30) &- 0x30 }
            self = .response(status: status)
            return
        }
        let line = line.trimmed
        guard let start = Self.method(line), let end = Self.version(of: line), end >= start else { return nil }
        let target = line.slice(from: start, count: end &- start)
        var request = Request()
        request.method = HTTPMethod(line)
        // Clients send the absolute form to proxies only (RFC 9112 section 3.2.2).
        request.isProxied = request.method == .connect || target.hasIgnoringCase("http://") || target.hasIgnoringCase("https://")
        let query = target.firstIndex(of: 0x3F) ?? target.byteCount
        request.isWADO = Self.isWADO(target.slice(from: query))
        if !request.isProxied { request.path = HTTPPath(target.slice(from: 0, count: query)) }
        self = .request(request)
    }

    /// Whether a query asks for an object in the way of DICOM PS3.18 section 9.1.2.1: `requestType=WADO`. Nothing else of a
    /// query is looked at.
    private static func isWADO(_ query: RawSpan) -> Bool {
        var offset = 0
        while let byte = query.u8(at: offset) {
            offset &+= 1
            guard byte == 0x3F || byte == 0x26 else { continue }
            if query.hasIgnoringCase("requesttype=wado", at: offset) {
                let next = query.u8(at: offset &+ 16)
                if next == nil || next == 0x26 { return true }
            }
        }
        return false
    }
}

// MARK: - Fields

/// The name in a Host field (RFC 9110 section 7.2).
private enum HostName {
    /// Where the name ends and the port begins; `nil` where it is none.
    static func end(_ value: RawSpan) -> Int? {
        guard value.byteCount <= 255 else { return nil }
        var end = value.byteCount
        var offset = 0
        let isLiteral = value.u8(at: 0) == 0x5B
        while let byte = value.u8(at: offset) {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: break
            case 0x5B where offset == 0: break
            case 0x5D where isLiteral: end = offset &+ 1
            case 0x3A: if !isLiteral { end = min(end, offset) }
            // An address with a scope; anything else is no host.
            case 0x25 where isLiteral: break
            default: return nil
            }
            offset &+= 1
        }
        return end
    }
}

/// Authentication schemes by their names in the IANA registry, and Microsoft's. Others are not noted: where a client sends a
/// key without a scheme, the first word is the secret.
private enum AuthenticationScheme: String, CaseIterable {
    case basic, bearer, digest, dpop, gnap, hoba, mutual, negotiate, ntlm, oauth, kerberos
    case privateToken = "privatetoken"
    case scramSHA1 = "scram-sha-1"
    case scramSHA256 = "scram-sha-256"
    case vapid

    /// The scheme with which a field's value begins.
    init?(_ value: RawSpan) {
        var end = 0
        while let byte = value.u8(at: end), byte != 0x20, byte != 0x09, byte != 0x2C { end &+= 1 }
        guard end <= 16 else { return nil }
        let name = String(decoding: value.copied(limit: end), as: UTF8.self).lowercased()
        guard let scheme = Self(rawValue: name) else { return nil }
        self = scheme
    }
}

/// WWW-Authenticate (RFC 9110 section 11.6.1): schemes with their parameters, separated by commas like the parameters.
private enum Challenge {
    static func read(_ value: RawSpan, _ context: DissectionContext, about party: Party) {
        var offset = 0
        while offset < value.byteCount {
            let start = offset
            while let byte = value.u8(at: offset), !Self.isDelimiter(byte) { offset &+= 1 }
            let word = value.slice(from: start, count: offset &- start)
            guard value.u8(at: offset) == 0x3D else {
                if let scheme = AuthenticationScheme(word) { context.record(.httpAuthScheme, scheme.rawValue, about: party) }
                while let byte = value.u8(at: offset), byte != 0x3D, Self.isDelimiter(byte) { offset &+= 1 }
                continue
            }
            // A parameter, quoted or not.
            offset &+= 1
            let isQuoted = value.u8(at: offset) == 0x22
            if isQuoted { offset &+= 1 }
            let from = offset
            while let byte = value.u8(at: offset) {
                if isQuoted ? byte == 0x22 : byte == 0x2C || byte == 0x20 { break }
                // A quoted pair.
                offset &+= isQuoted && byte == 0x5C ? 2 : 1
            }
            if word.byteCount == 5, word.hasIgnoringCase("realm") {
                let realm = value.slice(from: from, count: offset &- from)
                // What is not text ran on into something else.
                if realm.isText { context.record(.httpRealm, realm, about: party) }
            }
            offset &+= 1
        }
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x2C || byte == 0x3D }
}

/// Medical interfaces over HTTP, by the values of `http.api`.
private enum API: String {
    case fhir
    case dicomWeb = "dicomweb"
    case wadoURI = "wado-uri"
    case hl7v2 = "hl7-v2"
    case hl7v3 = "hl7-v3"
    case cda

    /// The interface that a media type is of.
    init?(contentType value: RawSpan) {
        // `application/…`, `multipart/…` and `x-application/…`: pages and images are told by their first letter.
        switch value.u8(at: 0) {
        case 0x41, 0x61, 0x4D, 0x6D, 0x58, 0x78: break
        default: return nil
        }
        let end = value.firstIndex(of: 0x3B) ?? value.byteCount
        let type = value.slice(from: 0, count: end).trimmed
        func equals(_ text: StaticString) -> Bool { type.byteCount == text.utf8CodeUnitCount && type.hasIgnoringCase(text) }
        // HL7 FHIR, "RESTful API"; the second pair is that of DSTU 1 and 2.
        if equals("application/fhir+json") || equals("application/fhir+xml") || equals("application/json+fhir")
            || equals("application/xml+fhir")
        {
            self = .fhir
        } else if equals("application/dicom") || equals("application/dicom+json") || equals("application/dicom+xml")
            || (equals("multipart/related") && Self.isDICOM(value.slice(from: end)))
        {
            // DICOM PS3.18 section 8.7.
            self = .dicomWeb
        } else if type.hasIgnoringCase("application/hl7-v2") || type.hasIgnoringCase("x-application/hl7-v2") {
            self = .hl7v2
        } else if type.hasIgnoringCase("application/hl7-v3") || type.hasIgnoringCase("x-application/hl7-v3") {
            self = .hl7v3
        } else if equals("application/xml+cda") || equals("application/cda+xml") || equals("application/hl7-cda+xml") {
            self = .cda
        } else {
            return nil
        }
    }

    /// The interface whose media types a client accepts.
    init?(accepted value: RawSpan) {
        if value.containsIgnoringCase("application/fhir+") {
            self = .fhir
        } else if value.containsIgnoringCase("application/dicom") {
            self = .dicomWeb
        } else {
            return nil
        }
    }

    /// Whether the parameters of a multipart type say that its parts are DICOM.
    private static func isDICOM(_ parameters: RawSpan) -> Bool { parameters.containsIgnoringCase("application/dicom") }
}

extension RawSpan {
    /// The offset of the first line feed at or after `start`, eight bytes at a time.
    fileprivate func firstLineFeed(from start: Int) -> Int? {
        var offset = start
        while let word = self.u64(at: offset) {
            // The first byte lowest: what is borrowed goes to the bytes behind the first that matches.
            let difference = word.byteSwapped ^ 0x0A0A_0A0A_0A0A_0A0A
            let matches = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if matches != 0 { return offset &+ matches.trailingZeroBitCount &>> 3 }
            offset &+= 8
        }
        return self.firstIndex(of: 0x0A, from: offset)
    }
}

// MARK: - Forms

/// The body of a form (application/x-www-form-urlencoded): whether one of its fields is a password that is not empty.
enum LoginForm {
    /// Ends of field names, without case, punctuation and digits at the end.
    private static let endings: [StaticString] = [
        "password", "passwd", "passwort", "passphrase", "motdepasse", "mdp", "kennwort", "contrasena", "wachtwoord", "pwd", "psw",
    ]
    /// Names that are too short to be ends of others.
    private static let names: [StaticString] = ["pass", "passe", "pw", "userpass", "loginpass", "adminpass", "txtpass"]

    static func hasPassword(_ body: RawSpan) -> Bool {
        var offset = 0
        var hasUser = false
        var hasShort = false
        while offset < body.byteCount {
            let end = body.firstIndex(of: 0x26, from: offset) ?? body.byteCount
            // Single letters are a login where both are there.
            if end &- offset > 2, body.has("u=", at: offset) { hasUser = true }
            if end &- offset > 2, body.has("p=", at: offset) { hasShort = true }
            if hasUser, hasShort { return true }
            if let equals = body.firstIndex(of: 0x3D, from: offset, before: end), equals &+ 1 < end,
                Self.isPassword(body.slice(from: offset, count: equals &- offset))
            {
                return true
            }
            offset = end &+ 1
        }
        return false
    }

    /// The last word of `user[password]`, `ctl00$Main$Password` or `j_password2` decides.
    static func isPassword(_ name: RawSpan) -> Bool {
        guard name.byteCount <= 256 else { return false }
        var word: [UInt8] = []
        var isNew = true
        var offset = 0
        while let byte = name.u8(at: offset) {
            offset &+= 1
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
                if isNew { word.removeAll(keepingCapacity: true) }
                isNew = false
                word.append(byte | 0x20)
            case 0x25:
                // An encoded character is punctuation, or a letter that no such name has.
                offset &+= 2
                isNew = true
            default: isNew = true
            }
        }
        // Digits, with the bit of lower case, are still digits.
        while let last = word.last, last >= 0x30, last <= 0x39 { word.removeLast() }
        let span = word.rawSpan
        for ending in Self.endings where span.has(ending, at: span.byteCount &- ending.utf8CodeUnitCount) { return true }
        for name in Self.names where span.equals(name) { return true }
        return false
    }
}
