import Observations
import Wire

/// What a client offers (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), and the hello of SSL 2.
///
/// Key shares, tickets, random numbers and session identifiers are stepped over.
struct ClientHello: Equatable, Sendable {
    /// The version field of the message. From TLS 1.3 on it says 1.2 and the truth is in an extension.
    private(set) var legacyVersion: UInt16
    /// All numbers in their order, with the GREASE values that fingerprints leave out.
    private(set) var suites: [UInt16] = []
    private(set) var extensions: [UInt16] = []
    private(set) var groups: [UInt16] = []
    private(set) var pointFormats: [UInt8] = []
    private(set) var signatureAlgorithms: [UInt16] = []
    private(set) var versions: [UInt16] = []
    /// The first host name of server_name, if any.
    private(set) var serverName: [UInt8] = []
    /// The protocol that the client would like most (RFC 7301).
    private(set) var firstProtocol: [UInt8]?
    /// Weak suites of any kind.
    private(set) var weaknesses: CipherSuite.Weaknesses = []
    /// Whether the message was read to its end without a fault; a fingerprint of half a message would be a wrong one.
    private(set) var isWhole = false

    /// The highest version that the client offers.
    var version: TLSVersion? {
        let offered = self.versions.filter { !isGREASE($0) }
        return offered.isEmpty ? TLSVersion(wire: self.legacyVersion) : offered.compactMap(TLSVersion.init(wire:)).max()
    }

    /// Whether the client says that it can renegotiate securely: by an extension, or by a suite that is none (RFC 5746 section 3.3).
    var offersSecureRenegotiation: Bool { self.extensions.contains(ServerHello.renegotiation) || self.suites.contains(0x00FF) }

    /// Reads the body of a handshake message. Broken extensions end the reading, not the hello.
    init(_ body: RawSpan) throws(Truncated) {
        var reader = ByteReader(body)
        self.legacyVersion = try reader.u16()
        try reader.skip(32)
        try reader.skip(Int(try reader.u8()))
        var suites = try reader.nested(Int(try reader.u16()))
        while suites.remaining >= 2 {
            let suite = try suites.u16()
            self.suites.append(suite)
            self.weaknesses.formUnion(CipherSuite(suite).weaknesses)
        }
        try reader.skip(Int(try reader.u8()))
        // SSL 3 and old TLS clients may send no extensions at all.
        if reader.isEmpty {
            self.isWhole = true
            return
        }
        do throws(Truncated) {
            var extensions = try reader.nested(Int(try reader.u16()))
            while !extensions.isEmpty {
                let type = try extensions.u16()
                let contents = try extensions.take(Int(try extensions.u16()))
                self.extensions.append(type)
                // What is wrong inside an extension does not change where the next one begins.
                try? self.readExtension(type, contents)
            }
            self.isWhole = true
        } catch {}
    }

    private mutating func readExtension(_ type: UInt16, _ contents: RawSpan) throws(Truncated) {
        var reader = ByteReader(contents)
        switch type {
        // server_name
        case 0:
            guard !reader.isEmpty else { return }
            var names = try reader.nested(Int(try reader.u16()))
            while !names.isEmpty {
                let kind = try names.u8()
                let name = try names.take(Int(try names.u16()))
                if kind == 0, self.serverName.isEmpty { self.serverName = name.trimmed.copied(limit: 255) }
            }
        // supported_groups
        case 10: self.groups = try Self.numbers(&reader, count: Int(try reader.u16()))
        // ec_point_formats
        case 11: self.pointFormats = try reader.take(Int(try reader.u8())).copied()
        // signature_algorithms
        case 13: self.signatureAlgorithms = try Self.numbers(&reader, count: Int(try reader.u16()))
        // application_layer_protocol_negotiation
        case 16:
            var names = try reader.nested(Int(try reader.u16()))
            if !names.isEmpty { self.firstProtocol = try names.take(Int(try names.u8())).copied() }
        // supported_versions
        case 43: self.versions = try Self.numbers(&reader, count: Int(try reader.u8()))
        default: break
        }
    }

    /// - Parameter count: in bytes.
    private static func numbers(_ reader: inout ByteReader, count: Int) throws(Truncated) -> [UInt16] {
        var list = try reader.nested(count)
        var numbers: [UInt16] = []
        while list.remaining >= 2 { numbers.append(try list.u16()) }
        return numbers
    }

    /// Identifies all that is noted of the hello but for the server name.
    func sign(_ context: ObservationLog.MessageSign) -> ObservationLog.MessageSign {
        var sign = context
        sign.add(UInt64(self.legacyVersion) &<< 8 | (self.isWhole ? 1 : 0) | (self.firstProtocol == nil ? 2 : 4))
        for numbers in [self.suites, self.extensions, self.groups, self.signatureAlgorithms, self.versions] { sign.add(numbers) }
        for bytes in [self.pointFormats, self.firstProtocol ?? []] { sign.add(bytes.rawSpan) }
        return sign
    }

    // MARK: SSL 2

    /// Reads CLIENT-HELLO of SSL 2 (draft-hickman-netscape-ssl-00 section 5.5), after the record header, which clients also
    /// sent to offer SSL 3 and TLS to servers that might know SSL 2 only (RFC 5246 appendix E.2).
    init(ssl2 body: RawSpan) throws(Truncated) {
        var reader = ByteReader(body)
        guard try reader.u8() == 1 else { throw Truncated() }
        self.legacyVersion = try reader.u16()
        let suitesLength = Int(try reader.u16())
        try reader.skip(4)
        var suites = try reader.nested(suitesLength)
        while suites.remaining >= 3 {
            let kind = try suites.u24()
            self.weaknesses.formUnion(CipherSuite.weaknesses(ofSSL2: kind))
            if let suite = UInt16(exactly: kind) { self.suites.append(suite) }
        }
    }

    /// The server's name as the alphabet of host names has it; other bytes are no name.
    var isServerNamePlain: Bool {
        self.serverName.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A: true
            default: false
            }
        }
    }
}

/// Versions of SSL and TLS, lowest first.
enum TLSVersion: String, CaseIterable, Comparable, Sendable {
    case ssl2 = "SSLv2"
    case ssl3 = "SSLv3"
    case tls10 = "TLSv1.0"
    case tls11 = "TLSv1.1"
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"

    /// The version of a number on the wire; `nil` for numbers that no version has.
    init?(wire: UInt16) {
        switch wire {
        case 0x0002: self = .ssl2
        case 0x0300: self = .ssl3
        case 0x0301: self = .tls10
        case 0x0302: self = .tls11
        case 0x0303: self = .tls12
        case 0x0304: self = .tls13
        // Drafts of TLS 1.3 (0x7Fnn), and the numbers that large sites used while it was drafted.
        case 0x7F00...0x7FFF, 0x7E01...0x7E02, 0xFB00...0xFBFF: self = .tls13
        default: return nil
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.wire < right.wire }

    private var wire: UInt16 {
        switch self {
        case .ssl2: 0x0002
        case .ssl3: 0x0300
        case .tls10: 0x0301
        case .tls11: 0x0302
        case .tls12: 0x0303
        case .tls13: 0x0304
        }
    }
}
