import ArgumentParser
import BuiltInSignatures
import LaennecKit
import Observations
import Reports
import Rules

/// `laennec site`: the file in which an establishment says what is normal for it.
struct SiteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Check the site file, or print an example of one.", subcommands: [Check.self, Example.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check a site file, and the flow matrix that it names.")
        @Argument(help: "The site file.", completion: .file()) var file: String
        @Option(help: "Language: fr or en. Default: that of the locale.") var language: Language?

        func run() throws {
            let language = self.language ?? Terminal.localLanguage
            let site = try SiteLoading.load(self.file, language)
            for rule in site.acceptedRisks where SignatureSet.builtIn.rule(rule.rule) == nil {
                Terminal.complain(
                    "laennec: "
                        + (language == .french
                            ? "risque accepté\u{00A0}: la règle «\u{00A0}\(rule.rule)\u{00A0}» n’est pas une règle fournie\u{00A0}; «\u{00A0}laennec rules\u{00A0}» en donne la liste"
                            : "accepted risk: the rule \"\(rule.rule)\" is not a built-in rule; `laennec rules` lists them"))
            }
            let parts = [
                Phrasing.counted(site.zones.count, language, french: ("zone", "zones"), english: ("zone", "zones")),
                Phrasing.counted(site.gateways.count, language, french: ("passerelle", "passerelles"), english: ("gateway", "gateways")),
                Phrasing.counted(site.vendors.count, language, french: ("mainteneur", "mainteneurs"), english: ("vendor", "vendors")),
                Phrasing.counted(site.matrix?.count ?? 0, language, french: ("flux déclaré", "flux déclarés"), english: ("declared flow", "declared flows")),
                Phrasing.counted(
                    site.acceptedRisks.count, language, french: ("risque accepté", "risques acceptés"), english: ("accepted risk", "accepted risks")),
            ].joined(separator: ", ")
            Terminal.write(
                language == .french
                    ? "\(site.name ?? "établissement sans nom")\u{00A0}: \(parts)\u{00A0}: tout est correct.\n"
                    : "\(site.name ?? "establishment without a name"): \(parts): all correct.\n")
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a site file to begin with, with everything explained in it.")
        @Option(help: "Language: fr or en. Default: that of the locale.") var language: Language?

        func run() throws { Terminal.write(SiteExample.text(self.language ?? Terminal.localLanguage)) }
    }
}

/// Loads the site file of the user.
enum SiteLoading {
    static func load(_ file: String?, _ language: Language) throws -> Site {
        guard let file else { return .standard }
        var warnings: [SiteProblem] = []
        do throws(SiteFailure) {
            let site = try Site(file: file, warnings: &warnings)
            for warning in warnings { Terminal.complain("laennec: " + warning.description(language)) }
            return site
        } catch {
            for problem in error.problems + warnings { Terminal.complain("laennec: " + problem.description(language)) }
            throw Terminal.Exit.badSite
        }
    }
}
