import Campaigns
import Foundation
import Inventory
import LaennecKit
import Observations
import Reports
import Rules
import Testing
import Wire

/// Results are kept as JSON, read back, merged and reported again without the captures.
@Suite struct SavedResultTests {
    private static func saved(_ report: Report) throws -> SavedResult {
        let results = try ResultReader.read(Data(try Lab.json(report)))
        #expect(results.count == 1)
        return try #require(results.first)
    }

    private static func report(_ name: String, site: Site = .standard) throws -> Report {
        let laennec = Laennec(signatures: Lab.signatures, site: site)
        return try laennec.scan(files: [try Lab.path(name)], hashesInputs: true)
    }

    /// The report of a result has the very same bytes as the report of the capture.
    @Test(arguments: Lab.names) func sameBytes(_ name: String) throws {
        let report = try Self.report(name)
        let again = try Self.saved(report).report(Lab.signatures)
        #expect(again.inventory == report.inventory)
        #expect(try Lab.json(again) == Lab.json(report))
    }

    /// Also with a site file, its flow matrix, and places of addresses.
    @Test func siteAndPlaces() throws {
        var warnings: [SiteProblem] = []
        let site = try Site(file: Lab.root.appendingPathComponent("docs/demo/site.fr.yml").path, warnings: &warnings)
        let scanned = try Self.report("demo-hospital", site: site)
        let report = Report(scans: scanned.scans, inventory: scanned.inventory, signatures: Lab.signatures, site: site) { _ in
            Place(country: "FR", systemNumber: 64496, systemName: "Example")
        }
        #expect(!report.places.isEmpty)
        #expect(report.matrix.isDeclared)
        let again = try Self.saved(report).report(Lab.signatures)
        #expect(again.site.name == site.name)
        #expect(try Lab.json(again) == Lab.json(report))
    }

    // MARK: The comparison

    private static func compared(_ earlier: String, _ name: String) throws -> Report {
        var report = try Self.report(name)
        report.comparison = Comparison(before: try Self.report(earlier).campaign, after: report.campaign)
        return report
    }

    /// Everything that a report is written as.
    private static func outputs(_ report: Report) throws -> [String: [UInt8]] {
        var outputs = ["json": try Lab.json(report)]
        for language in Language.allCases {
            try withoutActuallyEscaping({ (piece: [UInt8]) in outputs["page \(language)", default: []] += piece }) { try HTMLReport.write(report, language, to: $0) }
            try withoutActuallyEscaping({ (piece: [UInt8]) in outputs["markdown \(language)", default: []] += piece }) { try MarkdownReport.write(report, language, to: $0) }
            for table in RegisterTable.all(report, language) + RegisterTable.lists(report, language) {
                outputs["\(table.name) \(language)"] = Array(CSVFile.text(table, language, report.site.timeZone).utf8)
            }
        }
        return outputs
    }

    /// The comparison in a result, without the earlier campaign: the very same page, registers and result.
    @Test(arguments: [("demo-hospital", "demo-hospital-2"), ("demo-hospital-2", "demo-hospital"), ("snmp", "snmp-devices"), ("vnc-none", "vnc-auth"), ("arp", "hl7-adt")])
    func sameComparison(_ earlier: String, _ name: String) throws {
        let report = try Self.compared(earlier, name)
        let again = try Self.saved(report).report(Lab.signatures)
        #expect(again.comparison?.notes == report.comparison?.notes)
        let (wanted, found) = (try Self.outputs(report), try Self.outputs(again))
        #expect(Set(wanted.keys) == Set(found.keys) && wanted.count > 25)
        for (output, bytes) in wanted { #expect(found[output] == bytes, "\(output)") }
        #expect(wanted.keys.contains { $0.hasPrefix("comparison-findings") })
    }

    /// A report that concludes otherwise says that the comparison in it does not; one that concludes so again does not say it any more.
    @Test func otherConclusions() throws {
        let report = try Self.compared("demo-hospital", "demo-hospital-2")
        var warnings: [SiteProblem] = []
        let site = try Site(file: Lab.root.appendingPathComponent("docs/demo/site.fr.yml").path, warnings: &warnings)
        let other = try Self.saved(report).report(Lab.signatures, site: site)
        #expect(other.comparison?.notes == (report.comparison?.notes ?? []) + [.otherConclusions])
        let page = String(decoding: try #require(try Self.outputs(other)["page french"]), as: UTF8.self)
        #expect(page.contains("Cette comparaison est celle du résultat conservé"))
        #expect(try Self.saved(other).report(Lab.signatures).comparison?.notes == other.comparison?.notes)
        #expect(try Lab.json(Self.saved(other).report(Lab.signatures, site: .standard)) == Lab.json(report))
    }

    /// A comparison is one of the captures that it was made of: merged with others it is left out, with itself it stays.
    @Test func mergedComparison() throws {
        let (one, other) = (try Self.saved(Self.compared("demo-hospital", "demo-hospital-2")), try Self.saved(Self.compared("snmp", "hl7-adt")))
        let plain = try Self.saved(Self.report("demo-hospital-2"))
        #expect(one.merged(with: other).comparison == nil && other.merged(with: one).comparison == nil)
        for merged in [one.merged(with: one), one.merged(with: plain), plain.merged(with: one)] {
            #expect(try Lab.json(merged.report(Lab.signatures)) == Lab.json(one.report(Lab.signatures)))
        }
    }

    /// Names of the earlier campaign cannot be told from other words of a comparison any more.
    @Test func pseudonymisedComparison() throws {
        let report = try Self.compared("demo-hospital-2", "demo-hospital")
        let key = try #require(PseudonymKey(Array("a key that only tests have".utf8)))
        #expect(try Self.saved(report).report(Lab.signatures).pseudonymised(with: key).comparison == nil)
    }

    // MARK: Merging

    /// Any order and grouping of results, read back from their files, gives the same bytes; twice the same counts once.
    @Test(arguments: MergeTests.triples.enumerated().filter { $0.offset % 12 == 0 }.map(\.element)) func laws(_ names: [String]) throws {
        let results = try names.map { try Self.saved(Self.report($0)) }
        let (a, b, c) = (results[0], results[1], results[2])
        func bytes(_ result: SavedResult) throws -> [UInt8] { try Lab.json(result.report(Lab.signatures)) }
        let wanted = try bytes(a.merged(with: b).merged(with: c))
        #expect(try bytes(a.merged(with: b.merged(with: c))) == wanted)
        #expect(try bytes(c.merged(with: a).merged(with: b)) == wanted)
        #expect(try bytes(a.merged(with: b).merged(with: c).merged(with: b).merged(with: a)) == wanted)
        #expect(try bytes(a.merged(with: a)) == bytes(a))
        #expect(try bytes(try Self.saved(a.merged(with: b).merged(with: c).report(Lab.signatures))) == wanted)
        #expect(try bytes(a) != wanted)
    }

    /// Evidence of a merged report names the capture that holds its frame, whichever of them it is.
    @Test func evidenceAfterMerging() throws {
        let (first, second) = (try Self.report("hl7-adt"), try Self.report("ssh-openssh"))
        let merged = try Self.saved(first).merged(with: Self.saved(second)).report(Lab.signatures)
        #expect(merged.inputs.count == 2)
        for report in [first, second] {
            let evidence = try #require(report.devices.first?.asset.evidence)
            let place = try #require(merged.place(of: evidence))
            #expect(place.input.name == report.inputs.first?.name)
            #expect(place.frame == evidence.frame)
        }
        #expect(merged.coverage.frames == first.coverage.frames + second.coverage.frames)
    }

    /// The same packets from two sensors, one with a clock that is ahead, count once, and the difference of the clocks is said.
    @Test func copies() throws {
        let report = try Self.report("demo-hospital")
        try Lab.withFolder { folder in
            let shifted = folder + "/second-sensor.pcapng"
            try ClockShift.write(try Lab.path("demo-hospital"), to: shifted, milliseconds: 1234)
            let other = try Laennec(signatures: Lab.signatures).scan(files: [shifted], hashesInputs: true)
            #expect(other.inventory.scans != report.inventory.scans)
            let merged = try Self.saved(report).merged(with: Self.saved(other)).report(Lab.signatures)
            let copy = try #require(merged.copies.first)
            #expect(merged.copies.count == 1)
            #expect(abs(abs(copy.skew) - 1_234_000_000) < 1_000_000)
            #expect((copy.skew > 0) == (copy.second == other.inventory.scans.first))
            func sizes(_ report: Report) -> [String] {
                report.conversations.map { "\($0.key) \($0.tally.flows) \($0.tally.bytesFromClient) \($0.tally.bytesFromServer) \($0.sessions.count)" }
            }
            #expect(sizes(merged) == sizes(report))
            #expect(merged.findings.map(\.id) == report.findings.map(\.id))
            for language in [Language.french, .english] {
                #expect(TerminalReport.text(merged, language: language, hasColour: false, width: 200).contains(language == .french ? "comptent une fois" : "count once"))
            }
        }
    }

    /// Other traffic of the same machines is no copy: it adds up.
    @Test func noCopies() throws {
        let merged = try Self.saved(Self.report("hl7-adt")).merged(with: Self.saved(Self.report("hl7-oru"))).report(Lab.signatures)
        #expect(merged.copies.isEmpty)
    }

    /// The same private addresses of two establishments never meet; those of one do.
    @Test func establishments() throws {
        func site(_ name: String, _ finess: String) throws -> Site {
            var warnings: [SiteProblem] = []
            return try Site(yaml: "etablissement:\n  nom: \(name)\n  finess-eg: \"\(finess)\"\n", name: "site.yml", warnings: &warnings) { _ in
                .failure(SiteProblem(file: "", line: 0, text: Text(french: "", english: ""), isWarning: false))
            }
        }
        let a = try Self.saved(Self.report("demo-hospital", site: site("CH A", "750000001")))
        let b = try Self.saved(Self.report("demo-hospital", site: site("CH B", "750000002")))
        let other = try Self.saved(Self.report("hl7-adt", site: site("CH A, laboratoire", "750000001")))
        let group = ResultGroup([a, b, other])
        #expect(group.establishments.map(\.result.scans.count) == [2, 1])
        #expect(group.establishments.map(\.establishment.key) == ["EG 750000001", "EG 750000002"])
        func bytes(_ group: ResultGroup) throws -> [UInt8] {
            var bytes: [UInt8] = []
            try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { sink in
                try JSONReport.write(group: group.establishments.map { $0.result.report(Lab.signatures) }, to: sink)
            }
            return bytes
        }
        let wanted = try bytes(group)
        #expect(try bytes(ResultGroup([b]).merged(with: ResultGroup([other, a]))) == wanted)
        #expect(try bytes(ResultGroup([other]).merged(with: ResultGroup([b])).merged(with: ResultGroup([a, b]))) == wanted)
        #expect(try bytes(group.merged(with: group)) == wanted)
        // And read back from one file.
        #expect(try bytes(ResultGroup(try ResultReader.read(Data(wanted)))) == wanted)
    }

    // MARK: Bad files

    @Test func refused() throws {
        func problem(_ text: String) -> ResultProblem? {
            do throws(ResultProblem) {
                _ = try ResultReader.read(Data(text.utf8))
                return nil
            } catch {
                return error
            }
        }
        #expect(problem("") == .notJSON)
        #expect(problem("{\"format\":\"laennec-result\",") == .notJSON)
        #expect(problem(String(repeating: "[", count: 100_000)) == .notJSON)
        #expect(problem("[1,2]") == .notAResult)
        #expect(problem("{\"resourceType\":\"Bundle\"}") == .notAResult)
        #expect(problem("{\"format\":\"laennec-result\",\"version\":\"9.0\"}") == .newer("9.0"))
        #expect(problem("{\"format\":\"laennec-result\",\"version\":\"1.1\"}") == .older("1.1"))
        #expect(problem("{\"format\":\"laennec-result\",\"version\":\"1.2\"}") == .damaged("tool"))
        #expect(problem("{\"format\":\"laennec-result\",\"version\":\"one\"}") == .notAResult)
    }

    /// Results in which anything was changed are refused or reported: the program does not end of them.
    @Test(arguments: [false, true]) func mutated(isComparison: Bool) throws {
        let original = try Lab.json(isComparison ? Self.compared("snmp", "snmp-devices") : Self.report("hl7-adt"))
        let places = isComparison ? try Self.range(of: "\"comparison\":{", to: "\"coverage\":{", in: original) : original.indices
        var generator = SystemRandomNumberGenerator()
        var (refused, read) = (0, 0)
        for round in 0..<400 {
            var bytes = original
            for _ in 0..<(1 + round % 4) {
                let place = Int.random(in: places.clamped(to: bytes.indices), using: &generator)
                switch round % 3 {
                case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
                case 1:
                    // Another digit: numbers and positions that no program would write.
                    guard let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else { continue }
                    bytes.replaceSubrange(digit...digit, with: [[UInt8]("-9".utf8), [UInt8]("9999999999".utf8), [UInt8]("0".utf8)].randomElement(using: &generator) ?? [])
                default: bytes.removeSubrange(place..<min(place + 40, bytes.count))
                }
            }
            let results: [SavedResult]
            do throws(ResultProblem) { results = try ResultReader.read(Data(bytes)) } catch {
                refused += 1
                continue
            }
            for result in results {
                let report = result.report(Lab.signatures)
                #expect(TerminalReport.text(report, language: .french, hasColour: false, width: 100).count > 100)
                if isComparison { #expect(try Self.outputs(report).count > 25) }
                read += 1
            }
        }
        #expect(refused > 0)
        #expect(read > 0)
    }

    /// Where a part of a result stands in its bytes.
    private static func range(of begin: String, to end: String, in bytes: [UInt8]) throws -> Range<Int> {
        let text = String(decoding: bytes, as: UTF8.self)
        let (first, last) = (try #require(text.utf8.firstRange(of: begin.utf8)), try #require(text.utf8.firstRange(of: end.utf8)))
        return text.utf8.distance(from: text.startIndex, to: first.lowerBound)..<text.utf8.distance(from: text.startIndex, to: last.lowerBound)
    }

    /// A comparison that somebody wrote: every text hostile, every number at its limit. It is shown, and written again, without a stop.
    @Test func hostileComparison() throws {
        let report = try Self.compared("demo-hospital", "demo-hospital-2")
        var root = try #require(try JSONSerialization.jsonObject(with: Data(try Lab.json(report))) as? [String: Any])
        let hostile = "=1+1 <script>alert(1)</script> \u{1B}[31m\u{202E}" + String(repeating: "x", count: 1 << 17)
        var comparison = try #require(root["comparison"] as? [String: Any])
        for key in ["appeared", "vanished", "changes"] {
            comparison[key] = (comparison[key] as? [[String: Any]])?.map { row in
                row.merging(["names": [hostile, ""], "class": hostile, "maker": hostile, "model": hostile, "zone": hostile, "addresses": []]) { $1 }
            }
        }
        comparison["labels"] = (comparison["labels"] as? [String: String])?.mapValues { _ in hostile }
        comparison["new_peer_count"] = UInt64.max
        comparison["interval"] = ["days": UInt64.max, "in_window": true]
        comparison["segments"] = [["zone": hostile, "devices": UInt64.max, "missing_in": hostile]]
        comparison["findings"] = (comparison["findings"] as? [[String: Any]])?.map { $0.merging(["rule": hostile, "id": hostile, "asset": hostile]) { $1 } }
        for side in ["before", "after"] {
            comparison[side] = (comparison[side] as? [String: Any])?.merging(["site": hostile, "devices": UInt64.max, "findings": UInt64.max]) { $1 }
        }
        comparison["notes"] = ["different-sites", "different-sites", "no-period"]
        root["comparison"] = comparison
        let again = try #require(try ResultReader.read(try JSONSerialization.data(withJSONObject: root)).first).report(Lab.signatures)
        #expect(again.comparison?.newPeerCount == Int.max && again.comparison?.notes.last == .otherConclusions)
        for (output, bytes) in try Self.outputs(again) {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"), "\(output)")
            if output.hasPrefix("page") { #expect(!text.contains("<script>alert")) }
            if output.hasPrefix("comparison") || output.hasPrefix("comparaison") { #expect(!text.contains("\n=1") && !text.contains(";=1")) }
        }
    }
}

/// Writes a pcapng capture again with another clock.
enum ClockShift {
    /// - Parameter milliseconds: what is added to the time of every enhanced packet block (little-endian, microseconds).
    static func write(_ path: String, to target: String, milliseconds: Int64) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        func number(_ place: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) } }
        var place = 0
        while place + 12 <= bytes.count {
            let (type, length) = (number(place), Int(number(place + 4)))
            guard length >= 12 else { throw Lab.Failure(description: "\(path): block of \(length) bytes") }
            if type == 6 {
                let time = UInt64(number(place + 12)) << 32 | UInt64(number(place + 16))
                let shifted = UInt64(bitPattern: Int64(bitPattern: time) + milliseconds * (time > 1 << 59 ? 1_000_000 : 1000))
                for index in 0..<4 {
                    bytes[place + 12 + index] = UInt8(truncatingIfNeeded: shifted >> (32 + 8 * UInt64(index)))
                    bytes[place + 16 + index] = UInt8(truncatingIfNeeded: shifted >> (8 * UInt64(index)))
                }
            }
            place += length
        }
        try Data(bytes).write(to: URL(fileURLWithPath: target))
    }
}
