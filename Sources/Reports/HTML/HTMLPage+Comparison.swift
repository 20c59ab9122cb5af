import Campaigns
import Observations
import Rules
import Wire

extension HTMLPage {
    /// How the tables of a comparison are shown, as ``registerViews`` has it, in the order of ``RegisterTable/comparison(_:_:_:)``.
    private static let comparisonViews: [(id: String, main: Set<Int>, filters: Set<Int>, severity: Int?)] = [
        ("changed-devices-table", [0, 1, 3, 6, 7, 8, 9, 12], [0, 2, 3, 6, 7], nil),
        ("changed-services-table", [0, 1, 2, 3, 4], [0], nil),
        ("new-peers-table", [0, 1, 2, 3, 4, 5, 6, 8], [2, 3, 4], nil),
        ("changed-findings-table", [0, 1, 3, 5, 6, 9], [0, 1, 7], 1),
    ]

    /// The tables of the comparison with an earlier campaign; none where there is none.
    var comparisonTables: [HTMLTable] {
        guard let comparison = self.report.comparison else { return [] }
        return zip(RegisterTable.comparison(comparison, self.report.texts, self.language), Self.comparisonViews).map { register, view in
            HTMLTable(register, id: view.id, main: view.main, filters: view.filters, severity: view.severity, self.phrasing)
        }
    }

    func phrasing(of comparison: Comparison) -> ComparisonPhrasing {
        ComparisonPhrasing(comparison: comparison, language: self.language, texts: self.report.texts)
    }

    /// The most segments that are named.
    static let segmentLimit = 12

    func writeComparison(_ html: inout HTMLWriter, _ tables: Tables) {
        guard let comparison = self.report.comparison else {
            return html.element(
                "p", [:],
                self.word(
                    "Aucune campagne précédente n’a été donnée\u{00A0}: «\u{00A0}--compare\u{00A0}» en nomme une (un résultat ou une capture), et «\u{00A0}laennec diff\u{00A0}» compare deux campagnes.",
                    "No earlier campaign was given: “--compare” names one (a result or a capture), and “laennec diff” compares two campaigns."))
        }
        let words = self.phrasing(of: comparison)
        if let before = comparison.before.period, let after = comparison.after.period {
            html.element("p") { html in
                html.text(self.word("Campagne précédente\u{00A0}: ", "Earlier campaign: "))
                self.write(self.parts(of: before, then: self.word(". Celle-ci\u{00A0}: ", ". This one: ")), &html)
                self.write(self.parts(of: after, then: "."), &html)
            }
        }
        html.element("p", [:], words.interval)
        let remarks = comparison.notes.map { words.note($0) } + comparison.segments.prefix(Self.segmentLimit).map { words.segment($0) }
        if !remarks.isEmpty {
            html.element("ul", ["class": "notes"]) { html in for remark in remarks { html.element("li", [:], remark) } }
        }
        self.write(self.balance(comparison), &html)
        for table in tables.comparison where table.total > 0 { table.write(&html, self.phrasing) }
        if comparison.newPeerCount > comparison.newPeers.count { self.writeMorePeers(comparison, &html) }
    }

    private func writeMorePeers(_ comparison: Comparison, _ html: inout HTMLWriter) {
        let more = comparison.newPeerCount &- comparison.newPeers.count
        let text = self.count(more, "nouveau correspondant", "nouveaux correspondants", "more new peer", "more new peers")
        html.element("p", ["class": "note"], self.word("… et \(text) de plus.", "… and \(text)."))
    }

    /// What became of devices and findings, in figures.
    func balance(_ comparison: Comparison) -> [(Int, String)] {
        let changed = comparison.deviceChanges.filter { $0.isChanged || $0.isMoved }.count
        func findings(_ state: Comparison.FindingChange.State, _ french: String, _ frenchMany: String, _ english: String, _ englishMany: String) -> (Int, String) {
            self.figure(comparison.findings(state).count, french, frenchMany, english, englishMany)
        }
        return [
            self.figure(comparison.appeared.count, "dispositif nouveau", "dispositifs nouveaux", "new device", "new devices"),
            self.figure(comparison.vanished.count, "dispositif non revu", "dispositifs non revus", "device not seen again", "devices not seen again"),
            self.figure(
                changed, "dispositif modifié ou déplacé", "dispositifs modifiés ou déplacés", "device changed or moved", "devices changed or moved"),
            self.figure(comparison.services.filter { $0.kind == .opened }.count, "service ouvert", "services ouverts", "service opened", "services opened"),
            findings(.new, "constat nouveau", "constats nouveaux", "new finding", "new findings"),
            findings(.regressed, "constat aggravé", "constats aggravés", "finding that got worse", "findings that got worse"),
            findings(.persisting, "constat persistant", "constats persistants", "persisting finding", "persisting findings"),
            findings(.fixed, "constat corrigé", "constats corrigés", "fixed finding", "fixed findings"),
            findings(.unchecked, "constat non vérifiable", "constats non vérifiables", "finding that could not be checked", "findings that could not be checked"),
        ]
    }

    /// The trend in one sentence, for management.
    var trend: String {
        guard let comparison = self.report.comparison else {
            return self.word("Évolution\u{00A0}: aucune campagne précédente n’est comparée dans ce rapport.", "Trend: no earlier campaign is compared in this report.")
        }
        let worse = comparison.findings(.new).count &+ comparison.findings(.regressed).count
        let fixed = comparison.findings(.fixed).count
        let persisting = comparison.findings(.persisting).count
        let unchecked = comparison.findings(.unchecked).count
        let figures = [
            self.count(worse, "constat nouveau ou aggravé", "constats nouveaux ou aggravés", "finding new or worse", "findings new or worse"),
            self.count(fixed, "corrigé", "corrigés", "fixed", "fixed"), self.count(persisting, "persistant", "persistants", "persisting", "persisting"),
            self.count(unchecked, "non vérifiable", "non vérifiables", "that could not be checked", "that could not be checked"),
        ].joined(separator: ", ")
        let direction = worse == fixed
            ? self.word("stable", "unchanged") : worse < fixed ? self.word("en amélioration", "better") : self.word("en dégradation", "worse")
        return self.word("Évolution depuis la campagne précédente\u{00A0}: \(direction) (\(figures)).", "Trend since the earlier campaign: \(direction) (\(figures)).")
    }
}
