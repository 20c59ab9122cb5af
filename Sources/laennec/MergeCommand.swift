import ArgumentParser
import LaennecKit
import Reports
import Rules

/// `laennec merge`: results of several sensors, days or establishments put together.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put results of several sensors, days or establishments together.",
        discussion: """
            Results whose site file names the same establishment (by FINESS, else by name) become one: the same scan counts once, packets \
            that two sensors copied count once, and differences between their clocks are said. Different establishments stay apart, as their \
            private addresses overlap; results that name none are taken as of one establishment. The order of the results does not matter.

              laennec merge core.json imaging.json --json hospital.json --report hospital.html
              laennec merge hospital-a.json hospital-b.json --json group.json
              laennec report group.json --establishment "CH de Démonstration" --report a.html
            """
    )

    @Argument(help: ArgumentHelp("Results (laennec scan --json, laennec merge).", valueName: "result"), completion: .file())
    var results: [String]

    @OptionGroup var outputs: Outputs

    func run() throws {
        let language = self.outputs.spoken
        let outputs = try self.outputs.loaded()
        let laennec = outputs.laennec
        var group = ResultGroup([])
        for file in self.results { group = group.merged(with: ResultGroup(try ResultLoading.load(file, language))) }
        let hasSite = self.outputs.site != nil
        let establishments = group.establishments
        if establishments.count == 1, let only = establishments.first {
            let earlier = try outputs.earlier()
            return try outputs.write(ResultLoading.report(only.result, laennec, hasSite: hasSite, language), comparedWith: earlier)
        }
        guard !hasSite, self.outputs.report.isEmpty, self.outputs.registers == nil, self.outputs.compare == nil else {
            throw self.outputs.refusal(
                "Ces résultats sont de plusieurs établissements\u{00A0}: --site, --report, --registers et --compare valent pour un seul. Écrivez-les avec --json, puis laennec report FICHIER --establishment NOM.",
                "These results are of several establishments: --site, --report, --registers and --compare are for one. Write them with --json, then laennec report FILE --establishment NAME.")
        }
        let reports = establishments.map { ($0.establishment.name, ResultLoading.report($0.result, laennec, hasSite: false, language)) }
        if let json = self.outputs.json { try ResultFile.write(to: json, language) { try JSONReport.write(group: reports.map(\.1), to: $0) } }
        if !self.outputs.isSilent { Terminal.write(GroupText.text(reports, language: language, width: Terminal.width)) }
        if let failOn = self.outputs.failOn, reports.contains(where: { $0.1.findings.contains { $0.severity >= failOn && $0.accepted == nil } }) {
            throw Terminal.Exit.findings
        }
    }
}
