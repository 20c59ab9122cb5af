import Observations
import Wire

// Remote Desktop Protocol: the connection sequence of [MS-RDPBCGR] over TPKT (RFC 1006) and X.224 class 0.
//
// Read: the security protocols asked for and chosen (sections 2.2.1.1 and 2.2.1.2) and, where the standard security of RDP
// was chosen, the client's machine name and build (section 2.2.1.3.2) and the server's encryption (2.2.1.4.3). The cookie of a connection request is a user name or a
// routing token: it is stepped over. TLS and network level authentication continue as TLS, which is handed over.

final class RDPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rdp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 3 else { return .no }
        guard let reserved = head.u8(at: 1) else { return .notYet }
        guard reserved == 0 else { return .no }
        guard let length = head.u16(at: 2) else { return .notYet }
        guard length >= 11 else { return .no }
        guard let indicator = head.u8(at: 4), let code = head.u8(at: 5) else { return .notYet }
        switch code {
        case TransportUnit.connectionRequest where context.role != .server,
            TransportUnit.connectionConfirm where context.role != .client:
            // The header of a connection unit is the whole unit: class 0 carries no user data in it (RFC 1006 section 6).
            guard UInt16(indicator) &+ 5 == length else { return .no }
            guard head.byteCount >= Int(length) else { return .notYet }
            let unit = head.slice(from: 0, count: Int(length))
            let answer = code == TransportUnit.connectionRequest ? ConnectionRequest.probe(unit) : ConnectionConfirm.probe(unit)
            guard answer == .notYet else { return answer }
            // Nothing in it is particular to RDP: what follows has to be.
            let next = head.slice(from: Int(length))
            return next.isEmpty ? .notYet : Self.probeConference(next, isRequest: code == TransportUnit.connectionRequest)
        case TransportUnit.data:
            return context.isStart ? .no : Self.probeConference(head, isRequest: head.u8(at: 8) == 0x65)
        default:
            return .no
        }
    }

    /// Whether the unit opens a conference of RDP: its user data begins with the key that only RDP uses.
    private static func probeConference(_ unit: RawSpan, isRequest: Bool) -> Probe {
        guard unit.u8(at: 0) == 3, unit.u8(at: 1) ?? 0 == 0, unit.u8(at: 5) ?? TransportUnit.data == TransportUnit.data,
            unit.u8(at: 7) ?? 0x7F == 0x7F, unit.u8(at: 8) ?? 0x65 == (isRequest || unit.byteCount < 9 ? 0x65 : 0x66)
        else { return .no }
        if SettingsBlocks.offset(in: unit, isRequest: isRequest) != nil { return .yes }
        return unit.byteCount < SettingsBlocks.searchLimit ? .notYet : .no
    }

    // MARK: State

    /// Whether the client asked to negotiate: a server that is old enough answers such a request without negotiating.
    private var clientNegotiates = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let version = bytes.u8(at: 0), let second = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 4)) }
        // A TLS record: the negotiation happened, whether or not its other side was seen.
        if version == 0x16, second == 0x03 { return Self.upgrade(0, &context) }
        guard version == 3 else { return .failed }
        guard let length = bytes.u16(at: 2) else { return Consumption(0, .more(atLeast: 4)) }
        guard length >= 7 else { return .failed }
        guard bytes.byteCount >= Int(length) else { return Consumption(0, .more(atLeast: Int(length))) }
        let unit = bytes.slice(from: 0, count: Int(length))
        switch unit.u8(at: 5) {
        case TransportUnit.connectionRequest: return self.consumeRequest(unit, from: side, &context)
        case TransportUnit.connectionConfirm: return self.consumeConfirm(unit, from: side, &context)
        case TransportUnit.data: return self.consumeConference(unit, from: side, &context)
        default: return .failed
        }
    }

    private static func upgrade(_ consumed: Int, _ context: inout DissectionContext) -> Consumption {
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return Consumption(consumed, .handOver)
    }

    private func consumeRequest(_ unit: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        context.declare(side, is: .client)
        let request = ConnectionRequest(unit)
        self.clientNegotiates = request.requestedProtocols != nil
        // A client that does not negotiate knows only the standard security.
        for name in SecurityProtocols.names(request.requestedProtocols ?? 0) {
            context.record(.rdpRequested, name, about: context.party(side))
        }
        return Consumption(unit.byteCount)
    }

    private func consumeConfirm(_ unit: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        context.declare(side, is: .server)
        switch ConnectionConfirm(unit) {
        case .selected(0):
            context.record(.rdpSelected, "rdp", about: context.party(side))
            return Consumption(unit.byteCount)
        case .selected(let protocols):
            for name in SecurityProtocols.names(protocols) { context.record(.rdpSelected, name, about: context.party(side)) }
            return Self.upgrade(unit.byteCount, &context)
        case .failed(let code):
            context.record(.rdpFailure, Self.failureName(code), about: context.party(side))
            return .finished
        case .withoutNegotiation:
            context.record(.rdpSelected, self.clientNegotiates ? "rdp-without-negotiation" : "rdp", about: context.party(side))
            return Consumption(unit.byteCount)
        case .malformed:
            return .failed
        }
    }

    /// The MCS Connect-Initial of the client, or the Connect-Response of the server (T.125 section 7).
    private func consumeConference(_ unit: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard unit.u8(at: 7) == 0x7F, let code = unit.u8(at: 8), code == 0x65 || code == 0x66 else { return .finished }
        let isRequest = code == 0x65
        context.declare(side, is: isRequest ? .client : .server)
        guard let offset = SettingsBlocks.offset(in: unit, isRequest: isRequest) else { return .failed }
        var blocks = SettingsBlocks(unit.slice(from: offset))
        while let block = blocks.next() {
            if !isRequest, let security = ServerSecurityData(block) {
                context.record(.rdpEncryptionMethod, security.methodName, about: context.party(side))
                context.record(.rdpEncryptionLevel, security.levelName, about: context.party(side))
            }
            if isRequest, let core = ClientCoreData(block) {
                context.record(.rdpClientBuild, Int64(core.build), about: context.party(side))
                context.record(.rdpClientName, core.name, about: context.party(side))
            }
        }
        return Consumption(unit.byteCount, .sideFinished)
    }

    /// Failure codes of [MS-RDPBCGR] section 2.2.1.2.2.
    private static func failureName(_ code: UInt32) -> String {
        switch code {
        case 1: "tls-required"
        case 2: "tls-not-allowed"
        case 3: "no-certificate"
        case 4: "inconsistent-flags"
        case 5: "nla-required"
        case 6: "tls-user-authentication-required"
        case 7: "aad-required"
        default: String(code)
        }
    }
}

/// Codes of X.224 class 0 units (section 13).
private enum TransportUnit {
    static let connectionRequest: UInt8 = 0xE0
    static let connectionConfirm: UInt8 = 0xD0
    static let data: UInt8 = 0xF0
}

/// Security protocols of [MS-RDPBCGR] section 2.2.1.1.1.
private enum SecurityProtocols {
    static let known: UInt32 = 0x1F
    private static let table: [(UInt32, String)] = [(1, "tls"), (2, "nla"), (4, "rdstls"), (8, "nla-ex"), (16, "aad")]

    /// The names of the bits; the standard security of RDP is having none.
    static func names(_ bits: UInt32) -> [String] {
        bits & Self.known == 0 ? ["rdp"] : Self.table.filter { bits & $0.0 != 0 }.map(\.1)
    }
}

/// Client X.224 Connection Request ([MS-RDPBCGR] section 2.2.1.1), the unit from its TPKT header on.
private struct ConnectionRequest {
    /// The bits of RDP_NEG_REQ; `nil` where the client does not negotiate.
    private(set) var requestedProtocols: UInt32?

    init(_ unit: RawSpan) {
        let variable = Self.variablePart(unit)
        let start = Self.tokenLength(variable)
        guard variable.u8(at: start) == 1, variable.u16le(at: start &+ 2) == 8 else { return }
        self.requestedProtocols = variable.u32le(at: start &+ 4)
    }

    @_lifetime(copy unit)
    private static func variablePart(_ unit: RawSpan) -> RawSpan { unit.slice(from: 11) }

    /// The length of the cookie or routing token: text that ends in CR LF, before the negotiation request.
    private static func tokenLength(_ variable: RawSpan) -> Int {
        guard let first = variable.u8(at: 0), first >= 0x20 else { return 0 }
        guard let end = variable.firstIndex(of: 0x0D), variable.u8(at: end &+ 1) == 0x0A else { return 0 }
        return end &+ 2
    }

    /// `.notYet` for a request without any variable part, which is not particular to RDP. The requests of ISO-on-TCP (S7, MMS)
    /// hold parameters of X.224 instead: C0, C1, C2.
    static func probe(_ unit: RawSpan) -> Probe {
        guard unit.u16(at: 6) == 0, unit.u8(at: 10) == 0 else { return .no }
        let variable = Self.variablePart(unit)
        if variable.isEmpty { return .notYet }
        let start = Self.tokenLength(variable)
        let rest = variable.slice(from: start)
        if rest.isEmpty { return variable.has("Cookie: mstshash=") || variable.has("Cookie: msts=") ? .yes : .no }
        // RDP_NEG_REQ, and behind it RDP_NEG_CORRELATION_INFO (section 2.2.1.1.2) of 36 bytes where its flag says so.
        guard rest.u8(at: 0) == 1, rest.u16le(at: 2) == 8, let protocols = rest.u32le(at: 4),
            protocols & ~SecurityProtocols.known == 0
        else { return .no }
        switch rest.byteCount {
        case 8: return .yes
        case 44: return rest.u8(at: 8) == 6 && rest.u16le(at: 10) == 36 ? .yes : .no
        default: return .no
        }
    }
}

/// Server X.224 Connection Confirm ([MS-RDPBCGR] section 2.2.1.2), the unit from its TPKT header on.
private enum ConnectionConfirm {
    case selected(UInt32)
    case failed(UInt32)
    case withoutNegotiation
    case malformed

    init(_ unit: RawSpan) {
        if unit.byteCount == 11 {
            self = .withoutNegotiation
            return
        }
        guard unit.byteCount == 19, unit.u16le(at: 13) == 8, let value = unit.u32le(at: 15) else {
            self = .malformed
            return
        }
        switch unit.u8(at: 11) {
        case 2 where value == 0 || value.nonzeroBitCount == 1: self = .selected(value)
        case 3: self = .failed(value)
        default: self = .malformed
        }
    }

    static func probe(_ unit: RawSpan) -> Probe {
        guard unit.u8(at: 10) == 0 else { return .no }
        switch ConnectionConfirm(unit) {
        case .selected(let value): return value & ~SecurityProtocols.known == 0 ? .yes : .no
        case .failed(let code): return (1...7).contains(code) ? .yes : .no
        case .withoutNegotiation: return .notYet
        case .malformed: return .no
        }
    }
}

/// The settings that client and server exchange in the user data of the conference (section 2.2.1.3), one block after the other.
private struct SettingsBlocks: ~Escapable {
    /// How far into a unit the key of the user data is looked for: in front of it are domain parameters of about 120 bytes.
    static let searchLimit = 512
    private static let blockLimit = 32

    private var reader: ByteReader
    private var count = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.reader = ByteReader(bytes) }

    /// Where the blocks begin: behind the non-standard key of T.124, `Duca` from a client and `McDn` from a server, and the
    /// length of the user data in packed encoding rules.
    static func offset(in unit: RawSpan, isRequest: Bool) -> Int? {
        let head = unit.slice(from: 0, count: Self.searchLimit)
        guard let key = isRequest ? head.firstRange(of: "Duca") : head.firstRange(of: "McDn"), let length = unit.u8(at: key &+ 4)
        else {
            return nil
        }
        return key &+ (length & 0x80 == 0 ? 5 : 6)
    }

    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func next() -> SettingsBlock? {
        guard self.count < Self.blockLimit, let type = try? self.reader.u16le(), let length = try? self.reader.u16le(), length >= 4,
            let body = try? self.reader.take(Int(length) &- 4)
        else { return nil }
        self.count &+= 1
        return SettingsBlock(type: type, body: body)
    }
}

/// A block of settings, behind its header (section 2.2.1.3.1).
private struct SettingsBlock: ~Escapable {
    let type: UInt16
    let body: RawSpan

    @_lifetime(copy body)
    init(type: UInt16, body: RawSpan) {
        self.type = type
        self.body = body
    }
}

/// TS_UD_CS_CORE (section 2.2.1.3.2).
private struct ClientCoreData {
    let build: UInt32
    let name: String

    init?(_ block: borrowing SettingsBlock) {
        guard block.type == 0xC001, let build = block.body.u32le(at: 16) else { return nil }
        self.build = build
        // Up to 15 characters of UTF-16 and a NUL.
        var units: [UInt16] = []
        while units.count < 16, let unit = block.body.u16le(at: 20 &+ 2 &* units.count), unit != 0 { units.append(unit) }
        self.name = String(decoding: units, as: UTF16.self)
    }
}

/// TS_UD_SC_SEC1 (section 2.2.1.4.3), without the server's random number and its certificate.
private struct ServerSecurityData {
    private let method: UInt32
    private let level: UInt32

    init?(_ block: borrowing SettingsBlock) {
        guard block.type == 0x0C02, let method = block.body.u32le(at: 0), let level = block.body.u32le(at: 4) else { return nil }
        self.method = method
        self.level = level
    }

    /// `ENCRYPTION_METHOD_…`.
    var methodName: String {
        switch self.method {
        case 0: "none"
        case 1: "rc4-40"
        case 2: "rc4-128"
        case 8: "rc4-56"
        case 16: "fips"
        default: String(self.method)
        }
    }
    /// `ENCRYPTION_LEVEL_…` (section 5.3.1).
    var levelName: String {
        switch self.level {
        case 0: "none"
        case 1: "low"
        case 2: "client-compatible"
        case 3: "high"
        case 4: "fips"
        default: String(self.level)
        }
    }
}
