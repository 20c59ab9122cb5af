import Inventory
public import Observations
public import Rules
public import Wire

/// Where an address of the Internet is, as an offline database that the user gave says.
public struct Place: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    public let country: String?
    /// The number of the autonomous system, and who runs it.
    public let systemNumber: UInt32?
    public let systemName: String?

    public init(country: String?, systemNumber: UInt32?, systemName: String?) {
        self.country = country
        self.systemNumber = systemNumber
        self.systemName = systemName.map { PrintableText.make($0) }
    }
}

/// What is reached from the Internet, what reaches out to it, and what tunnels: with whom, how much, how protected, declared or not.
public struct ExposureRegister: Sendable {
    public enum Direction: String, CaseIterable, Sendable {
        /// A client with a public address completed a handshake with a service of the establishment, or had an answer.
        case inbound
        /// Something inside reached a service with a public address, which answered.
        case outbound
        /// Either, where what is inside is hidden: a private network, a proxy or a relay.
        case tunnel
    }

    /// The other end, as far as it is one.
    public struct Peer: Hashable, Sendable {
        /// ``Asset/id``.
        public let asset: String
        public let address: IPAddress
        public let place: Place?
    }

    public struct Entry: Sendable {
        public let direction: Direction
        /// ``Asset/id`` of the establishment's own end.
        public let asset: String
        /// The service that was used: the asset's own (inbound) or the peer's.
        public let service: ServiceKey
        public internal(set) var protocols: [ApplicationProtocol]
        /// The tool or tunnel, where it is one of remote access.
        public internal(set) var access: RemoteAccess?
        /// At most ``peerLimit``, sorted by address; an outbound entry has one.
        public internal(set) var peers: [Peer]
        public internal(set) var peerCount: Int
        /// What the client called the service: SNI or HTTP host. Sorted, at most 8.
        public internal(set) var names: [String]
        public internal(set) var connections: UInt64
        public internal(set) var bytesOut: UInt64
        public internal(set) var bytesIn: UInt64
        public internal(set) var firstSeen: Timestamp
        public internal(set) var lastSeen: Timestamp
        public internal(set) var isEncrypted: Bool
        /// Whether the site declares it; `nil` where the site declares nothing that could say so.
        public internal(set) var isDeclared: Bool?
        /// The declared maintainer at the other end.
        public internal(set) var vendor: String?
        public internal(set) var evidence: Evidence
    }

    public static let peerLimit = 32
    static let nameLimit = 8

    /// Inbound first, then tunnels, then outbound; sorted by asset and service.
    public let entries: [Entry]

    /// - Parameter place: looks an address up in the user's database.
    init(_ census: Census, _ site: Site, _ maintenance: [RemoteMaintenance], place: (IPAddress) -> Place?) {
        struct Key: Hashable {
            let asset: String
            let service: ServiceKey
            let isInbound: Bool
        }
        let remote = Dictionary(maintenance.map { ($0.conversation.key, $0) }, uniquingKeysWith: { first, _ in first })
        var entries: [Key: Entry] = [:]
        var peers: [Key: [String: IPAddress]] = [:]
        for conversation in census.conversations where conversation.tally.answered > 0 {
            let key = conversation.key
            let isInbound = site.networks.isExternal(key.client.address)
            let isOutbound = site.networks.isExternal(key.service.host.address)
            guard isInbound != isOutbound else { continue }
            let known = remote[key]
            let isTunnel = conversation.protocols.contains(where: \.isTunnel) || known?.access.kind == .privateNetwork || known?.access.kind == .tunnel
            let place = Key(asset: isInbound ? conversation.server : conversation.client, service: key.service, isInbound: isInbound)
            let declared =
                isInbound
                ? site.isPublished(key.service)
                : known?.vendor != nil ? true : site.matrix.map { matrix in matrix.contains { $0.covers(conversation, site) } }
            let tally = conversation.tally
            var entry =
                entries[place]
                ?? Entry(
                    direction: isTunnel ? .tunnel : isInbound ? .inbound : .outbound, asset: place.asset, service: key.service, protocols: [], access: nil,
                    peers: [], peerCount: 0, names: [], connections: 0, bytesOut: 0, bytesIn: 0, firstSeen: tally.first.time, lastSeen: tally.lastSeen,
                    isEncrypted: true, isDeclared: declared, vendor: nil, evidence: tally.answer ?? tally.first)
            entry.protocols = Set(entry.protocols).union(conversation.protocols).sorted()
            entry.access = entry.access ?? known?.access
            entry.vendor = entry.vendor ?? known?.vendor?.name
            for name in Self.names(conversation) where entry.names.count < Self.nameLimit && !entry.names.contains(name) { entry.names.append(name) }
            entry.connections &+= tally.answered
            entry.bytesOut &+= isInbound ? tally.bytesFromServer : tally.bytesFromClient
            entry.bytesIn &+= isInbound ? tally.bytesFromClient : tally.bytesFromServer
            entry.firstSeen = min(entry.firstSeen, tally.first.time)
            entry.lastSeen = max(entry.lastSeen, tally.lastSeen)
            // One clear conversation is enough for the service not to be protected.
            entry.isEncrypted = entry.isEncrypted && conversation.protocols.contains(where: \.isEncrypted)
            if declared == false { entry.isDeclared = false }
            if let answer = tally.answer, answer < entry.evidence { entry.evidence = answer }
            entries[place] = entry
            peers[place, default: [:]][isInbound ? conversation.client : conversation.server] =
                isInbound ? key.client.address : key.service.host.address
        }
        self.entries = entries.map { key, entry in
            var finished = entry
            let own = (peers[key] ?? [:]).sorted { $0.value == $1.value ? $0.key < $1.key : $0.value < $1.value }
            finished.peerCount = own.count
            finished.peers = own.prefix(Self.peerLimit).map { Peer(asset: $0.key, address: $0.value, place: place($0.value)) }
            finished.names.sort()
            return finished
        }.sorted { left, right in
            if left.direction != right.direction { return left.direction.rank < right.direction.rank }
            return left.asset == right.asset ? left.service < right.service : left.asset < right.asset
        }
    }

    /// The same entries under other names.
    func renamed(_ renaming: Renaming) -> ExposureRegister {
        ExposureRegister(
            entries: self.entries.map { entry in
                var renamed = entry
                renamed.access = entry.access?.renamed(renaming)
                renamed.names = entry.names.map { renaming.text($0, of: .tlsServerName) }.sorted()
                return renamed
            })
    }

    private init(entries: [Entry]) { self.entries = entries }

    private static func names(_ conversation: Conversation) -> [String] {
        conversation.observations.compactMap { observation in
            guard observation.attribute == .tlsServerName || observation.attribute == .httpHost, case .text(let text) = observation.value else { return nil }
            return text
        }
    }
}

extension ExposureRegister.Direction {
    fileprivate var rank: Int {
        switch self {
        case .inbound: 0
        case .tunnel: 1
        case .outbound: 2
        }
    }

    public var title: Text {
        switch self {
        case .inbound: Text(french: "entrant", english: "inbound")
        case .outbound: Text(french: "sortant", english: "outbound")
        case .tunnel: Text(french: "tunnel", english: "tunnel")
        }
    }
}
