public import Campaigns
import Inventory
import Observations
import Rules
import Wire

extension Report {
    /// The report as a campaign: what is compared with other campaigns and kept.
    public var campaign: Campaign {
        let own = self.devices.filter(\.isOwn)
        return Campaign(
            id: self.id, site: self.site.name, legalFINESS: self.site.legalFINESS, geographicFINESS: self.site.geographicFINESS, period: self.period,
            inputs: self.inputs.filter { $0.failure == nil }.map { Campaign.Input(name: $0.name, sha256: $0.sha256, frames: $0.frames) },
            tool: Self.toolVersion, signatures: self.signatures, devices: own.map { Campaign.Device($0, zone: self.zone(of: $0)) },
            services: own.flatMap { device in
                device.asset.services.map { service in
                    Campaign.Service(
                        device: device.id, key: service.key, protocols: service.protocols, product: device.identity.product(of: service.key),
                        clients: service.clients, firstSeen: service.firstSeen, lastSeen: service.lastSeen, evidence: service.evidence)
                }
            },
            flows: self.conversations.map(Campaign.Flow.init), findings: self.findings)
    }

    /// The scans mixed into sixteen hexadecimal digits.
    public var id: String {
        let mix = self.inventory.scans.sorted().reduce(0) { mixed($0 ^ $1.rawValue) }
        let digits = String(mix, radix: 16)
        return String(repeating: "0", count: max(0, 16 &- digits.utf8.count)) + digits
    }

    /// The zone in which a device stands; for one without an address that of its gateway.
    public func zone(of device: Device) -> String {
        let place = device.asset.addresses.isEmpty ? device.asset.gateway.flatMap { self.device($0) } ?? device : device
        let addresses = place.asset.addresses.map(\.address)
        for address in addresses { if let zone = self.site.zone(of: address) { return zone.name } }
        return addresses.first.map { self.site.zoneName(of: $0) } ?? ""
    }
}

extension Campaign.Device {
    init(_ device: Report.Device, zone: String) {
        let asset = device.asset
        let identity = device.identity
        self.init(
            id: asset.id, position: asset.position, names: device.names, titles: Self.titles(of: asset),
            addresses: asset.addresses.sorted { $0.lastSeen == $1.lastSeen ? $0.address < $1.address : $0.lastSeen > $1.lastSeen }.map(\.address),
            macs: asset.macs, isMedical: identity.isMedical, deviceClass: identity[.deviceClass]?.value, maker: identity[.maker]?.value,
            model: identity[.product]?.value, version: identity[.version]?.value, serial: identity[.serial]?.value, udi: identity[.udi]?.value,
            operatingSystem: identity[.operatingSystem]?.value,
            confidence: identity[.deviceClass]?.confidence ?? identity[.maker]?.confidence ?? 0, zone: zone, gateway: asset.gateway,
            firstSeen: asset.firstSeen, lastSeen: asset.lastSeen, evidence: asset.evidence)
    }

    private static func titles(of asset: Asset) -> [String] {
        var titles: Set<String> = []
        for observation in asset.observations + asset.services.flatMap(\.observations) {
            guard observation.attribute == .dicomCallingAE || observation.attribute == .dicomCalledAE, case .text(let title) = observation.value else { continue }
            titles.insert(title)
        }
        return titles.sorted()
    }
}

extension Campaign.Flow {
    init(_ conversation: Conversation) {
        self.init(
            client: conversation.client, server: conversation.server, clientAddress: conversation.key.client.address,
            service: conversation.key.service, protocols: conversation.protocols, answered: conversation.tally.answered,
            connections: conversation.tally.flows, bytesFromClient: conversation.tally.bytesFromClient,
            bytesFromServer: conversation.tally.bytesFromServer, firstSeen: conversation.tally.first.time, lastSeen: conversation.tally.lastSeen,
            evidence: conversation.tally.first)
    }
}
