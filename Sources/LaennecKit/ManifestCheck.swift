public import Foundation
import Observations

/// What a manifest says, held against the files at hand.
public struct ManifestCheck: Sendable {
    /// How a file stands to what the manifest says of it.
    public enum State: Hashable, Sendable {
        case intact
        case missing
        /// Of another size, or of the same with another content.
        case changed
        case unreadable
        /// A symbolic link, a folder, a device: not followed and not opened.
        case notAFile
        /// The manifest holds no digest of it: it was standard input or an interface.
        case unverifiable
        /// An input that is not at hand, where none were asked for.
        case notAtHand

        /// Whether it speaks against the manifest.
        public var isFailure: Bool {
            switch self {
            case .intact, .unverifiable, .notAtHand: false
            case .missing, .changed, .unreadable, .notAFile: true
            }
        }
    }

    public struct File: Sendable {
        /// Printable.
        public let name: String
        public let state: State
    }

    public enum Signature: Hashable, Sendable {
        /// No key is named and no signature stands beside it.
        case none
        /// By the key that was asked for; its fingerprint.
        case valid(String)
        /// By the key that the manifest names, whoever that is.
        case unknownKey(String)
        /// The octets are not those that were signed.
        case invalid
        /// By another key than the one asked for: the fingerprint that the manifest names.
        case otherKey(String)
        /// A key is named or asked for, and there is no signature.
        case missing
        /// There is a signature, and the manifest names no key that could check it.
        case noKey

        /// Whether it speaks against the manifest.
        public var isFailure: Bool {
            switch self {
            case .none, .valid, .unknownKey: false
            case .invalid, .otherKey, .missing, .noKey: true
            }
        }
    }

    public let signature: Signature
    public let outputs: [File]
    public let inputs: [File]

    public var isFailure: Bool {
        self.signature.isFailure || self.outputs.contains { $0.state.isFailure } || self.inputs.contains { $0.state.isFailure }
    }

    /// - Parameters:
    ///   - octets: of the manifest's file, from which the manifest was read.
    ///   - signature: the content of the file beside it, where there is one.
    ///   - folder: where the manifest lies.
    ///   - key: the key that has to have signed.
    ///   - captures: where the inputs are to be; `nil`: beside the manifest, if anywhere.
    public init(_ manifest: Manifest, octets: Data, signature: Data?, in folder: String, key: VerificationKey?, captures: String?) {
        self.signature = Self.signature(manifest, octets, signature, key)
        self.outputs = manifest.outputs.map { output in
            let parts = ManifestName.parts(of: output.name) ?? []
            return File(name: output.name, state: Self.state(of: parts, in: folder, output.size, output.sha256))
        }
        self.inputs = manifest.inputs.map { input in
            let name = PrintableText.make(input.name)
            guard let sha256 = input.sha256 else { return File(name: name, state: .unverifiable) }
            let state = Self.state(of: [input.name], in: captures ?? folder, input.size, sha256)
            return File(name: name, state: state == .missing && captures == nil ? .notAtHand : state)
        }
    }

    private static func state(of parts: [String], in folder: String, _ size: UInt64?, _ sha256: String) -> State {
        do throws(FileDigest.Failure) {
            let digest = try FileDigest.of(parts, in: folder, size: size)
            return digest.sha256 == sha256.lowercased() ? .intact : .changed
        } catch {
            return switch error {
            case .missing: .missing
            case .unreadable: .unreadable
            case .notAFile: .notAFile
            }
        }
    }

    private static func signature(_ manifest: Manifest, _ octets: Data, _ signature: Data?, _ asked: VerificationKey?) -> Signature {
        let named = manifest.key.flatMap { key in
            key.algorithm == "Ed25519" ? Data(base64Encoded: key.publicKey).flatMap { VerificationKey($0) } : nil
        }
        if manifest.key != nil, named == nil { return .invalid }
        guard let signature else { return named == nil && asked == nil ? .none : .missing }
        if let asked {
            if let named, named != asked { return .otherKey(named.fingerprint) }
            return asked.isValid(signature, of: octets) ? .valid(asked.fingerprint) : .invalid
        }
        guard let named else { return .noKey }
        return named.isValid(signature, of: octets) ? .unknownKey(named.fingerprint) : .invalid
    }
}
