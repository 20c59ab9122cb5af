import Campaigns
import Observations
import Rules
import Wire

extension HTMLPage {
    /// How the tables of a comparison are shown, as ``registerViews`` has it, in the order of ``RegisterTable/comparison(_:_:_:)``.
    private static let comparisonViews: [(id: String, main: Set<Int>, filters: Set<Int>)] = [
        ("changed-devices-table", [0, 1, 3, 6, 7, 8, 9, 12], [0, 2, 3, 6, 7]),
        ("changed-services-table", [0, 1, 2, 3, 4], [0]),
        ("new-peers-table", [0, 1, 2, 3, 4, 5, 6, 8], [2, 3, 4]),
        ("changed-findings-table", [0, 1, 3, 5, 6, 9], [0, 1, 7]),
    ]

    /// The tables of the comparison with an earlier campaign; none where there is none.
    var comparisonTables: [HTMLTable] {
        guard let comparison = self.report.comparison else { return [] }
        return zip(RegisterTable.comparison(comparison, self.report.texts, self.language), Self.comparisonViews).map { register, view in
            HTMLTable(register, id: view.id, main: view.main, filters: view.filters, self.phrasing)
        }
    }

    private func phrasing(of comparison: Comparison) -> ComparisonPhrasing {
        ComparisonPhrasing(comparison: comparison, language: self.language, texts: self.report.texts)
    }

    func writeComparison(_ html: inout HTMLWriter, _ tables: Tables) {
        guard let comparison = self.report.comparison else {
            return html.element(
                "p", [:],
                self.word(
                    "Aucune campagne précédente n’a été donnée\u{00A0}: « --compare » en nomme une (un résultat ou une capture), et « laennec diff » compare deux campagnes.",
                    "No earlier campaign was given: “--compare” names one (a result or a capture), and “laennec diff” compares two campaigns."))
        }
        let words = self.phrasing(of: comparison)
        if let before = comparison.before.period, let after = comparison.after.period {
            html.element(
                "p", [:],
                self.word(
                    "Campagne précédente\u{00A0}: du \(self.moment(before.lowerBound)) au \(self.moment(before.upperBound)). Celle-ci\u{00A0}: du \(self.moment(after.lowerBound)) au \(self.moment(after.upperBound)).",
                    "Earlier campaign: from \(self.moment(before.lowerBound)) to \(self.moment(before.upperBound)). This one: from \(self.moment(after.lowerBound)) to \(self.moment(after.upperBound))."))
        }
        html.element("p", [:], words.interval)
        let remarks = comparison.notes.map { words.note($0) } + comparison.segments.prefix(12).map { words.segment($0) }
        if !remarks.isEmpty {
            html.element("ul", ["class": "notes"]) { html in for remark in remarks { html.element("li", [:], remark) } }
        }
        self.writeBalance(comparison, &html)
        for table in tables.comparison where table.total > 0 { table.write(&html, self.phrasing) }
        if comparison.newPeerCount > comparison.newPeers.count { self.writeMorePeers(comparison, &html) }
    }

    private func writeMorePeers(_ comparison: Comparison, _ html: inout HTMLWriter) {
        let more = self.number(comparison.newPeerCount &- comparison.newPeers.count)
        html.element("p", ["class": "note"], self.word("… et \(more) nouveaux correspondants de plus.", "… and \(more) more new peers."))
    }

    /// What became of devices and findings, in figures.
    private func writeBalance(_ comparison: Comparison, _ html: inout HTMLWriter) {
        let figures: [(Int, String)] = [
            (comparison.appeared.count, self.word("dispositifs nouveaux", "new devices")),
            (comparison.vanished.count, self.word("dispositifs non revus", "devices not seen again")),
            (comparison.deviceChanges.filter { $0.isChanged || $0.isMoved }.count, self.word("dispositifs modifiés ou déplacés", "devices changed or moved")),
            (comparison.services.filter { $0.kind == .opened }.count, self.word("services ouverts", "services opened")),
            (comparison.findings(.new).count, self.word("constats nouveaux", "new findings")),
            (comparison.findings(.regressed).count, self.word("constats aggravés", "findings that got graver")),
            (comparison.findings(.persisting).count, self.word("constats persistants", "persisting findings")),
            (comparison.findings(.fixed).count, self.word("constats corrigés", "fixed findings")),
            (comparison.findings(.unchecked).count, self.word("constats non vérifiables", "findings that could not be checked")),
        ]
        html.element("ul", ["class": "figures"]) { html in
            for (value, title) in figures {
                html.element("li") { html in
                    html.element("strong", [:], self.number(value))
                    html.space()
                    html.text(title)
                }
            }
        }
    }

    /// The trend in one sentence, for management.
    var trend: String {
        guard let comparison = self.report.comparison else {
            return self.word("Évolution\u{00A0}: aucune campagne précédente n’est comparée dans ce rapport.", "Trend: no earlier campaign is compared in this report.")
        }
        let worse = comparison.findings(.new).count &+ comparison.findings(.regressed).count
        let fixed = comparison.findings(.fixed).count
        let figures = self.word(
            "\(self.number(worse)) constats nouveaux ou aggravés, \(self.number(fixed)) corrigés, \(self.number(comparison.findings(.persisting).count)) persistants, \(self.number(comparison.findings(.unchecked).count)) non vérifiables",
            "\(self.number(worse)) findings new or graver, \(self.number(fixed)) fixed, \(self.number(comparison.findings(.persisting).count)) persisting, \(self.number(comparison.findings(.unchecked).count)) that could not be checked")
        let direction = worse == fixed
            ? self.word("stable", "unchanged") : worse < fixed ? self.word("en amélioration", "better") : self.word("en dégradation", "worse")
        return self.word("Évolution depuis la campagne précédente\u{00A0}: \(direction) (\(figures)).", "Trend since the earlier campaign: \(direction) (\(figures)).")
    }
}
