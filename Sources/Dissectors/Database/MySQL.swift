import Observations
import Wire

// The client/server protocol of MySQL and MariaDB (MySQL Internals, "Connection Phase"; MariaDB documentation, "Connection").
//
// Read: the server's version, whether it can do TLS and whether the client changes to it, the authentication plugin that is used
// in the end, whether the login was accepted and whether it had a password at all. Not read: user and database names,
// authentication data, connection attributes, queries, rows, the texts of errors.

final class MySQLDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.mysql
    /// A load balancer may speak first, to tell the server the client's address.
    static let mayBeginLate = true

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let sequence = head.u8(at: 3) else { return head.byteCount < 4 ? .notYet : .no }
        guard let packet = Packet(head), packet.length >= 1 else { return .no }
        if context.isStart {
            switch sequence {
            case 0: return context.role == .client ? .no : Greeting.probe(packet, head)
            case 1: return context.role == .server ? .no : Response.probe(packet, head)
            default: return .no
            }
        }
        return Self.isQuery(packet, head) || Self.isResultSet(packet, head) || (context.isProved && packet.length &+ 4 == head.byteCount)
            || Greeting.probe(packet, head) == .yes ? .yes : .no
    }

    /// COM_QUERY with a statement, and nothing else in the segment.
    private static func isQuery(_ packet: Packet, _ head: RawSpan) -> Bool {
        guard packet.sequence == 0, head.u8(at: 4) == 3, packet.length > 6, packet.length &+ 4 == head.byteCount else { return false }
        let text = head.slice(from: 5, count: 8)
        return text.hasIgnoringCase("select ") || text.hasIgnoringCase("insert ") || text.hasIgnoringCase("update ") || text.hasIgnoringCase("delete ")
            || text.hasIgnoringCase("show ") || text.hasIgnoringCase("set ")
    }

    /// The number of columns, and the first column, whose catalogue is always "def".
    private static func isResultSet(_ packet: Packet, _ head: RawSpan) -> Bool {
        packet.sequence == 1 && (1...2).contains(packet.length) && head.u8(at: 7 &+ packet.length) == 2
            && head.u32(at: 8 &+ packet.length) == 0x0364_6566
    }

    // MARK: State

    private var isGreeted = false
    private var hasResponded = false
    /// The plugin that is used, as far as it was negotiated.
    private var plugin: String?
    /// Whether the client's last answer to the plugin was empty.
    private var isEmpty = false
    private var hasLost = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 5 else { return Consumption(0, .more(atLeast: 5)) }
        guard let packet = Packet(bytes) else { return .failed }
        if !context.rolesAreSure {
            let isServer = packet.sequence == 0 ? bytes.u8(at: 4) == 10 || bytes.u8(at: 4) == 9 || bytes.u8(at: 4) == 0xFF : packet.sequence % 2 == 0
            context.declare(side, is: isServer ? .server : .client)
        }
        if context.role(of: side) == .server {
            if !self.isGreeted, packet.sequence == 0 { return self.greeting(bytes, packet, context) }
            return self.answer(bytes, packet, context)
        }
        if !self.hasResponded, packet.sequence == 1 { return self.response(bytes, packet, context) }
        // A command: the connection phase is over, and all of it is in clear.
        if packet.sequence == 0 || !self.hasResponded {
            if packet.sequence == 0 { context.record(.databaseEncryption, "clear", about: .server) }
            return .finished
        }
        self.isEmpty = packet.length == 0
        if packet.length > 0, self.plugin == Plugin.clear { context.record(.loginClear, Plugin.clear, about: .server) }
        return Consumption(4, .skip(packet.length))
    }

    private func greeting(_ bytes: RawSpan, _ packet: Packet, _ context: DissectionContext) -> Consumption {
        guard packet.length <= Packet.limit else { return .failed }
        guard bytes.byteCount >= 4 &+ packet.length else { return Consumption(0, .more(atLeast: 4 &+ packet.length)) }
        // An error instead of a greeting: too many connections, or a host that is not allowed.
        guard let greeting = Greeting(bytes.slice(from: 4, count: packet.length)) else { return .finished }
        self.isGreeted = true
        context.record(.mysqlVersion, greeting.version.rawSpan, about: .server)
        if greeting.isOld { self.plugin = Plugin.old }
        if !greeting.isOld { context.record(.databaseEncryption, greeting.canTLS ? "offered" : "not-offered", about: .server) }
        return Consumption(4 &+ packet.length)
    }

    private func response(_ bytes: RawSpan, _ packet: Packet, _ context: DissectionContext) -> Consumption {
        guard packet.length <= Packet.limit else { return .failed }
        guard bytes.byteCount >= 4 &+ packet.length else { return Consumption(0, .more(atLeast: 4 &+ packet.length)) }
        let body = bytes.slice(from: 4, count: packet.length)
        if packet.length == 32, (body.u16le(at: 0) ?? 0) & Capability.tls != 0 {
            context.record(.databaseEncryption, "used", about: .server)
            context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
            return Consumption(36, .handOver)
        }
        self.hasResponded = true
        let response = Response(body)
        self.plugin = response.plugin
        self.isEmpty = response.isEmpty
        if !response.isEmpty, response.plugin == Plugin.clear { context.record(.loginClear, Plugin.clear, about: .server) }
        return Consumption(4 &+ packet.length)
    }

    /// What a server says between the client's response and the end of the connection phase ("Authentication Phase").
    private func answer(_ bytes: RawSpan, _ packet: Packet, _ context: DissectionContext) -> Consumption {
        guard packet.length > 0, let first = bytes.u8(at: 4) else { return .finished }
        switch first {
        case 0:
            guard self.hasResponded, !self.hasLost else { return .finished }
            context.record(.databaseEncryption, "clear", about: .server)
            guard let plugin = self.plugin else { return .finished }
            context.record(.databaseAuthentication, plugin, about: .server)
            if self.isEmpty, Plugin.needsPassword(plugin) {
                context.record(.loginAnonymous, "mysql-no-password", about: .server)
            } else if plugin == Plugin.clear {
                context.record(.loginAccepted, plugin, about: .server)
            }
            return .finished
        case 0xFE:
            guard packet.length <= Packet.limit else { return .finished }
            guard bytes.byteCount >= 4 &+ packet.length else { return Consumption(0, .more(atLeast: 4 &+ packet.length)) }
            // One octet alone asks for the authentication of before 4.1.
            let name = bytes.slice(from: 5, count: packet.length &- 1)
            self.plugin = packet.length == 1 ? Plugin.old : Plugin.name(name.slice(from: 0, count: name.firstIndex(of: 0) ?? name.byteCount))
            return Consumption(4 &+ packet.length)
        case 1: return Consumption(4, .skip(packet.length))
        // An error, or the connection phase was not seen.
        default: return .finished
        }
    }

    func lost(_ count: Int, from side: Side) { self.hasLost = true }
}

/// The header of a packet: three octets of length, little-endian, and a number that counts up within an exchange.
private struct Packet {
    static let limit = 8192

    let length: Int
    let sequence: UInt8

    init?(_ bytes: RawSpan) {
        guard let header = bytes.u32le(at: 0) else { return nil }
        self.length = Int(header & 0xFF_FFFF)
        self.sequence = UInt8(truncatingIfNeeded: header &>> 24)
    }
}

/// Capability flags, the lower sixteen.
private enum Capability {
    static let withDatabase: UInt16 = 0x0008
    static let protocol41: UInt16 = 0x0200
    static let tls: UInt16 = 0x0800
    static let secureConnection: UInt16 = 0x8000
    // The upper sixteen.
    static let pluginName: UInt16 = 0x0008
    static let encodedLength: UInt16 = 0x0020
}

/// The first packet of a server.
private struct Greeting {
    let version: [UInt8]
    let canTLS: Bool
    /// Protocol 9, before MySQL 3.22, or a server that only knows the authentication of before 4.1.
    let isOld: Bool

    private static let versionLimit = 64

    init?(_ body: RawSpan) {
        guard let kind = body.u8(at: 0), kind == 10 || kind == 9, let end = body.firstIndex(of: 0, from: 1, before: Self.versionLimit) else { return nil }
        self.version = body.slice(from: 1, count: end &- 1).copied()
        let capabilities = body.u16le(at: end &+ 14) ?? 0
        self.canTLS = kind == 10 && capabilities & Capability.tls != 0
        self.isOld = kind == 9 || capabilities & Capability.protocol41 == 0
    }

    static func probe(_ packet: Packet, _ head: RawSpan) -> Probe {
        guard packet.length <= 1024 else { return .no }
        guard let kind = head.u8(at: 4) else { return .notYet }
        if kind == 0xFF {
            // An error with its number, instead of a greeting.
            guard packet.length >= 10 else { return .no }
            guard let code = head.u16le(at: 5), head.byteCount >= packet.length &+ 4 else { return .notYet }
            return [1040, 1129, 1130, 1203, 1226].contains(code) && head.byteCount == packet.length &+ 4 && head.slice(from: 7).isText ? .yes : .no
        }
        guard kind == 10, packet.length >= 30 else { return .no }
        var offset = 5
        while offset < 5 &+ Self.versionLimit {
            guard let byte = head.u8(at: offset) else { return .notYet }
            if byte == 0 {
                guard offset > 7 else { return .no }
                // Thread, first part of the scramble, and the filler between it and the capabilities.
                guard let filler = head.u8(at: offset &+ 13) else { return .notYet }
                return filler == 0 && offset &+ 15 <= packet.length &+ 4 ? .yes : .no
            }
            guard byte > 0x20, byte < 0x7F, offset > 5 || byte.isDigit else { return .no }
            offset &+= 1
        }
        return .no
    }
}

/// The first packet of a client.
private struct Response {
    let plugin: String?
    /// Whether there is no authentication data.
    let isEmpty: Bool

    init(_ body: RawSpan) {
        guard let low = body.u16le(at: 0), low & Capability.protocol41 != 0, let high = body.u16le(at: 2) else {
            // The response of before 4.1: flags, the largest packet, a name, data.
            let end = body.firstIndex(of: 0, from: 5) ?? body.byteCount
            self.plugin = Plugin.old
            self.isEmpty = body.u8(at: end &+ 1) ?? 0 == 0
            return
        }
        var offset = (body.firstIndex(of: 0, from: 32) ?? body.byteCount) &+ 1
        let length: Int
        if high & Capability.encodedLength != 0 || low & Capability.secureConnection != 0 {
            // Lengths of 251 octets and more have another form; no plugin sends so much here.
            length = Int(body.u8(at: offset) ?? 0)
            offset &+= 1 &+ length
        } else {
            let end = body.firstIndex(of: 0, from: offset) ?? body.byteCount
            length = end &- offset
            offset = end &+ 1
        }
        self.isEmpty = length == 0
        guard high & Capability.pluginName != 0 else {
            self.plugin = low & Capability.secureConnection != 0 ? Plugin.native : Plugin.old
            return
        }
        if low & Capability.withDatabase != 0 { offset = (body.firstIndex(of: 0, from: offset) ?? body.byteCount) &+ 1 }
        let end = body.firstIndex(of: 0, from: offset) ?? body.byteCount
        self.plugin = end > offset ? Plugin.name(body.slice(from: offset, count: end &- offset)) : nil
    }

    static func probe(_ packet: Packet, _ head: RawSpan) -> Probe {
        guard packet.length >= 32, packet.length <= 4096 else { return .no }
        guard let capabilities = head.u16le(at: 4) else { return .notYet }
        guard capabilities & Capability.protocol41 != 0, packet.length != 32 || capabilities & Capability.tls != 0 else { return .no }
        // 19 octets of filler; MariaDB uses the four behind them.
        guard head.byteCount >= 32 else { return .notYet }
        for offset in 13..<32 where head.u8(at: offset) != 0 { return .no }
        return .yes
    }
}

/// Authentication plugins, by the names under which they are noted.
private enum Plugin {
    static let native = "mysql-native"
    static let old = "mysql-old"
    static let clear = "mysql-clear"

    static func name(_ plugin: RawSpan) -> String {
        if plugin.equals("mysql_native_password") { return Self.native }
        if plugin.equals("caching_sha2_password") { return "mysql-caching-sha2" }
        if plugin.equals("sha256_password") { return "mysql-sha256" }
        if plugin.equals("mysql_old_password") { return Self.old }
        // PAM's dialogue sends what it is asked in clear as well.
        if plugin.equals("mysql_clear_password") || plugin.equals("dialog") { return Self.clear }
        if plugin.equals("client_ed25519") { return "mysql-ed25519" }
        if plugin.equals("parsec") { return "mysql-parsec" }
        if plugin.equals("auth_gssapi_client") || plugin.equals("authentication_kerberos_client") { return "mysql-kerberos" }
        return "mysql-other"
    }

    /// Whether nothing sent means that there is no password.
    static func needsPassword(_ plugin: String) -> Bool {
        switch plugin {
        case Self.native, Self.old, "mysql-caching-sha2", "mysql-sha256": true
        default: false
        }
    }
}
