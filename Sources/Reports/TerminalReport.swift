import Inventory
import Observations
public import Rules
import Wire

/// The summary for a terminal: what is there, what is wrong, what could not be seen.
public struct TerminalReport: TerminalLines {
    private let report: Report
    private let language: Language
    private let phrasing: Phrasing
    let hasColour: Bool
    private let width: Int
    var lines: [String] = []

    /// The most rows of a table; the rest is counted.
    private static let rowLimit = 30

    /// - Parameters:
    ///   - hasColour: whether ANSI colours may be used.
    ///   - width: columns of the terminal.
    public static func text(_ report: Report, language: Language, hasColour: Bool, width: Int) -> String {
        var writer = TerminalReport(report: report, language: language, hasColour: hasColour, width: width)
        writer.writeInputs()
        writer.writeDevices()
        writer.writeServices()
        writer.writeAssociations()
        writer.writeInterfaces()
        writer.writeExposure()
        writer.writeMaintenance()
        writer.writeFlows()
        writer.writeFindings()
        writer.writeAdvisories()
        writer.writeCoverage()
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private init(report: Report, language: Language, hasColour: Bool, width: Int) {
        self.report = report
        self.language = language
        self.phrasing = Phrasing(report: report, language: language)
        self.hasColour = hasColour
        self.width = width
    }

    private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }
    private func number(_ value: some BinaryInteger) -> String { self.phrasing.number(value) }

    private func conversations(_ count: UInt64) -> String { self.phrasing.conversations(count) }

    private mutating func writeMore(_ count: Int) {
        guard count > 0 else { return }
        self.lines.append("  " + self.word("… et \(self.number(count)) de plus (--json les donne tous)", "… and \(self.number(count)) more (--json has them all)"))
    }

    // MARK: Sections

    private mutating func writeInputs() {
        self.heading("Laennec \(Report.toolVersion)")
        if let mark = self.report.pseudonyms {
            self.lines.append("  " + self.word("Les noms sont des pseudonymes (clé \(mark)).", "Names are pseudonyms (key \(mark))."))
        }
        let read = self.report.inputs.filter { $0.failure == nil }
        let frames = read.reduce(into: UInt64(0)) { $0 &+= $1.frames }
        var line = "  "
        switch read.count {
        case 1: line += read[0].name == "-" ? self.word("entrée standard", "standard input") : read[0].name
        default: line += self.word("\(read.count) entrées", "\(read.count) inputs")
        }
        line += self.word("\u{00A0}: ", ": ") + self.phrasing.frames(frames)
        if let period = self.report.period {
            line += self.word(
                ", du \(Phrasing.moment(period.lowerBound)) au \(Phrasing.moment(period.upperBound)) UTC",
                ", from \(Phrasing.moment(period.lowerBound)) to \(Phrasing.moment(period.upperBound)) UTC")
        }
        self.lines.append(line)
        for input in self.report.inputs {
            if let failure = input.failure { self.lines.append("  ! " + failure[self.language]) }
            if input.format == "live", input.notices.isEmpty {
                self.lines.append("  " + self.word("aucune trame perdue par la capture", "no frame was lost by the capture"))
            }
            for notice in input.notices { self.lines.append("  ! \(input.name) — " + notice[self.language]) }
        }
    }

    private mutating func writeDevices() {
        let own = self.report.devices.filter(\.isOwn)
        let external = self.report.devices.count &- own.count
        let medical = own.filter(\.identity.isMedical)
        self.heading(
            self.word(
                "Dispositifs\u{00A0}: \(self.number(own.count)), dont \(self.number(medical.count)) \(medical.count < 2 ? "biomédical" : "biomédicaux")\u{00A0}; adresses publiques vues\u{00A0}: \(self.number(external))",
                "Devices: \(self.number(own.count)), \(self.number(medical.count)) of them biomedical; public addresses seen: \(self.number(external))"))
        guard !own.isEmpty else {
            self.lines.append(
                "  "
                    + (self.report.coverage.frames == 0
                        ? self.word(
                            "aucune trame n’a été lue\u{00A0}: vérifiez la capture, le filtre et le port miroir", "no frame was read: check the capture, the filter and the mirror port")
                        : self.word("aucun dispositif n’a émis de trame comprise", "no device sent a frame that was understood")))
            return
        }
        var table = TextTable(
            self.language == .french
                ? ["adresse", "nom", "classe", "constructeur", "modèle, version", "confiance", "preuve"]
                : ["address", "name", "class", "maker", "model, version", "confidence", "evidence"], width: self.width, whole: [0, 5, 6])
        for device in self.inReadingOrder(own).prefix(Self.rowLimit) { table.add(self.row(device)) }
        self.write(table)
        self.writeMore(own.count &- Self.rowLimit)
    }

    /// Biomedical devices first, of them those that are identified, then by address, with what is behind a gateway after it.
    private func inReadingOrder(_ devices: [Report.Device]) -> [Report.Device] {
        func rank(_ device: Report.Device) -> Int {
            let confidence = (device.identity[.deviceClass] ?? device.identity[.maker])?.confidence ?? 0
            return (device.identity.isMedical ? 0 : 4) &+ (confidence >= Identity.threshold ? 0 : confidence > 0 ? 1 : 2)
        }
        func address(_ device: Report.Device) -> IPAddress {
            let place = device.asset.gateway.flatMap { self.report.device($0) } ?? device
            return place.asset.addresses.first?.address ?? .none
        }
        let keyed = devices.map { (device: $0, key: (rank($0), address($0), $0.asset.gateway == nil ? 0 : 1, $0.id)) }
        return keyed.sorted { $0.key < $1.key }.map(\.device)
    }

    private func row(_ device: Report.Device) -> [String] {
        let identity = device.identity
        let deviceClass = identity[.deviceClass]
        let title = deviceClass.map { self.report.texts.vocabulary.deviceClasses[$0.value]?.title[self.language] ?? $0.value }
        let model = [identity[.product]?.value, identity[.version]?.value].compactMap { $0 }.joined(separator: ", ")
        let main = deviceClass ?? identity[.maker]
        let evidence = main?.candidates.first?.claims.first?.observation.evidence ?? device.asset.evidence
        let maker = identity[.maker]?.value ?? identity[.interfaceMaker].map { "(\($0.value))" } ?? ""
        return [
            self.phrasing.place(of: device), device.names.first ?? "", title ?? (device.asset.isRouter ? self.word("routeur", "router") : ""), maker, model,
            main.map { self.phrasing.percent($0.confidence) } ?? "", self.place(evidence),
        ]
    }

    private func address(of asset: String?) -> String { self.phrasing.address(of: asset) }
    private func place(_ evidence: Evidence) -> String { self.phrasing.place(evidence) }

    private mutating func writeServices() {
        let all = self.report.devices.flatMap { device in device.asset.services.map { (device, $0) } }
        let outside = all.count { !$0.0.isOwn }
        self.heading(
            self.word("Services qui ont répondu\u{00A0}: \(self.number(all.count))", "Services that answered: \(self.number(all.count))")
                + (outside == 0 ? "" : self.word(", dont \(self.number(outside)) à une adresse publique", ", \(self.number(outside)) of them at a public address")))
        guard !all.isEmpty else { return }
        var table = TextTable(
            self.language == .french
                ? ["service", "protocole", "logiciel", "clients", "chiffré", "preuve"]
                : ["service", "protocol", "software", "clients", "encrypted", "evidence"], width: self.width, whole: [0, 5])
        let sorted = all.sorted { left, right in
            let leftRank = Self.rank(left.1)
            let rightRank = Self.rank(right.1)
            return leftRank == rightRank ? left.1.key < right.1.key : leftRank < rightRank
        }
        for (device, service) in sorted.prefix(Self.rowLimit) {
            table.add([
                "\(Endpoint(address: service.key.host.address, port: service.key.port))/\(service.key.transport.name)",
                service.protocols.isEmpty ? self.word("non reconnu", "not recognised") : service.protocols.map(\.rawValue).joined(separator: "+"),
                device.identity.product(of: service.key) ?? "", self.number(service.clients),
                service.isEncrypted ? self.word("oui", "yes") : self.word("non", "no"), self.place(service.evidence),
            ])
        }
        self.write(table)
        self.writeMore(sorted.count &- Self.rowLimit)
    }

    /// Medical first, then remote access, then the rest; what was not recognised last.
    private static func rank(_ service: Service) -> Int {
        switch service.mainProtocol {
        case .some(let name) where name.isMedical: 0
        case .rdp, .vnc, .ssh, .telnet: 1
        case .some: 2
        case nil: 3
        }
    }

    private mutating func writeAssociations() {
        let associations = self.report.exchanges.associations
        guard !associations.isEmpty else { return }
        let shared = self.report.exchanges.titles.filter(\.isShared)
        self.heading(self.word("Échanges DICOM\u{00A0}: \(self.number(associations.count))", "DICOM exchanges: \(self.number(associations.count))"))
        var table = TextTable(
            self.language == .french
                ? ["de", "titre", "vers", "titre", "opérations", "issue", "preuve"]
                : ["from", "title", "to", "title", "operations", "outcome", "evidence"], width: self.width, whole: [0, 2, 6])
        for association in associations.prefix(Self.rowLimit) {
            table.add([
                self.address(of: association.ends.client), association.callingTitles.joined(separator: ", "),
                "\(self.address(of: association.ends.server)):\(association.ends.service.port)", association.calledTitles.joined(separator: ", "),
                association.operations.joined(separator: ", "), association.outcomes.map { self.outcome($0) }.joined(separator: ", "),
                self.place(association.ends.evidence),
            ])
        }
        self.write(table)
        self.writeMore(associations.count &- Self.rowLimit)
        for title in shared.prefix(Self.rowLimit) {
            let assets = (title.callers.count > 1 ? title.callers : title.called).map { self.address(of: $0) }.joined(separator: ", ")
            let name = self.phrasing.quoted(title.title)
            self.lines.append(
                "  "
                    + self.word(
                        "! le titre \(name) est employé par plusieurs équipements\u{00A0}: \(assets)", "! the title \(name) is used by several devices: \(assets)"))
        }
    }

    private func outcome(_ name: String) -> String {
        switch name {
        case "accepted": self.word("acceptée", "accepted")
        case "rejected": self.word("refusée", "rejected")
        case "aborted": self.word("interrompue", "aborted")
        case "released": self.word("terminée", "released")
        default: name
        }
    }

    private mutating func writeInterfaces() {
        let interfaces = self.report.exchanges.interfaces
        guard !interfaces.isEmpty else { return }
        self.heading(self.word("Interfaces HL7\u{00A0}: \(self.number(interfaces.count))", "HL7 interfaces: \(self.number(interfaces.count))"))
        var table = TextTable(
            self.language == .french
                ? ["émetteur", "récepteur", "messages", "nombre", "refusés", "par heure", "entre", "preuve"]
                : ["sender", "receiver", "messages", "count", "refused", "per hour", "between", "evidence"], width: self.width, whole: [3, 4, 5, 7])
        for interface in interfaces.prefix(Self.rowLimit) {
            table.add([
                interface.sender, interface.receiver, interface.messageTypes.joined(separator: ", "), self.number(interface.messages),
                self.number(interface.refused), interface.perHour.map { self.number($0) } ?? "",
                "\(self.address(of: interface.ends.client)) → \(self.address(of: interface.ends.server))", self.place(interface.ends.evidence),
            ])
        }
        self.write(table)
        self.writeMore(interfaces.count &- Self.rowLimit)
    }

    private mutating func writeExposure() {
        let entries = self.report.exposure.entries
        let counts = ExposureRegister.Direction.allCases.map { direction in entries.filter { $0.direction == direction }.count }
        guard !entries.isEmpty, let inbound = counts.first, let tunnels = counts.last else { return }
        let outbound = entries.count &- inbound &- tunnels
        self.heading(
            self.word(
                "Exposition\u{00A0}: entrante \(self.number(inbound)), sortante \(self.number(outbound)), par tunnel \(self.number(tunnels))",
                "Exposure: inbound \(self.number(inbound)), outbound \(self.number(outbound)), by tunnel \(self.number(tunnels))"))
        var table = TextTable(
            self.language == .french
                ? ["sens", "dispositif", "service", "protocole ou outil", "pairs", "chiffré", "déclaré", "preuve"]
                : ["direction", "device", "service", "protocol or tool", "peers", "encrypted", "declared", "evidence"], width: self.width, whole: [0, 2, 7])
        for entry in entries.prefix(Self.rowLimit) {
            table.add([
                entry.direction.title[self.language], self.phrasing.name(of: entry.asset), self.phrasing.service(entry.service),
                entry.access?.tool ?? (entry.protocols.isEmpty ? self.word("non reconnu", "not recognised") : entry.protocols.map(\.rawValue).joined(separator: "+")),
                entry.peerCount == 1 ? entry.peers.first?.address.description ?? "" : self.number(entry.peerCount),
                self.phrasing.answer(entry.isEncrypted), self.phrasing.answer(entry.isDeclared), self.place(entry.evidence),
            ])
        }
        self.write(table)
        self.writeMore(entries.count &- Self.rowLimit)
    }

    private mutating func writeMaintenance() {
        let entries = self.report.maintenance.entries
        guard !entries.isEmpty else { return }
        self.heading(self.word("Télémaintenance et prise en main\u{00A0}: \(self.number(entries.count))", "Remote maintenance and control: \(self.number(entries.count))"))
        var table = TextTable(
            self.language == .french
                ? ["qui", "dispositif", "autre extrémité", "sens", "passerelle", "interventions", "chiffré", "preuve"]
                : ["who", "device", "other end", "direction", "gateway", "interventions", "encrypted", "evidence"], width: self.width, whole: [2, 7])
        for entry in entries.prefix(Self.rowLimit) {
            let way = entry.maintenance
            let gateway = way.gateway?.name ?? (way.isPastGateway == true ? self.word("contournée", "past it") : self.word("non déclarée", "none declared"))
            table.add([
                self.phrasing.who(way), self.phrasing.name(of: way.device), entry.remoteAddress.description, self.phrasing.direction(way.direction), gateway,
                self.number(way.interventions.count), self.phrasing.answer(entry.isEncrypted), self.place(way.conversation.tally.first),
            ])
        }
        self.write(table)
        self.writeMore(entries.count &- Self.rowLimit)
    }

    private mutating func writeFlows() {
        let matrix = self.report.matrix
        let cuts = self.report.cutOff.cuts.count
        guard matrix.isDeclared || cuts > 0 else { return }
        self.heading(self.word("Flux et coupure", "Flows and cut-off"))
        if matrix.isDeclared {
            let undeclared = matrix.rows.filter { ($0.undeclared ?? 0) > 0 }.count
            let declared = matrix.rows.count &- undeclared
            self.lines.append(
                "  "
                    + self.word(
                        "matrice des flux\u{00A0}: \(self.phrasing.declaredFlows(declared)), \(self.number(undeclared)) \(undeclared < 2 ? "observé sans être déclaré" : "observés sans être déclarés"), \(self.phrasing.unseenFlows(matrix.unseen.count))",
                        "flow matrix: \(self.number(declared)) flows declared and seen, \(self.number(undeclared)) seen but not declared, \(self.number(matrix.unseen.count)) declared and never seen"))
        }
        if cuts > 0 {
            let proposed = self.phrasing.counted(
                cuts, french: ("coupure proposée", "coupures proposées"), english: ("cut proposed", "cuts proposed"))
            self.lines.append(
                "  "
                    + self.word(
                        "fiche de coupure\u{00A0}: \(proposed) (--registers l’écrit, avec les règles de filtrage)",
                        "cut-off sheet: \(proposed) (--registers writes it, with the rules to filter)"))
        }
    }

    private mutating func writeFindings() {
        let findings = self.report.findings
        let counts = Severity.allCases.reversed().compactMap { severity -> String? in
            let count = findings.filter { $0.severity == severity }.count
            return count == 0 ? nil : "\(count) \(severity.title[self.language])\(self.language == .french && count > 1 && severity != .information ? "s" : "")"
        }
        self.heading(
            self.word("Constats\u{00A0}: ", "Findings: ") + (counts.isEmpty ? self.word("aucun", "none") : counts.joined(separator: ", ")))
        for finding in findings.prefix(Self.rowLimit) {
            let title = self.report.texts.text(of: finding.rule)?.title[self.language] ?? finding.rule
            let colour =
                switch finding.severity {
                case .critical, .major: "31"
                case .moderate: "33"
                case .minor, .information: "36"
                }
            var line = "  " + self.style("[\(finding.severity.title[self.language])]", colour) + " \(title) — \(self.target(of: finding))"
            if finding.occurrences > 1 { line += self.word(" (\(self.number(finding.occurrences)) fois)", " (\(self.number(finding.occurrences)) times)") }
            if let first = finding.evidence.first { line += ", " + self.place(first.evidence) }
            if let accepted = finding.accepted {
                // The day before the moment from which it counts again.
                let day = self.report.site.timeZone.local(Timestamp(nanoseconds: accepted.expires.nanoseconds &- 1)).prefix(10)
                line += self.word(" — risque accepté jusqu’au \(day)", " — risk accepted until \(day)")
            }
            self.lines.append(line)
            if !finding.displayFilter.isEmpty { self.lines.append(self.style("      Wireshark\(self.word("\u{00A0}:", ":")) \(finding.displayFilter)", "2")) }
        }
        self.writeMore(findings.count &- Self.rowLimit)
    }

    private mutating func writeAdvisories() {
        let concerned = self.report.devices.filter { !$0.advisories.isEmpty }
        guard !concerned.isEmpty else { return }
        let count = concerned.reduce(0) { $0 &+ $1.advisories.count }
        self.heading(self.word("Avis de sécurité potentiels\u{00A0}: \(self.number(count))", "Potential security advisories: \(self.number(count))"))
        let all = concerned.flatMap { device in device.advisories.map { (device, $0) } }
        for (device, advisory) in all.prefix(Self.rowLimit) {
            self.lines.append("  \(self.phrasing.place(of: device))\(self.word("\u{00A0}:", ":")) \(advisory.phrase[self.language])")
        }
        self.writeMore(all.count &- Self.rowLimit)
    }

    private func target(of finding: Finding) -> String {
        guard let service = finding.service else { return self.address(of: finding.asset) }
        return "\(Endpoint(address: service.host.address, port: service.port))/\(service.transport.name)"
    }

    private mutating func writeCoverage() {
        let coverage = self.report.coverage
        self.heading(self.word("Ce que la capture permettait de voir", "What the capture could show"))
        func line(_ french: String, _ english: String) { self.lines.append("  " + self.word(french, english)) }
        line(
            "conversations\u{00A0}: \(self.number(coverage.tcpFlows)) TCP, \(self.number(coverage.udpFlows)) UDP\u{00A0}; protocole prouvé pour \(self.number(coverage.recognisedFlows)), inconnu pour \(self.number(coverage.unrecognisedFlows)), chiffrées\u{00A0}: \(self.number(coverage.encryptedFlows))",
            "conversations: \(self.number(coverage.tcpFlows)) TCP, \(self.number(coverage.udpFlows)) UDP; protocol proved for \(self.number(coverage.recognisedFlows)), unknown for \(self.number(coverage.unrecognisedFlows)), encrypted: \(self.number(coverage.encryptedFlows))")
        if coverage.oneSidedFlows > 0 {
            line(
                "un seul sens visible dans \(self.conversations(coverage.oneSidedFlows)) TCP\u{00A0}: vérifiez que le port miroir copie les deux sens",
                "one direction only in \(self.number(coverage.oneSidedFlows)) of the TCP conversations: check that the mirror port copies both")
        }
        if coverage.midStreamFlows > 0 {
            line(
                "\(self.conversations(coverage.midStreamFlows)) déjà en cours au début de la capture",
                "\(self.conversations(coverage.midStreamFlows)) already under way when the capture began")
        }
        if coverage.gaps > 0 {
            line(
                "\(self.phrasing.gaps(coverage)) dans les flux TCP (\(self.phrasing.bytes(coverage.lostBytes)) perdus par la capture)",
                "\(self.phrasing.gaps(coverage)) in TCP streams (\(self.phrasing.bytes(coverage.lostBytes)) lost by the capture)")
        }
        if coverage.cutFrames > 0 {
            line(
                "\(self.phrasing.cutFrames(coverage)) par la longueur de capture (snaplen)", "\(self.phrasing.cutFrames(coverage)) by the snap length")
        }
        if !coverage.vlans.isEmpty {
            let list = coverage.vlans.keys.sorted().prefix(20).map(String.init).joined(separator: ", ")
            line("VLAN\u{00A0}: \(list)", "VLANs: \(list)")
        }
        if !coverage.encapsulations.isEmpty {
            let list = coverage.encapsulations.sorted { $0.key < $1.key }.map { "\($0.key) (\(self.number($0.value)))" }.joined(separator: ", ")
            line("encapsulations ouvertes\u{00A0}: \(list)", "encapsulations opened: \(list)")
        }
        for copy in self.report.copies { self.lines.append("  " + self.phrasing.sentence(copy)) }
        let open = self.report.site.openQuestions
        if !open.isEmpty {
            let list = open.map { $0.text[self.language] }.joined(separator: self.word("\u{00A0}; ", "; "))
            line(
                "ce qu’un fichier de site (--site) permettrait de dire\u{00A0}: \(list)", "what a site file (--site) would tell: \(list)")
        }
        let limits = coverage.evictedFlows &+ coverage.droppedDissections &+ coverage.omittedObservations
        if limits > 0 {
            line(
                "limites atteintes\u{00A0}: \(self.phrasing.limits(coverage)) (--memory)", "limits reached: \(self.phrasing.limits(coverage)) (--memory)")
        }
        let misunderstood = coverage.misunderstood.reduce(into: UInt64(0)) { $0 &+= $1.frames }
        if misunderstood > 0 {
            let list = self.phrasing.misunderstood(coverage, limit: 6)
            line(
                "trames non comprises\u{00A0}: \(self.number(misunderstood)) — \(list)", "frames not understood: \(self.number(misunderstood)) — \(list)")
        }
        let others = self.phrasing.ipProtocols(coverage)
        if !others.isEmpty { line("autres protocoles IP, non analysés\u{00A0}: \(others)", "other IP protocols, not analysed: \(others)") }
    }
}
