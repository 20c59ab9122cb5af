import Inventory
import Observations
public import Rules
import Wire

extension RegisterTable {
    /// The inventory, its services, the findings and the potential advisories: the lists beside the registers.
    public static func lists(_ report: Report, _ language: Language) -> [RegisterTable] {
        let writer = ListWriter(rendering: Rendering(report, language))
        return [writer.inventory(), writer.services(), writer.findings(), writer.advisories()]
    }
}

private struct ListWriter {
    let rendering: Rendering
    private var report: Report { self.rendering.report }
    private var phrasing: Phrasing { self.rendering.phrasing }
    private var language: Language { self.rendering.language }

    private func table(_ name: (String, String), _ title: (String, String), _ columns: [(String, String)]) -> RegisterTable {
        RegisterTable(
            name: self.rendering.word(name.0, name.1), title: self.rendering.word(title.0, title.1), columns: columns.map { self.rendering.word($0.0, $0.1) })
    }

    /// By address, with what is behind a gateway after it.
    private var devices: [Report.Device] {
        let keyed = self.rendering.devices.map { device -> (device: Report.Device, key: (IPAddress, Int, String)) in
            let place = device.asset.gateway.flatMap { self.report.device($0) } ?? device
            return (device, (place.asset.addresses.first?.address ?? .none, device.asset.gateway == nil ? 0 : 1, device.id))
        }
        return keyed.sorted { $0.key < $1.key }.map(\.device)
    }

    private func text(_ device: Report.Device, _ field: IdentityField) -> RegisterTable.Cell { .text(device.identity[field]?.value ?? "") }

    func inventory() -> RegisterTable {
        var table = self.table(
            ("inventaire", "inventory"), ("Inventaire", "Inventory"),
            [
                ("adresse", "address"), ("nom", "name"), ("zone", "zone"), ("biomédical", "biomedical"), ("classe", "class"), ("EMDN", "EMDN"),
                ("constructeur", "maker"), ("modèle", "model"), ("version", "version"), ("numéro de série", "serial number"), ("IUD", "UDI"),
                ("système", "operating system"), ("version du système", "system version"), ("adresses matérielles", "hardware addresses"),
                ("constructeur de l’interface", "maker of the interface"), ("autres adresses", "other addresses"), ("autres noms", "other names"),
                ("services", "services"), ("confiance (%)", "confidence (%)"), ("première fois", "first seen"), ("dernière fois", "last seen"),
                ("preuve", "evidence"), ("identifiant", "identifier"),
            ])
        for device in self.devices {
            let main = device.identity[.deviceClass] ?? device.identity[.maker]
            table.rows.append([
                .text(self.phrasing.place(of: device)), .text(device.names.first ?? ""), .text(self.report.zone(of: device)), .flag(device.identity.isMedical),
                .text(self.rendering.classTitle(device) ?? ""), .text(self.rendering.vocabulary(device)?.emdn ?? ""), self.text(device, .maker),
                self.text(device, .product), self.text(device, .version), self.text(device, .serial), self.text(device, .udi),
                self.text(device, .operatingSystem),
                .text(device.identity.systemVersion.map { self.phrasing.systemVersion($0) } ?? ""), .list(device.asset.macs.map(\.description)), self.text(device, .interfaceMaker),
                .list(device.asset.addresses.dropFirst().map(\.address.description)), .list(Array(device.names.dropFirst())),
                .number(UInt64(device.asset.services.count)), .number(UInt64(clamping: Rendering.confidence(device))), .time(device.asset.firstSeen),
                .time(device.asset.lastSeen),
                .text(self.phrasing.place(main?.candidates.first?.claims.first?.observation.evidence ?? device.asset.evidence)), .text(device.id),
            ])
        }
        return table
    }

    func services() -> RegisterTable {
        var table = self.table(
            ("services", "services"), ("Services qui ont répondu", "Services that answered"),
            [
                ("dispositif", "device"), ("adresse", "address"), ("port", "port"), ("transport", "transport"), ("protocoles", "protocols"),
                ("logiciel", "software"), ("clients", "clients"), ("chiffré", "encrypted"), ("première fois", "first seen"), ("dernière fois", "last seen"),
                ("preuve", "evidence"),
            ])
        for device in self.devices {
            for service in device.asset.services {
                table.rows.append([
                    .text(self.phrasing.name(of: device.id)), .text(service.key.host.address.description), .number(UInt64(service.key.port)),
                    .text(service.key.transport.name),
                    service.protocols.isEmpty ? .text(self.rendering.word("non reconnu", "not recognised")) : .list(service.protocols.map(\.rawValue)),
                    .text(device.identity.product(of: service.key) ?? ""), .number(UInt64(clamping: service.clients)), .flag(service.isEncrypted),
                    .time(service.firstSeen), .time(service.lastSeen), .text(self.phrasing.place(service.evidence)),
                ])
            }
        }
        return table
    }

    func findings() -> RegisterTable {
        var table = self.table(
            ("constats", "findings"), ("Constats", "Findings"),
            [
                ("gravité", "severity"), ("constat", "finding"), ("dispositif", "device"), ("service", "service"), ("zone", "zone"), ("classe", "class"),
                ("fois", "times"), ("confiance (%)", "confidence (%)"), ("preuve", "evidence"), ("première fois", "first seen"), ("dernière fois", "last seen"),
                ("risque accepté", "accepted risk"), ("que faire", "what to do"), ("élément de preuve pour", "supporting evidence for"),
                ("filtre Wireshark", "Wireshark filter"), ("identifiant", "identifier"),
            ])
        for finding in self.report.findings {
            let device = self.report.device(finding.asset)
            table.rows.append([
                .text(finding.severity.title[self.language]), .text(self.rendering.title(of: finding.rule)), .text(self.phrasing.name(of: finding.asset)),
                .text(finding.service.map { self.phrasing.service($0) } ?? ""), .text(device.map { self.report.zone(of: $0) } ?? ""),
                .text(device.flatMap { self.rendering.classTitle($0) } ?? ""), .number(UInt64(clamping: finding.occurrences)),
                .number(UInt64(clamping: finding.confidence)), .text(finding.evidence.first.map { self.phrasing.place($0.evidence) } ?? ""),
                .time(finding.firstSeen), .time(finding.lastSeen), .text(finding.accepted.map { self.rendering.justification($0) } ?? ""),
                .text(self.report.texts.text(of: finding.rule)?.fix[self.language] ?? ""),
                .list(self.rendering.measures(of: finding.rule).flatMap { measure in measure.references.map { Rendering.reference(measure.framework, $0) } }),
                .text(finding.displayFilter), .text(finding.id),
            ])
        }
        return table
    }

    func advisories() -> RegisterTable {
        var table = self.table(
            ("avis-potentiels", "potential-advisories"), ("Avis de sécurité potentiels", "Potential security advisories"),
            [
                ("dispositif", "device"), ("avis", "advisory"), ("produit", "product"), ("version", "version"), ("CVE", "CVE"), ("score CVSS", "CVSS score"),
                ("ce qui est connu", "what is known"),
            ])
        for device in self.devices {
            for potential in device.advisories {
                table.rows.append([
                    .text(self.phrasing.name(of: device.id)), .text(potential.advisory.id), .text(potential.product), .text(potential.version ?? ""),
                    .list(potential.advisory.cves),
                    // A spreadsheet reads a number by the decimal sign of its language.
                    .text(self.language == .french ? potential.advisory.cvss.replacing(".", with: ",") : potential.advisory.cvss),
                    .text(potential.phrase[self.language]),
                ])
            }
        }
        return table
    }
}
