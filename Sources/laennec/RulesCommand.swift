import ArgumentParser
import LaennecKit
import Observations
import Reports
import Rules

/// `laennec rules`: what can be found, why it matters, what to do, and which measure it belongs to.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List and explain the rules behind findings.", subcommands: [List.self, Explain.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every rule, the most severe first.")
        @OptionGroup var options: SignaturesCommand.Options

        func run() throws {
            let language = self.options.language ?? Terminal.localLanguage
            let set = try SignatureLoading.load(self.options.signatures, language)
            for rule in set.rules.sorted(by: { $0.severity == $1.severity ? $0.id < $1.id : $0.severity > $1.severity }) {
                Terminal.write("\(rule.id)  [\(rule.severity.title[language])]  \(set.text(of: rule.id)?.title[language] ?? "")\n")
            }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Explain a rule: what, why, what to do, when it may be wrong, and its mapping.")
        @Argument(help: "Its id, or the id of a finding.") var id: String
        @OptionGroup var options: SignaturesCommand.Options

        func run() throws {
            let language = self.options.language ?? Terminal.localLanguage
            let set = try SignatureLoading.load(self.options.signatures, language)
            guard let text = RuleExplanation.text(of: self.id, in: set, language, width: Terminal.width) else {
                throw Terminal.failure(
                    Rules.Text(
                        french: "\(self.id)\u{00A0}: aucune règle de ce nom\u{00A0}; «\u{00A0}laennec rules\u{00A0}» en donne la liste.",
                        english: "\(self.id): there is no such rule; `laennec rules` lists them."), language, Terminal.Exit.usage)
            }
            Terminal.write(text)
        }
    }
}
