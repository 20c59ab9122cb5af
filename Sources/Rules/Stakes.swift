public import Inventory
import Observations

/// Which assets patients or the building depend on: what weighs in a severity and in the order of cuts.
public struct Stakes: Sendable {
    /// ``Asset/id`` of medical devices, and of what speaks a medical protocol.
    public let medical: Set<String>
    /// ``Asset/id`` of what serves a protocol of buildings or industry.
    public let industrial: Set<String>

    public init(_ census: Census, _ identities: [String: Identity]) {
        var medical: Set<String> = []
        var industrial: Set<String> = []
        for asset in census.assets {
            if identities[asset.id]?.isMedical == true { medical.insert(asset.id) }
            for service in asset.services {
                if service.protocols.contains(where: \.isMedical) { medical.insert(asset.id) }
                if service.protocols.contains(where: \.isIndustrial) { industrial.insert(asset.id) }
            }
        }
        for conversation in census.conversations where conversation.protocols.contains(where: \.isMedical) { medical.insert(conversation.client) }
        self.medical = medical
        self.industrial = industrial
    }

    /// Whether the asset is one or the other.
    public func isSensitive(_ asset: String) -> Bool { self.medical.contains(asset) || self.industrial.contains(asset) }
}
