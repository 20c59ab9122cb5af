import ArgumentParser
import Capture
import Foundation
import LaennecKit
import Reports
import Rules

/// `laennec scan`: captures or an interface in, a summary and a result out.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Analyse captures, or listen on an interface.",
        discussion: """
            Reads pcap and pcapng, also compressed with gzip or zstd, from files, directories and standard input (-); several inputs are \
            read as one capture in the order of their first frames.

              laennec scan capture.pcapng
              laennec scan --json result.json *.pcap.gz
              laennec scan --inventory site.laennec capture.pcapng
              tcpdump -i eth1 -w - | laennec scan -
              laennec scan --interface eth1 --duration 10m
            """
    )

    @Argument(help: ArgumentHelp("Capture files, directories of capture files, or - for standard input.", valueName: "capture"), completion: .file())
    var captures: [String] = []

    @Option(help: ArgumentHelp("Write the whole result as JSON to this file (- for standard output).", valueName: "file"), completion: .file())
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Write the report for people to this file: one page of HTML, or PDF by Chromium where it is installed; repeatable.", valueName: "file"),
        completion: .file())
    var report: [String] = []

    @Option(help: ArgumentHelp("Write the registers as CSV and the rules of the cut-off sheet into this folder.", valueName: "folder"), completion: .directory)
    var registers: String?

    @Option(help: ArgumentHelp("What the establishment says of itself: zones, maintainers, declared flows (laennec site example).", valueName: "file"), completion: .file())
    var site: String?

    @Option(help: ArgumentHelp("Record the scan as a campaign in this inventory, which is made if need be.", valueName: "file"), completion: .file())
    var inventory: String?

    @Option(help: ArgumentHelp("Country and network of public addresses from this MaxMind DB file (GeoLite2, DB-IP); repeatable.", valueName: "file"), completion: .file())
    var addresses: [String] = []

    @Option(help: ArgumentHelp("Only frames that match this expression of pcap-filter(7).", valueName: "expression"))
    var filter: String?

    @Option(name: .customLong("interface"), help: ArgumentHelp("Listen on this interface instead of reading captures.", valueName: "name"))
    var interface: String?

    @Option(help: ArgumentHelp("With --interface: stop after this time (90, 90s, 10m, 2h). Ctrl-C stops as well.", valueName: "time"))
    var duration: Duration?

    @Option(help: ArgumentHelp("Threads that analyse, 1 to 16. The result does not depend on it.", valueName: "count"))
    var threads: Int = 1

    @Option(help: ArgumentHelp("Memory for what grows with the traffic (512M, 2G).", valueName: "size"))
    var memory: Size = Size(bytes: MemoryBudget.standard.bytes)

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: ArgumentHelp("Exit with 1 if there is a finding of this severity or above that nobody accepted.", valueName: "severity"))
    var failOn: Severity?

    @Option(help: "Language of the summary: fr or en. Default: that of the locale.")
    var language: Language?

    @Flag(help: "Print no summary and no progress.")
    var quiet = false

    func validate() throws {
        let language = self.language ?? Terminal.localLanguage
        func refuse(_ french: String, _ english: String) -> ValidationError {
            ValidationError(Rules.Text(french: french, english: english)[language])
        }
        if self.interface == nil, self.captures.isEmpty {
            throw refuse(
                "Indiquez au moins une capture, un dossier, « - » ou --interface.", "Name at least one capture, a directory, - or --interface.")
        }
        if self.interface != nil, !self.captures.isEmpty {
            throw refuse(
                "Indiquez soit des captures, soit --interface, pas les deux.", "Give either captures or --interface, not both.")
        }
        if self.interface == nil, self.duration != nil {
            throw refuse("--duration ne s'emploie qu'avec --interface.", "--duration goes with --interface.")
        }
        if let file = self.report.first(where: { ReportFile.format(of: $0) == nil }) {
            throw refuse(
                "--report \(file) : le nom doit finir par .html ou .pdf, qui dit le format.", "--report \(file): the name must end in .html or .pdf, which says the format.")
        }
        if !(1...16).contains(self.threads) {
            throw refuse("--threads va de 1 à 16.", "--threads goes from 1 to 16.")
        }
        if self.memory.bytes < MemoryBudget.minimum {
            throw refuse("--memory doit être d'au moins 16M.", "--memory must be at least 16M.")
        }
    }

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let signatures = try SignatureLoading.load(self.signatures, language)
        let site = try SiteLoading.load(self.site, language)
        var laennec = Laennec(signatures: signatures, site: site, options: ScanOptions(threads: self.threads, memory: MemoryBudget(bytes: self.memory.bytes)))
        for file in self.addresses {
            if let problem = Laennec.addressDatabaseProblem(file) { throw Terminal.failure(problem, language, Terminal.Exit.badData) }
        }
        laennec.addressDatabases = self.addresses
        if let inventory { try InventoryLoading.check(inventory, language) }
        var report: Report
        do throws(CaptureError) {
            report = try self.scan(with: laennec, language)
        } catch {
            throw Terminal.failure(error.text, language, Self.exitCode(of: error))
        }
        // Before the results, which show what was accepted in the inventory. They are written even if it cannot be.
        let recording = self.inventory.map { InventoryRecording(&report, site, to: $0) }
        // The result comes first: a summary on the screen is no use to who asked for a file that could not be written.
        if let json { try ResultFile.write(report, to: json, language) }
        if let registers { try ResultFile.writeRegisters(report, to: registers, language) }
        for file in self.report { try ReportFile.write(report, to: file, language) }
        if !self.quiet, self.json != "-" {
            Terminal.write(TerminalReport.text(report, language: language, hasColour: Terminal.hasColour, width: Terminal.width))
        }
        if self.quiet || self.json == "-" {
            for failure in report.inputs.compactMap(\.failure) { Terminal.complain("laennec: " + failure[language]) }
        }
        if let recording { try recording.report(language, quiet: self.quiet || self.json == "-") }
        if let failOn, report.findings.contains(where: { $0.severity >= failOn && $0.accepted == nil }) { throw Terminal.Exit.findings }
        if let code = self.inputFailure(report) { throw code }
    }

    private func scan(with laennec: Laennec, _ language: Language) throws(CaptureError) -> Report {
        let stop = StopFlag()
        Interruption.raise(stop)
        if let interface {
            let source = try LiveSource(interface: interface, filter: self.filter, stop: stop)
            if let duration { Interruption.raise(stop, after: duration.seconds) }
            let display = self.quiet ? nil : ProgressDisplay(listeningOn: source, language)
            defer { display?.stop() }
            return try laennec.listen(source)
        }
        let progress = CaptureProgress()
        let display = self.quiet ? nil : ProgressDisplay(of: progress, language)
        defer { display?.stop() }
        return try laennec.scan(
            files: self.captures, filter: try self.filter.map { expression throws(CaptureError) in try FrameFilter(expression) },
            hashesInputs: self.json != nil || !self.report.isEmpty || self.inventory != nil, stop: stop, progress: progress)
    }

    /// The exit code where the good inputs were reported but others could not be read.
    private func inputFailure(_ report: Report) -> ExitCode? {
        report.inputs.contains { $0.failure != nil } ? Terminal.Exit.noInput : nil
    }

    static func exitCode(of error: CaptureError) -> ExitCode {
        switch error {
        case .notFound, .isDirectory, .unreadable, .noCaptureInDirectory, .noInput: Terminal.Exit.noInput
        case .permissionDenied, .missingCapability: Terminal.Exit.noPermission
        case .empty, .notACapture, .unsupportedVersion, .corruptHeader: Terminal.Exit.badData
        case .badFilter: Terminal.Exit.usage
        case .noSuchInterface, .interfaceDown, .captureFailed: Terminal.Exit.unavailable
        }
    }
}
