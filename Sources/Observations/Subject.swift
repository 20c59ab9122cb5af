public import Wire

/// An interface on the network, as packets name it: an IP address in its virtual network, or a hardware address where no
/// IP address is known. Which hosts are one device over time is for the inventory to say.
public struct HostKey: Hashable, Comparable, Sendable {
    /// `.none` for a host known by its hardware address alone.
    public let address: IPAddress
    /// `.zero` for a host known by its IP address: a source MAC is often the router's, so it is evidence, not identity.
    public let mac: MACAddress
    public let network: VirtualNetwork

    @inlinable public init(_ address: IPAddress, in network: VirtualNetwork) {
        self.address = address
        self.mac = .zero
        self.network = network
    }
    @inlinable public init(_ mac: MACAddress, in network: VirtualNetwork) {
        self.address = .none
        self.mac = mac
        self.network = network
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.mac, left.network) < (right.address, right.mac, right.network)
    }
}

/// Where a host listens.
public struct ServiceKey: Hashable, Comparable, Sendable {
    public let host: HostKey
    public let port: UInt16
    public let transport: Transport

    @inlinable public init(host: HostKey, port: UInt16, transport: Transport) {
        self.host = host
        self.port = port
        self.transport = transport
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.host == right.host ? (left.port, left.transport) < (right.port, right.transport) : left.host < right.host
    }
}

/// A client host and the service it used. The client's port says nothing and is left out.
public struct ConversationKey: Hashable, Comparable, Sendable {
    public let client: HostKey
    public let service: ServiceKey

    @inlinable public init(client: HostKey, service: ServiceKey) {
        self.client = client
        self.service = service
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.service == right.service ? left.client < right.client : left.service < right.service
    }
}

/// A device that speaks through another host: a monitor behind an interface engine, an analyser behind a serial gateway.
/// It has no address of its own on the wire; what the message calls it is its key.
public struct DeviceKey: Hashable, Comparable, Sendable {
    /// What kind of name the identifier is.
    public enum Naming: String, Comparable, Sendable {
        /// HL7 v2 MSH-3 and MSH-4.
        case application
        /// An EUI-64 in an equipment field.
        case eui64
        /// A serial number or a unique device identifier.
        case serial

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The host whose packets carried the message.
    public let gateway: HostKey
    public let naming: Naming
    public let identifier: String

    public init(behind gateway: HostKey, naming: Naming, identifier: String) {
        self.gateway = gateway
        self.naming = naming
        self.identifier = identifier
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.gateway == right.gateway
            ? (left.naming, left.identifier) < (right.naming, right.identifier) : left.gateway < right.gateway
    }
}

/// What an observation is about.
public enum Subject: Hashable, Comparable, Sendable {
    case host(HostKey)
    case service(ServiceKey)
    case conversation(ConversationKey)
    case device(DeviceKey)

    private var rank: Int {
        switch self {
        case .host: 0
        case .service: 1
        case .conversation: 2
        case .device: 3
        }
    }

    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.host(let left), .host(let right)): left < right
        case (.service(let left), .service(let right)): left < right
        case (.conversation(let left), .conversation(let right)): left < right
        case (.device(let left), .device(let right)): left < right
        default: left.rank < right.rank
        }
    }
}
