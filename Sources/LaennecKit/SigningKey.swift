import Crypto
public import Foundation
import Wire

/// What is wrong with a key file. Nothing of its content is in it.
public enum KeyProblem: Error, Hashable, Sendable {
    case missing
    case unreadable
    /// Not the PEM of such a key.
    case notAKey
    /// A private key under a password.
    case encrypted
    /// A private key where a public one belongs.
    case isPrivate
    /// A public key where a private one belongs.
    case isPublic
    /// A key of another algorithm, such as RSA or P-256.
    case otherAlgorithm
    /// Too short to keep anything secret.
    case tooShort
}

/// A private key for Ed25519 (RFC 8032), as `openssl genpkey -algorithm ed25519` writes it: PKCS #8 in PEM (RFC 8410, section 7).
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new one.
    public init() { self.key = Curve25519.Signing.PrivateKey() }

    public init(file: String) throws(KeyProblem) { try self.init(pem: try KeyFile.text(of: file)) }

    public init(pem: String) throws(KeyProblem) {
        let seed = try KeyFile.octets(of: pem, isPrivate: true)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { throw .notAKey }
        self.key = key
    }

    public var publicKey: VerificationKey { VerificationKey(self.key.publicKey) }

    /// PKCS #8 in PEM: what a key file holds. It is a secret.
    public var pem: String { KeyFile.pem(KeyFile.privatePrefix + Array(self.key.rawRepresentation), "PRIVATE KEY") }

    /// The signature of some octets: 64 of them.
    public func signature(of octets: Data) throws -> Data { try self.key.signature(for: octets) }
}

/// A public key for Ed25519, as `openssl pkey -pubout` writes it: SubjectPublicKeyInfo in PEM (RFC 8410, section 4).
public struct VerificationKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

    public init(file: String) throws(KeyProblem) {
        let octets = try KeyFile.octets(of: try KeyFile.text(of: file), isPrivate: false)
        guard let key = VerificationKey(octets) else { throw .notAKey }
        self = key
    }

    /// - Parameter octets: the 32 of RFC 8032, section 5.1.5.
    init?(_ octets: Data) {
        guard octets.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: octets) else { return nil }
        self.key = key
    }

    /// The 32 octets of RFC 8032, section 5.1.5, as base64.
    var base64: String { self.key.rawRepresentation.base64EncodedString() }

    /// SubjectPublicKeyInfo in PEM.
    public var pem: String { KeyFile.pem(KeyFile.publicPrefix + Array(self.key.rawRepresentation), "PUBLIC KEY") }

    /// By what people compare keys: SHA-256 of SubjectPublicKeyInfo in DER, as `openssl pkey -pubin -outform DER | sha256sum` says it.
    public var fingerprint: String { hexadecimal(Array(SHA256.hash(data: KeyFile.publicPrefix + Array(self.key.rawRepresentation)))) }

    public func isValid(_ signature: Data, of octets: Data) -> Bool { self.key.isValidSignature(signature, for: octets) }
}

extension VerificationKey: Equatable {
    public static func == (left: Self, right: Self) -> Bool { left.key.rawRepresentation == right.key.rawRepresentation }
}

/// Reads what key files hold.
enum KeyFile {
    /// RFC 8410: everything of the DER but the key itself is the same for all keys of the algorithm.
    static let privatePrefix: [UInt8] = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
    static let publicPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    /// In octets; a key of this kind is 119.
    private static let limit = 16384

    /// The content of a small regular file.
    static func content(of file: String) throws(KeyProblem) -> Data {
        var status = stat()
        // The system fills the structure, which lives during the call.
        guard unsafe stat(file, &status) == 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAKey }
        guard let handle = FileHandle(forReadingAtPath: file) else { throw .unreadable }
        defer { try? handle.close() }
        // Nothing where the file is empty.
        let data: Data?
        do { data = try handle.read(upToCount: Self.limit &+ 1) } catch { throw .unreadable }
        guard let data, data.count <= Self.limit else { throw .notAKey }
        return data
    }

    static func text(of file: String) throws(KeyProblem) -> String {
        guard let text = String(data: try Self.content(of: file), encoding: .utf8) else { throw .notAKey }
        return text
    }

    /// The 32 octets of the key in a PEM (RFC 7468).
    static func octets(of pem: String, isPrivate: Bool) throws(KeyProblem) -> Data {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) else { throw .notAKey }
        let label = lines[begin].dropFirst(11).dropLast(5)
        switch label {
        case "ENCRYPTED PRIVATE KEY": throw .encrypted
        case "PRIVATE KEY": if !isPrivate { throw .isPrivate }
        case "PUBLIC KEY": if isPrivate { throw .isPublic }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "RSA PUBLIC KEY", "OPENSSH PRIVATE KEY", "CERTIFICATE": throw .otherAlgorithm
        default: throw .notAKey
        }
        guard let end = lines[begin...].firstIndex(of: "-----END \(label)-----"),
            let der = Data(base64Encoded: lines[begin..<end].dropFirst().joined())
        else { throw .notAKey }
        let prefix = isPrivate ? Self.privatePrefix : Self.publicPrefix
        guard der.count == prefix.count &+ 32, der.starts(with: prefix) else {
            // A sequence in DER all the same: a key of another kind.
            throw der.first == 0x30 ? .otherAlgorithm : .notAKey
        }
        return Data(der.suffix(32))
    }

    static func pem(_ der: [UInt8], _ label: String) -> String {
        "-----BEGIN \(label)-----\n\(Data(der).base64EncodedString())\n-----END \(label)-----\n"
    }
}
