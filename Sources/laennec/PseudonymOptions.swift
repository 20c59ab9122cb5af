import ArgumentParser
import LaennecKit
import Reports
import Rules

/// `--pseudonymise`: the option of every command that writes what leaves an establishment.
struct PseudonymOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Replace names of machines, applications and sites in all outputs but the inventory by pseudonyms made with the key in this file; addresses stay.",
            valueName: "key"), completion: .file())
    var pseudonymise: String?

    func key(_ language: Language) throws -> PseudonymKey? {
        try self.pseudonymise.map { try KeyLoading.load($0, language) { file throws(KeyProblem) in try PseudonymKey(file: file) } }
    }
}
