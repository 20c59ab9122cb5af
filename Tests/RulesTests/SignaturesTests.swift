import BuiltInSignatures
import Foundation
import Testing
import Wire

@testable import Rules

/// The project's own signatures.
@Suite("Signatures") struct SignaturesTests {
    @Test("load, and every example does what it says") func check() throws {
        let problems = try Project.signatures.get().check()
        #expect(problems.isEmpty, "\(problems.map(\.description).joined(separator: "\n"))")
    }

    @Test("are what the program carries") func embedded() throws {
        let set = try Project.signatures.get()
        let builtIn = SignatureSet.builtIn
        #expect(builtIn.fingerprint == set.fingerprint)
        #expect(builtIn.identity.map(\.id) == set.identity.map(\.id))
        #expect(builtIn.rules.map(\.id) == set.rules.map(\.id))
        for (embedded, loaded) in zip(builtIn.identity, set.identity) {
            #expect(embedded.field == loaded.field)
            #expect(embedded.match == loaded.match)
            #expect(embedded.also == loaded.also)
            #expect(embedded.asserts == loaded.asserts)
            #expect(embedded.confidence == loaded.confidence)
        }
        for (embedded, loaded) in zip(builtIn.rules, set.rules) {
            #expect(embedded.match == loaded.match)
            #expect(embedded.severity == loaded.severity)
            #expect(embedded.adjustments.map(\.when) == loaded.adjustments.map(\.when))
            #expect(embedded.mapping == loaded.mapping)
            #expect(builtIn.text(of: embedded.id) == set.text(of: loaded.id))
            #expect(builtIn.source(of: embedded.id)?.text == set.source(of: loaded.id)?.text)
        }
        #expect(builtIn.registrySizes.map(\.name) == set.registrySizes.map(\.name))
        #expect(builtIn.registrySizes.map(\.rows) == set.registrySizes.map(\.rows))
    }

    @Test("speak both languages, and claim nothing that they must not") func texts() throws {
        let set = try Project.signatures.get()
        for rule in set.rules {
            let text = try #require(set.text(of: rule.id))
            #expect(text.adjustmentReasons.count == rule.adjustments.count)
            for part in [text.title, text.what, text.why, text.fix, text.falsePositives, text.severityReason] + text.adjustmentReasons {
                #expect(part.french != part.english || part.french.isEmpty)
                // A scan from inside is no audit of what CaRE asks for, and proves no infection.
                for word in ["atteint", "conforme", "infecté", "compliant", "infected"] {
                    #expect(!part.french.contains(word) && !part.english.contains(word), "\(rule.id)")
                }
            }
        }
    }

    @Test("survive the compact form") func compact() throws {
        var problems: [SignatureProblem] = []
        let files = SignatureFolder.files(of: Project.folder, problems: &problems)
        #expect(problems == [])
        for file in files where file.path.hasSuffix(".yaml") {
            let compact = try Document(yaml: file.text, file: file.path).compact()
            let bytes = Array(compact.utf8)
            let again = Document(compact: bytes.rawSpan)?.compact()
            #expect(again == compact)
        }
    }

    @Test("no signature says what is not in the lists, and no hardware address identifies") func ceilings() throws {
        let set = try Project.signatures.get()
        for signature in set.identity {
            let kind = try #require(set.vocabulary.evidence[signature.field])
            #expect(signature.confidence <= kind.ceiling)
        }
        for name in ["hardware-address", "host-name", "dicom-title"] {
            #expect(set.vocabulary.evidence.values.contains { $0.id == name && $0.ceiling <= 40 })
        }
        #expect(set.vocabulary.evidence.values.allSatisfy { $0.id != "dhcp-parameters" || $0.ceiling <= 50 })
    }
}

@Suite("Documents") struct DocumentTests {
    @Test("the compact form keeps texts with line feeds and backslashes") func escapes() {
        let document = Document(.map([.init(key: "a\nb", value: Document(.list([Document(.text("\\n\n\\")), Document(.text(""))])))]))
        let bytes = Array(document.compact().utf8)
        let read = Document(compact: bytes.rawSpan)
        #expect(read?["a\nb"]?.list?.map(\.text) == ["\\n\n\\", ""])
    }

    @Test("a cut compact form is read or refused, at any cut") func cuts() {
        let document = Document(.map([.init(key: "key", value: Document(.list([Document(.text("é"))])))]))
        let bytes = Array(document.compact().utf8)
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            _ = Document(compact: cut.rawSpan)
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 10_000)
        let read = Document(compact: deep.rawSpan)
        #expect(read == nil)
    }
}
