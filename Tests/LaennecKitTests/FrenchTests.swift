import Campaigns
import Foundation
import LaennecKit
import Reports
import Rules
import Testing

/// French has one apostrophe and one kind of space before its signs, in what is printed and in the texts of the sources.
@Suite struct FrenchTests {
    /// A letter, a straight apostrophe and a letter; a space at which a line could break before a sign or after «.
    private static var wrong: Regex<Substring> { #/\p{L}'\p{L}|[\p{L}\p{N})»…] [:;?!»](?:[\s."]|$)|« /# }

    @Test func reports() throws {
        var warnings: [SiteProblem] = []
        let site = try Site(file: Lab.root.appendingPathComponent("docs/demo/site.fr.yml").path, warnings: &warnings)
        func report(_ name: String) throws -> Report { try Laennec(signatures: Lab.signatures, site: site).scan(files: [try Lab.path(name)]) }
        var later = try report("demo-hospital-2")
        let comparison = Comparison(before: try report("demo-hospital").campaign, after: later.campaign)
        later.comparison = comparison
        var texts = [
            "terminal": TerminalReport.text(later, language: .french, hasColour: false, width: 400),
            "comparison": ComparisonText.text(comparison, Lab.signatures, language: .french, hasColour: false, width: 400),
        ]
        var markdown: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in markdown += piece }) { try MarkdownReport.write(later, .french, to: $0) }
        texts["markdown"] = String(decoding: markdown, as: UTF8.self)
        for table in RegisterTable.all(later, .french) + RegisterTable.lists(later, .french) { texts[table.name] = CSVFile.text(table, .french, site.timeZone) }
        for device in later.devices { texts[device.id] = Explanation.text(of: device, in: later, language: .french) }
        for rule in Lab.signatures.rules { texts[rule.id] = RuleExplanation.text(of: rule.id, in: Lab.signatures, .french, width: 200) }
        #expect(texts.count > 200)
        for (name, text) in texts {
            for line in text.split(separator: "\n") {
                guard let match = line.firstMatch(of: Self.wrong) else { continue }
                Issue.record("\(name): “\(match.output)”: \(line)")
            }
        }
    }

    /// Messages that no report shows. What stands between two quotes of a line and has an accent or an elision is taken for French.
    @Test func sources() throws {
        let elision = #/"(?:[^"]*[^\p{L}’'"])?(?:[cdjlmnst]|qu|jusqu|lorsqu)'[\p{L}\\]/#.ignoresCase()
        let sign = #/"[^"]*[éèêàçùÉÀ«»’][^"]*[\p{L})»…] [:;?!»](?:[ ."]|$)|"[^"]*[\p{L})»…] [:;?!»](?: [^"]*)?[éèêàçù’][^"]*"/#
        var count = 0
        for file in try SwiftSource.files(["Rules", "Campaigns", "Reports", "Store", "LaennecKit", "laennec"]) where !file.path.hasSuffix("ExportColumns.swift") {
            for (number, line) in file.original.enumerated() where !line.drop(while: \.isWhitespace).hasPrefix("//") {
                count += line.contains("’") ? 1 : 0
                let isWrong = line.firstMatch(of: elision) != nil || line.firstMatch(of: sign) != nil
                #expect(!isWrong, "\(file.path):\(number + 1): \(line)")
            }
        }
        #expect(count > 200)
    }
}
