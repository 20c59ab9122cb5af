import Observations
import Wire

// The Remote Framebuffer protocol of VNC (RFC 6143; security types: IANA registry "Remote Framebuffer Security Types").
//
// Read: the versions of both sides, the security types that the server offers and the one in use, the sub-types of VeNCrypt,
// and the name of the desktop as far as it names a machine. The challenge of VNC authentication and its response are stepped
// over, and nothing behind the initialisation is asked for.

final class VNCDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.vnc

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { ProtocolVersion.probe(head) }

    // MARK: State

    /// What is expected next of a side.
    private enum Phase {
        case version
        // Of the side with the screen:
        case securityTypes, authentication, challenge, result, initialisation
        case veNCryptVersion, veNCryptAnswer, veNCryptSubtypes, veNCryptStart
        case tightTunnels, tightAuthentications
        // Of the viewer:
        case choice, veNCryptChosenVersion, veNCryptChoice, tightChoice
        // Of either, where TLS begins without further ado:
        case tls
        case done
    }
    private var initiator = Phase.version
    private var responder = Phase.version

    /// The side that has the screen. Not always the one that listens: a screen can also call a waiting viewer.
    private var screen: Side?
    /// The version of the side that spoke first, while it is not clear whether that is the screen.
    private var held: (side: Side, version: ProtocolVersion, evidence: Evidence)?
    /// The lower of the versions seen so far: the one in use once both are.
    private var version: ProtocolVersion?
    private var offered: [UInt8] = []
    /// The security type in use.
    private var chosen: UInt8?
    /// How many tunnels the screen offers with the security of TightVNC.
    private var tightTunnels: UInt32?

    private func phase(of side: Side) -> Phase { side == .initiator ? self.initiator : self.responder }
    private func expect(_ phase: Phase, from side: Side) {
        if side == .initiator { self.initiator = phase } else { self.responder = phase }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if bytes.isEmpty { return Consumption(0) }
        if let held, held.side == side, !self.resolve(held, &context) { return Consumption(0, .sideFinished) }
        if self.phase(of: side) == .authentication { self.expect(self.phaseAfterChoice, from: side) }
        var reader = ByteReader(bytes)
        do {
            let next = try self.read(&reader, from: side, &context)
            return Consumption(reader.offset, next)
        } catch {
            return Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
        }
    }

    /// Reads one message.
    @_lifetime(reader: copy reader)
    private func read(
        _ reader: inout ByteReader, from side: Side, _ context: inout DissectionContext
    ) throws(Truncated) -> Consumption.Next {
        switch self.phase(of: side) {
        case .version:
            return try self.readVersion(&reader, from: side, &context)
        case .securityTypes:
            return try self.readSecurityTypes(&reader, from: side, &context)
        case .choice:
            let type = try reader.u8()
            guard type != 0, self.offered.isEmpty || self.offered.contains(type) else { return .failed }
            self.choose(type, &context)
            switch type {
            case SecurityType.tls: self.expect(.tls, from: side)
            case SecurityType.veNCrypt: self.expect(.veNCryptChosenVersion, from: side)
            // What it asks next depends on what the screen offers.
            case SecurityType.tight: self.expect(.tightChoice, from: side)
            default: return .sideFinished
            }
        case .challenge:
            try reader.skip(16)
            self.expect(.result, from: side)
        case .result:
            // SecurityResult (section 7.1.3): 0 is success.
            guard try reader.u32() == 0 else { return .finished }
            self.expect(.initialisation, from: side)
        case .initialisation:
            if let name = try ServerInitialisation(&reader).machineName {
                context.record(.vncDesktopName, name, about: context.party(side))
            }
            return .finished
        case .tls:
            var record = reader
            guard try record.u8() == 0x16, try record.u8() == 0x03 else { return .finished }
            return Self.upgrade(&context)
        case .veNCryptVersion, .veNCryptChosenVersion:
            // Version 0.2 is the one in use; 0.1 numbered its sub-types differently.
            guard try reader.u16() == 2 else { return .finished }
            self.expect(side == self.screen ? .veNCryptAnswer : .veNCryptChoice, from: side)
        case .veNCryptAnswer:
            guard try reader.u8() == 0 else { return .finished }
            self.expect(.veNCryptSubtypes, from: side)
        case .veNCryptSubtypes:
            let count = try reader.u8()
            var subtypes = try reader.nested(4 &* Int(count))
            while let subtype = try? subtypes.u32() {
                context.record(.vncSecurityOffered, SecurityType.name(subtype: subtype), about: context.party(side))
            }
            self.expect(.veNCryptStart, from: side)
        case .veNCryptChoice:
            let subtype = try reader.u32()
            context.record(.vncSecurityChosen, SecurityType.name(subtype: subtype), about: self.screenParty(context))
            if subtype == SecurityType.veNCryptPlain {
                // A name and a password without encryption.
                context.record(.loginClear, "vnc-plain", about: .server)
                return .finished
            }
            self.expect(.tls, from: side)
        case .veNCryptStart:
            guard try reader.u8() == 1 else { return .finished }
            return Self.upgrade(&context)
        case .tightTunnels:
            let count = try reader.u32()
            guard count <= TightCapability.limit else { return .failed }
            try reader.skip(Int(count) &* TightCapability.length)
            self.tightTunnels = count
            self.expect(.tightAuthentications, from: side)
        case .tightAuthentications:
            let count = try reader.u32()
            guard count <= TightCapability.limit else { return .failed }
            var capabilities = try reader.nested(Int(count) &* TightCapability.length)
            while let code = try? capabilities.u32(), (try? capabilities.skip(TightCapability.length &- 4)) != nil {
                context.record(.vncSecurityOffered, TightCapability.name(code), about: context.party(side))
            }
            // None offered: no authentication, and the initialisation follows at once.
            if count == 0 { context.record(.vncSecurityChosen, SecurityType.name(SecurityType.none), about: context.party(side)) }
            return .sideFinished
        case .tightChoice:
            // The tunnel first, where there is a choice of them.
            if self.tightTunnels ?? 0 > 0 { try reader.skip(4) }
            let code = try reader.u32()
            guard let name = TightCapability.known(code) else { return .sideFinished }
            context.record(.vncSecurityChosen, name, about: self.screenParty(context))
            if code == TightCapability.unixLogin { context.record(.loginClear, "vnc-tight", about: .server) }
            return .sideFinished
        case .authentication, .done:
            return .sideFinished
        }
        return .more(atLeast: 1)
    }

    private static func upgrade(_ context: inout DissectionContext) -> Consumption.Next {
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return .handOver
    }

    /// The party with the screen.
    private func screenParty(_ context: DissectionContext) -> Party { context.party(self.screen ?? context.serverSide) }

    // MARK: Version

    @_lifetime(reader: copy reader)
    private func readVersion(
        _ reader: inout ByteReader, from side: Side, _ context: inout DissectionContext
    ) throws(Truncated) -> Consumption.Next {
        let text = try reader.take(ProtocolVersion.length)
        guard let version = ProtocolVersion(text) else { return .failed }
        self.expect(.done, from: side)
        self.version = min(self.version ?? version, version)
        if self.screen == nil {
            if let held {
                // The screen speaks first (section 7.1.1).
                context.declare(held.side, is: .server)
                self.begin(screen: held.side)
                Self.record(held, &context)
                self.held = nil
            } else if context.rolesAreSure, context.role(of: side) == .server {
                self.begin(screen: side)
            } else {
                self.held = (side, version, context.evidence)
                return .more(atLeast: 1)
            }
        }
        context.record(.vncVersion, version.text, about: context.party(side))
        self.expect(self.nextAfterVersion(side), from: side)
        return .more(atLeast: 1)
    }

    private func begin(screen: Side) {
        self.screen = screen
        for side in [screen, screen.other] where self.phase(of: side) == .done {
            self.expect(self.nextAfterVersion(side), from: side)
        }
    }

    private func nextAfterVersion(_ side: Side) -> Phase {
        if side == self.screen { return .securityTypes }
        // Up to 3.3 the screen decides alone (appendix A).
        guard let version, version >= ProtocolVersion(major: 3, minor: 7), self.chosen == nil else { return .done }
        return .choice
    }

    /// Decides when the side that spoke first goes on without the other having been seen: it is what the handshake says.
    /// - Returns: whether that is known.
    private func resolve(
        _ first: (side: Side, version: ProtocolVersion, evidence: Evidence), _ context: inout DissectionContext
    ) -> Bool {
        Self.record(first, &context)
        self.held = nil
        guard context.rolesAreSure else { return false }
        self.begin(screen: context.serverSide)
        return true
    }

    private static func record(
        _ first: (side: Side, version: ProtocolVersion, evidence: Evidence), _ context: inout DissectionContext
    ) {
        let now = context.evidence
        context.evidence = first.evidence
        context.record(.vncVersion, first.version.text, about: context.party(first.side))
        context.evidence = now
    }

    // MARK: Security

    @_lifetime(reader: copy reader)
    private func readSecurityTypes(
        _ reader: inout ByteReader, from side: Side, _ context: inout DissectionContext
    ) throws(Truncated) -> Consumption.Next {
        var word = reader
        let count = try reader.u8()
        guard count == 0 else {
            // From version 3.7 on: a list (section 7.1.2).
            let types = try reader.take(Int(count))
            var offset = 0
            while let type = types.u8(at: offset) {
                context.record(.vncSecurityOffered, SecurityType.name(type), about: context.party(side))
                self.offered.append(type)
                offset &+= 1
            }
            self.expect(.authentication, from: side)
            return .more(atLeast: 1)
        }
        // Version 3.3: one word, the type that the screen decided for. 0 is a refusal, and so is an empty list.
        guard let type = UInt8(exactly: try word.u32()), type != 0 else { return .finished }
        reader = word
        context.record(.vncSecurityOffered, SecurityType.name(type), about: context.party(side))
        self.choose(type, &context)
        self.expect(.done, from: side.other)
        self.expect(.authentication, from: side)
        return .more(atLeast: 1)
    }

    private func choose(_ type: UInt8, _ context: inout DissectionContext) {
        self.chosen = type
        context.record(.vncSecurityChosen, SecurityType.name(type), about: self.screenParty(context))
    }

    /// What the screen sends once the type is chosen. Where the viewer is not seen, only a single offer tells.
    private var phaseAfterChoice: Phase {
        switch self.chosen ?? (self.offered.count == 1 ? self.offered.first : nil) {
        case SecurityType.none: self.version.map { $0 >= ProtocolVersion(major: 3, minor: 8) } ?? false ? .result : .initialisation
        case SecurityType.vnc: .challenge
        case SecurityType.tls: .tls
        case SecurityType.veNCrypt: .veNCryptVersion
        case SecurityType.tight: .tightTunnels
        default: .done
        }
    }

    func lost(_ count: Int, from side: Side) { self.expect(.version, from: side) }

    func finish(_ rest: RawSpan, from side: Side, _ context: inout DissectionContext) {
        if let held { _ = self.resolve(held, &context) }
    }
}

/// ProtocolVersion (section 7.1.1): `RFB 003.008` and a line end. Apple's server says 003.889, RealVNC's 004.001 or 005.000.
private struct ProtocolVersion: Comparable {
    static let length = 12
    private static let beginning: [UInt8] = Array("RFB ".utf8)

    let major: Int
    let minor: Int

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }
    init?(_ bytes: RawSpan) {
        guard Self.probe(bytes) == .yes else { return nil }
        self.major = Self.number(bytes, at: 4)
        self.minor = Self.number(bytes, at: 8)
    }

    private static func number(_ bytes: RawSpan, at offset: Int) -> Int {
        (0..<3).reduce(0) { $0 &* 10 &+ Int(bytes.u8(at: offset &+ $1) ?? 0x30) &- 0x30 }
    }

    /// The version as it is on the wire: `003.008`.
    var text: String {
        [self.major, self.minor].map { String(repeating: "0", count: max(0, 3 &- String($0).utf8.count)) + String($0) }.joined(
            separator: ".")
    }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    static func probe(_ bytes: RawSpan) -> Probe {
        let answer = bytes.begins(with: Self.beginning)
        guard answer == .yes else { return answer }
        for offset in 4..<Self.length {
            guard let byte = bytes.u8(at: offset) else { return .notYet }
            let fits =
                switch offset {
                case 7: byte == 0x2E
                case 11: byte == 0x0A
                default: byte.isDigit
                }
            guard fits else { return .no }
        }
        return .yes
    }
}

/// ServerInit (section 7.3.2).
private struct ServerInitialisation {
    /// The name of the desktop up to the first space, colon or parenthesis, where that can be a machine or a product:
    /// `user's X desktop` and `user@host` begin with a person.
    private(set) var machineName: String?

    private static let nameLimit = 1024

    @_lifetime(reader: copy reader)
    init(_ reader: inout ByteReader) throws(Truncated) {
        let width = try reader.u16()
        let height = try reader.u16()
        let bitsPerPixel = try reader.u8()
        let depth = try reader.u8()
        let isBigEndian = try reader.u8()
        let isTrueColour = try reader.u8()
        try reader.skip(12)
        let length = try reader.u32()
        // A pixel format that cannot be tells that this is something else (section 7.4).
        guard width > 0, height > 0, bitsPerPixel == 8 || bitsPerPixel == 16 || bitsPerPixel == 24 || bitsPerPixel == 32,
            depth <= bitsPerPixel, isBigEndian <= 1, isTrueColour <= 1, length <= Self.nameLimit
        else { return }
        let name = try reader.take(Int(length))
        var end = 0
        while let byte = name.u8(at: end), byte > 0x20, byte != 0x3A, byte != 0x28 { end &+= 1 }
        let first = name.slice(from: 0, count: end)
        // An apostrophe is 27 in ASCII, and E2 80 99 where it is typographic.
        guard !first.isEmpty, first.firstIndex(of: 0x27) == nil, first.firstRange(of: "\u{2019}") == nil,
            first.firstIndex(of: 0x40) == nil
        else { return }
        self.machineName = PrintableText.make(first)
    }
}

/// Security types (section 7.1.2 and the IANA registry).
private enum SecurityType {
    static let none: UInt8 = 1
    static let vnc: UInt8 = 2
    static let tight: UInt8 = 16
    static let tls: UInt8 = 18
    static let veNCrypt: UInt8 = 19

    static func name(_ type: UInt8) -> String {
        switch type {
        case Self.none: "none"
        case Self.vnc: "vnc"
        case 5: "ra2"
        case 6: "ra2ne"
        case Self.tight: "tight"
        case 17: "ultra"
        case Self.tls: "tls"
        case Self.veNCrypt: "vencrypt"
        case 20: "sasl"
        case 21: "md5"
        case 22: "xvp"
        case 23: "secure-tunnel"
        case 24: "integrated-ssh"
        case 30: "apple-dh"
        case 113: "ms-logon-2"
        case 129: "ra2-256"
        case 130: "ra2ne-256"
        default: String(type)
        }
    }

    static let veNCryptPlain: UInt32 = 256

    /// The sub-types of VeNCrypt.
    static func name(subtype: UInt32) -> String {
        switch subtype {
        case Self.veNCryptPlain: "vencrypt-plain"
        case 257: "vencrypt-tls-none"
        case 258: "vencrypt-tls-vnc"
        case 259: "vencrypt-tls-plain"
        case 260: "vencrypt-x509-none"
        case 261: "vencrypt-x509-vnc"
        case 262: "vencrypt-x509-plain"
        case 263: "vencrypt-tls-sasl"
        case 264: "vencrypt-x509-sasl"
        default: "vencrypt-" + String(subtype)
        }
    }
}

/// The capabilities that TightVNC's security type lists: a code, the vendor's mark and a signature ("The RFB Protocol", community
/// version, "Tight Security Type").
private enum TightCapability {
    static let length = 16
    static let limit: UInt32 = 64
    static let unixLogin: UInt32 = 129

    static func known(_ code: UInt32) -> String? {
        switch code {
        case 1: "none"
        case 2: "vnc"
        case 18: "tls"
        case 19: "vencrypt"
        case Self.unixLogin: "tight-unix-login"
        case 130: "tight-external"
        default: nil
        }
    }
    static func name(_ code: UInt32) -> String { Self.known(code) ?? "tight-" + String(code) }
}
