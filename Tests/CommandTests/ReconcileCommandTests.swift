import Foundation
import Testing

/// `laennec reconcile` with the table of the demo hospital.
@Suite struct ReconcileCommandTests {
    private static let demo = Program.capture("demo-hospital.pcapng")
    private static func document(_ name: String) -> String { Program.root.appendingPathComponent("docs/\(name)").path }
    private static let table = Self.document("demo/gmao.csv")
    private static let site = Self.document("demo/site.fr.yml")

    private static func reconcile(_ arguments: [String]) throws -> [String: Any] {
        let run = try Program.run(["reconcile", "--json", "-", "--site", Self.site] + arguments)
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        return try Program.result(run.output)
    }

    private static func pairs(_ result: [String: Any], _ key: String) throws -> [String] {
        try #require(result[key] as? [[String: Any]]).map { pair in
            let (line, device) = (pair["line"] as? [String: Any], pair["device"] as? [String: Any])
            let differences = (pair["differences"] as? [[String: Any]])?.filter { $0["listed"] is String }.compactMap { $0["field"] as? String } ?? []
            let place = (device?["addresses"] as? [String])?.first ?? device?["serial"] as? String ?? device?["model"] as? String ?? ""
            return "\(line?["designation"] as? String ?? "") = \(place) by \((pair["reasons"] as? [String] ?? []).joined(separator: " "))"
                + (differences.isEmpty ? "" : ", differs in \(differences.joined(separator: " "))")
        }.sorted()
    }

    @Test func theDemoHospital() throws {
        let result = try Self.reconcile([Self.table, Self.demo])
        let table = try #require(result["table"] as? [String: Any])
        #expect(table["lines"] as? Int == 500 && (table["bad_lines"] as? [Any])?.isEmpty == true && table["automatic_mapping"] as? Bool == true)
        #expect(
            try Self.pairs(result, "matched") == [
                "Automate d'hématologie = 22723 by serial", "Automate d'hématologie = LNCXN5521 by serial", "IRM 1,5T = 10.28.10.22 by serial title ip, differs in model",
                "Poste IPU hématologie = 10.28.10.31 by ip", "Scanner = 10.28.10.21 by serial host title ip",
                "Serveur RIS = 10.28.10.11 by mac host title ip, differs in status", "Station de perfusion = 10.28.10.42 by mac host ip, differs in location",
                "Ventilateur de réanimation = 10.28.10.43 by mac host ip", "Échographe = 10.28.10.23 by host title, differs in ip",
            ])
        #expect(
            try Self.pairs(result, "proposals") == [
                "Automate de biochimie = cobas c 311 by only_of_model", "Mobile de radiologie = 10.28.10.24 by ip, differs in maker", "Moniteur patient = 10.28.10.41 by near_name",
                "Pompe à perfusion = LNC552101 by near_serial, differs in serial",
            ])
        let conflicts = try #require(result["conflicts"] as? [[String: Any]])
        #expect(Set(conflicts.compactMap { $0["kind"] as? String }) == ["devices", "lines"] && conflicts.count == 2)
        let duplicates = try #require(result["duplicates"] as? [[String: Any]])
        #expect(duplicates.compactMap { $0["value"] as? String }.sorted() == ["LNCDBL100", "LNCDBL260", "pacs-01"])
        #expect((result["not_in_table"] as? [Any])?.isEmpty == false)
        let text = try JSONSerialization.data(withJSONObject: result)
        for canary in try Program.canaries("demo-hospital") where canary.count > 3 { #expect(text.range(of: Data(canary.utf8)) == nil) }
    }

    /// The script that the table comes from writes these bytes.
    @Test func theTableIsWhatItsScriptWrites() throws {
        try Program.withFolder { folder in
            let script = folder + "/gmao.py"
            try FileManager.default.copyItem(atPath: Self.document("demo/gmao.py"), toPath: script)
            let python = "/usr/bin/python3"
            guard FileManager.default.isExecutableFile(atPath: python) else { return }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments = [script]
            try process.run()
            process.waitUntilExit()
            #expect(try Program.bytes(folder + "/gmao.csv") == Program.bytes(Self.table))
        }
    }

    /// What a person fills in is done the next time, in either language, and stands in the output again.
    @Test(arguments: ["fr", "en"]) func decisionsComeBack(_ language: String) throws {
        try Program.withFolder { folder in
            let output = folder + "/out.csv"
            #expect(try Program.run(["reconcile", "--quiet", "--language", language, "-o", output, Self.table, Self.demo]).status == 0)
            var text = String(decoding: try Program.bytes(output), as: UTF8.self)
            #expect(text.hasPrefix("\u{FEFF}") && text.hasSuffix("\r\n"))
            let separator = language == "fr" ? ";" : ","
            let proposal = language == "fr" ? "proposition" : "proposal"
            #expect(text.components(separatedBy: "\r\n\(proposal)\(separator)\(separator)").count == 5)
            text = text.replacing("\r\n\(proposal)\(separator)\(separator)", with: "\r\n\(proposal)\(separator)\(language == "fr" ? "accepter" : "accept")\(separator)")
            try Program.write(text.utf8, to: output)
            for _ in 0..<2 {
                let run = try Program.run(["reconcile", "--quiet", "--language", language, "--decisions", output, "-o", output, "--json", folder + "/r.json", Self.table, Self.demo])
                #expect(run.status == 0 && run.errors == "", "\(run.errors)")
                let result = try Program.result(String(decoding: try Program.bytes(folder + "/r.json"), as: UTF8.self))
                let matched = try #require(result["matched"] as? [[String: Any]])
                #expect(matched.filter { ($0["reasons"] as? [String])?.first == "decision" }.count == 4)
                #expect((result["proposals"] as? [Any])?.isEmpty == true && (result["lost_decisions"] as? [Any])?.isEmpty == true)
            }
        }
    }

    @Test func theMappingIsSaidAndCanBeGiven() throws {
        for (language, words) in [("fr", "numéro de série = N° de série"), ("en", "serial number = N° de série")] {
            let run = try Program.run(["reconcile", "--language", language, Self.table, Self.demo])
            #expect(run.status == 0 && run.output.contains(words), "\(run.output.prefix(600))")
        }
        for name in ["mapping-fr.yml", "mapping-fr.csv"] {
            let given = try Self.reconcile([Self.table, Self.demo, "--mapping", Self.document("gmao/\(name)")])
            #expect((given["table"] as? [String: Any])?["automatic_mapping"] as? Bool == false)
            #expect(try Self.pairs(given, "matched") == Self.pairs(Self.reconcile([Self.table, Self.demo]), "matched"), "\(name)")
        }
    }

    /// Cells that mean to be more than text: they come out as text, and nothing else is lost.
    @Test func hostileCells() throws {
        try Program.withFolder { folder in
            let cells = [
                "=HYPERLINK(\"\"http://x\"\")", "+1+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "a\u{1B}[31mb", "a\u{202E}b", String(repeating: "x", count: 1 << 16), "a\nb", "a;b",
                "\u{FF1D}1",
            ]
            let table = "N° inventaire;Désignation;N° de série\n" + cells.enumerated().map { "\"\($1)\(0)\";\"\($1)\";LNC66021\($0)\n" }.joined()
            try Program.write(table.utf8, to: folder + "/gmao.csv")
            let run = try Program.run(["reconcile", "--language", "fr", "-o", folder + "/out.csv", folder + "/gmao.csv", Self.demo])
            #expect(run.status == 0 && !run.output.contains("\u{1B}") && !run.output.contains("\u{202E}"), "\(run.errors)")
            #expect(run.output.contains("ligne 9") && run.output.contains("cellule trop longue"))
            let text = String(decoding: try Program.bytes(folder + "/out.csv"), as: UTF8.self)
            for sign in ["=", "+", "-2", "@", "\u{FF1D}"] {
                #expect(!text.contains(";" + sign) && !text.contains(";\"" + sign), "\(sign)")
                #expect(text.contains("'" + sign), "\(sign)")
            }
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}") && text.utf8.count < 200_000)
            #expect(text.components(separatedBy: "dans la GMAO, non vu").count == cells.count + 1)
        }
    }

    @Test func wrongFiles() throws {
        try Program.withFolder { folder in
            let files: [(String, [UInt8], Int32, String, String)] = [
                ("empty.csv", [], 65, "est vide", "is empty"), ("book.xlsx", [0x50, 0x4B, 3, 4, 1], 65, "enregistrez-le au format CSV", "save it as CSV"),
                ("text.csv", Array("bonjour\n".utf8), 65, "--mapping", "--mapping"), ("binary.csv", [0, 1, 2], 65, "n’est pas un fichier CSV", "not a CSV file"),
            ]
            func check(_ arguments: [String], _ status: Int32, _ french: String, _ english: String) throws {
                for (language, words) in [("fr", french), ("en", english)] {
                    let run = try Program.run(["reconcile", "--language", language] + arguments)
                    #expect(run.status == status && run.output == "", "\(arguments): \(run.status)")
                    #expect(run.complaints.count == 1 && run.errors.hasPrefix("laennec: ") && run.errors.contains(words), "\(run.errors)")
                }
            }
            for (name, bytes, status, french, english) in files {
                try Program.write(bytes, to: folder + "/" + name)
                try check([folder + "/" + name, Self.demo], status, french, english)
            }
            try check([folder + "/absent.csv", Self.demo], 66, "n’existe pas", "no such file")
            try check([folder, Self.demo], 66, "dossier", "directory")
            try check([Self.table, folder + "/absent.pcap"], 66, "n’existe pas", "no such file")
            try check([Self.table, Self.demo, "--decisions", Self.table], 65, "à relire", "to read back")
            try Program.write("couleur: rouge\n".utf8, to: folder + "/m.yml")
            try check([Self.table, Self.demo, "--mapping", folder + "/m.yml"], 65, "champ inconnu", "unknown field")
            try Program.write("serie: Absente\ninventaire: N° inventaire\n".utf8, to: folder + "/m.yml")
            try check([Self.table, Self.demo, "--mapping", folder + "/m.yml"], 65, "n’est pas dans le fichier", "not in the file")
            try check([Self.table, Self.demo, "-o", "/proc/none/out.csv"], 73, "n’a pas pu être écrit", "could not be written")
        }
    }
}
