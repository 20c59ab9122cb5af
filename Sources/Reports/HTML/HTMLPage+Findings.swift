import Inventory
import Observations
import Rules
import Wire

extension HTMLPage {
    /// The most findings that are told under their rule; the table has them all.
    private static let findingLimit = 10

    func writeFindings(_ html: inout HTMLWriter, _ tables: Tables) {
        guard !self.report.findings.isEmpty else {
            html.element(
                "p", [:],
                self.word("Aucun constat dans ce qui a été vu. Lire la couverture avant de conclure.", "No finding in what was seen. Read the coverage before you conclude."))
            return
        }
        html.element(
            "p", [:],
            self.word(
                "Les constats sont réunis par règle, les plus graves d’abord\u{00A0}; le tableau qui suit les donne un par un.",
                "Findings are put together by rule, the most severe first; the table that follows has them one by one."))
        for severity in Severity.allCases.reversed() {
            let groups = self.groups.filter { !$0.isAccepted && $0.severity == severity }
            guard !groups.isEmpty else { continue }
            html.element("h3", [:], self.word("Gravité\u{00A0}: ", "Severity: ") + severity.title[self.language])
            for group in groups { self.write(group, isOpen: severity >= .major, &html) }
        }
        let accepted = self.groups.filter(\.isAccepted)
        if !accepted.isEmpty {
            html.element("h3", [:], self.word("Risques acceptés", "Accepted risks"))
            for group in accepted { self.write(group, isOpen: false, &html) }
        }
        html.element("div", ["class": "wide"]) { html in tables.findings.write(&html, self.phrasing) }
    }

    private func write(_ group: Group, isOpen: Bool, _ html: inout HTMLWriter) {
        html.newLine()
        html.element("details", ["id": Self.anchor(group.rule), "open": isOpen ? "" : nil]) { html in
            html.element("summary") { html in
                html.element("span", ["class": "badge " + group.severity.rawValue], group.severity.title[self.language])
                html.space()
                html.element("h4", [:], self.title(of: group.rule))
                html.text(" — " + self.findings(group.findings.count))
            }
            if let text = group.text {
                self.write(self.word("Ce qui est constaté", "What is found"), text.what[self.language], &html)
                self.write(self.word("Pourquoi c’est important pour les soins", "Why it matters for care"), text.why[self.language], &html)
                self.write(self.word("Que faire", "What to do"), text.fix[self.language], &html)
                self.write(self.word("Pourquoi cette gravité", "Why this severity"), self.reasons(group, text), &html)
                self.write(
                    self.word("Quand le constat peut être faux ou sans portée", "When it may be wrong or not matter"), text.falsePositives[self.language], &html)
            }
            self.writeInstances(group, &html)
            self.writeMapping(group, &html)
        }
    }

    private func write(_ heading: String, _ paragraph: String, _ html: inout HTMLWriter) {
        guard !paragraph.isEmpty else { return }
        html.element("p") { html in
            html.element("strong", [:], heading + self.colon)
            html.text(paragraph)
        }
    }

    /// Why the findings have the severities that they have: each reason once.
    func reasons(_ group: Group, _ text: RuleText) -> String {
        var reasons: [String] = []
        for finding in group.findings {
            let reason = finding.adjustment.flatMap { text.adjustmentReasons.indices.contains($0) ? text.adjustmentReasons[$0] : nil } ?? text.severityReason
            let told = "\(finding.severity.title[self.language])\(self.colon)\(reason[self.language])"
            if !reasons.contains(told) { reasons.append(told) }
        }
        return reasons.joined(separator: self.word("\u{00A0}; ", "; ")) + "."
    }

    private func writeInstances(_ group: Group, _ html: inout HTMLWriter) {
        let title = self.title(of: group.rule)
        html.element("div", ["class": "scroll", "tabindex": "0", "role": "group", "aria-label": self.word("Preuves", "Evidence") + self.colon + title]) { html in
            html.element("table") { html in
                html.element("caption", [:], self.word("Dispositifs concernés et preuves", "Devices concerned and evidence"))
                html.element("thead") { html in
                    html.element("tr") { html in
                        let titles =
                            self.language == .french
                            ? ["gravité", "dispositif", "service", "preuve", "filtre Wireshark"] : ["severity", "device", "service", "evidence", "Wireshark filter"]
                        for title in titles { html.element("th", ["scope": "col"], title) }
                    }
                }
                html.element("tbody") { html in
                    for finding in group.findings.prefix(Self.findingLimit) { self.write(finding, &html) }
                }
            }
        }
        guard group.findings.count > Self.findingLimit else { return }
        html.element("p") { html in
            html.element(
                "a",
                ["href": "#findings-table", "data-choose": "findings-table", "data-column": String(Self.ruleColumn), "data-text": title],
                self.word("Les \(self.number(group.findings.count)) constats dans le tableau", "All \(self.number(group.findings.count)) findings in the table"))
        }
    }

    private func write(_ finding: Finding, _ html: inout HTMLWriter) {
        html.element("tr") { html in
            html.element("td") { html in html.element("span", ["class": "badge " + finding.severity.rawValue], finding.severity.title[self.language]) }
            html.element("td") { html in
                html.text(self.phrasing.name(of: finding.asset))
                if let accepted = finding.accepted {
                    html.void("br")
                    html.element(
                        "span", ["class": "note"],
                        self.word(
                            "accepté jusqu’au \(self.lastDay(accepted.expires)) par \(accepted.owner)\u{00A0}: \(accepted.reason)",
                            "accepted until \(self.lastDay(accepted.expires)) by \(accepted.owner): \(accepted.reason)"))
                }
            }
            html.element("td", ["class": "service"], finding.service.map { self.phrasing.service($0) } ?? "")
            html.element("td", [:], self.evidence(of: finding))
            html.element("td") { html in html.element("code", [:], finding.displayFilter) }
        }
    }

    func evidence(of finding: Finding) -> String {
        var text = ""
        if let first = finding.evidence.first { text = "\(self.phrasing.place(first.evidence))\(self.colon)\(self.clause(first))" }
        if finding.occurrences > 1 { text += self.word(" (\(self.number(finding.occurrences)) fois)", " (\(self.number(finding.occurrences)) times)") }
        return text
    }

    /// The measures that the finding speaks to. It supports what an establishment shows, and proves no objective.
    private func writeMapping(_ group: Group, _ html: inout HTMLWriter) {
        guard let rule = self.report.texts.rule(group.rule) else { return }
        if !rule.mapping.isEmpty {
            html.element("p") { html in
                html.element("strong", [:], self.word("Élément de preuve complémentaire pour\u{00A0}: ", "Supporting evidence for: "))
                var parts: [String] = []
                for (framework, references) in rule.mapping.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    for reference in references {
                        let title = self.report.texts.vocabulary.frameworks[framework]?[reference]?[self.language] ?? ""
                        parts.append("\(framework.title) \(reference)" + (title.isEmpty ? "" : " (\(title))"))
                    }
                }
                html.text(parts.joined(separator: self.word("\u{00A0}; ", "; ")) + ".")
            }
        }
        html.element("p", ["class": "note"]) { html in
            html.text(self.word("Règle ", "Rule "))
            html.element("code", [:], rule.id)
            html.text(self.word(", confiance ", ", confidence ") + self.phrasing.percent(rule.confidence) + self.word(". Source\u{00A0}: ", ". Source: ") + rule.source)
        }
    }

    // MARK: Method

    func writeMethod(_ html: inout HTMLWriter) {
        self.method { title, paragraphs in
            html.element("h3", [:], title)
            for paragraph in paragraphs { html.element("p", [:], paragraph) }
        }
        let frames = self.phrasing.frames(self.report.coverage.frames)
        let inputs = self.count(self.report.inputs.count, "fichier ou flux", "fichiers ou flux", "file or stream", "files or streams")
        let period = self.report.period.map {
            self.word(" entre le \(self.moment($0.lowerBound)) et le \(self.moment($0.upperBound))", " between \(self.moment($0.lowerBound)) and \(self.moment($0.upperBound))")
        }
        html.element(
            "p", [:],
            self.word(
                "Pour ce rapport\u{00A0}: \(frames) de \(inputs)\(period ?? "")\u{00A0}; aucune n’est recopiée ici.",
                "For this report: \(frames) of \(inputs)\(period ?? ""); none is copied here."))
        guard self.listsInputsLast else { return }
        html.element("h3", ["id": "inputs"], self.word("Fichiers lus", "Files read"))
        self.writeInputs(&html)
    }

    /// How it was done, how far it goes and what is kept, section by section.
    func method(_ section: (String, [String]) -> Void) {
        section(
            self.word("Méthode", "Method"),
            [
                self.word(
                    "Écoute passive\u{00A0}: Laennec lit des captures ou écoute une copie du trafic (port miroir, TAP) et n’émet aucune trame. Les protocoles sont reconnus à leur contenu, jamais au seul numéro de port. Chaque affirmation renvoie à la trame qui la prouve\u{00A0}; chaque constat donne un filtre d’affichage Wireshark pour la vérifier dans la capture.",
                    "Passive: Laennec reads captures or listens to a copy of the traffic (mirror port, TAP) and sends no frame. Protocols are recognised by their content, never by a port number alone. Each claim names the frame that proves it; each finding gives a Wireshark display filter by which to check it in the capture."),
                self.word(
                    "La gravité vient de la règle et des circonstances observées (pair public, dispositif médical). La confiance est celle de l’identification ou de la règle, en pour cent.",
                    "The severity comes from the rule and the circumstances seen (public peer, medical device). The confidence is that of the identification or of the rule, in percent."),
            ])
        section(
            self.word("Limites", "Limits"),
            [
                self.word(
                    "Le rapport dit ce qui a été vu, là et quand la capture a été faite. Il ne prouve pas que le reste est sain. Le contenu chiffré n’est pas lu. Un avis de sécurité est dit potentiel\u{00A0}: la version vue sur le réseau est un indice, à vérifier sur le dispositif. Un indice sur l’annuaire est un indice réseau, à confirmer par un audit ADS.",
                    "The report says what was seen, where and when the capture was made. It does not prove that the rest is sound. Encrypted content is not read. A security advisory is called potential: the version seen on the network is a hint, to be checked on the device. A hint about the directory is a hint from the network, to be confirmed by an ADS audit."),
            ])
        section(
            self.word("Portée", "Scope"),
            [
                self.word(
                    "Ce rapport est un élément de preuve complémentaire. Les audits d’exposition demandés par l’objectif D1.O2 du programme CaRE regardent depuis Internet vers l’établissement (SILENE, cybersurveillance du CERT Santé)\u{00A0}; Laennec regarde depuis l’intérieur. Il ne remplace pas ces audits, n’est pas un outil reconnu pour eux, et n’établit l’atteinte d’aucun objectif. Il ajoute ce qu’ils ne voient pas\u{00A0}: exposition sortante, accès distants non déclarés, écarts de périmètre.",
                    "This report is supporting evidence. The exposure audits that objective D1.O2 of the CaRE programme asks for look from the Internet at the establishment (SILENE, the cyber-surveillance of CERT Santé); Laennec looks from inside. It does not replace these audits, is not a tool recognised for them, and does not establish that any objective is reached. It adds what they do not see: outbound exposure, remote access that nobody declared, gaps in the perimeter."),
                self.word(
                    "Laennec n’est pas une sonde qualifiée par l’ANSSI.", "Laennec is not a probe qualified by ANSSI."),
            ])
        section(
            self.word("Protection des données", "Data protection"),
            [
                self.word(
                    "Ce qui est retenu est une liste fermée de champs techniques\u{00A0}: adresses, noms de machines et d’applications, modèles, versions, protocoles, volumes et dates. Aucune donnée de patient, aucun nom d’utilisateur, aucun mot de passe, aucun contenu de message, d’image ou de fichier ne passe de la capture au rapport\u{00A0}; d’un secret transmis en clair, le rapport dit seulement qu’il l’a été.",
                    "What is kept is a closed list of technical fields: addresses, names of machines and applications, models, versions, protocols, volumes and dates. No patient data, no user name, no password, no content of a message, an image or a file passes from the capture to the report; of a secret sent in clear, the report only says that it was."),
                self.word(
                    "La capture elle-même contient des données de santé et des secrets\u{00A0}: la garder chiffrée, en limiter l’accès, l’effacer dès qu’elle ne sert plus de preuve, selon la politique de l’établissement. Ce rapport décrit les faiblesses de l’établissement\u{00A0}: diffusion restreinte. Une adresse ou un nom de machine peut désigner une personne\u{00A0}: le traitement est à inscrire au registre, avec le DPO.",
                    "The capture itself holds health data and secrets: keep it encrypted, limit who can read it, and erase it as soon as it no longer serves as evidence, by the policy of the establishment. This report describes the weaknesses of the establishment: restrict its distribution. An address or the name of a machine can point to a person: the processing belongs in the record of processing, with the data protection officer."),
            ])
    }
}
