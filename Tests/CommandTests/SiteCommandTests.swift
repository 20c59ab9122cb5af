import Foundation
import Testing

/// The site file, rules and registers on the command line.
@Suite struct SiteCommandTests {
    private static let telnet = Program.capture("telnet-login.pcap")

    // MARK: laennec site

    @Test(arguments: ["fr", "en"]) func theExampleIsCorrect(_ language: String) throws {
        let example = try Program.run(["site", "example", "--language", language])
        #expect(example.status == 0 && example.errors == "")
        try Program.withFolder { folder in
            let file = folder + "/site.yml"
            try Program.write(example.output.utf8, to: file)
            for spoken in ["fr", "en"] {
                let check = try Program.run(["site", "check", "--language", spoken, file])
                #expect(check.status == 0 && check.errors == "", "\(check.errors)")
                #expect(check.output.contains(spoken == "fr" ? "tout est correct" : "all correct"), "\(check.output)")
            }
            let scan = try Program.run(["scan", "--quiet", "--site", file, Self.telnet])
            #expect(scan.status == 0 && scan.errors == "", "\(scan.errors)")
        }
    }

    /// A site file that cannot be used: what is in it, and words of the one sentence in both languages.
    static let mistakes: [(String, String, String)] = [
        ("zonez: []\n", "clé inconnue", "unknown key"), ("a: [b\n", "YAML", "YAML"), ("duree-maximale: toujours\n", "une durée s’écrit", "a duration is written"),
        ("matrice-des-flux: absent.csv\n", "n’existe pas", "there is no such file"), ("", "vide", "empty"), ("zones: {{{{\u{1B}[31m\n", "YAML", "YAML"),
    ]

    @Test(arguments: Self.mistakes.indices) func badSiteFile(_ index: Int) throws {
        let (yaml, french, english) = Self.mistakes[index]
        try Program.withFolder { folder in
            let file = folder + "/site.yml"
            try Program.write(yaml.utf8, to: file)
            for (language, words) in [("fr", french), ("en", english)] {
                for arguments in [["scan", "--json", folder + "/r.json", "--site", file, Self.telnet], ["site", "check", file]] {
                    let run = try Program.run(arguments + ["--language", language])
                    #expect(run.status == 78, "\(arguments): \(run.status) \(run.errors)")
                    #expect(run.output == "")
                    #expect(run.complaints.count == 1, "\(run.errors)")
                    #expect(run.errors.hasPrefix("laennec: ") && run.errors.contains(words), "\(run.errors)")
                    #expect(!run.errors.contains("\u{1B}") && !run.errors.contains("Fatal"))
                }
            }
            // Nothing was scanned: a result under the wrong site would mislead.
            #expect(!FileManager.default.fileExists(atPath: folder + "/r.json"))
        }
    }

    @Test func missingSiteFile() throws {
        for (language, words) in [("fr", "n’existe pas"), ("en", "there is no such file")] {
            let run = try Program.run(["scan", "--language", language, "--site", "/nowhere/site.yml", Self.telnet])
            #expect(run.status == 78 && run.complaints.count == 1 && run.errors.contains(words), "\(run.errors)")
        }
    }

    // MARK: laennec rules

    @Test func rulesAreListed() throws {
        for (language, words) in [("fr", ["critique", "majeur", "mineur"]), ("en", ["critical", "major", "minor"])] {
            let run = try Program.run(["rules", "list", "--language", language])
            #expect(run.status == 0 && run.errors == "")
            #expect(run.output == (try Program.run(["rules", "--language", language])).output)
            let lines = run.output.split(separator: "\n")
            #expect(lines.count > 150)
            #expect(Set(lines.map { $0.prefix { $0 != " " } }).count == lines.count)
            for word in words { #expect(lines.contains { $0.lowercased().contains("[\(word)") }, "\(word)") }
            #expect(lines.allSatisfy { $0.split(separator: "]", maxSplits: 1).last.map { $0.count > 8 } == true })
        }
    }

    @Test func everyRuleIsExplained() throws {
        let ids = try Program.run(["rules", "list"]).output.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
        for id in ids.enumerated().filter({ $0.offset % 17 == 0 }).map(\.element) {
            let (french, english) = (try Program.run(["rules", "explain", "--language", "fr", id]), try Program.run(["rules", "explain", "--language", "en", id]))
            for run in [french, english] {
                #expect(run.status == 0 && run.errors == "" && run.output.contains(id), "\(id): \(run.errors)")
                #expect(run.output.count > 400, "\(id)")
            }
            #expect(french.output != english.output)
        }
    }

    /// The id of a finding, as the report prints it, leads to its rule.
    @Test func theIdOfAFinding() throws {
        let result = try Program.result(try Program.run(["scan", "--json", "-", Self.telnet]).output)
        let findings = try #require(result["findings"] as? [[String: Any]])
        #expect(!findings.isEmpty)
        for finding in findings {
            let (id, rule) = (try #require(finding["id"] as? String), try #require(finding["rule"] as? String))
            #expect(try Program.run(["rules", "explain", id]).output == Program.run(["rules", "explain", rule]).output)
        }
    }

    @Test(arguments: ["nothing-of-this-name", "", "*", "\u{1B}[31m"]) func unknownRule(_ id: String) throws {
        for (language, words) in [("fr", "aucune règle"), ("en", "no such rule")] {
            let run = try Program.run(["rules", "explain", "--language", language, "--", id])
            #expect(run.status == 64 && run.output == "")
            #expect(run.complaints.count == 1 && run.errors.contains(words), "\(run.errors)")
            #expect(!run.errors.contains("\u{1B}"))
        }
    }

    // MARK: Registers and databases of addresses

    @Test func registersAreWritten() throws {
        try Program.withFolder { folder in
            let target = folder + "/new/registers"
            for (language, rules) in [("fr", "fiche-de-coupure.nft"), ("en", "cut-off-sheet.nft")] {
                let run = try Program.run(["scan", "--quiet", "--language", language, "--registers", target, Program.capture("demo-hospital.pcapng")])
                #expect(run.status == 0 && run.errors == "", "\(run.errors)")
                let files = try FileManager.default.contentsOfDirectory(atPath: target)
                #expect(files.contains(rules) && !files.contains { $0.hasSuffix(".partial") })
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: target)
            #expect(files.filter { $0.hasSuffix(".csv") }.count >= 12, "\(files)")
            let canaries = try Program.canaries("demo-hospital").filter { $0.count > 3 }
            for file in files {
                let bytes = try Program.bytes(target + "/" + file)
                if file.hasSuffix(".csv") { #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]) && bytes.suffix(2) == [0x0D, 0x0A], "\(file)") }
                let text = String(decoding: bytes, as: UTF8.self)
                for canary in canaries { #expect(!text.contains(canary), "\(file)") }
            }
            let exposure = String(decoding: try Program.bytes(target + "/exposition.csv"), as: UTF8.self)
            #expect(exposure.contains("203.0.113.77") && exposure.contains(";entrant;") || exposure.contains("entrant;"), "\(exposure)")
        }
    }

    /// Where a folder cannot be made, root or not.
    @Test func registersThatCannotBeWritten() throws {
        try Program.withFolder { folder in
            try Program.write("a file".utf8, to: folder + "/file")
            for target in [folder + "/file", folder + "/file/registers", "/proc/registers"] {
                for (language, words) in [("fr", "n’a pas pu être écrit"), ("en", "could not be written")] {
                    let run = try Program.run(["scan", "--language", language, "--registers", target, Self.telnet])
                    #expect(run.status == 73, "\(target): \(run.status)")
                    #expect(run.output == "" && run.complaints.count == 1 && run.errors.contains(words) && run.errors.contains(target), "\(run.errors)")
                }
            }
            #expect(try Program.bytes(folder + "/file") == Array("a file".utf8))
        }
    }

    @Test func databaseOfAddressesThatIsNone() throws {
        try Program.withFolder { folder in
            let file = folder + "/places.mmdb"
            try Program.write("ceci est un texte\n".utf8, to: file)
            for language in ["fr", "en"] {
                let run = try Program.run(["scan", "--language", language, "--addresses", file, Self.telnet])
                #expect(run.status == 65 && run.output == "", "\(run.status)")
                #expect(run.complaints.count == 1 && run.errors.hasPrefix("laennec: ") && run.errors.contains("places.mmdb"), "\(run.errors)")
            }
        }
    }

    // MARK: Accepted risks

    @Test func acceptedRisksDoNotFail() throws {
        let result = try Program.result(try Program.run(["scan", "--json", "-", Self.telnet]).output)
        let grave = try #require(result["findings"] as? [[String: Any]]).filter { ["major", "critical"].contains($0["severity"] as? String) }
        let rules = Set(grave.compactMap { $0["rule"] as? String }).sorted()
        #expect(!rules.isEmpty)
        func status(_ accepted: [String], until day: String) throws -> Int32 {
            try Program.withFolder { folder in
                let risks = accepted.map { "  - {regle: \($0), motif: essai, responsable: RSSI, echeance: \(day)}\n" }.joined()
                try Program.write("risques-acceptes:\n\(risks)".utf8, to: folder + "/site.yml")
                return try Program.run(["scan", "--site", folder + "/site.yml", "--fail-on", "major", Self.telnet]).status
            }
        }
        #expect(try Program.run(["scan", "--fail-on", "major", Self.telnet]).status == 1)
        #expect(try status(rules, until: "2099-12-31") == 0)
        // Expired at the time of the capture, or another weakness: it fails.
        #expect(try status(rules, until: "2020-12-31") == 1)
        #expect(try status(["cleartext-login-ftp"], until: "2099-12-31") == 1)
    }
}
