public import Observations
public import Wire

/// What an ``Inventory`` amounts to once its facts are put together: devices, their services, and who talks to whom.
///
/// A census is derived, never stored and never merged: merge inventories and take the census of the result.
public struct Census: Sendable {
    /// Sorted by ``Asset/id``.
    public var assets: [Asset]
    /// Sorted by key.
    public var conversations: [Conversation]
    /// Scans that recorded the same packets, which count once.
    public var copies: [ScanCopy]

    public init(assets: [Asset], conversations: [Conversation], copies: [ScanCopy] = []) {
        self.assets = assets
        self.conversations = conversations
        self.copies = copies
    }
}

/// A device, as far as the evidence holds it together: one or several addresses over time, or a name behind a gateway.
public struct Asset: Sendable {
    /// An address of the asset, while it was the asset's.
    public struct Address: Hashable, Sendable {
        public var address: IPAddress
        /// The virtual networks on which the address was seen, sorted.
        public var networks: [VirtualNetwork]
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp

        public init(address: IPAddress, networks: [VirtualNetwork], firstSeen: Timestamp, lastSeen: Timestamp) {
            self.address = address
            self.networks = networks
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
        }
    }

    /// Where the asset stands in the network.
    public enum Position: String, Sendable {
        /// Its own hardware address was seen.
        case onLink
        /// Only a router's hardware address was seen on its packets.
        case routed
        /// It speaks through another asset and has no address of its own.
        case behindGateway
        /// A public address on the Internet.
        case external
    }

    /// Stable over scans that see the same identifiers: `mac-…`, `ip-…`, `device-…`.
    public var id: String
    public var position: Position
    /// Sorted.
    public var addresses: [Address]
    /// The asset's own hardware addresses, sorted; never a router's.
    public var macs: [MACAddress]
    /// Whether it forwards packets of other addresses.
    public var isRouter: Bool
    /// For a device behind a gateway: the gateway's asset.
    public var gateway: String?
    /// Everything noted about the asset's hosts and, for a device behind a gateway, about the device. Sorted by evidence.
    public var observations: [Observation]
    /// Sorted by address, port and transport.
    public var services: [Service]
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// The first frame that showed the asset.
    public var evidence: Evidence
    /// What does not fit together, as it was seen: two hardware addresses for one address at the same time, and so on.
    public var contradictions: [Contradiction]

    public init(
        id: String, position: Position, addresses: [Address] = [], macs: [MACAddress] = [], isRouter: Bool = false, gateway: String? = nil,
        observations: [Observation] = [], services: [Service] = [], firstSeen: Timestamp, lastSeen: Timestamp, evidence: Evidence,
        contradictions: [Contradiction] = []
    ) {
        self.id = id
        self.position = position
        self.addresses = addresses
        self.macs = macs
        self.isRouter = isRouter
        self.gateway = gateway
        self.observations = observations
        self.services = services
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.evidence = evidence
        self.contradictions = contradictions
    }
}

/// Evidence that does not agree and is shown rather than averaged away.
public enum Contradiction: Hashable, Sendable {
    /// Two hardware addresses claimed one IP address at the same time (duplicate address, teaming, or spoofing).
    case sharedAddress(IPAddress, [MACAddress])
}

/// Something that listens and was seen to answer.
public struct Service: Sendable {
    public var key: ServiceKey
    /// Proved by the bytes, sorted; empty where nothing was recognised.
    public var protocols: [ApplicationProtocol]
    /// Everything noted about the service, sorted by evidence.
    public var observations: [Observation]
    /// How many different clients used it.
    public var clients: Int
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// The frame that proved that the server side answers.
    public var evidence: Evidence

    public init(
        key: ServiceKey, protocols: [ApplicationProtocol], observations: [Observation], clients: Int, firstSeen: Timestamp,
        lastSeen: Timestamp, evidence: Evidence
    ) {
        self.key = key
        self.protocols = protocols
        self.observations = observations
        self.clients = clients
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.evidence = evidence
    }
}

/// A client and the service that it used, or tried to.
public struct Conversation: Sendable {
    public var key: ConversationKey
    /// ``Asset/id`` of both ends.
    public var client: String
    public var server: String
    public var protocols: [ApplicationProtocol]
    public var tally: ConversationTally
    /// What was noted about this client with this service, sorted by evidence.
    public var observations: [Observation]
    /// Its connections one by one, sorted, where they matter: see ``Session``.
    public var sessions: [Session]

    public init(
        key: ConversationKey, client: String, server: String, protocols: [ApplicationProtocol], tally: ConversationTally,
        observations: [Observation], sessions: [Session] = []
    ) {
        self.key = key
        self.client = client
        self.server = server
        self.protocols = protocols
        self.tally = tally
        self.observations = observations
        self.sessions = sessions
    }
}

/// One connection of a conversation that crosses to the Internet, or by which something is controlled from afar or tunnelled:
/// when such things happen is worth knowing. Connections that nobody answered are none.
public struct Session: Hashable, Comparable, Sendable {
    /// The first packet.
    public let first: Evidence
    /// The time of the last packet.
    public let lastSeen: Timestamp
    public let bytesFromClient: UInt64
    public let bytesFromServer: UInt64

    /// The most sessions kept of one conversation in one scan: the earliest.
    public static let limit = 256

    public init(first: Evidence, lastSeen: Timestamp, bytesFromClient: UInt64, bytesFromServer: UInt64) {
        self.first = first
        self.lastSeen = lastSeen
        self.bytesFromClient = bytesFromClient
        self.bytesFromServer = bytesFromServer
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.first != right.first { return left.first < right.first }
        if left.lastSeen != right.lastSeen { return left.lastSeen < right.lastSeen }
        return (left.bytesFromClient, left.bytesFromServer) < (right.bytesFromClient, right.bytesFromServer)
    }

    func of(_ scan: ScanID) -> Session {
        Session(first: self.first.of(scan), lastSeen: self.lastSeen, bytesFromClient: self.bytesFromClient, bytesFromServer: self.bytesFromServer)
    }
}

/// How much a client and a service said to each other.
public struct ConversationTally: Hashable, Sendable {
    /// TCP connections or UDP flows.
    public var flows: UInt64
    /// Flows in which the server side answered: a SYN-ACK, payload, or an answered datagram.
    public var answered: UInt64
    /// Connections refused with RST.
    public var refused: UInt64
    public var bytesFromClient: UInt64
    public var bytesFromServer: UInt64
    public var packetsFromClient: UInt64
    public var packetsFromServer: UInt64
    /// Messages of the application that were read whole or in part; 0 for protocols whose messages are not counted.
    public var messages: UInt64
    /// Messages that the other side refused or could not process.
    public var refusedMessages: UInt64
    public var lastSeen: Timestamp
    /// The first frame.
    public var first: Evidence
    /// The frame that first proved an answer of the server.
    public var answer: Evidence?

    public init(
        flows: UInt64 = 0, answered: UInt64 = 0, refused: UInt64 = 0, bytesFromClient: UInt64 = 0, bytesFromServer: UInt64 = 0,
        packetsFromClient: UInt64 = 0, packetsFromServer: UInt64 = 0, messages: UInt64 = 0,
        refusedMessages: UInt64 = 0, lastSeen: Timestamp, first: Evidence, answer: Evidence? = nil
    ) {
        self.flows = flows
        self.answered = answered
        self.refused = refused
        self.bytesFromClient = bytesFromClient
        self.bytesFromServer = bytesFromServer
        self.packetsFromClient = packetsFromClient
        self.packetsFromServer = packetsFromServer
        self.messages = messages
        self.refusedMessages = refusedMessages
        self.lastSeen = lastSeen
        self.first = first
        self.answer = answer
    }
}
