import ArgumentParser
import Foundation
import LaennecKit
import Reports
import Rules

/// `--manifest` and `--sign`: the options of every command that writes results.
struct ManifestOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write a manifest to this file: SHA-256 of the inputs and of what this run writes, in the same folder or below (laennec verify).",
            valueName: "file"), completion: .file())
    var manifest: String?

    @Option(
        help: ArgumentHelp("With --manifest: sign it with this private key (Ed25519, PEM); the signature goes beside it, as <manifest>.sig.", valueName: "key"),
        completion: .file())
    var sign: String?

    /// The key that signs, read before anything is done with it.
    func key(_ language: Language) throws -> SigningKey? {
        guard let sign else { return nil }
        return try KeyLoading.load(sign, language) { file throws(KeyProblem) in try SigningKey(file: file) }
    }

    /// What speaks against writing a manifest of these outputs; `nil` where nothing does.
    /// - Parameter outputs: files and folders that the run will write.
    func problem(_ outputs: [String]) -> Rules.Text? {
        guard let manifest else {
            guard self.sign != nil else { return nil }
            return Rules.Text(french: "--sign ne s’emploie qu’avec --manifest.", english: "--sign goes with --manifest.")
        }
        if manifest == "-" || outputs.contains("-") {
            return Rules.Text(
                french: "--manifest décrit des fichiers\u{00A0}: «\u{00A0}-\u{00A0}» (la sortie standard) n’en est pas un.", english: "--manifest describes files: - (standard output) is none.")
        }
        if outputs.isEmpty {
            return Rules.Text(
                french: "--manifest demande au moins une sortie : --json, --report ou --registers.",
                english: "--manifest needs at least one output: --json, --report or --registers.")
        }
        let place = Self.folder(of: manifest)
        for output in outputs {
            let isSame = ManifestName.relative(output, to: place) == ManifestName.relative(manifest, to: place) && ManifestName.relative(output, to: place) != nil
            if isSame {
                return Rules.Text(french: "\(output)\u{00A0}: le manifeste et une sortie ont le même nom.", english: "\(output): the manifest and an output have the same name.")
            }
            // A folder of outputs may be the manifest's own.
            guard ManifestName.relative(output + "/x", to: place) == nil, ManifestName.relative(output, to: place) == nil else { continue }
            return Rules.Text(
                french: "\(output)\u{00A0}: les sorties que décrit un manifeste doivent être dans son dossier ou dessous\u{00A0}; choisissez un autre nom pour --manifest.",
                english: "\(output): what a manifest describes has to be in its folder or below; choose another name for --manifest.")
        }
        return nil
    }

    /// Writes the manifest of what was written, and its signature.
    func write(_ report: Report, outputs: [String], signedBy key: SigningKey?, _ language: Language) throws {
        guard let manifest else { return }
        var files: [String: FileDigest] = [:]
        for output in outputs {
            guard let name = ManifestName.relative(output, to: Self.folder(of: manifest)), let digest = FileDigest(of: output) else {
                throw Terminal.failure(
                    Rules.Text(
                        french: "\(output)\u{00A0}: ce fichier n’a pas pu être relu pour le manifeste, qui n’a pas été écrit.",
                        english: "\(output): this file could not be read again for the manifest, which was not written."),
                    language, Terminal.Exit.cannotWrite)
            }
            files[name] = digest
        }
        let octets = try Manifest(report, outputs: files, signedBy: key?.publicKey).octets()
        try ResultFile.write(to: manifest, language) { try $0(Array(octets)) }
        let signature = Self.signature(of: manifest)
        if let key {
            let signed = try key.signature(of: octets)
            try ResultFile.write(to: signature, language) { try $0(Array(signed)) }
        } else {
            // A signature of the manifest that was there before would speak against this one.
            try? FileManager.default.removeItem(atPath: signature)
        }
    }

    /// The file beside a manifest that holds its signature.
    static func signature(of manifest: String) -> String { manifest + ".sig" }

    static func folder(of file: String) -> String { URL(fileURLWithPath: file).resolvingSymlinksInPath().deletingLastPathComponent().path }
}

/// Loads key files of the user, and says what is wrong with them: never what is in them.
enum KeyLoading {
    static func load<Key>(_ file: String, _ language: Language, _ read: (String) throws(KeyProblem) -> Key) throws -> Key {
        do throws(KeyProblem) {
            return try read(file)
        } catch {
            throw Terminal.failure(Self.text(error, file), language, Self.code(error))
        }
    }

    private static func code(_ problem: KeyProblem) -> ExitCode {
        switch problem {
        case .missing, .unreadable: Terminal.Exit.noInput
        case .notAKey, .encrypted, .isPrivate, .isPublic, .otherAlgorithm, .tooShort: Terminal.Exit.badData
        }
    }

    private static func text(_ problem: KeyProblem, _ file: String) -> Rules.Text {
        switch problem {
        case .missing:
            Rules.Text(
                french: "\(file)\u{00A0}: ce fichier de clé n’existe pas\u{00A0}; «\u{00A0}laennec key generate\u{00A0}» en crée un.",
                english: "\(file): there is no such key file; `laennec key generate` makes one.")
        case .unreadable:
            Rules.Text(
                french: "\(file)\u{00A0}: ce fichier de clé ne peut pas être lu\u{00A0}; vérifiez ses droits.", english: "\(file): this key file cannot be read; check its rights.")
        case .notAKey:
            Rules.Text(
                french: "\(file)\u{00A0}: ce n’est pas une clé Ed25519 au format PEM\u{00A0}; «\u{00A0}laennec key generate\u{00A0}» ou «\u{00A0}openssl genpkey -algorithm ed25519\u{00A0}» en crée une.",
                english: "\(file): this is not an Ed25519 key in PEM; `laennec key generate` or `openssl genpkey -algorithm ed25519` makes one.")
        case .encrypted:
            Rules.Text(
                french: "\(file)\u{00A0}: cette clé privée est protégée par un mot de passe\u{00A0}; retirez-le avec «\u{00A0}openssl pkey -in … -out …\u{00A0}».",
                english: "\(file): this private key is under a password; take it off with `openssl pkey -in … -out …`.")
        case .isPrivate:
            Rules.Text(
                french: "\(file)\u{00A0}: c’est une clé privée\u{00A0}; la clé publique est attendue ici (fichier .pub, ou «\u{00A0}openssl pkey -pubout\u{00A0}»).",
                english: "\(file): this is a private key; the public one is wanted here (the .pub file, or `openssl pkey -pubout`).")
        case .isPublic:
            Rules.Text(
                french: "\(file)\u{00A0}: c’est une clé publique\u{00A0}; la clé privée est attendue ici.", english: "\(file): this is a public key; the private one is wanted here.")
        case .otherAlgorithm:
            Rules.Text(
                french: "\(file)\u{00A0}: cette clé n’est pas une clé Ed25519\u{00A0}; «\u{00A0}laennec key generate\u{00A0}» en crée une.",
                english: "\(file): this is not a key for Ed25519; `laennec key generate` makes one.")
        case .tooShort:
            Rules.Text(
                french: "\(file)\u{00A0}: une clé de pseudonymes compte de 16 à 16384 octets, tirés au hasard\u{00A0}; «\u{00A0}laennec key generate\u{00A0}» en crée une.",
                english: "\(file): a key for pseudonyms has 16 to 16384 octets, drawn at random; `laennec key generate` makes one.")
        }
    }
}
