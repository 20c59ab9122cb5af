import Observations
import Wire

// What the line-based protocols of mail and chat share: where a line ends, the mechanisms of a login (SASL, RFC 4422) and what is
// noted of it. Neither names nor secrets are read: only how many messages of a login have crossed.

/// Cuts the bytes of both sides into lines, and passes over the rest of a line that is too long.
struct LineCutter {
    /// The longest line that is read.
    static let limit = 2048

    enum Line {
        /// A line that ends with the line feed at this offset.
        case whole(Int)
        /// So many bytes of a line that is not read.
        case passed(Int)
        /// The line is not complete.
        case unfinished
    }

    private var isPassing: (initiator: Bool, responder: Bool) = (false, false)

    mutating func next(_ bytes: RawSpan, _ side: Side) -> Line {
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.limit) else {
            guard bytes.byteCount >= Self.limit else { return .unfinished }
            self.pass(true, side)
            return .passed(bytes.byteCount)
        }
        return self.pass(false, side) ? .passed(end &+ 1) : .whole(end)
    }

    /// - Returns: what was set before.
    @discardableResult
    mutating func pass(_ isPassing: Bool, _ side: Side) -> Bool {
        defer { if side == .initiator { self.isPassing.initiator = isPassing } else { self.isPassing.responder = isPassing } }
        return side == .initiator ? self.isPassing.initiator : self.isPassing.responder
    }
}

/// The lines that a conversation exchanges until it turns to TLS or has said enough: what reading begins with each time.
struct LineExchange {
    enum Element {
        /// A line that ends with the line feed at this offset.
        case line(Int)
        /// No line to read now: what to answer.
        case none(Consumption)
    }

    /// The most lines that are read: after so many nothing new is to be expected.
    private let limit: Int
    private var cutter = LineCutter()
    /// How many lines were read.
    private(set) var count = 0
    /// Whether the client asked for TLS, and nothing was said of it yet.
    var isTLSAsked = false

    init(limit: Int) { self.limit = limit }

    mutating func next(_ bytes: RawSpan, _ side: Side, _ context: DissectionContext) -> Element {
        if self.isTLSAsked {
            guard let isTLS = bytes.beginsTLSRecord else { return .none(Consumption(0, .more(atLeast: bytes.byteCount &+ 1))) }
            if isTLS { return .none(StartTLS.handOver(0, context)) }
        }
        switch self.cutter.next(bytes, side) {
        case .unfinished: return .none(Consumption(0, .more(atLeast: bytes.byteCount &+ 1)))
        case .passed(let count): return .none(Consumption(count))
        case .whole(let end):
            self.count &+= 1
            return self.count > self.limit ? .none(.finished) : .line(end)
        }
    }

    /// Bytes of a side are lost: its next line is a line again, and what was asked may have been answered.
    mutating func lose(_ side: Side) {
        self.cutter.pass(false, side)
        self.isTLSAsked = false
    }
}

/// Mechanisms by their names in IANA's registry, and those that are in use without being in it.
enum SASLMechanism: String, CaseIterable {
    case plain = "PLAIN"
    case login = "LOGIN"
    case cramMD5 = "CRAM-MD5"
    case digestMD5 = "DIGEST-MD5"
    case scramSHA1 = "SCRAM-SHA-1"
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    case scramSHA512 = "SCRAM-SHA-512"
    case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
    case ntlm = "NTLM"
    case gssapi = "GSSAPI"
    case gssSPNEGO = "GSS-SPNEGO"
    case xOAuth2 = "XOAUTH2"
    case oAuthBearer = "OAUTHBEARER"
    case external = "EXTERNAL"
    case anonymous = "ANONYMOUS"
    case otp = "OTP"

    /// The mechanism of this name, in any letter case.
    init?(_ name: RawSpan) {
        guard name.byteCount <= 20, let mechanism = Self(rawValue: String(decoding: name.copied(limit: 20), as: UTF8.self).uppercased()) else {
            return nil
        }
        self = mechanism
    }

    enum Secret { case clear, challenged, none }
    /// How the secret crosses: as it is, as the answer to a challenge, or not at all.
    var secret: Secret {
        switch self {
        case .plain, .login, .xOAuth2, .oAuthBearer: .clear
        case .cramMD5, .digestMD5, .ntlm, .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus, .scramSHA512, .scramSHA512Plus: .challenged
        case .gssapi, .gssSPNEGO, .external, .anonymous, .otp: .none
        }
    }

    /// With which message of the client the secret has crossed.
    fileprivate var decisiveMessage: Int {
        switch self {
        case .login, .ntlm, .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus, .scramSHA512, .scramSHA512Plus: 2
        default: 1
        }
    }

    /// Notes each mechanism of a list whose names are parted by spaces.
    static func recordOffer(_ list: RawSpan, _ context: DissectionContext) {
        var start = 0
        var count = 0
        while start < list.byteCount, count < 24 {
            let end = list.firstIndex(of: 0x20, from: start) ?? list.byteCount
            if let mechanism = Self(list.slice(from: start, count: end &- start).trimmed) {
                context.record(.saslOffered, mechanism.rawValue, about: .server)
            }
            start = end &+ 1
            count &+= 1
        }
    }
}

/// A login that goes on.
struct SASLExchange {
    let mechanism: SASLMechanism
    /// The protocol, as the values of `login.clear` have it.
    let service: String
    private var messages = 0

    init(_ mechanism: SASLMechanism, _ service: String) {
        self.mechanism = mechanism
        self.service = service
    }

    /// The client has sent a message.
    /// - Returns: whether the login is over as far as the client can tell.
    mutating func respond(_ context: DissectionContext) -> Bool {
        self.messages &+= 1
        guard self.messages == self.mechanism.decisiveMessage else { return self.messages > self.mechanism.decisiveMessage }
        context.record(.saslUsed, self.mechanism.rawValue, about: .conversation)
        switch self.mechanism.secret {
        case .clear: context.record(.loginClear, self.service, about: .conversation)
        case .challenged: context.record(.loginChallenged, "\(self.service)-\(self.mechanism.rawValue.lowercased())", about: .conversation)
        case .none: break
        }
        return true
    }

    /// The server accepted the login.
    func accept(_ context: DissectionContext) {
        guard self.messages >= self.mechanism.decisiveMessage else { return }
        if self.mechanism == .anonymous {
            context.record(.loginAnonymous, self.service, about: .server)
        } else if self.mechanism.secret == .clear {
            context.record(.loginAccepted, self.service, about: .conversation)
        }
    }
}

/// What became of a change to TLS inside a protocol, by the values of `service.starttls`.
enum StartTLS: String {
    case offered
    case notOffered = "not-offered"
    case accepted
    case refused

    func record(_ context: DissectionContext) { context.record(.serviceStartTLS, self.rawValue, about: .server) }

    /// The change was agreed on: what follows is TLS.
    static func handOver(_ consumed: Int, _ context: DissectionContext) -> Consumption {
        Self.accepted.record(context)
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return Consumption(consumed, .handOver)
    }
}

extension RawSpan {
    /// Whether a TLS record begins here: `nil` where the bytes do not tell yet.
    var beginsTLSRecord: Bool? {
        guard let type = self.u8(at: 0) else { return nil }
        guard type == 0x16 else { return false }
        return self.u8(at: 1).map { $0 == 3 }
    }

    /// The first word: what stands before the first space.
    var firstWord: RawSpan {
        @_lifetime(copy self)
        get { self.slice(from: 0, count: self.firstIndex(of: 0x20) ?? self.byteCount) }
    }

    /// Whether the bytes are a host name or an address: letters, digits, hyphens, dots, colons, brackets.
    var isServerName: Bool {
        guard !self.isEmpty, self.byteCount <= 255, self.firstIndex(of: 0x2E) != nil else { return false }
        var offset = 0
        while let byte = self.u8(at: offset) {
            guard byte.isDigit || byte.isLetter || byte == 0x2D || byte == 0x2E || byte == 0x3A || byte == 0x5B || byte == 0x5D || byte == 0x5F
            else { return false }
            offset &+= 1
        }
        return true
    }

    /// The text before a date as RFC 5322 writes it: `… ready at Mon, 2 Jan 2026 …`. A banner with its date would be another one each time.
    var beforeDate: RawSpan {
        @_lifetime(copy self)
        get {
            var offset = 0
            while let comma = self.firstIndex(of: 0x2C, from: offset) {
                offset = comma &+ 1
                guard comma >= 3, self.u8(at: comma &+ 1) == 0x20, self.u8(at: comma &+ 2)?.isDigit == true else { continue }
                let day = self.slice(from: comma &- 3, count: 3)
                if day.hasIgnoringCase("mon") || day.hasIgnoringCase("tue") || day.hasIgnoringCase("wed") || day.hasIgnoringCase("thu")
                    || day.hasIgnoringCase("fri") || day.hasIgnoringCase("sat") || day.hasIgnoringCase("sun")
                {
                    return self.slice(from: 0, count: comma &- 3).trimmed
                }
            }
            return self
        }
    }
}
