import Foundation
import Testing

/// The command line as users and scripts meet it: exit codes, messages, languages, and what goes where.
@Suite struct CommandTests {
    private static let good = Program.capture("hl7-adt.pcap")

    // MARK: What cannot be read

    /// An input that cannot be read: the exit code, and words of the one sentence in both languages.
    struct Unreadable: CustomTestStringConvertible {
        let name: String
        let status: Int32
        let english: String
        let french: String
        /// Makes it in a folder and returns the arguments.
        let make: @Sendable (String) throws -> [String]
        var testDescription: String { self.name }
    }

    static let unreadable: [Unreadable] = [
        Unreadable(name: "missing file", status: 66, english: "there is no such file", french: "n’existe pas") { ["\($0)/missing.pcap"] },
        Unreadable(name: "missing folder", status: 66, english: "there is no such file", french: "n’existe pas") { ["\($0)/missing/"] },
        Unreadable(name: "empty file", status: 65, english: "is empty", french: "est vide") { folder in
            try Program.write([], to: folder + "/empty.pcap")
            return [folder + "/empty.pcap"]
        },
        Unreadable(name: "text file", status: 65, english: "text file", french: "fichier texte") { folder in
            try Program.write("Compte rendu\nPatient CANARYTEXT\n".utf8, to: folder + "/notes.pcap")
            return [folder + "/notes.pcap"]
        },
        Unreadable(name: "random bytes", status: 65, english: "not a packet capture", french: "pas une capture") { folder in
            try Program.write((0..<500).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ 131) }, to: folder + "/noise.pcap")
            return [folder + "/noise.pcap"]
        },
        Unreadable(name: "corrupt header", status: 65, english: "header", french: "en-tête") { folder in
            try Program.write(try Program.bytes(Self.good).prefix(17), to: folder + "/cut.pcap")
            return [folder + "/cut.pcap"]
        },
        Unreadable(name: "archive", status: 65, english: "zip archive", french: "archive zip") { folder in
            try Program.write([0x50, 0x4B, 3, 4, 20, 0] + [UInt8](repeating: 0, count: 60), to: folder + "/captures.zip")
            return [folder + "/captures.zip"]
        },
        Unreadable(name: "folder without captures", status: 66, english: "no capture in this directory", french: "aucune capture") { folder in
            try Program.write("lisez-moi\n".utf8, to: folder + "/lisez-moi.txt")
            return [folder]
        },
        Unreadable(name: "bad filter", status: 64, english: "is not valid", french: "n’est pas valide") { _ in ["--filter", "tcp porrt 80", Self.good] },
        Unreadable(name: "missing interface", status: 69, english: "no such network interface", french: "cette interface n’existe pas") { _ in
            ["--interface", "laennec-none0", "--duration", "1s"]
        },
    ]

    @Test(arguments: Self.unreadable)
    func oneSentence(_ what: Unreadable) throws {
        try Program.withFolder { folder in
            let arguments = try what.make(folder)
            for (language, words) in [("en", what.english), ("fr", what.french)] {
                let run = try Program.run(["scan", "--language", language] + arguments)
                #expect(run.status == what.status, "\(language): \(run.errors)")
                #expect(run.output == "")
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(run.errors.hasPrefix("laennec: ") && run.errors.contains(words), "\(run.errors)")
                #expect(run.errors.hasSuffix(".\n"), "\(run.errors)")
                #expect(!run.errors.contains("Fatal") && !run.errors.contains("CANARY"), "\(run.errors)")
            }
        }
    }

    @Test func unreadableFile() throws {
        try Program.withFolder { folder in
            let path = folder + "/secret.pcap"
            try FileManager.default.copyItem(atPath: Self.good, toPath: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o000], ofItemAtPath: path)
            // Root may read everything: then as nobody, where the program and the folder can be reached by others.
            var wrapper: [String] = []
            if geteuid() == 0 {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
                wrapper = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
                guard FileManager.default.isExecutableFile(atPath: wrapper[0]), (try? Program.run(["--version"], wrapper: wrapper))?.status == 0 else {
                    // Where the program lies in a folder that nobody else may enter, the reason of a refusal cannot be seen.
                    return
                }
            }
            let run = try Program.run(["scan", "--language", "fr", path], wrapper: wrapper)
            #expect(run.status == 77, "\(run.errors)")
            #expect(run.complaints.count == 1 && run.errors.contains("lecture refusée"), "\(run.errors)")
            #expect(run.output == "")
        }
    }

    // MARK: What can be read in part

    @Test func truncatedCapture() throws {
        try Program.withFolder { folder in
            let bytes = try Program.bytes(Self.good)
            try Program.write(bytes.dropLast(7), to: folder + "/cut.pcap")
            let english = try Program.run(["scan", "--language", "en", folder + "/cut.pcap"])
            #expect(english.status == 0, "\(english.errors)")
            #expect(english.output.contains("cut short at byte") && english.output.contains("10.20.2.10:2575/tcp"), "\(english.output)")
            let french = try Program.run(["scan", "--language", "fr", folder + "/cut.pcap"])
            #expect(french.status == 0)
            #expect(french.output.contains("s’interrompt à l’octet"), "\(french.output)")
            let json = try Program.result(try Program.run(["scan", "--json", "-", folder + "/cut.pcap"]).output)
            let input = try #require((json["inputs"] as? [[String: Any]])?.first)
            #expect((input["notices"] as? [String])?.count == 1)
        }
    }

    @Test func goodAndBadTogether() throws {
        try Program.withFolder { folder in
            try Program.write("text\n".utf8, to: folder + "/notes.pcap")
            let arguments = [Self.good, folder + "/missing.pcap", folder + "/notes.pcap"]
            let run = try Program.run(["scan", "--language", "en"] + arguments)
            #expect(run.status == 66, "\(run.errors)")
            #expect(run.output.contains("10.20.2.10:2575/tcp") && run.output.contains("hl7"), "\(run.output)")
            #expect(run.output.contains("no such file") && run.output.contains("text file"), "\(run.output)")
            // Where no summary is printed, standard error has them.
            let json = try Program.run(["scan", "--language", "en", "--json", "-"] + arguments)
            #expect(json.status == 66)
            #expect(json.complaints.count == 2, "\(json.errors)")
            let result = try Program.result(json.output)
            #expect((result["services"] as? [Any])?.count == 1)
            let failures = try #require(result["inputs"] as? [[String: Any]]).compactMap { $0["failure"] as? String }
            #expect(failures.count == 2)
            // The result says nothing of the machine's folders.
            #expect(!json.output.contains(folder), "the path of an input is in the result")
            let quiet = try Program.run(["scan", "--language", "en", "--quiet"] + arguments)
            #expect(quiet.status == 66)
            #expect(quiet.output == "" && quiet.complaints.count == 2, "\(quiet.errors)")
        }
    }

    @Test func severalFiles() throws {
        let files = ["dicom-echo.pcap", "hl7-adt.pcap", "telnet-login.pcap"].map(Program.capture)
        let run = try Program.run(["scan", "--language", "en"] + files)
        #expect(run.status == 0, "\(run.errors)")
        for text in ["3 inputs", "10.20.1.10:104/tcp", "10.20.2.10:2575/tcp", "10.20.3.11:23/tcp", "telnet-login.pcap, frame"] {
            #expect(run.output.contains(text), "\(text)")
        }
        #expect(try Program.run(["scan", "--language", "en"] + files.reversed()).output == run.output)
        // A file that is named twice is read once.
        #expect(try Program.run(["scan", "--language", "en", Self.good, Self.good]).output == Program.run(["scan", "--language", "en", Self.good]).output)
    }

    // MARK: Standard input and growing files

    @Test func standardInput() throws {
        let bytes = try Program.bytes(Self.good)
        let file = try Program.run(["scan", "--language", "en", Self.good])
        let run = try Program.run(["scan", "--language", "en", "-"], input: [bytes])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("standard input: 18 frames"), "\(run.output)")
        #expect(run.output.split(separator: "\n").dropFirst(2) == file.output.split(separator: "\n").dropFirst(2))
        // In small pieces, as a capture that is going on.
        let pieces = stride(from: 0, to: bytes.count, by: 301).map { Array(bytes[$0..<min($0 + 301, bytes.count)]) }
        let slow = try Program.run(["scan", "--language", "en", "-"], input: pieces)
        #expect(slow.output == run.output)
        let nothing = try Program.run(["scan", "--language", "en", "-"], input: [[]])
        #expect(nothing.status == 65, "\(nothing.errors)")
        #expect(nothing.complaints.count == 1, "\(nothing.errors)")
    }

    /// A file's name may hold what a terminal obeys: it is shown, and does nothing.
    @Test func hostileFileNames() throws {
        try Program.withFolder { folder in
            let path = folder + "/\u{1B}]0;owned\u{7}\u{202E}fdp.pcap"
            try FileManager.default.copyItem(atPath: Self.good, toPath: path)
            for arguments in [[path], [folder], [path, Self.good], [path + ".missing"], [path, folder + "/\u{1B}[2Jmissing"]] {
                for flags in [[], ["--quiet"]] {
                    let run = try Program.run(["scan", "--language", "en"] + flags + arguments)
                    for text in [run.output, run.errors] {
                        let isSafe = text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E && !(0x80..<0xA0).contains($0.value)) }
                        #expect(isSafe, "\(arguments.count) arguments \(flags)")
                    }
                }
            }
        }
    }

    /// A capture that another program is still writing: what is there is read, a record that is not whole yet is said to be cut.
    @Test func growingFile() throws {
        try Program.withFolder { folder in
            let bytes = try Program.bytes(Program.capture("demo-hospital.pcapng"))
            let path = folder + "/growing.pcapng"
            try Program.write(bytes.prefix(bytes.count / 2), to: path)
            let writer = Thread {
                guard let handle = FileHandle(forWritingAtPath: path) else { return }
                _ = try? handle.seekToEnd()
                for start in stride(from: bytes.count / 2, to: bytes.count, by: 4096) {
                    try? handle.write(contentsOf: Data(bytes[start..<min(start + 4096, bytes.count)]))
                    usleep(1000)
                }
                try? handle.close()
            }
            var frames: [Int] = []
            while !writer.isFinished {
                let run = try Program.run(["scan", "--json", "-", path])
                #expect(run.status == 0, "\(run.errors)")
                let input = try #require((try Program.result(run.output)["inputs"] as? [[String: Any]])?.first)
                frames.append(try #require(input["frames"] as? Int))
                let notices = try #require(input["notices"] as? [String])
                #expect(notices.count <= 1 && notices.allSatisfy { $0.contains("cut short") }, "\(notices)")
                // The first time it does not grow.
                if frames.count == 1 { writer.start() }
            }
            let whole = try #require((try Program.result(try Program.run(["scan", "--json", "-", path]).output)["inputs"] as? [[String: Any]])?.first)
            #expect(frames == frames.sorted() && frames[0] > 100)
            #expect(whole["frames"] as? Int ?? 0 > frames[0])
            #expect((whole["notices"] as? [String])?.isEmpty == true)
        }
    }

    // MARK: Results

    @Test func jsonToFile() throws {
        try Program.withFolder { folder in
            let path = folder + "/result.json"
            let run = try Program.run(["scan", "--language", "en", "--json", path, Self.good])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("Services that answered"))
            let text = String(decoding: try Program.bytes(path), as: UTF8.self)
            #expect(try Program.run(["scan", "--json", "-", Self.good]).output == text)
            let input = try #require((try Program.result(text)["inputs"] as? [[String: Any]])?.first)
            #expect((input["sha256"] as? String)?.count == 64)
            #expect(input["name"] as? String == "hl7-adt.pcap")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["result.json"])
        }
    }

    @Test func jsonThatCannotBeWritten() throws {
        try Program.withFolder { folder in
            for (path, language, words) in [
                (folder + "/missing/result.json", "en", "could not be written"), (folder + "/missing/result.json", "fr", "n’a pas pu être écrit"),
                (folder, "en", "could not be written"),
            ] {
                let run = try Program.run(["scan", "--language", language, "--json", path, Self.good])
                #expect(run.status == 73, "\(run.errors)")
                #expect(run.complaints.count == 1 && run.errors.contains(words), "\(run.errors)")
                #expect(run.output == "")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test func fullDisk() throws {
        let output = try Program.run(["scan", "--language", "fr", "--json", "-", Self.good], output: "/dev/full")
        #expect(output.status == 73, "\(output.status) \(output.errors)")
        #expect(output.complaints.count == 1 && output.errors.contains("n’a pas pu être écrit"), "\(output.errors)")
        // A file: a device of the same kind in a folder of ours, where the system lets us make one.
        try Program.withFolder { folder in
            let path = folder + "/full"
            guard unsafe mknod(path, S_IFCHR | 0o666, dev_t(1 << 8 | 7)) == 0, let handle = FileHandle(forWritingAtPath: path) else { return }
            try? handle.close()
            let file = try Program.run(["scan", "--language", "en", "--json", path, Self.good])
            #expect(file.status == 73, "\(file.status) \(file.errors)")
            #expect(file.complaints.count == 1 && file.errors.contains("could not be written"), "\(file.errors)")
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            #expect(type == .typeCharacterSpecial, "the device was replaced by a file")
        }
    }

    /// A FIFO, as `--json >(program)` gives one, is written to and not replaced.
    @Test func fifo() throws {
        try Program.withFolder { folder in
            let path = folder + "/fifo"
            let isMade = unsafe mkfifo(path, 0o600) == 0
            #expect(isMade)
            let reader = Process()
            reader.executableURL = URL(fileURLWithPath: "/bin/sh")
            reader.arguments = ["-c", "timeout 10 cat \"$0\" > \"$1\"", path, folder + "/copy"]
            try reader.run()
            let run = try Program.run(["scan", "--language", "en", "--json", path, Self.good])
            reader.waitUntilExit()
            #expect(run.status == 0, "\(run.errors)")
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            #expect(type == .typeUnknown || type?.rawValue.contains("ifo") == true, "the FIFO was replaced by a file: \(type?.rawValue ?? "")")
            let copy = String(decoding: try Program.bytes(folder + "/copy"), as: UTF8.self)
            #expect((try? Program.result(copy)["format"] as? String) == "laennec-result")
        }
    }

    /// A result that cannot be written leaves the last one as it was.
    @Test func lastResultStays() throws {
        try Program.withFolder { folder in
            let path = folder + "/result.json"
            try Program.write("last\n".utf8, to: path)
            try FileManager.default.createDirectory(atPath: path + ".partial", withIntermediateDirectories: true)
            let run = try Program.run(["scan", "--language", "en", "--json", path, Self.good])
            #expect(run.status == 73, "\(run.errors)")
            #expect(try Program.bytes(path) == Array("last\n".utf8))
        }
    }

    /// `laennec … | head -1` is no error, and nothing is complained about.
    @Test func readerThatGoesAway() throws {
        let script = "\"$0\" signatures list | head -1; \"$0\" scan --json - \"$1\" | head -c 10 > /dev/null"
        let run = try Program.run([Self.good], wrapper: ["/bin/sh", "-c", script])
        #expect(run.status == 0)
        #expect(run.output.split(separator: "\n").count == 1)
        #expect(!run.errors.contains("Fatal"), "\(run.errors)")
    }

    // MARK: Languages, colours, quiet

    @Test func languages() throws {
        let french = try Program.run(["scan", "--language", "fr", Self.good])
        let english = try Program.run(["scan", "--language", "en", Self.good])
        #expect(french.output.contains("Dispositifs\u{00A0}:") && french.output.contains("Constats\u{00A0}:") && !french.output.contains("Devices:"))
        #expect(english.output.contains("Devices:") && english.output.contains("Findings:") && !english.output.contains("Dispositifs"))
        // That of the locale, where nothing is said; LC_ALL before LC_MESSAGES before LANG.
        #expect(try Program.run(["scan", Self.good], environment: ["LC_ALL": "fr_FR.UTF-8"]).output == french.output)
        #expect(try Program.run(["scan", Self.good], environment: ["LC_ALL": "", "LANG": "fr_CA.UTF-8"]).output == french.output)
        #expect(try Program.run(["scan", Self.good], environment: ["LC_ALL": "en_GB.UTF-8", "LANG": "fr_FR.UTF-8"]).output == english.output)
        #expect(try Program.run(["scan", Self.good], environment: ["LC_ALL": "de_DE.UTF-8"]).output == english.output)
        for alias in ["french", "français", "FR"] { #expect(try Program.run(["scan", "--language", alias, Self.good]).output == french.output) }
    }

    /// No escape sequence where the output is no terminal, and none on a terminal where NO_COLOR is set.
    @Test func colours() throws {
        #expect(!(try Program.run(["scan", Self.good]).output.contains("\u{1B}")))
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
        func onTerminal(_ environment: [String: String]) throws -> String {
            // script(1) gives the program a terminal.
            let command = "exec /usr/bin/script -qec \"$0 scan --language en $1\" /dev/null"
            return try Program.run([Self.good], environment: ["TERM": "xterm"].merging(environment) { $1 }, wrapper: ["/bin/sh", "-c", command]).output
        }
        #expect(try onTerminal([:]).contains("\u{1B}[1m"))
        #expect(!(try onTerminal(["NO_COLOR": "1"]).contains("\u{1B}[1m")))
        #expect(!(try onTerminal(["TERM": "dumb"]).contains("\u{1B}[1m")))
        #expect(try onTerminal(["NO_COLOR": ""]).contains("\u{1B}[1m"))
    }

    @Test func quiet() throws {
        let run = try Program.run(["scan", "--quiet", Self.good])
        #expect(run.status == 0 && run.output == "" && run.errors == "")
        try Program.withFolder { folder in
            let run = try Program.run(["scan", "--quiet", "--json", folder + "/r.json", Self.good])
            #expect(run.status == 0 && run.output == "" && run.errors == "")
            #expect(try Program.bytes(folder + "/r.json").count > 1000)
        }
    }

    @Test func failOn() throws {
        let telnet = Program.capture("telnet-login.pcap")
        #expect(try Program.run(["scan", telnet]).status == 0)
        let failed = try Program.run(["scan", "--fail-on", "major", telnet])
        #expect(failed.status == 1)
        #expect(failed.output.contains("Findings:") && failed.errors == "")
        #expect(try Program.run(["scan", "--fail-on", "information", telnet]).status == 1)
        #expect(try Program.run(["scan", "--fail-on", "major", Program.capture("arp.pcap")]).status == 0)
        #expect(try Program.run(["scan", "--fail-on", "terrible", telnet]).status == 64)
    }

    @Test func filter() throws {
        let all = try Program.run(["scan", "--language", "en", "--filter", "tcp port 2575", Self.good])
        #expect(all.status == 0 && all.output.contains("10.20.2.10:2575/tcp"))
        let none = try Program.run(["scan", "--language", "en", "--filter", "udp port 9", Self.good])
        #expect(none.status == 0 && none.output.contains("Services that answered: 0"), "\(none.output)")
    }

    // MARK: Wrong use

    @Test(arguments: [
        ["scan"], ["scan", "--threads", "0", "x"], ["scan", "--threads", "17", "x"], ["scan", "--threads", "two", "x"], ["scan", "--memory", "1M", "x"],
        ["scan", "--memory", "much", "x"], ["scan", "--duration", "10s", "x"], ["scan", "--interface", "lo", "x"], ["scan", "--language", "klingon", "x"],
        ["scan", "--unknown", "x"], ["scan", "--interface", "lo", "--duration", "-1"], ["listen"], ["signatures", "show"], ["signatures", "show", "no-such-id"],
    ])
    func wrongUse(_ arguments: [String]) throws {
        let run = try Program.run(arguments)
        #expect(run.status == 64, "\(run.status): \(run.errors)")
        #expect(run.output == "")
        #expect(!run.errors.isEmpty && !run.errors.contains("Fatal"), "\(run.errors)")
        // A message, then how it is used.
        #expect(run.complaints.count <= 4, "\(run.errors)")
    }

    // MARK: Other commands

    @Test func signatures() throws {
        let list = try Program.run(["signatures", "list", "--language", "en"])
        #expect(list.status == 0 && list.errors == "")
        #expect(list.output.split(separator: "\n").count > 50)
        #expect(list.output.contains("cleartext-login-telnet  [major]"), "\(list.output.suffix(500))")
        #expect(try Program.run(["signatures", "--language", "en"]).output == list.output)
        let french = try Program.run(["signatures", "list", "--language", "fr"])
        #expect(french.output != list.output && french.output.contains("majeur"))
        let show = try Program.run(["signatures", "show", "cleartext-login-telnet"])
        #expect(show.status == 0)
        #expect(show.output.hasPrefix("# exposure/") && show.output.contains("id: cleartext-login-telnet") && show.output.contains("login.clear"))
        #expect(!show.output.contains("id: cleartext-login-ftp"))
        let check = try Program.run(["signatures", "check", "--language", "fr"])
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output.contains("tout est correct"))
    }

    @Test func signaturesOfTheUser() throws {
        try Program.withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/exposure", withIntermediateDirectories: true)
            try Program.write("rules:\n  - id: own-rule\n    nonsense: 1\n".utf8, to: folder + "/exposure/own.yaml")
            for arguments in [["signatures", "check", folder], ["scan", "--signatures", folder, Self.good], ["signatures", "list", "--signatures", folder]] {
                let run = try Program.run(arguments)
                #expect(run.status == 78, "\(arguments): \(run.status) \(run.errors)")
                #expect(run.output == "")
                #expect(run.errors.contains("exposure/own.yaml:"), "\(run.errors)")
            }
            for bad in [folder + "/missing", folder + "/exposure"] {
                let run = try Program.run(["scan", "--signatures", bad, Self.good])
                #expect(run.status == 78, "\(run.status)")
                #expect(run.complaints.count == 1 && run.errors.contains("not a signature folder"), "\(run.errors)")
            }
        }
    }

    @Test func interfaces() throws {
        let run = try Program.run(["interfaces", "--language", "fr"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("lo: "), "\(run.output)")
        #expect(run.output.split(separator: "\n").allSatisfy { $0.contains(": active") || $0.contains(": inactive") }, "\(run.output)")
    }

    @Test func versionAndHelp() throws {
        let version = try Program.run(["--version"])
        #expect(version.status == 0 && version.errors == "")
        #expect(version.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil, "\(version.output)")
        for arguments in [["--help"], ["scan", "--help"], ["signatures", "--help"], ["interfaces", "--help"], ["signatures", "check", "-h"], ["help", "scan"]] {
            let help = try Program.run(arguments)
            #expect(help.status == 0 && help.errors == "", "\(arguments): \(help.errors)")
            #expect(help.output.contains("USAGE: laennec"), "\(arguments)")
        }
        let help = try Program.run(["--help"]).output
        for code in ["64", "65", "66", "69", "73", "77", "78"] { #expect(help.contains(code + " ") || help.contains(code + "\n"), "\(code)") }
        #expect(try Program.run([]).output.contains("USAGE: laennec"))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completion(_ shell: String) throws {
        let run = try Program.run(["--generate-completion-script", shell])
        #expect(run.status == 0 && run.errors == "")
        for word in ["laennec", "scan", "fail-on", "language"] { #expect(run.output.contains(word), "\(word)") }
        guard shell == "bash", FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
        try Program.withFolder { folder in
            try Program.write(run.output.utf8, to: folder + "/laennec")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-n", folder + "/laennec"]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    // MARK: Secrets and places

    /// Neither what is printed nor what is complained about holds a secret, in any way of running.
    @Test(arguments: ["demo-hospital.pcapng", "hl7-variants.pcap", "dicom-store.pcap", "http-nginx.pcap", "telnet-lines.pcap", "ftp-login.pcap", "dicom-user-identity.pcap"])
    func noSecrets(_ capture: String) throws {
        let canaries = try Program.canaries(capture.split(separator: ".").first.map(String.init) ?? "")
        #expect(!canaries.isEmpty)
        try Program.withFolder { folder in
            let bytes = try Program.bytes(Program.capture(capture))
            try Program.write(bytes.prefix(bytes.count * 2 / 3), to: folder + "/cut.pcap")
            let runs = [
                ["scan", "--language", "fr", Program.capture(capture)], ["scan", "--json", "-", "--threads", "2", Program.capture(capture)],
                ["scan", "--language", "en", folder + "/cut.pcap"], ["scan", "--language", "en", "--filter", "tcp", Program.capture(capture)],
            ]
            for arguments in runs {
                let run = try Program.run(arguments)
                #expect(run.status == 0, "\(run.errors)")
                for canary in canaries {
                    #expect(!run.output.lowercased().contains(canary.lowercased()), "\(arguments[1]): \(canary)")
                    #expect(!run.errors.lowercased().contains(canary.lowercased()), "\(arguments[1]): \(canary)")
                }
            }
        }
    }

    @Test func threadsDoNotMatter() throws {
        let capture = Program.capture("demo-hospital.pcapng")
        let wanted = try Program.run(["scan", "--json", "-", capture]).output
        for threads in ["2", "16"] { #expect(try Program.run(["scan", "--json", "-", "--threads", threads, capture]).output == wanted) }
        #expect(try Program.run(["scan", "--json", "-", "--memory", "2G", capture]).output == wanted)
    }
}
