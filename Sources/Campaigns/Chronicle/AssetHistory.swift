import Inventory
public import Rules
import Wire

/// An asset of the inventory as its newest campaign has it.
public struct KeptAsset: Sendable, Identifiable {
    public var asset: Chronicle.Asset
    public var device: Campaign.Device
    /// Findings about it that wait for somebody.
    public var pending: Int

    public var id: String { self.asset.id }

    public init(asset: Chronicle.Asset, device: Campaign.Device, pending: Int) {
        self.asset = asset
        self.device = device
        self.pending = pending
    }
}

/// What of a device differs from one campaign that saw it to the next.
public struct AssetChange: Hashable, Sendable {
    public enum Field: String, CaseIterable, Sendable {
        case id, position, names, titles, addresses, macs, zone, gateway
        case deviceClass = "class"
        case maker, model, version, serial, udi
        case operatingSystem = "operating_system"

        public var title: Text {
            switch self {
            case .id: Text(french: "identifiant", english: "id")
            case .position: Text(french: "position", english: "position")
            case .names: Text(french: "noms", english: "names")
            case .titles: Text(french: "titres DICOM", english: "DICOM titles")
            case .addresses: Text(french: "adresses", english: "addresses")
            case .macs: Text(french: "adresses MAC", english: "MAC addresses")
            case .zone: Text(french: "zone", english: "zone")
            case .gateway: Text(french: "passerelle", english: "gateway")
            case .deviceClass: Text(french: "classe", english: "class")
            case .maker: Text(french: "constructeur", english: "maker")
            case .model: Text(french: "modèle", english: "model")
            case .version: Text(french: "version", english: "version")
            case .serial: Text(french: "numéro de série", english: "serial number")
            case .udi: Text(french: "identifiant unique (IUD)", english: "unique device identifier (UDI)")
            case .operatingSystem: Text(french: "système d’exploitation", english: "operating system")
            }
        }

        /// The values of the field; none where it is not known. Those of a list are sorted: the order in which names and addresses are
        /// given says which is the best, not what the device is.
        public func values(of device: Campaign.Device) -> [String] {
            switch self {
            case .id: [device.id]
            case .position: [device.position.rawValue]
            case .names: device.names.sorted()
            case .titles: device.titles.sorted()
            case .addresses: device.addresses.sorted().map(\.description)
            case .macs: device.macs.sorted().map(\.description)
            case .zone: device.zone.isEmpty ? [] : [device.zone]
            case .gateway: device.gateway.map { [$0] } ?? []
            case .deviceClass: device.deviceClass.map { [$0] } ?? []
            case .maker: device.maker.map { [$0] } ?? []
            case .model: device.model.map { [$0] } ?? []
            case .version: device.version.map { [$0] } ?? []
            case .serial: device.serial.map { [$0] } ?? []
            case .udi: device.udi.map { [$0] } ?? []
            case .operatingSystem: device.operatingSystem.map { [$0] } ?? []
            }
        }
    }

    /// A position in ``Chronicle/campaigns``: the one that shows the new value.
    public var campaign: Int
    public var field: Field
    public var before: [String]
    public var after: [String]

    /// What changed over an asset's life, in order of time.
    /// - Parameter snapshots: of one asset, in order of time.
    public static func all(in snapshots: [(campaign: Int, device: Campaign.Device)]) -> [AssetChange] {
        zip(snapshots, snapshots.dropFirst()).flatMap { earlier, later in
            Field.allCases.compactMap { field in
                let (before, after) = (field.values(of: earlier.device), field.values(of: later.device))
                return before == after ? nil : AssetChange(campaign: later.campaign, field: field, before: before, after: after)
            }
        }
    }
}
