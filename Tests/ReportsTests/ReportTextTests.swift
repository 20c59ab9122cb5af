import Foundation
import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// What a report makes of hostile text and of both languages.
@Suite struct ReportTextTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let loaded = Result { try SignatureSet(directory: Self.root.appendingPathComponent("Signatures").path) }

    /// Texts that would do harm in a terminal, in a log or in a page.
    static let hostile = [
        "\u{1B}[31mred\u{1B}[0m", "\u{1B}]0;title\u{7}", "\u{9B}2J", "bell\u{7}", "over\rwritten", "two\nlines", "tab\tbed", "\u{202E}fdp.exe", "\u{2066}isolate\u{2069}",
        "zero\u{200B}width", "null\u{0}byte", "del\u{7F}", "\u{85}next line", "\u{2028}separator", "<script>alert(1)</script>", "\"quote\"\\", "%s%n%x", "$(reboot)",
        "\u{E0041}tag", "bom\u{FEFF}", String(repeating: "A", count: 65_536), String(repeating: "\u{301}", count: 70_000), "\u{FFFF}\u{10FFFF}",
    ]

    private static let time = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)

    /// A report in which everything that can be named is named so.
    /// - Parameter input: the name in inputs, their notices and failures. What makes a report makes these printable, as observations
    ///   are: only a format that escapes has to bear others.
    private static func report(naming text: String, input: String? = nil) throws -> Report {
        let log = ObservationLog(capacity: 4096, seed: 1)
        let ledger = Ledger(log: log, limit: 4096)
        let host = HostKey(try #require(IPAddress("10.0.0.10")), in: .none)
        let client = HostKey(try #require(IPAddress("10.0.0.20")), in: .none)
        let evidence = Evidence(frame: 1, time: Self.time)
        let service = ServiceKey(host: host, port: 104, transport: .tcp)
        ledger.note(host, mac: MACAddress(rawValue: 0x0200_0000_000A), first: evidence, lastSeen: Self.time)
        ledger.note(client, mac: MACAddress(rawValue: 0x0200_0000_000B), first: evidence, lastSeen: Self.time)
        var protocols = ProtocolList()
        for proved in [ApplicationProtocol.dicom, .telnet] { protocols.add(proved) }
        let tally = ConversationTally(flows: 1, answered: 1, lastSeen: Self.time, first: evidence, answer: evidence)
        ledger.note(
            Ledger.FlowRecord(
                client: client, server: host, port: 104, transport: .tcp, protocols: protocols, tally: tally, clientMAC: .zero, serverMAC: .zero,
                clientHeard: evidence, serverHeard: evidence))
        let bytes = Array(text.utf8)
        for attribute in Attribute.allCases where attribute.definition.kind == .text && attribute != .serviceProtocol && attribute != .linkAddress {
            log.record(.host(host), attribute, bytes.rawSpan, at: evidence)
            log.record(.host(client), attribute, .text(text), at: evidence)
            log.record(.service(service), attribute, bytes.rawSpan, at: evidence)
            log.record(.conversation(ConversationKey(client: client, service: service)), attribute, .text(text), at: evidence)
            log.record(.device(DeviceKey(behind: host, naming: .serial, identifier: PrintableText.make(text))), attribute, .text(text), at: evidence)
        }
        log.record(.service(service), .loginClear, .text("telnet"), at: evidence)
        let inventory = ledger.inventory(of: ScanID(rawValue: 7), shard: 0)
        let name = input ?? PrintableText.make(text)
        let input = Report.Input(
            name: name + ".pcap", sha256: nil, format: "pcap", firstFrame: 1, frames: 1, filteredOut: 0, firstTime: Self.time, lastTime: Self.time,
            notices: [Text(french: "Avis : \(name)", english: "Notice: \(name)")], failure: nil)
        let failed = Report.Input(
            name: name, sha256: nil, format: "", firstFrame: 2, frames: 0, filteredOut: 0, firstTime: nil, lastTime: nil, notices: [],
            failure: Text(french: "\(name) : illisible.", english: "\(name): unreadable."))
        var coverage = Coverage()
        coverage.encapsulations = ["VXLAN": 1]
        coverage.misunderstood = [.init(reason: "LINKTYPE 147", frames: 1, firstFrame: 1)]
        return Report(inputs: [input, failed], inventory: inventory, coverage: coverage, signatures: try Self.loaded.get())
    }

    private static func json(_ report: Report) throws -> String {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { try JSONReport.write(report, to: $0) }
        return try #require(String(validating: bytes, as: UTF8.self))
    }

    /// Nothing in the output moves the cursor, changes colours, hides or reorders text.
    @Test(arguments: Self.hostile.indices) func terminalStaysSafe(_ index: Int) throws {
        let report = try Self.report(naming: Self.hostile[index])
        for language in Language.allCases {
            let text = TerminalReport.text(report, language: language, hasColour: false, width: 100)
            #expect(text.count > 200)
            let bad = text.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n"
                case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
                default: false
                }
            }
            #expect(Set(bad.map { String($0.value, radix: 16) }) == [], "\(language)")
            // A name of 64 KiB does not become the report.
            #expect(text.utf8.count < 40_000, "\(language)")
            #expect(!text.contains("\ntwo\n") && !text.contains("two\nlines"))
        }
    }

    /// Colours are ours and always end.
    @Test(arguments: Self.hostile.indices) func coloursAreOurs(_ index: Int) throws {
        let report = try Self.report(naming: Self.hostile[index])
        let text = TerminalReport.text(report, language: .french, hasColour: true, width: 100)
        #expect(text.contains("\u{1B}["))
        let sequences = text.components(separatedBy: "\u{1B}").dropFirst()
        #expect(sequences.allSatisfy { $0.hasPrefix("[0m") || $0.hasPrefix("[1m") || $0.hasPrefix("[2m") || $0.hasPrefix("[31m") || $0.hasPrefix("[33m") || $0.hasPrefix("[36m") })
        for line in text.split(separator: "\n") where line.contains("\u{1B}") {
            #expect(line.components(separatedBy: "\u{1B}[0m").count - 1 == line.components(separatedBy: "\u{1B}[").count / 2, "\(line)")
        }
    }

    @Test(arguments: Self.hostile.indices) func jsonStaysValid(_ index: Int) throws {
        let text = try Self.json(try Self.report(naming: Self.hostile[index], input: Self.hostile[index]))
        let result = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(result["format"] as? String == "laennec-result")
        #expect((result["assets"] as? [Any])?.count ?? 0 >= 2)
        #expect((result["services"] as? [Any])?.count == 1)
        #expect((result["conversations"] as? [Any])?.count == 1)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F) })
        // Values are bounded, whatever came: attributes of one service alone would else be megabytes.
        #expect(text.utf8.count < 4_000_000)
    }

    // MARK: Both languages

    @Test func bothLanguages() throws {
        let report = try Self.report(naming: "moniteur-rea-04")
        let french = TerminalReport.text(report, language: .french, hasColour: false, width: 160)
        let english = TerminalReport.text(report, language: .english, hasColour: false, width: 160)
        let words = [
            ("Dispositifs\u{00A0}: ", "Devices: "), ("Services qui ont répondu\u{00A0}: ", "Services that answered: "), ("Constats\u{00A0}: ", "Findings: "),
            ("Ce que la capture permettait de voir", "What the capture could show"), ("preuve", "evidence"), ("constructeur", "maker"), ("trame", "frame"),
            ("Avis : ", "Notice: "), (" : illisible.", ": unreadable."), ("encapsulations ouvertes", "encapsulations opened"),
            ("trames non comprises", "frames not understood"),
        ]
        for (inFrench, inEnglish) in words {
            #expect(french.contains(inFrench), "\(inFrench)")
            #expect(!english.contains(inFrench), "\(inFrench)")
            #expect(english.contains(inEnglish), "\(inEnglish)")
            #expect(!french.contains(inEnglish), "\(inEnglish)")
        }
        #expect(report.findings.contains { $0.rule == "cleartext-login-telnet" })
        for finding in report.findings {
            let text = try #require(report.texts.text(of: finding.rule))
            #expect(french.contains(text.title.french), "\(finding.rule)")
            #expect(english.contains(text.title.english), "\(finding.rule)")
        }
        // The same facts in both: addresses, ports, frames.
        for fact in ["10.0.0.10", "10.0.0.20", "10.0.0.10:104/tcp"] { #expect(french.contains(fact) && english.contains(fact)) }
        // JSON carries both.
        let json = try Self.json(report)
        let finding = try #require(report.findings.first)
        let first = try #require(report.texts.text(of: finding.rule))
        #expect(json.contains("\"fr\":\"\(first.title.french)\"") && json.contains("\"en\":\"\(first.title.english)\""))
    }

    /// Thousands are set apart as each language does, and French punctuation has its spaces.
    @Test func numbersAndPunctuation() throws {
        var report = try Self.report(naming: "a")
        report.scans[0].inputs[0].frames = 1_234_567
        let french = TerminalReport.text(report, language: .french, hasColour: false, width: 160)
        let english = TerminalReport.text(report, language: .english, hasColour: false, width: 160)
        #expect(french.contains("1\u{202F}234\u{202F}567 trames"))
        #expect(english.contains("1,234,567 frames"))
        for line in french.split(separator: "\n") where line.contains(": ") && !line.contains("::") {
            let text = line.replacing("moniteur", with: "")
            #expect(!text.contains(#/[a-zé]: [a-z0-9]/#) || text.contains("http"), "\(line)")
        }
    }

    @Test func emptyReport() throws {
        let report = Report(inputs: [], inventory: Inventory(), coverage: Coverage(), signatures: try Self.loaded.get())
        let french = TerminalReport.text(report, language: .french, hasColour: false, width: 80)
        let english = TerminalReport.text(report, language: .english, hasColour: false, width: 80)
        #expect(french.contains("aucune trame n’a été lue") && french.contains("Constats\u{00A0}: aucun"))
        #expect(english.contains("no frame was read") && english.contains("Findings: none"))
        var coverage = Coverage()
        coverage.frames = 3
        let mute = Report(inputs: [], inventory: Inventory(), coverage: coverage, signatures: try Self.loaded.get())
        #expect(TerminalReport.text(mute, language: .french, hasColour: false, width: 80).contains("aucun dispositif"))
        let result = try #require(try JSONSerialization.jsonObject(with: Data(try Self.json(report).utf8)) as? [String: Any])
        for key in ["inputs", "assets", "services", "conversations", "findings"] { #expect((result[key] as? [Any])?.isEmpty == true, "\(key)") }
        #expect(result["coverage"] is [String: Any])
    }
}
