import Foundation
import Testing

/// `laennec report` and `laennec merge` as users and scripts meet them.
@Suite struct ResultCommandTests {
    /// Scans a capture into a result in a folder.
    private static func result(_ capture: String, in folder: String, _ name: String, site: String? = nil) throws -> String {
        let path = "\(folder)/\(name).json"
        var arguments = ["scan", "--quiet", "--json", path, Program.capture(capture)]
        if let site {
            try Program.write(Data(site.utf8), to: "\(folder)/\(name).yml")
            arguments += ["--site", "\(folder)/\(name).yml"]
        }
        let run = try Program.run(arguments)
        #expect(run.status == 0, "\(run.errors)")
        return path
    }

    // MARK: Report

    @Test func reportedAgain() throws {
        try Program.withFolder { folder in
            let result = try Self.result("demo-hospital.pcapng", in: folder, "result")
            let (first, second) = (folder + "/first.html", folder + "/second.html")
            #expect(try Program.run(["scan", "--quiet", "--language", "fr", "--report", first, Program.capture("demo-hospital.pcapng")]).status == 0)
            let run = try Program.run(["report", result, "--language", "fr", "--report", second, "--json", folder + "/again.json"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.complaints.isEmpty)
            #expect(run.output.contains("Dispositifs"))
            #expect(try Program.bytes(first) == Program.bytes(second))
            #expect(try Program.bytes(result) == Program.bytes(folder + "/again.json"))
        }
    }

    /// A site file given later: what was captured is seen with what the establishment says now.
    @Test func anotherSite() throws {
        try Program.withFolder { folder in
            let result = try Self.result("demo-hospital.pcapng", in: folder, "result")
            let site = Program.root.appendingPathComponent("docs/demo/site.fr.yml").path
            let run = try Program.run(["report", result, "--quiet", "--site", site, "--json", folder + "/again.json"])
            #expect(run.status == 0, "\(run.errors)")
            let again = String(decoding: try Program.bytes(folder + "/again.json"), as: UTF8.self)
            #expect(again.contains("\"name\":\"CH de Sainte-Auscultation\""))
            #expect(!String(decoding: try Program.bytes(result), as: UTF8.self).contains("\"name\":\"CH de Sainte-Auscultation\""))
            // It is part of the result from now on.
            let third = try Program.run(["report", folder + "/again.json", "--quiet", "--json", folder + "/third.json"])
            #expect(third.status == 0)
            #expect(try Program.bytes(folder + "/again.json") == Program.bytes(folder + "/third.json"))
        }
    }

    /// What `--compare` put into a result is in the report of the result; `--compare` puts something else there; pseudonyms and the names of
    /// an earlier campaign do not go together.
    @Test func comparison() throws {
        try Program.withFolder { folder in
            let (earlier, later) = (Program.capture("demo-hospital.pcapng"), Program.capture("demo-hospital-2.pcapng"))
            func outputs(_ name: String) -> [String] {
                ["--language", "fr", "--json", "\(folder)/\(name).json", "--report", "\(folder)/\(name).html", "--report", "\(folder)/\(name).md", "--registers", "\(folder)/\(name)"]
            }
            func expectSame(_ first: String, _ second: String) throws {
                let tables = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(first)").sorted()
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(second)").sorted() == tables && tables.contains("comparaison-constats.csv"))
                for file in [".json", ".html", ".md"] + tables.map({ "/" + $0 }) {
                    #expect(try Program.bytes("\(folder)/\(first)\(file)") == Program.bytes("\(folder)/\(second)\(file)"), "\(second)\(file)")
                }
            }
            let scan = try Program.run(["scan", later, "--quiet", "--compare", earlier] + outputs("scan"))
            #expect(scan.status == 0, "\(scan.errors)")
            let report = try Program.run(["report", folder + "/scan.json"] + outputs("report"))
            #expect(report.status == 0 && report.errors == "", "\(report.errors)")
            try expectSame("scan", "report")
            // The campaign before, from the inventory.
            for (capture, name) in [(earlier, "first"), (later, "second")] {
                #expect(try Program.run(["scan", capture, "--quiet", "--inventory", folder + "/site.laennec"] + outputs(name)).status == 0)
            }
            #expect(try Program.run(["report", folder + "/second.json", "--quiet"] + outputs("third")).status == 0)
            try expectSame("second", "third")
            // Another one instead.
            #expect(try Program.run(["report", folder + "/scan.json", "--quiet", "--compare", later, "--json", folder + "/itself.json"]).status == 0)
            let itself = try #require(try Program.result(String(decoding: try Program.bytes(folder + "/itself.json"), as: UTF8.self))["comparison"] as? [String: Any])
            #expect(itself["notes"] as? [String] == ["same-campaign"])
            // Pseudonyms.
            try Program.write(Data("a key that only tests have".utf8), to: folder + "/key")
            let pseudonymise = ["report", folder + "/scan.json", "--quiet", "--pseudonymise", folder + "/key", "--json", folder + "/pseudonyms.json"]
            for (language, words) in [("fr", "n’est pas reprise"), ("en", "is left out")] {
                let run = try Program.run(pseudonymise + ["--language", language])
                #expect(run.status == 0 && run.complaints.count == 1 && run.errors.contains(words), "\(run.errors)")
                #expect(try Program.result(String(decoding: try Program.bytes(folder + "/pseudonyms.json"), as: UTF8.self))["comparison"] == nil)
            }
            let again = try Program.run(pseudonymise + ["--compare", earlier])
            #expect(again.status == 0 && again.errors == "", "\(again.errors)")
            let text = String(decoding: try Program.bytes(folder + "/pseudonyms.json"), as: UTF8.self)
            #expect(text.contains("\"vanished\":[") && !text.contains("respi-rea-02") && !text.contains("pompe-rack-07"))
        }
    }

    @Test func failOn() throws {
        try Program.withFolder { folder in
            let result = try Self.result("demo-hospital.pcapng", in: folder, "result")
            #expect(try Program.run(["report", result, "--quiet", "--fail-on", "critical"]).status == 1)
            let clean = try Self.result("baseline-clean.pcap", in: folder, "clean")
            #expect(try Program.run(["report", clean, "--quiet", "--fail-on", "minor"]).status == 0)
        }
    }

    @Test func badResults() throws {
        try Program.withFolder { folder in
            let result = try Self.result("hl7-adt.pcap", in: folder, "result")
            let text = String(decoding: try Program.bytes(result), as: UTF8.self)
            let files: [(name: String, content: String, status: Int32, english: String, french: String)] = [
                ("empty", "", 65, "not a complete JSON file", "n’est pas un fichier JSON complet"),
                ("cut", String(text.prefix(text.count / 2)), 65, "not a complete JSON file", "n’est pas un fichier JSON complet"),
                ("foreign", "{\"log\":{\"version\":\"1.2\"}}", 65, "not a result of Laennec", "n’est pas un résultat de Laennec"),
                ("newer", text.replacing("\"version\":\"1.2\"", with: "\"version\":\"2.0\""), 65, "update Laennec", "mettez Laennec à jour"),
                ("older", "{\"format\":\"laennec-result\",\"version\":\"1.0\"}", 65, "scan the captures again", "analysez de nouveau"),
                ("damaged", text.replacing("\"service\":\"", with: "\"service\":\"99999 "), 65, "is damaged", "est endommagé"),
            ]
            for file in files {
                let path = "\(folder)/\(file.name).json"
                try Program.write(Data(file.content.utf8), to: path)
                for (language, words) in [("en", file.english), ("fr", file.french)] {
                    let run = try Program.run(["report", path, "--language", language])
                    #expect(run.status == file.status, "\(file.name): \(run.errors)")
                    #expect(run.complaints.count == 1 && run.errors.contains(words), "\(file.name): \(run.errors)")
                    #expect(run.output.isEmpty)
                }
            }
            let missing = try Program.run(["report", folder + "/none.json", "--language", "fr"])
            #expect(missing.status == 66 && missing.errors.contains("n’existe pas"))
            #expect(try Program.run(["report", folder, "--language", "en"]).status == 66)
            let capture = try Program.run(["report", Program.capture("hl7-adt.pcap"), "--language", "fr"])
            #expect(capture.status == 65 && capture.complaints.count == 1 && capture.errors.contains("laennec scan --json"), "\(capture.errors)")
        }
    }

    /// A page is larger than what a pipe holds: a scan says why it could not be written.
    @Test func readerOfThePageThatGoesAway() throws {
        let script = "\"$0\" scan --language en --quiet --report - --format html \"$1\" | head -c 10 > /dev/null"
        let run = try Program.run([Program.capture("demo-hospital.pcapng")], wrapper: ["/bin/sh", "-c", script])
        #expect(run.complaints.count == 1 && run.errors.contains("the program that read the result stopped"), "\(run.errors)")
    }

    // MARK: Merge

    @Test func merged() throws {
        try Program.withFolder { folder in
            let (first, second) = (try Self.result("hl7-adt.pcap", in: folder, "first"), try Self.result("ssh-openssh.pcap", in: folder, "second"))
            let (one, other) = (folder + "/one.json", folder + "/other.json")
            let run = try Program.run(["merge", first, second, "--language", "en", "--json", one, "--report", folder + "/merged.html"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("2 inputs"))
            #expect(try Program.run(["merge", second, first, second, one, "--quiet", "--json", other]).status == 0)
            #expect(try Program.bytes(one) == Program.bytes(other))
            #expect(try Program.bytes(folder + "/merged.html").count > 10_000)
        }
    }

    /// Two hospitals with the same private addresses: one file, two establishments, and each can be reported.
    @Test func establishments() throws {
        try Program.withFolder { folder in
            let a = try Self.result("demo-hospital.pcapng", in: folder, "a", site: "etablissement:\n  nom: CH A\n  finess-eg: \"750000001\"\n")
            let b = try Self.result("demo-hospital.pcapng", in: folder, "b", site: "etablissement:\n  nom: CH B\n  finess-eg: \"750000002\"\n")
            let group = folder + "/group.json"
            let run = try Program.run(["merge", a, b, "--language", "fr", "--json", group])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("CH A") && run.output.contains("CH B"))
            let report = try Program.run(["report", group, "--language", "fr"])
            #expect(report.status == 64 && report.errors.contains("--establishment") && report.errors.contains("CH A, CH B"))
            for name in ["CH B", "750000002"] {
                let only = try Program.run(["report", group, "--establishment", name, "--quiet", "--json", folder + "/only.json"])
                #expect(only.status == 0, "\(only.errors)")
                #expect(try Program.bytes(folder + "/only.json") == Program.bytes(b))
            }
            #expect(try Program.run(["report", group, "--establishment", "CH C", "--language", "en"]).status == 64)
            #expect(try Program.run(["merge", a, b, "--report", folder + "/x.html", "--language", "en"]).status == 64)
            #expect(try Program.run(["merge", group, a, "--quiet", "--json", folder + "/again.json"]).status == 0)
            #expect(try Program.bytes(group) == Program.bytes(folder + "/again.json"))
        }
    }
}
