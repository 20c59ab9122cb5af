import Inventory
import Observations
public import Rules
import Wire

/// Why a device is taken for what it is, as a person would tell it: each sentence with the frame that proves it.
public struct Explanation {
    private let report: Report
    private let device: Report.Device
    private let phrasing: Phrasing
    private var lines: [String] = []

    /// The most sentences of one kind; the rest is counted.
    private static let limit = 12

    /// - Parameter device: one of the report's.
    public static func text(of device: Report.Device, in report: Report, language: Language) -> String {
        var explanation = Explanation(report: report, device: device, phrasing: Phrasing(report: report, language: language))
        explanation.tellWho()
        explanation.tellWhere()
        explanation.tellWhy()
        explanation.tellWhatWasSetAside()
        explanation.tellServices()
        explanation.tellNeighbours()
        explanation.tellFindings()
        explanation.tellAdvisories()
        return explanation.lines.joined(separator: "\n") + "\n"
    }

    private init(report: Report, device: Report.Device, phrasing: Phrasing) {
        self.report = report
        self.device = device
        self.phrasing = phrasing
    }

    private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }

    private mutating func heading(_ french: String, _ english: String) {
        self.lines.append("")
        self.lines.append(self.word(french, english))
    }

    /// `Trame 12 : …`
    private mutating func tell(_ evidence: Evidence, _ french: String, _ english: String, indent: String = "  ") {
        let place = self.phrasing.place(evidence)
        let start = (place.first?.uppercased() ?? "") + place.dropFirst()
        self.lines.append(indent + (self.report.inputs.count > 1 ? place : start) + self.word("\u{00A0}: \(french)", ": \(english)"))
    }

    private mutating func tellMore(_ count: Int) {
        guard count > 0 else { return }
        self.lines.append("  " + self.word("… et \(count) de plus (scan --json les donne tous)", "… and \(count) more (scan --json has them all)"))
    }

    // MARK: Who and where

    private mutating func tellWho() {
        let identity = self.device.identity
        let name = self.phrasing.name(of: self.device.asset.id)
        guard let main = identity[.deviceClass] ?? identity[.maker] else {
            self.lines.append(
                self.word(
                    "\(name)\u{00A0}: rien dans ces captures ne dit ce que c’est.", "\(name): nothing in these captures says what it is."))
            return
        }
        var parts: [String] = []
        if let kind = identity[.deviceClass] {
            let code = self.report.texts.vocabulary.deviceClasses[kind.value]?.emdn
            parts.append(self.phrasing.title(ofClass: kind.value) + (code.map { " (EMDN \($0))" } ?? ""))
        }
        let model = [identity[.maker]?.value, identity[.product]?.value].compactMap { $0 }.joined(separator: " ")
        if !model.isEmpty { parts.append(model) }
        if let version = identity[.version] { parts.append("version \(version.value)") }
        if let serial = identity[.serial] { parts.append(self.word("n° de série \(serial.value)", "serial number \(serial.value)")) }
        let sure = main.confidence >= Identity.threshold
        self.lines.append(
            "\(name)\(self.word("\u{00A0}:", ":")) \(parts.joined(separator: ", "))"
                + (sure ? "" : self.word(" — indices seulement, pas une identification", " — hints only, not an identification")))
    }

    private mutating func tellWhere() {
        let asset = self.device.asset
        switch asset.position {
        case .onLink:
            let macs = asset.macs.map(\.description).joined(separator: ", ")
            self.tell(
                asset.evidence, "vu pour la première fois\u{00A0}; son adresse matérielle\u{00A0}: \(macs).",
                "first seen; its own hardware address: \(macs).")
        case .routed:
            self.tell(
                asset.evidence, "vu pour la première fois, derrière un routeur\u{00A0}: son adresse matérielle n’est pas dans la capture.",
                "first seen, behind a router: its hardware address is not in the capture.")
        case .behindGateway:
            let gateway = asset.gateway.map { self.phrasing.name(of: $0) } ?? ""
            self.tell(
                asset.evidence, "nommé par \(gateway), qui parle pour lui\u{00A0}; il n’a pas d’adresse propre dans la capture.",
                "named by \(gateway), which speaks for it; it has no address of its own in the capture.")
        case .external:
            self.tell(asset.evidence, "adresse publique, vue pour la première fois.", "public address, first seen.")
        }
        for contradiction in asset.contradictions {
            switch contradiction {
            case .sharedAddress(let address, let macs):
                let list = macs.map(\.description).joined(separator: self.word(" et ", " and "))
                self.lines.append(
                    "  "
                        + self.word(
                            "Contradiction\u{00A0}: \(address) a été employée en même temps par \(list).",
                            "Contradiction: \(address) was used by \(list) at the same time."))
            }
        }
    }

    // MARK: Why

    /// In the order in which a person would tell it.
    private static let order: [IdentityField] = [
        .deviceClass, .maker, .product, .version, .serial, .udi, .role, .operatingSystem, .operatingSystemVersion, .interfaceMaker,
    ]

    private mutating func tellWhy() {
        let identity = self.device.identity
        for field in Self.order {
            guard let conclusion = identity[field] else { continue }
            let isList = field == .role
            for candidate in isList ? conclusion.candidates[...] : conclusion.candidates.prefix(1) {
                let name = self.phrasing.field(field)
                self.lines.append("")
                self.lines.append(
                    (name.first?.uppercased() ?? "") + name.dropFirst()
                        + "\(self.word("\u{00A0}:", ":")) \(self.phrasing.value(candidate.value, of: field)), \(self.phrasing.percent(candidate.confidence))")
                self.tell(candidate)
            }
            guard !isList, let runnerUp = conclusion.runnerUp, let claim = runnerUp.claims.first else { continue }
            let value = "\(self.phrasing.value(runnerUp.value, of: field)) (\(self.phrasing.percent(runnerUp.confidence)))"
            self.tell(
                claim.observation.evidence,
                "\(self.clause(claim))\u{00A0}: ce serait plutôt \(value)"
                    + (conclusion.isContradicted ? "\u{00A0}; les deux sont bien étayés et se contredisent." : ", moins bien étayé."),
                "\(self.clause(claim)): it would rather be \(value)"
                    + (conclusion.isContradicted ? "; both are well supported and contradict each other." : ", less well supported."))
        }
        guard !identity.software.isEmpty else { return }
        self.heading("Logiciels vus à l’œuvre", "Programs seen at work")
        for component in identity.software.prefix(Self.limit) {
            guard let claim = component.claims.first else { continue }
            let name = ([component.name] + component.versions).joined(separator: " ")
            let kind = component.kind == .toolkit ? self.word(" (bibliothèque)", " (library)") : ""
            self.tell(
                claim.observation.evidence, "\(name)\(kind)\u{00A0}: \(self.clause(claim)).", "\(name)\(kind): \(self.clause(claim)).")
        }
    }

    /// Claims of one kind of evidence about one value.
    private struct Reason {
        let kind: String
        var claims: [Claim]
    }

    /// Claims by their kind of evidence, the strongest kind first.
    private static func reasons(_ claims: [Claim]) -> [Reason] {
        var reasons: [Reason] = []
        for claim in claims {
            if let place = reasons.firstIndex(where: { $0.kind == claim.kind }) {
                reasons[place].claims.append(claim)
            } else {
                reasons.append(Reason(kind: claim.kind, claims: [claim]))
            }
        }
        return reasons
    }

    /// What speaks for one value, and how it adds up.
    private mutating func tell(_ candidate: Candidate) {
        let reasons = Self.reasons(candidate.claims)
        for reason in reasons {
            guard let best = reason.claims.first else { continue }
            let again = self.again(reason.claims.count &- 1)
            let signature = "\(best.signature), \(self.phrasing.percent(best.confidence))"
            self.tell(
                best.observation.evidence, "\(self.clause(best)) [\(signature)]\(again).", "\(self.clause(best)) [\(signature)]\(again).")
        }
        guard reasons.count > 1 else { return }
        let parts = reasons.compactMap { $0.claims.first.map { self.phrasing.percent($0.confidence) } }
        let list = parts.joined(separator: self.word(" et ", " and "))
        self.lines.append(
            "  "
                + self.word(
                    "Ce sont des indices indépendants\u{00A0}: \(list) font ensemble \(self.phrasing.percent(candidate.confidence)).",
                    "These are independent: \(list) together make \(self.phrasing.percent(candidate.confidence))."))
    }

    /// Evidence of a kind that was told already adds nothing to the confidence.
    private func again(_ count: Int) -> String {
        guard count > 0 else { return "" }
        return self.word(
            ", et \(self.phrasing.number(count)) indice\(count > 1 ? "s" : "") de même sorte, qui n’ajoute\(count > 1 ? "nt" : "") rien",
            ", and \(self.phrasing.number(count)) more of the same kind, which add\(count > 1 ? "" : "s") nothing")
    }

    /// Attributes whose values are SOP classes, which mean nothing to people without their titles.
    private static let sopClasses: Set<Attribute> = [
        .dicomAbstractSyntaxProposed, .dicomAbstractSyntaxAccepted, .dicomCommandSOPClass, .dicomAnsweredSOPClass, .dicomRoleSelection,
    ]

    /// What the device did that shows the claim: `son adresse matérielle est « … »`.
    private func clause(_ claim: Claim) -> String {
        let observation = claim.observation
        var value = self.phrasing.value(of: observation)
        if Self.sopClasses.contains(observation.attribute),
            let title = self.report.texts.title(of: observation.value.description, in: "dicom-sop-classes")
        {
            value += " (\(title))"
        }
        if let phrase = AttributePhrases.phrase(of: observation.attribute) {
            return phrase[self.phrasing.language].replacing("%", with: value)
        }
        let kind = self.report.texts.vocabulary.evidence[observation.attribute]?.title[self.phrasing.language] ?? claim.kind
        return "\(kind), \(observation.attribute.name) \(value)"
    }

    private mutating func tellWhatWasSetAside() {
        let passedOn = self.device.identity.passedOn
        guard !passedOn.isEmpty else { return }
        self.heading(
            "Écarté\u{00A0}: trop de réponses différentes pour un seul équipement, qui transmet pour d’autres ou propose de tout",
            "Set aside: too many different answers for one device, which passes on for others or proposes everything")
        var told: Set<String> = []
        let different = passedOn.filter { told.insert("\($0.field.rawValue)\u{0}\($0.value)").inserted }
        for claim in different.prefix(Self.limit) {
            let value = "\(self.phrasing.field(claim.field)) \(self.phrasing.value(claim.value, of: claim.field))"
            self.tell(claim.observation.evidence, "\(value) (\(self.clause(claim))).", "\(value) (\(self.clause(claim))).")
        }
        self.tellMore(different.count &- Self.limit)
    }

    // MARK: Around it

    private mutating func tellServices() {
        let services = self.device.asset.services
        guard !services.isEmpty else { return }
        self.heading("Ce qu’il offre", "What it offers")
        for service in services.prefix(Self.limit) {
            let known = service.protocols.map(\.rawValue).joined(separator: "+")
            let spoken = known.isEmpty ? self.word("protocole non reconnu", "protocol not recognised") : known
            let product = self.device.identity.product(of: service.key).map { ", \($0)" } ?? ""
            let port = "\(service.key.port)/\(service.key.transport.name)"
            self.tell(
                service.evidence, "il répond sur le port \(port)\u{00A0}: \(spoken)\(product) (\(service.clients) client\(service.clients > 1 ? "s" : "")).",
                "it answers on port \(port): \(spoken)\(product) (\(service.clients) client\(service.clients > 1 ? "s" : "")).")
        }
        self.tellMore(services.count &- Self.limit)
    }

    private mutating func tellNeighbours() {
        let sentences = self.report.exchanges.sentences(about: self.device.asset.id, self.phrasing)
        guard !sentences.isEmpty else { return }
        self.heading("Ses échanges de soins", "Its clinical exchanges")
        for sentence in sentences.prefix(Self.limit) { self.tell(sentence.evidence, sentence.text, sentence.text) }
        self.tellMore(sentences.count &- Self.limit)
    }

    private mutating func tellFindings() {
        let findings = self.report.findings.filter { $0.asset == self.device.asset.id }
        guard !findings.isEmpty else { return }
        self.heading("Constats", "Findings")
        for finding in findings.prefix(Self.limit) {
            let title = self.report.texts.text(of: finding.rule)?.title[self.phrasing.language] ?? finding.rule
            let text = "[\(finding.severity.title[self.phrasing.language])] \(title) (\(finding.id))"
            if let first = finding.evidence.first { self.tell(first.evidence, text, text) } else { self.lines.append("  " + text) }
            if !finding.displayFilter.isEmpty { self.lines.append("      Wireshark\(self.word("\u{00A0}:", ":")) \(finding.displayFilter)") }
        }
        self.tellMore(findings.count &- Self.limit)
    }
}

extension Explanation {
    private mutating func tellAdvisories() {
        guard !self.device.advisories.isEmpty else { return }
        self.heading("Avis de sécurité potentiels", "Potential security advisories")
        for advisory in self.device.advisories.prefix(Self.limit) { self.lines.append("  " + advisory.phrase[self.phrasing.language]) }
        self.tellMore(self.device.advisories.count &- Self.limit)
    }
}

extension Report {
    /// The devices that a word names: by id, address, hardware address, or one of their names. Exact matches only, but letter case.
    public func devices(named word: String) -> [Device] {
        let wanted = word.lowercased()
        if let device = self.device(word) { return [device] }
        let address = IPAddress(word)
        return self.devices.filter { device in
            if let address, device.asset.addresses.contains(where: { $0.address == address }) { return true }
            if device.asset.macs.contains(where: { $0.description == wanted }) { return true }
            return device.names.contains { $0.lowercased() == wanted } || device.identity[.serial]?.value.lowercased() == wanted
        }
    }
}
