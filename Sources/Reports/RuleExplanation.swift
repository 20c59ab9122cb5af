public import Rules

/// A rule in words: what it finds, why that matters, what to do, and which measures it belongs to.
public enum RuleExplanation {
    /// - Parameters:
    ///   - id: of a rule, or of a finding: a rule's id and a hash.
    ///   - width: columns that the text may take.
    /// - Returns: `nil` where there is no such rule.
    public static func text(of id: String, in signatures: SignatureSet, _ language: Language, width: Int) -> String? {
        let rule = signatures.rule(id) ?? id.lastIndex(of: "-").flatMap { signatures.rule(String(id[..<$0])) }
        guard let rule, let text = signatures.text(of: rule.id) else { return nil }
        func word(_ french: String, _ english: String) -> String { language == .french ? french : english }
        var lines = ["\(text.title[language])", "\(rule.id), \(word("gravité\u{00A0}: ", "severity "))\(rule.severity.title[language]), \(word("confiance\u{00A0}: ", "confidence "))\(Phrasing.percent(rule.confidence, language))"]
        func add(_ heading: String, _ paragraph: String) {
            guard !paragraph.isEmpty else { return }
            lines.append("")
            lines.append(heading)
            lines += Self.wrapped(paragraph, width: max(40, min(width, 120)) &- 2).map { "  " + $0 }
        }
        add(word("Ce qui est constaté", "What is found"), text.what[language])
        add(word("Pourquoi c’est important pour les soins", "Why it matters for care"), text.why[language])
        add(word("Que faire", "What to do"), text.fix[language])
        add(word("Quand le constat peut être faux ou sans portée", "When it may be wrong or not matter"), text.falsePositives[language])
        let colon = word("\u{00A0}: ", ": ")
        var severity = [rule.severity.title[language] + colon + text.severityReason[language]]
        for (adjustment, reason) in zip(rule.adjustments, text.adjustmentReasons) { severity.append(adjustment.severity.title[language] + colon + reason[language]) }
        lines.append("")
        lines.append(word("Gravité", "Severity"))
        for line in severity {
            lines += Self.wrapped(line, width: max(40, min(width, 120)) &- 4).enumerated().map { ($0 == 0 ? "  - " : "    ") + $1 }
        }
        if !rule.mapping.isEmpty {
            lines.append("")
            lines.append(word("Élément de preuve complémentaire pour", "Supporting evidence for"))
            for (framework, references) in rule.mapping.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                for reference in references {
                    let title = signatures.vocabulary.frameworks[framework]?[reference]?[language] ?? ""
                    lines.append("  - \(framework.title) \(reference)" + (title.isEmpty ? "" : "\(word("\u{00A0}:", ":")) \(title)"))
                }
            }
        }
        lines.append("")
        lines.append(word("Source\u{00A0}: ", "Source: ") + rule.source)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Lines of at most that many characters, broken at spaces.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !line.isEmpty, line.count &+ word.count &+ 1 > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
