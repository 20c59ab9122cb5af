import ArgumentParser
import Foundation
import LaennecKit
import Rules

/// `laennec key`: the keys by which manifests are signed.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make a key for signing manifests.", subcommands: [Generate.self, Fingerprint.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a new private key (Ed25519, PEM, readable by you alone) and its public key beside it, as FILE.pub.")
        @Argument(help: "The file of the private key; it must not exist yet.", completion: .file()) var file: String
        @Option(help: "Language: fr or en. Default: that of the locale.") var language: Language?

        func run() throws {
            let language = self.language ?? Terminal.localLanguage
            let key = SigningKey()
            let publicFile = self.file + ".pub"
            // The public key first: a private key is written only where both can be.
            try Self.create(publicFile, key.publicKey.pem, mode: 0o644, language)
            do {
                try Self.create(self.file, key.pem, mode: 0o600, language)
            } catch {
                unsafe unlink(publicFile)
                throw error
            }
            Terminal.write(
                language == .french
                    ? "\(self.file)\u{00A0}: clé privée, à garder secrète et à sauvegarder.\n\(publicFile)\u{00A0}: clé publique, à remettre à qui vérifie.\nEmpreinte (SHA-256)\u{00A0}: \(key.publicKey.fingerprint)\n"
                    : "\(self.file): private key; keep it secret, and a copy of it safe.\n\(publicFile): public key, for those who verify.\nFingerprint (SHA-256): \(key.publicKey.fingerprint)\n")
        }

        /// Never over another file: a key that is lost cannot be had again.
        private static func create(_ file: String, _ text: String, mode: mode_t, _ language: Language) throws {
            let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            guard descriptor >= 0 else {
                if errno == EEXIST {
                    throw Terminal.failure(
                        Rules.Text(
                            french: "\(file)\u{00A0}: ce fichier existe déjà\u{00A0}; rien n’a été écrit. Choisissez un autre nom.",
                            english: "\(file): this file is there already; nothing was written. Choose another name."), language, Terminal.Exit.cannotWrite)
                }
                throw Self.failure(file, language)
            }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do {
                try handle.write(contentsOf: Data(text.utf8))
                try handle.synchronize()
            } catch {
                unsafe unlink(file)
                throw Self.failure(file, language)
            }
        }

        private static func failure(_ file: String, _ language: Language) -> any Error {
            Terminal.failure(
                Rules.Text(
                    french: "\(file)\u{00A0}: la clé n’a pas pu être écrite\u{00A0}; vérifiez l’espace libre et les droits du dossier.",
                    english: "\(file): the key could not be written; check the free space and the rights of the folder."), language, Terminal.Exit.cannotWrite)
        }
    }

    struct Fingerprint: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the fingerprint of a public key, to compare it by telephone.")
        @Argument(help: "The public key.", completion: .file()) var file: String
        @Option(help: "Language of the messages: fr or en. Default: that of the locale.") var language: Language?

        func run() throws {
            let key = try KeyLoading.load(self.file, self.language ?? Terminal.localLanguage) { file throws(KeyProblem) in try VerificationKey(file: file) }
            Terminal.write(key.fingerprint + "\n")
        }
    }
}
