public import Rules
public import Wire

/// What an inventory file holds, for who lists, shows or exports it.
public struct KeptInventory: Sendable {
    /// In order of time.
    public var campaigns: [RecordedCampaign]
    public var chronicle: Chronicle
    /// In the order in which they appeared.
    public var assets: [KeptAsset]
    /// What happened to the file, in that order.
    public var events: [InventoryEvent]
    /// Days for which the detail of flows is kept.
    public var retention: Int

    public init(campaigns: [RecordedCampaign], chronicle: Chronicle, assets: [KeptAsset], events: [InventoryEvent], retention: Int) {
        self.campaigns = campaigns
        self.chronicle = chronicle
        self.assets = assets
        self.events = events
        self.retention = retention
    }

    /// The establishment, from the newest campaign that says it.
    public var site: String? { self.campaigns.last { $0.site != nil }?.site ?? nil }
    /// Its FINESS: of the place, else of the legal entity.
    public var finess: String? {
        self.campaigns.last { $0.geographicFINESS != nil }?.geographicFINESS ?? self.campaigns.last { $0.legalFINESS != nil }?.legalFINESS
    }

    /// Campaigns whose id begins with a text.
    public func campaigns(named prefix: String) -> [RecordedCampaign] {
        let prefix = prefix.lowercased()
        return prefix.isEmpty ? [] : self.campaigns.filter { $0.id.hasPrefix(prefix) }
    }

    /// Assets that a person may mean: the one with that id, else those with an id that begins so, or with that name, label, address, hardware
    /// address or serial number.
    public func assets(named name: String) -> [KeptAsset] {
        guard !name.isEmpty else { return [] }
        if let asset = self.chronicle.asset(name) { return self.assets.filter { $0.id == asset.id } }
        let mac = MACAddress(name)
        let address = IPAddress(name)
        let plain = name.lowercased()
        let exact = self.assets.filter { kept in
            let device = kept.device
            if let mac, device.macs.contains(mac) { return true }
            if let address, device.addresses.contains(address) { return true }
            return (device.names + device.titles).contains { $0.lowercased() == plain } || device.serial?.lowercased() == plain || device.udi?.lowercased() == plain
                || kept.asset.labels[Label.name.rawValue]?.lowercased() == plain || kept.asset.labels[Label.assetNumber.rawValue]?.lowercased() == plain
        }
        return exact.isEmpty ? self.assets.filter { $0.asset.ids.contains { $0.hasPrefix(plain) } } : exact
    }
}

extension Chronicle {
    /// Findings whose id begins with a text, or whose id's part after the rule does.
    public func findings(named prefix: String) -> [Finding] {
        let prefix = prefix.lowercased()
        guard !prefix.isEmpty else { return [] }
        if let finding = self.finding(prefix) { return [finding] }
        return self.findings.filter { finding in
            finding.ids.contains { id in id.hasPrefix(prefix) || (id.lastIndex(of: "-").map { id[$0...].dropFirst().hasPrefix(prefix) } ?? false) }
        }
    }
}

/// A campaign as the file lists it.
public struct RecordedCampaign: Hashable, Sendable, Identifiable {
    /// What the file calls it.
    public var number: Int64
    /// ``Campaign/id``.
    public var id: String
    public var site: String?
    public var legalFINESS: String?
    public var geographicFINESS: String?
    public var period: ClosedRange<Timestamp>
    public var tool: String
    public var signatures: String
    public var inputs: [Campaign.Input]
    public var devices: Int
    public var services: Int
    /// As many as it had, and as many as are still kept.
    public var flows: Int
    public var keptFlows: Int
    public var findings: Int

    public init(
        number: Int64, id: String, site: String?, legalFINESS: String?, geographicFINESS: String?, period: ClosedRange<Timestamp>, tool: String,
        signatures: String, inputs: [Campaign.Input], devices: Int, services: Int, flows: Int, keptFlows: Int, findings: Int
    ) {
        self.number = number
        self.id = id
        self.site = site
        self.legalFINESS = legalFINESS
        self.geographicFINESS = geographicFINESS
        self.period = period
        self.tool = tool
        self.signatures = signatures
        self.inputs = inputs
        self.devices = devices
        self.services = services
        self.flows = flows
        self.keptFlows = keptFlows
        self.findings = findings
    }
}

/// A line of the file's log of what the program did.
public struct InventoryEvent: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case recorded, purged, retention
    }

    public var number: Int64
    /// The time of a last frame, never the machine's: of the recorded campaign, or of the newest one at that time.
    public var moment: Timestamp
    public var kind: Kind
    public var campaign: String?
    /// Flows that were purged, or days of retention.
    public var count: Int?
    /// Flows that ended before were purged.
    public var until: Timestamp?

    public init(number: Int64, moment: Timestamp, kind: Kind, campaign: String?, count: Int?, until: Timestamp?) {
        self.number = number
        self.moment = moment
        self.kind = kind
        self.campaign = campaign
        self.count = count
        self.until = until
    }
}

/// An asset with its past.
public struct AssetPage: Sendable {
    public struct Snapshot: Sendable {
        /// A position in ``Chronicle/campaigns``.
        public var campaign: Int
        public var device: Campaign.Device

        public init(campaign: Int, device: Campaign.Device) {
            self.campaign = campaign
            self.device = device
        }
    }

    public var asset: Chronicle.Asset
    /// In order of time; at least one.
    public var snapshots: [Snapshot]
    /// As the newest campaign that saw it has them.
    public var services: [Campaign.Service]
    public var chronicle: Chronicle

    public init(asset: Chronicle.Asset, snapshots: [Snapshot], services: [Campaign.Service], chronicle: Chronicle) {
        self.asset = asset
        self.snapshots = snapshots
        self.services = services
        self.chronicle = chronicle
    }

    public var changes: [AssetChange] { AssetChange.all(in: self.snapshots.map { ($0.campaign, $0.device) }) }
}

/// Which assets to list; what is `nil` asks for nothing.
public struct AssetFilter: Sendable {
    /// A name of the vocabulary, or a part of its title.
    public var deviceClass: String?
    public var maker: String?
    public var zone: String?
    /// A position in ``Chronicle/campaigns``: seen in it or later.
    public var seenSince: Int?
    /// Somewhere in what is known of the asset.
    public var text: String?

    public init(deviceClass: String? = nil, maker: String? = nil, zone: String? = nil, seenSince: Int? = nil, text: String? = nil) {
        self.deviceClass = deviceClass
        self.maker = maker
        self.zone = zone
        self.seenSince = seenSince
        self.text = text
    }

    public func holds(for kept: KeptAsset, _ vocabulary: Vocabulary) -> Bool {
        let device = kept.device
        func has(_ wanted: String?, _ values: [String?]) -> Bool {
            guard let wanted else { return true }
            let plain = SiteText.folded(wanted)
            return values.contains { value in value.map { SiteText.folded($0).contains(plain) } ?? false }
        }
        let title = device.deviceClass.flatMap { vocabulary.deviceClasses[$0]?.title }
        guard has(self.deviceClass, [device.deviceClass, title?.french, title?.english]), has(self.maker, [device.maker]), has(self.zone, [device.zone]) else { return false }
        if let seenSince, kept.asset.sightings.last.map({ $0.campaign < seenSince }) ?? true { return false }
        guard let text else { return true }
        // Addresses are looked for as they are written.
        let plain = text.lowercased()
        let written = device.addresses.map(\.description) + device.macs.map(\.description) + kept.asset.ids
        if written.contains(where: { $0.contains(plain) }) { return true }
        let values = device.names + device.titles + Array(kept.asset.labels.values) + [device.deviceClass, title?.french, title?.english, device.maker, device.model].compactMap { $0 }
        return has(text, values + [device.version, device.serial, device.udi, device.operatingSystem, device.zone])
    }
}

/// Which findings to list; what is `nil` asks for nothing.
public struct FindingFilter: Sendable {
    /// `nil`: all that are not fixed.
    public var states: Set<Chronicle.State>?
    /// This severity or above.
    public var severity: Severity?
    public var rule: String?

    public init(states: Set<Chronicle.State>? = nil, severity: Severity? = nil, rule: String? = nil) {
        self.states = states
        self.severity = severity
        self.rule = rule
    }

    public func holds(for finding: Chronicle.Finding) -> Bool {
        guard self.states?.contains(finding.state) ?? (finding.state != .fixed) else { return false }
        if let severity, finding.last.severity < severity { return false }
        return self.rule.map { finding.last.rule == $0 } ?? true
    }
}
