import ArgumentParser
import Capture
import Foundation
import LaennecKit
import Observations
import Reports
import Rules

/// `laennec redact`: a copy of a capture that can be given away.
struct RedactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Copy a capture without its content, for a vendor or a CERT.",
        discussion: """
            Headers stay, and the bytes that identify devices, services and findings; everything else is overwritten: patients, users, \
            secrets, images. Frames keep their number, time and length, and right checksums stay right. The copy is scanned again and \
            compared with the original; what it no longer shows is listed, and the exit code is then 2.

              laennec redact capture.pcapng redacted.pcapng
            """
    )

    @Argument(help: ArgumentHelp("The capture; it is only read.", valueName: "capture"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("The copy: pcapng where the name ends so or several link types need it, else pcap.", valueName: "copy"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: ArgumentHelp("Memory for what is looked at; what does not fit is overwritten (512M, 2G).", valueName: "size"))
    var memory: Size = Size(bytes: MemoryBudget.standard.bytes)

    @Option(help: "Language of the messages: fr or en. Default: that of the locale.")
    var language: Language?

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let laennec = Laennec(signatures: try SignatureLoading.load(self.signatures, language), options: ScanOptions(memory: MemoryBudget(bytes: self.memory.bytes)))
        let outcome: RedactionOutcome
        do throws(RedactionError) {
            outcome = try laennec.redact(self.input, to: self.output)
        } catch {
            throw RedactionResult.failure(error, language)
        }
        try RedactionResult.tell(outcome, self.output, language)
    }
}

/// What `redact` and `extract` say.
enum RedactionResult {
    /// The most differences that are listed.
    private static let listed = 40

    static func tell(_ outcome: RedactionOutcome, _ output: String, _ language: Language) throws {
        let proof = outcome.proof
        let name = PrintableText.make((output as NSString).lastPathComponent)
        for failure in outcome.report.inputs.compactMap(\.failure) { Terminal.complain("laennec: " + failure[language]) }
        for notice in outcome.report.inputs.flatMap(\.notices) { Terminal.complain("laennec: " + notice[language]) }
        if outcome.cutConversations > 0 {
            let count = outcome.cutConversations
            Terminal.complain(
                language == .french
                    ? "laennec: \(count) \(count == 1 ? "conversation longue a été masquée" : "conversations longues ont été masquées") au-delà de leur début."
                    : "laennec: \(count) long \(count == 1 ? "conversation was" : "conversations were") overwritten beyond the beginning.")
        }
        let seen = [
            Phrasing.counted(proof.devices, language, french: ("dispositif", "dispositifs"), english: ("device", "devices")),
            Phrasing.counted(proof.services, language, french: ("service", "services"), english: ("service", "services")),
            Phrasing.counted(proof.findings, language, french: ("constat", "constats"), english: ("finding", "findings")),
        ].joined(separator: ", ") + (language == .french ? "\u{00A0}: comparés" : " compared")
        let frames = Phrasing.counted(Int(clamping: outcome.frames), language, french: ("trame", "trames"), english: ("frame", "frames"))
        if proof.isComplete {
            Terminal.write(
                language == .french
                    ? "\(name)\u{00A0}: \(frames)\u{00A0}; analysée de nouveau, la copie donne le même résultat (\(seen)).\n"
                    : "\(name): \(frames); scanned again, the copy gives the same result (\(seen)).\n")
            if outcome.report.inputs.contains(where: { $0.failure != nil }) { throw Terminal.Exit.noInput }
            return
        }
        Terminal.write(
            language == .french
                ? "\(name)\u{00A0}: \(frames)\u{00A0}; la copie est écrite, mais ne montre plus tout ce que montre l’original (\(seen))\u{00A0}:\n"
                : "\(name): \(frames); the copy is written, but does not show all that the original shows (\(seen)):\n")
        let nothing = language == .french ? "rien" : "nothing"
        for difference in proof.differences.prefix(Self.listed) {
            let kind =
                switch difference.kind {
                case .identity: language == .french ? "identité" : "identity"
                case .service: "service"
                case .finding: language == .french ? "constat" : "finding"
                }
            let colon = language == .french ? "\u{00A0}:" : ":"
            Terminal.write(
                "  \(kind) \(difference.device) \(difference.subject)\(colon) \(difference.original ?? nothing) → \(difference.copy ?? nothing)\n")
        }
        if proof.differences.count > Self.listed { Terminal.write("  … (\(proof.differences.count))\n") }
        throw Terminal.Exit.notProved
    }

    static func failure(_ error: RedactionError, _ language: Language) -> ExitCode {
        switch error {
        case .capture(let error): return Terminal.failure(error.text, language, ScanCommand.exitCode(of: error))
        case .notAFile(let path):
            return Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: il faut un fichier ordinaire, car la capture est lue plusieurs fois\u{00A0}; enregistrez d’abord le flux dans un fichier.",
                    english: "\(path): a regular file is needed, as the capture is read several times; save the stream to a file first."),
                language, Terminal.Exit.usage)
        case .overwritesInput(let path):
            return Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: la copie ne peut pas remplacer l’original\u{00A0}; donnez-lui un autre nom.",
                    english: "\(path): the copy cannot take the place of the original; give it another name."), language, Terminal.Exit.usage)
        case .cannotWrite(let path, let code):
            let reason = code == 0 ? "" : " (\(unsafe String(cString: strerror(code))))"
            return Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: la copie n’a pas pu être écrite\(reason)\u{00A0}; vérifiez l’espace libre et les droits du dossier.",
                    english: "\(path): the copy could not be written\(reason); check the free space and the rights of the folder."),
                language, Terminal.Exit.cannotWrite)
        }
    }
}
