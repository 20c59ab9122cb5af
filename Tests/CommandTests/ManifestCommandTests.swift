import Foundation
import Testing

/// Manifests, keys and pseudonyms on the command line.
@Suite struct ManifestCommandTests {
    private static let telnet = Program.capture("telnet-login.pcap")
    private static let hospital = Program.capture("demo-hospital.pcapng")

    /// A run that writes a result, a page and registers under a signed manifest.
    private static func withSigned(_ body: (_ folder: String) throws -> Void) throws {
        try Program.withFolder { folder in
            let made = try Program.run(["key", "generate", folder + "/key", "--language", "en"])
            #expect(made.status == 0 && made.errors == "", "\(made.errors)")
            let scan = try Program.run([
                "scan", "--quiet", "--json", folder + "/result.json", "--report", folder + "/report.html", "--registers", folder + "/registers", "--manifest",
                folder + "/manifest.json", "--sign", folder + "/key", Self.telnet,
            ])
            #expect(scan.status == 0 && scan.errors == "", "\(scan.errors)")
            try body(folder)
        }
    }

    private static func manifest(_ folder: String) throws -> [String: Any] {
        try Program.result(String(decoding: try Program.bytes(folder + "/manifest.json"), as: UTF8.self))
    }

    @Test func everyFileIsListed() throws {
        try Self.withSigned { folder in
            let manifest = try Self.manifest(folder)
            let outputs = try #require(manifest["outputs"] as? [[String: Any]])
            let names = outputs.compactMap { $0["name"] as? String }
            let registers = try FileManager.default.contentsOfDirectory(atPath: folder + "/registers").map { "registers/" + $0 }
            #expect(registers.count == 12)
            #expect(names == (["report.html", "result.json"] + registers).sorted(), "\(names)")
            for output in outputs {
                let file = folder + "/" + (try #require(output["name"] as? String))
                #expect(output["size"] as? Int == (try Program.bytes(file)).count)
            }
            let input = try #require((manifest["inputs"] as? [[String: Any]])?.first)
            #expect(input["name"] as? String == "telnet-login.pcap" && (input["sha256"] as? String)?.count == 64)
            let text = String(decoding: try Program.bytes(folder + "/manifest.json"), as: UTF8.self)
            #expect(!text.contains(folder) && !text.contains(Program.root.path))
            // The same again.
            let bytes = (try Program.bytes(folder + "/manifest.json"), try Program.bytes(folder + "/manifest.json.sig"))
            let again = try Program.run([
                "scan", "--quiet", "--json", folder + "/result.json", "--report", folder + "/report.html", "--registers", folder + "/registers", "--manifest",
                folder + "/manifest.json", "--sign", folder + "/key", Self.telnet,
            ])
            #expect(again.status == 0)
            #expect(try Program.bytes(folder + "/manifest.json") == bytes.0)
            #expect(try Program.bytes(folder + "/manifest.json.sig") == bytes.1)
        }
    }

    @Test func verified() throws {
        try Self.withSigned { folder in
            for (language, words, unknown) in [("fr", "Signature valable, de la clé demandée", "clé inconnue"), ("en", "valid, by the key asked for", "unknown key")] {
                let run = try Program.run([
                    "verify", folder + "/manifest.json", "--public-key", folder + "/key.pub", "--inputs", Program.capture(""), "--language", language,
                ])
                #expect(run.status == 0 && run.errors == "", "\(run.status) \(run.output) \(run.errors)")
                #expect(run.output.contains(words) && run.output.contains("telnet-login.pcap") && run.output.contains("registers/"))
                #expect(run.output.components(separatedBy: "intact ").count == 16, "\(run.output)")
                // Without the key: valid, and the key is shown for people to compare.
                let other = try Program.run(["verify", folder + "/manifest.json", "--language", language])
                #expect(other.status == 0 && other.output.contains(unknown), "\(other.output)")
                let fingerprint = try Program.run(["key", "fingerprint", folder + "/key.pub"]).output
                #expect(fingerprint.utf8.count == 65 && other.output.contains(fingerprint.dropLast()))
            }
        }
    }

    /// What is changed, and words of the output in both languages.
    static let changes: [(what: String, french: String, english: String)] = [
        ("output", "MODIFIÉ", "CHANGED"), ("same-size", "MODIFIÉ", "CHANGED"), ("missing", "ABSENT", "MISSING"), ("link", "REFUSÉ", "REFUSED"),
        ("manifest", "SIGNATURE NON VALABLE", "SIGNATURE IS NOT VALID"), ("signature", "SIGNATURE NON VALABLE", "SIGNATURE IS NOT VALID"),
        ("no-signature", "SIGNATURE ABSENTE", "NO SIGNATURE"), ("other-key", "AUTRE CLÉ", "ANOTHER KEY"), ("input", "MODIFIÉ", "CHANGED"),
        ("no-input", "ABSENT", "MISSING"),
    ]

    @Test(arguments: Self.changes.indices) func changed(_ index: Int) throws {
        let (what, french, english) = Self.changes[index]
        try Self.withSigned { folder in
            let manager = FileManager.default
            var arguments = ["verify", folder + "/manifest.json", "--public-key", folder + "/key.pub"]
            let result = folder + "/result.json"
            switch what {
            case "output": try Program.write(try Program.bytes(result) + [0x20], to: result)
            case "same-size":
                var bytes = try Program.bytes(result)
                bytes[bytes.count / 2] ^= 1
                try Program.write(bytes, to: result)
            case "missing": try manager.removeItem(atPath: folder + "/registers")
            case "link":
                try manager.moveItem(atPath: result, toPath: folder + "/elsewhere")
                try manager.createSymbolicLink(atPath: result, withDestinationPath: folder + "/elsewhere")
            case "manifest":
                let text = String(decoding: try Program.bytes(folder + "/manifest.json"), as: UTF8.self)
                try Program.write(text.replacing("0.1.0", with: "0.1.1").utf8, to: folder + "/manifest.json")
            case "signature":
                var bytes = try Program.bytes(folder + "/manifest.json.sig")
                bytes[10] ^= 1
                try Program.write(bytes, to: folder + "/manifest.json.sig")
            case "no-signature": try manager.removeItem(atPath: folder + "/manifest.json.sig")
            case "other-key":
                #expect(try Program.run(["key", "generate", folder + "/other"]).status == 0)
                arguments[3] = folder + "/other.pub"
            case "input":
                try manager.createDirectory(atPath: folder + "/captures", withIntermediateDirectories: true)
                try Program.write(try Program.bytes(Self.telnet).dropLast(), to: folder + "/captures/telnet-login.pcap")
                arguments += ["--inputs", folder + "/captures"]
            default: arguments += ["--inputs", folder + "/registers"]
            }
            for (language, words) in [("fr", french), ("en", english)] {
                let run = try Program.run(arguments + ["--language", language])
                #expect(run.status == 1, "\(what): \(run.status) \(run.output) \(run.errors)")
                #expect(run.output.contains(words), "\(what): \(run.output)")
            }
        }
    }

    static let bad: [(what: String, status: Int32, french: String, english: String)] = [
        ("truncated", 65, "endommagé", "damaged"), ("traversal", 65, "mène hors du dossier", "leads out"), ("newer", 65, "plus récent", "newer"),
        ("absent", 66, "n’existe pas", "no such manifest"), ("folder", 66, "n’est pas un fichier", "not a file"), ("result", 65, "pas un manifeste", "not a manifest"),
        ("deep", 65, "pas un manifeste", "not a manifest"), ("million", 65, "limites", "limits"),
    ]

    @Test(arguments: Self.bad.indices) func manifestsThatAreRefused(_ index: Int) throws {
        let (what, status, french, english) = Self.bad[index]
        try Self.withSigned { folder in
            let file = folder + "/manifest.json"
            let text = String(decoding: try Program.bytes(file), as: UTF8.self)
            var asked = file
            switch what {
            case "truncated": try Program.write(text.utf8.dropLast(40), to: file)
            case "traversal": try Program.write(text.replacing("\"report.html\"", with: "\"../../../../etc/passwd\"").utf8, to: file)
            case "newer": try Program.write(text.replacing("\"version\" : \"1.0\"", with: "\"version\" : \"2.0\"").utf8, to: file)
            case "absent": asked = folder + "/absent.json"
            case "folder": asked = folder
            case "result": asked = folder + "/result.json"
            case "deep": try Program.write((String(repeating: "[", count: 1 << 20)).utf8, to: file)
            default:
                let entry = #"{"format":"","name":"a","sha256":"0","size":1}"#
                try Program.write((#"{"format":"laennec-manifest","version":"1.0","outputs":["# + [String](repeating: entry, count: 1_000_000).joined(separator: ",") + "]}").utf8, to: file)
            }
            for (language, words) in [("fr", french), ("en", english)] {
                let run = try Program.run(["verify", asked, "--language", language])
                #expect(run.status == status && run.output == "", "\(what): \(run.status) \(run.output)")
                #expect(run.complaints.count == 1 && run.errors.hasPrefix("laennec: ") && run.errors.contains(words), "\(what): \(run.errors)")
                #expect(!run.errors.contains("root:"))
            }
        }
    }

    // MARK: Keys

    @Test func keysAreMade() throws {
        try Program.withFolder { folder in
            let file = folder + "/key"
            for (language, words) in [("fr", "Empreinte"), ("en", "Fingerprint")] {
                let made = try Program.run(["key", "generate", file + language, "--language", language])
                #expect(made.status == 0 && made.output.contains(words), "\(made.errors)")
                let secret = String(decoding: try Program.bytes(file + language), as: UTF8.self)
                #expect(!made.output.contains(secret.split(separator: "\n")[1]) && secret.hasPrefix("-----BEGIN PRIVATE KEY-----"))
                let rights = try FileManager.default.attributesOfItem(atPath: file + language)[.posixPermissions] as? Int
                #expect(rights == 0o600)
            }
            // Never over another, and the public file that was there stays.
            let before = (try Program.bytes(file + "fr"), try Program.bytes(file + "fr.pub"))
            for (language, words) in [("fr", "existe déjà"), ("en", "there already")] {
                let again = try Program.run(["key", "generate", file + "fr", "--language", language])
                #expect(again.status == 73 && again.output == "" && again.complaints.count == 1 && again.errors.contains(words), "\(again.errors)")
                #expect(try Program.run(["key", "generate", folder + "/absent/key", "--language", language]).status == 73)
            }
            #expect(try Program.bytes(file + "fr") == before.0)
            #expect(try Program.bytes(file + "fr.pub") == before.1)
            // The private key is there already, the public one is not: nothing is left behind.
            try FileManager.default.removeItem(atPath: file + "fr.pub")
            #expect(try Program.run(["key", "generate", file + "fr"]).status == 73)
            #expect(!FileManager.default.fileExists(atPath: file + "fr.pub"))
        }
    }

    @Test func keysThatCannotBeUsed() throws {
        try Program.withFolder { folder in
            #expect(try Program.run(["key", "generate", folder + "/key"]).status == 0)
            try Program.write("ceci n'est pas une clé : motdepasse-4711\n".utf8, to: folder + "/text")
            let wrong: [(String, Int32, String, String)] = [
                (folder + "/absent", 66, "n’existe pas", "no such key file"), (folder + "/text", 65, "pas une clé Ed25519", "not an Ed25519 key"),
                (folder + "/key.pub", 65, "clé publique", "public key"), (folder, 65, "pas une clé", "not an Ed25519 key"),
            ]
            for (file, status, french, english) in wrong {
                for (language, words) in [("fr", french), ("en", english)] {
                    let run = try Program.run([
                        "scan", "--json", folder + "/r.json", "--manifest", folder + "/m.json", "--sign", file, "--language", language, Self.telnet,
                    ])
                    #expect(run.status == status && run.output == "" && run.complaints.count == 1 && run.errors.contains(words), "\(run.status) \(run.errors)")
                    #expect(!run.errors.contains("4711"))
                }
            }
            // Nothing was scanned and nothing written.
            #expect(!FileManager.default.fileExists(atPath: folder + "/r.json"))
            let run = try Program.run(["key", "fingerprint", folder + "/key", "--language", "fr"])
            #expect(run.status == 65 && run.output == "" && run.errors.contains("clé privée"))
        }
    }

    @Test func optionsThatDoNotFit() throws {
        try Program.withFolder { folder in
            #expect(try Program.run(["key", "generate", folder + "/key"]).status == 0)
            let m = ["--manifest", folder + "/a/m.json"]
            let wrong: [([String], String, String)] = [
                (["--sign", folder + "/key"], "--sign ne s’emploie", "--sign goes with"), (m, "au moins une sortie", "at least one output"),
                (m + ["--json", "-"], "sortie standard", "standard output"), (m + ["--json", folder + "/r.json"], "dans son dossier", "in its folder"),
                (["--manifest", folder + "/r.json", "--json", folder + "/r.json"], "le même nom", "the same name"),
                (["--manifest", "-", "--json", folder + "/r.json"], "sortie standard", "standard output"),
            ]
            for (arguments, french, english) in wrong {
                for (language, words) in [("fr", french), ("en", english)] {
                    let run = try Program.run(["scan"] + arguments + ["--language", language, Self.telnet])
                    #expect(run.status == 64 && run.errors.contains(words), "\(arguments): \(run.status) \(run.errors)")
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["key", "key.pub"])
        }
    }

    /// A manifest that is written over a signed one without a key leaves no signature of the other behind.
    @Test func unsigned() throws {
        try Self.withSigned { folder in
            let scan = try Program.run(["scan", "--quiet", "--json", folder + "/result.json", "--manifest", folder + "/manifest.json", Self.telnet])
            #expect(scan.status == 0 && !FileManager.default.fileExists(atPath: folder + "/manifest.json.sig"))
            for (language, words) in [("fr", "Non signé"), ("en", "Not signed")] {
                let run = try Program.run(["verify", folder + "/manifest.json", "--language", language])
                #expect(run.status == 0 && run.output.contains(words), "\(run.output)")
                let asked = try Program.run(["verify", folder + "/manifest.json", "--public-key", folder + "/key.pub", "--language", language])
                #expect(asked.status == 1, "\(asked.output)")
            }
        }
    }

    // MARK: OpenSSL

    private static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first { FileManager.default.isExecutableFile(atPath: $0) }

    private static func openssl(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.openssl))
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// The signature is one that others check, and their keys are keys.
    @Test(.enabled(if: Self.openssl != nil, "openssl is not installed (apt-get install openssl)")) func opensslAgrees() throws {
        try Self.withSigned { folder in
            let verify = ["pkeyutl", "-verify", "-pubin", "-inkey", folder + "/key.pub", "-rawin", "-in", folder + "/manifest.json", "-sigfile", folder + "/manifest.json.sig"]
            let verified = try Self.openssl(verify)
            #expect(verified.status == 0 && verified.output.contains("Verified Successfully"))
            #expect(try Self.openssl(["pkey", "-in", folder + "/key", "-pubout"]).output == String(decoding: try Program.bytes(folder + "/key.pub"), as: UTF8.self))
            // A key of OpenSSL, and its signature of a manifest that names no key.
            #expect(try Self.openssl(["genpkey", "-algorithm", "ed25519", "-out", folder + "/own.pem"]).status == 0)
            #expect(try Self.openssl(["pkey", "-in", folder + "/own.pem", "-pubout", "-out", folder + "/own.pub"]).status == 0)
            let scan = try Program.run([
                "scan", "--quiet", "--json", folder + "/result.json", "--manifest", folder + "/manifest.json", "--sign", folder + "/own.pem", Self.telnet,
            ])
            #expect(scan.status == 0, "\(scan.errors)")
            #expect(try Program.run(["verify", folder + "/manifest.json", "--public-key", folder + "/own.pub"]).status == 0)
            let plain = try Program.run(["scan", "--quiet", "--json", folder + "/result.json", "--manifest", folder + "/manifest.json", Self.telnet])
            #expect(plain.status == 0)
            let sign = ["pkeyutl", "-sign", "-inkey", folder + "/own.pem", "-rawin", "-in", folder + "/manifest.json", "-out", folder + "/manifest.json.sig"]
            #expect(try Self.openssl(sign).status == 0)
            #expect(try Program.run(["verify", folder + "/manifest.json", "--public-key", folder + "/own.pub"]).status == 0)
            #expect(try Program.run(["verify", folder + "/manifest.json", "--public-key", folder + "/key.pub"]).status == 1)
            #expect(try Program.run(["verify", folder + "/manifest.json"]).status == 1)
            // Keys of other kinds.
            for (algorithm, words) in [("X25519", "Ed25519"), ("RSA", "Ed25519")] {
                #expect(try Self.openssl(["genpkey", "-algorithm", algorithm, "-out", folder + "/other.pem"]).status == 0)
                let run = try Program.run(["scan", "--json", folder + "/r.json", "--manifest", folder + "/m.json", "--sign", folder + "/other.pem", "--language", "fr", Self.telnet])
                #expect(run.status == 65 && run.errors.contains(words), "\(run.errors)")
            }
            #expect(try Self.openssl(["pkey", "-in", folder + "/own.pem", "-aes256", "-passout", "pass:essai", "-out", folder + "/locked.pem"]).status == 0)
            let locked = try Program.run(["scan", "--json", folder + "/r.json", "--manifest", folder + "/m.json", "--sign", folder + "/locked.pem", "--language", "fr", Self.telnet])
            #expect(locked.status == 65 && locked.errors.contains("mot de passe"), "\(locked.errors)")
        }
    }

    // MARK: Pseudonyms

    @Test func namesBecomePseudonyms() throws {
        try Program.withFolder { folder in
            try Program.write("0123456789abcdef0123456789abcdef\n".utf8, to: folder + "/names")
            try Program.write("another key, as long as need be\n".utf8, to: folder + "/others")
            func scan(_ key: String?, _ language: String) throws -> String {
                try? FileManager.default.removeItem(atPath: folder + "/registers")
                let run = try Program.run(
                    ["scan", "--language", language, "--json", folder + "/result.json", "--report", folder + "/report.html", "--registers", folder + "/registers"]
                        + (key.map { ["--pseudonymise", folder + "/" + $0] } ?? []) + [Self.hospital])
                #expect(run.status == 0 && run.errors == "", "\(run.errors)")
                let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasPrefix("re") && $0.contains(".") }
                #expect(files.count >= 10)
                return try run.output + files.sorted().map { String(decoding: try Program.bytes(folder + "/" + $0), as: UTF8.self) }.joined()
            }
            let names = ["pompe-rack-07", "moniteur-rea-04", "eai-01", "sainte-auscultation"]
            for (language, words) in [("fr", "Les noms sont des pseudonymes"), ("en", "Names are pseudonyms")] {
                let plain = try scan(nil, language)
                for name in names { #expect(plain.contains(name), "\(name)") }
                #expect(!plain.contains(words) && !plain.contains("alias-"))
                let (first, again, other) = (try scan("names", language), try scan("names", language), try scan("others", language))
                for name in names { #expect(!first.contains(name) && !other.contains(name), "\(name)") }
                #expect(first.contains(words) && first == again && first != other)
                let aliases = { (text: String) in Set(text.matches(of: #/alias-[0-9a-f]{12}/#).map { String($0.output) }) }
                #expect(aliases(first).count > 20 && aliases(first).count == aliases(other).count && aliases(first).isDisjoint(with: aliases(other)))
            }
        }
    }

    @Test func pseudonymKeysThatCannotBeUsed() throws {
        try Program.withFolder { folder in
            try Program.write("court\n".utf8, to: folder + "/short")
            try Program.write([], to: folder + "/empty")
            for (file, status, french, english) in [
                ("/short", Int32(65), "16 à 16384 octets", "16 to 16384 octets"), ("/empty", 65, "16 à 16384 octets", "16 to 16384 octets"), ("/absent", 66, "n’existe pas", "no such key"),
            ] {
                for (language, words) in [("fr", french), ("en", english)] {
                    let run = try Program.run(["scan", "--json", folder + "/r.json", "--pseudonymise", folder + file, "--language", language, Self.telnet])
                    #expect(run.status == status && run.output == "" && run.complaints.count == 1 && run.errors.contains(words), "\(run.status) \(run.errors)")
                }
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/r.json"))
        }
    }
}
