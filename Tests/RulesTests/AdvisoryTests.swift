import BuiltInSignatures
import Inventory
import Observations
import Testing

@testable import Rules

@Suite("Advisories") struct AdvisoryTests {
    static let matcher = AdvisoryMatcher(.builtIn)

    /// An identity with what the matcher looks at.
    static func identity(
        maker: String? = nil, confidence: Int = 80, product: String? = nil, version: String? = nil, software: [Component] = []
    ) -> Identity {
        var conclusions: [Conclusion] = []
        for (field, value) in [(IdentityField.maker, maker), (.product, product), (.version, version)] {
            guard let value else { continue }
            let candidate = Candidate(value: value, confidence: field == .maker ? confidence : 80, claims: [])
            conclusions.append(Conclusion(field: field, candidates: [candidate]))
        }
        return Identity(asset: "mac-1", conclusions: conclusions, software: software, passedOn: [], isMedical: true)
    }

    static func found(_ maker: String?, _ product: String?, _ version: String? = nil, confidence: Int = 80) -> [String: PotentialAdvisory.Standing] {
        let matches = Self.matcher.advisories(for: Self.identity(maker: maker, confidence: confidence, product: product, version: version))
        return Dictionary(matches.map { ($0.advisory.id, $0.standing) }) { first, _ in first }
    }

    @Test("the version decides among advisories about one product") func versions() {
        #expect(
            Self.found("BD", "Alaris 8015 PC unit", "9.33") == [
                "ICSMA-17-017-02": .versionInRange, "ICSMA-20-170-06": .versionInRange, "ICSMA-20-317-01": .versionInRange,
                "ICSMA-23-194-01": .versionInRange,
            ])
        // 12.1.0 is a 12.1; the older advisories end before it.
        #expect(Self.found("BD", "Alaris 8015", "12.1.0") == ["ICSMA-20-170-06": .versionInRange, "ICSMA-23-194-01": .versionInRange])
        #expect(Self.found("BD", "Alaris 8015", "12.3") == [:])
        #expect(Self.found("BD", "Alaris 8015 PC Unit")["ICSMA-17-017-02"] == .versionNotSeen)
        #expect(Self.found("BD", "Alaris 8015 PC Unit", "LNC-build")["ICSMA-17-017-02"] == .versionNotComparable)
        #expect(Self.found("Philips", "IntelliVue MX 40", "B.06.17") == ["ICSMA-17-255-01": .versionInRange])
        #expect(Self.found("Philips", "IntelliVue MX40", "B.06.18") == [:])
        #expect(Self.found("Philips", "IntelliSpace PACS", "4.4") == ["ICSMA-18-312-01": .everyVersion])
        #expect(Self.found("GE HealthCare", "Discovery NM750b", "2.002")["ICSMA-18-037-02"] == .versionInRange)
        #expect(Self.found("GE HealthCare", "Discovery NM 750b", "2.003")["ICSMA-18-037-02"] == nil)
    }

    @Test("several versions with backslashes, as DICOM states them") func severalVersions() {
        #expect(Self.found("Philips", "Brilliance 64", "2.6.0\\1.9.7.1") == ["ICSMA-18-123-01": .versionInRange])
        #expect(Self.found("Philips", "Brilliance 64", "3.6.0\\4.1") == [:])
    }

    @Test(
        "near misses",
        arguments: [
            ("BD", "Alaris", "9.33"),  // a family
            ("BD", "Alaris 8100 pump module", "9.33"),  // another model of it
            ("BD", "80150 Alaris", "9.33"),  // the number inside another one
            ("BD", "PC unit", "9.33"),  // general words
            ("Baxter", "Alaris 8015 PC unit", "9.33"),  // another maker
            ("Philips", "IntelliVue", "B.06.17"), ("Philips", "MX400", nil), ("Philips", "IntelliVue MX401", nil),
            ("Siemens Healthineers", "SOMATOM Definition AS", "syngo CT VA48A"),
            ("GE HealthCare", "SIGNA Artist", "29\\LX\\MR Software release:MR29.1"),
            ("Carestream", "DRX-Revolution", "5.7.412.7005"), ("Fujifilm", "X-Porte", "50.80.131.018"),
            ("Philips", "Monitor", nil), ("Philips", "", nil), ("Abbott", "Current", nil), ("GE HealthCare", "GE Imaging Products", nil),
        ]
    ) func nearMisses(maker: String, product: String, version: String?) {
        #expect(Self.found(maker, product, version) == [:])
    }

    @Test("a maker that is not sure, unknown or alone is not enough") func makers() {
        #expect(Self.found("BD", "Alaris 8015", "9.33", confidence: 49) == [:])
        #expect(!Self.found("BD", "Alaris 8015", "9.33", confidence: 50).isEmpty)
        #expect(Self.found(nil, "Alaris 8015", "9.33") == [:])
        #expect(Self.found("BD", nil, nil) == [:])
        // What the vocabulary means by a name counts, however it is written.
        #expect(Self.found("Becton, Dickinson and Company", "Alaris 8015", "9.33").count == 4)
        #expect(Self.found("CareFusion", "Alaris 8000") == ["ICSMA-17-017-01": .everyVersion])
        #expect(Self.found("MicroDicom", "MicroDicom DICOM Viewer", "2023.3") == ["ICSMA-24-060-01": .versionInRange, "ICSMA-24-163-01": .versionInRange])
    }

    static func component(_ name: String, maker: String, _ versions: [String], confidence: Int = 80) -> Component {
        Component(name: name, kind: .toolkit, maker: maker, versions: versions, confidence: confidence, claims: [])
    }

    @Test("programs and libraries at work on an asset") func components() {
        func found(_ component: Component, maker: String? = nil) -> [String] {
            Self.matcher.advisories(for: Self.identity(maker: maker, software: [component])).map { "\($0.advisory.id) \($0.standing)" }
        }
        #expect(found(Self.component("DCMTK", maker: "OFFIS", ["3.6.5"])) == ["ICSMA-22-174-01 versionInRange"])
        #expect(found(Self.component("DCMTK", maker: "OFFIS", ["3.6.7"])) == [])
        #expect(found(Self.component("DCMTK", maker: "OFFIS", [])) == ["ICSMA-22-174-01 versionNotSeen"])
        #expect(found(Self.component("DCMTK", maker: "OFFIS", ["3.6.5"], confidence: 49)) == [])
        #expect(found(Self.component("Orthanc", maker: "Orthanc Team", ["1.10.1"])) == [])
        // A web server of anybody is no advisory; the same one in this maker's product is.
        #expect(found(Self.component("Allegro RomPager", maker: "Allegro Software", ["4.07"])) == [])
        #expect(found(Self.component("Allegro RomPager", maker: "Allegro Software", ["4.07"]), maker: "Capsule") == ["ICSMA-18-240-01 versionInRange"])
    }

    @Test("what is told, in both languages") func phrases() throws {
        let alaris = Self.identity(maker: "BD", product: "Alaris 8015 PC unit", version: "9.33")
        let match = try #require(Self.matcher.advisories(for: alaris).first { $0.advisory.id == "ICSMA-17-017-02" })
        #expect(match.advisory.url == "https://www.cisa.gov/news-events/ics-medical-advisories/icsma-17-017-02")
        #expect(match.advisory.cves == ["CVE-2016-8375", "CVE-2016-9355"])
        #expect(match.advisory.cvss == "6.8")
        // The advisory also names 9.5 and earlier, which 9.33 is not.
        #expect(match.affected == "≤ 9.33")
        #expect(match.phrase.english.contains("potentially concerned by advisory ICSMA-17-017-02; version 9.33 is among the affected versions"))
        #expect(match.phrase.french.contains("potentiellement concerné par l’avis ICSMA-17-017-02\u{00A0}; la version 9.33 fait partie des versions vulnérables"))
        for identity in [
            Self.identity(maker: "Philips", product: "IntelliSpace PACS"), Self.identity(maker: "BD", product: "Alaris 8015"),
            Self.identity(maker: "Roche Diagnostics", product: "ACCU-CHEK INFORM II", version: "1"),
            Self.identity(maker: "Roche Diagnostics", product: "ACCU-CHEK INFORM II"),
        ] {
            let matches = Self.matcher.advisories(for: identity)
            #expect(!matches.isEmpty)
            for match in matches {
                #expect(match.phrase.english.contains("potentially") && match.phrase.french.contains("potentiellement"))
                #expect(match.phrase.french.hasSuffix(match.advisory.url) && match.phrase.english.hasSuffix(match.advisory.url))
            }
        }
    }

    @Test("the order and the content are the same every time") func order() {
        let identity = Self.identity(maker: "BD", product: "Alaris 8015 PC unit", version: "9.33", software: [Self.component("DCMTK", maker: "OFFIS", [])])
        let first = AdvisoryMatcher(.builtIn).advisories(for: identity)
        #expect(first.map(\.advisory.id) == first.map(\.advisory.id).sorted())
        #expect(AdvisoryMatcher(.builtIn).advisories(for: identity) == first)
    }

    @Test("hostile names and versions are only not matched") func hostile() {
        for text in [String(repeating: "9", count: 5000), String(repeating: "alaris 8015 ", count: 5000), "\\\\\\", "９.３３", "9..33..", "\u{0}", "-1", "9.33é"] {
            _ = Self.found("BD", text, text)
            _ = Self.found("BD", "Alaris 8015", text)
        }
        #expect(AdvisoryVersion(String(repeating: "9", count: 40)) == nil)
    }

    @Test(
        "versions are compared by their numbers and letters",
        arguments: [
            ("9.33", "<=9.33", true), ("9.33.1", "<=9.33", true), ("9.34", "<=9.33", false), ("9.4", "<=9.33", true), ("9.33.1", "=9.33", true),
            ("9.3", "=9.33", false), ("12.2.8.400", "<12.2.8.410", true), ("12.2.8.410", "<12.2.8.410", false), ("3.6.7", "<3.6.7", false),
            ("3.6.6+20210101", "<3.6.7", true), ("v3.6.6", "<3.6.7", true), ("Rev. B.06.18", "<=B.06.18", true), ("M.00.03", "<=N", true),
            ("P.01", "<=N", false), ("4.1.1", "<=R4.1L1", nil), ("L80", "<=L81", true), ("U61", "<=L81", false), ("012U000039", "<012U000040", true),
            ("3.1b", "<=3.1", true), ("3.1", "<3.1b", true), ("2.0", ">=2.0", true), ("1.9", ">=2.0", false), ("syngo CT VA48A", "<=2.3.5", nil),
            ("BT05", ">=BT02", true), ("", "<=1", nil),
        ]
    ) func comparisons(version: String, range: String, expected: Bool?) throws {
        guard case .compared(let comparisons) = try #require(VersionRange([range])) else {
            Issue.record("no comparison")
            return
        }
        #expect(AdvisoryVersion(version).flatMap { comparisons.first?.holds(for: $0) } == expected)
    }

    @Test("mistakes in the registry are found when signatures are checked") func checked() throws {
        func problems(_ row: String, columns: String = "advisory date makers products cves cvss title") throws -> [String] {
            let text = "# columns: \(columns)\n\(row)\n"
            return try LoadingTests.problems(more: ["registries/advisories.tsv": text]).map(\.message)
        }
        #expect(try problems("ICSMA-1\t2017-01-01\tAcme\tpump 3 <=2 | pump 4 >=1 <2 | pump 5 * | pump 6 ?\tCVE-2017-1\t6.8\tT") == [])
        #expect(try problems("ICSMA-1\t2017-01-01\tAcme\tpump 3\tCVE-2017-1\t6.8\tT").first?.contains("versions") == true)
        #expect(try problems("ICSMA-1\t2017-01-01\tAcme\tPump 3 *\tCVE-2017-1\t6.8\tT").first?.contains("small letters") == true)
        #expect(try problems("ICSMA-1\t2017-01-01\tAcme\t<=2\tCVE-2017-1\t6.8\tT").first?.contains("small letters") == true)
        #expect(try problems("ICSMA-1\t2017-01-01\t\tpump *\tCVE-2017-1\t6.8\tT") == ["no maker"])
        #expect(try problems("ICSMA-1\tx", columns: "advisory x").first?.hasPrefix("the columns must be") == true)
    }

    @Test("every product of every advisory finds it, under each of its makers") func complete() throws {
        var count = 0
        var wrong: [String] = []
        let table = try #require(SignatureSet.builtIn.registries["advisories"])
        table.forEachRow { _, cells in
            guard case .success(let advisory) = Advisory.read(cells) else {
                wrong.append(cells[0])
                return
            }
            for maker in advisory.makers {
                // A maker of the list is written as the list has it.
                if SignatureSet.builtIn.vocabulary.vendor(named: maker) != maker { wrong.append("\(advisory.id): \(maker)") }
                for product in advisory.products {
                    count += 1
                    if Self.found(maker, product.words.joined(separator: " "))[advisory.id] == nil { wrong.append("\(advisory.id): \(product.words)") }
                }
            }
        }
        #expect(wrong == [])
        #expect(count > 600)
    }
}
