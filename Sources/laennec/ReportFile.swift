import Foundation
import Reports
import Rules

/// Writes reports where the user wants them, in the format that the file's ending names or that the user asks for.
enum ReportFile {
    /// A format of ``formats``.
    struct Format: Sendable {
        /// What `--format` calls it.
        let name: String
        /// How names of its files end, the usual one first.
        let endings: [String]
        let write: @Sendable (_ report: Report, _ path: String, _ language: Language) throws -> Void

        init(_ name: String, _ endings: String..., write: @escaping @Sendable (Report, String, Language) throws -> Void) {
            self.name = name
            self.endings = endings
            self.write = write
        }

        /// A format whose writer hands over bytes.
        init(_ name: String, _ endings: String..., by renderer: @escaping @Sendable (Report, Language, @escaping ResultFile.Sink) throws -> Void) {
            self.name = name
            self.endings = endings
            self.write = { report, path, language in try ResultFile.write(to: path, language) { try renderer(report, language, $0) } }
        }
    }

    /// All formats, those for people first.
    static let formats: [Format] = [
        Format("html", ".html", ".htm") { try HTMLReport.write($0, $1, to: $2) },
        Format("pdf", ".pdf") { report, path, language in try Self.writePDF(report, to: path, language) },
        Format("markdown", ".md", ".markdown") { try MarkdownReport.write($0, $1, to: $2) },
        Format("json", ".json") { report, _, sink in try JSONReport.write(report, to: sink) },
        Format("jsonl", ".jsonl", ".ndjson") { try JSONLinesReport.write($0, $1, to: $2) },
        Format("ocsf", ".ocsf.jsonl", ".ocsf.json", ".ocsf.ndjson") { try OCSFReport.write($0, $1, to: $2) },
        Format("ecs", ".ecs.jsonl", ".ecs.json", ".ecs.ndjson") { try ECSReport.write($0, $1, to: $2) },
        Format("sarif", ".sarif", ".sarif.json") { try SARIFReport.write($0, $1, to: $2) },
        Format("stix", ".stix.json", ".stix") { try STIXReport.write($0, $1, to: $2) },
        Format("cyclonedx", ".cdx.json", ".bom.json") { try CycloneDXReport.write($0, $1, to: $2) },
    ]

    /// Endings that many formats share: with them `--format` decides.
    private static let shared: Set<String> = [".json", ".jsonl", ".ndjson"]

    /// The format of a file: by its ending, the longest that fits; or else, and where its ending is one that formats share, the one that
    /// was asked for by name. `nil` where nothing says it.
    static func format(of path: String, named name: String? = nil) -> Format? {
        let file = (path as NSString).lastPathComponent.lowercased()
        let fitting = self.formats.flatMap { format in format.endings.map { (format: format, ending: $0) } }.filter { file.hasSuffix($0.ending) }
        let known = fitting.max { $0.ending.utf8.count < $1.ending.utf8.count }
        let asked = name.flatMap { name in self.formats.first { $0.name == name } }
        guard let known, !(asked != nil && self.shared.contains(known.ending)) else { return asked }
        return known.format
    }

    /// What is wrong with the files and the format that a user names; `nil` where every file can be written.
    static func problem(of files: [String], named name: String?) -> Rules.Text? {
        let names = self.formats.map(\.name).joined(separator: ", ")
        if let name, !self.formats.contains(where: { $0.name == name }) {
            return Rules.Text(french: "--format \(name)\u{00A0}: format inconnu\u{00A0}; formats connus\u{00A0}: \(names).", english: "--format \(name): unknown format; known formats: \(names).")
        }
        if name != nil, files.isEmpty {
            return Rules.Text(french: "--format va avec --report, qui dit où écrire.", english: "--format goes with --report, which says where to write.")
        }
        guard let file = files.first(where: { self.format(of: $0, named: name) == nil }) else { return nil }
        let endings = self.formats.compactMap(\.endings.first).joined(separator: ", ")
        return Rules.Text(
            french: "--report \(file)\u{00A0}: la fin du nom doit dire le format (\(endings)), ou bien --format (\(names))\u{00A0}; le CSV s’écrit par --registers.",
            english: "--report \(file): the ending must say the format (\(endings)), or else --format (\(names)); CSV is written by --registers.")
    }

    /// - Parameter name: the format that was asked for by name.
    static func write(_ report: Report, to path: String, named name: String? = nil, _ language: Language) throws {
        try self.format(of: path, named: name)?.write(report, path, language)
    }

    /// The page printed by headless Chromium, which is asked for nothing else and reaches no network: the page has none to reach.
    private static func writePDF(_ report: Report, to path: String, _ language: Language) throws {
        guard let browser = Self.browser else {
            throw Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: un rapport PDF demande Chromium, qui n’est pas installé (apt install chromium)\u{00A0}; --report rapport.html n’en a pas besoin.",
                    english: "\(path): a PDF report needs Chromium, which is not installed (apt install chromium); --report report.html does without."),
                language, Terminal.Exit.unavailable)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appendingPathComponent("report.html")
        try ResultFile.write(to: page.path, language) { try HTMLReport.write(report, language, to: $0) }
        let printed = folder.appendingPathComponent("report.pdf")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: browser)
        process.arguments = [
            "--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run", "--no-pdf-header-footer",
            "--user-data-dir=\(folder.appendingPathComponent("profile").path)", "--print-to-pdf=\(printed.path)", page.absoluteString,
        ]
        // Chromium refuses to run as root with its sandbox.
        if geteuid() == 0 { process.arguments?.insert("--no-sandbox", at: 0) }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let data = FileManager.default.contents(atPath: printed.path), !data.isEmpty else {
            throw Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: Chromium n’a pas pu imprimer le rapport\u{00A0}; --report rapport.html l’écrit sans lui.",
                    english: "\(path): Chromium could not print the report; --report report.html writes it without."), language, Terminal.Exit.unavailable)
        }
        try ResultFile.write(to: path, language) { try $0(Array(data)) }
    }

    private static var browser: String? {
        ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").lazy.map { "\($0)/\(name)" }
        }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
