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

    @Option(help: ArgumentHelp("Of a file with several establishments: the one with this name or FINESS.", valueName: "name"))
    var establishment: String?

    @OptionGroup var outputs: Outputs

    func run() throws {
        let outputs = try self.outputs.loaded()
        let result = try ResultLoading.load(self.result, establishment: self.establishment, self.outputs.spoken)
        let earlier = try outputs.earlier()
        try outputs.write(ResultLoading.report(result, outputs.laennec, hasSite: self.outputs.site != nil, self.outputs.spoken), comparedWith: earlier)
    }
}

/// Loads results that were kept.
enum ResultLoading {
    static func load(_ path: String, _ language: Language) throws -> [SavedResult] {
        let data = try FileLoading.load(path, language)
        do throws(ResultProblem) {
            return try ResultReader.read(data)
        } catch {
            throw FileLoading.failure(path, error.text, language)
        }
    }

    /// The only result of a file, or that of one of its establishments.
    static func load(_ path: String, establishment: String?, _ language: Language) throws -> SavedResult {
        let results = try Self.load(path, language)
        let wanted = results.filter { result in
            establishment.map { [result.site.name, result.site.geographicFINESS, result.site.legalFINESS].contains($0) } ?? true
        }
        guard wanted.count != 1 else { return wanted[0] }
        let known = results.compactMap { $0.site.name ?? $0.site.geographicFINESS }.sorted().joined(separator: ", ")
        throw FileLoading.failure(
            path,
            establishment == nil
                ? Rules.Text(
                    french: "ce fichier réunit plusieurs établissements (\(known))\u{00A0}; indiquez lequel avec --establishment.",
                    english: "this file holds several establishments (\(known)); name one with --establishment.")
                : Rules.Text(
                    french: "aucun établissement de ce nom, ou plusieurs\u{00A0}; il contient\u{00A0}: \(known).",
                    english: "no establishment of this name, or several; it holds: \(known)."), language, Terminal.Exit.usage)
    }

    /// The report of a result that was kept, with a word where it is not concluded by the signatures that it was made with.
    static func report(_ result: SavedResult, _ laennec: Laennec, hasSite: Bool, _ language: Language) -> Report {
        if result.signatures != laennec.signatures.fingerprint {
            Terminal.complain(
                language == .french
                    ? "laennec\u{00A0}: le résultat a été produit avec d’autres signatures (\(result.signatures))\u{00A0}; ce rapport applique celles de ce programme (\(laennec.signatures.fingerprint))."
                    : "laennec: the result was made with other signatures (\(result.signatures)); this report applies those of this program (\(laennec.signatures.fingerprint)).")
        }
        if result.pseudonyms != nil {
            Terminal.complain(
                language == .french
                    ? "laennec\u{00A0}: les noms de ce résultat sont des pseudonymes\u{00A0}; ce que les vrais noms prouvaient n’est plus conclu ici."
                    : "laennec: the names in this result are pseudonyms; what the real ones proved is not concluded again.")
        }
        return laennec.report(result, hasSite: hasSite)
    }
}
