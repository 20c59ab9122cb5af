import Campaigns
import Observations
import Rules
import Wire

/// How the things of a comparison are called in a language: what its renderers for people share.
struct ComparisonPhrasing {
    let comparison: Comparison
    let language: Language
    let texts: SignatureSet

    func word(_ french: String, _ english: String) -> String { self.language == .french ? french : english }
    func counted(_ count: Int, french: (one: String, many: String), english: (one: String, many: String)) -> String {
        Phrasing.counted(count, self.language, french: french, english: english)
    }

    /// Names may come from a file that somebody else wrote: nothing in them reaches a terminal but what can be read.
    func device(_ id: String) -> String { PrintableText.make(self.comparison.label(of: id)) }

    func kind(_ device: Campaign.DeviceSummary) -> String { device.kind(self.texts, self.language) }

    func title(ofClass id: String) -> String { self.texts.vocabulary.deviceClasses[id]?.title[self.language] ?? id }
    func title(ofRule id: String) -> String { PrintableText.make(self.texts.text(of: id)?.title[self.language] ?? id) }

    func port(_ port: Comparison.Port) -> String { port.number == 0 ? port.transport.name : "\(port.number)/\(port.transport.name)" }

    func protocols(_ list: [ApplicationProtocol]) -> String {
        list.isEmpty ? self.word("non reconnu", "not recognised") : list.map(\.rawValue).joined(separator: ", ")
    }

    func field(_ field: Comparison.Field) -> String {
        switch field {
        case .addresses: self.word("adresses", "addresses")
        case .zone: "zone"
        case .gateway: self.word("passerelle", "gateway")
        case .name: self.word("nom", "name")
        case .titles: self.word("titres DICOM (AE)", "DICOM titles (AE)")
        case .deviceClass: self.word("classe", "class")
        case .maker: self.word("constructeur", "maker")
        case .model: self.word("modèle", "model")
        case .version: "version"
        case .serial: self.word("numéro de série", "serial number")
        case .udi: self.word("identifiant unique (IUD)", "unique device identifier (UDI)")
        case .operatingSystem: self.word("système d’exploitation", "operating system")
        case .macs: self.word("adresses matérielles", "hardware addresses")
        }
    }

    func value(_ value: String, of field: Comparison.Field) -> String {
        switch field {
        case .deviceClass: self.title(ofClass: value)
        case .gateway: value.isEmpty ? "" : self.device(value)
        default: PrintableText.make(value)
        }
    }

    func reason(_ reason: DeviceMatching.Reason) -> String {
        switch reason {
        case .id: self.word("même identifiant", "same id")
        case .mac: self.word("adresse matérielle", "hardware address")
        case .serial: self.word("constructeur et numéro de série", "maker and serial number")
        case .udi: self.word("identifiant unique (IUD)", "unique device identifier (UDI)")
        case .name: self.word("nom", "name")
        case .title: self.word("titre DICOM (AE)", "DICOM title (AE)")
        case .address: self.word("adresse IP", "IP address")
        }
    }

    func state(_ state: Comparison.FindingChange.State) -> String {
        switch state {
        case .regressed: self.word("aggravé", "regressed")
        case .new: self.word("nouveau", "new")
        case .persisting: self.word("persistant", "persisting")
        case .fixed: self.word("corrigé", "fixed")
        case .unchecked: self.word("non vérifiable", "could not be checked")
        }
    }

    func gap(_ gap: Comparison.FindingChange.Gap, isNew: Bool) -> String {
        switch (gap, isNew) {
        case (.segment, true): self.word("segment non vu par la campagne précédente", "segment not seen by the earlier campaign")
        case (.device, true): self.word("dispositif non vu par la campagne précédente", "device not seen by the earlier campaign")
        case (.service, true): self.word("service non vu par la campagne précédente", "service not seen by the earlier campaign")
        case (.segment, false): self.word("segment non revu", "segment not seen again")
        case (.device, false): self.word("dispositif non revu", "device not seen again")
        case (.service, false): self.word("service non revu", "service not seen again")
        }
    }

    func service(_ kind: Comparison.ServiceChange.Kind) -> String {
        switch kind {
        case .opened: self.word("ouvert", "opened")
        case .notSeen: self.word("non revu", "not seen again")
        case .changed: self.word("modifié", "changed")
        }
    }

    /// What a service is: program, else protocols.
    func service(_ service: Comparison.Service?) -> String {
        guard let service else { return "" }
        return service.product.map { "\(PrintableText.make($0)) (\(self.protocols(service.protocols)))" } ?? self.protocols(service.protocols)
    }

    /// One sentence about how far apart the campaigns are.
    var interval: String {
        guard let interval = self.comparison.interval else {
            return self.word("Une des campagnes n’a pas de période\u{00A0}: l’écart n’est pas connu.", "One of the campaigns has no period: the interval is not known.")
        }
        let days = self.counted(interval.days, french: ("jour", "jours"), english: ("day", "days"))
        return interval.isInWindow
            ? self.word(
                "Comparaison de campagnes (fenêtre 45-60\u{00A0}j)\u{00A0}: \(days) d’écart, dans la fenêtre. Élément de preuve complémentaire, qui ne vaut pas atteinte d’un objectif.",
                "Comparison of campaigns (window of 45 to 60 days): \(days) apart, within the window. Supporting evidence, which does not show that an objective is reached.")
            : self.word(
                "Comparaison de campagnes\u{00A0}: \(days) d’écart, hors de la fenêtre 45-60\u{00A0}j.",
                "Comparison of campaigns: \(days) apart, outside the window of 45 to 60 days.")
    }

    func note(_ note: Comparison.Note) -> String {
        switch note {
        case .sameCampaign:
            self.word("C’est deux fois la même campagne\u{00A0}: les mêmes captures.", "This is the same campaign twice: the same captures.")
        case .differentSites:
            self.word(
                "Les campagnes sont de deux établissements\u{00A0}: «\u{00A0}\(self.site(self.comparison.before))\u{00A0}» et «\u{00A0}\(self.site(self.comparison.after))\u{00A0}».",
                "The campaigns are of two establishments: “\(self.site(self.comparison.before))” and “\(self.site(self.comparison.after))”.")
        case .reversed:
            self.word("La seconde campagne commence avant la première\u{00A0}: l’ordre est-il le bon\u{00A0}?", "The second campaign begins before the first: is the order right?")
        case .overlapping:
            self.word("La seconde campagne commence avant la fin de la première.", "The second campaign begins before the end of the first.")
        case .noPeriod: self.word("Une des campagnes est sans trame.", "One of the campaigns has no frame.")
        case .otherTool:
            self.word(
                "Les campagnes n’ont pas été analysées avec la même version ou les mêmes signatures\u{00A0}: un écart peut venir de l’outil. Analysez de nouveau la première capture pour l’exclure.",
                "The campaigns were not analysed with the same version or signatures: a difference may come from the tool. Analyse the first capture again to rule that out.")
        case .otherZones:
            self.word(
                "Des dispositifs à la même adresse sont dans des zones de noms différents\u{00A0}: le fichier de site a changé, ou une seule des campagnes en avait un.",
                "Devices at the same address are in zones of different names: the site file changed, or only one of the campaigns had one.")
        case .otherConclusions:
            self.word(
                "Cette comparaison est celle du résultat conservé\u{00A0}; le reste du rapport est conclu avec d’autres signatures, un autre fichier de site ou d’autres noms. Pour la refaire\u{00A0}: «\u{00A0}--compare\u{00A0}».",
                "This comparison is the one kept with the result; the rest of the report is concluded with other signatures, another site file or other names. To make it again: “--compare”.")
        }
    }

    private func site(_ side: Comparison.Side) -> String { PrintableText.make(side.site ?? "") }

    func segment(_ segment: Comparison.Segment) -> String {
        let devices = self.counted(segment.devices, french: ("dispositif", "dispositifs"), english: ("device", "devices"))
        let zone = segment.zone.isEmpty ? self.word("sans zone", "no zone") : PrintableText.make(segment.zone)
        return segment.isMissingAfter
            ? self.word("\(zone)\u{00A0}: segment non vu par la seconde campagne (\(devices) dans la première)", "\(zone): segment not seen by the second campaign (\(devices) in the first)")
            : self.word("\(zone)\u{00A0}: segment non vu par la première campagne (\(devices) dans la seconde)", "\(zone): segment not seen by the first campaign (\(devices) in the second)")
    }

    /// Why a device that only one campaign saw may still be there, or have been.
    func remark(_ presence: Comparison.Presence) -> String {
        var remarks: [String] = []
        if !presence.isSegmentSeen { remarks.append(self.word("segment non vu par l’autre campagne", "segment not seen by the other campaign")) }
        if !presence.proposals.isEmpty {
            let list = presence.proposals.prefix(4).map { self.device($0) }.joined(separator: ", ")
            remarks.append(self.word("peut-être \(list)", "perhaps \(list)"))
        }
        return remarks.joined(separator: self.word("\u{00A0}; ", "; "))
    }
}

extension Campaign.DeviceSummary {
    /// What it is: class, maker and model.
    func kind(_ texts: SignatureSet, _ language: Language) -> String {
        // Many models are called by their maker's name first.
        let maker = self.maker.flatMap { maker in self.model?.hasPrefix(maker) == true ? nil : maker }
        let title = self.deviceClass.map { texts.vocabulary.deviceClasses[$0]?.title[language] ?? $0 }
        return PrintableText.make([title, maker, self.model].compactMap { $0 }.joined(separator: " "))
    }
}
