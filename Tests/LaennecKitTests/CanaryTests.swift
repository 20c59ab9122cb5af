import Foundation
import Inventory
import LaennecKit
import Observations
import Reports
import Rules
import Testing
import Wire

/// Nothing of a patient, a user or a secret is in anything that is written.
@Suite struct CanaryTests {
    @Test func capturesHoldCanaries() throws {
        let all = try Lab.names.flatMap { try Lab.expected($0).secrets }
        #expect(all.count > 300)
        // The search itself finds what is there.
        #expect(Canaries(["Secret4711"]).found(in: Array("name=secret4711;".utf8)) == ["Secret4711 as lower case"])
        #expect(Canaries(["Secret4711"]).found(in: Array("536563726574343731 31 53656372657434373131".utf8)).count == 1)
        #expect(Canaries(["ab"]).found(in: Array("xxab".utf8)) == ["ab as it is"])
        #expect(Canaries(["a\0b\0"]).found(in: Array("a, xab".utf8)) == ["ab as it is"])
        #expect(Canaries(["Secret4711"]).found(in: Array("x: \(Data("1Secret47112".utf8).base64EncodedString())".utf8)).count == 1)
    }

    @Test(arguments: Lab.names) func nothingWritten(_ name: String) throws {
        let report = try Seen.report(name).report
        let canaries = Canaries(try Lab.expected(name).secrets)
        Self.expectNone(of: canaries, in: report, name)
    }

    /// The same where several captures are read at once, and with a filter.
    @Test func nothingWrittenOfAllTogether() throws {
        let report = try Lab.scan(Lab.folders, threads: 2)
        let truths = try Lab.names.map { try Lab.expected($0) }
        // A title that TLS hides in one capture may be what another one shows.
        let shown = Set(truths.flatMap { $0.shown })
        let secrets = Set(truths.flatMap(\.secrets))
        #expect(secrets.intersection(shown).count <= 3, "\(secrets.intersection(shown))")
        // Nor is one that is a part of it, as digits are of a serial number.
        // Digits in their order stand in an interface of Windows, too: 12345778-1234-abcd-ef00-0123456789ac.
        let ordinary: Set<String> = ["123456789", "987654321"]
        let hidden = secrets.subtracting(ordinary).filter { secret in !shown.contains { $0.contains(secret) || $0.contains(String(secret.reversed())) } }
        #expect(secrets.count - hidden.count <= 14, "\(secrets.subtracting(hidden))")
        let canaries = Canaries(Array(hidden))
        Self.expectNone(of: canaries, in: report, "all")
    }

    @Test(arguments: Lab.names) func nothingInTheInventory(_ name: String) throws {
        let canaries = Canaries(try Lab.expected(name).secrets)
        let outcome = try Lab.outcome([try Lab.path(name)])
        var text = ""
        dump(outcome, to: &text)
        #expect(text.count > 200)
        #expect(canaries.found(in: Array(text.utf8)) == [])
        #expect(canaries.found(in: Array(String(describing: outcome.inventory).utf8)) == [])
    }

    /// Every way in which the report leaves the program.
    static func expectNone(of canaries: Canaries, in report: Report, _ name: String) {
        let json = (try? Lab.json(report)) ?? []
        #expect(json.count > 200, "\(name): no JSON was written")
        #expect(canaries.found(in: json) == [], "\(name): JSON")
        for language in Language.allCases {
            for hasColour in [false, true] {
                let text = TerminalReport.text(report, language: language, hasColour: hasColour, width: 400)
                #expect(canaries.found(in: Array(text.utf8)) == [], "\(name): terminal, \(language)")
            }
        }
        // What `explain` tells of each device, but of external ones in a large report.
        for device in report.devices.prefix(200) {
            for language in Language.allCases {
                let text = Explanation.text(of: device, in: report, language: language)
                #expect(text.utf8.count > 20)
                #expect(canaries.found(in: Array(text.utf8)) == [], "\(name): explanation of \(device.id), \(language)")
            }
        }
        // The registers, as files for spreadsheets and as rules to apply.
        for language in Language.allCases {
            for table in RegisterTable.all(report, language) {
                let text = CSVFile.text(table, language, report.site.timeZone)
                #expect(text.utf8.count > 40)
                #expect(canaries.found(in: Array(text.utf8)) == [], "\(name): register \(table.name)")
            }
            let rules = CutOffRules.nftables(report, language)
            #expect(rules.utf8.count > 200)
            #expect(canaries.found(in: Array(rules.utf8)) == [], "\(name): cut-off rules, \(language)")
        }
        var values = ""
        dump(report.exposure, to: &values)
        dump(report.maintenance, to: &values)
        dump(report.matrix, to: &values)
        dump(report.cutOff, to: &values)
        dump(report.dependencies, to: &values)
        for device in report.devices {
            dump(device.advisories, to: &values)
            dump(device.asset, to: &values)
            dump(device.identity, to: &values)
            dump(device.names, to: &values)
        }
        dump(report.conversations, to: &values)
        dump(report.findings, to: &values)
        dump(report.inputs, to: &values)
        dump(report.coverage, to: &values)
        #expect(canaries.found(in: Array(values.utf8)) == [], "\(name): the report's own values")
        let described = report.devices.map { String(describing: $0.asset) + String(reflecting: $0.identity) }.joined()
        #expect(canaries.found(in: Array(described.utf8)) == [], "\(name): descriptions")
    }
}

/// Strings that must not appear, also not as hexadecimal digits or base64.
struct Canaries {
    private let needles: [(bytes: [UInt8], what: String)]

    init(_ secrets: [String]) {
        var needles: [(bytes: [UInt8], what: String)] = []
        // Those in UTF-16 are noted with the zero octets between their letters; nothing would be found behind one.
        for secret in Set(secrets.map { $0.filter { $0 != "\0" } }).sorted() where !secret.isEmpty {
            let bytes = Array(secret.utf8)
            // Two or three letters, or a short number, occur by chance in lower case, hexadecimal digits and base64.
            let isLong = bytes.count >= 6
            needles.append((bytes, "\(secret) as it is"))
            guard isLong else { continue }
            if secret.lowercased() != secret { needles.append((Array(secret.lowercased().utf8), "\(secret) as lower case")) }
            if secret.uppercased() != secret { needles.append((Array(secret.uppercased().utf8), "\(secret) as upper case")) }
            if secret.contains(where: { !$0.isASCII }) {
                let latin = secret.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
                needles.append((latin, "\(secret) as ISO 8859-1"))
            }
            let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            needles.append((Array(digits.joined().utf8), "\(secret) as hexadecimal digits"))
            needles.append((Array(digits.joined().uppercased().utf8), "\(secret) as hexadecimal digits"))
            needles.append((Array(digits.joined(separator: ":").utf8), "\(secret) as hexadecimal digits"))
            needles.append((Array(String(secret.reversed()).utf8), "\(secret) reversed"))
            // In base64 of a longer text the secret may begin at any of three places: the digits that it alone decides.
            for shift in 0..<3 {
                let encoded = Array(Data([UInt8](repeating: 0x20, count: shift) + bytes).base64EncodedString().utf8)
                let from = shift == 0 ? 0 : shift + 1
                let until = (shift + bytes.count) * 8 / 6
                if until - from >= 8 { needles.append((Array(encoded[from..<until]), "\(secret) as base64")) }
            }
        }
        self.needles = needles
    }

    /// What of it is in the text.
    func found(in text: [UInt8]) -> [String] {
        let haystack = Haystack(text)
        return Array(Set(self.needles.filter { haystack.contains($0.bytes) }.map(\.what))).sorted()
    }

    /// Those whose own bytes are in a capture.
    static func present(_ secrets: [String], in frames: [Frame]) -> [String] {
        let haystack = Haystack(frames.flatMap { (frame: Frame) -> [UInt8] in frame.bytes + [0] })
        return secrets.filter { haystack.contains(Array($0.utf8)) }
    }
}

/// Bytes in which many others are looked for.
struct Haystack {
    /// Ends with 0, and holds no other: a byte 0 of the text is 1 here.
    private let bytes: [CChar]

    init(_ text: [UInt8]) { self.bytes = text.map { $0 == 0 ? 1 : CChar(bitPattern: $0) } + [0] }

    func contains(_ needle: [UInt8]) -> Bool {
        let wanted = needle.map { CChar(bitPattern: $0) } + [0]
        // Both arrays end with 0 and live during the call.
        return unsafe strstr(self.bytes, wanted) != nil
    }
}
