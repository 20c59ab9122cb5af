import ArgumentParser
import LaennecKit
import Reports
import Rules

/// `laennec extract`: the frames behind a finding or a device.
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Write the frames behind a finding or a device as a capture of their own.",
        discussion: """
            The frames that prove it, with the beginning of their conversations so that Wireshark can read them; payloads are overwritten \
            as by redact. The extract is scanned again: it has to show the same, else what is missing is listed and the exit code is 2.

              laennec extract --finding dicom-clear-3f2a capture.pcapng -o proof.pcap
              laennec extract --asset 10.20.1.11 *.pcap.gz -o ct.pcapng
            """
    )

    @Option(help: ArgumentHelp("Id of the finding, or its beginning.", valueName: "id"))
    var finding: String?

    @Option(help: ArgumentHelp("Id of the device or its beginning, its address, name or serial number.", valueName: "id"))
    var asset: String?

    @Argument(help: ArgumentHelp("Capture files, or directories of capture files; they are only read.", valueName: "capture"), completion: .file())
    var captures: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The extract: pcapng where the name ends so or several link types need it, else pcap.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("What the establishment says of itself, as for scan.", valueName: "file"), completion: .file())
    var site: String?

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: "Language of the messages: fr or en. Default: that of the locale.")
    var language: Language?

    func validate() throws {
        guard (self.finding == nil) != (self.asset == nil) else {
            throw ValidationError(
                Rules.Text(french: "Indiquez soit --finding, soit --asset.", english: "Give either --finding or --asset.")[self.language ?? Terminal.localLanguage])
        }
    }

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let laennec = Laennec(signatures: try SignatureLoading.load(self.signatures, language), site: try SiteLoading.load(self.site, language))
        let outcome: RedactionOutcome
        do {
            outcome = try laennec.extract(from: self.captures, to: self.output) { try self.subject(in: $0, language) }
        } catch let error as RedactionError {
            throw RedactionResult.failure(error, language)
        }
        try RedactionResult.tell(outcome, self.output, language)
    }

    private func subject(in report: Report, _ language: Language) throws -> ExtractionSubject {
        if let finding {
            let exact = report.findings.filter { $0.id == finding }
            let found = exact.isEmpty ? report.findings.filter { $0.id.hasPrefix(finding) } : exact
            return .finding(try Self.only(found, of: finding, seen: report.findings.map(\.id), language) { $0.id })
        }
        let name = self.asset ?? ""
        let named = report.devices(named: name)
        let found = named.isEmpty && name.utf8.count >= 4 ? report.devices.filter { $0.id.hasPrefix(name) } : named
        return .device(try Self.only(found, of: name, seen: report.devices.filter(\.isOwn).map(\.id), language) { $0.id })
    }

    private static func only<Item>(_ found: [Item], of name: String, seen: [String], _ language: Language, _ id: (Item) -> String) throws -> Item {
        guard let first = found.first else {
            let examples = seen.prefix(4).joined(separator: ", ")
            throw Terminal.failure(
                Rules.Text(
                    french: seen.isEmpty ? "\(name)\u{00A0}: rien de tel dans ces captures." : "\(name)\u{00A0}: rien de tel dans ces captures\u{00A0}; on y trouve par exemple \(examples).",
                    english: seen.isEmpty ? "\(name): nothing of that name in these captures." : "\(name): nothing of that name in these captures; they show, for example, \(examples)."),
                language, Terminal.Exit.usage)
        }
        guard found.count == 1 else {
            let list = found.prefix(8).map(id).joined(separator: ", ")
            throw Terminal.failure(
                Rules.Text(
                    french: "\(name) désigne plusieurs objets\u{00A0}; donnez l’un de ces identifiants\u{00A0}: \(list).",
                    english: "\(name) names several; give one of these ids: \(list)."), language, Terminal.Exit.usage)
        }
        return first
    }
}
