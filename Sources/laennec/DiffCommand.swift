import ArgumentParser
import Campaigns
import LaennecKit
import Reports
import Rules

/// `laennec diff`: what changed from one campaign to the next.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two campaigns: devices, services, peers and findings that are new, gone, changed or fixed.",
        discussion: """
            Each of the two is a capture, a directory of captures, a result of laennec scan --json, or a campaign of an inventory (its newest, or \
            the one whose id begins with what stands after a colon). What the later campaign did not see \
            at all counts as unchecked, not as fixed. Exit code 1 with --fail-on-new where such a finding is new or worse than before.

              laennec diff september.pcapng november.pcapng
              laennec diff site.laennec:3f2a site.laennec
              laennec diff september.json november.json --json changes.json --csv changes
            """
    )

    @Argument(help: ArgumentHelp("The earlier campaign: a capture, a directory of captures, a result, or site.laennec[:campaign].", valueName: "before"), completion: .file())
    var before: String

    @Argument(help: ArgumentHelp("The later campaign.", valueName: "after"), completion: .file())
    var after: String

    @Option(help: ArgumentHelp("Write the comparison as JSON to this file (- for standard output).", valueName: "file"), completion: .file())
    var json: String?

    @Option(help: ArgumentHelp("Write the comparison as CSV tables into this folder.", valueName: "folder"), completion: .directory)
    var csv: String?

    @Option(help: ArgumentHelp("What the establishment says of itself, for both campaigns (laennec site example).", valueName: "file"), completion: .file())
    var site: String?

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: ArgumentHelp("Exit with 1 if a finding of this severity or above is new or worse than before and nobody accepted it.", valueName: "severity"))
    var failOnNew: Severity?

    @Option(help: "Language of the comparison: fr or en. Default: that of the locale.")
    var language: Language?

    @Flag(help: "Print no summary.")
    var quiet = false

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let laennec = Laennec(signatures: try SignatureLoading.load(self.signatures, language), site: try SiteLoading.load(self.site, language))
        let before = try CampaignLoading.load(self.before, laennec, hasSite: self.site != nil, language)
        let after = try CampaignLoading.load(self.after, laennec, hasSite: self.site != nil, language)
        let comparison = Comparison(before: before, after: after)
        if let json { try ResultFile.write(to: json, language) { try JSONReport.write(comparison, to: $0) } }
        if let csv { try ResultFile.write(RegisterTable.comparison(comparison, laennec.signatures, language), into: csv, language, laennec.site.timeZone) }
        if !self.quiet, self.json != "-" {
            Terminal.write(
                ComparisonText.text(comparison, laennec.signatures, language: language, hasColour: Terminal.hasColour, width: Terminal.width))
        }
        let worse = comparison.findings(.new) + comparison.findings(.regressed)
        if let failOnNew, worse.contains(where: { $0.severity >= failOnNew && !$0.isAccepted }) { throw Terminal.Exit.findings }
    }
}
