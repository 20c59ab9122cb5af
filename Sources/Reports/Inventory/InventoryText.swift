public import Campaigns
import Inventory
import Observations
public import Rules
import Wire

/// The inventory for a terminal.
public struct InventoryText {
    private var words: InventoryWords
    private let width: Int
    private var lines: [String] = []

    private init(_ language: Language, _ texts: SignatureSet, _ zone: SiteTimeZone, width: Int) {
        self.words = InventoryWords(language: language, texts: texts, zone: zone)
        self.width = width
    }

    private var text: String { self.lines.isEmpty ? "" : self.lines.joined(separator: "\n") + "\n" }
    private func word(_ french: String, _ english: String) -> String { self.words.word(french, english) }
    private func header(_ french: [String], _ english: [String]) -> [String] { self.words.language == .french ? french : english }

    // MARK: Lists

    /// Devices, a line each.
    public static func list(_ assets: [KeptAsset], _ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet, width: Int) -> String {
        var writer = Self(language, texts, inventory.chronicle.timeZone, width: width)
        writer.words.addresses = InventoryWords.addresses(in: inventory)
        writer.lines.append(
            writer.words.counted(assets.count, french: ("dispositif", "dispositifs"), english: ("device", "devices"))
                + writer.word(" sur \(inventory.assets.count)", " of \(inventory.assets.count)"))
        guard !assets.isEmpty else { return writer.text }
        var table = TextTable(
            writer.header(
                ["identifiant", "adresse", "nom", "classe", "constructeur", "modèle, version", "zone", "à traiter", "vu le"],
                ["id", "address", "name", "class", "maker", "model, version", "zone", "pending", "seen"]), width: width, whole: [0, 1, 8])
        for kept in assets {
            let device = kept.device
            table.add([
                kept.id, writer.words.address(of: device), writer.words.name(of: kept), writer.words.title(ofClass: device.deviceClass), device.maker ?? "",
                [device.model, device.version].compactMap { $0 }.joined(separator: ", "), device.zone, String(kept.pending), writer.words.day(device.lastSeen),
            ])
        }
        writer.lines += table.lines
        return writer.text
    }

    /// Findings, a line each, and what would be listed with other filters.
    public static func findings(
        _ findings: [Chronicle.Finding], _ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet, width: Int
    ) -> String {
        var writer = Self(language, texts, inventory.chronicle.timeZone, width: width)
        writer.words.addresses = InventoryWords.addresses(in: inventory)
        let all = inventory.chronicle.findings
        let states = Chronicle.State.allCases.compactMap { state in
            let count = all.count { $0.state == state }
            return count == 0 ? nil : "\(state.title[language]) \(count)"
        }
        writer.lines.append(
            writer.words.counted(findings.count, french: ("constat", "constats"), english: ("finding", "findings"))
                + writer.word(" sur \(all.count)", " of \(all.count)") + (states.isEmpty ? "" : " (\(states.joined(separator: ", ")))"))
        guard !findings.isEmpty else { return writer.text }
        let names = Dictionary(inventory.assets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var table = TextTable(
            writer.header(
                ["identifiant", "état", "gravité", "constat", "dispositif", "service", "âge (jours)", "attribué à", "pour le"],
                ["id", "state", "severity", "finding", "device", "service", "age (days)", "assigned to", "due"]), width: width, whole: [0, 1, 2, 8])
        for finding in findings {
            let device = finding.asset.map { inventory.chronicle.assets[$0].id } ?? finding.last.device
            let kept = names[device]
            let name = kept.map { [writer.words.address(of: $0.device), writer.words.name(of: $0)].filter { !$0.isEmpty }.joined(separator: " ") } ?? device
            table.add([
                finding.id, writer.words.state(of: finding), finding.last.severity.title[language], writer.words.title(ofRule: finding.last.rule), name,
                writer.words.service(finding.last.service), String(finding.age(at: inventory.chronicle.moment)), finding.assignment?.to ?? "",
                finding.assignment?.due?.description ?? "",
            ])
        }
        writer.lines += table.lines
        return writer.text
    }

    /// What recording a campaign changed, in a line.
    public static func recorded(_ campaign: String, in file: String, isNew: Bool, purgedFlows: Int, _ chronicle: Chronicle, _ language: Language) -> String {
        func word(_ french: String, _ english: String) -> String { language == .french ? french : english }
        func counted(_ count: Int, _ french: (one: String, many: String), _ english: (one: String, many: String)) -> String? {
            count == 0 ? nil : Phrasing.counted(count, language, french: french, english: english)
        }
        let name = PrintableText.make(file, limit: 4096)
        guard isNew else {
            return word(
                "Inventaire \(name)\u{00A0}: la campagne \(campaign) y était déjà, rien n’a changé.\n", "Inventory \(name): it has campaign \(campaign) already, nothing changed.\n")
        }
        let news = chronicle.news(of: campaign)
        let parts = [
            counted(news.devices, ("nouveau dispositif", "nouveaux dispositifs"), ("new device", "new devices")),
            counted(news.findings[.new] ?? 0, ("constat nouveau", "constats nouveaux"), ("new finding", "new findings")),
            counted(news.findings[.fixed] ?? 0, ("corrigé", "corrigés"), ("fixed", "fixed")),
            counted(news.findings[.regressed] ?? 0, ("réapparu", "réapparus"), ("regressed", "regressed")),
            counted(purgedFlows, ("flux ancien effacé", "flux anciens effacés"), ("old flow purged", "old flows purged")),
        ].compactMap { $0 }
        let changes = parts.isEmpty ? "" : word("\u{00A0}: ", ": ") + parts.joined(separator: ", ")
        return word(
            "Inventaire \(name)\u{00A0}: campagne \(campaign) enregistrée (\(chronicle.campaigns.count))\(changes).\n",
            "Inventory \(name): campaign \(campaign) recorded (\(chronicle.campaigns.count))\(changes).\n")
    }

    /// The labels of a device, after they were written.
    public static func labels(of asset: Chronicle.Asset?, _ id: String, _ language: Language) -> String {
        let labels = (asset?.labels ?? [:]).sorted { $0.key < $1.key }
        guard !labels.isEmpty else { return language == .french ? "\(id)\u{00A0}: aucune étiquette\n" : "\(id): no label\n" }
        let list = labels.map { key, value in
            let title = Label.title(of: key, language)
            return language == .french ? "  \(title)\u{00A0}: \(value)\n" : "  \(title): \(value)\n"
        }
        return "\(id)\n" + list.joined()
    }

    /// The state of a finding after a decision on it, and what the date was compared with.
    public static func decided(_ finding: Chronicle.Finding, _ chronicle: Chronicle, _ language: Language, _ texts: SignatureSet) -> String {
        let words = InventoryWords(language: language, texts: texts, zone: chronicle.timeZone)
        var text = words.word("\(finding.id)\u{00A0}: \(words.state(of: finding))", "\(finding.id): \(words.state(of: finding))")
        if let assignment = finding.assignment { text += ", " + words.act(.assign(to: assignment.to, due: assignment.due)) }
        if let acceptance = finding.acceptance {
            let newest = words.minute(chronicle.moment)
            let isOver = chronicle.moment >= acceptance.expires
            text += isOver
                ? words.word(
                    ". L’acceptation finit le \(words.until(acceptance)), avant la dernière trame de la campagne la plus récente (\(newest))\u{00A0}: elle n’a pas d’effet",
                    ". The acceptance ends on \(words.until(acceptance)), before the last frame of the newest campaign (\(newest)): it has no effect")
                : words.word(
                    ". La date est comparée à la dernière trame des campagnes (la plus récente\u{00A0}: \(newest)), non à l’horloge de la machine",
                    ". The date is compared with the last frame of campaigns (the newest: \(newest)), not with the machine's clock")
        }
        return text + ".\n"
    }

    /// For how long the detail of flows is kept.
    public static func retention(_ days: Int, isNew: Bool, _ language: Language) -> String {
        switch (language, isNew) {
        case (.french, true): "Le détail des flux sera conservé \(days) jours\u{00A0}; ce qui est plus ancien sera effacé à la prochaine campagne enregistrée.\n"
        case (.french, false): "Le détail des flux est conservé \(days) jours avant la dernière trame de la campagne la plus récente.\n"
        case (.english, true): "The detail of flows will be kept for \(days) days; what is older will be purged when the next campaign is recorded.\n"
        case (.english, false): "The detail of flows is kept for \(days) days before the last frame of the newest campaign.\n"
        }
    }

    /// What became of an edited export: everything that changed, and everything that could not.
    public static func imported(_ outcome: EditedExport.Outcome, _ language: Language) -> String {
        let words = InventoryWords(language: language, texts: nil, zone: .standard)
        var lines: [String] = []
        lines.append(
            words.counted(outcome.decisions.count, french: ("modification reprise", "modifications reprises"), english: ("change taken over", "changes taken over")) + ", "
                + words.counted(outcome.unchanged, french: ("ligne sans changement", "lignes sans changement"), english: ("line without a change", "lines without a change")))
        for decision in outcome.decisions { lines.append("  \(decision.subject)  \(words.act(decision.act))") }
        func list(_ ids: [String], _ french: String, _ english: String) {
            guard !ids.isEmpty else { return }
            lines.append(words.word("\(french)\u{00A0}:", "\(english):"))
            for id in ids { lines.append("  \(PrintableText.make(id))") }
        }
        list(outcome.unknown, "Identifiants inconnus de l’inventaire", "Ids that the inventory does not have")
        list(
            outcome.conflicts, "Conflits, modifiés dans l’inventaire depuis l’export et laissés tels quels (exportez de nouveau)",
            "Conflicts, changed in the inventory since the export and left as they are (export again)")
        list(
            outcome.mistakes.map { words.word("ligne \($0.line)\u{00A0}: \($0.text.french)", "line \($0.line): \($0.text.english)") }, "Lignes qui ne peuvent être reprises",
            "Lines that cannot be taken over")
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Pages

    /// The file: whose it is, its campaigns, its log.
    public static func overview(_ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet, width: Int) -> String {
        var writer = Self(language, texts, inventory.chronicle.timeZone, width: width)
        let site = [inventory.site, inventory.finess.map { "FINESS \($0)" }].compactMap { $0 }.joined(separator: ", ")
        writer.lines.append(site.isEmpty ? writer.word("établissement non déclaré", "establishment not declared") : site)
        writer.lines.append(
            writer.word(
                "détail des flux conservé \(inventory.retention) jours avant la campagne la plus récente", "detail of flows kept for \(inventory.retention) days before the newest campaign"))
        writer.lines.append("")
        writer.lines.append(
            writer.words.counted(inventory.campaigns.count, french: ("campagne", "campagnes"), english: ("campaign", "campaigns")) + " (\(writer.words.zone.name))")
        var table = TextTable(
            writer.header(
                ["campagne", "du", "au", "dispositifs", "services", "constats", "flux", "captures"],
                ["campaign", "from", "to", "devices", "services", "findings", "flows", "captures"]), width: width, whole: [0, 1, 2])
        for campaign in inventory.campaigns {
            let flows = campaign.flows == campaign.keptFlows ? "\(campaign.flows)" : writer.word("\(campaign.keptFlows) (de \(campaign.flows))", "\(campaign.keptFlows) (of \(campaign.flows))")
            table.add([
                campaign.id, writer.words.minute(campaign.period.lowerBound), writer.words.minute(campaign.period.upperBound), String(campaign.devices),
                String(campaign.services), String(campaign.findings), flows, campaign.inputs.map(\.name).joined(separator: ", "),
            ])
        }
        writer.lines += table.lines
        writer.lines.append("")
        writer.lines.append(writer.word("Journal du fichier, à l’heure des captures", "Log of the file, by the captures' clock"))
        for event in inventory.events { writer.lines.append("  \(writer.words.minute(event.moment))  \(writer.sentence(event))") }
        guard !inventory.chronicle.decisions.isEmpty else { return writer.text }
        writer.lines.append("")
        writer.lines.append(writer.word("Décisions, à l’heure de leur saisie", "Decisions, by the clock when they were entered"))
        writer.write(inventory.chronicle.decisions, withSubject: true)
        return writer.text
    }

    private func sentence(_ event: InventoryEvent) -> String {
        let campaign = event.campaign ?? ""
        switch event.kind {
        case .recorded: return self.word("campagne \(campaign) enregistrée", "campaign \(campaign) recorded")
        case .purged:
            let flows = self.words.counted(event.count ?? 0, french: ("flux effacé", "flux effacés"), english: ("flow purged", "flows purged"))
            return flows + (event.until.map { self.word(", terminés avant le \(self.words.minute($0))", ", ended before \(self.words.minute($0))") } ?? "")
        case .retention:
            return self.word("détail des flux conservé \(event.count ?? 0) jours", "detail of flows kept for \(event.count ?? 0) days")
        }
    }

    private mutating func write(_ decisions: [Decision], withSubject: Bool) {
        for decision in decisions {
            let author = decision.author.map { self.word(" (par \($0))", " (by \($0))") } ?? ""
            let subject = withSubject ? "\(decision.subject)  " : ""
            self.lines.append("  \(self.words.minute(decision.date))  \(subject)\(self.words.act(decision.act))\(author)")
        }
    }

    /// A device: what it is, what changed, its services, findings, labels and decisions.
    public static func page(_ page: AssetPage, _ language: Language, _ texts: SignatureSet, width: Int) -> String {
        var writer = Self(language, texts, page.chronicle.timeZone, width: width)
        guard let last = page.snapshots.last else { return "" }
        writer.writeDevice(last.device, page)
        writer.writeHistory(page)
        writer.writeServices(page.services)
        writer.writeFindings(page)
        let findings = page.chronicle.findings(of: page.asset)
        let decisions = page.chronicle.decisions(on: page.asset.ids + findings.flatMap(\.ids))
        if !decisions.isEmpty {
            writer.heading(writer.word("Décisions, à l’heure de leur saisie", "Decisions, by the clock when they were entered"))
            writer.write(decisions, withSubject: true)
        }
        return writer.text
    }

    private mutating func heading(_ text: String) {
        if !self.lines.isEmpty { self.lines.append("") }
        self.lines.append(text)
    }

    private mutating func writeDevice(_ device: Campaign.Device, _ page: AssetPage) {
        self.lines.append(page.asset.labels[Label.name.rawValue] ?? device.names.first ?? (self.words.address(of: device).isEmpty ? device.id : self.words.address(of: device)))
        func add(_ title: String, _ value: String) {
            if !value.isEmpty { self.lines.append(self.word("  \(title)\u{00A0}: \(value)", "  \(title): \(value)")) }
        }
        for field in AssetChange.Field.allCases {
            switch field {
            case .position: continue
            case .deviceClass: add(field.title[self.words.language], self.words.title(ofClass: device.deviceClass))
            // The best name and the address in use come first.
            case .names: add(field.title[self.words.language], device.names.joined(separator: ", "))
            case .addresses: add(field.title[self.words.language], device.addresses.map(\.description).joined(separator: ", "))
            default: add(field.title[self.words.language], field.values(of: device).joined(separator: ", "))
            }
        }
        add(self.word("identifiants antérieurs", "earlier ids"), page.asset.ids.dropFirst().joined(separator: ", "))
        guard !page.asset.labels.isEmpty else { return }
        self.heading(self.word("Étiquettes", "Labels"))
        for (key, value) in page.asset.labels.sorted(by: { $0.key < $1.key }) { add(Label.title(of: key, self.words.language), value) }
    }

    private mutating func writeHistory(_ page: AssetPage) {
        let snapshots = page.snapshots
        self.heading(
            self.word("Vu dans ", "Seen in ") + self.words.counted(snapshots.count, french: ("campagne", "campagnes"), english: ("campaign", "campaigns"))
                + " (\(self.words.zone.name))")
        let changes = Dictionary(grouping: page.changes, by: \.campaign)
        for snapshot in snapshots {
            let campaign = page.chronicle.campaigns[snapshot.campaign]
            self.lines.append("  \(self.words.minute(snapshot.device.lastSeen))  \(campaign.id)")
            for change in changes[snapshot.campaign] ?? [] {
                func list(_ values: [String]) -> String {
                    let values = change.field == .deviceClass ? values.map { self.words.title(ofClass: $0) } : values
                    return values.isEmpty ? self.word("inconnu", "unknown") : values.joined(separator: ", ")
                }
                let title = change.field.title[self.words.language]
                self.lines.append("    \(title)\(self.word("\u{00A0}:", ":")) \(list(change.before)) → \(list(change.after))")
            }
        }
    }

    private mutating func writeServices(_ services: [Campaign.Service]) {
        guard !services.isEmpty else { return }
        self.heading(self.word("Services, dans la dernière campagne", "Services, in the last campaign"))
        var table = TextTable(
            self.header(["service", "protocole", "logiciel", "clients", "preuve"], ["service", "protocol", "software", "clients", "evidence"]), width: self.width,
            whole: [0, 4])
        for service in services {
            let key = service.key
            table.add([
                key.port == 0 ? "\(key.host.address) \(key.transport.name)" : "\(Endpoint(address: key.host.address, port: key.port))/\(key.transport.name)",
                service.protocols.isEmpty ? self.word("non reconnu", "not recognised") : service.protocols.map(\.rawValue).joined(separator: "+"),
                service.product ?? "", String(service.clients), self.word("trame ", "frame ") + String(service.evidence.frame),
            ])
        }
        self.lines += table.lines
    }

    private mutating func writeFindings(_ page: AssetPage) {
        let findings = page.chronicle.findings(of: page.asset)
        guard !findings.isEmpty else { return }
        self.heading(self.word("Constats", "Findings"))
        var table = TextTable(
            self.header(
                ["identifiant", "état", "gravité", "constat", "service", "première fois", "dernière fois", "attribué à", "pour le"],
                ["id", "state", "severity", "finding", "service", "first seen", "last seen", "assigned to", "due"]), width: self.width, whole: [0, 1, 2])
        for finding in findings {
            table.add([
                finding.id, self.words.state(of: finding), finding.last.severity.title[self.words.language], self.words.title(ofRule: finding.last.rule),
                self.words.service(finding.last.service), self.words.day(finding.firstSeen), self.words.day(finding.last.lastSeen), finding.assignment?.to ?? "",
                finding.assignment?.due?.description ?? "",
            ])
        }
        self.lines += table.lines
    }
}
