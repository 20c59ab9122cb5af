import ArgumentParser
import Foundation
import LaennecKit
import Reports
import Rules

/// `laennec report`: a result that was kept, reported again without the captures.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report a result again, without the captures.",
        discussion: """
            Reads what laennec scan --json wrote and concludes anew from its facts: with the same signatures the outputs are the same bytes; \
            with newer ones, or another site file, old captures are seen with today's knowledge.

              laennec report result.json --report report.html
              laennec report result.json --site site.yml --language fr --report rapport.pdf
            """
    )

    @Argument(help: ArgumentHelp("A result (laennec scan --json, laennec merge).", valueName: "result"), completion: .file())
    var result: String

    @OptionGroup var outputs: Outputs

    func run() throws {
        let laennec = try self.outputs.laennec()
        let results = try ResultLoading.load(self.result, self.outputs.spoken)
        guard results.count == 1, let result = results.first else { throw ResultLoading.several(self.result, self.outputs.spoken) }
        try self.outputs.write(ResultLoading.report(result, laennec, hasSite: self.outputs.site != nil, self.outputs.spoken))
    }
}

/// Loads results that were kept.
enum ResultLoading {
    static func load(_ path: String, _ language: Language) throws -> [SavedResult] {
        let name = (path as NSString).lastPathComponent
        func failure(_ french: String, _ english: String, _ code: ExitCode) -> any Error {
            Terminal.failure(Rules.Text(french: "\(name)\u{00A0}: \(french)", english: "\(name): \(english)"), language, code)
        }
        var isDirectory: ObjCBool = false
        // The system writes the flag during the call.
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw failure("ce fichier n'existe pas ; vérifiez le chemin", "there is no such file; check the path", Terminal.Exit.noInput)
        }
        guard !isDirectory.boolValue else { throw failure("c'est un dossier, pas un résultat", "this is a directory, not a result", Terminal.Exit.noInput) }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw failure("ce fichier ne peut pas être lu ; vérifiez ses droits", "this file cannot be read; check its permissions", Terminal.Exit.noInput)
        }
        do throws(ResultProblem) {
            return try ResultReader.read(data)
        } catch {
            throw failure(error.text.french, error.text.english, Terminal.Exit.badData)
        }
    }

    /// The report of a result that was kept, with a word where it is not concluded by the signatures that it was made with.
    static func report(_ result: SavedResult, _ laennec: Laennec, hasSite: Bool, _ language: Language) throws -> Report {
        if result.signatures != laennec.signatures.fingerprint {
            Terminal.complain(
                language == .french
                    ? "laennec : le résultat a été produit avec d'autres signatures (\(result.signatures)) ; ce rapport applique celles de ce programme (\(laennec.signatures.fingerprint))."
                    : "laennec: the result was made with other signatures (\(result.signatures)); this report applies those of this program (\(laennec.signatures.fingerprint)).")
        }
        do throws(SiteFailure) {
            return try laennec.report(result, hasSite: hasSite)
        } catch {
            for problem in error.problems { Terminal.complain("laennec: " + problem.description(language)) }
            throw Terminal.Exit.badSite
        }
    }

    static func several(_ path: String, _ language: Language) -> any Error {
        let name = (path as NSString).lastPathComponent
        return Terminal.failure(
            Rules.Text(
                french: "\(name)\u{00A0}: ce fichier réunit plusieurs établissements ; indiquez lequel avec --establishment NOM.",
                english: "\(name): this file holds several establishments; name one with --establishment NAME."), language, Terminal.Exit.usage)
    }
}
