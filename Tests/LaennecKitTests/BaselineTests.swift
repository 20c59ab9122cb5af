import Foundation
import LaennecKit
import Reports
import Rules
import Testing

/// A segment that is run as it should be gives nothing to find; what is there is found nevertheless.
@Suite struct BaselineTests {
    private static let name = "baseline-clean"

    private static func site(_ change: (String) -> String = { $0 }) throws -> Site {
        let text = try String(contentsOf: Lab.captures.appendingPathComponent("\(Self.name).site.yml"), encoding: .utf8)
        var warnings: [SiteProblem] = []
        let site = try Site(yaml: change(text), name: "site.yml", warnings: &warnings) { file in
            .failure(SiteProblem(file: file, line: 0, text: Text(french: "absent", english: "missing"), isWarning: false))
        }
        #expect(warnings.isEmpty)
        return site
    }
    private static func report(_ site: Site) throws -> Report {
        try Laennec(signatures: Lab.signatures, site: site, options: ScanOptions()).scan(files: [try Lab.path(Self.name)])
    }

    @Test func nothingIsFound() throws {
        let seen = try Seen.report(Self.name)
        #expect(seen.report.findings.map { "\($0.rule) \($0.asset)" } == [])
        // Every service of the truth is listed, so that the rules had something to judge.
        #expect(seen.services.count == (try Lab.expected(Self.name).services.count))
        #expect(seen.services.count >= 19)
    }

    @Test func nothingIsFoundWithItsSite() throws {
        let report = try Self.report(try Self.site())
        #expect(report.findings.map { "\($0.rule) \($0.asset)" } == [])
    }

    /// The declaration is what makes it so: one flow less is one finding.
    @Test(arguments: ["F04", "F07", "F11", "F19"]) func aFlowThatIsNotDeclared(_ flow: String) throws {
        let site = try Self.site { text in
            text.split(separator: "\n").filter { !$0.contains("identifier: \(flow),") }.joined(separator: "\n")
        }
        let report = try Self.report(site)
        #expect(report.findings.map(\.rule) == ["flow-not-in-matrix"])
    }
}
