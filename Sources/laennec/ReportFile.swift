import Foundation
import Reports
import Rules

/// Writes a report for people where the user wants it, in the format that the file's ending names.
enum ReportFile {
    /// The endings that are known.
    enum Format: String, CaseIterable {
        case html, pdf
    }

    /// The format of a file by its ending; `nil` where the ending names none.
    static func format(of path: String) -> Format? { Format(rawValue: (path as NSString).pathExtension.lowercased()) }

    static func write(_ report: Report, to path: String, _ language: Language) throws {
        switch Self.format(of: path) {
        case .html: try ResultFile.write(to: path, language) { try HTMLReport.write(report, language, to: $0) }
        case .pdf: try Self.writePDF(report, to: path, language)
        case nil: return
        }
    }

    /// The page printed by headless Chromium, which is asked for nothing else and reaches no network: the page has none to reach.
    private static func writePDF(_ report: Report, to path: String, _ language: Language) throws {
        guard let browser = Self.browser else {
            throw Terminal.failure(
                Rules.Text(
                    french: "\(path) : un rapport PDF demande Chromium, qui n'est pas installé (apt install chromium) ; --report rapport.html n'en a pas besoin.",
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
                    french: "\(path) : Chromium n'a pas pu imprimer le rapport ; --report rapport.html l'écrit sans lui.",
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
