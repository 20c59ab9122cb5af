import Foundation
import Inventory
import Observations
@testable import Reports
import Rules
import Testing
import Wire

/// The page: nothing from the wire is markup in it, it loads nothing, and it stays small.
@Suite struct HTMLReportTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let signatures = Result { try SignatureSet(directory: Self.root.appendingPathComponent("Signatures").path) }
    private static let time = Timestamp(seconds: 1_700_000_000)

    // MARK: Reports

    /// A report of a generated network.
    /// - Parameter name: what a device calls itself.
    static func report(devices: Int, conversations: Int, name: (Int) -> String) throws -> Report {
        let log = ObservationLog(capacity: 1 << 20, seed: 1)
        let ledger = Ledger(log: log, limit: 1 << 22)
        let protocols: [(ApplicationProtocol?, UInt16, Transport)] = [
            (.dicom, 104, .tcp), (.hl7, 2575, .tcp), (.telnet, 23, .tcp), (.http, 80, .tcp), (.smb, 445, .tcp), (.tls, 443, .tcp), (.dns, 53, .udp), (.rdp, 3389, .tcp),
            (.snmp, 161, .udp), (nil, 4242, .tcp),
        ]
        // 250 devices to a subnet.
        func host(_ index: Int) -> HostKey {
            let subnet = index / 250
            return HostKey(IPAddress(v4: 10 << 24 | UInt32(subnet) << 8 | UInt32(index % 250 + 1)), in: .none)
        }
        for index in 0..<devices {
            let evidence = Evidence(frame: UInt64(index + 1), time: Timestamp(seconds: 1_700_000_000 + Int64(index % 80_000)))
            ledger.note(host(index), mac: MACAddress(rawValue: 0x0009_FB00_0000 + UInt64(index)), first: evidence, lastSeen: evidence.time)
            log.record(.host(host(index)), .dhcpHostname, .text(name(index)), at: evidence)
        }
        for index in 0..<conversations {
            let (spoken, port, transport) = protocols[index % protocols.count]
            let client = index % devices
            let server = (index / devices * 7919 + client * 31 + 17) % min(devices, 3000)
            guard client != server else { continue }
            let evidence = Evidence(frame: UInt64(devices + index), time: Timestamp(seconds: 1_700_000_000 + Int64(index % 80_000)))
            var list = ProtocolList()
            if let spoken { list.add(spoken) }
            // One in fifty is with the Internet.
            let isOutside = index % 50 == 0
            let other = isOutside ? HostKey(IPAddress(v4: 203 << 24 | 113 << 8 | UInt32(index / 50 % 200)), in: .none) : host(server)
            let tally = ConversationTally(
                flows: 3, answered: 2, bytesFromClient: 4000, bytesFromServer: 90_000, packetsFromClient: 20, packetsFromServer: 70, lastSeen: evidence.time,
                first: evidence, answer: evidence)
            ledger.note(
                Ledger.FlowRecord(
                    client: host(client), server: other, port: port, transport: transport, protocols: list, tally: tally, clientMAC: .zero, serverMAC: .zero,
                    clientHeard: evidence, serverHeard: evidence))
            if spoken == .telnet, index % 40 == 2 { log.record(.service(ServiceKey(host: other, port: port, transport: transport)), .loginClear, .text("telnet"), at: evidence) }
        }
        var site = Site.standard
        var warnings: [SiteProblem] = []
        if let text = Self.siteText {
            site = try Site(yaml: text, name: "site.yml", warnings: &warnings) { _ in .failure(SiteProblem(file: "", line: 0, text: Text(french: "", english: ""), isWarning: false)) }
        }
        let input = Report.Input(
            name: name(0) + ".pcap", sha256: String(repeating: "ab", count: 32), format: "pcap", firstFrame: 1, frames: UInt64(devices + conversations), filteredOut: 0,
            firstTime: Self.time, lastTime: Timestamp(seconds: 1_700_080_000), notices: [Text(french: "Avis : \(name(1))", english: "Notice: \(name(1))")], failure: nil)
        return Report(inputs: [input], inventory: ledger.inventory(of: ScanID(rawValue: 7), shard: 0), coverage: Coverage(), signatures: try Self.signatures.get(), site: site)
    }

    private static let siteText: String? = """
        etablissement: {nom: Centre hospitalier d'essai}
        zones:
          - {nom: "Imagerie <b>", type: imagerie, reseaux: [10.0.0.0/24], unites-de-soins: [Scanner]}
          - {nom: Laboratoire, type: laboratoire, reseaux: [10.0.1.0/24]}
        matrice-des-flux:
          - {identifiant: F1, description: Images, émetteur: "Imagerie <b>", récepteur: 10.0.0.5, protocole: DICOM}
          - {identifiant: F2, description: Jamais, émetteur: Laboratoire, récepteur: 10.9.0.8, protocole: HL7}
        """

    private static func page(_ report: Report, _ language: Language = .french) throws -> String {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { try HTMLReport.write(report, language, to: $0) }
        return try #require(String(validating: bytes, as: UTF8.self))
    }

    private static func small(_ name: (Int) -> String = { "device-\($0)" }) throws -> Report { try self.report(devices: 12, conversations: 120, name: name) }

    // MARK: Writing

    private static func written(_ body: (inout HTMLWriter) throws -> Void) throws -> String {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { sink in
            var html = HTMLWriter(sink)
            try body(&html)
            try html.flush(atLeast: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func textIsNeverMarkup() throws {
        let text = try Self.written { html in
            html.element("p", ["class": "a\"b'<>&", "hidden": nil, "open": ""], "<b>&amp;\u{202E}\u{0}</p>")
            html.element("td") { html in
                html.text("é")
                html.void("br")
            }
        }
        #expect(text == "<p class=\"a&quot;b&#39;&lt;&gt;&amp;\" open>&lt;b&gt;&amp;amp;\u{FFFD}\u{FFFD}&lt;/p&gt;</p><td>é<br></td>")
    }

    @Test func dataIsNeverMarkup() throws {
        var data = ScriptData()
        data.object { data in
            data.field("a", "</script><!--&\u{2028}\"\\\u{7}")
            data.field("b", ["x", "y"])
            data.field("c", -5)
        }
        let text = try Self.written { html in try html.data(id: "d", data) }
        #expect(
            text == "<script type=\"application/json\" id=\"d\">{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\u{FFFD}\\\"\\\\\u{FFFD}\",\"b\":[\"x\",\"y\"],\"c\":-5}</script>")
    }

    /// The elements of a page are closed in the order in which they were opened; gives the names of all that were opened.
    private static func elements(_ page: String) throws -> [String: Int] {
        let void: Set<String> = ["meta", "br", "input"]
        var counts: [String: Int] = [:]
        var open: [String] = []
        // A mark that combines with the > before it would make one character of both.
        var rest = Substring(String(String.UnicodeScalarView(page.unicodeScalars.filter { !$0.properties.isGraphemeExtend })))
        while let start = rest.firstIndex(of: "<") {
            rest = rest[start...].dropFirst()
            if rest.hasPrefix("!DOCTYPE html>") { continue }
            let isEnd = rest.first == "/"
            let name = String(rest.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
            try #require(!name.isEmpty, "a lone < before \(rest.prefix(40))")
            // To the end of the tag, over quoted values.
            var isQuoted = false
            let end = try #require(rest.firstIndex { character in
                if character == "\"" { isQuoted.toggle() }
                return character == ">" && !isQuoted
            })
            rest = rest[end...].dropFirst()
            if isEnd {
                #expect(open.popLast() == name)
            } else if !void.contains(name) {
                open.append(name)
                counts[name, default: 0] += 1
                if name == "script" || name == "style" {
                    let close = try #require(rest.range(of: "</\(name)>"))
                    rest = rest[close.lowerBound...]
                }
            }
        }
        #expect(open.isEmpty)
        return counts
    }

    private static func content(_ page: String) throws -> [String: Any] {
        let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
        let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
        return try #require(try JSONSerialization.jsonObject(with: Data(page[start.upperBound..<end.lowerBound].utf8)) as? [String: Any])
    }

    @Test(arguments: ReportTextTests.hostile.indices) func hostileNames(_ index: Int) throws {
        let hostile = ReportTextTests.hostile[index]
        let report = try FormatsTests.compared(try Self.small { "\(hostile)\($0)" })
        for language in Language.allCases {
            let page = try Self.page(report, language)
            #expect(page.contains("id=\"changed-devices-table\""))
            let counts = try Self.elements(page)
            #expect(counts["script"] == 2)
            #expect(counts["b"] == nil && counts["img"] == nil)
            let bad = page.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n"
                case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
                default: false
                }
            }
            #expect(bad.isEmpty)
            #expect(try Self.content(page)["tables"] != nil)
            #expect(page.utf8.count < 1_000_000)
        }
    }

    // MARK: Page

    @Test func policyNamesScriptAndStyle() throws {
        #expect(SHA256.base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        #expect(SHA256.base64(HTMLStyle.text.description) == HTMLStyle.hash)
        #expect(SHA256.base64(HTMLScript.text.description) == HTMLScript.hash)
        let page = try Self.page(try Self.small())
        #expect(page.contains("<style>\(HTMLStyle.text)</style>"))
        #expect(page.contains("<script>\(HTMLScript.text)</script>"))
        #expect(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-\(HTMLStyle.hash)&#39;; script-src &#39;sha256-\(HTMLScript.hash)&#39;"))
        // A style or a handler in an attribute would be refused by the policy.
        #expect(page.matches(of: #/<[a-z][^>]*\s(style|on[a-z]+)=/#).isEmpty)
        #expect(!HTMLScript.text.description.contains("innerHTML"))
    }

    @Test(arguments: Language.allCases) func page(_ language: Language) throws {
        let report = try Self.small()
        let page = try Self.page(report, language)
        #expect(page == (try Self.page(report, language)))
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"\(language.rawValue)\">"))
        #expect(try Self.elements(page)["h1"] == 1)
        let ids = page.prefix(upTo: try #require(page.range(of: "<script ")).lowerBound).matches(of: #/ id="([^"]*)"/#).map { String($0.output.1) }
        #expect(ids.count == Set(ids).count)
        for section in ["identity", "summary", "coverage", "exposure", "maintenance", "inventory", "findings", "flows", "cut-off", "dependencies", "method"] {
            #expect(ids.contains(section))
        }
        for link in page.matches(of: #/ href="([^"]*)"/#) {
            #expect(link.output.1.hasPrefix("#") && (ids.contains(String(link.output.1.dropFirst())) || link.output.1 == "#content"), "\(link.output.1)")
        }
        #expect(!page.contains("http://") && !page.contains("url("))
        // What it is worth, and nothing more.
        #expect(page.contains(language == .french ? "Élément de preuve complémentaire" : "Supporting evidence"))
        #expect(page.contains(language == .french ? "n’établit l’atteinte d’aucun objectif" : "does not establish that any objective is reached"))
        #expect(!page.contains("D1.O2.A") && !page.contains("D1.O2.B"))
        #expect(page.contains("Imagerie &lt;b&gt;"))
        #expect(page.contains(try #require(report.findings.first).displayFilter.replacing("&", with: "&amp;")))
    }

    @Test func registersHaveTheirColumns() throws {
        let report = try Self.small()
        let registers = RegisterTable.all(report, .french)
        #expect(registers.count == HTMLPage.registerViews.count)
        for (register, view) in zip(registers, HTMLPage.registerViews) {
            #expect(view.main.union(view.filters).allSatisfy { register.columns.indices.contains($0) }, "\(register.name)")
        }
        let page = HTMLPage(report, .french)
        #expect(page.tables.findings.columns[HTMLPage.ruleColumn].title == "constat")
    }

    /// The first rows are there without a script, and all of them for it.
    @Test func tables() throws {
        let report = try Self.report(devices: 400, conversations: 3000) { "Échographe-\($0)" }
        let page = try Self.page(report)
        let content = try Self.content(page)
        let tables = try #require(content["tables"] as? [String: [String: Any]])
        let own = report.devices.filter(\.isOwn)
        let rows = ["medical-table", "others-table"].compactMap { tables[$0]?["rows"] as? Int }
        #expect(rows.reduce(0, +) == own.count)
        #expect(tables["findings-table"]?["rows"] as? Int == report.findings.count)
        #expect(tables["flows-table"]?["rows"] as? Int == report.matrix.rows.count)
        for (id, table) in tables {
            let count = try #require(table["rows"] as? Int)
            if count > 0 {
                let start = try #require(page.range(of: "id=\"\(id)\""), "\(id)")
                let end = try #require(page.range(of: "</table>", range: start.upperBound..<page.endIndex))
                #expect(page[start.upperBound..<end.lowerBound].matches(of: #/<tr>/#).count == min(count, 50) + 1, "\(id)")
            }
            for column in try #require(table["columns"] as? [[String: Any]]) {
                let texts = column["texts"] as? [String]
                let values = column["values"] as? [Int]
                #expect((values?.count ?? texts?.count) == count, "\(id) \(column["title"] ?? "")")
                if let texts, let values { #expect(values.allSatisfy { texts.indices.contains($0) }) }
                if let links = column["links"] as? [String] { #expect(links.count == texts?.count) }
            }
        }
        #expect(page.contains("50 premières lignes sur \(Phrasing(report: report, language: .french).number(own.count))"))
    }

    @Test func emptyReport() throws {
        let report = Report(inputs: [], inventory: Inventory(), coverage: Coverage(), signatures: try Self.signatures.get())
        for language in Language.allCases {
            let page = try Self.page(report, language)
            #expect(try Self.elements(page)["section"] == 12)
        }
    }

    /// A large hospital. `LAENNEC_LARGE_REPORT` names a file for the page of 20,000 devices and 200,000 conversations.
    @Test func large() throws {
        let file = ProcessInfo.processInfo.environment["LAENNEC_LARGE_REPORT"]
        let (devices, conversations) = file == nil ? (2000, 20_000) : (20_000, 200_000)
        let report = try Self.report(devices: devices, conversations: conversations) { "Poste-\($0)" }
        #expect(report.devices.filter(\.isOwn).count == devices)
        let start = ContinuousClock.now
        let page = try Self.page(report)
        let seconds = start.duration(to: .now) / .seconds(1)
        #expect(page.utf8.count < (file == nil ? 7_000_000 : 15_000_000))
        if let file {
            print("\(report.conversations.count) conversations, \(report.findings.count) findings, \(page.utf8.count) bytes in \(seconds) s")
            try page.write(toFile: file, atomically: true, encoding: .utf8)
        }
    }
}

/// SHA-256 (FIPS 180-4), to check the hashes that the source holds.
private enum SHA256 {
    static func base64(_ text: String) -> String { Data(self.digest(Array(text.utf8))).base64EncodedString() }

    /// The first 32 bits of the fractional parts of roots of the first primes.
    private static func constants(_ count: Int, root: (Double) -> Double) -> [UInt32] {
        var primes: [Int] = []
        var number = 2
        while primes.count < count {
            if primes.allSatisfy({ number % $0 != 0 }) { primes.append(number) }
            number += 1
        }
        return primes.map { prime in
            let value = root(Double(prime))
            return UInt32((value - value.rounded(.down)) * 4_294_967_296)
        }
    }

    private static func digest(_ message: [UInt8]) -> [UInt8] {
        let k = self.constants(64) { cbrt($0) }
        var state = self.constants(8) { $0.squareRoot() }
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        padded += (0..<8).map { UInt8(truncatingIfNeeded: (message.count * 8) >> (56 - $0 * 8)) }
        func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
        for block in stride(from: 0, to: padded.count, by: 64) {
            var w = (0..<16).map { i in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + i * 4 + $1]) } }
            for i in 16..<64 {
                let first = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3
                let second = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10
                w.append(w[i - 16] &+ first &+ w[i - 7] &+ second)
            }
            var v = state
            for i in 0..<64 {
                let first = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)
                let choice = v[4] & v[5] ^ ~v[4] & v[6]
                let one = v[7] &+ first &+ choice &+ k[i] &+ w[i]
                let second = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)
                let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
                v = [one &+ second &+ majority, v[0], v[1], v[2], v[3] &+ one, v[4], v[5], v[6]]
            }
            state = zip(state, v).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - $0 * 8)) } }
    }
}
