import Observations
import Wire

// The Extensible Messaging and Presence Protocol (RFC 6120).
//
// Read: the heads of the streams, the features that a server offers (STARTTLS, mechanisms), that a login crossed and whether it was
// accepted, and the change to TLS, which is handed over. With the first stanza the conversation is left: no address of a person
// and no message is ever read.

final class XMPPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.xmpp

    /// The longest tag that is read.
    private static let tagLimit = 4096

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first == 0x3C else { return .no }
        var rest = head
        if head.has("<?xml") {
            guard let end = head.firstIndex(of: 0x3E) else { return head.byteCount < 200 && context.isStart ? .notYet : .no }
            rest = head.slice(from: end &+ 1).leadingTrimmed
        } else if head.begins(with: Self.declaration) == .notYet {
            return context.isStart ? .notYet : .no
        }
        switch rest.begins(with: Self.stream) {
        case .no:
            let isElement = rest.has("<starttls ") || rest.has("<proceed ") || rest.has("<stream:features")
            return isElement && (context.isProved || rest.firstRange(of: "urn:ietf:params:xml:ns:xmpp-") != nil) ? .yes : .no
        case .notYet: return context.isStart ? .notYet : .no
        case .yes: break
        }
        guard let end = rest.firstIndex(of: 0x3E) else { return context.isStart && rest.byteCount < 1024 ? .notYet : .no }
        return rest.slice(from: 0, count: end).firstRange(of: "http://etherx.jabber.org/streams") == nil ? .no : .yes
    }

    private static let declaration = Array("<?xml".utf8)
    private static let stream = Array("<stream:stream".utf8)

    // MARK: State

    private static let tagCount = 200

    private var tags = 0
    /// Whether the server's features are being read, and whether STARTTLS is among them.
    private var isInFeatures = false
    private var hasStartTLS = false
    private var hasMechanism = false
    private var isTLSAsked = false
    /// Whether the text behind the last tag of the server names a mechanism.
    private var isMechanism = false
    private var login: SASLExchange?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.isTLSAsked {
            guard let isTLS = bytes.beginsTLSRecord else { return Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) }
            if isTLS { return StartTLS.handOver(0, context) }
        }
        guard let start = bytes.firstIndex(of: 0x3C) else {
            // White space between stanzas keeps a connection open.
            return bytes.byteCount < Self.tagLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .finished
        }
        guard let end = bytes.firstIndex(of: 0x3E, from: start) else {
            return bytes.byteCount < Self.tagLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .finished
        }
        self.tags &+= 1
        if self.tags > Self.tagCount { return .finished }
        if self.isMechanism, side == context.serverSide {
            SASLMechanism.recordOffer(bytes.slice(from: 0, count: start).trimmed, context)
            self.isMechanism = false
        }
        let tag = bytes.slice(from: start, count: end &+ 1 &- start)
        return self.read(tag, end &+ 1, from: side, &context)
    }

    private func read(_ tag: RawSpan, _ consumed: Int, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if tag.has("<stream:stream") {
            // The answer has an identifier (RFC 6120 section 4.7.3).
            if tag.attribute(" id=") != nil {
                context.declare(side, is: .server)
                if side == context.serverSide, let name = tag.attribute(" from="), name.isServerName, name.firstIndex(of: 0x40) == nil {
                    context.record(.xmppServerName, name, about: .server)
                }
            } else {
                context.declare(side, is: .client)
            }
            return Consumption(consumed)
        }
        return side == context.serverSide ? self.readServer(tag, consumed, context) : self.readClient(tag, consumed, context)
    }

    private func readServer(_ tag: RawSpan, _ consumed: Int, _ context: DissectionContext) -> Consumption {
        if tag.has("<stream:features") {
            self.isInFeatures = true
            self.hasStartTLS = false
            self.hasMechanism = false
        } else if tag.has("</stream:features") {
            // Only before a login are there mechanisms.
            if self.isInFeatures, self.hasMechanism, !self.hasStartTLS { StartTLS.notOffered.record(context) }
            self.isInFeatures = false
        } else if tag.has("<starttls") {
            self.hasStartTLS = true
            StartTLS.offered.record(context)
        } else if tag.has("<mechanism>") {
            self.isMechanism = true
            self.hasMechanism = true
        } else if tag.has("<proceed") {
            return StartTLS.handOver(consumed, context)
        } else if tag.has("<failure") {
            if self.isTLSAsked { StartTLS.refused.record(context) }
            self.isTLSAsked = false
            self.login = nil
        } else if tag.has("<success") {
            self.login?.accept(context)
            return Consumption(consumed, .finished)
        } else if tag.isStanza {
            return Consumption(consumed, .finished)
        }
        return Consumption(consumed)
    }

    private func readClient(_ tag: RawSpan, _ consumed: Int, _ context: DissectionContext) -> Consumption {
        if tag.has("<starttls") {
            self.isTLSAsked = true
        } else if tag.has("<auth "), let name = tag.attribute(" mechanism="), let mechanism = SASLMechanism(name) {
            var login = SASLExchange(mechanism, "xmpp")
            // The initial response is the text of the element.
            if tag.u8(at: tag.byteCount &- 2) != 0x2F { _ = login.respond(context) }
            self.login = login
        } else if tag.has("<response") {
            _ = self.login?.respond(context)
        } else if tag.isStanza {
            return Consumption(consumed, .finished)
        }
        return Consumption(consumed)
    }

    func lost(_ count: Int, from side: Side) {
        self.isInFeatures = false
        self.isTLSAsked = false
        self.isMechanism = false
        self.login = nil
    }
}

extension RawSpan {
    /// The value of an attribute of a tag, by its name between a space and an equals sign.
    @_lifetime(copy self)
    fileprivate func attribute(_ name: StaticString) -> RawSpan? {
        guard let start = self.firstRange(of: name) else { return nil }
        let from = start &+ name.utf8CodeUnitCount
        guard let quote = self.u8(at: from), quote == 0x22 || quote == 0x27, let end = self.firstIndex(of: quote, from: from &+ 1) else {
            return nil
        }
        return self.slice(from: from &+ 1, count: end &- from &- 1)
    }

    fileprivate var isStanza: Bool { self.has("<iq") || self.has("<message") || self.has("<presence") }

    /// The bytes from the first that is no white space.
    fileprivate var leadingTrimmed: RawSpan {
        @_lifetime(copy self)
        get {
            var offset = 0
            while let byte = self.u8(at: offset), byte <= 0x20 { offset &+= 1 }
            return self.slice(from: offset)
        }
    }
}
