public import Campaigns
import Inventory
import Observations
public import Rules
import Wire

/// The inventory as tables for a spreadsheet: one of devices with their labels, one of findings with what was decided on them. Both can be
/// edited and read back (``Campaigns/EditedExport``).
public enum InventoryTables {
    public static func all(_ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet) -> [RegisterTable] {
        [Self.devices(inventory.assets, inventory, language, texts), Self.findings(inventory.chronicle.findings, inventory, language, texts)]
    }

    public static func devices(_ assets: [KeptAsset], _ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet) -> RegisterTable {
        let words = InventoryWords(language: language, texts: texts, zone: inventory.chronicle.timeZone)
        let others = Set(inventory.assets.flatMap(\.asset.labels.keys)).subtracting(Label.allCases.map(\.rawValue)).sorted()
        let keys = Label.allCases.map(\.rawValue) + others
        var table = RegisterTable(
            name: words.word("inventaire", "inventory"), title: words.word("Inventaire", "Inventory"),
            columns: [ExportColumn.id.title[language], ExportColumn.revision.title[language]]
                + (language == .french
                    ? [
                        "noms", "adresses", "adresses MAC", "titres DICOM", "biomédical", "classe", "constructeur", "modèle", "version", "numéro de série",
                        "IUD", "système d’exploitation", "zone", "confiance (%)", "constats à traiter", "première campagne", "dernière campagne", "vu pour la dernière fois",
                    ]
                    : [
                        "names", "addresses", "MAC addresses", "DICOM titles", "biomedical", "class", "maker", "model", "version", "serial number", "UDI",
                        "operating system", "zone", "confidence (%)", "pending findings", "first campaign", "last campaign", "last seen",
                    ]) + keys.map { ExportColumn.title(ofLabel: $0)[language] })
        for kept in assets {
            let device = kept.device
            func campaign(_ position: Int?) -> RegisterTable.Cell { .text(position.map { inventory.chronicle.campaigns[$0].id } ?? "") }
            table.rows.append([
                .text(kept.id), .text(String(kept.asset.revision)), .list(device.names), .list(device.addresses.map(\.description)),
                .list(device.macs.map(\.description)), .list(device.titles), .flag(device.isMedical), .text(words.title(ofClass: device.deviceClass)),
                .text(device.maker ?? ""), .text(device.model ?? ""), .text(device.version ?? ""), .text(device.serial ?? ""), .text(device.udi ?? ""),
                .text(device.operatingSystem ?? ""), .text(device.zone), .number(UInt64(max(0, device.confidence))), .number(UInt64(max(0, kept.pending))),
                campaign(kept.asset.sightings.first?.campaign), campaign(kept.asset.sightings.last?.campaign), .time(device.lastSeen),
            ] + keys.map { .text(kept.asset.labels[$0] ?? "") })
        }
        return table
    }

    public static func findings(_ findings: [Chronicle.Finding], _ inventory: KeptInventory, _ language: Language, _ texts: SignatureSet) -> RegisterTable {
        let words = InventoryWords(language: language, texts: texts, zone: inventory.chronicle.timeZone)
        let edited: [ExportColumn] = [.acceptedUntil, .reason, .riskOwner, .assignedTo, .due]
        var table = RegisterTable(
            name: words.word("constats", "findings"), title: words.word("Constats", "Findings"),
            columns: [ExportColumn.id.title[language], ExportColumn.revision.title[language]]
                + (language == .french
                    ? ["état", "gravité", "règle", "constat", "dispositif", "nom", "service", "première fois", "dernière fois", "âge (jours)", "revu"]
                    : ["state", "severity", "rule", "finding", "device", "name", "service", "first seen", "last seen", "age (days)", "seen again"])
                + edited.map { $0.title[language] })
        let names = Dictionary(inventory.assets.map { ($0.id, words.name(of: $0)) }, uniquingKeysWith: { first, _ in first })
        for finding in findings {
            // What the site file accepts is not edited here.
            let acceptance = finding.acceptance?.until == nil ? nil : finding.acceptance
            let device = finding.asset.map { inventory.chronicle.assets[$0].id } ?? finding.last.device
            table.rows.append([
                .text(finding.id), .text(String(finding.revision)), .text(finding.state.title[language]), .text(finding.last.severity.title[language]),
                .text(finding.last.rule), .text(words.title(ofRule: finding.last.rule)), .text(device), .text(names[device] ?? ""),
                .text(words.service(finding.last.service)), .time(finding.firstSeen), .time(finding.last.lastSeen),
                .number(UInt64(finding.age(at: inventory.chronicle.moment))), .flag(finding.isUnseen ? false : true), .text(acceptance.map(words.until) ?? ""),
                .text(acceptance?.reason ?? ""), .text(acceptance?.owner ?? ""), .text(finding.assignment?.to ?? ""),
                .text(finding.assignment?.due?.description ?? ""),
            ])
        }
        return table
    }
}
