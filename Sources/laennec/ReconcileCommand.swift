import ArgumentParser
import Campaigns
import Foundation
import LaennecKit
import Reports
import Rules

/// `laennec reconcile`: the table of the asset-maintenance software against what was seen.
struct ReconcileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Hold a table of the GMAO (CMMS) against the devices seen.",
        discussion: """
            The table is a CSV file as the GMAO exports it; its columns are recognised by their usual names, or named by a mapping file. \
            Lines and devices are joined by serial number, UDI, MAC address, host name, AE title and IP address. What only resembles is \
            proposed: fill in the column of decisions of the output (accept, same as ID, ignore) and give it back with --decisions.

              laennec reconcile gmao.csv result.json -o out.csv
              laennec reconcile gmao.csv november.pcapng --decisions out.csv -o out.csv
            """
    )

    @Argument(help: ArgumentHelp("The table of the GMAO, as CSV.", valueName: "gmao.csv"), completion: .file())
    var table: String

    @Argument(help: ArgumentHelp("What was seen: a capture, a directory of captures, or a result of laennec scan --json.", valueName: "campaign"), completion: .file())
    var campaign: String

    @Option(help: ArgumentHelp("Which column says what: YAML or CSV, one field and its column per line.", valueName: "file"), completion: .file())
    var mapping: String?

    @Option(help: ArgumentHelp("The output of an earlier reconciliation, with decisions filled in.", valueName: "file"), completion: .file())
    var decisions: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the reconciliation as CSV to this file (- for standard output).", valueName: "file"), completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Write the reconciliation as JSON to this file (- for standard output).", valueName: "file"), completion: .file())
    var json: String?

    @Option(help: ArgumentHelp("What the establishment says of itself (laennec site example): zones and their care units.", valueName: "file"), completion: .file())
    var site: String?

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: "Language of the summary and of the columns: fr or en. Default: that of the locale.")
    var language: Language?

    @Flag(help: "Print no summary.")
    var quiet = false

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        // The small files first: what is wrong with them is said before a long capture is read.
        let mapping = try self.mapping.map { path in try Self.use(path, language) { data throws(GMAOProblem) in try ColumnMapping.File(data) } }
        let file = try Self.use(self.table, language) { data throws(GMAOProblem) in
            try GMAOFile(data, isHeader: { cells in mapping.map { $0.isHeader(cells) } ?? ColumnMapping.isHeader(cells) })
        }
        let columns: ColumnMapping
        do throws(GMAOProblem) {
            columns = try mapping.map { mapping throws(GMAOProblem) in try ColumnMapping(mapping, header: file.header) } ?? ColumnMapping(header: file.header)
        } catch {
            throw FileLoading.failure(self.mapping ?? self.table, error.text, language)
        }
        let decisions = try self.decisions.map { path in try Self.use(path, language) { data throws(GMAOProblem) in try Decisions(data) } } ?? .none
        let laennec = Laennec(signatures: try SignatureLoading.load(self.signatures, language), site: try SiteLoading.load(self.site, language))
        let report = try CampaignLoading.report(self.campaign, laennec, hasSite: self.site != nil, language)
        let careUnits = Dictionary(report.site.zones.map { ($0.name, $0.careUnits) }, uniquingKeysWith: { first, _ in first })
        let reconciliation = Reconciliation(file, columns, report.campaign, decisions: decisions, careUnits: careUnits)
        if let output {
            let table = RegisterTable.reconciliation(reconciliation, laennec.signatures, language)
            try ResultFile.write(to: output, language) { try $0(Array(CSVFile.text(table, language, report.site.timeZone).utf8)) }
        }
        if let json { try ResultFile.write(to: json, language) { try JSONReport.write(reconciliation, file, columns, to: $0) } }
        if !self.quiet, self.json != "-", self.output != "-" {
            Terminal.write(
                ReconciliationText.text(
                    reconciliation, file, columns, laennec.signatures, language: language, hasColour: Terminal.hasColour, width: Terminal.width))
        }
    }

    /// Reads a file of the user's and makes something of it.
    private static func use<Result>(_ path: String, _ language: Language, _ make: (Data) throws(GMAOProblem) -> Result) throws -> Result {
        let data = try FileLoading.load(path, atMost: GMAOFile.sizeLimit, language)
        do throws(GMAOProblem) {
            return try make(data)
        } catch {
            throw FileLoading.failure(path, error.text, language)
        }
    }
}
