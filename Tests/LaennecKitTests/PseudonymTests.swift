import Foundation
import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// Reports in which names of machines are pseudonyms: no name is left in what is written, and nothing else has changed.
@Suite struct PseudonymTests {
    private static let key = PseudonymKey(Array("a key that only tests have".utf8))
    private static let otherKey = PseudonymKey(Array("another key of the tests".utf8))

    @Test(arguments: Lab.names) func noNameIsWritten(_ name: String) throws {
        let report = try Seen.report(name).report
        let pseudonymised = report.pseudonymised(with: try #require(Self.key))
        let names = try Self.names(in: report, name)
        let outputs = try Self.outputs(of: pseudonymised)
        #expect(outputs.count > 20)
        for (output, text) in outputs {
            let left = names.intersection(Self.words(in: text)).union(names.filter { $0.contains(" ") && text.contains($0) })
            #expect(left.isEmpty, "\(name), \(output): \(left.sorted().prefix(5))")
        }
        // The secrets that no output may hold are in these neither.
        CanaryTests.expectNone(of: Canaries(try Lab.expected(name).secrets), in: pseudonymised, name)
    }

    /// The search finds names where they are.
    @Test func namesAreFound() throws {
        let report = try Seen.report("demo-hospital").report
        let names = try Self.names(in: report, "demo-hospital")
        #expect(names.contains("pompe-rack-07") && names.count > 20, "\(names.sorted())")
        for (output, text) in try Self.outputs(of: report) where output == "JSON" || output.hasPrefix("page") {
            #expect(names.intersection(Self.words(in: text)).count > 10, "\(output)")
        }
        let all = try Lab.names.flatMap { try Self.names(in: try Seen.report($0).report, $0) }
        #expect(Set(all).count > 200)
    }

    @Test(arguments: Lab.names) func conclusionsStay(_ name: String) throws {
        let report = try Seen.report(name).report
        let other = report.pseudonymised(with: try #require(Self.key))
        #expect(other.devices.map(\.id) == other.devices.map(\.id).sorted())
        // A device that is known by its name alone has another id: its place in the order, not what it is.
        #expect(Self.described(report) == Self.described(other))
        for device in report.devices where !device.id.hasPrefix("device-") { #expect(other.device(device.id)?.asset.macs == device.asset.macs) }
        #expect(Self.named(report).isDisjoint(with: Self.named(other)) && Self.named(report).count == Self.named(other).count)
        #expect(Self.summary(of: report.findings) == Self.summary(of: other.findings))
        #expect(Set(other.findings.map(\.id)).count == Set(report.findings.map(\.id)).count)
        #expect(other.findings.allSatisfy { other.device($0.asset) != nil })
        #expect(report.conversations.map(\.key) == other.conversations.map(\.key))
        #expect(report.exposure.entries.map(\.names.count) == other.exposure.entries.map(\.names.count))
        #expect(report.maintenance.entries.map(\.maintenance.access.tool) == other.maintenance.entries.map(\.maintenance.access.tool))
        #expect(report.exchanges.associations.count == other.exchanges.associations.count)
        #expect(report.exchanges.titles.map(\.isShared).filter { $0 }.count == other.exchanges.titles.map(\.isShared).filter { $0 }.count)
        #expect(report.exchanges.interfaces.map(\.messageTypes).sorted { "\($0)" < "\($1)" } == other.exchanges.interfaces.map(\.messageTypes).sorted { "\($0)" < "\($1)" })
        #expect(report.dependencies.platforms.map(\.members.count) == other.dependencies.platforms.map(\.members.count))
        #expect(report.inventory.observationCount == other.inventory.observationCount)
        #expect(report.inventory.scans == other.inventory.scans)
    }

    /// The devices of the facts under other names are the same devices: a result that is read again shows what it showed.
    @Test(arguments: Lab.names) func factsGiveTheSameDevices(_ name: String) throws {
        let report = try Seen.report(name).report
        let other = report.pseudonymised(with: try #require(Self.key))
        let census = other.inventory.census(report.site.networks)
        #expect(census.assets.map(\.id) == other.devices.map(\.id), "\(name)")
        #expect(census.assets.map(\.names) == other.devices.map(\.names), "\(name)")
    }

    @Test func keysMakeTheDifference() throws {
        let report = try Seen.report("demo-hospital").report
        let (key, otherKey) = (try #require(Self.key), try #require(Self.otherKey))
        let (first, again, other) = (report.pseudonymised(with: key), report.pseudonymised(with: key), report.pseudonymised(with: otherKey))
        #expect(try Lab.json(first) == Lab.json(again))
        let (names, otherNames) = (Set(first.devices.flatMap(\.names)), Set(other.devices.flatMap(\.names)))
        #expect(names.count > 10 && names.count == Set(report.devices.flatMap(\.names)).count)
        #expect(names.isDisjoint(with: otherNames))
        #expect(Self.named(first).count > 3 && Self.named(first).isDisjoint(with: Self.named(other)))
        #expect(first.pseudonyms != other.pseudonyms && report.pseudonyms == nil)
        // The same name in another campaign under the same key.
        let device = try #require(report.devices.first { $0.names.contains { $0.contains("pompe-rack-07") } })
        let name = try #require(device.names.first)
        #expect(first.device(device.id)?.names.first == key.pseudonym(of: name))
        #expect(key.pseudonym(of: name) == key.pseudonym(of: name) && key.pseudonym(of: name) != key.pseudonym(of: name + "x"))
        #expect(key.pseudonym(of: name).count == 18 && !key.pseudonym(of: name).contains(name))
    }

    @Test func keysThatAreTooShort() {
        #expect(PseudonymKey(Array("".utf8)) == nil)
        #expect(PseudonymKey(Array("fifteen octets!".utf8)) == nil)
        #expect(PseudonymKey(Array("   too short    \n\n\n\n\n".utf8)) == nil)
        let key = PseudonymKey(Array("sixteen octets !".utf8))
        #expect(key != nil)
        // The end of a line that an editor adds is no part of the key.
        #expect(key?.mark == PseudonymKey(Array("sixteen octets !\r\n".utf8))?.mark)
    }

    // MARK: What is compared

    /// The ids of devices that are known by a name: others have theirs from an EUI-64 or a serial number.
    private static func named(_ report: Report) -> Set<String> {
        Set(
            report.devices.filter { device in
                device.id.hasPrefix("device-")
                    && device.asset.observations.contains {
                        if case .device(let key) = $0.subject { key.naming != .eui64 && key.naming != .serial && key.identifier.contains(where: \.isLetter) } else { false }
                    }
            }.map(\.id))
    }

    private static func outputs(of report: Report) throws -> [(String, String)] {
        var outputs = [("JSON", String(decoding: try Lab.json(report), as: UTF8.self))]
        for language in Language.allCases {
            outputs.append(("terminal, \(language)", TerminalReport.text(report, language: language, hasColour: false, width: 400)))
            var page: [UInt8] = []
            try withoutActuallyEscaping({ (piece: [UInt8]) in page += piece }) { try HTMLReport.write(report, language, to: $0) }
            outputs.append(("page, \(language)", String(decoding: page, as: UTF8.self)))
            for table in RegisterTable.all(report, language) {
                outputs.append(("register \(table.name)", CSVFile.text(table, language, report.site.timeZone)))
            }
            outputs.append(("cut-off rules, \(language)", CutOffRules.nftables(report, language)))
            for device in report.devices.prefix(60) {
                outputs.append(("explanation of \(device.id), \(language)", Explanation.text(of: device, in: report, language: language)))
            }
        }
        outputs.append(("campaign", String(reflecting: report.campaign)))
        outputs.append(("inventory", String(reflecting: report.inventory)))
        return outputs
    }

    /// The names in a report, and those that the truth beside the capture gives its devices. What is a name and a word of the protocol, of
    /// this program or of what was concluded as well (an analyser that gives its model as its name) is left out.
    private static func names(in report: Report, _ name: String) throws -> Set<String> {
        var names: Set<String> = []
        func add(_ observation: Observation) {
            guard observation.attribute.definition.privacy == .naming, case .text(let text) = observation.value else { return }
            names.insert(text)
            names.formUnion(text.split { "^|=,/".contains($0) }.map(String.init))
        }
        for device in report.devices {
            names.formUnion(device.names)
            (device.asset.observations + device.asset.services.flatMap(\.observations)).forEach(add)
        }
        report.conversations.flatMap(\.observations).forEach(add)
        // A name that is a word of French as well ("moniteur") stands in the texts of rules.
        names.formUnion(try Lab.expected(name).devices.compactMap { $0["name"]?.text }.filter { $0.contains("-") })
        let concluded = report.devices.flatMap { $0.identity.conclusions.flatMap(\.candidates).map(\.value) + $0.identity.software.map(\.name) }
            .joined(separator: "\n").lowercased()
        let ordinary = Self.words(in: concluded)
        return names.filter { name in
            name.count >= 4 && !name.contains("^") && !(name.contains(" ") && concluded.contains(name.lowercased())) && (name.utf8.count != 16 || !name.allSatisfy(\.isHexDigit)) && name.contains(where: \.isLetter) && IPAddress(name) == nil && MACAddress(name) == nil && !name.contains(":")
                && !ordinary.contains(name.lowercased()) && !Self.words.contains(name.lowercased()) && !Self.isMessageType(name)
        }
    }

    /// `ADT`, `A01`, `ADT_A01`.
    private static func isMessageType(_ text: String) -> Bool {
        text.wholeMatch(of: #/[A-Z][A-Z0-9]{2}(_[A-Z][0-9]{2})?/#) != nil
    }

    /// Words of the program, of its rules and of protocols that are names in the captures as well.
    private static let words: Set<String> = [
        "pacs", "orthanc", "any-scp", "localhost", "dicom", "archive", "host", "eui-64", "http", "https", "example", "invalid", "local", "storage", "server", "ldap", "cifs", "krbtgt", "demo",
    ]

    private static func words(in text: String) -> Set<String> {
        var words: Set<String> = []
        for line in text.split(whereSeparator: { "\"\n;<>,()«» ".contains($0) }) {
            words.insert(String(line))
            words.formUnion(line.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".") }.map(String.init))
        }
        return words
    }

    private static func described(_ report: Report) -> [String] {
        report.devices.map { device in
            let identity = device.identity.conclusions.map { "\($0.field) \($0.candidates.map { "\($0.value) \($0.confidence) \($0.claims.count)" })" }
            let software = device.identity.software.map { "\($0.name) \($0.versions) \($0.confidence)" }
            return
                "\(identity) \(software) \(device.identity.isMedical) \(device.names.count) \(device.advisories.count) \(device.asset.macs) \(device.asset.addresses.map(\.address)) \(device.asset.observations.count) \(device.asset.services.count)"
        }.sorted()
    }

    private static func summary(of findings: [Finding]) -> [String] {
        findings.map { "\($0.rule) \($0.severity) \($0.confidence) \($0.occurrences) \($0.peerCount) \($0.displayFilter) \($0.evidence.count)" }.sorted()
    }
}
