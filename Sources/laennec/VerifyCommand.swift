import ArgumentParser
import Foundation
import LaennecKit
import Observations
import Rules

/// `laennec verify`: whether files are those that a manifest describes, and who signed it.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the files that a manifest describes, and its signature.",
        discussion: """
            Outputs are looked for beside the manifest; inputs as well, or in the folder that --inputs names. Exit codes: 0 all that could \
            be checked is right; 1 a file is missing or changed, or the signature is not right; 65 this is not a manifest; 66 the manifest \
            or the key cannot be read.

              laennec verify manifest.json --public-key auditor.pub --inputs captures/
            """
    )

    @Argument(help: "The manifest.", completion: .file()) var manifest: String

    @Option(help: ArgumentHelp("The public key that has to have signed it (Ed25519, PEM).", valueName: "file"), completion: .file())
    var publicKey: String?

    @Option(help: ArgumentHelp("Check the inputs, too: the captures in this folder.", valueName: "folder"), completion: .directory)
    var inputs: String?

    @Option(help: "Language: fr or en. Default: that of the locale.") var language: Language?

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let key = try self.publicKey.map { try KeyLoading.load($0, language) { file throws(KeyProblem) in try VerificationKey(file: file) } }
        let octets = try self.octets(language)
        let manifest: Manifest
        do throws(Manifest.Problem) {
            manifest = try Manifest(octets: octets)
        } catch {
            throw Terminal.failure(self.text(error), language, Terminal.Exit.badData)
        }
        let check = ManifestCheck(
            manifest, octets: octets, signature: Self.content(of: ManifestOptions.signature(of: self.manifest), limit: 4096),
            in: ManifestOptions.folder(of: self.manifest), key: key, captures: self.inputs)
        Terminal.write(Self.text(check, manifest, language))
        if check.isFailure { throw Terminal.Exit.mismatch }
    }

    private func octets(_ language: Language) throws -> Data {
        var status = stat()
        // The system fills the structure, which lives during the call.
        guard unsafe stat(self.manifest, &status) == 0 else {
            throw Terminal.failure(
                Rules.Text(
                    french: "\(self.manifest)\u{00A0}: ce manifeste n’existe pas ou son dossier ne peut pas être lu.",
                    english: "\(self.manifest): there is no such manifest, or its folder cannot be read."), language, Terminal.Exit.noInput)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Terminal.failure(
                Rules.Text(
                    french: "\(self.manifest)\u{00A0}: ce n’est pas un fichier\u{00A0}; indiquez le manifest.json lui-même.",
                    english: "\(self.manifest): this is not a file; name the manifest.json itself."), language, Terminal.Exit.noInput)
        }
        guard let octets = Self.content(of: self.manifest, limit: Manifest.sizeLimit) else {
            throw Terminal.failure(
                Rules.Text(french: "\(self.manifest)\u{00A0}: ce fichier ne peut pas être lu\u{00A0}; vérifiez ses droits.", english: "\(self.manifest): this file cannot be read; check its rights."),
                language, Terminal.Exit.noInput)
        }
        return octets
    }

    /// The content of a file, and one octet more than the limit where there is more.
    private static func content(of file: String, limit: Int) -> Data? {
        let descriptor = unsafe open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var data = Data()
        do {
            while data.count <= limit, let piece = try handle.read(upToCount: limit &+ 1 &- data.count), !piece.isEmpty { data += piece }
        } catch {
            return nil
        }
        return data
    }

    private func text(_ problem: Manifest.Problem) -> Rules.Text {
        switch problem {
        case .notAManifest:
            Rules.Text(
                french: "\(self.manifest)\u{00A0}: ce n’est pas un manifeste de Laennec, ou il est endommagé\u{00A0}; demandez-en une nouvelle copie.",
                english: "\(self.manifest): this is not a manifest of Laennec, or it is damaged; ask for another copy.")
        case .tooNew(let version):
            Rules.Text(
                french: "\(self.manifest)\u{00A0}: ce manifeste est de la version \(version), que ce programme ne connaît pas\u{00A0}; vérifiez-le avec un Laennec plus récent.",
                english: "\(self.manifest): this manifest is of version \(version), which this program does not know; check it with a newer Laennec.")
        case .tooLarge:
            Rules.Text(
                french: "\(self.manifest)\u{00A0}: ce manifeste dépasse les limites (16 Mio, 50 000 fichiers, 64 Gio par sortie)\u{00A0}; il n’a pas été suivi.",
                english: "\(self.manifest): this manifest is beyond the limits (16 MiB, 50,000 files, 64 GiB for an output); it was not followed.")
        case .unsafeName(let name):
            Rules.Text(
                french: "\(self.manifest)\u{00A0}: le nom «\u{00A0}\(name)\u{00A0}» mène hors du dossier du manifeste ou n’est pas un nom de fichier\u{00A0}; aucun fichier n’a été ouvert.",
                english: "\(self.manifest): the name \"\(name)\" leads out of the manifest's folder, or is no name of a file; no file was opened.")
        case .duplicateName(let name):
            Rules.Text(
                french: "\(self.manifest)\u{00A0}: le fichier «\u{00A0}\(name)\u{00A0}» y figure deux fois\u{00A0}; aucun fichier n’a été ouvert.",
                english: "\(self.manifest): the file \"\(name)\" is in it twice; no file was opened.")
        }
    }

    // MARK: In words

    private static func text(_ check: ManifestCheck, _ manifest: Manifest, _ language: Language) -> String {
        let isFrench = language == .french
        var text = "\(Self.heading(manifest, isFrench))\n\n"
        let rows = check.outputs.map { (isFrench ? "sortie" : "output", $0) } + check.inputs.map { (isFrench ? "entrée" : "input", $0) }
        let states = rows.map { Self.title(of: $0.1.state)[language] }
        let width = min(states.map(\.count).max() ?? 0, 40)
        for ((kind, file), state) in zip(rows, states) {
            text += "  \(kind)  \(state.padding(toLength: max(width, state.count), withPad: " ", startingAt: 0))  \(file.name)\n"
        }
        text += "\n\(Self.title(of: check.signature)[language])\n"
        let wrong = check.outputs.filter { $0.state.isFailure }.count &+ check.inputs.filter { $0.state.isFailure }.count
        let intact = check.outputs.filter { $0.state == .intact }.count &+ check.inputs.filter { $0.state == .intact }.count
        text +=
            isFrench
            ? "Fichiers intacts\u{00A0}: \(intact). En défaut\u{00A0}: \(wrong). Non vérifiés\u{00A0}: \(rows.count &- wrong &- intact).\n"
            : "Files intact: \(intact). Wrong: \(wrong). Not checked: \(rows.count &- wrong &- intact).\n"
        return text
    }

    private static func heading(_ manifest: Manifest, _ isFrench: Bool) -> String {
        let site = manifest.site.flatMap { site in
            let finess = [site.finessLegal, site.finessGeographic].compactMap { $0 }.joined(separator: ", ")
            return [site.name, finess.isEmpty ? nil : "FINESS \(finess)"].compactMap { $0 }.joined(separator: ", ")
        }
        let tool = "\(manifest.tool.name) \(manifest.tool.version), signatures \(manifest.tool.signatures.prefix(12))"
        return PrintableText.make((isFrench ? "Manifeste\u{00A0}: " : "Manifest: ") + [site ?? "", tool].filter { !$0.isEmpty }.joined(separator: "\u{00A0}; "), limit: 512)
    }

    private static func title(of state: ManifestCheck.State) -> Rules.Text {
        switch state {
        case .intact: Rules.Text(french: "intact", english: "intact")
        case .missing: Rules.Text(french: "ABSENT", english: "MISSING")
        case .changed: Rules.Text(french: "MODIFIÉ", english: "CHANGED")
        case .unreadable: Rules.Text(french: "ILLISIBLE", english: "UNREADABLE")
        case .notAFile: Rules.Text(french: "REFUSÉ (lien ou dossier)", english: "REFUSED (link or folder)")
        case .unverifiable: Rules.Text(french: "sans empreinte", english: "without a digest")
        case .notAtHand: Rules.Text(french: "non vérifié", english: "not checked")
        }
    }

    private static func title(of signature: ManifestCheck.Signature) -> Rules.Text {
        switch signature {
        case .none:
            Rules.Text(
                french: "Non signé\u{00A0}: le manifeste dit si les fichiers vont ensemble, pas de qui ils viennent.",
                english: "Not signed: the manifest tells whether the files belong together, not from whom they come.")
        case .valid(let fingerprint):
            Rules.Text(french: "Signature valable, de la clé demandée (\(fingerprint)).", english: "The signature is valid, by the key asked for (\(fingerprint)).")
        case .unknownKey(let fingerprint):
            Rules.Text(
                french: "Signature valable, d’une clé inconnue\u{00A0}: comparez son empreinte, ou donnez la clé avec --public-key.\nEmpreinte\u{00A0}: \(fingerprint)",
                english: "The signature is valid, by an unknown key: compare its fingerprint, or give the key with --public-key.\nFingerprint: \(fingerprint)")
        case .invalid:
            Rules.Text(
                french: "SIGNATURE NON VALABLE\u{00A0}: le manifeste n’est pas celui qui a été signé.", english: "THE SIGNATURE IS NOT VALID: the manifest is not the one that was signed.")
        case .otherKey(let fingerprint):
            Rules.Text(
                french: "AUTRE CLÉ\u{00A0}: le manifeste nomme une autre clé que celle demandée.\nEmpreinte\u{00A0}: \(fingerprint)",
                english: "ANOTHER KEY: the manifest names another key than the one asked for.\nFingerprint: \(fingerprint)")
        case .missing:
            Rules.Text(
                french: "SIGNATURE ABSENTE\u{00A0}: le fichier .sig attendu à côté du manifeste n’y est pas.",
                english: "NO SIGNATURE: the .sig file that should be beside the manifest is not there.")
        case .noKey:
            Rules.Text(
                french: "SIGNATURE SANS CLÉ\u{00A0}: un fichier .sig est là, mais le manifeste ne nomme pas de clé\u{00A0}; donnez-la avec --public-key.",
                english: "SIGNATURE WITHOUT A KEY: there is a .sig file, but the manifest names no key; give it with --public-key.")
        }
    }
}
