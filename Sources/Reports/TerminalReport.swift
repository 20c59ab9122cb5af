import Inventory
import Observations
public import Rules
import Wire

/// The summary for a terminal: what is there, what is wrong, what could not be seen.
public struct TerminalReport {
    private let report: Report
    private let language: Language
    private let hasColour: Bool
    private let width: Int
    private var lines: [String] = []

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
        writer.writeFindings()
        writer.writeCoverage()
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private init(report: Report, language: Language, hasColour: Bool, width: Int) {
        self.report = report
        self.language = language
        self.hasColour = hasColour
        self.width = width
    }

    private func word(_ french: String, _ english: String) -> String { self.language == .french ? french : english }

    private func number(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count &- index) % 3 == 0 { text += self.word("\u{202F}", ",") }
            text.append(digit)
        }
        return text
    }

    private func style(_ text: String, _ code: String) -> String { self.hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    private mutating func heading(_ text: String) {
        if !self.lines.isEmpty { self.lines.append("") }
        self.lines.append(self.style(text, "1"))
    }

    private mutating func write(_ table: TextTable) {
        for (index, line) in table.lines.enumerated() { self.lines.append(index == 0 ? self.style(line, "2") : line) }
    }

    private mutating func writeMore(_ count: Int) {
        guard count > 0 else { return }
        self.lines.append("  " + self.word("… et \(self.number(count)) de plus (--json les donne tous)", "… and \(self.number(count)) more (--json has them all)"))
    }

    // MARK: Sections

    private mutating func writeInputs() {
        self.heading("Laennec \(Report.toolVersion)")
        let read = self.report.inputs.filter { $0.failure == nil }
        let frames = read.reduce(into: UInt64(0)) { $0 &+= $1.frames }
        var line = "  "
        switch read.count {
        case 1: line += read[0].name == "-" ? self.word("entrée standard", "standard input") : read[0].name
        default: line += self.word("\(read.count) entrées", "\(read.count) inputs")
        }
        line += self.word(" : \(self.number(frames)) trames", ": \(self.number(frames)) frames")
        if let period = self.report.period {
            line += self.word(
                ", du \(Self.moment(period.lowerBound)) au \(Self.moment(period.upperBound)) UTC",
                ", from \(Self.moment(period.lowerBound)) to \(Self.moment(period.upperBound)) UTC")
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

    private static func moment(_ time: Timestamp) -> String { time.wholeSeconds.replacing("T", with: " ") }

    private mutating func writeDevices() {
        let own = self.report.devices.filter(\.isOwn)
        let external = self.report.devices.count &- own.count
        let medical = own.filter(\.identity.isMedical)
        self.heading(
            self.word(
                "Dispositifs : \(self.number(own.count)), dont \(self.number(medical.count)) biomédicaux ; adresses publiques vues : \(self.number(external))",
                "Devices: \(self.number(own.count)), \(self.number(medical.count)) of them biomedical; public addresses seen: \(self.number(external))"))
        guard !own.isEmpty else {
            self.lines.append("  " + self.word("aucun dispositif n'a émis de trame comprise", "no device sent a frame that was understood"))
            return
        }
        var table = TextTable(
            self.language == .french
                ? ["adresse", "nom", "classe", "constructeur", "modèle, version", "confiance", "preuve"]
                : ["address", "name", "class", "maker", "model, version", "confidence", "evidence"], width: self.width, whole: [0, 5, 6])
        let sorted = own.sorted { left, right in
            let leftRank = (left.identity.isMedical ? 0 : 1, left.asset.services.isEmpty ? 1 : 0, -left.identity.conclusions.count)
            let rightRank = (right.identity.isMedical ? 0 : 1, right.asset.services.isEmpty ? 1 : 0, -right.identity.conclusions.count)
            if leftRank != rightRank { return leftRank < rightRank }
            return (left.asset.addresses.first?.address ?? .none, left.asset.id) < (right.asset.addresses.first?.address ?? .none, right.asset.id)
        }
        for device in sorted.prefix(Self.rowLimit) { table.add(self.row(device)) }
        self.write(table)
        self.writeMore(sorted.count &- Self.rowLimit)
    }

    private func row(_ device: Report.Device) -> [String] {
        let identity = device.identity
        let deviceClass = identity[.deviceClass]
        let title = deviceClass.map { self.report.texts.vocabulary.deviceClasses[$0.value]?.title[self.language] ?? $0.value }
        let address = device.asset.gateway == nil ? device.addressText : self.word("derrière ", "behind ") + self.address(of: device.asset.gateway)
        let model = [identity[.product]?.value, identity[.version]?.value].compactMap { $0 }.joined(separator: ", ")
        let main = deviceClass ?? identity[.maker]
        let evidence = main?.candidates.first?.claims.first?.observation.evidence ?? device.asset.evidence
        let maker = identity[.maker]?.value ?? identity[.interfaceMaker].map { "(\($0.value))" } ?? ""
        return [
            address, device.names.first ?? "", title ?? (device.asset.isRouter ? self.word("routeur", "router") : ""), maker, model,
            main.map { "\($0.confidence) %" } ?? "", self.place(evidence),
        ]
    }

    private func address(of asset: String?) -> String {
        guard let asset, let device = self.report.devices.first(where: { $0.asset.id == asset }) else { return asset ?? "" }
        return device.addressText
    }

    /// `trame 12`, with the file where there are several.
    private func place(_ evidence: Evidence) -> String {
        guard self.report.inputs.count > 1, let place = self.report.place(of: evidence.frame) else {
            return self.word("trame ", "frame ") + String(evidence.frame)
        }
        return place.input.name + self.word(", trame ", ", frame ") + String(place.frame)
    }

    private mutating func writeServices() {
        let all = self.report.devices.flatMap { device in device.asset.services.map { (device, $0) } }
        self.heading(self.word("Services qui ont répondu : \(self.number(all.count))", "Services that answered: \(self.number(all.count))"))
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
        case .dicom, .hl7: 0
        case .rdp, .vnc, .ssh, .telnet: 1
        case .some: 2
        case nil: 3
        }
    }

    private mutating func writeFindings() {
        let findings = self.report.findings
        let counts = Severity.allCases.reversed().compactMap { severity -> String? in
            let count = findings.filter { $0.severity == severity }.count
            return count == 0 ? nil : "\(count) \(severity.title[self.language])\(self.language == .french && count > 1 && severity != .information ? "s" : "")"
        }
        self.heading(
            self.word("Constats : ", "Findings: ") + (counts.isEmpty ? self.word("aucun", "none") : counts.joined(separator: ", ")))
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
            self.lines.append(line)
        }
        self.writeMore(findings.count &- Self.rowLimit)
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
            "conversations : \(self.number(coverage.tcpFlows)) TCP, \(self.number(coverage.udpFlows)) UDP ; protocole prouvé pour \(self.number(coverage.recognisedFlows)), inconnu pour \(self.number(coverage.unrecognisedFlows)), chiffrées : \(self.number(coverage.encryptedFlows))",
            "conversations: \(self.number(coverage.tcpFlows)) TCP, \(self.number(coverage.udpFlows)) UDP; protocol proved for \(self.number(coverage.recognisedFlows)), unknown for \(self.number(coverage.unrecognisedFlows)), encrypted: \(self.number(coverage.encryptedFlows))")
        if coverage.oneSidedFlows > 0 {
            line(
                "un seul sens visible dans \(self.number(coverage.oneSidedFlows)) conversations TCP : vérifiez que le port miroir copie les deux sens",
                "one direction only in \(self.number(coverage.oneSidedFlows)) TCP conversations: check that the mirror port copies both")
        }
        if coverage.midStreamFlows > 0 {
            line(
                "\(self.number(coverage.midStreamFlows)) conversations déjà en cours au début de la capture",
                "\(self.number(coverage.midStreamFlows)) conversations were under way when the capture began")
        }
        if coverage.gaps > 0 {
            line(
                "\(self.number(coverage.gaps)) trous dans les flux TCP (\(self.number(coverage.lostBytes)) octets perdus par la capture)",
                "\(self.number(coverage.gaps)) holes in TCP streams (\(self.number(coverage.lostBytes)) bytes lost by the capture)")
        }
        if coverage.cutFrames > 0 {
            line(
                "\(self.number(coverage.cutFrames)) trames tronquées par la longueur de capture (snaplen)",
                "\(self.number(coverage.cutFrames)) frames cut by the snap length")
        }
        if !coverage.vlans.isEmpty {
            let list = coverage.vlans.keys.sorted().prefix(20).map(String.init).joined(separator: ", ")
            line("VLAN : \(list)", "VLANs: \(list)")
        }
        if !coverage.encapsulations.isEmpty {
            let list = coverage.encapsulations.sorted { $0.key < $1.key }.map { "\($0.key) (\(self.number($0.value)))" }.joined(separator: ", ")
            line("encapsulations ouvertes : \(list)", "encapsulations opened: \(list)")
        }
        let limits = coverage.evictedFlows &+ coverage.droppedDissections &+ coverage.omittedObservations
        if limits > 0 {
            line(
                "limites atteintes : \(self.number(coverage.evictedFlows)) conversations closes avant terme, \(self.number(coverage.droppedDissections)) analyses abandonnées, \(self.number(coverage.omittedObservations)) observations écartées (--memory)",
                "limits reached: \(self.number(coverage.evictedFlows)) conversations ended early, \(self.number(coverage.droppedDissections)) dissections given up, \(self.number(coverage.omittedObservations)) observations left out (--memory)")
        }
        let misunderstood = coverage.misunderstood.reduce(into: UInt64(0)) { $0 &+= $1.frames }
        if misunderstood > 0 {
            let list = coverage.misunderstood.prefix(6).map { "\($0.reason) (\(self.number($0.frames)), \(self.word("trame", "frame")) \($0.firstFrame))" }
                .joined(separator: ", ")
            line(
                "trames non comprises : \(self.number(misunderstood)) — \(list)", "frames not understood: \(self.number(misunderstood)) — \(list)")
        }
        let others = coverage.ipProtocols.sorted { $0.key < $1.key }.map { "\($0.key) (\(self.number($0.value)))" }.joined(separator: ", ")
        if !others.isEmpty { line("autres protocoles IP, non analysés : \(others)", "other IP protocols, not analysed: \(others)") }
    }
}
