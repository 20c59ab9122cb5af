import Observations
import Wire

// NTLM authentication messages ([MS-NLMP] section 2.2.1), wherever they travel: SMB, LDAP, HTTP, remote procedure calls.
//
// Read: the version of the system (section 2.2.2.10), the names of the computer and its domain in a challenge (section 2.2.2.1), the
// machine name of the client, and by its length how the challenge was answered. User names and responses are not looked at.

/// One message of NTLM, from its signature on.
struct NTLMMessage {
    enum Kind: UInt32 { case negotiate = 1, challenge, authenticate }

    /// How a challenge was answered.
    enum Response: String {
        case lm, ntlmv1, ntlmv2, anonymous
        /// NTLM version 1 with extended session security: the client adds a challenge of its own to the same DES.
        case ntlmv1Session = "ntlmv1-session"
    }

    let kind: Kind
    /// `10.0.17763`.
    private(set) var version = ""
    private(set) var computer = ""
    private(set) var domain = ""
    private(set) var dnsName = ""
    private(set) var dnsDomain = ""
    private(set) var workstation = ""
    private(set) var response: Response?

    /// Fails where the bytes do not begin a message.
    init?(_ bytes: RawSpan) {
        guard bytes.has("NTLMSSP\0"), let kind = bytes.u32le(at: 8).flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        switch kind {
        case .negotiate:
            guard let flags = bytes.u32le(at: 12) else { return nil }
            self.readVersion(bytes, at: 32, flags)
        case .challenge:
            guard let flags = bytes.u32le(at: 20) else { return nil }
            self.readVersion(bytes, at: 48, flags)
            if let target = Self.field(bytes, at: 40) { self.readTarget(target) }
        case .authenticate:
            guard let lm = Self.length(bytes, at: 12), let nt = Self.length(bytes, at: 20), let sessionKey = bytes.u32le(at: 56) else { return nil }
            // Windows NT 4 and older clients end before the flags: then the payload begins there.
            let hasFlags = sessionKey != 60 && Self.firstPayload(bytes) >= 64
            let flags = hasFlags ? bytes.u32le(at: 60) ?? 0 : 1
            if hasFlags, Self.firstPayload(bytes) >= 72 { self.readVersion(bytes, at: 64, flags) }
            if let name = Self.field(bytes, at: 44) { self.workstation = flags & Flags.unicode != 0 ? WideText.text(name) : PrintableText.make(name) }
            self.response = Self.response(lm: lm, nt: nt, hasSessionSecurity: flags & Flags.sessionSecurity != 0)
        }
    }

    /// Notes what the message says of the side that sent it.
    func record(from side: Side, _ context: DissectionContext) {
        let party = self.kind == .challenge ? context.party(side) : .host(context.host(side))
        context.record(.ntlmVersion, self.version, about: party)
        context.record(.ntlmComputer, self.computer, about: party)
        context.record(.ntlmDomain, self.domain, about: party)
        context.record(.ntlmDNSName, self.dnsName, about: party)
        context.record(.ntlmDNSDomain, self.dnsDomain, about: party)
        context.record(.ntlmWorkstation, self.workstation, about: party)
        if let response = self.response { context.record(.ntlmResponse, response.rawValue, about: .conversation) }
    }

    /// The kind of the response by the lengths of its two parts ([MS-NLMP] sections 2.2.2.3 to 2.2.2.8): DES gives 24 octets, version
    /// 2 has more.
    static func response(lm: Int, nt: Int, hasSessionSecurity: Bool) -> Response {
        switch nt {
        case 0: lm <= 1 ? .anonymous : .lm
        case 24: hasSessionSecurity ? .ntlmv1Session : .ntlmv1
        default: nt > 24 ? .ntlmv2 : .anonymous
        }
    }

    private mutating func readVersion(_ bytes: RawSpan, at offset: Int, _ flags: UInt32) {
        // The last octet is the revision of NTLM; some programs set the flag and leave the structure empty.
        guard flags & Flags.version != 0, let major = bytes.u8(at: offset), let minor = bytes.u8(at: offset &+ 1),
            let build = bytes.u16le(at: offset &+ 2), bytes.u8(at: offset &+ 7) == 15, major > 0
        else { return }
        self.version = "\(major).\(minor).\(build)"
    }

    /// The most pairs of a target information that are read.
    private static let pairLimit = 16

    /// AV_PAIR structures (section 2.2.2.1).
    private mutating func readTarget(_ bytes: RawSpan) {
        var reader = ByteReader(bytes)
        for _ in 0..<Self.pairLimit {
            guard let identifier = try? reader.u16le(), let length = try? reader.u16le(), let value = try? reader.take(Int(length)) else { return }
            switch identifier {
            case 0: return
            case 1: self.computer = WideText.text(value)
            case 2: self.domain = WideText.text(value)
            case 3: self.dnsName = WideText.text(value)
            case 4: self.dnsDomain = WideText.text(value)
            default: break
            }
        }
    }

    /// Length, maximum length and offset of a field in the payload.
    private static func length(_ bytes: RawSpan, at offset: Int) -> Int? { bytes.u16le(at: offset).map { Int($0) } }

    @_lifetime(copy bytes)
    private static func field(_ bytes: RawSpan, at offset: Int) -> RawSpan? {
        guard let length = bytes.u16le(at: offset), let start = bytes.u32le(at: offset &+ 4), length > 0, Int(start) < bytes.byteCount else { return nil }
        return bytes.slice(from: Int(start), count: Int(length))
    }

    /// Where the payload of an authenticate message begins: the smallest offset of its fields.
    private static func firstPayload(_ bytes: RawSpan) -> Int {
        var first = Int.max
        for field in [12, 20, 28, 36, 44, 52] {
            guard let offset = bytes.u32le(at: field &+ 4), offset > 0 else { continue }
            first = min(first, Int(offset))
        }
        return first
    }

    /// Negotiate flags (section 2.2.2.5).
    private enum Flags {
        static let unicode: UInt32 = 0x0000_0001
        static let sessionSecurity: UInt32 = 0x0008_0000
        static let version: UInt32 = 0x0200_0000
    }
}
