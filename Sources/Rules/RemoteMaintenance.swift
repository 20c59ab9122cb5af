public import Inventory
public import Observations
public import Wire

/// By what something is controlled, maintained or reached from afar in one conversation.
public struct RemoteAccess: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A protocol or a service for controlling a screen or a command line.
        case remoteControl = "remote-control"
        /// An agent by which a provider manages many computers.
        case agent = "rmm"
        /// A private network.
        case privateNetwork = "vpn"
        /// Another tunnel: a relay that makes what is inside reachable.
        case tunnel
        /// A service of a maker for its own devices.
        case vendorService = "vendor-service"
        /// A gateway to remote desktops.
        case desktopGateway = "remote-desktop-gateway"
        /// Not a tool, but who is at the other end: a maintainer that the site declares.
        case declaredVendor = "declared-vendor"
    }

    public let kind: Kind
    /// The tool's name, or that of the protocol.
    public let tool: String
    /// What named the tool; `nil` where the protocol itself did.
    public let proof: Observation?
}

/// Connections close together in time: what people would call one intervention.
public struct Intervention: Hashable, Sendable {
    public internal(set) var first: Evidence
    public internal(set) var lastSeen: Timestamp
    public internal(set) var connections: Int
    public internal(set) var bytesFromClient: UInt64
    public internal(set) var bytesFromServer: UInt64
    /// Whether it lies inside the maintainer's announced hours; `nil` where none were announced.
    public internal(set) var isAnnounced: Bool?
    /// Whether it took longer than the site allows; `nil` where the site sets no limit.
    public internal(set) var isTooLong: Bool?

    /// Connections with less than this between them are one intervention: 15 minutes, in nanoseconds.
    static let pause: Int64 = 15 * 60 * 1_000_000_000
}

/// A way by which a device is maintained from afar, as one conversation shows it.
public struct RemoteMaintenance: Sendable {
    /// Which way the connection was opened, seen from the establishment.
    public enum Direction: String, Sendable {
        case inbound, outbound, inside
    }

    public let conversation: Conversation
    public let access: RemoteAccess
    public let direction: Direction
    /// ``Asset/id`` of what is maintained, and of the other end.
    public let device: String
    public let remote: String
    public let vendor: Site.Vendor?
    public let gateway: Site.Gateway?
    /// Whether it goes past the gateways that the site declares; `nil` where it declares none.
    public let isPastGateway: Bool?
    /// Sorted by time. Sessions beyond ``Session/limit`` are counted in the conversation's tally only.
    public let interventions: [Intervention]

    /// Who maintains, in the words of the site, or else the tool.
    public var who: String { self.vendor?.name ?? self.access.tool }
}

extension SignatureSet {
    /// The registry of host names that belong to tools of remote access.
    static let remoteAccessDomains = "remote-access-domains"

    /// The names of the registry: which look-ups of names are worth noting.
    public var remoteAccessNames: [String] {
        var names: [String] = []
        self.registries[Self.remoteAccessDomains]?.forEachRow { _, cells in if let name = cells.first { names.append(name) } }
        return names
    }

    /// The fields in which the name of a service that a client asks for stands.
    static let serviceNameFields: Set<Attribute> = [.tlsServerName, .httpHost, .tlsCertificateName, .dnsName]

    /// By what a conversation controls something from afar; `nil` where it does not.
    /// - Parameter known: what was noted about the service and its host.
    public func remoteAccess(of conversation: Conversation, _ known: [Observation]) -> RemoteAccess? {
        if let control = conversation.protocols.first(where: \.isRemoteControl) {
            return RemoteAccess(kind: .remoteControl, tool: control.rawValue, proof: nil)
        }
        if let registry = self.registries[Self.remoteAccessDomains] {
            for observation in conversation.observations + known where Self.serviceNameFields.contains(observation.attribute) {
                guard case .text(let name) = observation.value, let row = registry.look(up: name.lowercased()), let tool = row["software"] else { continue }
                return RemoteAccess(kind: row["kind"].flatMap { RemoteAccess.Kind(rawValue: $0) } ?? .remoteControl, tool: tool, proof: observation)
            }
        }
        if let tunnel = conversation.protocols.first(where: \.isTunnel) {
            return RemoteAccess(kind: tunnel == .socks ? .tunnel : .privateNetwork, tool: tunnel.rawValue, proof: nil)
        }
        return nil
    }
}

extension RemoteMaintenance {
    /// All ways of remote maintenance in a census, by conversation.
    public static func find(in census: Census, _ stakes: Stakes, _ site: Site, _ signatures: SignatureSet) -> [RemoteMaintenance] {
        let finder = Search(census, stakes, site, signatures)
        return census.conversations.compactMap { finder.maintenance($0) }
    }

    private struct Search {
        let site: Site
        let signatures: SignatureSet
        let assets: [String: Asset]
        let stakes: Stakes

        init(_ census: Census, _ stakes: Stakes, _ site: Site, _ signatures: SignatureSet) {
            self.site = site
            self.signatures = signatures
            self.assets = Dictionary(census.assets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            self.stakes = stakes
        }

        func maintenance(_ conversation: Conversation) -> RemoteMaintenance? {
            guard conversation.tally.answered > 0 else { return nil }
            let key = conversation.key
            let fromOutside = self.site.networks.isExternal(key.client.address)
            let toOutside = self.site.networks.isExternal(key.service.host.address)
            let gateway = self.site.gateway(at: key.client.address) ?? self.site.gateway(at: key.service.host.address)
            let crosses = fromOutside != toOutside
            // Most conversations are inside and of no tool: spare them the look-ups.
            guard crosses || gateway != nil || conversation.protocols.contains(where: \.isRemoteControl) else { return nil }

            let server = self.assets[conversation.server]
            let known = (server?.services.first { $0.key == key.service }?.observations ?? []) + (toOutside ? server?.observations ?? [] : [])
            let access = self.signatures.remoteAccess(of: conversation, known)
            let names = toOutside ? Self.names(conversation.observations + known) : []
            let vendor = self.site.vendor(at: fromOutside ? key.client.address : key.service.host.address, names: names)
            let isGatewayClient = self.site.gateway(at: key.client.address) != nil
            let device = fromOutside || isGatewayClient ? conversation.server : toOutside ? conversation.client : conversation.server
            let remote = device == conversation.server ? conversation.client : conversation.server

            let isWanted: Bool
            if crosses {
                isWanted = access != nil || vendor != nil
            } else if gateway != nil {
                isWanted = access != nil || self.stakes.isSensitive(device)
            } else {
                isWanted = access != nil && self.stakes.isSensitive(device)
            }
            guard isWanted else { return nil }
            let used = access ?? RemoteAccess(kind: .declaredVendor, tool: conversation.protocols.first?.rawValue ?? key.service.transport.name, proof: nil)
            return RemoteMaintenance(
                conversation: conversation, access: used, direction: fromOutside && !toOutside ? .inbound : toOutside ? .outbound : .inside, device: device,
                remote: remote, vendor: vendor, gateway: gateway, isPastGateway: self.site.gateways.isEmpty ? nil : gateway == nil,
                interventions: self.interventions(conversation.sessions, vendor))
        }

        private static func names(_ observations: [Observation]) -> [String] {
            observations.compactMap { observation in
                guard SignatureSet.serviceNameFields.contains(observation.attribute), case .text(let name) = observation.value else { return nil }
                return name
            }
        }

        private func interventions(_ sessions: [Session], _ vendor: Site.Vendor?) -> [Intervention] {
            var interventions: [Intervention] = []
            for session in sessions.sorted(by: { $0.first.time == $1.first.time ? $0 < $1 : $0.first.time < $1.first.time }) {
                if let last = interventions.last, session.first.time.since(last.lastSeen) < Intervention.pause {
                    var joined = last
                    joined.lastSeen = max(last.lastSeen, session.lastSeen)
                    joined.connections &+= 1
                    joined.bytesFromClient &+= session.bytesFromClient
                    joined.bytesFromServer &+= session.bytesFromServer
                    interventions[interventions.count &- 1] = joined
                } else {
                    interventions.append(
                        Intervention(
                            first: session.first, lastSeen: session.lastSeen, connections: 1, bytesFromClient: session.bytesFromClient,
                            bytesFromServer: session.bytesFromServer, isAnnounced: nil, isTooLong: nil))
                }
            }
            for index in interventions.indices {
                let (first, last) = (interventions[index].first.time, interventions[index].lastSeen)
                if let vendor, !vendor.windows.isEmpty {
                    interventions[index].isAnnounced = vendor.windows.contains { $0.holds(first, last, in: self.site.timeZone) }
                }
                interventions[index].isTooLong = self.site.sessionLimit.map { last.since(first) / 1_000_000_000 > $0 }
            }
            return interventions
        }
    }
}
