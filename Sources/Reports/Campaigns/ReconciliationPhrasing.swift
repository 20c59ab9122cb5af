public import Campaigns
import Observations
public import Rules
import Wire

/// How the things of a reconciliation with the GMAO are called in a language.
struct ReconciliationPhrasing {
    let reconciliation: Reconciliation
    let language: Language
    let texts: SignatureSet

    func word(_ french: String, _ english: String) -> String { self.language == .french ? french : english }

    func reason(_ reason: Reconciliation.Reason) -> String {
        switch reason {
        case .decision: self.word("décision", "decision")
        case .serial: self.word("numéro de série", "serial number")
        case .udi: self.word("identifiant unique (IUD)", "unique device identifier (UDI)")
        case .mac: self.word("adresse MAC", "MAC address")
        case .host: self.word("nom réseau", "host name")
        case .title: self.word("titre AE", "AE title")
        case .ip: self.word("adresse IP", "IP address")
        case .nearSerial: self.word("numéro de série proche", "near serial number")
        case .nearName: self.word("nom proche", "near name")
        case .onlyOfModel: self.word("seul de ce modèle", "only one of the model")
        }
    }

    func difference(_ difference: Reconciliation.Difference) -> String {
        let field = difference.field.title[self.language]
        if difference.field == .status { return self.word("vu alors que «\u{00A0}\(difference.listed)\u{00A0}»", "seen although “\(difference.listed)”") }
        if difference.isMissing { return self.word("\(field) à compléter\u{00A0}: \(difference.seen)", "\(field) to be completed: \(difference.seen)") }
        return self.word("\(field)\u{00A0}: \(difference.listed) → vu \(difference.seen)", "\(field): \(difference.listed) → seen \(difference.seen)")
    }

    func kind(_ device: Campaign.Device) -> String { Campaign.DeviceSummary(device).kind(self.texts, self.language) }

    func device(_ device: Campaign.Device) -> String { PrintableText.make(device.label) }

    /// What a line of the table is called: number, inventory number and designation.
    func item(_ item: Reconciliation.Item) -> String {
        [self.word("ligne", "line") + " \(item.number)", item[.inventory], item[.designation]].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    func badLine(_ reason: GMAOFile.BadLine.Reason) -> String {
        switch reason {
        case .quotes: self.word("guillemets non fermés ou mal placés, ligne non reprise", "quotes unclosed or misplaced, line not taken over")
        case .extraCells: self.word("plus de cellules que de colonnes, le surplus n’est pas repris", "more cells than columns, the rest is not taken over")
        case .longCell: self.word("cellule trop longue, coupée", "cell too long, cut")
        }
    }

    func conflict(_ kind: Reconciliation.Conflict.Kind) -> String {
        switch kind {
        case .devices: self.word("identifiants de plusieurs dispositifs", "identifiers of several devices")
        case .lines: self.word("plusieurs lignes pour un dispositif", "several lines for one device")
        }
    }
}

extension RegisterTable {
    /// The reconciliation as one table that people can fill in and give back: its column of decisions is read again, by the names of
    /// the columns that ``Campaigns/Decisions`` knows.
    public static func reconciliation(_ reconciliation: Reconciliation, _ texts: SignatureSet, _ language: Language) -> RegisterTable {
        let phrasing = ReconciliationPhrasing(reconciliation: reconciliation, language: language, texts: texts)
        let columns: [(String, String)] = [
            ("état", "state"), ("décision", "decision"), ("ligne", "line"), ("clé GMAO", "GMAO key"), ("désignation", "designation"),
            ("constructeur GMAO", "GMAO maker"), ("modèle GMAO", "GMAO model"), ("n° de série GMAO", "GMAO serial number"), ("adresse IP GMAO", "GMAO IP address"),
            ("adresse MAC GMAO", "GMAO MAC address"), ("localisation GMAO", "GMAO location"), ("statut GMAO", "GMAO status"), ("dispositif", "device"),
            ("adresse vue", "address seen"), ("noms vus", "names seen"), ("médical", "medical"), ("classe", "class"), ("constructeur vu", "maker seen"),
            ("modèle vu", "model seen"), ("n° de série vu", "serial number seen"), ("zone", "zone"), ("reconnu par", "recognised by"), ("confiance", "confidence"),
            ("écarts", "differences"),
        ]
        var table = RegisterTable(
            name: phrasing.word("rapprochement-gmao", "gmao-reconciliation"), title: phrasing.word("Rapprochement avec la GMAO", "Reconciliation with the GMAO"),
            columns: columns.map { language == .french ? $0.0 : $0.1 })
        func add(
            _ state: (String, String), _ item: Reconciliation.Item?, _ device: Campaign.Device?, _ pair: Reconciliation.Pair? = nil, decision: String? = nil
        ) {
            var row: [Cell] = [.text(phrasing.word(state.0, state.1)), .text(PrintableText.make(decision ?? reconciliation.decision(item, device)))]
            row.append(item.map { .number(UInt64(clamping: $0.number)) } ?? .text(""))
            row.append(.text(item?.key ?? ""))
            let place = [ColumnMapping.Field.location, .unit, .care].compactMap { item?[$0] }.filter { !$0.isEmpty }.joined(separator: ", ")
            row += [ColumnMapping.Field.designation, .maker, .model, .serial, .ip, .mac].map { .text(item?[$0] ?? "") }
            row += [.text(place), .text(item?[.status] ?? "")]
            row += [
                .text(device?.id ?? ""), .list(device?.addresses.prefix(8).map(\.description) ?? []), .list(device?.names.prefix(8).map { PrintableText.make($0) } ?? []),
                device.map { .flag($0.isMedical) } ?? .text(""), .text(device?.deviceClass.map { texts.vocabulary.deviceClasses[$0]?.title[language] ?? $0 } ?? ""),
                .text(PrintableText.make(device?.maker ?? "")), .text(PrintableText.make(device?.model ?? "")), .text(PrintableText.make(device?.serial ?? "")),
                .text(PrintableText.make(device?.zone ?? "")), .list(pair?.reasons.map { phrasing.reason($0) } ?? []),
                pair.map { .number(UInt64(clamping: $0.confidence)) } ?? .text(""), .list(pair?.differences.map { phrasing.difference($0) } ?? []),
            ]
            table.rows.append(row)
        }
        for pair in reconciliation.matched {
            // A pair that somebody decided keeps its decision, however it was written.
            let isDecided = pair.reasons.first == .decision
            add(
                pair.differences.contains { !$0.isMissing } ? ("rapproché, écarts", "matched, differs") : ("rapproché", "matched"), pair.item, pair.device, pair,
                decision: isDecided ? phrasing.word("accepter", "accept") : nil)
        }
        for pair in reconciliation.proposals { add(("proposition", "proposal"), pair.item, pair.device, pair) }
        for conflict in reconciliation.conflicts {
            for pair in conflict.pairs {
                add(
                    conflict.kind == .devices
                        ? ("conflit\u{00A0}: identifiants de plusieurs dispositifs", "conflict: identifiers of several devices")
                        : ("conflit\u{00A0}: plusieurs lignes pour un dispositif", "conflict: several lines for one device"), pair.item, pair.device, pair)
            }
        }
        for device in reconciliation.unlisted { add(("vu, absent de la GMAO", "seen, not in the GMAO"), nil, device) }
        for item in reconciliation.unseen { add(("dans la GMAO, non vu", "in the GMAO, not seen"), item, nil) }
        for pair in reconciliation.refused { add(("proposition écartée", "proposal refused"), pair.item, pair.device, pair) }
        for device in reconciliation.ignoredDevices { add(("ignoré", "ignored"), nil, device) }
        for item in reconciliation.ignoredItems { add(("ignoré", "ignored"), item, nil) }
        // What could not be followed stays to be read another time: the device may be seen again.
        for lost in reconciliation.lostDecisions where !lost.item.isEmpty || !lost.device.isEmpty {
            var row = [Cell](repeating: .text(""), count: columns.count)
            row[0] = .text(phrasing.word("décision non suivie", "decision not followed"))
            row[1] = .text(PrintableText.make(lost.text))
            row[3] = .text(PrintableText.make(lost.item))
            row[12] = .text(PrintableText.make(lost.device))
            table.rows.append(row)
        }
        return table
    }
}
