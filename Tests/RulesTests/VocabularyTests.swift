import BuiltInSignatures
import Testing

@testable import Rules

@Suite("Vocabulary") struct VocabularyTests {
    private func problems(_ classes: String) throws -> [String] {
        try LoadingTests.problems(more: ["vocabulary/device-classes.tsv": classes]).map(\.message)
    }

    @Test("classes of devices with and without their codes") func columns() throws {
        let plain = "# columns: id medical french english\nct-scanner\tyes\tscanographe\tCT scanner\n"
        let coded = """
            # columns: id medical french english emdn emdn-term
            ct-scanner\tyes\tscanographe\tCT scanner\tZ110306\tCOMPUTED TOMOGRAPHS (CT)
            printer\tno\timprimante\tprinter\t\t

            """
        #expect(try self.problems(plain) == [])
        #expect(try self.problems(coded) == [])
        let set = try LoadingTests.load(["vocabulary/device-classes.tsv": coded])
        #expect(set.vocabulary.deviceClasses["ct-scanner"]?.emdn == "Z110306")
        #expect(set.vocabulary.deviceClasses["ct-scanner"]?.emdnTerm == "COMPUTED TOMOGRAPHS (CT)")
        #expect(set.vocabulary.deviceClasses["printer"]?.emdn == nil)
        #expect(set.vocabulary.deviceClasses["printer"]?.emdnTerm == nil)
        let old = try LoadingTests.load(["vocabulary/device-classes.tsv": plain])
        #expect(old.vocabulary.deviceClasses["ct-scanner"]?.emdn == nil)
    }

    @Test(
        "mistakes in the codes are named",
        arguments: [
            ("Z110306\t", "columns emdn and emdn-term"), ("\tCOMPUTED TOMOGRAPHS", "columns emdn and emdn-term"),
            ("110306\tCOMPUTED TOMOGRAPHS", "columns emdn and emdn-term"), ("Z11-03\tX", "columns emdn and emdn-term"), ("Z110306", "5 columns where 6"),
        ]
    ) func mistakes(cells: String, message: String) throws {
        let text = "# columns: id medical french english emdn emdn-term\nct-scanner\tyes\tscanographe\tCT scanner\t\(cells)\n"
        let found = try self.problems(text)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test("columns that nobody knows are refused") func unknownColumns() throws {
        let found = try self.problems("# columns: id medical french english gmdn\nct-scanner\tyes\tscanographe\tCT scanner\t1\n")
        #expect(found.contains { $0.contains("may be followed by: emdn emdn-term") })
    }

    @Test("the project's own codes") func own() throws {
        let classes = SignatureSet.builtIn.vocabulary.deviceClasses
        #expect(classes["infusion-pump"]?.emdn == "Z120303")
        #expect(classes["infusion-pump"]?.emdnTerm == "INFUSION INSTRUMENTS")
        #expect(classes["interface-engine"]?.emdn == nil)
        // A code is about one class only, and about medical devices.
        let coded = classes.values.filter { $0.emdn != nil }
        #expect(coded.count >= 48)
        #expect(Set(coded.map(\.emdn)).count == coded.count)
        #expect(coded.allSatisfy { $0.isMedical })
    }
}
