import Campaigns
import Foundation
import Inventory
import Observations
import Rules
import Testing
import Wire

@testable import Reports

/// The data formats: whatever stands in names of the wire, of files and of the site file, each is what it says, and the same again.
@Suite struct FormatsTests {
    /// A format, and whether it has a document on each line.
    struct Format: Sendable, CustomTestStringConvertible {
        let name: String
        let isLines: Bool
        let write: @Sendable (Report, Language, @escaping ([UInt8]) throws -> Void) throws -> Void
        var testDescription: String { self.name }
    }

    static let documents: [Format] = [
        Format(name: "jsonl", isLines: true) { try JSONLinesReport.write($0, $1, to: $2) },
        Format(name: "ocsf", isLines: true) { try OCSFReport.write($0, $1, to: $2) },
        Format(name: "ecs", isLines: true) { try ECSReport.write($0, $1, to: $2) },
        Format(name: "sarif", isLines: false) { try SARIFReport.write($0, $1, to: $2) },
        Format(name: "stix", isLines: false) { try STIXReport.write($0, $1, to: $2) },
        Format(name: "cyclonedx", isLines: false) { try CycloneDXReport.write($0, $1, to: $2) },
    ]
    static let markdown = Format(name: "markdown", isLines: false) { try MarkdownReport.write($0, $1, to: $2) }

    static func text(_ report: Report, _ format: Format, _ language: Language = .french) throws -> String {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { try format.write(report, language, $0) }
        return try #require(String(validating: bytes, as: UTF8.self))
    }

    /// The documents of a file, parsed.
    static func parsed(_ text: String, _ format: Format) throws -> [[String: Any]] {
        let parts = format.isLines ? text.split(separator: "\n").map(String.init) : [text]
        return try parts.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    // MARK: Reports

    /// A report in which devices, files and the site are named so. The site is made by hand: a file's decoder would make its names printable.
    private static func report(naming text: String) throws -> Report {
        var report = try HTMLReportTests.report(devices: 6, conversations: 60) { "\(text)\($0)" }
        report.site.name = text
        report.scans[0].inputs[0].name = text
        report.scans[0].inputs[0].notices = [Text(french: text, english: text)]
        report.scans[0].inputs.append(
            Report.Input(
                name: text, sha256: nil, format: "", firstFrame: 900, frames: 0, filteredOut: 0, firstTime: nil, lastTime: nil, notices: [],
                failure: Text(french: "\(text) : illisible.", english: "\(text): unreadable.")))
        let accepted = try #require(
            RegisterLab.site(
                """
                risques-acceptés:
                  - {règle: telnet-service, motif: "\(Self.yaml(text))", responsable: "\(Self.yaml(text))", échéance: 2099-12-31}
                """
            ).acceptedRisks.first)
        for index in report.findings.indices where index % 2 == 0 { report.findings[index].accepted = accepted }
        return report
    }

    /// The report with what changed since an earlier campaign of half its devices.
    static func compared(_ report: Report) throws -> Report {
        var report = report
        var earlier = try HTMLReportTests.report(devices: 3, conversations: 30) { "earlier\($0)" }
        earlier.site.name = "Earlier site"
        report.comparison = Comparison(before: earlier.campaign, after: report.campaign)
        return report
    }

    /// What a YAML text between quotes can hold without escapes, and what is left to fill it where nothing can.
    private static func yaml(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { scalar in scalar.value >= 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "\\" }
        return "x" + String(String.UnicodeScalarView(kept.prefix(200)))
    }

    static let names =
        ReportTextTests.hostile + [
            "=CMD('calc')", "a|b`c`*d*_e_", "`` ` ```", "[a](javascript:alert(1))", "![i](http://x/y.png)", "user@example.org", "www.example.org", "<!-- -->",
            "1. one", "- list", "# head",
            "\\", "\\|", "&lt;b&gt;", "--", "{{7*7}}",
        ]

    private static func unseen(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n"
            case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
            default: false
            }
        }
    }

    // MARK: Hostile names

    @Test(arguments: Self.names.indices) func hostileNamesInDocuments(_ index: Int) throws {
        let report = try Self.report(naming: Self.names[index])
        for format in Self.documents {
            // Both languages take turns over the names.
            let text = try Self.text(report, format, index % 2 == 0 ? .french : .english)
            let documents = try Self.parsed(text, format)
            #expect(!documents.isEmpty, "\(format.name)")
            #expect(Self.unseen(text).isEmpty, "\(format.name)")
            // A name of 64 KiB does not become the file.
            #expect(text.utf8.count < 4_000_000, "\(format.name)")
            var bad: [String] = []
            func check(_ value: Any) {
                if let text = value as? String {
                    if text.unicodeScalars.count > 5 * JSONWriter.textLimit || !Self.unseen(text).isEmpty { bad.append(String(text.prefix(80))) }
                } else if let list = value as? [Any] {
                    list.forEach(check)
                } else if let object = value as? [String: Any] {
                    object.keys.forEach { check($0) }
                    object.values.forEach(check)
                }
            }
            documents.forEach { check($0) }
            #expect(bad.isEmpty, "\(format.name)")
        }
    }

    /// What an escaped line has left of markup, without code and what a backslash takes the meaning of.
    private static func markup(_ line: String) -> String {
        var rest = ""
        var isCode = false
        var isEscaped = false
        for scalar in line.unicodeScalars {
            if isCode {
                isCode = scalar != "`"
            } else if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "`" {
                isCode = true
            } else {
                rest.unicodeScalars.append(scalar)
            }
        }
        // Code that does not end is an error that the caller sees.
        return isCode || isEscaped ? "<" : rest
    }

    @Test(arguments: Self.names.indices) func hostileNamesInMarkdown(_ index: Int) throws {
        let report = try Self.compared(try Self.report(naming: Self.names[index]))
        for language in Language.allCases {
            let text = try Self.text(report, Self.markdown, language)
            #expect(text.contains(language == .french ? "\n### Dispositifs nouveaux\n" : "\n### New devices\n"))
            #expect(Self.unseen(text).isEmpty)
            #expect(text.utf8.count < 1_000_000)
            var bad: [String] = []
            var columns: Int?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
                let rest = Self.markup(line)
                // Our own: headings, tables, points and numbers of lists.
                let body = rest.unicodeScalars.drop { $0 == "#" || $0 == " " }
                let small = rest.lowercased()
                let isAlive = body.contains { Self.signs.contains($0) } || ["://", "www.", "@", "mailto:"].contains { small.contains($0) }
                let count = rest.unicodeScalars.filter { $0 == "|" }.count
                let isTable = rest.hasPrefix("|")
                if isAlive || isTable && columns != nil && columns != count || !isTable && count > 0 { bad.append(String(line.prefix(160))) }
                columns = isTable ? count : nil
            }
            #expect(bad.isEmpty)
        }
    }
    private static let signs = Set("<>[]*_{}&~$!^#=".unicodeScalars)

    @Test(arguments: [
        ("plain", "plain"), ("10.28.10.1", "10.28.10.1"), ("1. one", "1\\. one"), ("1) one", "1\\) one"), ("- a", "\\- a"), ("+1", "\\+1"), ("a - b", "a - b"),
        ("<b>&amp;", "\\<b\\>\\&amp;"), ("a|b", "a\\|b"), ("[x](y)", "\\[x\\](y)"), ("`x`", "\\`x\\`"), ("a\\", "a\\\\"), ("me@x.org", "`me@x.org`"),
        ("http://x/`|", "`http://x/\u{02CB}\u{00A6}`"), ("two\nlines", "two lines"), ("\u{202E}x", "\u{FFFD}x"), ("", ""),
    ])
    func markdownText(_ text: String, _ wanted: String) { #expect(MarkdownWriter.plain(text) == wanted) }

    @Test(arguments: [
        ("capture.pcap", "capture.pcap"), ("a b/c", "a%20b%2Fc"), ("-", "stdin"), ("..", "%2E%2E"), ("é", "%C3%A9"), ("javascript:x", "javascript%3Ax"),
        ("<\u{7}>", "%3C%07%3E"),
    ])
    func namesOfFilesAsReferences(_ name: String, _ wanted: String) {
        #expect(SARIFReport.reference(name) == wanted)
    }

    // MARK: Contents

    /// Bytes are the same again, and nothing of the machine's clock is in them: the generated campaign is of 2023.
    @Test(arguments: documents + [markdown]) func deterministic(_ format: Format) throws {
        let report = try Self.report(naming: "device")
        let text = try Self.text(report, format)
        #expect(text == (try Self.text(try Self.report(naming: "device"), format)))
        let year = Calendar(identifier: .gregorian).component(.year, from: Date())
        #expect(!text.contains("\(year)-\(String(format: "%02d", Calendar(identifier: .gregorian).component(.month, from: Date())))-"))
        #expect(text.contains("1700080000") || text.contains("2023-11-15") || text.contains("2023-11-14"))
    }

    @Test(arguments: documents + [markdown]) func emptyReport(_ format: Format) throws {
        let report = Report(inputs: [], inventory: Inventory(), coverage: Coverage(), signatures: try HTMLReportTests.signatures.get())
        for language in Language.allCases {
            let text = try Self.text(report, format, language)
            if format.name != "markdown" { _ = try Self.parsed(text, format) }
        }
    }

    /// The comparison: its balance, what is new or fixed, and the trend; none of it where nothing is compared.
    @Test func comparisonInMarkdown() throws {
        let alone = try Self.report(naming: "device")
        let report = try Self.compared(alone)
        let comparison = try #require(report.comparison)
        #expect(comparison.appeared.count >= 3 && comparison.count(.new) + comparison.count(.fixed) > 0)
        let text = try Self.text(report, Self.markdown)
        #expect(text.contains("\n## Comparaison avec la campagne précédente\n"))
        #expect(text.contains("- \(comparison.appeared.count) dispositifs nouveaux\n"))
        #expect(text.contains("\n- Évolution depuis la campagne précédente\u{00A0}: "))
        let changed = comparison.count(.new) + comparison.count(.regressed) + comparison.count(.fixed)
        let section = try #require(text.components(separatedBy: "### Constats nouveaux, aggravés, corrigés\n").last?.components(separatedBy: "\n#").first)
        // Under the names of the columns and their rule.
        #expect(section.split(separator: "\n").filter { $0.hasPrefix("| ") }.count == changed + 2)
        let plain = try Self.text(alone, Self.markdown, .english)
        #expect(plain.contains("\n- Trend: no earlier campaign is compared in this report.\n") && !plain.contains("Comparison with the earlier campaign"))
    }

    /// Every finding is in every format, once, and every device of the establishment in those that have devices.
    @Test func everythingIsThere() throws {
        let report = try Self.report(naming: "device")
        let own = report.devices.filter(\.isOwn).map(\.id)
        let findings = report.findings.map(\.id)
        #expect(!findings.isEmpty && own.count >= 6 && own.count < report.devices.count)
        func lines(_ name: String) throws -> [[String: Any]] {
            let format = try #require(Self.documents.first { $0.name == name })
            return try Self.parsed(try Self.text(report, format), format)
        }
        let jsonl = try lines("jsonl")
        #expect(jsonl.compactMap { ($0["finding"] as? [String: Any])?["id"] as? String } == findings)
        #expect(jsonl.compactMap { ($0["asset"] as? [String: Any])?["id"] as? String } == report.devices.map(\.id))
        #expect(jsonl.filter { $0["type"] as? String == "conversation" }.count == report.conversations.count)
        let ocsf = try lines("ocsf")
        #expect(ocsf.compactMap { ($0["finding_info"] as? [String: Any])?["uid"] as? String } == findings)
        #expect(ocsf.filter { $0["class_uid"] as? Int == 5001 }.compactMap { ($0["device"] as? [String: Any])?["uid"] as? String } == own)
        #expect(ocsf.filter { $0["status"] as? String == "Suppressed" }.count == report.findings.filter { $0.accepted != nil }.count)
        let ecs = try lines("ecs")
        #expect(ecs.compactMap { (($0["laennec"] as? [String: Any])?["finding"] as? [String: Any])?["id"] as? String } == findings)
        let sarif = try #require((try lines("sarif").first?["runs"] as? [[String: Any]])?.first)
        let results = try #require(sarif["results"] as? [[String: Any]])
        #expect(results.compactMap { ($0["partialFingerprints"] as? [String: String])?.values.first } == findings)
        #expect(results.filter { $0["suppressions"] != nil }.count == report.findings.filter { $0.accepted != nil }.count)
        let components = try #require(try lines("cyclonedx").first?["components"] as? [[String: Any]])
        #expect(components.compactMap { $0["bom-ref"] as? String } == own)
        #expect(components.allSatisfy { $0["type"] as? String == "device" })
        let objects = try #require(try lines("stix").first?["objects"] as? [[String: Any]])
        #expect(objects.filter { $0["type"] as? String == "infrastructure" }.count == own.count)
        #expect(Set(objects.compactMap { $0["id"] as? String }).count == objects.count)
        let notes = objects.filter { $0["type"] as? String == "note" }
        #expect(notes.count == report.findings.filter { report.device($0.asset)?.isOwn == true }.count)
    }

    /// A name of many devices, and a site of many zones: nothing walks all for each. Writing takes as long as there is to write.
    @Test(arguments: documents + [markdown]) func large(_ format: Format) throws {
        let isLong = ProcessInfo.processInfo.environment["LAENNEC_LARGE_REPORT"] != nil
        let report = isLong ? try Self.longReport.get() : try Self.shortReport.get()
        let start = ContinuousClock.now
        let text = try Self.text(report, format)
        let seconds = start.duration(to: .now) / .seconds(1)
        if isLong {
            print("\(format.name): \(report.devices.count) devices, \(report.conversations.count) conversations, \(text.utf8.count) bytes in \(seconds) s")
        }
        #expect(text.utf8.count > 10_000)
    }
    private static let shortReport = Result { try HTMLReportTests.report(devices: 1000, conversations: 5000) { "Poste-\($0)" } }
    private static let longReport = Result { try HTMLReportTests.report(devices: 20_000, conversations: 200_000) { "Poste-\($0)" } }

    // MARK: Parts

    /// The id that the library of OASIS gives this address, and a name in our own namespace by Python's uuid.
    @Test func namedUUIDs() {
        #expect(NamedUUID("{\"value\":\"198.51.100.3\"}", in: .observables).text == "28bb3599-77cd-5a82-a950-b5bc3caf07c4")
        #expect(NamedUUID("é", in: .laennec).text == "80f92cef-dd2d-5b6e-8bd7-6fac5f91a3f8")
    }

    @Test func milliseconds() {
        #expect(Timestamp(seconds: 1, nanoseconds: 999_999_999).milliseconds == 1999)
        #expect(Timestamp(nanoseconds: -1).milliseconds == -1)
        #expect(Timestamp.distantFuture.milliseconds == 9_223_372_036_854)
    }

    /// The lists beside the registers, with the decimal sign of the language.
    @Test func lists() throws {
        let report = try Self.report(naming: "=1+1")
        for language in Language.allCases {
            let lists = RegisterTable.lists(report, language)
            let names = [
                Language.french: ["inventaire", "services", "constats", "avis-potentiels"],
                .english: ["inventory", "services", "findings", "potential-advisories"],
            ]
            #expect(lists.map(\.name) == names[language])
            let own = report.devices.filter(\.isOwn)
            let services = own.map(\.asset.services.count).reduce(0, +)
            #expect(Array(lists.map(\.rows.count).prefix(3)) == [own.count, services, report.findings.count])
            for list in lists {
                #expect(list.rows.allSatisfy { $0.count == list.columns.count }, "\(list.name)")
                let text = CSVFile.text(list, language, report.site.timeZone)
                #expect(!text.contains(";=1+1") && !text.contains(",=1+1"), "\(list.name)")
            }
        }
        // What the columns are that the report in Markdown picks.
        let columns = try #require(RegisterTable.lists(report, .english).first).columns
        let wanted = [
            (0, "address"), (1, "name"), (2, "zone"), (4, "class"), (6, "maker"), (7, "model"), (8, "version"), (9, "serial number"), (18, "confidence (%)"),
            (21, "evidence"),
        ]
        for (place, title) in wanted { #expect(columns[place] == title) }
    }

    /// A file that is opened by the rules of another language breaks at other signs.
    @Test(arguments: [
        ("a,=1", "a,'=1"), ("a; =1", "a; '=1"), ("=1", "'=1"), (" =1", " '=1"), ("\"=1", "\"'=1"), ("a=1", "a=1"), ("10.0.0.1, 10.0.0.2", "10.0.0.1, 10.0.0.2"),
        ("a,b;c", "a,b;c"),
    ])
    func formulasAfterOtherSeparators(_ text: String, _ wanted: String) {
        #expect(CSVFile.text(of: .text(text), .french, .standard) == wanted)
    }
}
