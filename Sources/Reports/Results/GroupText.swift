import Observations
public import Rules
import Wire

/// Several establishments on one screen: what a hospital group or a region looks at first. Counts alone leave an establishment.
public enum GroupText {
    public static func text(_ reports: [(establishment: String?, report: Report)], language: Language, width: Int) -> String {
        func word(_ french: String, _ english: String) -> String { language == .french ? french : english }
        var table = TextTable(
            [
                word("établissement", "establishment"), word("dispositifs", "devices"), word("dont médicaux", "medical"),
                word("expositions", "exposures"), word("télémaintenances", "remote maintenance"),
            ] + Severity.allCases.reversed().map { $0.title[language] }, width: width)
        for (establishment, report) in reports {
            let own = report.devices.filter(\.isOwn)
            let open = report.findings.filter { $0.accepted == nil }
            table.add(
                [
                    PrintableText.make(establishment ?? word("(non déclaré)", "(not declared)")), String(own.count),
                    String(own.count { $0.identity.isMedical }), String(report.exposure.entries.count), String(report.maintenance.entries.count),
                ] + Severity.allCases.reversed().map { severity in String(open.count { $0.severity == severity }) })
        }
        return table.lines.joined(separator: "\n") + "\n"
    }
}
