import Foundation
import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// The cut-off sheet as a file of nft(8).
@Suite struct CutOffRulesTests {
    private static func lab() throws -> RegisterLab {
        var lab = RegisterLab()
        try lab.flow("203.0.113.99", "10.30.0.5", 443, [.tls])
        try lab.flow("2001:4860:1::9", "fd00::5", 443, [.tls])
        try lab.flow("203.0.113.5", "10.10.0.4", 22, [.ssh])
        try lab.flow("10.40.0.5", "203.0.113.70", 51_820, [.wireguard], transport: .udp)
        try lab.flow("10.40.0.5", "203.0.113.71", 0, [.esp], transport: .esp)
        try lab.flow("10.40.0.4", "203.0.113.91", 443, [.tls])
        try lab.flow("10.10.0.4", "203.0.113.92", 443, [.tls])
        try lab.flow("10.40.0.4", "203.0.113.53", 53, [.dns], transport: .udp)
        try lab.flow("10.200.0.4", "10.30.0.6", 445, [.smb])
        return lab
    }
    /// With blocks inside each other, twice, of both families, and private ones, which are inside anyway.
    private static let yaml = """
        reseaux-internes: [198.51.100.0/24, 198.51.100.0/25, 198.51.100.0/24, 10.0.0.0/8, 2001:db8:5::/48, 192.0.2.1]
        zones:
          - {nom: Imagerie, type: imagerie, reseaux: [10.10.0.0/16]}
          - {nom: Bureaux, type: bureautique, reseaux: [10.40.0.0/16, "fd00:40::/32"]}
          - {nom: Site B, type: inter-sites, reseaux: [10.200.0.0/16]}
        mainteneurs: [{nom: "Exemple } ; flush ruleset #", adresses-publiques: [203.0.113.5]}]
        """

    private static let nft: String? = {
        guard let path = ["/usr/sbin/nft", "/sbin/nft"].first(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
        return (try? Self.check("table inet laennec_test {}\n", with: path)) == "" ? path : nil
    }()

    /// What nft says of a file, which it reads and does not apply; nothing where all is correct.
    private static func check(_ text: String, with path: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-\(UUID().uuidString).nft")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", "-f", file.path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let errors = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? "" : "status \(process.terminationStatus): " + String(decoding: errors, as: UTF8.self)
    }

    @Test(.enabled(if: Self.nft != nil, "nft is not installed, or may not check rules here (root is needed)"), arguments: Language.allCases)
    func nftTakesThem(_ language: Language) throws {
        let nft = try #require(Self.nft)
        for report in [try Self.lab().report(Self.yaml), try Self.lab().report(), try RegisterLab().report(), try RegisterLab().report(Self.yaml)] {
            let rules = CutOffRules.nftables(report, language)
            #expect(try Self.check(rules, with: nft) == "", "\(rules)")
        }
    }

    @Test(.enabled(if: Self.nft != nil, "nft is not installed, or may not check rules here (root is needed)"))
    func nftSeesMistakes() throws {
        let rules = CutOffRules.nftables(try Self.lab().report(Self.yaml), .french)
        #expect(try Self.check(rules.replacing("counter drop", with: "counter dorp"), with: try #require(Self.nft)) != "")
    }

    @Test func everyCutIsThere() throws {
        let report = try Self.lab().report(Self.yaml)
        let lines = CutOffRules.nftables(report, .french).split(separator: "\n").map(String.init)
        let drops = lines.filter { $0.hasSuffix(" counter drop") }
        #expect(drops.count >= report.cutOff.cuts.count)
        #expect(drops.contains { $0.contains("ip saddr { 203.0.113.5 } ip daddr { 10.10.0.4 } tcp dport { 22 }") }, "\(drops)")
        #expect(drops.contains { $0.contains("ip saddr != @internal4 ip daddr { 10.30.0.5 } tcp dport { 443 }") }, "\(drops)")
        #expect(drops.contains { $0.contains("ip6 saddr != @internal6 ip6 daddr { fd00::5 }") }, "\(drops)")
        #expect(drops.contains { $0.contains("meta l4proto esp") }, "\(drops)")
        // What is kept comes before what is cut, or it would be cut.
        let kept = try #require(lines.firstIndex { $0.hasSuffix(" accept") && $0.contains("203.0.113.53") })
        #expect(kept < (lines.firstIndex { $0.hasSuffix(" counter drop") } ?? 0))
        // No rule is about everything.
        #expect(drops.allSatisfy { $0.contains("{") })
    }

    /// Names from the wire and from the site stand in comments, and stay there.
    @Test(arguments: ["a\ndelete table inet x", "a\r\nflush ruleset", "a\u{2028}b", "} ; flush ruleset", "a\u{0}b", "\u{1B}[31m", "# x", "\\\n", String(repeating: "é", count: 500), "a\u{85}b", "x\u{301}\n"])
    func commentsCannotBreakOut(_ name: String) throws {
        let escaped = name.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0 != "\"" && $0 != "\\" ? String($0) : $0.value < 0x100 ? "\\x" + (String($0.value, radix: 16).count < 2 ? "0" : "") + String($0.value, radix: 16) : "\\u" + String(repeating: "0", count: 4 - String($0.value, radix: 16).count) + String($0.value, radix: 16) }
            .joined()
        let yaml = "mainteneurs: [{nom: \"\(escaped)\", adresses-publiques: [203.0.113.5]}]"
        let plain = "mainteneurs: [{nom: Exemple, adresses-publiques: [203.0.113.5]}]"
        func commands(_ yaml: String) throws -> [String] {
            CutOffRules.nftables(try Self.lab().report(yaml), .english).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.hasPrefix("#") }.sorted()
        }
        #expect(try commands(yaml) == commands(plain))
        let text = CutOffRules.nftables(try Self.lab().report(yaml), .english)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 2000 })
    }
}
