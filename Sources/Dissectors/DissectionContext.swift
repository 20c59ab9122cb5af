public import Observations
public import Wire

/// Whom an observation of a dissector is about.
public enum Party: Hashable, Sendable {
    /// The service: server address, port and transport.
    case server
    /// The host that is the client.
    case client
    /// The host that is the server, whatever the port.
    case serverHost
    /// This client with this service.
    case conversation
    /// A host named in the bytes.
    case host(HostKey)
    /// A device behind the client or the server.
    case device(DeviceKey)
}

/// How many messages of an application crossed, and how many of them the other side refused.
public struct MessageCount: Hashable, Sendable {
    public var messages: UInt32 = 0
    public var refused: UInt32 = 0

    public init() {}
    public mutating func add(_ other: MessageCount) {
        self.messages &+= other.messages
        self.refused &+= other.refused
    }
    public var isZero: Bool { self.messages == 0 && self.refused == 0 }
}

/// What a dissector works with: who speaks, the frame at hand, and where to note observations.
public struct DissectionContext {
    public let transport: Transport
    public let network: VirtualNetwork
    /// The end that sent the SYN, or the first packet that was seen.
    public let initiator: Endpoint
    public let responder: Endpoint
    /// The hardware addresses in the frame at hand.
    public var sourceMAC: MACAddress
    public var destinationMAC: MACAddress
    /// The frame at hand.
    public var evidence: Evidence
    /// Whether the capture holds only the beginning of the datagram at hand.
    public var isCut = false

    /// Which side is the server.
    public private(set) var serverSide: Side
    /// Whether a handshake or a dissector said so; else it is a guess from who spoke first and from the ports.
    public private(set) var rolesAreSure: Bool
    /// What to add to the conversation's tally when it is over (``Inventory/ConversationTally/messages``): a dissector counts the
    /// messages that it reads, where how many there are says something.
    public var counted = MessageCount()
    /// The application protocols that dissectors proved for this conversation, first to last.
    public var protocols = ProtocolList()

    @usableFromInline let log: ObservationLog

    public init(
        transport: Transport, network: VirtualNetwork, initiator: Endpoint, responder: Endpoint,
        sourceMAC: MACAddress = .zero, destinationMAC: MACAddress = .zero, evidence: Evidence, rolesAreSure: Bool, log: ObservationLog
    ) {
        self.transport = transport
        self.network = network
        self.initiator = initiator
        self.responder = responder
        self.sourceMAC = sourceMAC
        self.destinationMAC = destinationMAC
        self.evidence = evidence
        self.rolesAreSure = rolesAreSure
        self.log = log
        // Without a handshake the lower port of a well-known range is the better guess; a dissector corrects it.
        self.serverSide = !rolesAreSure && initiator.port < 1024 && responder.port >= 1024 ? .initiator : .responder
    }

    /// Says what the bytes prove about a side: an A-ASSOCIATE-RQ comes from a client, an HTTP status line from a server.
    /// The first who knows wins; a handshake always does.
    public mutating func declare(_ side: Side, is role: Role) {
        guard !self.rolesAreSure else { return }
        self.serverSide = role == .server ? side : side.other
        self.rolesAreSure = true
    }

    /// The role of a side, as far as known.
    public func role(of side: Side) -> Role { side == self.serverSide ? .server : .client }
    /// The party for what a side says about itself: the service, or the client host.
    public func party(_ side: Side) -> Party { side == self.serverSide ? .server : .client }

    public func endpoint(_ side: Side) -> Endpoint { side == .initiator ? self.initiator : self.responder }
    public var server: Endpoint { self.endpoint(self.serverSide) }
    public var client: Endpoint { self.endpoint(self.serverSide.other) }
    public var serverHost: HostKey { HostKey(self.server.address, in: self.network) }
    public var clientHost: HostKey { HostKey(self.client.address, in: self.network) }
    public var serviceKey: ServiceKey { ServiceKey(host: self.serverHost, port: self.server.port, transport: self.transport) }
    public func host(_ side: Side) -> HostKey { HostKey(self.endpoint(side).address, in: self.network) }

    public func subject(_ party: Party) -> Subject {
        switch party {
        case .server: .service(self.serviceKey)
        case .client: .host(self.clientHost)
        case .serverHost: .host(self.serverHost)
        case .conversation:
            .conversation(ConversationKey(client: self.clientHost, service: self.serviceKey))
        case .host(let host): .host(host)
        case .device(let device): .device(device)
        }
    }

    /// Notes text as it came from the wire; it is made printable. Empty text is not noted.
    public func record(_ attribute: Attribute, _ bytes: RawSpan, about party: Party) {
        self.log.record(attribute, bytes, at: self.evidence, digest: self.digest(party)) { self.subject(party) }
    }
    public func record(_ attribute: Attribute, _ text: String, about party: Party) {
        guard !text.isEmpty else { return }
        self.record(attribute, .text(text), about: party)
    }
    public func record(_ attribute: Attribute, _ number: Int64, about party: Party) { self.record(attribute, .number(number), about: party) }
    public func record(_ attribute: Attribute, _ time: Timestamp, about party: Party) { self.record(attribute, .time(time), about: party) }

    private func record(_ attribute: Attribute, _ value: Value, about party: Party) {
        self.log.record(attribute, value, at: self.evidence, digest: self.digest(party)) { self.subject(party) }
    }

    /// Names of hosts that are noted when somebody asks for them.
    var watchedNames: WatchedNames { self.log.watchedNames }

    // MARK: Messages that come again

    /// The beginning of what identifies a message of a side, for ``note(_:_:)``: who says it by which protocol, and to whom, unless
    /// it says something of one party alone.
    func sign(_ side: Side, about party: Party = .conversation) -> ObservationLog.MessageSign {
        var sign = self.log.sign(of: self.digest(party))
        // Which end is the server decides whom a fact is about.
        sign.add(UInt64(self.protocols.rawValue) | (side == self.serverSide ? 1 &<< 32 : 0))
        return sign
    }
    /// Has something said, or remembers that the same was said before; see ``Observations/ObservationLog/note(_:at:_:)``. All that
    /// is recorded has to follow from the sign.
    func note(_ sign: ObservationLog.MessageSign, _ say: () -> Void) { self.log.note(sign, at: self.evidence.time, say) }
    func note<Content: AnyObject>(_ sign: ObservationLog.MessageSign, _ say: () -> Content?) -> Content? {
        self.log.note(sign, at: self.evidence.time, say)
    }

    /// ``Observations/Subject/digest`` of a party, without making the subject where it is one of this conversation's.
    private func digest(_ party: Party) -> UInt64 {
        switch party {
        case .server: self.serviceKey.digest
        case .client: self.clientHost.digest
        case .serverHost: self.serverHost.digest
        case .conversation: ConversationKey(client: self.clientHost, service: self.serviceKey).digest
        case .host(let host): host.digest
        case .device(let device): device.digest
        }
    }
}
