public import Inventory
public import Observations
public import Wire

/// A row of the flow matrix that suppliers state (clause O-12.2.3.2 of the Clausier Sécurité Santé): who sends what to whom.
public struct DeclaredFlow: Hashable, Sendable {
    /// An end of the flow.
    public enum End: Hashable, Sendable {
        case anywhere
        case internet
        /// By ``Site/Zone/name``, its networks beside it.
        case zone(String, [AddressBlock])
        /// By ``Site/Vendor/name``, its addresses beside it.
        case vendor(String, [AddressBlock])
        case addresses(AddressBlock)

        public var description: String {
            switch self {
            case .anywhere: "*"
            case .internet: "Internet"
            case .zone(let name, _), .vendor(let name, _): name
            case .addresses(let block): block.isSingle ? block.address.description : block.description
            }
        }

        func contains(_ address: IPAddress, _ site: Site) -> Bool {
            switch self {
            case .anywhere: true
            case .internet: site.networks.isExternal(address)
            case .zone(_, let blocks), .vendor(_, let blocks): blocks.contains { $0.contains(address) }
            case .addresses(let block): block.contains(address)
            }
        }
    }

    /// As the matrix numbers it.
    public let id: String
    public let purpose: String
    public let from: End
    public let to: End
    /// Empty: not stated by name.
    public let protocols: [ApplicationProtocol]
    /// Empty: not stated by number.
    public let ports: [Site.Port]
    /// Transports alone ("UDP"): empty unless neither protocol nor port says more.
    public let transports: [Transport]
    /// What the row says of encryption; `nil`: nothing.
    public let isEncrypted: Bool?

    /// Protocols, ports and transports in one text: `dicom tcp/104`.
    public var service: String {
        let ports = self.ports.map { port in (port.transport.map { "\($0.name)/" } ?? "") + String(port.number) }
        return (self.protocols.map(\.rawValue) + ports + self.transports.map(\.name)).joined(separator: " ")
    }

    /// Whether a conversation is what the row declares.
    public func covers(_ conversation: Conversation, _ site: Site) -> Bool {
        let service = conversation.key.service
        guard self.to.contains(service.host.address, site), self.from.contains(conversation.key.client.address, site) else { return false }
        if self.protocols.isEmpty, self.ports.isEmpty { return self.transports.isEmpty || self.transports.contains(service.transport) }
        if self.ports.contains(where: { $0.matches(service.transport, service.port) }) { return true }
        return self.protocols.contains { conversation.protocols.contains($0) }
    }
}
