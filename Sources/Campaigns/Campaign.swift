public import Inventory
public import Observations
public import Rules
public import Wire

/// What one scan found, in the form in which campaigns are compared, kept and held against other lists: conclusions and findings
/// without the facts that led to them.
public struct Campaign: Sendable {
    /// A device as it was concluded to be.
    public struct Device: Hashable, Sendable, Identifiable {
        /// ``Inventory/Asset/id``.
        public var id: String
        public var position: Asset.Position
        /// What it is called, the best name first.
        public var names: [String]
        /// Application entity titles (DICOM) that it uses or answers to, sorted.
        public var titles: [String]
        /// Those in use at the end of the campaign come first.
        public var addresses: [IPAddress]
        /// Its own hardware addresses, sorted.
        public var macs: [MACAddress]
        public var isMedical: Bool
        /// A name of `vocabulary/device-classes.tsv`.
        public var deviceClass: String?
        public var maker: String?
        public var model: String?
        public var version: String?
        public var serial: String?
        public var udi: String?
        public var operatingSystem: String?
        /// How sure it is what the device is, in percent.
        public var confidence: Int
        /// The zone of the site that it stands in, or its subnet.
        public var zone: String
        /// For a device behind a gateway: the gateway's id.
        public var gateway: String?
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp
        /// The first frame that showed it.
        public var evidence: Evidence

        public init(
            id: String, position: Asset.Position, names: [String] = [], titles: [String] = [], addresses: [IPAddress] = [], macs: [MACAddress] = [],
            isMedical: Bool = false, deviceClass: String? = nil, maker: String? = nil, model: String? = nil, version: String? = nil,
            serial: String? = nil, udi: String? = nil, operatingSystem: String? = nil, confidence: Int = 0, zone: String = "",
            gateway: String? = nil, firstSeen: Timestamp, lastSeen: Timestamp, evidence: Evidence
        ) {
            self.id = id
            self.position = position
            self.names = names
            self.titles = titles
            self.addresses = addresses
            self.macs = macs
            self.isMedical = isMedical
            self.deviceClass = deviceClass
            self.maker = maker
            self.model = model
            self.version = version
            self.serial = serial
            self.udi = udi
            self.operatingSystem = operatingSystem
            self.confidence = confidence
            self.zone = zone
            self.gateway = gateway
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
            self.evidence = evidence
        }
    }

    /// What a list of devices says of one.
    public struct DeviceSummary: Hashable, Sendable, Identifiable {
        public let id: String
        public let addresses: [IPAddress]
        public let names: [String]
        public let isMedical: Bool
        public let deviceClass: String?
        public let maker: String?
        public let model: String?
        public let serial: String?
        public let zone: String

        public init(
            id: String, addresses: [IPAddress], names: [String], isMedical: Bool, deviceClass: String?, maker: String?, model: String?, serial: String?, zone: String
        ) {
            self.id = id
            self.addresses = addresses
            self.names = names
            self.isMedical = isMedical
            self.deviceClass = deviceClass
            self.maker = maker
            self.model = model
            self.serial = serial
            self.zone = zone
        }

        public init(_ device: Device) {
            self.init(
                id: device.id, addresses: device.addresses, names: device.names, isMedical: device.isMedical, deviceClass: device.deviceClass, maker: device.maker,
                model: device.model, serial: device.serial, zone: device.zone)
        }
    }

    /// Something that a device was seen to answer on.
    public struct Service: Hashable, Sendable {
        /// The device's id.
        public var device: String
        public var key: ServiceKey
        /// Sorted; empty where nothing was recognised.
        public var protocols: [ApplicationProtocol]
        /// The program and its version, where one was seen at work.
        public var product: String?
        public var clients: Int
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp
        public var evidence: Evidence

        public init(
            device: String, key: ServiceKey, protocols: [ApplicationProtocol], product: String? = nil, clients: Int, firstSeen: Timestamp,
            lastSeen: Timestamp, evidence: Evidence
        ) {
            self.device = device
            self.key = key
            self.protocols = protocols
            self.product = product
            self.clients = clients
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
            self.evidence = evidence
        }
    }

    /// Who used what.
    public struct Flow: Hashable, Sendable {
        /// Ids of both ends.
        public var client: String
        public var server: String
        public var clientAddress: IPAddress
        public var service: ServiceKey
        public var protocols: [ApplicationProtocol]
        /// Connections that were answered, of those that were tried.
        public var answered: UInt64
        public var connections: UInt64
        public var bytesFromClient: UInt64
        public var bytesFromServer: UInt64
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp
        public var evidence: Evidence

        public init(
            client: String, server: String, clientAddress: IPAddress, service: ServiceKey, protocols: [ApplicationProtocol], answered: UInt64,
            connections: UInt64, bytesFromClient: UInt64, bytesFromServer: UInt64, firstSeen: Timestamp, lastSeen: Timestamp, evidence: Evidence
        ) {
            self.client = client
            self.server = server
            self.clientAddress = clientAddress
            self.service = service
            self.protocols = protocols
            self.answered = answered
            self.connections = connections
            self.bytesFromClient = bytesFromClient
            self.bytesFromServer = bytesFromServer
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
            self.evidence = evidence
        }
    }

    /// What was read.
    public struct Input: Hashable, Sendable {
        /// The file's own name, without its folder.
        public var name: String
        /// As hexadecimal digits; `nil` for what cannot be read twice.
        public var sha256: String?
        public var frames: UInt64

        public init(name: String, sha256: String?, frames: UInt64) {
            self.name = name
            self.sha256 = sha256
            self.frames = frames
        }
    }

    /// The scans that it is made of, mixed into sixteen hexadecimal digits: the same captures are the same campaign.
    public var id: String
    /// The establishment's name, where the site file gave one.
    public var site: String?
    /// FINESS of the legal entity (EJ) and of the place (EG).
    public var legalFINESS: String?
    public var geographicFINESS: String?
    /// From the first frame to the last; `nil` where no frame was read.
    public var period: ClosedRange<Timestamp>?
    public var inputs: [Input]
    /// Version of the program, and fingerprint of the signatures.
    public var tool: String
    public var signatures: String
    /// Sorted by id; without addresses of the Internet.
    public var devices: [Device]
    /// Sorted by device and key.
    public var services: [Service]
    /// Sorted by service and client.
    public var flows: [Flow]
    /// The gravest first.
    public var findings: [Finding]

    public init(
        id: String, site: String? = nil, legalFINESS: String? = nil, geographicFINESS: String? = nil, period: ClosedRange<Timestamp>? = nil,
        inputs: [Input] = [], tool: String, signatures: String, devices: [Device] = [], services: [Service] = [], flows: [Flow] = [],
        findings: [Finding] = []
    ) {
        self.id = id
        self.site = site
        self.legalFINESS = legalFINESS
        self.geographicFINESS = geographicFINESS
        self.period = period
        self.inputs = inputs
        self.tool = tool
        self.signatures = signatures
        self.devices = devices
        self.services = services
        self.flows = flows
        self.findings = findings
    }

    /// The device with an id.
    public func device(_ id: String) -> Device? {
        var low = 0
        var high = self.devices.count
        while low < high {
            let middle = (low &+ high) / 2
            if self.devices[middle].id < id { low = middle &+ 1 } else { high = middle }
        }
        guard low < self.devices.count, self.devices[low].id == id else { return nil }
        return self.devices[low]
    }
}
