import Observations
import Wire

/// What a server chose (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).
struct ServerHello: Equatable, Sendable {
    /// The version field of the message.
    private(set) var legacyVersion: UInt16
    /// The version in the extension supported_versions, where TLS 1.3 has it.
    private(set) var selectedVersion: UInt16?
    private(set) var suite: UInt16
    /// 0 for none.
    private(set) var compression: UInt8 = 0
    private(set) var extensions: [UInt16] = []
    /// The protocol that the server chose (RFC 7301); TLS 1.3 encrypts it.
    private(set) var chosenProtocol: [UInt8] = []
    /// Whether this asks the client for another hello.
    private(set) var isRetryRequest: Bool
    /// Whether the message was read to its end without a fault.
    private(set) var isWhole = false

    /// Numbers of extensions (IANA, "TLS ExtensionType Values").
    static let heartbeat: UInt16 = 15
    static let renegotiation: UInt16 = 0xFF01

    /// Whether the server did not answer the client's secure renegotiation indication (RFC 5746 section 3.6); TLS 1.3 does not renegotiate.
    var isRenegotiationInsecure: Bool {
        guard self.isWhole, !self.isRetryRequest, let version = self.version, version < .tls13 else { return false }
        return !self.extensions.contains(Self.renegotiation)
    }

    /// The compression method (IANA, "TLS Compression Method Identifiers").
    var compressionName: String? {
        switch self.compression {
        case 0: nil
        case 1: "deflate"
        case 64: "lzs"
        default: String(self.compression)
        }
    }

    var version: TLSVersion? { TLSVersion(wire: self.selectedVersion ?? self.legacyVersion) }

    /// Reads the body of a handshake message.
    init(_ body: RawSpan) throws(Truncated) {
        var reader = ByteReader(body)
        self.legacyVersion = try reader.u16()
        self.isRetryRequest = Self.isRetryRequest(try reader.take(32))
        // Up to draft 21 TLS 1.3 said its version here, and had no session identifier and no compression method.
        let isDraft = self.legacyVersion >= 0x0304
        if !isDraft { try reader.skip(Int(try reader.u8())) }
        self.suite = try reader.u16()
        if !isDraft { self.compression = try reader.u8() }
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
        // application_layer_protocol_negotiation
        case 16:
            var names = try reader.nested(Int(try reader.u16()))
            self.chosenProtocol = try names.take(Int(try names.u8())).copied()
        // supported_versions
        case 43: self.selectedVersion = try reader.u16()
        default: break
        }
    }

    /// Identifies all that is noted of the hello.
    func sign(_ context: ObservationLog.MessageSign) -> ObservationLog.MessageSign {
        var sign = context
        sign.add(UInt64(self.legacyVersion) &<< 16 | UInt64(self.suite))
        sign.add(UInt64(self.selectedVersion ?? 0) &<< 8 | (self.isWhole ? 1 : 0) | (self.isRetryRequest ? 2 : 0) | (self.selectedVersion == nil ? 0 : 4))
        sign.add(self.extensions)
        sign.add(UInt64(self.compression))
        sign.add(self.chosenProtocol.rawSpan)
        return sign
    }

    /// The random value that means HelloRetryRequest: SHA-256 of that word (RFC 8446 section 4.1.3).
    private static func isRetryRequest(_ random: RawSpan) -> Bool {
        random.u64(at: 0) == 0xCF21_AD74_E59A_6111 && random.u64(at: 8) == 0xBE1D_8C02_1E65_B891
            && random.u64(at: 16) == 0xC2A2_1116_7ABB_8C5E && random.u64(at: 24) == 0x079E_09E2_C8A8_339C
    }
}

/// SERVER-HELLO of SSL 2 (draft-hickman-netscape-ssl-00 section 5.6), after the record header.
struct SSL2ServerHello: ~Escapable {
    /// The server's certificate in DER; empty where a session is resumed.
    let certificate: RawSpan

    @_lifetime(copy body)
    init(_ body: RawSpan) throws(Truncated) {
        var reader = ByteReader(body)
        // The message type, whether a session is resumed, the type of certificate: X.509, or none.
        guard try reader.u8() == 4, try reader.u8() <= 1, try reader.u8() <= 1, try reader.u16() == 0x0002 else { throw Truncated() }
        let length = Int(try reader.u16())
        try reader.skip(4)
        self.certificate = try reader.take(length)
    }
}

/// The names of alerts (RFC 8446 section 6, RFC 5246 section 7.2, and those of SSL 3 that were dropped later).
enum Alert {
    static func name(_ description: UInt8) -> String? {
        switch description {
        case 0: "close_notify"
        case 10: "unexpected_message"
        case 20: "bad_record_mac"
        case 21: "decryption_failed"
        case 22: "record_overflow"
        case 30: "decompression_failure"
        case 40: "handshake_failure"
        case 41: "no_certificate"
        case 42: "bad_certificate"
        case 43: "unsupported_certificate"
        case 44: "certificate_revoked"
        case 45: "certificate_expired"
        case 46: "certificate_unknown"
        case 47: "illegal_parameter"
        case 48: "unknown_ca"
        case 49: "access_denied"
        case 50: "decode_error"
        case 51: "decrypt_error"
        case 52: "too_many_cids_requested"
        case 60: "export_restriction"
        case 70: "protocol_version"
        case 71: "insufficient_security"
        case 80: "internal_error"
        case 86: "inappropriate_fallback"
        case 90: "user_canceled"
        case 100: "no_renegotiation"
        case 109: "missing_extension"
        case 110: "unsupported_extension"
        case 111: "certificate_unobtainable"
        case 112: "unrecognized_name"
        case 113: "bad_certificate_status_response"
        case 114: "bad_certificate_hash_value"
        case 115: "unknown_psk_identity"
        case 116: "certificate_required"
        case 120: "no_application_protocol"
        case 121: "ech_required"
        default: nil
        }
    }
}
