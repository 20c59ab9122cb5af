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
        if left.address != right.address { return left.address < right.address }
        return left.mac == right.mac ? left.network < right.network : left.mac < right.mac
    }

    /// Goes into every digest of a host before its address: nobody can choose addresses that meet in a table. New in every
    /// process; nothing that leaves the process depends on it.
    @usableFromInline static let secret = UInt64.random(in: .min ... .max)

    /// All bits, mixed into one word.
    @inlinable public var digest: UInt64 {
        let first = mixed(Self.secret ^ self.address.high ^ self.mac.rawValue &<< 8)
        return mixed(mixed(first ^ self.address.low) ^ self.network.rawValue)
    }
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(self.digest) }
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
        if left.host != right.host { return left.host < right.host }
        return left.port == right.port ? left.transport < right.transport : left.port < right.port
    }

    /// All bits, mixed into one word.
    @inlinable public var digest: UInt64 {
        mixed(self.host.digest ^ UInt64(self.port) &<< 8 ^ UInt64(self.transport.rawValue) ^ 0x5E00_0000)
    }
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(self.digest) }
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

    /// All bits, mixed into one word.
    @inlinable public var digest: UInt64 { mixed(self.client.digest &+ mixed(self.service.digest)) }
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(self.digest) }
}

/// A device that speaks through another host: a monitor behind an interface engine, an analyser behind a serial gateway.
/// It has no address of its own on the wire; what the message calls it is its key.
public struct DeviceKey: Hashable, Comparable, Sendable {
    /// What kind of name the identifier is.
    public enum Naming: String, Comparable, Sendable {
        /// HL7 v2 MSH-3 and MSH-4.
        case application
        /// The sender that an analyser's own message states (ASTM H-5, POCT1-A HEL.R01).
        case analyser
        /// An equipment identifier of HL7 v2 that is neither of the following (OBX-18, EQU-1, PRT-10).
        case equipment
        /// A DICOM station name (0008,1010) in an object that the host passes on.
        case station
        /// An EUI-64 in an equipment field.
        case eui64
        /// A serial number or a unique device identifier.
        case serial

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
        fileprivate var ordinal: Int {
            switch self {
            case .application: 1
            case .eui64: 2
            case .serial: 3
            case .station: 4
            case .analyser: 5
            case .equipment: 6
            }
        }
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

    /// All bits, mixed into one word.
    public var digest: UInt64 {
        var digest = mixed(self.gateway.digest ^ UInt64(self.naming.ordinal))
        for byte in self.identifier.utf8 { digest = mixed(digest ^ UInt64(byte)) }
        return digest
    }
}

/// What an observation is about.
public enum Subject: Hashable, Comparable, Sendable {
    case host(HostKey)
    case service(ServiceKey)
    case conversation(ConversationKey)
    case device(DeviceKey)

    /// All bits, mixed into one word.
    public var digest: UInt64 {
        switch self {
        case .host(let host): host.digest
        case .service(let service): service.digest
        case .conversation(let conversation): conversation.digest
        case .device(let device): device.digest
        }
    }

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
