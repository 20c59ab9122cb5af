import Campaigns
import Inventory
import Observations
public import Rules
import Wire

/// The report for people as Markdown (CommonMark, with the tables of GitHub): for a ticket, a wiki or a mail.
///
/// What comes from the wire, from files or from the site file is text in it and nothing else: no markup, no HTML, no link.
public enum MarkdownReport {
    /// Writes the text.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var writer = MarkdownWriter(sink)
        let page = MarkdownPage(report, language)
        page.writeIdentity(&writer)
        page.writeSummary(&writer)
        page.writeCoverage(&writer)
        try writer.flush()
        try page.writeRegisters(&writer)
        page.writeFindings(&writer)
        try writer.flush()
        page.writeCutOff(&writer)
        try page.writeComparison(&writer)
        page.writeMethod(&writer)
        try writer.flush()
    }
}

/// Writes Markdown line by line.
struct MarkdownWriter {
    private let sink: ([UInt8]) throws -> Void
    private var bytes: [UInt8] = []
    private var isAfterEmpty = true

    init(_ sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

    mutating func line(_ markdown: String) {
        // One empty line separates, and is not repeated.
        guard !markdown.isEmpty || !self.isAfterEmpty else { return }
        self.isAfterEmpty = markdown.isEmpty
        self.bytes += Array(markdown.utf8) + [0x0A]
    }

    mutating func heading(_ level: Int, _ text: String) {
        self.line("")
        self.line(String(repeating: "#", count: level) + " " + Self.plain(text))
        self.line("")
    }

    mutating func paragraph(_ text: String) {
        self.line(Self.plain(text))
        self.line("")
    }

    mutating func list(_ items: [String]) {
        for item in items { self.line("- " + Self.plain(item)) }
        self.line("")
    }

    mutating func table(_ columns: [String], _ rows: some Sequence<[String]>) throws {
        self.line("| " + columns.map(Self.plain).joined(separator: " | ") + " |")
        self.line("|" + String(repeating: " --- |", count: columns.count))
        for row in rows {
            self.line("| " + row.map(Self.plain).joined(separator: " | ") + " |")
            if self.bytes.count >= 1 << 16 { try self.flush() }
        }
        self.line("")
    }

    mutating func flush() throws {
        guard !self.bytes.isEmpty else { return }
        try self.sink(self.bytes)
        self.bytes.removeAll(keepingCapacity: true)
    }

    // MARK: Text

    /// The most characters of one text.
    private static let limit = 4096
    /// What begins something somewhere in a line.
    private static let special: Set<Unicode.Scalar> = ["\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "&", "~", "$", "!", "^", "="]

    /// A text that is only text where it stands: what begins markup is escaped (CommonMark section 2.4). What some renderers make a
    /// link of without any markup is shown as code, in which nothing is.
    static func plain(_ text: String) -> String {
        let text = Self.printable(text)
        let small = text.lowercased()
        if small.contains("://") || small.contains("www.") || small.contains("@") || small.contains("mailto:") || small.contains("xmpp:") {
            return Self.code(text)
        }
        var escaped = ""
        var isStart = true
        var isNumber = true
        let scalars = text.unicodeScalars
        for (place, scalar) in zip(scalars.indices, scalars) {
            let next = scalars.index(after: place)
            let isEnd = next == scalars.endIndex || scalars[next] == " "
            // Signs of a list at the beginning: -, +, 1. and 1).
            let isListSign = isStart ? scalar == "-" || scalar == "+" : isNumber && isEnd && (scalar == "." || scalar == ")")
            if Self.special.contains(scalar) || isListSign { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
            isNumber = isNumber && "0" <= scalar && scalar <= "9"
            isStart = false
        }
        return escaped
    }

    /// A text as code: without the signs that would end the code or the cell of a table.
    static func code(_ text: String) -> String {
        "`" + Self.printable(text).replacing("`", with: "\u{02CB}").replacing("|", with: "\u{00A6}") + "`"
    }

    private static func printable(_ text: String) -> String {
        // Texts of rules may be several lines.
        let lines = String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0 }))
        return PrintableText.make(lines, limit: Self.limit)
    }
}

private struct MarkdownPage {
    let page: HTMLPage
    let rendering: Rendering
    private var report: Report { self.page.report }

    /// The most rows of a table; the rest is counted.
    private static let rowLimit = 500
    /// The most devices named under a rule.
    private static let instanceLimit = 10

    init(_ report: Report, _ language: Language) {
        self.page = HTMLPage(report, language)
        self.rendering = Rendering(report, language)
    }

    private func word(_ french: String, _ english: String) -> String { self.page.word(french, english) }
    private var colon: String { self.page.colon }

    // MARK: Beginning

    func writeIdentity(_ markdown: inout MarkdownWriter) {
        let site = self.report.site
        let title = self.word("Rapport d’exposition réseau", "Network exposure report")
        markdown.heading(1, site.name.map { "\(title) — \($0)" } ?? title)
        let unstated = self.word("non indiqué (fichier de site)", "not stated (site file)")
        var facts = [
            self.word("Établissement", "Establishment") + self.colon + (site.name ?? unstated),
            self.word("FINESS juridique (EJ)", "FINESS of the legal entity (EJ)") + self.colon + (site.legalFINESS ?? unstated),
            self.word("FINESS géographique (EG)", "FINESS of the site (EG)") + self.colon + (site.geographicFINESS ?? unstated),
        ]
        if let group = site.group { facts.append(self.word("GHT", "Hospital group (GHT)") + self.colon + group) }
        if let period = self.report.period {
            facts.append(
                self.word("Période", "Period") + self.colon
                    + self.word(
                        "du \(self.page.moment(period.lowerBound)) au \(self.page.moment(period.upperBound))",
                        "from \(self.page.moment(period.lowerBound)) to \(self.page.moment(period.upperBound))") + " (\(site.timeZone.name))")
        }
        facts.append(self.word("Outil", "Tool") + self.colon + "Laennec \(Report.toolVersion), signatures \(self.report.signatures)")
        for input in self.report.inputs.prefix(Self.rowLimit) {
            let name = input.name == "-" ? self.word("entrée standard", "standard input") : input.name
            facts.append(
                self.word("Entrée", "Input") + self.colon + name
                    + self.word(", \(self.page.number(input.frames)) trames", ", \(self.page.number(input.frames)) frames")
                    + (input.sha256.map { ", SHA-256 \($0)" } ?? ""))
        }
        markdown.list(facts)
    }

    func writeSummary(_ markdown: inout MarkdownWriter) {
        let counts = self.page.openCounts
        let language = self.page.language
        markdown.heading(2, self.word("Synthèse pour la direction", "Summary for management"))
        markdown.paragraph(
            self.word("Niveau (constat le plus grave)", "Level (most severe finding)") + self.colon
                + (counts.first?.severity.title[language] ?? self.word("aucun constat", "no finding")) + ". " + self.page.sentence(of: counts.first?.severity))
        let list = counts.map { "\(self.page.number($0.count)) \(self.page.severity($0.severity, of: $0.count))" }.joined(separator: ", ")
        let own = Array(self.rendering.devices)
        let entries = self.report.exposure.entries
        markdown.list([
            self.word("Constats ouverts", "Open findings") + self.colon + (list.isEmpty ? self.word("aucun", "none") : list), self.page.trend,
            self.word("Dispositifs vus", "Devices seen") + self.colon + self.page.number(own.count)
                + self.word(", dont biomédicaux\u{00A0}: ", ", of them biomedical: ") + self.page.number(own.filter(\.identity.isMedical).count),
            self.word("Exposition\u{00A0}: ", "Exposure: ")
                + ExposureRegister.Direction.allCases.map { direction in
                    "\(direction.title[language]) \(self.page.number(entries.filter { $0.direction == direction }.count))"
                }.joined(separator: ", "),
            self.word("Voies de télémaintenance ou de prise en main", "Ways of remote maintenance or control") + self.colon
                + self.page.number(self.report.maintenance.entries.count),
        ])
        markdown.heading(3, self.word("Ce qui pourrait nuire aux patients", "What could hurt patients"))
        let concerned = self.page.concerned.prefix(HTMLPage.summaryLimit).map { entry in
            "\(self.page.title(of: entry.group.rule)) (\(entry.severity.title[language]))" + self.word(" sur ", " on ")
                + self.page.names(of: entry.assets, limit: 3) + ". " + HTMLPage.firstSentence(entry.group.text?.why[self.page.language] ?? "")
        }
        if concerned.isEmpty {
            markdown.paragraph(
                self.word(
                    "Aucun constat modéré ou plus grave sur un dispositif médical ou un système de soins, dans ce qui a été vu.",
                    "No finding that is moderate or more severe on a medical device or a system of care, in what was seen."))
        } else {
            markdown.list(concerned)
        }
        markdown.heading(3, self.word("Premières actions", "First actions"))
        let actions = self.page.actions.prefix(HTMLPage.summaryLimit)
        if actions.isEmpty { markdown.paragraph(self.word("Aucune action ne découle de constats ouverts.", "No action follows from open findings.")) }
        for (index, group) in actions.enumerated() {
            markdown.line(
                "\(index &+ 1). "
                    + MarkdownWriter.plain(
                        "\(group.text?.fix[self.page.language] ?? "") (\(self.page.devices(group.assets.count))\(self.colon)\(self.page.title(of: group.rule)), \(group.severity.title[language]))"
                    ))
        }
        markdown.line("")
    }

    func writeCoverage(_ markdown: inout MarkdownWriter) {
        markdown.heading(2, self.word("Couverture et angles morts", "Coverage and blind spots"))
        markdown.paragraph(
            self.word(
                "L’absence de constat n’est pas la preuve d’une absence\u{00A0}: seul ce qui passe au point de capture, pendant la capture, peut être vu.",
                "No finding does not prove that there is nothing to find: only what passes the capture point, during the capture, can be seen."))
        var items: [String] = []
        self.page.seen { items.append(self.word($0, $1)) }
        markdown.list(items)
        markdown.heading(3, self.word("Angles morts", "Blind spots"))
        items = []
        self.page.blindSpots { items.append(self.word($0, $1)) }
        markdown.list(items)
    }

    // MARK: Tables

    func writeRegisters(_ markdown: inout MarkdownWriter) throws {
        let registers = RegisterTable.all(self.report, self.page.language)
        func write(_ table: RegisterTable, _ columns: Set<Int>, orSay nothing: String) throws {
            markdown.heading(2, table.title)
            try self.write(table, columns, orSay: nothing, &markdown)
        }
        // The columns that the page shows at first.
        for (table, view) in zip(registers, HTMLPage.registerViews) where view.id == "exposure-table" || view.id == "maintenance-table" {
            try write(table, view.main, orSay: self.word("Rien n’a été vu.", "Nothing was seen."))
        }
        let lists = RegisterTable.lists(self.report, self.page.language)
        guard var inventory = lists.first else { return }
        let total = inventory.rows.count
        inventory.rows.removeAll { row in !row.contains(.flag(true)) }
        markdown.heading(2, self.word("Inventaire biomédical", "Biomedical inventory"))
        try self.write(
            inventory, [0, 1, 2, 4, 6, 7, 8, 9, 18, 21],
            orSay: self.word("Aucun dispositif biomédical n’a été reconnu.", "No biomedical device was recognised."), &markdown)
        markdown.paragraph(
            self.word("Autres dispositifs vus, non listés ici\u{00A0}: ", "Other devices seen, not listed here: ")
                + self.page.number(total &- inventory.rows.count))
        if let advisories = lists.last, !advisories.rows.isEmpty {
            markdown.heading(3, advisories.title)
            markdown.paragraph(
                self.word(
                    "Un avis est potentiel\u{00A0}: il concerne un produit ou une version vus sur le réseau, et reste à vérifier sur le dispositif.",
                    "An advisory is potential: it concerns a product or version seen on the network, and has to be checked on the device."))
            try self.write(advisories, [0, 1, 2, 3, 4, 5], orSay: "", &markdown)
        }
    }

    private func write(_ table: RegisterTable, _ columns: Set<Int>, orSay nothing: String, _ markdown: inout MarkdownWriter) throws {
        guard !table.rows.isEmpty else { return markdown.paragraph(nothing) }
        func chosen<Element>(_ row: [Element]) -> [Element] { row.enumerated().filter { columns.contains($0.offset) }.map(\.element) }
        try markdown.table(chosen(table.columns), table.rows.lazy.prefix(Self.rowLimit).map { row in chosen(row).map { self.text(of: $0) } })
        let more = table.rows.count &- Self.rowLimit
        if more > 0 {
            markdown.paragraph(
                self.word("… et \(self.page.number(more)) de plus (--json les donne toutes)", "… and \(self.page.number(more)) more (--json has them all)"))
        }
    }

    private func text(of cell: RegisterTable.Cell) -> String {
        switch cell {
        case .text(let text): text
        case .number(let number): self.page.number(number)
        case .time(let time): self.page.moment(time)
        case .flag(let flag): self.page.phrasing.answer(flag)
        case .list(let list): list.joined(separator: ", ")
        }
    }

    // MARK: Findings

    func writeFindings(_ markdown: inout MarkdownWriter) {
        let language = self.page.language
        markdown.heading(2, self.word("Constats", "Findings"))
        if self.page.groups.isEmpty {
            markdown.paragraph(
                self.word(
                    "Aucun constat dans ce qui a été vu. Lire la couverture avant de conclure.",
                    "No finding in what was seen. Read the coverage before you conclude."))
        }
        for group in self.page.groups {
            let state = group.isAccepted ? self.word("risque accepté", "accepted risk") : group.severity.title[language]
            markdown.heading(3, "\(self.page.title(of: group.rule)) (\(state))")
            if let text = group.text {
                markdown.list(
                    [
                        (self.word("Ce qui est constaté", "What is found"), text.what[self.page.language]),
                        (self.word("Pourquoi c’est important pour les soins", "Why it matters for care"), text.why[self.page.language]),
                        (self.word("Que faire", "What to do"), text.fix[self.page.language]),
                        (self.word("Pourquoi cette gravité", "Why this severity"), self.page.reasons(group, text)),
                        (self.word("Quand le constat peut être faux ou sans portée", "When it may be wrong or not matter"), text.falsePositives[self.page.language]),
                        (
                            self.word("Élément de preuve complémentaire pour", "Supporting evidence for"),
                            self.rendering.measures(of: group.rule).flatMap { measure in measure.references.map { Rendering.reference(measure.framework, $0) } }
                                .joined(separator: self.word("\u{00A0}; ", "; "))
                        ),
                    ].filter { !$0.1.isEmpty }.map { $0.0 + self.colon + $0.1 })
            }
            for finding in group.findings.prefix(Self.instanceLimit) { self.write(finding, &markdown) }
            let more = group.findings.count &- Self.instanceLimit
            if more > 0 {
                markdown.line(
                    "- "
                        + MarkdownWriter.plain(
                            self.word(
                                "… et \(self.page.number(more)) de plus (--json les donne tous)", "… and \(self.page.number(more)) more (--json has them all)"))
                )
            }
        }
    }

    private func write(_ finding: Finding, _ markdown: inout MarkdownWriter) {
        var text = MarkdownWriter.plain(self.page.phrasing.name(of: finding.asset))
        if let service = finding.service { text += ", " + MarkdownWriter.plain(self.page.phrasing.service(service)) }
        let evidence = self.page.evidence(of: finding)
        if !evidence.isEmpty { text += " — " + MarkdownWriter.plain(evidence) }
        if let accepted = finding.accepted { text += " — " + MarkdownWriter.plain(self.rendering.justification(accepted)) }
        markdown.line("- " + text)
        markdown.line("  " + self.word("filtre Wireshark\u{00A0}: ", "Wireshark filter: ") + MarkdownWriter.code(finding.displayFilter))
    }

    // MARK: End

    func writeCutOff(_ markdown: inout MarkdownWriter) {
        markdown.heading(2, self.word("Fiche de coupure", "Cut-off sheet"))
        markdown.paragraph(
            self.word(
                "Proposition pour une cellule de crise\u{00A0}: que couper, dans quel ordre, et ce que chaque coupure touche. À relire avec les ingénieurs biomédicaux et les unités de soins avant toute application\u{00A0}; ce qui n’a pas été vu pendant la capture n’y est pas.",
                "A proposal for a crisis cell: what to cut, in which order, and what each cut touches. To be read with the biomedical engineers and the care units before it is applied; what was not seen during the capture is not in it."
            ))
        let cuts = self.report.cutOff.cuts
        if cuts.isEmpty {
            markdown.paragraph(
                self.word("Rien à couper\u{00A0}: aucun lien avec l’extérieur n’a été vu.", "Nothing to cut: no link with the outside was seen."))
        }
        for (index, cut) in cuts.prefix(Self.rowLimit).enumerated() {
            let places = { (list: [String]) in list.isEmpty ? "Internet" : list.joined(separator: ", ") }
            var text =
                "\(cut.step.title[self.page.language])\(self.colon)\(self.page.phrasing.what(cut)), \(places(cut.sources)) → \(places(cut.destinations)), \(cut.transport.name)"
            if !cut.ports.isEmpty { text += " " + cut.ports.map { String($0) }.joined(separator: ", ") }
            if !cut.assets.isEmpty { text += self.word("\u{00A0}; touche ", "; touches ") + self.page.names(of: cut.assets, limit: 8) }
            if !cut.careUnits.isEmpty { text += self.word("\u{00A0}; unités de soins\u{00A0}: ", "; care units: ") + cut.careUnits.joined(separator: ", ") }
            if let contact = cut.vendor?.contact { text += self.word("\u{00A0}; contact\u{00A0}: ", "; contact: ") + contact }
            markdown.line("\(index &+ 1). " + MarkdownWriter.plain(text))
        }
        markdown.line("")
    }

    /// What became of devices and findings since the earlier campaign, where one was given.
    func writeComparison(_ markdown: inout MarkdownWriter) throws {
        guard let comparison = self.report.comparison else { return }
        let words = self.page.phrasing(of: comparison)
        markdown.heading(2, self.word("Comparaison avec la campagne précédente", "Comparison with the earlier campaign"))
        if let before = comparison.before.period, let after = comparison.after.period {
            markdown.paragraph(
                self.word("Campagne précédente\u{00A0}: ", "Earlier campaign: ") + self.page.parts(of: before).joined()
                    + self.word(". Celle-ci\u{00A0}: ", ". This one: ") + self.page.parts(of: after).joined() + ".")
        }
        markdown.paragraph(words.interval)
        markdown.list(comparison.notes.map { words.note($0) } + comparison.segments.prefix(HTMLPage.segmentLimit).map { words.segment($0) })
        markdown.list(self.page.balance(comparison).map { "\(self.page.number($0.0)) \($0.1)" })
        let tables = RegisterTable.comparison(comparison, self.report.texts, self.page.language)
        func write(_ table: RegisterTable?, states: [String], _ columns: Set<Int>, _ title: String) throws {
            guard var table else { return }
            table.rows.removeAll { row in
                guard case .text(let state)? = row.first else { return true }
                return !states.contains(state)
            }
            guard !table.rows.isEmpty else { return }
            markdown.heading(3, title)
            try self.write(table, columns, orSay: "", &markdown)
        }
        try write(
            tables.last, states: [Comparison.FindingChange.State.new, .regressed, .fixed].map { words.state($0) }, [0, 1, 3, 5, 6, 9],
            self.word("Constats nouveaux, aggravés, corrigés", "Findings new, worse, fixed"))
        try write(tables.first, states: [self.word("nouveau", "new")], [1, 2, 3, 4, 5, 6, 12], self.word("Dispositifs nouveaux", "New devices"))
    }

    func writeMethod(_ markdown: inout MarkdownWriter) {
        markdown.heading(2, self.word("Méthode, limites et protection des données", "Method, limits and data protection"))
        self.page.method { title, paragraphs in
            markdown.heading(3, title)
            for paragraph in paragraphs { markdown.paragraph(paragraph) }
        }
    }
}
