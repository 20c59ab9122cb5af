import Inventory
import Observations
import Rules
import Wire

/// What the sections of a page share: words, where devices are, and findings by rule.
struct HTMLPage: Sendable {
    let report: Report
    let language: Language
    let phrasing: Phrasing
    /// Assets that patients depend on.
    let stakes: Stakes
    /// The gravest first.
    let groups: [Group]
    /// The zone of each device.
    let zones: [String: String]

    /// The findings of one rule.
    struct Group: Sendable {
        let rule: String
        let text: RuleText?
        /// In the order of the report. What somebody accepted comes last.
        let findings: [Finding]
        /// The gravest of those that nobody accepted, or else of all.
        let severity: Severity
        /// Assets that have it, those where it was accepted left out.
        let assets: [String]

        var isAccepted: Bool { self.findings.allSatisfy { $0.accepted != nil } }
    }

    init(_ report: Report, _ language: Language) {
        self.report = report
        self.language = language
        self.phrasing = Phrasing(report: report, language: language)
        let identities = Dictionary(report.devices.map { ($0.id, $0.identity) }, uniquingKeysWith: { first, _ in first })
        self.stakes = Stakes(Census(assets: report.devices.map(\.asset), conversations: report.conversations), identities)
        self.groups = Self.groups(report)
        var zones: [String: String] = [:]
        for device in report.devices { zones[device.id] = report.zone(of: device) }
        self.zones = zones
    }

    private static func groups(_ report: Report) -> [Group] {
        let groups = Dictionary(grouping: report.findings, by: \.rule).map { rule, findings in
            let open = findings.filter { $0.accepted == nil }
            var seen: Set<String> = []
            return Group(
                rule: rule, text: report.texts.text(of: rule), findings: open + findings.filter { $0.accepted != nil },
                severity: (open.isEmpty ? findings : open).map(\.severity).max() ?? .information,
                assets: open.map(\.asset).filter { seen.insert($0).inserted })
        }
        return groups.sorted { left, right in
            if left.isAccepted != right.isAccepted { return right.isAccepted }
            if left.severity != right.severity { return left.severity > right.severity }
            return left.assets.count == right.assets.count ? left.rule < right.rule : left.assets.count > right.assets.count
        }
    }

    // MARK: Words

    func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }
    func number(_ value: some BinaryInteger) -> String { self.phrasing.number(value) }

    /// `3 dispositifs`.
    func count(_ count: Int, _ french: String, _ frenchMany: String, _ english: String, _ englishMany: String) -> String {
        "\(self.number(count)) " + self.word(count < 2 ? french : frenchMany, count == 1 ? english : englishMany)
    }
    func devices(_ count: Int) -> String { self.count(count, "dispositif", "dispositifs", "device", "devices") }
    func findings(_ count: Int) -> String { self.count(count, "constat", "constats", "finding", "findings") }

    /// `critiques`, `majeurs`: the severity of several findings.
    func severity(_ severity: Severity, of count: Int) -> String {
        severity.title[self.language] + (self.language == .french && count > 1 && severity != .information ? "s" : "")
    }

    /// `: `, with the space that French has before it.
    var colon: String { self.word("\u{00A0}: ", ": ") }

    func title(of rule: String) -> String { self.report.texts.text(of: rule)?.title[self.language] ?? rule }

    /// The id of the part of the page about a rule.
    static func anchor(_ rule: String) -> String { "rule-" + rule }

    /// A moment on the establishment's clock.
    func moment(_ time: Timestamp) -> String { self.report.site.timeZone.local(time) }
    /// A period in parts: words, and the moments between them.
    func parts(of period: ClosedRange<Timestamp>, then rest: String = "") -> [String] {
        [self.word("du ", "from "), self.moment(period.lowerBound), self.word(" au ", " to "), self.moment(period.upperBound), rest]
    }
    /// Writes words with moments between them, which are not broken at the end of a line.
    func write(_ parts: [String], _ html: inout HTMLWriter) {
        for (place, part) in parts.enumerated() {
            if place.isMultiple(of: 2) { html.text(part) } else { html.element("span", ["class": "moment"], part) }
        }
    }
    func localSeconds(_ time: Timestamp) -> Int64 { time.seconds &+ self.report.site.timeZone.offset(at: time.seconds) }

    /// Names of the first devices, and how many more there are.
    func names(of assets: [String], limit: Int) -> String {
        let names = assets.prefix(limit).map { self.phrasing.name(of: $0) }.joined(separator: ", ")
        return assets.count > limit ? names + self.word(" et \(self.number(assets.count &- limit)) de plus", " and \(self.number(assets.count &- limit)) more") : names
    }

    func zone(of asset: String) -> String { self.zones[asset] ?? "" }

    func title(ofClassOf device: Report.Device) -> String {
        if let kind = device.identity[.deviceClass] { return self.phrasing.title(ofClass: kind.value) }
        return device.asset.isRouter ? self.word("routeur", "router") : ""
    }

    /// What the wire said, in words: `l'authentification Telnet est passée en clair`.
    func clause(_ observation: Observation) -> String {
        let value = self.phrasing.value(of: observation)
        if let phrase = AttributePhrases.phrase(of: observation.attribute) { return phrase[self.language].replacing("%", with: value) }
        return "\(observation.attribute.name) \(value)"
    }

    /// The choices of a column of severities, the gravest first.
    var severityChoices: [(text: String, style: String)] { Severity.allCases.reversed().map { ($0.title[self.language], $0.rawValue) } }
    static func choice(_ severity: Severity) -> HTMLTable.Cell { .choice(Array(Severity.allCases.reversed()).firstIndex(of: severity) ?? 0) }
}
