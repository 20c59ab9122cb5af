public import Campaigns
import Observations
public import Rules

/// The reconciliation with the GMAO for a terminal.
public struct ReconciliationText: TerminalLines {
    private let reconciliation: Reconciliation
    private let phrasing: ReconciliationPhrasing
    let hasColour: Bool
    private let width: Int
    var lines: [String] = []

    /// The most rows of a table; the rest is counted.
    private static let rowLimit = 20

    /// - Parameters:
    ///   - texts: names of classes.
    ///   - hasColour: whether ANSI colours may be used.
    ///   - width: columns of the terminal.
    public static func text(
        _ reconciliation: Reconciliation, _ file: GMAOFile, _ mapping: ColumnMapping, _ texts: SignatureSet, language: Language, hasColour: Bool, width: Int
    ) -> String {
        var writer = ReconciliationText(
            reconciliation: reconciliation, phrasing: ReconciliationPhrasing(reconciliation: reconciliation, language: language, texts: texts),
            hasColour: hasColour, width: width)
        writer.writeFile(file, mapping)
        writer.writePairs()
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private init(reconciliation: Reconciliation, phrasing: ReconciliationPhrasing, hasColour: Bool, width: Int) {
        self.reconciliation = reconciliation
        self.phrasing = phrasing
        self.hasColour = hasColour
        self.width = width
    }

    private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }
    private func counted(_ count: Int, _ french: (one: String, many: String), _ english: (one: String, many: String)) -> String {
        Phrasing.counted(count, self.phrasing.language, french: french, english: english)
    }

    private mutating func write(_ title: String, _ header: [String], _ rows: [[String]], whole: Set<Int> = []) {
        guard !rows.isEmpty else { return }
        self.heading("\(title) (\(rows.count))")
        var table = TextTable(header, width: self.width, whole: whole)
        for row in rows.prefix(Self.rowLimit) { table.add(row) }
        self.write(table)
        let more = rows.count &- min(rows.count, Self.rowLimit)
        if more > 0 { self.lines.append("  " + self.word("… et \(more) de plus (-o les donne tous)", "… and \(more) more (-o has them all)")) }
    }

    private mutating func writeFile(_ file: GMAOFile, _ mapping: ColumnMapping) {
        self.heading(self.word("Rapprochement avec la GMAO", "Reconciliation with the GMAO"))
        let separator = file.separator == "\t" ? self.word("tabulation", "tab") : String(file.separator)
        self.lines.append(
            "  "
                + self.word(
                    "\(self.counted(file.lines.count, ("ligne", "lignes"), ("line", "lines"))), \(file.encoding.rawValue), séparateur «\u{00A0}\(separator)\u{00A0}»",
                    "\(self.counted(file.lines.count, ("ligne", "lignes"), ("line", "lines"))), \(file.encoding.rawValue), separator “\(separator)”"))
        let columns = mapping.columns.keys.sorted().map { field in
            "\(field.title[self.phrasing.language]) = " + (mapping.columns[field] ?? []).compactMap { $0 < file.header.count ? file.header[$0] : nil }.joined(separator: " + ")
        }.joined(separator: self.word("\u{00A0}; ", "; "))
        self.lines.append(
            "  "
                + (mapping.isAutomatic
                    ? self.word("Correspondance d’après les noms des colonnes (--mapping en impose une)\u{00A0}: \(columns)", "Mapping by the names of the columns (--mapping sets one): \(columns)")
                    : self.word("Correspondance donnée\u{00A0}: \(columns)", "Mapping as given: \(columns)")))
        if !file.badLines.isEmpty {
            self.lines.append(
                "  "
                    + self.style(
                        self.counted(file.badLines.count, ("ligne à vérifier", "lignes à vérifier"), ("line to check", "lines to check")) + self.word("\u{00A0}:", ":"), "33"))
            for line in file.badLines.prefix(Self.rowLimit) {
                self.lines.append("    " + self.word("ligne \(line.number)\u{00A0}: ", "line \(line.number): ") + self.phrasing.badLine(line.reason))
            }
            let more = file.badLines.count &- min(file.badLines.count, Self.rowLimit)
            if more > 0 { self.lines.append("    " + self.word("… et \(more) de plus (--json les donne toutes)", "… and \(more) more (--json has them all)")) }
        }
        let differing = self.reconciliation.matched.count { pair in pair.differences.contains { !$0.isMissing } }
        let medical = self.reconciliation.unlisted.count(where: \.isMedical)
        let counts = [
            self.counted(self.reconciliation.matched.count, ("dispositif rapproché", "dispositifs rapprochés"), ("device matched", "devices matched"))
                + self.word(" dont \(differing) avec écarts", ", \(differing) of them with differences"),
            self.counted(self.reconciliation.proposals.count, ("proposition", "propositions"), ("proposal", "proposals")),
            self.counted(self.reconciliation.conflicts.count, ("conflit", "conflits"), ("conflict", "conflicts")),
            self.counted(self.reconciliation.unlisted.count, ("vu et absent de la GMAO", "vus et absents de la GMAO"), ("seen and not in the GMAO", "seen and not in the GMAO"))
                + self.word(" dont \(medical) médicaux", " (\(medical) medical)"),
            self.counted(self.reconciliation.unseen.count, ("ligne non vue", "lignes non vues"), ("line not seen", "lines not seen")),
            self.counted(
                self.reconciliation.ignoredItems.count &+ self.reconciliation.ignoredDevices.count, ("ignoré", "ignorés"), ("ignored", "ignored")),
        ]
        self.lines.append("  " + counts.joined(separator: self.word("\u{00A0}; ", "; ")))
        for lost in self.reconciliation.lostDecisions.prefix(Self.rowLimit) {
            self.lines.append(
                "  "
                    + self.style(
                        self.word(
                            "décision de la ligne \(lost.number) non suivie\u{00A0}: «\u{00A0}\(PrintableText.make(lost.text, limit: 60))\u{00A0}»",
                            "decision of line \(lost.number) not followed: “\(PrintableText.make(lost.text, limit: 60))”"), "33"))
        }
    }

    private mutating func writePairs() {
        let columns = [self.word("ligne", "line"), self.word("dispositif", "device")]
        func row(_ pair: Reconciliation.Pair) -> [String] {
            [
                self.phrasing.item(pair.item), self.phrasing.device(pair.device), pair.reasons.map { self.phrasing.reason($0) }.joined(separator: ", "),
                Phrasing.percent(pair.confidence, self.phrasing.language),
            ]
        }
        self.write(
            self.word("Écarts", "Differences"), columns + [self.word("écarts", "differences")],
            self.reconciliation.matched.filter { $0.differences.contains { !$0.isMissing } }.map { pair in
                [
                    self.phrasing.item(pair.item), self.phrasing.device(pair.device),
                    pair.differences.filter { !$0.isMissing }.map { self.phrasing.difference($0) }.joined(separator: self.word("\u{00A0}; ", "; ")),
                ]
            })
        self.write(
            self.word("Propositions, à décider", "Proposals, to be decided"), columns + [self.word("indices", "clues"), self.word("confiance", "confidence")],
            self.reconciliation.proposals.map(row))
        self.write(
            self.word("Lignes en conflit, à décider", "Lines in conflict, to be decided"),
            columns + [self.word("indices", "clues"), self.word("confiance", "confidence"), self.word("conflit", "conflict")],
            self.reconciliation.conflicts.flatMap { conflict in conflict.pairs.map { row($0) + [self.phrasing.conflict(conflict.kind)] } })
        self.write(
            self.word("Doublons dans la GMAO", "Duplicates in the GMAO"), [self.word("champ", "field"), self.word("valeur", "value"), self.word("lignes", "lines")],
            self.reconciliation.duplicates.map { duplicate in
                [
                    duplicate.field.title[self.phrasing.language], duplicate.value,
                    duplicate.lines.prefix(8).map { String($0) }.joined(separator: ", ") + (duplicate.lines.count > 8 ? ", …" : ""),
                ]
            })
        self.write(
            self.word("Dispositifs médicaux vus, absents de la GMAO", "Medical devices seen, not in the GMAO"), [self.word("dispositif", "device"), self.word("nature", "kind"), "zone"],
            self.reconciliation.unlisted.filter(\.isMedical).map { [self.phrasing.device($0), self.phrasing.kind($0), PrintableText.make($0.zone)] }, whole: [0])
    }
}
