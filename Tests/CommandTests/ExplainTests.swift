import Foundation
import Testing

/// `laennec explain`: how a device is named, what is said of it, and what is said where it is not found.
@Suite struct ExplainTests {
    private static let scanner = Program.capture("dicom-store.pcap")
    private static let interfaces = Program.capture("hl7-interfaces.pcap")
    private static let address = "10.20.1.21"

    private static func explain(_ device: String, _ captures: [String], _ language: String = "en", _ more: [String] = []) throws -> Program.Outcome {
        try Program.run(["explain", "--language", language] + more + [device] + captures)
    }

    /// What the JSON result says of the scanner.
    private static func asset() throws -> [String: Any] {
        let result = try Program.result(try Program.run(["scan", "--json", "-", Self.scanner]).output)
        let assets = try #require(result["assets"] as? [[String: Any]])
        return try #require(assets.first { ($0["addresses"] as? [[String: Any]])?.contains { $0["address"] as? String == Self.address } == true })
    }

    /// Address, hardware address, title, station name, serial number and id name the same device, in any letters.
    @Test func everyNameOfADevice() throws {
        let asset = try Self.asset()
        let id = try #require(asset["id"] as? String)
        let mac = try #require((asset["macs"] as? [String])?.first)
        let serial = try #require(asset["serial"] as? String)
        let wanted = try Self.explain(Self.address, [Self.scanner])
        #expect(wanted.status == 0, "\(wanted.errors)")
        #expect(wanted.output.hasPrefix("\(Self.address) ("), "\(wanted.output)")
        #expect(wanted.output.contains(serial) && wanted.output.contains(mac) && wanted.output.contains("SOMATOM Definition AS"))
        #expect(wanted.errors == "")
        let names = (asset["names"] as? [String]) ?? []
        #expect(names.contains("CTAWP66021"), "\(names)")
        for name in [id, mac, mac.uppercased(), serial, serial.lowercased()] + names + names.map({ $0.lowercased() }) {
            let run = try Self.explain(name, [Self.scanner])
            #expect(run.status == 0, "\(name): \(run.errors)")
            #expect(run.output == wanted.output, "\(name)")
        }
    }

    /// Every sentence names a frame that is in the capture; no name of a patient is in any.
    @Test(arguments: ["en", "fr"]) func sentencesHaveFrames(_ language: String) throws {
        let run = try Self.explain(Self.address, [Self.scanner], language)
        #expect(run.status == 0, "\(run.errors)")
        let word = language == "fr" ? "Trame " : "Frame "
        let frames = run.output.components(separatedBy: "  " + word).dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(frames.count > 5)
        #expect(frames.allSatisfy { (1...77).contains($0) }, "\(frames)")
        let words =
            language == "fr"
            ? ["scanographe", "numéro de série", "Ce sont des indices indépendants", "Ses échanges de soins"]
            : ["CT scanner", "serial number", "These are independent", "Its clinical exchanges"]
        for text in words { #expect(run.output.lowercased().contains(text.lowercased()), "\(text): \(run.output)") }
        for canary in try Program.canaries("dicom-store") { #expect(!run.output.contains(canary), "\(canary)") }
    }

    /// The locale decides where no language is given.
    @Test func language() throws {
        for (locale, word) in [("fr_FR.UTF-8", "Trame "), ("en_GB.UTF-8", "Frame ")] {
            let run = try Program.run(["explain", Self.address, Self.scanner], environment: ["LC_ALL": locale])
            #expect(run.status == 0 && run.output.contains(word), "\(locale): \(run.output.prefix(200))")
        }
    }

    /// Of a device behind another it is said who speaks for it.
    @Test func aDeviceBehindAnother() throws {
        let english = try Self.explain("AGENDA", [Self.interfaces])
        #expect(english.status == 0, "\(english.errors)")
        #expect(english.output.hasPrefix("AGENDA (behind 10.20.6.20)"), "\(english.output)")
        #expect(english.output.contains("named by 10.20.6.20, which speaks for it"), "\(english.output)")
        let french = try Self.explain("agenda", [Self.interfaces], "fr")
        #expect(french.output.hasPrefix("AGENDA (derrière 10.20.6.20)"), "\(french.output)")
    }

    // MARK: What is not found

    private static func expectOneSentence(_ run: Program.Outcome, status: Int32, _ words: [String]) {
        #expect(run.status == status, "\(run.status): \(run.errors)")
        #expect(run.output == "")
        #expect(run.complaints.count == 1 && run.errors.hasPrefix("laennec: "), "\(run.errors)")
        #expect(run.errors.hasSuffix(".\n"), "\(run.errors)")
        for word in words { #expect(run.errors.contains(word), "\(word): \(run.errors)") }
    }

    /// A name that nothing has: exit code 64, one sentence with some that there are. Parts of names are no names.
    @Test(arguments: ["NOBODY", "10.99.99.99", "CTAWP", "00:00:00:00:00:00", "mac-000000000000", "", "*"])
    func unknown(_ name: String) throws {
        let english = try Self.explain(name, [Self.scanner])
        Self.expectOneSentence(english, status: 64, ["no device of that name or address", "10.20.1.10, 10.20.1.21", "\(name):"])
        let french = try Self.explain(name, [Self.scanner], "fr")
        Self.expectOneSentence(french, status: 64, ["aucun équipement de ce nom ni de cette adresse", "10.20.1.10, 10.20.1.21"])
    }

    @Test func unknownWhereThereIsNothing() throws {
        let run = try Self.explain("CT", [Self.scanner], "en", ["--filter", "port 9"])
        Self.expectOneSentence(run, status: 64, ["CT: there is no device in these captures"])
        let french = try Self.explain("CT", [Self.scanner], "fr", ["--filter", "port 9"])
        Self.expectOneSentence(french, status: 64, ["aucun équipement dans ces captures"])
    }

    /// A name that two devices have: exit code 64, and the ids that tell them apart, each of which works.
    @Test func ambiguous() throws {
        let captures = [Program.capture("vlan-overlap.pcap")]
        let english = try Self.explain("192.168.1.10", captures)
        Self.expectOneSentence(english, status: 64, ["192.168.1.10 names 2 devices; give one of these ids: "])
        let french = try Self.explain("192.168.1.10", captures, "fr")
        Self.expectOneSentence(french, status: 64, ["192.168.1.10 désigne 2 équipements"])
        let ids = try #require(english.errors.split(separator: "ids: ").last).split(separator: ", ").map { String($0.prefix { $0 != " " }) }
        #expect(ids.count == 2 && ids[0] != ids[1], "\(ids)")
        for id in ids {
            let run = try Self.explain(id, captures)
            #expect(run.status == 0 && run.output.hasPrefix("192.168.1.10"), "\(id): \(run.errors)")
        }
    }

    @Test func whatCannotBeRead() throws {
        try Program.withFolder { folder in
            Self.expectOneSentence(try Self.explain("CT", [folder + "/missing.pcap"]), status: 66, ["there is no such file"])
            Self.expectOneSentence(try Self.explain("CT", [folder + "/missing.pcap"], "fr"), status: 66, ["n’existe pas"])
            try Program.write("Patient CANARYTEXT\n".utf8, to: folder + "/notes.pcap")
            let text = try Self.explain("CT", [folder + "/notes.pcap"])
            Self.expectOneSentence(text, status: 65, ["text file"])
            #expect(!text.errors.contains("CANARY"))
            Self.expectOneSentence(try Self.explain("CT", [Self.scanner], "en", ["--filter", "tcp porrt 80"]), status: 64, ["is not valid"])
            // One that is missing beside one that is there: what is there is told, and the exit code says so.
            let both = try Self.explain(Self.address, [folder + "/missing.pcap", Self.scanner])
            #expect(both.status == 66, "\(both.errors)")
            #expect(both.complaints.count == 1 && both.errors.contains("there is no such file"), "\(both.errors)")
            #expect(both.output.contains("SOMATOM"))
        }
    }

    /// Nothing to explain, or nothing to read, is a mistake in the command.
    @Test(arguments: [[], ["CT"], ["--language", "de", "CT", "x.pcap"]])
    func usage(_ arguments: [String]) throws {
        let run = try Program.run(["explain"] + arguments)
        #expect(run.status == 64 && run.output == "" && run.errors.contains("Usage: laennec explain"), "\(run.errors)")
    }

    /// With several inputs a sentence names the file that its frame is in.
    @Test func severalCaptures() throws {
        let run = try Self.explain(Self.address, [Self.scanner, Self.interfaces])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("  dicom-store.pcap, frame 1: first seen") || run.output.contains("  dicom-store.pcap, frame 2: first seen"), "\(run.output)")
        #expect(!run.output.contains("hl7-interfaces.pcap"))
    }

    /// What a capture says is not obeyed by the terminal, nor is what was typed.
    @Test func hostileNames() throws {
        for name in ["\u{1B}]0;owned\u{7}", "\u{202E}fdp", "two\nlines"] {
            let run = try Self.explain(name, [Self.scanner])
            #expect(run.status == 64)
            #expect(run.complaints.count == 1)
            let isSafe = run.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E }
            #expect(isSafe, "\(run.errors)")
        }
    }
}
