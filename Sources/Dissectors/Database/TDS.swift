import Observations
import Wire

// The Tabular Data Stream of SQL Server (MS-TDS) and Sybase (TDS 4.2 and 5.0), and the SQL Server Browser (MC-SQLR).
//
// Read: version and encryption in the answer to a prelogin message, whether a login crossed unencrypted and was accepted, the
// version in the answer to it. Not read: names of users, hosts, applications and databases, passwords, statements, rows.

final class TDSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.tds

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let type = head.u8(at: 0).map({ Packet.Kind(rawValue: $0) }), let type else { return head.isEmpty ? .notYet : .no }
        guard head.u8(at: 1) ?? 1 <= 0x0F else { return .no }
        guard let packet = Packet(head) else { return head.byteCount < Packet.headerLength ? .notYet : .no }
        guard context.isStart else { return Self.isInMiddle(packet, head, context) ? .yes : .no }
        switch type {
        case .prelogin: return Prelogin.probe(head.slice(from: Packet.headerLength), packet)
        case .login7: return context.role == .server ? .no : Self.probeLogin7(head, packet)
        case .oldLogin: return context.role == .server ? .no : Self.probeOldLogin(head, packet)
        case .response: return context.role == .client ? .no : Self.probeResponse(head.slice(from: Packet.headerLength), packet)
        case .batch, .call, .attention, .bulk, .token, .transaction, .sspi: return .no
        }
    }

    private static func probeLogin7(_ head: RawSpan, _ packet: Packet) -> Probe {
        guard let length = head.u32le(at: 8), let version = head.u8(at: 15) else { return .notYet }
        // TDS 7.x, whose number is little-endian.
        guard version & 0xF0 == 0x70, length >= 86, length < 0x20000 else { return .no }
        return packet.isLast && Int(length) &+ Packet.headerLength != packet.length ? .no : .yes
    }

    /// Five names of at most 30 octets, each with its length behind it.
    private static func probeOldLogin(_ head: RawSpan, _ packet: Packet) -> Probe {
        guard packet.length >= 512 || packet.length == 511 else { return .no }
        guard let third = head.u8(at: 8 &+ 92) else { return .notYet }
        guard let first = head.u8(at: 8 &+ 30), let second = head.u8(at: 8 &+ 61) else { return .no }
        return first <= 30 && second <= 30 && third <= 30 && head.slice(from: 8, count: Int(first)).isText ? .yes : .no
    }

    private static func probeResponse(_ body: RawSpan, _ packet: Packet) -> Probe {
        guard let first = body.u8(at: 0) else { return .notYet }
        if first == 0 { return Prelogin.probe(body, packet) }
        guard [0xAD, 0xE3, 0xAA, 0xAB, 0xE5].contains(first), let length = body.u16le(at: 1) else { return body.byteCount < 3 ? .notYet : .no }
        guard Int(length) &+ 3 <= packet.length &- Packet.headerLength, length >= 4 else { return .no }
        guard let next = body.u8(at: Int(length) &+ 3) else { return .notYet }
        return [0xAD, 0xE3, 0xAA, 0xAB, 0xE5, 0xFD, 0xED, 0xE2].contains(next) ? .yes : .no
    }

    /// A segment in mid-stream: a request with its headers (MS-TDS 2.2.5.3), or a response that ends with DONE (2.2.7.6).
    private static func isInMiddle(_ packet: Packet, _ head: RawSpan, _ context: ProbeContext) -> Bool {
        switch packet.kind {
        case .batch, .call: return head.u32le(at: 8) == 22 && head.u32le(at: 12) == 18 && head.u16le(at: 16) == 2
        case .response:
            guard packet.isLast, packet.length == head.byteCount else { return context.isProved && packet.length >= head.byteCount }
            if Self.probeResponse(head.slice(from: Packet.headerLength), packet) == .yes { return true }
            let token = head.u8(at: head.byteCount &- 13)
            return (head.u8(at: 8) == 0x81 || head.u8(at: 8) == 0xE3 || context.isProved) && (token == 0xFD || token == 0xFE)
        case .prelogin: return Prelogin.probe(head.slice(from: Packet.headerLength), packet) == .yes
        case .login7: return Self.probeLogin7(head, packet) == .yes
        default: return false
        }
    }

    // MARK: State

    private static let packetLimit = 32768

    /// What the server said of encryption.
    private var encryption: UInt8?
    private var isPreloginAsked = false
    private var login: String?
    private var isPasswordSent = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= Packet.headerLength else { return Consumption(0, .more(atLeast: Packet.headerLength)) }
        guard let packet = Packet(bytes) else { return .failed }
        if !context.rolesAreSure { context.declare(side, is: packet.kind == .response ? .server : .client) }
        let body: RawSpan
        switch packet.kind {
        case .prelogin, .login7, .oldLogin, .response:
            guard packet.length <= Self.packetLimit else { return .finished }
            guard bytes.byteCount >= packet.length else { return Consumption(0, .more(atLeast: packet.length)) }
            body = bytes.slice(from: Packet.headerLength, count: packet.length &- Packet.headerLength)
        case .batch, .call, .bulk, .token, .transaction:
            // Statements that can be told apart are in clear.
            context.record(.databaseEncryption, self.encryption == 0 ? "login-only" : "clear", about: .server)
            return .finished
        case .attention, .sspi: return Consumption(packet.length)
        }
        switch packet.kind {
        case .prelogin where context.role(of: side) == .client:
            // TLS inside of prelogin messages (MS-TDS 2.2.6.5): the login that follows cannot be read.
            if body.u8(at: 0) == 0x16, self.encryption != nil || !self.isPreloginAsked { return self.encrypted(context) }
            self.isPreloginAsked = true
        case .prelogin: self.prelogin(body, context)
        case .response where body.u8(at: 0) == 0: self.prelogin(body, context)
        case .login7: self.login7(body, context)
        case .oldLogin: self.oldLogin(body, context)
        case .response:
            if self.answer(body, context) { return .finished }
        default: break
        }
        return Consumption(packet.length)
    }

    private func encrypted(_ context: DissectionContext) -> Consumption {
        if self.encryption == nil { context.record(.databaseEncryption, "offered", about: .server) }
        return .finished
    }

    private func prelogin(_ body: RawSpan, _ context: DissectionContext) {
        guard let prelogin = Prelogin(body) else { return }
        if let version = prelogin.version { context.record(.tdsVersion, version, about: .server) }
        guard let encryption = prelogin.encryption else { return }
        self.encryption = encryption & 0x0F
        switch self.encryption {
        case 0: context.record(.databaseEncryption, "login-only", about: .server)
        case 1, 3:
            context.record(.databaseEncryption, "used", about: .server)
            context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        default: context.record(.databaseEncryption, "not-offered", about: .server)
        }
    }

    /// MS-TDS 2.2.6.4: the password is there, obfuscated by a fixed rule.
    private func login7(_ body: RawSpan, _ context: DissectionContext) {
        guard let flags = body.u8(at: 25), let password = body.u16le(at: 46) else { return }
        self.login = flags & 0x80 != 0 ? "tds-integrated" : "tds-password"
        context.record(.databaseAuthentication, flags & 0x80 != 0 ? "tds-integrated" : "tds-password", about: .server)
        if flags & 0x80 == 0, password > 0 { self.sent(context) }
    }

    private func oldLogin(_ body: RawSpan, _ context: DissectionContext) {
        guard let password = body.u8(at: 92) else { return }
        self.login = "tds-password"
        context.record(.databaseAuthentication, "tds-password", about: .server)
        if password > 0 { self.sent(context) }
    }

    private func sent(_ context: DissectionContext) {
        self.isPasswordSent = true
        context.record(.loginClear, "tds", about: .server)
    }

    /// The tokens of an answer up to LOGINACK (MS-TDS 2.2.7.14; "TDS 5.0 Functional Specification").
    /// - Returns: whether the login was answered.
    private func answer(_ body: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(body)
        for _ in 0..<64 {
            guard let token = try? reader.u8() else { return false }
            switch token {
            case 0xAD:
                guard let length = try? reader.u16le(), let acknowledgement = try? reader.take(Int(length)) else { return true }
                self.accept(acknowledgement, context)
                return true
            case 0xAA, 0xAB, 0xE3, 0xE5, 0xE2, 0xED:
                guard let length = try? reader.u16le(), (try? reader.skip(Int(length))) != nil else { return false }
            default: return token == 0xFD
            }
        }
        return true
    }

    private func accept(_ acknowledgement: RawSpan, _ context: DissectionContext) {
        let isOld = acknowledgement.u8(at: 1) ?? 0 < 7
        guard let nameLength = acknowledgement.u8(at: 5), let interface = acknowledgement.u8(at: 0) else { return }
        // TDS 5.0: 5 accepted, 6 refused, 7 more to negotiate. TDS 7: the interface, which is 1 for SQL; there is no refusal.
        guard !isOld || interface == 5 else { return }
        context.record(.databaseEncryption, self.encryption == 0 ? "login-only" : "clear", about: .server)
        if self.isPasswordSent { context.record(.loginAccepted, "tds", about: .server) }
        let name = acknowledgement.slice(from: 6, count: isOld ? Int(nameLength) : Int(nameLength) &* 2)
        let version = acknowledgement.slice(from: 6 &+ name.byteCount)
        guard let major = version.u8(at: 0), let minor = version.u8(at: 1), let build = version.u16(at: 2), major > 0 else { return }
        // "Mi" in UTF-16: the others count their builds otherwise.
        if !isOld, name.u32(at: 0) == 0x4D00_6900 { context.record(.tdsVersion, "\(major).\(minor).\(build)", about: .server) }
    }
}

/// The header of a packet (MS-TDS 2.2.3.1).
private struct Packet {
    enum Kind: UInt8 {
        case batch = 0x01
        case oldLogin = 0x02
        case call = 0x03
        case response = 0x04
        case attention = 0x06
        case bulk = 0x07
        case transaction = 0x0E
        case token = 0x0F
        case login7 = 0x10
        case sspi = 0x11
        case prelogin = 0x12
    }

    static let headerLength = 8

    let kind: Kind
    let length: Int
    let isLast: Bool

    init?(_ bytes: RawSpan) {
        guard let kind = bytes.u8(at: 0).flatMap({ Kind(rawValue: $0) }), let status = bytes.u8(at: 1), status <= 0x0F, let length = bytes.u16(at: 2),
            Int(length) >= Self.headerLength, bytes.u8(at: 7) == 0
        else { return nil }
        self.kind = kind
        self.length = Int(length)
        self.isLast = status & 1 != 0
    }
}

/// PRELOGIN (MS-TDS 2.2.6.5): options with their places, then their values.
private struct Prelogin {
    private(set) var version: String?
    private(set) var encryption: UInt8?

    private static let optionLimit = 16

    init?(_ body: RawSpan) {
        guard body.u8(at: 0) == 0 else { return nil }
        var offset = 0
        while offset < Self.optionLimit &* 5, let token = body.u8(at: offset), token != 0xFF {
            guard let place = body.u16(at: offset &+ 1).map({ Int($0) }), let length = body.u16(at: offset &+ 3) else { return }
            if token == 0, length >= 6, let major = body.u8(at: place), let minor = body.u8(at: place &+ 1), let build = body.u16(at: place &+ 2), major > 0 {
                self.version = "\(major).\(minor).\(build)"
            }
            if token == 1, length >= 1 { self.encryption = body.u8(at: place) }
            offset &+= 5
        }
    }

    static func probe(_ body: RawSpan, _ packet: Packet) -> Probe {
        guard packet.length >= 20, packet.length <= 4096, packet.isLast else { return .no }
        guard let token = body.u8(at: 0) else { return .notYet }
        guard token == 0 else { return .no }
        guard let place = body.u16(at: 1), let length = body.u16(at: 3), let next = body.u8(at: 5) else { return .notYet }
        // VERSION comes first and has six octets; then ENCRYPTION.
        guard length == 6, place >= 6, Int(place) &+ 6 &+ Packet.headerLength <= packet.length else { return .no }
        return next == 1 || next == 0xFF ? .yes : .no
    }
}

/// Answers of the SQL Server Browser (MC-SQLR 2.2.5): instances with their versions.
enum SQLBrowserDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.tds
    static let usualPorts: Set<UInt16> = [1434]

    private static let instanceLimit = 32

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 5 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u8(at: 0) == 5, let size = datagram.u16le(at: 1), datagram.has("ServerName;", at: 3) else { return .no }
        let text = datagram.slice(from: 3, count: Int(size))
        guard text.byteCount == Int(size) || context.isCut, text.isText else { return .no }
        context.declare(side, is: .server)
        var start = 0
        var name = RawSpan()
        var count = 0
        // Names and values in turn; an empty name ends an instance.
        var isValue = false
        while start <= text.byteCount, count < Self.instanceLimit {
            let end = text.firstIndex(of: 0x3B, from: start) ?? text.byteCount
            let part = text.slice(from: start, count: end &- start)
            if isValue {
                if name.equals("InstanceName") {
                    count &+= 1
                    context.record(.tdsInstance, part.slice(from: 0, count: 64), about: .server)
                } else if name.equals("Version") {
                    context.record(.tdsVersion, Self.build(part), about: .server)
                }
                isValue = false
            } else {
                name = part
                isValue = !part.isEmpty
            }
            start = end &+ 1
        }
        return .more
    }

    /// The first three numbers of a version, as a server's prelogin has them.
    @_lifetime(copy text)
    private static func build(_ text: RawSpan) -> RawSpan {
        var dots = 0
        var offset = 0
        while let byte = text.u8(at: offset), offset < 32 {
            if byte == 0x2E { dots &+= 1 }
            if dots == 3 { break }
            offset &+= 1
        }
        return text.slice(from: 0, count: offset)
    }
}
