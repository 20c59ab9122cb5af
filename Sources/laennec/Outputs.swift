import ArgumentParser
import Campaigns
import Capture
import LaennecKit
import Reports
import Rules
import Store

/// What scans, reports and mergers have in common: by which knowledge a report is made, and where it goes.
struct Outputs: ParsableArguments {
    @Option(help: ArgumentHelp("Write the whole result as JSON to this file (- for standard output).", valueName: "file"), completion: .file())
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Write the report to this file, in the format that its ending says (.html, .pdf, .md, .jsonl, .sarif, .stix.json, …); repeatable.", valueName: "file"),
        completion: .file())
    var report: [String] = []

    @Option(
        help: ArgumentHelp(
            "The format of --report where the ending does not say it: \(ReportFile.formats.map(\.name).joined(separator: ", ")).", valueName: "format"),
        completion: .list(ReportFile.formats.map(\.name)))
    var format: String?

    @Option(help: ArgumentHelp("Write the registers as CSV and the rules of the cut-off sheet into this folder.", valueName: "folder"), completion: .directory)
    var registers: String?

    @OptionGroup var manifest: ManifestOptions

    @OptionGroup var pseudonyms: PseudonymOptions

    @Option(
        help: ArgumentHelp(
            "Compare with an earlier campaign: a result, a capture, or site.laennec[:campaign]. The report gets a section on what changed.", valueName: "earlier"),
        completion: .file())
    var compare: String?

    @Option(help: ArgumentHelp("What the establishment says of itself: zones, maintainers, declared flows (laennec site example).", valueName: "file"), completion: .file())
    var site: String?

    @Option(help: ArgumentHelp("Country and network of public addresses from this MaxMind DB file (GeoLite2, DB-IP); repeatable.", valueName: "file"), completion: .file())
    var addresses: [String] = []

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: ArgumentHelp("Exit with 1 if there is a finding of this severity or above that nobody accepted.", valueName: "severity"))
    var failOn: Severity?

    @Option(help: "Language of the summary: fr or en. Default: that of the locale.")
    var language: Language?

    @Flag(help: "Print no summary and no progress.")
    var quiet = false

    /// The language asked for, or the locale's.
    var spoken: Language { self.language ?? Terminal.localLanguage }

    func validate() throws {
        if let problem = ReportFile.problem(of: self.report, named: self.format) { throw ValidationError(problem[self.spoken]) }
        let outputs = [self.json].compactMap(\.self) + self.report + [self.registers].compactMap(\.self)
        if let problem = self.manifest.problem(outputs) { throw self.refusal(problem.french, problem.english) }
    }

    func refusal(_ french: String, _ english: String) -> ValidationError { ValidationError(Rules.Text(french: french, english: english)[self.spoken]) }

    /// Whether something is written that names the inputs by their SHA-256.
    var namesInputs: Bool { self.json != nil || !self.report.isEmpty || self.manifest.manifest != nil }

    /// Whether standard output is wanted for something else than a summary.
    var isSilent: Bool { self.quiet || self.json == "-" || self.report.contains("-") }

    /// With everything read that the options name: what cannot be is said before a long scan, not after it.
    func loaded(_ options: ScanOptions = ScanOptions()) throws -> LoadedOutputs {
        let signatures = try SignatureLoading.load(self.signatures, self.spoken)
        var laennec = Laennec(signatures: signatures, site: try SiteLoading.load(self.site, self.spoken), options: options)
        for file in self.addresses {
            if let problem = Laennec.addressDatabaseProblem(file) { throw Terminal.failure(problem, self.spoken, Terminal.Exit.badData) }
        }
        laennec.addressDatabases = self.addresses
        return LoadedOutputs(options: self, laennec: laennec, signingKey: try self.manifest.key(self.spoken), pseudonymKey: try self.pseudonyms.key(self.spoken))
    }
}

/// ``Outputs`` with the keys, signatures and site file that they name.
struct LoadedOutputs {
    let options: Outputs
    /// The scanner with the user's signatures, site and databases.
    let laennec: Laennec
    /// Signs the manifest.
    let signingKey: SigningKey?
    /// Replaces names in all outputs.
    let pseudonymKey: PseudonymKey?

    private var language: Language { self.options.spoken }

    /// The campaign that `--compare` names.
    func earlier() throws -> Campaign? {
        guard let compare = self.options.compare else { return nil }
        let hasSite = self.options.site != nil
        guard self.pseudonymKey != nil else { return try CampaignLoading.load(compare, self.laennec, hasSite: hasSite, self.language) }
        guard !CampaignLoading.isInventory(compare) else {
            throw self.options.refusal(
                "--compare \(compare)\u{00A0}: un inventaire garde les vrais noms\u{00A0}; avec --pseudonymise, comparez avec un résultat ou une capture.",
                "--compare \(compare): an inventory keeps the real names; with --pseudonymise compare with a result or a capture.")
        }
        return self.shown(try CampaignLoading.report(compare, self.laennec, hasSite: hasSite, self.language)).campaign
    }

    /// The newest campaign of an inventory that ended before the report's began: what its report is compared with where nothing else was asked for.
    func previous(in inventory: String, of report: Report) -> Campaign? {
        guard self.pseudonymKey == nil, CampaignLoading.isInventory(inventory), let begin = report.period?.lowerBound else { return nil }
        // What is wrong with the file, or that it was not made to its end, is for the recording to say and to mend.
        guard let file = try? InventoryFile(inventory, .read), let campaign = try? file.campaigns().last(where: { $0.period.upperBound < begin }) else { return nil }
        return try? file.campaign(campaign.id)
    }

    /// The report as outputs may show it.
    private func shown(_ report: Report) -> Report { self.pseudonymKey.map { report.pseudonymised(with: $0) } ?? report }

    /// Writes everything that was asked for, then the summary.
    /// - Parameter earlier: what to compare with, loaded by ``earlier()`` before the scan.
    func write(_ concluded: Report, comparedWith earlier: Campaign?) throws {
        let options = self.options
        var report = self.shown(concluded)
        if let earlier {
            report.comparison = Comparison(before: earlier, after: report.campaign)
        } else if concluded.comparison != nil, report.comparison == nil {
            Terminal.complain(
                self.language == .french
                    ? "laennec\u{00A0}: la comparaison que contient ce résultat nomme des machines de la campagne précédente\u{00A0}; avec --pseudonymise elle n’est pas reprise. --compare la refait."
                    : "laennec: the comparison in this result names machines of the earlier campaign; with --pseudonymise it is left out. --compare makes it again.")
        }
        // The result comes first: a summary on the screen is no use to who asked for a file that could not be written.
        if let json = options.json { try ResultFile.write(report, to: json, self.language) }
        let registerFiles = try options.registers.map { try ResultFile.writeRegisters(report, to: $0, self.language) } ?? []
        for file in options.report { try ReportFile.write(report, to: file, named: options.format, self.language) }
        try options.manifest.write(report, outputs: [options.json].compactMap(\.self) + options.report + registerFiles, signedBy: self.signingKey, self.language)
        if options.isSilent {
            for failure in report.inputs.compactMap(\.failure) { Terminal.complain("laennec: " + failure[self.language]) }
        } else {
            Terminal.write(TerminalReport.text(report, language: self.language, hasColour: Terminal.hasColour, width: Terminal.width))
        }
        if let failOn = options.failOn, report.findings.contains(where: { $0.severity >= failOn && $0.accepted == nil }) { throw Terminal.Exit.findings }
        // The good inputs were reported, but others could not be read.
        if report.inputs.contains(where: { $0.failure != nil }) { throw Terminal.Exit.noInput }
    }
}
