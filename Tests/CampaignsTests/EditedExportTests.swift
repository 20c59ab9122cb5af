import Campaigns
import Rules
import Testing
import Wire

/// What comes back from a spreadsheet.
@Suite("An edited export")
struct EditedExportTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static let chronicle: Chronicle = {
        let device = Sightings.Device(id: "mac-a", macs: [])
        let finding = Sightings.Finding(
            id: "rule-1", rule: "rule", severity: .major, confidence: 90, device: "mac-a", service: nil, isOwnService: false, occurrences: 1,
            firstSeen: Timestamp(seconds: 0), lastSeen: Timestamp(seconds: 0))
        var decisions = [
            Decision(number: 1, date: Self.now, subject: "mac-a", act: .label(key: "location", value: "Bloc 2")),
            Decision(number: 2, date: Self.now, subject: "mac-a", act: .label(key: "note", value: "=1+1")),
        ]
        if let until = Day("2027-06-30") { decisions.append(Decision(number: 3, date: Self.now, subject: "rule-1", act: .accept(until: until, reason: "r", owner: "o"))) }
        return Chronicle(campaigns: [Sightings(id: "1", moment: Timestamp(seconds: 0), devices: [device], findings: [finding])], decisions: decisions)
    }()

    private static func outcome(_ text: String) throws -> EditedExport.Outcome {
        try EditedExport(Array(text.utf8)).outcome(in: Self.chronicle, date: Self.now, author: "A")
    }

    @Test("changes nothing where nothing was edited")
    func unchanged() throws {
        for text in [
            "id,revision,label: location,label: note\r\nmac-a,2,Bloc 2,'=1+1\r\n",
            "\u{FEFF}identifiant;révision;étiquette : emplacement;étiquette\u{00A0}:\u{00A0}note\r\nmac-a;2;Bloc 2;'=1+1\r\n",
            "id\trevision\tlabel: location\r\nmac-a\t2\tBloc 2\r\n", "revision,id,label: note\n2,mac-a,'=1+1\n\n,,\n",
            "id,revision,accepted until,reason,risk owner,assigned to,due\nrule-1,3,2027-06-30,r,o,,\n",
            "identifiant;révision;accepté jusqu'au;motif;responsable du risque\nrule-1;3;30/06/2027;r;o\n", "id,revision,reason\nrule-1,3,r\n",
        ] {
            let outcome = try Self.outcome(text)
            #expect(outcome.decisions.isEmpty && outcome.unchanged == 1, "\(text)")
            #expect(outcome.unknown.isEmpty && outcome.conflicts.isEmpty && outcome.mistakes.isEmpty, "\(text)")
        }
    }

    @Test("takes edited labels over, and an emptied cell away")
    func labels() throws {
        let outcome = try Self.outcome("id,revision,label: location,label: note,label: asset number,label: étage\nmac-a,2,\"Bloc 3, \"\"B\"\"\",,'-12,3\n")
        #expect(outcome.decisions.map(\.act) == [
            .label(key: "location", value: "Bloc 3, \"B\""), .label(key: "note", value: ""), .label(key: "asset-number", value: "-12"),
            .label(key: "étage", value: "3"),
        ])
        #expect(outcome.decisions.allSatisfy { $0.author == "A" && $0.date == Self.now && $0.subject == "mac-a" })
        // Saved by a spreadsheet in Windows-1252.
        let bytes: [UInt8] = Array("id;revision;label: location\nmac-a;2;Chambre ".utf8) + [0xE9] + Array("lev\u{65}e\n".utf8)
        #expect(try EditedExport(bytes).outcome(in: Self.chronicle, date: Self.now, author: nil).decisions.map(\.act) == [.label(key: "location", value: "Chambre élevee")])
    }

    @Test("takes acceptances and assignments over")
    func decisions() throws {
        let header = "id,revision,accepted until,reason,risk owner,assigned to,due\n"
        let day = try #require(Day("2028-01-31"))
        let old = try #require(Day("2027-06-30"))
        #expect(try Self.outcome(header + "rule-1,3,2028-01-31,r,o,,\n").decisions.map(\.act) == [.accept(until: day, reason: "r", owner: "o")])
        #expect(try Self.outcome(header + "rule-1,3,2027-06-30,autre,o,,\n").decisions.map(\.act) == [.accept(until: old, reason: "autre", owner: "o")])
        #expect(try Self.outcome(header + "rule-1,3,,,,,\n").decisions.map(\.act) == [.reopen])
        #expect(try Self.outcome(header + "rule-1,3,2027-06-30,r,o,Réseau,2028-01-31\n").decisions.map(\.act) == [.assign(to: "Réseau", due: day)])
        for (line, words) in [("rule-1,3,2027-06-30,,o,,", "reason"), ("rule-1,3,30/06/2027,r,o,,", "date"), ("rule-1,3,soon,r,o,,", "date"), ("rule-1,3,2027-06-30,r,o,,2028-01-31", "due")] {
            let outcome = try Self.outcome(header + line + "\n")
            #expect(outcome.decisions.isEmpty && outcome.mistakes.map(\.line) == [2], "\(line)")
            #expect(outcome.mistakes.first?.text.english.contains(words) == true, "\(outcome.mistakes)")
        }
    }

    @Test("gives back what it kept from being a formula", arguments: ["=1", "a,=b;-c\t@d", "'", "'=", "''=", " =x", "\"-1", "plain", "", "'a", "+'-", "a;'", "\u{FF1D}1"])
    func formulas(_ text: String) throws {
        let quoted = "\"" + SpreadsheetText.harmless(text).replacing("\"", with: "\"\"") + "\""
        // A label of that value that the inventory does not have yet.
        let acts = try Self.outcome("id,revision,label: x\nmac-a,2,\(quoted)\n").decisions.map(\.act)
        let value = Label.value(text)
        guard text != " =x", !text.hasPrefix("'"), !text.contains("\t") else { return #expect(acts.count == 1) }
        #expect(acts == (value.isEmpty ? [] : [.label(key: "x", value: value)]))
    }

    @Test("lists what it does not know, and leaves alone what changed since")
    func conflicts() throws {
        let outcome = try Self.outcome("id,revision,label: location\nmac-b,0,X\nmac-a,1,Bloc 9\nmac-a,2,Bloc 8\n")
        #expect(outcome.decisions.isEmpty)
        #expect(outcome.unknown == ["mac-b"] && outcome.conflicts == ["mac-a"] && outcome.mistakes.map(\.line) == [4])
        // An old line that was not edited is no conflict.
        #expect(try Self.outcome("id,revision,label: location\nmac-a,1,Bloc 2\n").conflicts == [])
        #expect(try Self.outcome("id,revision,label: location\nmac-a,,Bloc 9\n").conflicts == ["mac-a"])
    }

    @Test("refuses what is no export", arguments: ["", "a,b\n1,2\n", "id,revision\nmac-a,2\n", "id,label: note\nmac-a,x\n", "\u{0}\u{1}", "\"", ";;;;\n;;;;"])
    func refused(_ text: String) {
        #expect(throws: EditedExport.Problem.self) { try EditedExport(Array(text.utf8)) }
    }

    @Test("keeps hostile cells printable and short")
    func hostile() throws {
        let long = String(repeating: "x", count: 70_000)
        let outcome = try Self.outcome("id,revision,label: note,label: location\nmac-a,2,\u{1B}[31m\u{202E}<script>\u{0},\(long)\n")
        guard outcome.decisions.count == 2, case .label(_, let note) = outcome.decisions[0].act, case .label(_, let place) = outcome.decisions[1].act else {
            Issue.record("\(outcome.decisions)")
            return
        }
        #expect(!note.unicodeScalars.contains { $0.value < 32 || $0 == "\u{202E}" } && note.contains("<script>"))
        #expect(place.count == Label.limit)
        #expect(Label.key("a=b") == nil && Label.key(" ") == nil && Label.key(long) == nil && Label.key("Emplacement") == "location" && Label.key("Unité de soins") == "care-unit")
    }
}
