public import Campaigns
import Observations
public import Rules
import Wire

/// The comparison of two campaigns for a terminal.
public struct ComparisonText: TerminalLines {
    private let comparison: Comparison
    private let phrasing: ComparisonPhrasing
    let hasColour: Bool
    private let width: Int
    var lines: [String] = []

    /// The most rows of a table; the rest is counted.
    private static let rowLimit = 30

    /// - Parameters:
    ///   - texts: titles of rules and names of classes.
    ///   - hasColour: whether ANSI colours may be used.
    ///   - width: columns of the terminal.
    public static func text(_ comparison: Comparison, _ texts: SignatureSet, language: Language, hasColour: Bool, width: Int) -> String {
        var writer = ComparisonText(
            comparison: comparison, phrasing: ComparisonPhrasing(comparison: comparison, language: language, texts: texts), hasColour: hasColour, width: width)
        writer.writeHead()
        writer.writePresences(comparison.appeared, writer.word("Dispositifs nouveaux", "New devices"))
        writer.writePresences(comparison.vanished, writer.word("Dispositifs non revus", "Devices not seen again"))
        writer.writeChanges()
        writer.writeServices()
        writer.writePeers()
        writer.writeFindings()
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private init(comparison: Comparison, phrasing: ComparisonPhrasing, hasColour: Bool, width: Int) {
        self.comparison = comparison
        self.phrasing = phrasing
        self.hasColour = hasColour
        self.width = width
    }

    private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }

    /// A table under its heading; rows beyond the limit are counted.
    private mutating func write(_ title: String, _ header: [String], _ rows: [[String]], total: Int? = nil, whole: Set<Int> = []) {
        guard !rows.isEmpty else { return }
        let count = total ?? rows.count
        self.heading("\(title) (\(count))")
        var table = TextTable(header, width: self.width, whole: whole)
        for row in rows.prefix(Self.rowLimit) { table.add(row) }
        self.write(table)
        let more = count &- min(count, Self.rowLimit)
        if more > 0 {
            self.lines.append("  " + self.word("… et \(more) de plus (--json et --csv les donnent)", "… and \(more) more (--json and --csv have them)"))
        }
    }

    private mutating func writeHead() {
        self.heading(self.word("Comparaison de campagnes", "Comparison of campaigns"))
        for (title, side) in [(self.word("avant", "before"), self.comparison.before), (self.word("après", "after"), self.comparison.after)] {
            let names = side.inputs.prefix(3).map { PrintableText.make($0.name) }.joined(separator: ", ") + (side.inputs.count > 3 ? ", …" : "")
            var line = "  \(title)\(self.word("\u{00A0}:", ":")) \(names.isEmpty ? side.id : names)"
            if let period = side.period {
                line += self.word(
                    ", du \(Phrasing.moment(period.lowerBound)) au \(Phrasing.moment(period.upperBound)) UTC",
                    ", from \(Phrasing.moment(period.lowerBound)) to \(Phrasing.moment(period.upperBound)) UTC")
            }
            line += ", " + self.phrasing.counted(side.devices, french: ("dispositif", "dispositifs"), english: ("device", "devices"))
            line += ", " + self.phrasing.counted(side.findings, french: ("constat", "constats"), english: ("finding", "findings"))
            self.lines.append(line)
        }
        self.lines.append("  " + self.phrasing.interval)
        for note in self.comparison.notes where note != .noPeriod { self.lines.append("  " + self.style(self.phrasing.note(note), "33")) }
        for segment in self.comparison.segments { self.lines.append("  " + self.style(self.phrasing.segment(segment), "33")) }
        let counts = [
            self.phrasing.counted(self.comparison.matching.matches.count, french: ("dispositif revu", "dispositifs revus"), english: ("device seen again", "devices seen again")),
            self.phrasing.counted(self.comparison.appeared.count, french: ("nouveau", "nouveaux"), english: ("new", "new")),
            self.phrasing.counted(self.comparison.vanished.count, french: ("non revu", "non revus"), english: ("not seen again", "not seen again")),
            self.phrasing.counted(self.comparison.moved.count, french: ("déplacé", "déplacés"), english: ("moved", "moved")),
            self.phrasing.counted(self.comparison.changed.count, french: ("modifié", "modifiés"), english: ("changed", "changed")),
        ]
        self.lines.append("  " + counts.joined(separator: ", "))
        let states = [
            self.phrasing.counted(self.comparison.count(.new), french: ("constat nouveau", "constats nouveaux"), english: ("new finding", "new findings")),
            self.phrasing.counted(self.comparison.count(.regressed), french: ("aggravé", "aggravés"), english: ("regressed", "regressed")),
            self.phrasing.counted(self.comparison.count(.persisting), french: ("persistant", "persistants"), english: ("persisting", "persisting")),
            self.phrasing.counted(self.comparison.count(.fixed), french: ("corrigé", "corrigés"), english: ("fixed", "fixed")),
            self.phrasing.counted(
                self.comparison.count(.unchecked), french: ("non vérifiable", "non vérifiables"), english: ("could not be checked", "could not be checked")),
        ]
        self.lines.append("  " + states.joined(separator: ", "))
    }

    private mutating func writePresences(_ presences: [Comparison.Presence], _ title: String) {
        self.write(
            title, [self.word("dispositif", "device"), self.word("nature", "kind"), "zone", self.word("remarque", "remark")],
            presences.map { [self.phrasing.device($0.device.id), self.phrasing.kind($0.device), PrintableText.make($0.device.zone), self.phrasing.remark($0)] }, whole: [0])
    }

    private mutating func writeChanges() {
        let rows = self.comparison.deviceChanges.flatMap { change in
            change.changes.filter(\.isChange).map {
                [
                    self.phrasing.device(change.device.id), self.phrasing.field($0.field), self.phrasing.value($0.old, of: $0.field),
                    self.phrasing.value($0.new, of: $0.field),
                ]
            }
        }
        self.write(
            self.word("Dispositifs déplacés ou modifiés", "Devices moved or changed"),
            [self.word("dispositif", "device"), self.word("champ", "field"), self.word("avant", "before"), self.word("après", "after")], rows, whole: [0])
    }

    private mutating func writeServices() {
        self.write(
            self.word("Services", "Services"),
            [self.word("dispositif", "device"), "port", self.word("état", "state"), self.word("avant", "before"), self.word("après", "after")],
            self.comparison.services.map { change in
                [
                    self.phrasing.device(change.device), self.phrasing.port(change.port), self.phrasing.service(change.kind),
                    self.phrasing.service(change.before), self.phrasing.service(change.after),
                ]
            }, whole: [0, 1])
    }

    private mutating func writePeers() {
        self.write(
            self.word("Nouveaux correspondants de dispositifs connus", "New peers of known devices"),
            [self.word("dispositif", "device"), self.word("correspondant", "peer"), "port", self.word("protocoles", "protocols"), self.word("remarque", "remark")],
            self.comparison.newPeers.map { peer in
                [
                    self.phrasing.device(peer.device), self.phrasing.device(peer.peer), self.phrasing.port(peer.port), self.phrasing.protocols(peer.protocols),
                    self.phrasing.remark(peer),
                ]
            }, total: self.comparison.newPeerCount, whole: [0, 1])
    }

    private mutating func writeFindings() {
        self.write(
            self.word("Constats", "Findings"),
            [self.word("état", "state"), self.word("gravité", "severity"), self.word("constat", "finding"), self.word("dispositif", "device"), self.word("remarque", "remark")],
            // What stayed as it was is in the report of either campaign.
            self.comparison.findings.filter { $0.state != .persisting }.map { change in
                [
                    self.phrasing.state(change.state), change.severity.title[self.phrasing.language], self.phrasing.title(ofRule: change.rule),
                    self.phrasing.device(change.asset) + (change.port.map { " " + self.phrasing.port($0) } ?? ""), self.phrasing.remark(change),
                ]
            }, whole: [0, 1])
    }
}

extension ComparisonPhrasing {
    func remark(_ peer: Comparison.NewPeer) -> String {
        var remarks: [String] = []
        if peer.isExternal { remarks.append("Internet") }
        if peer.isRemoteAccess { remarks.append(self.word("accès distant", "remote access")) }
        if peer.isPeerNew { remarks.append(self.word("dispositif nouveau", "new device")) }
        if peer.otherServices > 0 {
            remarks.append(self.counted(peer.otherServices, french: ("autre service", "autres services"), english: ("more service", "more services")))
        }
        return remarks.joined(separator: ", ")
    }

    func remark(_ change: Comparison.FindingChange) -> String {
        if let gap = change.gap { return self.gap(gap, isNew: change.state == .new) }
        if change.isBack { return self.word("corrigé auparavant, revenu", "fixed earlier, back") }
        if change.state == .regressed, let before = change.severityBefore { return self.word("était \(before.title.french)", "was \(before.title.english)") }
        return change.state == .fixed ? self.word("revu sans ce constat", "seen again without it") : ""
    }
}
