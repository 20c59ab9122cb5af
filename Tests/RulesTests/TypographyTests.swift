import BuiltInSignatures
import Testing

@testable import Rules

/// French is printed in one way, however its authors typed it.
@Suite struct TypographyTests {
    @Test(arguments: [
        ("l'hôpital n'a qu'un VLAN", "l’hôpital n’a qu’un VLAN"), ("Aujourd'hui : non ; demain ?", "Aujourd’hui\u{00A0}: non\u{00A0}; demain\u{00A0}?"),
        ("d'« admin » !", "d’«\u{00A0}admin\u{00A0}»\u{00A0}!"), ("le mot 'admin' reste", "le mot 'admin' reste"), ("net use :x /d", "net use :x /d"), ("à 10:20", "à 10:20"),
        ("deux\u{00A0}: déjà", "deux\u{00A0}: déjà"), ("", ""), ("'", "'"), (" :", "\u{00A0}:"),
    ]) func printed(_ written: String, _ printed: String) {
        #expect(Typography.french(written) == printed)
        #expect(Typography.french(printed) == printed)
        #expect(Text(written: written, english: "the server's : name") == Text(french: printed, english: "the server's : name"))
    }

    /// All texts of the signatures, as reports show them.
    @Test func signatures() throws {
        let set = SignatureSet.builtIn
        var texts = set.vocabulary.deviceClasses.values.map(\.title) + set.vocabulary.roles.values + set.vocabulary.frameworks.values.flatMap(\.values)
        for rule in set.rules {
            let text = try #require(set.text(of: rule.id))
            texts += [text.title, text.what, text.why, text.fix, text.falsePositives, text.severityReason] + text.adjustmentReasons
        }
        #expect(texts.count > 1000 && texts.contains { $0.french.contains("’") } && texts.contains { $0.french.contains("\u{00A0};") })
        for text in texts {
            #expect(text.french.firstMatch(of: #/\p{L}'\p{L}| [:;?!»](?!\p{L})|« /#) == nil, "\(text.french)")
        }
    }
}
