import Observations
import Wire

// The frontend/backend protocol of PostgreSQL, version 3 (PostgreSQL documentation, "Frontend/Backend Protocol").
//
// Read: whether TLS was asked for and given, the authentication that the server asks for, whether it accepted, its version. Not
// read: user, database and application names, passwords, queries, rows, the texts of errors (they name users).

final class PostgreSQLDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.postgresql

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if context.isStart {
            if first == 0 { return context.role == .server ? .no : Startup.probe(head) }
            return context.role == .client ? .no : Self.probeServer(head, first)
        }
        return Self.isChain(head, isProved: context.isProved) || Startup.probe(head) == .yes ? .yes : .no
    }

    /// The first bytes of a server: the answer to a request for encryption, a request for authentication, or an error.
    private static func probeServer(_ head: RawSpan, _ first: UInt8) -> Probe {
        switch first {
        case UInt8(ascii: "R"): return Message.probeAuthentication(head, at: 0)
        case UInt8(ascii: "S"):
            // The TLS record of a ServerHello or an alert.
            guard let type = head.u8(at: 1) else { return .notYet }
            guard type == 0x16 || type == 0x15 else { return .no }
            guard let major = head.u8(at: 2), let minor = head.u8(at: 3) else { return head.u8(at: 2) ?? 3 == 3 ? .notYet : .no }
            return major == 3 && minor <= 4 ? .yes : .no
        case UInt8(ascii: "N"):
            guard let next = head.u8(at: 1) else { return .notYet }
            return next == UInt8(ascii: "R") ? Message.probeAuthentication(head, at: 1) : next == UInt8(ascii: "E") ? Message.probeError(head, at: 1) : .no
        case UInt8(ascii: "E"): return Message.probeError(head, at: 0)
        default: return .no
        }
    }

    /// A segment in mid-stream of whole messages one after the other that no other protocol has: one that ends with ReadyForQuery, or
    /// a simple or an extended query.
    private static func isChain(_ head: RawSpan, isProved: Bool) -> Bool {
        var offset = 0
        var count = 0
        while count < 64, let message = Message(head, at: offset), message.isKnown {
            if message.type == UInt8(ascii: "Z") {
                return message.length == 5 && [0x49, 0x54, 0x45].contains(head.u8(at: offset &+ 5) ?? 0)
            }
            let end = offset &+ 1 &+ message.length
            if count == 0, message.type == UInt8(ascii: "Q"), end == head.byteCount {
                return message.length > 5 && head.u8(at: end &- 1) == 0 && head.slice(from: 5, count: message.length &- 5).isText
            }
            count &+= 1
            // Sync ends an extended query.
            if message.type == UInt8(ascii: "S"), message.length == 4 { return end == head.byteCount && count > 1 }
            if isProved, end == head.byteCount { return true }
            offset = end
        }
        return false
    }

    // MARK: State

    /// What a client asked for before its startup message, and was not answered yet.
    private enum Asked { case nothing, tls, gss }
    private enum Method: String {
        case trust = "postgresql-trust"
        case password = "postgresql-password"
        case crypt = "postgresql-crypt"
        case md5 = "postgresql-md5"
        case scram = "postgresql-scram"
        case oauth = "postgresql-oauth"
        case kerberos = "postgresql-kerberos"
        case sspi = "postgresql-sspi"
        case other = "postgresql-other"
    }

    private var asked = Asked.nothing
    private var isStarted = false
    /// Whether the client's startup message and everything of the server since was seen.
    private var isWhole = false
    private var isServerAtStart = true
    private var method: Method?
    private var isPasswordSent = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if !context.rolesAreSure { context.declare(side, is: self.isClient(bytes) ? .client : .server) }
        return context.role(of: side) == .client ? self.client(bytes, &context) : self.server(bytes, &context)
    }

    private func isClient(_ bytes: RawSpan) -> Bool {
        switch bytes.u8(at: 0) {
        case 0, UInt8(ascii: "Q"), UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "p"), UInt8(ascii: "X"), UInt8(ascii: "F"): true
        default: false
        }
    }

    // MARK: Client

    private func client(_ bytes: RawSpan, _ context: inout DissectionContext) -> Consumption {
        if bytes.u8(at: 0) == 0, !self.isStarted {
            guard let length = bytes.u32(at: 0), let code = bytes.u32(at: 4) else { return Consumption(0, .more(atLeast: 8)) }
            guard length >= 8, length <= Startup.limit else { return .failed }
            switch code {
            case Startup.tls:
                self.asked = .tls
                return Consumption(8)
            case Startup.gss:
                self.asked = .gss
                return Consumption(8)
            case Startup.cancel: return .finished
            default:
                self.isStarted = true
                self.isWhole = true
                return Consumption(8, .skip(Int(length) &- 8))
            }
        }
        // A TLS record, where the answer of the server was not seen.
        if bytes.u8(at: 0) == 0x16, self.asked == .tls { return self.upgrade(0, context) }
        guard bytes.byteCount >= 5 else { return Consumption(0, .more(atLeast: 5)) }
        guard let message = Message(bytes, at: 0), message.isKnown else { return .failed }
        if message.type == UInt8(ascii: "p") {
            self.isPasswordSent = true
            if self.method == .password { context.record(.loginClear, Method.password.rawValue, about: .server) }
        } else if message.type == UInt8(ascii: "Q") || message.type == UInt8(ascii: "P") {
            context.record(.databaseEncryption, "clear", about: .server)
        }
        return Consumption(5, .skip(message.length &- 4))
    }

    private func upgrade(_ consumed: Int, _ context: DissectionContext) -> Consumption {
        context.record(.databaseEncryption, "used", about: .server)
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return Consumption(consumed, .handOver)
    }

    // MARK: Server

    private func server(_ bytes: RawSpan, _ context: inout DissectionContext) -> Consumption {
        let first = bytes.u8(at: 0)
        if self.asked != .nothing {
            defer { self.asked = .nothing }
            switch (self.asked, first) {
            case (.tls, UInt8(ascii: "S")): return self.upgrade(1, context)
            case (.tls, UInt8(ascii: "N")):
                context.record(.databaseEncryption, "refused", about: .server)
                return Consumption(1)
            case (.gss, UInt8(ascii: "N")): return Consumption(1)
            case (.gss, UInt8(ascii: "G")):
                context.record(.databaseAuthentication, Method.kerberos.rawValue, about: .server)
                context.record(.databaseEncryption, "used", about: .server)
                return .finished
            default: break
            }
        } else if self.isServerAtStart, !self.isStarted, first == UInt8(ascii: "S") || first == UInt8(ascii: "N") {
            // The question was not seen. A message has a length here, whose first octet is 0.
            guard let second = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            if second != 0 {
                self.isServerAtStart = false
                if first == UInt8(ascii: "S") { return self.upgrade(1, context) }
                return Consumption(1)
            }
        }
        self.isServerAtStart = false
        guard bytes.byteCount >= 5 else { return Consumption(0, .more(atLeast: 5)) }
        guard let message = Message(bytes, at: 0), message.isKnown else { return .failed }
        switch message.type {
        case UInt8(ascii: "R"), UInt8(ascii: "S"):
            guard message.length <= Message.limit else { return .failed }
            guard bytes.byteCount > message.length else { return Consumption(0, .more(atLeast: message.length &+ 1)) }
            let body = bytes.slice(from: 5, count: message.length &- 4)
            if message.type == UInt8(ascii: "R") { self.authentication(body, context) } else { self.parameter(body, context) }
            return Consumption(1 &+ message.length)
        // Ready: nothing more is said of the server.
        case UInt8(ascii: "Z"):
            context.record(.databaseEncryption, "clear", about: .server)
            return .finished
        default: return Consumption(5, .skip(message.length &- 4))
        }
    }

    private func authentication(_ body: RawSpan, _ context: DissectionContext) {
        guard let code = body.u32(at: 0) else { return }
        switch code {
        case 0: self.accept(context)
        case 2, 7: self.ask(.kerberos, context)
        case 3: self.ask(.password, context)
        case 4: self.ask(.crypt, context)
        case 5: self.ask(.md5, context)
        case 9: self.ask(.sspi, context)
        case 10: self.ask(body.has("SCRAM-", at: 4) ? .scram : body.has("OAUTH", at: 4) ? .oauth : .other, context)
        // What follows these is the same exchange going on.
        default: break
        }
    }

    private func ask(_ method: Method, _ context: DissectionContext) {
        self.method = method
        context.record(.databaseAuthentication, method.rawValue, about: .server)
    }

    private func accept(_ context: DissectionContext) {
        context.record(.databaseEncryption, "clear", about: .server)
        if let method {
            if method == .password, self.isPasswordSent { context.record(.loginAccepted, method.rawValue, about: .server) }
        } else if self.isWhole {
            context.record(.databaseAuthentication, Method.trust.rawValue, about: .server)
            context.record(.loginAnonymous, Method.trust.rawValue, about: .server)
        }
    }

    private func parameter(_ body: RawSpan, _ context: DissectionContext) {
        guard body.has("server_version\0") else { return }
        context.record(.postgresqlVersion, body.slice(from: 15, count: 64).trimmed, about: .server)
    }

    func lost(_ count: Int, from side: Side) {
        self.isWhole = false
        self.asked = .nothing
        self.isServerAtStart = false
        self.isStarted = true
        self.method = self.method ?? .other
    }
}

/// What a client sends first: a length, a code, and for a startup message parameters.
private enum Startup {
    static let limit: UInt32 = 10_000
    static let cancel: UInt32 = 80_877_102
    static let tls: UInt32 = 80_877_103
    static let gss: UInt32 = 80_877_104

    static func probe(_ head: RawSpan) -> Probe {
        guard head.u8(at: 1) ?? 0 == 0 else { return .no }
        guard let length = head.u32(at: 0), let code = head.u32(at: 4) else {
            // A length, and the first octets of the codes.
            guard let high = head.u16(at: 4) else { return .notYet }
            return high == 3 || high == 0x04D2 ? .notYet : .no
        }
        switch code {
        case Self.tls, Self.gss: return length == 8 ? .yes : .no
        case Self.cancel: return (16...268).contains(length) ? .yes : .no
        case 0x0003_0000...0x0003_0002:
            guard length >= 9, length <= Self.limit else { return .no }
            if length == 9 { return head.u8(at: 8) ?? 0 == 0 ? (head.byteCount >= 9 ? .yes : .notYet) : .no }
            // The name of a parameter; `user` has to be among them and mostly is the first.
            var offset = 8
            while offset < 40, let byte = head.u8(at: offset) {
                if byte == 0 { return offset > 9 ? .yes : .no }
                guard byte.isLetter || byte == 0x5F || (byte == 0x2E && offset > 8) else { return .no }
                offset &+= 1
            }
            return offset < 40 ? .notYet : .no
        default: return .no
        }
    }
}

/// The header of a message: a type and a length that counts itself.
private struct Message {
    /// The longest message that is read.
    static let limit = 8192

    let type: UInt8
    let length: Int

    init?(_ bytes: RawSpan, at offset: Int) {
        guard let type = bytes.u8(at: offset), let length = bytes.u32(at: offset &+ 1), length >= 4, length < 0x4000_0000 else { return nil }
        self.type = type
        self.length = Int(length)
    }

    /// Whether the protocol has such a type ("Message Formats").
    var isKnown: Bool {
        switch self.type {
        case 0x31, 0x32, 0x33: self.length == 4
        case 0x41...0x4B, 0x4E, 0x50...0x54, 0x56...0x58, 0x5A, 0x63, 0x64, 0x66, 0x6E, 0x70, 0x73, 0x74, 0x76: true
        default: false
        }
    }

    static func probeAuthentication(_ head: RawSpan, at offset: Int) -> Probe {
        guard head.u8(at: offset &+ 1) ?? 0 == 0, head.u8(at: offset &+ 2) ?? 0 == 0 else { return .no }
        guard let length = head.u32(at: offset &+ 1), let code = head.u32(at: offset &+ 5) else { return .notYet }
        switch code {
        case 0, 2, 3, 6, 7, 9: return length == 8 ? .yes : .no
        case 4: return length == 10 ? .yes : .no
        case 5: return length == 12 ? .yes : .no
        case 10: return (12...256).contains(length) ? .yes : .no
        default: return .no
        }
    }

    /// ErrorResponse: fields of a letter and a text; the first is the severity.
    static func probeError(_ head: RawSpan, at offset: Int) -> Probe {
        guard head.u8(at: offset &+ 1) ?? 0 == 0, head.u8(at: offset &+ 2) ?? 0 == 0 else { return .no }
        guard let length = head.u32(at: offset &+ 1), let field = head.u8(at: offset &+ 5), head.byteCount >= offset &+ 12 else { return .notYet }
        guard (20...8192).contains(length), field == UInt8(ascii: "S") else { return .no }
        return head.slice(from: offset &+ 6, count: 5).isCapitals ? .yes : .no
    }
}

extension RawSpan {
    fileprivate var isCapitals: Bool {
        var offset = 0
        while let byte = self.u8(at: offset) {
            guard byte >= 0x41, byte <= 0x5A else { return false }
            offset &+= 1
        }
        return offset > 0
    }
}
