import Foundation
import GRDB
import Testing

/// The inventory on the command line.
@Suite struct InventoryCommandTests {
    private static let telnet = Program.capture("telnet-login.pcap")
    private static let hospital = Program.capture("demo-hospital.pcapng")

    /// An inventory of two campaigns.
    private static func withInventory<Result>(_ body: (_ file: String, _ folder: String) throws -> Result) throws -> Result {
        try Program.withFolder { folder in
            let file = folder + "/site.laennec"
            for capture in [Self.telnet, Self.hospital] {
                let scan = try Program.run(["scan", "--quiet", "--inventory", file, capture])
                #expect(scan.status == 0 && scan.output == "" && scan.errors == "", "\(scan.errors)")
            }
            return try body(file, folder)
        }
    }

    private static func json(_ arguments: [String]) throws -> [String: Any] {
        let run = try Program.run(arguments + ["--json", "-"])
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        return try Program.result(run.output)
    }

    private static func findings(_ file: String, _ arguments: [String] = []) throws -> [[String: Any]] {
        try #require(try Self.json(["findings", "list", file] + arguments)["findings"] as? [[String: Any]])
    }

    private static func id(of rule: String, in file: String) throws -> String {
        try #require(try Self.findings(file, ["--state", "all", "--rule", rule]).first?["id"] as? String)
    }

    private static func state(of rule: String, in file: String) throws -> String? { try Self.findings(file, ["--state", "all", "--rule", rule]).first?["state"] as? String }

    private static func ids(_ list: [String: Any], _ key: String) throws -> Set<String> {
        Set(try #require(list[key] as? [[String: Any]]).compactMap { $0["id"] as? String })
    }

    /// One sentence, in both languages.
    private static func refused(_ arguments: [String], _ status: Int32, _ french: String, _ english: String) throws {
        for (language, words) in [("fr", french), ("en", english)] {
            let run = try Program.run(arguments + ["--language", language])
            #expect(run.status == status, "\(arguments): \(run.status) \(run.errors)")
            #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
            #expect(!run.errors.contains("Fatal") && !run.errors.contains("SQLite") && !run.errors.contains("\u{1B}"), "\(run.errors)")
            if status != 64 { #expect(run.complaints.count == 1 && run.errors.hasPrefix("laennec: "), "\(run.errors)") }
        }
    }

    // MARK: scan --inventory

    @Test func scanRecords() throws {
        try Program.withFolder { folder in
            let file = folder + "/site.laennec"
            let first = try Program.run(["scan", "--language", "fr", "--inventory", file, Self.telnet])
            #expect(first.status == 0 && first.output.contains("enregistrée (1)") && first.output.contains("2 nouveaux dispositifs"), "\(first.output.suffix(200))")
            let again = try Program.run(["scan", "--language", "en", "--inventory", file, Self.telnet])
            #expect(again.status == 0 && again.output.contains("nothing changed"), "\(again.output.suffix(200))")
            // Several files at once are another campaign; the inventory is one file.
            #expect(try Program.run(["scan", "--quiet", "--inventory", file, Self.telnet, Self.hospital]).status == 0)
            let all = try Self.json(["inventory", "show", file])
            #expect((all["campaigns"] as? [Any])?.count == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.laennec"])
        }
    }

    @Test func otherEstablishment() throws {
        try Program.withFolder { folder in
            let file = folder + "/site.laennec"
            for (name, finess) in [("Un", "750000002"), ("Deux", "130000009")] {
                try Program.write("etablissement:\n  nom: \(name)\n  finess-eg: \"\(finess)\"\n".utf8, to: folder + "/\(name).yml")
            }
            let first = try Program.run(["scan", "--quiet", "--site", folder + "/Un.yml", "--inventory", file, Self.telnet])
            #expect(first.status == 0, "\(first.errors)")
            try Self.refused(
                ["scan", "--quiet", "--site", folder + "/Deux.yml", "--inventory", file, "--json", folder + "/r.json", Self.hospital], 65, "un fichier par établissement",
                "one file per establishment")
            // The scan was not in vain.
            #expect(try Program.bytes(folder + "/r.json").count > 1000)
            #expect((try Self.json(["inventory", "show", file])["campaigns"] as? [Any])?.count == 1)
        }
    }

    @Test func acceptedFindingsAreMarked() throws {
        try Self.withInventory { file, folder in
            let all = try Self.findings(file, ["--rule", "telnet-service"])
            let id = try #require(all.first { $0["asset"] as? String == "mac-0080a320030b" }?["id"] as? String)
            let scan = ["scan", "--quiet", "--json", "-", "--inventory", file, Self.telnet]
            func accepted(_ arguments: [String]) throws -> [String: Any]? {
                let findings = try #require(try Program.result(try Program.run(arguments).output)["findings"] as? [[String: Any]])
                return try #require(findings.first { $0["rule"] as? String == "telnet-service" && $0["id"] as? String == id })["accepted"] as? [String: Any]
            }
            #expect(try accepted(scan) == nil)
            #expect(try Program.run(["scan", "--quiet", "--fail-on", "major", "--inventory", file, Self.telnet]).status == 1)
            for finding in try Self.findings(file, ["--state", "all"]) {
                let id = try #require(finding["id"] as? String)
                #expect(try Program.run(["findings", "accept", file, id, "--until", "2099-12-31", "--reason", "r", "--by", "A"]).status == 0)
            }
            #expect(try accepted(scan)?["reason"] as? String == "r" && accepted(scan)?["owner"] as? String == "A")
            #expect(try Program.run(["scan", "--quiet", "--fail-on", "major", "--inventory", file, Self.telnet]).status == 0)
            #expect(try Program.run(["findings", "reopen", file, id]).status == 0)
            #expect(try accepted(scan) == nil)
            // Without the inventory nothing is accepted.
            #expect(try accepted(["scan", "--quiet", "--json", "-", Self.telnet]) == nil)
        }
    }

    // MARK: inventory

    @Test func list() throws {
        try Self.withInventory { file, folder in
            func ids(_ arguments: [String]) throws -> Set<String> { try Self.ids(try Self.json(["inventory", "list", file] + arguments), "assets") }
            let all = try ids([])
            #expect(all.count == 34)
            let campaigns = try #require(try Self.json(["inventory", "show", file])["campaigns"] as? [[String: Any]]).compactMap { $0["id"] as? String }
            #expect(try ids(["--seen-since", String(campaigns[1].prefix(6))]).count == 32 && ids(["--seen-since", campaigns[0]]) == all)
            let some = try ids(["--maker", "philips"])
            #expect(!some.isEmpty && some.count < all.count)
            #expect(try ids(["10.20.3.11"]).count == 1 && ids(["--zone", "10.20.3"]).count == 2 && ids(["--class", "moniteur"]) == ids(["--class", "patient monitor"]))
            #expect(try ids(["nothing of that name"]).isEmpty)
            for (language, words) in [("fr", ["34 dispositifs sur 34", "identifiant", "constructeur"]), ("en", ["34 devices of 34", "id ", "maker"])] {
                let run = try Program.run(["inventory", "list", file, "--language", language])
                #expect(run.status == 0 && words.allSatisfy { run.output.contains($0) }, "\(run.output.prefix(300))")
            }
            let csv = try Program.run(["inventory", "list", file, "--csv", "-", "--language", "fr"]).output
            #expect(csv.hasPrefix("\u{FEFF}identifiant;révision;") && csv.split(separator: "\r\n").count == 35)
            try Self.refused(["inventory", "list", file, "--seen-since", "zz"], 64, "aucune campagne", "no campaign")
        }
    }

    @Test func showAndLabel() throws {
        try Self.withInventory { file, _ in
            for (language, words) in [("fr", ["2 campagnes", "Journal du fichier", "180 jours"]), ("en", ["2 campaigns", "Log of the file", "180 days"])] {
                let run = try Program.run(["inventory", "show", file, "--language", language])
                #expect(run.status == 0 && words.allSatisfy { run.output.contains($0) }, "\(run.output)")
            }
            let hostile = "=1+1 <script> \u{1B}[31m \u{202E}x'); DROP TABLE device; --"
            let label = try Program.run(["inventory", "label", file, "10.20.3.11", "emplacement=Bloc 2", "note=\(hostile)", "étage=3", "--by", "J. Martin", "--language", "fr"])
            #expect(label.status == 0 && label.output.contains("emplacement\u{00A0}: Bloc 2") && !label.output.contains("\u{1B}"), "\(label.output) \(label.errors)")
            let page = try Self.json(["inventory", "show", file, "10.20.3.11"])
            #expect((page["labels"] as? [String: String])?["location"] == "Bloc 2" && (page["labels"] as? [String: String])?["étage"] == "3")
            #expect((page["decisions"] as? [Any])?.count == 3)
            let shown = try Program.run(["inventory", "show", file, "10.20.3.11", "--language", "fr"])
            #expect(shown.output.contains("Bloc 2") && shown.output.contains("par J. Martin") && shown.output.contains("Vu dans 1 campagne"), "\(shown.output)")
            #expect(!shown.output.contains("\u{1B}") && !shown.output.contains("\u{202E}"))
            #expect(try Program.run(["inventory", "label", file, "10.20.3.11", "location=", "--language", "en"]).status == 0)
            #expect((try Self.json(["inventory", "show", file, "10.20.3.11"])["labels"] as? [String: String])?["location"] == nil)
            try Self.refused(["inventory", "label", file, "10.20.3.11", "location"], 64, "clé=valeur", "key=value")
            try Self.refused(["inventory", "label", file, "10.99.99.99", "location=x"], 64, "aucun dispositif", "no device")
            try Self.refused(["inventory", "show", file, "mac-"], 64, "plusieurs dispositifs", "several devices")
        }
    }

    @Test func exportAndImport() throws {
        try Self.withInventory { file, folder in
            #expect(try Program.run(["inventory", "label", file, "10.20.3.11", "note=-12"]).status == 0)
            #expect(try Program.run(["inventory", "export", file, "--csv", folder + "/x", "--json", folder + "/x.json", "--language", "fr"]).status == 0)
            let json = try Program.result(String(decoding: try Program.bytes(folder + "/x.json"), as: UTF8.self))
            #expect(json["format"] as? String == "laennec-inventory" && (json["assets"] as? [Any])?.count == 34)
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder + "/x")) == ["inventaire.csv", "constats.csv"])
            let table = String(decoding: try Program.bytes(folder + "/x/inventaire.csv"), as: UTF8.self)
            // What was not edited changes nothing.
            for name in ["inventaire", "constats"] {
                let run = try Program.run(["inventory", "import", file, folder + "/x/\(name).csv", "--language", "fr"])
                #expect(run.status == 0 && run.output.hasPrefix("0 modification reprise"), "\(run.output)")
            }
            // Two cells are edited, a line is taken away and one is added.
            var lines = table.components(separatedBy: "\r\n")
            let header = lines[0].components(separatedBy: ";")
            let column = try #require(header.firstIndex(of: "étiquette : emplacement"))
            let line = try #require(lines.firstIndex { $0.hasPrefix("mac-0080a320030b") })
            var cells = lines[line].components(separatedBy: ";")
            #expect(cells.contains("'-12"))
            cells[column] = "Bloc 3"
            cells[try #require(cells.firstIndex(of: "'-12"))] = "-13"
            lines[line] = cells.joined(separator: ";")
            lines.remove(at: line == 1 ? 2 : 1)
            lines.insert("mac-unknown;0", at: 1)
            try Program.write(lines.joined(separator: "\r\n").utf8, to: folder + "/edited.csv")
            let edited = try Program.run(["inventory", "import", file, folder + "/edited.csv", "--by", "A", "--language", "fr"])
            #expect(edited.status == 65 && edited.output.contains("2 modifications reprises") && edited.output.contains("mac-unknown"), "\(edited.output)")
            let labels = try Self.json(["inventory", "show", file, "10.20.3.11"])["labels"] as? [String: String]
            #expect(labels == ["location": "Bloc 3", "note": "-13"])
            // The same lines once more start from an old state where they differ.
            cells[column] = "Bloc 4"
            lines[try #require(lines.firstIndex { $0.hasPrefix("mac-0080a320030b") })] = cells.joined(separator: ";")
            try Program.write(lines.joined(separator: "\r\n").utf8, to: folder + "/edited.csv")
            let conflict = try Program.run(["inventory", "import", file, folder + "/edited.csv", "--language", "en"])
            #expect(conflict.status == 65 && conflict.output.contains("Conflicts") && conflict.output.contains("mac-0080a320030b"), "\(conflict.output)")
            #expect((try Self.json(["inventory", "show", file, "10.20.3.11"])["labels"] as? [String: String])?["location"] == "Bloc 3")
            try Self.refused(["inventory", "import", file, folder + "/none.csv"], 66, "n’existe pas", "no such file")
            try Self.refused(["inventory", "import", file, Self.telnet], 65, "n’est pas un export", "not a CSV export")
            try Self.refused(["inventory", "export", file], 64, "Indiquez", "Give")
        }
    }

    /// A result that was kept is the campaign of its captures.
    @Test func resultIsRecorded() throws {
        try Program.withFolder { folder in
            let (file, result) = (folder + "/site.laennec", folder + "/result.json")
            #expect(try Program.run(["scan", "--quiet", "--json", result, Self.telnet]).status == 0)
            let first = try Program.run(["inventory", "import", file, result, "--language", "en"])
            #expect(first.status == 0 && first.output.contains("recorded (1)"), "\(first.output)\(first.errors)")
            #expect(try Program.run(["scan", "--language", "en", "--inventory", file, Self.telnet]).output.contains("nothing changed"))
            #expect(try Self.findings(file).count == 2)
            try Program.write("{".utf8, to: folder + "/bad.json")
            let bad = try Program.run(["inventory", "import", file, folder + "/bad.json"])
            #expect(bad.status == 65 && bad.complaints.count == 1, "\(bad.errors)")
        }
    }

    @Test func retention() throws {
        try Self.withInventory { file, _ in
            #expect(try Program.run(["inventory", "retention", file, "--language", "fr"]).output.contains("180 jours"))
            #expect(try Program.run(["inventory", "retention", file, "--days", "30", "--language", "en"]).output.contains("30 days"))
            #expect(try Self.json(["inventory", "show", file])["retention_days"] as? Int == 30)
            for days in ["0", "366", "-1"] { try Self.refused(["inventory", "retention", file, "--days=\(days)"], 64, "1 à 365", "1 to 365") }
        }
    }

    // MARK: findings

    @Test func findings() throws {
        try Self.withInventory { file, _ in
            let all = try Self.findings(file)
            #expect(all.count == 27)
            #expect(try Self.findings(file, ["--severity", "critical"]).allSatisfy { $0["severity"] as? String == "critical" })
            #expect(try Self.findings(file, ["--state", "fixed"]).isEmpty && Self.findings(file, ["--state", "nouveau"]).count == 25)
            for (language, words) in [("fr", ["27 constats sur 27", "ouvert, non revu", "gravité"]), ("en", ["27 findings of 27", "open, not seen again", "severity"])] {
                let run = try Program.run(["findings", "list", file, "--language", language])
                #expect(run.status == 0 && words.allSatisfy { run.output.contains($0) }, "\(run.output.prefix(300))")
            }
            #expect(try Program.run(["findings", "list", file, "--csv", "-", "--language", "en"]).output.hasPrefix("\u{FEFF}id,revision,state,"))
            let id = try Self.id(of: "telnet-service", in: file)
            let hash = try #require(id.split(separator: "-").last).prefix(10)
            let accept = try Program.run(["findings", "accept", file, String(hash), "--until", "2099-12-31", "--reason", "remplacement prévu", "--by", "J. Martin", "--language", "fr"])
            #expect(accept.status == 0 && accept.output.contains("accepté jusqu’au 2099-12-31") && accept.output.contains("non à l’horloge de la machine"), "\(accept.output)\(accept.errors)")
            #expect(try Self.findings(file, ["--state", "accepted"]).count == 1)
            let over = try Program.run(["findings", "accept", file, id, "--until", "2001-01-01", "--reason", "r", "--language", "en"])
            #expect(over.status == 0 && over.output.contains("has no effect"), "\(over.output)")
            #expect(try Self.findings(file, ["--state", "accepted"]).isEmpty)
            let assign = try Program.run(["findings", "assign", file, id, "--to", "Équipe réseau", "--due", "31/01/2027", "--language", "fr"])
            #expect(assign.status == 0 && assign.output.contains("attribué à Équipe réseau pour le 2027-01-31"), "\(assign.output)")
            #expect(try Program.run(["findings", "reopen", file, id, "--language", "fr"]).status == 0)
            try Self.refused(["findings", "reopen", file, id], 64, "personne ne l’a accepté", "nobody accepted it")
            try Self.refused(["findings", "accept", file, "zz", "--until", "2099-12-31", "--reason", "r"], 64, "aucun constat", "no finding")
            try Self.refused(["findings", "accept", file, "cleartext", "--until", "2099-12-31", "--reason", "r"], 64, "plusieurs constats", "several findings")
            try Self.refused(["findings", "accept", file, id, "--until", "2099-12-31", "--reason", " "], 64, "motif", "reason")
            #expect(try Program.run(["findings", "accept", file, id, "--until", "2099-02-30", "--reason", "r"]).status == 64)
        }
    }

    // MARK: Files that cannot be used

    @Test func unusableFiles() throws {
        try Program.withFolder { folder in
            let commands: [(String) -> [String]] = [
                { ["inventory", "list", $0] }, { ["inventory", "show", $0] }, { ["inventory", "label", $0, "x", "a=b"] }, { ["inventory", "export", $0, "--json", "-"] },
                { ["inventory", "retention", $0] }, { ["inventory", "retention", $0, "--days", "9"] }, { ["findings", "list", $0] }, { ["findings", "reopen", $0, "x"] },
            ]
            for command in commands { try Self.refused(command(folder + "/none.laennec"), 66, "n’existe pas", "no such file") }
            for command in commands { try Self.refused(command(folder), 66, "dossier", "directory") }
            for command in commands { try Self.refused(command(Self.telnet), 65, "pas un inventaire", "not an inventory") }
            let before = try Program.bytes(Self.telnet)
            try Self.refused(["scan", "--quiet", "--inventory", Self.telnet, Self.telnet], 65, "pas un inventaire", "not an inventory")
            #expect(try Program.bytes(Self.telnet) == before)
            try Self.refused(["scan", "--quiet", "--inventory", folder + "/none/site.laennec", Self.telnet], 66, "dossier", "folder")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            // Newer.
            let file = folder + "/site.laennec"
            #expect(try Program.run(["scan", "--quiet", "--inventory", file, Self.telnet]).status == 0)
            do {
                let queue = try DatabaseQueue(path: file)
                try queue.write { try $0.execute(sql: "PRAGMA user_version = 7") }
                try queue.close()
            }
            let newer = try Program.bytes(file)
            for command in commands { try Self.refused(command(file), 65, "plus récente", "newer") }
            try Self.refused(["scan", "--quiet", "--inventory", file, Self.telnet], 65, "plus récente", "newer")
            #expect(try Program.bytes(file) == newer)
        }
    }

    /// Another program writes for longer than anybody waits.
    @Test func lockedFile() throws {
        try Program.withFolder { folder in
            let file = folder + "/site.laennec"
            #expect(try Program.run(["scan", "--quiet", "--inventory", file, Self.telnet]).status == 0)
            let queue = try DatabaseQueue(path: file)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN IMMEDIATE")
                let scan = try Program.run(["scan", "--quiet", "--inventory", file, "--json", folder + "/r.json", "--language", "fr", Self.hospital])
                #expect(scan.status == 75 && scan.complaints.count == 1 && scan.errors.contains("un autre programme écrit"), "\(scan.status) \(scan.errors)")
                #expect(try Program.bytes(folder + "/r.json").count > 1000)
                // Reading does not wait.
                #expect(try Program.run(["inventory", "list", file]).status == 0)
                try database.execute(sql: "ROLLBACK")
            }
        }
    }
}
