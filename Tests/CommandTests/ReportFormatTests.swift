import Foundation
import Testing

/// The formats of `--report` on the command line.
@Suite struct ReportFormatTests {
    private static let capture = Program.capture("telnet-lines.pcap")

    /// Endings, and how the files of that format begin.
    private static let endings = [
        ("r.html", "<!DOCTYPE html>"), ("r.md", "# "), ("r.markdown", "# "), ("r.json", "{\n \"format\":\"laennec-result\""),
        ("r.jsonl", "{\"type\":\"result\""),
        ("r.ndjson", "{\"type\":\"result\""), ("r.ocsf.jsonl", "{\"category_uid\":5"), ("r.OCSF.json", "{\"category_uid\":5"),
        ("r.ecs.jsonl", "{\"@timestamp\":"),
        ("r.sarif", "{\n \"$schema\":\"https://docs.oasis-open.org/sarif/"), ("r.sarif.json", "{\n \"$schema\":\"https://docs.oasis-open.org/sarif/"),
        ("r.stix.json", "{\n \"type\":\"bundle\""), ("r.cdx.json", "{\n \"$schema\":\"http://cyclonedx.org/"),
        ("r.bom.json", "{\n \"$schema\":\"http://cyclonedx.org/"),
    ]

    @Test func endings() throws {
        try Program.withFolder { folder in
            let files = Self.endings.map { folder + "/" + $0.0 }
            let run = try Program.run(["scan", "--quiet", "--language", "fr"] + files.flatMap { ["--report", $0] } + [Self.capture])
            #expect(run.status == 0 && run.output == "" && run.errors == "", "\(run.errors)")
            for (file, (_, beginning)) in zip(files, Self.endings) {
                #expect(String(decoding: try Program.bytes(file), as: UTF8.self).hasPrefix(beginning), "\(file)")
                #expect(!FileManager.default.fileExists(atPath: file + ".partial"))
            }
        }
    }

    /// `--format` decides where the ending says nothing, or only what many formats share; a clear ending stays what it is.
    @Test func format() throws {
        try Program.withFolder { folder in
            let names = ["events", "events.json", "events.ndjson", "events.log", "page.html", "x.ecs.jsonl"]
            let run = try Program.run(["scan", "--quiet", "--format", "ocsf"] + names.flatMap { ["--report", "\(folder)/\($0)"] } + [Self.capture])
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            for name in names {
                let text = String(decoding: try Program.bytes("\(folder)/\(name)"), as: UTF8.self)
                let wanted = name == "page.html" ? "<!DOCTYPE" : name == "x.ecs.jsonl" ? "{\"@timestamp\"" : "{\"category_uid\":5"
                #expect(text.hasPrefix(wanted), "\(name)")
            }
        }
    }

    @Test(arguments: ["html", "markdown", "json", "jsonl", "ocsf", "ecs", "sarif", "stix", "cyclonedx"]) func standardOutput(_ format: String) throws {
        let run = try Program.run(["scan", "--format", format, "--report", "-", Self.capture])
        #expect(run.status == 0 && run.errors == "" && run.output.utf8.count > 300, "\(run.errors)")
        if format == "json" { #expect(run.output == (try Program.run(["scan", "--json", "-", Self.capture]).output)) }
    }

    /// One sentence that lists what is known, before anything is read or written.
    @Test(arguments: [
        ["--report", "r.csv"], ["--report", "r"], ["--report", "-"], ["--report", "r.md", "--report", "r.txt"], ["--format", "docx", "--report", "r.md"],
        ["--format", "OCSF", "--report", "r"],
        ["--format", "ocsf"],
    ])
    func unknownFormats(_ arguments: [String]) throws {
        try Program.withFolder { folder in
            let local = arguments.map { $0.hasPrefix("r") ? folder + "/" + $0 : $0 }
            for language in ["fr", "en"] {
                let run = try Program.run(["scan", "--language", language] + local + [Self.capture])
                #expect(run.status == 64 && run.output == "")
                #expect(run.complaints.count == 3, "\(run.errors)")
                #expect(
                    run.complaints.first?.contains(arguments.contains("--report") ? "ocsf, ecs, sarif, stix, cyclonedx" : "--report") == true, "\(run.errors)")
                #expect(run.errors.contains("\u{00A0}: ") == (language == "fr" && arguments != ["--format", "ocsf"]), "\(run.errors)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    /// Nothing that a capture's own secrets are leaves in any format.
    @Test(arguments: ["demo-hospital.pcapng", "ftp-login.pcap", "dicom-user-identity.pcap"]) func noSecrets(_ capture: String) throws {
        let canaries = try Program.canaries(capture.split(separator: ".").first.map(String.init) ?? "")
        #expect(!canaries.isEmpty)
        try Program.withFolder { folder in
            let files = Self.endings.map { folder + "/" + $0.0 }
            let run = try Program.run(["scan", "--quiet"] + files.flatMap { ["--report", $0] } + [Program.capture(capture)])
            #expect(run.status == 0, "\(run.errors)")
            for file in files {
                let text = String(decoding: try Program.bytes(file), as: UTF8.self).lowercased()
                for canary in canaries { #expect(!text.contains(canary.lowercased()), "\(file): \(canary)") }
            }
        }
    }

    /// A format that cannot be written says so, and leaves what was there.
    @Test func fileThatCannotBeWritten() throws {
        let run = try Program.run(["scan", "--quiet", "--language", "en", "--report", "/proc/no/r.sarif", Self.capture])
        #expect(run.status == 73 && run.complaints.count == 1, "\(run.errors)")
    }
}
