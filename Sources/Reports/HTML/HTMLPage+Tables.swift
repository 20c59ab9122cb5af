import Inventory
import Observations
import Rules
import Wire

extension HTMLPage {
    /// The tables that the page's script completes.
    struct Tables {
        let exposure: HTMLTable
        let maintenance: HTMLTable
        let interventions: HTMLTable
        let medical: HTMLTable
        let others: HTMLTable
        let services: HTMLTable
        let advisories: HTMLTable
        let findings: HTMLTable
        let flows: HTMLTable
        let unseen: HTMLTable
        let cuts: HTMLTable
        let dependencies: HTMLTable
        let comparison: [HTMLTable]

        var all: [HTMLTable] {
            [
                self.exposure, self.maintenance, self.interventions, self.medical, self.others, self.services, self.advisories, self.findings, self.flows,
                self.unseen, self.cuts, self.dependencies,
            ] + self.comparison
        }
    }

    /// How registers are shown: the columns that are seen at first, and those of which a value can be chosen, by position in
    /// ``RegisterTable/columns``, in the order of ``RegisterTable/all(_:_:)``.
    static let registerViews: [(id: String, main: Set<Int>, filters: Set<Int>)] = [
        ("exposure-table", [0, 1, 2, 3, 5, 6, 14, 15, 16, 18], [0, 7, 15, 16]),
        ("maintenance-table", [0, 4, 5, 6, 10, 12, 13, 14, 15, 16, 20, 22], [0, 4, 12, 13, 14]),
        ("interventions-table", [0, 1, 2, 3, 4, 7, 8, 9], [0, 7, 8]),
        ("flows-table", [0, 1, 2, 4, 5, 6, 7, 9, 12, 14], [0, 1, 2, 9, 12]),
        ("unseen-table", [0, 1, 2, 3, 4], []),
        ("cuts-table", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11], [1, 2]),
        ("dependencies-table", [0, 1, 2, 3, 4, 5, 6, 7], [0, 6]),
    ]

    var tables: Tables {
        let (registers, devices) = concurrently {
            zip(RegisterTable.all(self.report, self.language), Self.registerViews).map { register, view in
                HTMLTable(register, id: view.id, main: view.main, filters: view.filters, self.phrasing)
            }
        } _: {
            let own = self.inReadingOrder(self.report.devices.filter(\.isOwn))
            return (
                medical: self.medicalTable(own.filter(\.identity.isMedical)), others: self.othersTable(own.filter { !$0.identity.isMedical }),
                services: self.servicesTable(own), advisories: self.advisoriesTable(own), findings: self.findingsTable()
            )
        }
        func register(_ place: Int) -> HTMLTable {
            registers.indices.contains(place) ? registers[place] : HTMLTable(id: "register-\(place)", title: "", columns: [])
        }
        return Tables(
            exposure: register(0), maintenance: register(1), interventions: register(2), medical: devices.medical, others: devices.others,
            services: devices.services, advisories: devices.advisories, findings: devices.findings, flows: register(3), unseen: register(4),
            cuts: register(5), dependencies: register(6), comparison: self.comparisonTables)
    }

    /// By address, with what is behind a gateway after it.
    private func inReadingOrder(_ devices: [Report.Device]) -> [Report.Device] {
        func address(_ device: Report.Device) -> IPAddress {
            let place = device.asset.gateway.flatMap { self.report.device($0) } ?? device
            return place.asset.addresses.first?.address ?? .none
        }
        let keyed = devices.map { (device: $0, key: (address($0), $0.asset.gateway == nil ? 0 : 1, $0.id)) }
        return keyed.sorted { $0.key < $1.key }.map(\.device)
    }

    private func column(
        _ french: String, _ english: String, isSecondary: Bool = false, isFilter: Bool = false, isWhole: Bool = false
    ) -> HTMLTable.Column {
        HTMLTable.Column(self.word(french, english), isSecondary: isSecondary, isFilter: isFilter, isWhole: isWhole)
    }

    // MARK: Devices

    /// Where, by what name and when: what the tables of devices begin with.
    private func place(_ device: Report.Device) -> [HTMLTable.Cell] {
        [.text(self.phrasing.place(of: device)), .text(device.names.first ?? ""), .text(self.zone(of: device.id))]
    }

    /// Who it is said to be, how sure that is, and by which frame.
    private func proof(_ device: Report.Device) -> [HTMLTable.Cell] {
        let main = device.identity[.deviceClass] ?? device.identity[.maker]
        let evidence = main?.candidates.first?.claims.first?.observation.evidence ?? device.asset.evidence
        return [.text(main.map { self.phrasing.percent($0.confidence) } ?? ""), .text(self.phrasing.place(evidence))]
    }

    private func span(_ device: Report.Device) -> [HTMLTable.Cell] {
        [
            .text(device.asset.macs.map(\.description).joined(separator: ", ")), .time(self.localSeconds(device.asset.firstSeen)),
            .time(self.localSeconds(device.asset.lastSeen)),
        ]
    }

    private var spanColumns: [HTMLTable.Column] {
        [
            self.column("adresse matérielle", "hardware address", isSecondary: true), self.column("première fois", "first seen", isSecondary: true),
            self.column("dernière fois", "last seen", isSecondary: true),
        ]
    }

    private func text(_ device: Report.Device, _ field: IdentityField) -> HTMLTable.Cell { .text(device.identity[field]?.value ?? "") }

    private func maker(_ device: Report.Device) -> HTMLTable.Cell {
        .text(device.identity[.maker]?.value ?? device.identity[.interfaceMaker].map { "(\($0.value))" } ?? "")
    }

    private func systemCell(_ device: Report.Device) -> HTMLTable.Cell {
        let version = device.identity.systemVersion.map { self.phrasing.systemVersion($0) }
        return .text([device.identity[.operatingSystem]?.value, version].compactMap { $0 }.joined(separator: " "))
    }

    private func medicalTable(_ devices: [Report.Device]) -> HTMLTable {
        var table = HTMLTable(
            id: "medical-table", title: self.word("Dispositifs biomédicaux", "Biomedical devices"),
            columns: [
                self.column("adresse", "address"), self.column("nom", "name"), self.column("zone", "zone", isFilter: true),
                self.column("classe", "class", isFilter: true), self.column("constructeur", "maker", isFilter: true), self.column("modèle", "model"),
                self.column("version", "version"), self.column("numéro de série", "serial number"), self.column("confiance", "confidence"),
                self.column("preuve", "evidence"), self.column("système", "operating system", isSecondary: true, isFilter: true),
                self.column("EMDN", "EMDN", isSecondary: true), self.column("IUD", "UDI", isSecondary: true),
            ] + self.spanColumns)
        for device in devices {
            let code = device.identity[.deviceClass].flatMap { self.report.texts.vocabulary.deviceClasses[$0.value]?.emdn } ?? ""
            table.add(
                self.place(device) + [
                    .text(self.title(ofClassOf: device)), self.maker(device), self.text(device, .product), self.text(device, .version), self.text(device, .serial),
                ] + self.proof(device) + [self.systemCell(device), .text(code), self.text(device, .udi)] + self.span(device))
        }
        return table
    }

    private func othersTable(_ devices: [Report.Device]) -> HTMLTable {
        var table = HTMLTable(
            id: "others-table", title: self.word("Autres dispositifs", "Other devices"),
            columns: [
                self.column("adresse", "address"), self.column("nom", "name"), self.column("zone", "zone", isFilter: true),
                self.column("classe", "class", isFilter: true), self.column("constructeur", "maker", isFilter: true), self.column("modèle", "model"),
                self.column("système", "operating system", isFilter: true), self.column("confiance", "confidence"), self.column("preuve", "evidence"),
                self.column("version", "version", isSecondary: true),
            ] + self.spanColumns)
        for device in devices {
            table.add(
                self.place(device) + [.text(self.title(ofClassOf: device)), self.maker(device), self.text(device, .product), self.systemCell(device)]
                    + self.proof(device) + [self.text(device, .version)] + self.span(device))
        }
        return table
    }

    private func servicesTable(_ devices: [Report.Device]) -> HTMLTable {
        var table = HTMLTable(
            id: "services-table", title: self.word("Services qui ont répondu", "Services that answered"),
            columns: [
                self.column("service", "service"), self.column("dispositif", "device"), self.column("zone", "zone", isFilter: true),
                self.column("protocole", "protocol", isFilter: true), self.column("logiciel", "software"), self.column("clients", "clients"),
                self.column("chiffré", "encrypted", isFilter: true), self.column("preuve", "evidence"),
            ])
        for device in devices {
            for service in device.asset.services {
                table.add([
                    .text(self.phrasing.service(service.key)), .text(self.phrasing.name(of: device.id)), .text(self.zone(of: device.id)),
                    .text(service.protocols.isEmpty ? self.word("non reconnu", "not recognised") : service.protocols.map(\.rawValue).joined(separator: "+")),
                    .text(device.identity.product(of: service.key) ?? ""), .number(UInt64(clamping: service.clients)),
                    .text(self.phrasing.answer(service.isEncrypted)), .text(self.phrasing.place(service.evidence)),
                ])
            }
        }
        return table
    }

    private func advisoriesTable(_ devices: [Report.Device]) -> HTMLTable {
        var table = HTMLTable(
            id: "advisories-table", title: self.word("Avis de sécurité potentiels", "Potential security advisories"),
            columns: [
                self.column("dispositif", "device"), self.column("avis", "advisory", isFilter: true), self.column("produit", "product"),
                self.column("version", "version"), self.column("ce qui est connu", "what is known"),
            ])
        for device in devices {
            for potential in device.advisories {
                table.add([
                    .text(self.phrasing.name(of: device.id)), .text(potential.advisory.id), .text(potential.product), .text(potential.version ?? ""),
                    .text(potential.phrase[self.language]),
                ])
            }
        }
        return table
    }

    // MARK: Findings

    /// The position of the column of rules in the table of findings.
    static let ruleColumn = 1

    private func findingsTable() -> HTMLTable {
        var table = HTMLTable(
            id: "findings-table", title: self.word("Tous les constats", "All findings"),
            columns: [
                HTMLTable.Column(self.word("gravité", "severity"), isFilter: true, choices: self.severityChoices), self.column("constat", "finding", isFilter: true),
                self.column("dispositif", "device"), self.column("service", "service"), self.column("zone", "zone", isFilter: true),
                self.column("classe", "class", isFilter: true), self.column("fois", "times"), self.column("preuve", "evidence"),
                self.column("accepté jusqu’au", "accepted until", isFilter: true), self.column("confiance", "confidence", isSecondary: true),
                self.column("identifiant", "identifier", isSecondary: true), self.column("filtre Wireshark", "Wireshark filter", isSecondary: true),
            ])
        for finding in self.report.findings {
            let device = self.report.device(finding.asset)
            table.add([
                Self.choice(finding.severity), .link(self.title(of: finding.rule), to: Self.anchor(finding.rule)), .text(self.phrasing.name(of: finding.asset)),
                .text(finding.service.map { self.phrasing.service($0) } ?? ""), .text(self.zone(of: finding.asset)),
                .text(device.map { self.title(ofClassOf: $0) } ?? ""), .number(UInt64(clamping: finding.occurrences)),
                .text(finding.evidence.first.map { self.phrasing.place($0.evidence) } ?? ""),
                .text(finding.accepted.map { self.lastDay($0.expires) } ?? ""), .text(self.phrasing.percent(finding.confidence)), .text(finding.id),
                .text(finding.displayFilter),
            ])
        }
        return table
    }

    /// The day that ends at a moment.
    func lastDay(_ end: Timestamp) -> String { String(self.moment(Timestamp(nanoseconds: end.nanoseconds &- 1)).prefix(10)) }
}
