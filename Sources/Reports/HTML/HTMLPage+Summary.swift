import Inventory
import Observations
import Rules
import Wire

extension HTMLPage {
    // MARK: Identity

    func writeIdentity(_ html: inout HTMLWriter) {
        let site = self.report.site
        let unstated = self.word("non indiqué (fichier de site)", "not stated (site file)")
        html.element("dl", ["class": "facts"]) { html in
            func fact(_ french: String, _ english: String, _ value: String) {
                html.element("dt", [:], self.word(french, english))
                html.element("dd", [:], value)
            }
            func fact(_ french: String, _ english: String, _ parts: [String]) {
                html.element("dt", [:], self.word(french, english))
                html.element("dd") { html in self.write(parts, &html) }
            }
            fact("Établissement", "Establishment", site.name ?? unstated)
            fact("FINESS juridique (EJ)", "FINESS of the legal entity (EJ)", site.legalFINESS ?? unstated)
            fact("FINESS géographique (EG)", "FINESS of the site (EG)", site.geographicFINESS ?? unstated)
            fact("GHT", "Hospital group (GHT)", site.group ?? unstated)
            if let period = self.report.period {
                fact("Période", "Period", self.parts(of: period, then: " (\(site.timeZone.name))"))
                fact(
                    "Période en UTC", "Period in UTC",
                    [self.word("du ", "from "), Phrasing.moment(period.lowerBound), self.word(" au ", " to "), Phrasing.moment(period.upperBound)])
            }
            fact("Trames analysées", "Frames analysed", self.number(self.report.coverage.frames))
            let vlans = self.report.coverage.vlans.keys.sorted().map { String($0) }
            if !vlans.isEmpty { fact("VLAN vus", "VLANs seen", self.listed(vlans, limit: 40)) }
            fact("Outil", "Tool", "Laennec \(Report.toolVersion)")
            fact("Signatures", "Signatures", self.report.signatures)
            if let mark = self.report.pseudonyms {
                fact("Noms", "Names", self.word("remplacés par des pseudonymes (clé \(mark))", "replaced by pseudonyms (key \(mark))"))
            }
        }
        html.element("h3", [:], self.word("Points de capture et fichiers lus", "Capture points and files read"))
        guard self.listsInputsLast else { return self.writeInputs(&html) }
        html.element("p") { html in
            html.text(self.count(self.report.inputs.count, "entrée\u{00A0}: ", "entrées\u{00A0}: ", "input: ", "inputs: "))
            html.element("a", ["href": "#inputs"], self.word("la liste, avec les empreintes, est à la fin du rapport", "the list, with the digests, is at the end of the report"))
            html.text(".")
        }
    }

    /// Whether there are too many inputs to list them before the summary: a ring of capture files has hundreds.
    var listsInputsLast: Bool { self.report.inputs.count > 20 }

    func writeInputs(_ html: inout HTMLWriter) {
        html.element("div", ["class": "scroll inputs", "tabindex": "0", "role": "group", "aria-labelledby": "inputs-caption"]) { html in
            html.element("table") { html in
                html.element("caption", ["id": "inputs-caption"], self.word("Entrées", "Inputs"))
                html.element("thead") { html in
                    html.element("tr") { html in
                        let titles =
                            self.language == .french
                            ? ["nom", "format", "trames", "écartées par le filtre", "première trame", "dernière trame", "SHA-256", "remarques"]
                            : ["name", "format", "frames", "left out by the filter", "first frame", "last frame", "SHA-256", "remarks"]
                        for title in titles { html.element("th", ["scope": "col"], title) }
                    }
                }
                html.element("tbody") { html in
                    for input in self.report.inputs.prefix(HTMLTable.pageSize &* 4) {
                        html.element("tr") { html in
                            html.element("th", ["scope": "row"], input.name == "-" ? self.word("entrée standard", "standard input") : input.name)
                            html.element("td", [:], input.format)
                            html.element("td", ["class": "number"], self.number(input.frames))
                            html.element("td", ["class": "number"], self.number(input.filteredOut))
                            html.element("td", ["class": "moment"], input.firstTime.map { self.moment($0) } ?? "")
                            html.element("td", ["class": "moment"], input.lastTime.map { self.moment($0) } ?? "")
                            html.element("td", ["class": "digest"], input.sha256 ?? self.word("non calculé", "not computed"))
                            html.element("td", [:], (input.notices.map { $0[self.language] } + (input.failure.map { [$0[self.language]] } ?? [])).joined(separator: " "))
                        }
                    }
                }
            }
        }
        self.writeLeftOut(self.report.inputs.count &- HTMLTable.pageSize &* 4, &html)
    }

    func listed(_ list: [String], limit: Int) -> String {
        list.prefix(limit).joined(separator: ", ") + (list.count > limit ? " … (+\(self.number(list.count &- limit)))" : "")
    }

    func writeLeftOut(_ count: Int, _ html: inout HTMLWriter) {
        guard count > 0 else { return }
        html.element(
            "p", ["class": "note"], self.word("… et \(self.number(count)) de plus, dans le fichier JSON (--json).", "… and \(self.number(count)) more, in the JSON file (--json)."))
    }

    // MARK: Summary

    func writeSummary(_ html: inout HTMLWriter) {
        self.writeLevel(&html)
        self.writeFigures(&html)
        self.writePatients(&html)
        self.writeActions(&html)
        html.element("div", ["class": "pictures"]) { html in
            self.writeSeverityPicture(&html)
            self.writeClassPicture(&html)
        }
    }

    /// How many findings of each severity nobody accepted.
    var openCounts: [(severity: Severity, count: Int)] {
        let open = Dictionary(grouping: self.report.findings.filter { $0.accepted == nil }, by: \.severity)
        return Severity.allCases.reversed().compactMap { severity in open[severity].map { (severity, $0.count) } }
    }

    /// What the gravest finding means for management.
    func sentence(of gravest: Severity?) -> String {
        switch gravest {
        case .critical?:
            self.word("Au moins une faiblesse peut être exploitée dès maintenant avec des conséquences graves\u{00A0}: décider d’une action sans attendre.", "At least one weakness can be used now, with serious consequences: decide on an action without delay.")
        case .major?:
            self.word("Des faiblesses majeures sont à traiter en priorité.", "Major weaknesses are to be dealt with first.")
        case .moderate?:
            self.word("Des faiblesses sont à inscrire au plan d’actions.", "Weaknesses belong in the action plan.")
        case .minor?, .information?:
            self.word("Rien de grave n’a été constaté dans ce qui a été vu.", "Nothing serious was found in what was seen.")
        case nil where self.report.coverage.frames == 0:
            self.word(
                "Aucune trame n’a été lue\u{00A0}: ce rapport ne dit rien du réseau. Vérifier la capture, le filtre et le port miroir.",
                "No frame was read: this report says nothing of the network. Check the capture, the filter and the mirror port.")
        case nil:
            self.word("Aucun constat ouvert dans ce qui a été vu. Lire la couverture avant de conclure.", "No open finding in what was seen. Read the coverage before you conclude.")
        }
    }

    private func writeLevel(_ html: inout HTMLWriter) {
        let counts = self.openCounts
        let gravest = counts.first?.severity
        let sentence = self.sentence(of: gravest)
        html.element("div", ["class": "level " + (gravest?.rawValue ?? "none")]) { html in
            html.element("p") { html in
                html.text(self.word("Niveau (constat le plus grave)\u{00A0}: ", "Level (most severe finding): "))
                if let gravest { html.element("span", ["class": "badge " + gravest.rawValue], gravest.title[self.language]) } else { html.element("strong", [:], self.word("aucun constat", "no finding")) }
            }
            html.element("p", [:], sentence)
        }
        let list = counts.map { "\(self.number($0.count)) \(self.severity($0.severity, of: $0.count))" }.joined(separator: ", ")
        let accepted = self.report.findings.count &- counts.reduce(0) { $0 &+ $1.count }
        html.element("p") { html in
            html.text(self.word("Constats ouverts", "Open findings") + self.colon + (list.isEmpty ? self.word("aucun", "none") : list) + ".")
            if accepted > 0 {
                html.text(
                    self.word(
                        " \(self.findings(accepted)) de plus, dont le risque a été accepté par l’établissement.", " \(self.findings(accepted)) more, whose risk the establishment accepted."))
            }
            html.text(" " + self.trend)
        }
    }

    private func writeFigures(_ html: inout HTMLWriter) {
        let own = self.report.devices.filter(\.isOwn)
        let exposure = self.report.exposure.entries
        var figures: [(Int, String)] = [
            self.figure(own.count, "dispositif vu", "dispositifs vus", "device seen", "devices seen"),
            self.figure(own.filter(\.identity.isMedical).count, "dont biomédical", "dont biomédicaux", "of them biomedical", "of them biomedical"),
            self.figure(
                own.reduce(0) { $0 &+ $1.asset.services.count }, "service qui a répondu", "services qui ont répondu", "service that answered", "services that answered"),
            self.figure(
                exposure.filter { $0.direction == .inbound }.count, "service joint depuis Internet", "services joints depuis Internet",
                "service reached from the Internet", "services reached from the Internet"),
            self.figure(exposure.filter { $0.direction == .outbound }.count, "lien vers Internet", "liens vers Internet", "link to the Internet", "links to the Internet"),
            self.figure(exposure.filter { $0.direction == .tunnel }.count, "tunnel", "tunnels", "tunnel", "tunnels"),
            self.figure(
                self.report.maintenance.entries.count, "voie de télémaintenance ou de prise en main", "voies de télémaintenance ou de prise en main",
                "way of remote maintenance or control", "ways of remote maintenance or control"),
        ]
        if self.report.matrix.isDeclared {
            figures.append(
                self.figure(
                    self.report.matrix.rows.filter { ($0.undeclared ?? 0) > 0 }.count, "flux observé, non déclaré", "flux observés, non déclarés", "flow seen, not declared",
                    "flows seen, not declared"))
        }
        self.write(figures, &html)
    }

    /// A number, and what it counts, which agrees with it.
    func figure(_ count: Int, _ french: String, _ frenchMany: String, _ english: String, _ englishMany: String) -> (Int, String) {
        (count, self.word(count < 2 ? french : frenchMany, count == 1 ? english : englishMany))
    }

    func write(_ figures: [(Int, String)], _ html: inout HTMLWriter) {
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

    /// The most groups of a list for management.
    static let summaryLimit = 5

    /// Groups of findings on what patients depend on that nobody accepted, the gravest first, with their assets.
    var concerned: [(group: Group, severity: Severity, assets: [String])] {
        self.groups.compactMap { group -> (group: Group, severity: Severity, assets: [String])? in
            let findings = group.findings.filter { $0.accepted == nil && $0.severity >= .moderate && self.stakes.medical.contains($0.asset) }
            guard let severity = findings.map(\.severity).max() else { return nil }
            var seen: Set<String> = []
            return (group, severity, findings.map(\.asset).filter { seen.insert($0).inserted })
        }.sorted { $0.severity > $1.severity }
    }

    /// Findings on what patients depend on, in plain words.
    private func writePatients(_ html: inout HTMLWriter) {
        html.element("h3", [:], self.word("Ce qui pourrait nuire aux patients", "What could hurt patients"))
        let concerned = self.concerned
        guard !concerned.isEmpty else {
            html.element(
                "p", [:],
                self.word(
                    "Aucun constat modéré ou plus grave sur un dispositif médical ou un système de soins, dans ce qui a été vu.",
                    "No finding that is moderate or more severe on a medical device or a system of care, in what was seen."))
            return
        }
        html.element("ul") { html in
            for (group, severity, assets) in concerned.prefix(Self.summaryLimit) {
                html.element("li") { html in
                    html.element("strong", [:], self.title(of: group.rule))
                    html.space()
                    html.element("span", ["class": "badge " + severity.rawValue], severity.title[self.language])
                    html.text(self.word(" sur ", " on ") + self.names(of: assets, limit: 3) + ". ")
                    html.text(Self.firstSentence(group.text?.why[self.language] ?? ""))
                }
            }
        }
        if concerned.count > Self.summaryLimit {
            html.element("p", ["class": "note"]) { html in
                html.text(
                    self.word(
                        "… et \(self.number(concerned.count &- Self.summaryLimit)) autres sortes de constats sur des dispositifs médicaux\u{00A0}: ",
                        "… and \(self.number(concerned.count &- Self.summaryLimit)) more kinds of findings on medical devices: "))
                html.element("a", ["href": "#findings"], self.word("voir les constats", "see the findings"))
                html.text(".")
            }
        }
    }

    /// As far as the first full stop that a space follows: management reads one page.
    static func firstSentence(_ text: String) -> String {
        guard let end = text.firstRange(of: ". ") else { return text }
        return String(text[..<end.lowerBound]) + "."
    }

    /// Groups whose recommendations are the first actions.
    var actions: [Group] {
        var told: Set<String> = []
        // What answers several rules is one action.
        return self.groups.filter { group in !group.isAccepted && (group.text.map { told.insert($0.fix[self.language]).inserted } ?? false) }
    }

    private func writeActions(_ html: inout HTMLWriter) {
        let open = self.groups.filter { !$0.isAccepted }
        html.element("h3", [:], self.word("Premières actions", "First actions"))
        guard !open.isEmpty else {
            html.element("p", [:], self.word("Aucune action ne découle de constats ouverts.", "No action follows from open findings."))
            return
        }
        html.element("ol") { html in
            for group in self.actions.prefix(Self.summaryLimit) {
                html.element("li") { html in
                    html.text(group.text?.fix[self.language] ?? "")
                    html.space()
                    html.element("span", ["class": "note"]) { html in
                        html.text("(\(self.devices(group.assets.count))\(self.colon)")
                        html.element("a", ["href": "#" + Self.anchor(group.rule)], self.title(of: group.rule))
                        html.text(", \(group.severity.title[self.language]))")
                    }
                }
            }
        }
    }

    // MARK: Coverage

    func writeCoverage(_ html: inout HTMLWriter) {
        html.element(
            "p", [:],
            self.word(
                "L’absence de constat n’est pas la preuve d’une absence\u{00A0}: seul ce qui passe au point de capture, pendant la capture, peut être vu.",
                "No finding does not prove that there is nothing to find: only what passes the capture point, during the capture, can be seen."))
        html.element("h3", [:], self.word("Ce qui a été vu", "What was seen"))
        html.element("ul") { html in
            func item(_ french: String, _ english: String) { html.element("li", [:], self.word(french, english)) }
            self.seen(item)
        }
        html.element("h3", [:], self.word("Angles morts", "Blind spots"))
        html.element("ul") { html in
            func item(_ french: String, _ english: String) { html.element("li", [:], self.word(french, english)) }
            self.blindSpots(item)
        }
        self.writeQuestions(&html)
    }

    /// What was seen, sentence by sentence.
    func seen(_ item: (String, String) -> Void) {
        let coverage = self.report.coverage
        item(
            "\(self.phrasing.frames(coverage.frames)), \(self.phrasing.bytes(coverage.bytes)).", "\(self.phrasing.frames(coverage.frames)), \(self.phrasing.bytes(coverage.bytes)).")
        item(
            "\(self.number(coverage.tcpFlows)) conversations TCP et \(self.number(coverage.udpFlows)) UDP\u{00A0}; protocole prouvé par le contenu pour \(self.number(coverage.recognisedFlows)), inconnu pour \(self.number(coverage.unrecognisedFlows)), chiffrées\u{00A0}: \(self.number(coverage.encryptedFlows)).",
            "\(self.number(coverage.tcpFlows)) TCP and \(self.number(coverage.udpFlows)) UDP conversations; protocol proved by content for \(self.number(coverage.recognisedFlows)), unknown for \(self.number(coverage.unrecognisedFlows)), encrypted: \(self.number(coverage.encryptedFlows)).")
        if !coverage.vlans.isEmpty {
            let list = self.listed(coverage.vlans.keys.sorted().map { String($0) }, limit: 40)
            item("VLAN\u{00A0}: \(list).", "VLANs: \(list).")
        }
        if !coverage.encapsulations.isEmpty {
            let list = coverage.encapsulations.sorted { $0.key < $1.key }.map { "\($0.key) (\(self.number($0.value)))" }.joined(separator: ", ")
            item("Encapsulations ouvertes\u{00A0}: \(list).", "Encapsulations opened: \(list).")
        }
    }

    private func conversations(_ count: UInt64) -> String { self.phrasing.conversations(count) }

    func blindSpots(_ item: (String, String) -> Void) {
        let coverage = self.report.coverage
        item(
            "Les segments qui ne passent pas par le point de capture, et les dispositifs restés muets pendant la capture.",
            "Segments that do not pass the capture point, and devices that were silent during the capture.")
        if coverage.encryptedFlows > 0 {
            item(
                "Le contenu des conversations chiffrées (\(self.number(coverage.encryptedFlows)))\u{00A0}: seuls leurs débuts sont lus.",
                "The content of encrypted conversations (\(self.number(coverage.encryptedFlows))): only their beginnings are read.")
        }
        if coverage.unrecognisedFlows > 0 {
            item(
                "Protocole non reconnu\u{00A0}: \(self.conversations(coverage.unrecognisedFlows)).", "Protocol not recognised: \(self.conversations(coverage.unrecognisedFlows)).")
        }
        if coverage.oneSidedFlows > 0 {
            item(
                "Un seul sens visible\u{00A0}: \(self.conversations(coverage.oneSidedFlows)) TCP\u{00A0}; vérifier que le port miroir copie les deux.",
                "One direction only: \(self.conversations(coverage.oneSidedFlows)) of TCP; check that the mirror port copies both.")
        }
        if coverage.midStreamFlows > 0 {
            item(
                "Déjà en cours au début de la capture\u{00A0}: \(self.conversations(coverage.midStreamFlows)).",
                "Under way when the capture began: \(self.conversations(coverage.midStreamFlows)).")
        }
        if coverage.gaps > 0 {
            item(
                "\(self.phrasing.gaps(coverage)) dans les flux TCP (\(self.phrasing.bytes(coverage.lostBytes)) perdus par la capture).",
                "\(self.phrasing.gaps(coverage)) in TCP streams (\(self.phrasing.bytes(coverage.lostBytes)) lost by the capture).")
        }
        for copy in self.report.copies { item(self.phrasing.sentence(copy) + ".", self.phrasing.sentence(copy) + ".") }
        if coverage.cutFrames > 0 {
            item(
                "\(self.phrasing.cutFrames(coverage)) par la longueur de capture (snaplen).", "\(self.phrasing.cutFrames(coverage)) by the snap length.")
        }
        let misunderstood = coverage.misunderstood.reduce(into: UInt64(0)) { $0 &+= $1.frames }
        if misunderstood > 0 {
            let list = self.phrasing.misunderstood(coverage, limit: 6)
            item("Trames non comprises\u{00A0}: \(self.number(misunderstood)) — \(list).", "Frames not understood: \(self.number(misunderstood)) — \(list).")
        }
        if !coverage.ipProtocols.isEmpty {
            let list = self.phrasing.ipProtocols(coverage)
            item("Autres protocoles IP, non analysés\u{00A0}: \(list).", "Other IP protocols, not analysed: \(list).")
        }
        if coverage.evictedFlows &+ coverage.droppedDissections &+ coverage.omittedObservations > 0 {
            item(
                "Limites atteintes\u{00A0}: \(self.phrasing.limits(coverage)) (--memory).", "Limits reached: \(self.phrasing.limits(coverage)) (--memory).")
        }
        for input in self.report.inputs { if let failure = input.failure { item(failure.french, failure.english) } }
    }

    private func writeQuestions(_ html: inout HTMLWriter) {
        let open = self.report.site.openQuestions
        html.element("h3", [:], self.word("Ce que le fichier de site ajouterait", "What the site file would add"))
        guard !open.isEmpty else {
            html.element("p", [:], self.word("Le fichier de site répond à toutes les questions de ce rapport.", "The site file answers all questions of this report."))
            return
        }
        html.element("ul") { html in for question in open { html.element("li", [:], question.text[self.language]) } }
        html.element(
            "p", ["class": "note"],
            self.word("«\u{00A0}laennec site example\u{00A0}» écrit un fichier de site à compléter, «\u{00A0}--site\u{00A0}» le donne à l’analyse.", "“laennec site example” writes a site file to fill in, “--site” gives it to the scan."))
    }
}
