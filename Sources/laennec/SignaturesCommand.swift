import ArgumentParser
import BuiltInSignatures
import LaennecKit
import Observations
import Rules

/// `laennec signatures`: the rules are data that a user can read and extend.
struct SignaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signatures", abstract: "List, show and check signatures and rules.", subcommands: [List.self, Show.self, Check.self],
        defaultSubcommand: List.self)

    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
        var signatures: [String] = []

        @Option(help: "Language: fr or en. Default: that of the locale.")
        var language: Language?
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every signature and rule by its id.")
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.language ?? Terminal.localLanguage
            let set = try SignatureLoading.load(self.options.signatures, language)
            for signature in set.identity {
                let asserts = signature.asserts.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value)" }.joined(separator: " ")
                Terminal.write("\(signature.id)  [\(signature.field.name)]  \(asserts)  \(signature.confidence)\n")
            }
            for rule in set.rules {
                Terminal.write("\(rule.id)  [\(rule.severity.title[language])]  \(set.text(of: rule.id)?.title[language] ?? "")\n")
            }
            for registry in set.registrySizes { Terminal.write("\(registry.name)  \(registry.rows)\n") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a signature or rule as it is written.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.language ?? Terminal.localLanguage
            let set = try SignatureLoading.load(self.options.signatures, language)
            guard let source = set.source(of: self.id) else {
                throw Terminal.failure(
                    Rules.Text(
                        french: "\(self.id)\u{00A0}: aucune signature ni règle de ce nom\u{00A0}; «\u{00A0}laennec signatures list\u{00A0}» en donne la liste.",
                        english: "\(self.id): there is no such signature or rule; `laennec signatures list` lists them."), language,
                    Terminal.Exit.usage)
            }
            Terminal.write("# \(source.file)\n\(source.text)\n")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a folder of signatures: form, vocabulary, examples, and that they do not match each other's.")
        @Argument(help: "The folder; without one the built-in signatures are checked.", completion: .directory) var folder: String?
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.language ?? Terminal.localLanguage
            let set = try SignatureLoading.load(self.options.signatures + (self.folder.map { [$0] } ?? []), language)
            let problems = set.check()
            for problem in problems { Terminal.complain(problem.description) }
            guard problems.isEmpty else { throw Terminal.Exit.badSignatures }
            Terminal.write(
                language == .french
                    ? "\(set.identity.count) signatures et \(set.rules.count) règles\u{00A0}: tout est correct.\n"
                    : "\(set.identity.count) signatures and \(set.rules.count) rules: all correct.\n")
        }
    }
}

/// Loads the built-in signatures and those of the user's folders.
enum SignatureLoading {
    static func load(_ folders: [String], _ language: Language) throws -> SignatureSet {
        do throws(SignatureFailure) {
            var set = SignatureSet.builtIn
            for folder in folders { set = try set.adding(directory: folder) }
            return set
        } catch {
            for problem in error.problems { Terminal.complain("laennec: " + problem.description) }
            throw Terminal.Exit.badSignatures
        }
    }
}
